/*
 * Figures of several completed data sets as one: multiple imputations, plausible values.
 *
 *   Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.3: estimate, variance, missing information
 *   Barnard and Rubin (1999), Biometrika 86, 948-955: degrees of freedom
 *   Li, Raghunathan and Rubin (1991), JASA 86, 1065-1073; Reiter (2007), Biometrika 94, 502-508: tests of several estimates
 *   Lott and Reiter (2020), The American Statistician 74, 109-115: score intervals by the pooled variance
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "base/memory.h"
#include "math/linear.h"
#include "stats/measure.h"
#include "stats/rao_scott.h"
#include "weeg.h"

static weeg_status check_sets(int32_t sets, weeg_error *err) {
  if (sets >= 2) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "%d completed data sets cannot be pooled: 2 or more", sets);
}

/* Degrees of freedom of T, by those of complete data and of the sets. */
static double pooled_df(const weeg_pooled *p, double complete, double of_sets) {
  if (!(p->variance > 0)) return complete;
  const double observed = p->within / p->variance;
  const double seen = isinf(complete) || !(observed > 0) ? INFINITY : (complete + 1) / (complete + 3) * complete * observed;
  return 1 / (1 / of_sets + 1 / seen);
}

weeg_status weeg_pool_estimates(const weeg_completed *of, weeg_pooled *pooled, weeg_error *err) {
  const int32_t m = of->sets;
  weeg_pooled p = {0};
  double complete = 0, least = INFINITY;
  const weeg_status status = check_sets(m, err);
  if (status != WEEG_OK) return status;
  for (int32_t k = 0; k < m; k++) {
    p.estimate += of->estimate[k] / m;
    p.within += of->variance[k] / m;
    complete += of->df[k] / m;
    least = fmin(least, of->df[k]);
  }
  for (int32_t k = 0; k < m; k++) {
    const double own = of->estimate[k] - p.estimate;
    p.between += own * own / (m - 1);
  }
  const double b = (1 + 1.0 / m) * p.between;
  p.variance = p.within + b;
  /* r / (1 + r), which exists where W is 0 */
  const double share = p.variance > 0 ? b / p.variance : 0, of_sets = (m - 1) / (share * share);
  p.df = least < 1 ? 0 : pooled_df(&p, complete, of_sets);
  p.missing = isnan(p.variance) ? NAN : share + 2 / (of_sets + 3) * (1 - share);
  *pooled = p;
  return WEEG_OK;
}

/* ---- proportions ---- */

/* A proportion and its variance on the scale of the method's limits. */
static void to_method(weeg_interval_method method, double p, double v, double *value, double *variance) {
  const double pq = p * (1 - p);
  *value = method == WEEG_INTERVAL_LOGIT ? log(p) - log1p(-p) : asin(sqrt(p));
  *variance = method == WEEG_INTERVAL_LOGIT ? v / (pq * pq) : v / (4 * pq);
}

static double from_method(weeg_interval_method method, double x) {
  if (method == WEEG_INTERVAL_LOGIT) return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
  const double s = sin(fmin(fmax(x, 0), 1.57079632679489661923));
  return s * s;
}

/* Limits of what is pooled on the method's scale, where every set has a variance there. */
static weeg_status limits_on_scale(const weeg_completed *of, const weeg_interval_choice *choice, weeg_pooled_share *to,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *value = NULL, *variance = NULL, t = NAN;
  weeg_share *s = &to->share;
  weeg_pooled p;
  WEEG_NEW(value, of->sets);
  WEEG_NEW(variance, of->sets);
  for (int32_t k = 0; k < of->sets; k++) {
    if (!(of->estimate[k] > 0 && of->estimate[k] < 1 && of->variance[k] > 0)) goto cleanup;
    to_method(choice->method, of->estimate[k], of->variance[k], &value[k], &variance[k]);
  }
  WEEG_TRY(weeg_pool_estimates(&(weeg_completed){value, variance, of->df, of->sets}, &p, err));
  WEEG_TRY(weeg_t_quantile(1 - (1 - choice->level) / 2, p.df, &t, err));
  const double half = t * sqrt(p.variance);
  s->low = fmin(from_method(choice->method, p.estimate - half), s->estimate);
  s->high = fmax(from_method(choice->method, p.estimate + half), s->estimate);
  s->df_used = p.df;
  to->missing = p.missing;
cleanup:
  weeg_free(value);
  weeg_free(variance);
  return status;
}

/* What the verdict of NCHS counts with. */
static int64_t whole_df(double df) { return df < 1e9 ? (int64_t)df : isnan(df) ? 0 : (int64_t)1e9; }

static bool is_caution(weeg_reason reason) {
  return reason == WEEG_REASON_ONE_PSU || reason == WEEG_REASON_FEW_EFFECTIVE || reason == WEEG_REASON_FEW_ANSWERS;
}

static weeg_status pool_share(const weeg_completed *of, const weeg_pool_shares_choice *choice, weeg_pooled_share *to,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_interval_method method = choice->interval.method;
  weeg_pooled p;
  WEEG_TRY(weeg_pool_estimates(of, &p, err));
  weeg_share s = {.estimate = p.estimate, .variance = p.variance, .base_n = to->share.base_n, .df = whole_df(p.df),
                  .df_used = p.df, .model_n = INFINITY};
  if (p.df > 0) {
    WEEG_TRY(weeg_t_quantile(1 - (1 - choice->interval.level) / 2, p.df, &s.quantile, err));
    if (s.df < 1) s.df = 1; /* less than 1, but some */
  }
  WEEG_TRY(weeg_finish_shares(&s, 1, &choice->interval, NULL, err));
  if (!choice->cautious && is_caution(s.reason)) s.reason = WEEG_REASON_NONE;
  *to = (weeg_pooled_share){s, p.missing};
  if ((method == WEEG_INTERVAL_LOGIT || method == WEEG_INTERVAL_ARCSINE) && !isnan(s.low) && p.df > 0) {
    WEEG_TRY(limits_on_scale(of, &choice->interval, to, err));
  }
cleanup:
  return status;
}

weeg_status weeg_pool_shares(const weeg_completed *of, int64_t count, const weeg_pool_shares_choice *choice,
                             weeg_pooled_share *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double level = choice->interval.level;
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  for (int64_t i = 0; i < count; i++) WEEG_TRY(pool_share(&of[i], choice, &to[i], err));
cleanup:
  return status;
}

/* ---- figures with a test ---- */

/* From what is reported to what is pooled: logarithms of ratios, differences behind numbers needed. */
static void to_pooled(weeg_measure measure, double *value, double *variance) {
  const double x = *value;
  if (measure == WEEG_RISK_RATIO || measure == WEEG_ODDS_RATIO) *value = log(x);
  if (measure != WEEG_NUMBER_NEEDED) return;
  *value = isinf(x) ? 0 : 1 / x;
  *variance = isinf(x) ? NAN : *variance / (x * x * x * x);
}

/* Limits and the test on the scale of Fisher's z, at the estimate. */
static weeg_status limit(const weeg_pooled *p, const weeg_pool_choice *choice, weeg_contrast *c, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const bool difference = choice->measure == WEEG_DIFFERENCE || choice->measure == WEEG_NUMBER_NEEDED;
  const bool z = choice->bounded && difference && fabs(p->estimate) < 1;
  const double slope = z ? 1 / ((1 - p->estimate) * (1 + p->estimate)) : 1, error = slope * c->std_error;
  const double value = z ? atanh(p->estimate) : p->estimate, null = z ? atanh(choice->null) : choice->null;
  double t;
  WEEG_TRY(weeg_t_quantile(1 - (1 - choice->level) / 2, p->df, &t, err));
  c->statistic = (value - null) / error;
  WEEG_TRY(weeg_t_tail(c->statistic, p->df, &c->p_value, err));
  c->low = z ? tanh(value - t * error) : value - t * error;
  c->high = z ? tanh(value + t * error) : value + t * error;
cleanup:
  return status;
}

weeg_status weeg_pool_contrast(const weeg_completed *of, const weeg_pool_choice *choice, weeg_contrast *contrast,
                               double *missing, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *value = NULL, *variance = NULL;
  weeg_pooled p;
  WEEG_TRY(weeg_i_check_measure(choice->measure, err));
  WEEG_TRY(check_sets(of->sets, err));
  if (!(choice->level > 0 && choice->level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  WEEG_NEW(value, of->sets);
  WEEG_NEW(variance, of->sets);
  for (int32_t k = 0; k < of->sets; k++) {
    value[k] = of->estimate[k];
    variance[k] = of->variance[k];
    to_pooled(choice->measure, &value[k], &variance[k]);
  }
  WEEG_TRY(weeg_pool_estimates(&(weeg_completed){value, variance, of->df, of->sets}, &p, err));
  weeg_contrast c = weeg_i_no_contrast(WEEG_REASON_NONE, whole_df(p.df));
  c.estimate = p.estimate;
  c.std_error = sqrt(p.variance);
  c.df_used = p.df;
  c.reason = isnan(p.estimate) ? WEEG_REASON_EMPTY
             : isnan(p.variance) ? WEEG_REASON_NO_VARIANCE
             : !(p.df > 0) ? WEEG_REASON_NO_DF
             : p.variance == 0 ? WEEG_REASON_ZERO_VARIANCE : WEEG_REASON_NONE;
  if (c.reason == WEEG_REASON_NONE) WEEG_TRY(limit(&p, choice, &c, err));
  weeg_i_contrast_back(choice->measure, &c);
  *contrast = c;
  *missing = p.missing;
cleanup:
  weeg_free(value);
  weeg_free(variance);
  return status;
}

/* ---- tests of several estimates ---- */

/* 1/w and 1/nu_obs add up: Barnard and Rubin's, of k estimates. */
static double added_df(double k, double m, double r, double nu) {
  const double ratio = (1 + r) / r, t = k * (m - 1);
  const double w = k > 1 ? t * (1 + 1 / k) * ratio * ratio / 2 : (m - 1) * ratio * ratio;
  const double seen = isinf(nu) ? nu : (nu + 1) / (nu + 3) * nu / (1 + r);
  return 1 / (1 / w + 1 / seen);
}

/* Reiter (2007), eq. 10, as nu goes to infinity that of Li, Raghunathan and Rubin. */
static double test_df(double k, double m, double r, double nu) {
  const double t = k * (m - 1), a = r * t / (t - 2), c0 = 1 / (t - 4);
  if (k < 2 || t <= 4) return added_df(k, m, r, nu);
  if (isinf(nu)) return 4 + (t - 4) * (1 + 1 / a) * (1 + 1 / a);
  const double v = (nu + 1) / (nu + 3) * nu, c1 = v - 2 * (1 + a), c2 = v - 4 * (1 + a);
  if (!(c2 > 0)) return added_df(k, m, r, nu);
  const double z = 1 / c2 + c0 * a * a * c1 / ((1 + a) * (1 + a) * c2) +
                   c0 * (8 * a * a * c1 / ((1 + a) * c2 * c2) + 4 * a * a / ((1 + a) * c2)) +
                   c0 * (4 * a * a / (c2 * c1) + 16 * a * a * c1 / (c2 * c2 * c2)) + c0 * 8 * a * a / (c2 * c2);
  return 4 + 1 / z;
}

/* The means of estimates and covariances, and of df. */
static void mean_of(const weeg_completed_estimates *of, double *q, double *u, double *df) {
  const int64_t k = of->size;
  *df = 0;
  for (int32_t s = 0; s < of->sets; s++) {
    for (int64_t i = 0; i < k; i++) q[i] += of->estimate[s * k + i] / of->sets;
    for (int64_t i = 0; i < k * k; i++) u[i] += of->covariance[s * k * k + i] / of->sets;
    *df += of->df[s];
  }
  *df /= of->sets; /* six sets with 1 each have 1, which a sum of sixths does not reach */
}

weeg_status weeg_pool_wald(const weeg_completed_estimates *of, weeg_pooled_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *q = NULL, *u = NULL, *own = NULL, df = 0, square = 0, between = 0;
  const double k = of->size, m = of->sets;
  weeg_pooled_test found = {NAN, NAN, NAN, NAN, NAN, WEEG_REASON_NONE};
  pulse none = {0};
  WEEG_TRY(check_sets(of->sets, err));
  if (of->size < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a test needs an estimate");
  WEEG_NEW(q, of->size);
  WEEG_NEW(own, of->size);
  WEEG_NEW(u, (int64_t)of->size * of->size);
  mean_of(of, q, u, &df);
  const double nu = of->coefficients ? df : df - k + 1;
  const weeg_reason without = weeg_i_no_inverse(u, of->size);
  if (!(nu >= 1)) {
    found.reason = df >= 1 ? WEEG_REASON_FEW_DF : WEEG_REASON_NO_DF;
  } else if (!weeg_i_cholesky(u, of->size, WEEG_SINGULAR, &none)) {
    found.reason = without;
  } else {
    for (int32_t s = 0; s < of->sets; s++) {
      for (int32_t i = 0; i < of->size; i++) own[i] = of->estimate[(int64_t)s * of->size + i] - q[i];
      weeg_i_forward_solve(u, of->size, own);
      for (int32_t i = 0; i < of->size; i++) between += own[i] * own[i] / (m - 1);
    }
    weeg_i_forward_solve(u, of->size, q);
    for (int32_t i = 0; i < of->size; i++) square += q[i] * q[i];
    const double r = (1 + 1 / m) * between / k, w = added_df(k, m, r, INFINITY);
    found.f = square / (k * (1 + r)) * (isinf(nu) ? 1 : nu / df);
    found.df1 = k;
    found.df2 = r > 0 ? test_df(k, m, r, nu) : added_df(k, m, r, nu);
    found.missing = r > 0 ? (r + 2 / (w + 3)) / (r + 1) : 0;
    WEEG_TRY(weeg_f_tail(found.f, k, found.df2, &found.p_value, err));
  }
  *test = found;
cleanup:
  weeg_free(q);
  weeg_free(own);
  weeg_free(u);
  return status;
}
