/* Products of weights and values, as integers in two halves, several rows at a time. */
#include "tally/products.h"

#include <math.h>
#include <string.h>

#include "base/sum.h"
#include "base/vector.h"

/* Within these nothing that is made of a number is lost below the smallest double or above the largest. */
static const double LEAST = 0x1p-800, MOST = 0x1p86;

/* All bits but the sign. */
static const uint64_t SIZE = UINT64_MAX >> 1;

static inline uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* 1 where a < b, of numbers below 2^63; and where x is not 0. */
static inline uint64_t is_less(uint64_t a, uint64_t b) { return (a - b) >> 63; }
static inline uint64_t is_some(uint64_t x) { return (x | (0 - x)) >> 63; }

static inline double number_of(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* x, rounded to 26 bits: it and the rest are factors whose products have no more bits than a double. */
static inline double head_of(double x) {
  const uint64_t tail = (uint64_t)1 << 27;
  return number_of((bits_of(x) + tail / 2) & (0 - tail));
}

WEEG_CLONED static bool split_weights(const double *weight, double factor, int64_t rows, product_weights *to) {
  const uint64_t least = bits_of(LEAST), most = bits_of(MOST);
  uint64_t outside = 0;
  _Pragma("omp simd reduction(|:outside)")
  for (int64_t i = 0; i < rows; i++) {
    const double w = weight[i] * factor;
    const uint64_t bits = bits_of(w), counts = is_some(bits_of(weight[i]));
    to->whole[i] = w;
    to->head[i] = head_of(w);
    to->tail[i] = w - to->head[i];
    to->counts[i] = 0 - counts;
    outside |= counts & (is_less(bits, least) | is_less(most, bits));
  }
  return outside == 0;
}

bool weeg_i_product_weights(const double *weight, double factor, int64_t rows, product_weights *to) {
  return split_weights(weight, factor, rows, to);
}

/* What a product misses of w y, exactly. Dekker (1971), Numerische Mathematik 18, 224-242. */
static inline double split_error(double product, double head, double tail, double y) {
  const double y_head = head_of(y), y_tail = y - y_head;
  return ((head * y_head - product) + head * y_tail + tail * y_head) + tail * y_tail;
}

static inline double error_of(double product, double w, double head, double tail, double y) {
  return WEEG_ALWAYS_FMA ? WEEG_FMA(w, y, -product) : split_error(product, head, tail, y);
}

/*
 * Adding a number of 2^52 units and a half leaves a double's last bits those of an integer, rounded: a product's in units of 2^43
 * is the upper half; of the rest, and of what the product misses of w y, those in units of 1 are the lower one.
 */
WEEG_CLONED_MORE static bool split_products(const product_weights *weights, const double *value, double factor, int64_t rows,
                                       product_halves *to, double *of_all) {
  const double unit = 0x1.8p52, upper = 0x1.8p95;
  const uint64_t of_unit = bits_of(unit), of_upper = bits_of(upper), least = bits_of(LEAST), infinite = bits_of(INFINITY);
  double largest = 0;
  uint64_t outside = 0;
  _Pragma("omp simd reduction(max:largest) reduction(|:outside)")
  for (int64_t i = 0; i < rows; i++) {
    /* conditions are bits of integers, as the compiler makes branches of others */
    const double w = weights->whole[i];
    const uint64_t bits = bits_of(value[i]), known = bits & weights->counts[i] & (0 - is_less(bits & SIZE, infinite + 1));
    const double y = number_of(known) * factor, product = w * y, size = fabs(product);
    const double high = product + upper, rest = product - (high - upper), low = rest + unit;
    const double beyond = (rest - (low - unit)) + error_of(product, w, weights->head[i], weights->tail[i], y);
    const double whole = beyond + unit, cut = beyond - (whole - unit);
    const uint64_t down = bits_of(low) - of_unit + bits_of(whole) - of_unit - (bits_of(cut) >> 63);
    to[i].high = (int64_t)(bits_of(high) - of_upper);
    to[i].low = (int64_t)(down | is_some(bits_of(cut))); /* of the integers beside a number, the odd one, whatever its sign */
    largest = size > largest ? size : largest;
    outside |= is_some(known & SIZE) & is_less(bits_of(size), least);
  }
  *of_all = largest;
  return largest < MOST && outside == 0;
}

bool weeg_i_products(const product_weights *w, const double *y, double factor, int64_t rows, product_halves *to,
                     double *largest) {
  return split_products(w, y, factor, rows, to, largest);
}

bool weeg_i_product_grid(int scale, product_grid *grid) {
  if (scale < -900 || scale > 900) return false;
  *grid = (product_grid){ldexp(1.5, scale + 95), ldexp(1.5, scale + 52), nextafter(ldexp(1, scale + 86), 0)};
  return true;
}

enum { LANES = 8 }; /* rows that are made at once, on the processors that have the most */

/*
 * As split_products(). fused: the processor has fma(), which says what a product misses in one instruction; the product itself
 * is made by it too, as the compiler could join a multiplication with what is added to it. Weights are 2^6 or more, so that
 * where digits of a small product are lost its sign is not, and it is all cut off. outside[LANES]: the highest bit is set where
 * a product is too large.
 */
WEEG_INLINE void multiply_lanes(const double *weight, const double *value, const product_grid *grid, bool fused,
                                uint64_t *outside, product_halves *to) {
  const double upper = grid->upper, unit = grid->unit;
  const uint64_t of_unit = bits_of(unit), of_upper = bits_of(upper), most = bits_of(grid->most);
  WEEG_VECTORISED
  for (int i = 0; i < LANES; i++) {
    const double w = weight[i], y = value[i], product = fused ? WEEG_FMA(w, y, 0.0) : w * y;
    const double head = head_of(w);
    const double high = product + upper, rest = product - (high - upper), low = rest + unit;
    const double beyond = (rest - (low - unit)) + (fused ? WEEG_FMA(w, y, -product) : split_error(product, head, w - head, y));
    const double whole = beyond + unit, cut = beyond - (whole - unit);
    const uint64_t down = bits_of(low) + bits_of(whole) - 2 * of_unit - (bits_of(cut) >> 63);
    to[i].high = (int64_t)(bits_of(high) - of_upper);
    to[i].low = (int64_t)(cut != 0 ? down | 1 : down);
    outside[i] |= most - (bits_of(product) & SIZE);
  }
}

/* Integers as numbers. */
WEEG_INLINE void to_numbers(const int32_t *integers, double *to) {
  WEEG_VECTORISED
  for (int i = 0; i < WEEG_GRID_ROWS; i++) {
    const uint64_t missing = (uint64_t)((int64_t)integers[i] + INT32_MAX) >> 63;
    to[i] = number_of(bits_of((double)integers[i]) | (0 - missing)); /* all bits are one NaN */
  }
}

WEEG_INLINE bool multiply(const double *weight, const grid_values *of, const product_grid *grid, int32_t count,
                          product_halves *to, bool fused) {
  uint64_t outside[LANES] = {0}, any = 0;
  double numbers[WEEG_GRID_TOGETHER][WEEG_GRID_ROWS];
  for (int32_t k = 0; k < count; k++) {
    if (of[k].numbers == NULL) to_numbers(of[k].integers, numbers[k]);
  }
  for (int32_t k = 0; k < count; k++) {
    const double *value = of[k].numbers == NULL ? numbers[k] : of[k].numbers;
    for (int i = 0; i < WEEG_GRID_ROWS; i += LANES) multiply_lanes(weight + i, value + i, &grid[k], fused, outside, to + i);
    to += WEEG_GRID_ROWS;
  }
  for (int i = 0; i < LANES; i++) any |= outside[i];
  return any >> 63 == 0;
}

#if WEEG_HAS_TARGETS
__attribute__((target("avx512f,fma"))) static bool multiply_eight(const double *w, const grid_values *of,
                                                                  const product_grid *grid, int32_t count,
                                                                  product_halves *to) {
  return multiply(w, of, grid, count, to, true);
}

__attribute__((target("avx2,fma"))) static bool multiply_four(const double *w, const grid_values *of,
                                                              const product_grid *grid, int32_t count, product_halves *to) {
  return multiply(w, of, grid, count, to, true);
}
#endif

static bool multiply_plainly(const double *w, const grid_values *of, const product_grid *grid, int32_t count,
                             product_halves *to) {
  return multiply(w, of, grid, count, to, WEEG_ALWAYS_FMA);
}

int weeg_i_grid_kinds(grid_products *kinds[WEEG_GRID_KINDS]) {
  int count = 0;
#if WEEG_HAS_TARGETS
  const bool fused = __builtin_cpu_supports("fma") != 0;
  if (fused && __builtin_cpu_supports("avx512f")) kinds[count++] = multiply_eight;
  if (fused && __builtin_cpu_supports("avx2")) kinds[count++] = multiply_four;
#endif
  kinds[count++] = multiply_plainly;
  return count;
}

weeg_sum weeg_i_halves_sum(product_halves x) {
  const uint64_t high = (uint64_t)x.high, low = (uint64_t)x.low, sign = x.high < 0 ? UINT64_MAX : 0;
  weeg_sum sum = {high >> 21 | sign << 43, high << 43};
  weeg_i_sum_add(&sum, (weeg_sum){x.low < 0 ? UINT64_MAX : 0, low});
  return sum;
}
