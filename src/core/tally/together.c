/* Measures in the pass that counts: a window of rows at a time. */
#include "tally/together.h"

#include <string.h>

#include "base/sum.h"
#include "base/vector.h"

enum {
  ROWS = WEEG_GRID_ROWS,
  TOGETHER = WEEG_GRID_TOGETHER,
  AHEAD = 16 /* rows whose slots are asked for before they are added to */
};

/* weight times lift, 0 of rows that do not count. */
WEEG_CLONED static void lift_weights(const double *weight, const int32_t *slot, int32_t spare, double lift, double *to) {
  WEEG_VECTORISED
  for (int i = 0; i < ROWS; i++) {
    uint64_t bits;
    const double w = weight[i] * lift;
    memcpy(&bits, &w, sizeof bits);
    bits &= 0 - ((uint64_t)((int64_t)slot[i] - spare) >> 63);
    memcpy(&to[i], &bits, sizeof bits);
  }
}

/* Values with 0 where they are missing, or do not count. */
WEEG_CLONED static void fill_missing(const double *weight, grid_values value, double *to) {
  if (value.numbers != NULL) {
    WEEG_VECTORISED
    for (int i = 0; i < ROWS; i++) {
      to[i] = ((value.numbers[i] == value.numbers[i]) & (weight[i] != 0)) != 0 ? value.numbers[i] : 0;
    }
    return;
  }
  WEEG_VECTORISED
  for (int i = 0; i < ROWS; i++) {
    uint64_t bits;
    const double x = value.integers[i];
    memcpy(&bits, &x, sizeof bits);
    bits &= ((uint64_t)((int64_t)value.integers[i] + INT32_MAX) >> 63) - 1;
    memcpy(&to[i], &bits, sizeof bits);
  }
}

/* ROWS of an array, in `room` with zeros behind where there are fewer. */
static const void *whole(const void *from, int64_t rows, size_t size, void *room) {
  if (rows == ROWS) return from;
  memset(room, 0, ROWS * size);
  memcpy(room, from, (size_t)rows * size);
  return room;
}

/* The values of a measure, in `room` where there are fewer than ROWS. */
static grid_values values_of(const together *t, int32_t k, const counted_rows *rows, double *room) {
  const int32_t *integers = t->of->integers == NULL ? NULL : t->of->integers[k];
  if (integers != NULL) return (grid_values){.integers = whole(integers + rows->from, rows->rows, sizeof *integers, room)};
  return (grid_values){.numbers = whole(t->of->values[k] + rows->from, rows->rows, sizeof *room, room)};
}

/*
 * The products of `count` measures with weights, from `first` on. Once a measure was found to have missing values, they are
 * looked for before products are made.
 */
static bool multiply(const together *t, int32_t first, int32_t count, const counted_rows *rows, const double *weight,
                     uint8_t *missing, product_halves *to) {
  double room[TOGETHER][ROWS], filled[TOGETHER][ROWS];
  grid_values of[TOGETHER];
  const product_grid *grid = t->grid + first;
  for (int32_t k = 0; k < count; k++) {
    of[k] = values_of(t, first + k, rows, room[k]);
    if (!missing[first + k]) continue;
    fill_missing(weight, of[k], filled[k]);
    of[k] = (grid_values){.numbers = filled[k]};
  }
  if (t->multiply(weight, of, grid, count, to)) return true;
  for (int32_t k = 0; k < count; k++) {
    if (t->multiply(weight, &of[k], &grid[k], 1, to + k * ROWS)) continue;
    missing[first + k] = 1;
    fill_missing(weight, of[k], filled[k]);
    if (!t->multiply(weight, &(grid_values){.numbers = filled[k]}, &grid[k], 1, to + k * ROWS)) return false;
  }
  return true;
}

/* Rows of which the products with some measures are made: x[measure * ROWS + row]. */
typedef struct made_rows {
  int32_t offset[ROWS + AHEAD]; /* of slots, in sums */
  _Alignas(64) product_halves x[TOGETHER * ROWS];
} made_rows;

WEEG_CLONED static void find_offsets(const int32_t *slot, int64_t coming, int32_t stride, int32_t *offset) {
  const int64_t rows = coming < ROWS + AHEAD ? coming : ROWS + AHEAD;
  WEEG_VECTORISED
  for (int64_t i = 0; i < rows; i++) offset[i] = slot[i] * stride;
  for (int64_t i = rows; i < ROWS + AHEAD; i++) offset[i] = 0;
}

/* Of `count` measures from `first` on, and before the first of all, counts; constants where this is called. */
WEEG_INLINE void add_rows(const counted_rows *r, const made_rows *made, int32_t first, int32_t count, weeg_sum *slots) {
  const uint64_t *hi = r->hi, *lo = r->lo;
  for (int64_t i = 0, rows = r->rows; i < rows; i++) {
    const char *const ahead = (const char *)(slots + made->offset[i + AHEAD] + first);
    for (int32_t k = 0; k <= count; k += 4) WEEG_PREFETCH(ahead + k * (int32_t)sizeof *slots);
    weeg_sum *sum = slots + made->offset[i] + first;
    if (first == 0) weeg_i_sum_add(sum, (weeg_sum){hi[i], lo[i]});
    WEEG_UNROLLED
    for (int32_t k = 0; k < count; k++) WEEG_ADD_TWO(&sum[1 + k], &made->x[k * ROWS + i]);
  }
}

WEEG_INLINE void add_all(const counted_rows *r, const made_rows *made, int32_t first, int32_t count, weeg_sum *slots) {
  switch (count) {
    case 1: add_rows(r, made, first, 1, slots); break;
    case 2: add_rows(r, made, first, 2, slots); break;
    case 3: add_rows(r, made, first, 3, slots); break;
    case 4: add_rows(r, made, first, 4, slots); break;
    case 5: add_rows(r, made, first, 5, slots); break;
    case 6: add_rows(r, made, first, 6, slots); break;
    case 7: add_rows(r, made, first, 7, slots); break;
    default: add_rows(r, made, first, TOGETHER, slots); break;
  }
}

bool weeg_i_together_add(const together *t, const counted_rows *r, uint8_t *missing, weeg_sum *slots) {
  const int32_t measures = t->of->measures;
  _Alignas(64) double room[ROWS], weight[ROWS];
  int32_t slot_room[ROWS], first = 0;
  made_rows made;
  bool inside = true;
  lift_weights(whole(t->of->rows->weights + r->from, r->rows, sizeof *room, room),
               whole(r->slot, r->rows, sizeof *slot_room, slot_room), t->spare, t->lift, weight);
  find_offsets(r->slot, r->coming, (int32_t)t->stride, made.offset);
  for (; first < measures && inside; first += TOGETHER) {
    const int32_t count = measures - first < TOGETHER ? measures - first : TOGETHER;
    inside = multiply(t, first, count, r, weight, missing, made.x);
    if (inside && first == 0) add_all(r, &made, 0, count, slots);
    else if (inside) add_all(r, &made, first, count, slots);
  }
  if (!inside && first == TOGETHER) weeg_i_together_count(t->stride, r, slots);
  return inside;
}

void weeg_i_together_fetch(const together *t, int64_t from, int64_t rows) {
  if (from + rows > t->of->rows->rows) return;
  WEEG_FETCH(t->of->rows->weights + from, rows);
  for (int32_t k = 0; k < t->of->measures; k++) {
    const int32_t *integers = t->of->integers == NULL ? NULL : t->of->integers[k];
    if (integers != NULL) WEEG_FETCH(integers + from, rows);
    else WEEG_FETCH(t->of->values[k] + from, rows);
  }
}

void weeg_i_together_count(int64_t stride, const counted_rows *r, weeg_sum *slots) {
  for (int64_t i = 0; i < r->rows; i++) weeg_i_sum_add(&slots[r->slot[i] * stride], (weeg_sum){r->hi[i], r->lo[i]});
}
