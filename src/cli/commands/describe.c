/* weeg describe: the variables, levels and design of a file, with the rows and weights of each level. */
#include <string.h>

#include "cli.h"

enum { SHOWN = 240 };

/* Long lists of levels are cut off. */
static const char *shortened(const char *text) {
  size_t length = 0;
  if (cli_width(text) <= SHOWN) return text;
  for (int32_t characters = 0; text[length] != '\0'; length++) {
    characters += ((unsigned char)text[length] & 0xC0) != 0x80;
    if (characters > SHOWN - 4) break;
  }
  return cli_format("%s ...", cli_copy(text, length));
}

static void say_variable(cli_result *result, const cli_data *data, const weeg_variable *v) {
  cli_list levels = {0};
  for (int32_t k = 0; k < v->levels.count; k++) cli_push(&levels, v->levels.text[k]);
  cli_say(result, CLI_WORDS, cli_format("%s: %s", cli_label(data, v->name), shortened(cli_join(&levels, ", "))), NULL);
}

/* One row per level of each variable, and one for missing values. */
static cli_table *level_rows(const cli_data *data) {
  weeg_error err = {0};
  cli_table *table = CLI_NEW(cli_table, 1);
  table->name = "rows";
  for (int32_t v = 0; v < data->variables; v++) table->rows += (int64_t)data->variable[v].levels.count + 1;
  const char **variable = cli_add_texts(table, "variable"), **label = cli_add_texts(table, "label");
  const char **level = cli_add_texts(table, "level");
  double *n = cli_add_numbers(table, "n"), *weighted = cli_add_numbers(table, "n.weighted");
  int64_t at = 0;
  for (int32_t v = 0; v < data->variables; v++) {
    cli_list name = {0};
    cli_push(&name, data->variable[v].name);
    const cli_data *alone = cli_fold(data, &name);
    int64_t *count = CLI_NEW(int64_t, alone->tally->cells);
    cli_check(weeg_tally_totals(alone->tally, count, weighted + at, &err), &err);
    for (int32_t k = 0; k < alone->tally->cells; k++, at++) {
      variable[at] = data->variable[v].name;
      label[at] = data->variable[v].label;
      level[at] = k < data->variable[v].levels.count ? data->variable[v].levels.text[k] : NULL;
      n[at] = (double)count[k];
    }
  }
  return table;
}

void cli_describe(const cli_options *options, cli_result *result) {
  const char *path = cli_source_path(options->arguments.item[0]);
  if (!cli_is_tally(path)) {
    cli_describe_rows(options, path, result);
    return;
  }
  const cli_data *data = cli_load(options, path, NULL);
  const cli_list names = cli_variable_names(data), own = {0};
  double n = 0;
  for (int64_t i = 0; i < data->tally->entries; i++) n += (double)data->tally->n[i];
  cli_data *shown = CLI_NEW(cli_data, 1);
  *shown = *data;
  shown->missing = cli_profile_of(data)->missing;
  cli_say(result, CLI_TITLE, cli_format("Tally of %s", cli_join(&names, ", ")), NULL);
  cli_say_source(result, data, cli_format("n = %s", cli_count(n)));
  cli_say(result, CLI_LINE,
          cli_format("%s entries: %s by combination of levels", cli_count((double)data->tally->entries),
                     data->design.element ? "stratum" : "PSU"),
          NULL);
  for (int32_t v = 0; v < data->variables; v++) say_variable(result, data, &data->variable[v]);
  result->data = data;
  result->table = level_rows(data);
  result->conventions = cli_conventions_line(shown, &own);
}
