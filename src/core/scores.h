/* Building the linearisation of a statistic cell by cell. Internal to the core. */
#ifndef WEEG_SCORES_H
#define WEEG_SCORES_H

#include <stdint.h>

#include "weeg.h"

typedef struct score_list {
  weeg_scores scores;  /* start, index and coef point into the arrays below */
  int64_t *start;
  int32_t *index;
  double *coef;
  int64_t used;
  int32_t *cell_base;   /* NULL until weeg_scores_ratio */
  int32_t *output_base;
} score_list;

/* Room for `terms` coefficients, zero cells filled. */
weeg_status weeg_scores_new(score_list *list, int32_t cells, int32_t outputs, int64_t terms, weeg_error *err);

/* Adds a coefficient to the cell that is being filled; cells are filled in order, each closed by weeg_scores_close. */
void weeg_scores_add(score_list *list, int32_t output, double coef);
void weeg_scores_close(score_list *list, int32_t cell);

/* Makes all outputs ratios to one of `bases` sums of weights: cell_base and output_base are there to be filled, all 0. */
weeg_status weeg_scores_ratio(score_list *list, int32_t bases, weeg_error *err);

void weeg_scores_clear(score_list *list);

#endif
