/*
 * Taylor variances: small designs worked out by hand, and random ones against the formula written out row by row.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"
#include "variance/scores.h"

/* Two levels: cell 0 scores 1 for output 0, cell 1 nothing; the third position is missing. */
static const int64_t one_start[] = {0, 1, 1, 1};
static const int32_t one_index[] = {0}, no_domain[] = {0, 0, 0}, zero[] = {0, 0, 0, 0};
static const double one_coef[] = {1};
static const weeg_scores one = {3, 1, one_start, one_index, one_coef};
static const uint8_t use_all[] = {1, 1, 1};

/* Variance and covariance of the one output, which must agree; NaN if the call fails. */
static double variance_of(const sample *s, weeg_status expected) {
  double v = NAN, c = NAN;
  weeg_error err = {0};
  CHECK_STATUS(weeg_variance(&(weeg_survey){s->tally, &s->design}, &one, &(weeg_domains){no_domain, 1, zero}, &v, &err),
               expected);
  CHECK_STATUS(weeg_covariance(&(weeg_survey){s->tally, &s->design}, &one, use_all, &c, &err), expected);
  if (expected == WEEG_OK) CHECK_CLOSE(c, v, 1e-14);
  return v;
}

/* Five rows of weight 10, three of which score: z = 10, 10, 0, 0, 10, mean 6, squares 3 * 16 + 2 * 36 = 120. */
static void test_simple(void) {
  static const int32_t answer[] = {1, 1, 2, 2, 1}, psu[] = {1, 2, 3, 4, 5}, missing[] = {1, 1, 2, 0, 1};
  static const double w[] = {10, 10, 10, 10, 10}, size[] = {50}, census[] = {5}, infinite[] = {HUGE_VAL};
  for (int element = 0; element < 2; element++) {
    const weeg_column column = sample_column(answer, 2), gap = sample_column(missing, 2);
    sample s;
    sample_make(&s, 5, NULL, 1, element ? NULL : psu, 5, &column, 1, w);
    CHECK_CLOSE(variance_of(&s, WEEG_OK), 150, 1e-15); /* 5/4 of 120 */
    s.design.stratum_fpc = size;
    CHECK_CLOSE(variance_of(&s, WEEG_OK), 135, 1e-15); /* 1 - 5/50 of it */
    s.design.stratum_fpc = infinite;
    CHECK_CLOSE(variance_of(&s, WEEG_OK), 150, 1e-15);
    s.design.stratum_fpc = census;
    CHECK(variance_of(&s, WEEG_OK) == 0);
    weeg_tally_free(s.tally);
    sample_make(&s, 5, NULL, 1, element ? NULL : psu, 5, &gap, 1, w); /* a missing answer scores nothing too */
    CHECK_CLOSE(variance_of(&s, WEEG_OK), 150, 1e-15);
    weeg_tally_free(s.tally);
  }
}

/*
 * Stratum 1: z = 10, 0: mean 5, squares 50, times 2/1 = 100. Stratum 2: z = 2, 4, 6: mean 4, squares 8, times 3/2 = 12.
 */
static void test_stratified(void) {
  static const int32_t stratum[] = {1, 2, 2, 1, 2}, answer[] = {1, 1, 1, 2, 1}, psu[] = {5, 4, 3, 2, 1};
  static const double w[] = {10, 2, 4, 7, 6}, sizes[] = {4, 3};
  for (int element = 0; element < 2; element++) {
    const weeg_column column = sample_column(answer, 2);
    sample s;
    sample_make(&s, 5, stratum, 2, element ? NULL : psu, 5, &column, 1, w);
    CHECK_CLOSE(variance_of(&s, WEEG_OK), 112, 1e-15);
    s.design.stratum_fpc = sizes; /* half of 100, nothing of 12 */
    CHECK_CLOSE(variance_of(&s, WEEG_OK), 50, 1e-15);
    weeg_tally_free(s.tally);
  }
}

/*
 * PSU totals 2 + 3 = 5, 9 and 1, mean 5, squares 32, times 3/2 = 48. With a fourth PSU whose only row scores nothing:
 * mean 15/4, squares 107 - 225/4 = 203/4, times 4/3 = 203/3. A PSU code without rows changes nothing.
 */
static void test_clustered(void) {
  static const int32_t psu[] = {1, 2, 1, 3, 3, 5}, answer[] = {1, 1, 1, 1, 2, 2};
  static const double w[] = {2, 9, 3, 1, 100, 50};
  const weeg_column column = sample_column(answer, 2);
  sample s;
  sample_make(&s, 5, NULL, 1, psu, 5, &column, 1, w);
  CHECK(s.design.stratum_psus[0] == 3);
  CHECK_CLOSE(variance_of(&s, WEEG_OK), 48, 1e-15);
  weeg_tally_free(s.tally);
  sample_make(&s, 6, NULL, 1, psu, 5, &column, 1, w);
  CHECK_CLOSE(variance_of(&s, WEEG_OK), 203.0 / 3, 1e-15);
  weeg_tally_free(s.tally);
}

/* Stratum 1: z = 3, 7: mean 5, squares 8, times 2 = 16. Stratum 2 has one PSU, z = 8; stratum 3 one, z = 2. */
static void test_lonely(void) {
  static const int32_t stratum[] = {1, 2, 1, 3}, answer[] = {1, 1, 1, 1}, psu[] = {1, 2, 3, 4};
  static const double w[] = {3, 8, 7, 2};
  static const double all_of_2[] = {HUGE_VAL, 1, HUGE_VAL}, half_of_3[] = {HUGE_VAL, HUGE_VAL, 2}, all_of_both[] = {10, 1, 1};
  const struct {
    weeg_lonely rule;
    const double *fpc;
    weeg_status status;
    double variance;
  } cases[] = {
      {WEEG_LONELY_FAIL, NULL, WEEG_ERR_LONELY_PSU, 0},
      {WEEG_LONELY_REMOVE, NULL, WEEG_OK, 16},
      {WEEG_LONELY_CERTAINTY, NULL, WEEG_OK, 16},
      {WEEG_LONELY_ADJUST, NULL, WEEG_OK, 16 + 9 + 9}, /* mean over PSUs (3 + 7 + 8 + 2) / 4 = 5 */
      {WEEG_LONELY_AVERAGE, NULL, WEEG_OK, 48},        /* 3 strata of which 1 counts */
      /* stratum 2 has all its PSUs in the sample: it adds nothing under any rule, and is not lonely */
      {WEEG_LONELY_ADJUST, all_of_2, WEEG_OK, 16 + 9},
      {WEEG_LONELY_AVERAGE, all_of_2, WEEG_OK, 24},
      {WEEG_LONELY_REMOVE, all_of_2, WEEG_OK, 16},
      {WEEG_LONELY_FAIL, all_of_2, WEEG_ERR_LONELY_PSU, 0}, /* because of stratum 3 */
      {WEEG_LONELY_FAIL, all_of_both, WEEG_OK, 0.8 * 16},   /* 2 PSUs of 10 */
      {WEEG_LONELY_ADJUST, half_of_3, WEEG_OK, 16 + 9 + 0.5 * 9},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int element = 0; element < 2; element++) {
      const weeg_column column = sample_column(answer, 2);
      sample s;
      sample_make(&s, 4, stratum, 3, element ? NULL : psu, 4, &column, 1, w);
      s.design.lonely = cases[k].rule;
      s.design.stratum_fpc = cases[k].fpc;
      const double v = variance_of(&s, cases[k].status);
      if (cases[k].status == WEEG_OK) CHECK_CLOSE(v, cases[k].variance, 1e-15);
      weeg_tally_free(s.tally);
    }
  }
  /* the first lonely stratum is named */
  const weeg_column column = sample_column(answer, 2);
  sample s;
  double v = -1;
  weeg_error err = {0};
  sample_make(&s, 4, stratum, 3, psu, 4, &column, 1, w);
  CHECK_STATUS(weeg_variance(&(weeg_survey){s.tally, &s.design}, &one, &(weeg_domains){no_domain, 1, zero}, &v, &err),
               WEEG_ERR_LONELY_PSU);
  CHECK(err.where == 1 && v == -1);
  CHECK_TEXT(err.message, "stratum 2 has only one PSU");
  weeg_tally_free(s.tally);
  /* all strata lonely: nothing to average */
  static const int32_t apart[] = {1, 2, 3, 4};
  sample_make(&s, 4, apart, 4, psu, 4, &column, 1, w);
  s.design.lonely = WEEG_LONELY_AVERAGE;
  CHECK(isnan(variance_of(&s, WEEG_OK)));
  s.design.lonely = WEEG_LONELY_REMOVE;
  CHECK(variance_of(&s, WEEG_OK) == 0);
  s.design.lonely = WEEG_LONELY_ADJUST; /* mean 5: 4 + 9 + 4 + 9 */
  CHECK_CLOSE(variance_of(&s, WEEG_OK), 26, 1e-15);
  weeg_tally_free(s.tally);
}

/*
 * The sample of test_lonely, with the row of stratum 3 outside the domain: a cell of its own. Mean over the three PSUs of
 * the domain's strata: 6, so that "adjust" adds (8 - 6)^2; "average" multiplies by 2/1; stratum 3 is not missed.
 * A second domain is stratum 3 alone.
 */
static void test_domains(void) {
  static const int32_t stratum[] = {1, 2, 1, 3}, answer[] = {1, 1, 1, 2}, psu[] = {1, 2, 3, 4};
  static const double w[] = {3, 8, 7, 2}, coef[] = {1, 1};
  static const int64_t start[] = {0, 1, 2, 2};
  static const int32_t index[] = {0, 1}, domain_of[] = {0, 1, -1}, output_domain[] = {0, 1};
  static const uint8_t first[] = {1, 0, 0};
  const weeg_scores two = {3, 2, start, index, coef};
  const struct {
    weeg_lonely rule;
    double first, second;
  } cases[] = {{WEEG_LONELY_REMOVE, 16, 0}, {WEEG_LONELY_ADJUST, 20, 0}, {WEEG_LONELY_AVERAGE, 32, NAN}};
  for (size_t k = 0; k < 3; k++) {
    for (int element = 0; element < 2; element++) {
      const weeg_column column = sample_column(answer, 2);
      sample s;
      double v[2], c;
      int64_t df[2];
      sample_make(&s, 4, stratum, 3, element ? NULL : psu, 4, &column, 1, w);
      s.design.lonely = cases[k].rule;
      CHECK_OK(weeg_variance(&(weeg_survey){s.tally, &s.design}, &two, &(weeg_domains){domain_of, 2, output_domain}, v,
                             NULL));
      CHECK_CLOSE(v[0], cases[k].first, 1e-15);
      CHECK_CLOSE(v[1], cases[k].second, 1e-15);
      CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &one, first, &c, NULL));
      CHECK_CLOSE(c, cases[k].first, 1e-15);
      /* PSUs minus strata: 3 - 2 and 1 - 1 */
      CHECK_OK(weeg_design_df(&(weeg_survey){s.tally, &s.design}, domain_of, 2, df, NULL));
      CHECK(df[0] == 1 && df[1] == 0);
      weeg_tally_free(s.tally);
    }
  }
}

/*
 * A stratum with two sampled PSUs, one of them seen in the domain: z = 4, 0, mean 2, squares 8, times 2: not lonely. Scores
 * outside the domain are passed over.
 */
static void test_one_seen(void) {
  static const int32_t answer[] = {1, 2}, psu[] = {1, 2}, domain_of[] = {0, -1, -1}, index[] = {0, 0};
  static const double w[] = {4, 5}, coef[] = {1, 1};
  static const int64_t start[] = {0, 1, 2, 2};
  static const uint8_t first[] = {1, 0, 0};
  const weeg_scores outside = {3, 1, start, index, coef};
  const weeg_column column = sample_column(answer, 2);
  for (int element = 0; element < 2; element++) {
    sample s;
    double v;
    int64_t df;
    sample_make(&s, 2, NULL, 1, element ? NULL : psu, 2, &column, 1, w);
    CHECK_OK(weeg_variance(&(weeg_survey){s.tally, &s.design}, &one, &(weeg_domains){domain_of, 1, zero}, &v, NULL));
    CHECK_CLOSE(v, 16, 1e-15);
    CHECK_OK(
        weeg_variance(&(weeg_survey){s.tally, &s.design}, &outside, &(weeg_domains){domain_of, 1, zero}, &v, NULL));
    CHECK_CLOSE(v, 16, 1e-15);
    CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &outside, first, &v, NULL));
    CHECK_CLOSE(v, 16, 1e-15);
    CHECK_OK(weeg_design_df(&(weeg_survey){s.tally, &s.design}, domain_of, 1, &df, NULL));
    CHECK(df == 0);
    weeg_tally_free(s.tally);
  }
}

/*
 * Two strata of three PSUs. Domain A has rows in PSU 1 of the first, z = 6, and 4 and 5 of the second, 5 and 7; B in 2 and 3,
 * z = 2 and 4, and 6, z = 9. So each stratum has one PSU of one domain and two of the other. Each adds 3/2 times its squares:
 * the mean over six PSUs is 3 for A and 5/2 for B.
 *
 *     A: (16 + 4 + 4) 3/2 = 36, and (1 + 9 + 16) 3/2 = 39;      adjusted the first is (9 + 2 * 9) 3/2 = 40.5
 *     B: (4 + 0 + 4) 3/2 = 12, and (36 + 9 + 9) 3/2 = 81;       adjusted the second is (6.5^2 + 2 * 2.5^2) 3/2 = 82.125
 */
static void test_lonely_to_one(void) {
  static const int32_t stratum[] = {1, 1, 1, 2, 2, 2}, answer[] = {1, 2, 2, 1, 1, 2}, psu[] = {1, 2, 3, 4, 5, 6};
  static const double w[] = {6, 2, 4, 5, 7, 9}, coef[] = {1, 1};
  static const int64_t start[] = {0, 1, 2, 2}, second_start[] = {0, 0, 1, 1};
  static const int32_t index[] = {0, 1}, domain_of[] = {0, 1, -1}, output_domain[] = {0, 1};
  static const uint8_t use[2][3] = {{1, 0, 0}, {0, 1, 0}};
  const weeg_scores two = {3, 2, start, index, coef}, second = {3, 1, second_start, index, coef};
  const struct {
    weeg_lonely rule;
    bool lonely_domain;
    double a, b;
  } cases[] = {{WEEG_LONELY_FAIL, true, 36 + 39, 12 + 81},     {WEEG_LONELY_REMOVE, true, 36 + 39, 12 + 81},
               {WEEG_LONELY_ADJUST, false, 36 + 39, 12 + 81},  {WEEG_LONELY_ADJUST, true, 40.5 + 39, 12 + 82.125},
               {WEEG_LONELY_AVERAGE, false, 36 + 39, 12 + 81}, {WEEG_LONELY_AVERAGE, true, 2 * 39, 2 * 12}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int element = 0; element < 2; element++) {
      const weeg_column column = sample_column(answer, 2);
      sample s;
      double v[2], c;
      sample_make(&s, 6, stratum, 2, element ? NULL : psu, 6, &column, 1, w);
      s.design.lonely = cases[k].rule;
      s.design.lonely_domain = cases[k].lonely_domain;
      CHECK_OK(weeg_variance(&(weeg_survey){s.tally, &s.design}, &two, &(weeg_domains){domain_of, 2, output_domain}, v,
                             NULL));
      CHECK_CLOSE(v[0], cases[k].a, 1e-15);
      CHECK_CLOSE(v[1], cases[k].b, 1e-15);
      CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &one, use[0], &c, NULL));
      CHECK_CLOSE(c, cases[k].a, 1e-15);
      CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &second, use[1], &c, NULL));
      CHECK_CLOSE(c, cases[k].b, 1e-15);
      weeg_tally_free(s.tally);
    }
  }
}

/*
 * The same with A in two cells, of which an output each: z = (6, 0) in PSU 1, (5, 0) in 4 and (0, 7) in 5; mean over six PSUs
 * (11/6, 7/6). Adjusted, the first stratum has 3/2 (25/6 * 25/6 + 2 * 11/6 * 11/6) = 289/8, 3/2 * 3 * 49/36 = 49/8 and
 * 3/2 (-25/6 * 7/6 + 2 * 11/6 * 7/6) = -7/8; the second one 3/2 (25 - 25/3) = 25, 3/2 (49 - 49/3) = 49 and -3/2 * 35/3 = -35/2.
 */
static void test_lonely_to_two_outputs(void) {
  static const int32_t stratum[] = {1, 1, 1, 2, 2, 2}, answer[] = {1, 0, 0, 1, 2, 0}, psu[] = {1, 2, 3, 4, 5, 6};
  static const double w[] = {6, 2, 4, 5, 7, 9}, coef[] = {1, 1};
  static const int64_t start[] = {0, 1, 2, 2};
  static const int32_t index[] = {0, 1};
  static const uint8_t use[] = {1, 1, 0};
  const weeg_scores two = {3, 2, start, index, coef};
  const weeg_column column = sample_column(answer, 2);
  for (int element = 0; element < 2; element++) {
    sample s;
    double c[4];
    sample_make(&s, 6, stratum, 2, element ? NULL : psu, 6, &column, 1, w);
    s.design.lonely = WEEG_LONELY_ADJUST;
    s.design.lonely_domain = true;
    CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &two, use, c, NULL));
    CHECK_CLOSE(c[0], 289.0 / 8 + 25, 1e-15);
    CHECK_CLOSE(c[1], -7.0 / 8 - 35.0 / 2, 1e-15);
    CHECK(c[2] == c[1]);
    CHECK_CLOSE(c[3], 49.0 / 8 + 49, 1e-15);
    weeg_tally_free(s.tally);
  }
}

/* 2 outputs: z = (1, 0), (0, 2), (3, 0): means 4/3, 2/3; squares 10 - 16/3, 4 - 4/3; products -4 * 2/3; times 3/2. */
static void test_two_outputs(void) {
  static const int32_t answer[] = {1, 2, 1}, psu[] = {1, 2, 3}, index[] = {0, 1};
  static const double w[] = {1, 2, 3}, coef[] = {1, 1};
  static const int64_t start[] = {0, 1, 2, 2};
  const weeg_scores two = {3, 2, start, index, coef};
  const weeg_column column = sample_column(answer, 2);
  for (int element = 0; element < 2; element++) {
    sample s;
    double c[4], v[2];
    sample_make(&s, 3, NULL, 1, element ? NULL : psu, 3, &column, 1, w);
    CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &two, use_all, c, NULL));
    CHECK_CLOSE(c[0], 7, 1e-15);
    CHECK_CLOSE(c[1], -4, 1e-15);
    CHECK(c[1] == c[2]);
    CHECK_CLOSE(c[3], 4, 1e-15);
    CHECK_OK(weeg_variance(&(weeg_survey){s.tally, &s.design}, &two, &(weeg_domains){no_domain, 1, zero}, v, NULL));
    CHECK_CLOSE(v[0], 7, 1e-15);
    CHECK_CLOSE(v[1], 4, 1e-15);
    weeg_tally_free(s.tally);
  }
}

/* ---- random designs, the formula row by row ---- */

enum { ROWS = 300, STRATA = 6, PSUS = 40, CELLS = 4, OUTPUTS = 5, DOMAINS = 2 };

typedef struct random_design {
  int32_t stratum[ROWS], psu[ROWS], answer[ROWS];
  double w[ROWS], coef[CELLS][OUTPUTS];
  double fpc[STRATA];
} random_design;

static void draw(random_design *d, bool element) {
  int32_t of[PSUS];
  for (int j = 0; j < PSUS; j++) of[j] = j < STRATA ? j + 1 : sample_draw(STRATA - 1) + 1; /* the last one is lonely */
  for (int i = 0; i < ROWS; i++) {
    d->psu[i] = element ? i + 1 : i < PSUS ? i + 1 : sample_draw(PSUS) + 1;
    d->stratum[i] = element ? (i == 0 ? STRATA : sample_draw(STRATA - 1) + 1) : of[d->psu[i] - 1];
    d->answer[i] = sample_draw(CELLS); /* 0: missing */
    d->w[i] = sample_draw(10) == 0 ? 0 : 0.5 + sample_draw(1000) / 100.0;
    /* of stratum 2 the second PSU has rows in all domains, the others none */
    if (d->stratum[i] == 2 && d->psu[i] != 2) d->answer[i] = 0;
  }
  for (int c = 0; c < CELLS; c++) {
    for (int o = 0; o < OUTPUTS; o++) d->coef[c][o] = sample_draw(3) == 0 ? 0 : (sample_draw(201) - 100) / 7.0;
  }
  for (int h = 0; h < STRATA; h++) d->fpc[h] = h % 2 == 0 ? 400 : HUGE_VAL;
}

/*
 * Covariance of outputs a and b in domain k, from the rows. With lonely_domain, a stratum of which the domain has one PSU is
 * lonely too: ADJUST takes deviations of all its PSUs from the overall mean, AVERAGE leaves it out, as survey does.
 */
static double naive(const random_design *d, const weeg_design *design, const int32_t *domain_of, int32_t k, int a, int b,
                    int32_t psus) {
  double z[2][ROWS] = {{0}}, sum[STRATA][2] = {{0}}, centre[2] = {0}, total = 0;
  bool present[STRATA] = {false}, seen[ROWS] = {false}, lonely[STRATA];
  int32_t of[ROWS], psus_seen[STRATA] = {0};
  for (int i = 0; i < ROWS; i++) {
    const int cell = d->answer[i] == 0 ? CELLS - 1 : d->answer[i] - 1, h = d->stratum[i] - 1;
    of[d->psu[i] - 1] = h;
    if (d->w[i] == 0 || domain_of[cell] != k) continue;
    present[h] = true;
    psus_seen[h] += !seen[d->psu[i] - 1];
    seen[d->psu[i] - 1] = true;
    z[0][d->psu[i] - 1] += d->w[i] * d->coef[cell][a];
    z[1][d->psu[i] - 1] += d->w[i] * d->coef[cell][b];
  }
  int64_t count = 0, strata = 0, usable = 0;
  for (int h = 0; h < STRATA; h++) {
    if (!present[h]) continue;
    lonely[h] = design->stratum_psus[h] == 1 || (design->lonely_domain && psus_seen[h] == 1);
    count += design->stratum_psus[h];
    strata++;
    usable += !lonely[h];
  }
  for (int j = 0; j < psus; j++) {
    for (int o = 0; o < 2; o++) {
      sum[of[j]][o] += z[o][j];
      centre[o] += z[o][j] / (double)count;
    }
  }
  for (int h = 0; h < STRATA; h++) {
    if (!present[h]) continue;
    const double n = (double)design->stratum_psus[h];
    const double left = design->stratum_fpc == NULL || isinf(d->fpc[h]) ? 1 : 1 - n / d->fpc[h];
    if (n > 1 && (!lonely[h] || design->lonely == WEEG_LONELY_REMOVE)) {
      for (int j = 0; j < psus; j++) {
        if (of[j] == h) total += left * n / (n - 1) * (z[0][j] - sum[h][0] / n) * (z[1][j] - sum[h][1] / n);
      }
    } else if (design->lonely == WEEG_LONELY_ADJUST) {
      const double others = (n - 1) * centre[0] * centre[1]; /* which have none of the domain */
      total += left * (n > 1 ? n / (n - 1) : 1) * ((sum[h][0] - centre[0]) * (sum[h][1] - centre[1]) + others);
    }
  }
  return design->lonely == WEEG_LONELY_AVERAGE && usable < strata ? total * (double)strata / (double)usable : total;
}

static void test_random(void) {
  static const weeg_lonely rules[] = {WEEG_LONELY_REMOVE, WEEG_LONELY_ADJUST, WEEG_LONELY_AVERAGE};
  static const int32_t domain_of[] = {0, 1, 0, -1}, output_domain[] = {0, 1, 0, 1, 0};
  static const uint8_t use[] = {1, 0, 1, 0};
  for (int repeat = 0; repeat < 60; repeat++) {
    const bool element = repeat % 2 == 0;
    const int32_t psus = element ? ROWS : PSUS;
    static random_design d;
    sample s;
    draw(&d, element);
    const weeg_column column = sample_column(d.answer, CELLS - 1);
    sample_make(&s, ROWS, d.stratum, STRATA, element ? NULL : d.psu, psus, &column, 1, d.w);
    s.design.lonely = rules[repeat % 3];
    s.design.lonely_domain = repeat % 8 > 4;
    if (repeat % 4 < 2) s.design.stratum_fpc = d.fpc;
    int64_t start[CELLS + 1] = {0};
    int32_t index[CELLS * OUTPUTS];
    double coef[CELLS * OUTPUTS], all_coef[CELLS * OUTPUTS], v[OUTPUTS], c[OUTPUTS * OUTPUTS];
    int64_t used = 0;
    /* an output takes scores from cells of its own domain */
    for (int cell = 0; cell < CELLS; cell++) {
      for (int o = 0; o < OUTPUTS; o++) {
        if (domain_of[cell] != output_domain[o]) continue;
        index[used] = o;
        coef[used++] = d.coef[cell][o];
      }
      start[cell + 1] = used;
    }
    const weeg_scores scores = {CELLS, OUTPUTS, start, index, coef};
    CHECK_OK(weeg_variance(&(weeg_survey){s.tally, &s.design}, &scores,
                           &(weeg_domains){domain_of, DOMAINS, output_domain}, v, NULL));
    for (int o = 0; o < OUTPUTS; o++) {
      CHECK_CLOSE(v[o], naive(&d, &s.design, domain_of, output_domain[o], o, o, psus), 1e-12);
    }
    used = 0;
    for (int cell = 0; cell < CELLS; cell++) {
      for (int o = 0; o < OUTPUTS; o++) {
        index[used] = o;
        all_coef[used++] = d.coef[cell][o];
      }
      start[cell + 1] = used;
    }
    const weeg_scores all = {CELLS, OUTPUTS, start, index, all_coef};
    CHECK_OK(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &all, use, c, NULL));
    for (int a = 0; a < OUTPUTS; a++) {
      for (int b = 0; b < OUTPUTS; b++) {
        CHECK(c[a * OUTPUTS + b] == c[b * OUTPUTS + a]);
        const double scale = sqrt(c[a * OUTPUTS + a] * c[b * OUTPUTS + b]);
        CHECK(fabs(c[a * OUTPUTS + b] - naive(&d, &s.design, domain_of, 0, a, b, psus)) <= 1e-12 * scale);
      }
    }
    weeg_tally_free(s.tally);
  }
}

/* Each row a PSU, said in two ways. Equal weights: what is left of 1/3 - 1/3 must not show. */
static void test_element_is_clustered(void) {
  for (int repeat = 0; repeat < 10; repeat++) {
    static random_design d;
    static int32_t id[ROWS];
    sample element, clustered;
    draw(&d, true);
    if (repeat >= 5) {
      for (int i = 0; i < ROWS; i++) d.w[i] = 1.1;
    }
    for (int i = 0; i < ROWS; i++) id[i] = i + 1;
    const weeg_column column = sample_column(d.answer, 2);
    sample_make(&element, ROWS, d.stratum, STRATA, NULL, 0, &column, 1, d.w);
    sample_make(&clustered, ROWS, d.stratum, STRATA, id, ROWS, &column, 1, d.w);
    element.design.lonely = clustered.design.lonely = (weeg_lonely)(1 + repeat % 4);
    CHECK_CLOSE(variance_of(&element, WEEG_OK), variance_of(&clustered, WEEG_OK), 1e-13);
    int64_t df[2];
    CHECK_OK(weeg_design_df(&(weeg_survey){element.tally, &element.design}, no_domain, 1, df, NULL));
    CHECK_OK(weeg_design_df(&(weeg_survey){clustered.tally, &clustered.design}, no_domain, 1, df + 1, NULL));
    int64_t expected = 0;
    bool seen[STRATA] = {false};
    for (int i = 0; i < ROWS; i++) {
      if (d.w[i] == 0) continue;
      expected += seen[d.stratum[i] - 1];
      seen[d.stratum[i] - 1] = true;
    }
    CHECK(df[0] == expected && df[1] == expected);
    weeg_tally_free(element.tally);
    weeg_tally_free(clustered.tally);
  }
}

static void test_bad_arguments(void) {
  static const int32_t answer[] = {1, 2, 1};
  const weeg_column column = sample_column(answer, 2);
  sample s;
  sample_make(&s, 3, NULL, 1, NULL, 0, &column, 1, NULL);
  double v;
  int64_t df;
  weeg_error err = {0};
  const weeg_scores wrong = {2, 1, one_start, one_index, one_coef};
  CHECK_STATUS(weeg_variance(&(weeg_survey){s.tally, &s.design}, &wrong, &(weeg_domains){no_domain, 1, zero}, &v, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &wrong, use_all, &v, &err), WEEG_ERR_ARGUMENT);
  weeg_design other = s.design;
  other.strata = 2;
  CHECK_STATUS(weeg_variance(&(weeg_survey){s.tally, &other}, &one, &(weeg_domains){no_domain, 1, zero}, &v, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_covariance(&(weeg_survey){s.tally, &other}, &one, use_all, &v, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_design_df(&(weeg_survey){s.tally, &other}, no_domain, 1, &df, &err), WEEG_ERR_ARGUMENT);
  other = s.design;
  other.element = false;
  CHECK_STATUS(weeg_variance(&(weeg_survey){s.tally, &other}, &one, &(weeg_domains){no_domain, 1, zero}, &v, &err),
               WEEG_ERR_ARGUMENT);
  const weeg_scores many = {3, 5000, one_start, one_index, one_coef};
  CHECK_STATUS(weeg_covariance(&(weeg_survey){s.tally, &s.design}, &many, use_all, &v, &err), WEEG_ERR_TOO_LARGE);
  weeg_tally_free(s.tally);
}

/* 2^25 terms and no more; what cannot be made is empty, whatever it was. */
static void test_many_terms(void) {
  score_list list;
  weeg_error err = {0};
  CHECK_OK(weeg_i_scores_new(&list, 1, 1, (int64_t)1 << 25, &err));
  weeg_i_scores_clear(&list);
  CHECK_OK(weeg_i_scores_new(&list, 1, 1, 0, &err));
  weeg_i_scores_clear(&list);
  for (int k = 0; k < 2; k++) {
    memset(&list, 0x7f, sizeof list);
    CHECK_STATUS(weeg_i_scores_new(&list, 1, 1, k == 0 ? -1 : ((int64_t)1 << 25) + 1, &err), WEEG_ERR_TOO_LARGE);
    CHECK(list.start == NULL && list.index == NULL && list.coef == NULL && list.size == NULL && list.used == 0);
    weeg_i_scores_clear(&list);
  }
}

int main(void) {
  test_simple();
  test_stratified();
  test_clustered();
  test_lonely();
  test_domains();
  test_one_seen();
  test_lonely_to_one();
  test_lonely_to_two_outputs();
  test_two_outputs();
  test_random();
  test_element_is_clustered();
  test_bad_arguments();
  test_many_terms();
  return test_report("variance");
}
