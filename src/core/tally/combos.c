/* Distinct combinations of codes. */
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "weeg.h"

static uint64_t hash_of(const weeg_secret *secret, const int32_t *key, int32_t width) {
  uint64_t hash = 0;
  for (int32_t k = 0; k < width; k++) hash = weeg_scatter(secret, hash ^ (uint32_t)key[k]);
  return hash;
}

static bool same_key(const weeg_combos *c, int32_t number, const int32_t *key) {
  const int32_t *other = c->key + (int64_t)number * c->width;
  for (int32_t k = 0; k < c->width; k++) {
    if (other[k] != key[k]) return false;
  }
  return true;
}

/* *probes: how many slots were looked at. */
static int64_t find_slot(const weeg_combos *c, const int32_t *key, int64_t *probes) {
  int64_t at = (int64_t)(hash_of(&c->secret, key, c->width) & (uint64_t)(c->slots - 1));
  for (*probes = 1; c->slot[at] != 0 && !same_key(c, c->slot[at] - 1, key); ++*probes) at = (at + 1) & (c->slots - 1);
  return at;
}

/* Fills the slots, which are empty. */
static void fill_slots(weeg_combos *c) {
  int64_t probes = 0;
  for (int32_t i = 0; i < c->count; i++) c->slot[find_slot(c, c->key + (int64_t)i * c->width, &probes)] = i + 1;
}

/* Room for twice as many; the slots are at most half full. */
static weeg_status grow(weeg_combos *c, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t room = c->room == 0 ? 256 : 2 * c->room;
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
  const weeg_combos larger = {c->width, c->count, key, first, rows, room, slot, 2 * room, c->recent, c->recents,
                               c->secret};
  c->recent = NULL;
  weeg_combos_clear(c);
  *c = larger;
  slot = key = NULL;
  first = rows = NULL;
  if (c->count == 0) weeg_secret_draw(&c->secret, false);
  fill_slots(c);
cleanup:
  weeg_free(slot);
  weeg_free(key);
  weeg_free(first);
  weeg_free(rows);
  return status;
}

/* By the last code: the number, from 1, of the combination where it was seen last; 0: not yet. */
static weeg_status grow_recent(weeg_combos *c, int32_t code, weeg_error *err) {
  int64_t size = c->recents == 0 ? 256 : c->recents;
  while (size <= code) size *= 2;
  int32_t *recent = weeg_larger(c->recent, c->recents, size, sizeof *c->recent);
  if (recent == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  c->recent = recent;
  c->recents = size;
  return WEEG_OK;
}

/* The number, from 1, of the combination that stands behind the last one. */
static int32_t look_up(weeg_combos *c, int64_t row) {
  const int32_t *key = c->key + (int64_t)c->count * c->width;
  int64_t probes = 0, at = find_slot(c, key, &probes);
  if (weeg_is_flooded(&c->secret, probes)) {
    weeg_secret_draw(&c->secret, true);
    memset(c->slot, 0, (size_t)c->slots * sizeof *c->slot);
    fill_slots(c);
    at = find_slot(c, key, &probes);
  }
  int32_t *slot = &c->slot[at];
  if (*slot == 0) {
    c->first[c->count] = row;
    c->rows[c->count] = 0;
    *slot = ++c->count;
  }
  return *slot;
}

weeg_status weeg_combos_number(weeg_combos *c, const int32_t *const *codes, int64_t row, int64_t rows, int32_t *number,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t width = c->width;
  for (int64_t i = 0; i < rows; i++) {
    if (c->count == c->room) WEEG_TRY(grow(c, err));
    int32_t *key = c->key + (int64_t)c->count * width;
    for (int32_t k = 0; k < width; k++) key[k] = codes[k][i];
    const int32_t last = width > 0 ? key[width - 1] : 0;
    if (last >= c->recents) WEEG_TRY(grow_recent(c, last, err));
    if (c->recent[last] == 0 || !same_key(c, c->recent[last] - 1, key)) c->recent[last] = look_up(c, row + i);
    number[i] = c->recent[last];
    c->rows[number[i] - 1]++;
  }
cleanup:
  return status;
}

void weeg_combos_clear(weeg_combos *c) {
  weeg_free(c->key);
  weeg_free(c->first);
  weeg_free(c->rows);
  weeg_free(c->slot);
  weeg_free(c->recent);
  *c = (weeg_combos){.width = c->width};
}
