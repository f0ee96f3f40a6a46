#include "glue.h"

#include <string.h>

SEXP glue_list(int size, const char *const *names) {
  SEXP list = PROTECT(Rf_allocVector(VECSXP, size));
  SEXP labels = PROTECT(Rf_allocVector(STRSXP, size));
  for (int i = 0; i < size; i++) SET_STRING_ELT(labels, i, Rf_mkChar(names[i]));
  Rf_setAttrib(list, R_NamesSymbol, labels);
  UNPROTECT(2);
  return list;
}

SEXP glue_element(SEXP list, const char *name) {
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  for (R_xlen_t i = 0; i < Rf_xlength(names); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(list, i);
  }
  return R_NilValue;
}

SEXP glue_failure(const weeg_error *err) {
  static const char *const names[] = {"code", "message", "where", "count", "line", "column"};
  static const char *const codes[] = {"none",    "argument", "memory", "too_large",  "weight",  "missing",
                                      "nesting", "fpc",      "lonely", "numeric", "interrupt", "file", "csv"};
  SEXP failure = PROTECT(glue_list(6, names));
  SET_VECTOR_ELT(failure, 0, Rf_mkString(codes[err->code]));
  SET_VECTOR_ELT(failure, 1, Rf_ScalarString(Rf_mkCharCE(err->message, CE_UTF8)));
  SET_VECTOR_ELT(failure, 2, Rf_ScalarReal((double)err->where));
  SET_VECTOR_ELT(failure, 3, Rf_ScalarReal((double)err->count));
  SET_VECTOR_ELT(failure, 4, Rf_ScalarReal((double)err->line));
  SET_VECTOR_ELT(failure, 5, Rf_ScalarInteger(err->column));
  Rf_setAttrib(failure, R_ClassSymbol, Rf_mkString("weeg_failure"));
  UNPROTECT(1);
  return failure;
}

SEXP glue_keeper(R_CFinalizer_t release) {
  SEXP pointer = PROTECT(R_MakeExternalPtr(NULL, R_NilValue, R_NilValue));
  R_RegisterCFinalizer(pointer, release);
  UNPROTECT(1);
  return pointer;
}

const char *glue_path(SEXP path) { return R_ExpandFileName(Rf_translateChar(STRING_ELT(path, 0))); }

SEXP glue_texts(const weeg_texts *texts) {
  SEXP strings = PROTECT(Rf_allocVector(STRSXP, texts->count));
  for (int i = 0; i < texts->count; i++) SET_STRING_ELT(strings, i, Rf_mkCharCE(texts->text[i], CE_UTF8));
  UNPROTECT(1);
  return strings;
}

double glue_or_na(double value) { return value != value ? NA_REAL : value; }

SEXP glue_reason(weeg_reason reason) {
  return reason == WEEG_REASON_NONE ? NA_STRING : Rf_mkChar(weeg_reason_text(reason));
}

static void check_interrupt(void *unused) {
  (void)unused;
  R_CheckUserInterrupt();
}

/* R_CheckUserInterrupt jumps; R_ToplevelExec catches the jump and turns it into an answer. */
static int interrupted(void *unused) {
  (void)unused;
  return !R_ToplevelExec(check_interrupt, NULL);
}

weeg_hooks glue_hooks(SEXP threads) { return (weeg_hooks){.interrupt = interrupted, .threads = Rf_asInteger(threads)}; }

weeg_column glue_column(SEXP column) {
  SEXP codes = glue_element(column, "codes");
  const int width = Rf_asInteger(glue_element(column, "width"));
  weeg_column result = {.levels = Rf_asInteger(glue_element(column, "size"))};
  result.type = width == 1 ? WEEG_CODE_U8 : width == 2 ? WEEG_CODE_U16 : WEEG_CODE_I32;
  if (TYPEOF(codes) == INTSXP) result.codes = INTEGER_RO(codes);
  if (TYPEOF(codes) == RAWSXP) result.codes = RAW_RO(codes);
  return result;
}

enum { PATIENCE = 2 }; /* seconds before progress is shown */

static void show_progress(void *ctx, double done) {
  glue_progress *line = ctx;
  const time_t now = time(NULL);
  if (difftime(now, line->started) < PATIENCE || now == line->last) return;
  line->last = now;
  line->shown = true;
  REprintf("\rreading: %3.0f %%", 100 * done);
}

void glue_start_progress(glue_progress *line, SEXP wanted, weeg_hooks *hooks) {
  *line = (glue_progress){.started = time(NULL)};
  if (Rf_asLogical(wanted) != TRUE) return;
  hooks->progress = show_progress;
  hooks->ctx = line;
}

void glue_end_progress(const glue_progress *line) {
  if (line->shown) REprintf("\r%16s\r", "");
}

static int64_t *to_counts(SEXP numbers) {
  const R_xlen_t size = Rf_xlength(numbers);
  int64_t *counts = (int64_t *)R_alloc((size_t)size + 1, sizeof *counts);
  for (R_xlen_t i = 0; i < size; i++) counts[i] = (int64_t)REAL_RO(numbers)[i];
  return counts;
}

const char *const *glue_lonely_names(void) {
  static const char *const names[] = {"fail", "remove", "certainty", "adjust", "average", NULL};
  return names;
}

static weeg_lonely lonely_rule(SEXP rule) {
  const char *name = CHAR(STRING_ELT(rule, 0));
  for (int i = 0; glue_lonely_names()[i] != NULL; i++) {
    if (strcmp(name, glue_lonely_names()[i]) == 0) return (weeg_lonely)i;
  }
  return WEEG_LONELY_FAIL;
}

/* By R's name; a design without one has the rule of package survey. */
static weeg_df_rule df_rule(SEXP rule) {
  const char *name = rule == R_NilValue ? "domain" : CHAR(STRING_ELT(rule, 0));
  return strcmp(name, "design") == 0 ? WEEG_DF_DESIGN : strcmp(name, "strata") == 0 ? WEEG_DF_STRATA : WEEG_DF_DOMAIN;
}

/* The replicates of a tally, or NULL: list(totals, scale, rscales, mse, df, rank, basis, start); see weeg_replicates. */
static const weeg_replicates *replicates_of(SEXP object) {
  SEXP list = glue_element(object, "replicates");
  if (list == R_NilValue) return NULL;
  SEXP rscales = glue_element(list, "rscales"), df = glue_element(list, "df"), basis = glue_element(list, "basis");
  SEXP start = glue_element(list, "start");
  weeg_replicates *r = (weeg_replicates *)R_alloc(1, sizeof *r);
  *r = (weeg_replicates){.count = Rf_length(rscales),
                         .totals = REAL_RO(glue_element(list, "totals")),
                         .scale = Rf_asReal(glue_element(list, "scale")),
                         .rscales = REAL_RO(rscales),
                         .mse = Rf_asLogical(glue_element(list, "mse")) == TRUE,
                         .df = df == R_NilValue ? -1 : (int64_t)Rf_asReal(df),
                         .rank = (weeg_replicate_rank)Rf_asInteger(glue_element(list, "rank")),
                         .basis = basis == R_NilValue ? NULL : REAL_RO(basis),
                         .basis_start = start == R_NilValue ? NULL : to_counts(start)};
  return r;
}

/* A stage after the first, as the list that R/stage.R makes of it. */
static weeg_stage stage_of(SEXP list) {
  SEXP unit = glue_element(list, "psu_stratum"), counts = glue_element(list, "stratum_psus");
  SEXP fpc = glue_element(list, "stratum_fpc");
  const bool element = Rf_asLogical(glue_element(list, "element")) == TRUE;
  return (weeg_stage){.element = element,
                      .strata = Rf_length(counts),
                      .units = element ? 0 : Rf_length(unit),
                      .stratum_parent = INTEGER_RO(glue_element(list, "stratum_parent")),
                      .unit_stratum = element ? NULL : INTEGER_RO(unit),
                      .stratum_units = to_counts(counts),
                      .stratum_fpc = fpc == R_NilValue ? NULL : REAL_RO(fpc)};
}

static const weeg_stage *stages_of(SEXP later) {
  const int count = Rf_length(later);
  weeg_stage *stages = (weeg_stage *)R_alloc((size_t)count + 1, sizeof *stages);
  for (int k = 0; k < count; k++) stages[k] = stage_of(VECTOR_ELT(later, k));
  return stages;
}

weeg_design glue_design(SEXP object) {
  SEXP frame = glue_element(object, "frame");
  SEXP fpc = glue_element(frame, "stratum_fpc"), later = glue_element(frame, "later");
  const bool element = Rf_asLogical(glue_element(frame, "element")) == TRUE;
  return (weeg_design){.element = element,
                       .strata = Rf_length(glue_element(frame, "stratum_psus")),
                       .psus = element ? 0 : Rf_length(glue_element(frame, "psu_stratum")),
                       .psu_stratum = element ? NULL : INTEGER_RO(glue_element(frame, "psu_stratum")),
                       .stratum_psus = to_counts(glue_element(frame, "stratum_psus")),
                       .stratum_fpc = fpc == R_NilValue ? NULL : REAL_RO(fpc),
                       .later = Rf_length(later),
                       .stages = stages_of(later),
                       .lonely = lonely_rule(glue_element(frame, "lonely")),
                       .df = df_rule(glue_element(frame, "df")),
                       .lonely_domain = Rf_asLogical(glue_element(frame, "lonely_domain")) == TRUE,
                       .replicates = replicates_of(object)};
}

/* The core takes pointers to non-const, because it also makes tallies; these are only read. */
static weeg_tally entries_tally(SEXP entries, bool element, int32_t units, int32_t cells) {
  SEXP w2 = glue_element(entries, "w2"), unit = glue_element(entries, "unit");
  return (weeg_tally){.element = element,
                      .units = units,
                      .cells = cells,
                      .entries = Rf_xlength(unit),
                      .scale = Rf_asInteger(glue_element(entries, "scale")),
                      .unit = INTEGER(unit),
                      .cell = INTEGER(glue_element(entries, "cell")),
                      .n = to_counts(glue_element(entries, "n")),
                      .w = (weeg_sum *)(void *)RAW(glue_element(entries, "w")),
                      .w2 = w2 == R_NilValue ? NULL : (weeg_square *)(void *)RAW(w2)};
}

/* The calibration of a tally, or NULL: list(g, basis, pairs, entries, visible, place); see weeg_calibration. */
static const weeg_calibration *calibration_of(SEXP object, const weeg_tally *plain) {
  SEXP list = glue_element(object, "calibration");
  if (list == R_NilValue) return NULL;
  SEXP visible = glue_element(list, "visible"), basis = glue_element(list, "basis"), g = glue_element(list, "g");
  SEXP pairs = glue_element(list, "pairs"), dual = glue_element(basis, "dual");
  weeg_tally *tally = (weeg_tally *)(void *)R_alloc(1, sizeof *tally);
  weeg_calibration *c = (weeg_calibration *)(void *)R_alloc(1, sizeof *c);
  *tally = entries_tally(glue_element(list, "entries"), plain->element, plain->units, Rf_length(visible));
  *c = (weeg_calibration){.cells = Rf_length(g),
                          .g = REAL_RO(g),
                          .columns = Rf_asInteger(glue_element(basis, "columns")),
                          .start = to_counts(glue_element(basis, "start")),
                          .index = INTEGER_RO(glue_element(basis, "index")),
                          .value = REAL_RO(glue_element(basis, "value")),
                          .pairs = Rf_xlength(glue_element(pairs, "weight")),
                          .pair_visible = INTEGER_RO(glue_element(pairs, "visible")),
                          .pair_place = INTEGER_RO(glue_element(pairs, "place")),
                          .pair_weight = REAL_RO(glue_element(pairs, "weight")),
                          .tally = tally,
                          .visible = INTEGER_RO(visible),
                          .place = INTEGER_RO(glue_element(list, "place")),
                          .dual = dual == R_NilValue ? NULL : REAL_RO(dual)};
  return c;
}

void glue_tally(SEXP object, weeg_tally *tally, weeg_design *design) {
  *design = glue_design(object);
  const weeg_stage *last = design->later > 0 ? &design->stages[design->later - 1] : NULL;
  const bool element = last == NULL ? design->element : last->element;
  const int32_t strata = last == NULL ? design->strata : last->strata;
  *tally = entries_tally(glue_element(object, "entries"), element,
                         element ? strata : last == NULL ? design->psus : last->units,
                         Rf_asInteger(glue_element(object, "cells")));
  design->calibration = calibration_of(object, tally);
}

SEXP glue_entries(const weeg_tally *tally) {
  static const char *const names[] = {"unit", "cell", "n", "w", "w2", "scale"};
  const R_xlen_t size = (R_xlen_t)tally->entries;
  SEXP list = PROTECT(glue_list(6, names));
  SEXP unit = PROTECT(Rf_allocVector(INTSXP, size)), cell = PROTECT(Rf_allocVector(INTSXP, size));
  SEXP n = PROTECT(Rf_allocVector(REALSXP, size));
  SEXP w = PROTECT(Rf_allocVector(RAWSXP, size * (R_xlen_t)sizeof(weeg_sum)));
  if (size > 0) {
    memcpy(INTEGER(unit), tally->unit, (size_t)size * sizeof *tally->unit);
    memcpy(INTEGER(cell), tally->cell, (size_t)size * sizeof *tally->cell);
    memcpy(RAW(w), tally->w, (size_t)size * sizeof *tally->w);
    for (R_xlen_t i = 0; i < size; i++) REAL(n)[i] = (double)tally->n[i];
  }
  SET_VECTOR_ELT(list, 0, unit);
  SET_VECTOR_ELT(list, 1, cell);
  SET_VECTOR_ELT(list, 2, n);
  SET_VECTOR_ELT(list, 3, w);
  if (tally->w2 != NULL) {
    SEXP w2 = PROTECT(Rf_allocVector(RAWSXP, size * (R_xlen_t)sizeof(weeg_square)));
    if (size > 0) memcpy(RAW(w2), tally->w2, (size_t)size * sizeof *tally->w2);
    SET_VECTOR_ELT(list, 4, w2);
    UNPROTECT(1);
  }
  SET_VECTOR_ELT(list, 5, Rf_ScalarInteger(tally->scale));
  UNPROTECT(5);
  return list;
}
