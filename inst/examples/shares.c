/*
 * A first program with libweeg: a small sample in arrays, the shares of the answers per provider with 95 % confidence
 * intervals, and a test whether answer and provider are associated.
 *
 *     cc shares.c $(pkg-config --cflags --libs weeg) -o shares
 *     ./shares
 *
 * The data are made up. Of 32 clients in 8 municipalities in 2 regions, one gave no answer.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <weeg.h>

/* One element per client; codes count from 1, and 0 is missing. */
enum { CLIENTS = 32, REGIONS = 2, MUNICIPALITIES = 8, PROVIDERS = 2, ANSWERS = 3 };
static const int32_t region[CLIENTS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
static const int32_t town[CLIENTS] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4,
                                      5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8};
static const int32_t provider[CLIENTS] = {1, 1, 2, 2, 1, 2, 2, 1, 1, 1, 2, 2, 2, 1, 1, 2,
                                          1, 2, 1, 2, 2, 2, 1, 1, 2, 1, 1, 2, 1, 2, 1, 2};
static const int32_t answer[CLIENTS] = {1, 2, 3, 3, 1, 2, 3, 1, 2, 1, 3, 2, 1, 1, 3, 3,
                                        2, 3, 1, 1, 3, 0, 2, 1, 2, 1, 3, 3, 1, 2, 2, 3};
static const double weight[CLIENTS] = {1.2, 0.8, 1.5, 1, 2.1, 0.7, 1.1, 1.6, 0.9, 1.3, 1, 2.4, 0.6, 1.8, 1, 1.4,
                                       1.1, 0.9, 1.7, 1.2, 0.8, 1.5, 2, 0.7, 1.3, 1, 1.9, 0.6, 1.4, 1.1, 0.8, 2.2};
static const char *const answer_text[ANSWERS] = {"yes", "partly", "no"};

/* What fails says why. */
static void must(weeg_status status, const weeg_error *err) {
  if (status == WEEG_OK) return;
  fprintf(stderr, "shares: %s\n", err->message);
  exit(EXIT_FAILURE);
}

static void show_shares(const weeg_survey *survey, const weeg_places *places) {
  const weeg_interval_choice interval = {WEEG_INTERVAL_LOGIT, 0.95};
  weeg_share share[PROVIDERS * ANSWERS];
  weeg_error err = {0};
  must(weeg_shares(survey, places, &interval, share, &err), &err);
  printf("provider  answer     n     share       low      high\n");
  for (int k = 0; k < PROVIDERS * ANSWERS; k++) {
    printf("%8d  %-6s  %4lld  %.6f  %.6f  %.6f\n", k / ANSWERS + 1, answer_text[k % ANSWERS], (long long)share[k].n,
           share[k].estimate, share[k].low, share[k].high);
  }
}

static void show_test(const weeg_survey *survey, const weeg_places *places) {
  const weeg_test_choice usual = {.method = WEEG_TEST_RAO_SCOTT_F};
  weeg_test test;
  weeg_error err = {0};
  must(weeg_test_independence(survey, places, &usual, &test, &err), &err);
  if (test.reason != WEEG_REASON_NONE) {
    printf("no test: %s\n", weeg_reason_text(test.reason));
  } else {
    printf("Rao-Scott F(%.6f, %.6f) = %.6f, p = %.6f\n", test.df1, test.df2, test.statistic, test.p_value);
  }
}

int main(void) {
  const weeg_column strata = {region, WEEG_CODE_I32, REGIONS}, psus = {town, WEEG_CODE_I32, MUNICIPALITIES};
  const weeg_column columns[] = {{provider, WEEG_CODE_I32, PROVIDERS}, {answer, WEEG_CODE_I32, ANSWERS}};
  weeg_sample *sample = NULL;
  weeg_places *places = NULL;
  double largest = 0;
  weeg_tally *tally = NULL;
  weeg_error err = {0};

  /* the design: which stratum each PSU is in, and how many PSUs each has */
  const weeg_sample_stage stage = {&strata, &psus, NULL};
  must(weeg_sample_find(&(weeg_sampled_stages){.rows = CLIENTS, .stages = 1, .stage = &stage}, &sample, &err), &err);

  /* the rows, once; everything after this needs the tally alone */
  must(weeg_check_weights(weight, CLIENTS, NULL, &largest, &err), &err);
  const weeg_rows rows = {.rows = CLIENTS, .columns = columns, .count = 2, .unit = &sample->unit, .weights = weight,
                          .max_weight = largest};
  must(weeg_tally_build(&rows, NULL, &tally, &err), &err);

  /* what its cells are: groups first, then the answer */
  const weeg_variable variables[] = {{.levels = {PROVIDERS, NULL}}, {.levels = {ANSWERS, NULL}}};
  const weeg_frame frame = {.variables = 2, .variable = variables, .design = sample->design, .tally = tally};
  must(weeg_frame_table(&frame, 1, &places, &err), &err);
  show_shares(&(weeg_survey){tally, &sample->design}, places);
  show_test(&(weeg_survey){tally, &sample->design}, places);
  weeg_free(places);
  weeg_tally_free(tally);
  weeg_sample_free(sample);
  return EXIT_SUCCESS;
}
