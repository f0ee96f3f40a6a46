#include "glue.h"

#include <string.h>

/* The largest weight, or a failure. */
SEXP glue_check_weights(SEXP weights, SEXP threads) {
  weeg_error err = {0};
  double largest = 0;
  const weeg_hooks hooks = glue_hooks(threads);
  if (weeg_check_weights(glue_doubles(weights, -1, "the weights"), Rf_xlength(weights), &hooks, &largest, &err) != WEEG_OK) {
    return glue_failure(&err);
  }
  return Rf_ScalarReal(largest);
}

/* Rows per level, as doubles. */
SEXP glue_count_levels(SEXP column, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  const R_xlen_t size = glue_rows(rows);
  const weeg_column c = glue_column(column, size);
  const weeg_hooks hooks = glue_hooks(threads);
  SEXP counts = PROTECT(Rf_allocVector(REALSXP, c.levels));
  int64_t *n = (int64_t *)R_alloc((size_t)c.levels + 1, sizeof *n);
  const weeg_status status = weeg_count_levels(&c, (int64_t)size, &hooks, n, &err);
  for (int k = 0; k < c.levels && status == WEEG_OK; k++) REAL(counts)[k] = (double)n[k];
  UNPROTECT(1);
  return status == WEEG_OK ? counts : glue_failure(&err);
}

/* Stratum of each PSU from 0, -1 for a PSU without rows. */
SEXP glue_find_strata(SEXP stratum, SEXP psu, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  const R_xlen_t size = glue_rows(rows);
  const weeg_column s = glue_column(stratum, size), p = glue_column(psu, size);
  const weeg_hooks hooks = glue_hooks(threads);
  SEXP result = PROTECT(Rf_allocVector(INTSXP, p.levels));
  const weeg_status status =
      weeg_find_strata(&(weeg_sampled_rows){&s, &p, (int64_t)size, &hooks}, INTEGER(result), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* list(codes, stratum, psu) of the distinct (stratum, PSU) pairs. */
SEXP glue_nest_psus(SEXP stratum, SEXP psu, SEXP rows, SEXP threads) {
  static const char *const names[] = {"codes", "stratum", "psu"};
  weeg_error err = {0};
  const R_xlen_t size = glue_rows(rows);
  const weeg_column s = glue_column(stratum, size), p = glue_column(psu, size);
  const weeg_hooks hooks = glue_hooks(threads);
  weeg_nested_psus pairs = {0};
  SEXP result = PROTECT(glue_list(3, names));
  SEXP codes = Rf_allocVector(INTSXP, size);
  SET_VECTOR_ELT(result, 0, codes);
  const weeg_status status =
      weeg_nest_psus(&(weeg_sampled_rows){&s, &p, Rf_xlength(codes), &hooks}, INTEGER(codes), &pairs, &err);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  /* two small vectors: should R run out of memory here, 8 bytes a PSU are lost, and R with them */
  SET_VECTOR_ELT(result, 1, Rf_allocVector(INTSXP, pairs.psus));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(INTSXP, pairs.psus));
  memcpy(INTEGER(VECTOR_ELT(result, 1)), pairs.stratum, sizeof *pairs.stratum * (size_t)pairs.psus);
  memcpy(INTEGER(VECTOR_ELT(result, 2)), pairs.psu, sizeof *pairs.psu * (size_t)pairs.psus);
  weeg_free(pairs.stratum);
  weeg_free(pairs.psu);
  UNPROTECT(1);
  return result;
}

static void release(SEXP pointer) {
  weeg_sample_free((weeg_sample *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* list(psu_stratum, stratum_psus, codes, pair_psu) of rows that stand for `repeats` (NULL: one each); psu may be NULL. */
SEXP glue_find_sample(SEXP stratum, SEXP psu, SEXP nest, SEXP repeats, SEXP rows, SEXP threads) {
  static const char *const names[] = {"psu_stratum", "stratum_psus", "codes", "pair_psu"};
  weeg_error err = {0};
  weeg_sample *found = NULL;
  const R_xlen_t size = glue_rows(rows);
  SEXP pointer = PROTECT(glue_keeper(release));
  const weeg_column s = glue_column(stratum, size), p = psu == R_NilValue ? s : glue_column(psu, size);
  const int64_t *each = repeats == R_NilValue ? NULL : glue_counts(repeats, size, "the rows");
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_status status =
      weeg_sample_find(&(weeg_sampled_rows){&s, psu == R_NilValue ? NULL : &p, (int64_t)size, &hooks},
                       Rf_asLogical(nest) == TRUE, each, &found, &err);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  R_SetExternalPtrAddr(pointer, found);
  const weeg_design *d = &found->design;
  SEXP result = PROTECT(glue_list(4, names));
  if (!d->element) SET_VECTOR_ELT(result, 0, glue_integers(d->psu_stratum, d->psus));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, d->strata));
  for (int h = 0; h < d->strata; h++) REAL(VECTOR_ELT(result, 1))[h] = (double)d->stratum_psus[h];
  if (found->pair_psu != NULL) {
    SET_VECTOR_ELT(result, 2, glue_integers(found->unit.codes, size));
    SET_VECTOR_ELT(result, 3, glue_integers(found->pair_psu, d->psus));
  }
  release(pointer);
  UNPROTECT(2);
  return result;
}

/* Population size per stratum. */
SEXP glue_find_fpc(SEXP fpc, SEXP stratum, SEXP stratum_psus) {
  weeg_error err = {0};
  const double *each = glue_doubles(fpc, -1, "fpc"), *counts;
  const weeg_column s = glue_column(stratum, Rf_xlength(fpc));
  counts = glue_doubles(stratum_psus, s.levels, "the strata");
  int64_t *psus = (int64_t *)R_alloc((size_t)s.levels + 1, sizeof *psus);
  for (int h = 0; h < s.levels; h++) psus[h] = (int64_t)counts[h];
  SEXP sizes = PROTECT(Rf_allocVector(REALSXP, s.levels));
  const weeg_status status = weeg_find_fpc(each, &s, Rf_xlength(fpc), psus, REAL(sizes), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? sizes : glue_failure(&err);
}

/* The weight of each unit of a tally of the design. */
SEXP glue_fpc_weights(SEXP object) {
  weeg_error err = {0};
  const weeg_design design = glue_design(object);
  const weeg_stage *last = design.later > 0 ? &design.stages[design.later - 1] : NULL;
  const bool element = last == NULL ? design.element : last->element;
  const int strata = last == NULL ? design.strata : last->strata;
  const int size = element ? strata : last == NULL ? design.psus : last->units;
  SEXP weights = PROTECT(Rf_allocVector(REALSXP, size));
  const weeg_status status = weeg_fpc_weights(&design, REAL(weights), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? weights : glue_failure(&err);
}
