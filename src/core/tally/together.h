/* Measures in the pass that counts. Internal to the core. */
#ifndef WEEG_TOGETHER_H
#define WEEG_TOGETHER_H

#include <stdbool.h>
#include <stdint.h>

#include "tally/products.h"
#include "weeg.h"

/*
 * Sums of measures stand behind the count and sum of weights of a slot: stride = 1 + measures sums a slot, those of measures as
 * halves. A pass is made with units that a sample of the rows asks for, and of weights and products in the usual range alone.
 * Where there are others (that is rare) its sums are void, and a pass of tally_measure.c finds what they are.
 */
typedef struct together {
  const weeg_measured *of;
  const int *scale;          /* [measures] */
  const product_grid *grid;  /* [measures] */
  grid_products *multiply;   /* as this processor does it quickest */
  double lift;               /* weights times this are in [2^6, 2^40), or 0 */
  int64_t stride;
  int32_t spare;             /* the slot of rows that do not count */
} together;

/* Rows of a window: what weights are as parts of sums. */
typedef struct counted_rows {
  int64_t from, rows, coming; /* coming: how many slots there are from the first one on */
  const int32_t *slot;
  const uint64_t *hi, *lo;
} counted_rows;

/*
 * Adds rows, WEEG_GRID_ROWS or fewer, to slots. missing[measures]: set where a measure was found to have missing values. False
 * where a product is out of range: the sums of measures are void.
 */
bool weeg_i_together_add(const together *t, const counted_rows *rows, uint8_t *missing, weeg_sum *slots);

/* Asks for rows that will come. */
void weeg_i_together_fetch(const together *t, int64_t from, int64_t rows);

/* Without measures, or where these are void. */
void weeg_i_together_count(int64_t stride, const counted_rows *rows, weeg_sum *slots);

#endif
