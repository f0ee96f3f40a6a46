#include "math/whiten.h"

#include <math.h>

#include "base/memory.h"

void weeg_i_whitening_clear(whitening *w) {
  weeg_free(w->line_core);
  weeg_free(w->bar_core);
  weeg_free(w->d);
  weeg_free(w->line);
  weeg_free(w->share);
  weeg_free(w->inverse);
  weeg_free(w->reflection);
  weeg_free(w->first);
  weeg_free(w->potential);
  weeg_free(w->at);
  *w = (whitening){0};
}

/* ---- nodes ---- */

static int32_t root_of(int32_t *parent, int32_t node) {
  while (parent[node] != node) node = parent[node] = parent[parent[node]];
  return node;
}

/*
 * Nodes with d = 0 between them become one. A circle of such cells is a table of interaction that lies in them only, of which
 * nothing is known: singular.
 */
static weeg_status join_nodes(whitening *w, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *parent = NULL, *number = NULL;
  const int32_t nodes = w->lines + w->bars;
  WEEG_NEW(parent, nodes);
  WEEG_NEW(number, nodes);
  for (int32_t k = 0; k < nodes; k++) parent[k] = k;
  for (int32_t k = 0; k < nodes; k++) number[k] = -1;
  for (int64_t i = 0; i < (int64_t)w->lines * w->bars && !w->singular; i++) {
    if (w->d[i] > 0) continue;
    const int32_t a = root_of(parent, (int32_t)(i / w->bars)), b = root_of(parent, w->lines + (int32_t)(i % w->bars));
    w->singular = a == b;
    parent[a] = b;
  }
  for (int32_t j = 0; j < w->bars; j++) {
    const int32_t root = root_of(parent, w->lines + j);
    if (number[root] < 0) number[root] = w->cores++;
    w->bar_core[j] = number[root];
  }
  for (int32_t i = 0; i < w->lines; i++) w->line_core[i] = number[root_of(parent, i)];
cleanup:
  weeg_free(parent);
  weeg_free(number);
  return status;
}

/* ---- potentials of cores ---- */

/* Conductances between cores, [cores * cores]: of cells, and of lines of their own node, which the elimination makes stars of. */
static void conduct(const whitening *w, double *between) {
  const int64_t m = w->cores;
  for (int32_t i = 0; i < w->lines; i++) {
    const double *share = w->share + i * m;
    for (int32_t j = 0; j < w->bars && w->line_core[i] >= 0; j++) {
      const int64_t a = w->line_core[i], b = w->bar_core[j];
      if (a == b) continue;
      between[a * m + b] += w->d[(int64_t)i * w->bars + j];
      between[b * m + a] += w->d[(int64_t)i * w->bars + j];
    }
    for (int64_t a = 0; a < m && w->line_core[i] < 0; a++) {
      for (int64_t b = 0; b < m; b++) between[a * m + b] += a == b ? 0 : w->line[i] * share[a] * share[b];
    }
  }
}

/*
 * Potentials for currents into each core and out of the last one, by elimination of one after the other. Only sums of products of
 * what is not negative: all digits remain (Grassmann, Taksar and Heyman 1985).
 */
static weeg_status invert_cores(whitening *w, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t m = w->cores;
  double *between = NULL, *pivot = NULL;
  WEEG_NEW(between, m * m);
  WEEG_NEW(pivot, m);
  conduct(w, between);
  for (int64_t k = 0; k + 1 < m; k++) {
    for (int64_t b = k + 1; b < m; b++) pivot[k] += between[k * m + b];
    for (int64_t a = k + 1; a < m && pivot[k] > 0; a++) {
      const double factor = between[a * m + k] / pivot[k];
      for (int64_t b = k + 1; b < m; b++) between[a * m + b] += a == b ? 0 : factor * between[k * m + b];
    }
  }
  for (int64_t q = 0; q + 1 < m; q++) {
    double *x = w->inverse + q * m; /* currents first */
    x[q] = 1;
    for (int64_t k = q; k + 1 < m; k++) {
      for (int64_t b = k + 1; b + 1 < m && pivot[k] > 0; b++) x[b] += x[k] * between[k * m + b] / pivot[k];
    }
    for (int64_t k = m - 2; k >= 0; k--) {
      for (int64_t b = k + 1; b + 1 < m; b++) x[k] += between[k * m + b] * x[b];
      x[k] = pivot[k] > 0 ? x[k] / pivot[k] : 0;
    }
  }
cleanup:
  weeg_free(between);
  weeg_free(pivot);
  return status;
}

/* ---- lines ---- */

static void fill_lines(whitening *w) {
  const int64_t bars = w->bars, m = w->cores;
  for (int64_t i = 0; i < w->lines; i++) {
    for (int64_t j = 0; j < bars; j++) w->line[i] += w->d[i * bars + j];
    if (w->line_core[i] >= 0) w->share[i * m + w->line_core[i]] = 1;
    for (int64_t j = 0; j < bars && w->line_core[i] < 0; j++) {
      w->share[i * m + w->bar_core[j]] += w->d[i * bars + j] / w->line[i];
    }
  }
}

/*
 * The outputs of a line of its own node are orthogonal to the roots of its d: a reflection that brings these to the first output
 * leaves nothing there. Other lines have an output for each cell with d > 0.
 */
static void count_outputs(whitening *w) {
  const int64_t bars = w->bars;
  for (int64_t i = 0; i < w->lines; i++) {
    int32_t count = -1;
    if (w->line_core[i] >= 0) count = 0;
    for (int64_t j = 0; j < bars; j++) count += w->d[i * bars + j] > 0;
    w->first[i + 1] = w->first[i] + count;
    for (int64_t j = 0; j < bars && w->line_core[i] < 0; j++) w->reflection[i * bars + j] = sqrt(w->d[i * bars + j] / w->line[i]);
    if (w->line_core[i] < 0) w->reflection[i * bars] += 1;
  }
  w->outputs = w->first[w->lines];
}

weeg_status weeg_i_whitening_make(whitening *w, const double *d, int32_t rows, int32_t columns, weeg_error *err) {
  weeg_status status = WEEG_OK;
  *w = (whitening){.transposed = columns > rows};
  w->lines = w->transposed ? columns : rows;
  w->bars = w->transposed ? rows : columns;
  WEEG_NEW(w->d, (int64_t)rows * columns);
  WEEG_NEW(w->line_core, w->lines);
  WEEG_NEW(w->bar_core, w->bars);
  for (int32_t i = 0; i < rows * columns; i++) {
    const int32_t line = w->transposed ? i % columns : i / columns, bar = w->transposed ? i / columns : i % columns;
    w->d[(int64_t)line * w->bars + bar] = d[i];
  }
  WEEG_TRY(join_nodes(w, err));
  if (w->singular) goto cleanup;
  WEEG_NEW(w->line, w->lines);
  WEEG_NEW(w->share, (int64_t)w->lines * w->cores);
  WEEG_NEW(w->inverse, (int64_t)w->cores * w->cores);
  WEEG_NEW(w->reflection, (int64_t)rows * columns);
  WEEG_NEW(w->first, (int64_t)w->lines + 1);
  WEEG_NEW(w->potential, w->cores);
  WEEG_NEW(w->at, w->bars);
  fill_lines(w);
  WEEG_TRY(invert_cores(w, err));
  count_outputs(w);
cleanup:
  return status;
}

/* ---- one row of the sample ---- */

/* Potentials of the cores for a current into the cell's bar and out of its line. */
static void find_potentials(whitening *w, int32_t line, int32_t bar) {
  const int64_t m = w->cores;
  for (int64_t q = 0; q < m; q++) w->potential[q] = w->inverse[(int64_t)w->bar_core[bar] * m + q];
  for (int64_t a = 0; a < m; a++) {
    const double share = w->share[line * m + a];
    for (int64_t q = 0; q < m && share != 0; q++) w->potential[q] -= share * w->inverse[a * m + q];
  }
}

/* 1/d - 1/(sum of the line), without cancellation */
static double own_term(const whitening *w, int32_t line, int32_t bar) {
  const double *d = w->d + (int64_t)line * w->bars;
  double others = 0;
  if (w->line_core[line] >= 0) return 1 / d[bar];
  for (int32_t j = 0; j < w->bars; j++) others += j == bar ? 0 : d[j];
  return others / w->line[line] / d[bar];
}

/* P of a line's cells times the roots of d, and their size. */
static double fill_line(whitening *w, int32_t k, int32_t line, int32_t bar) {
  const int64_t m = w->cores;
  const double *d = w->d + (int64_t)k * w->bars;
  const bool own_node = w->line_core[k] < 0;
  double level = 0, size = 0;
  for (int64_t q = 0; q < m; q++) level += w->share[k * m + q] * w->potential[q];
  for (int32_t j = 0; j < w->bars; j++) {
    double value = -(w->potential[w->bar_core[j]] - level);
    double terms = fabs(w->potential[w->bar_core[j]]) + fabs(level);
    if (k == line) {
      const double mine = j == bar ? own_term(w, line, bar) : own_node ? -1 / w->line[line] : 0;
      value += mine;
      terms += fabs(mine);
    }
    w->at[j] = sqrt(d[j]) * value;
    size += sqrt(d[j]) * terms;
  }
  return size;
}

void weeg_i_whiten(whitening *w, int32_t cell, double *y, double *size) {
  const int32_t columns = w->transposed ? w->lines : w->bars;
  const int32_t line = w->transposed ? cell % columns : cell / columns, bar = w->transposed ? cell / columns : cell % columns;
  find_potentials(w, line, bar);
  for (int32_t k = 0; k < w->lines; k++) {
    const double *d = w->d + (int64_t)k * w->bars, *v = w->reflection + (int64_t)k * w->bars;
    double *to = y + w->first[k];
    size[k] = fill_line(w, k, line, bar);
    if (w->line_core[k] >= 0) {
      for (int32_t j = 0; j < w->bars; j++) {
        if (d[j] > 0) *to++ = w->at[j];
      }
      continue;
    }
    double along = 0; /* v'v / 2 = v[0] */
    for (int32_t j = 0; j < w->bars; j++) along += v[j] * w->at[j] / v[0];
    for (int32_t j = 1; j < w->bars; j++) *to++ = w->at[j] - v[j] * along;
  }
}
