/*
 * Measures: exact sums of weight times value, in a second pass over the rows of a tally. Units follow from the largest product of
 * all. Where rows are in clusters a sample of rows says what they will be, mostly rightly: the pass looks at all products too,
 * and where one is larger than these units have room for, it is made again.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "base/vector.h"
#include "tally/column.h"
#include "tally/products.h"
#include "tally/tally.h"

/* The entry of each unit and cell is looked up in a table of at most so many; where there are more, it is searched. */
static const int64_t MOST_PLACES = (int64_t)1 << 24;
/* What the sums of all threads may take. */
static const int64_t MOST_BYTES = (int64_t)64 << 20;

enum {
  MOST_THREADS = 64, SIGNIFICAND = 53, UNIT_BITS = 86, NOTHING = -10000, AHEAD = 16,
  ROWS = WEEG_PRODUCT_ROWS, /* at a time, */
  TOGETHER = 8,             /* of so many measures, */
  PAD = 8,                  /* whose products are not at the same place of a page of memory */
  LOOKS = 64, LOOK_ROWS = ROWS /* the sample of rows: how many places, and how many rows at each */
};

typedef struct part {
  product_halves *halves; /* [entries * measures], of so many rows; NULL if element */
  int64_t rows;
  weeg_sum *wy;           /* the same, and what halves have been carried to; NULL while there is nothing */
  weeg_product *products; /* [entries * pairs] */
  int *largest;           /* [measures] the largest product is below 2^this; NOTHING: all are 0 */
  int64_t infinite;
  bool outside;           /* a product is larger than the units have room for: there are no sums */
} part;

typedef struct measurer {
  const weeg_measured *of;
  const weeg_tally *tally;
  coded_layout layout;
  int32_t pairs;          /* 0 unless element */
  const int *scale;       /* NULL while the largest products are looked for */
  const int32_t *place;   /* [units * cells of the layout] entries, or NULL */
  double factor;          /* of weights */
  part *parts;
} measurer;

/* Some rows. */
typedef struct window {
  int64_t from, rows;
  int32_t unit[ROWS], cell[ROWS]; /* cell: at last the entry, or -1 */
  double weight[ROWS];            /* 0 of rows that do not count */
  product_weights weights;
  product_halves products[TOGETHER][ROWS + PAD];
} window;

/* |x| = *significand * 2^the result. */
static inline int split(double x, uint64_t *significand) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const int exponent = (int)(bits >> 52 & 0x7ff);
  *significand = (bits & 0xfffffffffffffu) | (uint64_t)(exponent != 0) << 52;
  return (exponent == 0 ? 1 : exponent) - 1075;
}

/* |w y| = the integer * 2^*exponent, exactly. */
static inline weeg_sum exact_product(double w, double y, int *exponent) {
  uint64_t a, b;
  *exponent = split(w, &a);
  *exponent += split(y, &b);
  return weeg_i_multiply(a, b);
}

/* The smallest e with |w y| < 2^e, for w > 0 and y != 0. */
static inline int size_of(double w, double y) {
  int exponent, bits = 0;
  weeg_sum x = exact_product(w, y, &exponent);
  uint64_t top = x.hi != 0 ? x.hi : x.lo;
  (void)frexp((double)(top >> 11 << 11), &bits); /* without the bits that would round it up */
  if (top >> 11 == 0) (void)frexp((double)top, &bits);
  return exponent + bits + (x.hi != 0 ? 64 : 0);
}

/* w y in units of 2^scale, of which it has fewer than 2^86; the last bit is 1 where something was cut off. */
static inline weeg_sum in_units(double w, double y, int scale) {
  int exponent;
  weeg_sum x = exact_product(w, y, &exponent);
  const int shift = exponent - scale;
  if (shift >= 0) {
    x = weeg_i_sum_finer(x, shift);
  } else {
    const weeg_sum cut = weeg_i_sum_coarser(x, -shift);
    const weeg_sum back = weeg_i_sum_finer(cut, -shift);
    const bool exact = back.hi == x.hi && back.lo == x.lo;
    x = (weeg_sum){cut.hi, cut.lo | !exact};
  }
  return y < 0 ? weeg_i_sum_negative(x) : x;
}

static double value_at(const measurer *m, int32_t k, int64_t row) {
  const int32_t *integers = m->of->integers == NULL ? NULL : m->of->integers[k];
  if (integers == NULL) return m->of->values[k][row];
  return integers[row] == INT32_MIN ? NAN : (double)integers[row]; /* NAN is a float, and so would the integer be */
}

WEEG_CLONED static void to_numbers(const int32_t *integers, int64_t rows, double *to) {
  WEEG_VECTORISED
  for (int64_t i = 0; i < rows; i++) {
    uint64_t bits;
    const double x = integers[i];
    memcpy(&bits, &x, sizeof bits);
    bits |= 0 - ((uint64_t)((int64_t)integers[i] + INT32_MAX) >> 63); /* all bits are one NaN; a condition would be a branch */
    memcpy(&to[i], &bits, sizeof bits);
  }
}

/* The values of rows, in `room` where they are made. */
static const double *values_of(const measurer *m, int32_t k, const window *at, double *room) {
  const int32_t *integers = m->of->integers == NULL ? NULL : m->of->integers[k];
  if (integers == NULL) return m->of->values[k] + at->from;
  to_numbers(integers + at->from, at->rows, room);
  return room;
}

/* ---- units ---- */

static void look_at(const measurer *m, part *to, int32_t k, int64_t row, double w) {
  const double y = value_at(m, k, row);
  if (isinf(y) && (to->infinite < 0 || row < to->infinite)) to->infinite = row;
  if (isinf(y) || isnan(y) || y == 0) return;
  const int size = size_of(w, y);
  if (size > to->largest[k]) to->largest[k] = size;
}

/* The largest |w y|, as rounded; NaN is passed over. */
WEEG_CLONED static double largest_product(const double *w, const double *y, int64_t rows) {
  double largest = 0;
  _Pragma("omp simd reduction(max:largest)")
  for (int64_t i = 0; i < rows; i++) {
    const double size = fabs(w[i] * y[i]);
    largest = size > largest ? size : largest;
  }
  return largest;
}

/*
 * Looks at rows together where their products are in range. What is rounded to below a power of 2 is below it; the limits of
 * that range are the same for any order of rows, and so is the largest of all.
 */
static void look_at_rows(const measurer *m, part *to, const window *at, int32_t k) {
  double room[ROWS];
  int size;
  const double largest = largest_product(at->weight, values_of(m, k, at, room), at->rows);
  (void)frexp(largest, &size);
  if (largest >= DBL_MIN && largest <= DBL_MAX) {
    if (size > to->largest[k]) to->largest[k] = size;
    return;
  }
  for (int64_t i = 0; i < at->rows; i++) {
    if (at->weight[i] > 0) look_at(m, to, k, at->from + i, at->weight[i]);
  }
}

/* ---- sums ---- */

/* Cells of rows become entries, -1 of rows that do not count. WEEG_ERR_ARGUMENT: the tally has no such entry. */
static weeg_status find_entries(const measurer *m, window *at) {
  const int32_t cells = m->layout.cells, *unit = at->unit;
  const int32_t *place = m->place;
  int32_t *cell = at->cell, missing = 0;
  memset(cell, 0, sizeof at->cell);
  for (int v = 0; v < m->layout.count; v++) weeg_i_column_cross(&m->layout.columns[v], at->from, at->rows, cell);
  for (int64_t i = 0; i < at->rows && place != NULL; i++) {
    const bool counts = at->weight[i] > 0;
    const int32_t entry = place[counts ? unit[i] * cells + cell[i] : 0];
    cell[i] = counts ? entry : -1;
    missing |= counts && entry < 0;
  }
  for (int64_t i = 0; i < at->rows && place == NULL; i++) {
    const bool counts = at->weight[i] > 0;
    cell[i] = counts ? (int32_t)weeg_i_tally_find(m->tally, unit[i], weeg_i_whole_cell(&m->layout, cell[i])) : -1;
    missing |= counts && cell[i] < 0;
  }
  return missing ? WEEG_ERR_ARGUMENT : WEEG_OK;
}

/* Of rows that are PSUs, products too. */
static void add_element(const measurer *m, part *to, int64_t row, double w, int32_t entry) {
  const int32_t measures = m->of->measures;
  weeg_product *products = to->products + (int64_t)entry * m->pairs;
  weeg_sum *wy = to->wy + (int64_t)entry * measures;
  for (int32_t k = 0; k < measures; k++) {
    const double y = value_at(m, k, row);
    if (isnan(y) || y == 0) continue;
    const weeg_sum x = in_units(w, y, m->scale[k]);
    weeg_product *of = products + weeg_tally_pairs(k);
    weeg_i_sum_add(&wy[k], x);
    weeg_i_product_add(&of[0], x, weeg_i_sum_of_unit(w * m->factor));
    for (int32_t j = 0; j <= k; j++) {
      const double other = value_at(m, j, row);
      if (!isnan(other) && other != 0) weeg_i_product_add(&of[j + 1], x, in_units(w, other, m->scale[j]));
    }
  }
}

/* The products of one row at a time, for what is not in the range where they are made together. */
static void multiply_each(const measurer *m, part *to, const window *at, int32_t k, product_halves *x) {
  look_at_rows(m, to, at, k);
  if (to->largest[k] > m->scale[k] + UNIT_BITS) to->outside = true;
  for (int64_t i = 0; i < at->rows; i++) {
    const double y = value_at(m, k, at->from + i);
    x[i] = (product_halves){0};
    if (!(at->weight[i] > 0) || isnan(y) || y == 0 || isinf(y) || to->outside) continue;
    const weeg_sum product = in_units(at->weight[i], y, m->scale[k]);
    x[i].high = (int64_t)(product.hi << 21 | product.lo >> 43);
    x[i].low = (int64_t)(product.lo & (((uint64_t)1 << 43) - 1));
  }
}

/* The products of rows; the powers of 2 that bring weights into [0, 1), and products to their units, may be out of range. */
static void multiply(const measurer *m, part *to, window *at, int32_t k, bool in_range, product_halves *x) {
  double room[ROWS], largest = 0;
  int size;
  const int exponent = m->tally->scale + UNIT_BITS - m->scale[k];
  const bool quick = in_range && abs(exponent) < 900 &&
                     weeg_i_products(&at->weights, values_of(m, k, at, room), ldexp(1, exponent), at->rows, x, &largest);
  (void)frexp(largest, &size);
  size += m->scale[k];
  /* rounded as the largest of all is */
  if (quick && largest == 0) return;
  if (!quick || size <= DBL_MIN_EXP || size > DBL_MAX_EXP) multiply_each(m, to, at, k, x);
  else if (size > to->largest[k]) to->largest[k] = size;
}

/* All halves are carried to the sums, and are 0. */
static weeg_status carry(const measurer *m, part *to) {
  const int64_t sums = m->tally->entries * m->of->measures;
  if (to->wy == NULL) to->wy = weeg_i_alloc(sums, sizeof *to->wy);
  if (to->wy == NULL) return WEEG_ERR_MEMORY;
  for (int64_t i = 0; i < sums; i++) weeg_i_sum_add(&to->wy[i], weeg_i_halves_sum(to->halves[i]));
  memset(to->halves, 0, sizeof *to->halves * (size_t)sums);
  to->rows = 0;
  return WEEG_OK;
}

/* Of `count` measures, which is a constant where this is called: loops over them are unrolled. */
WEEG_INLINE void add_products(const measurer *m, part *to, const window *at, int32_t first, int32_t count) {
  const int32_t measures = m->of->measures;
  product_halves *halves = to->halves + first;
  for (int64_t i = 0; i < at->rows; i++) {
    const int32_t ahead = at->cell[i + AHEAD < at->rows ? i + AHEAD : i], cell = at->cell[i];
    const char *next = (const char *)(halves + (int64_t)(ahead < 0 ? 0 : ahead) * measures);
    for (int32_t k = 0; k < count; k += 4) WEEG_PREFETCH(next + k * (int32_t)sizeof *halves);
    if (cell < 0) continue;
    product_halves *sum = halves + (int64_t)cell * measures;
    WEEG_UNROLLED
    for (int32_t k = 0; k < count; k++) {
      sum[k].high += at->products[k][i].high;
      sum[k].low += at->products[k][i].low;
    }
  }
}

static void add_all(const measurer *m, part *to, const window *at, int32_t first, int32_t count) {
  switch (count) {
    case 1: add_products(m, to, at, first, 1); break;
    case 2: add_products(m, to, at, first, 2); break;
    case 3: add_products(m, to, at, first, 3); break;
    case 4: add_products(m, to, at, first, 4); break;
    case 5: add_products(m, to, at, first, 5); break;
    case 6: add_products(m, to, at, first, 6); break;
    case 7: add_products(m, to, at, first, 7); break;
    default: add_products(m, to, at, first, TOGETHER); break;
  }
}

static weeg_status add_clustered(const measurer *m, part *to, window *at) {
  const int32_t measures = m->of->measures;
  const bool in_range = weeg_i_product_weights(at->weight, m->factor, at->rows, &at->weights);
  if (to->rows + at->rows > WEEG_HALVES_ROWS) {
    const weeg_status status = carry(m, to);
    if (status != WEEG_OK) return status;
  }
  to->rows += at->rows;
  for (int32_t first = 0; first < measures && !to->outside; first += TOGETHER) {
    const int32_t count = measures - first < TOGETHER ? measures - first : TOGETHER;
    for (int32_t k = 0; k < count; k++) multiply(m, to, at, first + k, in_range, at->products[k]);
    add_all(m, to, at, first, count);
  }
  return WEEG_OK;
}

/* Weights, 0 of rows in no unit. */
WEEG_CLONED static void keep_weights(const double *from, const int32_t *unit, int32_t units, int64_t rows, double *to) {
  WEEG_VECTORISED
  for (int64_t i = 0; i < rows; i++) {
    uint64_t bits;
    memcpy(&bits, &from[i], sizeof bits);
    /* all bits where the unit is one, and the weight neither negative nor -0 */
    bits &= (0 - ((uint64_t)((int64_t)unit[i] - units) >> 63)) & ((bits >> 63) - 1);
    memcpy(&to[i], &bits, sizeof bits);
  }
}

static void read_weights(const measurer *m, window *at) {
  const weeg_rows *r = m->of->rows;
  const uint8_t *domain = r->domain == NULL ? NULL : r->domain + at->from;
  weeg_i_column_read(r->unit, at->from, at->rows, at->unit);
  for (int64_t i = 0; i < at->rows && r->weights == NULL; i++) at->weight[i] = 1;
  keep_weights(r->weights == NULL ? at->weight : r->weights + at->from, at->unit, r->unit->levels, at->rows, at->weight);
  for (int64_t i = 0; i < at->rows && domain != NULL; i++) at->weight[i] = domain[i] != 0 ? at->weight[i] : 0;
}

static weeg_status measure_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const measurer *m = ctx;
  part *mine = &m->parts[thread];
  window at;
  for (; from < to; from += ROWS) {
    at.from = from;
    at.rows = to - from < ROWS ? to - from : ROWS;
    read_weights(m, &at);
    if (m->scale == NULL || mine->outside) {
      for (int32_t k = 0; k < m->of->measures; k++) look_at_rows(m, mine, &at, k);
      continue;
    }
    weeg_status status = find_entries(m, &at);
    if (status == WEEG_OK && m->pairs == 0) status = add_clustered(m, mine, &at);
    if (status != WEEG_OK) return status;
    for (int64_t i = 0; i < at.rows && m->pairs > 0; i++) {
      if (at.cell[i] >= 0) add_element(m, mine, from + i, at.weight[i], at.cell[i]);
    }
  }
  return WEEG_OK;
}

static weeg_status word_failure(weeg_status status, weeg_error *err) {
  if (status == WEEG_ERR_INTERRUPTED) return weeg_fail(err, status, -1, "stopped by the caller");
  if (status == WEEG_ERR_MEMORY) return weeg_fail(err, status, -1, "not enough memory");
  return weeg_fail(err, status, -1, "the rows are not those of the tally");
}

static weeg_status refuse_infinite(const measurer *m, int64_t row, weeg_error *err) {
  int32_t k = 0;
  while (!isinf(value_at(m, k, row))) k++;
  (void)weeg_fail(err, WEEG_ERR_ARGUMENT, row, "the value of measure %d in row %lld is infinite", k + 1, (long long)row + 1);
  if (err != NULL) {
    err->facts.fault = WEEG_FAULT_INFINITE;
    err->facts.number = k;
    err->facts.row = row;
  }
  return WEEG_ERR_ARGUMENT;
}

/* The units that the products of all parts ask for: the largest product is below 2^(scale + 86). */
static weeg_status find_scales(const measurer *m, int threads, int *scale, weeg_error *err) {
  int64_t infinite = -1;
  for (int t = 0; t < threads; t++) {
    const int64_t row = m->parts[t].infinite;
    if (row >= 0 && (infinite < 0 || row < infinite)) infinite = row;
  }
  if (infinite >= 0) return refuse_infinite(m, infinite, err);
  for (int32_t k = 0; k < m->of->measures; k++) {
    int largest = NOTHING;
    for (int t = 0; t < threads; t++) largest = m->parts[t].largest[k] > largest ? m->parts[t].largest[k] : largest;
    const int *least = m->of->least;
    scale[k] = (largest == NOTHING ? 0 : 16 * (int)ceil(largest / 16.0)) - UNIT_BITS;
    if (least != NULL && (largest == NOTHING || scale[k] < least[k])) scale[k] = least[k];
  }
  return WEEG_OK;
}

static weeg_status look_at_place(void *ctx, int thread, int64_t from, int64_t to) {
  const measurer *m = ctx;
  const int64_t rows = m->of->rows->rows, first = rows / LOOKS * from;
  (void)to;
  return measure_rows(ctx, thread, first, first + LOOK_ROWS < rows ? first + LOOK_ROWS : rows);
}

/*
 * The units of a sample of rows, which come from far apart, so that most of the time is waiting for memory. Infinite values are
 * for the pass over all to find, as the first of them is named.
 */
static weeg_status guess_scales(measurer *m, int threads, const weeg_hooks *hooks, int *scale, weeg_error *err) {
  const weeg_status status = weeg_i_for_items(LOOKS, threads, hooks, look_at_place, m);
  for (int t = 0; t < threads; t++) m->parts[t].infinite = -1;
  return status == WEEG_OK ? find_scales(m, threads, scale, err) : word_failure(status, err);
}

/* Room for the sums of each thread; fewer threads where that is much. */
static weeg_status prepare(measurer *m, int *threads, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t sums = m->tally->entries * m->of->measures, products = m->tally->entries * m->pairs;
  const int64_t bytes = sums * (int64_t)(sizeof(weeg_sum) + sizeof(product_halves)) + products * (int64_t)sizeof(weeg_product);
  if (*threads > MOST_THREADS) *threads = MOST_THREADS;
  while (*threads > 1 && *threads * bytes > MOST_BYTES) --*threads;
  WEEG_NEW(m->parts, *threads);
  for (int t = 0; t < *threads; t++) {
    part *p = &m->parts[t];
    p->infinite = -1;
    WEEG_NEW(p->largest, m->of->measures);
    for (int32_t k = 0; k < m->of->measures; k++) p->largest[k] = NOTHING;
    if (m->pairs == 0) {
      WEEG_NEW(p->halves, sums);
      continue;
    }
    WEEG_NEW(p->wy, sums);
    WEEG_NEW(p->products, products);
  }
cleanup:
  return status;
}

/* As at first, but for the largest products. */
static void begin_again(const measurer *m, int threads) {
  const int64_t sums = m->tally->entries * m->of->measures;
  for (int t = 0; t < threads; t++) {
    part *p = &m->parts[t];
    memset(p->halves, 0, sizeof *p->halves * (size_t)sums);
    weeg_free(p->wy);
    p->wy = NULL;
    p->rows = 0;
    p->outside = false;
  }
}

weeg_status weeg_i_measure_units(const weeg_measured *of, const weeg_hooks *hooks, int *scale, bool *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int wanted = weeg_i_threads(hooks, of->rows->rows), threads = wanted > MOST_THREADS ? MOST_THREADS : wanted;
  int *largest = NULL;
  part parts[MOST_THREADS];
  measurer m = {.of = of, .parts = parts};
  WEEG_NEW(largest, (int64_t)threads * of->measures);
  for (int64_t k = 0; k < (int64_t)threads * of->measures; k++) largest[k] = NOTHING;
  for (int t = 0; t < threads; t++) parts[t] = (part){.infinite = -1, .largest = largest + (int64_t)t * of->measures};
  WEEG_TRY(guess_scales(&m, threads, hooks, scale, err));
  *found = true;
  for (int32_t k = 0; k < of->measures; k++) {
    bool some = false;
    for (int t = 0; t < threads; t++) some = some || parts[t].largest[k] != NOTHING;
    *found = *found && some;
  }
cleanup:
  weeg_free(largest);
  return status;
}

/* A table of the entries, -1 where there is none; none where it would be large. */
static weeg_status find_places(measurer *m, int32_t **place, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  const int32_t cells = m->layout.cells;
  const int64_t places = (int64_t)t->units * cells;
  int32_t *whole = NULL; /* where a cell is in the layout of all columns */
  if (places > MOST_PLACES) return WEEG_OK;
  WEEG_NEW(*place, places);
  WEEG_NEW(whole, cells);
  for (int32_t c = 0; c < cells; c++) whole[c] = weeg_i_whole_cell(&m->layout, c);
  for (int64_t i = 0; i < places; i++) (*place)[i] = -1;
  for (int64_t i = 0, c = 0; i < t->entries; i++) {
    if (i > 0 && t->unit[i] != t->unit[i - 1]) c = 0;
    while (c < cells - 1 && whole[c] < t->cell[i]) c++;
    if (whole[c] == t->cell[i]) (*place)[(int64_t)t->unit[i] * cells + c] = (int32_t)i;
  }
  m->place = *place;
cleanup:
  weeg_free(whole);
  return status;
}

/* One pass over all rows, or where the units turn out to be others, two. */
static weeg_status sum_rows(measurer *m, int threads, const weeg_hooks *hooks, int *scale, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int *found = NULL;
  bool again = false;
  WEEG_NEW(found, m->of->measures);
  do {
    status = weeg_i_for_rows(m->of->rows->rows, threads, hooks, measure_rows, m);
    if (status != WEEG_OK) {
      (void)word_failure(status, err);
      goto cleanup;
    }
    WEEG_TRY(find_scales(m, threads, found, err));
    again = m->scale == NULL || memcmp(found, scale, sizeof *found * (size_t)m->of->measures) != 0;
    memcpy(scale, found, sizeof *found * (size_t)m->of->measures);
    m->scale = scale;
    if (again && m->pairs == 0) begin_again(m, threads);
  } while (again);
cleanup:
  weeg_free(found);
  return status;
}

/* All parts become the first one, which the tally gets. */
static weeg_status finish(measurer *m, int threads, int *scale, weeg_tally *tally, weeg_error *err) {
  const int64_t sums = tally->entries * m->of->measures, products = tally->entries * m->pairs;
  part *first = &m->parts[0];
  if (m->pairs == 0 && carry(m, first) != WEEG_OK) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  for (int t = 1; t < threads; t++) {
    const part *p = &m->parts[t];
    for (int64_t i = 0; i < sums && p->wy != NULL; i++) weeg_i_sum_add(&first->wy[i], p->wy[i]);
    for (int64_t i = 0; i < sums && p->rows > 0; i++) weeg_i_sum_add(&first->wy[i], weeg_i_halves_sum(p->halves[i]));
    for (int64_t i = 0; i < products; i++) weeg_i_product_sum(&first->products[i], &p->products[i]);
  }
  tally->measures = m->of->measures;
  tally->measure_scale = scale;
  tally->wy = first->wy;
  first->wy = NULL;
  if (m->pairs == 0) return WEEG_OK;
  tally->products = first->products;
  first->products = NULL;
  return WEEG_OK;
}

weeg_status weeg_tally_measure(const weeg_measured *of, const weeg_hooks *hooks, weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_rows *r = of->rows;
  int32_t *place = NULL, cells = 0;
  int *scale = NULL, threads = weeg_i_threads(hooks, r->rows);
  measurer m = {.of = of, .tally = tally, .pairs = tally->element ? weeg_tally_pairs(of->measures) : 0,
                .factor = weeg_i_sum_factor(tally->scale)};
  WEEG_TRY(weeg_layout_cells(r->columns, r->count, &cells, err));
  if (tally->measures > 0 || of->measures < 1 || cells != tally->cells || r->unit->levels != tally->units) {
    status = weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "measures are added once, with the rows of the tally");
    goto cleanup;
  }
  WEEG_TRY(weeg_i_coded_layout(r->columns, r->count, &m.layout, err));
  WEEG_NEW(scale, of->measures);
  WEEG_TRY(prepare(&m, &threads, err));
  WEEG_TRY(find_places(&m, &place, err));
  if (m.pairs == 0) {
    WEEG_TRY(guess_scales(&m, threads, hooks, scale, err));
    m.scale = scale;
  }
  WEEG_TRY(sum_rows(&m, threads, hooks, scale, err));
  WEEG_TRY(finish(&m, threads, scale, tally, err));
  scale = NULL;
cleanup:
  for (int t = 0; m.parts != NULL && t < threads; t++) {
    weeg_free(m.parts[t].halves);
    weeg_free(m.parts[t].wy);
    weeg_free(m.parts[t].products);
    weeg_free(m.parts[t].largest);
  }
  weeg_free(m.parts);
  weeg_free(m.layout.columns);
  weeg_free(place);
  weeg_free(scale);
  return status;
}
