/* Products of weights and values, as integers in two halves. Internal to the core. */
#ifndef WEEG_PRODUCTS_H
#define WEEG_PRODUCTS_H

#include <stdbool.h>
#include <stdint.h>

#include "weeg.h"

/*
 * An integer of fewer than 87 bits as high * 2^43 + low, each half less than 2^43 + 1 away from 0: sums of as many as
 * WEEG_HALVES_ROWS of them have no carry from half to half, so that adding one is two additions and nothing else.
 */
typedef struct product_halves {
  int64_t high, low;
} product_halves;

enum { WEEG_HALVES_ROWS = (1 << 20) - 1, WEEG_PRODUCT_ROWS = 256 };

/* Weights times a power of 2, each as the sum of two of 26 bits too, and all bits where it is not 0. */
typedef struct product_weights {
  double whole[WEEG_PRODUCT_ROWS], head[WEEG_PRODUCT_ROWS], tail[WEEG_PRODUCT_ROWS];
  uint64_t counts[WEEG_PRODUCT_ROWS];
} product_weights;

/* weight[rows], 0 of rows that do not count. False where one is far out of the range of numbers. */
bool weeg_i_product_weights(const double *weight, double factor, int64_t rows, product_weights *to);

/*
 * to[rows] = w y factor, NaN being 0, cut off towards 0, with a last bit of 1 where something was cut off ("round to odd"):
 * what sums of measures are made of. *largest: of them, as rounded. False, and the halves void, where a product has 2^86 or more,
 * or numbers are far out of range.
 */
bool weeg_i_products(const product_weights *w, const double *y, double factor, int64_t rows, product_halves *to, double *largest);

/*
 * The same for weights that are 0 or so large that no product but 0 becomes 0: in units of 2^scale, to which this grid brings
 * products by additions alone. False where that would leave the range of numbers.
 */
typedef struct product_grid {
  double upper, unit, most; /* most: the largest product */
} product_grid;

/* Rows, and measures at most, of which products are made at once. */
enum { WEEG_GRID_ROWS = 32, WEEG_GRID_TOGETHER = 8 };

bool weeg_i_product_grid(int scale, product_grid *grid);

/* The values of a measure, as numbers, NaN where they are missing; or as integers, INT32_MIN where they are. */
typedef struct grid_values {
  const double *numbers;   /* [WEEG_GRID_ROWS], or NULL */
  const int32_t *integers;
} grid_values;

/*
 * Of WEEG_GRID_ROWS weights and the values of `count` measures, WEEG_GRID_TOGETHER or fewer, those of a measure side by side:
 * to[count * WEEG_GRID_ROWS]. False, and the halves void, where a value is missing, or a product too large or infinite.
 */
typedef bool grid_products(const double *weight, const grid_values *of, const product_grid *grid, int32_t count,
                           product_halves *to);

/* What makes them on this processor, the quickest first; and how many of these there are. */
enum { WEEG_GRID_KINDS = 3 };
int weeg_i_grid_kinds(grid_products *kinds[WEEG_GRID_KINDS]);

/* The sum of a number of halves. */
weeg_sum weeg_i_halves_sum(product_halves x);

#endif
