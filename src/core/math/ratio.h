/* The law of a squared sum over an estimate of its variance, in samples of few PSUs. Internal to the core. */
#ifndef WEEG_RATIO_H
#define WEEG_RATIO_H

#include <stdbool.h>
#include <stdint.h>

#include "math/ratio_terms.h"
#include "weeg.h"

/* A stratum: PSUs first .. first + count - 1, and others that contribute nothing, `units` in all. */
typedef struct ratio_stratum {
  int32_t first, count;
  double units;
  double factor;  /* of squared deviations in V, n_h / (n_h - 1) as a rule; 0: it has no part in V */
  bool centred;   /* deviations are from the mean of the stratum, else from 0 */
} ratio_stratum;

/*
 * PSU i contributes u_i, independent normal variables with mean 0 and variances c_i, to q sums r_1 .. r_q, such as the sums of
 * the residuals of two groups: cov(u_i, r) = F_i, cov(r) = Phi. What is estimated deviates by S = sigma'r. Variances are
 * estimated from z_i = u_i - L_i'r, as each sum is subtracted by the share L_i of it that a PSU has in the estimated totals:
 *
 *     V = sum_h factor_h sum_i (z_i - mean_h)^2
 */
typedef struct ratio {
  int32_t strata, psus, sums;
  const ratio_stratum *stratum;  /* [strata] */
  const double *c;               /* [psus] > 0 */
  const double *f, *l;           /* [sums * psus] a column for each sum */
  const double *by;              /* [strata] c and f of a stratum are to be multiplied by; NULL: 1 */
  const double *phi;             /* [sums * sums], positive definite */
  double *scratch;               /* [weeg_i_ratio_scratch(psus, sums)] */
  /*
   * Found by weeg_i_ratio_begin. Given S, V is nearly own S^2 + mean chi-squared_df / df, which has the same first two moments
   * but for products of leverages; skew: how much its third cumulant falls short, relatively. variance: of S.
   */
  double variance, mean, own, df, skew;
  double largest, total; /* of factor c */
  ratio_terms terms;     /* found when first asked for, as are columns in scratch */
  bool has_terms, has_columns;
  double root, root_tau; /* the last root of its tail's formula, and of which tau; 0: none so far */
  bool root_by_terms;
} ratio;

int64_t weeg_i_ratio_scratch(int32_t psus, int32_t sums);

/* Prepares scratch; sigma is 1 for all sums. Before the others. WEEG_ERR_NUMERIC: phi is not positive definite. */
weeg_status weeg_i_ratio_begin(ratio *r, weeg_error *err);

/*
 * The same where sums over PSUs are known, with which columns need no walk: of B diag(factor c) with B what takes the means of
 * strata, its eigenvalues, their squares and their cubes; the lower triangle of J_XX at y = 0, X = (F, L) by column; of factor c.
 */
typedef struct ratio_sums {
  double traces[3];
  const double *j; /* [2 sums * 2 sums] */
  double largest, total;
} ratio_sums;

weeg_status weeg_i_ratio_begin_by(ratio *r, const ratio_sums *of, weeg_error *err);

/*
 * P(S^2 > tau V), tau > 0. Where df are many, by Student's t, corrected for the skewness of V, to about 1e-5 of itself; where
 * they are not few by a rule with sums over PSUs by the first terms of their series, to 3e-6; else by that rule with these sums,
 * which is exact but for rounding and converges geometrically: to 1e-9 (tests/core/test_ratio.c).
 *
 * P = P(r'sigma sigma'r - tau V > 0) of a quadratic form with one positive eigenvalue. By the formula of Craig (1991), the
 * tail is the mean over the angle of D(x0 / s)^(-1/2) (1 - 1 / s)^(1/2), s = sin^2, with D(x) = det(I - x Sigma M) and x0 its
 * smallest positive root; D follows from the PSUs one at a time (matrix determinant lemma), in matrices of order 2q.
 */
weeg_status weeg_i_ratio_tail(ratio *r, double tau, double *p, weeg_error *err);

/* The t with P(S^2 > t^2 V) = alpha, 0 < alpha < 1: to 1e-5 of itself where df are not few, else to 1e-8. */
weeg_status weeg_i_ratio_quantile(ratio *r, double alpha, double *t, weeg_error *err);

#endif
