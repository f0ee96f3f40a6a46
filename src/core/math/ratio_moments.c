/*
 * With X_i = (F_i, L_i), of which the first columns are C_i, and x = -y factor, a stratum of m units has
 *
 *     J_XX = factor [sum_i sum_n x^n X_i'C_i^n X_i - A'B^-1 A / m],  A = sum_n x^n sum_i C_i^n X_i,  B = I + sum_n x^n S_n / m
 *     log det = -sum_n x^n tr S_n / n + log |B|,  S_n = sum_i C_i^n
 *
 * or the first parts alone where deviations are from 0; series are multiplied and inverted by their terms.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/ratio_moments.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/vector.h"

enum { TERMS = WEEG_TERMS };

/* Sums over all strata, and over one. Matrices of `order` rows have `columns` of X: those of F, and those of L that are not 0. */
typedef struct space {
  int32_t k, columns;
  int32_t *l_column;       /* [columns - sums] */
  double *all;             /* the numbers: one allocation */
  double *x[TERMS];        /* [k * columns] C^n X of a PSU */
  double *sum[TERMS];      /* [k * columns] A_n, of which the first columns are S_(n + 1) */
  double *inverse[TERMS + 1]; /* [k * k] of B */
  double *solved;          /* [k * columns] a term of B^-1 A */
  double *j[TERMS];        /* [columns * columns] the lower triangles of J_XX */
  double last;             /* the trace of S_(TERMS + 1) */
  double log_det[TERMS + 2];
} space;

static void clear_space(space *s) {
  weeg_free(s->l_column);
  weeg_free(s->all);
}

static weeg_status make_space(space *s, const ratio_matrix *r, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t k = r->order, q = r->sums;
  s->k = r->order;
  s->columns = r->sums;
  WEEG_NEW(s->l_column, q);
  for (int32_t b = 0; b < q; b++) {
    bool zero = true;
    for (int64_t e = b; e < r->psus * k * q && zero; e += q) zero = r->l[e] == 0;
    if (!zero) s->l_column[s->columns++ - q] = b;
  }
  const int64_t size = k * s->columns, square = (int64_t)s->columns * s->columns;
  WEEG_NEW(s->all, TERMS * (2 * size + square) + (TERMS + 1) * k * k + size);
  double *next = s->all;
  for (int n = 0; n < TERMS; n++, next += size) s->x[n] = next;
  for (int n = 0; n < TERMS; n++, next += size) s->sum[n] = next;
  for (int n = 0; n <= TERMS; n++, next += k * k) s->inverse[n] = next;
  for (int n = 0; n < TERMS; n++, next += square) s->j[n] = next;
  s->solved = next;
cleanup:
  return status;
}

/* ---- matrices ---- */

/* to[rows * columns] += by x[rows * inner] y[inner * columns], rows of x `stride` apart */
static void add_product(double by, const double *x, int32_t stride, const double *y, int32_t k, int32_t columns, double *to) {
  for (int32_t a = 0; a < k; a++) {
    for (int32_t e = 0; e < k; e++) {
      const double part = by * x[a * stride + e];
      WEEG_VECTORISED
      for (int32_t b = 0; b < columns; b++) to[a * columns + b] += part * y[e * columns + b];
    }
  }
}

/* The lower triangle of to[columns * columns] += by x'y, of k rows */
static void add_cross(double by, const double *x, const double *y, int32_t k, int32_t columns, double *to) {
  for (int32_t e = 0; e < k; e++) {
    for (int32_t a = 0; a < columns; a++) {
      const double part = by * x[e * columns + a];
      WEEG_VECTORISED
      for (int32_t b = 0; b <= a; b++) to[a * columns + b] += part * y[e * columns + b];
    }
  }
}

/* The trace of x y, rows `stride` apart; the second is symmetric. */
static double trace_of_product(const double *x, int32_t x_stride, const double *y, int32_t y_stride, int32_t k) {
  double sum = 0;
  for (int32_t a = 0; a < k; a++) {
    for (int32_t b = 0; b < k; b++) sum += x[a * x_stride + b] * y[a * y_stride + b];
  }
  return sum;
}

static double trace_of(const double *x, int32_t stride, int32_t k) {
  double sum = 0;
  for (int32_t a = 0; a < k; a++) sum += x[a * stride + a];
  return sum;
}

/* ---- sums ---- */

static void add_psu(space *s, const ratio_matrix *r, int64_t i, double factor) {
  const int32_t k = s->k, q = r->sums, columns = s->columns;
  const double *c = r->c + i * k * k, *f = r->f + i * k * q, *l = r->l + i * k * q;
  for (int32_t a = 0; a < k; a++) {
    for (int32_t b = 0; b < q; b++) s->x[0][a * columns + b] = f[a * q + b];
    for (int32_t b = q; b < columns; b++) s->x[0][a * columns + b] = l[a * q + s->l_column[b - q]];
  }
  double by = factor;
  for (int n = 0; n < TERMS; n++, by *= -factor) {
    if (n > 0) {
      memset(s->x[n], 0, sizeof(double) * (size_t)(k * columns));
      add_product(1, c, k, s->x[n - 1], k, columns, s->x[n]);
    }
    for (int32_t e = 0; e < k * columns; e++) s->sum[n][e] += s->x[n][e];
    add_cross(by, s->x[n / 2], s->x[n - n / 2], k, columns, s->j[n]);
  }
  s->last += trace_of_product(s->x[TERMS / 2 - 1], columns, s->x[TERMS - TERMS / 2], columns, k);
}

/* B^-1, of which term n is -sum_(i > 0) B_i times term n - i. */
static void invert(space *s, double share) {
  const int32_t k = s->k;
  for (int n = 0; n <= TERMS; n++) {
    memset(s->inverse[n], 0, sizeof(double) * (size_t)(k * k));
    for (int32_t a = 0; a < k && n == 0; a++) s->inverse[0][a * k + a] = 1;
    for (int i = 1; i <= n; i++) add_product(-share, s->sum[i - 1], s->columns, s->inverse[n - i], k, k, s->inverse[n]);
  }
}

/* A stratum's terms, once its PSUs are summed. share: 1 / m, or 0. */
static void add_stratum(space *s, double factor, double share) {
  const int32_t k = s->k, columns = s->columns;
  double by = -factor;
  if (share > 0) invert(s, share);
  for (int n = 1; n <= TERMS + 1; n++, by *= -factor) {
    const double trace = n <= TERMS ? trace_of(s->sum[n - 1], columns, k) : s->last;
    double log_det = -trace + n * share * trace; /* times n */
    for (int i = 1; i < n && share > 0; i++) {
      log_det += i * share * trace_of_product(s->inverse[n - i], k, s->sum[i - 1], columns, k);
    }
    s->log_det[n] += by * log_det / n;
  }
  by = -factor * share;
  for (int n = 0; n < TERMS && share > 0; n++, by *= -factor) { /* term n of B^-1 A, with all terms of A */
    memset(s->solved, 0, sizeof(double) * (size_t)(k * columns));
    for (int i = 0; i <= n; i++) add_product(1, s->inverse[i], k, s->sum[n - i], k, columns, s->solved);
    double own = by;
    for (int i = 0; n + i < TERMS; i++, own *= -factor) add_cross(own, s->sum[i], s->solved, k, columns, s->j[n + i]);
  }
}

static void sum_strata(space *s, const ratio_matrix *r) {
  for (int32_t h = 0; h < r->strata; h++) {
    const ratio_stratum *at = &r->stratum[h];
    if (!(at->factor > 0)) continue;
    memset(s->sum[0], 0, sizeof(double) * (size_t)(TERMS * s->k * s->columns));
    s->last = 0;
    for (int64_t i = at->first; i < at->first + at->count; i++) add_psu(s, r, i, at->factor);
    add_stratum(s, at->factor, at->centred ? 1 / at->units : 0);
  }
}

/* ---- series ---- */

/* J of F and Gamma = F Phi^-1 - L from that of X: to[wide * wide] = M'J M, M the columns of these in those of X. */
static void change_columns(const space *s, const ratio_matrix *r, const double *inverse_phi, const double *j, double *half,
                           double *to) {
  const int32_t q = r->sums, wide = 2 * q, columns = s->columns;
  for (int32_t a = 0; a < columns; a++) {
    for (int32_t b = 0; b < q; b++) {
      half[a * wide + b] = j[(a > b ? a : b) * columns + (a > b ? b : a)];
      half[a * wide + q + b] = 0;
      for (int32_t d = 0; d < q; d++) {
        half[a * wide + q + b] += j[(a > d ? a : d) * columns + (a > d ? d : a)] * inverse_phi[d * q + b];
      }
    }
    for (int32_t d = q; d < columns; d++) {
      half[a * wide + q + s->l_column[d - q]] -= j[(a > d ? a : d) * columns + (a > d ? d : a)];
    }
  }
  for (int32_t b = 0; b < wide; b++) {
    for (int32_t a = 0; a < q; a++) {
      to[a * wide + b] = half[a * wide + b];
      to[(q + a) * wide + b] = 0;
      for (int32_t d = 0; d < q; d++) to[(q + a) * wide + b] += inverse_phi[a * q + d] * half[d * wide + b];
    }
    for (int32_t d = q; d < columns; d++) to[(q + s->l_column[d - q]) * wide + b] -= half[d * wide + b];
  }
}

static double leverage_of(const ratio_moments *m, const ratio_matrix *r, const double *inverse_phi) {
  const int32_t q = r->sums, wide = m->wide;
  double sum = 0;
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      sum += inverse_phi[a * q + b] * m->j[a * wide + b] + r->phi[a * q + b] * m->j[(q + a) * wide + q + b];
    }
  }
  return sum;
}

/* Terms of w from those of y. scratch[columns * wide] */
static void settle(ratio_moments *m, space *s, const ratio_matrix *r, const double *inverse_phi, double *scratch) {
  const int64_t size = (int64_t)m->wide * m->wide;
  weeg_i_ratio_terms_make(&m->terms, s->log_det, s->j[0], (int64_t)s->columns * s->columns);
  for (int n = 0; n < TERMS; n++) change_columns(s, r, inverse_phi, s->j[n], scratch, m->j + n * size);
  m->terms.leverage = leverage_of(m, r, inverse_phi);
}

weeg_status weeg_i_ratio_moments_make(ratio_moments *m, const ratio_matrix *r, const double *inverse_phi, weeg_error *err) {
  weeg_status status = WEEG_OK;
  space s = {0};
  double *scratch = NULL;
  *m = (ratio_moments){.wide = 2 * r->sums};
  WEEG_TRY(make_space(&s, r, err));
  WEEG_NEW(m->j, TERMS * (int64_t)m->wide * m->wide);
  WEEG_NEW(scratch, (int64_t)s.columns * m->wide);
  sum_strata(&s, r);
  settle(m, &s, r, inverse_phi, scratch);
cleanup:
  clear_space(&s);
  weeg_free(scratch);
  return status;
}

void weeg_i_ratio_moments_clear(ratio_moments *m) {
  weeg_free(m->j);
  *m = (ratio_moments){0};
}

double complex weeg_i_ratio_moments_at(const ratio_moments *m, double complex y, double complex *j) {
  const double complex part = 1 / (1 + y * m->terms.mean), w = y * part;
  const int64_t size = (int64_t)m->wide * m->wide;
  double complex log_det = 0;
  for (int n = TERMS + 1; n > 2; n--) log_det = log_det * w + m->terms.log_term[n];
  for (int32_t a = 0; a < m->wide; a++) {
    for (int64_t e = (int64_t)a * m->wide; e <= (int64_t)a * m->wide + a; e++) {
      double complex sum = 0;
      for (int n = TERMS - 1; n >= 0; n--) sum = sum * w + m->j[n * size + e];
      j[e] = part * sum;
    }
  }
  return m->terms.df * clog(1 + y * m->terms.mean) + w * w * w * log_det;
}

double weeg_i_ratio_moments_doubt(const ratio_moments *m, double complex y) {
  return weeg_i_ratio_terms_doubt(&m->terms, cabs(y / (1 + y * m->terms.mean)));
}
