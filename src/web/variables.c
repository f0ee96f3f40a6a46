/*
 * What the page lists of a file: its variables (kind, label, rows with and without an answer; which one an SPSS file is
 * weighted by), and their answers with the rows of each, where these are not many; of very many, "more.than" says so in place of
 * their number. JSON: "rows" and "answers". Among the latter
 * is each multiple-response set of an SPSS file by its name, $media, with its label as the answer. A variable of several files
 * that cannot be read as one has the kind "differs", and why as its label.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "web.h"

/* Of variables with more answers, these are not listed. */
enum { MOST_ANSWERS = 200 };

typedef struct counts {
  const cli_rows *rows;
  int64_t **n;    /* [columns][room] rows by code */
  int32_t *room;  /* [columns] */
} counts;

static weeg_status count_codes(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  counts *c = (counts *)ctx;
  for (int32_t k = 0; k < c->rows->columns; k++) {
    const int32_t codes = cli_code_count(c->rows, k);
    if (codes >= c->room[k]) {
      const int32_t room = codes < INT32_MAX / 2 ? 2 * codes + 64 : INT32_MAX;
      if (!cli_enlarge((void **)&c->n[k], room, sizeof *c->n[k])) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
      memset(c->n[k] + c->room[k], 0, (size_t)(room - c->room[k]) * sizeof *c->n[k]);
      c->room[k] = room;
    }
    for (int64_t i = 0; i < chunk->rows; i++) c->n[k][chunk->codes[k][i]]++;
  }
  return WEEG_OK;
}

static const char *kind_of(const row_column *c) {
  static const char *const kinds[] = {"number", "date", "datetime", "time"};
  const weeg_texts *levels = &c->variable.levels;
  if (c->seen.kind != WEEG_KIND_NUMBER) return kinds[c->seen.kind];
  if (c->variable.number) return kinds[0];
  if (c->variable.ordered) return "ordered";
  return levels->count == 2 && strcmp(levels->text[0], "FALSE") == 0 && strcmp(levels->text[1], "TRUE") == 0 ? "logical" : "text";
}

static cli_table *list_variables(const cli_rows *r, const counts *c) {
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = r->columns};
  const char **variable = cli_add_texts(table, "variable"), **label = cli_add_texts(table, "label");
  const char **kind = cli_add_texts(table, "kind"), **role = cli_add_texts(table, "role");
  double *answers = cli_add_numbers(table, "answers"), *n = cli_add_numbers(table, "n");
  double *missing = cli_add_numbers(table, "missing"), *more = cli_add_numbers(table, "more.than");
  for (int32_t k = 0; k < r->columns; k++) {
    const row_column *column = &r->column[k];
    variable[k] = column->name;
    label[k] = column->variable.label;
    const char *problem = cli_problem(r, k); /* in place of the label */
    kind[k] = problem != NULL ? "differs" : kind_of(column);
    if (problem != NULL) label[k] = problem;
    const weeg_sav *sav = r->source.sav;
    if (sav != NULL && sav->weight >= 0 && strcmp(sav->variable[sav->weight].name, column->name) == 0) {
      role[k] = "weight";
    }
    answers[k] = column->many > 0 ? NAN : column->variable.levels.count;
    more[k] = column->many > 0 ? column->many : NAN;
    for (int32_t code = 0; code < c->room[k]; code++) {
      const bool is_missing = code == 0 || (code <= cli_code_count(r, k) && column->level[code] == 0);
      *(is_missing ? &missing[k] : &n[k]) += (double)c->n[k][code];
    }
  }
  return table;
}

static bool has_answers(const row_column *c) { return c->many == 0 && c->variable.levels.count <= MOST_ANSWERS; }

static int32_t set_count(const cli_rows *r) { return r->source.sav == NULL ? 0 : r->source.sav->sets; }

static cli_table *list_answers(const cli_rows *r, const counts *c) {
  cli_table *table = CLI_NEW(cli_table, 1);
  table->name = "answers";
  for (int32_t k = 0; k < r->columns; k++) {
    if (has_answers(&r->column[k])) table->rows += r->column[k].variable.levels.count;
  }
  table->rows += set_count(r);
  const char **variable = cli_add_texts(table, "variable"), **answer = cli_add_texts(table, "answer");
  double *n = cli_add_numbers(table, "n");
  int64_t at = 0;
  for (int32_t k = 0; k < r->columns; k++) {
    const row_column *column = &r->column[k];
    const weeg_texts *levels = &column->variable.levels;
    if (!has_answers(column)) continue;
    for (int32_t l = 0; l < levels->count; l++) {
      variable[at + l] = column->name;
      answer[at + l] = levels->text[l];
    }
    for (int32_t code = 1; code <= cli_code_count(r, k); code++) {
      if (column->level[code] > 0 && code < c->room[k]) n[at + column->level[code] - 1] += (double)c->n[k][code];
    }
    at += levels->count;
  }
  for (int32_t s = 0; s < set_count(r); s++) {
    const weeg_sav_set *set = &r->source.sav->set[s];
    variable[at + s] = set->name;
    answer[at + s] = set->label == NULL ? set->name : set->label;
    n[at + s] = NAN;
  }
  return table;
}

/* ---- a tally ---- */

/* Rows of each level of a variable, and of missing values behind them. */
static int64_t *count_levels(const cli_data *data, int32_t v) {
  weeg_error err = cli_error();
  cli_list name = {0};
  cli_push(&name, data->variable[v].name);
  const cli_data *alone = cli_fold(data, &name);
  int64_t *count = CLI_NEW(int64_t, alone->tally->cells);
  cli_check(weeg_tally_totals(alone->tally, count, CLI_NEW(double, alone->tally->cells), &err), &err);
  return count;
}

/* As of a file of rows, but for the kind: "tally", or "measure" of a number of which there are sums. */
static void list_tally(const cli_data *data, cli_result *result) {
  cli_table *table = CLI_NEW(cli_table, 1), *answers = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = data->variables};
  answers->name = "answers";
  for (int32_t v = 0; v < data->variables; v++) answers->rows += data->variable[v].levels.count;
  const char **variable = cli_add_texts(table, "variable"), **label = cli_add_texts(table, "label");
  const char **kind = cli_add_texts(table, "kind");
  (void)cli_add_texts(table, "role");
  double *levels = cli_add_numbers(table, "answers"), *n = cli_add_numbers(table, "n");
  double *missing = cli_add_numbers(table, "missing"), *more = cli_add_numbers(table, "more.than");
  const char **of = cli_add_texts(answers, "variable"), **answer = cli_add_texts(answers, "answer");
  double *count = cli_add_numbers(answers, "n");
  int64_t at = 0;
  for (int32_t v = 0; v < data->variables; v++) {
    const weeg_variable *x = &data->variable[v];
    const int64_t *found = count_levels(data, v);
    variable[v] = x->name;
    label[v] = x->label;
    kind[v] = x->measure ? "measure" : "tally";
    levels[v] = x->levels.count;
    more[v] = NAN;
    for (int32_t l = 0; l < x->levels.count; l++, at++) {
      of[at] = x->name;
      answer[at] = x->levels.text[l];
      count[at] = (double)found[l];
      n[v] += count[at];
    }
    missing[v] = (double)found[x->levels.count];
  }
  result->table = table;
  result->second = answers;
}

/* ---- either ---- */

/* Of several files, columns that cannot be those of all are left out and said, so that the others are listed. */
enum { MOST_PROBLEMS = 5 };

static weeg_status take_nothing(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  (void)ctx;
  (void)chunk;
  (void)err;
  return WEEG_OK;
}

/* Texts of CSV files tell at their end alone what they are. */
static void read_once(const cli_rows *r) {
  weeg_error err = cli_error();
  weeg_field *field = CLI_NEW(weeg_field, r->known.count);
  int32_t count = 0;
  for (int32_t c = 0; c < r->known.count; c++) {
    if (weeg_waves_problem(&r->source, c) == NULL) field[count++].column = c;
  }
  (void)r->source.read(r->source.ctx, &(weeg_fields){field, count, NULL}, take_nothing, NULL, &err);
}

static void want_all(cli_rows *r) {
  int32_t problems = 0;
  bool texts = false;
  for (int32_t f = 0; r->waves != NULL && f < r->files; f++) texts = texts || r->csv[f] != NULL;
  if (texts) read_once(r);
  for (int32_t c = 0; c < r->known.count; c++) {
    const char *problem = r->waves == NULL ? NULL : weeg_waves_problem(&r->source, c);
    if (problem == NULL) (void)cli_want(r, r->known.item[c], false, cli_said("the file"));
    else if (problems++ < MOST_PROBLEMS) cli_warn("%s", problem);
  }
  if (problems > MOST_PROBLEMS) cli_warn("%d more variables are not the same in all files", (int)problems - MOST_PROBLEMS);
}

static void list_rows(const cli_options *options, cli_result *result) {
  weeg_error err = cli_error();
  cli_rows r = {.options = options, .path = options->arguments.item[0], .listed = true};
  cli_open_rows(&r);
  want_all(&r);
  counts c = {&r, CLI_NEW(int64_t *, r.columns), CLI_NEW(int32_t, r.columns)};
  cli_check_rows(&r, cli_read_rows(&r, count_codes, &c, &err), &err);
  result->table = list_variables(&r, &c);
  result->second = list_answers(&r, &c);
  for (int32_t k = 0; k < r.columns; k++) free(c.n[k]);
}

void web_columns(const cli_options *options, int count, char *const *paths) {
  weeg_error err = cli_error();
  cli_result result = {.command = "columns"};
  cli_list names = {0};
  for (int k = 0; k < count; k++) {
    weeg_source source = {0};
    cli_check(weeg_source_open(paths[k], NULL, &source, &err), &err);
    for (int32_t c = 0; c < source.columns; c++) {
      const char *name = source.name(source.ctx, c);
      cli_push(&names, cli_copy(name, strlen(name)));
    }
    source.close(source.ctx);
  }
  result.table = CLI_NEW(cli_table, 1);
  *result.table = (cli_table){.name = "rows", .rows = names.count};
  const char **column = cli_add_texts(result.table, "variable");
  for (int32_t k = 0; k < names.count; k++) column[k] = names.item[k];
  cli_write(options, &result);
}

void web_variables(const cli_options *options) {
  cli_result result = {.command = "variables"};
  const char *path = options->arguments.item[0];
  if (cli_is_tally(path)) list_tally(cli_load(options, path, NULL), &result);
  else list_rows(options, &result);
  cli_write(options, &result);
}
