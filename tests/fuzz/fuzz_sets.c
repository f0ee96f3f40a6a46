/*
 * Any bytes as the dictionary of an SPSS file: its multiple-response sets are found, or none. For libFuzzer: see `make fuzz`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "io/sav_sets.h"

static char path[] = "/tmp/weeg-fuzz-XXXXXX";

static void remove_file(void) { (void)unlink(path); }

static bool take(void *ctx, const sav_named_set *set) {
  size_t *bytes = (size_t *)ctx;
  REQUIRE(set->variables.count > 0 && memchr("CDE", set->kind, 3) != NULL);
  *bytes += strlen(set->name) + strlen(set->counted) + strlen(set->label);
  for (int32_t v = 0; v < set->variables.count; v++) *bytes += strlen(set->variables.text[v]);
  return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static int file = -1;
  size_t bytes = 0;
  if (file < 0) {
    file = mkstemp(path);
    REQUIRE(file >= 0 && atexit(remove_file) == 0);
  }
  REQUIRE(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
  REQUIRE(weeg_i_sav_find_sets(path, take, &bytes));
  REQUIRE(bytes <= 3 * (size + 1) * (size + 1)); /* a long name may be that of many items; 3 bytes of UTF-8 for 1 */
  return 0;
}
