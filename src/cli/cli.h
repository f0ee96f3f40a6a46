/*
 * weeg, the program for the shell. It reads a tally, asks the core, and shows the answer; it needs no R.
 *
 *     main.c -> ask: options.c (with commands.c, help.c), formula.c, condition.c
 *            -> source.c (rows.c and what rows.h says), items.c, frame.c, missing.c, places.c
 *                                                     a file as a tally with names, folded to the variables asked for
 *            -> commands: proportion.c, crosstab.c, ...     a result is columns and a document
 *            -> show: output.c: text.c, csv.c, json.c, markup.c, workbook.c
 *
 * Memory belongs to one list that is released when the program ends (memory.c): a command runs once, and its data are
 * small. What cannot be done ends the program by cli_fail or cli_usage, which release that list too.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_CLI_H
#define WEEG_CLI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weeg.h"

#if defined(__GNUC__)
#define CLI_PRINTF(at, first) __attribute__((format(printf, at, first)))
#define CLI_FORMAT_OF(at) __attribute__((format_arg(at)))
#else
#define CLI_PRINTF(at, first)
#define CLI_FORMAT_OF(at)
#endif

enum { CLI_EXIT_DATA = 1, CLI_EXIT_USAGE = 2 };

/* ---- memory and errors (memory.c) ------------------------------------------------------------------------------- */

/* Zeroed memory that lives as long as the program. */
void *cli_new(int64_t count, size_t size);
#define CLI_NEW(type, count) ((type *)cli_new((count), sizeof(type)))

/* Room for `count` items in an array of malloc's, for free(); false, and the array as it was, where memory runs out. */
bool cli_enlarge(void **array, int64_t count, size_t size);

/* Calls release(object) when the program ends. */
void cli_keep(void *object, void (*release)(void *object));
void cli_release(void);

/* A line on standard error, "weeg: ...". */
void cli_warn(const char *format, ...) CLI_PRINTF(1, 2);
/* The same, and the end. cli_fail: where other data could make the same words right, status 1: a file, a variable, level or
   group that is not there, a number of levels that is another one. cli_usage: where none could, status 2. */
_Noreturn void cli_fail(const char *format, ...) CLI_PRINTF(1, 2);
_Noreturn void cli_usage(const char *format, ...) CLI_PRINTF(1, 2);

/* The words of messages and results in the language of --language (said.c): of a format, with the same conversions in the same
   order, or of a part of a text. What has none stays as it is. cli_warn(), cli_fail(), cli_usage(), cli_format() and cli_addf()
   ask for those of their formats themselves. Texts of data are never looked up. */
const char *cli_said(const char *english) CLI_FORMAT_OF(1);
void cli_speak_dutch(void);
/* "en" or "nl" */
const char *cli_language(void);
/* An error that the core words in that language. */
weeg_error cli_error(void);

/* Ends the program where the core failed. */
void cli_check(weeg_status status, const weeg_error *err);

char *cli_copy(const char *text, size_t length);
char *cli_format(const char *format, ...) CLI_PRINTF(1, 2);

/* The text as a terminal and a page may have it: see weeg_visible(). Each format calls it once, where its lines are made. */
const char *cli_visible(const char *text);

/* Text that grows. */
typedef struct cli_text {
  char *bytes;  /* always terminated once something was added */
  size_t used, room;
} cli_text;

void cli_add(cli_text *text, const char *added);
void cli_add_bytes(cli_text *text, const char *added, size_t length);
void cli_addf(cli_text *text, const char *format, ...) CLI_PRINTF(2, 3);

/* A list of texts. */
typedef struct cli_list {
  const char **item;
  int32_t count, room;
} cli_list;

void cli_push(cli_list *list, const char *item);
/* The texts between commas; a comma within one has a backslash before it. */
cli_list cli_split(const char *text);
/* Whether two paths lead to one file of a disk (one_file.c). */
bool cli_are_one_file(const char *a, const char *b);
/* What stands behind the last slash of a path. */
const char *cli_base_name(const char *path);
const char *cli_join(const cli_list *list, const char *between);

/* ---- lines (lines.c) -------------------------------------------------------------------------------------------- */

/* The first of many, for messages. */
const char *cli_listed(const cli_list *list, const char *between);

/* Columns that UTF-8 text takes on a terminal. */
int cli_width(const char *text);
const char *cli_pad_left(const char *text, int width);
const char *cli_pad_right(const char *text, int width);

/* Whether this terminal shows UTF-8; and one of two texts by it. */
bool cli_utf8(void);
void cli_use_utf8(void);  /* whatever the terminal shows: for formats that are UTF-8 */
const char *cli_either(const char *utf8, const char *ascii);

/* The name that is nearly `name`, or NULL: at most two edits away, upper and lower case alike. */
const char *cli_near(const char *name, const cli_list *known);

/* Characters per line: COLUMNS where it is set, else 80, as in R. */
int cli_line_width(void);
/* Lines of at most `width` columns; those after the first are indented by `indent`. */
void cli_wrap(cli_list *lines, const char *text, int width, int indent);
/* The same between the pieces of "a = 1; b = 2; ..." where that is possible; all lines are indented as the text is. */
void cli_wrap_pieces(cli_list *lines, const char *text, int width);

/* ---- numbers as people read them (number.c) --------------------------------------------------------------------- */

const char *cli_number(double x, int digits);
const char *cli_percent(double x);
const char *cli_count(double x);
/* "1 row", "2 rows" */
const char *cli_counted(double n, const char *one, const char *many);
const char *cli_count_plain(double x);
const char *cli_weighted(double x, bool large);
const char *cli_significant(double x, int digits);
const char *cli_df(double df);
const char *cli_p(double p);
const char *cli_ratio(double x);

/* ---- what is asked (options.c, formula.c, condition.c) ---------------------------------------------------------- */

typedef enum cli_format_kind { CLI_FORMAT_TEXT, CLI_FORMAT_CSV, CLI_FORMAT_JSON, CLI_FORMAT_MARKDOWN, CLI_FORMAT_HTML,
                               CLI_FORMAT_XLSX } cli_format_kind;

typedef struct cli_options {
  const char *command;
  cli_list arguments;            /* after the command */
  cli_list net;                  /* "top 2=agree,strongly agree" */
  const char *adjust_for;        /* covariates */
  const char *means, *positive, *neutral, *sort; /* of a battery: codes, answers, and what items are sorted by */
  const char *by;                /* variables of a composition */
  const char *rows, *columns, *title, *probs, *rule, *limits; /* of a book; of quantiles */
  cli_list filters, sets;        /* "q3=q2 == 'yes'", "media=tv + radio" */
  cli_list population;           /* "werkplein=0.4" */
  const char *interval, *level_text, *percent, *method, *given, *p, *proportions, *adjust, *missing;
  const char *weights, *na_weights, *strata, *cluster, *fpc, *pps, *lonely, *domain, *conventions, *output, *threads_text;
  const char *delimiter, *decimal, *thousands, *na, *encoding, *on_error, *skip_before, *skip_after, *text, *language;
  cli_list levels;               /* of CSV files: "q=no,some,yes" */
  const char *make_replicates, *replicates, *seed, *format_text;
  const char *repweights, *type, *scale, *rscales, *rho, *df;
  cli_list margins;              /* files of population counts */
  const char *calibrate, *bounds;
  bool no_combined;              /* the replicates are multipliers of the weights */
  bool mse, no_mse;
  const char *base, *yes, *unnamed, *coding, *separator; /* weeg multiple */
  cli_list labels;               /* "tv=Television" */
  const char *against_n, *per, *threshold, *sender;
  cli_list measures, pairs, answers, against, contrasts;
  bool nest, panel, total, lonely_domain, no_header, help, version;
  bool user_missing;             /* of SPSS files: user-missing values are categories (weeg pspp) */
  bool again;                    /* the file was read before: what is wrong with its records is said */
  bool pspp;                     /* asked by CSTABULATE, in whose words errors say what to do */
  double level;
  int threads;
  cli_format_kind format;
} cli_options;

/* What to call something: one name in PSPP, another in the shell. */
const char *cli_in_pspp(const cli_options *options, const char *pspp, const char *shell);

/* A whole number from least to most; ends the program when it is none. */
int cli_whole_number(const char *text, const char *option, int least, int most);
/* A number from low to high; ends the program, with what it must be, when it is none. */
double cli_number_between(const char *text, double low, double high, const char *what);

/* Looks for --language on the command line, before all else, as it is needed to say what is wrong with it. */
void cli_find_language(int count, char **words);
/* Reads the command line, whatever the order of options and arguments. */
void cli_parse_options(int count, char **words, cli_options *options);

typedef struct cli_command {
  const char *name;
  const char *arguments;    /* as they are typed */
  const char *needs;        /* the same in words */
  int least, most;
  const char *summary;
  const char *more;         /* or NULL */
  const char *examples[2];
} cli_command;

/* Ended by one without a name (commands.c). */
extern const cli_command cli_commands[];

/* Help of a command; NULL: of the program (help.c). */
void cli_help(const char *command, cli_text *out);

/* One of several words, NULL for the usual; ends the program when it is none of them. */
int cli_one_of(const char *word, const char *const *known, const char *option);
/* The same among the words of a vocabulary. */
int cli_choice(const char *word, weeg_vocabulary which, const char *option);

/* As many threads as --threads says, or as there are processors. */
weeg_hooks cli_hooks(const cli_options *options);

typedef struct cli_formula {
  cli_list outcomes, groups;
  cli_list given;      /* --given, or --by */
  bool composed;       /* they are a composition: in the tally before the outcome, as in R, for the same sums */
  const char *right;   /* what is on the right, as it is */
} cli_formula;

/* The terms of a model; weeg_terms number its variables, main effects in their order. */
typedef struct cli_terms {
  cli_list variables;
  weeg_terms of;
  const char **name;   /* [terms] "a:b" */
} cli_terms;

/* "a + b ~ g + h", "~ a". Names in backticks may contain anything. */
cli_formula cli_parse_formula(const char *text);
/* Its variables in the order of a table's cells: groups, outcomes, what is given. */
cli_list cli_formula_variables(const cli_formula *formula);
/* The outcomes, and the right-hand side as a text. */
cli_formula cli_formula_sides(const char *text);
/* "outcome ~ a * b + c": a + b + a:b + c (terms.c). */
cli_terms cli_parse_model(const char *text, const char **outcome);
cli_terms cli_parse_model_terms(const char *text, const char *whole);
/* "a + b + c", with or without a ~ before it. */
cli_list cli_parse_terms(const char *text);

/* A condition on variables: comparisons joined by &, | and !. */
typedef struct cli_condition cli_condition;
const cli_condition *cli_parse_condition(const char *text);
/* As R would print it. */
const char *cli_condition_text(const cli_condition *condition);
void cli_condition_variables(const cli_condition *condition, cli_list *names);

enum { CLI_FALSE, CLI_TRUE, CLI_UNKNOWN };

/*
 * A variable as conditions see it (seen.c): by the names of its levels, and by what they stand for. Labelled values of SPSS
 * files go by their labels and as values.
 */
typedef struct cli_seen {
  const weeg_variable *variable;
  bool number;                   /* comparisons with numbers are meant */
  weeg_kind kind;                /* of values; not WEEG_KIND_NUMBER: comparisons with dates or times are meant */
  const double *value;           /* [levels] of numbers, dates and times; else NULL */
  const char *const *text;       /* [levels] their values as texts, of SPSS files, where levels may be labels; else NULL */
  const weeg_sav_variable *sav;  /* NULL: not of an SPSS file */
} cli_seen;

/* The values of an SPSS variable that have a label (NULL: any), in order: there may be a million, and as many in the rows. */
typedef struct cli_coded {
  double number;
  const char *text, *label;
} cli_coded;

typedef struct cli_labelled {
  bool text;
  int32_t count;
  cli_coded *value;
} cli_labelled;

cli_labelled cli_find_labelled(const weeg_sav_variable *v, const char *label);
/* A value among them, or NULL. */
const cli_coded *cli_labelled_at(const cli_labelled *labelled, double number, const char *text);

/* Of a CSV file or a tally: dates and times are known by how all levels are written. */
cli_seen cli_see(const weeg_variable *variable);
/* What a comparison is with. */
typedef struct cli_constant {
  const char *text;
  bool quoted;        /* it is a text or a date, not a number */
  weeg_kind kind;     /* of a date or time, that `value` is */
  double value;
} cli_constant;

typedef enum cli_sign { CLI_EQUAL, CLI_OTHER, CLI_LESS, CLI_LESS_EQUAL, CLI_MORE, CLI_MORE_EQUAL } cli_sign;

bool cli_holds(cli_sign sign, double a, double b);
/* Whether the comparison holds at each level, holds[levels]; ends the program where it has no meaning. */
void cli_compare_levels(const cli_seen *seen, cli_sign sign, const cli_constant *constant, int8_t *holds);
/* Whether dates or times can be compared with a constant, and how: a date alone stands for the whole day. */
bool cli_comparable(weeg_kind kind, const cli_constant *constant);
bool cli_compare_kind(cli_sign sign, weeg_kind kind, double value, const cli_constant *constant);

/* Looks every comparison up in the levels of its variable; position(ctx, variable) is 0 .. levels, levels for missing. */
void cli_condition_bind(const cli_condition *condition, const cli_seen *variables, int32_t count);
int cli_condition_holds(const cli_condition *condition, int32_t (*position)(void *ctx, int32_t variable), void *ctx);
/* Adds all that each comparison with a variable could say of a text of a CSV file, whatever the column turns out to be, or of a
   value of an SPSS file: texts and values with the same answers need not be told apart. */
void cli_condition_answers(const cli_condition *condition, const char *name, const char *text, weeg_numerals how,
                           cli_text *out);
void cli_condition_answers_sav(const cli_condition *condition, const weeg_sav_variable *variable, const weeg_sav_value *value,
                               cli_text *out);

/* ---- data: a tally with its names (source.c, rows.c, frame.c, missing.c, places.c, merge.c) ------------------------ */

typedef struct cli_data {
  int32_t variables;
  weeg_variable *variable;
  weeg_design design;
  weeg_texts strata, psus;
  const weeg_stage_names *stages; /* [design.later] */
  weeg_tally *tally;
  const char *profile;                                  /* NULL: none is said */
  const char *name, *weights, *strata_name, *cluster, *fpc; /* of the data and its design's variables; may be NULL */
  int64_t omitted; /* rows without a weight that were left out */
  bool lonely_asked;
  cli_list conditions;
  cli_list senders;              /* of whom it has PSUs by number: weeg_protect_tally() in R */
  const struct cli_data *whole;  /* the same before --domain; NULL where there is none */
  bool narrowed;                 /* the file itself is about a domain */
  weeg_missing missing;           /* how missing values were treated */
  const char *replicates_text;   /* "bootstrap, 80 replicates"; NULL: none */
} cli_data;

/* A multiple-response question, and who names what: the patterns are the combinations of items that occur (items.c). */
typedef struct cli_items {
  cli_list variables;        /* of the formula */
  bool blank, categories;    /* --unnamed blank; --coding categories */
  const char *yes, *separator;
  cli_list labelled, text;   /* --labels */
  const weeg_sav_set *set;   /* a set of an SPSS file, by name; NULL: none */
  int32_t *counted;          /* [variables] of a set, the level from 1 with the counted value; 0: it has none */
  const char *variable;      /* a name for the variable whose levels are the patterns */
  int32_t items, patterns;
  const char **name, **label; /* [items] */
  bool *named;               /* [patterns * items] */
  weeg_texts levels;         /* of the patterns */
} cli_items;

/* The set of an SPSS file (NULL: of none) with this name, which no variable of it has; or NULL. */
const weeg_sav_set *cli_find_set(const weeg_sav *sav, const char *name);
/* Where the formula names a set, its variables in place of the name. */
void cli_use_set(const cli_options *options, const weeg_sav *sav, cli_items *items);
cli_items cli_read_question(const cli_options *options, const cli_formula *formula);
/*
 * The pattern of each row, -1 for one that does not answer. level[rows * variables]: from 1; 0 for a blank, -1 for a value that
 * is declared to be no answer. Levels that are blank become 0.
 */
int32_t *cli_find_patterns(cli_items *items, const weeg_variable *const *variable, int32_t *level, int32_t rows);
weeg_variable cli_pattern_variable(const cli_items *items);
cli_data *cli_tally_patterns(const cli_data *data, const cli_list *groups, cli_items *items);

/* Reads the file, with the variables in `names` (NULL: all of a tally), and applies the options about the design. */
cli_data *cli_load(const cli_options *options, const char *path, const cli_list *names);
/* Tells on standard error of variables that are numbers or dates with many values: a row, or a column, for each is seldom what
 * is wanted. place: which of the two. */
void cli_say_many_values(const cli_data *data, const cli_list *outcomes, const char *place);
/* The same with the patterns of a question behind the groups. */
cli_data *cli_load_items(const cli_options *options, const char *path, const cli_list *groups, cli_items *items);

/* A tally that is wanted of a file of rows. */
typedef struct cli_wanted {
  cli_list names;           /* its variables */
  cli_list numbers;         /* those of them that are measures */
  cli_items *items[2];      /* multiple-response questions, whose patterns are variables behind these; NULL: none */
  bool sets;                /* names that are of sets in an SPSS file become such questions */
  const char *filter;       /* a condition besides --domain; NULL: none */
  const char *unless_number; /* a variable; where it turns out to be a number, there is no tally but NULL. NULL: of none */
} cli_wanted;

/* Of a file of rows, in one reading, or in one for each where weights are calibrated: the data of each of wanted[count]. */
cli_data **cli_load_together(const cli_options *options, const char *path, cli_wanted *wanted, int32_t count);
/* The same (rows.c), but for the rules of the design, where weights are not calibrated or there is one. */
cli_data **cli_load_rows(const cli_options *o, const char *path, cli_wanted *wanted, int32_t count);
/* Gives data the replicates that --make-replicates asks for (replicates.c). */
void cli_make_replicates(const cli_options *options, cli_data *data);
/* Several files that are read as one, waves of a survey: "round=2013:a.sav,2014:b.sav". */
typedef struct cli_waves {
  const char *name;        /* of their variable */
  cli_list label, path;
} cli_waves;

/* Files that are so written (waves.c); NULL: a file, which goes before these where it exists. */
const cli_waves *cli_find_waves(const char *path);
/* Ends the program where files are not there, or are not files, or the same. */
void cli_check_waves(const cli_waves *waves);
/* Their names, without folders: "a.sav, b.sav". */
const char *cli_waves_name(const cli_waves *waves);
/* A pipe can be opened once: it becomes standard input, "-". */
const char *cli_source_path(const char *path);
/* Whether a file (or standard input) begins as tallies do. */
bool cli_is_tally(const char *path);

/* All the bytes of a file, "-" being standard input. */
char *cli_read_all(const char *path, size_t *size);

/* A line about a long read, on standard error when that is a terminal, once it takes more than a second (progress.c). */
typedef struct cli_progress {
  bool wanted, shown;
  double started, last;  /* seconds */
  double share;          /* of the file; NaN: not known */
  int64_t rows;
} cli_progress;

cli_progress cli_start_progress(void);
void cli_show_progress(cli_progress *progress);
void cli_end_progress(cli_progress *progress);

/* The number of a variable; ends the program when there is none, with the name that may be meant. */
int32_t cli_find_variable(const cli_data *data, const char *name, const char *where);
cli_list cli_variable_names(const cli_data *data);

/* What figures are computed from. */
const weeg_survey *cli_survey(const cli_data *data);
/* The data as the core takes them, but for their notes; data whose tally and names are those that the core made of them. */
weeg_frame cli_frame(const cli_data *data);
cli_data *cli_with_frame(const cli_data *data, weeg_frame *made);
/* Ends the program where that failed. */
void cli_check_frame(weeg_status status, const weeg_error *err);

/* Keys and values by turns, as in tally files, and back (source.c). */
weeg_texts cli_notes(const cli_data *data);
void cli_read_notes(cli_data *data, const weeg_texts *notes);

/* For every cell the position of a variable (0 .. levels, levels for missing). */
int32_t *cli_positions(const cli_data *data, int32_t variable);
int64_t cli_cells(const weeg_variable *variable, int32_t count);

/* A copy whose cells are renumbered (-1 drops a cell), for other variables. */
cli_data *cli_with_cells(const cli_data *data, const int32_t *cell, const weeg_variable *variable, int32_t count);
/* Only these variables, in this order. */
cli_data *cli_fold(const cli_data *data, const cli_list *names);
/* Only the cells for which the condition holds; its PSUs stay. */
cli_data *cli_domain(const cli_data *data, const cli_condition *condition);
/* The same of a tally that was read; ends the program where it has sums of what the condition is about. */
cli_data *cli_narrow(const cli_data *data, const cli_condition *condition);
/* Missing values as asked by --missing or the conventions. */
cli_data *cli_treat_missing(const cli_data *data, const cli_list *names, const char *choice);
cli_data *cli_add_tallies(const cli_data *a, const cli_data *b);

/* Weights that follow from the population sizes; they are those of the tally's rows (sample.c). */
bool cli_weighted_by_fpc(const cli_data *data);
void cli_weigh_by_fpc(cli_data *data);
void cli_check_fpc_weights(weeg_status status, const weeg_error *err);

/* The tally of one table (places.c), and where its cells are: group and answer, -1 where missing. */
typedef struct cli_places {
  const cli_data *data;
  const char *outcome;
  cli_list group_names, given;
  const int32_t *group, *level;
  int32_t groups, levels;
  weeg_places table;          /* the same as the core takes it, and layers where variables are given */
  const char **group_label;   /* [groups] "werkplein, ronde 1"; "all" where there is no group */
  const char **level_label;   /* [levels] */
  const char **layer_label;   /* [table.layers] of `given` */
} cli_places;

/* A net of answers: "top 2=agree,strongly agree". */
typedef struct cli_net {
  const char *name;
  cli_list answers;
} cli_net;

cli_net cli_parse_net(const char *text);
/* Whether a variable has all answers of a net; ends the program where one of them has the net's name. */
bool cli_has_net(const weeg_variable *variable, const cli_net *net);
/* The places of a table with groups in which the outcome is a net, the first answer, or another answer. */
cli_places cli_net_places(const cli_places *places, const cli_net *net);

/* Which levels of a variable are chosen by --answers; all, where none is. */
bool *cli_chosen_levels(const cli_list *asked, const char *outcome, const char *const *level, int32_t count);

cli_places cli_prepare(const cli_options *options, const cli_data *data, const cli_formula *formula, const char *outcome);

/* The level of group variable v in group g. */
const char *cli_group_level(const cli_places *places, int32_t g, int32_t v);

/* Ends the program where the levels of a variable have no order; and the values of a number, else 1, 2, ... */
void cli_need_order(const weeg_variable *variable, const char *purpose);
const double *cli_level_scores(const weeg_variable *variable);

/* Ends the program where there is no model of these variables; role: of all of them, NULL: the last one is the outcome. */
void cli_check_model(weeg_status status, const weeg_error *err, const cli_data *data, const char *role);

/* Ends the program where an estimate failed; a stratum with one PSU is named by its label. */
/* The stratum with one sampled unit that an error is about, by its labels; NULL: about none. */
const char *cli_lonely_text(weeg_status status, const weeg_error *err, const cli_data *data);
void cli_check_estimate(weeg_status status, const weeg_error *err, const cli_data *data);

/* ---- conventions (conventions.c) -------------------------------------------------------------------------------- */

const weeg_profile *cli_profile_of(const cli_data *data);
/* The profile by its name; ends the program when there is none. */
const weeg_profile *cli_find_profile(const char *name);
/* "Conventions: weeg; interval 95% beta; ..."; own: what comes first; few: of what refers to the law of few PSUs. */
const char *cli_conventions_line(const cli_data *data, const cli_list *own, bool few);
/* The same of a model, whose degrees of freedom are less those of its slopes. */
const char *cli_model_conventions(const cli_data *data, const cli_list *own, bool few);
const char *cli_design_text(const cli_data *data);
const char *cli_weights_text(const cli_data *data);
const char *cli_domain_text(const cli_data *data);

#endif
