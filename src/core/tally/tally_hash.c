/* The sparse table of a tally whose units x cells would not fit a dense one. */
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/sum.h"
#include "tally/tally.h"

/* The slot of a key; *probes: how many were looked at. */
static inline tally_entry *probe(tally_hash *hash, uint64_t key, int64_t *probes) {
  const uint64_t mask = (uint64_t)hash->slots - 1;
  const uint64_t home = weeg_i_scatter(&hash->secret, key) & mask;
  uint64_t s = home;
  while (hash->slot[s].n != 0 && hash->slot[s].key != key) s = (s + 1) & mask;
  *probes = (int64_t)((s - home) & mask);
  return &hash->slot[s];
}

/* The same entries in so many slots. */
static bool refill(tally_hash *hash, int64_t slots, weeg_secret secret) {
  tally_hash other = {.slots = slots, .used = hash->used, .secret = secret};
  int64_t probes = 0;
  other.slot = weeg_i_alloc(slots, sizeof *other.slot);
  if (other.slot == NULL) return false;
  for (int64_t s = 0; s < hash->slots; s++) {
    if (hash->slot[s].n != 0) *probe(&other, hash->slot[s].key, &probes) = hash->slot[s];
  }
  weeg_free(hash->slot);
  *hash = other;
  return true;
}

static bool grow(tally_hash *hash) {
  if (hash->slots == 0) weeg_i_secret_draw(&hash->secret, false);
  return refill(hash, hash->slots == 0 ? 1024 : 2 * hash->slots, hash->secret);
}

tally_entry *weeg_i_hash_find(tally_hash *hash, uint64_t key) {
  int64_t probes = 0;
  if (hash->used * 8 >= hash->slots * 5 && !grow(hash)) return NULL;
  tally_entry *entry = probe(hash, key, &probes);
  if (weeg_i_is_flooded(&hash->secret, probes)) {
    weeg_secret strong;
    weeg_i_secret_draw(&strong, true);
    if (!refill(hash, hash->slots, strong)) return NULL;
    entry = probe(hash, key, &probes);
  }
  if (entry->n == 0) {
    entry->key = key;
    hash->used++;
  }
  return entry;
}

weeg_status weeg_i_hash_add(tally_hash *hash, const tally_hash *from) {
  for (int64_t s = 0; s < from->slots; s++) {
    const tally_entry *source = &from->slot[s];
    if (source->n == 0) continue;
    tally_entry *entry = weeg_i_hash_find(hash, source->key);
    if (entry == NULL) return WEEG_ERR_MEMORY;
    entry->n += source->n;
    weeg_i_sum_add(&entry->w, source->w);
    weeg_i_square_add(&entry->w2, source->w2);
  }
  return WEEG_OK;
}

/* Least-significant-digit radix sort, a byte of the key at a time; bytes that all keys share are skipped. */
weeg_status weeg_i_hash_sort(tally_hash *hash) {
  int64_t used = 0;
  uint64_t largest = 0;
  for (int64_t s = 0; s < hash->slots; s++) {
    if (hash->slot[s].n == 0) continue;
    if (hash->slot[s].key > largest) largest = hash->slot[s].key;
    hash->slot[used++] = hash->slot[s];
  }
  hash->used = used;
  if (used < 2) return WEEG_OK;
  tally_entry *from = hash->slot, *to = weeg_i_alloc(used, sizeof *to);
  if (to == NULL) return WEEG_ERR_MEMORY;
  tally_entry *const spare = to;
  for (int shift = 0; shift < 64 && largest >> shift != 0; shift += 8) {
    int64_t place[257] = {0};
    for (int64_t i = 0; i < used; i++) place[((from[i].key >> shift) & 0xff) + 1]++;
    for (int d = 0; d < 256; d++) place[d + 1] += place[d];
    for (int64_t i = 0; i < used; i++) to[place[(from[i].key >> shift) & 0xff]++] = from[i];
    tally_entry *swap = from;
    from = to;
    to = swap;
  }
  if (from != hash->slot) memcpy(hash->slot, from, sizeof *from * (size_t)used);
  weeg_free(spare);
  return WEEG_OK;
}

void weeg_i_hash_clear(tally_hash *hash) {
  weeg_free(hash->slot);
  *hash = (tally_hash){0};
}
