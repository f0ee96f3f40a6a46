#include "glue.h"

#include <math.h>

/* One test of independence as a named list of numbers and a reason. */
SEXP glue_test(SEXP object, SEXP cell_row, SEXP rows, SEXP cell_column, SEXP columns, SEXP method,
               SEXP null_proportions) {
  static const char *const names[] = {"statistic", "df1", "df2", "p.value", "chisq", "deff.mean", "deff.cv2",
                                      "cramers.v", "n", "df", "rows", "columns", "reason"};
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const int r = Rf_asInteger(rows), c = Rf_asInteger(columns), kind = Rf_asInteger(method);
  const bool null = Rf_asLogical(null_proportions) == TRUE;
  /* after the methods of weeg_test_method comes the one that has a function of its own */
  const weeg_status status =
      kind > WEEG_TEST_ADJUSTED_WALD
          ? weeg_test_deff(&tally, &design, INTEGER_RO(cell_row), r, INTEGER_RO(cell_column), c, null, &test, &err)
          : weeg_test_independence(&tally, &design, INTEGER_RO(cell_row), r, INTEGER_RO(cell_column), c,
                                   (weeg_test_method)kind, null, &test, &err);
  if (status != WEEG_OK) return glue_failure(&err);
  const double values[] = {test.statistic,  test.df1,       test.df2,  test.p_value,    test.chisq,
                           test.delta_mean, test.delta_cv2, test.cramers_v, (double)test.n, (double)test.df,
                           (double)test.rows, (double)test.columns};
  SEXP result = PROTECT(glue_list(13, names));
  for (int i = 0; i < 12; i++) SET_VECTOR_ELT(result, i, Rf_ScalarReal(isnan(values[i]) ? NA_REAL : values[i]));
  SET_VECTOR_ELT(result, 12, Rf_ScalarString(test.reason == WEEG_REASON_NONE
                                                 ? NA_STRING
                                                 : Rf_mkChar(weeg_reason_text(test.reason))));
  UNPROTECT(1);
  return result;
}
