#include "glue.h"

#include <math.h>

/* Columns for `size` contrasts, to be filled by glue_set_contrast. */
SEXP glue_new_contrasts(R_xlen_t size) {
  static const char *const names[] = {"estimate",  "std.error", "conf.low", "conf.high",
                                      "statistic", "p.value",   "reason"};
  SEXP result = PROTECT(glue_list(7, names));
  for (int c = 0; c < 7; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c == 6 ? STRSXP : REALSXP, size));
  UNPROTECT(1);
  return result;
}

void glue_set_contrast(SEXP columns, R_xlen_t i, const weeg_contrast *c) {
  const double values[] = {c->estimate, c->std_error, c->low, c->high, c->statistic, c->p_value};
  for (int k = 0; k < 6; k++) REAL(VECTOR_ELT(columns, k))[i] = glue_or_na(values[k]);
  SET_STRING_ELT(VECTOR_ELT(columns, 6), i, glue_reason(c->reason));
}

/* Contrasts of proportions p1 and p2 with variances v1 and v2 and covariance v12; df is that of all. */
SEXP glue_proportion_contrasts(SEXP measure, SEXP p1, SEXP p2, SEXP v1, SEXP v2, SEXP v12, SEXP df, SEXP level) {
  weeg_error err = {0};
  weeg_status status = WEEG_OK;
  const R_xlen_t size = Rf_xlength(measure);
  const int *kind = glue_ints(measure, -1, 0, INT32_MAX, "the measures");
  SEXP given[] = {p1, p2, v1, v2, v12};
  const double *x[5];
  for (int k = 0; k < 5; k++) x[k] = glue_doubles(given[k], size, "a proportion");
  SEXP result = PROTECT(glue_new_contrasts(size));
  for (R_xlen_t i = 0; i < size && status == WEEG_OK; i++) {
    weeg_contrast c;
    status = weeg_compare_proportions((weeg_measure)kind[i],
                                      &(weeg_two_proportions){x[0][i], x[1][i], x[2][i], x[3][i], x[4][i]},
                                      (int64_t)Rf_asReal(df), Rf_asReal(level), &c, &err);
    if (status == WEEG_OK) glue_set_contrast(result, i, &c);
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* ---- models of tallies with names -------------------------------------------------------------------------------- */

weeg_terms glue_terms(SEXP list, const weeg_frame *frame) {
  static const char *const what = "the terms of the model";
  const int terms = Rf_length(list);
  int count = 0;
  int32_t *start = (int32_t *)R_alloc((size_t)terms + 1, sizeof *start);
  if (TYPEOF(list) != VECSXP) glue_broken(what);
  for (int t = 0; t < terms; t++) count += Rf_length(VECTOR_ELT(list, t));
  int32_t *variable = (int32_t *)R_alloc((size_t)count + 1, sizeof *variable);
  start[0] = 0;
  for (int t = 0; t < terms; t++) {
    const int size = Rf_length(VECTOR_ELT(list, t)), *of = glue_ints(VECTOR_ELT(list, t), -1, 1, frame->variables, what);
    for (int i = 0; i < size; i++) variable[start[t] + i] = of[i] - 1;
    start[t + 1] = start[t] + size;
  }
  return (weeg_terms){terms, start, variable};
}

static SEXP level_texts(const weeg_coefficient *all, R_xlen_t count) {
  SEXP texts = PROTECT(Rf_allocVector(STRSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    SET_STRING_ELT(texts, i, all[i].level == NULL ? NA_STRING : Rf_mkCharCE(all[i].level, CE_UTF8));
  }
  UNPROTECT(1);
  return texts;
}

SEXP glue_numbers(const double *x, R_xlen_t count) {
  SEXP to = Rf_allocVector(REALSXP, count);
  for (R_xlen_t i = 0; i < count; i++) REAL(to)[i] = glue_or_na(x[i]);
  return to;
}

static SEXP coefficients_out(const weeg_regression *r) {
  static const char *const names[] = {"term", "level", "contrasts", "odds.ratio", "df"};
  SEXP list = PROTECT(glue_list(5, names)), term = Rf_allocVector(INTSXP, r->coefficients);
  SET_VECTOR_ELT(list, 0, term);
  SET_VECTOR_ELT(list, 1, level_texts(r->coefficient, r->coefficients));
  SET_VECTOR_ELT(list, 2, glue_new_contrasts(r->coefficients));
  for (int k = 3; k < 5; k++) SET_VECTOR_ELT(list, k, Rf_allocVector(REALSXP, r->coefficients));
  for (int i = 0; i < r->coefficients; i++) {
    INTEGER(term)[i] = r->coefficient[i].term + 1;
    glue_set_contrast(VECTOR_ELT(list, 2), i, &r->coefficient[i].value);
    REAL(VECTOR_ELT(list, 3))[i] = glue_or_na(r->coefficient[i].odds_ratio);
    REAL(VECTOR_ELT(list, 4))[i] = r->coefficient[i].value.df_used;
  }
  UNPROTECT(1);
  return list;
}

static SEXP tests_out(const weeg_term_test *test, int terms) {
  static const char *const names[] = {"statistic", "num.df", "den.df", "p.value", "reason"};
  SEXP list = PROTECT(glue_list(5, names));
  for (int k = 0; k < 5; k++) SET_VECTOR_ELT(list, k, Rf_allocVector(k == 1 ? INTSXP : k == 4 ? STRSXP : REALSXP, terms));
  for (int t = 0; t < terms; t++) {
    REAL(VECTOR_ELT(list, 0))[t] = glue_or_na(test[t].wald.f);
    INTEGER(VECTOR_ELT(list, 1))[t] = test[t].count;
    REAL(VECTOR_ELT(list, 2))[t] = test[t].df2;
    REAL(VECTOR_ELT(list, 3))[t] = glue_or_na(test[t].wald.p_value);
    SET_STRING_ELT(VECTOR_ELT(list, 4), t, glue_reason(test[t].wald.reason));
  }
  UNPROTECT(1);
  return list;
}

static SEXP regression_out(const weeg_regression *r, int variables) {
  static const char *const names[] = {"coefficients", "covariance", "tests", "fit", "df", "ordinal", "answers", "reference",
                                      "patterns", "n", "weighted", "fitted"};
  static const char *const fit_names[] = {"n", "df", "slopes", "iterations", "deviance", "null.deviance"};
  const double fit[] = {(double)r->fit.n, (double)r->fit.df, r->fit.slopes, r->fit.iterations, r->fit.deviance,
                        r->fit.null_deviance};
  const R_xlen_t size = (R_xlen_t)r->patterns * r->levels, count = r->coefficients;
  SEXP list = PROTECT(glue_list(12, names)), about = glue_list(6, fit_names);
  SET_VECTOR_ELT(list, 3, about);
  for (int k = 0; k < 6; k++) SET_VECTOR_ELT(about, k, Rf_ScalarReal(glue_or_na(fit[k])));
  SET_VECTOR_ELT(list, 0, coefficients_out(r));
  SET_VECTOR_ELT(list, 1, glue_numbers(r->covariance, count * count));
  SET_VECTOR_ELT(list, 2, tests_out(r->test, r->terms));
  SET_VECTOR_ELT(list, 4, Rf_ScalarReal((double)r->df));
  SET_VECTOR_ELT(list, 5, Rf_ScalarLogical(r->ordinal));
  if (r->answer != NULL) SET_VECTOR_ELT(list, 6, glue_integers(r->answer, r->levels));
  SET_VECTOR_ELT(list, 7, glue_integers(r->reference, variables));
  SET_VECTOR_ELT(list, 8, glue_integers(r->pattern_level, (R_xlen_t)r->patterns * (variables - 1)));
  SET_VECTOR_ELT(list, 9, glue_numbers(r->n, size));
  SET_VECTOR_ELT(list, 10, glue_numbers(r->weighted, size));
  SET_VECTOR_ELT(list, 11, glue_numbers(r->fitted, size));
  UNPROTECT(1);
  return list;
}

static void release(SEXP pointer) {
  weeg_regression_free((weeg_regression *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* A model of the tally's last variable; modelled: whether each of its levels is, or NULL. Levels are from 0. */
SEXP glue_frame_logistic(SEXP object, SEXP terms, SEXP modelled, SEXP level) {
  weeg_error err = {0};
  weeg_frame f;
  weeg_regression *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  uint8_t *chosen = NULL;
  glue_frame(object, &f);
  const weeg_terms model = glue_terms(terms, &f);
  if (modelled != R_NilValue) {
    const int levels = f.variable[f.variables - 1].levels.count;
    if (TYPEOF(modelled) != LGLSXP || Rf_length(modelled) != levels) glue_broken("the answers of the model");
    chosen = (uint8_t *)R_alloc((size_t)levels + 1, sizeof *chosen);
    for (int k = 0; k < levels; k++) chosen[k] = LOGICAL(modelled)[k] == TRUE;
  }
  const weeg_status status = weeg_frame_logistic(&f, &model, chosen, Rf_asReal(level), &made, &err);
  R_SetExternalPtrAddr(pointer, made);
  SEXP result = PROTECT(status == WEEG_OK ? regression_out(made, f.variables) : glue_failure(&err));
  release(pointer);
  UNPROTECT(2);
  return result;
}
