/* What the command line may hold, said once: read by options.c, shown by help.c. */
#ifndef WEEG_CLI_OPTIONS_H
#define WEEG_CLI_OPTIONS_H

#include "cli.h"

/* Which commands an option is for: bits in the order of cli_commands. */
enum {
  PROPORTION = 1, TOTAL = 1 << 1, MEAN = 1 << 2, RATIO = 1 << 3, QUANTILE = 1 << 4, CROSSTAB = 1 << 5, BOOK = 1 << 6,
  TEST = 1 << 7, COMPARE = 1 << 8, ASSOCIATION = 1 << 9, MULTIPLE = 1 << 10, ITEM_TESTS = 1 << 11, BATTERY = 1 << 12,
  LOGISTIC = 1 << 13, LOGLINEAR = 1 << 14, LOGLINEAR_TESTS = 1 << 15, STANDARDISE = 1 << 16, DECOMPOSE = 1 << 17,
  TALLY = 1 << 18, MERGE = 1 << 19, DESCRIBE = 1 << 20, PSPP = 1 << 21,
  ITEMS = MULTIPLE | ITEM_TESTS,
  NUMBERS = MEAN | RATIO,
  FIGURES = PROPORTION | CROSSTAB | COMPARE | MULTIPLE | LOGISTIC | LOGLINEAR | ASSOCIATION | STANDARDISE | DECOMPOSE |
            TOTAL | NUMBERS | QUANTILE | BOOK | BATTERY,
  TABLES = FIGURES | TEST | ITEM_TESTS | LOGLINEAR_TESTS,
  READS = TABLES | TALLY | DESCRIBE,
  EVERY = READS | MERGE | PSPP
};

typedef enum cli_option_kind { IS_FLAG, IS_TEXT, IS_LIST } cli_option_kind;

/* Under which heading help and manual have it. */
typedef enum cli_section { THE_ANALYSIS, THE_ITEMS, THE_SAMPLE, CSV_FILES, THE_OUTPUT, SECTIONS } cli_section;

typedef struct cli_option {
  const char *name;
  char letter;
  cli_option_kind kind;
  int commands;
  size_t offset;      /* of the member of cli_options */
  cli_section section;
  const char *value;  /* what stands for its value in help, NULL: none */
  const char *text;   /* what it does; NULL: no help, as it only leads to an error that says more */
} cli_option;

/* All tables end with a row without a name. An option that means different things to different commands has several rows. */
extern const cli_option cli_known_options[];

/* What columns of a result are; names with the same meaning have a comma between them. */
typedef struct cli_about_column {
  const char *name;
  int commands;
  const char *meaning;
} cli_about_column;

extern const cli_about_column cli_columns_known[];

#endif
