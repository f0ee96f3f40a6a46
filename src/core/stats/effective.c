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
 * Of means of numbers sd_s is known but for a factor that all have, which cancels: by the same formula, with the variance
 * estimate of the set's own mean, and its degrees of freedom, in place of the stratum's.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/effective.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/vector.h"
#include "math/student.h"

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

static effective_moments stratum_moments(const effective *e, const ratio_stratum *at) {
  const double *of_c = e->c + at->first, *of_z = e->z + at->first;
  const int32_t last = at->count % WEEG_PAIR, paired = at->count - last;
  weeg_pair c_sum = {0}, c2_sum = c_sum, z_sum = c_sum, z2_sum = c_sum;
  for (int32_t i = 0; i < paired; i += WEEG_PAIR) {
    const weeg_pair c_i = weeg_i_pair(of_c + i);
    c_sum += c_i;
    c2_sum += c_i * c_i;
    z_sum += weeg_i_pair(of_z + i);
  }
  const double last_c = last > 0 ? of_c[paired] : 0, last_z = last > 0 ? of_z[paired] : 0;
  const double c = WEEG_PAIR_SUM(c_sum) + last_c, c2 = WEEG_PAIR_SUM(c2_sum) + last_c * last_c;
  const double mean = at->centred ? (WEEG_PAIR_SUM(z_sum) + last_z) / at->units : 0;
  for (int32_t i = 0; i < paired; i += WEEG_PAIR) {
    const weeg_pair z_i = weeg_i_pair(of_z + i) - mean;
    z2_sum += z_i * z_i;
  }
  double z2 = WEEG_PAIR_SUM(z2_sum) + (last > 0 ? (last_z - mean) * (last_z - mean) : 0);
  z2 += at->centred ? (at->units - at->count) * mean * mean : 0;
  const double m = at->units, spread = at->centred ? (1 - 2 / m) * c2 + c * c / (m * m) : c2;
  const double part = at->centred ? (m - 1) / m : 1, df = at->factor > 0 && spread > 0 ? c * c * part * part / spread : 0;
  return (effective_moments){c, at->factor * z2, df, 1};
}

/* ---- a frame ---- */

/* Which row of a set each PSU is. */
static void find_rows(effective_frame *e, int32_t s) {
  const psu_set *set = &e->set[s];
  for (int32_t i = 0, at = 0; i < e->psus; i++) {
    while (at < set->psus && set->place[at] < e->place[i]) at++;
    const bool has = at < set->psus && set->place[at] == e->place[i];
    e->row[(int64_t)s * e->psus + i] = has ? at : -1;
    const double w = has ? e->left[i] * set->w[at] / set->total : 0;
    if (set->base != NULL) e->own_w[(int64_t)s * e->psus + i] = w;
    e->law.l[(int64_t)s * e->psus + i] = set->base == NULL ? w : has ? e->left[i] * set->base[at] / set->base_total : 0;
  }
}

void weeg_i_effective_take_answer(effective_frame *e, int32_t answer) {
  const int64_t answers = e->table->answers;
  if (e->answer == answer) return;
  e->answer = answer;
  for (int32_t s = 0; s < e->sets; s++) {
    const psu_set *set = &e->set[s];
    const int32_t *row = e->row + (int64_t)s * e->psus;
    const double unit = 1 / set->total;
    double *q = e->q + (int64_t)s * e->psus, *x = e->x + (int64_t)s * e->psus;
    e->squares[s] = 0;
    for (int32_t i = 0; i < set->psus; i++) e->squares[s] += set->q[i * answers + answer];
    for (int32_t i = 0; i < e->psus; i++) {
      const int64_t at = row[i] * answers + answer;
      const double by = e->left[i] * unit;
      q[i] = row[i] < 0 ? 0 : by * by * set->q[at];
      x[i] = row[i] < 0 ? 0 : by * set->x[at];
    }
  }
}

/* The moments of the strata together, where variances within these are what the model says. */
static effective_moments all_moments(effective *e) {
  effective_moments all = {0, 0, 0, 1};
  double part2 = 0;
  for (int32_t h = 0; h < e->law.strata; h++) {
    if (!(e->stratum[h].factor > 0)) continue;
    const effective_moments of = stratum_moments(e, &e->stratum[h]);
    all.model += of.model;
    all.observed += of.observed;
    part2 += of.df > 0 ? of.model * of.model / of.df : 0;
  }
  all.df = part2 > 0 ? all.model * all.model / part2 : 0;
  return all;
}

/* Of the mean of one set's values. */
static effective_moments moments_of_set(effective_frame *e, int32_t s) {
  const psu_set *set = &e->set[s];
  const double *w = e->w + (int64_t)s * e->psus, *l = e->law.l + (int64_t)s * e->psus, *q = e->q + (int64_t)s * e->psus;
  const double *x = e->x + (int64_t)s * e->psus;
  for (int32_t i = 0; i < e->psus; i++) {
    e->law.c[i] = (1 - rho) * q[i] + rho * w[i] * w[i];
    e->law.z[i] = x[i] - set->sum[0] / set->total * l[i];
  }
  return all_moments(&e->law);
}

/* The share of a factor of a variance that is its own: moved towards 1 as if that were of kappa degrees of freedom. */
static double shrink(double df, double factor) { return (df * factor + kappa) / (df + kappa); }

/*
 * Standard deviations of values in sets, but for what is common to all: the variance of each, as estimated from its PSUs, by that
 * of the model, moved towards 1. That of the only set is 1.
 */
static void find_sd(effective_frame *e) {
  double model = 0, observed = 0;
  weeg_i_effective_take_answer(e, 0);
  for (int32_t s = 0; s < e->sets && e->sets > 1; s++) {
    const effective_moments of = moments_of_set(e, s);
    model += of.model;
    observed += of.observed;
  }
  for (int32_t s = 0; s < e->sets; s++) {
    e->sd[s] = 1;
    if (!(observed > 0)) continue;
    const effective_moments of = moments_of_set(e, s);
    e->sd[s] = of.model > 0 ? sqrt(shrink(of.df, of.observed * model / (observed * of.model))) : 1;
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
  WEEG_NEW(e->q, (int64_t)sets * e->psus);
  WEEG_NEW(e->x, (int64_t)sets * e->psus);
  WEEG_NEW(e->squares, sets);
  e->w = e->law.l;
  if (t->base != NULL) {
    WEEG_NEW(e->own_w, (int64_t)sets * e->psus);
    e->w = e->own_w;
  }
  for (int32_t s = 0; s < sets; s++) find_rows(e, s);
  if (t->value != NULL) {
    WEEG_NEW(e->sd, sets);
    find_sd(e);
  }
cleanup:
  if (status != WEEG_OK) weeg_i_effective_frame_clear(e);
  return status;
}

void weeg_i_effective_frame_clear(effective_frame *e) {
  weeg_i_effective_clear(&e->law);
  weeg_free(e->place);
  weeg_free(e->row);
  weeg_free(e->left);
  weeg_free(e->q);
  weeg_free(e->x);
  weeg_free(e->squares);
  weeg_free(e->own_w);
  weeg_free(e->sd);
  *e = (effective_frame){0};
}

/* ---- the working model ---- */

void weeg_i_effective_deviation(const effective_frame *frame, const effective_sum *of, int32_t s, double *deviation,
                                double *common) {
  const double total = frame->set[s].total, n = total * total / frame->squares[s], p = of->p[s];
  const double shrunk = (p * n + 0.5) / (n + 1);
  *deviation = of->coef[s] * (frame->sd == NULL ? sqrt(shrunk * (1 - shrunk)) : frame->sd[s]);
  *common = sqrt(rho) * *deviation;
}

/* Adds what set s has to z and to what a PSU's sets have in common. */
static void add_set(effective *e, const effective_frame *frame, const effective_sum *of, int32_t s) {
  const int64_t psus = e->law.psus;
  const double *restrict l = e->l + s * psus, *restrict x = frame->x + s * psus, *restrict w = frame->w + s * psus;
  const double coef = of->coef[s], p = of->p[s];
  double *restrict z = e->z, *restrict sum = e->sum, deviation = 0, common = 0;
  weeg_i_effective_deviation(frame, of, s, &deviation, &common);
  WEEG_VECTORISED
  for (int64_t i = 0; i < psus; i++) {
    sum[i] += common * w[i];
    z[i] += coef * (x[i] - p * l[i]);
  }
}

/* Its columns of F, and what they add to c. */
static void fill_set(effective *e, const effective_frame *frame, const effective_sum *of, int32_t s) {
  const int64_t psus = e->law.psus;
  const double *restrict w = frame->w + s * psus, *restrict q = frame->q + s * psus, *restrict sum = e->sum;
  double *restrict f = e->f + s * psus, *restrict c = e->c, deviation = 0, common = 0;
  weeg_i_effective_deviation(frame, of, s, &deviation, &common);
  const double noise = (1 - rho) * deviation * deviation;
  WEEG_VECTORISED
  for (int64_t i = 0; i < psus; i++) {
    f[i] = noise * q[i] + common * w[i] * sum[i];
    c[i] += f[i];
  }
}

/* c, F and z of all PSUs. Of a finite population the contributions are smaller. */
static void fill_psus(effective *e, const effective_frame *frame, const effective_sum *of) {
  double *const all[] = {e->c, e->z, e->sum};
  for (int k = 0; k < 3; k++) memset(all[k], 0, sizeof(double) * (size_t)e->law.psus);
  for (int32_t s = 0; s < frame->sets; s++) add_set(e, frame, of, s);
  for (int32_t s = 0; s < frame->sets; s++) fill_set(e, frame, of, s);
}

double weeg_i_effective_settle_strata(effective *e) {
  double model = 0, observed = 0, sum = 0, sum2 = 0, all = 0;
  for (int32_t h = 0; h < e->law.strata; h++) {
    if (!(e->stratum[h].factor > 0)) continue;
    model += e->moments[h].model;
    observed += e->moments[h].observed;
  }
  for (int32_t h = 0; h < e->law.strata; h++) {
    effective_moments *of = &e->moments[h];
    const double ratio_here = of->observed * model / (observed * of->model);
    if (observed > 0 && e->stratum[h].factor > 0) of->by = shrink(of->df, ratio_here);
    const double part = of->by * of->model;
    all += part;
    if (of->df > 0) {
      sum += part;
      sum2 += part * part / of->df;
    }
  }
  e->df = sum2 > 0 ? sum * sum / sum2 : 0;
  e->exists = model > 0 && e->df > 0;
  return all;
}

void weeg_i_effective_settle(effective *e) {
  double most = 0;
  for (int32_t h = 0; h < e->law.strata; h++) e->moments[h] = stratum_moments(e, &e->stratum[h]);
  const double all = weeg_i_effective_settle_strata(e);
  for (int32_t h = 0; h < e->law.strata; h++) {
    const ratio_stratum *at = &e->stratum[h];
    const double by = e->moments[h].by;
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      e->c[i] *= by;
      e->sum[i] = by;
      most = e->c[i] > most ? e->c[i] : most;
    }
  }
  e->largest = most / all;
}

void weeg_i_effective_begin(effective *e, const ratio_sums *sums) {
  const weeg_status status = sums == NULL ? weeg_i_ratio_begin(&e->law, NULL) : weeg_i_ratio_begin_by(&e->law, sums, NULL);
  e->exists = status == WEEG_OK && e->law.mean > 1e-9 * e->law.variance * e->law.own;
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
static void scale_sets(effective *e, const effective_frame *frame, const effective_sum *of) {
  const int32_t q = e->law.sums;
  const int64_t psus = e->law.psus;
  for (int32_t s = 0; s < q; s++) {
    double deviation = 0, own = 0, other = 0;
    weeg_i_effective_deviation(frame, of, s, &deviation, &own);
    e->phi[s * q + s] = scale(e->f + s * psus, e->sum, psus);
    for (int32_t r = 0; r < s; r++) {
      weeg_i_effective_deviation(frame, of, r, &deviation, &other);
      const double common = own * other * sum_products(e->sum, frame->w + s * psus, frame->w + r * psus, psus);
      e->phi[s * q + r] = e->phi[r * q + s] = common;
      e->phi[s * q + s] -= common;
      e->phi[r * q + r] -= common;
    }
  }
}

void weeg_i_effective_make(effective *e, effective_frame *frame, const effective_sum *of) {
  *e = frame->law;
  weeg_i_effective_take_answer(frame, of->answer);
  fill_psus(e, frame, of);
  weeg_i_effective_settle(e);
  if (!e->exists) return;
  scale_sets(e, frame, of);
  weeg_i_effective_begin(e, NULL);
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
  double normal = 0, x[3] = {0, 0, 0}, excess[3] = {0, 0, 0}, low = 0, high = INFINITY, next = 0; /* the last three points */
  WEEG_TRY(tail_excess(t, alpha, 0, &excess[2], err));
  *df = INFINITY;
  if (excess[2] >= 0) goto cleanup;
  if (alpha > 1e-300) WEEG_TRY(weeg_normal_quantile(0.5 * alpha, &normal, err));
  next = weeg_i_student_inverse_df(t, -normal);
  if (!(next > 0)) next = 1;
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
