/*
 * The dictionary of a .sav or .zsav file, for its multiple-response sets: records 7, subtype 7, and 19 for sets whose items
 * have the labels of their counted values. "$media=D1 1 12 Which media? tv radio\n": a name, the kind, the counted value and the
 * label with the bytes of each before it, and short names of variables, of which subtype 13 has the long ones. The format is
 * that of the System File Format in the developers' guide of PSPP.
 */
#include "io/sav_sets.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/bytes.h"
#include "io/reader.h"

enum { HEADER = 176, LAYOUT = 64, MOST_BYTES = 1 << 26 };
enum { VARIABLE = 2, LABELS = 3, LABELLED = 4, DOCUMENT = 6, EXTENSION = 7 };
enum { SETS = 7, LONG_NAMES = 13, MORE_SETS = 19 };

/* ---- records ---- */

typedef struct dictionary {
  FILE *file;
  bool swapped;             /* the other end of numbers comes first */
  byte_writer sets, names;  /* texts of the extensions */
} dictionary;

static bool get_bytes(dictionary *d, void *to, size_t size) { return fread(to, 1, size, d->file) == size; }

/* A number that is not negative. */
static bool get_number(dictionary *d, int32_t *value) {
  uint8_t b[4];
  if (!get_bytes(d, b, sizeof b)) return false;
  const uint32_t bits = d->swapped ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]
                                   : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
  *value = bits > INT32_MAX ? -1 : (int32_t)bits;
  return true;
}

static bool skip(dictionary *d, int64_t size) {
  return size >= 0 && size <= INT32_MAX && fseek(d->file, (long)size, SEEK_CUR) == 0;
}

/* Its width may be negative: a part of a text. So may the number of missing values be: a range. */
static bool skip_variable(dictionary *d) {
  uint8_t missing[4];
  int32_t labelled = 0, length = 0;
  if (!skip(d, 4) || !get_number(d, &labelled) || !get_bytes(d, missing, sizeof missing) || !skip(d, 16)) return false;
  if (labelled == 1 && (!get_number(d, &length) || length > INT32_MAX - 3 || !skip(d, (length + 3) / 4 * 4))) return false;
  const int first = d->swapped ? missing[3] : missing[0];
  return skip(d, 8 * (int64_t)(first < 128 ? first : 256 - first));
}

static bool skip_labels(dictionary *d) {
  int32_t count = 0;
  if (!get_number(d, &count) || count < 0) return false;
  for (int32_t k = 0; k < count; k++) {
    uint8_t length = 0;
    if (!skip(d, 8) || !get_bytes(d, &length, 1) || !skip(d, (length + 8) / 8 * 8 - 1)) return false;
  }
  return true;
}

static bool skip_many(dictionary *d, int64_t size) {
  int32_t count = 0;
  return get_number(d, &count) && skip(d, size * count);
}

static bool keep(dictionary *d, byte_writer *to, int64_t size) {
  uint8_t some[4096];
  for (int64_t left = size; left > 0;) {
    const size_t step = left < (int64_t)sizeof some ? (size_t)left : sizeof some;
    if (!get_bytes(d, some, step)) return false;
    weeg_i_put_bytes(to, some, step);
    left -= (int64_t)step;
  }
  return !to->failed;
}

static bool read_extension(dictionary *d) {
  int32_t subtype = 0, size = 0, count = 0;
  if (!get_number(d, &subtype) || !get_number(d, &size) || !get_number(d, &count) || size < 0 || count < 0) return false;
  const int64_t bytes = (int64_t)size * count;
  if (subtype != SETS && subtype != MORE_SETS && subtype != LONG_NAMES) return skip(d, bytes);
  if (bytes > MOST_BYTES) return false;
  if (subtype == LONG_NAMES) return keep(d, &d->names, bytes);
  const bool kept = keep(d, &d->sets, bytes);
  weeg_i_put_u8(&d->sets, '\n');
  return kept;
}

/* The texts of the extensions, up to the end of the dictionary or to what cannot be read. */
static void read_dictionary(dictionary *d) {
  uint8_t header[HEADER];
  if (!get_bytes(d, header, sizeof header) || memcmp(header, "$FL", 3) != 0) return;
  d->swapped = header[LAYOUT] == 0;
  bool more = true;
  while (more) {
    int32_t type = 0;
    if (!get_number(d, &type)) return;
    switch (type) {
      case VARIABLE: more = skip_variable(d); break;
      case LABELS: more = skip_labels(d); break;
      case LABELLED: more = skip_many(d, 4); break;
      case DOCUMENT: more = skip_many(d, 80); break;
      case EXTENSION: more = read_extension(d); break;
      default: more = false;
    }
  }
}

/* ---- texts ---- */

/* Bytes as UTF-8, without the blanks behind them; NULL: no memory. What is no UTF-8 is taken for Windows-1252. */
static char *text_of(const char *bytes, size_t size) {
  const char *zero = memchr(bytes, '\0', size);
  if (zero != NULL) size = (size_t)(zero - bytes);
  while (size > 0 && bytes[size - 1] == ' ') size--;
  char *text = weeg_i_alloc(3 * (int64_t)size + 1, 1);
  if (text == NULL) return NULL;
  if (weeg_i_text_is_utf8(bytes, size)) memcpy(text, bytes, size);
  else (void)weeg_i_text_from_1252(bytes, size, text);
  return text;
}

static bool same_letters(const char *a, const char *b, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i])) return false;
  }
  return true;
}

/* The long name of a variable: in "SHORT=long\tSHORT=long". */
static char *long_name(const dictionary *d, const char *name, size_t size) {
  const char *at = d->names.used == 0 ? "" : (const char *)d->names.bytes, *const end = at + d->names.used;
  while (at < end) {
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    const char *const stop = tab == NULL ? end : tab, *equals = memchr(at, '=', (size_t)(stop - at));
    if (equals != NULL && (size_t)(equals - at) == size && same_letters(at, name, size)) {
      return text_of(equals + 1, (size_t)(stop - equals - 1));
    }
    at = stop + 1;
  }
  return text_of(name, size);
}

typedef struct cursor {
  const char *at, *end;
} cursor;

static bool take_sign(cursor *c, char sign) {
  if (c->at == c->end || *c->at != sign) return false;
  c->at++;
  return true;
}

static bool take_digits(cursor *c, size_t *number) {
  const char *const first = c->at;
  for (*number = 0; c->at < c->end && isdigit((unsigned char)*c->at); c->at++) {
    if (*number > MOST_BYTES) return false;
    *number = 10 * *number + (size_t)(*c->at - '0');
  }
  return c->at > first;
}

/* "3 abc" */
static bool take_text(cursor *c, char **text) {
  size_t size = 0;
  if (!take_digits(c, &size) || !take_sign(c, ' ') || size > (size_t)(c->end - c->at)) return false;
  *text = text_of(c->at, size);
  c->at += size;
  return *text != NULL;
}

/* " tv radio", up to the end of the line */
static bool take_variables(const dictionary *d, cursor *c, weeg_texts *variables) {
  int32_t room = 0;
  while (c->at < c->end && *c->at != '\n') {
    const char *const name = c->at;
    while (c->at < c->end && *c->at != ' ' && *c->at != '\n' && *c->at != '\0') c->at++;
    if (c->at > name) {
      if (variables->count == room) {
        room = room == 0 ? 16 : 2 * room;
        char **larger = weeg_i_larger(variables->text, variables->count, room, sizeof *larger);
        if (larger == NULL) return false;
        variables->text = larger;
      }
      variables->text[variables->count] = long_name(d, name, (size_t)(c->at - name));
      if (variables->text[variables->count] == NULL) return false;
      variables->count++;
    } else {
      c->at++;
    }
  }
  return variables->count > 0;
}

static bool read_set(const dictionary *d, cursor *c, sav_named_set *set) {
  size_t flags = 0;
  const char *const equals = memchr(c->at, '=', (size_t)(c->end - c->at));
  if (equals == NULL || equals == c->at) return false;
  set->name = text_of(c->at, (size_t)(equals - c->at));
  c->at = equals + 1;
  if (set->name == NULL || c->at == c->end) return false;
  set->kind = *c->at++;
  if (set->kind == 'E' && (!take_sign(c, ' ') || !take_digits(c, &flags) || !take_sign(c, ' '))) return false;
  if (set->kind == 'C') set->counted = weeg_i_alloc(1, 1);
  else if ((set->kind != 'D' && set->kind != 'E') || !take_text(c, &set->counted)) return false;
  return set->counted != NULL && take_sign(c, ' ') && take_text(c, &set->label) && take_variables(d, c, &set->variables);
}

static void clear_set(sav_named_set *set) {
  weeg_free(set->name);
  weeg_free(set->label);
  weeg_free(set->counted);
  weeg_i_texts_clear(&set->variables);
}

bool weeg_i_sav_find_sets(const char *path, bool (*take)(void *ctx, const sav_named_set *set), void *ctx) {
  dictionary d = {.file = fopen(path, "rb")};
  bool taken = true;
  if (d.file == NULL) return true;
  read_dictionary(&d);
  (void)fclose(d.file);
  const char *const sets = d.sets.used == 0 ? "" : (const char *)d.sets.bytes;
  cursor c = {sets, sets + d.sets.used};
  while (c.at < c.end && taken && !d.sets.failed) {
    sav_named_set set = {0};
    const char *const line = memchr(c.at, '\n', (size_t)(c.end - c.at));
    if (read_set(&d, &c, &set)) taken = take(ctx, &set);
    else c.at = line == NULL ? c.end : line;
    while (c.at < c.end && (*c.at == '\n' || *c.at == '\0')) c.at++;
    clear_set(&set);
  }
  weeg_free(d.sets.bytes);
  weeg_free(d.names.bytes);
  return taken;
}
