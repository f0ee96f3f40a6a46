/*
 * Proportions within groups, their covariance, totals, design effects: worked out by hand as fractions.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

/* Two groups, two answers; cells group * 3 + answer, the last position missing. */
enum { GROUPS = 2, LEVELS = 2, CELLS = 9, OUTPUTS = 4 };
static const int32_t cell_group[] = {0, 0, 0, 1, 1, 1, -1, -1, -1};
static const int32_t cell_level[] = {0, 1, -1, 0, 1, -1, 0, 1, -1};

typedef struct result {
  int64_t n[OUTPUTS], base_n[GROUPS], df[GROUPS];
  double weighted[OUTPUTS], estimate[OUTPUTS], variance[OUTPUTS], covariance[OUTPUTS * OUTPUTS];
} result;

static void estimate(const sample *s, result *r) {
  CHECK_OK(weeg_proportions(&(weeg_survey){s->tally, &s->design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                            INTO(.n = r->n, .weighted = r->weighted, .estimate = r->estimate, .variance = r->variance,
                                 .base_n = r->base_n, .df = r->df),
                            NULL));
  CHECK_OK(weeg_proportion_covariance(&(weeg_survey){s->tally, &s->design},
                                      TABLE(cell_group, GROUPS, cell_level, LEVELS), r->covariance, NULL));
}

/*
 * Group 1 has weights 1 (yes), 1 (no), 2 (yes): p = 3/4, scores w (y - p) / 4 = 1/16, -3/16, 2/16.
 * Group 2 has 3 (yes), 1 (no): p = 3/4, scores 3/16, -3/16. Scores sum to 0, so the variance is n/(n-1) sum z^2.
 */
static const int32_t group[] = {1, 1, 1, 2, 2, 1, 2, 0}, answer[] = {1, 2, 1, 1, 2, 0, 0, 2};
static const double weights[] = {1, 1, 2, 3, 1, 5, 0, 4};

static void make(sample *s, int64_t rows, const int32_t *psu, int32_t psus) {
  const weeg_column columns[] = {sample_column(group, GROUPS), sample_column(answer, LEVELS)};
  sample_make(s, rows, NULL, 1, psu, psus, columns, 2, weights);
}

static void check_common(const result *r) {
  static const int64_t n[] = {2, 1, 1, 1};
  static const double weighted[] = {3, 1, 3, 1}, p[] = {0.75, 0.25, 0.75, 0.25};
  for (int o = 0; o < OUTPUTS; o++) {
    CHECK(r->n[o] == n[o] && r->weighted[o] == weighted[o] && r->estimate[o] == p[o]);
    CHECK_CLOSE(r->covariance[o * OUTPUTS + o], r->variance[o], 1e-14);
    CHECK_CLOSE(r->covariance[o * OUTPUTS + (o ^ 1)], -r->variance[o], 1e-14); /* yes and no are one */
  }
  CHECK(r->base_n[0] == 3 && r->base_n[1] == 2);
}

/* Every row a PSU: 5/4 of 14/256 and 18/256. Eight rows, three without a place in the table: 8/7. */
static void test_rows(void) {
  for (int rows = 5; rows <= 8; rows += 3) {
    sample s;
    result r;
    make(&s, rows, NULL, 0);
    estimate(&s, &r);
    check_common(&r);
    const double factor = rows == 5 ? 5.0 / 4 : 8.0 / 7;
    CHECK_CLOSE(r.variance[0], factor * 14 / 256, 1e-14);
    CHECK_CLOSE(r.variance[1], factor * 14 / 256, 1e-14);
    CHECK_CLOSE(r.variance[2], factor * 18 / 256, 1e-14);
    CHECK(fabs(r.covariance[2]) < 1e-17); /* rows of two groups: nothing in common */
    /* rows minus strata; a row without an answer counts, one of zero weight does not */
    CHECK(r.df[0] == (rows == 5 ? 2 : 3) && r.df[1] == 1);
    weeg_tally_free(s.tally);
  }
}

/* PSUs {1, 4}, {2, 5}, {3}: scores (1, 3), (-3, -3), (2, 0) in 16ths; 3/2 of the squares and products. */
static void test_clusters(void) {
  static const int32_t psu[] = {1, 2, 3, 1, 2};
  sample s;
  result r;
  make(&s, 5, psu, 3);
  estimate(&s, &r);
  check_common(&r);
  CHECK_CLOSE(r.variance[0], 21.0 / 256, 1e-14);
  CHECK_CLOSE(r.variance[3], 27.0 / 256, 1e-14);
  CHECK_CLOSE(r.covariance[2], 18.0 / 256, 1e-14);          /* yes in group 1, yes in group 2 */
  CHECK_CLOSE(r.covariance[3], -18.0 / 256, 1e-14);         /* yes in group 1, no in group 2 */
  CHECK_CLOSE(r.covariance[3 * OUTPUTS], -18.0 / 256, 1e-14);
  CHECK(r.df[0] == 2 && r.df[1] == 1);
  static const double size[] = {6}; /* half of the PSUs */
  s.design.stratum_fpc = size;
  estimate(&s, &r);
  CHECK_CLOSE(r.variance[0], 21.0 / 512, 1e-14);
  weeg_tally_free(s.tally);
}

/* A group without rows, an answer that nobody gave, and all rows in one cell. */
static void test_empty(void) {
  static const int32_t one[] = {1, 1, 1}, odd[] = {2, 2, 2};
  const weeg_column columns[] = {sample_column(one, GROUPS), sample_column(odd, LEVELS)};
  static const double w[] = {0.1, 0.7, 1.1};
  sample s;
  result r;
  sample_make(&s, 3, NULL, 1, NULL, 0, columns, 2, w);
  estimate(&s, &r);
  CHECK(r.estimate[0] == 0 && r.estimate[1] == 1 && r.variance[0] == 0 && r.variance[1] == 0);
  CHECK(r.n[0] == 0 && r.n[1] == 3 && r.weighted[0] == 0);
  CHECK(isnan(r.estimate[2]) && isnan(r.estimate[3]) && isnan(r.variance[2]) && isnan(r.variance[3]));
  CHECK(r.n[2] == 0 && r.weighted[3] == 0 && r.base_n[1] == 0 && r.df[1] == 0 && r.df[0] == 2);
  weeg_tally_free(s.tally);
  sample_make(&s, 0, NULL, 1, NULL, 0, columns, 2, w);
  estimate(&s, &r);
  CHECK(isnan(r.estimate[0]) && isnan(r.variance[0]) && r.base_n[0] == 0 && r.df[0] == 0);
  weeg_tally_free(s.tally);
}

static void test_optional(void) {
  sample s;
  double p[OUTPUTS];
  make(&s, 5, NULL, 0);
  CHECK_OK(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                            INTO(.estimate = p), NULL));
  CHECK(p[0] == 0.75);
  CHECK_OK(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS), INTO(0),
                            NULL));
  /* without variances a lonely stratum is no error */
  weeg_tally_free(s.tally);
  make(&s, 1, NULL, 0);
  CHECK_OK(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                            INTO(.estimate = p), NULL));
  double v[OUTPUTS];
  weeg_error err = {0};
  CHECK_STATUS(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                                INTO(.estimate = p, .variance = v), &err),
               WEEG_ERR_LONELY_PSU);
  weeg_tally_free(s.tally);
}

/* Clusters as before: yes totals 4, 0, 2, mean 2, squares 8, times 3/2; no 0, 2, 0: squares 8/3, times 3/2. */
static void test_totals(void) {
  static const int32_t psu[] = {1, 2, 3, 1, 2};
  sample s;
  const double quantile = 4.302652729749462; /* of t with 2 degrees of freedom at 97.5 %: 0.95 sqrt(2 / (1 - 0.95^2)) */
  weeg_total t[3] = {{0}, {0}, {.n = -7}};
  make(&s, 5, psu, 3);
  CHECK_OK(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_level, 2), 0.95, t, NULL));
  double v[4]; /* the products of their deviations sum to -4 */
  CHECK_OK(weeg_total_covariance(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_level, 2), v, NULL));
  CHECK_CLOSE(v[0], 12, 1e-14);
  CHECK_CLOSE(v[1], -6, 1e-14);
  CHECK(v[1] == v[2]);
  CHECK_CLOSE(v[3], 4, 1e-14);
  CHECK(t[0].n == 3 && t[1].n == 2 && t[0].estimate == 6 && t[1].estimate == 2 && t[0].df == 2 && t[2].n == -7);
  CHECK_CLOSE(t[0].std_error, sqrt(12), 1e-14);
  CHECK_CLOSE(t[1].std_error, 2, 1e-14);
  CHECK_CLOSE(t[0].low, 6 - quantile * sqrt(12), 1e-13);
  CHECK_CLOSE(t[1].high, 2 + quantile * 2, 1e-13);
  CHECK(t[0].reason == WEEG_REASON_NONE);
  /* each group's answers, group-major: those of one answer that says both */
  weeg_total crossed[4], both[4];
  int32_t cell_both[CELLS];
  for (int c = 0; c < CELLS; c++) cell_both[c] = cell_group[c] < 0 || cell_level[c] < 0 ? -1 : 2 * cell_group[c] + cell_level[c];
  CHECK_OK(weeg_totals(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, 2, cell_level, 2), 0.95, crossed, NULL));
  CHECK_OK(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_both, 4), 0.95, both, NULL));
  for (int o = 0; o < 4; o++) {
    CHECK(crossed[o].n == both[o].n && crossed[o].estimate == both[o].estimate && crossed[o].reason == both[o].reason);
    CHECK_CLOSE(crossed[o].std_error, both[o].std_error, 0);
    CHECK(crossed[o].df == both[o].df);
  }
  static const int32_t nowhere[CELLS] = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
  CHECK_OK(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(nowhere, 2), 0.95, t, NULL));
  CHECK(t[0].n == 0 && t[0].estimate == 0 && t[0].std_error == 0 && t[0].reason == WEEG_REASON_ZERO_VARIANCE);
  /* group 2's yes is in the first PSU only, 3, 0, 0: squares 6, times 3/2; a total of nobody beside it has no variance to show */
  static const int32_t one[CELLS] = {-1, -1, -1, 0, -1, -1, -1, -1, -1};
  CHECK_OK(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(one, 2), 0.95, t, NULL));
  CHECK(t[0].n == 1 && t[0].estimate == 3 && t[1].n == 0 && t[1].estimate == 0);
  CHECK_CLOSE(t[0].std_error, 3, 1e-14);
  CHECK(isnan(t[1].std_error) && isnan(t[1].low) && t[1].reason == WEEG_REASON_NO_VARIANCE && t[2].n == -7);
  weeg_tally_free(s.tally);
  /* one PSU: no degrees of freedom, and no quantile of t */
  static const int32_t alone[] = {1, 1, 1, 1, 1};
  make(&s, 5, alone, 1);
  s.design.lonely = WEEG_LONELY_REMOVE;
  CHECK_OK(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_level, 2), 0.95, t, NULL));
  CHECK(t[0].estimate == 6 && t[0].df == 0 && isnan(t[0].std_error) && isnan(t[0].high));
  CHECK(t[0].reason == WEEG_REASON_NO_VARIANCE);
  weeg_tally_free(s.tally);
}

/* All rows of a fixed number of equal weights in two strata: p = (T1 p1 + T2 p2) / T, textbook stratified sampling. */
static void test_stratified(void) {
  /* stratum 1: 4 rows of weight 10, 3 yes; stratum 2: 5 rows of weight 2, 1 yes; group 1 only */
  static const int32_t stratum[] = {1, 1, 1, 1, 2, 2, 2, 2, 2}, yes[] = {1, 1, 1, 2, 1, 2, 2, 2, 2};
  static const int32_t ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  static const double w[] = {10, 10, 10, 10, 2, 2, 2, 2, 2}, sizes[] = {40, 10};
  const weeg_column columns[] = {sample_column(ones, GROUPS), sample_column(yes, LEVELS)};
  sample s;
  result r;
  sample_make(&s, 9, stratum, 2, NULL, 0, columns, 2, w);
  estimate(&s, &r);
  CHECK_CLOSE(r.estimate[0], 32.0 / 50, 1e-15);
  /* sum of (N_h/N)^2 p_h (1 - p_h) / (n_h - 1): (4/5)^2 (3/16) / 3 + (1/5)^2 (4/25) / 4 = 1/25 + 1/625 */
  CHECK_CLOSE(r.variance[0], 26.0 / 625, 1e-14);
  CHECK(r.df[0] == 7);
  s.design.stratum_fpc = sizes; /* times 1 - 4/40 and 1 - 5/10 */
  estimate(&s, &r);
  CHECK_CLOSE(r.variance[0], 0.9 / 25 + 0.5 / 625, 1e-14);
  weeg_tally_free(s.tally);
}

static void test_design_effect(void) {
  CHECK_CLOSE(weeg_deff(0.5, 0.02, 26), 2, 1e-15);
  CHECK(isnan(weeg_deff(0, 0, 26)) && isnan(weeg_deff(1, 0, 26)) && isnan(weeg_deff(0.5, 0.02, 1)) &&
        isnan(weeg_deff(NAN, NAN, 0)));
  CHECK_CLOSE(weeg_n_effective(0.5, 0.02, 26), 12.5, 1e-15);
  CHECK(weeg_n_effective(0, 0, 26) == 26 && weeg_n_effective(1, 0, 26) == 26);
  CHECK(isnan(weeg_n_effective(0.5, 0, 26)));
  CHECK(isnan(weeg_n_effective(NAN, NAN, 0)) && isnan(weeg_n_effective(0.5, NAN, 3)));
}

static void test_bad_arguments(void) {
  sample s;
  weeg_total total;
  int64_t n[OUTPUTS];
  double p[OUTPUTS], v[OUTPUTS], c[OUTPUTS * OUTPUTS];
  weeg_error err = {0};
  make(&s, 5, NULL, 0);
  CHECK_STATUS(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, 1, cell_level, LEVELS),
                                INTO(.n = n, .estimate = p, .variance = v), &err),
               WEEG_ERR_ARGUMENT);
  CHECK(err.where == 3);
  CHECK_STATUS(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, 1),
                                INTO(.n = n, .estimate = p, .variance = v), &err),
               WEEG_ERR_ARGUMENT);
  CHECK(err.where == 1);
  CHECK_STATUS(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, 65536, cell_level, 65536),
                                INTO(.n = n, .estimate = p, .variance = v), &err),
               WEEG_ERR_TOO_LARGE);
  CHECK_STATUS(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, -1, cell_level, 2),
                                INTO(.n = n, .estimate = p, .variance = v), &err),
               WEEG_ERR_TOO_LARGE);
  CHECK_STATUS(
      weeg_proportion_covariance(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, 1, cell_level, LEVELS), c, &err),
      WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_level, 1), 0.95, &total, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_totals(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_level, 2), 1, &total, &err),
               WEEG_ERR_ARGUMENT);
  s.design.strata = 3;
  CHECK_STATUS(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                                INTO(.n = n, .estimate = p, .variance = v), &err),
               WEEG_ERR_ARGUMENT);
  weeg_tally_free(s.tally);
}

int main(void) {
  test_rows();
  test_clusters();
  test_empty();
  test_optional();
  test_totals();
  test_stratified();
  test_design_effect();
  test_bad_arguments();
  return test_report("estimate");
}
