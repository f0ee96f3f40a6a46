/*
 * Tables of a book: what is in each is what its functions give for it alone, for any number of threads; and failures.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { TABLES = 12, GROUPS = 4, LEVELS = 3, MOST = 130, PAIRS = GROUPS * (GROUPS - 1) / 2 };

typedef struct table {
  oracle o;
  int32_t levels[ORACLE_VARIABLES];
  int32_t *group_of, *answer_of;
  weeg_survey survey;
  weeg_share shares[MOST * LEVELS];
  weeg_test test;
  weeg_contrast contrasts[PAIRS * LEVELS];
  int64_t n[GROUPS];
  double estimate[GROUPS * LEVELS];
} table;

static table tables[TABLES];
static weeg_book_table list[TABLES];
static const int32_t all_groups[GROUPS] = {0, 1, 2, 3};

/* Table k: the sixth has very many groups, and every fourth no comparisons. */
static void make(int k) {
  table *t = &tables[k];
  const bool large = k == 5;
  memcpy(t->levels, (int32_t[]){large ? MOST : GROUPS, LEVELS, 1}, sizeof t->levels);
  oracle_draw(&t->o, large ? ORACLE_ROWS : 200 + 10 * k, 2, 8, t->levels);
  oracle_make(&t->o, false);
  t->o.s.design.df = k % 2 == 0 ? WEEG_DF_EFFECTIVE : WEEG_DF_DOMAIN;
  const int32_t cells = oracle_cells(&t->o);
  t->group_of = calloc((size_t)cells, sizeof *t->group_of);
  t->answer_of = calloc((size_t)cells, sizeof *t->answer_of);
  for (int32_t c = 0; c < cells; c++) {
    t->group_of[c] = oracle_level(&t->o, 0, c);
    t->answer_of[c] = oracle_level(&t->o, 1, c);
  }
  t->survey = (weeg_survey){t->o.s.tally, &t->o.s.design};
  list[k] = (weeg_book_table){.survey = &t->survey,
                              .places = {t->group_of, t->levels[0], t->answer_of, LEVELS, NULL, 0},
                              .shares = t->shares,
                              .test = k % 3 == 0 ? NULL : &t->test,
                              .group = all_groups,
                              .compared = large || k % 4 == 3 ? 0 : GROUPS,
                              .n = t->n,
                              .estimate = t->estimate,
                              .contrasts = t->contrasts};
}

static bool same_number(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static bool same_contrast(const weeg_contrast *a, const weeg_contrast *b) {
  return same_number(a->estimate, b->estimate) && same_number(a->std_error, b->std_error) && same_number(a->low, b->low) &&
         same_number(a->high, b->high) && same_number(a->statistic, b->statistic) && same_number(a->p_value, b->p_value) &&
         a->df == b->df && same_number(a->df_used, b->df_used) && a->reason == b->reason;
}

static void check_comparisons(int k, double level) {
  static const int32_t first[] = {0, 0, 0, 1, 1, 2}, second[] = {1, 2, 3, 2, 3, 3};
  static const int64_t start[] = {0, 1, 2, 3, 4};
  static const weeg_measure difference = WEEG_DIFFERENCE;
  const table *t = &tables[k];
  const weeg_sets sets = {&list[k].places, GROUPS, start, all_groups, 0};
  const weeg_comparison what = {
      .first = first, .second = second, .pairs = PAIRS, .measure = &difference, .measures = 1, .level = level};
  weeg_contrast contrasts[PAIRS * LEVELS];
  int64_t n[GROUPS];
  double estimate[GROUPS * LEVELS];
  CHECK_OK(weeg_compare_sets(&t->survey, &sets, &what, contrasts, NULL));
  CHECK_OK(weeg_set_proportions(&t->survey, &sets, n, estimate, NULL));
  for (int i = 0; i < PAIRS * LEVELS; i++) CHECK(same_contrast(&contrasts[i], &t->contrasts[i]));
  for (int g = 0; g < GROUPS; g++) CHECK(n[g] == t->n[g]);
  for (int i = 0; i < GROUPS * LEVELS; i++) CHECK(same_number(estimate[i], t->estimate[i]));
}

static void check_table(int k, const weeg_book *book) {
  static weeg_share shares[MOST * LEVELS];
  const table *t = &tables[k];
  weeg_test test;
  CHECK_OK(weeg_shares(&t->survey, &list[k].places, &book->interval, shares, NULL));
  for (int i = 0; i < t->levels[0] * LEVELS; i++) {
    const weeg_share *a = &shares[i], *b = &t->shares[i];
    CHECK(same_number(a->estimate, b->estimate) && same_number(a->std_error, b->std_error) && same_number(a->low, b->low) &&
          same_number(a->high, b->high) && a->n == b->n && a->base_n == b->base_n && same_number(a->df_used, b->df_used) &&
          a->reason == b->reason && a->verdict == b->verdict);
  }
  CHECK_OK(weeg_test_independence(&t->survey, &list[k].places, &book->test, &test, NULL));
  if (list[k].test == NULL) CHECK(t->test.n == -1); /* not touched */
  else CHECK(same_number(test.p_value, t->test.p_value) && same_number(test.statistic, t->test.statistic) && test.n == t->test.n);
  if (list[k].compared > 0) check_comparisons(k, book->interval.level);
  else CHECK(t->contrasts[0].df == -1);
}

static void check_threads(const weeg_book *book, int threads) {
  for (int k = 0; k < TABLES; k++) {
    tables[k].test.n = -1;
    tables[k].contrasts[0].df = -1;
    memset(tables[k].shares, 0, sizeof tables[k].shares);
  }
  CHECK_OK(weeg_fill_book(book, threads == 0 ? NULL : &(weeg_hooks){.threads = threads}, NULL));
  for (int k = 0; k < TABLES; k++) check_table(k, book);
}

/* The first of two tables that have one says why, for any number of threads. */
static void check_failures(const weeg_book *book) {
  weeg_error err = {0};
  list[7].places.groups = 2; /* of 4 */
  list[9].places.answers = 1;
  for (int threads = 1; threads < 5; threads++) {
    weeg_error alone = {0};
    const weeg_status status = weeg_shares(list[7].survey, &list[7].places, &book->interval, tables[7].shares, &alone);
    CHECK_STATUS(status, WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_fill_book(book, &(weeg_hooks){.threads = threads}, &err), status);
    CHECK_TEXT(err.message, alone.message);
    CHECK_STATUS(weeg_fill_book(book, &(weeg_hooks){.threads = threads}, NULL), status);
  }
  list[7].places.groups = GROUPS;
  list[9].places.answers = LEVELS;
}

static int stop(void *asked) {
  ++*(int *)asked;
  return 1;
}

static void check_interrupt(const weeg_book *book) {
  weeg_error err = {0};
  int asked = 0;
  CHECK_STATUS(weeg_fill_book(book, &(weeg_hooks){.interrupt = stop, .ctx = &asked}, &err), WEEG_ERR_INTERRUPTED);
  CHECK(asked == 1);
  CHECK_TEXT(err.message, "stopped by the caller");
  CHECK_OK(weeg_fill_book(&(weeg_book){.count = 0}, &(weeg_hooks){.interrupt = stop, .ctx = &asked}, &err));
}

/* Columns {0, 1}, {1, 2} and {3}: of each what a table has in which these groups are the only one; and pairs of them. */
static const int64_t begin[] = {0, 2, 4, 5};
static const int32_t member[] = {0, 1, 1, 2, 3}, all_columns[] = {0, 1, 2}, one[] = {0, 0, 1}, other[] = {1, 2, 2};
enum { COLUMNS = 3 };

static weeg_places column_places(const weeg_book_table *t, int column, int32_t cells, int32_t *group) {
  weeg_places places = t->places;
  for (int32_t c = 0; c < cells; c++) {
    group[c] = -1;
    for (int64_t i = begin[column]; i < begin[column + 1]; i++) {
      if (t->places.group[c] == member[i]) group[c] = 0;
    }
  }
  places.group = group;
  places.groups = 1;
  return places;
}

static void check_pairs(const weeg_book_table *t, double level) {
  static const weeg_measure difference = WEEG_DIFFERENCE;
  const weeg_sets sets = {&t->places, COLUMNS, begin, member, t->measure};
  const weeg_comparison what = {
      .first = one, .second = other, .pairs = COLUMNS, .measure = &difference, .measures = 1, .level = level};
  weeg_contrast contrasts[COLUMNS * LEVELS];
  CHECK_OK(weeg_compare_sets(t->survey, &sets, &what, contrasts, NULL));
  for (int i = 0; i < COLUMNS * t->places.answers; i++) CHECK(same_contrast(&contrasts[i], &t->contrasts[i]));
}

static void check_overlaps(const weeg_book *book) {
  static weeg_share shares[COLUMNS * LEVELS], alone[LEVELS];
  weeg_book_table t = list[0];
  weeg_test test = {.p_value = 0};
  int32_t group[(GROUPS + 1) * (LEVELS + 1) * 2];
  const weeg_sets columns = {.sets = COLUMNS, .start = begin, .group = member};
  t.columns = &columns;
  t.shares = shares;
  t.test = &test;
  t.group = all_columns;
  t.compared = COLUMNS;
  CHECK_OK(weeg_fill_book(&(weeg_book){&t, 1, book->interval, book->test}, NULL, NULL));
  for (int k = 0; k < COLUMNS; k++) {
    const weeg_places places = column_places(&t, k, t.survey->tally->cells, group);
    CHECK_OK(weeg_shares(t.survey, &places, &book->interval, alone, NULL));
    for (int i = 0; i < LEVELS; i++) {
      const weeg_share *s = &shares[k * LEVELS + i];
      CHECK(alone[i].base_n > 0 && same_number(s->estimate, alone[i].estimate) && s->n == alone[i].n);
      CHECK(same_number(s->std_error, alone[i].std_error) && same_number(s->low, alone[i].low));
    }
  }
  CHECK(isnan(test.p_value) && test.reason == WEEG_REASON_OVERLAPPING);
  check_pairs(&t, book->interval.level);
}

/* A tally with a measure, which all rows have: the answers are one. */
static weeg_tally *measured(const oracle *o, int32_t *codes, double *y) {
  weeg_column column = {codes, WEEG_CODE_I32, GROUPS}, unit = {o->psu, WEEG_CODE_I32, o->psus};
  const double *const values[] = {y};
  weeg_tally *t = NULL;
  for (int i = 0; i < o->rows; i++) {
    codes[i] = o->code[0][i];
    y[i] = (sample_draw(2001) - 700) / 8.0;
  }
  const weeg_rows rows = {.rows = o->rows, .columns = &column, .count = 1, .unit = &unit, .weights = o->weight,
                          .max_weight = 1000 / 64.0};
  CHECK_OK(weeg_tally_build(&rows, NULL, &t, NULL));
  CHECK_OK(weeg_tally_measure(&(weeg_measured){&rows, 1, values}, NULL, t, NULL));
  return t;
}

static void check_means(const weeg_book *book) {
  static int32_t codes[ORACLE_ROWS], group[GROUPS + 1], known[GROUPS + 1];
  static double y[ORACLE_ROWS];
  const oracle *o = &tables[1].o;
  weeg_mean means[GROUPS], alone[GROUPS];
  weeg_test test, own;
  weeg_contrast contrasts[PAIRS];
  int64_t n[GROUPS];
  double estimate[GROUPS];
  weeg_tally *tally = measured(o, codes, y);
  const weeg_survey survey = {tally, &o->s.design};
  for (int32_t c = 0; c <= GROUPS; c++) group[c] = c < GROUPS ? c : -1;
  weeg_book_table t = {.survey = &survey, .places = {group, GROUPS, known, 1, NULL, 0}, .measure = 1, .means = means,
                       .test = &test, .group = all_groups,
                       .compared = GROUPS, .n = n, .estimate = estimate, .contrasts = contrasts};
  const weeg_mean_choice choice = {0, book->interval.level, WEEG_FIGURE_MEAN, 0};
  CHECK_OK(weeg_fill_book(&(weeg_book){&t, 1, book->interval, book->test}, NULL, NULL));
  CHECK_OK(weeg_means(&survey, &t.places, &choice, alone, NULL));
  CHECK_OK(weeg_test_means(&survey, &t.places, 1, &own, NULL));
  for (int g = 0; g < GROUPS; g++) {
    CHECK(means[g].n == alone[g].n && same_number(means[g].estimate, alone[g].estimate) && alone[g].std_error > 0);
    CHECK(same_number(means[g].std_error, alone[g].std_error));
    CHECK(fabs(estimate[g] - alone[g].estimate) < 1e-13 * 100); /* sums in another order */
  }
  CHECK(same_number(test.p_value, own.p_value) && test.p_value > 0);
  const weeg_sets columns = {.sets = COLUMNS, .start = begin, .group = member};
  t.columns = &columns;
  t.group = all_columns;
  t.compared = COLUMNS;
  CHECK_OK(weeg_fill_book(&(weeg_book){&t, 1, book->interval, book->test}, NULL, NULL));
  for (int k = 0; k < COLUMNS; k++) {
    int32_t in_column[GROUPS + 1];
    const weeg_places places = column_places(&t, k, tally->cells, in_column);
    CHECK_OK(weeg_means(&survey, &places, &choice, alone, NULL));
    CHECK(means[k].n == alone[0].n && same_number(means[k].estimate, alone[0].estimate));
    CHECK(same_number(means[k].std_error, alone[0].std_error));
  }
  check_pairs(&t, book->interval.level);
  weeg_tally_free(tally);
}

int main(void) {
  const weeg_book book = {list, TABLES, {WEEG_INTERVAL_WILSON, 0.9}, {.method = WEEG_TEST_RAO_SCOTT_EXACT}};
  for (int k = 0; k < TABLES; k++) make(k);
  for (int threads = 0; threads < 4; threads++) check_threads(&book, threads);
  check_failures(&book);
  check_interrupt(&book);
  check_overlaps(&book);
  check_means(&book);
  for (int k = 0; k < TABLES; k++) {
    weeg_tally_free(tables[k].o.s.tally);
    free(tables[k].group_of);
    free(tables[k].answer_of);
  }
  return test_report("book");
}
