/* Proportions within groups and population totals, with their Taylor variances. */
#include <math.h>

#include "base/memory.h"
#include "base/sum.h"
#include "variance/alone.h"
#include "variance/scores.h"
#include "weeg.h"

/* Where each cell of the tally belongs. */
typedef struct places {
  const int32_t *group, *level; /* [cells] */
  int32_t groups, levels;
} places;

static bool is_counted(const places *p, int32_t cell) { return p->group[cell] >= 0 && p->level[cell] >= 0; }

static weeg_status check_places(const weeg_tally *tally, const places *p, weeg_error *err) {
  for (int32_t c = 0; c < tally->cells; c++) {
    if (p->group[c] >= p->groups || p->level[c] >= p->levels) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
    }
  }
  return WEEG_OK;
}

/* n and weighted per place, base and base_n per group. */
static weeg_status gather(const weeg_tally *tally, const places *p, int64_t *n, double *weighted, int64_t *base_n,
                          double *base, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_sum *cells = NULL, *sums = NULL, *bases = NULL;
  int64_t *cell_n = NULL;
  const int64_t outputs = (int64_t)p->groups * p->levels;
  WEEG_NEW(cells, tally->cells);
  WEEG_NEW(cell_n, tally->cells);
  WEEG_NEW(sums, outputs);
  WEEG_NEW(bases, p->groups);
  for (int64_t o = 0; o < outputs; o++) n[o] = 0;
  for (int32_t g = 0; g < p->groups; g++) base_n[g] = 0;
  for (int64_t i = 0; i < tally->entries; i++) {
    cell_n[tally->cell[i]] += tally->n[i];
    weeg_i_sum_add(&cells[tally->cell[i]], tally->w[i]);
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    if (!is_counted(p, c)) continue;
    const int64_t o = (int64_t)p->group[c] * p->levels + p->level[c];
    n[o] += cell_n[c];
    base_n[p->group[c]] += cell_n[c];
    weeg_i_sum_add(&sums[o], cells[c]);
    weeg_i_sum_add(&bases[p->group[c]], cells[c]);
  }
  for (int64_t o = 0; o < outputs; o++) weighted[o] = weeg_sum_value(sums[o], tally->scale);
  for (int32_t g = 0; g < p->groups; g++) base[g] = weeg_sum_value(bases[g], tally->scale);
cleanup:
  weeg_free(cells);
  weeg_free(cell_n);
  weeg_free(sums);
  weeg_free(bases);
  return status;
}

/* Scores (1[level = k] - p_gk) / T_g of all levels of the cell's group. */
static weeg_status score_proportions(const weeg_tally *tally, const places *p, const double *estimate,
                                     const double *base, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  for (int32_t c = 0; c < tally->cells; c++) counted += is_counted(p, c) && base[p->group[c]] > 0;
  WEEG_TRY(weeg_i_scores_new(list, tally->cells, p->groups * p->levels, counted * p->levels, err));
  WEEG_TRY(weeg_i_scores_ratio(list, p->groups, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < p->groups * p->levels; o++) {
    list->output_base[o] = o / p->levels;
    list->size[o] = base[o / p->levels] > 0 ? 2 * estimate[o] : 0; /* sum of w (1[level = k] + p) / T */
  }
  for (int32_t c = 0; c < tally->cells; c++) {
    list->cell_base[c] = is_counted(p, c) ? p->group[c] : -1;
    if (is_counted(p, c) && base[p->group[c]] > 0) {
      const int32_t g = p->group[c];
      for (int32_t k = 0; k < p->levels; k++) {
        const int32_t o = g * p->levels + k;
        /* 1 - p exactly 0 when the group has one level only: the variance is then 0 and not rounding noise */
        weeg_i_scores_add(list, o, ((k == p->level[c] ? 1.0 : 0.0) - estimate[o]) / base[g]);
      }
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

/* Estimates and, when variance is not NULL, their variances, each group a domain. */
static weeg_status estimate_groups(const weeg_tally *tally, const weeg_design *design, const places *p,
                                   const double *weighted, const double *base, double *estimate, double *variance,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *domain_of = NULL, *output_domain = NULL;
  const int32_t outputs = p->groups * p->levels;
  for (int32_t o = 0; o < outputs; o++) {
    const double total = base[o / p->levels];
    estimate[o] = total > 0 ? weighted[o] / total : NAN;
  }
  if (variance == NULL) return WEEG_OK;
  WEEG_TRY(score_proportions(tally, p, estimate, base, &list, err));
  WEEG_NEW(domain_of, tally->cells);
  WEEG_NEW(output_domain, outputs);
  for (int32_t c = 0; c < tally->cells; c++) domain_of[c] = is_counted(p, c) ? p->group[c] : -1;
  for (int32_t o = 0; o < outputs; o++) output_domain[o] = o / p->levels;
  WEEG_TRY(weeg_variance(tally, design, &list.scores, domain_of, p->groups, output_domain, variance, err));
  WEEG_TRY(weeg_i_withhold(tally, design, domain_of, p->groups, p->levels, estimate, variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(domain_of);
  weeg_free(output_domain);
  return status;
}

weeg_status weeg_proportions(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_group,
                             int32_t groups, const int32_t *cell_level, int32_t levels, int64_t *n, double *weighted,
                             double *estimate, double *variance, int64_t *base_n, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const places p = {cell_group, cell_level, groups, levels};
  const int64_t outputs = (int64_t)groups * levels;
  int64_t *my_n = NULL, *my_base_n = NULL;
  double *my_weighted = NULL, *my_estimate = NULL, *base = NULL;
  if (groups < 0 || levels < 0 || outputs > INT32_MAX) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table has more than 2^31 - 1 cells");
  }
  WEEG_TRY(check_places(tally, &p, err));
  WEEG_NEW(my_n, outputs);
  WEEG_NEW(my_weighted, outputs);
  WEEG_NEW(my_estimate, outputs);
  WEEG_NEW(my_base_n, groups);
  WEEG_NEW(base, groups);
  WEEG_TRY(gather(tally, &p, my_n, my_weighted, my_base_n, base, err));
  WEEG_TRY(estimate_groups(tally, design, &p, my_weighted, base, my_estimate, variance, err));
  if (df != NULL) WEEG_TRY(weeg_design_df(tally, design, cell_group, groups, df, err));
  for (int64_t o = 0; o < outputs; o++) {
    if (n != NULL) n[o] = my_n[o];
    if (weighted != NULL) weighted[o] = my_weighted[o];
    if (estimate != NULL) estimate[o] = my_estimate[o];
  }
  for (int32_t g = 0; g < groups && base_n != NULL; g++) base_n[g] = my_base_n[g];
cleanup:
  weeg_free(my_n);
  weeg_free(my_weighted);
  weeg_free(my_estimate);
  weeg_free(my_base_n);
  weeg_free(base);
  return status;
}

weeg_status weeg_proportion_covariance(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_group,
                                       int32_t groups, const int32_t *cell_level, int32_t levels,
                                       const double *estimate, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const places p = {cell_group, cell_level, groups, levels};
  score_list list = {0};
  int64_t *n = NULL, *base_n = NULL;
  double *weighted = NULL, *base = NULL;
  uint8_t *use = NULL;
  WEEG_TRY(check_places(tally, &p, err));
  WEEG_NEW(n, (int64_t)groups * levels);
  WEEG_NEW(weighted, (int64_t)groups * levels);
  WEEG_NEW(base_n, groups);
  WEEG_NEW(base, groups);
  WEEG_NEW(use, tally->cells);
  WEEG_TRY(gather(tally, &p, n, weighted, base_n, base, err));
  WEEG_TRY(score_proportions(tally, &p, estimate, base, &list, err));
  for (int32_t c = 0; c < tally->cells; c++) use[c] = is_counted(&p, c);
  WEEG_TRY(weeg_covariance(tally, design, &list.scores, use, covariance, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(n);
  weeg_free(weighted);
  weeg_free(base_n);
  weeg_free(base);
  weeg_free(use);
  return status;
}

weeg_status weeg_totals(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_output,
                        int32_t outputs, int64_t *n, double *total, double *variance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *zero = NULL, *domain_of = NULL;
  int64_t base_n = 0;
  double base = 0;
  uint8_t has = 1;
  WEEG_NEW(zero, (int64_t)tally->cells + outputs);
  WEEG_NEW(domain_of, tally->cells);
  const places p = {zero, cell_output, 1, outputs};
  WEEG_TRY(check_places(tally, &p, err));
  WEEG_TRY(gather(tally, &p, n, total, &base_n, &base, err));
  WEEG_TRY(weeg_i_scores_new(&list, tally->cells, outputs, tally->cells, err));
  for (int32_t c = 0; c < tally->cells; c++) {
    domain_of[c] = cell_output[c] >= 0 ? 0 : -1;
    if (cell_output[c] >= 0) weeg_i_scores_add(&list, cell_output[c], 1);
    weeg_i_scores_close(&list, c);
  }
  WEEG_TRY(weeg_variance(tally, design, &list.scores, domain_of, 1, zero, variance, err));
  WEEG_TRY(weeg_own_variance(tally, design, domain_of, 1, &has, err));
  /* that rows outside the table are in other PSUs gives a total a variance which a share does not have: it is not 0 */
  for (int32_t o = 0; o < outputs && !has; o++) variance[o] = variance[o] > 0 ? variance[o] : NAN;
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(zero);
  weeg_free(domain_of);
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
