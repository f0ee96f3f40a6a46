#include "glue.h"

#include <math.h>
#include <string.h>

static const char *const WHAT = "the tables of a book";

static int32_t columns_of(const weeg_book_table *t) { return t->columns == NULL ? t->places.groups : t->columns->sets; }

/* The columns of which rows have an answer: all pairs of these are compared. */
static void hold_compared(weeg_book_table *t) {
  const weeg_tally *tally = t->survey->tally;
  const weeg_places *at = &t->places;
  const int32_t columns = columns_of(t);
  uint8_t *has = (uint8_t *)R_alloc((size_t)at->groups + 1, 1);
  int32_t *group = (int32_t *)R_alloc((size_t)columns + 1, sizeof *group);
  memset(has, 0, (size_t)at->groups + 1);
  for (int64_t i = 0, left = at->groups; i < tally->entries && left > 0; i++) {
    const int32_t cell = tally->cell[i], g = at->group[cell];
    if (g < 0 || has[g] || at->answer[cell] < 0 || tally->n[i] <= 0) continue;
    has[g] = 1;
    left--;
  }
  for (int32_t k = 0; k < columns; k++) {
    bool any = t->columns == NULL && has[k];
    for (int64_t i = t->columns == NULL ? 0 : t->columns->start[k]; t->columns != NULL && i < t->columns->start[k + 1]; i++) {
      any = any || has[t->columns->group[i]];
    }
    if (any) group[t->compared++] = k;
  }
  t->group = group;
  t->n = (int64_t *)R_alloc((size_t)t->compared + 1, sizeof *t->n);
  t->estimate = (double *)R_alloc((size_t)t->compared * (size_t)at->answers + 1, sizeof *t->estimate);
}

static void hold_table(const weeg_survey *survey, SEXP places, int measure, SEXP members, weeg_book_table *t) {
  *t = (weeg_book_table){.survey = survey, .places = glue_table(places, survey->tally), .measure = measure};
  if (measure < 0 || measure > survey->tally->measures) glue_broken(WHAT);
  if (members == R_NilValue) return;
  weeg_sets *sets = (weeg_sets *)(void *)R_alloc(1, sizeof *sets);
  *sets = glue_group_sets(&t->places, members, measure);
  t->columns = sets;
}

static R_xlen_t comparisons_of(const weeg_book_table *t) {
  return (R_xlen_t)t->compared * (t->compared - 1) / 2 * t->places.answers;
}

/* Of shares those of all answers, of a measure one for each column. */
static R_xlen_t figures_of(const weeg_book_table *t) {
  return (R_xlen_t)columns_of(t) * (t->measure > 0 ? 1 : t->places.answers);
}

/* The figures of tables stand one after the other, and so do those of measures, and comparisons. */
typedef struct held {
  weeg_book_table *tables;
  weeg_share *shares;
  weeg_mean *means;
  weeg_contrast *contrasts;
  R_xlen_t share_count, mean_count, contrast_count;
} held;

static void hold_figures(held *h, int count) {
  for (int k = 0; k < count; k++) {
    const weeg_book_table *t = &h->tables[k];
    *(t->measure > 0 ? &h->mean_count : &h->share_count) += figures_of(t);
    h->contrast_count += comparisons_of(t);
  }
  h->shares = glue_new_shares(h->share_count);
  h->means = (weeg_mean *)(void *)R_alloc((size_t)h->mean_count + 1, sizeof *h->means);
  h->contrasts = (weeg_contrast *)R_alloc((size_t)h->contrast_count + 1, sizeof *h->contrasts);
  weeg_share *share = h->shares;
  weeg_mean *mean = h->means;
  weeg_contrast *contrast = h->contrasts;
  for (int k = 0; k < count; k++) {
    weeg_book_table *t = &h->tables[k];
    t->shares = share;
    t->means = mean;
    t->contrasts = contrast;
    if (t->measure > 0) mean += figures_of(t);
    else share += figures_of(t);
    contrast += comparisons_of(t);
  }
}

/*
 * Tables of tallies and places; of each the measure, from 1, of which it has means (0: it has shares), what its columns are where
 * they are not its groups (a list of the groups, from 1, in each, or NULL), and whether it is tested, and compared.
 */
static held hold_tables(SEXP tallies, SEXP places, SEXP measures, SEXP members, SEXP tested, SEXP compared) {
  const int count = Rf_length(tallies);
  if (TYPEOF(tallies) != VECSXP || TYPEOF(places) != VECSXP || Rf_length(places) != count) glue_broken(WHAT);
  if (TYPEOF(measures) != INTSXP || TYPEOF(members) != VECSXP) glue_broken(WHAT);
  if (Rf_length(measures) != count || Rf_length(members) != count) glue_broken(WHAT);
  if (TYPEOF(tested) != LGLSXP || TYPEOF(compared) != LGLSXP) glue_broken(WHAT);
  if (Rf_length(tested) != count || Rf_length(compared) != count) glue_broken(WHAT);
  const weeg_survey *surveys = glue_surveys(tallies);
  held h = {.tables = (weeg_book_table *)R_alloc((size_t)count + 1, sizeof *h.tables)};
  for (int k = 0; k < count; k++) {
    weeg_book_table *t = &h.tables[k];
    hold_table(&surveys[k], VECTOR_ELT(places, k), INTEGER(measures)[k], VECTOR_ELT(members, k), t);
    if (LOGICAL(tested)[k] == TRUE) t->test = (weeg_test *)R_alloc(1, sizeof *t->test);
    if (LOGICAL(compared)[k] == TRUE) hold_compared(t);
  }
  hold_figures(&h, count);
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

/* Figures, tests and comparisons of tables (see hold_tables()): list(shares, means, tests, comparisons). */
SEXP glue_book(SEXP tallies, SEXP places, SEXP measures, SEXP members, SEXP tested, SEXP compared, SEXP interval, SEXP level,
               SEXP method, SEXP null_proportions, SEXP threads) {
  static const char *const names[] = {"shares", "means", "tests", "comparisons"};
  weeg_error err = {0};
  const held h = hold_tables(tallies, places, measures, members, tested, compared);
  const weeg_book book = {h.tables, Rf_length(tallies), glue_interval(interval, level),
                          {.method = (weeg_test_method)Rf_asInteger(method),
                           .null_proportions = Rf_asLogical(null_proportions) == TRUE}};
  const weeg_hooks hooks = glue_hooks(threads);
  if (weeg_fill_book(&book, &hooks, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(result, 0, glue_share_columns(h.shares, h.share_count));
  SET_VECTOR_ELT(result, 1, glue_mean_columns(h.means, h.mean_count));
  SET_VECTOR_ELT(result, 2, tests_of(&book));
  SET_VECTOR_ELT(result, 3, comparisons_out(&book, &h));
  UNPROTECT(1);
  return result;
}
