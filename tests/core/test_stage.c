/*
 * Multistage designs: a small one worked out by hand, and stages that do not fit.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

/* Two levels: cell 0 scores 1 for output 0, cell 1 nothing. */
static const int64_t one_start[] = {0, 1, 1, 1};
static const int32_t one_index[] = {0}, no_domain[] = {0, 0, 0}, zero[] = {0};
static const double one_coef[] = {1};
static const uint8_t use_all[] = {1, 1, 1};

static double variance_of(const weeg_survey *survey, weeg_status expected, weeg_error *err) {
  const weeg_scores one = {.cells = 3, .outputs = 1, .start = one_start, .index = one_index, .coef = one_coef};
  double v = NAN, c = NAN;
  CHECK_STATUS(weeg_variance(survey, &one, &(weeg_domains){no_domain, 1, zero}, &v, err), expected);
  CHECK_STATUS(weeg_covariance(survey, &one, use_all, &c, err), expected);
  if (expected == WEEG_OK) CHECK(v == c || (isnan(v) && isnan(c)) || fabs(c / v - 1) < 1e-14);
  return v;
}

/*
 * One stratum of 4 PSUs, 2 sampled. Of PSU 1, 3 of its 6 rows, with scores 2, 4, 6; of PSU 2, 2 of its 2 rows, 5 and 5,
 * or (lonely) 1 of its 2, with 9.
 *   stage 1: z = 12 and 10: 1/2 of 2/1 of 2 = 2; lonely z = 12 and 9: 1/2 of 2/1 of 4.5 = 4.5
 *   stage 2: half of what PSU 1 gives: 1/2 of 3/2 of 8 = 6: 3. Of PSU 2, all rows: nothing; lonely, by the rule.
 */
static void test_two_stages(void) {
  static const int32_t answer[] = {1, 1, 1, 1, 1}, psu_of_row[] = {1, 1, 1, 2, 2}, row[] = {1, 2, 3, 4, 5};
  static const int32_t psu_stratum[] = {0, 0}, parent[] = {0, 1}, row_stratum[] = {0, 0, 0, 1, 1};
  static const int64_t psus[] = {2}, rows[] = {3, 2}, lonely_rows[] = {3, 1};
  static const double sizes[] = {4}, row_sizes[] = {6, 2}, w[] = {2, 4, 6, 5, 5}, lonely_w[] = {2, 4, 6, 9};
  const struct {
    bool lonely;
    weeg_lonely rule;
    weeg_status status;
    double variance;
  } cases[] = {
      {false, WEEG_LONELY_FAIL, WEEG_OK, 2 + 3},
      {false, WEEG_LONELY_AVERAGE, WEEG_OK, 2 + 3},
      {true, WEEG_LONELY_FAIL, WEEG_ERR_LONELY_PSU, 0},
      {true, WEEG_LONELY_REMOVE, WEEG_OK, 4.5 + 3},
      {true, WEEG_LONELY_ADJUST, WEEG_OK, 4.5 + 3},  /* the mean of PSU 2 is that of its only row */
      {true, WEEG_LONELY_AVERAGE, WEEG_OK, NAN},     /* nothing in PSU 2 to average */
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int element = 0; element < 2; element++) {
      const bool lonely = cases[k].lonely;
      const int64_t count = lonely ? 4 : 5;
      const weeg_column column = sample_column(answer, 2);
      const weeg_column unit = sample_column(element ? psu_of_row : row, element ? 2 : (int32_t)count);
      const weeg_stage stage = {.element = element, .strata = 2, .units = element ? 0 : (int32_t)count,
                                .stratum_parent = parent, .unit_stratum = element ? NULL : row_stratum,
                                .stratum_units = lonely ? lonely_rows : rows, .stratum_fpc = row_sizes};
      const weeg_design design = {.strata = 1, .psus = 2, .psu_stratum = psu_stratum, .stratum_psus = psus,
                                  .stratum_fpc = sizes, .later = 1, .stages = &stage, .lonely = cases[k].rule};
      weeg_tally *tally = NULL;
      weeg_error err = {0};
      CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, element, lonely ? lonely_w : w, 9, NULL, count), NULL,
                                &tally, NULL));
      const double v = variance_of(&(weeg_survey){tally, &design}, cases[k].status, &err);
      if (cases[k].status == WEEG_OK) {
        CHECK(isnan(cases[k].variance) ? isnan(v) : fabs(v / cases[k].variance - 1) < 1e-14);
      } else {
        CHECK_TEXT(err.message, "at stage 2, stratum 2 has only one sampled unit");
        CHECK(err.where == 1);
      }
      int64_t df = -1;
      CHECK_OK(weeg_design_df(&(weeg_survey){tally, &design}, no_domain, 1, &df, NULL));
      CHECK(df == 1);
      weeg_tally_free(tally);
    }
  }
}

/*
 * A domain in one of two sampled PSUs (of 4), and there in one unit of the first stratum and two of the second (of each, 2 of 4
 * units): z = 4 and 3, 5. Both the PSUs and the first stratum within PSU 1 are lonely to the domain.
 *   stage 1: z = 12 and 0: 1/2 of 2/1 of 72 = 72, whether from the stratum's mean or, adjusted, from the mean of all its PSUs
 *   stage 2: half of, in PSU 1, 1/2 of 2/1 of (8 + 2) = 10: 5; adjusted, the mean over its four units is 3 and the first
 *            stratum has 1 + 9 in place of 8: 6. PSU 2 has nothing of the domain, nor anything to average
 */
static void test_lonely_within_units(void) {
  static const int32_t answer[] = {1, 2, 1, 1, 2, 2}, row[] = {1, 2, 3, 4, 5, 6}, stratum[] = {1, 1, 2, 2, 3, 3};
  static const int32_t psu_stratum[] = {0, 0}, parent[] = {0, 0, 1}, row_stratum[] = {0, 0, 1, 1, 2, 2};
  static const int32_t domain_of[] = {0, -1, -1};
  static const int64_t psus[] = {2}, rows[] = {2, 2, 2};
  static const double sizes[] = {4, 4, 4}, w[] = {4, 3, 3, 5, 1, 1};
  static const uint8_t use[] = {1, 0, 0};
  static const weeg_scores one = {.cells = 3, .outputs = 1, .start = one_start, .index = one_index, .coef = one_coef};
  const struct {
    weeg_lonely rule;
    bool lonely_domain;
    double variance;
  } cases[] = {{WEEG_LONELY_FAIL, true, 72 + 5}, {WEEG_LONELY_ADJUST, false, 72 + 5}, {WEEG_LONELY_ADJUST, true, 72 + 6},
               {WEEG_LONELY_AVERAGE, false, 72 + 5}, {WEEG_LONELY_AVERAGE, true, NAN}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    for (int element = 0; element < 2; element++) {
      const weeg_column column = sample_column(answer, 2), unit = sample_column(element ? stratum : row, element ? 3 : 6);
      const weeg_stage stage = {.element = element, .strata = 3, .units = element ? 0 : 6, .stratum_parent = parent,
                                .unit_stratum = element ? NULL : row_stratum, .stratum_units = rows, .stratum_fpc = sizes};
      const weeg_design design = {.strata = 1, .psus = 2, .psu_stratum = psu_stratum, .stratum_psus = psus, .stratum_fpc = sizes,
                                  .later = 1, .stages = &stage, .lonely = cases[k].rule, .lonely_domain = cases[k].lonely_domain};
      weeg_tally *tally = NULL;
      double v = -1, c = -1;
      CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, element, w, 6, NULL, 6), NULL, &tally, NULL));
      CHECK_OK(weeg_variance(&(weeg_survey){tally, &design}, &one, &(weeg_domains){domain_of, 1, zero}, &v, NULL));
      CHECK_OK(weeg_covariance(&(weeg_survey){tally, &design}, &one, use, &c, NULL));
      CHECK_CLOSE(v, cases[k].variance, 1e-15);
      CHECK_CLOSE(c, cases[k].variance, 1e-15);
      weeg_tally_free(tally);
    }
  }
}

/* Strata out of order, or of a unit that is not there, and a tally of other units. */
static void test_misfits(void) {
  static const int32_t answer[] = {1, 1}, unit_codes[] = {1, 2}, psu_stratum[] = {0, 0};
  static const int32_t parents[][2] = {{1, 0}, {0, 2}, {-1, 0}};
  static const int64_t psus[] = {2}, rows[] = {1, 1};
  const weeg_column column = sample_column(answer, 2), unit = sample_column(unit_codes, 2);
  weeg_tally *tally = NULL;
  weeg_error err = {0};
  CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, true, NULL, 1, NULL, 2), NULL, &tally, NULL));
  weeg_stage stage = {.element = true, .strata = 2, .stratum_units = rows};
  weeg_design design = {.strata = 1, .psus = 2, .psu_stratum = psu_stratum, .stratum_psus = psus, .later = 1,
                        .stages = &stage, .lonely = WEEG_LONELY_REMOVE};
  for (size_t k = 0; k < sizeof parents / sizeof *parents; k++) {
    stage.stratum_parent = parents[k];
    variance_of(&(weeg_survey){tally, &design}, WEEG_ERR_ARGUMENT, &err);
    CHECK_TEXT(err.message, "the strata of stage 2 are not in order of the units before");
  }
  design.later = 0; /* PSUs instead of rows */
  variance_of(&(weeg_survey){tally, &design}, WEEG_ERR_ARGUMENT, &err);
  weeg_tally_free(tally);
}

/* ---- three stages at random, the formula from the rows ---- */

/* Strata 1 and 2 have PSUs 1 2 3 and 5 6; each of those SSUs 3 j - 2 .. 3 j. PSU 4, and each third SSU of an even PSU, are codes
 * without rows. */
enum { ROWS = 90, PSUS = 6, SSUS = 3 * PSUS };

typedef struct three_stages {
  int32_t ssu[ROWS], answer[ROWS];
  double w[ROWS];
  double psu_sizes[2], ssu_sizes[PSUS], row_sizes[SSUS];
  int32_t psu_stratum[PSUS], ssu_stratum[SSUS], ssu_parent[PSUS], row_parent[SSUS];
  int64_t psus[2], ssus[PSUS], rows[SSUS];
} three_stages;

static bool has_rows(int32_t ssu) { return ssu / 3 != 3 && (ssu % 3 != 2 || ssu / 3 % 2 == 0); }

static void draw_stages(three_stages *d) {
  *d = (three_stages){.psus = {3, 2}};
  for (int i = 0; i < ROWS; i++) {
    d->ssu[i] = i < 2 * SSUS ? 1 + i % SSUS : 1 + sample_draw(SSUS); /* at least two each */
    while (!has_rows(d->ssu[i] - 1)) d->ssu[i] = 1 + sample_draw(SSUS);
    d->answer[i] = sample_draw(3);
    d->w[i] = (1 + sample_draw(100)) / 16.0;
    d->rows[d->ssu[i] - 1]++;
  }
  for (int u = 0; u < SSUS; u++) {
    d->ssu_stratum[u] = has_rows(u) ? u / 3 : -1;
    d->row_parent[u] = u;
    d->row_sizes[u] = (double)d->rows[u] * (u % 5 == 1 ? INFINITY : 1 + sample_draw(4));
    d->ssus[u / 3] += has_rows(u);
  }
  for (int j = 0; j < PSUS; j++) {
    d->psu_stratum[j] = j == 3 ? -1 : j / 3;
    d->ssu_parent[j] = j;
    d->ssu_sizes[j] = j == 2 ? INFINITY : (double)d->ssus[j] * 2 + j;
  }
  d->psu_sizes[0] = 4, d->psu_sizes[1] = 5;
}

/* (1 - n/N) n/(n - 1) sum (z - mean)^2 */
static double between(const double *z, int64_t n, double size) {
  double mean = 0, sum = 0;
  for (int64_t k = 0; k < n; k++) mean += z[k] / (double)n;
  for (int64_t k = 0; k < n; k++) sum += (z[k] - mean) * (z[k] - mean);
  return (1 - (double)n / size) * (double)n / (double)(n - 1) * sum;
}

/* Each stage's variance and the sampled fraction of what the units have within: Saerndal, Swensson and Wretman (1992), 4.3. */
static double three_stage_variance(const three_stages *d, bool with_rows) {
  double of_psu[2][3], within[2] = {0}, total = 0;
  int64_t psus[2] = {0};
  for (int j = 0; j < PSUS; j++) {
    const int h = j / 3;
    double of_ssu[3], inner = 0;
    int64_t ssus = 0;
    if (j == 3) continue;
    of_psu[h][psus[h]] = 0;
    for (int u = 3 * j; u < 3 * j + 3; u++) {
      double z[ROWS];
      int64_t n = 0;
      if (!has_rows(u)) continue;
      of_ssu[ssus] = 0;
      for (int i = 0; i < ROWS; i++) {
        if (d->ssu[i] - 1 != u) continue;
        z[n] = d->answer[i] == 1 ? d->w[i] : 0;
        of_ssu[ssus] += z[n++];
      }
      of_psu[h][psus[h]] += of_ssu[ssus++];
      if (with_rows) inner += between(z, n, d->row_sizes[u]);
    }
    within[h] += between(of_ssu, ssus, d->ssu_sizes[j]) + (double)ssus / d->ssu_sizes[j] * inner;
    psus[h]++;
  }
  for (int h = 0; h < 2; h++) {
    total += between(of_psu[h], psus[h], d->psu_sizes[h]) + (double)psus[h] / d->psu_sizes[h] * within[h];
  }
  return total;
}

static void test_three_stages(void) {
  for (int repeat = 0; repeat < 20; repeat++) {
    three_stages d;
    const bool with_rows = repeat % 2 == 0;
    draw_stages(&d);
    const weeg_stage stages[] = {
        {.strata = PSUS, .units = SSUS, .stratum_parent = d.ssu_parent, .unit_stratum = d.ssu_stratum,
         .stratum_units = d.ssus, .stratum_fpc = d.ssu_sizes},
        {.element = true, .strata = SSUS, .stratum_parent = d.row_parent, .stratum_units = d.rows, .stratum_fpc = d.row_sizes}};
    weeg_design design = {.strata = 2, .psus = PSUS, .psu_stratum = d.psu_stratum, .stratum_psus = d.psus,
                          .stratum_fpc = d.psu_sizes, .later = with_rows ? 2 : 1, .stages = stages, .lonely = WEEG_LONELY_FAIL};
    const weeg_column column = sample_column(d.answer, 2), unit = sample_column(d.ssu, SSUS);
    weeg_tally *tally = NULL;
    int64_t df = -1;
    CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, with_rows, d.w, 7, NULL, ROWS), NULL, &tally, NULL));
    const double v = variance_of(&(weeg_survey){tally, &design}, WEEG_OK, NULL);
    CHECK_CLOSE(v, three_stage_variance(&d, with_rows), 1e-12);
    CHECK_OK(weeg_design_df(&(weeg_survey){tally, &design}, no_domain, 1, &df, NULL));
    CHECK(df == 3);
    weeg_tally_free(tally);
  }
}

int main(void) {
  test_three_stages();
  test_two_stages();
  test_lonely_within_units();
  test_misfits();
  return test_report("stage");
}
