/*
 * Tests of independence.
 *
 * Under simple random sampling with equal weights the covariance of p-hat is n'/(n'-1) (diag(p) - pp')/n, with n' the
 * sampled rows and n those in the table, so that Delta = n'/(n'-1) I whatever the table: the Rao-Scott statistics are
 * Pearson's divided by that. Other expected values are worked out as fractions, or computed from the rows with another
 * basis of contrasts and Gauss-Jordan elimination.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { MOST = 400 };

typedef struct rows {
  int count;
  int32_t row[MOST], column[MOST], stratum[MOST], psu[MOST];
  double w[MOST];
} rows;

static void add_rows(rows *r, int count, int32_t row, int32_t column, double w) {
  for (int i = 0; i < count; i++) {
    r->row[r->count] = row;
    r->column[r->count] = column;
    r->stratum[r->count] = r->psu[r->count] = 1;
    r->w[r->count++] = w;
  }
}

enum { MOST_LEVELS = 5, MOST_PLACES = (MOST_LEVELS + 1) * (MOST_LEVELS + 1) };

typedef struct table_places {
  int32_t row[MOST_PLACES], column[MOST_PLACES];
} table_places;

/* Tally cell row * (columns + 1) + column; the last positions are missing. */
static table_places find_places(int32_t levels, int32_t columns) {
  table_places p;
  for (int c = 0; c < (levels + 1) * (columns + 1); c++) {
    p.row[c] = c / (columns + 1) < levels ? c / (columns + 1) : -1;
    p.column[c] = c % (columns + 1) < columns ? c % (columns + 1) : -1;
  }
  return p;
}

static void make(sample *s, const rows *r, int32_t levels, int32_t columns, int32_t strata, int32_t psus) {
  const weeg_column both[] = {sample_column(r->row, levels), sample_column(r->column, columns)};
  sample_make(s, r->count, r->stratum, strata, psus > 0 ? r->psu : NULL, psus, both, 2, r->w);
}

static weeg_test run(const sample *s, int32_t levels, int32_t columns, weeg_test_method method, bool null_proportions) {
  const table_places p = find_places(levels, columns);
  weeg_test t = {.reason = WEEG_REASON_EMPTY};
  CHECK_OK(weeg_test_independence(&(weeg_survey){s->tally, &s->design}, TABLE(p.row, levels, p.column, columns),
                                  BY(method, .null_proportions = null_proportions), &t, NULL));
  return t;
}

/* P(F > f) for 1 and df degrees of freedom: that of t */
static double one_tail(double f, double df) {
  double p = NAN;
  CHECK_OK(weeg_t_tail(sqrt(f), df, &p, NULL));
  return p;
}

/*
 * 30 10 / 20 40: expected 20 20 / 30 30, X^2 = 2 * 100/20 + 2 * 100/30 = 50/3, V = sqrt(1/6).
 * Weights do not matter as long as they are equal; `extra` rows have a missing answer, so n' = 100 + extra.
 */
static void test_two_by_two(double w, int extra, int32_t levels, int32_t columns) {
  rows r = {0};
  sample s;
  /* in a larger table the rows and columns without data are left out */
  const int32_t r1 = 1, r2 = levels, c1 = columns > 2 ? 2 : 1, c2 = columns;
  add_rows(&r, 30, r1, c1, w);
  add_rows(&r, extra, r1, 0, w);
  add_rows(&r, 10, r1, c2, w);
  add_rows(&r, 20, r2, c1, w);
  add_rows(&r, 40, r2, c2, w);
  make(&s, &r, levels, columns, 1, 0);
  const double size = 100.0 + extra, delta = size / (size - 1), df = size - 1;
  weeg_test t = run(&s, levels, columns, WEEG_TEST_RAO_SCOTT_F, false);
  CHECK(t.reason == WEEG_REASON_NONE && t.n == 100 && t.df == (int64_t)df && t.rows == 2 && t.columns == 2);
  CHECK_CLOSE(t.chisq, 50.0 / 3, 1e-13);
  CHECK_CLOSE(t.cramers_v, sqrt(1.0 / 6), 1e-13);
  CHECK_CLOSE(t.delta_mean, delta, 1e-13);
  CHECK(fabs(t.delta_cv2) < 1e-12);
  CHECK_CLOSE(t.statistic, 50.0 / 3 / delta, 1e-13);
  CHECK_CLOSE(t.df1, 1, 1e-13);
  CHECK_CLOSE(t.df2, df, 1e-13);
  CHECK_CLOSE(t.p_value, one_tail(50.0 / 3 / delta, df), 1e-11);
  t = run(&s, levels, columns, WEEG_TEST_RAO_SCOTT_CHISQ, false);
  CHECK_CLOSE(t.statistic, 50.0 / 3 / delta, 1e-13);
  CHECK(t.df1 == 1 && isnan(t.df2));
  CHECK_CLOSE(t.p_value, erfc(sqrt(50.0 / 3 / delta / 2)), 1e-11);
  /*
   * At the null: contrast c = (1, -1, -1, 1)/2, d = (.2, .2, .3, .3), p = (.3, .1, .2, .4):
   *   sum p c^2/d^2 - (sum p c/d)^2 = 25/6 - 25/36 = 125/36, sum c^2/d = 25/6; Delta = 5/6 of that at p.
   */
  t = run(&s, levels, columns, WEEG_TEST_RAO_SCOTT_F, true);
  CHECK_CLOSE(t.delta_mean, delta * 5 / 6, 1e-13);
  CHECK_CLOSE(t.statistic, 20 / delta, 1e-13);
  /*
   * Wald: the residual is .4 - .6 * .5 = .1; its scores are (.3, -.3, -.2, .2), of mean square .06 and mean .1 over the
   * 100 rows, and 0 in the others: W = .01 * 100 / delta / (.06 - .1^2 100/n').
   */
  const double wald = 1 / delta / (0.06 - 1 / size);
  for (int adjusted = 0; adjusted < 2; adjusted++) {
    t = run(&s, levels, columns, adjusted ? WEEG_TEST_ADJUSTED_WALD : WEEG_TEST_WALD, false);
    CHECK_CLOSE(t.statistic, wald, 1e-13);
    CHECK_CLOSE(t.df1, 1, 1e-15);
    CHECK_CLOSE(t.df2, df, 1e-15);
    CHECK_CLOSE(t.p_value, one_tail(wald, df), 1e-11);
  }
  weeg_tally_free(s.tally);
}

/* A 2 x 3 table 10 20 30 / 20 10 10, X^2 by the textbook: k = 2, F on (2, 2 nu). */
static void test_pearson(void) {
  static const int counts[2][3] = {{10, 20, 30}, {20, 10, 10}};
  rows r = {0};
  sample s;
  for (int i = 0; i < 2; i++) {
    for (int j = 0; j < 3; j++) add_rows(&r, counts[i][j], i + 1, j + 1, 0.3);
  }
  make(&s, &r, 2, 3, 1, 0);
  /* expected 18 18 24 / 12 12 16: 64/18 + 4/18 + 36/24 + 64/12 + 4/12 + 36/16 = 475/36 */
  const double chisq = 64.0 / 18 + 4.0 / 18 + 36.0 / 24 + 64.0 / 12 + 4.0 / 12 + 36.0 / 16;
  weeg_test t = run(&s, 2, 3, WEEG_TEST_RAO_SCOTT_F, false);
  CHECK_CLOSE(t.chisq, chisq, 1e-13);
  CHECK_CLOSE(t.cramers_v, sqrt(chisq / 100), 1e-13);
  CHECK_CLOSE(t.delta_mean, 100.0 / 99, 1e-13);
  CHECK(fabs(t.delta_cv2) < 1e-12);
  CHECK_CLOSE(t.statistic, chisq * 0.99 / 2, 1e-13);
  CHECK_CLOSE(t.df1, 2, 1e-12);
  CHECK_CLOSE(t.df2, 198, 1e-12);
  /* P(F > f) on (2, m) is (1 + 2f/m)^(-m/2) */
  CHECK_CLOSE(t.p_value, pow(1 + 2 * t.statistic / 198, -99), 1e-11);
  t = run(&s, 2, 3, WEEG_TEST_RAO_SCOTT_CHISQ, false);
  CHECK_CLOSE(t.statistic, chisq * 0.99, 1e-13);
  CHECK_CLOSE(t.p_value, exp(-chisq * 0.99 / 2), 1e-11); /* chi-squared with 2 df */
  weeg_tally_free(s.tally);
}

/* ---- from the rows, with another basis ---- */

/* Solves a x = b for several right-hand sides in place. Gauss-Jordan with row exchanges. */
static void solve(double *a, double *b, int size, int sides) {
  for (int k = 0; k < size; k++) {
    int pivot = k;
    for (int i = k; i < size; i++) pivot = fabs(a[i * size + k]) > fabs(a[pivot * size + k]) ? i : pivot;
    for (int j = 0; j < size; j++) {
      const double x = a[k * size + j];
      a[k * size + j] = a[pivot * size + j];
      a[pivot * size + j] = x;
    }
    for (int j = 0; j < sides; j++) {
      const double x = b[k * sides + j];
      b[k * sides + j] = b[pivot * sides + j];
      b[pivot * sides + j] = x;
    }
    for (int i = 0; i < size; i++) {
      if (i == k) continue;
      const double f = a[i * size + k] / a[k * size + k];
      for (int j = 0; j < size; j++) a[i * size + j] -= f * a[k * size + j];
      for (int j = 0; j < sides; j++) b[i * sides + j] -= f * b[k * sides + j];
    }
  }
  for (int i = 0; i < size; i++) {
    for (int j = 0; j < sides; j++) b[i * sides + j] /= a[i * size + i];
  }
}

typedef struct reference {
  double p[25], v[25 * 25], u[25 * 25], trace, norm2, chisq, wald;
  int n, df;
} reference;

enum { STRATA = 4, PSUS = 40 };

/*
 * v: covariance of the cell proportions, from PSU totals of w (1[cell] - p) / T within strata. u: of the cells' weighted
 * counts divided by T, from PSU totals of w 1[cell] / T.
 */
static void reference_covariance(const rows *r, int levels, int columns, int psus, reference *f) {
  const int cells = levels * columns;
  double total = 0;
  static double z[MOST][25], mean[STRATA][25], y[MOST][25], y_mean[STRATA][25];
  int size[STRATA] = {0}, of[MOST];
  bool seen[MOST] = {false}, weighted[MOST] = {false}, present[STRATA] = {false};
  memset(f, 0, sizeof *f);
  memset(z, 0, sizeof z);
  memset(mean, 0, sizeof mean);
  memset(y, 0, sizeof y);
  memset(y_mean, 0, sizeof y_mean);
  for (int i = 0; i < r->count; i++) {
    if (r->row[i] == 0 || r->column[i] == 0 || r->w[i] == 0) continue;
    f->n++;
    total += r->w[i];
    f->p[(r->row[i] - 1) * columns + r->column[i] - 1] += r->w[i];
  }
  for (int c = 0; c < cells; c++) f->p[c] /= total;
  for (int i = 0; i < r->count; i++) {
    const int j = psus > 0 ? r->psu[i] - 1 : i, h = r->stratum[i] - 1;
    of[j] = h;
    if (!seen[j]) size[h]++;
    seen[j] = true;
    if (r->w[i] > 0 && !weighted[j]) f->df++;
    if (r->w[i] > 0) weighted[j] = present[h] = true;
    if (r->row[i] == 0 || r->column[i] == 0) continue;
    for (int c = 0; c < cells; c++) {
      const bool here = c == (r->row[i] - 1) * columns + r->column[i] - 1;
      const double score = r->w[i] * ((here ? 1 : 0) - f->p[c]) / total;
      z[j][c] += score;
      mean[h][c] += score;
      y[j][c] += here ? r->w[i] / total : 0;
      y_mean[h][c] += here ? r->w[i] / total : 0;
    }
  }
  for (int h = 0; h < STRATA; h++) f->df -= present[h];
  for (int j = 0; j < MOST; j++) {
    if (!seen[j]) continue;
    const int h = of[j];
    const double n = size[h];
    for (int a = 0; a < cells; a++) {
      for (int b = 0; b < cells; b++) {
        f->v[a * cells + b] += n / (n - 1) * (z[j][a] - mean[h][a] / n) * (z[j][b] - mean[h][b] / n);
        f->u[a * cells + b] += n / (n - 1) * (y[j][a] - y_mean[h][a] / n) * (y[j][b] - y_mean[h][b] / n);
      }
    }
  }
}

/* Contrasts e_ab - e_a0 - e_0b + e_00 with a, b >= 1, and the residuals of the cells a, b < last. */
static void reference_test(reference *f, int levels, int columns, bool null_proportions) {
  const int cells = levels * columns, size = (levels - 1) * (columns - 1);
  double row[5] = {0}, column[5] = {0}, d[25], up[16 * 16] = {0}, down[16 * 16] = {0};
  for (int c = 0; c < cells; c++) {
    row[c / columns] += f->p[c];
    column[c % columns] += f->p[c];
  }
  static double contrast[16][25], gradient[16][25];
  memset(contrast, 0, sizeof contrast);
  f->chisq = 0;
  for (int c = 0; c < cells; c++) {
    const double expected = row[c / columns] * column[c % columns];
    d[c] = null_proportions ? expected : f->p[c];
    f->chisq += f->n * (f->p[c] - expected) * (f->p[c] - expected) / expected;
  }
  for (int k = 0; k < size; k++) {
    const int a = 1 + k / (columns - 1), b = 1 + k % (columns - 1), x = a - 1, y = b - 1;
    contrast[k][a * columns + b] = contrast[k][0] = 1;
    contrast[k][a * columns] = contrast[k][b] = -1;
    /* of T_xy - T_x. T_.y / T */
    for (int c = 0; c < cells; c++) {
      gradient[k][c] = (c == x * columns + y) - (c / columns == x) * column[y] - (c % columns == y) * row[x] +
                       row[x] * column[y];
    }
  }
  double covariance[16 * 16] = {0}, residual[16], solved[16];
  for (int k = 0; k < size; k++) {
    residual[k] = f->p[k / (columns - 1) * columns + k % (columns - 1)] -
                  row[k / (columns - 1)] * column[k % (columns - 1)];
    solved[k] = residual[k];
    for (int l = 0; l < size; l++) {
      for (int a = 0; a < cells; a++) {
        down[k * size + l] += contrast[k][a] * contrast[l][a] / d[a] / f->n;
        for (int b = 0; b < cells; b++) {
          up[k * size + l] += contrast[k][a] / d[a] * f->v[a * cells + b] * contrast[l][b] / d[b];
          covariance[k * size + l] += gradient[k][a] * f->u[a * cells + b] * gradient[l][b];
        }
      }
    }
  }
  solve(down, up, size, size); /* Delta */
  f->trace = f->norm2 = f->wald = 0;
  for (int k = 0; k < size; k++) {
    f->trace += up[k * size + k];
    for (int l = 0; l < size; l++) f->norm2 += up[k * size + l] * up[l * size + k];
  }
  solve(covariance, solved, size, 1);
  for (int k = 0; k < size; k++) f->wald += residual[k] * solved[k];
}

static void test_from_rows(void) {
  for (int repeat = 0; repeat < 60; repeat++) {
    const int32_t levels = 2 + repeat % 3, columns = 2 + repeat / 3 % 3;
    const int32_t psus = repeat % 2 == 0 ? 0 : PSUS;
    static rows r;
    reference f;
    sample s;
    r.count = 0;
    for (int i = 0; i < MOST; i++) {
      const int32_t row = sample_draw(levels + 1), shifted = (row + sample_draw(columns)) % (columns + 1);
      add_rows(&r, 1, row, sample_draw(4) == 0 ? shifted : sample_draw(columns + 1), 0.2 + sample_draw(100) / 30.0);
      if (sample_draw(20) == 0) r.w[i] = 0;
      r.psu[i] = 1 + (i < PSUS ? i : sample_draw(PSUS));
      r.stratum[i] = psus > 0 ? 1 + (r.psu[i] - 1) % STRATA : 1 + sample_draw(STRATA);
    }
    make(&s, &r, levels, columns, STRATA, psus);
    reference_covariance(&r, levels, columns, psus, &f);
    const double k = (levels - 1) * (columns - 1);
    for (int null = 0; null < 2; null++) {
      reference_test(&f, levels, columns, null);
      weeg_test t = run(&s, levels, columns, WEEG_TEST_RAO_SCOTT_F, null);
      CHECK(t.n == f.n && t.df == f.df && t.reason == WEEG_REASON_NONE);
      CHECK_CLOSE(t.chisq, f.chisq, 1e-11);
      CHECK_CLOSE(t.delta_mean, f.trace / k, 1e-10);
      CHECK(fabs(t.delta_cv2 - (k * f.norm2 / (f.trace * f.trace) - 1)) < 1e-10);
      CHECK_CLOSE(t.statistic, f.chisq / f.trace, 1e-10);
      CHECK_CLOSE(t.df1, f.trace * f.trace / f.norm2, 1e-10);
      CHECK_CLOSE(t.df2, t.df1 * f.df, 1e-14);
      double p;
      CHECK_OK(weeg_f_tail(t.statistic, t.df1, t.df2, &p, NULL));
      CHECK(t.p_value == p);
      t = run(&s, levels, columns, WEEG_TEST_RAO_SCOTT_CHISQ, null);
      CHECK_CLOSE(t.statistic, f.chisq * k / f.trace, 1e-10);
      CHECK(t.df1 == k);
      CHECK_OK(weeg_chisq_tail(t.statistic, k, &p, NULL));
      CHECK(t.p_value == p);
    }
    weeg_test t = run(&s, levels, columns, WEEG_TEST_WALD, false);
    CHECK_CLOSE(t.statistic, f.wald / k, 1e-9);
    CHECK(t.df1 == k && t.df2 == f.df);
    t = run(&s, levels, columns, WEEG_TEST_ADJUSTED_WALD, false);
    CHECK_CLOSE(t.statistic, f.wald * (f.df - k + 1) / (k * f.df), 1e-9);
    CHECK(t.df1 == k && t.df2 == f.df - k + 1);
    weeg_tally_free(s.tally);
  }
}

/* ---- tests that do not exist ---- */

static void check_none(const sample *s, int32_t levels, int32_t columns, weeg_test_method method, weeg_reason reason) {
  const weeg_test t = run(s, levels, columns, method, false);
  CHECK(t.reason == reason);
  CHECK(isnan(t.statistic) && isnan(t.df1) && isnan(t.df2) && isnan(t.p_value));
}

static void test_reasons(void) {
  sample s;
  rows r = {0};
  make(&s, &r, 2, 2, 1, 0); /* no rows */
  for (int m = 0; m < 4; m++) check_none(&s, 2, 2, (weeg_test_method)m, WEEG_REASON_EMPTY);
  weeg_tally_free(s.tally);
  add_rows(&r, 5, 1, 0, 1); /* no complete rows */
  make(&s, &r, 2, 2, 1, 0);
  for (int m = 0; m < 4; m++) check_none(&s, 2, 2, (weeg_test_method)m, WEEG_REASON_EMPTY);
  weeg_tally_free(s.tally);
  add_rows(&r, 5, 1, 1, 1);
  add_rows(&r, 5, 1, 2, 1); /* one row of the table has data */
  make(&s, &r, 2, 2, 1, 0);
  for (int m = 0; m < 4; m++) check_none(&s, 2, 2, (weeg_test_method)m, WEEG_REASON_ONE_LEVEL);
  weeg_tally_free(s.tally);
  r.count = 0;
  add_rows(&r, 5, 2, 2, 1); /* all rows in one cell */
  make(&s, &r, 2, 2, 1, 0);
  for (int m = 0; m < 4; m++) check_none(&s, 2, 2, (weeg_test_method)m, WEEG_REASON_ONE_LEVEL);
  weeg_tally_free(s.tally);
}

/* A 3 x 3 table in three PSUs: 2 degrees of freedom for 4 contrasts. In one PSU: none. */
static void test_few_psus(void) {
  rows r = {0};
  sample s;
  for (int i = 0; i < 90; i++) {
    add_rows(&r, 1, 1 + sample_draw(3), 1 + sample_draw(3), 1);
    r.psu[i] = 1 + i % 3;
  }
  make(&s, &r, 3, 3, 1, 3);
  CHECK(run(&s, 3, 3, WEEG_TEST_RAO_SCOTT_F, false).reason == WEEG_REASON_NONE);
  check_none(&s, 3, 3, WEEG_TEST_WALD, WEEG_REASON_SINGULAR);
  check_none(&s, 3, 3, WEEG_TEST_ADJUSTED_WALD, WEEG_REASON_FEW_DF);
  weeg_tally_free(s.tally);
  for (int i = 0; i < 90; i++) r.psu[i] = 1;
  make(&s, &r, 3, 3, 1, 1);
  weeg_test t;
  weeg_error err = {0};
  const table_places p = find_places(3, 3);
  CHECK_STATUS(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(p.row, 3, p.column, 3),
                                      BY(WEEG_TEST_RAO_SCOTT_F), &t, &err),
               WEEG_ERR_LONELY_PSU);
  s.design.lonely = WEEG_LONELY_REMOVE;
  check_none(&s, 3, 3, WEEG_TEST_RAO_SCOTT_F, WEEG_REASON_NO_VARIANCE);
  check_none(&s, 3, 3, WEEG_TEST_RAO_SCOTT_CHISQ, WEEG_REASON_NO_VARIANCE);
  check_none(&s, 3, 3, WEEG_TEST_WALD, WEEG_REASON_NO_VARIANCE);
  check_none(&s, 3, 3, WEEG_TEST_ADJUSTED_WALD, WEEG_REASON_NO_VARIANCE);
  s.design.lonely = WEEG_LONELY_AVERAGE;
  check_none(&s, 3, 3, WEEG_TEST_RAO_SCOTT_F, WEEG_REASON_NO_VARIANCE);
  weeg_tally_free(s.tally);
}

/*
 * In few PSUs: statistic, df1 and p of independence() in tests/testthat/test-effective.R, which evaluates all contributions of
 * PSUs as one quadratic form, to 1e-6 as it does. And PSUs that are alike but for how their weights round: 0.7, or seven
 * times 0.1. A variance of that size is 0.
 */
static void test_exact(void) {
  rows r = {0};
  sample s;
  for (int u = 1; u <= 8; u++) {
    for (int a = 1; a <= 3; a++) {
      for (int b = 1; b <= 2; b++) {
        const int from = r.count;
        add_rows(&r, (u * a + u * u * b) % 5 + (a == b ? u % 3 : 0), a, b, 1 + u % 3);
        for (int i = from; i < r.count; i++) r.stratum[i] = 1 + (u - 1) / 4, r.psu[i] = u;
      }
    }
  }
  make(&s, &r, 3, 2, 2, 8);
  const weeg_test t = run(&s, 3, 2, WEEG_TEST_RAO_SCOTT_EXACT, false);
  CHECK(t.n == 106 && t.df == 6 && t.df1 == 2);
  CHECK_CLOSE(t.statistic, 1.99396629578894, 1e-9);
  CHECK_CLOSE(t.p_value, 0.174761677985, 1e-6);
  weeg_tally_free(s.tally);
  r.count = 0;
  for (int u = 1; u <= 6; u++) {
    for (int a = 1; a <= 2; a++) {
      for (int b = 1; b <= 2; b++) {
        const int from = r.count, size = a == b ? 4 : 1;
        if ((u * a + b) % 3 == 0) add_rows(&r, size, a, b, 0.7);
        else add_rows(&r, 7 * size, a, b, 0.1);
        for (int i = from; i < r.count; i++) r.psu[i] = u;
      }
    }
  }
  make(&s, &r, 2, 2, 1, 6);
  check_none(&s, 2, 2, WEEG_TEST_RAO_SCOTT_EXACT, WEEG_REASON_ZERO_VARIANCE);
  check_none(&s, 2, 2, WEEG_TEST_RAO_SCOTT_F, WEEG_REASON_ZERO_VARIANCE);
  weeg_tally_free(s.tally);
}

/* An empty cell, rows and columns with data: the Wald test exists, Rao-Scott at the observed proportions too or says why. */
static void test_empty_cell(void) {
  rows r = {0};
  sample s;
  add_rows(&r, 20, 1, 1, 1);
  add_rows(&r, 10, 1, 2, 1);
  add_rows(&r, 15, 2, 2, 1);
  make(&s, &r, 2, 2, 1, 0);
  for (int m = 0; m < 4; m++) {
    const weeg_test t = run(&s, 2, 2, (weeg_test_method)m, true);
    CHECK(t.reason == WEEG_REASON_NONE && isfinite(t.statistic) && t.p_value > 0 && t.p_value < 0.001);
    const weeg_test o = run(&s, 2, 2, (weeg_test_method)m, false);
    CHECK(o.reason != WEEG_REASON_NONE ? isnan(o.statistic) && isnan(o.p_value) : isfinite(o.statistic));
  }
  weeg_tally_free(s.tally);
}

/* The order of rows and of columns does not matter to a table with an empty cell, wherever that is. */
static void test_order(void) {
  enum { LINES = 4, BARS = 3, COUNT = 240, UNITS = 24 };
  rows r = {.count = COUNT};
  sample s;
  double first[2] = {NAN, NAN};
  int32_t line[COUNT], bar[COUNT];
  for (int i = 0; i < COUNT; i++) {
    r.stratum[i] = 1, r.psu[i] = 1 + i % UNITS, r.w[i] = 1 + sample_draw(20) / 8.0;
    line[i] = sample_draw(LINES);
    bar[i] = line[i] == 0 ? 1 + sample_draw(BARS - 1) : sample_draw(BARS);
  }
  for (int turn = 0; turn < LINES * BARS; turn++) {
    for (int i = 0; i < COUNT; i++) {
      r.row[i] = 1 + (line[i] + turn) % LINES;
      r.column[i] = 1 + (bar[i] + turn) % BARS;
    }
    make(&s, &r, LINES, BARS, 1, UNITS);
    const weeg_test t = run(&s, LINES, BARS, WEEG_TEST_RAO_SCOTT_F, false);
    const double found[] = {t.statistic, t.p_value};
    CHECK(t.reason == WEEG_REASON_NONE);
    for (int k = 0; k < 2; k++) {
      if (turn == 0) first[k] = found[k];
      CHECK_CLOSE(found[k], first[k], 1e-11);
    }
    weeg_tally_free(s.tally);
  }
}

static void test_bad_arguments(void) {
  rows r = {0};
  sample s;
  add_rows(&r, 3, 1, 1, 1);
  add_rows(&r, 3, 2, 2, 1);
  make(&s, &r, 2, 2, 1, 0);
  const table_places p = find_places(2, 2);
  weeg_test t = {.n = -7};
  weeg_error err = {0};
  CHECK_STATUS(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(p.row, 1, p.column, 2),
                                      BY(WEEG_TEST_WALD), &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(p.row, 2, p.column, 1),
                                      BY(WEEG_TEST_WALD), &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(p.row, 2, p.column, 2),
                                      BY((weeg_test_method)(WEEG_TEST_RAO_SCOTT_EFFECTIVE + 1)), &t, &err),
               WEEG_ERR_ARGUMENT);
  s.design.strata = 2;
  CHECK_STATUS(weeg_test_independence(&(weeg_survey){s.tally, &s.design}, TABLE(p.row, 2, p.column, 2),
                                      BY(WEEG_TEST_WALD), &t, &err),
               WEEG_ERR_ARGUMENT);
  CHECK(t.n == -7);
  weeg_tally_free(s.tally);
}

int main(void) {
  test_two_by_two(1, 0, 2, 2);
  test_two_by_two(7.3, 0, 2, 2);
  test_two_by_two(0.01, 7, 2, 2);
  test_two_by_two(1, 0, 3, 4);
  test_two_by_two(3, 50, 4, 3);
  test_pearson();
  test_from_rows();
  test_reasons();
  test_few_psus();
  test_exact();
  test_empty_cell();
  test_order();
  test_bad_arguments();
  return test_report("independence");
}
