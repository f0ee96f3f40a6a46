/* weeg test: the rows that weeg_test() gives in R. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

/* The tests of WEEG_WORDS_TEST and then those of WEEG_WORDS_ORDER_TEST: rank tests, and the trend; and that of means. */
enum {
  DEFF = WEEG_TEST_RAO_SCOTT_DEFF, EXACT = WEEG_TEST_RAO_SCOTT_EXACT, EFFECTIVE, WILCOXON, MEDIAN = WILCOXON + 3, TREND, MEAN
};

static int method_number(const char *method) {
  const char *const *of_order = weeg_words(WEEG_WORDS_ORDER_TEST);
  const char *methods[MEAN + 2] = {NULL};
  for (int i = 0; i <= EFFECTIVE; i++) methods[i] = weeg_words(WEEG_WORDS_TEST)[i];
  for (int i = WILCOXON; i <= TREND; i++) methods[i] = of_order[i - WILCOXON];
  methods[MEAN] = "mean";
  return cli_one_of(method, methods, "--method");
}

static bool is_mean(const char *method) { return method != NULL && method_number(method) == MEAN; }

/* Of few PSUs, by a working model. The core does the second where it has no law for the first. */
static bool is_by_model(const char *method) { return method_number(method) == EXACT || method_number(method) == EFFECTIVE; }

static bool is_rank(const char *method) {
  const int number = method_number(method);
  return number >= WILCOXON && number <= MEDIAN;
}

const char *cli_test_method(const cli_options *options, const cli_data *data, const cli_formula *formula) {
  weeg_test_method usual = cli_profile_of(data)->test;
  const bool shares = formula->groups.count == 0, given = formula->given.count > 0;
  /* SAS's correction is one of a two-way table */
  if ((shares || given) && usual == WEEG_TEST_RAO_SCOTT_DEFF) usual = WEEG_TEST_RAO_SCOTT_CHISQ;
  if (given && usual == WEEG_TEST_RAO_SCOTT_EXACT) usual = WEEG_TEST_RAO_SCOTT_F;
  const char *method = options->method == NULL ? weeg_words(WEEG_WORDS_TEST)[usual] : options->method;
  const int number = method_number(method);
  if (shares && number > EFFECTIVE) cli_usage("\"%s\" needs a group: 'outcome ~ group'", method);
  if (shares && number == DEFF) cli_usage("\"%s\" is a test of independence: 'outcome ~ group'", method);
  if (shares && given) cli_usage("a test conditional on --given needs a group: 'outcome ~ group'");
  const bool of_rows = is_rank(method) || number == MEAN;
  if (given && (number == DEFF || is_by_model(method) || strcmp(method, "rao-scott-lr") == 0 || of_rows)) {
    cli_usage("\"%s\" has no form conditional on --given; use %s", method,
              of_rows ? cli_said("--method trend for ordered answers") : "rao-scott-f");
  }
  if (number == TREND && formula->groups.count > 1) cli_usage("a trend needs one group: 'outcome ~ group'");
  /* without clusters, and where replicates stand for them, there is no law of few PSUs: this is what is done */
  return is_by_model(method) && !weeg_has_law(&data->design) ? weeg_words(WEEG_WORDS_TEST)[WEEG_TEST_RAO_SCOTT_F] : method;
}

bool cli_null_proportions(const cli_options *options) {
  return options->proportions != NULL && cli_choice(options->proportions, WEEG_WORDS_PROPORTIONS, "--proportions") == 1;
}

/* The methods of tests, each once. */
static const char *methods_done(const cli_table *tests) {
  cli_list methods = {0};
  for (int64_t i = 0; i < tests->rows; i++) {
    const char *method = cli_texts(tests, "method")[i];
    bool has = method == NULL;
    for (int32_t k = 0; k < methods.count; k++) has = has || strcmp(methods.item[k], method) == 0;
    if (!has) cli_push(&methods, method);
  }
  return cli_join(&methods, ", ");
}

bool cli_test_conventions(cli_list *own, const cli_table *tests, bool null_proportions, bool independence) {
  bool at_choice = independence, few = false;
  for (int64_t i = 0; i < tests->rows; i++) {
    const char *method = cli_texts(tests, "method")[i];
    if (method == NULL) continue;
    const int number = method_number(method);
    few = few || is_by_model(method);
    at_choice = at_choice && number != WEEG_TEST_WALD && number != WEEG_TEST_ADJUSTED_WALD && !is_by_model(method);
  }
  const char *where = null_proportions ? cli_said(" (design effects at null p)") : cli_said(" (design effects at observed p)");
  cli_push(own, cli_format("test %s%s", methods_done(tests), at_choice ? where : ""));
  return few;
}

/* ---- --p ---- */

/* The level that p[0 .. length - 1] of --p names. */
static int32_t named_level(const cli_places *p, const char *name, size_t length) {
  cli_list levels = {0};
  for (int32_t k = 0; k < p->levels; k++) {
    if (strlen(p->level_label[k]) == length && strncmp(p->level_label[k], name, length) == 0) return k;
    cli_push(&levels, p->level_label[k]);
  }
  cli_fail("--p has a proportion for \"%.*s\", which is not a level of %s; its levels are %s", (int)length, name, p->outcome,
           cli_listed(&levels, ", "));
}

/* The proportions that --p specifies of the levels, in their order or by name: "no=0.4,yes=0.6". NaN: not named; NULL: equal. */
static const double *specified(const cli_options *options, const cli_places *p) {
  if (options->p == NULL) return NULL;
  const cli_list given = cli_split(options->p);
  const bool by_name = strchr(given.item[0], '=') != NULL;
  double *shares = CLI_NEW(double, p->levels);
  for (int32_t k = 0; k < p->levels; k++) shares[k] = NAN;
  if (p->levels == 0) cli_fail("%s has no answers, whose proportions could be those of --p", p->outcome);
  if (!by_name && given.count != p->levels) {
    cli_fail("--p has %s, but %s has %s: %s; named, as in 'no=0.4,yes=0.6', they can leave out those without observations",
             cli_counted(given.count, "proportion", "proportions"), p->outcome, cli_counted(p->levels, "level", "levels"),
             cli_listed(&(cli_list){p->level_label, p->levels, 0}, ", "));
  }
  for (int32_t i = 0; i < given.count; i++) {
    const char *text = given.item[i], *equals = strrchr(text, '=');
    if ((equals != NULL) != by_name) cli_usage("--p must name all of its proportions, as in 'no=0.4,yes=0.6', or none");
    const int32_t k = by_name ? named_level(p, text, (size_t)(equals - text)) : i;
    if (!isnan(shares[k])) cli_usage("--p has two proportions for \"%s\"", p->level_label[k]);
    shares[k] = cli_number_between(by_name ? equals + 1 : text, DBL_TRUE_MIN, 1,
                                   cli_said("--p must be proportions above 0, as in 0.4,0.6 or 'no=0.4,yes=0.6'"));
  }
  return shares;
}

/* Decimals that show three significant digits, without zeros at the end. */
static int decimals_of(double x) {
  const char *text = cli_format("%.2e", x); /* "1.23e-01" */
  int digits = 3;
  while (digits > 1 && text[digits] == '0') digits--;
  const int decimals = (digits > 1 ? digits - 1 : 0) - atoi(strchr(text, 'e') + 1);
  return decimals > 0 ? decimals : 0;
}

/* "(equal proportions)", or "(shares 0.25; 0.75)". */
static const char *shares_text(const double *shares, int32_t levels) {
  cli_list texts = {0};
  int decimals = 0, count = 0;
  bool equal = true, few = true; /* decimals */
  for (int32_t k = 0; k < levels && shares != NULL; k++) count += !isnan(shares[k]);
  for (int32_t k = 0; k < levels && shares != NULL; k++) {
    if (isnan(shares[k])) continue;
    equal = equal && fabs(shares[k] - 1.0 / count) < 1e-12;
    few = few && shares[k] >= 1e-6;
    if (decimals_of(shares[k]) > decimals) decimals = decimals_of(shares[k]);
  }
  if (equal) return cli_said("(equal proportions)");
  for (int32_t k = 0; k < levels; k++) {
    if (!isnan(shares[k])) cli_push(&texts, few ? cli_format("%.*f", decimals, shares[k]) : cli_format("%.3g", shares[k]));
  }
  return cli_format("(shares %s)", cli_join(&texts, "; "));
}

/* ---- the tests ---- */

static weeg_status find_shares(const cli_places *p, int method, const double *shares, weeg_test *test, weeg_error *err) {
  const weeg_test_choice choice = {.method = (weeg_test_method)method, .shares = shares};
  const weeg_status status = weeg_test_shares(cli_survey(p->data), &p->table, &choice, test, err);
  if (status != WEEG_ERR_ARGUMENT) return status;
  if (err->where < 0 || err->where >= p->levels) cli_usage("--p: %s", err->message);
  if (err->facts.limit > 0) {
    cli_usage("--p: the proportion of \"%s\" is %g, less than %g", p->level_label[err->where], err->facts.value,
              err->facts.limit);
  }
  cli_fail("--p has no proportion for \"%s\", which is among the answers to %s", p->level_label[err->where], p->outcome);
}

static weeg_status find_rank(const cli_places *p, int method, weeg_test *test, weeg_error *err) {
  static const weeg_rank_score scores[] = {WEEG_SCORE_RIDIT, WEEG_SCORE_RIDIT, WEEG_SCORE_NORMAL, WEEG_SCORE_MEDIAN};
  const char *word = weeg_words(WEEG_WORDS_ORDER_TEST)[method - WILCOXON];
  cli_need_order(&p->data->variable[p->group_names.count], cli_format("the test \"%s\"", word));
  const weeg_places places = p->table;
  const weeg_status status = weeg_test_rank(cli_survey(p->data), &places, scores[method - WILCOXON], test, err);
  if (status == WEEG_OK && method == WILCOXON && test->rows > 2) {
    cli_fail("\"wilcoxon\" compares two groups, but there are %d; use --method kruskal-wallis", (int)test->rows);
  }
  return status;
}

static weeg_status find_trend(const cli_places *p, weeg_test *test, weeg_error *err) {
  const weeg_variable *group = &p->data->variable[0], *answer = &p->data->variable[1];
  cli_need_order(group, cli_said("a trend"));
  cli_need_order(answer, cli_said("a trend"));
  const weeg_places places = p->table;
  const weeg_test_choice choice = {WEEG_TEST_WALD, false, cli_level_scores(group), cli_level_scores(answer)};
  return weeg_test_given(cli_survey(p->data), &places, &choice, test, err);
}

static weeg_test find_test(const cli_places *p, const char *method, bool null_proportions, const double *shares) {
  weeg_error err = cli_error();
  weeg_test test = {0};
  const int number = method_number(method);
  weeg_status status = WEEG_OK;
  const weeg_places places = p->table;
  const weeg_test_choice choice = {.method = (weeg_test_method)number, .null_proportions = null_proportions};
  if (p->group_names.count == 0) status = find_shares(p, number, shares, &test, &err);
  else if (is_rank(method)) status = find_rank(p, number, &test, &err);
  else if (number == TREND) status = find_trend(p, &test, &err);
  else if (number == MEAN) status = weeg_test_means(cli_survey(p->data), &p->table, 1, &test, &err);
  else if (p->given.count > 0) status = weeg_test_given(cli_survey(p->data), &places, &choice, &test, &err);
  else status = weeg_test_independence(cli_survey(p->data), &places, &choice, &test, &err);
  cli_check_estimate(status, &err, p->data);
  return test;
}

/* Names of the groups, and of answers for a table of both, for which there is no variance. */
static cli_list names_alone(const cli_places *p, bool ranks) {
  weeg_error err = cli_error();
  cli_list names = {0};
  uint8_t *alone = CLI_NEW(uint8_t, (int64_t)p->groups + p->levels);
  if (ranks) {
    int32_t *place = CLI_NEW(int32_t, p->data->tally->cells);
    for (int32_t c = 0; c < p->data->tally->cells; c++) place[c] = p->level[c] >= 0 ? p->group[c] : -1;
    cli_check(weeg_own_variance(cli_survey(p->data), place, p->groups, alone, &err), &err);
    for (int32_t g = 0; g < p->groups; g++) alone[g] = !alone[g];
  } else {
    const weeg_places places = p->table;
    cli_check(weeg_levels_alone(cli_survey(p->data), &places, alone, &err), &err);
  }
  for (int32_t g = 0; g < p->groups; g++) {
    if (alone[g]) cli_push(&names, p->group_label[g]);
  }
  for (int32_t k = 0; k < p->levels; k++) {
    if (alone[p->groups + k]) cli_push(&names, p->level_label[k]);
  }
  return names;
}

const char *cli_reason_alone(const cli_list *names) {
  cli_list shown = {0};
  if (names->count == 0) return NULL;
  for (int32_t i = 0; i < names->count && i < 3; i++) cli_push(&shown, names->item[i]);
  const char *more = names->count > 3 ? cli_format(" and %s more", cli_count(names->count - 3)) : "";
  return cli_format("%s. Leave out or combine: %s%s", cli_said(weeg_reason_text(WEEG_REASON_NO_VARIANCE)),
                    cli_join(&shown, ", "), more);
}

static const char *test_reason(const cli_places *p, const char *method, weeg_reason reason) {
  if (reason != WEEG_REASON_NO_VARIANCE || p->group_names.count == 0) return NULL;
  const cli_list names = names_alone(p, is_rank(method) || is_mean(method));
  return cli_reason_alone(&names);
}

cli_table *cli_test_row(const cli_places *p, const char *method, const weeg_test *test) {
  const weeg_test t = *test;
  cli_table *table = CLI_NEW(cli_table, 1);
  const char *used = is_by_model(method) ? weeg_words(WEEG_WORDS_TEST)[t.method] : method;
  const bool exact = strcmp(used, "rao-scott-exact") == 0; /* of which Inf is that no F distribution has so small a p-value */
  static const char *const names[] = {"statistic", "num.df", "den.df", "p.value", "chisq", "deff.mean", "cramers.v", "n", "df"};
  const double values[] = {t.statistic, t.df1,       exact || !isinf(t.df2) ? t.df2 : NAN, t.p_value, t.chisq,
                           t.delta_mean, t.cramers_v, (double)t.n,                        (double)t.df};
  *table = (cli_table){.name = "rows", .rows = 1};
  cli_add_texts(table, "outcome")[0] = p->outcome;
  const char *group = p->group_names.count == 0 ? NULL : cli_join(&p->group_names, " + ");
  cli_add_texts(table, "group")[0] = p->given.count == 0 ? group : cli_format("%s | %s", group, cli_join(&p->given, " + "));
  cli_add_texts(table, "method")[0] = used;
  for (int k = 0; k < 9; k++) cli_add_numbers(table, names[k])[0] = values[k];
  cli_add_reasons(table);
  cli_set_reason(table, 0, t.reason, test_reason(p, method, t.reason));
  return table;
}

/* The table of an outcome; of means, that of a measure. */
static cli_places prepare(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *outcome,
                          const char *method) {
  const cli_list number = {&outcome, 1, 1};
  if (!is_mean(method)) return cli_prepare(options, data, formula, outcome);
  return cli_prepare_numbers(options, data, formula, outcome, &number);
}

cli_table *cli_test_table(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *method,
                          bool null_proportions) {
  cli_table *all = NULL;
  for (int32_t i = 0; i < formula->outcomes.count; i++) {
    const cli_places p = prepare(options, data, formula, formula->outcomes.item[i], method);
    const weeg_test test = find_test(&p, method, null_proportions, specified(options, &p));
    cli_table *one = cli_test_row(&p, method, &test);
    if (all == NULL) all = one;
    else cli_append(all, one);
  }
  return all;
}

/* ---- as something to read ---- */

const char *cli_test_title(const char *method) {
  const int number = method_number(method);
  if (number == MEAN) return cli_said(weeg_words(WEEG_TITLES_TEST)[WEEG_TEST_WALD]);
  const char *title = number < WILCOXON ? cli_said(weeg_words(WEEG_TITLES_TEST)[number])
                                        : cli_said(weeg_words(WEEG_TITLES_ORDER_TEST)[number - WILCOXON]);
  const char *dash = cli_utf8() ? NULL : strstr(title, "\u2013");
  return dash == NULL ? title : cli_format("%.*s-%s", (int)(dash - title), title, dash + strlen("\u2013"));
}

/* "F(8.26, 396) = 17.2" */
const char *cli_test_statistic(const cli_table *table, int64_t i) {
  const char *method = cli_texts(table, "method")[i], *statistic = cli_significant(cli_numbers(table, "statistic")[i], 3);
  const double df1 = cli_numbers(table, "num.df")[i], df2 = cli_numbers(table, "den.df")[i];
  if (strcmp(method, "lincom") == 0 || strcmp(method, "saddlepoint") == 0) {
    return cli_format("%s = %s", cli_either("X\u00b2", "X2"), statistic);
  }
  if (isinf(df2)) return cli_format("F(%s, %s) = %s", cli_df(df1), cli_either("\u221e", "Inf"), statistic);
  if (isnan(df2)) return cli_format("%s(%s) = %s", cli_either("\u03c7\u00b2", cli_said("chi-squared")), cli_df(df1), statistic);
  return cli_format("F(%s, %s) = %s", cli_df(df1), cli_df(df2), statistic);
}

static const char *cramer(void) { return cli_either("Cram\u00e9r's V", "Cramer's V"); }

const char *cli_test_words(const cli_table *table, int64_t i) {
  const char *p = cli_p(cli_numbers(table, "p.value")[i]);
  return cli_format("%s %s, p %s%s", cli_test_title(cli_texts(table, "method")[i]), cli_test_statistic(table, i),
                    p[0] == '<' || p[0] == '>' ? "" : "= ", p);
}

const char *cli_test_line(const cli_table *table, int64_t i) {
  const char *n = cli_counted_text(cli_numbers(table, "n")[i], NULL);
  if (isnan(cli_numbers(table, "statistic")[i])) return cli_format("No test: %s; %s", cli_texts(table, "reason")[i], n);
  const double v = cli_numbers(table, "cramers.v")[i];
  return cli_format("%s; %s%s", cli_test_words(table, i),
                    isnan(v) ? "" : cli_format("%s = %s; ", cramer(), cli_number(v, 2)), n);
}

static void say_tests(cli_result *result, const cli_data *data, const cli_table *table) {
  const int32_t rows = (int32_t)table->rows;
  const char **cells[6];
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  const cli_marks marks = cli_mark_reasons(cli_texts(table, "reason"), NULL, rows);
  const char *const *outcome = cli_texts(table, "outcome");
  for (int k = 0; k < 6; k++) cells[k] = CLI_NEW(const char *, rows);
  for (int32_t i = 0; i < rows; i++) {
    cells[0][i] = outcome[i];
    cells[1][i] = isnan(cli_numbers(table, "statistic")[i]) ? "-" : cli_test_statistic(table, i);
    if (marks.reasons.count > 0) cells[1][i] = cli_format("%s %s", cells[1][i], cli_pad_right(marks.mark[i], 1));
    cells[2][i] = cli_p_cell(cli_numbers(table, "p.value")[i]);
    cells[3][i] = cli_number(cli_numbers(table, "cramers.v")[i], 2);
    cells[4][i] = cli_number(cli_numbers(table, "deff.mean")[i], 2);
    cells[5][i] = cli_count(cli_numbers(table, "n")[i]);
  }
  cli_align(cells[2], rows, true);
  const char *const headers[] = {"outcome", cli_test_title(cli_texts(table, "method")[0]), "p", cramer(), "deff", "n"};
  const bool of_means = is_mean(cli_texts(table, "method")[0]); /* which have no effect size, nor mean design effect */
  for (int k = 0; k < 6; k++) {
    if (!of_means || (k != 3 && k != 4)) cli_grid_add(grid, headers[k], cells[k], rows, k == 0);
  }
  if (!of_means) cli_grid_header(grid, 4, cli_said("mean"), "deff");
  cli_say_grid(result, grid);
  cli_say_notes(result, &marks);
  for (int32_t i = 0; i < rows; i++) {
    const char *label = data->variable[cli_find_variable(data, outcome[i], cli_said("the formula"))].label;
    if (label != NULL && strcmp(label, outcome[i]) != 0) {
      cli_say(result, CLI_WORDS, cli_format("%s: %s", outcome[i], label), NULL);
    }
  }
}

static bool is_whole(double x) { return isnan(x) || (isfinite(x) && fabs(x - round(x)) < 1e-8); }

/* --given, of which no variable is in the formula already. */
static void add_given(cli_formula *formula, const char *given) {
  if (given == NULL) return;
  formula->given = cli_parse_terms(given);
  for (int32_t i = 0; i < formula->given.count; i++) {
    const char *name = formula->given.item[i];
    bool twice = false;
    for (int32_t k = 0; k < formula->groups.count; k++) twice = twice || strcmp(name, formula->groups.item[k]) == 0;
    for (int32_t k = 0; k < formula->outcomes.count; k++) twice = twice || strcmp(name, formula->outcomes.item[k]) == 0;
    if (twice) cli_usage("%s is in --given and in the formula at once", name);
  }
}

/* "by g given h" */
static void say_title(cli_result *result, const cli_data *data, const char *what, const cli_formula *formula) {
  cli_list labels = {0};
  cli_say_title(result, data, what, &formula->groups);
  for (int32_t i = 0; i < formula->given.count; i++) cli_push(&labels, cli_label(data, formula->given.item[i]));
  cli_block *title = &result->block[result->blocks - 1];
  if (labels.count > 0) title->by = cli_format("%s given %s", title->by, cli_join(&labels, cli_said(" and ")));
}

void cli_test(const cli_options *options, cli_result *result) {
  cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  add_given(&formula, options->given);
  if (options->p != NULL && formula.groups.count > 0) cli_usage("--p is for goodness of fit, which has no group: '~ outcome'");
  const cli_list names = cli_formula_variables(&formula);
  cli_list own = {0};
  const bool of_means = is_mean(options->method);
  const cli_data *data = cli_load_numbers(options, options->arguments.item[0], &names, of_means ? &formula.outcomes : NULL);
  for (int32_t i = 0; i < formula.given.count; i++) (void)cli_find_variable(data, formula.given.item[i], "--given");
  if (options->method == NULL) cli_say_many_values(data, &formula.outcomes, "row"); /* those of ranks take numbers */
  const char *method = cli_test_method(options, data, &formula);
  const bool null_proportions = cli_null_proportions(options), independence = formula.groups.count > 0 &&
                                                                              method_number(method) <= EFFECTIVE;
  cli_table *table = cli_test_table(options, data, &formula, method, null_proportions);
  const char *question = formula.groups.count == 0 ? cli_said("Goodness of fit")
                         : is_rank(method)
                             ? (strcmp(method, "median") == 0 ? cli_said("Same median") : cli_said("Same distribution"))
                         : of_means     ? cli_said("Same mean")
                         : independence ? cli_said("Independence")
                                        : cli_said("Trend");
  const char *what = formula.outcomes.count == 1 ? cli_label(data, formula.outcomes.item[0])
                                                 : cli_format("%d outcomes", (int)formula.outcomes.count);
  const cli_places first = prepare(options, data, &formula, formula.outcomes.item[0], method);
  say_title(result, data, cli_format("%s: %s", question, what), &formula);
  cli_say_source(result, first.data, NULL); /* df: those that p rests on, in the statistic */
  cli_say(result, CLI_SPACE, NULL, NULL);
  if (table->rows == 1) cli_say(result, CLI_PIECES, cli_test_line(table, 0), NULL);
  else say_tests(result, data, table);
  cli_say(result, CLI_SPACE, NULL, NULL);
  if (formula.groups.count == 0) {
    cli_push(&own, cli_format("test %s %s", methods_done(table), shares_text(specified(options, &first), first.levels)));
  } else {
    cli_test_conventions(&own, table, null_proportions, independence && formula.given.count == 0);
  }
  result->data = first.data;
  result->table = table;
  bool few = is_by_model(method) || (strcmp(method, "trend") == 0 && formula.given.count == 0);
  for (int64_t i = 0; i < table->rows && of_means; i++) few = few || !is_whole(cli_numbers(table, "den.df")[i]);
  result->conventions = cli_conventions_line(first.data, &own, few);
}
