/*
 * A search for tables of whole respondents that agree with a release, one for each value that a hidden count must be able to
 * have. Moves that change nothing shown lead from table to table: first to the value, then, of moves that keep it, always
 * by the one that leads nearest to the standard errors shown, not back over the last steps.
 */
#include <string.h>

#include "base/memory.h"
#include "disclosure/world.h"

enum {
  MOST_TURNS = 150,    /* of a search for one value */
  MOST_STUCK = 30,     /* turns without coming nearer */
  WIDE_STUCK = 6,      /* the same, before moves of two steps in one unit are tried */
  STARTS = 6,          /* the table itself, the last one found, and others */
  MOST_STARTS = 60,    /* where these take no more than EASY_WORK */
  REMEMBERED = 8,      /* steps that are not taken back */
  FIRST_MOST = 240,    /* steps to begin a move with */
  GOAL_MOVES = 1200,   /* moves that are looked at in one turn, on the way to the value */
  NEAR_MOVES = 6000    /* and then */
};
/* Moves that are looked at for a whole world: some seconds, with a hundred figures. */
static const int64_t MOST_MOVES = 4000000, MOST_MOVES_A_COUNT = 400000;
static const int64_t EASY_WORK = 50000000; /* additions */

/* A move, and how far from what is shown it leads. */
typedef struct move {
  int32_t step[MOVE_STEPS];
  double distance; /* FAR_OFF: there is none */
} move;

static const double FAR_OFF = 1e300;

typedef struct search {
  const weeg_world *world;
  int32_t threshold;
  world_state state;
  world_table truth, last;     /* the table itself, and the last one found */
  int64_t *least, *most;       /* [counts] values that were found */
  int64_t *now;                /* [counts] scratch */
  int32_t *inside;             /* [atoms] whether in the count that is looked for */
  int32_t *open;               /* [pairs] those that no design forbids */
  int32_t *there, *change;     /* [pairs] those that can be taken now, and what they change in that count */
  int32_t *first;              /* [pairs] those to begin a move with */
  int32_t *start, *partner;    /* [kinds + 1], [pairs] those that change nothing in it, by kind */
  int32_t opens, theres, firsts;
  move best;                   /* of those looked at in a turn */
  int32_t past[REMEMBERED];    /* the last steps taken, -1: none */
  int32_t *back;               /* [steps] whether one of these is taken back */
  int pasts;
  int64_t left;                /* moves that may still be looked at */
  int64_t move_cost, table_cost; /* additions that looking at a move, and all figures of a table, take at most */
  int64_t work;                /* such additions until now */
  pulse beat;
} search;

static void clear_search(search *s) {
  weeg_i_world_state_clear(&s->state);
  weeg_i_world_table_clear(&s->truth);
  weeg_i_world_table_clear(&s->last);
  weeg_free(s->least);
  weeg_free(s->inside);
  weeg_free(s->open);
  weeg_free(s->start);
  weeg_free(s->back);
  *s = (search){0};
}

static void find_open(search *s) {
  const weeg_world *world = s->world;
  for (int32_t p = 0; p < world->pairs; p++) {
    const int32_t one = world->pair[p], two = world->pair[p + world->pairs];
    if (weeg_i_world_is_open(world, one) && weeg_i_world_is_open(world, two)) s->open[s->opens++] = p;
  }
}

static void count_costs(search *s) {
  int64_t figures = 2 * (int64_t)s->world->parts;
  for (int32_t d = 0; d < s->world->designs; d++) figures += s->world->errors[d].figures;
  s->move_cost = 64 + 16 * figures;
  s->table_cost = s->world->pairs + weeg_i_world_refresh_cost(s->world);
}

static weeg_status make_search(search *s, const weeg_world *world, int32_t threshold, const weeg_hooks *hooks,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t hidden = 0;
  *s = (search){.world = world, .threshold = threshold, .beat = {.hooks = hooks}};
  WEEG_TRY(weeg_i_world_state_make(&s->state, world, err));
  WEEG_TRY(weeg_i_world_table_make(&s->truth, world->atoms, err));
  WEEG_TRY(weeg_i_world_table_make(&s->last, world->atoms, err));
  WEEG_NEW(s->least, 3 * (int64_t)world->counts + 1);
  s->most = s->least + world->counts;
  s->now = s->most + world->counts;
  WEEG_NEW(s->inside, world->atoms + (int64_t)1);
  WEEG_NEW(s->open, 5 * (int64_t)world->pairs + 1);
  s->there = s->open + world->pairs;
  s->change = s->there + world->pairs;
  s->first = s->change + world->pairs;
  s->partner = s->first + world->pairs;
  WEEG_NEW(s->start, world->kinds + (int64_t)2);
  WEEG_NEW(s->back, world->steps + (int64_t)1);
  find_open(s);
  count_costs(s);
  weeg_i_world_table_begin(&s->truth, world);
  weeg_i_world_table_copy(&s->last, &s->truth, world->atoms);
  for (int32_t i = 0; i < world->counts; i++) {
    s->least[i] = s->most[i] = world->n[i];
    hidden += !world->shown[i];
  }
  s->left = MOST_MOVES + MOST_MOVES_A_COUNT * hidden;
cleanup:
  return status;
}

/* ---- moves ------------------------------------------------------------------------------------------------------ */

/* Of `count` things the one in place i of `most` that are spread over them all; others with another turn. */
static int32_t spread(int32_t count, int32_t most, int32_t i, int64_t turn) {
  if (count <= most) return i;
  return (int32_t)(((int64_t)i * (count - 1) / (most > 1 ? most - 1 : 1) + turn * 7) % count);
}

static int32_t at_most(int32_t count, int32_t most) { return count < most ? count : most; }

/* Finds out which pairs can be taken, and what each changes in the count looked for. */
static void find_pairs(search *s, bool wide) {
  const weeg_world *world = s->world;
  const double *x = s->state.table.x;
  s->theres = 0;
  for (int32_t i = 0; i < s->opens; i++) {
    const int32_t p = s->open[i], one = world->pair[p], two = world->pair[p + world->pairs];
    if (two >= 0 && (!wide || x[world->from[two]] < 1)) continue;
    if (x[world->from[one]] < 1) continue;
    s->there[s->theres++] = p;
    s->change[p] = s->inside[world->to[one]] - s->inside[world->from[one]];
    if (two >= 0) s->change[p] += s->inside[world->to[two]] - s->inside[world->from[two]];
  }
}

/* Those that can make up for others, by kind. */
static void sort_partners(search *s) {
  const weeg_world *world = s->world;
  memset(s->start, 0, ((size_t)world->kinds + 2) * sizeof *s->start);
  int32_t *end = s->start + 1; /* end[k] becomes start[k + 1] */
  for (int32_t i = 0; i < s->theres; i++) {
    if (s->change[s->there[i]] == 0) end[world->kind[s->there[i]] + 1]++;
  }
  for (int32_t k = 0; k < world->kinds; k++) end[k + 1] += end[k];
  for (int32_t i = 0; i < s->theres; i++) {
    if (s->change[s->there[i]] == 0) s->partner[end[world->kind[s->there[i]]]++] = s->there[i];
  }
}

/* With what a move may begin that leaves the count `gap` nearer to its goal (0: where it is). */
static void find_firsts(search *s, int64_t gap) {
  s->firsts = 0;
  for (int32_t i = 0; i < s->theres; i++) {
    const int64_t change = s->change[s->there[i]];
    const bool fits = gap == 0 ? change == 0 : gap > 0 ? change > 0 && change <= gap : change < 0 && change >= gap;
    if (fits) s->first[s->firsts++] = s->there[i];
  }
}

/* Finds the steps that take one of late back. */
static void find_back(search *s) {
  const weeg_world *world = s->world;
  for (int32_t k = 0; k < world->steps; k++) {
    s->back[k] = 0;
    for (int j = 0; j < REMEMBERED; j++) {
      const int32_t past = s->past[j];
      if (past >= 0 && world->from[past] == world->to[k] && world->to[past] == world->from[k]) s->back[k] = 1;
    }
  }
}

/* Whether nobody is taken from an atom in which there is none, somebody is moved, and no step of late is taken back. */
static bool is_possible(const search *s, const int32_t step[MOVE_STEPS]) {
  const weeg_world *world = s->world;
  bool idle = true;
  for (int i = 0; i < MOVE_STEPS; i++) {
    if (step[i] < 0) continue;
    const int32_t from = world->from[step[i]];
    int out = 0, in = 0;
    for (int j = 0; j < MOVE_STEPS; j++) {
      if (step[j] < 0) continue;
      out += world->from[step[j]] == from;
      in += world->to[step[j]] == from;
    }
    if (s->state.table.x[from] < out) return false;
    idle = idle && out == in;
    if (s->back[step[i]]) return false;
  }
  return !idle;
}

/* Looks at a move, and keeps it if it is the best. */
static void try_steps(search *s, const int32_t step[MOVE_STEPS]) {
  s->left--;
  if (!is_possible(s, step)) return;
  const double distance = weeg_i_world_distance(&s->state, step, s->best.distance);
  if (distance >= s->best.distance) return;
  s->best.distance = distance;
  memcpy(s->best.step, step, MOVE_STEPS * sizeof *step);
}

/* Of a pair and another (-1: none). */
static void try_pairs(search *s, int32_t one, int32_t two) {
  const int32_t *first = s->world->pair, *second = first + s->world->pairs;
  const int32_t step[MOVE_STEPS] = {first[one], second[one], two < 0 ? -1 : first[two], two < 0 ? -1 : second[two]};
  try_steps(s, step);
}

/* Counts work. Whether to stop. */
static bool spends(search *s, int64_t work) {
  s->work += work;
  return weeg_i_stops(&s->beat, work);
}

/* Keeps the best of at most `most` moves that begin with one of `begin` of the firsts. */
static void find_move(search *s, int32_t begin, int32_t most, int64_t turn) {
  const weeg_world *world = s->world;
  const int32_t firsts = at_most(s->firsts, begin);
  const int32_t each = firsts == 0 ? 0 : (most + firsts - 1) / firsts;
  s->best.distance = FAR_OFF;
  sort_partners(s);
  find_back(s);
  for (int32_t i = 0; i < firsts && s->left > 0; i++) {
    const int32_t first = s->first[spread(s->firsts, firsts, i, turn)];
    const int32_t other = world->opposite[world->kind[first]];
    if (world->alone[first]) try_pairs(s, first, -1);
    if (other < 0) continue;
    const int32_t *partner = s->partner + s->start[other];
    const int32_t partners = s->start[other + 1] - s->start[other];
    for (int32_t j = 0; j < at_most(partners, each); j++) {
      try_pairs(s, first, partner[spread(partners, each, j, turn + first)]);
    }
    if (spends(s, s->move_cost * at_most(partners, each))) return;
  }
}

static void refresh(search *s) {
  weeg_i_world_state_refresh(&s->state);
  spends(s, s->table_cost);
}

static void take_best(search *s) {
  const move *best = &s->best;
  for (int i = 0; i < MOVE_STEPS; i++) {
    if (best->step[i] >= 0) s->past[s->pasts++ % REMEMBERED] = best->step[i];
  }
  weeg_i_world_move(&s->state, best->step);
  spends(s, s->table_cost);
}

static void begin_at(search *s, const world_table *table) {
  weeg_i_world_table_copy(&s->state.table, table, s->world->atoms);
  refresh(s);
  for (int i = 0; i < REMEMBERED; i++) s->past[i] = -1;
}

/* ---- searches --------------------------------------------------------------------------------------------------- */

static void count_all(search *s) {
  const weeg_world *world = s->world;
  memset(s->now, 0, (size_t)world->counts * sizeof *s->now);
  for (int32_t m = 0; m < world->members; m++) s->now[world->member_count[m]] += (int64_t)s->state.table.x[world->member_atom[m]];
}

/* Whether the table gives all that is shown. */
static bool gives_shown(search *s) {
  const weeg_world *world = s->world;
  if (!weeg_i_world_agrees(&s->state)) return false;
  count_all(s);
  for (int32_t i = 0; i < world->counts; i++) {
    if (world->shown[i] && s->now[i] != world->n[i]) return false;
  }
  return true;
}

static void look_for(search *s, int32_t count) {
  const weeg_world *world = s->world;
  memset(s->inside, 0, (size_t)world->atoms * sizeof *s->inside);
  for (int32_t m = 0; m < world->members; m++) {
    if (world->member_count[m] == count) s->inside[world->member_atom[m]] = 1;
  }
}

static int64_t value_now(const search *s) {
  int64_t value = 0;
  for (int32_t a = 0; a < s->world->atoms; a++) value += s->inside[a] ? (int64_t)s->state.table.x[a] : 0;
  return value;
}

/* From the table at hand to one in which the count looked for has its goal. Whether it was found. */
static bool reach(search *s, int64_t goal) {
  double nearest = FAR_OFF;
  bool wide = false;
  for (int32_t turn = 1, stuck = 0; turn <= MOST_TURNS && stuck <= MOST_STUCK && s->left > 0 && !s->beat.stopped; turn++) {
    const int64_t gap = goal - value_now(s);
    if (gap == 0 && gives_shown(s)) return true;
    find_pairs(s, wide);
    find_firsts(s, gap);
    find_move(s, FIRST_MOST, gap == 0 ? NEAR_MOVES : GOAL_MOVES, turn);
    if (s->best.distance >= FAR_OFF && wide) return false;
    wide = wide || s->best.distance >= FAR_OFF || stuck > WIDE_STUCK;
    if (s->best.distance >= FAR_OFF) continue;
    take_best(s);
    const double distance = s->best.distance;
    if (gap != 0) continue;
    stuck = distance < nearest - 1e-9 ? 0 : stuck + 1;
    nearest = distance < nearest ? distance : nearest;
  }
  return false;
}

/* Some moves away from the table at hand, each the nearest of `of` or so. */
static void wander(search *s, int32_t moves, int32_t of, int64_t turn) {
  memset(s->inside, 0, (size_t)s->world->atoms * sizeof *s->inside);
  for (int32_t i = 1; i <= moves && !s->beat.stopped; i++) {
    find_pairs(s, true);
    find_firsts(s, 0);
    find_move(s, of, 2 * of, 31 * (int64_t)i + turn);
    if (s->best.distance >= FAR_OFF) continue;
    take_best(s);
  }
}

/* Whether the values found of a count are far enough apart; of a small one, whether its least (side -1) or largest (1) is. */
static bool is_enough(const search *s, int32_t count, int side) {
  const int64_t far = s->threshold - (int64_t)1;
  if (s->world->n[count] >= s->threshold) return s->most[count] - s->least[count] >= far;
  return side < 0 ? s->least[count] == 0 : s->most[count] >= far;
}

/* The value to look for: on later starts also further away, and nearer on both sides. */
static int64_t goal_of(const search *s, int32_t count, int side, int start) {
  const int64_t n = s->world->n[count], far = s->threshold - (int64_t)1, more = start < 2 ? 0 : start % 3;
  if (n >= s->threshold) return n + side * (start % 4 == 3 ? (far + 1) / 2 : far + more);
  return side < 0 ? 0 : far + more;
}

static void keep_found(search *s) {
  count_all(s);
  for (int32_t i = 0; i < s->world->counts; i++) {
    s->least[i] = s->now[i] < s->least[i] ? s->now[i] : s->least[i];
    s->most[i] = s->now[i] > s->most[i] ? s->now[i] : s->most[i];
  }
  weeg_i_world_table_copy(&s->last, &s->state.table, s->world->atoms);
}

/* Whether values of a count on the sides from..to are found. */
static bool can_reach(search *s, int32_t count, int from, int to) {
  const int64_t most = s->work + EASY_WORK;
  for (int start = 0; start < (s->work < most ? MOST_STARTS : STARTS) && !s->beat.stopped; start++) {
    for (int side = from; side <= to; side += 2) {
      const int64_t goal = goal_of(s, count, side, start);
      if (is_enough(s, count, side)) return true;
      if (goal < 0) continue;
      begin_at(s, start == 0 ? &s->truth : &s->last);
      if (start > 1) wander(s, 10 * start % 61, start < STARTS ? 12 : 2, count + 97 * (int64_t)start);
      look_for(s, count);
      if (reach(s, goal)) keep_found(s);
      if (is_enough(s, count, side)) return true;
    }
  }
  return false;
}

static bool is_count_safe(search *s, int32_t count) {
  if (s->world->n[count] >= s->threshold) return can_reach(s, count, -1, 1);
  return can_reach(s, count, -1, -1) && can_reach(s, count, 1, 1);
}

/* Whether the table itself gives all that is shown, and the counts that are hidden: what is found is compared with it. */
static bool is_right(search *s) {
  begin_at(s, &s->truth);
  if (!gives_shown(s)) return false;
  for (int32_t i = 0; i < s->world->counts; i++) {
    if (s->now[i] != s->world->n[i]) return false;
  }
  return true;
}

weeg_status weeg_world_is_safe(const weeg_world *world, int32_t threshold, const weeg_hooks *hooks, bool *safe,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  search s = {0};
  if (threshold < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the threshold must be 1 or more");
  WEEG_TRY(weeg_i_world_check(world, err));
  WEEG_TRY(make_search(&s, world, threshold, hooks, err));
  bool all = is_right(&s);
  for (int32_t i = 0; i < world->counts && all && !s.beat.stopped; i++) all = world->shown[i] || is_count_safe(&s, i);
  WEEG_TRY(weeg_i_pulse_status(&s.beat, err));
  *safe = all;
cleanup:
  clear_search(&s);
  return status;
}
