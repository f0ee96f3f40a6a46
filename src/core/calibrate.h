/* What a calibration does to variances. Internal to the core. */
#ifndef WEEG_CALIBRATE_H
#define WEEG_CALIBRATE_H

#include "weeg.h"

/*
 * weeg_variance and weeg_covariance of a design with a calibration: the scores are replaced by their residuals, and all
 * rows of the sample are one domain. `scores` is about the cells of the tally that the estimates came from.
 */
weeg_status weeg_calibrated_variance(const weeg_design *design, const weeg_scores *scores, double *variance,
                                     weeg_error *err);
weeg_status weeg_calibrated_covariance(const weeg_design *design, const weeg_scores *scores, double *covariance,
                                       weeg_error *err);

#endif
