/*
 * Tails and quantiles of the normal, t, chi-squared, F and beta distributions.
 *
 * Everything but the normal is an incomplete beta or gamma function, and both are written as
 *
 *     tail = density at the point * factor
 *
 * The density carries the whole range of magnitudes and is kept as a logarithm, computed from deviances (Loader 2000,
 * "Fast and accurate computation of binomial probabilities", eq. 3-5), so that it keeps its digits for shapes of 1e9.
 * The factor is a number of moderate size without cancellation: a series of positive terms, a continued fraction, or
 * an integral by Gauss-Legendre quadrature. The tail on the far side of the mean is always the one computed; the other
 * is its complement. Shapes below 5e-4 (degrees of freedom below 1e-3) leave so little on one side of the mean that the
 * complement loses digits of the smaller tail in proportion.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/distribution.h"

#include <float.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_log.h>
#include <math.h>
#include <stdbool.h>

static const double half_log_2pi = 0.91893853320467274178;
static const double sqrt_half = 0.70710678118654752440;
static const double sqrt_half_low = -4.8336466567264565e-17; /* what the double above is short of the true value */

enum { MAX_TERMS = 100000, MAX_STEPS = 200 };

/* Both shapes above this: quadrature; else series and continued fractions, which then need a few hundred terms. */
static const double large_shape = 40.0;

/* Both shapes above this: the logit of a beta variable is normal to 1e-14 of the variable where tails are > 1e-300. */
static const double normal_shape = 1e17;

/* Both shapes above this, and not far in the tail: five cumulants of the logit are near enough to start from. */
static const double few_cumulants = 2.0;

/* Shapes that are accepted; products of two of them must not overflow. */
static const double max_shape = 1e50;

/* tail = exp(log_scale) * factor; density: of the logit (beta) or the logarithm (gamma) of the variable, as a log. */
typedef struct tail {
  double log_scale, factor, log_density;
} tail;

/* ---- pieces ------------------------------------------------------------------------------------------------------ */

/* log(1 + u) - u without cancellation, u > -1. */
static double log1p_minus(double u) {
  gsl_sf_result value;
  if (fabs(u) < 0.3) { /* log(1 + u) = 2 atanh(r), whose series to r^21 leaves out less than 1e-17 of it */
    const double r = u / (2.0 + u), r2 = r * r;
    static const double inverse[] = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,  1.0 / 11,
                                     1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
    double sum = 0.0;
    for (int k = 9; k >= 0; k--) sum = inverse[k] + r2 * sum;
    return r * (2.0 * r2 * sum - u);
  }
  if (!(u > -1.0)) return -INFINITY;
  return gsl_sf_log_1plusx_mx_e(u, &value) == GSL_SUCCESS ? value.val : log1p(u) - u;
}

/* The error of Stirling's formula, log Gamma(x) - [(x - 1/2) log x - x + log(2 pi)/2]: Loader (2000), eq. 4. */
static double stirling_error(double x) {
  gsl_sf_result star; /* Gamma(x) divided by Stirling's formula */
  if (gsl_sf_gammastar_e(x, &star) == GSL_SUCCESS) return log(star.val);
  return lgamma(x) - ((x - 0.5) * log(x) - x + half_log_2pi);
}

/*
 * The integral of exp(h(s)) over s from 0 to end, for
 *     h(s) = slope s + p [log(1 + s/x) - s/x] + q [log(1 - s/y) + s/y],
 * the logarithm of a beta (or, with p or q = 0, gamma) density relative to its value at the point, s away from it in
 * the direction in which it decreases. No term of h cancels another, because the linear parts are in the slope.
 */
typedef struct decay {
  double slope, p, x, q, y, end;
} decay;

static double decay_exponent(const decay *d, double s) {
  double h = d->slope * s;
  if (d->p > 0.0) h += d->p * log1p_minus(s / d->x);
  if (d->q > 0.0) h += d->q * log1p_minus(-s / d->y);
  return h;
}

static double decay_integral(const decay *d) {
  /* 16-point Gauss-Legendre nodes and weights: Abramowitz and Stegun (1964), table 25.4 */
  static const double node[8] = {0.095012509837637440185, 0.28160355077925891323, 0.45801677765722738634,
                                 0.61787624440264374845,  0.7554044083550030339,  0.86563120238783174388,
                                 0.94457502307323257608,  0.9894009349916499326};
  static const double weight[8] = {0.18945061045506849629,  0.18260341504492358887, 0.16915651939500253819,
                                   0.14959598881657673208,  0.12462897125553387205, 0.09515851168249278481,
                                   0.062253523938647892863, 0.027152459411754094852};
  enum { PANELS = 4 };
  /* exp(-40) is below the last digit of the integral; the first guess is where a parabola falls that far */
  double curvature = (d->p > 0.0 ? d->p / (d->x * d->x) : 0.0) + (d->q > 0.0 ? d->q / (d->y * d->y) : 0.0);
  double down = fmax(-d->slope, 0.0);
  double range = 80.0 / (down + sqrt(down * down + 80.0 * curvature));
  for (int k = 0; k < 100 && range < d->end && decay_exponent(d, range) > -39.0; k++) range *= 1.15;
  range = fmin(range, d->end);

  double half = range / (2 * PANELS), sum = 0.0;
  for (int panel = 0; panel < PANELS; panel++) {
    double centre = (2 * panel + 1) * half;
    for (int k = 0; k < 8; k++)
      sum += weight[k] *
             (exp(decay_exponent(d, centre - node[k] * half)) + exp(decay_exponent(d, centre + node[k] * half)));
  }
  return sum * half;
}

/* ---- incomplete gamma -------------------------------------------------------------------------------------------- */

/* Q(a, x) = P(G > x) and P = 1 - Q for G ~ Gamma(a); u = (x - a)/a is passed because x is often known relative to a. */
static double gamma_log_density(double a, double x, double u) {
  double exponent = a * (u > -0.5 ? log1p_minus(u) : log(x / a) - u);
  return exponent + 0.5 * log(a) - half_log_2pi - stirling_error(a);
}

/* Abramowitz and Stegun (1964), 6.5.29: P(a, x) = x^a e^-x / Gamma(a + 1) * (1 + x/(a + 1) + x^2/((a+1)(a+2)) ...) */
static bool gamma_series(double a, double x, double *factor) {
  double term = 1.0, sum = 1.0;
  for (int k = 1; k < MAX_TERMS; k++) {
    term *= x / (a + k);
    sum += term;
    if (term < sum * 1e-17) {
      *factor = sum / a;
      return true;
    }
  }
  return false;
}

/* A continued fraction, evaluated by Lentz (1976): its value so far, and the ratios of its last two numerators and
 * denominators. */
typedef struct fraction {
  double value, numerator, denominator;
} fraction;

/* Adds coefficient / (term + ...); true when that changes the last digit at most. */
static bool add_to_fraction(fraction *f, double coefficient, double term) {
  f->denominator = coefficient * f->denominator + term;
  if (fabs(f->denominator) < 1e-300) f->denominator = 1e-300;
  f->numerator = term + coefficient / f->numerator;
  if (fabs(f->numerator) < 1e-300) f->numerator = 1e-300;
  f->denominator = 1.0 / f->denominator;
  f->value *= f->denominator * f->numerator;
  return fabs(f->denominator * f->numerator - 1.0) < 2e-16;
}

/* Abramowitz and Stegun (1964), 6.5.31, contracted to its even part */
static bool gamma_fraction(double a, double x, double *factor) {
  const double first = x + 1.0 - a;
  fraction f = {1.0 / first, 1e300, 1.0 / first};
  for (int k = 1; k < MAX_TERMS; k++) {
    if (!add_to_fraction(&f, -k * (k - a), first + 2.0 * k)) continue;
    *factor = f.value;
    return true;
  }
  return false;
}

static weeg_status gamma_tails(double a, double x, double u, double *lower, double *upper, weeg_error *err) {
  if (x <= 0.0 || isinf(x)) {
    *lower = x > 0.0 ? 1.0 : 0.0;
    *upper = 1.0 - *lower;
    return WEEG_OK;
  }
  double density = exp(gamma_log_density(a, x, u)), factor = 0.0;
  /* for x far below 1 the fraction is slow and the upper tail, of size a, still has its digits as a complement */
  bool low = u <= 0.0 || x < 0.1, done = true;
  if (a > large_shape && !(x < 0.25 * a)) {
    double slope = (u * a + 1.0) / x; /* (x - (a - 1))/x */
    decay d = low ? (decay){slope, 0.0, 1.0, a - 1.0, x, x} : (decay){-slope, a - 1.0, x, 0.0, 1.0, INFINITY};
    factor = decay_integral(&d) / x;
  } else {
    done = low ? gamma_series(a, x, &factor) : gamma_fraction(a, x, &factor);
  }
  if (!done) return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "incomplete gamma(%g, %g) did not converge", a, x);
  double one = fmin(1.0, density * factor);
  *lower = low ? one : 1.0 - one;
  *upper = low ? 1.0 - one : one;
  return WEEG_OK;
}

/* ---- incomplete beta --------------------------------------------------------------------------------------------- */

/*
 * A point of the unit interval for Beta(a, b): x, y = 1 - x, and d = x b - y a = (a + b)(x - mean), each with its own
 * relative accuracy. The logarithms are used only where x or y has underflowed.
 */
typedef struct beta_point {
  double a, b, x, y, d, log_x, log_y;
} beta_point;

static beta_point mirrored(const beta_point *p) {
  return (beta_point){p->b, p->a, p->y, p->x, -p->d, p->log_y, p->log_x};
}

/* x (a + b) - a: with x known exactly, the rounding of a + b and of the product are put back. */
static double beta_offset(double x, double a, double b) {
  double sum = a + b, big = fmax(a, b), small = fmin(a, b), sum_low = small - (sum - big);
  double product = x * sum, product_low = fma(x, sum, -product);
  return (product - a) + (product_low + x * sum_low);
}

/* The smaller of x and y is taken to be exact. */
static beta_point point_at(double x, double y, double a, double b) {
  double d = x <= y ? beta_offset(x, a, b) : -beta_offset(y, b, a);
  return (beta_point){a, b, x, y, d, log(x), log(y)};
}

/* The point x = a f/(a f + b), at which Beta(a, b) has the tails of F(2a, 2b) at f; d is a b (f - 1)/(a f + b). */
static beta_point point_of_ratio(double f, double log_f, double a, double b) {
  double log_ratio = log_f + log(a) - log(b), ratio = f * (a / b);
  if (log_ratio < 600.0 && ratio > DBL_MIN) {
    double x = ratio / (1.0 + ratio), y = 1.0 / (1.0 + ratio);
    double d = f < 1.0 ? a * y * (f - 1.0) : b * x * ((f - 1.0) / f);
    return (beta_point){a, b, x, y, d, log(x), log(y)};
  }
  if (log_ratio < 0.0) return (beta_point){a, b, exp(log_ratio), 1.0, f < 1.0 ? -a : 0.0, log_ratio, 0.0};
  return (beta_point){a, b, 1.0, exp(-log_ratio), f > 1.0 ? b : 0.0, 0.0, -log_ratio};
}

/*
 * a [log(x / mean) - u], u = x/mean - 1. The linear parts of the two deviances of a point cancel, so they are left out;
 * what is left is never positive, and its sum loses nothing.
 */
static double deviance(double a, double b, double x, double log_x, double u) {
  if (u > -0.5) return a * log1p_minus(u);
  return a * ((x > DBL_MIN ? log(x * ((a + b) / a)) : log_x + log((a + b) / a)) - u);
}

/* log of x^a y^b / B(a, b): Loader (2000), eq. 5, for real a and b */
static double beta_log_density(const beta_point *p) {
  double a = p->a, b = p->b;
  double exponent = deviance(a, b, p->x, p->log_x, p->d / a) + deviance(b, a, p->y, p->log_y, -p->d / b);
  double small = fmin(a, b), big = fmax(a, b);
  return exponent + 0.5 * log(small / (1.0 + small / big)) - half_log_2pi +
         (stirling_error(a + b) - stirling_error(a) - stirling_error(b));
}

/* DLMF (2023), 8.17.7 and 15.8.1: I_x(a, b) = x^a y^b / (a B(a, b)) * sum of (a + b)_n / (a + 1)_n x^n */
static bool beta_series(const beta_point *p, double *factor) {
  double term = 1.0, sum = 1.0;
  for (int k = 0; k < MAX_TERMS; k++) {
    term *= p->x * ((p->a + p->b + k) / (p->a + 1.0 + k));
    sum += term;
    if (term < sum * 1e-17) {
      *factor = sum / p->a;
      return true;
    }
  }
  return false;
}

/* Didonato and Morris (1992), ACM TOMS 18, eq. 9: converges fast below the mean */
static bool beta_fraction(const beta_point *p, double *factor) {
  const double a = p->a, b = p->b, x = p->x, first = (a / (a + 1.0)) * (1.0 - p->d);
  const double start = first == 0.0 ? 1e-300 : first;
  fraction f = {start, start, 0.0};
  for (int k = 1; k < MAX_TERMS; k++) {
    double odd = a + 2.0 * k - 1.0, next = a + 2.0 * k + 1.0;
    double coefficient = ((a + k - 1.0) / odd) * ((a + b + k - 1.0) / odd) * (k * x * ((b - k) * x));
    double term = k + k * (b - k) * x / odd + (a + k) / next * (1.0 - p->d + k * (1.0 + p->y));
    if (!add_to_fraction(&f, coefficient, term)) continue;
    *factor = 1.0 / f.value;
    return true;
  }
  return false;
}

/* The lower tail I_x(a, b) at a point below the mean. */
static weeg_status beta_near_tail(const beta_point *p, tail *t, weeg_error *err) {
  t->log_scale = t->log_density = beta_log_density(p);
  bool done = true;
  bool far = p->x * (p->a + p->b) < 0.25 * p->a; /* the series gains two digits in three terms */
  if (fmin(p->a, p->b) > large_shape && !far) {
    double xy = p->x * p->y;
    decay d = {(p->d + (p->y - p->x)) / xy, p->b - 1.0, p->y, p->a - 1.0, p->x, p->x};
    /* going down from x the density changes by (b - 1) log(1 + s/y) + (a - 1) log(1 - s/x) */
    t->factor = decay_integral(&d) / xy;
  } else if (p->x <= 0.5 || far) {
    done = beta_series(p, &t->factor);
  } else if (p->y < 0.05 && p->a * p->y < 0.1) {
    /* here the fraction is slow, and b is so small that the lower tail keeps its digits as a complement */
    beta_point other = mirrored(p);
    done = beta_series(&other, &t->factor);
    t->factor = fmax(0.0, 1.0 - exp(t->log_density) * t->factor);
    t->log_scale = 0.0;
  } else {
    done = beta_fraction(p, &t->factor);
  }
  if (done) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "incomplete beta(%g, %g) at %g did not converge", p->a, p->b, p->x);
}

static weeg_status beta_tails(const beta_point *p, double *lower, double *upper, weeg_error *err) {
  bool below = p->d <= 0.0;
  beta_point near = below ? *p : mirrored(p);
  tail t;
  weeg_status status = beta_near_tail(&near, &t, err);
  if (status != WEEG_OK) return status;
  double one = fmin(1.0, exp(t.log_scale) * t.factor);
  *lower = below ? one : 1.0 - one;
  *upper = below ? 1.0 - one : one;
  return WEEG_OK;
}

/* ---- solving the incomplete beta --------------------------------------------------------------------------------- */

/* log of a B(a, b): the lower tail of Beta(a, b) is x^a / (a B(a, b)) as x goes to 0 */
static double log_scaled_beta(double a, double b) {
  double small = fmin(a, b), big = fmax(a, b);
  return log(a) - 0.5 * log(small / (1.0 + small / big)) + half_log_2pi - a * log1p(b / a) - b * log1p(a / b) +
         (stirling_error(a) + stirling_error(b) - stirling_error(a + b));
}

/* Where the power law of the tail holds to the last digit, the quantile may be far below the range of a double. */
static bool solve_by_power(double p, double a, double b, double *log_x) {
  *log_x = (log(p) + log_scaled_beta(a, b)) / a;
  return *log_x < -80.0 && fmax(a * b / (a + 1.0), b) * exp(*log_x) < 1e-17;
}

/* log of the lower tail at x and its derivative by logit(x) */
static weeg_status log_lower(const beta_point *at, double *value, double *slope, weeg_error *err) {
  bool below = at->d <= 0.0;
  beta_point near = below ? *at : mirrored(at);
  tail t;
  weeg_status status = beta_near_tail(&near, &t, err);
  if (status != WEEG_OK) return status;
  *value = below ? t.log_scale + log(t.factor) : log1p(-exp(t.log_scale) * t.factor);
  /* the difference of the logarithms is 0 where they are so large that their last digit counts */
  *slope = below ? exp(t.log_density - t.log_scale) / t.factor : exp(t.log_density - *value);
  return WEEG_OK;
}

static void move_logit(double *x, double *y, double step) {
  double grow = exp(step), sum = *x * grow + *y;
  *x = *x * grow / sum;
  *y = *y / sum;
  if (*x < *y) *y = 1.0 - *x;
  else *x = 1.0 - *y;
}

/*
 * The density of logit(x), s further on, in units of that at the point: in its logarithm a and b are multiplied by the changes of
 * log(x) and log(y), each with its own relative accuracy.
 */
static double density_beyond(const beta_point *at, double s) {
  return exp(-at->a * log1p(at->y * expm1(-s)) - at->b * log1p(at->x * expm1(s)));
}

/*
 * The distance by logit(x) from a point to the one below which there is more probability: `wanted`, in units of the density of
 * the logit at the point. The density between them is integrated: over less than half of a standard deviation, in which it
 * changes by a factor of exp(2) or so, 8 points have all digits. So one tail is enough for a quantile.
 * step: near the answer, and then the answer. False if it is not found.
 */
static bool finish_lower(const beta_point *at, double wanted, double *step) {
  /* 8-point Gauss-Legendre: Abramowitz and Stegun (1964), table 25.4 */
  static const double node[4] = {0.18343464249564980494, 0.52553240991632898582, 0.79666647741362673959, 0.96028985649753623168};
  static const double weight[4] = {0.36268378337836198297, 0.31370664587788728734, 0.22238103445337447054,
                                   0.10122853629037625915};
  const double most = 2.0 * fabs(*step);
  double s = *step;
  for (int k = 0; k < 6; k++) {
    double sum = 0.0;
    for (int i = 0; i < 8; i++) {
      sum += weight[i % 4] * density_beyond(at, 0.5 * s * (1.0 + (i < 4 ? node[i] : -node[i - 4])));
    }
    /* Halley's method: the logarithm of the density has the derivative a y - b x */
    const double off = (wanted - 0.5 * s * sum) / density_beyond(at, s);
    const double all = 1.0 + at->x * expm1(s), falls = (at->a * at->y - at->b * at->x * exp(s)) / all;
    const double change = off / (1.0 + 0.5 * off * falls);
    s += change;
    if (!(fabs(s) <= most)) return false;
    if (fabs(change) <= 1e-5 * fabs(*step)) {
      *step = s;
      return true;
    }
  }
  return false;
}

/*
 * The logit of the point below which Beta(a, b) has the probability that a normal variable has below z: by the first five
 * cumulants of the logit, polygamma functions of a less or plus those of b (Cornish and Fisher 1937; Johnson, Kotz and
 * Balakrishnan 1995, 25.4).
 */
double weeg_i_beta_expanded(double z, double a, double b) {
  const double z2 = z * z, u = 1 / a, v = 1 / b;
  const double k1 = log(a / b) + (v - u) / 2 + (v * v - u * u) / 12;
  const double k2 = u + v + (u * u + v * v) / 2 + (u * u * u + v * v * v) / 6, s = sqrt(k2);
  const double g1 = (v * v * (1 + v) - u * u * (1 + u)) / (s * k2);
  const double g2 = (u * u * u * (2 + 3 * u) + v * v * v * (2 + 3 * v)) / (k2 * k2);
  const double g3 = 6 * (v * v * v * v - u * u * u * u) / (s * k2 * k2);
  const double w = z + (z2 - 1) * g1 / 6 + z * (z2 - 3) * g2 / 24 - z * (2 * z2 - 5) * g1 * g1 / 36 +
                   ((z2 - 6) * z2 + 3) * g3 / 120 - ((z2 - 5) * z2 + 2) * g1 * g2 / 24 +
                   ((12 * z2 - 53) * z2 + 17) * g1 * g1 * g1 / 324;
  return k1 + s * w;
}

/*
 * Finds the point below which Beta(a, b) has probability p, 0 < p <= 1/2. The logarithm of the lower tail is a concave,
 * increasing function of logit(x), because the density of the logit is log-concave: Newton's method then converges from
 * any start, from below after the first step, and Halley's takes over near the root, or the density is integrated (`once`: not
 * for quantiles of t, from which the laws of few PSUs start). Steps are bounded only so that x and y stay away from underflow.
 */
static weeg_status solve_lower(double p, double a, double b, bool once, beta_point *root, weeg_error *err) {
  double log_x, log_y;
  if (solve_by_power(p, a, b, &log_x)) {
    *root = (beta_point){a, b, exp(log_x), 1.0, -a, log_x, 0.0};
    return WEEG_OK;
  }
  if (solve_by_power(1.0 - p, b, a, &log_y)) {
    *root = (beta_point){a, b, 1.0, exp(log_y), b, 0.0, log_y};
    return WEEG_OK;
  }

  double z, target = log(p), scale = sqrt(1.0 / a + 1.0 / b);
  weeg_status status = weeg_normal_quantile(p, &z, err);
  if (status != WEEG_OK) return status;
  if (fmin(a, b) > normal_shape) {
    double mean = a / (a + b), rest = b / (a + b);
    move_logit(&mean, &rest, z * scale);
    *root = point_at(mean, rest, a, b);
    return WEEG_OK;
  }
  /* start: normal on the logit scale, but not below the power law's answer if that is small */
  double start = log(a) - log(b) + fmax(z * scale, -300.0);
  if (log_x < -2.0) start = fmax(start, log_x);
  start = fmin(fmax(start, -600.0), 600.0);
  if (once && fmin(a, b) > few_cumulants && fabs(z) < 4.0 && fmax(a, b) < 1e15) start = weeg_i_beta_expanded(z, a, b);
  double x = start < 0.0 ? exp(start) / (1.0 + exp(start)) : 1.0 / (1.0 + exp(-start));
  double y = start < 0.0 ? 1.0 / (1.0 + exp(start)) : exp(-start) / (1.0 + exp(-start));

  for (int k = 0; k < MAX_STEPS; k++) {
    double value, slope;
    *root = point_at(x, y, a, b);
    status = log_lower(root, &value, &slope, err);
    if (status != WEEG_OK) return status;
    double step = fmin(fmax((target - value) / slope, -30.0), 30.0);
    if (isnan(step)) break;
    const bool near = fabs(step) < 0.5 * fmin(1.0, scale);
    if (near && once && fabs(target - value) < 2.0 && finish_lower(root, expm1(target - value) / slope, &step)) {
      move_logit(&x, &y, step);
      *root = point_at(x, y, a, b);
      return WEEG_OK;
    }
    /* near the root Halley's method: the logarithm of the tail has derivatives slope, slope * (a y - b x - slope) */
    if (near) step /= 1.0 - 0.5 * step * (root->d + slope);
    move_logit(&x, &y, step);
    /* it cubes the error, in units of the scale; below 4e-16 x itself stands still */
    if (fabs(step) <= fmax((near ? 1e-5 : 1e-8) * fmin(1.0, scale), 4e-16)) {
      *root = point_at(x, y, a, b);
      return WEEG_OK;
    }
  }
  return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "quantile of beta(%g, %g) at %g did not converge", a, b, p);
}

/* p and q = 1 - p, of which at least the smaller is exact; both in (0, 1) */
static weeg_status solve_beta(double p, double q, double a, double b, bool once, beta_point *root, weeg_error *err) {
  if (p <= q) return solve_lower(p, a, b, once, root, err);
  weeg_status status = solve_lower(q, b, a, once, root, err);
  if (status == WEEG_OK) *root = mirrored(root);
  return status;
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

static weeg_status check_positive(const char *name, int64_t where, double value, bool may_be_infinite,
                                  weeg_error *err) {
  if (value > 0.0 && (value <= max_shape || (may_be_infinite && isinf(value)))) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, where, may_be_infinite ? "%s is %g: must be positive and at most 1e50, or infinite"
                                                                  : "%s is %g: must be positive and at most 1e50", name, value);
}

static weeg_status check_open_unit(double p, weeg_error *err) {
  if (p > 0.0 && p < 1.0) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "p is %g: must be strictly between 0 and 1", p);
}

/* ---- normal ------------------------------------------------------------------------------------------------------ */

/* P(|Z| > z) for z >= 0; the second factor undoes the rounding of z / sqrt(2), which erfc amplifies by 2 z^2 */
static double normal_two_tails(double z) {
  double h = z * sqrt_half, low = fma(z, sqrt_half, -h) + z * sqrt_half_low;
  return z < 1.0 || z > 40.0 ? erfc(h) : erfc(h) * (1.0 - 2.0 * h * low);
}

weeg_status weeg_normal_quantile(double p, double *x, weeg_error *err) {
  weeg_status status = check_open_unit(p, err);
  if (status != WEEG_OK) return status;
  double centred = p - 0.5, z;
  if (fabs(centred) < 0.2) {
    /* erf is concave above 0: Newton from below converges */
    z = fabs(centred) * 2.5066282746310002;
    for (int k = 0; k < 6; k++) z -= (erf(z * sqrt_half) * 0.5 - fabs(centred)) * 2.5066282746310002 * exp(0.5 * z * z);
  } else {
    /* Abramowitz and Stegun (1964), 26.2.23 to 4.5e-4, then Halley's method on the logarithm of the tail */
    double q = fmin(p, 1.0 - p), t = sqrt(-2.0 * log(q));
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int k = 0; k < 3; k++) {
      double tail_at = 0.5 * normal_two_tails(z);
      double hazard = exp(-0.5 * z * z - half_log_2pi) / tail_at;
      double step = log(tail_at / q) / hazard;
      z += step / (1.0 + 0.5 * step * (z - hazard)); /* the log tail has derivatives -hazard, hazard (z - hazard) */
    }
  }
  *x = centred < 0.0 ? -z : z;
  return WEEG_OK;
}

/* ---- t, chi-squared, F ------------------------------------------------------------------------------------------- */

/* Above this many degrees of freedom t differs from the normal by less than t^4/(4 df) < 1e-14 where it is > 1e-300. */
static const double normal_df = 1e20;

weeg_status weeg_t_tail(double t, double df, double *p, weeg_error *err) {
  if (isnan(t)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "t is not a number");
  weeg_status status = check_positive("df", 1, df, true, err);
  if (status != WEEG_OK) return status;
  double size = fabs(t), lower;
  if (isinf(size) || size == 0.0) {
    *p = size == 0.0 ? 1.0 : 0.0;
    return WEEG_OK;
  }
  if (df >= normal_df) {
    *p = normal_two_tails(size);
    return WEEG_OK;
  }
  beta_point point = point_of_ratio(size * size, 2.0 * log(size), 0.5, 0.5 * df);
  return beta_tails(&point, &lower, p, err);
}

/* Of Stirling's formula for Gamma(df / 2 + 1/2) / Gamma(df / 2) what cancels is left out. */
double weeg_i_t_density(double t, double df) {
  const double a = 0.5 * df, at_0 = a * log1p_minus(0.5 / a) + stirling_error(a + 0.5) - stirling_error(a) - half_log_2pi;
  return exp(at_0 - 0.5 * (df + 1.0) * log1p(t * t / df));
}

weeg_status weeg_t_quantile(double p, double df, double *t, weeg_error *err) {
  weeg_status status = check_open_unit(p, err);
  if (status != WEEG_OK) return status;
  status = check_positive("df", 1, df, true, err);
  if (status != WEEG_OK) return status;
  if (df >= normal_df) return weeg_normal_quantile(p, t, err);
  if (p == 0.5) {
    *t = 0.0;
    return WEEG_OK;
  }
  /* t^2/df = x/y with x ~ Beta(1/2, df/2) */
  beta_point root;
  double two_tails = 2.0 * fmin(p, 1.0 - p), centre = 2.0 * fabs(p - 0.5);
  status = solve_beta(centre, two_tails, 0.5, 0.5 * df, false, &root, err);
  if (status != WEEG_OK) return status;
  double size = root.x > 1e-290 && root.y > 1e-290 ? sqrt(df) * sqrt(root.x / root.y)
                                                   : exp(0.5 * (log(df) + root.log_x - root.log_y));
  if (isinf(size))
    return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "quantile of t(%g) at %g is outside the range of a double", df, p);
  *t = p < 0.5 ? -size : size;
  return WEEG_OK;
}

weeg_status weeg_chisq_tail(double x, double df, double *p, weeg_error *err) {
  if (!(x >= 0.0)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "x is %g: must not be negative", x);
  weeg_status status = check_positive("df", 1, df, false, err);
  if (status != WEEG_OK) return status;
  double lower;
  return gamma_tails(0.5 * df, 0.5 * x, (x - df) / df, &lower, p, err);
}

weeg_status weeg_f_tail(double f, double df1, double df2, double *p, weeg_error *err) {
  if (!(f >= 0.0)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "f is %g: must not be negative", f);
  weeg_status status = check_positive("df1", 1, df1, false, err);
  if (status != WEEG_OK) return status;
  status = check_positive("df2", 2, df2, true, err);
  if (status != WEEG_OK) return status;
  double lower;
  if (f == 0.0 || isinf(f)) {
    *p = f == 0.0 ? 1.0 : 0.0;
    return WEEG_OK;
  }
  /* chi-squared / df1 to the last digit: the exponent changes by its own 700 * df1/df2 at most */
  if (df2 >= 1e22 * fmax(1.0, df1)) return gamma_tails(0.5 * df1, 0.5 * df1 * f, f - 1.0, &lower, p, err);
  beta_point point = point_of_ratio(f, log(f), 0.5 * df1, 0.5 * df2);
  return beta_tails(&point, &lower, p, err);
}

/* ---- beta -------------------------------------------------------------------------------------------------------- */

static weeg_status check_shapes(double a, double b, weeg_error *err) {
  weeg_status status = check_positive("a", 1, a, false, err);
  return status != WEEG_OK ? status : check_positive("b", 2, b, false, err);
}

weeg_status weeg_beta_cdf(double x, double a, double b, double *lower, double *upper, weeg_error *err) {
  if (!(x >= 0.0 && x <= 1.0)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "x is %g: must be in [0, 1]", x);
  weeg_status status = check_shapes(a, b, err);
  if (status != WEEG_OK) return status;
  if (x == 0.0 || x == 1.0) {
    *lower = x;
    *upper = 1.0 - x;
    return WEEG_OK;
  }
  beta_point point = point_at(x, 1.0 - x, a, b);
  point.d = beta_offset(x, a, b);
  return beta_tails(&point, lower, upper, err);
}

static weeg_status beta_quantile(double p, double q, double a, double b, double *x, weeg_error *err) {
  weeg_status status = check_shapes(a, b, err);
  if (status != WEEG_OK) return status;
  if (p <= 0.0 || q <= 0.0) {
    *x = p <= 0.0 ? 0.0 : 1.0;
    return WEEG_OK;
  }
  beta_point root;
  status = solve_beta(p, q, a, b, true, &root, err);
  if (status == WEEG_OK) *x = root.x;
  return status;
}

weeg_status weeg_beta_quantile(double p, double a, double b, double *x, weeg_error *err) {
  if (!(p >= 0.0 && p <= 1.0)) return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "p is %g: must be in [0, 1]", p);
  return beta_quantile(p, 1.0 - p, a, b, x, err);
}

weeg_status weeg_i_beta_quantile_upper(double q, double a, double b, double *x, weeg_error *err) {
  return beta_quantile(1.0 - q, q, a, b, x, err);
}
