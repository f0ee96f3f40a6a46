/*
 * Adjusted proportions of tallies with names against predictive margins of a model whose patterns and columns are written out,
 * and what does not exist.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "frame_sample.h"

#include <math.h>

enum { GROUPS = 2, COVARIATES = 3, CELLS = 36 };
static const weeg_interval_choice wald = {WEEG_INTERVAL_WALD, 0.95};

/* Groups of a, the covariate b, the answer c: b's columns, then a's. */
static void test_margins(bool element) {
  static const int64_t start[] = {0, 0, 1, 2, 3, 5, 7};
  static const int32_t columns[] = {0, 1, 2, 0, 2, 1, 2};
  named_sample s;
  weeg_error err = {0};
  weeg_adjusted *found = NULL;
  weeg_fit fit;
  int32_t pattern[CELLS], level[CELLS], domain[CELLS];
  double estimate[GROUPS], covariance[GROUPS * GROUPS], rows[GROUPS] = {0}, yes[GROUPS] = {0};
  int64_t df = 0;
  named_make(&s, all_rows, NULL, element);
  for (int32_t c = 0; c < CELLS; c++) {
    const int32_t a = c / 12, b = c / 3 % 4, k = c % 3;
    const bool known = a < GROUPS && b < COVARIATES && k < 2;
    pattern[c] = known ? a * COVARIATES + b : -1;
    level[c] = known ? k : -1;
    domain[c] = known ? 0 : -1;
  }
  for (int i = 0; i < ROWS; i++) {
    if (code_of(0, i) == 0 || code_of(1, i) == 0) continue;
    rows[code_of(0, i) - 1] += 1;
    yes[code_of(0, i) - 1] += code_of(2, i) == 2 ? weight_of(i) : 0;
  }
  const weeg_survey survey = {s.frame.tally, &s.frame.design};
  const weeg_model model = {pattern, level, GROUPS * COVARIATES, 3, 2, start, columns};
  CHECK_OK(weeg_predictive_margins(&survey, &model, GROUPS, &(weeg_fitted){estimate, covariance}, &fit, &err));
  CHECK_OK(weeg_design_df(&survey, domain, 1, &df, &err));
  CHECK_OK(weeg_frame_adjust(&s.frame, 1, &wald, &found, &err));
  CHECK(found->groups == GROUPS && found->answers == 2 && found->df == df);
  for (int g = 0; g < GROUPS; g++) {
    const weeg_share *no = &found->shares[2 * g], *one = no + 1;
    CHECK_CLOSE(one->estimate, estimate[g], 1e-12);
    CHECK_CLOSE(no->estimate, 1 - estimate[g], 1e-12);
    CHECK_CLOSE(one->std_error, sqrt(covariance[g * (GROUPS + 1)]), 1e-10);
    CHECK(one->df == df && (double)one->base_n == rows[g] && one->n + no->n == one->base_n && one->reason == WEEG_REASON_NONE);
    CHECK_CLOSE(one->weighted, yes[g], 1e-12);
    for (int h = 0; h < GROUPS; h++) {
      CHECK_CLOSE(found->covariance[GROUPS * GROUPS + g * GROUPS + h], covariance[g * GROUPS + h], 1e-10);
    }
  }
  weeg_adjusted_free(found);
  named_clear(&s);
}

/* The shares of a domain: whether each cell is in it. */
static weeg_adjusted *adjusted_in(const named_sample *s, bool (*inside)(int, int, int)) {
  weeg_error err = {0};
  weeg_frame *part = NULL;
  weeg_adjusted *found = NULL;
  uint8_t use[CELLS];
  for (int c = 0; c < CELLS; c++) use[c] = inside(c / 12, c / 3 % 4, c % 3);
  CHECK_OK(weeg_frame_domain(&s->frame, use, &part, &err));
  CHECK_OK(weeg_frame_adjust(part, 1, &wald, &found, &err));
  weeg_frame_free(part);
  return found;
}

static bool confounded(int a, int b, int c) { return c >= 0 && (a == 0 ? b != 1 : b == 1); }
static bool separated(int a, int b, int c) { return a >= 0 && (b != 1 || c == 1); }
static bool one_group(int a, int b, int c) { return a == 0 && b >= 0 && c >= 0; }
static bool one_answer(int a, int b, int c) { return a >= 0 && b >= 0 && c == 1; }

static void test_none(void) {
  named_sample s;
  weeg_error err = {0};
  weeg_adjusted *found = NULL;
  named_make(&s, all_rows, NULL, false);
  found = adjusted_in(&s, confounded);
  for (int i = 0; i < 4; i++) CHECK(found->shares[i].reason == WEEG_REASON_CONFOUNDED && isnan(found->shares[i].estimate));
  weeg_adjusted_free(found);
  found = adjusted_in(&s, separated);
  for (int i = 0; i < 4; i++) CHECK(found->shares[i].reason == WEEG_REASON_SEPARATED && isnan(found->shares[i].estimate));
  CHECK(isnan(found->covariance[0]));
  weeg_adjusted_free(found);
  found = adjusted_in(&s, one_group);
  CHECK(found->shares[0].reason == WEEG_REASON_NONE && found->shares[0].estimate > 0);
  for (int i = 2; i < 4; i++) CHECK(found->shares[i].reason == WEEG_REASON_EMPTY && found->shares[i].base_n == 0);
  weeg_adjusted_free(found);
  found = adjusted_in(&s, one_answer);
  for (int i = 0; i < 4; i++) CHECK(found->shares[i].estimate == i % 2 && found->covariance[i] == 0);
  weeg_adjusted_free(found);
  found = NULL;
  CHECK_STATUS(weeg_frame_adjust(&s.frame, 0, &wald, &found, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_frame_adjust(&s.frame, 2, &wald, &found, &err), WEEG_ERR_ARGUMENT);
  CHECK(found == NULL);
  named_clear(&s);
}

int main(void) {
  test_margins(false);
  test_margins(true);
  test_none();
  return test_report("adjusted");
}
