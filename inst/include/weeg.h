/*
 * weeg: design-based inference for categorical survey data.
 *
 * The one public header of the C core. It reads in the order in which data flows:
 *
 *     columns + weights  ->  design  ->  tally  ->  estimates  ->  intervals, tests, comparisons
 *
 * Rules that hold everywhere
 *   - A function that can fail returns weeg_status and takes a weeg_error * as its last argument, which may be NULL; an error
 *     begins as {0}, or with `say`.
 *     Results are written only on success; after a failure, arrays that were to be filled hold nothing of use.
 *   - Arrays that a function fills are the caller's. Objects made by weeg_X_new/build/merge are released by weeg_X_free,
 *     which accepts NULL. Input arrays are borrowed: they must outlive the object that points at them.
 *   - Rows, units and cells count from 0. Codes of a column count from 1 (see weeg_column).
 *   - Counts are int64_t. Probabilities, proportions and levels of confidence are in [0, 1].
 *   - A number that does not exist is NaN and comes with a weeg_reason; a bare NaN is a bug.
 *   - No function prints, exits, keeps state between calls, or calls back outside weeg_hooks.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_H
#define WEEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A shared library of the core shows what is declared here, and nothing else: it is built with hidden visibility. */
#ifdef WEEG_LIBRARY
#pragma GCC visibility push(default)
#endif

/* ---- version ----------------------------------------------------------------------------------------------------- */

/* Of this header, and of the library that a program runs with: MAJOR.MINOR.PATCH. */
#define WEEG_VERSION "0.1.0"
const char *weeg_version(void);

/* ---- status and errors ------------------------------------------------------------------------------------------ */

typedef enum weeg_status {
  WEEG_OK = 0,
  WEEG_ERR_ARGUMENT,     /* an argument is out of its range or contradicts another */
  WEEG_ERR_MEMORY,       /* an allocation failed */
  WEEG_ERR_TOO_LARGE,    /* a product of sizes does not fit, or passes a documented limit */
  WEEG_ERR_WEIGHT,       /* a weight is missing, negative, infinite or too large */
  WEEG_ERR_MISSING,      /* a stratum, PSU or FPC is missing in some row */
  WEEG_ERR_NESTING,      /* a PSU occurs in more than one stratum */
  WEEG_ERR_FPC,          /* a population size or fraction is impossible or varies within a stratum */
  WEEG_ERR_LONELY_PSU,   /* a stratum has one PSU and the rule is WEEG_LONELY_FAIL */
  WEEG_ERR_NUMERIC,      /* an algorithm did not converge */
  WEEG_ERR_INTERRUPTED,  /* the caller's interrupt hook asked to stop */
  WEEG_ERR_FILE,         /* a file cannot be read or written, or holds something else */
  WEEG_ERR_CSV           /* a CSV file is malformed; line and column say where */
} weeg_status;

enum { WEEG_MESSAGE_SIZE = 512 };

/* What is wrong, where callers may want words of their own for it. */
typedef enum weeg_fault {
  WEEG_FAULT_NONE,
  WEEG_FAULT_MISSING,
  WEEG_FAULT_NEGATIVE,
  WEEG_FAULT_INFINITE,
  WEEG_FAULT_TOO_LARGE,   /* a number above 2^480 */
  WEEG_FAULT_DIFFERS,     /* from earlier rows of the same stratum */
  WEEG_FAULT_TWO_STRATA,  /* a PSU in `stratum` and in `other` */
  WEEG_FAULT_MORE_SAMPLED, /* `value` units sampled in a stratum that has `limit` in the population */
  WEEG_FAULT_MISSING_LEVEL, /* a variable (`where`) has a level "(missing)" and missing values besides */
  /* Of tallies that cannot be added. Numbers are of the first one; `other`, and where `number` is 1 all of them, of the second */
  WEEG_FAULT_VARIABLES,
  WEEG_FAULT_CALIBRATED,
  WEEG_FAULT_CLUSTERS,
  WEEG_FAULT_CONVENTIONS,
  WEEG_FAULT_SENDER,       /* `subject` numbered PSUs of both */
  WEEG_FAULT_LONELY,
  WEEG_FAULT_DOMAINS,
  WEEG_FAULT_ONE_FINITE,
  WEEG_FAULT_ONE_WEIGHTED,
  WEEG_FAULT_ONE_WEIGHTED_BY_FPC,
  WEEG_FAULT_ONE_REPLICATED,
  WEEG_FAULT_MADE_APART,
  WEEG_FAULT_REPLICATES,
  WEEG_FAULT_LONELY_DOMAIN,
  WEEG_FAULT_GIVEN_DF,
  WEEG_FAULT_STAGES,
  WEEG_FAULT_ORDERED_LEVELS, /* of a variable (`where`) */
  WEEG_FAULT_POPULATIONS,  /* of `stratum` of `stage` */
  WEEG_FAULT_SAME_PSUS,    /* two PSUs, one of them `unit`, of tally `number` */
  WEEG_FAULT_TWICE,
  WEEG_FAULT_INEXACT,      /* `value`, sum `number` (-1: the count) of `row`, is none that exact arithmetic gives */
  /* Of models; `where` is a variable of the frame, `number` a level of it */
  WEEG_FAULT_MANY_CELLS,    /* `value` of a table, more than `limit` */
  WEEG_FAULT_NO_ROWS,       /* with a value of all variables */
  WEEG_FAULT_ONE_LEVEL,     /* that has rows, `number` */
  WEEG_FAULT_MANY_VALUES,   /* `value` of a number */
  WEEG_FAULT_UNORDERED,     /* `value` levels of an outcome; `number`: the last one with rows */
  WEEG_FAULT_ONE_SIDE,      /* none or all of the rows have the answers that are modelled */
  WEEG_FAULT_MANY_COLUMNS,  /* `value` coefficients, more than `limit` */
  WEEG_FAULT_SAME_ANSWER,   /* all `value` rows of a level have the same one */
  WEEG_FAULT_SEPARATED,     /* a combination of terms separates the answers */
  WEEG_FAULT_MIXED_STAGES,  /* population sizes at `stage`, sampling fractions at stage `number` */
  /* Of replicates that cannot be made of a design */
  WEEG_FAULT_NOTHING_VARIES,
  WEEG_FAULT_ONE_PSU,       /* in `stratum` */
  WEEG_FAULT_HAS_STRATA,
  WEEG_FAULT_HAS_POPULATION,
  WEEG_FAULT_NOT_TWO,       /* but `value` PSUs in `stratum` */
  WEEG_FAULT_UNEQUAL,       /* PSUs drawn with unequal probabilities */
  /* Of inclusion probabilities: `value` is none; it differs from earlier rows of the same PSU. Of tallies: drawn in other ways */
  WEEG_FAULT_NO_PROBABILITY,
  WEEG_FAULT_DIFFERS_IN_PSU,
  WEEG_FAULT_DRAWN,
  WEEG_FAULT_JOINT,        /* joint inclusion probabilities are of one sample */
  WEEG_FAULT_PROBABILITIES  /* of a PSU (`unit` of the first tally) differ */
} weeg_fault;

/* "is missing", "their domains differ"; "" where there is no such phrase. Never NULL. */
const char *weeg_fault_text(weeg_fault fault);

/* The facts of an error, from 0; -1 and NaN: none. */
typedef struct weeg_facts {
  weeg_fault fault;
  const char *subject;             /* what a row has wrong, such as "weight"; NULL: none. Names of a stream are borrowed. */
  int64_t row;
  int32_t unit, stratum, other;    /* PSU, its stratum, and another stratum; of a stage: of its units and strata */
  int32_t stage, number;           /* stage of the sample; number of a column of replicate weights */
  double value, limit;
} weeg_facts;

typedef struct weeg_error {
  weeg_status code;
  int64_t where;                    /* row, stratum, PSU or argument index the error is about, from 0; -1 if none */
  int64_t count;                    /* how many rows have the same problem, where that was counted; else 0 */
  int64_t line;                     /* line of a file, from 1; 0 if none */
  int32_t column;                   /* field of that line, from 1; 0 if none */
  bool names_file;                  /* the message has the name of the file in it */
  weeg_facts facts;
  /*
   * The caller's, NULL for English: the words of messages in another language. It gets a format, and gives one with the same
   * conversions in the same order; or a part of a message ("is negative"). What it does not know it gives back.
   */
  const char *(*say)(const char *english);
  char message[WEEG_MESSAGE_SIZE];  /* without trailing newline, always terminated */
} weeg_error;

/* Fills err (if not NULL) but for `say`, and returns code: `return weeg_fail(...)` reads well. printf-style, truncated. */
weeg_status weeg_fail(weeg_error *err, weeg_status code, int64_t where, const char *format, ...)
#if defined(__GNUC__)
  __attribute__((format(printf, 4, 5)))
#endif
  ;

/* "the weight in row 3 is negative": fills err, facts too, and returns code. */
weeg_status weeg_fail_row(weeg_error *err, weeg_status code, const char *subject, int64_t row, weeg_fault fault);

/*
 * Says an error of a row again: of another row, of a file, say, of which the core had some rows; or with a number (facts.number).
 * Errors of no row stay.
 */
void weeg_error_move(weeg_error *err, int64_t row);

/* A short English name of a status, never NULL. */
const char *weeg_status_name(weeg_status status);

/* Why a number does not exist, why an interval is not the one asked for, or why it calls for care. */
typedef enum weeg_reason {
  WEEG_REASON_NONE = 0,
  WEEG_REASON_EMPTY,        /* no rows (of non-zero weight) in the domain */
  WEEG_REASON_NO_VARIATION, /* estimate is 0 or 1: limits are Clopper-Pearson's with the number of rows */
  WEEG_REASON_NO_DF,        /* no design degrees of freedom */
  WEEG_REASON_NO_VARIANCE,  /* the variance cannot be estimated: weeg_own_variance, or all strata lonely under the rule */
  WEEG_REASON_ZERO_VARIANCE, /* the estimated variance is 0: no test or interval of a contrast */
  WEEG_REASON_ONE_LEVEL,    /* fewer than two rows or columns with data */
  WEEG_REASON_SINGULAR,     /* covariance matrix is singular: fewer PSUs than needed, or empty cells */
  WEEG_REASON_ZERO_BASE,    /* ratio to a proportion of 0, or odds of a proportion of 1 */
  WEEG_REASON_FEW_DF,       /* fewer design degrees of freedom than the test needs */
  WEEG_REASON_AT_BOUND,     /* an effect size at the end of its range: no standard error */
  WEEG_REASON_NO_EXCESS,    /* bias-corrected V is 0: no standard error */
  WEEG_REASON_FEW_ROWS,     /* fewer rows than the bias correction needs */
  WEEG_REASON_SPANS_ZERO,    /* number needed: the limits of the difference have 0 between them */
  WEEG_REASON_EMPTY_CATEGORY, /* a category of a composition has rows in one of two groups only */
  WEEG_REASON_NOT_FINITE,    /* a model has no finite estimates, because of empty cells */
  WEEG_REASON_TOO_LARGE,     /* of weeg_item_tests, where weeg_multiple_test ends with WEEG_ERR_TOO_LARGE */
  WEEG_REASON_ALIASED,       /* a coefficient is a linear combination of earlier ones */
  WEEG_REASON_ALL_ALIASED,   /* all coefficients of a term are */
  WEEG_REASON_EMPTY_STANDARD, /* a category of the standard population has no rows in the group */
  WEEG_REASON_NO_LIMITS,     /* a standardised proportion of 0 or 1 */
  WEEG_REASON_SEPARATED,     /* an adjusted proportion: covariates separate the answer from the others */
  WEEG_REASON_CONFOUNDED,    /* an adjusted proportion: a group depends on covariates */
  WEEG_REASON_MANY_GROUPS,   /* of weeg_item_tests, where that of an item ends with WEEG_ERR_TOO_LARGE */
  WEEG_REASON_SATURATED,     /* a model with all interactions has no lack of fit */
  /* With WEEG_DF_EFFECTIVE; the last three of figures that have limits, why to read them with care: the first that holds. */
  WEEG_REASON_NO_VARIATION_KISH, /* in place of NO_VARIATION: limits are Clopper-Pearson's with kish_n rows */
  WEEG_REASON_ONE_PSU,       /* more than half of the variance is from one PSU */
  WEEG_REASON_FEW_EFFECTIVE, /* fewer than 4 effective degrees of freedom: t is more than 1.4 times what many PSUs have */
  WEEG_REASON_FEW_ANSWERS,   /* a share: fewer than 5 effective rows with the answer, or without it */
  WEEG_REASON_LOST_DIGITS,   /* values of a group are too small beside the largest of all, or cancel: their sums have no digits */
  WEEG_REASON_ZERO_DENOMINATOR, /* the denominator of a ratio is 0, or less than 2^-30 of the sizes of what it is the sum of */
  WEEG_REASON_OPEN_LIMIT,    /* a quantile: the values of the sample do not reach as far as a limit */
  WEEG_REASON_SAME_LIMITS,   /* a quantile: both limits are one value, which many rows have */
  WEEG_REASON_NOT_POSITIVE,  /* a ratio of means that are not both above 0: it has no logarithm */
  WEEG_REASON_NO_LOGARITHM,  /* an estimate that is not above 0 has no limits of the logarithm */
  WEEG_REASON_PROTECTED,     /* it is not shown: see weeg_suppress */
  WEEG_REASON_OVERLAPPING    /* no test by the columns of a book that overlap: they are no groups */
} weeg_reason;

/* One plain English sentence fragment, never NULL; "" for WEEG_REASON_NONE. */
const char *weeg_reason_text(weeg_reason reason);

/* A word for programs, such as "no-variance", which stays where the sentence changes. Never NULL; "" for WEEG_REASON_NONE. */
const char *weeg_reason_code(weeg_reason reason);

/*
 * Text from data made safe to show, on a terminal as in a page: control characters, bidirectional marks and zero-width
 * characters are written out (\u001b, \u202e), and so are bytes that are not UTF-8 (\xff); a tab and the end of a line
 * become a blank. Idempotent. Writes to to[] (NULL: nowhere), without a terminator, and returns the number of bytes: at
 * most 6 times `length`.
 */
size_t weeg_visible(const char *text, size_t length, char *to);

/*
 * Threads that stay between computations, as starting them takes as long as a pass over 50 000 rows. They are started when
 * they are first needed, sleep in between, and take no signals. A pool that is in use, or was made by a process of which this
 * one is a fork (weeg_pool_here: it has none of its threads), is done without. NULL: not enough memory. weeg_pool_free waits
 * for the threads to end; in a fork it only releases memory.
 */
typedef struct weeg_pool weeg_pool;
weeg_pool *weeg_pool_new(void);
bool weeg_pool_here(const weeg_pool *pool);
void weeg_pool_free(weeg_pool *pool);

/* What the caller lends to long computations. Any member may be NULL/0. */
typedef struct weeg_hooks {
  int (*interrupt)(void *ctx);  /* non-zero: stop; polled on the calling thread only, at least ten times a second */
  void *ctx;
  int threads;                  /* upper bound on threads; 0 or 1: one thread */
  void (*progress)(void *ctx, double done); /* share of the work that is done, on the calling thread; reading files only */
  weeg_pool *pool;              /* where they come from; NULL: each pass over rows starts and ends its own */
} weeg_hooks;

/* ---- coded columns ---------------------------------------------------------------------------------------------- */

typedef enum weeg_code_type { WEEG_CODE_U8, WEEG_CODE_U16, WEEG_CODE_I32 } weeg_code_type;

/*
 * A categorical variable: one code per row. Codes 1..levels are the levels; every other value (0, negative, an NA
 * sentinel, too large) means missing. codes == NULL is a column with one level that every row has.
 */
typedef struct weeg_column {
  const void *codes;
  weeg_code_type type;
  int32_t levels;        /* >= 0 */
} weeg_column;

/* Texts in UTF-8. */
typedef struct weeg_texts {
  int32_t count;
  char **text;  /* [count] */
} weeg_texts;

/* ---- rows of files ---------------------------------------------------------------------------------------------- */

/* Some rows, in the order of the file: per field an array, the other one NULL. Codes are 0 and numbers NaN where missing. */
/* Row `row` begins on line `line` (from 1) of a file, and those behind it, up to the next one listed, a line each. */
typedef struct weeg_csv_place {
  int64_t row, line;
} weeg_csv_place;

typedef struct weeg_chunk {
  int64_t first, rows;           /* rows first .. first + rows - 1, from 0 */
  const int32_t *const *codes;   /* [fields], each [rows]; numbered from 1 in order of appearance */
  const double *const *numbers;  /* [fields], each [rows] */
  const int64_t *row;            /* [rows] the number of each among all rows, where others were left out; NULL: first + i */
  const weeg_csv_place *place;   /* [places] where rows begin, row 0 the first of the chunk */
  int64_t places;                /* 0: they have no lines */
} weeg_chunk;

/* The line (from 1) of a file on which row i of a chunk begins; 0: it has none. */
int64_t weeg_chunk_line(const weeg_chunk *chunk, int64_t i);

/* Says an error of row i of a chunk (facts.row, where it was said at all) as one of that row of all, with its line. */
void weeg_error_in_chunk(weeg_error *err, const weeg_chunk *chunk, int64_t i);

/* Takes a chunk, on the calling thread; the arrays live until it returns. Other than WEEG_OK stops the reading. */
typedef weeg_status (*weeg_sink)(void *ctx, const weeg_chunk *chunk, weeg_error *err);

/* A column (from 0) that is wanted, and how: as numbers, or as codes of its distinct values. */
typedef struct weeg_field {
  int32_t column;
  bool numbers;
  bool user_missing;  /* of SPSS files: user-missing values are values like others */
  bool text;          /* of CSV files: its values are texts, whatever is in them; see weeg_source.levels */
  bool listed;        /* of several sources: where it cannot be read (weeg_waves_problem), it is missing, and that is no error */
  int32_t most;       /* of a CSV file: so many values are told apart, see weeg_field_levels.many; 0: all */
} weeg_field;

/* What is read, and the hooks of the reading; NULL: none. */
typedef struct weeg_fields {
  const weeg_field *field;  /* [count] */
  int32_t count;
  const weeg_hooks *hooks;
} weeg_fields;

/* ---- CSV files -------------------------------------------------------------------------------------------------- */

/*
 * A file of records and fields as RFC 4180 has them: a field that contains the delimiter, the quote or an end of line is
 * quoted, a quote within it doubled. Besides: LF, CR LF or CR; any delimiter; blanks around a field do not count; blank
 * lines are no records, save in a file of one column, where each is an empty field. A record must have as many fields as
 * there are columns. A quote inside an unquoted field, text after a closing quote and a quote that is not closed are errors.
 *
 * The file is read in windows of a few MB, on hooks->threads threads, and only the fields that are asked for are looked at:
 * others are counted, and may hold anything. The result is the same for any number of threads.
 *
 * Files compressed by gzip or zstd are decompressed while read, if the core was built with the libraries.
 */
typedef enum weeg_encoding { WEEG_UTF8, WEEG_WINDOWS_1252 } weeg_encoding;

/* All zero: the usual. */
typedef struct weeg_csv_options {
  char delimiter;              /* 0: the one of , ; tab | by which most records have as many fields as the first */
  char decimal;                /* '.' or ','; 0: a comma when the delimiter is none and numbers have commas and no points */
  char quote;                  /* 0: '"' */
  bool no_header;              /* the first record holds values: the columns are V1, V2, ... */
  weeg_encoding encoding;      /* UTF-8 is checked where text is used. Windows-1252 contains Latin-1. A BOM goes before this */
  const char *const *missing;  /* [missing_count] in UTF-8: what stands for a missing value, quoted or not; NULL: "", "NA", */
  int missing_count;           /* "NaN" (an empty field is no number, so missing in a column of numbers in any case) */
  bool skip;                   /* records that cannot be read are left out and listed (weeg_csv_skipped), else errors */
  int64_t max_field;           /* bytes of a field at most, up to 2^40; 0: 2^20 */
  int64_t window;              /* bytes read at a time, which a record must fit into; 0: 2^22, or 4 max_field if larger */
  char thousands;              /* between groups of three digits: , . ' or a blank (also U+00A0 and U+202F); 0: none */
  int64_t skip_before;         /* lines before the header, whatever is in them */
  int64_t skip_after;          /* records between the header and the first row, as Qualtrics has them */
} weeg_csv_options;

/*
 * A number without what separates its groups of thousands: the bytes written to to[n], 0 where the text is not a number so
 * written. All groups are there, and are of three digits: 1,234,567.8, not 1234,567 or 1,23.
 */
size_t weeg_number_ungroup(const char *s, size_t n, char decimal, char thousands, char *to);

typedef struct weeg_csv weeg_csv;

/* Whether the core was built with libcsv. Without it, weeg_csv_open() is WEEG_ERR_FILE, saying how to get it. */
bool weeg_csv_available(void);

/* Opens a file ("-": standard input) and reads its first record. options: NULL is the usual. Errors have line and column. */
weeg_status weeg_csv_open(const char *path, const weeg_csv_options *options, weeg_csv **csv, weeg_error *err);
void weeg_csv_close(weeg_csv *csv);

/* What was found: the number of columns, their names (UTF-8; those without one are V1, V2, ...; may occur twice), marks. */
int32_t weeg_csv_columns(const weeg_csv *csv);
const char *weeg_csv_name(const weeg_csv *csv, int32_t column);
void weeg_csv_marks(const weeg_csv *csv, char *delimiter, char *decimal);

/*
 * Reads the whole file once, in memory that does not depend on its rows, only on the distinct texts. It may be read again,
 * unless it is standard input or a pipe: WEEG_ERR_FILE. A malformed record is WEEG_ERR_CSV; rows before it were handed on.
 */
weeg_status weeg_csv_read(weeg_csv *csv, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err);

/* Distinct texts of a field (from 0) of the last read: their number, and the one with a code, in UTF-8. */
int32_t weeg_csv_levels(const weeg_csv *csv, int32_t field);
const char *weeg_csv_level(const weeg_csv *csv, int32_t field, int32_t code);

/* A record that was left out: its first line (from 1), how many lines it has, the field (from 1) and what is wrong. */
typedef struct weeg_csv_skip {
  int64_t line, lines;
  int32_t column;
  int problem;
} weeg_csv_skip;

/*
 * How many the last read left out, and a borrowed array of the first WEEG_SKIPS_LISTED of them, in order. *mark (unless NULL) is
 * a fingerprint of all their lines, 0 of none: two reads that left out the same records have the same one.
 */
enum { WEEG_SKIPS_LISTED = 100 };
int64_t weeg_csv_skipped(const weeg_csv *csv, const weeg_csv_skip **list, uint64_t *mark);
/* A short English name of weeg_csv_skip.problem, never NULL. */
const char *weeg_csv_problem_text(int problem);

/* Whole columns: codes in the narrowest type, or numbers. */
typedef struct weeg_csv_data weeg_csv_data;
weeg_status weeg_csv_collect(weeg_csv *csv, const weeg_fields *fields, weeg_csv_data **data, weeg_error *err);
int64_t weeg_csv_data_rows(const weeg_csv_data *data);
weeg_code_type weeg_csv_data_type(const weeg_csv_data *data, int32_t field);
/* Copies a field to an array of that type, or of doubles, and releases it: a second time, nothing is copied. */
void weeg_csv_data_take(weeg_csv_data *data, int32_t field, void *to);
/* The same of codes, as an array of `type` with level[code] for each code, level[0] of missing ones. */
void weeg_csv_data_take_levels(weeg_csv_data *data, int32_t field, const int32_t *level, weeg_code_type type, void *to);
/* Where rows begin (row from 0). */
/* How many there are: few, but where records have several lines. */
int64_t weeg_csv_data_places(const weeg_csv_data *data, const weeg_csv_place **list);
void weeg_csv_data_free(weeg_csv_data *data);

/* ---- design ----------------------------------------------------------------------------------------------------- */

/* What a stratum with one sampled PSU contributes to the variance. Names and meanings as in R's survey package. */
typedef enum weeg_lonely {
  WEEG_LONELY_FAIL,       /* an error */
  WEEG_LONELY_REMOVE,     /* nothing */
  WEEG_LONELY_CERTAINTY,  /* nothing: it is taken to be sampled with certainty */
  WEEG_LONELY_ADJUST,     /* its squared distance from the mean over all PSUs of the domain's strata */
  WEEG_LONELY_AVERAGE     /* the average contribution of the other strata of the domain */
} weeg_lonely;

/* What counts as design degrees of freedom of a domain: PSUs minus strata, of which part of the design. */
typedef enum weeg_df_rule {
  WEEG_DF_DOMAIN,  /* with rows of non-zero weight in the domain, as in R's survey package */
  WEEG_DF_STRATA,  /* all sampled PSUs of the strata with such rows, as in Stata */
  WEEG_DF_DESIGN,  /* all sampled PSUs of the design, whatever the domain, as in SUDAAN and SAS */
  /*
   * Those of the domain are reported as such and decide whether there is an interval; but quantiles and p-values are those of
   * the estimate's own distribution in samples of few PSUs, under a working model, where that is known: proportions (those of
   * persons who name an item among them) and their contrasts, in designs with clusters, without replicate weights and given
   * degrees of freedom.
   */
  WEEG_DF_EFFECTIVE
} weeg_df_rule;

/*
 * A later stage of sampling. Its strata lie within the units of the stage before it, and are numbered in order of those.
 * Where the last stage samples rows (element = true), units == 0 and unit_stratum == NULL.
 */
typedef struct weeg_stage {
  bool element;
  int32_t strata;
  int32_t units;                  /* sampled units of this stage; 0 when element */
  const int32_t *stratum_parent;  /* [strata] unit of the stage before, from 0, ascending */
  const int32_t *unit_stratum;    /* [units] stratum of each unit, from 0 */
  const int64_t *stratum_units;   /* [strata] sampled units (rows when element), all rows of the design counted */
  const double *stratum_fpc;      /* [strata] units in the population; NULL or +Inf: with replacement */
} weeg_stage;

/*
 * PSUs drawn without replacement and with unequal probabilities pi, and which variance that gives. In a stratum with n of them,
 * with z the sum of the weighted scores of a PSU, zbar and cbar the means of z and of c = 1 - pi:
 *   BREWER        n/(n-1) sum c (z - zbar)^2
 *   OVERTON       sum_ij D_ij z_i z_j, Horvitz and Thompson's, with D_ii = c_i and D_ij = -(c_i + c_j)/2/(n-1)
 *   HARTLEY_RAO   the same with D_ij = -(c_i + c_j - cbar)/(n-1)
 *   POISSON       sum c z^2: PSUs drawn independently, so that one in a stratum is no special case
 *   HORVITZ_THOMPSON, YATES_GRUNDY  sum_ij F_ij z_i z_j over all PSUs, with a given form F: of joint probabilities pi_ij,
 *                 F_ij = (pi_ij - pi_i pi_j) / pi_ij, for Yates and Grundy less the sum of its row on the diagonal
 *   TWO_PHASE     the sum over given blocks of PSUs of a factor times (sum of z over the block)^2, whatever the strata:
 *                 how the form D1 + D2 - D1*D2 (by element) of a subsample is written, D of either phase (Sarndal, Swensson and
 *                 Wretman 1992, section 9.3), as each D is of units, and of strata, all of whose pairs share one number
 * as in R's survey package (Brewer 2002, Combined Survey Sampling Inference, chapter 9; Overton 1985; Hartley and Rao 1962).
 * All but BREWER and POISSON can give a variance below 0, which does not exist. One PSU in a stratum is a case for the rule for
 * these where the variance divides by n-1.
 */
typedef enum weeg_pps {
  WEEG_PPS_NONE,
  WEEG_PPS_BREWER,
  WEEG_PPS_OVERTON,
  WEEG_PPS_HARTLEY_RAO,
  WEEG_PPS_POISSON,
  WEEG_PPS_HORVITZ_THOMPSON,
  WEEG_PPS_YATES_GRUNDY,
  WEEG_PPS_TWO_PHASE
} weeg_pps;

/* Sets of PSUs, which may overlap. */
typedef struct weeg_blocks {
  int32_t count;
  const int32_t *start; /* [count + 1] places in psu; the first 0 */
  const int32_t *psu;   /* [start[count]] from 0, with a stratum */
  const double *factor; /* [count] of the squared sum of the block, of any sign */
} weeg_blocks;

/*
 * The sample design: strata, PSUs, finite population, and the later stages whose variance counts. Without a finite
 * population at the first stage there are none: the variance between PSUs then accounts for all later stages. Without
 * clusters every row is its own PSU (element = true): then psus == 0, psu_stratum == NULL and later == 0. A tally of the
 * design has the units of the last stage (its strata when those are of rows).
 */
typedef struct weeg_design {
  bool element;
  int32_t strata;               /* >= 1 */
  int32_t psus;                 /* number of PSUs; 0 when element */
  const int32_t *psu_stratum;   /* [psus] stratum of each PSU, from 0; -1: a PSU without rows */
  const int64_t *stratum_psus;  /* [strata] sampled PSUs n_h (rows when element), all rows of the design counted */
  const double *stratum_fpc;    /* [strata] PSUs in the population N_h; NULL or +Inf: with replacement */
  weeg_pps pps;                 /* not NONE: drawn with psu_probability, without replicates; then no stratum_fpc */
  const double *psu_probability; /* [psus] inclusion probabilities, above 0 and at most 1 (of PSUs with rows), or NULL */
  const double *psu_form;       /* [psus * psus] F, symmetric; NULL unless pps is HORVITZ_THOMPSON or YATES_GRUNDY */
  const weeg_blocks *psu_blocks; /* NULL unless pps is TWO_PHASE */
  int32_t later;                /* stages after the first */
  const weeg_stage *stages;     /* [later] */
  weeg_lonely lonely;
  bool lonely_domain;           /* ADJUST and AVERAGE also apply to strata of which a domain has one PSU */
  weeg_df_rule df;              /* of weeg_design_df, and so of all intervals and tests */
  int64_t given_df;             /* > 0: of every domain with rows, in place of those by the rule; 0: by the rule */
  const struct weeg_calibration *calibration; /* NULL: none. See "calibration" */
  const struct weeg_replicates *replicates;   /* NULL: Taylor variances. See "replicates" */
  const weeg_hooks *hooks;      /* its interrupt is polled by whatever takes long with this design; NULL: nothing is */
} weeg_design;

/*
 * Checks weights[rows]: missing, negative, infinite or > 2^480 is WEEG_ERR_WEIGHT, naming the first such row.
 * *max_weight gets the largest weight (0 when there are no rows). Zero weights are allowed: such a row keeps its PSU in
 * the design and enters no count, estimate or degree of freedom. One pass over the rows.
 */
weeg_status weeg_check_weights(const double *weights, int64_t rows, const weeg_hooks *hooks, double *max_weight,
                               weeg_error *err);

/*
 * Counts the rows of each level into counts[column->levels]; a missing code is WEEG_ERR_MISSING with the first row.
 */
weeg_status weeg_count_levels(const weeg_column *column, int64_t rows, const weeg_hooks *hooks, int64_t *counts,
                              weeg_error *err);

/* Where rows were sampled. */
typedef struct weeg_sampled_rows {
  const weeg_column *stratum, *psu;  /* psu NULL: every row is one, for weeg_sample_find */
  int64_t rows;
  const weeg_hooks *hooks;
} weeg_sampled_rows;

/*
 * Finds the stratum of each PSU. psu_stratum[psu->levels] gets the stratum from 0, or -1 for a PSU without rows.
 * A missing code is WEEG_ERR_MISSING. A PSU that occurs in two strata is WEEG_ERR_NESTING (where = the PSU, from 0).
 */
weeg_status weeg_find_strata(const weeg_sampled_rows *of, int32_t *psu_stratum, weeg_error *err);

/* The distinct pairs of a stratum and a PSU, in order of stratum, then PSU. Their arrays are the caller's (weeg_free). */
typedef struct weeg_nested_psus {
  int32_t psus;
  int32_t *stratum, *psu;  /* [psus] from 0 */
} weeg_nested_psus;

/* For PSU ids that recur in several strata: nested[rows] gets codes 1..psus of the pairs. */
weeg_status weeg_nest_psus(const weeg_sampled_rows *of, int32_t *nested, weeg_nested_psus *pairs, weeg_error *err);

/*
 * Population sizes per stratum from a per-row column: all values >= 1 are sizes, all in [0, 1] are sampling fractions
 * (N_h = n_h / fraction). sizes[strata] is filled. Values that are missing, mixed, vary within a stratum, or imply more
 * than 100 % sampling are WEEG_ERR_FPC (where = row; -1 for a stratum or all of them together).
 */
weeg_status weeg_find_fpc(const double *fpc, const weeg_column *stratum, int64_t rows, const int64_t *stratum_psus,
                          double *sizes, weeg_error *err);

/*
 * The weights that follow from the population sizes, where no others are given: for each unit of a tally of the design the
 * product over the stages of units in the population by units in the sample (of PSUs drawn with unequal probabilities, 1 by
 * these), as in R's survey package; 0 where a unit has no rows. WEEG_ERR_FPC where a stage has no population size, or an
 * infinite one.
 */
weeg_status weeg_fpc_weights(const weeg_design *design, double *unit_weight, weeg_error *err);

/* Releases memory that a weeg function allocated for the caller. */
void weeg_free(void *memory);

/* ---- exact sums ------------------------------------------------------------------------------------------------- */

/*
 * A sum of non-negative numbers as a 128-bit integer (two's complement, hi:lo) in units of 2^scale. Integer addition is
 * associative, so a sum has the same bits for any order, chunking, number of threads or merge tree.
 */
typedef struct weeg_sum { uint64_t hi, lo; } weeg_sum;

/*
 * A sum of squares of weights, exact too: high * 2^86 + low in units of 2^(2 * scale), where each weight is an integer of 86
 * bits in units of 2^scale. Every tally that a function gives has low below 2^86, so that a sum has one form; a tally that a
 * function takes may have another.
 */
typedef struct weeg_square { weeg_sum high, low; } weeg_square;

/*
 * A sum of products of two such numbers, of any sign: a 256-bit integer (two's complement, limb[0] the lowest), in the product of
 * their units.
 */
typedef struct weeg_product { uint64_t limb[4]; } weeg_product;

/*
 * The scale for weights up to max_weight: 2^scale is the unit. Depends on max_weight only through the next power of
 * 2^16, leaves room for 2^40 rows, and represents weights down to 1e-5 of the largest exactly (others to 2^-70 of it).
 */
int weeg_sum_scale(double max_weight);

/* The nearest double (ties to even) to sum * 2^scale. */
double weeg_sum_value(weeg_sum sum, int scale);

/* The same of a sum that may be negative. */
double weeg_signed_value(weeg_sum sum, int scale);

/* The sum of squares as a double, within one unit in the last place. */
double weeg_square_value(weeg_square square, int scale);

/* ---- tally ------------------------------------------------------------------------------------------------------ */

/*
 * The one table from which everything else follows: for each unit (PSU, or stratum when element) and each cell of the
 * cross-classification, the number of rows n, the sum of weights w and, when element, the sum of squared weights w2.
 *
 * Cells: variable v with L_v levels has L_v + 1 positions, the last one for missing. The cell number is
 * ((c_1 * (L_2 + 1) + c_2) * (L_3 + 1) + c_3) ..., so the last variable runs fastest.
 *
 * Entries are sorted by unit, then cell; only those with n > 0 are kept. Rows of zero weight are not counted.
 */
typedef struct weeg_tally {
  bool element;
  int32_t units;
  int32_t cells;
  int64_t entries;
  int scale;        /* of w and w2 */
  int32_t *unit;    /* [entries] */
  int32_t *cell;    /* [entries] */
  int64_t *n;       /* [entries] */
  weeg_sum *w;      /* [entries] */
  weeg_square *w2;  /* [entries], NULL unless element */
  /*
   * Measures: numeric variables y, of which there are sums of weight times value over the rows where the value is known.
   * Whether it is, is a variable of the layout (of one level), so that rows and weights of those rows are there too. Products are
   * those of w (0) and the measures (1 ..) for each pair j <= k, 1 <= k: at k (k + 1) / 2 + j - 1; see weeg_tally_pairs.
   */
  int32_t measures;
  int *measure_scale;      /* [measures] of wy: 2^measure_scale is the unit */
  weeg_sum *wy;            /* [entries * measures], of each entry side by side; two's complement */
  weeg_product *products;  /* [entries * pairs]; NULL unless element and measures > 0 */
  const struct weeg_prepared *prepared; /* NULL but while many statistics are made of it: the core's own */
} weeg_tally;

/* Pairs of a weight and `measures` measures, without that of the weight with itself. */
int32_t weeg_tally_pairs(int32_t measures);

/* Number of cells of a layout of `columns`, missing positions included; WEEG_ERR_TOO_LARGE above 2^31 - 1. */
weeg_status weeg_layout_cells(const weeg_column *columns, int count, int32_t *cells, weeg_error *err);

/* Coded rows. */
typedef struct weeg_rows {
  int64_t rows;
  const weeg_column *columns; /* [count] the variables */
  int count;
  const weeg_column *unit;    /* PSUs (strata when element), validated before by weeg_find_strata / weeg_count_levels */
  bool element;
  const double *weights;      /* NULL: all 1 */
  double max_weight;          /* from weeg_check_weights; not looked at without weights */
  const uint8_t *domain;      /* NULL: all rows; else rows with domain[i] == 0 are left out */
} weeg_rows;

/* Makes a tally in one pass. The result is the same for any hooks->threads. */
weeg_status weeg_tally_build(const weeg_rows *rows, const weeg_hooks *hooks, weeg_tally **tally, weeg_error *err);

/*
 * Tallies of count sets of rows, of the same number of rows each: tallies[count], NULL where there is none because of an error.
 * Of few rows several are made at a time.
 */
weeg_status weeg_tally_build_many(const weeg_rows *rows, int32_t count, const weeg_hooks *hooks, weeg_tally **tallies,
                                  weeg_error *err);

/*
 * The sum of squared weights of the rows in each cell of the layout, squares[cells], of which Kish's effective number of rows is
 * made; the unit, and max_weight, are not looked at. Rounded as sums of doubles are, and the same for any hooks->threads.
 */
weeg_status weeg_cell_squares(const weeg_rows *rows, double *squares, weeg_error *err);
weeg_status weeg_cell_squares_many(const weeg_rows *rows, int32_t count, const weeg_hooks *hooks, double *const *squares,
                                   weeg_error *err);

/* Numeric variables of the rows of a tally. */
typedef struct weeg_measured {
  const weeg_rows *rows;        /* those that the tally was made of; of each measure, a column says whether it is known */
  int32_t measures;
  const double *const *values;  /* [measures], each [rows->rows]; NaN: missing */
  const int32_t *const *integers; /* NULL, or [measures]: where not NULL, in place of values; INT32_MIN: missing */
  const int *least;             /* [measures] units are not finer than 2^least, as of sums that these are added to; NULL */
} weeg_measured;

/*
 * Adds measures to a tally that has none. The exact product of weight and value is cut to a multiple of the unit, its last bit
 * 1 where something was cut off, so that nothing but 0 becomes 0. The unit follows from the largest product alone, by the next
 * power of 2^16, and is 2^-86 of that: between 2^-86 and 2^-70 of the largest product. So the sums have the same bits for any
 * threads and order of rows. Where the cut products of a group cancel in each of its entries, its sums are those of zeros, and
 * nothing in the tally tells the two apart. An infinite value of a row that counts is WEEG_ERR_ARGUMENT with
 * WEEG_FAULT_INFINITE: where = the row, facts.number = the measure.
 */
weeg_status weeg_tally_measure(const weeg_measured *of, const weeg_hooks *hooks, weeg_tally *tally, weeg_error *err);

/*
 * weeg_tally_build() and weeg_tally_measure() together: the same tally, where rows are in clusters mostly in one pass. *complete
 * (may be NULL): the pass has seen that no value is missing; false where one is, and where it was not looked for.
 */
weeg_status weeg_tally_build_measured(const weeg_measured *of, const weeg_hooks *hooks, weeg_tally **tally, bool *complete,
                                      weeg_error *err);

/*
 * Sums that a database made, or whatever adds doubles alone: each row of it is for rows of one unit and cell with weights
 * above 0. Several may be of one unit and cell; their order is free.
 *
 * A weight w is cut into `parts` whole numbers, the first of which counts in the largest unit, and what is below 2^lowest is
 * cut off. With b = bits and p = parts:
 *
 *     r_1 = w 2^-(lowest + b (p - 1)),  l_k = floor(r_k),  r_(k+1) = (r_k - l_k) 2^b,  k = 1 .. p
 *
 * sums[0 .. p - 1] are those of l_1 .. l_p. When element, the square has diagonals t_m = sum over i + j = m + 1 of l_i l_j,
 * m = 1 .. 2p - 1, and sums[p .. 3p - 2] are those. All weights are below 2^(lowest + b p). The caller chooses a cut by which
 * all sums are at most 2^53, so that doubles have them exactly, whatever the order of addition, and no weight has bits that
 * are cut off; but those below 2^weeg_sum_scale(max_weight) are, as weeg_tally_build does it: lowest is not below that.
 * 1 <= p <= 9, which is enough for 2^29 rows of any weights in one unit and cell.
 */
typedef struct weeg_part_sums {
  bool element;
  int32_t units, cells;
  double max_weight;           /* of all rows of the design, as for weeg_tally_build */
  int parts, bits, lowest;     /* how weights are cut; as max_weight, not looked at without weights */
  int64_t rows;
  const int32_t *unit, *cell;  /* [rows] from 0 */
  const double *n;             /* [rows] */
  const double *const *sums;   /* [parts], when element [3 parts - 1], of [rows]; NULL: all weights are 1 */
} weeg_part_sums;

/*
 * The tally of such sums: that which weeg_tally_build() makes of the rows themselves, byte for byte. Sums that exact
 * arithmetic cannot have given are WEEG_ERR_ARGUMENT with WEEG_FAULT_INEXACT: no whole numbers, negative, NaN, above what n
 * rows can have (facts.limit), or squares at odds with the weights. Units and cells out of range, and cuts that do not hold
 * max_weight, are WEEG_ERR_ARGUMENT; more rows in one than their cut allows, or 2^40 in all, WEEG_ERR_TOO_LARGE. where = the
 * row of sums.
 */
weeg_status weeg_tally_from_sums(const weeg_part_sums *from, weeg_tally **tally, weeg_error *err);

/* Numbers that all rows of a sum have alike. */
typedef struct weeg_sum_values {
  const weeg_part_sums *sums;   /* those that the tally was made of; no weight has bits below 2^lowest */
  const double *largest;        /* [sums->rows] the largest first part (l_1) of a weight; not looked at without weights */
  int32_t measures;
  const double *const *values;  /* [measures], each [sums->rows]; NaN: missing, of which a column of the tally tells */
} weeg_sum_values;

/*
 * Adds measures to the tally of such sums, which has none: those of weeg_tally_measure(), byte for byte, as a sum of weights
 * times a value is the value times their sum. *exact is false, and nothing is added, where that is not so: products have digits
 * that weeg_tally_measure() cuts off row by row, or their unit does not follow from `largest`. An infinite value is
 * WEEG_ERR_ARGUMENT with WEEG_FAULT_INFINITE: where = the row of sums, facts.number = the measure.
 */
weeg_status weeg_tally_measure_sums(const weeg_sum_values *of, weeg_tally *tally, bool *exact, weeg_error *err);

/* A tally with the numbers of another (its units, cells and scale), and room for as many entries: all are 0. */
weeg_status weeg_tally_new(const weeg_tally *like, weeg_tally **tally, weeg_error *err);

/*
 * A tally, renumbered: its unit u becomes unit[u], its cell c becomes cell[c] (-1 drops the cell), its measure k becomes
 * measure[k] (-1 drops it; the others become 0 .. without gaps). NULL: they stay.
 */
typedef struct weeg_summand {
  const weeg_tally *tally;
  const int32_t *unit, *cell, *measure;
} weeg_summand;

/*
 * The sum of tallies; b, or its tally, may be NULL. This is how tallies are merged and how variables are summed out. Both have
 * as many measures, after renumbering.
 */
weeg_status weeg_tally_merge(const weeg_summand *a, const weeg_summand *b, int32_t units, int32_t cells, weeg_tally **tally,
                             weeg_error *err);

/*
 * Whether the rows of a seem to be in `sum` twice, where sum is a, renumbered like this, and another tally: each entry of a has
 * twice its n and its w in sum, and the units of a have no others. So it is where the other tally is a itself, or a sum that a is
 * in. Of fewer than 20 entries never: those of two samples can be alike by chance.
 */
weeg_status weeg_tally_twice(const weeg_tally *sum, const weeg_summand *a, bool *twice, weeg_error *err);

/*
 * Gives all rows of unit u the weight unit_weight[u] (0 where it has no rows): the sums become those that weeg_tally_build()
 * makes of rows with these weights. WEEG_ERR_WEIGHT (where = the unit) as weeg_check_weights.
 */
weeg_status weeg_tally_weigh(weeg_tally *tally, const double *unit_weight, weeg_error *err);

void weeg_tally_free(weeg_tally *tally);

/*
 * Whether the entries of a tally that comes from elsewhere are what all functions rely on: units, cells and sums within their
 * ranges, 2^40 rows at most, and sorted if `ordered` (weeg_tally_merge does not need that). WEEG_ERR_ARGUMENT (where = entry).
 */
weeg_status weeg_tally_check(const weeg_tally *tally, bool ordered, weeg_error *err);

/* Totals over units: n[cells] and w[cells] (either may be NULL). */
weeg_status weeg_tally_totals(const weeg_tally *tally, int64_t *n, double *w, weeg_error *err);

/* ---- places in a table ------------------------------------------------------------------------------------------ */

/*
 * A table of groups by answers, and its layers where it has some: where each cell of a tally belongs. Its rows count where all
 * that there are are known. Places that are not below the number there is room for are WEEG_ERR_ARGUMENT, where = the cell.
 */
typedef struct weeg_places {
  const int32_t *group;   /* [cells] 0 .. groups - 1, or -1: missing. NULL: all cells are in one group, whatever `groups` is */
  int32_t groups;
  const int32_t *answer;  /* [cells] 0 .. answers - 1, or -1. NULL: all have one answer */
  int32_t answers;
  const int32_t *layer;   /* [cells] 0 .. layers - 1, or -1. NULL: no layers */
  int32_t layers;
} weeg_places;

/* ---- rows of files as a tally ----------------------------------------------------------------------------------- */

/* Combinations of `width` codes, numbered in order of appearance. All zero but the width to begin with. */
typedef struct weeg_combos {
  int32_t width, count;
  int32_t *key;      /* [count][width] */
  int64_t *first;    /* [count] the row where it appeared */
  int64_t *rows;     /* [count] */
  struct weeg_combos_table *table; /* by which they are looked up */
} weeg_combos;

/* Numbers some rows, the first of which is row `row` of the file, by their codes[width] (0 up): number[rows], from 1. */
weeg_status weeg_combos_number(weeg_combos *combos, const int32_t *const *codes, int64_t row, int64_t rows, int32_t *number,
                               weeg_error *err);
void weeg_combos_clear(weeg_combos *combos);

/*
 * Rows become a tally while they are read. Windows of rows are tallied by the codes that the file has so far, and the tallies
 * added: memory depends on the number of distinct combinations, not on the rows. Sums are exact, so that the windows
 * cannot be seen in the result (except where weights are less than 2^-18 of the largest one: these may lose their last
 * bits; and where the largest product of weight and value is in a later window, beyond another power of 2^16: products are cut
 * to 2^-70 of it or less, and those of earlier windows were cut to less). Units are the combinations of strata and clusters,
 * cells those of codes: what they mean, a sample design and
 * levels, is known when all rows were read; weeg_tally_merge() then renumbers them.
 *
 * The caller sets the first part, to be borrowed, and the rest to zero; hands weeg_stream_rows to a reader as its sink, with
 * the stream as ctx; then calls weeg_stream_end; and at last, in any case, weeg_stream_clear.
 */
typedef struct weeg_stream {
  int32_t variables, keys, fpcs;
  const int32_t *variable;      /* [variables] fields, read as codes */
  const bool *measured;         /* [variables] which are read as numbers, and become measures; NULL: none */
  const int32_t *key;           /* [keys] fields of strata and clusters, read as codes */
  const int32_t *fpc;           /* [fpcs] fields of population sizes, a stage each, read as numbers: one per unit */
  int32_t weight;               /* field, read as numbers; -1: all weights are 1 */
  bool element;                 /* sums of squared weights are wanted */
  /* codes of a field that were met so far; field -1: classes */
  int32_t (*code_count)(void *ctx, int32_t field);
  /* one more variable behind the others, of rows from .. from + rows - 1 of a chunk: number[rows], from 1. NULL: none */
  weeg_status (*classify)(void *ctx, const weeg_chunk *chunk, int64_t from, int64_t rows, int32_t *number, weeg_error *err);
  void *ctx;
  const weeg_hooks *hooks;

  int64_t count;                /* rows that came */
  weeg_combos units;            /* of strata and clusters */
  double *fpc_of;               /* [units.count][fpcs] */
  int64_t *unit_row, *unit_line; /* [units.count] the first row of each, among all, and its line; 0: it has none */
  weeg_error odd_fpc;           /* WEEG_ERR_FPC: the first row whose population size is not that of its unit */
  weeg_tally *tally;            /* after weeg_stream_end; NULL: there were no rows */
  int32_t *levels;              /* [variables, + 1 with classes] codes that its cells are numbered by */

  struct weeg_stream_window *window; /* rows that wait */
} weeg_stream;

/*
 * A sink of rows; ctx: the stream. WEEG_ERR_TOO_LARGE (cells). After a weight that is none, rows are looked at for others only.
 * A stratum or cluster that is missing (0 in units.key), or population sizes that differ, are for weeg_sample_find() to say.
 */
weeg_status weeg_stream_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err);
/* When all came. WEEG_ERR_WEIGHT: the first weight that is none, with its line, and how many there are. */
weeg_status weeg_stream_end(weeg_stream *stream, weeg_error *err);

/*
 * What weeg_sample_find() says of the units of a stream, each as a row, as said of the rows that came: err is of the row and line
 * where a unit began, or the odd population size where this comes first. Gives its code, WEEG_OK where nothing is wrong.
 */
weeg_status weeg_stream_said(const weeg_stream *stream, weeg_status status, weeg_error *err);

/* What codes and combinations mean, once it is known. */
typedef struct weeg_stream_levels {
  const int32_t *const *level;  /* [variables][codes + 1] the level, from 1, of each code; below 1: missing */
  const int32_t *levels;        /* [variables] how many there are */
  const int32_t *class_place;   /* [classes] the place of each class, from 0; -1: its rows are left out. NULL: all have 0 */
  int32_t class_places;         /* more than 1: the last variable, with missing as its last place; else classes are summed */
  const int32_t *unit;          /* [combinations] the unit of the tally, from 0; NULL: the combination */
  int32_t units;
  bool clusters;                /* units are clusters, also where the stream took rows for elements: no squares of weights */
} weeg_stream_levels;

/*
 * After weeg_stream_end, the tally by levels and units of what was read. level[v] of a measure is {0, 1}. An infinite value of a
 * row with a weight that is not left out is an error as of weeg_tally_measure(), with its row and line.
 */
weeg_status weeg_stream_finish(const weeg_stream *stream, const weeg_stream_levels *by, weeg_tally **tally, weeg_error *err);
void weeg_stream_clear(weeg_stream *stream);

/* ---- SPSS files ------------------------------------------------------------------------------------------------- */

/*
 * What the numbers of a variable stand for, by its format: dates (DATE, ADATE, EDATE, SDATE, JDATE, and of the first day MOYR,
 * QYR, WKYR) are whole days since 1970-01-01, DATETIME and YMDHMS are seconds since then in UTC, TIME, DTIME and MTIME are
 * seconds, to the microsecond; all others are numbers.
 */
typedef enum weeg_kind { WEEG_KIND_NUMBER, WEEG_KIND_DATE, WEEG_KIND_DATETIME, WEEG_KIND_TIME } weeg_kind;

/* As text: 2020-12-31, 2020-12-31 23:59:59, 23:59:59; a number in so many digits. */
void weeg_kind_show(weeg_kind kind, double value, int digits, char *to, size_t size);
/* Such a text (seconds may be left out) as a value; a date alone as kind DATE, which *kind then says. False: it is none. */
bool weeg_kind_read(const char *text, weeg_kind *kind, double *value);

/* A number, or in a text variable a text (UTF-8) without the blanks that it was filled up with. */
typedef struct weeg_sav_value { double number; char *text; } weeg_sav_value;

typedef struct weeg_sav_variable {
  char *name, *label;       /* label NULL: none */
  char *label_set;          /* name of its value labels within the file; "" without */
  bool text, ordinal;
  weeg_kind kind;           /* of its numbers, those of ranges and labels too */
  int32_t ranges;           /* of user-missing values */
  weeg_sav_value *low, *high;
  int32_t labels;           /* value labels */
  weeg_sav_value *value;    /* [labels] */
  char **value_label;       /* [labels] */
  bool plain;               /* of several sources (weeg_waves_source): no SPSS file has it; text as CSV files have it */
} weeg_sav_variable;

/* A multiple-response set: variables that are answers to one question. */
typedef struct weeg_sav_set {
  char *name, *label;       /* "$media"; label NULL: none */
  bool categories;          /* each variable holds an answer; else each is an item, named where it has the counted value */
  bool value_labels;        /* items are called by the label of the counted value, not by that of the variable */
  char *counted;            /* as text; "" of categories */
  int32_t count;
  int32_t *variable;        /* [count] numbers from 0 */
} weeg_sav_set;

/* What a .sav, .zsav or .por file says about itself; made by weeg_sav_open() alone. */
typedef struct weeg_sav {
  char *path;
  bool portable;            /* .por */
  int32_t variables;
  weeg_sav_variable *variable;
  int32_t weight;           /* the variable that SPSS weights by; -1: none */
  int32_t sets;             /* MRSETS */
  weeg_sav_set *set;
} weeg_sav;

/* Whether the core was built with ReadStat. Without it, all of these are WEEG_ERR_FILE, saying how to get it. */
bool weeg_sav_available(void);

/*
 * Opens a file by its name (.por, else .sav or .zsav). ReadStat works in a process of its own: should it crash on a damaged
 * file, that is WEEG_ERR_FILE too.
 */
weeg_status weeg_sav_open(const char *path, const weeg_hooks *hooks, weeg_sav **sav, weeg_error *err);
void weeg_sav_close(weeg_sav *sav);

/*
 * Reads the wanted variables once and hands their rows to a sink, in memory that depends on the distinct values of those that
 * are read as codes, not on the rows. System-missing and user-missing values are code 0, or NaN. Distinct values are kept with
 * `sav` until it is read again. WEEG_ERR_FILE is about the file, and came after any rows before the damage.
 */
weeg_status weeg_sav_read(weeg_sav *sav, const weeg_fields *fields, weeg_sink sink, void *ctx, weeg_error *err);

/* Distinct values of a field (from 0) of the last read, so far: their number, and the one with a code (borrowed). */
int32_t weeg_sav_values(const weeg_sav *sav, int32_t field);
const weeg_sav_value *weeg_sav_value_of(const weeg_sav *sav, int32_t field, int32_t code);
/* Whether a value is one that the file declares to be missing. */
bool weeg_sav_is_declared(const weeg_sav_variable *variable, const weeg_sav_value *value);

/*
 * A variable of all rows, or its levels alone. As codes, levels are the labelled values and the others that occur, by size
 * (text bytewise), shown by their labels, or the value where there is none; two values with one label are distinguished
 * by the value. System-missing and user-missing values are code 0, or NaN.
 */
typedef struct weeg_sav_column {
  int64_t rows;
  weeg_code_type type;
  void *codes;         /* [rows], NULL for numbers and where there are levels alone */
  double *numbers;     /* [rows], NULL for codes */
  weeg_texts levels;
  double *number;      /* [levels.count] their values; NULL of a text variable */
  weeg_texts texts;    /* likewise of a text variable */
  bool scale;          /* its levels are numbers: some have no label, or all labels have numbers that rise, as "round 1" */
} weeg_sav_column;

/*
 * The levels of a field of the last read that was read as codes, as a column without rows; level[values + 1] gets the level,
 * from 1, of each code that the sink was given, and 0 for code 0.
 */
weeg_status weeg_sav_levels(const weeg_sav *sav, int32_t field, weeg_sav_column *column, int32_t *level, weeg_error *err);

/* Reads the wanted variables, in one pass, into columns[fields->count] (to be cleared by weeg_sav_column_clear). */
weeg_status weeg_sav_collect(weeg_sav *sav, const weeg_fields *fields, weeg_sav_column *columns, weeg_error *err);
void weeg_sav_column_clear(weeg_sav_column *column);

/* ---- tally files ------------------------------------------------------------------------------------------------ */

typedef struct weeg_variable {
  char *name;
  char *label;       /* NULL: none */
  bool ordered;      /* its levels have an order */
  bool number;       /* its levels are numbers, by size */
  bool measure;      /* its level is that a value is known, of which the tally has sums: the next of its measures */
  weeg_texts levels;
  double *values;    /* [levels.count] the numbers, rising, where levels have other names (labels, dates); else NULL */
} weeg_variable;

/* Labels of a later stage of the design. */
typedef struct weeg_stage_names {
  weeg_texts strata;  /* [strata] within the units of the stage before; a count of 0: without strata */
  weeg_texts units;   /* [units] within strata */
} weeg_stage_names;

/*
 * A tally with its design and all names: what a tally file holds. The design has no calibration and no replicates. `notes`
 * are keys and values by turns, which the core keeps and does not read.
 */
typedef struct weeg_labelled_tally {
  int32_t variables;
  weeg_variable *variable;  /* [variables] */
  weeg_texts strata;        /* labels [design.strata] */
  weeg_texts psus;          /* labels [design.psus] */
  weeg_texts notes;
  weeg_design design;       /* its arrays belong to the object */
  weeg_tally tally;         /* likewise */
  weeg_stage_names *stages; /* [design.later] */
} weeg_labelled_tally;

/*
 * The bytes of a tally file (to be released by weeg_free) and back. Everything read is checked: the checksum, every size
 * against the bytes that are there, every number against its range, every text for UTF-8, entries for their order.
 * Whatever the bytes, the result is a tally that all functions take, or WEEG_ERR_FILE with what is wrong.
 *
 * The format: all numbers little-endian, doubles as IEEE 754, a text as its length in bytes (u32) and UTF-8. Version 2 is
 * version 1 with given degrees of freedom, version 3 is version 2 with unequal probabilities, version 4 is version 3 with
 * measures; a tally has the first version that holds it.
 *
 *     89 57 47 54 0d 0a 1a 0a    so that a transfer as text is noticed
 *     u32 version, u64 length of the body, body, u64 CRC-64 (as in .xz) of all before it
 *     body: notes:      u32 count (even), texts
 *           variables:  u32 count; of each: text name, u8 flags (1 ordered, 2 number, 4 has a label, 8 has values; from
 *                       version 4 on 16 measure, which has one level and of the others at most a label), text label if it has
 *                       one, u32 levels, texts, no two alike, values if it has them: rising doubles
 *           design:     u8 flags (1 element, 2 lonely rule in domains too, 4 finite population, 8 later stages, 16 unequal
 *                       probabilities), u8 weeg_lonely, u8 weeg_df_rule; from version 2 on u32 given df, less than 2^31; if
 *                       unequal u8 weeg_pps; u32 strata; of each: text, u64 sampled PSUs (rows when element), double
 *                       population if there is one (+Inf: with replacement); unless element: u32 PSUs; of each: text,
 *                       u32 stratum + 1 (0: a PSU without rows), double probability if unequal; if there are later stages:
 *                       u32 how many; of each: u8 flags (1 element, 4 finite population, 8 its strata have names), u32 strata;
 *                       of each: text name if there is
 *                       one, u32 unit of the stage before, u64 sampled units, double population if there is one; unless
 *                       element: u32 units; of each: text, u32 stratum
 *           entries:    u32 scale (two's complement), u64 count; of each: u32 unit, u32 cell, u64 n, u64 hi, u64 lo of w,
 *                       and when element of w2: high hi, high lo, low hi, low lo
 *           measures:   where there are any: u32 scale of each (two's complement); of each entry for each measure u64 hi, u64 lo
 *                       of wy; when element, of each entry for each pair the product, u64 limbs, the highest first
 */
weeg_status weeg_tally_encode(const weeg_labelled_tally *x, uint8_t **bytes, int64_t *size, weeg_error *err);
weeg_status weeg_tally_decode(const uint8_t *bytes, int64_t size, weeg_labelled_tally **x, weeg_error *err);
void weeg_labelled_tally_free(weeg_labelled_tally *x);

/*
 * The same to and from a file, whose mode is 0600. Written as weeg_file_write_hooked does, with the design's hooks. At most
 * 2^31 bytes are read.
 */
weeg_status weeg_tally_write(const weeg_labelled_tally *x, const char *path, weeg_error *err);
weeg_status weeg_tally_read(const char *path, weeg_labelled_tally **x, weeg_error *err);

/*
 * Writes bytes to a file: under another name in the same folder (.weeg-PID-K), synced, and renamed, so that whatever
 * happens the old or the complete new file is there. After a failure the other one is removed; a process that is killed
 * leaves it, and it may be deleted. mode: its permissions, less the umask. A link is followed; what is no regular file (a
 * pipe, a device) is written to, once somebody reads it. WEEG_ERR_FILE for either where somebody else laid it in a sticky
 * folder for everybody. _hooked: the interrupt is polled while a pipe or a terminal keeps it waiting.
 */
weeg_status weeg_file_write(const char *path, const void *bytes, int64_t size, int mode, weeg_error *err);
weeg_status weeg_file_write_hooked(const char *path, const void *bytes, int64_t size, int mode, const weeg_hooks *hooks,
                                   weeg_error *err);

/* ---- samples ---------------------------------------------------------------------------------------------------- */

/* The columns of a stage of a sample. */
typedef struct weeg_sample_stage {
  const weeg_column *stratum;  /* NULL: without strata */
  const weeg_column *unit;     /* clusters; NULL, at the first stage if it is the only one: every row is a PSU */
  const double *fpc;           /* [rows] population sizes or fractions as weeg_find_fpc takes them; NULL: with replacement */
} weeg_sample_stage;

typedef struct weeg_sampled_stages {
  int64_t rows;
  const int64_t *repeats;           /* [rows] how many rows each stands for; NULL: one */
  int32_t stages;                   /* >= 1 */
  const weeg_sample_stage *stage;   /* [stages], from the first one on */
  bool nest;                        /* numbers of units start again in each stratum (in each unit of the stage before they may) */
  weeg_pps pps;                     /* not NONE: fpc of the first stage has the inclusion probabilities of PSUs, which it needs */
  bool every_stage;                 /* not only those up to the first one with replacement, behind which none counts */
  const weeg_hooks *hooks;
} weeg_sampled_stages;

/* The levels, from 0, that strata and units of a later stage have in their columns. */
typedef struct weeg_sample_levels {
  const int32_t *stratum;  /* [strata]; NULL: without strata */
  const int32_t *unit;     /* [units]; NULL: they are rows */
} weeg_sample_levels;

/* A sample. design: strata, units and population sizes of its stages; the rest of it is 0, for the caller to set. */
typedef struct weeg_sample {
  weeg_design design;
  weeg_column unit;         /* by which the rows are tallied: see weeg_design */
  const int32_t *pair_psu;  /* [design.psus] the number that each PSU has in its stratum, from 0; NULL: that is its number */
  const weeg_sample_levels *levels; /* [design.later] */
} weeg_sample;

/*
 * Finds the sample of rows. It borrows the columns. Units of the last of several stages are rows where there is one for each row.
 * Population sizes are sizes at all stages, or fractions at all: WEEG_FAULT_MIXED_STAGES (facts.stage has sizes, facts.number
 * fractions). Other errors as weeg_count_levels, weeg_find_strata and weeg_find_fpc; facts.stage is that of a later stage, whose
 * facts.unit, .stratum and .other are levels of columns where a unit is in two strata, and whose facts.row is one of the
 * stratum with more sampled units than there are. Inclusion probabilities that are missing, not in (0, 1] or not the same in all
 * rows of a PSU are WEEG_ERR_FPC of a row.
 */
weeg_status weeg_sample_find(const weeg_sampled_stages *of, weeg_sample **sample, weeg_error *err);
void weeg_sample_free(weeg_sample *sample);

/* ---- texts as levels ---------------------------------------------------------------------------------------------- */

/* How numbers are written: thousands as in weeg_csv_options, 0 where they are not apart. */
typedef struct weeg_numerals {
  char decimal, thousands;
} weeg_numerals;

/* Whether a text is a *number, and which. */
weeg_status weeg_text_number(const char *text, weeg_numerals how, bool *number, double *value, weeg_error *err);

/* What all texts of a column are. */
typedef enum weeg_text_kind {
  WEEG_TEXTS_LOGICAL, /* TRUE and FALSE, or there are none: both are levels */
  WEEG_TEXTS_PLAIN,   /* levels in order of their bytes */
  WEEG_TEXTS_WHOLE,   /* whole numbers up to 2^31 - 1, levels by size */
  WEEG_TEXTS_DIGITS,  /* whole numbers, some of them larger: levels have all digits, which may be more than a double has */
  WEEG_TEXTS_NUMBERS  /* other numbers, too: levels have 15 digits, 17 where two have the same 15 */
} weeg_text_kind;

typedef struct weeg_text_levels {
  weeg_text_kind kind;
  weeg_texts levels;
  double *value;  /* [levels.count] of numbers */
  int32_t *level; /* [count] of each text, from 1 */
} weeg_text_levels;

/* The levels of the distinct texts of a column; plain: whatever they are, they are texts. */
weeg_status weeg_text_levels_find(const char *const *text, int32_t count, bool plain, weeg_numerals how,
                                  weeg_text_levels **levels, weeg_error *err);
void weeg_text_levels_free(weeg_text_levels *levels);

/* Whether levels are numbers[levels->count] as they are written, in 15 digits or 17. */
bool weeg_says_numbers(const weeg_texts *levels, const double *number);

/* Whether a label is that of a text that is a whole number: without + and zeros in front. */
bool weeg_same_digits(const char *text, const char *label);

/* ---- sources of rows -------------------------------------------------------------------------------------------- */

/* What the codes of a field are: a variable of its own, and the level, from 1, of each code; 0 of 0, which is missing. */
typedef struct weeg_field_levels {
  weeg_variable variable;
  bool labelled;     /* its levels have labels in the source: there are no others */
  bool many;         /* it has more values than weeg_field.most, and no levels: since that was known, each value has code 1 */
  weeg_kind kind;    /* of many values: what all of them are; WEEG_KIND_NUMBER where variable.number says so, else no one kind */
  int32_t *level;    /* [codes + 1] */
} weeg_field_levels;

void weeg_field_levels_clear(weeg_field_levels *levels);

/*
 * Where rows come from: a file, a table of a database, a stream of batches. What takes a source does not know which it is. Fields
 * are those of the last read, from 0.
 */
typedef struct weeg_source {
  void *ctx;
  int32_t columns;
  const char *(*name)(const void *ctx, int32_t column);  /* in UTF-8, borrowed; a name may occur twice */
  /* Hands all rows to a sink, in the same order every time, in memory that does not depend on their number. */
  weeg_status (*read)(void *ctx, const weeg_fields *fields, weeg_sink sink, void *to, weeg_error *err);
  /* Codes of a field, so far: also while rows come. */
  int32_t (*codes)(const void *ctx, int32_t field);
  weeg_status (*levels)(const void *ctx, int32_t field, weeg_field_levels *found, weeg_error *err);
  void (*close)(void *ctx);
  /* What a code of the last read, from 1, stands for (borrowed): a number or a text of an SPSS file, else a text as it is
     written. NULL: cannot be one of several (weeg_waves_source). */
  weeg_sav_value (*value)(const void *ctx, int32_t field, int32_t code);
  const weeg_sav *sav;      /* what SPSS files say of themselves, its variables the columns; NULL: it has none */
  weeg_numerals numerals;   /* how its texts write numbers */
} weeg_source;

/* An open file as a source, which alone closes it. Levels of texts are those of weeg_text_levels_find(). */
weeg_source weeg_csv_source(weeg_csv *csv);
weeg_source weeg_sav_source(weeg_sav *sav);
/* By the name of the file: .sav, .zsav and .por are SPSS files, any other a CSV file as it usually is. */
weeg_status weeg_source_open(const char *path, const weeg_hooks *hooks, weeg_source *source, weeg_error *err);
bool weeg_is_sav(const char *path);
/* Whole columns, as weeg_csv_collect(): codes of CSV files and of others alike, what they stand for is said by the source. */
weeg_status weeg_source_collect(const weeg_source *source, const weeg_fields *fields, weeg_csv_data **data, weeg_error *err);
/* The number of the only column of a name; -1: there is none, -2: there are several. */
int32_t weeg_source_find(const weeg_source *source, const char *name);

/* One of several sources that are read as one: rounds of a survey. The texts are copied. */
typedef struct weeg_wave {
  weeg_source source;
  const char *label;  /* its level of the variable of the wave: "2013" */
  const char *name;   /* of the file, for messages */
} weeg_wave;

/*
 * Sources as one, whose rows are theirs, one after the other. Column 0 is the wave, ordered as the sources are given; all of its
 * levels are levels, with rows or not. The others are those of any source, by name, in order of first appearance; rows of a
 * source without one are missing. What is read of a column has codes of its own:
 *   - where an SPSS file has it, by value. Texts of CSV files are values there by their label, else as they are;
 *   - where none has it (weeg_sav_variable.plain), by text, the numbers of files that write them otherwise with a point.
 * `sav` (NULL where no source is an SPSS file) has the labels of all; what all sources with a column declare to be missing as its
 * ranges, and a range for what only some do: such values are missing there alone. It has the weight where all SPSS files that
 * there are, and no other source, are weighted by a variable of one name, and sets that have the same items and counted value in
 * all SPSS files. A variable is ordinal where all SPSS files with it say so, and has the first label.
 *
 * WEEG_ERR_ARGUMENT: no sources, a label that is empty or occurs twice, a source that has a column with the name of the wave.
 * WEEG_ERR_FILE, before anything is read: a column that is wanted is text in one SPSS file and a number, or a date, in
 * another, or a value of it has two labels. And when all rows were handed on: a column of codes was numbers in one CSV file and
 * texts in another, unless all are texts (weeg_field.text), or a CSV file had a text that is neither a value nor a label of the
 * SPSS files (and is missing in the rows). weeg_waves_problem() says which. Errors of reading a source begin with its name. The
 * rows of other errors are those of all sources together: weeg_waves_file(); lines are those of the source.
 *
 * Closing it closes the sources; where it fails, they stay open.
 */
weeg_status weeg_waves_source(const weeg_wave *waves, int32_t count, const char *wave, weeg_source *source, weeg_error *err);
/* Which source, from 0, has row `row` (from 0) of the last read, and the row of all that is its first (NULL: is not asked). */
int32_t weeg_waves_file(const weeg_source *source, int64_t row, int64_t *first);
/* Why a column cannot be read, or could not in the last read; NULL: it can. */
const char *weeg_waves_problem(const weeg_source *source, int32_t column);
/* Rows that source `file` had in the last read. */
int64_t weeg_waves_rows(const weeg_source *source, int32_t file);

/* ---- tallies with names ----------------------------------------------------------------------------------------- */

/*
 * A tally and what its numbers stand for. All of it is borrowed: what functions make borrows from what it was made of, and
 * is released by weeg_frame_free before that.
 *
 * Notes are keys and values by turns, as in tally files. weeg_frame_join reads these: "conventions" (of package survey where
 * that is not said), "weights" (none: unweighted), "condition" (of the domain, one each), "sender" (who gave PSUs numbers of
 * their own), "data", "omitted" (rows) and "replicates" (their kind).
 */
typedef struct weeg_frame {
  int32_t variables;
  const weeg_variable *variable;  /* [variables] */
  weeg_texts strata, psus;        /* [design.strata], [design.psus]; only weeg_frame_join needs them */
  const weeg_stage_names *stages; /* [design.later], likewise */
  weeg_texts notes;
  weeg_design design;
  const weeg_tally *tally;
} weeg_frame;

/* The value of the note "weights" where these follow from the population sizes (weeg_fpc_weights), whatever the rows. */
#define WEEG_FPC_WEIGHTS "from fpc"

void weeg_frame_free(weeg_frame *frame);

/* The number of a variable; -1: there is none. */
int32_t weeg_frame_find(const weeg_frame *frame, const char *name);

/* Cells of a layout of variables, missing positions included; WEEG_ERR_TOO_LARGE above 2^31 - 1. */
weeg_status weeg_frame_cells(const weeg_variable *variable, int32_t variables, int32_t *cells, weeg_error *err);

/* The position of a variable in each cell: position[tally->cells], from 0, its number of levels where it is missing. */
void weeg_frame_positions(const weeg_frame *frame, int32_t variable, int32_t *position);

/*
 * Crosses the levels of variables, the last one fastest: place[tally->cells] of each cell, -1 where one of them is missing, and
 * how many *places there are: 1 for no variables.
 */
weeg_status weeg_frame_places(const weeg_frame *frame, const int32_t *which, int32_t count, int32_t *place, int32_t *places,
                              weeg_error *err);

/*
 * The places of a table: the first `groups` variables are crossed to groups, the next one is the answer, and others behind it are
 * crossed to layers. One block of memory, to be released by weeg_free.
 */
weeg_status weeg_frame_table(const weeg_frame *frame, int32_t groups, weeg_places **places, weeg_error *err);

/*
 * The same with cell c renumbered to cell[c] (-1: left out) of the layout of other variables, of which as many are measures and
 * in the same order; calibration and replicates too.
 */
weeg_status weeg_frame_recell(const weeg_frame *frame, const int32_t *cell, const weeg_variable *variable, int32_t variables,
                              weeg_frame **made, weeg_error *err);

/* Only these variables, in this order: the others are summed out. */
weeg_status weeg_frame_select(const weeg_frame *frame, const int32_t *which, int32_t count, weeg_frame **made, weeg_error *err);

/* Only the cells in the domain, inside[tally->cells]; its PSUs stay. */
weeg_status weeg_frame_domain(const weeg_frame *frame, const uint8_t *inside, weeg_frame **made, weeg_error *err);

/* A net: some answers as one, as "top 2". */
typedef struct weeg_net {
  int32_t variable;       /* whose levels */
  const uint8_t *inside;  /* [levels.count] are in it */
  const char *name;
} weeg_net;

/*
 * The levels of a variable that are in a net become one level of its name, the first, and all others a second one, "(others)";
 * missing stays missing. All statistics of the net are those of this table, which is that of the variable recoded so. Not for a
 * measure: WEEG_ERR_ARGUMENT.
 */
weeg_status weeg_frame_net(const weeg_frame *frame, const weeg_net *net, weeg_frame **made, weeg_error *err);

/* What becomes of rows in which a variable is missing. */
typedef enum weeg_missing {
  WEEG_MISSING_DOMAIN,  /* they are outside the domain of an estimate: nothing changes */
  WEEG_MISSING_OMIT,    /* they, and PSUs that have no others, were not sampled */
  WEEG_MISSING_LEVEL    /* each variable that has missing values gets a last level "(missing)", and then no order of levels */
} weeg_missing;

/*
 * Treats missing values. whole: the same tally without its domain, whose PSUs count as sampled; NULL: the frame itself. Rows of
 * multistage and calibrated designs cannot be omitted: WEEG_ERR_ARGUMENT, as for WEEG_FAULT_MISSING_LEVEL.
 */
weeg_status weeg_frame_treat(const weeg_frame *frame, const weeg_frame *whole, weeg_missing how, weeg_frame **made,
                             weeg_error *err);

/*
 * The sum of two tallies, matched by the labels of levels, strata and PSUs: those of a, then those of b that are new; levels that
 * are numbers by size. Weights that follow from the population sizes follow from those of the sum. Where two tallies cannot be
 * added, and where all rows of one seem to be in the other (weeg_tally_twice), WEEG_ERR_ARGUMENT with a weeg_fault.
 */
weeg_status weeg_frame_join(const weeg_frame *a, const weeg_frame *b, weeg_frame **sum, weeg_error *err);

/* The levels of two variables together. */
typedef struct weeg_joined_levels {
  int32_t *a, *b;  /* the caller's, [levels.count] of each: the new numbers of its levels, from 0 */
  int32_t count;
  bool number;     /* whether they are numbers still: not where one label has two values or two have one */
} weeg_joined_levels;

/* Joins them as weeg_frame_join does. */
weeg_status weeg_join_levels(const weeg_variable *a, const weeg_variable *b, weeg_joined_levels *joined, weeg_error *err);

/* Whether its levels have an order: those of ordered variables and of numbers do, and two levels do. */
bool weeg_has_order(const weeg_variable *variable);

/* The number that a level (from 0) is or stands for; where levels are none, 1, 2, ... */
double weeg_level_score(const weeg_variable *variable, int32_t level);

/* ---- surveys ----------------------------------------------------------------------------------------------------- */

/* A tally and the design of its sample: what every figure is computed from. Both are borrowed. */
typedef struct weeg_survey {
  const weeg_tally *tally;
  const weeg_design *design;
} weeg_survey;

/* ---- variance --------------------------------------------------------------------------------------------------- */

/* A number of few bits that is near a mean, significand * 2^exponent, and what the mean has beyond it. */
typedef struct weeg_centre {
  int64_t significand;
  int exponent;
  double beyond;
} weeg_centre;

/*
 * Sums over rows of p - mean v, p the weight times a measure, v the weight (base 0) or the weight times measure base - 1; mean is
 * in their units, that of the group of the cell.
 */
typedef struct weeg_deviations {
  int32_t measure, base;
  const weeg_centre *centre;  /* [groups] */
  const int32_t *group;       /* [cells]; -1: none, the sum is not looked at */
} weeg_deviations;

/*
 * A statistic's linearisation: a row of weight w in cell c has score w * coef for each output it touches. Compressed by
 * cell: cell c touches outputs index[start[c]] .. index[start[c + 1] - 1] with those coefficients.
 */
typedef struct weeg_scores {
  int32_t cells;
  int32_t outputs;
  const int64_t *start;  /* [cells + 1] */
  const int32_t *index;
  const double *coef;
  /*
   * Outputs that are ratios to a sum of weights, for replicates: output o has as its base the cells c with
   * cell_base[c] == output_base[o]; coef is relative to the base's sum of weights. bases == 0: no ratios.
   */
  int32_t bases;
  const int32_t *cell_base;    /* [cells] 0 .. bases - 1, or -1 */
  const int32_t *output_base;  /* [outputs] */
  /*
   * What the coefficients were computed of, where they are differences of larger numbers: the sum over rows of weight times
   * the sizes of the terms. NULL: the coefficients themselves. Rounding errors are a part of it.
   */
  const double *size;          /* [outputs] */
  /*
   * What the coefficients are multiplied by, entry by entry, in place of the sums of weights: sums of other numbers over its
   * rows, and where rows are PSUs, of the squares of their deviations from their mean. Both or neither is NULL. What these are is
   * in `deviations`: calibrated weights and replicates have sums of their own. Without it, with them: WEEG_ERR_ARGUMENT.
   */
  const double *value;         /* [entries] */
  const double *within;        /* [entries], looked at when element */
  const weeg_deviations *deviations;
} weeg_scores;

/* The domains of a tally, and those that outputs are about: an output has scores in cells of its own domain only. */
typedef struct weeg_domains {
  const int32_t *cell;    /* [cells] 0 .. count - 1, or -1: its scores are passed over */
  int32_t count;
  const int32_t *output;  /* [outputs] 0 .. count - 1 */
} weeg_domains;

/*
 * Taylor variances of all outputs: variance[outputs]. A domain's strata are those with rows in its cells.
 * NaN where every stratum of the domain is lonely under WEEG_LONELY_AVERAGE, where it passes the largest number, and where a
 * form of weeg_pps is below 0. A
 * variance that is 0 but for rounding, by a bound from the sizes of all that was summed, is 0; in a covariance matrix, its row
 * and column are.
 *
 *     v = sum_h (1 - n_h/N_h) n_h/(n_h - 1) sum_j (z_hj - mean_h)^2            Wolter (2007), eq. 6.2 and 1.4
 *
 * With later stages, plus sum_hj (n_h/N_h) v_hj, v_hj the same within PSU j (Cochran 1977, chapter 11; Sarndal, Swensson
 * and Wretman 1992, section 4.3). The rule for single-PSU strata then applies to each stage, within each unit of the
 * previous one.
 */
weeg_status weeg_variance(const weeg_survey *survey, const weeg_scores *scores, const weeg_domains *domains, double *variance,
                          weeg_error *err);

/* The full covariance matrix [outputs * outputs] (symmetric) of outputs that share one domain (cells with use[c]). */
weeg_status weeg_covariance(const weeg_survey *survey, const weeg_scores *scores, const uint8_t *use, double *covariance,
                            weeg_error *err);

/*
 * Design degrees of freedom per domain, by the rule of the design: PSUs minus strata of the first stage, among rows of
 * non-zero weight in its cells, or among all sampled PSUs. Where the design gives them, those: 0 of a domain without rows.
 * df[domains].
 */
weeg_status weeg_design_df(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, int64_t *df, weeg_error *err);

/*
 * Whether a design has what the law of WEEG_DF_EFFECTIVE needs: clusters drawn with equal probabilities, variances that are
 * between these rather than by replicates, and no given degrees of freedom.
 */
bool weeg_has_law(const weeg_design *design);

/*
 * Whether each domain has a variance of its own: has[domains], 1 where it has no rows. The scores of a ratio, such as a
 * proportion, sum to 0 over its domain. Where that lies in one PSU (a row without clusters), the PSU's score is their sum: the
 * variance of the proportion is 0 whatever the truth, and the sample has nothing to estimate it from. The same holds where
 * the rule for single-PSU strata leaves out all strata of the domain. It does not where the stratum is sampled
 * completely (a finite population): then only later stages contribute. Treating the proportion of such a domain as known
 * would be wrong: weeg_proportions and others withhold the variance, and comparisons do not exist (NO_VARIANCE).
 *
 * It asks for less than degrees of freedom: a domain with one PSU in each of several strata has none, but a variance.
 *
 * With given replicate weights PSUs are not known: a domain counts as one PSU where the replicate weights of its rows are in
 * proportion, to 1e-3 of their length. Where what they span is not known (WEEG_RANK_BOUND), the replicates' totals of its cells
 * are looked at, to 1e-5: those of calibrated margins cannot be told from those of one PSU then.
 */
weeg_status weeg_own_variance(const weeg_survey *survey, const int32_t *domain_of, int32_t domains, uint8_t *has,
                              weeg_error *err);

/*
 * Levels of the margins of a table of groups by answers whose part of it has no variance: their rows have none by
 * weeg_own_variance, and are in two or more cells of the table. Contrasts between these have scores that
 * sum to 0 over the PSU, however much the level differs from the others, so a test of independence does not exist. (A level
 * in one cell, with one row for instance, has no such contrast.) alone[groups + answers]: groups, then answers.
 */
weeg_status weeg_levels_alone(const weeg_survey *survey, const weeg_places *places, uint8_t *alone, weeg_error *err);

/* ---- replicates ------------------------------------------------------------------------------------------------- */

/*
 * Replicate weights, as far as the tally's cells need them. Where a design has them, weeg_variance and weeg_covariance are
 *
 *     v = scale * sum_r rscales_r (theta_r - centre)^2                                        Wolter (2007), chapter 3
 *
 * with theta_r the output of replicate r, sum_c totals_rc coef_c, for ratios times T / T_r, the base's sums of weights by
 * the weights and by the replicate: for a proportion that is exactly p_r - p. The centre is the output of the weights
 * (mse), or the mean of the replicates with rscales > 0. A replicate that gives a base the sum 0 is left out for the
 * outputs of that base; where none is left, the variance is NaN.
 *
 * The degrees of freedom are the rank of the replicate weights of the domain's rows, minus 1, unless df gives them.
 */
typedef enum weeg_replicate_rank {
  WEEG_RANK_BOUND,  /* taken to be its upper bound, the smaller of the replicates and the rows of the domain */
  WEEG_RANK_CELLS,  /* of the basis rows basis_start[c] .. basis_start[c + 1] - 1 of the domain's cells */
  WEEG_RANK_UNITS,  /* of the basis rows of the domain's units: row u is that of unit u */
  WEEG_RANK_DESIGN  /* of multipliers of PSUs that have the same sum in every replicate in each stratum of the design */
} weeg_replicate_rank;

typedef struct weeg_replicates {
  int32_t count;               /* replicates, >= 2 */
  /*
   * Sum of the weights of replicate r in cell c at c * count + r. Behind these [cells * count] as many for each measure of the
   * tally: sums of weight times value.
   */
  const double *totals;
  double scale;                /* >= 0 */
  const double *rscales;       /* [count] >= 0 */
  bool mse;
  int64_t df;                  /* of every domain with rows; -1: by the rank */
  weeg_replicate_rank rank;
  const double *basis;         /* [rows * count]: they span what the replicate weights of the rows span */
  const int64_t *basis_start;  /* [cells + 1] */
} weeg_replicates;

/* How replicate weights were made that come with data. */
typedef enum weeg_replicate_type {
  WEEG_REPLICATES_BRR,
  WEEG_REPLICATES_FAY,
  WEEG_REPLICATES_JK1,
  WEEG_REPLICATES_JKN,
  WEEG_REPLICATES_JK2,
  WEEG_REPLICATES_BOOTSTRAP,
  WEEG_REPLICATES_SDR,
  WEEG_REPLICATES_ACS,
  WEEG_REPLICATES_OTHER
} weeg_replicate_type;

typedef struct weeg_replicate_method {
  weeg_replicate_type type;
  int32_t count;          /* replicates */
  double rho;             /* of WEEG_REPLICATES_FAY */
  const double *largest;  /* [count] the largest of each column of multipliers of the weights; NULL: columns are weights */
} weeg_replicate_method;

/*
 * What is usual for a type: fills scale and mse of `usual`, and rscales[count], as survey::svrepdesign() does. What must be given
 * is NaN: the scale of WEEG_REPLICATES_OTHER, the rscales of WEEG_REPLICATES_JKN where columns are weights.
 */
void weeg_replicate_defaults(const weeg_replicate_method *method, weeg_replicates *usual, double *rscales);

/* Refuses replicate weights that are missing or infinite: WEEG_ERR_WEIGHT, where = the row. Negative ones are allowed. */
weeg_status weeg_check_replicates(const double *const *replicates, int32_t count, int64_t rows, const weeg_hooks *hooks,
                                  weeg_error *err);

/* Columns of replicate weights. */
typedef struct weeg_replicate_columns {
  const double *const *replicates;  /* [count], each [rows] */
  int32_t count;
  const double *weights;            /* [rows]; NULL: 1, or none */
  int64_t rows;
} weeg_replicate_columns;

/* What makes it doubtful that columns are replicate weights. Numbers of columns are from 0, -1: none. */
typedef struct weeg_replicate_look {
  bool other_kind;      /* multipliers look like weights, or weights like multipliers, by the means of rows */
  bool weights_differ;  /* not all weights are the same */
  int32_t constants;    /* columns with the same value in all rows */
  int32_t constant;     /* the first of them */
  int32_t sames;        /* columns that are the weights, or less than half or more than twice these, in all rows alike */
  int32_t same;
  double same_ratio;
  int32_t odds;         /* other columns with a total below a fifth or above five times that of the weights */
  int32_t odd;
  double odd_ratio;
} weeg_replicate_look;

/* Looks at finite columns; weights == NULL: 1; multipliers: of the weights. */
weeg_status weeg_look_at_replicates(const weeg_replicate_columns *of, bool multipliers, weeg_replicate_look *look,
                                    weeg_error *err);

/* The cell of each row into cell[rows], -1 outside the domain, and the rows of each cell into counts[cells]. */
weeg_status weeg_replicate_cells(const weeg_rows *of, const weeg_hooks *hooks, int32_t *cell, int64_t *counts,
                                 weeg_error *err);

/*
 * Fills basis_start[cells + 1] with room for rows that span what the replicate weights of counts[c] rows span: all rows of
 * a small cell, a sketch (random sums of rows) of a large one. False, and only zeros, where that would take too much memory.
 */
bool weeg_replicate_basis(const int64_t *counts, int32_t cells, int32_t count, int64_t *basis_start);

/* Sums of replicate weights by cell, as in weeg_replicates. */
typedef struct weeg_replicate_sums {
  const int32_t *cell;         /* [rows] from weeg_replicate_cells */
  int32_t cells;
  double *totals;              /* [(1 + measures) * cells * count], the caller's to be filled */
  const int64_t *basis_start;  /* [cells + 1] from weeg_replicate_basis */
  double *basis;               /* [basis_start[cells] * count], likewise; NULL: no basis */
  int32_t measures;
  const double *const *values; /* [measures], each [rows]; NaN: missing */
} weeg_replicate_sums;

/*
 * One pass over the replicate weights. weights == NULL: the replicates are weights; else multipliers of these. The same for
 * any number of threads: each has some of the replicates.
 */
weeg_status weeg_replicate_totals(const weeg_replicate_columns *columns, const weeg_replicate_sums *to, const weeg_hooks *hooks,
                                  weeg_error *err);

/* What makes replicates of the weights of units: those of unit u are multiplied by factor[u * count + r] for replicate r. */
typedef struct weeg_multipliers {
  const double *factor;
  int32_t count;
} weeg_multipliers;

/* totals[(1 + tally->measures) * cells * count] of replicates that are made so. */
weeg_status weeg_replicate_multiply(const weeg_tally *tally, const weeg_multipliers *multipliers, const weeg_hooks *hooks,
                                    double *totals, weeg_error *err);

typedef enum weeg_bootstrap {
  WEEG_BOOTSTRAP_RAO_WU,  /* n_h - 1 PSUs with replacement, rescaled: Rao and Wu (1988), section 3.1 */
  WEEG_BOOTSTRAP_PRESTON  /* half of the PSUs without replacement, rescaled: Preston (2009), one stage */
} weeg_bootstrap;

/* How many replicates, and how they are drawn. */
typedef struct weeg_bootstrap_choice {
  weeg_bootstrap kind;
  int32_t count;
} weeg_bootstrap_choice;

/* The caller's random numbers: below() gives an integer from 0 to size - 1, each as likely. */
typedef struct weeg_random {
  int32_t (*below)(void *ctx, int32_t size);
  void *ctx;
} weeg_random;

/*
 * factor[psus * count] of bootstrap replicates of a design with clusters, as in weeg_multipliers; the first
 * replicates do not depend on how many there are. Strata with one PSU, or wholly sampled, have multiplier 1.
 */
weeg_status weeg_bootstrap_multipliers(const weeg_design *design, const weeg_bootstrap_choice *choice,
                                       const weeg_random *random, double *factor, weeg_error *err);

/* The kinds of replicates that are made, in the order of WEEG_WORDS_MADE_REPLICATES. */
typedef enum weeg_replication_kind {
  WEEG_REPLICATION_JKN,
  WEEG_REPLICATION_JK1,
  WEEG_REPLICATION_BRR,
  WEEG_REPLICATION_FAY,
  WEEG_REPLICATION_RAO_WU,
  WEEG_REPLICATION_PRESTON
} weeg_replication_kind;

typedef struct weeg_replication {
  weeg_replication_kind kind;
  double rho;                  /* of Fay's method: 0 <= rho < 1 */
  int32_t count;               /* of a bootstrap: >= 2; others have as many as the design asks for */
  const weeg_random *random;   /* of a bootstrap */
  double *multiplier;          /* of a bootstrap: NULL, or [psus * count] where its multipliers go */
} weeg_replication;

/* Replicates: multipliers as in weeg_replicate_multiply, and what weeg_replicates has of them. */
typedef struct weeg_made_replicates {
  int32_t count;
  double *multiplier;  /* [psus * count]; NULL: they are where the caller wanted them */
  double scale, *rscales; /* [count] */
  weeg_replicate_rank rank; /* WEEG_RANK_DESIGN, or WEEG_RANK_UNITS, whose basis the multipliers are */
} weeg_made_replicates;

/*
 * Makes replicates of a design with clusters and one stage: Wolter (2007), chapters 3 and 4. A stratum with one PSU, or wholly
 * sampled, is not replicated; the first is WEEG_ERR_LONELY_PSU (WEEG_FAULT_ONE_PSU) unless the design's rule says that it adds
 * nothing, and so is a design in which nothing varies. JKN has two other rules, as package survey: the average (scale is PSUs /
 * PSUs that are replicated or wholly sampled), and to adjust: each single PSU is left out in turn as if it and the other strata
 * were PSUs, those times S / (S - 1) for S strata, rscales (S - 1) / S times 1 - f. WEEG_ERR_ARGUMENT with
 * WEEG_FAULT_HAS_STRATA (JK1), _HAS_POPULATION and _NOT_TWO (half-samples; facts.stratum has facts.value PSUs);
 * WEEG_ERR_TOO_LARGE above a gigabyte (facts.value replicates).
 */
weeg_status weeg_replicates_make(const weeg_replication *how, const weeg_design *design, weeg_made_replicates **made,
                                  weeg_error *err);
void weeg_made_replicates_free(weeg_made_replicates *made);

/* ---- calibration ------------------------------------------------------------------------------------------------ */

/*
 * A design's record of the calibration of its weights to categorical margins: post-stratification, raking, linear and
 * logit calibration. A calibration cell is a combination of levels of the calibration variables that occurs; all its rows
 * have the same g, the calibrated weight divided by the original one.
 *
 * weeg_variance and weeg_covariance then take residuals instead of scores (Deville and Sarndal 1992, section 3): a row of
 * plain cell v and calibration cell k has the score coef_v - fitted_k, fitted the regression of the scores on the margins
 * with the original weights, over all rows of the sample; rows outside the domain have no v. All rows count as one domain.
 * The `tally` argument is the plain one that the scores are about. The calibration brings its own for the variance: where
 * rows are units, or there are measures, its cells are the pairs of v and k; else it has entries for v and entries for k, as sums
 * over units are linear.
 * With `dual` the regression is another one, as after several calibrations in turn: fitted = value times the sum over rows of
 * original weight, dual and score.
 */
typedef struct weeg_calibration {
  int32_t cells;               /* calibration cells */
  const double *g;             /* [cells] > 0 */
  int32_t columns;             /* rank of the margins' model */
  const int64_t *start;        /* [cells + 1] as in weeg_scores: a basis of the model, orthonormal in the original weights */
  const int32_t *index;
  const double *value;
  int64_t pairs;               /* combinations of v and k that occur */
  const int32_t *pair_visible; /* [pairs] v; -1: outside the domain */
  const int32_t *pair_place;   /* [pairs] k */
  const double *pair_weight;   /* [pairs] sums of calibrated weights; not used where v is -1 */
  const weeg_tally *tally;     /* by unit and cell; calibrated weights */
  const int32_t *visible;      /* [tally->cells] v; -1: none */
  const int32_t *place;        /* [tally->cells] k; -1: none */
  const double *dual;          /* like value; NULL: value itself */
  const int32_t *measure;      /* [measures] of the plain tally, their numbers in `tally`; NULL: the same */
} weeg_calibration;

/* Tallies of calibrated weights, of which the record is made; their entries may be in any order. */
typedef struct weeg_calibrated_tallies {
  int32_t shown;              /* cells v of the table */
  int32_t cells;              /* calibration cells k */
  const weeg_tally *crossed;  /* of the rows of the domain by cells v * (cells + 1) + k; no row with a weight has k = cells */
  const weeg_tally *outside;  /* of the other rows by k, of cells + 1; NULL: there is no domain */
  /* Both NULL: they are summed from those. Else, where rows are not units, those may have all rows in one unit. */
  const weeg_tally *plain;    /* of the rows of the domain by v, by unit */
  const weeg_tally *all;      /* of all rows by k, by unit */
} weeg_calibrated_tallies;

typedef struct weeg_calibrated {
  weeg_calibration calibration; /* all but g, columns, start, index, value and dual: the caller's to fill in */
  weeg_tally *plain;            /* by v, where it was not given */
} weeg_calibrated;

/* The record that variances need. WEEG_ERR_ARGUMENT (where = the entry) of rows that are in no calibration cell. */
weeg_status weeg_calibration_record(const weeg_calibrated_tallies *from, weeg_calibrated **made, weeg_error *err);
void weeg_calibrated_free(weeg_calibrated *made);

/* Categorical margins over the calibration cells. */
typedef struct weeg_margins {
  int32_t cells;
  int32_t margins;         /* >= 1 */
  int32_t columns;         /* levels of all margins together */
  const int32_t *column;   /* [cells * margins] the column of each margin that a cell is in; margins share no columns */
  const double *weight;    /* [cells] sums of original weights, > 0 */
  const double *target;    /* [columns] population counts, > 0 */
  const weeg_hooks *hooks; /* its interrupt is polled; NULL: nothing is */
} weeg_margins;

/* How g follows from u = x'lambda: Deville and Sarndal (1992), section 2, cases 1, 2, 6, 7. */
typedef enum weeg_calibration_method {
  WEEG_CALIBRATION_LINEAR,  /* 1 + u, cut off at the bounds (-Inf and Inf: none) */
  WEEG_CALIBRATION_RAKING,  /* exp(u), no bounds */
  WEEG_CALIBRATION_LOGIT    /* logistic between finite bounds */
} weeg_calibration_method;

typedef struct weeg_calibration_choice {
  weeg_calibration_method method;
  double lower, upper;  /* lower < 1 < upper bound g */
} weeg_calibration_choice;

typedef struct weeg_calibration_fit {
  bool converged;       /* deviation below 1e-10; else g is as far as it came: the margins cannot be met, or hardly */
  int32_t iterations;
  int32_t worst;        /* column with the largest deviation */
  double deviation;     /* |calibrated total - target| / target there */
} weeg_calibration_fit;

/* Finds g[cells]. Without bounds, linear calibration may give g <= 0: the caller's to refuse. */
weeg_status weeg_calibrate(const weeg_margins *margins, const weeg_calibration_choice *choice, double *g,
                           weeg_calibration_fit *fit, weeg_error *err);

/* A basis as in weeg_calibration. Its arrays are the caller's, released by weeg_free. */
typedef struct weeg_calibration_model {
  int32_t columns;
  int64_t *start;
  int32_t *index;
  double *value;
} weeg_calibration_model;

/* A basis of the margins' columns, orthonormal in the original weights, columns that depend on others left out. */
weeg_status weeg_calibration_basis(const weeg_margins *margins, weeg_calibration_model *basis, weeg_error *err);

/* What weights of rows are multiplied by. */
typedef struct weeg_calibration_factors {
  int32_t cells;
  const int32_t *cell;  /* [cells] calibration cell k is this cell of the layout of the columns of rows; ascending */
  const double *g;      /* [cells] */
  const weeg_hooks *hooks;
} weeg_calibration_factors;

/*
 * Calibrated weights of rows: calibrated[i] = weights[i] (1 when NULL) * g of the row's calibration cell, code[i] the
 * number of that cell from 1; both 0 for rows in none. A domain is not looked at.
 */
weeg_status weeg_calibrate_rows(const weeg_rows *of, const weeg_calibration_factors *factors, int32_t *code, double *calibrated,
                                weeg_error *err);

/* ---- reliability ------------------------------------------------------------------------------------------------ */

/*
 * A verdict on a proportion by the presentation standards of NCHS: Parker and others (2017), Vital and Health Statistics 2(175).
 * Its interval is WEEG_INTERVAL_BETA_NCHS at 95 %, whatever interval is reported. No rows or no estimate: WEEG_NO_ESTIMATE.
 */
typedef enum weeg_reliability { WEEG_SHOW, WEEG_REVIEW, WEEG_SUPPRESS, WEEG_NO_ESTIMATE } weeg_reliability;

/* The rule that decided, in the order in which they are applied. */
typedef enum weeg_reliability_rule {
  WEEG_RULE_NONE,
  WEEG_RULE_FEW_ROWS,     /* suppress: min(n, n_e) < 30, n_e = p(1-p)/v */
  WEEG_RULE_NO_INTERVAL,  /* suppress */
  WEEG_RULE_WIDE,         /* suppress: width of the interval >= 0.30 */
  WEEG_RULE_RELATIVE,     /* suppress: width > 0.05 and > 1.30 p */
  WEEG_RULE_FEW_DF,       /* review: df < 8 */
  WEEG_RULE_EXTREME,      /* review: p = 0 or 1 */
  WEEG_RULE_COMPLEMENT,   /* show: width > 0.05 and > 1.30 (1 - p) */
  /* of counts; FEW_DF and NO_INTERVAL as well */
  WEEG_RULE_FEW_COUNTED,  /* suppress: n < 10 */
  WEEG_RULE_WIDE_COUNT    /* suppress: width > 1.60 of the estimate */
} weeg_reliability_rule;

/* One plain English sentence fragment, never NULL; "" for WEEG_RULE_NONE. */
const char *weeg_reliability_text(weeg_reliability_rule rule);

/* As weeg_reason_code(), of rules; no rule has the code of a reason. Never NULL; "" for WEEG_RULE_NONE. */
const char *weeg_reliability_code(weeg_reliability_rule rule);

/* ---- estimates -------------------------------------------------------------------------------------------------- */

/* What is filled, group-major, of a table of groups by answers. Any may be NULL: it is not wanted. */
typedef struct weeg_estimates {
  int64_t *n;             /* [groups * answers] rows */
  double *weighted;       /* likewise sums of weights */
  double *estimate, *variance;
  int64_t *base_n;        /* [groups] rows that the estimates are shares of */
  int64_t *df;            /* [groups] design degrees of freedom */
} weeg_estimates;

/*
 * Weighted proportions of the answers within the groups (a group is a domain of its own).
 * An empty group has NaN estimates; a group without a variance of its own (weeg_own_variance) has NaN variances, but of
 * estimates 0 and 1. df counts all rows of the group, also those whose answer is missing, as survey does.
 *
 *     p = T_gk / T_g, scores (1[level = k] - p) / T_g                              Woodruff (1971); Wolter (2007), 6.3
 */
weeg_status weeg_proportions(const weeg_survey *survey, const weeg_places *places, const weeg_estimates *to, weeg_error *err);

/*
 * The full covariance [(groups * answers)^2] of the same proportions, all rows taken as one domain.
 */
weeg_status weeg_proportion_covariance(const weeg_survey *survey, const weeg_places *places, double *covariance,
                                       weeg_error *err);

/* A population total, with t limits. */
typedef struct weeg_total {
  int64_t n, df;
  double estimate, std_error;
  double low, high;      /* NaN both or neither */
  double cv;             /* std_error / |estimate|; NaN of an estimate of 0 */
  weeg_reason reason;    /* NO_VARIANCE, NO_DF, ZERO_VARIANCE or NONE */
  weeg_reliability verdict; /* by weeg_judge_totals */
  weeg_reliability_rule rule;
} weeg_total;

/*
 * Population totals of the answers in each group, totals[groups * answers], group-major; layers are not looked at. A variance of
 * 0 is withheld where all rows of the table together have none (weeg_own_variance). df counts all rows of the tally.
 */
weeg_status weeg_totals(const weeg_survey *survey, const weeg_places *places, double level, weeg_total *totals,
                        weeg_error *err);

/*
 * cv, verdict and rule of each, by its estimate, std_error, n (rows that it counts) and df: a count by the presentation
 * standards of NCHS, Parker and others (2023), Vital and Health Statistics 2(200). Their interval is that of the logarithm at
 * 95 %, whatever is reported: estimate exp(-+ t(df) std_error / estimate). No rows or no estimate: WEEG_NO_ESTIMATE.
 */
weeg_status weeg_judge_totals(weeg_total *totals, int64_t count, weeg_error *err);

/*
 * Limits on the scale of the logarithm in place of those that are there: with h half of their width,
 * estimate exp(-+ h / estimate). Where an estimate is not above 0 they become NaN, with the reason NO_LOGARITHM; limits without
 * width stay.
 */
void weeg_log_limits(weeg_total *totals, int64_t count);

/* The covariance matrix of population totals, [(groups * answers)^2], in the order of weeg_totals(). */
weeg_status weeg_total_covariance(const weeg_survey *survey, const weeg_places *places, double *covariance, weeg_error *err);

/* A figure of measures in a group. */
typedef struct weeg_mean {
  int64_t n, df;                /* rows with known values; df as weeg_proportions(), of totals as weeg_totals() */
  double weighted;              /* their sum of weights */
  double estimate, std_error;
  double low, high;             /* NaN both or neither */
  double df_used;               /* of the limits: df, or those of the law of few PSUs; see weeg_few */
  double cv;                    /* the standard error by the size of the estimate; NaN of 0 */
  weeg_reason reason;           /* EMPTY, NO_VARIANCE, NO_DF, ZERO_VARIANCE, LOST_DIGITS, ZERO_DENOMINATOR, cautions or NONE */
} weeg_mean;

typedef enum weeg_mean_figure {
  WEEG_FIGURE_MEAN,
  WEEG_FIGURE_RATIO,  /* of the totals of two measures */
  WEEG_FIGURE_TOTAL
} weeg_mean_figure;

/* Of which measure of the tally (from 0), a ratio by which other one, and at which confidence level. */
typedef struct weeg_mean_choice {
  int32_t measure;
  double level;
  weeg_mean_figure figure;
  int32_t denominator;  /* looked at for ratios */
} weeg_mean_choice;

/*
 * Means of a measure y, its ratios to another x, or totals: means[groups]. The answers of places say where values are known.
 * Score of a row: w (y - mean) / sum of w, w (y - ratio x) / sum of w x (Cochran 1977, eq. 6.5; Wolter 2007, section 6.3), each
 * group a domain; w y for totals, all groups together one domain, as for weeg_totals(). Deviations are evaluated from exact sums,
 * so that they keep their digits however large the mean is. The interval is the estimate plus and minus t standard errors, with
 * WEEG_DF_EFFECTIVE, of means and ratios, by the quantile of their law in samples of few PSUs: rows have one variance.
 */
weeg_status weeg_means(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice, weeg_mean *means,
                       weeg_error *err);

/* The same for several choices, by threads: means[choices * groups]. */
weeg_status weeg_means_each(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choices, int32_t count,
                            const weeg_hooks *hooks, weeg_mean *means, weeg_error *err);

/* As weeg_log_limits(). */
void weeg_log_mean_limits(weeg_mean *means, int64_t count);

/* The covariance matrix of these figures, [groups * groups], all groups one domain. */
weeg_status weeg_mean_covariance(const weeg_survey *survey, const weeg_places *places, const weeg_mean_choice *choice,
                                 double *covariance, weeg_error *err);

/* Design effect against simple random sampling with replacement: v / (p(1-p)/(n-1)); NaN for p = 0, p = 1, n < 2. */
double weeg_deff(double p, double v, int64_t n);

/* Effective sample size p(1-p)/v; n where p = 0 or p = 1; NaN where v = 0 otherwise: no number would be large enough. */
double weeg_n_effective(double p, double v, int64_t n);

/* ---- distributions ---------------------------------------------------------------------------------------------- */

/*
 * Tails and quantiles with relative error below 1e-12 (tails above 1e-300; shapes and degrees of freedom up to 1e9).
 * All return WEEG_ERR_ARGUMENT for parameters outside their range, WEEG_ERR_NUMERIC if an iteration does not converge.
 * Degrees of freedom may be fractional; +Inf is allowed for df of t and for df2 of F.
 */
weeg_status weeg_normal_quantile(double p, double *x, weeg_error *err);                      /* lower p in (0, 1) */
weeg_status weeg_t_tail(double t, double df, double *p, weeg_error *err);                    /* P(|T| > |t|) */
weeg_status weeg_t_quantile(double p, double df, double *t, weeg_error *err);                /* lower p in (0, 1) */
weeg_status weeg_chisq_tail(double x, double df, double *p, weeg_error *err);                /* P(X > x), x >= 0 */
weeg_status weeg_f_tail(double f, double df1, double df2, double *p, weeg_error *err);       /* P(F > f), f >= 0 */
weeg_status weeg_beta_cdf(double x, double a, double b, double *lower, double *upper, weeg_error *err);
weeg_status weeg_beta_quantile(double p, double a, double b, double *x, weeg_error *err);    /* lower p in [0, 1] */

/* sum_i lambda[i] X_i, X_i independent chi-squared_1; df < Inf: divided by Y/df, Y ~ chi-squared_df. */
typedef struct weeg_mixture {
  const double *lambda;  /* [count] >= 0, not all 0 */
  int32_t count;
  double df;             /* > 0 */
} weeg_mixture;

/* The probability that it is above x. Relative error below 1e-10 for tails above 1e-300, whatever the spread of lambda. */
weeg_status weeg_mixture_tail(double x, const weeg_mixture *of, double *p, weeg_error *err);

/*
 * The same tail by the saddlepoint approximation, 1 - Phi(w + log(v/w)/w), w = sign(s) sqrt(2 (s x - K(s))), v = s sqrt(K''(s)),
 * K'(s) = x, with K the cumulant generating function: Kuonen (1999), eq. 5; Barndorff-Nielsen (1990).
 */
weeg_status weeg_mixture_saddlepoint(double x, const weeg_mixture *of, double *p, weeg_error *err);

/* ---- intervals -------------------------------------------------------------------------------------------------- */

typedef enum weeg_interval_method {
  WEEG_INTERVAL_LOGIT,
  WEEG_INTERVAL_WALD,
  WEEG_INTERVAL_WILSON,
  WEEG_INTERVAL_BETA,            /* Korn-Graubard (1998), effective n not capped, as in survey */
  WEEG_INTERVAL_BETA_NCHS,       /* Korn-Graubard with the effective n capped at n (Parker and others 2017) */
  WEEG_INTERVAL_CLOPPER_PEARSON, /* exact binomial limits with n / deff for n, no adjustment for df */
  WEEG_INTERVAL_ARCSINE,
  WEEG_INTERVAL_AGRESTI_COULL,
  WEEG_INTERVAL_JEFFREYS         /* Beta(n_e p + 1/2, n_e (1 - p) + 1/2), n_e adjusted for df as in Korn-Graubard */
} weeg_interval_method;

typedef struct weeg_interval {
  double low, high;     /* NaN both or neither */
  weeg_reason reason;   /* NO_VARIATION, NO_DF, EMPTY, NO_VARIANCE or NONE */
} weeg_interval;

/* Clopper-Pearson limits for x successes in n trials (real numbers, 0 <= x <= n, n > 0): L(0) = 0, U(n) = 1. No reason. */
weeg_status weeg_clopper_pearson(double x, double n, double level, weeg_interval *limits, weeg_error *err);

/* ---- shares ----------------------------------------------------------------------------------------------------- */

/* A proportion as it is reported. */
typedef struct weeg_share {
  double estimate, variance;
  int64_t n, base_n, df;       /* rows with the answer; rows that it is a share of; degrees of freedom: see weeg_estimates */
  double weighted;
  double std_error, low, high; /* low and high NaN both or neither */
  double n_effective, deff;
  double df_used;              /* of the interval: df, or where Student's t has the quantile of WEEG_DF_EFFECTIVE; may be Inf */
  double quantile;             /* that one; 0: Student's with df */
  double largest;              /* with WEEG_DF_EFFECTIVE: the largest share of a PSU in the variance; else 0 */
  double kish_n;               /* with WEEG_DF_EFFECTIVE: Kish's effective number of rows, at most base_n; else 0 */
  double model_n;              /* with a quantile: the rows that it is worth by the working model, of PSUs whose rows are alike */
  weeg_reason reason;          /* of the interval */
  weeg_reliability verdict;
  weeg_reliability_rule rule;
} weeg_share;

typedef struct weeg_interval_choice {
  weeg_interval_method method;
  double level;
} weeg_interval_choice;

/* The proportions of weeg_proportions: shares[groups * answers], group-major. */
weeg_status weeg_shares(const weeg_survey *survey, const weeg_places *places, const weeg_interval_choice *choice,
                        weeg_share *shares, weeg_error *err);

/*
 * Of shares with estimate p, variance v (>= 0 or NaN), base_n (n) and df all that follows: what stands behind `weighted`.
 * Quantiles of limits are at 1-(1-level)/2.
 *
 *   n_e = p(1-p)/v; adjusted n_e = n_e [t(n-1)/t(df)]^2 (quantiles at 1-(1-level)/2)
 *   p = 0 or 1 (within 1e-12): every method gives Clopper-Pearson's limits with n rows, reason NO_VARIATION
 *   n = 0 or p NaN: NaN, EMPTY.  Else v NaN: NaN, NO_VARIANCE.  Else df < 1: NaN, NO_DF.  Else v = 0: [p, p], ZERO_VARIANCE.
 * Limits never leave [0, 1]. hooks: its interrupt is polled.
 */
weeg_status weeg_finish_shares(weeg_share *shares, int64_t count, const weeg_interval_choice *choice, const weeg_hooks *hooks,
                               weeg_error *err);

/* ---- quantiles -------------------------------------------------------------------------------------------------- */

/*
 * Values as codes: code[rows] from 1 by size, 0 where the value is NaN; *values, for weeg_free(), has the *count distinct ones in
 * order of size. -0 is 0; infinite values are values. WEEG_ERR_TOO_LARGE above 2^31 - 1 rows.
 */
weeg_status weeg_value_codes(const double *value, int64_t rows, int32_t *code, double **values, int32_t *count,
                             weeg_error *err);

/*
 * The cells of a layout that occur in the rows, for tables of which most cells are empty: code[rows] from 1 by cell, and *cells,
 * for weeg_free(), the *count cells in order. Takes 3/16 of a byte for each cell of the layout.
 */
weeg_status weeg_occurring_cells(const weeg_column *columns, int columns_count, int64_t rows, int32_t *code, int32_t **cells,
                                 int32_t *count, weeg_error *err);

/*
 * Which value is the quantile q of p; F(x) is the share of the weight of rows whose value is at most x. MATH: the smallest value
 * with F >= p. SCHOOL: the same, and half-way to the next where F = p. The others interpolate between rows, as definitions 4 to
 * 9 of Hyndman and Fan (1996), The American Statistician 50, with sums of weights for numbers of rows; rows with one value
 * have their mean weight.
 */
typedef enum weeg_quantile_rule {
  WEEG_QUANTILE_MATH,
  WEEG_QUANTILE_SCHOOL,
  WEEG_QUANTILE_HF4,
  WEEG_QUANTILE_HF5,
  WEEG_QUANTILE_HF6,
  WEEG_QUANTILE_HF7,
  WEEG_QUANTILE_HF8,
  WEEG_QUANTILE_HF9
} weeg_quantile_rule;

/*
 * How limits come from intervals (low, high) of shares. TEST: all x of which F(x), or the share below x, may be p: from the
 * smallest x with high(F(x)) >= p to the smallest with low(F(x)) > p (Francisco and Fuller 1991, Annals of Statistics 19), and
 * the quantile itself; where intervals widen on the way, one of the x where that changes. WOODRUFF: the quantiles, by the same
 * rule, of low(F(q)) and high(F(q)) (Woodruff 1952, JASA 47).
 */
typedef enum weeg_quantile_limits { WEEG_LIMITS_TEST, WEEG_LIMITS_WOODRUFF } weeg_quantile_limits;

typedef struct weeg_quantile_choice {
  const double *value;          /* [answers] what the answers are, in order of size */
  const double *probs;          /* [count] in [0, 1] */
  int32_t count;
  weeg_quantile_rule rule;
  weeg_quantile_limits limits;
  weeg_interval_choice interval; /* of shares */
} weeg_quantile_choice;

typedef struct weeg_quantile {
  int64_t n, df;       /* rows with a value; df as weeg_proportions() */
  double df_used;      /* as in weeg_share, of F(q) */
  double weighted;     /* sum of weights of those rows */
  double estimate;
  double std_error;    /* (high - low) / (2 t), with t the quantile that the interval of F(q) has */
  double low, high;    /* each NaN where the interval of shares reaches 0 or 1 (OPEN_LIMIT), as for p = 0 and p = 1 */
  weeg_reason reason;  /* EMPTY, OPEN_LIMIT, SAME_LIMITS, or what the interval of F(q) has */
} weeg_quantile;

/*
 * Quantiles of the answers in each group: to[groups * count], group-major. A share within 1e-12 of p is p. Variances, degrees of
 * freedom and intervals of shares are those of weeg_shares().
 */
weeg_status weeg_quantiles(const weeg_survey *survey, const weeg_places *places, const weeg_quantile_choice *choice,
                           weeg_quantile *to, weeg_error *err);

/* The rows of a sample. */
typedef struct weeg_survey_rows {
  const weeg_rows *rows;     /* of the layout of their columns, cells are in the groups that places have */
  const weeg_design *design; /* without calibration and replicates */
  const weeg_hooks *hooks;   /* of the passes over the rows; may be NULL */
} weeg_survey_rows;

/*
 * The same of rows, where most have a value of their own, so that a tally of the values would be as long as they are:
 * choice->value[rows] are their values, NaN: missing. Takes 16 bytes a row, and a few more.
 */
weeg_status weeg_row_quantiles(const weeg_survey_rows *survey, const weeg_places *places, const weeg_quantile_choice *choice,
                               weeg_quantile *to, weeg_error *err);

/* ---- tests of independence -------------------------------------------------------------------------------------- */

typedef enum weeg_test_method {
  WEEG_TEST_RAO_SCOTT_F,      /* second order, F(d0, d0 * df): Rao and Scott (1984), Thomas and Rao (1987) */
  WEEG_TEST_RAO_SCOTT_CHISQ,  /* first order, chi-squared with (r-1)(c-1) df */
  WEEG_TEST_WALD,             /* F = W / k on (k, df) */
  WEEG_TEST_ADJUSTED_WALD,    /* F = W (df - k + 1)/(k df) on (k, df - k + 1) */
  WEEG_TEST_RAO_SCOTT_LR,     /* second order, of the likelihood-ratio statistic G^2 in place of Pearson's X^2 */
  WEEG_TEST_SADDLEPOINT,      /* X^2 on sum delta_i chi-squared_1 over chi-squared_f / f, f = d0 * df: weeg_mixture_saddlepoint */
  WEEG_TEST_LINCOM,           /* the same distribution exactly: weeg_mixture_tail */
  WEEG_TEST_RAO_SCOTT_DEFF,   /* first order, by design effects of proportions alone: SAS's SURVEYFREQ. Independence only */
  /*
   * First order, X^2 / tr(V) with V the design covariance of residuals under independence, on its own distribution in samples of
   * few PSUs under a working model; df2 is that of an F distribution with this p-value. Goodness of fit: with residuals from
   * the specified proportions, df1 = answers - 1. Not given a third variable. RAO_SCOTT_F without clusters, with replicates and
   * with given degrees of freedom.
   */
  WEEG_TEST_RAO_SCOTT_EXACT,
  /*
   * The same statistic on F(df1, df1 d), d Satterthwaite's degrees of freedom of tr(V) under the working model. What
   * RAO_SCOTT_EXACT is where the margin that its model goes by has more than 16 levels, or has no law, as where one PSU alone
   * has rows.
   */
  WEEG_TEST_RAO_SCOTT_EFFECTIVE
} weeg_test_method;

/* How a table is tested. All zero: the usual. */
typedef struct weeg_test_choice {
  weeg_test_method method;
  bool null_proportions;       /* design effects are evaluated at the product of the margins, not at observed proportions */
  const double *group_score;   /* [groups], [answers] scores, for a trend (weeg_test_given); NULL: no order */
  const double *answer_score;
  const double *shares;        /* [answers] specified proportions: weeg_test_shares; NULL: equal ones */
} weeg_test_choice;

typedef struct weeg_test {
  double statistic, df1, df2, p_value;  /* df2 = NaN where the reference is chi-squared */
  double chisq;                         /* uncorrected Pearson X^2 on n complete rows */
  double delta_mean, delta_cv2;         /* mean and squared coefficient of variation of the design-effect eigenvalues */
  double cramers_v;                     /* sqrt(X^2 / (n min(r-1, c-1))): weighted proportions, no bias correction */
  int64_t n;
  int64_t df;                           /* design degrees of freedom */
  int32_t rows, columns;                /* with data */
  weeg_test_method method;              /* of independence and goodness of fit: the test that was done, see RAO_SCOTT_EXACT */
  weeg_reason reason;                   /* not NONE: statistic, df1, df2 and p_value are NaN */
} weeg_test;

/*
 * Tests independence of group and answer. Groups and answers without data are left out.
 * The design degrees of freedom count all rows of the tally, also those with a missing answer, as survey does.
 * NO_VARIANCE where weeg_levels_alone finds a level.
 *
 * WEEG_TEST_RAO_SCOTT_DEFF: X^2 / D on chi-squared with k = (r-1)(c-1) degrees of freedom
 * (delta_mean = D, delta_cv2 = NaN), with a design correction that needs only design effects of proportions,
 *
 *     k D = sum_rc (1 - p_rc) d_rc - sum_r (1 - p_r.) d_r. - sum_c (1 - p_.c) d_.c          Rao and Scott (1984)
 *
 * each against simple random sampling of n - 1 rows without replacement (the fraction sampled: PSUs in the sample over
 * PSUs in the population). null_proportions: p_r. p_.c in place of p_rc. Equal to the mean eigenvalue of
 * the other Rao-Scott tests only where the observed proportions are those under independence.
 */
weeg_status weeg_test_independence(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                                   weeg_test *test, weeg_error *err);

/*
 * Goodness of fit: tests whether the proportions of the answers, of all groups together, equal the specified
 * proportions shares[answers], of at least 1e-100, with sum 1. NaN: an answer that no row has, and that is left out.
 * WEEG_ERR_ARGUMENT: shares of another sum; a share (`where`, facts.value) below facts.limit; none for an answer (`where`)
 * with rows.
 * X^2 = n sum (p - q)^2 / q and Delta = n (diag(q) - qq')^-1 V: Rao
 * and Scott (1981), section 2. The Wald tests are of the first answers - 1 differences. rows is 1, cramers_v NaN. Groups and
 * layers are not looked at.
 */
weeg_status weeg_test_shares(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                             weeg_test *test, weeg_error *err);

/* What Wald tests are of: `size` residuals, or differences, with their covariance[size * size]. */
typedef struct weeg_test_residuals {
  weeg_test test;                /* statistic, df1, df2 and p_value are NaN */
  int32_t size;                  /* of independence (groups - 1)(answers - 1), of those with data; 0: nothing to test */
  double *estimate, *covariance; /* for weeg_free() */
} weeg_test_residuals;

/* The same residuals, for tests of several data sets: test has n, df, chisq, cramers_v, rows, columns, or a reason. */
weeg_status weeg_independence_residuals(const weeg_survey *survey, const weeg_places *places,
                                        weeg_test_residuals *to, weeg_error *err);

/* Scores of a level whose weighted mid-rank is r times the sum of weights: r, the normal quantile of r, or r > 1/2. */
typedef enum weeg_rank_score { WEEG_SCORE_RIDIT, WEEG_SCORE_NORMAL, WEEG_SCORE_MEDIAN } weeg_rank_score;

/*
 * Rank tests that the groups have the same distribution over ordered levels: Wald test of their weighted mean scores, ranks
 * taken as known, on F(k, df - k), k + 1 groups with data: Lumley and Scott (2013). Two groups: Wilcoxon (ridits),
 * van der Waerden (normal), Mood (median); more: Kruskal-Wallis. df counts the rows with both known, as survey does.
 * NO_VARIANCE where a group has no variance of its own (weeg_own_variance), so that its mean would be treated as known.
 */
weeg_status weeg_test_rank(const weeg_survey *survey, const weeg_places *places, weeg_rank_score kind, weeg_test *test,
                           weeg_error *err);

/*
 * The differences that it is of, with their covariance, for tests of several data sets: mean scores of the groups with data minus
 * that of the first of these. test has n, df, rows and columns, or a reason.
 */
weeg_status weeg_rank_differences(const weeg_survey *survey, const weeg_places *places, weeg_rank_score kind,
                                  weeg_test_residuals *to, weeg_error *err);

/*
 * Whether groups have the same mean of a measure of the tally (from 1): Wald test of the differences of their means (scores of
 * weeg_means()) on F(k, df - k), k + 1 groups with data, as of a linear regression on the groups. df as in weeg_test_rank(), and
 * so is NO_VARIANCE. Two groups with WEEG_DF_EFFECTIVE: by the law of few PSUs, df2 being that with which F(1, df2) has the
 * p-value.
 */
weeg_status weeg_test_means(const weeg_survey *survey, const weeg_places *places, int32_t measure, weeg_test *test,
                            weeg_error *err);

/*
 * Tests that group and answer are independent given a third variable (the layers), from
 * sum over layers of observed minus expected: a generalised Cochran-Mantel-Haenszel test with the design's covariance.
 * Scores of both make it a test of linear trend on 1 degree of freedom; without, it has (groups - 1)(answers - 1) of them.
 * With WEEG_DF_EFFECTIVE a trend without layers has the law of WEEG_TEST_RAO_SCOTT_EXACT, whatever the method.
 * chisq is the Mantel-Haenszel statistic of the weighted table scaled to n
 * rows, which is Pearson's with one layer. No likelihood-ratio form. Without scores, NO_VARIANCE as in
 * weeg_test_independence; a trend has a variance between PSUs of one level each.
 */
weeg_status weeg_test_given(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                            weeg_test *test, weeg_error *err);

/*
 * The residuals that it is of, with their covariance, for tests of several data sets: observed minus expected shares of the
 * groups and answers with data but the first of each, or with scores, one covariance of these within layers. Of choice, only the
 * scores count. test has n, df, chisq, cramers_v, rows and columns, or a reason.
 */
weeg_status weeg_given_residuals(const weeg_survey *survey, const weeg_places *places, const weeg_test_choice *choice,
                                 weeg_test_residuals *to, weeg_error *err);

typedef struct weeg_residual {
  double z;                    /* NaN: none */
  double p_value, p_adjusted;  /* of the t distribution on the test's degrees of freedom; by Holm's method for their number, where
                                * the residuals of two answers, or of two groups, that are each other's negatives count once */
} weeg_residual;

/*
 * Residuals p_gk - p_g. p_.k of the table divided by their design-based standard errors, residuals[groups * answers]:
 * none in groups and answers without data or by weeg_levels_alone, or where the standard error is 0. The adjusted residuals of
 * Haberman (1973), with the Taylor variance in place of the multinomial one.
 */
weeg_status weeg_residuals(const weeg_survey *survey, const weeg_places *places, weeg_residual *residuals, weeg_error *err);

/* ---- effect sizes ----------------------------------------------------------------------------------------------- */

typedef enum weeg_effect_kind {
  WEEG_CRAMERS_V,            /* sqrt(phi^2 / min(r - 1, c - 1)), r and c the rows and columns with data */
  WEEG_CRAMERS_V_CORRECTED,  /* Bergsma (2013), with (n - 1) / (mean design effect of the Rao-Scott test) for n - 1 */
  WEEG_GAMMA,                /* (C - D) / (C + D): Goodman and Kruskal (1954) */
  WEEG_TAU_B,                /* (C - D) / sqrt((1 - sum p_r.^2) (1 - sum p_.c^2)): Kendall (1945) */
  WEEG_SOMERS_D,             /* (C - D) / (1 - sum p_r.^2), columns dependent on rows: Somers (1962) */
  WEEG_KAPPA,                /* Cohen (1960); rows and columns have the same levels */
  WEEG_KAPPA_LINEAR,         /* Cohen (1968), weights 1 - |r - c| / (levels - 1) */
  WEEG_KAPPA_QUADRATIC       /* weights 1 - (r - c)^2 / (levels - 1)^2 */
} weeg_effect_kind;

typedef struct weeg_effect {
  double estimate, std_error;
  double low, high;          /* NaN both or neither */
  int64_t n, df;             /* rows of the table; design degrees of freedom of all rows of the tally */
  double df_used;            /* of the limits: df, or those of the law of few PSUs; see weeg_few */
  weeg_reason reason;
} weeg_effect;

/* Which effect sizes are wanted, and the level of their limits. */
typedef struct weeg_effect_choice {
  const weeg_effect_kind *kind;  /* [count] */
  int count;
  double level;
} weeg_effect_choice;

/*
 * Effect sizes of a table of groups by answers, effects[choice->count]; C and D are twice the proportions of concordant and
 * discordant pairs of rows.
 *
 * Limits: those of Fisher's z = atanh(estimate) with standard error std_error / (1 - estimate^2) and the t quantile,
 * transformed back. V has no standard error where the test of independence has no variance. Its limits are not below 0, and
 * the lower one is 0 where the Rao-Scott F test (null_proportions)
 * does not reject independence at 1 - level; those of the corrected V are the corrected limits of V.
 */
weeg_status weeg_association(const weeg_survey *survey, const weeg_places *places, const weeg_effect_choice *choice,
                             weeg_effect *effects, weeg_error *err);

/*
 * The effect sizes that are usual for two variables, kind[WEEG_USUAL_EFFECTS]: both versions of V and, where both variables have
 * an order, gamma, tau-b and Somers' D. Gives their number.
 */
enum { WEEG_USUAL_EFFECTS = 5 };
int weeg_usual_effects(const weeg_variable *group, const weeg_variable *answer, weeg_effect_kind *kind);

/*
 * Whether two variables can have an effect size. WEEG_ERR_ARGUMENT where it needs levels in order (gamma, tau-b, Somers' D and
 * the weighted kappas) and those of the group (err->where 0) or the answer (1) have none; or, with where = -1, where a kappa is
 * not of the same levels in the same order.
 */
weeg_status weeg_check_effect(weeg_effect_kind kind, const weeg_variable *group, const weeg_variable *answer, weeg_error *err);

/* ---- multiple-response questions -------------------------------------------------------------------------------- */

/*
 * Items that a row may name, by cell of a tally. cell_size is what a row of the cell adds to the base: 1 for proportions
 * of persons, the number of items named for proportions of answers; -1 where the row is not in the base.
 */
typedef struct weeg_answers {
  const int32_t *cell_group;  /* [cells] 0 .. groups - 1, or -1 */
  int32_t groups;
  const int32_t *cell_items;  /* [cells * items], cell by cell: 1 where the item is named, else 0 */
  int32_t items;
  const int32_t *cell_size;   /* [cells] */
} weeg_answers;

/*
 * Shares p_gi = T_gi / B_g of each item in each group, as weeg_proportions gives those of answers; base_n is the sum of n times
 * size. Scores (x_i - size p_gi) / B_g: a ratio of totals, Woodruff (1971).
 */
weeg_status weeg_multiple(const weeg_survey *survey, const weeg_answers *answers, const weeg_estimates *to, weeg_error *err);

/* The same as shares[groups * items]. */
weeg_status weeg_multiple_shares(const weeg_survey *survey, const weeg_answers *answers, const weeg_interval_choice *choice,
                                 weeg_share *shares, weeg_error *err);

/*
 * Tests whether no item depends on the group (multiple marginal independence): the sum of the Pearson statistics of the
 * items, sum_gi n (B_g / B) (p_gi - p_i)^2 / (p_i (1 - p_i)), with the second-order correction of Rao and Scott by the design
 * covariance V of the differences: with A the diagonal of the factors, X^2 / tr(AV) on F(d, d df), d = tr(AV)^2 / tr(AVAV).
 * V is that of the p_gi, projected: (I - 1q') V_p (I - 1q')', q_g = B_g / B; d is (groups - 1) items at most.
 * Thomas and Decady (2004), Bilder and Loughin (2004). rows: groups with data; columns: items that some but not all name.
 * For shares of persons (sizes 1 or -1). NO_VARIANCE where a group has no variance of its own.
 */
weeg_status weeg_multiple_test(const weeg_survey *survey, const weeg_answers *answers, weeg_test *test, weeg_error *err);

/*
 * The differences p_gi - p_i that it is of, with their covariance, for tests of several data sets: of the items that some but not
 * all name, in the groups with data but the first, from which those of the first follow. test has n, df, chisq, rows and columns,
 * or a reason.
 */
weeg_status weeg_multiple_differences(const weeg_survey *survey, const weeg_answers *answers,
                                      weeg_test_residuals *to, weeg_error *err);

/*
 * Tests of each item and, last, of all items together: tests[items + 1]. That of an item is weeg_test_independence of the groups
 * and whether it is named, by WEEG_TEST_RAO_SCOTT_F; adjusted[items]: their p-values by Holm. What is too large for a test has a
 * reason in place of one, MANY_GROUPS or TOO_LARGE, and n = df = -1. An item that is named where another is, or is not, in all
 * rows counts once with it. For shares of persons.
 */
weeg_status weeg_item_tests(const weeg_survey *survey, const weeg_answers *answers, weeg_test *tests, double *adjusted,
                            weeg_error *err);

/* ---- comparisons ------------------------------------------------------------------------------------------------ */

typedef enum weeg_measure { WEEG_DIFFERENCE, WEEG_RISK_RATIO, WEEG_ODDS_RATIO, WEEG_NUMBER_NEEDED } weeg_measure;

typedef struct weeg_contrast {
  double estimate, std_error;   /* ratios: standard error of the logarithm */
  double low, high;
  double statistic, p_value;    /* t on df degrees of freedom; ratios: of the logarithm, numbers needed: of the difference */
  int64_t df;
  double df_used;               /* df, or as in weeg_share; see weeg_compare_sets for WEEG_DF_EFFECTIVE */
  weeg_reason reason;
} weeg_contrast;

/*
 * Limits and a test against 0 of a value with this variance (>= 0 or NaN), by the t distribution. Reasons where there are
 * none: EMPTY (no value), NO_VARIANCE, ZERO_VARIANCE, NO_DF.
 */
weeg_status weeg_contrast_value(double value, double variance, int64_t df, double level, weeg_contrast *contrast,
                                weeg_error *err);

/* Two proportions and their covariance. */
typedef struct weeg_two_proportions { double p1, p2, v11, v22, v12; } weeg_two_proportions;

/*
 * Contrasts two proportions by the delta method. The number needed is
 * 1 / (p1 - p2), its limits the reciprocals of those of the difference. Where the interval of the difference contains 0
 * (low < 0 < high, reason SPANS_ZERO) that of the number needed lies outside 1 / low and 1 / high: Altman (1998).
 */
weeg_status weeg_compare_proportions(weeg_measure measure, const weeg_two_proportions *two, int64_t df, double level,
                                     weeg_contrast *contrast, weeg_error *err);

/* Sets of groups of a table, which may overlap: a group, the total that it is part of, the rest. */
typedef struct weeg_sets {
  const weeg_places *places;
  int32_t sets;
  const int64_t *start;      /* [sets + 1] where the groups of each set begin, and in the end how many there are */
  const int32_t *group;      /* the groups of each set: ascending, each once */
  /*
   * 0: of the proportions of answers. From 1: of the means of a measure, the answers being one, that its value is known;
   * weeg_means() has the scores and their precision.
   */
  int32_t measure;
} weeg_sets;

/*
 * Pairs of a wave with an earlier one. Groups are combinations of variables, of which the last, with `waves` levels, is time and
 * varies fastest; n[groups]: their rows. Each group with rows (first[]) goes with the nearest earlier one with rows in the same
 * combination of the other variables, or, to_first, with the first one (second[]). Arrays of groups; returns the number of pairs.
 */
int32_t weeg_wave_pairs(const int64_t *n, int32_t groups, int32_t waves, bool to_first, int32_t *first, int32_t *second);

/* Rows n[sets] and proportions estimate[sets * answers] (NaN for an empty set). */
weeg_status weeg_set_proportions(const weeg_survey *survey, const weeg_sets *sets, int64_t *n, double *estimate,
                                 weeg_error *err);

/* The first set of each pair is compared with the second one or, for each answer, with a figure from elsewhere. */
typedef struct weeg_comparison {
  const int32_t *first, *second;  /* [pairs] sets; second: not looked at where there are figures */
  int32_t pairs;
  const weeg_measure *measure;    /* [measures] */
  int32_t measures;
  const double *figure;           /* [answers] proportions; NULL: sets are compared */
  const double *figure_variance;  /* [answers] their variances, independent of the sample's; NULL: 0 */
  double level;
  const double *figure_error;     /* [answers] of means, instead, as a square may be no double: standard errors; NULL: 0 */
} weeg_comparison;

/*
 * contrasts[measures * pairs * answers], answers fastest, then pairs: differences, ratios and numbers needed of proportions in
 * sets, all rows of the table taken as one domain, by the delta method. df counts the rows of both sets, also those without
 * an answer.
 * A set without a variance of its own (weeg_own_variance): NO_VARIANCE.
 * With WEEG_DF_EFFECTIVE differences have the scale of Fisher's z; sides of ratios, on that of the logarithm, are wider by
 * the 95 % limits of the two proportions (Korn and Graubard's): Donner and Zou (2012), Stat. Methods Med. Res. 21.
 * statistic and p_value are those of these scales.
 * Of means: WEEG_DIFFERENCE, and WEEG_RISK_RATIO for the ratio of two that are positive (else NOT_POSITIVE), by the delta method,
 * with WEEG_DF_EFFECTIVE by the law of few PSUs; figures are means. LOST_DIGITS as weeg_means().
 */
weeg_status weeg_compare_sets(const weeg_survey *survey, const weeg_sets *sets, const weeg_comparison *what,
                              weeg_contrast *contrasts, weeg_error *err);

/* Linear functions of the sets' proportions: output o is the sum of coef[i] p[set[i]], i = start[o] .. start[o + 1] - 1. */
typedef struct weeg_combinations {
  int32_t outputs;
  const int64_t *start;   /* [outputs + 1] */
  const int32_t *set;
  const double *coef;
  const uint8_t *exists;  /* [outputs] whether there is a variance; NULL: where all sets have one of their own */
  double level;           /* of limits */
} weeg_combinations;

/* contrasts[outputs * answers], answers fastest: limits and tests against 0 of linear functions. df as in weeg_compare_sets. */
weeg_status weeg_combine_sets(const weeg_survey *survey, const weeg_sets *sets, const weeg_combinations *combinations,
                              weeg_contrast *contrasts, weeg_error *err);

/* Contrasts of groups: linear functions of their proportions with coefficients that sum to 0. */
typedef struct weeg_coefficients {
  int32_t contrasts;
  const double *coef;   /* [contrasts * groups], groups fastest; NULL: one contrast, the trend over `score` */
  const double *score;  /* [groups] of the trend (weeg_level_score); not looked at where there are coefficients */
  double level;
  int32_t measure;      /* as in weeg_sets */
} weeg_coefficients;

/*
 * contrasts[contrasts * answers], answers fastest; n[contrasts]: rows in the groups whose coefficient is not 0. df and
 * NO_VARIANCE as in weeg_compare_sets. The trend is the slope of the least-squares line through the proportions of groups
 * with rows, which are not weighted: coefficients (x - m) / sum (x - m)^2, x their scores with mean m.
 *
 * WEEG_ERR_ARGUMENT: coefficients of contrast `where` that are all 0 or not finite, of which the largest is not between 1e-100
 * and 1e100, or whose sum is not 0 (to 1e-8 of the largest); where = -1: a trend of fewer than two groups with rows, or of scores
 * whose distances are not in that range.
 */
weeg_status weeg_compare_contrasts(const weeg_survey *survey, const weeg_places *places, const weeg_coefficients *what,
                                   int64_t *n, weeg_contrast *contrasts, weeg_error *err);

enum { WEEG_COMPONENT_TOTAL, WEEG_COMPONENT_RATE, WEEG_COMPONENT_COMPOSITION, WEEG_COMPONENTS };

/*
 * The differences between the proportions of two groups (first and second of each pair), and their rate and composition effects
 * (Kitagawa 1955), with Taylor variances: components[pairs * answers * WEEG_COMPONENTS]. The layers are the categories of the
 * composition; measures and figures are not looked at. df counts all rows of both groups. A category with rows in one of the
 * groups only has no rate in the other: EMPTY_CATEGORY. A group without a variance of its own: NO_VARIANCE.
 */
weeg_status weeg_decompose(const weeg_survey *survey, const weeg_places *places, const weeg_comparison *pairs,
                           weeg_contrast *components, weeg_error *err);

/* A smooth function of the proportions of a table, at their estimates. */
typedef struct weeg_share_function {
  const double *slope;  /* [groups * answers] its derivatives in the proportions; 0 in groups that it is not about */
  double value, null;   /* the function, and what it is under the hypothesis */
} weeg_share_function;

typedef struct weeg_function_value {
  weeg_contrast contrast;  /* of the value; statistic and p_value against null. EMPTY: a group without answers, or no value */
  int64_t n;               /* rows with an answer in the groups that it is about */
} weeg_function_value;

/*
 * Estimates by linearisation, values[count]: differences or ratios of answers of one question, indices, odds. With slopes d_gk
 * and their mean D_g = sum_k d_gk p_gk the scores of a row in group g with answer k are
 *
 *     w (d_gk - D_g) / T_g                                                         Woodruff (1971); Wolter (2007), 6.3
 *
 * Limits by Student's t, or by the law of few PSUs for up to 16 groups. A group without a variance of its own
 * (weeg_own_variance): NO_VARIANCE.
 */
weeg_status weeg_share_functions(const weeg_survey *survey, const weeg_places *places, const weeg_share_function *functions,
                                 int32_t count, double level, weeg_function_value *values, weeg_error *err);

typedef struct weeg_codes {
  const double *code;  /* [answers] */
  double level;        /* of limits */
} weeg_codes;

/*
 * Means of the answers' codes by group, values[groups]: functions sum_k c_k p_gk of the shares, as
 * weeg_share_functions() has them, with slopes c_k less the mean, so that codes far from 0 cost no digits. EMPTY: no answers.
 */
weeg_status weeg_code_means(const weeg_survey *survey, const weeg_places *places, const weeg_codes *codes,
                            weeg_function_value *values, weeg_error *err);

typedef struct weeg_standardised {
  double estimate, std_error;
  double low, high;      /* NaN both or neither */
  double crude;          /* the proportion as it is, of the same rows */
  int64_t n, df;         /* rows of the group with a category and an answer */
  double df_used;        /* as in weeg_contrast */
  weeg_reason reason;    /* EMPTY_STANDARD, NO_LIMITS, or as those of weeg_contrast_value */
} weeg_standardised;

/*
 * Direct standardisation: to[groups * answers], sum_b S_b p_gb with the shares S_b = population[b] / sum of population[layers],
 * which are taken to be known; layers are the categories. Taylor variances, limits with the t quantile on the logit scale. A
 * group without a variance of its own: NO_VARIANCE.
 */
weeg_status weeg_standardise(const weeg_survey *survey, const weeg_places *places, const double *population, double level,
                             weeg_standardised *to, weeg_error *err);

typedef enum weeg_adjustment {
  WEEG_ADJUST_NONE, WEEG_ADJUST_HOLM, WEEG_ADJUST_HOCHBERG, WEEG_ADJUST_BH, WEEG_ADJUST_BONFERRONI
} weeg_adjustment;

/* Adjusts p[count] for multiplicity into adjusted[count] (may be p itself). NaN stays NaN and is not counted. */
weeg_status weeg_adjust_p(weeg_adjustment method, const double *p, int64_t count, double *adjusted, weeg_error *err);

/*
 * The same where some are hidden (1), see weeg_suppress(): these count as 1, so that what is shown does not depend on them, and
 * are NaN in adjusted[].
 */
weeg_status weeg_adjust_shown(weeg_adjustment method, const double *p, const uint8_t *hidden, int64_t count, double *adjusted,
                              weeg_error *err);

/*
 * What tests of a comparison are of, [count] each: the numbers of the two sides that are compared, an answer, and its share on
 * each side; of a contrast its number, -1, and the share in all groups for both. Two tests are one hypothesis where the sides
 * are the same, in either order, and the answer is the same, too, or the shares add up to 1 on both: all who did not give the
 * one answer gave the other. Their p-values are then the same, to 1e-6, relative: risk ratios of two such answers are two tests.
 */
typedef struct weeg_hypotheses {
  int64_t count;
  const double *p;
  const int32_t *first, *second, *answer;
  const double *share1, *share2;
} weeg_hypotheses;

/* As weeg_adjust_p, but what is one hypothesis counts once; *counted (may be NULL): how many were. */
weeg_status weeg_adjust_hypotheses(weeg_adjustment method, const weeg_hypotheses *tests, double *adjusted, int64_t *counted,
                                   weeg_error *err);

/* ---- books ------------------------------------------------------------------------------------------------------ */

/* A table of a book, and where its figures go. */
typedef struct weeg_book_table {
  const weeg_survey *survey;
  weeg_places places;
  int32_t measure;          /* as in weeg_sets: 0: of shares; from 1: of means */
  const weeg_sets *columns; /* NULL: its groups; else these sets of them, which may overlap (sets, start and group count) */
  weeg_share *shares;       /* [columns * answers] as of weeg_shares(); of means not looked at */
  weeg_mean *means;         /* [columns] as of weeg_means(); of shares not looked at */
  weeg_test *test;          /* NULL: none */
  const int32_t *group;     /* [compared] the columns of which all pairs are compared: ascending, each once */
  int32_t compared;         /* fewer than two: none are */
  int64_t *n;               /* [compared] and [compared * answers] as of weeg_set_proportions() */
  double *estimate;
  weeg_contrast *contrasts; /* [pairs * answers], answers fastest; pairs in the order (0, 1), (0, 2), .. (1, 2), .. of `group` */
} weeg_book_table;

typedef struct weeg_book {
  const weeg_book_table *tables;
  int32_t count;
  weeg_interval_choice interval;  /* its level is that of comparisons too */
  weeg_test_choice test;
} weeg_book;

/*
 * Fills the tables by weeg_shares(), weeg_test_independence() and, of WEEG_DIFFERENCE, weeg_compare_sets(), of means by
 * weeg_means() and weeg_test_means(), on hooks->threads threads. Sets of groups as columns have each the figures of a table in
 * which they are the only group; their test is none, with the reason OVERLAPPING. A failure is that of the first table that has
 * one. The interrupt of hooks is asked between tables on the calling thread, and within tables of many groups, which are not
 * shared out, that of their design's hooks.
 */
weeg_status weeg_fill_book(const weeg_book *book, const weeg_hooks *hooks, weeg_error *err);

/* ---- logistic regression ---------------------------------------------------------------------------------------- */

/*
 * A model on the cells of a tally: binary logistic for two levels, proportional odds for more,
 *
 *     P(Y <= k) = F(cut_k - eta), F(x) = 1 / (1 + exp(-x))                                    McCullagh (1980)
 *
 * A pattern is a combination of covariates; its eta is the sum of the slopes of its columns: the others are 0 there, as
 * with treatment contrasts. Pattern p has columns column[start[p]] .. column[start[p + 1] - 1].
 */
typedef struct weeg_model {
  const int32_t *cell_pattern; /* [cells] -1: not used */
  const int32_t *cell_level;   /* [cells] -1: not used */
  int32_t patterns, columns, levels;
  const int64_t *start;        /* [patterns + 1] */
  const int32_t *column;       /* [start[patterns]] */
} weeg_model;

enum { WEEG_MODEL_SIZE = 1024 }; /* columns and levels together are at most this many */

typedef struct weeg_fit {
  int64_t n;                       /* rows used: those with a pattern and a level */
  int64_t df;                      /* design degrees of freedom of these rows, the model's slopes not subtracted */
  int32_t slopes;                  /* estimated; the other columns are aliased */
  int32_t iterations;              /* steps of Newton's method, the last ones to rounding among them */
  double weight;                   /* sum of weights */
  double deviance, null_deviance;  /* -2 log-likelihood, weights scaled to a mean of 1; null: without covariates */
} weeg_fit;

/*
 * With WEEG_DF_EFFECTIVE, the law of an estimate over its standard error in samples of few PSUs: its quantile, 0 where it is
 * Student's t that stands for it, the degrees of freedom at which Student's t has that quantile, the two-sided p-value of
 * the hypothesis that it estimates 0, and the largest share of a PSU in the variance.
 */
typedef struct weeg_few {
  double quantile, df_used, p_value, largest;
} weeg_few;

/* Estimates of a model, and their covariance matrix: the caller's, to be filled. */
typedef struct weeg_fitted {
  double *estimate;    /* [size] */
  double *covariance;  /* [size * size] */
  weeg_few *few;       /* [size], or NULL: not asked for */
  double level;        /* of its quantiles */
} weeg_fitted;

/*
 * Pseudo maximum likelihood estimates and their sandwich covariance (Binder 1983), size = columns + levels - 1: slopes, then
 * for two levels the intercept of logit P(second level), for more the cuts. A column that is a linear combination of the
 * intercept and the columns before it is aliased: NaN.
 *
 *     scores H^-1 s, s the derivative of a row's log-likelihood, H minus the second derivative of all
 *
 * Every level must have rows (WEEG_ERR_ARGUMENT, where = level). WEEG_ERR_NUMERIC: no finite estimates, because covariates
 * separate the levels (Albert and Anderson 1984; where = the parameter that diverges fastest), or no convergence
 * (where = -1).
 */
weeg_status weeg_logistic(const weeg_survey *survey, const weeg_model *model, const weeg_fitted *to, weeg_fit *fit,
                          weeg_error *err);

/*
 * Predictive margins (Graubard and Korn 1999), or marginal standardisation (Lane and Nelder 1982): the mean probability of
 * the second of two levels if all rows were in group g. Pattern p is group p / (patterns / groups) and combination
 * p % (patterns / groups) of the other covariates; the last groups - 1 columns are those of the groups. size = groups; all NaN
 * when a column of the groups is aliased.
 *
 *     P_g = sum_a T_a F(eta_ga) / T, scores (F(eta_ga) - P_g) / T + (dP_g/dtheta)' H^-1 s
 *
 * The covariance thus accounts for the sampling of the other covariates, and its covariance with the slopes. It is NaN
 * for a group without a variance of its own (weeg_own_variance).
 */
weeg_status weeg_predictive_margins(const weeg_survey *survey, const weeg_model *model, int32_t groups, const weeg_fitted *to,
                                    weeg_fit *fit, weeg_error *err);

/* ---- log-linear models ------------------------------------------------------------------------------------------- */

/*
 * A log-linear model of the proportions pi of a table: log pi_i = constant + sum_j x[i * columns + j] theta_j. The columns
 * are those of sum-to-zero contrasts of a hierarchical model: columns of different terms are orthogonal, and all of them
 * to a column of 1s.
 */
typedef struct weeg_loglinear_model {
  const int32_t *cell_place; /* [cells] 0 .. places - 1, or -1: not in the table */
  int32_t places, columns;   /* at most WEEG_MODEL_SIZE places; columns < places */
  const double *x;           /* [places * columns] */
} weeg_loglinear_model;

typedef struct weeg_loglinear_fit {
  int64_t n;               /* rows in the table */
  int64_t df;              /* design degrees of freedom of all rows of the tally, as weeg_test_independence counts them */
  int32_t iterations;
  double deviance, chisq;  /* 2 n sum p log(p / pi) and n sum (p - pi)^2 / pi: distances from the proportions p */
  weeg_reason reason;      /* EMPTY or NOT_FINITE: estimates, covariance, deviance and chisq are NaN */
} weeg_loglinear_fit;

/*
 * Pseudo maximum likelihood estimates, size = columns, for which X'pi = X'p, and their covariance:
 *
 *     H^-1 X'V X H^-1, H = X'(diag(pi) - pi pi')X, V the design covariance of p         Rao and Scott (1984)
 */
weeg_status weeg_loglinear(const weeg_survey *survey, const weeg_loglinear_model *model, const weeg_fitted *to,
                           weeg_loglinear_fit *fit, weeg_error *err);

/* Which smaller model is tested, and how. */
typedef struct weeg_loglinear_choice {
  int32_t base;             /* its columns: the first of those of the larger one */
  weeg_test_method method;
} weeg_loglinear_choice;

/*
 * Tests the model of the first `base` columns, fitted pi_0, against that of all, fitted pi_1. X^2 = n sum (pi_1 - pi_0)^2 /
 * pi_0 and G^2 = 2 n sum pi_1 log(pi_1 / pi_0) are asymptotically sums of delta_i chi-squared_1, delta_i the eigenvalues of
 *
 *     n (W'(diag(p) - pp')W)^-1 W'VW, W = X_2 - X_1 (X_1'P X_1)^-1 X_1'P X_2, P = diag(pi_1) - pi_1 pi_1'
 *
 * X_1 the first columns, X_2 the others: Rao and Scott (1984). A saturated model (columns = places - 1) has pi_1 =
 * p, and then W is taken as diag(p)^-1 X_2, which spans the same, and leaves out cells with p = 0: with two variables the
 * test is weeg_test_independence. RAO_SCOTT_LR is of G^2, the other Rao-Scott methods and mixtures of X^2. WALD and ADJUSTED_WALD
 * are of the estimates of the other columns in the larger model, which must be finite: NOT_FINITE where it is saturated and a
 * cell empty.
 * *deviance is G^2; test->rows and cramers_v do not exist (0, NaN), test->columns is the number of places.
 */
weeg_status weeg_loglinear_test(const weeg_survey *survey, const weeg_loglinear_model *model,
                                const weeg_loglinear_choice *choice, weeg_test *test, double *deviance, weeg_error *err);

/* ---- Wald tests of estimates ----------------------------------------------------------------------------------- */

typedef struct weeg_parameters {
  const double *estimate;    /* [size] */
  const double *covariance;  /* [size * size] */
  int32_t size;
  int64_t df;                /* of the design */
} weeg_parameters;

typedef struct weeg_wald {
  double f, p_value;         /* NaN where there is a reason */
  weeg_reason reason;        /* SINGULAR, NO_DF, or NO_VARIANCE (a variance is NaN) */
} weeg_wald;

/* F = b'V^-1 b / k on (k, df) of the k = count estimates b with the numbers which[], V their part of the covariance. */
weeg_status weeg_wald_test(const weeg_parameters *of, const int32_t *which, int32_t count, weeg_wald *wald, weeg_error *err);

/* ---- several completed data sets -------------------------------------------------------------------------------- */

/*
 * A figure of `sets` completed data sets: multiple imputations, or plausible values. df: degrees of freedom that each has as it
 * is, those of complete data; may be Inf.
 */
typedef struct weeg_completed {
  const double *estimate, *variance, *df;  /* [sets] variances >= 0, or NaN: none */
  int32_t sets;                            /* 2 or more */
} weeg_completed;

/*
 * Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.3; with m sets, W the mean variance, B the variance of
 * the estimates between sets (divisor m - 1), b = (1 + 1/m) B:
 *
 *     T = W + b,  r = b / W,  nu_m = (m - 1) (1 + 1/r)^2
 *     df = 1 / (1/nu_m + 1/nu_obs),  nu_obs = (nu + 1)/(nu + 3) nu W / T       Barnard and Rubin (1999), Biometrika 86, 948-955
 *     missing = (r + 2/(nu_m + 3)) / (r + 1)                                                  Rubin (1987), eq. 3.1.10
 *
 * nu is the mean of the sets' df; Inf: df = nu_m. A variance of 0 in every set is known: df = nu_m, missing = 1 (both variances
 * 0: df = nu, missing = 0).
 */
typedef struct weeg_pooled {
  double estimate, variance;  /* their mean, and T; NaN where a set has none */
  double within, between;     /* W, B */
  double df;                  /* 0 where a set has less than 1 */
  double missing;             /* the fraction of missing information */
} weeg_pooled;

weeg_status weeg_pool_estimates(const weeg_completed *of, weeg_pooled *pooled, weeg_error *err);

typedef struct weeg_pooled_share {
  weeg_share share;
  double missing;                  /* the fraction of missing information, on the scale of the limits */
} weeg_pooled_share;

typedef struct weeg_pool_shares_choice {
  weeg_interval_choice interval;
  bool cautious;                   /* reasons that call for care, as with WEEG_DF_EFFECTIVE */
} weeg_pool_shares_choice;

/*
 * Proportions: to[count] of of[count], each on the scale of its own estimates; base_n is set before, and all else that
 * weeg_finish_shares() gives is filled, with the quantile of Student's t at the pooled df. Limits of LOGIT and ARCSINE are of
 * what is pooled on these scales, where every set has a variance there (0 and 1 have none); others of the pooled proportion
 * with T. The verdict has T, and the pooled df, rounded down.
 */
weeg_status weeg_pool_shares(const weeg_completed *of, int64_t count, const weeg_pool_shares_choice *choice,
                             weeg_pooled_share *to, weeg_error *err);

/* What is pooled, and how its limits are made. */
typedef struct weeg_pool_choice {
  weeg_measure measure;  /* ratios: pooled on the logarithm, of which std_error is; numbers needed: as reciprocals */
  bool bounded;          /* limits and test of a difference are on the scale of Fisher's z, at the pooled estimate */
  double null;           /* of the test */
  double level;
} weeg_pool_choice;

/*
 * A figure with limits and a test, as a weeg_contrast has them: estimates and variances of `of` are those that are reported.
 * Any other figure is a difference that is not bounded. contrast->df is rounded down, df_used is not. Reasons: EMPTY,
 * NO_VARIANCE, NO_DF, ZERO_VARIANCE.
 */
weeg_status weeg_pool_contrast(const weeg_completed *of, const weeg_pool_choice *choice, weeg_contrast *contrast,
                               double *missing, weeg_error *err);

/* `size` estimates of completed data sets, each with their covariance. */
typedef struct weeg_completed_estimates {
  const double *estimate;    /* [sets * size] */
  const double *covariance;  /* [sets * size * size] */
  const double *df;          /* [sets] of the design */
  int32_t sets, size;
  bool coefficients;         /* of a regression: df are those of its tests, nu is their mean, and F is D1 */
} weeg_completed_estimates;

typedef struct weeg_pooled_test {
  double f, df1, df2, p_value;  /* NaN where there is a reason */
  double missing;               /* the fraction of missing information, the mean over the estimates */
  weeg_reason reason;           /* SINGULAR, ZERO_VARIANCE, NO_DF or FEW_DF */
} weeg_pooled_test;

/*
 * The Wald test that k = size estimates are 0: D1 of Li, Raghunathan and Rubin (1991), JASA 86, 1065-1073. With Q the mean of the
 * estimates, U that of the covariances, B the covariance between m sets, nu the mean df less k - 1, and t = k (m - 1),
 *
 *     r = (1 + 1/m) tr(B U^-1) / k,   D1 = Q'U^-1 Q / (k (1 + r)),   F = D1 nu / (nu + k - 1) on (k, df2)
 *
 * as in WEEG_TEST_ADJUSTED_WALD, which it is where no information is missing, but for df2: Reiter (2007), Biometrika 94, 502-508,
 * with nu the degrees of freedom of complete data. One estimate, t <= 4, or nu too small for Reiter's: 1/df2 = 1/w + 1/nu_obs,
 * nu_obs of weeg_pool_estimates() with 1/(1 + r) for W / T, and w = (m - 1)(1 + 1/r)^2, or of several estimates Li, Raghunathan
 * and Rubin's t (1 + 1/k)(1 + 1/r)^2 / 2.
 */
weeg_status weeg_pool_wald(const weeg_completed_estimates *of, weeg_pooled_test *test, weeg_error *err);

/* ---- models of tallies with names -------------------------------------------------------------------------------- */

/* Term t crosses the variables variable[start[t]] .. variable[start[t + 1] - 1] of a frame, the first one fastest. */
typedef struct weeg_terms {
  int32_t terms;
  const int32_t *start;     /* [terms + 1] */
  const int32_t *variable;  /* main effects are there for each that is in an interaction */
} weeg_terms;

enum { WEEG_MODEL_CELLS = 1 << 24, WEEG_MODEL_COLUMNS = 200, WEEG_MODEL_VALUES = 20 };

typedef struct weeg_coefficient {
  int32_t term;         /* -1: the intercept, or a threshold */
  const char *level;    /* levels of the term's variables joined by ":"; of a threshold "a|b", of the intercept NULL */
  double odds_ratio;    /* NaN of the intercept and thresholds */
  weeg_contrast value;  /* ALIASED; EMPTY: a level without rows */
} weeg_coefficient;

typedef struct weeg_term_test {
  weeg_wald wald;       /* ALL_ALIASED: there is none */
  int32_t count;        /* coefficients that are tested */
  double df2;           /* df of the model; of one coefficient with WEEG_DF_EFFECTIVE, those with which F has its p-value */
} weeg_term_test;

/* A logistic model of the last variable of a frame, released by weeg_regression_free. */
typedef struct weeg_regression {
  int32_t coefficients, terms, levels, patterns;
  const weeg_coefficient *coefficient;  /* intercept or thresholds, then by term; levels without rows behind those that have */
  const double *covariance;             /* [coefficients * coefficients] NaN where one has no estimate or no variance */
  const weeg_term_test *test;           /* [terms] Wald tests */
  weeg_fit fit;
  int64_t df;                           /* fit.df - fit.slopes */
  bool ordinal;                         /* proportional odds */
  const int32_t *answer;                /* [levels] of the outcome, of those that have rows; NULL where `modelled` was given */
  const int32_t *reference;             /* [variables] the first level that has rows */
  const int32_t *pattern_level;         /* [patterns * (variables - 1)] each combination of covariates that occurs */
  const double *n, *weighted, *fitted;  /* [patterns * levels] rows, sums of weights, and probabilities of the model */
} weeg_regression;

/*
 * weeg_logistic() of the last variable on terms of the others, with treatment contrasts against the first level that has rows;
 * limits and tests have df degrees of freedom, or with WEEG_DF_EFFECTIVE laws of their own: those of coefficients, of models of
 * at most 16, but not Wald tests of several. modelled[levels of the outcome]: those that are modelled against the others;
 * NULL: the second of two, or proportional odds. What concerns a level without a variance of its own has none. Where there is
 * no model, the error has a weeg_fault.
 */
weeg_status weeg_frame_logistic(const weeg_frame *frame, const weeg_terms *terms, const uint8_t *modelled, double level,
                                weeg_regression **made, weeg_error *err);
void weeg_regression_free(weeg_regression *regression);

typedef struct weeg_table_effect {
  int32_t term;
  const char *level;    /* levels of the term's variables joined by ":" */
  weeg_contrast value;  /* NOT_FINITE; EMPTY: a level without rows */
} weeg_table_effect;

/* A log-linear model of the table of all variables of a frame, released by weeg_table_model_free. */
typedef struct weeg_table_model {
  int32_t effects, parameters, places;
  const weeg_table_effect *effect;      /* by term; levels without rows behind those that have */
  const double *covariance;             /* [effects * effects] NaN where one has no estimate, or the table no variance */
  weeg_loglinear_fit fit;
  const int32_t *start, *level;         /* [variables + 1], [start[variables]] the levels of each variable that have rows */
  const uint8_t *alone;                 /* [start[variables]] by weeg_levels_alone: where one is, nothing has a variance */
  const double *n, *weighted, *fitted;  /* [places] rows, sums of weights, and proportions of the model; last variable fastest */
} weeg_table_model;

/*
 * weeg_loglinear() of the table of all variables of a frame, those levels of it that have rows. The effects of a term sum to 0
 * over the levels of each of its variables. Terms are hierarchical, with a main effect of each variable. Where there is no model,
 * the error has a weeg_fault.
 */
weeg_status weeg_frame_loglinear(const weeg_frame *frame, const weeg_terms *terms, double level, weeg_table_model **made,
                                 weeg_error *err);
void weeg_table_model_free(weeg_table_model *model);

typedef struct weeg_nested_test {
  weeg_test test;   /* NO_VARIANCE where a level is alone; SATURATED: there is no larger model */
  double deviance;  /* G^2 */
} weeg_nested_test;

/*
 * weeg_loglinear_test() of the model of the first choice->base terms against that of all; where these are all terms, against the
 * saturated one, which has all interactions: its lack of fit.
 */
weeg_status weeg_frame_loglinear_test(const weeg_frame *frame, const weeg_terms *terms, const weeg_loglinear_choice *choice,
                                      weeg_nested_test *to, weeg_error *err);

/* Adjusted proportions, released by weeg_adjusted_free. */
typedef struct weeg_adjusted {
  int32_t groups, answers;
  const weeg_share *shares;   /* [groups * answers], answers fastest: SEPARATED, CONFOUNDED, EMPTY; rows that have all values */
  const double *covariance;   /* [answers * groups * groups] of the groups, for each answer */
  int64_t df;                 /* of all figures, as their covariates are those of all rows */
} weeg_adjusted;

/*
 * weeg_predictive_margins() of each answer: the first `groups` variables of the frame are crossed to groups, the last one is the
 * outcome, those between them are covariates. Where there is no model, the error has a weeg_fault.
 */
weeg_status weeg_frame_adjust(const weeg_frame *frame, int32_t groups, const weeg_interval_choice *choice, weeg_adjusted **made,
                              weeg_error *err);
void weeg_adjusted_free(weeg_adjusted *adjusted);

/* ---- tables that agree with a release --------------------------------------------------------------------------- */

/* How standard errors of one design are made, and between which limits a release shows them to be. Codes are from 0. */
typedef struct weeg_world_errors {
  bool element;                        /* rows are the units of the last stage: units are strata, a square each row */
  int32_t units, strata, figures;
  const int32_t *unit, *unit_stratum;  /* [atoms], [units] */
  const double *size, *factor;         /* [strata] units, and what the sum of squares about their mean is multiplied by */
  const int32_t *part1, *part2;        /* [figures] the share or sum, and the other of a comparison; -1: none */
  const int32_t *measure;              /* [figures] of a comparison: a weeg_measure; else WEEG_DIFFERENCE */
  const double *low, *high;            /* [figures] */
} weeg_world_errors;

/*
 * A table of whole respondents by atom (a sampling unit, its groups, an answer), and everything that a release shows of
 * it. `parts` are shares or sums of weights, from sums over atoms. Matrices are by column. `pair`: what one or two
 * respondents of a unit may do, each a step from an atom to another, and `kind` of each, by what it changes in the
 * counts shown.
 */
typedef struct weeg_world {
  int32_t atoms, parts, designs, counts, members, steps, pairs, kinds;
  const double *x, *w, *w2;            /* [atoms] respondents, sums of their weights and of squares of these */
  const double *num, *den;             /* [atoms * parts] */
  const int32_t *is_sum;               /* [parts] whether it is a sum: den is 0 */
  const weeg_world_errors *errors;     /* [designs] */
  const int32_t *member_count, *member_atom; /* [members] */
  const int32_t *n, *shown;            /* [counts] and whether a count is shown */
  const int32_t *from, *to;            /* [steps] */
  const int32_t *pair, *kind;          /* [pairs * 2], -1: none; [pairs] */
  const int32_t *opposite, *alone;     /* [kinds] the one that makes up for it, -1: none; [pairs] whether it changes nothing */
  const double *limits;                /* [parts * 4] the least and largest value and sum; NULL: they reveal nothing */
} weeg_world;

/*
 * Of the table itself: value[parts], num[parts], and error[d][figures] of design d, NaN where there is none. Limits are
 * ignored.
 */
weeg_status weeg_world_figures(const weeg_world *world, double *value, double *num, double *const *error, weeg_error *err);

/*
 * *safe: whether for each suppressed count tables were found that agree with everything shown: where it is less than
 * threshold, one in which it is 0 and one in which it is threshold - 1 or more, else two of which the values are
 * threshold - 1 apart. A search, with the same result each time, that may give up: then *safe is false. Where rows are the
 * units of a design, none goes to another stratum. Refuses a threshold below 1.
 */
weeg_status weeg_world_is_safe(const weeg_world *world, int32_t threshold, const weeg_hooks *hooks, bool *safe,
                               weeg_error *err);

/* Tables with the counts that a world shows. The arrays are the caller's; all NULL: they are only counted. */
typedef struct weeg_world_list {
  double *figure;   /* [most * columns] by column the values of parts, their sums, and the standard errors of each design
                       (NaN where there is none) */
  int32_t *people;  /* [most * atoms] respondents */
  double *weight;   /* [atoms] of one respondent */
  int32_t tables;   /* most + 1: more than `most`, or too many to find out, or respondents who can be in each other's place
                       weigh differently */
  int32_t itself;   /* which of those that are listed is the table of the world; -1: none */
} weeg_world_list;

/*
 * Lists the tables, at most `most`. The order, as what is found out, is the same for all tables that have the counts shown.
 * Limits are ignored.
 */
weeg_status weeg_world_tables(const weeg_world *world, int32_t most, const weeg_hooks *hooks, weeg_world_list *list,
                              weeg_error *err);

/* Tables in classes, and their counts. */
typedef struct weeg_world_division {
  int32_t tables, classes, counts;
  const int32_t *class_of;  /* [tables] from 0 */
  const int32_t *count;     /* [tables * counts] by column */
} weeg_world_division;

/*
 * Which classes of tables may be told apart, apart[classes]: those of which the counts are as wide as weeg_world_is_safe()
 * demands for every table, less some (the smallest) that all others need to be so, together. A count is only as wide as it is
 * without the `spare` (0 to 7) tables that have the least, and those that have the greatest value. Where all tables together
 * are not wide, none may be. Refuses a threshold below 1.
 */
weeg_status weeg_world_classes(const weeg_world_division *of, int32_t threshold, int32_t spare, int32_t *apart,
                               weeg_error *err);

/* ---- how far counts can go in tables that agree with those that are shown ------------------------------------------ */

/*
 * Counts of a release, sums of atoms that are not negative, and what is known besides. Pairs say which atoms are in a count or
 * known sum; counts may be sums of weights.
 */
typedef struct weeg_reach_system {
  int32_t atoms, counts, knowns;
  int64_t pairs, known_pairs;
  const int32_t *count, *atom;              /* [pairs] */
  const int32_t *known_row, *known_atom;    /* [known_pairs] */
  const double *known_sign;                 /* [known_pairs] */
  const double *n, *known;                  /* [counts], [knowns] */
  const double *table;                      /* [atoms] one that agrees with all of these */
} weeg_reach_system;

/* What is asked of a system: of which counts are not shown whether they can be 0, and `high` or more. */
typedef struct weeg_reach_question {
  const uint8_t *asked; /* [counts] */
  const uint8_t *must;  /* [counts] not to be shown; only weeg_reach_show() looks at these */
  int32_t knowns;       /* how many of the known sums, the first ones, are known */
  double high;
} weeg_reach_question;

typedef struct weeg_reach weeg_reach;

/*
 * A system to ask about again and again. *reach is NULL where it is too large for that (2^22 pairs of an atom and a sum) or where
 * `table` does not agree to 1e-6. weeg_reach_free() takes it back.
 */
weeg_status weeg_reach_make(const weeg_reach_system *system, weeg_reach **reach, weeg_error *err);
void weeg_reach_free(weeg_reach *reach);
int32_t weeg_reach_counts(const weeg_reach *reach);

/*
 * The last count of those that are hidden[counts] and asked about that cannot be 0 (*low) or, if that it can be, `high` (not
 * *low); *count = -1: all can. Each answer is proved: by a table, whose sums are added up from its atoms, or by factors with
 * which sums that are fixed, and atoms that are not negative, give a bound (Farkas' lemma). *sure is false where neither was
 * found.
 */
weeg_status weeg_reach_next(weeg_reach *reach, const uint8_t *hidden, const weeg_reach_question *question,
                            const weeg_hooks *hooks, int32_t *count, bool *low, bool *sure, weeg_error *err);

/*
 * Which counts stay hidden[counts] when those that are hidden no more are shown: a count that then cannot be 0 or `high` follows
 * from what is shown, and is shown too, and so on. *safe: whether none of these must be hidden; if not, hidden[] is of no use.
 */
weeg_status weeg_reach_show(weeg_reach *reach, uint8_t *hidden, const weeg_reach_question *question, const weeg_hooks *hooks,
                            bool *safe, bool *sure, weeg_error *err);

/* ---- one table whose small counts are not shown ------------------------------------------------------------------ */

/* What is not shown of a table: 1 of each group (its size and all about it), answer (of all groups together) and cell. */
typedef struct weeg_suppressed {
  int64_t threshold;              /* 2 or more */
  int32_t groups, answers;        /* with those without a group */
  uint8_t *group, *answer, *cell; /* [groups], [answers], [groups * answers] answers fastest */
} weeg_suppressed;

/*
 * Which figures of a table of groups and answers are not shown, so that no count below the threshold is known. n: respondents
 * by cell [groups * answers], answers fastest; those without a group are a group as well, the last one say, as they are the
 * difference from the table of all respondents. That a group has nobody at all is taken to be known.
 *
 * Small groups (of fewer respondents than the threshold) are hidden, with others where they alone would be one group, or
 * fewer than the threshold + groups hidden - 1 together; below, all of these count as one group, as totals show them to be.
 * Then answers S of groups U are hidden, and of all groups together: all cells below the threshold, 0 included, are among
 * them; S has two answers at least, and U two groups where there are as many; each group of U has at least as many
 * respondents as the threshold in S; and so has each answer of S in U, or where fewer in the sample gave it, all such answers
 * together. What is added to get there are the answers and the groups of fewest respondents. Where the sample itself is
 * smaller, nothing is shown.
 *
 * What that is good for:
 * 1. A hidden answer can be exchanged for any other of S by anybody in a group of U, and all that is shown of the table stays
 *    as it is: it is a function of the data in which S is one answer there. So whatever is known of weights and design, and
 *    however exactly figures are shown, a hidden count can be 0, and as many as the group has in S: the threshold or more.
 *    Likewise respondents of hidden groups can be of any other of these. That holds of figures of one answer, or one and
 *    groups, that are shown; all that is made of hidden cells is the caller's to hide: tests, residuals, totals of S, figures
 *    by answer (percentages of columns) of S.
 * 2. Besides, who knows how many of all respondents gave each answer (the table without groups, protected likewise) knows of
 *    U and S the sums r_g and c_a of a table with sum m, so that a count is between max(0, r_g + c_a - m) and min(r_g, c_a).
 *    That range is min(r_g, c_a, m - r_g, m - c_a), at least the threshold, as another group, or answer, has as many. (Of
 *    numbers of respondents alone: standard errors and sums of weights of all respondents, to many digits, may say more to
 *    who knows the weights of each.)
 * Not promised: anything of several tables by different groups, or domains; which figures are hidden can be a hint; how many
 * gave no answer, which degrees of freedom, and limits by them, tell where rows are the PSUs and stay in the domain; sizes of
 * groups where all are hidden and there are fewer respondents than the threshold + groups - 1.
 * Source: cell suppression, Cox (1980), JASA 75, 377-385; ranges of cells, Bonferroni and Frechet.
 */
weeg_status weeg_suppress(const int64_t *n, const weeg_suppressed *to, weeg_error *err);

/*
 * The same of a table of a tally, with one group more than its places have, behind them: respondents without a group. Where `to`
 * has one answer, of the sizes of groups, whatever the answers are. And of an item of a multiple-response question, whose
 * answers are two: it is named, or not.
 */
weeg_status weeg_suppress_table(const weeg_tally *tally, const weeg_places *places, const weeg_suppressed *to, weeg_error *err);
weeg_status weeg_suppress_item(const weeg_tally *tally, const weeg_answers *of, int32_t item, const weeg_suppressed *to,
                               weeg_error *err);

/* Of what percentages of a table are, in the order of WEEG_WORDS_PERCENT. */
typedef enum weeg_percent { WEEG_OF_ROW, WEEG_OF_COLUMN, WEEG_OF_TOTAL } weeg_percent;

/* Of the figures of a cell: all are shown; only how many respondents its group has (base_n); none. */
typedef enum weeg_shown { WEEG_SHOWN, WEEG_BASE_SHOWN, WEEG_NOTHING_SHOWN } weeg_shown;

/*
 * What is shown of results, where `of` has what weeg_suppress_table() or weeg_suppress_item() finds. Tests, residuals and effect
 * sizes are of all cells together: they are shown where weeg_hides_any() is false.
 * A cell: percentages of answers are of what all groups have together, those of the total of all. The margin is an answer of
 * all groups together. A side of a comparison is a group, or (group: -1) all groups, or all others, whose degrees of freedom
 * go by what each of them is; a comparison of two sides of which one is hidden is, with its sizes.
 * weeg_tells_empty: whether a group without respondents may be called that, or left out. Where nothing is shown, as there are
 * fewer than the threshold in all, groups without any are treated as those with some.
 * weeg_shown_number: of a table of which something is hidden, numbers that are shown have 9 digits, as last bits are those of
 * sums over all cells.
 */
bool weeg_hides_any(const weeg_suppressed *of);
weeg_shown weeg_shown_cell(const weeg_suppressed *of, weeg_percent percent, int32_t group, int32_t answer);
weeg_shown weeg_shown_margin(const weeg_suppressed *of, int32_t answer);
bool weeg_tells_empty(const weeg_suppressed *of, int32_t group);
bool weeg_hides_side(const weeg_suppressed *of, int32_t group, int32_t answer);
double weeg_shown_number(double x);

/*
 * New numbers for the PSUs of a tally that is sent from one organisation to another, so that they can lose their names:
 * unit[units], the largest first, then by stratum and by what is in them. Not looked at without clusters, where PSUs have no
 * names. A PSU of fewer rows than the threshold, whose sums are nearly those of persons, is WEEG_ERR_ARGUMENT, with facts.unit
 * and facts.value (its rows) and count (how many have so few); so is, without clusters, such a cell of a stratum (where;
 * facts.stratum), as sums of squared weights describe persons. Other such errors, without these, say what else cannot be sent:
 * later stages, joint inclusion probabilities, two phases, replicates, sums of numbers, calibrated weights.
 */
weeg_status weeg_send_units(const weeg_survey *survey, int64_t threshold, int32_t *unit, weeg_error *err);

/* ---- words of choices and conventions --------------------------------------------------------------------------- */

/*
 * The words by which people choose: of arguments in R, options of the program, lines of conventions. Those of an enum are in
 * its order; TEXTS are what a line says of them.
 */
typedef enum weeg_vocabulary {
  WEEG_WORDS_LONELY,           /* weeg_lonely */
  WEEG_WORDS_PPS,              /* weeg_pps, from WEEG_PPS_BREWER to WEEG_PPS_POISSON */
  WEEG_TITLES_PPS,             /* all, from WEEG_PPS_BREWER on */
  WEEG_WORDS_DF,               /* weeg_df_rule */
  WEEG_WORDS_MISSING,          /* weeg_missing */
  WEEG_WORDS_NA_WEIGHTS,       /* rows without a weight: an error, or left out */
  WEEG_WORDS_ON_ERROR,         /* records of a file that cannot be read: an error, or left out */
  WEEG_WORDS_ENCODING,         /* weeg_encoding */
  WEEG_WORDS_CALIBRATION,      /* weeg_calibration_method */
  WEEG_WORDS_REPLICATES,       /* weeg_replicate_type */
  WEEG_WORDS_MADE_REPLICATES,  /* weeg_replication_kind */
  WEEG_WORDS_INTERVAL,         /* weeg_interval_method */
  WEEG_WORDS_TEST,             /* weeg_test_method */
  WEEG_WORDS_ORDER_TEST,       /* rank tests, and the trend */
  WEEG_WORDS_PROPORTIONS,      /* where design effects are evaluated */
  WEEG_WORDS_PERCENT,          /* of what the percentages of a cross-tabulation are */
  WEEG_WORDS_MEASURE,          /* weeg_measure */
  WEEG_WORDS_AGAINST,          /* what each group is compared with */
  WEEG_WORDS_ADJUSTMENT,       /* weeg_adjustment */
  WEEG_WORDS_EFFECT,           /* weeg_effect_kind */
  WEEG_WORDS_BASE,             /* of what the shares of a multiple-response question are */
  WEEG_WORDS_CODING,           /* how its answers are coded */
  WEEG_WORDS_RULE,             /* weeg_quantile_rule */
  WEEG_WORDS_LIMITS,           /* weeg_quantile_limits */
  WEEG_TEXTS_DF,               /* weeg_df_rule */
  WEEG_TEXTS_MISSING,          /* weeg_missing */
  WEEG_TEXTS_REPLICATES,       /* as WEEG_WORDS_REPLICATES */
  WEEG_TEXTS_MADE_REPLICATES,  /* as WEEG_WORDS_MADE_REPLICATES */
  WEEG_TITLES_TEST,            /* as WEEG_WORDS_TEST; UTF-8, of which only the en dash is not ASCII */
  WEEG_TITLES_ORDER_TEST,      /* as WEEG_WORDS_ORDER_TEST, likewise */
  WEEG_TITLES_EFFECT,          /* as WEEG_WORDS_EFFECT; UTF-8, of which only the e with an acute accent is not ASCII */
  WEEG_TITLES_MEASURE,         /* as WEEG_WORDS_MEASURE, then of a contrast and of means; of differences without their unit */
  WEEG_HEADERS_MEASURE,        /* likewise: of their columns */
  WEEG_WORDS_MEAN_MEASURE,     /* comparisons of means: WEEG_DIFFERENCE and WEEG_RISK_RATIO, see weeg_compare_sets() */
  WEEG_VOCABULARIES
} weeg_vocabulary;

/* Its words, with a NULL behind the last; NULL where there is no such vocabulary. */
const char *const *weeg_words(weeg_vocabulary which);

/* What holds unless it is chosen: the conventions of a program for survey data. Sources: ?weeg_conventions in R. */
typedef struct weeg_profile {
  const char *name, *program;
  weeg_df_rule df;
  weeg_lonely lonely;
  weeg_interval_method interval;
  weeg_test_method test;
  bool null_proportions;  /* as in weeg_test_choice */
  weeg_missing missing;
} weeg_profile;

/* All profiles, the default first. */
const weeg_profile *weeg_profiles(int32_t *count);

#ifdef WEEG_LIBRARY
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
