/*
 * PSUs drawn with unequal probabilities: against the quadratic forms of weeg.h written out, PSU by PSU.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "sample.h"

enum { ROWS = 300, STRATA = 3, EACH = 7, PSUS = STRATA * EACH, LEVELS = 4, OUTPUTS = 6 };

typedef struct drawn {
  sample s;
  int32_t stratum[ROWS], psu[ROWS], code[ROWS];
  double weight[ROWS], pi[PSUS];
  int64_t start[LEVELS + 2];
  int32_t index[(LEVELS + 1) * OUTPUTS];
  double coef[(LEVELS + 1) * OUTPUTS];
  weeg_scores scores;
  uint8_t use[LEVELS + 1];
} drawn;

/* one: the first stratum has a single PSU. */
static void draw(drawn *d, bool one) {
  int64_t used = 0;
  for (int u = 0; u < PSUS; u++) d->pi[u] = (1 + sample_draw(64)) / 64.0;
  for (int i = 0; i < ROWS; i++) {
    const int32_t u = i < PSUS ? i : sample_draw(PSUS);
    d->psu[i] = one && u < EACH ? 1 : u + 1;
    d->stratum[i] = 1 + u / EACH;
    d->code[i] = sample_draw(LEVELS + 1);
    d->weight[i] = 1 / d->pi[d->psu[i] - 1];
  }
  const weeg_column column = sample_column(d->code, LEVELS);
  sample_make(&d->s, ROWS, d->stratum, STRATA, d->psu, PSUS, &column, 1, d->weight);
  d->s.design.psu_probability = d->pi;
  d->start[0] = 0;
  for (int c = 0; c <= LEVELS; c++) {
    d->use[c] = c < LEVELS;
    for (int o = 0; o < OUTPUTS && d->use[c]; o++) {
      d->index[used] = o;
      d->coef[used++] = sample_draw(2001) / 1000.0 - 1;
    }
    d->start[c + 1] = used;
  }
  d->scores = (weeg_scores){.cells = LEVELS + 1, .outputs = OUTPUTS, .start = d->start, .index = d->index, .coef = d->coef};
}

/* D_ij of a pair in a stratum with n PSUs, mean: of c. */
static double pair(weeg_pps pps, double a, double b, double mean, double n) {
  switch (pps) {
  case WEEG_PPS_OVERTON: return -(a + b) / 2 / (n - 1);
  case WEEG_PPS_HARTLEY_RAO: return -(a + b - mean) / (n - 1);
  default: return 0;
  }
}

/* Without the first stratum: from = 1. */
static void forms(const drawn *d, weeg_pps pps, int from, double *v) {
  double z[PSUS][OUTPUTS] = {{0}};
  for (int i = 0; i < ROWS; i++) {
    const int c = d->code[i] - 1;
    for (int o = 0; o < OUTPUTS && c >= 0; o++) z[d->psu[i] - 1][o] += d->weight[i] * d->coef[c * OUTPUTS + o];
  }
  for (int k = 0; k < OUTPUTS * OUTPUTS; k++) v[k] = 0;
  for (int h = from; h < STRATA; h++) {
    double mean = 0, centre[OUTPUTS] = {0};
    for (int u = h * EACH; u < (h + 1) * EACH; u++) {
      mean += (1 - d->pi[u]) / EACH;
      for (int o = 0; o < OUTPUTS; o++) centre[o] += z[u][o] / EACH;
    }
    for (int p = 0; p < OUTPUTS; p++) {
      for (int q = 0; q < OUTPUTS; q++) {
        for (int i = h * EACH; i < (h + 1) * EACH; i++) {
          const double c = 1 - d->pi[i];
          if (pps == WEEG_PPS_BREWER) {
            v[p * OUTPUTS + q] += c * EACH / (EACH - 1.0) * (z[i][p] - centre[p]) * (z[i][q] - centre[q]);
            continue;
          }
          for (int j = h * EACH; j < (h + 1) * EACH; j++) {
            const double by = i == j ? c : pair(pps, c, 1 - d->pi[j], mean, EACH);
            v[p * OUTPUTS + q] += by * z[i][p] * z[j][q];
          }
        }
      }
    }
  }
}

static void compare(drawn *d, const double *expected, double tolerance) {
  const weeg_survey survey = {d->s.tally, &d->s.design};
  double covariance[OUTPUTS * OUTPUTS], variance[OUTPUTS], largest = 0;
  int32_t domain[LEVELS + 1], of[OUTPUTS] = {0};
  for (int c = 0; c <= LEVELS; c++) domain[c] = d->use[c] ? 0 : -1;
  CHECK_OK(weeg_covariance(&survey, &d->scores, d->use, covariance, NULL));
  CHECK_OK(weeg_variance(&survey, &d->scores, &(weeg_domains){domain, 1, of}, variance, NULL));
  for (int k = 0; k < OUTPUTS * OUTPUTS; k++) largest = fmax(largest, fabs(expected[k]));
  for (int p = 0; p < OUTPUTS; p++) {
    const double own = expected[p * OUTPUTS + p];
    CHECK(own < 0 ? isnan(variance[p]) : fabs(variance[p] - own) <= tolerance * largest);
    for (int q = 0; q < OUTPUTS; q++) {
      const bool exists = own >= 0 && expected[q * OUTPUTS + q] >= 0;
      const double x = covariance[p * OUTPUTS + q];
      CHECK(exists ? fabs(x - expected[p * OUTPUTS + q]) <= tolerance * largest : isnan(x));
    }
  }
}

static void test_forms(void) {
  static drawn d;
  double expected[OUTPUTS * OUTPUTS];
  for (int repeat = 0; repeat < 40; repeat++) {
    draw(&d, false);
    for (int pps = WEEG_PPS_BREWER; pps <= WEEG_PPS_POISSON; pps++) {
      d.s.design.pps = (weeg_pps)pps;
      forms(&d, d.s.design.pps, 0, expected);
      compare(&d, expected, 1e-12);
    }
    weeg_tally_free(d.s.tally);
  }
}

/* A form of all PSUs, whatever their strata. */
static void test_given_form(void) {
  static drawn d;
  static double form[PSUS * PSUS], z[PSUS][OUTPUTS];
  double expected[OUTPUTS * OUTPUTS] = {0};
  draw(&d, false);
  for (int i = 0; i < PSUS; i++) {
    for (int j = 0; j <= i; j++) form[i * PSUS + j] = form[j * PSUS + i] = sample_draw(2001) / 1000.0 - 1 + (i == j ? 8 : 0);
  }
  for (int i = 0; i < ROWS; i++) {
    const int c = d.code[i] - 1;
    for (int o = 0; o < OUTPUTS && c >= 0; o++) z[d.psu[i] - 1][o] += d.weight[i] * d.coef[c * OUTPUTS + o];
  }
  for (int k = 0; k < OUTPUTS * OUTPUTS; k++) {
    for (int ij = 0; ij < PSUS * PSUS; ij++) expected[k] += form[ij] * z[ij / PSUS][k / OUTPUTS] * z[ij % PSUS][k % OUTPUTS];
  }
  const weeg_survey survey = {d.s.tally, &d.s.design};
  double covariance[OUTPUTS * OUTPUTS];
  d.s.design.pps = WEEG_PPS_YATES_GRUNDY;
  CHECK(weeg_covariance(&survey, &d.scores, d.use, covariance, NULL) == WEEG_ERR_ARGUMENT);
  d.s.design.psu_form = form;
  compare(&d, expected, 1e-12);
  d.s.design.pps = WEEG_PPS_OVERTON;
  CHECK(weeg_covariance(&survey, &d.scores, d.use, covariance, NULL) == WEEG_ERR_ARGUMENT);
  weeg_tally_free(d.s.tally);
}

/* Blocks of PSUs, whatever their strata; the first and the last have none. */
static void test_blocks(void) {
  enum { BLOCKS = 12 };
  static drawn d;
  static double z[PSUS][OUTPUTS];
  double expected[OUTPUTS * OUTPUTS] = {0}, factor[BLOCKS], covariance[OUTPUTS * OUTPUTS];
  int32_t start[BLOCKS + 1] = {0}, psu[BLOCKS * PSUS];
  draw(&d, false);
  for (int i = 0; i < ROWS; i++) {
    const int c = d.code[i] - 1;
    for (int o = 0; o < OUTPUTS && c >= 0; o++) z[d.psu[i] - 1][o] += d.weight[i] * d.coef[c * OUTPUTS + o];
  }
  for (int b = 0; b < BLOCKS; b++) {
    double sum[OUTPUTS] = {0};
    start[b + 1] = start[b];
    factor[b] = b == 0 ? 50 : sample_draw(2001) / 1000.0 - 0.5;
    for (int u = 0; u < PSUS && b < BLOCKS - 1; u++) {
      if (b == 0 || sample_draw(b + 1) > 0) continue;
      psu[start[b + 1]++] = u;
      for (int o = 0; o < OUTPUTS; o++) sum[o] += z[u][o];
    }
    for (int k = 0; k < OUTPUTS * OUTPUTS; k++) expected[k] += factor[b] * sum[k / OUTPUTS] * sum[k % OUTPUTS];
  }
  const weeg_blocks blocks = {.count = BLOCKS, .start = start, .psu = psu, .factor = factor};
  const weeg_survey survey = {d.s.tally, &d.s.design};
  for (int rule = 0; rule < 2; rule++) {
    d.s.design.lonely = rule == 0 ? WEEG_LONELY_FAIL : WEEG_LONELY_AVERAGE;
    d.s.design.pps = WEEG_PPS_TWO_PHASE;
    d.s.design.psu_blocks = NULL;
    CHECK(weeg_covariance(&survey, &d.scores, d.use, covariance, NULL) == WEEG_ERR_ARGUMENT);
    d.s.design.psu_blocks = &blocks;
    compare(&d, expected, 1e-12);
    d.s.design.pps = WEEG_PPS_BREWER;
    CHECK(weeg_covariance(&survey, &d.scores, d.use, covariance, NULL) == WEEG_ERR_ARGUMENT);
  }
  weeg_tally_free(d.s.tally);
}

/* One PSU in a stratum is a case for the rules, but where PSUs are drawn independently. */
static void test_lonely(void) {
  static drawn d;
  double expected[OUTPUTS * OUTPUTS], z[OUTPUTS] = {0};
  weeg_error err = {0};
  double covariance[OUTPUTS * OUTPUTS];
  draw(&d, true);
  d.pi[0] = 0.25;
  const weeg_survey survey = {d.s.tally, &d.s.design};
  for (int u = 1; u < EACH; u++) d.pi[u] = NAN; /* which have no rows */
  for (int pps = WEEG_PPS_BREWER; pps < WEEG_PPS_POISSON; pps++) {
    d.s.design.pps = (weeg_pps)pps;
    d.s.design.lonely = WEEG_LONELY_FAIL;
    CHECK(weeg_covariance(&survey, &d.scores, d.use, covariance, &err) == WEEG_ERR_LONELY_PSU && err.facts.stratum == 0);
    d.s.design.lonely = WEEG_LONELY_REMOVE;
    forms(&d, d.s.design.pps, 1, expected);
    compare(&d, expected, 1e-12);
    d.s.design.lonely = WEEG_LONELY_AVERAGE; /* times 3 strata by 2 that are not lonely */
    for (int k = 0; k < OUTPUTS * OUTPUTS; k++) expected[k] *= 1.5;
    compare(&d, expected, 1e-12);
  }
  for (int i = 0; i < ROWS; i++) {
    const double *coef = d.coef + (d.code[i] - 1) * OUTPUTS;
    for (int o = 0; o < OUTPUTS && d.psu[i] == 1 && d.code[i] > 0; o++) z[o] += d.weight[i] * coef[o];
  }
  d.s.design.pps = WEEG_PPS_POISSON;
  d.s.design.lonely = WEEG_LONELY_FAIL;
  forms(&d, WEEG_PPS_POISSON, 1, expected);
  for (int k = 0; k < OUTPUTS * OUTPUTS; k++) expected[k] += 0.75 * z[k / OUTPUTS] * z[k % OUTPUTS];
  compare(&d, expected, 1e-12);
  d.s.design.psu_probability = NULL;
  CHECK(weeg_covariance(&survey, &d.scores, d.use, covariance, &err) == WEEG_ERR_ARGUMENT);
  weeg_tally_free(d.s.tally);
}

/* A stratum taken as a whole adds nothing, whatever the method. */
static void test_certainty(void) {
  static drawn d;
  double expected[OUTPUTS * OUTPUTS];
  draw(&d, false);
  for (int u = 0; u < EACH; u++) d.pi[u] = 1;
  for (int pps = WEEG_PPS_BREWER; pps <= WEEG_PPS_POISSON; pps++) {
    d.s.design.pps = (weeg_pps)pps;
    forms(&d, d.s.design.pps, 1, expected);
    compare(&d, expected, 1e-12);
  }
  weeg_tally_free(d.s.tally);
}

/* What is wrong with inclusion probabilities, row by row. */
static void test_sample(void) {
  static const int32_t stratum[] = {1, 1, 1, 2}, psu[] = {1, 1, 2, 3};
  const struct {
    double pi[4];
    weeg_fault fault;
    int64_t row;
  } cases[] = {
      {{0.5, 0.5, 0.25, 1}, WEEG_FAULT_NONE, -1},
      {{0.5, 0.5, 0, 1}, WEEG_FAULT_NO_PROBABILITY, 2},
      {{0.5, 0.5, 0.25, 1.5}, WEEG_FAULT_NO_PROBABILITY, 3},
      {{-0.5, 0.5, 0.25, 1}, WEEG_FAULT_NO_PROBABILITY, 0},
      {{0.5, NAN, 0.25, 1}, WEEG_FAULT_MISSING, 1},
      {{0.5, 0.25, 0.25, 1}, WEEG_FAULT_DIFFERS_IN_PSU, 1},
  };
  const weeg_column h = sample_column(stratum, 2), u = sample_column(psu, 3);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_error err = {0};
    weeg_sample *found = NULL;
    weeg_sample_stage stage = {&h, &u, cases[k].pi};
    weeg_sampled_stages of = {.rows = 4, .stages = 1, .stage = &stage, .pps = WEEG_PPS_OVERTON};
    const weeg_status status = weeg_sample_find(&of, &found, &err);
    if (cases[k].fault != WEEG_FAULT_NONE) {
      CHECK(status == WEEG_ERR_FPC && err.facts.fault == cases[k].fault && err.facts.row == cases[k].row);
      continue;
    }
    CHECK(status == WEEG_OK && found->design.pps == WEEG_PPS_OVERTON && found->design.stratum_fpc == NULL);
    double weight[3];
    CHECK_OK(weeg_fpc_weights(&found->design, weight, NULL));
    CHECK(weight[0] == 2 && weight[1] == 4 && weight[2] == 1 && found->design.psu_probability[1] == 0.25);
    weeg_sample_free(found);
    stage.unit = NULL;
    CHECK(weeg_sample_find(&of, &found, &err) == WEEG_ERR_ARGUMENT);
    stage = (weeg_sample_stage){&h, &u, NULL};
    CHECK(weeg_sample_find(&of, &found, &err) == WEEG_ERR_ARGUMENT);
  }
}

int main(void) {
  test_forms();
  test_given_form();
  test_blocks();
  test_lonely();
  test_certainty();
  test_sample();
  return test_report("unequal");
}
