/* A result as columns of numbers and texts. */
#include <string.h>

#include "cli.h"

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

static const cli_field *find_field(const cli_table *table, const char *name) {
  /* from the end: a group variable may be called as a column of the result is */
  for (int32_t i = table->fields - 1; i >= 0; i--) {
    if (strcmp(table->field[i].name, name) == 0) return &table->field[i];
  }
  cli_fail("there is no column %s", name);
}

const double *cli_numbers(const cli_table *table, const char *name) { return find_field(table, name)->number; }

const char *const *cli_texts(const cli_table *table, const char *name) { return find_field(table, name)->text; }

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
}
