/* What a calibration does to variances. Internal to the core. */
#ifndef WEEG_CALIBRATE_H
#define WEEG_CALIBRATE_H

#include <stdint.h>

#include "variance/scores.h"
#include "weeg.h"

/* Outputs whose residual scores fit in memory at a time. */
int32_t weeg_i_residual_block(const weeg_calibration *calibration);

/*
 * Residuals of the scores of `count` outputs from `from` on, numbered from 0, over the cells of the calibration's tally. `scores`
 * is about the cells of the tally that the estimates came from. The list is made, and is for its caller to clear.
 */
weeg_status weeg_i_residual_scores(const weeg_design *design, const weeg_scores *scores, int32_t from, int32_t count,
                                   score_list *list, weeg_error *err);

/* Variances and covariances of outputs that have `deviations`. */
weeg_status weeg_i_measured_variance(const weeg_design *design, const weeg_scores *scores, double *variance, weeg_error *err);
weeg_status weeg_i_measured_covariance(const weeg_design *design, const weeg_scores *scores, double *covariance,
                                       weeg_error *err);

#endif
