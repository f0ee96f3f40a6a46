/* What the command line may hold, said once: read by options.c, shown by help.c. */
#ifndef WEEG_CLI_OPTIONS_H
#define WEEG_CLI_OPTIONS_H

#include "cli.h"

/* Which commands an option is for: bits in the order of cli_commands. */
enum {
  PROPORTION = 1, TOTAL = 1 << 1, MEAN = 1 << 2, RATIO = 1 << 3, CROSSTAB = 1 << 4, BOOK = 1 << 5, TEST = 1 << 6,
  COMPARE = 1 << 7, ASSOCIATION = 1 << 8, MULTIPLE = 1 << 9, ITEM_TESTS = 1 << 10, LOGISTIC = 1 << 11, LOGLINEAR = 1 << 12,
  LOGLINEAR_TESTS = 1 << 13, STANDARDISE = 1 << 14, DECOMPOSE = 1 << 15, TALLY = 1 << 16, MERGE = 1 << 17, DESCRIBE = 1 << 18,
  PSPP = 1 << 19,
  ITEMS = MULTIPLE | ITEM_TESTS,
  NUMBERS = MEAN | RATIO,
  FIGURES = PROPORTION | CROSSTAB | COMPARE | MULTIPLE | LOGISTIC | LOGLINEAR | ASSOCIATION | STANDARDISE | DECOMPOSE |
            TOTAL | NUMBERS | BOOK,
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
