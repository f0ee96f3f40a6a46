/*
 * Sums over PSUs by the first terms of their series in -y. With c of a PSU times its stratum's factor, and X = (F, Gamma) times
 * the root of that, a stratum of m units has
 *
 *     J_XX = sum_n (-y)^n sum_i c_i^n X_i X_i' - A A' / (m B),  A = sum_n (-y)^n sum_i c_i^n X_i
 *     log det = -sum_n (-y)^n S_n / n + log B,  B = 1 + sum_n (-y)^n S_n / m,  S_n = sum_i c_i^n
 *
 * or the first parts alone where deviations are from 0. Products are summed over all PSUs, column by column, and what is known
 * of strata over blocks of these.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "math/ratio_space.h"

enum { TERMS = WEEG_TERMS, BLOCK = WEEG_STRATA_BLOCK, CHUNK = 64, POWERS = WEEG_TERMS + 1 };

/* Columns of a number per stratum, in s->strata. */
typedef struct block {
  int32_t count;
  double *share;              /* 1 / m */
  double *power[POWERS + 1];  /* S_n, from 1 on, one after another */
  double *inverse[TERMS + 1]; /* terms of 1 / B */
  double *solved[TERMS];      /* of A / (m B), for a column */
  double *a;                  /* [TERMS][wide] A */
} block;

static block block_of(const ratio_space *s) {
  block b = {.share = s->strata};
  double *next = b.share + BLOCK;
  for (int n = 1; n <= POWERS; n++, next += BLOCK) b.power[n] = next;
  for (int n = 0; n <= TERMS; n++, next += BLOCK) b.inverse[n] = next;
  for (int n = 0; n < TERMS; n++, next += BLOCK) b.solved[n] = next;
  b.a = next;
  return b;
}

static const double *column_of(const ratio_space *s, int32_t a) { return s->v + a * s->rows; }

/* ---- products ---- */

/* to[0], to[size], .. += sum power_n x y, for the first term or for all; count is whole quads */
WEEG_INLINE void add_product(const double *x, const double *y, double power[][CHUNK], int64_t count, bool all, double *to,
                             int64_t size) {
  weeg_quad zero = {0}, one = zero, two = zero, three = zero, a, b;
  for (int64_t i = 0; i < count; i += WEEG_QUAD) {
    weeg_i_load(&a, x + i, WEEG_QUAD);
    weeg_i_load(&b, y + i, WEEG_QUAD);
    const weeg_quad product = a * b;
    zero += product;
    if (!all) continue;
    weeg_i_load(&a, power[1] + i, WEEG_QUAD);
    one += product * a;
    weeg_i_load(&a, power[2] + i, WEEG_QUAD);
    two += product * a;
    weeg_i_load(&a, power[3] + i, WEEG_QUAD);
    three += product * a;
  }
  to[0] += WEEG_QUAD_SUM(zero);
  if (!all) return;
  to[size] += WEEG_QUAD_SUM(one);
  to[2 * size] += WEEG_QUAD_SUM(two);
  to[3 * size] += WEEG_QUAD_SUM(three);
}

/* The lower triangles of terms[][wide * wide] += sum c^n X_i X_i' */
WEEG_INLINE void add_products(const ratio *r, const ratio_space *s, bool all) {
  const int32_t wide = 2 * r->sums;
  double power[TERMS][CHUNK]; /* of c, from the first on */
  for (int64_t from = 0, count; from < s->rows; from += count) {
    count = from + CHUNK < s->rows ? CHUNK : s->rows - from;
    for (int64_t i = 0; i < count && all; i++) power[1][i] = s->c[from + i];
    for (int n = 2; n < TERMS && all; n++) {
      WEEG_VECTORISED
      for (int64_t i = 0; i < count; i++) power[n][i] = power[n - 1][i] * power[1][i];
    }
    for (int32_t a = 0; a < wide; a++) {
      for (int32_t b = 0; b <= a; b++) {
        const double *x = column_of(s, a) + from, *y = column_of(s, b) + from;
        add_product(x, y, power, count, all, s->terms + a * wide + b, (int64_t)wide * wide);
      }
    }
  }
}

/* ---- strata ---- */

/* Sums by name, which stay in registers: of x, c x, .. */
typedef struct lanes {
  weeg_quad zero, one, two, three, four;
} lanes;

/* Of `count` PSUs, a quad or less, the first four, or the first, or all where x is c. */
WEEG_INLINE void add_some(const double *x, const double *c, int count, int terms, lanes *sum) {
  weeg_quad by, of_c;
  weeg_i_load(&by, x, count);
  sum->zero += by;
  if (terms == 1) return;
  weeg_i_load(&of_c, c, count);
  by *= of_c;
  sum->one += by;
  by *= of_c;
  sum->two += by;
  if (terms == 3) return;
  by *= of_c;
  sum->three += by;
  if (terms == 5) sum->four += by * of_c;
}

/* to[0], to[stride], .. = sum x, sum c x, ..: 1, 3, 4 or 5 */
WEEG_INLINE void sum_column(const double *x, const double *c, int64_t count, int terms, double *to, int64_t stride) {
  const weeg_quad none = {0};
  lanes sum = {none, none, none, none, none};
  int64_t i = 0;
  for (; i + WEEG_QUAD <= count; i += WEEG_QUAD) add_some(x + i, c + i, WEEG_QUAD, terms, &sum);
  if (i + 2 <= count) add_some(x + i, c + i, 2, terms, &sum), i += 2;
  if (i < count) add_some(x + i, c + i, 1, terms, &sum);
  to[0] = WEEG_QUAD_SUM(sum.zero);
  if (terms > 1) to[stride] = WEEG_QUAD_SUM(sum.one);
  if (terms > 1) to[2 * stride] = WEEG_QUAD_SUM(sum.two);
  if (terms > 3) to[3 * stride] = WEEG_QUAD_SUM(sum.three);
  if (terms > 4) to[4 * stride] = WEEG_QUAD_SUM(sum.four);
}

/* Adds a stratum to the block. */
WEEG_INLINE void add_stratum(const ratio *r, const ratio_space *s, const ratio_stratum *at, bool all, block *b) {
  const int32_t wide = 2 * r->sums, h = b->count++;
  const double *c = s->c + at->first;
  if (all) sum_column(c, c, at->count, POWERS, &b->power[1][h], BLOCK);
  else sum_column(c, c, at->count, 3, &b->power[1][h], BLOCK);
  b->share[h] = at->centred ? 1 / at->units : 0;
  b->inverse[0][h] = 1;
  for (int32_t a = 0; a < wide && at->centred; a++) {
    const double *x = column_of(s, a) + at->first;
    if (all) sum_column(x, c, at->count, TERMS, b->a + a * BLOCK + h, (int64_t)wide * BLOCK);
    else sum_column(x, c, at->count, 1, b->a + a * BLOCK + h, (int64_t)wide * BLOCK);
  }
  for (int n = 0; n < TERMS && !at->centred; n++) {
    for (int32_t a = 0; a < wide; a++) b->a[(n * wide + a) * BLOCK + h] = 0;
  }
}

/* Terms of 1 / B. */
WEEG_INLINE void invert(const block *b) {
  for (int n = 1; n <= TERMS; n++) {
    for (int32_t h = 0; h < b->count; h++) b->inverse[n][h] = -b->share[h] * b->power[n][h];
    for (int i = 1; i < n; i++) {
      const double *restrict power = b->power[i], *restrict share = b->share, *restrict other = b->inverse[n - i];
      double *restrict to = b->inverse[n];
      WEEG_VECTORISED
      for (int32_t h = 0; h < b->count; h++) to[h] -= share[h] * power[h] * other[h];
    }
  }
}

/* log_det[POWERS + 1] += terms from the first on; inverse is there. */
WEEG_INLINE void add_log_det(const block *b, double *log_det) {
  double *restrict own = b->solved[0];
  for (int n = 1; n <= POWERS; n++) {
    const double *restrict last = b->power[n], *restrict share = b->share;
    double sum = 0;
    for (int32_t h = 0; h < b->count; h++) own[h] = n * last[h];
    for (int i = 1; i < n; i++) {
      const double *restrict power = b->power[i], *restrict inverse = b->inverse[n - i];
      WEEG_VECTORISED
      for (int32_t h = 0; h < b->count; h++) own[h] += i * power[h] * inverse[h];
    }
    for (int32_t h = 0; h < b->count; h++) sum += share[h] * own[h] - last[h];
    log_det[n] += (n % 2 == 1 ? -1 : 1) * sum / n;
  }
}

/* Terms less those of A A' / (m B), in powers of -y. */
WEEG_INLINE void take_means(const ratio_space *s, int32_t wide, int terms, const block *b) {
  const int64_t size = (int64_t)wide * wide;
  for (int32_t a = 0; a < wide; a++) {
    for (int n = 0; n < terms; n++) {
      double *restrict solved = b->solved[n];
      memset(solved, 0, sizeof(double) * (size_t)b->count);
      for (int i = 0; i <= n; i++) {
        const double *restrict inverse = b->inverse[i], *restrict by = b->share;
        const double *restrict sum = b->a + ((n - i) * wide + a) * BLOCK;
        WEEG_VECTORISED
        for (int32_t h = 0; h < b->count; h++) solved[h] += by[h] * inverse[h] * sum[h];
      }
    }
    for (int n = 0; n < terms; n++) {
      for (int i = 0; n + i < terms; i++) {
        double *to = s->terms + (n + i) * size + a * wide;
        for (int32_t c = 0; c <= a; c++) to[c] -= weeg_i_dot(b->solved[n], b->a + (i * wide + c) * BLOCK, b->count);
      }
    }
  }
}

/* Eigenvalues of a stratum's part of V, but for what S takes: the sums of these, of their squares and of their cubes. */
WEEG_INLINE void add_traces(const block *b, double *traces) {
  for (int32_t h = 0; h < b->count; h++) {
    const double c = b->power[1][h], c2 = b->power[2][h], c3 = b->power[3][h], by = b->share[h];
    traces[0] += c * (1 - by);
    traces[1] += c2 * (1 - 2 * by) + c * c * by * by;
    traces[2] += c3 * (1 - 3 * by) + 3 * c2 * c * by * by - c * c * c * by * by * by;
  }
}

/* ---- terms ---- */

/* Sums that a law begins with, or all terms; traces[3] or log_det[POWERS + 1] */
WEEG_INLINE void find_sums(const ratio *r, const ratio_space *s, bool all, double *traces, double *log_det) {
  const int32_t wide = 2 * r->sums, terms = all ? TERMS : 1;
  block b = block_of(s);
  memset(s->terms, 0, sizeof(double) * (size_t)(terms * wide * wide));
  add_products(r, s, all);
  for (int32_t h = 0; h < r->strata; h++) {
    if (r->stratum[h].factor > 0) add_stratum(r, s, &r->stratum[h], all, &b);
    if (b.count < BLOCK && h < r->strata - 1) continue;
    if (all) invert(&b);
    if (all) add_log_det(&b, log_det);
    else add_traces(&b, traces);
    take_means(s, wide, terms, &b);
    b.count = 0;
  }
}

WEEG_CLONED static void find_first(const ratio *r, const ratio_space *s, double *traces) { find_sums(r, s, false, traces, NULL); }

WEEG_CLONED static void find_all(const ratio *r, const ratio_space *s, double *log_det) { find_sums(r, s, true, NULL, log_det); }

void weeg_i_ratio_begin_sums(const ratio *r, const ratio_space *s, double *traces) {
  const int64_t size = 4 * (int64_t)r->sums * r->sums;
  for (int n = 0; n < 3; n++) traces[n] = 0;
  find_first(r, s, traces);
  memcpy(s->j, s->terms, sizeof(double) * (size_t)size);
}

void weeg_i_ratio_find_terms(ratio *r, const ratio_space *s, const double *inverse_phi) {
  const int32_t q = r->sums, wide = 2 * q;
  const int64_t size = (int64_t)wide * wide;
  double log_det[TERMS + 2] = {0};
  find_all(r, s, log_det);
  for (int n = 1; n < TERMS; n += 2) { /* those of odd powers of -y */
    for (int64_t e = 0; e < size; e++) s->terms[n * size + e] *= -1;
  }
  r->has_terms = true;
  r->terms.leverage = 0;
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      const int32_t high = a > b ? a : b, low = a > b ? b : a;
      r->terms.leverage += inverse_phi[a * q + b] * s->terms[high * wide + low];
      r->terms.leverage += r->phi[a * q + b] * s->terms[(q + high) * wide + q + low];
    }
  }
  weeg_i_ratio_terms_make(&r->terms, log_det, s->terms, size);
}

double weeg_i_ratio_sum_terms(const ratio *r, const ratio_space *s, double y) {
  const ratio_terms *t = &r->terms;
  const double part = 1 / (1 + y * t->mean), w = y * part;
  const int64_t wide = 2 * (int64_t)r->sums, size = wide * wide;
  double log_det = 0;
  for (int n = TERMS + 1; n > 2; n--) log_det = log_det * w + t->log_term[n];
  const double *restrict zero = s->terms, *restrict one = zero + size, *restrict two = one + size, *restrict three = two + size;
  double *restrict j = s->j;
  WEEG_VECTORISED
  for (int64_t e = 0; e < size; e++) j[e] = part * (zero[e] + w * (one[e] + w * (two[e] + w * three[e])));
  return -t->df * log(part) + w * w * w * log_det;
}
