/*
 * Logistic regression, proportional odds and standardisation against values of 50-digit arithmetic (PROVENANCE.md), and
 * Wald tests by hand.
 *
 * Tolerances: 1e-12 for estimates and 1e-11 for covariances, relative to the standard errors: rounding of sums of a few
 * hundred terms, times the condition of the information (at most 1e3 here).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "model_rows.h"

enum { MAX_SIZE = 16, G = 3, H = 3 };

/* A model of main effects of h and g: patterns g * 3 + h, columns h2 h3 g2 g3. */
typedef struct main_effects {
  sample sample;
  int32_t *cell_pattern, *cell_level;
  int64_t start[G * H + 1];
  int32_t column[2 * G * H];
  weeg_model model;
} main_effects;

static void build(main_effects *m, const model_rows *r) {
  model_rows_sample(r, &m->sample);
  const int32_t cells = m->sample.tally->cells;
  m->cell_pattern = malloc(sizeof *m->cell_pattern * (size_t)cells);
  m->cell_level = malloc(sizeof *m->cell_level * (size_t)cells);
  for (int32_t c = 0; c < cells; c++) {
    const int32_t h = c % (H + 1), g = c / (H + 1) % (G + 1), y = c / (H + 1) / (G + 1);
    m->cell_pattern[c] = g < G && h < H ? g * H + h : -1;
    m->cell_level[c] = y < r->size[0] ? y : -1;
  }
  int64_t used = 0;
  for (int32_t p = 0; p < G * H; p++) {
    m->start[p] = used;
    if (p % H > 0) m->column[used++] = p % H - 1;
    if (p / H > 0) m->column[used++] = H - 1 + p / H - 1;
  }
  m->start[G * H] = used;
  m->model = (weeg_model){m->cell_pattern, m->cell_level, G * H, G + H - 2, r->size[0], m->start, m->column};
}

static void clear(main_effects *m) {
  weeg_tally_free(m->sample.tally);
  free(m->cell_pattern);
  free(m->cell_level);
}

typedef struct results {
  double estimate[MAX_SIZE], covariance[MAX_SIZE * MAX_SIZE], standard[G], standard_covariance[G * G];
  weeg_fit fit;
  int size;
} results;

static void compute(const model_rows *r, results *found) {
  main_effects m;
  build(&m, r);
  found->size = G + H - 2 + r->size[0] - 1;
  CHECK_OK(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                         &(weeg_fitted){found->estimate, found->covariance}, &found->fit, NULL));
  CHECK(found->fit.n == r->count && found->fit.slopes == 4);
  CHECK(found->fit.df == (r->element ? r->count - 3 : 12 - 3));
  if (r->size[0] == 2) {
    CHECK_OK(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, G,
                                     &(weeg_fitted){found->standard, found->standard_covariance}, &found->fit, NULL));
  }
  clear(&m);
}

static void compare(const results *found, const char *kind, int i, int j, double value) {
  const double *v = found->covariance, *u = found->standard_covariance;
  const int size = found->size;
  if (strcmp(kind, "estimate") == 0) {
    CHECK(fabs(found->estimate[i] - value) <= 1e-12 * sqrt(v[i * size + i]));
  } else if (strcmp(kind, "covariance") == 0) {
    CHECK(fabs(v[i * size + j] - value) <= 1e-11 * sqrt(v[i * size + i] * v[j * size + j]));
  } else if (strcmp(kind, "standard") == 0) {
    CHECK(fabs(found->standard[i] - value) <= 1e-12 * sqrt(u[i * G + i]));
  } else if (strcmp(kind, "standard.covariance") == 0) {
    CHECK(fabs(u[i * G + j] - value) <= 1e-11 * sqrt(u[i * G + i] * u[j * G + j]));
  } else if (strcmp(kind, "deviance") == 0) {
    CHECK_CLOSE(found->fit.deviance, value, 1e-13);
  } else {
    CHECK(strcmp(kind, "null") == 0);
    CHECK_CLOSE(found->fit.null_deviance, value, 1e-13);
  }
}

/* The values of one case. */
static bool check_case(const model_rows *r) {
  char line[256], name[64], kind[64];
  int i, j, seen = 0;
  double value;
  results found;
  compute(r, &found);
  FILE *file = test_open_reference("logistic.csv");
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "%63[^,],%63[^,],%d,%d,%lf", name, kind, &i, &j, &value) != 5 || strcmp(name, r->name) != 0) continue;
    compare(&found, kind, i, j, value);
    seen++;
  }
  CHECK(seen == 2 + found.size + found.size * found.size + (r->size[0] == 2 ? G + G * G : 0));
  if (file != NULL) fclose(file);
  return true;
}

static void test_reference(void) {
  CHECK(model_rows_each(check_case) == 6);
}

/* Rows of g and h with an answer each, weight 1, each its own PSU. */
static void hand_rows(model_rows *r, const int32_t (*data)[3], int count, int levels) {
  *r = (model_rows){.size = {levels, G, H}, .element = true};
  for (int i = 0; i < count; i++) model_rows_add(r, i % 3 + 1, 1, data[i][2], data[i][0], data[i][1]);
}

static weeg_status fit_rows(const int32_t (*data)[3], int count, int levels, double *estimate, weeg_error *err) {
  static model_rows r;
  main_effects m;
  double covariance[MAX_SIZE * MAX_SIZE];
  weeg_fit fit;
  hand_rows(&r, data, count, levels);
  build(&m, &r);
  const weeg_status status = weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model,
                                           &(weeg_fitted){estimate, covariance}, &fit, err);
  clear(&m);
  return status;
}

/* Saturated in g: log odds are those of the counts. h is always 1: its columns are aliased, as is a level of g without rows. */
static void test_saturated(void) {
  static const int32_t data[][3] = {{1, 1, 1}, {1, 1, 1}, {1, 1, 2}, {2, 1, 1}, {2, 1, 2}, {2, 1, 2}, {2, 1, 2}, {2, 1, 2}};
  double b[MAX_SIZE];
  CHECK_OK(fit_rows(data, 8, 2, b, NULL));
  CHECK_CLOSE(b[4], log(0.5), 1e-14);
  CHECK_CLOSE(b[2], log(8), 1e-14);
  CHECK(isnan(b[0]) && isnan(b[1]) && isnan(b[3]));
}

/*
 * Patterns of covariates of which the model has no column, one with a single row: the intercept is the log odds q of the answer,
 * its variance 1 / (n p (1 - p)) times n / (n - 1).
 */
static void test_single_row(void) {
  static const int32_t data[][3] = {{1, 1, 1}, {1, 1, 2}, {1, 1, 2}, {2, 2, 1}, {1, 2, 1}, {1, 2, 2}, {1, 2, 2}, {1, 2, 2}};
  static model_rows r;
  main_effects m;
  double b[MAX_SIZE], covariance[MAX_SIZE * MAX_SIZE];
  weeg_fit fit;
  hand_rows(&r, data, 8, 2);
  for (int i = 0; i < 8; i++) r.stratum[i] = 1;
  build(&m, &r);
  for (int p = 0; p <= G * H; p++) m.start[p] = 0;
  m.model.columns = 0;
  CHECK_OK(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, covariance},
                         &fit, NULL));
  CHECK_CLOSE(b[0], log(5.0 / 3), 1e-12);
  CHECK_CLOSE(covariance[0], 1 / (8 * 0.625 * 0.375) * 8 / 7, 1e-12);
  clear(&m);
}

/* Each g has both answers once, so that Newton's method begins where it ends: a step of 0, and two to be sure. */
static void test_iterations(void) {
  static const int32_t data[][3] = {{1, 1, 1}, {1, 1, 2}, {2, 1, 1}, {2, 1, 2}, {3, 1, 1}, {3, 1, 2}};
  static model_rows r;
  main_effects m;
  double b[MAX_SIZE], covariance[MAX_SIZE * MAX_SIZE];
  weeg_fit fit;
  hand_rows(&r, data, 6, 2);
  build(&m, &r);
  CHECK_OK(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, covariance},
                         &fit, NULL));
  CHECK(fit.iterations == 3);
  CHECK(fabs(b[2]) < 1e-15 && fabs(b[3]) < 1e-15 && fabs(b[4]) < 1e-15);
  clear(&m);
}

static void test_separation(void) {
  /* g = 2 has only the second answer; a level at the reference; both covariates together; a middle level of three */
  static const int32_t level[][3] = {{1, 1, 1}, {1, 1, 2}, {2, 1, 2}, {2, 1, 2}, {3, 1, 1}, {3, 1, 2}};
  static const int32_t reference[][3] = {{1, 1, 1}, {1, 1, 1}, {2, 1, 2}, {2, 1, 1}, {3, 1, 1}, {3, 1, 2}};
  static const int32_t both[][3] = {{1, 1, 1}, {1, 2, 1}, {2, 1, 1}, {2, 2, 1}, {2, 2, 2}, {3, 2, 2}, {3, 1, 1}, {3, 1, 2},
                                    {2, 3, 2}, {3, 3, 2}, {1, 3, 1}, {1, 3, 2}};
  static const int32_t ordered[][3] = {{1, 1, 1}, {1, 1, 1}, {1, 1, 2}, {2, 1, 2}, {2, 1, 3}, {2, 1, 3}};
  static const int32_t complete[][3] = {{1, 1, 1}, {2, 1, 2}, {1, 1, 1}, {2, 1, 2}};
  double b[MAX_SIZE];
  weeg_error err = {0};
  CHECK_STATUS(fit_rows(level, 6, 2, b, &err), WEEG_ERR_NUMERIC);
  CHECK(err.where == 2);
  CHECK_STATUS(fit_rows(reference, 6, 2, b, &err), WEEG_ERR_NUMERIC);
  CHECK(err.where >= 0);
  CHECK_STATUS(fit_rows(both, 12, 2, b, &err), WEEG_ERR_NUMERIC);
  CHECK(err.where >= 0);
  CHECK_STATUS(fit_rows(ordered, 6, 3, b, &err), WEEG_ERR_NUMERIC);
  CHECK(err.where >= 0);
  CHECK_STATUS(fit_rows(complete, 4, 2, b, &err), WEEG_ERR_NUMERIC);
  CHECK(err.where >= 0);
}

static void test_bad_arguments(void) {
  static const int32_t one[][3] = {{1, 1, 1}, {2, 1, 1}};
  static const int32_t gap[][3] = {{1, 1, 1}, {2, 1, 1}, {1, 1, 3}, {2, 1, 3}};
  double b[MAX_SIZE], v[MAX_SIZE * MAX_SIZE];
  weeg_error err = {0};
  weeg_fit fit;
  CHECK_STATUS(fit_rows(one, 2, 2, b, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == 1);
  CHECK_STATUS(fit_rows(gap, 4, 3, b, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == 1);
  static const int32_t two[][3] = {{1, 1, 1}, {1, 1, 2}};
  static model_rows r;
  hand_rows(&r, two, 2, 2);
  main_effects m;
  build(&m, &r);
  weeg_model bad = m.model;
  bad.levels = 1;
  CHECK_STATUS(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  bad = m.model;
  bad.columns = 2;
  CHECK_STATUS(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  bad = m.model;
  bad.patterns = 4;
  CHECK_STATUS(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  int32_t column[2 * G * H], level[64];
  memcpy(column, m.column, sizeof column);
  column[3] = -1;
  bad = m.model;
  bad.column = column;
  CHECK_STATUS(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_TEXT(err.message, "a pattern has column 0 of 4");
  for (int c = 0; c < m.sample.tally->cells; c++) level[c] = c == 7 ? 2 : m.cell_level[c];
  bad = m.model;
  bad.cell_level = level;
  CHECK_STATUS(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_TEXT(err.message, "cell 8 is placed outside the model");
  bad = m.model;
  bad.levels = 3;
  CHECK_STATUS(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, G, &(weeg_fitted){b, v},
                                       &fit, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, G * H,
                                       &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  bad = m.model;
  bad.columns = WEEG_MODEL_SIZE;
  CHECK_STATUS(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &bad, &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_TOO_LARGE);
  CHECK_STATUS(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, 2,
                                       &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, 0,
                                       &(weeg_fitted){b, v}, &fit, &err),
               WEEG_ERR_ARGUMENT);
  /* a group has rows: the others' columns are aliased, no standardised proportions */
  CHECK_OK(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, G, &(weeg_fitted){b, v},
                                   &fit, &err));
  CHECK(isnan(b[0]) && isnan(b[2]) && isnan(v[0]) && fit.slopes == 0 && fit.n == 2);
  clear(&m);
}

/* V = (2 1; 1 2), b = (1, 3): b'V^-1 b = (2 - 6 + 18)/3 = 14/3, F = 7/3 on (2, 2): P = 1/(1 + F). */
static void test_wald(void) {
  static const double b[] = {1, 9, 3}, v[] = {2, 0, 1, 0, 5, 0, 1, 0, 2}, singular[] = {1, 0, 1, 0, 1, 0, 1, 0, 1};
  static const int32_t which[] = {0, 2};
  weeg_wald wald;
  CHECK_OK(weeg_wald_test(&(weeg_parameters){b, v, 3, 2}, which, 2, &wald, NULL));
  CHECK_CLOSE(wald.f, 7.0 / 3, 1e-15);
  CHECK_CLOSE(wald.p_value, 0.3, 1e-14);
  CHECK(wald.reason == WEEG_REASON_NONE);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){b, singular, 3, 2}, which, 2, &wald, NULL));
  CHECK(wald.reason == WEEG_REASON_SINGULAR && isnan(wald.f) && isnan(wald.p_value));
  CHECK_OK(weeg_wald_test(&(weeg_parameters){b, v, 3, 0}, which, 2, &wald, NULL));
  CHECK(wald.reason == WEEG_REASON_NO_DF && isnan(wald.f) && isnan(wald.p_value));
  CHECK_STATUS(weeg_wald_test(&(weeg_parameters){b, v, 3, 2}, which, 0, &wald, NULL), WEEG_ERR_ARGUMENT);
  weeg_contrast c;
  /* t = 3 on 2 degrees of freedom: P = 1 - 3/sqrt(11); the upper 2.5 % point is 0.95 / sqrt(2 * 0.975 * 0.025) */
  CHECK_OK(weeg_contrast_value(6, 4, 2, 0.95, &c, NULL));
  const double half = 2 * 0.95 / sqrt(2 * 0.975 * 0.025);
  CHECK(c.std_error == 2 && c.statistic == 3 && c.reason == WEEG_REASON_NONE);
  CHECK_CLOSE(c.p_value, 1 - 3 / sqrt(11), 1e-13);
  CHECK_CLOSE(c.low, 6 - half, 1e-12);
  CHECK_CLOSE(c.high, 6 + half, 1e-12);
  CHECK_OK(weeg_contrast_value(6, 0, 2, 0.95, &c, NULL));
  CHECK(c.reason == WEEG_REASON_ZERO_VARIANCE && c.estimate == 6 && c.std_error == 0 && isnan(c.p_value));
  CHECK_OK(weeg_contrast_value(6, NAN, 2, 0.95, &c, NULL));
  CHECK(c.reason == WEEG_REASON_NO_VARIANCE && c.estimate == 6 && isnan(c.std_error));
  CHECK_OK(weeg_contrast_value(6, 4, 0, 0.95, &c, NULL));
  CHECK(c.reason == WEEG_REASON_NO_DF && c.std_error == 2 && isnan(c.low));
  CHECK_STATUS(weeg_contrast_value(6, 4, 2, 0, &c, NULL), WEEG_ERR_ARGUMENT);
}

/* Aliased covariates do no harm: h is 1 or 2 only, and its third column is always 0. Saturated by hand: within h = 1 the
 * logits are those of 1/2 and 1/2, within h = 2 those of 1/4 and 1/4, so that every group has (4/12) 1/2 + (8/12) 1/4. */
static void test_aliased_covariates(void) {
  static const int32_t data[][3] = {{1, 1, 1}, {1, 1, 2}, {2, 1, 1}, {2, 1, 2}, {1, 2, 1}, {1, 2, 1}, {1, 2, 1}, {1, 2, 2},
                                    {2, 2, 1}, {2, 2, 1}, {2, 2, 1}, {2, 2, 2}};
  static model_rows r;
  hand_rows(&r, data, 12, 2);
  main_effects m;
  build(&m, &r);
  m.model.patterns = 2 * H; /* two groups */
  m.model.columns = 3;
  for (int32_t c = 0; c < m.sample.tally->cells; c++) {
    if (m.cell_pattern[c] >= 2 * H) m.cell_pattern[c] = -1;
  }
  double p[2], v[4];
  weeg_fit fit;
  CHECK_OK(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, 2, &(weeg_fitted){p, v},
                                   &fit, NULL));
  CHECK(fit.slopes == 2);
  CHECK_CLOSE(p[0], 1.0 / 3, 1e-14);
  CHECK_CLOSE(p[1], 1.0 / 3, 1e-14);
  CHECK(v[0] > 0 && v[3] > 0 && v[1] == v[2]);
  clear(&m);
}

/* Rows of the tally's first cell left out of the model are not in its rows or its degrees of freedom. */
static bool check_left_out(const model_rows *r) {
  double b[MAX_SIZE], v[MAX_SIZE * MAX_SIZE];
  bool psu[32] = {false}, stratum[8] = {false};
  int64_t rows = 0, df = 0;
  main_effects m;
  weeg_fit fit;
  build(&m, r);
  m.cell_pattern[0] = -1;
  for (int i = 0; i < r->count; i++) {
    if (r->code[0][i] == 1 && r->code[1][i] == 1 && r->code[2][i] == 1) continue;
    rows++;
    psu[r->psu[i]] = stratum[r->stratum[i]] = true;
  }
  for (int j = 0; j < 32; j++) df += psu[j];
  if (r->element) df = rows;
  for (int h = 0; h < 8; h++) df -= stratum[h];
  CHECK_OK(weeg_logistic(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, &(weeg_fitted){b, v}, &fit, NULL));
  CHECK(fit.n == rows && fit.df == df);
  clear(&m);
  return true;
}

/* Group 2 in one PSU: a standardised proportion of it, but no variance; the others have theirs. */
static bool check_alone(const model_rows *r) {
  static model_rows alone;
  double b[G], v[G * G];
  main_effects m;
  weeg_fit fit;
  if (r->element || r->size[0] != 2) return false;
  alone = *r;
  for (int i = 0; i < r->count; i++) {
    if (alone.psu[i] == 3) alone.code[1][i] = 2;
    else if (alone.code[1][i] == 2) alone.code[1][i] = 1;
  }
  build(&m, &alone);
  CHECK_OK(weeg_predictive_margins(&(weeg_survey){m.sample.tally, &m.sample.design}, &m.model, G, &(weeg_fitted){b, v},
                                   &fit, NULL));
  for (int g = 0; g < G; g++) {
    CHECK(b[g] > 0 && b[g] < 1);
    for (int h = 0; h < G; h++) CHECK(!!isnan(v[g * G + h]) == (g == 1 || h == 1));
  }
  clear(&m);
  return true;
}

int main(void) {
  test_reference();
  CHECK(model_rows_each(check_left_out) == 6);
  CHECK(model_rows_each(check_alone) > 0);
  test_aliased_covariates();
  test_saturated();
  test_single_row();
  test_iterations();
  test_separation();
  test_bad_arguments();
  test_wald();
  return test_report("logistic");
}
