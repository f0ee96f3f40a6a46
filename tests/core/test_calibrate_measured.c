/*
 * Means, ratios and totals of measures with calibrated weights and with replicates, against plain loops over rows (oracle.h): a
 * post-stratified statistic is a function of the original weights, whose derivatives by differences are right to 1e-10, and
 * replicates are the statistic again. Variances to 1e-8. Of three variables the second has the post-strata, and the last one says
 * whether the value is known; every seventh row is outside the domain.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"
#include "variance/deviations.h"

enum { GROUPS = 3, POSTSTRATA = 4, MOST_CELLS = 64 };

static oracle o;
static double y[2][ORACLE_ROWS], calibrated[ORACLE_ROWS], population[POSTSTRATA];
static uint8_t inside[ORACLE_ROWS], outside[ORACLE_ROWS];
static int32_t cell_group[MOST_CELLS], cell_known[MOST_CELLS];
static weeg_mean_figure figure;

static weeg_places places_of(void) {
  for (int32_t c = 0; c < oracle_cells(&o); c++) {
    cell_group[c] = oracle_level(&o, 0, c);
    cell_known[c] = oracle_level(&o, 2, c);
  }
  return (weeg_places){.group = cell_group, .groups = GROUPS, .answer = cell_known, .answers = 1};
}

static void draw(int32_t strata, int32_t each) {
  static const int32_t levels[] = {GROUPS, POSTSTRATA, 1};
  oracle_draw(&o, 400, strata, each, levels);
  for (int i = 0; i < o.rows; i++) {
    if (o.code[1][i] == 0) o.code[1][i] = 1;
    const bool known = o.code[2][i] == 1;
    y[0][i] = known ? 20 + o.code[1][i] + sample_draw(2001) / 1000.0 : NAN;
    y[1][i] = known ? 1 + sample_draw(2001) / 500.0 : NAN;
    inside[i] = i % 7 != 0;
    outside[i] = !inside[i];
  }
  for (int k = 0; k < POSTSTRATA; k++) population[k] = 1000 + sample_draw(5000);
}

/* theta of the group figures by weights that are post-stratified first, where `ctx` is not NULL. */
static void figures(const oracle *unused, const double *w, const void *ctx, double *theta) {
  double all[POSTSTRATA] = {0}, above[GROUPS] = {0}, below[GROUPS] = {0};
  (void)unused;
  for (int i = 0; i < o.rows; i++) all[o.code[1][i] - 1] += w[i];
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1, k = o.code[1][i] - 1;
    if (g < 0 || isnan(y[0][i]) || !inside[i]) continue;
    const double weight = ctx == NULL ? w[i] : w[i] * population[k] / all[k];
    above[g] += weight * y[0][i];
    below[g] += weight * (figure == WEEG_FIGURE_RATIO ? y[1][i] : 1);
  }
  for (int g = 0; g < GROUPS; g++) theta[g] = figure == WEEG_FIGURE_TOTAL ? above[g] : above[g] / below[g];
}

static weeg_column columns[ORACLE_VARIABLES + 1], unit;

/* The tally of rows by `count` columns, with two measures unless these are those outside. */
static weeg_tally *tally_of(const weeg_column *of, int count, const double *weights, const uint8_t *domain, bool measured) {
  weeg_tally *t = NULL;
  double most = 0;
  for (int i = 0; i < o.rows; i++) most = fmax(most, weights[i]);
  const weeg_rows rows = {.rows = o.rows, .columns = of, .count = count, .unit = &unit, .element = o.psus == 0,
                          .weights = weights, .max_weight = most, .domain = domain};
  const double *const values[] = {y[0], y[1]};
  CHECK_OK(weeg_tally_build(&rows, NULL, &t, NULL));
  if (measured) CHECK_OK(weeg_tally_measure(&(weeg_measured){&rows, 2, values}, NULL, t, NULL));
  return t;
}

static void make_columns(void) {
  for (int v = 0; v < ORACLE_VARIABLES; v++) columns[v] = sample_column(o.code[v], o.levels[v]);
  columns[ORACLE_VARIABLES] = columns[1];
  unit = sample_column(o.psus == 0 ? o.stratum : o.psu, o.psus == 0 ? o.strata : o.psus);
}

static void check_figures(const weeg_survey *survey, const double *theta, const double *variance, int step) {
  const weeg_places places = places_of();
  weeg_mean means[GROUPS];
  CHECK_OK(weeg_means(survey, &places, &(weeg_mean_choice){0, 0.95, figure, 1}, means, NULL));
  for (int g = 0; g < GROUPS; g++) {
    const double error = sqrt(variance[g * step]);
    CHECK_CLOSE(means[g].estimate, theta[g], 1e-12);
    CHECK(fabs(means[g].std_error - error) <= 1e-8 * error);
  }
}

/* ---- compared ---- */

enum { SETS = GROUPS + 2, DIFFERENCES = 5 };
/* Groups, all of them, all but the first. */
static const int64_t set_start[] = {0, 1, 2, 3, 6, 8};
static const int32_t set_group[] = {0, 1, 2, 0, 1, 2, 1, 2};
static const int32_t first[DIFFERENCES] = {0, 1, 0, 1, 0}, second[DIFFERENCES] = {1, 2, 2, 3, 4};

/* Differences of means of sets, by weights that are post-stratified first, where `ctx` is not NULL. */
static void contrasts(const oracle *unused, const double *w, const void *ctx, double *theta) {
  double all[POSTSTRATA] = {0}, above[GROUPS] = {0}, below[GROUPS] = {0}, mean[SETS];
  (void)unused;
  for (int i = 0; i < o.rows; i++) all[o.code[1][i] - 1] += w[i];
  for (int i = 0; i < o.rows; i++) {
    const int g = o.code[0][i] - 1, k = o.code[1][i] - 1;
    if (g < 0 || isnan(y[0][i]) || !inside[i]) continue;
    const double weight = ctx == NULL ? w[i] : w[i] * population[k] / all[k];
    above[g] += weight * y[0][i];
    below[g] += weight;
  }
  for (int s = 0; s < SETS; s++) {
    double sum = 0, base = 0;
    for (int64_t j = set_start[s]; j < set_start[s + 1]; j++) {
      sum += above[set_group[j]];
      base += below[set_group[j]];
    }
    mean[s] = sum / base;
  }
  for (int k = 0; k < DIFFERENCES; k++) theta[k] = mean[first[k]] - mean[second[k]];
}

/* The differences of groups, where all of them exist. */
static void joint(const oracle *rows, const double *w, const void *ctx, double *theta) {
  contrasts(rows, w, ctx, theta);
  for (int k = 0; k < 3; k++) theta[k] += 0 * (theta[0] + theta[1]);
}

/* Of pairs of groups, which are evaluated together, and of sets that share some. */
static void check_compared(const weeg_survey *survey, const double *theta, const double *variance, int step) {
  static const weeg_measure difference = WEEG_DIFFERENCE;
  const weeg_places places = places_of();
  for (int groups = 0; groups < 2; groups++) {
    const weeg_sets sets = {&places, groups ? GROUPS : SETS, set_start, set_group, 1};
    const int32_t pairs = groups ? 3 : DIFFERENCES;
    const weeg_comparison what = {.first = first, .second = second, .pairs = pairs, .measure = &difference, .measures = 1,
                                  .level = 0.95};
    weeg_contrast got[DIFFERENCES];
    CHECK_OK(weeg_compare_sets(survey, &sets, &what, got, NULL));
    for (int k = 0; k < pairs; k++) {
      const double error = sqrt(variance[k * step]);
      CHECK(fabs(got[k].estimate - theta[k]) <= 1e-12 * 20);
      CHECK(fabs(got[k].std_error - error) <= 1e-8 * error);
    }
  }
}

/* The test of equal means, W / 2. */
static void check_equal(const weeg_survey *survey, const double *theta, const double *variance, int step) {
  const weeg_places places = places_of();
  weeg_test test;
  const double a = variance[0], c = variance[step], b = (variance[2 * step] - a - c) / 2; /* the third is the sum */
  const double w = (theta[0] * theta[0] * c - 2 * theta[0] * theta[1] * b + theta[1] * theta[1] * a) / (a * c - b * b);
  CHECK_OK(weeg_test_means(survey, &places, 1, &test, NULL));
  CHECK(fabs(test.statistic - w / 2) <= 1e-6 * test.statistic && test.df1 == 2);
}

/* A basis of post-strata: each has one vector, of which the square times the original weights sums to 1. */
static void test_calibrated(int32_t strata, int32_t each) {
  static const int64_t start[POSTSTRATA + 1] = {0, 1, 2, 3, 4};
  static const int32_t index[] = {0, 1, 2, 3}, turned[] = {1, 0};
  double before[POSTSTRATA] = {0}, g[POSTSTRATA], basis[POSTSTRATA], theta[GROUPS], v[GROUPS * GROUPS];
  weeg_calibrated *made = NULL;
  draw(strata, each);
  oracle_make(&o, strata == 4);
  make_columns();
  for (int i = 0; i < o.rows; i++) before[o.code[1][i] - 1] += o.weight[i];
  for (int k = 0; k < POSTSTRATA; k++) {
    g[k] = population[k] / before[k];
    basis[k] = 1 / sqrt(before[k]);
  }
  for (int i = 0; i < o.rows; i++) calibrated[i] = o.weight[i] * g[o.code[1][i] - 1];
  weeg_tally *plain = tally_of(columns, ORACLE_VARIABLES, calibrated, inside, true);
  weeg_tally *crossed = tally_of(columns, ORACLE_VARIABLES + 1, calibrated, inside, true);
  weeg_tally *rest = tally_of(&columns[1], 1, calibrated, outside, false);
  const weeg_calibrated_tallies from = {.shown = plain->cells, .cells = POSTSTRATA, .crossed = crossed, .outside = rest};
  CHECK_OK(weeg_calibration_record(&from, &made, NULL));
  weeg_calibration c = made->calibration;
  c.g = g;
  c.columns = POSTSTRATA;
  c.start = start;
  c.index = index;
  c.value = basis;
  weeg_design design = o.s.design;
  design.calibration = &c;
  for (int f = WEEG_FIGURE_MEAN; f <= WEEG_FIGURE_TOTAL; f++) {
    figure = (weeg_mean_figure)f;
    figures(&o, o.weight, population, theta);
    oracle_covariance(&o, figures, population, GROUPS, v);
    check_figures(&(weeg_survey){plain, &design}, theta, v, GROUPS + 1);
  }
  double differences[DIFFERENCES], errors[DIFFERENCES * DIFFERENCES];
  contrasts(&o, o.weight, population, differences);
  oracle_covariance(&o, contrasts, population, DIFFERENCES, errors);
  check_compared(&(weeg_survey){plain, &design}, differences, errors, DIFFERENCES + 1);
  check_equal(&(weeg_survey){plain, &design}, differences, errors, DIFFERENCES + 1);
  /* measures that a table has in another order than the record */
  weeg_tally *other = NULL;
  const weeg_summand turn = {plain, NULL, NULL, turned};
  const weeg_places places = places_of();
  weeg_mean straight[GROUPS], crosswise[GROUPS];
  const weeg_mean_choice ratio = {0, 0.95, WEEG_FIGURE_RATIO, 1}, inverse = {1, 0.95, WEEG_FIGURE_RATIO, 0};
  CHECK_OK(weeg_tally_merge(&turn, NULL, plain->units, plain->cells, &other, NULL));
  CHECK_OK(weeg_means(&(weeg_survey){plain, &design}, &places, &ratio, straight, NULL));
  c.measure = turned;
  CHECK_OK(weeg_means(&(weeg_survey){other, &design}, &places, &inverse, crosswise, NULL));
  for (int k = 0; k < GROUPS; k++) CHECK(straight[k].std_error == crosswise[k].std_error && straight[k].std_error > 0);
  c.measure = NULL;
  /* a record of plain sums has none of measures */
  weeg_tally without = *c.tally;
  without.measures = 0;
  c.tally = &without;
  CHECK(weeg_means(&(weeg_survey){plain, &design}, &places, &(weeg_mean_choice){0, 0.95, WEEG_FIGURE_MEAN, 0}, straight, NULL) ==
        WEEG_ERR_ARGUMENT);
  weeg_calibrated_free(made);
  weeg_tally_free(other);
  weeg_tally_free(plain);
  weeg_tally_free(crossed);
  weeg_tally_free(rest);
  weeg_tally_free(o.s.tally);
}

/* The covariances of two means and their difference are those of their scores by hand. */
static weeg_status covariance_of(const weeg_survey *survey, const weeg_deviations *of, double *covariance) {
  static double value[4096], within[4096];
  const weeg_tally *t = survey->tally;
  int64_t start[MOST_CELLS + 1] = {0};
  int32_t index[2 * MOST_CELLS];
  double coef[2 * MOST_CELLS], total[GROUPS] = {0};
  uint8_t use[MOST_CELLS];
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t g = of->group[t->cell[i]];
    value[i] = g < 0 ? 0 : weeg_i_deviation(t, i, of, &of->centre[g]);
    within[i] = g < 0 || !t->element ? 0 : weeg_i_spread(t, i, of, &of->centre[g], 0);
    if (g >= 0) total[g] += weeg_sum_value(t->w[i], 0);
  }
  for (int32_t c = 0; c < t->cells; c++) {
    const int32_t g = of->group[c];
    int64_t at = start[c];
    use[c] = g >= 0;
    if (g == 0 || g == 1) {
      index[at] = g; /* the mean, */
      coef[at++] = 1 / total[g];
      index[at] = 2; /* and the difference */
      coef[at++] = (g == 0 ? 1 : -1) / total[g];
    }
    start[c + 1] = at;
  }
  const weeg_scores scores = {.cells = t->cells, .outputs = 3, .start = start, .index = index, .coef = coef, .value = value,
                              .within = within, .deviations = of};
  return weeg_covariance(survey, &scores, use, covariance, NULL);
}

/* Two calibrations in which nothing is known beforehand, one cell: residuals are from the mean of all rows. */
static void test_covariance(int32_t each) {
  static const int64_t start[] = {0, 1};
  static const int32_t index[] = {0};
  static int32_t one[ORACLE_ROWS];
  const double g = 2;
  double all = 0, theta[GROUPS], v[GROUPS * GROUPS], found[9];
  weeg_calibrated *made = NULL;
  draw(3, each);
  oracle_make(&o, false);
  make_columns();
  for (int i = 0; i < o.rows; i++) {
    one[i] = 1;
    o.code[1][i] = 1; /* one post-stratum */
    all += o.weight[i];
    calibrated[i] = g * o.weight[i];
  }
  population[0] = g * all;
  columns[ORACLE_VARIABLES] = sample_column(one, 1);
  weeg_tally *plain = tally_of(columns, ORACLE_VARIABLES, calibrated, inside, true);
  weeg_tally *crossed = tally_of(columns, ORACLE_VARIABLES + 1, calibrated, inside, true);
  weeg_tally *rest = tally_of(&columns[ORACLE_VARIABLES], 1, calibrated, outside, false);
  const weeg_calibrated_tallies from = {.shown = plain->cells, .cells = 1, .crossed = crossed, .outside = rest};
  CHECK_OK(weeg_calibration_record(&from, &made, NULL));
  weeg_calibration c = made->calibration;
  const double basis = 1 / sqrt(all);
  c.g = &g;
  c.columns = 1;
  c.start = start;
  c.index = index;
  c.value = &basis;
  weeg_design design = o.s.design;
  design.calibration = &c;
  figure = WEEG_FIGURE_MEAN;
  figures(&o, o.weight, population, theta);
  oracle_covariance(&o, figures, population, GROUPS, v);
  weeg_centre centre[GROUPS];
  const weeg_places places = places_of();
  int32_t group[MOST_CELLS];
  for (int32_t k = 0; k < plain->cells; k++) group[k] = places.answer[k] == 0 ? places.group[k] : -1;
  for (int k = 0; k < GROUPS; k++) { /* in units of the tally's sums */
    const double mean = ldexp(theta[k], plain->scale - plain->measure_scale[0]);
    const int exponent = ilogb(mean) - 20;
    centre[k] = (weeg_centre){(int64_t)rint(ldexp(mean, -exponent)), exponent, 0};
    centre[k].beyond = mean - ldexp((double)centre[k].significand, exponent);
  }
  const weeg_deviations of = {0, 0, centre, group};
  CHECK_OK(covariance_of(&(weeg_survey){plain, &design}, &of, found));
  const double units = ldexp(1, 2 * (plain->measure_scale[0] - plain->scale)), size = v[0] + v[GROUPS + 1];
  CHECK(fabs(found[0] * units - v[0]) <= 1e-8 * size);
  CHECK(fabs(found[4] * units - v[GROUPS + 1]) <= 1e-8 * size);
  CHECK(fabs(found[1] * units - v[1]) <= 1e-8 * size && found[1] == found[3]);
  CHECK(fabs(found[8] * units - (v[0] + v[GROUPS + 1] - 2 * v[1])) <= 1e-8 * size);
  CHECK(fabs(found[2] * units - (v[0] - v[1])) <= 1e-8 * size);
  weeg_calibrated_free(made);
  weeg_tally_free(plain);
  weeg_tally_free(crossed);
  weeg_tally_free(rest);
  weeg_tally_free(o.s.tally);
}

/* ---- replicates ---- */

static oracle_replicates replicates;

static void test_replicates(bool mse) {
  enum { COUNT = 23 };
  static double column[COUNT][ORACLE_ROWS], totals[3 * MOST_CELLS * COUNT];
  static int32_t cell[ORACLE_ROWS];
  const double *list[COUNT], *const values[] = {y[0], y[1]};
  double theta[GROUPS], v[GROUPS];
  int64_t counts[MOST_CELLS];
  draw(4, 5);
  oracle_make(&o, false);
  make_columns();
  oracle_draw_replicates(&o, &replicates, COUNT, mse);
  for (int r = 0; r < COUNT; r++) {
    for (int i = 0; i < o.rows; i++) column[r][i] = replicates.multiplier[r][i];
    list[r] = column[r];
  }
  weeg_tally *t = tally_of(columns, ORACLE_VARIABLES, o.weight, inside, true);
  const weeg_rows rows = {.rows = o.rows, .columns = columns, .count = ORACLE_VARIABLES, .domain = inside};
  CHECK_OK(weeg_replicate_cells(&rows, NULL, cell, counts, NULL));
  const weeg_replicate_sums sums = {.cell = cell, .cells = t->cells, .totals = totals, .measures = 2, .values = values};
  CHECK_OK(weeg_replicate_totals(&(weeg_replicate_columns){list, COUNT, o.weight, o.rows}, &sums, NULL, NULL));
  replicates.r.totals = totals;
  weeg_design design = o.s.design;
  design.replicates = &replicates.r;
  for (int f = WEEG_FIGURE_MEAN; f <= WEEG_FIGURE_TOTAL; f++) {
    figure = (weeg_mean_figure)f;
    figures(&o, o.weight, NULL, theta);
    oracle_replicate_variance(&o, &replicates, figures, NULL, GROUPS, v);
    check_figures(&(weeg_survey){t, &design}, theta, v, 1);
  }
  double differences[DIFFERENCES], errors[DIFFERENCES];
  contrasts(&o, o.weight, NULL, differences);
  oracle_replicate_variance(&o, &replicates, contrasts, NULL, DIFFERENCES, errors);
  check_compared(&(weeg_survey){t, &design}, differences, errors, 1);
  oracle_replicate_variance(&o, &replicates, joint, NULL, 3, errors);
  check_equal(&(weeg_survey){t, &design}, differences, errors, 1);
  weeg_tally_free(t);
  weeg_tally_free(o.s.tally);
  free(replicates.totals);
}

/* Multipliers of PSUs, of the tally, against the same of rows. */
static void test_multiplied(void) {
  enum { COUNT = 70, UNITS = 20 };
  static double column[COUNT][ORACLE_ROWS], factor[UNITS * COUNT], a[3 * MOST_CELLS * COUNT], b[3 * MOST_CELLS * COUNT];
  static int32_t cell[ORACLE_ROWS];
  const double *list[COUNT], *const values[] = {y[0], y[1]};
  int64_t counts[MOST_CELLS];
  draw(4, 5);
  oracle_make(&o, false);
  make_columns();
  for (int k = 0; k < UNITS * COUNT; k++) factor[k] = sample_draw(9) / 4.0;
  for (int r = 0; r < COUNT; r++) {
    for (int i = 0; i < o.rows; i++) column[r][i] = factor[(o.psu[i] - 1) * COUNT + r];
    list[r] = column[r];
  }
  weeg_tally *t = tally_of(columns, ORACLE_VARIABLES, o.weight, inside, true);
  const weeg_rows rows = {.rows = o.rows, .columns = columns, .count = ORACLE_VARIABLES, .domain = inside};
  CHECK_OK(weeg_replicate_cells(&rows, NULL, cell, counts, NULL));
  const weeg_replicate_sums sums = {.cell = cell, .cells = t->cells, .totals = a, .measures = 2, .values = values};
  CHECK_OK(weeg_replicate_totals(&(weeg_replicate_columns){list, COUNT, o.weight, o.rows}, &sums, NULL, NULL));
  CHECK_OK(weeg_replicate_multiply(t, &(weeg_multipliers){factor, COUNT}, NULL, b, NULL));
  for (int64_t k = 0; k < (int64_t)3 * t->cells * COUNT; k++) CHECK(fabs(a[k] - b[k]) <= 1e-12 * (1 + fabs(a[k])));
  weeg_tally_free(t);
  weeg_tally_free(o.s.tally);
}

int main(void) {
  test_calibrated(1, 0);
  test_calibrated(4, 0);
  test_calibrated(3, 5);
  test_calibrated(4, 6);
  test_covariance(0);
  test_covariance(4);
  test_replicates(false);
  test_replicates(true);
  test_multiplied();
  return test_report("figures of measures with calibrated weights and replicates");
}
