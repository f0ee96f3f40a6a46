/* What many statistics of one tally have in common, made once: see variance/prepared.h. Internal to the core. */
#ifndef WEEG_MADE_H
#define WEEG_MADE_H

#include <stdint.h>

#include "weeg.h"

typedef struct weeg_prepared {
  int64_t *cell_n;     /* [cells] rows */
  weeg_sum *cell_sum;  /* [cells] sums of weights, and as doubles */
  double *cell_w;
  const struct prepared_psus *psus;
  struct students *students; /* NULL, or what the tables of a thread know of Student's t: see math/student.h */
} weeg_prepared;

/* Rows and sums of weights of the cells, as integers: n[cells], sum[cells]. */
void weeg_i_tally_sums(const weeg_tally *tally, int64_t *n, weeg_sum *sum);

#endif
