/*
 * Columns that were read, kept from one request of the page to the next: the worker holds on to files under /kept (see
 * web/worker.js), as long as the files that they are of are open. So a click reads some narrow columns instead of the files.
 */
#ifndef WEEG_KEPT_H
#define WEEG_KEPT_H

#include "io/reader.h"
#include "weeg.h"

/* Bytes of the columns that a request keeps, of all its files. */
enum { KEPT_MOST = 1 << 28 };

/* A column as codes of its distinct values, in as few bytes as these need. A code of 0 stands for no value. */
typedef struct kept_column {
  weeg_strings values;     /* as bytes; code k is values.start[k - 1] */
  int32_t width;           /* 1, 2 or 4 bytes */
  int64_t rows, room;
  uint8_t *codes;          /* [room][width] */
} kept_column;

static inline int32_t kept_code(const kept_column *c, int64_t i) {
  if (c->width == 1) return c->codes[i];
  return c->width == 2 ? ((const uint16_t *)(const void *)c->codes)[i] : ((const int32_t *)(const void *)c->codes)[i];
}

/* Adds codes, and values of code values.levels + 1 and on; false: no memory. */
bool web_kept_put(kept_column *c, const int32_t *codes, int64_t rows);
/* The code of a value of n bytes, behind which there are WEEG_PADDING; -1: no memory. */
int32_t web_kept_value(kept_column *c, const char *bytes, size_t n);
int64_t web_kept_bytes(const kept_column *c);
void web_kept_clear(kept_column *c);

/* Room for the name of what is kept: "/kept/WHAT-PATH". Paths are short (web/worker.js), and begin with the file's number. */
enum { KEPT_NAME = 512 };
void web_kept_name(char *name, const char *what, const char *path);

/* Whether so many bytes may be kept besides those of other files; they count from then on. */
bool web_kept_may(int64_t bytes);

/* A column of the file at a path. Whether it could be written; read. */
bool web_kept_write(const kept_column *c, const char *path, char kind, int32_t column);
bool web_kept_read(kept_column *c, const char *path, char kind, int32_t column);
bool web_is_kept(const char *path, char kind, int32_t column);

#endif
