/* A file of rows as a tally by codes, in memory that does not grow with the rows: R/stream.R knows what the codes mean. */
#include <string.h>

#include "glue.h"

/* What is open while rows come. R keeps it, so that an R error on the way cannot leak it. */
typedef struct streaming {
  weeg_csv *csv;   /* one of these two */
  weeg_sav *sav;
  weeg_stream stream;
  weeg_sav_column column; /* levels being copied */
} streaming;

static void release(SEXP pointer) {
  streaming *s = R_ExternalPtrAddr(pointer);
  if (s == NULL) return;
  weeg_stream_clear(&s->stream);
  weeg_sav_column_clear(&s->column);
  weeg_csv_close(s->csv);
  weeg_sav_close(s->sav);
  R_Free(s);
  R_ClearExternalPtr(pointer);
}

static int32_t count_codes(void *ctx, int32_t field) {
  const streaming *s = ctx;
  return s->csv != NULL ? weeg_csv_levels(s->csv, field) : weeg_sav_values(s->sav, field);
}

/* Numbers of fields, from 0. */
static const int32_t *fields_of(SEXP numbers, int columns, int32_t *count) {
  *count = Rf_length(numbers);
  return glue_ints(numbers, -1, 0, columns - 1, "a column of the file");
}

static weeg_stream stream_of(SEXP plan, int columns, streaming *ctx, const weeg_hooks *hooks) {
  static const char *const names[] = {"stratum", "PSU"};
  weeg_stream s = {.key_name = names, .code_count = count_codes, .ctx = ctx, .hooks = hooks};
  s.variable = fields_of(glue_element(plan, "variable"), columns, &s.variables);
  s.key = fields_of(glue_element(plan, "key"), columns, &s.keys);
  s.fpc = fields_of(glue_element(plan, "fpc"), columns, &s.fpcs);
  s.weight = glue_size(glue_element(plan, "weight"), -1, columns - 1, "a column of the file");
  s.element = Rf_asLogical(glue_element(plan, "element")) == TRUE;
  return s;
}

static weeg_status read_csv(streaming *s, SEXP path, SEXP options, SEXP columns, SEXP numbers, weeg_error *err) {
  const weeg_csv_options o = glue_csv_options(options);
  const weeg_csv_field *fields = glue_csv_fields(columns, numbers);
  const weeg_status status = weeg_csv_open(glue_path(path), &o, &s->csv, err);
  if (status != WEEG_OK) return status;
  const weeg_csv_fields wanted = {fields, Rf_length(columns), s->stream.hooks};
  return weeg_csv_read(s->csv, &wanted, weeg_stream_rows, &s->stream, err);
}

static weeg_status read_sav(streaming *s, SEXP path, SEXP columns, SEXP numbers, weeg_error *err) {
  const weeg_sav_field *fields = glue_sav_fields(columns, numbers);
  const weeg_status status = weeg_sav_open(glue_path(path), s->stream.hooks, &s->sav, err);
  if (status != WEEG_OK) return status;
  const weeg_sav_fields wanted = {fields, Rf_length(columns), s->stream.hooks};
  return weeg_sav_read(s->sav, &wanted, weeg_stream_rows, &s->stream, err);
}

/* A column of an SPSS file that has one row for each code, in order of the codes. */
static SEXP sav_codes(streaming *s, int field, int variable) {
  weeg_error err = {0};
  const int32_t values = weeg_sav_values(s->sav, field);
  int32_t *level = (int32_t *)(void *)R_alloc((size_t)values + 1, sizeof *level);
  weeg_sav_column *c = &s->column;
  if (weeg_sav_levels(s->sav, field, c, level, &err) != WEEG_OK) return glue_failure(&err);
  weeg_sav_column rows = *c; /* borrowed */
  rows.rows = values;
  rows.type = WEEG_CODE_I32;
  rows.codes = level + 1;
  SEXP result = PROTECT(glue_sav_column(&rows, &s->sav->variable[variable]));
  weeg_sav_column_clear(c);
  UNPROTECT(1);
  return result;
}

/* The texts of a CSV column, in order of their codes. */
static SEXP csv_codes(const streaming *s, int field) {
  SEXP values = PROTECT(Rf_allocVector(STRSXP, weeg_csv_levels(s->csv, field)));
  for (int k = 0; k < Rf_length(values); k++) {
    SET_STRING_ELT(values, k, Rf_mkCharCE(weeg_csv_level(s->csv, field, k + 1), CE_UTF8));
  }
  UNPROTECT(1);
  return values;
}

/* list(key = matrix, a column per unit; first, rows = numbers per unit; fpc = matrix) */
static SEXP units_of(const weeg_stream *s) {
  static const char *const names[] = {"key", "rows", "fpc"};
  const weeg_combos *u = &s->units;
  SEXP list = PROTECT(glue_list(3, names));
  SEXP key = Rf_allocMatrix(INTSXP, s->keys, u->count);
  SET_VECTOR_ELT(list, 0, key);
  for (R_xlen_t i = 0; i < Rf_xlength(key); i++) INTEGER(key)[i] = u->key[i];
  SEXP rows = Rf_allocVector(REALSXP, u->count);
  SET_VECTOR_ELT(list, 1, rows);
  for (int32_t i = 0; i < u->count; i++) REAL(rows)[i] = (double)u->rows[i];
  SEXP fpc = Rf_allocMatrix(REALSXP, s->fpcs, u->count);
  SET_VECTOR_ELT(list, 2, fpc);
  for (R_xlen_t i = 0; i < Rf_xlength(fpc); i++) REAL(fpc)[i] = s->fpc_of[i];
  UNPROTECT(1);
  return list;
}

/*
 * options: of a CSV file, NULL of an SPSS file. columns: from 1, numbers: which of them are read as numbers. plan: list(variable,
 * key, fpc, weight: numbers from 0 among these columns; element). Gives list(rows, columns, units, entries, codes): for each
 * column what its codes stand for, NULL of numbers; codes: how many of them the cells are numbered by.
 */
SEXP glue_stream(SEXP path, SEXP options, SEXP columns, SEXP numbers, SEXP plan, SEXP progress, SEXP threads) {
  static const char *const names[] = {"rows", "columns", "units", "entries", "codes"};
  weeg_error err = {0};
  glue_progress line;
  weeg_hooks hooks = glue_hooks(threads);
  SEXP pointer = PROTECT(glue_keeper(release));
  streaming *s = R_Calloc(1, streaming);
  R_SetExternalPtrAddr(pointer, s);
  s->stream = stream_of(plan, Rf_length(columns), s, &hooks);
  glue_start_progress(&line, progress, &hooks);
  weeg_status status = options == R_NilValue ? read_sav(s, path, columns, numbers, &err)
                                             : read_csv(s, path, options, columns, numbers, &err);
  if (status == WEEG_OK) status = weeg_stream_end(&s->stream, &err);
  glue_end_progress(&line);
  if (status != WEEG_OK || s->stream.tally == NULL) {
    SEXP failure = PROTECT(status == WEEG_OK ? R_NilValue : glue_failure(&err));
    release(pointer);
    UNPROTECT(2);
    return failure;
  }
  SEXP result = PROTECT(glue_list(5, names)), list = Rf_allocVector(VECSXP, Rf_length(columns));
  SET_VECTOR_ELT(result, 1, list);
  for (int f = 0; f < Rf_length(columns); f++) {
    if (LOGICAL_RO(numbers)[f] == TRUE) continue;
    SET_VECTOR_ELT(list, f, s->csv != NULL ? csv_codes(s, f) : sav_codes(s, f, INTEGER_RO(columns)[f] - 1));
  }
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal((double)s->stream.count));
  SET_VECTOR_ELT(result, 2, units_of(&s->stream));
  SET_VECTOR_ELT(result, 3, glue_entries(s->stream.tally));
  SEXP codes = Rf_allocVector(INTSXP, s->stream.variables);
  SET_VECTOR_ELT(result, 4, codes);
  for (int v = 0; v < s->stream.variables; v++) INTEGER(codes)[v] = s->stream.levels[v];
  release(pointer);
  UNPROTECT(2);
  return result;
}
