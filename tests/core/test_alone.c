/*
 * Domains without a variance of their own, and variances that are 0 but for rounding: cases by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "variance/alone.h"
#include "oracle.h"

enum { ROWS = 12 };

/* Town (the group) and answer, three towns of four rows: the cell is town * 3 + answer, the third answer missing. */
static const int32_t town[ROWS] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
static const int32_t answer[ROWS] = {1, 2, 1, 2, 2, 2, 1, 2, 1, 1, 2, 2};
static const double w[ROWS] = {1.1, 2.3, 0.7, 1.9, 3.1, 1.7, 2.2, 0.3, 1.3, 2.9, 0.1, 1.5};

/* domain[cell]: the town; 12 cells of 4 towns (the last missing) and 3 answers */
static void find_towns(int32_t *domain, int32_t *level) {
  for (int32_t c = 0; c < 12; c++) {
    domain[c] = c / 3 < 3 ? c / 3 : -1;
    level[c] = c % 3 < 2 ? c % 3 : -1;
  }
}

static void make(sample *s, const int32_t *stratum, int32_t strata, const int32_t *psu, int32_t psus) {
  const weeg_column columns[] = {sample_column(town, 3), sample_column(answer, 2)};
  sample_make(s, ROWS, stratum, strata, psu, psus, columns, 2, w);
}

static void check_own(const sample *s, int a, int b, int c) {
  int32_t domain[12], level[12];
  uint8_t has[3] = {7, 7, 7};
  weeg_error err = {0};
  find_towns(domain, level);
  CHECK_OK(weeg_own_variance(&(weeg_survey){s->tally, &s->design}, domain, 3, has, &err));
  CHECK(has[0] == a && has[1] == b && has[2] == c);
}

static void test_own(void) {
  static const int32_t half[ROWS] = {1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 5, 5}, strata[ROWS] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2};
  static const int32_t apart[ROWS] = {1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2};
  static const double census[] = {4, 1};
  sample s;
  make(&s, NULL, 1, town, 3); /* each town is a PSU */
  check_own(&s, 0, 0, 0);
  weeg_tally_free(s.tally);
  make(&s, strata, 2, half, 5); /* two towns of two PSUs, one of one, which is alone in its stratum */
  check_own(&s, 1, 1, 0);
  s.design.stratum_fpc = census; /* all PSUs of both strata are in the sample: there is nothing to estimate */
  check_own(&s, 1, 1, 1);
  weeg_tally_free(s.tally);
  make(&s, NULL, 1, NULL, 0); /* rows are PSUs */
  check_own(&s, 1, 1, 1);
  weeg_tally_free(s.tally);
  make(&s, apart, 2, apart, 2); /* two PSUs, each alone in its stratum: by the rule */
  s.design.lonely = WEEG_LONELY_ADJUST;
  check_own(&s, 1, 1, 1);
  s.design.lonely = WEEG_LONELY_REMOVE;
  check_own(&s, 0, 0, 0);
  s.design.lonely = WEEG_LONELY_CERTAINTY;
  check_own(&s, 0, 0, 0);
  weeg_tally_free(s.tally);
}

/* Sets of groups: a town, two towns together, none. */
static void test_sets(void) {
  static const int64_t start[] = {0, 1, 3, 3, 5};
  static const int32_t group[] = {0, 0, 1, 1, 2};
  int32_t domain[12], level[12];
  uint8_t has[4] = {7, 7, 7, 7};
  weeg_error err = {0};
  sample s;
  find_towns(domain, level);
  const weeg_sets sets = {TABLE(domain, 3, level, 2), 4, start, group};
  make(&s, NULL, 1, town, 3);
  CHECK_OK(weeg_i_set_own_variance(&(weeg_survey){s.tally, &s.design}, &sets, has, &err));
  CHECK(has[0] == 0 && has[1] == 1 && has[2] == 1 && has[3] == 1);
  weeg_tally_free(s.tally);
}

/* Replicate weights of unknown make: towns 1 and 3 have one multiplier in each replicate, town 2 has two. */
static void test_replicates(void) {
  static const double multiplier[] = {0, 1.5, 1.5, 1.5, 0, 1.5, 1.5, 1.5, 0, 1.2, 0.9, 0.9}; /* [town, town 2b][replicate] */
  static const double rscales[] = {1, 1, 1};
  double totals[12 * 3] = {0};
  sample s;
  make(&s, NULL, 1, town, 3);
  for (int i = 0; i < ROWS; i++) {
    const int32_t cell = (town[i] - 1) * 3 + answer[i] - 1, of = i == 4 ? 3 : town[i] - 1;
    for (int r = 0; r < 3; r++) totals[cell * 3 + r] += w[i] * multiplier[of * 3 + r];
  }
  const weeg_replicates replicates = {.count = 3, .totals = totals, .scale = 1, .rscales = rscales, .df = -1};
  s.design.replicates = &replicates;
  check_own(&s, 0, 1, 0);
  weeg_tally_free(s.tally);
}

/*
 * By the replicate weights of the rows. Each answer of town 1 has the same total in each replicate, as a calibrated margin has,
 * and rows that vary; town 2 is one PSU, of rows rounded to four digits; town 3 is another, with a row that is in no replicate.
 */
static void test_rows_of_replicates(void) {
  static const double basis[ROWS * 2] = {1, 2, 2, 1, 2, 1, 1, 2, 2.345, 4.689, 1.001, 2.003, 3, 6, 1, 2, 0, 0, 1, 3, 2, 6, 1, 3};
  static const int64_t of_cell[13] = {0, 2, 4, 4, 5, 8, 8, 10, 12, 12, 12, 12, 12}, start[] = {0, 1, 3, 4};
  static const double rscales[] = {1, 1};
  static const int32_t group[] = {1, 1, 2, 2};
  double totals[12 * 2] = {0};
  int32_t domain[12], level[12];
  uint8_t has[3] = {7, 7, 7};
  weeg_error err = {0};
  sample s;
  find_towns(domain, level);
  make(&s, NULL, 1, NULL, 0);
  for (int c = 0; c < 12; c++) {
    for (int64_t i = of_cell[c] * 2; i < of_cell[c + 1] * 2; i++) totals[c * 2 + i % 2] += basis[i];
  }
  const weeg_replicates replicates = {.count = 2, .totals = totals, .scale = 1, .rscales = rscales, .df = -1,
                                      .rank = WEEG_RANK_CELLS, .basis = basis, .basis_start = of_cell};
  s.design.replicates = &replicates;
  check_own(&s, 1, 0, 0);
  const weeg_sets sets = {TABLE(domain, 3, level, 2), 3, start, group}; /* town 2, both, town 3 */
  CHECK_OK(weeg_i_set_own_variance(&(weeg_survey){s.tally, &s.design}, &sets, has, &err));
  CHECK(has[0] == 0 && has[1] == 1 && has[2] == 0);
  weeg_tally_free(s.tally);
}

/* The variances of proportions of towns that are PSUs do not exist, nor does a test; the errors of the rule come first. */
static void test_withheld(void) {
  int32_t domain[12], level[12];
  double estimate[6], variance[6];
  weeg_error err = {0};
  weeg_test test;
  sample s;
  find_towns(domain, level);
  make(&s, NULL, 1, town, 3);
  CHECK_OK(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(domain, 3, level, 2),
                            INTO(.estimate = estimate, .variance = variance), &err));
  CHECK_CLOSE(estimate[0], 0.3, 1e-15);
  for (int o = 0; o < 6; o++) CHECK(isnan(variance[o]));
  for (int m = 0; m <= WEEG_TEST_LINCOM; m++) {
    CHECK_OK(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(domain, 3, level, 2),
                                    BY((weeg_test_method)m), &test, &err));
    CHECK(test.reason == WEEG_REASON_NO_VARIANCE && isnan(test.statistic) && isnan(test.p_value) && test.chisq > 0);
  }
  CHECK_OK(
      weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(domain, 3, level, 2), WEEG_SCORE_RIDIT, &test, &err));
  CHECK(test.reason == WEEG_REASON_NO_VARIANCE);
  weeg_tally_free(s.tally);
}

/* Shares of two answers in one PSU, of which the second has next to no weight: 1 - p has few digits, and the score of the PSU. */
static void test_rounding(void) {
  static const int32_t one[ROWS] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2}, other[ROWS] = {1, 1, 1, 1, 1, 1, 2, 2, 1, 2, 1, 2};
  const double part[] = {0.3, 0.03, 1e-3, 1e-6, 1e-9};
  for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
    double weights[ROWS];
    for (int r = 0; r < ROWS; r++) weights[r] = (other[r] == 2 ? part[i] : 1) * (1 + 0.1 * r);
    const weeg_column column = sample_column(other, 2);
    /* PSU 1 has weights of both answers, and so has PSU 2 */
    sample s;
    sample_make(&s, ROWS, NULL, 1, one, 2, &column, 1, weights);
    const int32_t place[] = {0, 1, -1}, group[] = {0, 0, -1};
    double estimate[2], variance[2];
    weeg_error err = {0};
    CHECK_OK(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(group, 1, place, 2),
                              INTO(.estimate = estimate, .variance = variance), &err));
    /* a true variance, however small the part is */
    CHECK(variance[0] > 0 && sqrt(variance[0]) > 1e-3 * part[i]);
    CHECK_CLOSE(variance[0], variance[1], 1e-6);
    weeg_tally_free(s.tally);
  }
}

/* 1000 PSUs with the same shares and other sizes: every score is 0 but for rounding. */
static void test_same_shares(void) {
  enum { PSUS = 1000 };
  static int32_t psu[3 * PSUS], level[3 * PSUS];
  static double weights[3 * PSUS];
  for (int i = 0; i < PSUS; i++) {
    for (int k = 0; k < 3; k++) {
      psu[3 * i + k] = i + 1;
      level[3 * i + k] = k + 1;
      weights[3 * i + k] = (1 + 0.37 * (i % 17)) * (k == 0 ? 0.1 : k == 1 ? 0.7 : 55.5);
    }
  }
  const weeg_column column = sample_column(level, 3);
  const int32_t place[] = {0, 1, 2, -1}, group[] = {0, 0, 0, -1};
  double estimate[3], variance[3], covariance[9];
  weeg_error err = {0};
  sample s;
  sample_make(&s, 3 * PSUS, NULL, 1, psu, PSUS, &column, 1, weights);
  CHECK_OK(weeg_proportions(&(weeg_survey){s.tally, &s.design}, TABLE(group, 1, place, 3),
                            INTO(.estimate = estimate, .variance = variance), &err));
  CHECK_OK(weeg_proportion_covariance(&(weeg_survey){s.tally, &s.design}, TABLE(group, 1, place, 3), covariance, &err));
  for (int k = 0; k < 3; k++) CHECK(variance[k] == 0);
  for (int k = 0; k < 9; k++) CHECK(covariance[k] == 0);
  weeg_tally_free(s.tally);
}

/* Levels alone, and what is known of them by the rows: levels of both margins in any order, some of them in one PSU. */
static void test_margins(void) {
  enum { LEVELS = 4, CELLS = 5 * 5 * 2 };
  static const int32_t levels[] = {LEVELS, LEVELS, 1};
  static oracle o;
  for (int repeat = 0; repeat < 40; repeat++) {
    int32_t place[2][CELLS];
    uint8_t got[2 * LEVELS];
    bool any = false, some = false;
    oracle_draw(&o, 80, 2, 4, levels);
    for (int i = 0; i < o.rows; i++) { /* level 4 of one and 3 of the other only in a PSU, or with one level of the other */
      if (o.code[0][i] == 4 && o.psu[i] != 1 + repeat % 8) o.code[0][i] = 1 + o.psu[i] % 3;
      if (o.code[1][i] == 3 && repeat % 2 == 0 && o.psu[i] != 8) o.code[1][i] = 1;
      if (o.code[1][i] == 4 && repeat % 3 == 0) o.code[0][i] = 2;
    }
    oracle_make(&o, false);
    for (int32_t c = 0; c < CELLS; c++) {
      for (int m = 0; m < 2; m++) place[m][c] = oracle_level(&o, m, c) < 0 ? -1 : (oracle_level(&o, m, c) + repeat) % LEVELS;
    }
    CHECK_OK(weeg_levels_alone(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(place[0], LEVELS, place[1], LEVELS), got,
                               NULL));
    CHECK_OK(weeg_i_table_alone(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(place[0], LEVELS, place[1], LEVELS), &any,
                                NULL));
    for (int m = 0; m < 2; m++) {
      for (int32_t k = 0; k < LEVELS; k++) {
        bool psu[9] = {false}, other[LEVELS + 1] = {false};
        int psus = 0, others = 0;
        for (int i = 0; i < o.rows; i++) {
          if (o.code[m][i] != k + 1 || o.code[1 - m][i] == 0) continue;
          psu[o.psu[i]] = other[o.code[1 - m][i]] = true;
        }
        for (int j = 0; j < 9; j++) psus += psu[j];
        for (int j = 0; j <= LEVELS; j++) others += other[j];
        const bool alone = psus == 1 && others > 1;
        CHECK(got[m * LEVELS + (k + repeat) % LEVELS] == alone);
        some = some || alone;
      }
    }
    CHECK(any == some);
    weeg_tally_free(o.s.tally);
  }
}

int main(void) {
  test_own();
  test_margins();
  test_sets();
  test_replicates();
  test_rows_of_replicates();
  test_withheld();
  test_rounding();
  test_same_shares();
  return test_report("alone");
}
