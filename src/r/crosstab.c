#include "glue.h"

/* Design-based adjusted residuals and their adjusted p-values, row-major. */
SEXP glue_residuals(SEXP object, SEXP places) {
  static const char *const names[] = {"z", "p.adjusted"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const R_xlen_t size = (R_xlen_t)at.groups * at.answers;
  weeg_residual *residuals = (weeg_residual *)R_alloc((size_t)size + 1, sizeof *residuals);
  if (weeg_residuals(survey, &at, residuals, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names));
  for (int k = 0; k < 2; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(REALSXP, size));
  for (R_xlen_t o = 0; o < size; o++) {
    REAL(VECTOR_ELT(result, 0))[o] = glue_or_na(residuals[o].z);
    REAL(VECTOR_ELT(result, 1))[o] = glue_or_na(residuals[o].p_adjusted);
  }
  UNPROTECT(1);
  return result;
}
