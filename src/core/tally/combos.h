/* How combinations of codes are looked up. Internal to the core. */
#ifndef WEEG_COMBOS_H
#define WEEG_COMBOS_H

#include <stdint.h>

#include "base/hash.h"
#include "weeg.h"

typedef struct weeg_combos_table {
  int64_t room; /* combinations that there is memory for */
  int64_t recents;
  int32_t *recent;   /* [recents] by the last code: number, from 1, of the combination where it was seen last; 0: not yet */
  weeg_numbering numbers;
} combos_table;

#endif
