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
#include "weeg.h"

typedef struct ranked {
  double p;
  int64_t place;
} ranked;

static int by_p(const void *left, const void *right) {
  const ranked *a = left, *b = right;
  if (a->p != b->p) return a->p < b->p ? -1 : 1;
  return (a->place > b->place) - (a->place < b->place);
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
  if ((uint64_t)count > SIZE_MAX / sizeof(ranked))
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

  ranked *sorted = NULL;
  if (m > 0) {
    sorted = weeg_i_alloc(m, sizeof *sorted);
    if (sorted == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "no memory to sort %lld p-values", (long long)m);
    int64_t k = 0;
    for (int64_t i = 0; i < count; i++)
      if (!isnan(p[i])) sorted[k++] = (ranked){p[i], i};
    qsort(sorted, (size_t)m, sizeof *sorted, by_p);
    adjust_sorted(method, sorted, m);
  }
  for (int64_t i = 0; i < count; i++) adjusted[i] = p[i];
  for (int64_t i = 0; i < m; i++) adjusted[sorted[i].place] = sorted[i].p;
  weeg_free(sorted);
  return WEEG_OK;
}
