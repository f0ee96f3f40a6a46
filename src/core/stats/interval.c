/*
 * Confidence limits of a proportion from a complex sample.
 *
 * The forms are those of svyciprop in R's survey package, all with the t quantile of the design degrees of freedom:
 *   logit, Wald, arcsine   Korn and Graubard (1999), Analysis of Health Surveys, section 3.2
 *   Wilson                 Wilson (1927), JASA 22; for surveys Franco and others (2019), JSSAM 7, eq. 5
 *   Agresti-Coull          Agresti and Coull (1998), Am. Stat. 52; Franco and others (2019), eq. 6
 *   beta                   Korn and Graubard (1998), Survey Methodology 24, eq. 2.4 and 2.5
 *   beta, capped           Parker and others (2017), NCHS Vital and Health Statistics 2(175)
 *   Jeffreys               Brown, Cai and DasGupta (2001), Statistical Science 16; Franco and others (2019), eq. 8
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdbool.h>

#include "math/distribution.h"
#include "stats/shares.h"
#include "weeg.h"

/* Effective sizes beyond this (variances that are zero up to rounding error) give limits that no double tells from p. */
static const double max_effective = 1e40;

/* Below this the limits are 0 and 1 to any precision, and t^2/n_e would overflow. */
static const double min_effective = 1e-200;

static const double zero_or_one = 1e-12;

/* Upper quantiles of t for n rows and df degrees of freedom: many proportions of a table share them. */
typedef struct quantiles {
  int64_t n, df;   /* 0: not yet */
  double t;        /* df degrees of freedom */
  double t_rows;   /* n - 1 degrees of freedom; t when n is 1. Only where the method needs it */
} quantiles;

typedef struct setting {
  weeg_interval_method method;
  double p, v, n, alpha2; /* alpha2: probability in one tail */
  quantiles q;
  students *known; /* or NULL */
  int64_t last_n;  /* of last_t, the upper quantile of t for n - 1 degrees of freedom. 0: not yet */
  double last_t;
} setting;

/* Methods whose effective n is adjusted for the degrees of freedom. */
static bool is_adjusted(weeg_interval_method method) {
  return method == WEEG_INTERVAL_BETA || method == WEEG_INTERVAL_BETA_NCHS || method == WEEG_INTERVAL_JEFFREYS;
}

static weeg_status find_quantiles(setting *s, int64_t n, int64_t df, weeg_error *err) {
  if (s->q.n == n && s->q.df == df) return WEEG_OK;
  quantiles q = {.n = n, .df = df};
  weeg_status status = WEEG_OK;
  if (s->q.df == df && !is_adjusted(s->method)) q.t = -s->q.t;
  else status = weeg_i_student_quantile(s->known, s->alpha2, df, &q.t, err);
  q.t_rows = q.t;
  if (status == WEEG_OK && is_adjusted(s->method) && n > 1) {
    status = weeg_t_quantile(s->alpha2, (double)n - 1, &q.t_rows, err);
  }
  if (status != WEEG_OK) return status;
  q.t = -q.t;
  q.t_rows = -q.t_rows;
  s->q = q;
  return WEEG_OK;
}

static double clamp(double x, double low, double high) { return fmin(fmax(x, low), high); }

static double logistic(double x) { return x < 0.0 ? exp(x) / (1.0 + exp(x)) : 1.0 / (1.0 + exp(-x)); }

static weeg_status exact_limits(double x, double n, double alpha2, double *low, double *high, weeg_error *err) {
  double l = 0.0, h = 1.0;
  weeg_status status = WEEG_OK;
  if (x > 0.0) status = weeg_beta_quantile(alpha2, x, (n - x) + 1.0, &l, err);
  if (status == WEEG_OK && x < n) status = weeg_i_beta_quantile_upper(alpha2, x + 1.0, n - x, &h, err);
  if (status != WEEG_OK) return status;
  *low = l;
  *high = h;
  return WEEG_OK;
}

weeg_status weeg_clopper_pearson(double x, double n, double level, weeg_interval *limits, weeg_error *err) {
  double low = NAN, high = NAN;
  if (!(n > 0.0 && n <= max_effective))
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 1, "n is %g: must be positive and at most %g", n, max_effective);
  if (!(x >= 0.0 && x <= n)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "x is %g: must be in [0, n]", x);
  if (!(level > 0.0 && level < 1.0))
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, "level is %g: must be strictly between 0 and 1", level);
  const weeg_status status = exact_limits(x, n, 0.5 * (1.0 - level), &low, &high, err);
  if (status == WEEG_OK) *limits = (weeg_interval){low, high, WEEG_REASON_NONE};
  return status;
}

/* Limits p +- t se on some scale. t is positive. */
static void symmetric_limits(const setting *s, double t, weeg_interval *out) {
  double p = s->p, q = 1.0 - p, se = sqrt(s->v);
  if (s->method == WEEG_INTERVAL_WALD) {
    out->low = p - t * se;
    out->high = p + t * se;
  } else if (s->method == WEEG_INTERVAL_LOGIT) {
    double centre = log(p) - log1p(-p), half = t * se / (p * q);
    out->low = logistic(centre - half);
    out->high = logistic(centre + half);
  } else {
    const double right_angle = 1.57079632679489661923;
    double centre = asin(sqrt(p)), half = t * se / (2.0 * sqrt(p * q));
    double low = sin(clamp(centre - half, 0.0, right_angle)), high = sin(clamp(centre + half, 0.0, right_angle));
    out->low = low * low;
    out->high = high * high;
  }
}

/* Wilson's limits are the roots of (p - x)^2 = t^2 x(1 - x)/n. */
static void wilson_limits(const setting *s, double t, double n, weeg_interval *out) {
  double p = s->p, t2n = t * t / n;
  double half = sqrt(t2n) * sqrt(p * (1.0 - p) + 0.25 * t2n);
  out->high = (p + 0.5 * t2n + half) / (1.0 + t2n);
  out->low = p * p / (p + 0.5 * t2n + half); /* the product of the roots is p^2/(1 + t^2/n): no cancellation near 0 */
}

static void agresti_coull_limits(const setting *s, double t, double n, weeg_interval *out) {
  double t2 = t * t, larger = n + t2;
  double centre = (n * s->p + 0.5 * t2) / larger;
  double half = t * sqrt(centre * (1.0 - centre) / larger);
  out->low = centre - half;
  out->high = centre + half;
}

/*
 * The effective number of rows. With one row t(n - 1) does not exist and the adjustment for df is left out.
 *
 * Clopper-Pearson divides n by the design effect v / [p(1-p)/(n-1)], whose denominator is what v estimates under simple
 * random sampling: without weights it then gives the classical limits for x = np successes in n trials. With one row
 * that denominator does not exist and n_e is used.
 */
static double effective_n(const setting *s) {
  const double ratio = s->q.t_rows / s->q.t;
  double size = s->p * (1.0 - s->p) / s->v;
  if (s->method == WEEG_INTERVAL_CLOPPER_PEARSON && s->n > 1.0) size *= s->n / (s->n - 1.0);
  if (is_adjusted(s->method)) size *= ratio * ratio;
  if (s->method == WEEG_INTERVAL_BETA_NCHS) size = fmin(size, s->n);
  return clamp(size, min_effective, max_effective);
}

static weeg_status beta_limits(const setting *s, double n, weeg_interval *out, weeg_error *err) {
  if (s->method != WEEG_INTERVAL_JEFFREYS) return exact_limits(n * s->p, n, s->alpha2, &out->low, &out->high, err);
  double a = n * s->p + 0.5, b = n * (1.0 - s->p) + 0.5;
  weeg_status status = weeg_beta_quantile(s->alpha2, a, b, &out->low, err);
  return status != WEEG_OK ? status : weeg_i_beta_quantile_upper(s->alpha2, a, b, &out->high, err);
}

static weeg_status regular_limits(const setting *s, weeg_interval *out, weeg_error *err) {
  const double t = s->q.t, n = effective_n(s);
  weeg_status status = WEEG_OK;
  switch (s->method) {
  case WEEG_INTERVAL_LOGIT:
  case WEEG_INTERVAL_WALD:
  case WEEG_INTERVAL_ARCSINE: symmetric_limits(s, t, out); break;
  case WEEG_INTERVAL_WILSON: wilson_limits(s, t, n, out); break;
  case WEEG_INTERVAL_AGRESTI_COULL: agresti_coull_limits(s, t, n, out); break;
  case WEEG_INTERVAL_BETA:
  case WEEG_INTERVAL_BETA_NCHS:
  case WEEG_INTERVAL_CLOPPER_PEARSON:
  case WEEG_INTERVAL_JEFFREYS:
    status = beta_limits(s, n, out, err);
    if (status != WEEG_OK) return status;
    break;
  }
  /* by rounding, or by Jeffreys' method at less than one effective success, p may be outside: widened to hold it */
  out->low = clamp(out->low, 0.0, s->p);
  out->high = clamp(out->high, s->p, 1.0);
  return WEEG_OK;
}

static weeg_status check_arguments(weeg_interval_method method, double p, double v, int64_t n, double level,
                                   weeg_error *err) {
  if ((int)method < WEEG_INTERVAL_LOGIT || method > WEEG_INTERVAL_JEFFREYS)
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "method %d is not a weeg_interval_method", (int)method);
  if (p < -zero_or_one || p > 1.0 + zero_or_one)
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 1, "p is %g: must be in [0, 1]", p);
  if (v < 0.0 || isinf(v)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, "v is %g: must be finite and not negative", v);
  if (n < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, 3, "n is %lld: must not be negative", (long long)n);
  if (!(level > 0.0 && level < 1.0))
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 5, "level is %g: must be strictly between 0 and 1", level);
  return WEEG_OK;
}

/*
 * Limits hold their level with a PSU that has most of the variance, too, but what it says of the others is in doubt. Effective
 * degrees of freedom of PSUs that are alike are whole but for the 1e-5 of their quantile.
 */
weeg_reason weeg_i_caution(double df, double largest) {
  if (largest > 0.5) return WEEG_REASON_ONE_PSU;
  return df < 4 - 1e-4 ? WEEG_REASON_FEW_EFFECTIVE : WEEG_REASON_NONE;
}

/* What is known of a proportion in a sample of few PSUs, as in weeg_share. All 0: nothing. */
typedef struct few_psus {
  double quantile, kish_n, df, largest, model_n;
} few_psus;

/* With fewer effective answers than the first the figure calls for care, than the second its variance is held to the model. */
static const double few_answers = 5, enough_answers = 8;

/*
 * With the quantile of few PSUs. A sample that happens to have few answers has a low estimate and a low variance at once: the
 * variance is not taken to be smaller there than that of the working model.
 */
static weeg_status limits_of_few(setting *s, const few_psus *few, int64_t n, weeg_interval *out, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double bare = s->p * (1 - s->p), rarer = fmin(s->p, 1 - s->p);
  const double answers = s->v > 0 ? fmin(s->n, bare / s->v) * rarer : 0;
  out->reason = s->v > 0 ? weeg_i_caution(few->df, few->largest) : WEEG_REASON_ZERO_VARIANCE;
  if (answers < few_answers && out->reason == WEEG_REASON_NONE) out->reason = WEEG_REASON_FEW_ANSWERS;
  if (answers < enough_answers) s->v = fmax(s->v, bare / few->model_n);
  s->q = (quantiles){.n = 0, .t = few->quantile, .t_rows = few->quantile};
  if (is_adjusted(s->method) && n > 1) {
    if (n != s->last_n) status = weeg_t_quantile(1 - s->alpha2, (double)n - 1, &s->last_t, err);
    s->last_n = status == WEEG_OK ? n : 0;
    s->q.t_rows = s->last_t;
  }
  return status == WEEG_OK ? regular_limits(s, out, err) : status;
}

/* Of distances on a logarithmic scale Cornish and Fisher's expansion has eight digits with these many successes and failures. */
static const double many = 3000;

weeg_status weeg_i_korn_graubard_low(double p, double v, double t, double t_rows, double *low, weeg_error *err) {
  const setting s = {.method = WEEG_INTERVAL_BETA, .p = p, .v = v, .alpha2 = 0.025, .q = {.t = t, .t_rows = t_rows}};
  const double n = effective_n(&s), a = n * p, b = n * (1 - p) + 1;
  weeg_status status = WEEG_OK;
  if (fmin(a, b) > many) *low = logistic(weeg_i_beta_expanded(-1.9599639845400545, a, b));
  else status = weeg_beta_quantile(s.alpha2, a, b, low, err);
  *low = clamp(*low, 0, p);
  return status;
}

static weeg_status limits_of(setting *s, double p, double v, int64_t n, int64_t df, double level, const few_psus *few,
                             weeg_interval *interval, weeg_error *err) {
  weeg_status status = check_arguments(s->method, p, v, n, level, err);
  if (status != WEEG_OK) return status;

  weeg_interval out = {NAN, NAN, WEEG_REASON_NONE};
  if (n == 0 || isnan(p)) {
    out.reason = WEEG_REASON_EMPTY;
  } else if (p <= zero_or_one || p >= 1.0 - zero_or_one) {
    const double rows = few->kish_n > 0 ? few->kish_n : (double)n;
    out.reason = few->kish_n > 0 ? WEEG_REASON_NO_VARIATION_KISH : WEEG_REASON_NO_VARIATION;
    status = exact_limits(p < 0.5 ? 0.0 : rows, rows, s->alpha2, &out.low, &out.high, err);
  } else if (isnan(v)) {
    out.reason = WEEG_REASON_NO_VARIANCE;
  } else if (df < 1) {
    out.reason = WEEG_REASON_NO_DF; /* also where v is 0: of one PSU that is because it has nothing to differ from */
  } else if (v == 0.0 && !(few->quantile > 0)) {
    out.low = out.high = p;
    out.reason = WEEG_REASON_ZERO_VARIANCE;
  } else if (few->quantile > 0) {
    s->p = p;
    s->v = v;
    s->n = (double)n;
    status = limits_of_few(s, few, n, &out, err);
  } else {
    s->p = p;
    s->v = v;
    s->n = (double)n;
    status = find_quantiles(s, n, df, err);
    if (status == WEEG_OK) status = regular_limits(s, &out, err);
  }
  if (status == WEEG_OK) *interval = out;
  return status;
}

weeg_status weeg_i_limit_shares(weeg_share *shares, int64_t count, const weeg_interval_choice *choice, students *known,
                                weeg_error *err) {
  setting s = {.method = choice->method, .alpha2 = 0.5 * (1.0 - choice->level), .known = known};
  for (int64_t i = 0; i < count; i++) {
    weeg_share *x = &shares[i];
    weeg_interval limits;
    const weeg_status status = limits_of(&s, x->estimate, x->variance, x->base_n, x->df, choice->level,
                                          &(few_psus){x->quantile, x->kish_n, x->df_used, x->largest, x->model_n}, &limits, err);
    if (status != WEEG_OK) return status;
    x->low = limits.low;
    x->high = limits.high;
    x->reason = limits.reason;
  }
  return WEEG_OK;
}

weeg_status weeg_i_proportion_interval(weeg_interval_method method, double p, double v, int64_t n, int64_t df,
                                     double level, weeg_interval *interval, weeg_error *err) {
  setting s = {.method = method, .alpha2 = 0.5 * (1.0 - level)};
  return limits_of(&s, p, v, n, df, level, &(few_psus){0}, interval, err);
}
