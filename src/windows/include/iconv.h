/* What ReadStat uses of it, by Windows' own tables: from a character set to UTF-8. */
#ifndef WEEG_WINDOWS_ICONV_H
#define WEEG_WINDOWS_ICONV_H

#include <stddef.h>

typedef struct windows_charset *iconv_t;

/* (iconv_t)-1 where `from` is not known, or `to` is not UTF-8. */
iconv_t iconv_open(const char *to, const char *from);

/* Converts the whole of *in, or says why not: E2BIG, EILSEQ; EINVAL where a last character is not whole and is left out. */
size_t iconv(iconv_t charset, const char **in, size_t *in_left, char **out, size_t *out_left);

int iconv_close(iconv_t charset);

#endif
