/* weeg logistic: the rows that weeg_logistic() gives in R, and the test of each term. */
#include <math.h>

#include "results.h"

/* ---- the model ---- */

static const char *one_of_levels(const cli_data *data, const weeg_error *err) {
  const weeg_variable *v = &data->variable[err->where];
  return cli_format("\"%s\"", v->levels.text[err->facts.number]);
}

static void check_data(const weeg_error *err, const cli_data *data, const char *role) {
  const char *name = err->where >= 0 && err->where < data->variables ? data->variable[err->where].name : "";
  const bool outcome = err->where == data->variables - 1 && role == NULL;
  const cli_list names = cli_variable_names(data);
  switch (err->facts.fault) {
  case WEEG_FAULT_NO_ROWS: cli_fail("no rows have a value of all of %s", cli_join(&names, ", "));
  case WEEG_FAULT_ONE_LEVEL:
    if (outcome) cli_fail("%s has one level with data, %s: there is nothing to model", name, one_of_levels(data, err));
    cli_fail("%s has one level with data, %s: it cannot be %s; leave it out of the formula", name, one_of_levels(data, err),
             role == NULL ? cli_said("a covariate") : role);
  case WEEG_FAULT_MANY_VALUES:
    cli_fail("%s is a number with %.0f values, but covariates are categories; make classes of it first", name, err->facts.value);
  case WEEG_FAULT_UNORDERED:
    cli_fail("%s has %.0f levels without an order; choose which are modelled against the others, --answers %s, or give their "
             "order for proportional odds: --levels",
             name, err->facts.value, one_of_levels(data, err));
  case WEEG_FAULT_ONE_SIDE: cli_fail("--answers leaves one side of %s without data", name);
  default: break;
  }
}

void cli_check_model(weeg_status status, const weeg_error *err, const cli_data *data, const char *role) {
  const char *hint = cli_said("combine levels, leave the term out, or take rows with both answers: --domain");
  if (status == WEEG_OK) return;
  check_data(err, data, role);
  switch (err->facts.fault) {
  case WEEG_FAULT_MANY_CELLS:
  case WEEG_FAULT_MANY_COLUMNS:
    cli_fail("the model has %s; combine levels, or use fewer variables", err->message);
  case WEEG_FAULT_SAME_ANSWER:
    cli_fail("the model has no finite estimates: all %s with %s %s have the same answer; %s",
             cli_counted(err->facts.value, "row", "rows"), data->variable[err->where].name, one_of_levels(data, err), hint);
  case WEEG_FAULT_SEPARATED: cli_fail("%s; %s", err->message, hint);
  default: cli_check_estimate(status, err, data);
  }
}

static void release(void *regression) { weeg_regression_free((weeg_regression *)regression); }

static const weeg_regression *fit_model(const cli_options *options, const cli_data *data, const cli_terms *terms) {
  weeg_error err = cli_error();
  weeg_regression *made = NULL;
  const weeg_frame frame = cli_frame(data);
  const weeg_variable *outcome = &data->variable[data->variables - 1];
  const int32_t levels = outcome->levels.count;
  uint8_t *modelled = options->answers.count == 0 ? NULL : CLI_NEW(uint8_t, levels);
  const bool *chosen = cli_chosen_levels(&options->answers, outcome->name, (const char *const *)outcome->levels.text, levels);
  for (int32_t k = 0; k < levels && modelled != NULL; k++) modelled[k] = chosen[k];
  cli_check_model(weeg_frame_logistic(&frame, &terms->of, modelled, options->level, &made, &err), &err, data, NULL);
  cli_keep(made, release);
  return made;
}

static bool is_term(const weeg_regression *r, int64_t row) { return r->coefficient[row].term >= 0; }

static cli_table *model_rows(const weeg_regression *r, const cli_terms *terms) {
  enum { COLUMNS = 8 };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "statistic",  "p.value",
                                             "conf.low", "conf.high", "odds.ratio", "df"};
  cli_table *table = CLI_NEW(cli_table, 1);
  double *column[COLUMNS];
  *table = (cli_table){.name = "rows", .rows = r->coefficients};
  const char **term = cli_add_texts(table, "term"), **level = cli_add_texts(table, "level");
  for (int k = 0; k < COLUMNS; k++) column[k] = cli_add_numbers(table, names[k]);
  cli_add_reasons(table);
  for (int64_t i = 0; i < table->rows; i++) {
    const weeg_coefficient *c = &r->coefficient[i];
    const weeg_contrast *v = &c->value;
    const double values[COLUMNS] = {v->estimate, v->std_error, v->statistic,  v->p_value,
                                    v->low,      v->high,      c->odds_ratio, v->df_used};
    term[i] = is_term(r, i) ? terms->name[c->term] : r->ordinal ? "(Threshold)" : "(Intercept)";
    level[i] = c->level;
    for (int k = 0; k < COLUMNS; k++) column[k][i] = values[k];
    cli_set_reason(table, i, v->reason, NULL);
  }
  return table;
}

static cli_table *term_tests(const weeg_regression *r, const cli_terms *terms) {
  static const char *const names[] = {"statistic", "num.df", "den.df", "p.value"};
  cli_table *table = CLI_NEW(cli_table, 1);
  double *column[4];
  *table = (cli_table){.name = "tests", .rows = r->terms};
  const char **term = cli_add_texts(table, "term");
  for (int k = 0; k < 4; k++) column[k] = cli_add_numbers(table, names[k]);
  cli_add_reasons(table);
  for (int32_t t = 0; t < r->terms; t++) {
    const weeg_term_test *test = &r->test[t];
    const double values[] = {test->wald.f, test->count, test->df2, test->wald.p_value};
    term[t] = terms->name[t];
    for (int k = 0; k < 4; k++) column[k][t] = values[k];
    cli_set_reason(table, t, test->wald.reason, NULL);
  }
  return table;
}

/* ---- as something to read ---- */

/* "ronde (against ronde 1)" */
static const char *heading_of(const cli_data *data, const weeg_regression *r, const cli_terms *terms, int32_t term) {
  const int32_t first = terms->of.start[term], v = terms->of.variable[first];
  if (terms->of.start[term + 1] - first > 1) return terms->name[term];
  return cli_format("%s (against %s)", terms->name[term], data->variable[v].levels.text[r->reference[v]]);
}

static const char *interval_end(double x) { return isnan(x) ? "-" : cli_ratio(exp(x)); }

static cli_grid *make_grid(const cli_options *options, const cli_data *data, const weeg_regression *r, const cli_terms *terms,
                           const cli_table *table, const cli_marks *marks) {
  const double *low = cli_numbers(table, "conf.low"), *high = cli_numbers(table, "conf.high");
  double *shown_low = CLI_NEW(double, table->rows), *shown_high = CLI_NEW(double, table->rows);
  cli_nest nest = cli_new_nest(2 * table->rows);
  int32_t before = -1;
  for (int32_t i = 0; i < table->rows; i++) {
    const int32_t term = r->coefficient[i].term;
    const char *level = r->coefficient[i].level;
    shown_low[i] = term < 0 ? NAN : low[i];
    shown_high[i] = term < 0 ? NAN : high[i];
    if (r->coefficient[i].value.reason == WEEG_REASON_EMPTY) continue;
    if (term != before) cli_nest_add(&nest, -1, heading_of(data, r, terms, term));
    cli_nest_add(&nest, i, term < 0 ? level == NULL ? cli_said("(Intercept)") : level : cli_format("  %s", level));
    before = term;
  }
  cli_grid *grid = cli_nest_grid(&nest, NULL, "");
  const char **odds = cli_nest_shown(&nest, cli_numbers(table, "odds.ratio"), cli_ratio);
  for (int32_t i = 0, k = 0; i < nest.count; i++) {
    if (nest.row[i] >= 0 && !is_term(r, nest.row[i])) odds[k] = "";
    k += nest.row[i] >= 0;
  }
  cli_nest_column(grid, &nest, "odds", "ratio", odds);
  cli_nest_interval(grid, &nest, &(cli_limits){shown_low, shown_high, interval_end, options->level}, marks);
  cli_nest_column(grid, &nest, "log", "odds", cli_nest_shown(&nest, cli_numbers(table, "estimate"), cli_three_decimals));
  cli_nest_column(grid, &nest, NULL, "SE", cli_nest_shown(&nest, cli_numbers(table, "std.error"), cli_three_decimals));
  cli_nest_column(grid, &nest, NULL, "t", cli_nest_shown(&nest, cli_numbers(table, "statistic"), cli_two_decimals));
  cli_nest_p(grid, &nest, cli_numbers(table, "p.value"));
  return grid;
}

/* Which answers the odds are of. */
static const char *modelled_text(const cli_options *options, const cli_data *data, const weeg_regression *r) {
  const weeg_variable *outcome = &data->variable[data->variables - 1];
  cli_list levels = {0};
  for (int32_t k = 0; k < r->levels && r->answer != NULL; k++) cli_push(&levels, outcome->levels.text[r->answer[k]]);
  if (r->ordinal) return cli_format("Proportional odds of higher answers: %s", cli_join(&levels, " < "));
  return cli_format("Odds of the answer %s",
                    r->answer == NULL ? cli_join(&options->answers, cli_said(" or ")) : outcome->levels.text[r->answer[1]]);
}

static const char *test_line(const cli_table *tests, int32_t t) {
  const char *term = cli_texts(tests, "term")[t];
  const double statistic = cli_numbers(tests, "statistic")[t];
  if (isnan(statistic)) return cli_format("%s: no test: %s", term, cli_texts(tests, "reason")[t]);
  const char *p = cli_p(cli_numbers(tests, "p.value")[t]);
  return cli_format("%s: F(%s, %s) = %s, p %s%s", term, cli_df(cli_numbers(tests, "num.df")[t]),
                    cli_df(cli_numbers(tests, "den.df")[t]), cli_significant(statistic, 3),
                    p[0] == '<' || p[0] == '>' ? "" : "= ", p);
}

static void say_model(const cli_options *options, cli_result *result, const cli_data *data, const weeg_regression *r,
                      const cli_terms *terms) {
  const cli_table *table = result->table;
  bool *use = CLI_NEW(bool, table->rows);
  cli_list empty = {0};
  for (int32_t i = 0; i < table->rows; i++) {
    use[i] = r->coefficient[i].value.reason != WEEG_REASON_EMPTY;
    if (!use[i]) cli_push(&empty, cli_format("%s %s", cli_texts(table, "term")[i], cli_texts(table, "level")[i]));
  }
  const cli_marks marks = cli_mark_reasons(cli_texts(table, "reason"), use, table->rows);
  cli_say_title(result, data, cli_format("Logistic regression: %s", cli_label(data, data->variable[data->variables - 1].name)),
                &terms->variables);
  bool effective = false;
  const char *df = cli_df_range(cli_numbers(table, "df"), use, table->rows, &effective); /* those of the design are less slopes */
  cli_say_source(result, data,
                 cli_format(effective ? "n = %s; effective df %s" : "n = %s; df %s", cli_count((double)r->fit.n), df));
  cli_say(result, CLI_WORDS, modelled_text(options, data, r), NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say_grid(result, make_grid(options, data, r, terms, table, &marks));
  cli_say_notes(result, &marks);
  cli_say_empty(result, &empty);
  cli_say(result, CLI_SPACE, NULL, NULL);
  for (int32_t t = 0; t < r->terms; t++) cli_say(result, CLI_PIECES, test_line(result->second, t), NULL);
}

void cli_logistic(const cli_options *options, cli_result *result) {
  const char *outcome = NULL;
  const cli_terms terms = cli_parse_model(options->arguments.item[1], &outcome);
  cli_list names = {0}, outcomes = {0}, own = {0};
  for (int32_t i = 0; i < terms.variables.count; i++) cli_push(&names, terms.variables.item[i]);
  cli_push(&names, outcome);
  cli_push(&outcomes, outcome);
  const cli_data *loaded = cli_load(options, options->arguments.item[0], &names);
  cli_say_many_values(loaded, &outcomes, "row");
  const cli_data *data = cli_treat_missing(loaded, &names, options->missing);
  const weeg_regression *r = fit_model(options, data, &terms);
  result->data = data;
  result->table = model_rows(r, &terms);
  result->second = term_tests(r, &terms);
  say_model(options, result, data, r, &terms);
  cli_push(&own, r->ordinal ? cli_said("model proportional odds") : cli_said("model logistic"));
  cli_push(&own, cli_format("interval %.7g%% t", 100 * options->level));
  result->conventions = cli_model_conventions(data, &own, cli_effective_df(result->table));
}
