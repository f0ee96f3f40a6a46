/* What weeg_finish_shares adds to estimates, part by part. Internal to the core. */
#ifndef WEEG_SHARES_H
#define WEEG_SHARES_H

#include "math/student.h"
#include "weeg.h"

/* low, high and reason of each; neighbours with the same base_n and df are done faster. known may be NULL. */
weeg_status weeg_i_limit_shares(weeg_share *shares, int64_t count, const weeg_interval_choice *choice, students *known,
                                weeg_error *err);

/* Those of one proportion p with design variance v, n rows and df degrees of freedom. */
weeg_status weeg_i_proportion_interval(weeg_interval_method method, double p, double v, int64_t n, int64_t df, double level,
                                       weeg_interval *interval, weeg_error *err);

/*
 * The lower one of Korn and Graubard's at 95 %, of p between 0 and 1 with v > 0, by quantile t in place of Student's of the
 * design, and t_rows that of the number of rows.
 */
weeg_status weeg_i_korn_graubard_low(double p, double v, double t, double t_rows, double *low, weeg_error *err);

/* With WEEG_DF_EFFECTIVE, why to read a figure with care: by its degrees of freedom and the largest share of a PSU. */
weeg_reason weeg_i_caution(double df, double largest);

/* verdict and rule of each, by what is known without its interval: estimate, std_error, base_n and df. */
weeg_status weeg_i_judge_shares(weeg_share *shares, int64_t count, students *known, weeg_error *err);

#endif
