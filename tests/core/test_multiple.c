/*
 * Multiple-response questions: shares of items and the test of all of them, against plain loops over rows (oracle.h). Eight
 * levels of the second variable say which of three items a row names: bit i of level less 1.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { GROUPS = 3, ITEMS = 3, OUTPUTS = GROUPS * ITEMS, CELLS = 4 * 9 * 2 };

static oracle o;
static int32_t cell_group[CELLS], cell_items[CELLS * ITEMS], cell_size[CELLS];
static const weeg_answers answers = {cell_group, GROUPS, cell_items, ITEMS, cell_size};

static int named(int level, int item) { return (level - 1) >> item & 1; }
static int bits(int level) { return named(level, 0) + named(level, 1) + named(level, 2); }

static void sum_items(const double *w, bool of_answers, double base[GROUPS], double in[OUTPUTS]) {
  for (int g = 0; g < GROUPS; g++) base[g] = 0;
  for (int k = 0; k < OUTPUTS; k++) in[k] = 0;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1, level = o.code[1][i];
    if (g < 0 || level == 0) continue;
    base[g] += w[i] * (of_answers ? bits(level) : 1);
    for (int item = 0; item < ITEMS; item++) in[g * ITEMS + item] += w[i] * named(level, item);
  }
}

static void shares(const oracle *unused, const double *w, const void *of_answers, double *theta) {
  double base[GROUPS], in[OUTPUTS];
  (void)unused;
  sum_items(w, *(const bool *)of_answers, base, in);
  for (int k = 0; k < OUTPUTS; k++) theta[k] = in[k] / base[k / ITEMS];
}

/* Each group's share less the mean of the groups' shares by fixed weights, the groups' parts of all persons. */
static void differences(const oracle *unused, const double *w, const void *parts, double *theta) {
  double base[GROUPS], in[OUTPUTS];
  const double *part = parts;
  (void)unused;
  sum_items(w, false, base, in);
  for (int k = 0; k < OUTPUTS; k++) {
    const int item = k % ITEMS;
    theta[k] = in[k] / base[k / ITEMS];
    for (int g = 0; g < GROUPS; g++) theta[k] -= part[g] * in[g * ITEMS + item] / base[g];
  }
}

static void make(int rows, int32_t strata, int32_t each, bool finite) {
  static const int32_t levels[] = {GROUPS, 8, 1};
  oracle_draw(&o, rows, strata, each, levels);
  oracle_make(&o, finite);
  for (int32_t c = 0; c < CELLS; c++) {
    const int32_t level = oracle_level(&o, 1, c);
    cell_group[c] = oracle_level(&o, 0, c);
    for (int item = 0; item < ITEMS; item++) cell_items[c * ITEMS + item] = level < 0 ? 0 : named(level + 1, item);
  }
}

static void set_base(bool of_answers) {
  for (int32_t c = 0; c < CELLS; c++) {
    const int32_t level = oracle_level(&o, 1, c);
    cell_size[c] = level < 0 ? -1 : of_answers ? bits(level + 1) : 1;
  }
}

/* Rows naming an item; rows in the base, or answers. */
static void check_counts(bool of_answers, const int64_t *n, const int64_t *base_n, const int64_t *df) {
  for (int g = 0; g < GROUPS; g++) {
    int64_t base = 0, count[ITEMS] = {0}, units = 0;
    bool unit[ORACLE_ROWS] = {false}, stratum[ORACLE_STRATA] = {false};
    for (int i = 0; i < o.rows; i++) {
      if (o.code[0][i] != g + 1) continue;
      unit[o.psus == 0 ? i : o.psu[i]] = stratum[o.stratum[i] - 1] = true;
      if (o.code[1][i] == 0) continue;
      base += of_answers ? bits(o.code[1][i]) : 1;
      for (int item = 0; item < ITEMS; item++) count[item] += named(o.code[1][i], item);
    }
    for (int j = 0; j < ORACLE_ROWS; j++) units += unit[j];
    for (int h = 0; h < ORACLE_STRATA; h++) units -= stratum[h];
    CHECK(base_n[g] == base && df[g] == units);
    for (int item = 0; item < ITEMS; item++) CHECK(n[g * ITEMS + item] == count[item]);
  }
}

/* As it is reported: a Wald interval is as far from the share on both sides, in a fixed number of standard errors a group. */
static void check_reported(const double *estimate, const double *variance, const double *weighted, const int64_t *n,
                           const int64_t *base_n, const int64_t *df) {
  static const weeg_interval_choice wald = {WEEG_INTERVAL_WALD, 0.95};
  weeg_share share[OUTPUTS];
  double times[GROUPS] = {0};
  if (!CHECK_OK(weeg_multiple_shares(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &wald, share, NULL))) return;
  for (int k = 0; k < OUTPUTS; k++) {
    const weeg_share *s = &share[k];
    const int g = k / ITEMS;
    CHECK(s->n == n[k] && s->base_n == base_n[g] && s->df == df[g]);
    CHECK(s->estimate == estimate[k] && s->variance == variance[k] && s->weighted == weighted[k]);
    if (!(s->variance > 0) || s->low <= 0 || s->high >= 1) continue;
    CHECK_CLOSE(s->std_error * s->std_error, variance[k], 1e-14);
    CHECK_CLOSE(s->n_effective, estimate[k] * (1 - estimate[k]) / variance[k], 1e-14);
    CHECK_CLOSE(s->high - s->estimate, s->estimate - s->low, 1e-12);
    const double t = (s->high - s->estimate) / s->std_error;
    CHECK(t > 1.95996 && t < 12.70621); /* of infinitely many degrees of freedom, and of one */
    if (times[g] > 0) CHECK_CLOSE(t, times[g], 1e-12);
    times[g] = t;
  }
}

/* More cells than there can be, and a level that is none. */
static void test_reported_refused(void) {
  static const weeg_interval_choice wald = {WEEG_INTERVAL_WALD, 0.95}, none = {WEEG_INTERVAL_WALD, 1.5};
  weeg_share share[OUTPUTS];
  weeg_error err = {0};
  make(200, 4, 3, true);
  set_base(false);
  CHECK_STATUS(weeg_multiple_shares(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &none, share, NULL),
               WEEG_ERR_ARGUMENT);
  weeg_answers many = answers;
  many.groups = many.items = INT32_MAX;
  CHECK_STATUS(weeg_multiple_shares(&(weeg_survey){o.s.tally, &o.s.design}, &many, &wald, share, &err),
               WEEG_ERR_TOO_LARGE);
  many.groups = -1;
  CHECK_STATUS(weeg_multiple_shares(&(weeg_survey){o.s.tally, &o.s.design}, &many, &wald, share, NULL),
               WEEG_ERR_TOO_LARGE);
  weeg_tally_free(o.s.tally);
}

static void check_shares(bool of_answers) {
  int64_t n[OUTPUTS], base_n[GROUPS], df[GROUPS];
  double weighted[OUTPUTS], estimate[OUTPUTS], variance[OUTPUTS], want[OUTPUTS], covariance[OUTPUTS * OUTPUTS], in[OUTPUTS];
  double base[GROUPS];
  static oracle_replicates x;
  set_base(of_answers);
  CHECK_OK(weeg_multiple(
      &(weeg_survey){o.s.tally, &o.s.design}, &answers,
      INTO(.n = n, .weighted = weighted, .estimate = estimate, .variance = variance, .base_n = base_n, .df = df),
      NULL));
  check_counts(of_answers, n, base_n, df);
  check_reported(estimate, variance, weighted, n, base_n, df);
  shares(&o, o.weight, &of_answers, want);
  sum_items(o.weight, of_answers, base, in);
  oracle_covariance(&o, shares, &of_answers, OUTPUTS, covariance);
  for (int k = 0; k < OUTPUTS; k++) {
    CHECK_CLOSE(weighted[k], in[k], 1e-13);
    CHECK_CLOSE(estimate[k], want[k], 1e-13);
    CHECK_CLOSE(variance[k], covariance[k * OUTPUTS + k], 1e-7);
  }
  if (of_answers) return; /* their replicates are of linear scores */
  for (int mse = 0; mse < 2; mse++) {
    oracle_draw_replicates(&o, &x, 67, mse == 1);
    o.s.design.replicates = &x.r;
    CHECK_OK(weeg_multiple(
        &(weeg_survey){o.s.tally, &o.s.design}, &answers,
        INTO(.n = n, .weighted = weighted, .estimate = estimate, .variance = variance, .base_n = base_n, .df = df),
        NULL));
    oracle_replicate_variance(&o, &x, shares, &of_answers, OUTPUTS, want);
    for (int k = 0; k < OUTPUTS; k++) CHECK_CLOSE(variance[k], want[k], 1e-12);
    free(x.totals);
  }
  o.s.design.replicates = NULL;
}

/* Each item is tested as its own table is, and all as they are together; Holm's p-values by hand. */
static void test_items(const weeg_survey *survey) {
  weeg_test tests[ITEMS + 1], one, all;
  double adjusted[ITEMS];
  const weeg_test_choice choice = {.method = WEEG_TEST_RAO_SCOTT_F};
  CHECK_OK(weeg_item_tests(survey, &answers, tests, adjusted, NULL));
  CHECK_OK(weeg_multiple_test(survey, &answers, &all, NULL));
  CHECK_CLOSE(tests[ITEMS].p_value, all.p_value, 0);
  CHECK(tests[ITEMS].n == all.n && tests[ITEMS].df == all.df && tests[ITEMS].reason == all.reason);
  for (int i = 0; i < ITEMS; i++) {
    int32_t named[CELLS];
    int smaller = 0;
    double least = 0;
    for (int c = 0; c < CELLS; c++) named[c] = answers.cell_size[c] < 0 ? -1 : answers.cell_items[c * ITEMS + i];
    CHECK_OK(weeg_test_independence(survey, TABLE(answers.cell_group, answers.groups, named, 2), &choice, &one, NULL));
    CHECK_CLOSE(tests[i].p_value, one.p_value, 0);
    CHECK_CLOSE(tests[i].statistic, one.statistic, 0);
    for (int k = 0; k < ITEMS; k++) {
      /* the largest of (items - rank) p among those that are not larger */
      if (tests[k].p_value > tests[i].p_value) continue;
      smaller = 0;
      for (int j = 0; j < ITEMS; j++) smaller += tests[j].p_value < tests[k].p_value;
      least = fmax(least, (ITEMS - smaller) * tests[k].p_value);
    }
    CHECK_CLOSE(adjusted[i], fmin(1, least), 1e-14);
  }
}

/* d and v [OUTPUTS], without those of the first group. */
static void check_differences(const double *d, const double *v, const weeg_test *known) {
  weeg_test_residuals of;
  if (!CHECK_OK(weeg_multiple_differences(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &of, NULL))) return;
  const weeg_test t = of.test;
  CHECK(of.size == OUTPUTS - ITEMS && t.n == known->n && t.df == known->df && t.chisq == known->chisq && isnan(t.statistic));
  for (int j = 0; j < of.size; j++) {
    CHECK_CLOSE(of.estimate[j], d[ITEMS + j], 1e-11);
    for (int k = 0; k < of.size; k++) {
      const double variance = v[(ITEMS + j) * OUTPUTS + ITEMS + j], other = v[(ITEMS + k) * OUTPUTS + ITEMS + k];
      /* relative to the variances, as a covariance may be near 0 */
      CHECK(fabs(of.covariance[j * of.size + k] - v[(ITEMS + j) * OUTPUTS + ITEMS + k]) <= 1e-7 * sqrt(variance * other));
    }
  }
  weeg_free(of.estimate);
  weeg_free(of.covariance);
}

/* X^2, tr(AV) and tr(AVAV) of weeg.h, in so many words. */
static void check_test(void) {
  double base[GROUPS], in[OUTPUTS], d[OUTPUTS], v[OUTPUTS * OUTPUTS], a[OUTPUTS], chisq = 0, trace = 0, squares = 0, p = 0;
  int64_t rows = 0, units = o.psus == 0 ? o.rows : o.psus;
  weeg_test t;
  set_base(false);
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &t, NULL));
  for (int i = 0; i < o.rows; i++) rows += o.code[0][i] > 0 && o.code[1][i] > 0;
  sum_items(o.weight, false, base, in);
  double part[GROUPS];
  for (int g = 0; g < GROUPS; g++) part[g] = base[g] / (base[0] + base[1] + base[2]);
  differences(&o, o.weight, part, d);
  oracle_covariance(&o, differences, part, OUTPUTS, v);
  for (int k = 0; k < OUTPUTS; k++) {
    const double pi = in[k] / base[k / ITEMS] - d[k];
    a[k] = (double)rows * base[k / ITEMS] / (base[0] + base[1] + base[2]) / (pi * (1 - pi));
    chisq += a[k] * d[k] * d[k];
    trace += a[k] * v[k * OUTPUTS + k];
  }
  for (int k = 0; k < OUTPUTS; k++) {
    for (int l = 0; l < OUTPUTS; l++) squares += a[k] * v[k * OUTPUTS + l] * a[l] * v[l * OUTPUTS + k];
  }
  CHECK(t.n == rows && t.rows == GROUPS && t.columns == ITEMS && t.df == units - o.strata && t.reason == WEEG_REASON_NONE);
  CHECK_CLOSE(t.chisq, chisq, 1e-11);
  CHECK_CLOSE(t.statistic, chisq / trace, 1e-7);
  CHECK_CLOSE(t.df1, trace * trace / squares, 1e-7);
  CHECK_CLOSE(t.df2, t.df1 * (double)(units - o.strata), 1e-14);
  CHECK_OK(weeg_f_tail(t.statistic, t.df1, t.df2, &p, NULL));
  CHECK(t.p_value == p);
  CHECK(isnan(t.delta_mean) && isnan(t.delta_cv2) && isnan(t.cramers_v));
  check_differences(d, v, &t);
}

/* One group, an item that all name, nothing at all, and too much. */
static void test_reasons(void) {
  weeg_test t;
  weeg_test_residuals of = {.size = -1};
  weeg_error err = {0};
  int32_t group[CELLS], size[CELLS], items[CELLS * ITEMS];
  weeg_answers some = answers;
  make(120, 2, 4, false);
  set_base(false);
  some.cell_group = group;
  for (int32_t c = 0; c < CELLS; c++) group[c] = cell_group[c] == 1 ? 1 : -1;
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, NULL));
  CHECK(t.reason == WEEG_REASON_ONE_LEVEL && t.rows == 1 && isnan(t.p_value) && isnan(t.chisq));
  some = answers;
  some.cell_items = items;
  for (int32_t c = 0; c < CELLS * ITEMS; c++) items[c] = c % ITEMS != 1;
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, NULL));
  CHECK(t.reason == WEEG_REASON_ONE_LEVEL && t.rows == GROUPS && t.columns == 0); /* all name 1 and 3, nobody 2 */
  CHECK_OK(weeg_multiple_differences(&(weeg_survey){o.s.tally, &o.s.design}, &some, &of, NULL));
  t = of.test;
  CHECK(t.reason == WEEG_REASON_ONE_LEVEL && of.size == 0 && of.estimate == NULL && of.covariance == NULL);
  /* the first group has no rows, and all or nobody name two of the items: one difference is left of the two groups that have */
  some.cell_group = group;
  for (int32_t c = 0; c < CELLS; c++) {
    group[c] = cell_group[c] == 0 ? -1 : cell_group[c];
    items[c * ITEMS] = cell_items[c * ITEMS];
  }
  set_base(false);
  CHECK_OK(weeg_multiple_differences(&(weeg_survey){o.s.tally, &o.s.design}, &some, &of, NULL));
  t = of.test;
  CHECK(t.reason == WEEG_REASON_NONE && t.rows == 2 && t.columns == 1 && of.size == 1 && of.covariance[0] > 0);
  double base[GROUPS], in[OUTPUTS];
  sum_items(o.weight, false, base, in);
  CHECK_CLOSE(of.estimate[0], in[2 * ITEMS] / base[2] - (in[ITEMS] + in[2 * ITEMS]) / (base[1] + base[2]), 1e-11);
  weeg_free(of.estimate);
  weeg_free(of.covariance);
  some = answers;
  some.cell_size = size;
  for (int32_t c = 0; c < CELLS; c++) size[c] = -1;
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, NULL));
  CHECK(t.reason == WEEG_REASON_EMPTY && t.n == 0 && isnan(t.statistic));
  some = answers;
  some.groups = 2;
  CHECK_STATUS(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, &err), WEEG_ERR_ARGUMENT);
  CHECK(strstr(err.message, "is placed outside the table") != NULL);
  some.groups = -1;
  CHECK_STATUS(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, &err), WEEG_ERR_TOO_LARGE);
  some.groups = 1 << 30;
  CHECK_STATUS(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, &err), WEEG_ERR_TOO_LARGE);
  some.groups = 4096 / ITEMS + 1; /* 4098 differences */
  CHECK_STATUS(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, &err), WEEG_ERR_TOO_LARGE);
  some.items = 0;
  CHECK_STATUS(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &some, &t, &err), WEEG_ERR_TOO_LARGE);
  weeg_tally_free(o.s.tally);
}

/* A group of one PSU has shares, but no variance and no test; two PSUs in two strata leave no degrees of freedom. */
static void test_alone(void) {
  int64_t n[OUTPUTS], base_n[GROUPS], df[GROUPS];
  double weighted[OUTPUTS], estimate[OUTPUTS], variance[OUTPUTS];
  static const int32_t levels[] = {GROUPS, 8, 1};
  weeg_test t;
  oracle_draw(&o, 150, 2, 5, levels);
  for (int i = 0; i < o.rows; i++) o.code[0][i] = o.psu[i] == 3 ? 2 : o.code[0][i] == 2 ? 1 : o.code[0][i];
  oracle_make(&o, false);
  set_base(false);
  CHECK_OK(weeg_multiple(
      &(weeg_survey){o.s.tally, &o.s.design}, &answers,
      INTO(.n = n, .weighted = weighted, .estimate = estimate, .variance = variance, .base_n = base_n, .df = df),
      NULL));
  for (int item = 0; item < ITEMS; item++) {
    CHECK(isnan(variance[ITEMS + item]) && estimate[ITEMS + item] >= 0 && variance[item] > 0 && df[1] == 0);
  }
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &t, NULL));
  CHECK(t.reason == WEEG_REASON_NO_VARIANCE && t.chisq > 0 && isnan(t.statistic));
  weeg_tally_free(o.s.tally);
}

/* Group 2 without rows, an item that nobody names, and replicates that leave no degree of freedom. */
static void test_parts_without_data(void) {
  static const int32_t levels[] = {GROUPS, 8, 1};
  static oracle_replicates x;
  int64_t n[OUTPUTS], base_n[GROUPS], df[GROUPS];
  double weighted[OUTPUTS], estimate[OUTPUTS], variance[OUTPUTS], covariance[OUTPUTS * OUTPUTS];
  const bool of_persons = false;
  weeg_test all, without;
  oracle_draw(&o, 200, 2, 5, levels);
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 2) o.code[0][i] = 1;
    if (o.code[1][i] > 4) o.code[1][i] -= 4; /* none of item 3 */
  }
  oracle_make(&o, false);
  set_base(false);
  CHECK_OK(weeg_multiple(
      &(weeg_survey){o.s.tally, &o.s.design}, &answers,
      INTO(.n = n, .weighted = weighted, .estimate = estimate, .variance = variance, .base_n = base_n, .df = df),
      NULL));
  oracle_covariance(&o, shares, &of_persons, OUTPUTS, covariance);
  for (int k = 0; k < OUTPUTS; k++) {
    CHECK(!!isnan(estimate[k]) == (k / ITEMS == 1) && (k / ITEMS != 1 || (n[k] == 0 && weighted[k] == 0)));
    if (k / ITEMS != 1 && k % ITEMS < 2) CHECK_CLOSE(variance[k], covariance[k * OUTPUTS + k], 1e-7);
    if (k / ITEMS != 1 && k % ITEMS == 2) CHECK(estimate[k] == 0 && variance[k] == 0);
  }
  CHECK(base_n[1] == 0 && df[1] == 0);
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &all, NULL));
  CHECK(all.rows == 2 && all.columns == 2 && all.reason == WEEG_REASON_NONE);
  /* the test of the two groups and the two items alone */
  int32_t group[CELLS], items[CELLS * 2];
  for (int32_t c = 0; c < CELLS; c++) {
    group[c] = cell_group[c] == 2 ? 1 : cell_group[c];
    for (int item = 0; item < 2; item++) items[c * 2 + item] = cell_items[c * ITEMS + item];
  }
  const weeg_answers small = {group, 2, items, 2, cell_size};
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &small, &without, NULL));
  CHECK_CLOSE(all.chisq, without.chisq, 1e-12);
  CHECK_CLOSE(all.statistic, without.statistic, 1e-11);
  CHECK_CLOSE(all.df1, without.df1, 1e-11);
  const weeg_answers one = {group, 2, items, 1, cell_size}; /* the first column: whether each cell names the one item */
  for (int32_t c = 0; c < CELLS; c++) items[c] = cell_items[c * ITEMS];
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &one, &without, NULL));
  CHECK_CLOSE(without.df1, 1, 1e-12); /* one item, two groups: one difference */
  CHECK_OK(weeg_multiple(
      &(weeg_survey){o.s.tally, &o.s.design}, &one,
      INTO(.n = n, .weighted = weighted, .estimate = estimate, .variance = variance, .base_n = base_n, .df = df),
      NULL));
  CHECK_CLOSE(variance[0], covariance[0], 1e-7);
  CHECK_CLOSE(variance[1], covariance[6 * (OUTPUTS + 1)], 1e-7);
  oracle_draw_replicates(&o, &x, 20, true);
  x.r.df = 0;
  o.s.design.replicates = &x.r;
  CHECK_OK(weeg_multiple_test(&(weeg_survey){o.s.tally, &o.s.design}, &answers, &all, NULL));
  CHECK(all.reason == WEEG_REASON_NO_DF && all.chisq > 0 && isnan(all.statistic) && isnan(all.p_value));
  free(x.totals);
  o.s.design.replicates = NULL;
  weeg_tally_free(o.s.tally);
}

int main(void) {
  static const struct {
    int rows;
    int32_t strata, each;
    bool finite;
  } designs[] = {{240, 3, 5, false}, {200, 4, 3, true}, {150, 2, 0, true}};
  for (int k = 0; k < 3; k++) {
    make(designs[k].rows, designs[k].strata, designs[k].each, designs[k].finite);
    check_shares(false);
    check_shares(true);
    check_test();
    test_items(&(weeg_survey){o.s.tally, &o.s.design});
    weeg_tally_free(o.s.tally);
  }
  test_reported_refused();
  test_reasons();
  test_alone();
  test_parts_without_data();
  return test_report("multiple");
}
