/* Exact sums of non-negative numbers: see weeg_sum in weeg.h. Internal to the core. */
#ifndef WEEG_SUM_H
#define WEEG_SUM_H

#include <stdint.h>
#include <string.h>

#include "weeg.h"

/* 2^-E, where E is the smallest multiple of 16 with all weights < 2^E: brings weights into [0, 1). */
double weeg_i_sum_factor(int scale);

/* The bits of 1.0: as unsigned integers, the bits of numbers in [0, 1), and of no others, are below it. */
#define WEEG_BITS_OF_ONE 0x3ff0000000000000u

/* The bits of x, with those of 0 for -0. */
static inline uint64_t weeg_i_sum_bits(double x) {
  const double plain = x + 0.0;
  uint64_t bits;
  memcpy(&bits, &plain, sizeof bits);
  return bits;
}

/*
 * A number in [0, 1), given by its bits, as an integer in units of 2^-86; what lies below 2^-86 is cut off. The significand
 * is shifted to its place: integer operations only, a fraction of the time that conversions of doubles take. Bits of other
 * numbers give a sum without meaning, but nothing undefined: a caller may check them afterwards.
 */
static inline weeg_sum weeg_i_sum_of_bits(uint64_t bits) {
  const int shift = (int)(bits >> 52) - 989; /* exponent - 1023 - 52 + 86: at most 33 below 1 */
  const uint64_t significand = (bits & 0xfffffffffffffu) | 0x10000000000000u;
  if (shift >= 0) return (weeg_sum){significand >> 1 >> ((63 - shift) & 63), significand << (shift & 63)};
  return (weeg_sum){0, shift > -53 ? significand >> -shift : 0}; /* 0 and subnormal numbers too */
}

static inline weeg_sum weeg_i_sum_of_unit(double x) { return weeg_i_sum_of_bits(weeg_i_sum_bits(x)); }

static inline void weeg_i_sum_add(weeg_sum *sum, weeg_sum x) {
  const uint64_t lo = sum->lo + x.lo;
  sum->hi += x.hi + (lo < x.lo);
  sum->lo = lo;
}

/* The same for sums of squares. */
static inline void weeg_i_square_add(weeg_square *sum, weeg_square x) {
  weeg_i_sum_add(&sum->high, x.high);
  weeg_i_sum_add(&sum->low, x.low);
}

/* The square of one weight, an integer below 2^86. */
weeg_square weeg_i_square_of(weeg_sum weight);

/* The same sum with low below 2^86, its one form in a tally: additions leave what low carries for the end. */
static inline weeg_square weeg_i_square_settled(weeg_square sum) {
  const weeg_sum carry = {0, sum.low.hi >> 22};
  sum.low.hi &= ((uint64_t)1 << 22) - 1;
  weeg_i_sum_add(&sum.high, carry);
  return sum;
}

/* n * x for n >= 0, settled; the caller knows that it fits. */
weeg_square weeg_i_square_times(weeg_square x, int64_t n);

/* sum / 2^bits, cut off: the same sum in coarser units. bits >= 0. */
weeg_sum weeg_i_sum_coarser(weeg_sum sum, int bits);

/* A sum of squares in units that are 2^bits coarser. */
weeg_square weeg_i_square_coarser(weeg_square square, int bits);

/* n * x for n >= 0; the caller knows that it fits. */
weeg_sum weeg_i_sum_times(weeg_sum x, int64_t n);

/*
 * Sum of squared deviations of n weights from their mean, from their sum and sum of squares: w2 - w^2/n, in units of
 * the weights squared. Evaluated with 106 bits, so that equal weights give 0 and not the rounding noise of w2.
 */
double weeg_i_sum_deviations(weeg_sum w, weeg_square w2, int64_t n, int scale);

#endif
