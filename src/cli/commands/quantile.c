/* weeg quantile: the rows that weeg_quantile() gives in R. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "numbers.h"

/* What is asked for. */
typedef struct quantiles {
  const cli_options *options;
  cli_formula formula;
  double *prob;
  int32_t probs;
  weeg_quantile_rule rule;
  weeg_quantile_limits limits;
  const char *interval;
  cli_places *places;   /* [outcomes] */
} quantiles;

static void read_probs(quantiles *q) {
  const cli_list asked = cli_split(q->options->probs == NULL ? "0.5" : q->options->probs);
  q->probs = asked.count;
  q->prob = CLI_NEW(double, asked.count);
  for (int32_t i = 0; i < asked.count; i++) {
    q->prob[i] = cli_number_between(asked.item[i], 0, 1, cli_said("--probs must be numbers from 0 to 1, as in .25,.5,.75"));
    for (int32_t k = 0; k < i; k++) {
      if (q->prob[k] == q->prob[i]) cli_usage("--probs has %g twice", q->prob[i]);
    }
  }
}

/* By the conventions where they are not asked for: those of other programs have Woodruff's limits, of Wald's intervals. */
static void read_rules(quantiles *q, const cli_data *data) {
  const cli_options *o = q->options;
  const bool own = strcmp(cli_profile_of(data)->name, "weeg") == 0;
  const char *const *words = weeg_words(WEEG_WORDS_INTERVAL);
  const weeg_quantile_limits usual = own ? WEEG_LIMITS_TEST : WEEG_LIMITS_WOODRUFF;
  q->rule = o->rule == NULL ? WEEG_QUANTILE_MATH : (weeg_quantile_rule)cli_choice(o->rule, WEEG_WORDS_RULE, "--rule");
  q->limits = o->limits == NULL ? usual : (weeg_quantile_limits)cli_choice(o->limits, WEEG_WORDS_LIMITS, "--limits");
  q->interval = own || o->interval != NULL ? cli_interval_name(o, data, true) : words[WEEG_INTERVAL_WALD];
}

/* ---- rows ---- */

/* The variable of an outcome before missing values have a level of their own. */
static const weeg_variable *number_of(const cli_data *data, const char *name) {
  const weeg_variable *v = &data->variable[cli_find_variable(data, name, cli_said("the formula"))];
  if (v->number || v->levels.count == 0) return v;
  cli_fail("the levels of %s are not numbers, and quantiles are of numbers; weeg proportion has the shares of its answers", name);
}

static cli_places prepare(const quantiles *q, const cli_data *data, const char *outcome) {
  const int32_t values = number_of(data, outcome)->levels.count;
  cli_places p = cli_prepare(q->options, data, &q->formula, outcome);
  int32_t *level = CLI_NEW(int32_t, p.data->tally->cells);
  for (int32_t c = 0; c < p.data->tally->cells; c++) level[c] = p.level[c] < values ? p.level[c] : -1;
  p.level = p.table.answer = level;
  p.levels = p.table.answers = values;
  return p;
}

static cli_table *find_rows(const quantiles *q, const cli_places *p, const weeg_variable *v) {
  enum { COLUMNS = 7 };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "df"};
  const weeg_quantile_choice choice = {.value = cli_level_scores(v), .probs = q->prob, .count = q->probs, .rule = q->rule,
                                       .limits = q->limits, .interval = cli_interval(q->interval, q->options->level)};
  const int64_t rows = (int64_t)p->groups * q->probs;
  weeg_error err = cli_error();
  weeg_quantile *found = CLI_NEW(weeg_quantile, rows);
  double *column[COLUMNS];
  cli_check_estimate(weeg_quantiles(cli_survey(p->data), &p->table, &choice, found, &err), &err, p->data);
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = rows};
  for (int32_t g = 0; g < p->group_names.count; g++) {
    const char **level = cli_add_group(table, p->group_names.item[g]);
    for (int64_t i = 0; i < rows; i++) level[i] = cli_group_level(p, (int32_t)(i / q->probs), g);
  }
  const char **name = cli_add_texts(table, "outcome");
  double *prob = cli_add_numbers(table, "prob");
  for (int c = 0; c < COLUMNS; c++) column[c] = cli_add_numbers(table, names[c]);
  cli_add_reasons(table);
  for (int64_t i = 0; i < rows; i++) {
    const weeg_quantile *x = &found[i];
    const double values[COLUMNS] = {x->estimate, x->std_error, x->low, x->high, (double)x->n, x->weighted, x->df_used};
    name[i] = p->outcome;
    prob[i] = q->prob[i % q->probs];
    for (int c = 0; c < COLUMNS; c++) column[c][i] = values[c];
    cli_set_reason(table, i, x->reason, NULL);
  }
  cli_hide_cells(table, cli_hidden_cells(q->options, p, false), q->probs);
  return table;
}

/* ---- as something to read ---- */

/* Whether a number has no more decimals than these. */
static bool has_decimals(double x, int decimals) {
  const double unit = pow(10, decimals);
  return fabs(round(x * unit) / unit - x) <= 1e-12 * fabs(x);
}

/* Quantiles are mostly values of rows: no more decimals than these have, nor than standard errors call for. */
static int value_decimals(const cli_table *table, const bool *use) {
  static const char *const names[] = {"estimate", "conf.low", "conf.high"};
  double least = INFINITY, largest = 0;
  int own = 0;
  bool any = false;
  for (int64_t i = 0; i < table->rows; i++) {
    const double error = cli_numbers(table, "std.error")[i];
    if (!use[i]) continue;
    if (error > 0) least = fmin(least, error);
    for (int c = 0; c < 3; c++) {
      const double x = cli_numbers(table, names[c])[i];
      largest = fmax(largest, fabs(x));
      any = any || isfinite(x);
      while (isfinite(x) && own <= DBL_DIG && !has_decimals(x, own)) own++;
    }
  }
  if (!any) return cli_mean_decimals(table, use);
  const int most = isfinite(least) ? (int)fmax(1 - floor(log10(least)), 0) : 4;
  const int decimals = own <= DBL_DIG && own < most ? own : most;
  return decimals <= DBL_DIG && largest < 1e15 ? decimals : -1;
}

/* Four significant digits, without zeros at the end. */
static const char *prob_text(double p) {
  if (p == 0 || p == 1) return cli_number(p, 0);
  const char *text = cli_format("%.*f", (int)(3 - floor(log10(p))), p);
  size_t length = strlen(text);
  while (text[length - 1] == '0') length--;
  return cli_copy(text, text[length - 1] == '.' ? length - 1 : length);
}

/* A limit that no value of the sample reaches is shown as "...". */
static const char *limits_text(double low, double high, int decimals) {
  if (isnan(low) && isnan(high)) return "-";
  return cli_format("%s to %s", isnan(low) ? "..." : cli_mean_text(low, decimals),
                    isnan(high) ? "..." : cli_mean_text(high, decimals));
}

static void say_grid(const void *ctx, cli_result *result, const cli_places *p, const cli_table *table, const bool *use,
                     const cli_marks *marks) {
  const quantiles *q = (const quantiles *)ctx;
  enum { KEY, PROB, QUANTILE, LIMITS, ERROR, ROWS, COLUMNS };
  const int decimals = value_decimals(table, use), of_errors = cli_mean_decimals(table, use);
  const char **cells[COLUMNS], **mark = CLI_NEW(const char *, table->rows);
  const double *low = cli_numbers(table, "conf.low"), *high = cli_numbers(table, "conf.high");
  int32_t count = 0;
  bool marked = false;
  for (int k = 0; k < COLUMNS; k++) cells[k] = CLI_NEW(const char *, table->rows);
  for (int64_t i = 0; i < table->rows; i++) {
    if (!use[i]) continue;
    cells[KEY][count] = i % q->probs > 0 ? "" : cli_group_key(p, i / q->probs);
    cells[PROB][count] = prob_text(q->prob[i % q->probs]);
    cells[QUANTILE][count] = cli_mean_text(cli_numbers(table, "estimate")[i], decimals);
    cells[LIMITS][count] = limits_text(low[i], high[i], decimals);
    cells[ERROR][count] = cli_mean_text(cli_numbers(table, "std.error")[i], of_errors);
    cells[ROWS][count] = cli_count(cli_numbers(table, "n")[i]);
    mark[count++] = marks->mark[i];
    marked = marked || marks->mark[i][0] != '\0';
  }
  if (count == 0) return;
  for (int32_t i = 0; i < count && marked; i++) {
    cells[LIMITS][i] = cli_format("%s %s", cells[LIMITS][i], cli_pad_right(mark[i], 1));
  }
  const char *const header[COLUMNS] = {p->group_names.count == 0 ? "" : cli_join(&p->group_names, ", "),
                                       "p",
                                       cli_said("quantile"),
                                       cli_level_header(q->options->level),
                                       "SE",
                                       "n"};
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  for (int k = 0; k < COLUMNS; k++) cli_grid_add(grid, header[k], cells[k], count, k == KEY);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say_grid(result, grid);
}

static void say_outcome(const void *ctx, cli_result *result, int32_t outcome, const cli_table *table, const cli_marks *marks) {
  const quantiles *q = (const quantiles *)ctx;
  const cli_places *p = &q->places[outcome];
  const char *what = q->probs == 1 && q->prob[0] == 0.5 ? cli_said("Median of") : cli_said("Quantiles of");
  cli_say_figures(result, cli_format("%s %s", what, cli_label(p->data, p->outcome)), p, q->probs, table, marks, say_grid, q);
}

/* A table for each outcome: that of several would have the combinations of their values. */
static cli_data **load(const quantiles *q) {
  const cli_options *o = q->options;
  const cli_formula *f = &q->formula;
  const int32_t outcomes = f->outcomes.count;
  const char *path = cli_source_path(o->arguments.item[0]);
  if (cli_is_tally(path) || outcomes == 1) {
    const cli_list names = cli_formula_variables(f);
    cli_data **all = CLI_NEW(cli_data *, outcomes), *data = cli_load(o, path, &names);
    for (int32_t i = 0; i < outcomes; i++) all[i] = data;
    return all;
  }
  cli_wanted *wanted = CLI_NEW(cli_wanted, outcomes);
  for (int32_t i = 0; i < outcomes; i++) {
    for (int32_t g = 0; g < f->groups.count; g++) cli_push(&wanted[i].names, f->groups.item[g]);
    cli_push(&wanted[i].names, f->outcomes.item[i]);
  }
  return cli_load_together(o, path, wanted, outcomes);
}

void cli_quantile(const cli_options *options, cli_result *result) {
  quantiles q = {.options = options, .formula = cli_parse_formula(options->arguments.item[1])};
  const int32_t outcomes = q.formula.outcomes.count;
  cli_list own = {0};
  read_probs(&q);
  cli_data **data = load(&q);
  cli_table **tables = CLI_NEW(cli_table *, outcomes);
  read_rules(&q, data[0]);
  q.places = CLI_NEW(cli_places, outcomes);
  for (int32_t i = 0; i < outcomes; i++) {
    const char *name = q.formula.outcomes.item[i];
    q.places[i] = prepare(&q, data[i], name);
    tables[i] = find_rows(&q, &q.places[i], number_of(data[i], name));
  }
  cli_say_outcomes(result, tables, outcomes, say_outcome, &q, true);
  cli_push(&own, cli_format("rule %s", weeg_words(WEEG_WORDS_RULE)[q.rule]));
  cli_push(&own, cli_format("limits %s", weeg_words(WEEG_WORDS_LIMITS)[q.limits]));
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, q.interval));
  cli_push_protection(&own, options);
  result->data = q.places[0].data;
  result->conventions = cli_conventions_line(result->data, &own, true);
}
