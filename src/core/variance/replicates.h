/* What design->replicates changes in the variance code. Internal to the core. */
#ifndef WEEG_REPLICATES_H
#define WEEG_REPLICATES_H

#include <stdint.h>

#include "base/hash.h"
#include "weeg.h"

/* weeg_variance, weeg_covariance and weeg_design_df for designs with replicates. */
weeg_status weeg_i_replicate_variance(const weeg_survey *survey, const weeg_scores *scores, double *variance,
                                      weeg_error *err);
weeg_status weeg_i_replicate_covariance(const weeg_survey *survey, const weeg_scores *scores, double *covariance,
                                        weeg_error *err);
weeg_status weeg_i_replicate_df(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, int64_t *df,
                                weeg_error *err);

/*
 * Figures of sets by the weights: proportions of a level, or where the sets have a measure its means, in the units of the tally's
 * sums, and level is 0.
 */
typedef struct weeg_set_figures {
  const weeg_sets *sets;
  const double *estimate;  /* [sets * answers] NaN: it has no part in what it is combined to */
  int32_t level;
} weeg_set_figures;

/* Variances of linear functions of them, where a replicate counts that has weight in all sets of the function. */
weeg_status weeg_i_replicate_set_variance(const weeg_survey *survey, const weeg_set_figures *of,
                                          const weeg_combinations *combinations, double *variance, weeg_error *err);

/* Their covariance [outputs * outputs], where a replicate counts that has weight in all sets. */
weeg_status weeg_i_replicate_set_covariance(const weeg_survey *survey, const weeg_set_figures *of,
                                            const weeg_combinations *combinations, double *covariance, weeg_error *err);

/*
 * Places of row `row` in a sketch of `rows` rows (at most 2^21) and what it is multiplied by there: a random linear map that
 * is the same everywhere. Three places a row: the rank of few rows survives (sparse embeddings: Nelson and Nguyen 2013).
 */
enum { WEEG_SKETCH_PLACES = 3 };

static inline void weeg_i_sketch_places(uint64_t row, int32_t rows, int32_t *place, double *multiplier) {
  const uint64_t key = weeg_i_mix(row + 0x9e3779b97f4a7c15u), more = weeg_i_mix(key);
  for (int k = 0; k < WEEG_SKETCH_PLACES; k++) {
    const uint64_t bits = more >> (21 * k) & 0x1fffff;
    const double size = 0.5 + (double)(bits >> 1) * 0x1p-20;
    place[k] = (int32_t)((key >> (21 * k) & 0x1fffff) * (uint64_t)rows >> 21);
    multiplier[k] = (bits & 1) ? size : -size;
  }
}

/* Rows of a sketch that keeps ranks up to `width`. */
int32_t weeg_i_sketch_rows(int32_t width);

#endif
