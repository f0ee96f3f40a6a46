#include "glue.h"

/* E of weeg_part_sums: weights up to the largest are below 2^E. */
SEXP glue_sum_exponent(SEXP max_weight) {
  return Rf_ScalarInteger(weeg_sum_scale(glue_doubles(max_weight, 1, "the largest weight")[0]) + 86);
}

/* entries of the tally of sums: rows of a unit and a cell (from 0), how many rows these are, and a list of sums, or NULL. */
SEXP glue_tally_from_sums(SEXP unit, SEXP cell, SEXP n, SEXP sums, SEXP element, SEXP max_weight, SEXP units, SEXP cells) {
  static const char *const what = "the sums of a tally";
  weeg_error err = {0};
  weeg_tally *tally = NULL;
  const R_xlen_t rows = Rf_xlength(n);
  const bool squares = Rf_asLogical(element) == TRUE;
  SEXP pointer = PROTECT(glue_tally_keeper());
  if (sums != R_NilValue && Rf_xlength(sums) != (squares ? 18 : 4)) glue_broken(what);
  const weeg_part_sums from = {.element = squares,
                               .units = glue_count(units),
                               .cells = glue_count(cells),
                               .max_weight = glue_doubles(max_weight, 1, what)[0],
                               .rows = (int64_t)rows,
                               .unit = glue_ints(unit, rows, 0, INT32_MAX, what),
                               .cell = glue_ints(cell, rows, 0, INT32_MAX, what),
                               .n = glue_doubles(n, rows, what),
                               .sums = sums == R_NilValue ? NULL : glue_vectors(sums, rows, what)};
  const weeg_status status = weeg_tally_from_sums(&from, &tally, &err);
  SEXP result = status == WEEG_OK ? glue_kept_entries(tally, pointer) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}
