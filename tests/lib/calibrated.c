/*
 * The sample of shares.c, post-stratified: totals of the answers and their standard errors, by libweeg alone. Compared with
 * package survey in tests/lib/run.sh.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#define main shares_main
#include "shares.c"
#undef main

int main(void) {
  static const double counts[PROVIDERS] = {60, 40};
  static const int32_t margin[PROVIDERS] = {0, 1};
  const weeg_column strata = {region, WEEG_CODE_I32, REGIONS}, psus = {town, WEEG_CODE_I32, MUNICIPALITIES};
  const weeg_column columns[] = {{answer, WEEG_CODE_I32, ANSWERS}, {provider, WEEG_CODE_I32, PROVIDERS}};
  const weeg_sample_stage stage = {&strata, &psus, NULL};
  const weeg_variable answers = {.levels = {ANSWERS, NULL}};
  double sum[PROVIDERS] = {0}, g[PROVIDERS], calibrated[CLIENTS], largest = 0;
  weeg_sample *sample = NULL;
  weeg_tally *crossed = NULL;
  weeg_calibration_model basis = {0};
  weeg_calibration_fit fit;
  weeg_calibrated *made = NULL;
  weeg_places *places = NULL;
  weeg_total total[ANSWERS];
  weeg_error err = {0};
  (void)shares_main;

  /* factors of the weights, by provider */
  for (int i = 0; i < CLIENTS; i++) sum[provider[i] - 1] += weight[i];
  const weeg_margins margins = {PROVIDERS, 1, PROVIDERS, margin, sum, counts, NULL};
  const weeg_calibration_choice raking = {WEEG_CALIBRATION_RAKING, -HUGE_VAL, HUGE_VAL};
  must(weeg_calibrate(&margins, &raking, g, &fit, &err), &err);
  must(weeg_calibration_basis(&margins, &basis, &err), &err);
  for (int i = 0; i < CLIENTS; i++) calibrated[i] = weight[i] * g[provider[i] - 1];

  /* one tally, of answers by provider, and the record of it */
  must(weeg_sample_find(&(weeg_sampled_stages){.rows = CLIENTS, .stages = 1, .stage = &stage}, &sample, &err), &err);
  must(weeg_check_weights(calibrated, CLIENTS, NULL, &largest, &err), &err);
  const weeg_rows rows = {.rows = CLIENTS, .columns = columns, .count = 2, .unit = &sample->unit, .weights = calibrated,
                          .max_weight = largest};
  must(weeg_tally_build(&rows, NULL, &crossed, &err), &err);
  const weeg_calibrated_tallies from = {.shown = ANSWERS + 1, .cells = PROVIDERS, .crossed = crossed};
  must(weeg_calibration_record(&from, &made, &err), &err);
  made->calibration.g = g;
  made->calibration.columns = basis.columns;
  made->calibration.start = basis.start;
  made->calibration.index = basis.index;
  made->calibration.value = basis.value;
  sample->design.calibration = &made->calibration;

  const weeg_frame frame = {.variables = 1, .variable = &answers, .design = sample->design, .tally = made->plain};
  must(weeg_frame_table(&frame, 0, &places, &err), &err);
  must(weeg_totals(&(weeg_survey){made->plain, &sample->design}, places, 0.95, total, &err), &err);
  for (int k = 0; k < ANSWERS; k++) printf("%.15g %.15g\n", total[k].estimate, total[k].std_error);
  weeg_free(places);
  weeg_calibrated_free(made);
  weeg_free(basis.start);
  weeg_free(basis.index);
  weeg_free(basis.value);
  weeg_tally_free(crossed);
  weeg_sample_free(sample);
  return EXIT_SUCCESS;
}
