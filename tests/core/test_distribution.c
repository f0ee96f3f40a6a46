/*
 * Distributions against reference values of high precision, identities, and wrong arguments.
 *
 * The tolerances are the promise of weeg.h, 1e-12. Reference files hold tails down to 1e-300.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/student.h"
#include "test.h"

static const double tolerance = 1e-12;

enum { MAX_FIELDS = 6 };

/* ---- reference files ---- */

typedef struct table {
  FILE *file;
  int fields, rows;
  double worst, at[MAX_FIELDS];
} table;

static table open_table(const char *name, int fields) {
  table t = {test_open_reference(name), fields, 0, 0.0, {0}};
  char header[256];
  if (t.file != NULL) CHECK(fgets(header, sizeof header, t.file) != NULL);
  return t;
}

static bool next_row(table *t, double *row) {
  char line[512];
  if (t->file == NULL || fgets(line, sizeof line, t->file) == NULL) return false;
  char *place = line;
  for (int i = 0; i < t->fields; i++) {
    char *end;
    row[i] = strtod(place, &end);
    if (!CHECK(end != place && *end == (i + 1 < t->fields ? ',' : '\n'))) return false;
    place = end + 1;
  }
  t->rows++;
  return true;
}

static void check_row(table *t, const double *row, double actual, double expected, double allowed, int line) {
  double error = test_error(actual, expected);
  if (error > t->worst) {
    t->worst = error;
    memcpy(t->at, row, sizeof t->at);
  }
  if (test_count(error <= allowed))
    printf("%s:%d: failed at (%.17g, %.17g, %.17g): %.17g, expected %.17g (error %.3g)\n", __FILE__, line, row[0],
           row[1], row[2], actual, expected, error);
}

static void close_table(table *t, const char *name, int at_least) {
  if (t->file == NULL) return;
  fclose(t->file);
  CHECK(t->rows >= at_least);
  if (getenv("WEEG_TEST_VERBOSE") != NULL)
    printf("%-16s %5d rows, largest error %.2e at %.17g, %.17g, %.17g\n", name, t->rows, t->worst, t->at[0], t->at[1],
           t->at[2]);
}

static void test_normal(void) {
  table t = open_table("normal_quantile.csv", 2);
  double row[MAX_FIELDS] = {0}, x;
  while (next_row(&t, row)) {
    CHECK_OK(weeg_normal_quantile(row[0], &x, NULL));
    check_row(&t, row, x, row[1], 4e-15, __LINE__);
  }
  close_table(&t, "normal quantile", 30);
}

static void test_t(void) {
  table t = open_table("t_tail.csv", 3);
  double row[MAX_FIELDS] = {0}, value;
  while (next_row(&t, row)) {
    CHECK_OK(weeg_t_tail(row[0], row[1], &value, NULL));
    check_row(&t, row, value, row[2], tolerance, __LINE__);
    CHECK_OK(weeg_t_tail(-row[0], row[1], &value, NULL));
    check_row(&t, row, value, row[2], tolerance, __LINE__);
  }
  close_table(&t, "t tail", 500);

  t = open_table("t_quantile.csv", 3);
  while (next_row(&t, row)) {
    CHECK_OK(weeg_t_quantile(row[0], row[1], &value, NULL));
    check_row(&t, row, value, row[2], tolerance, __LINE__);
  }
  close_table(&t, "t quantile", 150);
}

/* Tails and quantiles of degrees of freedom that many figures share: those before do not change any. */
static void test_students(void) {
  static students known;
  double row[MAX_FIELDS] = {0}, value, again;
  for (int round = 0; round < 2; round++) {
    table t = open_table("t_tail.csv", 3);
    while (next_row(&t, row)) {
      if (row[1] < 1 || row[1] > 1e15 || row[1] != floor(row[1])) continue;
      CHECK_OK(weeg_i_student_tail(&known, round == 0 ? row[0] : -row[0], (int64_t)row[1], &value, NULL));
      check_row(&t, row, value, row[2], row[0] < 6 ? 1e-14 : tolerance, __LINE__);
      students fresh = {0};
      CHECK_OK(weeg_i_student_tail(&fresh, row[0], (int64_t)row[1], &again, NULL));
      CHECK(value == again);
    }
    close_table(&t, "shared t tail", 500);
  }
  for (int64_t df = 1; df < 200; df += 3) {
    for (int k = 0; k < 5; k++) { /* more probabilities than are kept */
      const double p = k % 2 == 0 ? 0.02 * (k + 1) : 0.975;
      CHECK_OK(weeg_t_quantile(p, (double)df, &value, NULL));
      CHECK_OK(weeg_i_student_quantile(&known, p, df, &again, NULL));
      CHECK(value == again);
      CHECK_OK(weeg_i_student_quantile(&known, p, df, &again, NULL));
      CHECK(value == again);
    }
  }
  CHECK_OK(weeg_i_student_quantile(NULL, 0.975, 7, &again, NULL));
  CHECK_OK(weeg_t_quantile(0.975, 7, &value, NULL));
  CHECK(value == again);
  weeg_error err = {0};
  CHECK_STATUS(weeg_i_student_quantile(&known, 1, 7, &value, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_i_student_tail(&known, NAN, 7, &value, &err), WEEG_ERR_ARGUMENT);
}

static void test_chisq(void) {
  table t = open_table("chisq_tail.csv", 3);
  double row[MAX_FIELDS] = {0}, p;
  while (next_row(&t, row)) {
    CHECK_OK(weeg_chisq_tail(row[0], row[1], &p, NULL));
    check_row(&t, row, p, row[2], tolerance, __LINE__);
  }
  close_table(&t, "chi-squared tail", 200);
}

static void test_f(void) {
  table t = open_table("f_tail.csv", 4);
  double row[MAX_FIELDS] = {0}, p;
  while (next_row(&t, row)) {
    CHECK_OK(weeg_f_tail(row[0], row[1], row[2], &p, NULL));
    check_row(&t, row, p, row[3], tolerance, __LINE__);
  }
  close_table(&t, "F tail", 1500);
}

static void test_beta(void) {
  table t = open_table("beta_cdf.csv", 5);
  double row[MAX_FIELDS] = {0}, lower, upper, x;
  while (next_row(&t, row)) {
    CHECK_OK(weeg_beta_cdf(row[0], row[1], row[2], &lower, &upper, NULL));
    /* a 0 in the file is a tail below 1e-300, of which no digit is promised */
    if (row[3] > 0.0) check_row(&t, row, lower, row[3], tolerance, __LINE__);
    else CHECK(lower <= 1e-300);
    if (row[4] > 0.0) check_row(&t, row, upper, row[4], tolerance, __LINE__);
    else if (!CHECK(upper <= 1.0001e-300)) printf("  %.17g %.17g %.17g: %.17g\n", row[0], row[1], row[2], upper);
  }
  close_table(&t, "beta cdf", 1500);

  t = open_table("beta_quantile.csv", 4);
  while (next_row(&t, row)) {
    CHECK_OK(weeg_beta_quantile(row[0], row[1], row[2], &x, NULL));
    check_row(&t, row, x, row[3], tolerance, __LINE__);
  }
  close_table(&t, "beta quantile", 400);
}

/* ---- identities, far beyond the reference points ---- */

static const double levels[] = {1e-300, 1e-100, 1e-30, 1e-9, 1e-4, 0.005, 0.025, 0.05, 0.2, 0.45, 0.4999999};
enum { LEVELS = sizeof levels / sizeof *levels };

static void test_t_round_trip(void) {
  static const double sizes[] = {1.0,  1.01, 2.0,   2.5, 4.0,   9.0, 17.3, 31.0,
                                 78.9, 80.1, 250.0, 4e3, 7.7e5, 1e9, 1e14, INFINITY};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    double before = -INFINITY;
    for (int k = 0; k < LEVELS; k++) {
      double t, p, upper;
      CHECK_OK(weeg_t_quantile(levels[k], sizes[i], &t, NULL));
      CHECK(t > before && t < 0.0);
      before = t;
      CHECK_OK(weeg_t_tail(t, sizes[i], &p, NULL));
      CHECK_CLOSE(0.5 * p, levels[k], 2e-12);
      if (levels[k] > 1e-12) {
        CHECK_OK(weeg_t_quantile(1.0 - levels[k], sizes[i], &upper, NULL));
        CHECK_CLOSE(upper, -t, levels[k] > 0.4 ? 1e-9 : 1e-15 / levels[k] + 1e-14); /* rounding of 1 - p */
      }
    }
    double zero;
    CHECK_OK(weeg_t_quantile(0.5, sizes[i], &zero, NULL));
    CHECK(zero == 0.0);
  }
}

/* Checks that the first probability is not above the second, by the smaller tail; an upper of 0 is not looked at. */
static void check_order(double lower1, double upper1, double lower2, double upper2, int line) {
  double excess = upper1 > 0.0 && upper2 > 0.0 && lower1 > 0.5 ? upper2 / upper1 - 1.0 : lower1 / lower2 - 1.0;
  if (test_count(excess <= 1e-12))
    printf("%s:%d: failed: %.17g is above %.17g by %.3g\n", __FILE__, line, lower1, lower2, excess);
}

static void test_beta_round_trip(void) {
  static const double sizes[] = {1e-3, 0.02, 0.3, 1.0, 1.7, 5.5, 20.0, 39.9, 40.1, 75.0, 333.3, 1e4, 2.5e5, 1e7, 1e9};
  enum { SIZES = sizeof sizes / sizeof *sizes };
  for (int i = 0; i < SIZES; i++)
    for (int j = 0; j < SIZES; j++) {
      double a = sizes[i], b = sizes[j], before = 0.0;
      for (int k = 0; k < 2 * LEVELS; k++) {
        double p = k < LEVELS ? levels[k] : 1.0 - levels[2 * LEVELS - 1 - k], x, lower, upper;
        CHECK_OK(weeg_beta_quantile(p, a, b, &x, NULL));
        CHECK(x >= before && x <= 1.0);
        before = x;
        if (x < 1e-300 || x > 1.0 - 1e-15) continue; /* rounded to 0 or 1: nothing to go back from */
        /* p lies between the tails a few units in the last place below and above x */
        double apart = x * 1e-15;
        CHECK_OK(weeg_beta_cdf(x - apart, a, b, &lower, &upper, NULL));
        check_order(lower, upper, p, 1.0 - p, __LINE__); /* 1 - p is exact where it is used */
        CHECK_OK(weeg_beta_cdf(fmin(x + apart, 1.0), a, b, &lower, &upper, NULL));
        check_order(p, 1.0 - p, lower, upper, __LINE__);
      }
    }
}

static void test_same_value(void) {
  /* one quantity by several routes: t^2 ~ F(1, df), F(d, Inf) = chi-squared(d)/d, beta tails swap with its shapes */
  static const double sizes[] = {0.5, 1.0, 3.7, 81.0, 1e3, 1e6};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (double t = 0.125; t < 40.0; t *= 2.0) {
      double p, q, lower, upper, swapped_lower, swapped_upper;
      CHECK_OK(weeg_t_tail(t, sizes[i], &p, NULL));
      CHECK_OK(weeg_f_tail(t * t, 1.0, sizes[i], &q, NULL));
      CHECK_CLOSE(p, q, 1e-13);
      CHECK_OK(weeg_f_tail(t, sizes[i], INFINITY, &p, NULL));
      CHECK_OK(weeg_chisq_tail(t * sizes[i], sizes[i], &q, NULL));
      if (q > 1e-300) CHECK_CLOSE(p, q, 1e-11);
      CHECK_OK(weeg_beta_cdf(t / 64.0, sizes[i], 2.5, &lower, &upper, NULL));
      CHECK_OK(weeg_beta_cdf(1.0 - t / 64.0, 2.5, sizes[i], &swapped_lower, &swapped_upper, NULL));
      if (lower > 1e-300) CHECK_CLOSE(lower, swapped_upper, 1e-13);
      if (upper > 1e-300) CHECK_CLOSE(upper, swapped_lower, 1e-13);
      CHECK_CLOSE(lower + upper, 1.0, 1e-15);
    }
}

static void test_monotone(void) {
  /* the seams between series, fraction and quadrature do not show */
  for (double shape = 39.0; shape < 41.5; shape += 0.5) {
    double before = 1.0;
    for (double x = 0.0; x <= 1.0; x += 1.0 / 512) {
      double lower, upper;
      CHECK_OK(weeg_beta_cdf(x, shape, 40.0, &lower, &upper, NULL));
      CHECK(upper <= before);
      before = upper;
    }
    before = 1.0;
    for (double x = 0.0; x <= 300.0; x += 0.25) {
      double p;
      CHECK_OK(weeg_chisq_tail(x, 2.0 * shape, &p, NULL));
      CHECK(p <= before);
      before = p;
    }
  }
}

static void test_edges(void) {
  double p, lower, upper;
  CHECK_OK(weeg_t_tail(0.0, 3.0, &p, NULL));
  CHECK(p == 1.0);
  CHECK_OK(weeg_t_tail(INFINITY, 3.0, &p, NULL));
  CHECK(p == 0.0);
  CHECK_OK(weeg_t_tail(-INFINITY, INFINITY, &p, NULL));
  CHECK(p == 0.0);
  CHECK_OK(weeg_t_tail(1e300, 1.0, &p, NULL));
  CHECK_CLOSE(p, 6.3661977236758134e-301, 1e-12); /* 2/(pi t) */
  CHECK_OK(weeg_t_tail(1e-300, 1.0, &p, NULL));
  CHECK(p == 1.0);
  CHECK_OK(weeg_chisq_tail(0.0, 2.0, &p, NULL));
  CHECK(p == 1.0);
  CHECK_OK(weeg_chisq_tail(INFINITY, 2.0, &p, NULL));
  CHECK(p == 0.0);
  CHECK_OK(weeg_chisq_tail(1e6, 2.0, &p, NULL));
  CHECK(p == 0.0);
  CHECK_OK(weeg_f_tail(0.0, 2.0, 3.0, &p, NULL));
  CHECK(p == 1.0);
  CHECK_OK(weeg_f_tail(INFINITY, 2.0, INFINITY, &p, NULL));
  CHECK(p == 0.0);
  CHECK_OK(weeg_f_tail(1e308, 1e9, 2.0, &p, NULL));
  CHECK(p >= 0.0 && p < 1e-300);
  CHECK_OK(weeg_beta_cdf(0.0, 2.0, 3.0, &lower, &upper, NULL));
  CHECK(lower == 0.0 && upper == 1.0);
  CHECK_OK(weeg_beta_cdf(1.0, 2.0, 3.0, &lower, &upper, NULL));
  CHECK(lower == 1.0 && upper == 0.0);
  CHECK_OK(weeg_beta_quantile(0.0, 2.0, 3.0, &p, NULL));
  CHECK(p == 0.0);
  CHECK_OK(weeg_beta_quantile(1.0, 2.0, 3.0, &p, NULL));
  CHECK(p == 1.0);
  CHECK_OK(weeg_beta_quantile(1e-300, 1e-3, 1.0, &p, NULL)); /* 1e-300000 */
  CHECK(p == 0.0);
  CHECK_OK(weeg_beta_quantile(0.5, 1.0, 1e-3, &p, NULL)); /* 1 - 2^-1000 */
  CHECK(p == 1.0);
  CHECK_STATUS(weeg_t_quantile(1e-300, 1e-3, &p, NULL), WEEG_ERR_NUMERIC); /* 1e300000 */
}

/* ---- arguments ---- */

static void test_arguments(void) {
  static const double not_shapes[] = {0.0, -1.0, -INFINITY, NAN};
  weeg_error err = {0};
  double p = 7.0, q = 7.0;
  for (size_t i = 0; i < sizeof not_shapes / sizeof *not_shapes; i++) {
    double bad = not_shapes[i];
    CHECK_STATUS(weeg_t_tail(1.0, bad, &p, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 1 && strncmp(err.message, "df is ", 6) == 0);
    CHECK_STATUS(weeg_t_quantile(0.1, bad, &p, &err), WEEG_ERR_ARGUMENT);
    err.where = -1;
    CHECK_STATUS(weeg_chisq_tail(1.0, bad, &p, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 1);
    CHECK_STATUS(weeg_f_tail(1.0, bad, 1.0, &p, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 1);
    CHECK_STATUS(weeg_f_tail(1.0, 1.0, bad, &p, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 2);
    CHECK_STATUS(weeg_beta_cdf(0.5, bad, 1.0, &p, &q, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_beta_cdf(0.5, 1.0, bad, &p, &q, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_beta_quantile(0.5, bad, 1.0, &p, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_beta_quantile(0.5, 1.0, bad, &p, &err), WEEG_ERR_ARGUMENT);
  }
  CHECK_STATUS(weeg_chisq_tail(1.0, INFINITY, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_f_tail(1.0, INFINITY, 1.0, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_beta_cdf(0.5, INFINITY, 1.0, &p, &q, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_beta_quantile(0.5, 1.0, INFINITY, &p, NULL), WEEG_ERR_ARGUMENT);

  static const double not_open[] = {0.0, 1.0, -0.5, 1.5, NAN, INFINITY};
  for (size_t i = 0; i < sizeof not_open / sizeof *not_open; i++) {
    double bad = not_open[i];
    CHECK_STATUS(weeg_normal_quantile(bad, &p, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 0);
    CHECK_STATUS(weeg_t_quantile(bad, 5.0, &p, NULL), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_t_quantile(bad, INFINITY, &p, NULL), WEEG_ERR_ARGUMENT);
    if (i < 2) continue;
    CHECK_STATUS(weeg_beta_cdf(bad, 1.0, 1.0, &p, &q, NULL), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_beta_quantile(bad, 1.0, 1.0, &p, NULL), WEEG_ERR_ARGUMENT);
  }
  CHECK_STATUS(weeg_t_tail(NAN, 5.0, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_chisq_tail(-1e-9, 5.0, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_chisq_tail(NAN, 5.0, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_f_tail(-1e-9, 5.0, 5.0, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_f_tail(NAN, 5.0, 5.0, &p, NULL), WEEG_ERR_ARGUMENT);
  CHECK(p == 7.0 && q == 7.0); /* nothing is written on failure */
}

/* Probabilities and shapes that are none: the argument is named by its place. */
static void test_refused(void) {
  static const double none[] = {-0.1, 1.1, NAN}, shapes[] = {0, -1, NAN, 1e51, INFINITY};
  double x = -7;
  weeg_error err = {0};
  for (int k = 0; k < 3; k++) {
    CHECK_STATUS(weeg_beta_quantile(none[k], 2, 3, &x, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 0);
  }
  for (int k = 0; k < 5; k++) {
    CHECK_STATUS(weeg_beta_quantile(0.5, shapes[k], 3, &x, &err), WEEG_ERR_ARGUMENT);
    CHECK_STATUS(weeg_beta_quantile(0.5, 2, shapes[k], &x, &err), WEEG_ERR_ARGUMENT);
  }
  CHECK(x == -7);
}

int main(void) {
  test_normal();
  test_t();
  test_students();
  test_chisq();
  test_f();
  test_beta();
  test_t_round_trip();
  test_beta_round_trip();
  test_same_value();
  test_monotone();
  test_edges();
  test_arguments();
  test_refused();
  return test_report("distribution");
}
