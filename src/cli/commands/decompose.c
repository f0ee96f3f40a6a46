/* weeg decompose: the rows that weeg_decompose() gives in R. */
#include <string.h>

#include "results.h"

/* Rows of each group, of those with an answer, whatever their category. */
static int64_t *group_rows(const cli_places *p) {
  weeg_error err = cli_error();
  const int32_t cells = p->data->tally->cells;
  int64_t *n = CLI_NEW(int64_t, cells), *rows = CLI_NEW(int64_t, p->groups);
  cli_check(weeg_tally_totals(p->data->tally, n, NULL, &err), &err);
  for (int32_t c = 0; c < cells; c++) {
    if (p->group[c] >= 0 && p->level[c] >= 0) rows[p->group[c]] += n[c];
  }
  return rows;
}

static cli_table *new_table(int64_t rows) {
  static const char *const texts[] = {"outcome", "level", "component", "group1", "group2"};
  static const char *const numbers[] = {"estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value"};
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = rows};
  for (int k = 0; k < 5; k++) (void)cli_add_texts(table, texts[k]);
  for (int k = 0; k < 7; k++) (void)cli_add_numbers(table, numbers[k]);
  cli_add_reasons(table);
  return table;
}

static cli_table *find_rows(const cli_options *options, const cli_places *p) {
  static const char *const components[] = {"total", "rate", "composition"};
  weeg_error err = cli_error();
  const cli_pairs pairs = cli_find_pairs(options, p, group_rows(p), (int64_t)WEEG_COMPONENTS * p->levels, "");
  const bool *asked = cli_chosen_levels(&options->answers, p->outcome, p->level_label, p->levels);
  const weeg_comparison what = {.first = pairs.first, .second = pairs.second, .pairs = pairs.count, .level = options->level};
  const int64_t all = (int64_t)pairs.count * p->levels * WEEG_COMPONENTS;
  weeg_contrast *found = CLI_NEW(weeg_contrast, all);
  int64_t answers = 0, row = 0;
  cli_check_estimate(weeg_decompose(cli_survey(p->data), &p->table, &what, found, &err), &err, p->data);
  for (int32_t k = 0; k < p->levels; k++) answers += asked[k];
  cli_table *table = new_table(pairs.count * answers * WEEG_COMPONENTS);
  for (int64_t i = 0; i < all; i++) {
    const int64_t level = i / WEEG_COMPONENTS % p->levels, pair = i / WEEG_COMPONENTS / p->levels;
    const weeg_contrast *c = &found[i];
    if (!asked[level]) continue;
    const char *const texts[] = {p->outcome, p->level_label[level], components[i % WEEG_COMPONENTS],
                                 p->group_label[pairs.first[pair]], p->group_label[pairs.second[pair]]};
    const double numbers[] = {c->estimate, c->std_error, c->low, c->high, c->statistic, (double)c->df, c->p_value};
    for (int k = 0; k < 5; k++) table->field[k].text[row] = texts[k];
    for (int k = 0; k < 7; k++) table->field[5 + k].number[row] = numbers[k];
    cli_set_reason(table, row++, c->reason, NULL);
  }
  return table;
}

/* ---- as something to read ---- */

static void say_outcome(const cli_options *options, cli_result *result, const cli_places *p, const cli_table *table,
                        const cli_marks *marks) {
  const char **outer = CLI_NEW(const char *, table->rows);
  cli_grid *grid = NULL;
  for (int64_t i = 0; i < table->rows; i++) {
    outer[i] = cli_format("%s vs %s: %s", cli_texts(table, "group1")[i], cli_texts(table, "group2")[i],
                          cli_texts(table, "level")[i]);
  }
  const char *header = cli_format("%s: %s", cli_join(&p->group_names, ", "), p->outcome);
  const cli_nested lines = {table->rows, outer, cli_texts(table, "component"), NULL, header, cli_said("component")};
  const cli_nest nest = cli_nest_rows(&lines, &grid);
  cli_say_title(result, p->data, cli_label(p->data, p->outcome), &p->group_names);
  cli_say_source(result, p->data, cli_df_text(cli_numbers(table, "df"), NULL, table->rows));
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say(result, CLI_CAPTION,
          cli_format("Difference in percentage points; composition by %s", cli_join(&p->given, ", ")), NULL);
  cli_nest_column(grid, &nest, NULL, cli_said("diff."), cli_nest_shown(&nest, cli_numbers(table, "estimate"), cli_percent));
  cli_nest_interval(grid, &nest,
                    &(cli_limits){cli_numbers(table, "conf.low"), cli_numbers(table, "conf.high"), cli_percent, options->level,
                                  true},
                    marks);
  cli_nest_p(grid, &nest, cli_numbers(table, "p.value"));
  cli_say_grid(result, grid);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

void cli_decompose(const cli_options *options, cli_result *result) {
  const cli_formula formula = cli_parse_composition(options);
  if (formula.groups.count == 0) cli_usage("the formula needs a group: 'outcome ~ group'");
  cli_compose(options, result, &formula, &(cli_composed){find_rows, say_outcome, "t", false});
}
