/* What the parts of the tally share. Internal to the core. */
#ifndef WEEG_TALLY_INTERNAL_H
#define WEEG_TALLY_INTERNAL_H

#include <stdint.h>

#include "base/hash.h"
#include "weeg.h"

/* One cell of one unit while it is being summed. */
typedef struct tally_slot {
  int64_t n;
  weeg_sum w;
} tally_slot;

/* The same with its place (unit * cells + cell), for sparse tables. */
typedef struct tally_entry {
  uint64_t key;
  int64_t n;
  weeg_sum w;
  weeg_square w2;
} tally_entry;

/* A sparse table: the entries that occur, numbered by their keys. */
typedef struct tally_hash {
  tally_entry *entry;     /* [numbers.slots / 2 + 1] */
  weeg_numbering numbers;
} tally_hash;

/* The entry of a key, made if needed (then n == 0 and the caller must make n > 0). NULL when memory runs out. */
tally_entry *weeg_i_hash_find(tally_hash *hash, uint64_t key);

/* Adds all entries of from to hash. */
weeg_status weeg_i_hash_add(tally_hash *hash, const tally_hash *from);

/* Sorts the entries by key; the table cannot be searched any more. */
weeg_status weeg_i_hash_sort(tally_hash *hash);

void weeg_i_hash_clear(tally_hash *hash);

/*
 * As weeg_tally_new(), with room for one entry more; units, cells, rows and sums of weights are not zeroed. Of weeg_tally_free().
 */
weeg_status weeg_i_tally_room(const weeg_tally *like, weeg_tally **tally, weeg_error *err);

/* Gives all rows of an entry the same weight, in units of 2^scale. */
void weeg_i_tally_weigh_entry(weeg_tally *tally, int64_t entry, weeg_sum weight);

/* Makes a tally of entries sorted by key. */
weeg_status weeg_i_tally_from_entries(const tally_entry *entries, int64_t count, bool element, int32_t units,
                                      int32_t cells, int scale, weeg_tally **tally, weeg_error *err);

/* The entry of a unit and cell, or -1. */
int64_t weeg_i_tally_find(const weeg_tally *tally, int32_t unit, int32_t cell);

/*
 * The units that the largest products in a sample of rows ask for. *found: false where a measure has none there but 0, so that
 * nothing is known. With found, those of all rows are the same or coarser.
 */
weeg_status weeg_i_measure_units(const weeg_measured *of, const weeg_hooks *hooks, int *scale, bool *found, weeg_error *err);

/* Sums the measures of tallies into the sum of their entries, which has none yet. b may be NULL. */
weeg_status weeg_i_measures_merge(const weeg_summand *a, const weeg_summand *b, weeg_tally *to, weeg_error *err);

#endif
