#include "glue.h"

#include <math.h>
#include <string.h>

static const char *const WHAT = "the tables of a book";

static void hold_table(const weeg_survey *survey, SEXP places, bool tested, bool compared, weeg_book_table *t) {
  *t = (weeg_book_table){.survey = survey, .places = glue_table(places, survey->tally)};
  const weeg_places *at = &t->places;
  if (tested) t->test = (weeg_test *)R_alloc(1, sizeof *t->test);
  if (!compared) return;
  uint8_t *has = (uint8_t *)R_alloc((size_t)at->groups + 1, 1);
  int32_t *group = (int32_t *)R_alloc((size_t)at->groups + 1, sizeof *group);
  memset(has, 0, (size_t)at->groups + 1);
  for (int64_t i = 0, left = at->groups; i < survey->tally->entries && left > 0; i++) {
    const int32_t cell = survey->tally->cell[i], g = at->group[cell];
    if (g < 0 || has[g] || at->answer[cell] < 0 || survey->tally->n[i] <= 0) continue;
    has[g] = 1;
    left--;
  }
  for (int32_t g = 0; g < at->groups; g++) {
    if (has[g]) group[t->compared++] = g;
  }
  t->group = group;
  t->n = (int64_t *)R_alloc((size_t)t->compared + 1, sizeof *t->n);
  t->estimate = (double *)R_alloc((size_t)t->compared * (size_t)at->answers + 1, sizeof *t->estimate);
}

static R_xlen_t comparisons_of(const weeg_book_table *t) {
  return (R_xlen_t)t->compared * (t->compared - 1) / 2 * t->places.answers;
}

/* Tables of tallies and places; of each whether it is tested, and compared. Their figures stand one after the other. */
typedef struct held {
  weeg_book_table *tables;
  weeg_share *shares;
  weeg_contrast *contrasts;
  R_xlen_t share_count, contrast_count;
} held;

static held hold_tables(SEXP tallies, SEXP places, SEXP tested, SEXP compared) {
  const int count = Rf_length(tallies);
  if (TYPEOF(tallies) != VECSXP || TYPEOF(places) != VECSXP || Rf_length(places) != count) glue_broken(WHAT);
  if (TYPEOF(tested) != LGLSXP || TYPEOF(compared) != LGLSXP) glue_broken(WHAT);
  if (Rf_length(tested) != count || Rf_length(compared) != count) glue_broken(WHAT);
  const weeg_survey *surveys = glue_surveys(tallies);
  held h = {.tables = (weeg_book_table *)R_alloc((size_t)count + 1, sizeof *h.tables)};
  for (int k = 0; k < count; k++) {
    weeg_book_table *t = &h.tables[k];
    hold_table(&surveys[k], VECTOR_ELT(places, k), LOGICAL(tested)[k] == TRUE, LOGICAL(compared)[k] == TRUE, t);
    h.share_count += (R_xlen_t)t->places.groups * t->places.answers;
    h.contrast_count += comparisons_of(t);
  }
  h.shares = glue_new_shares(h.share_count);
  h.contrasts = (weeg_contrast *)R_alloc((size_t)h.contrast_count + 1, sizeof *h.contrasts);
  weeg_share *share = h.shares;
  weeg_contrast *contrast = h.contrasts;
  for (int k = 0; k < count; k++) {
    weeg_book_table *t = &h.tables[k];
    t->shares = share;
    t->contrasts = contrast;
    share += (R_xlen_t)t->places.groups * t->places.answers;
    contrast += comparisons_of(t);
  }
  return h;
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

/* What each comparison is of, as numbers from 1; and what its two shares are. */
static SEXP sides_of(const weeg_book *book, R_xlen_t count) {
  static const char *const names[] = {"table", "level", "group1", "group2", "estimate1", "estimate2", "n1", "n2"};
  SEXP result = PROTECT(glue_list(SIDES, names));
  int *number[ESTIMATE1];
  double *value[SIDES];
  for (int c = 0; c < SIDES; c++) {
    SET_VECTOR_ELT(result, c, Rf_allocVector(c < ESTIMATE1 ? INTSXP : REALSXP, count));
    if (c < ESTIMATE1) number[c] = INTEGER(VECTOR_ELT(result, c));
    else value[c] = REAL(VECTOR_ELT(result, c));
  }
  R_xlen_t i = 0;
  for (int k = 0; k < book->count; k++) {
    const weeg_book_table *t = &book->tables[k];
    const R_xlen_t answers = t->places.answers;
    for (int32_t a = 0; a < t->compared; a++) {
      for (int32_t b = a + 1; b < t->compared; b++) {
        for (R_xlen_t answer = 0; answer < answers; answer++, i++) {
          number[TABLE][i] = k + 1;
          number[LEVEL][i] = (int)answer + 1;
          number[GROUP1][i] = t->group[a] + 1;
          number[GROUP2][i] = t->group[b] + 1;
          value[ESTIMATE1][i] = glue_or_na(t->estimate[a * answers + answer]);
          value[ESTIMATE2][i] = glue_or_na(t->estimate[b * answers + answer]);
          value[N1][i] = (double)t->n[a];
          value[N2][i] = (double)t->n[b];
        }
      }
    }
  }
  UNPROTECT(1);
  return result;
}

/* Comparisons of all tables, one after the other: list(sides, rows). */
static SEXP comparisons_out(const weeg_book *book, const held *h) {
  static const char *const names[] = {"sides", "rows"};
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, sides_of(book, h->contrast_count));
  SET_VECTOR_ELT(result, 1, glue_contrast_columns(h->contrasts, h->contrast_count));
  UNPROTECT(1);
  return result;
}

/* Figures, tests and comparisons of tables (see hold_tables()): list(shares, tests, comparisons). */
SEXP glue_book(SEXP tallies, SEXP places, SEXP tested, SEXP compared, SEXP interval, SEXP level, SEXP method,
               SEXP null_proportions, SEXP threads) {
  static const char *const names[] = {"shares", "tests", "comparisons"};
  weeg_error err = {0};
  const held h = hold_tables(tallies, places, tested, compared);
  const weeg_book book = {h.tables, Rf_length(tallies), glue_interval(interval, level),
                          {.method = (weeg_test_method)Rf_asInteger(method),
                           .null_proportions = Rf_asLogical(null_proportions) == TRUE}};
  const weeg_hooks hooks = glue_hooks(threads);
  if (weeg_fill_book(&book, &hooks, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, glue_share_columns(h.shares, h.share_count));
  SET_VECTOR_ELT(result, 1, tests_of(&book));
  SET_VECTOR_ELT(result, 2, comparisons_out(&book, &h));
  UNPROTECT(1);
  return result;
}
