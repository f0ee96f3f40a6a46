/* weeg mean and weeg ratio, and totals of numbers: the rows that weeg_mean(), weeg_ratio() and weeg_total() give in R. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "numbers.h"
#include "verdicts.h"

/* What is asked for of each outcome: its name, and of which numbers it is (of a ratio, two). */
typedef struct figures {
  const cli_options *options;
  weeg_mean_figure figure;
  const char *limits;    /* wald or log */
  double per;            /* what ratios are multiplied by */
  cli_formula formula;   /* its outcomes: their names */
  cli_list *numbers;     /* [outcomes] */
  cli_list all;          /* each once */
  cli_places *places;    /* [outcomes] */
} figures;

static const char *const words[] = {[WEEG_FIGURE_MEAN] = "mean", [WEEG_FIGURE_RATIO] = "ratio", [WEEG_FIGURE_TOTAL] = "total"};
static const char *const titles[] = {
    [WEEG_FIGURE_MEAN] = "Mean of", [WEEG_FIGURE_RATIO] = "Ratio", [WEEG_FIGURE_TOTAL] = "Total of"};

/* ---- what is asked ---- */

const char *cli_limits_asked(const cli_options *options) {
  const char *kind = options->interval == NULL ? "wald" : options->interval;
  const bool known = strcmp(kind, "wald") == 0 || strcmp(kind, "log") == 0;
  if (!known) cli_usage("--interval of totals and ratios is wald or log, not %s", kind);
  return kind;
}

const char *cli_limits_word(const char *limits) { return strcmp(limits, "log") == 0 ? limits : "Wald"; }

static bool has(const cli_list *list, const char *name) {
  bool found = false;
  for (int32_t i = 0; i < list->count; i++) found = found || strcmp(list->item[i], name) == 0;
  return found;
}

static void add_number(figures *f, int32_t outcome, const char *name) {
  if (has(&f->formula.groups, name)) {
    cli_usage("%s is outcome and group at once in \"%s\"", name, f->options->arguments.item[1]);
  }
  cli_push(&f->numbers[outcome], name);
  if (!has(&f->all, name)) cli_push(&f->all, name);
}

static figures read_figures(const cli_options *options, weeg_mean_figure figure) {
  const char *text = options->arguments.item[1];
  const bool ratios = figure == WEEG_FIGURE_RATIO;
  if (ratios) cli_check_ratios(text);
  figures f = {.options = options, .figure = figure, .formula = cli_parse_formula(text), .limits = "wald", .per = 1};
  if (figure != WEEG_FIGURE_MEAN) f.limits = cli_limits_asked(options);
  if (options->per != NULL) f.per = cli_number_between(options->per, 1e-300, 1e300, cli_said("--per must be a positive number"));
  f.numbers = CLI_NEW(cli_list, f.formula.outcomes.count);
  for (int32_t i = 0; i < f.formula.outcomes.count; i++) {
    const char *name = f.formula.outcomes.item[i];
    if (!ratios) {
      add_number(&f, i, name);
      continue;
    }
    const cli_list sides = cli_parse_ratio(name, text);
    if (strcmp(sides.item[0], sides.item[1]) == 0) cli_usage("%s occurs twice in \"%s\"", sides.item[0], name);
    for (int32_t k = 0; k < sides.count; k++) add_number(&f, i, sides.item[k]);
    f.formula.outcomes.item[i] = cli_format("%s / %s", sides.item[0], sides.item[1]);
    for (int32_t k = 0; k < i; k++) {
      if (strcmp(f.formula.outcomes.item[k], f.formula.outcomes.item[i]) != 0) continue;
      cli_usage("%s occurs twice in \"%s\"", f.formula.outcomes.item[i], text);
    }
  }
  return f;
}

/* ---- rows ---- */

static cli_table *find_rows(const figures *f, int32_t outcome) {
  enum { COLUMNS = 8 };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "cv", "df"};
  const cli_places *p = &f->places[outcome];
  const weeg_mean_choice choice = {0, f->options->level, f->figure, f->figure == WEEG_FIGURE_RATIO};
  weeg_error err = cli_error();
  weeg_mean *means = CLI_NEW(weeg_mean, p->groups);
  double *column[COLUMNS];
  cli_check_estimate(weeg_means(cli_survey(p->data), &p->table, &choice, means, &err), &err, p->data);
  if (strcmp(f->limits, "log") == 0) weeg_log_mean_limits(means, p->groups);
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = p->groups};
  for (int32_t v = 0; v < p->group_names.count; v++) {
    const char **level = cli_add_group(table, p->group_names.item[v]);
    for (int32_t g = 0; g < p->groups; g++) level[g] = cli_group_level(p, g, v);
  }
  const char **name = cli_add_texts(table, "outcome");
  for (int c = 0; c < COLUMNS; c++) column[c] = cli_add_numbers(table, names[c]);
  cli_add_reasons(table);
  for (int32_t g = 0; g < p->groups; g++) {
    const weeg_mean *m = &means[g];
    const double values[COLUMNS] = {f->per * m->estimate, f->per * m->std_error, f->per * m->low, f->per * m->high, (double)m->n,
                                    m->weighted, m->cv, m->df_used};
    name[g] = p->outcome;
    for (int c = 0; c < COLUMNS; c++) column[c][g] = values[c];
    cli_set_reason(table, g, m->reason, NULL);
  }
  cli_hide_cells(table, cli_hidden_cells(f->options, p, false), 1);
  return table;
}

/* ---- as something to read ---- */

int cli_decimals(double least, double largest) {
  const double decimals = fmax(1 - floor(log10(least)), 0);
  return isfinite(least) && decimals <= DBL_DIG && largest < 1e15 ? (int)decimals : -1;
}

int cli_mean_decimals(const cli_table *table, const bool *use) {
  static const char *const names[] = {"estimate", "conf.low", "conf.high"};
  const double *error = cli_numbers(table, "std.error");
  double least = INFINITY, largest = 0;
  for (int64_t i = 0; i < table->rows; i++) {
    if (!use[i]) continue;
    if (error[i] > 0) least = fmin(least, error[i]);
    for (int c = 0; c < 3; c++) largest = fmax(largest, fabs(cli_numbers(table, names[c])[i]));
  }
  return cli_decimals(least, largest);
}

const char *cli_mean_text(double x, int decimals) {
  if (isnan(x)) return "-";
  if (decimals < 0 && isfinite(x)) return cli_format("%.5g", x);
  return decimals == 0 ? cli_count(x) : cli_number(x, decimals);
}

/* The cells of those groups that have observations. */
static const char **shown(const cli_table *table, const char *name, const bool *use, int decimals) {
  const double *x = cli_numbers(table, name);
  const char **cells = CLI_NEW(const char *, table->rows);
  int32_t count = 0;
  for (int64_t i = 0; i < table->rows; i++) {
    if (use[i]) cells[count++] = cli_mean_text(x[i], decimals);
  }
  return cells;
}

static void say_grid(const void *ctx, cli_result *result, const cli_places *p, const cli_table *table, const bool *use,
                     const cli_marks *marks) {
  const figures *f = (const figures *)ctx;
  const int decimals = cli_mean_decimals(table, use);
  const char **key = CLI_NEW(const char *, table->rows), **mark = CLI_NEW(const char *, table->rows);
  const char **cv = CLI_NEW(const char *, table->rows), **n = CLI_NEW(const char *, table->rows);
  int32_t count = 0;
  for (int64_t i = 0; i < table->rows; i++) {
    if (!use[i]) continue;
    key[count] = cli_group_key(p, i);
    mark[count] = marks->mark[i];
    cv[count] = cli_percent(cli_numbers(table, "cv")[i]);
    n[count++] = cli_count(cli_numbers(table, "n")[i]);
  }
  if (count == 0) return;
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  cli_grid_add(grid, p->group_names.count == 0 ? "" : cli_join(&p->group_names, ", "), key, count, true);
  cli_grid_add(grid, cli_said(f->per == 1 ? words[f->figure] : "rate"), shown(table, "estimate", use, decimals), count, false);
  cli_grid_add(grid, cli_level_header(f->options->level),
               cli_interval_cells(shown(table, "conf.low", use, decimals), shown(table, "conf.high", use, decimals), count,
                                  cli_said(" to "), mark),
               count, false);
  cli_grid_add(grid, "SE", shown(table, "std.error", use, decimals), count, false);
  cli_grid_add(grid, cli_said("cv %"), cv, count, false);
  cli_grid_add(grid, "n", n, count, false);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say_grid(result, grid);
}

void cli_say_figures(cli_result *result, const char *title, const cli_places *places, int32_t each, const cli_table *table,
                     const cli_marks *marks, cli_grid_function *grid, const void *ctx) {
  const double *rows = cli_numbers(table, "n");
  bool *use = CLI_NEW(bool, table->rows);
  cli_list empty = {0};
  double n = 0;
  for (int64_t i = 0; i < table->rows; i++) {
    use[i] = !(rows[i] == 0); /* NaN: hidden */
    if (i % each > 0) continue;
    n += rows[i];
    if (!use[i]) cli_push(&empty, cli_group_key(places, i / each));
  }
  cli_say_title(result, places->data, title, &places->group_names);
  const char *df = cli_df_text(cli_numbers(table, "df"), use, table->rows);
  cli_say_source(result, places->data, cli_counted_text(n, n == 0 ? NULL : df));
  grid(ctx, result, places, table, use, marks);
  cli_say_empty(result, &empty);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

static void say_outcome(const void *ctx, cli_result *result, int32_t outcome, const cli_table *table, const cli_marks *marks) {
  const figures *f = (const figures *)ctx;
  const cli_places *p = &f->places[outcome];
  const char *label = f->figure == WEEG_FIGURE_RATIO ? p->outcome : cli_label(p->data, p->outcome);
  const char *per = cli_mean_text(f->per, fmod(f->per, 1) == 0 ? 0 : -1);
  const char *title = f->per == 1 ? cli_said(titles[f->figure]) : cli_format("Rate per %s:", per);
  cli_say_figures(result, cli_format("%s %s", title, label), p, 1, table, marks, say_grid, f);
}

static void answer(figures *f, const cli_data *data, cli_result *result) {
  const int32_t outcomes = f->formula.outcomes.count;
  cli_table **tables = CLI_NEW(cli_table *, outcomes);
  cli_list own = {0};
  f->places = CLI_NEW(cli_places, outcomes);
  for (int32_t i = 0; i < outcomes; i++) {
    f->places[i] = cli_prepare_numbers(f->options, data, &f->formula, f->formula.outcomes.item[i], &f->numbers[i]);
    tables[i] = find_rows(f, i);
  }
  cli_say_outcomes(result, tables, outcomes, say_outcome, f, true);
  cli_push(&own, cli_format("interval %.7g%% t-based (%s)", 100 * f->options->level, cli_limits_word(f->limits)));
  cli_push_protection(&own, f->options);
  result->data = f->places[0].data;
  result->conventions = cli_conventions_line(result->data, &own, f->figure != WEEG_FIGURE_TOTAL);
}

static void find_figures(const cli_options *options, weeg_mean_figure figure, const cli_data *tally, cli_result *result) {
  figures f = read_figures(options, figure);
  cli_list names = f.formula.groups;
  for (int32_t i = 0; i < f.all.count; i++) cli_push(&names, f.all.item[i]);
  if (tally != NULL) cli_check_kinds(tally, &names, &f.all);
  answer(&f, tally != NULL ? tally : cli_load_numbers(options, options->arguments.item[0], &names, &f.all), result);
}

void cli_mean(const cli_options *options, cli_result *result) { find_figures(options, WEEG_FIGURE_MEAN, NULL, result); }

void cli_mean_total(const cli_options *options, const cli_data *data, cli_result *result) {
  find_figures(options, WEEG_FIGURE_TOTAL, data, result);
}

void cli_mean_ratio(const cli_options *options, cli_result *result) { find_figures(options, WEEG_FIGURE_RATIO, NULL, result); }
