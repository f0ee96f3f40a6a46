#include "glue.h"

#include <math.h>

enum { N, WEIGHTED, ESTIMATE, ERROR, LOW, HIGH, EFFECTIVE, DEFF, REASON, BASE_N, DF, COLUMNS };

static const char *const NAMES[COLUMNS] = {"n",        "n.weighted", "estimate",    "std.error",
                                           "conf.low", "conf.high",  "n.effective", "deff",
                                           "reason",   "base.n",     "df"};

static weeg_status add_intervals(SEXP result, const double *variance, const int64_t *base_n, const int64_t *df,
                                 int groups, int levels, weeg_interval_method method, double level, weeg_error *err) {
  const size_t size = (size_t)groups * (size_t)levels;
  double *estimate = REAL(VECTOR_ELT(result, ESTIMATE));
  weeg_interval *interval = (weeg_interval *)R_alloc(size + 1, sizeof *interval);
  int64_t *n = (int64_t *)R_alloc(size + 1, sizeof *n), *nu = (int64_t *)R_alloc(size + 1, sizeof *nu);
  for (size_t o = 0; o < size; o++) {
    n[o] = base_n[o / (size_t)levels];
    nu[o] = df[o / (size_t)levels];
  }
  weeg_status status = WEEG_OK;
  for (size_t at = 0; at < size && status == WEEG_OK; at += GLUE_AT_A_TIME) {
    const size_t count = size - at < GLUE_AT_A_TIME ? size - at : GLUE_AT_A_TIME;
    status = weeg_proportion_intervals(method, (int64_t)count, estimate + at, variance + at, n + at, nu + at, level,
                                       interval + at, err);
    R_CheckUserInterrupt(); /* all memory here is R's: a jump leaks nothing */
  }
  for (size_t o = 0; o < size && status == WEEG_OK; o++) {
    const double p = estimate[o];
    estimate[o] = glue_or_na(p);
    REAL(VECTOR_ELT(result, ERROR))[o] = glue_or_na(sqrt(variance[o]));
    REAL(VECTOR_ELT(result, LOW))[o] = glue_or_na(interval[o].low);
    REAL(VECTOR_ELT(result, HIGH))[o] = glue_or_na(interval[o].high);
    REAL(VECTOR_ELT(result, EFFECTIVE))[o] = glue_or_na(weeg_n_effective(p, variance[o], n[o]));
    REAL(VECTOR_ELT(result, DEFF))[o] = glue_or_na(weeg_deff(p, variance[o], n[o]));
    SET_STRING_ELT(VECTOR_ELT(result, REASON), (R_xlen_t)o, glue_reason(interval[o].reason));
  }
  return status;
}

/* What the core fills, as it is given to R: an empty list of columns, and arrays beside it. */
glue_shares glue_new_shares(int groups, int levels) {
  const R_xlen_t size = (R_xlen_t)groups * levels;
  glue_shares s = {.groups = groups, .levels = levels, .result = PROTECT(glue_list(COLUMNS, NAMES))};
  for (int column = 0; column < COLUMNS; column++) {
    const R_xlen_t rows = column == BASE_N || column == DF ? groups : size;
    SET_VECTOR_ELT(s.result, column, Rf_allocVector(column == REASON ? STRSXP : REALSXP, rows));
  }
  s.n = (int64_t *)R_alloc((size_t)size + 1, sizeof *s.n);
  s.base_n = (int64_t *)R_alloc((size_t)groups + 1, sizeof *s.base_n);
  s.df = (int64_t *)R_alloc((size_t)groups + 1, sizeof *s.df);
  s.variance = (double *)R_alloc((size_t)size + 1, sizeof *s.variance);
  s.weighted = REAL(VECTOR_ELT(s.result, WEIGHTED));
  s.estimate = REAL(VECTOR_ELT(s.result, ESTIMATE));
  UNPROTECT(1);
  return s;
}

weeg_status glue_finish_shares(const glue_shares *s, SEXP method, SEXP level, weeg_error *err) {
  const weeg_status status = add_intervals(s->result, s->variance, s->base_n, s->df, s->groups, s->levels,
                                           (weeg_interval_method)Rf_asInteger(method), Rf_asReal(level), err);
  for (R_xlen_t o = 0; o < (R_xlen_t)s->groups * s->levels; o++) REAL(VECTOR_ELT(s->result, N))[o] = (double)s->n[o];
  for (int i = 0; i < s->groups; i++) {
    REAL(VECTOR_ELT(s->result, BASE_N))[i] = (double)s->base_n[i];
    REAL(VECTOR_ELT(s->result, DF))[i] = (double)s->df[i];
  }
  return status;
}

/* Columns of group x level (levels fastest), and base.n and df per group. */
SEXP glue_proportions(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP method,
                      SEXP level) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  glue_shares s = glue_new_shares(glue_count(groups), glue_count(levels));
  PROTECT(s.result);
  weeg_status status = weeg_proportions(&tally, &design, glue_places(cell_group, &tally, s.groups), s.groups,
                                        glue_places(cell_level, &tally, s.levels), s.levels, s.n, s.weighted,
                                        s.estimate, s.variance, s.base_n, s.df, &err);
  if (status == WEEG_OK) status = glue_finish_shares(&s, method, level, &err);
  UNPROTECT(1);
  return status == WEEG_OK ? s.result : glue_failure(&err);
}

/* Full covariance matrix of the proportions, for vcov(). */
SEXP glue_covariance(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP estimate) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int g = glue_count(groups), k = glue_count(levels);
  const double *p = glue_doubles(estimate, (R_xlen_t)g * k, "the estimates");
  SEXP matrix = PROTECT(Rf_allocMatrix(REALSXP, g * k, g * k));
  const weeg_status status = weeg_proportion_covariance(&tally, &design, glue_places(cell_group, &tally, g), g,
                                                        glue_places(cell_level, &tally, k), k, p, REAL(matrix), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? matrix : glue_failure(&err);
}
