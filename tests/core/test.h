/*
 * The test programs' assertions. Each tests/core/test_X.c is one program:
 *
 *     #include "test.h"
 *     int main(void) {
 *       CHECK(1 + 1 == 2);
 *       CHECK_CLOSE(sqrt(2.0), 1.4142135623730951, 1e-15);
 *       CHECK_STATUS(weeg_t_tail(1.0, -1.0, &p, NULL), WEEG_ERR_ARGUMENT);
 *       return test_report("X");
 *     }
 *
 * Failures are printed with file and line; a failed check does not stop the program. test_report prints one line
 * "X: N passed, N failed" and gives the exit status.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_H
#define WEEG_TEST_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weeg.h"

#ifndef WEEG_TEST_REFERENCE
#define WEEG_TEST_REFERENCE "tests/reference"
#endif

#if defined(__GNUC__)
#define TEST_UNUSED __attribute__((unused))
#else
#define TEST_UNUSED
#endif

/* Arguments of the core's verbs: a table, what is filled, how it is tested. */
#define TABLE(g, gs, a, as) (&(weeg_places){.group = (g), .groups = (gs), .answer = (a), .answers = (as)})
#define LAYERED(g, gs, a, as, l, ls) (&(weeg_places){(g), (gs), (a), (as), (l), (ls)})
#define ANSWERS_OF(a, as) (&(weeg_places){.answer = (a), .answers = (as)})
#define INTO(...) (&(weeg_estimates){__VA_ARGS__})
#define ROWS_OF(columns_, count_, unit_, element_, weights_, max_, domain_, rows_)                                        \
  (&(weeg_rows){.rows = (rows_), .columns = (columns_), .count = (count_), .unit = (unit_), .element = (element_),         \
                .weights = (weights_), .max_weight = (max_), .domain = (domain_)})
#define PART(t, units, cells) (&(weeg_summand){.tally = (t), .unit = (units), .cell = (cells)})
#define TWO(...) (&(weeg_two_proportions){__VA_ARGS__})
#define BY(...) (&(weeg_test_choice){__VA_ARGS__})

static long test_passed = 0;
static long test_failed = 0;

enum { TEST_MAX_SHOWN = 50 };

/* Counts a check; returns whether a failure should be shown. */
static bool test_count(bool ok) {
  if (ok) {
    test_passed++;
    return false;
  }
  test_failed++;
  if (test_failed == TEST_MAX_SHOWN + 1) printf("(more failures are counted but not shown)\n");
  return test_failed <= TEST_MAX_SHOWN;
}

TEST_UNUSED static bool test_check(bool ok, const char *file, int line, const char *text) {
  if (test_count(ok)) printf("%s:%d: failed: %s\n", file, line, text);
  return ok;
}

/* Relative error; absolute where the expected value is 0. NaN is close to NaN, an infinity to itself. */
TEST_UNUSED static double test_error(double actual, double expected) {
  if (isnan(actual) && isnan(expected)) return 0.0;
  if (isnan(actual) || isnan(expected)) return HUGE_VAL;
  if (isinf(actual) || isinf(expected))
    return (actual < 0.0) == (expected < 0.0) && isinf(actual) && isinf(expected) ? 0.0 : HUGE_VAL;
  double difference = fabs(actual - expected);
  return expected == 0.0 ? difference : difference / fabs(expected);
}

TEST_UNUSED static bool test_close(double actual, double expected, double tolerance, const char *file, int line,
                                   const char *text) {
  double error = test_error(actual, expected);
  if (test_count(error <= tolerance))
    printf("%s:%d: failed: %s is %.17g, expected %.17g (error %.3g > %.3g)\n", file, line, text, actual, expected,
           error, tolerance);
  return error <= tolerance;
}

TEST_UNUSED static bool test_status(weeg_status actual, weeg_status expected, const char *file, int line,
                                    const char *text) {
  if (test_count(actual == expected))
    printf("%s:%d: failed: %s is %d, expected %d\n", file, line, text, (int)actual, (int)expected);
  return actual == expected;
}

TEST_UNUSED static bool test_text(const char *actual, const char *expected, const char *file, int line,
                                  const char *text) {
  bool ok = actual != NULL && strcmp(actual, expected) == 0;
  if (test_count(ok))
    printf("%s:%d: failed: %s is \"%s\", expected \"%s\"\n", file, line, text, actual == NULL ? "(null)" : actual,
           expected);
  return ok;
}

#define CHECK(condition) test_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_CLOSE(actual, expected, tolerance)                                                                       \
  test_close((actual), (expected), (tolerance), __FILE__, __LINE__, #actual)
#define CHECK_STATUS(call, status) test_status((call), (status), __FILE__, __LINE__, #call)
#define CHECK_OK(call) CHECK_STATUS(call, WEEG_OK)
#define CHECK_TEXT(actual, expected) test_text((actual), (expected), __FILE__, __LINE__, #actual)

/* Opens a file of reference values, in the directory that the environment or else the compile-time macro names. */
TEST_UNUSED static FILE *test_open_reference(const char *name) {
  const char *folder = getenv("WEEG_TEST_REFERENCE");
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : WEEG_TEST_REFERENCE, name);
  FILE *file = fopen(path, "r");
  if (file == NULL && test_count(false)) printf("cannot open %s\n", path);
  return file;
}

TEST_UNUSED static int test_report(const char *name) {
  printf("%s: %ld passed, %ld failed\n", name, test_passed, test_failed);
  return test_failed == 0 && test_passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
