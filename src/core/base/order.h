/* Numbers in order. Internal to the core. */
#ifndef WEEG_ORDER_H
#define WEEG_ORDER_H

#include <stdint.h>
#include <string.h>

/* Bits that are in the order of the values, and back: the sign bit turned, and of negative numbers all. -0 is 0. */
static inline uint64_t weeg_i_order_key(double value) {
  uint64_t bits;
  const double plain = value == 0 ? 0 : value;
  memcpy(&bits, &plain, sizeof bits);
  return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static inline double weeg_i_order_value(uint64_t key) {
  const uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* Of int32_t, for qsort and bsearch. */
int weeg_i_by_number(const void *left, const void *right);

/* Sorts numbers and leaves each once. Returns how many there are then. */
int64_t weeg_i_sort_distinct(int32_t *number, int64_t count);

#endif
