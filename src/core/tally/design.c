#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "base/vector.h"
#include "tally/column.h"
#include "weeg.h"

static const double LARGEST_WEIGHT = 0x1p480; /* squares of weights must stay finite */

/* ---- weights ---- */

enum { MAX_THREADS_SEEN = 64 };

typedef struct weight_check {
  const double *weights;
  double max[MAX_THREADS_SEEN];
} weight_check;

/* The largest weight; false where some weight is missing, negative or too large: *max is then void. */
WEEG_CLONED static bool find_largest(const double *weights, int64_t rows, double *max) {
  double largest = 0;
  uint64_t outside = 0; /* its highest bit, once a number is negative or none */
  _Pragma("omp simd reduction(max:largest) reduction(|:outside)")
  for (int64_t i = 0; i < rows; i++) {
    const double w = weights[i];
    outside |= weeg_i_sum_bits(w) | -(uint64_t)(isnan(w) != 0);
    largest = w > largest ? w : largest;
  }
  *max = largest;
  return outside >> 63 == 0 && largest <= LARGEST_WEIGHT;
}

static weeg_status check_weight_rows(void *ctx, int thread, int64_t from, int64_t to) {
  weight_check *check = ctx;
  double max = 0;
  const bool good = find_largest(check->weights + from, to - from, &max);
  if (max > check->max[thread]) check->max[thread] = max;
  return good ? WEEG_OK : WEEG_ERR_WEIGHT;
}

/* Says which weights are wrong, after something was found to be. */
static weeg_status describe_weights(const double *weights, int64_t rows, weeg_error *err) {
  int64_t first = -1, count = 0;
  for (int64_t i = 0; i < rows; i++) {
    const double w = weights[i];
    if (w >= 0 && w <= LARGEST_WEIGHT) continue;
    if (first < 0) first = i;
    count++;
  }
  const double w = weights[first];
  (void)weeg_fail_row(err, WEEG_ERR_WEIGHT, "weight", first,
                      isnan(w) ? WEEG_FAULT_MISSING : w < 0 ? WEEG_FAULT_NEGATIVE : isinf(w) ? WEEG_FAULT_INFINITE
                                                                                             : WEEG_FAULT_TOO_LARGE);
  if (err != NULL) err->count = count;
  return WEEG_ERR_WEIGHT;
}

weeg_status weeg_check_weights(const double *weights, int64_t rows, const weeg_hooks *hooks, double *max_weight,
                               weeg_error *err) {
  weight_check check = {.weights = weights};
  int threads = weeg_i_threads(hooks, rows);
  if (threads > MAX_THREADS_SEEN) threads = MAX_THREADS_SEEN;
  const weeg_status status = weeg_i_for_rows(rows, threads, hooks, check_weight_rows, &check);
  if (status == WEEG_ERR_WEIGHT) return describe_weights(weights, rows, err);
  if (status != WEEG_OK) return weeg_fail(err, status, -1, "stopped by the caller");
  *max_weight = 0;
  for (int t = 0; t < threads; t++) {
    if (check.max[t] > *max_weight) *max_weight = check.max[t];
  }
  return WEEG_OK;
}

/* ---- strata and PSUs ---- */

static bool interrupted(const weeg_hooks *hooks) {
  return hooks != NULL && hooks->interrupt != NULL && hooks->interrupt(hooks->ctx);
}

/* Every 64th chunk: well under a millisecond of work. */
static bool poll_due(int64_t row) { return row / WEEG_CHUNK_ROWS % 64 == 63; }

/* Visits rows one chunk at a time with the positions of up to two columns; polls for an interrupt. */
typedef weeg_status (*pair_function)(void *ctx, int64_t row, int32_t first, int32_t second, weeg_error *err);

static weeg_status for_pairs(const weeg_sampled_rows *of, pair_function visit, void *ctx, weeg_error *err) {
  int32_t a[WEEG_CHUNK_ROWS], b[WEEG_CHUNK_ROWS];
  for (int64_t from = 0; from < of->rows; from += WEEG_CHUNK_ROWS) {
    const int64_t size = of->rows - from < WEEG_CHUNK_ROWS ? of->rows - from : WEEG_CHUNK_ROWS;
    weeg_i_column_read(of->stratum, from, size, a);
    weeg_i_column_read(of->psu, from, size, b);
    for (int64_t i = 0; i < size; i++) {
      const weeg_status status = visit(ctx, from + i, a[i], b[i], err);
      if (status != WEEG_OK) return status;
    }
    if (poll_due(from) && interrupted(of->hooks))
      return weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller");
  }
  return WEEG_OK;
}

static weeg_status missing_row(int64_t row, const char *what, weeg_error *err) {
  return weeg_fail_row(err, WEEG_ERR_MISSING, what, row, WEEG_FAULT_MISSING);
}

typedef struct level_count {
  int64_t *counts;
  int32_t levels;
} level_count;

static weeg_status count_row(void *ctx, int64_t row, int32_t code, int32_t unused, weeg_error *err) {
  level_count *c = ctx;
  (void)unused;
  if (code == c->levels) return missing_row(row, "stratum", err);
  c->counts[code]++;
  return WEEG_OK;
}

weeg_status weeg_count_levels(const weeg_column *column, int64_t rows, const weeg_hooks *hooks, int64_t *counts,
                              weeg_error *err) {
  memset(counts, 0, sizeof *counts * (size_t)column->levels);
  if (column->codes == NULL) { /* every row has the one level */
    counts[0] = rows;
    return WEEG_OK;
  }
  const weeg_column none = {NULL, WEEG_CODE_I32, 1};
  level_count c = {counts, column->levels};
  return for_pairs(&(weeg_sampled_rows){column, &none, rows, hooks}, count_row, &c, err);
}

static weeg_status nesting_error(weeg_error *err, int32_t psu, int32_t stratum, int32_t other, int64_t row) {
  (void)weeg_fail(err, WEEG_ERR_NESTING, psu, "PSU %d occurs in stratum %d and in stratum %d (row %lld)", psu + 1, stratum + 1,
                  other + 1, (long long)row + 1);
  if (err != NULL) {
    err->facts.fault = WEEG_FAULT_TWO_STRATA;
    err->facts.unit = psu;
    err->facts.stratum = stratum;
    err->facts.other = other;
    err->facts.row = row;
  }
  return WEEG_ERR_NESTING;
}

/* A row that does not fit what is known of its PSU: the first row of that PSU, or an error. */
static weeg_status place_psu(int64_t row, int32_t stratum, int32_t strata, int32_t psu, int32_t psus,
                             int32_t *psu_stratum, weeg_error *err) {
  if (stratum == strata) return missing_row(row, "stratum", err);
  if (psu == psus) return missing_row(row, "PSU", err);
  if (psu_stratum[psu] < 0) {
    psu_stratum[psu] = stratum;
    return WEEG_OK;
  }
  return nesting_error(err, psu, psu_stratum[psu], stratum, row);
}

enum { UNSEEN = -1, NONE = -2 };

/* Strata of PSUs as each thread saw them. */
typedef struct strata_search {
  const weeg_sampled_rows *of;
  int32_t *found;  /* [threads][psus + 1], UNSEEN, or NONE of the last, where rows without a PSU are */
} strata_search;

/* Whether all rows are in PSUs that were seen, in the stratum of these. */
static bool are_known(const int32_t *psu_stratum, const int32_t *stratum, const int32_t *psu, int64_t rows) {
  int32_t differ = 0;
  for (int64_t i = 0; i < rows; i++) differ |= psu_stratum[psu[i]] ^ stratum[i];
  return differ == 0;
}

/* The first row that needs a word (see place_psu) stops the search. */
static weeg_status search_rows(void *ctx, int thread, int64_t from, int64_t to) {
  const strata_search *s = ctx;
  int32_t h[WEEG_CHUNK_ROWS], j[WEEG_CHUNK_ROWS];
  const int32_t strata = s->of->stratum->levels, psus = s->of->psu->levels;
  int32_t *psu_stratum = s->found + thread * ((int64_t)psus + 1);
  for (; from < to; from += WEEG_CHUNK_ROWS) {
    const int64_t size = to - from < WEEG_CHUNK_ROWS ? to - from : WEEG_CHUNK_ROWS;
    weeg_i_column_read(s->of->stratum, from, size, h);
    weeg_i_column_read(s->of->psu, from, size, j);
    if (are_known(psu_stratum, h, j, size)) continue;
    for (int64_t i = 0; i < size; i++) {
      if (psu_stratum[j[i]] == h[i]) continue; /* all rows but the first of a PSU */
      const weeg_status status = place_psu(from + i, h[i], strata, j[i], psus, psu_stratum, NULL);
      if (status != WEEG_OK) return status;
    }
  }
  return WEEG_OK;
}

/* Says which row is wrong, after something was found to be: the first in the order of rows. */
static weeg_status describe_strata(const weeg_sampled_rows *of, int32_t *psu_stratum, weeg_error *err) {
  const weeg_column *stratum = of->stratum, *psu = of->psu;
  for (int64_t from = 0; from < of->rows; from++) {
    int32_t h, j;
    weeg_i_column_read(stratum, from, 1, &h);
    weeg_i_column_read(psu, from, 1, &j);
    if (j < psu->levels && psu_stratum[j] == h && h < stratum->levels) continue;
    const weeg_status status = place_psu(from, h, stratum->levels, j, psu->levels, psu_stratum, err);
    if (status != WEEG_OK) return status;
  }
  return WEEG_OK;
}

weeg_status weeg_find_strata(const weeg_sampled_rows *of, int32_t *psu_stratum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t psus = of->psu->levels;
  const int threads = weeg_i_threads(of->hooks, of->rows);
  const int64_t each = (int64_t)psus + 1;
  strata_search search = {of, NULL};
  WEEG_NEW(search.found, threads * each);
  for (int64_t k = 0; k < threads * each; k++) search.found[k] = k % each < psus ? UNSEEN : NONE;
  status = weeg_i_for_rows(of->rows, threads, of->hooks, search_rows, &search);
  if (status == WEEG_ERR_INTERRUPTED) {
    (void)weeg_fail(err, status, -1, "stopped by the caller");
    goto cleanup;
  }
  bool agree = status == WEEG_OK;
  for (int32_t k = 0; k < psus; k++) psu_stratum[k] = UNSEEN;
  for (int64_t k = 0; k < threads * each && agree; k++) {
    if (search.found[k] < 0) continue;
    int32_t *known = &psu_stratum[k % each];
    agree = *known < 0 || *known == search.found[k];
    *known = search.found[k];
  }
  if (!agree) {
    for (int32_t k = 0; k < psus; k++) psu_stratum[k] = UNSEEN;
    status = describe_strata(of, psu_stratum, err);
  }
cleanup:
  weeg_free(search.found);
  return status;
}

/* Distinct (stratum, PSU) pairs. */
typedef struct pair_table {
  int32_t strata, psus;
  uint64_t *key; /* [room] */
  int64_t room;
  int32_t *nested;
  weeg_numbering numbers;
} pair_table;

static inline uint64_t hash_of(const void *owner, int32_t number, const weeg_secret *secret) {
  return weeg_i_scatter(secret, ((const pair_table *)owner)->key[number]);
}

static inline bool are_same(const void *owner, int32_t number, int32_t other) {
  const uint64_t *key = ((const pair_table *)owner)->key;
  return key[number] == key[other];
}

static weeg_status nest_row(void *ctx, int64_t row, int32_t stratum, int32_t psu, weeg_error *err) {
  static const weeg_keys keys = {hash_of, are_same};
  weeg_status status = WEEG_OK;
  pair_table *t = ctx;
  if (stratum == t->strata) return missing_row(row, "stratum", err);
  if (psu == t->psus) return missing_row(row, "PSU", err);
  WEEG_TRY(weeg_i_numbering_room(&t->numbers, &keys, t, err));
  WEEG_GROW(t->key, t->numbers.count, t->room);
  t->key[t->numbers.count] = (uint64_t)stratum << 32 | (uint64_t)psu;
  t->nested[row] = weeg_i_numbering_find(&t->numbers, &keys, t) + 1;
cleanup:
  return status;
}

/* rank[p] = the place of pair p when pairs are ordered by key, by a bottom-up merge sort of pair numbers. */
static weeg_status rank_pairs(const pair_table *t, int32_t *rank, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *order = NULL, *other = NULL;
  const int64_t n = t->numbers.count;
  WEEG_NEW(order, n);
  WEEG_NEW(other, n);
  for (int64_t p = 0; p < n; p++) order[p] = (int32_t)p;
  for (int64_t width = 1; width < n; width *= 2) {
    for (int64_t from = 0; from < n; from += 2 * width) {
      const int64_t middle = from + width < n ? from + width : n, to = from + 2 * width < n ? from + 2 * width : n;
      int64_t a = from, b = middle;
      for (int64_t k = from; k < to; k++) {
        const bool left = a < middle && (b >= to || t->key[order[a]] < t->key[order[b]]);
        other[k] = left ? order[a++] : order[b++];
      }
    }
    int32_t *swap = order;
    order = other;
    other = swap;
  }
  for (int64_t k = 0; k < n; k++) rank[order[k]] = (int32_t)k;
cleanup:
  weeg_free(order);
  weeg_free(other);
  return status;
}

weeg_status weeg_nest_psus(const weeg_sampled_rows *of, int32_t *nested, weeg_nested_psus *pairs, weeg_error *err) {
  weeg_status status = WEEG_OK;
  pair_table table = {.strata = of->stratum->levels, .psus = of->psu->levels, .nested = nested};
  int32_t *rank = NULL, *of_stratum = NULL, *of_psu = NULL;
  WEEG_TRY(for_pairs(of, nest_row, &table, err));
  const int32_t pairs_found = table.numbers.count;
  WEEG_NEW(rank, pairs_found);
  WEEG_NEW(of_stratum, pairs_found);
  WEEG_NEW(of_psu, pairs_found);
  WEEG_TRY(rank_pairs(&table, rank, err));
  for (int32_t p = 0; p < pairs_found; p++) {
    of_stratum[rank[p]] = (int32_t)(table.key[p] >> 32);
    of_psu[rank[p]] = (int32_t)(table.key[p] & 0xffffffffu);
  }
  for (int64_t i = 0; i < of->rows; i++) nested[i] = rank[nested[i] - 1] + 1;
  *pairs = (weeg_nested_psus){pairs_found, of_stratum, of_psu};
  of_stratum = of_psu = NULL;
cleanup:
  weeg_free(rank);
  weeg_free(of_stratum);
  weeg_free(of_psu);
  weeg_free(table.key);
  weeg_i_numbering_clear(&table.numbers);
  return status;
}

/* ---- finite population ---- */

static weeg_status fpc_error(int64_t row, weeg_fault fault, weeg_error *err) {
  return weeg_fail_row(err, WEEG_ERR_FPC, "fpc", row, fault);
}

/* `sampled` units of a stratum that has so many in the population. */
static weeg_status sampled_error(int32_t stratum, double sampled, double population, weeg_error *err) {
  (void)weeg_fail(err, WEEG_ERR_FPC, -1, "stratum %d has %.15g PSUs in the sample but %.15g in the population", stratum + 1,
                  sampled, population);
  if (err != NULL) {
    err->facts.fault = WEEG_FAULT_MORE_SAMPLED;
    err->facts.stratum = stratum;
    err->facts.value = sampled;
    err->facts.limit = population;
  }
  return WEEG_ERR_FPC;
}

/* sizes[h] gets the one value of stratum h, NaN where it has no rows. */
static weeg_status gather_fpc(const double *fpc, const weeg_column *stratum, int64_t rows, double *sizes,
                              weeg_error *err) {
  int32_t code[WEEG_CHUNK_ROWS];
  for (int32_t h = 0; h < stratum->levels; h++) sizes[h] = NAN;
  for (int64_t from = 0; from < rows; from += WEEG_CHUNK_ROWS) {
    const int64_t size = rows - from < WEEG_CHUNK_ROWS ? rows - from : WEEG_CHUNK_ROWS;
    weeg_i_column_read(stratum, from, size, code);
    for (int64_t i = 0; i < size; i++) {
      const double value = fpc[from + i];
      if (code[i] == stratum->levels) return missing_row(from + i, "stratum", err);
      if (isnan(value)) return fpc_error(from + i, WEEG_FAULT_MISSING, err);
      if (value < 0) return fpc_error(from + i, WEEG_FAULT_NEGATIVE, err);
      if (isnan(sizes[code[i]])) sizes[code[i]] = value;
      if (sizes[code[i]] != value) return fpc_error(from + i, WEEG_FAULT_DIFFERS, err);
    }
  }
  return WEEG_OK;
}

weeg_status weeg_find_fpc(const double *fpc, const weeg_column *stratum, int64_t rows, const int64_t *stratum_psus,
                          double *sizes, weeg_error *err) {
  return weeg_i_find_fpc(fpc, stratum, rows, stratum_psus, false, sizes, err);
}

weeg_status weeg_i_find_fpc(const double *fpc, const weeg_column *stratum, int64_t rows, const int64_t *stratum_psus,
                            bool are_sizes, double *sizes, weeg_error *err) {
  weeg_status status = gather_fpc(fpc, stratum, rows, sizes, err);
  if (status != WEEG_OK) return status;
  bool above = false, below = false;
  for (int32_t h = 0; h < stratum->levels; h++) {
    above = above || sizes[h] > 1;
    below = below || sizes[h] < 1;
  }
  if (above && below) {
    return weeg_fail(err, WEEG_ERR_FPC, -1, "fpc mixes population sizes (above 1) with sampling fractions (below 1)");
  }
  for (int32_t h = 0; h < stratum->levels; h++) {
    if (isnan(sizes[h])) continue;
    /* 1 everywhere can be a size or a fraction of 100 %: a fraction, unless a stratum has several PSUs */
    const double n = (double)stratum_psus[h];
    if (!above && !are_sizes) sizes[h] = n / sizes[h];
    if (sizes[h] < n) return sampled_error(h, n, sizes[h], err);
  }
  return WEEG_OK;
}

/* weight[strata] of the strata of a stage, each times that of the unit which it lies in. */
static weeg_status weigh_strata(const double *fpc, const int64_t *sampled, int32_t strata, const int32_t *parent,
                                const double *parent_weight, int32_t stage, double *weight, weeg_error *err) {
  for (int32_t h = 0; h < strata; h++) {
    weight[h] = 0;
    if (sampled[h] == 0) continue;
    if (fpc == NULL) return weeg_fail(err, WEEG_ERR_FPC, -1, "weights do not follow from fpc: stage %d has none", stage);
    if (!isfinite(fpc[h])) {
      return weeg_fail(err, WEEG_ERR_FPC, -1, "weights do not follow from fpc: the population is infinite at stage %d", stage);
    }
    weight[h] = (parent == NULL ? 1 : parent_weight[parent[h]]) * fpc[h] / (double)sampled[h];
  }
  return WEEG_OK;
}

/* Those of the units of a stage: *weight, of its strata, is replaced. Rows are no units. */
static weeg_status weigh_units(const int32_t *stratum, int32_t units, double **weight, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *of_unit = NULL;
  WEEG_NEW(of_unit, units);
  for (int32_t u = 0; u < units; u++) of_unit[u] = stratum[u] < 0 ? 0 : (*weight)[stratum[u]];
  weeg_free(*weight);
  *weight = of_unit;
cleanup:
  return status;
}

/* Of the first stage: of its units, or its strata when they are rows. */
static weeg_status weigh_first(const weeg_design *design, double **weight, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const bool unequal = design->pps != WEEG_PPS_NONE;
  WEEG_NEW(*weight, unequal ? design->psus : design->strata);
  for (int32_t u = 0; u < design->psus && unequal; u++) {
    (*weight)[u] = design->psu_stratum[u] < 0 ? 0 : 1 / design->psu_probability[u];
  }
  if (unequal) return WEEG_OK;
  WEEG_TRY(weigh_strata(design->stratum_fpc, design->stratum_psus, design->strata, NULL, NULL, 1, *weight, err));
  if (!design->element) WEEG_TRY(weigh_units(design->psu_stratum, design->psus, weight, err));
cleanup:
  return status;
}

weeg_status weeg_fpc_weights(const weeg_design *design, double *unit_weight, weeg_error *err) {
  weeg_status status = WEEG_OK;
  double *weight = NULL, *before = NULL;
  int32_t count = design->element ? design->strata : design->psus;
  WEEG_TRY(weigh_first(design, &weight, err));
  for (int32_t k = 0; k < design->later; k++) {
    const weeg_stage *s = &design->stages[k];
    weeg_free(before);
    before = weight;
    weight = NULL;
    WEEG_NEW(weight, s->strata);
    WEEG_TRY(weigh_strata(s->stratum_fpc, s->stratum_units, s->strata, s->stratum_parent, before, k + 2, weight, err));
    if (!s->element) WEEG_TRY(weigh_units(s->unit_stratum, s->units, &weight, err));
    count = s->element ? s->strata : s->units;
  }
  memcpy(unit_weight, weight, sizeof *weight * (size_t)count);
cleanup:
  weeg_free(weight);
  weeg_free(before);
  return status;
}
