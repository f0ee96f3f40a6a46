#include "glue.h"

/* Standardised proportions, answers fastest: the shares of the population by layer. */
SEXP glue_standardise(SEXP object, SEXP places, SEXP population, SEXP level) {
  enum { COLUMNS = 8, REASON = 7 };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "crude", "n", "df", "reason"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const double *shares = glue_doubles(population, at.layers, "the population");
  const R_xlen_t rows = (R_xlen_t)at.groups * at.answers;
  weeg_standardised *found = (weeg_standardised *)R_alloc((size_t)rows + 1, sizeof *found);
  if (weeg_standardise(survey, &at, shares, Rf_asReal(level), found, &err) != WEEG_OK) return glue_failure(&err);
  SEXP list = PROTECT(glue_list(COLUMNS, names));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(list, k, Rf_allocVector(k == REASON ? STRSXP : REALSXP, rows));
  for (R_xlen_t i = 0; i < rows; i++) {
    const weeg_standardised *s = &found[i];
    const double values[REASON] = {s->estimate, s->std_error, s->low, s->high, s->crude, (double)s->n, s->df_used};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(list, k))[i] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(list, REASON), i, glue_reason(s->reason));
  }
  UNPROTECT(1);
  return list;
}
