/* Small dense symmetric systems. Internal to the core. Matrices are row-major [size * size]. */
#ifndef WEEG_LINEAR_H
#define WEEG_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/interrupt.h"

/*
 * Cholesky factor L (lower triangle of matrix, in place; above the diagonal L') of a symmetric matrix, of which only the lower
 * triangle is read. False when a pivot falls below tolerance times its diagonal element: the matrix is singular, or not
 * positive; or when p has stopped.
 */
bool weeg_i_cholesky(double *matrix, int32_t size, double tolerance, pulse *p);

/* Solves L x = b in place. */
void weeg_i_forward_solve(const double *factor, int32_t size, double *b);

/* matrix = L^-1 matrix L^-T, symmetric, unless p has stopped. scratch[size * WEEG_SOLVED] */
enum { WEEG_SOLVED = 32 };
void weeg_i_whiten_matrix(const double *factor, int32_t size, double *matrix, double *scratch, pulse *p);

/* Solves L' x = b in place. */
void weeg_i_backward_solve(const double *factor, int32_t size, double *b);

#endif
