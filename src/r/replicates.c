#include "glue.h"

#include <string.h>

static const char *const what = "the replicates";

SEXP glue_check_replicates(SEXP replicates, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_status status = weeg_check_replicates(glue_vectors(replicates, glue_rows(rows), what),
                                                   Rf_length(replicates), (int64_t)glue_rows(rows), &hooks, &err);
  return status == WEEG_OK ? R_NilValue : glue_failure(&err);
}

/* weeg_replicate_look as a list; columns count from 1. */
SEXP glue_look_at_replicates(SEXP replicates, SEXP weights, SEXP multipliers) {
  static const char *const names[] = {"other_kind", "weights_differ", "constants", "constant", "sames",
                                      "same",       "same_ratio",     "odds",      "odd",      "odd_ratio"};
  weeg_error err = {0};
  weeg_replicate_look look = {0};
  const double *w = glue_doubles(weights, -1, "the weights");
  const double *const *vectors = glue_vectors(replicates, Rf_xlength(weights), what);
  const weeg_status status =
      weeg_look_at_replicates(&(weeg_replicate_columns){vectors, Rf_length(replicates), w, Rf_xlength(weights)},
                              Rf_asLogical(multipliers) == TRUE, &look, &err);
  if (status != WEEG_OK) return glue_failure(&err);
  const double numbers[] = {look.constants,  look.constant + 1, look.sames,   look.same + 1,
                            look.same_ratio, look.odds,         look.odd + 1, look.odd_ratio};
  SEXP result = PROTECT(glue_list(10, names));
  SET_VECTOR_ELT(result, 0, Rf_ScalarLogical(look.other_kind));
  SET_VECTOR_ELT(result, 1, Rf_ScalarLogical(look.weights_differ));
  for (int i = 0; i < 8; i++) SET_VECTOR_ELT(result, 2 + i, Rf_ScalarReal(numbers[i]));
  UNPROTECT(1);
  return result;
}

/* list(scale, rscales, mse) that are usual; largest: of columns of multipliers, NULL: columns are weights. */
SEXP glue_replicate_defaults(SEXP type, SEXP count, SEXP rho, SEXP largest) {
  static const char *const names[] = {"scale", "rscales", "mse"};
  const int replicates = glue_count(count);
  const double *most = largest == R_NilValue ? NULL : glue_doubles(largest, replicates, what);
  const weeg_replicate_method method = {(weeg_replicate_type)Rf_asInteger(type), replicates, Rf_asReal(rho), most};
  weeg_replicates usual = {0};
  SEXP result = PROTECT(glue_list(3, names)), rscales = Rf_allocVector(REALSXP, replicates);
  SET_VECTOR_ELT(result, 1, rscales);
  weeg_replicate_defaults(&method, &usual, REAL(rscales));
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(usual.scale));
  SET_VECTOR_ELT(result, 2, Rf_ScalarLogical(usual.mse));
  UNPROTECT(1);
  return result;
}

/* list(totals, basis, start) of the columns' cells, and of `values` of measures; basis is NULL where it would be too large. */
SEXP glue_replicate_totals(SEXP columns, SEXP replicates, SEXP weights, SEXP domain, SEXP rows, SEXP threads, SEXP values) {
  static const char *const names[] = {"totals", "basis", "start"};
  weeg_error err = {0};
  const weeg_hooks hooks = glue_hooks(threads);
  const int variables = Rf_length(columns), count = Rf_length(replicates), measures = Rf_length(values);
  const int64_t n = (int64_t)glue_rows(rows);
  const double *w = glue_weights(weights, (R_xlen_t)n), *const *vectors = glue_vectors(replicates, (R_xlen_t)n, what);
  const uint8_t *d = glue_domain(domain, (R_xlen_t)n);
  const weeg_column *array = glue_columns(columns, (R_xlen_t)n);
  const double *const *measured = measures == 0 ? NULL : glue_vectors(values, (R_xlen_t)n, "the measures");
  int32_t cells = 0;
  if (weeg_layout_cells(array, variables, &cells, &err) != WEEG_OK) return glue_failure(&err);
  if ((int64_t)cells * (1 + measures) > INT32_MAX) glue_broken("the cells of the tally");
  int32_t *cell = (int32_t *)R_alloc((size_t)n + 1, sizeof *cell);
  int64_t *counts = (int64_t *)R_alloc((size_t)cells + 1, sizeof *counts);
  int64_t *start = (int64_t *)R_alloc((size_t)cells + 1, sizeof *start);
  if (weeg_replicate_cells(&(weeg_rows){.rows = n, .columns = array, .count = variables, .domain = d}, &hooks, cell,
                           counts, &err) != WEEG_OK)
    return glue_failure(&err);
  const bool fits = weeg_replicate_basis(counts, cells, count, start);
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, Rf_allocMatrix(REALSXP, count, cells * (1 + measures)));
  if (fits) {
    SET_VECTOR_ELT(result, 1, Rf_allocMatrix(REALSXP, count, (int)start[cells]));
    SET_VECTOR_ELT(result, 2, Rf_allocVector(REALSXP, (R_xlen_t)cells + 1));
    for (int c = 0; c <= cells; c++) REAL(VECTOR_ELT(result, 2))[c] = (double)start[c];
  }
  const weeg_status status =
      weeg_replicate_totals(&(weeg_replicate_columns){vectors, count, w, n},
                            &(weeg_replicate_sums){cell, cells, REAL(VECTOR_ELT(result, 0)), start,
                                                   fits ? REAL(VECTOR_ELT(result, 1)) : NULL, measures, measured},
                            &hooks, &err);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* Matrix (replicates x cells, then cells of each measure) of the tally's sums times multipliers (replicates x units). */
SEXP glue_replicate_multiply(SEXP object, SEXP multipliers, SEXP threads) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_hooks hooks = glue_hooks(threads);
  const int count = Rf_nrows(multipliers);
  const double *each = glue_doubles(multipliers, (R_xlen_t)count * survey->tally->units, what);
  const int64_t columns = (int64_t)survey->tally->cells * (1 + survey->tally->measures);
  if (columns > INT32_MAX) glue_broken("the cells of the tally");
  SEXP totals = PROTECT(Rf_allocMatrix(REALSXP, count, (int)columns));
  const weeg_status status =
      weeg_replicate_multiply(survey->tally, &(weeg_multipliers){each, count}, &hooks, REAL(totals), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? totals : glue_failure(&err);
}

/*
 * R's own generators do not jump. unif_rand() has 2^32 values: for small sizes the chances differ by 2^-16 of themselves at
 * most, and it takes a third of the time of R_unif_index().
 */
static int32_t draw_below(void *unused, int32_t size) {
  (void)unused;
  return size <= 65536 ? (int32_t)(unif_rand() * size) : (int32_t)R_unif_index(size);
}

static void release(SEXP pointer) {
  weeg_made_replicates_free((weeg_made_replicates *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* Multipliers of a bootstrap that are made in R's own memory: of more, the core says whether there are too many. */
enum { WITHOUT_COPY = 1 << 27 };

/* list(multipliers, scale, rscales, rank), the first a matrix (replicates x PSUs); bootstraps by R's random number generator. */
SEXP glue_make_replicates(SEXP object, SEXP kind, SEXP replicates, SEXP rho) {
  static const char *const names[] = {"multipliers", "scale", "rscales", "rank"};
  weeg_error err = {0};
  weeg_made_replicates *made = NULL;
  const weeg_survey *survey = glue_survey(object);
  const weeg_random random = {.below = draw_below};
  SEXP pointer = PROTECT(glue_keeper(release));
  weeg_replication how = {.kind = (weeg_replication_kind)Rf_asInteger(kind), .rho = Rf_asReal(rho),
                          .count = glue_count(replicates), .random = &random};
  const bool bootstrap = how.kind == WEEG_REPLICATION_RAO_WU || how.kind == WEEG_REPLICATION_PRESTON;
  const int psus = survey->design->psus;
  SEXP multipliers = R_NilValue;
  PROTECT_INDEX index;
  PROTECT_WITH_INDEX(multipliers, &index);
  if (bootstrap && (double)how.count * psus <= WITHOUT_COPY) {
    REPROTECT(multipliers = Rf_allocMatrix(REALSXP, how.count, psus), index);
    how.multiplier = REAL(multipliers);
  }
  GetRNGstate();
  const weeg_status status = weeg_replicates_make(&how, survey->design, &made, &err);
  PutRNGstate();
  R_SetExternalPtrAddr(pointer, made);
  if (status != WEEG_OK) {
    UNPROTECT(2);
    return glue_failure(&err);
  }
  if (made->multiplier != NULL) {
    REPROTECT(multipliers = Rf_allocMatrix(REALSXP, made->count, psus), index);
    memcpy(REAL(multipliers), made->multiplier, sizeof(double) * (size_t)Rf_xlength(multipliers));
  }
  SEXP result = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(result, 0, multipliers);
  SET_VECTOR_ELT(result, 1, Rf_ScalarReal(made->scale));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(REALSXP, made->count));
  memcpy(REAL(VECTOR_ELT(result, 2)), made->rscales, sizeof(double) * (size_t)made->count);
  SET_VECTOR_ELT(result, 3, Rf_mkString(made->rank == WEEG_RANK_UNITS ? "units" : "design"));
  release(pointer);
  UNPROTECT(3);
  return result;
}
