/*
 * The sum of two tallies: that of the rows of both together, to the byte; and what cannot be added.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "frame_sample.h"

static bool even_rows(int i) { return i % 2 == 0; }
static bool odd_rows(int i) { return i % 2 == 1; }

/* ---- sums ---- */

static void test_halves(bool element) {
  named_sample a, b, whole;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  named_make(&a, even_rows, NULL, element);
  named_make(&b, odd_rows, NULL, element);
  named_make(&whole, all_rows, NULL, element);
  CHECK_OK(weeg_frame_join(&a.frame, &b.frame, &sum, &err));
  CHECK(same_tally(sum->tally, whole.frame.tally));
  CHECK(sum->design.strata == STRATA && sum->design.psus == whole.frame.design.psus && sum->strata.count == STRATA);
  for (int h = 0; h < STRATA; h++) CHECK(sum->design.stratum_psus[h] == whole.frame.design.stratum_psus[h]);
  for (int u = 0; u < PSUS && !element; u++) CHECK(sum->design.psu_stratum[u] == whole.frame.design.psu_stratum[u]);
  weeg_frame_free(sum);
  named_clear(&a);
  named_clear(&b);
  named_clear(&whole);
}

/* The second tally has levels, strata and PSUs the other way round. */
static void test_labels(void) {
  named_sample a, b, whole;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  char *level[VARIABLES][3], *stratum[STRATA], *psu[PSUS], question[] = "How many?";
  int32_t codes[VARIABLES][ROWS], psu_code[ROWS], stratum_code[ROWS];
  double weight[ROWS];
  int32_t rows = 0;
  named_make(&a, even_rows, NULL, false);
  named_make(&whole, all_rows, NULL, false);
  b = a;
  a.variable[1].label = question;
  for (int i = 1; i < ROWS; i += 2) {
    for (int v = 0; v < VARIABLES; v++) codes[v][rows] = code_of(v, i) == 0 ? 0 : levels_of(v) + 1 - code_of(v, i);
    psu_code[rows] = PSUS + 1 - psu_of(i);
    stratum_code[rows] = STRATA + 1 - stratum_of(i);
    weight[rows++] = weight_of(i);
  }
  const weeg_column columns[] = {sample_column(codes[0], 2), sample_column(codes[1], 3), sample_column(codes[2], 2)};
  sample_make(&b.s, rows, stratum_code, STRATA, psu_code, PSUS, columns, VARIABLES, weight);
  for (int v = 0; v < VARIABLES; v++) {
    for (int k = 0; k < levels_of(v); k++) level[v][k] = a.variable[v].levels.text[levels_of(v) - 1 - k];
    b.variable[v].levels.text = level[v];
  }
  for (int h = 0; h < STRATA; h++) stratum[h] = stratum_text[STRATA - 1 - h];
  for (int u = 0; u < PSUS; u++) psu[u] = psu_text[PSUS - 1 - u];
  b.frame = (weeg_frame){.variables = VARIABLES, .variable = b.variable, .strata = {STRATA, stratum}, .psus = {PSUS, psu},
                         .design = b.s.design, .tally = b.s.tally};
  CHECK_OK(weeg_frame_join(&a.frame, &b.frame, &sum, &err));
  CHECK(same_tally(sum->tally, whole.frame.tally));
  for (int u = 0; u < PSUS; u++) {
    CHECK(sum->design.psu_stratum[u] == whole.frame.design.psu_stratum[u]);
    CHECK_TEXT(sum->psus.text[u], psu_text[u]);
  }
  for (int v = 0; v < VARIABLES; v++) CHECK_TEXT(sum->variable[v].name, a.variable[v].name);
  CHECK_TEXT(sum->variable[1].label, question);
  for (int k = 0; k < 3; k++) CHECK_TEXT(sum->variable[1].levels.text[k], level_text[1][k]);
  weeg_frame_free(sum);
  named_clear(&a);
  named_clear(&b);
  named_clear(&whole);
}

/* ---- levels ---- */

static void test_levels(void) {
  char ten[] = "10", nine[] = "9", hundred[] = "100", also_ten[] = "10.0";
  char *first[] = {nine, hundred}, *second[] = {ten, nine}, *third[] = {also_ten, ten};
  double values[] = {9, 100}, other[] = {9, 10}, dates[] = {1, 2};
  int32_t a_level[2], b_level[2];
  weeg_joined_levels joined = {a_level, b_level};
  weeg_error err = {0};
  weeg_variable a = {.number = true, .levels = {2, first}}, b = {.number = true, .levels = {2, second}};
  CHECK_OK(weeg_join_levels(&a, &b, &joined, &err));
  CHECK(joined.number && joined.count == 3 && a_level[0] == 0 && a_level[1] == 2 && b_level[0] == 1 && b_level[1] == 0);
  b.number = false; /* then in order of appearance */
  CHECK_OK(weeg_join_levels(&a, &b, &joined, &err));
  CHECK(!joined.number && joined.count == 3 && a_level[0] == 0 && a_level[1] == 1 && b_level[0] == 2 &&
        b_level[1] == 0);
  b = (weeg_variable){.number = true, .levels = {2, third}}; /* two levels of one value */
  CHECK_OK(weeg_join_levels(&a, &b, &joined, &err));
  CHECK(!joined.number && joined.count == 4 && a_level[1] == 1 && b_level[0] == 2 && b_level[1] == 3);
  b = (weeg_variable){.number = true, .levels = {2, first}, .values = dates}; /* one level of two values */
  CHECK_OK(weeg_join_levels(&a, &b, &joined, &err));
  CHECK(!joined.number && joined.count == 2);
  /* values stay where one of the two has them */
  named_sample x, y;
  weeg_frame *sum = NULL;
  named_make(&x, even_rows, NULL, false);
  named_make(&y, odd_rows, NULL, false);
  x.variable[2] = (weeg_variable){.name = variable_name[2], .number = true, .levels = {2, first}, .values = values};
  y.variable[2] = (weeg_variable){.name = variable_name[2], .number = true, .levels = {2, second}};
  CHECK_OK(weeg_frame_join(&x.frame, &y.frame, &sum, &err));
  CHECK(sum->variable[2].number && sum->variable[2].levels.count == 3);
  for (int k = 0; k < 3; k++) CHECK(sum->variable[2].values[k] == (k == 0 ? 9 : k == 1 ? 10 : 100));
  CHECK_TEXT(sum->variable[2].levels.text[1], "10");
  weeg_frame_free(sum);
  y.variable[2] = (weeg_variable){.name = variable_name[2], .number = true, .levels = {2, second}, .values = other};
  CHECK_OK(weeg_frame_join(&x.frame, &y.frame, &sum, &err)); /* "9" is 10 here */
  CHECK(!sum->variable[2].number && sum->variable[2].values == NULL);
  weeg_frame_free(sum);
  named_clear(&x);
  named_clear(&y);
}

/* ---- notes ---- */

static void test_notes(void) {
  char key[6][16] = {"data", "omitted", "sender", "condition", "weights", "conventions"};
  char value[6][12] = {"one.csv", "2", "town", "age < 30", "w", "weeg"}, other[6][12] = {"two.csv", "40", "village"};
  char *of_a[12], *of_b[12];
  named_sample a, b;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  named_make(&a, even_rows, NULL, false);
  named_make(&b, odd_rows, NULL, false);
  for (int k = 0; k < 6; k++) {
    of_a[2 * k] = of_b[2 * k] = key[k];
    of_a[2 * k + 1] = value[k];
    of_b[2 * k + 1] = k < 3 ? other[k] : value[k];
  }
  a.frame.notes = (weeg_texts){12, of_a};
  b.frame.notes = (weeg_texts){12, of_b};
  static const char *const expected[] = {"sender", "town",        "condition", "age < 30", "weights", "w",
                                         "conventions", "weeg", "sender",  "village",  "omitted", "42"};
  CHECK_OK(weeg_frame_join(&a.frame, &b.frame, &sum, &err));
  CHECK(sum->notes.count == 12);
  for (int i = 0; i < 12; i++) CHECK_TEXT(sum->notes.text[i], expected[i]);
  weeg_frame_free(sum);
  named_clear(&a);
  named_clear(&b);
}

/* One of two domains said in parts is the same domain. */
static void test_domains(void) {
  char key[] = "condition", one[] = "a", two[] = "b", both[] = "(a) & (b)", other[] = "(a) & (c)";
  char *parts[] = {key, one, key, two}, *whole[] = {key, both}, *differs[] = {key, other};
  named_sample a, b;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  named_make(&a, even_rows, NULL, false);
  named_make(&b, odd_rows, NULL, false);
  a.frame.notes = (weeg_texts){4, parts};
  b.frame.notes = (weeg_texts){2, whole};
  CHECK_OK(weeg_frame_join(&a.frame, &b.frame, &sum, &err));
  weeg_frame_free(sum);
  b.frame.notes.text = differs;
  sum = NULL;
  CHECK_STATUS(weeg_frame_join(&a.frame, &b.frame, &sum, &err), WEEG_ERR_ARGUMENT);
  CHECK(sum == NULL && err.facts.fault == WEEG_FAULT_DOMAINS);
  named_clear(&a);
  named_clear(&b);
}

/* ---- what cannot be added ---- */

static weeg_variable changed[VARIABLES];
static weeg_calibration calibration;
static double sizes[STRATA] = {10, 10, 10}, other_sizes[STRATA] = {10, 11, 10}, small_sizes[STRATA] = {3, 3, 2};
static double rscales[2] = {1, 1};
static weeg_replicates replicates = {.count = 2, .rscales = rscales, .df = -1}, made = {.count = 2, .rank = WEEG_RANK_UNITS};
static char *note[4], *psus[PSUS];
static int32_t strata[PSUS];
static char key_text[4][12] = {"conventions", "sender", "weights", "sas"}, town[] = "town", from_fpc[] = WEEG_FPC_WEIGHTS;

static void set_note(weeg_frame *f, int key, char *value) {
  note[0] = key_text[key];
  note[1] = value;
  f->notes = (weeg_texts){2, note};
}

/* Changes the second of two tallies that could be added, or both. */
static void spoil(int k, weeg_frame *a, weeg_frame *b) {
  switch (k) {
  case WEEG_FAULT_VARIABLES: changed[2].name = variable_name[0]; break;
  case WEEG_FAULT_CALIBRATED: b->design.calibration = &calibration; break;
  case WEEG_FAULT_CLUSTERS: b->design.element = true; break;
  case WEEG_FAULT_CONVENTIONS: set_note(b, 0, key_text[3]); break;
  case WEEG_FAULT_SENDER:
    set_note(b, 1, town);
    a->notes = b->notes;
    break;
  case WEEG_FAULT_LONELY: b->design.lonely = WEEG_LONELY_ADJUST; break;
  case WEEG_FAULT_ONE_FINITE: b->design.stratum_fpc = sizes; break;
  case WEEG_FAULT_ONE_WEIGHTED: set_note(b, 2, town); break;
  case WEEG_FAULT_ONE_WEIGHTED_BY_FPC:
    note[2] = key_text[2];
    note[3] = from_fpc;
    set_note(b, 2, town);
    a->notes = (weeg_texts){2, note + 2};
    break;
  case WEEG_FAULT_ONE_REPLICATED: b->design.replicates = &replicates; break;
  case WEEG_FAULT_MADE_APART:
    a->design.replicates = &replicates;
    b->design.replicates = &made;
    break;
  case WEEG_FAULT_REPLICATES:
    made = replicates;
    made.scale = 2;
    a->design.replicates = &replicates;
    b->design.replicates = &made;
    break;
  case WEEG_FAULT_LONELY_DOMAIN: b->design.lonely_domain = true; break;
  case WEEG_FAULT_GIVEN_DF: b->design.given_df = 9; break;
  case WEEG_FAULT_STAGES: b->design.later = 1; break;
  case WEEG_FAULT_ORDERED_LEVELS:
    changed[1].ordered = true;
    changed[1].levels.count = 2;
    ((weeg_variable *)a->variable)[1].ordered = true;
    break;
  case WEEG_FAULT_POPULATIONS:
    a->design.stratum_fpc = sizes;
    b->design.stratum_fpc = other_sizes;
    break;
  case WEEG_FAULT_SAME_PSUS: psus[4] = psus[2]; break;
  case WEEG_FAULT_TWO_STRATA: strata[5] = 0; break;
  case WEEG_FAULT_MORE_SAMPLED: a->design.stratum_fpc = b->design.stratum_fpc = small_sizes; break;
  case WEEG_FAULT_TWICE: *b = *a; break;
  default: break;
  }
}

static void test_refused(weeg_fault fault) {
  named_sample a, b;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  named_make(&a, even_rows, NULL, false);
  named_make(&b, odd_rows, NULL, false);
  memcpy(changed, b.variable, sizeof changed);
  memcpy(psus, psu_text, sizeof psus);
  memcpy(strata, b.frame.design.psu_stratum, sizeof strata);
  b.frame.variable = changed;
  b.frame.psus.text = psus;
  b.frame.design.psu_stratum = strata;
  spoil(fault, &a.frame, &b.frame);
  CHECK_STATUS(weeg_frame_join(&a.frame, &b.frame, &sum, &err), WEEG_ERR_ARGUMENT);
  CHECK(sum == NULL && err.facts.fault == fault && strncmp(err.message, "these tallies cannot be added: ", 31) == 0);
  const weeg_facts *f = &err.facts;
  if (fault == WEEG_FAULT_SENDER) CHECK_TEXT(f->subject, "town");
  if (fault == WEEG_FAULT_ORDERED_LEVELS) CHECK(err.where == 1);
  if (fault == WEEG_FAULT_POPULATIONS) CHECK(f->stratum == 1 && f->stage == 0);
  if (fault == WEEG_FAULT_SAME_PSUS) CHECK(f->unit == 4 && f->number == 1);
  if (fault == WEEG_FAULT_TWO_STRATA) CHECK(f->unit == 5 && f->stratum == 1 && f->other == 0);
  if (fault == WEEG_FAULT_MORE_SAMPLED) CHECK(f->stratum == 2 && f->number == 0 && f->value == 3 && f->limit == 2);
  CHECK_STATUS(weeg_frame_join(&a.frame, &b.frame, &sum, NULL), WEEG_ERR_ARGUMENT);
  named_clear(&a);
  named_clear(&b);
}

/* Replicate weights of two tallies in each way that keeps them apart. */
static void test_replicates_differ(void) {
  static double other_rscales[2] = {1, 2}, first_rscales[2] = {2, 1};
  const weeg_replicates ways[] = {{.count = 1, .rscales = rscales, .df = -1},
                                  {.count = 2, .rscales = rscales, .df = -1, .scale = 2},
                                  {.count = 2, .rscales = rscales, .df = -1, .mse = true},
                                  {.count = 2, .rscales = rscales, .df = 7},
                                  {.count = 2, .rscales = other_rscales, .df = -1},
                                  {.count = 2, .rscales = first_rscales, .df = -1},
                                  {.count = 2, .rscales = rscales, .df = -1, .rank = WEEG_RANK_UNITS},
                                  {.count = 2, .rscales = rscales, .df = -1, .rank = WEEG_RANK_DESIGN}};
  enum { WAYS = sizeof ways / sizeof *ways };
  for (int k = 0; k < 2 * (WAYS + 1); k++) {
    const int way = k / 2, swapped = k % 2; /* the last one: none */
    named_sample a, b;
    weeg_error err = {0};
    weeg_frame *sum = NULL;
    named_make(&a, even_rows, NULL, false);
    named_make(&b, odd_rows, NULL, false);
    weeg_frame *one = swapped ? &b.frame : &a.frame, *two = swapped ? &a.frame : &b.frame;
    one->design.replicates = &replicates;
    two->design.replicates = way == WAYS ? NULL : &ways[way];
    CHECK_STATUS(weeg_frame_join(&a.frame, &b.frame, &sum, &err), WEEG_ERR_ARGUMENT);
    CHECK(sum == NULL && err.facts.fault == (way == WAYS       ? WEEG_FAULT_ONE_REPLICATED
                                             : way >= WAYS - 2 ? WEEG_FAULT_MADE_APART
                                                               : WEEG_FAULT_REPLICATES));
    named_clear(&a);
    named_clear(&b);
  }
}

/* A stratum of the second tally alone. */
static void test_own_population(void) {
  const double large[STRATA] = {1000, 1000, 1000}, small[STRATA] = {1000, 1000, 2};
  char east[] = "east", *names[STRATA];
  named_sample a, b;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  named_make(&a, even_rows, NULL, true);
  named_make(&b, odd_rows, NULL, true);
  memcpy(names, stratum_text, sizeof names);
  names[2] = east;
  b.frame.strata.text = names;
  a.frame.design.stratum_fpc = large;
  b.frame.design.stratum_fpc = small;
  CHECK_STATUS(weeg_frame_join(&a.frame, &b.frame, &sum, &err), WEEG_ERR_ARGUMENT);
  const weeg_facts *f = &err.facts;
  CHECK(f->fault == WEEG_FAULT_MORE_SAMPLED && f->number == 1 && f->stratum == 2 && f->limit == 2);
  CHECK(f->value == (double)b.frame.design.stratum_psus[2]);
  named_clear(&a);
  named_clear(&b);
}

/* ---- weights from population sizes, replicates ---- */

static void test_weights(void) {
  named_sample a, b;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  double total = 0;
  int64_t rows = 0;
  named_make(&a, even_rows, NULL, true);
  named_make(&b, odd_rows, NULL, true);
  set_note(&a.frame, 2, from_fpc);
  b.frame.notes = a.frame.notes;
  const double population[STRATA] = {1000, 2000, 3000};
  a.frame.design.stratum_fpc = b.frame.design.stratum_fpc = population;
  CHECK_OK(weeg_frame_join(&a.frame, &b.frame, &sum, &err));
  for (int64_t i = 0; i < sum->tally->entries; i++) {
    total += weeg_sum_value(sum->tally->w[i], sum->tally->scale);
    rows += sum->tally->n[i];
  }
  CHECK(rows == ROWS);
  CHECK_CLOSE(total, 6000, 1e-12); /* each row stands for N_h / n_h others */
  weeg_frame_free(sum);
  const double none[STRATA] = {1000, 2000, INFINITY};
  a.frame.design.stratum_fpc = b.frame.design.stratum_fpc = none;
  sum = NULL;
  CHECK_STATUS(weeg_frame_join(&a.frame, &b.frame, &sum, &err), WEEG_ERR_FPC);
  CHECK(sum == NULL);
  named_clear(&a);
  named_clear(&b);
}

static void test_replicates(bool bases) {
  enum { CELLS = 36 };
  named_sample a, b;
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  double totals[2][2 * CELLS], basis[2][2 * CELLS];
  int64_t start[CELLS + 1];
  weeg_replicates r[2] = {replicates, replicates};
  named_make(&a, even_rows, NULL, false);
  named_make(&b, odd_rows, NULL, false);
  for (int c = 0; c <= CELLS; c++) start[c] = c;
  for (int side = 0; side < 2; side++) {
    for (int i = 0; i < 2 * CELLS; i++) totals[side][i] = basis[side][i] = i + 1000 * side;
    r[side].totals = totals[side];
    r[side].rank = WEEG_RANK_CELLS;
    r[side].basis = bases || side == 0 ? basis[side] : NULL;
    r[side].basis_start = bases || side == 0 ? start : NULL;
  }
  a.frame.design.replicates = &r[0];
  b.frame.design.replicates = &r[1];
  CHECK_OK(weeg_frame_join(&a.frame, &b.frame, &sum, &err));
  const weeg_replicates *both = sum->design.replicates;
  for (int i = 0; i < 2 * CELLS; i++) CHECK(both->totals[i] == 2 * i + 1000);
  CHECK(both->rank == (bases ? WEEG_RANK_CELLS : WEEG_RANK_BOUND) && (both->basis != NULL) == bases);
  for (int c = 0; c < CELLS && bases; c++) {
    CHECK(both->basis_start[c] == 2 * c && both->basis[4 * c] == 2 * c && both->basis[4 * c + 2] == 2 * c + 1000);
  }
  weeg_frame_free(sum);
  named_clear(&a);
  named_clear(&b);
}

/* ---- stages ---- */

/* Two towns with schools, in which pupils are drawn from girls and boys; the tally is by stratum of pupils. */
typedef struct staged {
  weeg_stage stage[2];
  weeg_stage_names names[2];
  weeg_frame frame;
  weeg_tally tally;
} staged;

static void test_stages(void) {
  static char town_text[3][4] = {"t1", "t2", "t3"}, school_text[3][4] = {"s1", "s2", "s3"}, sex_text[2][4] = {"f", "m"};
  static char all[] = "all", level[] = "x", name[] = "v", *levels[] = {level}, *stratum[] = {all};
  char *towns_a[] = {town_text[0], town_text[1]}, *towns_b[] = {town_text[2], town_text[0]};
  char *schools_a[] = {school_text[0], school_text[0], school_text[1]};
  char *schools_b[] = {school_text[2], school_text[1], school_text[0]};
  char *sexes_a[] = {sex_text[0], sex_text[1], sex_text[0]}, *sexes_b[] = {sex_text[0], sex_text[1], sex_text[0]};
  weeg_variable variable = {.name = name, .levels = {1, levels}};
  const int32_t psu_stratum[] = {0, 0}, towns[] = {0, 1}, school_town_a[] = {0, 1, 1}, school_town_b[] = {0, 1, 1};
  const int32_t sex_school_a[] = {0, 0, 2}, sex_school_b[] = {0, 1, 2};
  const int64_t two[] = {2}, per_town_a[] = {1, 2}, per_town_b[] = {1, 2}, pupils_a[] = {1, 2, 3}, pupils_b[] = {4, 5, 6};
  const double population[] = {9}, schools[] = {20, 20}, pupils[] = {100, 100, 100};
  int32_t unit[] = {0, 1, 2}, cell[] = {0, 0, 0};
  int64_t n_a[] = {1, 2, 3}, n_b[] = {4, 5, 6};
  weeg_sum w[3] = {{0, 1}, {0, 2}, {0, 3}};
  weeg_square w2[3] = {{{0, 0}, {0, 1}}, {{0, 0}, {0, 2}}, {{0, 0}, {0, 3}}};
  staged x[2];
  weeg_error err = {0};
  weeg_frame *sum = NULL;
  for (int k = 0; k < 2; k++) {
    staged *s = &x[k];
    s->stage[0] = (weeg_stage){.strata = 2, .units = 3, .stratum_parent = towns,
                               .unit_stratum = k == 0 ? school_town_a : school_town_b,
                               .stratum_units = k == 0 ? per_town_a : per_town_b, .stratum_fpc = schools};
    s->stage[1] = (weeg_stage){.element = true, .strata = 3, .stratum_parent = k == 0 ? sex_school_a : sex_school_b,
                               .stratum_units = k == 0 ? pupils_a : pupils_b, .stratum_fpc = pupils};
    s->names[0] = (weeg_stage_names){{0, NULL}, {3, k == 0 ? schools_a : schools_b}};
    s->names[1] = (weeg_stage_names){{3, k == 0 ? sexes_a : sexes_b}, {0, NULL}};
    s->tally = (weeg_tally){.element = true, .units = 3, .cells = 2, .entries = 3, .unit = unit, .cell = cell, .w = w, .w2 = w2,
                            .n = k == 0 ? n_a : n_b};
    const weeg_design design = {.strata = 1, .psus = 2, .psu_stratum = psu_stratum, .stratum_psus = two,
                                .stratum_fpc = population, .later = 2, .stages = s->stage};
    s->frame = (weeg_frame){.variables = 1, .variable = &variable, .strata = {1, stratum},
                            .psus = {2, k == 0 ? towns_a : towns_b}, .stages = s->names, .design = design, .tally = &s->tally};
  }
  CHECK_OK(weeg_frame_join(&x[0].frame, &x[1].frame, &sum, &err));
  /* towns t1 t2 t3; schools t1/s1 t2/s1 t2/s2 and t3/s3 t1/s2, t1/s1 again; pupils of t1/s1: f (1 and 6 rows), m, ... */
  const weeg_stage *at_schools = &sum->design.stages[0], *at_pupils = &sum->design.stages[1];
  CHECK(sum->design.psus == 3 && sum->design.stratum_psus[0] == 3 && at_schools->strata == 3 && at_schools->units == 5);
  const int64_t schools_of[] = {2, 2, 1};
  for (int t = 0; t < 3; t++) CHECK(at_schools->stratum_parent[t] == t && at_schools->stratum_units[t] == schools_of[t]);
  static const char *const school_names[] = {"s1", "s1", "s2", "s3", "s2"};
  const int32_t school_towns[] = {0, 1, 1, 2, 0};
  for (int u = 0; u < 5; u++) {
    CHECK_TEXT(sum->stages[0].units.text[u], school_names[u]);
    CHECK(at_schools->unit_stratum[u] == school_towns[u]);
  }
  CHECK(sum->stages[0].strata.count == 0 && at_pupils->element && at_pupils->strata == 5);
  const int32_t parents[] = {0, 0, 2, 3, 4};
  const int64_t sampled[] = {1 + 6, 2, 3, 4, 5};
  static const char *const sexes[] = {"f", "m", "f", "f", "m"};
  for (int h = 0; h < 5; h++) {
    CHECK(at_pupils->stratum_parent[h] == parents[h] && at_pupils->stratum_units[h] == sampled[h]);
    CHECK(at_pupils->stratum_fpc[h] == 100 && sum->tally->unit[h] == h && sum->tally->n[h] == sampled[h]);
    CHECK_TEXT(sum->stages[1].strata.text[h], sexes[h]);
  }
  CHECK(sum->tally->units == 5 && sum->tally->entries == 5);
  weeg_frame_free(sum);
  const double differ[] = {100, 100, 99}, few[] = {6, 6, 6};
  sum = NULL;
  x[1].stage[1].stratum_fpc = differ;
  CHECK_STATUS(weeg_frame_join(&x[0].frame, &x[1].frame, &sum, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.facts.fault == WEEG_FAULT_POPULATIONS && err.facts.stage == 2 && err.facts.stratum == 0);
  x[0].stage[1].stratum_fpc = x[1].stage[1].stratum_fpc = few;
  CHECK_STATUS(weeg_frame_join(&x[0].frame, &x[1].frame, &sum, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.facts.fault == WEEG_FAULT_MORE_SAMPLED && err.facts.stage == 2 && err.facts.value == 7 && err.facts.limit == 6);
  x[1].names[1].strata.count = 2;
  CHECK_STATUS(weeg_frame_join(&x[0].frame, &x[1].frame, &sum, &err), WEEG_ERR_ARGUMENT);
  CHECK(sum == NULL && err.facts.fault == WEEG_FAULT_NONE);
}

int main(void) {
  for (int element = 0; element < 2; element++) test_halves(element);
  test_labels();
  test_levels();
  test_notes();
  test_domains();
  for (int fault = WEEG_FAULT_VARIABLES; fault <= WEEG_FAULT_TWICE; fault++) {
    if (fault != WEEG_FAULT_DOMAINS) test_refused((weeg_fault)fault);
  }
  test_refused(WEEG_FAULT_TWO_STRATA);
  test_refused(WEEG_FAULT_MORE_SAMPLED);
  test_own_population();
  test_weights();
  test_replicates_differ();
  for (int bases = 0; bases < 2; bases++) test_replicates(bases);
  test_stages();
  return test_report("frame_join");
}
