/* What has no variance because it lies in one PSU: see weeg_own_variance. Internal to the core. */
#ifndef WEEG_ALONE_H
#define WEEG_ALONE_H

#include <stdint.h>

#include "weeg.h"

/* Whether weeg_levels_alone finds any level; cells with use[c] == 0 (use != NULL) are not in the table. */
weeg_status weeg_i_table_alone(const weeg_tally *tally, const weeg_design *design, const uint8_t *use, const int32_t *cell_row,
                               int32_t rows, const int32_t *cell_column, int32_t columns, bool *any, weeg_error *err);

/*
 * Shares that lie strictly between 0 and 1 have no variance (NaN) in a domain without one of its own; nor has a share that is
 * NaN. A share of 0 or 1 has a variance of 0 anywhere. estimate, variance: [domains * levels], levels fastest.
 */
weeg_status weeg_i_withhold(const weeg_tally *tally, const weeg_design *design, const int32_t *domain_of, int32_t domains,
                            int32_t levels, const double *estimate, double *variance, weeg_error *err);

/* Whether some domain with rows has no variance of its own. */
weeg_status weeg_i_any_alone(const weeg_tally *tally, const weeg_design *design, const int32_t *domain_of, int32_t domains,
                             bool *any, weeg_error *err);

#endif
