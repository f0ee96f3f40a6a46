/*
 * A simplex method for one question after another about the same sums: what changes between them is which variables are fixed,
 * so that the basis of one is a good one for the next. Variables that are fixed and leave the basis never come back.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "disclosure/reach.h"

static const double TINY = 1e-11;  /* what rounding leaves of 0 in a cell: these are small whole numbers, or their ratios */
static const double LEAST = 1e-9;  /* the least factor that something can be done with */
static const double LEAST_MOVE = 1e-9;
static const double LEAST_TOTAL = 1e-6; /* what all respondents together may add to a bound: far below one of them */
enum { MOST_STILL = 40 }; /* turns that move nothing, before the rule that cannot go round in circles */

weeg_status weeg_i_simplex_make(simplex *s, int32_t atoms, int32_t rows, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t all = atoms + (int64_t)rows;
  *s = (simplex){.atoms = atoms, .rows = rows};
  WEEG_NEW(s->cell, (int64_t)rows * atoms + 1);
  WEEG_NEW(s->value, 2 * all + atoms + 1);
  s->begin = s->value + all;
  s->rest = s->begin + all;
  WEEG_NEW(s->fixed, 2 * all + 1);
  s->open = s->fixed + all;
  WEEG_NEW(s->basic, all + atoms + 1);
  s->loose = s->basic + rows;
  s->used = s->loose + atoms;
cleanup:
  return status;
}

void weeg_i_simplex_clear(simplex *s) {
  weeg_free(s->cell);
  weeg_free(s->value);
  weeg_free(s->fixed);
  weeg_free(s->basic);
  *s = (simplex){0};
}

void weeg_i_simplex_return(simplex *s) {
  memcpy(s->value, s->begin, ((size_t)s->atoms + (size_t)s->rows) * sizeof *s->value);
  s->still = 0;
}

void weeg_i_simplex_restart(simplex *s) {
  memset(s->cell, 0, (size_t)s->rows * (size_t)s->atoms * sizeof *s->cell);
  for (int32_t c = 0; c < s->atoms; c++) s->loose[c] = c;
  for (int32_t r = 0; r < s->rows; r++) {
    s->basic[r] = s->atoms + r;
    for (int64_t i = s->start[r]; i < s->start[r + 1]; i++) s->cell[(int64_t)r * s->atoms + s->atom[i]] += s->sign[i];
  }
  weeg_i_simplex_return(s);
}

/* The variable of row r and that of column c change places. */
static void pivot(simplex *s, int32_t r, int32_t c) {
  double *row = s->cell + (int64_t)r * s->atoms;
  const double by = 1 / row[c];
  int32_t used = 0;
  for (int32_t k = 0; k < s->atoms; k++) {
    if (row[k] == 0 || k == c) continue;
    row[k] = -row[k] * by;
    s->used[used++] = k;
  }
  row[c] = by;
  for (int32_t i = 0; i < s->rows; i++) {
    double *other = s->cell + (int64_t)i * s->atoms;
    const double times = other[c];
    if (i == r || times == 0) continue;
    for (int32_t k = 0; k < used; k++) {
      const double sum = other[s->used[k]] + times * row[s->used[k]];
      other[s->used[k]] = fabs(sum) < TINY ? 0 : sum;
    }
    other[c] = times * by;
  }
  const int32_t left = s->basic[r];
  s->basic[r] = s->loose[c];
  s->loose[c] = left;
}

/* Which way a loose variable can go that changes what is wanted by `gain` for each unit: -1, 1, or 0. */
static int way_of(const simplex *s, int32_t v, double gain) {
  if (s->fixed[v] || fabs(gain) <= LEAST) return 0;
  if (gain > 0) return 1;
  return s->open[v] || s->value[v] > LEAST_MOVE ? -1 : 0;
}

static int32_t row_of(const simplex *s, int32_t v) {
  for (int32_t r = 0; r < s->rows; r++) {
    if (s->basic[r] == v) return r;
  }
  return -1;
}

/* The column to go along: that of the largest gain or, where nothing moves, of the first variable. -1: none. */
static int32_t find_column(const simplex *s, const double *gain, int side, int *way) {
  int32_t found = -1;
  double best = 0;
  for (int32_t c = 0; c < s->atoms; c++) {
    const int one = way_of(s, s->loose[c], side * gain[c]);
    if (one == 0) continue;
    const bool better = s->still > MOST_STILL ? found < 0 || s->loose[c] < s->loose[found] : fabs(gain[c]) > best;
    if (!better) continue;
    best = fabs(gain[c]);
    found = c;
    *way = one;
  }
  return found;
}

/* How far row r lets column c go that way. */
static double room_of(const simplex *s, int32_t r, double rate) {
  const int32_t v = s->basic[r];
  if (fabs(rate) <= LEAST) return INFINITY;
  if (s->fixed[v]) return 0;
  if (s->open[v] || rate > 0) return INFINITY;
  return s->value[v] > LEAST_MOVE ? s->value[v] / -rate : 0;
}

/* The row that ends the way (-1: none) and how far it is; of several the one that is best divided by, or the first variable. */
static int32_t find_row(const simplex *s, int32_t c, int way, double *far) {
  int32_t found = -1;
  double largest = 0;
  for (int32_t r = 0; r < s->rows; r++) {
    const double rate = way * s->cell[(int64_t)r * s->atoms + c], room = room_of(s, r, rate);
    if (room > *far || room == INFINITY) continue;
    const bool first = s->still > MOST_STILL && found >= 0 && room == *far ? s->basic[r] < s->basic[found]
                                                                            : fabs(rate) > largest;
    if (room < *far || found < 0 || first) {
      found = r;
      largest = fabs(rate);
    }
    *far = room;
  }
  return found;
}

static void go(simplex *s, int32_t c, double by) {
  if (by == 0) return;
  for (int32_t r = 0; r < s->rows; r++) {
    const double rate = s->cell[(int64_t)r * s->atoms + c];
    if (rate != 0 && !s->fixed[s->basic[r]]) s->value[s->basic[r]] += rate * by;
  }
  s->value[s->loose[c]] += by;
}

/* Along column c, which changes what is wanted by `gain` a unit, until something ends it. */
static simplex_found go_along(simplex *s, int32_t c, int way, double gain, double gap, pulse *beat) {
  const int32_t v = s->loose[c];
  double far = way < 0 && !s->open[v] ? s->value[v] : INFINITY;
  const double own = far;
  const int32_t r = find_row(s, c, way, &far);
  if (far == INFINITY) far = gap / gain;
  go(s, c, way * far);
  if (r >= 0 && far <= own) {
    if (!s->fixed[s->basic[r]]) s->value[s->basic[r]] = 0;
    pivot(s, r, c);
    weeg_i_stops(beat, (int64_t)s->rows * s->atoms);
  } else if (own < INFINITY) {
    s->value[v] = 0;
  }
  s->still = far > LEAST_MOVE ? 0 : s->still + 1;
  return far > LEAST_MOVE ? SIMPLEX_MOVED : SIMPLEX_STILL;
}

simplex_found weeg_i_simplex_turn(simplex *s, int32_t of, int side, double goal, pulse *beat) {
  int32_t r = row_of(s, of), c;
  if (s->still > 50 * MOST_STILL) return SIMPLEX_UNSURE;
  if (r < 0) {
    for (c = 0; s->loose[c] != of;) c++;
    const int way = way_of(s, of, side);
    if (way == 0) return SIMPLEX_BEST;
    return go_along(s, c, way, 1, fabs(goal - s->value[of]), beat);
  }
  const double *gain = s->cell + (int64_t)r * s->atoms;
  int way = 0;
  c = find_column(s, gain, side, &way);
  if (c < 0) return SIMPLEX_BEST;
  return go_along(s, c, way, fabs(gain[c]), fabs(goal - s->value[of]), beat);
}

/* Adds `times` a variable, as a sum of atoms, to the rest. */
static void add_sum(simplex *s, int32_t v, double times) {
  if (v < s->atoms) {
    s->rest[v] += times;
    return;
  }
  for (int64_t i = s->start[v - s->atoms]; i < s->start[v - s->atoms + 1]; i++) s->rest[s->atom[i]] += times * s->sign[i];
}

bool weeg_i_simplex_proves(simplex *s, int32_t of, int side, double *bound) {
  const int32_t r = row_of(s, of);
  double most = 0, total = 0;
  *bound = 0;
  if (r < 0) return false;
  memset(s->rest, 0, (size_t)s->atoms * sizeof *s->rest);
  add_sum(s, of, 1);
  for (int32_t c = 0; c < s->atoms; c++) {
    const double factor = s->cell[(int64_t)r * s->atoms + c];
    const int32_t v = s->loose[c];
    /* of what is not negative no more is left out than there is for certain */
    if (factor == 0 || (!s->fixed[v] && (s->open[v] || side * factor > 0))) continue;
    add_sum(s, v, -factor);
    if (s->fixed[v]) *bound += factor * s->begin[v];
  }
  for (int32_t a = 0; a < s->atoms; a++) {
    most = fmax(most, fabs(s->rest[a]));
    total += s->begin[a];
  }
  return most <= LEAST && most * total <= LEAST_TOTAL;
}
