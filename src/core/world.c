/*
 * Tables of whole respondents that agree with a release: shares, sums and linearised variances of a table, and what a move
 * of few respondents changes in them.
 *
 * With scores y of atoms, z = sum of w y in a unit and s in a stratum, the variance is the sum over strata of
 * factor (sum of z^2 - s^2 / size), or where rows are the units, factor (sum of w2 y^2 - s^2 / size).
 */
#include "world.h"

#include <math.h>
#include <string.h>

#include "memory.h"

/* What rounding of sums leaves of a standard error that is 0, in the size of its sum, or of 1 for shares: its square. */
static const double NO_VARIANCE = 1e-20;
/* What one share or sum that is outside its limits counts, in widths of these, against a standard error in its own size. */
static const double SHARE_PRICE = 0.05;
static const double MOST_PRICE = 100; /* of one figure */

static bool all_within(const int32_t *x, int64_t count, int32_t low, int32_t high) {
  for (int64_t i = 0; i < count; i++) {
    if (x[i] < low || x[i] > high) return false;
  }
  return true;
}

static bool are_errors_right(const weeg_world *world, const weeg_world_errors *e) {
  return e->units >= 0 && e->strata >= 0 && e->figures >= 0 && all_within(e->unit, world->atoms, 0, e->units - 1) &&
         all_within(e->unit_stratum, e->units, 0, e->strata - 1) && all_within(e->part1, e->figures, 0, world->parts - 1) &&
         all_within(e->part2, e->figures, -1, world->parts - 1);
}

/* Whole numbers of respondents, of which sums fit 64 bits. */
static bool are_whole(const double *x, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    if (!(x[i] >= 0 && x[i] <= INT32_MAX && x[i] == floor(x[i]))) return false;
  }
  return true;
}

weeg_status weeg_world_check(const weeg_world *w, weeg_error *err) {
  const int32_t sizes[] = {w->atoms, w->parts, w->designs, w->counts, w->members, w->steps, w->pairs, w->kinds};
  bool right = all_within(sizes, sizeof sizes / sizeof *sizes, 0, INT32_MAX) && are_whole(w->x, w->atoms) &&
               all_within(w->member_count, w->members, 0, w->counts - 1) &&
               all_within(w->member_atom, w->members, 0, w->atoms - 1) && all_within(w->from, w->steps, 0, w->atoms - 1) &&
               all_within(w->to, w->steps, 0, w->atoms - 1) && all_within(w->pair, w->pairs, 0, w->steps - 1) &&
               all_within(w->pair + w->pairs, w->pairs, -1, w->steps - 1) && all_within(w->kind, w->pairs, 0, w->kinds - 1) &&
               all_within(w->opposite, w->kinds, -1, w->kinds - 1);
  for (int32_t d = 0; right && d < w->designs; d++) right = are_errors_right(w, &w->errors[d]);
  return right ? WEEG_OK : weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a table of respondents has numbers of what it does not have");
}

weeg_status weeg_world_table_make(world_table *table, int32_t atoms, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *table = (world_table){0};
  WEEG_NEW(table->x, 3 * (int64_t)atoms);
  table->w = table->x + atoms;
  table->w2 = table->w + atoms;
cleanup:
  return status;
}

void weeg_world_table_begin(world_table *table, const weeg_world *world) {
  for (int32_t a = 0; a < world->atoms; a++) {
    table->x[a] = world->x[a];
    table->w[a] = world->w[a];
    table->w2[a] = world->w2[a];
  }
}

void weeg_world_table_copy(world_table *to, const world_table *from, int32_t atoms) {
  memcpy(to->x, from->x, 3 * (size_t)atoms * sizeof *to->x);
}

void weeg_world_table_clear(world_table *table) {
  weeg_free(table->x);
  *table = (world_table){0};
}

static double sum_of(const double *part, const double *w, int32_t atoms) {
  double sum = 0;
  for (int32_t a = 0; a < atoms; a++) sum += part[a] * w[a];
  return sum;
}

/* The limits of a variance of which the standard error is `low` to `high`; none at the lower end where it can be 0. */
static void set_limits(world_scores *s, int32_t j, double low, double high, double size) {
  const double none = NO_VARIANCE * size * size;
  s->low[j] = low * low <= none ? -(double)INFINITY : low * low;
  s->high[j] = high * high <= none ? none : high * high;
}

static weeg_status make_scores(world_scores *s, const weeg_world *world, const weeg_world_errors *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t atoms = world->atoms;
  const int64_t figures = e->figures, rows = (int64_t)atoms + e->units + e->strata + 3;
  WEEG_NEW(s->y, figures == 0 ? 1 : figures > INT64_MAX / rows ? -1 : figures * rows);
  s->z = s->y + (size_t)figures * (size_t)atoms;
  s->s = s->z + (size_t)figures * (size_t)e->units;
  s->variance = s->s + (size_t)figures * (size_t)e->strata;
  s->low = s->variance + figures;
  s->high = s->low + figures;
  for (int32_t j = 0; j < e->figures; j++) {
    const double *num = world->num + (int64_t)e->part1[j] * atoms;
    set_limits(s, j, e->low[j], e->high[j], world->is_sum[e->part1[j]] ? sum_of(num, world->w, atoms) : 1);
  }
cleanup:
  return status;
}

weeg_status weeg_world_state_make(world_state *state, const weeg_world *world, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *state = (world_state){.world = world};
  WEEG_TRY(weeg_world_table_make(&state->table, world->atoms, err));
  WEEG_NEW(state->num, 3 * (int64_t)world->parts + 1);
  state->den = state->num + world->parts;
  state->value = state->den + world->parts;
  WEEG_NEW(state->scores, world->designs);
  for (int32_t d = 0; d < world->designs; d++) {
    WEEG_TRY(make_scores(&state->scores[d], world, &world->errors[d], err));
  }
cleanup:
  return status;
}

void weeg_world_state_clear(world_state *state) {
  for (int32_t d = 0; state->scores != NULL && d < state->world->designs; d++) weeg_free(state->scores[d].y);
  weeg_free(state->scores);
  weeg_free(state->num);
  weeg_world_table_clear(&state->table);
  *state = (world_state){0};
}

/* ---- figures of a table ----------------------------------------------------------------------------------------- */

static double value_of(const weeg_world *world, int32_t part, double num, double den) {
  return world->is_sum[part] ? num : num / den;
}

/* The derivative of a measure on the scale of its standard error, in a share; see weeg_measure. */
static double slope_of(int32_t measure, double p) {
  return measure == WEEG_RISK_RATIO ? 1 / p : measure == WEEG_ODDS_RATIO ? 1 / (p * (1 - p)) : 1;
}

/* Adds slope times the scores of a part to figure j of y. */
static void add_scores(const world_state *state, int32_t part, double slope, double *y, int32_t figures) {
  const weeg_world *world = state->world;
  const double *num = world->num + (int64_t)part * world->atoms, *den = world->den + (int64_t)part * world->atoms;
  const double scale = slope * (world->is_sum[part] ? 1 : 1 / state->den[part]);
  for (int32_t a = 0; a < world->atoms; a++, y += figures) *y += (num[a] - den[a] * state->value[part]) * scale;
}

/* Of the sums of scores z, s and squares by unit. */
static void refresh_variance(const weeg_world_errors *e, const world_scores *s, const world_table *t, int32_t atoms) {
  const size_t figures = (size_t)e->figures;
  memset(s->z, 0, figures * ((size_t)e->units + (size_t)e->strata + 1) * sizeof *s->z); /* z, s and variance */
  for (int32_t a = 0; a < atoms; a++) {
    const double *y = s->y + (size_t)a * figures;
    double *z = s->z + (size_t)e->unit[a] * figures;
    const double factor = e->element ? e->factor[e->unit_stratum[e->unit[a]]] : 0;
    for (size_t j = 0; j < figures; j++) {
      z[j] += t->w[a] * y[j];
      s->variance[j] += factor * t->w2[a] * y[j] * y[j];
    }
  }
  for (int32_t u = 0; u < e->units; u++) {
    const double *z = s->z + (size_t)u * figures;
    double *sum = s->s + (size_t)e->unit_stratum[u] * figures;
    const double factor = e->element ? 0 : e->factor[e->unit_stratum[u]];
    for (size_t j = 0; j < figures; j++) {
      sum[j] += z[j];
      s->variance[j] += factor * z[j] * z[j];
    }
  }
  for (int32_t h = 0; h < e->strata; h++) {
    const double *sum = s->s + (size_t)h * figures;
    for (size_t j = 0; j < figures; j++) s->variance[j] -= e->factor[h] * sum[j] * sum[j] / e->size[h];
  }
}

void weeg_world_state_refresh(world_state *state) {
  const weeg_world *world = state->world;
  for (int32_t p = 0; p < world->parts; p++) {
    state->num[p] = sum_of(world->num + (int64_t)p * world->atoms, state->table.w, world->atoms);
    state->den[p] = sum_of(world->den + (int64_t)p * world->atoms, state->table.w, world->atoms);
    state->value[p] = value_of(world, p, state->num[p], state->den[p]);
  }
  for (int32_t d = 0; d < world->designs; d++) {
    const weeg_world_errors *e = &world->errors[d];
    world_scores *s = &state->scores[d];
    memset(s->y, 0, (size_t)e->figures * (size_t)world->atoms * sizeof *s->y);
    for (int32_t j = 0; j < e->figures; j++) {
      const int32_t one = e->part1[j], two = e->part2[j];
      add_scores(state, one, slope_of(e->measure[j], state->value[one]), s->y + j, e->figures);
      if (two >= 0) add_scores(state, two, -slope_of(e->measure[j], state->value[two]), s->y + j, e->figures);
    }
    refresh_variance(e, s, &state->table, world->atoms);
  }
}

/* ---- moves ------------------------------------------------------------------------------------------------------ */

/* An atom that a move adds weight to, or takes it from. */
typedef struct touch {
  int32_t atom, unit, stratum;
  double weight, square;
} touch;

/* Each step carries the mean weight of its first atom. Returns how many there are, at most 2 * MOVE_STEPS. */
static int touches_of(const world_state *state, const int32_t step[MOVE_STEPS], touch *t) {
  const weeg_world *world = state->world;
  const world_table *table = &state->table;
  int count = 0;
  for (int i = 0; i < MOVE_STEPS; i++) {
    if (step[i] < 0) continue;
    const int32_t from = world->from[step[i]];
    const double x = table->x[from], weight = table->w[from] / x, square = table->w2[from] / x;
    t[count++] = (touch){.atom = from, .weight = -weight, .square = -square};
    t[count++] = (touch){.atom = world->to[step[i]], .weight = weight, .square = square};
  }
  return count;
}

/* By stratum and unit of a design. */
static void sort_touches(touch *t, int count, const weeg_world_errors *e) {
  for (int i = 0; i < count; i++) {
    touch one = t[i];
    one.unit = e->unit[one.atom];
    one.stratum = e->unit_stratum[one.unit];
    int at = i;
    for (; at > 0 && (t[at - 1].stratum > one.stratum || (t[at - 1].stratum == one.stratum && t[at - 1].unit > one.unit)); at--) {
      t[at] = t[at - 1];
    }
    t[at] = one;
  }
}

/* The variance of figure j after a move. */
static double moved_variance(const weeg_world_errors *e, const world_scores *s, const touch *t, int count, int32_t j) {
  const size_t figures = (size_t)e->figures;
  double variance = s->variance[j];
  for (int i = 0; i < count;) {
    const int32_t h = t[i].stratum;
    double squares = 0, sum = 0;
    while (i < count && t[i].stratum == h) {
      const int32_t u = t[i].unit;
      double unit = 0;
      for (; i < count && t[i].unit == u; i++) {
        const double y = s->y[(size_t)t[i].atom * figures + (size_t)j];
        unit += t[i].weight * y;
        if (e->element) squares += t[i].square * y * y;
      }
      sum += unit;
      if (!e->element) squares += unit * (2 * s->z[(size_t)u * figures + (size_t)j] + unit);
    }
    variance += e->factor[h] * (squares - sum * (2 * s->s[(size_t)h * figures + (size_t)j] + sum) / e->size[h]);
  }
  return variance;
}

/* How far a variance is outside its limits, as a share of the standard error; 0 within. What is not a number is far off. */
static double error_price(double variance, double low, double high) {
  if (variance >= low && variance <= high) return 0;
  const double off = 0.5 * ((variance < low ? low / fmax(variance, 1e-300) : variance / high) - 1);
  return off > 0 && off < MOST_PRICE ? off : MOST_PRICE;
}

static double limit_price(double x, double low, double high) {
  if (x >= low && x <= high) return 0;
  const double off = fmax(low - x, x - high) / fmax(high - low, 1e-300);
  return SHARE_PRICE * (off > 0 && off < MOST_PRICE ? off : MOST_PRICE);
}

/* Of the values and sums after a move. */
static double parts_price(const world_state *state, const touch *t, int count, double enough) {
  const weeg_world *world = state->world;
  double price = 0;
  for (int32_t p = 0; p < world->parts && price < enough; p++) {
    const double *l = world->limits + p, *num = world->num + (int64_t)p * world->atoms;
    const double *den = world->den + (int64_t)p * world->atoms;
    double n = state->num[p], d = state->den[p];
    for (int i = 0; i < count; i++) {
      n += t[i].weight * num[t[i].atom];
      d += t[i].weight * den[t[i].atom];
    }
    if (!world->is_sum[p]) price += limit_price(value_of(world, p, n, d), l[0], l[world->parts]);
    price += limit_price(n, l[2 * (int64_t)world->parts], l[3 * (int64_t)world->parts]);
  }
  return price;
}

double weeg_world_distance(const world_state *state, const int32_t step[MOVE_STEPS], double enough) {
  const weeg_world *world = state->world;
  touch t[2 * MOVE_STEPS];
  const int count = touches_of(state, step, t);
  double price = world->limits != NULL ? parts_price(state, t, count, enough) : 0;
  for (int32_t d = 0; d < world->designs && price < enough; d++) {
    const weeg_world_errors *e = &world->errors[d];
    const world_scores *s = &state->scores[d];
    sort_touches(t, count, e);
    for (int32_t j = 0; j < e->figures && price < enough; j++) {
      price += error_price(moved_variance(e, s, t, count, j), s->low[j], s->high[j]);
    }
  }
  return price;
}

void weeg_world_move(world_state *state, const int32_t step[MOVE_STEPS]) {
  const weeg_world *world = state->world;
  const world_table *table = &state->table;
  for (int i = 0; i < MOVE_STEPS; i++) {
    if (step[i] < 0) continue;
    const int32_t from = world->from[step[i]], to = world->to[step[i]];
    const double weight = table->w[from] / table->x[from], square = table->w2[from] / table->x[from];
    table->x[from]--;
    table->x[to]++;
    table->w[from] -= weight;
    table->w[to] += weight;
    table->w2[from] -= square;
    table->w2[to] += square;
  }
}

bool weeg_world_agrees(const world_state *state) {
  static const int32_t nothing[MOVE_STEPS] = {-1, -1, -1, -1};
  return weeg_world_distance(state, nothing, 1) <= 0;
}

/* Rounding may leave a little less than 0. */
static double error_of(double variance) { return variance < 0 ? 0 : sqrt(variance); }

weeg_status weeg_world_figures(const weeg_world *world, double *value, double *num, double *const *error, weeg_error *err) {
  weeg_status status = WEEG_OK;
  world_state state = {0};
  WEEG_TRY(weeg_world_check(world, err));
  WEEG_TRY(weeg_world_state_make(&state, world, err));
  weeg_world_table_begin(&state.table, world);
  weeg_world_state_refresh(&state);
  if (world->parts > 0) {
    memcpy(value, state.value, (size_t)world->parts * sizeof *value);
    memcpy(num, state.num, (size_t)world->parts * sizeof *num);
  }
  for (int32_t d = 0; d < world->designs; d++) {
    for (int32_t j = 0; j < world->errors[d].figures; j++) error[d][j] = error_of(state.scores[d].variance[j]);
  }
cleanup:
  weeg_world_state_clear(&state);
  return status;
}
