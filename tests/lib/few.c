/*
 * The sample of shares.c by the law of few PSUs: limits and degrees of freedom of the shares, and the p-value of the test. With
 * an argument: its rows as CSV, of which the program says the same in tests/lib/run.sh.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define main shares_main
#include "shares.c"
#undef main

int main(int arguments, char **argument) {
  const weeg_column strata = {region, WEEG_CODE_I32, REGIONS}, psus = {town, WEEG_CODE_I32, MUNICIPALITIES};
  const weeg_column columns[] = {{provider, WEEG_CODE_I32, PROVIDERS}, {answer, WEEG_CODE_I32, ANSWERS}};
  const weeg_sample_stage stage = {&strata, &psus, NULL};
  const weeg_variable variables[] = {{.levels = {PROVIDERS, NULL}}, {.levels = {ANSWERS, NULL}}};
  const weeg_interval_choice interval = {WEEG_INTERVAL_LOGIT, 0.95};
  const weeg_test_choice exact = {.method = WEEG_TEST_RAO_SCOTT_EXACT};
  weeg_sample *sample = NULL;
  weeg_places *places = NULL;
  weeg_tally *tally = NULL;
  weeg_share share[PROVIDERS * ANSWERS];
  weeg_test test;
  weeg_error err = {0};
  double largest = 0;
  (void)shares_main;
  (void)argument;
  if (arguments > 1) {
    printf("region,town,provider,answer,weight\n");
    for (int i = 0; i < CLIENTS; i++) {
      printf("%d,%d,%d,%s,%.17g\n", (int)region[i], (int)town[i], (int)provider[i],
             answer[i] == 0 ? "NA" : (const char *[]){"1", "2", "3"}[answer[i] - 1], weight[i]);
    }
    return EXIT_SUCCESS;
  }
  must(weeg_sample_find(&(weeg_sampled_stages){.rows = CLIENTS, .stages = 1, .stage = &stage}, &sample, &err), &err);
  must(weeg_check_weights(weight, CLIENTS, NULL, &largest, &err), &err);
  const weeg_rows rows = {.rows = CLIENTS, .columns = columns, .count = 2, .unit = &sample->unit, .weights = weight,
                          .max_weight = largest};
  must(weeg_tally_build(&rows, NULL, &tally, &err), &err);
  sample->design.df = WEEG_DF_EFFECTIVE;
  const weeg_frame frame = {.variables = 2, .variable = variables, .design = sample->design, .tally = tally};
  const weeg_survey survey = {tally, &sample->design};
  must(weeg_frame_table(&frame, 1, &places, &err), &err);
  must(weeg_shares(&survey, places, &interval, share, &err), &err);
  for (int k = 0; k < PROVIDERS * ANSWERS; k++) printf("%.9g %.9g %.9g\n", share[k].low, share[k].high, share[k].df_used);
  must(weeg_test_independence(&survey, places, &exact, &test, &err), &err);
  printf("%.9g %.9g %.9g\n", test.statistic, test.df1, test.p_value);
  weeg_free(places);
  weeg_tally_free(tally);
  weeg_sample_free(sample);
  return EXIT_SUCCESS;
}
