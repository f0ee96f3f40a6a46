/* Encodings: checking UTF-8, Windows-1252 from and to UTF-8, text that can be shown. */
#include <string.h>

#include "io/reader.h"

/* Characters of bytes 0x80 to 0x9f; the five that are undefined stand for themselves, as browsers have them. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
    0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
    0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

/* Bytes of the UTF-8 character at s, its number in *code; 0 where there is none. The Unicode Standard, table 3-7. */
static size_t character(const unsigned char *s, size_t n, uint32_t *code) {
  const unsigned char c = s[0];
  *code = c;
  if (c < 0x80) return c != 0;
  const size_t size = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
  if (size == 0 || size > n) return 0;
  *code = c & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; i++) {
    if ((s[i] & 0xc0) != 0x80) return 0;
    *code = *code << 6 | (s[i] & 0x3f);
  }
  if (size == 3 && (*code < 0x800 || (*code >= 0xd800 && *code < 0xe000))) return 0;
  if (size == 4 && (*code < 0x10000 || *code > 0x10ffff)) return 0;
  return size;
}

bool weeg_i_text_is_utf8(const char *s, size_t n) {
  uint32_t code;
  for (size_t i = 0; i < n;) {
    const size_t size = character((const unsigned char *)s + i, n - i, &code);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

size_t weeg_i_text_from_1252(const char *s, size_t n, char *to) {
  size_t used = 0;
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = (unsigned char)s[i];
    const uint32_t code = c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c;
    if (code < 0x80) {
      to[used++] = (char)code;
    } else if (code < 0x800) {
      to[used++] = (char)(0xc0 | code >> 6);
      to[used++] = (char)(0x80 | (code & 0x3f));
    } else {
      to[used++] = (char)(0xe0 | code >> 12);
      to[used++] = (char)(0x80 | (code >> 6 & 0x3f));
      to[used++] = (char)(0x80 | (code & 0x3f));
    }
  }
  return used;
}

int64_t weeg_i_text_to_1252(const char *s, size_t n, char *to) {
  int64_t used = 0;
  uint32_t code;
  for (size_t i = 0; i < n;) {
    const size_t size = character((const unsigned char *)s + i, n - i, &code);
    if (size == 0) return -1;
    int byte = code < 0x80 || (code >= 0xa0 && code < 0x100) ? (int)code : -1;
    for (int k = 0; k < 32 && byte < 0; k++) {
      if (windows_1252[k] == code) byte = 0x80 + k;
    }
    if (byte < 0) return -1;
    to[used++] = (char)byte;
    i += size;
  }
  return used;
}

/*
 * Whether a terminal, a page or a Word file can have a character as it is: no control character, nothing that turns text around
 * or takes no place, and no noncharacter. What joins letters (U+200C, U+200D) and may break them (U+00AD) belongs to words.
 */
static bool is_plain(uint32_t code) {
  static const struct { uint32_t first, last; } none[] = {
      {0, 0x1f},          {0x7f, 0x9f},       {0x34f, 0x34f},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x17b4, 0x17b5},
      {0x200b, 0x200b},   {0x200e, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfeff, 0xfeff},
      {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
      {0xe0000, 0xe00ff}, {0xe01f0, 0xe0fff}};
  for (size_t k = 0; k < sizeof none / sizeof *none && code >= none[k].first; k++) {
    if (code <= none[k].last) return false;
  }
  return true;
}

/* The written form of a character that is not plain, or (bytes == 0) of a byte that belongs to none. */
static size_t written(uint32_t code, size_t bytes, char *to) {
  static const char digits[] = "0123456789abcdef";
  if (bytes > 0 && (code == '\t' || code == '\n' || code == '\r')) {
    to[0] = ' ';
    return 1;
  }
  const size_t count = bytes == 0 ? 2 : code < 0x10000 ? 4 : 8;
  to[0] = '\\';
  to[1] = bytes == 0 ? 'x' : count == 4 ? 'u' : 'U';
  for (size_t k = 0; k < count; k++) to[2 + k] = digits[code >> (4 * (count - 1 - k)) & 0xf];
  return 2 + count;
}

size_t weeg_visible(const char *text, size_t length, char *to) {
  size_t used = 0;
  uint32_t code = 0;
  char form[10];
  for (size_t i = 0; i < length;) {
    size_t bytes = character((const unsigned char *)text + i, length - i, &code);
    if (bytes == 0 && text[i] == '\0') bytes = 1;
    if (bytes == 0) code = (unsigned char)text[i];
    const bool plain = bytes > 0 && is_plain(code);
    const size_t size = plain ? bytes : written(code, bytes, form);
    if (to != NULL) memcpy(to + used, plain ? text + i : form, size);
    used += size;
    i += bytes == 0 ? 1 : bytes;
  }
  return used;
}

void weeg_i_text_show(const char *s, size_t n, char *to, size_t size) {
  size_t used = 0, i = 0;
  uint32_t code;
  while (i < n && used + 8 < size) {
    const size_t bytes = character((const unsigned char *)s + i, n - i, &code);
    if (bytes > 0 && is_plain(code)) {
      memcpy(to + used, s + i, bytes);
      used += bytes;
    } else {
      to[used++] = '?';
    }
    i += bytes == 0 ? 1 : bytes;
  }
  if (i < n) {
    memcpy(to + used, "...", 3);
    used += 3;
  }
  to[used] = '\0';
}
