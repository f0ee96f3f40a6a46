/*
 * Columns of CSV files with more values than are told apart (weeg_field.most): what they are, and where values are missing, as
 * the file was made; one thread and several, windows that end anywhere, records that are left out.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L

#include "csv_sample.h"

enum { ROWS = 6000, MOST = 100, BAD = 1500 }; /* records that are no rows stand before row BAD */

enum { ID, NUMBER, STAMP, TIME, DATE, LATE, FEW, EXACT, ONE_MORE, MIXED, SPARSE, CALLED_TEXT, GROUPED, COLUMNS };

/* What each column is. */
typedef struct expected {
  bool many, number;
  weeg_kind kind;
  int32_t levels; /* where they are told apart */
} expected;

static const expected all[COLUMNS] = {
    [ID] = {true, false, WEEG_KIND_NUMBER, 0},
    [NUMBER] = {true, true, WEEG_KIND_NUMBER, 0},
    [STAMP] = {true, false, WEEG_KIND_DATETIME, 0},
    [TIME] = {true, false, WEEG_KIND_TIME, 0},
    [DATE] = {true, false, WEEG_KIND_DATE, 0},
    [LATE] = {true, false, WEEG_KIND_NUMBER, 0},
    [FEW] = {false, true, WEEG_KIND_NUMBER, 7},
    [EXACT] = {false, true, WEEG_KIND_NUMBER, MOST},
    [ONE_MORE] = {true, true, WEEG_KIND_NUMBER, 0},
    [MIXED] = {true, false, WEEG_KIND_NUMBER, 0},
    [SPARSE] = {true, true, WEEG_KIND_NUMBER, 0},
    [CALLED_TEXT] = {true, false, WEEG_KIND_NUMBER, 0},
    [GROUPED] = {true, true, WEEG_KIND_NUMBER, 0},
};

static bool is_missing(int column, int row) { return (column == FEW && row % 5 == 0) || (column == SPARSE && row % 3 == 1); }

/* A record of fields with ; between them; bad: of texts, and one field more. */
static size_t put_record(char *to, int k, bool bad) {
  const int hour = k / 3600, minute = k / 60 % 60, second = k % 60;
  char few[16] = "NA", sparse[16] = "", late[16] = "x", date[32];
  if (bad) return (size_t)sprintf(to, "a;b;c;d;e;f;g;h;i;j;k;l;m;n\n");
  if (!is_missing(FEW, k)) sprintf(few, "%d", k % 7);
  if (!is_missing(SPARSE, k)) sprintf(sparse, "%d", k);
  if (k < ROWS - 1) sprintf(late, "%d", k);
  sprintf(date, "%d-%02d-%02d", 1900 + k / 336, 1 + k / 28 % 12, 1 + k % 28);
  return (size_t)sprintf(to, "R%d;%d,5;%s 12:30:00;%02d:%02d:%02d;%s;%s;%s;%d;%d;%s%s;%s;%d;%d.%03d\n", k, k, date, hour, minute,
                         second, date, late, few, k % MOST, k % (MOST + 1), date, k == ROWS / 2 ? " 10:00:00" : "", sparse, k,
                         1 + k / 1000, k % 1000);
}

static void write_file(bool bad) {
  static char text[(ROWS + 20) * 200];
  size_t used = (size_t)sprintf(text, "id;number;stamp;time;date;late;few;exact;more;mixed;sparse;called;grouped\n");
  for (int k = 0; k < ROWS; k++) {
    for (int i = 0; bad && k == BAD && i < 10; i++) used += put_record(text + used, k, true);
    used += put_record(text + used, k, false);
  }
  sample_write(text, used);
}

typedef struct seen_rows {
  const weeg_source *source;
  int64_t rows;
  bool right; /* codes are 0 where values are missing, and there alone, and in range */
} seen_rows;

static weeg_status see(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  seen_rows *s = ctx;
  (void)err;
  for (int32_t c = 0; c < COLUMNS; c++) {
    const int32_t codes = s->source->codes(s->source->ctx, c);
    for (int64_t i = 0; i < chunk->rows; i++) {
      const int32_t code = chunk->codes[c][i];
      s->right = s->right && (code == 0) == is_missing(c, (int)(chunk->first + i)) && code >= 0 && code <= codes;
    }
  }
  s->rows += chunk->rows;
  return WEEG_OK;
}

static void read_file(const weeg_source *source, int32_t most, int threads) {
  weeg_field field[COLUMNS];
  const weeg_hooks hooks = {NULL, NULL, threads, NULL};
  seen_rows seen = {source, 0, true};
  weeg_error err = {0};
  for (int32_t c = 0; c < COLUMNS; c++) field[c] = (weeg_field){.column = c, .text = c == CALLED_TEXT, .most = most};
  CHECK_OK(source->read(source->ctx, &(weeg_fields){field, COLUMNS, &hooks}, see, &seen, &err));
  CHECK(seen.rows == ROWS && seen.right);
}

static void test_file(bool bad, int64_t window, int threads) {
  const weeg_csv_options options = {.delimiter = ';', .decimal = ',', .thousands = '.', .skip = bad, .window = window};
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  write_file(bad);
  CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err));
  weeg_source source = weeg_csv_source(csv);
  read_file(&source, MOST, threads);
  for (int32_t c = 0; c < COLUMNS; c++) {
    weeg_field_levels found = {0};
    CHECK_OK(source.levels(source.ctx, c, &found, &err));
    CHECK(found.many == all[c].many && found.variable.number == all[c].number && found.kind == all[c].kind);
    CHECK(found.variable.levels.count == all[c].levels && strcmp(found.variable.name, source.name(source.ctx, c)) == 0);
    if (found.many) CHECK(source.codes(source.ctx, c) == 1 && found.level[0] == 0 && found.level[1] == 1);
    weeg_field_levels_clear(&found);
  }
  read_file(&source, 0, threads); /* once more, with all of them */
  for (int32_t c = 0; c < COLUMNS; c++) {
    weeg_field_levels found = {0};
    const int32_t levels = c == SPARSE ? ROWS - ROWS / 3 : c == ONE_MORE ? MOST + 1 : all[c].many ? ROWS : all[c].levels;
    CHECK_OK(source.levels(source.ctx, c, &found, &err));
    CHECK(!found.many && found.variable.number == all[c].number && found.variable.levels.count == levels);
    weeg_field_levels_clear(&found);
  }
  source.close(source.ctx);
}

int main(void) {
  for (int threads = 1; threads <= 3; threads += 2) {
    test_file(false, 0, threads);
    test_file(false, 4096, threads);
    test_file(true, 0, threads);
    test_file(true, 4096, threads);
  }
  return test_report("many");
}
