#include "glue.h"

#include <math.h>

/* Columns of patterns come from R as lengths and numbers from 0. */
static weeg_model model_of(const weeg_tally *tally, SEXP cell_pattern, SEXP cell_level, SEXP levels, SEXP columns,
                           SEXP lengths, SEXP column) {
  static const char *const what = "the model";
  const int patterns = Rf_length(lengths), *length = glue_ints(lengths, -1, 0, INT32_MAX, what);
  const int width = glue_count(columns), outcomes = glue_count(levels);
  int64_t *start = (int64_t *)R_alloc((size_t)patterns + 1, sizeof *start);
  start[0] = 0;
  for (int p = 0; p < patterns; p++) start[p + 1] = start[p] + length[p];
  return (weeg_model){.cell_pattern = glue_places(cell_pattern, tally, patterns),
                      .cell_level = glue_places(cell_level, tally, outcomes),
                      .patterns = patterns,
                      .columns = width,
                      .levels = outcomes,
                      .start = start,
                      .column = glue_ints(column, (R_xlen_t)start[patterns], 0, width - 1, what)};
}

enum { ESTIMATE, COVARIANCE, N, DF, SLOPES, ITERATIONS, WEIGHT, DEVIANCE, NULL_DEVIANCE, ELEMENTS };

static SEXP new_fit(R_xlen_t size) {
  static const char *const names[ELEMENTS] = {"estimate",   "covariance", "n",        "df",           "slopes",
                                              "iterations", "weight",     "deviance", "null.deviance"};
  SEXP result = PROTECT(glue_list(ELEMENTS, names));
  SET_VECTOR_ELT(result, ESTIMATE, Rf_allocVector(REALSXP, size));
  SET_VECTOR_ELT(result, COVARIANCE, Rf_allocMatrix(REALSXP, (int)size, (int)size));
  UNPROTECT(1);
  return result;
}

static void describe_fit(SEXP result, const weeg_fit *fit) {
  const double values[] = {(double)fit->n, (double)fit->df, (double)fit->slopes, (double)fit->iterations,
                           fit->weight,    fit->deviance,   fit->null_deviance};
  for (int i = N; i < ELEMENTS; i++) SET_VECTOR_ELT(result, i, Rf_ScalarReal(glue_or_na(values[i - N])));
  for (int e = ESTIMATE; e <= COVARIANCE; e++) {
    double *x = REAL(VECTOR_ELT(result, e));
    for (R_xlen_t i = 0; i < Rf_xlength(VECTOR_ELT(result, e)); i++) x[i] = glue_or_na(x[i]);
  }
}

SEXP glue_logistic(SEXP object, SEXP cell_pattern, SEXP cell_level, SEXP levels, SEXP columns, SEXP lengths,
                   SEXP column) {
  weeg_error err = {0};
  weeg_fit fit;
  const weeg_survey *survey = glue_survey(object);
  const weeg_model model = model_of(survey->tally, cell_pattern, cell_level, levels, columns, lengths, column);
  SEXP result = PROTECT(new_fit((R_xlen_t)model.columns + model.levels - 1));
  const weeg_status status = weeg_logistic(survey, &model, REAL(VECTOR_ELT(result, ESTIMATE)),
                                           REAL(VECTOR_ELT(result, COVARIANCE)), &fit, &err);
  if (status == WEEG_OK) describe_fit(result, &fit);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

SEXP glue_predictive_margins(SEXP object, SEXP cell_pattern, SEXP cell_level, SEXP columns, SEXP lengths, SEXP column,
                             SEXP groups) {
  weeg_error err = {0};
  weeg_fit fit;
  const weeg_survey *survey = glue_survey(object);
  SEXP levels = PROTECT(Rf_ScalarInteger(2));
  const weeg_model model = model_of(survey->tally, cell_pattern, cell_level, levels, columns, lengths, column);
  const int count = glue_count(groups);
  SEXP result = PROTECT(new_fit(count));
  const weeg_status status = weeg_predictive_margins(survey, &model, count, REAL(VECTOR_ELT(result, ESTIMATE)),
                                                     REAL(VECTOR_ELT(result, COVARIANCE)), &fit, &err);
  if (status == WEEG_OK) describe_fit(result, &fit);
  UNPROTECT(2);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* Columns for `size` contrasts, to be filled by set_contrast. */
static SEXP new_contrasts(R_xlen_t size) {
  static const char *const names[] = {"estimate",  "std.error", "conf.low", "conf.high",
                                      "statistic", "p.value",   "reason"};
  SEXP result = PROTECT(glue_list(7, names));
  for (int c = 0; c < 7; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c == 6 ? STRSXP : REALSXP, size));
  UNPROTECT(1);
  return result;
}

static void set_contrast(SEXP columns, R_xlen_t i, const weeg_contrast *c) {
  const double values[] = {c->estimate, c->std_error, c->low, c->high, c->statistic, c->p_value};
  for (int k = 0; k < 6; k++) REAL(VECTOR_ELT(columns, k))[i] = glue_or_na(values[k]);
  SET_STRING_ELT(VECTOR_ELT(columns, 6), i, glue_reason(c->reason));
}

/* Intervals and t tests of estimates, each with its variance. */
SEXP glue_wald_intervals(SEXP estimate, SEXP variance, SEXP df, SEXP level) {
  weeg_error err = {0};
  weeg_status status = WEEG_OK;
  const double *value = glue_doubles(estimate, -1, "an estimate");
  const double *spread = glue_doubles(variance, Rf_xlength(estimate), "a variance");
  SEXP result = PROTECT(new_contrasts(Rf_xlength(estimate)));
  for (R_xlen_t i = 0; i < Rf_xlength(estimate) && status == WEEG_OK; i++) {
    weeg_contrast c;
    status = weeg_contrast_value(value[i], spread[i], (int64_t)Rf_asReal(df), Rf_asReal(level), &c, &err);
    if (status == WEEG_OK) set_contrast(result, i, &c);
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* The Wald test of the estimates numbered `which` (from 0). */
SEXP glue_wald_test(SEXP estimate, SEXP covariance, SEXP which, SEXP df) {
  static const char *const names[] = {"statistic", "p.value", "reason"};
  weeg_error err = {0};
  weeg_wald wald;
  const int size = Rf_length(estimate), *chosen = glue_ints(which, -1, 0, size - 1, "the terms of the model");
  const double *matrix = glue_doubles(covariance, (R_xlen_t)size * size, "a covariance");
  if (weeg_wald_test(
          &(weeg_parameters){glue_doubles(estimate, -1, "an estimate"), matrix, size, (int64_t)Rf_asReal(df)}, chosen,
          Rf_length(which), &wald, &err) != WEEG_OK) {
    return glue_failure(&err);
  }
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(glue_or_na(wald.f)));
  SET_VECTOR_ELT(result, 1, Rf_ScalarReal(glue_or_na(wald.p_value)));
  SET_VECTOR_ELT(result, 2, Rf_ScalarString(glue_reason(wald.reason)));
  UNPROTECT(1);
  return result;
}

/* Contrasts of proportions p1 and p2 with variances v1 and v2 and covariance v12; df is that of all. */
SEXP glue_proportion_contrasts(SEXP measure, SEXP p1, SEXP p2, SEXP v1, SEXP v2, SEXP v12, SEXP df, SEXP level) {
  weeg_error err = {0};
  weeg_status status = WEEG_OK;
  const R_xlen_t size = Rf_xlength(measure);
  const int *kind = glue_ints(measure, -1, 0, INT32_MAX, "the measures");
  SEXP given[] = {p1, p2, v1, v2, v12};
  const double *x[5];
  for (int k = 0; k < 5; k++) x[k] = glue_doubles(given[k], size, "a proportion");
  SEXP result = PROTECT(new_contrasts(size));
  for (R_xlen_t i = 0; i < size && status == WEEG_OK; i++) {
    weeg_contrast c;
    status = weeg_compare_proportions((weeg_measure)kind[i],
                                      &(weeg_two_proportions){x[0][i], x[1][i], x[2][i], x[3][i], x[4][i]},
                                      (int64_t)Rf_asReal(df), Rf_asReal(level), &c, &err);
    if (status == WEEG_OK) set_contrast(result, i, &c);
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}
