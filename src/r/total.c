#include "glue.h"

/* Columns of population totals. */
SEXP glue_totals(SEXP object, SEXP places, SEXP level) {
  enum { N, ESTIMATE, ERROR, LOW, HIGH, DF, REASON, COLUMNS };
  static const char *const names[COLUMNS] = {"n", "estimate", "std.error", "conf.low", "conf.high", "df", "reason"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const int size = at.groups * at.answers;
  weeg_total *totals = (weeg_total *)R_alloc((size_t)size + 1, sizeof *totals);
  if (weeg_totals(survey, &at, Rf_asReal(level), totals, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  double *column[REASON];
  for (int k = 0; k < REASON; k++) {
    SET_VECTOR_ELT(result, k, Rf_allocVector(REALSXP, size));
    column[k] = REAL(VECTOR_ELT(result, k));
  }
  SEXP reason = Rf_allocVector(STRSXP, size);
  SET_VECTOR_ELT(result, REASON, reason);
  for (int o = 0; o < size; o++) {
    const weeg_total *t = &totals[o];
    const double values[] = {(double)t->n, t->estimate, t->std_error, t->low, t->high, (double)t->df};
    for (int k = 0; k < REASON; k++) column[k][o] = glue_or_na(values[k]);
    SET_STRING_ELT(reason, o, glue_reason(t->reason));
  }
  UNPROTECT(1);
  return result;
}
