/* Proportions as they are reported: with standard errors, intervals, design effects and verdicts. */
#include "stats/shares.h"

#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "stats/effective.h"
#include "tally/places.h"
#include "variance/prepared.h"

/* Between two questions whether to stop: some milliseconds. */
enum { AT_A_TIME = 4096 };

static weeg_status finish_shares(weeg_share *shares, int64_t count, const weeg_interval_choice *choice, const weeg_hooks *hooks,
                                 students *known, weeg_error *err) {
  weeg_status status = WEEG_OK;
  pulse beat = {.hooks = hooks};
  for (int64_t i = 0; i < count; i++) {
    weeg_share *s = &shares[i];
    s->std_error = sqrt(s->variance);
    s->n_effective = weeg_n_effective(s->estimate, s->variance, s->base_n);
    s->deff = weeg_deff(s->estimate, s->variance, s->base_n);
    if (!(s->quantile > 0)) s->df_used = (double)s->df;
  }
  for (int64_t at = 0; at < count; at += AT_A_TIME) {
    const int64_t some = count - at < AT_A_TIME ? count - at : AT_A_TIME;
    WEEG_TRY(weeg_i_limit_shares(shares + at, some, choice, known, err));
    WEEG_TRY(weeg_i_judge_shares(shares + at, some, known, err));
    (void)weeg_i_stops(&beat, some * (WEEG_STEPS_A_POLL / AT_A_TIME));
    WEEG_TRY(weeg_i_pulse_status(&beat, err));
  }
cleanup:
  return status;
}

weeg_status weeg_finish_shares(weeg_share *shares, int64_t count, const weeg_interval_choice *choice,
                               const weeg_hooks *hooks, weeg_error *err) {
  return finish_shares(shares, count, choice, hooks, NULL, err);
}

/* Arrays for the estimates of a table, to become shares. */
static weeg_status new_estimates(weeg_estimates *e, int64_t groups, int64_t answers, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (groups < 0 || answers < 0 || groups * answers > INT32_MAX) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large: it has more than 2^31 - 1 cells");
  }
  WEEG_NEW(e->n, groups * answers);
  WEEG_NEW(e->weighted, groups * answers);
  WEEG_NEW(e->estimate, groups * answers);
  WEEG_NEW(e->variance, groups * answers);
  WEEG_NEW(e->base_n, groups);
  WEEG_NEW(e->df, groups);
cleanup:
  return status;
}

static void clear_estimates(weeg_estimates *e) {
  weeg_free(e->n);
  weeg_free(e->weighted);
  weeg_free(e->estimate);
  weeg_free(e->variance);
  weeg_free(e->base_n);
  weeg_free(e->df);
}

static void share_out(const weeg_estimates *e, int64_t groups, int64_t answers, weeg_share *shares) {
  for (int64_t i = 0; i < groups * answers; i++) {
    shares[i] = (weeg_share){.estimate = e->estimate[i],
                             .variance = e->variance[i],
                             .n = e->n[i],
                             .base_n = e->base_n[i / answers],
                             .df = e->df[i / answers],
                             .weighted = e->weighted[i]};
  }
}

weeg_status weeg_shares(const weeg_survey *of, const weeg_places *places, const weeg_interval_choice *choice,
                        weeg_share *shares, weeg_error *err) {
  weeg_status status = WEEG_OK;
  prepared_tally p = {0};
  const weeg_survey own = {&p.tally, of->design}, *survey = &own;
  weeg_estimates e = {0};
  const int64_t groups = weeg_i_groups(places), answers = weeg_i_answers_of(places);
  WEEG_TRY(weeg_i_prepare(&p, of, err));
  WEEG_TRY(new_estimates(&e, groups, answers, err));
  WEEG_TRY(weeg_proportions(survey, places, &e, err));
  share_out(&e, groups, answers, shares);
  if (weeg_i_is_effective(survey->design)) WEEG_TRY(weeg_i_effective_shares(survey, places, choice->level, shares, err));
  WEEG_TRY(finish_shares(shares, groups * answers, choice, survey->design->hooks, weeg_i_prepared_students(survey->tally), err));
cleanup:
  clear_estimates(&e);
  weeg_i_prepared_clear(&p);
  return status;
}

/* Shares of persons by the law of few PSUs: of those in the base of a group, who name an item and who do not. */
static weeg_status refer_items(const weeg_survey *survey, const weeg_answers *a, double level, weeg_share *shares,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t cells = survey->tally->cells, items = a->items;
  int32_t *group = NULL, *named = NULL;
  weeg_share *two = NULL;
  WEEG_NEW(group, cells);
  WEEG_NEW(named, cells);
  WEEG_NEW(two, 2 * (int64_t)a->groups);
  for (int32_t c = 0; c < cells; c++) {
    group[c] = a->cell_size[c] < 0 ? -1 : a->cell_group[c];
    if (group[c] >= 0 && a->cell_size[c] != 1) goto cleanup; /* shares of answers, of which persons give several */
  }
  const weeg_places places = {.group = group, .groups = a->groups, .answer = named, .answers = 2};
  for (int32_t i = 0; i < items; i++) {
    for (int32_t c = 0; c < cells; c++) named[c] = a->cell_items[(int64_t)c * items + i] != 0;
    for (int32_t g = 0; g < a->groups; g++) {
      two[2 * g] = (weeg_share){.estimate = NAN, .variance = NAN};
      two[2 * g + 1] = shares[(int64_t)g * items + i];
    }
    WEEG_TRY(weeg_i_effective_shares(survey, &places, level, two, err));
    for (int32_t g = 0; g < a->groups; g++) shares[(int64_t)g * items + i] = two[2 * g + 1];
  }
cleanup:
  weeg_free(group);
  weeg_free(named);
  weeg_free(two);
  return status;
}

weeg_status weeg_multiple_shares(const weeg_survey *survey, const weeg_answers *answers,
                                 const weeg_interval_choice *choice, weeg_share *shares, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_estimates e = {0};
  WEEG_TRY(new_estimates(&e, answers->groups, answers->items, err));
  WEEG_TRY(weeg_multiple(survey, answers, &e, err));
  share_out(&e, answers->groups, answers->items, shares);
  if (weeg_i_is_effective(survey->design)) WEEG_TRY(refer_items(survey, answers, choice->level, shares, err));
  WEEG_TRY(weeg_finish_shares(shares, (int64_t)answers->groups * answers->items, choice, survey->design->hooks, err));
cleanup:
  clear_estimates(&e);
  return status;
}
