/* A book, or another table, as a workbook: zip.c keeps its files, workbook.c writes them. */
#ifndef WEEG_CLI_WORKBOOK_H
#define WEEG_CLI_WORKBOOK_H

#include "results.h"

typedef enum cli_value_kind { CLI_NO_VALUE, CLI_SHARE, CLI_COUNT, CLI_WEIGHTED, CLI_PVALUE, CLI_MEAN } cli_value_kind;

/* What a cell of a book is as a number; NaN: there is none. */
typedef struct cli_value {
  cli_value_kind kind;
  double x;
  int decimals;   /* of a mean; see cli_decimals() */
} cli_value;

void cli_workbook_format(const cli_result *result, cli_text *out);

typedef struct zip_file {
  const char *name;
  cli_text bytes;
} zip_file;

void cli_zip(const zip_file *files, int32_t count, cli_text *out);

#endif
