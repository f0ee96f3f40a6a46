/*
 * Several sources as one: columns by name, codes by value or text, labels, declared missing values, weights and sets, errors that
 * name the file. Expected values are those of rows put together by hand.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L

#include <sys/resource.h>

#include "csv_sample.h"

/* ---- sources in memory ---- */

enum { MOST = 8 };

/* Rows as texts, "" where missing. An SPSS variable (sav) has numbers, which these are, or texts. */
typedef struct table {
  int32_t columns, rows;
  const char *name[MOST];
  const char *cell[MOST][MOST]; /* [rows][columns] */
  weeg_sav *sav;
  weeg_numerals numerals;
  /* of the last read: codes are numbered in order of appearance */
  int32_t fields;
  weeg_field field[MOST];
  weeg_sav_value value[MOST][MOST];
  int32_t codes[MOST];
  bool closed, fails;
} table;

static const char *table_name(const void *ctx, int32_t column) { return ((const table *)ctx)->name[column]; }

static bool is_text(const table *t, int32_t column) { return t->sav == NULL || t->sav->variable[column].text; }

static int32_t code_of(table *t, int32_t field, const char *cell) {
  const int32_t column = t->field[field].column;
  const bool text = is_text(t, column);
  const weeg_sav_value value = {text ? 0 : strtod(cell, NULL), (char *)(uintptr_t)(text ? cell : NULL)};
  if (cell[0] == '\0') return 0;
  if (t->sav != NULL && !t->field[field].user_missing && weeg_sav_is_declared(&t->sav->variable[column], &value)) return 0;
  for (int32_t k = 0; k < t->codes[field]; k++) {
    const weeg_sav_value *known = &t->value[field][k];
    if (text ? strcmp(known->text, cell) == 0 : known->number == value.number) return k + 1;
  }
  t->value[field][t->codes[field]] = value;
  return ++t->codes[field];
}

/* A row at a time, so that codes come one by one. */
static weeg_status table_read(void *ctx, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err) {
  table *t = ctx;
  t->fields = fields->count;
  for (int32_t k = 0; k < fields->count; k++) {
    t->field[k] = fields->field[k];
    t->codes[k] = 0;
  }
  for (int32_t i = 0; i < t->rows; i++) {
    int32_t code[MOST] = {0};
    double number[MOST] = {0};
    const int32_t *codes[MOST] = {NULL};
    const double *numbers[MOST] = {NULL};
    const weeg_csv_place place = {0, i + 2};
    for (int32_t k = 0; k < fields->count; k++) {
      const char *cell = t->cell[i][fields->field[k].column];
      number[k] = cell[0] == '\0' ? (double)NAN : strtod(cell, NULL);
      if (!fields->field[k].numbers) code[k] = code_of(t, k, cell);
      codes[k] = fields->field[k].numbers ? NULL : &code[k];
      numbers[k] = fields->field[k].numbers ? &number[k] : NULL;
    }
    const weeg_chunk chunk = {.first = i, .rows = 1, .codes = codes, .numbers = numbers, .place = &place, .places = 1};
    const weeg_status status = sink(to, &chunk, err);
    if (status != WEEG_OK) return status;
  }
  return t->fails ? weeg_fail(err, WEEG_ERR_CSV, -1, "line 9: a quote is not closed") : WEEG_OK;
}

static int32_t table_codes(const void *ctx, int32_t field) { return ((const table *)ctx)->codes[field]; }

static weeg_sav_value table_value(const void *ctx, int32_t field, int32_t code) {
  return ((const table *)ctx)->value[field][code - 1];
}

static void table_close(void *ctx) { ((table *)ctx)->closed = true; }

static weeg_source source_of(table *t) {
  const weeg_numerals plain = {'.', 0};
  return (weeg_source){t, t->columns, table_name, table_read, table_codes, NULL, table_close, table_value, t->sav,
                       t->numerals.decimal == 0 ? plain : t->numerals};
}

/* ---- what is read ---- */

typedef struct read_rows {
  const weeg_source *source;
  const weeg_fields *fields;
  char text[4096];
  int64_t rows;
  int64_t bad; /* the row at which it fails; -1: none */
} read_rows;

/* Fields with | between them, / after each row, - where missing. */
static weeg_status show_row(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  read_rows *r = ctx;
  char cell[64];
  CHECK(chunk->first == r->rows);
  for (int64_t i = 0; i < chunk->rows; i++, r->rows++) {
    if (r->bad == r->rows) {
      (void)weeg_fail_row(err, WEEG_ERR_WEIGHT, "weight", i, WEEG_FAULT_NEGATIVE);
      weeg_error_in_chunk(err, chunk, i);
      return WEEG_ERR_WEIGHT;
    }
    for (int32_t k = 0; k < r->fields->count; k++) {
      if (k > 0) strcat(r->text, "|");
      if (r->fields->field[k].numbers) {
        (void)snprintf(cell, sizeof cell, "%g", chunk->numbers[k][i]);
        strcat(r->text, isnan(chunk->numbers[k][i]) ? "-" : cell);
        continue;
      }
      const int32_t code = chunk->codes[k][i];
      CHECK(code >= 0 && code <= r->source->codes(r->source->ctx, k));
      const weeg_sav_value value = code == 0 ? (weeg_sav_value){0, NULL} : r->source->value(r->source->ctx, k, code);
      (void)snprintf(cell, sizeof cell, "%g", value.number);
      strcat(r->text, code == 0 ? "-" : value.text != NULL ? value.text : cell);
    }
    strcat(r->text, "/");
  }
  return WEEG_OK;
}

static weeg_status read_all(const weeg_source *source, const weeg_field *field, int32_t count, read_rows *r, weeg_error *err) {
  const weeg_fields fields = {field, count, NULL};
  r->source = source;
  r->fields = &fields;
  r->text[0] = '\0';
  r->rows = 0;
  return source->read(source->ctx, &fields, show_row, r, err);
}

static bool has_levels(const weeg_source *source, int32_t field, const char *expected) {
  weeg_field_levels found = {.labelled = false};
  weeg_error err = {0};
  char text[512] = "";
  if (!CHECK_OK(source->levels(source->ctx, field, &found, &err))) return false;
  for (int32_t l = 0; l < found.variable.levels.count; l++) {
    strcat(text, l > 0 ? "|" : "");
    strcat(text, found.variable.levels.text[l]);
  }
  const bool same = strcmp(text, expected) == 0;
  if (!same) (void)fprintf(stderr, "levels %s, not %s\n", text, expected);
  weeg_field_levels_clear(&found);
  return same;
}

/* ---- texts ---- */

static void check_csv(void) {
  table a = {.columns = 3, .rows = 2, .name = {"id", "q", "w"}, .cell = {{"1", "yes", "1"}, {"2", "no", "2.5"}}};
  table b = {.columns = 3, .rows = 2, .name = {"w", "new", "q"}, .cell = {{"3", "10", "no"}, {"4", "9", "maybe"}}};
  table c = {.columns = 1, .rows = 1, .name = {"new"}, .cell = {{"010"}}};
  const weeg_wave waves[] = {{source_of(&a), "2013", "a.csv"}, {source_of(&b), "2014", "b.csv"},
                             {source_of(&c), "2015", "c.csv"}};
  weeg_source source = {0};
  weeg_error err = {0};
  read_rows r = {.bad = -1};
  if (!CHECK_OK(weeg_waves_source(waves, 3, "round", &source, &err))) return;
  static const char *const names[] = {"round", "id", "q", "w", "new"};
  CHECK(source.columns == 5 && source.sav == NULL);
  for (int32_t k = 0; k < 5; k++) CHECK(strcmp(source.name(source.ctx, k), names[k]) == 0);
  const weeg_field field[] = {{.column = 2}, {.column = 0}, {.column = 3, .numbers = true}, {.column = 4}};
  for (int times = 0; times < 2; times++) {
    CHECK_OK(read_all(&source, field, 4, &r, &err));
    CHECK(strcmp(r.text, "yes|2013|1|-/no|2013|2.5|-/no|2014|3|10/maybe|2014|4|9/-|2015|-|010/") == 0);
  }
  CHECK(has_levels(&source, 0, "maybe|no|yes") && has_levels(&source, 1, "2013|2014|2015") && has_levels(&source, 3, "9|10"));
  weeg_field_levels wave = {.labelled = false};
  CHECK_OK(source.levels(source.ctx, 1, &wave, &err));
  CHECK(wave.variable.ordered && !wave.variable.number && wave.level[3] == 3);
  weeg_field_levels_clear(&wave);
  int64_t first = 0;
  CHECK(weeg_waves_file(&source, 0, &first) == 0 && first == 0 && weeg_waves_file(&source, 3, &first) == 1 && first == 2);
  CHECK(weeg_waves_file(&source, 4, &first) == 2 && first == 4 && weeg_waves_rows(&source, 1) == 2);

  /* the row of an error is one of all, its line one of the file */
  r.bad = 3;
  CHECK_STATUS(read_all(&source, field, 4, &r, &err), WEEG_ERR_WEIGHT);
  CHECK(err.facts.row == 3 && err.line == 3 && weeg_waves_file(&source, err.facts.row, &first) == 1);
  r.bad = -1;
  b.fails = true;
  CHECK_STATUS(read_all(&source, field, 4, &r, &err), WEEG_ERR_CSV);
  CHECK(strcmp(err.message, "b.csv: line 9: a quote is not closed") == 0);
  const weeg_field wave_numbers = {.column = 0, .numbers = true};
  CHECK_STATUS(read_all(&source, &wave_numbers, 1, &r, &err), WEEG_ERR_ARGUMENT);
  source.close(source.ctx);
  CHECK(a.closed && b.closed && c.closed);
}

/* An error names the file whatever that is called, and once. */
static void check_file_names(void) {
  table a = {.columns = 1, .rows = 1, .name = {"q"}, .cell = {{"1"}}, .fails = true};
  const weeg_wave wave = {source_of(&a), "1", "line 9"};
  const weeg_field field = {.column = 1};
  weeg_source source = {0};
  weeg_error err = {0};
  read_rows r = {.bad = -1};
  if (!CHECK_OK(weeg_waves_source(&wave, 1, "round", &source, &err))) return;
  CHECK_STATUS(read_all(&source, &field, 1, &r, &err), WEEG_ERR_CSV);
  CHECK(strcmp(err.message, "line 9: line 9: a quote is not closed") == 0 && err.names_file);
  source.close(source.ctx);
}

static void check_numbers(void) {
  table a = {.columns = 2, .rows = 2, .name = {"q", "t"}, .cell = {{"1.5", "1"}, {"2", "2"}}};
  table b = {.columns = 2, .rows = 2, .name = {"q", "t"}, .cell = {{"1,5", "x"}, {"1.000", "1"}}, .numerals = {',', '.'}};
  const weeg_wave waves[] = {{source_of(&a), "1", "a.csv"}, {source_of(&b), "2", "b.csv"}};
  weeg_source source = {0};
  weeg_error err = {0};
  read_rows r = {.bad = -1};
  if (!CHECK_OK(weeg_waves_source(waves, 2, "round", &source, &err))) return;
  weeg_field field = {.column = 1};
  CHECK_OK(read_all(&source, &field, 1, &r, &err));
  CHECK(strcmp(r.text, "1.5/2/1.5/1000/") == 0 && has_levels(&source, 0, "1.5|2|1000"));
  CHECK(weeg_waves_problem(&source, 1) == NULL);
  field.column = 2;
  CHECK_STATUS(read_all(&source, &field, 1, &r, &err), WEEG_ERR_FILE);
  CHECK(r.rows == 4 && strcmp(err.message, "t is a number in a.csv and text in b.csv") == 0);
  CHECK(weeg_waves_problem(&source, 2) != NULL);
  field.listed = true;
  CHECK_OK(read_all(&source, &field, 1, &r, &err));
  CHECK(weeg_waves_problem(&source, 2) != NULL);
  field.listed = false;
  field.text = true;
  CHECK_OK(read_all(&source, &field, 1, &r, &err));
  CHECK(weeg_waves_problem(&source, 2) == NULL && has_levels(&source, 0, "1|2|x"));
  source.close(source.ctx);
}

static void check_arguments(void) {
  table a = {.columns = 3, .rows = 0, .name = {"q", "q", "r"}}, b = {.columns = 2, .rows = 0, .name = {"r", "q"}};
  weeg_wave waves[] = {{source_of(&a), "1", "a.csv"}, {source_of(&b), "2", "b.csv"}};
  weeg_source source = {0};
  weeg_error err = {0};
  CHECK_STATUS(weeg_waves_source(waves, 0, "round", &source, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_waves_source(waves, 2, "", &source, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_waves_source(waves, 2, "r", &source, &err), WEEG_ERR_ARGUMENT);
  CHECK(strstr(err.message, "a.csv has a variable r") != NULL);
  waves[1].label = "1";
  CHECK_STATUS(weeg_waves_source(waves, 2, "round", &source, &err), WEEG_ERR_ARGUMENT);
  waves[1].label = "";
  CHECK_STATUS(weeg_waves_source(waves, 2, "round", &source, &err), WEEG_ERR_ARGUMENT);
  waves[1].label = "2";
  waves[1].source.value = NULL;
  CHECK_STATUS(weeg_waves_source(waves, 2, "round", &source, &err), WEEG_ERR_ARGUMENT);
  CHECK(!a.closed && !b.closed);
  /* a name that a file has twice is there twice */
  waves[1].source = source_of(&b);
  if (!CHECK_OK(weeg_waves_source(waves, 2, "round", &source, &err))) return;
  CHECK(source.columns == 4 && weeg_source_find(&source, "q") == -2 && weeg_source_find(&source, "r") == 3);
  source.close(source.ctx);
}

/* ---- values ---- */

static char name_q[] = "q", name_s[] = "s", name_w[] = "w", no[] = "no", yes[] = "yes", other[] = "other", refused[] = "refused";
static char empty[] = "", set_name[] = "$m", counted[] = "1", question[] = "Question?", west[] = "w", West[] = "West";

static void check_sav(void) {
  weeg_sav_value first[] = {{1, NULL}, {2, NULL}, {9, NULL}}, nine[] = {{9, NULL}}, region[] = {{0, west}};
  weeg_sav_value second[] = {{3, NULL}, {1, NULL}};
  char *first_labels[] = {no, yes, refused}, *second_labels[] = {other, no}, *region_labels[] = {West};
  weeg_sav_variable in_a[] = {{.name = name_q, .label_set = empty, .ordinal = true, .ranges = 1, .low = nine, .high = nine,
                               .labels = 3, .value = first, .value_label = first_labels},
                              {.name = name_s, .text = true, .label_set = empty},
                              {.name = name_w, .label_set = empty}};
  weeg_sav_variable in_b[] = {{.name = name_w, .label_set = empty},
                              {.name = name_q, .label = question, .label_set = empty, .ordinal = true, .labels = 2,
                               .value = second, .value_label = second_labels},
                              {.name = name_s, .text = true, .label_set = empty, .labels = 1, .value = region,
                               .value_label = region_labels}};
  int32_t items_a[] = {0, 2}, items_b[] = {1, 0};
  weeg_sav_set set_a = {.name = set_name, .counted = counted, .count = 2, .variable = items_a};
  weeg_sav_set set_b = {.name = set_name, .counted = counted, .count = 2, .variable = items_b};
  weeg_sav sav_a = {.variables = 3, .variable = in_a, .weight = 2, .sets = 1, .set = &set_a};
  weeg_sav sav_b = {.variables = 3, .variable = in_b, .weight = 0, .sets = 1, .set = &set_b};
  table a = {.columns = 3, .rows = 3, .name = {"q", "s", "w"}, .sav = &sav_a,
             .cell = {{"2", "e", "1"}, {"9", "w", "2"}, {"1", "", "3"}}};
  table b = {.columns = 3, .rows = 3, .name = {"w", "q", "s"}, .sav = &sav_b,
             .cell = {{"1", "9", "w"}, {"2", "3", "e"}, {"", "1", "n"}}};
  table c = {.columns = 2, .rows = 3, .name = {"q", "s"}, .cell = {{"yes", "West"}, {"9", "e"}, {"4", ""}}};
  weeg_wave waves[] = {{source_of(&a), "1", "a.sav"}, {source_of(&b), "2", "b.sav"}, {source_of(&c), "3", "c.csv"}};
  weeg_source source = {0};
  weeg_error err = {0};
  read_rows r = {.bad = -1};
  if (!CHECK_OK(weeg_waves_source(waves, 2, "round", &source, &err))) return;
  weeg_field field[] = {{.column = 1}, {.column = 2}, {.column = 3, .numbers = true}};
  CHECK_OK(read_all(&source, field, 3, &r, &err));
  CHECK(strcmp(r.text, "2|e|1/-|w|2/1|-|3/9|w|1/3|e|2/1|n|-/") == 0); /* 9 is missing in a.sav alone */
  CHECK(has_levels(&source, 0, "no|yes|other|9") && has_levels(&source, 1, "e|n|West"));
  const weeg_sav *sav = source.sav;
  CHECK(sav != NULL && sav->weight == 3 && sav->sets == 1 && sav->set[0].count == 2 && sav->set[0].variable[0] == 1 &&
        sav->set[0].variable[1] == 3);
  CHECK(sav->variable[1].ordinal && strcmp(sav->variable[1].label, question) == 0 && !sav->variable[1].plain &&
        sav->variable[0].plain);
  /* as an item, what is declared to be missing is told from what is blank, in its file alone */
  field[0].user_missing = true;
  CHECK_OK(read_all(&source, field, 1, &r, &err));
  const weeg_sav_value declared = source.value(source.ctx, 0, 2), nine_of_b = source.value(source.ctx, 0, 4);
  CHECK(weeg_sav_is_declared(&sav->variable[1], &declared) && nine_of_b.number == 9);
  CHECK(!weeg_sav_is_declared(&sav->variable[1], &nine_of_b));
  source.close(source.ctx);

  /* with a file without labels; it has no weights, and sets are of the others */
  in_b[1].ranges = 1;
  in_b[1].low = in_b[1].high = nine;
  if (!CHECK_OK(weeg_waves_source(waves, 3, "round", &source, &err))) return;
  field[0].user_missing = false;
  CHECK_OK(read_all(&source, field, 2, &r, &err));
  CHECK(strcmp(r.text, "2|e/-|w/1|-/-|w/3|e/1|n/2|w/9|e/4|-/") == 0);
  CHECK(has_levels(&source, 0, "no|yes|other|4|9") && has_levels(&source, 1, "e|n|West"));
  CHECK(source.sav->weight == -1 && source.sav->sets == 1);
  c.cell[0][0] = "perhaps";
  CHECK_STATUS(read_all(&source, field, 2, &r, &err), WEEG_ERR_FILE);
  CHECK(r.rows == 9 && strstr(err.message, "q is \"perhaps\" in c.csv") != NULL);
  source.close(source.ctx);

  /* 9 is missing in both: one range */
  if (!CHECK_OK(weeg_waves_source(waves, 2, "round", &source, &err))) return;
  CHECK(source.sav->variable[1].ranges == 1 && source.sav->variable[1].low[0].number == 9 && source.sav->variable[1].labels == 4);
  source.close(source.ctx);

  /* other items, weights, labels and kinds */
  items_b[0] = 2;
  sav_b.weight = 1;
  second_labels[1] = yes;
  in_b[2].text = false;
  in_b[2].labels = 0;
  if (!CHECK_OK(weeg_waves_source(waves, 2, "round", &source, &err))) return;
  CHECK(source.sav->sets == 0 && source.sav->weight == -1);
  CHECK_STATUS(read_all(&source, field, 1, &r, &err), WEEG_ERR_FILE);
  CHECK(strcmp(err.message, "the value 1 of q has two labels, \"no\" in a.sav and \"yes\" in b.sav: make the labels the same in "
               "the files, or recode the value in one of them") == 0 && r.rows == 0);
  field[0].column = 2;
  CHECK_STATUS(read_all(&source, field, 1, &r, &err), WEEG_ERR_FILE);
  CHECK(strcmp(err.message, "s is text in a.sav and a number in b.sav") == 0);
  field[0].listed = true;
  CHECK_OK(read_all(&source, field, 1, &r, &err)); /* it is missing, which is no error */
  CHECK(strcmp(r.text, "-/-/-/-/-/-/") == 0 && weeg_waves_problem(&source, 2) != NULL);
  field[0] = (weeg_field){.column = 0};
  CHECK_OK(read_all(&source, field, 1, &r, &err)); /* what is not wanted may differ */
  CHECK(strcmp(r.text, "1/1/1/2/2/2/") == 0);
  source.close(source.ctx);
}

/* One file, and two that are read by their own readers. */
static void check_files(void) {
  static const char text[] = "g,w\nb,1\na,2\nb,x\n";
  weeg_source file = {0}, source = {0};
  weeg_error err = {0};
  read_rows r = {.bad = -1};
  sample_write(text, sizeof text - 1);
  if (!CHECK_OK(weeg_source_open(sample_path(), NULL, &file, &err))) return;
  const weeg_wave wave = {file, "1", "g.csv"};
  if (!CHECK_OK(weeg_waves_source(&wave, 1, "round", &source, &err))) return;
  const weeg_field field[] = {{.column = 1}, {.column = 2}};
  CHECK_OK(read_all(&source, field, 2, &r, &err));
  CHECK(strcmp(r.text, "b|1/a|2/b|x/") == 0 && has_levels(&source, 0, "a|b"));
  const weeg_field number = {.column = 2, .numbers = true};
  CHECK_STATUS(read_all(&source, &number, 1, &r, &err), WEEG_ERR_CSV);
  CHECK(strncmp(err.message, "g.csv: line 4", 13) == 0 && err.line == 4);
  source.close(source.ctx);
  if (!weeg_sav_available()) return;
  if (!CHECK_OK(weeg_source_open(WEEG_TEST_REFERENCE "/sav/pspp.sav", NULL, &file, &err))) return;
  weeg_source again = {0};
  if (!CHECK_OK(weeg_source_open(WEEG_TEST_REFERENCE "/sav/pspp.sav", NULL, &again, &err))) return;
  const weeg_wave both[] = {{file, "1", "one.sav"}, {again, "2", "two.sav"}};
  if (!CHECK_OK(weeg_waves_source(both, 2, "wave", &source, &err))) return;
  const weeg_field kind = {.column = weeg_source_find(&source, "kind")}, only_wave = {.column = 0};
  CHECK_OK(read_all(&source, &kind, 1, &r, &err));
  CHECK(r.rows == 8 && has_levels(&source, 0, "red|green|blue"));
  CHECK_OK(read_all(&source, &only_wave, 1, &r, &err));
  CHECK(strcmp(r.text, "1/1/1/1/2/2/2/2/") == 0);
  /* the reader of SPSS files names the file itself */
  struct rlimit before;
  CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const struct rlimit none = {0, before.rlim_max};
  CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
  CHECK_STATUS(read_all(&source, &kind, 1, &r, &err), WEEG_ERR_FILE);
  CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(strncmp(err.message, "cannot make a pipe to read ", 27) == 0 && err.names_file);
  source.close(source.ctx);
}

int main(void) {
  check_csv();
  check_file_names();
  check_numbers();
  check_arguments();
  check_sav();
  check_files();
  return test_report("waves");
}
