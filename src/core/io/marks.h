/* Where fields end among some bytes. Internal to the core. */
#ifndef WEEG_MARKS_H
#define WEEG_MARKS_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that are looked at together, and for how many there is one list. */
enum { WEEG_MARK_BLOCK = 64, WEEG_MARK_BYTES = 8192, WEEG_MARKS_KINDS = 3 };

/* A bit for each of 64 bytes. */
typedef struct mark_bits {
  uint64_t delimiter, lf, cr, quote;
  uint64_t blank; /* blanks, tabs, and perhaps other control characters */
} mark_bits;

/* Bits of so many blocks. */
typedef void marks_look(const char *s, int blocks, char delimiter, char quote, mark_bits *to);

/* Where fields begin and end that are not within quotes. */
typedef struct field_marks {
  int count, lines; /* ends of fields, delimiters and LF, of which so many are LF */
  bool plain;       /* no field has quotes, or begins or ends with a blank, or with CR */
  uint16_t start[WEEG_MARK_BYTES + 1]; /* [count + 1] one behind each end, and first where the first field begins */
} field_marks;

typedef void marks_list(const mark_bits *bits, int blocks, field_marks *m);

/* Functions for some processor. */
typedef struct marks_kind {
  marks_look *look;
  marks_list *list;
  bool newer; /* has BMI2 */
} marks_kind;

/* Those that this processor has, the fastest first; all find the same. Returns how many. */
int weeg_i_marks_kinds(marks_kind kinds[WEEG_MARKS_KINDS]);

/*
 * Lists those of the first WEEG_MARK_BYTES of from..to, where from begins a record, and 63 bytes behind `to` can be read. Where
 * a quote is not the first or last character of a field, a CR has no LF behind it, or a line ends within quotes, the list ends.
 */
void weeg_i_marks_find(const char *from, const char *to, char delimiter, char quote, const marks_kind *kind, field_marks *m);

#endif
