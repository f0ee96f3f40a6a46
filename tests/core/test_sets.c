/*
 * Proportions in sets of groups that overlap, linear functions of them, and their degrees of freedom: random samples against
 * plain loops over rows (oracle.h). To about 1e-9, what differences give of derivatives.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"
#include "stats/sets.h"

/* Groups 1 .. 5, of which 5 has no rows. Sets: 1, 2, all, all but 1, 3 and 4, and the empty group. */
enum { GROUPS = 5, LEVELS = 3, SETS = 6, OUTPUTS = 7, CELLS = 6 * 4 * 2 };
static const int64_t set_start[] = {0, 1, 2, 7, 11, 13, 14};
static const int32_t set_group[] = {0, 1, 0, 1, 2, 3, 4, 1, 2, 3, 4, 2, 3, 4};

/* A set; a group less the total, and less the rest; three sets; a set twice; the empty set with another, and alone. */
static const int64_t start[] = {0, 1, 3, 5, 8, 11, 13, 14};
static const int32_t set_of[] = {4, 0, 2, 0, 3, 0, 1, 4, 1, 4, 1, 5, 0, 5};
static const double coef[] = {1, 1, -1, 1, -1, 0.5, 0.25, -0.75, 0.5, -1, 0.25, 2, -1, 1};
static const weeg_combinations all_combinations = {
    .outputs = OUTPUTS, .start = start, .set = set_of, .coef = coef, .level = 0.95};

static oracle o;
static int32_t cell_group[CELLS], cell_level[CELLS];
static const weeg_places places = {cell_group, GROUPS, cell_level, LEVELS, NULL, 0};
static const weeg_sets sets = {&places, SETS, set_start, set_group};

static bool in_set(int32_t set, int32_t group) {
  for (int64_t j = set_start[set]; j < set_start[set + 1]; j++) {
    if (set_group[j] == group) return true;
  }
  return false;
}

static double proportion(const double *w, int32_t set, int level) {
  double in = 0, base = 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[1][i] == 0 || !in_set(set, o.code[0][i] - 1)) continue;
    base += w[i];
    in += o.code[1][i] == level + 1 ? w[i] : 0;
  }
  return in / base;
}

/* Combinations; empty sets are left out. */
static void combine(const oracle *unused, const double *w, const void *level, double *theta) {
  (void)unused;
  for (int k = 0; k < OUTPUTS; k++) {
    theta[k] = 0;
    for (int64_t i = start[k]; i < start[k + 1]; i++) {
      if (set_of[i] < 5) theta[k] += coef[i] * proportion(w, set_of[i], *(const int *)level);
    }
  }
}

static void check_proportions(int64_t *n, double *base, double *estimate) {
  CHECK_OK(weeg_i_set_proportions(&(weeg_survey){o.s.tally, &o.s.design}, &sets, n, base, estimate, NULL));
  for (int32_t s = 0; s < SETS; s++) {
    int64_t count = 0;
    double sum = 0;
    for (int i = 0; i < o.rows; i++) {
      const bool is = o.code[1][i] > 0 && in_set(s, o.code[0][i] - 1);
      count += is;
      sum += is ? o.weight[i] : 0;
    }
    CHECK(n[s] == count);
    CHECK_CLOSE(base[s], sum, 1e-13);
    for (int k = 0; k < LEVELS; k++) CHECK_CLOSE(estimate[s * LEVELS + k], proportion(o.weight, s, k), 1e-13);
  }
  CHECK(n[5] == 0 && isnan(estimate[5 * LEVELS]));
}

/* Units less strata with rows of the groups marked, also rows without an answer. */
static int64_t plain_df(const bool *has, weeg_df_rule rule) {
  bool unit[ORACLE_ROWS] = {false}, stratum[ORACLE_STRATA] = {false};
  int64_t df = 0;
  for (int i = 0; i < o.rows; i++) {
    if (rule != WEEG_DF_DESIGN && (o.code[0][i] == 0 || !has[o.code[0][i] - 1])) continue;
    unit[o.psus == 0 ? i : o.psu[i]] = true;
    stratum[o.stratum[i] - 1] = true;
  }
  for (int j = 0; j < ORACLE_ROWS; j++) df += rule == WEEG_DF_DOMAIN && unit[j];
  for (int h = 0; h < o.strata; h++) df += !stratum[h] ? 0 : rule == WEEG_DF_DOMAIN ? -1 : o.s.design.stratum_psus[h] - 1;
  return df;
}

static void check_df(void) {
  for (weeg_df_rule rule = WEEG_DF_DOMAIN; rule <= WEEG_DF_DESIGN; rule++) {
    int64_t df[OUTPUTS];
    o.s.design.df = rule;
    CHECK_OK(weeg_i_set_df(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &all_combinations, df, NULL));
    for (int k = 0; k < OUTPUTS; k++) {
      bool has[GROUPS] = {false};
      for (int64_t i = start[k]; i < start[k + 1]; i++) {
        for (int32_t g = 0; g < GROUPS; g++) has[g] = has[g] || in_set(set_of[i], g);
      }
      CHECK(df[k] == plain_df(has, rule));
    }
    CHECK_OK(weeg_design_df(&(weeg_survey){o.s.tally, &o.s.design}, cell_group, GROUPS, df, NULL));
    for (int32_t g = 0; g < GROUPS; g++) {
      bool has[GROUPS] = {false};
      has[g] = true;
      CHECK(df[g] == plain_df(has, rule));
    }
  }
  o.s.design.df = WEEG_DF_DOMAIN;
}

/* Those that the design gives, whatever the rule: of what has rows. */
static void check_given_df(void) {
  o.s.design.given_df = 300;
  for (weeg_df_rule rule = WEEG_DF_DOMAIN; rule <= WEEG_DF_EFFECTIVE; rule++) {
    int64_t df[OUTPUTS];
    o.s.design.df = rule;
    CHECK_OK(weeg_i_set_df(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &all_combinations, df, NULL));
    for (int k = 0; k < OUTPUTS; k++) CHECK(df[k] == (k < OUTPUTS - 1 ? 300 : 0)); /* the last is of the empty group alone */
    CHECK_OK(weeg_design_df(&(weeg_survey){o.s.tally, &o.s.design}, cell_group, GROUPS, df, NULL));
    for (int32_t g = 0; g < GROUPS; g++) CHECK(df[g] == (g < GROUPS - 1 ? 300 : 0));
  }
  o.s.design.given_df = 0;
  o.s.design.df = WEEG_DF_DOMAIN;
}

static void check_replicates(const double *base, const double *estimate) {
  static oracle_replicates x;
  double variance[OUTPUTS], want[OUTPUTS];
  int64_t df[OUTPUTS];
  for (int mse = 0; mse < 2; mse++) {
    oracle_draw_replicates(&o, &x, 70, mse == 1);
    o.s.design.replicates = &x.r;
    for (int level = 0; level < LEVELS; level++) {
      CHECK_OK(weeg_i_set_variance(&(weeg_survey){o.s.tally, &o.s.design}, &sets, base, estimate, level,
                                   &all_combinations, variance, NULL));
      oracle_replicate_variance(&o, &x, combine, &level, OUTPUTS, want);
      for (int k = 0; k < OUTPUTS; k++) CHECK_CLOSE(variance[k], want[k], 1e-12);
    }
    CHECK_OK(weeg_i_set_df(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &all_combinations, df, NULL));
    for (int k = 0; k < OUTPUTS - 1; k++) CHECK(df[k] == 7);
    /* the same multiplier for all rows: proportions as they were, but for rounding, and a variance of 0 is 0 */
    for (int r = 0; r < x.count; r++) {
      for (int32_t c = 0; c < CELLS; c++) x.totals[c * x.count + r] = 0;
      for (int i = 0; i < o.rows; i++) x.totals[oracle_cell(&o, i) * x.count + r] += o.weight[i] * (0.1 + r % 7);
    }
    CHECK_OK(weeg_i_set_variance(&(weeg_survey){o.s.tally, &o.s.design}, &sets, base, estimate, 0, &all_combinations,
                                 variance, NULL));
    for (int k = 0; k < OUTPUTS; k++) CHECK(variance[k] == 0);
    CHECK_STATUS(weeg_i_set_variance(&(weeg_survey){o.s.tally, &o.s.design}, &sets, base, estimate, 0,
                                     &(weeg_combinations){1, (int64_t[]){0, 1}, (int32_t[]){SETS}, coef}, variance,
                                     NULL),
                 WEEG_ERR_ARGUMENT);
    free(x.totals);
  }
  o.s.design.replicates = NULL;
}

/*
 * weeg_combine_sets: values and variances as above. Where one is a combination with an empty set its value is NaN: EMPTY. exists
 * overrules the sets.
 */
static void check_combined(int level) {
  static const uint8_t exists[OUTPUTS] = {0, 1, 0, 1, 1, 1, 1};
  weeg_contrast got[OUTPUTS * LEVELS], some[OUTPUTS * LEVELS];
  weeg_combinations chosen = all_combinations;
  double value[OUTPUTS], want[OUTPUTS * OUTPUTS];
  chosen.exists = exists;
  CHECK_OK(weeg_combine_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &all_combinations, got, NULL));
  CHECK_OK(weeg_combine_sets(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &chosen, some, NULL));
  combine(&o, o.weight, &level, value);
  oracle_covariance(&o, combine, &level, OUTPUTS, want);
  for (int k = 0; k < OUTPUTS; k++) {
    const weeg_contrast *c = &got[k * LEVELS + level];
    if (k >= OUTPUTS - 2) {
      CHECK(c->reason == WEEG_REASON_EMPTY && isnan(c->estimate));
      continue;
    }
    CHECK_CLOSE(c->estimate, value[k], 1e-9);
    CHECK_CLOSE(c->std_error, sqrt(want[k * OUTPUTS + k]), 1e-7);
    CHECK(c->low < c->estimate && c->estimate < c->high && c->p_value > 0 && c->reason == WEEG_REASON_NONE);
    CHECK(some[k * LEVELS + level].reason == (exists[k] ? WEEG_REASON_NONE : WEEG_REASON_NO_VARIANCE));
  }
}

static void check_sample(int rows, int32_t strata, int32_t each, bool finite) {
  static const int32_t levels[] = {GROUPS, LEVELS, 1};
  int64_t n[SETS];
  double base[SETS], estimate[SETS * LEVELS], variance[OUTPUTS], want[OUTPUTS * OUTPUTS];
  oracle_draw(&o, rows, strata, each, levels);
  /* group 5 has no rows; and group 1 is not in the first stratum, nor is group 2 in the first PSU */
  for (int i = 0; i < rows; i++) {
    if (o.code[0][i] == 5 || (o.code[0][i] == 1 && o.stratum[i] == 1)) o.code[0][i] = 3;
    if (o.code[0][i] == 2 && each > 0 && o.psu[i] == 1) o.code[0][i] = 4;
  }
  oracle_make(&o, finite);
  for (int32_t c = 0; c < CELLS; c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_level[c] = oracle_level(&o, 1, c);
  }
  check_proportions(n, base, estimate);
  for (int level = 0; level < LEVELS; level++) {
    CHECK_OK(weeg_i_set_variance(&(weeg_survey){o.s.tally, &o.s.design}, &sets, base, estimate, level,
                                 &all_combinations, variance, NULL));
    oracle_covariance(&o, combine, &level, OUTPUTS, want);
    for (int k = 0; k < OUTPUTS; k++) CHECK_CLOSE(variance[k], want[k * OUTPUTS + k], 1e-7);
  }
  check_combined(1);
  check_df();
  check_given_df();
  check_replicates(base, estimate);
  weeg_tally_free(o.s.tally);
}

static void test_wrong_sets(void) {
  static const int64_t one[] = {0, 1};
  static const int32_t levels[] = {GROUPS, LEVELS, 1};
  int64_t n[SETS], df = -5;
  double base[SETS], estimate[SETS * LEVELS], variance = -5;
  weeg_error err = {0};
  oracle_draw(&o, 100, 2, 5, levels);
  oracle_make(&o, false);
  CHECK_OK(weeg_i_set_proportions(&(weeg_survey){o.s.tally, &o.s.design}, &sets, n, base, estimate, NULL));
  for (int32_t set = -1; set <= SETS; set += SETS + 1) {
    const weeg_combinations wrong = {1, one, &set, coef};
    CHECK_STATUS(
        weeg_i_set_variance(&(weeg_survey){o.s.tally, &o.s.design}, &sets, base, estimate, 0, &wrong, &variance, &err),
        WEEG_ERR_ARGUMENT);
    CHECK_TEXT(err.message, set < 0 ? "term 1 names set 0 of 6" : "term 1 names set 7 of 6");
    CHECK_STATUS(weeg_i_set_df(&(weeg_survey){o.s.tally, &o.s.design}, &sets, &wrong, &df, &err), WEEG_ERR_ARGUMENT);
  }
  weeg_tally_free(o.s.tally);
}

/* By hand: 2 groups of 4 waves, of which the second has no rows in the first group, and the third none in the second. */
static void test_waves(void) {
  static const int64_t n[] = {3, 0, 4, 5, 6, 7, 0, 8};
  static const int32_t previous[][2] = {{2, 0}, {3, 2}, {5, 4}, {7, 5}}, from_first[][2] = {{2, 0}, {3, 0}, {5, 4}, {7, 4}};
  int32_t first[8], second[8];
  for (int to_first = 0; to_first < 2; to_first++) {
    CHECK(weeg_wave_pairs(n, 8, 4, to_first == 1, first, second) == 4);
    for (int i = 0; i < 4; i++) {
      CHECK(first[i] == (to_first ? from_first : previous)[i][0] && second[i] == (to_first ? from_first : previous)[i][1]);
    }
  }
  CHECK(weeg_wave_pairs(n, 8, 1, false, first, second) == 0); /* no time at all */
  CHECK(weeg_wave_pairs(n, 0, 4, false, first, second) == 0);
}

int main(void) {
  test_waves();
  check_sample(240, 3, 5, false);
  check_sample(300, 4, 3, true);
  check_sample(160, 3, 0, true);
  test_wrong_sets();
  return test_report("sets");
}
