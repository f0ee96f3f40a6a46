/* How combinations of codes are looked up. Internal to the core. */
#ifndef WEEG_COMBOS_H
#define WEEG_COMBOS_H

#include <stdint.h>

#include "base/hash.h"
#include "weeg.h"

typedef struct weeg_combos_table {
  int64_t room;      /* combinations that there is memory for */
  int64_t slots;     /* a power of two */
  int32_t *slot;     /* [slots] number of a combination, from 1; 0: free */
  int64_t recents;
  int32_t *recent;   /* [recents] by the last code: number, from 1, of the combination where it was seen last; 0: not yet */
  weeg_secret secret;
} combos_table;

#endif
