/* Building the linearisation of a statistic cell by cell. Internal to the core. */
#ifndef WEEG_SCORES_H
#define WEEG_SCORES_H

#include <math.h>
#include <stdint.h>

#include "base/vector.h"
#include "weeg.h"

typedef struct score_list {
  weeg_scores scores;  /* start, index and coef point into the arrays below */
  int64_t *start;
  int32_t *index;
  double *coef;
  double *size;        /* NULL until weeg_i_scores_size */
  int64_t used;
  int32_t *cell_base;   /* NULL until weeg_i_scores_ratio */
  int32_t *output_base;
} score_list;

/* Room for `terms` coefficients, zero cells filled. */
weeg_status weeg_i_scores_new(score_list *list, int32_t cells, int32_t outputs, int64_t terms, weeg_error *err);

/* Adds a coefficient to the cell that is being filled; cells are filled in order, each closed by weeg_i_scores_close. */
void weeg_i_scores_add(score_list *list, int32_t output, double coef);
void weeg_i_scores_close(score_list *list, int32_t cell);

/* Makes all outputs ratios to one of `bases` sums of weights: cell_base and output_base are there to be filled, all 0. */
weeg_status weeg_i_scores_ratio(score_list *list, int32_t bases, weeg_error *err);

/* Room for the sizes of what the coefficients are computed of (weeg_scores.size): there to be filled, all 0. */
weeg_status weeg_i_scores_size(score_list *list, weeg_error *err);

void weeg_i_scores_clear(score_list *list);

/*
 * The largest variance that rounding alone can make of scores of which the terms, of all rows together, have this size: of a
 * variance of 0 no more remains, and of one that is no more no digit is known. The same for each output: bound[outputs].
 */
double weeg_i_rounding(double size, int64_t entries);
weeg_status weeg_i_scores_rounding(const weeg_scores *scores, const weeg_tally *tally, double *bound, weeg_error *err);

/* A variance with what rounding can make of it: 0 where it is no more, and NaN where it is below 0 by more. */
static inline double weeg_i_known_variance(double variance, double rounding) {
  return variance < -rounding ? NAN : variance <= rounding ? 0 : variance;
}

/* Makes the rows and columns 0 of outputs whose variance is not above the bound, and NaN where it is below 0 by more. */
void weeg_i_covariance_round(double *covariance, int64_t outputs, const double *rounding);

/*
 * Segments: runs of consecutive outputs that occur in the same cells only, and there next to each other. A cell's list is
 * then a list of whole segments, whose coefficients lie side by side in scores->coef from scores->start[cell]: the levels
 * of a group, for instance. Loops over them are plain vector code.
 */
typedef struct segment_list {
  int32_t count;
  int32_t *first, *size;  /* [count] outputs first .. first + size - 1 */
  int64_t *start;         /* [cells + 1] */
  int32_t *segment;       /* [start[cells]] segments of each cell, in the order of its list */
} segment_list;

weeg_status weeg_i_segments_make(segment_list *list, const weeg_scores *scores, weeg_error *err);
void weeg_i_segments_clear(segment_list *list);

/* z[outputs] += w times the coefficients of a cell. */
WEEG_INLINE void weeg_scores_sum(const weeg_scores *scores, const segment_list *segments, int32_t cell, double w,
                                 double *z) {
  const double *coef = scores->coef + scores->start[cell];
  for (int64_t j = segments->start[cell]; j < segments->start[cell + 1]; j++) {
    const int32_t segment = segments->segment[j], size = segments->size[segment];
    double *to = z + segments->first[segment];
    WEEG_VECTORISED
    for (int32_t k = 0; k < size; k++) to[k] += w * coef[k];
    coef += size;
  }
}

#endif
