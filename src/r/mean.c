#include "glue.h"

/* Columns of figures of a measure (from 0): means, ratios to a second one, or totals. */
SEXP glue_means(SEXP object, SEXP places, SEXP measures, SEXP figure, SEXP level) {
  enum { ESTIMATE, ERROR, LOW, HIGH, N, WEIGHTED, CV, DF, REASON, COLUMNS };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "cv", "df",
                                             "reason"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  static const char *const what = "the measures of the tally";
  const weeg_mean_figure kind = (weeg_mean_figure)glue_size(figure, WEEG_FIGURE_MEAN, WEEG_FIGURE_TOTAL, what);
  if (TYPEOF(measures) != INTSXP || Rf_length(measures) != 2) glue_broken(what);
  const weeg_mean_choice choice = {INTEGER(measures)[0], Rf_asReal(level), kind, INTEGER(measures)[1]};
  weeg_mean *means = (weeg_mean *)R_alloc((size_t)at.groups + 1, sizeof *means);
  if (weeg_means(survey, &at, &choice, means, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k == REASON ? STRSXP : REALSXP, at.groups));
  for (int g = 0; g < at.groups; g++) {
    const weeg_mean *m = &means[g];
    const double values[] = {m->estimate, m->std_error, m->low, m->high, (double)m->n, m->weighted, m->cv, m->df_used};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(result, k))[g] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), g, glue_reason(m->reason));
  }
  UNPROTECT(1);
  return result;
}
