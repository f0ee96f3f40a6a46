#include "glue.h"

static const char *const what = "the counts of a release";

static void release(SEXP pointer) {
  weeg_reach_free((weeg_reach *)R_ExternalPtrAddr(pointer));
  R_ClearExternalPtr(pointer);
}

/* Numbers from 1 as numbers from 0. */
static const int32_t *from_0(SEXP numbers, int size) {
  const R_xlen_t count = Rf_xlength(numbers);
  const int *from = glue_ints(numbers, count, 1, size, what);
  int32_t *to = (int32_t *)R_alloc((size_t)count + 1, sizeof *to);
  for (R_xlen_t i = 0; i < count; i++) to[i] = from[i] - 1;
  return to;
}

static uint8_t *marks(SEXP flags, R_xlen_t count) {
  if (TYPEOF(flags) != LGLSXP || Rf_xlength(flags) != count) glue_broken(what);
  uint8_t *to = (uint8_t *)R_alloc((size_t)count + 1, 1);
  for (R_xlen_t i = 0; i < count; i++) to[i] = LOGICAL(flags)[i] == TRUE;
  return to;
}

/* A system of R/hide.R, to be asked about; NULL: see weeg_reach_make(). */
SEXP glue_reach_make(SEXP system) {
  weeg_error err = {0};
  weeg_reach *made = NULL;
  SEXP pairs = glue_element(system, "figure"), rows = glue_element(system, "known_row");
  weeg_reach_system s = {.atoms = glue_count(glue_element(system, "atoms")),
                         .counts = (int32_t)Rf_xlength(glue_element(system, "n")),
                         .knowns = (int32_t)Rf_xlength(glue_element(system, "known")),
                         .pairs = Rf_xlength(pairs),
                         .known_pairs = Rf_xlength(rows)};
  s.count = from_0(pairs, s.counts);
  s.known_row = from_0(rows, s.knowns);
  s.atom = from_0(glue_element(system, "atom"), s.atoms);
  s.known_atom = from_0(glue_element(system, "known_atom"), s.atoms);
  s.known_sign = glue_doubles(glue_element(system, "known_sign"), s.known_pairs, what);
  s.n = glue_doubles(glue_element(system, "n"), s.counts, what);
  s.known = glue_doubles(glue_element(system, "known"), s.knowns, what);
  s.table = glue_doubles(glue_element(system, "table"), s.atoms, what);
  SEXP pointer = PROTECT(glue_keeper(release));
  const weeg_status status = weeg_reach_make(&s, &made, &err);
  R_SetExternalPtrAddr(pointer, made);
  UNPROTECT(1);
  return status != WEEG_OK ? glue_failure(&err) : made == NULL ? R_NilValue : pointer;
}

static weeg_reach *reach_of(SEXP pointer, SEXP hidden) {
  weeg_reach *reach = TYPEOF(pointer) == EXTPTRSXP ? (weeg_reach *)R_ExternalPtrAddr(pointer) : NULL;
  if (reach == NULL || weeg_reach_counts(reach) != Rf_xlength(hidden)) glue_broken(what);
  return reach;
}

static weeg_reach_question question_of(SEXP asked, SEXP must, SEXP knowns, SEXP high) {
  const R_xlen_t count = Rf_xlength(asked);
  return (weeg_reach_question){marks(asked, count), Rf_isNull(must) ? NULL : marks(must, count), glue_count(knowns),
                               Rf_asReal(high)};
}

/* The number of the count from 1, that of one that cannot be 0 below 0; 0: there is none; NA: not found out. */
SEXP glue_reach_next(SEXP pointer, SEXP hidden, SEXP asked, SEXP knowns, SEXP high) {
  weeg_error err = {0};
  int32_t count;
  bool low, sure;
  weeg_reach *reach = reach_of(pointer, hidden);
  const weeg_reach_question q = question_of(asked, R_NilValue, knowns, high);
  const uint8_t *mark = marks(hidden, Rf_xlength(asked));
  if (weeg_reach_next(reach, mark, &q, glue_patience(), &count, &low, &sure, &err) != WEEG_OK) return glue_failure(&err);
  return Rf_ScalarInteger(!sure ? NA_INTEGER : low ? -count - 1 : count + 1);
}

/* What stays hidden; FALSE: one that must be would not be safe; NA: not found out. */
SEXP glue_reach_show(SEXP pointer, SEXP hidden, SEXP asked, SEXP must, SEXP knowns, SEXP high) {
  weeg_error err = {0};
  bool safe, sure;
  weeg_reach *reach = reach_of(pointer, hidden);
  const weeg_reach_question q = question_of(asked, must, knowns, high);
  const R_xlen_t count = Rf_xlength(asked);
  uint8_t *mark = marks(hidden, count);
  if (weeg_reach_show(reach, mark, &q, glue_patience(), &safe, &sure, &err) != WEEG_OK) return glue_failure(&err);
  if (!sure || !safe) return Rf_ScalarLogical(sure ? FALSE : NA_LOGICAL);
  SEXP result = PROTECT(Rf_allocVector(LGLSXP, count));
  for (R_xlen_t i = 0; i < count; i++) LOGICAL(result)[i] = mark[i];
  UNPROTECT(1);
  return result;
}
