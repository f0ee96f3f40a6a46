/*
 * Tables of whole respondents that agree with a release: shares, sums and linearised variances of a table, and what a move
 * of few respondents changes in them.
 *
 * With scores y of atoms, z = sum of w y in a unit and s in a stratum, the variance is the sum over strata of
 * factor (sum of z^2 - s^2 / size), or where rows are the units, factor (sum of w2 y^2 - s^2 / size).
 */
#include "disclosure/world.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

/* What rounding of sums leaves of a standard error that is 0, in the size of its sum, or of 1 for shares: its square. */
static const double NO_VARIANCE = 1e-20;
/* What one share or sum that is outside its limits counts, in widths of these, against a standard error in its own size. */
static const double SHARE_PRICE = 0.05;
static const double MOST_PRICE = 100; /* of one figure */
static const double ROUNDING = 1e-9;  /* of sums of prices */

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

weeg_status weeg_i_world_check(const weeg_world *w, weeg_error *err) {
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

bool weeg_i_world_is_open(const weeg_world *world, int32_t step) {
  if (step < 0) return true;
  for (int32_t d = 0; d < world->designs; d++) {
    const weeg_world_errors *e = &world->errors[d];
    if (e->element && e->unit[world->from[step]] != e->unit[world->to[step]]) return false;
  }
  return true;
}

weeg_status weeg_i_world_table_make(world_table *table, int32_t atoms, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *table = (world_table){0};
  WEEG_NEW(table->x, 3 * (int64_t)atoms);
  table->w = table->x + atoms;
  table->w2 = table->w + atoms;
cleanup:
  return status;
}

void weeg_i_world_table_begin(world_table *table, const weeg_world *world) {
  for (int32_t a = 0; a < world->atoms; a++) {
    table->x[a] = world->x[a];
    table->w[a] = world->w[a];
    table->w2[a] = world->w2[a];
  }
}

void weeg_i_world_table_copy(world_table *to, const world_table *from, int32_t atoms) {
  memcpy(to->x, from->x, 3 * (size_t)atoms * sizeof *to->x);
}

void weeg_i_world_table_clear(world_table *table) {
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

/* Whether an atom is in a part. */
static bool is_in(const weeg_world *world, int32_t part, int32_t atom) {
  const int64_t at = (int64_t)part * world->atoms + atom;
  return part >= 0 && (world->num[at] != 0 || world->den[at] != 0);
}

/* The atoms of each thing, from the things of each atom. */
static void turn_index(world_index *index, int32_t atoms, int32_t things) {
  int64_t *end = index->first + 1; /* end[k] becomes first[k + 1] */
  for (int64_t i = 0; i < index->start[atoms]; i++) end[index->item[i] + 1]++;
  for (int32_t k = 0; k < things; k++) end[k + 1] += end[k];
  for (int32_t a = 0; a < atoms; a++) {
    for (int64_t i = index->start[a]; i < index->start[a + 1]; i++) index->atom[end[index->item[i]]++] = a;
  }
}

/* Of things that are each made of one or two parts (two: NULL, or -1 for none). */
static weeg_status make_index(world_index *index, const weeg_world *world, int32_t things, const int32_t *one, const int32_t *two,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(index->start, (int64_t)world->atoms + things + 3);
  index->first = index->start + world->atoms + 1;
  WEEG_NEW(index->seen, things);
  for (int pass = 0; pass < 2; pass++) {
    int64_t count = 0;
    for (int32_t a = 0; a < world->atoms; a++) {
      index->start[a] = count;
      for (int32_t k = 0; k < things; k++) {
        if (!is_in(world, one == NULL ? k : one[k], a) && !is_in(world, two == NULL ? -1 : two[k], a)) continue;
        if (pass == 1) index->item[count] = k;
        count++;
      }
    }
    index->start[world->atoms] = count;
    if (pass == 1) continue;
    WEEG_NEW(index->item, 2 * count);
    index->atom = index->item + count;
  }
  turn_index(index, world->atoms, things);
cleanup:
  return status;
}

static void clear_index(world_index *index) {
  weeg_free(index->start);
  weeg_free(index->item);
  weeg_free(index->seen);
}

static weeg_status make_scores(world_scores *s, const weeg_world *world, const weeg_world_errors *e, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t atoms = world->atoms;
  const int64_t figures = e->figures, rows = (int64_t)atoms + e->units + e->strata + 4;
  WEEG_NEW(s->y, figures > INT64_MAX / rows ? -1 : figures * rows);
  s->z = s->y + (size_t)figures * (size_t)atoms;
  s->s = s->z + (size_t)figures * (size_t)e->units;
  s->variance = s->s + (size_t)figures * (size_t)e->strata;
  s->low = s->variance + figures;
  s->high = s->low + figures;
  s->price = s->high + figures;
  WEEG_NEW(s->met, figures);
  WEEG_TRY(make_index(&s->index, world, e->figures, e->part1, e->part2, err));
  for (int32_t j = 0; j < e->figures; j++) {
    const double *num = world->num + (int64_t)e->part1[j] * atoms;
    set_limits(s, j, e->low[j], e->high[j], world->is_sum[e->part1[j]] ? sum_of(num, world->w, atoms) : 1);
  }
cleanup:
  return status;
}

weeg_status weeg_i_world_state_make(world_state *state, const weeg_world *world, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *state = (world_state){.world = world};
  WEEG_TRY(weeg_i_world_table_make(&state->table, world->atoms, err));
  WEEG_NEW(state->num, 4 * (int64_t)world->parts);
  state->den = state->num + world->parts;
  state->value = state->den + world->parts;
  state->price = state->value + world->parts;
  WEEG_NEW(state->met, world->parts);
  WEEG_TRY(make_index(&state->index, world, world->parts, NULL, NULL, err));
  WEEG_NEW(state->scores, world->designs);
  for (int32_t d = 0; d < world->designs; d++) {
    WEEG_TRY(make_scores(&state->scores[d], world, &world->errors[d], err));
  }
cleanup:
  return status;
}

void weeg_i_world_state_clear(world_state *state) {
  for (int32_t d = 0; state->scores != NULL && d < state->world->designs; d++) {
    weeg_free(state->scores[d].y);
    weeg_free(state->scores[d].met);
    clear_index(&state->scores[d].index);
  }
  weeg_free(state->scores);
  weeg_free(state->num);
  weeg_free(state->met);
  clear_index(&state->index);
  weeg_i_world_table_clear(&state->table);
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

/* Adds slope times the scores of a part to y[atoms] of a figure. */
static void add_scores(const world_state *state, int32_t part, double slope, double *y) {
  const weeg_world *world = state->world;
  const world_index *index = &state->index;
  const double *num = world->num + (int64_t)part * world->atoms, *den = world->den + (int64_t)part * world->atoms;
  const double scale = slope * (world->is_sum[part] ? 1 : 1 / state->den[part]);
  for (int64_t i = index->first[part]; i < index->first[part + 1]; i++) {
    const int32_t a = index->atom[i];
    y[a] += (num[a] - den[a] * state->value[part]) * scale;
  }
}

/* Figure j of design d: scores, their sums, the variance and its price. Scores of atoms that it has nothing to do with stay 0. */
static void refresh_figure(world_state *state, int32_t d, int32_t j) {
  const weeg_world *world = state->world;
  const weeg_world_errors *e = &world->errors[d];
  const world_table *t = &state->table;
  const world_scores *s = &state->scores[d];
  const int32_t *atom = s->index.atom + s->index.first[j];
  const int64_t atoms = s->index.first[j + 1] - s->index.first[j];
  double *y = s->y + (size_t)j * (size_t)world->atoms, *z = s->z + (size_t)j * (size_t)e->units;
  double *sum = s->s + (size_t)j * (size_t)e->strata, variance = 0;
  for (int64_t i = 0; i < atoms; i++) y[atom[i]] = 0;
  memset(z, 0, (size_t)e->units * sizeof *z);
  memset(sum, 0, (size_t)e->strata * sizeof *sum);
  add_scores(state, e->part1[j], slope_of(e->measure[j], state->value[e->part1[j]]), y);
  if (e->part2[j] >= 0) add_scores(state, e->part2[j], -slope_of(e->measure[j], state->value[e->part2[j]]), y);
  for (int64_t i = 0; i < atoms; i++) {
    const int32_t a = atom[i];
    z[e->unit[a]] += t->w[a] * y[a];
    if (e->element) variance += e->factor[e->unit_stratum[e->unit[a]]] * t->w2[a] * y[a] * y[a];
  }
  for (int32_t u = 0; u < e->units; u++) {
    sum[e->unit_stratum[u]] += z[u];
    if (!e->element) variance += e->factor[e->unit_stratum[u]] * z[u] * z[u];
  }
  for (int32_t h = 0; h < e->strata; h++) variance -= e->factor[h] * sum[h] * sum[h] / e->size[h];
  s->variance[j] = variance;
  s->price[j] = error_price(variance, s->low[j], s->high[j]);
}

/* Of the value and the sum of a part: how far they are outside their limits. */
static double part_price(const weeg_world *world, int32_t part, double num, double den) {
  if (world->limits == NULL) return 0;
  const double *l = world->limits + part;
  const double price = limit_price(num, l[2 * (int64_t)world->parts], l[3 * (int64_t)world->parts]);
  return price + (world->is_sum[part] ? 0 : limit_price(value_of(world, part, num, den), l[0], l[world->parts]));
}

static void refresh_part(world_state *state, int32_t part) {
  const weeg_world *world = state->world;
  const world_index *index = &state->index;
  const double *num = world->num + (int64_t)part * world->atoms, *den = world->den + (int64_t)part * world->atoms;
  state->num[part] = state->den[part] = 0;
  for (int64_t i = index->first[part]; i < index->first[part + 1]; i++) {
    const int32_t a = index->atom[i];
    state->num[part] += num[a] * state->table.w[a];
    state->den[part] += den[a] * state->table.w[a];
  }
  state->value[part] = value_of(world, part, state->num[part], state->den[part]);
  state->price[part] = part_price(world, part, state->num[part], state->den[part]);
}

static void add_prices(world_state *state) {
  const weeg_world *world = state->world;
  state->all = 0;
  for (int32_t p = 0; p < world->parts; p++) state->all += state->price[p];
  for (int32_t d = 0; d < world->designs; d++) {
    for (int32_t j = 0; j < world->errors[d].figures; j++) state->all += state->scores[d].price[j];
  }
}

void weeg_i_world_state_refresh(world_state *state) {
  const weeg_world *world = state->world;
  for (int32_t p = 0; p < world->parts; p++) refresh_part(state, p);
  for (int32_t d = 0; d < world->designs; d++) {
    for (int32_t j = 0; j < world->errors[d].figures; j++) refresh_figure(state, d, j);
  }
  add_prices(state);
}

int64_t weeg_i_world_refresh_cost(const weeg_world *world) {
  int64_t figures = 2 * (int64_t)world->parts;
  for (int32_t d = 0; d < world->designs; d++) figures += world->errors[d].figures;
  return (2 * figures + 8) * world->atoms;
}

/* Rounding may leave a little less than 0, or more. */
double weeg_i_world_error(const world_state *state, int32_t design, int32_t figure) {
  const int32_t part = state->world->errors[design].part1[figure];
  const double variance = state->scores[design].variance[figure], size = state->world->is_sum[part] ? state->num[part] : 1;
  return variance <= NO_VARIANCE * size * size ? 0 : sqrt(variance);
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

/*
 * Finds the things that the atoms of a move have to do with, besides the first `found`, which were seen in the question `before`.
 * Returns how many.
 */
static int32_t meet(world_index *index, const touch *t, int count, int64_t before, int64_t question, int32_t *met,
                    int32_t found) {
  for (int i = 0; i < count; i++) {
    for (int64_t k = index->start[t[i].atom]; k < index->start[t[i].atom + 1]; k++) {
      const int32_t thing = index->item[k];
      if (index->seen[thing] == question || index->seen[thing] == before) continue;
      index->seen[thing] = question;
      met[found++] = thing;
    }
  }
  return found;
}

/* The variance of figure j after a move. */
static double moved_variance(const weeg_world *world, const weeg_world_errors *e, const world_scores *s, const touch *t,
                             int count, int32_t j) {
  const double *scores = s->y + (size_t)j * (size_t)world->atoms, *z = s->z + (size_t)j * (size_t)e->units;
  const double *sums = s->s + (size_t)j * (size_t)e->strata;
  double variance = s->variance[j];
  for (int i = 0; i < count;) {
    const int32_t h = t[i].stratum;
    double squares = 0, sum = 0;
    while (i < count && t[i].stratum == h) {
      const int32_t u = t[i].unit;
      double unit = 0;
      for (; i < count && t[i].unit == u; i++) {
        const double y = scores[t[i].atom];
        unit += t[i].weight * y;
        if (e->element) squares += t[i].square * y * y;
      }
      sum += unit;
      if (!e->element) squares += unit * (2 * z[u] + unit);
    }
    variance += e->factor[h] * (squares - sum * (2 * sums[h] + sum) / e->size[h]);
  }
  return variance;
}

/* Of a part after a move. */
static double moved_part_price(const world_state *state, const touch *t, int count, int32_t part) {
  const weeg_world *world = state->world;
  const double *num = world->num + (int64_t)part * world->atoms, *den = world->den + (int64_t)part * world->atoms;
  double n = state->num[part], d = state->den[part];
  for (int i = 0; i < count; i++) {
    n += t[i].weight * num[t[i].atom];
    d += t[i].weight * den[t[i].atom];
  }
  return part_price(world, part, n, d);
}

/* Things that the first two steps of a move have to do with: searches ask about many moves that begin with the same. */
static void begin_move(world_state *state, const int32_t step[MOVE_STEPS], const touch *t, int count) {
  const weeg_world *world = state->world;
  if (state->begun_at > 0 && step[0] == state->begun_step[0] && step[1] == state->begun_step[1]) return;
  const int64_t question = state->begun_at = ++state->questions;
  memcpy(state->begun_step, step, sizeof state->begun_step);
  state->begun = world->limits == NULL ? 0 : meet(&state->index, t, count, question, question, state->met, 0);
  for (int32_t d = 0; d < world->designs; d++) {
    world_scores *s = &state->scores[d];
    s->begun = meet(&s->index, t, count, question, question, s->met, 0);
  }
}

double weeg_i_world_distance(world_state *state, const int32_t step[MOVE_STEPS], double enough) {
  const weeg_world *world = state->world;
  touch t[2 * MOVE_STEPS];
  const int count = touches_of(state, step, t), first = 2 * ((step[0] >= 0) + (step[1] >= 0));
  begin_move(state, step, t, first);
  const int64_t before = state->begun_at, question = ++state->questions;
  const touch *more = t + first;
  const int rest = count - first;
  double price = state->all;
  const int32_t parts =
      world->limits == NULL ? 0 : meet(&state->index, more, rest, before, question, state->met, state->begun);
  for (int32_t k = 0; k < parts; k++) {
    price += moved_part_price(state, t, count, state->met[k]) - state->price[state->met[k]];
  }
  for (int32_t d = 0; d < world->designs; d++) { /* what does not change stays as far off */
    world_scores *s = &state->scores[d];
    const int32_t met = meet(&s->index, more, rest, before, question, s->met, s->begun);
    for (int32_t k = 0; k < met; k++) price -= s->price[s->met[k]];
    if (met < world->errors[d].figures) s->met[met] = -1;
  }
  price = price > ROUNDING ? price : 0;
  for (int32_t d = 0; d < world->designs && price < enough; d++) {
    const weeg_world_errors *e = &world->errors[d];
    const world_scores *s = &state->scores[d];
    sort_touches(t, count, e);
    for (int32_t k = 0; k < e->figures && s->met[k] >= 0 && price < enough; k++) {
      price += error_price(moved_variance(world, e, s, t, count, s->met[k]), s->low[s->met[k]], s->high[s->met[k]]);
    }
  }
  return price;
}

static void move_one(const world_table *table, int32_t from, int32_t to) {
  const double weight = table->w[from] / table->x[from], square = table->w2[from] / table->x[from];
  table->x[from]--;
  table->x[to]++;
  table->w[from] -= weight;
  table->w[to] += weight;
  table->w2[from] -= square;
  table->w2[to] += square;
}

void weeg_i_world_move(world_state *state, const int32_t step[MOVE_STEPS]) {
  const weeg_world *world = state->world;
  touch t[2 * MOVE_STEPS];
  const int count = touches_of(state, step, t);
  const int64_t question = ++state->questions;
  state->begun_at = 0;
  for (int i = 0; i < MOVE_STEPS; i++) {
    if (step[i] >= 0) move_one(&state->table, world->from[step[i]], world->to[step[i]]);
  }
  const int32_t parts = meet(&state->index, t, count, question, question, state->met, 0);
  for (int32_t k = 0; k < parts; k++) refresh_part(state, state->met[k]);
  for (int32_t d = 0; d < world->designs; d++) {
    world_scores *s = &state->scores[d];
    const int32_t met = meet(&s->index, t, count, question, question, s->met, 0);
    for (int32_t k = 0; k < met; k++) refresh_figure(state, d, s->met[k]);
  }
  add_prices(state);
}

bool weeg_i_world_agrees(const world_state *state) { return state->all <= 0; }

weeg_status weeg_world_figures(const weeg_world *world, double *value, double *num, double *const *error, weeg_error *err) {
  weeg_status status = WEEG_OK;
  world_state state = {0};
  WEEG_TRY(weeg_i_world_check(world, err));
  WEEG_TRY(weeg_i_world_state_make(&state, world, err));
  weeg_i_world_table_begin(&state.table, world);
  weeg_i_world_state_refresh(&state);
  if (world->parts > 0) {
    memcpy(value, state.value, (size_t)world->parts * sizeof *value);
    memcpy(num, state.num, (size_t)world->parts * sizeof *num);
  }
  for (int32_t d = 0; d < world->designs; d++) {
    for (int32_t j = 0; j < world->errors[d].figures; j++) error[d][j] = weeg_i_world_error(&state, d, j);
  }
cleanup:
  weeg_i_world_state_clear(&state);
  return status;
}
