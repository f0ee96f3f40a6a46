#include "io/bytes.h"

#include <string.h>

#include "base/memory.h"
#include "io/reader.h"

static bool make_room(byte_writer *w, size_t count) {
  if (w->failed || count > SIZE_MAX / 4 - w->used) {
    w->failed = true;
    return false;
  }
  if (w->used + count <= w->size) return true;
  const size_t size = 2 * (w->used + count) + 64;
  uint8_t *bytes = weeg_i_larger(w->bytes, (int64_t)w->used, (int64_t)size, 1);
  if (bytes == NULL) {
    w->failed = true;
    return false;
  }
  w->bytes = bytes;
  w->size = size;
  return true;
}

void weeg_i_put_bytes(byte_writer *w, const void *bytes, size_t count) {
  if (!make_room(w, count)) return;
  if (count > 0) memcpy(w->bytes + w->used, bytes, count);
  w->used += count;
}

/* The lowest byte first, on any processor. */
static inline void lay(uint8_t *to, uint64_t value, int count) {
  for (int k = 0; k < count; k++) to[k] = (uint8_t)(value >> (8 * k));
}

static void put_little(byte_writer *w, uint64_t value, int count) {
  uint8_t bytes[8];
  lay(bytes, value, count);
  weeg_i_put_bytes(w, bytes, (size_t)count);
}

void weeg_i_put_u8(byte_writer *w, uint8_t value) { put_little(w, value, 1); }
void weeg_i_put_u32(byte_writer *w, uint32_t value) { put_little(w, value, 4); }
void weeg_i_put_u64(byte_writer *w, uint64_t value) { put_little(w, value, 8); }

void weeg_i_put_text(byte_writer *w, const char *text) {
  const size_t length = strlen(text);
  if (length > INT32_MAX) w->failed = true;
  if (!make_room(w, sizeof(uint32_t) + length)) return;
  uint8_t *to = w->bytes + w->used;
  lay(to, length, 4);
  if (length > 0) memcpy(to + 4, text, length);
  w->used += 4 + length;
}

static bool has_room(byte_reader *r, size_t count) {
  if (r->failed || count > r->size - r->at) r->failed = true;
  return !r->failed;
}

const uint8_t *weeg_i_get_bytes(byte_reader *r, size_t count) {
  if (!has_room(r, count)) return NULL;
  r->at += count;
  return r->bytes + r->at - count;
}

uint8_t weeg_i_get_u8(byte_reader *r) {
  const uint8_t *bytes = weeg_i_get_bytes(r, 1);
  return bytes == NULL ? 0 : *bytes;
}

uint32_t weeg_i_get_u32(byte_reader *r) {
  const uint8_t *bytes = weeg_i_get_bytes(r, 4);
  return bytes == NULL ? 0 : bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint64_t weeg_i_get_u64(byte_reader *r) {
  const uint8_t *bytes = weeg_i_get_bytes(r, 8);
  return bytes == NULL ? 0 : weeg_i_u64_at(bytes);
}

double weeg_i_get_double(byte_reader *r) {
  const uint8_t *bytes = weeg_i_get_bytes(r, sizeof(double));
  return bytes == NULL ? 0 : weeg_i_double_at(bytes);
}

int32_t weeg_i_get_count(byte_reader *r, size_t least) {
  const uint32_t count = weeg_i_get_u32(r);
  if (count > INT32_MAX || (!r->failed && count > (r->size - r->at) / least)) r->failed = true;
  return r->failed ? 0 : (int32_t)count;
}

char *weeg_i_get_text(byte_reader *r) {
  const size_t length = (size_t)weeg_i_get_count(r, 1);
  if (r->failed) return NULL;
  if (!weeg_i_text_is_utf8((const char *)r->bytes + r->at, length)) {
    r->failed = true;
    return NULL;
  }
  char *text = weeg_i_alloc((int64_t)length + 1, 1);
  if (text == NULL) {
    r->failed = r->no_memory = true;
    return NULL;
  }
  memcpy(text, r->bytes + r->at, length);
  r->at += length;
  return text;
}

uint64_t weeg_i_crc64(const uint8_t *bytes, size_t count) {
  uint64_t table[256], crc = UINT64_MAX;
  for (int k = 0; k < 256; k++) {
    table[k] = (uint64_t)k;
    for (int bit = 0; bit < 8; bit++) table[k] = table[k] >> 1 ^ (table[k] & 1 ? 0xc96c5795d7870f42u : 0);
  }
  for (size_t i = 0; i < count; i++) crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
  return ~crc;
}

void weeg_i_texts_clear(weeg_texts *texts) {
  for (int32_t i = 0; i < texts->count && texts->text != NULL; i++) weeg_free(texts->text[i]);
  weeg_free(texts->text);
  *texts = (weeg_texts){0};
}
