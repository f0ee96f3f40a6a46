#include "glue.h"

#include <math.h>

enum { ESTIMATE, ERROR, LOW, HIGH, STATISTIC, P_VALUE, DF, REASON, COLUMNS };

/* What a .Call holds: a tally, sets of groups, and their proportions. */
typedef struct held {
  weeg_tally tally;
  weeg_design design;
  weeg_sets sets;
  int64_t *n;
  double *base, *p; /* [sets], [sets * levels] */
  uint8_t *has;     /* [sets] weeg_set_own_variance */
} held;

/* A list of integer vectors of numbers 1 .. most, one after the other: start[length + 1], item[] from 0. */
static void unlist(SEXP list, int most, int64_t **start, int32_t **item) {
  static const char *const what = "the groups that are compared";
  const R_xlen_t count = Rf_xlength(list);
  if (TYPEOF(list) != VECSXP) glue_broken(what);
  *start = (int64_t *)R_alloc((size_t)count + 1, sizeof **start);
  (*start)[0] = 0;
  for (R_xlen_t i = 0; i < count; i++) (*start)[i + 1] = (*start)[i] + Rf_xlength(VECTOR_ELT(list, i));
  *item = (int32_t *)R_alloc((size_t)(*start)[count] + 1, sizeof **item);
  for (R_xlen_t i = 0; i < count; i++) {
    const int *from = glue_ints(VECTOR_ELT(list, i), -1, 1, most, what);
    for (int64_t k = (*start)[i]; k < (*start)[i + 1]; k++) (*item)[k] = from[k - (*start)[i]] - 1;
  }
}

/* sets: a list of the numbers, from 1, of the groups in each. */
static weeg_status hold(held *h, SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP members,
                        weeg_error *err) {
  const int g = glue_count(groups), l = glue_count(levels), sets = Rf_length(members);
  int64_t *start = NULL;
  int32_t *group = NULL;
  glue_tally(object, &h->tally, &h->design);
  unlist(members, g, &start, &group);
  h->sets = (weeg_sets){
      glue_places(cell_group, &h->tally, g), glue_places(cell_level, &h->tally, l), g, l, sets, start, group};
  h->n = (int64_t *)R_alloc((size_t)sets + 1, sizeof *h->n);
  h->base = (double *)R_alloc((size_t)sets + 1, sizeof *h->base);
  h->p = (double *)R_alloc((size_t)sets * (size_t)h->sets.levels + 1, sizeof *h->p);
  h->has = (uint8_t *)R_alloc((size_t)sets + 1, sizeof *h->has);
  return weeg_set_proportions(&h->tally, &h->design, &h->sets, h->n, h->base, h->p, err);
}

static SEXP new_columns(R_xlen_t rows) {
  static const char *const names[] = {"estimate",  "std.error", "conf.low", "conf.high",
                                      "statistic", "p.value",   "df",       "reason"};
  SEXP columns = PROTECT(glue_list(COLUMNS, names));
  for (int c = 0; c < COLUMNS; c++) {
    SET_VECTOR_ELT(columns, c, Rf_allocVector(c == REASON ? STRSXP : REALSXP, rows));
  }
  UNPROTECT(1);
  return columns;
}

static void fill(SEXP result, R_xlen_t row, const weeg_contrast *c, int64_t df) {
  const double values[] = {c->estimate, c->std_error, c->low, c->high, c->statistic, c->p_value, (double)df};
  for (int k = 0; k <= DF; k++) REAL(VECTOR_ELT(result, k))[row] = glue_or_na(values[k]);
  SET_STRING_ELT(VECTOR_ELT(result, REASON), row, glue_reason(c->reason));
}

/* Contrasts of pairs of sets, or of sets with figures from elsewhere, for each measure. */
typedef struct compared {
  const int *first, *second, *measure;
  int pairs, outputs;   /* outputs: pairs * measures */
  const double *figure; /* [levels * 2] proportions and variances in place of the second sets, or NULL */
  double level;
  int64_t *df;                             /* [pairs] */
  int64_t *start;                          /* [outputs + 1] */
  int32_t *set;                            /* [outputs * 2] */
  double *coef, *value, *added, *variance; /* [outputs * 2], the others [outputs]; added: the figures' variance */
  weeg_reason *reason;                     /* [outputs] */
} compared;

static compared new_compared(const held *h, SEXP first, SEXP second, SEXP external, SEXP measures, SEXP level) {
  static const char *const what = "the groups that are compared";
  const size_t pairs = (size_t)Rf_length(first), outputs = pairs * (size_t)Rf_length(measures);
  return (compared){
      .first = glue_ints(first, -1, 0, h->sets.sets - 1, what),
      .second = external != R_NilValue ? NULL : glue_ints(second, (R_xlen_t)pairs, 0, h->sets.sets - 1, what),
      .measure = glue_ints(measures, -1, 0, INT32_MAX, what),
      .pairs = (int)pairs,
      .outputs = (int)outputs,
      .figure = external == R_NilValue ? NULL : glue_doubles(external, (R_xlen_t)h->sets.levels * 2, what),
      .level = Rf_asReal(level),
      .df = (int64_t *)R_alloc(pairs + 1, sizeof(int64_t)),
      .start = (int64_t *)R_alloc(outputs + 1, sizeof(int64_t)),
      .set = (int32_t *)R_alloc(outputs * 2 + 1, sizeof(int32_t)),
      .coef = (double *)R_alloc(outputs * 2 + 1, sizeof(double)),
      .value = (double *)R_alloc(outputs + 1, sizeof(double)),
      .added = (double *)R_alloc(outputs + 1, sizeof(double)),
      .variance = (double *)R_alloc(outputs + 1, sizeof(double)),
      .reason = (weeg_reason *)R_alloc(outputs + 1, sizeof(weeg_reason))};
}

/* Values and slopes of all contrasts in level l. */
static void linearise(const held *h, compared *c, int l) {
  const size_t k = (size_t)h->sets.levels, at = (size_t)l;
  c->start[0] = 0;
  for (int i = 0; i < c->outputs; i++) {
    const int a = c->first[i % c->pairs], b = c->figure == NULL ? c->second[i % c->pairs] : a;
    double slope[2];
    c->reason[i] = weeg_contrast_slopes((weeg_measure)c->measure[i / c->pairs], h->p[(size_t)a * k + at],
                                        c->figure == NULL ? h->p[(size_t)b * k + at] : c->figure[at], &c->value[i],
                                        &slope[0], &slope[1]);
    int64_t used = c->start[i];
    for (int side = 0; side < (c->figure == NULL ? 2 : 1) && c->reason[i] == WEEG_REASON_NONE; side++) {
      c->set[used] = side == 0 ? a : b;
      c->coef[used++] = slope[side];
    }
    c->start[i + 1] = used;
    c->added[i] = c->figure == NULL ? 0 : slope[1] * slope[1] * c->figure[k + at];
  }
}

/* Degrees of freedom of the rows of both sets of each pair. */
static weeg_status find_df(const held *h, compared *c, weeg_error *err) {
  c->start[0] = 0;
  for (int i = 0; i < c->pairs; i++) {
    int64_t used = c->start[i];
    c->set[used++] = c->first[i];
    if (c->figure == NULL) c->set[used++] = c->second[i];
    c->start[i + 1] = used;
  }
  const weeg_combinations both = {c->pairs, c->start, c->set, NULL};
  return weeg_set_df(&h->tally, &h->design, &h->sets, &both, c->df, err);
}

static weeg_status compare_level(const held *h, compared *c, int l, SEXP result, weeg_error *err) {
  linearise(h, c, l);
  const weeg_combinations combinations = {c->outputs, c->start, c->set, c->coef};
  weeg_status status =
      weeg_set_variance(&h->tally, &h->design, &h->sets, h->base, h->p, l, &combinations, c->variance, err);
  for (int i = 0; i < c->outputs && status == WEEG_OK; i++) {
    weeg_contrast contrast = {NAN, NAN, NAN, NAN, NAN, NAN, c->reason[i]};
    glue_let_interrupt(i);
    const int64_t df = c->df[i % c->pairs];
    const int a = c->first[i % c->pairs], b = c->figure == NULL ? c->second[i % c->pairs] : a;
    if (!h->has[a] || !h->has[b]) c->variance[i] = NAN;
    if (contrast.reason == WEEG_REASON_NONE) {
      status = weeg_contrast_value(c->value[i], c->variance[i] + c->added[i], df, c->level, &contrast, err);
      if (status == WEEG_OK) weeg_contrast_back((weeg_measure)c->measure[i / c->pairs], &contrast);
    }
    if (status == WEEG_OK) fill(result, (R_xlen_t)i * h->sets.levels + l, &contrast, df);
  }
  return status;
}

/*
 * Contrasts of set first[i] with set second[i] (from 0) in every level, for each measure: rows run over measures, then
 * pairs, then levels (fastest). members: a list of the groups, from 1, of each set. Where external is not NULL, it has a
 * proportion for each level and then their variances, which take the place of the second sets.
 */
SEXP glue_compare(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP members, SEXP first,
                  SEXP second, SEXP external, SEXP measures, SEXP level) {
  weeg_error err = {0};
  held h;
  weeg_status status = hold(&h, object, cell_group, groups, cell_level, levels, members, &err);
  compared c = new_compared(&h, first, second, external, measures, level);
  SEXP result = PROTECT(new_columns((R_xlen_t)c.outputs * h.sets.levels));
  if (status == WEEG_OK) status = weeg_set_own_variance(&h.tally, &h.design, &h.sets, h.has, &err);
  if (status == WEEG_OK) status = find_df(&h, &c, &err);
  for (int l = 0; l < h.sets.levels && status == WEEG_OK; l++) status = compare_level(&h, &c, l, result, &err);
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* n and proportions of sets of groups: n [sets], estimate [sets * levels]. */
SEXP glue_sets(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP members) {
  static const char *const names[] = {"n", "estimate"};
  weeg_error err = {0};
  held h;
  if (hold(&h, object, cell_group, groups, cell_level, levels, members, &err) != WEEG_OK) return glue_failure(&err);
  SEXP result = PROTECT(glue_list(2, names));
  SET_VECTOR_ELT(result, 0, Rf_allocVector(REALSXP, h.sets.sets));
  SET_VECTOR_ELT(result, 1, Rf_allocVector(REALSXP, (R_xlen_t)h.sets.sets * h.sets.levels));
  for (int s = 0; s < h.sets.sets; s++) REAL(VECTOR_ELT(result, 0))[s] = (double)h.n[s];
  for (R_xlen_t o = 0; o < Rf_xlength(VECTOR_ELT(result, 1)); o++) {
    REAL(VECTOR_ELT(result, 1))[o] = glue_or_na(h.p[o]);
  }
  UNPROTECT(1);
  return result;
}

static SEXP flags(const uint8_t *x, R_xlen_t count) {
  SEXP result = PROTECT(Rf_allocVector(LGLSXP, count));
  for (R_xlen_t k = 0; k < count; k++) LOGICAL(result)[k] = x[k];
  UNPROTECT(1);
  return result;
}

/* Whether each domain (place[cells], -1: none) has a variance of its own. */
SEXP glue_own_variance(SEXP object, SEXP place, SEXP domains) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int count = glue_count(domains);
  uint8_t *has = (uint8_t *)R_alloc((size_t)count + 1, sizeof *has);
  if (weeg_own_variance(&tally, &design, glue_places(place, &tally, count), count, has, &err) != WEEG_OK)
    return glue_failure(&err);
  return flags(has, count);
}

/* Groups and answers without a variance in the table: groups, then answers. */
SEXP glue_levels_alone(SEXP object, SEXP places) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const weeg_places at = glue_table(places, &tally);
  const R_xlen_t count = (R_xlen_t)at.groups + at.answers;
  uint8_t *alone = (uint8_t *)R_alloc((size_t)count + 1, sizeof *alone);
  const weeg_status status = weeg_levels_alone(&tally, &design, &at, alone, &err);
  return status == WEEG_OK ? flags(alone, count) : glue_failure(&err);
}

/* The sum of coefficients times proportions in level l of output i. */
static double combine(const held *h, const weeg_combinations *c, int i, int l) {
  double value = 0;
  for (int64_t k = c->start[i]; k < c->start[i + 1]; k++) {
    value += c->coef[k] * h->p[(size_t)c->set[k] * (size_t)h->sets.levels + (size_t)l];
  }
  return value;
}

/*
 * Linear functions of the sets' proportions: for each the sets, from 1 (a list), and their coefficients, one after the other.
 * Rows run over functions, then levels (fastest). exists: whether each has a variance.
 */
SEXP glue_contrasts(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_level, SEXP levels, SEXP members, SEXP terms,
                    SEXP coefs, SEXP exists, SEXP level) {
  weeg_error err = {0};
  held h;
  weeg_status status = hold(&h, object, cell_group, groups, cell_level, levels, members, &err);
  const int count = Rf_length(terms);
  int64_t *start = NULL, *df = (int64_t *)R_alloc((size_t)count + 1, sizeof *df);
  int32_t *set = NULL;
  double *variance = (double *)R_alloc((size_t)count + 1, sizeof *variance);
  unlist(terms, h.sets.sets, &start, &set);
  if (TYPEOF(exists) != LGLSXP || Rf_length(exists) != count) glue_broken("the contrasts");
  const weeg_combinations combinations = {count, start, set,
                                          glue_doubles(coefs, (R_xlen_t)start[count], "the contrasts")};
  SEXP result = PROTECT(new_columns((R_xlen_t)count * h.sets.levels));
  if (status == WEEG_OK) status = weeg_set_df(&h.tally, &h.design, &h.sets, &combinations, df, &err);
  for (int l = 0; l < h.sets.levels && status == WEEG_OK; l++) {
    status = weeg_set_variance(&h.tally, &h.design, &h.sets, h.base, h.p, l, &combinations, variance, &err);
    for (int i = 0; i < count && status == WEEG_OK; i++) {
      weeg_contrast contrast;
      glue_let_interrupt(i);
      const double v = LOGICAL_RO(exists)[i] ? variance[i] : NAN;
      status = weeg_contrast_value(combine(&h, &combinations, i, l), v, df[i], Rf_asReal(level), &contrast, &err);
      if (status == WEEG_OK) fill(result, (R_xlen_t)i * h.sets.levels + l, &contrast, df[i]);
    }
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* Components of the difference of groups first[i] and second[i]: rows run over pairs, levels, components (fastest). */
SEXP glue_decompose(SEXP object, SEXP cell_group, SEXP groups, SEXP cell_category, SEXP categories, SEXP cell_level,
                    SEXP levels, SEXP first, SEXP second, SEXP level) {
  weeg_error err = {0};
  weeg_tally tally;
  weeg_design design;
  glue_tally(object, &tally, &design);
  const int g = glue_count(groups), c = glue_count(categories), l = glue_count(levels);
  const weeg_composition where = {glue_places(cell_group, &tally, g),
                                  glue_places(cell_category, &tally, c),
                                  glue_places(cell_level, &tally, l),
                                  g,
                                  c,
                                  l};
  const int pairs = Rf_length(first), size = where.levels * WEEG_COMPONENTS;
  const R_xlen_t rows = (R_xlen_t)pairs * size;
  weeg_contrast *components = (weeg_contrast *)R_alloc((size_t)rows + 1, sizeof *components);
  int64_t *df = (int64_t *)R_alloc((size_t)pairs + 1, sizeof *df);
  SEXP result = PROTECT(new_columns(rows));
  const weeg_status status =
      weeg_decompose(&tally, &design, &where, glue_ints(first, -1, 0, g - 1, "a group"),
                     glue_ints(second, pairs, 0, g - 1, "a group"), pairs, Rf_asReal(level), components, df, &err);
  for (R_xlen_t k = 0; k < rows && status == WEEG_OK; k++) {
    glue_let_interrupt(k);
    fill(result, k, &components[k], df[k / size]);
  }
  UNPROTECT(1);
  return status == WEEG_OK ? result : glue_failure(&err);
}

/* p-values adjusted for multiplicity. */
SEXP glue_adjust(SEXP p, SEXP method) {
  weeg_error err = {0};
  SEXP adjusted = PROTECT(Rf_allocVector(REALSXP, Rf_xlength(p)));
  const weeg_status status =
      weeg_adjust_p((weeg_adjustment)Rf_asInteger(method), REAL_RO(p), Rf_xlength(p), REAL(adjusted), &err);
  UNPROTECT(1);
  return status == WEEG_OK ? adjusted : glue_failure(&err);
}
