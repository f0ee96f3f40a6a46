#include "glue.h"

/* Values as columns. */
static SEXP values_out(const weeg_function_value *found, int count) {
  enum { NUMBERS = 9 };
  static const char *const names[] = {"estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value", "n",
                                      "design.df", "reason"};
  SEXP result = PROTECT(glue_list(NUMBERS + 1, names));
  for (int c = 0; c <= NUMBERS; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c == NUMBERS ? STRSXP : REALSXP, count));
  for (int k = 0; k < count; k++) {
    const weeg_contrast *x = &found[k].contrast;
    const double numbers[] = {x->estimate, x->std_error, x->low, x->high, x->statistic, x->df_used, x->p_value,
                              (double)found[k].n, (double)x->df};
    for (int c = 0; c < NUMBERS; c++) REAL(VECTOR_ELT(result, c))[k] = glue_or_na(numbers[c]);
    SET_STRING_ELT(VECTOR_ELT(result, NUMBERS), k, glue_reason(x->reason));
  }
  UNPROTECT(1);
  return result;
}

/* Functions of the proportions of a table: columns. slopes: a matrix, those of a function in a column; values and nulls. */
SEXP glue_share_functions(SEXP object, SEXP places, SEXP slopes, SEXP values, SEXP nulls, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const R_xlen_t size = (R_xlen_t)at.answers * (at.group == NULL ? 1 : at.groups);
  const int count = Rf_length(values);
  const double *slope = glue_doubles(slopes, size * count, "the slopes"), *value = glue_doubles(values, count, "the values");
  const double *null = glue_doubles(nulls, count, "the hypotheses");
  weeg_share_function *of = (weeg_share_function *)R_alloc((size_t)count + 1, sizeof *of);
  weeg_function_value *found = (weeg_function_value *)R_alloc((size_t)count + 1, sizeof *found);
  for (int k = 0; k < count; k++) of[k] = (weeg_share_function){slope + k * size, value[k], null[k]};
  if (weeg_share_functions(survey, &at, of, count, Rf_asReal(level), found, &err) != WEEG_OK) return glue_failure(&err);
  return values_out(found, count);
}

/* Means of the codes of answers, by group. */
SEXP glue_code_means(SEXP object, SEXP places, SEXP codes, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const int groups = at.group == NULL ? 1 : at.groups;
  weeg_function_value *found = (weeg_function_value *)R_alloc((size_t)groups + 1, sizeof *found);
  const double *code = glue_doubles(codes, at.answers, "the codes");
  if (weeg_code_means(survey, &at, &(weeg_codes){code, Rf_asReal(level)}, found, &err) != WEEG_OK) return glue_failure(&err);
  return values_out(found, groups);
}
