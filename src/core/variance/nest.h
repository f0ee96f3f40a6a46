/* The order in which variance code walks through a tally at one stage: strata, their units, their entries. Internal. */
#ifndef WEEG_NEST_H
#define WEEG_NEST_H

#include <stdint.h>

#include "weeg.h"

typedef struct nest {
  int32_t stage;                /* from 0 */
  bool element;                 /* units are the strata, and entries know the rows in them: the last stage only */
  int32_t strata, units;
  const int64_t *stratum_units; /* [strata] sampled units */
  const double *stratum_fpc;    /* [strata] units in the population, or NULL */
  weeg_pps pps;                 /* how they were drawn; with their inclusion probabilities [units] */
  const double *probability;
  const double *form;           /* [units * units] or NULL */
  const weeg_blocks *blocks;    /* of units, or NULL */
  const int32_t *parent;        /* [strata] unit of the stage before, ascending; NULL at the first stage */
  double *share;                /* [strata] product of the sampling fractions of the stages before; NULL: 1 */
  double *w;                    /* [entries] the sums of weights as doubles, in order of unit; or NULL */
  const int32_t *cell;          /* [entries] in the same order: that of the tally at the last stage */
  int64_t *unit_start;          /* [units + 1] entries of each unit */
  int32_t *order;               /* [units] unit numbers grouped by stratum */
  int32_t *stratum_start;       /* [strata + 1] places in order */
  int32_t *own_cell;            /* cell, unless it is the tally's */
  bool borrowed;                /* of a prepared tally, whose arrays these are */
} nest;

/*
 * The nest of stage 0 .. design->later. Checks that tally and design belong together. value: what stands in w for the sums of
 * weights, one for each entry of the tally; NULL: they do themselves.
 */
weeg_status weeg_i_nest_make(nest *p, const weeg_survey *survey, const double *value, int32_t stage, weeg_error *err);

/* The same without w, which takes half the time: for counts. */
weeg_status weeg_i_nest_of_counts(nest *p, const weeg_survey *survey, int32_t stage, weeg_error *err);
void weeg_i_nest_clear(nest *p);

/* 1 - n_h / N_h; of units drawn with unequal probabilities the largest 1 - pi */
double weeg_i_sampling_left(const nest *p, int32_t stratum);

/* The factor of a stratum's variance: 1 - n_h / N_h times the sampling fractions of the stages before. */
double weeg_i_stratum_factor(const nest *p, int32_t stratum);

/*
 * A stratum whose units are (all but) all sampled adds no variance, whatever the rule for lonely units, nor does one
 * within units that were sampled with replacement.
 */
bool weeg_i_adds_nothing(const nest *p, int32_t stratum);

/* Whether the rules for lonely units are about a stratum: it has one, and variances are differences between several. */
bool weeg_i_is_lonely(const nest *p, int32_t stratum);

/* The strata that a rule for lonely units looks at together: those from `from` on within the same unit, up to the result. */
int32_t weeg_i_family_end(const nest *p, int32_t from);

/* PSUs minus 1 of the sample in a stratum; a stratum from which nothing was sampled has none. */
int64_t weeg_i_stratum_df(const weeg_design *design, int32_t stratum);

/* A stratum with one unit under WEEG_LONELY_FAIL. */
weeg_status weeg_i_lonely_error(const nest *p, int32_t stratum, weeg_error *err);

#endif
