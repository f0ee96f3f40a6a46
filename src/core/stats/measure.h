/* Measures that compare two proportions. Internal to the core. */
#ifndef WEEG_MEASURE_H
#define WEEG_MEASURE_H

#include "math/student.h"
#include "weeg.h"

/*
 * What is estimated on the scale of the t distribution (ratios: the logarithm) and its derivatives with respect to p1 and p2
 * (the latter negative): ZERO_BASE, EMPTY or NONE. weeg_contrast_value of it becomes a measure by weeg_i_contrast_back.
 */
weeg_reason weeg_i_contrast_slopes(weeg_measure measure, double p1, double p2, double *value, double *slope1, double *slope2);
void weeg_i_contrast_back(weeg_measure measure, weeg_contrast *contrast);

/* Refuses what is no measure. */
weeg_status weeg_i_check_measure(weeg_measure measure, weeg_error *err);

/*
 * The two halves of weeg_contrast_value: a contrast with its standard error and its reason, but no limits; and what Student's t
 * adds to one without a reason, where no other law does.
 */
weeg_status weeg_i_contrast_begin(double value, double variance, int64_t df, double level, weeg_contrast *contrast,
                                  weeg_error *err);
weeg_status weeg_i_contrast_student(double level, students *known, weeg_contrast *contrast, weeg_error *err);

/* No contrast, for this reason. */
weeg_contrast weeg_i_no_contrast(weeg_reason reason, int64_t df);

/*
 * A ratio of two proportions; t_rows: Student's quantiles at 95 % with n - 1 degrees of freedom, n the rows of each (1: Inf); 0:
 * a figure from elsewhere.
 */
typedef struct two_shares {
  weeg_measure measure;
  double p[2], variance[2], t_rows[2];
} two_shares;

/*
 * How much wider the interval of a ratio is than that by the delta method, below and above the estimate, by the intervals of
 * its proportions: of Korn and Graubard, at 95 %, whose quantile is t. The method of variance estimates recovery (Donner
 * and Zou 2012) of independent proportions; a covariance is in the standard error that is multiplied.
 */
weeg_status weeg_i_ratio_factors(const two_shares *two, double t, double factor[2], weeg_error *err);

/* By the law of few PSUs, where there is one and the contrast has limits. */
void weeg_i_contrast_few(weeg_contrast *contrast, const weeg_few *few);

#endif
