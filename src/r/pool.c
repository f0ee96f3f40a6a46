#include "glue.h"

/* Figures of completed data sets: matrices with a row for each set and a column for each figure. */
static weeg_completed *completed(SEXP estimate, SEXP variance, SEXP df, R_xlen_t *count) {
  const int sets = Rf_isMatrix(estimate) ? Rf_nrows(estimate) : 0;
  const R_xlen_t size = Rf_xlength(estimate);
  const double *x = glue_doubles(estimate, size, "estimates"), *v = glue_doubles(variance, size, "variances");
  const double *freedom = glue_doubles(df, size, "degrees of freedom");
  if (sets < 1) glue_broken("estimates");
  *count = size / sets;
  weeg_completed *of = (weeg_completed *)R_alloc((size_t)*count + 1, sizeof *of);
  for (R_xlen_t i = 0; i < *count; i++) of[i] = (weeg_completed){x + i * sets, v + i * sets, freedom + i * sets, sets};
  return of;
}

/* The columns of proportions, whose n and n.weighted are 0, and the fraction of missing information of each. */
SEXP glue_pool_shares(SEXP estimate, SEXP variance, SEXP df, SEXP base, SEXP method, SEXP level, SEXP cautious) {
  static const char *const names[] = {"shares", "fmi"};
  weeg_error err = {0};
  R_xlen_t count;
  const weeg_completed *of = completed(estimate, variance, df, &count);
  const double *rows = glue_doubles(base, count, "counts");
  const weeg_pool_shares_choice choice = {glue_interval(method, level), Rf_asLogical(cautious) == TRUE};
  weeg_pooled_share *to = (weeg_pooled_share *)R_alloc((size_t)count + 1, sizeof *to);
  weeg_share *shares = glue_new_shares(count);
  for (R_xlen_t i = 0; i < count; i++) to[i].share = (weeg_share){.base_n = (int64_t)rows[i]};
  if (weeg_pool_shares(of, count, &choice, to, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    shares[i] = to[i].share;
    REAL(VECTOR_ELT(result, 1))[i] = glue_or_na(to[i].missing);
  }
  SET_VECTOR_ELT(result, 0, glue_share_columns(shares, count));
  UNPROTECT(1);
  return result;
}

/* Columns of figures with a test. measure and bounded: of each; null: one, or of each. */
SEXP glue_pool_contrasts(SEXP estimate, SEXP variance, SEXP df, SEXP measure, SEXP bounded, SEXP null, SEXP level) {
  enum { NUMBERS = 8 };
  static const char *const names[] = {"estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value", "fmi",
                                      "reason"};
  weeg_error err = {0};
  R_xlen_t count;
  const weeg_completed *of = completed(estimate, variance, df, &count);
  const int *measures = glue_ints(measure, count, WEEG_DIFFERENCE, WEEG_NUMBER_NEEDED, "measures");
  const double *nulls = glue_doubles(null, count, "hypotheses");
  const bool z = Rf_asLogical(bounded) == TRUE;
  SEXP result = PROTECT(glue_list(NUMBERS + 1, names));
  for (int c = 0; c <= NUMBERS; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c == NUMBERS ? STRSXP : REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    const weeg_pool_choice choice = {(weeg_measure)measures[i], z, nulls[i], Rf_asReal(level)};
    weeg_contrast x;
    double missing;
    if (weeg_pool_contrast(&of[i], &choice, &x, &missing, &err) != WEEG_OK) {
      UNPROTECT(1);
      return glue_failure(&err);
    }
    const double numbers[] = {x.estimate, x.std_error, x.low, x.high, x.statistic, x.df_used, x.p_value, missing};
    for (int c = 0; c < NUMBERS; c++) REAL(VECTOR_ELT(result, c))[i] = glue_or_na(numbers[c]);
    SET_STRING_ELT(VECTOR_ELT(result, NUMBERS), i, glue_reason(x.reason));
  }
  UNPROTECT(1);
  return result;
}
