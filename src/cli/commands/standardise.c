/* weeg standardise: the rows that weeg_standardise() gives in R. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

/* ---- the composition, which weeg decompose has as well ---- */

cli_formula cli_parse_composition(const cli_options *options) {
  cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  if (options->by == NULL)
    cli_usage("weeg %s needs the variables of the composition, such as --by 'age + sex'", options->command);
  formula.given = cli_parse_terms(options->by);
  formula.composed = true;
  for (int32_t i = 0; i < formula.given.count; i++) {
    const char *name = formula.given.item[i];
    bool twice = false;
    for (int32_t k = 0; k < formula.groups.count; k++) twice = twice || strcmp(name, formula.groups.item[k]) == 0;
    for (int32_t k = 0; k < formula.outcomes.count; k++) twice = twice || strcmp(name, formula.outcomes.item[k]) == 0;
    if (twice) cli_usage("%s is in --by and in the formula", name);
  }
  return formula;
}

static const cli_data *load_composition(const cli_options *options, const cli_formula *formula) {
  const cli_list names = cli_formula_variables(formula);
  const cli_data *data = cli_load(options, options->arguments.item[0], &names);
  for (int32_t i = 0; i < formula->given.count; i++) (void)cli_find_variable(data, formula->given.item[i], "--by");
  cli_say_many_values(data, &formula->outcomes, "row");
  return data;
}

/* ---- the population ---- */

/* Rows with a group and an answer in each category. */
static int64_t *category_rows(const cli_places *p) {
  weeg_error err = cli_error();
  const int32_t cells = p->data->tally->cells;
  int64_t *n = CLI_NEW(int64_t, cells), *rows = CLI_NEW(int64_t, p->table.layers);
  cli_check(weeg_tally_totals(p->data->tally, n, NULL, &err), &err);
  for (int32_t c = 0; c < cells; c++) {
    if (p->group[c] >= 0 && p->level[c] >= 0 && p->table.layer[c] >= 0) rows[p->table.layer[c]] += n[c];
  }
  return rows;
}

static const char *listed_categories(const cli_places *p) {
  cli_list labels = {0};
  for (int32_t b = 0; b < p->table.layers; b++) cli_push(&labels, p->layer_label[b]);
  return cli_listed(&labels, "; ");
}

/* The shares or numbers of --population by category; 0 of those that have no rows and are not named. */
static const double *find_population(const cli_options *options, const cli_places *p) {
  double *population = CLI_NEW(double, p->table.layers), sum = 0;
  bool *named = CLI_NEW(bool, p->table.layers);
  const int64_t *rows = category_rows(p);
  if (options->population.count == 0) {
    cli_usage("weeg standardise needs a number for each category: --population \"%s=100\" and so on; the categories are %s",
              p->table.layers > 0 ? p->layer_label[0] : "a", listed_categories(p));
  }
  for (int32_t i = 0; i < options->population.count; i++) {
    const char *text = options->population.item[i], *equals = strrchr(text, '=');
    char *end = NULL;
    int32_t b = 0;
    const double value = equals == NULL ? NAN : strtod(equals + 1, &end);
    if (equals == NULL || end == equals + 1 || *end != '\0' || !(value >= 0) || isinf(value)) {
      cli_usage("--population is a category and its number, such as \"%s=100\", not \"%s\"",
                p->table.layers > 0 ? p->layer_label[0] : "a", text);
    }
    const size_t length = (size_t)(equals - text);
    while (b < p->table.layers && (strlen(p->layer_label[b]) != length || strncmp(p->layer_label[b], text, length) != 0)) b++;
    if (b == p->table.layers) {
      cli_fail("\"%.*s\" in --population is not a category; they are %s", (int)length, text, listed_categories(p));
    }
    if (named[b]) cli_usage("--population has two numbers for \"%s\"", p->layer_label[b]);
    named[b] = true;
    population[b] = value;
    sum += value;
  }
  for (int32_t b = 0; b < p->table.layers; b++) {
    if (!named[b] && rows[b] > 0) cli_fail("--population has no number for \"%s\"", p->layer_label[b]);
  }
  if (!(sum > 0) || isinf(sum)) cli_usage("the numbers of --population are all 0, or too large");
  return population;
}

/* ---- the rows ---- */

static cli_table *find_rows(const cli_options *options, const cli_places *p) {
  enum { COLUMNS = 7 };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "crude", "n", "df"};
  weeg_error err = cli_error();
  int32_t *group = NULL, *level = NULL;
  double *column[COLUMNS];
  cli_table *table = cli_proportion_rows(options, p, &group, &level);
  weeg_standardised *found = CLI_NEW(weeg_standardised, table->rows);
  cli_check_estimate(weeg_standardise(cli_survey(p->data), &p->table, find_population(options, p), options->level, found, &err),
                     &err, p->data);
  for (int k = 0; k < COLUMNS; k++) column[k] = cli_add_numbers(table, names[k]);
  cli_add_reasons(table);
  for (int64_t i = 0; i < table->rows; i++) {
    const weeg_standardised *s = &found[i];
    const double values[COLUMNS] = {s->estimate, s->std_error, s->low, s->high, s->crude, (double)s->n, s->df_used};
    for (int k = 0; k < COLUMNS; k++) column[k][i] = values[k];
    cli_set_reason(table, i, s->reason, NULL);
  }
  return table;
}

/* ---- as something to read ---- */

static void say_outcome(const cli_options *options, cli_result *result, const cli_places *p, const cli_table *table,
                        const cli_marks *marks) {
  const char **outer = CLI_NEW(const char *, table->rows), **note = CLI_NEW(const char *, table->rows);
  cli_grid *grid = NULL;
  for (int64_t i = 0; i < table->rows; i++) {
    outer[i] = p->group_label[i / p->levels];
    note[i] = cli_format(" (n = %s)", cli_count(cli_numbers(table, "n")[i]));
  }
  const cli_nested lines = {table->rows, outer, cli_texts(table, "level"), note, cli_join(&p->group_names, ", "), p->outcome};
  const cli_nest nest = cli_nest_rows(&lines, &grid);
  cli_say_title(result, p->data, cli_label(p->data, p->outcome), &p->group_names);
  cli_say_source(result, p->data, cli_df_text(cli_numbers(table, "df"), NULL, table->rows));
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say(result, CLI_CAPTION, cli_format("Percentages standardised by %s", cli_join(&p->given, ", ")), NULL);
  cli_nest_column(grid, &nest, NULL, cli_said("crude"), cli_nest_shown(&nest, cli_numbers(table, "crude"), cli_percent));
  cli_nest_column(grid, &nest, NULL, "%", cli_nest_shown(&nest, cli_numbers(table, "estimate"), cli_percent));
  cli_nest_interval(grid, &nest,
                    &(cli_limits){cli_numbers(table, "conf.low"), cli_numbers(table, "conf.high"), cli_percent, options->level,
                                  false},
                    marks);
  cli_nest_column(grid, &nest, NULL, "SE", cli_nest_shown(&nest, cli_numbers(table, "std.error"), cli_percent));
  cli_say_grid(result, grid);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

typedef struct composition {
  const cli_options *options;
  const cli_composed *how;
  cli_places *places;
} composition;

static void say_one(const void *ctx, cli_result *result, int32_t outcome, const cli_table *table, const cli_marks *marks) {
  const composition *c = (const composition *)ctx;
  c->how->say(c->options, result, &c->places[outcome], table, marks);
}

void cli_compose(const cli_options *options, cli_result *result, const cli_formula *formula, const cli_composed *how) {
  const cli_data *data = load_composition(options, formula);
  const int32_t outcomes = formula->outcomes.count;
  const composition c = {options, how, CLI_NEW(cli_places, outcomes)};
  cli_table **tables = CLI_NEW(cli_table *, outcomes);
  cli_list own = {0};
  for (int32_t i = 0; i < outcomes; i++) {
    c.places[i] = cli_prepare(options, data, formula, formula->outcomes.item[i]);
    tables[i] = how->rows(options, &c.places[i]);
  }
  cli_say_outcomes(result, tables, outcomes, say_one, &c, false);
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, how->interval));
  result->data = c.places[0].data;
  result->conventions = cli_conventions_line(c.places[0].data, &own, how->few);
}

void cli_standardise(const cli_options *options, cli_result *result) {
  const cli_formula formula = cli_parse_composition(options);
  cli_compose(options, result, &formula, &(cli_composed){find_rows, say_outcome, "logit", true});
}
