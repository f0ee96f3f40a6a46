/* Numbers and texts as portable bytes: little-endian, IEEE 754, UTF-8 with its length. Internal to the core. */
#ifndef WEEG_BYTES_H
#define WEEG_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "weeg.h"

/* Bytes being written. After a failure to get memory nothing is added any more, and `failed` says so. */
typedef struct byte_writer {
  uint8_t *bytes;
  size_t used, size;
  bool failed;
} byte_writer;

void weeg_i_put_bytes(byte_writer *w, const void *bytes, size_t count);
void weeg_i_put_u8(byte_writer *w, uint8_t value);
void weeg_i_put_u32(byte_writer *w, uint32_t value);
void weeg_i_put_u64(byte_writer *w, uint64_t value);
void weeg_i_put_text(byte_writer *w, const char *text);

/* Inline, as files have very many: compilers make one move of these eight. */
static inline void weeg_i_put_double(byte_writer *w, double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  if (w->size - w->used < sizeof bits || w->failed) {
    weeg_i_put_u64(w, bits);
    return;
  }
  uint8_t *to = w->bytes + w->used;
  to[0] = (uint8_t)bits, to[1] = (uint8_t)(bits >> 8), to[2] = (uint8_t)(bits >> 16), to[3] = (uint8_t)(bits >> 24);
  to[4] = (uint8_t)(bits >> 32), to[5] = (uint8_t)(bits >> 40), to[6] = (uint8_t)(bits >> 48), to[7] = (uint8_t)(bits >> 56);
  w->used += sizeof bits;
}

/* Bytes being read. What goes beyond the end reads as 0 and sets `failed`. */
typedef struct byte_reader {
  const uint8_t *bytes;
  size_t at, size;
  bool failed, no_memory;  /* no_memory: why it failed */
} byte_reader;

uint8_t weeg_i_get_u8(byte_reader *r);
uint32_t weeg_i_get_u32(byte_reader *r);
uint64_t weeg_i_get_u64(byte_reader *r);

/* The next so many bytes; NULL after a failure. */
const uint8_t *weeg_i_get_bytes(byte_reader *r, size_t count);

/* Eight bytes as a number; compilers make one move of it. */
static inline uint64_t weeg_i_u64_at(const uint8_t *from) {
  const uint64_t low = from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 | (uint64_t)from[3] << 24;
  const uint64_t high = from[4] | (uint64_t)from[5] << 8 | (uint64_t)from[6] << 16 | (uint64_t)from[7] << 24;
  return low | high << 32;
}

static inline double weeg_i_double_at(const uint8_t *from) {
  const uint64_t bits = weeg_i_u64_at(from);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

double weeg_i_get_double(byte_reader *r);

/* A number of things of at least `least` bytes each that are to follow: fails where there is no room for them. */
int32_t weeg_i_get_count(byte_reader *r, size_t least);

/* A text of valid UTF-8 without NUL, ended by one, to be released by weeg_free; NULL after a failure. */
char *weeg_i_get_text(byte_reader *r);

/* Releases texts that were read, and their array. */
void weeg_i_texts_clear(weeg_texts *texts);

/* CRC-64 with the reflected polynomial of ECMA-182, as in the .xz format: "123456789" gives 995dc9bbdf1939fa. */
uint64_t weeg_i_crc64(const uint8_t *bytes, size_t count);

#endif
