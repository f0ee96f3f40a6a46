/* Distinct combinations of codes. */
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static uint64_t hash_of(const int32_t *key, int32_t width) {
  uint64_t hash = 0x9e3779b97f4a7c15u;
  for (int32_t k = 0; k < width; k++) {
    hash = (hash ^ (uint32_t)key[k]) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  }
  return hash;
}

static bool same_key(const cli_combos *c, int32_t number, const int32_t *key) {
  const int32_t *other = c->key + (int64_t)number * c->width;
  for (int32_t k = 0; k < c->width; k++) {
    if (other[k] != key[k]) return false;
  }
  return true;
}

static int64_t find_slot(const cli_combos *c, const int32_t *key) {
  int64_t at = (int64_t)(hash_of(key, c->width) & (uint64_t)(c->slots - 1));
  while (c->slot[at] != 0 && !same_key(c, c->slot[at] - 1, key)) at = (at + 1) & (c->slots - 1);
  return at;
}

/* As realloc has it; false: no memory, and nothing changed. */
static bool resize(void **array, int64_t count, size_t size) {
  void *new = realloc(*array, (size_t)count * size);
  if (new == NULL) return false;
  *array = new;
  return true;
}

/* Room for twice as many; the slots are at most half full. */
static bool grow(cli_combos *c) {
  const int64_t room = c->room == 0 ? 256 : 2 * c->room;
  void *key = c->key, *first = c->first, *rows = c->rows;
  /* one more key, which is looked up where it may stay */
  const bool grown = resize(&key, (room + 1) * (c->width > 0 ? c->width : 1), sizeof *c->key) &&
                     resize(&first, room, sizeof *c->first) && resize(&rows, room, sizeof *c->rows);
  c->key = key;
  c->first = first;
  c->rows = rows;
  int32_t *slot = grown && room <= 1 << 29 ? calloc((size_t)(2 * room), sizeof *slot) : NULL;
  if (slot == NULL) return false;
  free(c->slot);
  c->slot = slot;
  c->slots = 2 * room;
  c->room = room;
  for (int32_t i = 0; i < c->count; i++) slot[find_slot(c, c->key + (int64_t)i * c->width)] = i + 1;
  return true;
}

static bool grow_recent(cli_combos *c, int32_t code) {
  int64_t size = c->recents == 0 ? 256 : c->recents;
  while (size <= code) size *= 2;
  void *recent = c->recent;
  if (!resize(&recent, size, sizeof *c->recent)) return false;
  c->recent = recent;
  memset(c->recent + c->recents, 0, (size_t)(size - c->recents) * sizeof *c->recent);
  c->recents = size;
  return true;
}

/* The number, from 1, of the combination that stands behind the last one. */
static int32_t look_up(cli_combos *c, int64_t row) {
  int32_t *slot = &c->slot[find_slot(c, c->key + (int64_t)c->count * c->width)];
  if (*slot == 0) {
    c->first[c->count] = row;
    c->rows[c->count] = 0;
    *slot = ++c->count;
  }
  return *slot;
}

bool cli_number_combos(cli_combos *c, const int32_t *const *codes, int64_t row, int64_t rows, int32_t *number) {
  const int32_t width = c->width;
  for (int64_t i = 0; i < rows; i++) {
    if (c->count == c->room && !grow(c)) return false;
    int32_t *key = c->key + (int64_t)c->count * width;
    for (int32_t k = 0; k < width; k++) key[k] = codes[k][i];
    const int32_t last = width > 0 ? key[width - 1] : 0;
    if (last >= c->recents && !grow_recent(c, last)) return false;
    if (c->recent[last] == 0 || !same_key(c, c->recent[last] - 1, key)) c->recent[last] = look_up(c, row + i);
    number[i] = c->recent[last];
    c->rows[number[i] - 1]++;
  }
  return true;
}

void cli_clear_combos(cli_combos *c) {
  free(c->key);
  free(c->first);
  free(c->rows);
  free(c->slot);
  free(c->recent);
  *c = (cli_combos){0};
}
