/* The scratch of a law, and sums over its PSUs by the first terms of their series. Internal to the law of ratio.h. */
#ifndef WEEG_RATIO_SPACE_H
#define WEEG_RATIO_SPACE_H

#include <stdint.h>

#include "base/vector.h"
#include "math/ratio.h"

enum { WEEG_STRATA_BLOCK = 32 }; /* what is known of so many is at hand */

/*
 * Parts of scratch: columns of PSUs, `rows` each, in whole quads, of which the last contribute nothing; J and sums over a stratum
 * of 2q; matrices of q.
 */
typedef struct ratio_space {
  int64_t rows;
  double *c, *by, *part;        /* factor c; room; 1 / E */
  double *v;                    /* [2q] columns of F and of Gamma, times the root of factor */
  double *j;                    /* [2q * 2q] the lower triangle */
  double *sum;                  /* [2q] */
  double *a, *k, *m, *cholesky; /* [q * q] */
  double *terms;                /* [WEEG_TERMS][2q * 2q] of J */
  double *strata;               /* [WEEG_STRATA_BLOCK * (15 + 2q WEEG_TERMS)] */
} ratio_space;

WEEG_INLINE double weeg_i_dot(const double *x, const double *y, int64_t count) {
  weeg_quad sum = {0}, a, b;
  double rest = 0;
  int64_t i = 0;
  for (; i + WEEG_QUAD <= count; i += WEEG_QUAD) {
    weeg_i_load(&a, x + i, WEEG_QUAD);
    weeg_i_load(&b, y + i, WEEG_QUAD);
    sum += a * b;
  }
  for (; i < count; i++) rest += x[i] * y[i];
  return WEEG_QUAD_SUM(sum) + rest;
}

/* c, and columns of F and Gamma, with factors and their roots. Phi^-1 is in s->k. */
void weeg_i_ratio_fill_columns(const ratio *r, const ratio_space *s);

/* J at y; the logarithm of the factors of G that PSUs and strata have. */
double weeg_i_ratio_sum_psus(const ratio *r, const ratio_space *s, double y);

/* J at 0; traces[3] of V's eigenvalues but for what S takes, their squares and cubes. Columns are there. */
void weeg_i_ratio_begin_sums(const ratio *r, const ratio_space *s, double *traces);

/* Finds r->terms and those of J, columns being there. inverse_phi[sums * sums] */
void weeg_i_ratio_find_terms(ratio *r, const ratio_space *s, const double *inverse_phi);

/* The same by terms. */
double weeg_i_ratio_sum_terms(const ratio *r, const ratio_space *s, double y);

#endif
