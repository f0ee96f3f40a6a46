/* The words of choices and the table of conventions, which stand in the core. */
#include "glue.h"

/* What R/conventions.R calls them. */
static const char *const names[WEEG_VOCABULARIES] = {
    [WEEG_WORDS_LONELY] = "lonely_rules",           [WEEG_WORDS_DF] = "df_rules",
    [WEEG_WORDS_PPS] = "pps_methods",               [WEEG_TITLES_PPS] = "pps_titles",
    [WEEG_WORDS_MISSING] = "missing_choices",       [WEEG_WORDS_NA_WEIGHTS] = "weight_rules",
    [WEEG_WORDS_ON_ERROR] = "error_rules",          [WEEG_WORDS_ENCODING] = "encodings",
    [WEEG_WORDS_CALIBRATION] = "calibration_methods", [WEEG_WORDS_REPLICATES] = "replicate_types",
    [WEEG_WORDS_MADE_REPLICATES] = "made_types",    [WEEG_WORDS_INTERVAL] = "interval_methods",
    [WEEG_WORDS_TEST] = "test_methods",             [WEEG_WORDS_ORDER_TEST] = "order_tests",
    [WEEG_WORDS_PROPORTIONS] = "proportion_choices", [WEEG_WORDS_PERCENT] = "percent_choices",
    [WEEG_WORDS_MEASURE] = "compare_measures",      [WEEG_WORDS_AGAINST] = "against_choices",
    [WEEG_WORDS_ADJUSTMENT] = "adjustments",        [WEEG_WORDS_EFFECT] = "association_measures",
    [WEEG_WORDS_BASE] = "base_choices",             [WEEG_WORDS_CODING] = "coding_choices",
    [WEEG_WORDS_RULE] = "quantile_rules",           [WEEG_WORDS_LIMITS] = "quantile_limits",
    [WEEG_TEXTS_DF] = "df_texts",                   [WEEG_TEXTS_MISSING] = "missing_texts",
    [WEEG_TEXTS_REPLICATES] = "replicate_names",    [WEEG_TEXTS_MADE_REPLICATES] = "made_names",
    [WEEG_TITLES_TEST] = "test_titles",             [WEEG_TITLES_ORDER_TEST] = "order_titles",
    [WEEG_TITLES_EFFECT] = "association_titles",    [WEEG_TITLES_MEASURE] = "measure_words",
    [WEEG_HEADERS_MEASURE] = "measure_headers",     [WEEG_WORDS_MEAN_MEASURE] = "mean_measures",
};

static SEXP words_of(weeg_vocabulary which) {
  const char *const *word = weeg_words(which);
  R_xlen_t count = 0;
  while (word[count] != NULL) count++;
  SEXP found = PROTECT(Rf_allocVector(STRSXP, count));
  for (R_xlen_t i = 0; i < count; i++) SET_STRING_ELT(found, i, Rf_mkCharCE(word[i], CE_UTF8));
  UNPROTECT(1);
  return found;
}

/* list(profile, program, df, lonely, interval, test, proportions, missing) */
static SEXP profiles(void) {
  static const char *const columns[] = {"profile", "program", "df", "lonely", "interval", "test", "proportions", "missing"};
  int32_t count = 0;
  const weeg_profile *p = weeg_profiles(&count);
  SEXP table = PROTECT(Rf_allocVector(VECSXP, 8));
  SEXP heads = PROTECT(Rf_allocVector(STRSXP, 8));
  for (int k = 0; k < 8; k++) {
    SET_STRING_ELT(heads, k, Rf_mkChar(columns[k]));
    SET_VECTOR_ELT(table, k, Rf_allocVector(STRSXP, count));
  }
  for (int32_t i = 0; i < count; i++) {
    const char *const cells[] = {
        p[i].name, p[i].program, weeg_words(WEEG_WORDS_DF)[p[i].df], weeg_words(WEEG_WORDS_LONELY)[p[i].lonely],
        weeg_words(WEEG_WORDS_INTERVAL)[p[i].interval], weeg_words(WEEG_WORDS_TEST)[p[i].test],
        weeg_words(WEEG_WORDS_PROPORTIONS)[p[i].null_proportions], weeg_words(WEEG_WORDS_MISSING)[p[i].missing]};
    for (int k = 0; k < 8; k++) SET_STRING_ELT(VECTOR_ELT(table, k), i, Rf_mkChar(cells[k]));
  }
  Rf_setAttrib(table, R_NamesSymbol, heads);
  UNPROTECT(2);
  return table;
}

/* All of them by name, and then the profiles. */
SEXP glue_conventions(void) {
  SEXP all = PROTECT(Rf_allocVector(VECSXP, WEEG_VOCABULARIES + 1));
  SEXP heads = PROTECT(Rf_allocVector(STRSXP, WEEG_VOCABULARIES + 1));
  for (int k = 0; k < WEEG_VOCABULARIES; k++) {
    SET_STRING_ELT(heads, k, Rf_mkChar(names[k]));
    SET_VECTOR_ELT(all, k, words_of((weeg_vocabulary)k));
  }
  SET_STRING_ELT(heads, WEEG_VOCABULARIES, Rf_mkChar("profiles"));
  SET_VECTOR_ELT(all, WEEG_VOCABULARIES, profiles());
  Rf_setAttrib(all, R_NamesSymbol, heads);
  UNPROTECT(2);
  return all;
}
