/* Columns of tables of shares and of counts, and how limits of counts and rates are asked for. */
#ifndef WEEG_CLI_VERDICTS_H
#define WEEG_CLI_VERDICTS_H

#include "results.h"

/* The columns from reliability to reliability.code, and what stands in them. */
typedef struct cli_verdicts {
  const char **verdict, **rule, **code;
} cli_verdicts;
cli_verdicts cli_add_verdicts(cli_table *table);
void cli_set_verdict(const cli_verdicts *to, int64_t row, weeg_reliability verdict, weeg_reliability_rule rule);

/* --interval of totals and ratios: "wald" or "log". */
const char *cli_limits_asked(const cli_options *options);
/* In words: "Wald" or "log". */
const char *cli_limits_word(const char *limits);

#endif
