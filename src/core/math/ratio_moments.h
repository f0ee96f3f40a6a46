/* Sums over PSUs for the law of a sum of squares where PSUs are many, by a few of their moments. Internal to the core. */
#ifndef WEEG_RATIO_MOMENTS_H
#define WEEG_RATIO_MOMENTS_H

#include <complex.h>

#include "math/ratio_matrix.h"
#include "weeg.h"

enum { WEEG_MOMENTS = 4 };

/*
 * prod |E_i| prod_h |mean_h E_i^-1| is det(I + y W) of a matrix W, and J is a function of y too. Both are known by the first
 * terms of their series, in w = y / (1 + y l), l = tr W^2 / tr W, which is never large:
 *
 *     log det(I + y W) = df log(1 + y l) + sum_n log_term_n w^n,   J = (1 - l w) sum_n J_n w^n,   df = tr W / l
 */
typedef struct ratio_moments {
  int32_t wide;                     /* 2 * sums */
  double df, mean;                  /* mean: l */
  double log_term[WEEG_MOMENTS + 2]; /* from the third on */
  double ratio;                     /* about by how much terms fall from one to the next, times w */
  double leverage;                  /* tr Phi^-1 J_FF + tr Phi J_GG at 0 */
  double *j;                        /* [WEEG_MOMENTS][wide * wide] of columns F and Gamma */
} ratio_moments;

/* One pass over the PSUs. inverse_phi[sums * sums] */
weeg_status weeg_i_ratio_moments_make(ratio_moments *m, const ratio_matrix *r, const double *inverse_phi, weeg_error *err);
void weeg_i_ratio_moments_clear(ratio_moments *m);

/* The logarithm of the determinant at y; J's lower triangle to j[wide * wide]. */
double complex weeg_i_ratio_moments_at(const ratio_moments *m, double complex y, double complex *j);

/* About the error of log D at y, found by comparison with exact values (tests/core/test_ratio.c). */
double weeg_i_ratio_moments_doubt(const ratio_moments *m, double complex y);

#endif
