/* The first-order Rao-Scott test whose design correction needs design effects only: as SAS has it. */
#include <float.h>
#include <math.h>

#include "base/memory.h"
#include "stats/rao_scott.h"
#include "weeg.h"

/* Proportions of the levels of a variable among the rows of the table, and their variances. */
typedef struct margin {
  int32_t size;
  int32_t *place;           /* [tally->cells], -1 where a variable of the table is missing */
  double *p, *variance;     /* [size] */
} margin;

static void clear_margin(margin *m) {
  weeg_free(m->place);
  weeg_free(m->p);
  weeg_free(m->variance);
}

static weeg_status make_margin(margin *m, const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row,
                               const int32_t *cell_column, int32_t rows, int32_t columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *zero = NULL;
  m->size = rows * columns;
  WEEG_NEW(zero, tally->cells);
  WEEG_NEW(m->place, tally->cells);
  WEEG_NEW(m->p, m->size);
  WEEG_NEW(m->variance, m->size);
  for (int32_t c = 0; c < tally->cells; c++) {
    const int32_t row = rows > 1 ? cell_row[c] : 0, column = columns > 1 ? cell_column[c] : 0;
    m->place[c] = cell_row[c] < 0 || cell_column[c] < 0 ? -1 : row * columns + column;
  }
  WEEG_TRY(weeg_proportions(tally, design, zero, 1, m->place, m->size, NULL, NULL, m->p, m->variance, NULL, NULL, err));
cleanup:
  weeg_free(zero);
  return status;
}

/* 1 - f, f being the part of the population's PSUs that is in the sample. */
static double part_left(const weeg_design *design) {
  double sampled = 0, population = 0;
  if (design->stratum_fpc == NULL) return 1;
  for (int32_t h = 0; h < design->strata; h++) {
    sampled += (double)design->stratum_psus[h];
    population += design->stratum_psus[h] > 0 ? design->stratum_fpc[h] : 0;
  }
  return isfinite(population) && population > 0 ? 1 - sampled / population : 1;
}

/* sum (1 - p) d = sum v (n - 1) / ((1 - f) p), with `at` for p; levels without data have no part in it. */
static double sum_effects(const margin *m, const double *at, double rows_left) {
  double sum = 0;
  for (int32_t k = 0; k < m->size; k++) {
    if (at[k] > 0) sum += m->variance[k] * rows_left / at[k];
  }
  return sum;
}

weeg_status weeg_test_deff(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row, int32_t rows,
                           const int32_t *cell_column, int32_t columns, bool null_proportions, weeg_test *test,
                           weeg_error *err) {
  weeg_status status = WEEG_OK;
  margin cell = {0}, row = {0}, column = {0};
  weeg_test result;
  double *at = NULL;
  /* an empty cell is no obstacle here */
  WEEG_TRY(weeg_i_test_table(tally, design, cell_row, rows, cell_column, columns, &result, err));
  if (result.reason != WEEG_REASON_NONE) goto finish;
  WEEG_TRY(make_margin(&cell, tally, design, cell_row, cell_column, rows, columns, err));
  WEEG_TRY(make_margin(&row, tally, design, cell_row, cell_column, rows, 1, err));
  WEEG_TRY(make_margin(&column, tally, design, cell_row, cell_column, 1, columns, err));
  WEEG_NEW(at, cell.size);
  for (int32_t k = 0; k < cell.size; k++) {
    at[k] = null_proportions ? row.p[k / columns] * column.p[k % columns] : cell.p[k];
  }
  const double k = (double)(result.rows - 1) * (result.columns - 1), left = part_left(design);
  const double rows_left = ((double)result.n - 1) / left;
  const double of_cells = sum_effects(&cell, at, rows_left);
  const double of_margins = sum_effects(&row, row.p, rows_left) + sum_effects(&column, column.p, rows_left);
  const double correction = (of_cells - of_margins) / k;
  /* a difference that is no more than the rounding of its terms is 0 */
  if (!(correction * k > 64 * DBL_EPSILON * (of_cells + of_margins)) || !isfinite(correction)) {
    result.reason = isnan(correction) ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_ZERO_VARIANCE;
    goto finish;
  }
  result.delta_mean = correction;
  result.statistic = result.chisq / correction;
  result.df1 = k;
  WEEG_TRY(weeg_chisq_tail(result.statistic, result.df1, &result.p_value, err));
finish:
  *test = result;
cleanup:
  clear_margin(&cell);
  clear_margin(&row);
  clear_margin(&column);
  weeg_free(at);
  return status;
}
