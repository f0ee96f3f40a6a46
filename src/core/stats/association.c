/*
 * Effect sizes of a two-way table with Taylor standard errors. Each is a smooth function of the cell proportions p_rc that does
 * not change when all of them are multiplied by the same number, so the score of a row in cell (r, c) is the derivative
 * with respect to p_rc over the sum of weights; these scores sum to 0.
 */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "variance/scores.h"
#include "weeg.h"

typedef struct table {
  int32_t rows, columns, cells;
  int32_t *place;       /* [tally->cells] row * columns + column, -1 where missing */
  int32_t *domain_of;   /* [tally->cells] 0, -1 where missing */
  int32_t *zero;        /* [tally->cells + effects] */
  double *p;            /* [cells] proportions */
  double *row, *column; /* margins */
  double *with, *against; /* [cells] proportion of rows concordant and discordant with one in the cell */
  double *row_other, *column_other; /* proportion in other rows, in other columns */
  double *gradient;     /* [effects * cells] */
  double *size;         /* [effects] what it was computed of: see weeg_scores.size */
  double *variance;     /* [effects] */
  double total;         /* sum of weights */
  int32_t rows_used, columns_used;
  weeg_test test;       /* Rao-Scott F under independence: n, design effects, p-value; only for Cramer's V */
} table;

static void clear_table(table *t) {
  weeg_free(t->place);
  weeg_free(t->domain_of);
  weeg_free(t->zero);
  weeg_free(t->p);
  weeg_free(t->row);
  weeg_free(t->column);
  weeg_free(t->with);
  weeg_free(t->against);
  weeg_free(t->row_other);
  weeg_free(t->column_other);
  weeg_free(t->gradient);
  weeg_free(t->size);
  weeg_free(t->variance);
}

/* Adds to sums the proportion of the rows beyond each cell in one of the four diagonal directions. Nothing is subtracted. */
static void add_quadrant(const table *t, bool down, bool right, double *beyond, double *sums) {
  for (int32_t c = 0; c < t->columns; c++) beyond[c] = 0;
  for (int32_t i = 0; i < t->rows; i++) {
    const int32_t r = down ? i : t->rows - 1 - i;
    double sum = 0;
    for (int32_t j = 0; j < t->columns; j++) {
      const int32_t c = right ? j : t->columns - 1 - j;
      sums[r * t->columns + c] += sum;
      sum += beyond[c];
      beyond[c] += t->p[r * t->columns + c];
    }
  }
}

/* other[k] = sum of the margin but for k, without cancellation. */
static void sum_others(const double *margin, int32_t size, double *other) {
  double before = 0, after = 0;
  for (int32_t k = 0; k < size; k++) {
    other[k] += before;
    before += margin[k];
    other[size - 1 - k] += after;
    after += margin[size - 1 - k];
  }
}

static int32_t count_positive(const double *p, int32_t size) {
  int32_t count = 0;
  for (int32_t k = 0; k < size; k++) count += p[k] > 0;
  return count;
}

static weeg_status fill_table(table *t, const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row,
                              const int32_t *cell_column, int64_t *n, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *beyond = NULL, *weighted = NULL;
  WEEG_NEW(beyond, t->columns);
  WEEG_NEW(weighted, t->cells);
  for (int32_t c = 0; c < tally->cells; c++) {
    const bool known = cell_row[c] >= 0 && cell_column[c] >= 0;
    if (cell_row[c] >= t->rows || cell_column[c] >= t->columns) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
      goto cleanup;
    }
    t->place[c] = known ? cell_row[c] * t->columns + cell_column[c] : -1;
    t->domain_of[c] = known ? 0 : -1;
  }
  WEEG_TRY(weeg_proportions(tally, design, t->zero, 1, t->place, t->cells, NULL, weighted, t->p, NULL, n, NULL, err));
  for (int32_t o = 0; o < t->cells; o++) {
    t->total += weighted[o];
    t->row[o / t->columns] += t->p[o];
    t->column[o % t->columns] += t->p[o];
  }
  t->rows_used = count_positive(t->row, t->rows);
  t->columns_used = count_positive(t->column, t->columns);
  add_quadrant(t, true, true, beyond, t->with);
  add_quadrant(t, false, false, beyond, t->with);
  add_quadrant(t, true, false, beyond, t->against);
  add_quadrant(t, false, true, beyond, t->against);
  sum_others(t->row, t->rows, t->row_other);
  sum_others(t->column, t->columns, t->column_other);
cleanup:
  weeg_free(beyond);
  weeg_free(weighted);
  return status;
}

static weeg_status make_table(table *t, const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row,
                              const int32_t *cell_column, int count, int64_t *n, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if ((int64_t)t->rows * t->columns > INT32_MAX / 8) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large");
  }
  t->cells = t->rows * t->columns;
  WEEG_NEW(t->place, tally->cells);
  WEEG_NEW(t->domain_of, tally->cells);
  WEEG_NEW(t->zero, (int64_t)tally->cells + count);
  WEEG_NEW(t->p, t->cells);
  WEEG_NEW(t->row, t->rows);
  WEEG_NEW(t->column, t->columns);
  WEEG_NEW(t->with, t->cells);
  WEEG_NEW(t->against, t->cells);
  WEEG_NEW(t->row_other, t->rows);
  WEEG_NEW(t->column_other, t->columns);
  WEEG_NEW(t->gradient, (int64_t)count * t->cells);
  WEEG_NEW(t->size, count);
  WEEG_NEW(t->variance, count);
  WEEG_TRY(fill_table(t, tally, design, cell_row, cell_column, n, err));
cleanup:
  return status;
}

/* ---- measures and their gradients ------------------------------------------------------------------------------- */

/* Mean square contingency and its gradient: sum p_rc^2 / (p_r. p_.c) - 1, computed from the deviations. */
static double mean_square(const table *t, double *gradient) {
  double phi2 = 0;
  for (int32_t r = 0; r < t->rows; r++) { /* here gradient holds p / e - 1, the relative deviation */
    for (int32_t c = 0; c < t->columns; c++) {
      const double e = t->row[r] * t->column[c], p = t->p[r * t->columns + c];
      const double deviation = e > 0 ? (p - e) / e : 0;
      gradient[r * t->columns + c] = deviation;
      phi2 += e * deviation * deviation;
    }
  }
  return phi2;
}

/*
 * d phi2 / d p_rc = 2 (d_rc + 1) - sum_b p_.b (d_rb + 1)^2 - sum_a p_a. (d_ac + 1)^2 with d the relative deviations, whose
 * means with weights p_.b and p_a. are 0: 2 d_rc - sum_b p_.b d_rb^2 - sum_a p_a. d_ac^2. Times `factor`.
 */
static weeg_status score_mean_square(const table *t, double factor, double *gradient, double *size, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *row = NULL, *column = NULL;
  WEEG_NEW(row, t->rows);
  WEEG_NEW(column, t->columns);
  for (int32_t o = 0; o < t->cells; o++) {
    const int32_t r = o / t->columns, c = o % t->columns;
    row[r] += t->column[c] * gradient[o] * gradient[o];
    column[c] += t->row[r] * gradient[o] * gradient[o];
  }
  for (int32_t o = 0; o < t->cells; o++) {
    const double others = row[o / t->columns] + column[o % t->columns];
    *size += t->p[o] * factor * (2 * (fabs(gradient[o]) + 1) + others); /* a deviation is p / e - 1 */
    gradient[o] = factor * (2 * gradient[o] - others);
  }
cleanup:
  weeg_free(row);
  weeg_free(column);
  return status;
}

/* phi^2 below this is rounding noise: squares of relative deviations of 1e-10. */
static const double NO_ASSOCIATION = 1e-20;

/*
 * What Bergsma (2013) subtracts from phi^2, and what he divides by, with the mean generalised design effect: under
 * independence the expectation of phi^2 is that many times what it is in a simple random sample.
 */
static weeg_reason correct_bias(const table *t, double *bias, double *divisor) {
  const double r = t->rows_used - 1, c = t->columns_used - 1, n = (double)(t->test.n - 1) / t->test.delta_mean;
  if (t->test.reason != WEEG_REASON_NONE) return t->test.reason;
  *bias = r * c / n;
  *divisor = fmin(r - r * r / n, c - c * c / n);
  return n > 0 && *divisor > 0 ? WEEG_REASON_NONE : WEEG_REASON_FEW_ROWS;
}

static weeg_status cramers_v(const table *t, bool corrected, double *value, double *gradient, double *size,
                             weeg_reason *reason, weeg_error *err) {
  double bias = 0, divisor = fmin(t->rows_used, t->columns_used) - 1;
  if (corrected) *reason = correct_bias(t, &bias, &divisor);
  if (*reason != WEEG_REASON_NONE) return WEEG_OK;
  const double phi2 = mean_square(t, gradient);
  *value = sqrt(fmax(0, phi2 - bias) / divisor);
  if (phi2 < NO_ASSOCIATION || *value == 0) {
    *value = 0;
    *reason = corrected ? WEEG_REASON_NO_EXCESS : WEEG_REASON_AT_BOUND;
    return WEEG_OK;
  }
  return score_mean_square(t, 1 / (2 * divisor * *value), gradient, size, err);
}

/* Goodman and Kruskal (1954); Kendall (1945); Somers (1962). C and D: twice the share of concordant, discordant pairs. */
static void ordinal(const table *t, weeg_effect_kind kind, double *value, double *gradient, double *size) {
  double C = 0, D = 0, untied_row = 0, untied_column = 0;
  for (int32_t o = 0; o < t->cells; o++) {
    C += t->p[o] * t->with[o];
    D += t->p[o] * t->against[o];
  }
  for (int32_t r = 0; r < t->rows; r++) untied_row += t->row[r] * t->row_other[r];
  for (int32_t c = 0; c < t->columns; c++) untied_column += t->column[c] * t->column_other[c];
  const double scale = sqrt(untied_row) * sqrt(untied_column);
  *value = kind == WEEG_GAMMA ? (C - D) / (C + D) : kind == WEEG_TAU_B ? (C - D) / scale : (C - D) / untied_row;
  for (int32_t o = 0; o < t->cells; o++) {
    const double row = t->row_other[o / t->columns] / untied_row;
    const double column = t->column_other[o % t->columns] / untied_column;
    const double difference = 2 * (t->with[o] - t->against[o]), pairs = 2 * (t->with[o] + t->against[o]);
    if (kind == WEEG_GAMMA) {
      gradient[o] = 4 * (D * t->with[o] - C * t->against[o]) / (C + D) / (C + D);
      *size += t->p[o] * 4 * (D * t->with[o] + C * t->against[o]) / (C + D) / (C + D);
    } else if (kind == WEEG_TAU_B) {
      gradient[o] = difference / scale - *value * (row + column);
      *size += t->p[o] * (pairs / scale + fabs(*value) * (row + column));
    } else {
      gradient[o] = difference / untied_row - 2 * *value * row;
      *size += t->p[o] * (pairs / untied_row + 2 * fabs(*value) * row);
    }
  }
}

/* Weight of a disagreement of levels a and b: 0 to 1. */
static double disagreement(weeg_effect_kind kind, int32_t a, int32_t b, int32_t size) {
  const double apart = fabs((double)(a - b)) / fmax(1, size - 1);
  return kind == WEEG_KAPPA ? a != b : kind == WEEG_KAPPA_LINEAR ? apart : apart * apart;
}

/* Cohen (1960, 1968), as 1 - (observed disagreement) / (disagreement expected under independence). */
static weeg_reason kappa(const table *t, pulse *p, weeg_effect_kind kind, double *value, double *gradient, double *scale) {
  const int32_t size = t->rows;
  double observed = 0, expected = 0;
  for (int32_t o = 0; o < t->cells; o++) {
    const double weight = disagreement(kind, o / size, o % size, size);
    observed += weight * t->p[o];
    expected += weight * t->row[o / size] * t->column[o % size];
  }
  if (!(expected > 0)) return WEEG_REASON_ONE_LEVEL;
  *value = 1 - observed / expected;
  for (int32_t o = 0; o < t->cells && !weeg_i_stops(p, 8 * (int64_t)size); o++) {
    const int32_t r = o / size, c = o % size;
    double mean = 0; /* of the weights, over the columns and over the rows: the derivative of `expected` */
    for (int32_t k = 0; k < size; k++) {
      mean += disagreement(kind, r, k, size) * t->column[k] + disagreement(kind, k, c, size) * t->row[k];
    }
    const double plus = observed * mean / expected / expected, minus = (disagreement(kind, r, c, size) + observed) / expected;
    gradient[o] = plus - minus;
    *scale += t->p[o] * (plus + minus);
  }
  return WEEG_REASON_NONE;
}

/* ---- together --------------------------------------------------------------------------------------------------- */

static bool is_cramer(weeg_effect_kind kind) { return kind == WEEG_CRAMERS_V || kind == WEEG_CRAMERS_V_CORRECTED; }

static bool is_kappa(weeg_effect_kind kind) { return kind >= WEEG_KAPPA; }

static weeg_status measure(const table *t, pulse *p, weeg_effect_kind kind, double *gradient, double *size, weeg_effect *e,
                           weeg_error *err) {
  *e = (weeg_effect){.estimate = NAN, .std_error = NAN, .low = NAN, .high = NAN};
  if (!(t->total > 0)) {
    e->reason = WEEG_REASON_EMPTY;
  } else if (is_kappa(kind)) {
    e->reason = kappa(t, p, kind, &e->estimate, gradient, size);
    return weeg_i_pulse_status(p, err);
  } else if (t->rows_used < 2 || t->columns_used < 2) {
    e->reason = WEEG_REASON_ONE_LEVEL;
  } else if (is_cramer(kind)) {
    return cramers_v(t, kind == WEEG_CRAMERS_V_CORRECTED, &e->estimate, gradient, size, &e->reason, err);
  } else {
    ordinal(t, kind, &e->estimate, gradient, size);
  }
  return WEEG_OK;
}

static weeg_status find_variances(table *t, const weeg_tally *tally, const weeg_design *design, int count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int64_t counted = 0;
  for (int32_t c = 0; c < tally->cells; c++) counted += t->place[c] >= 0;
  WEEG_TRY(weeg_i_scores_new(&list, tally->cells, count, counted * count, err));
  WEEG_TRY(weeg_i_scores_size(&list, err));
  for (int k = 0; k < count; k++) list.size[k] = t->size[k];
  for (int32_t c = 0; c < tally->cells; c++) {
    for (int32_t k = 0; k < count && t->place[c] >= 0; k++) {
      weeg_i_scores_add(&list, k, t->gradient[(int64_t)k * t->cells + t->place[c]] / t->total);
    }
    weeg_i_scores_close(&list, c);
  }
  WEEG_TRY(weeg_variance(tally, design, &list.scores, t->domain_of, 1, t->zero, t->variance, err));
cleanup:
  weeg_i_scores_clear(&list);
  return status;
}

/* An estimate nearer to its bound than this is at it, but for rounding. */
static const double BOUND = 1 - 1e-12;

/* Limits of atanh(estimate) with the t quantile, transformed back. */
static weeg_status find_limits(double variance, int64_t df, double level, weeg_effect *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double t = NAN;
  if (e->reason != WEEG_REASON_NONE) return WEEG_OK;
  if (isnan(variance)) {
    e->reason = WEEG_REASON_NO_VARIANCE;
  } else if (fabs(e->estimate) > BOUND) {
    e->reason = WEEG_REASON_AT_BOUND;
  } else {
    e->std_error = variance > 0 ? sqrt(variance) : 0;
    if (!(variance > 0)) {
      e->reason = WEEG_REASON_ZERO_VARIANCE;
    } else if (df < 1) {
      e->reason = WEEG_REASON_NO_DF;
    } else {
      WEEG_TRY(weeg_t_quantile(1 - (1 - level) / 2, (double)df, &t, err));
      const double half = t * e->std_error / (1 - e->estimate * e->estimate);
      e->low = tanh(atanh(e->estimate) - half);
      e->high = tanh(atanh(e->estimate) + half);
    }
  }
cleanup:
  return status;
}

/* The corrected value that belongs to an uncorrected V. */
static double correct(const table *t, double v) {
  double bias = 0, divisor = 0;
  (void)correct_bias(t, &bias, &divisor);
  const double phi2 = v * v * (fmin(t->rows_used, t->columns_used) - 1);
  return sqrt(fmax(0, phi2 - bias) / divisor);
}

/*
 * Limits of V are not below 0, and the lower one is 0 where the Rao-Scott test at 1 - level does not reject independence.
 * Those of the corrected V are what the correction makes of them: where V has none, at 1 say, whose variance is rounding
 * noise, it has none either.
 */
static void bound_cramer(const table *t, double level, const weeg_effect *plain, weeg_effect *e, bool corrected) {
  if (isnan(plain->low)) {
    if (e->reason != WEEG_REASON_NONE && e->reason != WEEG_REASON_ZERO_VARIANCE) return;
    e->reason = plain->reason;
    e->low = e->high = NAN;
    if (isnan(plain->std_error)) e->std_error = NAN;
    return;
  }
  const double low = t->test.p_value >= 1 - level ? 0 : fmax(0, plain->low);
  if (!corrected) {
    e->low = low;
  } else if (e->reason == WEEG_REASON_NONE || e->reason == WEEG_REASON_NO_EXCESS) {
    e->low = correct(t, low);
    e->high = correct(t, plain->high);
  }
}

static weeg_status find_effects(table *t, const weeg_tally *tally, const weeg_design *design, const weeg_effect_kind *kinds,
                                int count, int64_t df, double level, weeg_effect *effects, weeg_error *err) {
  weeg_status status = WEEG_OK;
  pulse beat = {.hooks = design->hooks};
  /* the last one is the uncorrected V, on whose limits those of both V are based */
  for (int k = 0; k <= count; k++) {
    WEEG_TRY(measure(t, &beat, k < count ? kinds[k] : WEEG_CRAMERS_V, t->gradient + (int64_t)k * t->cells, &t->size[k],
                     &effects[k], err));
    if (effects[k].reason == WEEG_REASON_NONE) continue;
    for (int32_t o = 0; o < t->cells; o++) t->gradient[(int64_t)k * t->cells + o] = 0;
  }
  WEEG_TRY(find_variances(t, tally, design, count + 1, err));
  for (int k = 0; k <= count; k++) {
    /* V is about the differences that the test is about */
    const bool none = t->test.reason == WEEG_REASON_NO_VARIANCE && (k == count || is_cramer(kinds[k]));
    WEEG_TRY(find_limits(none ? NAN : t->variance[k], df, level, &effects[k], err));
  }
  for (int k = 0; k < count; k++) {
    if (is_cramer(kinds[k])) bound_cramer(t, level, &effects[count], &effects[k], kinds[k] == WEEG_CRAMERS_V_CORRECTED);
  }
cleanup:
  return status;
}

weeg_status weeg_association(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row, int32_t rows,
                             const int32_t *cell_column, int32_t columns, const weeg_effect_kind *kinds, int count,
                             double level, weeg_effect *effects, int64_t *n, int64_t *df, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {.rows = rows, .columns = columns};
  weeg_effect *found = NULL;
  bool cramer = false;
  if (!(level > 0 && level < 1)) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "level must be between 0 and 1");
  for (int k = 0; k < count; k++) {
    if ((int)kinds[k] < WEEG_CRAMERS_V || kinds[k] > WEEG_KAPPA_QUADRATIC) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "measure %d is not a weeg_effect_kind", (int)kinds[k]);
    }
    if (is_kappa(kinds[k]) && rows != columns) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "kappa needs as many rows as columns, not %d and %d", rows, columns);
    }
    cramer |= is_cramer(kinds[k]);
  }
  WEEG_NEW(found, count + 1);
  WEEG_TRY(make_table(&t, tally, design, cell_row, cell_column, count + 1, n, err));
  WEEG_TRY(weeg_design_df(tally, design, t.zero, 1, df, err));
  if (cramer) {
    WEEG_TRY(weeg_test_independence(tally, design, cell_row, rows, cell_column, columns, WEEG_TEST_RAO_SCOTT_F, true,
                                    &t.test, err));
  }
  WEEG_TRY(find_effects(&t, tally, design, kinds, count, *df, level, found, err));
  for (int k = 0; k < count; k++) effects[k] = found[k];
cleanup:
  clear_table(&t);
  weeg_free(found);
  return status;
}
