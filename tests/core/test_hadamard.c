/*
 * Hadamard matrices: elements of 1 and -1, the first column 1, and columns that are orthogonal; of the smallest order that the
 * constructions give.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "math/hadamard.h"
#include "test.h"

static bool is_hadamard(const int8_t *h, int32_t order) {
  for (int32_t j = 0; j < order; j++) {
    for (int32_t k = 0; k <= j; k++) {
      int32_t product = 0;
      for (int32_t i = 0; i < order; i++) product += h[i * order + j] * h[i * order + k];
      if (product != (j == k ? order : 0)) return false;
    }
  }
  for (int32_t i = 0; i < order * order; i++) {
    if ((h[i] != 1 && h[i] != -1) || (i % order == 0 && h[i] != 1)) return false;
  }
  return true;
}

int main(void) {
  static int8_t h[160 * 160];
  for (int32_t size = 2; size <= 130; size++) {
    const int32_t order = weeg_i_hadamard_order(size);
    if (!CHECK(order >= size && order <= 160)) continue;
    weeg_i_hadamard(order, h);
    CHECK(is_hadamard(h, order));
  }
  const int32_t sizes[] = {2, 5, 13, 20, 28}, orders[] = {4, 8, 16, 20, 28};
  for (int k = 0; k < 5; k++) CHECK(weeg_i_hadamard_order(sizes[k]) == orders[k]);
  return test_report("hadamard");
}
