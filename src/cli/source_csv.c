/* A CSV file as a source of rows, and what only such a file has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum { MOST_LINES = 1000 * 1000 * 1000 };

static void close_csv(void *csv) { weeg_csv_close((weeg_csv *)csv); }

/* One plain character, or `tab`; 0 where the option is not given. */
static char character_of(const char *text, const char *option) {
  if (text == NULL) return 0;
  if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0) return '\t';
  if (strlen(text) != 1) cli_usage("%s must be one plain character, or tab, not \"%s\"", option, text);
  return text[0];
}

/* ---- --text and --levels ---- */

typedef struct given_levels {
  const char *name;
  cli_list levels;
} given_levels;

void cli_read_csv_options(cli_rows *r) {
  const cli_list *asked = &r->options->levels;
  r->given = CLI_NEW(given_levels, asked->count);
  for (int32_t i = 0; i < asked->count; i++) {
    const char *equals = strchr(asked->item[i], '=');
    if (equals == NULL || equals == asked->item[i] || equals[1] == '\0') {
      cli_usage("--levels is a column and its answers in order, as in 'help=no,some,yes', not \"%s\"", asked->item[i]);
    }
    const given_levels added = {cli_copy(asked->item[i], (size_t)(equals - asked->item[i])), cli_split(equals + 1)};
    if (cli_given_levels(r, added.name) != NULL) cli_usage("--levels is given twice for %s", added.name);
    for (int32_t k = 0; k < added.levels.count; k++) {
      for (int32_t j = 0; j < k; j++) {
        if (strcmp(added.levels.item[j], added.levels.item[k]) != 0) continue;
        cli_usage("--levels of %s has \"%s\" twice", added.name, added.levels.item[k]);
      }
    }
    r->given[r->givens++] = added;
  }
  if (r->options->text != NULL) r->text = cli_split(r->options->text);
}

static void check_column(const cli_rows *r, const char *name, const char *option) {
  (void)cli_find_column(r, name, option);
  if (cli_sav_variable(r, name) == NULL) return;
  cli_usage("%s is for columns of CSV files, but %s is a variable of an SPSS file, which says what its values are", option, name);
}

void cli_check_csv_options(const cli_rows *r) {
  for (int32_t i = 0; i < r->text.count; i++) check_column(r, r->text.item[i], "--text");
  for (int32_t i = 0; i < r->givens; i++) check_column(r, r->given[i].name, "--levels");
}

const cli_list *cli_given_levels(const cli_rows *r, const char *name) {
  for (int32_t i = 0; i < r->givens; i++) {
    if (strcmp(r->given[i].name, name) == 0) return &r->given[i].levels;
  }
  return NULL;
}

/* In the order that was given: nothing that occurs is left out. */
static void order_levels(const cli_rows *r, row_column *c, int32_t count, const cli_list *given) {
  weeg_texts levels = {given->count, CLI_NEW(char *, given->count)};
  for (int32_t k = 0; k < given->count; k++) levels.text[k] = cli_copy(given->item[k], strlen(given->item[k]));
  for (int32_t code = 1; code <= count; code++) {
    const char *label = c->variable.levels.text[c->level[code] - 1];
    int32_t at = 0;
    while (at < given->count && strcmp(given->item[at], label) != 0) at++;
    if (at == given->count) {
      cli_fail("%s: %s has the value \"%s\", which is not among its --levels; add it there, or to --na", cli_shown_path(r->path),
               c->name, label);
    }
    c->level[code] = at + 1;
  }
  c->variable.levels = levels;
  c->variable.number = false;
  c->variable.ordered = true;
}

/* ---- opening ---- */

static char thousands_of(const char *text) {
  static const char *const known[] = {",", ".", "'", " ", NULL};
  return text == NULL ? 0 : known[cli_one_of(text, known, "--thousands")][0];
}

weeg_csv *cli_open_csv(const cli_rows *r, const char *path) {
  static const char *const marks[] = {".", ",", NULL};
  const cli_options *o = r->options;
  weeg_error err = cli_error();
  weeg_csv_options options = {.delimiter = character_of(o->delimiter, "--delimiter"), .no_header = o->no_header};
  if (o->decimal != NULL) options.decimal = marks[cli_one_of(o->decimal, marks, "--decimal")][0];
  if (o->encoding != NULL) options.encoding = (weeg_encoding)cli_choice(o->encoding, WEEG_WORDS_ENCODING, "--encoding");
  if (o->on_error != NULL) options.skip = cli_choice(o->on_error, WEEG_WORDS_ON_ERROR, "--on-error") == 1;
  options.thousands = thousands_of(o->thousands);
  if (options.thousands != 0 && options.thousands == options.decimal) cli_usage("--thousands and --decimal are the same");
  if (o->skip_before != NULL) options.skip_before = cli_whole_number(o->skip_before, "--skip-before", 0, MOST_LINES);
  if (o->skip_after != NULL) options.skip_after = cli_whole_number(o->skip_after, "--skip-after", 0, MOST_LINES);
  if (options.skip_after > 0 && o->no_header) cli_usage("--skip-after counts from the header: use --skip-before");
  const cli_list missing = o->na == NULL ? (cli_list){0} : cli_split(o->na);
  if (o->na != NULL) options.missing = missing.item, options.missing_count = missing.count;
  weeg_csv *csv = NULL;
  if (weeg_csv_open(path, &options, &csv, &err) != WEEG_OK) cli_fail("%s: %s", cli_shown_path(path), err.message);
  cli_keep(csv, close_csv);
  return csv;
}

/* ---- reading ---- */

/* Records that were left out are never so in silence, and are listed once. */
static void list_skipped(const weeg_csv *csv, const char *path) {
  const weeg_csv_skip *list = NULL;
  const int64_t count = weeg_csv_skipped(csv, &list, NULL);
  if (count == 0) return;
  cli_warn(count == 1 ? "%s: %lld record was left out:" : "%s: %lld records were left out:", cli_shown_path(path),
           (long long)count);
  for (int64_t i = 0; i < count && i < WEEG_SKIPS_LISTED; i++) {
    const long long line = list[i].line, last = line + list[i].lines - 1;
    const char *place = last > line ? cli_format("lines %lld-%lld", line, last) : cli_format("line %lld", line);
    const char *problem = cli_said(weeg_csv_problem_text(list[i].problem));
    (void)fprintf(stderr, "  %s\n", cli_format("%s, column %d: %s", place, (int)list[i].column, problem));
  }
  if (count <= WEEG_SKIPS_LISTED) return;
  (void)fprintf(stderr, "  %s\n", cli_format("and %lld more", (long long)(count - WEEG_SKIPS_LISTED)));
}

void cli_list_skipped(const cli_rows *r) {
  for (int32_t f = 0; f < r->files && !r->again; f++) {
    if (r->csv[f] != NULL) list_skipped(r->csv[f], r->waves == NULL ? r->path : r->waves->path.item[f]);
  }
}

/* Levels of rows that were left out are none; but those of logical columns are given. */
static void drop_unseen(const cli_rows *r, int32_t field, weeg_field_levels *found) {
  weeg_texts *levels = &found->variable.levels;
  int32_t *number = CLI_NEW(int32_t, levels->count), count = 0;
  const bool logical = levels->count == 2 && strcmp(levels->text[0], "FALSE") == 0 && strcmp(levels->text[1], "TRUE") == 0;
  if (logical) return;
  (void)cli_drop_unseen(r->weighted, field, cli_code_count(r, field), levels->count, NULL, found->level, number);
  for (int32_t l = 0; l < levels->count; l++) {
    if (number[l] > 0) levels->text[count++] = levels->text[l];
    else weeg_free(levels->text[l]);
  }
  levels->count = count;
}

static void clear_levels(void *levels) { weeg_field_levels_clear((weeg_field_levels *)levels); }

/* What the texts of a column are, now that all are known. */
static void end_csv(cli_rows *r, int32_t field) {
  row_column *c = &r->column[field];
  const cli_list *given = cli_given_levels(r, c->name);
  weeg_field_levels *found = CLI_NEW(weeg_field_levels, 1);
  weeg_error err = cli_error();
  cli_check(r->source.levels(r->source.ctx, field, found, &err), &err);
  cli_keep(found, clear_levels);
  if (given == NULL && !found->many) drop_unseen(r, field, found);
  c->variable = found->variable;
  c->level = found->level;
  if (given != NULL) order_levels(r, c, cli_code_count(r, field), given);
  c->seen = cli_see(&c->variable);
  if (!found->many) return;
  c->seen.kind = found->kind;
  c->many = cli_most_values(r);
}

/*
 * Values of a column that are listed at most: of all columns half a million together, which take some 100 MB, however large the
 * file is. A round number, for who reads it.
 */
enum { LISTED_VALUES = 1 << 19 };

int32_t cli_most_values(const cli_rows *r) {
  static const int32_t most[] = {500000, 200000, 100000, 50000, 20000, 10000, 5000, 2000, 1000};
  int k = 0;
  while (k < 8 && most[k] > LISTED_VALUES / r->columns) k++;
  return most[k];
}

static weeg_field csv_field(const cli_rows *r, const row_column *c) {
  weeg_field field = {.column = cli_find_column(r, c->name, cli_said("the formula")), .numbers = c->number};
  if (r->listed && cli_given_levels(r, c->name) == NULL) field.most = cli_most_values(r);
  for (int32_t i = 0; i < r->text.count; i++) field.text = field.text || strcmp(r->text.item[i], c->name) == 0;
  return field;
}

/* ---- conditions ---- */

static void csv_answers(const cli_rows *r, const cli_condition *condition, int32_t column, int32_t code, cli_text *answers) {
  const char *name = r->column[column].name, *text = r->source.value(r->source.ctx, column, code).text;
  const bool ordered = cli_given_levels(r, name) != NULL || (r->waves != NULL && strcmp(r->waves->name, name) == 0);
  if (ordered) cli_add(answers, text); /* which has a place of its own */
  cli_condition_answers(condition, name, text, r->source.numerals, answers);
}

static bool csv_refusal(const cli_rows *r, int32_t column, int32_t code) {
  (void)r, (void)column, (void)code;
  return false;
}

const cli_kind cli_csv_kind = {csv_field, end_csv, csv_answers, csv_refusal};
