/* See include/iconv.h. Numbers of code pages: Microsoft's list of code page identifiers. */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/memory.h"

struct windows_charset {
  UINT page;
};

enum { MOST_BYTES = 1 << 24 }; /* of a text */

/* Sets whose names are this and a number. */
static const struct {
  const char *name;
  UINT added;
} numbered[] = {{"WINDOWS-", 0}, {"CP", 0}, {"ISO-8859-", 28590}};

static const struct {
  const char *name;
  UINT page;
} named[] = {{"UTF-8", CP_UTF8}, {"US-ASCII", 1252}, {"BIG-5", 950}, {"GBK", 936}, {"KOI8-R", 20866}, {"KOI8-U", 21866},
             {"EUC-JP", 20932}, {"EUC-KR", 51949}, {"ASMO-708", 708}, {"MACROMAN", 10000}, {"MACGREEK", 10006},
             {"MACCYRILLIC", 10007}, {"MACCENTRALEUROPE", 10029}, {"MACTURKISH", 10081}};

static UINT page_of(const char *name) {
  for (size_t k = 0; k < sizeof named / sizeof *named; k++) {
    if (strcmp(named[k].name, name) == 0) return named[k].page;
  }
  for (size_t k = 0; k < sizeof numbered / sizeof *numbered; k++) {
    const size_t length = strlen(numbered[k].name);
    if (strncmp(name, numbered[k].name, length) == 0) return (UINT)strtoul(name + length, NULL, 10) + numbered[k].added;
  }
  return 0;
}

iconv_t iconv_open(const char *to, const char *from) {
  const UINT page = page_of(from);
  iconv_t charset = NULL;
  if (page_of(to) == CP_UTF8 && IsValidCodePage(page) != 0) charset = weeg_i_alloc(1, sizeof *charset);
  if (charset == NULL) {
    errno = EINVAL;
    return (iconv_t)-1; /* as POSIX has it */
  }
  charset->page = page;
  return charset;
}

int iconv_close(iconv_t charset) {
  weeg_free(charset);
  return 0;
}

static int widen(UINT page, const char *text, size_t size, wchar_t *to) {
  return MultiByteToWideChar(page, MB_ERR_INVALID_CHARS, text, (int)size, to, (int)size);
}

/* Bytes at the end that begin a character of UTF-8 and do not end it. */
static size_t begun(const char *text, size_t size) {
  for (size_t back = 1; back <= 3 && back <= size; back++) {
    const unsigned char byte = (unsigned char)text[size - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4u : byte >= 0xe0 ? 3u : 2u) ? back : 0;
  }
  return 0;
}

size_t iconv(iconv_t charset, const char **in, size_t *in_left, char **out, size_t *out_left) {
  const size_t cut = charset->page == CP_UTF8 ? begun(*in, *in_left) : 0, size = *in_left - cut;
  wchar_t *wide = size == 0 || size > MOST_BYTES ? NULL : weeg_i_alloc((int64_t)size, sizeof *wide);
  const int units = wide == NULL ? 0 : widen(charset->page, *in, size, wide);
  const int room = *out_left < MOST_BYTES ? (int)*out_left : MOST_BYTES;
  const int bytes = units == 0 || room == 0 ? 0 : WideCharToMultiByte(CP_UTF8, 0, wide, units, *out, room, NULL, NULL);
  weeg_free(wide);
  if (size > 0 && bytes == 0) {
    errno = wide == NULL ? ENOMEM : units == 0 ? EILSEQ : E2BIG;
    return (size_t)-1;
  }
  *in += size;
  *in_left = cut;
  *out += bytes;
  *out_left -= (size_t)bytes;
  if (cut == 0) return 0;
  errno = EINVAL;
  return (size_t)-1;
}
