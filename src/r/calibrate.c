#include "glue.h"

#include <math.h>
#include <string.h>

/* What the core allocated, kept by R until it has been copied, so that an R error on the way cannot leak it. */
typedef weeg_calibration_model held;

static void release(SEXP pointer) {
  held *h = (held *)R_ExternalPtrAddr(pointer);
  if (h == NULL) return;
  weeg_free(h->start);
  weeg_free(h->index);
  weeg_free(h->value);
  *h = (held){0};
}

static SEXP basis_list(const held *h, int32_t cells) {
  static const char *const names[] = {"columns", "start", "index", "value"};
  const R_xlen_t terms = (R_xlen_t)h->start[cells];
  SEXP list = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(list, 0, Rf_ScalarInteger(h->columns));
  SET_VECTOR_ELT(list, 1, Rf_allocVector(REALSXP, (R_xlen_t)cells + 1));
  SET_VECTOR_ELT(list, 2, Rf_allocVector(INTSXP, terms));
  SET_VECTOR_ELT(list, 3, Rf_allocVector(REALSXP, terms));
  for (R_xlen_t c = 0; c <= cells; c++) REAL(VECTOR_ELT(list, 1))[c] = (double)h->start[c];
  if (terms > 0) memcpy(INTEGER(VECTOR_ELT(list, 2)), h->index, (size_t)terms * sizeof *h->index);
  if (terms > 0) memcpy(REAL(VECTOR_ELT(list, 3)), h->value, (size_t)terms * sizeof *h->value);
  UNPROTECT(1);
  return list;
}

/*
 * list(g, converged, iterations, worst, deviation, basis) for calibration cells with sums of weights `weight`; column is a
 * matrix [margins, cells] of columns from 0. worst counts from 1. basis is NULL when the fit did not converge.
 */
SEXP glue_calibrate(SEXP column, SEXP weight, SEXP target, SEXP method, SEXP bounds) {
  static const char *const names[] = {"g", "converged", "iterations", "worst", "deviation", "basis"};
  weeg_error err = {0};
  weeg_calibration_fit fit = {0};
  static const char *const what = "a margin";
  const R_xlen_t cells = Rf_xlength(weight);
  if (cells < 1) glue_broken(what);
  const weeg_margins margins = {.cells = (int32_t)cells,
                                .margins = (int32_t)(Rf_xlength(column) / cells),
                                .columns = Rf_length(target),
                                .column = glue_ints(column, -1, 0, Rf_length(target) - 1, what),
                                .weight = glue_doubles(weight, cells, what),
                                .target = glue_doubles(target, -1, what),
                                .hooks = glue_patience()};
  /* the pointer keeps the bytes of `held` alive until its finalizer has run */
  SEXP bytes = PROTECT(Rf_allocVector(RAWSXP, (R_xlen_t)sizeof(held)));
  held *h = (held *)(void *)RAW(bytes);
  *h = (held){0};
  SEXP pointer = PROTECT(R_MakeExternalPtr(h, R_NilValue, bytes));
  R_RegisterCFinalizer(pointer, release);
  SEXP result = PROTECT(glue_list(6, names)), g = PROTECT(Rf_allocVector(REALSXP, cells));
  weeg_status status = weeg_calibrate(
      &margins,
      &(weeg_calibration_choice){(weeg_calibration_method)Rf_asInteger(method), REAL_RO(bounds)[0], REAL_RO(bounds)[1]},
      REAL(g), &fit, &err);
  if (status == WEEG_OK && fit.converged) {
    status = weeg_calibration_basis(&margins, h, &err);
    if (status == WEEG_OK) SET_VECTOR_ELT(result, 5, basis_list(h, margins.cells));
  }
  SET_VECTOR_ELT(result, 0, g);
  SET_VECTOR_ELT(result, 1, Rf_ScalarLogical(fit.converged));
  SET_VECTOR_ELT(result, 2, Rf_ScalarInteger(fit.iterations));
  SET_VECTOR_ELT(result, 3, Rf_ScalarInteger(fit.worst + 1));
  SET_VECTOR_ELT(result, 4, Rf_ScalarReal(fit.deviation));
  release(pointer);
  UNPROTECT(4);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* list(code, weights): each row's calibration cell from 1 and its calibrated weight. */
SEXP glue_calibrate_rows(SEXP columns, SEXP cell, SEXP g, SEXP weights, SEXP rows, SEXP threads) {
  static const char *const names[] = {"code", "weights"};
  weeg_error err = {0};
  const int count = Rf_length(columns);
  const R_xlen_t size = glue_rows(rows);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_column *array = glue_columns(columns, size);
  const double *w = glue_weights(weights, size), *factor = glue_doubles(g, -1, "the factors of the weights");
  const int *known = glue_ints(cell, Rf_xlength(g), 0, INT32_MAX, "the combinations of the margins");
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(INTSXP, size));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, size));
  const weeg_status status =
      weeg_calibrate_rows(&(weeg_rows){.rows = (int64_t)size, .columns = array, .count = count, .weights = w},
                          &(weeg_calibration_factors){Rf_length(g), known, factor, &hooks},
                          INTEGER(VECTOR_ELT(result, 0)), REAL(VECTOR_ELT(result, 1)), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

static void release_record(SEXP pointer) {
  weeg_calibrated_free((weeg_calibrated *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static const weeg_tally *given(SEXP object) {
  if (object == R_NilValue) return NULL;
  weeg_tally *tally = (weeg_tally *)(void *)R_alloc(1, sizeof *tally);
  glue_tally_to_merge(object, tally);
  return tally;
}

/* list(entries, visible, place, pairs = list(visible, place, weight)), as a calibration has them; see weeg_calibrated_tallies. */
SEXP glue_calibration_record(SEXP cells, SEXP crossed, SEXP outside, SEXP plain, SEXP all) {
  static const char *const names[] = {"entries", "visible", "place", "pairs"}, *const of_pairs[] = {"visible", "place", "weight"};
  weeg_error err = {0};
  weeg_calibrated *made = NULL;
  const weeg_tally *rows = given(crossed), *sums = given(plain);
  const int size = glue_count(cells) + 1;
  const weeg_calibrated_tallies from = {rows->cells / size, size - 1, rows, given(outside), sums, given(all)};
  SEXP pointer = PROTECT(glue_keeper(release_record));
  const weeg_status status = weeg_calibration_record(&from, &made, &err);
  R_SetExternalPtrAddr(pointer, made);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  const weeg_calibration *k = &made->calibration;
  SEXP result = PROTECT(glue_list(4, names)), pairs = PROTECT(glue_list(3, of_pairs));
  SET_VECTOR_ELT(result, 0, glue_entries(k->tally));
  SET_VECTOR_ELT(result, 1, glue_integers(k->visible, k->tally->cells));
  SET_VECTOR_ELT(result, 2, glue_integers(k->place, k->tally->cells));
  SET_VECTOR_ELT(result, 3, pairs);
  SET_VECTOR_ELT(pairs, 0, glue_integers(k->pair_visible, k->pairs));
  SET_VECTOR_ELT(pairs, 1, glue_integers(k->pair_place, k->pairs));
  SET_VECTOR_ELT(pairs, 2, Rf_allocVector(REALSXP, (R_xlen_t)k->pairs));
  memcpy(REAL(VECTOR_ELT(pairs, 2)), k->pair_weight, (size_t)k->pairs * sizeof *k->pair_weight);
  release_record(pointer);
  UNPROTECT(3);
  return result;
}
