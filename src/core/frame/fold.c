/* Replicates, which are of cells, when cells are renumbered and tallies added. */
#include <string.h>

#include "frame/frame.h"

/* Where the bases of the cells will begin, in start[cells + 1] of zeros. */
static void find_starts(const frame_fold *fold, int64_t *start) {
  const int64_t *before = fold->from->basis_start;
  for (int32_t c = 0; c < fold->before; c++) {
    if (fold->cell[c] >= 0) start[fold->cell[c] + 1] += before[c + 1] - before[c];
  }
  for (int32_t c = 0; c < fold->cells; c++) start[c + 1] += start[c];
}

static weeg_status fold_basis(made_frame *made, const frame_fold *fold, weeg_replicates *folded, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_replicates *from = fold->from;
  const int32_t before = fold->before, cells = fold->cells, count = from->count, *cell = fold->cell;
  int64_t *start = NULL, *next = NULL;
  double *basis = NULL;
  FRAME_NEW(made, start, (int64_t)cells + 1);
  WEEG_NEW(next, cells);
  find_starts(fold, start);
  memcpy(next, start, (size_t)cells * sizeof *next);
  FRAME_NEW(made, basis, start[cells] * count);
  for (int32_t c = 0; c < before; c++) {
    const int64_t first = from->basis_start[c], size = from->basis_start[c + 1] - first;
    if (cell[c] < 0 || size == 0) continue;
    memcpy(basis + next[cell[c]] * count, from->basis + first * count, (size_t)(size * count) * sizeof *basis);
    next[cell[c]] += size;
  }
  folded->basis = basis;
  folded->basis_start = start;
cleanup:
  weeg_free(next);
  return status;
}

/* The totals of one measure, or of the weights. */
static void fold_totals(const frame_fold *fold, const double *from, double *to) {
  const int32_t count = fold->from->count, *cell = fold->cell;
  for (int32_t c = 0; c < fold->before; c++) {
    const double *of_cell = from + (int64_t)c * count;
    for (int32_t r = 0; r < count && cell[c] >= 0; r++) to[(int64_t)cell[c] * count + r] += of_cell[r];
  }
}

weeg_status weeg_i_frame_fold(made_frame *made, const frame_fold *fold, weeg_replicates **folded, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t size = (int64_t)fold->cells * fold->from->count, size_before = (int64_t)fold->before * fold->from->count;
  weeg_replicates *r = NULL;
  double *totals = NULL;
  FRAME_NEW(made, r, 1);
  *r = *fold->from;
  FRAME_NEW(made, totals, size * (1 + fold->measures));
  fold_totals(fold, r->totals, totals);
  for (int32_t k = 0; k < fold->measures_before; k++) {
    const int32_t to = fold->measure == NULL ? k : fold->measure[k];
    if (to >= 0) fold_totals(fold, r->totals + (1 + k) * size_before, totals + (1 + to) * size);
  }
  r->totals = totals;
  if (r->basis != NULL && r->basis_start != NULL) WEEG_TRY(fold_basis(made, fold, r, err));
  *folded = r;
cleanup:
  return status;
}

/* In each cell the rows of a, then those of b. */
static weeg_status add_basis(made_frame *made, const weeg_replicates *a, const weeg_replicates *b, int32_t cells,
                             weeg_replicates *sum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t *start = NULL;
  double *basis = NULL;
  const int32_t count = a->count;
  FRAME_NEW(made, start, (int64_t)cells + 1);
  FRAME_NEW(made, basis, (a->basis_start[cells] + b->basis_start[cells]) * count);
  for (int32_t c = 0; c < cells; c++) {
    const int64_t of_a = a->basis_start[c + 1] - a->basis_start[c], of_b = b->basis_start[c + 1] - b->basis_start[c];
    double *to = basis + start[c] * count;
    if (of_a > 0) memcpy(to, a->basis + a->basis_start[c] * count, (size_t)(of_a * count) * sizeof *to);
    if (of_b > 0) memcpy(to + of_a * count, b->basis + b->basis_start[c] * count, (size_t)(of_b * count) * sizeof *to);
    start[c + 1] = start[c] + of_a + of_b;
  }
  sum->basis = basis;
  sum->basis_start = start;
cleanup:
  return status;
}

weeg_status weeg_i_frame_add(made_frame *made, const weeg_replicates *a, const weeg_replicates *b, const weeg_tally *tally,
                             weeg_replicates **sum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_replicates *r = NULL;
  double *totals = NULL;
  const int32_t cells = tally->cells;
  const int64_t size = (int64_t)cells * a->count * (1 + tally->measures);
  FRAME_NEW(made, r, 1);
  *r = *a;
  FRAME_NEW(made, totals, size);
  for (int64_t i = 0; i < size; i++) totals[i] = a->totals[i] + b->totals[i];
  r->totals = totals;
  if (a->basis_start != NULL && b->basis_start != NULL) {
    WEEG_TRY(add_basis(made, a, b, cells, r, err));
  } else {
    r->rank = WEEG_RANK_BOUND;
    r->basis = NULL;
    r->basis_start = NULL;
  }
  *sum = r;
cleanup:
  return status;
}
