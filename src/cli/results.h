/*
 * Results: what a command makes of data (cli.h), as columns and as a document, and how it is written.
 */
#ifndef WEEG_CLI_RESULTS_H
#define WEEG_CLI_RESULTS_H

#include "cli.h"

/* ---- results (table.c, document.c) ------------------------------------------------------------------------------ */

/* A column of a result: numbers (NaN: does not exist) or texts (NULL: none). */
typedef struct cli_field {
  const char *name;
  bool group, only_json; /* group: the levels of a variable, which may have any name */
  double *number;
  const char **text;
} cli_field;

enum { CLI_MAX_FIELDS = 66 };

typedef struct cli_table {
  const char *name;   /* in JSON */
  int32_t fields;
  int64_t rows;
  cli_field field[CLI_MAX_FIELDS];
  bool *withheld;     /* [all] by --threshold: which rows of all respondents would tell what is hidden of groups; NULL: none */
  int64_t all;
} cli_table;

double *cli_add_numbers(cli_table *table, const char *name);
const char **cli_add_texts(cli_table *table, const char *name);
/* Why numbers of a row do not exist: "reason" in words, and in JSON its code as "reason.code". words: other ones, or NULL. */
void cli_add_reasons(cli_table *table);
const char **cli_add_codes(cli_table *table, const char *name); /* texts in JSON alone */
void cli_set_reason(cli_table *table, int64_t row, weeg_reason reason, const char *words);
const char **cli_add_group(cli_table *table, const char *name);
/* The name of column k in the files that are written: no two have the same. */
const char *cli_field_name(const cli_table *table, int32_t k);
/* Column of the result's own by name, which must be there. */
const double *cli_numbers(const cli_table *table, const char *name);
const char *const *cli_texts(const cli_table *table, const char *name);
/* The rows of b behind those of a, which has the same columns. */
void cli_append(cli_table *a, const cli_table *b);
/* Those of all respondents, of whom `all` is a result without groups: the first group is "Total", others have no name. */
void cli_append_total(cli_table *table, const cli_table *all);

/* A column of a table to be looked at. */
typedef struct cli_column {
  cli_list header;   /* lines */
  cli_list cells;
  bool left;         /* text; else numbers, to the right */
  const char *banner;    /* what it and its neighbours are of, the first `above` lines of the header; NULL: of nothing */
  int32_t above;
  const struct cli_value *value; /* [cells] as numbers, of a book; see workbook.h */
  const char **mark;     /* [cells] what stands behind figures, which HTML shows apart; NULL: nothing */
} cli_column;

typedef struct cli_grid {
  int32_t columns;
  cli_column *column;   /* the first one names the rows, or the first `keys`, where there are more */
  int32_t keys;         /* 0 is 1 */
  bool *heading;        /* [rows] a line of the first column that names the lines under it; NULL: none */
  int32_t foot;         /* the line at which bases begin; 0: there are none */
  cli_list about;       /* what its signs and rows mean, where it stands alone: of a book, which says so at its end */
  int32_t paired;       /* that many times two lines make one row: a figure, and under it its interval */
} cli_grid;

/* How many columns name the rows; and whether the name in one of them is that of the row before, and need not be said again. */
int32_t cli_grid_keys(const cli_grid *grid);
bool cli_grid_repeats(const cli_grid *grid, int32_t column, int32_t row);
void cli_grid_add(cli_grid *grid, const char *header, const char *const *cells, int32_t count, bool left);
/* The header of a column that was added, in several lines. */
void cli_grid_header(cli_grid *grid, int32_t column, const char *above, const char *header);

typedef enum cli_block_kind {
  CLI_TITLE,    /* text, and by */
  CLI_PIECES,   /* "a; b; c" */
  CLI_WORDS,    /* a paragraph */
  CLI_LINE,     /* a line that is not broken */
  CLI_CAPTION,  /* of the grid that follows; of a book, by: what it says besides n, also in the text */
  CLI_NOTE,     /* a mark and what it means */
  CLI_GRID,
  CLI_SPACE     /* an empty line */
} cli_block_kind;

typedef struct cli_block {
  cli_block_kind kind;
  const char *text, *by;
  const cli_grid *grid;
} cli_block;

typedef struct cli_result {
  const char *command;
  const cli_data *data;      /* NULL: what a CSV file holds */
  const char *conventions;   /* likewise */
  cli_table *table;          /* the rows */
  bool contents;             /* HTML has a list of its titles but the first, with links */
  cli_table *second;         /* what else JSON has (the test of a cross-tab), or NULL */
  cli_block *block;
  int32_t blocks, room;
} cli_result;

void cli_say(cli_result *result, cli_block_kind kind, const char *text, const char *by);
void cli_say_grid(cli_result *result, const cli_grid *grid);

/* "Label (name)", or the name alone. */
const char *cli_label(const cli_data *data, const char *name);
/* Title, "by" included, then where the numbers are from. pieces: "n = 3; design df 2" or NULL. */
void cli_say_title(cli_result *result, const cli_data *data, const char *what, const cli_list *groups);
void cli_say_source(cli_result *result, const cli_data *data, const char *pieces);
/* "design df 47-48", "effective df 14.2-28.0" where some are not whole: smallest and largest of those with use (NULL: all);
   NULL: none. And behind "n = 20", or "n not shown". */
const char *cli_df_text(const double *df, const bool *use, int64_t count);
const char *cli_counted_text(double n, const char *df);
const char *cli_df_range(const double *df, const bool *use, int64_t count, bool *effective);
bool cli_effective_df(const cli_table *table);

/* Letters for the different reasons: marks[count], "" where there is none; cli_say_notes explains them. */
typedef struct cli_marks { const char **mark; cli_list reasons; } cli_marks;
cli_marks cli_mark_reasons(const char *const *reason, const bool *use, int64_t count);
void cli_say_notes(cli_result *result, const cli_marks *marks);
/* Tables of several outcomes, with the same columns: say(ctx) each with its marks, then the notes; of_rows: none where n is 0. */
typedef void cli_say_outcome(const void *ctx, cli_result *result, int32_t outcome, const cli_table *of, const cli_marks *marks);
void cli_say_outcomes(cli_result *result, cli_table *const *tables, int32_t outcomes, cli_say_outcome *say, const void *ctx,
                      bool of_rows);
const char *cli_reliability_mark(const char *verdict);
void cli_say_reliability(cli_result *result, const char *const *verdict, const bool *use, int64_t count);
/* "No observations: a; b." */
void cli_say_empty(cli_result *result, const cli_list *names);

/* "43.2-57.8" for each row, aligned; "" where there is none; then the marks (NULL: none). */
const char **cli_interval_cells(const char **low, const char **high, int32_t count, const char *between,
                                const char *const *marks);
/* Lines of a table under headings (nested.c): a row of the result, or -1 for a heading. */
typedef struct cli_nest {
  int32_t *row;
  const char **name;
  int32_t count, rows;   /* rows: lines that are no headings */
} cli_nest;

cli_nest cli_new_nest(int64_t most);
void cli_nest_add(cli_nest *nest, int32_t row, const char *name);
typedef const char *(*cli_shown_as)(double x);
const char *cli_two_decimals(double x);
const char *cli_three_decimals(double x);
/* p-values under each other: their decimal marks align. */
const char *cli_p_cell(double p);
/* The numbers of a column of the result, cells for the lines that are no headings. */
const char **cli_nest_shown(const cli_nest *nest, const double *x, cli_shown_as format);
/* The marks of these lines. */
const char **cli_nest_marks(const cli_nest *nest, const cli_marks *marks);
/* A grid whose first column is the lines; its further columns, above NULL: a header of one line. */
cli_grid *cli_nest_grid(const cli_nest *nest, const char *above, const char *header);
void cli_nest_column(cli_grid *grid, const cli_nest *nest, const char *above, const char *header, const char *const *cells);
/* Rows of a result under headings, but that each heading has one line: then lines for both, and *header is that of the first. */
typedef struct cli_nested {
  int64_t rows;
  const char *const *outer, *const *inner, *const *note; /* [rows]; note, behind a heading, or NULL */
  const char *outer_name, *inner_name;
} cli_nested;
cli_nest cli_nest_rows(const cli_nested *of, cli_grid **grid);

/* Limits by row of the result; to: "a to b", of what may be negative. */
typedef struct cli_limits {
  const double *low, *high;
  cli_shown_as format;
  double level;
  bool to;
} cli_limits;
void cli_nest_interval(cli_grid *grid, const cli_nest *nest, const cli_limits *limits, const cli_marks *marks);
void cli_nest_p(cli_grid *grid, const cli_nest *nest, const double *p);

/* All of the same width. */
void cli_align(const char **cells, int32_t count, bool left);
/* "95% CI" */
const char *cli_level_header(double level);

/* ---- small counts (commands/protect.c) ----------------------------------------------------------------------------------- */

/* What --threshold hides of a table of groups and answers (1: of sizes). */
typedef struct cli_hidden {
  weeg_suppressed of;
  bool any;
} cli_hidden;

/* 0: nothing is asked for. */
int64_t cli_threshold(const cli_options *options);
/* Of a table, or where not by_answer, of the sizes of its groups; NULL: everything is shown. And of an item. */
const cli_hidden *cli_hidden_cells(const cli_options *options, const cli_places *places, bool by_answer);
const cli_hidden *cli_hidden_item(const cli_options *options, const cli_places *places, const weeg_answers *answers,
                                  int32_t item);
weeg_shown cli_shown(const cli_hidden *hidden, weeg_percent percent, int32_t group, int32_t answer);
/* Takes the numbers of a row away but those that are shown, and gives the reason. */
void cli_hide(cli_table *table, int64_t row, weeg_shown shown);
/* Makes numbers of a table of which some are hidden weeg_shown_number(), but for `prob`. */
void cli_round(cli_table *table);
/* Takes the degrees of freedom of rows without observations away. */
void cli_hide_empty(cli_table *table);
/* Hides those of hidden cells, and rounds; `each` of which are of a group, those of an answer one after the other. */
void cli_hide_cells(cli_table *table, const cli_hidden *hidden, int32_t each);
/* Whether a row of all respondents, who have `all` of them, would tell what is hidden of groups. */
void cli_withhold(cli_table *table, int64_t all, int64_t row, bool withheld);
/* Hides these among the rows of all respondents, which are rounded then. */
void cli_hide_withheld(const cli_table *table, cli_table *all);
/* Says so among conventions. */
void cli_push_protection(cli_list *own, const cli_options *options);

/* ---- commands --------------------------------------------------------------------------------------------------- */

void cli_proportion(const cli_options *options, cli_result *result);
void cli_crosstab(const cli_options *options, cli_result *result);
void cli_book(const cli_options *options, cli_result *result);
void cli_test(const cli_options *options, cli_result *result);
void cli_compare(const cli_options *options, cli_result *result);
void cli_association(const cli_options *options, cli_result *result);
void cli_total(const cli_options *options, cli_result *result);
void cli_multiple(const cli_options *options, cli_result *result);
void cli_battery(const cli_options *options, cli_result *result);
void cli_item_tests(const cli_options *options, cli_result *result);
void cli_standardise(const cli_options *options, cli_result *result);
void cli_decompose(const cli_options *options, cli_result *result);
void cli_logistic(const cli_options *options, cli_result *result);
void cli_loglinear(const cli_options *options, cli_result *result);
void cli_loglinear_tests(const cli_options *options, cli_result *result);
void cli_describe(const cli_options *options, cli_result *result);
void cli_tally(const cli_options *options);
void cli_merge(const cli_options *options);
void cli_pspp(const cli_options *options);

/* --adjust-for (adjusted.c): its terms, as what is given; the figures; and what is said of them, behind a title. */
void cli_parse_covariates(const cli_options *options, cli_formula *formula);
const weeg_adjusted *cli_adjust(const cli_places *places, weeg_interval_choice choice);
void cli_say_adjusted(cli_result *result, const cli_places *places);
void cli_adjusted_convention(cli_list *own, const cli_formula *formula);

/* Pairs of groups: those asked for, else all of groups with rows n[groups]; each: comparisons of a pair (pairs.c). */
typedef struct cli_pairs {
  int32_t *first, *second, count;
} cli_pairs;
cli_pairs cli_find_pairs(const cli_options *options, const cli_places *places, const int64_t *n, int64_t each, const char *hint);

/* A table of groups and answers with the categories of --by as layers, and what is said of its composition (standardise.c). */
cli_formula cli_parse_composition(const cli_options *options);

/* What a command makes of each outcome: its rows, and what is said of them; and of what kind its intervals are. */
typedef struct cli_composed {
  cli_table *(*rows)(const cli_options *options, const cli_places *places);
  void (*say)(const cli_options *options, cli_result *result, const cli_places *places, const cli_table *table,
              const cli_marks *marks);
  const char *interval;
  bool few; /* limits are by the law of few PSUs, where conventions ask for it */
} cli_composed;

void cli_compose(const cli_options *options, cli_result *result, const cli_formula *formula, const cli_composed *how);

/* What the cross-tab shares with the other commands. */
cli_table *cli_proportion_rows(const cli_options *options, const cli_places *places, int32_t **group, int32_t **level);

/* few: of what refers to the law of few PSUs, where there is one. */
const char *cli_interval_name(const cli_options *options, const cli_data *data, bool few);

weeg_interval_choice cli_interval(const char *name, double level);
/* The proportions of a table, which need not be that of groups and answers. */
weeg_share *cli_find_shares(const cli_data *data, const weeg_places *places, const char *interval, double level);
/* Rows of a result under a title with all notes. */
void cli_say_shares(const cli_options *options, cli_result *result, const cli_places *places, const cli_table *table,
                    const char *title);
/* The columns from estimate to reliability.reason; from[row]: its place in shares. */
void cli_share_columns(cli_table *table, const weeg_share *shares, const int32_t *from);

cli_table *cli_test_table(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *method,
                          bool null_proportions);
/* The row of a test that was done. */
cli_table *cli_test_row(const cli_places *places, const char *method, const weeg_test *test);
const char *cli_test_line(const cli_table *table, int64_t row);
const char *cli_test_title(const char *method);
/* "F(8.26, 396) = 17.2" */
const char *cli_test_statistic(const cli_table *table, int64_t row);
/* "Rao-Scott F(8.26, 396) = 17.2, p < .001" */
const char *cli_test_words(const cli_table *table, int64_t row);
const char *cli_test_method(const cli_options *options, const cli_data *data, const cli_formula *formula);
bool cli_null_proportions(const cli_options *options);
/* The words of a test without a variance, with the names of the levels that are why behind them; NULL: no names. */
const char *cli_reason_alone(const cli_list *names);
/* Whether any of the tests is by the law of few PSUs. */
bool cli_test_conventions(cli_list *own, const cli_table *tests, bool null_proportions, bool independence);

/* ---- output (output.c) ------------------------------------------------------------------------------------------ */

/* Writes a result in the format asked for, to --output or standard output. */
void cli_write(const cli_options *options, const cli_result *result);
void cli_text_format(const cli_result *result, cli_text *out, int width);
void cli_csv_format(const cli_result *result, cli_text *out);
void cli_json_format(const cli_result *result, cli_text *out);
void cli_markdown_format(const cli_result *result, cli_text *out);
void cli_html_format(const cli_result *result, cli_text *out);
/* Writes a tally to --output. */
void cli_write_tally(const cli_options *options, const cli_data *data);

#endif
