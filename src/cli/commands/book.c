/* weeg book: what weeg_book() gives in R; its rows are those of as.data.frame(). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "show/workbook.h"

enum { MOST_LETTERS = 26 };

/* A question by a variable, or alone. */
typedef struct part {
  cli_formula formula;
  cli_places p;
  const char *by;           /* "": alone */
  int64_t row;              /* of the book, of its first group and answer */
  double *weighted, *squares, *effective; /* [groups] sums of weights and of squares, and Kish's effective bases */
  weeg_test test;
  double *adjusted;         /* [pairs * answers] p-values, as of weeg_book_table.contrasts */
} part;

typedef struct book {
  const cli_options *options;
  cli_list rows, columns;
  const cli_data *tally;    /* that FILE is; NULL: it is a file of rows */
  int32_t count, each;      /* parts, of each question: alone, then by each variable */
  part *parts;
  weeg_book_table *filled;  /* [count] */
  cli_table *cells, *tests;
  const char *adjust, *method;
} book;

/* ---- what is asked ---- */

static void find_terms(book *b) {
  const cli_options *o = b->options;
  if (o->rows == NULL || o->columns == NULL) {
    cli_usage("weeg book needs --rows and --columns, as in --rows 'q1 + q2' --columns 'region + age'");
  }
  b->rows = cli_parse_terms(o->rows);
  b->columns = cli_parse_terms(o->columns);
  for (int32_t i = 0; i < b->rows.count; i++) {
    for (int32_t k = 0; k < b->columns.count; k++) {
      if (strcmp(b->rows.item[i], b->columns.item[k]) == 0) {
        cli_usage("%s is in --rows and in --columns at once; leave it out of one of them", b->rows.item[i]);
      }
    }
  }
}

static cli_formula formula_of(const char *outcome, const char *by) {
  cli_formula formula = {.right = by};
  cli_push(&formula.outcomes, outcome);
  if (by[0] != '\0') cli_push(&formula.groups, by);
  return formula;
}

/* ---- data ---- */

/* The variables of each table. Of rows it has a tally of its own, as there may be no room for that of all variables together. */
static const cli_list *names_of(const book *b) {
  cli_list *names = CLI_NEW(cli_list, b->count);
  for (int32_t i = 0; i < b->count; i++) names[i] = cli_formula_variables(&b->parts[i].formula);
  return names;
}

/* Sums of squared weights of each group's rows with an answer, of a tally that has them. */
static void add_squares(const cli_places *p, double *sums) {
  const weeg_tally *t = p->data->tally;
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = p->group[t->cell[i]];
    if (g >= 0 && p->level[t->cell[i]] >= 0) sums[g] += weeg_square_value(t->w2[i], t->scale);
  }
}

/* Weights that follow from population sizes are the same in all rows of a unit. */
static void add_squares_of_units(const cli_places *p, double *sums) {
  const weeg_tally *t = p->data->tally;
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = p->group[t->cell[i]];
    const double w = weeg_sum_value(t->w[i], t->scale);
    if (g >= 0 && p->level[t->cell[i]] >= 0 && t->n[i] > 0) sums[g] += w * w / (double)t->n[i];
  }
}

/* The same rows as samples without strata and clusters, whose tallies have the squares; rows that are left out for want of an
   answer count in none of the groups. */
static void read_squares(const book *b, const char *path) {
  cli_options *o = CLI_NEW(cli_options, 1);
  if (strcmp(path, "-") == 0) {
    cli_usage("weeg book reads rows twice, for the sums of weights and of their squares, which a pipe cannot be: give a file or "
              "a tally");
  }
  *o = *b->options;
  o->strata = o->cluster = o->fpc = o->pps = o->repweights = o->make_replicates = o->lonely = o->df = NULL;
  o->type = o->scale = o->rscales = o->rho = o->replicates = o->seed = NULL;
  o->nest = o->lonely_domain = o->mse = o->no_mse = o->no_combined = false;
  o->again = true;
  o->missing = o->missing != NULL && strcmp(o->missing, "level") == 0 ? "level" : "domain";
  cli_data **data = cli_load_together(o, path, names_of(b), b->count);
  for (int32_t i = 0; i < b->count; i++) {
    const part *x = &b->parts[i];
    const cli_places p = cli_prepare(o, data[i], &x->formula, x->p.outcome);
    add_squares(&p, x->squares);
  }
}

/* Of Kish's effective bases: sums of squares; none where weights of rows are not known, or all are equal. */
static void find_squares(const book *b, const char *path) {
  const cli_data *data = b->parts[0].p.data;
  bool known = true;
  if (b->tally != NULL || data->weights == NULL) return;
  for (int32_t i = 0; i < b->count; i++) known = known && b->parts[i].p.data->tally->w2 != NULL;
  if (!known && !cli_weighted_by_fpc(data)) {
    read_squares(b, path);
    return;
  }
  for (int32_t i = 0; i < b->count; i++) {
    const part *x = &b->parts[i];
    if (cli_weighted_by_fpc(data)) add_squares_of_units(&x->p, x->squares);
    else add_squares(&x->p, x->squares);
  }
}

/* A tally is read once, with all variables. */
static void load_tally(book *b, const char *path) {
  cli_list all = {0};
  for (int32_t k = 0; k < b->columns.count; k++) cli_push(&all, b->columns.item[k]);
  for (int32_t i = 0; i < b->rows.count; i++) cli_push(&all, b->rows.item[i]);
  b->tally = cli_load(b->options, path, &all);
}

static void prepare(book *b, const char *path) {
  b->each = b->columns.count + 1;
  if ((int64_t)b->rows.count * b->each > INT16_MAX) cli_usage("a book has at most %d tables", (int)INT16_MAX);
  b->count = b->rows.count * b->each;
  b->parts = CLI_NEW(part, b->count);
  for (int32_t i = 0; i < b->count; i++) {
    const int32_t k = i % b->each;
    b->parts[i].by = k == 0 ? "" : b->columns.item[k - 1];
    b->parts[i].formula = formula_of(b->rows.item[i / b->each], b->parts[i].by);
  }
  path = cli_source_path(path);
  if (cli_is_tally(path)) load_tally(b, path);
  cli_data **data = b->tally != NULL ? NULL : cli_load_together(b->options, path, names_of(b), b->count);
  for (int32_t i = 0; i < b->count; i++) {
    part *x = &b->parts[i];
    const cli_data *mine = data == NULL ? b->tally : data[i];
    if (i % b->each == 0) cli_say_many_values(mine, &x->formula.outcomes);
    x->p = cli_prepare(b->options, mine, &x->formula, x->formula.outcomes.item[0]);
    x->weighted = CLI_NEW(double, x->p.groups);
    x->squares = CLI_NEW(double, x->p.groups);
    x->effective = CLI_NEW(double, x->p.groups);
  }
  find_squares(b, path);
}

/* ---- figures ---- */

static int32_t pairs_of(const weeg_book_table *t) { return t->compared < 2 ? 0 : t->compared * (t->compared - 1) / 2; }

/* The groups with answers, all pairs of which are compared. */
static void plan_comparisons(const part *x, weeg_book_table *t) {
  const weeg_tally *tally = x->p.data->tally;
  bool *has = CLI_NEW(bool, x->p.groups);
  int32_t *group = CLI_NEW(int32_t, x->p.groups);
  if (x->by[0] == '\0' || x->p.groups > MOST_LETTERS) return;
  for (int64_t i = 0; i < tally->entries; i++) {
    const int32_t g = x->p.group[tally->cell[i]];
    if (g >= 0 && x->p.level[tally->cell[i]] >= 0 && tally->n[i] > 0) has[g] = true;
  }
  for (int32_t g = 0; g < x->p.groups; g++) {
    if (has[g]) group[t->compared++] = g;
  }
  t->group = group;
  t->n = CLI_NEW(int64_t, t->compared);
  t->estimate = CLI_NEW(double, (int64_t)t->compared * x->p.levels);
  t->contrasts = CLI_NEW(weeg_contrast, (int64_t)pairs_of(t) * x->p.levels);
}

/* All tables; gives their shares, in the order of the rows of the book. */
static weeg_share *fill(book *b, const char *interval) {
  weeg_error err = {0};
  int64_t rows = 0;
  for (int32_t i = 0; i < b->count; i++) rows += (int64_t)b->parts[i].p.groups * b->parts[i].p.levels;
  weeg_share *shares = CLI_NEW(weeg_share, rows);
  b->filled = CLI_NEW(weeg_book_table, b->count);
  rows = 0;
  for (int32_t i = 0; i < b->count; i++) {
    part *x = &b->parts[i];
    weeg_book_table *t = &b->filled[i];
    x->row = rows;
    *t = (weeg_book_table){.survey = cli_survey(x->p.data), .places = x->p.table, .shares = shares + rows};
    if (x->by[0] != '\0') t->test = &x->test;
    plan_comparisons(x, t);
    rows += (int64_t)x->p.groups * x->p.levels;
  }
  const int method = cli_one_of(b->method, weeg_words(WEEG_WORDS_TEST), "--method");
  const weeg_book all = {b->filled, b->count, cli_interval(interval, b->options->level), {.method = (weeg_test_method)method}};
  const weeg_hooks hooks = cli_hooks(b->options);
  cli_check_estimate(weeg_fill_book(&all, &hooks, &err), &err, b->parts[0].p.data);
  return shares;
}

static void adjust(const book *b, int32_t i) {
  weeg_error err = {0};
  const weeg_book_table *t = &b->filled[i];
  const int64_t levels = b->parts[i].p.levels, count = pairs_of(t) * levels;
  double *p = CLI_NEW(double, count), *share1 = CLI_NEW(double, count), *share2 = CLI_NEW(double, count);
  int32_t *first = CLI_NEW(int32_t, count), *second = CLI_NEW(int32_t, count), *answer = CLI_NEW(int32_t, count);
  int64_t row = 0;
  for (int32_t a = 0; a < t->compared; a++) {
    for (int32_t c = a + 1; c < t->compared; c++) {
      for (int32_t k = 0; k < levels; k++, row++) {
        p[row] = t->contrasts[row].p_value;
        first[row] = a;
        second[row] = c;
        answer[row] = k;
        share1[row] = t->estimate[a * levels + k];
        share2[row] = t->estimate[c * levels + k];
      }
    }
  }
  b->parts[i].adjusted = CLI_NEW(double, count);
  const weeg_hypotheses tests = {count, p, first, second, answer, share1, share2};
  const weeg_adjustment how = (weeg_adjustment)cli_choice(b->adjust, WEEG_WORDS_ADJUSTMENT, "--adjust");
  cli_check(weeg_adjust_hypotheses(how, &tests, b->parts[i].adjusted, NULL, &err), &err);
}

/* ---- rows ---- */

static const char *letter_of(const part *x, int32_t g) {
  return x->by[0] == '\0' || x->p.groups > MOST_LETTERS ? NULL : cli_format("%c", 'A' + g);
}

/* Letters of the columns that each figure is higher than, those of later columns last. */
static void find_letters(const book *b, int32_t i, const char **higher) {
  const part *x = &b->parts[i];
  const weeg_book_table *t = &b->filled[i];
  const int64_t levels = x->p.levels;
  bool *above = CLI_NEW(bool, (int64_t)x->p.groups * levels * x->p.groups); /* [group, answer, group] */
  int64_t row = 0;
  for (int32_t a = 0; a < t->compared; a++) {
    for (int32_t c = a + 1; c < t->compared; c++) {
      for (int32_t k = 0; k < levels; k++, row++) {
        if (isnan(x->adjusted[row])) continue;
        const int32_t g = t->group[a], h = t->group[c];
        const double estimate = t->contrasts[row].estimate;
        if (higher[g * levels + k] == NULL) higher[g * levels + k] = "";
        if (higher[h * levels + k] == NULL) higher[h * levels + k] = "";
        if (!(x->adjusted[row] < 1 - b->options->level) || estimate == 0) continue;
        if (estimate > 0) above[(g * levels + k) * x->p.groups + h] = true;
        else above[(h * levels + k) * x->p.groups + g] = true;
      }
    }
  }
  for (int64_t cell = 0; cell < x->p.groups * levels; cell++) {
    for (int32_t g = 0; g < x->p.groups; g++) {
      if (above[cell * x->p.groups + g]) higher[cell] = cli_format("%s%c", higher[cell], 'A' + g);
    }
  }
}

static void make_cells(book *b, const weeg_share *shares) {
  cli_table *table = b->cells = CLI_NEW(cli_table, 1);
  const part *last = &b->parts[b->count - 1];
  *table = (cli_table){.name = "rows", .rows = last->row + (int64_t)last->p.groups * last->p.levels};
  static const char *const names[] = {"outcome", "level", "statistic", "banner", "column", "letter"};
  const char **text[6];
  int32_t *from = CLI_NEW(int32_t, table->rows);
  for (int k = 0; k < 6; k++) text[k] = cli_add_texts(table, names[k]);
  for (int64_t i = 0; i < table->rows; i++) from[i] = (int32_t)i;
  cli_share_columns(table, shares, from);
  double *weighted = cli_add_numbers(table, "base.weighted"), *effective = cli_add_numbers(table, "base.effective");
  double *cv = cli_add_numbers(table, "cv");
  const char **higher = cli_add_texts(table, "higher");
  for (int32_t i = 0; i < b->count; i++) {
    part *x = &b->parts[i];
    const int32_t levels = x->p.levels;
    const bool equal = b->tally == NULL && x->p.data->weights == NULL;
    for (int32_t g = 0; g < x->p.groups; g++) {
      for (int32_t k = 0; k < levels; k++) x->weighted[g] += shares[x->row + (int64_t)g * levels + k].weighted;
      const double sum = equal ? x->weighted[g] : x->squares[g];
      x->effective[g] = sum > 0 ? x->weighted[g] * x->weighted[g] / sum : NAN;
    }
    for (int64_t at = 0; at < (int64_t)x->p.groups * levels; at++) {
      const int32_t g = (int32_t)(at / levels);
      const char *const values[] = {x->p.outcome, x->p.level_label[at % levels], "share", x->by,
                                    x->by[0] == '\0' ? "Total" : x->p.group_label[g], letter_of(x, g)};
      for (int k = 0; k < 6; k++) text[k][x->row + at] = values[k];
      weighted[x->row + at] = x->weighted[g];
      effective[x->row + at] = x->effective[g];
      const weeg_share *s = &shares[x->row + at];
      cv[x->row + at] = s->estimate == 0 ? NAN : s->std_error / s->estimate;
    }
    find_letters(b, i, higher + x->row);
  }
}

/* A table of all tests, with the variable before the columns of weeg test. */
static void make_tests(book *b) {
  for (int32_t i = 0; i < b->count; i++) {
    if (b->parts[i].by[0] == '\0') continue;
    cli_table *one = cli_test_row(&b->parts[i].p, b->method, &b->parts[i].test);
    if (b->tests == NULL) b->tests = one;
    else cli_append(b->tests, one);
  }
  b->tests->name = "tests";
}

/* ---- as something to read ---- */

/* The texts of a column: figures, the test and bases. */
typedef struct column_texts {
  const char **text, **mark;
  cli_value *value;
  int32_t count;
} column_texts;

static bool is_large(const part *x, int32_t parts) {
  for (int32_t i = 0; i < parts; i++) {
    for (int32_t g = 0; g < x[i].p.groups; g++) {
      if (x[i].weighted[g] >= 9999.5) return true;
    }
  }
  return false;
}

static bool has_effective(const part *x, int32_t parts) {
  for (int32_t i = 0; i < parts; i++) {
    for (int32_t g = 0; g < x[i].p.groups; g++) {
      if (!isnan(x[i].effective[g])) return true;
    }
  }
  return false;
}

/* Of group g of part k of a question, whose parts begin at x; the test of a variable stands in its first column. */
static column_texts texts_of(const book *b, const part *x, int32_t k, int32_t g) {
  const int32_t levels = x[k].p.levels;
  const int64_t row = x[k].row + (int64_t)g * levels;
  column_texts c = {CLI_NEW(const char *, levels + 4), CLI_NEW(const char *, levels + 4), CLI_NEW(cli_value, levels + 4), 0};
  int width = 0;
  for (int32_t a = 0; a < levels; a++) {
    const char *higher = cli_texts(b->cells, "higher")[row + a];
    c.value[c.count] = (cli_value){CLI_SHARE, cli_numbers(b->cells, "estimate")[row + a]};
    c.text[c.count] = cli_percent(c.value[c.count].x);
    c.mark[c.count] = cli_format("%s%s", cli_reliability_mark(cli_texts(b->cells, "reliability")[row + a]),
                                 higher == NULL ? "" : higher);
    if (cli_width(c.mark[c.count]) > width) width = cli_width(c.mark[c.count]);
    c.count++;
  }
  const bool large = is_large(x, b->each), tested = k > 0 && g == 0;
  const cli_value bases[] = {{tested ? CLI_PVALUE : CLI_NO_VALUE, x[k].test.p_value},
                             {CLI_COUNT, cli_numbers(b->cells, "n.base")[row]},
                             {large ? CLI_COUNT : CLI_WEIGHTED, x[k].weighted[g]}, {CLI_COUNT, x[k].effective[g]}};
  for (int i = 0; i < 4; i++) c.value[c.count + i] = bases[i];
  c.text[c.count++] = tested ? cli_p(x[k].test.p_value) : "";
  c.text[c.count++] = cli_count(bases[1].x);
  c.text[c.count++] = cli_weighted(x[k].weighted[g], large);
  if (has_effective(x, b->each)) c.text[c.count++] = cli_count(x[k].effective[g]);
  for (int32_t i = levels; i < c.count; i++) c.mark[i] = "";
  for (int32_t i = 0; i < c.count; i++) c.mark[i] = cli_pad_right(c.mark[i], width);
  return c;
}

enum { HEADER = 12 };

/* The variable over the first of its columns, the level, and the letter. */
static void add_header(cli_grid *grid, const part *x, int32_t g, int32_t height) {
  cli_column *column = &grid->column[grid->columns - 1];
  cli_list header = {0}, level = {0};
  const char *letter = letter_of(x, g);
  if (g == 0) cli_wrap(&header, x->by, HEADER, 0);
  else cli_push(&header, "");
  column->above = header.count;
  column->banner = x->by[0] == '\0' ? NULL : cli_label(x->p.data, x->by);
  cli_wrap(&level, x->by[0] == '\0' ? "Total" : x->p.group_label[g], HEADER, 0);
  for (int32_t i = level.count; i < height; i++) cli_push(&header, "");
  for (int32_t i = 0; i < level.count; i++) cli_push(&header, level.item[i]);
  cli_push(&header, letter == NULL ? "" : letter);
  column->header = header;
}

static int32_t header_height(const part *x, int32_t parts) {
  int32_t height = 1;
  for (int32_t k = 1; k < parts; k++) {
    for (int32_t g = 0; g < x[k].p.groups; g++) {
      cli_list lines = {0};
      cli_wrap(&lines, x[k].p.group_label[g], HEADER, 0);
      if (lines.count > height) height = lines.count;
    }
  }
  return height;
}

static const cli_grid *make_grid(const book *b, const part *x) {
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  cli_list stub = {0};
  const int32_t height = header_height(x, b->each);
  for (int32_t a = 0; a < x->p.levels; a++) cli_push(&stub, x->p.level_label[a]);
  grid->foot = stub.count;
  cli_push(&stub, "p");
  cli_push(&stub, "n");
  cli_push(&stub, "N (weighted)");
  if (has_effective(x, b->each)) cli_push(&stub, "n eff.");
  cli_grid_add(grid, "%", stub.item, stub.count, true);
  for (int32_t k = 0; k < b->each; k++) {
    for (int32_t g = 0; g < x[k].p.groups; g++) {
      const column_texts c = texts_of(b, x, k, g);
      const char **both = CLI_NEW(const char *, c.count);
      for (int32_t i = 0; i < c.count; i++) both[i] = cli_format("%s%s", c.text[i], c.mark[i]);
      cli_grid_add(grid, "", both, c.count, false);
      grid->column[grid->columns - 1].mark = c.mark;
      grid->column[grid->columns - 1].value = c.value;
      add_header(grid, &x[k], g, height);
    }
  }
  return grid;
}

/* Why a figure or a test is not there. */
static void say_reasons(cli_result *result, const book *b, int32_t first) {
  cli_list reasons = {0};
  for (int32_t i = first; i < first + b->each; i++) {
    const part *x = &b->parts[i];
    for (int64_t row = x->row; row < x->row + (int64_t)x->p.groups * x->p.levels; row++) {
      const char *reason = cli_texts(b->cells, "reason")[row];
      bool said = reason == NULL || !isnan(cli_numbers(b->cells, "estimate")[row]);
      for (int32_t k = 0; k < reasons.count && !said; k++) said = strcmp(reasons.item[k], reason) == 0;
      if (!said) cli_push(&reasons, reason);
    }
  }
  if (reasons.count > 0) cli_say(result, CLI_WORDS, cli_format("-: %s.", cli_join(&reasons, "; ")), NULL);
  const int64_t tests = (int64_t)first / b->each * (b->each - 1);
  for (int32_t k = 1; k < b->each; k++) {
    if (!isnan(b->parts[first + k].test.p_value)) continue;
    cli_say(result, CLI_WORDS,
            cli_format("No test by %s: %s.", b->parts[first + k].by, cli_texts(b->tests, "reason")[tests + k - 1]), NULL);
  }
}

static void say_question(cli_result *result, const book *b, int32_t first) {
  const part *x = &b->parts[first];
  const double n = x->p.levels == 0 ? 0 : cli_numbers(b->cells, "n.base")[x->row];
  cli_say(result, CLI_TITLE, cli_label(x->p.data, x->p.outcome), NULL);
  cli_say(result, CLI_CAPTION, cli_format("n = %s", cli_count(n)), NULL);
  if (x->p.levels == 0) {
    cli_say(result, CLI_WORDS, "No answers.", NULL);
  } else {
    cli_say(result, CLI_SPACE, NULL, NULL);
    cli_say_grid(result, make_grid(b, x));
    say_reasons(result, b, first);
  }
  cli_say(result, CLI_SPACE, NULL, NULL);
}

/* What letters and rows of tests and bases are, of those that are shown. */
static void say_letters(cli_result *result, const book *b) {
  bool letters = false, effective = false;
  for (int32_t k = 1; k < b->each; k++) letters = letters || letter_of(&b->parts[k], 0) != NULL;
  for (int32_t i = 0; i < b->count; i += b->each) effective = effective || has_effective(&b->parts[i], b->each);
  const char *adjusted = strcmp(b->adjust, "none") == 0 ? "" : cli_format(" (p adjusted: %s)", b->adjust);
  const char *letter = cli_format(
    "A letter: the figure is higher than that of the column with this letter, of the same variable, at %s%s. ",
    cli_significant(1 - b->options->level, 1), adjusted);
  cli_say(result, CLI_WORDS, cli_format("%sp: the test of the question by the variable.%s", letters ? letter : "",
                                        effective ? " n eff.: Kish's effective base." : ""), NULL);
}

static void say_book(cli_result *result, const book *b) {
  const cli_options *o = b->options;
  const char *title = cli_format("%s by %s", cli_counted(b->rows.count, "question", "questions"), cli_join(&b->columns, ", "));
  cli_say(result, CLI_TITLE, o->title == NULL ? title : o->title, NULL);
  cli_say_source(result, b->parts[0].p.data, NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  for (int32_t i = 0; i < b->count; i += b->each) say_question(result, b, i);
  cli_say_reliability(result, cli_texts(b->cells, "reliability"), NULL, b->cells->rows);
  say_letters(result, b);
}

void cli_book(const cli_options *options, cli_result *result) {
  book b = {.options = options, .adjust = options->adjust == NULL ? "holm" : options->adjust};
  cli_list own = {0};
  find_terms(&b);
  (void)cli_choice(b.adjust, WEEG_WORDS_ADJUSTMENT, "--adjust");
  prepare(&b, options->arguments.item[0]);
  const cli_data *data = b.parts[0].p.data;
  const cli_formula formula = formula_of(b.rows.item[0], b.columns.item[0]);
  const char *interval = cli_interval_name(options, data, true);
  b.method = cli_test_method(options, data, &formula);
  const weeg_share *shares = fill(&b, interval);
  for (int32_t i = 0; i < b.count; i++) adjust(&b, i);
  make_cells(&b, shares);
  make_tests(&b);
  say_book(result, &b);
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, interval));
  cli_push(&own, cli_format("letters differences at %s (%s, within a question and a variable)",
                            cli_significant(1 - options->level, 1), b.adjust));
  cli_test_conventions(&own, b.tests, false, true);
  result->data = data;
  result->table = b.cells;
  result->second = b.tests;
  result->contents = true;
  result->conventions = cli_conventions_line(data, &own, true);
}
