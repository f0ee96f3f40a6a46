/* What the files of the R glue share. */
#ifndef WEEG_GLUE_H
#define WEEG_GLUE_H

#include <R.h>
#include <Rinternals.h>
#include <stdint.h>
#include <time.h>

#include "weeg.h"

/*
 * How failures travel: no function of the core is ever jumped across. Glue calls the core, frees what it holds, and
 * returns failure(&err), a list of class "weeg_failure" that R/conditions.R turns into a condition.
 */
SEXP glue_failure(const weeg_error *err);

/* In a loop of .Call's own, while all memory is R's: every so many times, lets Ctrl-C end the call. */
enum { GLUE_AT_A_TIME = 4096 };
void glue_let_interrupt(int64_t i);

/* Hooks that poll R for Ctrl-C: of one thread; and with threads as given. */
const weeg_hooks *glue_patience(void);
weeg_hooks glue_hooks(SEXP threads);

/* How far a long read is, if `wanted` is TRUE: one line that is written again and again, and wiped at the end. */
typedef struct glue_progress {
  time_t started, last;
  bool shown;
} glue_progress;

void glue_start_progress(glue_progress *line, SEXP wanted, weeg_hooks *hooks);
void glue_end_progress(const glue_progress *line);

/* Options of a CSV file, and fields of files from the numbers of their columns (from 1), in memory of R's until .Call ends. */
weeg_csv_options glue_csv_options(SEXP list);
weeg_field *glue_fields(SEXP columns, SEXP numbers, SEXP text);

/* The stream that glue_stream() gave, which has so many units. */
const weeg_stream *glue_stream_of(SEXP stream, R_xlen_t units);

/*
 * A source of rows: path and, of a CSV file, options (else NULL). Of several files the path is a list(wave = its name, path =,
 * name = of messages, label =, options = of each, a list).
 */
weeg_status glue_open_source(SEXP path, SEXP options, const weeg_hooks *hooks, weeg_source *source, weeg_error *err);

/* What SPSS files say of themselves: multiple-response sets, and kinds of numbers. */
SEXP glue_sav_sets(const weeg_sav *sav);
SEXP glue_sav_kind(const weeg_sav_variable *v);
SEXP glue_sav_label(const weeg_sav_variable *v); /* NA: none */

/* Doubles of a field that was read as such, NA where missing; and places of rows: list(row, line). */
SEXP glue_take_numbers(weeg_csv_data *data, int field);
SEXP glue_places_of(const weeg_csv_data *data);

/* A column of an SPSS file as a coded column. Without codes in c: these are to be filled in, c->type of them for c->rows. */
SEXP glue_sav_column(const weeg_sav_column *c, const weeg_sav_variable *v);

/*
 * What the core gets from R, checked (door.c): what is not as it should be is raised as an error about `what`, which jumps.
 * Call these before the core holds memory. A length of -1: any.
 */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void glue_broken(const char *what);

const int *glue_ints(SEXP x, R_xlen_t length, int low, int high, const char *what);
const double *glue_doubles(SEXP x, R_xlen_t length, const char *what);
int64_t *glue_counts(SEXP numbers, R_xlen_t length, const char *what);
int glue_size(SEXP x, int low, int high, const char *what);
int glue_count(SEXP x); /* 0 or more */
R_xlen_t glue_rows(SEXP x);
bool glue_flag(SEXP list, const char *name); /* an element that is TRUE */
/* Texts in UTF-8, and variables of a tally, named or not. */
weeg_texts glue_texts_in(SEXP strings, R_xlen_t length, const char *what);
weeg_variable *glue_variables_in(SEXP variables, bool named);
/* An R object of class weeg_tally with its variables; without labels of the design. */
void glue_frame(SEXP object, weeg_frame *frame);
/* The first of some texts, in R's own encoding. */
const char *glue_text(SEXP x, const char *what);
/* The place of each cell of a tally: 0 .. size - 1, or -1. */
const int *glue_places(SEXP x, const weeg_tally *tally, int size);
/* A table, from list(group =, groups =, level =, levels =) and, where it has layers, layer and layers. */
weeg_places glue_table(SEXP list, const weeg_tally *tally);
/* A list of vectors of doubles as an array of pointers. */
const double *const *glue_vectors(SEXP list, R_xlen_t length, const char *what);

/* Coded columns of so many rows, from list(codes = integer or raw or NULL, width = 1L, 2L or 4L, size = number of levels). */
weeg_column glue_column(SEXP column, R_xlen_t rows);
weeg_column *glue_columns(SEXP columns, R_xlen_t rows);
/* NULL, or one a row. */
const uint8_t *glue_domain(SEXP domain, R_xlen_t rows);
const double *glue_weights(SEXP weights, R_xlen_t rows);

/* An element of a named list; R_NilValue if it isn't there. */
SEXP glue_element(SEXP list, const char *name);

/* The design in an R object of class weeg_tally or weeg_design, without calibration and replicates. As glue_survey(). */
weeg_design glue_design(SEXP object);

/*
 * A tally and its design, borrowed from an R object of class weeg_tally. Counts are copied (R has no 64-bit integers),
 * with R_alloc, so that R frees them however the .Call ends.
 */
const weeg_survey *glue_survey(SEXP object);
const weeg_survey *glue_surveys(SEXP objects); /* of a list of tallies, an array */
/* The same, to be kept in these. */
void glue_tally(SEXP object, weeg_tally *tally, weeg_design *design);
/* A tally whose entries may have any order. */
void glue_tally_to_merge(SEXP object, weeg_tally *tally);

/* entries of a tally as an R list: unit, cell, n, w, w2, scale, and where it has them measures. */
SEXP glue_entries(const weeg_tally *tally);

/* A named list under construction. */
SEXP glue_list(int size, const char *const *names);

/* Keeps what the core made until R has copied it: `release` clears it, and R calls it should an error come between. */
SEXP glue_keeper(R_CFinalizer_t release);
/* The same with `size` bytes of 0 for it, at R_ExternalPtrAddr(), which `release` frees by R_Free(). */
SEXP glue_keep(size_t size, R_CFinalizer_t release);

/* The same for tallies: their keeper, and the entries of one that is then released. */
SEXP glue_tally_keeper(void);
const weeg_tally *glue_tally_held(SEXP entries); /* NULL: it is another thing, or given back */
SEXP glue_kept_entries(weeg_tally *tally, SEXP keeper);

/* The path of a file, expanded; borrowed until the next call. */
const char *glue_path(SEXP path);

/* Texts in UTF-8 as a character vector. */
SEXP glue_texts(const weeg_texts *texts);

/* Integers as a vector. */
SEXP glue_integers(const int32_t *from, R_xlen_t count);

/* Columns for `size` contrasts, to be filled one by one. */
SEXP glue_new_contrasts(R_xlen_t size);
void glue_set_contrast(SEXP columns, R_xlen_t i, const weeg_contrast *contrast);

/* Contrasts as columns of a result, from estimate to reason. */
SEXP glue_contrast_columns(const weeg_contrast *contrasts, R_xlen_t rows);

/* Sets of groups of a table, from a list of the numbers, from 1, of those in each. measure: of which there are means, or 0. */
weeg_sets glue_group_sets(const weeg_places *places, SEXP members, int measure);

/* NaN of the core as R's NA; and of many. */
static inline double glue_or_na(double value) { return value != value ? NA_REAL : value; }
SEXP glue_numbers(const double *x, R_xlen_t count);

/* Terms of a model, from a list of numbers of variables, from 1. */
weeg_terms glue_terms(SEXP list, const weeg_frame *frame);

/* The reason as text (CHARSXP), NA where there is none. */
SEXP glue_reason(weeg_reason reason);

/* Shares, and what they are in R: the columns of a result from estimate to reliability.reason. */
weeg_share *glue_new_shares(R_xlen_t count);
SEXP glue_share_columns(const weeg_share *shares, R_xlen_t count);
SEXP glue_mean_columns(const weeg_mean *means, R_xlen_t count); /* from estimate to reason */
weeg_interval_choice glue_interval(SEXP method, SEXP level);

/* What a Wald test is of: room for the most there can be, made before, and a named list; the core's is freed. */
typedef struct glue_room {
  double *estimate, *covariance;
} glue_room;
glue_room glue_room_for(R_xlen_t most);
SEXP glue_residuals_list(weeg_test_residuals *found, glue_room room);

/* Room of R's for what weeg_suppress_table() finds of so many groups and answers; and what is shown, as a list (suppress.c). */
weeg_suppressed glue_new_suppressed(int32_t groups, int32_t answers, SEXP threshold);
SEXP glue_shown_list(const weeg_suppressed *of);

/* A test as a named list of numbers and a reason. */
SEXP glue_test_list(const weeg_test *test);

/* Labels of the later stages of a frame; and a stage as a frame has it, with texts (a count of 0: without). frame.c */
weeg_stage_names *glue_stage_names(SEXP frame, const weeg_design *design);
weeg_pps glue_pps(SEXP method);
SEXP glue_stage_out(const weeg_stage *stage, const weeg_texts *strata, const weeg_texts *units);

#endif
