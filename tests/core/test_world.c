/*
 * Tables of whole respondents that agree with a release: figures against a loop over respondents and against differences, and
 * what is called safe against all tables that there are.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "disclosure/world.h"
#include "world_sample.h"

/* ---- figures in another way ---- */

static double part_num(int part, int group, int answer) {
  return part == GROUP_0 ? group == 0 && answer == 0 : part == GROUP_1 ? group == 1 && answer == 0
         : part == ONE ? 1 : part == OTHER ? answer == 1 : answer == 0;
}

static double part_den(int part, int group) { return part == GROUP_0 ? group == 0 : part == GROUP_1 ? group == 1 : 1; }

/* Sums of weights w by atom. */
static double sum_num(const toy *t, const double *w, int part) {
  double sum = 0;
  for (int a = 0; a < t->world.atoms; a++) sum += w[a] * part_num(part, group_of(t, a), a % t->answers);
  return sum;
}

static double sum_den(const toy *t, const double *w, int part) {
  double sum = 0;
  for (int a = 0; a < t->world.atoms; a++) sum += w[a] * part_den(part, group_of(t, a));
  return sum;
}

static double value_of(const toy *t, const double *w, int part) {
  return sum_num(t, w, part) / (part == SUM ? 1 : sum_den(t, w, part));
}

static double on_scale(int measure, double p) {
  return measure == WEEG_RISK_RATIO ? log(p) : measure == WEEG_ODDS_RATIO ? log(p / (1 - p)) : p;
}

static double statistic(const toy *t, const double *w, int one, int two, int measure) {
  const double first = on_scale(measure, value_of(t, w, one));
  return two < 0 ? first : first - on_scale(measure, value_of(t, w, two));
}

/* The derivative in the weight of an atom, by five points. */
static double derivative(const toy *t, int atom, int one, int two, int measure) {
  static const double at[] = {-2, -1, 1, 2}, times[] = {1, -8, 8, -1};
  double w[TOY_ATOMS], d = 0;
  const double step = 1e-3;
  memcpy(w, t->w, sizeof w);
  for (int i = 0; i < 4; i++) {
    w[atom] = t->w[atom] + at[i] * step;
    d += times[i] * statistic(t, w, one, two, measure) / (12 * step);
  }
  return d;
}

/* The same by its formula, times `sign`, added to y of all atoms. */
static void add_scores(const toy *t, const double *w, int part, int measure, int sign, double *y) {
  const double p = value_of(t, w, part), base = part == SUM ? 1 : sum_den(t, w, part);
  const double slope = measure == WEEG_RISK_RATIO ? 1 / p : measure == WEEG_ODDS_RATIO ? 1 / p + 1 / (1 - p) : 1;
  for (int a = 0; a < t->world.atoms; a++) {
    const double in = part_num(part, group_of(t, a), a % t->answers);
    y[a] += sign * slope * (in - (part == SUM ? 0 : part_den(part, group_of(t, a)) * p)) / base;
  }
}

/* Of scores y by atom: squares of deviations of units from the mean of their stratum. */
static double error_from(const toy *t, const double *x, int design, const double *y) {
  double variance = 0;
  for (int h = 0; h < t->strata; h++) {
    double mean = 0, squares = 0, units = 0;
    for (int pass = 0; pass < 2; pass++) {
      for (int u = 0; u < t->towns; u++) {
        if (t->town_stratum[u] != h) continue;
        double sum = 0;
        for (int a = u * t->groups * t->answers; a < (u + 1) * t->groups * t->answers; a++) {
          const double own = t->weight[u] * y[a];
          sum += x[a] * own;
          if (design == 1 && pass == 0) mean += x[a] * own, units += x[a];
          if (design == 1 && pass == 1) squares += x[a] * (own - mean) * (own - mean);
        }
        if (design == 0 && pass == 0) mean += sum, units++;
        if (design == 0 && pass == 1) squares += (sum - mean) * (sum - mean);
      }
      if (pass == 0) mean = units > 0 ? mean / units : 0;
    }
    if (units > 1) variance += units / (units - 1) * (t->fpc[h] > 0 ? 1 - units / t->fpc[h] : 1) * squares;
  }
  return sqrt(variance);
}

static double naive_error(const toy *t, const double *x, int design, int figure) {
  const toy_errors *d = &t->design[design];
  const int one = d->part1[figure], two = d->part2[figure], measure = d->measure[figure];
  double w[TOY_ATOMS], y[TOY_ATOMS] = {0};
  for (int a = 0; a < t->world.atoms; a++) w[a] = x[a] * t->weight[town_of(t, a)];
  add_scores(t, w, one, measure, 1, y);
  if (two >= 0) add_scores(t, w, two, measure, -1, y);
  return error_from(t, x, design, y);
}

static void check_figures(toy *t) {
  double value[TOY_PARTS], num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]}, y[TOY_ATOMS];
  if (!CHECK_OK(weeg_world_figures(&t->world, value, num, error, NULL))) return;
  for (int p = 0; p < TOY_PARTS; p++) {
    CHECK_CLOSE(value[p], value_of(t, t->w, p), 1e-13);
    CHECK_CLOSE(num[p], sum_num(t, t->w, p), 1e-13);
  }
  for (int d = 0; d < 2; d++) {
    for (int j = 0; j < t->errors[d].figures; j++) {
      const toy_errors *e = &t->design[d];
      for (int a = 0; a < t->world.atoms; a++) y[a] = derivative(t, a, e->part1[j], e->part2[j], e->measure[j]);
      CHECK_CLOSE(error[d][j], error_from(t, t->x, d, y), 1e-7);
      CHECK_CLOSE(error[d][j], naive_error(t, t->x, d, j), 1e-12);
    }
  }
}

/* Every statistic in both designs, with and without finite populations, and with a stratum of one town. */
static void test_figures(void) {
  static toy t;
  for (int round = 0; round < 40; round++) {
    t = (toy){.towns = 4 + round % 5, .groups = 2, .answers = 2 + round % 2, .strata = 1 + round % 3, .merged = 1};
    for (int u = 0; u < t.towns; u++) {
      t.town_stratum[u] = u % t.strata;
      t.weight[u] = 0.5 + toy_draw(100) / 16.0;
    }
    for (int h = 0; h < t.strata; h++) t.fpc[h] = round % 4 == 3 ? 60 * t.towns : 0;
    for (int a = 0; a < TOY_ATOMS; a++) t.x[a] = a < t.towns * 2 * t.answers ? 1 + toy_draw(9) : 0;
    toy_make(&t);
    for (int d = 0; d < 2; d++) {
      toy_figure(&t, d, round % 2 ? IN_ALL : GROUP_1, -1, WEEG_DIFFERENCE);
      toy_figure(&t, d, SUM, -1, WEEG_DIFFERENCE);
      toy_figure(&t, d, GROUP_0, GROUP_1, WEEG_DIFFERENCE);
      toy_figure(&t, d, GROUP_0, GROUP_1, WEEG_RISK_RATIO);
      toy_figure(&t, d, GROUP_1, IN_ALL, WEEG_ODDS_RATIO);
    }
    check_figures(&t);
  }
}

/* A ratio to a share of 0 has no standard error, nor has a share of nobody; a share that is always 1 has one of 0. */
static void test_no_figures(void) {
  static toy t;
  double value[TOY_PARTS], num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]};
  for (int nobody = 0; nobody < 2; nobody++) {
    t = (toy){.towns = 3, .groups = 2, .answers = 2, .strata = 1, .merged = 1, .weight = {0.1, 0.3, 0.7}};
    for (int a = 0; a < 12; a++) t.x[a] = group_of(&t, a) == 1 && (a % 2 == 0 || nobody) ? 0 : 3 + a;
    toy_make(&t);
    for (int d = 0; d < 2; d++) {
      toy_figure(&t, d, GROUP_0, GROUP_1, WEEG_RISK_RATIO);
      toy_figure(&t, d, ONE, -1, WEEG_DIFFERENCE);
    }
    CHECK_OK(weeg_world_figures(&t.world, value, num, error, NULL));
    CHECK(!!isnan(value[GROUP_1]) == (nobody == 1) && num[GROUP_1] == 0);
    for (int d = 0; d < 2; d++) CHECK(!isfinite(error[d][0]) && error[d][1] >= 0 && error[d][1] < 1e-14);
  }
}

/* ---- moves ---- */

/* With scores y as they were: sums of weights w, of squares w2. */
static double variance_of(const toy *t, int design, const double *w, const double *w2, const double *y) {
  double variance = 0;
  for (int h = 0; h < t->strata; h++) {
    double sum = 0, squares = 0;
    for (int u = 0; u < t->towns; u++) {
      double z = 0;
      for (int a = 0; a < t->world.atoms; a++) {
        if (town_of(t, a) != u || t->town_stratum[u] != h) continue;
        z += w[a] * y[a];
        squares += design == 1 ? w2[a] * y[a] * y[a] : 0;
      }
      sum += z;
      squares += design == 0 ? z * z : 0;
    }
    variance += t->design[design].factor[h] * (squares - sum * sum / t->design[design].size[h]);
  }
  return variance;
}

/* A variance of a quarter of its limit is 1.5 away, one of 1.44 times it 0.22; a sum two widths outside its limits 0.1. */
static void check_move(toy *t, const int32_t step[MOVE_STEPS], int design, int measure) {
  static const double expected[] = {0, 1.5, 0.22, 0.1, 0.1};
  double w[TOY_ATOMS], w2[TOY_ATOMS], y[TOY_ATOMS] = {0};
  world_state state = {0};
  memcpy(w, t->w, sizeof w);
  memcpy(w2, t->w2, sizeof w2);
  for (int i = 0; i < MOVE_STEPS; i++) {
    if (step[i] < 0) continue;
    const int from = t->from[step[i]], to = t->to[step[i]];
    w[from] -= t->w[from] / t->x[from], w2[from] -= t->w2[from] / t->x[from];
    w[to] += t->w[from] / t->x[from], w2[to] += t->w2[from] / t->x[from];
  }
  t->errors[0].figures = t->errors[1].figures = 0;
  toy_figure(t, design, GROUP_0, GROUP_1, measure);
  add_scores(t, t->w, GROUP_0, measure, 1, y);
  add_scores(t, t->w, GROUP_1, measure, -1, y);
  const double error = sqrt(variance_of(t, design, w, w2, y));
  for (int outside = 0; outside < 5; outside++) {
    const double num = sum_num(t, w, SUM), value = value_of(t, w, OTHER);
    for (int p = 0; p < TOY_PARTS; p++) {
      t->limits[p] = t->limits[p + 2 * TOY_PARTS] = -1e9, t->limits[p + TOY_PARTS] = t->limits[p + 3 * TOY_PARTS] = 1e9;
    }
    t->design[design].low[0] = outside == 1 ? 2 * error : 0;
    t->design[design].high[0] = outside == 2 ? error / 1.2 : 3 * error;
    if (outside == 3) t->limits[SUM + 2 * TOY_PARTS] = num + 2, t->limits[SUM + 3 * TOY_PARTS] = num + 3;
    if (outside == 4) t->limits[OTHER] = value - 3, t->limits[OTHER + TOY_PARTS] = value - 2;
    t->world.limits = t->limits;
    if (!CHECK_OK(weeg_i_world_state_make(&state, &t->world, NULL))) return;
    weeg_i_world_table_begin(&state.table, &t->world);
    weeg_i_world_state_refresh(&state);
    CHECK_CLOSE(weeg_i_world_distance(&state, step, 1e9), expected[outside], 1e-9);
    CHECK(outside == 0 || weeg_i_world_distance(&state, step, 0.01) >= 0.01);
    weeg_i_world_move(&state, step);
    for (int a = 0; a < t->world.atoms; a++) CHECK(fabs(state.table.w[a] - w[a]) + fabs(state.table.w2[a] - w2[a]) < 1e-9);
    weeg_i_world_state_clear(&state);
  }
}

/* Of one to four respondents, each from another place. */
static void test_moves(void) {
  static toy t;
  static const int32_t measures[] = {WEEG_DIFFERENCE, WEEG_RISK_RATIO, WEEG_ODDS_RATIO};
  for (int round = 0; round < 60; round++) {
    t = (toy){.towns = 5, .groups = 2, .answers = 2, .strata = 2, .merged = 1, .free = true};
    for (int u = 0; u < 5; u++) t.town_stratum[u] = (u + round) % 2, t.weight[u] = 0.5 + toy_draw(100) / 16.0;
    for (int a = 0; a < 20; a++) t.x[a] = 1 + toy_draw(9);
    toy_make(&t);
    int32_t step[MOVE_STEPS] = {-1, -1, -1, -1};
    bool gone[20] = {false};
    for (int i = 0; i < 1 + round % MOVE_STEPS; i++) {
      const int s = toy_draw(t.world.steps);
      if (gone[t.from[s]] || gone[t.to[s]]) continue;
      gone[t.from[s]] = true; /* to the same place more than once, and from it no more */
      step[i] = s;
    }
    for (int i = 0; i < MOVE_STEPS; i++) {
      for (int j = 0; j < MOVE_STEPS && step[i] >= 0; j++) {
        if (step[j] >= 0 && t.to[step[j]] == t.from[step[i]]) step[i] = -1, j = MOVE_STEPS;
      }
    }
    check_move(&t, step, round / 2 % 2, measures[round % 3]);
  }
}

/* ---- all tables ---- */

enum { MOST_TABLES = 10000, MOST_NODES = 200000 };

/* Whether a table has all that is shown, and what it gives hidden counts. */
typedef struct all_tables {
  const toy *t;
  double x[TOY_ATOMS];
  int slot[TOY_ATOMS]; /* atoms with the same: respondents may be in any of them */
  int32_t n[TOY_COUNTS], low[TOY_COUNTS], high[TOY_COUNTS];
  bool value[TOY_COUNTS][2]; /* 0, and the threshold less 1 or more, found */
  int threshold, tables, nodes, agreeing;
} all_tables;

static bool is_between(double x, double low, double high) {
  return (x >= low * (1 - 1e-13) && x <= high * (1 + 1e-13)) || (fabs(x) < 1e-10 && fabs(low) < 1e-10);
}

static bool agrees(const toy *t, const double *x, const int32_t *n) {
  double w[TOY_ATOMS];
  const int parts = t->world.parts;
  for (int i = 0; i < t->world.counts; i++) {
    if (t->shown[i] && n[i] != t->n[i]) return false;
  }
  for (int a = 0; a < t->world.atoms; a++) w[a] = x[a] * t->weight[town_of(t, a)];
  for (int p = 0; t->world.limits != NULL && p < parts; p++) {
    if (p != SUM && !is_between(value_of(t, w, p), t->limits[p], t->limits[p + parts])) return false;
    if (!is_between(sum_num(t, w, p), t->limits[p + 2 * parts], t->limits[p + 3 * parts])) return false;
  }
  for (int d = 0; d < 2; d++) {
    for (int j = 0; j < t->errors[d].figures; j++) {
      if (!is_between(naive_error(t, x, d, j), t->design[d].low[j], t->design[d].high[j])) return false;
    }
  }
  return true;
}

static void look_at(all_tables *all) {
  const toy *t = all->t;
  const int32_t *n = all->n;
  all->tables++;
  if (!agrees(t, all->x, n)) return;
  all->agreeing++;
  for (int i = 0; i < t->world.counts; i++) {
    all->low[i] = n[i] < all->low[i] ? n[i] : all->low[i];
    all->high[i] = n[i] > all->high[i] ? n[i] : all->high[i];
    all->value[i][0] = all->value[i][0] || n[i] == 0;
    all->value[i][1] = all->value[i][1] || n[i] >= all->threshold - 1;
  }
}

/* Adds respondents to an atom. Whether no count that is shown is exceeded. */
static bool add(all_tables *all, int atom, int x) {
  const toy *t = all->t;
  bool fits = true;
  all->x[atom] += x;
  for (int what = 0; what < 3; what++) {
    const int i = toy_count(t, what, atom);
    all->n[i] += x;
    fits = fits && (!t->shown[i] || all->n[i] <= t->n[i]);
  }
  return fits;
}

/* Spreads `left` respondents over the atoms of a slot from `atom` on, and then those of later slots. */
static void spread_all(all_tables *all, int atom, int *left) {
  const toy *t = all->t;
  if (all->tables > MOST_TABLES || all->nodes++ > MOST_NODES) return;
  if (atom == t->world.atoms) {
    look_at(all);
    return;
  }
  const int slot = all->slot[atom], here = left[slot];
  bool last = true;
  for (int a = atom + 1; a < t->world.atoms; a++) last = last && all->slot[a] != slot;
  for (int x = last ? here : 0; x <= here; x++) {
    left[slot] = here - x;
    if (add(all, atom, x)) spread_all(all, atom + 1, left);
    add(all, atom, -x);
  }
  left[slot] = here;
}

/* Whether all hidden counts are safe, of all tables; agreeing 0: there are too many. */
static bool brute_force(const toy *t, int threshold, int *agreeing) {
  static all_tables all;
  int left[TOY_ATOMS] = {0};
  all = (all_tables){.t = t, .threshold = threshold};
  const bool rows = t->errors[1].figures > 0 || t->world.designs == 2;
  for (int a = 0; a < t->world.atoms; a++) {
    all.slot[a] = !t->free ? a / t->answers : rows ? t->town_stratum[town_of(t, a)] : 0;
    left[all.slot[a]] += (int)t->x[a];
  }
  for (int i = 0; i < TOY_COUNTS; i++) all.low[i] = 1 << 20;
  spread_all(&all, 0, left);
  *agreeing = all.tables > MOST_TABLES || all.nodes > MOST_NODES ? 0 : all.agreeing;
  for (int i = 0; i < t->world.counts; i++) {
    const bool far = t->n[i] >= threshold ? all.high[i] - all.low[i] >= threshold - 1 : all.value[i][0] && all.value[i][1];
    if (!t->shown[i] && !far) return false;
  }
  return true;
}

/* ---- random releases ---- */

/* What is shown of x, rounded to so many digits, a little less than rounding leaves; x itself is within it. */
static void set_limits(double x, int digits, double *low, double *high) {
  const double size = x > 0 ? pow(10, floor(log10(x)) - digits + 1) : 0, shown = size > 0 ? round(x / size) * size : 0;
  *low = fmin(shown - 0.499 * size, x * (1 - 1e-12));
  *high = fmax(shown + 0.499 * size, x * (1 + 1e-12));
}

static void show_figure(toy *t, int design, int figure, double error, int digits) {
  toy_errors *d = &t->design[design];
  const int j = t->errors[design].figures;
  toy_figure(t, design, d->part1[figure], d->part2[figure], d->measure[figure]);
  set_limits(error, digits, &d->low[j], &d->high[j]);
}

/* Of what exists. */
static void show_figures(toy *t, int digits) {
  double value[TOY_PARTS], num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]};
  const int parts = t->world.parts;
  CHECK_OK(weeg_world_figures(&t->world, value, num, error, NULL));
  for (int p = 0; p < parts; p++) {
    set_limits(value[p], 2, &t->limits[p], &t->limits[p + parts]);
    set_limits(num[p], 2, &t->limits[p + 2 * parts], &t->limits[p + 3 * parts]);
  }
  for (int d = 0; d < 2; d++) {
    const int figures = t->errors[d].figures;
    t->errors[d].figures = 0;
    for (int j = 0; j < figures; j++) {
      if (isfinite(error[d][j])) show_figure(t, d, j, error[d][j], digits);
    }
  }
}

/* Hides small counts of a municipality with all its answers, and another municipality; sometimes groups too. */
static void hide(toy *t, int threshold) {
  const int m = toy_municipalities(t);
  int hidden = 0;
  for (int i = 0; i < TOY_COUNTS; i++) t->shown[i] = 1;
  for (int k = 0; k < m; k++) {
    bool small = false;
    for (int a = 0; a < t->answers; a++) small = small || t->n[k * t->answers + a] < threshold;
    for (int a = 0; small && a < t->answers; a++) t->shown[k * t->answers + a] = 0;
    hidden += small;
  }
  for (int k = 0; k < m && hidden < 2; k++) {
    if (!t->shown[k * t->answers]) continue;
    for (int a = 0; a < t->answers; a++) t->shown[k * t->answers + a] = 0;
    hidden++;
  }
  const bool groups = t->groups > 1 && toy_draw(3) == 0;
  for (int i = m * t->answers; groups && i < (m + t->groups) * t->answers; i++) t->shown[i] = 0;
}

static void draw_release(toy *t, int threshold) {
  const bool free = toy_draw(5) == 0;
  *t = (toy){.towns = 3 + toy_draw(free ? 1 : 4), .groups = 1 + toy_draw(2), .answers = free || toy_draw(4) ? 2 : 3,
             .strata = 1 + toy_draw(2), .merged = 1 + (toy_draw(3) == 0), .free = free};
  const bool same = free || toy_draw(2) == 0;
  for (int u = 0; u < t->towns; u++) t->town_stratum[u] = u % t->strata, t->weight[u] = same ? 1 : 1 + toy_draw(8) / 4.0;
  const int slots = t->towns * t->groups, people = free ? 6 + toy_draw(5) : slots * (2 + toy_draw(9 / t->groups));
  for (int i = 0; i < people; i++) t->x[toy_draw(slots) * t->answers + (toy_draw(3) ? 1 : toy_draw(t->answers))]++;
  toy_make(t);
  hide(t, threshold);
  toy_make(t);
  const int measure = toy_draw(3);
  static const int32_t measures[] = {WEEG_DIFFERENCE, WEEG_RISK_RATIO, WEEG_ODDS_RATIO};
  toy_figure(t, 0, IN_ALL, -1, WEEG_DIFFERENCE);
  if (t->groups > 1 && toy_draw(2)) toy_figure(t, 0, GROUP_0, GROUP_1, measures[measure]);
  if (toy_draw(3) == 0) toy_figure(t, 0, SUM, -1, WEEG_DIFFERENCE);
  if (toy_draw(3) == 0) toy_figure(t, 0, ONE, -1, WEEG_DIFFERENCE);
  if (toy_draw(3) == 0) toy_figure(t, 1, OTHER, -1, WEEG_DIFFERENCE);
  if (t->errors[1].figures == 0) t->world.designs = 1;
  show_figures(t, 1 + (toy_draw(3) == 0));
  if (!same) t->world.limits = t->limits;
}

/* Nothing that is not is called safe; of what is, nearly all. */
static void test_releases(int releases) {
  static toy t;
  int both = 0, brute = 0, unsafe = 0, skipped = 0;
  for (int i = 0; i < releases; i++) {
    const int threshold = 2 + toy_draw(2);
    int agreeing;
    bool safe = false;
    draw_release(&t, threshold);
    const bool all = brute_force(&t, threshold, &agreeing);
    if (agreeing == 0) {
      skipped++;
      continue;
    }
    CHECK_OK(weeg_world_is_safe(&t.world, threshold, NULL, &safe, NULL));
    if (!CHECK(all || !safe)) printf("release %d is not safe\n", i);
    brute += all;
    both += all && safe;
    unsafe += !all;
  }
  printf("releases: %d safe, of which %d are found to be; %d not; %d too large\n", brute, both, unsafe, skipped);
  CHECK(skipped < releases / 3 && brute > releases / 10 && unsafe > releases / 10);
  CHECK(both >= 0.9 * brute);
}

/* ---- what is refused, and what is not safe ---- */

/* Two towns: their counts are hidden, which could be anything. */
static void small_release(toy *t) {
  *t = (toy){.towns = 2, .groups = 1, .answers = 2, .strata = 1, .merged = 1, .weight = {1, 1}, .x = {4, 6, 5, 5}};
  for (int i = 0; i < TOY_COUNTS; i++) t->shown[i] = i >= 4;
  toy_make(t);
  toy_figure(t, 0, IN_ALL, -1, WEEG_DIFFERENCE);
  toy_figure(t, 1, IN_ALL, -1, WEEG_DIFFERENCE);
}

static bool is_safe(const toy *t, int threshold) {
  bool safe = false;
  CHECK_OK(weeg_world_is_safe(&t->world, threshold, NULL, &safe, NULL));
  return safe;
}

/* Numbers of what is not there, one at a time: of integers, those that come first and last. */
static void test_refused(void) {
  static toy t;
  small_release(&t);
  CHECK(is_safe(&t, 3));
  const weeg_world *w = &t.world;
  const struct {
    int32_t *array, count, low, size;
  } codes[] = {{t.member_count, w->members, 0, w->counts}, {t.member_atom, w->members, 0, w->atoms},
               {t.from, w->steps, 0, w->atoms},            {t.to, w->steps, 0, w->atoms},
               {t.pair, w->pairs, 0, w->steps},            {t.pair + w->pairs, w->pairs, -1, w->steps},
               {t.kind, w->pairs, 0, w->kinds},            {t.opposite, w->kinds, -1, w->kinds},
               {t.design[0].unit, w->atoms, 0, 2},         {t.design[1].unit, w->atoms, 0, 1},
               {t.design[0].unit_stratum, 2, 0, 1},        {t.design[1].unit_stratum, 1, 0, 1},
               {t.design[0].part1, 1, 0, w->parts},        {t.design[1].part2, 1, -1, w->parts}};
  const int32_t *sizes = &w->atoms;
  for (size_t k = 0; k < sizeof codes / sizeof *codes + 8 + 6; k++) {
    const int of = (int)k - (int)(sizeof codes / sizeof *codes);
    for (int place = 0; place < (of < 0 ? 4 : 1); place++) {
      double value[TOY_PARTS] = {-7}, num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]};
      weeg_error err = {0};
      bool safe = true;
      small_release(&t);
      if (of < 0) {
        codes[k].array[place % 2 ? codes[k].count - 1 : 0] = place < 2 ? codes[k].low - 1 : codes[k].size;
      } else if (of < 8) {
        ((int32_t *)sizes)[of] = -1;
      } else {
        int32_t *const of_design[] = {&t.errors[0].units, &t.errors[1].units, &t.errors[0].strata, &t.errors[1].strata,
                                      &t.errors[0].figures, &t.errors[1].figures};
        *of_design[of - 8] = -1;
      }
      if (!CHECK_STATUS(weeg_world_is_safe(w, 3, NULL, &safe, &err), WEEG_ERR_ARGUMENT)) printf("code %d, %d\n", (int)k, place);
      CHECK_TEXT(err.message, "a table of respondents has numbers of what it does not have");
      CHECK_STATUS(weeg_world_figures(w, value, num, error, NULL), WEEG_ERR_ARGUMENT);
      CHECK(safe && value[0] == -7);
    }
  }
}

/* Respondents that are not whole, and thresholds of none; results are as they were. */
static void test_refused_numbers(void) {
  static toy t;
  static const double bad[] = {-1, 0.5, (double)NAN, (double)INFINITY, 2147483648.0, 1e300};
  static const int32_t thresholds[] = {0, -1, INT32_MIN};
  for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
    for (int a = 0; a < 4; a += 3) {
      bool safe = true;
      small_release(&t);
      t.x[a] = bad[k];
      CHECK_STATUS(weeg_world_is_safe(&t.world, 3, NULL, &safe, NULL), WEEG_ERR_ARGUMENT);
      CHECK(safe);
    }
  }
  for (size_t k = 0; k < sizeof thresholds / sizeof *thresholds; k++) {
    weeg_error err = {0};
    bool safe = true;
    small_release(&t);
    CHECK_STATUS(weeg_world_is_safe(&t.world, thresholds[k], NULL, &safe, &err), WEEG_ERR_ARGUMENT);
    CHECK_TEXT(err.message, "the threshold must be 1 or more");
    CHECK(safe);
  }
}

/* What is shown is not what the table has, or is no number: nothing is safe. Large numbers do not overflow. */
static void test_not_right(void) {
  static toy t;
  for (int hidden = 0; hidden < 2; hidden++) {
    small_release(&t);
    t.n[hidden ? 0 : 5]++;
    CHECK(!is_safe(&t, 3));
  }
  for (int k = 0; k < 4; k++) {
    small_release(&t);
    double *limit = k % 2 ? &t.design[0].high[0] : &t.design[0].low[0];
    *limit = k < 2 ? (double)NAN : k % 2 ? 1e-6 : 1e6;
    CHECK(!is_safe(&t, 3));
  }
  for (int k = 0; k < 4; k++) {
    small_release(&t);
    show_figures(&t, 1);
    t.design[0].low[0] = t.design[1].low[0] = 0, t.design[0].high[0] = t.design[1].high[0] = 1;
    t.world.limits = t.limits;
    CHECK(is_safe(&t, 3));
    t.limits[k * t.world.parts + (k < 2 ? IN_ALL : SUM)] = (double)NAN;
    CHECK(!is_safe(&t, 3));
  }
  small_release(&t);
  CHECK(is_safe(&t, 1) && !is_safe(&t, INT32_MAX));
  t.x[0] = t.n[0] = INT32_MAX; /* and no other count is as large */
  for (int i = 4; i < TOY_COUNTS; i++) t.shown[i] = 0;
  t.world.members = 3;
  t.member_count[1] = t.member_count[2] = 0;
  CHECK(!is_safe(&t, INT32_MAX));
}

/* A standard error of 0 but for rounding makes up for none that is outside: as above, with one that tells all. */
static void test_no_variance(void) {
  static toy t;
  int agreeing;
  for (int told = 0; told < 2; told++) {
    small_release(&t);
    t.weight[0] = 0.1, t.weight[1] = 0.7;
    toy_make(&t);
    toy_figure(&t, 0, ONE, -1, WEEG_DIFFERENCE);
    toy_figure(&t, 0, IN_ALL, -1, WEEG_DIFFERENCE);
    show_figures(&t, 4);
    t.design[0].low[0] = 9e-17, t.design[0].high[0] = 1.1e-16;
    if (!told) t.errors[0].figures = 1;
    CHECK(brute_force(&t, 3, &agreeing) == !told && agreeing > 0);
    CHECK(is_safe(&t, 3) == !told);
  }
}

/* No atoms, no counts, no parts, nothing hidden. */
static void test_empty(void) {
  static const weeg_world nothing = {0};
  static toy t;
  bool safe = false;
  CHECK_OK(weeg_world_figures(&nothing, NULL, NULL, NULL, NULL));
  CHECK_OK(weeg_world_is_safe(&nothing, 3, NULL, &safe, NULL));
  CHECK(safe);
  small_release(&t);
  for (int i = 0; i < TOY_COUNTS; i++) t.shown[i] = 1;
  CHECK(is_safe(&t, 3));
}

int main(void) {
  test_figures();
  test_no_figures();
  test_moves();
  test_refused();
  test_refused_numbers();
  test_not_right();
  test_no_variance();
  test_empty();
  test_releases(getenv("WEEG_ATTACKS") != NULL ? atoi(getenv("WEEG_ATTACKS")) : 300);
  return test_report("world");
}
