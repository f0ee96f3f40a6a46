/* weeg battery: the rows that weeg_battery() gives in R, of items that are answered on one scale. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

/* An item: its table, and figures by group. */
typedef struct item {
  const char *name, *label;  /* label: NULL: none */
  cli_places p;
  weeg_share *answers;       /* [groups * levels] */
  weeg_share **net;          /* [nets][groups * 2], the net being the first answer */
  weeg_function_value *mean; /* [groups]; NULL: no means are asked for */
  double key;                /* what items are sorted by */
} item;

typedef struct battery {
  const cli_options *options;
  cli_formula formula;
  int32_t items, groups, levels, nets, each; /* each: rows of a group */
  item *item;
  cli_net *net;
  const char *const *level;  /* [levels] the scale */
  double *code;              /* [levels]; NULL: no means */
  int *side;                 /* [levels] -1, 0, 1: negative, neutral, positive */
  const char *sort, *interval;
} battery;

/* ---- what is asked ---- */

static int32_t level_at(const battery *b, const char *name) {
  for (int32_t k = 0; k < b->levels; k++) {
    if (strcmp(b->level[k], name) == 0) return k;
  }
  return -1;
}

static const char *scale_text(const battery *b) {
  const cli_list scale = {(const char **)(uintptr_t)b->level, b->levels, b->levels};
  return cli_listed(&scale, ", ");
}

/* The scale is that of the first item; an item that has others is refused. */
static void find_scale(battery *b) {
  const item *first = &b->item[0];
  b->levels = first->p.levels;
  b->level = first->p.level_label;
  b->groups = first->p.groups;
  for (int32_t i = 1; i < b->items; i++) {
    const item *x = &b->item[i];
    const char *hint = cli_said("a battery has one scale: give all items the same levels, --levels");
    bool same = x->p.levels == b->levels;
    for (int32_t k = 0; k < x->p.levels; k++) {
      if (level_at(b, x->p.level_label[k]) >= 0) continue;
      cli_fail("%s has the level \"%s\", which %s does not have; %s", x->name, x->p.level_label[k], first->name, hint);
    }
    for (int32_t k = 0; k < b->levels; k++) {
      bool has = false;
      for (int32_t l = 0; l < x->p.levels; l++) has = has || strcmp(x->p.level_label[l], b->level[k]) == 0;
      if (!has) cli_fail("%s does not have the level \"%s\", which %s has; %s", x->name, b->level[k], first->name, hint);
      same = same && strcmp(x->p.level_label[k], b->level[k]) == 0;
    }
    if (!same) cli_fail("%s has the levels of %s in another order; %s", x->name, first->name, hint);
  }
  if (b->levels == 0) cli_fail("all answers of %s are missing", cli_listed(&b->formula.outcomes, ", "));
  if (b->levels < 2) cli_fail("%s has 1 level, and a scale has two at least", first->name);
}

/* --means yes: the numbers that the answers are, else 1, 2, ...; or 'disagree=-1,agree=1'. */
static void find_codes(battery *b) {
  const char *asked = b->options->means;
  if (asked == NULL) return;
  b->code = CLI_NEW(double, b->levels);
  if (strcmp(asked, "yes") == 0) {
    const weeg_variable *v = &b->item[0].p.data->variable[b->formula.groups.count];
    for (int32_t k = 0; k < b->levels; k++) b->code[k] = weeg_level_score(v, k);
    return;
  }
  const cli_list given = cli_split(asked);
  for (int32_t k = 0; k < b->levels; k++) b->code[k] = NAN;
  for (int32_t i = 0; i < given.count; i++) {
    const char *text = given.item[i], *equals = strrchr(text, '=');
    if (equals == NULL) cli_usage("--means is yes, or a number for each answer, as in 'disagree=-1,agree=1', not \"%s\"", asked);
    const int32_t k = level_at(b, cli_copy(text, (size_t)(equals - text)));
    if (k < 0) cli_fail("\"%.*s\" (in --means) is not an answer; the scale is %s", (int)(equals - text), text, scale_text(b));
    if (!isnan(b->code[k])) cli_usage("--means has two numbers for \"%s\"", b->level[k]);
    b->code[k] = cli_number_between(equals + 1, -DBL_MAX, DBL_MAX, cli_said("--means must be numbers"));
  }
  for (int32_t k = 0; k < b->levels; k++) {
    if (isnan(b->code[k])) cli_fail("--means has no number for \"%s\"; the scale is %s", b->level[k], scale_text(b));
  }
}

/* Marks the answers that an option names. */
static void mark_side(const battery *b, const char *asked, const char *option, int side) {
  const cli_list names = cli_split(asked);
  for (int32_t i = 0; i < names.count; i++) {
    const int32_t k = level_at(b, names.item[i]);
    if (k < 0) cli_fail("\"%s\" (in %s) is not an answer; the scale is %s", names.item[i], option, scale_text(b));
    if (b->side[k] != -1 && b->side[k] != side) cli_usage("\"%s\" is in --positive and in --neutral", names.item[i]);
    b->side[k] = side;
  }
}

static void find_sides(battery *b) {
  const cli_options *o = b->options;
  b->side = CLI_NEW(int, b->levels);
  for (int32_t k = 0; k < b->levels; k++) b->side[k] = -1;
  if (o->positive != NULL) mark_side(b, o->positive, "--positive", 1);
  if (o->neutral != NULL) mark_side(b, o->neutral, "--neutral", 0);
  bool up = true, down = true;
  for (int32_t k = 0; k < b->levels; k++) {
    const int32_t place = 2 * k - (b->levels - 1); /* below, at or above the middle of the scale */
    if (o->neutral == NULL && place == 0 && b->side[k] != 1) b->side[k] = 0;
    if (o->positive == NULL && place > 0 && b->side[k] != 0) b->side[k] = 1;
    up = up && (k == 0 || b->side[k] >= b->side[k - 1]);
    down = down && (k == 0 || b->side[k] <= b->side[k - 1]);
  }
  if (!up && !down) {
    cli_fail("positive, neutral and negative answers are not next to each other on the scale, which is %s; --positive names one "
             "end of it, and --neutral what lies beside that", scale_text(b));
  }
}

static void find_sort(battery *b) {
  const char **known = CLI_NEW(const char *, (int64_t)b->levels + b->nets + 4);
  int count = 0;
  known[count++] = "positive";
  if (b->code != NULL) known[count++] = "mean";
  known[count++] = "none";
  for (int32_t k = 0; k < b->levels; k++) known[count++] = b->level[k];
  for (int32_t n = 0; n < b->nets; n++) known[count++] = b->net[n].name;
  b->sort = b->options->sort == NULL ? "positive" : b->options->sort;
  (void)cli_one_of(b->sort, known, "--sort");
}

/* ---- figures ---- */

/* Each item has rows, and a tally, of its own. */
static void load(battery *b, const char *path) {
  cli_options plain = *b->options;
  cli_data **data = CLI_NEW(cli_data *, b->items);
  plain.net = (cli_list){0};
  path = cli_source_path(path);
  if (cli_is_tally(path)) {
    const cli_list names = cli_formula_variables(&b->formula);
    data[0] = cli_load(&plain, path, &names);
    for (int32_t i = 1; i < b->items; i++) data[i] = data[0];
  } else {
    cli_wanted *wanted = CLI_NEW(cli_wanted, b->items);
    for (int32_t i = 0; i < b->items; i++) {
      for (int32_t g = 0; g < b->formula.groups.count; g++) cli_push(&wanted[i].names, b->formula.groups.item[g]);
      cli_push(&wanted[i].names, b->formula.outcomes.item[i]);
    }
    data = cli_load_together(&plain, path, wanted, b->items);
  }
  for (int32_t i = 0; i < b->items; i++) {
    item *x = &b->item[i];
    x->name = b->formula.outcomes.item[i];
    x->p = cli_prepare(&plain, data[i], &b->formula, x->name);
    x->label = x->p.data->variable[b->formula.groups.count].label;
  }
}

static void fill(battery *b, item *x) {
  weeg_error err = cli_error();
  const double level = b->options->level;
  x->answers = cli_find_shares(x->p.data, &x->p.table, b->interval, level);
  x->net = CLI_NEW(weeg_share *, b->nets);
  for (int32_t n = 0; n < b->nets; n++) {
    const cli_places p = cli_net_places(&x->p, &b->net[n]);
    x->net[n] = cli_find_shares(p.data, &p.table, b->interval, level);
  }
  if (b->code == NULL) return;
  x->mean = CLI_NEW(weeg_function_value, b->groups);
  const weeg_codes codes = {b->code, level};
  cli_check_estimate(weeg_code_means(cli_survey(x->p.data), &x->p.table, &codes, x->mean, &err), &err, x->p.data);
}

/* Row k of group g: an answer, a net, or the mean, which has the base of its answers. */
static weeg_share figure_of(const battery *b, const item *x, int32_t g, int32_t k) {
  const weeg_share *answers = x->answers + (int64_t)g * b->levels;
  if (k < b->levels) return answers[k];
  if (k < b->levels + b->nets) return x->net[k - b->levels][(int64_t)g * 2];
  const weeg_contrast *m = &x->mean[g].contrast;
  weeg_share s = {.estimate = m->estimate, .std_error = m->std_error, .low = m->low, .high = m->high, .n = answers->base_n,
                  .base_n = answers->base_n, .n_effective = NAN, .deff = NAN, .df_used = m->df_used, .reason = m->reason};
  for (int32_t l = 0; l < b->levels; l++) s.weighted += answers[l].weighted;
  return s;
}

/* What an item is sorted by, of all groups together. */
static double key_of(const battery *b, const item *x) {
  double of = 0, all = 0;
  for (int32_t g = 0; g < b->groups; g++) {
    for (int32_t k = 0; k < b->each; k++) {
      const weeg_share s = figure_of(b, x, g, k);
      const bool answer = k < b->levels, mean = k >= b->levels + b->nets;
      const char *name = answer ? b->level[k] : mean ? NULL : b->net[k - b->levels].name;
      if (answer) all += s.weighted;
      if (strcmp(b->sort, "positive") == 0) of += answer && b->side[k] > 0 ? s.weighted : 0;
      else if (strcmp(b->sort, "mean") == 0) of += mean && !isnan(s.estimate) ? s.estimate * s.weighted : 0;
      else if (name != NULL && strcmp(b->sort, name) == 0) of += s.weighted;
    }
  }
  return of / fmax(all, DBL_MIN);
}

/* The highest first; those that are equal stay in order. */
static void sort_items(battery *b) {
  if (strcmp(b->sort, "none") == 0) return;
  for (int32_t i = 1; i < b->items; i++) {
    const item x = b->item[i];
    int32_t at = i;
    for (; at > 0 && b->item[at - 1].key < x.key; at--) b->item[at] = b->item[at - 1];
    b->item[at] = x;
  }
}

static cli_table *make_rows(const battery *b) {
  static const char *const verdicts[] = {"reliability", "reliability.reason", "reliability.code"};
  cli_table *table = CLI_NEW(cli_table, 1);
  const int64_t size = (int64_t)b->groups * b->each;
  *table = (cli_table){.name = "rows", .rows = b->items * size};
  weeg_share *shares = CLI_NEW(weeg_share, table->rows);
  int32_t *from = CLI_NEW(int32_t, table->rows);
  const char ***group = CLI_NEW(const char **, b->formula.groups.count);
  for (int32_t v = 0; v < b->formula.groups.count; v++) group[v] = cli_add_group(table, b->formula.groups.item[v]);
  const char **outcome = cli_add_texts(table, "outcome"), **label = cli_add_texts(table, "label");
  const char **statistic = cli_add_texts(table, "statistic"), **level = cli_add_texts(table, "level");
  for (int64_t row = 0; row < table->rows; row++) {
    const item *x = &b->item[row / size];
    const int32_t g = (int32_t)(row % size / b->each), k = (int32_t)(row % b->each);
    const bool answer = k < b->levels, mean = k >= b->levels + b->nets;
    for (int32_t v = 0; v < b->formula.groups.count; v++) group[v][row] = cli_group_level(&x->p, g, v);
    outcome[row] = x->name;
    label[row] = x->label == NULL ? x->name : x->label;
    statistic[row] = answer ? "share" : mean ? "mean" : "net";
    level[row] = answer ? b->level[k] : mean ? NULL : b->net[k - b->levels].name;
    shares[row] = figure_of(b, x, g, k);
    from[row] = (int32_t)row;
  }
  cli_share_columns(table, shares, from);
  for (int64_t row = 0; row < table->rows && b->code != NULL; row++) {
    if (row % b->each < b->levels + b->nets) continue;
    for (int k = 0; k < 3; k++) ((const char **)(uintptr_t)cli_texts(table, verdicts[k]))[row] = NULL;
  }
  return table;
}

/* ---- as something to read ---- */

/* The text of an item, with its name behind where another one has the same. */
static const char *shown_label(const battery *b, const item *x) {
  bool twice = false;
  for (int32_t i = 0; i < b->items && x->label != NULL; i++) {
    const item *y = &b->item[i];
    twice = twice || (y != x && strcmp(x->label, y->label == NULL ? y->name : y->label) == 0);
  }
  if (x->label == NULL) return x->name;
  return twice && strcmp(x->label, x->name) != 0 ? cli_format("%s (%s)", x->label, x->name) : x->label;
}

/* The lines of the table: of each item and group that has answers two, and a heading above the groups of an item. */
typedef struct lines {
  int64_t *row;     /* [pairs] the first of its rows */
  const char **text; /* [count] the first column */
  bool *heading;
  int32_t *pair, pairs, count;  /* pair[count]: which pair the line is of, from 0; -1: a heading */
} lines;

static lines find_lines(const battery *b, const cli_table *table) {
  const int64_t pairs = (int64_t)b->items * b->groups;
  const bool grouped = b->formula.groups.count > 0;
  const int64_t most = 3 * pairs;
  lines l = {CLI_NEW(int64_t, pairs), CLI_NEW(const char *, most), CLI_NEW(bool, most), CLI_NEW(int32_t, most), 0, 0};
  for (int32_t i = 0; i < b->items; i++) {
    const char *label = shown_label(b, &b->item[i]);
    bool begun = !grouped;
    for (int32_t g = 0; g < b->groups; g++) {
      const int64_t row = ((int64_t)i * b->groups + g) * b->each;
      if (cli_numbers(table, "n.base")[row] == 0) continue;
      if (!begun) {
        l.pair[l.count] = -1;
        l.heading[l.count] = true;
        l.text[l.count++] = label;
        begun = true;
      }
      l.text[l.count] = grouped ? cli_format("  %s", b->item[i].p.group_label[g]) : label;
      l.text[l.count + 1] = "";
      l.pair[l.count] = l.pair[l.count + 1] = l.pairs;
      l.count += 2;
      l.row[l.pairs++] = row;
    }
  }
  return l;
}

/* A column of pairs: above and below. */
static void add_pairs(cli_grid *grid, const lines *l, const char *const *top, const char *const *bottom) {
  const char **cells = CLI_NEW(const char *, l->count);
  for (int32_t i = 0; i < l->count; i++) {
    const bool first = i + 1 < l->count && l->pair[i + 1] == l->pair[i];
    cells[i] = l->heading[i] ? "" : first ? top[l->pair[i]] : bottom[l->pair[i]];
  }
  cli_grid_add(grid, "", cells, l->count, false);
}

/* Figures of row k of each group over their intervals. */
static void add_figures(const battery *b, cli_grid *grid, const lines *l, const cli_table *table, const cli_marks *marks,
                        int32_t k) {
  const bool mean = k >= b->levels + b->nets;
  const char **top = CLI_NEW(const char *, l->pairs), **low = CLI_NEW(const char *, l->pairs);
  const char **high = CLI_NEW(const char *, l->pairs), **beside = CLI_NEW(const char *, l->pairs);
  const char *between = cli_either("\u2013", "-");
  for (int32_t i = 0; i < l->pairs; i++) {
    const int64_t row = l->row[i] + k;
    const char *verdict = cli_texts(table, "reliability")[row];
    const double x[] = {cli_numbers(table, "estimate")[row], cli_numbers(table, "conf.low")[row],
                        cli_numbers(table, "conf.high")[row]};
    top[i] = mean ? cli_number(x[0], 2) : cli_percent(x[0]);
    low[i] = mean ? cli_number(x[1], 2) : cli_percent(x[1]);
    high[i] = mean ? cli_number(x[2], 2) : cli_percent(x[2]);
    beside[i] = cli_format("%s%s", marks->mark[row], verdict == NULL ? "" : cli_reliability_mark(verdict));
    if (mean && x[1] < 0) between = cli_said(" to ");
  }
  cli_align(beside, l->pairs, true);
  const char **interval = cli_interval_cells(low, high, l->pairs, between, NULL);
  for (int32_t i = 0; i < l->pairs; i++) {
    size_t end = strlen(interval[i]);
    while (end > 0 && interval[i][end - 1] == ' ') end--;
    interval[i] = cli_format("%.*s%*s", (int)end, interval[i], cli_width(beside[i]), "");
    top[i] = cli_format("%s%s", top[i], beside[i]);
  }
  add_pairs(grid, l, top, interval);
  cli_list header = {0};
  cli_wrap(&header, mean ? cli_said("mean") : k < b->levels ? b->level[k] : b->net[k - b->levels].name, 16, 0);
  grid->column[grid->columns - 1].header = header;
}

static const cli_grid *make_grid(const battery *b, const lines *l, const cli_table *table, const cli_marks *marks) {
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  const char **n = CLI_NEW(const char *, l->pairs), **none = CLI_NEW(const char *, l->pairs);
  cli_grid_add(grid, "item", l->text, l->count, true);
  if (b->formula.groups.count > 0) cli_grid_header(grid, 0, "item", cli_format("  %s", cli_join(&b->formula.groups, ", ")));
  grid->heading = l->heading;
  grid->paired = l->count;
  for (int32_t k = 0; k < b->each; k++) add_figures(b, grid, l, table, marks, k);
  for (int32_t i = 0; i < l->pairs; i++) {
    n[i] = cli_count(cli_numbers(table, "n.base")[l->row[i]]);
    none[i] = "";
  }
  add_pairs(grid, l, n, none);
  cli_list header = {0};
  cli_push(&header, "n");
  grid->column[grid->columns - 1].header = header;
  return grid;
}

/* The codes of means, where these are not the answers themselves; and by what items are sorted. */
static void say_order(cli_result *result, const battery *b) {
  cli_list codes = {0}, up = {0};
  bool own = true;
  for (int32_t k = 0; k < b->levels; k++) {
    const char *code = b->code == NULL ? "" : cli_format("%.7g", b->code[k]);
    own = own && strcmp(code, b->level[k]) == 0;
    cli_push(&codes, cli_format("%s = %s", b->level[k], code));
    if (b->side[k] > 0) cli_push(&up, b->level[k]);
  }
  if (b->code != NULL && !own) cli_say(result, CLI_WORDS, cli_format("Means of codes: %s.", cli_join(&codes, ", ")), NULL);
  const char *by = strcmp(b->sort, "mean") == 0 ? cli_said("their means") : b->sort;
  if (strcmp(b->sort, "positive") == 0) by = cli_join(&up, " + ");
  if (strcmp(b->sort, "none") != 0) cli_say(result, CLI_WORDS, cli_format("Items sorted by %s.", by), NULL);
  for (int32_t n = 0; n < b->nets; n++) {
    cli_say(result, CLI_WORDS, cli_format("%s: %s.", b->net[n].name, cli_join(&b->net[n].answers, " + ")), NULL);
  }
}

static void say_battery(cli_result *result, const battery *b, const cli_table *table) {
  const cli_data *data = b->item[0].p.data;
  const lines l = find_lines(b, table);
  bool *use = CLI_NEW(bool, table->rows);
  cli_list nobody = {0};
  for (int64_t row = 0; row < table->rows; row++) {
    const item *x = &b->item[row / b->each / b->groups];
    use[row] = cli_numbers(table, "n.base")[row] > 0;
    if (use[row] || row % b->each > 0) continue;
    const char *label = shown_label(b, x), *group = x->p.group_label[row / b->each % b->groups];
    cli_push(&nobody, b->formula.groups.count == 0 ? label : cli_format("%s: %s", label, group));
  }
  const cli_marks marks = cli_mark_reasons(cli_texts(table, "reason"), use, table->rows);
  cli_say_title(result, data, cli_format("Battery of %s", cli_counted(b->items, "item", "items")), &b->formula.groups);
  cli_say_source(result, data, l.pairs == 0 ? NULL : cli_df_text(cli_numbers(table, "df"), use, table->rows));
  cli_say(result, CLI_CAPTION, cli_format("Percentages%s with %s", b->code == NULL ? "" : cli_said(" and means"),
                                          cli_level_header(b->options->level)), NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  if (l.pairs > 0) cli_say_grid(result, make_grid(b, &l, table, &marks));
  cli_say_notes(result, &marks);
  cli_say_reliability(result, cli_texts(table, "reliability"), use, table->rows);
  cli_say_empty(result, &nobody);
  cli_say(result, CLI_SPACE, NULL, NULL);
  say_order(result, b);
}

void cli_battery(const cli_options *options, cli_result *result) {
  const char *const *words = weeg_words(WEEG_WORDS_MISSING), *const missing[] = {words[0], words[1], NULL}; /* no level */
  battery b = {.options = options, .formula = cli_parse_formula(options->arguments.item[1]), .nets = options->net.count};
  cli_list own = {0};
  if (options->missing != NULL) (void)cli_one_of(options->missing, missing, "--missing");
  b.items = b.formula.outcomes.count;
  b.item = CLI_NEW(item, b.items);
  b.net = CLI_NEW(cli_net, b.nets);
  for (int32_t n = 0; n < b.nets; n++) b.net[n] = cli_parse_net(options->net.item[n]);
  load(&b, options->arguments.item[0]);
  find_scale(&b);
  find_codes(&b);
  find_sides(&b);
  find_sort(&b);
  b.each = b.levels + b.nets + (b.code != NULL);
  b.interval = cli_interval_name(options, b.item[0].p.data, true);
  for (int32_t i = 0; i < b.items; i++) fill(&b, &b.item[i]);
  for (int32_t i = 0; i < b.items; i++) b.item[i].key = key_of(&b, &b.item[i]);
  sort_items(&b);
  result->table = make_rows(&b);
  say_battery(result, &b, result->table);
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, b.interval));
  result->data = b.item[0].p.data;
  result->conventions = cli_conventions_line(result->data, &own, true);
}
