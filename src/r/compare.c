#include "glue.h"

enum { ESTIMATE, ERROR, LOW, HIGH, STATISTIC, P_VALUE, DF, REASON, COLUMNS };

/* What a .Call holds: a tally, and sets of groups of a table. */
typedef struct held {
  const weeg_survey *survey;
  weeg_places places;
  weeg_sets sets;
} held;

/* A list of integer vectors of numbers 1 .. most, one after the other: start[length + 1], item[] from 0. */
static void unlist(SEXP list, int most, int64_t **start, int32_t **item) {
  static const char *const what = "the groups that are compared";
  const R_xlen_t count = Rf_xlength(list);
  if (TYPEOF(list) != VECSXP) glue_broken(what);
  *start = (int64_t *)R_alloc((size_t)count + 1, sizeof **start);
  (*start)[0] = 0;
  for (R_xlen_t i = 0; i < count; i++) (*start)[i + 1] = (*start)[i] + Rf_xlength(VECTOR_ELT(list, i));
  *item = (int32_t *)R_alloc((size_t)(*start)[count] + 1, sizeof **item);
  for (R_xlen_t i = 0; i < count; i++) {
    const int *from = glue_ints(VECTOR_ELT(list, i), -1, 1, most, what);
    for (int64_t k = (*start)[i]; k < (*start)[i + 1]; k++) (*item)[k] = from[k - (*start)[i]] - 1;
  }
}

/* members: a list of the numbers, from 1, of the groups in each set. measure: that of which there are means, 0: none. */
weeg_sets glue_group_sets(const weeg_places *places, SEXP members, int measure) {
  int64_t *start = NULL;
  int32_t *group = NULL;
  unlist(members, places->groups, &start, &group);
  return (weeg_sets){places, Rf_length(members), start, group, measure};
}

static void hold(held *h, SEXP object, SEXP places, SEXP members, SEXP number) {
  h->survey = glue_survey(object);
  h->places = glue_table(places, h->survey->tally);
  h->sets = glue_group_sets(&h->places, members, glue_count(number));
}

static SEXP new_columns(R_xlen_t rows) {
  static const char *const names[] = {"estimate",  "std.error", "conf.low", "conf.high",
                                      "statistic", "p.value",   "df",       "reason"};
  SEXP columns = PROTECT(glue_list(COLUMNS, names));
  for (int c = 0; c < COLUMNS; c++) {
    SET_VECTOR_ELT(columns, c, Rf_allocVector(c == REASON ? STRSXP : REALSXP, rows));
  }
  UNPROTECT(1);
  return columns;
}

/* Contrasts as columns. */
SEXP glue_contrast_columns(const weeg_contrast *contrasts, R_xlen_t rows) {
  SEXP result = PROTECT(new_columns(rows)), reason = VECTOR_ELT(result, REASON);
  double *column[REASON];
  for (int k = 0; k < REASON; k++) column[k] = REAL(VECTOR_ELT(result, k));
  for (R_xlen_t i = 0; i < rows; i++) {
    const weeg_contrast *c = &contrasts[i];
    const double values[] = {c->estimate, c->std_error, c->low, c->high, c->statistic, c->p_value, c->df_used};
    for (int k = 0; k < REASON; k++) column[k][i] = glue_or_na(values[k]);
    SET_STRING_ELT(reason, i, c->reason == WEEG_REASON_NONE ? NA_STRING : glue_reason(c->reason));
  }
  UNPROTECT(1);
  return result;
}

static weeg_contrast *new_contrasts(R_xlen_t rows) {
  return (weeg_contrast *)R_alloc((size_t)rows + 1, sizeof(weeg_contrast));
}

/*
 * Contrasts of set first[i] with set second[i] (from 0) in every level, for each measure: rows run over measures, then
 * pairs, then levels (fastest). members: a list of the groups, from 1, of each set. Where external is not NULL, it has a
 * proportion for each level and then their variances (of means: a mean and its standard error), which take the place of the
 * second sets.
 */
SEXP glue_compare(SEXP object, SEXP places, SEXP members, SEXP first, SEXP second, SEXP external, SEXP measures, SEXP level,
                  SEXP number) {
  static const char *const what = "the groups that are compared";
  weeg_error err = {0};
  held h;
  hold(&h, object, places, members, number);
  const R_xlen_t pairs = Rf_xlength(first), count = Rf_xlength(measures), k = h.places.answers;
  const int *wanted = glue_ints(measures, -1, 0, INT32_MAX, what);
  weeg_measure *measure = (weeg_measure *)R_alloc((size_t)count + 1, sizeof *measure);
  for (R_xlen_t m = 0; m < count; m++) measure[m] = (weeg_measure)wanted[m];
  const bool figures = external != R_NilValue;
  const double *figure = figures ? glue_doubles(external, 2 * k, what) : NULL;
  const weeg_comparison comparison = {.first = glue_ints(first, -1, 0, h.sets.sets - 1, what),
                                      .second = figures ? NULL : glue_ints(second, pairs, 0, h.sets.sets - 1, what),
                                      .pairs = (int32_t)pairs,
                                      .measure = measure,
                                      .measures = (int32_t)count,
                                      .figure = figure,
                                      .figure_variance = figures && h.sets.measure == 0 ? figure + k : NULL,
                                      .figure_error = figures && h.sets.measure > 0 ? figure + k : NULL,
                                      .level = Rf_asReal(level)};
  weeg_contrast *contrasts = new_contrasts(pairs * count * k);
  if (weeg_compare_sets(h.survey, &h.sets, &comparison, contrasts, &err) != WEEG_OK) return glue_failure(&err);
  return glue_contrast_columns(contrasts, pairs * count * k);
}

/* n and proportions of sets of groups: n [sets], estimate [sets * levels]. */
SEXP glue_sets(SEXP object, SEXP places, SEXP members, SEXP number) {
  static const char *const names[] = {"n", "estimate"};
  weeg_error err = {0};
  held h;
  hold(&h, object, places, members, number);
  SEXP result = PROTECT(glue_list(2, names));
  const R_xlen_t shares = (R_xlen_t)h.sets.sets * h.places.answers;
  int64_t *n = (int64_t *)R_alloc((size_t)h.sets.sets + 1, sizeof *n);
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, h.sets.sets));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, shares));
  double *p = REAL(VECTOR_ELT(result, 1));
  const weeg_status status = weeg_set_proportions(h.survey, &h.sets, n, p, &err);
  for (int s = 0; s < h.sets.sets && status == WEEG_OK; s++) REAL(VECTOR_ELT(result, 0))[s] = (double)n[s];
  for (R_xlen_t o = 0; o < shares && status == WEEG_OK; o++) p[o] = glue_or_na(p[o]);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

static SEXP flags(const uint8_t *x, R_xlen_t count) {
  SEXP result = PROTECT(Rf_allocVector(LGLSXP, count));
  for (R_xlen_t k = 0; k < count; k++) LOGICAL(result)[k] = x[k];
  UNPROTECT(1);
  return result;
}

/* Whether each domain (place[cells], -1: none) has a variance of its own. */
SEXP glue_own_variance(SEXP object, SEXP place, SEXP domains) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const int count = glue_count(domains);
  uint8_t *has = (uint8_t *)R_alloc((size_t)count + 1, sizeof *has);
  if (weeg_own_variance(survey, glue_places(place, survey->tally, count), count, has, &err) != WEEG_OK)
    return glue_failure(&err);
  return flags(has, count);
}

/* Groups and answers without a variance in the table: groups, then answers. */
SEXP glue_levels_alone(SEXP object, SEXP places) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const R_xlen_t count = (R_xlen_t)at.groups + at.answers;
  uint8_t *alone = (uint8_t *)R_alloc((size_t)count + 1, sizeof *alone);
  const weeg_status status = weeg_levels_alone(survey, &at, alone, &err);
  return status == WEEG_OK ? flags(alone, count) : glue_failure(&err);
}

/*
 * Contrasts of groups and, as "n", the rows in their groups. coefs: a column for each contrast; or NULL for the trend over score.
 * Rows run over contrasts, then levels (fastest).
 */
SEXP glue_compare_contrasts(SEXP object, SEXP places, SEXP coefs, SEXP score, SEXP level, SEXP number) {
  static const char *const names[] = {"rows", "n"}, *const what = "the contrasts";
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const bool trend = coefs == R_NilValue;
  const int count = trend ? 1 : Rf_ncols(coefs);
  const weeg_coefficients asked = {
      count, trend ? NULL : glue_doubles(coefs, (R_xlen_t)count * at.groups, what),
      trend ? glue_doubles(score, at.groups, what) : NULL, Rf_asReal(level), glue_count(number)};
  const R_xlen_t rows = (R_xlen_t)count * at.answers;
  weeg_contrast *contrasts = new_contrasts(rows);
  int64_t *n = (int64_t *)R_alloc((size_t)count + 1, sizeof *n);
  if (weeg_compare_contrasts(survey, &at, &asked, n, contrasts, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, glue_contrast_columns(contrasts, rows));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
  for (int i = 0; i < count; i++) REAL(VECTOR_ELT(result, 1))[i] = (double)n[i];
  UNPROTECT(1);
  return result;
}

/* Components of the difference of groups first[i] and second[i]: rows run over pairs, levels, components (fastest). */
SEXP glue_decompose(SEXP object, SEXP places, SEXP first, SEXP second, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_comparison pairs = {.first = glue_ints(first, -1, 0, at.groups - 1, "a group"),
                                 .second = glue_ints(second, Rf_xlength(first), 0, at.groups - 1, "a group"),
                                 .pairs = Rf_length(first),
                                 .level = Rf_asReal(level)};
  const R_xlen_t rows = (R_xlen_t)pairs.pairs * at.answers * WEEG_COMPONENTS;
  weeg_contrast *components = new_contrasts(rows);
  if (weeg_decompose(survey, &at, &pairs, components, &err) != WEEG_OK) return glue_failure(&err);
  return glue_contrast_columns(components, rows);
}

/* p-values adjusted for how many hypotheses they are of, and that number: list(adjusted, counted). */
/* n: rows of each group, of which there are at most 2^31 - 1. Pairs as numbers from 1. */
SEXP glue_wave_pairs(SEXP n, SEXP waves, SEXP to_first) {
  static const char *const names[] = {"first", "second"};
  const int32_t groups = (int32_t)Rf_xlength(n);
  const double *rows = glue_doubles(n, groups, "the rows of groups");
  int64_t *count = (int64_t *)R_alloc((size_t)groups + 1, sizeof *count);
  int32_t *first = (int32_t *)R_alloc((size_t)groups + 1, sizeof *first);
  int32_t *second = (int32_t *)R_alloc((size_t)groups + 1, sizeof *second);
  for (int32_t g = 0; g < groups; g++) count[g] = rows[g] > 0;
  const int32_t pairs = weeg_wave_pairs(count, groups, Rf_asInteger(waves), Rf_asLogical(to_first) == TRUE, first, second);
  SEXP result = PROTECT(glue_list(2, names));
  for (int side = 0; side < 2; side++) {
    SEXP numbers = Rf_allocVector(INTSXP, pairs);
    SET_VECTOR_ELT(result, side, numbers);
    for (int32_t i = 0; i < pairs; i++) INTEGER(numbers)[i] = 1 + (side == 0 ? first : second)[i];
  }
  UNPROTECT(1);
  return result;
}

/* start: where each family of them begins, and in the end how many there are. counted: of each family. */
SEXP glue_adjust(SEXP p, SEXP method, SEXP start, SEXP first, SEXP second, SEXP answer, SEXP share1, SEXP share2) {
  static const char *const names[] = {"adjusted", "counted"}, *const what = "the tests of a comparison";
  weeg_error err = {0};
  weeg_status status = WEEG_OK;
  const R_xlen_t count = Rf_xlength(p), families = Rf_xlength(start) - 1;
  const double *value = glue_doubles(p, count, what), *one = glue_doubles(share1, count, what);
  const double *two = glue_doubles(share2, count, what);
  const int *from = glue_ints(start, -1, 0, INT32_MAX, what), *a = glue_ints(first, count, -1, INT32_MAX, what);
  const int *b = glue_ints(second, count, -1, INT32_MAX, what), *of = glue_ints(answer, count, -1, INT32_MAX, what);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, count));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, families < 0 ? 0 : families));
  for (R_xlen_t k = 0; k < families && status == WEEG_OK; k++) {
    int64_t counted = 0;
    const int i = from[k];
    if (from[k + 1] < i || from[k + 1] > count) glue_broken(what);
    const weeg_hypotheses tests = {from[k + 1] - i, value + i, a + i, b + i, of + i, one + i, two + i};
    double *adjusted = REAL(VECTOR_ELT(result, 0)) + i;
    status = weeg_adjust_hypotheses((weeg_adjustment)Rf_asInteger(method), &tests, adjusted, &counted, &err);
    REAL(VECTOR_ELT(result, 1))[k] = (double)counted;
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}
