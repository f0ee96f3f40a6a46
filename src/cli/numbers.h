/* Numbers whose values are summed, the measures of a tally: what is asked of them, and data that have the sums. */
#ifndef WEEG_CLI_NUMBERS_H
#define WEEG_CLI_NUMBERS_H

#include "cli.h"

/* Whether a formula has anything on the left of its ~. */
bool cli_has_outcomes(const char *text);
/* Ends the program where a formula of ratios has no ~. */
void cli_check_ratios(const char *text);
/* The two names of "a / b", an outcome of a formula. */
cli_list cli_parse_ratio(const char *ratio, const char *whole);

/* As cli_load(), where some of the names, `numbers`, are measures. */
cli_data *cli_load_numbers(const cli_options *options, const char *path, const cli_list *names, const cli_list *numbers);
/* As cli_prepare(), of measures, which rows must all have. outcome: what they are together. */
cli_places cli_prepare_numbers(const cli_options *options, const cli_data *data, const cli_formula *formula,
                               const char *outcome, const cli_list *numbers);

/* Decimals for the means, and their standard errors and limits, of the rows in use; -1: five digits. And a number with these. */
int cli_mean_decimals(const cli_table *table, const bool *use);
const char *cli_mean_text(double x, int decimals);

void cli_mean(const cli_options *options, cli_result *result);
void cli_mean_ratio(const cli_options *options, cli_result *result);
void cli_quantile(const cli_options *options, cli_result *result);

#endif
