/*
 * Variances by a way of its own: samples drawn at random, a statistic written as a plain loop over rows and weights, its
 * derivatives by differences, and the textbook variance of sums of PSUs; or the statistic again for each replicate.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_ORACLE_H
#define WEEG_TEST_ORACLE_H

#include "sample.h"

enum { ORACLE_ROWS = 512, ORACLE_OUTPUTS = 64, ORACLE_STRATA = 8, ORACLE_VARIABLES = 3, ORACLE_REPLICATES = 80 };

typedef struct oracle {
  int rows;
  int32_t strata, psus;                      /* psus 0: each row is one */
  int32_t levels[ORACLE_VARIABLES];
  int32_t stratum[ORACLE_ROWS], psu[ORACLE_ROWS];
  int32_t code[ORACLE_VARIABLES][ORACLE_ROWS]; /* from 1; 0: missing */
  double weight[ORACLE_ROWS];
  double fpc[ORACLE_STRATA];                 /* PSUs in the population */
  sample s;                                  /* of these rows, the last variable varying fastest */
} oracle;

/* theta[outputs] of the rows with these weights. */
typedef void (*oracle_statistic)(const oracle *o, const double *w, const void *ctx, double *theta);

/* Cells of the tally, and the level (from 0; -1: missing) of a variable in one of them. */
TEST_UNUSED static int32_t oracle_cells(const oracle *o) { return (o->levels[0] + 1) * (o->levels[1] + 1) * (o->levels[2] + 1); }

TEST_UNUSED static int32_t oracle_level(const oracle *o, int variable, int32_t cell) {
  for (int v = ORACLE_VARIABLES - 1; v > variable; v--) cell /= o->levels[v] + 1;
  const int32_t level = cell % (o->levels[variable] + 1);
  return level < o->levels[variable] ? level : -1;
}

static int32_t oracle_cell(const oracle *o, int row) {
  int32_t cell = 0;
  for (int v = 0; v < ORACLE_VARIABLES; v++) {
    cell = cell * (o->levels[v] + 1) + (o->code[v][row] == 0 ? o->levels[v] : o->code[v][row] - 1);
  }
  return cell;
}

/* Rows of `strata` strata with `each` PSUs (0: rows are PSUs); later variables lean on the first; one in ten is missing. */
TEST_UNUSED static void oracle_draw(oracle *o, int rows, int32_t strata, int32_t each, const int32_t *levels) {
  o->rows = rows;
  o->strata = strata;
  o->psus = strata * each;
  for (int v = 0; v < ORACLE_VARIABLES; v++) o->levels[v] = levels[v];
  for (int i = 0; i < rows; i++) {
    /* every PSU has a row */
    o->psu[i] = each == 0 ? 1 : i < o->psus ? i + 1 : 1 + sample_draw(o->psus);
    o->stratum[i] = each == 0 ? 1 + sample_draw(strata) : 1 + (o->psu[i] - 1) / each;
    o->weight[i] = (1 + sample_draw(1000)) / 64.0;
    for (int v = 0; v < ORACLE_VARIABLES; v++) {
      const int32_t lean = v > 0 && sample_draw(2) == 0 ? o->code[0][i] + o->psu[i] % 2 : 0;
      o->code[v][i] = sample_draw(10) == 0 ? 0 : 1 + (sample_draw(levels[v]) + lean) % levels[v];
    }
  }
}

/* The tally and the design; with `finite`, each stratum has four times as many PSUs as were sampled. */
TEST_UNUSED static void oracle_make(oracle *o, bool finite) {
  weeg_column columns[ORACLE_VARIABLES];
  for (int v = 0; v < ORACLE_VARIABLES; v++) columns[v] = sample_column(o->code[v], o->levels[v]);
  sample_make(&o->s, o->rows, o->stratum, o->strata, o->psus == 0 ? NULL : o->psu, o->psus, columns, ORACLE_VARIABLES, o->weight);
  for (int32_t h = 0; h < o->strata; h++) o->fpc[h] = finite ? 4.0 * (double)o->s.stratum_psus[h] : INFINITY;
  o->s.design.stratum_fpc = finite ? o->fpc : NULL;
}

/* d theta / d weight of a row, by five points: to about 1e-10. */
static void oracle_derivative(const oracle *o, oracle_statistic statistic, const void *ctx, int outputs, int row, double *d) {
  static const double at[] = {-2, -1, 1, 2}, times[] = {1, -8, 8, -1};
  double w[ORACLE_ROWS], theta[ORACLE_OUTPUTS];
  const double step = 1e-2 * o->weight[row];
  memcpy(w, o->weight, sizeof w);
  for (int k = 0; k < outputs; k++) d[k] = 0;
  for (int t = 0; t < 4; t++) {
    w[row] = o->weight[row] + at[t] * step;
    statistic(o, w, ctx, theta);
    for (int k = 0; k < outputs; k++) d[k] += times[t] * theta[k] / (12 * step);
  }
}

/* covariance[outputs * outputs]: sum_h (1 - n/N) n/(n - 1) sum_j (u_j - mean)(u_j - mean)', u_j the sum of w d of PSU j. */
TEST_UNUSED static void oracle_covariance(const oracle *o, oracle_statistic statistic, const void *ctx, int outputs,
                                          double *covariance) {
  static double u[ORACLE_ROWS][ORACLE_OUTPUTS];
  static int32_t stratum[ORACLE_ROWS];
  const int units = o->psus == 0 ? o->rows : o->psus;
  memset(u, 0, sizeof u);
  for (int i = 0; i < o->rows; i++) {
    const int unit = o->psus == 0 ? i : o->psu[i] - 1;
    double d[ORACLE_OUTPUTS];
    oracle_derivative(o, statistic, ctx, outputs, i, d);
    stratum[unit] = o->stratum[i] - 1;
    for (int k = 0; k < outputs; k++) u[unit][k] += o->weight[i] * d[k];
  }
  for (int k = 0; k < outputs * outputs; k++) covariance[k] = 0;
  for (int32_t h = 0; h < o->strata; h++) {
    double n = 0, mean[ORACLE_OUTPUTS] = {0};
    for (int j = 0; j < units; j++) n += stratum[j] == h;
    for (int j = 0; j < units; j++) {
      for (int k = 0; k < outputs && stratum[j] == h; k++) mean[k] += u[j][k] / n;
    }
    const double left = o->s.design.stratum_fpc == NULL ? 1 : 1 - n / o->fpc[h];
    for (int j = 0; j < units; j++) {
      for (int a = 0; a < outputs && stratum[j] == h; a++) {
        for (int b = 0; b < outputs; b++) {
          covariance[a * outputs + b] += left * n / (n - 1) * (u[j][a] - mean[a]) * (u[j][b] - mean[b]);
        }
      }
    }
  }
}

/* ---- replicates ---- */

typedef struct oracle_replicates {
  int count;
  double multiplier[ORACLE_REPLICATES][ORACLE_ROWS]; /* of each row's weight */
  double rscales[ORACLE_REPLICATES];
  double *totals;                                    /* [cells * count] */
  weeg_replicates r;
} oracle_replicates;

/*
 * One replicate in five does not count for the mean, having no scale. One in six has no weight on level 1 of the first variable,
 * and so no estimate for it.
 */
TEST_UNUSED static void oracle_draw_replicates(const oracle *o, oracle_replicates *x, int count, bool mse) {
  x->count = count;
  x->totals = calloc((size_t)(oracle_cells(o) * count), sizeof *x->totals);
  for (int r = 0; r < count; r++) {
    double of_psu[ORACLE_ROWS];
    for (int j = 0; j < ORACLE_ROWS; j++) of_psu[j] = sample_draw(9) / 4.0;
    x->rscales[r] = r % 5 == 4 ? 0 : (1 + sample_draw(4)) / 8.0;
    for (int i = 0; i < o->rows; i++) {
      x->multiplier[r][i] = r % 6 == 3 && o->code[0][i] == 1 ? 0 : of_psu[o->psus == 0 ? i : o->psu[i]];
      x->totals[oracle_cell(o, i) * count + r] += o->weight[i] * x->multiplier[r][i];
    }
  }
  x->r = (weeg_replicates){.count = count, .totals = x->totals, .scale = 0.75, .rscales = x->rscales, .mse = mse, .df = 7};
}

/* scale sum_r rscales_r (theta_r - centre)^2 over the replicates where theta_r exists: centre theta, or their mean. */
TEST_UNUSED static void oracle_replicate_variance(const oracle *o, const oracle_replicates *x, oracle_statistic statistic,
                                                  const void *ctx, int outputs, double *variance) {
  static double theta[ORACLE_REPLICATES][ORACLE_OUTPUTS];
  double full[ORACLE_OUTPUTS], w[ORACLE_ROWS];
  statistic(o, o->weight, ctx, full);
  for (int r = 0; r < x->count; r++) {
    for (int i = 0; i < o->rows; i++) w[i] = o->weight[i] * x->multiplier[r][i];
    statistic(o, w, ctx, theta[r]);
  }
  for (int k = 0; k < outputs; k++) {
    double mean = 0, sum = 0;
    int taken = 0, exist = 0;
    for (int r = 0; r < x->count; r++) {
      exist += !isnan(theta[r][k]);
      if (isnan(theta[r][k]) || x->rscales[r] == 0) continue;
      mean += theta[r][k];
      taken++;
    }
    const double centre = x->r.mse || taken == 0 ? full[k] : mean / taken;
    for (int r = 0; r < x->count; r++) {
      if (!isnan(theta[r][k])) sum += x->rscales[r] * (theta[r][k] - centre) * (theta[r][k] - centre);
    }
    variance[k] = exist > 0 ? 0.75 * sum : NAN;
  }
}

#endif
