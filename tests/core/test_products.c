/*
 * Products in halves, compared with multiplications of significands in 128-bit integers; deviations of sums, with integers of 384
 * bits.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/sum.h"
#include "base/wide.h"
#include "sample.h"
#include "tally/products.h"
#include "test.h"

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

static i128 whole(weeg_sum s) { return (i128)((u128)s.hi << 64 | s.lo); }

static uint64_t draw_bits(int bits) {
  uint64_t x = 0;
  for (int i = 0; i < bits; i += 16) x = x << 16 | (uint64_t)sample_draw(65536);
  return bits == 64 ? x : x & (((uint64_t)1 << bits) - 1);
}

/* A number with so many bits, below 2^exponent. */
static double draw_number(int bits, int exponent) {
  return ldexp((double)(draw_bits(bits) | (uint64_t)1 << (bits - 1)), exponent - bits);
}

/* w y / 2^unit, cut off, with a last bit of 1 where that is not exact. */
static i128 product_of(double w, double y, int unit) {
  int e, f;
  const u128 a = (u128)ldexp(frexp(w, &e), 53), b = (u128)fabs(ldexp(frexp(y, &f), 53));
  const int shift = e + f - 106 - unit;
  u128 x = a * b;
  if (x == 0 || isnan(y)) return 0;
  if (shift <= -106) {
    x = 1;
  } else if (shift < 0) {
    x = x >> -shift | ((x & (((u128)1 << -shift) - 1)) != 0);
  } else {
    x <<= shift;
  }
  return y < 0 ? -(i128)x : (i128)x;
}

static void test_random_products(void) {
  static product_weights weights;
  static product_halves to[WEEG_PRODUCT_ROWS];
  double w[WEEG_PRODUCT_ROWS], y[WEEG_PRODUCT_ROWS];
  for (int run = 0; run < 300; run++) {
    const int bits = 1 + sample_draw(53), deep = run % 3 == 0 ? 1 : run % 3 == 1 ? 100 : 400;
    const int rows = 1 + sample_draw(WEEG_PRODUCT_ROWS);
    double largest, most = 0;
    i128 sum = 0;
    product_halves all = {0};
    for (int i = 0; i < rows; i++) {
      w[i] = sample_draw(9) == 0 ? 0 : draw_number(1 + sample_draw(53), 1 - sample_draw(deep));
      y[i] = sample_draw(9) == 0 ? 0 : (sample_draw(2) == 0 ? 1 : -1) * draw_number(bits, 40 - sample_draw(deep));
      if (sample_draw(9) == 0) y[i] = NAN;
      if (w[i] == 0 && sample_draw(2) == 0) y[i] = INFINITY;
      if (w[i] > 0 && fabs(w[i] * y[i]) > most) most = fabs(w[i] * y[i]);
    }
    CHECK(weeg_i_product_weights(w, 0x1p-1, rows, &weights));
    CHECK(weeg_i_products(&weights, y, 0x1p46, rows, to, &largest)); /* a unit is 2^-45 */
    CHECK(largest == ldexp(most, 45));
    for (int i = 0; i < rows; i++) {
      const i128 x = w[i] == 0 ? 0 : product_of(w[i], y[i], -45);
      CHECK(whole(weeg_i_halves_sum(to[i])) == x);
      sum += x;
      all.high += to[i].high;
      all.low += to[i].low;
    }
    CHECK(whole(weeg_i_halves_sum(all)) == sum);
  }
}

/* As large as they can be, as many as can be added. */
static void test_most(void) {
  static product_weights weights;
  product_halves to[2];
  const double w[] = {1 - 0x1p-53, 1 - 0x1p-53}, y[] = {0x1.fffffffffffffp85, -0x1.fffffffffffffp85};
  double largest;
  CHECK(weeg_i_product_weights(w, 1, 2, &weights) && weeg_i_products(&weights, y, 1, 2, to, &largest));
  for (int i = 0; i < 2; i++) {
    const product_halves all = {to[i].high * WEEG_HALVES_ROWS, to[i].low * WEEG_HALVES_ROWS};
    CHECK(llabs(to[i].high) <= (int64_t)1 << 43 && llabs(to[i].low) <= (int64_t)1 << 43);
    CHECK(whole(weeg_i_halves_sum(all)) == product_of(w[i], y[i], 0) * WEEG_HALVES_ROWS);
  }
}

/* What is too large or far too small is said to be so. */
static void test_range(void) {
  static product_weights weights;
  product_halves to[2];
  double largest;
  static const double out[] = {0x1p86, INFINITY, -INFINITY, 0x1p300, 0x1p-900, 0x1p-1074};
  for (size_t k = 0; k < sizeof out / sizeof *out; k++) {
    const double w[] = {0.5, 1}, y[] = {3, out[k]};
    CHECK(weeg_i_product_weights(w, 1, 2, &weights));
    CHECK(!weeg_i_products(&weights, y, 1, 2, to, &largest));
  }
  static const double weight[] = {0x1p-900, 0x1p-1074, 0x1p90, INFINITY};
  for (size_t k = 0; k < sizeof weight / sizeof *weight; k++) {
    const double w[] = {1, weight[k]};
    CHECK(!weeg_i_product_weights(w, 1, 2, &weights));
  }
}

/* Weights that are 0 or in [2^6, 2^40), and the values of all ranges that there are. */
static void draw_grid(int scale, double *w, double *y) {
  for (int i = 0; i < WEEG_GRID_ROWS; i++) {
    const int size = 7 + sample_draw(34), most = scale + 86 - size;
    const int deep = sample_draw(3) == 0 ? most + 1074 : sample_draw(2) == 0 ? 120 : 1;
    const int exponent = most - sample_draw(deep < 1 ? 1 : deep);
    w[i] = sample_draw(9) == 0 ? 0 : draw_number(1 + sample_draw(53), size);
    y[i] = sample_draw(9) == 0 ? 0 : draw_number(1 + sample_draw(53), exponent > 1024 ? 1024 : exponent);
    if (sample_draw(9) == 0) y[i] = 0x1p-1074;
    if (sample_draw(2) == 0) y[i] = -y[i];
  }
}

/* The products of one measure. */
static bool make_grid(grid_products *kind, const double *w, const double *y, const product_grid *grid, product_halves *to) {
  return kind(w, &(grid_values){.numbers = y}, grid, 1, to);
}

/* On every kind of processor that this one is, as 128-bit integers have it. */
static void test_grid(void) {
  static product_halves to[WEEG_GRID_ROWS];
  double w[WEEG_GRID_ROWS], y[WEEG_GRID_ROWS];
  grid_products *kinds[WEEG_GRID_KINDS];
  const int count = weeg_i_grid_kinds(kinds);
  CHECK(count >= 1 && count <= WEEG_GRID_KINDS);
  for (int run = 0; run < 1500; run++) {
    product_grid grid;
    const int scale = run % 3 == 0 ? -50 : run % 3 == 1 ? sample_draw(1801) - 900 : 880 + sample_draw(21);
    CHECK(weeg_i_product_grid(scale, &grid));
    draw_grid(scale, w, y);
    for (int kind = 0; kind < count; kind++) {
      product_halves all = {0};
      i128 sum = 0;
      CHECK(make_grid(kinds[kind], w, y, &grid, to));
      for (int i = 0; i < WEEG_GRID_ROWS; i++) {
        const i128 x = product_of(w[i], y[i], scale);
        CHECK(whole(weeg_i_halves_sum(to[i])) == x);
        CHECK(llabs(to[i].high) <= (int64_t)1 << 43 && llabs(to[i].low) <= (int64_t)1 << 43);
        sum += x;
        all.high += to[i].high;
        all.low += to[i].low;
      }
      CHECK(whole(weeg_i_halves_sum(all)) == sum);
    }
  }
  CHECK(!weeg_i_product_grid(901, &(product_grid){0}) && !weeg_i_product_grid(-901, &(product_grid){0}));
}

/* The largest product that there may be; one more, infinite ones and those that are no numbers, in any of the rows. */
static void test_grid_range(void) {
  static product_halves to[WEEG_GRID_ROWS];
  static const double out[] = {0x1p80, -0x1p80, 0x1p100, 0x1p1023, INFINITY, -INFINITY, NAN};
  double w[WEEG_GRID_ROWS], y[WEEG_GRID_ROWS];
  grid_products *kinds[WEEG_GRID_KINDS];
  const int count = weeg_i_grid_kinds(kinds);
  product_grid grid;
  CHECK(weeg_i_product_grid(0, &grid));
  for (int i = 0; i < WEEG_GRID_ROWS; i++) {
    w[i] = 64;
    y[i] = (i % 2 == 0 ? 1 : -1) * 0x1.fffffffffffffp79;
  }
  for (int kind = 0; kind < count; kind++) {
    CHECK(make_grid(kinds[kind], w, y, &grid, to));
    for (int i = 0; i < WEEG_GRID_ROWS; i++) CHECK(whole(weeg_i_halves_sum(to[i])) == product_of(w[i], y[i], 0));
    for (int i = 0; i < WEEG_GRID_ROWS; i++) {
      const double good = y[i];
      for (size_t k = 0; k < sizeof out / sizeof *out; k++) {
        y[i] = out[k];
        CHECK(!make_grid(kinds[kind], w, y, &grid, to));
      }
      y[i] = good;
    }
  }
}

/* Several measures at once, some of them integers, in units of their own: products of each as of it alone; a missing value. */
static void test_grid_together(void) {
  enum { MOST = WEEG_GRID_TOGETHER, ROWS = WEEG_GRID_ROWS };
  static product_halves to[MOST * ROWS];
  static double w[ROWS], y[MOST][ROWS];
  static int32_t z[MOST][ROWS];
  grid_products *kinds[WEEG_GRID_KINDS];
  const int kinds_here = weeg_i_grid_kinds(kinds);
  for (int run = 0; run < 300; run++) {
    product_grid grid[MOST];
    grid_values of[MOST];
    int scale[MOST];
    const int count = 1 + sample_draw(MOST);
    for (int k = 0; k < count; k++) {
      const bool whole_numbers = sample_draw(2) == 0;
      scale[k] = whole_numbers ? -sample_draw(45) : sample_draw(1801) - 900;
      CHECK(weeg_i_product_grid(scale[k], &grid[k]));
      draw_grid(scale[k], w, y[k]);
      for (int i = 0; i < ROWS && whole_numbers; i++) {
        z[k][i] = (int32_t)(uint32_t)draw_bits(32);
        if (z[k][i] == INT32_MIN) z[k][i] = INT32_MAX;
        if (sample_draw(9) == 0) z[k][i] = sample_draw(2) == 0 ? -INT32_MAX : 0;
        y[k][i] = z[k][i];
      }
      of[k] = whole_numbers ? (grid_values){.integers = z[k]} : (grid_values){.numbers = y[k]};
    }
    for (int i = 0; i < ROWS; i++) w[i] = sample_draw(9) == 0 ? 0 : draw_number(1 + sample_draw(53), 7); /* so all are in range */
    const int odd = sample_draw(count), row = sample_draw(ROWS);
    for (int kind = 0; kind < kinds_here; kind++) {
      CHECK(kinds[kind](w, of, grid, count, to));
      for (int k = 0; k < count; k++) {
        for (int i = 0; i < ROWS; i++) {
          CHECK(whole(weeg_i_halves_sum(to[k * ROWS + i])) == product_of(w[i], y[k][i], scale[k]));
        }
      }
      const double good = y[odd][row];
      const int32_t whole_good = z[odd][row];
      y[odd][row] = NAN;
      z[odd][row] = INT32_MIN;
      CHECK(!kinds[kind](w, of, grid, count, to));
      y[odd][row] = good;
      z[odd][row] = whole_good;
    }
  }
}

static void test_deviations(void) {
  for (int run = 0; run < 20000; run++) {
    weeg_sum sum[2];
    for (int k = 0; k < 2; k++) {
      const int bits = 1 + sample_draw(126);
      sum[k] = (weeg_sum){bits > 64 ? draw_bits(bits - 64) : 0, draw_bits(bits > 64 ? 64 : bits)};
      if (sample_draw(2) == 0) sum[k] = weeg_i_sum_negative(sum[k]);
    }
    const int64_t k = (sample_draw(2) == 0 ? 1 : -1) * (int64_t)draw_bits(1 + sample_draw(54));
    const int bits = sample_draw(65);
    if (sample_draw(4) == 0) sum[0] = sum[1]; /* and equal ones, whose difference is 0 or small */
    const wide kv = weeg_i_wide_times(weeg_i_wide_of_sum(sum[1]), weeg_i_wide_of(k));
    const wide x = weeg_i_wide_less(weeg_i_wide_shift(weeg_i_wide_of_sum(sum[0]), bits), kv);
    CHECK(weeg_i_wide_deviation(sum[0], sum[1], k, bits) == weeg_i_wide_value(x, -bits));
    CHECK(weeg_i_wide_deviation(sum[0], sum[0], (int64_t)1 << (bits % 54), bits % 54) == 0);
  }
}

int main(void) {
  test_random_products();
  test_most();
  test_range();
  test_grid();
  test_grid_range();
  test_grid_together();
  test_deviations();
  return test_report("products");
}
