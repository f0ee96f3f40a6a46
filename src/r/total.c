#include "glue.h"

enum { N, ESTIMATE, ERROR, LOW, HIGH, CV, DF, REASON, VERDICT, RULE, COLUMNS };

static SEXP total_columns(const weeg_total *totals, int size) {
  static const char *const names[COLUMNS] = {"n",  "estimate", "std.error", "conf.low",    "conf.high",
                                             "cv", "df",       "reason",    "reliability", "reliability.reason"};
  static const char *const verdicts[] = {[WEEG_SHOW] = "show", [WEEG_REVIEW] = "review", [WEEG_SUPPRESS] = "suppress"};
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k < REASON ? REALSXP : STRSXP, size));
  for (int o = 0; o < size; o++) {
    const weeg_total *t = &totals[o];
    const double values[] = {(double)t->n, t->estimate, t->std_error, t->low, t->high, t->cv, (double)t->df};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(result, k))[o] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), o, glue_reason(t->reason));
    SET_STRING_ELT(VECTOR_ELT(result, VERDICT), o,
                   t->verdict == WEEG_NO_ESTIMATE ? NA_STRING : Rf_mkChar(verdicts[t->verdict]));
    SET_STRING_ELT(VECTOR_ELT(result, RULE), o,
                   t->rule == WEEG_RULE_NONE ? NA_STRING : Rf_mkChar(weeg_reliability_text(t->rule)));
  }
  UNPROTECT(1);
  return result;
}

/* Columns of population totals; whether limits are those of the logarithm. */
SEXP glue_totals(SEXP object, SEXP places, SEXP logarithm, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const int size = at.groups * at.answers;
  weeg_total *totals = (weeg_total *)R_alloc((size_t)size + 1, sizeof *totals);
  if (weeg_totals(survey, &at, Rf_asReal(level), totals, &err) != WEEG_OK) return glue_failure(&err);
  if (Rf_asLogical(logarithm) == TRUE) weeg_log_limits(totals, size);
  return total_columns(totals, size);
}

/* A count that came from R: 0 for what is none. */
static int64_t whole(double x) { return x >= 0 && x < 9007199254740992.0 ? (int64_t)x : 0; }

/* The same columns of counts of which these are known, with limits of the logarithm in place of these. */
SEXP glue_judge(SEXP estimate, SEXP error, SEXP low, SEXP high, SEXP n, SEXP df) {
  weeg_error err = {0};
  const R_xlen_t size = Rf_xlength(estimate);
  const double *y = glue_doubles(estimate, -1, "an estimate"), *e = glue_doubles(error, size, "a standard error");
  const double *l = glue_doubles(low, size, "a limit"), *h = glue_doubles(high, size, "a limit");
  const double *rows = glue_doubles(n, size, "a count"), *freedom = glue_doubles(df, size, "the degrees of freedom");
  weeg_total *totals = (weeg_total *)R_alloc((size_t)size + 1, sizeof *totals);
  for (R_xlen_t i = 0; i < size; i++) {
    totals[i] = (weeg_total){.n = whole(rows[i]), .df = whole(freedom[i]), .estimate = y[i], .std_error = e[i], .low = l[i],
                             .high = h[i]};
  }
  if (weeg_judge_totals(totals, size, &err) != WEEG_OK) return glue_failure(&err);
  weeg_log_limits(totals, size);
  return total_columns(totals, (int)size);
}
