/* Several sources as one: what waves.c (its rows) and waves_about.c (its columns) share. Internal to the core. */
#ifndef WEEG_WAVES_H
#define WEEG_WAVES_H

#include <stdbool.h>
#include <stdint.h>

#include "io/sav_column.h"
#include "weeg.h"

/* A field of one source in a read: the code of the whole of each of its own, [known], joint[0] being 0. */
typedef struct wave_codes {
  int32_t own;    /* -1: it has no such column */
  int32_t *joint;
  int32_t known, room;
} wave_codes;

typedef struct wave_file {
  weeg_source source;
  char *label, *name;
  int32_t *column;    /* [columns of the whole] which of its own; -1: none */
  int64_t first, rows; /* of the last read */
} wave_file;

/* What the texts of a field are that a source had: of columns that no SPSS file has. */
typedef struct wave_texts {
  bool number, text;
} wave_texts;

typedef struct waves {
  sav_file joint;       /* first: as of an SPSS file, `about` with all columns, `seen` with the codes of fields */
  int32_t count, columns, own_sets;
  wave_file *file;      /* [count] */
  char **problem;       /* [columns] why a column cannot be read; NULL: it can */
  char **found;         /* [columns] likewise, as the last read found out */
  bool *some_declared;  /* [columns] only some sources declare values to be missing: these become no_value */
  weeg_numerals numerals;
  bool any_sav;
  weeg_field *field;    /* [joint.fields] of the last read */
  wave_texts *texts;    /* [joint.fields][count] */
} waves;

/* What stands for a value that is missing in its source alone: no file has such a value. */
weeg_sav_value weeg_i_waves_no_value(bool text);
/* The columns of the whole: once the sources are there. */
weeg_status weeg_i_waves_columns(waves *w, const char *wave, weeg_error *err);
void weeg_i_waves_columns_free(waves *w);

/* ---- source.c ---- */

weeg_status weeg_i_copy_text(const char *text, char **copy, weeg_error *err);
/* Levels of texts as weeg_text_levels_find() finds them. */
weeg_status weeg_i_plain_levels(const char *name, const char *const *text, int32_t count, bool plain, weeg_numerals how,
                                weeg_field_levels *found, weeg_error *err);
/* Levels of a field of a sav_file. */
weeg_status weeg_i_sav_source_levels(const void *ctx, int32_t field, weeg_field_levels *found, weeg_error *err);

#endif
