/* What is wrong with a file, where, in words. */
#include <stdio.h>
#include <string.h>

#include "base/said.h"
#include "io/reader.h"

const char *weeg_csv_problem_text(int problem) {
  switch ((weeg_problem)problem) {
    case WEEG_PROBLEM_NONE: return "";
    case WEEG_PROBLEM_SHORT: return "too few fields";
    case WEEG_PROBLEM_LONG: return "too many fields";
    case WEEG_PROBLEM_QUOTE: return "a quote inside a field, or text after a closing quote";
    case WEEG_PROBLEM_UNCLOSED: return "a quote that is not closed";
    case WEEG_PROBLEM_NUMBER: return "not a number";
    case WEEG_PROBLEM_ENCODING: return "not valid text in the encoding";
    case WEEG_PROBLEM_FIELD_SIZE: return "a field that is too long";
    case WEEG_PROBLEM_LINE_SIZE: return "a line that is too long";
    case WEEG_PROBLEM_MEMORY: return "not enough memory";
  }
  return "unknown problem";
}

/* "a field" as it is shown in a message; a leading quote is left out. */
static void show(const weeg_csv *csv, const weeg_text *text, char *to, size_t size) {
  char utf8[3 * 64];
  const char *s = text == NULL ? "" : text->bytes;
  size_t n = text == NULL ? 0 : text->length;
  if (n > 0 && *s == csv->dialect.quote) {
    s++;
    n--;
  }
  if (csv->dialect.windows_1252) {
    n = weeg_i_text_from_1252(s, n < 64 ? n : 64, utf8);
    s = utf8;
  }
  weeg_i_text_show(s, n, to, size);
}

/* In the language of err. */
static void describe(const weeg_csv *csv, const weeg_error *err, weeg_problem problem, int32_t field, const weeg_text *text,
                     char *to, size_t size) {
  const int columns = (int)csv->dialect.columns;
  const bool quoted = text != NULL && text->length > 0 && *text->bytes == csv->dialect.quote;
  char shown[48];
  show(csv, text, shown, sizeof shown);
  switch (problem) {
    case WEEG_PROBLEM_SHORT:
    case WEEG_PROBLEM_LONG:
      weeg_i_say(err, to, size,
                 field == 1 ? columns == 1 ? "%d field, but there is %d column" : "%d field, but there are %d columns"
                 : columns == 1 ? "%d fields, but there is %d column"
                                : "%d fields, but there are %d columns",
                 (int)field, columns);
      break;
    case WEEG_PROBLEM_QUOTE:
      weeg_i_say(err, to, size, quoted ? "text after the closing quote of \"%s\""
                                        : "stray quote in the unquoted field \"%s\"", shown);
      break;
    case WEEG_PROBLEM_UNCLOSED: weeg_i_say(err, to, size, "the quote that opens here is not closed"); break;
    case WEEG_PROBLEM_NUMBER: weeg_i_say(err, to, size, "\"%s\" is not a number", shown); break;
    case WEEG_PROBLEM_ENCODING:
      weeg_i_say(err, to, size, csv->dialect.windows_1252 ? "the field \"%s\" contains a zero byte"
                                                          : "the field \"%s\" is not UTF-8 text", shown);
      break;
    case WEEG_PROBLEM_FIELD_SIZE:
      weeg_i_say(err, to, size, "the field \"%s\" has more than %lld bytes", shown, (long long)csv->dialect.max_field);
      break;
    case WEEG_PROBLEM_LINE_SIZE:
      weeg_i_say(err, to, size, "the record that begins here does not end within %lld bytes", (long long)csv->size);
      break;
    default: snprintf(to, size, "%s", weeg_i_said(err, weeg_csv_problem_text((int)problem)));
  }
}

weeg_status weeg_i_csv_fail(const weeg_csv *csv, weeg_error *err, weeg_problem problem, int64_t line, int32_t field,
                            const weeg_text *text) {
  char what[160], name[48] = "";
  if (problem == WEEG_PROBLEM_MEMORY) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  const bool of_record = problem == WEEG_PROBLEM_SHORT || problem == WEEG_PROBLEM_LONG || problem == WEEG_PROBLEM_LINE_SIZE;
  /* of a record with too few fields, the column after its last; with too many, the first that has no name */
  const int32_t column = problem == WEEG_PROBLEM_LONG ? csv->dialect.columns + 1 : field + 1;
  describe(csv, err, problem, field, text, what, sizeof what);
  if (!of_record && csv->name != NULL && field < csv->dialect.columns) {
    const char *full = weeg_i_strings_text(&csv->names, csv->name[field]);
    weeg_i_text_show(full, strlen(full), name, sizeof name);
  }
  const weeg_status status =
      of_record ? weeg_fail(err, WEEG_ERR_CSV, -1, "line %lld: %s", (long long)line, what)
                : weeg_fail(err, WEEG_ERR_CSV, -1, "line %lld, column %d%s%s%s: %s", (long long)line, (int)column,
                            name[0] == '\0' ? "" : " (", name, name[0] == '\0' ? "" : ")", what);
  if (err != NULL) {
    err->line = line;
    err->column = problem == WEEG_PROBLEM_LINE_SIZE ? 1 : column;
  }
  return status;
}
