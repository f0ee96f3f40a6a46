/*
 * Tallies of sums that a database made: the bytes of weeg_tally_build() of the same rows. The sums are made here as SQL makes
 * them, by floor() and additions of doubles; what is none of exact arithmetic is noticed.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { SUMS = 26, ROWS = 3000, UNITS = 7, LEVELS = 3, CELLS = LEVELS + 1, MOST_GROUPS = 4 * UNITS * CELLS };

/* The smallest multiple of 16 with x < 2^E, not below -960. */
static int exponent_of(double x) {
  int e = -960;
  while (x >= ldexp(1, e)) e += 16;
  return e;
}

/* How weights are cut: parts, bits of each, and the exponent of the unit of the last. */
typedef struct cut {
  int parts, bits, lowest;
} cut;

/* The parts of a weight, and the diagonals of its square, pair by pair. */
static void cut_weight(double w, cut c, double *to) {
  double r = ldexp(w, -c.lowest - (c.parts - 1) * c.bits);
  memset(to, 0, SUMS * sizeof *to);
  for (int k = 0; k < c.parts; k++) {
    to[k] = floor(r);
    r = ldexp(r - to[k], c.bits);
  }
  for (int i = 0; i < c.parts; i++) {
    for (int j = 0; j < c.parts; j++) to[c.parts + i + j] += to[i] * to[j];
  }
}

/* The rows of a query's result, in any order; some units and cells have several rows, as of several servers. */
typedef struct result {
  int64_t rows;
  int32_t unit[MOST_GROUPS], cell[MOST_GROUPS];
  double n[MOST_GROUPS], column[SUMS][MOST_GROUPS];
  const double *sums[SUMS];
} result;

static void swap(double *a, double *b) {
  const double kept = *a;
  *a = *b;
  *b = kept;
}

static void query(const int32_t *unit, const int32_t *level, const double *w, int64_t rows, int servers, cut c, result *r) {
  static int at[4][UNITS][CELLS];
  double parts[SUMS];
  memset(at, 0, sizeof at);
  memset(r, 0, sizeof *r);
  for (int64_t i = 0; i < rows; i++) {
    const int cell = level[i] >= 1 && level[i] <= LEVELS ? level[i] - 1 : LEVELS;
    if (w != NULL && !(w[i] > 0)) continue;
    int *g = &at[sample_draw(servers)][unit[i] - 1][cell];
    if (*g == 0) {
      *g = (int)++r->rows;
      r->unit[*g - 1] = unit[i] - 1;
      r->cell[*g - 1] = cell;
    }
    r->n[*g - 1]++;
    if (w == NULL) continue;
    cut_weight(w[i], c, parts);
    for (int k = 0; k < SUMS; k++) r->column[k][*g - 1] += parts[k];
  }
  for (int64_t i = r->rows - 1; i > 0; i--) {
    const int32_t j = sample_draw((int32_t)i + 1), unit_i = r->unit[i], cell_i = r->cell[i];
    r->unit[i] = r->unit[j], r->unit[j] = unit_i;
    r->cell[i] = r->cell[j], r->cell[j] = cell_i;
    swap(&r->n[i], &r->n[j]);
    for (int k = 0; k < SUMS; k++) swap(&r->column[k][i], &r->column[k][j]);
  }
  for (int k = 0; k < SUMS; k++) r->sums[k] = r->column[k];
}

static weeg_part_sums sums_of(const result *r, bool element, bool weighted, double max, cut c) {
  return (weeg_part_sums){.element = element, .units = UNITS, .cells = CELLS, .max_weight = max, .parts = c.parts,
                          .bits = c.bits, .lowest = c.lowest, .rows = r->rows, .unit = r->unit, .cell = r->cell, .n = r->n,
                          .sums = weighted ? r->sums : NULL};
}

/* ---- the same bytes ---- */

static double uniform(void) { return ((double)sample_draw(1 << 30) + (double)sample_draw(1 << 22) * 0x1p-22) * 0x1p-30; }

/* Weights of many kinds; the first of them is the largest. */
static double weight_of(int kind, int i) {
  static const double edges[] = {0x1.fffffffffffffp+15, 5e-324, 0x1p-1074, 0x1p-1022, 0x1.fffffffffffffp-1023, 1, 0x1p-70,
                                 0x1p-71, 0x1p-1060, 0x1.fffffffffffffp-18, 0x1.5555555555555p-2, 0};
  static const double largest[] = {1e6, 0, 0x1p480, 0x1p-1030, 65536, 0x1.fffffffffffffp-961, 0x1p-960, 5e-324, 1, 0};
  const double max = largest[kind];
  switch (kind) {
  case 0: return i == 0 ? max : pow(10, 6 * uniform());                        /* six orders of magnitude */
  case 1: return edges[i % 12];
  case 2: return i == 0 ? max : i % 3 == 0 ? 5e-324 * i : max * pow(2, -1500 * uniform());
  case 3: return i == 0 ? max : max * uniform();                              /* subnormal numbers */
  case 4: return i == 0 ? max : i % 5 == 0 ? 0 : max * uniform();
  case 5: return i == 0 ? max : max * pow(2, -90 * uniform());
  case 6: return i == 0 ? max : nextafter(max, 0) * uniform();
  case 7: return i % 2 == 0 ? max : 0;
  case 8: return max;
  default: return 0;
  }
}

/* The bits of all weights, down to the lowest that the tally has and any of them may have, in few parts and many. */
static cut cut_for(const double *w, int64_t rows, double max, bool element, int variant) {
  static const int many[] = {6, 7, 9};
  const int unit = (max == 0 ? 0 : exponent_of(max)) - 86;
  int top = 0, lowest = unit;
  double least = max;
  for (int64_t i = 0; i < rows; i++) least = w[i] > 0 && w[i] < least ? w[i] : least;
  if (variant % 2 == 1 && least > 0) {
    (void)frexp(least, &lowest);
    lowest = lowest - 53 > unit ? lowest - 53 : unit;
  }
  (void)frexp(max, &top);
  const int bits = top - lowest > 1 ? top - lowest : 1;
  const int parts = bits < 10 ? 1 : element ? many[variant % 3] : 2 + variant % 3;
  return (cut){parts, (bits + parts - 1) / parts, lowest};
}

static void test_same_bytes(void) {
  static int32_t unit[ROWS], level[ROWS];
  static double w[ROWS];
  static result r;
  const weeg_column u = sample_column(unit, UNITS), v = sample_column(level, LEVELS);
  for (int kind = -1; kind < 10; kind++) { /* -1: no weights */
    double max = 0;
    for (int i = 0; i < ROWS; i++) {
      unit[i] = sample_draw(UNITS - 1) + 1; /* the last one has no rows */
      level[i] = sample_draw(LEVELS + 2);
      w[i] = kind < 0 ? 1 : weight_of(kind, i);
      max = fmax(max, w[i]);
    }
    CHECK(kind < 0 || weeg_sum_scale(max) + 86 == (max == 0 ? 0 : exponent_of(max)));
    for (int variant = 0; variant < 18; variant++) {
      const bool element = variant % 2 == 1;
      const int64_t rows = variant % 6 < 4 ? ROWS : 20; /* cells of one row */
      const double *weights = kind < 0 ? NULL : w;
      weeg_tally *built = NULL, *made = NULL;
      CHECK_OK(weeg_tally_build(ROWS_OF(&v, 1, &u, element, weights, max, NULL, rows), NULL, &built, NULL));
      const cut c = cut_for(w, ROWS, max, element, variant / 2);
      query(unit, level, weights, rows, variant % 6 < 2 ? 1 : 4, c, &r);
      const weeg_part_sums from = sums_of(&r, element, weights != NULL, max, c);
      CHECK_OK(weeg_tally_from_sums(&from, &made, NULL));
      CHECK(made != NULL && built != NULL && same_tally(made, built));
      if (made != NULL) CHECK_OK(weeg_tally_check(made, true, NULL));
      weeg_tally_free(built);
      weeg_tally_free(made);
    }
  }
}

/* As many rows as there can be, all of one weight: n times its integer, and n times that of its square. */
static void test_most(void) {
  static const double weight[] = {0x1.fffffffffffffp+15, 1.0 / 3};
  for (int k = 0; k < 2; k++) {
    const int32_t place = 0;
    const double n = 0x1p29;
    double sum[SUMS];
    const double *sums[SUMS];
    weeg_tally *one = NULL, *many = NULL;
    const cut c = {9, 10, (k == 0 ? 16 : 0) - 86};
    cut_weight(weight[k], c, sum);
    for (int j = 0; j < SUMS; j++) sum[j] *= n, sums[j] = &sum[j];
    const weeg_part_sums from = {.element = true, .units = 1, .cells = 2, .max_weight = weight[k],
                                 .parts = c.parts, .bits = c.bits, .lowest = c.lowest, .rows = 1, .unit = &place, .cell = &place,
                                 .n = &n, .sums = sums};
    CHECK_OK(weeg_tally_from_sums(&from, &many, NULL));
    const weeg_column u = {NULL, WEEG_CODE_I32, 1}, v = {NULL, WEEG_CODE_I32, 1};
    CHECK_OK(weeg_tally_build(ROWS_OF(&v, 1, &u, true, &weight[k], weight[k], NULL, 1), NULL, &one, NULL));
    for (int times = 0; times < 29; times++) { /* doubled */
      weeg_tally *sum_of_two = NULL;
      CHECK_OK(weeg_tally_merge(PART(one, NULL, NULL), PART(one, NULL, NULL), 1, 2, &sum_of_two, NULL));
      weeg_tally_free(one);
      one = sum_of_two;
    }
    CHECK(one != NULL && many != NULL && same_tally(one, many));
    weeg_tally_free(one);
    weeg_tally_free(many);
  }
}

/* ---- what is refused ---- */

/* Weights up to 12 in five parts; the first part is in units of 4. */
static const cut five = {5, 18, 16 - 86};

/* The largest of one row: of parts, and of diagonals. */
static double largest_of(int k) {
  const double a = 3, b = 0x1p18 - 1;
  const double t[] = {a * a,         2 * a * b,     2 * a * b + b * b, 2 * a * b + 2 * b * b, 2 * a * b + 3 * b * b, 4 * b * b,
                      3 * b * b,     2 * b * b,     b * b};
  return k == 0 ? a : k < 5 ? b : t[k - 5];
}

static void check_refused(const weeg_part_sums *from, weeg_status expected, weeg_fault fault, int64_t row, int number) {
  weeg_tally *t = NULL;
  weeg_error err = {0};
  CHECK_STATUS(weeg_tally_from_sums(from, &t, &err), expected);
  CHECK(t == NULL && err.where == row && err.facts.fault == fault && err.message[0] != '\0');
  if (fault == WEEG_FAULT_INEXACT) CHECK(err.facts.row == row && err.facts.number == number && err.facts.limit > 0);
  CHECK_STATUS(weeg_tally_from_sums(from, &t, NULL), expected);
  weeg_tally_free(t);
}

static void test_refused(void) {
  static const int32_t unit[] = {1, 2, 1, 2, 1, 3, 2, 1}, level[] = {1, 2, 1, 3, 1, 2, 1, 1};
  static const double w[] = {3.3, 0.7, 1.0 / 3, 9.1, 5, 11.7, 0.001, 8};
  static result r;
  query(unit, level, w, 8, 1, five, &r);
  for (int element = 0; element < 2; element++) {
    const weeg_part_sums sound = sums_of(&r, element == 1, true, 12, five);
    weeg_tally *t = NULL;
    CHECK_OK(weeg_tally_from_sums(&sound, &t, NULL));
    weeg_tally_free(t);
    for (int64_t i = 0; i < r.rows; i++) {
      for (int k = 0; k < (element == 1 ? 14 : 5); k++) {
        double *x = &r.column[k][i];
        const double kept = *x, n = r.n[i];
        const double most = n * largest_of(k);
        const double wrong[] = {kept + 0.5, -1, NAN, INFINITY, -INFINITY, most + 1, 0x1p60, nextafter(kept, HUGE_VAL)};
        for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
          weeg_error err = {0};
          *x = wrong[j];
          check_refused(&sound, WEEG_ERR_ARGUMENT, WEEG_FAULT_INEXACT, i, k);
          CHECK_STATUS(weeg_tally_from_sums(&sound, &t, &err), WEEG_ERR_ARGUMENT);
          CHECK(err.facts.limit == most && (err.facts.value == wrong[j] || (isnan(wrong[j]) && isnan(err.facts.value))));
        }
        /* one too much or too little, which squares show */
        for (int one = -1; one <= 1 && element == 1; one += 2) {
          *x = kept + one;
          if (*x < 0 || *x > most) continue;
          weeg_error err = {0};
          CHECK_STATUS(weeg_tally_from_sums(&sound, &t, &err), WEEG_ERR_ARGUMENT);
          CHECK(err.facts.fault == WEEG_FAULT_INEXACT && err.where == i);
        }
        *x = kept;
      }
    }
  }
  const double rows_of_five = floor(0x1p53 / largest_of(10));
  const struct {
    double n;
    weeg_status status;
    weeg_fault fault;
  } counts[] = {{0, WEEG_ERR_ARGUMENT, WEEG_FAULT_INEXACT},    {-1, WEEG_ERR_ARGUMENT, WEEG_FAULT_INEXACT},
                {1.5, WEEG_ERR_ARGUMENT, WEEG_FAULT_INEXACT},  {NAN, WEEG_ERR_ARGUMENT, WEEG_FAULT_INEXACT},
                {rows_of_five + 1, WEEG_ERR_TOO_LARGE, WEEG_FAULT_NONE}, {INFINITY, WEEG_ERR_TOO_LARGE, WEEG_FAULT_NONE}};
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
    const weeg_part_sums from = sums_of(&r, true, true, 12, five);
    const double kept = r.n[1];
    r.n[1] = counts[k].n;
    check_refused(&from, counts[k].status, counts[k].fault, 1, -1);
    r.n[1] = kept;
  }
  weeg_part_sums other = sums_of(&r, false, true, 12, five);
  for (int k = 0; k < 2; k++) {
    int32_t *place = k == 0 ? &r.unit[2] : &r.cell[2];
    const int32_t kept = *place, wrong[] = {-1, k == 0 ? UNITS : CELLS, INT32_MAX, INT32_MIN};
    for (int j = 0; j < 4; j++) {
      *place = wrong[j];
      check_refused(&other, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, 2, -1);
    }
    *place = kept;
  }
  static const double no_largest[] = {-1, NAN, INFINITY, 0x1.0000000000001p480};
  for (int k = 0; k < 4; k++) {
    other.max_weight = no_largest[k];
    check_refused(&other, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
  }
  static const cut wrong_cuts[] = {{0, 18, -70}, {10, 9, -70}, {5, 0, -70}, {5, 54, -70}, {5, 18, -71}, {5, 18, 15}, {1, 3, 0},
                                   {-1, 18, -70}, {5, 18, INT32_MAX}, {5, 18, INT32_MIN}, {2, 43, -82}};
  for (size_t k = 0; k < sizeof wrong_cuts / sizeof *wrong_cuts; k++) {
    other = sums_of(&r, false, true, 12, wrong_cuts[k]);
    check_refused(&other, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
  }
  other = sums_of(&r, false, false, NAN, (cut){0, 0, 0}); /* which are not looked at */
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_from_sums(&other, &t, NULL));
  weeg_tally_free(t);
  other.cells = 0;
  check_refused(&other, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
  other.cells = CELLS;
  other.units = -1;
  check_refused(&other, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
}

/* Rows without weights are counted: 2^40 in all. None at all is a tally without entries. */
static void test_counts(void) {
  static const int32_t unit[] = {INT32_MAX - 1, 0}, cell[] = {INT32_MAX - 1, 0};
  double n[] = {0x1p40 - 1, 1};
  weeg_part_sums from = {.element = true, .units = INT32_MAX, .cells = INT32_MAX, .rows = 2, .unit = unit, .cell = cell, .n = n};
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_from_sums(&from, &t, NULL));
  CHECK(t->scale == 16 - 86); /* that of weights of 1 */
  CHECK(t->entries == 2 && t->unit[0] == 0 && t->unit[1] == INT32_MAX - 1 && t->cell[1] == INT32_MAX - 1);
  CHECK(t->n[1] == ((int64_t)1 << 40) - 1 && weeg_sum_value(t->w[1], t->scale) == 0x1p40 - 1);
  CHECK(weeg_square_value(t->w2[1], t->scale) == 0x1p40 - 1);
  weeg_tally_free(t);
  n[1] = 2;
  check_refused(&from, WEEG_ERR_TOO_LARGE, WEEG_FAULT_NONE, 1, -1);
  from.rows = 0;
  CHECK_OK(weeg_tally_from_sums(&from, &t, NULL));
  CHECK(t->entries == 0 && t->element && t->units == INT32_MAX);
  weeg_tally_free(t);
}

int main(void) {
  test_same_bytes();
  test_most();
  test_refused();
  test_counts();
  return test_report("tally_sums");
}
