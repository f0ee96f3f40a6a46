/* The values of groups in order of size, with sums of weights. Internal to the core. */
#ifndef WEEG_RANKED_H
#define WEEG_RANKED_H

#include <stdint.h>

#include "weeg.h"

/* A value of a group, and the sum of the weights of the group's rows up to it, exact but for one rounding. */
typedef struct weeg_step {
  double value, upto;
} weeg_step;

/* The values of all groups, by group and then size. */
typedef struct ranked {
  int32_t groups;
  int64_t *start;    /* [groups + 1] where there is room for a group's values, */
  int32_t *values;   /* [groups] of which it has so many */
  weeg_step *step;   /* [start[groups]] */
  int64_t *n;        /* [start[groups]] rows with that value; of rows NULL unless `counts` */
  int64_t *group_n;  /* [groups] */
  double *group_w;   /* [groups] */
} ranked;

/*
 * Of rows: value[rows], in groups from 0; group[rows] becomes -1 of rows that are in none. Rows without weight, out of the domain
 * and without a value are not counted. Groups are sorted side by side.
 */
weeg_status weeg_i_rank_rows(const weeg_survey_rows *survey, const weeg_places *places, const double *value, bool counts,
                             int32_t *group, ranked *to, weeg_error *err);

void weeg_i_ranked_clear(ranked *r);

#endif
