/* Reasons of the core. */
#include "glue.h"

SEXP glue_reason(weeg_reason reason) {
  return reason == WEEG_REASON_NONE ? NA_STRING : Rf_mkChar(weeg_reason_text(reason));
}

/* The words of all reasons, named by their codes. */
SEXP glue_reasons(void) {
  SEXP words = PROTECT(Rf_allocVector(STRSXP, WEEG_REASON_TOO_LARGE)); /* the last one */
  SEXP codes = PROTECT(Rf_allocVector(STRSXP, WEEG_REASON_TOO_LARGE));
  for (int i = 0; i < WEEG_REASON_TOO_LARGE; i++) {
    SET_STRING_ELT(words, i, Rf_mkChar(weeg_reason_text((weeg_reason)(i + 1))));
    SET_STRING_ELT(codes, i, Rf_mkChar(weeg_reason_code((weeg_reason)(i + 1))));
  }
  Rf_setAttrib(words, R_NamesSymbol, codes);
  UNPROTECT(2);
  return words;
}
