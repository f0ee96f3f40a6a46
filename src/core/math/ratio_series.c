/*
 * Sums over PSUs by the first terms of their series in -y. With c of a PSU times its stratum's factor, and X = (F, L), a stratum
 * of m units has
 *
 *     J_XX = factor [sum_n (-y)^n sum_i c_i^n X_i X_i' - A A' / (m B)],  A = sum_n (-y)^n sum_i c_i^n X_i
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
  double *share, *by;         /* 1 / m, and times factor */
  double *power[POWERS + 1];  /* S_n, from 1 on, one after another */
  double *inverse[TERMS + 1]; /* terms of 1 / B */
  double *solved[TERMS];      /* of A / (m B) times factor, for a column */
  double *a;                  /* [TERMS][wide] A */
} block;

static block block_of(const ratio_space *s) {
  block b = {.share = s->strata, .by = s->strata + BLOCK};
  double *next = b.by + BLOCK;
  for (int n = 1; n <= POWERS; n++, next += BLOCK) b.power[n] = next;
  for (int n = 0; n <= TERMS; n++, next += BLOCK) b.inverse[n] = next;
  for (int n = 0; n < TERMS; n++, next += BLOCK) b.solved[n] = next;
  b.a = next;
  return b;
}

static const double *column_of(const ratio *r, int32_t a) {
  return a < r->sums ? r->f + (int64_t)a * r->psus : r->l + (int64_t)(a - r->sums) * r->psus;
}

/* ---- products ---- */

/* to[0], to[size], .. += sum weight_n x y, for the first term or for all */
WEEG_INLINE void add_product(const double *x, const double *y, double weight[][CHUNK], int64_t count, bool all, double *to,
                             int64_t size) {
  weeg_pair zero = {0}, one = zero, two = zero, three = zero;
  int64_t i = 0;
  for (; i + WEEG_PAIR <= count; i += WEEG_PAIR) {
    const weeg_pair product = weeg_i_pair(x + i) * weeg_i_pair(y + i);
    zero += product * weeg_i_pair(weight[0] + i);
    if (!all) continue;
    one += product * weeg_i_pair(weight[1] + i);
    two += product * weeg_i_pair(weight[2] + i);
    three += product * weeg_i_pair(weight[3] + i);
  }
  const weeg_pair sum[TERMS] = {zero, one, two, three};
  for (int n = 0; n < (all ? TERMS : 1); n++) {
    to[n * size] += WEEG_PAIR_SUM(sum[n]) + (i < count ? x[i] * y[i] * weight[n][i] : 0);
  }
}

/* The lower triangles of terms[][wide * wide] += sum factor c^n X_i X_i' */
static void add_products(const ratio *r, const ratio_space *s, bool all) {
  const int32_t wide = 2 * r->sums;
  double weight[TERMS][CHUNK];
  for (int64_t from = 0, count; from < r->psus; from += count) {
    count = from + CHUNK < r->psus ? CHUNK : r->psus - from;
    memcpy(weight[0], s->factor + from, sizeof(double) * (size_t)count);
    for (int n = 1; n < TERMS && all; n++) {
      WEEG_VECTORISED
      for (int64_t i = 0; i < count; i++) weight[n][i] = weight[n - 1][i] * s->c[from + i];
    }
    for (int32_t a = 0; a < wide; a++) {
      for (int32_t b = 0; b <= a; b++) {
        const double *x = column_of(r, a) + from, *y = column_of(r, b) + from;
        double *to = s->terms + a * wide + b;
        if (all) add_product(x, y, weight, count, true, to, (int64_t)wide * wide);
        else add_product(x, y, weight, count, false, to, 0);
      }
    }
  }
}

/* ---- strata ---- */

/* to[0], to[stride], .. = sum c^n x, for the first term or for all */
WEEG_INLINE void sum_column(const double *x, const double *c, int64_t count, bool all, double *to, int64_t stride) {
  weeg_pair zero = {0}, one = zero, two = zero, three = zero;
  int64_t i = 0;
  for (; i + WEEG_PAIR <= count; i += WEEG_PAIR) {
    const weeg_pair by = weeg_i_pair(x + i), c_i = weeg_i_pair(c + i), first = by * c_i, second = first * c_i;
    zero += by;
    if (!all) continue;
    one += first;
    two += second;
    three += second * c_i;
  }
  const weeg_pair sum[TERMS] = {zero, one, two, three};
  double rest = i < count ? x[i] : 0;
  for (int n = 0; n < (all ? TERMS : 1); n++) {
    to[n * stride] = WEEG_PAIR_SUM(sum[n]) + rest;
    rest *= i < count ? c[i] : 0;
  }
}

/* to[0], to[BLOCK], .. = sum c, sum c^2, ..: three, or all */
WEEG_INLINE void sum_powers(const double *c, int64_t count, bool all, double *to) {
  weeg_pair one = {0}, two = one, three = one, four = one, five = one;
  int64_t i = 0;
  for (; i + WEEG_PAIR <= count; i += WEEG_PAIR) {
    const weeg_pair first = weeg_i_pair(c + i), second = first * first, third = second * first;
    one += first;
    two += second;
    three += third;
    if (!all) continue;
    four += second * second;
    five += third * second;
  }
  const weeg_pair sum[POWERS] = {one, two, three, four, five};
  double rest = i < count ? c[i] : 0;
  for (int n = 0; n < (all ? POWERS : 3); n++) {
    to[n * BLOCK] = WEEG_PAIR_SUM(sum[n]) + rest;
    rest *= i < count ? c[i] : 0;
  }
}

/* Adds a stratum to the block. */
static void add_stratum(const ratio *r, const ratio_space *s, const ratio_stratum *at, bool all, block *b) {
  const int32_t wide = 2 * r->sums, h = b->count++;
  const double *c = s->c + at->first;
  if (all) sum_powers(c, at->count, true, &b->power[1][h]);
  else sum_powers(c, at->count, false, &b->power[1][h]);
  b->share[h] = at->centred ? 1 / at->units : 0;
  b->by[h] = at->factor * b->share[h];
  b->inverse[0][h] = 1;
  for (int32_t a = 0; a < wide && at->centred; a++) {
    const double *x = column_of(r, a) + at->first;
    double *to = b->a + a * BLOCK + h;
    if (all) sum_column(x, c, at->count, true, to, (int64_t)wide * BLOCK);
    else sum_column(x, c, at->count, false, to, 0);
  }
  for (int n = 0; n < TERMS && !at->centred; n++) {
    for (int32_t a = 0; a < wide; a++) b->a[(n * wide + a) * BLOCK + h] = 0;
  }
}

/* Terms of 1 / B. */
static void invert(const block *b) {
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
static void add_log_det(const block *b, double *log_det) {
  for (int n = 1; n <= POWERS; n++) {
    double sum = 0;
    for (int32_t h = 0; h < b->count; h++) {
      double own = n * b->power[n][h];
      for (int i = 1; i < n; i++) own += i * b->power[i][h] * b->inverse[n - i][h];
      sum += b->share[h] * own - b->power[n][h];
    }
    log_det[n] += (n % 2 == 1 ? -1 : 1) * sum / n;
  }
}

/* Terms less those of A A' / (m B), in powers of -y. */
static void take_means(const ratio_space *s, int32_t wide, int terms, const block *b) {
  const int64_t size = (int64_t)wide * wide;
  for (int32_t a = 0; a < wide; a++) {
    for (int n = 0; n < terms; n++) {
      double *restrict solved = b->solved[n];
      memset(solved, 0, sizeof(double) * (size_t)b->count);
      for (int i = 0; i <= n; i++) {
        const double *restrict inverse = b->inverse[i], *restrict by = b->by, *restrict sum = b->a + ((n - i) * wide + a) * BLOCK;
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
static void add_traces(const block *b, double *traces) {
  for (int32_t h = 0; h < b->count; h++) {
    const double c = b->power[1][h], c2 = b->power[2][h], c3 = b->power[3][h], by = b->share[h];
    traces[0] += c * (1 - by);
    traces[1] += c2 * (1 - 2 * by) + c * c * by * by;
    traces[2] += c3 * (1 - 3 * by) + 3 * c2 * c * by * by - c * c * c * by * by * by;
  }
}

/* ---- terms ---- */

/* From columns (F, L) to (F, Gamma), Gamma = F Phi^-1 - L, of the lower triangle j. */
static void change_columns(const ratio_space *s, int32_t q, const double *inverse_phi, double *j) {
  const int32_t wide = 2 * q;
  double *fg = s->a, *lg = s->m; /* J_FG, J_LG */
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) {
      fg[a * q + b] = -j[(q + b) * wide + a];
      lg[a * q + b] = -j[(q + (a > b ? a : b)) * wide + q + (a > b ? b : a)];
      for (int32_t d = 0; d < q; d++) {
        fg[a * q + b] += j[(a > d ? a : d) * wide + (a > d ? d : a)] * inverse_phi[d * q + b];
        lg[a * q + b] += j[(q + a) * wide + d] * inverse_phi[d * q + b];
      }
    }
  }
  for (int32_t a = 0; a < q; a++) {
    for (int32_t b = 0; b < q; b++) j[(q + b) * wide + a] = fg[a * q + b];
    for (int32_t b = 0; b <= a; b++) {
      double sum = -lg[a * q + b];
      for (int32_t d = 0; d < q; d++) sum += inverse_phi[a * q + d] * fg[d * q + b];
      j[(q + a) * wide + q + b] = sum;
    }
  }
}

/* Sums that a law begins with, or all terms; traces[3] or log_det[POWERS + 1] */
static void find_sums(const ratio *r, const ratio_space *s, const double *inverse_phi, bool all, double *traces,
                      double *log_det) {
  const int32_t wide = 2 * r->sums, terms = all ? TERMS : 1;
  const int64_t size = (int64_t)wide * wide;
  block b = block_of(s);
  memset(s->terms, 0, sizeof(double) * (size_t)(terms * size));
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
  for (int n = 0; n < terms; n++) change_columns(s, r->sums, inverse_phi, s->terms + n * size);
}

void weeg_i_ratio_begin_sums(const ratio *r, const ratio_space *s, const double *inverse_phi, double *traces) {
  const int64_t size = 4 * (int64_t)r->sums * r->sums;
  for (int n = 0; n < 3; n++) traces[n] = 0;
  find_sums(r, s, inverse_phi, false, traces, NULL);
  memcpy(s->j, s->terms, sizeof(double) * (size_t)size);
}

void weeg_i_ratio_find_terms(ratio *r, const ratio_space *s, const double *inverse_phi) {
  const int32_t q = r->sums, wide = 2 * q;
  const int64_t size = (int64_t)wide * wide;
  double log_det[TERMS + 2] = {0};
  find_sums(r, s, inverse_phi, true, NULL, log_det);
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
