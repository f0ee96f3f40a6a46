/* A tally of sums that a database made: parts of weights, added as doubles. See weeg_part_sums in weeg.h. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/sum.h"
#include "base/wide.h"
#include "tally/tally.h"

enum { MOST_PARTS = 9, MOST_SUMS = 3 * MOST_PARTS - 1, MOST_BITS = 53, WEIGHT_BITS = 86 };

/* What a sum of doubles can count without rounding. */
static const double MOST_SUM = 0x1p53, MOST_TOTAL = 0x1p40;

/* How weights are cut, what each sum can be of one row, and the most rows whose sums are exact. */
typedef struct cut {
  int parts, bits, diagonals, sums;
  int shift; /* the unit of the last part is 2^shift units of the tally */
  double largest[MOST_SUMS], most_rows;
} cut;

static weeg_status find_cut(const weeg_part_sums *from, int scale, cut *c, weeg_error *err) {
  *c = (cut){.parts = from->parts, .bits = from->bits, .most_rows = MOST_TOTAL};
  if (from->sums == NULL) return WEEG_OK;
  if (!(from->max_weight >= 0 && from->max_weight <= 0x1p480)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the largest weight is not between 0 and 2^480");
  }
  const bool sound = c->parts >= 1 && c->parts <= MOST_PARTS && c->bits >= 1 && c->bits <= MOST_BITS && from->lowest >= scale &&
                     from->lowest < scale + WEIGHT_BITS - (c->parts - 1) * c->bits &&
                     ldexp(from->max_weight, -from->lowest - c->parts * c->bits) < 1;
  if (!sound) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "weights up to %g cannot be cut into %d parts of %d bits down to 2^%d",
                     from->max_weight, from->parts, from->bits, from->lowest);
  }
  c->shift = from->lowest - scale;
  c->diagonals = from->element ? 2 * c->parts - 1 : 0;
  c->sums = c->parts + c->diagonals;
  for (int k = 0; k < c->parts; k++) c->largest[k] = ldexp(1, c->bits) - 1;
  c->largest[0] = floor(ldexp(from->max_weight, -from->lowest - (c->parts - 1) * c->bits));
  for (int m = 0; m < c->diagonals; m++) {
    for (int i = 0; i < c->parts; i++) {
      if (m - i >= 0 && m - i < c->parts) c->largest[c->parts + m] += c->largest[i] * c->largest[m - i];
    }
  }
  double most = 1;
  for (int k = 0; k < c->sums; k++) most = fmax(most, c->largest[k]);
  c->most_rows = fmin(floor(MOST_SUM / most), MOST_TOTAL);
  return WEEG_OK;
}

/* number: of the sum, from 0, or -1: the count. */
static weeg_status fail_inexact(weeg_error *err, int64_t row, int number, double value, double limit) {
  if (number < 0) {
    (void)weeg_fail(err, WEEG_ERR_ARGUMENT, row, "count in row %lld is %.17g, which exact arithmetic does not give",
                    (long long)row + 1, value);
  } else {
    (void)weeg_fail(err, WEEG_ERR_ARGUMENT, row, "sum %d in row %lld is %.17g, which exact arithmetic does not give", number + 1,
                    (long long)row + 1, value);
  }
  if (err != NULL) {
    err->facts.fault = WEEG_FAULT_INEXACT;
    err->facts.row = row;
    err->facts.number = number;
    err->facts.value = value;
    err->facts.limit = limit;
  }
  return WEEG_ERR_ARGUMENT;
}

static bool is_whole(double x, double low, double high) { return x >= low && x <= high && floor(x) == x; }

static weeg_status check_row(const weeg_part_sums *from, int64_t i, double total, double most, weeg_error *err) {
  if (from->unit[i] < 0 || from->unit[i] >= from->units || from->cell[i] < 0 || from->cell[i] >= from->cells) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "the unit or cell of row %lld is not in the tally", (long long)i + 1);
  }
  const double n = from->n[i];
  if (!is_whole(n, 1, HUGE_VAL)) return fail_inexact(err, i, -1, n, most);
  if (n > most) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, i, "row %lld counts %.0f rows, more than %.0f", (long long)i + 1, n, most);
  }
  if (n > MOST_TOTAL - total) return weeg_fail(err, WEEG_ERR_TOO_LARGE, i, "there are more than 2^40 rows");
  return WEEG_OK;
}

/* x 2^by, by below 127 */
static weeg_sum raised(uint64_t x, int by) {
  if (by >= 64) return (weeg_sum){x << (by - 64), 0};
  return (weeg_sum){by == 0 ? 0 : x >> (64 - by), x << by};
}

/* The same added to a square, which has 86 bits in its low. */
static void add_raised(weeg_square *to, uint64_t x, int by) {
  const int room = WEIGHT_BITS - by;
  if (room <= 0) {
    weeg_i_sum_add(&to->high, raised(x, -room));
    return;
  }
  const uint64_t above = room < 64 ? x >> room : 0;
  weeg_i_sum_add(&to->high, (weeg_sum){0, above});
  weeg_i_sum_add(&to->low, raised(room < 64 ? x - (above << room) : x, by));
}

/*
 * A square has the parity of its root, and what is not a square in a diagonal is twice something: so has the sum of a diagonal
 * that of its part, or is even. That of one row is the square of its weight. Rounded sums do not keep to that.
 */
static bool is_square(const uint64_t *sum, const cut *c, int64_t n, weeg_sum w, weeg_square w2) {
  for (int m = 0; m < c->diagonals; m++) {
    const uint64_t root = m % 2 == 0 ? sum[m / 2] : 0;
    if ((sum[c->parts + m] ^ root) & 1) return false;
  }
  const weeg_square one = weeg_i_square_of(w);
  return n > 1 || (one.high.hi == w2.high.hi && one.high.lo == w2.high.lo && one.low.hi == w2.low.hi && one.low.lo == w2.low.lo);
}

static weeg_status add_sums(const weeg_part_sums *from, int64_t i, const cut *c, tally_entry *to, weeg_error *err) {
  uint64_t sum[MOST_SUMS];
  weeg_sum w = {0, 0};
  weeg_square w2 = {{0, 0}, {0, 0}};
  for (int k = 0; k < c->sums; k++) {
    const double x = from->sums[k][i], limit = from->n[i] * c->largest[k];
    if (!is_whole(x, 0, limit)) return fail_inexact(err, i, k, x, limit);
    sum[k] = (uint64_t)x;
  }
  for (int k = 0; k < c->parts; k++) weeg_i_sum_add(&w, raised(sum[k], c->shift + (c->parts - 1 - k) * c->bits));
  for (int m = 0; m < c->diagonals; m++) {
    add_raised(&w2, sum[c->parts + m], 2 * c->shift + (c->diagonals - 1 - m) * c->bits);
  }
  w2 = weeg_i_square_settled(w2);
  if (from->element && !is_square(sum, c, (int64_t)from->n[i], w, w2)) {
    return fail_inexact(err, i, c->parts, from->sums[c->parts][i], from->n[i] * c->largest[c->parts]);
  }
  weeg_i_sum_add(&to->w, w);
  weeg_i_square_add(&to->w2, w2);
  return WEEG_OK;
}

weeg_status weeg_tally_from_sums(const weeg_part_sums *from, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  tally_hash hash = {0};
  double total = 0;
  const bool weighted = from->sums != NULL;
  cut c;
  const int scale = weeg_sum_scale(weighted ? from->max_weight : 1);
  if (from->units < 0 || from->cells < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a tally needs at least one cell");
  WEEG_TRY(find_cut(from, scale, &c, err));
  for (int64_t i = 0; i < from->rows; i++) {
    WEEG_TRY(check_row(from, i, total, c.most_rows, err));
    tally_entry *entry =
        weeg_i_hash_find(&hash, (uint64_t)from->unit[i] * (uint64_t)from->cells + (uint64_t)from->cell[i]);
    if (entry == NULL) {
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
      goto cleanup;
    }
    if (weighted) WEEG_TRY(add_sums(from, i, &c, entry, err));
    entry->n += (int64_t)from->n[i];
    total += from->n[i];
  }
  status = weeg_i_hash_sort(&hash);
  if (status != WEEG_OK) {
    (void)weeg_fail(err, status, -1, "not enough memory");
    goto cleanup;
  }
  WEEG_TRY(weeg_i_tally_from_entries(hash.entry, hash.numbers.count, from->element, from->units, from->cells, scale, tally, err));
  const weeg_sum one = weeg_i_sum_of_unit(weeg_i_sum_factor(scale));
  for (int64_t i = 0; !weighted && i < (*tally)->entries; i++) weeg_i_tally_weigh_entry(*tally, i, one);
cleanup:
  weeg_i_hash_clear(&hash);
  return status;
}

/* ---- measures ---- */

/* |y| = the integer, which is odd or 0, times 2^*exponent. */
static int64_t odd_part(double y, int *exponent) {
  int64_t odd = (int64_t)ldexp(frexp(fabs(y), exponent), 53);
  *exponent -= 53;
  for (; odd != 0 && odd % 2 == 0; odd /= 2) ++*exponent;
  return odd;
}

/* The exponent of the lowest part's unit; of weights that are all 1, that of 1. */
static int lowest_of(const weeg_part_sums *sums) { return sums->sums == NULL ? 0 : sums->lowest; }

/* Between which the largest weight of a row of sums is. */
static void find_ends(const weeg_sum_values *of, int64_t i, double *low, double *high) {
  const weeg_part_sums *sums = of->sums;
  *low = *high = 1;
  if (sums->sums == NULL) return;
  const int exponent = sums->lowest + (sums->parts - 1) * sums->bits;
  *low = ldexp(of->largest[i], exponent);
  *high = sums->parts == 1 ? *low : ldexp(of->largest[i] + 1, exponent);
}

/*
 * The unit of a measure, as weeg_tally_measure() has it, and whether all products are multiples of it. Products are compared as
 * they are rounded, there and here.
 */
static weeg_status find_unit(const weeg_sum_values *of, int32_t k, int *scale, bool *exact, weeg_error *err) {
  const double *y = of->values[k];
  double least = 0, most = 0;
  int size = 0, most_size = 0, finest = 0;
  bool some = false;
  for (int64_t i = 0; i < of->sums->rows; i++) {
    double low, high;
    int exponent;
    if (isinf(y[i])) {
      (void)weeg_fail(err, WEEG_ERR_ARGUMENT, i, "the value of measure %d is infinite", k + 1);
      if (err != NULL) {
        err->facts.fault = WEEG_FAULT_INFINITE;
        err->facts.number = k;
        err->facts.row = i;
      }
      return WEEG_ERR_ARGUMENT;
    }
    if (isnan(y[i]) || y[i] == 0) continue;
    find_ends(of, i, &low, &high);
    least = fmax(least, low * fabs(y[i]));
    most = fmax(most, high * fabs(y[i]));
    (void)odd_part(y[i], &exponent);
    finest = some && finest < exponent ? finest : exponent;
    some = true;
  }
  (void)frexp(least, &size);
  (void)frexp(most, &most_size);
  const int above = some ? (int)ceil(size / 16.0) : 0;
  *scale = 16 * above - WEIGHT_BITS;
  *exact = !some || (least >= DBL_MIN && most <= DBL_MAX && above == (int)ceil(most_size / 16.0) &&
                     finest + lowest_of(of->sums) >= *scale);
  return WEEG_OK;
}

/* The sum of weights, and of their squares, in units of the lowest part. */
static void find_sums(const weeg_part_sums *from, int64_t i, wide *w, wide *w2) {
  const int parts = from->parts, diagonals = from->element ? 2 * parts - 1 : 0;
  *w = *w2 = weeg_i_wide_of((int64_t)from->n[i]);
  if (from->sums == NULL) return;
  *w = *w2 = weeg_i_wide_of(0);
  for (int p = 0; p < parts; p++) {
    *w = weeg_i_wide_add(*w, weeg_i_wide_shift(weeg_i_wide_of((int64_t)from->sums[p][i]), (parts - 1 - p) * from->bits));
  }
  for (int d = 0; d < diagonals; d++) {
    const wide sum = weeg_i_wide_of((int64_t)from->sums[parts + d][i]);
    *w2 = weeg_i_wide_add(*w2, weeg_i_wide_shift(sum, (diagonals - 1 - d) * from->bits));
  }
}

/* y in units that those of weights are multiplied by to give units of the measure; what is not 0 has no bits below 1. */
static wide in_measure(const weeg_sum_values *of, double y, int scale) {
  int exponent;
  const wide none = weeg_i_wide_of(0);
  if (isnan(y) || y == 0) return none;
  const wide odd = weeg_i_wide_of(odd_part(y, &exponent));
  const wide size = weeg_i_wide_shift(odd, exponent + lowest_of(of->sums) - scale);
  return y < 0 ? weeg_i_wide_less(none, size) : size;
}

static void add_measures(const weeg_sum_values *of, int64_t i, const int *scale, int64_t entry, weeg_tally *to, wide *y) {
  wide w, w2;
  weeg_sum *wy = to->wy + entry * of->measures;
  find_sums(of->sums, i, &w, &w2);
  for (int32_t k = 0; k < of->measures; k++) {
    y[k] = in_measure(of, of->values[k][i], scale[k]);
    const wide sum = weeg_i_wide_times(w, y[k]);
    weeg_i_sum_add(&wy[k], (weeg_sum){sum.limb[1], sum.limb[0]});
    for (int32_t j = -1; j <= k && to->products != NULL; j++) {
      /* j = -1: times the weight, in units of the tally's weights */
      const wide other = j < 0 ? weeg_i_wide_shift(weeg_i_wide_of(1), lowest_of(of->sums) - to->scale) : y[j];
      const wide product = weeg_i_wide_times(weeg_i_wide_times(w2, y[k]), other);
      weeg_product x;
      memcpy(x.limb, product.limb, sizeof x.limb);
      weeg_i_product_sum(&to->products[entry * weeg_tally_pairs(of->measures) + weeg_tally_pairs(k) + j + 1], &x);
    }
  }
}

weeg_status weeg_tally_measure_sums(const weeg_sum_values *of, weeg_tally *tally, bool *exact, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int *scale = NULL;
  wide *y = NULL;
  *exact = true;
  if (tally->measures > 0 || of->measures < 1 || of->sums->element != tally->element) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "measures are added once, with the sums of the tally");
  }
  WEEG_NEW(scale, of->measures);
  WEEG_NEW(y, of->measures);
  for (int32_t k = 0; k < of->measures && *exact; k++) WEEG_TRY(find_unit(of, k, &scale[k], exact, err));
  if (!*exact) goto cleanup;
  WEEG_NEW(tally->wy, tally->entries * of->measures);
  if (tally->element) WEEG_NEW(tally->products, tally->entries * weeg_tally_pairs(of->measures));
  for (int64_t i = 0; i < of->sums->rows; i++) {
    const int64_t entry = weeg_i_tally_find(tally, of->sums->unit[i], of->sums->cell[i]);
    if (entry < 0) {
      status = weeg_fail(err, WEEG_ERR_ARGUMENT, i, "the sums are not those of the tally");
      goto cleanup;
    }
    add_measures(of, i, scale, entry, tally, y);
  }
  tally->measures = of->measures;
  tally->measure_scale = scale;
  scale = NULL;
cleanup:
  if (status != WEEG_OK) {
    weeg_free(tally->wy);
    weeg_free(tally->products);
    tally->wy = NULL;
    tally->products = NULL;
  }
  weeg_free(scale);
  weeg_free(y);
  return status;
}
