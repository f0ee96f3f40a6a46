/* weeg multiple: the rows that weeg_multiple() gives in R, and its tests. */
#include <math.h>
#include <string.h>

#include "cli.h"

typedef enum item_base { OF_RESPONDENTS, OF_ANY, OF_RESPONSES } item_base;

/* Which cells name which items, and what they add to the base. */
static weeg_answers find_answers(const cli_places *p, const cli_items *items, item_base base) {
  const int32_t cells = p->data->tally->cells;
  int32_t *named = CLI_NEW(int32_t, (int64_t)cells * items->items), *size = CLI_NEW(int32_t, cells);
  for (int32_t c = 0; c < cells; c++) {
    int32_t count = 0;
    for (int32_t i = 0; i < items->items && p->level[c] >= 0; i++) {
      const bool yes = items->named[(int64_t)p->level[c] * items->items + i];
      named[(int64_t)c * items->items + i] = yes;
      count += yes;
    }
    size[c] = base == OF_RESPONDENTS ? 1 : base == OF_RESPONSES ? count : count > 0 ? 1 : -1;
    if (p->level[c] < 0) size[c] = -1;
  }
  return (weeg_answers){p->group, p->groups, named, items->items, size};
}

static cli_table *find_rows(const cli_options *options, const cli_places *p, const weeg_answers *answers) {
  weeg_error err = {0};
  int32_t *group = NULL, *level = NULL;
  cli_table *table = cli_proportion_rows(options, p, &group, &level);
  int32_t *from = CLI_NEW(int32_t, table->rows);
  for (int64_t i = 0; i < table->rows; i++) from[i] = (int32_t)i;
  const weeg_interval_choice choice = cli_interval(cli_interval_name(options, p->data), options->level);
  weeg_share *shares = CLI_NEW(weeg_share, table->rows);
  cli_check_estimate(weeg_multiple_shares(cli_survey(p->data), answers, &choice, shares, &err), &err, p->data);
  cli_share_columns(table, shares, from);
  return table;
}

/* ---- tests ---- */

static weeg_test test_item(const cli_places *p, const weeg_answers *answers, int32_t item) {
  weeg_error err = {0};
  weeg_test test = {0};
  int32_t *level = CLI_NEW(int32_t, p->data->tally->cells);
  for (int32_t c = 0; c < p->data->tally->cells; c++) {
    level[c] = answers->cell_size[c] < 0 ? -1 : answers->cell_items[(int64_t)c * answers->items + item];
  }
  const weeg_places places = {.group = p->group, .groups = p->groups, .answer = level, .answers = 2};
  const weeg_test_choice choice = {.method = WEEG_TEST_RAO_SCOTT_F};
  cli_check_estimate(weeg_test_independence(cli_survey(p->data), &places, &choice, &test, &err), &err, p->data);
  return test;
}

static void put_test(cli_table *table, int64_t row, const weeg_test *t, bool too_large) {
  static const char *const names[] = {"statistic", "num.df", "den.df", "p.value", "n", "df"};
  const double values[] = {t->statistic, t->df1, isinf(t->df2) ? NAN : t->df2, t->p_value, (double)t->n, (double)t->df};
  for (int k = 0; k < 6; k++) ((double *)(uintptr_t)cli_numbers(table, names[k]))[row] = too_large ? NAN : values[k];
  cli_set_reason(table, row, too_large ? WEEG_REASON_TOO_LARGE : t->reason, NULL);
}

/* Each item against the groups, and all together. */
static cli_table *find_tests(const cli_places *p, const weeg_answers *answers) {
  static const char *const numbers[] = {"statistic", "num.df", "den.df", "p.value", "p.adjusted", "n", "df"};
  weeg_error err = {0};
  weeg_test all = {0};
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "tests", .rows = (int64_t)answers->items + 1};
  const char **item = cli_add_texts(table, "item"), **method = cli_add_texts(table, "method");
  for (int k = 0; k < 7; k++) (void)cli_add_numbers(table, numbers[k]);
  cli_add_reasons(table);
  for (int32_t i = 0; i < answers->items; i++) {
    const weeg_test one = test_item(p, answers, i);
    item[i] = p->level_label[i];
    method[i] = "rao-scott-f";
    put_test(table, i, &one, false);
  }
  const weeg_status status = weeg_multiple_test(cli_survey(p->data), answers, &all, &err);
  const bool too_large = status == WEEG_ERR_TOO_LARGE;
  if (!too_large) cli_check_estimate(status, &err, p->data);
  item[answers->items] = "all items";
  method[answers->items] = "rao-scott-f";
  put_test(table, answers->items, &all, too_large);
  const double *p_value = cli_numbers(table, "p.value");
  double *adjusted = (double *)(uintptr_t)cli_numbers(table, "p.adjusted");
  cli_check(weeg_adjust_p(WEEG_ADJUST_HOLM, p_value, answers->items, adjusted, &err), &err);
  adjusted[answers->items] = NAN;
  return table;
}

/* ---- as something to read ---- */

/* Whether those who name nothing were asked, the data do not say where blanks are "not named". */
static void say_none(cli_result *result, const cli_places *p, const weeg_answers *answers) {
  const weeg_tally *tally = p->data->tally;
  double n = 0;
  for (int64_t e = 0; e < tally->entries; e++) {
    const int32_t c = tally->cell[e];
    bool named = answers->cell_size[c] < 0 || p->group[c] < 0;
    for (int32_t i = 0; i < answers->items && !named; i++) named = answers->cell_items[(int64_t)c * answers->items + i] != 0;
    if (!named) n += (double)tally->n[e];
  }
  if (n == 0) return;
  cli_say(result, CLI_WORDS,
          cli_format("%s respondent%s no item and count%s in the base; base \"any\" leaves them out.", cli_count(n),
                     n == 1 ? " names" : "s name", n == 1 ? "s" : ""),
          NULL);
}

static void say_tests(cli_result *result, const cli_table *tests) {
  const int64_t last = tests->rows - 1;
  cli_list differ = {0};
  if (isnan(cli_numbers(tests, "p.value")[last])) {
    cli_say(result, CLI_WORDS, cli_format("No test of all items: %s.", cli_texts(tests, "reason")[last]), NULL);
  } else {
    cli_say(result, CLI_WORDS, cli_format("All items: %s.", cli_test_words(tests, last)), NULL);
  }
  for (int64_t i = 0; i < last; i++) {
    if (cli_numbers(tests, "p.adjusted")[i] < 0.05) cli_push(&differ, cli_texts(tests, "item")[i]);
  }
  if (differ.count == 0) return;
  cli_say(result, CLI_WORDS, cli_format("Items that differ (p Holm < .05): %s.", cli_join(&differ, "; ")), NULL);
}

void cli_multiple(const cli_options *options, cli_result *result) {
  static const char *const base_texts[] = {"respondents", "respondents who name any item", "answers"};
  const char *const *words = weeg_words(WEEG_WORDS_MISSING), *const missing[] = {words[0], words[1], NULL}; /* no level */
  const cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  const item_base base = options->base == NULL ? OF_RESPONDENTS : (item_base)cli_choice(options->base, WEEG_WORDS_BASE, "--base");
  if (options->missing != NULL) (void)cli_one_of(options->missing, missing, "--missing");
  cli_items items = cli_read_question(options, &formula);
  const cli_data *data = cli_load_items(options, options->arguments.item[0], &formula.groups, &items);
  cli_places p = cli_prepare(options, data, &formula, items.variable);
  const weeg_answers answers = find_answers(&p, &items, base);
  p.outcome = "item";
  p.levels = items.items;
  p.level_label = items.label;
  cli_table *rows = find_rows(options, &p, &answers);
  const char *what = cli_format("%d items, multiple response", (int)items.items);
  if (items.set != NULL && items.set->label != NULL) what = cli_format("%s (%s): %s", items.set->label, items.set->name, what);
  else if (items.set != NULL) what = cli_format("%s: %s", items.set->name, what);
  cli_say_shares(options, result, &p, rows, what);
  if (items.blank && base == OF_RESPONDENTS) say_none(result, &p, &answers);
  if (base == OF_RESPONDENTS && formula.groups.count > 0) {
    result->second = find_tests(&p, &answers);
    say_tests(result, result->second);
  }
  cli_list own = {0};
  cli_push(&own, cli_format("base %s%s", base_texts[base], items.blank ? " (blank: not named)" : ""));
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, cli_interval_name(options, data)));
  result->data = p.data;
  result->table = rows;
  result->conventions = cli_conventions_line(p.data, &own);
}
