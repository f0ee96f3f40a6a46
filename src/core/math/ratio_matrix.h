/* The law of a sum of squares over an estimate of its mean, in samples of few PSUs. Internal to the core. */
#ifndef WEEG_RATIO_MATRIX_H
#define WEEG_RATIO_MATRIX_H

#include <stdint.h>

#include "base/interrupt.h"
#include "math/ratio.h"
#include "weeg.h"

/*
 * As struct ratio, where PSU i contributes a vector u_i of `order` = k elements with covariance C_i, S are the first k
 * of the q sums, z_i = u_i - L_i r, and V = sum_h factor_h sum_i |z_i - mean_h|^2. Matrices are row-major.
 */
typedef struct ratio_matrix {
  int32_t strata, psus, order, sums;
  const ratio_stratum *stratum;  /* [strata] */
  const double *c;               /* [psus * order * order] */
  const double *f, *l;           /* [psus * order * sums] */
  const double *phi;             /* [sums * sums] */
  pulse *beat;
} ratio_matrix;

/*
 * P(S'S > tau V) where there are `copies` independent ones of both, summed; any number above 0. The quadratic form has the
 * characteristic function det(I - 2 s Sigma M)^(-copies / 2), which is integrated along a curve beside the saddlepoint:
 *
 *     P = 1/(2 pi i) int D(2 s)^(-copies / 2) / s ds
 *
 * Where PSUs are many D is known by moments (ratio_moments.h), and P to 1e-5 of itself, else to 1e-10, however
 * small (tests/core/test_ratio.c). WEEG_ERR_NUMERIC: phi is not positive definite, or V does not vary apart from S.
 */
weeg_status weeg_i_ratio_matrix_tail(const ratio_matrix *r, double tau, double copies, double *p, weeg_error *err);

#endif
