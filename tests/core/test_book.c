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

int main(void) {
  const weeg_book book = {list, TABLES, {WEEG_INTERVAL_WILSON, 0.9}, {.method = WEEG_TEST_RAO_SCOTT_EXACT}};
  for (int k = 0; k < TABLES; k++) make(k);
  for (int threads = 0; threads < 4; threads++) check_threads(&book, threads);
  check_failures(&book);
  check_interrupt(&book);
  for (int k = 0; k < TABLES; k++) {
    weeg_tally_free(tables[k].o.s.tally);
    free(tables[k].group_of);
    free(tables[k].answer_of);
  }
  return test_report("book");
}
