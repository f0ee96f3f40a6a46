#include "glue.h"

static void release(SEXP pointer) {
  weeg_text_levels_free((weeg_text_levels *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* list(kind, levels, value, level) of distinct texts; plain: they are texts whatever is in them. thousands: "" for none. */
SEXP glue_text_levels(SEXP texts, SEXP plain, SEXP decimal, SEXP thousands) {
  static const char *const names[] = {"kind", "levels", "value", "level"};
  static const char *const kinds[] = {"logical", "text", "whole", "digits", "numbers"};
  weeg_error err = {0};
  weeg_text_levels *found = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  const weeg_texts text = glue_texts_in(texts, -1, "texts");
  const weeg_numerals how = {glue_text(decimal, "decimal")[0], glue_text(thousands, "thousands")[0]};
  const weeg_status status = weeg_text_levels_find((const char *const *)text.text, text.count, Rf_asLogical(plain) == TRUE, how,
                                                   &found, &err);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  R_SetExternalPtrAddr(pointer, found);
  SEXP result = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(result, 0, Rf_mkString(kinds[found->kind]));
  SET_VECTOR_ELT(result, 1, glue_texts(&found->levels));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(REALSXP, found->levels.count));
  SET_VECTOR_ELT(result, 3, Rf_allocVector(INTSXP, text.count));
  for (int k = 0; k < found->levels.count; k++) REAL(VECTOR_ELT(result, 2))[k] = found->value[k];
  for (int k = 0; k < text.count; k++) INTEGER(VECTOR_ELT(result, 3))[k] = found->level[k];
  release(pointer);
  UNPROTECT(2);
  return result;
}
