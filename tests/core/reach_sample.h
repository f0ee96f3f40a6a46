/*
 * Systems of any size, for tests of what happens when memory is out or the caller stops: cells of rows and columns, all hidden,
 * of which the sums are shown.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_REACH_SAMPLE_H
#define WEEG_REACH_SAMPLE_H

#include "test.h"

enum { GRID_SIDE = 30, GRID_ATOMS = GRID_SIDE * GRID_SIDE, GRID_COUNTS = GRID_ATOMS + 2 * GRID_SIDE };

/* Makes a system, asks for the last count that cannot be 0 or `high` (*count), and what follows from one more that is shown. */
static weeg_status grid_ask(int32_t side, double high, const weeg_hooks *hooks, int32_t *count, weeg_error *err) {
  static double n[GRID_COUNTS], x[GRID_ATOMS];
  static int32_t figure[3 * GRID_ATOMS], atom[3 * GRID_ATOMS];
  static uint8_t hidden[GRID_COUNTS], ones[GRID_COUNTS], none[GRID_COUNTS];
  const int32_t atoms = side * side, counts = atoms + 2 * side;
  weeg_reach *reach = NULL;
  bool low, sure, safe;
  memset(n, 0, sizeof n);
  for (int32_t a = 0; a < atoms; a++) {
    const int32_t in[] = {a, atoms + a / side, atoms + side + a % side};
    x[a] = a % 7;
    hidden[a] = 1;
    for (int k = 0; k < 3; k++) {
      figure[3 * a + k] = in[k];
      atom[3 * a + k] = a;
      n[in[k]] += x[a];
    }
  }
  memset(ones, 1, sizeof ones);
  memset(hidden + atoms, 0, 2 * (size_t)side);
  const weeg_reach_system system = {.atoms = atoms, .counts = counts, .pairs = 3 * (int64_t)atoms, .count = figure,
                                    .atom = atom, .n = n, .known = n, .table = x};
  const weeg_reach_question question = {ones, none, 0, high};
  weeg_status status = weeg_reach_make(&system, &reach, err);
  if (status == WEEG_OK) status = weeg_reach_next(reach, hidden, &question, hooks, count, &low, &sure, err);
  hidden[atoms - 1] = 0;
  if (status == WEEG_OK) status = weeg_reach_show(reach, hidden, &question, hooks, &safe, &sure, err);
  weeg_reach_free(reach);
  return status;
}

#endif
