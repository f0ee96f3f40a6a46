/* From a statistic and its design effects or covariance to a p-value. Internal to the core. */
#ifndef WEEG_RAO_SCOTT_H
#define WEEG_RAO_SCOTT_H

#include <stdbool.h>
#include <stdint.h>

#include "weeg.h"

/* A pivot that keeps less than this part of its diagonal is rounding noise: see weeg_i_cholesky. */
#define WEEG_SINGULAR 1e-12

/* All results NaN, no reason. */
weeg_test weeg_i_test_none(void);

/* A result without statistic, df1, df2 and p_value where it has a reason. */
weeg_test weeg_i_test_finish(const weeg_test *test);

/* The design degrees of freedom of all rows of the tally, or (use != NULL) of those in its cells with use[c]. */
weeg_status weeg_i_test_df(const weeg_survey *survey, const uint8_t *use, int64_t *df, weeg_error *err);

/* Refuses what is no method, or one behind the last that a test has. */
weeg_status weeg_i_check_method(weeg_test_method method, weeg_test_method last, weeg_error *err);

/* WEEG_TEST_RAO_SCOTT_DEFF of a table with data, of which n, rows, columns and chisq are known. */
weeg_status weeg_i_test_deff(const weeg_survey *survey, const weeg_places *places, bool null_proportions,
                             weeg_test *test, weeg_error *err);

/* Refuses a test of more contrasts than the method can do in a second or two: TOO_LARGE, with what to use. */
weeg_status weeg_i_test_limit(weeg_test_method method, int32_t rows, int32_t columns, int64_t contrasts, weeg_error *err);

/* The same of a test that factors a matrix of its contrasts, by whatever method. */
weeg_status weeg_i_test_factored(int32_t rows, int32_t columns, int64_t contrasts, weeg_error *err);

/*
 * The Rao-Scott tests (not the Wald ones) of a statistic that is asymptotically sum_i delta_i chi-squared_1, delta_i the `rank`
 * largest eigenvalues of delta [size * size], the others being 0. delta is overwritten. See weeg_i_test_rao_scott.
 */
weeg_status weeg_i_test_delta(weeg_test_method method, const weeg_design *design, double statistic, double *delta, int32_t size,
                              int32_t rank, weeg_test *test, weeg_error *err);

/*
 * The Rao-Scott tests (not the Wald ones) of a statistic that is asymptotically sum_i delta_i chi-squared_1, delta_i the
 * eigenvalues of denominator^-1 numerator: the covariance of estimates under the design, and under simple random sampling.
 * Both [size * size], symmetric, and overwritten. A mixture has Inf denominator df under replicate weights. test->df is set
 * before; the rest of *test is filled.
 */
weeg_status weeg_i_test_rao_scott(weeg_test_method method, const weeg_design *design, double statistic, double *numerator,
                                  double *denominator, int32_t size, weeg_test *test, weeg_error *err);

/* Why a covariance matrix may have no inverse: there is no variance at all, or one estimate follows from others. */
weeg_reason weeg_i_no_inverse(const double *covariance, int32_t size);

/*
 * The Wald tests that `size` estimates are 0: F = W/size on (size, df), or adjusted (Fellegi 1980) W (df - size + 1)/(size df)
 * on (size, df - size + 1). estimate and covariance are overwritten.
 */
weeg_status weeg_i_test_wald(bool adjusted, const weeg_design *design, double *estimate, double *covariance, int32_t size,
                             weeg_test *test, weeg_error *err);

#endif
