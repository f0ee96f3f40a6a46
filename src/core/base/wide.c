#include "base/wide.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/sum.h"

static uint64_t sign_of(uint64_t top) { return top >> 63 ? UINT64_MAX : 0; }

static wide extend(const uint64_t *limb, int limbs) {
  wide x;
  for (int i = 0; i < WEEG_LIMBS; i++) x.limb[i] = i < limbs ? limb[i] : sign_of(limb[limbs - 1]);
  return x;
}

wide weeg_i_wide_of(int64_t x) { return extend((uint64_t[]){(uint64_t)x}, 1); }

wide weeg_i_wide_of_sum(weeg_sum sum) { return extend((uint64_t[]){sum.lo, sum.hi}, 2); }

wide weeg_i_wide_of_product(weeg_product product) { return extend(product.limb, 4); }

wide weeg_i_wide_of_square(weeg_square square) {
  return weeg_i_wide_add(weeg_i_wide_shift(weeg_i_wide_of_sum(square.high), 86), weeg_i_wide_of_sum(square.low));
}

wide weeg_i_wide_add(wide a, wide b) {
  uint64_t carry = 0;
  for (int i = 0; i < WEEG_LIMBS; i++) {
    const uint64_t part = a.limb[i] + carry;
    carry = part < carry;
    a.limb[i] = part + b.limb[i];
    carry += a.limb[i] < part;
  }
  return a;
}

static wide negative(wide x) {
  for (int i = 0; i < WEEG_LIMBS; i++) x.limb[i] = ~x.limb[i];
  return weeg_i_wide_add(x, (wide){{1}});
}

wide weeg_i_wide_less(wide a, wide b) { return weeg_i_wide_add(a, negative(b)); }

wide weeg_i_wide_times(wide a, wide b) {
  wide sum = {{0}};
  for (int i = 0; i < WEEG_LIMBS; i++) {
    uint64_t carry = 0;
    for (int j = 0; i + j < WEEG_LIMBS; j++) {
      weeg_sum part = weeg_i_multiply(a.limb[i], b.limb[j]); /* with both additions below 2^128 */
      weeg_i_sum_add(&part, (weeg_sum){0, carry});
      weeg_i_sum_add(&part, (weeg_sum){0, sum.limb[i + j]});
      sum.limb[i + j] = part.lo;
      carry = part.hi;
    }
  }
  return sum;
}

wide weeg_i_wide_shift(wide x, int bits) {
  wide shifted = {{0}};
  const int limbs = bits / 64, rest = bits % 64;
  for (int i = WEEG_LIMBS - 1; i >= limbs; i--) {
    shifted.limb[i] = x.limb[i - limbs] << rest;
    if (rest > 0 && i > limbs) shifted.limb[i] |= x.limb[i - limbs - 1] >> (64 - rest);
  }
  return shifted;
}

double weeg_i_wide_value(wide x, int exponent) {
  const bool below = x.limb[WEEG_LIMBS - 1] >> 63 != 0;
  if (below) x = negative(x);
  int top = WEEG_LIMBS - 1;
  while (top > 0 && x.limb[top] == 0) top--;
  /* the two highest limbs have at least 65 bits; a last bit of 1 stands for all that lies below them */
  weeg_sum head = {top > 0 ? x.limb[top] : 0, x.limb[top > 0 ? top - 1 : 0]};
  for (int i = 0; i < top - 1; i++) head.lo |= x.limb[i] != 0;
  const double value = weeg_sum_value(head, 64 * (top > 0 ? top - 1 : 0) + exponent);
  return below ? -value : value;
}
