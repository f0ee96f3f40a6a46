#include "glue.h"

/* Figures of completed data sets: matrices with a row for each set and a column for each figure. */
static weeg_completed *completed(SEXP estimate, SEXP variance, SEXP df, R_xlen_t *count) {
  const int sets = Rf_isMatrix(estimate) ? Rf_nrows(estimate) : 0;
  const R_xlen_t size = Rf_xlength(estimate);
  const double *x = glue_doubles(estimate, size, "estimates"), *v = glue_doubles(variance, size, "variances");
  const double *freedom = glue_doubles(df, size, "degrees of freedom");
  if (sets < 1) glue_broken("estimates");
  *count = size / sets;
  weeg_completed *of = (weeg_completed *)R_alloc((size_t)*count + 1, sizeof *of);
  for (R_xlen_t i = 0; i < *count; i++) of[i] = (weeg_completed){x + i * sets, v + i * sets, freedom + i * sets, sets};
  return of;
}

/* The columns of proportions, whose n and n.weighted are 0, and the fraction of missing information of each. */
SEXP glue_pool_shares(SEXP estimate, SEXP variance, SEXP df, SEXP base, SEXP method, SEXP level, SEXP cautious) {
  static const char *const names[] = {"shares", "fmi"};
  weeg_error err = {0};
  R_xlen_t count;
  const weeg_completed *of = completed(estimate, variance, df, &count);
  const double *rows = glue_doubles(base, count, "counts");
  const weeg_pool_shares_choice choice = {glue_interval(method, level), Rf_asLogical(cautious) == TRUE};
  weeg_pooled_share *to = (weeg_pooled_share *)R_alloc((size_t)count + 1, sizeof *to);
  weeg_share *shares = glue_new_shares(count);
  for (R_xlen_t i = 0; i < count; i++) to[i].share = (weeg_share){.base_n = (int64_t)rows[i]};
  if (weeg_pool_shares(of, count, &choice, to, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    shares[i] = to[i].share;
    REAL(VECTOR_ELT(result, 1))[i] = glue_or_na(to[i].missing);
  }
  SET_VECTOR_ELT(result, 0, glue_share_columns(shares, count));
  UNPROTECT(1);
  return result;
}

/* Columns of figures with a test. measure and bounded: of each; null: one, or of each. */
SEXP glue_pool_contrasts(SEXP estimate, SEXP variance, SEXP df, SEXP measure, SEXP bounded, SEXP null, SEXP level) {
  enum { NUMBERS = 8 };
  static const char *const names[] = {"estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value", "fmi",
                                      "reason"};
  weeg_error err = {0};
  R_xlen_t count;
  const weeg_completed *of = completed(estimate, variance, df, &count);
  const int *measures = glue_ints(measure, count, WEEG_DIFFERENCE, WEEG_NUMBER_NEEDED, "measures");
  const double *nulls = glue_doubles(null, count, "hypotheses");
  const bool z = Rf_asLogical(bounded) == TRUE;
  SEXP result = PROTECT(glue_list(NUMBERS + 1, names));
  for (int c = 0; c <= NUMBERS; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c == NUMBERS ? STRSXP : REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    const weeg_pool_choice choice = {(weeg_measure)measures[i], z, nulls[i], Rf_asReal(level)};
    weeg_contrast x;
    double missing;
    if (weeg_pool_contrast(&of[i], &choice, &x, &missing, &err) != WEEG_OK) {
      UNPROTECT(1);
      return glue_failure(&err);
    }
    const double numbers[] = {x.estimate, x.std_error, x.low, x.high, x.statistic, x.df_used, x.p_value, missing};
    for (int c = 0; c < NUMBERS; c++) REAL(VECTOR_ELT(result, c))[i] = glue_or_na(numbers[c]);
    SET_STRING_ELT(VECTOR_ELT(result, NUMBERS), i, glue_reason(x.reason));
  }
  UNPROTECT(1);
  return result;
}

/* As R's errors jump, what the core gives is copied to memory of R's before R allocates. */
glue_room glue_room_for(R_xlen_t most) {
  const R_xlen_t room = most < 4096 ? most : 4096;
  return (glue_room){(double *)R_alloc((size_t)room + 1, sizeof(double)),
                          (double *)R_alloc((size_t)(room * room) + 1, sizeof(double))};
}

SEXP glue_residuals_list(weeg_test_residuals *found, glue_room room) {
  static const char *const names[] = {"estimate", "covariance", "n", "df", "chisq", "cramers.v", "reason"};
  const R_xlen_t size = found->size;
  for (R_xlen_t i = 0; i < size; i++) room.estimate[i] = found->estimate[i];
  for (R_xlen_t i = 0; i < size * size; i++) room.covariance[i] = found->covariance[i];
  weeg_free(found->estimate);
  weeg_free(found->covariance);
  SEXP result = PROTECT(glue_list(7, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, size));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, size * size));
  for (R_xlen_t i = 0; i < size; i++) REAL(VECTOR_ELT(result, 0))[i] = room.estimate[i];
  for (R_xlen_t i = 0; i < size * size; i++) REAL(VECTOR_ELT(result, 1))[i] = room.covariance[i];
  const weeg_test *test = &found->test;
  const double numbers[] = {(double)test->n, (double)test->df, test->chisq, test->cramers_v};
  for (int k = 0; k < 4; k++) SET_VECTOR_ELT(result, 2 + k, Rf_ScalarReal(glue_or_na(numbers[k])));
  SET_VECTOR_ELT(result, 6, Rf_ScalarString(glue_reason(test->reason)));
  UNPROTECT(1);
  return result;
}

/* list(estimate, covariance, n, df, chisq, cramers.v, reason): what a test of independence is of. */
SEXP glue_test_residuals(SEXP object, SEXP places) {
  weeg_error err = {0};
  weeg_test_residuals found = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const glue_room room = glue_room_for((R_xlen_t)at.groups * at.answers);
  if (weeg_independence_residuals(survey, &at, &found, &err) != WEEG_OK) return glue_failure(&err);
  return glue_residuals_list(&found, room);
}

/* The same of what a rank test is of. */
SEXP glue_rank_differences(SEXP object, SEXP places, SEXP kind) {
  weeg_error err = {0};
  weeg_test_residuals found = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const glue_room room = glue_room_for(at.groups);
  const weeg_status status = weeg_rank_differences(survey, &at, (weeg_rank_score)Rf_asInteger(kind), &found, &err);
  return status == WEEG_OK ? glue_residuals_list(&found, room) : glue_failure(&err);
}

/* The same of what a test given a third variable is of. Scores are NULL or numbers per level. */
SEXP glue_given_residuals(SEXP object, SEXP places, SEXP group_score, SEXP answer_score) {
  static const char *const what = "the scores";
  weeg_error err = {0};
  weeg_test_residuals found = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_test_choice choice = {
      .method = WEEG_TEST_ADJUSTED_WALD,
      .group_score = group_score == R_NilValue ? NULL : glue_doubles(group_score, at.groups, what),
      .answer_score = answer_score == R_NilValue ? NULL : glue_doubles(answer_score, at.answers, what)};
  const glue_room room = glue_room_for(choice.group_score == NULL ? (R_xlen_t)at.groups * at.answers : 1);
  const weeg_status status = weeg_given_residuals(survey, &at, &choice, &found, &err);
  return status == WEEG_OK ? glue_residuals_list(&found, room) : glue_failure(&err);
}

/* estimate: a column for each data set; covariance: likewise. */
SEXP glue_pool_wald(SEXP estimate, SEXP covariance, SEXP df, SEXP coefficients) {
  enum { NUMBERS = 5 };
  static const char *const names[] = {"statistic", "num.df", "den.df", "p.value", "fmi", "reason"};
  weeg_error err = {0};
  weeg_pooled_test test;
  const int size = Rf_isMatrix(estimate) ? Rf_nrows(estimate) : 0, sets = Rf_length(df);
  const weeg_completed_estimates of = {glue_doubles(estimate, (R_xlen_t)size * sets, "estimates"),
                                       glue_doubles(covariance, (R_xlen_t)size * size * sets, "covariances"),
                                       glue_doubles(df, sets, "degrees of freedom"), sets, size,
                                       Rf_asLogical(coefficients) == TRUE};
  if (weeg_pool_wald(&of, &test, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(NUMBERS + 1, names));
  const double numbers[] = {test.f, test.df1, test.df2, test.p_value, test.missing};
  for (int k = 0; k < NUMBERS; k++) SET_VECTOR_ELT(result, k, Rf_ScalarReal(glue_or_na(numbers[k])));
  SET_VECTOR_ELT(result, NUMBERS, Rf_ScalarString(glue_reason(test.reason)));
  UNPROTECT(1);
  return result;
}
