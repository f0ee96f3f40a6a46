/* Tests of independence in a two-way table. */
#include <math.h>

#include "base/interrupt.h"
#include "base/memory.h"
#include "math/whiten.h"
#include "stats/rao_scott.h"
#include "variance/alone.h"
#include "variance/scores.h"
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
  if ((int64_t)rows * columns > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large for a test");
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

/* Scores of Y p-hat, Y of the whitening. */
static weeg_status score_whitened(const table *t, const weeg_design *design, whitening *w, score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *y = NULL, *mean = NULL, *size = NULL;
  int64_t counted = 0;
  pulse beat = {.hooks = design->hooks};
  for (int32_t c = 0; c < t->tally->cells; c++) counted += t->use[c];
  WEEG_TRY(weeg_i_scores_new(list, t->tally->cells, w->outputs, counted * w->outputs, err));
  WEEG_TRY(weeg_i_scores_ratio(list, 1, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  WEEG_NEW(y, w->outputs);
  WEEG_NEW(mean, w->outputs);
  WEEG_NEW(size, w->lines);
  for (int32_t i = 0; i < t->cells; i++) { /* in the order of the table, whatever that of the tally */
    if (!(t->p[i] > 0) || weeg_i_stops(&beat, 8 * (int64_t)t->cells)) continue;
    weeg_i_whiten(w, i, y, size);
    for (int32_t o = 0; o < w->outputs; o++) mean[o] += t->p[i] * y[o];
    for (int32_t k = 0; k < w->lines; k++) {
      for (int32_t o = w->first[k]; o < w->first[k + 1]; o++) list->size[o] += 4 * t->p[i] * size[k];
    }
  }
  for (int32_t c = 0; c < t->tally->cells; c++) {
    list->cell_base[c] = t->use[c] ? 0 : -1;
    if (t->use[c] && t->p[t->place[c]] > 0 && !weeg_i_stops(&beat, 8 * (int64_t)t->cells)) {
      weeg_i_whiten(w, t->place[c], y, size);
      for (int32_t o = 0; o < w->outputs; o++) weeg_i_scores_add(list, o, (y[o] - mean[o]) / t->total);
    }
    weeg_i_scores_close(list, c);
  }
  WEEG_TRY(weeg_i_pulse_status(&beat, err));
cleanup:
  weeg_free(y);
  weeg_free(mean);
  weeg_free(size);
  return status;
}

/*
 * Rao and Scott (1984), section 3; D = diag(d), d the observed proportions or those under independence. See whiten.h for how
 * their Delta is found.
 */
static weeg_status rao_scott(const table *t, const weeg_design *design, weeg_test_method method, bool null_proportions,
                             weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  whitening w = {0};
  score_list list = {0};
  double *d = NULL, *delta = NULL;
  WEEG_TRY(weeg_i_test_limit(method, t->rows, t->columns, t->interaction, err));
  WEEG_NEW(d, t->cells);
  for (int32_t i = 0; i < t->cells; i++) {
    d[i] = null_proportions ? t->row_p[i / t->columns] * t->column_p[i % t->columns] : t->p[i];
  }
  WEEG_TRY(weeg_i_whitening_make(&w, d, t->rows, t->columns, err));
  if (w.singular) {
    test->reason = WEEG_REASON_SINGULAR;
    goto cleanup;
  }
  WEEG_NEW(delta, (int64_t)w.outputs * w.outputs);
  WEEG_TRY(score_whitened(t, design, &w, &list, err));
  WEEG_TRY(weeg_covariance(t->tally, design, &list.scores, t->use, delta, err));
  for (int64_t i = 0; i < (int64_t)w.outputs * w.outputs; i++) delta[i] *= (double)t->n;
  const double statistic = method == WEEG_TEST_RAO_SCOTT_LR ? likelihood_ratio(t) : test->chisq;
  WEEG_TRY(weeg_i_test_delta(method, design, statistic, delta, w.outputs, t->interaction, test, err));
cleanup:
  weeg_i_whitening_clear(&w);
  weeg_i_scores_clear(&list);
  weeg_free(d);
  weeg_free(delta);
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
  WEEG_TRY(weeg_i_scores_new(list, t->tally->cells, t->interaction, counted * t->interaction, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
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
      weeg_i_scores_add(list, k, own / t->total);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

static weeg_status wald(const table *t, const weeg_design *design, bool adjusted, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  double *covariance = NULL, *residual = NULL;
  const int64_t size = t->interaction;
  WEEG_TRY(weeg_i_test_limit(adjusted ? WEEG_TEST_ADJUSTED_WALD : WEEG_TEST_WALD, t->rows, t->columns, size, err));
  WEEG_NEW(covariance, size * size);
  WEEG_NEW(residual, size);
  WEEG_TRY(score_residuals(t, &list, err));
  WEEG_TRY(weeg_covariance(t->tally, design, &list.scores, t->use, covariance, err));
  for (int32_t j = 0; j < size; j++) {
    const int32_t a = 1 + j / (t->columns - 1), b = 1 + j % (t->columns - 1);
    residual[j] = t->p[a * t->columns + b] - t->row_p[a] * t->column_p[b];
  }
  WEEG_TRY(weeg_i_test_wald(adjusted, design, residual, covariance, t->interaction, test, err));
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(covariance);
  weeg_free(residual);
  return status;
}

/* Makes the table; what is known of it without a covariance, and why there may be no test. */
static weeg_status describe_table(table *t, const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row,
                                  int32_t rows, const int32_t *cell_column, int32_t columns, weeg_test *test,
                                  weeg_error *err) {
  weeg_status status = WEEG_OK;
  bool alone = false;
  *test = weeg_i_test_none();
  WEEG_TRY(make_table(t, tally, cell_row, rows, cell_column, columns, err));
  WEEG_TRY(weeg_i_test_df(tally, design, NULL, &test->df, err));
  test->n = t->n;
  test->rows = t->rows;
  test->columns = t->columns;
  if (t->n == 0) {
    test->reason = WEEG_REASON_EMPTY;
  } else if (t->interaction == 0) {
    test->reason = WEEG_REASON_ONE_LEVEL;
  } else {
    const double smaller = t->rows < t->columns ? t->rows - 1 : t->columns - 1;
    test->chisq = pearson(t);
    test->cramers_v = sqrt(test->chisq / ((double)t->n * smaller));
    WEEG_TRY(weeg_i_table_alone(tally, design, NULL, cell_row, rows, cell_column, columns, &alone, err));
    if (alone) test->reason = WEEG_REASON_NO_VARIANCE;
  }
cleanup:
  return status;
}

weeg_status weeg_i_test_table(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row, int32_t rows,
                              const int32_t *cell_column, int32_t columns, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {0};
  WEEG_TRY(describe_table(&t, tally, design, cell_row, rows, cell_column, columns, test, err));
cleanup:
  clear_table(&t);
  return status;
}

weeg_status weeg_test_independence(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row,
                                   int32_t rows, const int32_t *cell_column, int32_t columns, weeg_test_method method,
                                   bool null_proportions, weeg_test *test, weeg_error *err) {
  weeg_status status = WEEG_OK;
  table t = {0};
  weeg_test result = weeg_i_test_none();
  if ((int)method < WEEG_TEST_RAO_SCOTT_F || method > WEEG_TEST_LINCOM) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, 6, "method %d is not a weeg_test_method", (int)method);
  }
  WEEG_TRY(describe_table(&t, tally, design, cell_row, rows, cell_column, columns, &result, err));
  if (result.reason != WEEG_REASON_NONE) {
    /* there is nothing to test */
  } else if (method == WEEG_TEST_WALD || method == WEEG_TEST_ADJUSTED_WALD) {
    WEEG_TRY(wald(&t, design, method == WEEG_TEST_ADJUSTED_WALD, &result, err));
  } else {
    WEEG_TRY(rao_scott(&t, design, method, null_proportions, &result, err));
  }
  *test = weeg_i_test_finish(&result);
cleanup:
  clear_table(&t);
  return status;
}
