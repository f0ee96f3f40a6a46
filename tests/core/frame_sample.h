/*
 * A tally with names, made of rows, and tallies made of those rows directly, which what is made of the first must be.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef FRAME_SAMPLE_H
#define FRAME_SAMPLE_H

#include "sample.h"

enum { ROWS = 240, VARIABLES = 3, STRATA = 3, PSUS = 9 };

static int32_t levels_of(int v) { return v == 1 ? 3 : 2; }
static int32_t psu_of(int i) { return i % PSUS + 1; }
static int32_t stratum_of(int i) { return (psu_of(i) - 1) / 3 + 1; }

/* 0: missing. The last PSU has no complete rows, and the third variable no missing values. */
static int32_t code_of(int v, int i) {
  if (v == 2) return i / 3 % 2 + 1;
  if (v == 0 && psu_of(i) == PSUS) return 0;
  return (i * (v + 5) / 7 + i / 11) % (levels_of(v) + 1);
}

static double weight_of(int i) { return 0.25 + (i * 37 % 101) * 0.19; }

static bool all_rows(int i) { return i >= 0; }

typedef struct named_sample {
  sample s;
  weeg_variable variable[VARIABLES];
  weeg_frame frame;
} named_sample;

static char variable_name[VARIABLES][2] = {"a", "b", "c"};
static char level_name[VARIABLES][3][8] = {{"no", "yes"}, {"10", "9", "100"}, {"x", "y"}};
static char stratum_name[STRATA][8] = {"north", "south", "west"}, psu_name[PSUS][16];
static char *level_text[VARIABLES][3], *stratum_text[STRATA], *psu_text[PSUS];

/* The rows that are used, as columns, and what they weigh: the tally and design of these alone. */
static void sample_rows(sample *s, bool (*use)(int), const uint8_t *keep, const int32_t *which, int32_t count, bool element) {
  static int32_t codes[VARIABLES][ROWS], stratum[ROWS], psu[ROWS];
  static double weight[ROWS];
  weeg_column columns[VARIABLES];
  int32_t rows = 0;
  for (int i = 0; i < ROWS; i++) {
    if (!use(i) || (keep != NULL && keep[i] == 0)) continue;
    for (int k = 0; k < count; k++) codes[k][rows] = code_of(which[k], i);
    stratum[rows] = stratum_of(i);
    psu[rows] = psu_of(i);
    weight[rows++] = weight_of(i);
  }
  for (int k = 0; k < count; k++) columns[k] = sample_column(codes[k], levels_of(which[k]));
  sample_make(s, rows, stratum, STRATA, element ? NULL : psu, PSUS, columns, count, weight);
}

static void named_make(named_sample *s, bool (*use)(int), const uint8_t *keep, bool element) {
  static const int32_t all[VARIABLES] = {0, 1, 2};
  sample_rows(&s->s, use, keep, all, VARIABLES, element);
  for (int v = 0; v < VARIABLES; v++) {
    for (int k = 0; k < 3; k++) level_text[v][k] = level_name[v][k];
    s->variable[v] = (weeg_variable){.name = variable_name[v], .levels = {levels_of(v), level_text[v]}};
  }
  for (int h = 0; h < STRATA; h++) stratum_text[h] = stratum_name[h];
  for (int u = 0; u < PSUS; u++) {
    (void)snprintf(psu_name[u], sizeof psu_name[u], "p%d", u + 1);
    psu_text[u] = psu_name[u];
  }
  s->frame = (weeg_frame){.variables = VARIABLES, .variable = s->variable, .strata = {STRATA, stratum_text},
                          .psus = {element ? 0 : PSUS, psu_text}, .design = s->s.design, .tally = s->s.tally};
}

static void named_clear(named_sample *s) { weeg_tally_free(s->s.tally); }

/* The tally of some variables of the rows. */
TEST_UNUSED static weeg_tally *named_tally(bool (*use)(int), const uint8_t *keep, const int32_t *which, int32_t count,
                                           bool element) {
  sample s;
  sample_rows(&s, use, keep, which, count, element);
  return s.tally;
}

/* That of all rows by codes of a and b that are other ones, and c. */
TEST_UNUSED static weeg_tally *tally_of_codes(const int32_t *a, int32_t a_levels, const int32_t *b, int32_t b_levels) {
  static int32_t c[ROWS], psu[ROWS], stratum[ROWS];
  static double weight[ROWS];
  sample s;
  for (int i = 0; i < ROWS; i++) {
    c[i] = code_of(2, i);
    psu[i] = psu_of(i);
    stratum[i] = stratum_of(i);
    weight[i] = weight_of(i);
  }
  const weeg_column columns[] = {sample_column(a, a_levels), sample_column(b, b_levels), sample_column(c, 2)};
  sample_make(&s, ROWS, stratum, STRATA, psu, PSUS, columns, 3, weight);
  return s.tally;
}

#endif
