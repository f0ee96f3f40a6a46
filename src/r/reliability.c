#include "glue.h"

/* list(reliability, reliability.reason): a verdict per proportion, and the rule that it breaks; NA where there is none. */
SEXP glue_reliability(SEXP estimate, SEXP std_error, SEXP rows, SEXP df) {
  static const char *const names[] = {"reliability", "reliability.reason"};
  static const char *const verdicts[] = {"show", "review", "suppress"};
  weeg_error err = {0};
  const R_xlen_t size = Rf_xlength(estimate);
  const double *p = glue_doubles(estimate, -1, "an estimate"), *error = glue_doubles(std_error, size, "a standard error");
  const double *counts = glue_doubles(rows, size, "a count"), *freedom = glue_doubles(df, size, "the degrees of freedom");
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(STRSXP, size));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(STRSXP, size));
  double *variance = (double *)R_alloc((size_t)size + 1, sizeof *variance);
  int64_t *n = (int64_t *)R_alloc((size_t)size + 1, sizeof *n), *nu = (int64_t *)R_alloc((size_t)size + 1, sizeof *nu);
  weeg_reliability *verdict = (weeg_reliability *)R_alloc((size_t)size + 1, sizeof *verdict);
  weeg_reliability_rule *rule = (weeg_reliability_rule *)R_alloc((size_t)size + 1, sizeof *rule);
  for (R_xlen_t i = 0; i < size; i++) {
    variance[i] = error[i] * error[i];
    n[i] = (int64_t)counts[i];
    nu[i] = (int64_t)freedom[i];
  }
  for (R_xlen_t at = 0; at < size; at += GLUE_AT_A_TIME) {
    const R_xlen_t count = size - at < GLUE_AT_A_TIME ? size - at : GLUE_AT_A_TIME;
    if (weeg_proportion_reliability(count, p + at, variance + at, n + at, nu + at, verdict + at, rule + at,
                                    &err) != WEEG_OK) {
      UNPROTECT(1);
      return glue_failure(&err);
    }
    R_CheckUserInterrupt(); /* all memory here is R's: a jump leaks nothing */
  }
  for (R_xlen_t i = 0; i < size; i++) {
    SET_STRING_ELT(VECTOR_ELT(result, 0), i,
                   verdict[i] == WEEG_NO_ESTIMATE ? NA_STRING : Rf_mkChar(verdicts[verdict[i]]));
    SET_STRING_ELT(VECTOR_ELT(result, 1), i,
                   rule[i] == WEEG_RULE_NONE ? NA_STRING : Rf_mkChar(weeg_reliability_text(rule[i])));
  }
  UNPROTECT(1);
  return result;
}
