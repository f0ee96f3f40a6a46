/* Whatever takes long asks the caller now and then, stops when told to, whenever that is, and keeps no memory. */
#include "failing.h"
#include "sample.h"
#include "stats/sets.h"
#include "reach_sample.h"
#include "world_sample.h"

enum { ROWS = 20000, PSUS = 300, GROUPS = 30, LEVELS = 20, ANSWERS = 4, PLACES = GROUPS * LEVELS };
enum { CELLS = (GROUPS + 1) * (LEVELS + 1) * (ANSWERS + 1), PAIRS = PLACES * (PLACES - 1) / 2, REPLICATES = 200 };

static int32_t psu[ROWS], group[ROWS], level[ROWS], answer[ROWS];
static int32_t cell_group[CELLS], cell_level[CELLS], cell_answer[CELLS], cell_place[CELLS], zero[CELLS];
static double weight[ROWS];
static sample s;
static weeg_hooks hooks;
static long polls, stop_at;

static int ask(void *ctx) {
  (void)ctx;
  return ++polls == stop_at;
}

static void make(void) {
  const weeg_column columns[] = {sample_column(group, GROUPS), sample_column(level, LEVELS), sample_column(answer, ANSWERS)};
  int32_t stratum[ROWS];
  for (int i = 0; i < ROWS; i++) {
    stratum[i] = 1;
    psu[i] = 1 + sample_draw(PSUS);
    group[i] = 1 + i % GROUPS;
    level[i] = 1 + i / GROUPS % LEVELS;
    answer[i] = 1 + sample_draw(ANSWERS);
    weight[i] = 1 + sample_draw(3);
  }
  for (int c = 0; c < CELLS; c++) {
    const int g = c / (ANSWERS + 1) / (LEVELS + 1), l = c / (ANSWERS + 1) % (LEVELS + 1), a = c % (ANSWERS + 1);
    cell_group[c] = g < GROUPS ? g : -1; /* the last position is for missing */
    cell_level[c] = l < LEVELS ? l : -1;
    cell_answer[c] = a < ANSWERS ? a : -1;
    cell_place[c] = cell_group[c] < 0 || cell_level[c] < 0 ? -1 : cell_group[c] * LEVELS + cell_level[c];
  }
  sample_make(&s, ROWS, stratum, 1, psu, PSUS, columns, 3, weight);
  hooks.interrupt = ask;
  s.design.hooks = &hooks;
}

/* ---- what takes long ---- */

static weeg_status call_test(int variant, weeg_error *err) {
  static const weeg_test_method methods[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_WALD};
  weeg_test t;
  return weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                                BY(methods[variant]), &t, err);
}

static weeg_status call_given(int variant, weeg_error *err) {
  static const weeg_test_method methods[] = {WEEG_TEST_RAO_SCOTT_F, WEEG_TEST_ADJUSTED_WALD};
  weeg_test t;
  return weeg_test_given(&(weeg_survey){s.tally, &s.design},
                         LAYERED(cell_group, GROUPS, cell_level, LEVELS, cell_answer, ANSWERS), BY(methods[variant]),
                         &t, err);
}

static weeg_status call_shares(int variant, weeg_error *err) {
  static double shares[PLACES];
  weeg_test t;
  (void)variant;
  for (int k = 0; k < PLACES; k++) shares[k] = 1.0 / PLACES;
  return weeg_test_shares(&(weeg_survey){s.tally, &s.design}, ANSWERS_OF(cell_place, PLACES),
                          BY(WEEG_TEST_RAO_SCOTT_F, .shares = shares), &t, err);
}

/* Replicates: a test of a table, and degrees of freedom by a rank. */
static weeg_status call_replicates(int variant, weeg_error *err) {
  static double totals[CELLS * REPLICATES], rscales[REPLICATES];
  static int64_t start[CELLS + 1];
  const weeg_replicates r = {.count = REPLICATES, .totals = totals, .scale = 1, .rscales = rscales, .df = variant == 0 ? 10 : -1,
                             .rank = WEEG_RANK_CELLS, .basis = totals, .basis_start = start};
  weeg_design design = s.design;
  weeg_test t;
  int64_t df;
  design.replicates = &r;
  for (int k = 0; k < REPLICATES; k++) rscales[k] = 1;
  for (int c = 0; c < CELLS; c++) start[c + 1] = c + 1;
  for (int i = CELLS * REPLICATES - 1; i >= 0 && totals[0] == 0; i--) totals[i] = 1 + sample_draw(1000);
  if (variant == 1) return weeg_design_df(&(weeg_survey){s.tally, &design}, zero, 1, &df, err);
  return weeg_test_independence(&(weeg_survey){s.tally, &design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                                BY(WEEG_TEST_RAO_SCOTT_F), &t, err);
}

/* Proportional odds of the answer, by group and level. */
static weeg_status call_logistic(int variant, weeg_error *err) {
  enum { SIZE = GROUPS - 1 + LEVELS - 1 };
  static int64_t start[PLACES + 1];
  static int32_t column[2 * PLACES];
  static double estimate[SIZE + ANSWERS], covariance[(SIZE + ANSWERS) * (SIZE + ANSWERS)];
  weeg_fit fit;
  int64_t used = 0;
  (void)variant;
  for (int p = 0; p < PLACES; p++) {
    start[p] = used;
    if (p / LEVELS > 0) column[used++] = p / LEVELS - 1;
    if (p % LEVELS > 0) column[used++] = GROUPS - 1 + p % LEVELS - 1;
  }
  start[PLACES] = used;
  const weeg_model model = {.cell_pattern = cell_place, .cell_level = cell_answer, .patterns = PLACES, .columns = SIZE,
                            .levels = ANSWERS, .start = start, .column = column};
  return weeg_logistic(&(weeg_survey){s.tally, &s.design}, &model, &(weeg_fitted){estimate, covariance}, &fit, err);
}

/* Main effects, and some of the interaction. */
static weeg_status call_loglinear(int variant, weeg_error *err) {
  enum { MAIN = GROUPS - 1 + LEVELS - 1, SIZE = MAIN + 80 };
  static double x[PLACES * SIZE], estimate[SIZE], covariance[SIZE * SIZE];
  weeg_loglinear_fit fit;
  weeg_test t;
  double deviance;
  for (int i = 0; i < PLACES; i++) {
    const int g = i / LEVELS, l = i % LEVELS;
    for (int j = 0; j < SIZE; j++) {
      const int of = j - MAIN;
      x[i * SIZE + j] = j < GROUPS - 1 ? g == j + 1 : j < MAIN ? l == j - GROUPS + 2 : g == 1 + of / 8 && l == 1 + of % 8;
    }
  }
  const weeg_loglinear_model model = {.cell_place = cell_place, .places = PLACES, .columns = SIZE, .x = x};
  if (variant == 0)
    return weeg_loglinear(&(weeg_survey){s.tally, &s.design}, &model, &(weeg_fitted){estimate, covariance}, &fit, err);
  return weeg_loglinear_test(&(weeg_survey){s.tally, &s.design}, &model,
                             &(weeg_loglinear_choice){MAIN, WEEG_TEST_RAO_SCOTT_F}, &t, &deviance, err);
}

/* All pairs of the places of the table. */
static weeg_status call_pairs(int variant, weeg_error *err) {
  static int64_t one[PLACES + 1], two[PAIRS + 1], n[PLACES], df[PAIRS];
  static int32_t member[PLACES], set[2 * PAIRS];
  static double base[PLACES], estimate[PLACES * ANSWERS], variance[PAIRS], coef[2 * PAIRS];
  int pair = 0;
  for (int a = 0; a < PLACES; a++) {
    member[a] = a;
    one[a + 1] = a + 1;
    for (int b = 0; b < a; b++, pair++) {
      set[2 * pair] = a, set[2 * pair + 1] = b;
      coef[2 * pair] = 1, coef[2 * pair + 1] = -1;
      two[pair + 1] = 2 * (pair + 1);
    }
  }
  const weeg_sets sets = {TABLE(cell_place, PLACES, cell_answer, ANSWERS), PLACES, one, member};
  const weeg_combinations pairs = {.outputs = PAIRS, .start = two, .set = set, .coef = coef};
  weeg_status status = weeg_i_set_proportions(&(weeg_survey){s.tally, &s.design}, &sets, n, base, estimate, err);
  if (status == WEEG_OK && variant == 0)
    status = weeg_i_set_df(&(weeg_survey){s.tally, &s.design}, &sets, &pairs, df, err);
  if (status == WEEG_OK && variant == 1) {
    status = weeg_i_set_variance(&(weeg_survey){s.tally, &s.design}, &sets, base, estimate, 0, &pairs, variance, err);
  }
  return status;
}

static weeg_status call_decompose(int variant, weeg_error *err) {
  enum { MOST = GROUPS * (GROUPS - 1) / 2 };
  static int32_t first[MOST], second[MOST];
  static weeg_contrast components[MOST * ANSWERS * WEEG_COMPONENTS];
  int pair = 0;
  (void)variant;
  for (int a = 0; a < GROUPS; a++) {
    for (int b = 0; b < a; b++, pair++) first[pair] = a, second[pair] = b;
  }
  const weeg_places where = {cell_group, GROUPS, cell_answer, ANSWERS, cell_level, LEVELS};
  const weeg_comparison pairs = {.first = first, .second = second, .pairs = MOST, .level = 0.95};
  return weeg_decompose(&(weeg_survey){s.tally, &s.design}, &where, &pairs, components, err);
}

/* Two margins of 200 levels: the fit, and the basis of its variances. */
static weeg_status call_calibrate(int variant, weeg_error *err) {
  enum { SIDE = 200, SEEN = 10 * SIDE };
  static int32_t place[2 * SEEN];
  static double sum[SEEN], target[2 * SIDE], g[SEEN];
  weeg_calibration_fit fit;
  weeg_calibration_model basis = {0};
  for (int j = 0; j < 2 * SIDE; j++) target[j] = 0;
  for (int c = 0; c < SEEN; c++) {
    place[2 * c] = c % SIDE;
    place[2 * c + 1] = SIDE + (c * 7 + c / SIDE) % SIDE;
    sum[c] = 1;
    target[place[2 * c]] += 1 + 0.1 * (c % 3);
    target[place[2 * c + 1]] += 1 + 0.1 * (c % 3);
  }
  const weeg_margins m = {SEEN, 2, 2 * SIDE, place, sum, target, &hooks};
  if (variant == 0)
    return weeg_calibrate(&m, &(weeg_calibration_choice){WEEG_CALIBRATION_RAKING, 0, INFINITY}, g, &fit, err);
  const weeg_status status = weeg_calibration_basis(&m, &basis, err);
  weeg_free(basis.start);
  weeg_free(basis.index);
  weeg_free(basis.value);
  return status;
}

/* Variances of totals, calibrated to the groups: each table cell a cell of the sample, each group a cell of the margin. */
static weeg_status call_calibrated(int variant, weeg_error *err) {
  enum { OUTPUTS = 900 };
  static double g[GROUPS], total[GROUPS], value[GROUPS], in_cell[CELLS], variance[OUTPUTS], coef[CELLS];
  static int32_t index[GROUPS], visible[CELLS], place[CELLS], of[CELLS], zero_output[OUTPUTS];
  static int64_t start[GROUPS + 1], score_start[CELLS + 1];
  (void)variant;
  weeg_status status = weeg_tally_totals(s.tally, NULL, in_cell, err);
  if (status != WEEG_OK) return status;
  for (int k = 0; k < GROUPS; k++) total[k] = 0;
  for (int c = 0; c < CELLS; c++) {
    const int k = cell_group[c] < 0 ? 0 : cell_group[c]; /* nobody's group is missing */
    total[k] += in_cell[c];
    visible[c] = c, place[c] = k, coef[c] = 1, of[c] = c % OUTPUTS, score_start[c + 1] = c + 1;
  }
  for (int k = 0; k < GROUPS; k++) g[k] = 1, value[k] = 1 / sqrt(total[k]), index[k] = k, start[k + 1] = k + 1;
  const weeg_calibration calibration = {GROUPS, g, GROUPS, start, index, value, CELLS, visible, place, in_cell, s.tally,
                                        visible, place, NULL};
  const weeg_scores scores = {.cells = CELLS, .outputs = OUTPUTS, .start = score_start, .index = of, .coef = coef};
  weeg_design design = s.design;
  design.calibration = &calibration;
  return weeg_variance(&(weeg_survey){s.tally, &design}, &scores, &(weeg_domains){zero, 1, zero_output}, variance, err);
}

/* A covariance matrix so large that each PSU's part of it is worth a question, and its end. */
static weeg_status call_covariance(int variant, weeg_error *err) {
  enum { OUTPUTS = 2100 };
  static double coef[OUTPUTS], covariance[OUTPUTS * OUTPUTS];
  static int32_t index[OUTPUTS];
  static int64_t start[CELLS + 1];
  static uint8_t use[CELLS];
  (void)variant;
  for (int o = 0; o < OUTPUTS; o++) index[o] = o, coef[o] = o;
  for (int c = 1; c <= CELLS; c++) start[c] = OUTPUTS;
  use[0] = 1; /* some of the PSUs */
  const weeg_scores scores = {.cells = CELLS, .outputs = OUTPUTS, .start = start, .index = index, .coef = coef};
  return weeg_covariance(&(weeg_survey){s.tally, &s.design}, &scores, use, covariance, err);
}

/* A search for tables that finds them (0), and one that does not, as standard errors tell too much. */
static weeg_status call_world(int variant, weeg_error *err) {
  static toy t;
  double value[TOY_PARTS], num[TOY_PARTS], errors[2][TOY_FIGURES], *error[2] = {errors[0], errors[1]};
  bool safe = variant == 1;
  toy_state = 1;
  toy_large(&t, 60);
  CHECK_OK(weeg_world_figures(&t.world, value, num, error, err));
  for (int j = 0; j < 2 && variant == 1; j++) {
    t.design[0].low[j] = errors[0][j] * (1 - 1e-9);
    t.design[0].high[j] = errors[0][j] * (1 + 1e-9);
  }
  const weeg_status status = weeg_world_is_safe(&t.world, 5, &hooks, &safe, err);
  CHECK(safe == ((variant == 0) == (status == WEEG_OK)));
  return status;
}

/* All tables, of which there are too many. */
static weeg_status call_tables(int variant, weeg_error *err) {
  static toy t;
  weeg_world_list list = {.tables = -7};
  (void)variant;
  toy_state = 1;
  toy_large(&t, 30);
  const weeg_status status = weeg_world_tables(&t.world, 1000000, &hooks, &list, err);
  CHECK(list.tables == (status == WEEG_OK ? 1000001 : -7));
  return status;
}

/* How far counts can go. */
static weeg_status call_reach(int variant, weeg_error *err) {
  int32_t count = -7;
  (void)variant;
  return grid_ask(GRID_SIDE, 40, &hooks, &count, err);
}

/* Lets it run, and then stops it at the first, some and the last of the times that it asks. */
static void stop_everywhere(call_function call, int variant) {
  const long before = atomic_load(&live);
  weeg_error err = {0};
  polls = stop_at = 0;
  CHECK_OK(call(variant, &err));
  const long all = polls;
  CHECK(all >= 1);
  for (stop_at = 1; stop_at <= all; stop_at = stop_at < all && 5 * stop_at > all ? all : 5 * stop_at) {
    polls = 0;
    CHECK_STATUS(call(variant, &err), WEEG_ERR_INTERRUPTED);
    CHECK(polls == stop_at && err.code == WEEG_ERR_INTERRUPTED && atomic_load(&live) == before);
    CHECK_TEXT(err.message, "stopped by the caller");
  }
}

int main(void) {
  static const call_case cases[] = {{call_test, 2, 0},      {call_given, 2, 0}, {call_shares, 1, 0},    {call_replicates, 2, 0},
                                    {call_logistic, 1, 0},  {call_loglinear, 2, 0}, {call_pairs, 2, 0}, {call_decompose, 1, 0},
                                    {call_calibrate, 2, 0}, {call_calibrated, 1, 0}, {call_covariance, 1, 0},
                                    {call_world, 2, 0},      {call_tables, 1, 0},     {call_reach, 1, 0}};
  make();
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int variant = 0; variant < cases[k].variants; variant++) stop_everywhere(cases[k].call, variant);
  }
  weeg_tally_free(s.tally);
  CHECK(atomic_load(&live) == 0);
  return test_report("memory_interrupt");
}
