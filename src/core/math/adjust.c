/*
 * Adjustment of p-values for multiplicity, with the results of R's p.adjust to the last bit: the products are formed
 * in the same order.
 *
 *   Bonferroni                             m p
 *   Holm (1979), Scand. J. Statist. 6      running maximum of (m - i + 1) p_(i), from the smallest up
 *   Hochberg (1988), Biometrika 75         running minimum of (m - i + 1) p_(i), from the largest down
 *   Benjamini and Hochberg (1995), JRSS B  running minimum of (m / i) p_(i), from the largest down
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "math/adjust.h"
#include "weeg.h"

typedef struct ranked {
  double p;
  int64_t place;
} ranked;

/* Two runs, one behind the other, become one of `to`; of equal p-values those of the first are before those of the second. */
static void merge(const ranked *from, int64_t first, int64_t size, ranked *to) {
  int64_t a = 0, b = first;
  for (int64_t k = 0; k < size; k++) to[k] = b == size || (a < first && from[a].p <= from[b].p) ? from[a++] : from[b++];
}

/* Sorts by p those that are in the order of their places, faster than qsort. spare[m] is scratch; gives the one that has them. */
static ranked *sort_by_p(ranked *x, ranked *spare, int64_t m) {
  for (int64_t run = 1; run < m; run *= 2) {
    for (int64_t at = 0; at < m; at += 2 * run) {
      const int64_t size = m - at < 2 * run ? m - at : 2 * run;
      merge(x + at, size < run ? size : run, size, spare + at);
    }
    ranked *const sorted = spare;
    spare = x;
    x = sorted;
  }
  return x;
}

/* sorted[m] holds the p-values in increasing order; each is replaced by its adjusted value. */
static void adjust_sorted(weeg_adjustment method, ranked *sorted, int64_t m) {
  double limit = method == WEEG_ADJUST_HOLM ? 0.0 : 1.0;
  for (int64_t step = 0; step < m; step++) {
    int64_t i = method == WEEG_ADJUST_HOLM ? step : m - 1 - step;
    double factor = method == WEEG_ADJUST_BH ? (double)m / (double)(i + 1) : (double)(m - i);
    double value = factor * sorted[i].p;
    limit = method == WEEG_ADJUST_HOLM ? fmax(limit, value) : fmin(limit, value);
    sorted[i].p = fmin(1.0, limit);
  }
}

static weeg_status check(weeg_adjustment method, const double *p, int64_t count, int64_t *valid, weeg_error *err) {
  if (method < WEEG_ADJUST_NONE || method > WEEG_ADJUST_BONFERRONI)
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 0, "method %d is not a weeg_adjustment", (int)method);
  if (count < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, "count is %lld: must not be negative", (long long)count);
  if ((uint64_t)count > SIZE_MAX / (2 * sizeof(ranked)))
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, 2, "count %lld is too large", (long long)count);
  *valid = 0;
  for (int64_t i = 0; i < count; i++) {
    if (isnan(p[i])) continue;
    if (!(p[i] >= 0.0 && p[i] <= 1.0))
      return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "p[%lld] is %g: must be in [0, 1]", (long long)i, p[i]);
    (*valid)++;
  }
  return WEEG_OK;
}

weeg_status weeg_adjust_p(weeg_adjustment method, const double *p, int64_t count, double *adjusted, weeg_error *err) {
  int64_t m = 0;
  weeg_status status = check(method, p, count, &m, err);
  if (status != WEEG_OK) return status;

  if (method == WEEG_ADJUST_NONE || method == WEEG_ADJUST_BONFERRONI) {
    double factor = method == WEEG_ADJUST_NONE ? 1.0 : (double)m;
    for (int64_t i = 0; i < count; i++) adjusted[i] = isnan(p[i]) ? p[i] : fmin(1.0, factor * p[i]);
    return WEEG_OK;
  }

  ranked *room = NULL, *sorted = NULL;
  if (m > 0) {
    room = weeg_i_alloc(2 * m, sizeof *room);
    if (room == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "no memory to sort %lld p-values", (long long)m);
    int64_t k = 0;
    for (int64_t i = 0; i < count; i++)
      if (!isnan(p[i])) room[k++] = (ranked){p[i], i};
    sorted = sort_by_p(room, room + m, m);
    adjust_sorted(method, sorted, m);
  }
  for (int64_t i = 0; i < count; i++) adjusted[i] = p[i];
  for (int64_t i = 0; i < m; i++) adjusted[sorted[i].place] = sorted[i].p;
  weeg_free(room);
  return WEEG_OK;
}

weeg_status weeg_adjust_shown(weeg_adjustment method, const double *p, const uint8_t *hidden, int64_t count, double *adjusted,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *all = NULL;
  if (count < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, 3, "count is %lld: must not be negative", (long long)count);
  WEEG_NEW(all, count);
  for (int64_t i = 0; i < count; i++) all[i] = hidden[i] ? 1 : p[i];
  WEEG_TRY(weeg_adjust_p(method, all, count, all, err));
  for (int64_t i = 0; i < count; i++) adjusted[i] = hidden[i] ? NAN : all[i];
cleanup:
  weeg_free(all);
  return status;
}

weeg_status weeg_i_adjust_distinct(weeg_adjustment method, weeg_distinct of, double *adjusted, int64_t *counted,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *p = NULL;
  int64_t number = 0;
  if (of.count < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, 2, "count is %lld: must not be negative", (long long)of.count);
  WEEG_NEW(p, of.count);
  for (int64_t i = 0; i < of.count; i++) {
    p[i] = of.same_as[i] == i ? of.p[i] : NAN;
    number += !isnan(p[i]);
  }
  WEEG_TRY(weeg_adjust_p(method, p, of.count, p, err));
  for (int64_t i = 0; i < of.count; i++) adjusted[i] = isnan(of.p[i]) ? of.p[i] : p[of.same_as[i]];
  if (counted != NULL) *counted = number;
cleanup:
  weeg_free(p);
  return status;
}

/* A test in the order of its sides and its p-value. */
typedef struct sided {
  int32_t low, high;
  double p;
  int64_t place;
} sided;

static int by_sides(const void *left, const void *right) {
  const sided *a = left, *b = right;
  if (a->low != b->low) return a->low < b->low ? -1 : 1;
  if (a->high != b->high) return a->high < b->high ? -1 : 1;
  if (a->p != b->p) return a->p < b->p ? -1 : 1;
  return (a->place > b->place) - (a->place < b->place);
}

static bool has_sides(const sided *a, const sided *b) { return a->low == b->low && a->high == b->high; }

enum { FEW = 16 };

/* Mostly the tests of two sides are side by side, and few: then only these are to be sorted. */
static void sort_by_sides(sided *x, int64_t count) {
  int64_t end = 0;
  for (int64_t i = 1; i < count; i++) {
    if (x[i].low > x[i - 1].low || (x[i].low == x[i - 1].low && x[i].high >= x[i - 1].high)) continue;
    qsort(x, (size_t)count, sizeof *x, by_sides);
    return;
  }
  for (int64_t from = 0; from < count; from = end) {
    for (end = from + 1; end < count && has_sides(&x[from], &x[end]);) end++;
    if (end - from > FEW) qsort(x + from, (size_t)(end - from), sizeof *x, by_sides);
    for (int64_t i = from + 1; i < end; i++) { /* each into its place; of sorted ones none moves */
      const sided one = x[i];
      int64_t at = i;
      for (; at > from && x[at - 1].p > one.p; at--) x[at] = x[at - 1];
      x[at] = one;
    }
  }
}

/* Of the same two sides: the same answer, or one that all others gave. */
static bool is_same(const weeg_hypotheses *t, int64_t i, int64_t j) {
  const bool turned = t->first[i] != t->first[j], same = t->answer[i] == t->answer[j];
  const double other1 = turned ? t->share2[j] : t->share1[j], other2 = turned ? t->share1[j] : t->share2[j];
  const double want1 = same ? t->share1[i] : 1 - t->share1[i], want2 = same ? t->share2[i] : 1 - t->share2[i];
  return fabs(other1 - want1) <= 1e-9 && fabs(other2 - want2) <= 1e-9;
}

weeg_status weeg_adjust_hypotheses(weeg_adjustment method, const weeg_hypotheses *tests, double *adjusted, int64_t *counted,
                                   weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_hypotheses *t = tests;
  sided *sorted = NULL;
  int64_t *same_as = NULL, known = 0;
  WEEG_TRY(check(method, t->p, t->count, &known, err));
  WEEG_NEW(sorted, known);
  WEEG_NEW(same_as, t->count);
  int64_t k = 0;
  for (int64_t i = 0; i < t->count; i++) {
    const int32_t a = t->first[i], b = t->second[i];
    same_as[i] = i;
    if (!isnan(t->p[i])) sorted[k++] = (sided){a < b ? a : b, a < b ? b : a, t->p[i], i};
  }
  sort_by_sides(sorted, known);
  for (int64_t i = 1; i < known; i++) {
    const sided *x = &sorted[i];
    for (int64_t j = i - 1; j >= 0 && same_as[x->place] == x->place; j--) {
      const sided *y = &sorted[j];
      if (!has_sides(x, y) || x->p - y->p > 1e-6 * x->p) break;
      if (same_as[y->place] == y->place && is_same(t, x->place, y->place)) same_as[x->place] = y->place;
    }
  }
  WEEG_TRY(weeg_i_adjust_distinct(method, (weeg_distinct){t->p, same_as, t->count}, adjusted, counted, err));
cleanup:
  weeg_free(sorted);
  weeg_free(same_as);
  return status;
}
