/*
 * Sums over PSUs for laws of few PSUs, one at a time, and the columns that they are sums of. Numbers are summed in four lanes.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "math/ratio_space.h"

typedef ratio_space space;

enum { CHUNK = 16 };

/* ---- columns ---- */

/* to (+)= by root x, columns */
WEEG_INLINE void add_column(double *restrict to, const double *restrict x, double by, const double *restrict root, int64_t count,
                            bool first) {
  WEEG_VECTORISED
  for (int64_t i = 0; i < count; i++) to[i] = (first ? 0 : to[i]) + by * root[i] * x[i];
}

/* Those of two sums, in one pass. */
WEEG_INLINE void fill_columns_2(const ratio *r, const space *s) {
  const double *restrict f0 = r->f, *restrict f1 = f0 + r->psus, *restrict l0 = r->l, *restrict l1 = l0 + r->psus;
  const double *restrict root = s->part, *restrict by = s->by, k0 = s->k[0], k1 = s->k[1], k2 = s->k[3];
  double *restrict v0 = s->v, *restrict v1 = v0 + s->rows, *restrict v2 = v1 + s->rows, *restrict v3 = v2 + s->rows;
  WEEG_VECTORISED
  for (int64_t i = 0; i < r->psus; i++) {
    const double first = by[i] * f0[i], second = by[i] * f1[i];
    v0[i] = first;
    v1[i] = second;
    v2[i] = k0 * first + k1 * second - root[i] * l0[i];
    v3[i] = k1 * first + k2 * second - root[i] * l1[i];
  }
}

WEEG_CLONED static void fill_all(const ratio *r, const space *s) {
  const int32_t q = r->sums;
  double *const root = s->part, *const own = s->by; /* of factor; and what F is multiplied by */
  for (int32_t h = 0; h < r->strata; h++) {
    const ratio_stratum *at = &r->stratum[h];
    const double of_f = r->by == NULL ? 1 : r->by[h], by = at->factor * of_f, root_h = sqrt(at->factor), own_h = root_h * of_f;
    for (int64_t i = at->first; i < at->first + at->count; i++) {
      s->c[i] = by * r->c[i];
      root[i] = root_h;
      own[i] = own_h;
    }
  }
  for (int32_t k = 0; k <= 2 * q; k++) { /* those that contribute nothing */
    double *const column = k == 2 * q ? s->c : s->v + k * s->rows;
    for (int64_t i = r->psus; i < s->rows; i++) column[i] = 0;
  }
  if (q == 2) {
    fill_columns_2(r, s);
    return;
  }
  for (int32_t k = 0; k < q; k++) {
    double *gamma = s->v + (q + k) * s->rows;
    add_column(s->v + k * s->rows, r->f + (int64_t)k * r->psus, 1, own, r->psus, true);
    add_column(gamma, r->l + (int64_t)k * r->psus, -1, root, r->psus, true);
    for (int32_t j = 0; j < q; j++) add_column(gamma, r->f + (int64_t)j * r->psus, s->k[j * q + k], own, r->psus, false);
  }
}

void weeg_i_ratio_fill_columns(const ratio *r, const ratio_space *s) { fill_all(r, s); }

/* ---- sums ---- */

/* A product of many factors, of which the logarithm is taken when it is large or small. */
typedef struct factors {
  double product, log_taken;
} factors;

WEEG_INLINE void multiply(factors *f, double by) {
  f->product *= by;
  if (f->product > 1e-150 && f->product < 1e150) return;
  f->log_taken += log(f->product);
  f->product = 1;
}

/* The same by 1 / part[count], of which the product is there if doubles have it. */
WEEG_INLINE void multiply_chunk(factors *f, double product, const double *part, int64_t count) {
  if (product < 1e150) multiply(f, product);
  else for (int64_t i = 0; i < count; i++) f->log_taken -= log(part[i]);
}

/* E and 1 / E of a quad, which is stored. */
WEEG_INLINE void divide(const space *s, double y, int64_t i, weeg_quad *e, weeg_quad *part) {
  weeg_i_load(e, s->c + i, WEEG_QUAD);
  *e = 1 + y * *e;
  *part = 1 / *e;
  weeg_i_store(s->part + i, part, WEEG_QUAD);
}

/* One sum: J of columns F and G. */
WEEG_INLINE void sum_psus_1(const space *s, double y, factors *all) {
  weeg_quad ff = {0}, gf = ff, gg = ff, e, part, f, g;
  for (int64_t from = 0, end; from < s->rows; from = end) {
    weeg_quad product = 1 + (weeg_quad){0};
    end = from + CHUNK < s->rows ? from + CHUNK : s->rows;
    for (int64_t i = from; i < end; i += WEEG_QUAD) {
      divide(s, y, i, &e, &part);
      weeg_i_load(&f, s->v + i, WEEG_QUAD);
      weeg_i_load(&g, s->v + s->rows + i, WEEG_QUAD);
      const weeg_quad scaled_f = part * f, scaled_g = part * g;
      product *= e;
      ff += scaled_f * f;
      gf += scaled_g * f;
      gg += scaled_g * g;
    }
    multiply_chunk(all, WEEG_QUAD_PRODUCT(product), s->part + from, end - from);
  }
  s->j[0] = WEEG_QUAD_SUM(ff);
  s->j[2] = WEEG_QUAD_SUM(gf);
  s->j[3] = WEEG_QUAD_SUM(gg);
}

/* Two: that of columns F_1, F_2, G_1, G_2. */
WEEG_INLINE void sum_psus_2(const space *s, double y, factors *all) {
  const double *const v0 = s->v, *const v1 = v0 + s->rows, *const v2 = v1 + s->rows, *const v3 = v2 + s->rows;
  weeg_quad j00 = {0}, j10 = j00, j11 = j00, j20 = j00, j21 = j00, j22 = j00, j30 = j00, j31 = j00, j32 = j00, j33 = j00;
  weeg_quad e, part, a, b, c, d;
  for (int64_t from = 0, end; from < s->rows; from = end) {
    weeg_quad product = 1 + (weeg_quad){0};
    end = from + CHUNK < s->rows ? from + CHUNK : s->rows;
    for (int64_t i = from; i < end; i += WEEG_QUAD) {
      divide(s, y, i, &e, &part);
      weeg_i_load(&a, v0 + i, WEEG_QUAD);
      weeg_i_load(&b, v1 + i, WEEG_QUAD);
      weeg_i_load(&c, v2 + i, WEEG_QUAD);
      weeg_i_load(&d, v3 + i, WEEG_QUAD);
      const weeg_quad part_b = part * b, part_c = part * c, part_d = part * d;
      product *= e;
      j00 += part * a * a;
      j10 += part_b * a;
      j11 += part_b * b;
      j20 += part_c * a;
      j21 += part_c * b;
      j22 += part_c * c;
      j30 += part_d * a;
      j31 += part_d * b;
      j32 += part_d * c;
      j33 += part_d * d;
    }
    multiply_chunk(all, WEEG_QUAD_PRODUCT(product), s->part + from, end - from);
  }
  s->j[0] = WEEG_QUAD_SUM(j00);
  s->j[4] = WEEG_QUAD_SUM(j10);
  s->j[5] = WEEG_QUAD_SUM(j11);
  s->j[8] = WEEG_QUAD_SUM(j20);
  s->j[9] = WEEG_QUAD_SUM(j21);
  s->j[10] = WEEG_QUAD_SUM(j22);
  s->j[12] = WEEG_QUAD_SUM(j30);
  s->j[13] = WEEG_QUAD_SUM(j31);
  s->j[14] = WEEG_QUAD_SUM(j32);
  s->j[15] = WEEG_QUAD_SUM(j33);
}

/* As many as there are. */
WEEG_INLINE void sum_psus_more(const space *s, int32_t wide, double y, factors *all) {
  double scaled[CHUNK];
  for (int32_t k = 0; k < wide * wide; k++) s->j[k] = 0;
  for (int64_t from = 0, end; from < s->rows; from = end) {
    weeg_quad product = 1 + (weeg_quad){0}, e, part;
    end = from + CHUNK < s->rows ? from + CHUNK : s->rows;
    for (int64_t i = from; i < end; i += WEEG_QUAD) {
      divide(s, y, i, &e, &part);
      product *= e;
    }
    multiply_chunk(all, WEEG_QUAD_PRODUCT(product), s->part + from, end - from);
    for (int32_t a = 0; a < wide; a++) {
      for (int64_t i = from; i < end; i++) scaled[i - from] = s->part[i] * s->v[a * s->rows + i];
      for (int32_t b = 0; b <= a; b++) s->j[a * wide + b] += weeg_i_dot(scaled, s->v + b * s->rows + from, end - from);
    }
  }
}

/* Sums by name, which stay in registers: of 1 / E, and times up to four columns. */
typedef struct lanes {
  weeg_quad part, a, b, c, d;
} lanes;

/* Of `count` PSUs from i on, a quad or less. */
WEEG_INLINE void add_some(const space *s, int64_t i, int count, int wide, lanes *sum) {
  weeg_quad part, v;
  weeg_i_load(&part, s->part + i, count);
  sum->part += part;
  weeg_i_load(&v, s->v + i, count);
  sum->a += part * v;
  weeg_i_load(&v, s->v + s->rows + i, count);
  sum->b += part * v;
  if (wide == 2) return;
  weeg_i_load(&v, s->v + 2 * s->rows + i, count);
  sum->c += part * v;
  weeg_i_load(&v, s->v + 3 * s->rows + i, count);
  sum->d += part * v;
}

/* Sums over count PSUs from `first` on, of 1 / E, which is returned, and times the columns: two or four. */
WEEG_INLINE double sum_stratum(const space *s, int64_t first, int32_t count, int wide, double *to) {
  const weeg_quad zero = {0};
  lanes sum = {zero, zero, zero, zero, zero};
  int64_t i = first, end = first + count;
  for (; i + WEEG_QUAD <= end; i += WEEG_QUAD) add_some(s, i, WEEG_QUAD, wide, &sum);
  if (i + 2 <= end) add_some(s, i, 2, wide, &sum), i += 2;
  if (i < end) add_some(s, i, 1, wide, &sum);
  to[0] = WEEG_QUAD_SUM(sum.a);
  to[1] = WEEG_QUAD_SUM(sum.b);
  if (wide == 4) to[2] = WEEG_QUAD_SUM(sum.c);
  if (wide == 4) to[3] = WEEG_QUAD_SUM(sum.d);
  return WEEG_QUAD_SUM(sum.part);
}

WEEG_INLINE double sum_stratum_more(const space *s, int32_t wide, int64_t first, int32_t count, double *sum) {
  double all = 0;
  for (int32_t i = 0; i < count; i++) all += s->part[first + i];
  for (int32_t a = 0; a < wide; a++) sum[a] = weeg_i_dot(s->part + first, s->v + a * s->rows + first, count);
  return all;
}

WEEG_CLONED static double sum_all(const ratio *r, const space *s, double y) {
  const int32_t q = r->sums, wide = 2 * q;
  factors all = {1, 0};
  if (q == 1) sum_psus_1(s, y, &all);
  else if (q == 2) sum_psus_2(s, y, &all);
  else sum_psus_more(s, wide, y, &all);
  for (int32_t h = 0; h < r->strata; h++) {
    const ratio_stratum *at = &r->stratum[h];
    if (!at->centred || !(at->factor > 0)) continue;
    const double seen = q == 1   ? sum_stratum(s, at->first, at->count, 2, s->sum)
                        : q == 2 ? sum_stratum(s, at->first, at->count, 4, s->sum)
                                 : sum_stratum_more(s, wide, at->first, at->count, s->sum);
    const double parts = at->units - at->count + seen, inverse = 1 / parts;
    multiply(&all, parts / at->units);
    for (int32_t a = 0; a < wide; a++) {
      const double by = inverse * s->sum[a];
      for (int32_t b = 0; b <= a; b++) s->j[a * wide + b] -= by * s->sum[b];
    }
  }
  return all.log_taken + log(all.product);
}

double weeg_i_ratio_sum_psus(const ratio *r, const ratio_space *s, double y) { return sum_all(r, s, y); }
