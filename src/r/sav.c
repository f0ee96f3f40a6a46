/* SPSS files: what the variables are, and variables as coded columns or numbers. */
#include <string.h>

#include "glue.h"

/* What was read is kept by R until it is copied, so that an R error on the way cannot leak it. */
typedef struct reading {
  weeg_sav *sav;
  weeg_sav_column *columns;  /* [count] */
  int count;
} reading;

static void release(SEXP pointer) {
  reading *r = R_ExternalPtrAddr(pointer);
  if (r == NULL) return;
  for (int k = 0; k < r->count; k++) weeg_sav_column_clear(&r->columns[k]);
  if (r->columns != NULL) R_Free(r->columns);
  weeg_sav_close(r->sav);
  R_Free(r);
  R_ClearExternalPtr(pointer);
}

static const char *const kinds[] = {"number", "date", "datetime", "time"};

static SEXP text_of(const char *text) { return text == NULL ? NA_STRING : Rf_mkCharCE(text, CE_UTF8); }

SEXP glue_sav_label(const weeg_sav_variable *v) { return text_of(v->label); }

SEXP glue_sav_kind(const weeg_sav_variable *v) { return text_of(kinds[v->kind]); }

static weeg_status open_file(reading *r, SEXP path, SEXP threads, weeg_error *err) {
  const weeg_hooks hooks = glue_hooks(threads);
  return weeg_sav_open(glue_path(path), &hooks, &r->sav, err);
}

/* Each: list(name, label, categories, value_labels, counted, variables by number from 1); label NA: none. */
SEXP glue_sav_sets(const weeg_sav *sav) {
  static const char *const names[] = {"name", "label", "categories", "value_labels", "counted", "variables"};
  SEXP result = PROTECT(Rf_allocVector(VECSXP, sav->sets));
  for (int k = 0; k < sav->sets; k++) {
    const weeg_sav_set *set = &sav->set[k];
    SEXP of = glue_list(6, names);
    SET_VECTOR_ELT(result, k, of);
    SET_VECTOR_ELT(of, 0, Rf_ScalarString(text_of(set->name)));
    SET_VECTOR_ELT(of, 1, Rf_ScalarString(text_of(set->label)));
    SET_VECTOR_ELT(of, 2, Rf_ScalarLogical(set->categories));
    SET_VECTOR_ELT(of, 3, Rf_ScalarLogical(set->value_labels));
    SET_VECTOR_ELT(of, 4, Rf_ScalarString(text_of(set->counted)));
    SET_VECTOR_ELT(of, 5, Rf_allocVector(INTSXP, set->count));
    for (int i = 0; i < set->count; i++) INTEGER(VECTOR_ELT(of, 5))[i] = set->variable[i] + 1;
  }
  UNPROTECT(1);
  return result;
}

/* list(names, text, labelled, weight, sets, label, kind): weight from 1, 0 for none. */
SEXP glue_sav_open(SEXP path, SEXP threads) {
  static const char *const names[] = {"names", "text", "labelled", "weight", "sets", "label", "kind"};
  weeg_error err = {0};
  SEXP pointer = PROTECT(glue_keep(sizeof(reading), release));
  reading *r = R_ExternalPtrAddr(pointer);
  if (open_file(r, path, threads, &err) != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  const weeg_sav *sav = r->sav;
  SEXP result = PROTECT(glue_list(7, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(STRSXP, sav->variables));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(LGLSXP, sav->variables));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(LGLSXP, sav->variables));
  SET_VECTOR_ELT(result, 5, Rf_allocVector(STRSXP, sav->variables));
  SET_VECTOR_ELT(result, 6, Rf_allocVector(STRSXP, sav->variables));
  for (int v = 0; v < sav->variables; v++) {
    SET_STRING_ELT(VECTOR_ELT(result, 5), v, glue_sav_label(&sav->variable[v]));
    SET_STRING_ELT(VECTOR_ELT(result, 6), v, glue_sav_kind(&sav->variable[v]));
    SET_STRING_ELT(VECTOR_ELT(result, 0), v, text_of(sav->variable[v].name));
    LOGICAL(VECTOR_ELT(result, 1))[v] = sav->variable[v].text;
    LOGICAL(VECTOR_ELT(result, 2))[v] = sav->variable[v].labels > 0;
  }
  SET_VECTOR_ELT(result, 3, Rf_ScalarInteger(sav->weight + 1));
  SET_VECTOR_ELT(result, 4, glue_sav_sets(sav));
  release(pointer);
  UNPROTECT(2);
  return result;
}

static SEXP numbers_of(const double *numbers, R_xlen_t size) {
  SEXP result = PROTECT(Rf_allocVector(REALSXP, size));
  for (R_xlen_t i = 0; i < size; i++) REAL(result)[i] = glue_or_na(numbers[i]);
  UNPROTECT(1);
  return result;
}

/* Value labels: values named by them, those of valid or of user-missing values. */
static SEXP labels_of(const weeg_sav_variable *v, bool missing) {
  int count = 0;
  for (int32_t k = 0; k < v->labels; k++) count += weeg_sav_is_declared(v, &v->value[k]) == missing;
  SEXP values = PROTECT(Rf_allocVector(v->text ? STRSXP : REALSXP, count)), names = PROTECT(Rf_allocVector(STRSXP, count));
  for (int32_t k = 0, at = 0; k < v->labels; k++) {
    if (weeg_sav_is_declared(v, &v->value[k]) != missing) continue;
    if (v->text) SET_STRING_ELT(values, at, text_of(v->value[k].text));
    else REAL(values)[at] = glue_or_na(v->value[k].number);
    SET_STRING_ELT(names, at++, text_of(v->value_label[k]));
  }
  Rf_setAttrib(values, R_NamesSymbol, names);
  UNPROTECT(2);
  return values;
}

/* list(low, high): the ranges of a number's user-missing values. */
static SEXP missing_ranges(const weeg_sav_variable *v) {
  static const char *const names[] = {"low", "high"};
  const int count = v->text ? 0 : v->ranges;
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, count));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
  for (int k = 0; k < count; k++) {
    REAL(VECTOR_ELT(result, 0))[k] = v->low[k].number;
    REAL(VECTOR_ELT(result, 1))[k] = v->high[k].number;
  }
  UNPROTECT(1);
  return result;
}

/* A coded column as R/column.R has them, with the values of its levels (plain), and what these are. */
SEXP glue_sav_column(const weeg_sav_column *c, const weeg_sav_variable *v) {
  enum { CODES, WIDTH, LEVELS, ORDERED, LABEL, NUMBER, PLAIN, KIND, LABELS, MISSING, RANGES, COUNT };
  static const char *const names[COUNT] = {"codes",  "width", "levels", "ordered", "label",
                                           "number", "plain", "kind",   "labels",  "missing_labels", "missing_ranges"};
  static const int widths[] = {[WEEG_CODE_U8] = 1, [WEEG_CODE_U16] = 2, [WEEG_CODE_I32] = 4};
  const int width = widths[c->type];
  SEXP result = PROTECT(glue_list(COUNT, names));
  SEXP codes = width == 4 ? Rf_allocVector(INTSXP, (R_xlen_t)c->rows) : Rf_allocVector(RAWSXP, (R_xlen_t)c->rows * width);
  SET_VECTOR_ELT(result, CODES, codes);
  void *to = width == 4 ? (void *)INTEGER(codes) : (void *)RAW(codes);
  if (c->rows > 0 && c->codes != NULL) memcpy(to, c->codes, (size_t)c->rows * (size_t)width);
  SET_VECTOR_ELT(result, WIDTH, Rf_ScalarInteger(width));
  SET_VECTOR_ELT(result, LEVELS, glue_texts(&c->levels));
  SET_VECTOR_ELT(result, ORDERED, Rf_ScalarLogical(v->ordinal));
  if (v->label != NULL) SET_VECTOR_ELT(result, LABEL, Rf_ScalarString(text_of(v->label)));
  SET_VECTOR_ELT(result, NUMBER, Rf_ScalarLogical(c->scale));
  SET_VECTOR_ELT(result, PLAIN, v->text ? glue_texts(&c->texts) : numbers_of(c->number, c->levels.count));
  SET_VECTOR_ELT(result, KIND, Rf_mkString(kinds[v->kind]));
  SET_VECTOR_ELT(result, LABELS, labels_of(v, false));
  SET_VECTOR_ELT(result, MISSING, labels_of(v, true));
  SET_VECTOR_ELT(result, RANGES, missing_ranges(v));
  UNPROTECT(1);
  return result;
}

/* list(rows, columns): variables (numbers from 1) as coded columns, or as numbers (NA: with user-missing values). */
SEXP glue_sav_read(SEXP path, SEXP variables, SEXP numbers, SEXP progress, SEXP threads) {
  static const char *const names[] = {"rows", "columns"};
  weeg_error err = {0};
  const int count = Rf_length(variables);
  weeg_hooks hooks = glue_hooks(threads);
  glue_progress line;
  const weeg_field *fields = glue_fields(variables, numbers, R_NilValue);
  SEXP pointer = PROTECT(glue_keep(sizeof(reading), release));
  reading *r = R_ExternalPtrAddr(pointer);
  weeg_status status = open_file(r, path, threads, &err);
  r->columns = R_Calloc((size_t)count + 1, weeg_sav_column);
  weeg_sav_column *columns = r->columns;
  glue_start_progress(&line, progress, &hooks);
  if (status == WEEG_OK) status = weeg_sav_collect(r->sav, &(weeg_fields){fields, count, &hooks}, columns, &err);
  glue_end_progress(&line);
  if (status != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  r->count = count;
  SEXP result = PROTECT(glue_list(2, names)), list = PROTECT(Rf_allocVector(VECSXP, count));
  for (int k = 0; k < count; k++) {
    const weeg_sav_column *c = &columns[k];
    SET_VECTOR_ELT(list, k, c->numbers != NULL ? numbers_of(c->numbers, (R_xlen_t)c->rows)
                                               : glue_sav_column(c, &r->sav->variable[fields[k].column]));
  }
  SET_VECTOR_ELT(result, 0, Rf_ScalarReal(count > 0 ? (double)columns[0].rows : 0));
  SET_VECTOR_ELT(result, 1, list);
  release(pointer);
  UNPROTECT(3);
  return result;
}
