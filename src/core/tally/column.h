/* Reading coded columns in blocks. Internal to the core. */
#ifndef WEEG_COLUMN_H
#define WEEG_COLUMN_H

#include <stdint.h>

#include "weeg.h"

/* code[i] = position of row from + i, 0..levels-1, or levels where it is missing; i < rows. */
void weeg_i_column_read(const weeg_column *column, int64_t from, int64_t rows, int32_t *code);

/* cell[i] = cell[i] * (levels + 1) + position, with the same meaning of missing. */
void weeg_i_column_cross(const weeg_column *column, int64_t from, int64_t rows, int32_t *cell);

/* As weeg_find_fpc; are_sizes: so are those of another stage, and 1 everywhere is no fraction. */
weeg_status weeg_i_find_fpc(const double *fpc, const weeg_column *stratum, int64_t rows, const int64_t *stratum_psus,
                            bool are_sizes, double *sizes, weeg_error *err);

#endif
