#include "glue.h"

#include <math.h>

/* Design-based adjusted residuals, row-major. */
SEXP glue_residuals(SEXP object, SEXP cell_row, SEXP rows, SEXP cell_column, SEXP columns) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int r = glue_count(rows), c = glue_count(columns);
  SEXP z = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)r * c));
  const weeg_status status =
      weeg_residuals(&tally, &design, glue_places(cell_row, &tally, r), r, glue_places(cell_column, &tally, c), c, REAL(z), &err);
  for (R_xlen_t o = 0; o < Rf_xlength(z); o++) {
    if (isnan(REAL(z)[o])) REAL(z)[o] = NA_REAL;
  }
  UNPROTECT(1);
  return status == WEEG_OK ? z : glue_failure(&err);
}
