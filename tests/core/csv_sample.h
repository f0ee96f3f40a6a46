/* CSV files for tests: written to a temporary file, read, and shown as text. */
#ifndef WEEG_CSV_SAMPLE_H
#define WEEG_CSV_SAMPLE_H

#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char sample_file[32] = "";

static void sample_remove(void) { (void)unlink(sample_file); }

/* The file of this process, in memory where the system has that: it is written again and again. It goes with the process. */
TEST_UNUSED static const char *sample_path(void) {
  static const char *const places[] = {"/dev/shm/weeg-csv-XXXXXX", "/tmp/weeg-csv-XXXXXX"};
  for (int k = 0; k < 2 && sample_file[0] == '\0'; k++) {
    strcpy(sample_file, places[k]);
    const int file = mkstemp(sample_file);
    if (file < 0) {
      sample_file[0] = '\0';
    } else {
      (void)close(file);
      (void)atexit(sample_remove);
    }
  }
  return sample_file;
}

TEST_UNUSED static void sample_write(const void *bytes, size_t size) {
  FILE *file = fopen(sample_path(), "wb");
  CHECK(file != NULL);
  if (file == NULL) return;
  CHECK(fwrite(bytes, 1, size, file) == size);
  CHECK(fclose(file) == 0);
}

/* What was read, as text: fields with | between them, / after each row, - where missing. */
enum { SHOWN = 1 << 16 };
typedef struct shown_rows {
  weeg_csv *csv;
  int32_t count;
  int64_t rows;
  size_t used;
  char text[SHOWN];
  int64_t line[8], last_line; /* of the first rows, and of the last one */
} shown_rows;

TEST_UNUSED static void show_text(shown_rows *s, const char *text) {
  const size_t n = strlen(text);
  if (s->used + n + 1 >= SHOWN) return;
  memcpy(s->text + s->used, text, n + 1);
  s->used += n;
}

TEST_UNUSED static weeg_status show_chunk(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  shown_rows *s = ctx;
  (void)err;
  CHECK(chunk->first == s->rows);
  for (int64_t i = 0; i < chunk->rows; i++) {
    for (int32_t f = 0; f < s->count; f++) {
      char number[32];
      if (f > 0) show_text(s, "|");
      CHECK((chunk->codes[f] == NULL) != (chunk->numbers[f] == NULL));
      if (chunk->numbers[f] != NULL) {
        const double x = chunk->numbers[f][i];
        snprintf(number, sizeof number, "%.17g", x);
        show_text(s, isnan(x) ? "-" : number);
      } else {
        const int32_t code = chunk->codes[f][i];
        show_text(s, code == 0 ? "-" : weeg_csv_level(s->csv, f, code));
      }
    }
    show_text(s, "/");
    CHECK(chunk->row == NULL && weeg_chunk_line(chunk, i) > s->last_line);
    s->last_line = weeg_chunk_line(chunk, i);
    if (s->rows + i < 8) s->line[s->rows + i] = s->last_line;
  }
  s->rows += chunk->rows;
  return WEEG_OK;
}

#endif
