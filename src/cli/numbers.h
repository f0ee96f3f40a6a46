/* Numbers whose values are summed, the measures of a tally: what is asked of them, and data that have the sums. */
#ifndef WEEG_CLI_NUMBERS_H
#define WEEG_CLI_NUMBERS_H

#include "results.h"

/* Whether a formula has anything on the left of its ~. */
bool cli_has_outcomes(const char *text);
/* "~ outcome" of "outcome ~ group"; NULL: there are no groups. */
const char *cli_without_groups(const char *text);
/* What to say behind a name that is no variable, where it looks like an expression; else "". */
const char *cli_expression_hint(const char *name);
/* Ends the program where a formula of ratios has no ~. */
void cli_check_ratios(const char *text);
/* The two names of "a / b", an outcome of a formula. */
cli_list cli_parse_ratio(const char *ratio, const char *whole);

/* Ends the program unless those names of a tally's variables that are `numbers` have sums, and the others levels. */
void cli_check_kinds(const cli_data *data, const cli_list *names, const cli_list *numbers);
/* As cli_load(), where some of the names, `numbers`, are measures. */
cli_data *cli_load_numbers(const cli_options *options, const char *path, const cli_list *names, const cli_list *numbers);
/* As cli_prepare(), of measures, which rows must all have. outcome: what they are together. */
cli_places cli_prepare_numbers(const cli_options *options, const cli_data *data, const cli_formula *formula,
                               const char *outcome, const cli_list *numbers);

/* As many decimals as give the smallest standard error two digits (Inf: there is none); without one, and where numbers would be
   long, -1: five digits. The same for the estimates and limits of the rows in use; and a number with these. */
int cli_decimals(double least_error, double largest);
int cli_mean_decimals(const cli_table *table, const bool *use);
const char *cli_mean_text(double x, int decimals);

/* What a row of group g is called: the group; the outcome where all rows are one group. */
const char *cli_group_key(const cli_places *places, int64_t g);
/* The figures of an outcome: title, source, the grid that `grid` makes of the rows in use, and groups without observations.
   Rows are by group, `each` in each of them. */
typedef void cli_grid_function(const void *ctx, cli_result *result, const cli_places *places, const cli_table *table,
                               const bool *use, const cli_marks *marks);
void cli_say_figures(cli_result *result, const char *title, const cli_places *places, int32_t each, const cli_table *table,
                     const cli_marks *marks, cli_grid_function *grid, const void *ctx);

void cli_mean(const cli_options *options, cli_result *result);
/* Totals of the numbers on the left of a formula. data: a tally that has their sums; NULL: the file of rows is read. */
void cli_mean_total(const cli_options *options, const cli_data *data, cli_result *result);
void cli_mean_ratio(const cli_options *options, cli_result *result);
void cli_quantile(const cli_options *options, cli_result *result);

#endif
