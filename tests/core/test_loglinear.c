/*
 * Log-linear models and tests of nested ones against values of 50-digit arithmetic (PROVENANCE.md), tables whose effects are
 * known by hand, and one of the literature.
 *
 * Tolerances: 1e-12 for estimates and 1e-11 for covariances, relative to the standard errors, and 1e-11 for tests, relative:
 * rounding of sums of a few hundred terms, times the condition of the information (at most 1e3 here).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model_rows.h"

enum { MAX_SIZE = 32, VARIABLES = MODEL_VARIABLES, TERMS = 7 };

/* The variables of each term, as bits. */
static const int terms[TERMS] = {1, 2, 4, 3, 5, 6, 7};

typedef struct log_linear {
  sample sample;
  int32_t *cell_place;
  double *x;
  weeg_loglinear_model model;
} log_linear;

static double contrast(int32_t level, int32_t levels, int32_t column) {
  return level == levels - 1 ? -1 : level == column ? 1 : 0;
}

/* Appends the columns of a term to the row of a place; the first variable runs fastest. Returns how many there are then. */
static int add_term(double *row, int used, int term, const int32_t *size, const int32_t *level) {
  int count = 1;
  for (int v = 0; v < VARIABLES; v++) count *= term >> v & 1 ? size[v] - 1 : 1;
  for (int k = 0; k < count; k++) {
    int rest = k;
    row[used + k] = 1;
    for (int v = 0; v < VARIABLES; v++) {
      if (!(term >> v & 1)) continue;
      row[used + k] *= contrast(level[v], size[v], rest % (size[v] - 1));
      rest /= size[v] - 1;
    }
  }
  return used + count;
}

/* The model of the first `used` terms. */
static void build(log_linear *m, const model_rows *r, int used) {
  model_rows_sample(r, &m->sample);
  const int32_t cells = m->sample.tally->cells, places = r->size[0] * r->size[1] * r->size[2];
  m->cell_place = malloc(sizeof *m->cell_place * (size_t)cells);
  m->x = malloc(sizeof *m->x * (size_t)(places * places));
  double row[MAX_SIZE];
  for (int32_t c = 0; c < cells; c++) {
    const int32_t level[] = {c / (r->size[2] + 1) / (r->size[1] + 1), c / (r->size[2] + 1) % (r->size[1] + 1),
                             c % (r->size[2] + 1)};
    m->cell_place[c] = -1;
    if (level[0] >= r->size[0] || level[1] >= r->size[1] || level[2] >= r->size[2]) continue;
    const int32_t place = (level[0] * r->size[1] + level[1]) * r->size[2] + level[2];
    int count = 0;
    for (int t = 0; t < used; t++) count = add_term(row, count, terms[t], r->size, level);
    m->cell_place[c] = place;
    memcpy(m->x + (size_t)place * (size_t)count, row, sizeof *row * (size_t)count);
    m->model = (weeg_loglinear_model){m->cell_place, places, count, m->x};
  }
}

static void clear(log_linear *m) {
  weeg_tally_free(m->sample.tally);
  free(m->cell_place);
  free(m->x);
}

/* ---- 50-digit references ---------------------------------------------------------------------------------------- */

enum { FITS = 2, TESTS = 3 };
static const char *const fit_names[FITS] = {"some", "pairs"};
static const int fit_terms[FITS] = {4, 6};
static const int test_terms[TESTS][2] = {{4, 6}, {6, 7}, {4, 7}};

typedef struct results {
  double estimate[FITS][MAX_SIZE], covariance[FITS][MAX_SIZE * MAX_SIZE], deviance[TESTS], lr_deviance[TESTS];
  weeg_loglinear_fit fit[FITS];
  weeg_test test[TESTS], lr[TESTS], first[TESTS];
  int size[FITS], added[TESTS];
} results;

static void compute(const model_rows *r, results *found) {
  log_linear m;
  for (int i = 0; i < FITS; i++) {
    build(&m, r, fit_terms[i]);
    found->size[i] = m.model.columns;
    CHECK_OK(weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                            &(weeg_fitted){found->estimate[i], found->covariance[i]}, &found->fit[i], NULL));
    CHECK(found->fit[i].n == r->count && found->fit[i].reason == WEEG_REASON_NONE);
    CHECK(found->fit[i].df == (r->element ? r->count - 3 : 12 - 3));
    clear(&m);
  }
  for (int i = 0; i < TESTS; i++) {
    build(&m, r, test_terms[i][1]);
    const int base = found->size[test_terms[i][0] == 6];
    const weeg_tally *t = m.sample.tally;
    const weeg_design *d = &m.sample.design;
    found->added[i] = m.model.columns - base;
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){t, d}, &m.model, &(weeg_loglinear_choice){base, WEEG_TEST_RAO_SCOTT_F},
                                 &found->test[i], &found->deviance[i], NULL));
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){t, d}, &m.model, &(weeg_loglinear_choice){base, WEEG_TEST_RAO_SCOTT_LR},
                                 &found->lr[i], &found->lr_deviance[i], NULL));
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){t, d}, &m.model,
                                 &(weeg_loglinear_choice){base, WEEG_TEST_RAO_SCOTT_CHISQ}, &found->first[i],
                                 &found->lr_deviance[i], NULL));
    clear(&m);
  }
}

static void compare_test(const results *found, const char *kind, int i, double value, double *trace) {
  const weeg_test *t = &found->test[i];
  if (strcmp(kind, "chisq") == 0) {
    CHECK_CLOSE(t->chisq, value, 1e-11);
    /* against the saturated model, the test's X^2 and G^2 are the fit's distances */
    if (i > 0) CHECK_CLOSE(found->fit[i == 1].chisq, value, 1e-11);
  } else if (strcmp(kind, "deviance") == 0) {
    CHECK_CLOSE(found->deviance[i], value, 1e-11);
    CHECK_CLOSE(found->lr_deviance[i], value, 1e-11);
    if (i > 0) CHECK_CLOSE(found->fit[i == 1].deviance, value, 1e-11);
  } else if (strcmp(kind, "trace") == 0) {
    *trace = value;
    CHECK_CLOSE(t->delta_mean, value / found->added[i], 1e-11);
    CHECK_CLOSE(t->statistic, t->chisq / value, 1e-11);
    CHECK_CLOSE(found->lr[i].statistic, found->deviance[i] / value, 1e-11);
    CHECK_CLOSE(found->first[i].statistic, t->chisq / value * found->added[i], 1e-11);
  } else {
    CHECK(strcmp(kind, "square") == 0);
    CHECK_CLOSE(t->df1, *trace * *trace / value, 1e-11);
    CHECK_CLOSE(t->df2, *trace * *trace / value * (double)t->df, 1e-11);
    CHECK_CLOSE(found->lr[i].df1, t->df1, 0);
    CHECK(found->first[i].df1 == found->added[i] && isnan(found->first[i].df2));
  }
}

static void compare_fit(const results *found, const char *kind, int i, int j, double value) {
  const int which = strncmp(kind, "some", 4) == 0 ? 0 : 1, size = found->size[which];
  const double *v = found->covariance[which];
  CHECK(strncmp(kind, fit_names[which], strlen(fit_names[which])) == 0);
  if (strstr(kind, ".estimate") != NULL) {
    CHECK(fabs(found->estimate[which][i] - value) <= 1e-12 * sqrt(v[i * size + i]));
  } else {
    CHECK(fabs(v[i * size + j] - value) <= 1e-11 * sqrt(v[i * size + i] * v[j * size + j]));
  }
}

/* Three of the samples have references. */
static bool check_case(const model_rows *r) {
  char line[256], name[64], kind[64];
  int i, j, seen = 0;
  double value, trace = NAN;
  static results found;
  if (strcmp(r->name, "binary") != 0 && strcmp(r->name, "skewed") != 0 && strcmp(r->name, "element") != 0) return false;
  compute(r, &found);
  FILE *file = test_open_reference("loglinear.csv");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%63[^,],%63[^,],%d,%d,%lf", name, kind, &i, &j, &value) != 5 || strcmp(name, r->name) != 0) continue;
    if (strchr(kind, '.') != NULL) {
      compare_fit(&found, kind, i, j, value);
    } else {
      compare_test(&found, kind, i, value, &trace);
    }
    seen++;
  }
  CHECK(seen == 4 * TESTS + found.size[0] * (found.size[0] + 1) + found.size[1] * (found.size[1] + 1));
  if (file != NULL) fclose(file);
  return true;
}

static void test_reference(void) {
  CHECK(model_rows_each(check_case) == 3);
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

/* Rows of weight 1, each its own PSU, in one stratum, with these counts by cell. */
static void table_rows(model_rows *r, int32_t a, int32_t b, int32_t c, const int *counts) {
  *r = (model_rows){.element = true, .size = {a, b, c}};
  for (int32_t cell = 0; cell < a * b * c; cell++) {
    for (int i = 0; i < counts[cell]; i++) {
      model_rows_add(r, 1, 1, cell / c / b + 1, cell / c % b + 1, cell % c + 1);
    }
  }
}

/*
 * 2 x 2 x 2, saturated. The effect of a three-way interaction is 1/8 of a signed sum of logs of counts, with variance
 * sum(1/n) / 64 under multinomial sampling, times n / (n - 1); that of y likewise. See Bishop, Fienberg and Holland (1975),
 * Discrete Multivariate Analysis, chapter 4. The variance's second term, from the signs not adding up, is 0.
 */
static void test_saturated(void) {
  static const int counts[] = {12, 7, 5, 9, 3, 8, 6, 10};
  static model_rows r;
  log_linear m;
  double b[7], v[49], three = 0, y = 0, variance = 0;
  weeg_loglinear_fit fit;
  table_rows(&r, 2, 2, 2, counts);
  for (int c = 0; c < 8; c++) {
    const double sign_y = c / 4 ? -1 : 1, sign = sign_y * (c / 2 % 2 ? -1 : 1) * (c % 2 ? -1 : 1);
    three += sign * log(counts[c]) / 8;
    y += sign_y * log(counts[c]) / 8;
    variance += 1.0 / counts[c] / 64;
  }
  build(&m, &r, TERMS);
  CHECK_OK(
      weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
  CHECK_CLOSE(b[0], y, 1e-13);
  CHECK_CLOSE(b[6], three, 1e-13);
  CHECK_CLOSE(v[0], variance * 60 / 59, 1e-12);
  CHECK_CLOSE(v[48], variance * 60 / 59, 1e-12);
  CHECK(fabs(fit.deviance) < 1e-10 && fabs(fit.chisq) < 1e-10); /* distances are 0 */
  /* of the last effect alone: the square of its t, in both forms; of the last two, with their covariance by hand */
  weeg_test test;
  double g2, both = 0, third = 0;
  for (int c = 0; c < 8; c++) {
    const double sign_b = c / 2 % 2 ? -1 : 1, sign_c = c % 2 ? -1 : 1, sign_y = c / 4 ? -1 : 1;
    third += sign_b * sign_c * log(counts[c]) / 8;
    both += sign_y / counts[c] / 64; /* of an effect of b and c, and that with y */
  }
  for (int adjusted = 0; adjusted < 2; adjusted++) {
    const weeg_test_method method = adjusted ? WEEG_TEST_ADJUSTED_WALD : WEEG_TEST_WALD;
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                                 &(weeg_loglinear_choice){6, method}, &test, &g2, NULL));
    CHECK_CLOSE(test.statistic, three * three / (variance * 60 / 59), 1e-12);
    CHECK(test.df1 == 1 && test.df2 == 59 && test.n == 60 && isnan(test.delta_mean) && g2 > 0 && test.chisq > 0);
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                                 &(weeg_loglinear_choice){5, method}, &test, &g2, NULL));
    const double determinant = variance * variance - both * both;
    const double w = (variance * (three * three + third * third) - 2 * both * three * third) / determinant;
    CHECK_CLOSE(test.statistic, w * 59 / 60 / 2 * (adjusted ? 58.0 / 59 : 1), 1e-12);
    CHECK(test.df1 == 2 && test.df2 == (adjusted ? 58 : 59));
  }
  clear(&m);
}

/*
 * Bartlett's (1935) plum root cuttings: G^2 = 2.293841 of no three-way interaction, as MASS::loglm prints it (PROVENANCE.md),
 * which stops when margins are within 0.1: the sixth decimal is not that of the maximum. Fitted counts are 156 + d, 84 - d,
 * ... with the d that makes the odds ratios equal, found by bisection.
 */
static void test_plums(void) {
  static const int counts[] = {156, 84, 84, 156, 107, 31, 133, 209};
  static const int sign[] = {1, -1, -1, 1, -1, 1, 1, -1};
  static model_rows r;
  log_linear m;
  weeg_test test;
  double deviance, low = -31, high = 84, g2 = 0, x2 = 0;
  table_rows(&r, 2, 2, 2, counts);
  for (int i = 0; i < 200; i++) {
    const double d = (low + high) / 2;
    double excess = 0; /* increases in d */
    for (int c = 0; c < 8; c++) excess += sign[c] * log(counts[c] + sign[c] * d);
    *(excess > 0 ? &high : &low) = d;
  }
  for (int c = 0; c < 8; c++) {
    const double expected = counts[c] + sign[c] * low;
    g2 += 2 * counts[c] * log(counts[c] / expected);
    x2 += low * low / expected;
  }
  CHECK(fabs(g2 - 2.293841) < 5e-6);
  build(&m, &r, TERMS);
  CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                               &(weeg_loglinear_choice){6, WEEG_TEST_RAO_SCOTT_LR}, &test, &deviance, NULL));
  CHECK_CLOSE(deviance, g2, 1e-11);
  CHECK_CLOSE(test.chisq, x2, 1e-11);
  CHECK_CLOSE(test.delta_mean, 960.0 / 959, 1e-11); /* simple random sampling */
  CHECK(test.df1 == 1 && test.df2 == 959 && test.n == 960 && test.columns == 8);
  clear(&m);
}

/* With one variable of one level, the two others are a two-way table: the tests of independence, also with an empty cell. */
static void test_two_way(void) {
  static const int tables[][6] = {{12, 7, 5, 9, 3, 8}, {12, 0, 5, 9, 3, 8}};
  static const weeg_test_method methods[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_RAO_SCOTT_CHISQ, WEEG_TEST_RAO_SCOTT_LR,
                                             WEEG_TEST_SADDLEPOINT, WEEG_TEST_LINCOM};
  static model_rows r;
  for (int i = 0; i < 2; i++) {
    for (int k = 0; k < 5; k++) {
      log_linear m;
      weeg_test got, want;
      double deviance;
      int32_t row[24], column[24];
      table_rows(&r, 2, 3, 1, tables[i]);
      build(&m, &r, TERMS);
      for (int32_t c = 0; c < 24 && c < m.sample.tally->cells; c++) {
        row[c] = m.cell_place[c] < 0 ? -1 : m.cell_place[c] / 3;
        column[c] = m.cell_place[c] < 0 ? -1 : m.cell_place[c] % 3;
      }
      CHECK(m.sample.tally->cells == 24 && m.model.columns == 5);
      CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                                   &(weeg_loglinear_choice){3, methods[k]}, &got, &deviance, NULL));
      CHECK_OK(weeg_test_independence(&(weeg_survey){m.sample.tally, &m.sample.design}, TABLE(row, 2, column, 3),
                                      BY(methods[k]), &want, NULL));
      CHECK_CLOSE(got.statistic, want.statistic, 1e-12);
      CHECK_CLOSE(got.p_value, want.p_value, 1e-10);
      CHECK_CLOSE(got.chisq, want.chisq, 1e-12);
      CHECK_CLOSE(got.delta_mean, want.delta_mean, 1e-12);
      clear(&m);
    }
  }
}

/* A column that is there twice: no estimates, and no step that is taken for one. */
static void test_dependent(void) {
  static const int counts[] = {4, 7, 5, 9, 3, 8, 6, 2};
  static model_rows r;
  log_linear m;
  weeg_loglinear_fit fit;
  double b[7], v[49], x[8 * 2];
  table_rows(&r, 2, 2, 2, counts);
  build(&m, &r, 6);
  for (int i = 0; i < 8; i++) x[2 * i] = x[2 * i + 1] = i < 4 ? 1 : -1;
  m.model.columns = 2;
  m.model.x = x;
  CHECK_OK(
      weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
  CHECK(fit.reason == WEEG_REASON_NOT_FINITE && isnan(b[0]) && isnan(v[0]) && isnan(fit.deviance));
  clear(&m);
}

/* An empty margin; Haberman's pattern of two opposite cells of 2 x 2 x 2, where no margin of two variables is empty. */
static void test_not_finite(void) {
  static const int margin[] = {0, 0, 5, 9, 3, 8, 6, 10}, opposite[] = {0, 7, 5, 9, 3, 8, 6, 0}, one[] = {0, 7, 5, 9, 3, 8, 6, 2};
  static const int *const tables[] = {margin, opposite, one};
  static model_rows r;
  for (int i = 0; i < 3; i++) {
    log_linear m;
    weeg_loglinear_fit fit;
    weeg_test test;
    double b[7], v[49], deviance = 0;
    const bool finite = i == 2; /* one empty cell leaves all margins positive, and nothing opposite it */
    table_rows(&r, 2, 2, 2, tables[i]);
    build(&m, &r, 6);
    CHECK_OK(
        weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
    CHECK(fit.reason == (finite ? WEEG_REASON_NONE : WEEG_REASON_NOT_FINITE));
    CHECK(!!isnan(b[0]) == !finite && !!isnan(v[35]) == !finite && !!isnan(fit.deviance) == !finite);
    CHECK(fit.n == r.count && fit.df == r.count - 1);
    clear(&m);
    build(&m, &r, TERMS);
    CHECK_OK(
        weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
    CHECK(fit.reason == WEEG_REASON_NOT_FINITE && isnan(b[6])); /* saturated: every cell must have data */
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                                 &(weeg_loglinear_choice){6, WEEG_TEST_RAO_SCOTT_F}, &test, &deviance, NULL));
    CHECK(!!isnan(deviance) == !finite && !!isnan(test.p_value) == !finite);
    CHECK(test.reason == (finite ? WEEG_REASON_NONE : WEEG_REASON_NOT_FINITE));
    CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                                 &(weeg_loglinear_choice){6, WEEG_TEST_WALD}, &test, &deviance, NULL));
    CHECK(test.reason == WEEG_REASON_NOT_FINITE && isnan(test.p_value)); /* which needs all estimates */
    clear(&m);
  }
}

/*
 * Under replicate weights an effect of the saturated model is linearised: sum x p_r / (8 p), p_r the shares of a replicate in the
 * table. Totals of cells outside the table, and how large a replicate is, do not matter.
 */
static void test_replicated(void) {
  enum { COUNT = 5, MOST_CELLS = 27 };
  static const int counts[] = {12, 7, 5, 9, 3, 8, 6, 10};
  static const double rscales[COUNT] = {1, 0.5, 2, 1, 1};
  static model_rows r;
  double totals[MOST_CELLS * COUNT], b[7], v[49], theta[COUNT], mean = 0, variance = 0;
  log_linear m;
  weeg_loglinear_fit fit;
  table_rows(&r, 2, 2, 2, counts);
  build(&m, &r, TERMS);
  for (int i = 0; i < MOST_CELLS * COUNT; i++) totals[i] = (1 + i % COUNT) * (0.1 + sample_draw(1000) / 100.0);
  const weeg_replicates replicates = {.count = COUNT, .totals = totals, .scale = 0.75, .rscales = rscales, .df = -1};
  m.sample.design.replicates = &replicates;
  CHECK(m.sample.tally->cells == MOST_CELLS);
  CHECK_OK(
      weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
  for (int k = 0; k < 7; k++) {
    mean = variance = 0;
    for (int i = 0; i < COUNT; i++) {
      double sum = 0, all = 0;
      for (int32_t c = 0; c < MOST_CELLS; c++) {
        const int32_t place = m.cell_place[c];
        if (place < 0) continue;
        all += totals[c * COUNT + i];
        sum += m.x[place * 7 + k] * totals[c * COUNT + i] * 60 / (8.0 * counts[place]);
      }
      theta[i] = sum / all;
      mean += theta[i] / COUNT;
    }
    for (int i = 0; i < COUNT; i++) variance += 0.75 * rscales[i] * (theta[i] - mean) * (theta[i] - mean);
    CHECK_CLOSE(v[k * 8], variance, 1e-10);
  }
  m.sample.design.replicates = NULL;
  clear(&m);
}

/* PSUs that are alike but for how their weights round, 0.7 or seven times 0.1: variances of that size are 0. */
static void test_no_variance(void) {
  static model_rows r;
  log_linear m;
  weeg_loglinear_fit fit;
  double b[7], v[49];
  r = (model_rows){.size = {2, 2, 2}};
  for (int u = 1; u <= 6; u++) {
    for (int c = 0; c < 8; c++) {
      const bool one = (u * c + c / 2) % 3 == 0;
      for (int i = 0; i < (1 + c % 3) * (one ? 1 : 7); i++) {
        r.psu[r.count] = u;
        model_rows_add(&r, 1, one ? 0.7 : 0.1, 1 + c / 4, 1 + c / 2 % 2, 1 + c % 2);
      }
    }
  }
  build(&m, &r, TERMS);
  CHECK_OK(
      weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
  CHECK(fit.reason == WEEG_REASON_NONE);
  for (int i = 0; i < 49; i++) CHECK(v[i] == 0);
  clear(&m);
}

static void test_empty_table(void) {
  static model_rows r;
  log_linear m;
  weeg_loglinear_fit fit;
  weeg_test test;
  double b[7], v[49], deviance = 0;
  static const int counts[] = {1, 1, 1, 1, 1, 1, 1, 1};
  table_rows(&r, 2, 2, 2, counts);
  build(&m, &r, TERMS);
  for (int32_t c = 0; c < m.sample.tally->cells; c++) m.cell_place[c] = -1;
  CHECK_OK(
      weeg_loglinear(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
  CHECK(fit.reason == WEEG_REASON_EMPTY && fit.n == 0 && isnan(b[0]) && isnan(v[48]));
  CHECK_OK(weeg_loglinear_test(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                               &(weeg_loglinear_choice){3, WEEG_TEST_RAO_SCOTT_F}, &test, &deviance, NULL));
  CHECK(test.reason == WEEG_REASON_EMPTY && isnan(test.statistic) && isnan(deviance));
  clear(&m);
}

static void test_bad_arguments(void) {
  static model_rows r;
  log_linear m;
  weeg_loglinear_fit fit;
  weeg_test test;
  weeg_error err = {0};
  double b[8], v[64], g2;
  static const int counts[] = {1, 2, 1, 3, 1, 1, 2, 1};
  table_rows(&r, 2, 2, 2, counts);
  build(&m, &r, TERMS);
  const weeg_tally *t = m.sample.tally;
  const weeg_design *d = &m.sample.design;
  const struct {
    int32_t places, columns;
    weeg_status status;
  } shapes[] = {{8, 0, WEEG_ERR_ARGUMENT}, {8, 8, WEEG_ERR_ARGUMENT}, {1, 1, WEEG_ERR_ARGUMENT}, {6, 5, WEEG_ERR_ARGUMENT},
                {WEEG_MODEL_SIZE + 1, 7, WEEG_ERR_TOO_LARGE}};
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    weeg_loglinear_model bad = m.model;
    bad.places = shapes[i].places, bad.columns = shapes[i].columns;
    CHECK_STATUS(weeg_loglinear(&(weeg_survey){t, d}, &bad, &(weeg_fitted){b, v}, &fit, &err), shapes[i].status);
  }
  const struct {
    int32_t base;
    weeg_test_method method;
  } tests[] = {{0, WEEG_TEST_RAO_SCOTT_F}, {7, WEEG_TEST_RAO_SCOTT_F}, {3, WEEG_TEST_RAO_SCOTT_DEFF},
               {3, (weeg_test_method)(WEEG_TEST_LINCOM + 1)}};
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    CHECK_STATUS(weeg_loglinear_test(&(weeg_survey){t, d}, &m.model,
                                     &(weeg_loglinear_choice){tests[i].base, tests[i].method}, &test, &g2, &err),
                 WEEG_ERR_ARGUMENT);
  }
  clear(&m);
}

int main(void) {
  test_reference();
  test_saturated();
  test_plums();
  test_two_way();
  test_not_finite();
  test_dependent();
  test_replicated();
  test_no_variance();
  test_empty_table();
  test_bad_arguments();
  return test_report("loglinear");
}
