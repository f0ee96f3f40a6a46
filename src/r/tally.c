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

/* Rows with sets of their columns, each a vector of numbers from 1. */
static weeg_rows *rows_of_sets(SEXP columns, SEXP sets, const weeg_rows *like) {
  static const char *const what = "the columns of a tally";
  const int count = Rf_length(sets), all = Rf_length(columns);
  const weeg_column *array = glue_columns(columns, (R_xlen_t)like->rows);
  weeg_rows *of = (weeg_rows *)R_alloc((size_t)count + 1, sizeof *of);
  for (int k = 0; k < count; k++) {
    const int *set = glue_ints(VECTOR_ELT(sets, k), -1, 1, all, what), size = Rf_length(VECTOR_ELT(sets, k));
    weeg_column *some = (weeg_column *)R_alloc((size_t)size + 1, sizeof *some);
    for (int v = 0; v < size; v++) some[v] = array[set[v] - 1];
    of[k] = *like;
    of[k].columns = some;
    of[k].count = size;
  }
  return of;
}

/* The tallies of several sets of columns, as pointers: see glue_tally_held(). The rest as in glue_tally_build(). */
SEXP glue_tally_builds(SEXP columns, SEXP sets, SEXP unit, SEXP element, SEXP weights, SEXP max_weight, SEXP domain, SEXP rows,
                       SEXP threads) {
  weeg_error err = {0};
  const R_xlen_t size = glue_rows(rows);
  const int count = Rf_length(sets);
  const weeg_column u = glue_column(unit, size);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_rows *of = rows_of_sets(columns, sets, &(weeg_rows){
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

/* Sums of squared weights by group, of several sets of columns. */
SEXP glue_group_squares(SEXP columns, SEXP sets, SEXP weights, SEXP domain, SEXP rows, SEXP threads) {
  weeg_error err = {0};
  weeg_status status = WEEG_OK;
  const R_xlen_t size = glue_rows(rows);
  const int count = Rf_length(sets);
  const weeg_hooks hooks = glue_hooks(threads);
  const weeg_rows *of = rows_of_sets(columns, sets, &(weeg_rows){
      .rows = (int64_t)size, .weights = glue_weights(weights, size), .domain = glue_domain(domain, size)});
  double **squares = (double **)R_alloc((size_t)count + 1, sizeof *squares);
  SEXP result = PROTECT(Rf_allocVector(VECSXP, count));
  for (int k = 0; k < count && status == WEEG_OK; k++) {
    int32_t cells = 0;
    if (of[k].count < 1 || of[k].count > 2) glue_broken("the columns of a tally");
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
