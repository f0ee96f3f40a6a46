#include "glue.h"

#include <math.h>

enum { N, WEIGHTED, ESTIMATE, ERROR, LOW, HIGH, EFFECTIVE, DEFF, REASON, BASE_N, DF, COLUMNS };

static const char *const NAMES[COLUMNS] = {"n",           "n.weighted", "estimate", "std.error", "conf.low", "conf.high",
                                           "n.effective", "deff",       "reason",   "base.n",    "df"};

/* The reason as text, NA where there is none. */
static SEXP reason_string(weeg_reason reason) {
  return reason == WEEG_REASON_NONE ? NA_STRING : Rf_mkChar(weeg_reason_text(reason));
}

static double or_na(double value) { return isnan(value) ? NA_REAL : value; }

static weeg_status add_intervals(SEXP result, const double *variance, const int64_t *base_n, const int64_t *df,
                                 int groups, int levels, weeg_interval_method method, double level, weeg_error *err) {
  for (int o = 0; o < groups * levels; o++) {
    const int g = o / levels;
    const double p = REAL(VECTOR_ELT(result, ESTIMATE))[o];
    weeg_interval interval;
    const weeg_status status =
        weeg_proportion_interval(method, p, variance[o], base_n[g], df[g], level, &interval, err);
    if (status != WEEG_OK) return status;
    REAL(VECTOR_ELT(result, ESTIMATE))[o] = or_na(p);
    REAL(VECTOR_ELT(result, ERROR))[o] = or_na(sqrt(variance[o]));
    REAL(VECTOR_ELT(result, LOW))[o] = or_na(interval.low);
    REAL(VECTOR_ELT(result, HIGH))[o] = or_na(interval.high);
    REAL(VECTOR_ELT(result, EFFECTIVE))[o] = or_na(weeg_n_effective(p, variance[o], base_n[g]));
    REAL(VECTOR_ELT(result, DEFF))[o] = or_na(weeg_deff(p, variance[o], base_n[g]));
    SET_STRING_ELT(VECTOR_ELT(result, REASON), o, reason_string(interval.reason));
  }
  return WEEG_OK;
}

/* Columns of group x level (levels fastest), and base.n and df per group. */
SEXP glue_proportions(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP method,
                      SEXP level) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int g = Rf_asInteger(groups), k = Rf_asInteger(levels);
  const R_xlen_t size = (R_xlen_t)g * k;
  SEXP result = PROTECT(glue_list(COLUMNS, NAMES));
  for (int column = 0; column < COLUMNS; column++) {
    const R_xlen_t rows = column == BASE_N || column == DF ? g : size;
    SET_VECTOR_ELT(result, column, Rf_allocVector(column == REASON ? STRSXP : REALSXP, rows));
  }
  int64_t *n = (int64_t *)R_alloc((size_t)size + 1, sizeof *n);
  int64_t *base_n = (int64_t *)R_alloc((size_t)g + 1, sizeof *base_n);
  int64_t *df = (int64_t *)R_alloc((size_t)g + 1, sizeof *df);
  double *variance = (double *)R_alloc((size_t)size + 1, sizeof *variance);
  weeg_status status = weeg_proportions(&tally, &design, INTEGER_RO(cell_group), g, INTEGER_RO(cell_level), k, n,
                                        REAL(VECTOR_ELT(result, WEIGHTED)), REAL(VECTOR_ELT(result, ESTIMATE)),
                                        variance, base_n, df, &err);
  if (status == WEEG_OK) {
    status = add_intervals(result, variance, base_n, df, g, k, (weeg_interval_method)Rf_asInteger(method),
                           Rf_asReal(level), &err);
  }
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  for (R_xlen_t o = 0; o < size; o++) REAL(VECTOR_ELT(result, N))[o] = (double)n[o];
  for (int i = 0; i < g; i++) {
    REAL(VECTOR_ELT(result, BASE_N))[i] = (double)base_n[i];
    REAL(VECTOR_ELT(result, DF))[i] = (double)df[i];
  }
  UNPROTECT(1);
  return result;
}

/* Full covariance matrix of the proportions, for vcov(). */
SEXP glue_covariance(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP estimate) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int g = Rf_asInteger(groups), k = Rf_asInteger(levels);
  SEXP matrix = PROTECT(Rf_allocMatrix(REALSXP, g * k, g * k));
  const weeg_status status = weeg_proportion_covariance(&tally, &design, INTEGER_RO(cell_group), g,
                                                        INTEGER_RO(cell_level), k, REAL_RO(estimate), REAL(matrix),
                                                        &err);
  UNPROTECT(1);
  return status == WEEG_OK ? matrix : glue_failure(&err);
}
