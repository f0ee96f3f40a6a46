#include "linear.h"

#include <math.h>

bool weeg_cholesky(double *matrix, int32_t size, double tolerance) {
  for (int64_t j = 0; j < size; j++) {
    double *row_j = matrix + j * size;
    const double diagonal = row_j[j];
    double pivot = diagonal;
    for (int64_t k = 0; k < j; k++) pivot -= row_j[k] * row_j[k];
    if (!(pivot > tolerance * diagonal) || !(diagonal > 0) || !isfinite(pivot)) return false;
    row_j[j] = sqrt(pivot);
    for (int64_t i = j + 1; i < size; i++) {
      double *row_i = matrix + i * size;
      double value = row_i[j];
      for (int64_t k = 0; k < j; k++) value -= row_i[k] * row_j[k];
      row_i[j] = value / row_j[j];
    }
  }
  return true;
}

void weeg_forward_solve(const double *factor, int32_t size, double *b) {
  for (int64_t i = 0; i < size; i++) {
    double value = b[i];
    for (int64_t k = 0; k < i; k++) value -= factor[i * size + k] * b[k];
    b[i] = value / factor[i * size + i];
  }
}

void weeg_backward_solve(const double *factor, int32_t size, double *b) {
  for (int64_t i = size - 1; i >= 0; i--) {
    double value = b[i];
    for (int64_t k = i + 1; k < size; k++) value -= factor[k * size + i] * b[k];
    b[i] = value / factor[i * size + i];
  }
}
