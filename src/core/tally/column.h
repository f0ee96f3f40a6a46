/* Reading coded columns in blocks. Internal to the core. */
#ifndef WEEG_COLUMN_H
#define WEEG_COLUMN_H

#include <stdint.h>

#include "base/vector.h"
#include "weeg.h"

/* code[i] = position of row from + i, 0..levels-1, or levels where it is missing; i < rows. */
void weeg_i_column_read(const weeg_column *column, int64_t from, int64_t rows, int32_t *code);

/* cell[i] = cell[i] * (levels + 1) + position, with the same meaning of missing. */
void weeg_i_column_cross(const weeg_column *column, int64_t from, int64_t rows, int32_t *cell);

/* Asks for the codes of rows that will be read soon. */
WEEG_INLINE void weeg_i_column_fetch(const weeg_column *column, int64_t from, int64_t rows) {
  const int64_t width = column->type == WEEG_CODE_U8 ? 1 : column->type == WEEG_CODE_U16 ? 2 : 4;
  if (column->codes != NULL) WEEG_FETCH((const char *)column->codes + from * width, rows * width);
}

/* Those columns of a layout that have codes: of the others all rows are in the first position. Few cells stay in the cache. */
typedef struct coded_layout {
  const weeg_column *all;
  int all_count;
  weeg_column *columns; /* [count] */
  int count;
  int32_t cells;        /* of these columns */
} coded_layout;

weeg_status weeg_i_coded_layout(const weeg_column *columns, int count, coded_layout *layout, weeg_error *err);
/* Where a cell of the columns with codes is in the layout of all; these have the same order. */
int32_t weeg_i_whole_cell(const coded_layout *layout, int32_t cell);

/* As weeg_find_fpc; are_sizes: so are those of another stage, and 1 everywhere is no fraction. */
weeg_status weeg_i_find_fpc(const double *fpc, const weeg_column *stratum, int64_t rows, const int64_t *stratum_psus,
                            bool are_sizes, double *sizes, weeg_error *err);

#endif
