/* weeg total: the rows that weeg_total() gives in R. */
#include <math.h>
#include <string.h>

#include "numbers.h"
#include "verdicts.h"

/* All variables but the last are groups of it: "~ a + b" and "b ~ a" ask the same of answers. */
static cli_formula by_the_others(const cli_formula *asked) {
  cli_formula formula = {.groups = asked->groups};
  for (int32_t i = 0; i < asked->outcomes.count; i++) {
    cli_push(i + 1 < asked->outcomes.count ? &formula.groups : &formula.outcomes, asked->outcomes.item[i]);
  }
  return formula;
}

/* An outcome, on the left of ~, that is a number, or of which a tally has sums; or NULL. That one is, is known when its rows
   were read, as categories. */
static const char *find_number(const cli_data *data, const cli_list *outcomes) {
  for (int32_t i = 0; i < outcomes->count; i++) {
    const weeg_variable *x = &data->variable[cli_find_variable(data, outcomes->item[i], cli_said("the formula"))];
    if (x->measure || (x->number && x->values == NULL)) return x->name;
  }
  return NULL;
}

/* Totals of numbers: rows are read again, as numbers. */
static void sum_numbers(const cli_options *options, const char *path, const char *name, cli_result *result) {
  cli_options *again = CLI_NEW(cli_options, 1);
  if (strcmp(path, "-") == 0) {
    cli_fail("variable %s is a number, whose sum takes a second reading of the rows, which a pipe cannot be: give a file, or a "
             "tally, which weeg tally - '%s ~ group' makes; with no variable on the left of ~, such as '~ group + %s', each "
             "value is counted", name, name, name);
  }
  *again = *options;
  again->again = true;
  cli_mean_total(again, NULL, result);
}

static cli_table *find_rows(const cli_options *options, const cli_places *p) {
  enum { COLUMNS = 7 };
  static const char *const numbers[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "n", "cv", "df"};
  weeg_error err = cli_error();
  const int64_t rows = (int64_t)p->groups * p->levels;
  weeg_total *totals = CLI_NEW(weeg_total, rows);
  double *column[COLUMNS];
  const char *limits = cli_limits_asked(options);
  cli_check_estimate(weeg_totals(cli_survey(p->data), &p->table, options->level, totals, &err), &err, p->data);
  if (strcmp(limits, "log") == 0) weeg_log_limits(totals, rows);
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = rows};
  for (int32_t v = 0; v < p->group_names.count; v++) {
    const char **level = cli_add_group(table, p->group_names.item[v]);
    for (int64_t i = 0; i < rows; i++) level[i] = cli_group_level(p, (int32_t)(i / p->levels), v);
  }
  const char **level = cli_add_group(table, p->outcome);
  for (int64_t i = 0; i < rows; i++) level[i] = p->level_label[i % p->levels];
  for (int c = 0; c < COLUMNS; c++) column[c] = cli_add_numbers(table, numbers[c]);
  cli_add_reasons(table);
  for (int64_t i = 0; i < rows; i++) {
    const weeg_total *t = &totals[i];
    const double values[] = {t->estimate, t->std_error, t->low, t->high, (double)t->n, t->cv, (double)t->df};
    for (int c = 0; c < COLUMNS; c++) column[c][i] = values[c];
    cli_set_reason(table, i, t->reason, NULL);
  }
  const cli_verdicts verdicts = cli_add_verdicts(table);
  for (int64_t i = 0; i < rows; i++) cli_set_verdict(&verdicts, i, totals[i].verdict, totals[i].rule);
  return table;
}

/* ---- as something to read ---- */

/* Combinations without observations have no line. */
typedef struct lines {
  const cli_table *table;
  int64_t *row;
  int32_t count;
} lines;

static const char **texts(const lines *l, const char *const *of) {
  const char **cells = CLI_NEW(const char *, l->count);
  for (int32_t i = 0; i < l->count; i++) cells[i] = of[l->row[i]];
  return cells;
}

/* Sums of weights: a decimal where all of a column are small. */
static const char **weighted(const lines *l, const char *name) {
  const double *x = cli_numbers(l->table, name);
  const char **cells = CLI_NEW(const char *, l->count);
  bool large = false;
  for (int32_t i = 0; i < l->count; i++) large = large || fabs(x[l->row[i]]) >= 9999.5;
  for (int32_t i = 0; i < l->count; i++) cells[i] = cli_weighted(x[l->row[i]], large);
  return cells;
}

static void say_grid(const cli_options *options, cli_result *result, const cli_places *p, const lines *l,
                     const char *const *mark) {
  const char **n = CLI_NEW(const char *, l->count), **cv = CLI_NEW(const char *, l->count);
  const char **sign = texts(l, cli_texts(l->table, "reliability")), **total = weighted(l, "estimate");
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  grid->keys = p->group_names.count + 1;
  for (int32_t v = 0; v < grid->keys; v++) {
    cli_grid_add(grid, l->table->field[v].name, texts(l, l->table->field[v].text), l->count, true);
  }
  for (int32_t i = 0; i < l->count; i++) {
    n[i] = cli_count(cli_numbers(l->table, "n")[l->row[i]]);
    cv[i] = cli_percent(cli_numbers(l->table, "cv")[l->row[i]]);
    sign[i] = cli_reliability_mark(sign[i]);
  }
  cli_align(sign, l->count, true);
  for (int32_t i = 0; i < l->count; i++) total[i] = cli_format("%s%s", total[i], sign[i]);
  cli_grid_add(grid, cli_said("total"), total, l->count, false);
  cli_grid_add(
      grid, cli_level_header(options->level),
      cli_interval_cells(weighted(l, "conf.low"), weighted(l, "conf.high"), l->count, cli_said(" to "), texts(l, mark)),
      l->count, false);
  cli_grid_add(grid, "SE", weighted(l, "std.error"), l->count, false);
  cli_grid_add(grid, cli_said("cv %"), cv, l->count, false);
  cli_grid_add(grid, "n", n, l->count, false);
  cli_say_grid(result, grid);
}

static void say_totals(const cli_options *options, cli_result *result, const cli_places *p, const cli_table *table) {
  const double *n = cli_numbers(table, "n");
  lines l = {table, CLI_NEW(int64_t, table->rows), 0};
  bool *use = CLI_NEW(bool, table->rows);
  cli_list labels = {0}, empty = {0};
  double all = 0;
  for (int64_t i = 0; i < table->rows; i++) {
    const char *level = p->level_label[i % p->levels], *group = p->group_label[i / p->levels];
    use[i] = n[i] > 0;
    all += n[i];
    if (use[i]) l.row[l.count++] = i;
    else cli_push(&empty, p->group_names.count == 0 ? level : cli_format("%s, %s", group, level));
  }
  for (int32_t v = 0; v < p->group_names.count; v++) cli_push(&labels, cli_label(p->data, p->group_names.item[v]));
  cli_push(&labels, cli_label(p->data, p->outcome));
  const cli_marks marks = cli_mark_reasons(cli_texts(table, "reason"), use, table->rows);
  cli_say(result, CLI_TITLE, cli_format("Totals: %s", cli_join(&labels, cli_said(" and "))), NULL);
  cli_say_source(result, p->data, cli_counted_text(all, cli_df_text(cli_numbers(table, "df"), NULL, table->rows)));
  cli_say(result, CLI_SPACE, NULL, NULL);
  if (l.count > 0) say_grid(options, result, p, &l, marks.mark);
  cli_say_notes(result, &marks);
  cli_say_reliability(result, cli_texts(table, "reliability"), use, table->rows);
  cli_say_empty(result, &empty);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

void cli_total(const cli_options *options, cli_result *result) {
  const cli_formula asked = cli_parse_formula(options->arguments.item[1]), formula = by_the_others(&asked);
  cli_list names = {0}, own = {0};
  for (int32_t i = 0; i < formula.groups.count; i++) cli_push(&names, formula.groups.item[i]);
  cli_push(&names, formula.outcomes.item[0]);
  const char *path = cli_source_path(options->arguments.item[0]);
  const bool of_rows = !cli_is_tally(path), two_sides = cli_has_outcomes(options->arguments.item[1]);
  const cli_data *data = cli_load(options, path, of_rows ? &names : NULL);
  const char *number = two_sides ? find_number(data, &asked.outcomes) : NULL;
  const bool summed =
      number != NULL && (of_rows || data->variable[cli_find_variable(data, number, cli_said("the formula"))].measure);
  if (summed && options->net.count > 0) cli_usage("--net is for counts of answers, and these are totals of numbers");
  if (summed && of_rows) sum_numbers(options, path, number, result);
  else if (summed) cli_mean_total(options, data, result);
  if (summed) return;
  if (!of_rows) cli_check_kinds(data, &names, NULL);
  cli_say_many_values(data, &names, "row");
  const cli_places p = cli_prepare(options, data, &formula, formula.outcomes.item[0]);
  result->table = find_rows(options, &p);
  result->data = p.data;
  say_totals(options, result, &p, result->table);
  cli_push(&own, cli_format("interval %.7g%% t-based (%s)", 100 * options->level, cli_limits_word(cli_limits_asked(options))));
  result->conventions = cli_conventions_line(p.data, &own, false);
}
