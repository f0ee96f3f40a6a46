#include <string.h>

#include "glue.h"

/* What the core reserved is kept by R until it has been copied, so that an R error on the way cannot leak it. */
static void release(SEXP pointer) {
  weeg_free(R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* value[values], probs; choices: rule, limits and interval, each from 0. */
static weeg_quantile_choice choice_of(SEXP value, R_xlen_t values, SEXP probs, SEXP choices, SEXP level) {
  const int *chosen = glue_ints(choices, 3, 0, INT16_MAX, "how a quantile is made");
  return (weeg_quantile_choice){.value = glue_doubles(value, values, "the values"),
                                .probs = glue_doubles(probs, -1, "the probabilities"),
                                .count = (int32_t)Rf_xlength(probs),
                                .rule = (weeg_quantile_rule)chosen[0],
                                .limits = (weeg_quantile_limits)chosen[1],
                                .interval = {(weeg_interval_method)chosen[2], Rf_asReal(level)}};
}

static weeg_quantile *new_quantiles(R_xlen_t size) { return (weeg_quantile *)R_alloc((size_t)size + 1, sizeof(weeg_quantile)); }

static SEXP quantile_columns(const weeg_quantile *found, R_xlen_t size) {
  enum { ESTIMATE, ERROR, LOW, HIGH, N, WEIGHTED, DF, REASON, COLUMNS };
  static const char *const names[COLUMNS] = {"estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "df",
                                             "reason"};
  SEXP result = PROTECT(glue_list(COLUMNS, names));
  for (int k = 0; k < COLUMNS; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(k == REASON ? STRSXP : REALSXP, size));
  for (R_xlen_t i = 0; i < size; i++) {
    const weeg_quantile *q = &found[i];
    const double values[] = {q->estimate, q->std_error, q->low, q->high, (double)q->n, q->weighted, q->df_used};
    for (int k = 0; k < REASON; k++) REAL(VECTOR_ELT(result, k))[i] = glue_or_na(values[k]);
    SET_STRING_ELT(VECTOR_ELT(result, REASON), i, glue_reason(q->reason));
  }
  UNPROTECT(1);
  return result;
}

/* Columns of quantiles of group x probability (probabilities fastest), of a tally. */
SEXP glue_quantiles(SEXP object, SEXP places, SEXP value, SEXP probs, SEXP choices, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const weeg_places at = glue_table(places, survey->tally);
  const weeg_quantile_choice choice = choice_of(value, at.answers, probs, choices, level);
  const R_xlen_t size = (R_xlen_t)at.groups * choice.count;
  weeg_quantile *found = new_quantiles(size);
  if (weeg_quantiles(survey, &at, &choice, found, &err) != WEEG_OK) return glue_failure(&err);
  return quantile_columns(found, size);
}

/*
 * The same of rows, with values of theirs. object: a tally of the rows, for its design; rows: list(groups: coded columns, unit,
 * weights, max_weight, domain, rows, threads), as glue_tally_build() has them; places: of the cells of these columns.
 */
SEXP glue_row_quantiles(SEXP object, SEXP rows, SEXP places, SEXP value, SEXP probs, SEXP choices, SEXP level) {
  weeg_error err = {0};
  const weeg_survey *survey = glue_survey(object);
  const R_xlen_t count = glue_rows(glue_element(rows, "rows"));
  SEXP groups = glue_element(rows, "groups");
  const weeg_column *columns = glue_columns(groups, count);
  const weeg_column unit = glue_column(glue_element(rows, "unit"), count);
  int32_t cells = 0;
  if (weeg_layout_cells(columns, Rf_length(groups), &cells, &err) != WEEG_OK) return glue_failure(&err);
  const weeg_places at = glue_table(places, &(weeg_tally){.cells = cells});
  const weeg_quantile_choice choice = choice_of(value, count, probs, choices, level);
  const weeg_hooks hooks = glue_hooks(glue_element(rows, "threads"));
  const weeg_rows of = {.rows = (int64_t)count, .columns = columns, .count = Rf_length(groups), .unit = &unit,
                        .element = survey->tally->element,
                        .weights = glue_weights(glue_element(rows, "weights"), count),
                        .max_weight = Rf_asReal(glue_element(rows, "max_weight")),
                        .domain = glue_domain(glue_element(rows, "domain"), count)};
  const R_xlen_t size = (R_xlen_t)at.groups * choice.count;
  weeg_quantile *found = new_quantiles(size);
  const weeg_status status = weeg_row_quantiles(&(weeg_survey_rows){&of, survey->design, &hooks}, &at, &choice, found, &err);
  return status == WEEG_OK ? quantile_columns(found, size) : glue_failure(&err);
}

/* list(codes, values) of doubles: codes from 1 by size, 0 where missing. */
SEXP glue_value_codes(SEXP x) {
  static const char *const names[] = {"codes", "values"};
  weeg_error err = {0};
  double *values = NULL;
  int32_t count = 0;
  const double *value = glue_doubles(x, -1, "values");
  SEXP result = PROTECT(glue_list(2, names)), keeper = PROTECT(glue_keeper(release));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(INTSXP, Rf_xlength(x)));
  const weeg_status status = weeg_value_codes(value, Rf_xlength(x), INTEGER(VECTOR_ELT(result, 0)), &values, &count, &err);
  R_SetExternalPtrAddr(keeper, values);
  if (status == WEEG_OK) {
    SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, count));
    if (count > 0) memcpy(REAL(VECTOR_ELT(result, 1)), values, (size_t)count * sizeof *values);
  }
  release(keeper);
  UNPROTECT(2);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/*
 * list(codes, group, level): the cells of groups and `values` values that occur, from 1 of each row, and where each is, from 0.
 * columns: coded, the last one the values; place: where each cell of the groups is. A cell without a value has level -1.
 */
SEXP glue_occurring(SEXP columns, SEXP rows, SEXP place) {
  static const char *const names[] = {"codes", "group", "level"};
  weeg_error err = {0};
  int32_t *cells = NULL, count = 0;
  const R_xlen_t size = glue_rows(rows);
  const weeg_column *from = glue_columns(columns, size);
  const int all = Rf_length(columns);
  if (all < 1) glue_broken("a list of columns");
  const int values = from[all - 1].levels;
  const int *group = glue_ints(place, -1, -1, INT32_MAX, "the places of groups");
  SEXP result = PROTECT(glue_list(3, names)), keeper = PROTECT(glue_keeper(release));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(INTSXP, size));
  const weeg_status status = weeg_occurring_cells(from, all, size, INTEGER(VECTOR_ELT(result, 0)), &cells, &count, &err);
  R_SetExternalPtrAddr(keeper, cells);
  if (status == WEEG_OK) {
    for (int k = 1; k < 3; k++) SET_VECTOR_ELT(result, k, Rf_allocVector(INTSXP, count));
    int *groups = INTEGER(VECTOR_ELT(result, 1)), *levels = INTEGER(VECTOR_ELT(result, 2));
    for (int i = 0; i < count; i++) {
      const int cell = cells[i] / (values + 1), level = cells[i] % (values + 1);
      groups[i] = cell < Rf_length(place) ? group[cell] : -1;
      levels[i] = level == values ? -1 : level;
    }
  }
  release(keeper);
  UNPROTECT(2);
  return status == WEEG_OK ? result : glue_failure(&err);
}
