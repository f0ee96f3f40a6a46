/* weeg proportion: the rows that weeg_proportion() gives in R. */
#include <math.h>
#include <string.h>

#include "verdicts.h"

const char *cli_interval_name(const cli_options *options, const cli_data *data, bool few) {
  const char *const *words = weeg_words(WEEG_WORDS_INTERVAL);
  if (options->interval != NULL) return words[cli_choice(options->interval, WEEG_WORDS_INTERVAL, "--interval")];
  const weeg_profile *profile = cli_profile_of(data);
  /* only effective degrees of freedom do without the cap of the effective sample size */
  if (profile->df == WEEG_DF_EFFECTIVE && !(few && weeg_has_law(&data->design))) return words[WEEG_INTERVAL_BETA_NCHS];
  return words[profile->interval];
}

weeg_interval_choice cli_interval(const char *name, double level) {
  return (weeg_interval_choice){(weeg_interval_method)cli_choice(name, WEEG_WORDS_INTERVAL, "--interval"), level};
}

weeg_share *cli_find_shares(const cli_data *data, const weeg_places *places, const char *interval, double level) {
  weeg_error err = cli_error();
  const weeg_interval_choice choice = cli_interval(interval, level);
  weeg_share *shares = CLI_NEW(weeg_share, (int64_t)places->groups * places->answers);
  cli_check_estimate(weeg_shares(cli_survey(data), places, &choice, shares, &err), &err, data);
  return shares;
}

cli_verdicts cli_add_verdicts(cli_table *table) {
  cli_verdicts to = {.verdict = cli_add_texts(table, "reliability"), .rule = cli_add_texts(table, "reliability.reason")};
  to.code = cli_add_codes(table, "reliability.code");
  return to;
}

void cli_set_verdict(const cli_verdicts *to, int64_t row, weeg_reliability verdict, weeg_reliability_rule rule) {
  static const char *const verdicts[] = {"show", "review", "suppress", NULL};
  to->verdict[row] = verdicts[verdict];
  to->rule[row] = rule == WEEG_RULE_NONE ? NULL : cli_said(weeg_reliability_text(rule));
  to->code[row] = rule == WEEG_RULE_NONE ? NULL : weeg_reliability_code(rule);
}

static void add_reliability(cli_table *table, const weeg_share *shares, const int32_t *from) {
  const cli_verdicts to = cli_add_verdicts(table);
  for (int64_t i = 0; i < table->rows; i++) cli_set_verdict(&to, i, shares[from[i]].verdict, shares[from[i]].rule);
}

void cli_share_columns(cli_table *table, const weeg_share *shares, const int32_t *from) {
  enum { COLUMNS = 10 };
  static const char *const names[COLUMNS] = {"estimate",   "std.error",   "conf.low", "conf.high", "n", "n.base",
                                             "n.weighted", "n.effective", "deff",     "df"};
  double *column[COLUMNS];
  for (int k = 0; k < COLUMNS; k++) column[k] = cli_add_numbers(table, names[k]);
  for (int64_t i = 0; i < table->rows; i++) {
    const weeg_share *s = &shares[from[i]];
    const double values[COLUMNS] = {s->estimate,       s->std_error, s->low,         s->high, (double)s->n,
                                    (double)s->base_n, s->weighted,  s->n_effective, s->deff, s->df_used};
    for (int k = 0; k < COLUMNS; k++) column[k][i] = values[k];
  }
  cli_add_reasons(table);
  for (int64_t i = 0; i < table->rows; i++) cli_set_reason(table, i, shares[from[i]].reason, NULL);
  add_reliability(table, shares, from);
}

/* One row per group and level, the levels fastest, with the columns that name them. group, level: of each row. */
cli_table *cli_proportion_rows(const cli_options *options, const cli_places *p, int32_t **group, int32_t **level) {
  cli_table *table = CLI_NEW(cli_table, 1);
  (void)options;
  table->name = "rows";
  table->rows = (int64_t)p->groups * p->levels;
  *group = CLI_NEW(int32_t, table->rows);
  *level = CLI_NEW(int32_t, table->rows);
  for (int64_t i = 0; i < table->rows; i++) {
    (*group)[i] = (int32_t)(i / p->levels);
    (*level)[i] = (int32_t)(i % p->levels);
  }
  for (int32_t v = 0; v < p->group_names.count; v++) {
    const char **column = cli_add_group(table, p->group_names.item[v]);
    for (int64_t i = 0; i < table->rows; i++) column[i] = cli_group_level(p, (*group)[i], v);
  }
  const char **outcome = cli_add_texts(table, "outcome"), **answer = cli_add_texts(table, "level");
  for (int64_t i = 0; i < table->rows; i++) {
    outcome[i] = p->outcome;
    answer[i] = p->level_label[(*level)[i]];
  }
  return table;
}

static cli_table *find_rows(const cli_options *options, const cli_places *p) {
  int32_t *group = NULL, *level = NULL;
  cli_table *table = cli_proportion_rows(options, p, &group, &level);
  int32_t *from = CLI_NEW(int32_t, table->rows);
  for (int64_t i = 0; i < table->rows; i++) from[i] = (int32_t)i;
  const weeg_places places = p->table;
  const char *interval = cli_interval_name(options, p->data, options->adjust_for == NULL);
  cli_share_columns(table,
                    options->adjust_for != NULL ? cli_adjust(p, cli_interval(interval, options->level))->shares
                                                : cli_find_shares(p->data, &places, interval, options->level),
                    from);
  if (options->adjust_for != NULL && cli_threshold(options) > 0) cli_usage("--threshold is not for figures with --adjust-for");
  cli_hide_cells(table, cli_hidden_cells(options, p, true), p->levels);
  return table;
}

/* ---- as something to read ---- */

/* Which lines of the printed table show which rows of the result; -1: a heading that names a group. */
typedef struct line_map {
  int32_t *row;
  int32_t count;
  bool nested;
} line_map;

static line_map map_lines(const cli_places *p, const bool *use) {
  line_map map = {CLI_NEW(int32_t, (int64_t)p->groups * (p->levels + 1)), 0, p->group_names.count > 0 && p->levels > 1};
  for (int32_t g = 0; g < p->groups; g++) {
    for (int32_t k = -1; k < p->levels; k++) {
      const int32_t row = g * p->levels + (k < 0 ? 0 : k);
      if (p->levels == 0 || !use[row] || (k < 0 && !map.nested)) continue;
      map.row[map.count++] = k < 0 ? -1 - row : row;
    }
  }
  return map;
}

static void add_stub(cli_grid *grid, const cli_places *p, const cli_table *table, const line_map *map) {
  const double *n_base = cli_numbers(table, "n.base");
  const char **cells = CLI_NEW(const char *, map->count);
  grid->heading = CLI_NEW(bool, map->count);
  for (int32_t i = 0; i < map->count; i++) {
    const int32_t row = map->row[i] < 0 ? -1 - map->row[i] : map->row[i];
    const char *level = p->level_label[row % p->levels], *group = p->group_label[row / p->levels];
    grid->heading[i] = map->row[i] < 0;
    if (map->row[i] < 0) cells[i] = cli_format("%s (%s)", group, cli_counted_text(n_base[row], NULL));
    else if (map->nested) cells[i] = cli_format("  %s", level);
    else cells[i] = p->group_names.count > 0 ? group : level;
  }
  const char *groups = cli_join(&p->group_names, ", ");
  cli_grid_add(grid, p->group_names.count > 0 ? groups : p->outcome, cells, map->count, true);
  if (map->nested) cli_grid_header(grid, 0, groups, cli_format("  %s", p->outcome));
}

/* Adds a column; text[k] belongs to the k-th line that is no heading. */
static void add_nested(cli_grid *grid, const line_map *map, const char *header, const char **text) {
  const char **cells = CLI_NEW(const char *, map->count);
  int32_t k = 0;
  for (int32_t i = 0; i < map->count; i++) cells[i] = map->row[i] < 0 ? "" : text[k++];
  cli_grid_add(grid, header, cells, map->count, false);
}

typedef const char *(*shown_as)(double x);

static const char *two_decimals(double x) { return cli_number(x, 2); }

/* The numbers of a column in the lines that are no headings. */
static const char **shown(const cli_table *table, const char *column, const line_map *map, shown_as format) {
  const double *x = cli_numbers(table, column);
  const char **cells = CLI_NEW(const char *, map->count);
  int32_t k = 0;
  for (int32_t i = 0; i < map->count; i++) {
    if (map->row[i] >= 0) cells[k++] = format(x[map->row[i]]);
  }
  return cells;
}

static cli_grid *make_grid(const cli_options *options, const cli_places *p, const cli_table *table, const line_map *map,
                           const cli_marks *marks) {
  const char *const *verdict = cli_texts(table, "reliability");
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  const char **mark = CLI_NEW(const char *, map->count), **sign = CLI_NEW(const char *, map->count);
  const char **estimate = shown(table, "estimate", map, cli_percent), **n = shown(table, "n", map, cli_count);
  const char **of = shown(table, "n.base", map, cli_count);
  int32_t count = 0;
  for (int32_t i = 0; i < map->count; i++) {
    if (map->row[i] < 0) continue;
    mark[count] = marks->mark[map->row[i]];
    sign[count++] = cli_reliability_mark(verdict[map->row[i]]);
  }
  cli_align(sign, count, true);
  cli_align(of, count, false);
  for (int32_t k = 0; k < count; k++) estimate[k] = cli_format("%s%s", estimate[k], sign[k]);
  /* groups with one answer each have no line that says their n */
  for (int32_t k = 0; k < count && !map->nested && p->group_names.count > 0; k++) n[k] = cli_format("%s of %s", n[k], of[k]);
  const char **interval = cli_interval_cells(shown(table, "conf.low", map, cli_percent),
                                             shown(table, "conf.high", map, cli_percent), count,
                                             cli_either("\u2013", "-"), mark);
  add_stub(grid, p, table, map);
  add_nested(grid, map, "%", estimate);
  add_nested(grid, map, cli_level_header(options->level), interval);
  add_nested(grid, map, "SE", shown(table, "std.error", map, cli_percent));
  add_nested(grid, map, "n", n);
  add_nested(grid, map, cli_said("n eff."), shown(table, "n.effective", map, cli_count));
  add_nested(grid, map, "deff", shown(table, "deff", map, two_decimals));
  return grid;
}

/* title: NULL for the outcome */
static void say_outcome(const cli_options *options, cli_result *result, const cli_places *p, const cli_table *table,
                        const cli_marks *marks, const bool *use, const char *title) {
  const double *n_base = cli_numbers(table, "n.base");
  const line_map map = map_lines(p, use);
  cli_list empty = {0};
  double n = 0;
  for (int32_t g = 0; g < p->groups && p->levels > 0; g++) {
    const double base = n_base[g * p->levels];
    n += base;
    if (base == 0) cli_push(&empty, p->group_names.count > 0 ? p->group_label[g] : p->outcome);
  }
  cli_say_title(result, p->data, title == NULL ? cli_label(p->data, p->outcome) : title, &p->group_names);
  cli_say_adjusted(result, p);
  const char *df = cli_df_text(cli_numbers(table, "df"), use, table->rows);
  cli_say_source(result, p->data, cli_counted_text(n, map.count == 0 ? NULL : df));
  if (map.count > 0 && !map.nested && p->group_names.count > 0) {
    cli_say(result, CLI_WORDS, cli_format("Answer: %s", p->level_label[0]), NULL);
  }
  if (map.count > 0) cli_say(result, CLI_SPACE, NULL, NULL);
  if (map.count > 0) cli_say_grid(result, make_grid(options, p, table, &map, marks));
  cli_say_empty(result, &empty);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

void cli_say_shares(const cli_options *options, cli_result *result, const cli_places *p, const cli_table *table,
                    const char *title) {
  bool *use = CLI_NEW(bool, table->rows);
  for (int64_t i = 0; i < table->rows; i++) use[i] = !(cli_numbers(table, "n.base")[i] == 0); /* NaN: hidden */
  const cli_marks marks = cli_mark_reasons(cli_texts(table, "reason"), use, table->rows);
  say_outcome(options, result, p, table, &marks, use, title);
  cli_say_notes(result, &marks);
  cli_say_reliability(result, cli_texts(table, "reliability"), NULL, table->rows);
}

void cli_proportion(const cli_options *options, cli_result *result) {
  cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  cli_parse_covariates(options, &formula);
  const cli_list names = cli_formula_variables(&formula);
  const cli_data *data = cli_load(options, options->arguments.item[0], &names);
  cli_say_many_values(data, &formula.outcomes, "row");
  cli_places *places = CLI_NEW(cli_places, formula.outcomes.count);
  cli_table **tables = CLI_NEW(cli_table *, formula.outcomes.count);
  for (int32_t i = 0; i < formula.outcomes.count; i++) {
    places[i] = cli_prepare(options, data, &formula, formula.outcomes.item[i]);
    tables[i] = find_rows(options, &places[i]);
  }
  cli_table *all = CLI_NEW(cli_table, 1);
  *all = *tables[0];
  for (int32_t i = 1; i < formula.outcomes.count; i++) cli_append(all, tables[i]);
  bool *use = CLI_NEW(bool, all->rows);
  for (int64_t i = 0; i < all->rows; i++) use[i] = !(cli_numbers(all, "n.base")[i] == 0);
  cli_marks marks = cli_mark_reasons(cli_texts(all, "reason"), use, all->rows);
  int64_t at = 0;
  for (int32_t i = 0; i < formula.outcomes.count; i++) {
    const cli_marks own = {marks.mark + at, {0}};
    say_outcome(options, result, &places[i], tables[i], &own, use + at, NULL);
    at += tables[i]->rows;
  }
  cli_say_notes(result, &marks);
  cli_say_reliability(result, cli_texts(all, "reliability"), NULL, all->rows);
  cli_list own = {0};
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level,
                            cli_interval_name(options, data, options->adjust_for == NULL)));
  cli_adjusted_convention(&own, &formula);
  cli_push_protection(&own, options);
  result->data = places[0].data;
  result->table = all;
  result->conventions = cli_conventions_line(places[0].data, &own, options->adjust_for == NULL);
}
