/*
 * What a file holds.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_FILE_TEXT_H
#define WEEG_TEST_FILE_TEXT_H

#include <string.h>

#include "io/file.h"

static bool holds(const char *file, const char *text) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  const bool read = weeg_i_file_read(file, &bytes, &size, NULL) == WEEG_OK;
  const bool same = read && size == (int64_t)strlen(text) && memcmp(bytes, text, (size_t)size) == 0;
  weeg_free(bytes);
  return same;
}

#endif
