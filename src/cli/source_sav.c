/* An SPSS file as a source of rows, and what only such a file has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static void close_sav(void *sav) { weeg_sav_close((weeg_sav *)sav); }

void cli_refuse_csv_options(const cli_options *o) {
  if (o->delimiter != NULL || o->decimal != NULL || o->na != NULL || o->encoding != NULL || o->on_error != NULL ||
      o->no_header || o->thousands != NULL || o->skip_before != NULL || o->skip_after != NULL || o->text != NULL ||
      o->levels.count > 0) {
    cli_usage("--delimiter, --decimal, --thousands, --na, --encoding, --on-error, --no-header, --skip-before, --skip-after, "
              "--text and --levels are for CSV files");
  }
}

weeg_sav *cli_open_sav(const cli_rows *r, const char *path) {
  weeg_error err = cli_error();
  const weeg_hooks hooks = cli_hooks(r->options);
  weeg_sav *sav = NULL;
  cli_check(weeg_sav_open(path, &hooks, &sav, &err), &err);
  cli_keep(sav, close_sav);
  return sav;
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

static weeg_field sav_field(const cli_rows *r, const row_column *c) {
  const int32_t v = cli_find_column(r, c->name, cli_said("the formula"));
  if (c->number && r->source.sav->variable[v].text) cli_fail("%s is text, not a number", c->name);
  const bool keep = r->options->user_missing || c->refusals;
  return (weeg_field){.column = v, .numbers = c->number, .user_missing = keep && !c->number};
}

static bool sav_refusal(const cli_rows *r, int32_t column, int32_t code) {
  if (!r->column[column].refusals) return false;
  const weeg_sav_variable *v = cli_sav_variable(r, r->column[column].name);
  return weeg_sav_is_declared(v, weeg_sav_value_of(r->source.sav, column, code));
}

static void sav_answers(const cli_rows *r, const cli_condition *condition, int32_t column, int32_t code, cli_text *answers) {
  const weeg_sav_variable *v = cli_sav_variable(r, r->column[column].name);
  cli_condition_answers_sav(condition, v, weeg_sav_value_of(r->source.sav, column, code), answers);
}

/* Levels that are declared to be missing are none: codes of them get the level -1. */
static weeg_sav_column drop_refusals(row_column *c, const weeg_sav_variable *v, const weeg_sav_column *got, int32_t codes) {
  int32_t *to = CLI_NEW(int32_t, (int64_t)got->levels.count + 1), kept = 0;
  for (int32_t l = 0; l < got->levels.count; l++) {
    const weeg_sav_value value = {v->text ? 0 : got->number[l], v->text ? got->texts.text[l] : NULL};
    const bool refusal = weeg_sav_is_declared(v, &value);
    to[l + 1] = refusal ? -1 : ++kept;
  }
  for (int32_t code = 1; code <= codes; code++) c->level[code] = to[c->level[code]];
  weeg_texts levels = {kept, CLI_NEW(char *, kept)}, texts = {kept, CLI_NEW(char *, kept)};
  double *number = v->text ? NULL : CLI_NEW(double, kept);
  for (int32_t l = 0; l < got->levels.count; l++) {
    const int32_t at = to[l + 1] - 1;
    if (at < 0) continue;
    levels.text[at] = got->levels.text[l];
    if (v->text) texts.text[at] = got->texts.text[l];
    else number[at] = got->number[l];
  }
  return (weeg_sav_column){.levels = levels, .number = number, .texts = texts, .scale = got->scale};
}

int32_t cli_level_of_value(const row_column *c, const char *value) {
  const cli_seen *seen = &c->seen;
  const double number = strtod(value, NULL);
  for (int32_t l = 0; l < c->variable.levels.count; l++) {
    if (seen->number ? seen->value[l] == number : strcmp(seen->text[l], value) == 0) return l + 1;
  }
  return 0;
}

/* Values of rows that were left out are no levels, but those with a label. */
static void drop_unseen(const cli_rows *r, int32_t field, weeg_sav_column *c, const weeg_sav_variable *v) {
  const int32_t levels = c->levels.count;
  int32_t *number = CLI_NEW(int32_t, levels), count = 0;
  bool *declared = CLI_NEW(bool, levels);
  const cli_labelled labelled = cli_find_labelled(v, NULL);
  for (int32_t l = 0; l < levels; l++) {
    declared[l] = cli_labelled_at(&labelled, v->text ? NAN : c->number[l], v->text ? c->texts.text[l] : NULL) != NULL;
  }
  (void)cli_drop_unseen(r->weighted, field, cli_code_count(r, field), levels, declared, r->column[field].level, number);
  for (int32_t l = 0; l < levels; l++) {
    if (number[l] == 0) {
      weeg_free(c->levels.text[l]);
      if (v->text) weeg_free(c->texts.text[l]);
      continue;
    }
    c->levels.text[count] = c->levels.text[l];
    if (v->text) c->texts.text[count] = c->texts.text[l];
    else c->number[count] = c->number[l];
    count++;
  }
  c->levels.count = count;
  if (v->text) c->texts.count = count;
}

static void clear_column(void *column) { weeg_sav_column_clear((weeg_sav_column *)column); }

static void end_sav(cli_rows *r, int32_t k) {
  weeg_error err = cli_error();
  row_column *c = &r->column[k];
  const weeg_sav_variable *v = cli_sav_variable(r, c->name);
  weeg_sav_column *got = CLI_NEW(weeg_sav_column, 1);
  c->level = CLI_NEW(int32_t, (int64_t)cli_code_count(r, k) + 1);
  cli_check(weeg_sav_levels(r->source.sav, k, got, c->level, &err), &err);
  cli_keep(got, clear_column);
  drop_unseen(r, k, got, v);
  const weeg_sav_column shown = c->refusals ? drop_refusals(c, v, got, cli_code_count(r, k)) : *got;
  c->variable = (weeg_variable){.name = v->name, .label = v->label, .ordered = v->ordinal, .number = shown.scale,
                                .levels = shown.levels};
  if (shown.scale && !weeg_says_numbers(&shown.levels, shown.number)) c->variable.values = shown.number;
  c->seen = see(&c->variable, &shown, v);
}

const cli_kind cli_sav_kind = {sav_field, end_sav, sav_answers, sav_refusal};
