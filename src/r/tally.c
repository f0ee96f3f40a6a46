#include "glue.h"

/* A tally made by the core is kept by R until it has been copied, so that an R error on the way cannot leak it. */
static void release(SEXP pointer) {
  weeg_tally_free((weeg_tally *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

SEXP glue_tally_keeper(void) { return glue_keeper(release); }

/* The tallies of a book are not copied: what R has of them are pointers, until it gives them back. */
const weeg_tally *glue_tally_held(SEXP entries) {
  if (TYPEOF(entries) != EXTPTRSXP || R_ExternalPtrTag(entries) != Rf_install("weeg_tally")) return NULL;
  return (const weeg_tally *)R_ExternalPtrAddr(entries);
}

SEXP glue_tallies_release(SEXP held) {
  for (R_xlen_t k = 0; k < Rf_xlength(held); k++) {
    if (glue_tally_held(VECTOR_ELT(held, k)) != NULL) release(VECTOR_ELT(held, k));
  }
  return R_NilValue;
}

SEXP glue_kept_entries(weeg_tally *tally, SEXP pointer) {
  R_SetExternalPtrAddr(pointer, tally);
  SEXP entries = PROTECT(glue_entries(tally));
  release(pointer);
  UNPROTECT(1);
  return entries;
}

/* The measures of rows, each integers or doubles. least: of their units, NULL where they follow from these rows alone. */
static weeg_measured measures_of(SEXP values, SEXP least, const weeg_rows *rows) {
  static const char *const what = "the measures";
  weeg_measured with = {.rows = rows};
  if (values == R_NilValue) return with;
  if (TYPEOF(values) != VECSXP) glue_broken(what);
  const int count = Rf_length(values);
  const double **numbers = (const double **)R_alloc((size_t)count + 1, sizeof *numbers);
  const int **integers = (const int **)R_alloc((size_t)count + 1, sizeof *integers);
  for (int k = 0; k < count; k++) {
    SEXP of = VECTOR_ELT(values, k);
    const bool whole = TYPEOF(of) == INTSXP;
    if (whole && Rf_xlength(of) != (R_xlen_t)rows->rows) glue_broken(what);
    integers[k] = whole ? INTEGER_RO(of) : NULL;
    numbers[k] = whole ? NULL : glue_doubles(of, (R_xlen_t)rows->rows, what);
  }
  with.measures = count;
  with.values = numbers;
  with.integers = integers;
  if (least != R_NilValue) with.least = glue_ints(least, count, -30000, 30000, what);
  return with;
}

/*
 * entries of the tally of `columns` by `unit`, with `values` of measures. weights, domain, values and least may be NULL.
 * Attribute `complete`: the pass has seen that no value is missing.
 */
SEXP glue_tally_build(SEXP columns, SEXP unit, SEXP element, SEXP weights, SEXP max_weight, SEXP domain, SEXP rows,
                      SEXP threads, SEXP values, SEXP least) {
  weeg_error err = {0};
  weeg_tally *tally = NULL;
  SEXP pointer = PROTECT(glue_tally_keeper());
  const R_xlen_t size = glue_rows(rows);
  const weeg_column *array = glue_columns(columns, size), u = glue_column(unit, size);
  const double *w = glue_weights(weights, size);
  const uint8_t *d = glue_domain(domain, size);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_rows of = {.rows = (int64_t)size, .columns = array, .count = Rf_length(columns), .unit = &u, .weights = w,
                        .element = Rf_asLogical(element) == TRUE, .max_weight = Rf_asReal(max_weight), .domain = d};
  const weeg_measured with = measures_of(values, least, &of);
  bool complete = false;
  const weeg_status status = with.measures > 0 ? weeg_tally_build_measured(&with, &hooks, &tally, &complete, &err)
                                               : weeg_tally_build(&of, &hooks, &tally, &err);
  SEXP result = status == WEEG_OK ? glue_kept_entries(tally, pointer) : glue_failure(&err);
  PROTECT(result);
  if (complete) Rf_setAttrib(result, Rf_install("complete"), Rf_ScalarLogical(TRUE));
  UNPROTECT(2);
  return result;
}

static const char *const COLUMNS_OF_TALLY = "the columns of a tally";

/* Rows by one or two of their columns: group (0: none) and answer are numbers of these from 1. */
static weeg_rows *rows_by_two(SEXP columns, SEXP group, SEXP answer, const weeg_rows *like) {
  const int count = Rf_length(answer), all = Rf_length(columns);
  const weeg_column *array = glue_columns(columns, (R_xlen_t)like->rows);
  const int *first = glue_ints(group, count, 0, all, COLUMNS_OF_TALLY), *second = glue_ints(answer, -1, 1, all, COLUMNS_OF_TALLY);
  weeg_rows *of = (weeg_rows *)R_alloc((size_t)count + 1, sizeof *of);
  weeg_column *some = (weeg_column *)R_alloc(2 * (size_t)count + 1, sizeof *some);
  for (int k = 0; k < count; k++) {
    of[k] = *like;
    of[k].columns = some;
    if (first[k] > 0) *some++ = array[first[k] - 1];
    *some++ = array[second[k] - 1];
    of[k].count = first[k] > 0 ? 2 : 1;
  }
  return of;
}

/* The tallies of rows by two, as pointers: see glue_tally_held(). The rest as in glue_tally_build(). */
SEXP glue_tally_builds(SEXP columns, SEXP group, SEXP answer, SEXP unit, SEXP element, SEXP weights, SEXP max_weight, SEXP domain,
                       SEXP rows, SEXP threads) {
  weeg_error err = {0};
  const R_xlen_t size = glue_rows(rows);
  const int count = Rf_length(answer);
  const weeg_column u = glue_column(unit, size);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_rows *of = rows_by_two(columns, group, answer, &(weeg_rows){
      .rows = (int64_t)size, .unit = &u, .weights = glue_weights(weights, size), .element = Rf_asLogical(element) == TRUE,
      .max_weight = Rf_asReal(max_weight), .domain = glue_domain(domain, size)});
  weeg_tally **tallies = (weeg_tally **)R_alloc((size_t)count + 1, sizeof *tallies);
  SEXP result = PROTECT(Rf_allocVector(VECSXP, count));
  for (int k = 0; k < count; k++) {
    SET_VECTOR_ELT(result, k, glue_tally_keeper());
    R_SetExternalPtrTag(VECTOR_ELT(result, k), Rf_install("weeg_tally"));
  }
  const weeg_status status = weeg_tally_build_many(of, count, &hooks, tallies, &err);
  for (int k = 0; k < count; k++) R_SetExternalPtrAddr(VECTOR_ELT(result, k), tallies[k]);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/*
 * Of sums by cell those of groups, of rows with an answer: the answer is the last of one or two columns, and varies fastest; of
 * each the last place is that of what is missing.
 */
static SEXP sums_of_groups(const weeg_rows *of, const double *sums) {
  const int groups = of->count > 1 ? of->columns[0].levels : 1, answers = of->columns[of->count - 1].levels;
  SEXP result = Rf_allocVector(REALSXP, groups);
  for (int g = 0; g < groups; g++) {
    double sum = 0;
    for (int k = 0; k < answers; k++) sum += sums[(int64_t)g * (answers + 1) + k];
    REAL(result)[g] = sum;
  }
  return result;
}

/*
 * R's tallies, each of a variable by another (0: none), with its entries and number of cells: as another one, `like`, whose
 * variables, entries and cells give their places.
 */
SEXP glue_tallies_like(SEXP like, SEXP variables, SEXP group, SEXP answer, SEXP entries, SEXP cells) {
  enum { VARIABLES, ENTRIES, CELLS, MEMBERS };
  static const char *const names[MEMBERS] = {"variables", "entries", "cells"};
  const int count = Rf_length(answer), all = Rf_length(variables);
  const int *first = glue_ints(group, count, 0, all, COLUMNS_OF_TALLY), *second = glue_ints(answer, -1, 1, all, COLUMNS_OF_TALLY);
  const int *size = glue_ints(cells, count, 0, INT32_MAX, COLUMNS_OF_TALLY);
  SEXP known = Rf_getAttrib(like, R_NamesSymbol), called = Rf_getAttrib(variables, R_NamesSymbol);
  R_xlen_t at[MEMBERS] = {-1, -1, -1};
  for (R_xlen_t i = 0; i < Rf_xlength(known); i++) {
    for (int m = 0; m < MEMBERS; m++) at[m] = strcmp(CHAR(STRING_ELT(known, i)), names[m]) == 0 ? i : at[m];
  }
  if (at[VARIABLES] < 0 || at[ENTRIES] < 0 || at[CELLS] < 0 || TYPEOF(called) != STRSXP) glue_broken(COLUMNS_OF_TALLY);
  if (TYPEOF(entries) != VECSXP || Rf_length(entries) != count) glue_broken(COLUMNS_OF_TALLY);
  SEXP result = PROTECT(Rf_allocVector(VECSXP, count));
  for (int k = 0; k < count; k++) {
    const int own[] = {first[k], second[k]}, from = first[k] > 0 ? 0 : 1;
    SEXP tally = Rf_shallow_duplicate(like);
    SET_VECTOR_ELT(result, k, tally);
    SEXP mine = Rf_allocVector(VECSXP, 2 - from);
    SET_VECTOR_ELT(tally, at[VARIABLES], mine);
    SEXP text = Rf_allocVector(STRSXP, 2 - from);
    Rf_setAttrib(mine, R_NamesSymbol, text);
    for (int v = from; v < 2; v++) {
      SET_VECTOR_ELT(mine, v - from, VECTOR_ELT(variables, own[v] - 1));
      SET_STRING_ELT(text, v - from, STRING_ELT(called, own[v] - 1));
    }
    SET_VECTOR_ELT(tally, at[ENTRIES], VECTOR_ELT(entries, k));
    SET_VECTOR_ELT(tally, at[CELLS], Rf_ScalarInteger(size[k]));
  }
  UNPROTECT(1);
  return result;
}

/* Sums of squared weights by group, of rows by two. */
SEXP glue_group_squares(SEXP columns, SEXP group, SEXP answer, SEXP weights, SEXP domain, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  weeg_status status = WEEG_OK;
  const R_xlen_t size = glue_rows(rows);
  const int count = Rf_length(answer);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_rows *of = rows_by_two(columns, group, answer, &(weeg_rows){
      .rows = (int64_t)size, .weights = glue_weights(weights, size), .domain = glue_domain(domain, size)});
  double **squares = (double **)R_alloc((size_t)count + 1, sizeof *squares);
  SEXP result = PROTECT(Rf_allocVector(VECSXP, count));
  for (int k = 0; k < count && status == WEEG_OK; k++) {
    int32_t cells = 0;
    status = weeg_layout_cells(of[k].columns, of[k].count, &cells, &err);
    squares[k] = (double *)R_alloc((size_t)cells + 1, sizeof *squares[k]);
  }
  if (status == WEEG_OK) status = weeg_cell_squares_many(of, count, &hooks, squares, &err);
  for (int k = 0; k < count && status == WEEG_OK; k++) SET_VECTOR_ELT(result, k, sums_of_groups(&of[k], squares[k]));
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* The cells of entries, each once, where that is not more work than to look at every entry. *size: how many there are. */
static const int *cells_once(const int *cell, R_xlen_t *size, int64_t cells) {
  if (cells > *size) return cell;
  uint8_t *seen = (uint8_t *)R_alloc((size_t)cells + 1, 1);
  int *once = (int *)R_alloc((size_t)cells + 1, sizeof *once), count = 0;
  memset(seen, 0, (size_t)cells);
  for (R_xlen_t i = 0; i < *size; i++) {
    if ((unsigned)cell[i] >= (unsigned)cells) glue_broken("the cells of a tally");
    seen[cell[i]] = 1;
  }
  for (int c = 0; c < cells; c++) {
    if (seen[c]) once[count++] = c;
  }
  *size = count;
  return once;
}

/* Of which columns some entries are missing. */
SEXP glue_tally_missing(SEXP entries, SEXP columns) {
  static const char *const what = "a coded column";
  SEXP cell = glue_element(entries, "cell");
  if (TYPEOF(cell) != INTSXP || TYPEOF(columns) != VECSXP) glue_broken(what);
  const int count = Rf_length(columns);
  int *levels = (int *)R_alloc((size_t)count + 1, sizeof *levels);
  int64_t cells = 1, run = 1; /* run: cells that are side by side with the same level */
  for (int v = 0; v < count; v++) {
    levels[v] = glue_size(glue_element(VECTOR_ELT(columns, v), "size"), 0, INT32_MAX - 1, what);
    cells *= levels[v] + 1;
    if (cells > INT32_MAX) glue_broken(what);
  }
  R_xlen_t size = Rf_xlength(cell);
  const int *of = cells_once(INTEGER_RO(cell), &size, cells);
  SEXP missing = PROTECT(Rf_allocVector(LGLSXP, count));
  for (int v = count - 1; v >= 0; v--) {
    int found = FALSE;
    for (R_xlen_t i = 0; i < size && !found; i++) found = of[i] / run % (levels[v] + 1) == levels[v];
    LOGICAL(missing)[v] = found;
    run *= levels[v] + 1;
  }
  UNPROTECT(1);
  return missing;
}

/* New numbers of `size` units or cells: low .. high - 1; NULL where they stay as they are. */
static const int32_t *numbers(SEXP map, int32_t size, int low, int high) {
  if (map != R_NilValue) return glue_ints(map, size, low, high - 1, "the units and cells of the tally");
  if (size > high) glue_broken("the units and cells of the tally");
  return NULL;
}

/* entries of the sum of tallies a and b (NULL: none) after renumbering units and cells (NULL: as they are). */
SEXP glue_tally_merge(SEXP a, SEXP a_unit, SEXP a_cell, SEXP b, SEXP b_unit, SEXP b_cell, SEXP units, SEXP cells) {
  weeg_error err = {0};
  weeg_tally first, second, *tally = NULL;
  const int u = glue_count(units), c = glue_count(cells);
  SEXP pointer = PROTECT(glue_tally_keeper());
  glue_tally_to_merge(a, &first);
  if (b != R_NilValue) glue_tally_to_merge(b, &second);
  const int32_t *from_unit = numbers(a_unit, first.units, 0, u), *from_cell = numbers(a_cell, first.cells, -1, c);
  const int32_t *with_unit = b == R_NilValue ? NULL : numbers(b_unit, second.units, 0, u);
  const int32_t *with_cell = b == R_NilValue ? NULL : numbers(b_cell, second.cells, -1, c);
  const weeg_status status =
      weeg_tally_merge(&(weeg_summand){&first, from_unit, from_cell},
                       &(weeg_summand){b == R_NilValue ? NULL : &second, with_unit, with_cell}, u, c, &tally, &err);
  SEXP result = status == WEEG_OK ? glue_kept_entries(tally, pointer) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* entries of the tally with other weights, one for each unit. */
SEXP glue_tally_weigh(SEXP object, SEXP weights) {
  weeg_error err = {0};
  weeg_tally *weighed = NULL;
  SEXP pointer = PROTECT(glue_tally_keeper());
  const weeg_survey *survey = glue_survey(object);
  const double *each = glue_doubles(weights, survey->tally->units, "the weights");
  weeg_status status = weeg_tally_merge(&(weeg_summand){survey->tally, NULL, NULL}, NULL, survey->tally->units,
                                        survey->tally->cells, &weighed, &err);
  if (status == WEEG_OK) status = weeg_tally_weigh(weighed, each, &err);
  SEXP result = status == WEEG_OK ? glue_kept_entries(weighed, pointer) : glue_failure(&err);
  if (status != WEEG_OK) weeg_tally_free(weighed);
  UNPROTECT(1);
  return result;
}

/* Sums of weight times value of each entry, a vector for each measure. */
SEXP glue_tally_sums(SEXP object) {
  const weeg_survey *survey = glue_survey(object);
  const weeg_tally *t = survey->tally;
  SEXP list = PROTECT(Rf_allocVector(VECSXP, t->measures));
  for (int k = 0; k < t->measures; k++) {
    SET_VECTOR_ELT(list, k, Rf_allocVector(REALSXP, (R_xlen_t)t->entries));
    double *sum = REAL(VECTOR_ELT(list, k));
    for (int64_t i = 0; i < t->entries; i++) sum[i] = weeg_signed_value(t->wy[i * t->measures + k], t->measure_scale[k]);
  }
  UNPROTECT(1);
  return list;
}

/* list(n, weighted) per cell. */
SEXP glue_tally_totals(SEXP object) {
  static const char *const names[] = {"n", "weighted"};
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  int64_t *n = (int64_t *)R_alloc((size_t)survey->tally->cells + 1, sizeof *n);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, survey->tally->cells));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, survey->tally->cells));
  const weeg_status status = weeg_tally_totals(survey->tally, n, REAL(VECTOR_ELT(result, 1)), &err);
  for (int c = 0; c < survey->tally->cells && status == WEEG_OK; c++) REAL(VECTOR_ELT(result, 0))[c] = (double)n[c];
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}
