/* Exact sums of non-negative numbers: see weeg_sum in weeg.h. Internal to the core. */
#ifndef WEEG_SUM_H
#define WEEG_SUM_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "weeg.h"

/* 2^-E, where E is the smallest multiple of 16 with all weights < 2^E: brings weights into [0, 1). */
double weeg_i_sum_factor(int scale);

/* x * 2^exponent, rounded once. The power of two is made from its bits: ldexp takes several times as long. */
static inline double weeg_i_times_power(double x, int exponent) {
  if (exponent < -1022 || exponent > 1023) return ldexp(x, exponent);
  const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return x * power;
}

/* Of x > 0. */
static inline int weeg_i_leading_zeros(uint64_t x) {
#if defined(__GNUC__)
  return __builtin_clzll(x);
#else
  int zeros = 0;
  for (int step = 32; step > 0; step /= 2) {
    if (x >> (64 - step) == 0) {
      zeros += step;
      x <<= step;
    }
  }
  return x >> 63 ? zeros : zeros + 1;
#endif
}

/* weeg_sum_value(), where many are made. */
static inline double weeg_i_sum_value(weeg_sum sum, int scale) {
  if (sum.hi == 0 && sum.lo == 0) return 0;
  if (sum.hi != 0 && sum.hi >> 63 == 0) { /* as below, in 63 bits, which a processor converts at once */
    const int up = weeg_i_leading_zeros(sum.hi) - 1;
    const uint64_t bits = sum.hi << up | sum.lo >> 1 >> (63 - up), rest_of = sum.lo << up;
    return weeg_i_times_power((double)(int64_t)(bits | (rest_of != 0)), 64 - up + scale);
  }
  int shift = sum.hi != 0 ? weeg_i_leading_zeros(sum.hi) : 64 + weeg_i_leading_zeros(sum.lo);
  uint64_t top = sum.hi, rest = sum.lo;
  if (shift >= 64) {
    top = rest << (shift - 64);
    rest = 0;
  } else if (shift > 0) {
    top = (top << shift) | (rest >> (64 - shift));
    rest <<= shift;
  }
  /* the conversion rounds 64 bits to 53; a sticky last bit keeps what lies below from turning a value into a tie */
  if (rest != 0) top |= 1;
  return weeg_i_times_power((double)top, 64 - shift + scale);
}

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

#if defined(__SIZEOF_INT128__)
__extension__ typedef unsigned __int128 weeg_u128;
#endif

/* The product of two 64-bit numbers; where the compiler has no 128 bits, in halves of 32. */
static inline weeg_sum weeg_i_multiply(uint64_t a, uint64_t b) {
#if defined(__SIZEOF_INT128__)
  const weeg_u128 product = (weeg_u128)a * b;
  return (weeg_sum){(uint64_t)(product >> 64), (uint64_t)product};
#else
  const uint64_t a0 = a & 0xffffffffu, a1 = a >> 32, b0 = b & 0xffffffffu, b1 = b >> 32;
  const uint64_t p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
  const uint64_t middle = (p00 >> 32) + (p01 & 0xffffffffu) + (p10 & 0xffffffffu);
  return (weeg_sum){p11 + (p01 >> 32) + (p10 >> 32) + (middle >> 32), (middle << 32) | (p00 & 0xffffffffu)};
#endif
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

/* sum * 2^bits, which fits. bits >= 0. */
static inline weeg_sum weeg_i_sum_finer(weeg_sum x, int bits) {
  if (bits >= 128) return (weeg_sum){0, 0};
  if (bits >= 64) return (weeg_sum){x.lo << (bits - 64), 0};
  return bits == 0 ? x : (weeg_sum){x.hi << bits | x.lo >> (64 - bits), x.lo << bits};
}

static inline weeg_sum weeg_i_sum_negative(weeg_sum x) { return (weeg_sum){~x.hi + (x.lo == 0), ~x.lo + 1}; }

/* A sum of any sign in units that are 2^bits coarser; what is not 0 does not become 0. */
weeg_sum weeg_i_signed_coarser(weeg_sum sum, int bits);

static inline void weeg_i_product_sum(weeg_product *sum, const weeg_product *x) {
  uint64_t carry = 0;
  for (int i = 0; i < 4; i++) {
    const uint64_t part = sum->limb[i] + carry;
    carry = part < carry;
    sum->limb[i] = part + x->limb[i];
    carry += sum->limb[i] < part;
  }
}

/* sum += a b, of integers of 86 bits and any sign. */
void weeg_i_product_add(weeg_product *sum, weeg_sum a, weeg_sum b);

/* A sum of products in units that are 2^bits coarser, rounded down. */
weeg_product weeg_i_product_coarser(weeg_product x, int bits);

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
