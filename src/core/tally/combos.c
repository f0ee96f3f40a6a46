/* Distinct combinations of codes. */
#include "tally/combos.h"

#include <string.h>

#include "base/memory.h"

static inline uint64_t hash_of(const void *owner, int32_t number, const weeg_secret *secret) {
  const weeg_combos *c = owner;
  const int32_t *key = c->key + (int64_t)number * c->width;
  uint64_t hash = 0;
  for (int32_t k = 0; k < c->width; k++) hash = weeg_i_scatter(secret, hash ^ (uint32_t)key[k]);
  return hash;
}

static bool same_key(const weeg_combos *c, int32_t number, const int32_t *key) {
  const int32_t *other = c->key + (int64_t)number * c->width;
  for (int32_t k = 0; k < c->width; k++) {
    if (other[k] != key[k]) return false;
  }
  return true;
}

static inline bool are_same(const void *owner, int32_t number, int32_t other) {
  const weeg_combos *c = owner;
  return same_key(c, number, c->key + (int64_t)other * c->width);
}

static const weeg_keys keys_of = {hash_of, are_same};

/* All that grows with the number of combinations. */
static void clear_arrays(weeg_combos *c) {
  weeg_free(c->key);
  weeg_free(c->first);
  weeg_free(c->rows);
}

/* Room for twice as many. */
static weeg_status grow(weeg_combos *c, weeg_error *err) {
  weeg_status status = WEEG_OK;
  combos_table *t = c->table;
  const int64_t room = t->room == 0 ? 256 : 2 * t->room;
  const int32_t width = c->width > 0 ? c->width : 1;
  int32_t *key = NULL;
  int64_t *first = NULL, *rows = NULL;
  if (room > 1 << 29) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "there are too many combinations");
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
  t->room = room;
  key = NULL;
  first = rows = NULL;
cleanup:
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
static weeg_status look_up(weeg_combos *c, int64_t row, int32_t *number, weeg_error *err) {
  combos_table *t = c->table;
  const weeg_status status = weeg_i_numbering_room(&t->numbers, &keys_of, c, err);
  if (status != WEEG_OK) return status;
  const int32_t found = weeg_i_numbering_find(&t->numbers, &keys_of, c);
  if (found == c->count) {
    c->first[found] = row;
    c->rows[found] = 0;
    c->count++;
  }
  *number = found + 1;
  return WEEG_OK;
}

/* The number of a row: mostly, the last code was met with the same codes before it the last time. */
static inline weeg_status number_row(weeg_combos *c, const int32_t *const *codes, int32_t width, int64_t row, int64_t i,
                                     int32_t *number, weeg_error *err) {
  weeg_status status = WEEG_OK;
  combos_table *t = c->table;
  if (c->count == t->room) WEEG_TRY(grow(c, err));
  int32_t *key = c->key + (int64_t)c->count * width;
  for (int32_t k = 0; k < width; k++) key[k] = codes[k][i];
  const int32_t last = width > 0 ? key[width - 1] : 0;
  if (last >= t->recents) WEEG_TRY(grow_recent(t, last, err));
  if (t->recent[last] == 0 || !same_key(c, t->recent[last] - 1, key)) WEEG_TRY(look_up(c, row + i, &t->recent[last], err));
  *number = t->recent[last];
cleanup:
  return status;
}

/* Numbers rows as long as the last code is met with the same one before it as the last time, if any. Returns where it is not. */
static int64_t number_known(weeg_combos *c, const int32_t *const *codes, int64_t from, int64_t to, int32_t *number) {
  const combos_table *t = c->table;
  const int32_t width = c->width, *last = codes[width - 1], *first = codes[0], *key = c->key, *recent = t->recent;
  const int64_t recents = t->recents;
  int64_t *rows = c->rows, i = from;
  for (; i < to && last[i] < recents; i++) {
    const int32_t known = recent[last[i]];
    if (known == 0 || key[(int64_t)(known - 1) * width] != first[i]) break;
    number[i] = known;
    rows[known - 1]++;
  }
  return i;
}

weeg_status weeg_combos_number(weeg_combos *c, const int32_t *const *codes, int64_t row, int64_t rows, int32_t *number,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t width = c->width;
  if (c->table == NULL) WEEG_NEW(c->table, 1);
  for (int64_t i = 0; i < rows; i++) {
    if (width == 1 || width == 2) i = number_known(c, codes, i, rows, number);
    if (i == rows) break;
    WEEG_TRY(number_row(c, codes, width, row, i, &number[i], err));
    c->rows[number[i] - 1]++;
  }
cleanup:
  return status;
}

void weeg_combos_clear(weeg_combos *c) {
  clear_arrays(c);
  if (c->table != NULL) weeg_i_numbering_clear(&c->table->numbers);
  if (c->table != NULL) weeg_free(c->table->recent);
  weeg_free(c->table);
  *c = (weeg_combos){.width = c->width};
}
