#include "stats/mean_sets.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/memory.h"
#include "base/sum.h"
#include "tally/places.h"
#include "variance/replicates.h"
#include "variance/scores.h"

void weeg_i_mean_sets_clear(mean_sets *x) {
  weeg_i_means_clear(&x->m);
  weeg_free(x->mean);
  *x = (mean_sets){.sets = NULL};
}

static void add_group(const mean_sets *x, int32_t g, mean_sums *to) {
  const mean_sums *from = &x->m.sums[g];
  weeg_i_sum_add(&to->p, from->p);
  weeg_i_sum_add(&to->v, from->v);
  to->size += from->size;
  to->v_size += from->v_size;
}

/* The mean of sums, less the centre. */
static double mean_of(const mean_sets *x, const mean_sums *of) {
  return weeg_i_less_centre(of->p, of->v, &x->at) / weeg_signed_value(of->v, 0);
}

weeg_status weeg_i_mean_sets_make(mean_sets *x, const weeg_survey *survey, const weeg_sets *sets, weeg_error *err) {
  weeg_status status = WEEG_OK;
  mean_sums all = {.exists = false};
  *x = (mean_sets){.sets = sets, .m = {.figure = WEEG_FIGURE_MEAN, .measure = sets->measure - 1}};
  if (sets->measure < 1 || sets->measure > survey->tally->measures) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the tally has no measure %d", sets->measure);
  }
  WEEG_TRY(weeg_i_means_make(&x->m, survey->tally, sets->places, err));
  WEEG_NEW(x->mean, x->m.table.groups);
  for (int32_t g = 0; g < x->m.table.groups; g++) add_group(x, g, &all);
  weeg_i_mean_find(&all, x->m.table.total_n, &x->at);
  x->centre = ldexp((double)x->at.significand, x->at.exponent);
  x->scale = weeg_i_mean_scale(&x->m);
  for (int32_t g = 0; g < x->m.table.groups; g++) {
    if (x->m.sums[g].exists) x->mean[g] = mean_of(x, &x->m.sums[g]);
  }
cleanup:
  return status;
}

void weeg_i_set_means(const mean_sets *x, int64_t *n, double *base, double *estimate, uint8_t *lost) {
  for (int32_t s = 0; s < x->sets->sets; s++) {
    mean_sums own = {.exists = false};
    weeg_centre at = {.exponent = 0};
    n[s] = 0;
    for (int64_t j = x->sets->start[s]; j < x->sets->start[s + 1]; j++) {
      add_group(x, x->sets->group[j], &own);
      n[s] += x->m.table.group_n[x->sets->group[j]];
    }
    weeg_i_mean_find(&own, n[s], &at);
    base[s] = own.exists ? own.base : 0;
    lost[s] = own.exists && weeg_i_mean_is_lost(&own, 0);
    estimate[s] = own.exists && !lost[s] ? mean_of(x, &own) : NAN;
  }
}

void weeg_i_set_values(const mean_sets *x, double *value) {
  const weeg_tally *t = x->m.tally;
  for (int64_t i = 0; i < t->entries; i++) {
    const bool in = x->m.table.group[t->cell[i]] >= 0;
    value[i] = in ? weeg_i_less_centre(weeg_i_measure_sum(t, i, x->m.measure), t->w[i], &x->at) : 0;
  }
}

/* ---- variances ---- */

/* For a row of group g of output o: w (A_g y - B_g), A the sum of coef_s / base_s over its sets, B that of these times means. */
typedef struct score_sums {
  double *a, *b;  /* [groups] */
} score_sums;

static void add_output(const mean_sets *x, const double *base, const double *estimate, const weeg_combinations *c, int32_t o,
                       score_sums *to) {
  for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
    const int32_t s = c->set[k];
    if (!(base[s] > 0) || isnan(estimate[s])) continue;
    const double a = c->coef[k] / base[s];
    for (int64_t j = x->sets->start[s]; j < x->sets->start[s + 1]; j++) {
      to->a[x->sets->group[j]] += a;
      to->b[x->sets->group[j]] += a * estimate[s];
    }
  }
}

/* Has values deviate from B / A in place of each group's mean. Of an A that cancels so much is left that B keeps its digits. */
static void move_centres(mean_sets *x, const double *beyond, score_sums *sums) {
  double most = 0;
  for (int32_t g = 0; g < x->m.table.groups; g++) most = fmax(most, fabs(sums->a[g]));
  for (int32_t g = 0; g < x->m.table.groups; g++) {
    if (fabs(sums->a[g]) < 1e-13 * most) sums->a[g] = sums->b[g] == 0 ? 0 : 1e-13 * most;
    const double at = sums->a[g] == 0 ? x->mean[g] : sums->b[g] / sums->a[g];
    x->m.at[g].beyond = beyond[g] + (at - x->mean[g]);
  }
}

/* The size of what is off in the scores of an output: see weeg_means(). */
static double rounding_size(const mean_sets *x, const double *base, const weeg_combinations *c, int32_t o) {
  double off = 0;
  for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
    const int32_t s = c->set[k];
    for (int64_t j = x->sets->start[s]; j < x->sets->start[s + 1] && base[s] > 0; j++) {
      off += fabs(c->coef[k]) * x->m.sums[x->sets->group[j]].off / base[s];
    }
  }
  return off / (64 * DBL_EPSILON);
}

static weeg_status vary(const mean_sets *x, const weeg_survey *survey, score_list *list, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *domain = NULL, *own = NULL;
  WEEG_NEW(domain, survey->tally->cells);
  WEEG_NEW(own, list->scores.outputs);
  for (int32_t c = 0; c < survey->tally->cells; c++) domain[c] = x->m.table.group[c] >= 0 ? 0 : -1;
  WEEG_TRY(weeg_variance(survey, &list->scores, &(weeg_domains){domain, 1, own}, variance, err));
cleanup:
  weeg_free(domain);
  weeg_free(own);
  return status;
}

/* Each output has values of its own: sets that share groups. */
static weeg_status vary_one(mean_sets *x, const weeg_survey *survey, const double *base, const weeg_combinations *c, int32_t o,
                            const double *a, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  WEEG_TRY(weeg_i_means_deviate(&x->m, err));
  WEEG_TRY(weeg_i_scores_new(&list, survey->tally->cells, 1, survey->tally->cells, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  for (int32_t cell = 0; cell < survey->tally->cells; cell++) {
    const int32_t g = x->m.table.group[cell];
    if (g >= 0 && a[g] != 0) weeg_i_scores_add(&list, 0, a[g]);
    weeg_i_scores_close(&list, cell);
  }
  list.size[0] = rounding_size(x, base, c, o);
  list.scores.value = x->m.value;
  list.scores.within = x->m.within;
  list.scores.deviations = &x->m.of;
  WEEG_TRY(vary(x, survey, &list, variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}

static weeg_status vary_each(mean_sets *x, const weeg_survey *survey, const double *base, const double *estimate,
                             const weeg_combinations *c, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = x->m.table.groups;
  score_sums sums = {NULL, NULL};
  double *beyond = NULL;
  WEEG_NEW(sums.a, groups);
  WEEG_NEW(sums.b, groups);
  WEEG_NEW(beyond, groups);
  for (int32_t g = 0; g < groups; g++) beyond[g] = x->m.at[g].beyond;
  for (int32_t o = 0; o < c->outputs; o++) {
    memset(sums.a, 0, sizeof *sums.a * (size_t)groups);
    memset(sums.b, 0, sizeof *sums.b * (size_t)groups);
    add_output(x, base, estimate, c, o, &sums);
    move_centres(x, beyond, &sums);
    WEEG_TRY(vary_one(x, survey, base, c, o, sums.a, &variance[o], err));
  }
  for (int32_t g = 0; g < groups; g++) x->m.at[g].beyond = beyond[g];
cleanup:
  weeg_free(sums.a);
  weeg_free(sums.b);
  weeg_free(beyond);
  return status;
}

/* The outputs of each group, where each set is one group: start[groups + 2], output[], coef[], the same outputs side by side. */
typedef struct by_group {
  int64_t *start;
  int32_t *output;
  double *coef;
} by_group;

static weeg_status list_by_group(const mean_sets *x, const double *base, const weeg_combinations *c, by_group *t, int64_t *terms,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t groups = x->m.table.groups;
  WEEG_NEW(t->start, (int64_t)groups + 2);
  WEEG_NEW(t->output, c->start[c->outputs]);
  WEEG_NEW(t->coef, c->start[c->outputs]);
  for (int64_t k = 0; k < c->start[c->outputs]; k++) t->start[x->sets->group[x->sets->start[c->set[k]]] + 2]++;
  for (int32_t g = 0; g < groups; g++) t->start[g + 2] += t->start[g + 1];
  for (int32_t o = 0; o < c->outputs; o++) {
    for (int64_t k = c->start[o]; k < c->start[o + 1]; k++) {
      const int64_t at = t->start[x->sets->group[x->sets->start[c->set[k]]] + 1]++;
      t->output[at] = o;
      t->coef[at] = base[c->set[k]] > 0 ? c->coef[k] / base[c->set[k]] : 0;
    }
  }
  for (int32_t cell = 0; cell < x->m.tally->cells; cell++) {
    const int32_t g = x->m.table.group[cell];
    *terms += g < 0 ? 0 : t->start[g + 1] - t->start[g];
  }
cleanup:
  return status;
}

/* All outputs at once: values are deviations from the mean of the one set that a group is in. */
static weeg_status score_groups(mean_sets *x, const double *base, const weeg_combinations *c, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  by_group t = {NULL, NULL, NULL};
  int64_t terms = 0;
  WEEG_TRY(list_by_group(x, base, c, &t, &terms, err));
  WEEG_TRY(weeg_i_means_deviate(&x->m, err));
  WEEG_TRY(weeg_i_scores_new(list, x->m.tally->cells, c->outputs, terms, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  list->scores.value = x->m.value;
  list->scores.within = x->m.within;
  list->scores.deviations = &x->m.of;
  for (int32_t cell = 0; cell < x->m.tally->cells; cell++) {
    const int32_t g = x->m.table.group[cell];
    for (int64_t k = g < 0 ? 0 : t.start[g]; g >= 0 && k < t.start[g + 1]; k++) {
      const bool again = k > t.start[g] && t.output[k] == t.output[k - 1];
      if (again) list->coef[list->used - 1] += t.coef[k];
      else weeg_i_scores_add(list, t.output[k], t.coef[k]);
    }
    weeg_i_scores_close(list, cell);
  }
  for (int32_t o = 0; o < c->outputs; o++) list->size[o] = rounding_size(x, base, c, o);
cleanup:
  weeg_free(t.start);
  weeg_free(t.output);
  weeg_free(t.coef);
  return status;
}

/* Over replicates: the means are whole there. covariance: of all outputs, or else their variances. */
static weeg_status replicate(const mean_sets *x, const weeg_survey *survey, const double *estimate, const weeg_combinations *c,
                             bool covariance, double *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *mean = NULL;
  WEEG_NEW(mean, x->sets->sets);
  for (int32_t s = 0; s < x->sets->sets; s++) mean[s] = estimate[s] + x->centre;
  const weeg_set_figures of = {x->sets, mean, 0};
  WEEG_TRY(covariance ? weeg_i_replicate_set_covariance(survey, &of, c, to, err)
                      : weeg_i_replicate_set_variance(survey, &of, c, to, err));
cleanup:
  weeg_free(mean);
  return status;
}

weeg_status weeg_i_set_mean_variance(mean_sets *x, const weeg_survey *survey, const double *base, const double *estimate,
                                     const weeg_combinations *combinations, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  bool single = true;
  if (survey->design->replicates != NULL) return replicate(x, survey, estimate, combinations, false, variance, err);
  for (int32_t s = 0; s < x->sets->sets; s++) single = single && x->sets->start[s + 1] - x->sets->start[s] == 1;
  if (!single) return vary_each(x, survey, base, estimate, combinations, variance, err);
  WEEG_TRY(score_groups(x, base, combinations, &list, err));
  WEEG_TRY(vary(x, survey, &list, variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}

weeg_status weeg_i_group_mean_covariance(mean_sets *x, const weeg_survey *survey, const double *base, const double *estimate,
                                         const weeg_combinations *combinations, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  if (survey->design->replicates != NULL) return replicate(x, survey, estimate, combinations, true, covariance, err);
  WEEG_TRY(score_groups(x, base, combinations, &list, err));
  WEEG_TRY(weeg_covariance(survey, &list.scores, x->m.table.use, covariance, err));
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}
