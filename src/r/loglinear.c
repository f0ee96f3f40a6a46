#include "glue.h"

static void release(SEXP pointer) {
  weeg_table_model_free((weeg_table_model *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static SEXP effects_out(const weeg_table_model *m) {
  static const char *const names[] = {"term", "level", "contrasts"};
  SEXP list = PROTECT(glue_list(3, names)), level = Rf_allocVector(STRSXP, m->effects);
  SET_VECTOR_ELT(list, 1, level);
  SET_VECTOR_ELT(list, 0, Rf_allocVector(INTSXP, m->effects));
  SET_VECTOR_ELT(list, 2, glue_new_contrasts(m->effects));
  for (int i = 0; i < m->effects; i++) {
    INTEGER(VECTOR_ELT(list, 0))[i] = m->effect[i].term + 1;
    SET_STRING_ELT(level, i, Rf_mkCharCE(m->effect[i].level, CE_UTF8));
    glue_set_contrast(VECTOR_ELT(list, 2), i, &m->effect[i].value);
  }
  UNPROTECT(1);
  return list;
}

static SEXP fit_out(const weeg_table_model *m) {
  static const char *const names[] = {"n", "df", "iterations", "deviance", "chisq", "parameters", "cells"};
  const double values[] = {(double)m->fit.n, (double)m->fit.df, m->fit.iterations, m->fit.deviance, m->fit.chisq};
  SEXP list = PROTECT(glue_list(7, names));
  for (int k = 0; k < 5; k++) SET_VECTOR_ELT(list, k, Rf_ScalarReal(glue_or_na(values[k])));
  SET_VECTOR_ELT(list, 5, Rf_ScalarInteger(m->parameters));
  SET_VECTOR_ELT(list, 6, Rf_ScalarInteger(m->places));
  UNPROTECT(1);
  return list;
}

/* start: how many levels with rows the variables before have; these, from 0, and whether each is alone. */
static SEXP model_out(const weeg_table_model *m, int variables) {
  static const char *const names[] = {"effects", "covariance", "fit", "start", "level", "alone", "n", "weighted", "fitted"};
  const R_xlen_t effects = m->effects;
  const int levels = m->start[variables];
  SEXP list = PROTECT(glue_list(9, names)), alone = Rf_allocVector(LGLSXP, levels);
  SET_VECTOR_ELT(list, 5, alone);
  for (int k = 0; k < levels; k++) LOGICAL(alone)[k] = m->alone[k] != 0;
  SET_VECTOR_ELT(list, 0, effects_out(m));
  SET_VECTOR_ELT(list, 1, glue_numbers(m->covariance, effects * effects));
  SET_VECTOR_ELT(list, 2, fit_out(m));
  SET_VECTOR_ELT(list, 3, glue_integers(m->start, variables + 1));
  SET_VECTOR_ELT(list, 4, glue_integers(m->level, levels));
  SET_VECTOR_ELT(list, 6, glue_numbers(m->n, m->places));
  SET_VECTOR_ELT(list, 7, glue_numbers(m->weighted, m->places));
  SET_VECTOR_ELT(list, 8, glue_numbers(m->fitted, m->places));
  UNPROTECT(1);
  return list;
}

/* A model of the table of all variables of a tally. */
SEXP glue_frame_loglinear(SEXP object, SEXP terms, SEXP level) {
  weeg_error err = {0};
  weeg_frame f;
  weeg_table_model *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(object, &f);
  const weeg_terms model = glue_terms(terms, &f);
  const weeg_status status = weeg_frame_loglinear(&f, &model, Rf_asReal(level), &made, &err);
  R_SetExternalPtrAddr(pointer, made);
  SEXP result = PROTECT(status == WEEG_OK ? model_out(made, f.variables) : glue_failure(&err));
  release(pointer);
  UNPROTECT(2);
  return result;
}

/* list(test, deviance): the model of the first `base` terms against that of all, or (base: all) against the saturated one. */
SEXP glue_frame_loglinear_test(SEXP object, SEXP terms, SEXP base, SEXP method) {
  static const char *const names[] = {"test", "deviance"};
  weeg_error err = {0};
  weeg_frame f;
  weeg_nested_test found;
  glue_frame(object, &f);
  const weeg_terms model = glue_terms(terms, &f);
  const weeg_loglinear_choice choice = {glue_size(base, 1, model.terms, "the model"), (weeg_test_method)Rf_asInteger(method)};
  if (weeg_frame_loglinear_test(&f, &model, &choice, &found, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, glue_test_list(&found.test));
  SET_VECTOR_ELT(result, 1, Rf_ScalarReal(glue_or_na(found.deviance)));
  UNPROTECT(1);
  return result;
}
