/*
 * Sources of rows: what takes one does not know whether it is a CSV file, an SPSS file or an array. Expected levels and lines are
 * those of the files as they are written here, and of tests/reference/sav.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L

#include "csv_sample.h"
#include "sample.h"

enum { ROWS = 5, FIELDS = 3, GROUP = 0, WEIGHT = 1, ANSWER = 2 };

/* The third record has two lines. */
static const char text[] = "group,w,answer\n10,1,b\n9,2.5,\"a\nb\"\n010,1,NA\n9,4,b\nNA,1,c\n";

/* ---- an array as a source ---- */

static const int32_t group[ROWS] = {1, 2, 1, 2, 0}, answer[ROWS] = {1, 2, 0, 1, 3};
static const double weight[ROWS] = {1, 2.5, 1, 4, 1};

static const char *array_name(const void *ctx, int32_t column) {
  static const char *const names[] = {"group", "w", "answer"};
  (void)ctx;
  return names[column];
}

static weeg_status array_read(void *ctx, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err) {
  const int32_t *const codes[] = {group, NULL, answer};
  const double *const numbers[] = {NULL, weight, NULL};
  const weeg_chunk chunk = {0, ROWS, codes, numbers};
  (void)ctx;
  (void)fields;
  return sink(to, &chunk, err);
}

static int32_t array_codes(const void *ctx, int32_t field) {
  (void)ctx;
  return field == GROUP ? 2 : 3;
}

static void array_close(void *ctx) { (void)ctx; }

/* ---- a tally of any of them ---- */

/* The line of each row. */
typedef struct counted_rows {
  int64_t rows, line[2 * ROWS];
} counted_rows;

static weeg_status count_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  (void)err;
  counted_rows *r = ctx;
  for (int64_t i = 0; i < chunk->rows && r->rows + i < 2 * ROWS; i++) {
    r->line[r->rows + i] = weeg_chunk_line(chunk, i);
  }
  r->rows += chunk->rows;
  return WEEG_OK;
}

static int32_t codes_of(void *ctx, int32_t field) {
  const weeg_source *source = ctx;
  return source->codes(source->ctx, field);
}

/* group by answer, weighted, without strata and clusters; level: of the codes of both. */
static weeg_tally *tally_of(const weeg_source *source, const int32_t *const *level, const int32_t *levels) {
  static const int32_t variables[] = {GROUP, ANSWER};
  static const weeg_field field[FIELDS] = {{GROUP, false}, {WEIGHT, true}, {ANSWER, false}};
  weeg_stream stream = {.variables = 2, .variable = variables, .weight = WEIGHT, .element = true, .code_count = codes_of,
                        .ctx = (void *)(uintptr_t)source};
  const weeg_stream_levels by = {.level = level, .levels = levels};
  weeg_tally *tally = NULL;
  weeg_error err = {0};
  CHECK_OK(source->read(source->ctx, &(weeg_fields){field, FIELDS, NULL}, weeg_stream_rows, &stream, &err));
  CHECK_OK(weeg_stream_end(&stream, &err));
  CHECK_OK(weeg_stream_finish(&stream, &by, &tally, &err));
  weeg_stream_clear(&stream);
  return tally;
}

static void check_levels(const weeg_field_levels *x, const char *name, bool number, int count, const char *const *levels) {
  const weeg_variable *v = &x->variable;
  CHECK(strcmp(v->name, name) == 0 && v->label == NULL && !v->ordered && v->number == number && v->values == NULL);
  CHECK(!x->labelled && x->level[0] == 0 && v->levels.count == count);
  for (int k = 0; k < count && k < v->levels.count; k++) CHECK(strcmp(v->levels.text[k], levels[k]) == 0);
}

static void check_csv(void) {
  static const char *const by_size[] = {"9", "10"}, *const bytewise[] = {"010", "10", "9"}, *const texts[] = {"a\nb", "b", "c"};
  weeg_source source = {0};
  weeg_error err = {0};
  weeg_field_levels levels[2] = {{.labelled = false}};
  sample_write(text, sizeof text - 1);
  if (!CHECK_OK(weeg_source_open(sample_path(), NULL, &source, &err))) return;
  CHECK(source.columns == 3 && strcmp(source.name(source.ctx, 1), "w") == 0);
  CHECK(weeg_source_find(&source, "answer") == 2 && weeg_source_find(&source, "Answer") == -1);
  counted_rows seen = {0};
  weeg_field field[FIELDS] = {{GROUP, false}, {WEIGHT, true}, {ANSWER, false}};
  CHECK_OK(source.read(source.ctx, &(weeg_fields){field, FIELDS, NULL}, count_rows, &seen, &err));
  CHECK(seen.rows == ROWS && source.codes(source.ctx, GROUP) == 3 && source.codes(source.ctx, ANSWER) == 3);
  CHECK_OK(source.levels(source.ctx, GROUP, &levels[0], &err));
  CHECK_OK(source.levels(source.ctx, ANSWER, &levels[1], &err));
  check_levels(&levels[0], "group", true, 2, by_size);
  check_levels(&levels[1], "answer", false, 3, texts);
  static const int32_t of_group[] = {0, 2, 1, 2}, of_answer[] = {0, 2, 1, 3};
  CHECK(memcmp(levels[0].level, of_group, sizeof of_group) == 0 && memcmp(levels[1].level, of_answer, sizeof of_answer) == 0);
  for (int row = 0; row < ROWS; row++) CHECK(seen.line[row] == row + 2 + (row > 1));

  /* the tally of the file is that of its rows in an array, by hand: groups 9 and 10, answers in order of their bytes */
  const weeg_source array = {NULL, FIELDS, array_name, array_read, array_codes, NULL, array_close};
  static const int32_t array_group[] = {0, 2, 1};
  weeg_tally *file = tally_of(&source, (const int32_t *const[]){levels[0].level, levels[1].level}, (const int32_t[]){2, 3});
  weeg_tally *rows_of = tally_of(&array, (const int32_t *const[]){array_group, of_answer}, (const int32_t[]){2, 3});
  CHECK(file != NULL && rows_of != NULL && same_tally(file, rows_of));
  static const struct { int32_t cell; int64_t n; } expected[] = {{0, 1}, {1, 1}, {5, 1}, {7, 1}, {10, 1}};
  CHECK(file->entries == ROWS && file->cells == 12);
  for (int i = 0; i < ROWS && i < file->entries; i++) CHECK(file->cell[i] == expected[i].cell && file->n[i] == expected[i].n);
  weeg_tally_free(file);
  weeg_tally_free(rows_of);
  weeg_field_levels_clear(&levels[0]);
  weeg_field_levels_clear(&levels[1]);
  CHECK(levels[0].level == NULL && levels[1].variable.name == NULL);

  field[GROUP].text = true; /* 10 and 010 are texts */
  CHECK_OK(source.read(source.ctx, &(weeg_fields){field, FIELDS, NULL}, count_rows, &seen, &err));
  CHECK(seen.rows == 2 * ROWS);
  CHECK_OK(source.levels(source.ctx, GROUP, &levels[0], &err));
  check_levels(&levels[0], "group", false, 3, bytewise);
  weeg_field_levels_clear(&levels[0]);
  source.close(source.ctx);
}

/* Two columns of one name, and a file that is not there. */
static void check_names(void) {
  static const char twice[] = "a,b,a\n1,2,3\n";
  weeg_source source = {0};
  weeg_error err = {0};
  sample_write(twice, sizeof twice - 1);
  if (!CHECK_OK(weeg_source_open(sample_path(), NULL, &source, &err))) return;
  CHECK(weeg_source_find(&source, "a") == -2 && weeg_source_find(&source, "b") == 1);
  source.close(source.ctx);
  CHECK_STATUS(weeg_source_open("no such file.csv", NULL, &source, &err), WEEG_ERR_FILE);
  static const struct { const char *path; bool is; } paths[] = {{"a.sav", true}, {"b.c.ZSAV", true}, {"x.por", true},
                                                                {"a.csv", false}, {"sav", false}, {"a.sav.csv", false}};
  for (size_t k = 0; k < sizeof paths / sizeof *paths; k++) CHECK(weeg_is_sav(paths[k].path) == paths[k].is);
}

/* Levels of an SPSS file as test_sav.c has them. */
static void check_sav(void) {
  static const struct {
    const char *name;
    bool number, labelled;
    int count;
    const char *level[4];
    double value[4]; /* values[0] NaN: levels are the numbers as they are written */
  } cases[] = {
      {"round", true, true, 4, {"Round 1", "Round 2", "Round 3", "Round 8"}, {1, 2, 3, 8}},
      {"age", true, false, 3, {"18", "34", "51"}, {(double)NAN}},
      {"kind", false, true, 3, {"red", "green", "blue"}, {(double)NAN}},
      {"date", true, false, 4, {"1582-10-15", "2020-01-01", "2020-12-31", "2021-01-01"}, {-141427, 18262, 18627, 18628}},
  };
  weeg_source source = {0};
  weeg_error err = {0};
  if (!weeg_sav_available()) return;
  if (!CHECK_OK(weeg_source_open(WEEG_TEST_REFERENCE "/sav/pspp.sav", NULL, &source, &err))) return;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const weeg_field field = {weeg_source_find(&source, cases[k].name), false};
    weeg_field_levels x = {.labelled = false};
    counted_rows seen = {0};
    if (!CHECK(field.column >= 0)) continue;
    CHECK_OK(source.read(source.ctx, &(weeg_fields){&field, 1, NULL}, count_rows, &seen, &err));
    if (!CHECK_OK(source.levels(source.ctx, 0, &x, &err))) continue;
    const weeg_variable *v = &x.variable;
    CHECK(seen.rows == 4 && seen.line[0] == 0);
    CHECK(strcmp(v->name, cases[k].name) == 0 && v->number == cases[k].number && v->levels.count == cases[k].count);
    CHECK(x.labelled == cases[k].labelled && (v->values == NULL) == !!isnan(cases[k].value[0]));
    for (int l = 0; l < v->levels.count && l < cases[k].count; l++) {
      CHECK(strcmp(v->levels.text[l], cases[k].level[l]) == 0);
      CHECK(v->values == NULL || v->values[l] == cases[k].value[l]);
    }
    weeg_field_levels_clear(&x);
  }
  source.close(source.ctx);
}

int main(void) {
  check_csv();
  check_names();
  check_sav();
  return test_report("source");
}
