/*
 * weeg_suppress against an attacker who lists every table of whole numbers that agrees with what is shown of a table, and with
 * the table of all respondents that is protected likewise; weaker rules are seen to lose to that attacker.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

enum { MOST = 4, CELLS = MOST * MOST };

typedef struct hidden {
  uint8_t group[MOST], answer[MOST], cell[CELLS];
  uint8_t rare[MOST]; /* answers that the table of all respondents does not show */
} hidden;

/* What the attacker knows: cells, sizes of groups, totals of answers; and how low and high each count was in some table. */
typedef struct attack {
  int groups, answers, threshold;
  const int64_t *n;
  const hidden *of;
  bool totals;             /* the table of all respondents is known, too */
  int64_t all, size[MOST], total[MOST], rare; /* of the truth; rare: those with an answer that is not shown of all */
  int64_t y[CELLS], low[CELLS], high[CELLS], low_size[MOST], high_size[MOST];
  int64_t left_all, left_size[MOST], left_total[MOST];
  int64_t tables;
} attack;

static void take(attack *k) {
  int64_t rare = 0;
  for (int g = 0; g < k->groups; g++) {
    int64_t size = k->size[g] - k->left_size[g];
    if ((k->of->group[g] ? size < (k->size[g] > 0) : k->left_size[g] != 0)) return;
  }
  for (int a = 0; a < k->answers; a++) {
    const bool known = !k->of->answer[a] || (k->totals && !k->of->rare[a]);
    if (known && k->left_total[a] != 0) return;
    if (k->of->rare[a]) rare += k->total[a] - k->left_total[a];
  }
  if (k->left_all != 0 || (k->totals && rare != k->rare)) return;
  k->tables++;
  for (int i = 0; i < k->groups * k->answers; i++) {
    if (k->y[i] < k->low[i]) k->low[i] = k->y[i];
    if (k->y[i] > k->high[i]) k->high[i] = k->y[i];
  }
  for (int g = 0; g < k->groups; g++) {
    const int64_t size = k->size[g] - k->left_size[g];
    if (size < k->low_size[g]) k->low_size[g] = size;
    if (size > k->high_size[g]) k->high_size[g] = size;
  }
}

/* Cell i and those behind it. */
static void list(attack *k, int i) {
  if (i == k->groups * k->answers) {
    take(k);
    return;
  }
  const int g = i / k->answers, a = i % k->answers;
  int64_t least = 0, most = k->left_all;
  if (!k->of->group[g] && k->left_size[g] < most) most = k->left_size[g];
  if ((!k->of->answer[a] || (k->totals && !k->of->rare[a])) && k->left_total[a] < most) most = k->left_total[a];
  if (!k->of->cell[i]) least = most < k->n[i] ? most + 1 : k->n[i], most = k->n[i] < most ? k->n[i] : most;
  if (k->size[g] == 0) most = 0;
  for (int64_t y = least; y <= most; y++) {
    k->y[i] = y;
    k->left_all -= y, k->left_size[g] -= y, k->left_total[a] -= y;
    list(k, i + 1);
    k->left_all += y, k->left_size[g] += y, k->left_total[a] += y;
  }
}

/* Whether the attacker knows of no hidden count that it is one of fewer values than the threshold. */
static bool is_safe(const int64_t *n, int groups, int answers, int threshold, const hidden *of, bool totals) {
  attack k = {.groups = groups, .answers = answers, .threshold = threshold, .n = n, .of = of, .totals = totals};
  bool safe = true;
  for (int i = 0; i < groups * answers; i++) {
    k.all += n[i], k.size[i / answers] += n[i], k.total[i % answers] += n[i];
    k.rare += of->rare[i % answers] ? n[i] : 0;
    k.low[i] = INT64_MAX, k.high[i] = -1;
  }
  for (int g = 0; g < groups; g++) k.low_size[g] = INT64_MAX, k.high_size[g] = -1;
  k.left_all = k.all;
  memcpy(k.left_size, k.size, sizeof k.size);
  memcpy(k.left_total, k.total, sizeof k.total);
  list(&k, 0);
  CHECK(k.tables > 0); /* the truth, at least */
  for (int i = 0; i < groups * answers; i++) {
    const int g = i / answers;
    if (!of->cell[i] || k.size[g] == 0) continue;
    safe = safe && k.high[i] - k.low[i] >= threshold - 1 && (totals || of->group[g] || k.low[i] == 0);
  }
  for (int g = 0; g < groups; g++) {
    if (of->group[g] && k.size[g] > 0) safe = safe && k.high_size[g] - k.low_size[g] >= threshold - 1;
  }
  return safe;
}

static hidden protect(const int64_t *n, int groups, int answers, int threshold) {
  hidden h = {0}, all = {0};
  int64_t total[MOST] = {0};
  for (int i = 0; i < groups * answers; i++) total[i % answers] += n[i];
  CHECK_OK(weeg_suppress(n, &(weeg_suppressed){threshold, groups, answers, h.group, h.answer, h.cell}, NULL));
  CHECK_OK(weeg_suppress(total, &(weeg_suppressed){threshold, 1, answers, all.group, all.answer, all.cell}, NULL));
  memcpy(h.rare, all.cell, sizeof h.rare);
  return h;
}

/* Weaker rules: small counts alone; with another answer in the group; all, but totals are shown; or but groups without any. */
enum { SMALL, PAIR, TOTALS, GROUPS, RULES };

static hidden broken(int rule, const int64_t *n, int groups, int answers, int threshold) {
  const hidden right = protect(n, groups, answers, threshold);
  hidden h = right;
  if (rule == TOTALS) {
    memset(h.answer, 0, sizeof h.answer);
    return h;
  }
  if (rule == GROUPS) {
    for (int g = 0; g < groups; g++) {
      bool small = h.group[g];
      for (int a = 0; a < answers; a++) small = small || n[g * answers + a] < threshold;
      if (!small) memset(h.cell + g * answers, 0, (size_t)answers);
    }
    return h;
  }
  memset(h.cell, 0, sizeof h.cell);
  memset(h.answer, 0, sizeof h.answer);
  for (int i = 0; i < groups * answers; i++) {
    h.cell[i] = h.group[i / answers] || n[i] < threshold;
    if (h.cell[i]) h.answer[i % answers] = 1;
  }
  for (int g = 0; g < groups && rule == PAIR; g++) {
    int count = 0;
    for (int a = 0; a < answers; a++) count += h.cell[g * answers + a];
    if (count == 1) h.cell[g * answers] = h.cell[g * answers + 1] = h.answer[0] = h.answer[1] = 1;
  }
  return h;
}

static uint32_t seed = 20240229;
static int drawn(int below) {
  seed = seed * 1664525u + 1013904223u;
  return (int)((seed >> 8) % (uint32_t)below);
}

/* A table with large and small counts, empty groups, answers that nobody gave. */
static void draw(int64_t *n, int groups, int answers) {
  const int kind = drawn(4), most = 3 + drawn(4);
  for (int g = 0; g < groups; g++) {
    const bool empty = drawn(12) == 0, small = drawn(4) == 0;
    for (int a = 0; a < answers; a++) {
      const int count = kind == 0 ? drawn(most) : kind == 1 ? 2 + drawn(3) : drawn(3) == 0 ? drawn(2) : 3 + drawn(3);
      n[g * answers + a] = empty ? 0 : small ? drawn(2) : count;
    }
  }
}

/* Of so few respondents in hidden groups alone, sizes are known more closely, as each group has somebody. */
static bool is_tiny(const int64_t *n, int groups, int answers, int threshold, const hidden *of) {
  int64_t all = 0, some = 0;
  bool shown = false;
  for (int g = 0; g < groups; g++) {
    int64_t size = 0;
    for (int a = 0; a < answers; a++) size += n[g * answers + a];
    shown = shown || (size > 0 && !of->group[g]);
    all += size, some += size > 0;
  }
  return all < threshold || (!shown && all < threshold + some - 1);
}

static void test_attack(void) {
  enum { TABLES = 1500, LEAST = 20 };
  int lost[RULES] = {0}, shown = 0, cells = 0;
  for (int i = 0; i < TABLES; i++) {
    const int groups = 1 + drawn(3), answers = 1 + drawn(3), threshold = 2 + drawn(3);
    int64_t n[CELLS] = {0};
    draw(n, groups, answers);
    const hidden h = protect(n, groups, answers, threshold);
    for (int c = 0; c < groups * answers; c++) {
      int64_t size = 0;
      for (int a = 0; a < answers; a++) size += n[c / answers * answers + a];
      CHECK(h.cell[c] || n[c] >= threshold || size == 0);
      shown += !h.cell[c], cells++;
    }
    if (is_tiny(n, groups, answers, threshold, &h)) continue;
    CHECK(is_safe(n, groups, answers, threshold, &h, false));
    CHECK(is_safe(n, groups, answers, threshold, &h, true));
    for (int rule = 0; rule < RULES; rule++) {
      const hidden b = broken(rule, n, groups, answers, threshold);
      lost[rule] += !is_safe(n, groups, answers, threshold, &b, rule == GROUPS);
    }
  }
  for (int rule = 0; rule < RULES; rule++) CHECK(lost[rule] >= LEAST);
  CHECK(shown > cells / 10);
}

/* Cells, answers and groups as '*' where they are hidden, group by group. */
static void check_table(const int64_t *n, int groups, int answers, const char *cell, const char *answer, const char *group) {
  const hidden h = protect(n, groups, answers, 10);
  for (int i = 0; i < groups * answers; i++) CHECK(h.cell[i] == (cell[i] == '*'));
  for (int a = 0; a < answers; a++) CHECK(h.answer[a] == (answer[a] == '*'));
  for (int g = 0; g < groups; g++) CHECK(h.group[g] == (group[g] == '*'));
}

static void test_tables(void) {
  const int64_t large[] = {10, 11, 12, 13}, one[] = {4, 60, 12, 30, 40, 20}, total[] = {4, 60, 30};
  const int64_t group[] = {3, 4, 30, 20, 50, 60, 90, 40}, few[] = {2, 3, 1, 3}, empty[] = {0, 0, 20, 30};
  check_table(large, 2, 2, "....", "..", "..");
  check_table(one, 2, 3, "*.**.*", "*.*", "..");  /* the rarest other answer, and the group besides */
  check_table(total, 1, 3, "*.*", "*.*", ".");
  check_table(group, 4, 2, "****....", "..", "**.."); /* with the next smallest group, which together have large counts */
  check_table(few, 2, 2, "****", "**", "**");
  check_table(empty, 2, 2, "....", "..", "..");
}

static void test_refusals(void) {
  uint8_t out[CELLS];
  const int64_t n[] = {1, -1}, huge[] = {INT64_MAX / 4, INT64_MAX / 4};
  const weeg_suppressed to = {10, 1, 2, out, out + 4, out + 8}, low = {1, 1, 1, out, out + 4, out + 8};
  const weeg_suppressed none = {10, 0, 0, out, out + 4, out + 8};
  const weeg_places places = {.groups = 1, .answers = 2};
  const weeg_answers question = {.groups = 0, .items = 1};
  CHECK_STATUS(weeg_suppress(n, &to, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_suppress(huge, &to, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_suppress(n, &low, NULL), WEEG_ERR_ARGUMENT);
  CHECK_OK(weeg_suppress(n, &none, NULL));
  CHECK_STATUS(weeg_suppress_table(&(weeg_tally){0}, &places, &to, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_suppress_item(&(weeg_tally){0}, &question, 1, &to, NULL), WEEG_ERR_ARGUMENT);
}

/* A tally without clusters of three groups, those without one, and two answers; by hand: a 3 and 30, b 20 and 40, 25 and 50. */
static void test_of_tally(void) {
  const int32_t group[] = {0, 0, 1, 1, -1, -1, 2, 0}, answer[] = {0, 1, 0, 1, 0, 1, 0, -1}, unit[] = {0, 0, 0, 0, 0, 0, 0};
  const int32_t cell[] = {0, 1, 2, 3, 4, 5, 7};
  const int64_t n[] = {3, 30, 20, 40, 25, 50, 99};
  const weeg_tally tally = {.entries = 7, .cells = 8, .cell = (int32_t *)(uintptr_t)cell, .unit = (int32_t *)(uintptr_t)unit,
                            .n = (int64_t *)(uintptr_t)n};
  const weeg_places places = {.group = group, .groups = 3, .answer = answer, .answers = 2};
  const int32_t size[] = {1, 1, 1, 1, 1, 1, -1, -1};
  const int32_t items[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  uint8_t g[4], a[2], c[8], item[8];
  const weeg_suppressed of = {10, 4, 2, g, a, c}, of_item = {10, 4, 2, g, a, item}, sizes = {10, 4, 1, g, a, c};
  const weeg_suppressed larger = {40, 4, 1, g, a, c}, largest = {70, 4, 1, g, a, c};
  CHECK_OK(weeg_suppress_table(&tally, &places, &of, NULL));
  CHECK(c[0] == 1 && c[1] == 1 && c[2] + c[6] > 0 && c[4] == 0); /* a's, those of another row, and none of a group of nobody */
  CHECK(weeg_hides_any(&of));
  CHECK(weeg_shown_cell(&of, WEEG_OF_ROW, 0, 1) == WEEG_BASE_SHOWN);
  CHECK(weeg_shown_cell(&of, WEEG_OF_TOTAL, 0, 1) == WEEG_NOTHING_SHOWN);
  CHECK(weeg_shown_cell(&of, WEEG_OF_COLUMN, 2, 1) == WEEG_NOTHING_SHOWN); /* of an answer that is hidden of all together */
  CHECK(weeg_shown_margin(&of, 1) == WEEG_BASE_SHOWN);
  CHECK(weeg_hides_side(&of, 0, 0) && weeg_hides_side(&of, -1, 0) && !weeg_hides_side(&of, 2, 0));
  CHECK_OK(weeg_suppress_table(&tally, &places, &sizes, NULL));
  CHECK(!weeg_hides_any(&sizes));
  CHECK_OK(weeg_suppress_table(&tally, &places, &larger, NULL)); /* a has 33, and is with the next */
  CHECK(g[0] == 1 && g[1] == 1 && g[2] == 0 && g[3] == 0 && weeg_hides_side(&larger, -1, 0));
  CHECK_OK(weeg_suppress_table(&tally, &places, &largest, NULL));
  CHECK(g[0] == 1 && g[1] == 1 && weeg_shown_margin(&largest, 0) != WEEG_NOTHING_SHOWN);
  const weeg_answers question = {group, 3, items, 2, size};
  CHECK_OK(weeg_suppress_item(&tally, &question, 0, &of_item, NULL)); /* as the first answer */
  CHECK(item[0] == 1 && item[1] == 1 && item[4] == 0);
  CHECK_OK(weeg_suppress_item(&tally, &question, 1, &of_item, NULL)); /* nobody names it */
  for (int k = 0; k < 8; k++) CHECK(item[k] == (k != 4 && k != 5));
}

static void test_numbers(void) {
  const double p[] = {0.01, 0.02, NAN, 0.03};
  const uint8_t lost[] = {0, 1, 0, 0};
  double adjusted[4];
  CHECK(weeg_shown_number(1.0 / 3) == 0.333333333 && weeg_shown_number(-12345678.901) == -12345678.9);
  CHECK(weeg_shown_number(12345678901.0) == 12345678901.0 && isnan(weeg_shown_number(NAN)) && isinf(weeg_shown_number(INFINITY)));
  CHECK_OK(weeg_adjust_shown(WEEG_ADJUST_HOLM, p, lost, 4, adjusted, NULL)); /* of three */
  CHECK(adjusted[0] == 0.03 && isnan(adjusted[1]) && isnan(adjusted[2]) && adjusted[3] == 0.06);
  CHECK_STATUS(weeg_adjust_shown(WEEG_ADJUST_HOLM, p, lost, -1, adjusted, NULL), WEEG_ERR_ARGUMENT);
}

/* That the second group is empty is told, but where there are fewer respondents than the threshold in all. */
static void test_empty(void) {
  uint8_t group[3], answer[2], cell[6];
  const weeg_suppressed of = {5, 3, 2, group, answer, cell};
  CHECK_OK(weeg_suppress((const int64_t[]){9, 9, 0, 0, 9, 9}, &of, NULL));
  CHECK(weeg_tells_empty(&of, 1));
  CHECK_OK(weeg_suppress((const int64_t[]){1, 1, 0, 0, 1, 1}, &of, NULL));
  CHECK(!weeg_tells_empty(&of, 0) && !weeg_tells_empty(&of, 1));
}

/* PSUs of 12, 30, 12 and no rows: by rows, then by what is in them, whichever number they came with. */
static void test_send(void) {
  const int32_t stratum[] = {0, 0, 0, -1};
  int32_t unit[] = {0, 1, 1, 2, 2}, cell[] = {0, 0, 1, 0, 1}, to[4];
  int64_t n[] = {12, 10, 20, 2, 10};
  weeg_sum w[5] = {{0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}};
  weeg_tally tally = {.units = 4, .cells = 2, .entries = 5, .unit = unit, .cell = cell, .n = n, .w = w};
  weeg_design design = {.strata = 1, .psus = 4, .psu_stratum = stratum};
  const weeg_survey survey = {&tally, &design};
  weeg_error err = {0};
  CHECK_OK(weeg_send_units(&survey, 10, to, NULL));
  CHECK(to[1] == 0 && to[2] == 1 && to[0] == 2 && to[3] == 3);
  n[0] = 2, n[3] = 12, n[4] = 0;
  CHECK_STATUS(weeg_send_units(&survey, 10, to, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.facts.unit == 0 && err.facts.value == 2 && err.count == 1);
  n[0] = n[3] = 12, w[0].lo = 2;
  CHECK_OK(weeg_send_units(&survey, 10, to, NULL));
  CHECK(to[1] == 0 && to[2] == 1 && to[0] == 2);
  w[0].lo = 1, w[3].hi = 1;
  CHECK_OK(weeg_send_units(&survey, 10, to, NULL));
  CHECK(to[1] == 0 && to[0] == 1 && to[2] == 2);
  CHECK_STATUS(weeg_send_units(&survey, 1, to, NULL), WEEG_ERR_ARGUMENT);
  tally.element = true;
  CHECK_STATUS(weeg_send_units(&survey, 11, to, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == 0 && err.facts.value == 10 && err.count == 2 && err.facts.unit < 0);
  design.later = 1;
  CHECK_STATUS(weeg_send_units(&survey, 2, to, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where < 0 && strstr(err.message, "multistage") != NULL);
}

int main(void) {
  test_send();
  test_attack();
  test_tables();
  test_of_tally();
  test_empty();
  test_numbers();
  test_refusals();
  return test_report("suppress");
}
