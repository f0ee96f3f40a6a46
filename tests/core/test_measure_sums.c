/*
 * Measures of sums that a database made: the bytes of weeg_tally_measure() of the same rows, where these are grouped by their
 * values too; and where sums cannot give them, nothing.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { ROWS = 900, UNITS = 5, MEASURES = 2, CELLS = 4, SUMS = 8, PARTS = 3, VALUES = 7, MOST = UNITS * VALUES * VALUES };

/* How weights are cut, and the values of measures. */
typedef struct kind {
  double low, high; /* of weights: doubles of all bits between these, or, if bits > 0, multiples of 2^-bits */
  int bits, parts, part_bits, lowest;
  double value[VALUES];
} kind;

static double uniform(void) { return ((double)sample_draw(1 << 30) + (double)sample_draw(1 << 22) * 0x1p-22) * 0x1p-30; }

static double weight_of(const kind *k) {
  const double w = k->low + (k->high - k->low) * uniform();
  return k->bits > 0 ? ldexp(floor(ldexp(w, k->bits)), -k->bits) : w;
}

/* Groups of rows as a query has them. */
typedef struct result {
  int64_t rows;
  int32_t unit[MOST], cell[MOST];
  double n[MOST], column[SUMS][MOST], largest[MOST], value[MEASURES][MOST];
  const double *sums[SUMS], *values[MEASURES];
} result;

static int32_t cell_of(double first, double second) { return (isnan(first) ? 2 : 0) + (isnan(second) ? 1 : 0); }

static void query(const int32_t *unit, const double *w, double *const *y, const int *which, const kind *k, result *r) {
  static int at[UNITS][VALUES][VALUES];
  memset(at, 0, sizeof at);
  memset(r, 0, sizeof *r);
  for (int i = 0; i < ROWS; i++) {
    if (w != NULL && !(w[i] > 0)) continue;
    int *g = &at[unit[i] - 1][which[i] / VALUES][which[i] % VALUES];
    if (*g == 0) {
      *g = (int)++r->rows;
      r->unit[*g - 1] = unit[i] - 1;
      r->cell[*g - 1] = cell_of(y[0][i], y[1][i]);
      for (int m = 0; m < MEASURES; m++) r->value[m][*g - 1] = y[m][i];
    }
    const int to = *g - 1;
    r->n[to]++;
    if (w == NULL) continue;
    double part[PARTS] = {0}, rest = ldexp(w[i], -k->lowest - (k->parts - 1) * k->part_bits);
    for (int p = 0; p < k->parts; p++) {
      part[p] = floor(rest);
      rest = ldexp(rest - part[p], k->part_bits);
      r->column[p][to] += part[p];
    }
    r->largest[to] = fmax(r->largest[to], part[0]);
    for (int p = 0; p < k->parts; p++) {
      for (int q = 0; q < k->parts; q++) r->column[k->parts + p + q][to] += part[p] * part[q];
    }
  }
  for (int s = 0; s < SUMS; s++) r->sums[s] = r->column[s];
  for (int m = 0; m < MEASURES; m++) r->values[m] = r->value[m];
}

static bool same_measures(const weeg_tally *a, const weeg_tally *b) {
  const size_t sums = (size_t)a->entries * MEASURES, products = (size_t)a->entries * (size_t)weeg_tally_pairs(MEASURES);
  if (!same_tally(a, b) || a->measures != MEASURES || b->measures != MEASURES) return false;
  if ((a->products == NULL) != (b->products == NULL)) return false;
  return memcmp(a->measure_scale, b->measure_scale, MEASURES * sizeof(int)) == 0 &&
         memcmp(a->wy, b->wy, sums * sizeof *a->wy) == 0 &&
         (a->products == NULL || memcmp(a->products, b->products, products * sizeof *a->products) == 0);
}

/* Of random rows by the sums, and by the rows themselves. exact: whether the sums can have them. */
static void compare(const kind *k, bool weighted, bool element, bool exact) {
  static int32_t unit[ROWS], known[MEASURES][ROWS];
  static int which[ROWS];
  static double w[ROWS], y[MEASURES][ROWS];
  static result r;
  double *const values[] = {y[0], y[1]};
  const weeg_column u = sample_column(unit, UNITS);
  const weeg_column columns[] = {sample_column(known[0], 1), sample_column(known[1], 1)};
  double largest = 1;
  for (int i = 0; i < ROWS; i++) {
    which[i] = sample_draw(VALUES * VALUES);
    unit[i] = sample_draw(UNITS) + 1;
    w[i] = i % 40 == 7 ? 0 : weight_of(k);
    largest = fmax(largest, w[i]);
    for (int m = 0; m < MEASURES; m++) {
      y[m][i] = k->value[m == 0 ? which[i] / VALUES : which[i] % VALUES];
      known[m][i] = !isnan(y[m][i]);
    }
  }
  query(unit, weighted ? w : NULL, values, which, k, &r);
  const weeg_rows *rows = ROWS_OF(columns, 2, &u, element, weighted ? w : NULL, largest, NULL, ROWS);
  const weeg_part_sums sums = {.element = element, .units = UNITS, .cells = CELLS, .max_weight = largest, .parts = k->parts,
                               .bits = k->part_bits, .lowest = k->lowest, .rows = r.rows, .unit = r.unit, .cell = r.cell,
                               .n = r.n, .sums = weighted ? r.sums : NULL};
  weeg_tally *built = NULL, *made = NULL;
  bool found = !exact;
  CHECK_OK(weeg_tally_build(rows, NULL, &built, NULL));
  CHECK_OK(weeg_tally_measure(&(weeg_measured){rows, MEASURES, (const double *const *)values}, NULL, built, NULL));
  CHECK_OK(weeg_tally_from_sums(&sums, &made, NULL));
  CHECK_OK(weeg_tally_measure_sums(&(weeg_sum_values){&sums, r.largest, MEASURES, r.values}, made, &found, NULL));
  CHECK(found == exact);
  if (exact) CHECK(made != NULL && built != NULL && same_measures(made, built));
  else CHECK(made != NULL && made->measures == 0 && made->wy == NULL);
  weeg_tally_free(built);
  weeg_tally_free(made);
}

static void test_same_bytes(void) {
  static const kind kinds[] = {
      {1, 8, 0, 3, 19, -52, {0, 1, -2, 35, NAN, 1e6, -0.5}},         /* all bits of weights, few of values */
      {0.001, 100, 0, 3, 23, -62, {NAN, NAN, 0, 1, 2, 3, 90}},
      {1, 8, 4, 1, 7, -4, {0.1, -0.1, 1.0 / 3, 1e3, NAN, 0, 3}},    /* few of weights, all of values */
      {0x1p100, 0x1p101, 0, 3, 18, 48, {0x1p-160, 0x1.8p-158, 0, NAN, -0x1p-159, 0x1p-157, 0x1.4p-155}},
      {1, 2, 10, 1, 12, -10, {0, 0, 0, NAN, 0, -0.0, NAN}},          /* no product at all */
  };
  for (int k = 0; k < (int)(sizeof kinds / sizeof *kinds); k++) {
    for (int element = 0; element < 2; element++) compare(&kinds[k], true, element == 1, true);
  }
  for (int element = 0; element < 2; element++) compare(&kinds[0], false, element == 1, true);
}

static void test_not_exact(void) {
  static const kind kinds[] = {
      {1, 8, 0, 3, 19, -52, {0.1, 1, 2, 3, 4, 5, 6}},               /* products have 106 bits, of which a sum has 86 */
      {1, 8, 0, 3, 19, -52, {0x1p60, 1, 2, 3, 4, 5, 6}},            /* a small value beside a large one */
      {0x1p-10, 8, 0, 3, 22, -62, {1, 2, 3, 4, 5, 6, 65536}},       /* a small weight */
  };
  for (int k = 0; k < (int)(sizeof kinds / sizeof *kinds); k++) {
    for (int element = 0; element < 2; element++) compare(&kinds[k], true, element == 1, false);
  }
}

/* One row of sums of one weight, which is below 2: its first part, and the last. */
static weeg_status one_sum(double first, double last, double largest, double y, bool *exact, int *scale, weeg_error *err) {
  static const int32_t place = 0;
  const double n = 1, *const sums[] = {&first, &last}, *const value[] = {&y};
  const weeg_part_sums from = {.units = 1, .cells = 2, .max_weight = 1.5, .parts = 2, .bits = 27, .lowest = -53, .rows = 1,
                               .unit = &place, .cell = &place, .n = &n, .sums = sums};
  weeg_tally *made = NULL;
  CHECK_OK(weeg_tally_from_sums(&from, &made, NULL));
  const weeg_status status = weeg_tally_measure_sums(&(weeg_sum_values){&from, &largest, 1, value}, made, exact, err);
  if (status == WEEG_OK && *exact) *scale = made->measure_scale[0];
  if (status != WEEG_OK) CHECK(made->measures == 0 && made->wy == NULL && made->products == NULL);
  if (status == WEEG_OK && *exact) {
    CHECK(weeg_tally_measure_sums(&(weeg_sum_values){&from, &largest, 1, value}, made, exact, NULL) == WEEG_ERR_ARGUMENT);
  }
  weeg_tally_free(made);
  return status;
}

/* The unit is that of the next power of 2^16 above the largest product, which the first part of the weight tells, or does not. */
static void test_unit(void) {
  static const struct {
    double largest, y;
    bool exact;
    int scale;
  } cases[] = {
      {0x1p26, 65535, true, 16 - 86},     {0x1p26, 65536, true, 32 - 86},    {0x1p26, -65536, true, 32 - 86},
      {0x1p26 - 1, 65536, false, 0},      {0x1p26 - 1, 65535, true, 16 - 86}, {0x1p26 - 1, 0.5, true, -86},
      {0x1p26, 0, true, -86},             {0x1p26, 0x1p1023, true, 1024 - 86}, {0x1.8p26, 0x1.8p1023, false, 0},
      {0x1p26, 0x1p-1060, false, 0},
  };
  for (int k = 0; k < (int)(sizeof cases / sizeof *cases); k++) {
    bool exact = !cases[k].exact;
    int scale = 0;
    const double last = cases[k].largest < 0x1p26 ? 5 : 0;
    CHECK_OK(one_sum(cases[k].largest, last, cases[k].largest, cases[k].y, &exact, &scale, NULL));
    CHECK(exact == cases[k].exact && scale == cases[k].scale);
  }
}

static void test_refused(void) {
  const double infinite[] = {INFINITY, -INFINITY};
  for (int k = 0; k < 2; k++) {
    weeg_error err = {0};
    bool exact = true;
    int scale = 0;
    CHECK(one_sum(1, 0, 1, infinite[k], &exact, &scale, &err) == WEEG_ERR_ARGUMENT);
    CHECK(err.facts.fault == WEEG_FAULT_INFINITE && err.facts.number == 0 && err.where == 0);
  }
  const int32_t place = 0, elsewhere = 1;
  const double n = 1, y = 2, *const value[] = {&y};
  weeg_part_sums from = {.units = 1, .cells = 2, .rows = 1, .unit = &place, .cell = &place, .n = &n};
  weeg_tally *made = NULL;
  bool exact = false;
  CHECK_OK(weeg_tally_from_sums(&from, &made, NULL));
  CHECK(weeg_tally_measure_sums(&(weeg_sum_values){&from, NULL, 0, value}, made, &exact, NULL) == WEEG_ERR_ARGUMENT);
  from.cell = &elsewhere;
  CHECK(weeg_tally_measure_sums(&(weeg_sum_values){&from, NULL, 1, value}, made, &exact, NULL) == WEEG_ERR_ARGUMENT);
  CHECK(made->wy == NULL);
  from.cell = &place;
  from.element = true;
  CHECK(weeg_tally_measure_sums(&(weeg_sum_values){&from, NULL, 1, value}, made, &exact, NULL) == WEEG_ERR_ARGUMENT);
  weeg_tally_free(made);
}

int main(void) {
  test_same_bytes();
  test_not_exact();
  test_unit();
  test_refused();
  return test_report("measure_sums");
}
