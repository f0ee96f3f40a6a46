#include "math/linear.h"

#include <math.h>

#include "base/vector.h"

enum { PANEL = 8 };

/* What columns first .. first + PANEL - 1 of the factor take from what is right of them and below, but for the diagonal. */
WEEG_CLONED static void subtract_panel(double *matrix, int64_t size, int64_t first) {
  const double *column[PANEL];
  for (int p = 0; p < PANEL; p++) column[p] = matrix + (first + p) * size;
  for (int64_t i = first + PANEL; i < size; i++) {
    double *row = matrix + i * size;
    const double *own = row + first;
    WEEG_VECTORISED
    for (int64_t k = first + PANEL; k < i; k++) {
      double value = row[k];
      value -= own[0] * column[0][k];
      value -= own[1] * column[1][k];
      value -= own[2] * column[2][k];
      value -= own[3] * column[3][k];
      value -= own[4] * column[4][k];
      value -= own[5] * column[5][k];
      value -= own[6] * column[6][k];
      row[k] = value - own[7] * column[7][k];
    }
  }
}

bool weeg_i_cholesky(double *matrix, int32_t size, double tolerance, pulse *p) {
  for (int64_t j = 0; j < size; j++) {
    double *row_j = matrix + j * size;
    const double diagonal = row_j[j];
    const int64_t first = j - j % PANEL;
    double pivot = diagonal;
    for (int64_t k = 0; k < j; k++) pivot -= row_j[k] * row_j[k];
    if (!(pivot > tolerance * diagonal) || !(diagonal > 0) || !isfinite(pivot)) return false;
    if (weeg_i_stops(p, PANEL * (int64_t)size)) return false;
    row_j[j] = sqrt(pivot);
    for (int64_t i = j + 1; i < size; i++) {
      double *row_i = matrix + i * size;
      double value = row_i[j];
      for (int64_t k = first; k < j; k++) value -= row_i[k] * row_j[k];
      row_j[i] = row_i[j] = value / row_j[j];
    }
    if (j == first + PANEL - 1) {
      subtract_panel(matrix, size, first);
      if (weeg_i_stops(p, (size - j) * (size - j) / 2 * PANEL)) return false;
    }
  }
  return true;
}

void weeg_i_forward_solve(const double *factor, int32_t size, double *b) {
  for (int64_t i = 0; i < size; i++) {
    double value = b[i];
    for (int64_t k = 0; k < i; k++) value -= factor[i * size + k] * b[k];
    b[i] = value / factor[i * size + i];
  }
}

/* The same of WEEG_SOLVED right-hand sides at a time: [size * WEEG_SOLVED]. */
WEEG_CLONED static void solve_block(const double *factor, int64_t size, double *b, pulse *p) {
  for (int64_t i = 0; i < size; i++) {
    if (weeg_i_stops(p, i * WEEG_SOLVED)) return;
    double value[WEEG_SOLVED];
    for (int j = 0; j < WEEG_SOLVED; j++) value[j] = b[i * WEEG_SOLVED + j];
    for (int64_t k = 0; k < i; k++) {
      const double factor_ik = factor[i * size + k], *from = b + k * WEEG_SOLVED;
      WEEG_VECTORISED
      for (int j = 0; j < WEEG_SOLVED; j++) value[j] -= factor_ik * from[j];
    }
    for (int j = 0; j < WEEG_SOLVED; j++) b[i * WEEG_SOLVED + j] = value[j] / factor[i * size + i];
  }
}

void weeg_i_whiten_matrix(const double *factor, int32_t size, double *matrix, double *scratch, pulse *p) {
  for (int side = 0; side < 2; side++) {
    for (int64_t from = 0; from < size; from += WEEG_SOLVED) {
      const int64_t count = size - from < WEEG_SOLVED ? size - from : WEEG_SOLVED;
      for (int64_t i = 0; i < size; i++) {
        /* rows first (matrix is symmetric, so rows are columns), then columns */
        for (int64_t j = 0; j < WEEG_SOLVED; j++) {
          const int64_t at = side == 0 ? (from + j) * size + i : i * size + from + j;
          scratch[i * WEEG_SOLVED + j] = j < count ? matrix[at] : 0;
        }
      }
      solve_block(factor, size, scratch, p);
      if (p->stopped) return;
      for (int64_t i = 0; i < size; i++) {
        for (int64_t j = 0; j < count; j++) {
          matrix[side == 0 ? (from + j) * size + i : i * size + from + j] = scratch[i * WEEG_SOLVED + j];
        }
      }
    }
  }
}

void weeg_i_backward_solve(const double *factor, int32_t size, double *b) {
  for (int64_t i = size - 1; i >= 0; i--) {
    double value = b[i];
    for (int64_t k = i + 1; k < size; k++) value -= factor[k * size + i] * b[k];
    b[i] = value / factor[i * size + i];
  }
}
