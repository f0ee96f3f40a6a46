/*
 * Functions of two proportions for the same answer: of the sums that a law begins with (ratio.h), those of a stratum are found
 * before its variances are settled, as c and F are then multiplied by the same number. So the PSUs are walked once for each.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/effective_pair.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/vector.h"

/* ---- what all have in common ---- */

/* What does not depend on answers. */
static void sum_weights(effective_pair *pair) {
  const effective_frame *frame = pair->frame;
  const double *l0 = frame->law.l, *l1 = l0 + frame->psus;
  double *ll = pair->ll;
  for (int32_t h = 0; h < frame->law.law.strata; h++) {
    const ratio_stratum *at = &frame->law.stratum[h];
    pair_stratum *to = &pair->stratum[h];
    double sum[5] = {0};
    for (int32_t i = at->first; i < at->first + at->count; i++) {
      sum[0] += l0[i];
      sum[1] += l1[i];
      sum[2] += l0[i] * l0[i];
      sum[3] += l0[i] * l1[i];
      sum[4] += l1[i] * l1[i];
    }
    const double by = at->centred ? 1 / at->units : 0;
    to->l[0] = sum[0];
    to->l[1] = sum[1];
    to->l12 = sum[3];
    ll[0] += at->factor * (sum[2] - by * sum[0] * sum[0]);
    ll[1] += at->factor * (sum[3] - by * sum[0] * sum[1]);
    ll[2] += at->factor * (sum[4] - by * sum[1] * sum[1]);
  }
}

/* Of `count` PSUs from i on, a quad or less: residuals of both sets. */
WEEG_INLINE void find_residuals(const effective_frame *frame, const double *p, int64_t i, int count, weeg_quad *r0,
                                weeg_quad *r1) {
  const double *l = frame->law.l;
  weeg_quad l0, l1;
  weeg_i_load(r0, frame->x + i, count);
  weeg_i_load(r1, frame->x + frame->psus + i, count);
  weeg_i_load(&l0, l + i, count);
  weeg_i_load(&l1, l + frame->psus + i, count);
  *r0 -= p[0] * l0;
  *r1 -= p[1] * l1;
}

WEEG_INLINE void add_residuals(const effective_frame *frame, const double *p, int64_t i, int count, weeg_quad *sum0,
                               weeg_quad *sum1) {
  weeg_quad r0, r1;
  find_residuals(frame, p, i, count, &r0, &r1);
  *sum0 += r0;
  *sum1 += r1;
}

/* Products of their deviations from means, which stand there once for each lane. */
WEEG_INLINE void add_deviations(const effective_frame *frame, const double *p, double means[2][WEEG_QUAD], int64_t i, int count,
                                weeg_quad *sum00, weeg_quad *sum01, weeg_quad *sum11) {
  weeg_quad r0, r1, mean0, mean1;
  find_residuals(frame, p, i, count, &r0, &r1);
  weeg_i_load(&mean0, means[0], count);
  weeg_i_load(&mean1, means[1], count);
  r0 -= mean0;
  r1 -= mean1;
  *sum00 += r0 * r0;
  *sum01 += r0 * r1;
  *sum11 += r1 * r1;
}

/* What depends on an answer alone. */
WEEG_CLONED static void sum_residuals(effective_pair *pair, const double *p) {
  const effective_frame *frame = pair->frame;
  const weeg_quad zero = {0};
  for (int32_t h = 0; h < frame->law.law.strata; h++) {
    const ratio_stratum *at = &frame->law.stratum[h];
    double means[2][WEEG_QUAD];
    weeg_quad sum0 = zero, sum1 = zero, sum00 = zero, sum01 = zero, sum11 = zero;
    int64_t i = at->first, end = at->first + at->count;
    for (; i + WEEG_QUAD <= end; i += WEEG_QUAD) add_residuals(frame, p, i, WEEG_QUAD, &sum0, &sum1);
    if (i + 2 <= end) add_residuals(frame, p, i, 2, &sum0, &sum1), i += 2;
    if (i < end) add_residuals(frame, p, i, 1, &sum0, &sum1);
    const double by = at->centred ? 1 / at->units : 0, mean0 = by * WEEG_QUAD_SUM(sum0), mean1 = by * WEEG_QUAD_SUM(sum1);
    for (int k = 0; k < WEEG_QUAD; k++) means[0][k] = mean0, means[1][k] = mean1;
    i = at->first;
    for (; i + WEEG_QUAD <= end; i += WEEG_QUAD) add_deviations(frame, p, means, i, WEEG_QUAD, &sum00, &sum01, &sum11);
    if (i + 2 <= end) add_deviations(frame, p, means, i, 2, &sum00, &sum01, &sum11), i += 2;
    if (i < end) add_deviations(frame, p, means, i, 1, &sum00, &sum01, &sum11);
    const double others = at->units - at->count;
    double *r = pair->stratum[h].r;
    r[0] = at->factor * (WEEG_QUAD_SUM(sum00) + others * mean0 * mean0);
    r[1] = at->factor * (WEEG_QUAD_SUM(sum01) + others * mean0 * mean1);
    r[2] = at->factor * (WEEG_QUAD_SUM(sum11) + others * mean1 * mean1);
  }
}

/* Takes an answer in hand. */
static void take_answer(effective_pair *pair, int32_t answer, const double *p) {
  if (pair->answer == answer) return;
  pair->answer = answer;
  weeg_i_effective_take_answer(pair->frame, answer);
  sum_residuals(pair, p);
}

weeg_status weeg_i_effective_pair_new(effective_pair *pair, effective_frame *frame, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *pair = (effective_pair){.frame = frame, .answer = -1};
  WEEG_NEW(pair->stratum, frame->law.law.strata);
  sum_weights(pair);
cleanup:
  return status;
}

void weeg_i_effective_pair_clear(effective_pair *pair) {
  weeg_free(pair->stratum);
  *pair = (effective_pair){0};
}

/* ---- one pass ---- */

/* noise of a set's squared weights, common of its weights */
typedef struct working {
  double noise[2], common[2];
} working;

enum { C = WEEG_PAIR_C, F = WEEG_PAIR_F, FF = WEEG_PAIR_FF, LF = WEEG_PAIR_LF };

/* Sums by name, which stay in registers. */
typedef struct lanes {
  weeg_quad c, c2, c3, f0, f1, f00, f01, f11, l0f0, l0f1, l1f0, l1f1;
} lanes;

/* Of `count` PSUs from i on, a quad or less: c and F, and what they add. */
WEEG_INLINE void add_psus(const effective_frame *frame, const effective *e, const working *m, int64_t i, int count, lanes *sum) {
  const int64_t psus = e->law.psus;
  weeg_quad l0, l1, q0, q1;
  weeg_i_load(&l0, e->l + i, count);
  weeg_i_load(&l1, e->l + psus + i, count);
  weeg_i_load(&q0, frame->q + i, count);
  weeg_i_load(&q1, frame->q + psus + i, count);
  const weeg_quad own0 = m->common[0] * l0, own1 = m->common[1] * l1, both = own0 + own1;
  const weeg_quad f0 = m->noise[0] * q0 + own0 * both, f1 = m->noise[1] * q1 + own1 * both, c = f0 + f1, c2 = c * c;
  weeg_i_store(e->c + i, &c, count);
  weeg_i_store(e->f + i, &f0, count);
  weeg_i_store(e->f + psus + i, &f1, count);
  sum->c += c;
  sum->c2 += c2;
  sum->c3 += c2 * c;
  sum->f0 += f0;
  sum->f1 += f1;
  sum->f00 += f0 * f0;
  sum->f01 += f0 * f1;
  sum->f11 += f1 * f1;
  sum->l0f0 += l0 * f0;
  sum->l0f1 += l0 * f1;
  sum->l1f0 += l1 * f0;
  sum->l1f1 += l1 * f1;
}

WEEG_INLINE void store_sums(const lanes *sum, double *to) {
  to[C] = WEEG_QUAD_SUM(sum->c);
  to[C + 1] = WEEG_QUAD_SUM(sum->c2);
  to[C + 2] = WEEG_QUAD_SUM(sum->c3);
  to[F] = WEEG_QUAD_SUM(sum->f0);
  to[F + 1] = WEEG_QUAD_SUM(sum->f1);
  to[FF] = WEEG_QUAD_SUM(sum->f00);
  to[FF + 1] = WEEG_QUAD_SUM(sum->f01);
  to[FF + 2] = WEEG_QUAD_SUM(sum->f11);
  to[LF] = WEEG_QUAD_SUM(sum->l0f0);
  to[LF + 1] = WEEG_QUAD_SUM(sum->l0f1);
  to[LF + 2] = WEEG_QUAD_SUM(sum->l1f0);
  to[LF + 3] = WEEG_QUAD_SUM(sum->l1f1);
}

WEEG_CLONED static void walk(const effective_pair *pair, const effective *e, const working *m) {
  for (int32_t h = 0; h < e->law.strata; h++) {
    const ratio_stratum *at = &e->stratum[h];
    pair_stratum *to = &pair->stratum[h];
    double most = 0;
    const weeg_quad zero = {0};
    lanes sum = {zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero};
    int64_t i = at->first, end = at->first + at->count;
    for (; i + WEEG_QUAD <= end; i += WEEG_QUAD) add_psus(pair->frame, e, m, i, WEEG_QUAD, &sum);
    if (i + 2 <= end) add_psus(pair->frame, e, m, i, 2, &sum), i += 2;
    if (i < end) add_psus(pair->frame, e, m, i, 1, &sum);
    store_sums(&sum, to->sum);
    for (i = at->first; i < end; i++) most = e->c[i] > most ? e->c[i] : most;
    to->most = most;
  }
}

/* What strata have of the variance, by the model and as observed. */
static void fill_moments(effective *e, const effective_pair *pair, const double *coef) {
  for (int32_t h = 0; h < e->law.strata; h++) {
    const ratio_stratum *at = &e->stratum[h];
    const pair_stratum *of = &pair->stratum[h];
    const double m = at->units, c = of->sum[C], c2 = of->sum[C + 1];
    const double spread = at->centred ? (1 - 2 / m) * c2 + c * c / (m * m) : c2, part = at->centred ? (m - 1) / m : 1;
    const double observed = coef[0] * coef[0] * of->r[0] + 2 * coef[0] * coef[1] * of->r[1] + coef[1] * coef[1] * of->r[2];
    const double df = at->factor > 0 && spread > 0 ? c * c * part * part / spread : 0;
    e->moments[h] = (effective_moments){c, observed > 0 ? observed : 0, df, 1};
  }
}

/* Phi: F has row sums, the diagonal is these less the others. */
static void fill_phi(effective *e, const effective_pair *pair, const working *m) {
  double own[2] = {0, 0}, common = 0;
  for (int32_t h = 0; h < e->law.strata; h++) {
    const double by = e->moments[h].by;
    own[0] += by * pair->stratum[h].sum[F];
    own[1] += by * pair->stratum[h].sum[F + 1];
    common += by * pair->stratum[h].l12;
  }
  common *= m->common[0] * m->common[1];
  e->phi[0] = own[0] - common;
  e->phi[1] = e->phi[2] = common;
  e->phi[3] = own[1] - common;
}

/* The sums of all strata. */
static void sum_strata(const effective *e, const effective_pair *pair, double *j, ratio_sums *to) {
  double ff[3] = {0}, lf[4] = {0};
  for (int32_t h = 0; h < e->law.strata; h++) {
    const ratio_stratum *at = &e->stratum[h];
    const pair_stratum *of = &pair->stratum[h];
    const double by = e->moments[h].by, scale = at->factor * by, share = at->centred ? 1 / at->units : 0;
    const double c = scale * of->sum[C], c2 = scale * scale * of->sum[C + 1], c3 = scale * scale * scale * of->sum[C + 2];
    const double mean[2] = {share * of->sum[F], share * of->sum[F + 1]};
    to->traces[0] += c * (1 - share);
    to->traces[1] += c2 * (1 - 2 * share) + c * c * share * share;
    to->traces[2] += c3 * (1 - 3 * share) + 3 * c2 * c * share * share - c * c * c * share * share * share;
    to->total += c;
    to->largest = fmax(to->largest, scale * of->most);
    for (int k = 0; k < 3; k++) ff[k] += scale * by * (of->sum[FF + k] - mean[k / 2] * of->sum[F + (k + 1) / 2]);
    for (int k = 0; k < 4; k++) lf[k] += scale * (of->sum[LF + k] - of->l[k / 2] * mean[k % 2]);
  }
  const double all[] = {ff[0], 0, 0, 0, ff[1], ff[2], 0, 0, lf[0], lf[1], pair->ll[0], 0,
                        lf[2], lf[3], pair->ll[1], pair->ll[2]};
  memcpy(j, all, sizeof all);
}

void weeg_i_effective_pair_make(effective *e, effective_pair *pair, const effective_sum *of) {
  double j[16];
  ratio_sums sums = {.j = j};
  working m;
  *e = pair->frame->law;
  take_answer(pair, of->answer, of->p);
  for (int32_t s = 0; s < 2; s++) {
    double deviation = 0;
    weeg_i_effective_deviation(pair->frame, of, s, &deviation, &m.common[s]);
    m.noise[s] = (1 - WEEG_WORKING_RHO) * deviation * deviation;
  }
  walk(pair, e, &m);
  fill_moments(e, pair, of->coef);
  const double variance = weeg_i_effective_settle_strata(e);
  for (int32_t h = 0; h < e->law.strata; h++) {
    e->sum[h] = e->moments[h].by;
    e->largest = fmax(e->largest, e->moments[h].by * pair->stratum[h].most / variance);
  }
  if (!e->exists) return;
  fill_phi(e, pair, &m);
  e->law.by = e->sum;
  sum_strata(e, pair, j, &sums);
  weeg_i_effective_begin(e, &sums);
}
