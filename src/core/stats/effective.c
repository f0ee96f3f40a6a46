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
#include <string.h>

#include "base/memory.h"
#include "base/vector.h"

static const double rho = WEEG_WORKING_RHO, kappa = 8;

bool weeg_has_law(const weeg_design *design) {
  return design->given_df <= 0 && !design->element && design->replicates == NULL &&
         design->pps == WEEG_PPS_NONE;
}

bool weeg_i_is_effective(const weeg_design *design) { return design->df == WEEG_DF_EFFECTIVE && weeg_has_law(design); }

/* ---- room ---- */

weeg_status weeg_i_effective_new(effective *e, int32_t psus, int32_t sums, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t n = psus, q = sums;
  *e = (effective){.law = {.psus = psus, .sums = sums}};
  WEEG_NEW(e->stratum, n);
  WEEG_NEW(e->moments, n);
  WEEG_NEW(e->c, n * (3 + 3 * q) + q * q + weeg_i_ratio_scratch(psus, sums)); /* all numbers */
  e->z = e->c + n;
  e->sum = e->z + n;
  e->f = e->sum + n;
  e->l = e->f + q * n;
  e->own = e->l + q * n;
  e->phi = e->own + q * n;
  e->law.stratum = e->stratum;
  e->law.c = e->c;
  e->law.f = e->f;
  e->law.l = e->l;
  e->law.phi = e->phi;
  e->law.scratch = e->phi + q * q;
cleanup:
  return status;
}

void weeg_i_effective_clear(effective *e) {
  weeg_free(e->stratum);
  weeg_free(e->moments);
  weeg_free(e->c);
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

/* ---- a frame ---- */

/* Which row of a set each PSU is. */
static void find_rows(effective_frame *e, int32_t s) {
  const psu_set *set = &e->set[s];
  for (int32_t i = 0, at = 0; i < e->psus; i++) {
    while (at < set->psus && set->place[at] < e->place[i]) at++;
    const bool has = at < set->psus && set->place[at] == e->place[i];
    e->row[(int64_t)s * e->psus + i] = has ? at : -1;
    e->w[(int64_t)s * e->psus + i] = has ? e->left[i] * set->w[at] : 0;
  }
}

weeg_status weeg_i_effective_frame_make(effective_frame *e, const psu_table *t, const psu_set *set, int32_t sets,
                                        weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t all = 0;
  *e = (effective_frame){.table = t, .set = set, .sets = sets, .answer = -1};
  for (int32_t s = 0; s < sets; s++) all += set[s].psus;
  WEEG_NEW(e->place, all);
  for (int32_t s = 0; s < sets; s++) e->psus = merge_places(e->place, e->psus, t, &set[s]);
  WEEG_TRY(weeg_i_effective_new(&e->law, e->psus, sets, err));
  e->law.law.strata = weeg_i_effective_strata(t, e->place, e->psus, e->law.stratum);
  WEEG_NEW(e->left, e->psus);
  for (int32_t i = 0; i < e->psus; i++) {
    const int32_t h = t->stratum[e->place[i]];
    e->left[i] = i > 0 && h == t->stratum[e->place[i - 1]] ? e->left[i - 1] : sqrt(weeg_i_sampling_left(&t->nest, h));
  }
  WEEG_NEW(e->row, (int64_t)sets * e->psus);
  WEEG_NEW(e->w, (int64_t)sets * e->psus);
  WEEG_NEW(e->q, (int64_t)sets * e->psus);
  WEEG_NEW(e->x, (int64_t)sets * e->psus);
  WEEG_NEW(e->squares, sets);
  for (int32_t s = 0; s < sets; s++) find_rows(e, s);
cleanup:
  if (status != WEEG_OK) weeg_i_effective_frame_clear(e);
  return status;
}

void weeg_i_effective_frame_clear(effective_frame *e) {
  weeg_i_effective_clear(&e->law);
  weeg_free(e->place);
  weeg_free(e->row);
  weeg_free(e->left);
  weeg_free(e->w);
  weeg_free(e->q);
  weeg_free(e->x);
  weeg_free(e->squares);
  *e = (effective_frame){0};
}

/* Columns of an answer. */
static void take_answer(effective_frame *e, int32_t answer) {
  const int64_t answers = e->table->answers;
  if (e->answer == answer) return;
  e->answer = answer;
  for (int32_t s = 0; s < e->sets; s++) {
    const psu_set *set = &e->set[s];
    const int32_t *row = e->row + (int64_t)s * e->psus;
    double *q = e->q + (int64_t)s * e->psus, *x = e->x + (int64_t)s * e->psus;
    e->squares[s] = 0;
    for (int32_t i = 0; i < set->psus; i++) e->squares[s] += set->q[i * answers + answer];
    for (int32_t i = 0; i < e->psus; i++) {
      const int64_t at = row[i] * answers + answer;
      q[i] = row[i] < 0 ? 0 : e->left[i] * e->left[i] * set->q[at];
      x[i] = row[i] < 0 ? 0 : e->left[i] * set->x[at];
    }
  }
}

/* ---- the working model ---- */

/* Adds what set s has: its columns of F but for what PSUs have in common with other sets, L and own; sums of these, and z. */
static void fill_set(effective *e, const effective_frame *frame, const effective_sum *of, int32_t s) {
  const double total = frame->set[s].total, n = total * total / frame->squares[s], p = of->p[s];
  const double shrunk = (p * n + 0.5) / (n + 1), slope = of->coef[s] / total, deviation = slope * sqrt(shrunk * (1 - shrunk));
  const double noise = (1 - rho) * deviation * deviation, common = sqrt(rho) * deviation, share = 1 / total;
  const int64_t psus = e->law.psus;
  const double *restrict w = frame->w + s * psus, *restrict q = frame->q + s * psus, *restrict x = frame->x + s * psus;
  double *restrict f = e->f + s * psus, *restrict l = e->l + s * psus, *restrict own = e->own + s * psus;
  double *restrict c = e->c, *restrict z = e->z, *restrict sum = e->sum;
  const double kept = s == 0 ? 0 : 1;
  WEEG_VECTORISED
  for (int64_t i = 0; i < psus; i++) {
    f[i] = noise * q[i];
    l[i] = share * w[i];
    own[i] = common * w[i];
    sum[i] = kept * sum[i] + own[i];
    c[i] = kept * c[i] + f[i];
    z[i] = kept * z[i] + slope * (x[i] - p * w[i]);
  }
}

/*
 * c, F, L and z of all PSUs, and what they have in common: own[sets * psus], cov(e_is, e_it) = own_is own_it for s != t.
 * Of a finite population the contributions are smaller.
 */
static void fill_psus(effective *e, effective_frame *frame, const effective_sum *of) {
  const int64_t psus = e->law.psus;
  double *restrict c = e->c, *restrict sum = e->sum;
  take_answer(frame, of->answer);
  for (int32_t s = 0; s < frame->sets; s++) fill_set(e, frame, of, s);
  WEEG_VECTORISED
  for (int64_t i = 0; i < psus; i++) c[i] += sum[i] * sum[i];
  for (int32_t s = 0; s < frame->sets; s++) {
    double *restrict f = e->f + s * psus, *restrict own = e->own + s * psus;
    WEEG_VECTORISED
    for (int64_t i = 0; i < psus; i++) f[i] += own[i] * sum[i];
  }
}

static effective_moments stratum_moments(const effective *e, const ratio_stratum *at) {
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
  const double part = at->centred ? (m - 1) / m : 1, df = at->factor > 0 && spread > 0 ? c * c * part * part / spread : 0;
  return (effective_moments){c, at->factor * z2, df, 1};
}

void weeg_i_effective_settle(effective *e) {
  double model = 0, observed = 0, sum = 0, sum2 = 0, most = 0, all = 0;
  for (int32_t h = 0; h < e->law.strata; h++) {
    const effective_moments *of = &e->moments[h];
    e->moments[h] = stratum_moments(e, &e->stratum[h]);
    if (!(e->stratum[h].factor > 0)) continue;
    model += of->model;
    observed += of->observed;
  }
  for (int32_t h = 0; h < e->law.strata; h++) {
    const ratio_stratum *at = &e->stratum[h];
    effective_moments *of = &e->moments[h];
    const double ratio_here = of->observed * model / (observed * of->model);
    if (observed > 0 && at->factor > 0) of->by = (of->df * ratio_here + kappa) / (of->df + kappa);
    const double part = of->by * of->model;
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      e->c[i] *= of->by;
      e->sum[i] = of->by;
      most = e->c[i] > most ? e->c[i] : most;
    }
    all += part;
    if (of->df > 0) {
      sum += part;
      sum2 += part * part / of->df;
    }
  }
  e->df = sum2 > 0 ? sum * sum / sum2 : 0;
  e->largest = most / all;
  e->exists = model > 0 && e->df > 0;
}

void weeg_i_effective_begin(effective *e) {
  e->exists = weeg_i_ratio_begin(&e->law, NULL) == WEEG_OK && e->law.mean > 1e-9 * e->law.variance * e->law.own;
}

/* x times by, and the sum of that. */
static double scale(double *x, const double *by, int64_t count) {
  weeg_pair sum = {0};
  double rest = 0;
  int64_t i = 0;
  for (; i + WEEG_PAIR <= count; i += WEEG_PAIR) {
    const weeg_pair scaled = weeg_i_pair(x + i) * weeg_i_pair(by + i);
    memcpy(x + i, &scaled, sizeof scaled);
    sum += scaled;
  }
  for (; i < count; i++) rest += x[i] *= by[i];
  return WEEG_PAIR_SUM(sum) + rest;
}

/* sum by x y */
static double sum_products(const double *by, const double *x, const double *y, int64_t count) {
  weeg_pair sum = {0};
  double rest = 0;
  int64_t i = 0;
  for (; i + WEEG_PAIR <= count; i += WEEG_PAIR) sum += weeg_i_pair(by + i) * weeg_i_pair(x + i) * weeg_i_pair(y + i);
  for (; i < count; i++) rest += by[i] * x[i] * y[i];
  return WEEG_PAIR_SUM(sum) + rest;
}

/* F times what settling left in `sum`; Phi of the sums, of which F has row sums: the diagonal is these less the others. */
static void scale_sets(effective *e) {
  const int32_t q = e->law.sums;
  const int64_t psus = e->law.psus;
  for (int32_t s = 0; s < q; s++) {
    e->phi[s * q + s] = scale(e->f + s * psus, e->sum, psus);
    for (int32_t r = 0; r < s; r++) {
      const double common = sum_products(e->sum, e->own + s * psus, e->own + r * psus, psus);
      e->phi[s * q + r] = e->phi[r * q + s] = common;
      e->phi[s * q + s] -= common;
      e->phi[r * q + r] -= common;
    }
  }
}

void weeg_i_effective_make(effective *e, effective_frame *frame, const effective_sum *of) {
  *e = frame->law;
  fill_psus(e, frame, of);
  weeg_i_effective_settle(e);
  if (!e->exists) return;
  scale_sets(e);
  weeg_i_effective_begin(e);
}

/* ---- figures ---- */

/* Where PSUs are so unequal that rounding leaves nothing of a tail, there is no law after all. */
static weeg_status without_law(effective *e, weeg_status status) {
  if (status != WEEG_ERR_NUMERIC) return status;
  e->exists = false;
  return WEEG_OK;
}

weeg_status weeg_i_effective_quantile(effective *e, double alpha, double *t, double *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_TRY(without_law(e, weeg_i_ratio_quantile(&e->law, alpha, t, err)));
  if (e->exists) WEEG_TRY(weeg_i_equivalent_df(*t, alpha, df, err));
cleanup:
  return status;
}

weeg_status weeg_i_effective_tail(effective *e, double t, double *p, weeg_error *err) {
  if (t != 0) return without_law(e, weeg_i_ratio_tail(&e->law, t * t, p, err));
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
