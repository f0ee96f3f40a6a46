#include "glue.h"

/* x: the model matrix by rows, columns within a place side by side. */
static weeg_loglinear_model loglinear_of(const weeg_tally *tally, SEXP cell_place, SEXP places, SEXP columns, SEXP x) {
  const int rows = glue_count(places), width = glue_count(columns);
  return (weeg_loglinear_model){.cell_place = glue_places(cell_place, tally, rows),
                                .places = rows,
                                .columns = width,
                                .x = glue_doubles(x, (R_xlen_t)rows * width, "the model")};
}

SEXP glue_loglinear(SEXP object, SEXP cell_place, SEXP places, SEXP columns, SEXP x) {
  enum { ESTIMATE, COVARIANCE, N, DF, ITERATIONS, DEVIANCE, CHISQ, REASON, ELEMENTS };
  static const char *const names[ELEMENTS] = {"estimate",   "covariance", "n",     "df",
                                              "iterations", "deviance",   "chisq", "reason"};
  weeg_error err = {0};
  weeg_loglinear_fit fit;
  const weeg_survey *survey = glue_survey(object);
  const weeg_loglinear_model model = loglinear_of(survey->tally, cell_place, places, columns, x);
  SEXP result = PROTECT(glue_list(ELEMENTS, names));
  SET_VECTOR_ELT(result, ESTIMATE, Rf_allocVector(REALSXP, model.columns));
  SET_VECTOR_ELT(result, COVARIANCE, Rf_allocMatrix(REALSXP, model.columns, model.columns));
  const weeg_status status = weeg_loglinear(
      survey, &model, &(weeg_fitted){REAL(VECTOR_ELT(result, ESTIMATE)), REAL(VECTOR_ELT(result, COVARIANCE))}, &fit,
      &err);
  if (status == WEEG_OK) {
    const double values[] = {(double)fit.n, (double)fit.df, (double)fit.iterations, fit.deviance, fit.chisq};
    for (int e = ESTIMATE; e <= COVARIANCE; e++) {
      double *v = REAL(VECTOR_ELT(result, e));
      for (R_xlen_t i = 0; i < Rf_xlength(VECTOR_ELT(result, e)); i++) v[i] = glue_or_na(v[i]);
    }
    for (int i = N; i < REASON; i++) SET_VECTOR_ELT(result, i, Rf_ScalarReal(glue_or_na(values[i - N])));
    SET_VECTOR_ELT(result, REASON, Rf_ScalarString(glue_reason(fit.reason)));
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* list(test, deviance): the model of the first `base` columns against that of all. */
SEXP glue_loglinear_test(SEXP object, SEXP cell_place, SEXP places, SEXP columns, SEXP x, SEXP base, SEXP method) {
  static const char *const names[] = {"test", "deviance"};
  weeg_error err = {0};
  weeg_test test;
  double deviance = 0;
  const weeg_survey *survey = glue_survey(object);
  const weeg_loglinear_model model = loglinear_of(survey->tally, cell_place, places, columns, x);
  if (weeg_loglinear_test(survey, &model,
                          &(weeg_loglinear_choice){glue_size(base, 0, model.columns, "the model"),
                                                   (weeg_test_method)Rf_asInteger(method)},
                          &test, &deviance, &err) != WEEG_OK) {
    return glue_failure(&err);
  }
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, glue_test_list(&test));
  SET_VECTOR_ELT(result, 1, Rf_ScalarReal(glue_or_na(deviance)));
  UNPROTECT(1);
  return result;
}
