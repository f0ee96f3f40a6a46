/*
 * Tails of weighted sums of chi-squared variables against reference values of high precision, closed forms and wrong
 * arguments. The tolerance is the promise of weeg.h, 1e-10.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

static const double tolerance = 1e-10;

enum { MAX_WEIGHTS = 64 };

static void test_reference(void) {
  FILE *file = test_open_reference("mixture_tail.csv");
  char line[4096];
  int rows = 0;
  double worst = 0;
  if (file == NULL || !CHECK(fgets(line, sizeof line, file) != NULL)) return;
  while (fgets(line, sizeof line, file) != NULL) {
    double lambda[MAX_WEIGHTS], p = -1;
    int32_t count = 0;
    char *at;
    const double x = strtod(line, &at);
    const double df = strtod(at + 1, &at);
    for (at++; *at != ',' && count < MAX_WEIGHTS; count++) lambda[count] = strtod(at, &at);
    const double expected = strtod(at + 1, NULL);
    CHECK_OK(weeg_mixture_tail(x, &(weeg_mixture){lambda, count, df}, &p, NULL));
    const double error = test_error(p, expected);
    if (error > worst) worst = error;
    if (test_count(error <= tolerance)) {
      printf("x = %.17g, df = %.17g, %d weights from %.17g: %.17g, expected %.17g (error %.3g)\n", x, df, count, lambda[0],
             p, expected, error);
    }
    rows++;
  }
  fclose(file);
  CHECK(rows > 700);
  if (getenv("WEEG_TEST_VERBOSE") != NULL) printf("mixture tail %d rows, largest error %.2e\n", rows, worst);
}

/* One weight is a chi-squared or F tail, far beyond the reference points; scaling x and the weights changes nothing. */
static void test_closed_forms(void) {
  static const double dfs[] = {0.01, 1, 3.7, 40, 1e4, 1e9, INFINITY};
  for (size_t d = 0; d < sizeof dfs / sizeof *dfs; d++) {
    for (int32_t count = 1; count <= 200; count = 3 * count + 1) {
      for (double x = 1e-8; x < 3e8; x *= 3) {
        double lambda[200], p = -1, expected = -1;
        for (int32_t i = 0; i < count; i++) lambda[i] = 1e-3;
        CHECK_OK(weeg_f_tail(x / count, count, dfs[d], &expected, NULL));
        CHECK_OK(weeg_mixture_tail(1e-3 * x, &(weeg_mixture){lambda, count, dfs[d]}, &p, NULL));
        if (expected < 1e-300) {
          CHECK(p <= 1.01e-300);
        } else if (!CHECK_CLOSE(p, expected, tolerance)) {
          printf("  x = %g, %d weights, df = %g\n", x, count, dfs[d]);
        }
      }
    }
  }
}

/* Two pairs of equal weights have an elementary tail: (a exp(-x/2a) - b exp(-x/2b))/(a - b). */
static void test_pairs(void) {
  for (double b = 1e-9; b < 0.95; b = b * 2.7) {
    for (double x = 1e-3; x < 1300; x *= 2.1) {
      const double lambda[] = {1, b, 1, b};
      double p = -1;
      const double expected = (exp(-x / 2) - b * exp(-x / (2 * b))) / (1 - b);
      CHECK_OK(weeg_mixture_tail(x, &(weeg_mixture){lambda, 4, INFINITY}, &p, NULL));
      CHECK_CLOSE(p, expected, tolerance);
    }
  }
}

/*
 * The approximation is exact to a tenth here, continuous where
 * it changes to its limit at the mean, and decreases.
 */
static void test_saddlepoint(void) {
  const double lambda[] = {3, 1.5, 1, 0.2};
  double before = 1, p = -1, exact = -1;
  for (double x = 0.2; x < 120; x *= 1.07) {
    CHECK_OK(weeg_mixture_saddlepoint(x, &(weeg_mixture){lambda, 4, 23.5}, &p, NULL));
    CHECK_OK(weeg_mixture_tail(x, &(weeg_mixture){lambda, 4, 23.5}, &exact, NULL));
    CHECK_CLOSE(p, exact, 0.1);
    CHECK(p < before);
    before = p;
  }
  double at_mean, near;
  CHECK_OK(weeg_mixture_saddlepoint(5.7, &(weeg_mixture){lambda, 4, INFINITY}, &at_mean, NULL));
  for (double away = 1e-9; away < 1e-4; away *= 1.7) {
    CHECK_OK(weeg_mixture_saddlepoint(5.7 + away, &(weeg_mixture){lambda, 4, INFINITY}, &near, NULL));
    CHECK(near < at_mean + 1e-9 && near > at_mean - 0.2 * away - 1e-6);
  }
}

static void test_arguments(void) {
  const double good[] = {1, 0, 2}, negative[] = {1, -0.5}, none[] = {0, 0}, nan[] = {NAN}, infinite[] = {1, INFINITY};
  double p = -1, q = -1;
  CHECK_OK(weeg_mixture_tail(0, &(weeg_mixture){good, 3, INFINITY}, &p, NULL));
  CHECK(p == 1);
  CHECK_OK(weeg_mixture_tail(-1, &(weeg_mixture){good, 3, 5}, &p, NULL));
  CHECK(p == 1);
  CHECK_OK(weeg_mixture_tail(INFINITY, &(weeg_mixture){good, 3, 5}, &p, NULL));
  CHECK(p == 0);
  CHECK_OK(weeg_mixture_saddlepoint(0, &(weeg_mixture){good, 3, 5}, &p, NULL));
  CHECK(p == 1);
  CHECK_OK(weeg_mixture_tail(3, &(weeg_mixture){good, 3, 5}, &p, NULL)); /* a weight of 0 has no part in it */
  CHECK_OK(weeg_mixture_tail(3, &(weeg_mixture){(double[]){1, 2}, 2, 5}, &q, NULL));
  CHECK(p == q);
  CHECK_STATUS(weeg_mixture_tail(1, &(weeg_mixture){negative, 2, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_tail(1, &(weeg_mixture){none, 2, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_tail(1, &(weeg_mixture){nan, 1, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_tail(1, &(weeg_mixture){infinite, 2, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_tail(1, &(weeg_mixture){good, 0, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_tail(NAN, &(weeg_mixture){good, 3, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_tail(1, &(weeg_mixture){good, 3, 0}, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_mixture_saddlepoint(1, &(weeg_mixture){negative, 2, 5}, &p, NULL), WEEG_ERR_ARGUMENT);
}

int main(void) {
  test_reference();
  test_closed_forms();
  test_pairs();
  test_saddlepoint();
  test_arguments();
  return test_report("mixture");
}
