/*
 * Log-linear models of tallies with names: saturated ones, whose effects are means of logarithms by hand; one without
 * interactions, whose proportions are products of margins; tests against those of columns that are written out; levels without
 * rows or in one PSU, and what cannot be modelled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "frame_sample.h"

#include <math.h>

enum { CELLS = 36, A = 2, B = 3, C = 2, PLACES = A * B * C };
/* a, b, c, a:b, a:c, b:c, a:b:c */
static const int32_t start[] = {0, 1, 2, 3, 5, 7, 9, 12}, variables[] = {0, 1, 2, 0, 1, 0, 2, 1, 2, 0, 1, 2};
static const weeg_terms saturated = {7, start, variables}, mains = {3, start, variables}, pairs = {6, start, variables};
static const weeg_loglinear_choice fit_choice = {3, WEEG_TEST_RAO_SCOTT_F};

static double sum_of(int i, int j, int k, bool weighted) {
  double sum = 0;
  for (int r = 0; r < ROWS; r++) {
    if (code_of(0, r) == i + 1 && code_of(1, r) == j + 1 && code_of(2, r) == k + 1) sum += weighted ? weight_of(r) : 1;
  }
  return sum;
}

/* The mean of the logarithms of all cells in which a, b and c have these levels; -1: any. */
static double mean_log(int i, int j, int k) {
  double sum = 0;
  int count = 0;
  for (int p = 0; p < PLACES; p++) {
    const int a = p / (B * C), b = p / C % B, c = p % C;
    if ((i >= 0 && a != i) || (j >= 0 && b != j) || (k >= 0 && c != k)) continue;
    sum += log(sum_of(a, b, c, true));
    count++;
  }
  return sum / count;
}

static void check_effect(const weeg_table_effect *e, int32_t term, const char *level, double estimate) {
  CHECK(e->term == term && e->value.reason == WEEG_REASON_NONE && e->value.std_error > 0);
  CHECK_TEXT(e->level, level);
  CHECK_CLOSE(e->value.estimate, estimate, 1e-11);
  CHECK_CLOSE(e->value.statistic, e->value.estimate / e->value.std_error, 1e-12);
}

static void test_saturated(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_table_model *m = NULL;
  weeg_nested_test none;
  named_make(&s, all_rows, NULL, false);
  CHECK_OK(weeg_frame_loglinear(&s.frame, &saturated, 0.95, &m, &err));
  CHECK(m->effects == 2 + 3 + 2 + 6 + 4 + 6 + 12 && m->places == PLACES && m->parameters == PLACES - 1);
  const double all = mean_log(-1, -1, -1);
  check_effect(&m->effect[0], 0, "no", mean_log(0, -1, -1) - all);
  check_effect(&m->effect[1], 0, "yes", mean_log(1, -1, -1) - all);
  check_effect(&m->effect[4], 1, "100", mean_log(-1, 2, -1) - all);
  check_effect(&m->effect[7 + 4], 3, "no:100", mean_log(0, 2, -1) - mean_log(0, -1, -1) - mean_log(-1, 2, -1) + all);
  double triple = log(sum_of(1, 1, 1, true)) - all + mean_log(1, -1, -1) + mean_log(-1, 1, -1) + mean_log(-1, -1, 1);
  triple -= mean_log(1, 1, -1) + mean_log(1, -1, 1) + mean_log(-1, 1, 1);
  check_effect(&m->effect[23 + 9], 6, "yes:9:y", triple);
  /* effects of both levels of a differ by the sign: their covariance is minus the variance */
  CHECK_CLOSE(m->covariance[1], -m->covariance[0], 1e-12);
  CHECK_CLOSE(sqrt(m->covariance[0]), m->effect[0].value.std_error, 1e-12);
  double n = 0, weight = 0;
  for (int p = 0; p < PLACES; p++) weight += sum_of(p / (B * C), p / C % B, p % C, true);
  for (int p = 0; p < PLACES; p++) {
    const int i = p / (B * C), j = p / C % B, k = p % C;
    CHECK(m->n[p] == sum_of(i, j, k, false));
    CHECK_CLOSE(m->weighted[p], sum_of(i, j, k, true), 1e-12);
    CHECK_CLOSE(m->fitted[p], sum_of(i, j, k, true) / weight, 1e-11);
    n += m->n[p];
  }
  CHECK((double)m->fit.n == n && m->start[3] == 7 && m->level[m->start[1] + 2] == 2);
  CHECK_OK(weeg_frame_loglinear_test(&s.frame, &saturated, &(weeg_loglinear_choice){7, WEEG_TEST_RAO_SCOTT_F}, &none, &err));
  CHECK(none.test.reason == WEEG_REASON_SATURATED && none.test.chisq == 0 && none.deviance == 0 && none.test.n == m->fit.n);
  CHECK(isnan(none.test.statistic) && isnan(none.test.p_value) && none.test.df == m->fit.df);
  weeg_table_model_free(m);
  named_clear(&s);
}

static double sign_of(int level, int levels, int column) { return level == levels - 1 ? -1 : level == column; }

/* The columns of all terms, in the order of `saturated`, at a place. */
static void fill_row(double *x, int i, int j, int k) {
  const double a = sign_of(i, A, 0), b0 = sign_of(j, B, 0), b1 = sign_of(j, B, 1), c = sign_of(k, C, 0);
  const double row[PLACES - 1] = {a, b0, b1, c, a * b0, a * b1, a * c, b0 * c, b1 * c, a * b0 * c, a * b1 * c};
  memcpy(x, row, sizeof row);
}

/* Main effects against all terms, as lack of fit and with all terms given; and against those of pairs. */
static void test_tests(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_nested_test found;
  weeg_test want;
  int32_t place[CELLS];
  double x[PLACES * (PLACES - 1)], some[PLACES * 9], deviance = 0;
  named_make(&s, all_rows, NULL, false);
  const weeg_survey survey = {s.frame.tally, &s.frame.design};
  for (int p = 0; p < PLACES; p++) {
    fill_row(x + p * (PLACES - 1), p / (B * C), p / C % B, p % C);
    memcpy(some + p * 9, x + p * (PLACES - 1), 9 * sizeof *some);
  }
  for (int c = 0; c < CELLS; c++) {
    const int i = c / 12, j = c / 3 % 4, k = c % 3;
    place[c] = i < A && j < B && k < C ? (i * B + j) * C + k : -1;
  }
  const weeg_loglinear_model all = {place, PLACES, PLACES - 1, x}, two = {place, PLACES, 9, some};
  const weeg_loglinear_choice base = {4, WEEG_TEST_RAO_SCOTT_F};
  const weeg_terms *const terms[] = {&mains, &saturated, &pairs};
  for (int t = 0; t < 3; t++) {
    CHECK_OK(weeg_loglinear_test(&survey, t < 2 ? &all : &two, &base, &want, &deviance, &err));
    CHECK_OK(weeg_frame_loglinear_test(&s.frame, terms[t], &fit_choice, &found, &err));
    CHECK_CLOSE(found.test.statistic, want.statistic, 1e-10);
    CHECK_CLOSE(found.test.df1, want.df1, 1e-10);
    CHECK_CLOSE(found.test.p_value, want.p_value, 1e-10);
    CHECK_CLOSE(found.deviance, deviance, 1e-10);
    CHECK(found.test.n == want.n && found.test.df == want.df && found.test.reason == WEEG_REASON_NONE);
  }
  named_clear(&s);
}

static weeg_frame *part_of(const named_sample *s, bool (*inside)(int, int, int)) {
  weeg_error err = {0};
  weeg_frame *part = NULL;
  uint8_t use[CELLS];
  for (int c = 0; c < CELLS; c++) use[c] = inside(c / 12, c / 3 % 4, c % 3);
  CHECK_OK(weeg_frame_domain(&s->frame, use, &part, &err));
  return part;
}

static bool without_nine(int a, int b, int c) { return a >= 0 && b != 1 && c >= 0; }
static bool no_corner(int a, int b, int c) { return a != 0 || b != 0 || c < 0; }
static bool one_level(int a, int b, int c) { return a == 1 && b >= 0 && c >= 0; }
static bool nobody(int a, int b, int c) { return a > 5 && b > 5 && c > 5; }

/* Independence: fitted proportions are products of the margins. */
static void test_margins(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_table_model *m = NULL;
  named_make(&s, all_rows, NULL, true);
  weeg_frame *part = part_of(&s, without_nine);
  CHECK_OK(weeg_frame_loglinear(part, &mains, 0.95, &m, &err));
  CHECK(m->effects == 2 + 3 + 2 && m->places == 8 && m->start[3] == 6 && m->level[m->start[1] + 1] == 2);
  CHECK(m->effect[4].term == 1 && m->effect[4].value.reason == WEEG_REASON_EMPTY && isnan(m->effect[4].value.estimate));
  CHECK_TEXT(m->effect[4].level, "9");
  CHECK(isnan(m->covariance[4 * 8]) && isnan(m->covariance[4]) && m->covariance[0] > 0);
  double all = 0, a[2] = {0}, b[2] = {0}, c[2] = {0};
  for (int p = 0; p < 8; p++) {
    all += m->weighted[p];
    a[p / 4] += m->weighted[p];
    b[p / 2 % 2] += m->weighted[p];
    c[p % 2] += m->weighted[p];
  }
  for (int p = 0; p < 8; p++) CHECK_CLOSE(m->fitted[p], a[p / 4] * b[p / 2 % 2] * c[p % 2] / (all * all * all), 1e-10);
  weeg_table_model_free(m);
  weeg_frame_free(part);
  named_clear(&s);
}

static void test_none(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_table_model *m = NULL;
  weeg_nested_test found;
  named_make(&s, all_rows, NULL, false);
  /* an empty cell: the saturated model has no estimates */
  weeg_frame *part = part_of(&s, no_corner);
  CHECK_OK(weeg_frame_loglinear(part, &saturated, 0.95, &m, &err));
  CHECK(m->effect[0].value.reason == WEEG_REASON_NOT_FINITE && isnan(m->effect[0].value.estimate) && isnan(m->fit.deviance));
  weeg_table_model_free(m);
  m = NULL;
  weeg_frame_free(part);
  part = part_of(&s, one_level);
  CHECK_STATUS(weeg_frame_loglinear(part, &mains, 0.95, &m, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.facts.fault == WEEG_FAULT_ONE_LEVEL && err.where == 0 && err.facts.number == 1);
  weeg_frame_free(part);
  part = part_of(&s, nobody);
  CHECK_STATUS(weeg_frame_loglinear_test(part, &mains, &fit_choice, &found, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.facts.fault == WEEG_FAULT_NO_ROWS);
  weeg_frame_free(part);
  /* terms without the main effect of a variable, of none, and twice; no smaller model */
  const weeg_terms few = {2, start, variables}, other = {3, start, (int32_t[]){0, 1, 9}};
  const weeg_terms twice = {3, start, (int32_t[]){0, 1, 1}};
  CHECK_STATUS(weeg_frame_loglinear(&s.frame, &few, 0.95, &m, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_frame_loglinear(&s.frame, &other, 0.95, &m, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_frame_loglinear_test(&s.frame, &mains, &(weeg_loglinear_choice){0, 0}, &found, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_frame_loglinear_test(&s.frame, &mains, &(weeg_loglinear_choice){4, 0}, &found, &err), WEEG_ERR_ARGUMENT);
  (void)weeg_frame_loglinear_test(&s.frame, &twice, &fit_choice, &found, &err); /* whatever it says, in its own memory */
  CHECK(m == NULL);
  named_clear(&s);
}

/* All rows of "yes" in one PSU. */
static bool alone_rows(int i) { return code_of(0, i) != 2 || psu_of(i) == 1; }

static void test_alone(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_table_model *m = NULL;
  weeg_nested_test found;
  named_make(&s, alone_rows, NULL, false);
  CHECK_OK(weeg_frame_loglinear(&s.frame, &mains, 0.95, &m, &err));
  for (int k = 0; k < 7; k++) CHECK((m->alone[k] != 0) == (k == 1));
  CHECK(isfinite(m->effect[0].value.estimate) && isnan(m->effect[0].value.std_error) && isnan(m->covariance[0]));
  CHECK(m->effect[0].value.reason == WEEG_REASON_NO_VARIANCE && isnan(m->effect[2].value.p_value));
  CHECK_OK(weeg_frame_loglinear_test(&s.frame, &mains, &fit_choice, &found, &err));
  CHECK(found.test.reason == WEEG_REASON_NO_VARIANCE && isnan(found.test.statistic) && isnan(found.test.p_value));
  CHECK(isnan(found.test.delta_mean) && found.test.n == m->fit.n);
  weeg_table_model_free(m);
  named_clear(&s);
}

int main(void) {
  test_saturated();
  test_tests();
  test_margins();
  test_none();
  test_alone();
  return test_report("table_model");
}
