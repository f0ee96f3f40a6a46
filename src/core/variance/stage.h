/* The hierarchy of units of a multistage design. Internal to the core. */
#ifndef WEEG_STAGE_H
#define WEEG_STAGE_H

#include <stdint.h>

#include "weeg.h"

/* Stage 0 of a design as the others are described; stratum_parent is then NULL. */
weeg_stage weeg_i_stage_view(const weeg_design *design, int32_t stage);

/* Whether the stages fit each other and the tally. */
weeg_status weeg_i_check_stages(const weeg_design *design, const weeg_tally *tally, weeg_error *err);

/* The unit of `stage` (when its units are rows: the stratum) that a unit of the tally lies in; -1 for one without rows. */
int32_t weeg_i_stage_unit(const weeg_design *design, int32_t stage, int32_t tally_unit);

/* Product of the sampling fractions of the stages before `stage`: share[strata of that stage]. */
void weeg_i_stage_shares(const weeg_design *design, int32_t stage, double *share);

#endif
