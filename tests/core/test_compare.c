/*
 * Comparisons of sets of groups and with figures: against contrasts of proportions of which the covariance is known from
 * elsewhere (weeg_proportion_covariance, weeg_compare_proportions). Random samples, to about 1e-9.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { GROUPS = 3, LEVELS = 2, MEASURES = 4, PAIRS = 3, OUTPUTS = GROUPS * LEVELS, CELLS = 4 * 3 * 2 };
enum { ALL = MEASURES * PAIRS * LEVELS };
static const weeg_measure measures[] = {WEEG_NUMBER_NEEDED, WEEG_DIFFERENCE, WEEG_RISK_RATIO, WEEG_ODDS_RATIO};
static const int32_t first[] = {0, 2, 1}, second[] = {1, 0, 2};
static const int64_t start[] = {0, 1, 2, 3};
static const int32_t group[] = {0, 1, 2};

static oracle o;
static int32_t cell_group[CELLS], cell_level[CELLS];
static const weeg_places places = {cell_group, GROUPS, cell_level, LEVELS, NULL, 0};
static const weeg_sets sets = {&places, GROUPS, start, group};

static void draw(int rows, int32_t strata, int32_t each) {
  static const int32_t levels[] = {GROUPS, LEVELS, 1};
  oracle_draw(&o, rows, strata, each, levels);
  oracle_make(&o, false);
  for (int32_t c = 0; c < CELLS; c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_level[c] = oracle_level(&o, 1, c);
  }
}

static void check(const weeg_contrast *got, const weeg_contrast *want) {
  CHECK_CLOSE(got->estimate, want->estimate, 1e-9);
  CHECK_CLOSE(got->std_error, want->std_error, 1e-9);
  CHECK_CLOSE(got->low, want->low, 1e-8);
  CHECK_CLOSE(got->high, want->high, 1e-8);
  CHECK_CLOSE(got->p_value, want->p_value, 1e-7);
  CHECK(got->reason == want->reason);
}

static void test_pairs(void) {
  static const weeg_comparison what = {first, second, PAIRS, measures, MEASURES, NULL, NULL, 0.9};
  weeg_contrast got[ALL];
  double p[OUTPUTS], v[OUTPUTS * OUTPUTS];
  int64_t n[GROUPS];
  draw(240, 3, 5);
  CHECK_OK(weeg_compare_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &what, got, NULL));
  CHECK_OK(weeg_set_proportions(&(weeg_survey){o.s.tally, &o.s.design}, &sets, n, p, NULL));
  CHECK_OK(weeg_proportion_covariance(&(weeg_survey){o.s.tally, &o.s.design}, &places, v, NULL));
  for (int i = 0; i < ALL; i++) {
    const int measure = i / (PAIRS * LEVELS), pair = i / LEVELS % PAIRS, k = i % LEVELS;
    const int a = first[pair] * LEVELS + k, b = second[pair] * LEVELS + k;
    weeg_contrast want;
    CHECK_OK(weeg_compare_proportions(measures[measure],
                                      TWO(p[a], p[b], v[a * OUTPUTS + a], v[b * OUTPUTS + b], v[a * OUTPUTS + b]),
                                      got[i].df, 0.9, &want, NULL));
    check(&got[i], &want);
    CHECK(got[i].df > 0 && got[i].df <= 12 && got[i].df == got[pair * LEVELS].df);
  }
  weeg_tally_free(o.s.tally);
}

/* An exact figure, and one with a variance; 0 has no ratio to it. */
static void test_figures(void) {
  static const double figure[] = {0.4, 0}, figure_variance[] = {0.0024, 0.001};
  weeg_comparison what = {first, NULL, PAIRS, measures, MEASURES, figure, figure_variance, 0.95};
  weeg_contrast got[ALL], exact[ALL];
  double p[OUTPUTS], v[OUTPUTS * OUTPUTS];
  int64_t n[GROUPS];
  draw(240, 3, 5);
  CHECK_OK(weeg_compare_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &what, got, NULL));
  what.figure_variance = NULL;
  CHECK_OK(weeg_compare_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &what, exact, NULL));
  CHECK_OK(weeg_set_proportions(&(weeg_survey){o.s.tally, &o.s.design}, &sets, n, p, NULL));
  CHECK_OK(weeg_proportion_covariance(&(weeg_survey){o.s.tally, &o.s.design}, &places, v, NULL));
  for (int i = 0; i < ALL; i++) {
    const weeg_measure measure = measures[i / (PAIRS * LEVELS)];
    const int pair = i / LEVELS % PAIRS, k = i % LEVELS, a = first[pair] * LEVELS + k;
    weeg_contrast want;
    CHECK_OK(weeg_compare_proportions(measure, TWO(p[a], figure[k], v[a * OUTPUTS + a], figure_variance[k], 0),
                                      got[i].df, 0.95, &want, NULL));
    check(&got[i], &want);
    CHECK_OK(weeg_compare_proportions(measure, TWO(p[a], figure[k], v[a * OUTPUTS + a], 0, 0), got[i].df, 0.95, &want,
                                      NULL));
    check(&exact[i], &want);
    const bool ratio = measure == WEEG_RISK_RATIO || measure == WEEG_ODDS_RATIO;
    if (k == 1 && ratio) CHECK(got[i].reason == WEEG_REASON_ZERO_BASE && isnan(got[i].estimate) && got[i].df > 0);
  }
  weeg_tally_free(o.s.tally);
}

static void test_wrong(void) {
  static const int32_t beyond[] = {0, GROUPS, 1}, below[] = {0, 1, -1};
  static const weeg_measure unknown[] = {(weeg_measure)9};
  weeg_contrast got[ALL];
  const weeg_comparison cases[] = {{beyond, second, PAIRS, measures, 1, NULL, NULL, 0.95},
                                   {first, beyond, PAIRS, measures, 1, NULL, NULL, 0.95},
                                   {below, second, PAIRS, measures, 1, NULL, NULL, 0.95},
                                   {first, below, PAIRS, measures, 1, NULL, NULL, 0.95},
                                   {first, second, PAIRS, unknown, 1, NULL, NULL, 0.95},
                                   {first, second, PAIRS, measures, 1, NULL, NULL, 1}};
  const weeg_comparison large = {first, second, 1 << 30, measures, 4, NULL, NULL, 0.95};
  weeg_error err = {0};
  draw(60, 2, 4);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    CHECK_STATUS(weeg_compare_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &cases[k], got, &err),
                 WEEG_ERR_ARGUMENT);
    if (k < 2) CHECK_TEXT(err.message, k == 0 ? "sets 4 and 1 of 3" : "sets 3 and 4 of 3");
  }
  CHECK_STATUS(weeg_compare_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &large, got, &err), WEEG_ERR_TOO_LARGE);
  weeg_tally_free(o.s.tally);
}

int main(void) {
  test_pairs();
  test_figures();
  test_wrong();
  return test_report("compare");
}
