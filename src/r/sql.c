#include "glue.h"

/* E: weights up to the largest are below 2^E, and have 86 bits below it. */
SEXP glue_sum_exponent(SEXP max_weight) {
  return Rf_ScalarInteger(weeg_sum_scale(glue_doubles(max_weight, 1, "the largest weight")[0]) + 86);
}

/* The measures of sums, of which `largest` is NULL without weights. */
static weeg_sum_values values_of(SEXP values, SEXP largest, const weeg_part_sums *sums, R_xlen_t rows) {
  static const char *const what = "the measures";
  weeg_sum_values of = {.sums = sums, .measures = values == R_NilValue ? 0 : Rf_length(values)};
  if (of.measures == 0) return of;
  of.values = glue_vectors(values, rows, what);
  if (sums->sums != NULL) of.largest = glue_doubles(largest, rows, what);
  return of;
}

/*
 * entries of the tally of sums: rows of a unit and a cell (from 0), how many rows these are, and a list of sums, or NULL; cut: of
 * weights, their parts, the bits of these and the exponent of the lowest one. values: NULL, or a list of numbers; NULL where
 * sums do not give theirs exactly.
 */
SEXP glue_tally_from_sums(SEXP unit, SEXP cell, SEXP n, SEXP sums, SEXP cut, SEXP element, SEXP max_weight, SEXP units,
                          SEXP cells, SEXP values, SEXP largest) {
  static const char *const what = "the sums of a tally";
  weeg_error err = {0};
  weeg_tally *tally = NULL;
  bool exact = true;
  const R_xlen_t rows = Rf_xlength(n);
  const bool squares = Rf_asLogical(element) == TRUE;
  SEXP pointer = PROTECT(glue_tally_keeper());
  const int *how = glue_ints(cut, 3, INT32_MIN + 1, INT32_MAX, what);
  if (sums != R_NilValue && (R_xlen_t)how[0] * (squares ? 3 : 1) - squares != Rf_xlength(sums)) glue_broken(what);
  const weeg_part_sums from = {.element = squares,
                               .units = glue_count(units),
                               .cells = glue_count(cells),
                               .max_weight = glue_doubles(max_weight, 1, what)[0],
                               .parts = how[0],
                               .bits = how[1],
                               .lowest = how[2],
                               .rows = (int64_t)rows,
                               .unit = glue_ints(unit, rows, 0, INT32_MAX, what),
                               .cell = glue_ints(cell, rows, 0, INT32_MAX, what),
                               .n = glue_doubles(n, rows, what),
                               .sums = sums == R_NilValue ? NULL : glue_vectors(sums, rows, what)};
  const weeg_sum_values of = values_of(values, largest, &from, rows);
  weeg_status status = weeg_tally_from_sums(&from, &tally, &err);
  if (status == WEEG_OK && of.measures > 0) status = weeg_tally_measure_sums(&of, tally, &exact, &err);
  SEXP result = R_NilValue;
  if (status != WEEG_OK) result = glue_failure(&err);
  else if (exact) result = glue_kept_entries(tally, pointer);
  if (status != WEEG_OK || !exact) weeg_tally_free(tally);
  UNPROTECT(1);
  return result;
}
