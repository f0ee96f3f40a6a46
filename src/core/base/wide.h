/* Integers of 384 bits, in which sums of products are evaluated without rounding. Internal to the core. */
#ifndef WEEG_WIDE_H
#define WEEG_WIDE_H

#include <stdint.h>

#include "weeg.h"

enum { WEEG_LIMBS = 6 };

/* Two's complement, the lowest 64 bits first. Results that do not fit lose what is above; callers know that theirs do. */
typedef struct wide {
  uint64_t limb[WEEG_LIMBS];
} wide;

wide weeg_i_wide_of(int64_t x);
wide weeg_i_wide_of_sum(weeg_sum sum); /* as two's complement */
wide weeg_i_wide_of_product(weeg_product product);
wide weeg_i_wide_of_square(weeg_square square);
wide weeg_i_wide_add(wide a, wide b);
wide weeg_i_wide_less(wide a, wide b);
wide weeg_i_wide_times(wide a, wide b);
/* x * 2^bits, bits >= 0. */
wide weeg_i_wide_shift(wide x, int bits);
/* x * 2^exponent as a double, within one unit in the last place. */
double weeg_i_wide_value(wide x, int exponent);
/* p - k 2^-bits v as that, of sums that are less than 2^126 away from 0; bits from 0 to 64. */
double weeg_i_wide_deviation(weeg_sum p, weeg_sum v, int64_t k, int bits);

#endif
