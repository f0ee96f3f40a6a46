#include "glue.h"

enum { ESTIMATE, ERROR, LOW, HIGH, N, BASE, WEIGHTED, EFFECTIVE, DEFF, DF, REASON, VERDICT, RULE, COLUMNS };

static const char *const NAMES[COLUMNS] = {"estimate",   "std.error",   "conf.low", "conf.high", "n",           "n.base",
                                           "n.weighted", "n.effective", "deff",     "df",        "reason",      "reliability",
                                           "reliability.reason"};

static SEXP verdict_of(const weeg_share *s) {
  static const char *const verdicts[] = {[WEEG_SHOW] = "show", [WEEG_REVIEW] = "review", [WEEG_SUPPRESS] = "suppress"};
  return s->verdict == WEEG_NO_ESTIMATE ? NA_STRING : Rf_mkChar(verdicts[s->verdict]);
}

static SEXP rule_of(const weeg_share *s) {
  return s->rule == WEEG_RULE_NONE ? NA_STRING : Rf_mkChar(weeg_reliability_text(s->rule));
}

/* What is said of shares; where that is what is said of the one before, it is not looked up. */
static void set_words(SEXP result, const weeg_share *shares, R_xlen_t count) {
  SEXP reason = VECTOR_ELT(result, REASON), verdict = VECTOR_ELT(result, VERDICT), rule = VECTOR_ELT(result, RULE);
  for (R_xlen_t i = 0; i < count; i++) {
    const weeg_share *s = &shares[i], *before = i > 0 ? s - 1 : NULL;
    const bool no_news[] = {i > 0 && before->reason == s->reason, i > 0 && before->verdict == s->verdict,
                            i > 0 && before->rule == s->rule};
    SET_STRING_ELT(reason, i, no_news[0] ? STRING_ELT(reason, i - 1) : glue_reason(s->reason));
    SET_STRING_ELT(verdict, i, no_news[1] ? STRING_ELT(verdict, i - 1) : verdict_of(s));
    SET_STRING_ELT(rule, i, no_news[2] ? STRING_ELT(rule, i - 1) : rule_of(s));
  }
}

SEXP glue_share_columns(const weeg_share *shares, R_xlen_t count) {
  SEXP result = PROTECT(glue_list(COLUMNS, NAMES));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k < REASON ? REALSXP : STRSXP, count));
  double *column[REASON];
  for (int k = 0; k < REASON; k++) column[k] = REAL(VECTOR_ELT(result, k));
  for (R_xlen_t i = 0; i < count; i++) {
    const weeg_share *s = &shares[i];
    const double values[] = {s->estimate,       s->std_error, s->low,         s->high, (double)s->n,
                             (double)s->base_n, s->weighted,  s->n_effective, s->deff, s->df_used};
    for (int k = 0; k < REASON; k++) column[k][i] = glue_or_na(values[k]);
  }
  set_words(result, shares, count);
  UNPROTECT(1);
  return result;
}

weeg_share *glue_new_shares(R_xlen_t count) {
  return (weeg_share *)R_alloc((size_t)count + 1, sizeof(weeg_share));
}

weeg_interval_choice glue_interval(SEXP method, SEXP level) {
  return (weeg_interval_choice){(weeg_interval_method)Rf_asInteger(method), Rf_asReal(level)};
}

/* Columns of group x answer (answers fastest). */
SEXP glue_proportions(SEXP object, SEXP places, SEXP method, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_interval_choice choice = glue_interval(method, level);
  const R_xlen_t count = (R_xlen_t)at.groups * at.answers;
  weeg_share *shares = glue_new_shares(count);
  if (weeg_shares(survey, &at, &choice, shares, &err) != WEEG_OK) return glue_failure(&err);
  return glue_share_columns(shares, count);
}

/* The same columns of proportions of which these are known; n and n.weighted are 0. */
SEXP glue_shares(SEXP estimate, SEXP variance, SEXP base, SEXP df, SEXP method, SEXP level) {
  weeg_error err = {0};
  const R_xlen_t size = Rf_xlength(estimate);
  const double *p = glue_doubles(estimate, -1, "an estimate"), *v = glue_doubles(variance, size, "a variance");
  const double *rows = glue_doubles(base, size, "a count"), *freedom = glue_doubles(df, size, "the degrees of freedom");
  const weeg_interval_choice choice = glue_interval(method, level);
  weeg_share *shares = glue_new_shares(size);
  for (R_xlen_t i = 0; i < size; i++) {
    shares[i] = (weeg_share){.estimate = p[i], .variance = v[i], .base_n = (int64_t)rows[i], .df = (int64_t)freedom[i]};
  }
  if (weeg_finish_shares(shares, size, &choice, glue_patience(), &err) != WEEG_OK) return glue_failure(&err);
  return glue_share_columns(shares, size);
}
