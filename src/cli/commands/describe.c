/* weeg describe: the variables, levels and design of a file, with the rows and weights of each level. */
#include <math.h>
#include <string.h>

#include "results.h"
#include "rows.h"

/* ---- a tally ---- */

enum { SHOWN = 240 };

/* Long lists of levels are cut off. */
static const char *shortened(const char *text) {
  size_t length = 0;
  if (cli_width(text) <= SHOWN) return text;
  for (int32_t characters = 0; text[length] != '\0'; length++) {
    characters += ((unsigned char)text[length] & 0xC0) != 0x80;
    if (characters > SHOWN - 4) break;
  }
  return cli_format("%s ...", cli_copy(text, length));
}

static void say_variable(cli_result *result, const cli_data *data, const weeg_variable *v) {
  cli_list levels = {0};
  for (int32_t k = 0; k < v->levels.count; k++) cli_push(&levels, v->levels.text[k]);
  const char *what = v->measure ? cli_said("a number, of which there are sums") : shortened(cli_join(&levels, ", "));
  cli_say(result, CLI_WORDS, cli_format("%s: %s", cli_label(data, v->name), what), NULL);
}

/* One row per level of each variable, and one for missing values. */
static cli_table *level_rows(const cli_data *data) {
  weeg_error err = cli_error();
  cli_table *table = CLI_NEW(cli_table, 1);
  table->name = "rows";
  for (int32_t v = 0; v < data->variables; v++) table->rows += (int64_t)data->variable[v].levels.count + 1;
  const char **variable = cli_add_texts(table, "variable"), **label = cli_add_texts(table, "label");
  const char **level = cli_add_texts(table, "level");
  double *n = cli_add_numbers(table, "n"), *weighted = cli_add_numbers(table, "n.weighted");
  int64_t at = 0;
  for (int32_t v = 0; v < data->variables; v++) {
    cli_list name = {0};
    cli_push(&name, data->variable[v].name);
    const cli_data *alone = cli_fold(data, &name);
    int64_t *count = CLI_NEW(int64_t, alone->tally->cells);
    cli_check(weeg_tally_totals(alone->tally, count, weighted + at, &err), &err);
    for (int32_t k = 0; k < alone->tally->cells; k++, at++) {
      variable[at] = data->variable[v].name;
      label[at] = data->variable[v].label;
      level[at] = k < data->variable[v].levels.count ? data->variable[v].levels.text[k] : NULL;
      n[at] = (double)count[k];
    }
  }
  return table;
}

static const char *unit_name(const weeg_design *d) {
  if (d->later == 0) return d->element ? "stratum" : "PSU";
  return cli_format("%s of stage %d", d->stages[d->later - 1].element ? "stratum" : cli_said("unit"), (int)d->later + 1);
}

static void describe_tally(const cli_options *options, const char *path, cli_result *result) {
  const cli_data *data = cli_load(options, path, NULL);
  const cli_list names = cli_variable_names(data), own = {0};
  double n = 0;
  for (int64_t i = 0; i < data->tally->entries; i++) n += (double)data->tally->n[i];
  cli_data *shown = CLI_NEW(cli_data, 1);
  *shown = *data;
  shown->missing = cli_profile_of(data)->missing;
  cli_say(result, CLI_TITLE, cli_format("Tally of %s", cli_join(&names, ", ")), NULL);
  cli_say_source(result, data, cli_format("n = %s", cli_count(n)));
  cli_say(result, CLI_LINE,
          cli_format("%s: %s by combination of levels", cli_counted((double)data->tally->entries, "entry", "entries"),
                     unit_name(&data->design)),
          NULL);
  for (int32_t v = 0; v < data->variables; v++) say_variable(result, data, &data->variable[v]);
  result->data = data;
  result->table = level_rows(data);
  result->conventions = cli_conventions_line(shown, &own, true);
}

/* ---- a file of rows ---- */

static const char *kind_of(const cli_seen *seen) {
  static const char *const kinds[] = {NULL, "dates", "dates and times", "times"};
  const weeg_variable *v = seen->variable;
  if (seen->kind != WEEG_KIND_NUMBER) return cli_said(kinds[seen->kind]);
  if (v->number) return cli_said("numbers");
  return v->levels.count == 2 && strcmp(v->levels.text[0], "FALSE") == 0 && strcmp(v->levels.text[1], "TRUE") == 0
             ? cli_said("logical")
             : cli_said("text");
}

/* Some levels, as many as fit into so many characters. */
static const char *some_levels(const row_column *c, int most) {
  const weeg_variable *v = &c->variable;
  cli_text text = {0};
  if (c->many > 0) return cli_format("more than %s different values", cli_count(c->many));
  cli_add(&text, "");
  for (int32_t k = 0; k < v->levels.count; k++) {
    if (k > 0 && cli_width(text.bytes) + cli_width(v->levels.text[k]) + 2 > most) {
      cli_add(&text, ", ...");
      break;
    }
    cli_addf(&text, "%s%s", k > 0 ? ", " : "", v->levels.text[k]);
  }
  return text.bytes;
}

typedef struct missing_count {
  int32_t columns;
  double *missing;  /* [columns] */
} missing_count;

static weeg_status count_missing(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  missing_count *m = (missing_count *)ctx;
  (void)err;
  for (int32_t k = 0; k < m->columns; k++) {
    for (int64_t i = 0; i < chunk->rows; i++) m->missing[k] += chunk->codes[k][i] == 0;
  }
  return WEEG_OK;
}

static cli_table *describe_columns(cli_rows *r) {
  weeg_error err = cli_error();
  missing_count m = {r->columns, CLI_NEW(double, r->columns)};
  cli_check_rows(r, cli_read_rows(r, count_missing, &m, &err), &err);
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = r->columns};
  const char **variable = cli_add_texts(table, "variable"), **kind = cli_add_texts(table, "kind");
  double *levels = cli_add_numbers(table, "levels"), *n = cli_add_numbers(table, "n");
  double *missing = cli_add_numbers(table, "missing");
  const char **values = cli_add_texts(table, "values");
  for (int32_t k = 0; k < r->columns; k++) {
    const row_column *c = &r->column[k];
    variable[k] = c->name;
    const char *problem = cli_problem(r, k);
    kind[k] = problem != NULL ? "differs" : kind_of(&c->seen);
    levels[k] = c->many > 0 ? NAN : c->variable.levels.count;
    values[k] = problem != NULL ? problem : some_levels(c, 24);
    missing[k] = m.missing[k];
    n[k] = (double)r->count - missing[k];
    if (problem != NULL) n[k] = missing[k] = NAN;
  }
  return table;
}

/* Multiple-response sets, by which weeg multiple can ask. */
static void describe_sets(const cli_rows *r, cli_result *result) {
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "sets", .rows = r->source.sav->sets};
  const char **set = cli_add_texts(table, "set"), **label = cli_add_texts(table, "label");
  const char **kind = cli_add_texts(table, "kind"), **counted = cli_add_texts(table, "counted");
  const char **variables = cli_add_texts(table, "variables");
  cli_say(result, CLI_SPACE, NULL, NULL);
  for (int32_t k = 0; k < r->source.sav->sets; k++) {
    const weeg_sav_set *s = &r->source.sav->set[k];
    cli_list names = {0};
    for (int32_t i = 0; i < s->count; i++) cli_push(&names, r->source.sav->variable[s->variable[i]].name);
    set[k] = s->name;
    label[k] = s->label;
    kind[k] = s->categories ? cli_said("categories") : cli_said("dichotomies");
    counted[k] = s->categories ? NULL : s->counted;
    variables[k] = cli_join(&names, ", ");
    const char *of = s->categories ? "" : cli_format(", counted value %s", s->counted);
    const char *called = s->label == NULL ? s->name : cli_format("%s (%s)", s->label, s->name);
    cli_say(result, CLI_WORDS, cli_format("%s: set of %s%s: %s", called, kind[k], of, variables[k]), NULL);
  }
  result->second = table;
}

static void describe_rows(const cli_options *options, const char *path, cli_result *result) {
  cli_rows r = {.options = options, .path = path, .listed = true};
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  cli_open_rows(&r);
  for (int32_t c = 0; c < r.known.count; c++) (void)cli_want(&r, r.known.item[c], false, cli_said("the file"));
  cli_table *table = describe_columns(&r);
  const char **levels = CLI_NEW(const char *, r.columns), **missing = CLI_NEW(const char *, r.columns);
  for (int32_t k = 0; k < r.columns; k++) {
    const double count = cli_numbers(table, "levels")[k];
    levels[k] = isnan(count) ? "" : cli_count(count);
    const double lost = cli_numbers(table, "missing")[k];
    missing[k] = isnan(lost) ? "" : cli_count(lost);
  }
  cli_say(result, CLI_TITLE, cli_shown_path(path), NULL);
  cli_say(result, CLI_WORDS, cli_format("%s, %s", cli_counted((double)r.count, "row", "rows"),
                                       cli_counted(r.columns, "column", "columns")), NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_grid_add(grid, cli_said("variable"), cli_texts(table, "variable"), r.columns, true);
  cli_grid_add(grid, cli_said("kind"), cli_texts(table, "kind"), r.columns, true);
  cli_grid_add(grid, cli_said("levels"), levels, r.columns, false);
  cli_grid_add(grid, cli_said("missing"), missing, r.columns, false);
  cli_grid_add(grid, cli_said("values"), cli_texts(table, "values"), r.columns, true);
  cli_say_grid(result, grid);
  if (r.source.sav != NULL && r.source.sav->sets > 0) describe_sets(&r, result);
  result->table = table;
}

void cli_describe(const cli_options *options, cli_result *result) {
  const char *path = cli_source_path(options->arguments.item[0]);
  if (cli_is_tally(path)) describe_tally(options, path, result);
  else describe_rows(options, path, result);
}
