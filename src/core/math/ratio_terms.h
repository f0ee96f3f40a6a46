/* Sums over PSUs for laws of few PSUs, by the first terms of their series. Internal to the core. */
#ifndef WEEG_RATIO_TERMS_H
#define WEEG_RATIO_TERMS_H

#include <stdint.h>

enum { WEEG_TERMS = 4 };

/*
 * prod |E_i| prod_h |mean_h E_i^-1| is det(I + y W) of a matrix W, and J is a function of y too. Both are known by the first
 * terms of their series, in w = y / (1 + y l), l = tr W^2 / tr W, which is never large:
 *
 *     log det(I + y W) = df log(1 + y l) + sum_n log_term_n w^n,   J = (1 - l w) sum_n J_n w^n,   df = tr W / l
 */
typedef struct ratio_terms {
  double df, mean;                 /* mean: l */
  double log_term[WEEG_TERMS + 2]; /* from the third on */
  double ratio;                    /* about by how much terms fall from one to the next, times w */
  double leverage;                 /* tr Phi^-1 J_FF + tr Phi J_GG at 0 */
} ratio_terms;

/* From terms of y, log_det[WEEG_TERMS + 2] from the first on, and j[WEEG_TERMS * size], to those of w. */
void weeg_i_ratio_terms_make(ratio_terms *t, double *log_det, double *j, int64_t size);

/* About the error of log D at |w|, found by comparison with exact values: several times that (tests/core/test_ratio.c). */
double weeg_i_ratio_terms_doubt(const ratio_terms *t, double w);

#endif
