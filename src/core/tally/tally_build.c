/* The pass over the rows: coded columns and weights become a tally, and with them measures. */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "base/vector.h"
#include "tally/column.h"
#include "tally/tally.h"
#include "tally/together.h"

/* A dense table is used while units x cells slots of all threads stay below this many bytes. */
static const int64_t DENSE_BYTES = 32 << 20;

/*
 * Rows are first summed in 16 bytes a slot, count and sum together, because the pass waits for the cache and not for
 * arithmetic: the sum of up to 2^20 numbers of 86 bits takes the lower 106 bits of 128, the count the bits above.
 */
enum { PACKED_ROWS = 1 << 20, COUNT_SHIFT = 42 };

enum { LINE = 64 }; /* bytes */

enum { FEW_EMPTY = 4 }; /* as one slot in so many has rows, the others cost less than branches */

/* Windows whose rows are asked for before they are summed with measures. */
enum { WINDOWS_AHEAD = 4 };

/* Places of the rows of one chunk. Dense: slot = unit * cells + cell. Sparse: cell and unit apart. */
typedef struct scratch {
  int32_t slot[WEEG_CHUNK_ROWS];
  int32_t unit[WEEG_CHUNK_ROWS];
} scratch;

/*
 * What one thread sums into: packed[slots + 1], whose last slot takes rows that are left out, and from there, after each
 * PACKED_ROWS rows and at the end, dense[slots], made when first needed. With measures a slot is a stride of sums.
 */
typedef struct worker {
  weeg_sum *packed;
  int64_t packed_rows;
  tally_slot *dense;
  weeg_sum *wy;     /* [slots * measures], of rows before those in packed; NULL while there are none */
  uint8_t *missing; /* [measures] */
  bool is_void;     /* sums of measures are */
  bool begun;       /* packed is zeroed: by its thread, whose cache then has it */
  weeg_square *squares; /* [slots + 1] */
  tally_hash hash;
} worker;

typedef struct builder {
  const weeg_column *columns; /* those with codes */
  int count;
  int64_t rows;
  const weeg_column *unit;
  bool element;
  const double *weights;
  const uint8_t *domain;
  double factor;       /* weight * factor is in [0, 1) */
  weeg_sum one;        /* a weight of 1, when weights == NULL */
  int32_t cells;
  int64_t slots;       /* units * cells, below 2^31; or -1 for sparse */
  together measures;   /* stride 1: none */
  int threads;
  worker *workers;
  char *room;          /* borrowed, for packed of all workers */
} builder;

WEEG_CLONED static void cut_off(int32_t *slot, int64_t rows, int32_t most) {
  WEEG_VECTORISED
  for (int64_t i = 0; i < rows; i++) slot[i] = slot[i] < most ? slot[i] : most;
}

/* Rows outside the domain have no unit. */
WEEG_CLONED static void leave_out(const uint8_t *domain, int64_t rows, int32_t units, int32_t *unit) {
  WEEG_VECTORISED
  for (int64_t i = 0; i < rows; i++) unit[i] = domain[i] != 0 ? unit[i] : units;
}

/*
 * The place of each row. A missing unit is number `units`, so its rows land in or past the spare slot; so do rows outside
 * the domain. For a dense table the unit is just one more variable, the slowest.
 */
static void read_places(const builder *b, int64_t from, int64_t rows, scratch *s) {
  const int32_t units = b->unit->levels;
  int32_t *unit = b->slots >= 0 ? s->slot : s->unit;
  weeg_i_column_read(b->unit, from, rows, unit);
  if (b->domain != NULL) leave_out(b->domain + from, rows, units, unit);
  if (b->slots < 0) memset(s->slot, 0, sizeof *s->slot * (size_t)rows);
  for (int v = 0; v < b->count; v++) weeg_i_column_cross(&b->columns[v], from, rows, s->slot);
  if (b->slots >= 0) cut_off(s->slot, rows, (int32_t)b->slots);
}

/* Rows whose weights are split at a time, at most: their parts stay in the first-level cache beside the table. */
enum { SPLIT_ROWS = 64 };

/*
 * weeg_i_sum_of_bits(weights[i] * factor), with a count of 1 above it, four rows at a time: without its branch, so only for
 * numbers in [2^-34, 1). False when there are others; the parts are then void.
 */
WEEG_CLONED_MORE static bool split_weights(const double *weights, double factor, int64_t rows, uint64_t *hi, uint64_t *lo) {
  uint64_t outside = 0; /* its highest bit, once one of two differences is negative */
  _Pragma("omp simd reduction(|:outside)")
  for (int64_t i = 0; i < rows; i++) {
    const uint64_t bits = weeg_i_sum_bits(weights[i] * factor), shift = (bits >> 52) - 989;
    const uint64_t significand = (bits & 0xfffffffffffffu) | 0x10000000000000u;
    outside |= (WEEG_BITS_OF_ONE - 1 - bits) | shift;
    hi[i] = (significand >> 1 >> ((63 - shift) & 63)) + ((uint64_t)1 << COUNT_SHIFT);
    lo[i] = significand << (shift & 63);
  }
  return outside >> 63 == 0;
}

/* The same for any numbers; rows with weight 0 do not count. False when one is not in [0, 1). */
static bool split_any_weights(const double *weights, double factor, int64_t rows, uint64_t *hi, uint64_t *lo) {
  uint64_t largest = 0;
  for (int64_t i = 0; i < rows; i++) {
    const uint64_t bits = weeg_i_sum_bits(weights[i] * factor);
    const weeg_sum one = weeg_i_sum_of_bits(bits);
    largest = bits > largest ? bits : largest; /* negative, too large and NaN have larger bits than 1 */
    const uint64_t some = bits | weeg_i_sum_bits(weights[i]); /* the product of a small weight may be 0 */
    hi[i] = one.hi + ((uint64_t)(some != 0) << COUNT_SHIFT);
    lo[i] = one.lo;
  }
  return largest < WEEG_BITS_OF_ONE;
}

/* Asks for rows that come later while others are summed: reading and adding then overlap, a quarter of the time. */
WEEG_INLINE void fetch_ahead(const builder *b, int64_t from, int64_t rows) {
  if (from + rows > b->rows) return;
  weeg_i_column_fetch(b->unit, from, rows);
  for (int v = 0; v < b->count; v++) weeg_i_column_fetch(&b->columns[v], from, rows);
  WEEG_FETCH(b->weights + from, rows);
}

/* Whether no product of a weight becomes 0, but those of 0. */
static bool are_usual(const double *weights, double factor, int64_t rows) {
  bool usual = true;
  for (int64_t i = 0; i < rows; i++) usual = usual && (weights[i] == 0 || weights[i] * factor >= 0x1p-34);
  return usual;
}

static void add_window(const builder *b, worker *to, const counted_rows *rows, bool usual) {
  to->is_void = to->is_void || !usual;
  if (!to->is_void) to->is_void = !weeg_i_together_add(&b->measures, rows, to->missing, to->packed);
  else weeg_i_together_count(b->measures.stride, rows, to->packed);
}

/* False when some weight is not in [0, max_weight]: it was changed after it was checked. The sums are then void. */
static bool add_dense(const builder *b, worker *to, const scratch *s, int64_t start, int64_t rows) {
  weeg_sum *packed = to->packed;
  uint64_t hi[SPLIT_ROWS], lo[SPLIT_ROWS];
  bool inside = true;
  const int64_t step = b->measures.stride > 1 ? (int64_t)WEEG_GRID_ROWS : (int64_t)SPLIT_ROWS;
  for (int64_t from = 0; from < rows && inside; from += step) {
    const int64_t part = rows - from < step ? rows - from : step;
    const int32_t *slot = s->slot + from;
    const double *weights = b->weights + start + from;
    const bool usual = split_weights(weights, b->factor, part, hi, lo);
    inside = usual || split_any_weights(weights, b->factor, part, hi, lo);
    fetch_ahead(b, start + from + WEEG_CHUNK_ROWS, step);
    if (b->measures.stride > 1) {
      const counted_rows window = {start + from, part, rows - from, slot, hi, lo};
      weeg_i_together_fetch(&b->measures, start + from + WINDOWS_AHEAD * step, step);
      add_window(b, to, &window, usual || are_usual(weights, b->factor, part));
      continue;
    }
    for (int64_t i = 0; i < part; i++) weeg_i_sum_add(&packed[slot[i]], (weeg_sum){hi[i], lo[i]});
  }
  return inside;
}

static void add_dense_squares(worker *to, const scratch *s, const double *weights, double factor, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) {
    weeg_i_square_add(&to->squares[s->slot[i]], weeg_i_square_of(weeg_i_sum_of_unit(weights[i] * factor)));
  }
}

static void count_dense(worker *to, const scratch *s, int64_t rows) {
  for (int64_t i = 0; i < rows; i++) to->packed[s->slot[i]].hi += (uint64_t)1 << COUNT_SHIFT;
}

/* What a worker has in slot k. */
static inline tally_slot slot_of(const builder *b, const worker *w, int64_t k) {
  const weeg_sum packed = w->packed[k * b->measures.stride];
  tally_slot slot = {.n = (int64_t)(packed.hi >> COUNT_SHIFT)};
  slot.w = (weeg_sum){packed.hi & (((uint64_t)1 << COUNT_SHIFT) - 1), packed.lo};
  if (w->dense != NULL) {
    slot.n += w->dense[k].n;
    weeg_i_sum_add(&slot.w, w->dense[k].w);
  }
  return slot;
}

/* What a worker has of measure m in slot k. */
static inline weeg_sum measure_of(const builder *b, const worker *w, int64_t k, int64_t m) {
  const int64_t stride = b->measures.stride;
  const weeg_sum packed = w->packed[k * stride + 1 + m];
  weeg_sum sum = weeg_i_halves_sum((product_halves){(int64_t)packed.hi, (int64_t)packed.lo});
  if (w->wy != NULL) weeg_i_sum_add(&sum, w->wy[k * (stride - 1) + m]);
  return sum;
}

/* Moves what a worker has packed to its dense table. */
static weeg_status unpack(const builder *b, worker *w) {
  const int64_t slots = b->slots, measures = b->measures.stride - 1;
  if (w->dense == NULL) w->dense = weeg_i_alloc(slots, sizeof *w->dense);
  if (w->wy == NULL && measures > 0) w->wy = weeg_i_alloc(slots * measures, sizeof *w->wy);
  if (w->dense == NULL || (w->wy == NULL && measures > 0)) return WEEG_ERR_MEMORY;
  for (int64_t k = 0; k < slots; k++) {
    w->dense[k] = slot_of(b, w, k);
    for (int64_t m = 0; m < measures; m++) w->wy[k * measures + m] = measure_of(b, w, k, m);
  }
  memset(w->packed, 0, sizeof *w->packed * (size_t)((slots + 1) * b->measures.stride));
  w->packed_rows = 0;
  return WEEG_OK;
}

static void begin(const builder *b, worker *w) {
  if (!w->begun && b->slots >= 0) memset(w->packed, 0, sizeof *w->packed * (size_t)((b->slots + 1) * b->measures.stride));
  w->begun = true;
}

static weeg_status build_dense(const builder *b, worker *mine, const scratch *s, int64_t from, int64_t rows) {
  if (mine->packed_rows + rows > (b->measures.stride > 1 ? (int64_t)WEEG_HALVES_ROWS : (int64_t)PACKED_ROWS)) {
    const weeg_status status = unpack(b, mine);
    if (status != WEEG_OK) return status;
  }
  mine->packed_rows += rows;
  if (b->weights == NULL) {
    count_dense(mine, s, rows);
    return WEEG_OK;
  }
  if (!add_dense(b, mine, s, from, rows)) return WEEG_ERR_WEIGHT;
  if (b->element) add_dense_squares(mine, s, b->weights + from, b->factor, rows);
  return WEEG_OK;
}

static weeg_status add_sparse(const builder *b, worker *to, const scratch *s, int64_t from, int64_t rows) {
  const double *weights = b->weights == NULL ? NULL : b->weights + from;
  for (int64_t i = 0; i < rows; i++) {
    if (s->unit[i] >= b->unit->levels) continue;
    const double x = weights == NULL ? 1 : weights[i] * b->factor;
    if (weights != NULL && !(x >= 0 && x < 1)) return WEEG_ERR_WEIGHT;
    if (weights != NULL && !(weights[i] > 0)) continue;
    tally_entry *entry =
        weeg_i_hash_find(&to->hash, (uint64_t)s->unit[i] * (uint64_t)b->cells + (uint64_t)s->slot[i]);
    if (entry == NULL) return WEEG_ERR_MEMORY;
    entry->n++;
    if (weights == NULL) continue;
    const weeg_sum one = weeg_i_sum_of_unit(x);
    weeg_i_sum_add(&entry->w, one);
    if (b->element) weeg_i_square_add(&entry->w2, weeg_i_square_of(one));
  }
  return WEEG_OK;
}

static weeg_status build_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const builder *b = ctx;
  worker *mine = &b->workers[thread];
  weeg_status status = WEEG_OK;
  scratch s;
  begin(b, mine);
  for (; from < to && status == WEEG_OK; from += WEEG_CHUNK_ROWS) {
    const int64_t rows = to - from < WEEG_CHUNK_ROWS ? to - from : WEEG_CHUNK_ROWS;
    read_places(b, from, rows, &s);
    status = b->slots < 0 ? add_sparse(b, mine, &s, from, rows) : build_dense(b, mine, &s, from, rows);
  }
  return status;
}

/* Sums without weights follow from the counts. */
static void weigh_by_count(const builder *b, weeg_tally *tally) {
  if (b->weights != NULL) return;
  for (int64_t i = 0; i < tally->entries; i++) weeg_i_tally_weigh_entry(tally, i, b->one);
}

/* What all threads have in slot k. */
static inline tally_slot slot_of_all(const builder *b, int64_t k) {
  tally_slot all = slot_of(b, &b->workers[0], k);
  for (int t = 1; t < b->threads; t++) {
    const tally_slot other = slot_of(b, &b->workers[t], k);
    all.n += other.n;
    weeg_i_sum_add(&all.w, other.w);
  }
  return all;
}

static inline weeg_sum measure_of_all(const builder *b, int64_t k, int64_t m) {
  weeg_sum all = measure_of(b, &b->workers[0], k, m);
  for (int t = 1; t < b->threads; t++) weeg_i_sum_add(&all, measure_of(b, &b->workers[t], k, m));
  return all;
}

/* Room for the sums of measures, where there are any. */
static weeg_status begin_measures(const builder *b, weeg_tally *tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t measures = (int32_t)b->measures.stride - 1;
  for (int t = 0; t < b->threads; t++) {
    if (b->workers[t].is_void) return WEEG_OK;
  }
  if (measures == 0) return WEEG_OK;
  WEEG_NEW(tally->measure_scale, measures);
  WEEG_NEW(tally->wy, tally->entries * measures);
  memcpy(tally->measure_scale, b->measures.scale, sizeof *tally->measure_scale * (size_t)measures);
  tally->measures = measures;
cleanup:
  return status;
}

static inline bool has_rows(const builder *b, int64_t slot) {
  uint64_t rows = 0;
  for (int t = 0; t < b->threads; t++) {
    const worker *w = &b->workers[t];
    rows |= w->packed[slot * b->measures.stride].hi >> COUNT_SHIFT;
    if (w->dense != NULL) rows |= (uint64_t)w->dense[slot].n;
  }
  return rows != 0;
}

/* The cells with rows of the unit whose slots begin at `slot`: cell[cells]. Without branches, as any slot may have some. */
static inline int32_t find_cells(const builder *b, int64_t slot, int32_t *cell) {
  int32_t found = 0;
  for (int32_t c = 0; c < b->cells; c++) {
    cell[found] = c;
    found += has_rows(b, slot + c);
  }
  return found;
}

static weeg_status word_failure(weeg_status status, weeg_error *err) {
  switch (status) {
    case WEEG_OK: return status;
    case WEEG_ERR_INTERRUPTED: return weeg_fail(err, status, -1, "stopped by the caller");
    case WEEG_ERR_WEIGHT:
      return weeg_fail(err, status, -1, "a weight is not between 0 and the largest weight of the design");
    default: return weeg_fail(err, status, -1, "not enough memory");
  }
}

/* The entries of a dense tally, which threads make of runs of units, whose first entries are known. */
typedef struct finish {
  const builder *b;
  int32_t each;       /* units of a run */
  int64_t *first;     /* [runs] at first how many entries there are */
  weeg_tally *tally;
} finish;

enum { FINISH_RUNS = 16, SLOTS_WORTH_A_THREAD = 4096 };

static weeg_status count_entries(void *ctx, int thread, int64_t from, int64_t to) {
  const finish *f = ctx;
  const int64_t each = (int64_t)f->each * f->b->cells, start = from * each, left = f->b->slots - start;
  (void)thread;
  (void)to;
  for (int64_t k = 0; k < left && k < each; k++) f->first[from] += has_rows(f->b, start + k);
  return WEEG_OK;
}

static void make_entry(const builder *b, weeg_tally *to, int64_t i, int32_t unit, int32_t cell) {
  const int64_t k = (int64_t)unit * b->cells + cell;
  const tally_slot all = slot_of_all(b, k);
  to->unit[i] = unit;
  to->cell[i] = cell;
  to->n[i] = all.n;
  to->w[i] = all.w;
  for (int t = 0; t < b->threads && b->workers[t].squares != NULL; t++) weeg_i_square_add(&to->w2[i], b->workers[t].squares[k]);
  if (to->w2 != NULL) to->w2[i] = weeg_i_square_settled(to->w2[i]);
  for (int32_t m = 0; m < to->measures; m++) to->wy[i * to->measures + m] = measure_of_all(b, k, m);
}

static weeg_status make_entries(void *ctx, int thread, int64_t from, int64_t to) {
  const finish *f = ctx;
  const builder *b = f->b;
  const int32_t start = (int32_t)from * f->each, end = b->unit->levels - start > f->each ? start + f->each : b->unit->levels;
  int64_t i = f->first[from];
  int32_t *cell = weeg_i_alloc(b->cells, sizeof *cell);
  (void)thread;
  (void)to;
  if (cell == NULL) return WEEG_ERR_MEMORY;
  for (int32_t u = start; u < end; u++) {
    const int32_t found = find_cells(b, (int64_t)u * b->cells, cell);
    for (int32_t k = 0; k < found; k++) make_entry(b, f->tally, i++, u, cell[k]);
  }
  weeg_free(cell);
  return WEEG_OK;
}

/* Whether all there is to an entry is in the packed slots of one thread. */
static bool is_packed(const builder *b) {
  const worker *first = &b->workers[0];
  return b->threads == 1 && b->measures.stride == 1 && first->begun && first->dense == NULL;
}

WEEG_CLONED static int64_t count_packed(const weeg_sum *packed, int64_t slots) {
  uint64_t used = 0;
  _Pragma("omp simd reduction(+:used)")
  for (int64_t k = 0; k < slots; k++) used += packed[k].hi >> COUNT_SHIFT != 0;
  return (int64_t)used;
}

/* Entries of packed slots, each written over the one before where that had no rows: without a branch. */
static weeg_status finish_packed(const builder *b, int scale, int64_t used, weeg_tally **tally, weeg_error *err) {
  const weeg_sum *packed = b->workers[0].packed;
  const weeg_square *squares = b->workers[0].squares;
  const uint64_t below = ((uint64_t)1 << COUNT_SHIFT) - 1;
  weeg_tally *to = NULL;
  const weeg_status status =
      weeg_i_tally_room(&(weeg_tally){b->element, b->unit->levels, b->cells, used, scale}, &to, err);
  if (status != WEEG_OK) return status;
  int32_t *unit = to->unit, *cell = to->cell;
  int64_t *n = to->n, i = 0, k = 0;
  weeg_sum *w = to->w;
  for (int32_t u = 0; u < to->units; u++) {
    for (int32_t c = 0; c < b->cells; c++, k++) {
      const uint64_t rows = packed[k].hi >> COUNT_SHIFT;
      unit[i] = u;
      cell[i] = c;
      n[i] = (int64_t)rows;
      w[i] = (weeg_sum){packed[k].hi & below, packed[k].lo};
      if (squares != NULL) to->w2[i] = weeg_i_square_settled(squares[k]);
      i += rows != 0;
    }
  }
  *tally = to;
  return status;
}

/* The slots with rows become the entries. */
static weeg_status finish_dense(const builder *b, int scale, const weeg_hooks *hooks, weeg_tally **tally, weeg_error *err) {
  const int64_t packed = is_packed(b) ? count_packed(b->workers[0].packed, b->slots) : 0;
  if (packed > b->slots / FEW_EMPTY) return finish_packed(b, scale, packed, tally, err);
  weeg_status status = WEEG_OK;
  const int threads = b->slots < SLOTS_WORTH_A_THREAD ? 1 : b->threads;
  const weeg_hooks unasked = {.threads = threads, .pool = hooks == NULL ? NULL : hooks->pool}; /* as all are done at once */
  finish f = {.b = b, .each = 1 + b->unit->levels / FINISH_RUNS};
  const int32_t runs = (b->unit->levels + f.each - 1) / f.each;
  int64_t used = 0;
  for (int t = 0; t < b->threads; t++) begin(b, &b->workers[t]); /* those that had no rows */
  WEEG_NEW(f.first, runs);
  WEEG_TRY(word_failure(weeg_i_for_items(runs, threads, &unasked, count_entries, &f), err));
  for (int32_t r = 0; r < runs; r++) {
    const int64_t found = f.first[r];
    f.first[r] = used;
    used += found;
  }
  WEEG_TRY(weeg_tally_new(&(weeg_tally){b->element, b->unit->levels, b->cells, used, scale}, &f.tally, err));
  WEEG_TRY(begin_measures(b, f.tally, err));
  WEEG_TRY(word_failure(weeg_i_for_items(runs, threads, &unasked, make_entries, &f), err));
  *tally = f.tally;
  f.tally = NULL;
cleanup:
  weeg_tally_free(f.tally);
  weeg_free(f.first);
  return status;
}

static weeg_status finish_sparse(const builder *b, int scale, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  tally_hash *first = &b->workers[0].hash;
  for (int t = 1; t < b->threads && status == WEEG_OK; t++) {
    status = weeg_i_hash_add(first, &b->workers[t].hash);
    weeg_i_hash_clear(&b->workers[t].hash);
  }
  if (status == WEEG_OK) status = weeg_i_hash_sort(first);
  if (status != WEEG_OK) return weeg_fail(err, status, -1, "not enough memory");
  return weeg_i_tally_from_entries(first->entry, first->numbers.count, b->element, b->unit->levels, b->cells, scale, tally, err);
}

/* Entries get the cells of the layout of all columns; they have these where every column has codes. */
static void widen(const coded_layout *layout, int32_t cells, weeg_tally *tally) {
  const bool wider = layout->count < layout->all_count;
  for (int64_t i = 0; wider && i < tally->entries; i++) tally->cell[i] = weeg_i_whole_cell(layout, tally->cell[i]);
  tally->cells = cells;
}

/* Dense or sparse, how many threads, and their tables. */
static weeg_status prepare(builder *b, int64_t rows, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const bool squares = b->element && b->weights != NULL;
  const int64_t bytes = (int64_t)(sizeof(weeg_sum) + sizeof(tally_slot) + (squares ? sizeof(weeg_square) : 0));
  const int64_t slots = (int64_t)b->unit->levels * b->cells; /* below 2^62 */
  const int64_t measured = bytes + (b->measures.stride - 1) * 2 * (int64_t)sizeof(weeg_sum);
  b->threads = weeg_i_threads(hooks, rows);
  b->slots = slots <= DENSE_BYTES / bytes ? slots : -1;
  if (slots > DENSE_BYTES / (b->threads * measured)) b->measures.stride = 1;
  b->measures.spare = (int32_t)b->slots;
  if (b->slots >= 0) {
    while (b->threads > 1 && b->threads * b->slots * bytes > DENSE_BYTES) b->threads--;
  }
  WEEG_NEW(b->workers, b->threads);
  /* whole lines of the cache for each thread */
  const int64_t each = ((b->slots + 1) * b->measures.stride * (int64_t)sizeof(weeg_sum) + LINE - 1) / LINE * LINE;
  char *first = NULL;
  if (b->slots >= 0) {
    b->room = weeg_i_borrow(hooks, b->threads * each + LINE);
    if (b->room == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    first = b->room + (LINE - (uintptr_t)b->room % LINE) % LINE;
  }
  for (int t = 0; t < b->threads && b->slots >= 0; t++) {
    b->workers[t].packed = (weeg_sum *)(void *)(first + t * each);
    if (b->measures.stride > 1) WEEG_NEW(b->workers[t].missing, b->measures.stride - 1);
    if (squares) WEEG_NEW(b->workers[t].squares, b->slots + 1);
  }
cleanup:
  return status;
}

static bool are_complete(const builder *b) {
  uint8_t missing = 0;
  for (int t = 0; t < b->threads; t++) {
    for (int64_t m = 0; m < b->measures.stride - 1; m++) missing |= b->workers[t].missing[m];
  }
  return missing == 0;
}

/* measures: what is summed besides; NULL: nothing. *complete: it has been, and no value was missing. */
static weeg_status build(const weeg_rows *from, const together *measures, const weeg_hooks *hooks, weeg_tally **tally,
                         bool *complete, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t rows = from->rows;
  int32_t cells = 0;
  coded_layout layout = {0};
  builder b = {.unit = from->unit, .element = from->element, .weights = from->weights, .domain = from->domain, .rows = rows,
               .measures = measures == NULL ? (together){.stride = 1} : *measures};
  const int scale = weeg_sum_scale(from->weights == NULL ? 1 : from->max_weight);
  b.factor = weeg_i_sum_factor(scale);
  if (from->weights == NULL) b.one = weeg_i_sum_of_unit(b.factor);
  WEEG_TRY(weeg_layout_cells(from->columns, from->count, &cells, err));
  WEEG_TRY(weeg_i_coded_layout(from->columns, from->count, &layout, err));
  b.columns = layout.columns;
  b.count = layout.count;
  b.cells = layout.cells;
  WEEG_TRY(prepare(&b, rows, hooks, err));
  WEEG_TRY(word_failure(weeg_i_for_rows(rows, b.threads, hooks, build_rows, &b), err));
  status = b.slots >= 0 ? finish_dense(&b, scale, hooks, tally, err) : finish_sparse(&b, scale, tally, err);
  if (status == WEEG_OK) widen(&layout, cells, *tally);
  if (status == WEEG_OK) weigh_by_count(&b, *tally);
  *complete = status == WEEG_OK && (*tally)->measures > 0 && are_complete(&b);
cleanup:
  for (int t = 0; b.workers != NULL && t < b.threads; t++) {
    weeg_free(b.workers[t].dense);
    weeg_free(b.workers[t].squares);
    weeg_free(b.workers[t].wy);
    weeg_free(b.workers[t].missing);
    weeg_i_hash_clear(&b.workers[t].hash);
  }
  weeg_i_give_back(hooks, b.room);
  weeg_free(b.workers);
  weeg_free(layout.columns);
  return status;
}

weeg_status weeg_tally_build(const weeg_rows *rows, const weeg_hooks *hooks, weeg_tally **tally, weeg_error *err) {
  return build(rows, NULL, hooks, tally, &(bool){false}, err);
}

/* Whether measures can be summed with the weights; if so, how. */
static weeg_status find_grids(const weeg_measured *of, const weeg_hooks *hooks, int *scale, product_grid *grid, together *to,
                              weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int lift = 40 - (weeg_sum_scale(of->rows->max_weight) + 86);
  bool found = false;
  grid_products *kinds[WEEG_GRID_KINDS];
  (void)weeg_i_grid_kinds(kinds);
  WEEG_TRY(weeg_i_measure_units(of, hooks, scale, &found, err));
  for (int32_t k = 0; k < of->measures; k++) found = found && weeg_i_product_grid(scale[k] + lift, &grid[k]);
  *to = (together){.of = of, .scale = scale, .grid = grid, .multiply = kinds[0], .lift = ldexp(1, lift),
                   .stride = found ? 1 + of->measures : 1};
cleanup:
  return status;
}

weeg_status weeg_tally_build_measured(const weeg_measured *of, const weeg_hooks *hooks, weeg_tally **tally, bool *complete,
                                      weeg_error *err) {
  weeg_status status = WEEG_OK;
  int *scale = NULL;
  product_grid *grid = NULL;
  weeg_tally *made = NULL;
  together measures = {.stride = 1};
  bool seen = false;
  const weeg_rows *rows = of->rows;
  if (!rows->element && rows->weights != NULL && of->measures > 0 && of->least == NULL) {
    WEEG_NEW(scale, of->measures);
    WEEG_NEW(grid, of->measures);
    WEEG_TRY(find_grids(of, hooks, scale, grid, &measures, err));
  }
  WEEG_TRY(build(rows, &measures, hooks, &made, &seen, err));
  if (made->measures == 0) WEEG_TRY(weeg_tally_measure(of, hooks, made, err));
  if (complete != NULL) *complete = seen;
  *tally = made;
  made = NULL;
cleanup:
  weeg_tally_free(made);
  weeg_free(scale);
  weeg_free(grid);
  return status;
}
