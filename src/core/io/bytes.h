/* Numbers and texts as portable bytes: little-endian, IEEE 754, UTF-8 with its length. Internal to the core. */
#ifndef WEEG_BYTES_H
#define WEEG_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
void weeg_i_put_double(byte_writer *w, double value);
void weeg_i_put_text(byte_writer *w, const char *text);

/* Bytes being read. What goes beyond the end reads as 0 and sets `failed`. */
typedef struct byte_reader {
  const uint8_t *bytes;
  size_t at, size;
  bool failed, no_memory;  /* no_memory: why it failed */
} byte_reader;

uint8_t weeg_i_get_u8(byte_reader *r);
uint32_t weeg_i_get_u32(byte_reader *r);
uint64_t weeg_i_get_u64(byte_reader *r);
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
