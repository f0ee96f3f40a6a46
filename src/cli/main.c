/*
 * weeg: survey-weighted proportions, cross-tabulations, tests and comparisons for the shell.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "numbers.h"

static void need_arguments(const cli_options *options, const cli_command *c) {
  if (options->arguments.count < c->least) cli_usage("weeg %s needs %s", c->name, cli_said(c->needs));
  if (options->arguments.count > c->most) {
    if (strcmp(c->name, "book") == 0 && strchr(options->arguments.item[c->most], '~') != NULL) {
      cli_usage("weeg book takes no formula: the questions are --rows 'q1 + q2', the variables of the columns --columns 'a + b'");
    }
    cli_usage("weeg %s takes %s, but there is more: \"%s\"; a formula goes in quotes", c->name, cli_said(c->needs),
              options->arguments.item[c->most]);
  }
}

static const cli_command *command_of(const cli_options *options) {
  const cli_command *c = cli_commands;
  while (strcmp(c->name, options->command) != 0) c++; /* cli_parse_options() found it */
  return c;
}

typedef void cli_answer(const cli_options *options, cli_result *result);

/* Those that give a result. */
static const struct {
  const char *name;
  cli_answer *answer;
} answers[] = {{"proportion", cli_proportion}, {"crosstab", cli_crosstab}, {"book", cli_book}, {"test", cli_test},
               {"compare", cli_compare}, {"total", cli_total}, {"mean", cli_mean}, {"ratio", cli_mean_ratio},
               {"quantile", cli_quantile},
               {"association", cli_association}, {"multiple", cli_multiple},
               {"item-tests", cli_item_tests}, {"battery", cli_battery}, {"logistic", cli_logistic}, {"loglinear", cli_loglinear},
               {"loglinear-tests", cli_loglinear_tests}, {"standardise", cli_standardise}, {"decompose", cli_decompose},
               {"describe", cli_describe}};

/* Whether there is a row of all respondents to add. */
static bool wants_total(const cli_options *options) {
  if (!options->total || cli_without_groups(options->arguments.item[1]) == NULL) return false;
  if (options->percent != NULL && strcmp(options->percent, "row") != 0) {
    cli_usage("--total is all respondents as one more group, which percentages by --percent %s have no room for",
              options->percent);
  }
  if (strcmp(options->arguments.item[0], "-") == 0) {
    cli_usage("--total reads the data twice, and standard input can be read once; give a file");
  }
  return true;
}

/* --total: what the command, of a cross-tab that of proportions, gives without groups, behind the rows of the groups. */
static void add_total(cli_answer *answer, const cli_options *options, cli_result *result) {
  cli_options all = *options;
  cli_result of_all = {.command = options->command};
  all.arguments = (cli_list){0};
  cli_push(&all.arguments, options->arguments.item[0]);
  cli_push(&all.arguments, cli_without_groups(options->arguments.item[1]));
  all.percent = all.method = all.proportions = NULL;
  answer(&all, &of_all);
  cli_hide_withheld(result->table, of_all.table);
  cli_append_total(result->table, of_all.table);
}

static void run(cli_options *options) {
  cli_result result = {.command = options->command};
  const cli_command *command = command_of(options);
  need_arguments(options, command);
  (void)cli_threshold(options); /* before files are read */
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    if (strcmp(options->command, answers[i].name) != 0) continue;
    if (options->format >= CLI_FORMAT_MARKDOWN) cli_use_utf8();
    const bool total = wants_total(options);
    answers[i].answer(options, &result);
    if (total) {
      add_total(strcmp(options->command, "crosstab") == 0 ? cli_proportion : answers[i].answer, options, &result);
    }
    cli_write(options, &result);
    return;
  }
  if (strcmp(options->command, "pspp") == 0) {
    cli_pspp(options);
    return;
  }
  if (options->output == NULL) cli_usage("weeg %s needs --output FILE", options->command);
  if (strcmp(options->command, "tally") == 0) cli_tally(options);
  else cli_merge(options);
}

int main(int count, char **words) {
  cli_options options = {0};
  cli_text help = {0};
  cli_find_language(count, words);
  cli_parse_options(count, words, &options);
  if (options.help) {
    cli_help(options.command, &help);
    (void)fputs(help.bytes, stdout);
  } else if (options.version) {
    (void)fputs("weeg " WEEG_VERSION "\n", stdout);
  } else {
    run(&options);
  }
  cli_release();
  return 0;
}
