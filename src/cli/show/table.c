/* A result as columns of numbers and texts. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "results.h"

static cli_field *add_field(cli_table *table, const char *name) {
  if (table->fields == CLI_MAX_FIELDS) cli_fail("a table has at most %d columns; use fewer groups", CLI_MAX_FIELDS);
  cli_field *field = &table->field[table->fields++];
  field->name = name;
  return field;
}

double *cli_add_numbers(cli_table *table, const char *name) {
  return add_field(table, name)->number = CLI_NEW(double, table->rows);
}

const char **cli_add_texts(cli_table *table, const char *name) {
  return add_field(table, name)->text = CLI_NEW(const char *, table->rows);
}

void cli_add_reasons(cli_table *table) {
  (void)cli_add_texts(table, "reason");
  (void)cli_add_codes(table, "reason.code");
}

const char **cli_add_codes(cli_table *table, const char *name) {
  const char **codes = cli_add_texts(table, name);
  table->field[table->fields - 1].only_json = true;
  return codes;
}

const char **cli_add_group(cli_table *table, const char *name) {
  cli_field *field = add_field(table, name);
  field->group = true;
  return field->text = CLI_NEW(const char *, table->rows);
}

static const cli_field *find_field(const cli_table *table, const char *name) {
  for (int32_t i = 0; i < table->fields; i++) {
    if (!table->field[i].group && strcmp(table->field[i].name, name) == 0) return &table->field[i];
  }
  cli_fail("there is no column %s", name);
}

static bool is_taken(const cli_table *table, int32_t k, const char *name) {
  for (int32_t i = 0; i < table->fields; i++) {
    if (i != k && strcmp(i < k ? cli_field_name(table, i) : table->field[i].name, name) == 0) return true;
  }
  return false;
}

/* As in R: the group `n` is in the column `group.n` of a result with a column `n`. */
const char *cli_field_name(const cli_table *table, int32_t k) {
  const char *name = table->field[k].name;
  while (table->field[k].group && is_taken(table, k, name)) name = cli_format("group.%s", name);
  return name;
}

void cli_set_reason(cli_table *table, int64_t row, weeg_reason reason, const char *words) {
  const bool none = reason == WEEG_REASON_NONE;
  find_field(table, "reason")->text[row] = none ? NULL : words == NULL ? cli_said(weeg_reason_text(reason)) : words;
  find_field(table, "reason.code")->text[row] = none ? NULL : weeg_reason_code(reason);
}

const double *cli_numbers(const cli_table *table, const char *name) { return find_field(table, name)->number; }

const char *const *cli_texts(const cli_table *table, const char *name) { return find_field(table, name)->text; }

static const cli_field *same_field(const cli_table *table, const cli_field *field) {
  for (int32_t i = 0; i < table->fields; i++) {
    const cli_field *other = &table->field[i];
    if (other->group == field->group && strcmp(other->name, field->name) == 0) return other;
  }
  return NULL;
}

void cli_append_total(cli_table *table, const cli_table *all) {
  cli_table rows = {.rows = all->rows};
  bool named = false;
  for (int32_t i = 0; i < table->fields; i++) {
    const cli_field *field = &table->field[i], *from = same_field(all, field);
    if (field->text != NULL) {
      const char **text = cli_add_texts(&rows, field->name);
      for (int64_t k = 0; k < rows.rows; k++) {
        text[k] = field->group ? named ? NULL : cli_said("Total") : from != NULL ? from->text[k] : NULL;
      }
      named = named || field->group;
    } else {
      double *number = cli_add_numbers(&rows, field->name);
      for (int64_t k = 0; k < rows.rows; k++) number[k] = from != NULL ? from->number[k] : NAN;
    }
  }
  cli_append(table, &rows);
}

static void append_withheld(cli_table *a, const cli_table *b) {
  if (b->withheld == NULL) return;
  bool *both = CLI_NEW(bool, a->all + b->all);
  memcpy(both, a->withheld, (size_t)a->all * sizeof *both);
  memcpy(both + a->all, b->withheld, (size_t)b->all * sizeof *both);
  a->withheld = both;
  a->all += b->all;
}

void cli_append(cli_table *a, const cli_table *b) {
  const int64_t rows = a->rows + b->rows;
  for (int32_t i = 0; i < a->fields; i++) {
    cli_field *field = &a->field[i];
    if (field->text != NULL) {
      const char **text = CLI_NEW(const char *, rows);
      memcpy(text, field->text, (size_t)a->rows * sizeof *text);
      memcpy(text + a->rows, b->field[i].text, (size_t)b->rows * sizeof *text);
      field->text = text;
    } else {
      double *number = CLI_NEW(double, rows);
      memcpy(number, field->number, (size_t)a->rows * sizeof *number);
      memcpy(number + a->rows, b->field[i].number, (size_t)b->rows * sizeof *number);
      field->number = number;
    }
  }
  a->rows = rows;
  append_withheld(a, b);
}
