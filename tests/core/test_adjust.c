/*
 * weeg_adjust_p against R's p.adjust: equal to the last bit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

static const struct {
  const char *name;
  weeg_adjustment method;
} methods[] = {{"none", WEEG_ADJUST_NONE},
               {"holm", WEEG_ADJUST_HOLM},
               {"hochberg", WEEG_ADJUST_HOCHBERG},
               {"BH", WEEG_ADJUST_BH},
               {"bonferroni", WEEG_ADJUST_BONFERRONI}};

enum { MAX_CASE = 100 };

typedef struct batch {
  char name[64], method[64];
  double p[MAX_CASE], expected[MAX_CASE];
  int count;
} batch;

static void check_batch(const batch *b) {
  if (b->count == 0) return;
  for (size_t k = 0; k < sizeof methods / sizeof *methods; k++) {
    if (strcmp(methods[k].name, b->method) != 0) continue;
    double adjusted[MAX_CASE];
    CHECK_OK(weeg_adjust_p(methods[k].method, b->p, b->count, adjusted, NULL));
    for (int i = 0; i < b->count; i++) CHECK_CLOSE(adjusted[i], b->expected[i], 0.0);

    double in_place[MAX_CASE];
    memcpy(in_place, b->p, sizeof in_place);
    CHECK_OK(weeg_adjust_p(methods[k].method, in_place, b->count, in_place, NULL));
    for (int i = 0; i < b->count; i++) CHECK_CLOSE(in_place[i], b->expected[i], 0.0);
    return;
  }
  CHECK(!"a method that the reference names is known");
}

static void test_reference(void) {
  FILE *file = test_open_reference("p_adjust.csv");
  if (file == NULL) return;
  char line[512];
  batch b = {.count = 0};
  int cases = 0;
  CHECK(fgets(line, sizeof line, file) != NULL);
  while (fgets(line, sizeof line, file) != NULL) {
    char name[64], method[64], p[64], expected[64];
    if (!CHECK(sscanf(line, "%63[^,],%63[^,],%63[^,],%63s", name, method, p, expected) == 4)) break;
    if (strcmp(name, b.name) != 0 || strcmp(method, b.method) != 0) {
      check_batch(&b);
      cases++;
      b.count = 0;
      strcpy(b.name, name);
      strcpy(b.method, method);
    }
    if (!CHECK(b.count < MAX_CASE)) break;
    b.p[b.count] = strtod(p, NULL);
    b.expected[b.count++] = strtod(expected, NULL);
  }
  check_batch(&b);
  CHECK(cases == 40);
  fclose(file);
}

static void test_arguments(void) {
  weeg_error err = {0};
  double p[3] = {0.1, 1.5, 0.2}, out[3] = {7, 7, 7};
  for (int method = WEEG_ADJUST_NONE; method <= WEEG_ADJUST_BONFERRONI; method++) {
    CHECK_STATUS(weeg_adjust_p((weeg_adjustment)method, p, 3, out, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.code == WEEG_ERR_ARGUMENT && err.where == 1 && strstr(err.message, "1.5") != NULL);
    CHECK(out[0] == 7 && out[2] == 7);
    CHECK_OK(weeg_adjust_p((weeg_adjustment)method, NULL, 0, NULL, &err));
  }
  p[1] = -1e-9;
  CHECK_STATUS(weeg_adjust_p(WEEG_ADJUST_BH, p, 3, out, NULL), WEEG_ERR_ARGUMENT);
  p[1] = INFINITY;
  CHECK_STATUS(weeg_adjust_p(WEEG_ADJUST_BH, p, 3, out, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_adjust_p(WEEG_ADJUST_BH, p, -1, out, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_adjust_p((weeg_adjustment)5, p, 1, out, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_adjust_p((weeg_adjustment)-1, p, 1, out, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_adjust_p(WEEG_ADJUST_HOLM, p, INT64_MAX, out, NULL), WEEG_ERR_TOO_LARGE);
}

/* Two answers of two pairs, one of them again in the other order, three answers of a third, and none of p: five hypotheses. */
static void test_hypotheses(void) {
  enum { TESTS = 11 };
  static const double p[TESTS] = {0.02, 0.02 * (1 + 1e-12), 0.01, 0.01, 0.02, 0.02, 0.3, 0.4, 0.3, NAN, 0.02};
  static const int32_t first[TESTS] = {0, 0, 0, 0, 1, 1, 1, 1, 1, 3, 0}, second[TESTS] = {1, 1, 2, 2, 0, 0, 2, 2, 2, 4, 1};
  static const int32_t answer[TESTS] = {0, 1, 0, 1, 0, 1, 0, 1, 2, 0, 2};
  static const double share1[TESTS] = {.6, .4, .6, .4, .45, .55, .45, .2, .35, .5, .4};
  static const double share2[TESTS] = {.45, .55, .5, .5, .6, .4, .3, .3, .4, .5, .5};
  /* which of p[] each is: 0, 2, 6, 7, 8; and 10, whose shares do not add up to 1 with those of any */
  static const int which[TESTS] = {0, 0, 2, 2, 0, 0, 6, 7, 8, -1, 10};
  static const double distinct[6] = {0.02, 0.01, 0.3, 0.4, 0.3, 0.02};
  static const int place[TESTS] = {0, 0, 1, 1, 0, 0, 2, 3, 4, -1, 5};
  const weeg_hypotheses tests = {TESTS, p, first, second, answer, share1, share2};
  double adjusted[TESTS], want[6];
  int64_t counted = 0;
  weeg_error err = {0};
  for (int method = WEEG_ADJUST_NONE; method <= WEEG_ADJUST_BONFERRONI; method++) {
    CHECK_OK(weeg_adjust_p((weeg_adjustment)method, distinct, 6, want, NULL));
    CHECK_OK(weeg_adjust_hypotheses((weeg_adjustment)method, &tests, adjusted, &counted, NULL));
    CHECK(counted == 6);
    for (int i = 0; i < TESTS; i++) {
      if (which[i] < 0) CHECK(isnan(adjusted[i]));
      else CHECK_CLOSE(adjusted[i], want[place[i]], 1e-11);
    }
  }
  const double too_large[] = {2};
  CHECK_OK(weeg_adjust_hypotheses(WEEG_ADJUST_HOLM, &(weeg_hypotheses){0}, NULL, NULL, NULL));
  CHECK_STATUS(weeg_adjust_hypotheses(WEEG_ADJUST_HOLM, &(weeg_hypotheses){1, too_large, first, second, answer, share1, share2},
                                      adjusted, &counted, &err), WEEG_ERR_ARGUMENT);
}

int main(void) {
  test_hypotheses();
  test_reference();
  test_arguments();
  return test_report("adjust");
}
