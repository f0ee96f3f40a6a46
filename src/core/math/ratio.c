/*
 * The law of S^2 / V. See ratio.h; Hansen (2021), "The exact distribution of the White t-ratio", is about the same ratio for
 * regressions. D has two parts that are functions of y = x tau alone, D(x) = G(y) (1 - x h(y)), so that x0 = y0 / tau where
 * y0 h(y0) = tau:
 *
 *     E_i = 1 + y factor c_i, Gamma = F Phi^-1 - L
 *     J_AB = sum_h factor_h [sum A_i B_i'/E_i - (sum A_i/E_i)(sum B_i/E_i)' / sum(1/E_i)]
 *     A = Phi - y J_FF, M = y (J_GG + y J_GF A^-1 J_FG), Phi = K K'
 *     G = prod E_i  prod_h mean_h(1/E_i)  |A| / |Phi|  |I + K'M K|,  h = sigma'K (I + K'M K)^-1 K'sigma
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/ratio.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "math/ratio_space.h"
#include "math/student.h"

typedef ratio_space space;

enum { MOST_POINTS = 1000, MOST_STEPS = 200, TERMS = WEEG_TERMS };


/* As many as quads have. */
static int64_t rows_of(int32_t psus) { return ((int64_t)psus + 3) / 4 * 4; }

static space spaces(const ratio *r) {
  const int64_t q = r->sums, wide = 2 * q;
  space s = {.rows = rows_of(r->psus), .c = r->scratch};
  s.by = s.c + s.rows;
  s.part = s.by + s.rows;
  s.v = s.part + s.rows;
  s.j = s.v + s.rows * wide;
  s.sum = s.j + wide * wide;
  s.a = s.sum + wide;
  s.k = s.a + q * q;
  s.m = s.k + q * q;
  s.cholesky = s.m + q * q;
  s.terms = s.cholesky + q * q;
  s.strata = s.terms + TERMS * wide * wide;
  return s;
}

int64_t weeg_i_ratio_scratch(int32_t psus, int32_t sums) {
  const int64_t q = sums;
  return rows_of(psus) * (3 + 2 * q) + (8 + 4 * TERMS) * q * q + 2 * q + WEEG_STRATA_BLOCK * (15 + TERMS * 2 * q);
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

/* x = T^-1 x of what was factorised to T, x[q] with a stride. */
static void solve_half(const double *m, int32_t q, double *x, int32_t stride) {
  for (int32_t i = 0; i < q; i++) {
    for (int32_t k = 0; k < i; k++) x[i * stride] -= m[i * q + k] * x[k * stride];
    x[i * stride] /= m[i * q + i];
  }
}

/* x = m^-1 x, m factorised. */
static void solve(const double *m, int32_t q, double *x, int32_t stride) {
  solve_half(m, q, x, stride);
  for (int32_t i = q - 1; i >= 0; i--) {
    for (int32_t k = i + 1; k < q; k++) x[i * stride] -= m[k * q + i] * x[k * stride];
    x[i * stride] /= m[i * q + i];
  }
}

/* ---- moments of V ---- */

/*
 * With Psi = Phi - Phi sigma sigma' Phi / var S, the covariance of r given S, and g = Phi sigma / var S:
 * mean = tr B diag(c) - tr Phi^-1 J_FF + tr Psi J_GG, own = g' J_GG g.
 */
static void match_moments(ratio *r, const space *s, const double *traces) {
  const int32_t q = r->sums, wide = 2 * q;
  double *g = s->sum, taken = 0, own = 0;
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
  r->mean = traces[0] - taken;
  r->df = traces[0] * traces[0] / traces[1];
  r->skew = traces[2] * traces[0] / (traces[1] * traces[1]) - 1;
}

/* Phi^-1 into s->k, from its factor. */
static void invert(const space *s, int32_t q) {
  for (int32_t b = 0; b < q; b++) {
    for (int32_t a = 0; a < q; a++) s->k[a * q + b] = a == b ? 1 : 0;
    solve(s->cholesky, q, s->k + b, q);
  }
}

static void need_columns(ratio *r, const space *s) {
  if (r->has_columns) return;
  r->has_columns = true;
  invert(s, r->sums);
  weeg_i_ratio_fill_columns(r, s);
}

/* The factor of phi and its inverse. */
static weeg_status begin(ratio *r, const space *s, weeg_error *err) {
  const int32_t q = r->sums;
  r->has_terms = r->has_columns = false;
  r->root = 0;
  memcpy(s->cholesky, r->phi, sizeof(double) * (size_t)q * (size_t)q);
  if (!factorise(s->cholesky, q)) return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "the sums of a working model are dependent");
  invert(s, q);
  return WEEG_OK;
}

weeg_status weeg_i_ratio_begin(ratio *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const space s = spaces(r);
  double traces[3];
  WEEG_TRY(begin(r, &s, err));
  need_columns(r, &s);
  r->largest = r->total = 0;
  for (int64_t i = 0; i < r->psus; i++) {
    r->largest = s.c[i] > r->largest ? s.c[i] : r->largest;
    r->total += s.c[i];
  }
  weeg_i_ratio_begin_sums(r, &s, traces);
  match_moments(r, &s, traces);
cleanup:
  return status;
}

/* From columns (F, L) to (F, Gamma), Gamma = F Phi^-1 - L, of the lower triangle j. */
static void change_columns(const space *s, int32_t q, double *j) {
  const int32_t wide = 2 * q;
  double *fg = s->a, *lg = s->m; /* J_FG, J_LG */
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      fg[a * q + b] = -j[(q + b) * wide + a];
      lg[a * q + b] = -j[(q + (a > b ? a : b)) * wide + q + (a > b ? b : a)];
      for (int32_t d = 0; d < q; d++) {
        fg[a * q + b] += j[(a > d ? a : d) * wide + (a > d ? d : a)] * s->k[d * q + b];
        lg[a * q + b] += j[(q + a) * wide + d] * s->k[d * q + b];
      }
    }
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) j[(q + b) * wide + a] = fg[a * q + b];
    for (int32_t b = 0; b <= a; b++) {
      double sum = -lg[a * q + b];
      for (int32_t d = 0; d < q; d++) sum += s->k[a * q + d] * fg[d * q + b];
      j[(q + a) * wide + q + b] = sum;
    }
  }
}

weeg_status weeg_i_ratio_begin_by(ratio *r, const ratio_sums *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const space s = spaces(r);
  const int32_t wide = 2 * r->sums;
  WEEG_TRY(begin(r, &s, err));
  r->largest = of->largest;
  r->total = of->total;
  memcpy(s.j, of->j, sizeof(double) * (size_t)(wide * wide));
  change_columns(&s, r->sums, s.j);
  match_moments(r, &s, of->traces);
cleanup:
  return status;
}

static double doubt_at(const ratio *r, double y) {
  return 0.5 * weeg_i_ratio_terms_doubt(&r->terms, y / (1 + y * r->terms.mean));
}

/* ---- D(x) ---- */

/* h, and G but for factors of PSUs and strata, from J at y; false: y is too large for doubles. Of one sum. */
static bool combine_1(const ratio *r, const space *s, double y, double *at_h, double *g) {
  const double *j = s->j, phi = r->phi[0], a = phi - y * j[0], m = y * (j[3] + y * j[2] * j[2] / a), of_m = 1 + phi * m;
  *at_h = phi / of_m;
  *g = a / phi * of_m;
  return a > 0 && of_m > 0;
}

/* Of two: |I + Phi M| = 1 + tr Phi M + |Phi| |M|, h = (var S + |Phi| (1, -1) M (1, -1)') / |I + Phi M| */
static bool combine_2(const ratio *r, const space *s, double y, double *at_h, double *g) {
  const double *j = s->j, *phi = r->phi, *k = s->cholesky;
  const double of_phi = k[0] * k[0] * k[3] * k[3], a0 = phi[0] - y * j[0], a1 = phi[2] - y * j[4], a2 = phi[3] - y * j[5];
  const double of_a = a0 * a2 - a1 * a1, part = 1 / of_a;
  const double u0 = part * (a2 * j[8] - a1 * j[9]), u1 = part * (a0 * j[9] - a1 * j[8]); /* A^-1 J_FG */
  const double v0 = part * (a2 * j[12] - a1 * j[13]), v1 = part * (a0 * j[13] - a1 * j[12]);
  const double m0 = y * (j[10] + y * (j[8] * u0 + j[9] * u1)), m1 = y * (j[14] + y * (j[12] * u0 + j[13] * u1));
  const double m2 = y * (j[15] + y * (j[12] * v0 + j[13] * v1));
  const double of_m = 1 + phi[0] * m0 + 2 * phi[2] * m1 + phi[3] * m2 + of_phi * (m0 * m2 - m1 * m1);
  *at_h = (r->variance + of_phi * (m0 + m2 - 2 * m1)) / of_m;
  *g = of_a / of_phi * of_m;
  return a0 > 0 && of_a > 0 && of_m > 0;
}

/* Of any number. */
static bool combine_more(const ratio *r, const space *at, double y, double *at_h, double *g) {
  const space s = *at;
  const int32_t q = r->sums, wide = 2 * q;
  double product = 1;
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b <= a; b++) s.a[a * q + b] = r->phi[a * q + b] - y * s.j[a * wide + b];
    for (int32_t b = 0; b < q; b++) s.k[a * q + b] = s.j[(q + b) * wide + a]; /* J_FG */
  }
  if (!factorise(s.a, q)) return false;
  for (int32_t k = 0; k < q; k++) product *= s.a[k * q + k] / s.cholesky[k * q + k];
  for (int32_t b = 0; b < q; b++) solve_half(s.a, q, s.k + b, q);
  for (int32_t a = 0; a < q; a++) { /* M */
    for (int32_t b = 0; b <= a; b++) {
      double sum = 0;
      for (int32_t k = 0; k < q; k++) sum += s.k[k * q + a] * s.k[k * q + b];
      s.m[a * q + b] = s.m[b * q + a] = y * (s.j[(q + a) * wide + q + b] + y * sum);
    }
  }
  for (int32_t a = 0; a < q; a++) { /* M K */
    for (int32_t b = 0; b < q; b++) {
      double sum = 0;
      for (int32_t k = b; k < q; k++) sum += s.m[a * q + k] * s.cholesky[k * q + b];
      s.k[a * q + b] = sum;
    }
  }
  for (int32_t a = 0; a < q; a++) { /* I + K'M K; K'sigma */
    s.sum[a] = 0;
    for (int32_t k = a; k < q; k++) s.sum[a] += s.cholesky[k * q + a];
    for (int32_t b = 0; b <= a; b++) {
      double sum = a == b ? 1 : 0;
      for (int32_t k = a; k < q; k++) sum += s.cholesky[k * q + a] * s.k[k * q + b];
      s.a[a * q + b] = sum;
    }
  }
  if (!factorise(s.a, q)) return false;
  solve_half(s.a, q, s.sum, 1);
  *at_h = 0;
  for (int32_t k = 0; k < q; k++) {
    product *= s.a[k * q + k];
    *at_h += s.sum[k] * s.sum[k];
  }
  *g = product * product;
  return true;
}

/* h and log G at y; false: y is too large for doubles. */
static bool evaluate(const ratio *r, bool by_terms, double y, double *at_h, double *log_g) {
  const space s = spaces(r);
  double g = 0;
  *log_g = by_terms ? weeg_i_ratio_sum_terms(r, &s, y) : weeg_i_ratio_sum_psus(r, &s, y);
  if (r->sums == 1 ? !combine_1(r, &s, y, at_h, &g)
                   : r->sums == 2 ? !combine_2(r, &s, y, at_h, &g) : !combine_more(r, &s, y, at_h, &g)) {
    return false;
  }
  *log_g += log(g);
  return true;
}

/* ---- the tail ---- */

/* h is nearly variance / (1 + y own variance): y h(y) = tau, where there is such a y */
static double nearly_root(const ratio *r, double tau) {
  return tau * r->own < 0.9 ? tau / (r->variance * (1 - tau * r->own)) : tau / r->variance;
}

/*
 * y with y h(y) = tau, which rises with y, as the root of the convex function y - tau / h(y); NaN: there is none that
 * doubles have, as where S cannot be that large. The last step of the secant method, of less than 1e-8, has all digits. A root
 * that was found before says where this one is, and if it is not the same, h there.
 */
static double find_root(const ratio *r, bool by_terms, double tau) {
  const double beyond = 1e10 * tau / r->variance; /* where rounding errors of h are no longer small */
  const double by = r->root > 0 ? tau / r->root_tau : 0;
  double low = 0, high = INFINITY, before = 0, at_before = -tau / r->variance, y = nearly_root(r, tau);
  if (by > 0.5 && by < 2) y *= r->root / nearly_root(r, r->root_tau);
  if (by > 0.5 && by < 2 && by_terms == r->root_by_terms && fabs(by - 1) > 1e-4) {
    before = r->root;
    at_before = before * (1 - by);
  }
  for (int steps = 0; steps < MOST_STEPS; steps++) {
    double h = 0, log_g = 0;
    if (!(y < beyond) || !evaluate(r, by_terms, y, &h, &log_g)) return NAN;
    const double at = y - tau / h;
    if (fabs(at) <= 1e-15 * y) return y;
    *(at < 0 ? &low : &high) = y;
    double next = y - at * (y - before) / (at - at_before);
    if (!(next > low && next < high)) next = isfinite(high) ? 0.5 * (low + high) : 2 * y;
    if (fabs(next - y) < 1e-8 * y) return next;
    before = y;
    at_before = at;
    y = next;
  }
  return NAN;
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

static const double tolerance = 1e-5, terms_tolerance = 3e-6;

/* How a tail is summed: with an error of exp(-close) of itself, and that of terms. */
typedef struct tail_rule {
  bool by_terms;
  double close;
} tail_rule;

static const tail_rule exact = {false, 23}, of_terms = {true, 23};

/* The t of Student's distribution that stands for tau; NaN: V cannot be that small. */
static double student_of(const ratio *r, double tau) {
  const double left = 1 - tau * r->own;
  return left > 0 ? sqrt(tau * r->mean / (r->variance * left)) : NAN;
}

static double tau_of(const ratio *r, double t) { return t * t * r->variance / (r->mean + t * t * r->variance * r->own); }

/* ---- tails and quantiles ---- */

/*
 * A step with which the sum over z below has an error of exp(-close) of its largest part: the least of exp(-2 pi b / step)
 * max |f(a + ib)| / f(0) over strips of half a width b. By PSU that maximum is not above cos(b)^-w, w = c (1 / largest + y0)
 * / (1 + c y0), and beyond b = pi / 4 not above (sin 2b)^(-1/2) times that; a mean c stands for all, in which w is concave.
 */
static double step_of(const ratio *r, double root, double close, double *half) {
  static const double strip[][3] = {/* b, -log cos b, -log(sin 2b) / 2 or 0 */
                                    {0.1, 0.005008, 0},        {0.2, 0.020135, 0},        {0.3, 0.045692, 0},
                                    {0.4, 0.082229, 0},        {0.55, 0.159553, 0},       {0.7, 0.268086, 0},
                                    {0.785, 0.346176, 0},      {0.9, 0.475442, 0.013250}, {1.0, 0.615626, 0.047542},
                                    {1.1, 0.790548, 0.106290}, {1.2, 1.015123, 0.196178}, {1.3, 1.318640, 0.331308}};
  const double pi = 3.14159265358979323846, mean = r->total / r->psus;
  const double width = r->total * (1 / r->largest + root) / (1 + mean * root);
  double step = 0;
  for (size_t k = 0; k < sizeof strip / sizeof *strip; k++) {
    const double own = 2 * pi * strip[k][0] / (close + width * strip[k][1] + r->psus * strip[k][2]);
    if (own > step) step = own, *half = strip[k][0];
  }
  return step;
}

/*
 * In v, the cotangent of the angle, 1 / s = 1 + v^2, the integrand has its singularities where E is 0, on the imaginary axis,
 * and a pole at v = i, of which the residue is known, as D(0) = 1. With v = edge sinh z, +-edge i being the first of the former,
 * they are where the imaginary part of z is pi / 2 or more. There the sum over equal steps converges geometrically, whatever
 * degrees of freedom V has.
 */
static double sum_line(const ratio *r, const tail_rule *rule, double tau, double root, double *doubt) {
  const double pi = 3.14159265358979323846, edge = sqrt(1 + 1 / (r->largest * root)), pole = asin(1 / edge);
  double sum = 0, unsure = 0, part = INFINITY, half = 0;
  const double step = step_of(r, root, rule->close, &half), least = 0.1 * exp(-rule->close);
  for (int k = 0; k < MOST_POINTS && part > least * sum; k++) {
    const double e = exp((k + 0.5) * step), v = 0.5 * edge * (e - 1 / e), dv = 0.5 * edge * (e + 1 / e);
    const double y = root * (1 + v * v);
    double h = 0, log_g = 0;
    part = evaluate(r, rule->by_terms, y, &h, &log_g) ? exp(-0.5 * log_g) * v / sqrt(y / tau * h - 1) / (1 + v * v) * dv : 0;
    sum += part;
    if (!rule->by_terms) continue;
    unsure += part * doubt_at(r, y); /* its mean rises, as terms are ever less sure */
    if (!(unsure < terms_tolerance * sum)) break;
  }
  *doubt = unsure / sum;
  return 2 / pi * step * sum + (pole < half ? 2 / (exp(2 * pi / step * pole) + 1) : 0);
}

/* doubt: about the relative error that terms make. */
static weeg_status sum_tail(ratio *r, const tail_rule *rule, double tau, double *p, double *doubt, weeg_error *err) {
  const space s = spaces(r);
  const bool by_terms = rule->by_terms;
  if (!by_terms) need_columns(r, &s);
  const double root = find_root(r, by_terms, tau), tail = isnan(root) ? 0 : sum_line(r, rule, tau, root, doubt);
  if (isnan(root)) *doubt = by_terms ? INFINITY : 0;
  if (isnan(tail) && !by_terms) return weeg_fail(err, WEEG_ERR_NUMERIC, -1, "a p-value was not found");
  *p = fmin(fmax(tail, 0), 1);
  if (isnan(root)) return WEEG_OK;
  r->root = root;
  r->root_tau = tau;
  r->root_by_terms = by_terms;
  return WEEG_OK;
}

/* Whether terms may do near tau, where the doubt is less than on the rest of the line. */
static bool may_use_terms(ratio *r, double tau) {
  const double left = 1 - tau * r->own;
  if (!r->has_terms) {
    const space s = spaces(r);
    need_columns(r, &s);
    invert(&s, r->sums);
    weeg_i_ratio_find_terms(r, &s, s.k);
  }
  return left > 0 && doubt_at(r, tau / (r->variance * left)) < 0.2 * terms_tolerance;
}

weeg_status weeg_i_ratio_tail(ratio *r, double tau, double *p, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double t = student_of(r, tau), x = t * t;
  double uncertain = INFINITY;
  /* the error of log p is that of log t times about x */
  if (!isnan(t) && doubt(r, x) * fmax(x, 1) < 2 * tolerance) return weeg_t_tail(t * (1 + skew_shift(r, x)), r->df, p, err);
  if (may_use_terms(r, tau)) WEEG_TRY(sum_tail(r, &of_terms, tau, p, &uncertain, err));
  if (!(uncertain < terms_tolerance)) WEEG_TRY(sum_tail(r, &exact, tau, p, &uncertain, err));
cleanup:
  return status;
}

/* Where a straight line through the logarithms of t and p / alpha, `at_low` and `at_high`, has the latter 0. */
static double between(double low, double high, double at_low, double at_high) {
  return exp((at_low * log(high) - at_high * log(low)) / (at_low - at_high));
}

/*
 * The law is nearly that of Student's t with some scale: the logarithm of how much wider it is at the p found is nearly a
 * straight line in that of t. It is followed to where it has alpha, in two or three steps as a rule, the last of which needs no
 * check; where p does not approach alpha so, t is searched for.
 */
static weeg_status find_quantile(ratio *r, const tail_rule *rule, double alpha, const student_line *line, double at, double *t,
                                 double *uncertain, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double low = 0, high = INFINITY, at_low = INFINITY, at_high = -INFINITY, last = INFINITY, before = NAN, last_wider = NAN;
  const tail_rule roughly = {rule->by_terms, line->slope > 0.5 ? 16 : rule->close}; /* the first, which another follows */
  bool found = false;
  for (int k = 0; k < MOST_STEPS && !found; k++) {
    double p = 0, wider = NAN, next = NAN;
    WEEG_TRY(sum_tail(r, k == 0 ? &roughly : rule, at * at, &p, uncertain, err));
    if (rule->by_terms && !(*uncertain < terms_tolerance)) break;
    const double excess = log(p / alpha);
    if (excess > 0) low = at, at_low = excess;
    else high = at, at_high = excess;
    if ((k > 0 && fabs(p / alpha - 1) < 1e-9) || high - low < 1e-12 * high) break;
    if (fabs(excess) < fmin(0.5 * last, 0.5)) {
      wider = weeg_i_student_width(line, excess);
      next = isnan(last_wider) ? at * exp(-wider) : at * pow(at / before, wider / (last_wider - wider));
    } else if (k % 2 == 0) {
      next = between(low, high, at_low, at_high);
    }
    found = fabs(wider * last_wider) < 1e-9 && fabs(wider) < 1e-4;
    if (!(next > low && next < high)) {
      next = isfinite(high) ? 0.5 * (low + high) : 2 * at;
      found = false;
    }
    last = fabs(excess);
    before = at;
    last_wider = wider;
    at = next;
  }
  *t = at;
cleanup:
  return status;
}

weeg_status weeg_i_ratio_quantile(ratio *r, double alpha, double *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double uncertain = INFINITY;
  student_line line = {0};
  WEEG_TRY(weeg_i_student_line(alpha, fmax(r->df, 0.5), &line, err));
  const double student = line.t, at = sqrt(tau_of(r, student)) * (1 - skew_shift(r, student * student));
  const double start = at > 0.5 * student ? at : student;
  *t = at;
  if (doubt(r, student * student) < tolerance) goto cleanup;
  if (may_use_terms(r, start * start)) WEEG_TRY(find_quantile(r, &of_terms, alpha, &line, start, t, &uncertain, err));
  if (!(uncertain < terms_tolerance)) WEEG_TRY(find_quantile(r, &exact, alpha, &line, start, t, &uncertain, err));
cleanup:
  return status;
}
