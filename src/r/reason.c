/* Reasons of the core. */
#include "glue.h"

SEXP glue_reason(weeg_reason reason) {
  return reason == WEEG_REASON_NONE ? NA_STRING : Rf_mkChar(weeg_reason_text(reason));
}

/* The words of all reasons and then of the rules of reliability, named by their codes. */
SEXP glue_reasons(void) {
  enum { REASONS = WEEG_REASON_OVERLAPPING, RULES = WEEG_RULE_WIDE_COUNT }; /* the last ones, from 1 */
  SEXP words = PROTECT(Rf_allocVector(STRSXP, REASONS + RULES));
  SEXP codes = PROTECT(Rf_allocVector(STRSXP, REASONS + RULES));
  for (int i = 1; i <= REASONS; i++) {
    SET_STRING_ELT(words, i - 1, Rf_mkChar(weeg_reason_text((weeg_reason)i)));
    SET_STRING_ELT(codes, i - 1, Rf_mkChar(weeg_reason_code((weeg_reason)i)));
  }
  for (int i = 1; i <= RULES; i++) {
    SET_STRING_ELT(words, REASONS + i - 1, Rf_mkChar(weeg_reliability_text((weeg_reliability_rule)i)));
    SET_STRING_ELT(codes, REASONS + i - 1, Rf_mkChar(weeg_reliability_code((weeg_reliability_rule)i)));
  }
  Rf_setAttrib(words, R_NamesSymbol, codes);
  UNPROTECT(2);
  return words;
}
