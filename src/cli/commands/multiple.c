/* weeg multiple: the rows that weeg_multiple() gives in R, and its tests; weeg item-tests. */
#include <math.h>
#include <string.h>

#include "results.h"

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

/* What the rows that shares are of weigh, by group, for the page: those who answered the question. Responses have no weight. */
static void add_weights(const cli_places *p, const weeg_answers *answers, cli_table *table) {
  int32_t *answer = CLI_NEW(int32_t, p->data->tally->cells);
  bool responses = false;
  for (int32_t c = 0; c < p->data->tally->cells; c++) {
    answer[c] = answers->cell_size[c] < 0 ? -1 : 0;
    responses = responses || answers->cell_size[c] > 1;
  }
  const weeg_places places = {.group = answers->cell_group, .groups = answers->groups, .answer = answer, .answers = 1};
  const weeg_share *of = responses ? NULL : cli_find_shares(p->data, &places, "wald", 0.95);
  double *weighted = cli_add_numbers(table, "n.base.weighted");
  table->field[table->fields - 1].only_json = true;
  for (int64_t i = 0; i < table->rows; i++) weighted[i] = responses ? NAN : of[i / answers->items].weighted;
}

static cli_table *find_rows(const cli_options *options, const cli_places *p, const weeg_answers *answers, const char *interval) {
  weeg_error err = cli_error();
  int32_t *group = NULL, *level = NULL;
  cli_table *table = cli_proportion_rows(options, p, &group, &level);
  int32_t *from = CLI_NEW(int32_t, table->rows);
  for (int64_t i = 0; i < table->rows; i++) from[i] = (int32_t)i;
  const weeg_interval_choice choice = cli_interval(interval, options->level);
  weeg_share *shares = CLI_NEW(weeg_share, table->rows);
  cli_check_estimate(weeg_multiple_shares(cli_survey(p->data), answers, &choice, shares, &err), &err, p->data);
  cli_share_columns(table, shares, from);
  add_weights(p, answers, table);
  return table;
}

/* ---- tests ---- */

static void put_test(cli_table *table, int64_t row, const weeg_test *t) {
  static const char *const names[] = {"statistic", "num.df", "den.df", "p.value", "n", "df"};
  const double values[] = {t->statistic, t->df1, isinf(t->df2) ? NAN : t->df2, t->p_value, t->n < 0 ? NAN : (double)t->n,
                           t->df < 0 ? NAN : (double)t->df};
  for (int k = 0; k < 6; k++) ((double *)(uintptr_t)cli_numbers(table, names[k]))[row] = values[k];
  cli_set_reason(table, row, t->reason, NULL);
}

/* Each item against the groups, and all together. */
static cli_table *find_tests(const cli_places *p, const weeg_answers *answers) {
  static const char *const numbers[] = {"statistic", "num.df", "den.df", "p.value", "p.adjusted", "n", "df"};
  weeg_error err = cli_error();
  const int32_t items = answers->items;
  weeg_test *tests = CLI_NEW(weeg_test, (int64_t)items + 1);
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "tests", .rows = (int64_t)items + 1};
  const char **item = cli_add_texts(table, "item"), **method = cli_add_texts(table, "method");
  for (int k = 0; k < 7; k++) (void)cli_add_numbers(table, numbers[k]);
  cli_add_reasons(table);
  double *adjusted = (double *)(uintptr_t)cli_numbers(table, "p.adjusted");
  cli_check_estimate(weeg_item_tests(cli_survey(p->data), answers, tests, adjusted, &err), &err, p->data);
  adjusted[items] = NAN;
  for (int32_t i = 0; i <= items; i++) {
    item[i] = i < items ? p->level_label[i] : cli_said("all items");
    method[i] = "rao-scott-f";
    put_test(table, i, &tests[i]);
  }
  return table;
}

/* ---- small counts ---- */

/* Hides each item as a question of its own. Tests of items are adjusted for each other, and that of all has all. */
static bool hide_items(const cli_options *options, const cli_places *p, const weeg_answers *answers, cli_table *rows) {
  bool any = false;
  for (int32_t k = 0; k < answers->items; k++) {
    const cli_hidden *h = cli_hidden_item(options, p, answers, k);
    for (int32_t g = 0; g < p->groups; g++) cli_hide(rows, (int64_t)g * answers->items + k, cli_shown(h, WEEG_OF_ROW, g, 0));
    if (h != NULL) cli_withhold(rows, answers->items, k, h->of.answer[0] != 0);
    any = any || (h != NULL && h->any);
  }
  if (cli_threshold(options) > 0) cli_hide_empty(rows);
  if (any) cli_round(rows);
  return any;
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
          cli_format(n == 1 ? "%s respondent names no item and counts in the base; base \"any\" leaves them out."
                            : "%s respondents name no item and count in the base; base \"any\" leaves them out.", cli_count(n)),
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

/* ---- the question ---- */

typedef struct question {
  cli_formula formula;
  cli_items items;
  const cli_data *data;
  cli_places places;
  weeg_answers answers;
  const char *title;
} question;

static void read_question(const cli_options *options, item_base base, question *q) {
  const char *const *words = weeg_words(WEEG_WORDS_MISSING), *const missing[] = {words[0], words[1], NULL}; /* no level */
  q->formula = cli_parse_formula(options->arguments.item[1]);
  if (options->missing != NULL) (void)cli_one_of(options->missing, missing, "--missing");
  q->items = cli_read_question(options, &q->formula);
  q->data = cli_load_items(options, options->arguments.item[0], &q->formula.groups, &q->items);
  q->places = cli_prepare(options, q->data, &q->formula, q->items.variable);
  q->answers = find_answers(&q->places, &q->items, base);
  q->places.outcome = "item";
  q->places.levels = q->items.items;
  q->places.level_label = q->items.label;
  const weeg_sav_set *set = q->items.set;
  q->title = cli_format("%s, multiple response", cli_counted(q->items.items, "item", "items"));
  if (set != NULL && set->label != NULL) q->title = cli_format("%s (%s): %s", set->label, set->name, q->title);
  else if (set != NULL) q->title = cli_format("%s: %s", set->name, q->title);
}

void cli_multiple(const cli_options *options, cli_result *result) {
  const char *const base_texts[] = {cli_said("respondents"), cli_said("respondents who name any item"), cli_said("responses")};
  const item_base base = options->base == NULL ? OF_RESPONDENTS : (item_base)cli_choice(options->base, WEEG_WORDS_BASE, "--base");
  question q = {.title = NULL};
  read_question(options, base, &q);
  const char *interval = cli_interval_name(options, q.data, base != OF_RESPONSES);
  cli_table *rows = find_rows(options, &q.places, &q.answers, interval);
  if (base != OF_RESPONDENTS && cli_threshold(options) > 0) { /* how many name any item tells of each */
    cli_usage("--threshold hides items each by itself, for which their base has to be all respondents: not with --base %s",
              options->base);
  }
  const bool hidden = hide_items(options, &q.places, &q.answers, rows);
  cli_say_shares(options, result, &q.places, rows, q.title);
  if (q.items.blank && base == OF_RESPONDENTS && cli_threshold(options) == 0) say_none(result, &q.places, &q.answers);
  if (base == OF_RESPONDENTS && q.formula.groups.count > 0) {
    result->second = find_tests(&q.places, &q.answers);
    for (int64_t i = 0; hidden && i < result->second->rows; i++) cli_hide(result->second, i, WEEG_NOTHING_SHOWN);
    say_tests(result, result->second);
  }
  cli_list own = {0};
  cli_push(&own, cli_format("base %s%s", base_texts[base], q.items.blank ? cli_said(" (blank: not named)") : ""));
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, interval));
  cli_push_protection(&own, options);
  result->data = q.places.data;
  result->table = rows;
  result->conventions = cli_conventions_line(q.places.data, &own, base != OF_RESPONSES);
}

/* ---- weeg item-tests: the rows that weeg_item_tests() gives in R ---- */

static void say_item_tests(cli_result *result, const cli_table *tests) {
  const int32_t rows = (int32_t)tests->rows;
  const cli_marks marks = cli_mark_reasons(cli_texts(tests, "reason"), NULL, rows);
  const char **statistic = CLI_NEW(const char *, rows), **p = CLI_NEW(const char *, rows);
  const char **adjusted = CLI_NEW(const char *, rows), **n = CLI_NEW(const char *, rows);
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  for (int32_t i = 0; i < rows; i++) {
    statistic[i] = isnan(cli_numbers(tests, "statistic")[i]) ? "-" : cli_test_statistic(tests, i);
    if (marks.reasons.count > 0) statistic[i] = cli_format("%s %s", statistic[i], cli_pad_right(marks.mark[i], 1));
    p[i] = cli_p_cell(cli_numbers(tests, "p.value")[i]);
    adjusted[i] = i + 1 < rows ? cli_p_cell(cli_numbers(tests, "p.adjusted")[i]) : "";
    n[i] = cli_count(cli_numbers(tests, "n")[i]);
  }
  cli_align(p, rows, true);
  cli_align(adjusted, rows, true);
  cli_grid_add(grid, "item", cli_texts(tests, "item"), rows, true);
  cli_grid_add(grid, cli_test_title("rao-scott-f"), statistic, rows, false);
  cli_grid_add(grid, "p", p, rows, false);
  cli_grid_add(grid, "(holm)", adjusted, rows, false);
  cli_grid_header(grid, 3, "p", "(holm)");
  cli_grid_add(grid, "n", n, rows, false);
  cli_say_grid(result, grid);
  cli_say_notes(result, &marks);
}

void cli_item_tests(const cli_options *options, cli_result *result) {
  question q = {.title = NULL};
  cli_list own = {0};
  read_question(options, OF_RESPONDENTS, &q);
  if (q.formula.groups.count == 0) cli_usage("tests of items need a group: 'item + item ~ group'");
  result->data = q.places.data;
  result->table = find_tests(&q.places, &q.answers);
  result->table->name = "rows";
  cli_say_title(result, q.places.data, cli_format("Independence: %s", q.title), &q.formula.groups);
  cli_say_source(result, q.places.data, NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  say_item_tests(result, result->table);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_test_conventions(&own, result->table, false, true);
  result->conventions = cli_conventions_line(q.places.data, &own, false);
}
