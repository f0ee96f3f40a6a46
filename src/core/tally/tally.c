#include "tally/tally.h"

#include "base/memory.h"
#include "base/sum.h"
#include "base/vector.h"
#include "tally/made.h"

weeg_status weeg_i_tally_room(const weeg_tally *like, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_tally *t = NULL;
  const int64_t size = like->entries < INT64_MAX ? like->entries + 1 : -1;
  WEEG_NEW(t, 1);
  *t = (weeg_tally){like->element, like->units, like->cells, like->entries, like->scale};
  WEEG_ROOM(t->unit, size);
  WEEG_ROOM(t->cell, size);
  WEEG_ROOM(t->n, size);
  WEEG_ROOM(t->w, size);
  if (t->element) WEEG_NEW(t->w2, size);
  *tally = t;
  t = NULL;
cleanup:
  weeg_tally_free(t);
  return status;
}

weeg_status weeg_tally_new(const weeg_tally *like, weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  weeg_tally *t = NULL;
  WEEG_NEW(t, 1);
  *t = (weeg_tally){like->element, like->units, like->cells, like->entries, like->scale};
  WEEG_NEW(t->unit, t->entries);
  WEEG_NEW(t->cell, t->entries);
  WEEG_NEW(t->n, t->entries);
  WEEG_NEW(t->w, t->entries);
  if (t->element) WEEG_NEW(t->w2, t->entries);
  *tally = t;
  t = NULL;
cleanup:
  weeg_tally_free(t);
  return status;
}

void weeg_tally_free(weeg_tally *tally) {
  if (tally == NULL) return;
  weeg_free(tally->unit);
  weeg_free(tally->cell);
  weeg_free(tally->n);
  weeg_free(tally->w);
  weeg_free(tally->w2);
  weeg_free(tally->measure_scale);
  weeg_free(tally->wy);
  weeg_free(tally->products);
  weeg_free(tally);
}

weeg_status weeg_i_tally_from_entries(const tally_entry *entries, int64_t count, bool element, int32_t units,
                                      int32_t cells, int scale, weeg_tally **tally, weeg_error *err) {
  weeg_tally *t = NULL;
  const weeg_status status = weeg_tally_new(&(weeg_tally){element, units, cells, count, scale}, &t, err);
  if (status != WEEG_OK) return status;
  uint64_t unit = 0, first = 0; /* of the entries before: a division takes longer than all the rest */
  for (int64_t i = 0; i < count; i++) {
    if (entries[i].key - first >= (uint64_t)cells) {
      unit = entries[i].key / (uint64_t)cells;
      first = unit * (uint64_t)cells;
    }
    t->unit[i] = (int32_t)unit;
    t->cell[i] = (int32_t)(entries[i].key - first);
    t->n[i] = entries[i].n;
    t->w[i] = entries[i].w;
    if (element) t->w2[i] = weeg_i_square_settled(entries[i].w2);
  }
  *tally = t;
  return WEEG_OK;
}

/* Below n 2^86 in size. */
static bool is_sound_signed(weeg_sum sum, int64_t n) {
  const weeg_sum size = sum.hi >> 63 ? weeg_i_sum_negative(sum) : sum;
  return size.hi >> 22 <= (uint64_t)n;
}

/* Below 2^213 in size, whatever n is. */
static bool is_sound_product(weeg_product x) {
  const uint64_t top = x.limb[3] >> 63 ? ~x.limb[3] : x.limb[3];
  return top >> 21 == 0;
}

static bool has_sound_measures(const weeg_tally *t, int64_t i) {
  bool sound = true;
  const int64_t pairs = t->products == NULL ? 0 : weeg_tally_pairs(t->measures);
  for (int64_t k = i * t->measures; k < (i + 1) * t->measures; k++) sound = sound && is_sound_signed(t->wy[k], t->n[i]);
  for (int64_t k = i * pairs; k < (i + 1) * pairs; k++) sound = sound && is_sound_product(t->products[k]);
  return sound;
}

/* A sum of squares of n weights, settled or not: high stays below 2^126. */
static bool is_sound_square(weeg_square w2, int64_t n) {
  const uint64_t most = (uint64_t)1 << 62;
  return w2.high.hi < most && w2.low.hi >> 22 <= (uint64_t)n && weeg_i_square_settled(w2).high.hi < most;
}

/* Entries at a time: their rows are added without overflow, though each may have MOST_ROWS. */
enum { ENTRIES_AT_A_TIME = 1 << 12 };
static const uint64_t MOST_ROWS = (uint64_t)1 << 40;

/*
 * Whether entries from..to-1 are what they must be for all sums of entries to stay within their 128 bits; *rows: those of the
 * entries before, to which theirs are added. Every call of a verb comes by here, so without branches: several entries at once.
 */
WEEG_CLONED
static bool are_sound(const weeg_tally *t, int64_t from, int64_t to, uint64_t *rows) {
  const uint32_t units = (uint32_t)t->units, cells = (uint32_t)t->cells;
  uint64_t wrong = 0, total = 0;
  _Pragma("omp simd reduction(|:wrong) reduction(+:total)")
  for (int64_t i = from; i < to; i++) {
    const uint64_t n = (uint64_t)t->n[i];
    wrong |= (uint64_t)((uint32_t)t->unit[i] >= units) | (uint64_t)((uint32_t)t->cell[i] >= cells);
    /* a weight has 86 bits, so that n of them are below n 2^86 */
    wrong |= (uint64_t)(n - 1 >= MOST_ROWS) | (uint64_t)(t->w[i].hi >> 22 > n);
    total += n;
  }
  *rows += total;
  return wrong == 0 && *rows <= MOST_ROWS;
}

/* By unit, then cell; entry 0 follows none. */
WEEG_CLONED
static bool are_in_order(const weeg_tally *t, int64_t from, int64_t to) {
  const int32_t *unit = t->unit, *cell = t->cell;
  uint32_t wrong = 0;
  _Pragma("omp simd reduction(|:wrong)")
  for (int64_t i = from > 0 ? from : 1; i < to; i++) {
    wrong |= (uint32_t)(unit[i] < unit[i - 1]) | ((uint32_t)(unit[i] == unit[i - 1]) & (uint32_t)(cell[i] <= cell[i - 1]));
  }
  return wrong == 0;
}

static bool have_sound_sums(const weeg_tally *t, int64_t from, int64_t to) {
  if (t->w2 == NULL && t->measures == 0) return true;
  bool sound = true;
  for (int64_t i = from; i < to && sound; i++) {
    sound = (t->w2 == NULL || is_sound_square(t->w2[i], t->n[i])) && has_sound_measures(t, i);
  }
  return sound;
}

static bool are_right(const weeg_tally *t, int64_t from, int64_t to, bool ordered, uint64_t *rows) {
  return are_sound(t, from, to, rows) && (!ordered || are_in_order(t, from, to)) && have_sound_sums(t, from, to);
}

weeg_status weeg_tally_check(const weeg_tally *tally, bool ordered, weeg_error *err) {
  uint64_t rows = 0;
  for (int64_t from = 0; from < tally->entries; from += ENTRIES_AT_A_TIME) {
    const int64_t to = tally->entries - from > ENTRIES_AT_A_TIME ? from + ENTRIES_AT_A_TIME : tally->entries;
    uint64_t before = rows;
    if (are_right(tally, from, to, ordered, &rows)) continue;
    int64_t wrong = from;
    while (are_right(tally, wrong, wrong + 1, ordered, &before)) wrong++;
    return weeg_fail(err, WEEG_ERR_ARGUMENT, wrong, "an entry of the tally is impossible or out of order");
  }
  return WEEG_OK;
}

void weeg_i_tally_sums(const weeg_tally *tally, int64_t *n, weeg_sum *sum) {
  const weeg_prepared *made = tally->prepared;
  const size_t cells = (size_t)tally->cells;
  if (made != NULL) {
    memcpy(sum, made->cell_sum, cells * sizeof *sum);
    memcpy(n, made->cell_n, cells * sizeof *n);
    return;
  }
  memset(sum, 0, cells * sizeof *sum);
  memset(n, 0, cells * sizeof *n);
  for (int64_t i = 0; i < tally->entries; i++) {
    weeg_i_sum_add(&sum[tally->cell[i]], tally->w[i]);
    n[tally->cell[i]] += tally->n[i];
  }
}

weeg_status weeg_tally_totals(const weeg_tally *tally, int64_t *n, double *w, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_prepared *made = tally->prepared;
  const size_t cells = (size_t)tally->cells;
  weeg_sum *sums = NULL;
  int64_t *rows = NULL;
  if (made != NULL) {
    if (n != NULL) memcpy(n, made->cell_n, cells * sizeof *n);
    if (w != NULL) memcpy(w, made->cell_w, cells * sizeof *w);
    return WEEG_OK;
  }
  WEEG_NEW(sums, tally->cells);
  if (n == NULL) WEEG_NEW(rows, tally->cells);
  weeg_i_tally_sums(tally, n == NULL ? rows : n, sums);
  for (int32_t c = 0; c < tally->cells && w != NULL; c++) w[c] = weeg_sum_value(sums[c], tally->scale);
cleanup:
  weeg_free(sums);
  weeg_free(rows);
  return status;
}

void weeg_i_tally_weigh_entry(weeg_tally *tally, int64_t entry, weeg_sum weight) {
  const int64_t n = tally->n[entry];
  tally->w[entry] = weeg_i_sum_times(weight, n);
  if (tally->element) tally->w2[entry] = weeg_i_square_times(weeg_i_square_of(weight), n);
}

weeg_status weeg_tally_weigh(weeg_tally *tally, const double *unit_weight, weeg_error *err) {
  double largest = 0;
  if (tally->measures > 0) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "weights that follow from population sizes change where tallies are added, "
                     "which sums of values do not");
  }
  const weeg_status status = weeg_check_weights(unit_weight, tally->units, NULL, &largest, err);
  if (status != WEEG_OK) return status;
  tally->scale = weeg_sum_scale(largest);
  const double factor = weeg_i_sum_factor(tally->scale);
  for (int64_t i = 0; i < tally->entries; i++) {
    weeg_i_tally_weigh_entry(tally, i, weeg_i_sum_of_unit(unit_weight[tally->unit[i]] * factor));
  }
  return WEEG_OK;
}

/* ---- merging and summing out ---- */

/* Where entries are summed: each unit and cell in a place of its own where these are not many more than the entries. */
typedef struct merger {
  int32_t units, cells;
  int scale;
  tally_entry *dense; /* [units * cells], or NULL: in the hash */
  tally_hash hash;
} merger;

static weeg_status add_renumbered(merger *m, const weeg_summand *from, weeg_error *err) {
  const weeg_tally *t = from->tally;
  const int coarser = m->scale - t->scale;
  for (int64_t i = 0; i < t->entries; i++) {
    if (t->n[i] <= 0) continue;
    const int32_t unit = from->unit == NULL ? t->unit[i] : from->unit[t->unit[i]];
    const int32_t cell = from->cell == NULL ? t->cell[i] : from->cell[t->cell[i]];
    if (unit >= m->units || unit < 0 || cell >= m->cells) {
      return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "entry %lld does not fit the new numbering", (long long)i + 1);
    }
    if (cell < 0) continue;
    const uint64_t key = (uint64_t)unit * (uint64_t)m->cells + (uint64_t)cell;
    tally_entry *entry = m->dense != NULL ? &m->dense[key] : weeg_i_hash_find(&m->hash, key);
    if (entry == NULL) return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    entry->n += t->n[i];
    weeg_i_sum_add(&entry->w, weeg_i_sum_coarser(t->w[i], coarser));
    if (t->element) weeg_i_square_add(&entry->w2, weeg_i_square_coarser(t->w2[i], 2 * coarser));
  }
  return WEEG_OK;
}

/* Moves the places with rows to the front, with their keys; how many these are. */
static int64_t close_ranks(tally_entry *dense, int64_t size) {
  int64_t used = 0;
  for (int64_t key = 0; key < size; key++) {
    if (dense[key].n == 0) continue;
    dense[key].key = (uint64_t)key;
    dense[used++] = dense[key];
  }
  return used;
}

weeg_status weeg_tally_merge(const weeg_summand *a, const weeg_summand *b, int32_t units, int32_t cells,
                             weeg_tally **tally, weeg_error *err) {
  weeg_status status = WEEG_OK;
  merger m = {.units = units, .cells = cells, .scale = a->tally->scale};
  const bool both = b != NULL && b->tally != NULL, element = a->tally->element;
  weeg_tally *made = NULL;
  if (both && element != b->tally->element) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a tally with clusters cannot be added to one without");
  }
  if (units < 0 || cells < 1) return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "a tally needs at least one cell");
  if (both && b->tally->scale > m.scale) m.scale = b->tally->scale;
  const int64_t entries = a->tally->entries + (both ? b->tally->entries : 0), places = (int64_t)units * cells;
  if (places / 8 <= entries) WEEG_NEW(m.dense, places);
  WEEG_TRY(add_renumbered(&m, a, err));
  if (both) WEEG_TRY(add_renumbered(&m, b, err));
  if (m.dense == NULL) {
    status = weeg_i_hash_sort(&m.hash);
    if (status != WEEG_OK) {
      (void)weeg_fail(err, status, -1, "not enough memory");
      goto cleanup;
    }
  }
  const int64_t used = m.dense != NULL ? close_ranks(m.dense, places) : m.hash.numbers.count;
  const tally_entry *summed = m.dense != NULL ? m.dense : m.hash.entry;
  WEEG_TRY(weeg_i_tally_from_entries(summed, used, element, units, cells, m.scale, &made, err));
  WEEG_TRY(weeg_i_measures_merge(a, both ? b : NULL, made, err));
  *tally = made;
  made = NULL;
cleanup:
  weeg_tally_free(made);
  weeg_free(m.dense);
  weeg_i_hash_clear(&m.hash);
  return status;
}

/* Fewer entries of two samples can be alike by chance. */
enum { LEAST_ALIKE = 20 };

weeg_status weeg_tally_twice(const weeg_tally *sum, const weeg_summand *part, bool *twice, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *a = part->tally;
  int64_t entries = 0;
  bool alike = a->entries >= LEAST_ALIKE;
  bool *used = weeg_i_alloc((int64_t)sum->units + 1, sizeof *used);
  if (used == NULL) {
    status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
    goto cleanup;
  }
  for (int64_t i = 0; i < a->entries && alike; i++) {
    const int32_t unit = part->unit == NULL ? a->unit[i] : part->unit[a->unit[i]];
    const int64_t at = weeg_i_tally_find(sum, unit, part->cell == NULL ? a->cell[i] : part->cell[a->cell[i]]);
    const weeg_sum w = weeg_i_sum_times(weeg_i_sum_coarser(a->w[i], sum->scale - a->scale), 2);
    alike = at >= 0 && sum->n[at] == 2 * a->n[i] && sum->w[at].hi == w.hi && sum->w[at].lo == w.lo;
    if (alike) used[unit] = true;
  }
  for (int64_t i = 0; i < sum->entries; i++) entries += used[sum->unit[i]];
  *twice = alike && entries == a->entries;
cleanup:
  weeg_free(used);
  return status;
}
