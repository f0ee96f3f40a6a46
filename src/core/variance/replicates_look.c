/* Whether columns that are said to be replicate weights look like them: see weeg_replicate_look. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "weeg.h"

/* What these rows show is looked for in all rows; at most so many, spread over the whole. */
static const int64_t SOME_ROWS = 4096;

/* Totals this many times those of the weights, or one part of so many, are odd. */
static const double FAR = 5;

/* Ratios this near to the weights' are a jackknife's, of which the data lack a PSU. */
static const double NEAR = 2;

typedef struct columns {
  const double *const *x;
  int32_t count;
  const double *weights;
  bool multipliers;
  int64_t rows, some;
} columns;

static double weight_of(const columns *c, int64_t row) { return c->weights == NULL ? 1 : c->weights[row]; }

static int64_t some_row(const columns *c, int64_t i) {
  return c->some < 2 ? 0 : (int64_t)((double)i * (double)(c->rows - 1) / (double)(c->some - 1));
}

static bool is_constant(const double *x, int64_t rows) {
  for (int64_t i = 1; i < rows; i++) {
    if (x[i] != x[0]) return false;
  }
  return true;
}

/* What the column is times the weights in every row; NaN: not one number, or near 1 but not 1. */
static double ratio_to_weights(const columns *c, const double *x) {
  double ratio = NAN;
  for (int64_t i = 0; i < c->rows; i++) {
    const double w = weight_of(c, i);
    if (w == 0 && x[i] != 0) return NAN;
    if (w == 0) continue;
    if (isnan(ratio)) ratio = x[i] == w ? 1 : x[i] / w;
    if (ratio == 1 ? x[i] != w : fabs(x[i] - ratio * w) > 1e-12 * fabs(x[i])) return NAN;
  }
  return ratio == 1 || ratio < 1 / NEAR || ratio > NEAR ? ratio : NAN;
}

static double ratio_of_totals(const columns *c, const double *x, int64_t rows) {
  double sum = 0, total = 0;
  for (int64_t i = 0; i < rows; i++) {
    const int64_t row = rows == c->rows ? i : some_row(c, i);
    const double w = weight_of(c, row);
    sum += c->multipliers ? x[row] * w : x[row];
    total += w;
  }
  return total > 0 ? sum / total : 1;
}

static bool is_far(double ratio) { return ratio < 1 / FAR || ratio > FAR; }

static int by_size(const void *left, const void *right) {
  const double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(double *x, int64_t count) {
  qsort(x, (size_t)count, sizeof *x, by_size);
  return (x[count / 2] + x[(count - 1) / 2]) / 2;
}

/* The mean of a row's replicate weights is about its weight, that of multipliers about 1. */
static weeg_status look_at_rows(const columns *c, bool *other_kind, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *of_weight = NULL, *of_one = NULL;
  int64_t counted = 0;
  WEEG_NEW(of_weight, c->some);
  WEEG_NEW(of_one, c->some);
  for (int64_t i = 0; i < c->some; i++) {
    const int64_t row = some_row(c, i);
    const double w = weight_of(c, row);
    double mean = 0;
    if (!(w > 0)) continue;
    for (int32_t k = 0; k < c->count; k++) mean += c->x[k][row] / c->count;
    of_weight[counted] = fabs(mean / w - 1);
    of_one[counted++] = fabs(mean - 1);
  }
  *other_kind = false;
  if (counted == 0) goto cleanup;
  const double by_weight = median(of_weight, counted), by_one = median(of_one, counted);
  const double said = c->multipliers ? by_one : by_weight, other = c->multipliers ? by_weight : by_one;
  *other_kind = other < 0.15 && said > 2 * other + 0.1;
cleanup:
  weeg_free(of_weight);
  weeg_free(of_one);
  return status;
}

weeg_status weeg_look_at_replicates(const weeg_replicate_columns *of, bool multipliers, weeg_replicate_look *look,
                                    weeg_error *err) {
  weeg_status status = WEEG_OK;
  const double *const *replicates = of->replicates, *weights = of->weights;
  const int32_t count = of->count;
  const int64_t rows = of->rows;
  const columns c = {replicates, count, weights, multipliers, rows, rows < SOME_ROWS ? rows : SOME_ROWS};
  weeg_replicate_look found = {.constant = -1, .same = -1, .odd = -1};
  WEEG_TRY(look_at_rows(&c, &found.other_kind, err));
  found.weights_differ = weights != NULL && !is_constant(weights, rows);
  for (int32_t k = count - 1; k >= 0; k--) {
    if (is_constant(replicates[k], rows)) {
      found.constants++;
      found.constant = k;
      continue;
    }
    const double times = multipliers ? NAN : ratio_to_weights(&c, replicates[k]);
    if (!isnan(times)) {
      found.sames++;
      found.same = k;
      found.same_ratio = times;
      continue;
    }
    if (!is_far(ratio_of_totals(&c, replicates[k], c.some))) continue;
    const double ratio = ratio_of_totals(&c, replicates[k], rows);
    if (!is_far(ratio)) continue;
    found.odds++;
    found.odd = k;
    found.odd_ratio = ratio;
  }
  *look = found;
cleanup:
  return status;
}

/* ---- what is usual ---- */

static double usual_scale(const weeg_replicate_method *m) {
  const double count = m->count;
  switch (m->type) {
  case WEEG_REPLICATES_BRR: return 1 / count;
  case WEEG_REPLICATES_FAY: return 1 / (count * ((1 - m->rho) * (1 - m->rho)));
  case WEEG_REPLICATES_JK1: return m->largest == NULL ? (count - 1) / count : 1 / m->largest[0];
  case WEEG_REPLICATES_BOOTSTRAP: return 1 / (count - 1);
  case WEEG_REPLICATES_SDR:
  case WEEG_REPLICATES_ACS: return 4 / count;
  case WEEG_REPLICATES_OTHER: return NAN;
  default: return 1;
  }
}

void weeg_replicate_defaults(const weeg_replicate_method *method, weeg_replicates *usual, double *rscales) {
  usual->scale = usual_scale(method);
  usual->mse = method->type == WEEG_REPLICATES_ACS;
  for (int32_t r = 0; r < method->count; r++) {
    rscales[r] = method->type != WEEG_REPLICATES_JKN ? 1 : method->largest == NULL ? NAN : 1 / method->largest[r];
  }
}
