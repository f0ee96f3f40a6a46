/*
 * Models of tallies with names: saturated ones, whose coefficients are differences of logits by hand; levels without rows,
 * aliased columns and levels in one PSU; and what cannot be modelled.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "frame_sample.h"

#include <math.h>

static const int32_t main_start[] = {0, 1, 2}, all_start[] = {0, 1, 2, 4}, variables[] = {0, 1, 0, 1};
static const weeg_terms mains = {2, main_start, variables}, saturated = {3, all_start, variables};

/* The sum of weights, or of rows, of those with a = i, b = j and c = k, from 0. */
static double sum_of(int i, int j, int k, bool weighted) {
  double sum = 0;
  for (int r = 0; r < ROWS; r++) {
    if (code_of(0, r) == i + 1 && code_of(1, r) == j + 1 && code_of(2, r) == k + 1) sum += weighted ? weight_of(r) : 1;
  }
  return sum;
}

static double logit_of(int i, int j) { return log(sum_of(i, j, 1, true) / sum_of(i, j, 0, true)); }

static void check_coefficient(const weeg_coefficient *c, int32_t term, const char *level, double estimate) {
  CHECK(c->term == term);
  if (level == NULL) CHECK(c->level == NULL);
  else CHECK_TEXT(c->level, level);
  CHECK_CLOSE(c->value.estimate, estimate, 1e-12);
  CHECK(c->value.reason == WEEG_REASON_NONE && c->value.std_error > 0);
  if (term < 0) CHECK(isnan(c->odds_ratio));
  else CHECK_CLOSE(c->odds_ratio, exp(estimate), 1e-12);
}

static void test_saturated(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_regression *r = NULL;
  named_make(&s, all_rows, NULL, true);
  CHECK_OK(weeg_frame_logistic(&s.frame, &saturated, NULL, 0.95, &r, &err));
  CHECK(r->coefficients == 6 && r->terms == 3 && r->levels == 2 && !r->ordinal && r->patterns == 6);
  CHECK(r->answer[0] == 0 && r->answer[1] == 1 && r->reference[0] == 0 && r->reference[1] == 0);
  const double base = logit_of(0, 0);
  check_coefficient(&r->coefficient[0], -1, NULL, base);
  check_coefficient(&r->coefficient[1], 0, "yes", logit_of(1, 0) - base);
  check_coefficient(&r->coefficient[2], 1, "9", logit_of(0, 1) - base);
  check_coefficient(&r->coefficient[3], 1, "100", logit_of(0, 2) - base);
  check_coefficient(&r->coefficient[4], 2, "yes:9", logit_of(1, 1) - logit_of(1, 0) - logit_of(0, 1) + base);
  check_coefficient(&r->coefficient[5], 2, "yes:100", logit_of(1, 2) - logit_of(1, 0) - logit_of(0, 2) + base);
  CHECK(r->fit.df == r->fit.n - STRATA && r->fit.slopes == 5 && r->df == r->fit.df - 5);
  for (int p = 0; p < 6; p++) {
    const int i = r->pattern_level[2 * p], j = r->pattern_level[2 * p + 1];
    const double n0 = sum_of(i, j, 0, true), n1 = sum_of(i, j, 1, true);
    for (int k = 0; k < 2; k++) {
      CHECK(r->n[2 * p + k] == sum_of(i, j, k, false));
      CHECK_CLOSE(r->weighted[2 * p + k], k == 0 ? n0 : n1, 1e-12);
      CHECK_CLOSE(r->fitted[2 * p + k], (k == 0 ? n0 : n1) / (n0 + n1), 1e-12);
    }
  }
  weeg_regression_free(r);
  named_clear(&s);
  named_make(&s, all_rows, NULL, false);
  /* either answer against the other: the same odds upside down, and the same tests */
  weeg_regression *up = NULL, *down = NULL;
  CHECK_OK(weeg_frame_logistic(&s.frame, &mains, (uint8_t[]){0, 1}, 0.95, &up, &err));
  CHECK_OK(weeg_frame_logistic(&s.frame, &mains, (uint8_t[]){1, 0}, 0.95, &down, &err));
  CHECK(up->answer == NULL && up->coefficients == 4 && up->df == PSUS - 1 - STRATA - 3); /* the last PSU has no complete rows */
  for (int i = 0; i < 4; i++) CHECK_CLOSE(up->coefficient[i].value.estimate, -down->coefficient[i].value.estimate, 1e-12);
  /* F of one coefficient is t squared */
  CHECK(up->test[0].count == 1 && up->test[1].count == 2);
  CHECK_CLOSE(up->test[0].wald.f, pow(up->coefficient[1].value.statistic, 2), 1e-10);
  CHECK_CLOSE(up->test[0].wald.p_value, up->coefficient[1].value.p_value, 1e-10);
  CHECK_CLOSE(up->test[1].wald.f, down->test[1].wald.f, 1e-10);
  weeg_regression_free(up);
  weeg_regression_free(down);
  named_clear(&s);
}

/* The answer is b, its levels in order; c and a explain it. */
static void test_ordinal(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_regression *r = NULL;
  weeg_frame *turned = NULL, *part = NULL;
  uint8_t inside[36] = {0};
  named_make(&s, all_rows, NULL, false);
  s.variable[1].ordered = true;
  CHECK_OK(weeg_frame_select(&s.frame, (int32_t[]){2, 0, 1}, 3, &turned, &err));
  CHECK_OK(weeg_frame_logistic(turned, &mains, NULL, 0.95, &r, &err));
  CHECK(r->ordinal && r->levels == 3 && r->coefficients == 4);
  CHECK_TEXT(r->coefficient[0].level, "10|9");
  CHECK_TEXT(r->coefficient[1].level, "9|100");
  CHECK_TEXT(r->coefficient[2].level, "y");
  CHECK_TEXT(r->coefficient[3].level, "yes");
  CHECK(r->coefficient[0].value.estimate < r->coefficient[1].value.estimate);
  for (int p = 0; p < r->patterns; p++) CHECK_CLOSE(r->fitted[3 * p] + r->fitted[3 * p + 1] + r->fitted[3 * p + 2], 1, 1e-14);
  weeg_regression_free(r);
  /* where two of three levels are left, the threshold is minus the intercept of the upper one */
  weeg_regression *two = NULL, *upper = NULL;
  for (int c = 0; c < 36; c++) inside[c] = c % 4 != 0;
  CHECK_OK(weeg_frame_domain(turned, inside, &part, &err));
  CHECK_OK(weeg_frame_logistic(part, &mains, NULL, 0.95, &two, &err));
  CHECK_OK(weeg_frame_logistic(part, &mains, (uint8_t[]){0, 0, 1}, 0.95, &upper, &err));
  CHECK(two->ordinal && two->levels == 2 && two->answer[0] == 1);
  CHECK_TEXT(two->coefficient[0].level, "9|100");
  CHECK_CLOSE(two->coefficient[0].value.estimate, -upper->coefficient[0].value.estimate, 1e-12);
  for (int i = 0; i < 9; i++) { /* only what is about the threshold and a coefficient has another sign */
    const bool turns = (i < 3) != (i % 3 == 0);
    CHECK_CLOSE(two->covariance[i], turns ? -upper->covariance[i] : upper->covariance[i], 1e-12);
  }
  for (int i = 0; i < 2 * two->patterns; i++) CHECK_CLOSE(two->fitted[i], upper->fitted[i], 1e-12);
  weeg_regression_free(two);
  weeg_regression_free(upper);
  weeg_frame_free(part);
  weeg_frame_free(turned);
  named_clear(&s);
}

/* A level without rows has a row; of a column that others determine there is no estimate. */
static void test_empty(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_regression *r = NULL;
  weeg_frame *part = NULL;
  uint8_t inside[36];
  named_make(&s, all_rows, NULL, false);
  for (int c = 0; c < 36; c++) inside[c] = c / 3 % 4 != 1; /* without b = 9 */
  CHECK_OK(weeg_frame_domain(&s.frame, inside, &part, &err));
  CHECK_OK(weeg_frame_logistic(part, &saturated, NULL, 0.95, &r, &err));
  CHECK(r->coefficients == 5);
  CHECK_TEXT(r->coefficient[2].level, "100");
  CHECK_TEXT(r->coefficient[3].level, "9");
  CHECK(r->coefficient[3].term == 1 && r->coefficient[3].value.reason == WEEG_REASON_EMPTY);
  CHECK(isnan(r->coefficient[3].value.estimate) && r->coefficient[3].value.df == r->df && isnan(r->coefficient[3].odds_ratio));
  CHECK_TEXT(r->coefficient[4].level, "yes:100");
  for (int i = 0; i < 5; i++) CHECK(isnan(r->covariance[3 * 5 + i]) && isnan(r->covariance[i * 5 + 3]));
  CHECK(!isnan(r->covariance[4 * 5 + 2]));
  weeg_regression_free(r);
  weeg_frame_free(part);
  /* a = yes with b = 100 and nothing else: the interaction is a's, and has no column with rows of its own */
  for (int c = 0; c < 36; c++) inside[c] = c / 12 == 0 ? c / 3 % 4 < 2 : c / 3 % 4 == 2;
  CHECK_OK(weeg_frame_domain(&s.frame, inside, &part, &err));
  CHECK_OK(weeg_frame_logistic(part, &saturated, NULL, 0.95, &r, &err));
  CHECK(r->coefficient[3].value.reason == WEEG_REASON_ALIASED && isnan(r->coefficient[3].value.estimate));
  CHECK(r->test[1].count == 1 && r->test[2].count == 0 && r->test[2].wald.reason == WEEG_REASON_ALL_ALIASED);
  CHECK(isnan(r->test[2].wald.f));
  weeg_regression_free(r);
  weeg_frame_free(part);
  named_clear(&s);
}

/* ---- levels in one PSU -------------------------------------------------------------------------------------------- */

static bool alone_rows(int i) { return code_of(1, i) != 2 || psu_of(i) == 7; }
static bool first_alone_rows(int i) { return code_of(1, i) != 1 || psu_of(i) == 1; }

static void test_alone(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_regression *r = NULL;
  named_make(&s, alone_rows, NULL, false);
  CHECK_OK(weeg_frame_logistic(&s.frame, &mains, NULL, 0.95, &r, &err));
  const weeg_reason want[] = {WEEG_REASON_NONE, WEEG_REASON_NONE, WEEG_REASON_NO_VARIANCE, WEEG_REASON_NONE};
  for (int i = 0; i < 4; i++) CHECK(r->coefficient[i].value.reason == want[i] && !isnan(r->coefficient[i].value.estimate));
  CHECK(r->test[0].wald.reason == WEEG_REASON_NONE && r->test[1].wald.reason == WEEG_REASON_NO_VARIANCE);
  weeg_regression_free(r);
  named_clear(&s);
  /* what all others are compared with: only a has a variance */
  named_make(&s, first_alone_rows, NULL, false);
  CHECK_OK(weeg_frame_logistic(&s.frame, &mains, NULL, 0.95, &r, &err));
  for (int i = 0; i < 4; i++) CHECK((r->coefficient[i].value.reason == WEEG_REASON_NO_VARIANCE) == (i != 1));
  weeg_regression_free(r);
  named_clear(&s);
}

/* ---- what cannot be modelled -------------------------------------------------------------------------------------- */

static void refused(const weeg_frame *f, const weeg_terms *terms, const uint8_t *modelled, weeg_status code, weeg_fault fault,
                    int64_t where, int32_t number) {
  weeg_error err = {0};
  weeg_regression *r = NULL;
  CHECK_STATUS(weeg_frame_logistic(f, terms, modelled, 0.95, &r, &err), code);
  CHECK(r == NULL && err.facts.fault == fault && err.where == where && err.facts.number == number);
}

static void test_refused(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_frame *made = NULL;
  uint8_t inside[36];
  named_make(&s, all_rows, NULL, false);
  const weeg_frame *f = &s.frame;
  refused(f, &mains, (uint8_t[]){1, 1}, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_SIDE, 2, -1);
  refused(f, &mains, (uint8_t[]){0, 0}, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_SIDE, 2, -1);
  const int32_t outside[] = {0, 2};
  refused(f, &(weeg_terms){2, main_start, outside}, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
  refused(f, &(weeg_terms){0, main_start, variables}, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
  refused(f, &(weeg_terms){2, (int32_t[]){0, 1, 1}, variables}, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_NONE, -1, -1);
  for (int c = 0; c < 36; c++) inside[c] = c % 3 == 1;
  CHECK_OK(weeg_frame_domain(f, inside, &made, &err));
  refused(made, &mains, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_LEVEL, 2, 1);
  weeg_frame_free(made);
  for (int c = 0; c < 36; c++) inside[c] = c / 3 % 4 == 1;
  CHECK_OK(weeg_frame_domain(f, inside, &made, &err));
  refused(made, &mains, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_ONE_LEVEL, 1, 1);
  weeg_frame_free(made);
  for (int c = 0; c < 36; c++) inside[c] = c / 12 == 2;
  CHECK_OK(weeg_frame_domain(f, inside, &made, &err));
  refused(made, &mains, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_NO_ROWS, -1, -1);
  weeg_frame_free(made);
  /* b = 9 has one answer */
  for (int c = 0; c < 36; c++) inside[c] = c / 3 % 4 != 1 || c % 3 == 1;
  CHECK_OK(weeg_frame_domain(f, inside, &made, &err));
  refused(made, &mains, NULL, WEEG_ERR_NUMERIC, WEEG_FAULT_SAME_ANSWER, 1, 1);
  weeg_frame_free(made);
  CHECK_OK(weeg_frame_select(f, (int32_t[]){2, 0, 1}, 3, &made, &err));
  refused(made, &mains, NULL, WEEG_ERR_ARGUMENT, WEEG_FAULT_UNORDERED, 2, 2);
  weeg_frame_free(made);
  named_clear(&s);
}

/* c is y where a and b together are large, though each level has both: it shows in some coefficient. */
static bool separated_rows(int i) {
  const int a = code_of(0, i), b = code_of(1, i), c = code_of(2, i);
  return a > 0 && b > 0 && (c == 2) == (a + b > 3) && !(a == 1 && b == 1 && i > ROWS);
}

static void test_separated(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_regression *r = NULL;
  named_make(&s, separated_rows, NULL, false);
  CHECK_STATUS(weeg_frame_logistic(&s.frame, &mains, NULL, 0.95, &r, &err), WEEG_ERR_NUMERIC);
  CHECK(err.facts.fault == WEEG_FAULT_SEPARATED || err.facts.fault == WEEG_FAULT_SAME_ANSWER);
  named_clear(&s);
}

int main(void) {
  test_saturated();
  test_ordinal();
  test_empty();
  test_alone();
  test_refused();
  test_separated();
  return test_report("coefficients");
}
