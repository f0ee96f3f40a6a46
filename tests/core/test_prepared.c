/*
 * Statistics that prepare their tally: variances by a matrix of PSUs against those by the walk and by a loop over rows, and their
 * degrees of freedom; several tallies at once; and sums of squared weights.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle.h"

enum { SAMPLES = 200, GROUPS = 3, LEVELS = 3, PLACES = GROUPS * LEVELS, SETS = 5 };

static oracle o;

/* theta[GROUPS * LEVELS]: shares of the second variable within the first. */
static void shares_of(const oracle *of, const double *w, const void *ctx, double *theta) {
  double total[GROUPS] = {0};
  (void)ctx;
  for (int k = 0; k < PLACES; k++) theta[k] = 0;
  for (int i = 0; i < of->rows; i++) {
    if (of->code[0][i] == 0 || of->code[1][i] == 0) continue;
    theta[(of->code[0][i] - 1) * LEVELS + of->code[1][i] - 1] += w[i];
    total[of->code[0][i] - 1] += w[i];
  }
  for (int k = 0; k < PLACES; k++) theta[k] /= total[k / LEVELS];
}

/* PSUs less strata with rows of a group, whatever their answer. */
static int64_t df_of(int32_t group) {
  bool psu[ORACLE_ROWS] = {false}, stratum[ORACLE_STRATA] = {false};
  int64_t df = 0;
  for (int i = 0; i < o.rows; i++) {
    if (o.code[0][i] != group + 1) continue;
    df += !psu[o.psu[i] - 1];
    df -= !stratum[o.stratum[i] - 1];
    psu[o.psu[i] - 1] = stratum[o.stratum[i] - 1] = true;
  }
  return df;
}

static void check_shares(int number) {
  static double covariance[PLACES * PLACES];
  int32_t group_of[64], answer_of[64];
  weeg_share shares[PLACES];
  double variance[PLACES];
  int64_t df[GROUPS];
  const int32_t cells = oracle_cells(&o);
  for (int32_t c = 0; c < cells; c++) {
    group_of[c] = oracle_level(&o, 0, c);
    answer_of[c] = oracle_level(&o, 1, c);
  }
  const weeg_places places = {group_of, GROUPS, answer_of, LEVELS, NULL, 0};
  const weeg_survey survey = {o.s.tally, &o.s.design};
  const weeg_interval_choice choice = {WEEG_INTERVAL_WALD, 0.95};
  CHECK_OK(weeg_shares(&survey, &places, &choice, shares, NULL));
  CHECK_OK(weeg_proportions(&survey, &places, INTO(.variance = variance, .df = df), NULL)); /* which prepares nothing */
  if (number % 10 == 0) oracle_covariance(&o, shares_of, NULL, PLACES, covariance);
  for (int k = 0; k < PLACES; k++) {
    if (isnan(variance[k])) CHECK(isnan(shares[k].variance));
    else CHECK_CLOSE(shares[k].variance, variance[k], 1e-12);
    CHECK(shares[k].df == df[k / LEVELS]);
    CHECK(shares[k].df == df_of(k / LEVELS));
    if (number % 10 == 0 && !isnan(variance[k])) CHECK_CLOSE(shares[k].variance, covariance[k * PLACES + k], 1e-8);
  }
}

/* Every second sample has a finite population; of every third all PSUs of a stratum are in the sample, which adds nothing. */
static void check_sample(int number) {
  static const int32_t levels[] = {GROUPS, LEVELS, 1};
  const int rows[] = {60, 200, ORACLE_ROWS};
  oracle_draw(&o, rows[number % 3], 1 + number % ORACLE_STRATA, 2 + number % 5, levels);
  oracle_make(&o, number % 2 == 0);
  if (number % 6 == 0) o.fpc[0] = (double)o.s.stratum_psus[0];
  check_shares(number);
  weeg_tally_free(o.s.tally);
}

static void check_many(int threads) {
  static const int32_t levels[] = {GROUPS, LEVELS, 2};
  weeg_column columns[ORACLE_VARIABLES];
  weeg_rows rows[SETS];
  weeg_tally *tallies[SETS];
  double squares[SETS][64], *to[SETS];
  const weeg_hooks hooks = {.threads = threads};
  weeg_error err = {0};
  oracle_draw(&o, ORACLE_ROWS, 2, 4, levels);
  for (int v = 0; v < ORACLE_VARIABLES; v++) columns[v] = sample_column(o.code[v], o.levels[v]);
  const weeg_column psu = sample_column(o.psu, o.psus);
  for (int k = 0; k < SETS; k++) {
    rows[k] = *ROWS_OF(columns, k % 3 + 1, &psu, false, o.weight, 16, NULL, o.rows);
    to[k] = squares[k];
  }
  CHECK_OK(weeg_tally_build_many(rows, SETS, threads == 0 ? NULL : &hooks, tallies, NULL));
  CHECK_OK(weeg_cell_squares_many(rows, SETS, threads == 0 ? NULL : &hooks, to, NULL));
  for (int k = 0; k < SETS; k++) {
    weeg_tally *alone = NULL;
    double want[64] = {0};
    CHECK_OK(weeg_tally_build(&rows[k], NULL, &alone, NULL));
    CHECK(same_tally(tallies[k], alone));
    for (int i = 0; i < o.rows; i++) {
      int32_t cell = 0;
      for (int v = 0; v <= k % 3; v++) cell = cell * (levels[v] + 1) + (o.code[v][i] == 0 ? levels[v] : o.code[v][i] - 1);
      want[cell] += o.weight[i] * o.weight[i];
    }
    for (int32_t c = 0; c < alone->cells; c++) CHECK_CLOSE(squares[k][c], want[c], 1e-13);
    weeg_tally_free(alone);
    weeg_tally_free(tallies[k]);
  }
  /* weights far above the largest are refused: the first set that fails says so, and there may be other tallies */
  rows[1].max_weight = rows[3].max_weight = 1e-6;
  CHECK_STATUS(weeg_tally_build_many(rows, SETS, &hooks, tallies, &err), WEEG_ERR_WEIGHT);
  CHECK_TEXT(err.message, "a weight is not between 0 and the largest weight of the design");
  for (int k = 0; k < SETS; k++) weeg_tally_free(tallies[k]);
}

/* More rows than are summed at a time, some of them outside the domain. */
static void check_squares(void) {
  enum { ROWS = 5000 };
  static int32_t code[ROWS];
  static uint8_t domain[ROWS];
  double squares[3], want[3] = {0};
  for (int i = 0; i < ROWS; i++) {
    code[i] = sample_draw(3);
    domain[i] = sample_draw(4) > 0;
    want[code[i] == 0 ? 2 : code[i] - 1] += domain[i];
  }
  const weeg_column column = sample_column(code, 2);
  CHECK_OK(weeg_cell_squares(ROWS_OF(&column, 1, NULL, false, NULL, 1, domain, ROWS), squares, NULL));
  for (int c = 0; c < 3; c++) CHECK(squares[c] == want[c]);
}

int main(void) {
  for (int k = 0; k < SAMPLES; k++) check_sample(k);
  for (int threads = 0; threads < 4; threads++) check_many(threads);
  check_squares();
  return test_report("prepared");
}
