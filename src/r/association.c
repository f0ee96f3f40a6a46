#include "glue.h"

/* Effect sizes of a table, one per kind: columns. */
SEXP glue_association(SEXP object, SEXP places, SEXP kinds, SEXP level) {
  static const char *const names[] = {"estimate", "std.error", "conf.low", "conf.high", "n", "df", "reason"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const int count = Rf_length(kinds), *wanted = glue_ints(kinds, -1, 0, INT32_MAX, "the measures");
  weeg_effect_kind *kind = (weeg_effect_kind *)R_alloc((size_t)count + 1, sizeof *kind);
  weeg_effect *effects = (weeg_effect *)R_alloc((size_t)count + 1, sizeof *effects);
  for (int k = 0; k < count; k++) kind[k] = (weeg_effect_kind)wanted[k];
  const weeg_effect_choice choice = {kind, count, Rf_asReal(level)};
  if (weeg_association(survey, &at, &choice, effects, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(7, names));
  for (int c = 0; c < 7; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c == 6 ? STRSXP : REALSXP, count));
  for (int k = 0; k < count; k++) {
    const weeg_effect *e = &effects[k];
    const double values[] = {e->estimate, e->std_error, e->low, e->high, (double)e->n, e->df_used};
    for (int c = 0; c < 6; c++) REAL(VECTOR_ELT(result, c))[k] = glue_or_na(values[c]);
    SET_STRING_ELT(VECTOR_ELT(result, 6), k, glue_reason(e->reason));
  }
  UNPROTECT(1);
  return result;
}

/* The usual ones, from 0. variables: of the group and of the outcome. */
SEXP glue_usual_effects(SEXP variables) {
  weeg_effect_kind kind[WEEG_USUAL_EFFECTS];
  const weeg_variable *v = glue_variables_in(variables, true);
  if (Rf_length(variables) != 2) glue_broken("the variables of a table");
  const int count = weeg_usual_effects(&v[0], &v[1], kind);
  SEXP kinds = PROTECT(Rf_allocVector(INTSXP, count));
  for (int k = 0; k < count; k++) INTEGER(kinds)[k] = (int)kind[k];
  UNPROTECT(1);
  return kinds;
}

/* NULL, or why the variables cannot have it. */
SEXP glue_check_effect(SEXP kind, SEXP variables) {
  weeg_error err = {0};
  const weeg_variable *v = glue_variables_in(variables, true);
  if (Rf_length(variables) != 2) glue_broken("the variables of a table");
  const weeg_status status = weeg_check_effect((weeg_effect_kind)Rf_asInteger(kind), &v[0], &v[1], &err);
  return status == WEEG_OK ? R_NilValue : glue_failure(&err);
}
