#include "sum.h"

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

double weeg_sum_factor(int scale) { return ldexp(1.0, -(scale + UNIT_BITS)); }

static int leading_zeros(uint64_t x) {
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

/* x * 2^exponent; the power of two is made from its bits, because ldexp takes several times as long. */
static double times_power(double x, int exponent) {
  if (exponent < -1022 || exponent > 1023) return ldexp(x, exponent);
  const uint64_t bits = (uint64_t)(exponent + 1023) << 52;
  double power;
  memcpy(&power, &bits, sizeof power);
  return x * power;
}

double weeg_sum_value(weeg_sum sum, int scale) {
  if (sum.hi == 0 && sum.lo == 0) return 0;
  int shift = sum.hi != 0 ? leading_zeros(sum.hi) : 64 + leading_zeros(sum.lo);
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
  return times_power((double)top, 64 - shift + scale);
}

weeg_sum weeg_sum_coarser(weeg_sum sum, int bits) {
  if (bits <= 0) return sum;
  if (bits >= 128) return (weeg_sum){0, 0};
  if (bits >= 64) return (weeg_sum){0, bits == 64 ? sum.hi : sum.hi >> (bits - 64)};
  return (weeg_sum){sum.hi >> bits, (sum.lo >> bits) | (sum.hi << (64 - bits))};
}

weeg_sum weeg_sum_times(weeg_sum x, int64_t n) {
  weeg_sum product = {0, 0};
  for (uint64_t k = (uint64_t)n; k != 0; k >>= 1) {
    if (k & 1) weeg_sum_add(&product, x);
    weeg_sum_add(&x, x);
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

void weeg_sum_add_square(weeg_sum *sum, double x) {
  double square, error;
  two_product(x, x, &square, &error);
  weeg_sum_add(sum, weeg_sum_of_unit(square));
  if (error >= 0) {
    weeg_sum_add(sum, weeg_sum_of_unit(error));
  } else {
    const weeg_sum less = weeg_sum_of_unit(-error);
    const weeg_sum minus = {~less.hi + (less.lo == 0), ~less.lo + 1};
    weeg_sum_add(sum, minus);
  }
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

double weeg_sum_deviations(weeg_sum w, weeg_sum w2, int64_t n, int scale) {
  if (n <= 1) return 0;
  double w_head, w_tail, q_head, q_tail, p_head, p_tail, product, error;
  split_sum(w, &w_head, &w_tail);
  split_sum(w2, &q_head, &q_tail);
  q_head *= 0x1p86; /* WEEG_SQUARE_SHIFT: to units of the weights squared */
  q_tail *= 0x1p86;
  two_product(w_head, w_head, &p_head, &p_tail);
  p_tail += 2 * w_head * w_tail;
  /* n * w2 - w^2, then / n: the products are exact up to their tails */
  two_product((double)n, q_head, &product, &error);
  error += (double)n * q_tail;
  const double difference = ((product - p_head) + (error - p_tail)) / (double)n;
  /* each row's square was cut by less than 4 of w2's units: equal weights leave no more than that */
  if (difference < (double)n * 0x1p88) return 0;
  return ldexp(difference, 2 * scale);
}
