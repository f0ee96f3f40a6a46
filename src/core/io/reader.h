/*
 * What the parts of the CSV reader share. Internal to the core.
 *
 *     input.c    bytes of a file, a pipe, gzip, zstd
 *     schema.c   opening: encoding, delimiter, decimal mark, names of the columns; closing
 *     split.c    where records begin, by the parity of quotes; lines; where a field is
 *     read.c     the loop: a window of bytes, split into parts, parsed on threads, handed on in order
 *     scan.c     the fields of a part
 *     usual.c    those of records as most are, many at a time; marks.c: where they end
 *     csv.c      those that only libcsv can judge
 *     part.c     what a part makes of fields: codes and numbers
 *     strings.c  the numbering of texts;  numeral.c  text to number;  encoding.c  encodings
 *     problem.c  what is wrong, where, in words
 *     collect.c  all rows together
 */
#ifndef WEEG_READER_H
#define WEEG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "io/marks.h"
#include "weeg.h"

/* Bytes behind every buffer of text, so that eight can be read from any place of it, and 64 of a window. */
enum { WEEG_PADDING = 64 };

/* ---- input ---- */

typedef struct weeg_input weeg_input;

/* path "-": standard input. */
weeg_status weeg_i_input_open(const char *path, weeg_input **input, weeg_error *err);
/* Reads until `size` bytes are there or the end; *got < size only at the end. */
weeg_status weeg_i_input_read(weeg_input *input, char *to, int64_t size, int64_t *got, weeg_error *err);
bool weeg_i_input_again(const weeg_input *input);   /* whether it can be opened again */
double weeg_i_input_share(const weeg_input *input);  /* of its bytes that were read; NaN when not known */
void weeg_i_input_close(weeg_input *input);
/* WEEG_ERR_FILE where the first bytes are those of another kind of file; it says which, and what to do (kind.c). */
weeg_status weeg_i_check_text(const char *s, int64_t n, weeg_error *err);

/* ---- text ---- */

/* Whether bytes are UTF-8 without NUL (overlong forms, surrogates and numbers above U+10FFFF are not). */
bool weeg_i_text_is_utf8(const char *s, size_t n);
/* Windows-1252 to UTF-8: at most 3 n bytes, which are returned in number. The five undefined bytes become U+0081 etc. */
size_t weeg_i_text_from_1252(const char *s, size_t n, char *to);
/* UTF-8 to Windows-1252, at most n bytes; -1 where a character has none. */
int64_t weeg_i_text_to_1252(const char *s, size_t n, char *to);
/* A short printable form of raw bytes, always terminated: control characters and what is not UTF-8 become '?'. */
void weeg_i_text_show(const char *s, size_t n, char *to, size_t size);

/* ---- numbers ---- */

/* Whether s is a number: [sign] digits [decimal digits] [e [sign] digits]. *x is the nearest double. */
bool weeg_i_number_read(const char *s, size_t n, char decimal, double *x);
/* The same, of a number with its thousands apart; thousands: 0 where there is none. */
bool weeg_i_number_read_grouped(const char *s, size_t n, char decimal, char thousands, double *x);
/* x in so many digits, as %g has it, with a point whatever the locale. */
void weeg_i_number_show(double x, int digits, char *to, size_t size);
/* Bytes of what separates thousands at s; 0: none is there. A blank is also U+00A0, as Windows-1252 too, and U+202F. */
size_t weeg_i_separator_length(const char *s, size_t n, char thousands);

/* ---- strings ---- */

typedef struct weeg_string_slot {
  uint64_t head;    /* its first eight bytes */
  uint64_t tail;    /* the last eight, or 0 where it has no more than eight, or a hash where it has more than 16 */
  int64_t start;    /* in bytes[] */
  uint32_t length;
  int32_t code;     /* 0: missing; -1 marks a free slot */
} weeg_string_slot;

/* Texts numbered from 1 in order of appearance; open addressing with linear probing, at most half full. */
typedef struct weeg_strings {
  weeg_string_slot *slot;
  int64_t slots, used;    /* slots: a power of two or 0 */
  int shift;              /* 64 less the power */
  char *bytes;            /* all texts, each followed by a NUL */
  int64_t bytes_used, bytes_size;
  int64_t *start;         /* [levels] in bytes */
  int64_t start_size;
  int32_t levels;
  weeg_secret secret;
} weeg_strings;

/* The slot of a text, with code -1 if it is new. NULL when memory runs out. s has WEEG_PADDING bytes behind it. */
weeg_string_slot *weeg_i_strings_find(weeg_strings *t, const char *s, size_t n);
/* Gives the free slot that weeg_i_strings_find just returned the next code, or 0 where missing. */
weeg_status weeg_i_strings_add(weeg_strings *t, weeg_string_slot *slot, const char *s, size_t n, bool missing);
/* The first eight bytes, with zeros behind a shorter text. */
static inline uint64_t weeg_i_head(const char *s, size_t n) {
  uint64_t head = 0;
  if (n == 0) return 0;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy(&head, s, sizeof head);
  return n >= 8 ? head : head & (((uint64_t)1 << (8 * n)) - 1);
#else
  memcpy(&head, s, n < 8 ? n : 8);
  return head;
#endif
}

/* The last eight bytes of a text that has as many. */
static inline uint64_t weeg_i_tail(const char *s, size_t n) { return weeg_i_head(s + n - 8, 8); }

/* Where a look-up begins, of the sum of products of both words with secret numbers; by SipHash once too many have been alike. */
static inline uint64_t weeg_i_strings_fold(const weeg_secret *secret, int shift, uint64_t sum) {
  return ((sum ^ (sum >> 32)) * secret->second) >> shift;
}

/* With the second word, of a text of more than eight bytes. The sum is folded first, or texts that differ in the last bytes of
 * both words alone would have few sums. */
static inline uint64_t weeg_i_strings_second(const weeg_secret *secret, uint64_t sum, uint64_t tail) {
  return ((sum ^ (sum >> 32)) + tail) * secret->first;
}

static inline uint64_t weeg_i_strings_home(const weeg_secret *secret, int shift, const weeg_string_slot *text) {
  if (secret->strong) return weeg_i_scatter(secret, weeg_i_scatter(secret, text->head) ^ text->tail) >> shift;
  const uint64_t sum = (text->head ^ secret->added) * secret->first;
  return weeg_i_strings_fold(secret, shift, text->length <= 8 ? sum : weeg_i_strings_second(secret, sum, text->tail));
}

/* The text of a code, ended by a NUL, of which it has none itself. */
static inline const char *weeg_i_strings_text(const weeg_strings *t, int32_t code) { return t->bytes + t->start[code - 1]; }
void weeg_i_strings_clear(weeg_strings *t);

/* ---- what is to be read ---- */

typedef struct weeg_text { const char *bytes; size_t length; } weeg_text;

/* How a file is written and which fields are wanted. */
typedef struct weeg_dialect {
  char delimiter, decimal, quote, thousands;
  bool windows_1252, skip, missing_number; /* missing_number: a spelling of missing is a number */
  int kind;                       /* of weeg_i_marks_kinds() */
  int64_t max_field;
  int32_t columns;
  const int32_t *wanted;          /* [columns] number among the wanted fields, or -1 */
  int32_t count;
  const weeg_field *fields;   /* [count] */
  const weeg_text *missing;       /* [missing_count] in the encoding of the file */
  int missing_count;
} weeg_dialect;

bool weeg_i_dialect_missing(const weeg_dialect *dialect, const char *s, size_t n);

/* ---- what can be wrong ---- */

typedef enum weeg_problem {
  WEEG_PROBLEM_NONE = 0,
  WEEG_PROBLEM_SHORT,       /* fewer fields than columns */
  WEEG_PROBLEM_LONG,        /* more */
  WEEG_PROBLEM_QUOTE,       /* a quote inside an unquoted field, or text after a closing quote */
  WEEG_PROBLEM_UNCLOSED,    /* a quote that is not closed before the end */
  WEEG_PROBLEM_NUMBER,      /* not a number */
  WEEG_PROBLEM_ENCODING,    /* not UTF-8, or a NUL */
  WEEG_PROBLEM_FIELD_SIZE,  /* more than max_field bytes */
  WEEG_PROBLEM_LINE_SIZE,   /* no end of the record in a whole window */
  WEEG_PROBLEM_MEMORY
} weeg_problem;

/* A problem in a record of a part, from 0, at a field from 0. */
typedef struct weeg_trouble {
  weeg_problem problem;
  int32_t field;   /* SHORT and LONG: the number of fields */
  int64_t record;
} weeg_trouble;

/* ---- a part: bytes that begin and end with a record ---- */

typedef struct weeg_part_field {
  weeg_strings strings; /* kept from part to part */
  weeg_string_slot *near; /* [1 << 64 - near_shift] or NULL; some of the texts again, where they are found at once: usual.c */
  int near_shift;
  int32_t *map;         /* [map_size] code here to code of the file, -1: not known yet; kept too */
  int64_t map_size;
  int32_t *codes;       /* [capacity] or NULL */
  double *numbers;      /* [capacity] or NULL */
} weeg_part_field;

typedef struct weeg_part {
  const weeg_dialect *dialect;
  const char *from, *to;
  int64_t lines;           /* ends of lines in it */
  int64_t capacity;        /* rows that fit into the fields; more than `rows` */
  weeg_part_field *fields; /* [dialect->count] */
  int32_t field;           /* fields of the record that were seen */
  int64_t record;          /* records that ended */
  int64_t rows;            /* of them kept */
  int64_t begun;           /* ends of lines before the record at hand */
  int64_t lag;             /* begun - rows, as long as each record has a line */
  weeg_csv_place *place;   /* [places] rows, and the ends of lines before them, where the lag changes */
  int64_t places, places_size;
  weeg_trouble now;        /* of the record at hand */
  weeg_trouble fatal;      /* where reading this part stopped */
  weeg_trouble *skipped;
  int64_t skipped_count, skipped_size;
} weeg_part;

weeg_status weeg_i_part_new(weeg_part *part, const weeg_dialect *dialect);
void weeg_i_part_clear(weeg_part *part);
/* Before from..to is parsed. Problems are left in the part; false: no memory. */
bool weeg_i_part_begin(weeg_part *part);
/* Parses from..to. */
void weeg_i_part_scan(weeg_part *part);
/*
 * Whether there can be records of the usual shape; and those from a place on are parsed, up to one that is not. Returns where
 * that is, or `to`; NULL: stop.
 */
bool weeg_i_part_is_usual(const weeg_part *part);
const char *weeg_i_part_scan_usual(weeg_part *part, const char *from, const marks_kind *kind);
/* Parses some of it by libcsv alone; false: stop. */
bool weeg_i_part_read_quoted(weeg_part *part, const char *from, const char *to);

/* The code of a text, or -1: *problem says why. s has WEEG_PADDING bytes behind it. */
int32_t weeg_i_part_code(weeg_part *part, weeg_part_field *field, const char *s, size_t n, weeg_problem *problem);
/* A field as a number; *x is NaN where it is none. */
weeg_problem weeg_i_part_number(const weeg_part *part, const char *s, size_t n, double *x);
void weeg_i_part_value(weeg_part *part, int32_t wanted, const char *s, size_t n);
/* One field, in order; s has WEEG_PADDING bytes behind it. */
static inline void weeg_i_part_put(weeg_part *part, const char *s, size_t n) {
  const int32_t field = part->field++;
  if (field >= part->dialect->columns) return;
  const int32_t wanted = part->dialect->wanted[field];
  if (wanted >= 0 || n > (size_t)part->dialect->max_field) weeg_i_part_value(part, wanted, s, n);
}
/* The end of a record; false: stop. */
bool weeg_i_part_end(weeg_part *part);
/* Before and after some rows, each of a line, are put into the fields at once; false: no memory, and they are not there. */
bool weeg_i_part_begin_rows(weeg_part *part, int64_t rows, int64_t bytes);
bool weeg_i_part_end_rows(weeg_part *part, int64_t rows);

/* ---- libcsv ---- */

/* Fields and ends of records of some bytes, until one of the functions says stop. *stopped: the offset reached. */
typedef struct weeg_csv_events {
  void *ctx;
  bool (*field)(void *ctx, const char *s, size_t n); /* false: stop */
  bool (*record)(void *ctx);                         /* false: stop */
} weeg_csv_events;

/* blank: blank lines are records of one empty field. WEEG_PROBLEM_QUOTE, _UNCLOSED or _MEMORY where libcsv fails. */
weeg_problem weeg_i_csv_parse(const char *from, const char *to, char delimiter, char quote, bool blank,
                              const weeg_csv_events *events);

/* ---- where things are ---- */

int64_t weeg_i_count_byte(const char *from, const char *to, char byte);
/* Ends of lines: LF, CR LF, or CR alone. */
int64_t weeg_i_count_lines(const char *from, const char *to);
/*
 * The end of the last record that is known to end in from..to, where from begins one; NULL if none. *quotes gets the number
 * of quotes, *ending the character that ends records.
 */
const char *weeg_i_last_record(const char *from, const char *to, char quote, int64_t *quotes, char *ending);
/* The end of the first record that ends at or after `at`, which `quotes` quotes precede. */
const char *weeg_i_next_record(const char *at, const char *to, int64_t quotes, char quote, char ending);
/* The start of the line after the one at `at`, or `to`. */
const char *weeg_i_next_line(const char *at, const char *to);

/* A walk over the records of a part, from its start. */
typedef struct weeg_csv_walk {
  const char *at;   /* where the record begins */
  int64_t record;
  int64_t line;     /* from 0: lines that end before `at` */
} weeg_csv_walk;

void weeg_i_csv_walk_to(weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to, int64_t record);
/* Lines of the record at walk->at. */
int64_t weeg_i_csv_walk_lines(const weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to);
/* The start of a field (from 0) of the record at walk->at, and its line, which a record of several lines may not share. */
const char *weeg_i_csv_walk_field(const weeg_csv_walk *walk, const weeg_dialect *dialect, const char *to, int32_t field,
                                  int64_t *line);

/* Bytes of the field at `at`, as far as a message shows them. */
size_t weeg_i_text_of_field(const weeg_dialect *dialect, const char *at, const char *to);

/* ---- an open file ---- */

/* A field with more values than are told apart, and what they are, so far: texts of any kind, else all of one. */
typedef struct weeg_many {
  bool many, texts;
  weeg_kind kind;
} weeg_many;

struct weeg_csv {
  char *path;
  weeg_input *input;
  bool fresh;              /* the window has the first bytes of the input */
  char *window;            /* [size + WEEG_PADDING] */
  int64_t size, filled;
  bool end;                /* the input has no more */
  int64_t data;            /* offset of the first record after the header */
  int64_t data_line;       /* its line, from 1 */
  weeg_csv_options options;
  weeg_dialect dialect;    /* without fields */
  weeg_text *missing;
  char *missing_bytes;
  weeg_strings names;
  int32_t *name;           /* [columns] code in names */
  weeg_field *fields;  /* of the last read */
  int32_t *wanted;
  weeg_strings *levels;    /* [fields] */
  weeg_many *many;         /* [fields] */
  int32_t field_count;
  weeg_csv_skip *skipped;  /* the first ones */
  int64_t skipped_count, skipped_size;
  uint64_t skipped_mark;
};

/* The fields that are read next, in place of those of the reading before. */
weeg_status weeg_i_csv_begin(weeg_csv *csv, const weeg_fields *fields, weeg_error *err);
/* Fills the window from its `filled` bytes on. */
weeg_status weeg_i_csv_fill(weeg_csv *csv, weeg_error *err);
/* Words a problem at a line (from 1) and a field (from 0); text: what stands there, or NULL. */
weeg_status weeg_i_csv_fail(const weeg_csv *csv, weeg_error *err, weeg_problem problem, int64_t line, int32_t field,
                            const weeg_text *text);

#endif
