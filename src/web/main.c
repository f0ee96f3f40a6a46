/*
 * The program in the page. It runs once for each request, in memory of its own, with the arguments of the shell's program; that
 * one's main() is called cli_main() here (see the Makefile).
 */
#include <stdio.h>
#include <string.h>

#include "web.h"

int cli_main(int count, char **words);

/* "variables" is no sub-command of the program: its options are those of describe. */
int main(int count, char **words) {
  if (count < 3 || strcmp(words[1], "variables") != 0) return cli_main(count, words);
  static char describe[] = "describe";
  cli_options options = {0};
  words[1] = describe;
  cli_parse_options(count, words, &options);
  options.format = CLI_FORMAT_JSON;
  web_variables(&options);
  cli_release();
  return 0;
}
