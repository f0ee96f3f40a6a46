/*
 * Goodness of fit, rank tests and tests given a third variable: small tables whose statistics can be worked out, reasons,
 * wrong arguments. Designs: tests/testthat/test-test-random.R.
 *
 * Under simple random sampling with equal weights the covariance of a mean of n rows is s^2/n with divisor n - 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { MOST = 200, GROUPS = 2, LEVELS = 3, LAYERS = 2, CELLS = (GROUPS + 1) * (LEVELS + 1) * (LAYERS + 1) };

typedef struct rows {
  int count;
  int32_t group[MOST], level[MOST], layer[MOST], psu[MOST];
} rows;

static void add(rows *r, int times, int32_t group, int32_t level, int32_t layer) {
  for (int i = 0; i < times; i++) {
    r->group[r->count] = group;
    r->level[r->count] = level;
    r->layer[r->count] = layer;
    r->psu[r->count] = 1 + r->count % 2;
    r->count++;
  }
}

static int32_t group_of[CELLS], level_of[CELLS], layer_of[CELLS];

static void find_places(void) {
  for (int c = 0; c < CELLS; c++) {
    const int g = c / ((LEVELS + 1) * (LAYERS + 1)), l = c / (LAYERS + 1) % (LEVELS + 1), s = c % (LAYERS + 1);
    group_of[c] = g < GROUPS ? g : -1;
    level_of[c] = l < LEVELS ? l : -1;
    layer_of[c] = s < LAYERS ? s : -1;
  }
}

static void make(sample *s, const rows *r, bool clusters) {
  const weeg_column columns[] = {sample_column(r->group, GROUPS), sample_column(r->level, LEVELS),
                                 sample_column(r->layer, LAYERS)};
  sample_make(s, r->count, NULL, 1, clusters ? r->psu : NULL, clusters ? 2 : 0, columns, 3, NULL);
}

/* 20, 30 and 50 of 100 against 1/4, 1/4, 1/2: X^2 = 25/25 + 25/25 = 2; lambda of diag(1/q)(diag(p) - pp') n/(n - 1). */
static void test_shares(void) {
  static const double shares[] = {0.25, 0.25, 0.5}, short_of[] = {0.25, 0.25, 0.4}, zero[] = {0.5, 0.5, 0};
  rows r = {0};
  sample s;
  weeg_test t;
  add(&r, 20, 1, 1, 1);
  add(&r, 30, 2, 2, 1);
  add(&r, 50, 1, 3, 2);
  add(&r, 7, 1, 0, 2); /* no answer: 107 sampled rows, 100 in the table */
  make(&s, &r, false);
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_RAO_SCOTT_CHISQ, .shares = shares), &t, NULL));
  CHECK_CLOSE(t.chisq, 2, 1e-14);
  /* trace: 0.2 * 0.8 / 0.25 + 0.3 * 0.7 / 0.25 + 0.5 * 0.5 / 0.5 = 1.98, times 107/106 */
  CHECK_CLOSE(t.delta_mean, 1.98 / 2 * 107 / 106, 1e-14);
  CHECK_CLOSE(t.statistic, 2 / (1.98 / 2 * 107 / 106), 1e-14);
  CHECK_CLOSE(t.p_value, exp(-t.statistic / 2), 1e-14); /* chi-squared with 2 degrees of freedom */
  CHECK(t.n == 100 && t.df == 106 && isnan(t.cramers_v));
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_RAO_SCOTT_LR, .shares = shares), &t, NULL));
  CHECK_CLOSE(t.statistic, 200 * (0.2 * log(0.8) + 0.3 * log(1.2)) / (1.98 * 107 / 106), 1e-13);
  CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                BY(WEEG_TEST_WALD, .shares = short_of), &t, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                BY(WEEG_TEST_WALD, .shares = zero), &t, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                BY((weeg_test_method)7, .shares = shares), &t, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                BY((weeg_test_method)7, .shares = shares), &t, NULL),
               WEEG_ERR_ARGUMENT);
  const double thirds[] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
  weeg_test equal;
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_WALD, .shares = thirds), &equal, NULL));
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_WALD, .shares = NULL), &t, NULL));
  CHECK(t.statistic == equal.statistic && t.p_value == equal.p_value && t.n == 100);
  int32_t one[CELLS];
  for (int c = 0; c < CELLS; c++) one[c] = level_of[c] == 0 ? 0 : -1;
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(one, 1),
                            BY(WEEG_TEST_WALD, .shares = (double[]){1}), &t, NULL));
  CHECK(t.reason == WEEG_REASON_ONE_LEVEL && isnan(t.p_value));
  weeg_tally_free(s.tally);
}

/* 30 and 20 of 50 against 1/2, 1/2: X^2 = 2 * 5^2 / 25 = 2, as stats::chisq.test(); an answer of no row is left out. */
static void test_shares_left_out(void) {
  rows r = {0};
  sample s;
  weeg_test t;
  weeg_error err = {0};
  add(&r, 30, 1, 1, 1);
  add(&r, 20, 1, 3, 1);
  make(&s, &r, false);
  const double between[] = {0.5, NAN, 0.5}, last[] = {0.5, 0.5, NAN};
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_RAO_SCOTT_CHISQ, .shares = between), &t, &err));
  CHECK_CLOSE(t.chisq, 2, 1e-14);
  CHECK(t.df1 == 1 && t.columns == 2 && t.n == 50);
  CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                BY(WEEG_TEST_RAO_SCOTT_CHISQ, .shares = last), &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK(err.where == 2);
  weeg_tally_free(s.tally);
}

/*
 * 10 rows of each group; levels 2 3 5 and 5 3 2: mid-ranks .175, .5, .825. Means .5975 and .4025. With equal sizes and equal
 * variances 0.1 * (7 * 0.325^2) - 0.0975^2 the squared t is that of two means with divisor 10 and 20/19.
 */
static void test_ranks(void) {
  rows r = {0};
  sample s;
  weeg_test t;
  static const int first[] = {2, 3, 5};
  for (int32_t l = 0; l < LEVELS; l++) {
    add(&r, first[l], 1, l + 1, 1);
    add(&r, first[LEVELS - 1 - l], 2, l + 1, 1);
  }
  make(&s, &r, false);
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_RIDIT, &t, NULL));
  const double variance = 2 * (0.7 * 0.325 * 0.325 - 0.0975 * 0.0975) / 10 * 20 / 19;
  CHECK_CLOSE(t.statistic, 0.195 * 0.195 / variance, 1e-13);
  CHECK(t.df1 == 1 && t.df2 == 18 && t.df == 19 && t.n == 20 && t.rows == 2 && t.columns == 3);
  /* the mid-rank of the middle level is 1/2, not above it: 5 of 10 against 2 of 10 */
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_MEDIAN, &t, NULL));
  CHECK_CLOSE(t.statistic, 0.3 * 0.3 / ((0.25 + 0.16) / 10 * 20 / 19), 1e-13);
  CHECK_STATUS(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                              (weeg_rank_score)3, &t, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, 1, level_of, LEVELS),
                              WEEG_SCORE_RIDIT, &t, NULL),
               WEEG_ERR_ARGUMENT);
  weeg_tally_free(s.tally);
  /* levels 1 4 5 and 6 2 2: mid-ranks .175, .5, .825 again, and above .5 are 5 of 10 and 2 of 10, not 9 and 4 */
  rows skewed = {0};
  static const int counts[2][LEVELS] = {{1, 4, 5}, {6, 2, 2}};
  for (int32_t k = 0; k < 2 * LEVELS; k++) add(&skewed, counts[k / LEVELS][k % LEVELS], 1 + k / LEVELS, 1 + k % LEVELS, 1);
  make(&s, &skewed, false);
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_MEDIAN, &t, NULL));
  CHECK_CLOSE(t.statistic, 0.3 * 0.3 / ((0.25 + 0.16) / 10 * 20 / 19), 1e-13);
  weeg_tally_free(s.tally);
  make(&s, &r, true); /* two PSUs: 1 degree of freedom, none left */
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_RIDIT, &t, NULL));
  CHECK(t.reason == WEEG_REASON_FEW_DF && isnan(t.p_value));
  weeg_tally_free(s.tally);
}

/*
 * Two layers of 40 rows, 2 x 2: 12 8 / 8 12 and 15 5 / 9 11. Observed minus expected of the first cell 2 + 3 = 5; covariance
 * 40/16 + 40 * 1/4 * (24 * 16 / 40^2) = 4.9: chisq 25/4.9.
 */
static void test_given(void) {
  static const int counts[LAYERS][2][2] = {{{12, 8}, {8, 12}}, {{15, 5}, {9, 11}}};
  static const double group_score[] = {1, 2}, level_score[] = {1, 2, 3};
  rows r = {0};
  sample s;
  weeg_test t, trend;
  for (int32_t h = 0; h < LAYERS; h++) {
    for (int32_t g = 0; g < 2; g++) {
      for (int32_t l = 0; l < 2; l++) add(&r, counts[h][g][l], g + 1, l == 0 ? 1 : 3, h + 1);
    }
  }
  make(&s, &r, false);
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS), BY(WEEG_TEST_RAO_SCOTT_F), &t,
                           NULL));
  CHECK_CLOSE(t.chisq, 25 / 4.9, 1e-13);
  /* influence of a row: the product of its deviations; of their sum of squares 4.9 what the mean 5/80 leaves, times 80/79 */
  const double squares[] = {2.5, 15 * 0.04 + 5 * 0.09 + 9 * 0.04 + 11 * 0.09};
  CHECK_CLOSE(t.statistic, 25 / ((squares[0] + squares[1] - 25.0 / 80) * 80 / 79), 1e-13);
  CHECK(t.df1 == 1 && t.df2 == 79 && t.rows == 2 && t.columns == 2);
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS),
                           BY(WEEG_TEST_WALD, .group_score = group_score, .answer_score = level_score), &trend, NULL));
  CHECK_CLOSE(trend.statistic, t.statistic, 1e-13); /* two groups, two levels */
  CHECK_STATUS(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                               LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS),
                               BY(WEEG_TEST_RAO_SCOTT_LR), &t, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                               LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, 1), BY(WEEG_TEST_WALD), &t, NULL),
               WEEG_ERR_ARGUMENT);
  weeg_tally_free(s.tally);
}

/*
 * Level 3 in one PSU of four: its own proportion has no variance, yet the trend over levels has. Scores of two groups are the
 * groups themselves, so that a test of the groups against scores of levels is one of both scores.
 */
static void test_level_alone(void) {
  static const double group_score[] = {1, 2}, level_score[] = {1, 2, 3};
  rows r = {0};
  sample s;
  weeg_test t, both;
  for (int k = 0; k < 48; k++) add(&r, 1, 1 + k * 7 % 5 / 3, k % 4 == 1 && k % 3 == 0 ? 3 : 1 + k * 11 % 7 / 4, 1 + k % 4 / 2);
  make(&s, &r, true);
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS),
                           BY(WEEG_TEST_WALD, .group_score = group_score, .answer_score = level_score), &both, NULL));
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS),
                           BY(WEEG_TEST_WALD, .answer_score = level_score), &t, NULL));
  CHECK(both.reason == WEEG_REASON_NONE && t.reason == WEEG_REASON_NONE);
  CHECK_CLOSE(t.statistic, both.statistic, 1e-12);
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS), BY(WEEG_TEST_WALD), &t,
                           NULL));
  CHECK(t.reason == WEEG_REASON_NO_VARIANCE);
  weeg_tally_free(s.tally);
}

static void test_nothing(void) {
  static const double shares[] = {0.2, 0.3, 0.5};
  rows r = {0};
  sample s;
  weeg_test t;
  add(&r, 5, 1, 0, 1);
  add(&r, 5, 0, 1, 1);
  make(&s, &r, false);
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_RIDIT, &t, NULL));
  CHECK(t.reason == WEEG_REASON_EMPTY);
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS), BY(WEEG_TEST_WALD), &t,
                           NULL));
  CHECK(t.reason == WEEG_REASON_EMPTY);
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_WALD, .shares = shares), &t, NULL));
  CHECK(t.reason == WEEG_REASON_ZERO_VARIANCE && isnan(t.statistic)); /* all rows in one level */
  weeg_tally_free(s.tally);
}

/* Level 2 and group 2 without rows, or all rows in one: what is without data takes no part, and one level is no test. */
static void test_one_level(void) {
  static const double shares[] = {0.2, 0.3, 0.5};
  static const int32_t kept[][2] = {{1, 3}, {1, 2}, {2, 3}};
  weeg_test t;
  for (int k = 0; k < 3; k++) {
    rows r = {0}, all = {0};
    sample s;
    add(&r, 5, 1, kept[k][0], 1), add(&r, 3, 1, kept[k][1], 2), add(&r, 4, 2, kept[k][0], 2), add(&r, 8, 2, kept[k][1], 1);
    make(&s, &r, false);
    /* two levels: the scores' distance does not matter; shares 5/8 and 4/12 with divisors 8 and 12, and 20/19 */
    CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                            WEEG_SCORE_RIDIT, &t, NULL));
    const double d = 5.0 / 8 - 4.0 / 12, v = (5.0 / 8 * 3 / 8 / 8 + 4.0 / 12 * 8 / 12 / 12) * 20 / 19;
    CHECK_CLOSE(t.statistic, d * d / v, 1e-13);
    CHECK(t.columns == 2 && t.rows == 2);
    weeg_tally_free(s.tally);
    add(&all, 9, 1, kept[k][0], 1), add(&all, 6, 2, kept[k][0], 2);
    make(&s, &all, false);
    CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                            WEEG_SCORE_RIDIT, &t, NULL));
    CHECK(t.reason == WEEG_REASON_ONE_LEVEL && t.rows == 2 && t.columns == 1 && t.n == 15 && isnan(t.statistic));
    CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                             LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS), BY(WEEG_TEST_WALD), &t,
                             NULL));
    CHECK(t.reason == WEEG_REASON_ONE_LEVEL && t.rows == 2 && t.columns == 1);
    CHECK_OK(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                                    BY(WEEG_TEST_RAO_SCOTT_DEFF, .null_proportions = true), &t, NULL));
    CHECK(t.reason == WEEG_REASON_ONE_LEVEL && isnan(t.statistic) && isnan(t.p_value));
    weeg_tally_free(s.tally);
    for (int i = 0; i < all.count; i++) all.level[i] = all.group[i] = 1;
    all.level[0] = 3;
    make(&s, &all, false);
    CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                            WEEG_SCORE_RIDIT, &t, NULL));
    CHECK(t.reason == WEEG_REASON_ONE_LEVEL && t.rows == 1 && t.columns == 2);
    for (int i = 0; i < all.count; i++) all.level[i] = 0;
    weeg_tally_free(s.tally);
    make(&s, &all, false);
    CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                              BY(WEEG_TEST_WALD, .shares = shares), &t, NULL));
    CHECK(t.reason == WEEG_REASON_EMPTY && t.n == 0);
    CHECK_OK(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                                    BY(WEEG_TEST_RAO_SCOTT_DEFF, .null_proportions = true), &t, NULL));
    CHECK(t.reason == WEEG_REASON_EMPTY);
    weeg_tally_free(s.tally);
  }
}

/* Two PSUs: in each, 10 rows of group 1 (6 in level 1) and 10 of group 2 (3): they do not differ, so nothing varies. */
static void test_no_variance(void) {
  static const double shares[] = {0.2, 0.3, 0.5};
  static const int counts[2][2] = {{6, 4}, {3, 7}};
  rows r = {0}, alone = {0}, one = {0};
  sample s;
  weeg_test t;
  for (int32_t k = 0; k < 4; k++) add(&r, 2 * counts[k / 2][k % 2], 1 + k / 2, 1 + k % 2, 1 + k % 2);
  make(&s, &r, true);
  CHECK_OK(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                                  BY(WEEG_TEST_RAO_SCOTT_DEFF), &t, NULL));
  CHECK(t.reason == WEEG_REASON_ZERO_VARIANCE && isnan(t.statistic) && t.chisq > 0);
  int32_t first_two[CELLS];
  for (int c = 0; c < CELLS; c++) first_two[c] = level_of[c] == 2 ? -1 : level_of[c];
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(first_two, 2),
                            BY(WEEG_TEST_RAO_SCOTT_F, .shares = (double[]){0.5, 0.5}), &t, NULL));
  CHECK(t.reason == WEEG_REASON_ZERO_VARIANCE && isnan(t.statistic));
  CHECK_OK(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                            BY(WEEG_TEST_WALD, .shares = shares), &t, NULL));
  CHECK(t.reason == WEEG_REASON_ZERO_VARIANCE && isnan(t.statistic));
  CHECK_OK(weeg_test_given(
      &(weeg_survey){s.tally, &s.design}, LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS),
      BY(WEEG_TEST_RAO_SCOTT_F, .group_score = (double[]){1, 2}, .answer_score = (double[]){1, 2, 3}), &t, NULL));
  CHECK(t.reason != WEEG_REASON_NONE && isnan(t.p_value));
  weeg_tally_free(s.tally);
  /* group 2 in one PSU */
  for (int k = 0; k < 12; k++) add(&alone, 1, k % 2 == 1 && k < 9 ? 2 : 1, 1 + k % 4 / 2, 1);
  make(&s, &alone, true);
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_RIDIT, &t, NULL));
  CHECK(t.reason == WEEG_REASON_NO_VARIANCE);
  CHECK_OK(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                           LAYERED(group_of, GROUPS, level_of, LEVELS, layer_of, LAYERS), BY(WEEG_TEST_WALD), &t,
                           NULL));
  CHECK(t.reason == WEEG_REASON_NO_VARIANCE);
  CHECK_OK(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                                  BY(WEEG_TEST_RAO_SCOTT_DEFF), &t, NULL));
  CHECK(t.reason == WEEG_REASON_NO_VARIANCE && isnan(t.statistic));
  weeg_tally_free(s.tally);
  /* one stratum, two PSUs, of which the rows with both answers are in one: no degree of freedom of ranks */
  for (int k = 0; k < 12; k++) add(&one, 1, k % 2 == 1 ? 0 : 1 + k % 4 / 2, 1 + k % 3, 1);
  make(&s, &one, true);
  CHECK_OK(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                          WEEG_SCORE_RIDIT, &t, NULL));
  CHECK(t.df == 0 && isnan(t.statistic) && t.reason != WEEG_REASON_NONE);
  weeg_tally_free(s.tally);
}

/* Populations that are given for all strata, for one, or for none: 1 - f is 1 where the population is not known. */
static void test_fpc_of_deff(void) {
  rows r = {0};
  sample s;
  double mean[3];
  const double sizes[] = {80, INFINITY};
  add(&r, 6, 1, 1, 1), add(&r, 14, 1, 2, 1), add(&r, 9, 2, 1, 1), add(&r, 11, 2, 2, 1);
  make(&s, &r, false);
  for (int k = 0; k < 3; k++) {
    weeg_test t;
    s.design.stratum_fpc = k < 2 ? &sizes[k] : NULL;
    CHECK_OK(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                                    BY(WEEG_TEST_RAO_SCOTT_DEFF), &t, NULL));
    mean[k] = t.delta_mean;
  }
  /* 40 of 80: the variance is halved, and so is what it is compared with */
  CHECK_CLOSE(mean[0], mean[1], 1e-13);
  CHECK_CLOSE(mean[1], mean[2], 1e-13);
  weeg_tally_free(s.tally);
}

static void test_refused(void) {
  rows r = {0};
  sample s;
  weeg_test t = {.n = -7};
  weeg_error err = {0};
  const double bad[][LEVELS] = {{0.5, NAN, 0.5}, {-0.5, 0.5, 1}, {INFINITY, 0.5, 0.5}, {0.2, 0.3, 0.51}, {0.2, 0.3, 0.49}};
  add(&r, 6, 1, 1, 1), add(&r, 14, 1, 2, 2), add(&r, 9, 2, 3, 1), add(&r, 11, 2, 2, 1);
  make(&s, &r, false);
  for (int k = 0; k < 5; k++) {
    CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                  BY(WEEG_TEST_WALD, .shares = bad[k]), &t, &err),
                 WEEG_ERR_ARGUMENT);
  }
  const double fine[] = {0.2, 0.3, 0.5};
  CHECK_STATUS(weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(level_of, LEVELS),
                                BY((weeg_test_method)-1, .shares = fine), &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS),
                              (weeg_rank_score)-1, &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_rank(&(weeg_survey){s.tally, &s.design}, TABLE(group_of, GROUPS, level_of, LEVELS - 1),
                              WEEG_SCORE_RIDIT, &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_TEXT(err.message, "cell 7 is placed outside the table");
  for (int k = 0; k < 6; k++) {
    const weeg_test_method method = k == 0 ? (weeg_test_method)-1 : k == 1 ? (weeg_test_method)7 : WEEG_TEST_WALD;
    const weeg_status want = k == 5 ? WEEG_OK : WEEG_ERR_ARGUMENT;
    weeg_test other = {.n = -7};
    CHECK_STATUS(weeg_test_given(&(weeg_survey){s.tally, &s.design},
                                 LAYERED(group_of, k == 3 ? 1 : GROUPS, level_of, k == 4 ? 2 : LEVELS, layer_of,
                                         k == 2 ? 1 : LAYERS),
                                 BY(method), &other, &err),
                 want);
    CHECK((other.n == -7) == (want != WEEG_OK));
  }
  CHECK(t.n == -7);
  weeg_tally_free(s.tally);
}

int main(void) {
  find_places();
  test_shares();
  test_shares_left_out();
  test_ranks();
  test_given();
  test_level_alone();
  test_nothing();
  test_one_level();
  test_no_variance();
  test_fpc_of_deff();
  test_refused();
  return test_report("tests");
}
