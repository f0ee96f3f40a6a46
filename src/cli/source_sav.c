/* The variables of an SPSS file as codes and numbers. */
#include <math.h>
#include <string.h>

#include "rows.h"

typedef struct reading {
  weeg_sav_column *column;
  int32_t count;
} reading;

static void close_sav(void *sav) { weeg_sav_close((weeg_sav *)sav); }

static void clear_columns(void *columns) {
  reading *r = (reading *)columns;
  for (int32_t k = 0; k < r->count; k++) weeg_sav_column_clear(&r->column[k]);
}

void cli_open_sav(cli_rows *r) {
  weeg_error err = {0};
  const weeg_hooks hooks = cli_hooks(r->options);
  const cli_options *o = r->options;
  if (o->delimiter != NULL || o->decimal != NULL || o->na != NULL || o->encoding != NULL || o->on_error != NULL ||
      o->no_header) {
    cli_usage("--delimiter, --decimal, --na, --encoding, --on-error and --no-header are for CSV files");
  }
  cli_check(weeg_sav_open(r->path, &hooks, &r->sav, &err), &err);
  cli_keep(r->sav, close_sav);
  for (int32_t v = 0; v < r->sav->variables; v++) cli_push(&r->known, r->sav->variable[v].name);
  /* the file says what it is weighted by; 1 stands for no weights */
  if (r->weight == NULL && r->sav->weight >= 0) r->weight = r->sav->variable[r->sav->weight].name;
  if (r->weight != NULL && strcmp(r->weight, "1") == 0) r->weight = NULL;
}

/* Conditions are about values, as in SPSS; labels are what is shown. */
static weeg_variable values_of(const weeg_variable *shown, const weeg_sav_column *c) {
  weeg_variable values = *shown;
  if (c->number == NULL) {
    values.levels = c->texts;
    return values;
  }
  values.number = true;
  values.levels.text = CLI_NEW(char *, values.levels.count);
  for (int32_t k = 0; k < values.levels.count; k++) values.levels.text[k] = cli_format("%.17g", c->number[k]);
  return values;
}

/* Codes are levels. */
static int32_t *same_levels(int32_t count) {
  int32_t *level = CLI_NEW(int32_t, (int64_t)count + 1);
  for (int32_t k = 0; k <= count; k++) level[k] = k;
  return level;
}

enum { SOME = 1 << 14 };

/* Codes from..from + rows - 1 as they are in a chunk. */
static void widen(const weeg_sav_column *column, int64_t from, int64_t rows, int32_t *codes) {
  for (int64_t i = 0; i < rows; i++) {
    switch (column->type) {
    case WEEG_CODE_U8: codes[i] = ((const uint8_t *)column->codes)[from + i]; break;
    case WEEG_CODE_U16: codes[i] = ((const uint16_t *)column->codes)[from + i]; break;
    case WEEG_CODE_I32: codes[i] = ((const int32_t *)column->codes)[from + i]; break;
    }
    if (codes[i] < 0 || codes[i] > column->levels.count) codes[i] = 0;
  }
}

static weeg_status hand_on(const cli_rows *r, const reading *all, weeg_csv_sink sink, void *ctx, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *space = CLI_NEW(int32_t, (int64_t)SOME * r->columns);
  const int32_t **codes = CLI_NEW(const int32_t *, r->columns);
  const double **numbers = CLI_NEW(const double *, r->columns);
  for (int64_t from = 0; from < r->count && status == WEEG_OK; from += SOME) {
    const int64_t rows = r->count - from < SOME ? r->count - from : SOME;
    for (int32_t k = 0; k < r->columns; k++) {
      if (r->column[k].number) {
        numbers[k] = all->column[k].numbers + from;
        continue;
      }
      widen(&all->column[k], from, rows, space + (int64_t)SOME * k);
      codes[k] = space + (int64_t)SOME * k;
    }
    const weeg_csv_chunk chunk = {from, rows, codes, numbers};
    status = sink(ctx, &chunk, err);
  }
  return status;
}

weeg_status cli_read_sav(cli_rows *r, weeg_csv_sink sink, void *ctx, weeg_error *err) {
  const weeg_hooks hooks = cli_hooks(r->options);
  weeg_sav_field *fields = CLI_NEW(weeg_sav_field, r->columns);
  reading *all = CLI_NEW(reading, 1);
  const cli_options *o = r->options;
  all->column = CLI_NEW(weeg_sav_column, r->columns);
  for (int32_t k = 0; k < r->columns; k++) {
    const int32_t v = cli_find_column(r, r->column[k].name, "the formula");
    if (r->column[k].number && r->sav->variable[v].text) cli_fail("%s is text, not a number", r->column[k].name);
    fields[k] = (weeg_sav_field){v, r->column[k].number, o->user_missing && !r->column[k].number};
  }
  cli_check(weeg_sav_read(r->sav, fields, r->columns, &hooks, all->column, err), err);
  all->count = r->columns;
  cli_keep(all, clear_columns);
  for (int32_t k = 0; k < r->columns; k++) {
    row_column *c = &r->column[k];
    const weeg_sav_column *got = &all->column[k];
    const weeg_sav_variable *v = &r->sav->variable[fields[k].variable];
    r->count = got->rows;
    if (c->number) continue;
    c->variable = (weeg_variable){v->name, v->label, v->ordinal, !v->text && v->labels == 0, got->levels};
    c->values = values_of(&c->variable, got);
    c->level = same_levels(got->levels.count);
  }
  return hand_on(r, all, sink, ctx, err);
}
