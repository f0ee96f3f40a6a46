/* The variables of an SPSS file as codes and numbers. */
#include <stdio.h>
#include <string.h>

#include "rows.h"

static void close_sav(void *sav) { weeg_sav_close((weeg_sav *)sav); }

void cli_open_sav(cli_rows *r) {
  weeg_error err = {0};
  const weeg_hooks hooks = cli_hooks(r->options);
  const cli_options *o = r->options;
  if (o->delimiter != NULL || o->decimal != NULL || o->na != NULL || o->encoding != NULL || o->on_error != NULL ||
      o->no_header || o->thousands != NULL || o->skip_before != NULL || o->skip_after != NULL || o->text != NULL ||
      o->levels.count > 0) {
    cli_usage("--delimiter, --decimal, --thousands, --na, --encoding, --on-error, --no-header, --skip-before, --skip-after, "
              "--text and --levels are for CSV files");
  }
  cli_check(weeg_sav_open(r->path, &hooks, &r->sav, &err), &err);
  cli_keep(r->sav, close_sav);
  for (int32_t v = 0; v < r->sav->variables; v++) cli_push(&r->known, r->sav->variable[v].name);
  /* the file says what it is weighted by */
  if (r->weight == NULL && r->sav->weight >= 0) r->weight = r->sav->variable[r->sav->weight].name;
}

/* Conditions are about values, as in SPSS, or labels. */
static cli_seen see(const weeg_variable *shown, const weeg_sav_column *c, const weeg_sav_variable *v) {
  cli_seen seen = {.variable = shown, .number = !v->text, .kind = v->kind, .value = c->number, .sav = v};
  char **text = c->texts.text;
  if (!v->text) {
    text = CLI_NEW(char *, shown->levels.count);
    for (int32_t k = 0; k < shown->levels.count; k++) {
      char number[48];
      weeg_kind_show(v->kind, c->number[k], 15, number, sizeof number);
      text[k] = cli_copy(number, strlen(number));
    }
  }
  seen.text = (const char *const *)text;
  return seen;
}

/* Whether levels are the values as they are written. */
static bool says_values(const weeg_sav_column *c) {
  char number[48];
  bool all = true;
  for (int32_t k = 0; k < c->levels.count && all; k++) {
    (void)snprintf(number, sizeof number, "%.15g", c->number[k]);
    all = strcmp(number, c->levels.text[k]) == 0;
    (void)snprintf(number, sizeof number, "%.17g", c->number[k]);
    all = all || strcmp(number, c->levels.text[k]) == 0;
  }
  return all;
}

weeg_status cli_read_sav(cli_rows *r, weeg_sink sink, void *ctx, const weeg_hooks *hooks, weeg_error *err) {
  weeg_sav_field *fields = CLI_NEW(weeg_sav_field, r->columns);
  for (int32_t k = 0; k < r->columns; k++) {
    const int32_t v = cli_find_column(r, r->column[k].name, "the formula");
    if (r->column[k].number && r->sav->variable[v].text) cli_fail("%s is text, not a number", r->column[k].name);
    fields[k] = (weeg_sav_field){v, r->column[k].number, r->options->user_missing && !r->column[k].number};
  }
  return weeg_sav_read(r->sav, fields, r->columns, sink, ctx, hooks, err);
}

static void clear_column(void *column) { weeg_sav_column_clear((weeg_sav_column *)column); }

void cli_end_sav(cli_rows *r) {
  weeg_error err = {0};
  for (int32_t k = 0; k < r->columns; k++) {
    row_column *c = &r->column[k];
    if (c->number) continue;
    const weeg_sav_variable *v = &r->sav->variable[cli_find_column(r, c->name, "the formula")];
    weeg_sav_column *got = CLI_NEW(weeg_sav_column, 1);
    c->level = CLI_NEW(int32_t, (int64_t)weeg_sav_values(r->sav, k) + 1);
    cli_check(weeg_sav_levels(r->sav, k, got, c->level, &err), &err);
    cli_keep(got, clear_column);
    c->variable = (weeg_variable){v->name, v->label, v->ordinal, got->scale, got->levels, NULL};
    if (got->scale && !says_values(got)) c->variable.values = got->number;
    c->seen = see(&c->variable, got, v);
  }
}
