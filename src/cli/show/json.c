/* Results as JSON: what they are about, and rows as objects. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

/*
 * A character of a text, and how many bytes it has. What cannot be shown is there by its number, as JSON writes what
 * weeg_visible() writes; a byte that is not UTF-8 cannot be in JSON, and is U+FFFD.
 */
static size_t add_character(cli_text *out, const char *text) {
  const unsigned char c = (unsigned char)*text;
  char form[32] = "";
  if (c == '"' || c == '\\' || c < 0x20) {
    cli_addf(out, c < 0x20 ? "\\u%04x" : "\\%c", (unsigned)c);
    return 1;
  }
  const size_t most = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4, size = strnlen(text, most);
  (void)weeg_visible(text, size, form);
  if (form[0] == '\\' && form[1] == 'x') {
    cli_add(out, "\\ufffd");
    return 1;
  }
  if (form[0] == '\\' && form[1] == 'u') {
    cli_add(out, form);
  } else if (form[0] == '\\' && form[1] == 'U') { /* as a pair of surrogates */
    const unsigned code = (unsigned)strtoul(form + 2, NULL, 16) - 0x10000;
    cli_addf(out, "\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
  } else {
    cli_add_bytes(out, text, size);
  }
  return size;
}

static void add_string(cli_text *out, const char *text) {
  if (text == NULL) {
    cli_add(out, "null");
    return;
  }
  cli_add(out, "\"");
  while (*text != '\0') text += add_character(out, text);
  cli_add(out, "\"");
}

/* JSON has no infinity: it is text, as R's jsonlite writes it. */
static void add_number(cli_text *out, double x) {
  if (isnan(x)) cli_add(out, "null");
  else if (isinf(x)) cli_add(out, x > 0 ? "\"Inf\"" : "\"-Inf\"");
  else cli_addf(out, "%.17g", x);
}

static void add_rows(cli_text *out, const cli_table *table) {
  const char *names[CLI_MAX_FIELDS];
  for (int32_t k = 0; k < table->fields; k++) names[k] = cli_field_name(table, k);
  cli_addf(out, ",\n  \"%s\": [", table->name);
  for (int64_t i = 0; i < table->rows; i++) {
    cli_add(out, i == 0 ? "\n    {" : ",\n    {");
    for (int32_t k = 0; k < table->fields; k++) {
      const cli_field *field = &table->field[k];
      if (k > 0) cli_add(out, ", ");
      add_string(out, names[k]);
      cli_add(out, ": ");
      if (field->text != NULL) add_string(out, field->text[i]);
      else add_number(out, field->number[i]);
    }
    cli_add(out, "}");
  }
  cli_add(out, table->rows == 0 ? "]" : "\n  ]");
}

static void add_member(cli_text *out, const char *name, const char *value) {
  cli_addf(out, ",\n  \"%s\": ", name);
  add_string(out, value);
}

void cli_json_format(const cli_result *result, cli_text *out) {
  cli_add(out, "{\n  \"weeg\": ");
  add_string(out, WEEG_VERSION);
  add_member(out, "command", result->command);
  if (result->data != NULL) {
    add_member(out, "data", result->data->name);
    add_member(out, "design", cli_design_text(result->data));
    add_member(out, "weights", result->data->weights);
    if (result->data->omitted > 0) cli_addf(out, ",\n  \"omitted\": %lld", (long long)result->data->omitted);
    add_member(out, "domain", cli_domain_text(result->data));
  }
  add_member(out, "conventions", result->conventions);
  add_rows(out, result->table);
  if (result->second != NULL) add_rows(out, result->second);
  cli_add(out, "\n}\n");
}
