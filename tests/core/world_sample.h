/*
 * Small worlds for the test programs: towns (sampling units) in strata, groups within them, answers; every municipality is a
 * town or two. Counts are of answers in municipalities, in groups, and in all.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_WORLD_SAMPLE_H
#define WEEG_TEST_WORLD_SAMPLE_H

#include "test.h"

enum { TOY_TOWNS = 64, TOY_GROUPS = 2, TOY_ANSWERS = 3, TOY_ATOMS = 256, TOY_PARTS = 6, TOY_COUNTS = 256, TOY_STEPS = 2000 };
enum { TOY_PAIRS = 4000, TOY_FIGURES = 8, TOY_MEMBERS = 1024 };
/* its parts: the share of answer 0 in all and in group 0; the sum of it; the share that is always 1; of answer 1; in group 1 */
enum { IN_ALL, GROUP_0, SUM, ONE, OTHER, GROUP_1 };

typedef struct toy_errors {
  int32_t unit[TOY_ATOMS], unit_stratum[TOY_TOWNS], part1[TOY_FIGURES], part2[TOY_FIGURES], measure[TOY_FIGURES];
  double size[TOY_TOWNS], factor[TOY_TOWNS], low[TOY_FIGURES], high[TOY_FIGURES];
} toy_errors;

typedef struct toy {
  int towns, groups, answers, strata, merged; /* merged: so many towns make a municipality */
  bool free;                                  /* anybody can be in any town and group */
  int32_t town_stratum[TOY_TOWNS];
  double weight[TOY_TOWNS], fpc[TOY_TOWNS]; /* of a town, a stratum; fpc 0: none */
  double x[TOY_ATOMS], w[TOY_ATOMS], w2[TOY_ATOMS], num[TOY_PARTS * TOY_ATOMS], den[TOY_PARTS * TOY_ATOMS];
  double limits[4 * TOY_PARTS];
  int32_t is_sum[TOY_PARTS], member_count[TOY_MEMBERS], member_atom[TOY_MEMBERS], n[TOY_COUNTS], shown[TOY_COUNTS];
  int32_t from[TOY_STEPS], to[TOY_STEPS], one[TOY_PAIRS], two[TOY_PAIRS], pair[2 * TOY_PAIRS], kind[TOY_PAIRS];
  int32_t opposite[TOY_PAIRS], alone[TOY_PAIRS];
  toy_errors design[2]; /* towns are the units; rows are, of the same strata */
  weeg_world_errors errors[2];
  weeg_world world;
} toy;

static uint32_t toy_state = 1;

static int toy_draw(int below) {
  toy_state = toy_state * 1664525u + 1013904223u;
  return (int)((uint64_t)(toy_state >> 8) * (uint64_t)below >> 24);
}

static int town_of(const toy *t, int atom) { return atom / t->answers / t->groups; }
static int group_of(const toy *t, int atom) { return atom / t->answers % t->groups; }
static int toy_municipalities(const toy *t) { return (t->towns + t->merged - 1) / t->merged; }

/* In which count an atom is: of its municipality, its group, or all. */
static int toy_count(const toy *t, int what, int atom) {
  const int m = toy_municipalities(t);
  const int place = what == 0 ? town_of(t, atom) / t->merged : what == 1 ? m + group_of(t, atom) : m + t->groups;
  return place * t->answers + atom % t->answers;
}

/* Atoms, parts and designs, of x and the weights of towns. */
static void toy_tables(toy *t) {
  const int atoms = t->towns * t->groups * t->answers;
  for (int a = 0; a < atoms; a++) {
    const double weight = t->weight[town_of(t, a)];
    t->w[a] = t->x[a] * weight;
    t->w2[a] = t->x[a] * weight * weight;
    for (int p = 0; p < TOY_PARTS; p++) {
      const bool in = p == GROUP_0 ? group_of(t, a) == 0 : p == GROUP_1 ? group_of(t, a) == 1 : true;
      t->num[p * atoms + a] = in && (p == ONE || a % t->answers == (p == OTHER));
      t->den[p * atoms + a] = in && p != SUM;
      t->is_sum[p] = p == SUM;
    }
    t->design[0].unit[a] = town_of(t, a);
    t->design[1].unit[a] = t->town_stratum[town_of(t, a)];
  }
  for (int h = 0; h < t->strata; h++) {
    for (int d = 0; d < 2; d++) t->design[d].size[h] = 0;
    t->design[1].unit_stratum[h] = h;
  }
  for (int u = 0; u < t->towns; u++) {
    t->design[0].unit_stratum[u] = t->town_stratum[u];
    t->design[0].size[t->town_stratum[u]]++;
  }
  for (int a = 0; a < atoms; a++) t->design[1].size[t->design[1].unit[a]] += t->x[a];
  for (int d = 0; d < 2; d++) {
    for (int h = 0; h < t->strata; h++) {
      const double m = t->design[d].size[h];
      t->design[d].factor[h] = m > 1 ? m / (m - 1) * (t->fpc[h] > 0 ? 1 - m / t->fpc[h] : 1) : 0;
    }
  }
}

static void toy_counts(toy *t) {
  const int atoms = t->towns * t->groups * t->answers;
  memset(t->n, 0, sizeof t->n);
  for (int a = 0; a < atoms; a++) {
    for (int what = 0; what < 3; what++) {
      t->member_count[3 * a + what] = toy_count(t, what, a);
      t->member_atom[3 * a + what] = a;
      t->n[toy_count(t, what, a)] += (int32_t)t->x[a];
    }
  }
}

/* Steps of a respondent, alone and two in a town, by what they change in the counts shown. */
static void toy_steps(toy *t) {
  static int64_t mark[TOY_COUNTS], change[TOY_STEPS], kinds[TOY_PAIRS];
  const int atoms = t->towns * t->groups * t->answers;
  int steps = 0, pairs = 0, kind_count = 0;
  for (int i = 0; i < TOY_COUNTS; i++) mark[i] = t->shown[i] ? (int64_t)toy_draw(1 << 24) << 24 | toy_draw(1 << 24) : 0;
  for (int a = 0; a < atoms; a++) {
    for (int b = 0; b < atoms; b++) {
      if (a == b || (!t->free && a / t->answers != b / t->answers)) continue;
      t->from[steps] = a, t->to[steps] = b, change[steps] = 0;
      for (int what = 0; what < 3; what++) change[steps] += mark[toy_count(t, what, b)] - mark[toy_count(t, what, a)];
      steps++;
    }
  }
  for (int i = 0; i < steps; i++) t->one[pairs] = i, t->two[pairs++] = -1;
  for (int i = 0; i < steps && !t->free; i++) {
    for (int j = i + 1; j < steps && town_of(t, t->from[j]) == town_of(t, t->from[i]); j++) {
      if (t->from[i] != t->to[j] || t->to[i] != t->from[j]) t->one[pairs] = i, t->two[pairs++] = j;
    }
  }
  for (int p = 0; p < pairs; p++) {
    const int64_t c = change[t->one[p]] + (t->two[p] < 0 ? 0 : change[t->two[p]]);
    int k = 0;
    while (k < kind_count && kinds[k] != c) k++;
    if (k == kind_count) kinds[kind_count++] = c;
    t->kind[p] = k;
    t->alone[p] = c == 0;
    t->pair[p] = t->one[p], t->pair[pairs + p] = t->two[p];
  }
  for (int k = 0; k < kind_count; k++) {
    t->opposite[k] = -1;
    for (int l = 0; l < kind_count; l++) t->opposite[k] = kinds[l] == -kinds[k] ? l : t->opposite[k];
  }
  t->world.steps = steps, t->world.pairs = pairs, t->world.kinds = kind_count;
}

/* Adds a standard error that may be anything to a design. */
static void toy_figure(toy *t, int design, int one, int two, int measure) {
  toy_errors *d = &t->design[design];
  const int j = t->errors[design].figures++;
  d->part1[j] = one, d->part2[j] = two, d->measure[j] = measure;
  d->low[j] = 0, d->high[j] = 1e9;
}

/* The world of t, of which towns, groups and so on, weights, x and shown are set; no figures. */
static void toy_make(toy *t) {
  toy_tables(t);
  toy_counts(t);
  t->world = (weeg_world){.atoms = t->towns * t->groups * t->answers, .parts = TOY_PARTS - (t->groups == 1), .designs = 2,
                          .counts = (toy_municipalities(t) + t->groups + 1) * t->answers, .x = t->x, .w = t->w, .w2 = t->w2,
                          .num = t->num, .den = t->den, .is_sum = t->is_sum, .errors = t->errors,
                          .member_count = t->member_count, .member_atom = t->member_atom, .n = t->n, .shown = t->shown,
                          .from = t->from, .to = t->to, .pair = t->pair, .kind = t->kind, .opposite = t->opposite,
                          .alone = t->alone};
  t->world.members = 3 * t->world.atoms;
  toy_steps(t);
  for (int i = 0; i < 2; i++) {
    toy_errors *d = &t->design[i];
    t->errors[i] = (weeg_world_errors){.element = i == 1, .units = i == 1 ? t->strata : t->towns, .strata = t->strata,
                                       .unit = d->unit, .unit_stratum = d->unit_stratum, .size = d->size, .factor = d->factor,
                                       .part1 = d->part1, .part2 = d->part2, .measure = d->measure, .low = d->low,
                                       .high = d->high};
  }
}

/* Many towns, their counts of one answer hidden, and the standard error in all shown: work for a search. */
TEST_UNUSED static void toy_large(toy *t, int towns) {
  *t = (toy){.towns = towns, .groups = 2, .answers = 2, .strata = 2, .merged = 1};
  for (int u = 0; u < towns; u++) t->town_stratum[u] = u % 2, t->weight[u] = 1 + u % 3;
  for (int a = 0; a < towns * 4; a++) t->x[a] = a % 2 == 0 ? toy_draw(3) : 3 + toy_draw(20);
  for (int i = 0; i < TOY_COUNTS; i++) t->shown[i] = i >= towns * 2;
  toy_make(t);
  toy_figure(t, 0, IN_ALL, -1, WEEG_DIFFERENCE);
  toy_figure(t, 0, GROUP_0, GROUP_1, WEEG_ODDS_RATIO);
  toy_figure(t, 1, SUM, -1, WEEG_DIFFERENCE);
}

#endif
