/* weeg compare: the rows that weeg_compare() gives in R. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands/contrasts.h"
#include "numbers.h"

enum { MEASURES = 4, MEAN_MEASURES = 2 };

typedef struct comparison {
  const cli_options *options;
  const cli_places *p;
  int32_t number;                   /* from 1: the measure of the tally whose means are compared; 0: proportions are */
  weeg_measure measure[MEASURES];
  int measures;
  int32_t *first, *second, pairs;   /* groups */
  bool *answer;                     /* [levels] whether it is asked for */
  weeg_places places;
  weeg_sets sets;                   /* each group is a set; behind them what --against compares them with */
  const char **name;                /* [sets] */
  double *figure, figure_n;         /* [levels] in place of second sets, and what they are based on; NULL: none */
  int64_t *n;                       /* [sets] */
  int64_t *told;                    /* [groups] 0: that they have no rows is told, by leaving them out */
  double *estimate;                 /* [sets * levels] */
  const weeg_adjusted *adjusted;    /* by --adjust-for; NULL: they are not */
  weeg_contrast *contrast;          /* [measures * pairs * levels], levels fastest */
  const cli_contrasts *named;       /* in place of pairs, of which there are as many; NULL: none */
  int64_t counted[MEASURES];        /* hypotheses that the p-values are adjusted for */
  const cli_hidden *hidden;         /* NULL: everything is shown */
} comparison;

/* ---- what to compare ---- */

/* Whether one of --measures is of means. */
static bool is_of_means(const cli_options *options) {
  const char *const *words = weeg_words(WEEG_WORDS_MEAN_MEASURE);
  bool found = false;
  for (int32_t i = 0; i < options->measures.count; i++) {
    for (int k = 0; words[k] != NULL; k++) found = found || strcmp(options->measures.item[i], words[k]) == 0;
  }
  return found;
}

static const char *measure_word(const comparison *c, weeg_measure measure) {
  if (c->number == 0) return weeg_words(WEEG_WORDS_MEASURE)[measure];
  return weeg_words(WEEG_WORDS_MEAN_MEASURE)[measure == WEEG_RISK_RATIO];
}

/* Of means, WEEG_DIFFERENCE and WEEG_RISK_RATIO. */
static weeg_measure find_measure(const comparison *c, const char *asked) {
  const char *const *of_means = weeg_words(WEEG_WORDS_MEAN_MEASURE), *const *of_shares = weeg_words(WEEG_WORDS_MEASURE);
  const char *words[MEASURES + MEAN_MEASURES + 1] = {NULL};
  int count = 0;
  for (int k = 0; of_shares[k] != NULL && count < MEASURES; k++) words[count++] = of_shares[k];
  const int shares = count;
  for (int k = 0; k < MEAN_MEASURES; k++) words[count++] = of_means[k];
  const int found = cli_one_of(asked, words, "--measures");
  if (c->number == 0) return (weeg_measure)found;
  if (found < shares) cli_usage("--measures has those of means and of shares; ask for them in two calls");
  return found == shares ? WEEG_DIFFERENCE : WEEG_RISK_RATIO;
}

static void find_measures(comparison *c) {
  const cli_list *asked = &c->options->measures;
  if (asked->count > MEASURES) cli_usage("--measures is given more than %d times", (int)MEASURES);
  for (int32_t i = 0; i < asked->count; i++) {
    c->measure[c->measures] = find_measure(c, asked->item[i]);
    for (int k = 0; k < c->measures; k++) {
      if (c->measure[k] == c->measure[c->measures]) cli_usage("--measures %s is given twice", asked->item[i]);
    }
    c->measures++;
  }
  if (c->measures > 0) return;
  for (; c->measures < WEEG_NUMBER_NEEDED; c->measures++) c->measure[c->measures] = (weeg_measure)c->measures;
}

/* The pairs that are asked for, else all pairs of groups with data. */
static void find_pairs(comparison *c) {
  const cli_pairs found =
      cli_find_pairs(c->options, c->p, c->told, (int64_t)c->p->levels * c->measures,
                     cli_said(", ask for one --measures, or compare each group with the others: --against rest"));
  c->first = found.first;
  c->second = found.second;
  c->pairs = found.count;
}

/* ---- what every group is compared with ---- */

enum { TOTAL, REST, PREVIOUS, FIRST, FIGURE, PAIRS, CONTRASTS };  /* the first four in the order of WEEG_WORDS_AGAINST */

static int what_against(const cli_options *options) {
  const cli_list *asked = &options->against;
  if (asked->count == 0) return options->contrasts.count > 0 ? CONTRASTS : PAIRS;
  for (int k = TOTAL; k <= FIRST; k++) {
    if (asked->count == 1 && strcmp(asked->item[0], weeg_words(WEEG_WORDS_AGAINST)[k]) == 0) return k;
  }
  return FIGURE;
}

/* The answer before the last = of yes=0.62, or the one answer that is asked for. */
static int32_t figure_level(const comparison *c, const char *text, const char *equals) {
  const cli_places *p = c->p;
  cli_list answers = {0};
  int32_t only = -1, found = -1;
  for (int32_t k = 0; k < p->levels; k++) {
    if (!c->answer[k]) continue;
    cli_push(&answers, p->level_label[k]);
    only = k;
    if (equals != NULL && strlen(p->level_label[k]) == (size_t)(equals - text) &&
        strncmp(text, p->level_label[k], (size_t)(equals - text)) == 0) {
      found = k;
    }
  }
  if (equals == NULL && answers.count != 1) {
    cli_fail("--against %s does not say which answer it refers to: write \"%s=%s\", or choose one with --answers",
             text, p->levels > 0 ? p->level_label[0] : cli_said("answer"), text);
  }
  if (equals != NULL && found < 0) {
    cli_fail("\"%.*s\" in --against is not one of the answers: %s", (int)(equals - text), text, cli_listed(&answers, ", "));
  }
  return equals == NULL ? only : found;
}

/* Figures from elsewhere; answers without one are not compared. */
static void find_figures(comparison *c) {
  const cli_options *o = c->options;
  bool *has = CLI_NEW(bool, c->p->levels);
  c->figure = CLI_NEW(double, c->p->levels);
  c->figure_n = NAN;
  if (c->number > 0) {
    if (o->against.count > 1) cli_usage("--against is given more than once; a mean is compared with one figure");
    c->figure[0] = cli_number_between(o->against.item[0], -DBL_MAX, DBL_MAX,
                                      cli_said("--against must be total, rest, previous, first, or a mean, such as 41.5"));
    return;
  }
  for (int32_t i = 0; i < o->against.count; i++) {
    const char *text = o->against.item[i], *equals = strrchr(text, '=');
    const double value =
        cli_number_between(equals == NULL ? text : equals + 1, 0, 1,
                           cli_said("--against must be total, rest, previous, first, or a proportion: 0.62 for 62 %"));
    const int32_t k = figure_level(c, text, equals);
    if (has[k]) cli_usage("--against has two figures for \"%s\"", c->p->level_label[k]);
    has[k] = true;
    c->figure[k] = value;
  }
  memcpy(c->answer, has, (size_t)c->p->levels * sizeof *has);
  if (o->against_n == NULL) return;
  c->figure_n = cli_number_between(o->against_n, 1e-300, 1e300,
                                   cli_said("--against-n must be a positive number of observations"));
}

/* Every group with data, and the set that it is compared with. */
static void find_against(comparison *c, int what) {
  const int32_t groups = c->p->groups;
  c->first = CLI_NEW(int32_t, groups);
  c->second = CLI_NEW(int32_t, groups);
  if (what == PREVIOUS || what == FIRST) {
    const int32_t waves = c->p->data->variable[c->p->group_names.count - 1].levels.count;
    c->pairs = weeg_wave_pairs(c->told, groups, waves, what == FIRST, c->first, c->second);
    if (c->pairs == 0) cli_fail("there is no group with data that has an earlier one to be compared with");
    return;
  }
  for (int32_t g = 0; g < groups; g++) {
    if (c->told[g] == 0) continue;
    c->first[c->pairs] = g;
    c->second[c->pairs++] = what == TOTAL ? groups : what == REST ? groups + g : -1;
  }
  if (c->pairs == 0) cli_fail("there is no group with data to compare");
  if (what == REST && c->pairs < 2) cli_fail("only one group has data, so there is no rest to compare it with");
}

/* ---- contrasts ---- */

static void find_sets(comparison *c) {
  weeg_error err = cli_error();
  const cli_places *p = c->p;
  const int64_t groups = p->groups;
  const int what = what_against(c->options);
  const int64_t sets = what == TOTAL ? groups + 1 : what == REST ? 2 * groups : groups;
  const int64_t cells = groups * p->levels * c->measures * groups; /* of the total and the rest: terms */
  if ((what == TOTAL || what == REST) && cells > 1 << 25) {
    cli_fail("%lld groups are too many to compare each with the others; take some of them, or ask for one --measures",
             (long long)groups);
  }
  int64_t *start = CLI_NEW(int64_t, sets + 1);
  int32_t *group = CLI_NEW(int32_t, groups + (what == TOTAL ? groups : what == REST ? groups * groups : 0));
  c->name = CLI_NEW(const char *, sets);
  for (int64_t s = 0; s < sets; s++) {
    c->name[s] = s < groups ? p->group_label[s] : weeg_words(WEEG_WORDS_AGAINST)[what];
    start[s + 1] = start[s];
    if (s < groups) group[start[s + 1]++] = (int32_t)s;
    for (int32_t g = 0; g < groups && s >= groups; g++) {
      if (what == TOTAL || s - groups != g) group[start[s + 1]++] = g;
    }
  }
  c->places = p->table;
  c->sets = (weeg_sets){&c->places, (int32_t)sets, start, group, c->number};
  c->n = CLI_NEW(int64_t, sets);
  c->estimate = CLI_NEW(double, sets * p->levels);
  cli_check(weeg_set_proportions(cli_survey(p->data), &c->sets, c->n, c->estimate, &err), &err);
}

/* The proportion of a side of a pair, or the figure that is there. */
static double side_estimate(const comparison *c, int32_t set, int32_t k) {
  return set < 0 ? c->figure[k] : c->estimate[(int64_t)set * c->p->levels + k];
}

/* Rows and proportions of the groups where these are adjusted. */
static void adjust_groups(comparison *c) {
  const cli_places *p = c->p;
  c->adjusted = cli_adjust(p, (weeg_interval_choice){WEEG_INTERVAL_WALD, c->options->level});
  for (int32_t g = 0; g < p->groups && p->levels > 0; g++) {
    c->n[g] = c->adjusted->shares[(int64_t)g * p->levels].base_n;
    for (int32_t k = 0; k < p->levels; k++) {
      c->estimate[(int64_t)g * p->levels + k] = c->adjusted->shares[(int64_t)g * p->levels + k].estimate;
    }
  }
}

static void adjusted_contrast(const comparison *c, int32_t output, int32_t k, weeg_contrast *to) {
  weeg_error err = cli_error();
  const int64_t levels = c->p->levels, groups = c->p->groups;
  const int64_t a = c->first[output % c->pairs], b = c->second[output % c->pairs];
  const double *v = c->adjusted->covariance + k * groups * groups;
  const weeg_share *s = &c->adjusted->shares[a * levels + k];
  const weeg_two_proportions two = {s->estimate, c->adjusted->shares[b * levels + k].estimate, v[a * groups + a],
                                    v[b * groups + b], v[a * groups + b]};
  cli_check(weeg_compare_proportions(c->measure[output / c->pairs], &two, c->adjusted->df, c->options->level, to, &err), &err);
  const bool known = c->n[a] > 0 && c->n[b] > 0;
  if (known && (s->reason == WEEG_REASON_SEPARATED || s->reason == WEEG_REASON_CONFOUNDED)) to->reason = s->reason;
}

static void find_contrasts(comparison *c) {
  weeg_error err = cli_error();
  const cli_places *p = c->p;
  double *variance = CLI_NEW(double, p->levels);
  for (int32_t k = 0; k < p->levels && c->figure != NULL; k++) {
    const double figure = c->figure[k];
    variance[k] = isnan(c->figure_n) ? 0 : figure * (1 - figure) / c->figure_n;
  }
  const weeg_comparison what = {.first = c->first, .second = c->second, .pairs = c->pairs, .measure = c->measure,
                                .measures = c->measures, .figure = c->figure, .level = c->options->level,
                                .figure_variance = c->number > 0 ? NULL : variance};
  c->contrast = CLI_NEW(weeg_contrast, (int64_t)c->pairs * c->measures * p->levels);
  if (c->adjusted == NULL) {
    cli_check_estimate(weeg_compare_sets(cli_survey(p->data), &c->sets, &what, c->contrast, &err), &err, p->data);
    return;
  }
  for (int32_t output = 0; output < c->pairs * c->measures; output++) {
    for (int32_t k = 0; k < p->levels; k++) adjusted_contrast(c, output, k, &c->contrast[(int64_t)output * p->levels + k]);
  }
}

/* ---- the rows ---- */

enum { LEVEL = 1 };  /* a column of texts that means do not have */

static cli_table *new_table(const comparison *c, int64_t rows) {
  static const char *const numbers[] = {"estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value",
                                        "p.adjusted", "estimate1", "estimate2", "n1", "n2"};
  static const char *const texts[] = {"outcome", "level", "measure", "group1", "group2"};
  cli_table *table = CLI_NEW(cli_table, 1);
  *table = (cli_table){.name = "rows", .rows = rows};
  for (int k = 0; k < 5; k++) {
    if (k != LEVEL || c->number == 0) cli_add_texts(table, texts[k]);
  }
  for (int k = 0; k < 12; k++) cli_add_numbers(table, numbers[k]);
  cli_add_reasons(table);
  return table;
}

/* What a pair or a contrast is of, and what it is made of. */
typedef struct sides {
  const char *measure, *group1, *group2;
  double estimate1, estimate2, n1, n2;
} sides;

static sides sides_of(const comparison *c, int32_t output, int32_t k) {
  if (c->named != NULL) {
    return (sides){"contrast", c->named->name[output], NULL, NAN, NAN, (double)c->named->n[output], NAN};
  }
  const int32_t pair = output % c->pairs, a = c->first[pair], b = c->second[pair];
  return (sides){measure_word(c, c->measure[output / c->pairs]),
                 c->name[a],
                 b < 0 ? cli_said("published figure") : c->name[b],
                 side_estimate(c, a, k),
                 side_estimate(c, b, k),
                 (double)c->n[a],
                 b < 0 ? c->figure_n : (double)c->n[b]};
}

/* Whether an answer of a set is not shown; a figure from elsewhere is. */
static bool hides(const comparison *c, int32_t set, int32_t k) {
  const cli_hidden *h = c->hidden;
  if (h == NULL || set < 0) return false;
  return weeg_hides_side(&h->of, set >= c->p->groups ? -1 : set, k);
}

static void fill_row(const comparison *c, cli_table *table, int64_t row, int32_t output, int32_t k) {
  const cli_places *p = c->p;
  const sides s = sides_of(c, output, k);
  const weeg_contrast *x = &c->contrast[(int64_t)output * p->levels + k];
  const char *const texts[] = {p->outcome, c->number > 0 ? NULL : p->level_label[k], s.measure, s.group1, s.group2};
  const double numbers[] = {x->estimate, x->std_error, x->low, x->high, x->statistic, x->df_used, x->p_value, NAN,
                            s.estimate1, s.estimate2, s.n1, s.n2};
  int32_t at = 0;
  for (int i = 0; i < 5; i++) {
    if (i != LEVEL || c->number == 0) table->field[at++].text[row] = texts[i];
  }
  for (int i = 0; i < 12; i++) table->field[at++].number[row] = numbers[i];
  cli_set_reason(table, row, x->reason, NULL);
}

/* The sides of each pair or contrast, as weeg_hypotheses has them; of two groups, each is the other's rest. */
static void find_sides(const comparison *c, int32_t pair, int32_t *first, int32_t *second) {
  const bool two = c->named == NULL && c->pairs == 2 && what_against(c->options) == REST;
  *first = c->named != NULL ? c->named->same_as[pair] : c->first[pair];
  *second = c->named != NULL ? -1 : two ? c->first[1 - pair] : c->second[pair];
}

/* The share of every level in all groups together; none of means, which have one hypothesis each. */
static const double *shares_of_all(const comparison *c) {
  if (c->number > 0) return CLI_NEW(double, c->p->levels);
  weeg_error err = cli_error();
  const cli_places *p = c->p;
  const int64_t start[] = {0, p->groups};
  int32_t *group = CLI_NEW(int32_t, p->groups);
  double *share = CLI_NEW(double, p->levels);
  int64_t n = 0;
  for (int32_t g = 0; g < p->groups; g++) group[g] = g;
  const weeg_places places = p->table;
  cli_check(weeg_set_proportions(cli_survey(p->data), &(weeg_sets){&places, 1, start, group}, &n, share, &err), &err);
  return share;
}

/* p-values of a measure, adjusted for the number of hypotheses: rows run over pairs, then the answers that are asked for. */
static void adjust_measure(comparison *c, const cli_table *table, int m, weeg_adjustment adjustment) {
  weeg_error err = cli_error();
  const int64_t each = table->rows / c->measures, from = m * each;
  int32_t *first = CLI_NEW(int32_t, each), *second = CLI_NEW(int32_t, each), *answer = CLI_NEW(int32_t, each);
  double *of_all = CLI_NEW(double, each), *adjusted = (double *)(uintptr_t)cli_numbers(table, "p.adjusted") + from;
  const double *share = c->named != NULL || c->number > 0 ? shares_of_all(c) : NULL;
  int64_t row = 0;
  for (int32_t pair = 0; pair < c->pairs; pair++) {
    for (int32_t k = 0; k < c->p->levels; k++) {
      if (!c->answer[k]) continue;
      find_sides(c, pair, &first[row], &second[row]);
      of_all[row] = share == NULL ? NAN : share[k];
      answer[row++] = k;
    }
  }
  const weeg_hypotheses tests = {each, cli_numbers(table, "p.value") + from, first, second, answer,
                                 share != NULL ? of_all : cli_numbers(table, "estimate1") + from,
                                 share != NULL ? of_all : cli_numbers(table, "estimate2") + from};
  cli_check(weeg_adjust_hypotheses(adjustment, &tests, adjusted, &c->counted[m], &err), &err);
}

/* Hides rows, and adjusts the p-values of the others for all of them. */
static void protect_rows(comparison *c, cli_table *table, int64_t answers, weeg_adjustment adjustment) {
  weeg_error err = cli_error();
  const int64_t each = answers * c->pairs;
  uint8_t *hidden = CLI_NEW(uint8_t, table->rows);
  int64_t row = 0;
  for (int32_t output = 0; output < c->pairs * c->measures; output++) {
    for (int32_t k = 0; k < c->p->levels; k++) {
      const int32_t pair = output % c->pairs;
      if (!c->answer[k]) continue;
      hidden[row] = hides(c, c->first[pair], k) || hides(c, c->second[pair], k); /* the rest tells the group */
      cli_hide(table, row, hidden[row] ? WEEG_NOTHING_SHOWN : WEEG_SHOWN);
      row++;
    }
  }
  cli_round(table);
  for (int m = 0; m < c->measures; m++) {
    const double *p = cli_numbers(table, "p.value") + m * each;
    double *adjusted = (double *)(uintptr_t)cli_numbers(table, "p.adjusted") + m * each;
    cli_check(weeg_adjust_shown(adjustment, p, hidden + m * each, each, adjusted, &err), &err);
    c->counted[m] = each;
  }
}

static cli_table *compare_rows(comparison *c, weeg_adjustment adjustment) {
  const int32_t levels = c->p->levels;
  int64_t answers = 0, row = 0;
  if (c->named == NULL) find_contrasts(c);
  for (int32_t k = 0; k < levels; k++) answers += c->answer[k];
  cli_table *table = new_table(c, answers * c->pairs * c->measures);
  for (int32_t output = 0; output < c->pairs * c->measures; output++) {
    for (int32_t k = 0; k < levels; k++) {
      if (c->answer[k]) fill_row(c, table, row++, output, k);
    }
  }
  if (c->hidden == NULL || !c->hidden->any) {
    for (int m = 0; m < c->measures; m++) adjust_measure(c, table, m, adjustment);
    return table;
  }
  protect_rows(c, table, answers, adjustment);
  return table;
}

/* ---- as something to read ---- */

/* The lines of one measure's table: a row of the result, or -1 for a heading. */
typedef struct lines {
  int32_t *row;
  const char **name;
  int32_t count;
  const char *answer;   /* where all lines are about one */
  cli_list header;
} lines;

static void add_line(lines *l, int32_t row, const char *name) {
  l->row[l->count] = row;
  l->name[l->count++] = name;
}

static bool same_text(const char *a, const char *b) { return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0; }

/* Answers under pairs; where all pairs are about one answer, the second groups under the first. */
static lines nest_lines(const comparison *c, const cli_table *table, int32_t from, int32_t to) {
  const char *const *group1 = cli_texts(table, "group1"), *const *group2 = cli_texts(table, "group2");
  const char *const *level = c->number > 0 ? NULL : cli_texts(table, "level"); /* means are of no answer */
  const char *groups = cli_join(&c->p->group_names, ", ");
  lines l = {CLI_NEW(int32_t, 2 * (int64_t)(to - from)), CLI_NEW(const char *, 2 * (int64_t)(to - from)), 0, NULL, {0}};
  bool one_answer = true, one_second = to - from > 1 || c->named != NULL, distinct = true;
  for (int32_t i = from; i < to; i++) {
    one_answer = one_answer && (level == NULL || strcmp(level[i], level[from]) == 0);
    one_second = one_second && same_text(group2[i], group2[from]);
    for (int32_t k = from; k < i && distinct; k++) distinct = strcmp(group1[i], group1[k]) != 0;
  }
  cli_push(&l.header, groups);
  if (one_answer) l.answer = level == NULL ? NULL : level[from];
  else cli_push(&l.header, cli_format("  %s", c->p->outcome));
  for (int32_t i = from; i < to; i++) {
    const char *pair = group2[i] == NULL ? group1[i] : cli_format("%s vs %s", group1[i], group2[i]);
    const char *heading = one_answer ? cli_format("%s vs", group1[i]) : pair;
    bool said = false;
    if (one_answer && distinct && one_second) {
      add_line(&l, i, pair);
      continue;
    }
    for (int32_t k = 0; k < l.count; k++) said = said || (l.row[k] < 0 && strcmp(l.name[k], heading) == 0);
    if (said) continue;
    add_line(&l, -1, heading);
    for (int32_t k = i; k < to; k++) {
      const bool under = strcmp(group1[k], group1[i]) == 0 && (one_answer || same_text(group2[k], group2[i]));
      if (under) add_line(&l, k, cli_format("  %s", one_answer ? group2[k] : level[k]));
    }
  }
  return l;
}

static const char *one_decimal(double x) { return cli_number(x, 1); }

/* A number by a function, or, where there is none, with decimals as means have them. */
typedef struct shown_as {
  const char *(*text)(double x);
  int decimals;
} shown_as;

/* A column of numbers in the lines that are no headings. */
static const char **shown(const lines *l, const double *x, shown_as format) {
  const char **cells = CLI_NEW(const char *, l->count);
  int32_t k = 0;
  for (int32_t i = 0; i < l->count; i++) {
    if (l->row[i] < 0) continue;
    cells[k++] = format.text != NULL ? format.text(x[l->row[i]]) : cli_mean_text(x[l->row[i]], format.decimals);
  }
  return cells;
}

/* How a measure of the rows from .. to - 1 and its two sides are shown. */
typedef struct looks {
  const char *title, *header, *unit;  /* unit: of the sides */
  bool ratio;
  shown_as figure, side;
} looks;

static looks looks_of_means(const comparison *c, const cli_table *table, int32_t from, int32_t to, bool ratio) {
  enum { TITLES = MEASURES + 1 };
  double least = INFINITY, largest = 0;
  for (int32_t i = from; i < to; i++) {
    const double error = cli_numbers(table, "std.error")[i];
    if (error > 0 && !ratio) least = fmin(least, error);
    largest = fmax(largest, fmax(fabs(cli_numbers(table, "estimate1")[i]), fabs(cli_numbers(table, "estimate2")[i])));
  }
  const shown_as mean = {NULL, cli_decimals(least, largest)};
  const int word = c->named != NULL ? MEASURES : TITLES + ratio;
  return (looks){cli_said(weeg_words(WEEG_TITLES_MEASURE)[word]), cli_said(weeg_words(WEEG_HEADERS_MEASURE)[word]), NULL, ratio,
                 ratio ? (shown_as){cli_ratio, 0} : mean, mean};
}

static looks looks_of(const comparison *c, const cli_table *table, int32_t from, int32_t to) {
  enum { CONTRAST = MEASURES };
  static const shown_as formats[] = {{cli_percent, 0}, {cli_ratio, 0}, {cli_ratio, 0}, {one_decimal, 0}, {cli_percent, 0}};
  const char *word = cli_texts(table, "measure")[from];
  if (c->number > 0) return looks_of_means(c, table, from, to, strcmp(word, measure_word(c, WEEG_RISK_RATIO)) == 0);
  const int measure = c->named != NULL ? CONTRAST : cli_choice(word, WEEG_WORDS_MEASURE, "--measures");
  const bool points = measure == WEEG_DIFFERENCE || measure == CONTRAST;
  const char *title = cli_said(weeg_words(WEEG_TITLES_MEASURE)[measure]);
  return (looks){points ? cli_format("%s in percentage points", title) : title,
                 cli_said(weeg_words(WEEG_HEADERS_MEASURE)[measure]),
                 "%",
                 measure == WEEG_RISK_RATIO || measure == WEEG_ODDS_RATIO,
                 formats[measure],
                 formats[0]};
}

static void add_column(cli_grid *grid, const lines *l, const char *above, const char *header, const char **text) {
  const char **cells = CLI_NEW(const char *, l->count);
  int32_t k = 0;
  for (int32_t i = 0; i < l->count; i++) cells[i] = l->row[i] < 0 ? "" : text[k++];
  cli_grid_add(grid, header, cells, l->count, false);
  if (above != NULL) cli_grid_header(grid, grid->columns - 1, above, header);
}

/* How many hypotheses the p-values are adjusted for, where they are fewer than these. */
static void say_counted(cli_result *result, const comparison *c, const cli_table *table, int32_t from, int32_t to) {
  const char *adjust = c->options->adjust == NULL ? "holm" : c->options->adjust;
  const int64_t counted = c->counted[from / (to - from)];
  int64_t tested = 0;
  for (int32_t i = from; i < to; i++) tested += !isnan(cli_numbers(table, "p.value")[i]);
  if (strcmp(adjust, "none") == 0 || counted >= tested) return;
  cli_say(result, CLI_WORDS,
          cli_format("p (%s): %s in %s tests.", adjust, cli_counted((double)counted, "hypothesis", "hypotheses"),
                     cli_count((double)tested)), NULL);
}

static void say_measure(cli_result *result, const comparison *c, const cli_table *table, const cli_marks *marks, int32_t from,
                        int32_t to) {
  const looks as = looks_of(c, table, from, to);
  const char *unit = c->named != NULL ? cli_trend_unit(c->options, c->p) : NULL;
  const char *title = unit == NULL ? as.title : cli_format("%s, %s", as.title, unit);
  const shown_as of_p = {cli_p_cell, 0};
  const lines l = nest_lines(c, table, from, to);
  const char **mark = CLI_NEW(const char *, l.count), *adjust = c->options->adjust == NULL ? "holm" : c->options->adjust;
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  int32_t count = 0;
  grid->heading = CLI_NEW(bool, l.count);
  for (int32_t i = 0; i < l.count; i++) {
    grid->heading[i] = l.row[i] < 0;
    if (l.row[i] >= 0) mark[count++] = marks->mark[l.row[i]];
  }
  cli_grid_add(grid, l.header.item[0], l.name, l.count, true);
  grid->column[0].header = l.header;
  const char **p = shown(&l, cli_numbers(table, "p.value"), of_p);
  const char **adjusted = shown(&l, cli_numbers(table, "p.adjusted"), of_p);
  cli_align(p, count, true);
  cli_align(adjusted, count, true);
  const char *above[] = {cli_said("first"), cli_said("second")}, *estimates[] = {"estimate1", "estimate2"};
  for (int k = 0; k < 2 && c->named == NULL; k++) {
    const char **cells = shown(&l, cli_numbers(table, estimates[k]), as.side);
    if (as.unit == NULL) add_column(grid, &l, NULL, above[k], cells);
    else add_column(grid, &l, above[k], as.unit, cells);
  }
  add_column(grid, &l, NULL, as.header, shown(&l, cli_numbers(table, "estimate"), as.figure));
  add_column(grid, &l, NULL, cli_level_header(c->options->level),
             cli_interval_cells(shown(&l, cli_numbers(table, "conf.low"), as.figure),
                                shown(&l, cli_numbers(table, "conf.high"), as.figure), count,
                                as.ratio ? cli_either("\u2013", "-") : cli_said(" to "), mark));
  add_column(grid, &l, NULL, "p", p);
  if (strcmp(adjust, "none") != 0) add_column(grid, &l, "p", cli_format("(%s)", adjust), adjusted);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say(result, CLI_CAPTION,
          l.answer == NULL ? title : cli_format("%s; answer: %s", title, l.answer), NULL);
  cli_say_grid(result, grid);
  say_counted(result, c, table, from, to);
}

static void say_outcome(const void *comparisons, cli_result *result, int32_t outcome, const cli_table *table,
                        const cli_marks *marks) {
  const comparison *c = (const comparison *)comparisons + outcome;
  const int32_t each = (int32_t)(table->rows / c->measures);
  const char *label = cli_label(c->p->data, c->p->outcome);
  cli_say_title(result, c->p->data, c->number > 0 ? cli_format("Means of %s", label) : label, &c->p->group_names);
  cli_say_adjusted(result, c->p);
  cli_say_source(result, c->p->data, cli_df_text(cli_numbers(table, "df"), NULL, table->rows));
  for (int m = 0; m < c->measures && each > 0; m++) say_measure(result, c, table, marks, m * each, (m + 1) * each);
  cli_say(result, CLI_SPACE, NULL, NULL);
}

static void compare_outcome(comparison *c, const cli_options *options, const cli_places *p) {
  *c = (comparison){.options = options, .p = p, .number = is_of_means(options)};
  const int what = what_against(options);
  find_measures(c);
  c->answer = CLI_NEW(bool, 1);
  if (c->number > 0) c->answer[0] = true;
  else c->answer = cli_chosen_levels(&options->answers, p->outcome, p->level_label, p->levels);
  if (what == CONTRASTS) {
    c->named = cli_find_contrasts(options, p, c->number);
    c->contrast = c->named->found;
    c->pairs = c->named->count;
    c->measures = 1;
    return;
  }
  if (what == FIGURE) find_figures(c);
  find_sets(c);
  if (options->adjust_for != NULL) adjust_groups(c);
  c->hidden = cli_hidden_cells(options, p, c->number == 0);
  c->told = CLI_NEW(int64_t, p->groups);
  for (int32_t g = 0; g < p->groups; g++) c->told[g] = c->n[g] > 0 || (c->hidden != NULL && !weeg_tells_empty(&c->hidden->of, g));
  if (what == PAIRS) find_pairs(c);
  else find_against(c, what);
}

/* At most one way to say what is compared; and contrasts are of proportions, or of means. */
static void check_ways(const cli_options *options) {
  const cli_list *const given[] = {&options->pairs, &options->against, &options->contrasts}, *measures = &options->measures;
  static const char *const names[] = {"--pairs", "--against", "--contrasts"};
  cli_list ways = {0};
  for (int i = 0; i < 3; i++) {
    if (given[i]->count > 0) cli_push(&ways, names[i]);
  }
  if (cli_threshold(options) > 0 && (options->contrasts.count > 0 || options->adjust_for != NULL)) {
    cli_usage("--threshold is for comparisons of groups, without --contrasts or --adjust-for");
  }
  if (ways.count > 1) cli_usage("only one of %s can be given", cli_join(&ways, cli_said(" and ")));
  for (int32_t i = 0; i < measures->count && options->contrasts.count > 0; i++) {
    if (strcmp(measures->item[i], "difference") == 0 || strcmp(measures->item[i], "mean-difference") == 0) continue;
    cli_usage("--contrasts are of proportions or of means: --measures can only be difference or mean-difference");
  }
  if (!is_of_means(options)) return;
  if (options->answers.count > 0 || options->net.count > 0) {
    cli_usage("%s is for proportions, and --measures has means", options->net.count > 0 ? "--net" : "--answers");
  }
  if (options->adjust_for != NULL) cli_usage("--adjust-for is for proportions, and --measures has means");
  if (options->against_n != NULL) cli_usage("--against-n is for proportions, and --measures has means");
}

/* The scales of the limits of measures under the law of few PSUs. */
static const char *scale_text(const comparison *c) {
  int ratios = 0;
  for (int m = 0; m < c->measures && c->number > 0 && c->named == NULL; m++) ratios += c->measure[m] == WEEG_RISK_RATIO;
  if (c->number > 0)
    return ratios == 0       ? ""
           : c->measures > 1 ? cli_said(" (ratios: of the logarithm)")
                             : cli_said(", of the logarithm");
  if (cli_profile_of(c->p->data)->df != WEEG_DF_EFFECTIVE || !weeg_has_law(&c->p->data->design)) return "";
  if (c->named != NULL || c->options->adjust_for != NULL) return "";
  for (int m = 0; m < c->measures; m++) ratios += c->measure[m] == WEEG_RISK_RATIO || c->measure[m] == WEEG_ODDS_RATIO;
  if (ratios == c->measures) return cli_said(", of the logarithm");
  return ratios > 0 ? cli_said(", of Fisher's z (ratios: of the logarithm)") : cli_said(", of Fisher's z");
}

void cli_compare(const cli_options *options, cli_result *result) {
  cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  const int what = what_against(options);
  check_ways(options);
  if (what != FIGURE && options->against_n != NULL) cli_usage("--against-n needs a figure: --against 0.62 --against-n 900");
  if (formula.groups.count == 0 && what != FIGURE) cli_usage("a comparison needs a group: 'outcome ~ group'");
  const char *adjust = options->adjust == NULL ? "holm" : options->adjust;
  const weeg_adjustment adjustment = (weeg_adjustment)cli_choice(adjust, WEEG_WORDS_ADJUSTMENT, "--adjust");
  const int32_t outcomes = formula.outcomes.count;
  cli_list own = {0};
  cli_parse_covariates(options, &formula);
  if (options->adjust_for != NULL && what != PAIRS) {
    cli_usage("--adjust-for is for pairs of groups, not for --against or --contrasts");
  }
  const cli_list names = cli_formula_variables(&formula);
  const bool of_means = is_of_means(options);
  if (of_means && what == FIGURE && outcomes > 1) {
    cli_usage("--against is one figure, and the formula has %d outcomes; compare them in calls of their own", (int)outcomes);
  }
  const cli_data *data = cli_load_numbers(options, options->arguments.item[0], &names, of_means ? &formula.outcomes : NULL);
  if (!of_means) cli_say_many_values(data, &formula.outcomes, "row");
  cli_places *places = CLI_NEW(cli_places, outcomes);
  comparison *comparisons = CLI_NEW(comparison, outcomes);
  cli_table **tables = CLI_NEW(cli_table *, outcomes);
  for (int32_t i = 0; i < outcomes; i++) {
    const char *outcome = formula.outcomes.item[i];
    const cli_list number = {&outcome, 1, 1};
    places[i] = of_means ? cli_prepare_numbers(options, data, &formula, outcome, &number)
                         : cli_prepare(options, data, &formula, outcome);
    compare_outcome(&comparisons[i], options, &places[i]);
    tables[i] = compare_rows(&comparisons[i], adjustment);
  }
  cli_say_outcomes(result, tables, outcomes, say_outcome, comparisons, false);
  cli_push(&own, cli_format("interval %.7g%% t%s", 100 * options->level, scale_text(&comparisons[0])));
  cli_push(&own, cli_format("adjustment %s", adjust));
  cli_adjusted_convention(&own, &formula);
  cli_push_protection(&own, options);
  result->data = places[0].data;
  result->conventions = cli_conventions_line(places[0].data, &own, options->adjust_for == NULL);
}
