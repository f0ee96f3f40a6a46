#include "glue.h"

/* Covariances of what a table has: 0 proportions, 1 totals of rows, from 2 on figures of measures, two of which are given. */
SEXP glue_covariance(SEXP object, SEXP places, SEXP what, SEXP measures) {
  static const char *const kinds = "what covariances are of";
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const int kind = glue_size(what, 0, 2 + WEEG_FIGURE_TOTAL, kinds);
  const int64_t size = kind < 2 ? (int64_t)at.groups * at.answers : at.groups;
  if (size > 4160) glue_broken(kinds);
  if (kind >= 2 && (TYPEOF(measures) != INTSXP || Rf_length(measures) != 2)) glue_broken(kinds);
  SEXP result = PROTECT(Rf_allocMatrix(REALSXP, (int)size, (int)size));
  double *to = REAL(result);
  weeg_status status = WEEG_OK;
  if (kind < 2) {
    status = kind == 0 ? weeg_proportion_covariance(survey, &at, to, &err) : weeg_total_covariance(survey, &at, to, &err);
  } else {
    const weeg_mean_choice choice = {INTEGER(measures)[0], 0.95, (weeg_mean_figure)(kind - 2), INTEGER(measures)[1]};
    status = weeg_mean_covariance(survey, &at, &choice, to, &err);
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

enum { ESTIMATE, ERROR, LOW, HIGH, N, WEIGHTED, CV, DF, REASON, COLUMNS };

/* Means as columns. */
SEXP glue_mean_columns(const weeg_mean *means, R_xlen_t count) {
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "cv", "df",
                                             "reason"};
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k == REASON ? STRSXP : REALSXP, count));
  for (R_xlen_t g = 0; g < count; g++) {
    const weeg_mean *m = &means[g];
    const double values[] = {m->estimate, m->std_error, m->low, m->high, (double)m->n, m->weighted, m->cv, m->df_used};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(result, k))[g] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), g, glue_reason(m->reason));
  }
  UNPROTECT(1);
  return result;
}

/*
 * For each two measures (from 0) a list of columns: means or totals of the first one, or ratios to the second. logarithm: whether
 * limits are those of it.
 */
SEXP glue_means(SEXP object, SEXP places, SEXP measures, SEXP figure, SEXP logarithm, SEXP level, SEXP threads) {
  static const char *const what = "the measures of the tally";
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_mean_figure kind = (weeg_mean_figure)glue_size(figure, WEEG_FIGURE_MEAN, WEEG_FIGURE_TOTAL, what);
  if (TYPEOF(measures) != INTSXP || Rf_length(measures) % 2 != 0) glue_broken(what);
  const int count = Rf_length(measures) / 2;
  const weeg_hooks hooks = glue_hooks(threads);
  weeg_mean_choice *choices = (weeg_mean_choice *)(void *)R_alloc((size_t)count + 1, sizeof *choices);
  for (int k = 0; k < count; k++) {
    choices[k] = (weeg_mean_choice){INTEGER(measures)[2 * k], Rf_asReal(level), kind, INTEGER(measures)[2 * k + 1]};
  }
  weeg_mean *means = (weeg_mean *)(void *)R_alloc((size_t)at.groups * (size_t)count + 1, sizeof *means);
  if (weeg_means_each(survey, &at, choices, count, &hooks, means, &err) != WEEG_OK) return glue_failure(&err);
  if (Rf_asLogical(logarithm) == TRUE) weeg_log_mean_limits(means, (int64_t)at.groups * count);
  SEXP result = PROTECT(Rf_allocVector(VECSXP, count));
  for (int k = 0; k < count; k++) SET_VECTOR_ELT(result, k, glue_mean_columns(means + (size_t)k * (size_t)at.groups, at.groups));
  UNPROTECT(1);
  return result;
}
