/*
 * A second program with libweeg: a CSV or SPSS file of any size as a tally, and from it the weighted counts of two columns.
 *
 *     cc tally.c $(pkg-config --cflags --libs weeg) -o tally
 *     ./tally clients.csv weight provider answer
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <stdlib.h>
#include <weeg.h>

enum { ROW, COLUMN, WEIGHT, FIELDS };

/* What fails says why. */
static void must(weeg_status status, const weeg_error *err) {
  if (status == WEEG_OK) return;
  fprintf(stderr, "tally: %s\n", err->message);
  exit(EXIT_FAILURE);
}

static int32_t find(const weeg_source *source, const char *name) {
  const int32_t at = weeg_source_find(source, name);
  if (at >= 0) return at;
  fprintf(stderr, "tally: there is no single column called %s\n", name);
  exit(EXIT_FAILURE);
}

static int32_t codes(void *ctx, int32_t field) {
  const weeg_source *source = ctx;
  return source->codes(source->ctx, field);
}

/* A line per combination of levels; the last level of each is for missing values. */
static void show(const weeg_tally *tally, const weeg_field_levels levels[2]) {
  const weeg_texts *row = &levels[ROW].variable.levels, *column = &levels[COLUMN].variable.levels;
  int64_t *n = calloc((size_t)tally->cells, sizeof *n);
  double *w = calloc((size_t)tally->cells, sizeof *w);
  weeg_error err = {0};
  if (n == NULL || w == NULL) exit(EXIT_FAILURE);
  must(weeg_tally_totals(tally, n, w, &err), &err);
  for (int32_t cell = 0; cell < tally->cells; cell++) {
    const int32_t r = cell / (column->count + 1), c = cell % (column->count + 1);
    printf("%s\t%s\t%lld\t%.15g\n", r < row->count ? row->text[r] : "missing", c < column->count ? column->text[c] : "missing",
           (long long)n[cell], w[cell]);
  }
  free(n);
  free(w);
}

int main(int count, char **arguments) {
  static const int32_t variables[] = {ROW, COLUMN};
  weeg_source source;
  weeg_tally *tally = NULL;
  weeg_field_levels levels[2];
  weeg_error err = {0};
  if (count != 5) {
    fprintf(stderr, "usage: tally FILE WEIGHT ROW COLUMN\n");
    return EXIT_FAILURE;
  }

  /* the file, and what is read of it */
  must(weeg_source_open(arguments[1], NULL, &source, &err), &err);
  weeg_field field[FIELDS] = {{.column = 0}};
  for (int k = 0; k < 2; k++) field[k].column = find(&source, arguments[3 + k]);
  field[WEIGHT] = (weeg_field){.column = find(&source, arguments[2]), .numbers = true};

  /* its rows, once: none is kept */
  weeg_stream stream = {.variables = 2, .variable = variables, .weight = WEIGHT, .element = true, .code_count = codes,
                        .ctx = &source};
  must(source.read(source.ctx, &(weeg_fields){field, FIELDS, NULL}, weeg_stream_rows, &stream, &err), &err);
  must(weeg_stream_end(&stream, &err), &err);

  /* what the codes are, now that all were met */
  for (int k = 0; k < 2; k++) must(source.levels(source.ctx, k, &levels[k], &err), &err);
  const int32_t *const level[] = {levels[ROW].level, levels[COLUMN].level};
  const int32_t sizes[] = {levels[ROW].variable.levels.count, levels[COLUMN].variable.levels.count};
  const weeg_stream_levels by = {.level = level, .levels = sizes};
  must(weeg_stream_finish(&stream, &by, &tally, &err), &err);
  show(tally, levels);

  weeg_tally_free(tally);
  for (int k = 0; k < 2; k++) weeg_field_levels_clear(&levels[k]);
  weeg_stream_clear(&stream);
  source.close(source.ctx);
  return EXIT_SUCCESS;
}
