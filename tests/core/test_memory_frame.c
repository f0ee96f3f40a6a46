/*
 * Running out of memory at every allocation of tallies with names.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "failing.h"

#include "frame_sample.h"

enum { CELLS = 36, REPLICATES = 2 };

static named_sample whole, even, odd;
static double totals[REPLICATES * CELLS], basis[REPLICATES * CELLS], rscales[REPLICATES] = {1, 1};
static int64_t start[CELLS + 1];
static int32_t visible[CELLS], pairs[1];

static bool even_rows(int i) { return i % 2 == 0; }
static bool odd_rows(int i) { return i % 2 == 1; }

static weeg_status done(weeg_status status, weeg_frame *made) {
  CHECK((made == NULL) == (status != WEEG_OK));
  weeg_frame_free(made);
  return status;
}

static weeg_status call_select(int variant, weeg_error *err) {
  static const int32_t which[] = {2, 0, 1};
  weeg_frame *made = NULL;
  const weeg_status status = weeg_frame_select(&whole.frame, which, variant + 1, &made, err);
  return done(status, made);
}

static weeg_status call_domain(int variant, weeg_error *err) {
  uint8_t inside[CELLS] = {0};
  weeg_frame *made = NULL;
  inside[variant] = 1;
  const weeg_status status = weeg_frame_domain(&whole.frame, inside, &made, err);
  return done(status, made);
}

static weeg_status call_net(int variant, weeg_error *err) {
  static const uint8_t inside[] = {1, 0, 1};
  weeg_frame *made = NULL;
  const weeg_status status = weeg_frame_net(&whole.frame, &(weeg_net){variant, inside, "top 2"}, &made, err);
  return done(status, made);
}

static weeg_status call_treat(int variant, weeg_error *err) {
  weeg_frame plain = whole.frame, *made = NULL;
  plain.design.calibration = NULL;
  plain.design.replicates = NULL;
  const weeg_status status = weeg_frame_treat(&plain, &even.frame, (weeg_missing)variant, &made, err);
  return done(status, made);
}

/* Variants are bits for replicates and several conditions. */
static weeg_status call_join(int variant, weeg_error *err) {
  static char key[] = "condition", omitted[] = "omitted", one[] = "1";
  char *notes[] = {key, one, key, one, omitted, one};
  const weeg_replicates *none = NULL;
  weeg_frame a = even.frame, b = odd.frame, *sum = NULL;
  a.notes = b.notes = (weeg_texts){variant & 2 ? 6 : 0, notes};
  a.design.replicates = b.design.replicates = variant & 1 ? whole.frame.design.replicates : none;
  const weeg_status status = weeg_frame_join(&a, &b, &sum, err);
  return done(status, sum);
}

static weeg_status call_levels(int variant, weeg_error *err) {
  int32_t a_level[3], b_level[3];
  weeg_joined_levels joined = {a_level, b_level};
  weeg_variable v = whole.variable[1];
  v.number = variant == 1;
  return weeg_join_levels(&v, &v, &joined, err);
}

static weeg_status call_texts(int variant, weeg_error *err) {
  static const char *const texts[] = {"0.5", "7", "12"}, long_number[] = "000000000000000000000000000000000000000000000000000"
                                                                      "00000000000007";
  const weeg_numerals how = {'.', 0};
  bool number = false;
  double value = 0;
  weeg_text_levels *found = NULL;
  if (variant == 2) return weeg_text_number(long_number, how, &number, &value, err);
  const weeg_status status = weeg_text_levels_find(texts, 3, variant == 1, how, &found, err);
  CHECK((found == NULL) == (status != WEEG_OK));
  weeg_text_levels_free(found);
  return status;
}

static weeg_status call_table(int variant, weeg_error *err) {
  weeg_places *table = NULL;
  const weeg_status status = weeg_frame_table(&whole.frame, variant, &table, err);
  CHECK((table == NULL) == (status != WEEG_OK));
  weeg_free(table);
  return status;
}

/* Rows, PSUs, nested PSUs; two stages, with strata, and with rows as the units of the second. */
static weeg_status call_sample(int variant, weeg_error *err) {
  static const int32_t stratum[] = {1, 2, 2}, psu[] = {1, 2, 3};
  const weeg_column s = sample_column(stratum, 2), p = sample_column(psu, 3);
  static const double fpc[] = {4, 4, 4};
  const weeg_column whole_sample = sample_column(NULL, 1);
  const weeg_sample_stage stages[] = {{variant < 3 ? &s : &whole_sample, variant == 0 ? NULL : variant < 3 ? &p : &s, fpc},
                                      {variant == 4 ? &s : NULL, variant == 5 ? &p : &s, fpc}};
  weeg_sample *found = NULL;
  const weeg_sampled_stages of = {.rows = 3, .stages = variant < 3 ? 1 : 2, .stage = stages,
                                  .nest = variant == 2 || variant == 4};
  const weeg_status status = weeg_sample_find(&of, &found, err);
  CHECK((found == NULL) == (status != WEEG_OK));
  weeg_sample_free(found);
  return status;
}

/* Of all levels, and without one. */
static weeg_status call_logistic(int variant, weeg_error *err) {
  static const int32_t first[] = {0, 1, 2, 4}, variables[] = {0, 1, 0, 1};
  const weeg_terms terms = {3, first, variables};
  weeg_frame plain = whole.frame, *part = NULL;
  weeg_regression *made = NULL;
  uint8_t inside[CELLS];
  for (int c = 0; c < CELLS; c++) inside[c] = variant == 0 || c / 3 % 4 != 1;
  plain.design.calibration = NULL;
  plain.design.replicates = NULL;
  weeg_status status = weeg_frame_domain(&plain, inside, &part, err);
  if (status == WEEG_OK) status = weeg_frame_logistic(part, &terms, NULL, 0.95, &made, err);
  CHECK((made == NULL) == (status != WEEG_OK));
  weeg_regression_free(made);
  weeg_frame_free(part);
  return status;
}

static weeg_status call_adjust(int variant, weeg_error *err) {
  weeg_frame plain = whole.frame;
  weeg_adjusted *made = NULL;
  (void)variant;
  plain.design.calibration = NULL;
  plain.design.replicates = NULL;
  const weeg_status status = weeg_frame_adjust(&plain, 1, &(weeg_interval_choice){WEEG_INTERVAL_WALD, 0.95}, &made, err);
  CHECK((made == NULL) == (status != WEEG_OK));
  weeg_adjusted_free(made);
  return status;
}

/* Of all levels, and without one; and lack of fit. */
static weeg_status call_loglinear(int variant, weeg_error *err) {
  static const int32_t first[] = {0, 1, 2, 3, 5}, variables[] = {0, 1, 2, 0, 1};
  const weeg_terms terms = {4, first, variables};
  weeg_frame plain = whole.frame, *part = NULL;
  weeg_table_model *made = NULL;
  weeg_nested_test test;
  uint8_t inside[CELLS];
  for (int c = 0; c < CELLS; c++) inside[c] = variant != 1 || c / 3 % 4 != 1;
  plain.design.calibration = NULL;
  plain.design.replicates = NULL;
  weeg_status status = weeg_frame_domain(&plain, inside, &part, err);
  if (status == WEEG_OK && variant < 2) status = weeg_frame_loglinear(part, &terms, 0.95, &made, err);
  if (status == WEEG_OK && variant == 2) {
    status = weeg_frame_loglinear_test(part, &terms, &(weeg_loglinear_choice){4, WEEG_TEST_RAO_SCOTT_F}, &test, err);
  }
  CHECK((made == NULL) == (status != WEEG_OK || variant == 2));
  weeg_table_model_free(made);
  weeg_frame_free(part);
  return status;
}

int main(void) {
  named_make(&whole, all_rows, NULL, false);
  named_make(&even, even_rows, NULL, false);
  named_make(&odd, odd_rows, NULL, false);
  for (int c = 0; c <= CELLS; c++) start[c] = c;
  const weeg_replicates replicates = {.count = REPLICATES, .totals = totals, .rscales = rscales, .df = -1,
                                      .rank = WEEG_RANK_CELLS, .basis = basis, .basis_start = start};
  const weeg_calibration calibration = {.pairs = 1, .pair_visible = pairs, .tally = whole.frame.tally, .visible = visible};
  whole.frame.design.replicates = &replicates;
  whole.frame.design.calibration = &calibration;
  const call_case cases[] = {
      {call_select, 3, 10}, {call_domain, 2, 10}, {call_net, 3, 10}, {call_treat, 3, 0}, {call_join, 4, 40},
      {call_levels, 2, 1},
      {call_texts, 2, 5},   {call_texts, 3, 0},   {call_sample, 6, 1},
      {call_table, 3, 2},   {call_logistic, 2, 60}, {call_adjust, 1, 60}, {call_loglinear, 3, 60}};
  exhaust_all(cases, sizeof cases / sizeof *cases);
  named_clear(&whole);
  named_clear(&even);
  named_clear(&odd);
  return test_report("memory_frame");
}
