/* Numbers in order. Internal to the core. */
#ifndef WEEG_ORDER_H
#define WEEG_ORDER_H

#include <stdint.h>

/* Of int32_t, for qsort and bsearch. */
int weeg_i_by_number(const void *left, const void *right);

/* Sorts numbers and leaves each once. Returns how many there are then. */
int64_t weeg_i_sort_distinct(int32_t *number, int64_t count);

#endif
