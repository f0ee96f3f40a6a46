/*
 * In place of src/core/io/sav_process.c and sav_time.c: WebAssembly is a sandbox already, in which a crash is a trap that the
 * page survives, and has no processes. ReadStat reads the file to its end; of the frames that it writes (sav_child.c), those of
 * rows become columns at once, which are kept (kept.h), and frames again when they are read (sav.c). In both files, the functions
 * that write and read are web_sav_write() and web_sav_read(): see the Makefile.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/memory.h"
#include "io/bytes.h"
#include "io/sav.h"
#include "kept.h"

enum { ROWS_PER_FRAME = 8192, HEAD = 8 };

bool web_sav_write(int file, const uint8_t *bytes, int64_t size);
ssize_t web_sav_read(int file, void *to, size_t size);
bool weeg_i_write_all(int file, const uint8_t *bytes, int64_t size);

/* The reading of rows at hand: there is one at a time. */
static struct {
  bool rows;               /* values are read, not what the file says of itself */
  int32_t count, variables;
  kept_column *column;     /* [count] in the order asked for */
  const int32_t *variable; /* [count] of them that are read */
  int32_t *place;          /* [count] their places in `column` */
  int32_t wanted;
  bool *is_text;           /* [count] of all asked for */
  int64_t at;              /* rows that were handed on */
  byte_writer frame, last; /* what is handed on; the last frame, which says END or ERROR */
  size_t taken;            /* bytes of `frame` that were read */
  bool ended, failed;
} now;

void weeg_i_sav_more_time(void) {}

/* ---- what ReadStat says ---- */

static void put_frame(byte_writer *to, uint32_t tag, const byte_writer *content) {
  weeg_i_put_u32(to, tag);
  weeg_i_put_u32(to, (uint32_t)content->used);
  weeg_i_put_bytes(to, content->bytes, content->used);
}

/* The code of a value, which is told by its bytes; -1: no memory. */
static int32_t code_of(kept_column *c, const uint8_t *value, size_t n) {
  char few[sizeof(double) + WEEG_PADDING] = "";
  char *padded = n <= sizeof(double) ? few : weeg_i_alloc((int64_t)n + WEEG_PADDING, 1);
  if (padded == NULL) return -1;
  memcpy(padded, value, n);
  const int32_t code = web_kept_value(c, padded, n);
  if (padded != few) weeg_free(padded);
  return code;
}

static bool take_texts(kept_column *c, byte_reader *r, int32_t *codes, uint32_t rows) {
  bool taken = true;
  for (uint32_t i = 0; i < rows && taken; i++) {
    const size_t n = weeg_i_get_u32(r);
    codes[i] = r->failed || n > r->size - r->at ? -1 : code_of(c, r->bytes + r->at, n);
    taken = codes[i] >= 0;
    r->at += taken ? n : 0;
  }
  return taken;
}

/* Most numbers were met a moment ago. */
static bool take_numbers(kept_column *c, byte_reader *r, int32_t *codes, uint32_t rows) {
  enum { MET_BITS = 8, MET = 1 << MET_BITS };
  uint64_t met[MET];
  int32_t code[MET] = {0};
  if (rows > (r->size - r->at) / sizeof *met) return false;
  for (uint32_t i = 0; i < rows; i++) {
    uint64_t bits;
    memcpy(&bits, r->bytes + r->at, sizeof bits);
    const int place = (int)weeg_i_place(bits, MET_BITS);
    if (code[place] == 0 || met[place] != bits) code[place] = code_of(c, r->bytes + r->at, sizeof bits);
    met[place] = bits;
    codes[i] = code[place];
    r->at += sizeof bits;
    if (codes[i] < 0) return false;
  }
  return true;
}

static bool take_rows(const uint8_t *bytes, size_t size) {
  byte_reader r = {.bytes = bytes, .size = size};
  (void)weeg_i_get_double(&r);
  const uint32_t rows = weeg_i_get_u32(&r);
  int32_t *codes = weeg_i_alloc((int64_t)rows, sizeof *codes);
  bool taken = codes != NULL && !r.failed;
  for (int32_t k = 0; k < now.wanted && taken; k++) {
    kept_column *c = &now.column[now.place[k]];
    taken = now.is_text[now.place[k]] ? take_texts(c, &r, codes, rows) : take_numbers(c, &r, codes, rows);
    taken = taken && web_kept_put(c, codes, rows);
  }
  weeg_free(codes);
  return taken;
}

static bool take_frame(uint32_t tag, const uint8_t *bytes, uint32_t size) {
  if (tag == SAV_ROWS) return take_rows(bytes, size);
  if (tag == SAV_VARIABLE && size > 0) {
    for (int32_t k = 0; k < now.wanted; k++) {
      if (now.variable[k] == now.variables) now.is_text[now.place[k]] = bytes[0] != 0;
    }
    now.variables++;
  }
  if (tag != SAV_END && tag != SAV_ERROR) return true;
  now.failed = now.failed || tag == SAV_ERROR;
  const byte_writer content = {.bytes = (uint8_t *)(uintptr_t)bytes, .used = size};
  put_frame(&now.last, tag, &content);
  return !now.last.failed;
}

/* Whole frames; but the head of one and its content come one after the other. */
bool web_sav_write(int file, const uint8_t *bytes, int64_t size) {
  static uint32_t tag = 0, content = 0;
  bool taken = true;
  if (!now.rows) return weeg_i_write_all(file, bytes, size);
  for (int64_t at = 0; taken && (at < size || (tag != 0 && content == 0));) {
    if (tag == 0) {
      byte_reader r = {.bytes = bytes + at, .size = HEAD};
      tag = weeg_i_get_u32(&r);
      content = weeg_i_get_u32(&r);
      at += HEAD;
    } else {
      taken = take_frame(tag, bytes + at, content);
      at += content;
      tag = content = 0;
    }
  }
  return taken;
}

/* ---- what is read of it ---- */

static void put_values(byte_writer *to, const kept_column *c, int32_t rows, bool text) {
  uint8_t numbers[ROWS_PER_FRAME][sizeof(double)];
  for (int32_t i = 0; i < rows; i++) {
    const char *value = weeg_i_strings_text(&c->values, kept_code(c, now.at + i));
    if (text) weeg_i_put_text(to, value);
    else memcpy(numbers[i], value, sizeof(double));
  }
  if (!text) weeg_i_put_bytes(to, numbers, (size_t)rows * sizeof *numbers);
}

/* The next rows of all columns as a frame, or what came last. */
static void next_frame(void) {
  byte_writer content = {0};
  const int64_t all = now.count == 0 ? 0 : now.column[0].rows, left = all - now.at;
  const int32_t rows = left < ROWS_PER_FRAME ? (int32_t)left : ROWS_PER_FRAME;
  now.frame.used = now.taken = 0;
  if (rows == 0 || now.failed) {
    weeg_i_put_bytes(&now.frame, now.last.bytes, now.last.used);
    now.ended = true;
    return;
  }
  weeg_i_put_double(&content, (double)now.at / (double)all);
  weeg_i_put_u32(&content, (uint32_t)rows);
  for (int32_t k = 0; k < now.count; k++) put_values(&content, &now.column[k], rows, now.is_text[k]);
  put_frame(&now.frame, SAV_ROWS, &content);
  now.frame.failed = now.frame.failed || content.failed;
  now.at += rows;
  weeg_free(content.bytes);
}

ssize_t web_sav_read(int file, void *to, size_t size) {
  if (!now.rows) return read(file, to, size);
  if (now.taken == now.frame.used && !now.ended) next_frame();
  const size_t left = now.frame.used - now.taken, some = left < size ? left : size;
  if (now.frame.failed) return 0;
  if (some > 0) memcpy(to, now.frame.bytes + now.taken, some);
  now.taken += some;
  return (ssize_t)some;
}

/* ---- the reading ---- */

/* Texts are kept as 't', numbers as 'n'. */
static bool open_kept(const char *path, int32_t k, int32_t variable) {
  now.is_text[k] = web_is_kept(path, 't', variable);
  return web_kept_read(&now.column[k], path, now.is_text[k] ? 't' : 'n', variable);
}

static void keep_columns(const char *path) {
  int64_t bytes = 0;
  for (int32_t k = 0; k < now.wanted; k++) bytes += web_kept_bytes(&now.column[now.place[k]]);
  if (now.failed || !web_kept_may(bytes)) return;
  for (int32_t k = 0; k < now.wanted; k++) {
    const int32_t place = now.place[k];
    if (now.column[place].rows == 0) continue;
    (void)web_kept_write(&now.column[place], path, now.is_text[place] ? 't' : 'n', now.variable[k]);
  }
}

/* As child says at its end. */
static void put_end(int64_t rows) {
  byte_writer content = {0};
  weeg_i_put_u64(&content, (uint64_t)rows);
  put_frame(&now.last, SAV_END, &content);
  weeg_free(content.bytes);
}

/* The values that are wanted: those kept, and the others of the file. */
static weeg_status start_rows(const char *path, const sav_request *request, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *variable = NULL;
  sav_request rest = {.portable = request->portable};
  now.rows = true;
  now.count = request->count;
  WEEG_NEW(now.column, request->count);
  WEEG_NEW(now.is_text, request->count);
  WEEG_NEW(now.place, request->count);
  WEEG_NEW(variable, request->count);
  for (int32_t k = 0; k < request->count; k++) {
    if (open_kept(path, k, request->variable[k])) continue;
    if (request->variable[k] > variable[rest.last]) rest.last = rest.count;
    now.place[rest.count] = k;
    variable[rest.count++] = request->variable[k];
  }
  now.variable = rest.variable = variable;
  now.wanted = rest.count;
  if (rest.count == 0) {
    put_end(now.column[0].rows);
  } else {
    now.failed = !weeg_i_sav_child(path, &rest, -1) || now.failed;
    keep_columns(path);
  }
cleanup:
  now.variable = NULL;
  weeg_free(variable);
  return status;
}

/* What the file says of itself is kept as it was said. */
static weeg_status start_about(sav_process *p, const char *path, const sav_request *request, weeg_error *err) {
  char about[KEPT_NAME];
  web_kept_name(about, "about", path);
  if (access(about, R_OK) != 0) {
    const int said = open(about, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (said < 0) return weeg_fail(err, WEEG_ERR_FILE, -1, "no place for what is read of %.100s", path);
    (void)weeg_i_sav_child(path, request, said);
    (void)close(said);
  }
  p->pipe = open(about, O_RDONLY);
  return p->pipe >= 0 ? WEEG_OK : weeg_fail(err, WEEG_ERR_FILE, -1, "what was read of %.100s is lost", path);
}

weeg_status weeg_i_sav_start(sav_process *p, const char *path, const sav_request *request, weeg_error *err) {
  *p = (sav_process){.pipe = -1};
  return request->count == 0 ? start_about(p, path, request, err) : start_rows(path, request, err);
}

int weeg_i_sav_stop(sav_process *p) {
  if (p->pipe >= 0) (void)close(p->pipe);
  for (int32_t k = 0; k < now.count && now.column != NULL; k++) web_kept_clear(&now.column[k]);
  weeg_free(now.column);
  weeg_free(now.is_text);
  weeg_free(now.place);
  weeg_free(now.frame.bytes);
  weeg_free(now.last.bytes);
  memset(&now, 0, sizeof now);
  *p = (sav_process){.pipe = -1};
  return 0;
}
