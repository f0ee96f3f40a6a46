/* Hashing that nobody outside can foresee. Internal to the core. */
#ifndef WEEG_HASH_H
#define WEEG_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weeg.h"

/* Spreads the bits of a key: finalizer of splitmix64, Steele, Lea and Flood (2014). Everybody can foresee it. */
static inline uint64_t weeg_i_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/* By which a table for looking up hashes: random numbers, so that nobody can make up what it would be slow with. */
typedef struct weeg_secret {
  uint64_t added, first, second;
  bool strong;
} weeg_secret;

/*
 * A table draws a secret when it is made. Its hash is then a fast one with secret multipliers. Should a search ever take more
 * than WEEG_MOST_PROBES steps, as it does once in 10^10 by chance in a table that is at most 5/8 full, the table turns to SipHash
 * with a new secret, and is filled anew: whatever is put into it, and however, the work stays in proportion to what is put in.
 */
enum { WEEG_MOST_PROBES = 256 };

/* New random numbers, from the system where it has them; SipHash from now on, where strong. */
void weeg_i_secret_draw(weeg_secret *secret, bool strong);

/* SipHash-1-3 by the secret: Aumasson and Bernstein (2012). */
uint64_t weeg_i_siphash(const weeg_secret *secret, const void *bytes, size_t n);

/* The hash of a key, all its bits as good: of several words by weeg_i_scatter(secret, weeg_i_scatter(secret, first) ^ second). */
static inline uint64_t weeg_i_scatter(const weeg_secret *secret, uint64_t x) {
  if (secret->strong) return weeg_i_siphash(secret, &x, sizeof x);
  x = (x ^ secret->added) * secret->first;
  x = (x ^ (x >> 32)) * secret->second;
  return x ^ (x >> 29);
}

/* Whether a search was so long that the table must be filled anew, by a strong secret. */
static inline bool weeg_i_is_flooded(const weeg_secret *secret, int64_t probes) {
  return probes > WEEG_MOST_PROBES && !secret->strong;
}

/*
 * Numbers things by their keys, in order of appearance. The keys are its owner's, by number; behind the last one stands that of
 * the thing which is looked up, and there it stays where it is new. All 0 to begin with.
 */
typedef struct weeg_numbering {
  int32_t count;
  int64_t slots; /* a power of two, at least twice the count; or 0 */
  int32_t *slot; /* [slots] a number + 1; 0: free */
  weeg_secret secret;
} weeg_numbering;

typedef struct weeg_keys {
  uint64_t (*hash)(const void *owner, int32_t number, const weeg_secret *secret);
  bool (*same)(const void *owner, int32_t number, int32_t other);
} weeg_keys;

/* More slots; a strong secret. */
weeg_status weeg_i_numbering_grow(weeg_numbering *n, const weeg_keys *keys, const void *owner, weeg_error *err);
void weeg_i_numbering_turn(weeg_numbering *n, const weeg_keys *keys, const void *owner);
void weeg_i_numbering_clear(weeg_numbering *n);

/* Before a look-up: slots for one more. */
static inline weeg_status weeg_i_numbering_room(weeg_numbering *n, const weeg_keys *keys, const void *owner, weeg_error *err) {
  return 2 * ((int64_t)n->count + 1) <= n->slots ? WEEG_OK : weeg_i_numbering_grow(n, keys, owner, err);
}

/* The slot of a thing, or the free one where it would go; *probes: how many were looked at. */
static inline uint64_t weeg_i_numbering_slot(const weeg_numbering *n, const weeg_keys *keys, const void *owner, int32_t number,
                                             int64_t *probes) {
  const uint64_t mask = (uint64_t)n->slots - 1;
  uint64_t at = keys->hash(owner, number, &n->secret) & mask;
  for (*probes = 1; n->slot[at] != 0 && !keys->same(owner, n->slot[at] - 1, number); ++*probes) at = (at + 1) & mask;
  return at;
}

/* The number of the thing behind the last one: n->count before the call where it is new. Inline, so that its keys are too. */
static inline int32_t weeg_i_numbering_find(weeg_numbering *n, const weeg_keys *keys, const void *owner) {
  int64_t probes = 0;
  uint64_t at = weeg_i_numbering_slot(n, keys, owner, n->count, &probes);
  if (weeg_i_is_flooded(&n->secret, probes)) {
    weeg_i_numbering_turn(n, keys, owner);
    at = weeg_i_numbering_slot(n, keys, owner, n->count, &probes);
  }
  if (n->slot[at] == 0) n->slot[at] = ++n->count;
  return n->slot[at] - 1;
}

#endif
