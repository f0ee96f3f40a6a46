/* What a cross-tabulation adds to proportions and a test: residuals. */
#include <math.h>

#include "base/memory.h"
#include "variance/scores.h"
#include "weeg.h"

/* How many rows or columns of a table have data. */
static int32_t count_positive(const double *p, int32_t size) {
  int32_t count = 0;
  for (int32_t k = 0; k < size; k++) count += p[k] > 0;
  return count;
}

/* A residual has a term for each cell: the square of their number, as weeg_i_scores_new allows. */
enum { MOST_TERMS = 1 << 25, MOST_CELLS = 5792 };

/* Scores of p_ab - p_a. p_.b for every cell (a, b) of the table; p, row and column are proportions of `total`. */
static weeg_status score_residuals(const weeg_tally *tally, const int32_t *place, int32_t columns, int32_t cells,
                                   const double *p, const double *row, const double *column, double total,
                                   score_list *list, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t counted = 0;
  for (int32_t c = 0; c < tally->cells; c++) counted += place[c] >= 0;
  if (counted * cells > MOST_TERMS) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1,
                     "a cross-tabulation of %d rows and %d columns has %d cells, and can have some %d; combine levels, take "
                     "some of them, or ask for proportions alone", cells / columns, columns, cells, MOST_CELLS);
  }
  WEEG_TRY(weeg_i_scores_new(list, tally->cells, cells, counted * cells, err));
  WEEG_TRY(weeg_i_scores_ratio(list, 1, err));
  WEEG_TRY(weeg_i_scores_size(list, err));
  for (int32_t o = 0; o < cells; o++) list->size[o] = 2 * p[o] + 4 * row[o / columns] * column[o % columns];
  for (int32_t c = 0; c < tally->cells; c++) {
    list->cell_base[c] = place[c] >= 0 ? 0 : -1;
    for (int32_t o = 0; o < cells && place[c] >= 0; o++) {
      const int32_t i = place[c] / columns, j = place[c] % columns, a = o / columns, b = o % columns;
      const double own = (place[c] == o ? 1 : 0) - (i == a ? column[b] : 0) - (j == b ? row[a] : 0);
      weeg_i_scores_add(list, o, (own - (p[o] - 2 * row[a] * column[b])) / total);
    }
    weeg_i_scores_close(list, c);
  }
cleanup:
  return status;
}

weeg_status weeg_residuals(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_row, int32_t rows,
                           const int32_t *cell_column, int32_t columns, double *z, weeg_error *err) {
  weeg_status status = WEEG_OK;
  score_list list = {0};
  int32_t *place = NULL, *domain_of = NULL, *zero = NULL;
  double *p = NULL, *row = NULL, *column = NULL, *variance = NULL, total = 0;
  uint8_t *row_alone = NULL, *column_alone = NULL;
  if ((int64_t)rows * columns > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "the table is too large");
  const int32_t cells = rows * columns;
  WEEG_NEW(place, tally->cells);
  WEEG_NEW(domain_of, tally->cells);
  WEEG_NEW(zero, (int64_t)tally->cells + cells);
  WEEG_NEW(p, cells);
  WEEG_NEW(row, rows);
  WEEG_NEW(column, columns);
  WEEG_NEW(variance, cells);
  WEEG_NEW(row_alone, rows);
  WEEG_NEW(column_alone, columns);
  for (int32_t c = 0; c < tally->cells; c++) {
    const bool known = cell_row[c] >= 0 && cell_column[c] >= 0;
    if (cell_row[c] >= rows || cell_column[c] >= columns) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, c, "cell %d is placed outside the table", c + 1);
      goto cleanup;
    }
    place[c] = known ? cell_row[c] * columns + cell_column[c] : -1;
    domain_of[c] = known ? 0 : -1;
  }
  WEEG_TRY(weeg_proportions(tally, design, zero, 1, place, cells, NULL, variance, p, NULL, NULL, NULL, err));
  for (int32_t o = 0; o < cells; o++) {
    total += variance[o]; /* holds the weighted counts until the variances come */
    row[o / columns] += p[o];
    column[o % columns] += p[o];
  }
  /* with one row or column every residual is 0, and so is its standard error */
  if (!(total > 0) || count_positive(row, rows) < 2 || count_positive(column, columns) < 2) {
    for (int32_t o = 0; o < cells; o++) z[o] = NAN;
    goto cleanup;
  }
  WEEG_TRY(score_residuals(tally, place, columns, cells, p, row, column, total, &list, err));
  WEEG_TRY(weeg_levels_alone(tally, design, cell_row, rows, cell_column, columns, row_alone, column_alone, err));
  WEEG_TRY(weeg_variance(tally, design, &list.scores, domain_of, 1, zero, variance, err));
  for (int32_t o = 0; o < cells; o++) {
    const double r = row[o / columns], k = column[o % columns];
    const bool exists = variance[o] > 0 && r > 0 && k > 0 && !row_alone[o / columns] && !column_alone[o % columns];
    z[o] = exists ? (p[o] - r * k) / sqrt(variance[o]) : NAN;
  }
cleanup:
  weeg_i_scores_clear(&list);
  weeg_free(place);
  weeg_free(domain_of);
  weeg_free(zero);
  weeg_free(p);
  weeg_free(row);
  weeg_free(column);
  weeg_free(variance);
  weeg_free(row_alone);
  weeg_free(column_alone);
  return status;
}
