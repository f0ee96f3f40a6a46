/*
 * Estimates in samples of few PSUs: their squared deviation over the estimate of their variance has a law of its own (ratio.h)
 * under a working model of the PSUs' contributions, which takes the place of Student's t with PSUs minus strata df.
 *
 * Working model: of a residual e_is = X_is - p_s W_is of a set of rows in PSU i
 *
 *     cov(e_is, e_it) = sd_s sd_t [(1 - rho) Q_is 1(s = t) + rho W_is W_it],  sd_s^2 = p~_s (1 - p~_s)
 *
 * Q the sum of squared weights, p~ = (p n + 1/2) / (n + 1) with Kish's effective n. Within stratum h it is multiplied by
 *
 *     (nu_h v_h / (r C_h) + kappa) / (nu_h + kappa),   C_h = sum c_i, r = sum v_h / sum C_h
 *
 * v_h what the stratum has of the variance estimate, nu_h its degrees of freedom by Satterthwaite (1946) under the model.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/effective.h"

#include <math.h>

#include "base/memory.h"

static const double rho = WEEG_WORKING_RHO, kappa = 8;

bool weeg_i_has_law(const weeg_design *design) {
  return design->given_df <= 0 && !design->element && design->replicates == NULL;
}

bool weeg_i_is_effective(const weeg_design *design) { return design->df == WEEG_DF_EFFECTIVE && weeg_i_has_law(design); }

void weeg_i_effective_clear(effective *e) {
  weeg_free(e->place);
  weeg_free(e->stratum);
  weeg_free(e->c);
  weeg_free(e->z);
  weeg_free(e->f);
  weeg_free(e->l);
  weeg_free(e->own);
  weeg_free(e->phi);
  weeg_free(e->scratch);
  *e = (effective){0};
}

/* ---- PSUs and strata ---- */

bool weeg_i_stratum_varies(const psu_table *t, int32_t h) {
  if (weeg_i_adds_nothing(&t->nest, h)) return false;
  return t->nest.stratum_units[h] > 1 || t->design->lonely != WEEG_LONELY_CERTAINTY;
}

/* Adds the set's PSUs that vary to the count there are, both ascending: merged from the end. Returns how many there are then. */
static int32_t merge_places(int32_t *place, int32_t count, const psu_table *t, const psu_set *set) {
  int32_t new = 0, have = 0;
  for (int32_t i = 0; i < set->psus; i++) {
    while (have < count && place[have] < set->place[i]) have++;
    if (have < count && place[have] == set->place[i]) continue;
    new += weeg_i_stratum_varies(t, t->stratum[set->place[i]]);
  }
  int32_t to = count + new, from = count;
  for (int32_t i = set->psus; to > from;) {
    const int32_t next = set->place[i - 1];
    if (from > 0 && place[from - 1] >= next) {
      i -= place[from - 1] == next;
      place[--to] = place[--from];
    } else {
      if (weeg_i_stratum_varies(t, t->stratum[next])) place[--to] = next;
      i--;
    }
  }
  return count + new;
}

static weeg_status list_places(effective *e, const psu_table *t, const effective_sum *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t all = 0;
  for (int32_t s = 0; s < of->sets; s++) all += of->set[s].psus;
  WEEG_NEW(e->place, all);
  for (int32_t s = 0; s < of->sets; s++) e->law.psus = merge_places(e->place, e->law.psus, t, &of->set[s]);
cleanup:
  return status;
}

/* The rule for single-PSU strata as a factor of squared deviations, and whether these are from the mean of the stratum. */
static ratio_stratum begin_stratum(const psu_table *t, int32_t h, int32_t first) {
  const double units = (double)t->nest.stratum_units[h];
  ratio_stratum at = {.first = first, .units = units, .factor = units > 1 ? units / (units - 1) : 0, .centred = units > 1};
  if (units <= 1 && t->design->lonely == WEEG_LONELY_ADJUST) at.factor = 1;
  return at;
}

int32_t weeg_i_effective_strata(const psu_table *t, const int32_t *place, int32_t psus, ratio_stratum *stratum) {
  int32_t strata = 0, usable = 0;
  for (int32_t i = 0; i < psus; i++) {
    const int32_t h = t->stratum[place[i]];
    if (i == 0 || h != t->stratum[place[i - 1]]) stratum[strata++] = begin_stratum(t, h, i);
    stratum[strata - 1].count++;
  }
  for (int32_t h = 0; h < strata; h++) {
    /* as the walk does where the domain has one PSU of several */
    const bool one = t->design->lonely_domain && stratum[h].count == 1 && stratum[h].units > 1;
    if (one) stratum[h].centred = false;
    if (one && t->design->lonely == WEEG_LONELY_AVERAGE) stratum[h].factor = 0;
    usable += stratum[h].factor > 0;
  }
  for (int32_t h = 0; h < strata && t->design->lonely == WEEG_LONELY_AVERAGE && usable > 0; h++) {
    stratum[h].factor *= (double)strata / usable;
  }
  return strata;
}

/* ---- the working model ---- */

/* slope: coef / total; deviation: that times the standard deviation of an answer; noise: (1 - rho) its square; each [sets]. */
static void find_slopes(const effective_sum *of, const psu_table *t, double *slope, double *deviation, double *noise) {
  for (int32_t s = 0; s < of->sets; s++) {
    const psu_set *set = &of->set[s];
    double squares = 0;
    for (int32_t i = 0; i < set->psus; i++) squares += set->q[(int64_t)i * t->answers + of->answer];
    const double n = set->total * set->total / squares, p = (of->p[s] * n + 0.5) / (n + 1);
    slope[s] = of->coef[s] / set->total;
    deviation[s] = slope[s] * sqrt(p * (1 - p));
    noise[s] = (1 - rho) * deviation[s] * deviation[s];
  }
}

/*
 * c, F, L and z of all PSUs, and what they have in common: own[psus * sets], cov(e_is, e_it) = own_is own_it for s != t.
 * Of a finite population the contributions are smaller. slope[3 * sets] is scratch, and so is at[sets].
 */
static void fill_psus(effective *e, const psu_table *t, const effective_sum *of, double *slope, int32_t *at) {
  const int32_t q = of->sets, answers = t->answers;
  double *deviation = slope + q, *noise = deviation + q;
  find_slopes(of, t, slope, deviation, noise);
  for (int32_t s = 0; s < q; s++) at[s] = 0;
  for (int32_t i = 0; i < e->law.psus; i++) {
    const double left = weeg_i_sampling_left(&t->nest, t->stratum[e->place[i]]);
    double sum = 0, *f = e->f + (int64_t)i * q, *l = e->l + (int64_t)i * q, *own = e->own + (int64_t)i * q;
    for (int32_t s = 0; s < q; s++) {
      const psu_set *set = &of->set[s];
      while (at[s] < set->psus && set->place[at[s]] < e->place[i]) at[s]++;
      if (at[s] == set->psus || set->place[at[s]] > e->place[i]) continue; /* all are 0 */
      const int64_t k = (int64_t)at[s] * answers + of->answer;
      own[s] = sqrt(left * rho) * set->w[at[s]] * deviation[s];
      f[s] = left * noise[s] * set->q[k];
      l[s] = sqrt(left) * set->w[at[s]] / set->total;
      e->z[i] += sqrt(left) * slope[s] * (set->x[k] - of->p[s] * set->w[at[s]]);
      e->c[i] += f[s];
      sum += own[s];
    }
    for (int32_t s = 0; s < q; s++) f[s] += own[s] * sum;
    e->c[i] += sum * sum;
  }
}

/* What stratum h has of the variance, of the model and by the residuals, and its degrees of freedom. */
typedef struct moments {
  double model, observed, df;
} moments;

static moments stratum_moments(const effective *e, const ratio_stratum *at) {
  double c = 0, c2 = 0, z = 0, z2 = 0;
  for (int32_t i = at->first; i < at->first + at->count; i++) {
    c += e->c[i];
    c2 += e->c[i] * e->c[i];
    z += e->z[i];
  }
  const double mean = at->centred ? z / at->units : 0;
  for (int32_t i = at->first; i < at->first + at->count; i++) z2 += (e->z[i] - mean) * (e->z[i] - mean);
  z2 += at->centred ? (at->units - at->count) * mean * mean : 0;
  const double m = at->units, spread = at->centred ? (1 - 2 / m) * c2 + c * c / (m * m) : c2;
  const double part = at->centred ? (m - 1) / m : 1;
  return (moments){c, at->factor * z2, at->factor > 0 && spread > 0 ? c * c * part * part / spread : 0};
}

weeg_status weeg_i_effective_settle(effective *e, double *by, weeg_error *err) {
  weeg_status status = WEEG_OK;
  moments *of = NULL;
  double model = 0, observed = 0, sum = 0, sum2 = 0, most = 0, all = 0;
  WEEG_NEW(of, e->law.strata);
  for (int32_t h = 0; h < e->law.strata; h++) {
    of[h] = stratum_moments(e, &e->stratum[h]);
    if (!(e->stratum[h].factor > 0)) continue;
    model += of[h].model;
    observed += of[h].observed;
  }
  for (int32_t h = 0; h < e->law.strata; h++) {
    const ratio_stratum *at = &e->stratum[h];
    const double ratio_here = of[h].observed * model / (observed * of[h].model);
    by[h] = observed > 0 && at->factor > 0 ? (of[h].df * ratio_here + kappa) / (of[h].df + kappa) : 1;
    const double part = by[h] * of[h].model;
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      e->c[i] *= by[h];
      most = fmax(most, e->c[i]);
      all += e->c[i];
    }
    if (of[h].df > 0) {
      sum += part;
      sum2 += part * part / of[h].df;
    }
  }
  e->df = sum2 > 0 ? sum * sum / sum2 : 0;
  e->largest = most / all;
  e->exists = model > 0 && e->df > 0;
cleanup:
  weeg_free(of);
  return status;
}

/* F and what PSUs have in common, where the variances of stratum h have become by[h] times what they were. */
static void scale_sums(effective *e, const double *by) {
  for (int32_t h = 0; h < e->law.strata; h++) {
    const int64_t q = e->law.sums, from = e->stratum[h].first, end = from + e->stratum[h].count;
    for (int64_t k = from * q; k < end * q; k++) {
      e->f[k] *= by[h];
      e->own[k] *= sqrt(by[h]);
    }
  }
}

/* Phi of the sums: what a PSU adds to the diagonal is f less what it has in common with others. */
static void sum_phi(effective *e) {
  const int32_t q = e->law.sums;
  for (int32_t i = 0; i < e->law.psus; i++) {
    const double *f = e->f + (int64_t)i * q, *own = e->own + (int64_t)i * q;
    for (int32_t s = 0; s < q; s++) {
      e->phi[s * q + s] += f[s];
      for (int32_t r = 0; r < q; r++) {
        if (r == s) continue;
        e->phi[s * q + r] += own[s] * own[r];
        e->phi[s * q + s] -= own[s] * own[r];
      }
    }
  }
}

weeg_status weeg_i_effective_make(effective *e, const psu_table *t, const effective_sum *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t q = of->sets;
  double *slope = NULL, *by = NULL;
  int32_t *at = NULL;
  *e = (effective){.law.sums = of->sets};
  WEEG_TRY(list_places(e, t, of, err));
  WEEG_NEW(e->stratum, e->law.psus);
  e->law.strata = weeg_i_effective_strata(t, e->place, e->law.psus, e->stratum);
  WEEG_NEW(slope, 3 * q);
  WEEG_NEW(at, q);
  WEEG_NEW(e->c, e->law.psus);
  WEEG_NEW(e->z, e->law.psus);
  WEEG_NEW(e->f, e->law.psus * q);
  WEEG_NEW(e->l, e->law.psus * q);
  WEEG_NEW(e->own, e->law.psus * q);
  WEEG_NEW(e->phi, q * q);
  WEEG_NEW(e->scratch, weeg_i_ratio_scratch(e->law.psus, of->sets));
  WEEG_NEW(by, e->law.strata);
  fill_psus(e, t, of, slope, at);
  WEEG_TRY(weeg_i_effective_settle(e, by, err));
  if (!e->exists) goto cleanup;
  scale_sums(e, by);
  sum_phi(e);
  weeg_i_effective_begin(e);
cleanup:
  weeg_free(slope);
  weeg_free(by);
  weeg_free(at);
  if (status != WEEG_OK) weeg_i_effective_clear(e);
  return status;
}

void weeg_i_effective_begin(effective *e) {
  e->law.stratum = e->stratum;
  e->law.c = e->c;
  e->law.f = e->f;
  e->law.l = e->l;
  e->law.phi = e->phi;
  e->law.scratch = e->scratch;
  e->exists = weeg_i_ratio_begin(&e->law, NULL) == WEEG_OK && e->law.mean > 1e-9 * e->law.variance * e->law.own;
}

/* ---- figures ---- */

weeg_status weeg_i_effective_quantile(const effective *e, double alpha, double *t, double *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(weeg_i_ratio_quantile(&e->law, alpha, t, err));
  WEEG_TRY(weeg_i_equivalent_df(*t, alpha, df, err));
cleanup:
  return status;
}

weeg_status weeg_i_effective_tail(const effective *e, double t, double *p, weeg_error *err) {
  if (t != 0) return weeg_i_ratio_tail(&e->law, t * t, p, err);
  *p = 1;
  return WEEG_OK;
}

/* log of the tail beyond t over alpha at 1 / x degrees of freedom: rises with x, nearly as a straight line. */
static weeg_status tail_excess(double t, double alpha, double x, double *to, weeg_error *err) {
  double p = 0;
  const weeg_status status = weeg_t_tail(t, x > 0 ? 1 / x : INFINITY, &p, err);
  *to = log(p / alpha);
  return status;
}

/* x where a parabola through three points (x, excess), as a function of the excess, has 0. */
static double where_zero(const double *x, const double *excess) {
  double sum = 0;
  for (int i = 0; i < 3; i++) {
    const double a = excess[(i + 1) % 3], b = excess[(i + 2) % 3];
    sum += x[i] * a * b / ((excess[i] - a) * (excess[i] - b));
  }
  return sum;
}

weeg_status weeg_i_equivalent_df(double t, double alpha, double *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double normal = 0.39894228040143267794 * exp(-0.5 * t * t);
  double x[3] = {0, 0, 0}, excess[3] = {0, 0, 0}, low = 0, high = INFINITY, next = 0; /* the last three points */
  WEEG_TRY(tail_excess(t, alpha, 0, &excess[2], err));
  *df = INFINITY;
  if (excess[2] >= 0) goto cleanup;
  next = -excess[2] * alpha * exp(excess[2]) / (0.5 * normal * t * (t * t + 1)); /* the slope at 0 */
  if (!(next > 0 && next < 1)) next = 1;
  for (int k = 0; k < 200 && low < (1 - 1e-12) * high; k++) {
    x[0] = x[1], excess[0] = excess[1];
    x[1] = x[2], excess[1] = excess[2];
    x[2] = next;
    WEEG_TRY(tail_excess(t, alpha, x[2], &excess[2], err));
    *(excess[2] < 0 ? &low : &high) = x[2];
    if (fabs(excess[2]) < 1e-13) break;
    next = k == 0 ? x[2] - excess[2] * (x[2] - x[1]) / (excess[2] - excess[1]) : where_zero(x, excess);
    if (!(next > low && next < high)) next = isinf(high) ? 4 * low : 0.5 * (low + high);
    else if (fmax(fabs(excess[0]), fabs(excess[1])) < 0.1 && fabs(next - x[2]) < 1e-6 * next) break;
  }
  *df = 1 / next;
cleanup:
  return status;
}
