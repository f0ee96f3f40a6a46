/*
 * Effect sizes. Expected values: Agresti (2002), Categorical Data Analysis, tables 2.8 (income and job satisfaction: 1331
 * concordant and 849 discordant pairs, gamma 0.221) and 10.8 (two pathologists: kappa 0.493, standard error 0.057); perfect
 * agreement, independence and failures by hand. R tests compare more, with package survey.
 */
#include "sample.h"

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
static int64_t n, df;

static void measure(const int32_t counts[4][4]) {
  static sample s;
  int32_t cell_row[25], cell_column[25];
  make(&s, counts, cell_row, cell_column);
  CHECK_OK(weeg_association(s.tally, &s.design, cell_row, 4, cell_column, 4, kinds, KINDS, 0.95, effects, &n, &df, NULL));
  weeg_tally_free(s.tally);
}

static void test_published(void) {
  measure(job);
  CHECK_CLOSE(effects[2].estimate, (1331.0 - 849.0) / (1331.0 + 849.0), 1e-14);
  CHECK_CLOSE(effects[2].std_error, 0.117, 0.01); /* three digits printed, and n - 1 for n */
  CHECK(n == 96 && df == 95);
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
  CHECK_STATUS(weeg_association(s.tally, &s.design, cell_row, 4, cell_column, 5, &kappa, 1, 0.95, &effect, &n, &df, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_association(s.tally, &s.design, cell_row, 4, cell_column, 4, &unknown, 1, 0.95, &effect, &n, &df, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_association(s.tally, &s.design, cell_row, 4, cell_column, 4, &gamma, 1, 1, &effect, &n, &df, &err),
               WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_association(s.tally, &s.design, cell_row, 3, cell_column, 4, &gamma, 1, 0.95, &effect, &n, &df, &err),
               WEEG_ERR_ARGUMENT);
  CHECK(effect.estimate == -7 && err.message[0] != '\0');
  weeg_tally_free(s.tally);
}

int main(void) {
  test_published();
  test_edges();
  test_bad_arguments();
  return test_report("association");
}
