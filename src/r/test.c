#include "glue.h"

#include <math.h>

SEXP glue_test_list(const weeg_test *test) {
  static const char *const names[] = {"statistic", "df1", "df2", "p.value", "chisq",   "deff.mean", "deff.cv2",
                                      "cramers.v", "n",   "df",  "rows",    "columns", "reason", "method"};
  const double values[] = {test->statistic, test->df1,        test->df2,          test->p_value,
                           test->chisq,     test->delta_mean, test->delta_cv2,    test->cramers_v,
                           (double)test->n, (double)test->df, (double)test->rows, (double)test->columns};
  SEXP result = PROTECT(glue_list(14, names));
  for (int i = 0; i < 12; i++) SET_VECTOR_ELT(result, i, Rf_ScalarReal(glue_or_na(values[i])));
  SET_VECTOR_ELT(result, 12, Rf_ScalarString(glue_reason(test->reason)));
  SET_VECTOR_ELT(result, 13, Rf_ScalarInteger((int)test->method + 1));
  UNPROTECT(1);
  return result;
}

SEXP glue_test(SEXP object, SEXP places, SEXP method, SEXP null_proportions) {
  weeg_error err = {0};
  weeg_test test;
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_test_choice choice = {(weeg_test_method)Rf_asInteger(method), Rf_asLogical(null_proportions) == TRUE, NULL,
                                   NULL};
  const weeg_status status = weeg_test_independence(survey, &at, &choice, &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

SEXP glue_test_shares(SEXP object, SEXP places, SEXP shares, SEXP method) {
  weeg_error err = {0};
  weeg_test test;
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_status status = weeg_test_shares(
      survey, &at,
      &(weeg_test_choice){.method = (weeg_test_method)Rf_asInteger(method),
                          .shares = shares == R_NilValue ? NULL : glue_doubles(shares, at.answers, "the shares")},
      &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

SEXP glue_test_rank(SEXP object, SEXP places, SEXP kind) {
  weeg_error err = {0};
  weeg_test test;
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_status status = weeg_test_rank(survey, &at, (weeg_rank_score)Rf_asInteger(kind), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

/* Scores are NULL or numbers per level. */
SEXP glue_test_given(SEXP object, SEXP places, SEXP group_score, SEXP answer_score, SEXP method) {
  weeg_error err = {0};
  weeg_test test;
  static const char *const what = "the scores";
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_test_choice choice = {
      .method = (weeg_test_method)Rf_asInteger(method),
      .group_score = group_score == R_NilValue ? NULL : glue_doubles(group_score, at.groups, what),
      .answer_score = answer_score == R_NilValue ? NULL : glue_doubles(answer_score, at.answers, what)};
  const weeg_status status = weeg_test_given(survey, &at, &choice, &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}

/* measure: from 1. */
SEXP glue_test_means(SEXP object, SEXP places, SEXP measure) {
  weeg_error err = {0};
  weeg_test test;
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_status status = weeg_test_means(survey, &at, Rf_asInteger(measure), &test, &err);
  return status == WEEG_OK ? glue_test_list(&test) : glue_failure(&err);
}
