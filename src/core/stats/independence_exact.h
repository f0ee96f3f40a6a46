/* Tests of independence and of goodness of fit by the law of their statistic in samples of few PSUs. Internal to the core. */
#ifndef WEEG_INDEPENDENCE_EXACT_H
#define WEEG_INDEPENDENCE_EXACT_H

#include "stats/table.h"
#include "weeg.h"

/*
 * A table without empty groups and answers, its margins as proportions, and the covariance matrix V of its residuals under
 * independence in an orthonormal basis: covariance[outputs * outputs] of rank `interaction`, estimated by the design.
 * With scores, less their means, only the trend is tested: one output, V the variance of n^(-1/2) times the root of chisq; levels
 * may be empty, and margins are not looked at.
 */
typedef struct exact_table {
  const weeg_survey *survey;
  const table *t;
  const double *group_p, *answer_p;
  const double *covariance;
  const double *group_score, *answer_score; /* NULL: all contrasts */
  int32_t outputs, interaction;
} exact_table;

/* Whether it is one of these tests. */
static inline bool weeg_i_test_by_model(weeg_test_method method) {
  return method == WEEG_TEST_RAO_SCOTT_EXACT || method == WEEG_TEST_RAO_SCOTT_EFFECTIVE;
}

/*
 * statistic: |S|^2 / tr V, S the residuals and V, of which the mean is 1 under independence; its p-value by
 * weeg_i_ratio_matrix_tail under a working model of the PSUs' residuals given the margin that leverage affects more.
 * df1: how many equal design effects V is worth; df2: with which an F distribution has this p-value. For designs with
 * clusters, without replicates; test->chisq and n are there, and method, which becomes RAO_SCOTT_EFFECTIVE where there is no law.
 */
weeg_status weeg_i_test_exact(const exact_table *x, weeg_test *test, weeg_error *err);

/*
 * The same of goodness of fit, of places without groups: trace: that of the covariance matrix of (p - q) / sqrt(q), q the
 * specified proportions, with scores at these. df1: answers less one.
 */
weeg_status weeg_i_test_fit(const weeg_survey *survey, const weeg_places *at, double trace, weeg_test *test, weeg_error *err);

#endif
