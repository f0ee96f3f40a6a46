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

#endif
