/* Tables of whole respondents that agree with a release: their shares and standard errors. Internal to the core. */
#ifndef WEEG_WORLD_H
#define WEEG_WORLD_H

#include "base/interrupt.h"
#include "weeg.h"

/* Most steps that a move has. */
enum { MOVE_STEPS = 4 };

/* Respondents by atom; w and w2 go with them. */
typedef struct world_table {
  double *x, *w, *w2; /* [atoms]; x owns all three */
} world_table;

/* Which things (parts or figures) an atom has to do with, item[start[a]] .. item[start[a + 1] - 1], and the other way round. */
typedef struct world_index {
  int64_t *start, *first; /* [atoms + 1], [things + 1]; start owns both */
  int32_t *item, *atom;   /* item owns both */
  int64_t *seen;  /* [things] the number of the last question in which one was met */
} world_index;

/* The standard errors of a design: by figure y, the scores of atoms, and z and s, their sums by unit and stratum. */
typedef struct world_scores {
  double *y, *z, *s, *variance;  /* [figures * atoms], * units, * strata; [figures]; y owns all */
  double *low, *high, *price;    /* [figures] limits of variances, and how far those are off */
  world_index index;
  int32_t *met;                  /* [figures] scratch */
  int32_t begun;                 /* how many of met the first two steps of a move have to do with */
} world_scores;

/* A table with all figures of it. */
typedef struct world_state {
  const weeg_world *world;
  world_table table;
  double *num, *den, *value, *price; /* [parts]; num owns all */
  world_index index;                 /* of parts */
  int32_t *met;                      /* [parts] scratch */
  world_scores *scores;              /* [designs] */
  double all;                        /* sum of prices */
  int64_t questions;                 /* how many moves were asked about */
  int64_t begun_at;                  /* the question in which the first two steps were looked at; 0: others */
  int32_t begun_step[2], begun;      /* these, and how many parts of met they have to do with */
} world_state;

/* Whether all numbers of atoms, units and so on are of what there is. */
weeg_status weeg_i_world_check(const weeg_world *world, weeg_error *err);

/*
 * Whether a step (-1: none) can be taken: where rows are the units, how many a stratum has is part of the design, and nobody
 * goes to another.
 */
bool weeg_i_world_is_open(const weeg_world *world, int32_t step);

weeg_status weeg_i_world_table_make(world_table *table, int32_t atoms, weeg_error *err);
void weeg_i_world_table_begin(world_table *table, const weeg_world *world); /* as the world has it */
void weeg_i_world_table_copy(world_table *to, const world_table *from, int32_t atoms);
void weeg_i_world_table_clear(world_table *table);

weeg_status weeg_i_world_state_make(world_state *state, const weeg_world *world, weeg_error *err);
void weeg_i_world_state_clear(world_state *state);

/* All figures of state->table. */
void weeg_i_world_state_refresh(world_state *state);

/* Additions that this takes. */
int64_t weeg_i_world_refresh_cost(const weeg_world *world);

/* The standard error of a figure of a design, as refreshed; NaN where there is none. */
double weeg_i_world_error(const world_state *state, int32_t design, int32_t figure);

/* Takes one respondent of each step (-1: none) along it, and makes the figures anew that this changes. */
void weeg_i_world_move(world_state *state, const int32_t step[MOVE_STEPS]);

/* How far from what is shown a move leads, 0: nowhere; once that is `enough` or more, some number that is. */
double weeg_i_world_distance(world_state *state, const int32_t step[MOVE_STEPS], double enough);

/* Whether figures, as refreshed, are between the limits of all that is shown. Counts are not looked at. */
bool weeg_i_world_agrees(const world_state *state);

#endif
