/*
 * weeg loglinear: the rows that weeg_loglinear() gives in R, and the test of lack of fit; weeg loglinear-tests: those of anova(),
 * of one model's interactions or of two models.
 */
#include <math.h>
#include <string.h>

#include "results.h"

/* ---- the model ---- */

static bool term_has(const weeg_terms *terms, int32_t term, int32_t variable) {
  for (int32_t i = terms->start[term]; i < terms->start[term + 1]; i++) {
    if (terms->variable[i] == variable) return true;
  }
  return false;
}

/* Whether term b has all variables of term a, but for one of them (-1: for none). */
static bool is_within(const weeg_terms *a, int32_t k, const weeg_terms *b, int32_t term, int32_t without) {
  for (int32_t i = a->start[k]; i < a->start[k + 1]; i++) {
    if (a->variable[i] != without && !term_has(b, term, a->variable[i])) return false;
  }
  return true;
}

static int32_t size_of(const weeg_terms *terms, int32_t term) { return terms->start[term + 1] - terms->start[term]; }

/* The same term among others, whatever the order of its variables; -1: it is not there. */
static int32_t find_term(const weeg_terms *a, int32_t k, const weeg_terms *among) {
  for (int32_t t = 0; t < among->terms; t++) {
    if (size_of(among, t) == size_of(a, k) && is_within(a, k, among, t, -1)) return t;
  }
  return -1;
}

/* Ends the program where an interaction is there without those of fewer of its variables. */
static void need_hierarchy(const cli_terms *terms) {
  const weeg_terms *of = &terms->of;
  for (int32_t t = 0; t < of->terms; t++) {
    for (int32_t i = of->start[t]; i < of->start[t + 1] && size_of(of, t) > 2; i++) {
      bool found = false;
      cli_list absent = {0};
      for (int32_t k = 0; k < of->terms && !found; k++) {
        found = size_of(of, k) == size_of(of, t) - 1 && is_within(of, t, of, k, of->variable[i]);
      }
      for (int32_t k = of->start[t]; k < of->start[t + 1]; k++) {
        if (k != i) cli_push(&absent, terms->variables.item[of->variable[k]]);
      }
      if (found) continue;
      cli_usage("%s is in the model, but not %s; a * b * c stands for all effects of a, b and c", terms->name[t],
                cli_join(&absent, ":"));
    }
  }
}

static cli_terms parse_loglinear(const char *text) {
  const char *at = text + strspn(text, " \t");
  if (*at != '~' || strchr(at + 1, '~') != NULL) {
    cli_usage("a log-linear model has variables on the right only: '~ a * b + c', not \"%s\"", text);
  }
  const cli_terms terms = cli_parse_model_terms(at + 1, text);
  need_hierarchy(&terms);
  return terms;
}

/* The variables by name: two models of one table have the same tally, and it is R's. */
static cli_list sorted_names(const cli_terms *terms) {
  cli_list sorted = {0};
  for (int32_t i = 0; i < terms->variables.count; i++) {
    cli_push(&sorted, terms->variables.item[i]);
    for (int32_t k = i; k > 0 && strcmp(sorted.item[k - 1], sorted.item[k]) > 0; k--) {
      const char *before = sorted.item[k - 1];
      sorted.item[k - 1] = sorted.item[k];
      sorted.item[k] = before;
    }
  }
  return sorted;
}

static const cli_data *load_table(const cli_options *options, const cli_terms *terms) {
  const cli_list names = sorted_names(terms);
  return cli_treat_missing(cli_load(options, options->arguments.item[0], &names), &names, options->missing);
}

/* Terms by the numbers of their variables in the data. */
static weeg_terms terms_at(const cli_terms *terms, const cli_data *data) {
  const weeg_terms *of = &terms->of;
  int32_t *variable = CLI_NEW(int32_t, of->start[of->terms]);
  for (int32_t i = 0; i < of->start[of->terms]; i++) {
    variable[i] = cli_find_variable(data, terms->variables.item[of->variable[i]], cli_said("the formula"));
  }
  return (weeg_terms){of->terms, of->start, variable};
}

static const char *term_text(const weeg_terms *terms, int32_t term, const cli_data *data, const char *between) {
  cli_list names = {0};
  for (int32_t i = terms->start[term]; i < terms->start[term + 1]; i++) cli_push(&names, data->variable[terms->variable[i]].name);
  return cli_join(&names, between);
}

static bool is_largest(const weeg_terms *terms, int32_t term) {
  for (int32_t t = 0; t < terms->terms; t++) {
    if (t != term && is_within(terms, term, terms, t, -1)) return false;
  }
  return true;
}

/* "a * b + c" */
static const char *model_text(const weeg_terms *terms, const cli_data *data) {
  cli_list largest = {0};
  for (int32_t t = 0; t < terms->terms; t++) {
    if (is_largest(terms, t)) cli_push(&largest, term_text(terms, t, data, " * "));
  }
  return cli_join(&largest, " + ");
}

static void release(void *model) { weeg_table_model_free((weeg_table_model *)model); }

static const weeg_table_model *fit_model(const cli_data *data, const weeg_terms *terms, double level) {
  weeg_error err = cli_error();
  weeg_table_model *made = NULL;
  const weeg_frame frame = cli_frame(data);
  cli_check_model(weeg_frame_loglinear(&frame, terms, level, &made, &err), &err, data, cli_said("in the model"));
  cli_keep(made, release);
  return made;
}

/* ---- tests ---- */

/* The methods of a test that is not one of two variables. */
static weeg_test_method find_method(const cli_options *options, const cli_data *data) {
  static const weeg_test_method known[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_RAO_SCOTT_CHISQ, WEEG_TEST_RAO_SCOTT_LR,
                                           WEEG_TEST_SADDLEPOINT, WEEG_TEST_LINCOM, WEEG_TEST_WALD, WEEG_TEST_ADJUSTED_WALD};
  enum { KNOWN = sizeof known / sizeof *known, USUAL = KNOWN - 2 }; /* Wald tests of the conventions are of two-way tables */
  const char *words[KNOWN + 1] = {NULL};
  const weeg_test_method usual = cli_profile_of(data)->test;
  for (int k = 0; k < KNOWN; k++) words[k] = weeg_words(WEEG_WORDS_TEST)[known[k]];
  if (options->method != NULL) return known[cli_one_of(options->method, words, "--method")];
  if (usual == WEEG_TEST_RAO_SCOTT_DEFF) return WEEG_TEST_RAO_SCOTT_CHISQ;
  for (int k = 0; k < USUAL; k++) {
    if (known[k] == usual) return usual;
  }
  return WEEG_TEST_RAO_SCOTT_F;
}

/* "ronde ronde 1": levels for which the table has no variance; the words of the core with these behind them, or NULL. */
static const char *alone_reason(const cli_data *data, const weeg_table_model *m) {
  cli_list names = {0};
  for (int32_t v = 0; v < data->variables; v++) {
    for (int32_t k = m->start[v]; k < m->start[v + 1]; k++) {
      if (m->alone[k]) cli_push(&names, cli_format("%s %s", data->variable[v].name, data->variable[v].levels.text[m->level[k]]));
    }
  }
  return cli_reason_alone(&names);
}

/* A test of the first `base` terms: its row, behind those before. */
typedef struct nested {
  const cli_data *data;
  const weeg_table_model *model; /* of the table */
  weeg_test_method method;
  cli_table *rows;
} nested;

static void add_test(nested *to, const weeg_terms *terms, int32_t base, const char *model, const char *against) {
  enum { COLUMNS = 9 };
  static const char *const names[COLUMNS] = {"statistic", "num.df",    "den.df", "p.value", "chisq",
                                             "deviance",  "deff.mean", "n",      "df"};
  weeg_error err = cli_error();
  weeg_nested_test found;
  const weeg_frame frame = cli_frame(to->data);
  const weeg_loglinear_choice choice = {base, to->method};
  cli_check_model(weeg_frame_loglinear_test(&frame, terms, &choice, &found, &err), &err, to->data, cli_said("in the model"));
  const weeg_test *t = &found.test;
  const double values[COLUMNS] = {t->statistic,   t->df1,        isinf(t->df2) ? NAN : t->df2, t->p_value, t->chisq,
                                  found.deviance, t->delta_mean, (double)t->n,                 (double)t->df};
  cli_table *row = CLI_NEW(cli_table, 1);
  *row = (cli_table){.name = "rows", .rows = 1};
  cli_add_texts(row, "model")[0] = model;
  cli_add_texts(row, "against")[0] = against;
  cli_add_texts(row, "method")[0] = weeg_words(WEEG_WORDS_TEST)[to->method];
  for (int k = 0; k < COLUMNS; k++) cli_add_numbers(row, names[k])[0] = values[k];
  cli_add_reasons(row);
  cli_set_reason(row, 0, t->reason, t->reason == WEEG_REASON_NO_VARIANCE ? alone_reason(to->data, to->model) : NULL);
  if (to->rows == NULL) to->rows = row;
  else cli_append(to->rows, row);
}

static void add_lack_of_fit(nested *to, const weeg_terms *terms) {
  cli_list all = {0};
  for (int32_t t = 0; t < terms->terms; t++) {
    if (size_of(terms, t) == 1) cli_push(&all, term_text(terms, t, to->data, ""));
  }
  add_test(to, terms, terms->terms, model_text(terms, to->data), cli_join(&all, " * "));
}

/* The terms for which use[] says so. */
static weeg_terms some_terms(const weeg_terms *terms, const bool *use) {
  int32_t *start = CLI_NEW(int32_t, (int64_t)terms->terms + 1), *variable = CLI_NEW(int32_t, terms->start[terms->terms]);
  weeg_terms some = {0, start, variable};
  for (int32_t t = 0; t < terms->terms; t++) {
    if (!use[t]) continue;
    memcpy(variable + start[some.terms], terms->variable + terms->start[t], (size_t)size_of(terms, t) * sizeof *variable);
    start[some.terms + 1] = start[some.terms] + size_of(terms, t);
    some.terms++;
  }
  return some;
}

/* The smaller model against the larger one, which has all of its terms. */
static void add_nested(nested *to, const weeg_terms *smaller, const weeg_terms *larger) {
  const int32_t size = smaller->start[smaller->terms] + larger->start[larger->terms];
  int32_t *start = CLI_NEW(int32_t, (int64_t)smaller->terms + larger->terms + 1), *variable = CLI_NEW(int32_t, size);
  weeg_terms both = {smaller->terms, start, variable};
  memcpy(start, smaller->start, ((size_t)smaller->terms + 1) * sizeof *start);
  memcpy(variable, smaller->variable, (size_t)start[smaller->terms] * sizeof *variable);
  for (int32_t t = 0; t < larger->terms; t++) {
    if (find_term(larger, t, smaller) >= 0) continue;
    memcpy(variable + start[both.terms], larger->variable + larger->start[t], (size_t)size_of(larger, t) * sizeof *variable);
    start[both.terms + 1] = start[both.terms] + size_of(larger, t);
    both.terms++;
  }
  add_test(to, &both, smaller->terms, model_text(smaller, to->data), model_text(larger, to->data));
}

/* Without each interaction that may be left out, and lack of fit, if there can be any. */
static void add_all(nested *to, const weeg_terms *terms) {
  for (int32_t t = 0; t < terms->terms; t++) {
    bool *use = CLI_NEW(bool, terms->terms);
    if (size_of(terms, t) == 1 || !is_largest(terms, t)) continue;
    for (int32_t k = 0; k < terms->terms; k++) use[k] = k != t;
    const weeg_terms smaller = some_terms(terms, use);
    add_nested(to, &smaller, terms);
  }
  if (to->rows == NULL || to->model->parameters < to->model->places - 1) add_lack_of_fit(to, terms);
}

static void add_two(nested *to, const weeg_terms *a, const weeg_terms *b) {
  int32_t common = 0;
  if (a->terms > b->terms) {
    add_two(to, b, a);
    return;
  }
  for (int32_t t = 0; t < a->terms; t++) common += find_term(a, t, b) >= 0;
  const char *text = model_text(a, to->data);
  if (common < a->terms) cli_usage("neither model contains the other: %s, and %s", text, model_text(b, to->data));
  if (a->terms == b->terms) cli_usage("the models are the same: %s", text);
  add_nested(to, a, b);
}

/* ---- as something to read ---- */

static const char *test_text(const cli_table *tests, int64_t i) {
  const char *method = cli_texts(tests, "method")[i];
  const double chisq = cli_numbers(tests, "chisq")[i], statistic = cli_numbers(tests, "statistic")[i];
  const char *x2 = cli_format("%s = %s", cli_either("X\u00b2", "X2"), cli_significant(chisq, 3));
  const char *g2 = cli_format("%s = %s", cli_either("G\u00b2", "G2"), cli_significant(cli_numbers(tests, "deviance")[i], 3));
  const char *both = cli_format("%s; %s", x2, g2);
  if (isnan(statistic)) {
    return cli_format("no test: %s%s", cli_texts(tests, "reason")[i], isnan(chisq) ? "" : cli_format("; %s", both));
  }
  const bool mixture = strcmp(method, "lincom") == 0 || strcmp(method, "saddlepoint") == 0; /* the statistic is X2 itself */
  return cli_format("%s; %s", cli_test_words(tests, i), mixture ? g2 : both);
}

static bool is_saturated(const cli_table *tests, int64_t i) {
  return strcmp(cli_texts(tests, "model")[i], cli_texts(tests, "against")[i]) == 0;
}

static const char *fit_text(const cli_table *tests, int64_t i) {
  if (is_saturated(tests, i)) return cli_said("Saturated: it fits every table.");
  return cli_format("Lack of fit: %s", test_text(tests, i));
}

static const char *table_text(const cli_terms *terms, const cli_data *data) {
  cli_list labels = {0};
  for (int32_t i = 0; i < terms->variables.count; i++) cli_push(&labels, cli_label(data, terms->variables.item[i]));
  return cli_join(&labels, cli_said(" and "));
}

static void say_head(cli_result *result, const cli_data *data, const char *title, const weeg_table_model *m) {
  const double df = (double)m->fit.df;
  cli_say(result, CLI_TITLE, title, NULL);
  cli_say_source(result, data, cli_counted_text((double)m->fit.n, cli_df_text(&df, NULL, 1)));
}

static cli_table *effect_rows(const weeg_table_model *m, const cli_terms *terms) {
  enum { COLUMNS = 7 };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "df"};
  cli_table *table = CLI_NEW(cli_table, 1);
  double *column[COLUMNS];
  *table = (cli_table){.name = "rows", .rows = m->effects};
  const char **term = cli_add_texts(table, "term"), **level = cli_add_texts(table, "level");
  for (int k = 0; k < COLUMNS; k++) column[k] = cli_add_numbers(table, names[k]);
  cli_add_reasons(table);
  for (int64_t i = 0; i < table->rows; i++) {
    const weeg_contrast *v = &m->effect[i].value;
    const double values[COLUMNS] = {v->estimate, v->std_error, v->statistic, v->p_value, v->low, v->high, (double)m->fit.df};
    term[i] = terms->name[m->effect[i].term];
    level[i] = m->effect[i].level;
    for (int k = 0; k < COLUMNS; k++) column[k][i] = values[k];
    cli_set_reason(table, i, v->reason, NULL);
  }
  return table;
}

static void say_effects(const cli_options *options, cli_result *result, const weeg_table_model *m, const cli_terms *terms) {
  const cli_table *table = result->table;
  cli_nest nest = cli_new_nest(2 * table->rows);
  bool *use = CLI_NEW(bool, table->rows);
  cli_list empty = {0};
  int32_t before = -1;
  for (int32_t i = 0; i < table->rows; i++) {
    const weeg_table_effect *e = &m->effect[i];
    use[i] = e->value.reason != WEEG_REASON_EMPTY;
    if (!use[i]) cli_push(&empty, cli_format("%s %s", terms->name[e->term], e->level));
    if (use[i] && e->term != before) cli_nest_add(&nest, -1, terms->name[e->term]);
    if (use[i]) cli_nest_add(&nest, i, cli_format("  %s", e->level));
    before = e->term;
  }
  const cli_marks marks = cli_mark_reasons(cli_texts(table, "reason"), use, table->rows);
  cli_grid *grid = cli_nest_grid(&nest, cli_said("term"), cli_said("  level"));
  cli_nest_column(grid, &nest, NULL, cli_said("effect"),
                  cli_nest_shown(&nest, cli_numbers(table, "estimate"), cli_three_decimals));
  cli_nest_interval(grid, &nest,
                    &(cli_limits){cli_numbers(table, "conf.low"), cli_numbers(table, "conf.high"), cli_three_decimals,
                                  options->level, true},
                    &marks);
  cli_nest_column(grid, &nest, NULL, "SE", cli_nest_shown(&nest, cli_numbers(table, "std.error"), cli_three_decimals));
  cli_nest_column(grid, &nest, NULL, "t", cli_nest_shown(&nest, cli_numbers(table, "statistic"), cli_two_decimals));
  cli_nest_p(grid, &nest, cli_numbers(table, "p.value"));
  cli_say_grid(result, grid);
  cli_say_notes(result, &marks);
  cli_say_empty(result, &empty);
}

void cli_loglinear(const cli_options *options, cli_result *result) {
  const cli_terms terms = parse_loglinear(options->arguments.item[1]);
  const cli_data *data = load_table(options, &terms);
  const weeg_terms of = terms_at(&terms, data);
  const weeg_table_model *m = fit_model(data, &of, options->level);
  nested fit = {data, m, find_method(options, data), NULL};
  cli_list own = {0};
  add_lack_of_fit(&fit, &of);
  result->data = data;
  result->table = effect_rows(m, &terms);
  result->second = fit.rows;
  result->second->name = "test";
  say_head(result, data, cli_format("Log-linear model: %s", table_text(&terms, data)), m);
  cli_say(result, CLI_WORDS, cli_format("Model: %s", model_text(&of, data)), NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  say_effects(options, result, m, &terms);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say(result, CLI_PIECES, fit_text(fit.rows, 0), NULL);
  cli_push(&own, cli_said("model log-linear, effects sum to 0"));
  cli_push(&own, cli_format("interval %.7g%% t", 100 * options->level));
  cli_push(&own, cli_format("test %s", weeg_words(WEEG_WORDS_TEST)[fit.method]));
  result->conventions = cli_conventions_line(data, &own, false);
}

/* ---- weeg loglinear-tests ---- */

/* Ends the program where the second model has not the variables of the first one. */
static void need_same_table(const cli_terms *a, const cli_terms *b) {
  const cli_list x = sorted_names(a), y = sorted_names(b);
  bool same = x.count == y.count;
  for (int32_t i = 0; i < x.count && same; i++) same = strcmp(x.item[i], y.item[i]) == 0;
  if (same) return;
  cli_usage("the models are of different tables, of %s and of %s; a variable that is in one model must be in the other",
            cli_join(&a->variables, ", "), cli_join(&b->variables, ", "));
}

void cli_loglinear_tests(const cli_options *options, cli_result *result) {
  const bool two = options->arguments.count > 2;
  const cli_terms terms = parse_loglinear(options->arguments.item[1]);
  const cli_terms other = two ? parse_loglinear(options->arguments.item[2]) : terms;
  cli_list own = {0};
  need_same_table(&terms, &other);
  const cli_data *data = load_table(options, &terms);
  const weeg_terms of = terms_at(&terms, data), of_other = terms_at(&other, data);
  nested tests = {data, fit_model(data, &of, 0.95), find_method(options, data), NULL};
  if (two) add_two(&tests, &of, &of_other);
  else add_all(&tests, &of);
  result->data = data;
  result->table = tests.rows;
  say_head(result, data, cli_format("Log-linear models: %s", table_text(&terms, data)), tests.model);
  cli_say(result, CLI_SPACE, NULL, NULL);
  for (int64_t i = 0; i < tests.rows->rows; i++) {
    const char *model = cli_texts(tests.rows, "model")[i], *against = cli_texts(tests.rows, "against")[i];
    const bool same = is_saturated(tests.rows, i);
    cli_say(result, CLI_WORDS, same ? model : cli_format("%s against %s", model, against), NULL);
    cli_say(result, CLI_PIECES, cli_format("  %s", same ? fit_text(tests.rows, i) : test_text(tests.rows, i)), NULL);
  }
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_push(&own, cli_format("test %s", weeg_words(WEEG_WORDS_TEST)[tests.method]));
  result->conventions = cli_conventions_line(data, &own, false);
}
