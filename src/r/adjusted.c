#include "glue.h"

static void release(SEXP pointer) {
  weeg_adjusted_free((weeg_adjusted *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* list(rows, covariance, groups, df): adjusted proportions of a tally of groups (variables), covariates and an outcome. */
SEXP glue_frame_adjust(SEXP object, SEXP groups, SEXP method, SEXP level) {
  static const char *const names[] = {"rows", "covariance", "groups", "df"};
  weeg_error err = {0};
  weeg_frame f;
  weeg_adjusted *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(object, &f);
  const weeg_interval_choice choice = glue_interval(method, level);
  if (weeg_frame_adjust(&f, glue_count(groups), &choice, &made, &err) != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  R_SetExternalPtrAddr(pointer, made);
  const R_xlen_t all = made->groups, size = all * made->answers;
  SEXP list = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(list, 0, glue_share_columns(made->shares, size));
  SEXP covariance = Rf_allocVector(REALSXP, size * all);
  SET_VECTOR_ELT(list, 1, covariance);
  for (R_xlen_t i = 0; i < size * all; i++) REAL(covariance)[i] = glue_or_na(made->covariance[i]);
  SET_VECTOR_ELT(list, 2, Rf_ScalarInteger(made->groups));
  SET_VECTOR_ELT(list, 3, Rf_ScalarReal((double)made->df));
  release(pointer);
  UNPROTECT(2);
  return list;
}
