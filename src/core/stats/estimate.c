/* Proportions within groups and population totals, with their Taylor variances. */
#include <math.h>

#include "base/memory.h"
#include "base/sum.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

/* Scores (1[level = k] - p_gk) / T_g of all answers of the cell's group. */
static weeg_status score_proportions(const table *t, const double *estimate, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  const int32_t cells = t->tally->cells;
  for (int32_t c = 0; c < cells; c++) counted += t->use[c] && t->group_w[t->group[c]] > 0;
  WEEG_TRY(weeg_i_scores_new(list, cells, t->places, counted * t->answers, err));
  WEEG_TRY(weeg_i_scores_ratio(list, t->groups, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < t->places; o++) {
    list->output_base[o] = o / t->answers;
    list->size[o] = t->group_w[o / t->answers] > 0 ? 2 * estimate[o] : 0; /* sum of w (1[level = k] + p) / T */
  }
  for (int32_t c = 0; c < cells; c++) {
    const int32_t g = t->group[c];
    list->cell_base[c] = g;
    if (t->use[c] && t->group_w[g] > 0) {
      for (int32_t o = g * t->answers; o < (g + 1) * t->answers; o++) {
        /* 1 - p exactly 0 when the group has one level only: the variance is then 0 and not rounding noise */
        weeg_i_scores_add(list, o, ((o == t->place[c] ? 1.0 : 0.0) - estimate[o]) / t->group_w[g]);
      }
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

static void divide(const table *t, double *estimate) {
  for (int32_t o = 0; o < t->places; o++) {
    const double total = t->group_w[o / t->answers];
    estimate[o] = total > 0 ? t->w[o] / total : NAN;
  }
}

/* The variances of the estimates, each group a domain. */
static weeg_status vary(const table *t, const weeg_design *design, const double *estimate, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *output_domain = NULL;
  WEEG_TRY(score_proportions(t, estimate, &list, err));
  WEEG_NEW(output_domain, t->places);
  for (int32_t o = 0; o < t->places; o++) output_domain[o] = o / t->answers;
  WEEG_TRY(weeg_variance(&(weeg_survey){t->tally, design}, &list.scores,
                         &(weeg_domains){t->group, t->groups, output_domain}, variance, err));
  WEEG_TRY(weeg_i_withhold(&(weeg_survey){t->tally, design}, t->group, t->groups, t->answers, estimate, variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(output_domain);
  return status;
}

/* Of all rows of the groups. */
static weeg_status count_df(const weeg_survey *survey, const weeg_places *places, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *zero = NULL;
  WEEG_NEW(zero, places->group == NULL ? survey->tally->cells : 0);
  WEEG_TRY(weeg_design_df(survey, places->group == NULL ? zero : places->group, weeg_i_groups(places), df, err));
cleanup:
  weeg_free(zero);
  return status;
}

weeg_status weeg_proportions(const weeg_survey *survey, const weeg_places *places, const weeg_estimates *to,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {0};
  double *estimate = NULL;
  WEEG_TRY(weeg_i_table_make(&t, survey->tally, places, err));
  WEEG_NEW(estimate, t.places);
  divide(&t, estimate);
  if (to->variance != NULL) WEEG_TRY(vary(&t, survey->design, estimate, to->variance, err));
  if (to->df != NULL) WEEG_TRY(count_df(survey, places, to->df, err));
  for (int32_t o = 0; o < t.places; o++) {
    if (to->n != NULL) to->n[o] = t.n[o];
    if (to->weighted != NULL) to->weighted[o] = t.w[o];
    if (to->estimate != NULL) to->estimate[o] = estimate[o];
  }
  for (int32_t g = 0; g < t.groups && to->base_n != NULL; g++) to->base_n[g] = t.group_n[g];
cleanup:
  weeg_i_table_clear(&t);
  weeg_free(estimate);
  return status;
}

weeg_status weeg_proportion_covariance(const weeg_survey *survey, const weeg_places *places, double *covariance,
                                       weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  table t = {0};
  double *estimate = NULL;
  WEEG_TRY(weeg_i_table_make(&t, survey->tally, places, err));
  WEEG_NEW(estimate, t.places);
  divide(&t, estimate);
  WEEG_TRY(score_proportions(&t, estimate, &list, err));
  WEEG_TRY(weeg_covariance(survey, &list.scores, t.use, covariance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_i_table_clear(&t);
  weeg_free(estimate);
  return status;
}

/* ---- totals ---- */

/* A score of 2^-exponent of all answers, so that squares are in range whatever the unit of the weights. */
static weeg_status score_totals(const table *t, int exponent, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double score = ldexp(1, -exponent);
  WEEG_TRY(weeg_i_scores_new(list, t->tally->cells, t->answers, t->tally->cells, err));
  for (int32_t c = 0; c < t->tally->cells; c++) {
    if (t->use[c]) weeg_i_scores_add(list, t->place[c], score);
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* variance[answers]: of the sums of weights times 2^-exponent. */
static weeg_status vary_totals(const table *t, const weeg_design *design, int exponent, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *zero = NULL;
  uint8_t has = 1;
  WEEG_NEW(zero, t->answers);
  WEEG_TRY(score_totals(t, exponent, &list, err));
  WEEG_TRY(
      weeg_variance(&(weeg_survey){t->tally, design}, &list.scores, &(weeg_domains){t->group, 1, zero}, variance, err));
  WEEG_TRY(weeg_own_variance(&(weeg_survey){t->tally, design}, t->group, 1, &has, err));
  /* that rows outside the table are in other PSUs gives a total a variance which a share does not have: it is not 0 */
  for (int32_t k = 0; k < t->answers && !has; k++) variance[k] = variance[k] > 0 ? variance[k] : NAN;
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(zero);
  return status;
}

static weeg_total limit_total(int64_t n, double estimate, double variance, int exponent, int64_t df, double quantile) {
  weeg_total x = {.n = n, .df = df, .estimate = estimate, .std_error = NAN, .low = NAN, .high = NAN};
  if (isnan(variance)) {
    x.reason = WEEG_REASON_NO_VARIANCE;
    return x;
  }
  x.std_error = weeg_i_times_power(sqrt(variance), exponent);
  x.reason = df < 1 ? WEEG_REASON_NO_DF : variance == 0 ? WEEG_REASON_ZERO_VARIANCE : WEEG_REASON_NONE;
  if (df < 1) return x;
  x.low = estimate - quantile * x.std_error;
  x.high = estimate + quantile * x.std_error;
  return x;
}

/* The width of the limits exp(-+ half), relative to the estimate, is 2 sinh(half). */
static weeg_status judge_total(weeg_total *x, weeg_error *err) {
  double t = NAN;
  x->cv = x->estimate == 0 ? NAN : x->std_error / fabs(x->estimate);
  x->rule = WEEG_RULE_NONE;
  x->verdict = WEEG_NO_ESTIMATE;
  if (x->n == 0 || isnan(x->estimate)) return WEEG_OK;
  x->verdict = WEEG_SUPPRESS;
  if (x->n < 10) x->rule = WEEG_RULE_FEW_COUNTED;
  else if (isnan(x->std_error) || x->df < 1 || !(x->estimate > 0)) x->rule = WEEG_RULE_NO_INTERVAL;
  if (x->rule != WEEG_RULE_NONE) return WEEG_OK;
  const weeg_status status = weeg_t_quantile(0.975, (double)x->df, &t, err);
  if (status != WEEG_OK) return status;
  if (2 * sinh(t * x->cv) > 1.60) {
    x->rule = WEEG_RULE_WIDE_COUNT;
    return WEEG_OK;
  }
  x->verdict = x->df < 8 ? WEEG_REVIEW : WEEG_SHOW;
  if (x->df < 8) x->rule = WEEG_RULE_FEW_DF;
  return WEEG_OK;
}

weeg_status weeg_judge_totals(weeg_total *totals, int64_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  for (int64_t i = 0; i < count && status == WEEG_OK; i++) status = judge_total(&totals[i], err);
  return status;
}

static void take_logarithm(double estimate, double *low, double *high, weeg_reason *reason) {
  if (!(*high > *low)) return;
  const double half = (*high - *low) / 2 / estimate;
  *low = estimate > 0 ? estimate * exp(-half) : NAN;
  *high = estimate > 0 ? estimate * exp(half) : NAN;
  if (!(estimate > 0)) *reason = WEEG_REASON_NO_LOGARITHM;
}

void weeg_log_limits(weeg_total *totals, int64_t count) {
  for (weeg_total *x = totals; x < totals + count; x++) take_logarithm(x->estimate, &x->low, &x->high, &x->reason);
}

void weeg_log_mean_limits(weeg_mean *means, int64_t count) {
  for (weeg_mean *x = means; x < means + count; x++) take_logarithm(x->estimate, &x->low, &x->high, &x->reason);
}

/* Each group and answer is an answer of one table, at places in output[cells]. */
static weeg_status make_total_table(table *t, const weeg_survey *survey, const weeg_places *places, int32_t *output,
                                    weeg_places *at, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_places two_way = {places->group, places->groups, places->answer, places->answers, NULL, 0};
  WEEG_TRY(weeg_i_check_places(survey->tally, &two_way, err));
  for (int32_t c = 0; c < survey->tally->cells; c++) {
    const int32_t group = weeg_i_group_of(&two_way, c), answer = weeg_i_answer_of(&two_way, c);
    output[c] = weeg_i_in_table(&two_way, c) ? group * weeg_i_answers_of(&two_way) + answer : -1;
  }
  *at = (weeg_places){.answer = output, .answers = weeg_i_groups(&two_way) * weeg_i_answers_of(&two_way)};
  WEEG_TRY(weeg_i_table_make(t, survey->tally, at, err));
cleanup:
  return status;
}

weeg_status weeg_totals(const weeg_survey *survey, const weeg_places *places, double level, weeg_total *totals,
                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_places at;
  int32_t *output = NULL;
  table t = {0};
  double *variance = NULL, quantile = NAN;
  int64_t df = 0;
  int exponent = 0;
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  WEEG_NEW(output, survey->tally->cells);
  WEEG_TRY(make_total_table(&t, survey, places, output, &at, err));
  WEEG_NEW(variance, t.answers);
  (void)frexp(t.total_w, &exponent);
  WEEG_TRY(vary_totals(&t, survey->design, exponent, variance, err));
  WEEG_TRY(count_df(survey, &at, &df, err));
  if (df >= 1) WEEG_TRY(weeg_t_quantile(1 - (1 - level) / 2, (double)df, &quantile, err));
  for (int32_t k = 0; k < t.answers; k++) totals[k] = limit_total(t.n[k], t.w[k], variance[k], exponent, df, quantile);
  WEEG_TRY(weeg_judge_totals(totals, t.answers, err));
cleanup:
  weeg_i_table_clear(&t);
  weeg_free(output);
  weeg_free(variance);
  return status;
}

weeg_status weeg_total_covariance(const weeg_survey *survey, const weeg_places *places, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_places at;
  int32_t *output = NULL;
  table t = {0};
  score_list list = {0};
  int exponent = 0;
  WEEG_NEW(output, survey->tally->cells);
  WEEG_TRY(make_total_table(&t, survey, places, output, &at, err));
  (void)frexp(t.total_w, &exponent);
  WEEG_TRY(score_totals(&t, exponent, &list, err));
  WEEG_TRY(weeg_covariance(survey, &list.scores, t.use, covariance, err));
  for (int64_t k = 0; k < (int64_t)t.answers * t.answers; k++) covariance[k] = ldexp(covariance[k], 2 * exponent);
cleanup:
  weeg_i_scores_clear(&list);
  weeg_i_table_clear(&t);
  weeg_free(output);
  return status;
}

double weeg_deff(double p, double v, int64_t n) {
  return p > 0 && p < 1 && n > 1 ? v / (p * (1 - p) / (double)(n - 1)) : NAN;
}

double weeg_n_effective(double p, double v, int64_t n) {
  if (isnan(p) || isnan(v)) return NAN;
  if (p > 0 && p < 1) return v > 0 ? p * (1 - p) / v : NAN;
  return (double)n;
}
