/*
 * Confidence limits of a proportion: reference values, the definition of exact limits at every x, and edge cases.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "stats/shares.h"
#include "test.h"

#include <float.h>

static const weeg_interval_method methods[] = {
    WEEG_INTERVAL_LOGIT,   WEEG_INTERVAL_WALD,          WEEG_INTERVAL_WILSON,
    WEEG_INTERVAL_BETA,    WEEG_INTERVAL_BETA_NCHS,     WEEG_INTERVAL_CLOPPER_PEARSON,
    WEEG_INTERVAL_ARCSINE, WEEG_INTERVAL_AGRESTI_COULL, WEEG_INTERVAL_JEFFREYS};
enum { METHODS = sizeof methods / sizeof *methods };

static double worst;

static void check_limit(double actual, double expected, double tolerance, const char *what, const double *row) {
  double error = test_error(actual, expected);
  if (error > worst) worst = error;
  if (test_count(error <= tolerance))
    printf("%s: failed: %s limit at (%g, %.17g, %.17g, %g, %g, %g): %.17g, expected %.17g (error %.3g)\n", __FILE__,
           what, row[0], row[1], row[2], row[3], row[4], row[5], actual, expected, error);
}

static void show(const char *name, int rows) {
  if (getenv("WEEG_TEST_VERBOSE") != NULL) printf("%-16s %6d rows, largest error %.2e\n", name, rows, worst);
  worst = 0.0;
}

static bool next_row(FILE *file, double *row, int fields) {
  char line[512], *place = line;
  if (fgets(line, sizeof line, file) == NULL) return false;
  for (int i = 0; i < fields; i++) {
    char *end;
    row[i] = strtod(place, &end);
    if (!CHECK(end != place && *end == (i + 1 < fields ? ',' : '\n'))) return false;
    place = end + 1;
  }
  return true;
}

static void test_methods(void) {
  FILE *file = test_open_reference("interval.csv");
  if (file == NULL) return;
  double row[8];
  char header[128];
  int rows = 0;
  CHECK(fgets(header, sizeof header, file) != NULL);
  for (; next_row(file, row, 8); rows++) {
    weeg_interval out;
    CHECK_OK(weeg_i_proportion_interval((weeg_interval_method)(int)row[0], row[1], row[2], (int64_t)row[3],
                                      (int64_t)row[4], row[5], &out, NULL));
    CHECK(out.reason == WEEG_REASON_NONE);
    CHECK(0.0 <= out.low && out.low <= row[1] && row[1] <= out.high && out.high <= 1.0);
    /* Wald and Agresti-Coull subtract, so near 0 their error is relative to what is subtracted */
    bool subtracts = row[0] == WEEG_INTERVAL_WALD || row[0] == WEEG_INTERVAL_AGRESTI_COULL;
    if (subtracts) {
      CHECK(fabs(out.low - row[6]) <= 1e-13 * out.high);
      CHECK_CLOSE(out.high, row[7], 1e-12);
    } else {
      /* Jeffreys' limits can leave out a p of less than one effective success: they are widened to it */
      check_limit(out.low, fmin(row[6], row[1]), 1e-12, "lower", row);
      check_limit(out.high, fmax(row[7], row[1]), 1e-12, "upper", row);
    }
  }
  fclose(file);
  CHECK(rows >= 400);
  show("methods", rows);
}

static void test_exact_reference(void) {
  FILE *file = test_open_reference("clopper_pearson.csv");
  if (file == NULL) return;
  double row[6] = {0};
  char header[128];
  int rows = 0;
  CHECK(fgets(header, sizeof header, file) != NULL);
  for (; next_row(file, row, 5); rows++) {
    weeg_interval limits;
    CHECK_OK(weeg_clopper_pearson(row[0], row[1], row[2], &limits, NULL));
    check_limit(limits.low, row[3], 1e-12, "lower", row);
    check_limit(limits.high, row[4], 1e-12, "upper", row);
  }
  fclose(file);
  CHECK(rows >= 250);
  show("Clopper-Pearson", rows);
}

/*
 * P(X >= x) for X ~ Binomial(n, p), and what a relative error in p does to it, by adding up ratios of successive
 * probabilities both ways from the largest. No gamma or beta function takes part.
 */
static double binomial_tail(int x, int n, double p, double *sensitivity) {
  int mode = (int)((n + 1) * p);
  if (mode > n) mode = n;
  double odds = p / (1.0 - p), above = 0.0, below = 0.0, at_x = 0.0, term = 1.0;
  for (int k = mode; k <= n; k++) {
    if (k >= x) above += term;
    else below += term;
    if (k == x) at_x = term;
    term *= odds * (n - k) / (k + 1);
    if (term < 1e-22 && k >= x) break;
  }
  term = 1.0;
  for (int k = mode; k > 0; k--) {
    term *= k / (odds * (n - k + 1));
    if (k - 1 >= x) above += term;
    else below += term;
    if (k - 1 == x) at_x = term;
    if (term < 1e-22 && k <= x) break;
  }
  *sensitivity = x * at_x / above; /* d log P(X >= x) / d log p */
  return above / (above + below);
}

/* The limits satisfy P(X >= x | low) = P(X <= x | high) = alpha/2. Errors are turned into those of the limits. */
static void test_exact_definition(void) {
  static const int sizes[] = {1, 2, 5, 10, 100, 500, 1000, 10000, 50000};
  const double level = 0.95, tail = 0.5 * (1.0 - 0.95);
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    int n = sizes[i];
    double last_low = -1.0, last_high = -1.0;
    for (int x = 0; x <= n; x++) {
      double row[6] = {-1.0, x, n, 0.0, 0.0, level}, slope;
      weeg_interval limits;
      if (!CHECK_OK(weeg_clopper_pearson(x, n, level, &limits, NULL))) continue;
      const double low = limits.low, high = limits.high;
      CHECK(low > last_low && high > last_high && low * n <= x && x <= high * n);
      last_low = low;
      last_high = high;
      if (x == 0) CHECK(low == 0.0);
      else {
        double p = binomial_tail(x, n, low, &slope);
        check_limit(1.0 + (p / tail - 1.0) / slope, 1.0, 1e-11, "lower", row);
      }
      if (x == n) CHECK(high == 1.0);
      else {
        /* by symmetry, with 1 - high; its slope is turned from that of 1 - high into that of high */
        double p = binomial_tail(n - x, n, 1.0 - high, &slope);
        check_limit(1.0 + (p / tail - 1.0) / slope * (1.0 - high) / high, 1.0, 1e-11, "upper", row);
      }
    }
  }
  show("definition", 61618);
}

/* Clopper-Pearson's limits of an unweighted simple random sample are the classical ones. */
static void test_exact_without_weights(void) {
  for (int n = 2; n <= 60; n += 29)
    for (int x = 1; x < n; x++) {
      double p = (double)x / n;
      weeg_interval out, limits;
      CHECK_OK(weeg_i_proportion_interval(WEEG_INTERVAL_CLOPPER_PEARSON, p, p * (1.0 - p) / (n - 1), n, n - 1, 0.95, &out,
                                        NULL));
      CHECK_OK(weeg_clopper_pearson(x, n, 0.95, &limits, NULL));
      CHECK_CLOSE(out.low, limits.low, 1e-13);
      CHECK_CLOSE(out.high, limits.high, 1e-13);
    }
}

/* ---- edges ---- */

typedef struct edge {
  const char *name;
  double p, v;
  int64_t n, df;
  weeg_reason reason;
  double low, high; /* NaN: no limits; -1: Clopper-Pearson's */
} edge;

static void test_edges(void) {
  const double nan = (double)NAN;
  const edge edges[] = {
      {"no rows", 0.5, 0.01, 0, 10, WEEG_REASON_EMPTY, nan, nan},
      {"no rows, nothing else either", nan, nan, 0, 0, WEEG_REASON_EMPTY, nan, nan},
      {"no rows, p = 0", 0.0, 0.0, 0, 10, WEEG_REASON_EMPTY, nan, nan},
      {"p NaN", nan, 0.01, 10, 5, WEEG_REASON_EMPTY, nan, nan},
      {"p = 0", 0.0, 0.0, 20, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 0, one row", 0.0, 0.0, 1, 0, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 0, no variance", 0.0, nan, 7, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 0, positive variance", 0.0, 0.1, 7, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 0, no df", 0.0, 0.0, 7, 0, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p nearly 0", 1e-13, 1e-20, 30, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 1e-12", 1e-12, 1e-20, 30, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = -1e-13", -1e-13, 1e-20, 30, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = -1e-12", -1e-12, 1e-20, 30, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 1", 1.0, 0.0, 20, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 1, one row", 1.0, 0.0, 1, 0, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p = 1, no variance, no df", 1.0, nan, 50, 0, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p nearly 1", 1.0 - 1e-13, 1e-20, 30, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"p a little above 1", 1.0 + 1e-13, 1e-20, 30, 10, WEEG_REASON_NO_VARIATION, -1.0, -1.0},
      {"no variance", 0.3, nan, 20, 10, WEEG_REASON_NO_VARIANCE, nan, nan},
      {"no variance, no df", 0.3, nan, 20, 0, WEEG_REASON_NO_VARIANCE, nan, nan},
      {"v = 0", 0.3, 0.0, 20, 10, WEEG_REASON_ZERO_VARIANCE, 0.3, 0.3},
      {"v = 0, no df", 0.3, 0.0, 20, 0, WEEG_REASON_NO_DF, nan, nan},
      {"no df", 0.3, 0.01, 20, 0, WEEG_REASON_NO_DF, nan, nan},
      {"negative df", 0.3, 0.01, 20, -3, WEEG_REASON_NO_DF, nan, nan},
  };
  for (int m = 0; m < METHODS; m++)
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
      const edge *e = &edges[i];
      weeg_interval out = {7, 7, WEEG_REASON_SINGULAR};
      weeg_error err = {0};
      weeg_interval limits = {.low = e->low, .high = e->high};
      if (limits.low == -1.0)
        CHECK_OK(weeg_clopper_pearson(e->p < 0.5 ? 0.0 : (double)e->n, (double)e->n, 0.9, &limits, NULL));
      bool ok = CHECK_OK(weeg_i_proportion_interval(methods[m], e->p, e->v, e->n, e->df, 0.9, &out, &err)) &&
                CHECK(out.reason == e->reason);
      ok = CHECK_CLOSE(out.low, limits.low, 0.0) && ok;
      ok = CHECK_CLOSE(out.high, limits.high, 0.0) && ok;
      if (!ok) printf("  in method %d, %s\n", m, e->name);
    }
  weeg_interval limits;
  CHECK_OK(weeg_clopper_pearson(0.0, 20.0, 0.95, &limits, NULL));
  CHECK(limits.low == 0.0);
  CHECK_CLOSE(limits.high, 0.16843347098308528, 1e-14); /* 1 - 0.025^(1/20) */
  CHECK_OK(weeg_clopper_pearson(20.0, 20.0, 0.95, &limits, NULL));
  CHECK(limits.high == 1.0);
  CHECK_CLOSE(limits.low, 0.83156652901691472, 1e-14);
  CHECK_OK(weeg_clopper_pearson(1.0, 1.0, 0.95, &limits, NULL));
  CHECK_CLOSE(limits.low, 0.5 * (1.0 - 0.95), 1e-15);
}

/* Nothing that passes the checks gives NaN, an error, or limits on the wrong side. */
static void test_everywhere(void) {
  static const double shares[] = {1.1e-12, 1e-9, 1e-4, 0.03, 0.5, 0.77, 0.9999, 1.0 - 1e-9, 1.0 - 1.2e-12};
  static const double variances[] = {1e-320, 1e-300, 1e-100, 1e-40, 1e-30, 1e-20, 1e-9,
                                     1e-4,   0.01,   0.2,    1.0,   1e6,   1e300, DBL_MAX};
  static const int64_t counts[] = {1, 2, 3, 100, 1000000000, INT64_MAX};
  static const double levels[] = {1e-9, 0.5, 0.95, 1.0 - 1e-12, 1.0 - 0.5 * DBL_EPSILON};
  for (int m = 0; m < METHODS; m++)
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
      for (size_t j = 0; j < sizeof variances / sizeof *variances; j++)
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
          for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            weeg_interval out;
            weeg_error err = {.message = ""};
            double p = shares[i];
            bool ok = CHECK_OK(weeg_i_proportion_interval(methods[m], p, variances[j], counts[k], counts[5 - k],
                                                        levels[l], &out, &err)) &&
                      CHECK(0.0 <= out.low && out.low <= p && p <= out.high && out.high <= 1.0);
            if (!ok)
              printf("  method %d, p %.17g, v %g, n %g, level %g: %s\n", m, p, variances[j], (double)counts[k],
                     levels[l], err.message);
          }
}

static void test_arguments(void) {
  weeg_interval out = {7, 7, WEEG_REASON_SINGULAR};
  weeg_error err = {0};
  weeg_interval limits = {.low = 7, .high = 7};
  for (int m = 0; m < METHODS; m++) {
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], -0.1, 0.01, 9, 9, 0.95, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 1 && strstr(err.message, "-0.1") != NULL);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 1.1, 0.01, 9, 9, 0.95, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, -1e-9, 9, 9, 0.95, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 2);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, (double)INFINITY, 9, 9, 0.95, &out, &err),
                 WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, 0.1, -1, 9, 0.95, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 3);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, 0.1, 9, 9, 0.0, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, 0.1, 9, 9, 1.0, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, 0.1, 9, 9, 95.0, &out, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_i_proportion_interval(methods[m], 0.5, 0.1, 9, 9, (double)NAN, &out, NULL), WEEG_ERR_ARGUMENT);
  }
  CHECK_STATUS(weeg_i_proportion_interval((weeg_interval_method)9, 0.5, 0.1, 9, 9, 0.95, &out, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_i_proportion_interval((weeg_interval_method)-1, 0.5, 0.1, 9, 9, 0.95, &out, NULL), WEEG_ERR_ARGUMENT);
  CHECK(out.low == 7 && out.high == 7 && out.reason == WEEG_REASON_SINGULAR);

  CHECK_STATUS(weeg_clopper_pearson(-1.0, 5.0, 0.95, &limits, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == 0);
  CHECK_STATUS(weeg_clopper_pearson(6.0, 5.0, 0.95, &limits, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_clopper_pearson(0.0, 0.0, 0.95, &limits, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == 1);
  CHECK_STATUS(weeg_clopper_pearson(0.0, (double)INFINITY, 0.95, &limits, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_clopper_pearson((double)NAN, 5.0, 0.95, &limits, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_clopper_pearson(1.0, 5.0, 1.0, &limits, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == 2);
  CHECK(limits.low == 7 && limits.high == 7);
}

static void test_levels(void) {
  static const double none[] = {0, 1, -0.5, 1.5, NAN};
  weeg_interval limits = {.low = -7, .high = -7};
  weeg_interval out = {.low = -7};
  for (int k = 0; k < 5; k++) {
    CHECK_STATUS(weeg_clopper_pearson(3, 10, none[k], &limits, NULL), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_i_proportion_interval(WEEG_INTERVAL_BETA, 0.3, 0.02, 10, 9, none[k], &out, NULL), WEEG_ERR_ARGUMENT);
  }
  CHECK(limits.low == -7 && limits.high == -7 && out.low == -7);
}

/*
 * Korn and Graubard's lower limits are beta quantiles. With more than 3 000 successes and failures they come from an expansion:
 * the distance from p on the scale of the logarithm or the logit within 5e-9 of itself (2.6e-9 was found in 4 000 pairs of
 * shapes).
 */
static void test_low_limits(void) {
  static const double sizes[] = {2, 40, 900, 3.1e3, 3.3e3, 1e4, 2.5e5, 1e7, 3e9}, shares[] = {1e-3, 0.03, 0.4, 0.5, 0.8, 0.999};
  int expanded = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    for (size_t k = 0; k < sizeof shares / sizeof *shares; k++) {
      const double p = shares[k], n = sizes[i] / fmin(p, 1 - p), t = 2.5, rows = 2;
      double low = NAN, want = NAN;
      CHECK_OK(weeg_i_korn_graubard_low(p, p * (1 - p) / n, t, rows, &low, NULL));
      const double size = n * (rows / t) * (rows / t), a = size * p, b = size * (1 - p) + 1;
      CHECK_OK(weeg_beta_quantile(0.025, a, b, &want, NULL));
      expanded += fmin(a, b) > 3000;
      CHECK_CLOSE(log(p / low), log(p / want), 5e-9);
      CHECK_CLOSE(log(p / low) + log1p(-low) - log1p(-p), log(p / want) + log1p(-want) - log1p(-p), 5e-9);
    }
  }
  CHECK(expanded >= 20);
}

int main(void) {
  test_low_limits();
  test_methods();
  test_exact_reference();
  test_exact_definition();
  test_exact_without_weights();
  test_edges();
  test_everywhere();
  test_arguments();
  test_levels();
  return test_report("interval");
}
