/*
 * All tables of whole respondents that agree with the counts that a release shows, where there are not too many; and which
 * of their figures may be told apart. Nothing of this depends on which of the tables is the true one.
 *
 * Respondents go along steps: within atoms that steps connect, a component, their number stays. So a table is a solution, in
 * whole numbers, of sums over sets of atoms: the components, and the counts shown.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "disclosure/world.h"

static const int64_t MOST_NODES = 4000000; /* atoms filled in the search, before there are too many tables */
static const double ALIKE = 1e-9;          /* weights of a component, in their size */

typedef struct listing {
  const weeg_world *world;
  int32_t most, tables;          /* tables: most + 1 when there are too many */
  int32_t sums;                  /* counts, and then components */
  int32_t *component;            /* [atoms] scratch: the root of each; then its number */
  int32_t *start, *sum;          /* [atoms + 1], [members + atoms] the sums that an atom is in; hidden counts are none */
  int64_t *need, *low, *high;    /* [sums] what is to be filled, and what atoms that are not filled can give */
  int64_t *least, *greatest;     /* [atoms] what one can be */
  int64_t *next, *top;           /* [atoms] of a free atom, in their order: the value to try, and the last one */
  int32_t *free;                 /* [atoms] atoms that can be more than one thing */
  int32_t frees;
  double *weight, *square;       /* [components] of one respondent */
  int64_t nodes;
  world_state state;             /* of figures, where they are wanted */
  double *figure;                /* NULL: only counted; see weeg_world_tables() */
  int32_t *people, itself;
  pulse beat;
} listing;

static void clear_listing(listing *l) {
  weeg_free(l->component);
  weeg_free(l->need);
  weeg_free(l->least);
  weeg_free(l->weight);
  weeg_i_world_state_clear(&l->state);
  *l = (listing){0};
}

static weeg_status make_listing(listing *l, const weeg_world *world, int32_t most, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t atoms = world->atoms, sums = world->counts + atoms;
  *l = (listing){.world = world, .most = most, .beat = {.hooks = hooks}};
  WEEG_NEW(l->component, 4 * atoms + world->members + 2);
  l->start = l->component + atoms;
  l->free = l->start + atoms + 2;
  l->sum = l->free + atoms;
  WEEG_NEW(l->need, 3 * sums + 1);
  l->low = l->need + sums;
  l->high = l->low + sums;
  WEEG_NEW(l->least, 4 * atoms + 1);
  l->greatest = l->least + atoms;
  l->next = l->greatest + atoms;
  l->top = l->next + atoms;
  WEEG_NEW(l->weight, 2 * atoms + 1);
  l->square = l->weight + atoms;
cleanup:
  return status;
}

/* ---- sums ------------------------------------------------------------------------------------------------------- */

static int32_t root_of(int32_t *root, int32_t a) {
  while (root[a] != a) a = root[a] = root[root[a]];
  return a;
}

/* Numbers components by their first atom. */
static void find_components(listing *l) {
  const weeg_world *world = l->world;
  int32_t *root = l->component, components = 0;
  for (int32_t a = 0; a < world->atoms; a++) root[a] = a;
  for (int32_t s = 0; s < world->steps; s++) {
    const int32_t one = root_of(root, world->from[s]), two = root_of(root, world->to[s]);
    if (weeg_i_world_is_open(world, s)) root[one > two ? one : two] = one > two ? two : one;
  }
  for (int32_t a = 0; a < world->atoms; a++) root[a] = root_of(root, a);
  for (int32_t a = 0; a < world->atoms; a++) root[a] = root[a] == a ? components++ : root[root[a]];
  l->sums = world->counts + components;
}

/* The sums that each atom is in. */
static void find_sums(listing *l) {
  const weeg_world *world = l->world;
  int32_t *begin = l->start + 1; /* begin[a] becomes start[a + 1] */
  for (int32_t m = 0; m < world->members; m++) begin[world->member_atom[m] + 1] += world->shown[world->member_count[m]] != 0;
  for (int32_t a = 0; a < world->atoms; a++) begin[a + 1] += begin[a] + 1; /* and the component */
  for (int32_t m = 0; m < world->members; m++) {
    if (world->shown[world->member_count[m]]) l->sum[begin[world->member_atom[m]]++] = world->member_count[m];
  }
  for (int32_t c = 0; c < world->counts; c++) l->need[c] = world->n[c];
  for (int32_t a = 0; a < world->atoms; a++) {
    const int32_t c = world->counts + l->component[a];
    l->sum[begin[a]++] = c;
    l->need[c] += (int64_t)world->x[a];
  }
}

/* What the respondents of each component weigh. Whether they all weigh the same. */
static bool find_weights(listing *l) {
  const weeg_world *world = l->world;
  const int64_t *total = l->need + world->counts;
  for (int32_t a = 0; a < world->atoms; a++) {
    l->weight[l->component[a]] += world->w[a];
    l->square[l->component[a]] += world->w2[a];
  }
  for (int32_t k = 0; k < l->sums - world->counts; k++) {
    const double n = total[k] > 0 ? (double)total[k] : 1;
    l->weight[k] /= n;
    l->square[k] /= n;
    if (fabs(l->square[k] - l->weight[k] * l->weight[k]) > ALIKE * l->square[k]) return false;
  }
  for (int32_t a = 0; a < world->atoms; a++) {
    const double w = world->x[a] * l->weight[l->component[a]];
    if (fabs(world->w[a] - w) > ALIKE * w) return false;
  }
  return true;
}

/* ---- the tables ------------------------------------------------------------------------------------------------- */

/* Adds to what atoms that are not filled can give, by sum. */
static void add_bounds(listing *l, int32_t a, int64_t least, int64_t greatest) {
  for (int32_t i = l->start[a]; i < l->start[a + 1]; i++) {
    l->low[l->sum[i]] += least;
    l->high[l->sum[i]] += greatest;
  }
}

/* What an atom can be, given what others can. Whether it can be anything. */
static bool bounds_of(const listing *l, int32_t a, int64_t *least, int64_t *greatest) {
  *least = l->least[a];
  *greatest = l->greatest[a];
  for (int32_t i = l->start[a]; i < l->start[a + 1]; i++) {
    const int32_t c = l->sum[i];
    const int64_t low = l->need[c] - (l->high[c] - l->greatest[a]), high = l->need[c] - (l->low[c] - l->least[a]);
    *least = low > *least ? low : *least;
    *greatest = high < *greatest ? high : *greatest;
  }
  return *least <= *greatest;
}

/* Whether to stop: somebody asks so, or there are too many. */
static bool is_enough(listing *l) {
  if (++l->nodes > MOST_NODES) l->tables = l->most + 1;
  return weeg_i_stops(&l->beat, 64) || l->tables > l->most;
}

/* Narrows what atoms can be until nothing changes. */
static void find_bounds(listing *l) {
  const weeg_world *world = l->world;
  for (int32_t a = 0; a < world->atoms; a++) {
    l->greatest[a] = l->need[world->counts + l->component[a]];
    add_bounds(l, a, 0, l->greatest[a]);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (int32_t a = 0; a < world->atoms && !is_enough(l); a++) {
      int64_t least, greatest;
      if (!bounds_of(l, a, &least, &greatest)) continue; /* not of a table that there is */
      if (least == l->least[a] && greatest == l->greatest[a]) continue;
      add_bounds(l, a, least - l->least[a], greatest - l->greatest[a]);
      l->least[a] = least;
      l->greatest[a] = greatest;
      changed = true;
    }
  }
}

/* Fills an atom with x respondents, or (times -1) takes them out again. */
static void fill(listing *l, int32_t a, int64_t x, int times) {
  add_bounds(l, a, -times * l->least[a], -times * l->greatest[a]);
  for (int32_t i = l->start[a]; i < l->start[a + 1]; i++) l->need[l->sum[i]] -= times * x;
  l->state.table.x[a] = (double)x;
}

static void find_free(listing *l) {
  for (int32_t a = 0; a < l->world->atoms; a++) {
    if (l->least[a] < l->greatest[a]) {
      l->free[l->frees++] = a;
    } else {
      fill(l, a, l->least[a], 1);
    }
  }
}

/* Figures of the table at hand: values and sums of parts, and standard errors; what rounding leaves of none is 0. */
static void write_figures(listing *l) {
  const weeg_world *world = l->world;
  const world_table *t = &l->state.table;
  double *at = l->figure + l->tables;
  for (int32_t a = 0; a < world->atoms; a++) {
    t->w[a] = t->x[a] * l->weight[l->component[a]];
    t->w2[a] = t->x[a] * l->square[l->component[a]];
  }
  weeg_i_world_state_refresh(&l->state);
  for (int32_t p = 0; p < world->parts; p++, at += l->most) *at = l->state.value[p];
  for (int32_t p = 0; p < world->parts; p++, at += l->most) *at = l->state.num[p];
  for (int32_t d = 0; d < world->designs; d++) {
    for (int32_t j = 0; j < world->errors[d].figures; j++, at += l->most) *at = weeg_i_world_error(&l->state, d, j);
  }
}

static void take_table(listing *l) {
  const weeg_world *world = l->world;
  const double *x = l->state.table.x;
  if (l->figure != NULL && l->tables < l->most) {
    for (int32_t a = 0; a < world->atoms; a++) l->people[l->tables + (int64_t)a * l->most] = (int32_t)x[a];
    write_figures(l);
    weeg_i_stops(&l->beat, weeg_i_world_refresh_cost(world));
    if (memcmp(x, world->x, (size_t)world->atoms * sizeof *x) == 0) l->itself = l->tables;
  }
  l->tables++;
}

/* What the free atom at a depth can be, those before it being filled. */
static void enter(listing *l, int32_t depth) {
  if (depth < l->frees) bounds_of(l, l->free[depth], &l->next[depth], &l->top[depth]);
}

static void list_tables(listing *l) {
  int32_t depth = 0;
  enter(l, depth);
  while (depth >= 0 && !is_enough(l)) {
    if (depth < l->frees && l->next[depth] <= l->top[depth]) {
      fill(l, l->free[depth], l->next[depth]++, 1);
      enter(l, ++depth);
      continue;
    }
    if (depth == l->frees) take_table(l);
    if (--depth >= 0) fill(l, l->free[depth], l->next[depth] - 1, -1);
  }
}

weeg_status weeg_world_tables(const weeg_world *world, int32_t most, const weeg_hooks *hooks, weeg_world_list *list,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  listing l = {0};
  if (most < 0 || most == INT32_MAX) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a number of tables is 0 or more");
  WEEG_TRY(weeg_i_world_check(world, err));
  WEEG_TRY(make_listing(&l, world, most, hooks, err));
  WEEG_TRY(weeg_i_world_state_make(&l.state, world, err));
  l.figure = list->figure;
  l.people = list->people;
  l.itself = -1;
  find_components(&l);
  find_sums(&l);
  if (find_weights(&l)) {
    find_bounds(&l);
    find_free(&l);
    list_tables(&l);
  } else {
    l.tables = most + 1;
  }
  WEEG_TRY(weeg_i_pulse_status(&l.beat, err));
  list->tables = l.tables > most ? most + 1 : l.tables;
  list->itself = l.itself;
  for (int32_t a = 0; list->weight != NULL && a < world->atoms; a++) list->weight[a] = l.weight[l.component[a]];
cleanup:
  clear_listing(&l);
  return status;
}

/* ---- classes of tables ------------------------------------------------------------------------------------------ */

enum { MOST_SPARE = 7 };

/* The least values that a count has in a class of tables, the least first, and the greatest; as many as are looked at. */
typedef struct extent {
  int32_t low[MOST_SPARE + 1], high[MOST_SPARE + 1];
} extent;

typedef struct classes {
  int32_t classes, counts, threshold, spare;
  extent *of;         /* [(classes + 1) * counts] by class, at last of the rest */
  int32_t *size;      /* [classes] tables */
  int32_t *order;     /* [classes] the smallest first */
} classes;

/*
 * Whether whoever knows that a table is of a class does not know a count more narrowly than is promised, `spare` tables on each
 * side left out.
 */
static bool is_wide(const classes *c, const extent *e) {
  const int32_t threshold = c->threshold;
  const int64_t low = e->low[c->spare], high = e->high[c->spare];
  if (e->low[0] < threshold && (low > 0 || high < threshold - 1)) return false;
  return e->high[0] < threshold || high - low >= threshold - 1;
}

static bool is_class_safe(const classes *c, const extent *of) {
  for (int32_t j = 0; j < c->counts; j++) {
    if (!is_wide(c, &of[j])) return false;
  }
  return true;
}

/* A value more. */
static void widen(const classes *c, extent *e, int32_t low, int32_t high) {
  for (int32_t i = 0; i <= c->spare; i++) {
    const int32_t l = e->low[i], h = e->high[i];
    if (low < l) e->low[i] = low, low = l;
    if (high > h) e->high[i] = high, high = h;
  }
}

/* Adds a class to the rest. */
static void add_class(classes *c, int32_t k) {
  extent *rest = c->of + (int64_t)c->classes * c->counts, *own = c->of + (int64_t)k * c->counts;
  for (int32_t j = 0; j < c->counts; j++) {
    for (int32_t i = 0; i <= c->spare; i++) widen(c, &rest[j], own[j].low[i], own[j].high[i]);
  }
}

/* Whether the rest would know less of a count that it knows too much of. */
static bool helps(const classes *c, int32_t k) {
  const extent *rest = c->of + (int64_t)c->classes * c->counts, *own = c->of + (int64_t)k * c->counts;
  for (int32_t j = 0; j < c->counts; j++) {
    if (is_wide(c, &rest[j])) continue;
    if (own[j].low[0] < rest[j].low[c->spare] || own[j].high[0] > rest[j].high[c->spare]) return true;
  }
  return false;
}

static weeg_status make_classes(classes *c, const weeg_world_division *of, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t tables = of->tables, *class_of = of->class_of, *count = of->count;
  const int64_t counts = c->counts, extents = (c->classes + (int64_t)1) * counts;
  WEEG_NEW(c->of, extents + 1);
  WEEG_NEW(c->size, 2 * (int64_t)c->classes + tables + 2);
  c->order = c->size + c->classes;
  for (int64_t i = 0; i < extents; i++) {
    for (int32_t k = 0; k <= c->spare; k++) c->of[i].low[k] = INT32_MAX, c->of[i].high[k] = -1;
  }
  for (int32_t j = 0; j < c->counts; j++) {
    for (int32_t i = 0; i < tables; i++) {
      const int32_t n = count[i + (int64_t)j * tables];
      widen(c, &c->of[class_of[i] * counts + j], n, n);
    }
  }
  for (int32_t i = 0; i < tables; i++) c->size[class_of[i]]++;
  int32_t *begin = c->order + c->classes; /* [tables + 2] by size; begin[s + 1] becomes where those of size s end */
  for (int32_t k = 0; k < c->classes; k++) begin[c->size[k] + 1]++;
  for (int32_t s = 0; s < tables; s++) begin[s + 1] += begin[s];
  for (int32_t k = 0; k < c->classes; k++) c->order[begin[c->size[k]]++] = k;
cleanup:
  return status;
}

/* Adds classes to the rest until it is safe, the smallest that help first. */
static void fill_rest(classes *c, int32_t *apart) {
  const extent *rest = c->of + (int64_t)c->classes * c->counts;
  for (bool more = true; more && !is_class_safe(c, rest);) {
    more = false;
    for (int32_t i = 0; i < c->classes && !is_class_safe(c, rest); i++) {
      const int32_t k = c->order[i];
      if (!apart[k] || !helps(c, k)) continue;
      add_class(c, k);
      apart[k] = 0;
      more = true;
    }
  }
}

weeg_status weeg_world_classes(const weeg_world_division *of, int32_t threshold, int32_t spare, int32_t *apart,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  classes c = {.classes = of->classes, .counts = of->counts, .threshold = threshold, .spare = spare};
  bool rest = false; /* whether there is any */
  if (threshold < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the threshold must be 1 or more");
  if (spare < 0 || spare > MOST_SPARE) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "at most %d tables are spare", MOST_SPARE);
  WEEG_TRY(make_classes(&c, of, err));
  for (int32_t k = 0; k < c.classes; k++) {
    apart[k] = is_class_safe(&c, c.of + (int64_t)k * c.counts);
    if (apart[k]) continue;
    add_class(&c, k);
    rest = true;
  }
  if (rest) fill_rest(&c, apart);
cleanup:
  weeg_free(c.of);
  weeg_free(c.size);
  return status;
}
