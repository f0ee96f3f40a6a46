/*
 * What R holds, as the core wants it. An object may have been changed by hand, or read from a file that anybody made, so all that
 * the core will read is checked here: types, lengths, and every number that is used as an index. What is wrong is raised at once:
 * nothing is held yet but memory of R's.
 */
#include <math.h>
#include <string.h>

#include "glue.h"

static const double MOST_COUNT = 9007199254740992.0; /* 2^53 */

SEXP glue_element(SEXP list, const char *name) {
  if (TYPEOF(list) != VECSXP) return R_NilValue;
  SEXP names = Rf_getAttrib(list, R_NamesSymbol);
  if (TYPEOF(names) != STRSXP || Rf_xlength(names) != Rf_xlength(list)) return R_NilValue;
  for (R_xlen_t i = 0; i < Rf_xlength(names); i++) {
    if (strcmp(CHAR(STRING_ELT(names, i)), name) == 0) return VECTOR_ELT(list, i);
  }
  return R_NilValue;
}

/* R/seal.R has the words. */
void glue_broken(const char *what) {
  SEXP package = PROTECT(Rf_mkString("weeg")), text = PROTECT(Rf_mkString(what));
  SEXP space = PROTECT(R_FindNamespace(package));
  SEXP call = PROTECT(Rf_lang2(Rf_install("abort_broken"), text));
  Rf_eval(call, space);
  Rf_error("%s is not what it was", what); /* not reached */
}

/* ---- vectors ---------------------------------------------------------------------------------------------------- */

const int *glue_ints(SEXP x, R_xlen_t length, int low, int high, const char *what) {
  if (TYPEOF(x) != INTSXP || (length >= 0 && Rf_xlength(x) != length)) glue_broken(what);
  const int *values = INTEGER_RO(x);
  for (R_xlen_t i = 0; i < Rf_xlength(x); i++) {
    if (values[i] < low || values[i] > high) glue_broken(what);
  }
  return values;
}

const double *glue_doubles(SEXP x, R_xlen_t length, const char *what) {
  if (TYPEOF(x) != REALSXP || (length >= 0 && Rf_xlength(x) != length)) glue_broken(what);
  return REAL_RO(x);
}

int glue_size(SEXP x, int low, int high, const char *what) {
  const double value = TYPEOF(x) == INTSXP || TYPEOF(x) == REALSXP ? Rf_asReal(x) : NAN;
  if (!(value >= low && value <= high) || value != floor(value)) glue_broken(what);
  return (int)value;
}

int glue_count(SEXP x) { return glue_size(x, 0, INT32_MAX, "the size of a table"); }

R_xlen_t glue_rows(SEXP x) {
  const double value = TYPEOF(x) == INTSXP || TYPEOF(x) == REALSXP ? Rf_asReal(x) : NAN;
  if (!(value >= 0 && value <= MOST_COUNT)) glue_broken("the number of rows");
  return (R_xlen_t)value;
}

const char *glue_text(SEXP x, const char *what) {
  if (TYPEOF(x) != STRSXP || Rf_xlength(x) < 1 || STRING_ELT(x, 0) == NA_STRING) glue_broken(what);
  return Rf_translateChar(STRING_ELT(x, 0));
}

const int *glue_places(SEXP x, const weeg_tally *tally, int size) {
  return glue_ints(x, tally->cells, -1, size - 1, "the cells of the tally");
}

weeg_places glue_table(SEXP list, const weeg_tally *tally) {
  static const char *const names[][2] = {{"group", "groups"}, {"level", "levels"}, {"layer", "layers"}};
  const int *place[3];
  int size[3];
  for (int k = 0; k < 3; k++) {
    const bool without = k == 2 && glue_element(list, names[k][0]) == R_NilValue;
    size[k] = without ? 0 : glue_count(glue_element(list, names[k][1]));
    place[k] = without ? NULL : glue_places(glue_element(list, names[k][0]), tally, size[k]);
  }
  return (weeg_places){place[0], size[0], place[1], size[1], place[2], size[2]};
}

int64_t *glue_counts(SEXP numbers, R_xlen_t length, const char *what) {
  const double *from = glue_doubles(numbers, length, what);
  const R_xlen_t size = Rf_xlength(numbers);
  int64_t *counts = (int64_t *)R_alloc((size_t)size + 1, sizeof *counts);
  for (R_xlen_t i = 0; i < size; i++) {
    if (!(from[i] >= 0 && from[i] <= MOST_COUNT)) glue_broken(what);
    counts[i] = (int64_t)from[i];
  }
  return counts;
}

/* Where the parts of each of `size` begin, and where the last one ends: at `end` (-1: anywhere). */
static int64_t *to_starts(SEXP numbers, R_xlen_t size, int64_t end, const char *what) {
  int64_t *start = glue_counts(numbers, size + 1, what);
  for (R_xlen_t i = 0; i < size; i++) {
    if (start[i] > start[i + 1]) glue_broken(what);
  }
  if (start[0] != 0 || (end >= 0 && start[size] != end)) glue_broken(what);
  return start;
}

bool glue_flag(SEXP list, const char *name) {
  SEXP flag = glue_element(list, name);
  return TYPEOF(flag) == LGLSXP && Rf_asLogical(flag) == TRUE;
}

/* ---- columns ---------------------------------------------------------------------------------------------------- */

weeg_column glue_column(SEXP column, R_xlen_t rows) {
  static const char *const what = "a coded column";
  SEXP codes = glue_element(column, "codes");
  const int width = glue_size(glue_element(column, "width"), 1, 4, what);
  weeg_column result = {.levels = glue_size(glue_element(column, "size"), 0, INT32_MAX, what)};
  result.type = width == 1 ? WEEG_CODE_U8 : width == 2 ? WEEG_CODE_U16 : WEEG_CODE_I32;
  if (codes == R_NilValue) return result; /* one level that all rows have */
  const bool wide = TYPEOF(codes) == INTSXP && width == 4, narrow = TYPEOF(codes) == RAWSXP && (width == 1 || width == 2);
  if (!wide && !narrow) glue_broken(what);
  if (Rf_xlength(codes) != (wide ? rows : rows * width)) {
    glue_broken("a variable with another number of rows than the design");
  }
  result.codes = wide ? (const void *)INTEGER_RO(codes) : (const void *)RAW_RO(codes);
  return result;
}

weeg_column *glue_columns(SEXP columns, R_xlen_t rows) {
  if (TYPEOF(columns) != VECSXP) glue_broken("a list of columns");
  const int count = Rf_length(columns);
  weeg_column *array = (weeg_column *)R_alloc((size_t)count + 1, sizeof *array);
  for (int v = 0; v < count; v++) array[v] = glue_column(VECTOR_ELT(columns, v), rows);
  return array;
}

const uint8_t *glue_domain(SEXP domain, R_xlen_t rows) {
  if (domain == R_NilValue) return NULL;
  if (TYPEOF(domain) != RAWSXP || Rf_xlength(domain) != rows) glue_broken("the domain");
  return RAW_RO(domain);
}

const double *glue_weights(SEXP weights, R_xlen_t rows) {
  return weights == R_NilValue ? NULL : glue_doubles(weights, rows, "the weights");
}

const double *const *glue_vectors(SEXP list, R_xlen_t length, const char *what) {
  if (TYPEOF(list) != VECSXP) glue_broken(what);
  const int count = Rf_length(list);
  const double **array = (const double **)R_alloc((size_t)count + 1, sizeof *array);
  for (int r = 0; r < count; r++) array[r] = glue_doubles(VECTOR_ELT(list, r), length, what);
  return array;
}

/* ---- the design ------------------------------------------------------------------------------------------------- */

static weeg_lonely lonely_rule(SEXP rule) {
  static const char *const what = "the rule for single-PSU strata";
  const char *name = glue_text(rule, what);
  for (int i = 0; weeg_words(WEEG_WORDS_LONELY)[i] != NULL; i++) {
    if (strcmp(name, weeg_words(WEEG_WORDS_LONELY)[i]) == 0) return (weeg_lonely)i;
  }
  glue_broken(what);
  return WEEG_LONELY_FAIL;
}

/* By R's name; NULL: none. */
weeg_pps glue_pps(SEXP method) {
  static const char *const what = "how PSUs were drawn";
  if (method == R_NilValue) return WEEG_PPS_NONE;
  const char *name = glue_text(method, what);
  if (strcmp(name, "HT") == 0) return WEEG_PPS_HORVITZ_THOMPSON;
  if (strcmp(name, "YG") == 0) return WEEG_PPS_YATES_GRUNDY;
  if (strcmp(name, "two-phase") == 0) return WEEG_PPS_TWO_PHASE;
  for (int i = 0; weeg_words(WEEG_WORDS_PPS)[i] != NULL; i++) {
    if (strcmp(name, weeg_words(WEEG_WORDS_PPS)[i]) == 0) return (weeg_pps)(i + 1);
  }
  glue_broken(what);
  return WEEG_PPS_NONE;
}

/* Those of all PSUs that have a stratum; NULL: none. */
static const double *probabilities(SEXP given, weeg_pps pps, const weeg_stage *first) {
  static const char *const what = "the inclusion probabilities of PSUs";
  if ((pps == WEEG_PPS_NONE) != (given == R_NilValue) || (pps != WEEG_PPS_NONE && first->element)) glue_broken(what);
  if (pps == WEEG_PPS_NONE) return NULL;
  const double *p = glue_doubles(given, first->units, what);
  for (int u = 0; u < first->units; u++) {
    if (first->unit_stratum[u] >= 0 && !(p[u] > 0 && p[u] <= 1)) glue_broken(what);
  }
  return p;
}

/* That of joint probabilities; NULL: none. */
static const double *form_of(SEXP given, weeg_pps pps, const weeg_stage *first) {
  static const char *const what = "the joint inclusion probabilities of PSUs";
  if ((pps == WEEG_PPS_HORVITZ_THOMPSON || pps == WEEG_PPS_YATES_GRUNDY) != (given != R_NilValue)) glue_broken(what);
  return given == R_NilValue ? NULL : glue_doubles(given, (R_xlen_t)first->units * first->units, what);
}

/* Of PSUs with a stratum; NULL: none. */
static const weeg_blocks *blocks_of(SEXP given, weeg_pps pps, const weeg_stage *first) {
  static const char *const what = "the two phases of the design";
  if ((pps == WEEG_PPS_TWO_PHASE) != (given != R_NilValue)) glue_broken(what);
  if (given == R_NilValue) return NULL;
  SEXP psu = glue_element(given, "psu"), factor = glue_element(given, "factor");
  const int count = Rf_length(factor), places = Rf_length(psu);
  weeg_blocks *blocks = (weeg_blocks *)(void *)R_alloc(1, sizeof *blocks);
  *blocks = (weeg_blocks){.count = count,
                          .start = glue_ints(glue_element(given, "start"), (R_xlen_t)count + 1, 0, places, what),
                          .psu = glue_ints(psu, -1, 0, first->units - 1, what),
                          .factor = glue_doubles(factor, -1, what)};
  if (blocks->start[0] != 0 || blocks->start[count] != places) glue_broken(what);
  for (int b = 0; b < count; b++) {
    if (blocks->start[b] > blocks->start[b + 1]) glue_broken(what);
  }
  for (int k = 0; k < places; k++) {
    if (first->unit_stratum[blocks->psu[k]] < 0) glue_broken(what);
  }
  return blocks;
}

/* By R's name; a design without one has the rule of package survey. */
static weeg_df_rule df_rule(SEXP rule) {
  const char *name = rule == R_NilValue ? "domain" : glue_text(rule, "the rule for degrees of freedom");
  return strcmp(name, "design") == 0      ? WEEG_DF_DESIGN
         : strcmp(name, "strata") == 0    ? WEEG_DF_STRATA
         : strcmp(name, "effective") == 0 ? WEEG_DF_EFFECTIVE
                                          : WEEG_DF_DOMAIN;
}

/* A stage as the list that R makes of it; `before`: the number of units of the stage before (first stage: -1). */
static weeg_stage stage_of(SEXP list, int before) {
  static const char *const what = "the strata and clusters of the design";
  SEXP counts = glue_element(list, "stratum_psus"), fpc = glue_element(list, "stratum_fpc");
  const bool element = glue_flag(list, "element"), first = before < 0;
  weeg_stage s = {.element = element, .strata = Rf_length(counts), .stratum_units = glue_counts(counts, -1, what)};
  if (first && s.strata < 1) glue_broken(what);
  if (!first) s.stratum_parent = glue_ints(glue_element(list, "stratum_parent"), s.strata, 0, before - 1, what);
  for (int h = 1; h < s.strata && !first; h++) {
    if (s.stratum_parent[h] < s.stratum_parent[h - 1]) glue_broken(what);
  }
  if (fpc != R_NilValue) s.stratum_fpc = glue_doubles(fpc, s.strata, what);
  if (element) return s;
  SEXP unit = glue_element(list, "psu_stratum");
  s.unit_stratum = glue_ints(unit, -1, first ? -1 : 0, s.strata - 1, what);
  s.units = Rf_length(unit);
  int64_t *seen = (int64_t *)R_alloc((size_t)s.strata + 1, sizeof *seen);
  for (int h = 0; h < s.strata; h++) seen[h] = 0;
  for (int u = 0; u < s.units; u++) {
    const int h = s.unit_stratum[u];
    if (h >= 0 && ++seen[h] > s.stratum_units[h]) glue_broken(what);
  }
  return s;
}

static const weeg_stage *stages_of(SEXP later, const weeg_stage *first) {
  static const char *const what = "the stages of the design";
  if (later != R_NilValue && TYPEOF(later) != VECSXP) glue_broken(what);
  const int count = Rf_length(later);
  weeg_stage *stages = (weeg_stage *)R_alloc((size_t)count + 1, sizeof *stages);
  const weeg_stage *before = first;
  for (int k = 0; k < count; k++) {
    if (before->element) glue_broken(what);
    stages[k] = stage_of(VECTOR_ELT(later, k), before->units);
    before = &stages[k];
  }
  return stages;
}

weeg_design glue_design(SEXP object) {
  SEXP frame = glue_element(object, "frame"), later = glue_element(frame, "later"), given = glue_element(frame, "given_df");
  const weeg_stage first = stage_of(frame, -1);
  const weeg_pps pps = glue_pps(glue_element(frame, "pps"));
  return (weeg_design){.element = first.element,
                       .strata = first.strata,
                       .psus = first.units,
                       .psu_stratum = first.unit_stratum,
                       .stratum_psus = first.stratum_units,
                       .stratum_fpc = first.stratum_fpc,
                       .pps = pps,
                       .psu_probability = probabilities(glue_element(frame, "psu_probability"), pps, &first),
                       .psu_form = form_of(glue_element(frame, "psu_form"), pps, &first),
                       .psu_blocks = blocks_of(glue_element(frame, "psu_blocks"), pps, &first),
                       .later = Rf_length(later),
                       .stages = stages_of(later, &first),
                       .lonely = lonely_rule(glue_element(frame, "lonely")),
                       .df = df_rule(glue_element(frame, "df")),
                       .given_df = given == R_NilValue ? 0 : glue_counts(given, 1, "the degrees of freedom")[0],
                       .lonely_domain = glue_flag(frame, "lonely_domain"),
                       .hooks = glue_patience()};
}

/* ---- tallies ---------------------------------------------------------------------------------------------------- */

/* The measures of a tally, where it has some. */
static void measures_of(SEXP entries, weeg_tally *tally) {
  static const char *const what = "the measures of the tally";
  SEXP list = glue_element(entries, "measures"), scale = glue_element(list, "scale"), wy = glue_element(list, "wy");
  SEXP products = glue_element(list, "products");
  if (list == R_NilValue) return;
  const int count = Rf_length(scale);
  if (count < 1 || count > INT16_MAX || TYPEOF(wy) != RAWSXP) glue_broken(what);
  const R_xlen_t pairs = weeg_tally_pairs(count), size = (R_xlen_t)tally->entries;
  if (Rf_xlength(wy) != size * count * (R_xlen_t)sizeof(weeg_sum)) glue_broken(what);
  tally->measures = count;
  tally->measure_scale = (int *)(uintptr_t)glue_ints(scale, -1, -3000, 3000, what);
  tally->wy = (weeg_sum *)(void *)RAW(wy);
  if (!tally->element) return;
  if (TYPEOF(products) != RAWSXP || Rf_xlength(products) != size * pairs * (R_xlen_t)sizeof(weeg_product)) glue_broken(what);
  tally->products = (weeg_product *)(void *)RAW(products);
}

/* The core takes pointers to non-const, because it also makes tallies; these are only read. */
static weeg_tally entries_tally(SEXP entries, bool element, int32_t units, int32_t cells, bool ordered) {
  static const char *const what = "the counts of the tally";
  weeg_error err = {0};
  const weeg_tally *held = TYPEOF(entries) == EXTPTRSXP ? glue_tally_held(entries) : NULL;
  if (held != NULL && held->element == element && held->units == units && held->cells == cells) return *held;
  SEXP unit = glue_element(entries, "unit"), cell = glue_element(entries, "cell");
  SEXP w = glue_element(entries, "w"), w2 = glue_element(entries, "w2");
  const R_xlen_t size = Rf_xlength(unit);
  if (TYPEOF(unit) != INTSXP || TYPEOF(cell) != INTSXP || Rf_xlength(cell) != size) glue_broken(what);
  if (TYPEOF(w) != RAWSXP || Rf_xlength(w) != size * (R_xlen_t)sizeof(weeg_sum)) glue_broken(what);
  if (element && (TYPEOF(w2) != RAWSXP || Rf_xlength(w2) != size * (R_xlen_t)sizeof(weeg_square))) glue_broken(what);
  weeg_tally tally = {.element = element,
                      .units = units,
                      .cells = cells,
                      .entries = size,
                      .scale = glue_size(glue_element(entries, "scale"), -1100, 500, what),
                      .unit = INTEGER(unit),
                      .cell = INTEGER(cell),
                      .n = glue_counts(glue_element(entries, "n"), size, what),
                      .w = (weeg_sum *)(void *)RAW(w),
                      .w2 = element ? (weeg_square *)(void *)RAW(w2) : NULL};
  measures_of(entries, &tally);
  if (weeg_tally_check(&tally, ordered, &err) != WEEG_OK) glue_broken(what);
  return tally;
}

/* The calibration of a tally, or NULL: list(g, basis, pairs, entries, visible, place); see weeg_calibration. */
static const weeg_calibration *calibration_of(SEXP object, const weeg_tally *plain) {
  static const char *const what = "the calibration";
  SEXP list = glue_element(object, "calibration");
  if (list == R_NilValue) return NULL;
  SEXP visible = glue_element(list, "visible"), basis = glue_element(list, "basis"), g = glue_element(list, "g");
  SEXP pairs = glue_element(list, "pairs"), dual = glue_element(basis, "dual"), value = glue_element(basis, "value");
  SEXP pair_weight = glue_element(pairs, "weight"), measure = glue_element(list, "measure");
  const int cells = Rf_length(g), columns = glue_size(glue_element(basis, "columns"), 0, INT32_MAX, what);
  const R_xlen_t terms = Rf_xlength(value), count = Rf_xlength(pair_weight);
  weeg_tally *tally = (weeg_tally *)(void *)R_alloc(1, sizeof *tally);
  weeg_calibration *c = (weeg_calibration *)(void *)R_alloc(1, sizeof *c);
  *tally = entries_tally(glue_element(list, "entries"), plain->element, plain->units, Rf_length(visible), true);
  *c = (weeg_calibration){.cells = cells,
                          .g = glue_doubles(g, -1, what),
                          .columns = columns,
                          .start = to_starts(glue_element(basis, "start"), cells, terms, what),
                          .index = glue_ints(glue_element(basis, "index"), terms, 0, columns - 1, what),
                          .value = glue_doubles(value, -1, what),
                          .pairs = count,
                          .pair_visible = glue_ints(glue_element(pairs, "visible"), count, -1, plain->cells - 1, what),
                          .pair_place = glue_ints(glue_element(pairs, "place"), count, 0, cells - 1, what),
                          .pair_weight = glue_doubles(pair_weight, -1, what),
                          .tally = tally,
                          .visible = glue_ints(visible, -1, -1, plain->cells - 1, what),
                          .place = glue_ints(glue_element(list, "place"), tally->cells, -1, cells - 1, what),
                          .dual = dual == R_NilValue ? NULL : glue_doubles(dual, terms, what),
                          .measure = measure == R_NilValue ? NULL
                                     : glue_ints(measure, plain->measures, 0, tally->measures - 1, what)};
  if (measure == R_NilValue && plain->measures > tally->measures) glue_broken(what);
  return c;
}

/* The replicates of a tally, or NULL: list(totals, scale, rscales, mse, df, rank, basis, start); see weeg_replicates. */
static const weeg_replicates *replicates_of(SEXP object, const weeg_tally *tally) {
  static const char *const what = "the replicates";
  SEXP list = glue_element(object, "replicates");
  if (list == R_NilValue) return NULL;
  SEXP rscales = glue_element(list, "rscales"), df = glue_element(list, "df"), basis = glue_element(list, "basis");
  SEXP start = glue_element(list, "start"), scale = glue_element(list, "scale");
  const int rank = glue_size(glue_element(list, "rank"), WEEG_RANK_BOUND, WEEG_RANK_DESIGN, what), count = Rf_length(rscales);
  weeg_replicates *r = (weeg_replicates *)R_alloc(1, sizeof *r);
  if (count < 1) glue_broken(what);
  *r = (weeg_replicates){.count = count,
                         .totals = glue_doubles(glue_element(list, "totals"),
                                                (R_xlen_t)count * tally->cells * (1 + tally->measures), what),
                         .scale = glue_doubles(scale, 1, what)[0],
                         .rscales = glue_doubles(rscales, -1, what),
                         .mse = glue_flag(list, "mse"),
                         .df = df == R_NilValue ? -1 : glue_counts(df, 1, what)[0],
                         .rank = (weeg_replicate_rank)rank,
                         .basis = basis == R_NilValue ? NULL : glue_doubles(basis, -1, what),
                         .basis_start = start == R_NilValue ? NULL : to_starts(start, tally->cells, -1, what)};
  const R_xlen_t vectors = Rf_xlength(basis) / count;
  if (rank == WEEG_RANK_CELLS && (r->basis == NULL || r->basis_start == NULL || r->basis_start[tally->cells] > vectors)) {
    glue_broken(what);
  }
  if (rank == WEEG_RANK_UNITS && (r->basis == NULL || tally->units > vectors)) glue_broken(what);
  return r;
}

/* design: that of the object. */
static void tally_with(SEXP object, bool ordered, weeg_tally *tally, weeg_design *design) {
  const weeg_stage *last = design->later > 0 ? &design->stages[design->later - 1] : NULL;
  const bool element = last == NULL ? design->element : last->element;
  const int32_t strata = last == NULL ? design->strata : last->strata;
  *tally = entries_tally(glue_element(object, "entries"), element,
                         element ? strata : last == NULL ? design->psus : last->units,
                         glue_size(glue_element(object, "cells"), 0, INT32_MAX, "the cells of the tally"), ordered);
  const bool held = TYPEOF(glue_element(object, "entries")) == EXTPTRSXP; /* of rows of this design */
  for (int64_t i = 0; i < tally->entries && last == NULL && !element && !held; i++) {
    if (design->psu_stratum[tally->unit[i]] < 0) glue_broken("the strata and clusters of the design");
  }
  design->calibration = calibration_of(object, tally);
  design->replicates = replicates_of(object, tally);
}

static void tally_of(SEXP object, bool ordered, weeg_tally *tally, weeg_design *design) {
  *design = glue_design(object);
  tally_with(object, ordered, tally, design);
}

void glue_tally(SEXP object, weeg_tally *tally, weeg_design *design) { tally_of(object, true, tally, design); }

const weeg_survey *glue_survey(SEXP object) {
  weeg_tally *tally = (weeg_tally *)(void *)R_alloc(1, sizeof *tally);
  weeg_design *design = (weeg_design *)(void *)R_alloc(1, sizeof *design);
  weeg_survey *survey = (weeg_survey *)(void *)R_alloc(1, sizeof *survey);
  glue_tally(object, tally, design);
  *survey = (weeg_survey){tally, design};
  return survey;
}

/* A design that several tallies have is read once. */
const weeg_survey *glue_surveys(SEXP objects) {
  const int count = Rf_length(objects);
  weeg_tally *tally = (weeg_tally *)(void *)R_alloc((size_t)count + 1, sizeof *tally);
  weeg_design *design = (weeg_design *)(void *)R_alloc((size_t)count + 1, sizeof *design);
  weeg_survey *surveys = (weeg_survey *)(void *)R_alloc((size_t)count + 1, sizeof *surveys);
  SEXP before = R_NilValue;
  for (int k = 0; k < count; k++) {
    SEXP object = VECTOR_ELT(objects, k), frame = glue_element(object, "frame");
    design[k] = k > 0 && frame == before ? design[k - 1] : glue_design(object);
    before = frame;
    tally_with(object, true, &tally[k], &design[k]);
    surveys[k] = (weeg_survey){&tally[k], &design[k]};
  }
  return surveys;
}

void glue_tally_to_merge(SEXP object, weeg_tally *tally) {
  weeg_design unused;
  tally_of(object, false, tally, &unused);
}
