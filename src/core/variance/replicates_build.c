/* Totals of replicate weights by cell: of columns of weights in a pass over the rows, of multipliers from the tally. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "base/vector.h"
#include "tally/column.h"
#include "variance/replicates.h"

/* Replicates that a thread takes at a time: in the pass over the rows, and in that over a tally's entries. */
enum { LANES = 16, MADE_LANES = 64 };

/* 2^24 doubles are 128 MiB. */
static const int64_t MAX_BASIS = (int64_t)1 << 24;

static weeg_status word_failure(weeg_status status, weeg_error *err) {
  if (status == WEEG_ERR_INTERRUPTED) return weeg_fail(err, status, -1, "stopped by the caller");
  return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
}

static int threads_for(const weeg_hooks *hooks, int64_t items) {
  int threads = weeg_i_threads(hooks, INT64_MAX);
  if (threads > items) threads = (int)items;
  return threads < 1 ? 1 : threads;
}

/* ---- checking ---- */

typedef struct check {
  const double *const *replicates;
  int64_t rows;
} check;

/* x - x is 0 for finite numbers only. */
static bool all_finite(const double *x, int64_t rows) {
  int bad = 0;
  _Pragma("omp simd reduction(|:bad)")
  for (int64_t i = 0; i < rows; i++) bad |= !(x[i] - x[i] == 0);
  return bad == 0;
}

static weeg_status check_column(void *ctx, int thread, int64_t from, int64_t to) {
  const check *c = ctx;
  (void)thread;
  for (int64_t r = from; r < to; r++) {
    if (!all_finite(c->replicates[r], c->rows)) return WEEG_ERR_WEIGHT;
  }
  return WEEG_OK;
}

weeg_status weeg_check_replicates(const double *const *replicates, int32_t count, int64_t rows, const weeg_hooks *hooks,
                                  weeg_error *err) {
  check c = {replicates, rows};
  const weeg_status status = weeg_i_for_items(count, threads_for(hooks, count), hooks, check_column, &c);
  if (status == WEEG_OK) return WEEG_OK;
  if (status != WEEG_ERR_WEIGHT) return word_failure(status, err);
  for (int32_t r = 0; r < count; r++) {
    for (int64_t i = 0; i < rows; i++) {
      const double x = replicates[r][i];
      if (isfinite(x)) continue;
      (void)weeg_fail_row(err, WEEG_ERR_WEIGHT, "replicate weight", i, isnan(x) ? WEEG_FAULT_MISSING : WEEG_FAULT_INFINITE);
      if (err != NULL) {
        err->facts.number = r;
        weeg_error_move(err, i);
      }
      return WEEG_ERR_WEIGHT;
    }
  }
  return weeg_fail(err, WEEG_ERR_WEIGHT, -1, "the replicate weights changed while they were checked");
}

/* ---- where rows go ---- */

weeg_status weeg_replicate_cells(const weeg_rows *of, const weeg_hooks *hooks, int32_t *cell, int64_t *counts,
                                 weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t rows = of->rows;
  int32_t cells = 0;
  WEEG_TRY(weeg_layout_cells(of->columns, of->count, &cells, err));
  for (int32_t c = 0; c < cells; c++) counts[c] = 0;
  for (int64_t from = 0; from < rows; from += WEEG_CHUNK_ROWS) {
    const int64_t size = rows - from < WEEG_CHUNK_ROWS ? rows - from : WEEG_CHUNK_ROWS;
    memset(cell + from, 0, sizeof *cell * (size_t)size);
    for (int v = 0; v < of->count; v++) weeg_i_column_cross(&of->columns[v], from, size, cell + from);
    for (int64_t i = from; i < from + size; i++) {
      if (of->domain != NULL && of->domain[i] == 0) cell[i] = -1;
      if (cell[i] >= 0) counts[cell[i]]++;
    }
    const bool poll = from / WEEG_CHUNK_ROWS % 64 == 63 && hooks != NULL && hooks->interrupt != NULL;
    if (poll && hooks->interrupt(hooks->ctx)) {
      status = weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller");
      goto cleanup;
    }
  }
cleanup:
  return status;
}

bool weeg_replicate_basis(const int64_t *counts, int32_t cells, int32_t count, int64_t *basis_start) {
  const int64_t most = weeg_i_sketch_rows(count);
  basis_start[0] = 0;
  for (int32_t c = 0; c < cells; c++) basis_start[c + 1] = basis_start[c] + (counts[c] < most ? counts[c] : most);
  if (basis_start[cells] <= MAX_BASIS / count) return true;
  for (int32_t c = 0; c < cells; c++) basis_start[c + 1] = 0;
  return false;
}

/* ---- the pass ---- */

typedef struct worker {
  double *totals;  /* [(1 + measures) * cells * LANES] */
  double *basis;   /* [basis rows * LANES] */
  int64_t *seen;   /* [cells] rows of the cell so far */
} worker;

typedef struct pass {
  const double *const *replicates;
  int32_t count, cells;
  const double *weights;
  const int32_t *cell;
  int64_t rows;
  const int64_t *basis_start;
  double *totals, *basis;
  int32_t measures;
  const double *const *values;
  int threads;
  worker *workers;
} pass;

WEEG_INLINE void add_lanes(double *to, const double *x, double factor) {
  WEEG_VECTORISED
  for (int k = 0; k < LANES; k++) to[k] += factor * x[k];
}

/* A row of a small cell is kept as it is; of a large cell, random sums are. */
WEEG_INLINE void add_to_basis(const pass *p, const worker *w, int64_t row, int32_t cell, int32_t most, const double *x) {
  const int64_t start = p->basis_start[cell], size = p->basis_start[cell + 1] - start;
  if (size < most) {
    add_lanes(w->basis + (start + w->seen[cell]++) * LANES, x, 1);
    return;
  }
  int32_t place[WEEG_SKETCH_PLACES];
  double multiplier[WEEG_SKETCH_PLACES];
  weeg_i_sketch_places((uint64_t)row, most, place, multiplier);
  for (int k = 0; k < WEEG_SKETCH_PLACES; k++) add_lanes(w->basis + (start + place[k]) * LANES, x, multiplier[k]);
}

/* Lane by lane, so the same for every processor. */
WEEG_CLONED static void add_rows(const pass *p, const worker *w, const double *const *column) {
  const int32_t most = weeg_i_sketch_rows(p->count);
  for (int64_t i = 0; i < p->rows; i++) {
    const int32_t cell = p->cell[i];
    if (cell < 0) continue;
    double x[LANES];
    const double factor = p->weights == NULL ? 1 : p->weights[i];
    for (int k = 0; k < LANES; k++) x[k] = factor * column[k][i];
    add_lanes(w->totals + (int64_t)cell * LANES, x, 1);
    for (int32_t m = 0; m < p->measures; m++) {
      const double y = p->values[m][i];
      if (!isnan(y)) add_lanes(w->totals + ((1 + (int64_t)m) * p->cells + cell) * LANES, x, y);
    }
    if (p->basis != NULL) add_to_basis(p, w, i, cell, most, x);
  }
}

/* Replicates LANES * block and on; the last block repeats its last replicate. */
static weeg_status add_block(void *ctx, int thread, int64_t block, int64_t to) {
  const pass *p = ctx;
  const worker *w = &p->workers[thread];
  const double *column[LANES];
  const int64_t basis_rows = p->basis == NULL ? 0 : p->basis_start[p->cells], sums = (1 + (int64_t)p->measures) * p->cells;
  (void)to;
  memset(w->totals, 0, sizeof *w->totals * LANES * (size_t)sums);
  memset(w->seen, 0, sizeof *w->seen * (size_t)p->cells);
  if (basis_rows > 0) memset(w->basis, 0, sizeof *w->basis * LANES * (size_t)basis_rows);
  for (int k = 0; k < LANES; k++) {
    const int64_t r = block * LANES + k;
    column[k] = p->replicates[r < p->count ? r : p->count - 1];
  }
  add_rows(p, w, column);
  for (int64_t r = block * LANES, k = 0; k < LANES && r + k < p->count; k++) {
    for (int64_t c = 0; c < sums; c++) p->totals[c * p->count + r + k] = w->totals[c * LANES + k];
    for (int64_t b = 0; b < basis_rows; b++) p->basis[b * p->count + r + k] = w->basis[b * LANES + k];
  }
  return WEEG_OK;
}

weeg_status weeg_replicate_totals(const weeg_replicate_columns *columns, const weeg_replicate_sums *to,
                                  const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t blocks = ((int64_t)columns->count + LANES - 1) / LANES;
  pass p = {.replicates = columns->replicates,
            .count = columns->count,
            .cells = to->cells,
            .weights = columns->weights,
            .cell = to->cell,
            .rows = columns->rows,
            .basis_start = to->basis_start,
            .totals = to->totals,
            .basis = to->basis,
            .measures = to->measures,
            .values = to->values,
            .threads = threads_for(hooks, blocks)};
  WEEG_NEW(p.workers, p.threads);
  for (int t = 0; t < p.threads; t++) {
    WEEG_NEW(p.workers[t].totals, (1 + (int64_t)to->measures) * to->cells * LANES);
    WEEG_NEW(p.workers[t].seen, to->cells);
    if (to->basis != NULL) WEEG_NEW(p.workers[t].basis, to->basis_start[to->cells] * LANES);
  }
  status = weeg_i_for_items(blocks, p.threads, hooks, add_block, &p);
  if (status != WEEG_OK) (void)word_failure(status, err);
cleanup:
  for (int t = 0; p.workers != NULL && t < p.threads; t++) {
    weeg_free(p.workers[t].totals);
    weeg_free(p.workers[t].basis);
    weeg_free(p.workers[t].seen);
  }
  weeg_free(p.workers);
  return status;
}

/* ---- from the tally ---- */

typedef struct product {
  const weeg_tally *tally;
  const double *multipliers;
  int32_t count;
  double *w;        /* [entries] */
  double *totals;
  double **sums;    /* [threads][cells * MADE_LANES] */
} product;

WEEG_CLONED static void multiply_entries(const product *p, double *sums, int64_t from, int64_t lanes) {
  for (int64_t i = 0; i < p->tally->entries; i++) {
    double *sum = sums + (int64_t)p->tally->cell[i] * MADE_LANES;
    const double *multiplier = p->multipliers + (int64_t)p->tally->unit[i] * p->count + from, w = p->w[i];
    WEEG_VECTORISED
    for (int64_t k = 0; k < lanes; k++) sum[k] += w * multiplier[k];
  }
}

static weeg_status multiply_block(void *ctx, int thread, int64_t block, int64_t to) {
  const product *p = ctx;
  double *sums = p->sums[thread];
  const int64_t from = block * MADE_LANES, cells = p->tally->cells;
  const int64_t lanes = p->count - from < MADE_LANES ? p->count - from : MADE_LANES;
  (void)to;
  memset(sums, 0, sizeof *sums * MADE_LANES * (size_t)cells);
  multiply_entries(p, sums, from, lanes);
  for (int64_t c = 0; c < cells; c++) {
    memcpy(p->totals + c * p->count + from, sums + c * MADE_LANES, sizeof *sums * (size_t)lanes);
  }
  return WEEG_OK;
}

weeg_status weeg_replicate_multiply(const weeg_tally *tally, const weeg_multipliers *multipliers,
                                    const weeg_hooks *hooks, double *totals, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t blocks = ((int64_t)multipliers->count + MADE_LANES - 1) / MADE_LANES;
  const int threads = threads_for(hooks, blocks);
  product p = {.tally = tally, .multipliers = multipliers->factor, .count = multipliers->count};
  WEEG_NEW(p.w, tally->entries);
  WEEG_NEW(p.sums, threads);
  for (int t = 0; t < threads; t++) WEEG_NEW(p.sums[t], (int64_t)tally->cells * MADE_LANES);
  for (int32_t k = -1; k < tally->measures && status == WEEG_OK; k++) { /* the weights, then the measures */
    for (int64_t i = 0; i < tally->entries; i++) {
      p.w[i] = k < 0 ? weeg_sum_value(tally->w[i], tally->scale)
                     : weeg_signed_value(tally->wy[i * tally->measures + k], tally->measure_scale[k]);
    }
    p.totals = totals + (1 + (int64_t)k) * tally->cells * p.count;
    status = weeg_i_for_items(blocks, threads, hooks, multiply_block, &p);
  }
  if (status != WEEG_OK) (void)word_failure(status, err);
cleanup:
  for (int t = 0; p.sums != NULL && t < threads; t++) weeg_free(p.sums[t]);
  weeg_free((void *)p.sums);
  weeg_free(p.w);
  return status;
}
