/*
 * Measures and their means. Sums are compared with 128-bit integer arithmetic, means and their variances with plain loops over
 * rows (oracle.h): estimates to 1e-13, variances to 1e-8, as derivatives by differences are right to 1e-10. Of three variables
 * the last one says whether the value is known.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/sum.h"
#include "base/wide.h"
#include "oracle.h"
#include "tally/tally.h"

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

enum { GROUPS = 3, MOST_CELLS = 64 };

static oracle o;
static double y[2][ORACLE_ROWS];
static int32_t cell_group[MOST_CELLS], cell_known[MOST_CELLS];
static weeg_column columns[ORACLE_VARIABLES], unit;

static weeg_places places_of(void) {
  for (int32_t c = 0; c < oracle_cells(&o); c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_known[c] = oracle_level(&o, 2, c);
  }
  return (weeg_places){.group = cell_group, .groups = GROUPS, .answer = cell_known, .answers = 1};
}

static weeg_rows rows_of(int from, int to) {
  static int32_t code[ORACLE_VARIABLES][ORACLE_ROWS], units[ORACLE_ROWS];
  for (int i = from; i < to; i++) {
    for (int v = 0; v < ORACLE_VARIABLES; v++) code[v][i - from] = o.code[v][i];
    units[i - from] = o.psus == 0 ? o.stratum[i] : o.psu[i];
  }
  for (int v = 0; v < ORACLE_VARIABLES; v++) columns[v] = sample_column(code[v], o.levels[v]);
  unit = sample_column(units, o.psus == 0 ? o.strata : o.psus);
  return (weeg_rows){.rows = to - from, .columns = columns, .count = ORACLE_VARIABLES, .unit = &unit, .element = o.psus == 0,
                     .weights = o.weight + from, .max_weight = 1000 / 64.0};
}

/* The tally of some rows, with two measures. */
static weeg_tally *tally_rows(int from, int to, int threads) {
  const weeg_rows rows = rows_of(from, to);
  const double *const values[] = {y[0] + from, y[1] + from};
  const weeg_hooks hooks = {.threads = threads};
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_build(&rows, &hooks, &t, NULL));
  CHECK_OK(weeg_tally_measure(&(weeg_measured){&rows, 2, values}, &hooks, t, NULL));
  return t;
}

static void draw(int rows, int32_t strata, int32_t each, double centre, double size) {
  static const int32_t levels[] = {GROUPS, 2, 1};
  oracle_draw(&o, rows, strata, each, levels);
  for (int i = 0; i < rows; i++) {
    const bool known = o.code[2][i] == 1;
    y[0][i] = known ? centre + size * (sample_draw(2001) - 1000) : NAN;
    y[1][i] = known ? size * (sample_draw(2001) - 1000) : NAN;
  }
}

/* ---- sums -------------------------------------------------------------------------------------------------------- */

static i128 whole(weeg_sum s) { return (i128)((u128)s.hi << 64 | s.lo); }
static int rows_in(const weeg_tally *t, int64_t e, int i) {
  return t->unit[e] == (o.psus == 0 ? o.stratum[i] : o.psu[i]) - 1 && t->cell[e] == oracle_cell(&o, i);
}

/* Weights are multiples of 1/64 and values of 1/8, so that w y, w and their products are small integers. */
static void test_sums(void) {
  for (int kind = 0; kind < 2; kind++) {
    draw(300, 3, kind == 0 ? 0 : 4, 0, 0.125);
    weeg_tally *t = tally_rows(0, 300, 1);
    CHECK(t->measures == 2 && (t->products != NULL) == (kind == 0));
    for (int64_t e = 0; e < t->entries; e++) {
      i128 sum[2] = {0, 0}, product[5] = {0};
      for (int i = 0; i < 300; i++) {
        if (!rows_in(t, e, i) || isnan(y[0][i])) continue;
        const i128 w = (i128)(64 * o.weight[i]), a = w * (i128)(8 * y[0][i]), b = w * (i128)(8 * y[1][i]);
        const i128 of[] = {w * a, a * a, w * b, a * b, b * b};
        sum[0] += a;
        sum[1] += b;
        for (int k = 0; k < 5; k++) product[k] += of[k];
      }
      for (int k = 0; k < 2; k++) {
        CHECK(whole(t->wy[2 * e + k]) == sum[k] * ((i128)1 << (-9 - t->measure_scale[k])));
        CHECK(weeg_signed_value(t->wy[2 * e + k], t->measure_scale[k]) == ldexp((double)sum[k], -9));
      }
      for (int k = 0; k < 5 && kind == 0; k++) {
        const int a = k == 0 || k == 2 ? t->scale + 6 : t->measure_scale[k == 1 || k == 3 ? 0 : 1] + 9;
        const int b = t->measure_scale[k < 2 ? 0 : 1] + 9;
        const wide x = weeg_i_wide_of_product(t->products[5 * e + k]);
        CHECK(weeg_i_wide_value(x, a + b) == (double)product[k]);
      }
    }
    weeg_tally_free(t);
  }
}

/* One row in each of four strata, of which the values need all their bits, or have none left. */
static void test_units(void) {
  static const double values[] = {1, 1 / 3.0, -0x1p-90, 0};
  static const int32_t one[] = {1, 1, 1, 1}, strata[] = {1, 2, 3, 4};
  static const double weight[] = {3, 3, 3, 3};
  const weeg_column known = sample_column(one, 1), h = sample_column(strata, 4);
  const weeg_rows rows = {.rows = 4, .columns = &known, .count = 1, .unit = &h, .element = true, .weights = weight,
                          .max_weight = 3};
  const double *const of[] = {values};
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_build(&rows, NULL, &t, NULL));
  CHECK_OK(weeg_tally_measure(&(weeg_measured){&rows, 1, of}, NULL, t, NULL));
  CHECK(t->measure_scale[0] == 16 - 86);                       /* 3 is below 2^16 */
  CHECK(whole(t->wy[0]) == (i128)3 << 70);
  /* 3 times the 53 bits of 1/3 (an odd significand times 2^-54), shifted by 16 */
  CHECK(whole(t->wy[1]) == (i128)(3 * (int64_t)0x15555555555555) << 16);
  CHECK(whole(t->wy[2]) == -1);                                /* it has no bits, but is not 0 */
  CHECK(whole(t->wy[3]) == 0);
  CHECK(weeg_tally_check(t, true, NULL) == WEEG_OK);
  t->wy[3].hi = 1 << 23;                                       /* more than one row can have */
  CHECK(weeg_tally_check(t, true, NULL) == WEEG_ERR_ARGUMENT);
  weeg_tally_free(t);
}

static bool same_measures(const weeg_tally *a, const weeg_tally *b) {
  const size_t size = (size_t)a->entries, pairs = (size_t)weeg_tally_pairs(a->measures);
  return same_tally(a, b) && a->measures == b->measures && memcmp(a->wy, b->wy, size * 2 * sizeof *a->wy) == 0 &&
         memcmp(a->measure_scale, b->measure_scale, 2 * sizeof *a->measure_scale) == 0 &&
         (a->products == NULL || memcmp(a->products, b->products, size * pairs * sizeof *a->products) == 0);
}

static void test_merge(void) {
  for (int kind = 0; kind < 2; kind++) {
    draw(400, 3, kind == 0 ? 0 : 4, 3, 1 / 3.0);
    y[0][399] = y[1][399] = isnan(y[0][399]) ? NAN : 400; /* the largest sets the unit, */
    weeg_tally *all = tally_rows(0, 400, 1), *a = tally_rows(0, 170, 1), *b = tally_rows(170, 400, 1), *sum = NULL;
    CHECK_OK(weeg_tally_merge(PART(a, NULL, NULL), PART(b, NULL, NULL), all->units, all->cells, &sum, NULL));
    CHECK(same_measures(sum, all)); /* which is the same by its bucket of 2^16 */
    weeg_tally_free(sum);
    CHECK_OK(weeg_tally_merge(PART(b, NULL, NULL), PART(a, NULL, NULL), all->units, all->cells, &sum, NULL));
    CHECK(same_measures(sum, all));
    weeg_tally_free(sum);
    sum = NULL;
    b->measures = 1;
    CHECK(weeg_tally_merge(PART(a, NULL, NULL), PART(b, NULL, NULL), all->units, all->cells, &sum, NULL) == WEEG_ERR_ARGUMENT);
    b->measures = 2;
    weeg_tally_free(a);
    weeg_tally_free(b);
    weeg_tally_free(all);
  }
}

/* Of other units: brought to the coarser one, off by less than one unit an entry. */
static void test_merge_units(void) {
  draw(200, 2, 0, 0, 1 / 3.0);
  weeg_tally *fine = tally_rows(0, 200, 1), *sum = NULL;
  for (int i = 0; i < 200; i++) y[0][i] *= 1e9;
  weeg_tally *coarse = tally_rows(0, 200, 1);
  CHECK(coarse->measure_scale[0] == fine->measure_scale[0] + 32 && coarse->measure_scale[1] == fine->measure_scale[1]);
  CHECK_OK(weeg_tally_merge(PART(fine, NULL, NULL), PART(coarse, NULL, NULL), fine->units, fine->cells, &sum, NULL));
  for (int64_t e = 0; e < sum->entries; e++) {
    const double low = weeg_signed_value(fine->wy[2 * e], fine->measure_scale[0]);
    const double high = weeg_signed_value(coarse->wy[2 * e], coarse->measure_scale[0]);
    CHECK(fabs(weeg_signed_value(sum->wy[2 * e], sum->measure_scale[0]) - (high + low)) <= 4e-16 * fabs(high));
    const wide pp = weeg_i_wide_of_product(sum->products[5 * e + 1]);
    const wide p1 = weeg_i_wide_of_product(fine->products[5 * e + 1]), p2 = weeg_i_wide_of_product(coarse->products[5 * e + 1]);
    const double both = ldexp(weeg_i_wide_value(p1, 0), -64) + weeg_i_wide_value(p2, 0);
    CHECK(fabs(weeg_i_wide_value(pp, 0) - both) <= 4e-16 * both);
  }
  weeg_tally_free(fine);
  weeg_tally_free(coarse);
  weeg_tally_free(sum);
}

/* Renumbered measures take their products along; one that is dropped takes them away. */
static void test_renumbered(void) {
  static const int32_t turned[] = {1, 0}, second[] = {-1, 0}, both[] = {0, 0}, none[] = {-1, -1};
  draw(200, 2, 0, 5, 1);
  weeg_tally *t = tally_rows(0, 200, 1), *turn = NULL, *one = NULL, *no = NULL;
  const weeg_summand to_turn = {t, NULL, NULL, turned}, to_one = {t, NULL, NULL, second}, to_both = {t, NULL, NULL, both};
  const weeg_summand to_none = {t, NULL, NULL, none};
  static const int64_t pair[] = {2, 4, 0, 3, 1}; /* w b, b b, w a, a b, a a */
  CHECK_OK(weeg_tally_merge(&to_turn, NULL, t->units, t->cells, &turn, NULL));
  CHECK_OK(weeg_tally_merge(&to_one, NULL, t->units, t->cells, &one, NULL));
  CHECK_OK(weeg_tally_merge(&to_none, NULL, t->units, t->cells, &no, NULL));
  CHECK(turn->measures == 2 && one->measures == 1 && no->measures == 0 && no->wy == NULL && no->products == NULL);
  for (int64_t e = 0; e < t->entries; e++) {
    CHECK(whole(turn->wy[2 * e]) == whole(t->wy[2 * e + 1]) && whole(turn->wy[2 * e + 1]) == whole(t->wy[2 * e]));
    CHECK(whole(one->wy[e]) == whole(t->wy[2 * e + 1]));
    for (int k = 0; k < 5; k++) {
      CHECK(memcmp(&turn->products[5 * e + k], &t->products[5 * e + pair[k]], sizeof *t->products) == 0);
    }
    CHECK(memcmp(&one->products[2 * e], &t->products[5 * e + 2], sizeof *t->products) == 0);
    CHECK(memcmp(&one->products[2 * e + 1], &t->products[5 * e + 4], sizeof *t->products) == 0);
  }
  weeg_tally *wrong = NULL;
  CHECK(weeg_tally_merge(&to_both, NULL, t->units, t->cells, &wrong, NULL) == WEEG_ERR_ARGUMENT && wrong == NULL);
  CHECK(weeg_tally_merge(&to_one, PART(t, NULL, NULL), t->units, t->cells, &wrong, NULL) == WEEG_ERR_ARGUMENT && wrong == NULL);
  weeg_tally_free(t);
  weeg_tally_free(turn);
  weeg_tally_free(one);
  weeg_tally_free(no);
}

/*
 * More rows than halves can be added of; integers, some of them missing; and a value that no sample of rows would find, so large
 * that units are others than the rest asks for.
 */
static void test_many_rows(void) {
  enum { MANY = 600000 };
  double *value = malloc(MANY * sizeof *value), *weight = malloc(MANY * sizeof *weight);
  int32_t *integer = malloc(MANY * sizeof *integer);
  uint8_t *psu = malloc(MANY);
  i128 sum[2][2] = {{0}};
  CHECK(value != NULL && weight != NULL && integer != NULL && psu != NULL);
  for (int i = 0; i < MANY; i++) {
    const int a = sample_draw(2001) - 1000, b = i % 7 == 0 ? 0 : sample_draw(100) - 50;
    weight[i] = i == 5000 ? 2 : sample_draw(200) / 64.0;
    value[i] = i == 5000 ? 0x1p40 : a;
    integer[i] = i % 7 == 0 ? INT32_MIN : b;
    psu[i] = (uint8_t)(1 + i % 2);
    sum[i % 2][0] += (i128)(64 * weight[i]) * (i128)value[i];
    sum[i % 2][1] += (i128)(64 * weight[i]) * b;
  }
  for (int run = 0; run < 3; run++) { /* in two passes, and in one; at last without that value, so that one is enough */
    const weeg_column units = {psu, WEEG_CODE_U8, 2}, all = {NULL, WEEG_CODE_U8, 1};
    const weeg_rows rows = {.rows = MANY, .columns = &all, .count = 1, .unit = &units, .weights = weight,
                            .max_weight = 200 / 64.0};
    const double *const values[] = {value, NULL};
    const int32_t *const integers[] = {NULL, integer};
    const weeg_hooks hooks = {.threads = run == 1 ? 2 : 1};
    const weeg_measured of = {&rows, 2, values, integers};
    weeg_tally *t = NULL;
    if (run == 2) value[5000] = 0;
    if (run == 2) sum[0][0] -= (i128)128 << 40;
    if (run == 0) CHECK_OK(weeg_tally_build(&rows, &hooks, &t, NULL));
    if (run == 0) CHECK_OK(weeg_tally_measure(&of, &hooks, t, NULL));
    else CHECK_OK(weeg_tally_build_measured(&of, &hooks, &t, NULL, NULL));
    CHECK(t->entries == 2 && t->cells == 2 && t->cell[0] == 0 && t->cell[1] == 0);
    CHECK(t->measure_scale[0] == (run == 2 ? 16 : 48) - 86 && t->measure_scale[1] == 16 - 86);
    for (int u = 0; u < 2; u++) {
      for (int k = 0; k < 2; k++) CHECK(whole(t->wy[2 * u + k]) == sum[u][k] * ((i128)1 << (-6 - t->measure_scale[k])));
    }
    weeg_tally_free(t);
  }
  free(value);
  free(weight);
  free(integer);
  free(psu);
}

/* ---- counts and measures in one pass ---------------------------------------------------------------------------- */

enum { BOTH_ROWS = 300000, BOTH_MEASURES = 11 };

typedef struct both_data {
  double weight[BOTH_ROWS], value[BOTH_MEASURES][BOTH_ROWS];
  int32_t integer[BOTH_ROWS], group[BOTH_ROWS], unit[BOTH_ROWS];
  uint8_t domain[BOTH_ROWS];
} both_data;

static void draw_both(both_data *b) {
  for (int i = 0; i < BOTH_ROWS; i++) {
    b->weight[i] = (1 + sample_draw(1 << 20)) / (double)(3 << 10);
    b->group[i] = sample_draw(5); /* 0: missing */
    b->unit[i] = 1 + sample_draw(40);
    b->domain[i] = 1;
    b->integer[i] = sample_draw(2001) - 1000;
    for (int k = 0; k < BOTH_MEASURES; k++) {
      b->value[k][i] = (sample_draw(1 << 24) - (1 << 23)) / (double)(1 + sample_draw(1 << 20));
    }
  }
}

/* What makes it hard: some of it is for one pass, some for the two to which it gives way. */
static void disturb(both_data *b, int how) {
  static const double odd[] = {0, -0.0, 0x1p-1074, -0x1p-1074, 1e-300, -1e-300, 0x1p-1022, -1 / 3.0, NAN};
  for (int i = 0; i < BOTH_ROWS; i++) {
    double *of = &b->value[how < 0 ? 0 : how % BOTH_MEASURES][i];
    if (how == 0 && i % 3 == 0) *of = NAN;
    if (how == 1 && i % 5 == 0) b->integer[i] = INT32_MIN;
    if (how == 2 && i % 7 == 0) b->weight[i] = i % 2 == 0 ? 0 : -0.0;
    if (how == 3 && i % 2 == 0) *of = odd[i / 2 % 9];
    if (how == 4) b->domain[i] = i % 3 != 0;
    if (how == 4 && i % 3 == 0) *of = INFINITY; /* which is of no row that counts */
    if (how == 5 && i % 4 == 0) b->unit[i] = i % 8 == 0 ? 0 : 41;
    if (how == 6 && i == 1234) b->weight[i] = 0x1p-60; /* small beside the others, */
    if (how == 7 && i == 3333) *of = 1e15;              /* and products that no sample of rows has */
    if (how == 8) *of = i == 4444 ? 1e-20 : 0;
    if (how == 9) *of = ldexp(*of, 2 * sample_draw(400) - 700);
    if (how == 10) *of = i % 2 == 0 ? 1e300 : -1e-300;
  }
}

static void check_both(const both_data *b, int measures, bool is_complete, weeg_pool *pool) {
  const weeg_column group = sample_column(b->group, 4), units = sample_column(b->unit, 40);
  const weeg_rows rows = {.rows = BOTH_ROWS - 7, .columns = &group, .count = 1, .unit = &units, .weights = b->weight,
                          .max_weight = 400, .domain = b->domain};
  const double *values[BOTH_MEASURES];
  const int32_t *integers[BOTH_MEASURES] = {NULL};
  for (int k = 0; k < measures; k++) values[k] = b->value[k];
  if (measures > 1) integers[1] = b->integer;
  const weeg_measured of = {&rows, measures, values, integers};
  const size_t sums = sizeof(weeg_sum) * (size_t)measures;
  weeg_tally *apart = NULL;
  CHECK_OK(weeg_tally_build(&rows, NULL, &apart, NULL));
  CHECK_OK(weeg_tally_measure(&of, NULL, apart, NULL));
  for (int threads = 1; threads < 4; threads++) {
    const weeg_hooks hooks = {.threads = threads, .pool = threads == 3 ? NULL : pool};
    weeg_tally *t = NULL;
    bool complete = true;
    CHECK_OK(weeg_tally_build_measured(&of, &hooks, &t, &complete, NULL));
    CHECK(complete == is_complete);
    CHECK(same_tally(t, apart) && t->measures == measures);
    CHECK(memcmp(t->measure_scale, apart->measure_scale, sizeof *t->measure_scale * (size_t)measures) == 0);
    CHECK(memcmp(t->wy, apart->wy, sums * (size_t)t->entries) == 0);
    weeg_tally_free(t);
  }
  weeg_tally_free(apart);
}

static void test_both(void) {
  both_data *b = malloc(sizeof *b);
  weeg_pool *pool = weeg_pool_new();
  CHECK(b != NULL && pool != NULL);
  for (int how = -1; how < 11 && b != NULL; how++) {
    static const int measures[] = {11, 1, 9, 8, 4, 5};
    draw_both(b);
    disturb(b, how);
    /* without missing values; and not in the cases for two passes, where nobody looked */
    const bool complete = how == -1 || how == 2 || how == 5 || how == 9;
    check_both(b, how < 5 ? measures[how + 1] : 11, complete, pool);
  }
  weeg_pool_free(pool);
  free(b);
}

/* An infinite value is where it was, and nothing is made; without clusters, or weights, as in two passes. */
static void test_both_ways(void) {
  for (int kind = 0; kind < 3; kind++) {
    draw(400, 3, kind == 0 ? 0 : 4, 3, 1 / 3.0);
    weeg_rows rows = rows_of(0, 400);
    if (kind == 2) rows.weights = NULL;
    const double *const values[] = {y[0], y[1]};
    const weeg_measured of = {&rows, 2, values};
    weeg_error err = {0};
    weeg_tally *t = NULL, *apart = NULL;
    CHECK_OK(weeg_tally_build(&rows, NULL, &apart, NULL));
    CHECK_OK(weeg_tally_measure(&of, NULL, apart, NULL));
    CHECK_OK(weeg_tally_build_measured(&of, NULL, &t, NULL, NULL));
    CHECK(same_measures(t, apart));
    weeg_tally_free(t);
    weeg_tally_free(apart);
    t = NULL;
    y[1][77] = -INFINITY;
    CHECK(weeg_tally_build_measured(&of, NULL, &t, NULL, &err) == WEEG_ERR_ARGUMENT && t == NULL);
    CHECK(err.where == 77 && err.facts.fault == WEEG_FAULT_INFINITE && err.facts.number == 1);
    CHECK(weeg_tally_build_measured(&(weeg_measured){&rows, 0, values}, NULL, &t, NULL, NULL) == WEEG_ERR_ARGUMENT && t == NULL);
  }
}

static void test_refused(void) {
  draw(100, 2, 0, 0, 1);
  const weeg_rows rows = rows_of(0, 100);
  const double *const values[] = {y[1], y[0]};
  weeg_error err = {0};
  weeg_tally *t = NULL;
  CHECK_OK(weeg_tally_build(&rows, NULL, &t, NULL));
  y[0][70] = INFINITY;
  y[0][30] = -INFINITY;
  CHECK(weeg_tally_measure(&(weeg_measured){&rows, 2, values}, NULL, t, &err) == WEEG_ERR_ARGUMENT);
  CHECK(err.where == 30 && err.facts.fault == WEEG_FAULT_INFINITE && err.facts.number == 1 && t->measures == 0);
  y[0][70] = y[0][30] = NAN;
  CHECK(weeg_tally_measure(&(weeg_measured){&rows, 0, values}, NULL, t, NULL) == WEEG_ERR_ARGUMENT);
  weeg_rows other = rows;
  other.count = 2;
  CHECK(weeg_tally_measure(&(weeg_measured){&other, 2, values}, NULL, t, NULL) == WEEG_ERR_ARGUMENT);
  CHECK_OK(weeg_tally_measure(&(weeg_measured){&rows, 2, values}, NULL, t, NULL));
  CHECK(weeg_tally_measure(&(weeg_measured){&rows, 2, values}, NULL, t, NULL) == WEEG_ERR_ARGUMENT);
  const double one[] = {1, 1};
  CHECK(weeg_tally_weigh(t, one, NULL) == WEEG_ERR_ARGUMENT);
  const weeg_places places = places_of();
  const weeg_design design = {.element = true, .strata = 2, .stratum_psus = (int64_t[]){50, 50}};
  weeg_mean means[GROUPS];
  static const weeg_mean_choice wrong[] = {{2, 0.95, WEEG_FIGURE_MEAN, 0}, {-1, 0.95, WEEG_FIGURE_MEAN, 0},
                                           {0, 1, WEEG_FIGURE_MEAN, 0}, {0, 0.95, WEEG_FIGURE_RATIO, 2},
                                           {0, 0.95, WEEG_FIGURE_RATIO, -1}};
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    CHECK(weeg_means(&(weeg_survey){t, &design}, &places, &wrong[k], means, NULL) == WEEG_ERR_ARGUMENT);
  }
  const weeg_replicates replicates = {.count = 1};
  weeg_design replicated = design;
  replicated.replicates = &replicates;
  const double value = 0;
  const weeg_scores scores = {.cells = t->cells, .value = &value}; /* of what they are is not said */
  CHECK(weeg_variance(&(weeg_survey){t, &replicated}, &scores, &(weeg_domains){0}, NULL, NULL) == WEEG_ERR_ARGUMENT);
  weeg_tally_free(t);
}

/* ---- means ------------------------------------------------------------------------------------------------------- */

/* Several at once are what each of them is, and what is wrong is that of the first one. */
static void test_each(void) {
  draw(400, 3, 4, 3, 1 / 3.0);
  oracle_make(&o, false);
  weeg_tally *t = tally_rows(0, 400, 1);
  const weeg_places places = places_of();
  const weeg_design design = o.s.design;
  const weeg_survey survey = {t, &design};
  weeg_mean_choice choices[] = {{0, 0.95, WEEG_FIGURE_MEAN, 0}, {1, 0.9, WEEG_FIGURE_MEAN, 0}, {0, 0.95, WEEG_FIGURE_RATIO, 1},
                                {1, 0.95, WEEG_FIGURE_TOTAL, 0}};
  weeg_mean each[4 * GROUPS], one[GROUPS];
  weeg_pool *pool = weeg_pool_new();
  weeg_error err = {0};
  memset(each, 0, sizeof each);
  memset(one, 0, sizeof one);
  for (int threads = 0; threads < 4; threads++) {
    const weeg_hooks hooks = {.threads = threads, .pool = pool};
    CHECK_OK(weeg_means_each(&survey, &places, choices, 4, threads == 0 ? NULL : &hooks, each, NULL));
    for (int k = 0; k < 4; k++) {
      CHECK_OK(weeg_means(&survey, &places, &choices[k], one, NULL));
      for (int g = 0; g < GROUPS; g++) {
        CHECK(one[g].estimate == each[k * GROUPS + g].estimate && one[g].std_error == each[k * GROUPS + g].std_error);
        CHECK(one[g].low == each[k * GROUPS + g].low && one[g].n == each[k * GROUPS + g].n && one[g].std_error > 0);
      }
    }
  }
  choices[1].measure = 7;
  choices[2].level = 2;
  const weeg_hooks hooks = {.threads = 1, .pool = pool};
  CHECK(weeg_means_each(&survey, &places, choices, 4, &hooks, each, &err) == WEEG_ERR_ARGUMENT);
  CHECK(strstr(err.message, "no measure 8") != NULL);
  weeg_pool_free(pool);
  weeg_tally_free(t);
  weeg_tally_free(o.s.tally);
}

static void group_means(const oracle *unused, const double *w, const void *ctx, double *theta) {
  const double *values = ctx;
  double sum[GROUPS] = {0}, all[GROUPS] = {0};
  (void)unused;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1;
    if (g < 0 || isnan(values[i])) continue;
    sum[g] += w[i] * values[i];
    all[g] += w[i];
  }
  for (int g = 0; g < GROUPS; g++) theta[g] = sum[g] / all[g];
}

static void test_means(void) {
  static const struct {
    int32_t strata, each;
    bool finite;
    double centre, size;
  } cases[] = {{1, 0, false, 0, 1},   {4, 0, true, 20, 0.01}, {4, 0, false, -1e5, 1}, {1, 9, false, 0, 1},
               {4, 3, true, 3, 1e-3}, {8, 4, false, 1e4, 1},  {3, 0, true, 0, 1e150}, {3, 5, false, 0, 1e-150}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    draw(400, cases[k].strata, cases[k].each, cases[k].centre, cases[k].size);
    oracle_make(&o, cases[k].finite);
    weeg_tally *t = tally_rows(0, 400, 2);
    const weeg_places places = places_of();
    for (int32_t measure = 0; measure < 2; measure++) {
      double theta[GROUPS], v[GROUPS * GROUPS], quantile;
      weeg_mean means[GROUPS];
      group_means(&o, o.weight, y[measure], theta);
      oracle_covariance(&o, group_means, y[measure], GROUPS, v);
      const weeg_mean_choice choice = {measure, 0.9, WEEG_FIGURE_MEAN, 0};
      double found[GROUPS * GROUPS];
      CHECK_OK(weeg_means(&(weeg_survey){t, &o.s.design}, &places, &choice, means, NULL));
      CHECK_OK(weeg_mean_covariance(&(weeg_survey){t, &o.s.design}, &places, &choice, found, NULL));
      for (int i = 0; i < GROUPS * GROUPS; i++) {
        const double errors = sqrt(v[i / GROUPS * (GROUPS + 1)]) * sqrt(v[i % GROUPS * (GROUPS + 1)]);
        const double size = 1000 * cases[k].size + fabs(cases[k].centre);
        CHECK(fabs(found[i] - v[i]) <= 1e-8 * errors * (1 + 1e-3 * size / sqrt(errors)));
      }
      for (int g = 0; g < GROUPS; g++) {
        const double error = sqrt(v[g * GROUPS + g]), size = 1000 * cases[k].size + fabs(cases[k].centre);
        CHECK(fabs(means[g].estimate - theta[g]) <= 1e-13 * size);
        CHECK(fabs(means[g].std_error - error) <= 1e-8 * error * (1 + 1e-3 * size / error));
        CHECK(means[g].reason == WEEG_REASON_NONE && means[g].cv == means[g].std_error / fabs(means[g].estimate));
        CHECK_OK(weeg_t_quantile(0.95, (double)means[g].df, &quantile, NULL));
        CHECK(means[g].low == means[g].estimate - quantile * means[g].std_error);
        CHECK(means[g].high == means[g].estimate + quantile * means[g].std_error);
      }
    }
    weeg_tally_free(t);
    weeg_tally_free(o.s.tally);
  }
}

/* ---- comparisons of means ---------------------------------------------------------------------------------------- */

enum { SETS = GROUPS + 2, DIFFERENCES = 5 };
/* Groups, all of them, all but the first. */
static const int64_t set_start[] = {0, 1, 2, 3, 6, 8};
static const int32_t set_group[] = {0, 1, 2, 0, 1, 2, 1, 2};
static const int32_t first[DIFFERENCES] = {0, 1, 2, 1, 0}, second[DIFFERENCES] = {1, 2, 0, 3, 4};

/* Differences, then logarithms of ratios. */
static void set_contrasts(const oracle *unused, const double *w, const void *ctx, double *theta) {
  double mean[SETS];
  const double *values = ctx;
  for (int s = 0; s < SETS; s++) {
    double sum = 0, all = 0;
    for (int i = 0; i < o.rows; i++) {
      bool in = false;
      for (int64_t j = set_start[s]; j < set_start[s + 1]; j++) in = in || o.code[0][i] - 1 == set_group[j];
      if (!in || isnan(values[i])) continue;
      sum += w[i] * values[i];
      all += w[i];
    }
    mean[s] = sum / all;
  }
  (void)unused;
  for (int k = 0; k < DIFFERENCES; k++) {
    theta[k] = mean[first[k]] - mean[second[k]];
    theta[DIFFERENCES + k] = log(mean[first[k]] / mean[second[k]]);
  }
}

/* Pairs of groups alone are evaluated together, others one by one: both ways are compared. */
static void test_compared(void) {
  static const struct {
    int32_t strata, each;
    bool finite;
    double centre, size;
  } cases[] = {{1, 0, false, 2000, 1}, {4, 0, true, 20, 0.01}, {1, 9, false, 1e5, 1}, {4, 3, true, 3, 1e-3},
               {8, 4, false, 1e4, 1},  {3, 0, true, 2e153, 1e150}};
  static const weeg_measure both[] = {WEEG_DIFFERENCE, WEEG_RISK_RATIO};
  for (size_t k = 0; k < 2 * sizeof cases / sizeof *cases; k++) {
    const bool groups = k % 2 == 1;
    const int32_t pairs = groups ? 3 : DIFFERENCES;
    draw(400, cases[k / 2].strata, cases[k / 2].each, cases[k / 2].centre, cases[k / 2].size);
    oracle_make(&o, cases[k / 2].finite);
    weeg_tally *t = tally_rows(0, 400, 2);
    const weeg_places places = places_of();
    const weeg_sets sets = {&places, groups ? GROUPS : SETS, set_start, set_group, 1};
    const weeg_comparison what = {.first = first, .second = second, .pairs = pairs, .measure = both, .measures = 2, .level = 0.9};
    double theta[2 * DIFFERENCES], v[4 * DIFFERENCES * DIFFERENCES];
    weeg_contrast got[2 * DIFFERENCES];
    set_contrasts(&o, o.weight, y[0], theta);
    oracle_covariance(&o, set_contrasts, y[0], 2 * DIFFERENCES, v);
    CHECK_OK(weeg_compare_sets(&(weeg_survey){t, &o.s.design}, &sets, &what, got, NULL));
    for (int i = 0; i < 2 * pairs; i++) {
      const int at = i < pairs ? i : DIFFERENCES + i - pairs;
      const double error = sqrt(v[at * 2 * DIFFERENCES + at]), size = 1000 * cases[k / 2].size + fabs(cases[k / 2].centre);
      const double value = i < pairs ? got[i].estimate : log(got[i].estimate), about = i < pairs ? size : 1;
      CHECK(fabs(value - theta[at]) <= 1e-13 * about);
      CHECK(fabs(got[i].std_error - error) <= 1e-8 * error * (1 + 1e-3 * about / error));
    }
    weeg_tally_free(t);
    weeg_tally_free(o.s.tally);
  }
}

/* What is refused: another measure than the two, more answers than one, a measure that is not there. */
static void test_compared_wrong(void) {
  static const weeg_measure odds = WEEG_ODDS_RATIO, difference = WEEG_DIFFERENCE;
  draw(200, 2, 4, 0, 1);
  oracle_make(&o, false);
  weeg_tally *t = tally_rows(0, 200, 1);
  const weeg_places places = places_of(), answers = {cell_group, GROUPS, cell_known, 2, NULL, 0};
  const weeg_survey survey = {t, &o.s.design};
  weeg_contrast got[2];
  weeg_test test;
  for (int k = 0; k < 4; k++) {
    const weeg_sets sets = {k == 1 ? &answers : &places, GROUPS, set_start, set_group, k == 2 ? 3 : 1};
    const weeg_comparison what = {first, second, 1, k == 0 ? &odds : &difference, 1, NULL, NULL, 0.95};
    CHECK(weeg_compare_sets(&survey, &sets, &what, got, NULL) == (k == 3 ? WEEG_OK : WEEG_ERR_ARGUMENT));
  }
  /* of a figure the standard error counts, and no variance */
  static const double figure = 5, error = 300;
  const weeg_sets each = {&places, GROUPS, set_start, set_group, 1};
  weeg_comparison with = {.first = first, .pairs = 1, .measure = &difference, .measures = 1, .figure = &figure, .level = 0.95};
  CHECK_OK(weeg_compare_sets(&survey, &each, &with, &got[0], NULL));
  with.figure_error = &error;
  CHECK_OK(weeg_compare_sets(&survey, &each, &with, &got[1], NULL));
  CHECK_CLOSE(got[1].std_error, hypot(got[0].std_error, error), 1e-13);
  CHECK(weeg_test_means(&survey, &places, 3, &test, NULL) == WEEG_ERR_ARGUMENT);
  CHECK(weeg_test_means(&survey, &places, 0, &test, NULL) == WEEG_ERR_ARGUMENT);
  weeg_tally_free(t);
  weeg_tally_free(o.s.tally);
}

/* W / k by the inverse of the oracle's covariance of two differences. */
static void test_equal(void) {
  for (int k = 0; k < 4; k++) {
    draw(400, k % 2 == 0 ? 1 : 4, k < 2 ? 0 : 5, 1e4, 1);
    oracle_make(&o, false);
    weeg_tally *t = tally_rows(0, 400, 1);
    const weeg_places places = places_of();
    double theta[2 * DIFFERENCES], v[4 * DIFFERENCES * DIFFERENCES], p;
    weeg_test test;
    set_contrasts(&o, o.weight, y[0], theta);
    oracle_covariance(&o, set_contrasts, y[0], 2 * DIFFERENCES, v);
    CHECK_OK(weeg_test_means(&(weeg_survey){t, &o.s.design}, &places, 1, &test, NULL));
    const double a = v[0], b = v[1], c = v[2 * DIFFERENCES + 1];
    const double w = (theta[0] * theta[0] * c - 2 * theta[0] * theta[1] * b + theta[1] * theta[1] * a) / (a * c - b * b);
    CHECK(fabs(test.statistic - w / 2) <= 1e-6 * test.statistic);
    CHECK(test.df1 == 2 && test.df2 == (double)(test.df - 2) && test.rows == GROUPS);
    CHECK_OK(weeg_f_tail(test.statistic, 2, test.df2, &p, NULL));
    CHECK(fabs(test.p_value - p) <= 1e-12 * p);
    weeg_tally_free(t);
    weeg_tally_free(o.s.tally);
  }
}

/* ---- ratios and totals ------------------------------------------------------------------------------------------- */

static void group_ratios(const oracle *unused, const double *w, const void *ctx, double *theta) {
  double sum[2][GROUPS] = {{0}};
  (void)unused;
  (void)ctx;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1;
    for (int k = 0; k < 2 && g >= 0 && !isnan(y[0][i]); k++) sum[k][g] += w[i] * y[k][i];
  }
  for (int g = 0; g < GROUPS; g++) theta[g] = sum[1][g] / sum[0][g];
}

static void group_totals(const oracle *unused, const double *w, const void *ctx, double *theta) {
  (void)unused;
  (void)ctx;
  for (int g = 0; g < GROUPS; g++) theta[g] = 0;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1;
    if (g >= 0 && !isnan(y[1][i])) theta[g] += w[i] * y[1][i];
  }
}

/* The second measure by the first, which is around `centre` and may be below 0; totals of the second. */
static void test_ratios(void) {
  static const struct {
    int32_t strata, each;
    bool finite;
    double centre, size;
  } cases[] = {{1, 0, false, 2000, 1},   {4, 0, true, -1500, 1},  {4, 3, true, 1e5, 1},
               {8, 4, false, 3, 1e-3}, {3, 5, false, 300, 1}, {3, 0, true, 300, 1}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    draw(400, cases[k].strata, cases[k].each, cases[k].centre, cases[k].size);
    oracle_make(&o, cases[k].finite);
    weeg_tally *t = tally_rows(0, 400, 2);
    const weeg_places places = places_of();
    for (int figure = WEEG_FIGURE_RATIO; figure <= WEEG_FIGURE_TOTAL; figure++) {
      const weeg_mean_choice choice = {1, 0.9, (weeg_mean_figure)figure, 0};
      double theta[GROUPS], v[GROUPS * GROUPS];
      weeg_mean means[GROUPS];
      const oracle_statistic f = figure == WEEG_FIGURE_RATIO ? group_ratios : group_totals;
      f(&o, o.weight, NULL, theta);
      oracle_covariance(&o, f, NULL, GROUPS, v);
      double found[GROUPS * GROUPS];
      CHECK_OK(weeg_means(&(weeg_survey){t, &o.s.design}, &places, &choice, means, NULL));
      CHECK_OK(weeg_mean_covariance(&(weeg_survey){t, &o.s.design}, &places, &choice, found, NULL));
      for (int i = 0; i < GROUPS * GROUPS; i++) {
        CHECK(fabs(found[i] - v[i]) <= 1e-7 * sqrt(v[i / GROUPS * (GROUPS + 1)] * v[i % GROUPS * (GROUPS + 1)]));
      }
      for (int g = 0; g < GROUPS; g++) {
        const double error = sqrt(v[g * GROUPS + g]);
        CHECK(fabs(means[g].estimate - theta[g]) <= 1e-12 * (fabs(theta[g]) + error));
        CHECK(fabs(means[g].std_error - error) <= 1e-7 * error);
        CHECK(means[g].reason == WEEG_REASON_NONE && means[g].cv == means[g].std_error / fabs(means[g].estimate));
      }
    }
    weeg_tally_free(t);
    weeg_tally_free(o.s.tally);
  }
}

/* Denominators that cancel: to 0, to next to nothing, and to a part of 2^-20, which has digits enough. */
static void test_denominators(void) {
  static const double left[] = {0, 0x1p-40, 0x1p-20};
  for (int kind = 0; kind < 2; kind++) {
    for (int k = 0; k < 3; k++) {
      draw(400, 2, kind == 0 ? 0 : 4, 0, 1);
      int in[ORACLE_ROWS], count = 0;
      for (int i = 0; i < 400; i++) {
        o.weight[i] = 1;
        if (o.code[0][i] == 1 && o.code[2][i] == 1) in[count++] = i;
      }
      for (int i = 0; i < count; i++) y[0][in[i]] = i == count - 1 && count % 2 == 1 ? 0 : i % 2 == 0 ? 1000 : -1000;
      y[0][in[0]] += 1000 * left[k];
      oracle_make(&o, false);
      weeg_tally *t = tally_rows(0, 400, 1);
      const weeg_places places = places_of();
      const weeg_mean_choice choice = {1, 0.9, WEEG_FIGURE_RATIO, 0};
      double theta[GROUPS];
      weeg_mean means[GROUPS];
      group_ratios(&o, o.weight, NULL, theta);
      CHECK_OK(weeg_means(&(weeg_survey){t, &o.s.design}, &places, &choice, means, NULL));
      CHECK(k == 2 ? fabs(means[0].estimate / theta[0] - 1) < 1e-12 && means[0].std_error > 0
                   : isnan(means[0].estimate) && means[0].reason == WEEG_REASON_ZERO_DENOMINATOR);
      weeg_tally_free(t);
      weeg_tally_free(o.s.tally);
    }
  }
}

/* ---- integers of 384 bits ---------------------------------------------------------------------------------------- */

static void test_wide(void) {
  static const int64_t numbers[] = {0, 1, -1, 3, -7, INT64_MAX, INT64_MIN + 1, 1000003};
  const int count = (int)(sizeof numbers / sizeof *numbers);
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < count; j++) {
      const i128 a = numbers[i], b = numbers[j];
      const wide x = weeg_i_wide_of(numbers[i]), z = weeg_i_wide_of(numbers[j]);
      CHECK(weeg_i_wide_value(weeg_i_wide_times(x, z), 0) == (double)(a * b));
      CHECK(weeg_i_wide_value(weeg_i_wide_add(x, z), 0) == (double)(a + b));
      CHECK(weeg_i_wide_value(weeg_i_wide_less(x, z), 0) == (double)(a - b));
      for (int bits = 0; bits < 250; bits += 31) {
        const wide far = weeg_i_wide_shift(x, bits);
        CHECK(weeg_i_wide_value(far, 0) == ldexp((double)a, bits));
        CHECK(weeg_i_wide_value(weeg_i_wide_less(weeg_i_wide_add(far, z), far), 3) == ldexp((double)b, 3));
        CHECK(weeg_i_wide_value(weeg_i_wide_times(far, z), -bits) == (double)(a * b));
      }
    }
  }
}

int main(void) {
  test_sums();
  test_units();
  test_merge();
  test_merge_units();
  test_renumbered();
  test_many_rows();
  test_both();
  test_both_ways();
  test_refused();
  test_each();
  test_means();
  test_compared();
  test_compared_wrong();
  test_equal();
  test_ratios();
  test_denominators();
  test_wide();
  return test_report("means");
}
