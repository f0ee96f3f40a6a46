/* Measures: exact sums of weight times value, in a second pass over the rows of a tally. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "base/vector.h"
#include "tally/column.h"
#include "tally/tally.h"

/* The entry of each unit and cell is looked up in a table of at most so many; where there are more, it is searched. */
static const int64_t MOST_PLACES = (int64_t)1 << 24;
/* What the sums of all threads may take. */
static const int64_t MOST_BYTES = (int64_t)64 << 20;

enum { MOST_THREADS = 64, SIGNIFICAND = 53, UNIT_BITS = 86, NOTHING = -10000, AHEAD = 16 };

typedef struct part {
  weeg_sum *wy;
  weeg_product *products;
  int *largest; /* [measures] the largest product is below 2^this; NOTHING: all are 0 */
  int64_t infinite;
} part;

typedef struct measurer {
  const weeg_measured *of;
  const weeg_tally *tally;
  int32_t pairs;         /* 0 unless element */
  const int *scale;      /* NULL while the largest products are looked for */
  const int32_t *place;  /* [units * cells] entries, or NULL */
  double factor;         /* of weights */
  part *parts;
} measurer;

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

/* A number with its significand at the top: |x| = significand * 2^exponent. */
typedef struct number {
  uint64_t significand;
  int exponent;
} number;

static inline number of_bits(uint64_t bits) {
  const int exponent = (int)(bits >> 52 & 0x7ff);
  const uint64_t significand = (bits & 0xfffffffffffffu) | (uint64_t)(exponent != 0) << 52;
  return (number){significand << 11, (exponent == 0 ? 1 : exponent) - 1086};
}

static inline uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/*
 * in_units() of numbers other than 0, in a fraction of its time: of the 128 bits of the product of two significands 86 are left,
 * and then as many as the exponents say. False where that is none, as of subnormal numbers, or where they say more.
 */
static inline bool quickly_in_units(number w, uint64_t y_bits, int scale, weeg_sum *to) {
  enum { CUT = 128 - UNIT_BITS };
  const number y = of_bits(y_bits);
  const unsigned rest = (unsigned)(scale - CUT - w.exponent - y.exponent);
  if (rest > 63) return false;
  const weeg_sum x = weeg_i_multiply(w.significand, y.significand);
  const uint64_t hi = x.hi >> CUT, lo = x.hi << (64 - CUT) | x.lo >> CUT;
  const uint64_t off = x.lo << (64 - CUT) | (lo << 1 << (63 - rest)); /* not 0: what is cut off */
  const weeg_sum cut = {hi >> rest, (hi << 1 << (63 - rest)) | lo >> rest | (off != 0)};
  const uint64_t sign = 0 - (y_bits >> 63); /* all bits 1 where y < 0, and the complement plus 1 is the negative */
  *to = (weeg_sum){cut.hi ^ sign, cut.lo ^ sign};
  weeg_i_sum_add(to, (weeg_sum){0, sign & 1});
  return true;
}

/*
 * Cells of rows become entries, -1 of rows that do not count. What is looked up lies anywhere in memory: it is asked for before
 * it is needed, which takes half of the time away. WEEG_ERR_ARGUMENT: the tally has no such entry.
 */
static weeg_status find_entries(const measurer *m, int64_t rows, const double *w, const int32_t *unit, int32_t *cell) {
  const int32_t cells = m->tally->cells;
  const int32_t *place = m->place;
  if (place != NULL) {
    for (int64_t i = 0; i < rows; i++) {
      cell[i] = w[i] > 0 ? unit[i] * cells + cell[i] : -1;
      if (cell[i] >= 0) WEEG_PREFETCH(place + cell[i]);
    }
  }
  for (int64_t i = 0; i < rows; i++) {
    if (!(w[i] > 0)) cell[i] = -1;
    else if ((cell[i] = place != NULL ? place[cell[i]] : (int32_t)weeg_i_tally_find(m->tally, unit[i], cell[i])) < 0) {
      return WEEG_ERR_ARGUMENT;
    }
  }
  return WEEG_OK;
}

/* Asks for the sums of an entry. */
WEEG_INLINE void fetch(const part *to, int32_t measures, int32_t entry) {
  const char *sums = (const char *)(to->wy + (int64_t)entry * measures);
  for (size_t at = 0; at < (size_t)measures * sizeof *to->wy; at += 64) WEEG_PREFETCH(sums + at);
}

static void look_at(const measurer *m, part *to, int64_t row, double w) {
  for (int32_t k = 0; k < m->of->measures; k++) {
    const double y = m->of->values[k][row];
    if (isinf(y) && (to->infinite < 0 || row < to->infinite)) to->infinite = row;
    if (isinf(y) || isnan(y) || y == 0) continue;
    const int size = size_of(w, y);
    if (size > to->largest[k]) to->largest[k] = size;
  }
}

/* Of rows that are PSUs, products too. */
static void add_element(const measurer *m, part *to, int64_t row, double w, int32_t entry) {
  const int32_t measures = m->of->measures;
  weeg_product *products = to->products + (int64_t)entry * m->pairs;
  weeg_sum *wy = to->wy + (int64_t)entry * measures;
  for (int32_t k = 0; k < measures; k++) {
    const double y = m->of->values[k][row];
    if (isnan(y) || y == 0) continue;
    const weeg_sum x = in_units(w, y, m->scale[k]);
    weeg_product *of = products + weeg_tally_pairs(k);
    weeg_i_sum_add(&wy[k], x);
    weeg_i_product_add(&of[0], x, weeg_i_sum_of_unit(w * m->factor));
    for (int32_t j = 0; j <= k; j++) {
      const double other = m->of->values[j][row];
      if (!isnan(other) && other != 0) weeg_i_product_add(&of[j + 1], x, in_units(w, other, m->scale[j]));
    }
  }
}

static void add_row(const measurer *m, part *to, int64_t row, double w, int32_t entry) {
  const int32_t measures = m->of->measures;
  const number weight = of_bits(bits_of(w));
  weeg_sum *wy = to->wy + (int64_t)entry * measures;
  for (int32_t k = 0; k < measures; k++) {
    const uint64_t bits = bits_of(m->of->values[k][row]);
    weeg_sum x;
    if ((bits << 1) - 1 >= (uint64_t)0x7ff << 53) continue; /* 0 and NaN */
    if (!quickly_in_units(weight, bits, m->scale[k], &x)) x = in_units(w, m->of->values[k][row], m->scale[k]);
    weeg_i_sum_add(&wy[k], x);
  }
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
static void look_at_rows(const measurer *m, part *to, int64_t from, int64_t rows, const double *w) {
  bool each = false;
  for (int32_t k = 0; k < m->of->measures; k++) {
    const double largest = largest_product(w, m->of->values[k] + from, rows);
    int size;
    (void)frexp(largest, &size);
    each = each || !(largest >= DBL_MIN && largest <= DBL_MAX);
    if (largest >= DBL_MIN && largest <= DBL_MAX && size > to->largest[k]) to->largest[k] = size;
  }
  for (int64_t i = 0; i < rows && each; i++) {
    if (w[i] > 0) look_at(m, to, from + i, w[i]);
  }
}

static weeg_status measure_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const measurer *m = ctx;
  const weeg_rows *r = m->of->rows;
  part *mine = &m->parts[thread];
  int32_t unit[WEEG_CHUNK_ROWS], cell[WEEG_CHUNK_ROWS];
  double weight[WEEG_CHUNK_ROWS]; /* 0 of rows that do not count */
  for (; from < to; from += WEEG_CHUNK_ROWS) {
    const int64_t rows = to - from < WEEG_CHUNK_ROWS ? to - from : WEEG_CHUNK_ROWS;
    weeg_i_column_read(r->unit, from, rows, unit);
    for (int64_t i = 0; i < rows; i++) {
      const double w = r->weights == NULL ? 1 : r->weights[from + i];
      const bool counts = unit[i] < r->unit->levels && w > 0 && (r->domain == NULL || r->domain[from + i] != 0);
      weight[i] = counts ? w : 0;
    }
    if (m->scale == NULL) {
      look_at_rows(m, mine, from, rows, weight);
      continue;
    }
    memset(cell, 0, sizeof *cell * (size_t)rows);
    for (int v = 0; v < r->count; v++) weeg_i_column_cross(&r->columns[v], from, rows, cell);
    if (find_entries(m, rows, weight, unit, cell) != WEEG_OK) return WEEG_ERR_ARGUMENT;
    for (int64_t i = 0; i < rows; i++) {
      if (i + AHEAD < rows && cell[i + AHEAD] >= 0) fetch(mine, m->of->measures, cell[i + AHEAD]);
      if (cell[i] < 0) continue;
      if (m->pairs > 0) add_element(m, mine, from + i, weight[i], cell[i]);
      else add_row(m, mine, from + i, weight[i], cell[i]);
    }
  }
  return WEEG_OK;
}

static weeg_status word_failure(weeg_status status, weeg_error *err) {
  if (status == WEEG_ERR_INTERRUPTED) return weeg_fail(err, status, -1, "stopped by the caller");
  return weeg_fail(err, status, -1, "the rows are not those of the tally");
}

static weeg_status refuse_infinite(const weeg_measured *of, int64_t row, weeg_error *err) {
  int32_t k = 0;
  while (!isinf(of->values[k][row])) k++;
  (void)weeg_fail(err, WEEG_ERR_ARGUMENT, row, "the value of measure %d in row %lld is infinite", k + 1, (long long)row + 1);
  if (err != NULL) {
    err->facts.fault = WEEG_FAULT_INFINITE;
    err->facts.number = k;
    err->facts.row = row;
  }
  return WEEG_ERR_ARGUMENT;
}

/* The units of all measures: the largest product is below 2^(scale + 86). */
static weeg_status find_scales(measurer *m, int threads, const weeg_hooks *hooks, int *scale, weeg_error *err) {
  int64_t infinite = -1;
  weeg_status status = weeg_i_for_rows(m->of->rows->rows, threads, hooks, measure_rows, m);
  if (status != WEEG_OK) return word_failure(status, err);
  for (int t = 0; t < threads; t++) {
    const int64_t row = m->parts[t].infinite;
    if (row >= 0 && (infinite < 0 || row < infinite)) infinite = row;
  }
  if (infinite >= 0) return refuse_infinite(m->of, infinite, err);
  for (int32_t k = 0; k < m->of->measures; k++) {
    int largest = NOTHING;
    for (int t = 0; t < threads; t++) largest = m->parts[t].largest[k] > largest ? m->parts[t].largest[k] : largest;
    scale[k] = (largest == NOTHING ? 0 : 16 * (int)ceil(largest / 16.0)) - UNIT_BITS;
  }
  return WEEG_OK;
}

/* Room for the sums of each thread; fewer threads where that is much. */
static weeg_status prepare(measurer *m, int *threads, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t sums = m->tally->entries * m->of->measures, products = m->tally->entries * m->pairs;
  const int64_t bytes = sums * (int64_t)sizeof(weeg_sum) + products * (int64_t)sizeof(weeg_product);
  if (*threads > MOST_THREADS) *threads = MOST_THREADS;
  while (*threads > 1 && *threads * bytes > MOST_BYTES) --*threads;
  WEEG_NEW(m->parts, *threads);
  for (int t = 0; t < *threads; t++) {
    part *p = &m->parts[t];
    p->infinite = -1;
    WEEG_NEW(p->largest, m->of->measures);
    for (int32_t k = 0; k < m->of->measures; k++) p->largest[k] = NOTHING;
    WEEG_NEW(p->wy, sums);
    WEEG_NEW(p->products, products);
  }
cleanup:
  return status;
}

/* A table of the entries, -1 where there is none; none where it would be large. */
static weeg_status find_places(measurer *m, int32_t **place, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *t = m->tally;
  const int64_t places = (int64_t)t->units * t->cells;
  if (places > MOST_PLACES) return WEEG_OK;
  WEEG_NEW(*place, places);
  for (int64_t i = 0; i < places; i++) (*place)[i] = -1;
  for (int64_t i = 0; i < t->entries; i++) (*place)[(int64_t)t->unit[i] * t->cells + t->cell[i]] = (int32_t)i;
  m->place = *place;
cleanup:
  return status;
}

/* All parts become the first one, which the tally gets. */
static void finish(measurer *m, int threads, int *scale, weeg_tally *tally) {
  const int64_t sums = tally->entries * m->of->measures, products = tally->entries * m->pairs;
  part *first = &m->parts[0];
  for (int t = 1; t < threads; t++) {
    for (int64_t i = 0; i < sums; i++) weeg_i_sum_add(&first->wy[i], m->parts[t].wy[i]);
    for (int64_t i = 0; i < products; i++) weeg_i_product_sum(&first->products[i], &m->parts[t].products[i]);
  }
  tally->measures = m->of->measures;
  tally->measure_scale = scale;
  tally->wy = first->wy;
  first->wy = NULL;
  if (m->pairs == 0) return;
  tally->products = first->products;
  first->products = NULL;
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
  WEEG_NEW(scale, of->measures);
  WEEG_TRY(prepare(&m, &threads, err));
  WEEG_TRY(find_places(&m, &place, err));
  WEEG_TRY(find_scales(&m, threads, hooks, scale, err));
  m.scale = scale;
  status = weeg_i_for_rows(r->rows, threads, hooks, measure_rows, &m);
  if (status != WEEG_OK) {
    (void)word_failure(status, err);
    goto cleanup;
  }
  finish(&m, threads, scale, tally);
  scale = NULL;
cleanup:
  for (int t = 0; m.parts != NULL && t < threads; t++) {
    weeg_free(m.parts[t].wy);
    weeg_free(m.parts[t].products);
    weeg_free(m.parts[t].largest);
  }
  weeg_free(m.parts);
  weeg_free(place);
  weeg_free(scale);
  return status;
}
