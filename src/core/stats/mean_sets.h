/* Linear functions of the means of sets. Internal to the core. */
#ifndef WEEG_MEAN_SETS_H
#define WEEG_MEAN_SETS_H

#include "stats/centred.h"
#include "weeg.h"

/*
 * Means of a measure in sets of groups, less `centre`, a number of few bits near the mean of all, so that differences have all
 * digits. In units of the tally: times 2^scale they are means.
 */
typedef struct mean_sets {
  means m;
  const weeg_sets *sets;
  weeg_centre at;       /* near the mean of all groups */
  double centre;
  int scale;
  double *mean;         /* [groups] less the centre; 0 without rows */
} mean_sets;

/* sets->measure is one of the tally. To be cleared in any case. */
weeg_status weeg_i_mean_sets_make(mean_sets *x, const weeg_survey *survey, const weeg_sets *sets, weeg_error *err);
void weeg_i_mean_sets_clear(mean_sets *x);

/* Rows n[sets], sums of weights base[sets], means estimate[sets], less the centre: NaN where `lost` or without rows. */
void weeg_i_set_means(const mean_sets *x, int64_t *n, double *base, double *estimate, uint8_t *lost);

/* The variances of linear functions of these means, as weeg_i_set_variance gives those of proportions. */
weeg_status weeg_i_set_mean_variance(mean_sets *x, const weeg_survey *survey, const double *base, const double *estimate,
                                     const weeg_combinations *combinations, double *variance, weeg_error *err);

/* The covariance of those of sets that are groups, each another one: [outputs * outputs]. */
weeg_status weeg_i_group_mean_covariance(mean_sets *x, const weeg_survey *survey, const double *base, const double *estimate,
                                         const weeg_combinations *combinations, double *covariance, weeg_error *err);

/* Sums of weight times value less the centre: value[entries]. */
void weeg_i_set_values(const mean_sets *x, double *value);

#endif
