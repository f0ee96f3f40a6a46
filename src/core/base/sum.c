#include "base/sum.h"

#include <math.h>

enum { UNIT_BITS = 86, BUCKET_BITS = 16 };

int weeg_sum_scale(double max_weight) {
  int exponent = 0;
  if (max_weight > 0) (void)frexp(max_weight, &exponent);
  const int buckets = (int)ceil(exponent / (double)BUCKET_BITS);
  /* below 2^-960 the factor 2^-E would overflow; such weights are then cut off, never wrong by more than 2^-1046 */
  const int bucket = buckets < -60 ? -60 : buckets;
  return bucket * BUCKET_BITS - UNIT_BITS;
}

double weeg_i_sum_factor(int scale) { return ldexp(1.0, -(scale + UNIT_BITS)); }

double weeg_sum_value(weeg_sum sum, int scale) { return weeg_i_sum_value(sum, scale); }

weeg_sum weeg_i_sum_coarser(weeg_sum sum, int bits) {
  if (bits <= 0) return sum;
  if (bits >= 128) return (weeg_sum){0, 0};
  if (bits >= 64) return (weeg_sum){0, bits == 64 ? sum.hi : sum.hi >> (bits - 64)};
  return (weeg_sum){sum.hi >> bits, (sum.lo >> bits) | (sum.hi << (64 - bits))};
}

double weeg_signed_value(weeg_sum sum, int scale) {
  return sum.hi >> 63 ? -weeg_sum_value(weeg_i_sum_negative(sum), scale) : weeg_sum_value(sum, scale);
}

weeg_sum weeg_i_signed_coarser(weeg_sum sum, int bits) {
  const bool below = sum.hi >> 63 != 0;
  const weeg_sum size = below ? weeg_i_sum_negative(sum) : sum;
  weeg_sum cut = weeg_i_sum_coarser(size, bits);
  const weeg_sum back = bits <= 0 ? size : weeg_i_sum_finer(cut, bits);
  cut.lo |= back.hi != size.hi || back.lo != size.lo;
  return below ? weeg_i_sum_negative(cut) : cut;
}

void weeg_i_product_add(weeg_product *sum, weeg_sum a, weeg_sum b) {
  const bool below = (a.hi ^ b.hi) >> 63 != 0;
  if (a.hi >> 63) a = weeg_i_sum_negative(a);
  if (b.hi >> 63) b = weeg_i_sum_negative(b);
  const weeg_sum low = weeg_i_multiply(a.lo, b.lo);
  weeg_sum middle = weeg_i_multiply(a.hi, b.lo); /* each below 2^86 */
  weeg_i_sum_add(&middle, weeg_i_multiply(a.lo, b.hi));
  weeg_i_sum_add(&middle, (weeg_sum){0, low.hi});
  weeg_product x = {{low.lo, middle.lo, a.hi * b.hi + middle.hi, 0}};
  if (below) {
    for (int i = 0; i < 4; i++) x.limb[i] = ~x.limb[i];
    weeg_i_product_sum(&x, &(weeg_product){{1}});
  }
  weeg_i_product_sum(sum, &x);
}

weeg_product weeg_i_product_coarser(weeg_product x, int bits) {
  const uint64_t sign = x.limb[3] >> 63 ? UINT64_MAX : 0;
  const int limbs = bits / 64, rest = bits % 64;
  if (bits <= 0) return x;
  for (int i = 0; i < 4; i++) {
    const uint64_t low = i + limbs < 4 ? x.limb[i + limbs] : sign, high = i + limbs + 1 < 4 ? x.limb[i + limbs + 1] : sign;
    x.limb[i] = rest == 0 ? low : low >> rest | high << (64 - rest);
  }
  return x;
}

weeg_sum weeg_i_sum_times(weeg_sum x, int64_t n) {
  weeg_sum product = {0, 0};
  for (uint64_t k = (uint64_t)n; k != 0; k >>= 1) {
    if (k & 1) weeg_i_sum_add(&product, x);
    weeg_i_sum_add(&x, x);
  }
  return product;
}

/* a * b = *product + *error exactly. Dekker (1971), Numerische Mathematik 18, 224-242. */
static void two_product(double a, double b, double *product, double *error) {
  const double split = 134217729.0; /* 2^27 + 1 */
  const double ca = split * a, cb = split * b;
  const double a_head = ca - (ca - a), a_tail = a - a_head;
  const double b_head = cb - (cb - b), b_tail = b - b_head;
  *product = a * b;
  *error = ((a_head * b_head - *product) + a_head * b_tail + a_tail * b_head) + a_tail * b_tail;
}

weeg_square weeg_i_square_of(weeg_sum weight) {
  /* (hi 2^64 + lo)^2, hi below 2^22, in limbs of 64 bits, of which the lower 86 bits are `low` */
  const weeg_sum lo2 = weeg_i_multiply(weight.lo, weight.lo);
  weeg_sum cross = weeg_i_multiply(weight.hi, weight.lo), middle = {0, lo2.hi};
  weeg_i_sum_add(&cross, cross);
  weeg_i_sum_add(&middle, cross);
  const uint64_t top = weight.hi * weight.hi + middle.hi, mask = ((uint64_t)1 << 22) - 1;
  return (weeg_square){{top >> 22, top << 42 | middle.lo >> 22}, {middle.lo & mask, lo2.lo}};
}

weeg_square weeg_i_square_times(weeg_square x, int64_t n) {
  return weeg_i_square_settled((weeg_square){weeg_i_sum_times(x.high, n), weeg_i_sum_times(x.low, n)});
}

weeg_square weeg_i_square_coarser(weeg_square square, int bits) {
  while (bits > 0) {
    const int step = bits < 64 ? bits : 64;
    /* the bits that high loses come in at the top of low, at 86 - step and up */
    const uint64_t lost = step == 64 ? square.high.lo : square.high.lo & (((uint64_t)1 << step) - 1);
    const int place = 86 - step; /* 22 to 85 */
    const weeg_sum moved = place >= 64 ? (weeg_sum){lost << (place - 64), 0} : (weeg_sum){lost >> (64 - place), lost << place};
    square.high = weeg_i_sum_coarser(square.high, step);
    square.low = weeg_i_sum_coarser(square.low, step);
    weeg_i_sum_add(&square.low, moved);
    bits -= step;
  }
  return square;
}

/* An integer sum as head + tail with 106 significant bits. */
static void split_sum(weeg_sum sum, double *head, double *tail) {
  *head = weeg_sum_value(sum, 0);
  const double hi = floor(*head * 0x1p-64);
  const weeg_sum back = {(uint64_t)hi, (uint64_t)(*head - hi * 0x1p64)};
  weeg_sum rest = {sum.hi - back.hi - (sum.lo < back.lo), sum.lo - back.lo};
  const int negative = (int)(rest.hi >> 63);
  if (negative) rest = (weeg_sum){~rest.hi + (rest.lo == 0), ~rest.lo + 1};
  *tail = negative ? -weeg_sum_value(rest, 0) : weeg_sum_value(rest, 0);
}

/* high * 2^86 + low as head + tail. */
static void split_square(weeg_square square, double *head, double *tail) {
  double high, high_tail, low, low_tail;
  split_sum(square.high, &high, &high_tail);
  split_sum(square.low, &low, &low_tail);
  high *= 0x1p86;
  *head = high + low;
  const double part = *head - high; /* Knuth's sum of two: what head misses of high and low */
  *tail = (high - (*head - part)) + (low - part) + (high_tail * 0x1p86 + low_tail);
}

double weeg_square_value(weeg_square square, int scale) {
  double head, tail;
  split_square(square, &head, &tail);
  return weeg_i_times_power(head + tail, 2 * scale);
}

double weeg_i_sum_deviations(weeg_sum w, weeg_square w2, int64_t n, int scale) {
  if (n <= 1) return 0;
  double w_head, w_tail, q_head, q_tail, p_head, p_tail, product, error;
  split_sum(w, &w_head, &w_tail);
  split_square(w2, &q_head, &q_tail);
  two_product(w_head, w_head, &p_head, &p_tail);
  p_tail += 2 * w_head * w_tail;
  /* n * w2 - w^2, then / n: the products are exact up to their tails */
  two_product((double)n, q_head, &product, &error);
  error += (double)n * q_tail;
  const double difference = (product - p_head) + (error - p_tail);
  /* the sums are exact and their products have 100 bits and more: equal weights leave less than this */
  if (difference < product * 0x1p-98) return 0;
  return weeg_i_times_power(difference / (double)n, 2 * scale);
}
