/* What has no variance because it lies in one PSU: see weeg_own_variance. Internal to the core. */
#ifndef WEEG_ALONE_H
#define WEEG_ALONE_H

#include <stdint.h>

#include "weeg.h"

/* Whether weeg_levels_alone finds any level. */
weeg_status weeg_i_table_alone(const weeg_survey *survey, const weeg_places *places, bool *any, weeg_error *err);

/*
 * Shares that lie strictly between 0 and 1 have no variance (NaN) in a domain without one of its own; nor has a share that is
 * NaN. A share of 0 or 1 has a variance of 0 anywhere. estimate, variance: [domains * levels], levels fastest.
 */
weeg_status weeg_i_withhold(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, int32_t levels,
                            const double *estimate, double *variance, weeg_error *err);

/* Whether the proportions of each set have a variance (weeg_own_variance): has[sets]. Where one has none, no contrast has. */
weeg_status weeg_i_set_own_variance(const weeg_survey *survey, const weeg_sets *sets, uint8_t *has, weeg_error *err);

/* Whether some domain with rows has no variance of its own. */
weeg_status weeg_i_any_alone(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, bool *any,
                             weeg_error *err);

#endif
