/* Exact sums of non-negative numbers: see weeg_sum in weeg.h. Internal to the core. */
#ifndef WEEG_SUM_H
#define WEEG_SUM_H

#include <stdint.h>

#include "weeg.h"

/* 2^-E, where E is the smallest multiple of 16 with all weights < 2^E: brings weights into [0, 1). */
double weeg_sum_factor(int scale);

/* x in [0, 1) as an integer in units of 2^-86; bits below 2^-85 are cut off. */
static inline weeg_sum weeg_sum_of_unit(double x) {
  const double t = x * 0x1p22;           /* exact: a power of two */
  const int64_t hi = (int64_t)t;
  const double rest = t - (double)hi;    /* exact: the fraction of t */
  /* through int64_t, because a conversion straight to uint64_t takes a branch on most machines */
  const uint64_t lo = (uint64_t)(int64_t)(rest * 0x1p63) << 1;
  return (weeg_sum){(uint64_t)hi, lo};
}

static inline void weeg_sum_add(weeg_sum *sum, weeg_sum x) {
  const uint64_t lo = sum->lo + x.lo;
  sum->hi += x.hi + (lo < x.lo);
  sum->lo = lo;
}

/* x^2 for x in [0, 1), both halves of the exact product, added to sum in units of 2^-86. */
void weeg_sum_add_square(weeg_sum *sum, double x);

/* sum / 2^bits, cut off: the same sum in coarser units. bits >= 0. */
weeg_sum weeg_sum_coarser(weeg_sum sum, int bits);

/* n * x for n >= 0; the caller knows that it fits. */
weeg_sum weeg_sum_times(weeg_sum x, int64_t n);

/*
 * Sum of squared deviations of n weights from their mean, from their sum and sum of squares: w2 - w^2/n, in units of
 * the weights squared. Evaluated with 106 bits, so that equal weights give 0 and not the rounding noise of w2.
 */
double weeg_sum_deviations(weeg_sum w, weeg_sum w2, int64_t n, int scale);

#endif
