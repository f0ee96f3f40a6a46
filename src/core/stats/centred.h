/* Sums of measures within groups, and deviations from their means. Internal to the core. */
#ifndef WEEG_CENTRED_H
#define WEEG_CENTRED_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/table.h"
#include "weeg.h"

/*
 * All is in the integers of the tally: a value's p = w y; v, which is the weight, of a ratio the other measure's w x; and p / v
 * of their sums, here called the mean. A deviation p - mean v is evaluated in two steps: from a centre near the mean that has few
 * bits, without any rounding; and from there by what the mean has beyond the centre, which is too small for rounding to matter.
 * Totals are deviations from 0, with a mean of p / 1. Where v cancels, the mean is that much larger beside p, and the centre has
 * as many bits fewer behind the point: a deviation fits in the same integers.
 */
typedef struct mean_centre {
  int64_t significand; /* significand * 2^exponent is near the mean */
  int exponent;
  double beyond;       /* the mean less the centre */
  double mean;
  double v;            /* sum of v; 1 of a total */
  double size;         /* of all p: of the sums of entries, and where rows are PSUs, of their squares */
  double v_size;       /* of all v, or more */
  double off;          /* what cutting off bits can have changed in the sum of p - mean v */
  bool exists;         /* there are rows, and v is not 0 */
} mean_centre;

typedef struct means {
  const weeg_tally *tally;
  table table;
  weeg_mean_figure figure;
  int32_t measure;
  int32_t base;        /* number of what v is: 0 of the weight, from 1 of measures */
  weeg_sum *p, *v;     /* [groups] */
  mean_centre *centre; /* [groups] */
  double *value;       /* [entries] sum of p - mean v, once made; in each group of centre + beyond for the mean */
  double *within;      /* [entries] sum of squared deviations of p - mean v over the rows of an entry; NULL unless element */
} means;

/* All but the deviations. m has figure, measure and base; to be cleared in any case. */
weeg_status weeg_i_means_make(means *m, const weeg_tally *tally, const weeg_places *places, weeg_error *err);
void weeg_i_means_clear(means *m);

/* Deviations of all entries in groups: from the means, and again where `beyond` has been changed. */
weeg_status weeg_i_means_deviate(means *m, weeg_error *err);

/* The centre of sums of p and v of n rows, of which size and v_size are there. */
void weeg_i_mean_centre(weeg_sum p, weeg_sum v, int64_t n, mean_centre *c);

/* p - centre v, the centre without what is beyond. */
double weeg_i_mean_deviation(weeg_sum p, weeg_sum v, const mean_centre *c);

/* Whether bits that were cut off, of values of this size, may show; and of v of n rows. */
bool weeg_i_mean_is_lost(const mean_centre *c, int64_t n);

/* What v of an entry is. */
weeg_sum weeg_i_mean_base(const means *m, int64_t entry);

/* A mean in units of the tally times 2^scale is one. */
int weeg_i_mean_scale(const means *m);

#endif
