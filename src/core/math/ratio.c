/*
 * The law of S^2 / V. See ratio.h; Hansen (2021), "The exact distribution of the White t-ratio", is about the same ratio for
 * regressions. D is evaluated along the strata:
 *
 *     y = x tau, E_i = 1 + y factor c_i, Gamma = F Phi^-1 - L
 *     J_AB = sum_h factor_h [sum A_i B_i'/E_i - (sum A_i/E_i)(sum B_i/E_i)' / sum(1/E_i)]
 *     D = prod E_i  prod_h mean_h(1/E_i)  |Phi - y J_FF| / |Phi|
 *         |I + Phi (y [J_GG + y J_GF (Phi - y J_FF)^-1 J_FG] - x sigma sigma')|
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/ratio.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/vector.h"

enum { FIRST_POINTS = 8, MOST_POINTS = 8 * 3 * 3 * 3 * 3, MOST_STEPS = 200 };

/* Parts of scratch: J and sums over a stratum of 2q, matrices of q. */
typedef struct space {
  double *v;      /* [psus * 2q] F and Gamma side by side */
  double *j;      /* [2q * 2q] */
  double *sum;    /* [2q] */
  double *a, *k, *m, *cholesky; /* [q * q] */
} space;

static space spaces(const ratio *r) {
  const int64_t q = r->sums, wide = 2 * q;
  space s = {.v = r->scratch};
  s.j = s.v + (int64_t)r->psus * wide;
  s.sum = s.j + wide * wide;
  s.a = s.sum + wide;
  s.k = s.a + q * q;
  s.m = s.k + q * q;
  s.cholesky = s.m + q * q;
  return s;
}

int64_t weeg_i_ratio_scratch(int32_t psus, int32_t sums) {
  const int64_t q = sums;
  return (int64_t)psus * 2 * q + 8 * q * q + 2 * q;
}

/* ---- small matrices ---- */

/* The Cholesky factor in place, of the lower triangle; false where it is not positive definite. */
static bool factorise(double *m, int32_t q) {
  for (int32_t i = 0; i < q; i++) {
    for (int32_t j = 0; j <= i; j++) {
      double sum = m[i * q + j];
      for (int32_t k = 0; k < j; k++) sum -= m[i * q + k] * m[j * q + k];
      if (i == j && !(sum > 0)) return false;
      m[i * q + j] = i == j ? sqrt(sum) : sum / m[j * q + j];
    }
  }
  return true;
}

/* x = m^-1 x, x[q] with a stride, m factorised. */
static void solve(const double *m, int32_t q, double *x, int32_t stride) {
  for (int32_t i = 0; i < q; i++) {
    for (int32_t k = 0; k < i; k++) x[i * stride] -= m[i * q + k] * x[k * stride];
    x[i * stride] /= m[i * q + i];
  }
  for (int32_t i = q - 1; i >= 0; i--) {
    for (int32_t k = i + 1; k < q; k++) x[i * stride] -= m[k * q + i] * x[k * stride];
    x[i * stride] /= m[i * q + i];
  }
}

/* log of the determinant of what was factorised */
static double log_determinant(const double *m, int32_t q) {
  double sum = 0;
  for (int32_t i = 0; i < q; i++) sum += 2 * log(m[i * q + i]);
  return sum;
}

/* The determinant of a matrix, which it overwrites, by elimination with pivots. */
static double determinant(double *m, int32_t q) {
  double product = 1;
  for (int32_t k = 0; k < q; k++) {
    int32_t pivot = k;
    for (int32_t i = k + 1; i < q; i++) pivot = fabs(m[i * q + k]) > fabs(m[pivot * q + k]) ? i : pivot;
    if (m[pivot * q + k] == 0) return 0;
    for (int32_t j = k; j < q && pivot != k; j++) {
      const double other = m[k * q + j];
      m[k * q + j] = m[pivot * q + j];
      m[pivot * q + j] = other;
    }
    product *= pivot == k ? m[k * q + k] : -m[k * q + k];
    for (int32_t i = k + 1; i < q; i++) {
      const double by = m[i * q + k] / m[k * q + k];
      for (int32_t j = k + 1; j < q; j++) m[i * q + j] -= by * m[k * q + j];
    }
  }
  return product;
}

/* ---- moments of V ---- */

/* The sums over PSUs of powers of c in a stratum give those of the eigenvalues of its part of V, but for what S takes. */
typedef struct traces {
  double first, second, third;
} traces;

static void add_traces(const ratio *r, const ratio_stratum *h, traces *to) {
  double c = 0, c2 = 0, c3 = 0;
  for (int32_t i = h->first; i < h->first + h->count; i++) {
    const double square = r->c[i] * r->c[i];
    c += r->c[i];
    c2 += square;
    c3 += square * r->c[i];
  }
  const double b = h->factor, by = h->centred ? 1 / h->units : 0;
  to->first += b * c * (1 - by);
  to->second += b * b * (c2 * (1 - 2 * by) + c * c * by * by);
  to->third += b * b * b * (c3 * (1 - 3 * by) + 3 * c2 * c * by * by - c * c * c * by * by * by);
}

/* J at y = 0: sums of products of F and Gamma about the means of their strata. */
static void sum_products(const ratio *r, const space *s) {
  const int32_t wide = 2 * r->sums;
  for (int32_t a = 0; a < wide * wide; a++) s->j[a] = 0;
  for (int32_t h = 0; h < r->strata; h++) {
    const ratio_stratum *at = &r->stratum[h];
    for (int32_t a = 0; a < wide; a++) s->sum[a] = 0;
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      const double *v = s->v + (int64_t)i * wide;
      for (int32_t a = 0; a < wide; a++) {
        s->sum[a] += v[a];
        for (int32_t b = 0; b <= a; b++) s->j[a * wide + b] += at->factor * v[a] * v[b];
      }
    }
    for (int32_t a = 0; a < wide && at->centred; a++) {
      for (int32_t b = 0; b <= a; b++) s->j[a * wide + b] -= at->factor * s->sum[a] * s->sum[b] / at->units;
    }
  }
}

/*
 * With Psi = Phi - Phi sigma sigma' Phi / var S, the covariance of r given S, and g = Phi sigma / var S:
 * mean = tr B diag(c) - tr Phi^-1 J_FF + tr Psi J_GG, own = g' J_GG g.
 */
static void match_moments(ratio *r, const space *s) {
  const int32_t q = r->sums, wide = 2 * q;
  traces t = {0, 0, 0};
  double *g = s->sum, taken = 0, own = 0;
  for (int32_t h = 0; h < r->strata; h++) add_traces(r, &r->stratum[h], &t);
  sum_products(r, s);
  for (int32_t b = 0; b < q; b++) { /* column b of J_FF, solved, has what belongs to the trace in its place b */
    for (int32_t a = 0; a < q; a++) s->k[a * q + b] = s->j[(a > b ? a : b) * wide + (a > b ? b : a)];
    solve(s->cholesky, q, s->k + b, q);
    taken += s->k[b * q + b];
  }
  r->variance = 0;
  for (int32_t a = 0; a < q; a++) {
    g[a] = 0;
    for (int32_t b = 0; b < q; b++) g[a] += r->phi[a * q + b];
    r->variance += g[a];
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      const double gamma = s->j[(q + (a > b ? a : b)) * wide + q + (a > b ? b : a)];
      taken -= (r->phi[a * q + b] - g[a] * g[b] / r->variance) * gamma;
      own += g[a] * g[b] * gamma;
    }
  }
  r->own = own / (r->variance * r->variance);
  r->mean = t.first - taken;
  r->df = t.first * t.first / t.second;
  r->skew = t.third * t.first / (t.second * t.second) - 1;
}

weeg_status weeg_i_ratio_begin(ratio *r, weeg_error *err) {
  const space s = spaces(r);
  const int32_t q = r->sums;
  memcpy(s.cholesky, r->phi, sizeof(double) * (size_t)q * (size_t)q);
  if (!factorise(s.cholesky, q)) return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the sums of a working model are dependent");
  for (int32_t i = 0; i < r->psus; i++) {
    double *f = s.v + (int64_t)i * 2 * q, *gamma = f + q;
    for (int32_t k = 0; k < q; k++) f[k] = gamma[k] = r->f[(int64_t)i * q + k];
    solve(s.cholesky, q, gamma, 1);
    for (int32_t k = 0; k < q; k++) gamma[k] -= r->l[(int64_t)i * q + k];
  }
  match_moments(r, &s);
  return WEEG_OK;
}

/* ---- D(x) ---- */

/* Adds a stratum to J and log D. Written for constants q = 1 and 2, too. */
WEEG_INLINE double add_stratum(const ratio *r, const space *s, const ratio_stratum *h, double y, const int32_t q) {
  const int32_t wide = 2 * q;
  const double by = y * h->factor;
  double inverse = h->units - h->count, product = 1, log_product = 0;
  for (int32_t a = 0; a < wide; a++) s->sum[a] = 0;
  for (int32_t i = h->first; i < h->first + h->count; i++) {
    const double e = 1 + by * r->c[i], part = 1 / e, scaled = part * h->factor, *v = s->v + (int64_t)i * wide;
    inverse += part;
    product *= e;
    if (product > 1e150) {
      log_product += log(product);
      product = 1;
    }
    for (int32_t a = 0; a < wide; a++) {
      s->sum[a] += part * v[a];
      for (int32_t b = 0; b <= a; b++) s->j[a * wide + b] += scaled * v[a] * v[b];
    }
  }
  if (!h->centred) return log_product + log(product);
  for (int32_t a = 0; a < wide; a++) {
    for (int32_t b = 0; b <= a; b++) s->j[a * wide + b] -= h->factor * s->sum[a] * s->sum[b] / inverse;
  }
  return log_product + log(product * (inverse / h->units));
}

/* The last factor of D, which has its sign; *log_rest: the logarithm of the others. NaN: y is too large for doubles. */
static double value(const ratio *r, double x, double tau, double *log_rest) {
  const space s = spaces(r);
  const int32_t q = r->sums, wide = 2 * q;
  const double y = x * tau;
  double log_d = 0;
  for (int32_t a = 0; a < wide * wide; a++) s.j[a] = 0;
  for (int32_t h = 0; h < r->strata; h++) {
    const ratio_stratum *at = &r->stratum[h];
    if (!(at->factor > 0)) continue;
    log_d += q == 1 ? add_stratum(r, &s, at, y, 1) : q == 2 ? add_stratum(r, &s, at, y, 2) : add_stratum(r, &s, at, y, q);
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b <= a; b++) s.a[a * q + b] = r->phi[a * q + b] - y * s.j[a * wide + b];
    for (int32_t b = 0; b < q; b++) s.k[a * q + b] = s.j[(q + b) * wide + a]; /* J_FG */
  }
  if (!factorise(s.a, q)) return NAN;
  *log_rest = log_d + log_determinant(s.a, q) - log_determinant(s.cholesky, q);
  for (int32_t b = 0; b < q; b++) solve(s.a, q, s.k + b, q);
  for (int32_t a = 0; a < q; a++) { /* m = y (J_GG + y J_GF A^-1 J_FG) - x */
    for (int32_t b = 0; b < q; b++) {
      double sum = 0;
      for (int32_t k = 0; k < q; k++) sum += s.j[(q + a) * wide + k] * s.k[k * q + b];
      s.m[a * q + b] = y * (s.j[(q + (a > b ? a : b)) * wide + q + (a > b ? b : a)] + y * sum) - x;
    }
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      double sum = a == b ? 1 : 0;
      for (int32_t k = 0; k < q; k++) sum += r->phi[a * q + k] * s.m[k * q + b];
      s.a[a * q + b] = sum;
    }
  }
  return determinant(s.a, q);
}

/* ---- the tail ---- */

static double total_variance(const ratio *r) {
  double sum = 0;
  for (int32_t k = 0; k < r->sums * r->sums; k++) sum += r->phi[k];
  return sum;
}

/* The smallest positive root of D; NaN: there is none that doubles have, as where S cannot be that large. */
static double smallest_root(const ratio *r, double tau) {
  double low = 0, high = 1 / total_variance(r), at_low = 1, rest = 0;
  double at_high = value(r, high, tau, &rest);
  int steps = 0, side = 0;
  for (; at_high > 0 && steps < MOST_STEPS; steps++) {
    low = high;
    at_low = at_high;
    high *= 1.5;
    at_high = value(r, high, tau, &rest);
  }
  if (!(at_high <= 0)) return NAN;
  for (steps = 0; steps < MOST_STEPS && high - low > 4 * DBL_EPSILON * high; steps++) { /* Illinois */
    double x = (at_low * high - at_high * low) / (at_low - at_high);
    if (!(x > low && x < high)) x = 0.5 * (low + high);
    const double at = value(r, x, tau, &rest);
    if (at == 0) return x;
    if (at > 0) {
      low = x;
      at_low = at;
      if (side == 1) at_high *= 0.5;
      side = 1;
    } else {
      high = x;
      at_high = at;
      if (side == -1) at_low *= 0.5;
      side = -1;
    }
  }
  return 0.5 * (low + high);
}

/* The sum over `points` angles, of which those of a third as many (unless first) were summed before. */
static double sum_angles(const ratio *r, double tau, double root, int points, bool first) {
  const double quarter = 1.57079632679489661923;
  double sum = 0;
  for (int k = 0; k < points; k++) {
    if (!first && k % 3 == 1) continue;
    const double sine = sin((k + 0.5) * quarter / points), s = sine * sine;
    double rest = 0;
    const double last = value(r, root / s, tau, &rest), other = 1 - 1 / s;
    if (!isnan(last)) sum += exp(-0.5 * (rest + log(last / other)));
  }
  return sum;
}

/* ---- many degrees of freedom ---- */

/*
 * By how much of itself the t of a tail at x = t^2 is too large for the skewness of V: a third-order expansion of
 * E P(chi-squared_1 > x V / mean) about the scaled chi-squared variable with the same two moments.
 */
static double skew_shift(const ratio *r, double x) {
  return 2.0 / 3.0 * r->skew / (r->df * r->df) * (x * x / 4 + x / 2 + 0.75);
}

/* About what is left of the error of t: found by comparison with exact values, see tests/core/test_ratio.c. */
static double doubt(const ratio *r, double x) {
  const double tail = fmax(x / 4, 1);
  return (0.5 + (60 + 240 * r->skew) / r->df) / (r->df * r->df) * tail * tail;
}

static const double tolerance = 1e-5;

/* The t of Student's distribution that stands for tau; NaN: V cannot be that small. */
static double student_of(const ratio *r, double tau) {
  const double left = 1 - tau * r->own;
  return left > 0 ? sqrt(tau * r->mean / (r->variance * left)) : NAN;
}

static double tau_of(const ratio *r, double t) { return t * t * r->variance / (r->mean + t * t * r->variance * r->own); }

/* ---- tails and quantiles ---- */

/*
 * Where V has few degrees of freedom the integrand has a kink at an end, an odd power of the angle. The error of the rule then
 * has even powers of the distance between points, of which extrapolation takes the first.
 */
static weeg_status exact_tail(const ratio *r, double tau, double *p, weeg_error *err) {
  const double root = smallest_root(r, tau);
  double sum = 0, last = NAN, last_better = NAN, mean = 0;
  if (!isnan(root)) {
    for (int points = FIRST_POINTS; points <= MOST_POINTS; points *= 3) {
      sum += sum_angles(r, tau, root, points, points == FIRST_POINTS);
      mean = sum / points;
      if (fabs(mean - last) <= 1e-9 * mean) break;
      const double better = mean + (mean - last) / 8;
      last = mean;
      if (fabs(better - last_better) <= 1e-9 * better) {
        mean = better;
        break;
      }
      last_better = better;
    }
  }
  if (isnan(mean)) return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "a p-value was not found");
  *p = fmin(fmax(mean, 0), 1);
  return WEEG_OK;
}

weeg_status weeg_i_ratio_tail(const ratio *r, double tau, double *p, weeg_error *err) {
  const double t = student_of(r, tau), x = t * t;
  /* the error of log p is that of log t times about x */
  if (doubt(r, x) * fmax(x, 1) < 2 * tolerance) return weeg_t_tail(t * (1 + skew_shift(r, x)), r->df, p, err);
  return exact_tail(r, tau, p, err);
}

/* The t > 0 with this p in both tails of Student's t. */
static weeg_status student_quantile(double p, double df, double *t, weeg_error *err) {
  const weeg_status status = weeg_t_quantile(0.5 * p, fmax(df, 0.5), t, err);
  *t = -*t;
  return status;
}

/* Where a straight line through the logarithms of t and p / alpha, `at_low` and `at_high`, has the latter 0. */
static double between(double low, double high, double at_low, double at_high) {
  return exp((at_low * log(high) - at_high * log(low)) / (at_low - at_high));
}

/*
 * The law is nearly that of Student's t with some scale: the next t is that at which it has alpha, at the scale that gives it
 * the p found. Converges in two or three steps as a rule; where p does not approach alpha so, t is searched for.
 */
static weeg_status exact_quantile(const ratio *r, double alpha, double student, double at, double *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double low = 0, high = INFINITY, at_low = INFINITY, at_high = -INFINITY, last = INFINITY;
  for (int k = 0; k < MOST_STEPS; k++) {
    double p = 0, other = 0, next = NAN;
    WEEG_TRY(exact_tail(r, at * at, &p, err));
    const double excess = log(p / alpha);
    if (excess > 0) low = at, at_low = excess;
    else high = at, at_high = excess;
    if (fabs(p / alpha - 1) < 1e-9 || high - low < 1e-12 * high) break;
    if (p > 1e-14 && fabs(excess) < 0.5 * last) {
      WEEG_TRY(student_quantile(p, r->df, &other, err));
      if (other > 0) next = at * student / other;
    } else if (k % 2 == 0) {
      next = between(low, high, at_low, at_high);
    }
    if (!(next > low && next < high)) next = isfinite(high) ? 0.5 * (low + high) : 2 * at;
    last = fabs(excess);
    at = next;
  }
  *t = at;
cleanup:
  return status;
}

weeg_status weeg_i_ratio_quantile(const ratio *r, double alpha, double *t, weeg_error *err) {
  double student = 0;
  const weeg_status status = student_quantile(alpha, r->df, &student, err);
  if (status != WEEG_OK) return status;
  const double at = sqrt(tau_of(r, student)) * (1 - skew_shift(r, student * student));
  if (doubt(r, student * student) >= tolerance) {
    return exact_quantile(r, alpha, student, at > 0.5 * student ? at : student, t, err);
  }
  *t = at;
  return WEEG_OK;
}
