#include "glue.h"

/* A tally made by the core is kept by R until it has been copied, so that an R error on the way cannot leak it. */
static void release(SEXP pointer) {
  weeg_tally_free((weeg_tally *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static SEXP keep(weeg_tally *tally, SEXP pointer) {
  R_SetExternalPtrAddr(pointer, tally);
  SEXP entries = PROTECT(glue_entries(tally));
  release(pointer);
  UNPROTECT(1);
  return entries;
}

static weeg_column *column_array(SEXP columns) {
  const int count = Rf_length(columns);
  weeg_column *array = (weeg_column *)R_alloc((size_t)count + 1, sizeof *array);
  for (int v = 0; v < count; v++) array[v] = glue_column(VECTOR_ELT(columns, v));
  return array;
}

static bool has_rows(SEXP codes, int width, R_xlen_t rows) {
  if (codes == R_NilValue) return true; /* one level that all rows have */
  return Rf_xlength(codes) == (TYPEOF(codes) == RAWSXP ? rows * width : rows);
}

/* Whether what is read row by row has as many: a design can be changed by hand. */
static bool have_rows(SEXP columns, SEXP unit, SEXP weights, SEXP domain, R_xlen_t rows) {
  bool right = has_rows(weights, 8, rows) && has_rows(domain, 1, rows);
  right = right && has_rows(glue_element(unit, "codes"), Rf_asInteger(glue_element(unit, "width")), rows);
  for (int v = 0; v < Rf_length(columns); v++) {
    SEXP column = VECTOR_ELT(columns, v);
    right = right && has_rows(glue_element(column, "codes"), Rf_asInteger(glue_element(column, "width")), rows);
  }
  return right;
}

/* entries of the tally of `columns` by `unit`. weights and domain may be NULL. */
SEXP glue_tally_build(SEXP columns, SEXP unit, SEXP element, SEXP weights, SEXP max_weight, SEXP domain, SEXP rows,
                      SEXP threads) {
  weeg_error err = {0};
  weeg_tally *tally = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  const weeg_column *array = column_array(columns), u = glue_column(unit);
  const double *w = weights == R_NilValue ? NULL : REAL_RO(weights);
  const uint8_t *d = domain == R_NilValue ? NULL : RAW_RO(domain);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_status status =
      have_rows(columns, unit, weights, domain, (R_xlen_t)Rf_asReal(rows))
          ? weeg_tally_build(array, Rf_length(columns), &u, Rf_asLogical(element) == TRUE, w, Rf_asReal(max_weight), d,
                             (int64_t)Rf_asReal(rows), &hooks, &tally, &err)
          : weeg_fail(&err, WEEG_ERR_ARGUMENT, -1, "a variable has another number of rows than the design");
  SEXP result = status == WEEG_OK ? keep(tally, pointer) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

static const int32_t *numbers(SEXP map) { return map == R_NilValue ? NULL : INTEGER_RO(map); }

/* entries of the sum of tallies a and b (NULL: none) after renumbering units and cells (NULL: as they are). */
SEXP glue_tally_merge(SEXP a, SEXP a_unit, SEXP a_cell, SEXP b, SEXP b_unit, SEXP b_cell, SEXP units, SEXP cells) {
  weeg_error err = {0};
  weeg_tally first, second, *tally = NULL;
  weeg_design unused;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_tally(a, &first, &unused);
  if (b != R_NilValue) glue_tally(b, &second, &unused);
  const weeg_status status =
      weeg_tally_merge(&first, numbers(a_unit), numbers(a_cell), b == R_NilValue ? NULL : &second, numbers(b_unit),
                       numbers(b_cell), Rf_asInteger(units), Rf_asInteger(cells), &tally, &err);
  SEXP result = status == WEEG_OK ? keep(tally, pointer) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* Whether a is in the sum of it and b twice: b is the same object, or has its rows. */
SEXP glue_tally_twice(SEXP sum, SEXP a, SEXP a_unit, SEXP a_cell, SEXP b) {
  weeg_error err = {0};
  weeg_tally whole, part;
  weeg_design unused;
  bool twice = a == b;
  glue_tally(sum, &whole, &unused);
  glue_tally(a, &part, &unused);
  const weeg_status status = twice ? WEEG_OK : weeg_tally_twice(&whole, &part, numbers(a_unit), numbers(a_cell), &twice, &err);
  return status == WEEG_OK ? Rf_ScalarLogical(twice) : glue_failure(&err);
}

/* entries of the tally with other weights, one for each unit. */
SEXP glue_tally_weigh(SEXP object, SEXP weights) {
  weeg_error err = {0};
  weeg_tally tally, *weighed = NULL;
  weeg_design unused;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_tally(object, &tally, &unused);
  weeg_status status = weeg_tally_merge(&tally, NULL, NULL, NULL, NULL, NULL, tally.units, tally.cells, &weighed, &err);
  if (status == WEEG_OK) status = weeg_tally_weigh(weighed, REAL_RO(weights), &err);
  SEXP result = status == WEEG_OK ? keep(weighed, pointer) : glue_failure(&err);
  if (status != WEEG_OK) weeg_tally_free(weighed);
  UNPROTECT(1);
  return result;
}

/* list(n, weighted) per cell. */
SEXP glue_tally_totals(SEXP object) {
  static const char *const names[] = {"n", "weighted"};
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  int64_t *n = (int64_t *)R_alloc((size_t)tally.cells + 1, sizeof *n);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, tally.cells));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, tally.cells));
  const weeg_status status = weeg_tally_totals(&tally, n, REAL(VECTOR_ELT(result, 1)), &err);
  for (int c = 0; c < tally.cells && status == WEEG_OK; c++) REAL(VECTOR_ELT(result, 0))[c] = (double)n[c];
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}
