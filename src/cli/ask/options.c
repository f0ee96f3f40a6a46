/* The command line: options may stand before or after arguments, as --name value or --name=value. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ask/options.h"

#define MEMBER(member) offsetof(cli_options, member)

const cli_option cli_known_options[] = {
    {"rows", 0, IS_TEXT, BOOK, MEMBER(rows), THE_ANALYSIS, "TERMS", "the questions, such as 'q1 + q2 + q3'"},
    {"columns", 0, IS_TEXT, BOOK, MEMBER(columns), THE_ANALYSIS, "TERMS",
     "the variables whose levels are the columns, such as 'region + age'"},
    {"title", 0, IS_TEXT, BOOK, MEMBER(title), THE_ANALYSIS, "TEXT", "the title of the book"},
    {"probs", 0, IS_TEXT, QUANTILE, MEMBER(probs), THE_ANALYSIS, "P,P,...",
     "which quantiles, such as .25,.5,.75; else the median"},
    {"rule", 0, IS_TEXT, QUANTILE, MEMBER(rule), THE_ANALYSIS, "RULE",
     "which value is the quantile: math, school, or hf4, hf5, hf6, hf7, hf8, hf9 as R's types"},
    {"limits", 0, IS_TEXT, QUANTILE, MEMBER(limits), THE_ANALYSIS, "HOW",
     "test: all values whose share may be p; woodruff: the quantiles of the limits of the share"},
    {"interval", 0, IS_TEXT, PROPORTION | CROSSTAB | MULTIPLE | BOOK | BATTERY | QUANTILE, MEMBER(interval), THE_ANALYSIS, "KIND",
     "beta, beta-nchs, logit, wald, wilson, clopper-pearson, arcsine, agresti-coull, jeffreys"},
    {"interval", 0, IS_TEXT, TOTAL | RATIO, MEMBER(interval), THE_ANALYSIS, "KIND", "wald, log"},
    {"per", 0, IS_TEXT, RATIO, MEMBER(per), THE_ANALYSIS, "N", "rates per so many, such as 1000"},
    {"level", 0, IS_TEXT, FIGURES, MEMBER(level_text), THE_ANALYSIS, "L", "of confidence: 0.95"},
    {"percent", 0, IS_TEXT, CROSSTAB, MEMBER(percent), THE_ANALYSIS, "BASE", "row, column, total"},
    {"total", 0, IS_FLAG, PROPORTION | CROSSTAB | MULTIPLE | MEAN | QUANTILE, MEMBER(total), THE_ANALYSIS, NULL,
     "all respondents as one more group, in CSV, JSON and workbooks"},
    {"method", 0, IS_TEXT, CROSSTAB, MEMBER(method), THE_ANALYSIS, "TEST",
     "rao-scott-exact, rao-scott-effective, rao-scott-f, rao-scott-chisq, wald, adjusted-wald, rao-scott-lr, saddlepoint, "
     "lincom, rao-scott-deff"},
    {"method", 0, IS_TEXT, TEST, MEMBER(method), THE_ANALYSIS, "TEST",
     "rao-scott-exact, rao-scott-effective, rao-scott-f, rao-scott-chisq, wald, adjusted-wald, rao-scott-lr, saddlepoint, "
     "lincom, rao-scott-deff; of answers in order: wilcoxon, kruskal-wallis, van-der-waerden, median, trend; of a number: mean"},
    {"method", 0, IS_TEXT, LOGLINEAR_TESTS, MEMBER(method), THE_ANALYSIS, "TEST",
     "rao-scott-f, rao-scott-chisq, rao-scott-lr, saddlepoint, lincom, wald, adjusted-wald"},
    {"given", 0, IS_TEXT, TEST, MEMBER(given), THE_ANALYSIS, "TERMS", "conditional on these variables, such as 'ronde + sex'"},
    {"p", 0, IS_TEXT, TEST, MEMBER(p), THE_ANALYSIS, "no=0.4,yes=0.6",
     "the proportions that '~ outcome' is tested against, by answer or in order; else equal ones"},
    {"proportions", 0, IS_TEXT, TEST | CROSSTAB, MEMBER(proportions), THE_ANALYSIS, "WHERE",
     "the proportions at which design effects are taken: observed, or null (those of the hypothesis)"},
    {"measures", 0, IS_LIST, COMPARE, MEMBER(measures), THE_ANALYSIS, "M",
     "difference, risk-ratio, odds-ratio, number-needed; of a number: mean-difference, mean-ratio; may be repeated"},
    {"measures", 0, IS_LIST, ASSOCIATION, MEMBER(measures), THE_ANALYSIS, "M",
     "cramers-v, cramers-v-corrected, gamma, tau-b, somers-d, kappa, kappa-linear, kappa-quadratic; may be repeated"},
    {"pairs", 0, IS_LIST, COMPARE | DECOMPOSE, MEMBER(pairs), THE_ANALYSIS, "A,B", "these two groups; may be repeated"},
    {"answers", 0, IS_LIST, COMPARE | DECOMPOSE, MEMBER(answers), THE_ANALYSIS, "X", "this answer; may be repeated"},
    {"answers", 0, IS_LIST, LOGISTIC, MEMBER(answers), THE_ANALYSIS, "X",
     "the answer that is modelled against the others; may be repeated"},
    {"filters", 0, IS_LIST, BOOK, MEMBER(filters), THE_ANALYSIS, "Q=CONDITION",
     "question Q is of some rows only, such as \"q3=q2 == 'yes'\"; may be repeated"},
    {"net", 0, IS_LIST, PROPORTION | TOTAL | CROSSTAB | TEST | COMPARE | ASSOCIATION | STANDARDISE | DECOMPOSE, MEMBER(net),
     THE_ANALYSIS, "NAME=A,B", "these answers as one, against all others, such as 'top 2=agree,strongly agree'"},
    {"net", 0, IS_LIST, BOOK | BATTERY, MEMBER(net), THE_ANALYSIS, "NAME=A,B",
     "these answers as one, behind the answers, such as 'top 2=agree,strongly agree'; may be repeated"},
    {"means", 0, IS_TEXT, BATTERY, MEMBER(means), THE_ANALYSIS, "CODES",
     "means too: yes, of the numbers that the answers are, else 1, 2, ...; or of codes, such as disagree=-1,agree=1"},
    {"positive", 0, IS_TEXT, BATTERY, MEMBER(positive), THE_ANALYSIS, "A,B",
     "the positive answers, at one end of the scale; else its upper half"},
    {"neutral", 0, IS_TEXT, BATTERY, MEMBER(neutral), THE_ANALYSIS, "A,B",
     "the answers between; else the middle one of an odd number"},
    {"sort", 0, IS_TEXT, BATTERY, MEMBER(sort), THE_ANALYSIS, "BY",
     "the highest item first, by the positive answers (positive), mean, an answer or a net; none: as they are given"},
    {"against", 0, IS_LIST, COMPARE, MEMBER(against), THE_ANALYSIS, "WHAT",
     "every group with total, rest, the previous or first of its waves, or a figure: 0.62, or yes=0.62; may be repeated"},
    {"against-n", 0, IS_TEXT, COMPARE, MEMBER(against_n), THE_ANALYSIS, "N",
     "the number of observations behind the figure"},
    {"contrasts", 0, IS_LIST, COMPARE, MEMBER(contrasts), THE_ANALYSIS, "WHAT",
     "trend, the slope over groups in order: by 1 in their numbers, or from one group to the next; or coefficients: "
     "'last - first=-1,0,1', or by group, 'change=before=-1,after=1'; may be repeated"},
    {"adjust", 0, IS_TEXT, COMPARE | BOOK, MEMBER(adjust), THE_ANALYSIS, "HOW", "p-values: holm, hochberg, BH, bonferroni, none"},
    {"adjust-for", 0, IS_TEXT, PROPORTION | COMPARE, MEMBER(adjust_for), THE_ANALYSIS, "TERMS",
     "as if all groups had the covariates of all rows, such as 'sex + age'"},
    {"threshold", 0, IS_TEXT, PROPORTION | CROSSTAB | MULTIPLE | MEAN | QUANTILE | COMPARE, MEMBER(threshold), THE_ANALYSIS, "N",
     "no count of fewer respondents is shown, nor what would tell it in this one table: ?weeg_threshold in R"},
    {"sender", 0, IS_TEXT, TALLY, MEMBER(sender), THE_ANALYSIS, "NAME",
     "prepares the tally for sending: PSUs are 'NAME: 1', 'NAME: 2' by size, and small ones refused: ?weeg_protect_tally in R"},
    {"threshold", 0, IS_TEXT, TALLY, MEMBER(threshold), THE_ANALYSIS, "N", "with --sender: no PSU has fewer rows, by default 10"},
    {"by", 0, IS_TEXT, STANDARDISE | DECOMPOSE, MEMBER(by), THE_ANALYSIS, "TERMS",
     "the variables of the composition, such as 'provider + sex'"},
    {"population", 0, IS_LIST, STANDARDISE, MEMBER(population), THE_ANALYSIS, "A=N",
     "the share or number of a category of --by; one for each"},
    {"sets", 0, IS_LIST, BOOK, MEMBER(sets), THE_ITEMS, "NAME=ITEMS",
     "a multiple-response question among --rows or --columns, such as 'media=tv + radio'; may be repeated"},
    {"yes", 0, IS_TEXT, ITEMS | BOOK, MEMBER(yes), THE_ITEMS, "LEVEL",
     "the answer that means \"named\", where items are not logical or 0 and 1"},
    {"unnamed", 0, IS_TEXT, ITEMS | BOOK, MEMBER(unnamed), THE_ITEMS, "blank", "a blank means that an item is not named"},
    {"coding", 0, IS_TEXT, ITEMS | BOOK, MEMBER(coding), THE_ITEMS, "HOW",
     "items, a column for each; categories, columns of first, second, third answers"},
    {"separator", 0, IS_TEXT, ITEMS | BOOK, MEMBER(separator), THE_ITEMS, "TEXT",
     "the answers of a respondent are in one text, separated by this"},
    {"labels", 0, IS_LIST, ITEMS | BOOK, MEMBER(labels), THE_ITEMS, "ITEM=TEXT",
     "the text of an item, by its variable or answer; may be repeated"},
    {"base", 0, IS_TEXT, MULTIPLE, MEMBER(base), THE_ITEMS, "WHAT",
     "shares of respondents, of those who name any item, or of responses"},
    {"weights", 'w', IS_TEXT, READS, MEMBER(weights), THE_SAMPLE, "NAME",
     "weights; else those of an SPSS file, or by --fpc; 1 turns weighting off"},
    {"na-weights", 0, IS_TEXT, READS, MEMBER(na_weights), THE_SAMPLE, "HOW",
     "rows without a weight: fail, or omit: they are left out, and counted"},
    {"strata", 's', IS_TEXT, READS, MEMBER(strata), THE_SAMPLE, "NAME", "strata; of several stages: region,1"},
    {"cluster", 'c', IS_TEXT, READS, MEMBER(cluster), THE_SAMPLE, "NAME",
     "PSUs, else every row is one; of several stages: school,pupil"},
    {"fpc", 0, IS_TEXT, READS, MEMBER(fpc), THE_SAMPLE, "NAME",
     "PSUs in the population, or the fraction sampled; of several stages: schools,pupils"},
    {"pps", 0, IS_TEXT, READS, MEMBER(pps), THE_SAMPLE, "HOW",
     "PSUs drawn with unequal probabilities, which --fpc names: brewer, overton, hartley-rao, poisson"},
    {"nest", 0, IS_FLAG, READS, MEMBER(nest), THE_SAMPLE, NULL, "PSU numbers start again in each stratum"},
    {"panel", 0, IS_FLAG, READS, MEMBER(panel), THE_SAMPLE, NULL,
     "of several files: the same PSUs came back, so that strata are not those of a wave"},
    {"lonely", 0, IS_TEXT, READS, MEMBER(lonely), THE_SAMPLE, "RULE",
     "a stratum with one PSU: fail, remove, certainty, adjust, average"},
    {"lonely-domain", 0, IS_FLAG, READS, MEMBER(lonely_domain), THE_SAMPLE, NULL,
     "adjust and average also where a domain has one PSU"},
    {"df", 0, IS_TEXT, READS, MEMBER(df), THE_SAMPLE, "N",
     "degrees of freedom of all figures, in place of those by --conventions"},
    {"repweights", 0, IS_TEXT, TABLES, MEMBER(repweights), THE_SAMPLE, "PATTERN",
     "replicate weights: columns whose names match, in place of strata and PSUs"},
    {"type", 0, IS_TEXT, TABLES, MEMBER(type), THE_SAMPLE, "T",
     "how they were made: brr, fay (with --rho), jk1, jkn, jk2, bootstrap, sdr, acs, other"},
    {"no-combined", 0, IS_FLAG, TABLES, MEMBER(no_combined), THE_SAMPLE, NULL, "they are multipliers of the weights"},
    {"rho", 0, IS_TEXT, TABLES, MEMBER(rho), THE_SAMPLE, "X", "Fay's factor"},
    {"scale", 0, IS_TEXT, TABLES, MEMBER(scale), THE_SAMPLE, "X", "the scale factor of the variance"},
    {"rscales", 0, IS_TEXT, TABLES, MEMBER(rscales), THE_SAMPLE, "X,X,...", "those of the replicates; one number: of all"},
    {"mse", 0, IS_FLAG, TABLES, MEMBER(mse), THE_SAMPLE, NULL, "deviations of replicates from the estimate"},
    {"no-mse", 0, IS_FLAG, TABLES, MEMBER(no_mse), THE_SAMPLE, NULL, "or from their mean"},
    {"make-replicates", 0, IS_TEXT, TABLES, MEMBER(make_replicates), THE_SAMPLE, "T",
     "of the PSUs: jkn, jk1, brr, fay (with --rho), rao-wu, preston"},
    {"replicates", 0, IS_TEXT, TABLES, MEMBER(replicates), THE_SAMPLE, "N", "how many of rao-wu and preston: 1000"},
    {"seed", 0, IS_TEXT, TABLES, MEMBER(seed), THE_SAMPLE, "N", "of their random numbers: 1"},
    {"margins", 0, IS_LIST, TABLES, MEMBER(margins), THE_SAMPLE, "FILE",
     "calibrates the weights to the counts or shares of a population, in a CSV file: the variables and a column of numbers; "
     "one file is post-stratification, --margins again adds a margin"},
    {"margins", 0, IS_LIST, TALLY, MEMBER(margins), THE_SAMPLE, NULL, NULL},
    {"calibrate", 0, IS_TEXT, TABLES, MEMBER(calibrate), THE_SAMPLE, "METHOD", "to several margins: linear, raking, logit"},
    {"bounds", 0, IS_TEXT, TABLES, MEMBER(bounds), THE_SAMPLE, "LOW,HIGH",
     "the smallest and the largest factor for a weight: linear, logit"},
    {"domain", 0, IS_TEXT, READS, MEMBER(domain), THE_SAMPLE, "CONDITION",
     "only rows such as 'leeftijd < 36 & ronde == \"ronde 1\"'; PSUs stay in the design"},
    {"conventions", 0, IS_TEXT, READS, MEMBER(conventions), THE_SAMPLE, "WHOSE",
     "weeg, survey, sas, stata, sudaan, nchs"},
    {"missing", 0, IS_TEXT, TABLES, MEMBER(missing), THE_SAMPLE, "HOW",
     "rows without an answer: outside the domain, omit (out of the design), or a level"},
    {"delimiter", 0, IS_TEXT, READS, MEMBER(delimiter), CSV_FILES, "C", "the character between fields: , or ; or tab, ..."},
    {"decimal", 0, IS_TEXT, READS, MEMBER(decimal), CSV_FILES, "C", "the decimal mark: . or ,"},
    {"thousands", 0, IS_TEXT, READS, MEMBER(thousands), CSV_FILES, "C", "the separator of thousands in numbers"},
    {"na", 0, IS_TEXT, READS, MEMBER(na), CSV_FILES, "TEXT", "texts that stand for a missing value: ,NA,NaN"},
    {"skip-before", 0, IS_TEXT, READS, MEMBER(skip_before), CSV_FILES, "N", "lines before the header"},
    {"skip-after", 0, IS_TEXT, READS, MEMBER(skip_after), CSV_FILES, "N", "records between it and the first row"},
    {"text", 0, IS_TEXT, READS, MEMBER(text), CSV_FILES, "A,B",
     "columns to treat as text whatever they contain: 0363 is not 363"},
    {"levels", 0, IS_LIST, READS, MEMBER(levels), CSV_FILES, "Q=NO,SOME,YES",
     "the answers of a column in order; may be repeated"},
    {"encoding", 0, IS_TEXT, READS, MEMBER(encoding), CSV_FILES, "NAME", "UTF-8, windows-1252"},
    {"on-error", 0, IS_TEXT, READS, MEMBER(on_error), CSV_FILES, "HOW",
     "fail, or skip: records that cannot be read are left out, and listed on standard error"},
    {"no-header", 0, IS_FLAG, READS, MEMBER(no_header), CSV_FILES, NULL, "the first line is a row; columns are V1, V2, ..."},
    {"format", 'f', IS_TEXT, TABLES | DESCRIBE, MEMBER(format_text), THE_OUTPUT, "F",
     "text, csv, json, markdown, html, xlsx (else by the ending of --output)"},
    {"output", 'o', IS_TEXT, EVERY, MEMBER(output), THE_OUTPUT, "FILE", "written whole or not at all"},
    {"language", 0, IS_TEXT, EVERY, MEMBER(language), THE_OUTPUT, "L", "en or nl: of messages, reasons, notes and tables"},
    {"threads", 0, IS_TEXT, EVERY, MEMBER(threads_text), THE_OUTPUT, "N", "at most this many; the result is the same"},
    {"help", 'h', IS_FLAG, EVERY, MEMBER(help), THE_OUTPUT, NULL, "of weeg, or of a command: weeg COMMAND --help"},
    {"version", 0, IS_FLAG, EVERY, MEMBER(version), THE_OUTPUT, NULL, "the version"},
    {.name = NULL},
};

enum { OPTIONS = sizeof cli_known_options / sizeof *cli_known_options - 1 };

/* The option called name[0 .. length - 1], or NULL. */
static const cli_option *find_option(const char *name, size_t length) {
  for (const cli_option *o = cli_known_options; o->name != NULL; o++) {
    if (strlen(o->name) == length && strncmp(o->name, name, length) == 0) return o;
  }
  return NULL;
}

static const cli_option *find_letter(char letter) {
  for (int i = 0; i < OPTIONS; i++) {
    if (cli_known_options[i].letter == letter) return &cli_known_options[i];
  }
  return NULL;
}

static _Noreturn void unknown_option(const char *name) {
  cli_list names = {0};
  for (int i = 0; i < OPTIONS; i++) cli_push(&names, cli_known_options[i].name);
  const char *near = cli_near(name, &names);
  if (near != NULL) cli_usage("there is no option --%s; did you mean --%s?", name, near);
  cli_usage("there is no option --%s; see weeg --help", name);
}

static void set_option(cli_options *options, const cli_option *o, const char *value) {
  char *member = (char *)options + o->offset;
  if (o->kind == IS_FLAG) {
    *(bool *)(void *)member = true;
  } else if (o->kind == IS_LIST) {
    cli_push((cli_list *)(void *)member, value);
  } else {
    const char **text = (const char **)(void *)member;
    if (*text != NULL) cli_usage("--%s is given twice", o->name);
    *text = value;
  }
}

/* Reads the option at word *i; its value may be the next word. */
static const cli_option *read_option(int count, char **words, int *i, cli_options *options) {
  const char *word = words[*i];
  const bool is_long = word[1] == '-';
  const char *name = word + (is_long ? 2 : 1), *equals = is_long ? strchr(name, '=') : NULL;
  const size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
  const cli_option *o = is_long ? find_option(name, length) : find_letter(name[0]);
  if (o == NULL && is_long) unknown_option(cli_copy(name, length));
  if (o == NULL) cli_usage("there is no option -%c; see weeg --help", name[0]);
  const char *value = equals != NULL ? equals + 1 : !is_long && name[1] != '\0' ? name + 1 : NULL;
  if (o->kind == IS_FLAG) {
    if (value != NULL) cli_usage("--%s takes no value", o->name);
  } else if (value == NULL) {
    if (*i + 1 >= count) cli_usage("--%s needs a value", o->name);
    value = words[++*i];
  }
  set_option(options, o, value);
  return o;
}

int cli_one_of(const char *word, const char *const *known, const char *option_name) {
  cli_list names = {0};
  for (int i = 0; known[i] != NULL; i++) {
    if (strcmp(word, known[i]) == 0) return i;
    cli_push(&names, known[i]);
  }
  const char *near = cli_near(word, &names);
  if (near != NULL) cli_usage("%s cannot be \"%s\"; did you mean \"%s\"?", option_name, word, near);
  cli_usage("%s cannot be \"%s\"; choose one of %s", option_name, word, cli_join(&names, ", "));
}

int cli_choice(const char *word, weeg_vocabulary which, const char *option_name) {
  return cli_one_of(word, weeg_words(which), option_name);
}

int cli_whole_number(const char *text, const char *name, int least, int most) {
  char *end = NULL;
  const long value = strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < least || value > most) {
    cli_usage("%s must be a whole number from %d to %d, not \"%s\"", name, least, most, text);
  }
  return (int)value;
}

double cli_number_between(const char *text, double low, double high, const char *what) {
  char *end = NULL;
  const double x = strtod(text, &end);
  if (end == text || *end != '\0' || !(x >= low && x <= high)) cli_usage("%s, not \"%s\"", what, text);
  return x;
}

static double confidence_level(const char *text) {
  if (text == NULL) return 0.95;
  char *end = NULL;
  const double level = strtod(text, &end);
  if (end == text || *end != '\0' || !(level > 0 && level < 1)) {
    if (end != text && *end == '\0' && level > 1 && level < 100) {
      cli_usage("--level is a proportion: write %g for %s%%", level / 100, text);
    }
    cli_usage("--level must be between 0 and 1, not \"%s\"", text);
  }
  return level;
}

static const char *const format_names[] = {"text", "csv", "json", "markdown", "html", "xlsx", NULL};

/* The place of the ending of --output among those known (a NULL after them), -1 without an ending; any other is no file that
   can be written, as what is in it would be something else than its name says. */
static int known_ending(const char *output, const char *const *known, const char *hint) {
  const char *name = cli_base_name(output);
  const char *end = name[0] == '\0' ? NULL : strrchr(name + 1, '.');
  cli_list names = {0};
  if (end == NULL) return -1;
  for (int i = 0; known[i] != NULL; i++) {
    if (strcasecmp(end, known[i]) == 0) return i;
    cli_push(&names, known[i]);
  }
  cli_usage("--output %s: the ending %s is not one of %s%s", output, end, cli_join(&names, ", "), hint);
}

/* By --format, else by the ending of --output, else text. */
static cli_format_kind find_format(const cli_options *options, int bit) {
  static const char *const descriptions[] = {".txt", ".csv", ".json", ".md", ".html", NULL};
  static const char *const results[] = {".txt", ".csv", ".json", ".md", ".html", ".xlsx", NULL};
  static const char *const tallies[] = {".weeg", NULL}, *const macros[] = {".sps", NULL};
  int ending = -1;
  if (options->format_text != NULL) {
    const int asked = cli_one_of(options->format_text, format_names, "--format");
    if (asked == CLI_FORMAT_XLSX && bit == DESCRIBE) cli_usage("--format xlsx is of tables; spreadsheets read csv too");
    return (cli_format_kind)asked;
  }
  if (options->output == NULL) return CLI_FORMAT_TEXT;
  if (bit == DESCRIBE) {
    ending = known_ending(options->output, descriptions, cli_said("; spreadsheets read .csv, or use --format"));
  } else if ((bit & TABLES) != 0) {
    ending = known_ending(options->output, results, cli_said(", or use --format"));
  } else {
    (void)known_ending(options->output, (bit & (TALLY | MERGE)) != 0 ? tallies : macros, "");
  }
  return ending < 0 ? CLI_FORMAT_TEXT : (cli_format_kind)ending;
}

enum { COMMANDS = 22 };

/* What a command line may start with; help alone is no command of the table. */
static int command_bit(const char *command) {
  const char *names[COMMANDS + 2] = {NULL};
  for (int i = 0; i < COMMANDS; i++) names[i] = cli_commands[i].name;
  names[COMMANDS] = "help";
  return 1 << cli_one_of(command, names, cli_said("the command"));
}

/* weeg help, weeg help COMMAND, weeg COMMAND --help */
static void parse_help(cli_options *options) {
  const bool asked = options->command != NULL && strcmp(options->command, "help") == 0;
  if (asked && options->arguments.count > 1) cli_usage("weeg help takes one command, not \"%s\" too", options->arguments.item[1]);
  if (asked) options->command = options->arguments.count == 0 ? NULL : options->arguments.item[0];
  options->help = options->help || asked;
  if (options->help && options->command != NULL) (void)command_bit(options->command);
}

/* Whether a command takes the option, which may have several rows. */
static bool is_option_of(const cli_option *o, int bit) {
  for (int i = 0; i < OPTIONS; i++) {
    if (strcmp(cli_known_options[i].name, o->name) == 0 && (cli_known_options[i].commands & bit) != 0) return true;
  }
  return false;
}

const char *cli_in_pspp(const cli_options *options, const char *pspp, const char *shell) { return options->pspp ? pspp : shell; }

void cli_find_language(int count, char **words) {
  static const char *const known[] = {"en", "nl", NULL};
  static const char option[] = "--language=";
  const size_t length = strlen(option) - 1;
  const char *language = known[0];
  for (int i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
    if (strncmp(words[i], option, length + 1) == 0) language = words[i] + length + 1;
    else if (strlen(words[i]) == length && strncmp(words[i], option, length) == 0 && i + 1 < count) language = words[++i];
  }
  if (cli_one_of(language, known, "--language") == 1) cli_speak_dutch();
}

void cli_parse_options(int count, char **words, cli_options *options) {
  const cli_option *used[OPTIONS] = {NULL};
  bool only_arguments = false;
  for (int i = 1; i < count; i++) {
    const char *word = words[i];
    if (!only_arguments && strcmp(word, "--") == 0) {
      only_arguments = true;
    } else if (!only_arguments && word[0] == '-' && word[1] != '\0') {
      const cli_option *o = read_option(count, words, &i, options);
      used[o - cli_known_options] = o;
    } else if (options->command == NULL) {
      options->command = word;
    } else {
      cli_push(&options->arguments, word);
    }
  }
  parse_help(options);
  if (options->help || options->version) return;
  if (options->command == NULL) {
    cli_list commands = {0};
    for (int i = 0; i < COMMANDS; i++) cli_push(&commands, cli_commands[i].name);
    cli_usage("say what to do: weeg %s; see weeg --help", cli_join(&commands, "|"));
  }
  const int bit = command_bit(options->command);
  for (int i = 0; i < OPTIONS; i++) {
    if (used[i] != NULL && !is_option_of(used[i], bit)) {
      cli_usage("--%s is not an option of weeg %s; see weeg help %s", used[i]->name, options->command, options->command);
    }
  }
  options->level = confidence_level(options->level_text);
  options->threads = options->threads_text == NULL ? 0 : cli_whole_number(options->threads_text, "--threads", 1, 1024);
  options->format = find_format(options, bit);
}

weeg_hooks cli_hooks(const cli_options *options) {
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  const int most = processors < 1 ? 1 : processors > 64 ? 64 : (int)processors;
  return (weeg_hooks){.threads = options->threads > 0 ? options->threads : most};
}
