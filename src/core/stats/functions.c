/*
 * Smooth functions of the proportions of a table, such as the lead of one answer over another: by linearisation a sum over
 * rows, whose variance and law of few PSUs are those of all other estimates (Binder 1983; Woodruff 1971).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>

#include "base/memory.h"
#include "stats/effective_scores.h"
#include "stats/measure.h"
#include "stats/table.h"
#include "tally/places.h"
#include "variance/scores.h"

/* The part of the table that a function is about: groups with a slope. */
typedef struct share_part {
  const weeg_survey *survey;
  const weeg_share_function *of;
  weeg_places places;    /* of these groups, numbered anew */
  int32_t *group;        /* [cells] */
  double *slope, *mean;  /* [groups * answers], [groups] of the slopes in a group */
  double *p;             /* [groups * answers] */
  table t;
} share_part;

static void part_clear(share_part *x) {
  weeg_i_table_clear(&x->t);
  weeg_free(x->group);
  weeg_free(x->slope);
  weeg_free(x->mean);
  weeg_free(x->p);
}

static bool has_slope(const weeg_share_function *of, int32_t group, int32_t answers) {
  for (int32_t k = 0; k < answers; k++) {
    if (of->slope[group * answers + k] != 0) return true;
  }
  return false;
}

/* A function without slopes is a constant: of all groups. */
static weeg_status part_make(share_part *x, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *number = NULL, used = 0;
  const int32_t groups = weeg_i_groups(places), answers = places->answers;
  const weeg_tally *tally = x->survey->tally;
  x->places = *places;
  WEEG_NEW(number, groups);
  WEEG_NEW(x->group, tally->cells);
  WEEG_NEW(x->slope, (int64_t)groups * answers);
  for (int32_t g = 0; g < groups; g++) {
    number[g] = has_slope(x->of, g, answers) ? used++ : -1;
    for (int32_t k = 0; k < answers && number[g] >= 0; k++) x->slope[number[g] * answers + k] = x->of->slope[g * answers + k];
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t g = places->group == NULL ? 0 : places->group[c];
    x->group[c] = g < 0 ? -1 : used == 0 ? g : number[g];
  }
  x->places.group = x->group;
  x->places.groups = used == 0 ? groups : used;
  WEEG_TRY(weeg_i_table_make(&x->t, tally, &x->places, err));
  WEEG_NEW(x->mean, x->t.groups);
  WEEG_NEW(x->p, x->t.places);
  for (int32_t o = 0; o < x->t.places; o++) {
    const int32_t g = o / answers;
    const double own = x->t.group_w[g] > 0 ? x->t.w[o] / x->t.group_w[g] : 0;
    x->mean[g] += x->slope[o] * own;
  }
cleanup:
  weeg_free(number);
  return status;
}

/* Whether answers in a group differ in what they add to the function. */
static bool depends_on(const share_part *x, int32_t group) {
  for (int32_t o = group * x->t.answers; o < (group + 1) * x->t.answers; o++) {
    const double size = fabs(x->slope[o]) + fabs(x->mean[group]);
    if (x->t.n[o] > 0 && fabs(x->slope[o] - x->mean[group]) > 1e-12 * size) return true;
  }
  return false;
}

/* The variance of the sum of w (slope - mean) / T_g over rows; NaN where a group has none of its own. */
static weeg_status vary(const share_part *x, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const table *t = &x->t;
  score_list list = {0};
  int32_t *domain = NULL;
  uint8_t *has = NULL;
  WEEG_NEW(domain, t->tally->cells);
  WEEG_NEW(has, t->groups);
  WEEG_TRY(weeg_i_scores_new(&list, t->tally->cells, 1, t->tally->cells, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  for (int32_t c = 0; c < t->tally->cells; c++) {
    const int32_t o = t->place[c], g = t->group[c];
    domain[c] = t->use[c] ? 0 : -1;
    if (t->use[c]) weeg_i_scores_add(&list, 0, (x->slope[o] - x->mean[g]) / t->group_w[g]);
    weeg_i_scores_close(&list, c);
  }
  for (int32_t o = 0; o < t->places; o++) {
    const int32_t g = o / t->answers;
    if (t->n[o] > 0) list.size[0] += t->w[o] / t->group_w[g] * (fabs(x->slope[o]) + fabs(x->mean[g]));
  }
  WEEG_TRY(weeg_variance(x->survey, &list.scores, &(weeg_domains){domain, 1, (const int32_t[]){0}}, variance, err));
  WEEG_TRY(weeg_own_variance(x->survey, t->group, t->groups, has, err));
  for (int32_t g = 0; g < t->groups; g++) {
    if (!has[g] && depends_on(x, g)) *variance = NAN;
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(domain);
  weeg_free(has);
  return status;
}

/*
 * The law: a parameter for each group, the deviation of its mean slope. Proportions are moved towards those of all by one
 * respondent, as for effect sizes.
 */
static weeg_status find_law(const share_part *x, double level, double statistic, weeg_few *few, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const table *t = &x->t;
  scored_table scored = {.psus = 0};
  double *p = NULL, *score = NULL, *lever = NULL;
  WEEG_TRY(weeg_i_scored_table_make(&scored, x->survey, &x->places, err));
  WEEG_NEW(p, t->places);
  WEEG_NEW(score, (int64_t)t->groups * t->places);
  WEEG_NEW(lever, (int64_t)t->groups * t->groups);
  for (int32_t g = 0; g < t->groups; g++) {
    const double share = t->group_w[g] / t->total_w, n = (double)t->group_n[g];
    double mean = 0;
    for (int32_t k = 0; k < t->answers; k++) {
      const int32_t o = g * t->answers + k;
      p[o] = (t->w[o] / t->group_w[g] * n + t->answer_w[k] / t->total_w) / (n + 1);
      mean += p[o] * x->slope[o];
    }
    for (int32_t k = 0; k < t->answers; k++) {
      score[(int64_t)g * t->places + g * t->answers + k] = (x->slope[g * t->answers + k] - mean) / share;
    }
    lever[(int64_t)g * t->groups + g] = 1 / share;
  }
  const effective_scores of = {.parameters = t->groups, .target = -1, .p = p, .score = score, .lever = lever};
  WEEG_TRY(weeg_i_effective_few(&scored, &of, level, statistic, few, err));
cleanup:
  weeg_i_scored_table_clear(&scored);
  weeg_free(p);
  weeg_free(score);
  weeg_free(lever);
  return status;
}

static bool has_empty_group(const table *t) {
  for (int32_t g = 0; g < t->groups; g++) {
    if (!(t->group_w[g] > 0)) return true;
  }
  return false;
}

/* Rows of the groups with an answer, and degrees of freedom of all of their rows. */
static weeg_status estimate(share_part *x, double level, weeg_function_value *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_few few = {0};
  double variance = NAN;
  int32_t *domain = NULL;
  int64_t df = 0;
  to->n = x->t.total_n;
  WEEG_NEW(domain, x->t.tally->cells);
  for (int32_t c = 0; c < x->t.tally->cells; c++) domain[c] = x->group[c] < 0 ? -1 : 0;
  WEEG_TRY(weeg_design_df(x->survey, domain, 1, &df, err));
  if (has_empty_group(&x->t) || isnan(x->of->value)) {
    to->contrast = weeg_i_no_contrast(WEEG_REASON_EMPTY, df);
    goto cleanup;
  }
  WEEG_TRY(vary(x, &variance, err));
  WEEG_TRY(weeg_contrast_value(x->of->value - x->of->null, variance, df, level, &to->contrast, err));
  if (weeg_i_is_effective(x->survey->design) && x->t.groups <= WEEG_MOST_PARAMETERS && !isnan(to->contrast.low)) {
    WEEG_TRY(find_law(x, level, to->contrast.statistic, &few, err));
    weeg_i_contrast_few(&to->contrast, &few);
  }
  to->contrast.estimate += x->of->null;
  to->contrast.low += x->of->null;
  to->contrast.high += x->of->null;
cleanup:
  weeg_free(domain);
  return status;
}

weeg_status weeg_share_functions(const weeg_survey *survey, const weeg_places *places, const weeg_share_function *functions,
                                 int32_t count, double level, weeg_function_value *values, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  for (int32_t f = 0; f < count; f++) {
    share_part x = {.survey = survey, .of = &functions[f]};
    status = part_make(&x, places, err);
    if (status == WEEG_OK) status = estimate(&x, level, &values[f], err);
    part_clear(&x);
    if (status != WEEG_OK) goto cleanup;
  }
cleanup:
  return status;
}
