/*
 * Functions of shares: against the statistic as a loop over rows, differentiated by differences (oracle.h), whence 1e-7; what is
 * refused, and what has no value or no variance.
 */
#include "oracle.h"

enum { GROUPS = 3, ANSWERS = 3, SHARES = GROUPS * ANSWERS, FUNCTIONS = 4, CELLS = 4 * 4 * 2 };

static oracle o;

/* The proportions of answers in each group. */
static void shares_of(const double *w, double p[SHARES]) {
  double total[GROUPS] = {0};
  for (int k = 0; k < SHARES; k++) p[k] = 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 0 || o.code[1][i] == 0) continue;
    p[(o.code[0][i] - 1) * ANSWERS + o.code[1][i] - 1] += w[i];
    total[o.code[0][i] - 1] += w[i];
  }
  for (int k = 0; k < SHARES; k++) p[k] /= total[k / ANSWERS];
}

/* A lead, the logarithm of a ratio, a function of two groups, and one of all. */
static void values_of(const double p[SHARES], double f[FUNCTIONS]) {
  f[0] = p[0] - p[1];
  f[1] = log(p[3] / p[5]);
  f[2] = p[0] / p[3] - p[4] * p[4];
  f[3] = p[1] * p[4] + exp(p[8]) - p[0];
}

static void statistic(const oracle *unused, const double *w, const void *ctx, double *theta) {
  double p[SHARES];
  (void)unused, (void)ctx;
  shares_of(w, p);
  values_of(p, theta);
}

static void slopes_of(const double p[SHARES], double d[FUNCTIONS][SHARES]) {
  memset(d, 0, FUNCTIONS * sizeof *d);
  d[0][0] = 1, d[0][1] = -1;
  d[1][3] = 1 / p[3], d[1][5] = -1 / p[5];
  d[2][0] = 1 / p[3], d[2][3] = -p[0] / (p[3] * p[3]), d[2][4] = -2 * p[4];
  d[3][1] = p[4], d[3][4] = p[1], d[3][8] = exp(p[8]), d[3][0] = -1;
}

static void check_random(int rows, int32_t strata, int32_t each, bool finite) {
  static const int32_t levels[] = {GROUPS, ANSWERS, 1};
  int32_t group[CELLS], answer[CELLS];
  double p[SHARES], f[FUNCTIONS], d[FUNCTIONS][SHARES], v[FUNCTIONS * FUNCTIONS], t = 0;
  weeg_share_function functions[FUNCTIONS];
  weeg_function_value got[FUNCTIONS];
  oracle_draw(&o, rows, strata, each, levels);
  oracle_make(&o, finite);
  for (int32_t c = 0; c < CELLS; c++) {
    group[c] = oracle_level(&o, 0, c);
    answer[c] = oracle_level(&o, 1, c);
  }
  shares_of(o.weight, p);
  values_of(p, f);
  slopes_of(p, d);
  for (int k = 0; k < FUNCTIONS; k++) functions[k] = (weeg_share_function){d[k], f[k], k == 1 ? 0.5 : 0};
  CHECK_OK(weeg_share_functions(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(group, GROUPS, answer, ANSWERS), functions,
                                FUNCTIONS, 0.95, got, NULL));
  oracle_covariance(&o, statistic, NULL, FUNCTIONS, v);
  for (int k = 0; k < FUNCTIONS; k++) {
    const weeg_contrast *x = &got[k].contrast;
    const double se = sqrt(v[k * FUNCTIONS + k]);
    CHECK(x->reason == WEEG_REASON_NONE);
    CHECK_CLOSE(x->estimate, f[k], 1e-14);
    CHECK_CLOSE(x->std_error, se, 1e-7);
    CHECK_OK(weeg_t_quantile(0.975, (double)x->df, &t, NULL));
    CHECK_CLOSE(x->low, f[k] - t * se, 1e-6);
    CHECK_CLOSE(x->high, f[k] + t * se, 1e-6);
    CHECK_CLOSE(x->statistic, (f[k] - (k == 1 ? 0.5 : 0)) / se, 1e-6);
  }
  /* rows are those of the groups that it is about */
  int64_t first = 0, all = 0;
  for (int i = 0; i < rows; i++) first += o.code[0][i] == 1 && o.code[1][i] > 0;
  for (int i = 0; i < rows; i++) all += o.code[0][i] > 0 && o.code[1][i] > 0;
  CHECK(got[0].n == first && got[3].n == all);
  weeg_tally_free(o.s.tally);
}

/* Means of codes that are far from 0, and not in order. */
static const double codes[ANSWERS] = {1e6 + 1, 1e6 - 2, 1e6 + 4};

static void means_of(const oracle *unused, const double *w, const void *ctx, double *theta) {
  double p[SHARES];
  (void)unused, (void)ctx;
  shares_of(w, p);
  for (int g = 0; g < GROUPS; g++) theta[g] = p[g * ANSWERS] - 2 * p[g * ANSWERS + 1] + 4 * p[g * ANSWERS + 2];
}

static void check_codes(int32_t each) {
  static const int32_t levels[] = {GROUPS, ANSWERS, 1};
  int32_t group[CELLS], answer[CELLS];
  double mean[GROUPS], v[GROUPS * GROUPS];
  weeg_function_value got[GROUPS];
  oracle_draw(&o, 240, 2, each, levels);
  oracle_make(&o, false);
  for (int32_t c = 0; c < CELLS; c++) {
    group[c] = oracle_level(&o, 0, c);
    answer[c] = oracle_level(&o, 1, c);
  }
  const weeg_survey survey = {o.s.tally, &o.s.design};
  CHECK_OK(weeg_code_means(&survey, TABLE(group, GROUPS, answer, ANSWERS), &(weeg_codes){codes, 0.95}, got, NULL));
  means_of(&o, o.weight, NULL, mean);
  oracle_covariance(&o, means_of, NULL, GROUPS, v);
  for (int g = 0; g < GROUPS; g++) {
    CHECK_CLOSE(got[g].contrast.estimate, 1e6 + mean[g], 1e-14);
    CHECK_CLOSE(got[g].contrast.std_error, sqrt(v[g * GROUPS + g]), 1e-7);
  }
  for (int32_t c = 0; c < CELLS; c++) group[c] = group[c] == 1 ? -1 : group[c];
  CHECK_OK(weeg_code_means(&survey, TABLE(group, GROUPS, answer, ANSWERS), &(weeg_codes){codes, 0.95}, got, NULL));
  CHECK(got[1].contrast.reason == WEEG_REASON_EMPTY && isnan(got[1].contrast.estimate));
  CHECK_CLOSE(got[2].contrast.std_error, sqrt(v[2 * GROUPS + 2]), 1e-7);
  weeg_tally_free(o.s.tally);
}

static void test_edges(void) {
  static const int32_t levels[] = {GROUPS, ANSWERS, 1};
  static const double none[SHARES] = {0}, all[SHARES] = {2, 2, 2}, last[SHARES] = {[6] = 1};
  int32_t group[CELLS], answer[CELLS];
  weeg_function_value got[3];
  oracle_draw(&o, 200, 3, 4, levels);
  oracle_make(&o, false);
  for (int32_t c = 0; c < CELLS; c++) {
    group[c] = oracle_level(&o, 0, c) == 2 ? -1 : oracle_level(&o, 0, c); /* the last group has no rows */
    answer[c] = oracle_level(&o, 1, c);
  }
  const weeg_survey survey = {o.s.tally, &o.s.design};
  const weeg_share_function functions[] = {{all, 2, 0}, {last, 0.5, 0}, {none, NAN, 0}};
  CHECK_OK(weeg_share_functions(&survey, TABLE(group, GROUPS, answer, ANSWERS), functions, 3, 0.9, got, NULL));
  CHECK(got[0].contrast.reason == WEEG_REASON_ZERO_VARIANCE && got[0].contrast.std_error == 0); /* shares sum to 1 */
  CHECK(got[1].contrast.reason == WEEG_REASON_EMPTY && isnan(got[1].contrast.estimate));
  CHECK(got[2].contrast.reason == WEEG_REASON_EMPTY && isnan(got[2].contrast.estimate));
  CHECK_STATUS(weeg_share_functions(&survey, TABLE(group, GROUPS, answer, ANSWERS), functions, 1, 1, got, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_share_functions(&survey, TABLE(group, 1, answer, ANSWERS), functions, 1, 0.9, got, NULL),
               WEEG_ERR_ARGUMENT);
  weeg_tally_free(o.s.tally);
}

int main(void) {
  check_random(300, 4, 5, false);
  check_random(250, 3, 6, true);
  check_random(200, 2, 0, false);
  check_random(400, 8, 2, true);
  check_codes(4);
  check_codes(0);
  test_edges();
  return test_report("functions");
}
