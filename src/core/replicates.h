/* What design->replicates changes in the variance code. Internal to the core. */
#ifndef WEEG_REPLICATES_H
#define WEEG_REPLICATES_H

#include <stdint.h>

#include "weeg.h"

/* weeg_variance, weeg_covariance and weeg_design_df for designs with replicates. */
weeg_status weeg_replicate_variance(const weeg_tally *tally, const weeg_replicates *replicates, const weeg_scores *scores,
                                    double *variance, weeg_error *err);
weeg_status weeg_replicate_covariance(const weeg_tally *tally, const weeg_replicates *replicates,
                                      const weeg_scores *scores, double *covariance, weeg_error *err);
weeg_status weeg_replicate_df(const weeg_tally *tally, const weeg_design *design, const int32_t *domain_of, int32_t domains,
                              int64_t *df, weeg_error *err);

/*
 * Places of row `row` in a sketch of `rows` rows and what it is multiplied by there: a random linear map that is the same
 * everywhere. Three places a row: the rank of few rows survives (sparse embeddings: Nelson and Nguyen 2013).
 */
enum { WEEG_SKETCH_PLACES = 3 };
void weeg_sketch_places(uint64_t row, int32_t rows, int32_t *place, double *multiplier);

/* Rows of a sketch that keeps ranks up to `width`. */
int32_t weeg_sketch_rows(int32_t width);

#endif
