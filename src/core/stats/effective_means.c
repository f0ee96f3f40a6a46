/* Quantiles of means of numbers in samples of few PSUs. */
#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/effective.h"
#include "tally/places.h"

/* A quantile takes about a hundred walks over the PSUs of its group. */
enum { WALKS = 100 };

static weeg_status add_mean(effective_frame *frame, double level, weeg_few *few, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double zero = 0, one = 1;
  effective e = {0};
  weeg_i_effective_make(&e, frame, &(effective_sum){&zero, &one, 0});
  few->largest = e.largest;
  if (e.exists) WEEG_TRY(weeg_i_effective_quantile(&e, 1 - level, &few->quantile, &few->df_used, err));
  if (!e.exists) few->quantile = 0;
cleanup:
  return status;
}

weeg_status weeg_i_effective_means(const weeg_survey *survey, const weeg_places *places, const psu_numbers *numbers,
                                   double level, weeg_few *few, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = weeg_i_groups(places);
  psu_table t = {0};
  psu_set set = {0};
  effective_frame frame = {0};
  pulse beat = {.hooks = survey->design->hooks};
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  WEEG_TRY(weeg_i_psu_table_make(&t, survey, places, numbers, err));
  for (int32_t g = 0; g < groups; g++) {
    few[g] = (weeg_few){.quantile = 0};
    WEEG_TRY(weeg_i_psu_set_make(&set, &t, &g, 1, err));
    if (set.psus > 0) {
      WEEG_TRY(weeg_i_effective_frame_make(&frame, &t, &set, 1, err));
      WEEG_TRY(add_mean(&frame, level, &few[g], err));
    }
    (void)weeg_i_stops(&beat, WALKS * (int64_t)set.psus);
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
    weeg_i_effective_frame_clear(&frame);
    weeg_i_psu_set_clear(&set);
  }
cleanup:
  weeg_i_effective_frame_clear(&frame);
  weeg_i_psu_table_clear(&t);
  weeg_i_psu_set_clear(&set);
  return status;
}
