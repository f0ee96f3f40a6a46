/* The sparse table of a tally whose units x cells would not fit a dense one. */
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/sum.h"
#include "tally/tally.h"

static inline uint64_t hash_of(const void *owner, int32_t number, const weeg_secret *secret) {
  return weeg_i_scatter(secret, ((const tally_hash *)owner)->entry[number].key);
}

static inline bool are_same(const void *owner, int32_t number, int32_t other) {
  const tally_entry *entry = ((const tally_hash *)owner)->entry;
  return entry[number].key == entry[other].key;
}

static const weeg_keys keys_of = {hash_of, are_same};

/* Twice the slots, and room for as many entries as these are filled with, and for the one that is looked up. */
static bool grow(tally_hash *hash) {
  weeg_numbering *numbers = &hash->numbers;
  if (weeg_i_numbering_grow(numbers, &keys_of, hash, NULL) != WEEG_OK) return false;
  tally_entry *entry = weeg_i_larger(hash->entry, numbers->count, numbers->slots / 2 + 1, sizeof *entry);
  if (entry == NULL) return false;
  hash->entry = entry;
  return true;
}

tally_entry *weeg_i_hash_find(tally_hash *hash, uint64_t key) {
  weeg_numbering *numbers = &hash->numbers;
  if (2 * ((int64_t)numbers->count + 1) > numbers->slots && !grow(hash)) return NULL;
  hash->entry[numbers->count].key = key;
  return &hash->entry[weeg_i_numbering_find(numbers, &keys_of, hash)];
}

weeg_status weeg_i_hash_add(tally_hash *hash, const tally_hash *from) {
  for (int64_t i = 0; i < from->numbers.count; i++) {
    const tally_entry *source = &from->entry[i];
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
  const int64_t used = hash->numbers.count;
  uint64_t largest = 0;
  for (int64_t i = 0; i < used; i++) largest = hash->entry[i].key > largest ? hash->entry[i].key : largest;
  if (used < 2) return WEEG_OK;
  tally_entry *from = hash->entry, *to = weeg_i_alloc(used, sizeof *to);
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
  if (from != hash->entry) memcpy(hash->entry, from, sizeof *from * (size_t)used);
  weeg_free(spare);
  return WEEG_OK;
}

void weeg_i_hash_clear(tally_hash *hash) {
  weeg_free(hash->entry);
  weeg_i_numbering_clear(&hash->numbers);
  *hash = (tally_hash){0};
}
