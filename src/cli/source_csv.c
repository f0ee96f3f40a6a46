/* The columns of a CSV file as codes and numbers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static void close_csv(void *csv) { weeg_csv_close((weeg_csv *)csv); }

static void free_data(void *data) { weeg_csv_data_free((weeg_csv_data *)data); }

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
  static const char *const marks[] = {".", ",", NULL};
  const cli_options *o = r->options;
  weeg_error err = {0};
  weeg_csv_options options = {.delimiter = character_of(o->delimiter, "--delimiter"), .no_header = o->no_header};
  cli_list missing = {0};
  if (o->decimal != NULL) options.decimal = marks[cli_one_of(o->decimal, marks, "--decimal")][0];
  if (o->encoding != NULL && cli_one_of(o->encoding, encodings, "--encoding") > 0) options.encoding = WEEG_WINDOWS_1252;
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

/* Takes the codes of a field out of the reader, and numbers them by levels. */
static void take_codes(cli_rows *r, weeg_csv_data *data, int32_t field) {
  row_column *c = &r->column[field];
  char delimiter = 0, decimal = 0;
  const int32_t count = weeg_csv_levels(r->csv, field);
  const char **text = CLI_NEW(const char *, count);
  int32_t *level = CLI_NEW(int32_t, count);
  weeg_csv_marks(r->csv, &delimiter, &decimal);
  for (int32_t k = 0; k < count; k++) text[k] = weeg_csv_level(r->csv, field, k + 1);
  c->variable.name = cli_copy(c->name, strlen(c->name));
  cli_find_levels(text, count, decimal == ',' ? ',' : '.', &c->variable, level);
  c->values = c->variable;
  c->type = weeg_csv_data_type(data, field);
  c->codes = cli_new(r->count, c->type == WEEG_CODE_U8 ? 1 : c->type == WEEG_CODE_U16 ? 2 : 4);
  weeg_csv_data_take(data, field, c->codes);
  for (int64_t i = 0; i < r->count; i++) {
    const int32_t code = cli_row_code(c, i);
    cli_set_code(c, i, code < 1 || code > count ? 0 : level[code - 1]);
  }
}

void cli_read_csv(cli_rows *r) {
  weeg_error err = {0};
  weeg_csv_data *data = NULL;
  weeg_csv_field *fields = CLI_NEW(weeg_csv_field, r->columns);
  const weeg_hooks hooks = cli_hooks(r->options);
  for (int32_t k = 0; k < r->columns; k++) {
    fields[k] = (weeg_csv_field){cli_find_column(r, r->column[k].name, "the formula"),
                                 r->column[k].number ? WEEG_CSV_NUMBERS : WEEG_CSV_CODES};
  }
  if (weeg_csv_collect(r->csv, fields, r->columns, &hooks, &data, &err) != WEEG_OK) {
    cli_fail("%s: %s", cli_shown_path(r->path), err.message);
  }
  cli_keep(data, free_data);
  r->count = weeg_csv_data_rows(data);
  r->fields = fields;
  for (int32_t k = 0; k < r->columns; k++) {
    if (!r->column[k].number) {
      take_codes(r, data, k);
      continue;
    }
    r->column[k].numbers = CLI_NEW(double, r->count);
    weeg_csv_data_take(data, k, r->column[k].numbers);
  }
}
