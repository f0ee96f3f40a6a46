#include "glue.h"

#include <math.h>

enum { ESTIMATE, ERROR, LOW, HIGH, STATISTIC, P_VALUE, DF, REASON, COLUMNS };

/* Design degrees of freedom of the rows in either of two groups. */
static weeg_status pair_df(const weeg_tally *tally, const weeg_design *design, const int32_t *cell_group, int first,
                           int second, int32_t *domain_of, int64_t *df, weeg_error *err) {
  for (int c = 0; c < tally->cells; c++) {
    domain_of[c] = cell_group[c] == first || cell_group[c] == second ? 0 : -1;
  }
  return weeg_design_df(tally, design, domain_of, 1, df, err);
}

static void fill(SEXP result, R_xlen_t row, const weeg_contrast *c, int64_t df) {
  const double values[] = {c->estimate, c->std_error, c->low, c->high, c->statistic, c->p_value, (double)df};
  for (int k = 0; k <= DF; k++) REAL(VECTOR_ELT(result, k))[row] = isnan(values[k]) ? NA_REAL : values[k];
  SET_STRING_ELT(VECTOR_ELT(result, REASON), row,
                 c->reason == WEEG_REASON_NONE ? NA_STRING : Rf_mkChar(weeg_reason_text(c->reason)));
}

/*
 * Contrasts of group first[i] with second[i] (from 0) in every level, for each measure: rows run over measures, then
 * pairs, then levels (fastest).
 */
SEXP glue_compare(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP first, SEXP second,
                  SEXP measures, SEXP level) {
  static const char *const names[] = {"estimate",  "std.error", "conf.low", "conf.high",
                                      "statistic", "p.value",   "df",       "reason"};
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int g = Rf_asInteger(groups), k = Rf_asInteger(levels), pairs = Rf_length(first);
  const size_t outputs = (size_t)g * (size_t)k;
  const R_xlen_t rows = (R_xlen_t)Rf_length(measures) * pairs * k;
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int c = 0; c < COLUMNS; c++) {
    SET_VECTOR_ELT(result, c, Rf_allocVector(c == REASON ? STRSXP : REALSXP, rows));
  }
  double *p = (double *)R_alloc(outputs + 1, sizeof *p);
  double *v = (double *)R_alloc(outputs * outputs + 1, sizeof *v);
  int32_t *domain_of = (int32_t *)R_alloc((size_t)tally.cells + 1, sizeof *domain_of);
  weeg_status status = weeg_proportions(&tally, &design, INTEGER_RO(cell_group), g, INTEGER_RO(cell_level), k, NULL,
                                        NULL, p, NULL, NULL, NULL, &err);
  if (status == WEEG_OK) {
    status = weeg_proportion_covariance(&tally, &design, INTEGER_RO(cell_group), g, INTEGER_RO(cell_level), k, p, v,
                                        &err);
  }
  for (int i = 0; i < pairs && status == WEEG_OK; i++) {
    const int a = INTEGER_RO(first)[i], b = INTEGER_RO(second)[i];
    int64_t df = 0;
    status = pair_df(&tally, &design, INTEGER_RO(cell_group), a, b, domain_of, &df, &err);
    for (int m = 0; m < Rf_length(measures); m++) {
      for (int l = 0; l < k && status == WEEG_OK; l++) {
        const size_t x = (size_t)a * (size_t)k + (size_t)l, y = (size_t)b * (size_t)k + (size_t)l;
        weeg_contrast contrast;
        status = weeg_compare_proportions((weeg_measure)INTEGER_RO(measures)[m], p[x], p[y], v[x * outputs + x],
                                          v[y * outputs + y], v[x * outputs + y], df, Rf_asReal(level), &contrast,
                                          &err);
        if (status == WEEG_OK) fill(result, ((R_xlen_t)m * pairs + i) * k + l, &contrast, df);
      }
    }
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* p-values adjusted for multiplicity. */
SEXP glue_adjust(SEXP p, SEXP method) {
  weeg_error err = {0};
  SEXP adjusted = PROTECT(Rf_allocVector(REALSXP, Rf_xlength(p)));
  const weeg_status status =
      weeg_adjust_p((weeg_adjustment)Rf_asInteger(method), REAL_RO(p), Rf_xlength(p), REAL(adjusted), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? adjusted : glue_failure(&err);
}
