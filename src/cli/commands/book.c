/* weeg book: what weeg_book() gives in R; its rows are those of as.data.frame(). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands/book.h"

/* ---- the rows of a question ---- */

static int32_t answers_of(const book_part *x) {
  return x->items != NULL ? x->items->items : x->p.levels;
}

static const char *answer_name(const book_part *x, int32_t answer) {
  return x->items != NULL ? x->items->label[answer] : x->p.level_label[answer];
}

/* Which answers a net has, [answers]; NULL: the question has not all of them. */
static bool *inside_net(const book_part *x, const cli_net *net) {
  const int32_t count = answers_of(x);
  char **name = CLI_NEW(char *, count);
  bool *inside = CLI_NEW(bool, count);
  for (int32_t k = 0; k < count; k++) name[k] = cli_copy(answer_name(x, k), strlen(answer_name(x, k)));
  char *outcome = cli_copy(x->p.outcome, strlen(x->p.outcome));
  if (!cli_has_net(&(weeg_variable){.name = outcome, .levels = {count, name}}, net)) return NULL;
  for (int32_t i = 0; i < net->answers.count; i++) {
    for (int32_t k = 0; k < count; k++) inside[k] = inside[k] || strcmp(name[k], net->answers.item[i]) == 0;
  }
  return inside;
}

/* The number of a net: that of an answer or another net which is the same. */
static int32_t number_of(const book_part *x, bool *const *inside, int32_t net) {
  const int32_t count = answers_of(x);
  int32_t of = -1, members = 0;
  for (int32_t k = 0; k < count; k++) {
    if (inside[net][k]) of = k, members++;
  }
  if (members == 1) return of;
  for (int32_t n = 0; n < net; n++) {
    if (inside[n] != NULL && memcmp(inside[n], inside[net], (size_t)count * sizeof **inside) == 0) return count + n;
  }
  return count + net;
}

/* A table of the core with places of its own: two answers, of which the first is an item or a net. */
static weeg_places named_or_not(const book_part *x, const bool *inside) {
  const int32_t cells = x->p.data->tally->cells;
  int32_t *answer = CLI_NEW(int32_t, cells);
  for (int32_t c = 0; c < cells; c++) {
    const int32_t pattern = x->p.level[c];
    bool named = false;
    answer[c] = -1;
    if (pattern < 0 || pattern >= x->items->patterns) continue;
    for (int32_t i = 0; i < x->items->items; i++) {
      named = named || (inside[i] && x->items->named[(int64_t)pattern * x->items->items + i]);
    }
    answer[c] = named ? 0 : 1;
  }
  weeg_places places = x->p.table;
  places.answer = answer;
  places.answers = 2;
  return places;
}

static void add_table(book_part *x, const cli_data *data, weeg_places places, int32_t measure) {
  x->table[x->tables++] = (weeg_book_table){.survey = cli_survey(data), .places = places, .measure = measure,
                                            .columns = x->over == NULL ? NULL : &x->sets};
}

static void add_answer(book_part *x, const char *name, book_kind kind, int32_t level, int32_t number) {
  x->answer[x->answers++] = (book_answer){name, kind, x->tables - 1, level, number};
}

static void add_nets(book *b, book_part *x, bool *used) {
  bool **inside = CLI_NEW(bool *, b->nets);
  for (int32_t n = 0; n < b->nets; n++) {
    inside[n] = inside_net(x, &b->net[n]);
    if (inside[n] == NULL) continue;
    used[n] = true;
    if (x->items != NULL) {
      add_table(x, x->p.data, named_or_not(x, inside[n]), 0);
    } else {
      const cli_places p = cli_net_places(&x->p, &b->net[n]);
      add_table(x, p.data, p.table, 0);
    }
    add_answer(x, b->net[n].name, BOOK_NET, 0, number_of(x, inside, n));
  }
}

/* The rows of a question, and the tables that have their figures. */
static void plan_answers(book *b, int32_t part, bool *used) {
  book_part *x = &b->parts[part];
  const bool mean = book_of(b, part)->kind == BOOK_MEAN;
  const int32_t own = answers_of(x), most = (own < 1 ? 1 : own) + b->nets;
  x->answer = CLI_NEW(book_answer, most);
  x->table = CLI_NEW(weeg_book_table, most);
  if (x->items == NULL) add_table(x, x->p.data, x->p.table, mean);
  if (mean) {
    add_answer(x, NULL, BOOK_MEAN, 0, 0);
    return;
  }
  for (int32_t k = 0; k < own; k++) {
    bool *one = CLI_NEW(bool, own);
    one[k] = true;
    if (x->items != NULL) add_table(x, x->p.data, named_or_not(x, one), 0);
    add_answer(x, answer_name(x, k), x->items != NULL ? BOOK_ITEM : BOOK_SHARE, x->items != NULL ? 0 : k, k);
  }
  add_nets(b, x, used);
}

/* ---- figures ---- */

/* The columns with answers, all pairs of which are compared. */
static void plan_comparisons(const book_part *x, weeg_book_table *t) {
  const weeg_tally *tally = t->survey->tally;
  const weeg_places *p = &t->places;
  bool *has = CLI_NEW(bool, p->groups);
  int32_t *column = CLI_NEW(int32_t, x->columns);
  if (x->by[0] == '\0' || x->columns > BOOK_MOST_LETTERS) return;
  for (int64_t i = 0; i < tally->entries; i++) {
    const int32_t g = p->group[tally->cell[i]];
    if (g >= 0 && p->answer[tally->cell[i]] >= 0 && tally->n[i] > 0) has[g] = true;
  }
  for (int32_t k = 0; k < x->columns; k++) {
    bool any = x->over == NULL && has[k];
    for (int64_t i = 0; x->over != NULL && i < x->sets.start[k + 1] - x->sets.start[k]; i++) {
      any = any || has[x->sets.group[x->sets.start[k] + i]];
    }
    if (any) column[t->compared++] = k;
  }
  t->group = column;
  t->n = CLI_NEW(int64_t, t->compared);
  t->estimate = CLI_NEW(double, (int64_t)t->compared * p->answers);
  t->contrasts = CLI_NEW(weeg_contrast, (int64_t)t->compared * t->compared * p->answers);
}

/* The test of all items together, which no table of the core is of. */
static void test_items(book_part *x) {
  const int32_t items = x->items->items, cells = x->p.data->tally->cells;
  weeg_error err = cli_error();
  int32_t *named = CLI_NEW(int32_t, (int64_t)cells * items), *size = CLI_NEW(int32_t, cells);
  for (int32_t c = 0; c < cells; c++) {
    const int32_t pattern = x->p.level[c];
    size[c] = pattern >= 0 && pattern < x->items->patterns ? 1 : -1;
    for (int32_t i = 0; i < items && size[c] > 0; i++) {
      named[(int64_t)c * items + i] = x->items->named[(int64_t)pattern * items + i];
    }
  }
  const weeg_answers answers = {x->p.group, x->p.groups, named, items, size};
  weeg_test *tests = CLI_NEW(weeg_test, (int64_t)items + 1);
  double *adjusted = CLI_NEW(double, items);
  cli_check_estimate(weeg_item_tests(cli_survey(x->p.data), &answers, tests, adjusted, &err), &err, x->p.data);
  x->test = tests[items];
  x->test.chisq = x->test.delta_mean = x->test.cramers_v = NAN;
}

/* All tables, of all parts, at once. */
static void fill(book *b, const char *interval) {
  weeg_error err = cli_error();
  int32_t count = 0;
  for (int32_t i = 0; i < b->count; i++) count += b->parts[i].tables;
  weeg_book_table *all = CLI_NEW(weeg_book_table, count);
  count = 0;
  for (int32_t i = 0; i < b->count; i++) {
    book_part *x = &b->parts[i];
    const bool tested = x->by[0] != '\0', items = x->items != NULL && x->over == NULL;
    for (int32_t k = 0; k < x->tables; k++) {
      weeg_book_table *t = &x->table[k];
      if (t->measure > 0) t->means = CLI_NEW(weeg_mean, x->columns);
      else t->shares = CLI_NEW(weeg_share, (int64_t)x->columns * t->places.answers);
      if (tested && k == 0 && !items) t->test = &x->test;
      plan_comparisons(x, t);
      all[count++] = *t;
    }
  }
  const int method = cli_one_of(b->method, weeg_words(WEEG_WORDS_TEST), "--method");
  const weeg_book whole = {all, count, cli_interval(interval, b->options->level), {.method = (weeg_test_method)method}};
  const weeg_hooks hooks = cli_hooks(b->options);
  cli_check_estimate(weeg_fill_book(&whole, &hooks, &err), &err, b->about);
  for (int32_t i = 0; i < b->count; i++) {
    book_part *x = &b->parts[i];
    if (x->by[0] != '\0' && x->items != NULL && x->over == NULL) test_items(x);
  }
}

/* Comparison `pair` of columns in row k of a part. */
static const weeg_contrast *contrast_of(const book_part *x, int32_t pair, int32_t k) {
  const weeg_book_table *t = &x->table[x->answer[k].table];
  return &t->contrasts[(int64_t)pair * t->places.answers + x->answer[k].level];
}

static void adjust(const book *b, book_part *x) {
  weeg_error err = cli_error();
  const int32_t compared = x->tables == 0 ? 0 : x->table[0].compared, rows = x->answers;
  const int64_t count = x->tables == 0 ? 0 : (int64_t)book_pairs(x) * rows;
  double *p = CLI_NEW(double, count), *share1 = CLI_NEW(double, count), *share2 = CLI_NEW(double, count);
  int32_t *first = CLI_NEW(int32_t, count), *second = CLI_NEW(int32_t, count), *answer = CLI_NEW(int32_t, count), pair = 0;
  int64_t i = 0;
  for (int32_t a = 0; a < compared; a++) {
    for (int32_t c = a + 1; c < compared; c++, pair++) {
      for (int32_t k = 0; k < rows; k++, i++) {
        const weeg_book_table *t = &x->table[x->answer[k].table];
        const int32_t answers = t->places.answers, level = x->answer[k].level;
        p[i] = contrast_of(x, pair, k)->p_value;
        first[i] = a;
        second[i] = c;
        answer[i] = x->answer[k].number;
        if (t->measure > 0) continue;
        share1[i] = t->estimate[(int64_t)a * answers + level];
        share2[i] = t->estimate[(int64_t)c * answers + level];
      }
    }
  }
  x->adjusted = CLI_NEW(double, count);
  const weeg_hypotheses tests = {count, p, first, second, answer, share1, share2};
  const weeg_adjustment how = (weeg_adjustment)cli_choice(b->adjust, WEEG_WORDS_ADJUSTMENT, "--adjust");
  cli_check(weeg_adjust_hypotheses(how, &tests, x->adjusted, NULL, &err), &err);
}

/* ---- rows ---- */

/* Letters of the columns that each figure is higher than, those of later columns last. */
static void find_letters(const book *b, const book_part *x, const char **higher) {
  const int32_t rows = x->answers, compared = x->tables == 0 ? 0 : x->table[0].compared;
  const int32_t *column = compared == 0 ? NULL : x->table[0].group;
  bool *above = CLI_NEW(bool, (int64_t)x->columns * rows * x->columns); /* [column, answer, column] */
  int64_t i = 0;
  int32_t pair = 0;
  for (int32_t a = 0; a < compared; a++) {
    for (int32_t c = a + 1; c < compared; c++, pair++) {
      for (int32_t k = 0; k < rows; k++, i++) {
        if (isnan(x->adjusted[i])) continue;
        const int32_t g = column[a], h = column[c];
        const double estimate = contrast_of(x, pair, k)->estimate;
        if (higher[g * rows + k] == NULL) higher[g * rows + k] = "";
        if (higher[h * rows + k] == NULL) higher[h * rows + k] = "";
        if (!(x->adjusted[i] < 1 - b->options->level) || estimate == 0) continue;
        if (estimate > 0) above[(g * rows + k) * x->columns + h] = true;
        else above[(h * rows + k) * x->columns + g] = true;
      }
    }
  }
  for (int64_t cell = 0; cell < (int64_t)x->columns * rows; cell++) {
    for (int32_t g = 0; g < x->columns; g++) {
      if (above[cell * x->columns + g]) higher[cell] = cli_format("%s%c", higher[cell], 'A' + g);
    }
  }
}

/* What a share has of a mean. */
static weeg_share share_of(const weeg_mean *m) {
  return (weeg_share){.estimate = m->estimate, .std_error = m->std_error, .low = m->low, .high = m->high, .n = m->n,
                      .base_n = m->n, .weighted = m->weighted, .n_effective = NAN, .deff = NAN, .df_used = m->df_used,
                      .reason = m->reason};
}

/* Figures in the order of the rows of the book, and the bases of the columns. */
static weeg_share *collect(book *b, int64_t *count) {
  *count = 0;
  for (int32_t i = 0; i < b->count; i++) {
    b->parts[i].row = *count;
    *count += (int64_t)b->parts[i].columns * b->parts[i].answers;
  }
  weeg_share *shares = CLI_NEW(weeg_share, *count);
  for (int32_t i = 0; i < b->count; i++) {
    book_part *x = &b->parts[i];
    const bool equal = b->tally == NULL && x->p.data->weights == NULL;
    for (int32_t g = 0; g < x->columns; g++) {
      double sum = 0;
      for (int32_t k = 0; k < x->answers; k++) {
        const weeg_book_table *t = &x->table[x->answer[k].table];
        weeg_share *to = &shares[x->row + (int64_t)g * x->answers + k];
        *to = t->measure > 0 ? share_of(&t->means[g]) : t->shares[(int64_t)g * t->places.answers + x->answer[k].level];
        if (x->answer[k].kind == BOOK_SHARE || x->answer[k].kind == BOOK_MEAN) sum += to->weighted;
      }
      if (x->items == NULL) x->weighted[g] = sum;
      const double squares = equal ? x->weighted[g] : x->squares[g];
      x->effective[g] = squares > 0 ? x->weighted[g] * x->weighted[g] / squares : NAN;
    }
  }
  return shares;
}

/* A mean has no verdict. */
static void drop_verdicts(const cli_table *table, int64_t row) {
  static const char *const names[] = {"reliability", "reliability.reason", "reliability.code"};
  for (int k = 0; k < 3; k++) ((const char **)(uintptr_t)cli_texts(table, names[k]))[row] = NULL;
}

static void make_cells(book *b) {
  static const char *const names[] = {"outcome", "level", "statistic", "banner", "column", "letter"};
  static const char *const kinds[] = {[BOOK_SHARE] = "share", [BOOK_ITEM] = "item", [BOOK_NET] = "net", [BOOK_MEAN] = "mean"};
  cli_table *table = b->cells = CLI_NEW(cli_table, 1);
  table->name = "rows";
  const weeg_share *shares = collect(b, &table->rows);
  const char **text[6];
  int32_t *from = CLI_NEW(int32_t, table->rows);
  for (int k = 0; k < 6; k++) text[k] = cli_add_texts(table, names[k]);
  for (int64_t i = 0; i < table->rows; i++) from[i] = (int32_t)i;
  cli_share_columns(table, shares, from);
  double *weighted = cli_add_numbers(table, "base.weighted"), *effective = cli_add_numbers(table, "base.effective");
  double *cv = cli_add_numbers(table, "cv");
  const char **higher = cli_add_texts(table, "higher");
  for (int32_t i = 0; i < b->count; i++) {
    const book_part *x = &b->parts[i];
    for (int64_t at = 0; at < (int64_t)x->columns * x->answers; at++) {
      const int32_t g = (int32_t)(at / x->answers);
      const int64_t row = x->row + at;
      const book_answer *answer = &x->answer[at % x->answers];
      const char *const values[] = {x->p.outcome, answer->name, kinds[answer->kind], x->by, x->column[g], book_letter(x, g)};
      for (int k = 0; k < 6; k++) text[k][row] = values[k];
      weighted[row] = x->weighted[g];
      effective[row] = x->effective[g];
      cv[row] = shares[row].estimate == 0 ? NAN : shares[row].std_error / fabs(shares[row].estimate);
      if (answer->kind == BOOK_MEAN) drop_verdicts(table, row);
    }
    find_letters(b, x, higher + x->row);
  }
}

/* A table of all tests, with the columns of weeg test. */
static void make_tests(book *b) {
  for (int32_t i = 0; i < b->count; i++) {
    const book_part *x = &b->parts[i];
    if (x->by[0] == '\0') continue;
    const char *method = book_of(b, i)->kind == BOOK_MEAN ? "mean" : x->items != NULL ? "rao-scott-f" : b->method;
    cli_table *one = cli_test_row(&x->p, method, &x->test);
    if (x->over != NULL) ((const char **)(uintptr_t)cli_texts(one, "method"))[0] = NULL;
    if (b->tests == NULL) b->tests = one;
    else cli_append(b->tests, one);
  }
  b->tests->name = "tests";
}

/* A net of which no question has all answers: one that no question has at all is likely a slip. */
static _Noreturn void refuse_net(const book *b, const cli_net *net) {
  cli_list known = {0};
  for (int32_t i = 0; i < b->count; i += b->each) {
    const book_part *x = &b->parts[i];
    for (int32_t k = 0; k < x->answers; k++) {
      if (x->answer[k].kind == BOOK_SHARE || x->answer[k].kind == BOOK_ITEM) cli_push(&known, x->answer[k].name);
    }
  }
  for (int32_t i = 0; i < net->answers.count; i++) {
    const char *wrong = net->answers.item[i];
    int32_t at = 0;
    while (at < known.count && strcmp(known.item[at], wrong) != 0) at++;
    if (at < known.count) continue;
    const char *near = cli_near(wrong, &known);
    cli_fail("no question has all answers of the net \"%s\" (in --net), and none has \"%s\"; %s%s", net->name, wrong,
             near != NULL ? cli_said("did you mean ") : cli_said("answers are "),
             near != NULL ? cli_format("%s?", near) : cli_listed(&known, ", "));
  }
  cli_fail("no question has all answers of the net \"%s\" (in --net); its answers are of different questions", net->name);
}

static void plan(book *b) {
  bool *used = CLI_NEW(bool, b->nets);
  for (int32_t i = 0; i < b->count; i++) {
    plan_answers(b, i, used);
    b->question[i / b->each].kind = b->parts[i].items != NULL ? BOOK_ITEM : book_of(b, i)->kind;
  }
  for (int32_t n = 0; n < b->nets; n++) {
    if (!used[n]) refuse_net(b, &b->net[n]);
  }
}

void cli_book(const cli_options *options, cli_result *result) {
  book b = {.options = options, .adjust = options->adjust == NULL ? "holm" : options->adjust};
  cli_list own = {0};
  (void)cli_choice(b.adjust, WEEG_WORDS_ADJUSTMENT, "--adjust");
  book_read(&b);
  plan(&b);
  const char *interval = cli_interval_name(options, b.about, true);
  b.method = cli_test_method(options, b.about, &b.parts[1].formula);
  fill(&b, interval);
  for (int32_t i = 0; i < b.count; i++) adjust(&b, &b.parts[i]);
  make_cells(&b);
  make_tests(&b);
  book_say(result, &b);
  cli_push(&own, cli_format("interval %.7g%% %s", 100 * options->level, interval));
  cli_push(&own, cli_format("letters differences at %s (%s, within a question and a variable)",
                            cli_significant(1 - options->level, 1), b.adjust));
  const bool few = cli_test_conventions(&own, b.tests, false, true);
  result->data = b.about;
  result->table = b.cells;
  result->second = b.tests;
  result->contents = true;
  result->conventions = cli_conventions_line(b.about, &own, few);
}
