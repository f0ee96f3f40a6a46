/*
 * Any bytes as a CSV file: no memory error, and the same rows and errors with one part and thread or with sixteen and three,
 * and in small windows with one thread or three; as this processor reads records of the usual shape, as older ones do, and mark
 * by mark, by which libcsv decides.
 * The first byte chooses the options. For libFuzzer: see `make fuzz`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <stdint.h>

#include "csv_sample.h"
#include "fuzz.h"
#include "io/reader.h"

/* kind: of weeg_i_marks_kinds(), or ALONE: with so short fields that no record counts as usual. */
enum { ALONE = WEEG_MARKS_KINDS };

static void read_once(uint8_t choice, int64_t window, int threads, int kind, shown_rows *s) {
  const int64_t longest = kind == ALONE ? WEEG_MARK_BYTES - 1 : 0;
  const weeg_csv_options options = {.skip = choice & 1, .encoding = choice & 2 ? WEEG_WINDOWS_1252 : WEEG_UTF8,
                                    .no_header = (choice & 4) != 0, .max_field = choice & 8 ? 8 : longest, .window = window};
  const weeg_hooks hooks = {NULL, NULL, threads, NULL};
  const weeg_field fields[] = {{0, false}, {1, choice & 16}};
  weeg_error err = {0};
  s->csv = NULL;
  s->rows = 0;
  s->last_line = 0;
  s->used = 0;
  s->text[0] = '\0';
  weeg_status status = weeg_csv_open(sample_path(), &options, &s->csv, &err);
  if (status == WEEG_OK) {
    s->count = weeg_csv_columns(s->csv) < 2 ? 1 : 2;
    const weeg_fields wanted = {fields, s->count, &hooks};
    s->csv->dialect.kind = kind;
    status = weeg_csv_read(s->csv, &wanted, show_chunk, s, &err);
    REQUIRE(s->last_line >= s->rows); /* show_chunk() looks that lines go up */
  }
  REQUIRE(status == WEEG_OK || err.message[0] != '\0');
  if (status != WEEG_OK) snprintf(s->text, SHOWN, "%d %lld:%d", (int)status, (long long)err.line, (int)err.column);
  for (int32_t f = 0; status == WEEG_OK && f < s->count; f++) {
    char levels[32];
    snprintf(levels, sizeof levels, " %d", (int)weeg_csv_levels(s->csv, f));
    show_text(s, levels);
  }
  weeg_csv_close(s->csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static shown_rows one, many;
  if (size < 1 || size > 4096) return 0;
  sample_write(bytes + 1, size - 1);
  read_once(bytes[0], 1 << 13, 1, ALONE, &one);
  for (int kind = 0; kind < WEEG_MARKS_KINDS; kind++) {
    read_once(bytes[0], kind == 0 ? 4097 : 1 << 13, kind == 0 ? 3 : 1, kind, &many);
    REQUIRE(test_failed == 0 && strcmp(one.text, many.text) == 0);
  }
  read_once(bytes[0], 64, 1, ALONE, &one);
  read_once(bytes[0], 64, 3, 0, &many);
  REQUIRE(test_failed == 0 && strcmp(one.text, many.text) == 0);
  return 0;
}
