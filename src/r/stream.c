/* A file of rows as a tally by codes, in memory that does not grow with the rows: R/stream.R knows which sample they are. */
#include <string.h>

#include "glue.h"

/* What is open while rows come, and until levels are known. R keeps it, so that an R error on the way cannot leak it. */
typedef struct streaming {
  weeg_source source;       /* .ctx NULL: closed */
  weeg_stream stream;
  weeg_field_levels levels; /* being copied */
  int32_t needs;
  const int32_t *need;      /* [needs] fields that all rows must have */
  double *missing[2];       /* [needs] the first row that does not, from 1, and its line; NaN: all do */
  weeg_tally *tally;
} streaming;

static void close_source(streaming *s) {
  if (s->source.ctx != NULL) s->source.close(s->source.ctx);
  s->source.ctx = NULL;
}

static void release(SEXP pointer) {
  streaming *s = R_ExternalPtrAddr(pointer);
  if (s == NULL) return;
  weeg_tally_free(s->tally);
  weeg_stream_clear(&s->stream);
  weeg_field_levels_clear(&s->levels);
  close_source(s);
  R_Free(s);
  R_ClearExternalPtr(pointer);
}

static int32_t count_codes(void *ctx, int32_t field) {
  const streaming *s = ctx;
  return s->source.codes(s->source.ctx, field);
}

/* Numbers of fields, from 0. */
static const int32_t *fields_of(SEXP numbers, int columns, int32_t *count) {
  *count = Rf_length(numbers);
  return glue_ints(numbers, -1, 0, columns - 1, "a column of the file");
}

/* Which variables are measures. */
static const bool *measured_of(SEXP measured, int32_t variables) {
  bool *of = (bool *)R_alloc((size_t)variables + 1, sizeof *of);
  if (TYPEOF(measured) != LGLSXP || Rf_length(measured) != variables) glue_broken("a column of the file");
  for (int32_t v = 0; v < variables; v++) of[v] = LOGICAL_RO(measured)[v] == TRUE;
  return of;
}

static weeg_stream stream_of(SEXP plan, int columns, streaming *ctx, const weeg_hooks *hooks) {
  weeg_stream s = {.code_count = count_codes, .ctx = ctx, .hooks = hooks};
  s.variable = fields_of(glue_element(plan, "variable"), columns, &s.variables);
  s.measured = measured_of(glue_element(plan, "measured"), s.variables);
  s.key = fields_of(glue_element(plan, "key"), columns, &s.keys);
  s.fpc = fields_of(glue_element(plan, "fpc"), columns, &s.fpcs);
  s.weight = glue_size(glue_element(plan, "weight"), -1, columns - 1, "a column of the file");
  s.element = Rf_asLogical(glue_element(plan, "element")) == TRUE;
  return s;
}

/* A list of the first rows that miss a field that they need, which these are written to. */
static SEXP missing_of(streaming *s, SEXP need, int columns) {
  static const char *const names[] = {"row", "line"};
  SEXP list = PROTECT(glue_list(2, names));
  s->need = fields_of(need, columns, &s->needs);
  for (int k = 0; k < 2; k++) {
    SEXP to = Rf_allocVector(REALSXP, s->needs);
    SET_VECTOR_ELT(list, k, to);
    s->missing[k] = REAL(to);
    for (int32_t i = 0; i < s->needs; i++) s->missing[k][i] = NA_REAL;
  }
  UNPROTECT(1);
  return list;
}

static weeg_status take_rows(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  streaming *s = ctx;
  for (int32_t k = 0; k < s->needs; k++) {
    const int32_t *code = chunk->codes[s->need[k]];
    int64_t i = ISNAN(s->missing[0][k]) ? 0 : chunk->rows;
    while (i < chunk->rows && code[i] != 0) i++;
    if (i == chunk->rows) continue;
    s->missing[0][k] = (double)(chunk->first + i) + 1;
    s->missing[1][k] = (double)weeg_chunk_line(chunk, i);
  }
  return weeg_stream_rows(&s->stream, chunk, err);
}

/* A column as R/column.R has them, that has one row for each code, in order of the codes. */
static SEXP codes_of(streaming *s, int field) {
  static const char *const names[] = {"codes", "width", "levels", "ordered", "label", "number", "values", "from_codes"};
  weeg_error err = {0};
  const int count = s->source.codes(s->source.ctx, field);
  if (s->source.levels(s->source.ctx, field, &s->levels, &err) != WEEG_OK) return glue_failure(&err);
  const weeg_variable *v = &s->levels.variable;
  SEXP result = PROTECT(glue_list(8, names)), codes = Rf_allocVector(INTSXP, count);
  SET_VECTOR_ELT(result, 0, codes);
  for (int k = 0; k < count; k++) INTEGER(codes)[k] = s->levels.level[k + 1];
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(4));
  SET_VECTOR_ELT(result, 2, glue_texts(&v->levels));
  SET_VECTOR_ELT(result, 3, Rf_ScalarLogical(v->ordered));
  if (v->label != NULL) SET_VECTOR_ELT(result, 4, Rf_ScalarString(Rf_mkCharCE(v->label, CE_UTF8)));
  SET_VECTOR_ELT(result, 5, Rf_ScalarLogical(v->number));
  if (v->values != NULL) {
    SEXP values = Rf_allocVector(REALSXP, v->levels.count);
    SET_VECTOR_ELT(result, 6, values);
    for (int k = 0; k < v->levels.count; k++) REAL(values)[k] = v->values[k];
  }
  SET_VECTOR_ELT(result, 7, Rf_ScalarLogical(s->levels.labelled));
  weeg_field_levels_clear(&s->levels);
  UNPROTECT(1);
  return result;
}

/* list(key = matrix, a column per unit; row, line = where each begins, from 1; fpc = matrix) */
static SEXP units_of(const weeg_stream *s) {
  static const char *const names[] = {"key", "row", "line", "fpc"};
  const weeg_combos *u = &s->units;
  SEXP list = PROTECT(glue_list(4, names));
  SEXP key = Rf_allocMatrix(INTSXP, s->keys, u->count);
  SET_VECTOR_ELT(list, 0, key);
  for (R_xlen_t i = 0; i < Rf_xlength(key); i++) INTEGER(key)[i] = u->key[i];
  for (int place = 0; place < 2; place++) {
    const int64_t *from = place == 0 ? s->unit_row : s->unit_line;
    SEXP to = Rf_allocVector(REALSXP, u->count);
    SET_VECTOR_ELT(list, 1 + place, to);
    for (int32_t i = 0; i < u->count; i++) REAL(to)[i] = (double)(from[i] + (place == 0));
  }
  SEXP fpc = Rf_allocMatrix(REALSXP, s->fpcs, u->count);
  SET_VECTOR_ELT(list, 3, fpc);
  for (R_xlen_t i = 0; i < Rf_xlength(fpc); i++) REAL(fpc)[i] = s->fpc_of[i];
  UNPROTECT(1);
  return list;
}

/*
 * columns: from 1, numbers: which of them are read as numbers. plan: list(variable, key, need, fpc, weight: numbers from 0 among
 * these columns; measured: which variables are measures; element; text: which of them are texts). Gives list(columns, units,
 * stream, missing): for each column what its
 * codes stand for, NULL of numbers; stream: for glue_stream_finish(); missing: of those needed, the first row that misses each.
 * NULL: there are no rows.
 */
SEXP glue_stream(SEXP path, SEXP options, SEXP columns, SEXP numbers, SEXP plan, SEXP progress, SEXP threads) {
  static const char *const names[] = {"columns", "units", "stream", "missing"};
  weeg_error err = {0};
  glue_progress line;
  weeg_hooks hooks = glue_hooks(threads);
  SEXP pointer = PROTECT(glue_keep(sizeof(streaming), release));
  streaming *s = R_ExternalPtrAddr(pointer);
  s->stream = stream_of(plan, Rf_length(columns), s, &hooks);
  SEXP missing = PROTECT(missing_of(s, glue_element(plan, "need"), Rf_length(columns)));
  const weeg_fields fields = {glue_fields(columns, numbers, glue_element(plan, "text")), Rf_length(columns), &hooks};
  glue_start_progress(&line, progress, &hooks);
  weeg_status status = glue_open_source(path, options, &hooks, &s->source, &err);
  if (status == WEEG_OK) status = s->source.read(s->source.ctx, &fields, take_rows, s, &err);
  if (status == WEEG_OK) status = weeg_stream_end(&s->stream, &err);
  glue_end_progress(&line);
  if (status != WEEG_OK || s->stream.tally == NULL) {
    SEXP failure = PROTECT(status == WEEG_OK ? R_NilValue : glue_failure(&err));
    release(pointer);
    UNPROTECT(3);
    return failure;
  }
  SEXP result = PROTECT(glue_list(4, names)), list = Rf_allocVector(VECSXP, Rf_length(columns));
  SET_VECTOR_ELT(result, 0, list);
  for (int f = 0; f < Rf_length(columns); f++) {
    if (LOGICAL_RO(numbers)[f] != TRUE) SET_VECTOR_ELT(list, f, codes_of(s, f));
  }
  SET_VECTOR_ELT(result, 1, units_of(&s->stream));
  SET_VECTOR_ELT(result, 2, pointer);
  SET_VECTOR_ELT(result, 3, missing);
  close_source(s);
  s->stream.measured = NULL;
  s->stream.variable = s->stream.key = s->stream.fpc = NULL; /* R's, for as long as this call */
  s->stream.hooks = NULL;
  UNPROTECT(3);
  return result;
}

static streaming *streaming_of(SEXP stream) { return TYPEOF(stream) == EXTPTRSXP ? R_ExternalPtrAddr(stream) : NULL; }

const weeg_stream *glue_stream_of(SEXP stream, R_xlen_t units) {
  const streaming *s = streaming_of(stream);
  if (s == NULL || s->stream.units.count != units) glue_broken("the units of the file");
  return &s->stream;
}

/*
 * The entries by levels and units. level: of each variable the level, from 1, of each code; size: how many; unit: from 0;
 * clusters: whether units are clusters.
 */
SEXP glue_stream_finish(SEXP stream, SEXP level, SEXP size, SEXP unit, SEXP units, SEXP clusters) {
  static const char *const what = "the levels of the file";
  weeg_error err = {0};
  streaming *s = streaming_of(stream);
  if (s == NULL || TYPEOF(level) != VECSXP || Rf_length(level) != s->stream.variables) glue_broken(what);
  const int *levels = glue_ints(size, s->stream.variables, 0, INT32_MAX - 1, what);
  const int32_t **of = (const int32_t **)(void *)R_alloc((size_t)s->stream.variables + 1, sizeof *of);
  for (int v = 0; v < s->stream.variables; v++) {
    const int codes = s->stream.levels[v], *from = glue_ints(VECTOR_ELT(level, v), codes, NA_INTEGER, levels[v], what);
    int32_t *to = (int32_t *)(void *)R_alloc((size_t)codes + 1, sizeof *to);
    to[0] = 0;
    for (int k = 0; k < codes; k++) to[k + 1] = from[k];
    of[v] = to;
  }
  weeg_stream_levels by = {.level = of, .levels = levels, .units = glue_count(units),
                           .clusters = Rf_asLogical(clusters) == TRUE};
  by.unit = glue_ints(unit, s->stream.units.count, 0, by.units - 1, "the units of the file");
  const weeg_status status = weeg_stream_finish(&s->stream, &by, &s->tally, &err);
  SEXP result = PROTECT(status == WEEG_OK ? glue_entries(s->tally) : glue_failure(&err));
  release(stream);
  UNPROTECT(1);
  return result;
}
