/*
 * Tests of ranks, given shares, given a third variable, and by design effects alone: random samples against their formulas in
 * weeg.h, written as plain loops over rows, with covariances of oracle.h and inverses by Gauss and Jordan.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { GROUPS = 3, LEVELS = 4, LAYERS = 2, CELLS = 4 * 5 * 3, MOST = 12 };

static oracle o;
static int32_t cell_group[CELLS], cell_level[CELLS], cell_layer[CELLS];

static void draw(int rows, int32_t strata, int32_t each, bool finite) {
  static const int32_t levels[] = {GROUPS, LEVELS, LAYERS};
  oracle_draw(&o, rows, strata, each, levels);
  oracle_make(&o, finite);
  for (int32_t c = 0; c < CELLS; c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_level[c] = oracle_level(&o, 1, c);
    cell_layer[c] = oracle_level(&o, 2, c);
  }
}

/* x = a^-1 b for one right-hand side or many: a[n * n], b[n * m] becomes x. */
static void solve(int n, int m, double *a, double *b) {
  for (int k = 0; k < n; k++) {
    int best = k;
    for (int i = k; i < n; i++) best = fabs(a[i * n + k]) > fabs(a[best * n + k]) ? i : best;
    for (int j = 0; j < n; j++) { const double t = a[k * n + j]; a[k * n + j] = a[best * n + j]; a[best * n + j] = t; }
    for (int j = 0; j < m; j++) { const double t = b[k * m + j]; b[k * m + j] = b[best * m + j]; b[best * m + j] = t; }
    const double pivot = a[k * n + k];
    for (int j = 0; j < n; j++) a[k * n + j] /= pivot;
    for (int j = 0; j < m; j++) b[k * m + j] /= pivot;
    for (int i = 0; i < n; i++) {
      const double factor = a[i * n + k];
      for (int j = 0; j < n && i != k; j++) a[i * n + j] -= factor * a[k * n + j];
      for (int j = 0; j < m && i != k; j++) b[i * m + j] -= factor * b[k * m + j];
    }
  }
}

/* d' v^-1 d; both are overwritten. */
static double quadratic(int n, double *v, const double *d) {
  double x[MOST], sum = 0;
  memcpy(x, d, sizeof(double) * (size_t)n);
  solve(n, 1, v, x);
  for (int k = 0; k < n; k++) sum += d[k] * x[k];
  return sum;
}

/* Units less strata of the rows that count. */
static int64_t count_df(const bool *counts) {
  bool unit[ORACLE_ROWS] = {false}, stratum[ORACLE_STRATA] = {false};
  int64_t df = 0;
  for (int i = 0; i < o.rows; i++) {
    if (counts[i]) unit[o.psus == 0 ? i : o.psu[i]] = stratum[o.stratum[i] - 1] = true;
  }
  for (int j = 0; j < ORACLE_ROWS; j++) df += unit[j];
  for (int h = 0; h < ORACLE_STRATA; h++) df -= stratum[h];
  return df;
}

/* ---- ranks ---- */

/* Mean score of each group, the scores taken as known. */
static void group_means(const oracle *unused, const double *w, const void *score, double *theta) {
  double base[GROUPS] = {0}, sum[GROUPS] = {0};
  (void)unused;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 0 || o.code[1][i] == 0) continue;
    base[o.code[0][i] - 1] += w[i];
    sum[o.code[0][i] - 1] += w[i] * ((const double *)score)[o.code[1][i] - 1];
  }
  for (int k = 1; k < GROUPS; k++) theta[k - 1] = sum[k] / base[k] - sum[0] / base[0];
}

static void check_ranks(void) {
  double of_level[LEVELS] = {0}, total = 0, below = 0;
  bool counts[ORACLE_ROWS];
  int64_t n = 0;
  for (int i = 0; i < o.rows; i++) {
    counts[i] = o.code[0][i] > 0 && o.code[1][i] > 0;
    if (!counts[i]) continue;
    n++;
    of_level[o.code[1][i] - 1] += o.weight[i];
    total += o.weight[i];
  }
  double rank[LEVELS];
  for (int k = 0; k < LEVELS; k++) {
    rank[k] = (below + of_level[k] / 2) / total;
    below += of_level[k];
  }
  for (weeg_rank_score kind = WEEG_SCORE_RIDIT; kind <= WEEG_SCORE_MEDIAN; kind++) {
    double score[LEVELS], d[GROUPS - 1], v[(GROUPS - 1) * (GROUPS - 1)], p = 0;
    weeg_test t;
    for (int k = 0; k < LEVELS; k++) {
      score[k] = kind == WEEG_SCORE_MEDIAN ? (rank[k] > 0.5 ? 1 : 0) : rank[k];
      if (kind == WEEG_SCORE_NORMAL) CHECK_OK(weeg_normal_quantile(rank[k], &score[k], NULL));
    }
    group_means(&o, o.weight, score, d);
    oracle_covariance(&o, group_means, score, GROUPS - 1, v);
    const double f = quadratic(GROUPS - 1, v, d) / (GROUPS - 1);
    const int64_t df = count_df(counts);
    CHECK_OK(weeg_test_rank(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS), kind,
                            &t, NULL));
    CHECK_CLOSE(t.statistic, f, 1e-7);
    CHECK(t.n == n && t.df == df && t.df1 == GROUPS - 1 && t.df2 == (double)(df - GROUPS + 1) && t.rows == GROUPS);
    CHECK_OK(weeg_f_tail(t.statistic, t.df1, t.df2, &p, NULL));
    CHECK(t.p_value == p && t.columns == LEVELS && t.reason == WEEG_REASON_NONE);
  }
}

/* ---- proportions: shares, and design effects ---- */

/* Proportions of all cells of the two-way table, of its rows, and of its columns: as many as there are. */
static void proportions(const oracle *unused, const double *w, const void *unused_too, double *theta) {
  double total = 0;
  (void)unused, (void)unused_too;
  for (int k = 0; k < GROUPS * LEVELS + GROUPS + LEVELS; k++) theta[k] = 0;
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1, l = o.code[1][i] - 1;
    if (g < 0 || l < 0) continue;
    total += w[i];
    theta[g * LEVELS + l] += w[i];
    theta[GROUPS * LEVELS + g] += w[i];
    theta[GROUPS * LEVELS + GROUPS + l] += w[i];
  }
  for (int k = 0; k < GROUPS * LEVELS + GROUPS + LEVELS; k++) theta[k] /= total;
}

static void check_deff(bool finite) {
  enum { ALL = GROUPS * LEVELS + GROUPS + LEVELS, K = (GROUPS - 1) * (LEVELS - 1) };
  double p[ALL], v[ALL * ALL], chisq = 0, tail = 0;
  int64_t n = 0;
  for (int i = 0; i < o.rows; i++) n += o.code[0][i] > 0 && o.code[1][i] > 0;
  proportions(&o, o.weight, NULL, p);
  oracle_covariance(&o, proportions, NULL, ALL, v);
  for (int k = 0; k < GROUPS * LEVELS; k++) {
    const double expected = p[GROUPS * LEVELS + k / LEVELS] * p[GROUPS * LEVELS + GROUPS + k % LEVELS];
    chisq += (double)n * (p[k] - expected) * (p[k] - expected) / expected;
  }
  for (int null = 0; null < 2; null++) {
    double sum = 0;
    weeg_test t;
    /* d = v / (at (1 - at) (1 - f) / (n - 1)), f a quarter: (1 - at) d */
    for (int k = 0; k < ALL; k++) {
      const bool cell = k < GROUPS * LEVELS;
      const double at = null == 1 && cell ? p[GROUPS * LEVELS + k / LEVELS] * p[GROUPS * LEVELS + GROUPS + k % LEVELS] : p[k];
      sum += (cell ? 1 : -1) * v[k * ALL + k] * (double)(n - 1) / at / (finite ? 0.75 : 1);
    }
    CHECK_OK(weeg_test_independence(&(weeg_survey){o.s.tally, &o.s.design},
                                    TABLE(cell_group, GROUPS, cell_level, LEVELS),
                                    BY(WEEG_TEST_RAO_SCOTT_DEFF, .null_proportions = null == 1), &t, NULL));
    CHECK_CLOSE(t.chisq, chisq, 1e-11);
    CHECK_CLOSE(t.delta_mean, sum / K, 1e-7);
    CHECK_CLOSE(t.statistic, chisq * K / sum, 1e-7);
    CHECK(t.df1 == K && isnan(t.df2) && isnan(t.delta_cv2) && t.n == n && t.reason == WEEG_REASON_NONE);
    CHECK_OK(weeg_chisq_tail(t.statistic, K, &tail, NULL));
    CHECK(t.p_value == tail);
  }
}

/* Statistics of W = d' V^-1 d and of Delta = A^-1 V by each method; of the mixtures the statistic only. */
static void check_methods(const weeg_test *t, weeg_test_method method, int size, double chisq, double lr, const double *d,
                          const double *v, const double *a, int64_t df) {
  double delta[MOST * MOST], left[MOST * MOST], trace = 0, squares = 0, p = 0;
  memcpy(delta, v, sizeof(double) * (size_t)(size * size));
  memcpy(left, a, sizeof(double) * (size_t)(size * size));
  solve(size, size, left, delta);
  for (int i = 0; i < size; i++) {
    trace += delta[i * size + i];
    for (int j = 0; j < size; j++) squares += delta[i * size + j] * delta[j * size + i];
  }
  memcpy(left, v, sizeof(double) * (size_t)(size * size));
  const double wald = quadratic(size, left, d), d0 = trace * trace / squares;
  const double statistic = method == WEEG_TEST_RAO_SCOTT_LR ? lr : chisq;
  CHECK(t->df == df && t->reason == WEEG_REASON_NONE);
  CHECK_CLOSE(t->chisq, chisq, 1e-10);
  switch (method) {
    case WEEG_TEST_WALD:
      CHECK_CLOSE(t->statistic, wald / size, 1e-6);
      CHECK(t->df1 == size && t->df2 == (double)df);
      break;
    case WEEG_TEST_ADJUSTED_WALD:
      CHECK_CLOSE(t->statistic, wald * (double)(df - size + 1) / (size * (double)df), 1e-6);
      CHECK(t->df1 == size && t->df2 == (double)(df - size + 1));
      break;
    case WEEG_TEST_RAO_SCOTT_CHISQ:
      CHECK_CLOSE(t->statistic, chisq * size / trace, 1e-7);
      CHECK(t->df1 == size && isnan(t->df2));
      CHECK_OK(weeg_chisq_tail(t->statistic, size, &p, NULL));
      CHECK(t->p_value == p);
      break;
    case WEEG_TEST_SADDLEPOINT:
    case WEEG_TEST_LINCOM:
      CHECK_CLOSE(t->statistic, chisq, 1e-10);
      CHECK_CLOSE(t->df2, d0 * (double)df, 1e-6);
      CHECK(t->p_value > 0 && t->p_value < 1 && t->df1 == size);
      break;
    default:
      CHECK_CLOSE(t->statistic, statistic / trace, 1e-7);
      CHECK_CLOSE(t->df1, d0, 1e-6);
      CHECK_CLOSE(t->df2, d0 * (double)df, 1e-6);
      CHECK_OK(weeg_f_tail(t->statistic, t->df1, t->df2, &p, NULL));
      CHECK(t->p_value == p);
  }
  if (method != WEEG_TEST_WALD && method != WEEG_TEST_ADJUSTED_WALD) {
    CHECK_CLOSE(t->delta_mean, trace / size, 1e-7);
    CHECK(fabs(t->delta_cv2 - (size / d0 - 1)) < 1e-6);
  }
}

static void levels_alone(const oracle *unused, const double *w, const void *unused_too, double *theta) {
  double total = 0;
  (void)unused, (void)unused_too;
  for (int k = 0; k < LEVELS; k++) theta[k] = 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[1][i] == 0) continue;
    total += w[i];
    theta[o.code[1][i] - 1] += w[i];
  }
  for (int k = 0; k < LEVELS; k++) theta[k] /= total;
}

static void check_shares(void) {
  static const double q[] = {0.2, 0.25, 0.35, 0.2};
  enum { SIZE = LEVELS - 1 };
  double p[LEVELS], all[LEVELS * LEVELS], d[SIZE], v[SIZE * SIZE], a[SIZE * SIZE], chisq = 0, lr = 0;
  bool counts[ORACLE_ROWS];
  int64_t n = 0;
  for (int i = 0; i < o.rows; i++) {
    n += o.code[1][i] > 0;
    counts[i] = true;
  }
  levels_alone(&o, o.weight, NULL, p);
  oracle_covariance(&o, levels_alone, NULL, LEVELS, all);
  for (int k = 0; k < LEVELS; k++) {
    chisq += (double)n * (p[k] - q[k]) * (p[k] - q[k]) / q[k];
    lr += 2 * (double)n * p[k] * log(p[k] / q[k]);
  }
  for (int k = 0; k < SIZE * SIZE; k++) {
    const int i = k / SIZE, j = k % SIZE;
    d[i] = p[i] - q[i];
    v[k] = all[i * LEVELS + j];
    a[k] = ((i == j ? q[i] : 0) - q[i] * q[j]) / (double)n;
  }
  for (weeg_test_method method = WEEG_TEST_RAO_SCOTT_F; method <= WEEG_TEST_LINCOM; method++) {
    weeg_test t;
    CHECK_OK(weeg_test_shares(&(weeg_survey){o.s.tally, &o.s.design}, ANSWERS_OF(cell_level, LEVELS),
                              BY(method, .shares = q), &t, NULL));
    CHECK(t.n == n && t.rows == 1 && t.columns == LEVELS);
    check_methods(&t, method, SIZE, chisq, lr, d, v, a, count_df(counts));
  }
}

/* ---- given a third variable ---- */

typedef struct scores {
  const double *group, *level; /* NULL: indicators of all but the last */
} scores;

static double group_score(const scores *s, int group, int k) { return s->group != NULL ? s->group[group] : group == k; }
static double level_score(const scores *s, int level, int k) { return s->level != NULL ? s->level[level] : level == k; }

/*
 * Sum over layers of the total of u v less the product of those of u and v over the weight: all pairs of scores. Residuals of
 * counts, as in survey: what they are divided by in the end, the sum of weights, counts as known.
 */
static void association(const oracle *unused, const double *w, const void *ctx, double *theta) {
  const scores *s = ctx;
  const int qu = s->group != NULL ? 1 : GROUPS - 1, qv = s->level != NULL ? 1 : LEVELS - 1;
  double all = 0;
  (void)unused;
  for (int i = 0; i < o.rows; i++) all += o.code[0][i] > 0 && o.code[1][i] > 0 && o.code[2][i] > 0 ? o.weight[i] : 0;
  for (int k = 0; k < qu * qv; k++) {
    theta[k] = 0;
    for (int layer = 1; layer <= LAYERS; layer++) {
      double total = 0, u = 0, v = 0, uv = 0;
      for (int i = 0; i < o.rows; i++) {
        if (o.code[0][i] == 0 || o.code[1][i] == 0 || o.code[2][i] != layer) continue;
        const double a = group_score(s, o.code[0][i] - 1, k / qv), b = level_score(s, o.code[1][i] - 1, k % qv);
        total += w[i], u += w[i] * a, v += w[i] * b, uv += w[i] * a * b;
      }
      theta[k] += (uv - u * v / total) / all;
    }
  }
}

/* 1/n sum of share Cov(u) Cov(v) over layers. */
static void simple(const scores *s, int64_t n, int qu, int qv, double *a) {
  double all = 0;
  for (int i = 0; i < o.rows; i++) all += o.code[0][i] > 0 && o.code[1][i] > 0 && o.code[2][i] > 0 ? o.weight[i] : 0;
  for (int k = 0; k < qu * qv * qu * qv; k++) {
    const int r = k / (qu * qv), c = k % (qu * qv);
    a[k] = 0;
    for (int layer = 1; layer <= LAYERS; layer++) {
      double total = 0, u[3] = {0}, v[3] = {0};
      for (int i = 0; i < o.rows; i++) {
        if (o.code[0][i] == 0 || o.code[1][i] == 0 || o.code[2][i] != layer) continue;
        const int g = o.code[0][i] - 1, l = o.code[1][i] - 1;
        const double w = o.weight[i], u1 = group_score(s, g, r / qv), u2 = group_score(s, g, c / qv);
        const double v1 = level_score(s, l, r % qv), v2 = level_score(s, l, c % qv);
        total += w, u[0] += w * u1, u[1] += w * u2, u[2] += w * u1 * u2, v[0] += w * v1, v[1] += w * v2, v[2] += w * v1 * v2;
      }
      const double of_u = u[2] / total - u[0] * u[1] / total / total, of_v = v[2] / total - v[0] * v[1] / total / total;
      a[k] += total / all / (double)n * of_u * of_v;
    }
  }
}

static void check_given(void) {
  static const double of_groups[] = {1, 2, 4}, of_levels[] = {0, 1, 5, 6};
  const scores cases[] = {{NULL, NULL}, {of_groups, of_levels}, {of_groups, NULL}, {NULL, of_levels}};
  bool counts[ORACLE_ROWS];
  int64_t n = 0;
  for (int i = 0; i < o.rows; i++) {
    n += o.code[0][i] > 0 && o.code[1][i] > 0 && o.code[2][i] > 0;
    counts[i] = true;
  }
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const scores *s = &cases[k];
    const int qu = s->group != NULL ? 1 : GROUPS - 1, qv = s->level != NULL ? 1 : LEVELS - 1, size = qu * qv;
    double d[MOST], v[MOST * MOST], a[MOST * MOST], copy[MOST * MOST];
    association(&o, o.weight, s, d);
    oracle_covariance(&o, association, s, size, v);
    simple(s, n, qu, qv, a);
    memcpy(copy, a, sizeof a);
    const double chisq = quadratic(size, copy, d);
    for (weeg_test_method method = WEEG_TEST_RAO_SCOTT_F; method <= WEEG_TEST_LINCOM; method++) {
      weeg_test t;
      if (method == WEEG_TEST_RAO_SCOTT_LR) continue;
      CHECK_OK(weeg_test_given(&(weeg_survey){o.s.tally, &o.s.design},
                               LAYERED(cell_group, GROUPS, cell_level, LEVELS, cell_layer, LAYERS),
                               BY(method, .group_score = s->group, .answer_score = s->level), &t, NULL));
      CHECK(t.n == n && t.rows == qu + 1 && t.columns == qv + 1);
      check_methods(&t, method, size, chisq, NAN, d, v, a, count_df(counts));
    }
  }
}

/* ---- limits, and replicates ---- */

/* A table of 67 groups and 67 levels, of which the first `size` are in the test. */
static void test_too_large(void) {
  enum { SIDE = 67, ALL = (SIDE + 1) * (SIDE + 1) };
  static int32_t group[SIDE * SIDE], level[SIDE * SIDE], in_group[ALL], in_level[ALL], layer[ALL];
  static sample s;
  static const struct {
    weeg_test_method method;
    int32_t size; /* the largest: contrasts are its square less one, at most 4096, 2048 or 1024 */
    const char *words;
  } cases[] = {{WEEG_TEST_RAO_SCOTT_F, 65, "or take some groups"}, {WEEG_TEST_WALD, 46, "use \"rao-scott-f\""},
               {WEEG_TEST_ADJUSTED_WALD, 46, "use \"rao-scott-f\""}, {WEEG_TEST_LINCOM, 33, "use \"rao-scott-f\""},
               {WEEG_TEST_SADDLEPOINT, 33, "use \"rao-scott-f\""}};
  for (int i = 0; i < SIDE * SIDE; i++) {
    group[i] = 1 + i / SIDE;
    level[i] = 1 + i % SIDE;
  }
  const weeg_column columns[] = {sample_column(group, SIDE), sample_column(level, SIDE)};
  sample_make(&s, SIDE * SIDE, NULL, 1, NULL, 0, columns, 2, NULL);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const int32_t size = cases[k].size + 1;
    weeg_test t;
    weeg_error err = {0};
    for (int32_t c = 0; c < ALL; c++) {
      const bool is = c / (SIDE + 1) < size && c % (SIDE + 1) < size;
      in_group[c] = is ? c / (SIDE + 1) : -1;
      in_level[c] = is ? c % (SIDE + 1) : -1;
    }
    CHECK_STATUS(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(in_group, SIDE, in_level, SIDE),
                                        BY(cases[k].method, .null_proportions = true), &t, &err),
                 WEEG_ERR_TOO_LARGE);
    CHECK(strstr(err.message, cases[k].words) != NULL);
    if (cases[k].method != WEEG_TEST_WALD) continue;
    CHECK_STATUS(weeg_test_given(&(weeg_survey){s.tally, &s.design}, LAYERED(in_group, SIDE, in_level, SIDE, layer, 1),
                                 BY(WEEG_TEST_WALD), &t, &err),
                 WEEG_ERR_TOO_LARGE);
    CHECK(strstr(err.message, "combine levels") != NULL);
  }
  weeg_tally_free(s.tally);
}

/* Without degrees of freedom there is chi-squared only; with replicates the mixtures take the variance as known. */
static void test_replicates(void) {
  static const double q[] = {0.2, 0.25, 0.35, 0.2};
  static oracle_replicates x;
  draw(200, 3, 5, false);
  oracle_draw_replicates(&o, &x, 40, false);
  o.s.design.replicates = &x.r;
  for (weeg_test_method method = WEEG_TEST_RAO_SCOTT_F; method <= WEEG_TEST_LINCOM; method++) {
    weeg_test t;
    const bool mixture = method == WEEG_TEST_SADDLEPOINT || method == WEEG_TEST_LINCOM;
    x.r.df = 9;
    CHECK_OK(weeg_test_shares(&(weeg_survey){o.s.tally, &o.s.design}, ANSWERS_OF(cell_level, LEVELS),
                              BY(method, .shares = q), &t, NULL));
    CHECK(t.reason == WEEG_REASON_NONE && t.df == 9 && t.p_value > 0 && t.p_value < 1 && !!isinf(t.df2) == mixture);
    x.r.df = 0;
    CHECK_OK(weeg_test_shares(&(weeg_survey){o.s.tally, &o.s.design}, ANSWERS_OF(cell_level, LEVELS),
                              BY(method, .shares = q), &t, NULL));
    CHECK(t.reason == (method == WEEG_TEST_RAO_SCOTT_CHISQ ? WEEG_REASON_NONE : WEEG_REASON_NO_DF));
    x.r.df = 1; /* less than three contrasts ask for, where they take degrees of freedom away */
    CHECK_OK(weeg_test_shares(&(weeg_survey){o.s.tally, &o.s.design}, ANSWERS_OF(cell_level, LEVELS),
                              BY(method, .shares = q), &t, NULL));
    CHECK(t.reason == (method == WEEG_TEST_ADJUSTED_WALD ? WEEG_REASON_FEW_DF : WEEG_REASON_NONE));
  }
  for (int64_t df = 0; df <= GROUPS; df++) {
    weeg_test t;
    x.r.df = df;
    CHECK_OK(weeg_test_rank(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(cell_group, GROUPS, cell_level, LEVELS),
                            WEEG_SCORE_RIDIT, &t, NULL));
    CHECK(t.reason == (df == 0 ? WEEG_REASON_NO_DF : df < GROUPS ? WEEG_REASON_FEW_DF : WEEG_REASON_NONE));
  }
  free(x.totals);
  o.s.design.replicates = NULL;
  weeg_tally_free(o.s.tally);
}

/* Estimates 1, 2 and 4 with variances 4, 1, 0 or unknown. */
static void test_wald(void) {
  static const double estimate[] = {1, 2, 4}, covariance[] = {4, 1, 0, 1, 1, 0, 0, 0, NAN}, zero[9] = {0}, same[] = {1, 1, 1, 1};
  static const int32_t both[] = {0, 1}, second[] = {1}, last[] = {1, 2};
  double want = 0;
  weeg_wald wald;
  CHECK_STATUS(weeg_wald_test(&(weeg_parameters){estimate, covariance, 3, 5}, both, 0, &wald, NULL), WEEG_ERR_ARGUMENT);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){estimate, covariance, 3, 5}, both, 2, &wald, NULL));
  CHECK_CLOSE(wald.f, (1.0 - 4 + 16) / 3 / 2, 1e-14); /* inverse of 4 1 / 1 1: 1 -1 / -1 4 over 3 */
  CHECK_OK(weeg_f_tail(wald.f, 2, 5, &want, NULL));
  CHECK(wald.p_value == want && wald.reason == WEEG_REASON_NONE);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){estimate, covariance, 3, 1}, second, 1, &wald, NULL));
  CHECK(wald.f == 4 && wald.reason == WEEG_REASON_NONE);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){estimate, covariance, 3, 0}, second, 1, &wald, NULL));
  CHECK(isnan(wald.f) && isnan(wald.p_value) && wald.reason == WEEG_REASON_NO_DF);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){estimate, covariance, 3, 5}, last, 2, &wald, NULL));
  CHECK(isnan(wald.f) && isnan(wald.p_value) && wald.reason == WEEG_REASON_NO_VARIANCE);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){estimate, zero, 3, 5}, both, 2, &wald, NULL));
  CHECK(isnan(wald.f) && wald.reason == WEEG_REASON_ZERO_VARIANCE);
  CHECK_OK(weeg_wald_test(&(weeg_parameters){estimate, same, 2, 5}, both, 2, &wald, NULL));
  CHECK(isnan(wald.f) && wald.reason == WEEG_REASON_SINGULAR);
}

int main(void) {
  static const struct {
    int rows;
    int32_t strata, each;
    bool finite;
  } designs[] = {{300, 3, 6, false}, {360, 4, 4, true}, {240, 2, 0, true}};
  for (int k = 0; k < 3; k++) {
    draw(designs[k].rows, designs[k].strata, designs[k].each, designs[k].finite);
    check_ranks();
    check_shares();
    check_deff(designs[k].finite);
    check_given();
    weeg_tally_free(o.s.tally);
  }
  test_too_large();
  test_replicates();
  test_wald();
  return test_report("tests_random");
}
