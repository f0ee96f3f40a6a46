/* Sums over PSUs for the law of a sum of squares where PSUs are many, by a few of their moments. Internal to the core. */
#ifndef WEEG_RATIO_MOMENTS_H
#define WEEG_RATIO_MOMENTS_H

#include <complex.h>

#include "math/ratio_matrix.h"
#include "math/ratio_terms.h"
#include "weeg.h"

typedef struct ratio_moments {
  int32_t wide; /* 2 * sums */
  ratio_terms terms;
  double *j;    /* [WEEG_TERMS][wide * wide] of columns F and Gamma */
} ratio_moments;

/* One pass over the PSUs. inverse_phi[sums * sums] */
weeg_status weeg_i_ratio_moments_make(ratio_moments *m, const ratio_matrix *r, const double *inverse_phi, weeg_error *err);
void weeg_i_ratio_moments_clear(ratio_moments *m);

/* The logarithm of the determinant at y; J's lower triangle to j[wide * wide]. */
double complex weeg_i_ratio_moments_at(const ratio_moments *m, double complex y, double complex *j);

/* About the error of log D at y. */
double weeg_i_ratio_moments_doubt(const ratio_moments *m, double complex y);

#endif
