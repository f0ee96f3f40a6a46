/*
 * Exact sums. Expected sums come from 128-bit integer arithmetic on the significands of the weights, expected roundings
 * from the definition of round-half-even on those integers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/sum.h"

#include "test.h"

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

static uint64_t seed = 20240229;

/* xorshift64*: Marsaglia (2003), Vigna (2016) */
static uint64_t next(void) {
  seed ^= seed >> 12;
  seed ^= seed << 25;
  seed ^= seed >> 27;
  return seed * 2685821657736338717u;
}

static u128 whole(weeg_sum s) { return (u128)s.hi << 64 | s.lo; }
static weeg_sum parts(u128 x) { return (weeg_sum){(uint64_t)(x >> 64), (uint64_t)x}; }
static bool same(weeg_sum a, weeg_sum b) { return a.hi == b.hi && a.lo == b.lo; }

/* A weight in units of 2^scale, by its significand: exact, or cut off where it has bits below the unit. */
static u128 integer_of(double w, int scale) {
  int exponent;
  if (w == 0) return 0;
  const u128 significand = (u128)ldexp(frexp(w, &exponent), 53);
  const int shift = exponent - 53 - scale;
  return shift >= 0 ? significand << shift : shift > -64 ? significand >> -shift : 0;
}

static weeg_sum sum_of(const double *w, int count, int scale) {
  const double factor = weeg_i_sum_factor(scale);
  weeg_sum sum = {0, 0};
  for (int i = 0; i < count; i++) weeg_i_sum_add(&sum, weeg_i_sum_of_unit(w[i] * factor));
  return sum;
}

static weeg_square squares_of(const double *w, int count, int scale) {
  const double factor = weeg_i_sum_factor(scale);
  weeg_square sum = {{0, 0}, {0, 0}};
  for (int i = 0; i < count; i++) weeg_i_square_add(&sum, weeg_i_square_of(weeg_i_sum_of_unit(w[i] * factor)));
  return sum;
}

/* 2^E is the smallest power of 2^16 above all weights; the unit is 2^(E - 86). */
static void test_scale(void) {
  static const struct {
    double max;
    int scale;
  } cases[] = {{0, -86},        {1, 16 - 86},         {0.999, -86},         {65535.999, 16 - 86}, {65536, 32 - 86},
               {0x1p-16, -86},  {0x1p-17, -16 - 86},  {0x1.8p-17, -16 - 86}, {0x1p480, 496 - 86},  {0x1p479, 480 - 86},
               {5e-324, -1046}, {0x1p-1022, -1046},   {1e6, 32 - 86}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK(weeg_sum_scale(cases[i].max) == cases[i].scale);
    const double x = cases[i].max * weeg_i_sum_factor(cases[i].scale);
    CHECK(x >= 0 && x < 1);
  }
}

/* Integers of 31 bits in units of 1/1024: their sum is known as an integer, in any order. */
static void test_order(void) {
  enum { ROWS = 1000 };
  double w[ROWS];
  int64_t total = 0;
  for (int i = 0; i < ROWS; i++) {
    const int64_t k = (int64_t)(next() >> 33);
    total += k;
    w[i] = (double)k / 1024;
  }
  const int scale = weeg_sum_scale(0x1p21);
  const weeg_sum first = sum_of(w, ROWS, scale);
  CHECK(whole(first) == (u128)total << (-10 - scale));
  CHECK(weeg_sum_value(first, scale) == (double)total / 1024);
  for (int shuffle = 0; shuffle < 50; shuffle++) {
    for (int i = ROWS - 1; i > 0; i--) {
      const int j = (int)(next() % (uint64_t)(i + 1));
      const double swap = w[i];
      w[i] = w[j];
      w[j] = swap;
    }
    CHECK(same(sum_of(w, ROWS, scale), first));
    const int cut = (int)(next() % ROWS);
    weeg_sum two = sum_of(w, cut, scale);
    weeg_i_sum_add(&two, sum_of(w + cut, ROWS - cut, scale));
    CHECK(same(two, first));
  }
}

/*
 * Weights from 1e-6 to 1e6. The largest, 1e6 < 2^32, makes the unit 2^-54. Weights of at least 1e-5 of the largest are
 * exact; others lose what lies below two units.
 */
static void test_magnitudes(void) {
  double w[1300];
  int count = 0;
  u128 sum = 0;
  const int scale = weeg_sum_scale(1e6);
  CHECK(scale == -54);
  for (int k = -6; k <= 6; k++) {
    for (int i = 0; i < 100; i++) {
      w[count] = pow(10, k) * (i == 0 ? 1 : (double)(next() >> 11) * 0x1p-53);
      const weeg_sum one = sum_of(w + count, 1, scale);
      const u128 exact = integer_of(w[count], scale);
      CHECK(whole(one) <= exact && exact - whole(one) < 2);
      if (w[count] >= 10) CHECK(ldexp((double)whole(one), scale) == w[count]);
      sum += whole(one);
      count++;
    }
  }
  const weeg_sum forward = sum_of(w, count, scale);
  CHECK(whole(forward) == sum);
  for (int i = 0; i < count / 2; i++) {
    const double swap = w[i];
    w[i] = w[count - 1 - i];
    w[count - 1 - i] = swap;
  }
  CHECK(same(sum_of(w, count, scale), forward));
}

/* Every double in [2^-33, 1) is an integer of units 2^-86 (its last bit is at least 2^-85). */
static void test_units(void) {
  for (int i = 0; i < 20000; i++) {
    const double x = ldexp(0.5 + (double)(next() >> 12) * 0x1p-53, -(int)(next() % 33));
    CHECK(whole(weeg_i_sum_of_unit(x)) == integer_of(x, -86));
  }
  CHECK(same(weeg_i_sum_of_unit(0), (weeg_sum){0, 0}));
  CHECK(same(weeg_i_sum_of_unit(5e-324), (weeg_sum){0, 0}));
  CHECK(whole(weeg_i_sum_of_unit(0x1p-85)) == 2);
  CHECK(whole(weeg_i_sum_of_unit(0x1.fffffffffffffp-1)) == (((u128)1 << 53) - 1) << 33);
}

/* Round half to even on the integer itself. */
static double rounded(u128 x) {
  int bits = 0;
  while (bits < 128 && x >> bits != 0) bits++;
  if (bits <= 53) return (double)(uint64_t)x;
  const int drop = bits - 53;
  u128 kept = x >> drop;
  const u128 rest = x & (((u128)1 << drop) - 1), half = (u128)1 << (drop - 1);
  if (rest > half || (rest == half && (kept & 1) != 0)) kept++;
  return ldexp((double)(uint64_t)kept, drop);
}

static void test_value(void) {
  const u128 one = 1, big = one << 53;
  static const int shifts[] = {0, 1, 10, 11, 12, 63, 64, 65, 73};
  CHECK(weeg_sum_value(parts(0), 5) == 0);
  for (size_t i = 0; i < sizeof shifts / sizeof *shifts; i++) {
    const int s = shifts[i];
    /* ties go to the even neighbour; anything below the tie, or above, does not */
    CHECK(weeg_sum_value(parts((big + 1) << s), 0) == ldexp(0x1p53, s));
    CHECK(weeg_sum_value(parts((big + 3) << s), 0) == ldexp(0x1p53 + 4, s));
    if (s == 0) continue;
    CHECK(weeg_sum_value(parts(((big + 1) << s) + 1), 0) == ldexp(0x1p53 + 2, s));
    CHECK(weeg_sum_value(parts(((big + 1) << s) - 1), 0) == ldexp(0x1p53, s));
    CHECK(weeg_sum_value(parts(((big + 3) << s) - 1), 0) == ldexp(0x1p53 + 2, s));
  }
  /* all ones: rounds up to the next power of two */
  CHECK(weeg_sum_value((weeg_sum){UINT64_MAX, UINT64_MAX}, 0) == 0x1p128);
  CHECK(weeg_sum_value((weeg_sum){0, UINT64_MAX}, 0) == 0x1p64);
  for (int i = 0; i < 100000; i++) {
    u128 x = (u128)next() << 64 | next();
    x >>= next() % 128;
    if (i % 3 == 0) x &= ~(((u128)1 << (next() % 64)) - 1); /* trailing zeros make ties likely */
    CHECK(weeg_sum_value(parts(x), 0) == rounded(x));
    const int scale = (int)(next() % 1500) - 1046;
    if (x >> 80 == 0 && scale > -960) CHECK(weeg_sum_value(parts(x), scale) == ldexp(rounded(x), scale));
  }
  CHECK(weeg_sum_value(parts(1), -1046) == 0x1p-1046);
}

static void test_times_and_coarser(void) {
  for (int i = 0; i < 5000; i++) {
    const u128 x = (u128)(next() >> 40) << 64 | next();
    const int64_t n = (int64_t)(next() >> (24 + next() % 40));
    CHECK(whole(weeg_i_sum_times(parts(x), n)) == x * (u128)n);
    const u128 y = (u128)next() << 64 | next();
    for (int bits = 0; bits < 140; bits += 1 + i % 7) {
      CHECK(whole(weeg_i_sum_coarser(parts(y), bits)) == (bits >= 128 ? 0 : y >> bits));
    }
  }
  CHECK(same(weeg_i_sum_times(parts(7), 0), parts(0)));
}

static double deviations(const double *w, int count) {
  double max = 0;
  for (int i = 0; i < count; i++) max = fmax(max, w[i]);
  const int scale = weeg_sum_scale(max);
  return weeg_i_sum_deviations(sum_of(w, count, scale), squares_of(w, count, scale), count, scale);
}

/* Equal weights deviate by nothing, whatever their last bits. */
static void test_equal_weights(void) {
  static const double few[] = {1, 1.1, 0.1, 1.0 / 3, 1e6, 123.456, 0.7, 65535.3, 65536.7, 1e-9, 0x1p479, 1e-300};
  enum { ROWS = 2000 };
  double w[ROWS];
  for (int k = 0; k < 2000; k++) {
    const double value = k < 12 ? few[k] : ldexp(1 + (double)(next() >> 12) * 0x1p-52, (int)(next() % 40) - 20);
    const int count = k < 12 ? ROWS : 2 + (int)(next() % 200);
    for (int i = 0; i < count; i++) w[i] = value;
    CHECK(deviations(w, count) == 0);
    CHECK(deviations(w, 1) == 0);
  }
  CHECK(weeg_i_sum_deviations(parts(0), (weeg_square){parts(0), parts(0)}, 0, -70) == 0);
}

/* sum (w - mean)^2 = (n sum w^2 - (sum w)^2) / n, here from 128-bit integers: weights are m 2^-shift, m of `bits` bits. */
static double exact_deviations(const uint64_t *m, int count, int shift) {
  u128 sum = 0, squares = 0;
  for (int i = 0; i < count; i++) {
    sum += m[i];
    squares += (u128)m[i] * m[i];
  }
  return ldexp(rounded((u128)count * squares - sum * sum) / count, -2 * shift);
}

static void test_deviations(void) {
  enum { ROWS = 1000 };
  double w[ROWS];
  uint64_t m[ROWS];
  /* mean 1e6, spread 1: 500 times 1e6 - 1 and 500 times 1e6 + 1 deviate by 1000 * 1^2 */
  for (int i = 0; i < ROWS; i++) w[i] = 1e6 + (i % 2 == 0 ? 1 : -1);
  CHECK_CLOSE(deviations(w, ROWS), 1000, 1e-15);
  w[0] = 1;
  w[1] = 2;
  w[2] = 6; /* mean 3: 4 + 1 + 9 */
  CHECK_CLOSE(deviations(w, 3), 14, 1e-15);
  static const struct {
    int bits, shift;
    uint64_t base;
    double tolerance;
  } cases[] = {{20, 0, 0, 1e-15},                 /* integers */
               {10, 0, 1000000, 1e-15},           /* 1e6 and a little */
               {44, 44, (uint64_t)1 << 44, 1e-15}, /* 45 significant bits in [1, 2) */
               {30, 44, (uint64_t)1 << 44, 1e-15}, /* 1 + 1e-4 u */
               {44, 30, (uint64_t)1 << 40, 1e-15}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int repeat = 0; repeat < 50; repeat++) {
      const int count = 2 + (int)(next() % (ROWS - 1));
      for (int i = 0; i < count; i++) {
        m[i] = cases[k].base + (next() >> (64 - cases[k].bits));
        w[i] = ldexp((double)m[i], -cases[k].shift);
      }
      CHECK_CLOSE(deviations(w, count), exact_deviations(m, count, cases[k].shift), cases[k].tolerance);
    }
  }
}

/* Squares of integers below 2^86 have all their bits: 86 in `high`, 86 in `low`. Their sums and halves too. */
static void test_squares(void) {
  for (int i = 0; i < 20000; i++) {
    const uint64_t full = (next() >> 11) | 1; /* 53 bits: (2^33 full)^2 = 2^66 full^2 */
    const u128 square = (u128)full * full;
    const weeg_square s = weeg_i_square_of(weeg_i_sum_of_unit(ldexp((double)full, -53)));
    CHECK(whole(s.high) == square >> 20);
    CHECK(whole(s.low) == (square & 0xfffff) << 66);
    const uint64_t m = next() >> 22 | 1; /* 42 bits, the smallest of which is the unit */
    const weeg_square t = weeg_i_square_of((weeg_sum){0, m});
    CHECK(whole(t.high) == ((u128)m * m) >> 86 && whole(t.low) == (u128)m * m);
    const weeg_square least = weeg_i_square_of((weeg_sum){((uint64_t)1 << 22) - 1, UINT64_MAX}); /* (2^86 - 1)^2 */
    CHECK(whole(least.high) == ((u128)1 << 86) - 2 && whole(least.low) == 1);
  }
  CHECK(weeg_square_value((weeg_square){parts(3), parts(5)}, 0) == 3 * 0x1p86 + 5);
  CHECK(weeg_square_value((weeg_square){parts(3), parts(5)}, -40) == ldexp(3 * 0x1p86 + 5, -80));
  CHECK(weeg_square_value((weeg_square){parts(0), parts(5)}, 1) == 20);
  /* 3 * 2^86 + 2^64 in units that are 2^10, 2^64, 2^86 and 2^90 coarser */
  const weeg_square x = {parts(3), {1, 0}};
  const struct {
    int bits;
    u128 high, low;
  } coarser[] = {{0, 3, (u128)1 << 64},
                 {1, 1, ((u128)1 << 63) + ((u128)1 << 85)},
                 {10, 0, ((u128)3 << 76) + ((u128)1 << 54)},
                 {64, 0, ((u128)3 << 22) + 1},
                 {86, 0, 3},
                 {87, 0, 1}};
  for (size_t k = 0; k < sizeof coarser / sizeof *coarser; k++) {
    const weeg_square y = weeg_i_square_coarser(x, coarser[k].bits);
    CHECK(whole(y.high) == coarser[k].high && whole(y.low) == coarser[k].low);
  }
}

/* Sums of squares have low below 2^86 once they are settled, and n times a square is n of them. */
static void test_settled(void) {
  const u128 full = ((u128)1 << 86) - 1;
  const struct {
    u128 high, low, settled_high, settled_low;
  } cases[] = {{3, full, 3, full},
               {3, full + 1, 4, 0},
               {3, 5 * (full + 1) + 7, 8, 7},
               {UINT64_MAX, full + 2, (u128)1 << 64, 1},
               {0, ~(u128)0, ((u128)1 << 42) - 1, full}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const weeg_square x = weeg_i_square_settled((weeg_square){parts(cases[k].high), parts(cases[k].low)});
    CHECK(whole(x.high) == cases[k].settled_high && whole(x.low) == cases[k].settled_low);
  }
  for (int i = 0; i < 1000; i++) {
    const weeg_square one = {{next() >> 44, next()}, {next() >> 42, next()}};
    const int64_t n = (int64_t)(next() >> 24); /* below 2^40 */
    const weeg_square x = weeg_i_square_times(one, n);
    const u128 low = whole(one.low) * (u128)n, high = whole(one.high) * (u128)n + (low >> 86);
    CHECK(whole(x.high) == high && whole(x.low) == (low & full));
  }
}

int main(void) {
  test_scale();
  test_order();
  test_magnitudes();
  test_units();
  test_value();
  test_times_and_coarser();
  test_equal_weights();
  test_deviations();
  test_squares();
  test_settled();
  return test_report("sum");
}
