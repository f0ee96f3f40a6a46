#include "glue.h"

#include <math.h>

SEXP glue_test_list(const weeg_test *test) {
  static const char *const names[] = {"statistic", "df1", "df2", "p.value", "chisq", "deff.mean", "deff.cv2",
                                      "cramers.v", "n", "df", "rows", "columns", "reason"};
  const double values[] = {test->statistic,  test->df1,       test->df2,       test->p_value,   test->chisq,
                           test->delta_mean, test->delta_cv2, test->cramers_v, (double)test->n, (double)test->df,
                           (double)test->rows, (double)test->columns};
  SEXP result = PROTECT(glue_list(13, names));
  for (int i = 0; i < 12; i++) SET_VECTOR_ELT(result, i, Rf_ScalarReal(glue_or_na(values[i])));
  SET_VECTOR_ELT(result, 12, Rf_ScalarString(glue_reason(test->reason)));
  UNPROTECT(1);
  return result;
}

SEXP glue_test(SEXP object, SEXP cell_row, SEXP rows, SEXP cell_column, SEXP columns, SEXP method,
               SEXP null_proportions) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const int r = Rf_asInteger(rows), c = Rf_asInteger(columns), kind = Rf_asInteger(method);
  const bool null = Rf_asLogical(null_proportions) == TRUE;
  /* after the methods of weeg_test_method comes the one that has a function of its own */
  const weeg_status status =
      kind > WEEG_TEST_LINCOM
          ? weeg_test_deff(&tally, &design, INTEGER_RO(cell_row), r, INTEGER_RO(cell_column), c, null, &test, &err)
          : weeg_test_independence(&tally, &design, INTEGER_RO(cell_row), r, INTEGER_RO(cell_column), c,
                                   (weeg_test_method)kind, null, &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

SEXP glue_test_shares(SEXP object, SEXP cell_level, SEXP levels, SEXP shares, SEXP method) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const weeg_status status = weeg_test_shares(&tally, &design, INTEGER_RO(cell_level), Rf_asInteger(levels),
                                              REAL_RO(shares), (weeg_test_method)Rf_asInteger(method), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

SEXP glue_test_rank(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP kind) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const weeg_status status =
      weeg_test_rank(&tally, &design, INTEGER_RO(cell_group), Rf_asInteger(groups), INTEGER_RO(cell_level),
                     Rf_asInteger(levels), (weeg_rank_score)Rf_asInteger(kind), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

/* Scores are NULL or numbers per level. */
SEXP glue_test_given(SEXP object, SEXP layers, SEXP groups, SEXP group_score, SEXP levels, SEXP level_score, SEXP method) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  SEXP layer_place = glue_element(layers, "place"), group_place = glue_element(groups, "place");
  SEXP level_place = glue_element(levels, "place");
  glue_tally(object, &tally, &design);
  const weeg_status status = weeg_test_given(
      &tally, &design, INTEGER_RO(layer_place), Rf_asInteger(glue_element(layers, "size")), INTEGER_RO(group_place),
      Rf_asInteger(glue_element(groups, "size")), group_score == R_NilValue ? NULL : REAL_RO(group_score),
      INTEGER_RO(level_place), Rf_asInteger(glue_element(levels, "size")),
      level_score == R_NilValue ? NULL : REAL_RO(level_score), (weeg_test_method)Rf_asInteger(method), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}
