/*
 * The law of an estimate that is linear in scores of rows (effective.h). Working model of PSU i, of parameters a and b:
 *
 *     cov(e_ia, e_ib) = (1 - rho) sum_g Q_ig D_g(a, b) + rho sum_k o_iak o_ibk + [(1 - rho) Q_i + rho W_i^2] M(a, b)
 *     o_iak = sum_g W_ig sqrt(p_gk) d_agk
 *
 * with d_agk the score less its mean in the group, D_g(a, b) = sum_k p_gk d_agk d_bgk, and M the covariance of the groups' means
 * between groups. So answers in a PSU are alike with an intracluster correlation of rho, whatever the group, and which groups
 * its rows are in, too. What PSU i contributes to the estimate is z_i = u_i - L_i'r, r the deviations of all parameters.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/effective_scores.h"

#include <math.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "math/linear.h"
#include "tally/places.h"

static const double rho = WEEG_WORKING_RHO;

/* ---- the table ---- */

void weeg_i_scored_table_clear(scored_table *t) {
  weeg_i_psu_table_clear(&t->table);
  weeg_i_psu_set_clear(&t->all);
  weeg_free(t->at);
  weeg_free(t->place);
  *t = (scored_table){.psus = 0};
}

weeg_status weeg_i_scored_table_make(scored_table *t, const weeg_survey *survey, const weeg_places *places, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *group = NULL;
  *t = (scored_table){.psus = 0};
  WEEG_TRY(weeg_i_check_places(survey->tally, places, err));
  WEEG_TRY(weeg_i_psu_table_make(&t->table, survey, places, NULL, err));
  WEEG_NEW(group, t->table.groups);
  for (int32_t g = 0; g < t->table.groups; g++) group[g] = g;
  WEEG_TRY(weeg_i_psu_set_make(&t->all, &t->table, group, t->table.groups, err));
  WEEG_NEW(t->at, t->table.nest.units);
  WEEG_NEW(t->place, t->all.psus);
  for (int32_t u = 0; u < t->table.nest.units; u++) t->at[u] = -1;
  for (int32_t i = 0; i < t->all.psus; i++) {
    if (!weeg_i_stratum_varies(&t->table, t->table.stratum[t->all.place[i]])) continue;
    t->at[t->all.place[i]] = t->psus;
    t->place[t->psus++] = t->all.place[i];
  }
cleanup:
  weeg_free(group);
  return status;
}

/* ---- the working model ---- */

/* What is found of an estimate on the way to its law. */
typedef struct scored {
  const scored_table *t;
  const effective_scores *of;
  double *common;      /* [psus * answers * parameters] o */
  double *w, *q;       /* [psus] */
  double *phi;         /* [strata * parameters * parameters] */
  int32_t *stratum;    /* [psus] */
  double *d;           /* [answers * parameters] of the group at hand */
  double *own;         /* [parameters * parameters] D of that */
  double *means;       /* [parameters * parameters] M */
  double *lever;       /* [parameters] */
} scored;

static void scored_clear(scored *x) {
  void *const all[] = {x->common, x->w, x->q, x->phi, x->stratum, x->d, x->own, x->means, x->lever};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) weeg_free(all[i]);
}

static double score_of(const scored *x, int32_t a, int32_t g, int32_t k) {
  const psu_table *t = &x->t->table;
  return x->of->score[((int64_t)a * t->groups + g) * t->answers + k];
}

/* The estimate's own score: that of its parameter, or of all. */
static double estimate_score(const scored *x, int32_t g, int32_t k) {
  double sum = 0;
  if (x->of->target >= 0) return score_of(x, x->of->target, g, k);
  for (int32_t a = 0; a < x->of->parameters; a++) sum += score_of(x, a, g, k);
  return sum;
}

/* d, D and lever of a group, of which the rows weigh `weight` of all; what its means add to M. */
static void take_group(scored *x, int32_t g, double weight) {
  const psu_table *t = &x->t->table;
  const int32_t size = x->of->parameters;
  const double *p = x->of->p + (int64_t)g * t->answers;
  for (int32_t a = 0; a < size; a++) {
    double mean = 0;
    for (int32_t k = 0; k < t->answers; k++) mean += p[k] * score_of(x, a, g, k);
    for (int32_t k = 0; k < t->answers; k++) x->d[k * size + a] = score_of(x, a, g, k) - mean;
    x->lever[a] = mean;
  }
  for (int32_t a = 0; a < size; a++) {
    for (int32_t b = 0; b < size; b++) {
      double sum = 0;
      for (int32_t k = 0; k < t->answers; k++) sum += p[k] * x->d[k * size + a] * x->d[k * size + b];
      x->own[a * size + b] = sum;
      x->means[a * size + b] += weight * x->lever[a] * x->lever[b];
    }
  }
  for (int32_t a = 0; a < size; a++) x->lever[a] = x->of->lever[(int64_t)a * t->groups + g];
}

/* What rows of group g in a PSU, entries from .. end - 1, add to it. Sums of weights are shares of the total. */
static void add_entries(scored *x, effective *e, int32_t g, int64_t from, int64_t end) {
  const psu_table *t = &x->t->table;
  const int32_t i = x->t->at[t->place[from]], size = x->of->parameters;
  const double *p = x->of->p + (int64_t)g * t->answers, total = x->t->all.total;
  if (i < 0) return;
  const double left = weeg_i_sampling_left(&t->nest, t->stratum[t->place[from]]), root = sqrt(left);
  double w = 0, q = 0, *l = e->l + (int64_t)i * size, *f = e->f + (int64_t)i * size;
  for (int64_t j = from; j < end; j++) {
    const double share = t->w[j] / total;
    w += share;
    q += weeg_i_even_squares(share, t->n[j]);
    e->z[i] += root * share * estimate_score(x, g, t->answer[j]);
  }
  x->w[i] += w;
  x->q[i] += q;
  double *common = x->common + (int64_t)i * t->answers * size, *phi = x->phi + (int64_t)x->stratum[i] * size * size;
  for (int32_t k = 0; k < t->answers; k++) {
    for (int32_t a = 0; a < size; a++) common[k * size + a] += sqrt(left * rho * p[k]) * w * x->d[k * size + a];
  }
  for (int32_t a = 0; a < size; a++) {
    l[a] += root * w * x->lever[a];
    for (int32_t b = 0; b < size; b++) {
      const double covariance = left * (1 - rho) * q * x->own[a * size + b];
      phi[a * size + b] += covariance;
      if (x->of->target < 0 || a == x->of->target) f[b] += covariance;
    }
  }
}

/* What PSU i has in common, and the means of its groups. */
static void add_common(scored *x, effective *e, int32_t i) {
  const psu_table *t = &x->t->table;
  const int32_t size = x->of->parameters;
  const double left = weeg_i_sampling_left(&t->nest, t->stratum[x->t->place[i]]);
  const double drawn = left * ((1 - rho) * x->q[i] + rho * x->w[i] * x->w[i]);
  const double *common = x->common + (int64_t)i * t->answers * size;
  double *f = e->f + (int64_t)i * size, *phi = x->phi + (int64_t)x->stratum[i] * size * size;
  for (int32_t a = 0; a < size; a++) {
    for (int32_t b = 0; b < size; b++) {
      double covariance = drawn * x->means[a * size + b];
      for (int32_t k = 0; k < t->answers; k++) covariance += common[k * size + a] * common[k * size + b];
      phi[a * size + b] += covariance;
      if (x->of->target < 0 || a == x->of->target) f[b] += covariance;
    }
  }
  for (int32_t a = 0; a < size; a++) e->c[i] += x->of->target < 0 || a == x->of->target ? f[a] : 0;
}

static weeg_status fill(scored *x, effective *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const psu_table *t = &x->t->table;
  const int64_t size = x->of->parameters, psus = x->t->psus;
  WEEG_NEW(x->common, psus * t->answers * size);
  WEEG_NEW(x->w, psus);
  WEEG_NEW(x->q, psus);
  WEEG_NEW(x->phi, e->law.strata * size * size);
  WEEG_NEW(x->stratum, psus);
  WEEG_NEW(x->d, t->answers * size);
  WEEG_NEW(x->own, size * size);
  WEEG_NEW(x->means, size * size);
  WEEG_NEW(x->lever, size);
  for (int32_t h = 0; h < e->law.strata; h++) {
    for (int32_t i = 0; i < e->stratum[h].count; i++) x->stratum[e->stratum[h].first + i] = h;
  }
  for (int32_t g = 0; g < t->groups; g++) {
    double weight = 0;
    for (int64_t j = t->start[g]; j < t->start[g + 1]; j++) weight += t->w[j] / x->t->all.total;
    if (!(weight > 0)) continue;
    take_group(x, g, weight);
    for (int64_t from = t->start[g], end; from < t->start[g + 1]; from = end) {
      for (end = from + 1; end < t->start[g + 1] && t->place[end] == t->place[from];) end++;
      add_entries(x, e, g, from, end);
    }
  }
  for (int32_t i = 0; i < psus; i++) add_common(x, e, i);
cleanup:
  return status;
}

/* ---- the law ---- */

/*
 * From parameters of which the estimate is the first one in `order` to as many uncorrelated sums of equal variance of which it
 * is the sum: with K the Cholesky factor of their covariance, r = K_11 / sqrt(q) H K^-1 (parameters), H = I - 2 v v' / v'v the
 * reflection of the first axis to that of all 1s. False where the covariance is singular.
 */
static bool turn(effective *e, double *phi, const int32_t *order, double *x, pulse *beat) {
  const int32_t q = e->law.sums;
  const double root = sqrt((double)q), v1 = 1 - 1 / root, v2 = 2 / (v1 * v1 + (q - 1) / (double)q); /* v = e_1 - 1 / root */
  if (!weeg_i_cholesky(phi, q, 1e-12, beat)) return false;
  const double scale = phi[0] / root;
  for (int32_t i = 0; i < e->law.psus; i++) {
    for (int part = 0; part < 2; part++) {
      double *row = (part == 0 ? e->f : e->l) + (int64_t)i * q, along = 0;
      for (int32_t a = 0; a < q; a++) x[a] = row[order[a]];
      if (part == 0) {
        weeg_i_forward_solve(phi, q, x);
      } else {
        for (int32_t a = 0; a < q; a++) { /* K'x */
          double sum = 0;
          for (int32_t b = a; b < q; b++) sum += phi[b * q + a] * x[b];
          x[a] = sum;
        }
      }
      for (int32_t a = 0; a < q; a++) along += (a == 0 ? v1 : -1 / root) * x[a];
      for (int32_t a = 0; a < q; a++) {
        const double turned = q == 1 ? x[a] : x[a] - v2 * along * (a == 0 ? v1 : -1 / root);
        row[a] = part == 0 ? turned * scale : turned / scale;
      }
    }
  }
  const double variance = phi[0] * phi[0] / q;
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) e->phi[a * q + b] = a == b ? variance : 0;
  }
  return true;
}

/* Rows of PSUs become columns of sums. */
static void to_columns(effective *e, double *x) {
  const int64_t psus = e->law.psus, q = e->law.sums;
  memcpy(e->own, x, sizeof *x * (size_t)(psus * q));
  for (int64_t i = 0; i < psus; i++) {
    for (int64_t a = 0; a < q; a++) x[a * psus + i] = e->own[i * q + a];
  }
}

/* Phi of all strata, and F, when the variances of these are settled. */
static weeg_status finish(scored *x, effective *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t q = e->law.sums, target = x->of->target;
  pulse beat = {.hooks = x->t->table.design->hooks};
  int32_t *order = NULL;
  double *phi = NULL, *room = NULL;
  WEEG_NEW(order, q);
  WEEG_NEW(phi, (int64_t)q * q);
  WEEG_NEW(room, q);
  for (int32_t h = 0; h < e->law.strata; h++) {
    const int64_t from = e->stratum[h].first, end = from + e->stratum[h].count;
    for (int64_t k = from * q; k < end * q; k++) e->f[k] *= e->moments[h].by;
    for (int32_t k = 0; k < q * q; k++) x->phi[(int64_t)h * q * q + k] *= e->moments[h].by;
  }
  for (int32_t a = 0; a < q; a++) order[a] = a == 0 && target > 0 ? target : a == target ? 0 : a;
  for (int32_t h = 0; h < e->law.strata; h++) {
    for (int32_t a = 0; a < q; a++) {
      for (int32_t b = 0; b < q; b++) phi[a * q + b] += x->phi[((int64_t)h * q + order[a]) * q + order[b]];
    }
  }
  if (target >= 0) {
    e->exists = turn(e, phi, order, room, &beat);
  } else {
    for (int32_t k = 0; k < q * q; k++) e->phi[k] = phi[k];
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
  if (!e->exists) goto cleanup;
  to_columns(e, e->f);
  to_columns(e, e->l);
  weeg_i_effective_begin(e, NULL);
cleanup:
  weeg_free(order);
  weeg_free(phi);
  weeg_free(room);
  return status;
}

weeg_status weeg_i_effective_of_scores(effective *e, const scored_table *t, const effective_scores *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  scored x = {.t = t, .of = of};
  *e = (effective){.exists = false};
  if (of->parameters > WEEG_MOST_PARAMETERS || t->psus == 0 || !(t->all.total > 0)) return WEEG_OK;
  WEEG_TRY(weeg_i_effective_new(e, t->psus, of->parameters, err));
  e->law.strata = weeg_i_effective_strata(&t->table, t->place, t->psus, e->stratum);
  WEEG_TRY(fill(&x, e, err));
  weeg_i_effective_settle(e);
  if (e->exists) WEEG_TRY(finish(&x, e, err));
cleanup:
  scored_clear(&x);
  return status;
}

weeg_status weeg_i_effective_few(const scored_table *t, const effective_scores *of, double level, double statistic, weeg_few *few,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  effective e = {0};
  *few = (weeg_few){.quantile = 0};
  WEEG_TRY(weeg_i_effective_of_scores(&e, t, of, err));
  if (!e.exists) goto cleanup;
  few->largest = e.largest;
  WEEG_TRY(weeg_i_effective_quantile(&e, 1 - level, &few->quantile, &few->df_used, err));
  if (e.exists && !isnan(statistic)) WEEG_TRY(weeg_i_effective_tail(&e, statistic, &few->p_value, err));
  if (!e.exists) few->quantile = 0;
cleanup:
  weeg_i_effective_clear(&e);
  return status;
}
