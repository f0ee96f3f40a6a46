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

/* All at once, and each alone. */
static void test_verdicts(void) {
  static weeg_reliability verdict[MOST];
  static weeg_reliability_rule rule[MOST];
  CHECK_OK(weeg_proportion_reliability(all.count, all.p, all.v, all.n, all.df, verdict, rule, NULL));
  for (int64_t i = 0; i < all.count; i++) {
    weeg_reliability one = WEEG_NO_ESTIMATE;
    weeg_reliability_rule why = WEEG_RULE_NONE;
    if (!CHECK((int)verdict[i] == all.verdict[i] && (int)rule[i] == all.rule[i])) {
      printf("  p %.17g, v %.17g, n %lld, df %lld: %d %d, expected %d %d\n", all.p[i], all.v[i], (long long)all.n[i],
             (long long)all.df[i], (int)verdict[i], (int)rule[i], all.verdict[i], all.rule[i]);
    }
    CHECK_OK(weeg_proportion_reliability(1, &all.p[i], &all.v[i], &all.n[i], &all.df[i], &one, &why, NULL));
    CHECK(one == verdict[i] && why == rule[i]);
  }
}

static void test_none(void) {
  const double p[] = {NAN, 0.5, 0.5, 1.5}, v[] = {0.001, 0.001, NAN, 0.001};
  const int64_t n[] = {100, 0, 100, 100}, df[] = {99, 99, 99, 99};
  weeg_reliability verdict[3];
  weeg_reliability_rule rule[3];
  weeg_error err = {0};
  CHECK_OK(weeg_proportion_reliability(2, p, v, n, df, verdict, rule, &err));
  CHECK(verdict[0] == WEEG_NO_ESTIMATE && verdict[1] == WEEG_NO_ESTIMATE);
  CHECK(rule[0] == WEEG_RULE_NONE && rule[1] == WEEG_RULE_NONE);
  /* a proportion whose variance is not known has an effective size that is not known to be too small, but no limits */
  CHECK_OK(weeg_proportion_reliability(1, p + 2, v + 2, n + 2, df + 2, verdict, rule, &err));
  CHECK(verdict[0] == WEEG_SUPPRESS && rule[0] == WEEG_RULE_NO_INTERVAL);
  CHECK_STATUS(weeg_proportion_reliability(1, p + 3, v + 3, n + 3, df + 3, verdict, rule, &err), WEEG_ERR_ARGUMENT);
}

/* The words of Parker and others (2017), whose rules speak of these numbers. */
static void test_texts(void) {
  static const char *const words[] = {"", "size below 30", "no confidence interval", "30 points wide", "130% of the estimate",
                                      "fewer than 8 degrees", "0% or 100%", "130% of the complement"};
  for (int rule = WEEG_RULE_NONE; rule <= WEEG_RULE_COMPLEMENT; rule++) {
    CHECK(strstr(weeg_reliability_text((weeg_reliability_rule)rule), words[rule]) != NULL);
  }
  static const char *const codes[] = {"", "small-n", "no-interval", "wide", "wide-relative", "low-df", "extreme",
                                      "wide-complement"};
  for (int rule = WEEG_RULE_NONE; rule <= WEEG_RULE_COMPLEMENT; rule++) {
    CHECK_TEXT(weeg_reliability_code((weeg_reliability_rule)rule), codes[rule]);
    for (int reason = WEEG_REASON_EMPTY; reason <= WEEG_REASON_TOO_LARGE; reason++) {
      CHECK(strcmp(codes[rule], weeg_reason_code((weeg_reason)reason)) != 0);
    }
  }
  CHECK_TEXT(weeg_reliability_code((weeg_reliability_rule)99), "");
  CHECK_TEXT(weeg_reliability_text(WEEG_RULE_NONE), "");
  CHECK_TEXT(weeg_reliability_text((weeg_reliability_rule)99), "");
}

int main(void) {
  read_rows();
  test_verdicts();
  test_none();
  test_texts();
  return test_report("reliability");
}
