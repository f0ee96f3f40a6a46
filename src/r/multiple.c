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

SEXP glue_multiple_test(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size) {
  weeg_error err = {0};
  weeg_test test;
  const weeg_survey *survey = glue_survey(object);
  const weeg_answers answers = answers_of(survey->tally, cell_group, groups, items, size);
  const weeg_status status = weeg_multiple_test(survey, &answers, &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}
