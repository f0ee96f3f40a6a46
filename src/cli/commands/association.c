/* weeg association: the rows that weeg_association() gives in R. */
#include <math.h>
#include <string.h>

#include "results.h"

/* The core's, in what the terminal can show. */
static const char *effect_title(weeg_effect_kind kind) {
  const char *title = cli_said(weeg_words(WEEG_TITLES_EFFECT)[kind]), *accent = cli_utf8() ? NULL : strstr(title, "\u00e9");
  return accent == NULL ? title : cli_format("%.*se%s", (int)(accent - title), title, accent + strlen("\u00e9"));
}

typedef struct effects {
  int32_t count;
  weeg_effect_kind *kind;
} effects;

/* Those of --measures, each once. */
static effects read_measures(const cli_list *asked) {
  effects e = {0, CLI_NEW(weeg_effect_kind, asked->count > WEEG_USUAL_EFFECTS ? asked->count : WEEG_USUAL_EFFECTS)};
  for (int32_t i = 0; i < asked->count; i++) {
    const weeg_effect_kind kind = (weeg_effect_kind)cli_choice(asked->item[i], WEEG_WORDS_EFFECT, "--measures");
    bool twice = false;
    for (int32_t k = 0; k < e.count; k++) twice = twice || e.kind[k] == kind;
    if (!twice) e.kind[e.count++] = kind;
  }
  return e;
}

static void check_measure(weeg_effect_kind kind, const weeg_variable *group, const weeg_variable *answer) {
  weeg_error err = cli_error();
  if (weeg_check_effect(kind, group, answer, &err) == WEEG_OK) return;
  if (err.where >= 0) cli_need_order(err.where == 0 ? group : answer, effect_title(kind));
  const cli_list levels[] = {{(const char **)group->levels.text, group->levels.count, 0},
                             {(const char **)answer->levels.text, answer->levels.count, 0}};
  cli_fail("%s, but %s has %s and %s has %s", err.message, group->name, cli_listed(&levels[0], ", "), answer->name,
           cli_listed(&levels[1], ", "));
}

static cli_table *find_rows(const cli_options *options, const cli_places *p, effects e) {
  static const char *const numbers[] = {"estimate", "std.error", "conf.low", "conf.high", "n", "df"};
  const weeg_variable *group = &p->data->variable[0], *answer = &p->data->variable[1];
  weeg_error err = cli_error();
  if (options->measures.count == 0) e.count = weeg_usual_effects(group, answer, e.kind);
  for (int32_t k = 0; k < e.count; k++) check_measure(e.kind[k], group, answer);
  weeg_effect *found = CLI_NEW(weeg_effect, e.count);
  const weeg_effect_choice choice = {e.kind, e.count, options->level};
  cli_check_estimate(weeg_association(cli_survey(p->data), &p->table, &choice, found, &err), &err, p->data);
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = e.count};
  const char **outcome = cli_add_texts(table, "outcome"), **of = cli_add_texts(table, "group");
  const char **measure = cli_add_texts(table, "measure");
  double *column[6];
  for (int c = 0; c < 6; c++) column[c] = cli_add_numbers(table, numbers[c]);
  cli_add_reasons(table);
  for (int32_t k = 0; k < e.count; k++) {
    const weeg_effect *x = &found[k];
    const double values[] = {x->estimate, x->std_error, x->low, x->high, (double)x->n, x->df_used};
    outcome[k] = p->outcome;
    of[k] = p->group_names.item[0];
    measure[k] = weeg_words(WEEG_WORDS_EFFECT)[e.kind[k]];
    for (int c = 0; c < 6; c++) column[c][k] = values[c];
    cli_set_reason(table, k, x->reason, NULL);
  }
  return table;
}

static const char *two_decimals(double x) { return cli_number(x, 2); }

static const char **shown(const cli_table *table, const char *name) {
  const char **cells = CLI_NEW(const char *, table->rows);
  for (int64_t i = 0; i < table->rows; i++) cells[i] = two_decimals(cli_numbers(table, name)[i]);
  return cells;
}

typedef struct associations {
  const cli_options *options;
  const cli_places *places;
} associations;

static void say_outcome(const void *ctx, cli_result *result, int32_t outcome, const cli_table *table, const cli_marks *marks) {
  const associations *of = (const associations *)ctx;
  const cli_places *p = &of->places[outcome];
  const int32_t rows = (int32_t)table->rows;
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  const char **title = CLI_NEW(const char *, rows);
  for (int32_t i = 0; i < rows; i++) {
    title[i] = effect_title((weeg_effect_kind)cli_choice(cli_texts(table, "measure")[i], WEEG_WORDS_EFFECT, "--measures"));
  }
  cli_say_title(result, p->data, cli_format("Association: %s", cli_label(p->data, p->outcome)), &p->group_names);
  const char *df = cli_df_text(cli_numbers(table, "df"), NULL, rows);
  cli_say_source(result, p->data, cli_counted_text(cli_numbers(table, "n")[0], df));
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_grid_add(grid, cli_said("measure"), title, rows, true);
  cli_grid_add(grid, cli_said("estimate"), shown(table, "estimate"), rows, false);
  cli_grid_add(
      grid, cli_level_header(of->options->level),
      cli_interval_cells(shown(table, "conf.low"), shown(table, "conf.high"), rows, cli_said(" to "), marks->mark),
      rows, false);
  cli_grid_add(grid, "SE", shown(table, "std.error"), rows, false);
  cli_say_grid(result, grid);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

void cli_association(const cli_options *options, cli_result *result) {
  const cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  const int32_t outcomes = formula.outcomes.count;
  cli_list own = {0};
  if (formula.groups.count != 1) cli_usage("an association needs one group: 'outcome ~ group'");
  const effects asked = read_measures(&options->measures);
  const cli_list names = cli_formula_variables(&formula);
  const cli_data *data = cli_load(options, options->arguments.item[0], &names);
  if (asked.count == 0) cli_say_many_values(data, &formula.outcomes, "row"); /* ranks are for numbers */
  cli_places *places = CLI_NEW(cli_places, outcomes);
  cli_table **tables = CLI_NEW(cli_table *, outcomes);
  for (int32_t i = 0; i < outcomes; i++) {
    places[i] = cli_prepare(options, data, &formula, formula.outcomes.item[i]);
    tables[i] = find_rows(options, &places[i], asked);
  }
  cli_say_outcomes(result, tables, outcomes, say_outcome, &(associations){options, places}, false);
  cli_push(&own, cli_format("interval %.7g%% t, of Fisher's z", 100 * options->level));
  result->data = places[0].data;
  bool few = false, known = false;
  for (int32_t i = 0; i < outcomes; i++) {
    few = few || cli_effective_df(tables[i]);
    for (int64_t k = 0; k < tables[i]->rows; k++) known = known || !isnan(cli_numbers(tables[i], "estimate")[k]);
  }
  result->conventions = cli_conventions_line(places[0].data, &own, few || !known);
}
