/*
 * Differences as sums of effects of rates and of composition (Kitagawa 1955): random samples against plain loops over rows
 * (oracle.h), a table worked out by hand, and what does not exist.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { GROUPS = 3, CATEGORIES = 3, LEVELS = 2, PAIRS = 3, CELLS = 4 * 4 * 3, ALL = PAIRS * LEVELS * WEEG_COMPONENTS };
static const int32_t first[] = {0, 2, 1}, second[] = {1, 0, 2};

static oracle o;
static int32_t cell_group[CELLS], cell_category[CELLS], cell_level[CELLS];
static const weeg_places where = {cell_group, GROUPS, cell_level, LEVELS, cell_category, CATEGORIES};

#define PAIRS_OF(a, b, count, l) (&(weeg_comparison){.first = (a), .second = (b), .pairs = (count), .level = (l)})

/* Total (straight from the rows), rate and composition effects of all pairs at one level. */
static void effects(const oracle *unused, const double *w, const void *level, double *theta) {
  double in[GROUPS][CATEGORIES] = {{0}}, base[GROUPS][CATEGORIES] = {{0}}, total[GROUPS] = {0}, yes[GROUPS] = {0};
  (void)unused;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1, b = o.code[1][i] - 1, k = o.code[2][i] - 1;
    if (g < 0 || b < 0 || k < 0) continue;
    base[g][b] += w[i];
    total[g] += w[i];
    in[g][b] += k == *(const int *)level ? w[i] : 0;
    yes[g] += k == *(const int *)level ? w[i] : 0;
  }
  for (int i = 0; i < PAIRS; i++) {
    const int f = first[i], s = second[i];
    double *to = theta + i * WEEG_COMPONENTS;
    to[WEEG_COMPONENT_TOTAL] = yes[f] / total[f] - yes[s] / total[s];
    to[WEEG_COMPONENT_RATE] = to[WEEG_COMPONENT_COMPOSITION] = 0;
    for (int b = 0; b < CATEGORIES; b++) {
      if (base[f][b] == 0 && base[s][b] == 0) continue;
      const double of_f = base[f][b] / total[f], of_s = base[s][b] / total[s];
      const double in_f = in[f][b] / base[f][b], in_s = in[s][b] / base[s][b];
      to[WEEG_COMPONENT_RATE] += (of_f + of_s) / 2 * (in_f - in_s);
      to[WEEG_COMPONENT_COMPOSITION] += (of_f - of_s) * (in_f + in_s) / 2;
    }
  }
}

static void find_places(void) {
  for (int32_t c = 0; c < CELLS; c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_category[c] = oracle_level(&o, 1, c);
    cell_level[c] = oracle_level(&o, 2, c);
  }
}

static void draw(int rows, int32_t strata, int32_t each) {
  static const int32_t levels[] = {GROUPS, CATEGORIES, LEVELS};
  oracle_draw(&o, rows, strata, each, levels);
  find_places();
}

/* PSUs less strata with rows of either group, whatever else is missing in them. */
static int64_t plain_df(int pair) {
  bool unit[ORACLE_ROWS] = {false}, stratum[ORACLE_STRATA] = {false};
  int64_t df = 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] != first[pair] + 1 && o.code[0][i] != second[pair] + 1) continue;
    unit[o.psus == 0 ? i : o.psu[i]] = stratum[o.stratum[i] - 1] = true;
  }
  for (int j = 0; j < ORACLE_ROWS; j++) df += unit[j];
  for (int h = 0; h < ORACLE_STRATA; h++) df -= stratum[h];
  return df;
}

static void check(bool finite) {
  weeg_contrast components[ALL];
  oracle_make(&o, finite);
  CHECK_OK(weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &where, PAIRS_OF(first, second, PAIRS, 0.9),
                          components, NULL));
  for (int level = 0; level < LEVELS; level++) {
    double want[PAIRS * WEEG_COMPONENTS], v[PAIRS * WEEG_COMPONENTS * PAIRS * WEEG_COMPONENTS];
    effects(&o, o.weight, &level, want);
    oracle_covariance(&o, effects, &level, PAIRS * WEEG_COMPONENTS, v);
    for (int k = 0; k < PAIRS * WEEG_COMPONENTS; k++) {
      const int pair = k / WEEG_COMPONENTS;
      const weeg_contrast *got = &components[(pair * LEVELS + level) * WEEG_COMPONENTS + k % WEEG_COMPONENTS];
      double t = 0;
      CHECK_CLOSE(got->estimate, want[k], 1e-11);
      CHECK_CLOSE(got->std_error, sqrt(v[k * (PAIRS * WEEG_COMPONENTS + 1)]), 1e-7);
      CHECK_OK(weeg_t_quantile(0.95, (double)plain_df(pair), &t, NULL));
      CHECK_CLOSE(got->high, got->estimate + t * got->std_error, 1e-13);
      CHECK(got->reason == WEEG_REASON_NONE);
    }
  }
  for (int i = 0; i < PAIRS; i++) CHECK(components[i * LEVELS * WEEG_COMPONENTS].df == plain_df(i));
  weeg_tally_free(o.s.tally);
}

/*
 * Group 1: category 1: 6 of 10 yes, 2: 2 of 10. Group 2: 3 of 5, and 9 of 15. p = 8/20 and 12/20. Shares 1/2, 1/2 and 1/4, 3/4;
 * rates .6, .2 and .6, .6. Rate effect 0 + (1/2 + 3/4)/2 (-.4) = -.25; composition (1/4)(.6) - (1/4)(.4) = .05.
 */
static void test_by_hand(void) {
  static const struct {
    int times;
    int32_t group, category, level;
  } rows[] = {{6, 1, 1, 1}, {4, 1, 1, 2}, {2, 1, 2, 1}, {8, 1, 2, 2}, {3, 2, 1, 1}, {2, 2, 1, 2}, {9, 2, 2, 1}, {6, 2, 2, 2},
                {5, 1, 0, 1}, {4, 2, 1, 0}};
  weeg_contrast c[LEVELS * WEEG_COMPONENTS];
  draw(1, 1, 0);
  o.rows = 0;
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
    for (int i = 0; i < rows[k].times; i++, o.rows++) {
      o.code[0][o.rows] = rows[k].group, o.code[1][o.rows] = rows[k].category, o.code[2][o.rows] = rows[k].level;
      o.stratum[o.rows] = 1, o.weight[o.rows] = 2;
    }
  }
  oracle_make(&o, false);
  CHECK_OK(weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &where, PAIRS_OF(first, second, 1, 0.95), c, NULL));
  CHECK_CLOSE(c[WEEG_COMPONENT_TOTAL].estimate, -0.2, 1e-14);
  CHECK_CLOSE(c[WEEG_COMPONENT_RATE].estimate, -0.25, 1e-14);
  CHECK_CLOSE(c[WEEG_COMPONENT_COMPOSITION].estimate, 0.05, 1e-14);
  CHECK(c[0].df == 48);
  weeg_tally_free(o.s.tally);
}

/* Group 3 without rows; a category that one of the groups does not have, and one that neither has. */
static void test_empty(void) {
  weeg_contrast c[ALL];
  draw(200, 2, 5);
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 3) o.code[0][i] = 1;
    if (o.code[1][i] == 3) o.code[1][i] = 1;
  }
  oracle_make(&o, false);
  CHECK_OK(
      weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &where, PAIRS_OF(first, second, PAIRS, 0.95), c, NULL));
  for (int k = 0; k < ALL; k++) {
    const bool exists = k < LEVELS * WEEG_COMPONENTS;
    CHECK(c[k].reason == (exists ? WEEG_REASON_NONE : WEEG_REASON_EMPTY) && !!isnan(c[k].estimate) == !exists);
  }
  const int level = 1;
  double want[PAIRS * WEEG_COMPONENTS];
  effects(&o, o.weight, &level, want);
  for (int k = 0; k < WEEG_COMPONENTS; k++) CHECK_CLOSE(c[WEEG_COMPONENTS + k].estimate, want[k], 1e-12);
  weeg_tally_free(o.s.tally);
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 1 && o.code[1][i] == 1) o.code[1][i] = 2;
  }
  oracle_make(&o, false);
  CHECK_OK(weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &where, PAIRS_OF(first, second, 1, 0.95), c, NULL));
  for (int k = 0; k < LEVELS * WEEG_COMPONENTS; k++) CHECK(c[k].reason == WEEG_REASON_EMPTY_CATEGORY && isnan(c[k].std_error));
  weeg_tally_free(o.s.tally);
}

/* A group in one PSU has no variance; groups that are not there, or the same twice, are refused; so is too large a table. */
static void test_alone_and_wrong(void) {
  weeg_contrast c[ALL] = {{.estimate = -7}};
  weeg_error err = {0};
  static const int32_t wrong[][2] = {{-1, 0}, {0, -1}, {3, 0}, {0, 3}, {2, 2}};
  draw(220, 2, 5);
  for (int i = 0; i < o.rows; i++) o.code[0][i] = o.psu[i] == 1 ? 1 : o.code[0][i] == 1 ? 2 : o.code[0][i];
  oracle_make(&o, false);
  for (int k = 0; k < 5; k++) {
    CHECK_STATUS(weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &where,
                                PAIRS_OF(&wrong[k][0], &wrong[k][1], 1, 0.95), c, &err),
                 WEEG_ERR_ARGUMENT);
    CHECK(strstr(err.message, "of 3") != NULL && c[0].estimate == -7);
  }
  for (int k = 0; k < 3; k++) {
    weeg_places small = where;
    if (k == 0) small.groups = 2;
    if (k == 1) small.layers = 2;
    if (k == 2) small.answers = 1;
    CHECK_STATUS(
        weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &small, PAIRS_OF(first, second, 1, 0.95), c, &err),
        WEEG_ERR_ARGUMENT);
    CHECK(strstr(err.message, "is placed outside the table") != NULL);
  }
  weeg_places large = where;
  large.layers = 1 << 30;
  CHECK_STATUS(
      weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &large, PAIRS_OF(first, second, 1, 0.95), c, &err),
      WEEG_ERR_TOO_LARGE);
  CHECK_OK(
      weeg_decompose(&(weeg_survey){o.s.tally, &o.s.design}, &where, PAIRS_OF(first, second, PAIRS, 0.95), c, NULL));
  for (int k = 0; k < ALL; k++) {
    CHECK(c[k].reason == (k < 2 * LEVELS * WEEG_COMPONENTS ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_NONE));
    CHECK(!isnan(c[k].estimate));
  }
  weeg_tally_free(o.s.tally);
}

int main(void) {
  draw(300, 3, 5);
  check(false);
  draw(260, 2, 4);
  check(true);
  draw(200, 3, 0);
  check(true);
  test_by_hand();
  test_empty();
  test_alone_and_wrong();
  return test_report("decompose");
}
