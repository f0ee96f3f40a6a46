/* Small dense symmetric systems. Internal to the core. Matrices are row-major [size * size]. */
#ifndef WEEG_LINEAR_H
#define WEEG_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Cholesky factor L (lower triangle of matrix, in place) of a symmetric matrix. False when a pivot falls below
 * tolerance times its diagonal element: the matrix is singular, or not positive.
 */
bool weeg_cholesky(double *matrix, int32_t size, double tolerance);

/* Solves L x = b in place. */
void weeg_forward_solve(const double *factor, int32_t size, double *b);

/* Solves L' x = b in place. */
void weeg_backward_solve(const double *factor, int32_t size, double *b);

#endif
