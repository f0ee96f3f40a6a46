/* Sources of rows: a file, or several that are read as one. */
#include <string.h>

#include "glue.h"

/* A source is kept by R until it was read, so that an R error on the way cannot leak it. */
typedef struct reading {
  weeg_source source; /* .ctx NULL: closed */
  weeg_csv_data *data;
  weeg_sav_column column;
} reading;

static void release(SEXP pointer) {
  reading *r = R_ExternalPtrAddr(pointer);
  if (r == NULL) return;
  weeg_csv_data_free(r->data);
  weeg_sav_column_clear(&r->column);
  if (r->source.ctx != NULL) r->source.close(r->source.ctx);
  R_Free(r);
  R_ClearExternalPtr(pointer);
}

/* ---- opening ---- */

/* options: NULL of an SPSS file. */
static weeg_status open_file(const char *path, const weeg_csv_options *options, const weeg_hooks *hooks, weeg_source *source,
                             weeg_error *err) {
  weeg_csv *csv = NULL;
  weeg_sav *sav = NULL;
  const weeg_status status = options == NULL ? weeg_sav_open(path, hooks, &sav, err) : weeg_csv_open(path, options, &csv, err);
  if (status == WEEG_OK) *source = options == NULL ? weeg_sav_source(sav) : weeg_csv_source(csv);
  return status;
}

static const char *kept_text(SEXP texts, int i) {
  const char *text = Rf_translateCharUTF8(STRING_ELT(texts, i));
  char *copy = R_alloc(strlen(text) + 1, 1);
  return strcpy(copy, text);
}

static const char *kept_path(SEXP path) {
  const char *text = glue_path(path);
  char *copy = R_alloc(strlen(text) + 1, 1);
  return strcpy(copy, text);
}

/* All that R may refuse comes before the first file is open. */
static weeg_status open_waves(SEXP files, const weeg_hooks *hooks, weeg_source *source, weeg_error *err) {
  static const char *const what = "the files of the waves";
  SEXP paths = glue_element(files, "path"), names = glue_element(files, "name"), labels = glue_element(files, "label"),
       options = glue_element(files, "options");
  const int count = Rf_length(paths);
  if (TYPEOF(paths) != STRSXP || TYPEOF(names) != STRSXP || TYPEOF(labels) != STRSXP || TYPEOF(options) != VECSXP ||
      Rf_length(names) != count || Rf_length(labels) != count || Rf_length(options) != count) {
    glue_broken(what);
  }
  const char *name = kept_text(glue_element(files, "wave"), 0);
  weeg_wave *wave = (weeg_wave *)(void *)R_alloc((size_t)count + 1, sizeof *wave);
  const char **path = (const char **)(void *)R_alloc((size_t)count + 1, sizeof *path);
  weeg_csv_options *how = (weeg_csv_options *)(void *)R_alloc((size_t)count + 1, sizeof *how);
  int opened = 0;
  weeg_status status = WEEG_OK;
  for (int f = 0; f < count; f++) {
    SEXP one = PROTECT(Rf_ScalarString(STRING_ELT(paths, f)));
    path[f] = kept_path(one);
    UNPROTECT(1);
    wave[f] = (weeg_wave){.label = kept_text(labels, f), .name = kept_text(names, f)};
    if (VECTOR_ELT(options, f) != R_NilValue) how[f] = glue_csv_options(VECTOR_ELT(options, f));
  }
  while (status == WEEG_OK && opened < count) {
    const bool csv = VECTOR_ELT(options, opened) != R_NilValue;
    status = open_file(path[opened], csv ? &how[opened] : NULL, hooks, &wave[opened].source, err);
    opened += status == WEEG_OK;
  }
  if (status == WEEG_OK) status = weeg_waves_source(wave, count, name, source, err);
  for (int f = 0; f < opened && status != WEEG_OK; f++) wave[f].source.close(wave[f].source.ctx);
  return status;
}

weeg_status glue_open_source(SEXP path, SEXP options, const weeg_hooks *hooks, weeg_source *source, weeg_error *err) {
  if (TYPEOF(path) == VECSXP) return open_waves(path, hooks, source, err);
  if (options == R_NilValue) return open_file(glue_path(path), NULL, hooks, source, err);
  const weeg_csv_options how = glue_csv_options(options);
  return open_file(glue_path(path), &how, hooks, source, err);
}

/* ---- what they say ---- */

static const weeg_sav_variable *variable_of(const weeg_source *source, int column) {
  const weeg_sav_variable *v = source->sav == NULL ? NULL : &source->sav->variable[column];
  return v == NULL || v->plain ? NULL : v;
}

/*
 * list(names, plain, text, label, kind, weight, sets) as glue_sav_open(); plain: columns that no SPSS file has, of which the rest
 * is not known.
 */
SEXP glue_waves_open(SEXP files, SEXP threads) {
  enum { NAMES, PLAIN, TEXT, LABEL, KIND, WEIGHT, SETS, COUNT };
  static const char *const names[COUNT] = {"names", "plain", "text", "label", "kind", "weight", "sets"};
  weeg_error err = {0};
  const weeg_hooks hooks = glue_hooks(threads);
  SEXP pointer = PROTECT(glue_keep(sizeof(reading), release));
  reading *r = R_ExternalPtrAddr(pointer);
  if (glue_open_source(files, R_NilValue, &hooks, &r->source, &err) != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  const weeg_source *source = &r->source;
  const int count = source->columns;
  SEXP result = PROTECT(glue_list(COUNT, names));
  for (int k = NAMES; k <= KIND; k++) {
    SET_VECTOR_ELT(result, k, Rf_allocVector(k == PLAIN || k == TEXT ? LGLSXP : STRSXP, count));
  }
  for (int c = 0; c < count; c++) {
    const weeg_sav_variable *v = variable_of(source, c);
    SET_STRING_ELT(VECTOR_ELT(result, NAMES), c, Rf_mkCharCE(source->name(source->ctx, c), CE_UTF8));
    LOGICAL(VECTOR_ELT(result, PLAIN))[c] = v == NULL;
    LOGICAL(VECTOR_ELT(result, TEXT))[c] = v != NULL && v->text;
    SET_STRING_ELT(VECTOR_ELT(result, LABEL), c, v == NULL ? NA_STRING : glue_sav_label(v));
    SET_STRING_ELT(VECTOR_ELT(result, KIND), c, v == NULL ? Rf_mkChar("number") : glue_sav_kind(v));
  }
  SET_VECTOR_ELT(result, WEIGHT, Rf_ScalarInteger(source->sav == NULL ? 0 : source->sav->weight + 1));
  SET_VECTOR_ELT(result, SETS, source->sav == NULL ? Rf_allocVector(VECSXP, 0) : glue_sav_sets(source->sav));
  release(pointer);
  UNPROTECT(2);
  return result;
}

/* ---- columns ---- */

static SEXP room_for(R_xlen_t rows, int width) {
  return width == 4 ? Rf_allocVector(INTSXP, rows) : Rf_allocVector(RAWSXP, rows * width);
}

static void *codes_in(SEXP codes) { return TYPEOF(codes) == INTSXP ? (void *)INTEGER(codes) : (void *)RAW(codes); }

/* list(codes, width, values), the texts that codes stand for. */
static SEXP take_texts(reading *r, int field) {
  static const char *const names[] = {"codes", "width", "values"};
  const weeg_source *source = &r->source;
  const weeg_code_type type = weeg_csv_data_type(r->data, field);
  const int width = type == WEEG_CODE_U8 ? 1 : type == WEEG_CODE_U16 ? 2 : 4;
  SEXP result = PROTECT(glue_list(3, names)), codes = room_for((R_xlen_t)weeg_csv_data_rows(r->data), width);
  SET_VECTOR_ELT(result, 0, codes);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(width));
  weeg_csv_data_take(r->data, field, codes_in(codes));
  SEXP values = Rf_allocVector(STRSXP, source->codes(source->ctx, field));
  SET_VECTOR_ELT(result, 2, values);
  for (int k = 0; k < Rf_length(values); k++) {
    SET_STRING_ELT(values, k, Rf_mkCharCE(source->value(source->ctx, field, k + 1).text, CE_UTF8));
  }
  UNPROTECT(1);
  return result;
}

/* As glue_sav_read() has it; a failure where that cannot be. */
static SEXP take_column(reading *r, int field, const weeg_sav_variable *v) {
  weeg_error err = {0};
  const weeg_source *source = &r->source;
  int32_t *level = (int32_t *)(void *)R_alloc((size_t)source->codes(source->ctx, field) + 1, sizeof *level);
  if (weeg_sav_levels(source->sav, field, &r->column, level, &err) != WEEG_OK) return glue_failure(&err);
  r->column.rows = weeg_csv_data_rows(r->data);
  SEXP result = PROTECT(glue_sav_column(&r->column, v));
  weeg_csv_data_take_levels(r->data, field, level, r->column.type, codes_in(VECTOR_ELT(result, 0)));
  weeg_sav_column_clear(&r->column);
  UNPROTECT(1);
  return result;
}

/* The number of the first row, from 1, of each file. */
static SEXP first_rows(const weeg_source *source, int files) {
  double next = 1;
  SEXP first = PROTECT(Rf_allocVector(REALSXP, files));
  for (int f = 0; f < files; f++) {
    REAL(first)[f] = next;
    next += (double)weeg_waves_rows(source, f);
  }
  UNPROTECT(1);
  return first;
}

static SEXP columns_of(reading *r, const weeg_field *field, int count) {
  SEXP list = PROTECT(Rf_allocVector(VECSXP, count));
  for (int f = 0; f < count; f++) {
    const weeg_sav_variable *v = variable_of(&r->source, field[f].column);
    SET_VECTOR_ELT(list, f, field[f].numbers ? glue_take_numbers(r->data, f) : v == NULL ? take_texts(r, f)
                                                                                         : take_column(r, f, v));
  }
  UNPROTECT(1);
  return list;
}

/*
 * list(rows, columns, places, first): columns (numbers from 1) as glue_csv_read() has them where they are plain, else as
 * glue_sav_read(); text: which are texts, whatever is in them; first: of each file its first row.
 */
SEXP glue_waves_read(SEXP files, SEXP columns, SEXP numbers, SEXP text, SEXP progress, SEXP threads) {
  static const char *const names[] = {"rows", "columns", "places", "first"};
  weeg_error err = {0};
  const int count = Rf_length(columns), waves = Rf_length(glue_element(files, "path"));
  weeg_hooks hooks = glue_hooks(threads);
  glue_progress line;
  const weeg_field *fields = glue_fields(columns, numbers, text);
  SEXP pointer = PROTECT(glue_keep(sizeof(reading), release));
  reading *r = R_ExternalPtrAddr(pointer);
  glue_start_progress(&line, progress, &hooks);
  weeg_status status = glue_open_source(files, R_NilValue, &hooks, &r->source, &err);
  if (status == WEEG_OK) status = weeg_source_collect(&r->source, &(weeg_fields){fields, count, &hooks}, &r->data, &err);
  glue_end_progress(&line);
  if (status != WEEG_OK) {
    SEXP failure = PROTECT(glue_failure(&err));
    release(pointer);
    UNPROTECT(2);
    return failure;
  }
  SEXP result = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal((double)weeg_csv_data_rows(r->data)));
  SET_VECTOR_ELT(result, 1, columns_of(r, fields, count));
  SET_VECTOR_ELT(result, 2, glue_places_of(r->data));
  SET_VECTOR_ELT(result, 3, first_rows(&r->source, waves));
  release(pointer);
  UNPROTECT(2);
  return result;
}
