/* Tests of independence in a two-way table. */
#include <math.h>

#include "alone.h"
#include "effects.h"
#include "memory.h"
#include "scores.h"
#include "weeg.h"

/* The table of rows and columns with data. */
typedef struct table {
  const weeg_tally *tally;
  int32_t *place;     /* [tally->cells] row * columns + column, -1 where missing or without data */
  uint8_t *use;       /* [tally->cells] place >= 0 */
  int32_t rows, columns, cells;
  double *p;          /* [cells] observed proportions */
  double *row_p, *column_p;
  double total;       /* sum of weights */
  int64_t n;
  int32_t interaction; /* (rows - 1) * (columns - 1) */
} table;

static void clear_table(table *t) {
  weeg_free(t->place);
  weeg_free(t->use);
  weeg_free(t->p);
  weeg_free(t->row_p);
  weeg_free(t->column_p);
}

/* new_row[r] = number of row r among rows with data, or -1; returns how many there are. */
static int32_t renumber(const int64_t *counts, int32_t size, int32_t *number) {
  int32_t used = 0;
  for (int32_t k = 0; k < size; k++) number[k] = counts[k] > 0 ? used++ : -1;
  return used;
}

static weeg_status find_margins(const weeg_tally *tally, const int32_t *cell_row, int32_t rows,
                                const int32_t *cell_column, int32_t columns, const int64_t *n, int32_t *row_number,
                                int32_t *column_number, table *t, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *row_n = NULL, *column_n = NULL;
  WEEG_NEW(row_n, rows);
  WEEG_NEW(column_n, columns);
  for (int32_t c = 0; c < tally->cells; c++) {
    if (cell_row[c] >= rows || cell_column[c] >= columns) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
      goto cleanup;
    }
    if (cell_row[c] < 0 || cell_column[c] < 0) continue;
    row_n[cell_row[c]] += n[c];
    column_n[cell_column[c]] += n[c];
    t->n += n[c];
  }
  t->rows = renumber(row_n, rows, row_number);
  t->columns = renumber(column_n, columns, column_number);
  t->cells = t->rows * t->columns;
  t->interaction = t->rows > 0 && t->columns > 0 ? (t->rows - 1) * (t->columns - 1) : 0;
cleanup:
  weeg_free(row_n);
  weeg_free(column_n);
  return status;
}

static weeg_status make_table(table *t, const weeg_tally *tally, const int32_t *cell_row, int32_t rows,
                              const int32_t *cell_column, int32_t columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *n = NULL;
  double *w = NULL;
  int32_t *row_number = NULL, *column_number = NULL;
  t->tally = tally;
  WEEG_NEW(n, tally->cells);
  WEEG_NEW(w, tally->cells);
  WEEG_NEW(row_number, rows);
  WEEG_NEW(column_number, columns);
  WEEG_TRY(weeg_tally_totals(tally, n, w, err));
  WEEG_TRY(find_margins(tally, cell_row, rows, cell_column, columns, n, row_number, column_number, t, err));
  WEEG_NEW(t->place, tally->cells);
  WEEG_NEW(t->use, tally->cells);
  WEEG_NEW(t->p, t->cells);
  WEEG_NEW(t->row_p, t->rows);
  WEEG_NEW(t->column_p, t->columns);
  for (int32_t c = 0; c < tally->cells; c++) {
    t->place[c] = -1;
    if (cell_row[c] < 0 || cell_column[c] < 0) continue;
    const int32_t r = row_number[cell_row[c]], k = column_number[cell_column[c]];
    if (r < 0 || k < 0) continue;
    t->place[c] = r * t->columns + k;
    t->use[c] = 1;
    t->p[t->place[c]] += w[c];
    t->total += w[c];
  }
  for (int32_t i = 0; i < t->cells; i++) {
    t->p[i] /= t->total;
    t->row_p[i / t->columns] += t->p[i];
    t->column_p[i % t->columns] += t->p[i];
  }
cleanup:
  weeg_free(n);
  weeg_free(w);
  weeg_free(row_number);
  weeg_free(column_number);
  return status;
}

static double pearson(const table *t) {
  double sum = 0;
  for (int32_t i = 0; i < t->cells; i++) {
    const double expected = t->row_p[i / t->columns] * t->column_p[i % t->columns];
    sum += (t->p[i] - expected) * (t->p[i] - expected) / expected;
  }
  return (double)t->n * sum;
}

/* G^2 = 2 n sum p log(p / (p_r. p_.c)) */
static double likelihood_ratio(const table *t) {
  double sum = 0;
  for (int32_t i = 0; i < t->cells; i++) {
    const double expected = t->row_p[i / t->columns] * t->column_p[i % t->columns];
    if (t->p[i] > 0) sum += t->p[i] * log(t->p[i] / expected);
  }
  return 2 * (double)t->n * fmax(0, sum);
}

/* Element (level, contrast) of the orthonormal Helmert contrasts of `levels` levels. */
static double helmert(int32_t level, int32_t contrast) {
  const double k = contrast + 1.0; /* compares level k with the mean of levels 0..k-1 */
  if (level > contrast + 1) return 0;
  return (level <= contrast ? 1 : -k) / sqrt(k * (k + 1));
}

/* Interaction contrasts: products of row and column contrasts, so orthogonal to both main effects. [cells][contrasts] */
static weeg_status make_contrasts(const table *t, double **contrasts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *c = NULL;
  WEEG_NEW(c, (int64_t)t->cells * t->interaction);
  for (int64_t i = 0; i < t->cells; i++) {
    for (int64_t k = 0; k < t->interaction; k++) {
      const int32_t row = (int32_t)(i / t->columns), column = (int32_t)(i % t->columns);
      c[i * t->interaction + k] = helmert(row, (int32_t)(k / (t->columns - 1))) *
                                  helmert(column, (int32_t)(k % (t->columns - 1)));
    }
  }
  *contrasts = c;
cleanup:
  return status;
}

/* Covariance of C' D^-1 p-hat, D = diag(d); a cell with d = 0 has no part in it. */
static weeg_status contrast_covariance(const table *t, const weeg_design *design, const double *contrasts,
                                       const double *d, double *covariance, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *mean = NULL;
  const int64_t size = t->interaction;
  int64_t counted = 0;
  for (int32_t c = 0; c < t->tally->cells; c++) counted += t->use[c];
  WEEG_TRY(weeg_scores_new(&list, t->tally->cells, t->interaction, counted * size, err));
  WEEG_TRY(weeg_scores_ratio(&list, 1, err));
  WEEG_TRY(weeg_scores_size(&list, err));
  WEEG_NEW(mean, size);
  for (int64_t i = 0; i < t->cells; i++) {
    for (int64_t k = 0; k < size && d[i] > 0; k++) {
      const double term = t->p[i] * contrasts[i * size + k] / d[i];
      mean[k] += term;
      list.size[k] += 2 * fabs(term); /* as much for the mean */
    }
  }
  for (int32_t c = 0; c < t->tally->cells; c++) {
    list.cell_base[c] = t->use[c] ? 0 : -1;
    for (int32_t k = 0; k < size && t->use[c]; k++) {
      const int64_t i = t->place[c];
      const double own = d[i] > 0 ? contrasts[i * size + k] / d[i] : 0;
      weeg_scores_add(&list, k, (own - mean[k]) / t->total);
    }
    weeg_scores_close(&list, c);
  }
  status = weeg_covariance(t->tally, design, &list.scores, t->use, covariance, err);
cleanup:
  weeg_scores_clear(&list);
  weeg_free(mean);
  return status;
}

/*
 * Delta = (C' D^-1 C / n)^-1 (C' D^-1 V D^-1 C): Rao and Scott (1984), section 3; D = diag(d), d the observed proportions or
 * those under independence.
 */
static weeg_status rao_scott(const table *t, const weeg_design *design, weeg_test_method method, bool null_proportions,
                             weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *d = NULL, *contrasts = NULL, *numerator = NULL, *denominator = NULL;
  const int64_t size = t->interaction;
  WEEG_NEW(d, t->cells);
  for (int32_t i = 0; i < t->cells; i++) {
    d[i] = null_proportions ? t->row_p[i / t->columns] * t->column_p[i % t->columns] : t->p[i];
  }
  WEEG_TRY(make_contrasts(t, &contrasts, err));
  WEEG_NEW(numerator, size * size);
  WEEG_NEW(denominator, size * size);
  WEEG_TRY(contrast_covariance(t, design, contrasts, d, numerator, err));
  for (int64_t i = 0; i < t->cells; i++) {
    if (!(d[i] > 0)) continue;
    for (int64_t a = 0; a < size; a++) {
      const double value = contrasts[i * size + a] / (d[i] * (double)t->n);
      for (int64_t b = 0; b <= a; b++) denominator[a * size + b] += value * contrasts[i * size + b];
    }
  }
  const double statistic = method == WEEG_TEST_RAO_SCOTT_LR ? likelihood_ratio(t) : test->chisq;
  WEEG_TRY(weeg_test_effects(method, design, statistic, numerator, denominator, t->interaction, test, err));
cleanup:
  weeg_free(d);
  weeg_free(contrasts);
  weeg_free(numerator);
  weeg_free(denominator);
  return status;
}

/*
 * Scores of the residuals T_ab - T_a. T_.b / T of the weighted counts, divided by T; first row and column left out: Thomas
 * and Rao (1987). Residuals of counts, not of proportions, as in survey and SUDAAN: the scores need not sum to 0. Under
 * independence the two are the same.
 */
static weeg_status score_residuals(const table *t, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  for (int32_t c = 0; c < t->tally->cells; c++) counted += t->use[c];
  WEEG_TRY(weeg_scores_new(list, t->tally->cells, t->interaction, counted * t->interaction, err));
  WEEG_TRY(weeg_scores_size(list, err));
  for (int32_t k = 0; k < t->interaction; k++) {
    const int32_t a = 1 + k / (t->columns - 1), b = 1 + k % (t->columns - 1);
    list->size[k] = t->p[a * t->columns + b] + 3 * t->row_p[a] * t->column_p[b];
  }
  for (int32_t c = 0; c < t->tally->cells; c++) {
    for (int32_t k = 0; k < t->interaction && t->use[c]; k++) {
      const int32_t i = t->place[c] / t->columns, j = t->place[c] % t->columns;
      const int32_t a = 1 + k / (t->columns - 1), b = 1 + k % (t->columns - 1);
      const double row = t->row_p[a], column = t->column_p[b];
      const double own = (i == a && j == b ? 1 : 0) - (i == a ? column : 0) - (j == b ? row : 0) + row * column;
      weeg_scores_add(list, k, own / t->total);
    }
    weeg_scores_close(list, c);
  }
cleanup:
  return status;
}

static weeg_status wald(const table *t, const weeg_design *design, bool adjusted, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *covariance = NULL, *residual = NULL;
  const int64_t size = t->interaction;
  WEEG_NEW(covariance, size * size);
  WEEG_NEW(residual, size);
  WEEG_TRY(score_residuals(t, &list, err));
  WEEG_TRY(weeg_covariance(t->tally, design, &list.scores, t->use, covariance, err));
  for (int32_t j = 0; j < size; j++) {
    const int32_t a = 1 + j / (t->columns - 1), b = 1 + j % (t->columns - 1);
    residual[j] = t->p[a * t->columns + b] - t->row_p[a] * t->column_p[b];
  }
  WEEG_TRY(weeg_test_wald(adjusted, residual, covariance, t->interaction, test, err));
cleanup:
  weeg_scores_clear(&list);
  weeg_free(covariance);
  weeg_free(residual);
  return status;
}

weeg_status weeg_test_independence(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row,
                                   int32_t rows, const int32_t *cell_column, int32_t columns, weeg_test_method method,
                                   bool null_proportions, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {0};
  weeg_test result = weeg_test_none();
  bool alone = false;
  if ((int)method < WEEG_TEST_RAO_SCOTT_F || method > WEEG_TEST_LINCOM) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 6, "method %d is not a weeg_test_method", (int)method);
  }
  WEEG_TRY(make_table(&t, tally, cell_row, rows, cell_column, columns, err));
  WEEG_TRY(weeg_test_df(tally, design, NULL, &result.df, err));
  result.n = t.n;
  result.rows = t.rows;
  result.columns = t.columns;
  if (t.n == 0) {
    result.reason = WEEG_REASON_EMPTY;
  } else if (t.interaction == 0) {
    result.reason = WEEG_REASON_ONE_LEVEL;
  } else {
    const double smaller = t.rows < t.columns ? t.rows - 1 : t.columns - 1;
    result.chisq = pearson(&t);
    result.cramers_v = sqrt(result.chisq / ((double)t.n * smaller));
    WEEG_TRY(weeg_table_alone(tally, design, NULL, cell_row, rows, cell_column, columns, &alone, err));
    if (alone) {
      result.reason = WEEG_REASON_NO_VARIANCE;
    } else if (method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD) {
      WEEG_TRY(wald(&t, design, method == WEEG_TEST_ADJUSTED_WALD, &result, err));
    } else {
      WEEG_TRY(rao_scott(&t, design, method, null_proportions, &result, err));
    }
  }
  *test = weeg_test_finish(&result);
cleanup:
  clear_table(&t);
  return status;
}
