/* A variable of a .sav file becoming a column. Internal to the core. */
#ifndef WEEG_SAV_COLUMN_H
#define WEEG_SAV_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "weeg.h"

/* Distinct values are numbered from 1 in order of appearance, user-missing ones too; 0: system-missing. */
typedef struct sav_column {
  const weeg_sav_variable *variable;
  bool numbers, user_missing; /* as asked for in weeg_sav_field */
  int64_t rows, room;
  int32_t *code;             /* [room], NULL for numbers */
  double *number;            /* [room], NULL for codes */
  int32_t values, slots;     /* slots: a power of two, or 0 */
  weeg_sav_value *value;     /* [values] */
  int32_t *slot;             /* [slots] number of a value, 0: free */
} sav_column;

/* Takes the values of `rows` rows from the reader. */
weeg_status weeg_sav_add(sav_column *c, byte_reader *r, int32_t rows, weeg_error *err);
/* Moves what was taken to a column, with its levels in their final order. */
weeg_status weeg_sav_finish(sav_column *c, weeg_sav_column *column, weeg_error *err);
void weeg_sav_column_free(sav_column *c);

#endif
