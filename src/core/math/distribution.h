/*
 * Internal to the core: what the intervals need of the distributions beyond weeg.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_DISTRIBUTION_H
#define WEEG_DISTRIBUTION_H

#include "weeg.h"

/*
 * The point that Beta(a, b) exceeds with probability q, q in [0, 1]. Not the same as weeg_beta_quantile(1 - q), which
 * rounds 1 - q, nor as 1 - weeg_beta_quantile(q, b, a), which cancels when the result is small.
 */
weeg_status weeg_i_beta_quantile_upper(double q, double a, double b, double *x, weeg_error *err);

/*
 * The logit of the point below which Beta(a, b) has the probability that a normal variable has below z, by an expansion: of
 * distances on this scale it has eight digits where a and b are above 3000, and three or more where they are above 2 and |z| < 4.
 */
double weeg_i_beta_expanded(double z, double a, double b);

/* The density of Student's t, df > 0. */
double weeg_i_t_density(double t, double df);

#endif
