/* CSV files: what the columns are, and columns as codes or numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "glue.h"

/* An open file and its data are kept by R, so that an R error on the way cannot leak them. */
static void close_csv(SEXP pointer) {
  weeg_csv_close((weeg_csv *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

static void free_data(SEXP pointer) {
  weeg_csv_data_free((weeg_csv_data *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* The first byte of a text, 0 for NULL. */
static char byte_of(SEXP text) { return text == R_NilValue ? 0 : glue_text(text, "an option of the file")[0]; }

/* From list(delimiter, decimal, thousands, quote, header, encoding, na, skip, skip_before, skip_after, max_field); texts may be
 * NULL. */
weeg_csv_options glue_csv_options(SEXP list) {
  SEXP na = glue_element(list, "na");
  if (na != R_NilValue && TYPEOF(na) != STRSXP) glue_broken("an option of the file");
  const int count = Rf_length(na);
  const char **missing = (const char **)R_alloc((size_t)count + 1, sizeof *missing);
  for (int i = 0; i < count; i++) missing[i] = Rf_translateCharUTF8(STRING_ELT(na, i));
  const char *encoding = glue_text(glue_element(list, "encoding"), "an option of the file");
  return (weeg_csv_options){.delimiter = byte_of(glue_element(list, "delimiter")),
                            .decimal = byte_of(glue_element(list, "decimal")),
                            .quote = byte_of(glue_element(list, "quote")),
                            .no_header = Rf_asLogical(glue_element(list, "header")) != TRUE,
                            .encoding = strcmp(encoding, "UTF-8") == 0 ? WEEG_UTF8 : WEEG_WINDOWS_1252,
                            .missing = missing,
                            .missing_count = count,
                            .skip = Rf_asLogical(glue_element(list, "skip")) == TRUE,
                            .max_field = glue_rows(glue_element(list, "max_field")),
                            .thousands = byte_of(glue_element(list, "thousands")),
                            .skip_before = glue_rows(glue_element(list, "skip_before")),
                            .skip_after = glue_rows(glue_element(list, "skip_after"))};
}

/* list(names, delimiter, decimal) */
SEXP glue_csv_open(SEXP path, SEXP options) {
  static const char *const names[] = {"names", "delimiter", "decimal"};
  weeg_error err = {0};
  weeg_csv *csv = NULL;
  char mark[2][2] = {"", ""};
  SEXP pointer = PROTECT(glue_keeper(close_csv));
  const weeg_csv_options o = glue_csv_options(options);
  if (weeg_csv_open(glue_path(path), &o, &csv, &err) != WEEG_OK) {
    UNPROTECT(1);
    return glue_failure(&err);
  }
  R_SetExternalPtrAddr(pointer, csv);
  SEXP result = PROTECT(glue_list(3, names));
  SEXP columns = Rf_allocVector(STRSXP, weeg_csv_columns(csv));
  SET_VECTOR_ELT(result, 0, columns);
  for (int c = 0; c < Rf_length(columns); c++) SET_STRING_ELT(columns, c, Rf_mkCharCE(weeg_csv_name(csv, c), CE_UTF8));
  weeg_csv_marks(csv, mark[0], mark[1]);
  for (int k = 0; k < 2; k++) SET_VECTOR_ELT(result, k + 1, Rf_mkString(mark[k]));
  close_csv(pointer);
  UNPROTECT(2);
  return result;
}

/* Codes as list(codes, width, values), as glue_code gives them; numbers as doubles, NA where missing. */
static SEXP take_codes(const weeg_csv *csv, weeg_csv_data *data, int field) {
  static const char *const names[] = {"codes", "width", "values"};
  const R_xlen_t rows = (R_xlen_t)weeg_csv_data_rows(data);
  const weeg_code_type type = weeg_csv_data_type(data, field);
  const int width = type == WEEG_CODE_U8 ? 1 : type == WEEG_CODE_U16 ? 2 : 4;
  SEXP result = PROTECT(glue_list(3, names));
  SEXP codes = width == 4 ? Rf_allocVector(INTSXP, rows) : Rf_allocVector(RAWSXP, rows * width);
  SET_VECTOR_ELT(result, 0, codes);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(width));
  weeg_csv_data_take(data, field, width == 4 ? (void *)INTEGER(codes) : (void *)RAW(codes));
  SEXP values = Rf_allocVector(STRSXP, weeg_csv_levels(csv, field));
  SET_VECTOR_ELT(result, 2, values);
  for (int k = 0; k < Rf_length(values); k++) {
    SET_STRING_ELT(values, k, Rf_mkCharCE(weeg_csv_level(csv, field, k + 1), CE_UTF8));
  }
  UNPROTECT(1);
  return result;
}

SEXP glue_take_numbers(weeg_csv_data *data, int field) {
  SEXP numbers = PROTECT(Rf_allocVector(REALSXP, (R_xlen_t)weeg_csv_data_rows(data)));
  double *x = REAL(numbers);
  weeg_csv_data_take(data, field, x);
  for (R_xlen_t i = 0; i < Rf_xlength(numbers); i++) {
    if (ISNAN(x[i])) x[i] = NA_REAL;
  }
  UNPROTECT(1);
  return numbers;
}

/* list(line, lines, column, reason) of the first records that were left out, how many there are in all, and their mark as text */
static SEXP skipped_records(const weeg_csv *csv) {
  static const char *const names[] = {"line", "lines", "column", "reason", "count", "mark"};
  const weeg_csv_skip *list = NULL;
  uint64_t mark = 0;
  char text[24];
  const int64_t all = weeg_csv_skipped(csv, &list, &mark);
  const R_xlen_t count = all < WEEG_SKIPS_LISTED ? (R_xlen_t)all : WEEG_SKIPS_LISTED;
  SEXP result = PROTECT(glue_list(6, names));
  SET_VECTOR_ELT(result, 4, Rf_ScalarReal((double)all));
  (void)snprintf(text, sizeof text, "%016" PRIx64, mark);
  SET_VECTOR_ELT(result, 5, Rf_mkString(text));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, count));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(INTSXP, count));
  SET_VECTOR_ELT(result, 3, Rf_allocVector(STRSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    REAL(VECTOR_ELT(result, 0))[i] = (double)list[i].line;
    REAL(VECTOR_ELT(result, 1))[i] = (double)list[i].lines;
    INTEGER(VECTOR_ELT(result, 2))[i] = list[i].column;
    SET_STRING_ELT(VECTOR_ELT(result, 3), i, Rf_mkChar(weeg_csv_problem_text(list[i].problem)));
  }
  UNPROTECT(1);
  return result;
}

/* numbers: NA of numbers with those that are declared missing. text: which are texts whatever is in them; NULL: none. */
weeg_field *glue_fields(SEXP columns, SEXP numbers, SEXP text) {
  static const char *const what = "a column of the file";
  const int count = Rf_length(columns), *number = glue_ints(columns, -1, 1, INT32_MAX, what);
  if (TYPEOF(numbers) != LGLSXP || Rf_length(numbers) != count) glue_broken(what);
  if (text != R_NilValue && (TYPEOF(text) != LGLSXP || Rf_length(text) != count)) glue_broken(what);
  const int *kind = LOGICAL_RO(numbers);
  weeg_field *fields = (weeg_field *)R_alloc((size_t)count + 1, sizeof *fields);
  for (int f = 0; f < count; f++) {
    fields[f] = (weeg_field){.column = number[f] - 1, .numbers = kind[f] != FALSE, .user_missing = kind[f] == NA_LOGICAL,
                             .text = text != R_NilValue && LOGICAL_RO(text)[f] == TRUE};
  }
  return fields;
}

/* list(row, line): rows and lines, both from 1, where a row is not on the line after that of the row before */
SEXP glue_places_of(const weeg_csv_data *data) {
  static const char *const names[] = {"row", "line"};
  const weeg_csv_place *place = NULL;
  const R_xlen_t count = (R_xlen_t)weeg_csv_data_places(data, &place);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, count));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
  for (R_xlen_t i = 0; i < count; i++) {
    REAL(VECTOR_ELT(result, 0))[i] = (double)place[i].row + 1;
    REAL(VECTOR_ELT(result, 1))[i] = (double)place[i].line;
  }
  UNPROTECT(1);
  return result;
}

/* list(rows, columns, skipped, places). columns: numbers from 1; numbers: which of them are read as numbers. */
SEXP glue_csv_read(SEXP path, SEXP options, SEXP columns, SEXP numbers, SEXP progress, SEXP threads) {
  static const char *const names[] = {"rows", "columns", "skipped", "places"};
  weeg_error err = {0};
  weeg_csv *csv = NULL;
  weeg_csv_data *data = NULL;
  SEXP open = PROTECT(glue_keeper(close_csv)), read = PROTECT(glue_keeper(free_data));
  const weeg_csv_options o = glue_csv_options(options);
  weeg_hooks hooks = glue_hooks(threads);
  glue_progress line;
  glue_start_progress(&line, progress, &hooks);
  const int count = Rf_length(columns);
  const weeg_field *fields = glue_fields(columns, numbers, R_NilValue);
  weeg_status status = weeg_csv_open(glue_path(path), &o, &csv, &err);
  if (status == WEEG_OK) status = weeg_csv_collect(csv, &(weeg_fields){fields, count, &hooks}, &data, &err);
  glue_end_progress(&line);
  R_SetExternalPtrAddr(open, csv);
  R_SetExternalPtrAddr(read, data);
  SEXP result = PROTECT(status == WEEG_OK ? glue_list(4, names) : glue_failure(&err));
  if (status == WEEG_OK) {
    SET_VECTOR_ELT(result, 0, Rf_ScalarReal((double)weeg_csv_data_rows(data)));
    SEXP list = Rf_allocVector(VECSXP, count);
    SET_VECTOR_ELT(result, 1, list);
    for (int f = 0; f < count; f++) {
      SET_VECTOR_ELT(list, f, fields[f].numbers ? glue_take_numbers(data, f) : take_codes(csv, data, f));
    }
    SET_VECTOR_ELT(result, 2, skipped_records(csv));
    SET_VECTOR_ELT(result, 3, glue_places_of(data));
  }
  free_data(read);
  close_csv(open);
  UNPROTECT(3);
  return result;
}
