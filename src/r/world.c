#include "glue.h"

static const char *const what = "a table of respondents";

static SEXP part_of(SEXP list, const char *name) { return glue_element(list, name); }

static const int *codes(SEXP list, const char *name, R_xlen_t length, int low, int size) {
  return glue_ints(part_of(list, name), length, low, size - 1, what);
}

static weeg_world_errors errors_of(SEXP list, const weeg_world *world) {
  const int units = (int)Rf_xlength(part_of(list, "unit_stratum")), strata = (int)Rf_xlength(part_of(list, "size"));
  const int figures = (int)Rf_xlength(part_of(list, "part1"));
  return (weeg_world_errors){.element = Rf_asLogical(part_of(list, "element")) == TRUE,
                             .units = units,
                             .strata = strata,
                             .figures = figures,
                             .unit = codes(list, "unit", world->atoms, 0, units),
                             .unit_stratum = codes(list, "unit_stratum", units, 0, strata),
                             .size = glue_doubles(part_of(list, "size"), strata, what),
                             .factor = glue_doubles(part_of(list, "factor"), strata, what),
                             .part1 = codes(list, "part1", figures, 0, world->parts),
                             .part2 = codes(list, "part2", figures, -1, world->parts),
                             .measure = codes(list, "measure", figures, 0, WEEG_NUMBER_NEEDED + 1),
                             .low = glue_doubles(part_of(list, "low"), figures, what),
                             .high = glue_doubles(part_of(list, "high"), figures, what)};
}

/* See core_world() in R/worlds.R. Memory is R's. */
static weeg_world world_of(SEXP list) {
  SEXP frames = part_of(list, "frames"), limits = part_of(list, "limits");
  weeg_world w = {.atoms = (int32_t)Rf_xlength(part_of(list, "x")),
                  .parts = (int32_t)Rf_xlength(part_of(list, "is_sum")),
                  .designs = (int32_t)Rf_xlength(frames),
                  .counts = (int32_t)Rf_xlength(part_of(list, "n")),
                  .members = (int32_t)Rf_xlength(part_of(list, "member_atom")),
                  .steps = (int32_t)Rf_xlength(part_of(list, "from")),
                  .pairs = (int32_t)Rf_xlength(part_of(list, "class")),
                  .kinds = (int32_t)Rf_xlength(part_of(list, "opposite"))};
  if (TYPEOF(frames) != VECSXP) glue_broken(what);
  w.x = glue_doubles(part_of(list, "x"), w.atoms, what);
  w.w = glue_doubles(part_of(list, "w"), w.atoms, what);
  w.w2 = glue_doubles(part_of(list, "w2"), w.atoms, what);
  w.num = glue_doubles(part_of(list, "num"), (R_xlen_t)w.atoms * w.parts, what);
  w.den = glue_doubles(part_of(list, "den"), (R_xlen_t)w.atoms * w.parts, what);
  w.is_sum = codes(list, "is_sum", w.parts, 0, 2);
  w.member_count = codes(list, "member_count", w.members, 0, w.counts);
  w.member_atom = codes(list, "member_atom", w.members, 0, w.atoms);
  w.n = codes(list, "n", w.counts, 0, INT32_MAX);
  w.shown = codes(list, "shown", w.counts, 0, 2);
  w.from = codes(list, "from", w.steps, 0, w.atoms);
  w.to = codes(list, "to", w.steps, 0, w.atoms);
  w.pair = codes(list, "pair", 2 * (R_xlen_t)w.pairs, -1, w.steps);
  w.kind = codes(list, "class", w.pairs, 0, w.kinds);
  w.opposite = codes(list, "opposite", w.kinds, -1, w.kinds);
  w.alone = codes(list, "alone", w.pairs, 0, 2);
  w.limits = Rf_isNull(limits) ? NULL : glue_doubles(limits, 4 * (R_xlen_t)w.parts, what);
  weeg_world_errors *errors = (weeg_world_errors *)R_alloc((size_t)w.designs + 1, sizeof *errors);
  for (int d = 0; d < w.designs; d++) errors[d] = errors_of(VECTOR_ELT(frames, d), &w);
  w.errors = errors;
  return w;
}

/* list(value, num: of the parts; errors: for each design, of its figures). */
SEXP glue_world_figures(SEXP list) {
  static const char *const names[] = {"value", "num", "errors"};
  weeg_error err = {0};
  const weeg_world world = world_of(list);
  SEXP result = PROTECT(glue_list(3, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, world.parts));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, world.parts));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(VECSXP, world.designs));
  double **error = (double **)R_alloc((size_t)world.designs + 1, sizeof *error);
  for (int d = 0; d < world.designs; d++) {
    SET_VECTOR_ELT(VECTOR_ELT(result, 2), d, Rf_allocVector(REALSXP, world.errors[d].figures));
    error[d] = REAL(VECTOR_ELT(VECTOR_ELT(result, 2), d));
  }
  const weeg_status status = weeg_world_figures(&world, REAL(VECTOR_ELT(result, 0)), REAL(VECTOR_ELT(result, 1)), error, &err);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

SEXP glue_world_is_safe(SEXP list, SEXP threshold) {
  weeg_error err = {0};
  bool safe = false;
  const weeg_world world = world_of(list);
  if (weeg_world_is_safe(&world, glue_size(threshold, 1, INT32_MAX, "the threshold"), glue_patience(), &safe, &err) != WEEG_OK) {
    return glue_failure(&err);
  }
  return Rf_ScalarLogical(safe);
}

/*
 * list(figures: tables x (values of parts, their sums, standard errors of each design), people: tables x atoms, weight: of a
 * respondent of each atom, itself: which table is that of the world, from 1); NULL where there are more than `most`.
 */
SEXP glue_world_tables(SEXP list, SEXP most) {
  static const char *const names[] = {"figures", "people", "weight", "itself"};
  weeg_error err = {0};
  weeg_world_list found = {.figure = NULL};
  const weeg_world world = world_of(list);
  const int32_t limit = glue_size(most, 0, INT32_MAX - 1, "a number of tables");
  if (weeg_world_tables(&world, limit, glue_patience(), &found, &err) != WEEG_OK) { return glue_failure(&err); }
  if (found.tables > limit) return R_NilValue;
  int columns = 2 * world.parts;
  for (int d = 0; d < world.designs; d++) columns += world.errors[d].figures;
  SEXP result = PROTECT(glue_list(4, names));
  SET_VECTOR_ELT(result, 0, Rf_allocMatrix(REALSXP, found.tables, columns));
  SET_VECTOR_ELT(result, 1, Rf_allocMatrix(INTSXP, found.tables, world.atoms));
  SET_VECTOR_ELT(result, 2, Rf_allocVector(REALSXP, world.atoms));
  found.figure = REAL(VECTOR_ELT(result, 0));
  found.people = INTEGER(VECTOR_ELT(result, 1));
  found.weight = REAL(VECTOR_ELT(result, 2));
  const weeg_status status = weeg_world_tables(&world, found.tables, glue_patience(), &found, &err);
  SET_VECTOR_ELT(result, 3, Rf_ScalarInteger(found.itself + 1));
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* Whether each class of tables may be told apart; class_of: from 1. */
SEXP glue_world_classes(SEXP class_of, SEXP classes, SEXP counts, SEXP threshold, SEXP spare) {
  weeg_error err = {0};
  const int32_t tables = (int32_t)Rf_xlength(class_of), all = glue_size(classes, 0, INT32_MAX - 1, "a number of classes");
  const int *code = glue_ints(class_of, tables, 1, all, what);
  const int32_t number = tables == 0 ? 0 : (int32_t)(Rf_xlength(counts) / tables);
  const int *count = glue_ints(counts, (R_xlen_t)tables * number, 0, INT32_MAX - 1, what);
  int32_t *from_0 = (int32_t *)R_alloc((size_t)tables + 1, sizeof *from_0);
  for (int32_t i = 0; i < tables; i++) from_0[i] = code[i] - 1;
  SEXP apart = PROTECT(Rf_allocVector(LGLSXP, all));
  const int32_t least = glue_size(threshold, 1, INT32_MAX, "the threshold");
  const int32_t more = glue_size(spare, 0, INT32_MAX, "a number of tables");
  const weeg_status status =
      weeg_world_classes(&(weeg_world_division){tables, all, number, from_0, count}, least, more, LOGICAL(apart), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? apart : glue_failure(&err);
}
