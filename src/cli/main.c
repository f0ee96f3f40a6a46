/*
 * weeg: survey-weighted proportions, cross-tabulations, tests and comparisons for the shell.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const char help_text[] =
    "weeg: survey-weighted proportions, intervals, cross-tabulations and tests for complex samples\n"
    "\n"
    "  weeg proportion FILE 'outcome ~ group'   proportions with confidence intervals\n"
    "  weeg total      FILE '~ a + b'           population totals, with confidence intervals\n"
    "  weeg crosstab   FILE 'outcome ~ group'   a cross-tabulation with a test\n"
    "  weeg test       FILE 'outcome ~ group'   does the answer depend on the group?\n"
    "  weeg compare    FILE 'outcome ~ group'   comparisons of groups\n"
    "  weeg association FILE 'outcome ~ group'  how strong is an association?\n"
    "  weeg multiple   FILE 'item + item ~ group'  a multiple-response question\n"
    "  weeg logistic   FILE 'outcome ~ a + b'   a logistic model, and the test of each term\n"
    "  weeg loglinear  FILE '~ a * b + c'       a log-linear model of a table, and its lack of fit\n"
    "  weeg loglinear-tests FILE '~ a * b + c' ['~ a + b + c']  can an interaction be left out, or what one model has more?\n"
    "  weeg standardise FILE 'outcome ~ group' --by 'a + b' --population A=100 ...  as if all had one composition\n"
    "  weeg decompose  FILE 'outcome ~ group' --by 'a + b'  a difference as rates and composition\n"
    "  weeg item-tests FILE 'item + item ~ group'  does naming the items depend on the group?\n"
    "  weeg tally      FILE 'a + b + c' --output OUT.weeg   the small table that all of these need\n"
    "  weeg merge      A.weeg B.weeg ... --output OUT.weeg  the tally of all rows together\n"
    "  weeg describe   FILE                     what a file holds\n"
    "  weeg pspp install                        CSTABULATE in PSPP, by INSERT FILE='cstabulate.sps'.\n"
    "\n"
    "FILE is a tally (.weeg), a CSV file or an SPSS file (.sav, .zsav, .por); - is standard input. A formula may\n"
    "have several outcomes (a + b ~ g), several groups (a ~ g + h) or none (~ a).\n"
    "\n"
    "The sample (for rows; a tally contains its own)\n"
    "  -w, --weights NAME     weights           -s, --strata NAME    strata\n"
    "  -c, --cluster NAME     PSUs              --fpc NAME           PSUs in the population, or the fraction sampled\n"
    "                         several stages: --cluster school,pupil --fpc schools,pupils --strata region,1\n"
    "  --na-weights HOW       rows without a weight: fail, or omit: they are left out, and counted\n"
    "  --nest                 PSU numbers start again in each stratum\n"
    "  --lonely RULE          a stratum with one PSU: fail, remove, certainty, adjust, average\n"
    "  --lonely-domain        adjust and average also where a domain has one PSU\n"
    "  --repweights PATTERN   replicate weights: columns whose names match, in place of strata and PSUs\n"
    "  --make-replicates T    of the PSUs: jkn, jk1, brr, fay (with --rho), rao-wu, preston (--replicates N, --seed N); --mse\n"
    "  --type T               how they were made: brr, fay (with --rho), jk1, jkn, jk2, bootstrap, sdr, acs, other\n"
    "  --no-combined  --rho X  --scale X  --rscales X,X,...  --mse  --no-mse  --df N   of the replicates: see man weeg\n"
    "  --margins FILE         calibrates the weights to the counts or shares of a population, in a CSV file: the variables and\n"
    "                         a column of numbers; one file is post-stratification, --margins again adds a margin\n"
    "  --calibrate METHOD     to several margins: linear, raking, logit\n"
    "  --bounds LOW,HIGH      the smallest and the largest factor for a weight: linear, logit\n"
    "  --domain CONDITION     only rows such as 'leeftijd < 36 & ronde == \"ronde 1\"'; PSUs stay in the design\n"
    "  --conventions WHOSE    weeg, survey, sas, stata, sudaan, nchs\n"
    "  --missing HOW          rows without an answer: domain, omit, level\n"
    "CSV files\n"
    "  --delimiter C  --decimal C  --thousands C  --na TEXT  --encoding UTF-8|windows-1252  --no-header\n"
    "  --skip-before N        lines before the header     --skip-after N       records between it and the first row\n"
    "  --text A,B             columns to treat as text whatever they contain: 0363 is not 363\n"
    "  --levels Q=NO,SOME,YES the answers of a column in order; may be repeated\n"
    "  --on-error HOW         fail, or skip: records that cannot be read are left out, and listed on standard error\n";

static const char help_question[] =
    "The analysis\n"
    "  --interval KIND        proportion, crosstab, multiple: beta-nchs, logit, wald, wilson, beta, clopper-pearson, arcsine,\n"
    "                         agresti-coull, jeffreys\n"
    "  --level L              of confidence: 0.95\n"
    "  --percent BASE         crosstab: row, column, total\n"
    "  --method TEST          test, crosstab: rao-scott-f, rao-scott-chisq, wald, adjusted-wald, rao-scott-lr, saddlepoint,\n"
    "                         lincom, rao-scott-deff; test also: wilcoxon, kruskal-wallis, van-der-waerden, median, trend;\n"
    "                         loglinear-tests: rao-scott-f, -chisq or -lr, saddlepoint, lincom\n"
    "  --given TERMS          test: conditional on these variables, such as 'ronde + sex'\n"
    "  --p no=0.4,yes=0.6     test: the proportions that '~ outcome' is tested against, by answer or in order; else equal ones\n"
    "  --proportions WHERE    test, crosstab: design effects at observed or null proportions\n"
    "  --measures M           compare: difference, risk-ratio, odds-ratio, number-needed; association: cramers-v,\n"
    "                         cramers-v-corrected, gamma, tau-b, somers-d, kappa, kappa-linear, kappa-quadratic; may be\n"
    "                         repeated\n"
    "  --pairs A,B            compare, decompose: these two groups; may be repeated\n"
    "  --answers X            compare, decompose: this answer; logistic: modelled against the others; may be repeated\n"
    "  --against WHAT         compare: every group with total, rest, or a figure: 0.62, or yes=0.62; may be repeated\n"
    "  --against-n N          compare: the number of observations behind the figure\n"
    "  --contrasts WHAT       compare: trend, the slope over groups in order; or coefficients: 'last - first=-1,0,1', or by\n"
    "                         group, 'change=before=-1,after=1'; may be repeated\n"
    "  --adjust HOW           compare: holm, hochberg, BH, bonferroni, none\n"
    "  --adjust-for TERMS     proportion, compare: as if all groups had the covariates of all rows, such as 'sex + age'\n"
    "  --by TERMS             standardise, decompose: the variables of the composition, such as 'provider + sex'\n"
    "  --population A=N       standardise: the share or number of a category of --by; one for each\n"
    "  --yes LEVEL            multiple: the answer that means \"named\", where items are not logical or 0 and 1\n"
    "  --unnamed blank        multiple: a blank means that an item is not named\n"
    "  --coding HOW           multiple: items, a column for each; categories, columns of first, second, third answers\n"
    "  --separator TEXT       multiple: the answers of a respondent are in one text, separated by this\n"
    "  --labels ITEM=TEXT     multiple: the text of an item, by its variable or answer; may be repeated\n"
    "  --base WHAT            multiple: shares of respondents, of those who name any item, or of responses\n"
    "The output\n"
    "  -f, --format F         text, csv, json, markdown, html (else by the ending of --output)\n"
    "  -o, --output FILE      written whole or not at all\n"
    "  --threads N            at most this many; the result is the same\n"
    "  -h, --help             this text         --version            the version\n"
    "\n"
    "Exit status: 0 done, 1 something is wrong with the data or a file, 2 with the command line.\n";

static void need_arguments(const cli_options *options, int least, int most, const char *usage) {
  if (options->arguments.count < least) cli_usage("weeg %s needs %s", options->command, usage);
  if (options->arguments.count > most) {
    cli_usage("weeg %s takes %s, but there is more: \"%s\"; a formula goes in quotes", options->command, usage,
              options->arguments.item[most]);
  }
}

typedef struct command {
  const char *name;
  void (*answer)(const cli_options *options, cli_result *result);
  int least, most;  /* arguments */
  const char *usage;
} command;

static const command answers[] = {{"proportion", cli_proportion, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"crosstab", cli_crosstab, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"test", cli_test, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"compare", cli_compare, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"total", cli_total, 2, 2, "FILE and '~ a + b'"},
                                  {"association", cli_association, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"multiple", cli_multiple, 2, 2, "FILE and 'item + item ~ group'"},
                                  {"item-tests", cli_item_tests, 2, 2, "FILE and 'item + item ~ group'"},
                                  {"logistic", cli_logistic, 2, 2, "FILE and 'outcome ~ a + b'"},
                                  {"loglinear", cli_loglinear, 2, 2, "FILE and '~ a * b + c'"},
                                  {"loglinear-tests", cli_loglinear_tests, 2, 3, "FILE and one or two models, '~ a * b + c'"},
                                  {"standardise", cli_standardise, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"decompose", cli_decompose, 2, 2, "FILE and 'outcome ~ group'"},
                                  {"describe", cli_describe, 1, 1, "FILE"}};

static void run(cli_options *options) {
  cli_result result = {.command = options->command};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
    if (strcmp(options->command, answers[i].name) != 0) continue;
    need_arguments(options, answers[i].least, answers[i].most, answers[i].usage);
    if (options->format == CLI_FORMAT_MARKDOWN || options->format == CLI_FORMAT_HTML) cli_use_utf8();
    answers[i].answer(options, &result);
    cli_write(options, &result);
    return;
  }
  if (strcmp(options->command, "pspp") == 0) {
    cli_pspp(options);
    return;
  }
  if (options->output == NULL) cli_usage("weeg %s needs --output FILE", options->command);
  if (strcmp(options->command, "tally") == 0) {
    need_arguments(options, 2, 2, "FILE and 'a + b + c'");
    cli_tally(options);
  } else {
    need_arguments(options, 1, INT32_MAX - 1, "at least one tally file");
    cli_merge(options);
  }
}

int main(int count, char **words) {
  cli_options options = {0};
  cli_parse_options(count, words, &options);
  if (options.help || options.version) {
    (void)fputs(options.help ? help_text : "weeg " WEEG_VERSION "\n", stdout);
    if (options.help) (void)fputs(help_question, stdout);
  } else {
    run(&options);
  }
  cli_release();
  return 0;
}
