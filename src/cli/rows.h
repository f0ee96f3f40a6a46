/* Files of rows: what their readers and rows.c share. */
#ifndef WEEG_CLI_ROWS_H
#define WEEG_CLI_ROWS_H

#include "cli.h"

/* A column that is read: as codes of levels, or as numbers. */
typedef struct row_column {
  const char *name;
  bool number;
  weeg_variable variable;
  weeg_variable values;  /* as conditions see it: SPSS variables by their values, not their labels */
  weeg_code_type type;
  void *codes;           /* of that type: 1 .. levels, 0 where missing */
  double *numbers;
} row_column;

typedef struct cli_rows {
  const cli_options *options;
  const char *path;
  const char *weight;    /* --weight, or what an SPSS file is weighted by; NULL: none */
  weeg_csv *csv;         /* one of these two is open */
  weeg_csv_field *fields;  /* [columns] of the CSV file, once it was read */
  weeg_sav *sav;
  cli_list known;        /* names of all columns of the file */
  row_column *column;
  int32_t columns;
  int64_t count;
} cli_rows;

/* Open a file and list its columns; read those that are wanted. */
void cli_open_csv(cli_rows *rows);
void cli_read_csv(cli_rows *rows);
void cli_open_sav(cli_rows *rows);
void cli_read_sav(cli_rows *rows);

const char *cli_shown_path(const char *path);
int32_t cli_find_column(const cli_rows *rows, const char *name, const char *where);
int32_t cli_row_code(const row_column *column, int64_t row);
void cli_set_code(row_column *column, int64_t row, int32_t code);

#endif
