#include "glue.h"

#include <math.h>

static weeg_reason reason_of(double variance, int64_t df) {
  if (isnan(variance)) return WEEG_REASON_NO_VARIANCE;
  if (df < 1) return WEEG_REASON_NO_DF;
  return variance == 0 ? WEEG_REASON_ZERO_VARIANCE : WEEG_REASON_NONE;
}

/* list(n, estimate, std.error, conf.low, conf.high, reason, df) of population totals with t limits. */
SEXP glue_totals(SEXP object, SEXP cell_output, SEXP outputs, SEXP level) {
  static const char *const names[] = {"n", "estimate", "std.error", "conf.low", "conf.high", "reason", "df"};
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int size = glue_count(outputs);
  int64_t df = 0, *n = (int64_t *)R_alloc((size_t)size + 1, sizeof *n);
  double *variance = (double *)R_alloc((size_t)size + 1, sizeof *variance), t = NAN;
  int32_t *everything = (int32_t *)R_alloc((size_t)tally.cells + 1, sizeof *everything);
  for (int c = 0; c < tally.cells; c++) everything[c] = 0;
  SEXP result = PROTECT(glue_list(7, names));
  for (int column = 0; column < 5; column++) SET_VECTOR_ELT(result, column, Rf_allocVector(REALSXP, size));
  SET_VECTOR_ELT(result, 5, Rf_allocVector(STRSXP, size));
  double *estimate = REAL(VECTOR_ELT(result, 1));
  weeg_status status =
      weeg_totals(&tally, &design, glue_places(cell_output, &tally, size), size, n, estimate, variance, &err);
  if (status == WEEG_OK) status = weeg_design_df(&tally, &design, everything, 1, &df, &err);
  if (status == WEEG_OK && df >= 1) {
    status = weeg_t_quantile(1 - (1 - Rf_asReal(level)) / 2, (double)df, &t, &err);
  }
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  for (int o = 0; o < size; o++) {
    const double error = isnan(variance[o]) ? NA_REAL : sqrt(variance[o]);
    const bool limits = !isnan(t) && !isnan(variance[o]);
    REAL(VECTOR_ELT(result, 0))[o] = (double)n[o];
    REAL(VECTOR_ELT(result, 2))[o] = error;
    REAL(VECTOR_ELT(result, 3))[o] = limits ? estimate[o] - t * error : NA_REAL;
    REAL(VECTOR_ELT(result, 4))[o] = limits ? estimate[o] + t * error : NA_REAL;
    SET_STRING_ELT(VECTOR_ELT(result, 5), o, glue_reason(reason_of(variance[o], df)));
  }
  SET_VECTOR_ELT(result, 6, Rf_ScalarReal((double)df));
  UNPROTECT(1);
  return result;
}
