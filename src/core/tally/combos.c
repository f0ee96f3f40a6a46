/* Distinct combinations of codes. */
#include "tally/combos.h"

#include <string.h>

#include "base/memory.h"

static uint64_t hash_of(const weeg_secret *secret, const int32_t *key, int32_t width) {
  uint64_t hash = 0;
  for (int32_t k = 0; k < width; k++) hash = weeg_i_scatter(secret, hash ^ (uint32_t)key[k]);
  return hash;
}

static bool same_key(const weeg_combos *c, int32_t number, const int32_t *key) {
  const int32_t *other = c->key + (int64_t)number * c->width;
  for (int32_t k = 0; k < c->width; k++) {
    if (other[k] != key[k]) return false;
  }
  return true;
}

/* All that grows with the number of combinations. */
static void clear_arrays(weeg_combos *c) {
  weeg_free(c->key);
  weeg_free(c->first);
  weeg_free(c->rows);
  if (c->table != NULL) weeg_free(c->table->slot);
}

/* *probes: how many slots were looked at. */
static int64_t find_slot(const weeg_combos *c, const int32_t *key, int64_t *probes) {
  const combos_table *t = c->table;
  int64_t at = (int64_t)(hash_of(&t->secret, key, c->width) & (uint64_t)(t->slots - 1));
  for (*probes = 1; t->slot[at] != 0 && !same_key(c, t->slot[at] - 1, key); ++*probes) at = (at + 1) & (t->slots - 1);
  return at;
}

/* Fills the slots, which are empty. */
static void fill_slots(weeg_combos *c) {
  int64_t probes = 0;
  for (int32_t i = 0; i < c->count; i++) c->table->slot[find_slot(c, c->key + (int64_t)i * c->width, &probes)] = i + 1;
}

/* Room for twice as many; the slots are at most half full. */
static weeg_status grow(weeg_combos *c, weeg_error *err) {
  weeg_status status = WEEG_OK;
  combos_table *t = c->table;
  const int64_t room = t->room == 0 ? 256 : 2 * t->room;
  const int32_t width = c->width > 0 ? c->width : 1;
  int32_t *slot = NULL, *key = NULL;
  int64_t *first = NULL, *rows = NULL;
  if (room > 1 << 29) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "there are too many combinations");
  WEEG_NEW(slot, 2 * room);
  WEEG_NEW(key, (room + 1) * width); /* one more, which is looked up where it may stay */
  WEEG_NEW(first, room);
  WEEG_NEW(rows, room);
  if (c->count > 0) {
    memcpy(key, c->key, (size_t)c->count * (size_t)width * sizeof *key);
    memcpy(first, c->first, (size_t)c->count * sizeof *first);
    memcpy(rows, c->rows, (size_t)c->count * sizeof *rows);
  }
  clear_arrays(c);
  c->key = key;
  c->first = first;
  c->rows = rows;
  t->slot = slot;
  t->slots = 2 * room;
  t->room = room;
  slot = key = NULL;
  first = rows = NULL;
  fill_slots(c);
cleanup:
  weeg_free(slot);
  weeg_free(key);
  weeg_free(first);
  weeg_free(rows);
  return status;
}

static weeg_status grow_recent(combos_table *t, int32_t code, weeg_error *err) {
  int64_t size = t->recents == 0 ? 256 : t->recents;
  while (size <= code) size *= 2;
  int32_t *recent = weeg_i_larger(t->recent, t->recents, size, sizeof *t->recent);
  if (recent == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  t->recent = recent;
  t->recents = size;
  return WEEG_OK;
}

/* The number, from 1, of the combination that stands behind the last one. */
static int32_t look_up(weeg_combos *c, int64_t row) {
  combos_table *t = c->table;
  const int32_t *key = c->key + (int64_t)c->count * c->width;
  int64_t probes = 0, at = find_slot(c, key, &probes);
  if (weeg_i_is_flooded(&t->secret, probes)) {
    weeg_i_secret_draw(&t->secret, true);
    memset(t->slot, 0, (size_t)t->slots * sizeof *t->slot);
    fill_slots(c);
    at = find_slot(c, key, &probes);
  }
  int32_t *slot = &t->slot[at];
  if (*slot == 0) {
    c->first[c->count] = row;
    c->rows[c->count] = 0;
    *slot = ++c->count;
  }
  return *slot;
}

static weeg_status make_table(weeg_combos *c, weeg_error *err) {
  weeg_status status = WEEG_OK;
  WEEG_NEW(c->table, 1);
  weeg_i_secret_draw(&c->table->secret, false);
cleanup:
  return status;
}

weeg_status weeg_combos_number(weeg_combos *c, const int32_t *const *codes, int64_t row, int64_t rows, int32_t *number,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t width = c->width;
  if (c->table == NULL) WEEG_TRY(make_table(c, err));
  combos_table *t = c->table;
  for (int64_t i = 0; i < rows; i++) {
    if (c->count == t->room) WEEG_TRY(grow(c, err));
    int32_t *key = c->key + (int64_t)c->count * width;
    for (int32_t k = 0; k < width; k++) key[k] = codes[k][i];
    const int32_t last = width > 0 ? key[width - 1] : 0;
    if (last >= t->recents) WEEG_TRY(grow_recent(t, last, err));
    if (t->recent[last] == 0 || !same_key(c, t->recent[last] - 1, key)) t->recent[last] = look_up(c, row + i);
    number[i] = t->recent[last];
    c->rows[number[i] - 1]++;
  }
cleanup:
  return status;
}

void weeg_combos_clear(weeg_combos *c) {
  clear_arrays(c);
  if (c->table != NULL) weeg_free(c->table->recent);
  weeg_free(c->table);
  *c = (weeg_combos){.width = c->width};
}
