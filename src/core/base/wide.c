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

double weeg_i_wide_deviation(weeg_sum p, weeg_sum v, int64_t k, int bits) {
  /* p 2^bits, then less k v, in 192 bits */
  const uint64_t sign = sign_of(p.hi), size = k < 0 ? 0 - (uint64_t)k : (uint64_t)k;
  const bool adds = (k < 0) != (v.hi >> 63 != 0);
  uint64_t x[3] = {p.lo << (bits & 63), p.hi << (bits & 63) | p.lo >> 1 >> (63 - (bits & 63)),
                   sign << (bits & 63) | p.hi >> 1 >> (63 - (bits & 63))};
  if (bits == 64) memcpy(x, (uint64_t[]){0, p.lo, p.hi}, sizeof x);
  if (v.hi >> 63) v = weeg_i_sum_negative(v);
  const weeg_sum low = weeg_i_multiply(v.lo, size);
  weeg_sum high = weeg_i_multiply(v.hi, size);
  weeg_i_sum_add(&high, (weeg_sum){0, low.hi});
  const uint64_t turn = adds ? 0 : UINT64_MAX; /* the complement, and 1 more, to subtract */
  weeg_sum upper = {high.hi ^ turn, high.lo ^ turn};
  const uint64_t lowest = (low.lo ^ turn) + (turn & 1);
  weeg_i_sum_add(&upper, (weeg_sum){0, (turn & 1) != 0 && lowest == 0});
  x[0] += lowest;
  weeg_i_sum_add(&upper, (weeg_sum){x[2], x[1]});
  weeg_i_sum_add(&upper, (weeg_sum){0, x[0] < lowest});
  /* by masks, as whether it is below 0 is anyone's guess */
  const uint64_t below = 0 - (upper.hi >> 63);
  x[0] = (x[0] ^ below) - below;
  upper = (weeg_sum){upper.hi ^ below, upper.lo ^ below};
  weeg_i_sum_add(&upper, (weeg_sum){0, below & (x[0] == 0)});
  const bool large = upper.hi != 0;
  const weeg_sum head = large ? (weeg_sum){upper.hi, upper.lo | (x[0] != 0)} : (weeg_sum){upper.lo, x[0]};
  return weeg_i_sum_value(head, (large ? 64 : 0) - bits) * (1 - (double)(int64_t)(below & 2));
}
