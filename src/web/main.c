/*
 * The program in the page. It runs once for each request, in memory of its own, with the arguments of the shell's program; that
 * one's main() is called cli_main() here (see the Makefile).
 */
#include <stdio.h>
#include <string.h>

#include "web.h"

int cli_main(int count, char **words);

/* "variables" and "columns" are no sub-commands of the program: the options of the former are those of describe. */
int main(int count, char **words) {
  static char describe[] = "describe";
  cli_options options = {0};
  const bool columns = count >= 3 && strcmp(words[1], "columns") == 0;
  if (!columns && (count < 3 || strcmp(words[1], "variables") != 0)) return cli_main(count, words);
  words[1] = describe;
  cli_find_language(count, words);
  if (columns && count > 4 && strcmp(words[count - 2], "--language") == 0) count -= 2; /* else it has files alone */
  cli_parse_options(columns ? 3 : count, words, &options);
  options.format = CLI_FORMAT_JSON;
  if (columns) web_columns(&options, count - 2, words + 2);
  else web_variables(&options);
  cli_release();
  return 0;
}
