#include "base/order.h"

#include <stdlib.h>

int weeg_i_by_number(const void *left, const void *right) {
  const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
  return (a > b) - (a < b);
}

int64_t weeg_i_sort_distinct(int32_t *number, int64_t count) {
  int64_t kept = 0;
  if (count > 1) qsort(number, (size_t)count, sizeof *number, weeg_i_by_number);
  for (int64_t i = 0; i < count; i++) {
    if (i == 0 || number[i] != number[kept - 1]) number[kept++] = number[i];
  }
  return kept;
}
