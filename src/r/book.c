#include "glue.h"

#include <math.h>
#include <string.h>

static const char *const WHAT = "the tables of a book";

/* A table as list(tally =, places =, tested =, compared =), the last two flags. */
static void hold_table(SEXP list, weeg_book_table *t) {
  const weeg_survey *survey = glue_survey(glue_element(list, "tally"));
  *t = (weeg_book_table){.survey = survey, .places = glue_table(glue_element(list, "places"), survey->tally)};
  const weeg_places *at = &t->places;
  t->shares = glue_new_shares((R_xlen_t)at->groups * at->answers);
  if (glue_flag(list, "tested")) t->test = (weeg_test *)R_alloc(1, sizeof *t->test);
  if (!glue_flag(list, "compared")) return;
  uint8_t *has = (uint8_t *)R_alloc((size_t)at->groups + 1, 1);
  int32_t *group = (int32_t *)R_alloc((size_t)at->groups + 1, sizeof *group);
  memset(has, 0, (size_t)at->groups + 1);
  for (int64_t i = 0; i < survey->tally->entries; i++) {
    const int32_t cell = survey->tally->cell[i];
    if (at->group[cell] >= 0 && at->answer[cell] >= 0 && survey->tally->n[i] > 0) has[at->group[cell]] = 1;
  }
  for (int32_t g = 0; g < at->groups; g++) {
    if (has[g]) group[t->compared++] = g;
  }
  t->group = group;
  const int64_t pairs = (int64_t)t->compared * (t->compared - 1) / 2 * at->answers;
  t->n = (int64_t *)R_alloc((size_t)t->compared + 1, sizeof *t->n);
  t->estimate = (double *)R_alloc((size_t)t->compared * (size_t)at->answers + 1, sizeof *t->estimate);
  t->contrasts = (weeg_contrast *)R_alloc((size_t)pairs + 1, sizeof *t->contrasts);
}

static R_xlen_t comparisons_of(const weeg_book_table *t) {
  return (R_xlen_t)t->compared * (t->compared - 1) / 2 * t->places.answers;
}

/* Figures of all tables, one after the other. */
static SEXP shares_of(const weeg_book *book) {
  R_xlen_t count = 0;
  for (int k = 0; k < book->count; k++) count += (R_xlen_t)book->tables[k].places.groups * book->tables[k].places.answers;
  weeg_share *shares = glue_new_shares(count);
  count = 0;
  for (int k = 0; k < book->count; k++) {
    const weeg_book_table *t = &book->tables[k];
    for (R_xlen_t i = 0; i < (R_xlen_t)t->places.groups * t->places.answers; i++) shares[count++] = t->shares[i];
  }
  return glue_share_columns(shares, count);
}

/* The tests of all tables; those that are not tested have no numbers. */
static SEXP tests_of(const weeg_book *book) {
  static const char *const names[] = {"statistic", "df1", "df2", "p.value", "chisq", "deff.mean", "cramers.v",
                                      "n",         "df",  "reason", "method"};
  enum { NUMBERS = 9, REASON = NUMBERS, METHOD, COLUMNS };
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int c = 0; c < COLUMNS; c++) {
    SET_VECTOR_ELT(result, c, Rf_allocVector(c < NUMBERS ? REALSXP : c == REASON ? STRSXP : INTSXP, book->count));
  }
  for (int k = 0; k < book->count; k++) {
    static const weeg_test nothing = {.statistic = NAN, .df1 = NAN, .df2 = NAN, .p_value = NAN, .chisq = NAN};
    const weeg_test *x = book->tables[k].test == NULL ? &nothing : book->tables[k].test;
    const double values[NUMBERS] = {x->statistic,  x->df1,       x->df2,       x->p_value,   x->chisq,
                                    x->delta_mean, x->cramers_v, (double)x->n, (double)x->df};
    for (int c = 0; c < NUMBERS; c++) REAL(VECTOR_ELT(result, c))[k] = glue_or_na(values[c]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), k, glue_reason(x->reason));
    INTEGER(VECTOR_ELT(result, METHOD))[k] = (int)x->method + 1;
  }
  UNPROTECT(1);
  return result;
}

enum { TABLE, LEVEL, GROUP1, GROUP2, ESTIMATE1, ESTIMATE2, N1, N2, SIDES };

/* What one comparison of table k is of, of groups a and b of those compared. */
static void set_side(SEXP sides, R_xlen_t i, const weeg_book *book, int k, const int32_t pair[2], int32_t answer) {
  const weeg_book_table *t = &book->tables[k];
  INTEGER(VECTOR_ELT(sides, TABLE))[i] = k + 1;
  INTEGER(VECTOR_ELT(sides, LEVEL))[i] = answer + 1;
  for (int s = 0; s < 2; s++) {
    INTEGER(VECTOR_ELT(sides, GROUP1 + s))[i] = t->group[pair[s]] + 1;
    REAL(VECTOR_ELT(sides, ESTIMATE1 + s))[i] = glue_or_na(t->estimate[(R_xlen_t)pair[s] * t->places.answers + answer]);
    REAL(VECTOR_ELT(sides, N1 + s))[i] = (double)t->n[pair[s]];
  }
}

/* What each comparison is of, as numbers from 1; and what its two shares are. */
static SEXP sides_of(const weeg_book *book, R_xlen_t count) {
  static const char *const names[] = {"table", "level", "group1", "group2", "estimate1", "estimate2", "n1", "n2"};
  SEXP result = PROTECT(glue_list(SIDES, names));
  for (int c = 0; c < SIDES; c++) SET_VECTOR_ELT(result, c, Rf_allocVector(c < ESTIMATE1 ? INTSXP : REALSXP, count));
  R_xlen_t i = 0;
  for (int k = 0; k < book->count; k++) {
    const weeg_book_table *t = &book->tables[k];
    for (int32_t a = 0; a < t->compared; a++) {
      for (int32_t b = a + 1; b < t->compared; b++) {
        for (int32_t answer = 0; answer < t->places.answers; answer++) {
          set_side(result, i++, book, k, (const int32_t[]){a, b}, answer);
        }
      }
    }
  }
  UNPROTECT(1);
  return result;
}

/* Comparisons of all tables, one after the other: list(sides, rows). */
static SEXP comparisons_out(const weeg_book *book) {
  static const char *const names[] = {"sides", "rows"};
  R_xlen_t count = 0;
  for (int k = 0; k < book->count; k++) count += comparisons_of(&book->tables[k]);
  weeg_contrast *all = (weeg_contrast *)R_alloc((size_t)count + 1, sizeof *all);
  count = 0;
  for (int k = 0; k < book->count; k++) {
    const R_xlen_t mine = comparisons_of(&book->tables[k]);
    for (R_xlen_t i = 0; i < mine; i++) all[count++] = book->tables[k].contrasts[i];
  }
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, sides_of(book, count));
  SET_VECTOR_ELT(result, 1, glue_contrast_columns(all, count));
  UNPROTECT(1);
  return result;
}

/* Figures, tests and comparisons of tables: list(shares, tests, comparisons). */
SEXP glue_book(SEXP tables, SEXP interval, SEXP level, SEXP method, SEXP null_proportions, SEXP threads) {
  static const char *const names[] = {"shares", "tests", "comparisons"};
  weeg_error err = {0};
  if (TYPEOF(tables) != VECSXP) glue_broken(WHAT);
  const int count = Rf_length(tables);
  weeg_book_table *table = (weeg_book_table *)R_alloc((size_t)count + 1, sizeof *table);
  for (int k = 0; k < count; k++) hold_table(VECTOR_ELT(tables, k), &table[k]);
  const weeg_book book = {table, count, glue_interval(interval, level),
                          {.method = (weeg_test_method)Rf_asInteger(method),
                           .null_proportions = Rf_asLogical(null_proportions) == TRUE}};
  const weeg_hooks hooks = glue_hooks(threads);
  if (weeg_fill_book(&book, &hooks, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, shares_of(&book));
  SET_VECTOR_ELT(result, 1, tests_of(&book));
  SET_VECTOR_ELT(result, 2, comparisons_out(&book));
  UNPROTECT(1);
  return result;
}
