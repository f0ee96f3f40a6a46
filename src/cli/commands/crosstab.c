/* weeg crosstab: what weeg_crosstab() gives in R; its rows are those of tidy(). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

typedef struct crosstab {
  const cli_options *options;
  const cli_places *p;
  weeg_percent percent;
  cli_table *cells;         /* one row per cell, group by group */
  weeg_share *margin;       /* the answers of all groups together */
  cli_table *test;
  double *n, *weighted;     /* [groups * levels]; weights of cells that are shown */
  double *residual, *residual_p;
  const cli_hidden *hidden; /* NULL: everything is shown */
} crosstab;

/* Proportions of the cells by row, column or total, group by group. */
static cli_table *base_table(const crosstab *x, const char *interval) {
  const cli_places *p = x->p;
  const int32_t cells = p->data->tally->cells, size = p->groups * p->levels;
  int32_t *group = NULL, *level = NULL, *one = CLI_NEW(int32_t, cells), *pair = CLI_NEW(int32_t, cells);
  cli_table *table = cli_proportion_rows(x->options, p, &group, &level);
  int32_t *from = CLI_NEW(int32_t, size);
  for (int32_t c = 0; c < cells; c++) {
    pair[c] = p->group[c] < 0 || p->level[c] < 0 ? -1 : p->group[c] * p->levels + p->level[c];
  }
  for (int32_t i = 0; i < size; i++) from[i] = x->percent == WEEG_OF_COLUMN ? level[i] * p->groups + group[i] : i;
  const weeg_places by[] = {[WEEG_OF_ROW] = {p->group, p->groups, p->level, p->levels},
                            [WEEG_OF_COLUMN] = {p->level, p->levels, p->group, p->groups},
                            [WEEG_OF_TOTAL] = {one, 1, pair, size}};
  cli_share_columns(table, cli_find_shares(p->data, &by[x->percent], interval, x->options->level), from);
  return table;
}

/* The answers of all groups together. */
static weeg_share *margin_of(const crosstab *x, const char *interval) {
  const cli_places *p = x->p;
  const int32_t cells = p->data->tally->cells;
  int32_t *group = CLI_NEW(int32_t, cells), *level = CLI_NEW(int32_t, cells);
  for (int32_t c = 0; c < cells; c++) {
    group[c] = p->group[c] < 0 ? -1 : 0;
    level[c] = p->group[c] < 0 ? -1 : p->level[c];
  }
  return cli_find_shares(p->data, &(weeg_places){group, 1, level, p->levels, NULL, 0}, interval, x->options->level);
}

static void add_residuals(crosstab *x) {
  weeg_error err = cli_error();
  const cli_places *p = x->p;
  const int32_t size = p->groups * p->levels;
  const weeg_places places = p->table;
  weeg_residual *found = CLI_NEW(weeg_residual, size);
  cli_check_estimate(weeg_residuals(cli_survey(p->data), &places, found, &err), &err, p->data);
  x->residual = cli_add_numbers(x->cells, "residual");
  x->residual_p = cli_add_numbers(x->cells, "residual.p");
  for (int32_t i = 0; i < size; i++) {
    x->residual[i] = found[i].z;
    x->residual_p[i] = found[i].p_adjusted;
  }
}

/* ---- small counts ---- */

/* Numbers before some of them are hidden: what is shown of sums of groups is made of these. */
static double *copy_of(const double *x, int64_t count) {
  double *copy = CLI_NEW(double, count);
  for (int64_t i = 0; i < count; i++) copy[i] = x[i];
  return copy;
}

static bool hides_group(const crosstab *x, int32_t g) { return x->hidden != NULL && x->hidden->of.group[g]; }
static bool hides_total(const crosstab *x) { return hides_group(x, x->p->groups); } /* those without a group */
static bool hides_answer(const crosstab *x, int32_t k) {
  return x->hidden != NULL && weeg_shown_margin(&x->hidden->of, k) != WEEG_SHOWN;
}

static void hide_cells(crosstab *x) {
  const int32_t levels = x->p->levels;
  if (x->hidden == NULL) return;
  cli_hide_empty(x->cells);
  for (int32_t k = 0; k < levels; k++) cli_withhold(x->cells, levels, k, x->hidden->of.answer[k] != 0);
  if (!x->hidden->any) return;
  for (int32_t i = 0; i < x->cells->rows; i++) {
    cli_hide(x->cells, i, cli_shown(x->hidden, x->percent, i / levels, i % levels));
    x->residual[i] = x->residual_p[i] = NAN; /* they and the test are of all cells together */
  }
  for (int32_t k = 0; k < levels; k++) {
    weeg_share *s = &x->margin[k];
    if (!hides_answer(x, k)) continue;
    s->estimate = s->low = s->high = s->df_used = NAN;
    s->verdict = WEEG_NO_ESTIMATE;
    s->rule = WEEG_RULE_NONE;
  }
  cli_round(x->cells);
  cli_hide(x->test, 0, WEEG_NOTHING_SHOWN);
}

/* ---- as something to read ---- */

static double row_sum(const crosstab *x, const double *values, int32_t g) {
  double sum = 0;
  for (int32_t k = 0; k < x->p->levels; k++) sum += values[g * x->p->levels + k];
  return sum;
}

static double column_sum(const crosstab *x, const double *values, int32_t k) {
  double sum = 0;
  for (int32_t g = 0; g < x->p->groups; g++) sum += values[g * x->p->levels + k];
  return sum;
}

static double whole_sum(const crosstab *x, const double *values) {
  double sum = 0;
  for (int32_t g = 0; g < x->p->groups; g++) sum += row_sum(x, values, g);
  return sum;
}

/* Whether sums of weights are shown without decimals: where any of them is large. */
static bool is_large(const crosstab *x) {
  bool large = whole_sum(x, x->weighted) >= 9999.5;
  for (int32_t g = 0; g < x->p->groups; g++) large = large || row_sum(x, x->weighted, g) >= 9999.5; /* the whole may be hidden */
  return large;
}

/* Adds a column of pairs of lines, and the sums n and N below it where percentages are of columns. */
static void add_pairs(const crosstab *x, cli_grid *grid, const char *header, const char **top, const char **bottom,
                      int32_t pairs, double n, double weighted) {
  const int32_t sums = x->percent == WEEG_OF_COLUMN ? 2 : 0;
  const char **cells = CLI_NEW(const char *, 2 * (int64_t)pairs + sums);
  for (int32_t i = 0; i < pairs; i++) {
    cells[2 * i] = top[i];
    cells[2 * i + 1] = bottom[i];
  }
  if (sums > 0) {
    cells[2 * pairs] = cli_count(n);
    cells[2 * pairs + 1] = cli_weighted(weighted, weighted >= 9999.5);
  }
  cli_grid_add(grid, header, cells, 2 * pairs + sums, false);
}

/* Whether group g (answer k) is shown. An answer that is hidden is, also where nobody gave it: that would be a count of 0. */
static bool has_group(const crosstab *x, int32_t g) {
  return row_sum(x, x->n, g) > 0 || (x->hidden != NULL && !weeg_tells_empty(&x->hidden->of, g));
}

static bool has_any(const crosstab *x) {
  bool any = false;
  for (int32_t g = 0; g < x->p->groups; g++) any = any || has_group(x, g);
  return any;
}

static bool has_answer(const crosstab *x, int32_t k) {
  return x->percent != WEEG_OF_COLUMN || hides_answer(x, k) || column_sum(x, x->n, k) > 0;
}

/* Figures of answer k over their intervals, the total below them. */
static void add_answer(const crosstab *x, cli_grid *grid, int32_t k, const cli_marks *marks, const char *const *margin_sign) {
  const cli_places *p = x->p;
  const double *estimate = cli_numbers(x->cells, "estimate"), *low = cli_numbers(x->cells, "conf.low");
  const double *high = cli_numbers(x->cells, "conf.high");
  const char *const *verdict = cli_texts(x->cells, "reliability"), *between = cli_either("\u2013", "-");
  const int64_t room = (int64_t)p->groups + 1;
  const char **top = CLI_NEW(const char *, room), **bottom = CLI_NEW(const char *, room), **mark = CLI_NEW(const char *, room);
  int32_t pairs = 0;
  for (int32_t g = 0; g < p->groups; g++) {
    const int32_t i = g * p->levels + k;
    if (!has_group(x, g)) continue;
    mark[pairs] = cli_format("%s%s", marks->mark[i], cli_reliability_mark(verdict[i]));
    bottom[pairs] = isnan(low[i]) ? "" : cli_format("%s%s%s", cli_percent(low[i]), between, cli_percent(high[i]));
    top[pairs++] = cli_percent(estimate[i]);
  }
  const bool by_answer = x->percent == WEEG_OF_COLUMN;
  mark[pairs] = by_answer ? "" : margin_sign[k];
  bottom[pairs] = by_answer || isnan(x->margin[k].low)
                      ? "" : cli_format("%s%s%s", cli_percent(x->margin[k].low), between, cli_percent(x->margin[k].high));
  top[pairs++] = by_answer ? cli_percent(1) : cli_percent(x->margin[k].estimate);
  cli_align(mark, pairs, true);
  for (int32_t i = 0; i < pairs; i++) {
    top[i] = cli_format("%s%s", top[i], mark[i]);
    bottom[i] = cli_format("%s%*s", bottom[i], cli_width(mark[i]), "");
  }
  add_pairs(x, grid, "", top, bottom, pairs, hides_answer(x, k) ? NAN : column_sum(x, x->n, k),
            column_sum(x, x->weighted, k));
  cli_list header = {0};
  cli_wrap(&header, p->level_label[k], 16, 0);
  grid->column[grid->columns - 1].header = header;
}

/* The shares of the groups, and their n over their sums of weights. */
static void add_beside(const crosstab *x, cli_grid *grid) {
  const cli_places *p = x->p;
  const int64_t room = (int64_t)p->groups + 1;
  const char **share = CLI_NEW(const char *, room), **n = CLI_NEW(const char *, room), **w = CLI_NEW(const char *, room);
  const char **none = CLI_NEW(const char *, room);
  const double all_n = hides_total(x) ? NAN : whole_sum(x, x->n), all = whole_sum(x, x->weighted);
  int32_t pairs = 0;
  for (int32_t g = 0; g <= p->groups; g++) {
    const bool last = g == p->groups;
    if (!last && !has_group(x, g)) continue;
    const bool hides = !last && hides_group(x, g);
    const double sum = last ? all : row_sum(x, x->weighted, g);
    none[pairs] = "";
    share[pairs] = cli_percent(last ? 1 : sum / all);
    n[pairs] = cli_count(last ? all_n : hides ? NAN : row_sum(x, x->n, g));
    w[pairs++] = cli_weighted(sum, is_large(x));
  }
  if (x->percent != WEEG_OF_ROW) add_pairs(x, grid, cli_said("Total"), share, none, pairs, all_n, all);
  if (x->percent == WEEG_OF_COLUMN) return;
  add_pairs(x, grid, "n", n, w, pairs, 0, 0);
  cli_grid_header(grid, grid->columns - 1, "n", "N");
}

static cli_grid *make_grid(const crosstab *x, const cli_marks *marks, const char *const *margin_sign) {
  const cli_places *p = x->p;
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  cli_list names = {0};
  for (int32_t g = 0; g <= p->groups; g++) {
    if (g < p->groups && !has_group(x, g)) continue;
    cli_push(&names, g == p->groups ? cli_said("Total") : p->group_label[g]);
    cli_push(&names, "");
    grid->paired++;
  }
  if (x->percent == WEEG_OF_COLUMN) {
    cli_push(&names, "n");
    cli_push(&names, "N");
  }
  cli_grid_add(grid, cli_join(&p->group_names, ", "), names.item, names.count, true);
  for (int32_t k = 0; k < p->levels; k++) {
    if (has_answer(x, k)) add_answer(x, grid, k, marks, margin_sign);
  }
  add_beside(x, grid);
  return grid;
}

typedef struct sized { double size; int32_t order, cell; } sized;

static int by_size(const void *a, const void *b) {
  const sized *x = (const sized *)a, *y = (const sized *)b;
  return x->size != y->size ? (x->size < y->size) - (x->size > y->size) : (x->order > y->order) - (x->order < y->order);
}

/* The cells whose residuals differ from 0 in one direction, most of all first. */
static void say_driving(cli_result *result, const crosstab *x, const char *what, int sign) {
  const cli_places *p = x->p;
  sized *found = CLI_NEW(sized, x->cells->rows);
  cli_list names = {0};
  int32_t count = 0;
  for (int32_t k = 0; k < p->levels; k++) {
    for (int32_t g = 0; g < p->groups; g++) {
      const int32_t i = g * p->levels + k;
      const double z = x->residual[i] * sign;
      if (x->residual_p[i] < 1 - x->options->level && z > 0) {
        found[count] = (sized){z, count, i};
        count++;
      }
    }
  }
  if (count == 0) return;
  qsort(found, (size_t)count, sizeof *found, by_size);
  for (int32_t i = 0; i < count; i++) {
    const int32_t cell = found[i].cell;
    cli_push(&names, cli_format("%s: %s", p->group_label[cell / p->levels], p->level_label[cell % p->levels]));
  }
  const char *limit = cli_significant(1 - x->options->level, 1);
  cli_say(result, CLI_WORDS,
          cli_format("%s than under independence (p Holm < %s): %s.", what, limit + (limit[0] == '0'), cli_join(&names, "; ")),
          NULL);
}

static void say_empty(cli_result *result, const crosstab *x) {
  cli_list empty = {0};
  for (int32_t g = 0; g < x->p->groups; g++) {
    if (!has_group(x, g)) cli_push(&empty, x->p->group_label[g]);
  }
  for (int32_t k = 0; k < x->p->levels; k++) {
    if (!has_answer(x, k)) cli_push(&empty, x->p->level_label[k]);
  }
  cli_say_empty(result, &empty);
}

/* Rows of the domain that are in no cell of the table. */
static double left_out(const crosstab *x) {
  const weeg_tally *tally = x->p->data->tally;
  double n = 0;
  for (int64_t i = 0; i < tally->entries; i++) n += (double)tally->n[i];
  return n - whole_sum(x, x->n);
}

/* The table with its notes; margin_verdict: [levels]. */
static void say_table(cli_result *result, const crosstab *x, const char *const *margin_verdict) {
  const cli_places *p = x->p;
  const int64_t size = x->cells->rows;
  bool *use = CLI_NEW(bool, size + p->levels);
  const char **verdict = CLI_NEW(const char *, size + p->levels), **sign = CLI_NEW(const char *, p->levels);
  for (int64_t i = 0; i < size; i++) {
    use[i] = has_group(x, (int32_t)(i / p->levels)) && has_answer(x, (int32_t)(i % p->levels));
    verdict[i] = cli_texts(x->cells, "reliability")[i];
  }
  for (int32_t k = 0; k < p->levels; k++) {
    use[size + k] = x->percent != WEEG_OF_COLUMN;
    verdict[size + k] = margin_verdict[k];
    sign[k] = cli_reliability_mark(margin_verdict[k]);
  }
  const cli_marks marks = cli_mark_reasons(cli_texts(x->cells, "reason"), use, size);
  cli_say_grid(result, make_grid(x, &marks, sign));
  cli_say_notes(result, &marks);
  cli_say_reliability(result, verdict, use, size + p->levels);
}

/* Degrees of freedom of what is shown, those of the test where nothing is. */
static const char *df_words(const crosstab *x) {
  const cli_places *p = x->p;
  const int64_t size = x->cells->rows;
  double *df = CLI_NEW(double, size + p->levels);
  bool *use = CLI_NEW(bool, size + p->levels);
  bool any = false;
  for (int64_t i = 0; i < size; i++) {
    df[i] = cli_numbers(x->cells, "df")[i];
    use[i] = has_group(x, (int32_t)(i / p->levels)) && has_answer(x, (int32_t)(i % p->levels));
    any = any || use[i];
  }
  for (int32_t k = 0; k < p->levels; k++) {
    df[size + k] = x->margin[k].df_used;
    use[size + k] = any && x->percent != WEEG_OF_COLUMN;
  }
  return any ? cli_df_text(df, use, size + p->levels) : cli_df_text(cli_numbers(x->test, "df"), NULL, 1);
}

static void say_crosstab(cli_result *result, const crosstab *x, const char *const *margin_verdict) {
  const char *const kinds[] = {cli_said("Percentages within groups (rows)"), cli_said("Percentages within answers (columns)"),
                               cli_said("Percentages of the total")};
  const cli_places *p = x->p;
  cli_say_title(result, p->data, cli_label(p->data, p->outcome), &p->group_names);
  cli_say_source(result, p->data, df_words(x));
  cli_say(result, CLI_CAPTION, cli_format("%s with %s", kinds[x->percent], cli_level_header(x->options->level)), NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  if (has_any(x)) say_table(result, x, margin_verdict);
  say_empty(result, x);
  cli_say(result, CLI_SPACE, NULL, NULL);
  cli_say(result, CLI_PIECES, cli_test_line(x->test, 0), NULL);
  say_driving(result, x, cli_said("More"), 1);
  say_driving(result, x, cli_said("Fewer"), -1);
  const double missing = left_out(x); /* a small count, or what is left of the sample */
  if (missing > 0 && x->hidden == NULL) {
    cli_say(result, CLI_WORDS,
            cli_format("%s left out: %s or %s is missing.", cli_counted(missing, "row", "rows"),
                       cli_join(&p->group_names, cli_said(" or ")), p->outcome),
            NULL);
  }
}

/* What the standards say of the margin. */
static const char *const *margin_verdicts(const crosstab *x) {
  cli_table table = {.rows = x->p->levels};
  int32_t *from = CLI_NEW(int32_t, x->p->levels);
  for (int32_t k = 0; k < x->p->levels; k++) from[k] = k;
  cli_share_columns(&table, x->margin, from);
  return cli_texts(&table, "reliability");
}

void cli_crosstab(const cli_options *options, cli_result *result) {
  const cli_formula formula = cli_parse_formula(options->arguments.item[1]);
  if (formula.outcomes.count != 1 || formula.groups.count == 0) {
    cli_usage("weeg crosstab needs one outcome and a group: 'outcome ~ group'");
  }
  cli_list names = {0}, own = {0};
  for (int32_t i = 0; i < formula.groups.count; i++) cli_push(&names, formula.groups.item[i]);
  cli_push(&names, formula.outcomes.item[0]);
  const cli_data *data = cli_load(options, options->arguments.item[0], &names);
  cli_say_many_values(data, &formula.outcomes, "row");
  const cli_places p = cli_prepare(options, data, &formula, formula.outcomes.item[0]);
  const char *interval = cli_interval_name(options, data, true), *method = cli_test_method(options, data, &formula);
  const bool null_proportions = cli_null_proportions(options);
  crosstab x = {.options = options, .p = &p};
  if (options->percent != NULL) x.percent = (weeg_percent)cli_choice(options->percent, WEEG_WORDS_PERCENT, "--percent");
  x.cells = base_table(&x, interval);
  x.margin = margin_of(&x, interval);
  x.test = cli_test_table(options, data, &formula, method, null_proportions);
  x.test->name = "test";
  x.n = copy_of(cli_numbers(x.cells, "n"), x.cells->rows);
  x.hidden = cli_hidden_cells(options, &p, true);
  add_residuals(&x);
  hide_cells(&x);
  x.weighted = copy_of(cli_numbers(x.cells, "n.weighted"), x.cells->rows);
  say_crosstab(result, &x, margin_verdicts(&x));
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, interval));
  cli_push_protection(&own, options);
  cli_test_conventions(&own, x.test, null_proportions, true);
  result->data = p.data;
  result->table = x.cells;
  result->second = x.test;
  result->conventions = cli_conventions_line(p.data, &own, true);
}
