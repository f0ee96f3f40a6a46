/* Tables that agree with what is shown, found by the simplex method. Internal to the core. */
#ifndef WEEG_REACH_H
#define WEEG_REACH_H

#include <stdbool.h>

#include "base/interrupt.h"
#include "weeg.h"

/*
 * All variables are sums of atoms: the atoms themselves, then counts and known sums ("rows"). So many of them as there are atoms
 * are free, the others, basic, are linear in these: value[basic[r]] = sum over c of cell[r * atoms + c] * value[loose[c]].
 * Bounds are 0 below, or a fixed value. A loose variable may have a value between its bounds.
 */
typedef struct simplex {
  int32_t atoms, rows;
  const int64_t *start;  /* [rows + 1] of each row, its atoms */
  const int32_t *atom;   /* [start[rows]] */
  const double *sign;    /* the same, their signs */
  double *cell;          /* [rows * atoms] */
  double *value, *begin; /* [atoms + rows] now; those of the table that all began with */
  uint8_t *fixed;        /* [atoms + rows] 1: not to change */
  uint8_t *open;         /* [atoms + rows] 1: without bounds */
  int32_t *basic, *loose; /* [rows], [atoms] */
  int32_t *used;         /* [atoms] scratch */
  double *rest;          /* [atoms] scratch */
  int32_t still;         /* turns that have moved nothing */
} simplex;

typedef enum simplex_found { SIMPLEX_MOVED, SIMPLEX_STILL, SIMPLEX_BEST, SIMPLEX_UNSURE } simplex_found;

weeg_status weeg_i_simplex_make(simplex *s, int32_t atoms, int32_t rows, weeg_error *err);
void weeg_i_simplex_clear(simplex *s);

/* The first basis, at the table that all began with; and that table in the basis at hand. */
void weeg_i_simplex_restart(simplex *s);
void weeg_i_simplex_return(simplex *s);

/*
 * One turn towards less (side -1) or more (1) of the variable `of`, to `goal` at most where nothing else ends it. BEST: there is
 * no such way.
 */
simplex_found weeg_i_simplex_turn(simplex *s, int32_t of, int side, double goal, pulse *beat);

/*
 * After BEST: a bound of the variable that follows from what is fixed and what is not negative, whatever happened before: the
 * sum of these, times the factors of the basis, is compared with the row itself. Whether it holds.
 */
bool weeg_i_simplex_proves(simplex *s, int32_t of, int side, double *bound);

#endif
