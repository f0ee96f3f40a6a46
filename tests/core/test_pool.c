/*
 * Pooled figures of completed data sets: against fractions worked out by hand, and limits against their formulas.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

static const double two[] = {1, 3}, ones[] = {1, 1}, tens[] = {10, 10}, zeros[] = {0, 0}, infinite[] = {INFINITY, INFINITY};

/* W = 1, B = 2, b = 3, T = 4, r = 3, nu_m = 16/9, nu_obs = 11/13 10 / 4 = 55/26. */
static void test_estimates(void) {
  const double df = 1 / (9.0 / 16 + 26.0 / 55), missing = (3 + 2 / (16.0 / 9 + 3)) / 4;
  const struct {
    const double *estimate, *variance, *df;
    weeg_pooled expected;
  } cases[] = {
      {two, ones, tens, {2, 4, 1, 2, df, missing}},
      {two, ones, infinite, {2, 4, 1, 2, 16.0 / 9, missing}},
      {ones, two, tens, {1, 2, 2, 0, 110.0 / 13, 0}},    /* nothing is missing */
      {ones, two, infinite, {1, 2, 2, 0, INFINITY, 0}},
      {two, zeros, tens, {2, 3, 0, 2, 1, 1}},            /* a census */
      {ones, zeros, tens, {1, 0, 0, 0, 10, 0}},
      {two, ones, (const double[]){10, 0}, {2, 4, 1, 2, 0, missing}},
      {(const double[]){1, NAN}, ones, tens, {NAN, NAN, 1, NAN, NAN, NAN}},
      {two, (const double[]){1, NAN}, tens, {2, NAN, NAN, 2, 10, NAN}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const weeg_pooled *e = &cases[i].expected;
    weeg_pooled p;
    CHECK_OK(weeg_pool_estimates(&(weeg_completed){cases[i].estimate, cases[i].variance, cases[i].df, 2}, &p, NULL));
    CHECK_CLOSE(p.estimate, e->estimate, 1e-15);
    CHECK_CLOSE(p.variance, e->variance, 1e-15);
    CHECK_CLOSE(p.within, e->within, 1e-15);
    CHECK_CLOSE(p.between, e->between, 1e-15);
    if (!isnan(e->df)) CHECK_CLOSE(p.df, e->df, 1e-14);
    CHECK_CLOSE(p.missing, e->missing, 1e-14);
  }
  weeg_pooled p;
  CHECK_STATUS(weeg_pool_estimates(&(weeg_completed){two, ones, tens, 1}, &p, NULL), WEEG_ERR_ARGUMENT);
}

/* Student's t at `low` tail. */
static double quantile(double df) {
  double t = NAN;
  CHECK_OK(weeg_t_quantile(0.975, df, &t, NULL));
  return t;
}

static void test_contrasts(void) {
  const double d[] = {0.2, 0.4}, v[] = {0.01, 0.02}, ratio[] = {2, 8}, needed[] = {5, 2.5};
  const double needed_v[] = {0.01 * 625, 0.02 * 39.0625}, wide[] = {1, 2}; /* v / d^4 */
  weeg_contrast c, z, n, r;
  double missing, own, t;
  const weeg_completed of = {d, v, tens, 2};
  CHECK_OK(weeg_pool_contrast(&of, &(weeg_pool_choice){WEEG_DIFFERENCE, false, 0.1, 0.95}, &c, &missing, NULL));
  const double b = 1.5 * 0.02, total = 0.015 + b, nu = pow(total / b, 2), obs = 110.0 / 13 * 0.015 / total;
  const double df = 1 / (1 / nu + 1 / obs);
  CHECK_CLOSE(c.estimate, 0.3, 1e-15);
  CHECK_CLOSE(c.std_error, sqrt(total), 1e-15);
  CHECK_CLOSE(c.df_used, df, 1e-14);
  CHECK(c.df == (int64_t)df && c.reason == WEEG_REASON_NONE);
  CHECK_CLOSE(c.statistic, 0.2 / sqrt(total), 1e-14);
  t = quantile(df);
  CHECK_CLOSE(c.low, 0.3 - t * sqrt(total), 1e-12);
  CHECK_CLOSE(c.high, 0.3 + t * sqrt(total), 1e-12);
  CHECK_OK(weeg_t_tail(c.statistic, df, &own, NULL));
  CHECK_CLOSE(c.p_value, own, 1e-14);

  CHECK_OK(weeg_pool_contrast(&of, &(weeg_pool_choice){WEEG_DIFFERENCE, true, 0, 0.95}, &z, &missing, NULL));
  CHECK_CLOSE(z.high, tanh(atanh(0.3) + t * sqrt(total) / (1 - 0.09)), 1e-12);
  CHECK_CLOSE(z.statistic, atanh(0.3) * (1 - 0.09) / sqrt(total), 1e-14);

  const weeg_completed reciprocal = {needed, needed_v, tens, 2};
  CHECK_OK(weeg_pool_contrast(&reciprocal, &(weeg_pool_choice){WEEG_NUMBER_NEEDED, false, 0, 0.95}, &n, &missing, NULL));
  CHECK_CLOSE(n.estimate, 1 / 0.3, 1e-14);
  CHECK_CLOSE(n.std_error, sqrt(total) / 0.09, 1e-14);
  CHECK(n.reason == WEEG_REASON_SPANS_ZERO);
  CHECK_CLOSE(n.high, 1 / c.high, 1e-12);

  CHECK_OK(weeg_pool_contrast(&(weeg_completed){ratio, wide, tens, 2}, &(weeg_pool_choice){WEEG_RISK_RATIO, false, 0, 0.95}, &r,
                              &missing, NULL));
  CHECK_CLOSE(r.estimate, 4, 1e-14); /* the mean of the logarithms */
  CHECK_CLOSE(r.std_error, sqrt(1.5 + 1.5 * log(2) * log(2) * 2), 1e-14);
  CHECK_CLOSE(r.low * r.high, 16, 1e-12);
}

static void test_reasons(void) {
  const weeg_pool_choice usual = {WEEG_DIFFERENCE, false, 0, 0.95};
  const double one_none[] = {1, NAN};
  const struct {
    weeg_completed of;
    weeg_reason reason;
  } cases[] = {
      {{one_none, ones, tens, 2}, WEEG_REASON_EMPTY},
      {{two, one_none, tens, 2}, WEEG_REASON_NO_VARIANCE},
      {{two, ones, zeros, 2}, WEEG_REASON_NO_DF},
      {{ones, zeros, tens, 2}, WEEG_REASON_ZERO_VARIANCE},
  };
  weeg_contrast c;
  double missing;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    CHECK_OK(weeg_pool_contrast(&cases[i].of, &usual, &c, &missing, NULL));
    CHECK(c.reason == cases[i].reason);
    CHECK(isnan(c.low) && isnan(c.high) && isnan(c.p_value));
  }
  CHECK_STATUS(weeg_pool_contrast(&(weeg_completed){two, ones, tens, 1}, &usual, &c, &missing, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_pool_contrast(&cases[0].of, &(weeg_pool_choice){WEEG_DIFFERENCE, false, 0, 1}, &c, &missing, NULL),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_pool_contrast(&cases[0].of, &(weeg_pool_choice){(weeg_measure)9, false, 0, 0.95}, &c, &missing, NULL),
               WEEG_ERR_ARGUMENT);
}

/* Those of proportions 0.2 and 0.3 with 100 rows: by the pooled variance, and on the scale of logits. */
static void test_shares(void) {
  const double p[] = {0.2, 0.3}, v[] = {0.002, 0.003}, bound[] = {1, 1};
  const double some[] = {0, 0.3};
  const weeg_completed of[] = {{p, v, tens, 2}, {bound, zeros, tens, 2}, {p, v, zeros, 2}, {some, v, tens, 2}};
  enum { COUNT = sizeof of / sizeof *of };
  weeg_pooled_share s[COUNT], l[COUNT];
  double both[2], spread[2];
  for (int i = 0; i < COUNT; i++) s[i] = l[i] = (weeg_pooled_share){.share.base_n = 100};
  CHECK_OK(weeg_pool_shares(of, COUNT, &(weeg_pool_shares_choice){{WEEG_INTERVAL_WILSON, 0.95}, false}, s, NULL));
  weeg_pooled a;
  CHECK_OK(weeg_pool_estimates(&of[0], &a, NULL));
  const double t = quantile(a.df), x = t * t * a.variance / (0.25 * 0.75); /* t^2 / n_e */
  CHECK_CLOSE(s[0].share.std_error, sqrt(a.variance), 1e-15);
  CHECK_CLOSE(s[0].share.n_effective, 0.25 * 0.75 / a.variance, 1e-14);
  CHECK_CLOSE(s[0].share.df_used, a.df, 1e-15);
  CHECK_CLOSE(s[0].missing, a.missing, 1e-15);
  CHECK_CLOSE(s[0].share.high, (0.25 + x / 2 + sqrt(x) * sqrt(0.1875 + x / 4)) / (1 + x), 1e-12);
  CHECK(s[1].share.reason == WEEG_REASON_NO_VARIATION && s[2].share.reason == WEEG_REASON_NO_DF);
  CHECK(isnan(s[2].share.low));

  CHECK_OK(weeg_pool_shares(of, COUNT, &(weeg_pool_shares_choice){{WEEG_INTERVAL_LOGIT, 0.95}, false}, l, NULL));
  for (int k = 0; k < 2; k++) {
    both[k] = log(p[k] / (1 - p[k]));
    spread[k] = v[k] / pow(p[k] * (1 - p[k]), 2);
  }
  CHECK_OK(weeg_pool_estimates(&(weeg_completed){both, spread, tens, 2}, &a, NULL));
  CHECK_CLOSE(l[0].share.low, 1 / (1 + exp(quantile(a.df) * sqrt(a.variance) - a.estimate)), 1e-12);
  CHECK_CLOSE(l[0].share.df_used, a.df, 1e-15);
  CHECK_CLOSE(l[0].missing, a.missing, 1e-15);
  CHECK_CLOSE(l[0].share.std_error, s[0].share.std_error, 0);
  /* 0 has no logit: the pooled proportion's */
  CHECK_OK(weeg_pool_estimates(&of[3], &a, NULL));
  const double half = quantile(a.df) * sqrt(a.variance) / (0.15 * 0.85);
  CHECK_CLOSE(l[3].share.high, 1 / (1 + exp(-log(0.15 / 0.85) - half)), 1e-12);
  CHECK_CLOSE(l[3].share.df_used, a.df, 1e-15);
  CHECK_STATUS(weeg_pool_shares(of, 1, &(weeg_pool_shares_choice){{WEEG_INTERVAL_WALD, 0}, false}, s, NULL), WEEG_ERR_ARGUMENT);
}

/* D1 of two estimates of two sets: U = I, B = diag(2, 0), r = 1.5 2 / 2 = 1.5, D1 = (4 + 1) / (2 2.5) = 1. */
static void test_wald(void) {
  const double q[] = {1, 1, 3, 1}, unit[] = {1, 0, 0, 1, 1, 0, 0, 1}, nothing[8] = {0};
  weeg_pooled_test test;
  double p, shared;
  CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){q, unit, tens, 2, 2}, &test, NULL));
  /* nu = 9; t = 2: w = 2 (3/2) (5/3)^2 / 2, nu_obs = 10/12 9 / 2.5 = 3 */
  const double w = 1.5 * 25 / 9, df = 1 / (1 / w + 1.0 / 3);
  CHECK_CLOSE(test.f, 0.9, 1e-14);
  CHECK_CLOSE(test.df1, 2, 0);
  CHECK_CLOSE(test.df2, df, 1e-14);
  CHECK_CLOSE(test.missing, (1.5 + 2 / (w + 3)) / 2.5, 1e-14);
  CHECK_OK(weeg_f_tail(0.9, 2, df, &p, NULL));
  CHECK_CLOSE(test.p_value, p, 1e-14);
  /* coefficients: nu is their df */
  const double nines[] = {9, 9};
  CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){q, unit, nines, 2, 2, true}, &test, NULL));
  CHECK_CLOSE(test.f, 1, 1e-14);
  CHECK_CLOSE(test.df2, df, 1e-14);
  CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){q, unit, infinite, 2, 2}, &test, NULL));
  CHECK_CLOSE(test.f, 1, 1e-14);
  CHECK_CLOSE(test.df2, w, 1e-14);
  /* one estimate: the square of t */
  weeg_contrast c;
  CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){two, ones, tens, 2, 1}, &test, NULL));
  CHECK_OK(weeg_pool_contrast(&(weeg_completed){two, ones, tens, 2}, &(weeg_pool_choice){WEEG_DIFFERENCE, false, 0, 0.95}, &c,
                              &shared, NULL));
  CHECK_CLOSE(test.f, c.statistic * c.statistic, 1e-14);
  CHECK_CLOSE(test.df2, c.df_used, 1e-14);
  CHECK_CLOSE(test.p_value, c.p_value, 1e-12);
  CHECK_CLOSE(test.missing, shared, 1e-14);
  /* four sets of three estimates, many PSUs: t = 9, 4 + 5 (1 + (1 - 2/9) / r)^2, r = 1.25 tr(B) / 3 = 0.75 1.25 / 3 */
  const double four[] = {1, 2, 3, 2, 2, 3, 1, 3, 3, 2, 3, 3};
  double units[36] = {0};
  for (int i = 0; i < 12; i++) units[i / 3 * 9 + i % 3 * 4] = 1;
  const double many[] = {INFINITY, INFINITY, INFINITY, INFINITY}, r = 1.25 * 2 / 9;
  CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){four, units, many, 4, 3}, &test, NULL));
  CHECK_CLOSE(test.df2, 4 + 5 * pow(1 + (7.0 / 9) / r, 2), 1e-13);
  const struct {
    const double *covariance, *df;
    weeg_reason reason;
  } none[] = {{unit, zeros, WEEG_REASON_NO_DF}, {unit, ones, WEEG_REASON_FEW_DF}, {nothing, tens, WEEG_REASON_ZERO_VARIANCE}};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
    CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){q, none[i].covariance, none[i].df, 2, 2}, &test, NULL));
    CHECK(test.reason == none[i].reason && isnan(test.p_value));
  }
  /* six sets that are equal, with one degree of freedom each: it is 1, and df2 is (1 + 1)/(1 + 3) */
  const double alike[] = {1, 1, 1, 1, 1, 1}, six[6] = {2, 2, 2, 2, 2, 2};
  CHECK_OK(weeg_pool_wald(&(weeg_completed_estimates){six, alike, alike, 6, 1, true}, &test, NULL));
  CHECK(test.reason == WEEG_REASON_NONE);
  CHECK_CLOSE(test.f, 4, 1e-14);
  CHECK_CLOSE(test.df2, 0.5, 1e-14);
  CHECK_STATUS(weeg_pool_wald(&(weeg_completed_estimates){q, unit, tens, 1, 2}, &test, NULL), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_pool_wald(&(weeg_completed_estimates){q, unit, tens, 2, 0}, &test, NULL), WEEG_ERR_ARGUMENT);
}

/* Few answers call for care where that is asked for. */
static void test_cautions(void) {
  const double p[] = {0.02, 0.03}, v[] = {0.0002, 0.0003};
  const weeg_completed of = {p, v, tens, 2};
  weeg_pooled_share s = {.share.base_n = 100};
  CHECK_OK(weeg_pool_shares(&of, 1, &(weeg_pool_shares_choice){{WEEG_INTERVAL_BETA, 0.95}, true}, &s, NULL));
  CHECK(s.share.reason == WEEG_REASON_FEW_ANSWERS && s.share.low > 0);
  s = (weeg_pooled_share){.share.base_n = 100};
  CHECK_OK(weeg_pool_shares(&of, 1, &(weeg_pool_shares_choice){{WEEG_INTERVAL_BETA, 0.95}, false}, &s, NULL));
  CHECK(s.share.reason == WEEG_REASON_NONE);
}

int main(void) {
  test_estimates();
  test_contrasts();
  test_reasons();
  test_shares();
  test_wald();
  test_cautions();
  return test_report("pool");
}
