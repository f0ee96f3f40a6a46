/* The rows of a CSV file as codes and numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static void close_csv(void *csv) { weeg_csv_close((weeg_csv *)csv); }

/* ---- reading ---- */

/* One plain character, or `tab`; 0 where the option is not given. */
static char character_of(const char *text, const char *option) {
  if (text == NULL) return 0;
  if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0) return '\t';
  if (strlen(text) != 1) cli_usage("%s must be one plain character, or tab, not \"%s\"", option, text);
  return text[0];
}

void cli_open_csv(cli_rows *r) {
  static const char *const encodings[] = {"utf-8", "windows-1252", "latin1", NULL};
  static const char *const marks[] = {".", ",", NULL}, *const reactions[] = {"fail", "skip", NULL};
  const cli_options *o = r->options;
  weeg_error err = {0};
  weeg_csv_options options = {.delimiter = character_of(o->delimiter, "--delimiter"), .no_header = o->no_header};
  cli_list missing = {0};
  if (o->decimal != NULL) options.decimal = marks[cli_one_of(o->decimal, marks, "--decimal")][0];
  if (o->encoding != NULL && cli_one_of(o->encoding, encodings, "--encoding") > 0) options.encoding = WEEG_WINDOWS_1252;
  if (o->on_error != NULL) options.skip = cli_one_of(o->on_error, reactions, "--on-error") == 1;
  for (const char *na = o->na; na != NULL;) {
    const char *comma = strchr(na, ',');
    cli_push(&missing, comma == NULL ? na : cli_copy(na, (size_t)(comma - na)));
    na = comma == NULL ? NULL : comma + 1;
  }
  if (o->na != NULL) options.missing = missing.item, options.missing_count = missing.count;
  if (weeg_csv_open(r->path, &options, &r->csv, &err) != WEEG_OK) cli_fail("%s: %s", cli_shown_path(r->path), err.message);
  cli_keep(r->csv, close_csv);
  for (int32_t c = 0; c < weeg_csv_columns(r->csv); c++) cli_push(&r->known, weeg_csv_name(r->csv, c));
}

/* Records that were left out are never so in silence. */
static void list_skipped(const cli_rows *r) {
  const weeg_csv_skip *list = NULL;
  const int64_t count = weeg_csv_skipped(r->csv, &list);
  if (count == 0) return;
  cli_warn("%s: %lld record%s left out:", cli_shown_path(r->path), (long long)count, count == 1 ? " was" : "s were");
  for (int64_t i = 0; i < count; i++) {
    const long long line = list[i].line, last = line + list[i].lines - 1;
    if (last > line) (void)fprintf(stderr, "  lines %lld-%lld", line, last);
    else (void)fprintf(stderr, "  line %lld", line);
    (void)fprintf(stderr, ", column %d: %s\n", (int)list[i].column, weeg_csv_problem_text(list[i].problem));
  }
}

/* What the texts of a column are, now that all are known. */
static void find_levels(cli_rows *r, int32_t field) {
  row_column *c = &r->column[field];
  char delimiter = 0, decimal = 0;
  const int32_t count = weeg_csv_levels(r->csv, field);
  const char **text = CLI_NEW(const char *, count);
  weeg_csv_marks(r->csv, &delimiter, &decimal);
  for (int32_t k = 0; k < count; k++) text[k] = weeg_csv_level(r->csv, field, k + 1);
  c->variable.name = cli_copy(c->name, strlen(c->name));
  c->level = CLI_NEW(int32_t, (int64_t)count + 1);
  cli_find_levels(text, count, decimal == ',' ? ',' : '.', &c->variable, c->level + 1);
  c->values = c->variable;
}

weeg_status cli_read_csv(cli_rows *r, weeg_sink sink, void *ctx, const weeg_hooks *hooks, weeg_error *err) {
  r->fields = CLI_NEW(weeg_csv_field, r->columns);
  for (int32_t k = 0; k < r->columns; k++) {
    r->fields[k] = (weeg_csv_field){cli_find_column(r, r->column[k].name, "the formula"),
                                    r->column[k].number ? WEEG_CSV_NUMBERS : WEEG_CSV_CODES};
  }
  return weeg_csv_read(r->csv, r->fields, r->columns, sink, ctx, hooks, err);
}

void cli_end_csv(cli_rows *r) {
  list_skipped(r);
  for (int32_t k = 0; k < r->columns; k++) {
    if (!r->column[k].number) find_levels(r, k);
  }
}
