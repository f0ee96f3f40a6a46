/* A tally of sums that a database made: parts of weights, added as doubles. See weeg_part_sums in weeg.h. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/sum.h"
#include "tally/tally.h"

enum { PARTS = 4, DIAGONALS = 7, PART_BITS = 22, FIRST_BITS = 20, HALF_BITS = 23 };

/* What a sum of doubles can count without rounding: numbers below 2^23 of 2^29 rows are below 2^53. */
static const double MOST_ROWS = 0x1p29, MOST_TOTAL = 0x1p40;

/* The largest that each sum is of one row. */
typedef struct limits {
  double sum[PARTS + 2 * DIAGONALS];
} limits;

static double largest_part(int k) { return ldexp(1, k == 0 ? FIRST_BITS : PART_BITS) - 1; }

static limits find_limits(void) {
  limits most = {{0}};
  for (int k = 0; k < PARTS; k++) most.sum[k] = largest_part(k);
  for (int m = 0; m < DIAGONALS; m++) {
    double diagonal = 0; /* below 2^46 */
    for (int i = 0; i < PARTS; i++) {
      if (m - i >= 0 && m - i < PARTS) diagonal += largest_part(i) * largest_part(m - i);
    }
    most.sum[PARTS + m] = floor(ldexp(diagonal, -HALF_BITS));
    most.sum[PARTS + DIAGONALS + m] = ldexp(1, HALF_BITS) - 1;
  }
  return most;
}

/* number: of the sum, from 0, or -1: the count. */
static weeg_status fail_inexact(weeg_error *err, int64_t row, int number, double value, double limit) {
  char what[16] = "count";
  if (number >= 0) (void)snprintf(what, sizeof what, "sum %d", number + 1);
  (void)weeg_fail(err, WEEG_ERR_ARGUMENT, row, "%s in row %lld is %.17g, which exact arithmetic does not give", what,
                  (long long)row + 1, value);
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

static weeg_status check_row(const weeg_part_sums *from, int64_t i, double total, weeg_error *err) {
  if (from->unit[i] < 0 || from->unit[i] >= from->units || from->cell[i] < 0 || from->cell[i] >= from->cells) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "the unit or cell of row %lld is not in the tally", (long long)i + 1);
  }
  const double n = from->n[i], most = from->sums == NULL ? MOST_TOTAL : MOST_ROWS;
  if (!is_whole(n, 1, HUGE_VAL)) return fail_inexact(err, i, -1, n, most);
  if (n > most) {
    return weeg_fail(err, WEEG_ERR_TOO_LARGE, i, "row %lld counts %.0f rows, more than %.0f", (long long)i + 1, n, most);
  }
  if (n > MOST_TOTAL - total) return weeg_fail(err, WEEG_ERR_TOO_LARGE, i, "there are more than 2^40 rows");
  return WEEG_OK;
}

/* sum * 2^22 + digit */
static weeg_sum append(weeg_sum sum, uint64_t digit) {
  sum = (weeg_sum){sum.hi << PART_BITS | sum.lo >> (64 - PART_BITS), sum.lo << PART_BITS};
  weeg_i_sum_add(&sum, (weeg_sum){0, digit});
  return sum;
}

/* The same of a square that is settled: the 22 bits at the top of its low go over to high. */
static weeg_square append_square(weeg_square square, weeg_sum digit) {
  square.high = append(square.high, square.low.hi);
  square.low = append((weeg_sum){0, square.low.lo}, 0);
  weeg_i_sum_add(&square.low, digit);
  return weeg_i_square_settled(square);
}

/*
 * A square has the parity of its root, and what is not a square in a diagonal is twice something: so has the sum of a diagonal
 * that of its part, or is even. That of one row is the square of its weight. Rounded sums do not keep to that.
 */
static bool is_square(const uint64_t *sum, int64_t n, weeg_sum w, weeg_square w2) {
  for (int m = 0; m < DIAGONALS; m++) {
    const uint64_t root = m % 2 == 0 ? sum[m / 2] : 0;
    if ((sum[PARTS + DIAGONALS + m] ^ root) & 1) return false;
  }
  const weeg_square one = weeg_i_square_of(w);
  return n > 1 || (one.high.hi == w2.high.hi && one.high.lo == w2.high.lo && one.low.hi == w2.low.hi && one.low.lo == w2.low.lo);
}

static weeg_status add_sums(const weeg_part_sums *from, int64_t i, const limits *most, tally_entry *to, weeg_error *err) {
  const int count = from->element ? PARTS + 2 * DIAGONALS : PARTS;
  uint64_t sum[PARTS + 2 * DIAGONALS];
  weeg_sum w = {0, 0};
  weeg_square w2 = {{0, 0}, {0, 0}};
  for (int k = 0; k < count; k++) {
    const double x = from->sums[k][i], limit = from->n[i] * most->sum[k];
    if (!is_whole(x, 0, limit)) return fail_inexact(err, i, k, x, limit);
    sum[k] = (uint64_t)x;
  }
  for (int k = 0; k < PARTS; k++) w = append(w, sum[k]);
  for (int m = 0; m < DIAGONALS && from->element; m++) {
    const uint64_t half = sum[PARTS + m];
    weeg_sum digit = {half >> (64 - HALF_BITS), half << HALF_BITS};
    weeg_i_sum_add(&digit, (weeg_sum){0, sum[PARTS + DIAGONALS + m]});
    w2 = append_square(w2, digit);
  }
  if (from->element && !is_square(sum, (int64_t)from->n[i], w, w2)) {
    return fail_inexact(err, i, PARTS, from->sums[PARTS][i], from->n[i] * most->sum[PARTS]);
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
  const limits most = find_limits();
  const int scale = weeg_sum_scale(weighted ? from->max_weight : 1);
  if (from->units < 0 || from->cells < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a tally needs at least one cell");
  if (weighted && !(from->max_weight >= 0 && from->max_weight <= 0x1p480)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the largest weight is not between 0 and 2^480");
  }
  for (int64_t i = 0; i < from->rows; i++) {
    WEEG_TRY(check_row(from, i, total, err));
    tally_entry *entry =
        weeg_i_hash_find(&hash, (uint64_t)from->unit[i] * (uint64_t)from->cells + (uint64_t)from->cell[i]);
    if (entry == NULL) {
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
      goto cleanup;
    }
    if (weighted) WEEG_TRY(add_sums(from, i, &most, entry, err));
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
