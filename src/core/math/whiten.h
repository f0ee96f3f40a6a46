/* The interaction of a two-way table in an orthonormal basis. Internal to the core. */
#ifndef WEEG_WHITEN_H
#define WEEG_WHITEN_H

#include <stdbool.h>
#include <stdint.h>

#include "weeg.h"

/*
 * Let D = diag(d) be proportions of the cells, C interaction contrasts, and P = D^-1 C (C'D^-1 C)^-1 C'D^-1, cells with d = 0
 * left out. The design effects of Rao and Scott, the eigenvalues of n (C'D^-1 C)^-1 C'D^-1 V D^-1 C, are those of n Y V Y'
 * with Y = D^1/2 P, but for zeros. What Y leaves out is what is additive in rows and columns (and 0 where d is):
 *
 *     P x = D^-1 x - f(x),  f(x) the additive table that is nearest to D^-1 x by weights d
 *
 * The normal equations of f are those of currents: rows and columns are nodes, joined by d as conductances, and nodes with d = 0
 * between them are one. They are solved without any subtraction, in time that is linear in the longer side of the table.
 */
typedef struct whitening {
  int32_t lines, bars;    /* the longer side, the other one */
  bool transposed;        /* lines are columns */
  bool singular;          /* too many cells with d = 0: C'D^-1 C has no inverse. The rest is not filled */
  int32_t cores;          /* nodes that have bars in them */
  int32_t *line_core;     /* [lines] -1: a node of its own */
  int32_t *bar_core;      /* [bars] */
  double *d;              /* [lines * bars] */
  double *line;           /* [lines] sums of d */
  double *share;          /* [lines * cores] of the line's sum, by core; 1 at its core for a line that is not its own node */
  double *inverse;        /* [cores * cores] potentials of cores for currents into cores */
  double *reflection;     /* [lines * bars] of a line of its own node: the Householder vector that drops its first output */
  int32_t *first;         /* [lines + 1] outputs of each line */
  int32_t outputs;
  double *potential, *at; /* [cores], [bars] scratch */
} whitening;

weeg_status weeg_i_whitening_make(whitening *w, const double *d, int32_t rows, int32_t columns, weeg_error *err);
void weeg_i_whitening_clear(whitening *w);

/*
 * y[outputs]: Y for one row of the sample in `cell` (row * columns + column), d > 0 there. size[lines]: what was added up in
 * each line.
 */
void weeg_i_whiten(whitening *w, int32_t cell, double *y, double *size);

#endif
