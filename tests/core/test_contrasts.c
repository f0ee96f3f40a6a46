/*
 * Contrasts of groups: differences are those of pairs, the trend is that of its formula, and what is refused.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <float.h>

#include "sample.h"

enum { GROUPS = 4, LEVELS = 2, ROWS = 60, CELLS = (GROUPS + 1) * (LEVELS + 1) };

static int32_t cell_group[CELLS], cell_level[CELLS];
static sample s;
static weeg_survey survey;

/* Group 3 of 4 has no rows. */
static void make_sample(void) {
  static const int32_t groups[] = {1, 2, 4};
  int32_t group[ROWS], level[ROWS], psu[ROWS], one[ROWS];
  double w[ROWS];
  for (int i = 0; i < ROWS; i++) {
    group[i] = groups[i * 7 % 3];
    level[i] = i % 13 == 0 ? 0 : 1 + (i * 5 + i / 7) % 3 % 2;
    psu[i] = 1 + i / 4;
    one[i] = 1;
    w[i] = 1 + i % 5;
  }
  const weeg_column columns[] = {sample_column(group, GROUPS), sample_column(level, LEVELS)};
  sample_make(&s, ROWS, one, 1, psu, ROWS / 4, columns, 2, w);
  survey = (weeg_survey){s.tally, &s.design};
  for (int c = 0; c < CELLS; c++) {
    cell_group[c] = c / (LEVELS + 1) < GROUPS ? c / (LEVELS + 1) : -1;
    cell_level[c] = c % (LEVELS + 1) < LEVELS ? c % (LEVELS + 1) : -1;
  }
}

static const weeg_places places = {cell_group, GROUPS, cell_level, LEVELS, NULL, 0};

static void same(const weeg_contrast *a, const weeg_contrast *b, double times) {
  CHECK_CLOSE(a->estimate, times * b->estimate, 1e-13);
  CHECK_CLOSE(a->std_error, times * b->std_error, 1e-13);
  CHECK_CLOSE(a->low, times * b->low, 1e-13);
  CHECK_CLOSE(a->p_value, b->p_value, 1e-12);
  CHECK(a->df == b->df && a->reason == b->reason);
}

static void test_differences(void) {
  static const int64_t start[] = {0, 1, 2, 3, 4};
  static const int32_t group[] = {0, 1, 2, 3}, first[] = {0, 3, 1}, second[] = {1, 0, 2};
  static const double coef[] = {1, -1, 0, 0, -2, 0, 0, 2, 0, 1, -1, 0};
  const weeg_sets sets = {&places, GROUPS, start, group};
  const weeg_measure measure = WEEG_DIFFERENCE;
  const weeg_comparison pairs = {.first = first, .second = second, .pairs = 3, .measure = &measure, .measures = 1, .level = 0.9};
  const weeg_coefficients what = {.contrasts = 3, .coef = coef, .level = 0.9};
  weeg_contrast got[3 * LEVELS], want[3 * LEVELS];
  int64_t n[3], in_group[GROUPS];
  double p[GROUPS * LEVELS];
  CHECK_OK(weeg_compare_sets(&survey, &sets, &pairs, want, NULL));
  CHECK_OK(weeg_set_proportions(&survey, &sets, in_group, p, NULL));
  CHECK_OK(weeg_compare_contrasts(&survey, &places, &what, n, got, NULL));
  for (int k = 0; k < LEVELS; k++) {
    same(&got[k], &want[k], 1);
    same(&got[LEVELS + k], &want[LEVELS + k], 2);
    CHECK(isnan(got[2 * LEVELS + k].estimate) && got[2 * LEVELS + k].reason == WEEG_REASON_EMPTY);
  }
  CHECK(n[0] == in_group[0] + in_group[1] && n[1] == in_group[0] + in_group[3] && n[2] == in_group[1]);
}

/* Scores 2, 4, 8 of the groups with rows: their mean is 14/3, the sum of squared deviations 56/3. That of group 3 is not used. */
static void test_trend(void) {
  static const double score[] = {2, 4, 1e200, 8}, slope[] = {-8. / 56, -2. / 56, 0, 10. / 56}, unit[] = {-1, 0, 0, 1};
  weeg_coefficients what = {.contrasts = 1, .score = score, .level = 0.95};
  weeg_contrast got[LEVELS], want[LEVELS];
  int64_t n, all;
  CHECK_OK(weeg_compare_contrasts(&survey, &places, &what, &n, got, NULL));
  what.coef = slope;
  CHECK_OK(weeg_compare_contrasts(&survey, &places, &what, &all, want, NULL));
  for (int k = 0; k < LEVELS; k++) same(&got[k], &want[k], 1);
  CHECK(n == all);
  /* the same line, far from 0: -1, 0 and 1 over 2 */
  what = (weeg_coefficients){.contrasts = 1, .score = (const double[]){1e15 - 1, 1e15, NAN, 1e15 + 1}, .level = 0.95};
  CHECK_OK(weeg_compare_contrasts(&survey, &places, &what, &n, got, NULL));
  what.coef = unit;
  CHECK_OK(weeg_compare_contrasts(&survey, &places, &what, &all, want, NULL));
  for (int k = 0; k < LEVELS; k++) same(&got[k], &want[k], 0.5);
  CHECK(n == all); /* the group in the middle has coefficient 0 */
}

static void test_refused(void) {
  const double infinite[] = {2, 1, 4, INFINITY}, huge[] = {1e200, 2, 3, -1e200}, equal[] = {3, 3, 3, 3};
  const double tiny[] = {1e-150, 2e-150, 3e-150, 4e-150}, wide[] = {1e150, 2, 3, 4};
  const double bad[][2 * GROUPS] = {{1, -1, 0, 0, 0, 0, 0, 0}, {1, -1, 0, 0, 1, 1, 1, 1}, {1, -1, 0, 0, 1, NAN, -1, 0},
                                    {1, -1, 0, 0, 1, -1 + 1e-7, 0, 0}, {1, -1, 0, 0, 1e-160, -1e-160, 0, 0},
                                    {1, -1, 0, 0, 1e160, -1e160, 0, 0}, {1, -1, 0, 0, DBL_MAX, -DBL_MAX, 0, 0}};
  const double fine[] = {1e9, -1e9 + 1, 0, 0}, *const scores[] = {infinite, huge, equal, tiny, wide};
  weeg_contrast got[2 * LEVELS];
  weeg_error err = {0};
  int64_t n[2];
  for (int i = 0; i < 7; i++) {
    const weeg_coefficients what = {.contrasts = 2, .coef = bad[i], .level = 0.95};
    CHECK_STATUS(weeg_compare_contrasts(&survey, &places, &what, n, got, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == 1);
  }
  for (int i = 0; i < 5; i++) {
    const weeg_coefficients what = {.contrasts = 1, .score = scores[i], .level = 0.95};
    CHECK_STATUS(weeg_compare_contrasts(&survey, &places, &what, n, got, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == -1);
  }
  const weeg_coefficients what = {.contrasts = 1, .coef = fine, .level = 0.95}, trend = {.score = equal, .level = 0.95};
  CHECK_OK(weeg_compare_contrasts(&survey, &places, &what, n, got, &err));
  int32_t one[CELLS];
  for (int c = 0; c < CELLS; c++) one[c] = cell_group[c] == 0 ? 0 : -1;
  const weeg_places alone = {one, GROUPS, cell_level, LEVELS, NULL, 0}, outside = {cell_group, 2, cell_level, LEVELS, NULL, 0};
  CHECK_STATUS(weeg_compare_contrasts(&survey, &alone, &trend, n, got, &err), WEEG_ERR_ARGUMENT);
  CHECK(err.where == -1);
  CHECK_STATUS(weeg_compare_contrasts(&survey, &outside, &trend, n, got, &err), WEEG_ERR_ARGUMENT);
}

int main(void) {
  make_sample();
  test_differences();
  test_trend();
  test_refused();
  weeg_tally_free(s.tally);
  return test_report("contrasts");
}
