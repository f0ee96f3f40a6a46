/* Taylor variances of scores as they are, whatever the design says of calibration and replicates. Internal to the core. */
#ifndef WEEG_TAYLOR_H
#define WEEG_TAYLOR_H

#include "variance/walk.h"
#include "weeg.h"

/* variance[outputs] */
weeg_status weeg_i_taylor_variance(const scored_sample *x, double *variance, weeg_error *err);

/* covariance[outputs * outputs] of outputs that share domain 0, the only one. */
weeg_status weeg_i_taylor_covariance(const scored_sample *x, double *covariance, weeg_error *err);

#endif
