/*
 * Tails of weighted sums of chi-squared variables: the reference distribution of the Rao-Scott statistics.
 *
 * Q = sum_i lambda_i X_i - y Y / df, X_i ~ chi-squared_1 and Y ~ chi-squared_df independent, has the cumulant generating
 * function
 *     K(s) = -1/2 sum_i log(1 - 2 lambda_i s) - df/2 log(1 + 2 x s/df),
 * or -s x in place of the last term for df = Inf, and by Fourier's inversion
 *     P(Q > 0) = 1/(2 pi i) integral of exp(K(s))/s ds
 * along any path from -i Inf to i Inf that crosses the real axis between 0 and the first branch point 1/(2 max lambda).
 * The path through the saddlepoint of the integrand keeps the relative accuracy of small tails (Rice 1980, SIAM Journal on
 * Scientific and Statistical Computing 1, 438-448).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_log.h>
#include <math.h>

#include "base/memory.h"
#include "weeg.h"

static const double PI = 3.14159265358979323846;

/* Q scaled by its largest weight, which becomes 1; weights of 0 are left out. */
typedef struct mixture {
  double *lambda; /* [count] */
  int32_t count;
  double x, df;
} mixture;

static weeg_status make_mixture(double x, const weeg_mixture *of, mixture *m, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double *lambda = of->lambda, df = of->df;
  double largest = 0;
  *m = (mixture){0};
  if (isnan(x) || !(df > 0)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, isnan(x) ? 0 : 3, "a mixture needs a number x and df > 0");
  }
  for (int32_t i = 0; i < of->count; i++) {
    if (!(lambda[i] >= 0) || !isfinite(lambda[i])) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, 1, "weight %d of a mixture is negative, infinite or missing", i + 1);
    }
    largest = fmax(largest, lambda[i]);
  }
  if (!(largest > 0)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 1, "a mixture needs a weight above 0");
  WEEG_NEW(m->lambda, of->count);
  for (int32_t i = 0; i < of->count; i++) {
    if (lambda[i] > 0) m->lambda[m->count++] = lambda[i] / largest;
  }
  m->x = x / largest;
  m->df = df;
cleanup:
  return status;
}

/* ---- inversion --------------------------------------------------------------------------------------------------- */

static const double BRANCH = 0.5; /* the first branch point, 1/(2 max lambda) */

/* log(1 + re + i im), added `times` times */
static void add_log(double times, double re, double im, double *log_modulus, double *angle) {
  *log_modulus += times * (fabs(re) + fabs(im) < 0.5 ? 0.5 * log1p(2 * re + re * re + im * im) : log(hypot(1 + re, im)));
  *angle += times * atan2(im, 1 + re);
}

/* log of exp(K(s))/s: its modulus and angle */
static void integrand(const mixture *m, double re, double im, double *log_modulus, double *angle) {
  *log_modulus = -log(hypot(re, im));
  *angle = -atan2(im, re);
  for (int32_t i = 0; i < m->count; i++) {
    add_log(-0.5, -2 * m->lambda[i] * re, -2 * m->lambda[i] * im, log_modulus, angle);
  }
  if (isinf(m->df)) {
    *log_modulus -= m->x * re;
    *angle -= m->x * im;
  } else {
    add_log(-0.5 * m->df, 2 * m->x / m->df * re, 2 * m->x / m->df * im, log_modulus, angle);
  }
}

/* K'(s) */
static double slope(const mixture *m, double s) {
  double sum = isinf(m->df) ? -m->x : -m->x / (1 + 2 * m->x / m->df * s);
  for (int32_t i = 0; i < m->count; i++) sum += m->lambda[i] / (1 - 2 * m->lambda[i] * s);
  return sum;
}

/* The minimum of the integrand between 0 and BRANCH, where its logarithm is convex: bisection of logit(s / BRANCH). */
static double find_saddle(const mixture *m) {
  double low = -80, high = 36;
  for (int k = 0; k < 48; k++) {
    const double middle = (low + high) / 2, s = BRANCH / (1 + exp(-middle));
    if (slope(m, s) < 1 / s) low = middle;
    else high = middle;
  }
  return BRANCH / (1 + exp(-low));
}

/*
 * The path s(u) = centre + size sin(bend + i u), a hyperbola that bends around the branch cut: there sin() maps the strip
 * of width `strip` on both sides of the real line to where the integrand is analytic, so that the trapezoid rule with
 * step h errs by exp(-2 pi strip / h) (Trefethen and Weideman 2014, SIAM Review 56, 385-458).
 */
typedef struct path {
  double centre, size, bend, strip;
} path;

static path make_path(double saddle) {
  const double least = 0.4; /* without a bend exp(-s x) would not decay */
  path p = {.bend = asin(fmin(1, fmax(2 * saddle / BRANCH - 1, sin(least))))};
  /* 1 - sin(bend) without cancellation where the saddle is near the branch point */
  const double room = p.bend > least ? 2 * (BRANCH - saddle) / BRANCH : 1 - sin(least);
  if (p.bend > least) p.bend = PI / 2 - 2 * asin(sqrt(room / 2));
  p.size = (BRANCH - saddle) / room;
  p.centre = BRANCH - p.size;
  const double left = asin(fmax(-1, fmin(1, -p.centre / p.size))); /* where the pole 0 is */
  p.strip = fmin(PI / 2 - p.bend, p.bend - left);
  return p;
}

/* Real part of the integrand times ds/du at u, relative to exp(peak); *modulus gets its absolute value. */
static double path_term(const mixture *m, const path *p, double peak, double u, double *modulus) {
  double log_modulus, angle;
  const double sine = sin(p->bend), cosine = cos(p->bend);
  const double re = p->centre + p->size * sine * cosh(u), im = p->size * cosine * sinh(u);
  integrand(m, re, im, &log_modulus, &angle);
  const double value = exp(log_modulus - peak);
  const double d_re = p->size * cosine * cosh(u), d_im = -p->size * sine * sinh(u); /* ds/du divided by i */
  *modulus = value * hypot(d_re, d_im);
  return value * (cos(angle) * d_re - sin(angle) * d_im);
}

/* Sum over u = from, from + step, ... until terms no longer count. */
static bool sum_path(const mixture *m, const path *p, double peak, double from, double step, double *sum) {
  double size = 0, modulus = 0;
  int small = 0;
  *sum = 0;
  for (int k = 0; k < 100000; k++) {
    *sum += path_term(m, p, peak, from + k * step, &modulus);
    size += modulus;
    small = modulus < 1e-18 * size ? small + 1 : 0;
    if (small == 3) return true;
  }
  return false;
}

static bool invert(const mixture *m, double *tail) {
  double peak, angle, modulus, points, midpoints;
  const double saddle = find_saddle(m);
  const path p = make_path(saddle);
  double step = 2 * PI * p.strip / 22;
  integrand(m, saddle, 0, &peak, &angle);
  if (!sum_path(m, &p, peak, step, step, &points)) return false;
  points += path_term(m, &p, peak, 0, &modulus) / 2;
  /* halving the step squares the error */
  for (int k = 0; k < 6; k++) {
    if (!sum_path(m, &p, peak, step / 2, step, &midpoints)) return false;
    const bool close = fabs(midpoints - points) <= 1e-7 * fabs(points + midpoints);
    points += midpoints;
    step /= 2;
    if (close) {
      *tail = exp(peak) * points * step / PI;
      return true;
    }
  }
  return false;
}

weeg_status weeg_mixture_tail(double x, const weeg_mixture *of, double *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  mixture m = {0};
  double tail = x > 0 ? 0 : 1;
  WEEG_TRY(make_mixture(x, of, &m, err));
  if (x > 0 && isfinite(x) && !invert(&m, &tail)) {
    status = weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the tail of a mixture at %g did not converge", x);
    goto cleanup;
  }
  *p = fmin(1, tail);
cleanup:
  weeg_free(m.lambda);
  return status;
}

/* ---- saddlepoint approximation ----------------------------------------------------------------------------------- */

/* log(1 + u) - u without cancellation */
static double log1p_minus(double u) {
  gsl_sf_result value;
  return gsl_sf_log_1plusx_mx_e(u, &value) == GSL_SUCCESS ? value.val : log1p(u) - u;
}

/* Adds a term of `times` chi-squared_1 of weight c to s K' - K, K'' and K''' at s, none of which cancels. */
static void add_cumulants(double c, double times, double s, double *legendre, double *second, double *third) {
  const double t = 2 * c * s, rest = 1 - t;
  *legendre += 0.5 * times * (t * t / rest + log1p_minus(-t));
  *second += 2 * times * c * c / (rest * rest);
  *third += 8 * times * c * c * c / (rest * rest * rest);
}

/* K'(s) = 0 between the branch points: -df/(2 x), or -Inf, and BRANCH. K' increases. */
static double solve_saddle(const mixture *m) {
  const double left = isinf(m->df) ? -INFINITY : -m->df / (2 * m->x);
  double low = 0, high = BRANCH;
  if (slope(m, 0) > 0) {
    high = 0;
    /* for df = Inf, K'(s) < n/(-2 s) - x */
    low = isinf(left) ? -(double)m->count / (2 * m->x) : left;
  }
  for (int k = 0; k < 2000; k++) {
    const double middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) break;
    if (slope(m, middle) < 0) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}

weeg_status weeg_mixture_saddlepoint(double x, const weeg_mixture *of, double *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  mixture m = {0};
  double legendre = 0, second = 0, third = 0;
  WEEG_TRY(make_mixture(x, of, &m, err));
  if (!(x > 0) || isinf(x)) {
    *p = x > 0 ? 0 : 1;
    goto cleanup;
  }
  const double s = solve_saddle(&m);
  for (int32_t i = 0; i < m.count; i++) add_cumulants(m.lambda[i], 1, s, &legendre, &second, &third);
  if (isfinite(of->df)) add_cumulants(-m.x / of->df, of->df, s, &legendre, &second, &third);
  const double w = copysign(sqrt(2 * legendre), s), v = s * sqrt(second);
  /* at the mean v/w is 1 + w K'''/(6 K''^1.5) */
  const double shift = fabs(w) > 1e-6 ? log(v / w) / w : third / (6 * second * sqrt(second));
  *p = 0.5 * erfc((w + shift) / sqrt(2));
cleanup:
  weeg_free(m.lambda);
  return status;
}
