/* What each PSU of the first stage has of a table: rows and sums of weights. Internal to the core. */
#ifndef WEEG_PSUS_H
#define WEEG_PSUS_H

#include <stdbool.h>
#include <stdint.h>

#include "variance/nest.h"
#include "weeg.h"

/* Squares of sums in these units are numbers, whatever the weights are. */
enum { WEEG_PSU_SCALE = -100 };

/* Entries of a table, by group, and within a group by PSU in the order of the strata. */
typedef struct psu_table {
  const weeg_design *design;
  nest nest;               /* of the first stage, without weights */
  int32_t groups, answers;
  int32_t *stratum;        /* [nest.units] of the PSU at each place of the order */
  int64_t *start;          /* [groups + 1] entries of each group */
  int32_t *place, *answer; /* [start[groups]] the PSU's place in the order; the answer */
  double *w, *n;           /* [start[groups]] sums of weights, of which the tally's unit is 2^WEEG_PSU_SCALE; rows */
  double *value, *base;    /* [start[groups]] as in psu_numbers, or NULL */
} psu_table;

/* What entries of a tally have of a number, in any units: [entries]. Of a table of these all answers are one. */
typedef struct psu_numbers {
  const double *value; /* sums of weight times value */
  const double *base;  /* of what their sum is divided by, where that is not the sum of weights; else NULL */
} psu_numbers;

/* Of the cells in a table whose places were checked. Not for designs without clusters. numbers: or NULL. */
weeg_status weeg_i_psu_table_make(psu_table *t, const weeg_survey *survey, const weeg_places *places, const psu_numbers *numbers,
                                  weeg_error *err);
void weeg_i_psu_table_clear(psu_table *t);

/* The sum of squared weights of n rows that weigh w together, as far as they weigh alike. */
static inline double weeg_i_even_squares(double w, double n) { return n > 0 ? w * w / n : 0; }

/* The PSUs with rows of a set of groups, in the order of the strata. */
typedef struct psu_set {
  int32_t psus;
  int32_t *place;   /* [psus] */
  double *w;        /* [psus] sums of weights */
  double *x, *n, *q; /* [psus * answers] those with the answer, or values; these rows; sums of squared weights, see below */
  double *base;      /* [psus] as in the table, or NULL */
  double *sum;       /* [answers] of x over the PSUs */
  double total, rows, base_total; /* of w; rows; of base */
} psu_set;

/*
 * groups[count] are ascending. q is what W^2 / n is summed to in a PSU, over groups and over those with the answer and without
 * it: the sum of squared weights as far as weights are alike there. So that it does not change when other answers are merged.
 */
weeg_status weeg_i_psu_set_make(psu_set *s, const psu_table *t, const int32_t *groups, int64_t count, weeg_error *err);
void weeg_i_psu_set_clear(psu_set *s);

#endif
