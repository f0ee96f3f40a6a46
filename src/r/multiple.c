#include "glue.h"

/* items: an integer matrix, items x cells. */
static weeg_answers answers_of(const weeg_tally *tally, SEXP cell_group, SEXP groups, SEXP items, SEXP size) {
  static const char *const what = "the answers";
  const int g = glue_count(groups), rows = Rf_nrows(items);
  return (weeg_answers){.cell_group = glue_places(cell_group, tally, g),
                        .groups = g,
                        .cell_items = glue_ints(items, (R_xlen_t)rows * tally->cells, INT32_MIN, INT32_MAX, what),
                        .items = rows,
                        .cell_size = glue_ints(size, tally->cells, INT32_MIN, INT32_MAX, what)};
}

/* Columns of group x item (items fastest), as glue_proportions. */
SEXP glue_multiple(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size, SEXP method, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_answers answers = answers_of(survey->tally, cell_group, groups, items, size);
  const weeg_interval_choice choice = glue_interval(method, level);
  const R_xlen_t count = (R_xlen_t)answers.groups * answers.items;
  weeg_share *shares = glue_new_shares(count);
  if (weeg_multiple_shares(survey, &answers, &choice, shares, &err) != WEEG_OK) return glue_failure(&err);
  return glue_share_columns(shares, count);
}

/* Columns of the tests of each item and, last, of all together. */
SEXP glue_item_tests(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size) {
  enum { STATISTIC, DF1, DF2, P_VALUE, ADJUSTED, N, DF, REASON, COLUMNS };
  static const char *const names[COLUMNS] = {"statistic", "num.df", "den.df", "p.value", "p.adjusted", "n", "df", "reason"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_answers answers = answers_of(survey->tally, cell_group, groups, items, size);
  const R_xlen_t count = (R_xlen_t)answers.items + 1;
  weeg_test *tests = (weeg_test *)R_alloc((size_t)count, sizeof *tests);
  double *adjusted = (double *)R_alloc((size_t)count, sizeof *adjusted);
  if (weeg_item_tests(survey, &answers, tests, adjusted, &err) != WEEG_OK) return glue_failure(&err);
  adjusted[answers.items] = NAN;
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k == REASON ? STRSXP : REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    const weeg_test *t = &tests[i];
    const double values[] = {t->statistic, t->df1, t->df2, t->p_value, adjusted[i], t->n < 0 ? NAN : (double)t->n,
                             t->df < 0 ? NAN : (double)t->df};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(result, k))[i] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), i, glue_reason(t->reason));
  }
  UNPROTECT(1);
  return result;
}

/* What a test of all items together is of, as glue_test_residuals. */
SEXP glue_item_residuals(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size) {
  weeg_error err = {0};
  weeg_test_residuals found = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_answers answers = answers_of(survey->tally, cell_group, groups, items, size);
  const glue_room room = glue_room_for((R_xlen_t)answers.groups * answers.items);
  if (weeg_multiple_differences(survey, &answers, &found, &err) != WEEG_OK) return glue_failure(&err);
  return glue_residuals_list(&found, room);
}

/* What is shown of an item, from 0, whose answers are that it is named, and that it is not. */
SEXP glue_suppress_item(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size, SEXP item, SEXP threshold) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_answers answers = answers_of(survey->tally, cell_group, groups, items, size);
  const weeg_suppressed to = glue_new_suppressed(answers.groups + 1, 2, threshold);
  const int at = glue_size(item, 0, answers.items - 1, "the answers");
  return weeg_suppress_item(survey->tally, &answers, at, &to, &err) == WEEG_OK ? glue_shown_list(&to) : glue_failure(&err);
}
