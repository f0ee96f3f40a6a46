/* Sums of measures within groups, and deviations from their means. Internal to the core. */
#ifndef WEEG_CENTRED_H
#define WEEG_CENTRED_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/table.h"
#include "variance/deviations.h"
#include "weeg.h"

/*
 * Deviations p - mean v (deviations.h) are in the integers of the tally, and so are means: p / v of the sums of a group. Totals
 * are deviations from 0, with a mean of p / 1. Where v cancels, the mean is that much larger beside p, and the centre has as
 * many bits fewer behind the point: a deviation fits in the same integers.
 */
typedef struct mean_sums {
  weeg_sum p, v;
  double mean;
  double base;         /* the sum of v; 1 of a total */
  double size;         /* of all p: of the sums of entries, and where rows are PSUs, of their squares */
  double v_size;       /* of all v, or more */
  double off;          /* what cutting off bits can have changed in the sum of p - mean v */
  bool exists;         /* there are rows, and v is not 0 */
} mean_sums;

typedef struct means {
  const weeg_tally *tally;
  table table;
  bool is_shared;      /* the table is another's */
  const double *weight; /* [entries] sums of weights, another's too; or NULL */
  weeg_mean_figure figure;
  int32_t measure;
  int32_t base;        /* number of what v is: 0 of the weight, from 1 of measures */
  mean_sums *sums;     /* [groups] */
  weeg_centre *at;     /* [groups] the bits of their means */
  weeg_deviations of;  /* what values are */
  double *value;       /* [entries] sum of p - mean v, once made */
  double *within;      /* [entries] sum of squared deviations of p - mean v over the rows of an entry; NULL unless element */
} means;

/* All but the deviations. m has figure, measure and base; to be cleared in any case. */
weeg_status weeg_i_means_make(means *m, const weeg_tally *tally, const weeg_places *places, weeg_error *err);
void weeg_i_means_clear(means *m);

/* The same of a table that is there, and of what its weights are as numbers (NULL: not known); both stay the caller's. */
weeg_status weeg_i_means_of(means *m, const table *of, const double *weight, weeg_error *err);

/* Deviations of all entries in groups: from the means, and again where what is beyond a centre has been changed. */
weeg_status weeg_i_means_deviate(means *m, weeg_error *err);

/* The mean of sums of n rows, of which p, v, size and v_size are there, and its bits. */
void weeg_i_mean_find(mean_sums *sums, int64_t n, weeg_centre *at);

/* Whether bits that were cut off, of values of this size, may show; and of v of n rows, which is a measure. */
bool weeg_i_mean_is_lost(const mean_sums *sums, int64_t n);

/* A mean in units of the tally times 2^scale is one. */
int weeg_i_mean_scale(const means *m);

#endif
