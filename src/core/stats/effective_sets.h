/* Contrasts of proportions of sets in samples of few PSUs. Internal to the core. */
#ifndef WEEG_EFFECTIVE_SETS_H
#define WEEG_EFFECTIVE_SETS_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/effective_pair.h"
#include "stats/measure.h"
#include "weeg.h"

/* Sets may overlap; the model is about parts of them that do not: groups that are in the same sets of an output. */
typedef struct effective_sets {
  const weeg_sets *sets;
  psu_table table;
  int32_t *part_of;     /* [groups] their part, -1 outside */
  int32_t *touched;     /* [groups] those in the sets at hand, ascending */
  int32_t touches;
  int32_t *child;       /* [groups + 2] */
  int32_t parts;        /* of the sets at hand, parts with rows only */
  psu_set *part;        /* [parts] those of one group are borrowed from of_group */
  psu_set *of_group;    /* [groups] made when first asked for */
  bool *has_group;      /* [groups] */
  int32_t *one;         /* [parts] one of the groups of each */
  effective_frame frame; /* of the parts last used, borrowed[frame.sets], their numbers used[frame.sets] */
  effective_pair pair;   /* and of it where these are two */
  psu_set *borrowed;
  int32_t *used;
} effective_sets;

weeg_status weeg_i_effective_sets_make(effective_sets *x, const weeg_survey *survey, const weeg_sets *sets, weeg_error *err);
void weeg_i_effective_sets_clear(effective_sets *x);

/* Takes sets in hand: the parts that they are made of. */
weeg_status weeg_i_effective_sets_take(effective_sets *x, const int32_t *set, int32_t count, weeg_error *err);

/* Which sets are in hand, and the coefficients of their proportions. */
typedef struct effective_slopes {
  const int32_t *set;  /* [count] */
  const double *slope;
  int32_t count;
  int32_t answer;
} effective_slopes;

/*
 * The scale of a contrast. bounded: a difference of proportions, for which it is Fisher's z: limits stay between -1 and 1.
 * two: of a ratio, what the contrast is the logarithm of, or NULL.
 */
typedef struct effective_scale {
  bool bounded;
  const two_shares *two;
} effective_scale;

/*
 * Limits, statistic and p-value of a contrast with these slopes that was begun (weeg_i_contrast_begin), by Student's t where
 * there is no law; one with a reason stays as it is. The p-value is below 1 - level where limits exclude 0.
 */
weeg_status weeg_i_effective_contrast(effective_sets *x, const effective_slopes *of, effective_scale scale, double level,
                                      weeg_contrast *contrast, weeg_error *err);

#endif
