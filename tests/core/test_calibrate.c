/*
 * Calibration: the fits satisfy the conditions that define them. In a table of two crossed margins with F^-1(g) = x'lambda,
 * the interaction F^-1(g_ij) - F^-1(g_il) - F^-1(g_kj) + F^-1(g_kl) of every 2 x 2 part is 0, and the margins are met; raking
 * also against iterative proportional fitting. Variances of a post-stratified total row by row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { ROWS = 3, COLUMNS = 4, CELLS = ROWS * COLUMNS, LEVELS = ROWS + COLUMNS };

typedef struct table {
  double weight[CELLS], target[LEVELS];
  int32_t column[CELLS * 2];
} table;

static weeg_margins margins_of(const table *t) {
  return (weeg_margins){.cells = CELLS, .margins = 2, .columns = LEVELS, .column = t->column, .weight = t->weight,
                        .target = t->target};
}

/* Random weights; targets that factors between 1/2 and 3/2 meet. */
static void draw(table *t) {
  for (int j = 0; j < LEVELS; j++) t->target[j] = 0;
  for (int c = 0; c < CELLS; c++) {
    t->weight[c] = 1 + sample_draw(1000) / 10.0;
    t->column[2 * c] = c / COLUMNS;
    t->column[2 * c + 1] = ROWS + c % COLUMNS;
    const double wanted = t->weight[c] * (0.5 + sample_draw(1000) / 1000.0);
    t->target[c / COLUMNS] += wanted;
    t->target[ROWS + c % COLUMNS] += wanted;
  }
}

static double inverse(weeg_calibration_method method, double low, double high, double g) {
  switch (method) {
    case WEEG_CALIBRATION_RAKING: return log(g);
    case WEEG_CALIBRATION_LOGIT: return log((g - low) / (high - g));
    case WEEG_CALIBRATION_LINEAR: break;
  }
  return g;
}

static void check_fit(const table *t, weeg_calibration_method method, double low, double high, const double *g) {
  double total[LEVELS] = {0};
  for (int c = 0; c < CELLS; c++) {
    total[c / COLUMNS] += t->weight[c] * g[c];
    total[ROWS + c % COLUMNS] += t->weight[c] * g[c];
    CHECK(g[c] >= low && g[c] <= high);
  }
  for (int j = 0; j < LEVELS; j++) CHECK_CLOSE(total[j], t->target[j], 1e-10);
  for (int c = 0; c < CELLS; c++) {
    const int first = c % COLUMNS, row = c - first;
    const int parts[] = {0, first, row, c};
    double f[4];
    bool inside = true;
    for (int k = 0; k < 4; k++) {
      f[k] = inverse(method, low, high, g[parts[k]]);
      inside = inside && g[parts[k]] > low && g[parts[k]] < high;
    }
    if (inside) CHECK(fabs(f[0] - f[1] - f[2] + f[3]) < 1e-8);
  }
}

static void test_fits(void) {
  for (int repeat = 0; repeat < 50; repeat++) {
    table t;
    double g[CELLS];
    weeg_calibration_fit fit;
    draw(&t);
    const weeg_margins m = margins_of(&t);
    CHECK_OK(
        weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LINEAR, -HUGE_VAL, HUGE_VAL}, g, &fit, NULL));
    CHECK(fit.converged && fit.deviation < 1e-10);
    check_fit(&t, WEEG_CALIBRATION_LINEAR, -HUGE_VAL, HUGE_VAL, g);
    CHECK_OK(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LINEAR, 0.4, 1.7}, g, &fit, NULL));
    CHECK(fit.converged);
    check_fit(&t, WEEG_CALIBRATION_LINEAR, 0.4, 1.7, g);
    CHECK_OK(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LOGIT, 0.3, 2.5}, g, &fit, NULL));
    CHECK(fit.converged);
    check_fit(&t, WEEG_CALIBRATION_LOGIT, 0.3, 2.5, g);
    CHECK_OK(
        weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_RAKING, -HUGE_VAL, HUGE_VAL}, g, &fit, NULL));
    CHECK(fit.converged && fit.iterations < 20);
    check_fit(&t, WEEG_CALIBRATION_RAKING, 0, HUGE_VAL, g);
  }
}

/* Weights and targets 2^20 times smaller have the same factors. */
static void test_small_weights(void) {
  const weeg_calibration_choice linear = {WEEG_CALIBRATION_LINEAR, -HUGE_VAL, HUGE_VAL};
  for (int repeat = 0; repeat < 10; repeat++) {
    table t;
    double g[CELLS], small[CELLS], total[LEVELS] = {0};
    weeg_calibration_fit fit;
    draw(&t);
    const weeg_margins m = margins_of(&t);
    CHECK_OK(weeg_calibrate(&m, &linear, g, &fit, NULL));
    for (int c = 0; c < CELLS; c++) t.weight[c] = ldexp(t.weight[c], -20);
    for (int j = 0; j < LEVELS; j++) t.target[j] = ldexp(t.target[j], -20);
    CHECK_OK(weeg_calibrate(&m, &linear, small, &fit, NULL));
    for (int c = 0; c < CELLS; c++) CHECK_CLOSE(small[c], g[c], 1e-9);
    /* a level that no cell has cannot be met, and all others are */
    for (int c = 0; c < CELLS; c++) t.column[2 * c + 1] += c % COLUMNS == 1;
    t.target[ROWS + 2] += t.target[ROWS + 1];
    CHECK_OK(weeg_calibrate(&m, &linear, small, &fit, NULL));
    CHECK(!fit.converged && fit.worst == ROWS + 1);
    for (int c = 0; c < CELLS; c++) total[t.column[2 * c + 1]] += t.weight[c] * small[c];
    for (int j = ROWS; j < LEVELS; j++) CHECK(j == ROWS + 1 ? total[j] == 0 : fabs(total[j] / t.target[j] - 1) < 1e-9);
  }
}

/* Iterative proportional fitting: Deming and Stephan (1940). */
static void test_proportional_fitting(void) {
  for (int repeat = 0; repeat < 20; repeat++) {
    table t;
    double g[CELLS], ipf[CELLS];
    weeg_calibration_fit fit;
    draw(&t);
    for (int j = 0; j < LEVELS && repeat % 2 == 1; j++) t.target[j] *= 1e5; /* far from the sum of weights */
    const weeg_margins m = margins_of(&t);
    for (int c = 0; c < CELLS; c++) ipf[c] = 1;
    for (int sweep = 0; sweep < 2000; sweep++) {
      for (int k = 0; k < 2; k++) {
        double total[LEVELS] = {0};
        for (int c = 0; c < CELLS; c++) total[t.column[2 * c + k]] += t.weight[c] * ipf[c];
        for (int c = 0; c < CELLS; c++) ipf[c] *= t.target[t.column[2 * c + k]] / total[t.column[2 * c + k]];
      }
    }
    CHECK_OK(
        weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_RAKING, -HUGE_VAL, HUGE_VAL}, g, &fit, NULL));
    for (int c = 0; c < CELLS; c++) CHECK_CLOSE(g[c], ipf[c], 1e-9);
  }
}

/* One margin: g is target / weight; the bounds may stand in the way. */
static void test_single(void) {
  const double weight[] = {1, 2, 3}, target[] = {6, 3};
  const int32_t column[] = {0, 0, 1};
  const weeg_margins m = {.cells = 3, .margins = 1, .columns = 2, .column = column, .weight = weight, .target = target};
  const double want[] = {2, 2, 1};
  double g[3];
  weeg_calibration_fit fit;
  for (int method = WEEG_CALIBRATION_LINEAR; method <= WEEG_CALIBRATION_RAKING; method++) {
    CHECK_OK(weeg_calibrate(&m, &(weeg_calibration_choice){(weeg_calibration_method)method, -HUGE_VAL, HUGE_VAL}, g,
                            &fit, NULL));
    CHECK(fit.converged && fit.iterations == 0 && fit.deviation == 0);
    for (int c = 0; c < 3; c++) CHECK(g[c] == want[c]);
  }
  CHECK_OK(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LOGIT, 0.5, 1.5}, g, &fit, NULL));
  CHECK(!fit.converged && fit.worst == 0);
  CHECK_CLOSE(fit.deviation, 0.25, 1e-15);
}

/* What cannot be met is not said to be. */
static void test_impossible(void) {
  const double weight[] = {5, 5}, target[] = {6, 4, 4, 6}; /* the two margins are the same variable */
  const int32_t column[] = {0, 2, 1, 3};
  const weeg_margins m = {.cells = 2, .margins = 2, .columns = 4, .column = column, .weight = weight, .target = target};
  double g[2];
  weeg_calibration_fit fit;
  for (int method = WEEG_CALIBRATION_LINEAR; method <= WEEG_CALIBRATION_LOGIT; method++) {
    const bool logit = method == WEEG_CALIBRATION_LOGIT;
    CHECK_OK(weeg_calibrate(
        &m, &(weeg_calibration_choice){(weeg_calibration_method)method, logit ? 0.1 : -HUGE_VAL, logit ? 9 : HUGE_VAL},
        g, &fit, NULL));
    CHECK(!fit.converged && fit.deviation > 0.01 && fit.worst >= 0 && fit.worst < 4);
  }
}

static void test_refusals(void) {
  table t;
  double g[CELLS];
  weeg_calibration_fit fit;
  weeg_error err = {0};
  draw(&t);
  weeg_margins m = margins_of(&t);
  CHECK_STATUS(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LOGIT, 0.5, HUGE_VAL}, g, &fit, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LINEAR, 1, 2}, g, &fit, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LINEAR, 0, 0.9}, g, &fit, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_LOGIT, -HUGE_VAL, 2}, g, &fit, NULL),
               WEEG_ERR_ARGUMENT);
  const double targets[] = {0, -1, NAN, INFINITY}, weights[] = {0, -1, NAN, INFINITY};
  const int32_t columns[] = {LEVELS, -1};
  for (int k = 0; k < 10; k++) { /* where it is wrong: the target, the cell */
    table wrong = t;
    const weeg_margins of_wrong = margins_of(&wrong);
    if (k < 4) wrong.target[3] = targets[k];
    else if (k < 8) wrong.weight[5] = weights[k - 4];
    else wrong.column[7] = columns[k - 8];
    CHECK_STATUS(
        weeg_calibrate(&of_wrong, &(weeg_calibration_choice){WEEG_CALIBRATION_RAKING, 0, HUGE_VAL}, g, &fit, &err),
        WEEG_ERR_ARGUMENT);
    CHECK(err.where == (k < 4 ? 3 : k < 8 ? 5 : 3));
  }
  for (int k = 0; k < 3; k++) {
    weeg_margins none = m;
    if (k == 0) none.cells = 0;
    if (k == 1) none.margins = 0;
    if (k == 2) none.columns = 0;
    CHECK_STATUS(weeg_calibrate(&none, &(weeg_calibration_choice){WEEG_CALIBRATION_RAKING, 0, HUGE_VAL}, g, &fit, &err),
                 WEEG_ERR_ARGUMENT);
    CHECK_TEXT(err.message, "there is nothing to calibrate");
  }
  /* 2049 levels of two margins */
  enum { MANY = 2049 };
  static double one[MANY];
  const int32_t first_two[] = {0, 1};
  for (int j = 0; j < MANY; j++) one[j] = 1;
  const weeg_margins many = {.cells = 1, .margins = 2, .columns = MANY, .column = first_two, .weight = one, .target = one};
  CHECK_STATUS(weeg_calibrate(&many, &(weeg_calibration_choice){WEEG_CALIBRATION_RAKING, 0, HUGE_VAL}, g, &fit, &err),
               WEEG_ERR_TOO_LARGE);
  CHECK(strstr(err.message, "have 2049 levels together") != NULL);
}

/* Orthonormal in the weights, of rank rows + columns - 1, and every indicator is its own projection. */
static void test_basis(void) {
  table t;
  weeg_calibration_model basis = {0};
  double q[LEVELS][CELLS] = {{0}};
  draw(&t);
  const weeg_margins m = margins_of(&t);
  CHECK_OK(weeg_calibration_basis(&m, &basis, NULL));
  CHECK(basis.columns == LEVELS - 1);
  for (int c = 0; c < CELLS; c++) {
    for (int64_t i = basis.start[c]; i < basis.start[c + 1]; i++) q[basis.index[i]][c] += basis.value[i];
  }
  for (int a = 0; a < basis.columns; a++) {
    for (int b = 0; b < basis.columns; b++) {
      double sum = 0;
      for (int c = 0; c < CELLS; c++) sum += t.weight[c] * q[a][c] * q[b][c];
      CHECK(fabs(sum - (a == b)) < 1e-13);
    }
  }
  for (int j = 0; j < LEVELS; j++) {
    double part[LEVELS] = {0};
    for (int a = 0; a < basis.columns; a++) {
      for (int c = 0; c < CELLS; c++) part[a] += (t.column[2 * c] == j || t.column[2 * c + 1] == j) * t.weight[c] * q[a][c];
    }
    for (int c = 0; c < CELLS; c++) {
      double fitted = 0;
      for (int a = 0; a < basis.columns; a++) fitted += part[a] * q[a][c];
      CHECK(fabs(fitted - (t.column[2 * c] == j || t.column[2 * c + 1] == j)) < 1e-13);
    }
  }
  weeg_free(basis.start);
  weeg_free(basis.index);
  weeg_free(basis.value);
}

/* Cells are found by a table, and by search where the layout is large. */
static void test_rows(void) {
  const int32_t a[] = {1, 2, 0, 2, 1}, b[] = {3, 3, 1, 2, 3}, c[] = {1, 1, 1, 1, 1};
  const double weights[] = {2, 3, 0, 4, 5}, g[] = {10, 100, 1000};
  for (int32_t levels = 3; levels <= 3000; levels *= 1000) { /* layouts of 16 and of more than 2^22 cells */
    const int32_t size = levels + 1;
    const weeg_column columns[] = {sample_column(a, levels), sample_column(b, levels), sample_column(c, 1)};
    const int32_t cell[] = {2 * 2, (size + 1) * 2, (size + 2) * 2}; /* (1, 3), (2, 2), (2, 3) */
    int32_t code[5];
    double calibrated[5];
    CHECK_OK(weeg_calibrate_rows(&(weeg_rows){.rows = 5, .columns = columns, .count = 3, .weights = weights},
                                 &(weeg_calibration_factors){3, cell, g}, code, calibrated, NULL));
    const int32_t codes[] = {1, 3, 0, 2, 1};
    const double want[] = {20, 3000, 0, 400, 50};
    for (int i = 0; i < 5; i++) CHECK(code[i] == codes[i] && calibrated[i] == want[i]);
    CHECK_OK(weeg_calibrate_rows(&(weeg_rows){.rows = 5, .columns = columns, .count = 3},
                                 &(weeg_calibration_factors){3, cell, g}, code, calibrated, NULL));
    CHECK(calibrated[0] == 10 && calibrated[2] == 0);
  }
  CHECK_STATUS(weeg_calibrate_rows(&(weeg_rows){.rows = 5, .columns = NULL, .count = 0, .weights = weights},
                                   &(weeg_calibration_factors){0, NULL, g}, NULL, NULL, NULL),
               WEEG_ERR_ARGUMENT);
}

/* ---- variances ---- */

enum { PEOPLE = 400, GROUPS = 3, STRATA = 2, PSUS = 20, MANY = 99999 };

/*
 * The variance of the total of y over the rows with inside = 1 of a post-stratified sample, row by row: residuals from the
 * mean of the post-stratum by original weights, then sums per PSU (rows when psu is NULL).
 */
static double by_rows(const int32_t *psu, const int32_t *stratum, const int32_t *group, const double *original,
                      const double *g, const double *y) {
  double mean[GROUPS] = {0}, total[GROUPS] = {0}, variance = 0;
  static double z[PEOPLE];
  static int32_t of[PEOPLE];
  for (int i = 0; i < PEOPLE; i++) {
    mean[group[i] - 1] += original[i] * y[i];
    total[group[i] - 1] += original[i];
    z[i] = 0;
    of[i] = 0;
  }
  for (int i = 0; i < PEOPLE; i++) {
    const int32_t u = psu == NULL ? i : psu[i] - 1;
    const int32_t k = group[i] - 1;
    z[u] += original[i] * g[k] * (y[i] - mean[k] / total[k]);
    of[u] = stratum[i];
  }
  for (int h = 1; h <= STRATA; h++) {
    double n = 0, sum = 0, squares = 0;
    for (int u = 0; u < PEOPLE; u++) {
      n += of[u] == h;
      sum += of[u] == h ? z[u] : 0;
    }
    for (int u = 0; u < PEOPLE; u++) squares += of[u] == h ? (z[u] - sum / n) * (z[u] - sum / n) : 0;
    variance += n / (n - 1) * squares;
  }
  return variance;
}

/* Plain cells 0 .. 2: y = 0, y = 1, missing. All rows are in the domain. */
static void check_variance(bool element) {
  static int32_t psu[PEOPLE], stratum[PEOPLE], group[PEOPLE], answer[PEOPLE];
  static int32_t one[PEOPLE];
  static double original[PEOPLE], weight[PEOPLE], y[PEOPLE];
  static sample plain, units, crossed;
  const double g[GROUPS] = {0.5, 2, 1.25};
  double total[GROUPS] = {0}, basis[GROUPS], pair_weight[GROUPS * 3] = {0}, v = 0, covariance[4];
  for (int i = 0; i < PEOPLE; i++) {
    psu[i] = i < PSUS ? i + 1 : 1 + sample_draw(PSUS);
    stratum[i] = psu[i] <= PSUS / 2 ? 1 : 2;
    group[i] = 1 + sample_draw(GROUPS);
    answer[i] = sample_draw(3); /* 0: missing */
    one[i] = 1;
    y[i] = answer[i] == 2;
    original[i] = 1 + sample_draw(50) / 8.0;
    weight[i] = original[i] * g[group[i] - 1];
    total[group[i] - 1] += original[i];
  }
  const weeg_column answers = sample_column(answer, 2), groups = sample_column(group, GROUPS), many = sample_column(one, MANY);
  const weeg_column both[] = {answers, groups, many}; /* so many cells that outputs are taken one by one */
  sample_make(&plain, PEOPLE, stratum, STRATA, element ? NULL : psu, PSUS, &answers, 1, weight);
  sample_make(&units, PEOPLE, stratum, STRATA, element ? NULL : psu, PSUS, &groups, 1, weight);
  sample_make(&crossed, PEOPLE, stratum, STRATA, element ? NULL : psu, PSUS, both, element ? 3 : 2, weight);
  int32_t pair_visible[9], pair_place[9], index[GROUPS];
  int32_t *visible = malloc(sizeof *visible * (size_t)crossed.tally->cells);
  int32_t *place = malloc(sizeof *place * (size_t)crossed.tally->cells);
  int64_t start[GROUPS + 1];
  weeg_tally *tally = crossed.tally;
  for (int32_t c = 0; c < tally->cells; c++) { /* the calibration cells' position for missing has no rows */
    const int32_t k = c / (tally->cells / (3 * (GROUPS + 1)));
    visible[c] = k / (GROUPS + 1);
    place[c] = k % (GROUPS + 1) < GROUPS ? k % (GROUPS + 1) : -1;
  }
  if (!element) { /* cells of the plain tally, then calibration cells */
    const int32_t after[GROUPS + 1] = {3, 4, 5, 6};
    CHECK_OK(weeg_tally_merge(PART(plain.tally, NULL, NULL), PART(units.tally, NULL, after), PSUS, 3 + GROUPS + 1,
                              &tally, NULL));
    for (int c = 0; c < 3 + GROUPS + 1; c++) {
      visible[c] = c < 3 ? c : -1;
      place[c] = c >= 3 && c < 3 + GROUPS ? c - 3 : -1;
    }
  }
  for (int i = 0; i < PEOPLE; i++) pair_weight[(answer[i] == 0 ? 2 : answer[i] - 1) * GROUPS + group[i] - 1] += weight[i];
  for (int p = 0; p < 9; p++) {
    pair_visible[p] = p / GROUPS;
    pair_place[p] = p % GROUPS;
  }
  for (int k = 0; k < GROUPS; k++) {
    basis[k] = 1 / sqrt(total[k]);
    index[k] = k;
    start[k] = k;
  }
  start[GROUPS] = GROUPS;
  const weeg_calibration calibration = {GROUPS, g, GROUPS, start, index, basis, 9, pair_visible, pair_place, pair_weight, tally,
                                        visible, place, NULL};
  const int64_t score_start[] = {0, 1, 3, 4}; /* output 0: y; output 1: 1 for everybody, which calibration makes certain */
  const int32_t score_index[] = {1, 0, 1, 1}, zero[] = {0, 0, 0};
  const double coef[] = {1, 1, 1, 1};
  const uint8_t use[] = {1, 1, 1};
  const weeg_scores scores = {.cells = 3, .outputs = 2, .start = score_start, .index = score_index, .coef = coef};
  double both_variances[2];
  plain.design.calibration = &calibration;
  CHECK_OK(weeg_variance(&(weeg_survey){plain.tally, &plain.design}, &scores, &(weeg_domains){zero, 1, zero},
                         both_variances, NULL));
  CHECK_OK(weeg_covariance(&(weeg_survey){plain.tally, &plain.design}, &scores, use, covariance, NULL));
  v = by_rows(element ? NULL : psu, stratum, group, original, g, y);
  CHECK_CLOSE(both_variances[0], v, 1e-12);
  CHECK_CLOSE(covariance[0], v, 1e-12);
  CHECK(both_variances[1] == 0 && covariance[3] == 0 && covariance[1] == 0);
  /* what its scores were computed of is so large that either variance can be its rounding */
  const double sizes[2][2] = {{1e25, 1}, {1, 1e25}};
  for (int k = 0; k < 2; k++) {
    weeg_scores sized = scores;
    sized.size = sizes[k];
    CHECK_OK(weeg_variance(&(weeg_survey){plain.tally, &plain.design}, &sized, &(weeg_domains){zero, 1, zero},
                           both_variances, NULL));
    CHECK(k == 0 ? both_variances[0] == 0 : fabs(both_variances[0] / v - 1) <= 1e-12);
    CHECK(both_variances[1] == 0);
  }
  /* the same regression in two other factors */
  double doubled[GROUPS], halved[GROUPS];
  weeg_calibration factors = calibration;
  for (int k = 0; k < GROUPS; k++) {
    doubled[k] = 2 * basis[k];
    halved[k] = basis[k] / 2;
  }
  factors.value = doubled;
  factors.dual = halved;
  plain.design.calibration = &factors;
  CHECK_OK(weeg_variance(&(weeg_survey){plain.tally, &plain.design}, &scores, &(weeg_domains){zero, 1, zero},
                         both_variances, NULL));
  CHECK_CLOSE(both_variances[0], v, 1e-12);
  free(visible);
  free(place);
  if (!element) weeg_tally_free(tally);
  weeg_tally_free(plain.tally);
  weeg_tally_free(units.tally);
  weeg_tally_free(crossed.tally);
}

/* The record of tallies by table and calibration cell, against sums of rows. Weights are eighths, so that sums are exact. */
static void check_record(bool element, bool domain) {
  enum { ANSWERS = 2, SHOWN = ANSWERS + 1, SIZE = GROUPS + 1 };
  static int32_t psu[PEOPLE], stratum[PEOPLE], group[PEOPLE], answer[PEOPLE];
  static double weight[PEOPLE];
  static uint8_t inside[PEOPLE], others[PEOPLE];
  static double pair[SHOWN + 1][GROUPS], sums[PSUS][SHOWN + SIZE];
  weeg_tally *crossed = NULL, *rest = NULL, *plain = NULL, *all = NULL;
  weeg_calibrated *made = NULL, *from_sums = NULL;
  memset(pair, 0, sizeof pair);
  memset(sums, 0, sizeof sums);
  for (int i = 0; i < PEOPLE; i++) {
    psu[i] = i < PSUS ? i + 1 : 1 + sample_draw(PSUS);
    stratum[i] = psu[i] <= PSUS / 2 ? 1 : 2;
    group[i] = 1 + sample_draw(GROUPS);
    answer[i] = sample_draw(SHOWN);
    weight[i] = (1 + sample_draw(50)) / 8.0;
    inside[i] = !domain || sample_draw(3) > 0;
    others[i] = !inside[i];
    const int32_t v = !inside[i] ? SHOWN : answer[i] == 0 ? ANSWERS : answer[i] - 1, u = element ? stratum[i] - 1 : psu[i] - 1;
    pair[v][group[i] - 1] += weight[i];
    if (v < SHOWN) sums[u][v] += weight[i];
    sums[u][SHOWN + group[i] - 1] += weight[i];
  }
  const weeg_column both[] = {sample_column(answer, ANSWERS), sample_column(group, GROUPS)};
  const weeg_column unit = element ? sample_column(stratum, STRATA) : sample_column(psu, PSUS);
  const weeg_rows rows = {.rows = PEOPLE, .columns = both, .count = 2, .unit = &unit, .element = element, .weights = weight,
                          .max_weight = 50 / 8.0, .domain = domain ? inside : NULL};
  weeg_rows other = rows;
  CHECK_OK(weeg_tally_build(&rows, NULL, &crossed, NULL));
  other.columns = both + 1;
  other.count = 1;
  other.domain = NULL;
  CHECK_OK(weeg_tally_build(&other, NULL, &all, NULL));
  other.domain = others;
  if (domain) CHECK_OK(weeg_tally_build(&other, NULL, &rest, NULL));
  other = rows;
  other.count = 1;
  CHECK_OK(weeg_tally_build(&other, NULL, &plain, NULL));
  weeg_calibrated_tallies from = {SHOWN, GROUPS, crossed, rest, NULL, NULL};
  CHECK_OK(weeg_calibration_record(&from, &made, NULL));
  const weeg_calibration *k = &made->calibration;
  CHECK(k->cells == GROUPS && same_tally(made->plain, plain));
  int64_t occur = 0;
  for (int v = 0; v <= SHOWN; v++) {
    for (int g = 0; g < GROUPS; g++) occur += pair[v][g] > 0;
  }
  CHECK(k->pairs == occur);
  for (int64_t p = 0; p < k->pairs; p++) {
    CHECK(k->pair_weight[p] == pair[k->pair_visible[p] < 0 ? SHOWN : k->pair_visible[p]][k->pair_place[p]]);
  }
  for (int u = 0; u < (element ? STRATA : PSUS); u++) { /* what a unit has of each cell of the table and calibration cell */
    double found[SHOWN + SIZE] = {0};
    for (int64_t e = 0; e < k->tally->entries; e++) {
      double w[1];
      weeg_tally one = *k->tally;
      int32_t zero = 0;
      if (one.unit[e] != u) continue;
      one.entries = one.cells = 1;
      one.cell = one.unit = &zero;
      one.n += e;
      one.w += e;
      one.w2 = element ? one.w2 + e : NULL;
      CHECK_OK(weeg_tally_totals(&one, NULL, w, NULL));
      const int32_t c = k->tally->cell[e];
      if (k->visible[c] >= 0) found[k->visible[c]] += w[0];
      if (k->place[c] >= 0) found[SHOWN + k->place[c]] += w[0];
    }
    for (int c = 0; c < SHOWN + SIZE; c++) CHECK(found[c] == sums[u][c]);
  }
  from.plain = plain; /* the same of sums that are there */
  from.all = all;
  CHECK_OK(weeg_calibration_record(&from, &from_sums, NULL));
  CHECK(from_sums->plain == NULL && same_tally(from_sums->calibration.tally, k->tally));
  weeg_calibrated_free(from_sums);
  weeg_calibrated_free(made);
  from.shown++;
  CHECK_STATUS(weeg_calibration_record(&from, &made, NULL), WEEG_ERR_ARGUMENT);
  from.shown--;
  from.all = NULL;
  CHECK_STATUS(weeg_calibration_record(&from, &made, NULL), WEEG_ERR_ARGUMENT);
  from.plain = NULL;
  crossed->cell[0] = GROUPS; /* rows in no calibration cell */
  CHECK_STATUS(weeg_calibration_record(&from, &made, NULL), WEEG_ERR_ARGUMENT);
  weeg_tally_free(crossed);
  weeg_tally_free(rest);
  weeg_tally_free(plain);
  weeg_tally_free(all);
}

/* A domain without rows, and a sample wholly in the domain. */
static void test_record_of_nothing(void) {
  static const int32_t unit[] = {1, 2}, group[] = {1, 2};
  static const uint8_t none[] = {0, 0};
  const weeg_column groups = sample_column(group, 2), units = sample_column(unit, 2), both[] = {sample_column(unit, 2), groups};
  weeg_tally *crossed = NULL, *rest = NULL;
  weeg_calibrated *made = NULL;
  CHECK_OK(weeg_tally_build(ROWS_OF(both, 2, &units, false, NULL, 1, none, 2), NULL, &crossed, NULL));
  CHECK_OK(weeg_tally_build(ROWS_OF(&groups, 1, &units, false, NULL, 1, NULL, 2), NULL, &rest, NULL));
  CHECK_OK(weeg_calibration_record(&(weeg_calibrated_tallies){3, 2, crossed, rest, NULL, NULL}, &made, NULL));
  CHECK(made->plain->entries == 0 && made->calibration.tally->entries == 2 && made->calibration.tally->cells == 6);
  double outside = 0, shown = 0;
  for (int64_t p = 0; p < made->calibration.pairs; p++) {
    *(made->calibration.pair_visible[p] < 0 ? &outside : &shown) += made->calibration.pair_weight[p];
  }
  CHECK(outside == 2 && shown == 0);
  weeg_calibrated_free(made);
  weeg_calibrated_free(NULL);
  weeg_tally_free(crossed);
  weeg_tally_free(rest);
}

int main(void) {
  test_fits();
  test_small_weights();
  test_proportional_fitting();
  test_single();
  test_impossible();
  test_refusals();
  test_basis();
  test_rows();
  for (int k = 0; k < 4; k++) check_record(k % 2 == 1, k / 2 == 1);
  test_record_of_nothing();
  check_variance(false);
  check_variance(true);
  return test_report("calibrate");
}
