/*
 * Quantiles. Codes and cells are compared with plain loops, quantiles with sums over sorted rows, limits with intervals that
 * weeg_shares() gives of a column which says whether a row is at most so much; and rows with a tally of them.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { GROUPS = 3, VALUES = 12, MOST = (GROUPS + 1) * (VALUES + 1) * 2 };

static oracle o;
static double values[VALUES];
static int32_t cell_group[MOST], cell_value[MOST];

/* ---- codes ------------------------------------------------------------------------------------------------------- */

static void test_codes(void) {
  enum { ROWS = 20000 };
  static double x[ROWS];
  static int32_t code[ROWS];
  for (int kind = 0; kind < 3; kind++) { /* few values; many; many of which the first are few */
    for (int i = 0; i < ROWS; i++) {
      const double draw = sample_draw(1 << 20) - (1 << 19);
      x[i] = kind == 0 || (kind == 2 && i < 9000) ? fmod(draw, 50) / 4 : draw * 1e-3;
    }
    x[3] = NAN;
    x[4] = INFINITY;
    x[5] = -INFINITY;
    x[6] = 0;
    x[7] = -0.0;
    double *found = NULL;
    int32_t count = 0;
    CHECK_OK(weeg_value_codes(x, ROWS, code, &found, &count, NULL));
    CHECK((kind == 0) == (count < 4096));
    CHECK(code[3] == 0 && code[4] == count && code[5] == 1 && code[6] == code[7]);
    int wrong = 0;
    for (int32_t k = 1; k < count; k++) wrong += !(found[k - 1] < found[k]);
    for (int i = 0; i < ROWS; i++) wrong += isnan(x[i]) ? code[i] != 0 : found[code[i] - 1] != x[i];
    CHECK(wrong == 0);
    weeg_free(found);
  }
  double *none = NULL;
  int32_t count = -1;
  CHECK_OK(weeg_value_codes(x + 3, 1, code, &none, &count, NULL));
  CHECK(count == 0);
  weeg_free(none);
  CHECK_STATUS(weeg_value_codes(x, (int64_t)INT32_MAX + 1, code, &none, &count, NULL), WEEG_ERR_TOO_LARGE);
}

static void test_occurring(void) {
  static int32_t a[500], b[500], code[500];
  const weeg_column columns[] = {sample_column(a, 5), sample_column(b, 63)};
  int32_t *cells = NULL, count = 0;
  for (int i = 0; i < 500; i++) {
    a[i] = sample_draw(6);
    b[i] = i == 0 ? 63 : sample_draw(64);
  }
  CHECK_OK(weeg_occurring_cells(columns, 2, 500, code, &cells, &count, NULL));
  int wrong = 0;
  for (int32_t k = 1; k < count; k++) wrong += cells[k - 1] >= cells[k];
  for (int i = 0; i < 500; i++) {
    const int32_t cell = (a[i] == 0 ? 5 : a[i] - 1) * 64 + (b[i] == 0 ? 63 : b[i] - 1);
    wrong += code[i] < 1 || code[i] > count || cells[code[i] - 1] != cell;
  }
  CHECK(wrong == 0);
  bool used[6 * 64] = {false};
  int32_t distinct = 0;
  for (int i = 0; i < 500; i++) used[cells[code[i] - 1]] = true;
  for (int c = 0; c < 6 * 64; c++) distinct += used[c];
  CHECK(distinct == count);
  weeg_free(cells);
  const weeg_column wide[] = {sample_column(a, INT32_MAX - 1), sample_column(b, 5)};
  CHECK_STATUS(weeg_occurring_cells(wide, 2, 500, code, &cells, &count, NULL), WEEG_ERR_TOO_LARGE);
}

/* ---- quantiles --------------------------------------------------------------------------------------------------- */

static weeg_places places_of(void) {
  for (int32_t c = 0; c < oracle_cells(&o); c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_value[c] = oracle_level(&o, 1, c);
  }
  return (weeg_places){.group = cell_group, .groups = GROUPS, .answer = cell_value, .answers = VALUES};
}

static bool in_group(int i, int g) { return o.code[0][i] == g + 1 && o.code[1][i] > 0; }

/* The share of a group's weight at or below x, of sums that are exact: weights are multiples of 1/64. */
static double share_upto(int g, double x) {
  double all = 0, below = 0;
  for (int i = 0; i < o.rows; i++) {
    if (!in_group(i, g)) continue;
    all += o.weight[i];
    if (values[o.code[1][i] - 1] <= x) below += o.weight[i];
  }
  return below / all;
}

/* The smallest value that occurs with a share of p or more. */
static double smallest(int g, double p) {
  for (int k = 0; k < VALUES; k++) {
    bool occurs = false;
    for (int i = 0; i < o.rows; i++) occurs = occurs || (in_group(i, g) && o.code[1][i] == k + 1);
    if (occurs && share_upto(g, values[k]) >= p - 1e-12) return values[k];
  }
  return NAN;
}

/* The interval of that share. */
static weeg_share interval_upto(int g, double x, const weeg_interval_choice *how) {
  static int32_t answer[MOST];
  weeg_share shares[2 * GROUPS];
  for (int32_t c = 0; c < oracle_cells(&o); c++) answer[c] = cell_value[c] < 0 ? -1 : values[cell_value[c]] > x;
  const weeg_places at = {.group = cell_group, .groups = GROUPS, .answer = answer, .answers = 2};
  CHECK_OK(weeg_shares(&(weeg_survey){o.s.tally, &o.s.design}, &at, how, shares, NULL));
  return shares[2 * g];
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static void check_group(int g, double p, const weeg_quantile_choice *choice, const weeg_quantile *q) {
  const weeg_share s = interval_upto(g, q->estimate, &choice->interval);
  double low = NAN, high = NAN;
  CHECK(q->estimate == smallest(g, p));
  if (choice->limits == WEEG_LIMITS_WOODRUFF) {
    if (s.low > 0) low = smallest(g, s.low);
    if (s.high < 1) high = smallest(g, s.high);
  } else {
    for (int k = VALUES - 1; k >= 0; k--) {
      const weeg_share at = interval_upto(g, values[k], &choice->interval);
      if (at.high >= p) low = smallest(g, at.estimate);
      if (at.low > p) high = smallest(g, at.estimate);
    }
    if (interval_upto(g, values[0] - 1, &choice->interval).high >= p) low = NAN;
    if (!(interval_upto(g, values[VALUES - 1], &choice->interval).low > p)) high = NAN;
  }
  CHECK(same(q->low, low) && same(q->high, high));
  CHECK(q->df == s.df && same(q->df_used, s.df_used));
  if (!isnan(low) && !isnan(high)) {
    double t = s.quantile;
    if (!(t > 0)) CHECK_OK(weeg_t_quantile(0.975, (double)s.df, &t, NULL));
    CHECK_CLOSE(q->std_error, (high - low) / (2 * t), 1e-14);
    CHECK((q->reason == WEEG_REASON_SAME_LIMITS) == (low == high));
  } else {
    CHECK(isnan(q->std_error) && q->reason == WEEG_REASON_OPEN_LIMIT);
  }
}

/* Rows have groups, in places of their own, and values; the tally's cells are of both. */
static void compare_rows(const weeg_quantile_choice *choice, const weeg_quantile *want) {
  static int32_t code[ORACLE_VARIABLES][ORACLE_ROWS], group[GROUPS * 2 + 2];
  static double value[ORACLE_ROWS];
  weeg_column columns[2];
  weeg_quantile found[GROUPS * 2];
  for (int i = 0; i < o.rows; i++) {
    code[0][i] = o.code[0][i];
    code[1][i] = o.code[2][i];
    value[i] = o.code[1][i] >= 1 && o.code[1][i] <= VALUES ? values[o.code[1][i] - 1] : NAN;
  }
  for (int v = 0; v < 2; v++) columns[v] = sample_column(code[v], v == 0 ? o.levels[0] : o.levels[2]);
  for (int c = 0; c < 2 * (GROUPS + 1); c++) group[c] = c / 2 == GROUPS ? -1 : c / 2;
  const weeg_column unit = sample_column(o.psus == 0 ? o.stratum : o.psu, o.psus == 0 ? o.strata : o.psus);
  const weeg_rows rows = {.rows = o.rows, .columns = columns, .count = 2, .unit = &unit, .element = o.psus == 0,
                          .weights = o.weight, .max_weight = 1000 / 64.0};
  const weeg_survey_rows survey = {&rows, &o.s.design, NULL};
  const weeg_places at = {.group = group, .groups = GROUPS};
  weeg_quantile_choice of_rows = *choice;
  of_rows.value = value;
  CHECK_OK(weeg_row_quantiles(&survey, &at, &of_rows, found, NULL));
  for (int i = 0; i < GROUPS * choice->count; i++) {
    CHECK(found[i].n == want[i].n && found[i].df == want[i].df && found[i].reason == want[i].reason);
    CHECK(same(found[i].estimate, want[i].estimate) && same(found[i].low, want[i].low) && same(found[i].high, want[i].high));
    CHECK(same(found[i].std_error, want[i].std_error) && same(found[i].weighted, want[i].weighted));
  }
  group[1] = GROUPS;
  CHECK_STATUS(weeg_row_quantiles(&survey, &at, &of_rows, found, NULL), WEEG_ERR_ARGUMENT);
}

static void test_quantiles(void) {
  static const int32_t levels[] = {GROUPS, VALUES, 1};
  static const double probs[] = {0.2, 0.5};
  for (int k = 0; k < VALUES; k++) values[k] = k * k - 7;
  for (int round = 0; round < 24; round++) {
    oracle_draw(&o, 60 + 18 * round, 3, round % 2 == 0 ? 0 : 5, levels);
    oracle_make(&o, round % 3 == 0);
    o.s.design.df = round % 4 == 1 ? WEEG_DF_EFFECTIVE : WEEG_DF_DOMAIN;
    const weeg_places at = places_of();
    const weeg_quantile_choice choice = {values, probs, 2, WEEG_QUANTILE_MATH,
                                         round % 5 < 2 ? WEEG_LIMITS_WOODRUFF : WEEG_LIMITS_TEST,
                                         {round % 2 == 0 ? WEEG_INTERVAL_LOGIT : WEEG_INTERVAL_WILSON, 0.95}};
    weeg_quantile q[GROUPS * 2];
    CHECK_OK(weeg_quantiles(&(weeg_survey){o.s.tally, &o.s.design}, &at, &choice, q, NULL));
    for (int i = 0; i < GROUPS * 2; i++) check_group(i / 2, probs[i % 2], &choice, &q[i]);
    compare_rows(&choice, q);
    weeg_tally_free(o.s.tally);
  }
}

static void test_refused(void) {
  static const int32_t levels[] = {GROUPS, VALUES, 1};
  static const double probs[] = {0.5}, bad[] = {1.5}, unknown[] = {NAN};
  double other[VALUES];
  weeg_quantile q[GROUPS];
  oracle_draw(&o, 60, 3, 0, levels);
  oracle_make(&o, false);
  const weeg_places at = places_of();
  const weeg_survey survey = {o.s.tally, &o.s.design};
  const weeg_quantile_choice good = {values, probs, 1, WEEG_QUANTILE_MATH, WEEG_LIMITS_TEST, {WEEG_INTERVAL_WALD, 0.95}};
  for (int k = 0; k < VALUES; k++) other[k] = k / 2;
  for (int fault = 0; fault < 8; fault++) {
    weeg_quantile_choice choice = good;
    switch (fault) {
      case 0: choice.probs = bad; break;
      case 1: choice.probs = unknown; break;
      case 2: choice.value = other; break;
      case 3: choice.rule = (weeg_quantile_rule)(WEEG_QUANTILE_HF9 + 1); break;
      case 4: choice.rule = (weeg_quantile_rule)-1; break;
      case 5: choice.limits = (weeg_quantile_limits)(WEEG_LIMITS_WOODRUFF + 1); break;
      case 6: choice.interval.level = 1; break;
      default: choice.interval.level = 0; break;
    }
    CHECK_STATUS(weeg_quantiles(&survey, &at, &choice, q, NULL), WEEG_ERR_ARGUMENT);
  }
  CHECK_OK(weeg_quantiles(&survey, &at, &good, q, NULL));
  weeg_tally_free(o.s.tally);
}

int main(void) {
  test_codes();
  test_occurring();
  test_quantiles();
  test_refused();
  return test_report("quantiles");
}
