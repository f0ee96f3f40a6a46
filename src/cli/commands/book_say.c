/* A book as something to read: a table for each question, and what its rows and signs are. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "commands/book.h"

/* What all columns of a question have in common. */
typedef struct question {
  const book *b;
  const book_part *x;      /* [each] */
  bool mean, large, effective, weighted;
  int decimals;            /* of means; see cli_decimals */
} question;

static int64_t row_of(const book_part *x, int32_t g) { return x->row + (int64_t)g * x->answers; }

static question question_of(const book *b, int32_t first) {
  question q = {.b = b, .x = &b->parts[first], .mean = book_of(b, first)->kind == BOOK_MEAN};
  double least = INFINITY, largest = 0;
  for (int32_t k = 0; k < b->each; k++) {
    const book_part *x = &q.x[k];
    for (int32_t g = 0; g < x->columns; g++) {
      q.large = q.large || x->weighted[g] >= 9999.5;
      q.effective = q.effective || !isnan(x->effective[g]);
    }
    for (int64_t row = x->row; row < row_of(x, x->columns); row++) {
      const double error = cli_numbers(b->cells, "std.error")[row];
      if (error > 0) least = fmin(least, error);
      largest = fmax(largest, fabs(cli_numbers(b->cells, "estimate")[row]));
    }
  }
  q.decimals = cli_decimals(least, largest);
  return q;
}

/* ---- the table ---- */

/* The texts of a column: figures, the test and bases. */
typedef struct column_texts {
  const char **text, **mark;
  cli_value *value;
  int32_t count;
} column_texts;

static void add_cell(column_texts *c, const char *text, const char *mark, cli_value value) {
  c->text[c->count] = text;
  c->mark[c->count] = mark;
  c->value[c->count++] = value;
}

/* Of column g of part k of a question; the test of a variable stands in its first column. */
static column_texts texts_of(const question *q, int32_t k, int32_t g) {
  const book_part *x = &q->x[k];
  const cli_table *cells = q->b->cells;
  const int64_t row = row_of(x, g);
  const int32_t room = x->answers + 4;
  column_texts c = {CLI_NEW(const char *, room), CLI_NEW(const char *, room), CLI_NEW(cli_value, room), 0};
  int width = 0;
  for (int32_t a = 0; a < x->answers; a++) {
    const char *higher = cli_texts(cells, "higher")[row + a], *verdict = cli_texts(cells, "reliability")[row + a];
    const char *mark = cli_format("%s%s", verdict == NULL ? "" : cli_reliability_mark(verdict), higher == NULL ? "" : higher);
    const cli_value value = {q->mean ? CLI_MEAN : CLI_SHARE, cli_numbers(cells, "estimate")[row + a], q->decimals};
    add_cell(&c, q->mean ? cli_mean_text(value.x, q->decimals) : cli_percent(value.x), mark, value);
    if (cli_width(mark) > width) width = cli_width(mark);
  }
  const bool tested = k > 0 && g == 0;
  const double n = cli_numbers(cells, "n.base")[row];
  add_cell(&c, tested ? cli_p(x->test.p_value) : "", "", (cli_value){tested ? CLI_PVALUE : CLI_NO_VALUE, x->test.p_value, 0});
  add_cell(&c, cli_count(n), "", (cli_value){CLI_COUNT, n, 0});
  add_cell(&c, cli_weighted(x->weighted[g], q->large), "",
           (cli_value){q->large ? CLI_COUNT : CLI_WEIGHTED, x->weighted[g], 0});
  if (q->effective) add_cell(&c, cli_count(x->effective[g]), "", (cli_value){CLI_COUNT, x->effective[g], 0});
  for (int32_t i = 0; i < c.count; i++) c.mark[i] = cli_pad_right(c.mark[i], width);
  return c;
}

enum { HEADER = 12 };

/* The variable over the first of its columns, the level, and the letter. */
static void add_header(cli_grid *grid, const book_part *x, int32_t g, int32_t height) {
  cli_column *column = &grid->column[grid->columns - 1];
  cli_list header = {0}, level = {0};
  const char *letter = book_letter(x, g);
  if (g == 0) cli_wrap(&header, x->by, HEADER, 0);
  else cli_push(&header, "");
  column->above = header.count;
  column->banner = x->by[0] == '\0' ? NULL : book_label(x->p.data, x->by, x->over);
  cli_wrap(&level, x->column[g], HEADER, 0);
  for (int32_t i = level.count; i < height; i++) cli_push(&header, "");
  for (int32_t i = 0; i < level.count; i++) cli_push(&header, level.item[i]);
  cli_push(&header, letter == NULL ? "" : letter);
  column->header = header;
}

static int32_t header_height(const question *q) {
  int32_t height = 1;
  for (int32_t k = 1; k < q->b->each; k++) {
    for (int32_t g = 0; g < q->x[k].columns; g++) {
      cli_list lines = {0};
      cli_wrap(&lines, q->x[k].column[g], HEADER, 0);
      if (lines.count > height) height = lines.count;
    }
  }
  return height;
}

static cli_grid *make_grid(const question *q) {
  cli_grid *grid = CLI_NEW(cli_grid, 1);
  cli_list stub = {0};
  const int32_t height = header_height(q);
  for (int32_t a = 0; a < q->x->answers; a++) cli_push(&stub, q->mean ? cli_said("mean") : q->x->answer[a].name);
  grid->foot = stub.count;
  cli_push(&stub, "p");
  cli_push(&stub, "n");
  cli_push(&stub, cli_said("N (weighted)"));
  if (q->effective) cli_push(&stub, cli_said("n eff."));
  cli_grid_add(grid, q->mean ? "" : "%", stub.item, stub.count, true);
  for (int32_t k = 0; k < q->b->each; k++) {
    for (int32_t g = 0; g < q->x[k].columns; g++) {
      const column_texts c = texts_of(q, k, g);
      const char **both = CLI_NEW(const char *, c.count);
      for (int32_t i = 0; i < c.count; i++) both[i] = cli_format("%s%s", c.text[i], c.mark[i]);
      cli_grid_add(grid, "", both, c.count, false);
      grid->column[grid->columns - 1].mark = c.mark;
      grid->column[grid->columns - 1].value = c.value;
      add_header(grid, &q->x[k], g, height);
    }
  }
  return grid;
}

/* ---- what is said of it ---- */

/* Why a figure or a test is not there. */
static void say_reasons(cli_result *result, const question *q) {
  const book *b = q->b;
  cli_list reasons = {0};
  for (int32_t k = 0; k < b->each; k++) {
    const book_part *x = &q->x[k];
    for (int64_t row = x->row; row < row_of(x, x->columns); row++) {
      const char *reason = cli_texts(b->cells, "reason")[row];
      bool said = reason == NULL || !isnan(cli_numbers(b->cells, "estimate")[row]);
      for (int32_t i = 0; i < reasons.count && !said; i++) said = strcmp(reasons.item[i], reason) == 0;
      if (!said) cli_push(&reasons, reason);
    }
  }
  if (reasons.count > 0) cli_say(result, CLI_WORDS, cli_format("-: %s.", cli_join(&reasons, "; ")), NULL);
  const int64_t tests = (q->x - b->parts) / b->each * (b->each - 1);
  for (int32_t k = 1; k < b->each; k++) {
    if (!isnan(q->x[k].test.p_value)) continue;
    cli_say(result, CLI_WORDS, cli_format("No test by %s: %s.", q->x[k].by, cli_texts(b->tests, "reason")[tests + k - 1]), NULL);
  }
}

const char *book_label(const cli_data *data, const char *name, const cli_items *items) {
  const char *label = items == NULL || items->set == NULL ? NULL : items->set->label;
  if (items == NULL) return cli_label(data, name);
  return label == NULL || strcmp(label, name) == 0 ? name : cli_format("%s (%s)", label, name);
}

/* What letters and rows of tests and bases are. */
static const char *about_letters(const book *b, bool effective) {
  bool letters = false;
  cli_list overlap = {0};
  for (int32_t k = 1; k < b->each; k++) {
    letters = letters || (b->parts[k].columns > 0 && book_letter(&b->parts[k], 0) != NULL);
    if (b->parts[k].over != NULL) cli_push(&overlap, b->parts[k].by);
  }
  const char *adjusted = strcmp(b->adjust, "none") == 0 ? "" : cli_format(" (p adjusted: %s)", b->adjust);
  const char *letter = cli_format(
    "A letter: the figure is higher than that of the column with this letter, of the same variable, at %s%s. ",
    cli_significant(1 - b->options->level, 1), adjusted);
  const char *over = cli_format("Columns of %s overlap, which the letters account for. ", cli_listed(&overlap, ", "));
  return cli_format("%s%sp: the test of the question by the variable.%s", letters ? letter : "", overlap.count > 0 ? over : "",
                    effective ? cli_said(" n eff.: Kish's effective base.") : "");
}

/* The same of one question, and its signs of the standards. */
static cli_list about_question(const question *q) {
  const book_part *last = &q->x[q->b->each - 1];
  cli_result said = {0};
  cli_list about = {0};
  cli_say_reliability(&said, cli_texts(q->b->cells, "reliability") + q->x->row, NULL, row_of(last, last->columns) - q->x->row);
  for (int32_t i = 0; i < said.blocks; i++) cli_push(&about, cli_format("%s: %s", said.block[i].text, said.block[i].by));
  cli_push(&about, about_letters(q->b, q->effective));
  return about;
}

static void say_question(cli_result *result, const book *b, int32_t first) {
  const question q = question_of(b, first);
  const book_part *x = q.x;
  const char *filter = book_of(b, first)->filter;
  const double n = x->answers == 0 ? 0 : cli_numbers(b->cells, "n.base")[x->row];
  cli_say(result, CLI_TITLE, book_label(x->p.data, x->p.outcome, x->items), NULL);
  cli_list shown = {0};
  if (x->items != NULL) cli_push(&shown, cli_said("several answers possible"));
  if (filter != NULL) cli_push(&shown, cli_format("only %s", cli_condition_text(cli_parse_condition(filter))));
  const char *more = shown.count == 0 ? "" : cli_join(&shown, "; ");
  cli_say(result, CLI_CAPTION, cli_format("n = %s%s%s", cli_count(n), shown.count == 0 ? "" : "; ", more), more);
  if (x->answers == 0) {
    cli_say(result, CLI_WORDS, cli_said("No answers."), NULL);
  } else {
    cli_say(result, CLI_SPACE, NULL, NULL);
    cli_grid *grid = make_grid(&q);
    grid->about = about_question(&q);
    cli_say_grid(result, grid);
    say_reasons(result, &q);
  }
  cli_say(result, CLI_SPACE, NULL, NULL);
}

void book_say(cli_result *result, const book *b) {
  const cli_options *o = b->options;
  const char *title = cli_format("%s by %s", cli_counted(b->rows.count, "question", "questions"), cli_join(&b->columns, ", "));
  cli_say(result, CLI_TITLE, o->title == NULL ? title : o->title, NULL);
  cli_say_source(result, b->about, NULL);
  cli_say(result, CLI_SPACE, NULL, NULL);
  for (int32_t i = 0; i < b->count; i += b->each) say_question(result, b, i);
  cli_say_reliability(result, cli_texts(b->cells, "reliability"), NULL, b->cells->rows);
  bool effective = false;
  for (int32_t i = 0; i < b->count; i += b->each) effective = effective || question_of(b, i).effective;
  cli_say(result, CLI_WORDS, about_letters(b, effective), NULL);
  for (int32_t n = 0; n < b->nets; n++) {
    cli_say(result, CLI_WORDS, cli_format("%s: %s.", b->net[n].name, cli_join(&b->net[n].answers, " + ")), NULL);
  }
}
