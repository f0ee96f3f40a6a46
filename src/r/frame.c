/* Tallies with names: what the core makes of them, as members of R's. */
#include "glue.h"

#include <string.h>

/* ---- from R ----------------------------------------------------------------------------------------------------- */

/* Texts in UTF-8, borrowed; length -1: any. */
weeg_texts glue_texts_in(SEXP strings, R_xlen_t length, const char *what) {
  if (strings == R_NilValue && length <= 0) return (weeg_texts){0, NULL};
  if (TYPEOF(strings) != STRSXP || (length >= 0 && Rf_xlength(strings) != length)) glue_broken(what);
  const int count = Rf_length(strings);
  char **text = (char **)R_alloc((size_t)count + 1, sizeof *text);
  for (int i = 0; i < count; i++) {
    SEXP one = STRING_ELT(strings, i);
    text[i] = (char *)(uintptr_t)(Rf_getCharCE(one) == CE_BYTES ? CHAR(one) : Rf_translateCharUTF8(one));
  }
  return (weeg_texts){count, text};
}

static char *text_in(SEXP list, const char *name) {
  static const char *const what = "the variables of the tally";
  SEXP text = glue_element(list, name);
  return text == R_NilValue ? NULL : glue_texts_in(text, 1, what).text[0];
}

static weeg_variable variable_in(SEXP list) {
  static const char *const what = "the variables of the tally";
  SEXP values = glue_element(list, "values");
  const weeg_texts levels = glue_texts_in(glue_element(list, "levels"), -1, what);
  return (weeg_variable){.name = text_in(list, "name"),
                         .label = text_in(list, "label"),
                         .ordered = glue_flag(list, "ordered"),
                         .number = glue_flag(list, "number"),
                         .measure = glue_flag(list, "measure"),
                         .levels = levels,
                         .values = values == R_NilValue ? NULL : (double *)glue_doubles(values, levels.count, what)};
}

weeg_variable *glue_variables_in(SEXP variables, bool named) {
  static const char *const what = "the variables of the tally";
  if (TYPEOF(variables) != VECSXP) glue_broken(what);
  weeg_variable *v = (weeg_variable *)(void *)R_alloc((size_t)Rf_length(variables) + 1, sizeof *v);
  for (int i = 0; i < Rf_length(variables); i++) {
    v[i] = variable_in(VECTOR_ELT(variables, i));
    if (named && v[i].name == NULL) glue_broken(what);
  }
  return v;
}

/* A tally and its variables; without labels of the design. */
void glue_frame(SEXP object, weeg_frame *f) {
  SEXP variables = glue_element(object, "variables");
  int32_t cells = 0;
  weeg_tally *tally = (weeg_tally *)(void *)R_alloc(1, sizeof *tally);
  *f = (weeg_frame){.variables = Rf_length(variables), .variable = glue_variables_in(variables, true), .tally = tally};
  glue_tally(object, tally, &f->design);
  int measures = 0;
  for (int v = 0; v < f->variables; v++) measures += f->variable[v].measure;
  if (measures != tally->measures) glue_broken("the measures of the tally");
  if (weeg_frame_cells(f->variable, f->variables, &cells, NULL) != WEEG_OK || cells != tally->cells) {
    glue_broken("the variables of the tally");
  }
}

static const char *const labels_what = "the labels of strata and clusters";

weeg_stage_names *glue_stage_names(SEXP frame, const weeg_design *d) {
  SEXP later = glue_element(frame, "later");
  weeg_stage_names *names = (weeg_stage_names *)(void *)R_alloc((size_t)d->later + 1, sizeof *names);
  for (int s = 0; s < d->later; s++) {
    SEXP stage = VECTOR_ELT(later, s), strata = glue_element(stage, "strata");
    names[s] = (weeg_stage_names){{0, NULL}, {0, NULL}};
    if (strata != R_NilValue) names[s].strata = glue_texts_in(strata, d->stages[s].strata, labels_what);
    if (!d->stages[s].element) names[s].units = glue_texts_in(glue_element(stage, "psus"), d->stages[s].units, labels_what);
  }
  return names;
}

static void labels_in(SEXP object, weeg_frame *f) {
  SEXP frame = glue_element(object, "frame");
  f->strata = glue_texts_in(glue_element(frame, "strata"), f->design.strata, labels_what);
  if (!f->design.element) f->psus = glue_texts_in(glue_element(frame, "psus"), f->design.psus, labels_what);
  f->stages = glue_stage_names(frame, &f->design);
}

/* New numbers of cells, which R may have computed as doubles. */
static const int32_t *cells_in(SEXP cell, int32_t from, int32_t to) {
  static const char *const what = "the cells of the tally";
  if (TYPEOF(cell) != REALSXP) return glue_ints(cell, from, -1, to - 1, what);
  const double *number = glue_doubles(cell, from, what);
  int32_t *cells = (int32_t *)R_alloc((size_t)from + 1, sizeof *cells);
  for (int32_t c = 0; c < from; c++) {
    if (!(number[c] >= -1 && number[c] < to)) glue_broken(what);
    cells[c] = (int32_t)number[c];
  }
  return cells;
}

/* ---- to R ------------------------------------------------------------------------------------------------------- */

static SEXP doubles(const double *from, R_xlen_t count) {
  SEXP to = Rf_allocVector(REALSXP, count);
  if (count > 0) memcpy(REAL(to), from, (size_t)count * sizeof *from);
  return to;
}

static SEXP counts(const int64_t *from, R_xlen_t count) {
  SEXP to = Rf_allocVector(REALSXP, count);
  for (R_xlen_t i = 0; i < count; i++) REAL(to)[i] = (double)from[i];
  return to;
}

/* list(levels, ordered, number, values) of each variable. */
static SEXP variables_out(const weeg_frame *f) {
  static const char *const names[] = {"levels", "ordered", "number", "values"};
  SEXP list = PROTECT(Rf_allocVector(VECSXP, f->variables));
  for (int i = 0; i < f->variables; i++) {
    const weeg_variable *v = &f->variable[i];
    SEXP one = glue_list(4, names);
    SET_VECTOR_ELT(list, i, one);
    SET_VECTOR_ELT(one, 0, glue_texts(&v->levels));
    SET_VECTOR_ELT(one, 1, Rf_ScalarLogical(v->ordered));
    SET_VECTOR_ELT(one, 2, Rf_ScalarLogical(v->number));
    if (v->values != NULL) SET_VECTOR_ELT(one, 3, doubles(v->values, v->levels.count));
  }
  UNPROTECT(1);
  return list;
}

SEXP glue_stage_out(const weeg_stage *s, const weeg_texts *strata, const weeg_texts *units) {
  static const char *const names[] = {"element",     "stratum_parent", "strata", "psus",
                                      "psu_stratum", "stratum_psus",   "stratum_fpc", "psu_probability"};
  SEXP list = PROTECT(glue_list(8, names));
  SET_VECTOR_ELT(list, 0, Rf_ScalarLogical(s->element));
  if (s->stratum_parent != NULL) SET_VECTOR_ELT(list, 1, glue_integers(s->stratum_parent, s->strata));
  if (strata->count > 0) SET_VECTOR_ELT(list, 2, glue_texts(strata));
  if (!s->element) {
    if (units->count > 0 || s->units == 0) SET_VECTOR_ELT(list, 3, glue_texts(units));
    SET_VECTOR_ELT(list, 4, glue_integers(s->unit_stratum, s->units));
  }
  SET_VECTOR_ELT(list, 5, counts(s->stratum_units, s->strata));
  if (s->stratum_fpc != NULL) SET_VECTOR_ELT(list, 6, doubles(s->stratum_fpc, s->strata));
  UNPROTECT(1);
  return list;
}

/* All stages, the first one first; without names where R gave none. */
static SEXP stages_out(const weeg_frame *f) {
  static const weeg_texts none;
  const weeg_design *d = &f->design;
  const weeg_stage first = {.element = d->element, .strata = d->strata, .units = d->psus, .unit_stratum = d->psu_stratum,
                            .stratum_units = d->stratum_psus, .stratum_fpc = d->stratum_fpc};
  SEXP list = PROTECT(Rf_allocVector(VECSXP, d->later + 1));
  SET_VECTOR_ELT(list, 0, glue_stage_out(&first, &f->strata, &f->psus));
  if (d->psu_probability != NULL) SET_VECTOR_ELT(VECTOR_ELT(list, 0), 7, doubles(d->psu_probability, d->psus));
  for (int s = 0; s < d->later; s++) {
    const weeg_texts *strata = f->stages == NULL ? &none : &f->stages[s].strata;
    const weeg_texts *units = f->stages == NULL ? &none : &f->stages[s].units;
    SET_VECTOR_ELT(list, s + 1, glue_stage_out(&d->stages[s], strata, units));
  }
  UNPROTECT(1);
  return list;
}

static SEXP calibration_out(const weeg_calibration *c, int32_t measures) {
  static const char *const names[] = {"visible", "pair_visible", "measure"};
  SEXP list = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(list, 0, glue_integers(c->visible, c->tally->cells));
  SET_VECTOR_ELT(list, 1, glue_integers(c->pair_visible, c->pairs));
  if (c->measure != NULL) SET_VECTOR_ELT(list, 2, glue_integers(c->measure, measures));
  UNPROTECT(1);
  return list;
}

/* Without a basis by cells: NULL, and what R has stays. */
static SEXP replicates_out(const weeg_replicates *r, const weeg_tally *tally) {
  static const char *const names[] = {"totals", "rank", "basis", "start"};
  const int32_t cells = tally->cells, columns = cells * (1 + tally->measures); /* as R gave them */
  SEXP list = PROTECT(glue_list(4, names)), totals = Rf_allocMatrix(REALSXP, r->count, columns);
  SET_VECTOR_ELT(list, 0, totals);
  if (columns > 0) memcpy(REAL(totals), r->totals, (size_t)columns * (size_t)r->count * sizeof *r->totals);
  SET_VECTOR_ELT(list, 1, Rf_ScalarInteger((int)r->rank));
  if (r->basis_start != NULL && r->basis != NULL) {
    const int64_t rows = r->basis_start[cells];
    SEXP basis = Rf_allocMatrix(REALSXP, r->count, (int)rows);
    SET_VECTOR_ELT(list, 2, basis);
    if (rows > 0) memcpy(REAL(basis), r->basis, (size_t)rows * (size_t)r->count * sizeof *r->basis);
    SET_VECTOR_ELT(list, 3, counts(r->basis_start, (R_xlen_t)cells + 1));
  }
  UNPROTECT(1);
  return list;
}

static void release(SEXP pointer) {
  weeg_frame_free((weeg_frame *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* What a tally has after its cells were renumbered; all: names, design and notes too. R keeps `made` until it is copied. */
static SEXP frame_out(weeg_frame *made, SEXP pointer, bool all) {
  static const char *const names[] = {"entries", "cells", "calibration", "replicates", "variables", "stages", "notes"};
  R_SetExternalPtrAddr(pointer, made);
  const weeg_design *d = &made->design;
  SEXP list = PROTECT(glue_list(7, names));
  SET_VECTOR_ELT(list, 0, glue_entries(made->tally));
  SET_VECTOR_ELT(list, 1, Rf_ScalarInteger(made->tally->cells));
  if (d->calibration != NULL) SET_VECTOR_ELT(list, 2, calibration_out(d->calibration, made->tally->measures));
  if (d->replicates != NULL) SET_VECTOR_ELT(list, 3, replicates_out(d->replicates, made->tally));
  if (all) {
    SET_VECTOR_ELT(list, 4, variables_out(made));
    SET_VECTOR_ELT(list, 5, stages_out(made));
    SET_VECTOR_ELT(list, 6, glue_texts(&made->notes));
  }
  release(pointer);
  UNPROTECT(1);
  return list;
}

/* ---- what R calls ----------------------------------------------------------------------------------------------- */

/* The tally with only variables which[], from 0. */
SEXP glue_frame_select(SEXP object, SEXP which) {
  weeg_error err = {0};
  weeg_frame f, *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(object, &f);
  const int *wanted = glue_ints(which, -1, 0, f.variables - 1, "the variables of the tally");
  const weeg_status status = weeg_frame_select(&f, wanted, Rf_length(which), &made, &err);
  SEXP result = status == WEEG_OK ? frame_out(made, pointer, false) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* Its cells renumbered, for a list of other variables; -1 leaves a cell out. */
SEXP glue_frame_recell(SEXP object, SEXP cell, SEXP variables) {
  weeg_error err = {0};
  weeg_frame f, *made = NULL;
  int32_t cells = 0;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(object, &f);
  const weeg_variable *variable = glue_variables_in(variables, true);
  weeg_status status = weeg_frame_cells(variable, Rf_length(variables), &cells, &err);
  if (status == WEEG_OK) {
    const int32_t *to = cells_in(cell, f.tally->cells, cells);
    status = weeg_frame_recell(&f, to, variable, Rf_length(variables), &made, &err);
  }
  SEXP result = status == WEEG_OK ? frame_out(made, pointer, false) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* The domain of the cells that are inside. */
SEXP glue_frame_domain(SEXP object, SEXP inside) {
  weeg_error err = {0};
  weeg_frame f, *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(object, &f);
  if (TYPEOF(inside) != LGLSXP || Rf_xlength(inside) != f.tally->cells) glue_broken("the cells of the tally");
  uint8_t *holds = (uint8_t *)R_alloc((size_t)f.tally->cells + 1, sizeof *holds);
  for (int32_t c = 0; c < f.tally->cells; c++) holds[c] = LOGICAL(inside)[c] == TRUE;
  const weeg_status status = weeg_frame_domain(&f, holds, &made, &err);
  SEXP result = status == WEEG_OK ? frame_out(made, pointer, false) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* Levels of one of the variables (from 0) as a net: which are in it, and what it is called. */
SEXP glue_frame_net(SEXP object, SEXP variable, SEXP inside, SEXP name) {
  static const char *const what = "the variables of the tally";
  weeg_error err = {0};
  weeg_frame f, *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(object, &f);
  const int32_t at = glue_size(variable, 0, f.variables - 1, what);
  const int levels = f.variable[at].levels.count;
  if (TYPEOF(inside) != LGLSXP || Rf_length(inside) != levels) glue_broken(what);
  uint8_t *holds = (uint8_t *)R_alloc((size_t)levels + 1, sizeof *holds);
  for (int k = 0; k < levels; k++) holds[k] = LOGICAL(inside)[k] == TRUE;
  const weeg_net net = {at, holds, glue_texts_in(name, 1, what).text[0]};
  const weeg_status status = weeg_frame_net(&f, &net, &made, &err);
  SEXP result = status == WEEG_OK ? frame_out(made, pointer, true) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* Missing values as a weeg_missing says; whole: the tally without its domain, or NULL. */
SEXP glue_frame_treat(SEXP object, SEXP whole, SEXP how) {
  weeg_error err = {0};
  weeg_frame f, w, *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  const weeg_missing missing = (weeg_missing)glue_size(how, WEEG_MISSING_DOMAIN, WEEG_MISSING_LEVEL, "missing");
  glue_frame(object, &f);
  if (whole != R_NilValue) glue_frame(whole, &w);
  const weeg_status status = weeg_frame_treat(&f, whole == R_NilValue ? NULL : &w, missing, &made, &err);
  SEXP result = status == WEEG_OK ? frame_out(made, pointer, true) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* The sum of two tallies, with their notes. */
SEXP glue_frame_join(SEXP a, SEXP b, SEXP a_notes, SEXP b_notes) {
  weeg_error err = {0};
  weeg_frame first, second, *made = NULL;
  SEXP pointer = PROTECT(glue_keeper(release));
  glue_frame(a, &first);
  labels_in(a, &first);
  first.notes = glue_texts_in(a_notes, -1, "the notes of the tally");
  glue_frame(b, &second);
  labels_in(b, &second);
  second.notes = glue_texts_in(b_notes, -1, "the notes of the tally");
  const weeg_status status = weeg_frame_join(&first, a == b ? &first : &second, &made, &err);
  SEXP result = status == WEEG_OK ? frame_out(made, pointer, true) : glue_failure(&err);
  UNPROTECT(1);
  return result;
}

/* list(from, number): which of the levels of a and then b each of both together is, from 1; whether they are numbers. */
SEXP glue_frame_levels(SEXP a, SEXP b) {
  static const char *const names[] = {"from", "number"};
  weeg_error err = {0};
  const weeg_variable first = variable_in(a), second = variable_in(b);
  const int m = first.levels.count, n = second.levels.count;
  weeg_joined_levels joined = {(int32_t *)R_alloc((size_t)m + 1, sizeof(int32_t)),
                               (int32_t *)R_alloc((size_t)n + 1, sizeof(int32_t))};
  if (weeg_join_levels(&first, &second, &joined, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names)), from = Rf_allocVector(INTSXP, joined.count);
  SET_VECTOR_ELT(result, 0, from);
  SET_VECTOR_ELT(result, 1, Rf_ScalarLogical(joined.number));
  for (int k = n - 1; k >= 0; k--) INTEGER(from)[joined.b[k]] = m + k + 1;
  for (int k = m - 1; k >= 0; k--) INTEGER(from)[joined.a[k]] = k + 1;
  UNPROTECT(1);
  return result;
}

/* Cells of variables with so many levels, without names. */
static weeg_status layout_of(SEXP sizes, weeg_frame *f, weeg_tally *tally, weeg_error *err) {
  const int *size = glue_ints(sizes, -1, 0, INT32_MAX - 1, "the variables of the tally"), count = Rf_length(sizes);
  weeg_variable *v = (weeg_variable *)(void *)R_alloc((size_t)count + 1, sizeof *v);
  for (int i = 0; i < count; i++) v[i] = (weeg_variable){.levels = {size[i], NULL}};
  *f = (weeg_frame){.variables = count, .variable = v, .tally = tally};
  return weeg_frame_cells(v, count, &tally->cells, err);
}

/* For variables with so many levels, the position of each in every cell. */
SEXP glue_frame_positions(SEXP sizes) {
  weeg_error err = {0};
  weeg_tally tally = {0};
  weeg_frame f;
  if (layout_of(sizes, &f, &tally, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(Rf_allocVector(VECSXP, f.variables));
  for (int i = 0; i < f.variables; i++) {
    SET_VECTOR_ELT(result, i, Rf_allocVector(INTSXP, tally.cells));
    weeg_frame_positions(&f, i, INTEGER(VECTOR_ELT(result, i)));
  }
  UNPROTECT(1);
  return result;
}

/* list(place, places) of the levels of variables which[] (from 0), crossed, of those with so many levels. */
SEXP glue_frame_places(SEXP sizes, SEXP which) {
  static const char *const names[] = {"place", "places"};
  weeg_error err = {0};
  weeg_tally tally = {0};
  weeg_frame f;
  int32_t places = 0;
  const int *wanted = glue_ints(which, -1, 0, Rf_length(sizes) - 1, "the variables of the tally");
  if (layout_of(sizes, &f, &tally, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names)), place = Rf_allocVector(INTSXP, tally.cells);
  SET_VECTOR_ELT(result, 0, place);
  const weeg_status status = weeg_frame_places(&f, wanted, Rf_length(which), INTEGER(place), &places, &err);
  SET_VECTOR_ELT(result, 1, Rf_ScalarInteger(places));
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}
