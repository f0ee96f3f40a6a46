/*
 * Contrasts of two proportions: the delta method by hand. t with 1 and 2 degrees of freedom has closed forms:
 *   P(|T| > t) = 1 - 2 atan(t) / pi and 1 - t / sqrt(2 + t^2); the upper 2.5 % points are tan(0.475 pi) and
 *   0.95 / sqrt(2 * 0.975 * 0.025).
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/measure.h"
#include "test.h"

static const double PI = 3.14159265358979323846;

static void check_limits(const weeg_contrast *c, double value, double se, int64_t df, bool ratio) {
  const double t = df == 1 ? tan(0.475 * PI) : 0.95 / sqrt(2 * 0.975 * 0.025), z = fabs(value / se);
  const double p = df == 1 ? 1 - 2 * atan(z) / PI : 1 - z / sqrt(2 + z * z);
  CHECK(c->reason == WEEG_REASON_NONE);
  CHECK_CLOSE(c->estimate, ratio ? exp(value) : value, 1e-14);
  CHECK_CLOSE(c->std_error, se, 1e-14);
  CHECK_CLOSE(c->statistic, value / se, 1e-14);
  CHECK_CLOSE(c->p_value, p, 1e-13);
  const double low = value - t * se, high = value + t * se;
  CHECK_CLOSE(c->low, ratio ? exp(low) : low, 1e-11);
  CHECK_CLOSE(c->high, ratio ? exp(high) : high, 1e-11);
}

/* p = 0.6 and 0.4, variances 0.01 and 0.02, covariance 0.005. */
static void test_by_hand(void) {
  for (int64_t df = 1; df <= 2; df++) {
    weeg_contrast c;
    /* 0.01 + 0.02 - 0.01 */
    CHECK_OK(weeg_compare_proportions(WEEG_DIFFERENCE, TWO(0.6, 0.4, 0.01, 0.02, 0.005), df, 0.95, &c, NULL));
    check_limits(&c, 0.2, sqrt(0.02), df, false);
    /* 0.01/0.36 + 0.02/0.16 - 0.01/0.24 = 1/9 */
    CHECK_OK(weeg_compare_proportions(WEEG_RISK_RATIO, TWO(0.6, 0.4, 0.01, 0.02, 0.005), df, 0.95, &c, NULL));
    check_limits(&c, log(1.5), 1.0 / 3, df, true);
    /* both derivatives 1/0.24: 0.02/0.24^2; (0.6/0.4) / (0.4/0.6) = 9/4 */
    CHECK_OK(weeg_compare_proportions(WEEG_ODDS_RATIO, TWO(0.6, 0.4, 0.01, 0.02, 0.005), df, 0.95, &c, NULL));
    check_limits(&c, log(2.25), sqrt(0.02) / 0.24, df, true);
    /* the other way round: signs change, ratios turn over */
    CHECK_OK(weeg_compare_proportions(WEEG_DIFFERENCE, TWO(0.4, 0.6, 0.02, 0.01, 0.005), df, 0.95, &c, NULL));
    check_limits(&c, -0.2, sqrt(0.02), df, false);
    CHECK_OK(weeg_compare_proportions(WEEG_RISK_RATIO, TWO(0.4, 0.6, 0.02, 0.01, 0.005), df, 0.95, &c, NULL));
    check_limits(&c, -log(1.5), 1.0 / 3, df, true);
    CHECK_OK(weeg_compare_proportions(WEEG_ODDS_RATIO, TWO(0.4, 0.6, 0.02, 0.01, 0.005), df, 0.95, &c, NULL));
    check_limits(&c, -log(2.25), sqrt(0.02) / 0.24, df, true);
  }
}

/* p = 0.2 and 0.5, independent: log odds ratio -log 4, variance 0.0016/0.0256 + 0.0025/0.0625 = 0.1025. */
static void test_independent(void) {
  weeg_contrast c;
  CHECK_OK(weeg_compare_proportions(WEEG_ODDS_RATIO, TWO(0.2, 0.5, 0.0016, 0.0025, 0), 2, 0.95, &c, NULL));
  check_limits(&c, -log(4), sqrt(0.1025), 2, true);
  /* 0.0016/0.04 + 0.0025/0.25 = 0.05 */
  CHECK_OK(weeg_compare_proportions(WEEG_RISK_RATIO, TWO(0.2, 0.5, 0.0016, 0.0025, 0), 2, 0.95, &c, NULL));
  check_limits(&c, log(0.4), sqrt(0.05), 2, true);
  /* no difference at all: p = 1 */
  CHECK_OK(weeg_compare_proportions(WEEG_DIFFERENCE, TWO(0.5, 0.5, 0.01, 0.01, 0), 2, 0.95, &c, NULL));
  CHECK(c.estimate == 0 && c.statistic == 0 && c.p_value == 1 && c.low == -c.high);
  /* another level: 50 %, t = 1 on 1 degree of freedom */
  CHECK_OK(weeg_compare_proportions(WEEG_DIFFERENCE, TWO(0.7, 0.5, 0.01, 0.03, 0), 1, 0.5, &c, NULL));
  CHECK_CLOSE(c.low, 0.2 - 0.2, 1e-15);
  CHECK_CLOSE(c.high, 0.4, 1e-14);
}

static void test_reasons(void) {
  static const struct {
    weeg_measure measure;
    double p1, p2, v11, v22, v12;
    int64_t df;
    weeg_reason reason;
    double estimate, std_error;
  } cases[] = {
      {WEEG_DIFFERENCE, NAN, 0.5, NAN, 0.01, NAN, 5, WEEG_REASON_EMPTY, NAN, NAN},
      {WEEG_ODDS_RATIO, 0.5, NAN, 0.01, NAN, NAN, 5, WEEG_REASON_EMPTY, NAN, NAN},
      {WEEG_DIFFERENCE, 0.5, 0.25, NAN, NAN, NAN, 5, WEEG_REASON_NO_VARIANCE, 0.25, NAN},
      {WEEG_DIFFERENCE, 0.5, 0.25, 0.01, 0.01, 0, 0, WEEG_REASON_NO_DF, 0.25, 0.1414213562373095},
      {WEEG_DIFFERENCE, 0.5, 0.25, 0.01, 0.01, 0, -1, WEEG_REASON_NO_DF, 0.25, 0.1414213562373095},
      {WEEG_DIFFERENCE, 1, 1, 0, 0, 0, 5, WEEG_REASON_ZERO_VARIANCE, 0, 0},
      {WEEG_DIFFERENCE, 1, 0, 0, 0, 0, 5, WEEG_REASON_ZERO_VARIANCE, 1, 0},
      {WEEG_RISK_RATIO, 1, 1, 0, 0, 0, 5, WEEG_REASON_ZERO_VARIANCE, 1, 0},
      {WEEG_RISK_RATIO, 0.5, 0, 0.01, 0, 0, 5, WEEG_REASON_ZERO_BASE, NAN, NAN},
      {WEEG_RISK_RATIO, 0, 0.5, 0, 0.01, 0, 5, WEEG_REASON_ZERO_BASE, NAN, NAN},
      {WEEG_ODDS_RATIO, 0.5, 1, 0.01, 0, 0, 5, WEEG_REASON_ZERO_BASE, NAN, NAN},
      {WEEG_ODDS_RATIO, 1, 0.5, 0, 0.01, 0, 5, WEEG_REASON_ZERO_BASE, NAN, NAN},
      {WEEG_ODDS_RATIO, 0.5, 0, 0.01, 0, 0, 5, WEEG_REASON_ZERO_BASE, NAN, NAN},
      {WEEG_ODDS_RATIO, 0, 0.5, 0, 0.01, 0, 5, WEEG_REASON_ZERO_BASE, NAN, NAN},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_contrast c;
    CHECK_OK(weeg_compare_proportions(cases[k].measure,
                                      TWO(cases[k].p1, cases[k].p2, cases[k].v11, cases[k].v22, cases[k].v12),
                                      cases[k].df, 0.95, &c, NULL));
    CHECK(c.reason == cases[k].reason);
    CHECK_CLOSE(c.estimate, cases[k].estimate, 1e-15);
    CHECK_CLOSE(c.std_error, cases[k].std_error, 1e-15);
    CHECK(isnan(c.low) && isnan(c.high) && isnan(c.statistic) && isnan(c.p_value));
  }
}

static void test_bad_arguments(void) {
  static const double levels[] = {0, 1, -0.5, 2, NAN};
  weeg_contrast c = {.estimate = -7};
  weeg_error err = {0};
  for (int i = 0; i < 5; i++) {
    CHECK_STATUS(weeg_compare_proportions(WEEG_DIFFERENCE, TWO(0.5, 0.4, 0.1, 0.1, 0), 5, levels[i], &c, &err),
                 WEEG_ERR_ARGUMENT);
  }
  CHECK_STATUS(weeg_compare_proportions((weeg_measure)4, TWO(0.5, 0.4, 0.1, 0.1, 0), 5, 0.95, &c, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_compare_proportions((weeg_measure)-1, TWO(0.5, 0.4, 0.1, 0.1, 0), 5, 0.95, &c, &err),
               WEEG_ERR_ARGUMENT);
  for (int i = 0; i < 5; i++) CHECK_STATUS(weeg_contrast_value(0.1, 0.01, 5, levels[i], &c, &err), WEEG_ERR_ARGUMENT);
  CHECK(c.estimate == -7 && err.message[0] != '\0');
}

/* Limits of the difference that are 0 are infinite limits of its reciprocal; without limits there are none. */
static void test_reciprocals(void) {
  static const struct {
    double low, high, want_low, want_high;
    bool spans;
  } cases[] = {{0, 0.5, -INFINITY, 2, true},   {-0.25, 0, -4, INFINITY, true}, {0.1, 0.2, 5, 10, false},
               {-0.2, -0.1, -10, -5, false},   {-0.25, 0.5, -4, 2, true},      {NAN, NAN, NAN, NAN, false}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_contrast c = {.estimate = 0.25, .std_error = 0.5, .low = cases[k].low, .high = cases[k].high};
    weeg_i_contrast_back(WEEG_NUMBER_NEEDED, &c);
    CHECK(c.estimate == 4 && c.std_error == 8);
    CHECK_CLOSE(c.low, cases[k].want_low, 1e-15);
    CHECK_CLOSE(c.high, cases[k].want_high, 1e-15);
    CHECK((c.reason == WEEG_REASON_SPANS_ZERO) == cases[k].spans);
  }
}

/* Altman (1998), BMJ 317: a risk difference of 0.10 with limits -0.05 and 0.25 has a number needed of 10, limits -20 and 4. */
static void test_number_needed(void) {
  static const double values[][3] = {{0.6, 0.5, 0}, {0.9, 0.3, 0}, {0.3, 0.9, 0}};
  for (int k = 0; k < 3; k++) {
    weeg_contrast a, b;
    CHECK_OK(weeg_compare_proportions(WEEG_DIFFERENCE, TWO(values[k][0], values[k][1], 0.0036, 0.0022, 0), 1000000,
                                      0.95, &a, NULL));
    CHECK_OK(weeg_compare_proportions(WEEG_NUMBER_NEEDED, TWO(values[k][0], values[k][1], 0.0036, 0.0022, 0), 1000000,
                                      0.95, &b, NULL));
    CHECK_CLOSE(b.estimate, 1 / a.estimate, 1e-15);
    CHECK_CLOSE(b.std_error, a.std_error / (a.estimate * a.estimate), 1e-15);
    CHECK_CLOSE(b.low, k == 0 ? 1 / a.low : 1 / a.high, 1e-15);
    CHECK_CLOSE(b.high, k == 0 ? 1 / a.high : 1 / a.low, 1e-15);
    CHECK(b.p_value == a.p_value && (b.reason == WEEG_REASON_SPANS_ZERO) == (k == 0));
    if (k == 0) CHECK(fabs(b.low + 20) < 0.5 && fabs(b.high - 4) < 0.05);
  }
  weeg_contrast none;
  CHECK_OK(weeg_compare_proportions(WEEG_NUMBER_NEEDED, TWO(0.5, 0.5, 0.01, 0.01, 0), 9, 0.95, &none, NULL));
  CHECK(isinf(none.estimate) && isnan(none.std_error) && none.low < 0 && none.high > 0);
  CHECK(none.reason == WEEG_REASON_SPANS_ZERO);
}

int main(void) {
  test_number_needed();
  test_by_hand();
  test_independent();
  test_reasons();
  test_bad_arguments();
  test_reciprocals();
  return test_report("measure");
}
