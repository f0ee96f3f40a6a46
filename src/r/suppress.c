#include "glue.h"

static const char *const what = "the counts of a table";

/* What is shown of cells of groups by what percentages are of, of the margin, and of sides of comparisons; told: of which
   groups it is, that they are empty. */
SEXP glue_shown_list(const weeg_suppressed *of) {
  enum { MARGIN = WEEG_OF_TOTAL + 1, SIDE, TOLD, ANY, PARTS };
  const char *const *of_what = weeg_words(WEEG_WORDS_PERCENT);
  const char *const names[PARTS] = {of_what[WEEG_OF_ROW], of_what[WEEG_OF_COLUMN], of_what[WEEG_OF_TOTAL], "margin", "side",
                                    "told", "any"};
  const int32_t groups = of->groups - 1, answers = of->answers;
  SEXP result = PROTECT(glue_list(PARTS, names));
  for (int k = WEEG_OF_ROW; k <= WEEG_OF_TOTAL; k++) {
    SEXP shown = Rf_allocVector(INTSXP, (R_xlen_t)groups * answers);
    SET_VECTOR_ELT(result, k, shown);
    for (R_xlen_t i = 0; i < Rf_xlength(shown); i++) {
      INTEGER(shown)[i] = (int)weeg_shown_cell(of, (weeg_percent)k, (int32_t)(i / answers), (int32_t)(i % answers));
    }
  }
  SEXP margin = Rf_allocVector(INTSXP, answers);
  SET_VECTOR_ELT(result, MARGIN, margin);
  SEXP side = Rf_allocMatrix(LGLSXP, groups + 1, answers); /* all groups, or others, are behind these */
  SET_VECTOR_ELT(result, SIDE, side);
  for (int32_t a = 0; a < answers; a++) {
    INTEGER(margin)[a] = (int)weeg_shown_margin(of, a);
    for (int32_t g = 0; g <= groups; g++) {
      LOGICAL(side)[(R_xlen_t)a * (groups + 1) + g] = weeg_hides_side(of, g == groups ? -1 : g, a);
    }
  }
  SEXP told = Rf_allocVector(LGLSXP, groups);
  SET_VECTOR_ELT(result, TOLD, told);
  for (int32_t g = 0; g < groups; g++) LOGICAL(told)[g] = weeg_tells_empty(of, g);
  SET_VECTOR_ELT(result, ANY, Rf_ScalarLogical(weeg_hides_any(of)));
  UNPROTECT(1);
  return result;
}

weeg_suppressed glue_new_suppressed(int32_t groups, int32_t answers, SEXP threshold) {
  const size_t all = (size_t)groups, each = (size_t)answers;
  uint8_t *to = (uint8_t *)R_alloc(all + each + all * each + 1, 1);
  return (weeg_suppressed){(int64_t)Rf_asReal(threshold), groups, answers, to, to + all, to + all + each};
}

/* Of a table of a tally; sizes: whether of its groups only. */
SEXP glue_suppress(SEXP object, SEXP places, SEXP sizes, SEXP threshold) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const int32_t answers = Rf_asLogical(sizes) == TRUE ? 1 : at.answers;
  const weeg_suppressed to = glue_new_suppressed(at.groups + 1, answers, threshold);
  return weeg_suppress_table(survey->tally, &at, &to, &err) == WEEG_OK ? glue_shown_list(&to) : glue_failure(&err);
}

/* Of the sizes of groups, those without one behind them. */
SEXP glue_suppress_sizes(SEXP n, SEXP threshold) {
  weeg_error err = {0};
  const R_xlen_t count = Rf_xlength(n);
  if (count < 1 || count > INT32_MAX) glue_broken(what);
  const weeg_suppressed to = glue_new_suppressed((int32_t)count, 1, threshold);
  return weeg_suppress(glue_counts(n, count, what), &to, &err) == WEEG_OK ? glue_shown_list(&to) : glue_failure(&err);
}

SEXP glue_shown_numbers(SEXP x) {
  const R_xlen_t count = Rf_xlength(x);
  const double *from = glue_doubles(x, count, what);
  SEXP result = PROTECT(Rf_allocVector(REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) REAL(result)[i] = weeg_shown_number(from[i]);
  UNPROTECT(1);
  return result;
}

SEXP glue_adjust_shown(SEXP p, SEXP hidden, SEXP method) {
  weeg_error err = {0};
  const R_xlen_t count = Rf_xlength(p);
  const double *value = glue_doubles(p, count, what);
  const int *is_hidden = glue_ints(hidden, count, 0, 1, what);
  uint8_t *mark = (uint8_t *)R_alloc((size_t)count + 1, 1);
  for (R_xlen_t i = 0; i < count; i++) mark[i] = is_hidden[i] == 1;
  SEXP result = PROTECT(Rf_allocVector(REALSXP, count));
  const weeg_adjustment by = (weeg_adjustment)Rf_asInteger(method);
  const weeg_status status = weeg_adjust_shown(by, value, mark, count, REAL(result), &err);
  for (R_xlen_t i = 0; i < count && status == WEEG_OK; i++) REAL(result)[i] = glue_or_na(REAL(result)[i]);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* The new numbers of a tally's PSUs, from 0, where it is sent. */
SEXP glue_send_units(SEXP object, SEXP threshold) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  SEXP unit = PROTECT(Rf_allocVector(INTSXP, survey->tally->element ? 0 : survey->tally->units));
  const weeg_status status = weeg_send_units(survey, (int64_t)Rf_asReal(threshold), INTEGER(unit), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? unit : glue_failure(&err);
}
