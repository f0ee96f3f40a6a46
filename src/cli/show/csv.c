/* Results as CSV: all digits of a number, and texts that a spreadsheet does not take for formulas. */
#include <math.h>
#include <string.h>

#include "results.h"

/* A sign and a number: -3 is a level, and no formula. */
static bool is_signed_number(const char *text) {
  const size_t digits = strspn(text + 1, "0123456789.");
  return (text[0] == '-' || text[0] == '+') && digits > 0 && text[1 + digits] == '\0';
}

static void add_text(cli_text *out, const char *text) {
  if (text == NULL) {
    cli_add(out, "NA");
    return;
  }
  const bool risky = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL && !is_signed_number(text);
  if (!risky && strpbrk(text, ",\"\r\n") == NULL) {
    cli_add(out, text);
    return;
  }
  cli_add(out, risky ? "\"'" : "\"");
  for (; *text != '\0'; text++) {
    if (*text == '"') cli_add(out, "\"");
    cli_add_bytes(out, text, 1);
  }
  cli_add(out, "\"");
}

static void add_number(cli_text *out, double x) {
  if (isnan(x)) cli_add(out, "NA");
  else if (isinf(x)) cli_add(out, x > 0 ? "Inf" : "-Inf");
  else cli_addf(out, "%.17g", x);
}

void cli_csv_format(const cli_result *result, cli_text *out) {
  const cli_table *table = result->table;
  for (int32_t k = 0; k < table->fields; k++) {
    if (table->field[k].only_json) continue;
    if (k > 0) cli_add(out, ",");
    add_text(out, cli_field_name(table, k));
  }
  cli_add(out, "\n");
  for (int64_t i = 0; i < table->rows; i++) {
    for (int32_t k = 0; k < table->fields; k++) {
      if (table->field[k].only_json) continue;
      if (k > 0) cli_add(out, ",");
      if (table->field[k].text != NULL) add_text(out, table->field[k].text[i]);
      else add_number(out, table->field[k].number[i]);
    }
    cli_add(out, "\n");
  }
}
