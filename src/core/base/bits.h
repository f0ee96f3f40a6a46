/* Bits of a word. Internal to the core. */
#ifndef WEEG_BITS_H
#define WEEG_BITS_H

#include "base/vector.h"

/* The place of the first one, from 0; there is one. */
WEEG_INLINE int weeg_i_first_bit(uint64_t bits) {
#ifdef __GNUC__
  return __builtin_ctzll(bits);
#else
  int at = 0;
  while ((bits >> at & 1) == 0) at++;
  return at;
#endif
}

/* How many there are. */
WEEG_INLINE int weeg_i_ones(uint64_t bits) {
#ifdef __GNUC__
  return __builtin_popcountll(bits);
#else
  int count = 0;
  for (; bits != 0; bits &= bits - 1) count++;
  return count;
#endif
}

/* One of 2^bits places for a word, which words that are alike seldom share. Knuth (1998), volume 3, section 6.4. */
WEEG_INLINE uint64_t weeg_i_place(uint64_t word, int bits) { return word * 0x9e3779b97f4a7c15u >> (64 - bits); }

#endif
