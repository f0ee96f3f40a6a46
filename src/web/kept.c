/* Columns as files in the page's memory: kept.h. */
#include "kept.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

/* What a file begins with; then come the starts of values, their bytes, and the codes. */
typedef struct head {
  int64_t rows, bytes;
  int32_t levels, width;
} head;

void web_kept_name(char *name, const char *what, const char *path) { (void)snprintf(name, KEPT_NAME, "/kept/%s-%s", what, path); }

static void name_column(char *name, const char *path, char kind, int32_t column) {
  char what[40];
  (void)snprintf(what, sizeof what, "%c%d", kind, (int)column);
  web_kept_name(name, what, path);
}

bool web_kept_may(int64_t bytes) {
  static int64_t all = 0;
  if (bytes > KEPT_MOST - all) return false;
  all += bytes;
  return true;
}

/* ---- codes ---- */

static void set_code(const kept_column *c, int64_t i, int32_t code) {
  if (c->width == 1) c->codes[i] = (uint8_t)code;
  else if (c->width == 2) ((uint16_t *)(void *)c->codes)[i] = (uint16_t)code;
  else ((int32_t *)(void *)c->codes)[i] = code;
}

/* Room for more rows, in so many bytes each. */
static bool make_room(kept_column *c, int64_t rows, int32_t width) {
  if (rows <= c->room && width == c->width) return true;
  const int64_t room = rows <= c->room ? c->room : 2 * rows + 1024;
  kept_column wider = *c;
  wider.codes = weeg_i_alloc(room, (size_t)width);
  if (wider.codes == NULL) return false;
  wider.width = width;
  wider.room = room;
  if (width == c->width) memcpy(wider.codes, c->codes, (size_t)c->rows * (size_t)width);
  else for (int64_t i = 0; i < c->rows; i++) set_code(&wider, i, kept_code(c, i));
  weeg_free(c->codes);
  *c = wider;
  return true;
}

bool web_kept_put(kept_column *c, const int32_t *codes, int64_t rows) {
  int32_t most = 0;
  for (int64_t i = 0; i < rows; i++) most = codes[i] > most ? codes[i] : most;
  const int32_t needed = most <= UINT8_MAX ? 1 : most <= UINT16_MAX ? 2 : 4;
  if (!make_room(c, c->rows + rows, needed > c->width ? needed : c->width)) return false;
  for (int64_t i = 0; i < rows; i++) set_code(c, c->rows + i, codes[i]);
  c->rows += rows;
  return true;
}

int32_t web_kept_value(kept_column *c, const char *bytes, size_t n) {
  weeg_string_slot *slot = weeg_i_strings_find(&c->values, bytes, n);
  if (slot == NULL || (slot->code < 0 && weeg_i_strings_add(&c->values, slot, bytes, n, false) != WEEG_OK)) return -1;
  return slot->code;
}

int64_t web_kept_bytes(const kept_column *c) { return c->rows * c->width + c->values.bytes_used + 8 * (int64_t)c->values.levels; }

void web_kept_clear(kept_column *c) {
  weeg_i_strings_clear(&c->values);
  weeg_free(c->codes);
  *c = (kept_column){0};
}

/* ---- files ---- */

bool web_kept_write(const kept_column *c, const char *path, char kind, int32_t column) {
  char name[KEPT_NAME];
  name_column(name, path, kind, column);
  FILE *file = fopen(name, "wb");
  if (file == NULL) return false;
  const weeg_strings *v = &c->values;
  const head h = {c->rows, v->bytes_used, v->levels, c->width};
  bool written = fwrite(&h, sizeof h, 1, file) == 1;
  written = written && fwrite(v->start, sizeof *v->start, (size_t)h.levels, file) == (size_t)h.levels;
  written = written && fwrite(v->bytes, 1, (size_t)h.bytes, file) == (size_t)h.bytes;
  written = written && fwrite(c->codes, (size_t)h.width, (size_t)h.rows, file) == (size_t)h.rows;
  written = fclose(file) == 0 && written;
  if (!written) (void)unlink(name);
  return written;
}

/* The slots of values are not read: there are no more to be found. */
bool web_kept_read(kept_column *c, const char *path, char kind, int32_t column) {
  char name[KEPT_NAME];
  head h = {0};
  *c = (kept_column){0};
  name_column(name, path, kind, column);
  FILE *file = fopen(name, "rb");
  if (file == NULL) return false;
  bool read = fread(&h, sizeof h, 1, file) == 1;
  if (read) {
    c->values.start = weeg_i_alloc((int64_t)h.levels + 1, sizeof *c->values.start);
    c->values.bytes = weeg_i_alloc(h.bytes + WEEG_PADDING, 1);
    c->codes = weeg_i_alloc(h.rows + 1, (size_t)h.width);
    c->values.levels = h.levels;
    c->values.bytes_used = h.bytes;
    c->width = h.width;
    c->rows = c->room = h.rows;
    read = c->values.start != NULL && c->values.bytes != NULL && c->codes != NULL;
  }
  read = read && fread(c->values.start, sizeof *c->values.start, (size_t)h.levels, file) == (size_t)h.levels;
  read = read && fread(c->values.bytes, 1, (size_t)h.bytes, file) == (size_t)h.bytes;
  read = read && fread(c->codes, (size_t)h.width, (size_t)h.rows, file) == (size_t)h.rows;
  (void)fclose(file);
  if (!read) web_kept_clear(c);
  return read;
}

bool web_is_kept(const char *path, char kind, int32_t column) {
  char name[KEPT_NAME];
  name_column(name, path, kind, column);
  return access(name, R_OK) == 0;
}
