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

/* Columns of group x item (items fastest), and base.n and df per group, as glue_proportions. */
SEXP glue_multiple(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size, SEXP method, SEXP level) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const weeg_answers answers = answers_of(&tally, cell_group, groups, items, size);
  glue_shares s = glue_new_shares(answers.groups, answers.items);
  PROTECT(s.result);
  weeg_status status = weeg_multiple(&tally, &design, &answers, s.n, s.weighted, s.estimate, s.variance, s.base_n, s.df, &err);
  if (status == WEEG_OK) status = glue_finish_shares(&s, method, level, &err);
  UNPROTECT(1);
  return status == WEEG_OK ? s.result : glue_failure(&err);
}

SEXP glue_multiple_test(SEXP object, SEXP cell_group, SEXP groups, SEXP items, SEXP size) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const weeg_answers answers = answers_of(&tally, cell_group, groups, items, size);
  const weeg_status status = weeg_multiple_test(&tally, &design, &answers, &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}
