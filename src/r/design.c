#include "glue.h"

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

static void release(SEXP pointer) {
  weeg_sample_free((weeg_sample *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static SEXP counts_out(const int64_t *counts, int32_t size) {
  SEXP to = Rf_allocVector(REALSXP, size);
  for (int32_t h = 0; h < size; h++) REAL(to)[h] = (double)counts[h];
  return to;
}

static SEXP doubles_out(const double *from, int32_t size) {
  SEXP to = Rf_allocVector(REALSXP, size);
  for (int32_t h = 0; h < size; h++) REAL(to)[h] = from[h];
  return to;
}

/* A later stage; strata and psus are the levels that they have in their columns, from 0. */
static SEXP later_out(const weeg_stage *stage, const weeg_sample_levels *levels) {
  enum { ELEMENT, PARENT, STRATA, UNITS, UNIT_STRATUM, COUNTS, FPC, COUNT };
  static const char *const names[COUNT] = {"element", "stratum_parent", "strata", "psus", "psu_stratum", "stratum_psus",
                                           "stratum_fpc"};
  SEXP list = PROTECT(glue_list(COUNT, names));
  SET_VECTOR_ELT(list, ELEMENT, Rf_ScalarLogical(stage->element));
  SET_VECTOR_ELT(list, PARENT, glue_integers(stage->stratum_parent, stage->strata));
  if (levels->stratum != NULL) SET_VECTOR_ELT(list, STRATA, glue_integers(levels->stratum, stage->strata));
  if (!stage->element) {
    SET_VECTOR_ELT(list, UNITS, glue_integers(levels->unit, stage->units));
    SET_VECTOR_ELT(list, UNIT_STRATUM, glue_integers(stage->unit_stratum, stage->units));
  }
  SET_VECTOR_ELT(list, COUNTS, counts_out(stage->stratum_units, stage->strata));
  if (stage->stratum_fpc != NULL) SET_VECTOR_ELT(list, FPC, doubles_out(stage->stratum_fpc, stage->strata));
  UNPROTECT(1);
  return list;
}

static SEXP sample_out(const weeg_sample *found, bool own_codes, R_xlen_t rows) {
  enum { PSU_STRATUM, PSUS, PAIR, FPC, LATER, CODES, SIZE, PROBABILITY, COUNT };
  static const char *const names[COUNT] = {"psu_stratum", "stratum_psus", "pair_psu", "stratum_fpc",
                                           "later",       "codes",        "size",     "psu_probability"};
  const weeg_design *d = &found->design;
  SEXP result = PROTECT(glue_list(COUNT, names));
  if (!d->element) SET_VECTOR_ELT(result, PSU_STRATUM, glue_integers(d->psu_stratum, d->psus));
  SET_VECTOR_ELT(result, PSUS, counts_out(d->stratum_psus, d->strata));
  if (found->pair_psu != NULL) SET_VECTOR_ELT(result, PAIR, glue_integers(found->pair_psu, d->psus));
  if (d->stratum_fpc != NULL) SET_VECTOR_ELT(result, FPC, doubles_out(d->stratum_fpc, d->strata));
  if (d->psu_probability != NULL) SET_VECTOR_ELT(result, PROBABILITY, doubles_out(d->psu_probability, d->psus));
  SET_VECTOR_ELT(result, LATER, Rf_allocVector(VECSXP, d->later));
  for (int k = 0; k < d->later; k++) {
    SET_VECTOR_ELT(VECTOR_ELT(result, LATER), k, later_out(&d->stages[k], &found->levels[k]));
  }
  if (own_codes) SET_VECTOR_ELT(result, CODES, glue_integers(found->unit.codes, rows));
  SET_VECTOR_ELT(result, SIZE, Rf_ScalarInteger(found->unit.levels));
  UNPROTECT(1);
  return result;
}

/* A column of a stage, NULL where R has none. */
static const weeg_column *stage_column(SEXP stage, const char *name, R_xlen_t rows) {
  SEXP given = glue_element(stage, name);
  if (given == R_NilValue) return NULL;
  weeg_column *column = (weeg_column *)(void *)R_alloc(1, sizeof *column);
  *column = glue_column(given, rows);
  return column;
}

/*
 * The sample of rows that stand for `repeats` (NULL: one each), or of the units of a stream, which `repeats` then is. stages:
 * lists with stratum, cluster and fpc, or without. codes and size: the unit of each row, where it is not the first cluster (or
 * stratum) as it stands.
 */
SEXP glue_find_sample(SEXP stages, SEXP pps, SEXP nest, SEXP every, SEXP repeats, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  weeg_sample *found = NULL;
  const R_xlen_t size = glue_rows(rows);
  const int count = Rf_length(stages);
  const weeg_stream *of = TYPEOF(repeats) == EXTPTRSXP ? glue_stream_of(repeats, size) : NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  weeg_sample_stage *stage = (weeg_sample_stage *)(void *)R_alloc((size_t)count + 1, sizeof *stage);
  for (int k = 0; k < count; k++) {
    SEXP one = VECTOR_ELT(stages, k), fpc = glue_element(one, "fpc");
    stage[k] = (weeg_sample_stage){.stratum = stage_column(one, "stratum", size), .unit = stage_column(one, "cluster", size),
                                   .fpc = fpc == R_NilValue ? NULL : glue_doubles(fpc, size, "fpc")};
  }
  const weeg_hooks hooks = glue_hooks(threads);
  weeg_status status = weeg_sample_find(
      &(weeg_sampled_stages){.rows = (int64_t)size,
                          .repeats = of != NULL                ? of->units.rows
                                     : repeats == R_NilValue ? NULL
                                                             : glue_counts(repeats, size, "the rows"),
                          .stages = count,
                          .stage = stage, .pps = glue_pps(pps), .nest = Rf_asLogical(nest) == TRUE,
                          .every_stage = Rf_asLogical(every) == TRUE, .hooks = &hooks},
      &found, &err);
  R_SetExternalPtrAddr(pointer, found);
  if (of != NULL) status = weeg_stream_said(of, status, &err);
  if (status != WEEG_OK) {
    release(pointer);
    UNPROTECT(1);
    return glue_failure(&err);
  }
  const weeg_column *as_it_stands = stage[0].unit != NULL ? stage[0].unit : stage[0].stratum;
  const bool own = as_it_stands != NULL && found->unit.codes != as_it_stands->codes;
  SEXP result = PROTECT(sample_out(found, own, size));
  release(pointer);
  UNPROTECT(2);
  return result;
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
