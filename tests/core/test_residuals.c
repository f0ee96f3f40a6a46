/*
 * Residuals of a cross-tabulation: by hand, and from the rows by the chain rule.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { ROWS = 3, COLUMNS = 2, CELLS = 12, MOST = 300, PSUS = 30, STRATA = 3 };

static int32_t cell_row[CELLS], cell_column[CELLS];

static int32_t row[MOST], column[MOST], stratum[MOST], psu[MOST];
static double weight[MOST];
static int count;

static void add_rows(int rows, int32_t r, int32_t c, double w) {
  for (int i = 0; i < rows; i++) {
    row[count] = r;
    column[count] = c;
    stratum[count] = psu[count] = 1;
    weight[count++] = w;
  }
}

static void make(sample *s, int32_t strata, int32_t psus) {
  const weeg_column both[] = {sample_column(row, ROWS), sample_column(column, COLUMNS)};
  sample_make(s, count, stratum, strata, psus > 0 ? psu : NULL, psus, both, 2, weight);
}

static weeg_status residuals(const sample *s, double *z, weeg_error *err) {
  weeg_residual found[ROWS * COLUMNS] = {0};
  const weeg_status status =
      weeg_residuals(&(weeg_survey){s->tally, &s->design}, TABLE(cell_row, ROWS, cell_column, COLUMNS), found, err);
  for (int o = 0; o < ROWS * COLUMNS; o++) {
    z[o] = found[o].z;
    if (status == WEEG_OK && isnan(z[o])) CHECK(isnan(found[o].p_value) && isnan(found[o].p_adjusted));
  }
  return status;
}

/*
 * 30 10 / 20 40 and an empty row: residuals +-0.1. The scores of the last cell, 1 - .5 - .6 and so on, are
 * .3 -.3 / -.2 .2 less their mean .1: variance .05 of n rows, so z^2 = .01 n / .05 / (n'/(n'-1)), n' rows in the sample.
 * In a 2 x 2 table all residuals are equal but for their signs.
 */
static void test_by_hand(void) {
  static const double weights[] = {1, 0.1, 12};
  for (int extra = 0; extra <= 20; extra += 10) {
    sample s;
    double z[ROWS * COLUMNS];
    count = 0;
    const double w = weights[extra / 10], size = 100 + extra, expected = sqrt(20 * (size - 1) / size);
    add_rows(30, 1, 1, w);
    add_rows(10, 1, 2, w);
    add_rows(20, 3, 1, w);
    add_rows(extra / 2, 0, 1, w);
    add_rows(extra / 2, 3, 0, w);
    add_rows(40, 3, 2, w);
    make(&s, 1, 0);
    CHECK_OK(residuals(&s, z, NULL));
    CHECK_CLOSE(z[0], expected, 1e-13);
    CHECK_CLOSE(z[1], -expected, 1e-13);
    CHECK_CLOSE(z[4], -expected, 1e-13);
    CHECK_CLOSE(z[5], expected, 1e-13);
    CHECK(isnan(z[2]) && isnan(z[3]));
    weeg_residual found[ROWS * COLUMNS];
    double p = NAN;
    CHECK_OK(
        weeg_residuals(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, ROWS, cell_column, COLUMNS), found, NULL));
    CHECK_OK(weeg_t_tail(expected, size - 1, &p, NULL));
    CHECK_CLOSE(found[0].p_value, p, 1e-10);
    CHECK_CLOSE(found[0].p_adjusted, p, 1e-10);
    CHECK_CLOSE(found[5].p_adjusted, p, 1e-10); /* two rows, two columns: all four are one hypothesis */
    weeg_tally_free(s.tally);
  }
}

/* Exact independence: all residuals 0. */
static void test_independent(void) {
  sample s;
  double z[ROWS * COLUMNS];
  count = 0;
  for (int r = 1; r <= ROWS; r++) {
    for (int c = 1; c <= COLUMNS; c++) add_rows(8 * r * c, r, c, 2);
  }
  make(&s, 1, 0);
  CHECK_OK(residuals(&s, z, NULL));
  for (int o = 0; o < ROWS * COLUMNS; o++) CHECK(fabs(z[o]) < 1e-13);
  weeg_tally_free(s.tally);
}

static void check_nothing(void) {
  sample s;
  double z[ROWS * COLUMNS];
  make(&s, 1, 0);
  CHECK_OK(residuals(&s, z, NULL));
  for (int o = 0; o < ROWS * COLUMNS; o++) CHECK(isnan(z[o]));
  weeg_tally_free(s.tally);
}

/* No rows, no complete rows, one row of the table, one column: there is nothing to compare with. */
static void test_nothing(void) {
  count = 0;
  check_nothing();
  add_rows(5, 0, 1, 1);
  check_nothing();
  add_rows(5, 2, 1, 0.1);
  check_nothing();
  add_rows(7, 2, 2, 0.7);
  check_nothing();
  count = 0;
  add_rows(5, 1, 2, 1.1);
  add_rows(7, 2, 2, 0.3);
  check_nothing();
}

/* The variance of residual (a, b) from the rows, by the chain rule. */
static double reference(int psus, int a, int b, const double *p, const double *r, const double *c, double total) {
  double z[MOST] = {0}, mean[STRATA] = {0}, variance = 0;
  int of[MOST], size[STRATA] = {0};
  bool seen[MOST] = {false};
  for (int i = 0; i < count; i++) {
    const int j = psus > 0 ? psu[i] - 1 : i;
    if (!seen[j]) size[stratum[i] - 1]++;
    seen[j] = true;
    of[j] = stratum[i] - 1;
    if (row[i] == 0 || column[i] == 0) continue;
    const bool in_row = row[i] - 1 == a, in_column = column[i] - 1 == b;
    z[j] += weight[i] / total *
            (((in_row && in_column) - p[a * COLUMNS + b]) - (in_row - r[a]) * c[b] - (in_column - c[b]) * r[a]);
  }
  for (int j = 0; j < MOST; j++) mean[seen[j] ? of[j] : 0] += seen[j] ? z[j] / size[of[j]] : 0;
  for (int j = 0; j < MOST; j++) {
    if (!seen[j]) continue;
    const double n = size[of[j]];
    variance += n / (n - 1) * (z[j] - mean[of[j]]) * (z[j] - mean[of[j]]);
  }
  return variance;
}

static void test_from_rows(void) {
  for (int repeat = 0; repeat < 20; repeat++) {
    const int psus = repeat % 2 == 0 ? 0 : PSUS;
    sample s;
    double z[ROWS * COLUMNS], p[ROWS * COLUMNS] = {0}, r[ROWS] = {0}, c[COLUMNS] = {0}, total = 0;
    count = 0;
    for (int i = 0; i < MOST; i++) {
      add_rows(1, sample_draw(ROWS + 1), sample_draw(COLUMNS + 1), 0.5 + sample_draw(50) / 7.0);
      psu[i] = 1 + (i < PSUS ? i : sample_draw(PSUS));
      stratum[i] = psus > 0 ? 1 + psu[i] % STRATA : 1 + sample_draw(STRATA);
      if (row[i] == 0 || column[i] == 0) continue;
      total += weight[i];
      p[(row[i] - 1) * COLUMNS + column[i] - 1] += weight[i];
    }
    for (int o = 0; o < ROWS * COLUMNS; o++) {
      p[o] /= total;
      r[o / COLUMNS] += p[o];
      c[o % COLUMNS] += p[o];
    }
    make(&s, STRATA, psus);
    CHECK_OK(residuals(&s, z, NULL));
    for (int o = 0; o < ROWS * COLUMNS; o++) {
      const int a = o / COLUMNS, b = o % COLUMNS;
      CHECK_CLOSE(z[o], (p[o] - r[a] * c[b]) / sqrt(reference(psus, a, b, p, r, c, total)), 1e-9);
    }
    weeg_tally_free(s.tally);
  }
}

static void test_bad_arguments(void) {
  sample s;
  weeg_residual found[ROWS * COLUMNS];
  double z[ROWS * COLUMNS];
  weeg_error err = {0};
  count = 0;
  add_rows(1, 1, 1, 1);
  add_rows(1, 2, 2, 1);
  make(&s, 1, 0);
  CHECK_STATUS(
      weeg_residuals(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, ROWS - 1, cell_column, COLUMNS), found, &err),
      WEEG_ERR_ARGUMENT);
  CHECK_STATUS(
      weeg_residuals(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, ROWS, cell_column, COLUMNS - 1), found, &err),
      WEEG_ERR_ARGUMENT);
  CHECK_STATUS(
      weeg_residuals(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 65536, cell_column, 65536), found, &err),
      WEEG_ERR_TOO_LARGE);
  weeg_tally_free(s.tally);
  count = 1;
  make(&s, 1, 0);
  add_rows(1, 1, 2, 1);
  weeg_tally_free(s.tally);
  count = 2;
  stratum[1] = 2;
  row[1] = column[1] = 2;
  make(&s, 2, 0); /* two strata of one row each */
  CHECK_STATUS(residuals(&s, z, &err), WEEG_ERR_LONELY_PSU);
  weeg_tally_free(s.tally);
}

/* 80 x 80 places have 6400^2 terms, more than 2^25. */
static void test_too_large(void) {
  enum { SIDE = 80 };
  static const int32_t codes[] = {1, 2, 2, 1};
  static int32_t place_row[(SIDE + 1) * (SIDE + 1)], place_column[(SIDE + 1) * (SIDE + 1)];
  static weeg_residual found[SIDE * SIDE];
  const weeg_column columns[] = {sample_column(codes, SIDE), sample_column(codes + 1, SIDE)};
  sample s;
  weeg_error err = {0};
  sample_make(&s, 3, NULL, 1, NULL, 0, columns, 2, NULL);
  for (int k = 0; k < (SIDE + 1) * (SIDE + 1); k++) {
    place_row[k] = k / (SIDE + 1) < SIDE ? k / (SIDE + 1) : -1;
    place_column[k] = k % (SIDE + 1) < SIDE ? k % (SIDE + 1) : -1;
  }
  CHECK_STATUS(
      weeg_residuals(&(weeg_survey){s.tally, &s.design}, TABLE(place_row, SIDE, place_column, SIDE), found, &err),
      WEEG_ERR_TOO_LARGE);
  CHECK(strstr(err.message, "of 80 rows and 80 columns has 6400 cells") != NULL);
  weeg_tally_free(s.tally);
}

int main(void) {
  for (int k = 0; k < CELLS; k++) {
    cell_row[k] = k / (COLUMNS + 1) < ROWS ? k / (COLUMNS + 1) : -1;
    cell_column[k] = k % (COLUMNS + 1) < COLUMNS ? k % (COLUMNS + 1) : -1;
  }
  test_by_hand();
  test_independent();
  test_nothing();
  test_from_rows();
  test_bad_arguments();
  test_too_large();
  return test_report("residuals");
}
