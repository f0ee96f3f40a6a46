/*
 * Files of rows: what their readers, stream.c, sample.c and rows.c share.
 *
 *     source_csv.c, source_sav.c   a file as the core's source of rows, and what only columns of its kind have: a cli_kind
 *     waves.c                      several files as one
 *     columns.c                    their columns by name
 *     known.c                      those with a weight, where others are left out
 *     stream.c                     the core's stream of rows, and at its end the tally by levels
 *     outside.c                    the rows that --domain leaves out, and who names what in a multiple-response question
 *     sample.c                     the sample design of those units
 *     replicates.c                 replicate weights: --repweights
 *     margins.c                    the files of --margins
 *     calibrate.c                  weights calibrated to these
 *     rows.c                       all of it: a file of rows as a tally with names
 */
#ifndef WEEG_CLI_ROWS_H
#define WEEG_CLI_ROWS_H

#include "cli.h"

/* A column that is read: as codes of levels, or as numbers. What it holds is known once the file was read. */
typedef struct row_column {
  const char *name;
  bool number;
  bool refusals;         /* user-missing values are told from system-missing ones: their level is -1 */
  weeg_variable variable;
  cli_seen seen;         /* as conditions see it */
  int32_t *level;        /* [codes + 1] the level, from 1, of each code; 0 of 0, which is missing */
  int32_t many;          /* it has more values than so many, and no levels; 0: it has all */
} row_column;

typedef struct cli_rows {
  const cli_options *options;
  const char *path;
  const char *weight;    /* --weights, or what an SPSS file is weighted by; NULL: none */
  bool unweighted;       /* --weights 1: also where weights would follow from --fpc */
  weeg_source source;    /* once it is open */
  const cli_waves *waves; /* the files that it is of; NULL: one */
  const weeg_csv **csv;  /* [files] the CSV files among them; else NULL */
  int32_t files;
  cli_list text;         /* --text */
  struct given_levels *given; /* [givens] --levels */
  int32_t givens;
  struct cli_known *weighted; /* of which rows the weight is known; NULL: all are taken */
  cli_list known;        /* names of all columns of the file */
  int32_t *by_name;      /* [known.count] their numbers, sorted by name */
  int32_t *wanted;       /* [known.count] which of `column` each is; -1: none */
  row_column *column;    /* [columns] that are read; there is room for all */
  int32_t columns;
  int64_t count;         /* rows that were read */
  bool again;            /* they will be read once more */
  bool listed;           /* columns are described: what cannot be read of several files is said, and is no error; of very many
                            values there are no levels */
} cli_rows;

/* What columns of SPSS files and others have that the core's source does not know. */
typedef struct cli_kind {
  /* A column that is wanted, as it is to be read. */
  weeg_field (*field)(const cli_rows *rows, const row_column *column);
  /* When all rows were read: levels of a column as --levels and --user-missing want them. */
  void (*end)(cli_rows *rows, int32_t column);
  /* What the comparisons of --domain may say of a code that is no missing value. */
  void (*answers)(const cli_rows *rows, const cli_condition *condition, int32_t column, int32_t code, cli_text *answers);
  /* Whether a code is of a value that is declared to be missing. */
  bool (*refusal)(const cli_rows *rows, int32_t column, int32_t code);
} cli_kind;

extern const cli_kind cli_csv_kind, cli_sav_kind;

/* --text and --levels are read before CSV files are opened, and checked once all columns are known. */
void cli_read_csv_options(cli_rows *rows);
void cli_check_csv_options(const cli_rows *rows);
weeg_csv *cli_open_csv(const cli_rows *rows, const char *path);
/* Ends the program where there are options for CSV files, but none such file. */
void cli_refuse_csv_options(const cli_options *options);
weeg_sav *cli_open_sav(const cli_rows *rows, const char *path);
/* Records of CSV files that were left out are listed. */
void cli_list_skipped(const cli_rows *rows);

/* ---- waves.c ---- */

/* Opens the files, as one source. */
void cli_open_waves(cli_rows *rows);
/* Whether strata are those of a wave. */
bool cli_crosses_waves(const cli_rows *rows);
/* The kind of a column that is read. */
const cli_kind *cli_kind_of(const cli_rows *rows, int32_t column);

/* How many values of a column of a CSV file are listed. */
int32_t cli_most_values(const cli_rows *rows);
/* The levels that --levels gives a column, in order; NULL: none. */
const cli_list *cli_given_levels(const cli_rows *rows, const char *name);
/* The level, from 1, of a value of an SPSS variable as text; 0: none. */
int32_t cli_level_of_value(const row_column *column, const char *value);

/* ---- columns.c ---- */

const char *cli_shown_path(const char *path);
/* Makes columns findable by name, and room for those that are read: once the names are known. */
void cli_index_columns(cli_rows *rows);
bool cli_has_column(const cli_rows *rows, const char *name);
/* 1 and 0 stand for no weights, strata or clusters, as ~1 and ~0 in R, unless they are columns. */
bool cli_is_none(const cli_rows *rows, const char *name);
int32_t cli_find_column(const cli_rows *rows, const char *name, const char *where);
/* Adds a column to those that are read, unless it is among them; its number among these. */
int32_t cli_want(cli_rows *rows, const char *name, bool number, const char *where);
int32_t cli_column_number(const cli_rows *rows, const char *name); /* among those that are read; -1: NULL or not there */
/* Why a column of several files cannot be read; NULL: it can. */
const char *cli_problem(const cli_rows *rows, int32_t column);
/* What SPSS files say of a column; NULL: none has it. */
const weeg_sav_variable *cli_sav_variable(const cli_rows *rows, const char *name);
/* The name of the file that row `row` (from 0) of all is in, and its number there, from 1. */
const char *cli_file_of(const cli_rows *rows, int64_t row);
long long cli_row_number(const cli_rows *rows, int64_t row);
/* The file, and the line (0: none), that a message is about; row: -1 where it is of none. */
const char *cli_place_of(const cli_rows *rows, int64_t line, int64_t row);
/* Says what was wrong with rows, and ends the program. */
void cli_check_rows(const cli_rows *rows, weeg_status status, const weeg_error *err);
/* Codes of a column that were met so far. */
int32_t cli_code_count(const cli_rows *rows, int32_t column);

/* ---- known.c ---- */

typedef struct cli_known cli_known;

/* As --na-weights says, when all columns are wanted; NULL: every row is taken. */
cli_known *cli_new_known(const cli_rows *rows);
/* A sink that hands on to another one. */
void cli_pass_known(cli_known *known, weeg_sink sink, void *ctx);
weeg_status cli_take_known(void *ctx, const weeg_chunk *chunk, weeg_error *err);
int64_t cli_omitted_rows(const cli_known *known);
/*
 * Leaves out the levels that are in no row that was taken, but those declared (NULL: none): number[levels] from 1, 0 where left
 * out, and level[codes + 1] accordingly. Gives how many stay.
 */
int32_t cli_drop_unseen(const cli_known *known, int32_t column, int32_t codes, int32_t levels, const bool *declared,
                        int32_t *level, int32_t *number);

/* ---- outside.c ---- */

/* Rows by what --domain can tell apart of them, and by the codes of items. */
typedef struct row_domain {
  const cli_condition *condition; /* NULL: none */
  cli_items *const *items;     /* [2] multiple-response questions; NULL: none */
  int32_t count, answers;      /* variables in the condition, and of the questions */
  int32_t *column;             /* [count + answers] */
  struct domain_class *classes; /* [count] */
  weeg_combos combos;          /* of classes and codes */
  int32_t places, *place;      /* [combos] which pattern of each question it is, the last one fastest; 1 place: no question */
} row_domain;

/* NULL where there is neither. */
row_domain *cli_new_domain(const cli_rows *rows, const cli_condition *condition, cli_items *const *items);
/* Numbers some rows of a chunk: number[rows], from 1. */
bool cli_number_domain(row_domain *domain, const cli_rows *rows, const weeg_chunk *chunk, int64_t from, int64_t count,
                       int32_t *number);
/* When all rows were read: for each number, whether its rows are in the domain; and the patterns of items. */
bool *cli_finish_domain(row_domain *domain, const cli_rows *rows);

/* ---- stream.c ---- */

enum { CLI_MAX_STAGES = 8 };

/* What becomes of the rows: see weeg_stream. */
typedef struct row_stream {
  const cli_rows *rows;
  int32_t *variable;                /* [variables] column numbers */
  bool *measured;                   /* [variables] which are numbers whose values are summed */
  int32_t key[2 * CLI_MAX_STAGES + 1]; /* [keys] column numbers of strata and clusters, and of the wave */
  int32_t stages;                   /* that count */
  int32_t stratum_key[CLI_MAX_STAGES], cluster_key[CLI_MAX_STAGES]; /* [stages] which key; -1: none */
  int32_t wave_key;                 /* which key strata are crossed with, and clusters within it; -1: none */
  int32_t fpc[CLI_MAX_STAGES];      /* [fpcs] column numbers, from the first stage on */
  const cli_condition *condition;   /* --domain, and what else its rows are limited to; NULL: nothing */
  cli_items *items[2];              /* of multiple-response questions, whose patterns are the last variables; NULL: none */
  row_domain *domain;               /* NULL: all rows */
  struct cli_replicates *replicates; /* NULL: none */
  int32_t *replicate;               /* column number of each */
  struct cli_calibration *calibration; /* NULL: none */
  int32_t fitted;                   /* calibration cells: levels of a variable behind the others; 0: none */
  weeg_stream core;
} row_stream;

/* The units that a tally is made by: which of them each combination of strata and clusters is, and whether they are strata of
   rows. */
typedef struct cli_units {
  int32_t count;
  const int32_t *of;
  bool element;
} cli_units;

/* Allocates what a stream needs; its columns are set, and the counts of the core's. */
void cli_start_stream(row_stream *stream);
/* When all were read, the tally: its units, of those of the sample, levels in order; inside: what is in the domain, NULL: all. */
weeg_tally *cli_finish_stream(row_stream *stream, const cli_units *units, const bool *inside);

/* ---- replicates.c ---- */

typedef struct cli_replicates cli_replicates;

/* The columns that --repweights names; NULL: none. */
cli_replicates *cli_new_replicates(const cli_rows *rows);
const cli_list *cli_replicate_names(const cli_replicates *replicates);
/* Once the columns of the stream are known, for each chunk, and for the tally of the rows that are inside (NULL: all). */
void cli_start_replicates(cli_replicates *replicates, const row_stream *stream);
weeg_status cli_keep_replicates(cli_replicates *replicates, const weeg_chunk *chunk, weeg_error *err);
/* Ends the program where a replicate weight is none. */
void cli_check_replicates(const cli_replicates *replicates, weeg_status status, const weeg_error *err);
void cli_finish_replicates(const cli_replicates *replicates, cli_data *data, const bool *inside);

/* ---- margins.c ---- */

/* The combinations of levels that occur in rows with a weight. */
typedef struct cli_sampled {
  int32_t variables, cells;
  const weeg_variable **variable; /* [variables] */
  int32_t **level;                /* [variables][cells] from 1 */
  int64_t *n;                     /* [cells] rows */
  double *weight;                 /* [cells] */
} cli_sampled;

/* A file of --margins: its variables, a row for each combination of levels, and a number. */
typedef struct cli_margin {
  const char *path;     /* "--margins FILE" */
  cli_list variables;
  int32_t rows;
  weeg_texts *levels;   /* [variables] */
  int32_t **level;      /* [variables][rows] from 1 */
  double *value;        /* [rows] */
  weeg_combos combos;   /* of the levels: row i, from 0, is combination i + 1 */
  int32_t columns;      /* once it is matched, how many of its rows the sample has */
  int32_t *kept;        /* [columns] which */
} cli_margin;

/* The files of --margins, one after the other. */
cli_margin *cli_read_margins(const cli_rows *rows);
/* "sex + age", and "sex + age = f, 15-34" of a column. */
const char *cli_margin_label(const cli_margin *margin);
const char *cli_margin_level(const cli_margin *margin, int32_t column);
/* Brings margins to one total, counts of people; the weights are those of the sample. */
void cli_scale_margins(cli_margin *margins, int32_t count, const double *weight, int32_t cells);
/* The column, from 0, of the margin that each cell is in: column[cells]. Gives how many there are. */
int32_t cli_match_margin(cli_margin *margin, const cli_sampled *sampled, int32_t *column);

/* ---- calibrate.c ---- */

typedef struct cli_calibration cli_calibration;

/* Ends the program where --margins does not go with the rest of what is asked; before the data are opened. */
void cli_check_calibration(const cli_rows *rows);
/* What --margins asks for, whose variables are wanted; NULL: nothing. */
cli_calibration *cli_new_calibration(cli_rows *rows);
/* A column behind those of the file has the calibration cells, the next one the weights: once all columns are known. */
void cli_plan_calibration(cli_calibration *calibration, row_stream *stream);
/* What takes the rows of the first reading; and when all were read, the factors, for the stream of the second one. */
row_stream *cli_start_sample(const cli_calibration *calibration);
void cli_fit_calibration(cli_calibration *calibration, row_stream *sample, row_stream *stream);
/* A sink that gives the rows of a chunk their calibrated weights, and hands them on. */
void cli_pass_calibrated(cli_calibration *calibration, weeg_sink sink, void *ctx);
weeg_status cli_take_calibrated(void *ctx, const weeg_chunk *chunk, weeg_error *err);
/* When all were read, the tally of what is inside (NULL: all), and the record that variances need. */
void cli_finish_calibration(const cli_calibration *calibration, row_stream *stream, const cli_units *units, const bool *inside,
                            cli_data *data);

/* ---- sample.c ---- */

/* The columns of --strata, --cluster and --fpc, a stage each, and those of them that are read. */
void cli_plan_sample(row_stream *stream, cli_rows *rows);
/* Whether a column is one of --strata or --cluster; and all of such an option as one name: "a + b". NULL: none. */
bool cli_draws_sample(const cli_options *options, const char *column);
const char *cli_stages_name(const cli_rows *rows, const char *option);
/* Of the strata, which may be crossed with the wave: "wave:a + b". */
const char *cli_strata_name(const cli_rows *rows);
/* "at stage 2, " of a later stage (from 0; -1: none), and what --fpc is there. */
const char *cli_stage_text(int32_t stage);
const char *cli_fpc_advice(const cli_options *options, int32_t stage);
/* The design of data and its units. Ends the program where the sample cannot be so. */
cli_units cli_find_sample(const row_stream *stream, cli_data *data);

/* ---- rows.c ---- */

/* Opens a file and lists its columns. */
void cli_open_rows(cli_rows *rows);
/* Hands all rows to a sink. */
weeg_status cli_read_rows(cli_rows *rows, weeg_sink sink, void *ctx, weeg_error *err);

#endif
