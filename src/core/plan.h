/* The order in which variance code walks through a tally: strata, their units, their entries. Internal to the core. */
#ifndef WEEG_PLAN_H
#define WEEG_PLAN_H

#include <stdint.h>

#include "weeg.h"

typedef struct plan {
  double *w;               /* [entries] the sums of weights as doubles */
  int64_t *unit_start;     /* [units + 1] entries of each unit */
  int32_t *order;          /* [units] unit numbers grouped by stratum */
  int32_t *stratum_start;  /* [strata + 1] places in order */
} plan;

/* Checks that tally and design belong together. */
weeg_status weeg_plan_make(plan *p, const weeg_tally *tally, const weeg_design *design, weeg_error *err);
void weeg_plan_clear(plan *p);

/* 1 - n_h / N_h */
double weeg_sampling_left(const weeg_design *design, int32_t stratum);

/* A stratum whose PSUs are (all but) all sampled adds no variance, whatever the rule for lonely PSUs. */
bool weeg_is_certainty(const weeg_design *design, int32_t stratum);

#endif
