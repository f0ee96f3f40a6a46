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
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k == REASON ? STRSXP : REALSXP, size));
  for (int o = 0; o < size; o++) {
    const weeg_total *t = &totals[o];
    const double values[] = {(double)t->n, t->estimate, t->std_error, t->low, t->high, (double)t->df};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(result, k))[o] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), o, glue_reason(t->reason));
  }
  UNPROTECT(1);
  return result;
}
