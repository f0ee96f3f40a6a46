/*
 * The presentation standards of NCHS: verdicts that R gives by its own beta and t quantiles, among others just beside each
 * threshold; and the words of the rules.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

enum { MOST = 4000 };

typedef struct rows {
  int64_t count;
  double p[MOST], v[MOST];
  int64_t n[MOST], df[MOST];
  int verdict[MOST], rule[MOST];
} rows;

static rows all;

static void read_rows(void) {
  FILE *file = test_open_reference("reliability.csv");
  char line[256];
  if (file == NULL) return;
  CHECK(fgets(line, sizeof line, file) != NULL);
  while (all.count < MOST && fgets(line, sizeof line, file) != NULL) {
    const int64_t i = all.count++;
    char *at = line;
    double field[6];
    for (int k = 0; k < 6; k++) {
      field[k] = strtod(at, &at);
      if (k < 5) CHECK(*at++ == ',');
    }
    all.p[i] = field[0];
    all.v[i] = field[1];
    all.n[i] = (int64_t)field[2];
    all.df[i] = (int64_t)field[3];
    all.verdict[i] = (int)field[4];
    all.rule[i] = (int)field[5];
  }
  fclose(file);
  CHECK(all.count > 1000);
}

static const weeg_interval_choice usual = {WEEG_INTERVAL_LOGIT, 0.95};

/* All at once, and each alone. */
static void test_verdicts(void) {
  static weeg_share shares[MOST];
  for (int64_t i = 0; i < all.count; i++) {
    shares[i] = (weeg_share){.estimate = all.p[i], .variance = all.v[i], .base_n = all.n[i], .df = all.df[i]};
  }
  CHECK_OK(weeg_finish_shares(shares, all.count, &usual, NULL, NULL));
  for (int64_t i = 0; i < all.count; i++) {
    const weeg_share *s = &shares[i];
    weeg_share one = {.estimate = all.p[i], .variance = all.v[i], .base_n = all.n[i], .df = all.df[i]};
    if (!CHECK((int)s->verdict == all.verdict[i] && (int)s->rule == all.rule[i])) {
      printf("  p %.17g, v %.17g, n %lld, df %lld: %d %d, expected %d %d\n", all.p[i], all.v[i], (long long)all.n[i],
             (long long)all.df[i], (int)s->verdict, (int)s->rule, all.verdict[i], all.rule[i]);
    }
    CHECK_OK(weeg_finish_shares(&one, 1, &usual, NULL, NULL));
    CHECK(one.verdict == s->verdict && one.rule == s->rule);
    CHECK((one.low == s->low && one.high == s->high) || (isnan(one.low) && isnan(s->low)));
  }
}

static void test_none(void) {
  weeg_share shares[] = {{.estimate = NAN, .variance = 0.001, .base_n = 100, .df = 99},
                         {.estimate = 0.5, .variance = 0.001, .base_n = 0, .df = 99},
                         {.estimate = 0.5, .variance = NAN, .base_n = 100, .df = 99},
                         {.estimate = 1.5, .variance = 0.001, .base_n = 100, .df = 99}};
  weeg_error err = {0};
  CHECK_OK(weeg_finish_shares(shares, 3, &usual, NULL, &err));
  for (int i = 0; i < 2; i++) CHECK(shares[i].verdict == WEEG_NO_ESTIMATE && shares[i].rule == WEEG_RULE_NONE);
  /* a proportion whose variance is not known has an effective size that is not known to be too small, but no limits */
  CHECK(shares[2].verdict == WEEG_SUPPRESS && shares[2].rule == WEEG_RULE_NO_INTERVAL);
  CHECK_STATUS(weeg_finish_shares(shares + 3, 1, &usual, NULL, &err), WEEG_ERR_ARGUMENT);
}

static int stop(void *calls) { return ++*(int *)calls > 1; }

/* A caller is asked now and then, whatever the proportions are. */
static void test_interrupt(void) {
  enum { COUNT = 10000 };
  static weeg_share shares[COUNT];
  int calls = 0;
  const weeg_hooks hooks = {.interrupt = stop, .ctx = &calls};
  for (int i = 0; i < COUNT; i++) shares[i] = (weeg_share){.estimate = 0.5, .variance = 0.001, .base_n = 100, .df = 99};
  CHECK_STATUS(weeg_finish_shares(shares, COUNT, &usual, &hooks, NULL), WEEG_ERR_INTERRUPTED);
  CHECK(calls == 2);
}

/* The words of Parker and others (2017), whose rules speak of these numbers. */
static void test_texts(void) {
  static const char *const words[] = {"", "size below 30", "no confidence interval", "30 points wide", "130% of the estimate",
                                      "fewer than 8 degrees", "0% or 100%", "130% of the complement", "than 10 observations",
                                      "160%"};
  for (int rule = WEEG_RULE_NONE; rule <= WEEG_RULE_WIDE_COUNT; rule++) {
    CHECK(strstr(weeg_reliability_text((weeg_reliability_rule)rule), words[rule]) != NULL);
  }
  static const char *const codes[] = {"", "small-n", "no-interval", "wide", "wide-relative", "low-df", "extreme",
                                      "wide-complement", "few-counted", "wide-count"};
  for (int rule = WEEG_RULE_NONE; rule <= WEEG_RULE_WIDE_COUNT; rule++) {
    CHECK_TEXT(weeg_reliability_code((weeg_reliability_rule)rule), codes[rule]);
    for (int reason = WEEG_REASON_EMPTY; reason <= WEEG_REASON_TOO_LARGE; reason++) {
      CHECK(strcmp(codes[rule], weeg_reason_code((weeg_reason)reason)) != 0);
    }
  }
  CHECK_TEXT(weeg_reliability_code((weeg_reliability_rule)99), "");
  CHECK_TEXT(weeg_reliability_text(WEEG_RULE_NONE), "");
  CHECK_TEXT(weeg_reliability_text((weeg_reliability_rule)99), "");
}

/*
 * Parker and others (2023): t(0.975, 30) = 2.0422724563, t(0.975, 7) = 2.3646242516 by tables; the width exp(t cv) - exp(-t cv)
 * is 1.60 at t cv = asinh(0.8) = 0.7326682991, so at a cv of 0.358751 and 0.309846.
 */
static void test_counts(void) {
  const struct {
    double estimate, cv;
    int64_t n, df;
    weeg_reliability verdict;
    weeg_reliability_rule rule;
  } cases[] = {{1000, 0.3587, 10, 30, WEEG_SHOW, WEEG_RULE_NONE},
               {1000, 0.3588, 10, 30, WEEG_SUPPRESS, WEEG_RULE_WIDE_COUNT},
               {1000, 0.01, 9, 30, WEEG_SUPPRESS, WEEG_RULE_FEW_COUNTED},
               {3, 0.3098, 500, 7, WEEG_REVIEW, WEEG_RULE_FEW_DF},
               {3, 0.3099, 500, 7, WEEG_SUPPRESS, WEEG_RULE_WIDE_COUNT},
               {3, 0.1, 500, 8, WEEG_SHOW, WEEG_RULE_NONE},
               {3, 0.1, 500, 0, WEEG_SUPPRESS, WEEG_RULE_NO_INTERVAL},
               {3, NAN, 500, 8, WEEG_SUPPRESS, WEEG_RULE_NO_INTERVAL},
               {-3, 0.1, 500, 8, WEEG_SUPPRESS, WEEG_RULE_NO_INTERVAL},
               {0, 0, 0, 8, WEEG_NO_ESTIMATE, WEEG_RULE_NONE},
               {NAN, NAN, 500, 8, WEEG_NO_ESTIMATE, WEEG_RULE_NONE}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    weeg_total x = {.n = cases[i].n, .df = cases[i].df, .estimate = cases[i].estimate,
                    .std_error = cases[i].cv * fabs(cases[i].estimate)};
    CHECK_OK(weeg_judge_totals(&x, 1, NULL));
    CHECK(x.verdict == cases[i].verdict && x.rule == cases[i].rule);
    if (cases[i].estimate != 0 && !isnan(cases[i].cv)) CHECK_CLOSE(x.cv, cases[i].cv, 1e-15);
    else CHECK(isnan(x.cv));
  }
}

/* exp(0.5) and exp(-0.5) by tables. */
static void test_log_limits(void) {
  weeg_total x[] = {{.estimate = 10, .low = 5, .high = 15}, {.estimate = -1, .low = -2, .high = 0},
                    {.estimate = 4, .low = 4, .high = 4}, {.estimate = 4, .low = NAN, .high = NAN}};
  weeg_log_limits(x, 4);
  CHECK_CLOSE(x[0].low, 6.065306597126334, 1e-14);
  CHECK_CLOSE(x[0].high, 16.48721270700128, 1e-14);
  CHECK(isnan(x[1].low) && isnan(x[1].high) && x[1].reason == WEEG_REASON_NO_LOGARITHM);
  CHECK(x[2].low == 4 && x[2].high == 4);
  CHECK(isnan(x[3].low) && isnan(x[3].high) && x[0].reason + x[2].reason + x[3].reason == WEEG_REASON_NONE);
  weeg_mean means[] = {{.estimate = 10, .low = 5, .high = 15, .reason = WEEG_REASON_ONE_PSU},
                       {.estimate = 0, .low = -2, .high = 2, .reason = WEEG_REASON_ONE_PSU}};
  weeg_log_mean_limits(means, 2);
  CHECK(means[0].low == x[0].low && means[0].high == x[0].high && means[0].reason == WEEG_REASON_ONE_PSU);
  CHECK(isnan(means[1].low) && isnan(means[1].high) && means[1].reason == WEEG_REASON_NO_LOGARITHM);
}

int main(void) {
  read_rows();
  test_verdicts();
  test_none();
  test_interrupt();
  test_texts();
  test_counts();
  test_log_limits();
  return test_report("reliability");
}
