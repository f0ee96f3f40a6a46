/* Linear functions of the proportions of sets. Internal to the core. */
#ifndef WEEG_SETS_H
#define WEEG_SETS_H

#include <stdint.h>

#include "weeg.h"

/* Rows n[sets], sums of weights base[sets] and proportions estimate[sets * answers] (NaN for an empty set). */
weeg_status weeg_i_set_proportions(const weeg_survey *survey, const weeg_sets *sets, int64_t *n, double *base,
                                   double *estimate, weeg_error *err);

/*
 * The variances of linear functions of the proportions of one answer (from 0), all rows of the table taken as one domain.
 * Empty sets are left out. base and estimate as weeg_i_set_proportions gives them.
 */
weeg_status weeg_i_set_variance(const weeg_survey *survey, const weeg_sets *sets, const double *base,
                                const double *estimate, int32_t answer, const weeg_combinations *combinations,
                                double *variance, weeg_error *err);

/*
 * Design degrees of freedom of the rows in the groups of each output's sets, also of those without an answer: df[outputs].
 * coef does not matter.
 */
weeg_status weeg_i_set_df(const weeg_survey *survey, const weeg_sets *sets, const weeg_combinations *combinations,
                          int64_t *df, weeg_error *err);

#endif
