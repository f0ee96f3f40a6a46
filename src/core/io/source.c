/* Files as sources of rows: what takes one does not know which it is. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "io/bytes.h"
#include "io/reader.h"
#include "io/sav_column.h"
#include "io/waves.h"
#include "weeg.h"

/* ---- levels ---- */

void weeg_field_levels_clear(weeg_field_levels *x) {
  weeg_free(x->variable.name);
  weeg_free(x->variable.label);
  weeg_free(x->variable.values);
  weeg_i_texts_clear(&x->variable.levels);
  weeg_free(x->level);
  *x = (weeg_field_levels){0};
}

weeg_status weeg_i_copy_text(const char *text, char **copy, weeg_error *err) {
  weeg_status status = WEEG_OK;
  if (text == NULL) return WEEG_OK;
  const size_t size = strlen(text) + 1;
  WEEG_NEW(*copy, (int64_t)size);
  memcpy(*copy, text, size);
cleanup:
  return status;
}

weeg_status weeg_i_plain_levels(const char *name, const char *const *text, int32_t count, bool plain, weeg_numerals how,
                                weeg_field_levels *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_text_levels *levels = NULL;
  *found = (weeg_field_levels){0};
  WEEG_TRY(weeg_text_levels_find(text, count, plain, how, &levels, err));
  WEEG_NEW(found->level, (int64_t)count + 1);
  WEEG_TRY(weeg_i_copy_text(name, &found->variable.name, err));
  if (count > 0) memcpy(found->level + 1, levels->level, (size_t)count * sizeof *levels->level);
  found->variable.number = levels->kind != WEEG_TEXTS_LOGICAL && levels->kind != WEEG_TEXTS_PLAIN;
  WEEG_NEW(found->variable.levels.text, levels->levels.count);
  found->variable.levels.count = levels->levels.count;
  for (int32_t l = 0; l < levels->levels.count; l++) {
    WEEG_TRY(weeg_i_copy_text(levels->levels.text[l], &found->variable.levels.text[l], err));
  }
cleanup:
  if (status != WEEG_OK) weeg_field_levels_clear(found);
  weeg_text_levels_free(levels);
  return status;
}

/* ---- CSV ---- */

static const char *csv_name(const void *ctx, int32_t column) { return weeg_csv_name((const weeg_csv *)ctx, column); }

static weeg_status csv_read(void *ctx, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err) {
  return weeg_csv_read((weeg_csv *)ctx, fields, sink, to, err);
}

static int32_t csv_codes(const void *ctx, int32_t field) {
  const weeg_csv *csv = (const weeg_csv *)ctx;
  return csv->many[field].many ? 1 : weeg_csv_levels(csv, field);
}

static weeg_numerals csv_numerals(const weeg_csv *csv) {
  return (weeg_numerals){csv->dialect.decimal == ',' ? ',' : '.', csv->dialect.thousands};
}

/* A column of which the values were too many to be told apart. */
static weeg_status many_levels(const weeg_csv *csv, int32_t field, weeg_field_levels *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_many *many = &csv->many[field];
  *found = (weeg_field_levels){.many = true, .kind = many->texts ? WEEG_KIND_NUMBER : many->kind};
  found->variable.number = !many->texts && many->kind == WEEG_KIND_NUMBER;
  WEEG_NEW(found->level, 2);
  WEEG_TRY(weeg_i_copy_text(weeg_csv_name(csv, csv->fields[field].column), &found->variable.name, err));
  found->level[1] = 1;
cleanup:
  if (status != WEEG_OK) weeg_field_levels_clear(found);
  return status;
}

static weeg_status csv_levels(const void *ctx, int32_t field, weeg_field_levels *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_csv *csv = (const weeg_csv *)ctx;
  const int32_t count = weeg_csv_levels(csv, field);
  const char **text = NULL;
  if (csv->many[field].many) return many_levels(csv, field, found, err);
  WEEG_NEW(text, count);
  for (int32_t k = 0; k < count; k++) text[k] = weeg_csv_level(csv, field, k + 1);
  status = weeg_i_plain_levels(weeg_csv_name(csv, csv->fields[field].column), text, count, csv->fields[field].text,
                               csv_numerals(csv), found, err);
cleanup:
  weeg_free(text);
  return status;
}

static weeg_sav_value csv_value(const void *ctx, int32_t field, int32_t code) {
  return (weeg_sav_value){NAN, (char *)(uintptr_t)weeg_csv_level((const weeg_csv *)ctx, field, code)};
}

static void csv_close(void *ctx) { weeg_csv_close((weeg_csv *)ctx); }

weeg_source weeg_csv_source(weeg_csv *csv) {
  return (weeg_source){csv, weeg_csv_columns(csv), csv_name, csv_read, csv_codes, csv_levels, csv_close,
                       csv_value, NULL, csv_numerals(csv)};
}

/* ---- SPSS ---- */

static const char *sav_name(const void *ctx, int32_t column) { return ((const weeg_sav *)ctx)->variable[column].name; }

static weeg_status sav_read(void *ctx, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err) {
  return weeg_sav_read((weeg_sav *)ctx, fields, sink, to, err);
}

static int32_t sav_codes(const void *ctx, int32_t field) { return weeg_sav_values((const weeg_sav *)ctx, field); }

/* Whether any label is that of a value that is not declared to be missing. */
static bool has_labels(const weeg_sav_variable *v) {
  for (int32_t k = 0; k < v->labels; k++) {
    if (!weeg_sav_is_declared(v, &v->value[k])) return true;
  }
  return false;
}

weeg_status weeg_i_sav_source_levels(const void *ctx, int32_t field, weeg_field_levels *found, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_sav *sav = (const weeg_sav *)ctx;
  const weeg_sav_variable *v = weeg_i_sav_file(sav)->seen[field].variable;
  weeg_sav_column column = {0};
  *found = (weeg_field_levels){.labelled = has_labels(v)};
  WEEG_NEW(found->level, (int64_t)weeg_sav_values(sav, field) + 1);
  WEEG_TRY(weeg_sav_levels(sav, field, &column, found->level, err));
  WEEG_TRY(weeg_i_copy_text(v->name, &found->variable.name, err));
  WEEG_TRY(weeg_i_copy_text(v->label, &found->variable.label, err));
  found->variable.ordered = v->ordinal;
  found->variable.number = column.scale;
  if (column.scale && !weeg_says_numbers(&column.levels, column.number)) {
    found->variable.values = column.number;
    column.number = NULL;
  }
  found->variable.levels = column.levels;
  column.levels = (weeg_texts){0};
cleanup:
  if (status != WEEG_OK) weeg_field_levels_clear(found);
  weeg_sav_column_clear(&column);
  return status;
}

static weeg_sav_value sav_value(const void *ctx, int32_t field, int32_t code) {
  return *weeg_sav_value_of((const weeg_sav *)ctx, field, code);
}

static void sav_close(void *ctx) { weeg_sav_close((weeg_sav *)ctx); }

weeg_source weeg_sav_source(weeg_sav *sav) {
  return (weeg_source){sav, sav->variables, sav_name, sav_read, sav_codes, weeg_i_sav_source_levels, sav_close,
                       sav_value, sav, {'.', 0}};
}

/* ---- either ---- */

bool weeg_is_sav(const char *path) {
  static const char *const endings[] = {".sav", ".zsav", ".por"};
  const char *end = strrchr(path, '.');
  for (int i = 0; i < 3 && end != NULL; i++) {
    if (strcasecmp(end, endings[i]) == 0) return true;
  }
  return false;
}

weeg_status weeg_source_open(const char *path, const weeg_hooks *hooks, weeg_source *source, weeg_error *err) {
  weeg_csv *csv = NULL;
  weeg_sav *sav = NULL;
  const bool spss = weeg_is_sav(path);
  const weeg_status status = spss ? weeg_sav_open(path, hooks, &sav, err) : weeg_csv_open(path, NULL, &csv, err);
  if (status == WEEG_OK) *source = spss ? weeg_sav_source(sav) : weeg_csv_source(csv);
  return status;
}

int32_t weeg_source_find(const weeg_source *source, const char *name) {
  int32_t at = -1;
  for (int32_t c = 0; c < source->columns; c++) {
    if (strcmp(source->name(source->ctx, c), name) != 0) continue;
    if (at >= 0) return -2;
    at = c;
  }
  return at;
}
