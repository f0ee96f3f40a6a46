/* A table of groups by answers, counted: what most statistics begin with. Internal to the core. */
#ifndef WEEG_TABLE_H
#define WEEG_TABLE_H

#include <stdint.h>

#include "weeg.h"

typedef struct table {
  const weeg_tally *tally;
  int32_t groups, answers, places;  /* places: groups * answers */
  int32_t *place;                   /* [tally->cells] group * answers + answer; -1: not in the table */
  int32_t *group;                   /* [tally->cells] its group; -1: not in the table */
  uint8_t *use;                     /* [tally->cells] whether it is in the table */
  int64_t *cell_n;                  /* [tally->cells] of all cells */
  double *cell_w;
  int64_t *n, *group_n, *answer_n, total_n; /* rows by place, group and answer, and of all */
  double *w, *group_w, *answer_w;           /* sums of weights, each exact but for one rounding */
  double total_w, exact_w;                  /* the sum of cell_w in the table, and of all weights but for one rounding */
  int32_t groups_used, answers_used;        /* with rows */
} table;

/* Checks the places. Where they have layers, cells without one are not in the table. */
weeg_status weeg_i_table_make(table *t, const weeg_tally *tally, const weeg_places *places, weeg_error *err);
void weeg_i_table_clear(table *t);

/* Leaves out groups and answers without rows: the others are numbered anew. */
weeg_status weeg_i_table_shrink(table *t, weeg_error *err);

/* Proportions of all weight, p[places], and their sums by group and answer (all 0 at first). */
void weeg_i_table_proportions(const table *t, double *p, double *group_p, double *answer_p);

#endif
