/* Bytes of a file or of standard input; gzip and zstd are uncompressed where the libraries are there. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#ifdef WEEG_ZLIB
#include <zlib.h>
#endif
#ifdef WEEG_ZSTD
#include <zstd.h>
#endif

#include "base/memory.h"
#include "base/said.h"
#include "io/reader.h"

enum { PACKED_SIZE = 1 << 16 };

typedef enum packing { PLAIN, GZIP, ZSTD } packing;

struct weeg_input {
  FILE *file;
  bool again;            /* a regular file */
  double size, read;     /* bytes of it */
  packing packing;
  bool first, file_end;
  bool open_stream;      /* within a member of gzip or a frame of zstd */
  char *packed;          /* [PACKED_SIZE] */
  size_t at, filled;
#ifdef WEEG_ZLIB
  z_stream gzip;
  bool gzip_made;
#endif
#ifdef WEEG_ZSTD
  ZSTD_DStream *zstd;
#endif
};

static weeg_status cannot_read(weeg_error *err) {
  return weeg_fail(err, WEEG_ERR_FILE, -1, "the file cannot be read: %s", weeg_i_said(err, strerror(errno)));
}

weeg_status weeg_i_input_open(const char *path, weeg_input **input, weeg_error *err) {
  weeg_status status = WEEG_OK;
  struct stat about;
  weeg_input *s = NULL;
  const bool standard = strcmp(path, "-") == 0;
  WEEG_NEW(s, 1);
  s->first = true;
  s->size = NAN;
  WEEG_NEW(s->packed, PACKED_SIZE);
  if (!standard && stat(path, &about) != 0) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "the file cannot be opened: %s", weeg_i_said(err, strerror(errno)));
    goto cleanup;
  }
  if (!standard && S_ISDIR(about.st_mode)) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "it is a folder, not a file");
    goto cleanup;
  }
  s->again = !standard && S_ISREG(about.st_mode);
  if (s->again) s->size = (double)about.st_size;
  s->file = standard ? stdin : fopen(path, "rb");
  if (s->file == NULL) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "the file cannot be opened: %s", weeg_i_said(err, strerror(errno)));
    goto cleanup;
  }
  *input = s;
  s = NULL;
cleanup:
  weeg_i_input_close(s);
  return status;
}

bool weeg_i_input_again(const weeg_input *input) { return input->again; }

double weeg_i_input_share(const weeg_input *input) { return input->size > 0 ? input->read / input->size : NAN; }

void weeg_i_input_close(weeg_input *input) {
  if (input == NULL) return;
#ifdef WEEG_ZLIB
  if (input->gzip_made) (void)inflateEnd(&input->gzip);
#endif
#ifdef WEEG_ZSTD
  if (input->zstd != NULL) (void)ZSTD_freeDStream(input->zstd);
#endif
  if (input->file != NULL && input->file != stdin) (void)fclose(input->file);
  weeg_free(input->packed);
  weeg_free(input);
}

/* ---- raw bytes ---- */

static weeg_status read_raw(weeg_input *s, char *to, size_t size, size_t *got, weeg_error *err) {
  *got = fread(to, 1, size, s->file);
  s->read += (double)*got;
  if (*got == size) return WEEG_OK;
  if (ferror(s->file)) return cannot_read(err);
  s->file_end = true;
  return WEEG_OK;
}

static weeg_status refill(weeg_input *s, weeg_error *err) {
  s->at = s->filled = 0;
  return read_raw(s, s->packed, PACKED_SIZE, &s->filled, err);
}

#if defined(WEEG_ZLIB) || defined(WEEG_ZSTD)
static weeg_status damaged(const weeg_input *s, weeg_error *err) {
  return weeg_fail(err, WEEG_ERR_FILE, -1, "the compressed file (%s) is damaged", s->packing == GZIP ? "gzip" : "zstd");
}
#endif

/* ---- gzip: one member after the other, checksums included ---- */

#ifdef WEEG_ZLIB
static void *gzip_alloc(void *unused, unsigned count, unsigned size) {
  (void)unused;
  return weeg_i_alloc((int64_t)count, size);
}

static void gzip_free(void *unused, void *memory) {
  (void)unused;
  weeg_free(memory);
}

static weeg_status start_gzip(weeg_input *s, weeg_error *err) {
  s->gzip.zalloc = gzip_alloc;
  s->gzip.zfree = gzip_free;
  if (inflateInit2(&s->gzip, 15 + 16) != Z_OK) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  s->gzip_made = true;
  return WEEG_OK;
}

static weeg_status unpack_gzip(weeg_input *s, char *to, size_t size, size_t *got, weeg_error *err) {
  if (!s->open_stream) (void)inflateReset(&s->gzip); /* which was made */
  s->open_stream = true;
  s->gzip.next_in = (unsigned char *)s->packed + s->at;
  s->gzip.avail_in = (unsigned)(s->filled - s->at);
  s->gzip.next_out = (unsigned char *)to;
  s->gzip.avail_out = (unsigned)size;
  const int answer = inflate(&s->gzip, Z_NO_FLUSH);
  s->at = s->filled - s->gzip.avail_in;
  *got = size - s->gzip.avail_out;
  if (answer == Z_MEM_ERROR) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  if (answer != Z_OK && answer != Z_STREAM_END && answer != Z_BUF_ERROR) return damaged(s, err);
  s->open_stream = answer != Z_STREAM_END;
  return WEEG_OK;
}
#endif

/* ---- zstd: one frame after the other ---- */

#ifdef WEEG_ZSTD
static weeg_status start_zstd(weeg_input *s, weeg_error *err) {
  s->zstd = ZSTD_createDStream();
  return s->zstd == NULL ? weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory") : WEEG_OK;
}

static weeg_status unpack_zstd(weeg_input *s, char *to, size_t size, size_t *got, weeg_error *err) {
  ZSTD_inBuffer in = {s->packed, s->filled, s->at};
  ZSTD_outBuffer out = {to, size, 0};
  const size_t answer = ZSTD_decompressStream(s->zstd, &out, &in);
  if (ZSTD_isError(answer)) return damaged(s, err);
  s->at = in.pos;
  *got = out.pos;
  s->open_stream = answer != 0;
  return WEEG_OK;
}
#endif

/* ---- all of them ---- */

/* By the first bytes; what cannot be unpacked is named. */
static weeg_status recognise(weeg_input *s, weeg_error *err) {
  static const struct { const char *bytes; size_t size; const char *name; } others[] = {
      {"BZh", 3, "bzip2"}, {"\xfd" "7zXZ", 5, "xz"},
      {"PK\3\4", 4, "zip; save the sheet of an Excel workbook as CSV, if it is one"}};
  const char *b = s->packed;
  s->first = false;
  if (s->filled >= 2 && memcmp(b, "\x1f\x8b", 2) == 0) s->packing = GZIP;
  if (s->filled >= 4 && memcmp(b, "\x28\xb5\x2f\xfd", 4) == 0) s->packing = ZSTD;
  for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
    if (s->filled < others[k].size || memcmp(b, others[k].bytes, others[k].size) != 0) continue;
    return weeg_fail(err, WEEG_ERR_FILE, -1, "the file is compressed (%s): unpack it first", weeg_i_said(err, others[k].name));
  }
  if (s->packing == GZIP) {
#ifdef WEEG_ZLIB
    return start_gzip(s, err);
#else
    return weeg_fail(err, WEEG_ERR_FILE, -1, "the file is compressed by gzip, and weeg was built without zlib");
#endif
  }
  if (s->packing == ZSTD) {
#ifdef WEEG_ZSTD
    return start_zstd(s, err);
#else
    return weeg_fail(err, WEEG_ERR_FILE, -1, "the file is compressed by zstd, and weeg was built without libzstd");
#endif
  }
  return WEEG_OK;
}

static weeg_status unpack(weeg_input *s, char *to, size_t size, size_t *got, weeg_error *err) {
  const size_t before = s->at;
  weeg_status status = WEEG_OK;
  (void)to;
  (void)size;
#ifdef WEEG_ZLIB
  if (s->packing == GZIP) status = unpack_gzip(s, to, size, got, err);
#endif
#ifdef WEEG_ZSTD
  if (s->packing == ZSTD) status = unpack_zstd(s, to, size, got, err);
#endif
  if (status != WEEG_OK || *got > 0 || s->at > before || !s->file_end || !s->open_stream) return status;
  return weeg_fail(err, WEEG_ERR_FILE, -1, "the compressed file (%s) ends too early", s->packing == GZIP ? "gzip" : "zstd");
}

/* Some bytes: those that were read ahead, else directly, else unpacked. */
static weeg_status read_some(weeg_input *s, char *to, size_t size, size_t *got, weeg_error *err) {
  if (s->packing == PLAIN && s->at == s->filled) return read_raw(s, to, size, got, err);
  if (s->packing == PLAIN) {
    *got = s->filled - s->at < size ? s->filled - s->at : size;
    memcpy(to, s->packed + s->at, *got);
    s->at += *got;
    return WEEG_OK;
  }
  const weeg_status refilled = s->at == s->filled && !s->file_end ? refill(s, err) : WEEG_OK;
  if (refilled != WEEG_OK || (s->at == s->filled && !s->open_stream)) return refilled;
  return unpack(s, to, size, got, err);
}

/* Nothing more will come. */
static bool at_end(const weeg_input *s) { return s->file_end && s->at == s->filled && !s->open_stream; }

weeg_status weeg_i_input_read(weeg_input *input, char *to, int64_t size, int64_t *got, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t used = 0;
  if (input->first) {
    WEEG_TRY(refill(input, err));
    WEEG_TRY(recognise(input, err));
  }
  while (used < size && !at_end(input)) {
    size_t some = 0;
    const int64_t most = size - used < (1 << 30) ? size - used : 1 << 30;
    WEEG_TRY(read_some(input, to + used, (size_t)most, &some, err));
    used += (int64_t)some;
  }
  *got = used;
cleanup:
  return status;
}
