#include "glue.h"

#include <string.h>

/* notes: a character vector of keys and values by turns. */
SEXP glue_tally_write(SEXP object, SEXP notes, SEXP path) {
  weeg_error err = {0};
  SEXP frame = glue_element(object, "frame"), variables = glue_element(object, "variables");
  weeg_labelled_tally x = {.variables = Rf_length(variables), .variable = glue_variables_in(variables, true),
                           .notes = glue_texts_in(notes, -1, "the notes of the tally")};
  glue_tally(object, &x.tally, &x.design);
  x.strata = glue_texts_in(glue_element(frame, "strata"), -1, "the labels of strata and clusters");
  x.psus = glue_texts_in(glue_element(frame, "psus"), -1, "the labels of strata and clusters");
  x.stages = glue_stage_names(frame, &x.design);
  const weeg_status status = weeg_tally_write(&x, glue_path(path), &err);
  return status == WEEG_OK ? R_NilValue : glue_failure(&err);
}

static SEXP variable_list(const weeg_variable *v) {
  static const char *const names[] = {"name", "label", "levels", "ordered", "number", "values", "measure"};
  SEXP list = PROTECT(glue_list(v->measure ? 7 : 6, names));
  SET_VECTOR_ELT(list, 0, Rf_ScalarString(Rf_mkCharCE(v->name, CE_UTF8)));
  if (v->label != NULL) SET_VECTOR_ELT(list, 1, Rf_ScalarString(Rf_mkCharCE(v->label, CE_UTF8)));
  SET_VECTOR_ELT(list, 2, glue_texts(&v->levels));
  if (v->measure) SET_VECTOR_ELT(list, 6, Rf_ScalarLogical(TRUE));
  else SET_VECTOR_ELT(list, 3, Rf_ScalarLogical(v->ordered));
  SET_VECTOR_ELT(list, 4, Rf_ScalarLogical(v->number));
  if (v->values != NULL) {
    SEXP values = Rf_allocVector(REALSXP, v->levels.count);
    SET_VECTOR_ELT(list, 5, values);
    for (int k = 0; k < v->levels.count; k++) REAL(values)[k] = v->values[k];
  }
  UNPROTECT(1);
  return list;
}

static SEXP frame_list(const weeg_labelled_tally *x) {
  enum { ELEMENT, STRATA, PSUS, PSU_STRATUM, STRATUM_PSUS, LONELY_DOMAIN, LONELY, DF, GIVEN_DF, FPC, PPS, PROBABILITY, COUNT };
  static const char *const names[COUNT] = {"element", "strata", "psus", "psu_stratum", "stratum_psus", "lonely_domain",
                                           "lonely",  "df",     "given_df", "stratum_fpc", "pps",
                                           "psu_probability"};
  const weeg_design *d = &x->design;
  SEXP list = PROTECT(glue_list(COUNT, names));
  SET_VECTOR_ELT(list, ELEMENT, Rf_ScalarLogical(d->element));
  SET_VECTOR_ELT(list, STRATA, glue_texts(&x->strata));
  if (!d->element) {
    SET_VECTOR_ELT(list, PSUS, glue_texts(&x->psus));
    SET_VECTOR_ELT(list, PSU_STRATUM, Rf_allocVector(INTSXP, d->psus));
    for (int u = 0; u < d->psus; u++) INTEGER(VECTOR_ELT(list, PSU_STRATUM))[u] = d->psu_stratum[u];
  }
  SET_VECTOR_ELT(list, STRATUM_PSUS, Rf_allocVector(REALSXP, d->strata));
  if (d->stratum_fpc != NULL) SET_VECTOR_ELT(list, FPC, Rf_allocVector(REALSXP, d->strata));
  for (int h = 0; h < d->strata; h++) {
    REAL(VECTOR_ELT(list, STRATUM_PSUS))[h] = (double)d->stratum_psus[h];
    if (d->stratum_fpc != NULL) REAL(VECTOR_ELT(list, FPC))[h] = d->stratum_fpc[h];
  }
  if (d->pps != WEEG_PPS_NONE) {
    SET_VECTOR_ELT(list, PPS, Rf_mkString(weeg_words(WEEG_WORDS_PPS)[d->pps - 1]));
    SET_VECTOR_ELT(list, PROBABILITY, Rf_allocVector(REALSXP, d->psus));
    for (int u = 0; u < d->psus; u++) REAL(VECTOR_ELT(list, PROBABILITY))[u] = d->psu_probability[u];
  }
  SET_VECTOR_ELT(list, LONELY_DOMAIN, Rf_ScalarLogical(d->lonely_domain));
  SET_VECTOR_ELT(list, LONELY, Rf_mkString(weeg_words(WEEG_WORDS_LONELY)[d->lonely]));
  SET_VECTOR_ELT(list, DF, Rf_ScalarInteger((int)d->df));
  if (d->given_df > 0) SET_VECTOR_ELT(list, GIVEN_DF, Rf_ScalarReal((double)d->given_df));
  UNPROTECT(1);
  return list;
}

static void release(SEXP pointer) {
  weeg_labelled_tally_free((weeg_labelled_tally *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static SEXP later_list(const weeg_labelled_tally *x) {
  SEXP list = PROTECT(Rf_allocVector(VECSXP, x->design.later));
  for (int k = 0; k < x->design.later; k++) {
    SET_VECTOR_ELT(list, k, glue_stage_out(&x->design.stages[k], &x->stages[k].strata, &x->stages[k].units));
  }
  UNPROTECT(1);
  return list;
}

/* list(variables, entries, frame, cells, notes, later). What was read is kept until it is copied: an error cannot leak it. */
SEXP glue_tally_read(SEXP path) {
  static const char *const names[] = {"variables", "entries", "frame", "cells", "notes", "later"};
  weeg_error err = {0};
  weeg_labelled_tally *x = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  const weeg_status status = weeg_tally_read(glue_path(path), &x, &err);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  R_SetExternalPtrAddr(pointer, x);
  SEXP result = PROTECT(glue_list(6, names)), variables = PROTECT(Rf_allocVector(VECSXP, x->variables));
  for (int v = 0; v < x->variables; v++) SET_VECTOR_ELT(variables, v, variable_list(&x->variable[v]));
  SET_VECTOR_ELT(result, 0, variables);
  SET_VECTOR_ELT(result, 1, glue_entries(&x->tally));
  SET_VECTOR_ELT(result, 2, frame_list(x));
  SET_VECTOR_ELT(result, 3, Rf_ScalarInteger(x->tally.cells));
  SET_VECTOR_ELT(result, 4, glue_texts(&x->notes));
  SET_VECTOR_ELT(result, 5, later_list(x));
  release(pointer);
  UNPROTECT(3);
  return result;
}
