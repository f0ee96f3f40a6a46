/*
 * Replicates: variances, ranks, passes and multipliers worked out by hand, and passes against plain loops.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

static sample small; /* four rows, each a PSU: two cells with weights 1 + 3 and 2 + 4, and an empty third for missing */

static void make_small(void) {
  static const int32_t answer[] = {1, 2, 1, 2}, psu[] = {1, 2, 3, 4};
  static const double w[] = {1, 2, 3, 4};
  const weeg_column column = sample_column(answer, 2);
  sample_make(&small, 4, NULL, 1, psu, 4, &column, 1, w);
}

/* Variance and covariance of the one output, which must agree. */
static double variance_of(const weeg_replicates *r, const weeg_scores *scores) {
  static const int32_t domain_of[] = {0, 0, 0}, zero[] = {0};
  static const uint8_t use[] = {1, 1, 1};
  double v = -1, c = -2;
  weeg_design design = small.design;
  design.replicates = r;
  CHECK_OK(weeg_variance(&(weeg_survey){small.tally, &design}, scores, &(weeg_domains){domain_of, 1, zero}, &v, NULL));
  CHECK_OK(weeg_covariance(&(weeg_survey){small.tally, &design}, scores, use, &c, NULL));
  CHECK_CLOSE(c, v, 1e-15);
  return v;
}

/*
 * Totals of cell 0: 4, 8, 2 against 4. Squared deviations from 4, times rscales 1, 1, 2: 16 + 8; from the mean 14/3:
 * 4/9 + 100/9 + 128/9. Proportions: 0.4, 0.8, 0.25 against 0.4: 0.16 + 2 * 0.0225. The scale is 1/2.
 */
static void test_variance(void) {
  static const int64_t total_start[] = {0, 1, 1, 1}, share_start[] = {0, 1, 2, 2};
  static const int32_t index[] = {0, 0}, base[] = {0, 0, -1}, zero[] = {0};
  static const double one[] = {1}, share[] = {0.06, -0.04}, totals[] = {4, 8, 2, 6, 2, 6, 0, 0, 0}, rscales[] = {1, 1, 2};
  static const double some[] = {0, 1, 2}, gone[] = {4, 0, 2, 6, 0, 6, 0, 0, 0}, none[9] = {0};
  const weeg_scores total = {.cells = 3, .outputs = 1, .start = total_start, .index = index, .coef = one};
  const weeg_scores ratio = {.cells = 3, .outputs = 1, .start = share_start, .index = index, .coef = share, .bases = 1,
                             .cell_base = base, .output_base = zero};
  weeg_replicates r = {.count = 3, .totals = totals, .scale = 0.5, .rscales = rscales, .mse = true, .df = -1};
  CHECK_CLOSE(variance_of(&r, &total), 12, 1e-15);
  CHECK_CLOSE(variance_of(&r, &ratio), 0.1025, 1e-14);
  r.mse = false;
  CHECK_CLOSE(variance_of(&r, &total), 116.0 / 9, 1e-15);
  r.rscales = some; /* the mean of 8 and 2 is 5: 9 + 2 * 9 */
  CHECK_CLOSE(variance_of(&r, &total), 13.5, 1e-15);
  /* the same proportion in all replicates, but for rounding: a variance of 0 is 0 */
  static const double same[] = {0.1 * 4, 1.1 * 4, 0.7 * 4, 0.1 * 6, 1.1 * 6, 0.7 * 6, 0, 0, 0};
  r.totals = same;
  CHECK(variance_of(&r, &ratio) == 0);
  r.mse = true;
  r.rscales = rscales;
  r.totals = gone; /* the second replicate has no weight: 2 * 0.0225 remains */
  CHECK_CLOSE(variance_of(&r, &ratio), 0.0225, 1e-14);
  r.totals = none;
  CHECK(isnan(variance_of(&r, &ratio)));
  CHECK_CLOSE(variance_of(&r, &total), 32, 1e-15); /* a total may well be 0: 16 (1 + 1 + 2) / 2 */
}

/*
 * Two bases, of which the second one has no weight in the first replicate. Outputs 1 of 3 and 3 of 7; of the replicates 0, 1 and
 * -1/2 from the first, 9/4 and 1/2 from the second: about their means 7/6 and 49/32.
 */
static void test_two_bases(void) {
  static const int32_t answer[] = {1, 2, 3, 4}, psu[] = {1, 2, 3, 4};
  static const double w[] = {1, 2, 3, 4};
  static const int64_t start[] = {0, 1, 1, 2, 2, 2};
  static const int32_t index[] = {0, 1}, base[] = {0, 0, 1, 1, -1}, output_base[] = {0, 1};
  static const int32_t domain_of[] = {0, 0, 0, 0, -1}, zero[] = {0, 0};
  static const double coef[] = {1, 1}, rscales[] = {1, 1, 1};
  static const double totals[] = {1, 2, 1, 2, 1, 5, 0, 3, 4, 0, 1, 4, 9, 9, 9};
  const weeg_scores scores = {.cells = 5, .outputs = 2, .start = start, .index = index, .coef = coef, .bases = 2,
                              .cell_base = base, .output_base = output_base};
  const weeg_replicates r = {.count = 3, .totals = totals, .scale = 1, .rscales = rscales, .df = -1};
  const weeg_column column = sample_column(answer, 4);
  sample s;
  double v[2];
  sample_make(&s, 4, NULL, 1, psu, 4, &column, 1, w);
  s.design.replicates = &r;
  CHECK_OK(weeg_variance(&(weeg_survey){s.tally, &s.design}, &scores, &(weeg_domains){domain_of, 1, zero}, v, NULL));
  CHECK_CLOSE(v[0], 7.0 / 6, 1e-14);
  CHECK_CLOSE(v[1], 49.0 / 32, 1e-14);
  weeg_tally_free(s.tally);
}

static int stop(void *ctx) {
  (void)ctx;
  return 1;
}

/* A caller who stops is told so by each pass. */
static void test_stopped(void) {
  static const double one[] = {1, 2, 3, 4};
  static const int32_t cell[] = {0, 1, 0, 1};
  const double *const columns[] = {one, one};
  const weeg_hooks hooks = {.interrupt = stop};
  const weeg_multipliers multipliers = {one, 1};
  double totals[6];
  weeg_error err = {0};
  CHECK_STATUS(weeg_check_replicates(columns, 2, 4, &hooks, &err), WEEG_ERR_INTERRUPTED);
  CHECK_TEXT(err.message, "stopped by the caller");
  err = (weeg_error){0};
  const weeg_replicate_sums sums = {cell, 2, totals, NULL, NULL};
  CHECK_STATUS(weeg_replicate_totals(&(weeg_replicate_columns){columns, 2, NULL, 4}, &sums, &hooks, &err),
               WEEG_ERR_INTERRUPTED);
  CHECK_TEXT(err.message, "stopped by the caller");
  err = (weeg_error){0};
  CHECK_STATUS(weeg_replicate_multiply(small.tally, &multipliers, &hooks, totals, &err), WEEG_ERR_INTERRUPTED);
  CHECK_TEXT(err.message, "stopped by the caller");
}

/* More replicates than are worked on at a time, against the formula. */
static void test_many(void) {
  enum { COUNT = 301 };
  static const int64_t start[] = {0, 2, 4, 4};
  static const int32_t index[] = {0, 1, 0, 1}, domain_of[] = {0, 0, 0}, zero[] = {0, 0};
  static const double coef[] = {1, 2, -1, 0.5};
  static const uint8_t use[] = {1, 1, 1};
  static double totals[3 * COUNT], rscales[COUNT];
  const weeg_scores scores = {.cells = 3, .outputs = 2, .start = start, .index = index, .coef = coef};
  const weeg_replicates r = {.count = COUNT, .totals = totals, .scale = 0.25, .rscales = rscales, .df = -1};
  double mean[2] = {0, 0}, want[3] = {0, 0, 0}, v[2], c[4];
  weeg_design design = small.design;
  design.replicates = &r;
  for (int i = 0; i < COUNT; i++) {
    totals[i] = sample_draw(100);
    totals[COUNT + i] = sample_draw(100);
    rscales[i] = 1 + sample_draw(3);
    mean[0] += (totals[i] - totals[COUNT + i]) / COUNT;
    mean[1] += (2 * totals[i] + 0.5 * totals[COUNT + i]) / COUNT;
  }
  for (int i = 0; i < COUNT; i++) {
    const double a = totals[i] - totals[COUNT + i] - mean[0], b = 2 * totals[i] + 0.5 * totals[COUNT + i] - mean[1];
    want[0] += 0.25 * rscales[i] * a * a;
    want[1] += 0.25 * rscales[i] * a * b;
    want[2] += 0.25 * rscales[i] * b * b;
  }
  CHECK_OK(weeg_variance(&(weeg_survey){small.tally, &design}, &scores, &(weeg_domains){domain_of, 1, zero}, v, NULL));
  CHECK_OK(weeg_covariance(&(weeg_survey){small.tally, &design}, &scores, use, c, NULL));
  CHECK_CLOSE(v[0], want[0], 1e-13);
  CHECK_CLOSE(v[1], want[2], 1e-13);
  CHECK_CLOSE(c[0], want[0], 1e-13);
  CHECK_CLOSE(c[1], want[1], 1e-11);
  CHECK(c[1] == c[2]);
  CHECK_CLOSE(c[3], want[2], 1e-13);
}

/* Degrees of freedom of a domain: all rows, and cell 1 alone, whose two rows are PSUs 2 and 4. */
static void check_df(const weeg_replicates *r, const weeg_design *plain, int64_t whole, int64_t part) {
  static const int32_t all[] = {0, 0, 0}, second[] = {-1, 0, -1}, third[] = {-1, -1, 0};
  weeg_design design = *plain;
  int64_t df = -1;
  design.replicates = r;
  CHECK_OK(weeg_design_df(&(weeg_survey){small.tally, &design}, all, 1, &df, NULL));
  CHECK(df == whole);
  CHECK_OK(weeg_design_df(&(weeg_survey){small.tally, &design}, second, 1, &df, NULL));
  CHECK(df == part);
  CHECK_OK(weeg_design_df(&(weeg_survey){small.tally, &design}, third, 1, &df, NULL));
  CHECK(df == 0); /* no rows */
}

static void test_df(void) {
  static const double rscales[5] = {1, 1, 1, 1, 1};
  /* by PSU: the third is the sum of the first two, the fourth twice the second */
  static const double units[] = {1, 0, 2, 0, 1, 0, 1, 1, 1, 0, 1, 1, 3, 1, 1, 0, 2, 2, 2, 0};
  static const int64_t starts[] = {0, 2, 4, 4};
  static const int32_t pairs[] = {0, 0, 1, 1};
  static const int64_t two[] = {2, 2};
  weeg_replicates r = {.count = 5, .rscales = rscales, .df = -1};
  weeg_design strata = small.design;
  r.rank = WEEG_RANK_BOUND;
  check_df(&r, &small.design, 3, 1); /* four rows, two rows */
  r.rank = WEEG_RANK_UNITS;
  r.basis = units;
  check_df(&r, &small.design, 1, 0);
  r.rank = WEEG_RANK_CELLS; /* rows 1 and 2 of the basis are of cell 0, rows 3 and 4 of cell 1 */
  r.basis_start = starts;
  check_df(&r, &small.design, 1, 1);
  r.rank = WEEG_RANK_DESIGN;
  check_df(&r, &small.design, 3, 1); /* four PSUs in one stratum; two of them */
  strata.strata = 2;
  strata.psu_stratum = pairs;
  strata.stratum_psus = two;
  check_df(&r, &strata, 2, 1);
  /* three PSUs and one alone, whose multiplier is always 1 as the mean of the three is: 1 + 2 dimensions; of PSUs 2 and 4, 2 */
  static const int32_t three_one[] = {0, 0, 0, 1};
  static const int64_t sampled[] = {3, 1};
  static const double all[] = {2, INFINITY};
  strata.psu_stratum = three_one;
  strata.stratum_psus = sampled;
  check_df(&r, &strata, 2, 1);
  r.count = 2; /* no more dimensions than replicates */
  check_df(&r, &strata, 1, 1);
  r.count = 5;
  /* stratum 1 of two is in the sample whole, so that its PSUs have multipliers of 1 */
  strata.psu_stratum = pairs;
  strata.stratum_psus = two;
  strata.stratum_fpc = all;
  check_df(&r, &strata, 1, 1);
  r.df = 17;
  check_df(&r, &strata, 17, 17);
}

/* ---- the passes ---- */

enum { ROWS = 3000, COUNT = 37, CELLS = 4 };

static double column[COUNT][ROWS];

/* Totals and ranks of a pass over the rows of a domain. Cell 0 has few rows; the columns have rank 5. */
static void test_pass(void) {
  static int32_t code[ROWS], cell[ROWS];
  static uint8_t domain[ROWS];
  static double w[ROWS];
  static double totals[2][CELLS * COUNT], want[CELLS * COUNT];
  const double *list[COUNT];
  int64_t counts[CELLS], start[CELLS + 1], want_counts[CELLS] = {0};
  for (int i = 0; i < ROWS; i++) {
    double base[5];
    code[i] = i < 9 ? 1 : 2 + sample_draw(3); /* 4: missing */
    domain[i] = i % 7 != 3;
    w[i] = sample_draw(50) / 16.0;
    for (int k = 0; k < 5; k++) base[k] = sample_draw(1000) / 64.0;
    for (int r = 0; r < COUNT; r++) column[r][i] = base[r % 5] - 3 * base[(r * r) % 5];
    if (!domain[i]) continue;
    want_counts[code[i] - 1]++;
    for (int r = 0; r < COUNT; r++) want[(code[i] - 1) * COUNT + r] += w[i] * column[r][i]; /* exact: few bits */
  }
  for (int r = 0; r < COUNT; r++) list[r] = column[r];
  const weeg_column answer = sample_column(code, CELLS - 1);
  CHECK_OK(weeg_replicate_cells(&(weeg_rows){.rows = ROWS, .columns = &answer, .count = 1, .domain = domain}, NULL,
                                cell, counts, NULL));
  for (int c = 0; c < CELLS; c++) CHECK(counts[c] == want_counts[c]);
  CHECK(weeg_replicate_basis(counts, CELLS, COUNT, start));
  CHECK(start[1] == counts[0] && start[2] - start[1] < counts[1]);
  double *basis[2];
  for (int t = 0; t < 2; t++) {
    const weeg_hooks hooks = {.threads = 1 + t};
    basis[t] = malloc(sizeof(double) * (size_t)start[CELLS] * COUNT);
    CHECK_OK(weeg_replicate_totals(&(weeg_replicate_columns){list, COUNT, w, ROWS},
                                   &(weeg_replicate_sums){cell, CELLS, totals[t], start, basis[t]}, &hooks, NULL));
  }
  CHECK(memcmp(totals[0], totals[1], sizeof totals[0]) == 0);
  CHECK(memcmp(basis[0], basis[1], sizeof(double) * (size_t)start[CELLS] * COUNT) == 0);
  for (int k = 0; k < CELLS * COUNT; k++) CHECK_CLOSE(totals[0][k], want[k], 0);
  /* the ranks: a tally of the same cells, each a domain, then all together */
  static const int32_t each[] = {0, 1, 2, 3}, all[] = {0, 0, 0, 0};
  static double rscales[COUNT];
  sample s;
  int64_t df[CELLS];
  sample_make(&s, ROWS, NULL, 1, code, CELLS, &answer, 1, NULL);
  const weeg_replicates r = {.count = COUNT, .totals = totals[0], .rscales = rscales, .df = -1, .rank = WEEG_RANK_CELLS,
                             .basis = basis[0], .basis_start = start};
  s.design.replicates = &r;
  CHECK_OK(weeg_design_df(&(weeg_survey){s.tally, &s.design}, each, CELLS, df, NULL));
  for (int c = 0; c < CELLS; c++) CHECK(df[c] == 4);
  CHECK_OK(weeg_design_df(&(weeg_survey){s.tally, &s.design}, all, 1, df, NULL));
  CHECK(df[0] == 4);
  weeg_tally_free(s.tally);
  free(basis[0]);
  free(basis[1]);
}

static void test_basis_too_large(void) {
  static const int64_t counts[] = {1000000, 5};
  int64_t start[3] = {7, 7, 7};
  CHECK(!weeg_replicate_basis(counts, 2, 5000, start));
  CHECK(start[0] == 0 && start[1] == 0 && start[2] == 0);
}

static int stop_now(void *unused) {
  (void)unused;
  return 1;
}

static void test_weights(void) {
  static const double good[] = {1, -2, 0}, missing[] = {1, 2, NAN}, endless[] = {1, -INFINITY, 3};
  const double *fine[] = {good, good}, *gap[] = {good, missing}, *large[] = {endless, missing};
  const weeg_hooks stop = {.interrupt = stop_now};
  weeg_error err = {0};
  CHECK_OK(weeg_check_replicates(fine, 2, 3, NULL, &err));
  CHECK_STATUS(weeg_check_replicates(gap, 2, 3, NULL, &err), WEEG_ERR_WEIGHT);
  CHECK(err.where == 2);
  CHECK_TEXT(err.message, "replicate weight 2 in row 3 is missing");
  CHECK_STATUS(weeg_check_replicates(large, 2, 3, NULL, &err), WEEG_ERR_WEIGHT);
  CHECK_TEXT(err.message, "replicate weight 1 in row 2 is infinite");
  CHECK_STATUS(weeg_check_replicates(fine, 2, 3, &stop, &err), WEEG_ERR_INTERRUPTED);
}

static void test_look(void) {
  static const double w[] = {1, 2, 3, 0, 5}, a[] = {2, 0, 6, 0, 5}, b[] = {0, 4, 0, 0, 5}, ones[] = {1, 1, 1, 1, 1};
  static const double times[] = {10, 20, 30, 0, 50}, near[] = {1.5, 3, 4.5, 0, 7.5}, large[] = {1000, 1, 2, 3, 4};
  static const double m[] = {0.5, 1.5, 1, 1, 1}, n[] = {1.5, 0.5, 1, 1, 1}, zero[] = {0, 0, 0, 0, 0};
  static const struct {
    const double *x[3];
    bool multipliers, other;
    int constant, same, odd; /* -1: none */
    double ratio;
  } cases[] = {{{a, b, a}, false, false, -1, -1, -1, 0},      {{a, ones, b}, false, false, 1, -1, -1, 0},
               {{a, b, w}, false, false, -1, 2, -1, 1},       {{times, a, b}, false, false, -1, 0, -1, 10},
               {{a, near, b}, false, false, -1, -1, -1, 0},   {{a, b, large}, false, false, -1, -1, 2, 1010.0 / 11},
               {{m, n, m}, true, false, -1, -1, -1, 0},       {{m, n, m}, false, true, -1, -1, -1, 0},
               {{a, b, a}, true, false, -1, -1, -1, 0},       {{zero, m, n}, true, false, 0, -1, -1, 0}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weeg_replicate_look look;
    CHECK_OK(
        weeg_look_at_replicates(&(weeg_replicate_columns){cases[i].x, 3, w, 5}, cases[i].multipliers, &look, NULL));
    CHECK(look.weights_differ && look.other_kind == cases[i].other);
    CHECK(look.constant == cases[i].constant && look.constants == (cases[i].constant >= 0));
    CHECK(look.same == cases[i].same && look.sames == (cases[i].same >= 0));
    CHECK(look.odd == cases[i].odd && look.odds == (cases[i].odd >= 0));
    if (look.same >= 0) CHECK_CLOSE(look.same_ratio, cases[i].ratio, 1e-15);
    if (look.odd >= 0) CHECK_CLOSE(look.odd_ratio, cases[i].ratio, 1e-15);
  }
  /* a row without weight but with a replicate weight: no multiple; totals one in twenty of the weights'; one row; no weights */
  static const double extra[] = {10, 20, 30, 7, 50}, little[] = {0.1, 0.1, 0.1, 0, 0.25}, lone[] = {3};
  const double *const odd_ones[] = {a, little, extra}, *const single[] = {lone, lone}, *const nothing[] = {m, n};
  weeg_replicate_look seen;
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){odd_ones, 3, w, 5}, false, &seen, NULL));
  CHECK(seen.sames == 0 && seen.odds == 2 && seen.odd == 1 && seen.constants == 0);
  CHECK_CLOSE(seen.odd_ratio, 0.05, 1e-15);
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){single, 2, w, 1}, false, &seen, NULL));
  CHECK(seen.constants == 2 && seen.constant == 0 && !seen.weights_differ);
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){nothing, 2, zero, 5}, false, &seen, NULL));
  CHECK(!seen.other_kind && !seen.weights_differ && seen.odds == 0);
  /* one value but in the first row: no constant; two rows, of which the second one shows that columns are multipliers */
  static const double first[] = {7, 1, 1, 1, 1}, unequal[] = {1, 100}, about_one[] = {1, 1.5}, below[] = {1, 0.5};
  const double *const firsts[] = {first, a}, *const factors[] = {about_one, below};
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){firsts, 2, first, 5}, false, &seen, NULL));
  CHECK(seen.constants == 0 && seen.weights_differ);
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){factors, 2, unequal, 2}, false, &seen, NULL));
  CHECK(seen.other_kind && seen.constants == 0);
  /* a and b are weights about w: said to be multipliers, that shows where the rows are alike */
  const double *const pair[] = {a, b};
  weeg_replicate_look look;
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){pair, 2, w, 5}, true, &look, NULL));
  CHECK(look.other_kind);
  CHECK_OK(weeg_look_at_replicates(&(weeg_replicate_columns){pair, 2, NULL, 5}, false, &look, NULL));
  CHECK(!look.weights_differ);
}

/* Totals of cell 0 (PSUs 1 and 3, weights 1 and 3) and cell 1 (PSUs 2 and 4, weights 2 and 4). */
/* The defaults of survey::svrepdesign() 4.5; of multipliers, ?weeg_replicate_design. */
static void test_defaults(void) {
  static const double most[] = {1.25, 2, 4, 1.6};
  static const struct {
    weeg_replicate_type type;
    const double *largest;
    double scale, rscale;  /* of the third replicate */
  } cases[] = {
      {WEEG_REPLICATES_BRR, NULL, 0.25, 1},      {WEEG_REPLICATES_FAY, NULL, 1.0 / (4 * (0.7 * 0.7)), 1},
      {WEEG_REPLICATES_JK1, NULL, 0.75, 1},      {WEEG_REPLICATES_JK1, most, 1 / 1.25, 1},
      {WEEG_REPLICATES_JKN, NULL, 1, NAN},       {WEEG_REPLICATES_JKN, most, 1, 0.25},
      {WEEG_REPLICATES_JK2, most, 1, 1},         {WEEG_REPLICATES_BOOTSTRAP, most, 1.0 / 3, 1},
      {WEEG_REPLICATES_SDR, NULL, 1, 1},         {WEEG_REPLICATES_ACS, NULL, 1, 1},
      {WEEG_REPLICATES_OTHER, most, NAN, 1},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_replicates usual = {0};
    double rscales[4] = {0};
    weeg_replicate_defaults(&(weeg_replicate_method){cases[k].type, 4, 0.3, cases[k].largest}, &usual, rscales);
    CHECK(isnan(cases[k].scale) ? isnan(usual.scale) : usual.scale == cases[k].scale);
    CHECK(isnan(cases[k].rscale) ? isnan(rscales[2]) : rscales[2] == cases[k].rscale);
    CHECK(usual.mse == (cases[k].type == WEEG_REPLICATES_ACS));
  }
}

static void test_multiply(void) {
  enum { MANY = 70 };
  static double multipliers[4 * MANY], totals[3 * MANY];
  for (int i = 0; i < 4 * MANY; i++) multipliers[i] = sample_draw(1000) / 8.0;
  for (int threads = 1; threads <= 2; threads++) {
    const weeg_hooks hooks = {.threads = threads};
    CHECK_OK(weeg_replicate_multiply(small.tally, &(weeg_multipliers){multipliers, MANY}, &hooks, totals, NULL));
    for (int r = 0; r < MANY; r++) {
      CHECK(totals[r] == multipliers[r] + 3 * multipliers[2 * MANY + r]);
      CHECK(totals[MANY + r] == 2 * multipliers[MANY + r] + 4 * multipliers[3 * MANY + r]);
      CHECK(totals[2 * MANY + r] == 0);
    }
  }
}

/* ---- bootstraps, with the "random" numbers 0, 0, 1, 1, 0, 0, ... ---- */

static int32_t scripted(void *ctx, int32_t size) {
  static const int32_t script[] = {0, 0, 1, 1};
  int *step = ctx;
  const int32_t number = script[(*step)++ % 4];
  return number < size ? number : 0;
}

/*
 * Stratum 1 has PSUs 1, 3 and 4, stratum 2 PSU 2 alone, stratum 3 PSUs 5 and 6 of 6. Draws of Rao and Wu, two in stratum 1
 * and one in stratum 3: (0, 0; 1), (1, 0; 0). Of Preston, one in each: (0; 1), (1; 0). With f = 1/3 in stratum 3,
 * l = sqrt(2/3) for both.
 */
static void test_bootstrap(void) {
  static const int32_t psu_stratum[] = {0, 1, 0, 0, 2, 2};
  static const int64_t sampled[] = {3, 1, 2};
  static const double sizes[] = {INFINITY, INFINITY, 6};
  const double l = sqrt(2.0 / 3), m = sqrt(0.5);
  const double rao_wu[] = {3, 1.5, 1, 1, 0, 1.5, 0, 0, 1 - l, 1 + l, 1 + l, 1 - l};
  const double preston[] = {1 + 2 * m, 1 - m, 1, 1, 1 - m, 1 + 2 * m, 1 - m, 1 - m, 1 - l, 1 + l, 1 + l, 1 - l};
  weeg_design design = {
      .strata = 3, .psus = 6, .psu_stratum = psu_stratum, .stratum_psus = sampled, .stratum_fpc = sizes};
  const weeg_design element = {.element = true, .strata = 1, .stratum_psus = sampled};
  const weeg_hooks stop = {.interrupt = stop_now};
  double multipliers[12], many[6 * 64];
  int step = 0;
  const weeg_random random = {scripted, &step};
  weeg_error err = {0};
  CHECK_OK(weeg_bootstrap_multipliers(&design, &(weeg_bootstrap_choice){WEEG_BOOTSTRAP_RAO_WU, 2}, &random, multipliers,
                                      &err));
  for (int i = 0; i < 12; i++) CHECK_CLOSE(multipliers[i], rao_wu[i], 1e-15);
  step = 1;
  CHECK_OK(weeg_bootstrap_multipliers(&design, &(weeg_bootstrap_choice){WEEG_BOOTSTRAP_PRESTON, 2}, &random,
                                      multipliers, &err));
  for (int i = 0; i < 12; i++) CHECK_CLOSE(multipliers[i], preston[i], 1e-15);
  CHECK_STATUS(weeg_bootstrap_multipliers(&element, &(weeg_bootstrap_choice){WEEG_BOOTSTRAP_PRESTON, 2}, &random,
                                          multipliers, &err),
               WEEG_ERR_ARGUMENT);
  design.hooks = &stop;
  CHECK_STATUS(
      weeg_bootstrap_multipliers(&design, &(weeg_bootstrap_choice){WEEG_BOOTSTRAP_RAO_WU, 64}, &random, many, &err),
      WEEG_ERR_INTERRUPTED);
}

/* Stratum 2 is in the sample whole: multipliers of 1, and no number is drawn for it. A PSU without rows has 1 as well. */
static void test_whole_stratum(void) {
  static const int32_t psu_stratum[] = {0, 1, 1, 0, -1};
  static const int64_t sampled[] = {2, 2};
  static const double sizes[] = {8, 2};
  const double l = sqrt(0.75); /* of stratum 1: both methods draw one of two */
  const double want[] = {1 + l, 1 + l, 1 - l, 1, 1, 1, 1, 1, 1, 1 - l, 1 - l, 1 + l, 1, 1, 1};
  const weeg_design design = {.strata = 2, .psus = 5, .psu_stratum = psu_stratum, .stratum_psus = sampled, .stratum_fpc = sizes};
  for (weeg_bootstrap kind = WEEG_BOOTSTRAP_RAO_WU; kind <= WEEG_BOOTSTRAP_PRESTON; kind++) {
    double multipliers[15];
    int step = 0;
    const weeg_random random = {scripted, &step};
    CHECK_OK(weeg_bootstrap_multipliers(&design, &(weeg_bootstrap_choice){kind, 3}, &random, multipliers, NULL));
    for (int i = 0; i < 15; i++) CHECK_CLOSE(multipliers[i], want[i], 1e-15);
    CHECK(step == 3);
  }
}

static int go_on(void *unused) {
  (void)unused;
  return 0;
}

/* Who asks to stop is listened to between replicates and rows, and who does not gets all. */
static void test_interrupts(void) {
  enum { MANY = 64 * 2048 + 5 };
  static int32_t cell[MANY];
  static const int32_t psu_stratum[] = {0, 0};
  static const int64_t sampled[] = {2};
  weeg_design design = {.strata = 1, .psus = 2, .psu_stratum = psu_stratum, .stratum_psus = sampled};
  const weeg_column whole = {NULL, WEEG_CODE_U8, 1};
  const weeg_hooks hooks[] = {{.interrupt = stop_now}, {.interrupt = go_on}, {.threads = 1}};
  for (int k = 0; k < 4; k++) {
    const weeg_status want = k == 0 ? WEEG_ERR_INTERRUPTED : WEEG_OK;
    double multipliers[2 * 64];
    int64_t counts[2];
    int step = 0;
    const weeg_random random = {scripted, &step};
    design.hooks = k < 3 ? &hooks[k] : NULL;
    CHECK_STATUS(weeg_bootstrap_multipliers(&design, &(weeg_bootstrap_choice){WEEG_BOOTSTRAP_RAO_WU, 64}, &random,
                                            multipliers, NULL),
                 want);
    CHECK_STATUS(weeg_replicate_cells(&(weeg_rows){.rows = MANY, .columns = &whole, .count = 1}, design.hooks, cell,
                                      counts, NULL),
                 want);
    if (k > 0) CHECK(counts[0] == MANY && cell[MANY - 1] == 0);
  }
}

int main(void) {
  make_small();
  test_variance();
  test_two_bases();
  test_stopped();
  test_many();
  test_df();
  test_pass();
  test_basis_too_large();
  test_weights();
  test_look();
  test_defaults();
  test_multiply();
  test_bootstrap();
  test_whole_stratum();
  test_interrupts();
  weeg_tally_free(small.tally);
  return test_report("replicates");
}
