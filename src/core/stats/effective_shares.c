/* Quantiles of proportions in samples of few PSUs. */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/effective.h"
#include "tally/places.h"

/* A quantile takes about a hundred walks over the PSUs of its group. */
enum { WALKS = 100 };

/* Kish's effective number of rows, by the squares of the rows with the answer and the others. */
static double kish(const psu_set *set, int32_t answers, int32_t answer) {
  double squares = 0;
  for (int32_t i = 0; i < set->psus; i++) squares += set->q[(int64_t)i * answers + answer];
  return squares > 0 ? fmin(set->rows, set->total * set->total / squares) : set->rows;
}

/* As many independent rows have the variance of the working model: by the answer in hand. */
static double model_rows(const effective_frame *frame) {
  const double *q = frame->q, *l = frame->law.l;
  double rows = 0, psus = 0;
  for (int32_t i = 0; i < frame->psus; i++) {
    rows += q[i];
    psus += l[i] * l[i];
  }
  return 1 / ((1 - WEEG_WORKING_RHO) * rows + WEEG_WORKING_RHO * psus);
}

static weeg_status add_share(effective_frame *frame, int32_t answer, double alpha, weeg_share *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double one = 1;
  effective e = {0};
  to->kish_n = kish(frame->set, frame->table->answers, answer);
  if (!(to->estimate > 0 && to->estimate < 1) || isnan(to->variance) || to->df < 1) return WEEG_OK;
  weeg_i_effective_make(&e, frame, &(effective_sum){&to->estimate, &one, answer});
  to->largest = e.largest;
  to->model_n = model_rows(frame);
  if (e.exists) WEEG_TRY(weeg_i_effective_quantile(&e, alpha, &to->quantile, &to->df_used, err));
cleanup:
  return status;
}

weeg_status weeg_i_effective_shares(const weeg_survey *survey, const weeg_places *places, double level, weeg_share *shares,
                                    weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = weeg_i_groups(places), answers = weeg_i_answers_of(places);
  psu_table t = {0};
  psu_set set = {0};
  effective_frame frame = {0};
  pulse beat = {.hooks = survey->design->hooks};
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  WEEG_TRY(weeg_i_psu_table_make(&t, survey, places, NULL, err));
  for (int32_t g = 0; g < groups; g++) {
    WEEG_TRY(weeg_i_psu_set_make(&set, &t, &g, 1, err));
    WEEG_TRY(weeg_i_effective_frame_make(&frame, &t, &set, 1, err));
    for (int32_t k = 0; k < answers && set.psus > 0; k++) {
      WEEG_TRY(add_share(&frame, k, 1 - level, &shares[(int64_t)g * answers + k], err));
      (void)weeg_i_stops(&beat, WALKS * (int64_t)set.psus);
      WEEG_TRY(weeg_i_pulse_status(&beat, err));
    }
    weeg_i_effective_frame_clear(&frame);
    weeg_i_psu_set_clear(&set);
  }
cleanup:
  weeg_i_effective_frame_clear(&frame);
  weeg_i_psu_table_clear(&t);
  weeg_i_psu_set_clear(&set);
  return status;
}
