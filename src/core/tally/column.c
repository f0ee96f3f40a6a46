#include "tally/column.h"

#include "base/memory.h"
#include "base/vector.h"

/* One loop per storage type. */
#define POSITION(codes) ((uint32_t)(codes)[i] - 1u < levels ? (uint32_t)(codes)[i] - 1u : levels)
#define READ(type)                                                              \
  do {                                                                          \
    const type *codes = (const type *)column->codes + from;                     \
    WEEG_VECTORISED                                                             \
    for (int64_t i = 0; i < rows; i++) code[i] = (int32_t)POSITION(codes);      \
  } while (0)
#define CROSS(type)                                                             \
  do {                                                                          \
    const type *codes = (const type *)column->codes + from;                     \
    WEEG_VECTORISED                                                             \
    for (int64_t i = 0; i < rows; i++) {                                        \
      cell[i] = (int32_t)((uint32_t)cell[i] * (levels + 1) + POSITION(codes));  \
    }                                                                           \
  } while (0)

WEEG_CLONED static void read_codes(const weeg_column *column, int64_t from, int64_t rows, int32_t *code) {
  const uint32_t levels = (uint32_t)column->levels;
  if (column->codes == NULL) {
    for (int64_t i = 0; i < rows; i++) code[i] = 0;
    return;
  }
  switch (column->type) {
    case WEEG_CODE_U8: READ(uint8_t); break;
    case WEEG_CODE_U16: READ(uint16_t); break;
    case WEEG_CODE_I32: READ(int32_t); break;
  }
}

WEEG_CLONED static void cross_codes(const weeg_column *column, int64_t from, int64_t rows, int32_t *cell) {
  const uint32_t levels = (uint32_t)column->levels;
  if (column->codes == NULL) {
    for (int64_t i = 0; i < rows; i++) cell[i] = (int32_t)((uint32_t)cell[i] * (levels + 1));
    return;
  }
  switch (column->type) {
    case WEEG_CODE_U8: CROSS(uint8_t); break;
    case WEEG_CODE_U16: CROSS(uint16_t); break;
    case WEEG_CODE_I32: CROSS(int32_t); break;
  }
}

void weeg_i_column_read(const weeg_column *column, int64_t from, int64_t rows, int32_t *code) {
  read_codes(column, from, rows, code);
}

void weeg_i_column_cross(const weeg_column *column, int64_t from, int64_t rows, int32_t *cell) {
  cross_codes(column, from, rows, cell);
}

weeg_status weeg_layout_cells(const weeg_column *columns, int count, int32_t *cells, weeg_error *err) {
  int64_t product = 1;
  for (int v = 0; v < count; v++) {
    if (columns[v].levels < 0) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, v, "variable %d has a negative number of levels", v + 1);
    }
    product *= (int64_t)columns[v].levels + 1; /* both factors stay below 2^31, so this fits */
    if (product > INT32_MAX) {
      return weeg_fail(err, WEEG_ERR_TOO_LARGE, v, "the cross-classification has more than 2^31 - 1 cells at variable %d",
                       v + 1);
    }
  }
  *cells = (int32_t)product;
  return WEEG_OK;
}

weeg_status weeg_i_coded_layout(const weeg_column *columns, int count, coded_layout *layout, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *layout = (coded_layout){.all = columns, .all_count = count};
  WEEG_NEW(layout->columns, count);
  for (int v = 0; v < count; v++) {
    if (columns[v].codes != NULL) layout->columns[layout->count++] = columns[v];
  }
  WEEG_TRY(weeg_layout_cells(layout->columns, layout->count, &layout->cells, err));
cleanup:
  return status;
}

int32_t weeg_i_whole_cell(const coded_layout *layout, int32_t cell) {
  int32_t whole = 0, run = 1; /* run: cells that are side by side with the same position */
  for (int v = layout->all_count - 1; v >= 0; v--) {
    const int32_t positions = layout->all[v].levels + 1;
    if (layout->all[v].codes != NULL) {
      whole += cell % positions * run;
      cell /= positions;
    }
    run *= positions;
  }
  return whole;
}
