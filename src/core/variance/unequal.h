/* Variances of PSUs drawn with unequal probabilities, in a stratum: see weeg_pps. Internal to the core. */
#ifndef WEEG_UNEQUAL_H
#define WEEG_UNEQUAL_H

#include "variance/walk.h"

/* Adds what the stratum at hand contributes; w->sum and w->mean are there. */
void weeg_i_add_unequal(walk *w, const accumulator *to, void *sums);

/* Adds what all strata contribute where PSUs have blocks. */
void weeg_i_add_blocks(walk *w, const accumulator *to, void *sums);

#endif
