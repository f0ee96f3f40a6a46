/* The pass over the rows: coded columns and weights become a tally. */
#include <string.h>

#include "column.h"
#include "memory.h"
#include "parallel.h"
#include "sum.h"
#include "tally.h"

/* A dense table is used while units x cells slots of all threads stay below this many bytes. */
static const int64_t DENSE_BYTES = 24 << 20;

typedef struct scratch {
  int32_t cell[WEEG_CHUNK_ROWS];
  int32_t unit[WEEG_CHUNK_ROWS];
  double unit_weight[WEEG_CHUNK_ROWS]; /* weights scaled into [0, 1) */
} scratch;

/* What one thread sums into. dense[slots] and squares[slots] have one more slot at the end for rows left out. */
typedef struct worker {
  tally_slot *dense;
  weeg_sum *squares;
  tally_hash hash;
} worker;

typedef struct builder {
  const weeg_column *columns;
  int count;
  const weeg_column *unit;
  bool element;
  const double *weights;
  const uint8_t *domain;
  double factor;       /* weight * factor is in [0, 1) */
  weeg_sum one;        /* a weight of 1, when weights == NULL */
  int32_t cells;
  int64_t slots;       /* units * cells, or -1 for sparse */
  int threads;
  worker *workers;
} builder;

static void read_cells(const builder *b, int64_t from, int64_t rows, scratch *s) {
  if (b->count == 0) {
    memset(s->cell, 0, sizeof *s->cell * (size_t)rows);
  } else {
    weeg_column_read(&b->columns[0], from, rows, s->cell);
    for (int v = 1; v < b->count; v++) weeg_column_cross(&b->columns[v], from, rows, s->cell);
  }
  weeg_column_read(b->unit, from, rows, s->unit);
  if (b->domain != NULL) { /* outside the domain: as if the unit were missing */
    for (int64_t i = 0; i < rows; i++) s->unit[i] = b->domain[from + i] != 0 ? s->unit[i] : b->unit->levels;
  }
}

/* False when some weight is not in [0, max_weight]: it was changed after it was checked. */
static bool read_weights(const builder *b, int64_t from, int64_t rows, double *unit_weight) {
  const double *weights = b->weights + from;
  const double factor = b->factor;
  int bad = 0;
  for (int64_t i = 0; i < rows; i++) {
    const double x = weights[i] * factor;
    bad |= !(x >= 0 && x < 1);
    unit_weight[i] = x;
  }
  return !bad;
}

/* All slots are unit * cells + cell; a missing unit is number `units`, so its rows land in or past the spare slot. */
static void add_dense(const builder *b, worker *to, const scratch *s, int64_t rows) {
  const uint64_t cells = (uint64_t)b->cells, spare = (uint64_t)b->slots;
  tally_slot *dense = to->dense;
  for (int64_t i = 0; i < rows; i++) {
    uint64_t slot = (uint64_t)s->unit[i] * cells + (uint64_t)s->cell[i];
    slot = slot < spare ? slot : spare;
    const double x = s->unit_weight[i];
    dense[slot].n += x > 0;
    weeg_sum_add(&dense[slot].w, weeg_sum_of_unit(x));
  }
}

static void add_dense_squares(const builder *b, worker *to, const scratch *s, int64_t rows) {
  const uint64_t cells = (uint64_t)b->cells, spare = (uint64_t)b->slots;
  for (int64_t i = 0; i < rows; i++) {
    uint64_t slot = (uint64_t)s->unit[i] * cells + (uint64_t)s->cell[i];
    slot = slot < spare ? slot : spare;
    weeg_sum_add_square(&to->squares[slot], s->unit_weight[i]);
  }
}

static void count_dense(const builder *b, worker *to, const scratch *s, int64_t rows) {
  const uint64_t cells = (uint64_t)b->cells, spare = (uint64_t)b->slots;
  for (int64_t i = 0; i < rows; i++) {
    uint64_t slot = (uint64_t)s->unit[i] * cells + (uint64_t)s->cell[i];
    to->dense[slot < spare ? slot : spare].n++;
  }
}

static weeg_status add_sparse(const builder *b, worker *to, const scratch *s, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) {
    if (s->unit[i] >= b->unit->levels) continue;
    if (b->weights != NULL && !(s->unit_weight[i] > 0)) continue;
    tally_entry *entry =
        weeg_hash_find(&to->hash, (uint64_t)s->unit[i] * (uint64_t)b->cells + (uint64_t)s->cell[i]);
    if (entry == NULL) return WEEG_ERR_MEMORY;
    entry->n++;
    if (b->weights == NULL) continue;
    weeg_sum_add(&entry->w, weeg_sum_of_unit(s->unit_weight[i]));
    if (b->element) weeg_sum_add_square(&entry->w2, s->unit_weight[i]);
  }
  return WEEG_OK;
}

static weeg_status build_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const builder *b = ctx;
  worker *mine = &b->workers[thread];
  scratch s;
  for (; from < to; from += WEEG_CHUNK_ROWS) {
    const int64_t rows = to - from < WEEG_CHUNK_ROWS ? to - from : WEEG_CHUNK_ROWS;
    read_cells(b, from, rows, &s);
    if (b->weights != NULL && !read_weights(b, from, rows, s.unit_weight)) return WEEG_ERR_WEIGHT;
    if (b->slots < 0) {
      const weeg_status status = add_sparse(b, mine, &s, rows);
      if (status != WEEG_OK) return status;
    } else if (b->weights == NULL) {
      count_dense(b, mine, &s, rows);
    } else {
      add_dense(b, mine, &s, rows);
      if (b->element) add_dense_squares(b, mine, &s, rows);
    }
  }
  return WEEG_OK;
}

/* Sums without weights follow from the counts. */
static void weigh_by_count(const builder *b, tally_entry *entry) {
  if (b->weights != NULL) return;
  entry->w = weeg_sum_times(b->one, entry->n);
  weeg_sum square = {0, 0};
  weeg_sum_add_square(&square, b->factor);
  entry->w2 = weeg_sum_times(square, entry->n);
}

static weeg_status finish_dense(const builder *b, int scale, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  tally_entry *entries = NULL;
  worker *first = &b->workers[0];
  int64_t used = 0;
  for (int t = 1; t < b->threads; t++) {
    const worker *other = &b->workers[t];
    for (int64_t s = 0; s < b->slots; s++) {
      if (other->dense[s].n == 0) continue;
      first->dense[s].n += other->dense[s].n;
      weeg_sum_add(&first->dense[s].w, other->dense[s].w);
      if (first->squares != NULL) weeg_sum_add(&first->squares[s], other->squares[s]);
    }
  }
  for (int64_t s = 0; s < b->slots; s++) used += first->dense[s].n != 0;
  WEEG_NEW(entries, used);
  used = 0;
  for (int64_t s = 0; s < b->slots; s++) {
    if (first->dense[s].n == 0) continue;
    tally_entry *entry = &entries[used++];
    *entry = (tally_entry){.key = (uint64_t)s, .n = first->dense[s].n, .w = first->dense[s].w};
    if (first->squares != NULL) entry->w2 = first->squares[s];
    weigh_by_count(b, entry);
  }
  status = weeg_tally_from_entries(entries, used, b->element, b->unit->levels, b->cells, scale, tally, err);
cleanup:
  weeg_free(entries);
  return status;
}

static weeg_status finish_sparse(const builder *b, int scale, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  tally_hash *first = &b->workers[0].hash;
  for (int t = 1; t < b->threads && status == WEEG_OK; t++) {
    status = weeg_hash_add(first, &b->workers[t].hash);
    weeg_hash_clear(&b->workers[t].hash);
  }
  if (status == WEEG_OK) status = weeg_hash_sort(first);
  if (status != WEEG_OK) return weeg_fail(err, status, -1, "not enough memory");
  for (int64_t i = 0; i < first->used; i++) weigh_by_count(b, &first->slot[i]);
  return weeg_tally_from_entries(first->slot, first->used, b->element, b->unit->levels, b->cells, scale, tally, err);
}

/* Dense or sparse, how many threads, and their tables. */
static weeg_status prepare(builder *b, int64_t rows, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const bool squares = b->element && b->weights != NULL;
  const int64_t bytes = (int64_t)(sizeof(tally_slot) + (squares ? sizeof(weeg_sum) : 0));
  const int64_t slots = (int64_t)b->unit->levels * b->cells; /* below 2^62 */
  b->threads = weeg_threads(hooks, rows);
  b->slots = slots <= DENSE_BYTES / bytes ? slots : -1;
  if (b->slots >= 0) {
    while (b->threads > 1 && b->threads * b->slots * bytes > DENSE_BYTES) b->threads--;
  }
  WEEG_NEW(b->workers, b->threads);
  for (int t = 0; t < b->threads && b->slots >= 0; t++) {
    WEEG_NEW(b->workers[t].dense, b->slots + 1);
    if (squares) WEEG_NEW(b->workers[t].squares, b->slots + 1);
  }
cleanup:
  return status;
}

static weeg_status word_failure(weeg_status status, weeg_error *err) {
  switch (status) {
    case WEEG_ERR_INTERRUPTED: return weeg_fail(err, status, -1, "stopped by the caller");
    case WEEG_ERR_WEIGHT:
      return weeg_fail(err, status, -1, "a weight is not between 0 and the largest weight of the design");
    default: return weeg_fail(err, status, -1, "not enough memory");
  }
}

weeg_status weeg_tally_build(const weeg_column *columns, int count, const weeg_column *unit, bool element,
                             const double *weights, double max_weight, const uint8_t *domain, int64_t rows,
                             const weeg_hooks *hooks, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  builder b = {.columns = columns, .count = count, .unit = unit, .element = element, .weights = weights,
               .domain = domain};
  const int scale = weeg_sum_scale(weights == NULL ? 1 : max_weight);
  b.factor = weeg_sum_factor(scale);
  if (weights == NULL) b.one = weeg_sum_of_unit(b.factor);
  WEEG_TRY(weeg_layout_cells(columns, count, &b.cells, err));
  WEEG_TRY(prepare(&b, rows, hooks, err));
  status = weeg_for_rows(rows, b.threads, hooks, build_rows, &b);
  if (status != WEEG_OK) {
    (void)word_failure(status, err);
    goto cleanup;
  }
  status = b.slots >= 0 ? finish_dense(&b, scale, tally, err) : finish_sparse(&b, scale, tally, err);
cleanup:
  for (int t = 0; b.workers != NULL && t < b.threads; t++) {
    weeg_free(b.workers[t].dense);
    weeg_free(b.workers[t].squares);
    weeg_hash_clear(&b.workers[t].hash);
  }
  weeg_free(b.workers);
  return status;
}
