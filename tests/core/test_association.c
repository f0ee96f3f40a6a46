/*
 * Effect sizes. Expected values: Agresti (2002), Categorical Data Analysis, tables 2.8 (income and job satisfaction: 1331
 * concordant and 849 discordant pairs, gamma 0.221) and 10.8 (two pathologists: kappa 0.493, standard error 0.057); perfect
 * agreement, independence and failures by hand. R tests compare more, with package survey.
 */
#include "oracle.h"

static const int32_t job[4][4] = {{1, 3, 10, 6}, {2, 3, 10, 7}, {1, 6, 14, 12}, {0, 1, 9, 11}};
static const int32_t rater[4][4] = {{22, 2, 2, 0}, {5, 7, 14, 0}, {0, 2, 36, 0}, {0, 1, 17, 10}};
static const int32_t same[4][4] = {{5, 0, 0, 0}, {0, 7, 0, 0}, {0, 0, 3, 0}, {0, 0, 0, 9}};
static const int32_t independent[4][4] = {{1, 2, 3, 4}, {2, 4, 6, 8}, {3, 6, 9, 12}, {1, 2, 3, 4}};
static const int32_t one_row[4][4] = {{3, 4, 5, 6}};

enum { ROWS = 256 };

/* Rows of a 4 x 4 table, and where the cells of its tally are. */
static void make(sample *s, const int32_t counts[4][4], int32_t *cell_row, int32_t *cell_column) {
  int32_t x[ROWS], y[ROWS];
  int64_t rows = 0;
  for (int32_t c = 0; c < 16; c++) {
    for (int32_t i = 0; i < counts[c / 4][c % 4]; i++, rows++) {
      x[rows] = c / 4 + 1;
      y[rows] = c % 4 + 1;
    }
  }
  const weeg_column columns[] = {sample_column(x, 4), sample_column(y, 4)};
  sample_make(s, rows, NULL, 1, NULL, 0, columns, 2, NULL);
  for (int32_t c = 0; c < 25; c++) {
    cell_row[c] = c / 5 < 4 && c % 5 < 4 ? c / 5 : -1;
    cell_column[c] = cell_row[c] < 0 ? -1 : c % 5;
  }
}

static const weeg_effect_kind kinds[] = {WEEG_CRAMERS_V, WEEG_CRAMERS_V_CORRECTED, WEEG_GAMMA,        WEEG_TAU_B,
                                         WEEG_SOMERS_D,  WEEG_KAPPA,               WEEG_KAPPA_LINEAR, WEEG_KAPPA_QUADRATIC};
enum { KINDS = 8 };

static weeg_effect effects[KINDS];

static void measure(const int32_t counts[4][4]) {
  static sample s;
  int32_t cell_row[25], cell_column[25];
  make(&s, counts, cell_row, cell_column);
  CHECK_OK(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 4, cell_column, 4),
                            &(weeg_effect_choice){kinds, KINDS, 0.95}, effects, NULL));
  weeg_tally_free(s.tally);
}

static void test_published(void) {
  measure(job);
  CHECK_CLOSE(effects[2].estimate, (1331.0 - 849.0) / (1331.0 + 849.0), 1e-14);
  CHECK_CLOSE(effects[2].std_error, 0.117, 0.01); /* three digits printed, and n - 1 for n */
  CHECK(effects[2].n == 96 && effects[2].df == 95);
  measure(rater);
  CHECK_CLOSE(effects[5].estimate, 0.493, 0.001);
  CHECK_CLOSE(effects[5].std_error, 0.057, 0.01);
  for (int k = 2; k < KINDS; k++) {
    CHECK(effects[k].reason == WEEG_REASON_NONE);
    CHECK(effects[k].low < effects[k].estimate && effects[k].estimate < effects[k].high && effects[k].high < 1);
  }
}

static void test_edges(void) {
  measure(same);
  for (int k = 0; k < KINDS; k++) {
    CHECK_CLOSE(effects[k].estimate, 1.0, 1e-14);
    CHECK(effects[k].reason == WEEG_REASON_AT_BOUND && isnan(effects[k].std_error) && isnan(effects[k].low));
  }
  measure(independent);
  CHECK(effects[0].estimate == 0 && effects[0].reason == WEEG_REASON_AT_BOUND);
  CHECK(effects[1].estimate == 0 && effects[1].reason == WEEG_REASON_NO_EXCESS);
  for (int k = 2; k < KINDS; k++) {
    CHECK(effects[k].std_error > 0 && effects[k].reason == WEEG_REASON_NONE);
    CHECK(k > 4 || fabs(effects[k].estimate) < 1e-14);
  }
  measure(one_row);
  for (int k = 0; k < 5; k++) CHECK(isnan(effects[k].estimate) && effects[k].reason == WEEG_REASON_ONE_LEVEL);
}

static void test_bad_arguments(void) {
  static sample s;
  int32_t cell_row[25], cell_column[25];
  weeg_error err = {0};
  weeg_effect effect = {.estimate = -7};
  const weeg_effect_kind kappa = WEEG_KAPPA, unknown = (weeg_effect_kind)99, gamma = WEEG_GAMMA;
  make(&s, job, cell_row, cell_column);
  CHECK_STATUS(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 4, cell_column, 5),
                                &(weeg_effect_choice){&kappa, 1, 0.95}, &effect, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 4, cell_column, 4),
                                &(weeg_effect_choice){&unknown, 1, 0.95}, &effect, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 4, cell_column, 4),
                                &(weeg_effect_choice){&gamma, 1, 1}, &effect, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 3, cell_column, 4),
                                &(weeg_effect_choice){&gamma, 1, 0.95}, &effect, &err),
               WEEG_ERR_ARGUMENT);
  CHECK(effect.estimate == -7 && err.message[0] != '\0');
  weeg_tally_free(s.tally);
}

/* ---- random samples ---- */

enum { SIZE = 3, RANDOM_CELLS = 4 * 4 * 2 };
static oracle o;

/* What the correction of V subtracts and divides by: taken as known. */
typedef struct correction {
  double bias, divisor;
} correction;

static double agreement(int kind, int a, int b) {
  const double apart = abs(a - b) / (double)(SIZE - 1);
  return kind == 0 ? a == b : kind == 1 ? 1 - apart : 1 - apart * apart;
}

/* All measures, by their definitions in weeg.h on pairs of cells. */
static void measures(const oracle *unused, const double *w, const void *ctx, double *theta) {
  const correction *known = ctx;
  double p[SIZE][SIZE] = {{0}}, row[SIZE] = {0}, column[SIZE] = {0}, total = 0, phi2 = 0, with = 0, against = 0;
  double same_row = 0, same_column = 0;
  (void)unused;
  for (int i = 0; i < o.rows; i++) total += o.code[0][i] > 0 && o.code[1][i] > 0 ? w[i] : 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] == 0 || o.code[1][i] == 0) continue;
    p[o.code[0][i] - 1][o.code[1][i] - 1] += w[i] / total;
    row[o.code[0][i] - 1] += w[i] / total;
    column[o.code[1][i] - 1] += w[i] / total;
  }
  for (int a = 0; a < SIZE * SIZE; a++) {
    const int r = a / SIZE, c = a % SIZE;
    phi2 += (p[r][c] - row[r] * column[c]) * (p[r][c] - row[r] * column[c]) / (row[r] * column[c]);
    for (int b = 0; b < SIZE * SIZE; b++) {
      const int sign = (r - b / SIZE) * (c - b % SIZE);
      with += sign > 0 ? p[r][c] * p[b / SIZE][b % SIZE] : 0;
      against += sign < 0 ? p[r][c] * p[b / SIZE][b % SIZE] : 0;
    }
  }
  for (int k = 0; k < SIZE; k++) {
    same_row += row[k] * row[k];
    same_column += column[k] * column[k];
  }
  theta[0] = sqrt(phi2 / (SIZE - 1));
  theta[1] = sqrt(fmax(0, phi2 - known->bias) / known->divisor);
  theta[2] = (with - against) / (with + against);
  theta[3] = (with - against) / sqrt((1 - same_row) * (1 - same_column));
  theta[4] = (with - against) / (1 - same_row);
  for (int kind = 0; kind < 3; kind++) {
    double agreed = 0, expected = 0;
    for (int a = 0; a < SIZE * SIZE; a++) {
      agreed += agreement(kind, a / SIZE, a % SIZE) * p[a / SIZE][a % SIZE];
      expected += agreement(kind, a / SIZE, a % SIZE) * row[a / SIZE] * column[a % SIZE];
    }
    theta[5 + kind] = (agreed - expected) / (1 - expected);
  }
}

static void check_random(int rows, int32_t strata, int32_t each, bool finite) {
  static const int32_t levels[] = {SIZE, SIZE, 1};
  int32_t cell_row[RANDOM_CELLS], cell_column[RANDOM_CELLS];
  double want[KINDS], v[KINDS * KINDS], t = 0, corrected[2];
  weeg_test test;
  int64_t count = 0;
  oracle_draw(&o, rows, strata, each, levels);
  oracle_make(&o, finite);
  for (int32_t c = 0; c < RANDOM_CELLS; c++) {
    cell_row[c] = oracle_level(&o, 0, c);
    cell_column[c] = oracle_level(&o, 1, c);
  }
  CHECK_OK(weeg_test_independence(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(cell_row, SIZE, cell_column, SIZE),
                                  BY(WEEG_TEST_RAO_SCOTT_F, .null_proportions = true), &test, NULL));
  for (int i = 0; i < rows; i++) count += o.code[0][i] > 0 && o.code[1][i] > 0;
  /* Bergsma: (r - 1)(c - 1)/m with m = (n - 1)/deff, and r - 1 less (r - 1)^2/m */
  const double m = (double)(count - 1) / test.delta_mean;
  const correction known = {(SIZE - 1) * (SIZE - 1) / m, SIZE - 1 - (SIZE - 1) * (SIZE - 1) / m};
  CHECK_OK(weeg_association(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(cell_row, SIZE, cell_column, SIZE),
                            &(weeg_effect_choice){kinds, KINDS, 0.95}, effects, NULL));
  measures(&o, o.weight, &known, want);
  oracle_covariance(&o, measures, &known, KINDS, v);
  const int64_t df = effects[0].df;
  CHECK(effects[0].n == count && df == (each == 0 ? rows : strata * each) - strata);
  CHECK_OK(weeg_t_quantile(0.975, (double)df, &t, NULL));
  for (int k = 0; k < KINDS; k++) {
    const double se = sqrt(v[k * KINDS + k]), half = t * se / (1 - want[k] * want[k]);
    CHECK_CLOSE(effects[k].estimate, want[k], 1e-12);
    CHECK(effects[k].reason == (want[k] == 0 ? WEEG_REASON_NO_EXCESS : WEEG_REASON_NONE));
    CHECK_CLOSE(effects[k].std_error, want[k] == 0 ? NAN : se, 1e-7);
    if (k != 1) CHECK_CLOSE(effects[k].high, tanh(atanh(want[k]) + half), 1e-7);
    if (k > 1) CHECK_CLOSE(effects[k].low, tanh(atanh(want[k]) - half), 1e-7);
  }
  /* the lower limit of V, where the test does not reject; the corrected ones from those of V */
  const double low = tanh(atanh(want[0]) - t * effects[0].std_error / (1 - want[0] * want[0]));
  CHECK(fabs(effects[0].low - (test.p_value >= 0.05 ? 0 : fmax(0, low))) < 1e-9);
  corrected[0] = fmax(0, effects[0].low * effects[0].low * (SIZE - 1) - known.bias);
  corrected[1] = fmax(0, effects[0].high * effects[0].high * (SIZE - 1) - known.bias);
  CHECK(fabs(effects[1].low - sqrt(corrected[0] / known.divisor)) < 1e-12);
  CHECK_CLOSE(effects[1].high, sqrt(corrected[1] / known.divisor), 1e-12);
  weeg_tally_free(o.s.tally);
}

/* A measure alone is what it is among all; without rows there is none. */
static void test_one_at_a_time(void) {
  static sample s;
  int32_t cell_row[25], cell_column[25], none[25];
  make(&s, job, cell_row, cell_column);
  for (int c = 0; c < 25; c++) none[c] = -1;
  measure(job);
  for (int k = 0; k < KINDS; k++) {
    weeg_effect one;
    CHECK_OK(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 4, cell_column, 4),
                              &(weeg_effect_choice){&kinds[k], 1, 0.95}, &one, NULL));
    CHECK(one.estimate == effects[k].estimate && one.low == effects[k].low && one.high == effects[k].high);
    CHECK_OK(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(none, 4, cell_column, 4),
                              &(weeg_effect_choice){&kinds[k], 1, 0.95}, &one, NULL));
    CHECK(one.reason == WEEG_REASON_EMPTY && isnan(one.estimate) && isnan(one.std_error) && one.n == 0);
  }
  weeg_tally_free(s.tally);
}

static void test_refused(void) {
  static sample s;
  int32_t cell_row[25], cell_column[25];
  weeg_error err = {0};
  weeg_effect effect = {.estimate = -7};
  const weeg_effect_kind below = (weeg_effect_kind)-1, last = (weeg_effect_kind)(WEEG_KAPPA_QUADRATIC + 1), v = WEEG_CRAMERS_V;
  make(&s, job, cell_row, cell_column);
  const struct {
    weeg_effect_kind kind;
    int32_t rows, columns;
    double level;
    weeg_status status;
    const char *words;
  } cases[] = {{below, 4, 4, 0.95, WEEG_ERR_ARGUMENT, "measure -1"},      {last, 4, 4, 0.95, WEEG_ERR_ARGUMENT, "measure 8"},
               {v, 4, 4, 0, WEEG_ERR_ARGUMENT, "between 0 and 1"},        {v, 4, 4, 1, WEEG_ERR_ARGUMENT, "between 0 and 1"},
               {v, 3, 4, 0.95, WEEG_ERR_ARGUMENT, "outside the table"},   {v, 4, 3, 0.95, WEEG_ERR_ARGUMENT, "outside the table"},
               {v, 1 << 20, 1 << 20, 0.95, WEEG_ERR_TOO_LARGE, "too large"}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    CHECK_STATUS(weeg_association(&(weeg_survey){s.tally, &s.design},
                                  TABLE(cell_row, cases[k].rows, cell_column, cases[k].columns),
                                  &(weeg_effect_choice){&cases[k].kind, 1, cases[k].level}, &effect, &err),
                 cases[k].status);
    CHECK(strstr(err.message, cases[k].words) != NULL && effect.estimate == -7);
  }
  weeg_tally_free(s.tally);
}

/*
 * Rows of level 1 in one PSU: the association has no variance, its measures by pairs of rows have. Replicates without degrees of
 * freedom leave standard errors, but no limits. All agree on one level: kappa does not exist.
 */
static void test_reasons(void) {
  static const int32_t levels[] = {SIZE, SIZE, 1};
  static oracle_replicates x;
  int32_t cell_row[RANDOM_CELLS], cell_column[RANDOM_CELLS];
  for (int turn = 0; turn < 3; turn++) {
    oracle_draw(&o, turn == 2 ? 12 : 150, 2, 5, levels);
    for (int i = 0; i < o.rows; i++) {
      if (turn == 0) o.code[0][i] = o.psu[i] == 2 ? 1 : o.code[0][i] == 1 ? 2 : o.code[0][i];
      if (turn == 2) o.code[0][i] = o.code[1][i] = 2;
    }
    oracle_make(&o, false);
    for (int32_t c = 0; c < RANDOM_CELLS; c++) {
      cell_row[c] = oracle_level(&o, 0, c);
      cell_column[c] = oracle_level(&o, 1, c);
    }
    oracle_draw_replicates(&o, &x, 30, false);
    x.r.df = 0;
    o.s.design.replicates = turn == 1 ? &x.r : NULL;
    CHECK_OK(weeg_association(&(weeg_survey){o.s.tally, &o.s.design}, TABLE(cell_row, SIZE, cell_column, SIZE),
                              &(weeg_effect_choice){kinds, KINDS, 0.95}, effects, NULL));
    for (int k = 0; k < KINDS; k++) {
      const bool cramer = k < 2;
      const weeg_reason alone = cramer ? WEEG_REASON_NO_VARIANCE : WEEG_REASON_NONE;
      CHECK(turn == 1 || effects[k].reason == (turn == 2 ? WEEG_REASON_ONE_LEVEL : alone));
      CHECK(turn != 1 || effects[k].reason == WEEG_REASON_NO_DF || (k == 1 && effects[k].reason != WEEG_REASON_NONE));
      CHECK(!!isnan(effects[k].low) == (turn > 0 || cramer) && !!isnan(effects[k].high) == !!isnan(effects[k].low));
      if (turn == 0) CHECK(!!isnan(effects[k].std_error) == cramer && !!isnan(effects[k].estimate) == (k == 1));
      if (turn == 1 && k != 1) CHECK(effects[k].std_error > 0);
      if (turn == 2) CHECK(isnan(effects[k].estimate) && isnan(effects[k].std_error));
    }
    free(x.totals);
    o.s.design.replicates = NULL;
    weeg_tally_free(o.s.tally);
  }
}

/* Two PSUs of the same rows: their differences are 0, and so is every variance. */
static void test_zero_variance(void) {
  static int32_t x[ROWS], y[ROWS], psu[ROWS];
  int32_t cell_row[25], cell_column[25];
  int rows = 0;
  sample s;
  for (int c = 0; c < 16; c++) {
    for (int i = 0; i < 2 * job[c / 4][c % 4]; i++, rows++) x[rows] = c / 4 + 1, y[rows] = c % 4 + 1, psu[rows] = 1 + i % 2;
  }
  for (int c = 0; c < 25; c++) {
    cell_row[c] = c / 5 < 4 && c % 5 < 4 ? c / 5 : -1;
    cell_column[c] = cell_row[c] < 0 ? -1 : c % 5;
  }
  const weeg_column columns[] = {sample_column(x, 4), sample_column(y, 4)};
  sample_make(&s, rows, NULL, 1, psu, 2, columns, 2, NULL);
  CHECK_OK(weeg_association(&(weeg_survey){s.tally, &s.design}, TABLE(cell_row, 4, cell_column, 4),
                            &(weeg_effect_choice){kinds, KINDS, 0.95}, effects, NULL));
  CHECK_CLOSE(effects[2].estimate, (1331.0 - 849.0) / (1331.0 + 849.0), 1e-14);
  for (int k = 2; k < KINDS; k++) {
    CHECK(effects[k].reason == WEEG_REASON_ZERO_VARIANCE && effects[k].std_error == 0);
    CHECK(isnan(effects[k].low) && isnan(effects[k].high));
  }
  weeg_tally_free(s.tally);
}

int main(void) {
  check_random(300, 3, 6, false);
  check_random(300, 4, 4, true);
  check_random(200, 2, 0, true);
  check_random(120, 2, 9, false);
  test_one_at_a_time();
  test_refused();
  test_reasons();
  test_zero_variance();
  test_published();
  test_edges();
  test_bad_arguments();
  return test_report("association");
}
