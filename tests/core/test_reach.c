/*
 * How far counts can go, against an attacker who lists every table of whole numbers that agrees. In a table of rows and columns
 * the ends are whole numbers, so that whole numbers say all. Weights are the same tables in another unit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

enum { SIDE = 3, ATOMS = SIDE * SIDE, COUNTS = ATOMS + 2 * SIDE + 1, PAIRS = 4 * ATOMS, MOST_ALL = 9 };

typedef struct toy {
  double x[ATOMS], n[COUNTS], known[1];
  int32_t count[PAIRS], atom[PAIRS], known_row[ATOMS], known_atom[ATOMS];
  double known_sign[ATOMS];
  uint8_t hidden[COUNTS], asked[COUNTS], must[COUNTS];
  double low[COUNTS], high[COUNTS]; /* what the attacker finds */
  weeg_reach_system system;
} toy;

static uint32_t state = 20261;
static double uniform(void) {
  state = state * 1664525u + 1013904223u;
  return (double)(state >> 8) / (1 << 24);
}

/* Cells, then rows, columns and all; that all of them are so many is known besides. */
static void make_toy(toy *t, double unit) {
  int pairs = 0, all = (int)(uniform() * (MOST_ALL + 1));
  memset(t, 0, sizeof *t);
  for (; all > 0; all--) t->x[(int)(uniform() * ATOMS)] += unit;
  for (int a = 0; a < ATOMS; a++) {
    const int in[] = {a, ATOMS + a / SIDE, ATOMS + SIDE + a % SIDE, COUNTS - 1};
    for (int k = 0; k < 4; k++) {
      t->count[pairs] = in[k];
      t->atom[pairs++] = a;
      t->n[in[k]] += t->x[a];
    }
    t->known_atom[a] = a;
    t->known_sign[a] = 1;
    t->known[0] += t->x[a];
  }
  const double share = uniform();
  for (int i = 0; i < COUNTS; i++) {
    t->hidden[i] = uniform() < share;
    t->asked[i] = uniform() < 0.9;
    t->must[i] = uniform() < 0.3;
  }
  t->system = (weeg_reach_system){ATOMS, COUNTS, 1, PAIRS, ATOMS, t->count, t->atom, t->known_row, t->known_atom,
                                  t->known_sign, t->n, t->known, t->x};
}

static double sum_of(const toy *t, const double *y, int i) {
  double sum = 0;
  for (int k = 0; k < PAIRS; k++) sum += t->count[k] == i ? y[t->atom[k]] : 0;
  return sum;
}

/* Atom a and those behind it, of which there are so many left. */
static void list(toy *t, double *y, int a, int left, double unit) {
  if (a < ATOMS - 1) {
    const bool shown = !t->hidden[a];
    const int n = (int)floor(t->x[a] / unit + 0.5);
    for (int i = shown ? n : 0; i <= (shown && n < left ? n : left); i++) {
      y[a] = i * unit;
      list(t, y, a + 1, left - i, unit);
    }
    return;
  }
  y[a] = left * unit;
  double sum[COUNTS];
  for (int i = 0; i < COUNTS; i++) {
    sum[i] = sum_of(t, y, i);
    if (!t->hidden[i] && fabs(sum[i] - t->n[i]) > 1e-9) return;
  }
  for (int i = 0; i < COUNTS; i++) {
    t->low[i] = fmin(t->low[i], sum[i]);
    t->high[i] = fmax(t->high[i], sum[i]);
  }
}

static void attack(toy *t, double unit) {
  double y[ATOMS];
  for (int i = 0; i < COUNTS; i++) t->low[i] = t->high[i] = t->n[i];
  list(t, y, 0, (int)floor(t->known[0] / unit + 0.5), unit);
}

static bool is_bad(const toy *t, int i, double high) {
  return t->hidden[i] && t->asked[i] && (t->low[i] > 1e-9 || t->high[i] < high - 1e-9);
}

/* What follows from what is shown, one after another. Whether none of it must be hidden. */
static bool show_all(toy *t, double unit, double high) {
  for (int i = 0; i < COUNTS; i++) {
    attack(t, unit);
    if (!is_bad(t, i, high)) continue;
    if (t->must[i]) return false;
    t->hidden[i] = 0;
    i = -1;
  }
  return true;
}

static void compare(weeg_reach *reach, toy *t, double unit, double high) {
  weeg_error err = {0};
  const weeg_reach_question question = {t->asked, t->must, 1, high};
  int32_t count = 0;
  int expected = -1;
  bool low = false, sure = false, safe = false;
  attack(t, unit);
  for (int i = 0; i < COUNTS; i++) expected = is_bad(t, i, high) ? i : expected;
  CHECK_STATUS(weeg_reach_next(reach, t->hidden, &question, NULL, &count, &low, &sure, &err), WEEG_OK);
  CHECK(sure);
  CHECK(count == expected);
  if (expected >= 0) CHECK(low == (t->low[expected] > 1e-9));
  uint8_t hidden[COUNTS];
  memcpy(hidden, t->hidden, sizeof hidden);
  CHECK_STATUS(weeg_reach_show(reach, hidden, &question, NULL, &safe, &sure, &err), WEEG_OK);
  CHECK(sure);
  CHECK(safe == show_all(t, unit, high));
  if (safe) CHECK(memcmp(hidden, t->hidden, sizeof hidden) == 0);
}

/* One system, asked about with one set of hidden counts after another. */
static void check_random(double unit) {
  weeg_error err = {0};
  weeg_reach *reach = NULL;
  toy t, other;
  make_toy(&t, unit);
  CHECK_STATUS(weeg_reach_make(&t.system, &reach, &err), WEEG_OK);
  CHECK(reach != NULL);
  if (reach == NULL) return;
  CHECK(weeg_reach_counts(reach) == COUNTS);
  for (int i = 0; i < 4; i++) {
    make_toy(&other, unit);
    memcpy(t.hidden, other.hidden, 3 * sizeof t.hidden); /* with asked and must */
    compare(reach, &t, unit, unit * (int)(uniform() * 4));
  }
  weeg_reach_free(reach);
}

/* A sum that is not known any more, and atoms without an end. */
static void check_unknown(void) {
  weeg_error err = {0};
  weeg_reach *reach = NULL;
  toy t;
  int32_t count = 0;
  bool low, sure;
  make_toy(&t, 1);
  for (int i = 0; i < COUNTS; i++) t.hidden[i] = t.asked[i] = 1;
  CHECK_STATUS(weeg_reach_make(&t.system, &reach, &err), WEEG_OK);
  CHECK_STATUS(weeg_reach_next(reach, t.hidden, &(weeg_reach_question){t.asked, NULL, 0, 1000}, NULL, &count, &low, &sure, &err),
               WEEG_OK);
  CHECK(sure && count == -1);
  CHECK_STATUS(weeg_reach_next(reach, t.hidden, &(weeg_reach_question){t.asked, NULL, 1, 1000}, NULL, &count, &low, &sure, &err),
               WEEG_OK);
  CHECK(sure && count == COUNTS - 1);
  weeg_reach_free(reach);
}

/* A table that does not agree, systems that are too large, and atoms that there are not. */
static void check_refused(void) {
  weeg_error err = {0};
  weeg_reach *reach = NULL;
  toy t;
  make_toy(&t, 1);
  t.n[2] += 1;
  CHECK_STATUS(weeg_reach_make(&t.system, &reach, &err), WEEG_OK);
  CHECK(reach == NULL);
  make_toy(&t, 1);
  t.system.table = t.x;
  t.x[0] = -1;
  CHECK_STATUS(weeg_reach_make(&t.system, &reach, &err), WEEG_OK);
  CHECK(reach == NULL);
  make_toy(&t, 1);
  t.atom[3] = ATOMS;
  CHECK_STATUS(weeg_reach_make(&t.system, &reach, &err), WEEG_ERR_ARGUMENT);
  t.atom[3] = 0;
  t.system.atoms = 1 << 20;
  CHECK_STATUS(weeg_reach_make(&t.system, &reach, &err), WEEG_OK);
  CHECK(reach == NULL);
  weeg_reach_free(NULL);
}

int main(void) {
  for (int i = 0; i < 60; i++) check_random(1);
  for (int i = 0; i < 20; i++) check_random(0.37);
  check_unknown();
  check_refused();
  return test_report("reach");
}
