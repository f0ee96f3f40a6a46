/* Internal to the core. */
#ifndef WEEG_HASH_H
#define WEEG_HASH_H

#include <stdint.h>

/* Spreads the bits of a key: finalizer of splitmix64, Steele, Lea and Flood (2014). */
static inline uint64_t weeg_mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

#endif
