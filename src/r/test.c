#include "glue.h"

#include <math.h>

SEXP glue_test_list(const weeg_test *test) {
  static const char *const names[] = {"statistic", "df1", "df2", "p.value", "chisq",   "deff.mean", "deff.cv2",
                                      "cramers.v", "n",   "df",  "rows",    "columns", "reason"};
  const double values[] = {test->statistic, test->df1,        test->df2,          test->p_value,
                           test->chisq,     test->delta_mean, test->delta_cv2,    test->cramers_v,
                           (double)test->n, (double)test->df, (double)test->rows, (double)test->columns};
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
  const int r = glue_count(rows), c = glue_count(columns), kind = Rf_asInteger(method);
  const bool null = Rf_asLogical(null_proportions) == TRUE;
  /* after the methods of weeg_test_method comes the one that has a function of its own */
  const weeg_status status =
      kind > WEEG_TEST_LINCOM
          ? weeg_test_deff(&tally, &design, glue_places(cell_row, &tally, r), r, glue_places(cell_column, &tally, c), c,
                           null, &test, &err)
          : weeg_test_independence(&tally, &design, glue_places(cell_row, &tally, r), r,
                                   glue_places(cell_column, &tally, c), c, (weeg_test_method)kind, null, &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

SEXP glue_test_shares(SEXP object, SEXP cell_level, SEXP levels, SEXP shares, SEXP method) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const int k = glue_count(levels);
  const weeg_status status =
      weeg_test_shares(&tally, &design, glue_places(cell_level, &tally, k), k, glue_doubles(shares, k, "the shares"),
                       (weeg_test_method)Rf_asInteger(method), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

SEXP glue_test_rank(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP kind) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  glue_tally(object, &tally, &design);
  const int g = glue_count(groups), k = glue_count(levels);
  const weeg_status status =
      weeg_test_rank(&tally, &design, glue_places(cell_group, &tally, g), g, glue_places(cell_level, &tally, k), k,
                     (weeg_rank_score)Rf_asInteger(kind), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

/* Scores are NULL or numbers per level. */
SEXP glue_test_given(SEXP object, SEXP layers, SEXP groups, SEXP group_score, SEXP levels, SEXP level_score,
                     SEXP method) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  weeg_test test;
  SEXP given[] = {layers, groups, levels}, score[] = {R_NilValue, group_score, level_score};
  const int *place[3];
  const double *scores[3];
  int size[3];
  glue_tally(object, &tally, &design);
  for (int k = 0; k < 3; k++) {
    size[k] = glue_count(glue_element(given[k], "size"));
    place[k] = glue_places(glue_element(given[k], "place"), &tally, size[k]);
    scores[k] = score[k] == R_NilValue ? NULL : glue_doubles(score[k], size[k], "the scores");
  }
  const weeg_status status = weeg_test_given(&tally, &design, place[0], size[0], place[1], size[1], scores[1], place[2],
                                             size[2], scores[2], (weeg_test_method)Rf_asInteger(method), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}
