/* What a cross-tabulation adds to proportions and a test: residuals. */
#include <math.h>

#include "base/memory.h"
#include "math/adjust.h"
#include "stats/rao_scott.h"
#include "stats/table.h"
#include "variance/scores.h"
#include "weeg.h"

/* A residual has a term for each cell: the square of their number, as weeg_i_scores_new allows. */
enum { MOST_TERMS = 1 << 25, MOST_CELLS = 5792 };

/* The table, and its proportions of all weight. */
typedef struct crossed {
  table t;
  double *p, *group_p, *answer_p;
} crossed;

/* Scores of p_ab - p_a. p_.b for every place (a, b) of the table. */
static weeg_status score_residuals(const crossed *x, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const table *t = &x->t;
  int64_t counted = 0;
  for (int32_t c = 0; c < t->tally->cells; c++) counted += t->use[c];
  if (counted * t->places > MOST_TERMS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1,
                     "a cross-tabulation of %d rows and %d columns has %d cells, and can have some %d; combine levels, take "
                     "some of them, or ask for proportions alone", t->groups, t->answers, t->places, MOST_CELLS);
  }
  WEEG_TRY(weeg_i_scores_new(list, t->tally->cells, t->places, counted * t->places, err));
  WEEG_TRY(weeg_i_scores_ratio(list, 1, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < t->places; o++) {
    list->size[o] = 2 * x->p[o] + 4 * x->group_p[o / t->answers] * x->answer_p[o % t->answers];
  }
  for (int32_t c = 0; c < t->tally->cells; c++) {
    list->cell_base[c] = t->use[c] ? 0 : -1;
    for (int32_t o = 0; o < t->places && t->use[c]; o++) {
      const int32_t i = t->group[c], j = t->place[c] % t->answers, a = o / t->answers, b = o % t->answers;
      const double own = (t->place[c] == o ? 1 : 0) - (i == a ? x->answer_p[b] : 0) - (j == b ? x->group_p[a] : 0);
      weeg_i_scores_add(list, o, (own - (x->p[o] - 2 * x->group_p[a] * x->answer_p[b])) / t->total_w);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* z of each place that has one. */
static weeg_status find_z(crossed *x, const weeg_design *design, const weeg_places *places, weeg_residual *residuals,
                          weeg_error *err) {
  weeg_status status = WEEG_OK;
  const table *t = &x->t;
  score_list list = {0};
  int32_t *zero = NULL;
  double *variance = NULL;
  uint8_t *alone = NULL;
  WEEG_NEW(zero, t->places);
  WEEG_NEW(variance, t->places);
  WEEG_NEW(alone, (int64_t)t->groups + t->answers);
  weeg_i_table_proportions(t, x->p, x->group_p, x->answer_p);
  WEEG_TRY(score_residuals(x, &list, err));
  WEEG_TRY(weeg_levels_alone(&(weeg_survey){t->tally, design}, places, alone, err));
  for (int32_t c = 0; c < t->tally->cells; c++) x->t.group[c] = t->use[c] ? 0 : -1; /* one domain from here */
  WEEG_TRY(
      weeg_variance(&(weeg_survey){t->tally, design}, &list.scores, &(weeg_domains){t->group, 1, zero}, variance, err));
  for (int32_t o = 0; o < t->places; o++) {
    const int32_t g = o / t->answers, k = o % t->answers;
    const double a = x->group_p[g], b = x->answer_p[k];
    const bool exists = variance[o] > 0 && a > 0 && b > 0 && !alone[g] && !alone[t->groups + k];
    if (exists) residuals[o].z = (x->p[o] - a * b) / sqrt(variance[o]);
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(zero);
  weeg_free(variance);
  weeg_free(alone);
  return status;
}

/*
 * p-values of what has a z, by the t distribution, and adjusted for how many there are. Of two answers, or two groups, each has
 * the residuals of the other with the other sign: they are one hypothesis.
 */
static weeg_status judge(const table *t, weeg_residual *residuals, int64_t df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *p = NULL;
  int64_t *same_as = NULL, *first = NULL;
  const int32_t count = t->places;
  WEEG_NEW(p, count);
  WEEG_NEW(same_as, count);
  WEEG_NEW(first, count);
  for (int32_t o = 0; o < count; o++) first[o] = -1;
  for (int32_t o = 0; o < count; o++) {
    const int32_t g = t->groups_used == 2 ? 0 : o / t->answers, k = t->answers_used == 2 ? 0 : o % t->answers;
    int64_t *of = &first[g * t->answers + k];
    p[o] = NAN;
    if (!isnan(residuals[o].z) && df >= 1) WEEG_TRY(weeg_t_tail(residuals[o].z, (double)df, &p[o], err));
    residuals[o].p_value = p[o];
    if (*of < 0 && !isnan(p[o])) *of = o;
    same_as[o] = isnan(p[o]) ? o : *of;
  }
  WEEG_TRY(weeg_i_adjust_distinct(WEEG_ADJUST_HOLM, (weeg_distinct){p, same_as, count}, p, NULL, err));
  for (int32_t o = 0; o < count; o++) residuals[o].p_adjusted = p[o];
cleanup:
  weeg_free(p);
  weeg_free(same_as);
  weeg_free(first);
  return status;
}

weeg_status weeg_residuals(const weeg_survey *survey, const weeg_places *places, weeg_residual *residuals,
                           weeg_error *err) {
  weeg_status status = WEEG_OK;
  crossed x = {0};
  int64_t df = 0;
  WEEG_TRY(weeg_i_table_make(&x.t, survey->tally, places, err));
  WEEG_NEW(x.p, x.t.places);
  WEEG_NEW(x.group_p, x.t.groups);
  WEEG_NEW(x.answer_p, x.t.answers);
  for (int32_t o = 0; o < x.t.places; o++) residuals[o] = (weeg_residual){NAN, NAN, NAN};
  /* with one row or column every residual is 0, and so is its standard error */
  if (x.t.groups_used < 2 || x.t.answers_used < 2) goto cleanup;
  WEEG_TRY(weeg_i_test_df(survey, NULL, &df, err));
  WEEG_TRY(find_z(&x, survey->design, places, residuals, err));
  WEEG_TRY(judge(&x.t, residuals, df, err));
cleanup:
  weeg_i_table_clear(&x.t);
  weeg_free(x.p);
  weeg_free(x.group_p);
  weeg_free(x.answer_p);
  return status;
}
