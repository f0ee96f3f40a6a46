/*
 * Direct standardisation: random samples against plain loops over rows (oracle.h), and what does not exist.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

#include <math.h>

enum { GROUPS = 3, CATEGORIES = 3, LEVELS = 2, CELLS = 4 * 4 * 3, ALL = GROUPS * LEVELS };
static const double population[] = {20, 50, 30};

static oracle o;
static int32_t cell_group[CELLS], cell_category[CELLS], cell_level[CELLS];
static const weeg_places where = {cell_group, GROUPS, cell_level, LEVELS, cell_category, CATEGORIES};

/* Of each group, at one level: the sum over categories of shares times weighted proportions. */
static void standardised(const oracle *unused, const double *w, const void *level, double *theta) {
  double in[GROUPS][CATEGORIES] = {{0}}, base[GROUPS][CATEGORIES] = {{0}};
  (void)unused;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1, b = o.code[1][i] - 1, k = o.code[2][i] - 1;
    if (g < 0 || b < 0 || k < 0) continue;
    base[g][b] += w[i];
    in[g][b] += k == *(const int *)level ? w[i] : 0;
  }
  for (int g = 0; g < GROUPS; g++) {
    theta[g] = 0;
    for (int b = 0; b < CATEGORIES; b++) theta[g] += population[b] / 100 * in[g][b] / base[g][b];
  }
}

static void draw(int rows, int32_t strata, int32_t each) {
  static const int32_t levels[] = {GROUPS, CATEGORIES, LEVELS};
  oracle_draw(&o, rows, strata, each, levels);
  for (int32_t c = 0; c < CELLS; c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_category[c] = oracle_level(&o, 1, c);
    cell_level[c] = oracle_level(&o, 2, c);
  }
}

static weeg_survey survey_of(void) { return (weeg_survey){o.s.tally, &o.s.design}; }

/* Rows of a group with a category and an answer; and the weighted share of those with answer k. */
static double crude_of(int group, int k, int64_t *n) {
  double base = 0, in = 0;
  *n = 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] != group + 1 || o.code[1][i] < 1 || o.code[2][i] < 1) continue;
    base += o.weight[i];
    in += o.code[2][i] == k + 1 ? o.weight[i] : 0;
    ++*n;
  }
  return in / base;
}

static void check(bool finite) {
  weeg_standardised to[ALL];
  oracle_make(&o, finite);
  const weeg_survey survey = survey_of();
  CHECK_OK(weeg_standardise(&survey, &where, population, 0.9, to, NULL));
  for (int level = 0; level < LEVELS; level++) {
    double want[GROUPS], v[GROUPS * GROUPS], t = 0;
    standardised(&o, o.weight, &level, want);
    oracle_covariance(&o, standardised, &level, GROUPS, v);
    for (int g = 0; g < GROUPS; g++) {
      const weeg_standardised *got = &to[g * LEVELS + level];
      int64_t n = 0;
      CHECK_CLOSE(got->estimate, want[g], 1e-12);
      CHECK_CLOSE(got->std_error, sqrt(v[g * (GROUPS + 1)]), 1e-7);
      CHECK_CLOSE(got->crude, crude_of(g, level, &n), 1e-12);
      CHECK(got->n == n && got->reason == WEEG_REASON_NONE && got->df > 0);
      /* the limits are as far apart on the logit scale */
      CHECK_OK(weeg_t_quantile(0.95, (double)got->df, &t, NULL));
      const double logit = log(want[g] / (1 - want[g])), half = t * got->std_error / (want[g] * (1 - want[g]));
      CHECK_CLOSE(log(got->high / (1 - got->high)), logit + half, 1e-10);
      CHECK_CLOSE(log(got->low / (1 - got->low)), logit - half, 1e-10);
    }
  }
  weeg_tally_free(o.s.tally);
}

/* A group without rows, one without a category, one with one answer; and a category that the population does not have. */
static void test_empty(void) {
  weeg_standardised to[ALL];
  draw(300, 2, 6);
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 3) o.code[0][i] = 0;
    if (o.code[0][i] == 2 && o.code[1][i] == 3) o.code[1][i] = 0;
    if (o.code[0][i] == 1 && o.code[2][i] == 2) o.code[2][i] = 1;
  }
  oracle_make(&o, false);
  const weeg_survey survey = survey_of();
  CHECK_OK(weeg_standardise(&survey, &where, population, 0.95, to, NULL));
  for (int k = 0; k < LEVELS; k++) {
    CHECK(to[2 * LEVELS + k].reason == WEEG_REASON_EMPTY && isnan(to[2 * LEVELS + k].estimate) && to[2 * LEVELS + k].n == 0);
    CHECK(to[LEVELS + k].reason == WEEG_REASON_EMPTY_STANDARD && isnan(to[LEVELS + k].estimate) && to[LEVELS + k].n > 0);
    CHECK(!isnan(to[LEVELS + k].crude));
    CHECK(to[k].reason == WEEG_REASON_NO_LIMITS && to[k].estimate == 1 - k && isnan(to[k].low) && isnan(to[k].high));
  }
  CHECK_OK(weeg_standardise(&survey, &where, (double[]){1, 1, 0}, 0.95, to, NULL));
  CHECK(to[LEVELS].reason == WEEG_REASON_NONE && to[LEVELS].low < to[LEVELS].estimate);
  weeg_tally_free(o.s.tally);
}

static void test_refused(void) {
  static const double wrong[][3] = {{1, -1, 1}, {1, NAN, 1}, {1, INFINITY, 1}, {0, 0, 0}};
  weeg_standardised to[ALL];
  weeg_error err = {0};
  draw(60, 1, 4);
  oracle_make(&o, false);
  const weeg_survey survey = survey_of();
  for (int k = 0; k < 4; k++) {
    CHECK_STATUS(weeg_standardise(&survey, &where, wrong[k], 0.95, to, &err), WEEG_ERR_ARGUMENT);
    CHECK(err.where == (k < 3 ? 1 : -1));
  }
  CHECK_STATUS(weeg_standardise(&survey, &where, population, 1, to, &err), WEEG_ERR_ARGUMENT);
  weeg_tally_free(o.s.tally);
}

int main(void) {
  for (int k = 0; k < 6; k++) {
    draw(400, 1 + k % 3, k < 3 ? 6 : 0);
    check(k % 2 == 1);
  }
  test_empty();
  test_refused();
  return test_report("standardise");
}
