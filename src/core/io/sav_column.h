/* A variable of a .sav file while its rows come, and its levels at the end. Internal to the core. */
#ifndef WEEG_SAV_COLUMN_H
#define WEEG_SAV_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "io/bytes.h"
#include "weeg.h"

/*
 * A value as the file has it: a number, or some bytes of a text and its length; and its code + 1, 0: nothing is here yet. Most
 * values are among those that were met last, each of which has one place to be in: what these mean is found once.
 */
typedef struct sav_recent {
  uint64_t bits;
  int32_t length, next;
} sav_recent;

/* Distinct values are numbered from 1 in order of appearance; 0: system-missing and user-missing. */
typedef struct sav_column {
  const weeg_sav_variable *variable;
  bool numbers, user_missing; /* as asked for in weeg_field */
  int32_t room;
  int32_t *code;             /* [room] of the rows at hand; NULL for numbers */
  double *number;            /* [room] likewise; NULL for codes */
  sav_recent *recent;        /* [SAV_RECENT]; NULL: not needed yet */
  weeg_sav_value *value;     /* [value_room], of which known.count are in use */
  int32_t value_room;
  weeg_numbering known; /* of the values */
} sav_column;

enum { SAV_RECENT_BITS = 10, SAV_RECENT = 1 << SAV_RECENT_BITS };

/* A file, and what the last read has met in it. */
typedef struct sav_file {
  weeg_sav about;    /* first: callers have its address */
  int32_t fields;
  sav_column *seen;  /* [fields] */
} sav_file;

static inline sav_file *weeg_i_sav_file(const weeg_sav *sav) { return (sav_file *)sav; }

/* The kind of numbers in a format such as DATE11. */
weeg_kind weeg_i_sav_kind(const char *format);
/* A number of the file as one of its kind: dates are seconds since 1582-10-14 there. */
double weeg_i_sav_number(weeg_kind kind, double number);
/* A text value without the blanks at its end; NULL as weeg_i_get_text(). */
char *weeg_i_sav_text(byte_reader *r);

/* Takes the values of `rows` rows from the reader, in place of those before. */
weeg_status weeg_i_sav_take(sav_column *c, byte_reader *r, int32_t rows, weeg_error *err);
/* The number of a value, from 1, whose text then belongs to the column, or is released. */
weeg_status weeg_i_sav_number_value(sav_column *c, weeg_sav_value value, int32_t *number, weeg_error *err);
/* Releases the rows at hand, not the distinct values. */
void weeg_i_sav_column_rest(sav_column *c);
void weeg_i_sav_column_free(sav_column *c);

#endif
