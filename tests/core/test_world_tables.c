/*
 * All tables that agree with the counts shown, against a loop over all that there could be; which of them may be told apart,
 * against the definition.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "world_sample.h"

enum { MOST = 3000, COLUMNS = 2 * TOY_PARTS + 4 };

/* ---- listed in another way ---- */

typedef struct loop {
  const toy *t;
  int32_t x[TOY_ATOMS], slot[TOY_ATOMS], left[TOY_ATOMS], n[TOY_COUNTS];
  int32_t table[MOST][TOY_ATOMS];
  int tables, nodes;
} loop;

static void add(loop *l, int atom, int x) {
  l->x[atom] += x;
  l->left[l->slot[atom]] -= x;
  for (int what = 0; what < 3; what++) l->n[toy_count(l->t, what, atom)] += x;
}

static bool is_shown(const loop *l) {
  for (int i = 0; i < l->t->world.counts; i++) {
    if (l->t->shown[i] && l->n[i] != l->t->n[i]) return false;
  }
  for (int a = 0; a < l->t->world.atoms; a++) {
    if (l->left[l->slot[a]] != 0) return false;
  }
  return true;
}

/* From an atom on; tables come in the order of their numbers. */
static void loop_from(loop *l, int atom) {
  if (l->tables == MOST || l->nodes++ > 200000) return;
  if (atom == l->t->world.atoms) {
    if (is_shown(l)) memcpy(l->table[l->tables++], l->x, sizeof l->x);
    return;
  }
  bool fits = true;
  for (int what = 0; what < 3; what++) {
    const int c = toy_count(l->t, what, atom);
    fits = fits && (!l->t->shown[c] || l->n[c] <= l->t->n[c]);
  }
  if (!fits) return;
  for (int x = 0, most = l->left[l->slot[atom]]; x <= most; x++) {
    add(l, atom, x);
    loop_from(l, atom + 1);
    add(l, atom, -x);
  }
}

static loop *looped(const toy *t) {
  static loop l;
  memset(&l, 0, sizeof l);
  l.t = t;
  const bool rows = t->world.designs == 2; /* nobody goes to another stratum */
  for (int a = 0; a < t->world.atoms; a++) {
    l.slot[a] = !t->free ? a / t->answers : rows ? t->town_stratum[town_of(t, a)] : 0;
    l.left[l.slot[a]] += (int32_t)t->x[a];
  }
  loop_from(&l, 0);
  return &l;
}

/* ---- random releases ---- */

static void draw_release(toy *t) {
  const bool free = toy_draw(5) == 0;
  *t = (toy){.towns = 2 + toy_draw(free ? 2 : 3), .groups = 1 + toy_draw(2), .answers = 2 + (!free && toy_draw(3) == 0),
             .strata = 1 + toy_draw(2), .merged = 1 + (toy_draw(3) == 0), .free = free};
  for (int u = 0; u < t->towns; u++) t->town_stratum[u] = u % t->strata, t->weight[u] = free ? 1.7 : 1 + toy_draw(8) / 4.0;
  const int slots = t->towns * t->groups, people = free ? 3 + toy_draw(4) : slots * (1 + toy_draw(3));
  for (int i = 0; i < people; i++) t->x[toy_draw(slots) * t->answers + toy_draw(t->answers)]++;
  const int shown = 2 + toy_draw(5);
  for (int i = 0; i < TOY_COUNTS; i++) t->shown[i] = toy_draw(10) < shown;
  toy_make(t);
  toy_figure(t, 0, IN_ALL, -1, WEEG_DIFFERENCE);
  toy_figure(t, 0, GROUP_0, OTHER, WEEG_ODDS_RATIO);
  toy_figure(t, 1, SUM, -1, WEEG_DIFFERENCE);
  if (toy_draw(2)) t->world.designs = 1;
}

/* Figures of one table, as they are of a world that has it. */
static void check_figures(const toy *t, const int32_t *x, const double *figure, int32_t most) {
  static toy own;
  double value[TOY_PARTS], num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]}, expected[COLUMNS];
  int columns = 0;
  own = *t;
  for (int a = 0; a < t->world.atoms; a++) own.x[a] = x[a];
  const int32_t designs = t->world.designs;
  toy_make(&own);
  own.world.designs = designs;
  for (int d = 0; d < 2; d++) own.errors[d].figures = t->errors[d].figures;
  if (!CHECK_OK(weeg_world_figures(&own.world, value, num, error, NULL))) return;
  for (int p = 0; p < t->world.parts; p++) expected[columns++] = value[p];
  for (int p = 0; p < t->world.parts; p++) expected[columns++] = num[p];
  for (int d = 0; d < designs; d++) {
    for (int j = 0; j < t->errors[d].figures; j++) expected[columns++] = error[d][j];
  }
  for (int k = 0; k < columns; k++) {
    const double found = figure[(int64_t)k * most];
    CHECK(isfinite(expected[k]) ? fabs(found - expected[k]) <= 1e-12 * (1 + fabs(expected[k])) : !isfinite(found));
  }
}

static bool is_table(const toy *t, const int32_t *people, int32_t most, const int32_t *x) {
  for (int a = 0; a < t->world.atoms; a++) {
    if (people[(int64_t)a * most] != x[a]) return false;
  }
  return true;
}

/* Returns how many there are, 0 when too many for the loop. */
static int check_tables(const toy *t) {
  static double figure[MOST * COLUMNS], weight[TOY_ATOMS];
  static int32_t people[MOST * TOY_ATOMS];
  const loop *l = looped(t);
  weeg_world_list list = {figure, people, weight, -1, -1}, counted = {.figure = NULL};
  int32_t x[TOY_ATOMS];
  if (l->tables == MOST || l->nodes > 200000) return 0;
  const int32_t most = l->tables;
  if (!CHECK_OK(weeg_world_tables(&t->world, most, NULL, &list, NULL))) return 0;
  if (!CHECK(list.tables == most)) return 0;
  for (int i = 0; i < most; i++) CHECK(is_table(t, people + i, most, l->table[i]));
  for (int a = 0; a < t->world.atoms; a++) x[a] = (int32_t)t->x[a];
  CHECK(list.itself >= 0 && list.itself < most && is_table(t, people + list.itself, most, x));
  for (int a = 0; a < t->world.atoms; a++) {
    CHECK(t->x[a] == 0 || fabs(weight[a] - t->weight[town_of(t, a)]) < 1e-12);
  }
  for (int i = 0; i < most; i += 1 + most / 10) check_figures(t, l->table[i], figure + i, most);
  if (most > 0) {
    CHECK_OK(weeg_world_tables(&t->world, most - 1, NULL, &counted, NULL));
    CHECK(counted.tables == most);
  }
  return most;
}

static void test_tables(void) {
  static toy t;
  int listed = 0, large = 0;
  for (int i = 0; i < 400; i++) {
    draw_release(&t);
    const int tables = check_tables(&t);
    listed += tables > 0;
    large += tables > 10;
  }
  printf("of 400 releases %d are listed, %d with more than 10 tables\n", listed, large);
  CHECK(listed > 250 && large > 40);
}

/* Respondents of one group and town who weigh differently; more than can be gone through; what is refused. */
static void test_not_listed(void) {
  static toy t;
  weeg_error err = {0};
  weeg_world_list list = {.tables = -7};
  for (int way = 0; way < 3; way++) {
    t = (toy){.towns = 3, .groups = 1, .answers = 2, .strata = 1, .merged = 1, .weight = {1, 2, 3}, .x = {4, 6, 5, 5, 3, 1}};
    for (int i = 0; i < TOY_COUNTS; i++) t.shown[i] = i >= 6;
    toy_make(&t);
    CHECK_OK(weeg_world_tables(&t.world, 1000, NULL, &list, NULL));
    CHECK(list.tables == 9 + 10 + 11 + 10 + 9); /* of towns of 10, 10 and 4 with 12 in all, by what the last one has */
    if (way == 0) t.w2[2] *= 1.001;
    if (way == 1) t.w[2] *= 1.001;
    if (way == 2) t.x[0] = t.x[1] = t.x[2] = t.x[3] = 10000, t.n[6] = t.n[8] = 20003, t.n[7] = t.n[9] = 20001;
    CHECK_OK(weeg_world_tables(&t.world, way == 2 ? 5000 : 1000, NULL, &list, NULL));
    CHECK(list.tables == (way == 2 ? 5001 : 1001));
  }
  CHECK_STATUS(weeg_world_tables(&t.world, -1, NULL, &list, &err), WEEG_ERR_ARGUMENT);
  CHECK_TEXT(err.message, "a number of tables is 0 or more");
  CHECK_STATUS(weeg_world_tables(&t.world, INT32_MAX, NULL, &list, NULL), WEEG_ERR_ARGUMENT);
  t.x[0] = 0.5;
  CHECK_STATUS(weeg_world_tables(&t.world, 10, NULL, &list, NULL), WEEG_ERR_ARGUMENT);
}

/* ---- classes ---- */

enum { TABLES = 12, HIDDEN = 2 };

/* The value that `spare` tables of some classes have less than, or (from the other end) more; -1: there are not so many. */
static int end_value(const int32_t *class_of, const int32_t *in, const int32_t *count, int spare, bool from_high) {
  for (int k = 0; k < 1000; k++) {
    const int value = from_high ? 999 - k : k;
    int beyond = 0;
    for (int i = 0; i < TABLES; i++) beyond += in[class_of[i]] && (from_high ? count[i] >= value : count[i] <= value);
    if (beyond > spare) return value;
  }
  return -1;
}

/* Whether whoever knows that a table is in one of these classes still finds every count as far apart as is promised. */
static bool is_wide(const int32_t *class_of, const int32_t *in, const int32_t *count, int threshold, int spare) {
  for (int j = 0; j < HIDDEN; j++) {
    const int low = end_value(class_of, in, count + j * TABLES, spare, false);
    const int high = end_value(class_of, in, count + j * TABLES, spare, true);
    for (int i = 0; i < TABLES && low < 0; i++) {
      if (in[class_of[i]]) return false;
    }
    for (int i = 0; i < TABLES; i++) {
      if (!in[class_of[i]]) continue;
      const int n = count[i + j * TABLES];
      if (n < threshold ? low > 0 || high < threshold - 1 : high - low < threshold - 1) return false;
    }
  }
  return true;
}

static void check_classes(int classes, const int32_t *class_of, const int32_t *count, int threshold, int spare, int *some) {
  int32_t apart[TABLES], all[TABLES], rest[TABLES], one[TABLES];
  if (!CHECK_OK(weeg_world_classes(&(weeg_world_division){TABLES, classes, HIDDEN, class_of, count}, threshold, spare,
                                   apart, NULL)))
    return;
  int wide = 0, told = 0;
  for (int k = 0; k < classes; k++) {
    for (int m = 0; m < classes; m++) one[m] = m == k;
    all[k] = 1;
    rest[k] = !apart[k];
    const bool is = is_wide(class_of, one, count, threshold, spare);
    CHECK(is || !apart[k]);
    wide += is;
    told += apart[k];
  }
  if (!is_wide(class_of, all, count, threshold, spare)) return;
  CHECK(is_wide(class_of, rest, count, threshold, spare));
  CHECK(wide < classes || told == classes); /* nobody needs them */
  *some += told > 0 && told < classes;
}

static void test_classes(void) {
  int some = 0;
  for (int round = 0; round < 4000; round++) {
    const int classes = 1 + toy_draw(5), threshold = 1 + toy_draw(4), spare = toy_draw(4) ? 0 : toy_draw(3);
    int32_t class_of[TABLES], count[TABLES * HIDDEN];
    for (int i = 0; i < TABLES; i++) class_of[i] = i < classes ? i : toy_draw(classes);
    for (int i = 0; i < TABLES * HIDDEN; i++) count[i] = toy_draw(2) ? toy_draw(2) * (threshold - 1) : toy_draw(6);
    check_classes(classes, class_of, count, threshold, spare, &some);
  }
  CHECK(some > 100);
}

/* One table that stands alone takes the smallest class along that it needs: not the first, and not one that does not help. */
static void test_smallest(void) {
  static const int32_t class_of[] = {0, 0, 0, 1, 2, 2, 3, 3}, count[] = {0, 2, 1, 1, 0, 2, 1, 3};
  int32_t apart[4];
  weeg_error err = {0};
  CHECK_OK(weeg_world_classes(&(weeg_world_division){8, 4, 1, class_of, count}, 3, 0, apart, NULL));
  CHECK(apart[0] == 1 && apart[1] == 0 && apart[2] == 0);
  CHECK(apart[3] == 0); /* 1 to 3 is not wide itself: 1 could be 0 */
  CHECK_OK(weeg_world_classes(&(weeg_world_division){8, 4, 1, class_of, count}, 1, 0, apart, NULL));
  CHECK(apart[0] + apart[1] + apart[2] + apart[3] == 4);
  CHECK_OK(weeg_world_classes(&(weeg_world_division){0, 0, 0, NULL, NULL}, 3, 0, NULL, NULL));
  CHECK_STATUS(weeg_world_classes(&(weeg_world_division){8, 4, 1, class_of, count}, 0, 0, apart, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_TEXT(err.message, "the threshold must be 1 or more");
  CHECK_STATUS(weeg_world_classes(&(weeg_world_division){8, 4, 1, class_of, count}, 3, -1, apart, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_world_classes(&(weeg_world_division){8, 4, 1, class_of, count}, 3, 8, apart, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_TEXT(err.message, "at most 7 tables are spare");
  CHECK_OK(weeg_world_classes(&(weeg_world_division){8, 4, 1, class_of, count}, 3, 7, apart, NULL));
  CHECK(apart[0] + apart[1] + apart[2] + apart[3] == 0);
}

int main(void) {
  test_tables();
  test_not_listed();
  test_classes();
  test_smallest();
  return test_report("tables that agree");
}
