/* Deviations of measures from a mean, of exact sums. Internal to the core. */
#ifndef WEEG_DEVIATIONS_H
#define WEEG_DEVIATIONS_H

#include <stdint.h>

#include "base/wide.h"
#include "weeg.h"

/*
 * All is in the integers of the tally: a value's p = w y; v, which is the weight, of a ratio another measure's w x; and a mean
 * p / v. A deviation p - mean v is evaluated in two steps: from a centre near the mean that has few bits, without any rounding;
 * and from there by what the mean has beyond the centre, which is too small for rounding to matter.
 */

/* The sum of p and that of v of an entry. measure: from 0; base: see weeg_deviations. */
static inline weeg_sum weeg_i_measure_sum(const weeg_tally *tally, int64_t entry, int32_t measure) {
  return tally->wy[entry * tally->measures + measure];
}
static inline weeg_sum weeg_i_base_sum(const weeg_tally *tally, int64_t entry, int32_t base) {
  return base == 0 ? tally->w[entry] : weeg_i_measure_sum(tally, entry, base - 1);
}

/* The sum of products of two of them, both numbered as a base is. */
wide weeg_i_measure_products(const weeg_tally *tally, int64_t entry, int32_t a, int32_t b);

/* p - centre v, without what is beyond the centre. */
double weeg_i_less_centre(weeg_sum p, weeg_sum v, const weeg_centre *centre);

/* The sum of p - mean v of an entry, 0 of one in no group. */
double weeg_i_deviation(const weeg_tally *tally, int64_t entry, const weeg_deviations *of, const weeg_centre *centre);

/*
 * Over the rows of an entry, which are PSUs: the sum of squares of what p - mean v - slope w is off its mean by, w the weight,
 * and slope in units of the tally's sums.
 */
double weeg_i_spread(const weeg_tally *tally, int64_t entry, const weeg_deviations *of, const weeg_centre *centre, double slope);

/* The mean of a centre, in units of the tally's sums. */
double weeg_i_centre_mean(const weeg_centre *centre);

#endif
