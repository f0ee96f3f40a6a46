/* Rows by group and value: they are spread to their groups, which then fit in the cache, and are sorted there. */
#include "stats/ranked.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/order.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "tally/column.h"
#include "tally/places.h"

enum {
  DIGIT = 11, DIGITS = 6, SIZES = 1 << DIGIT, /* sorted by digits of so many bits, from the lowest */
  FIRST_DIGITS = 3,  /* which mostly tell values apart; */
  MOST_TIED = 32,    /* where they leave longer runs of different values, all digits are looked at */
  FEW = 160,         /* rows that are sorted one by one */
  BLOCKS_A_THREAD = 4
};

/* A row, and in its place later a value of its group. */
typedef union place {
  struct {
    uint64_t key; /* bits in the order of the values */
    double weight;
  } row;
  weeg_step step;
} place;

_Static_assert(sizeof(place) == sizeof(weeg_step), "rows become values in their places");

typedef struct sorter {
  place *room;            /* [rows of the largest group] */
  int64_t (*size)[SIZES]; /* [DIGITS] */
} sorter;

typedef struct ranker {
  const weeg_rows *rows;
  const weeg_places *places;
  const double *value;
  coded_layout layout;
  int32_t *group_of; /* [cells of the layout] */
  int32_t *group;
  int64_t blocks, block_rows;
  int64_t *count; /* [blocks * groups] rows of a block in a group; then where these begin */
  place *place;
  double factor;
  int scale;
  sorter *sorters;
  ranked *to;
} ranker;

/* ---- groups ---- */

static double weight_of(const weeg_rows *r, int64_t row) {
  if (r->domain != NULL && r->domain[row] == 0) return 0;
  return r->weights == NULL ? 1 : r->weights[row];
}

/* The groups of the rows of a block, and how many of each have a value. */
static weeg_status count_block(void *ctx, int thread, int64_t block, int64_t end) {
  const ranker *k = ctx;
  int64_t *count = k->count + block * k->to->groups;
  (void)thread;
  (void)end;
  const int64_t last = (block + 1) * k->block_rows < k->rows->rows ? (block + 1) * k->block_rows : k->rows->rows;
  for (int64_t from = block * k->block_rows; from < last; from += WEEG_CHUNK_ROWS) {
    const int64_t rows = last - from < WEEG_CHUNK_ROWS ? last - from : WEEG_CHUNK_ROWS;
    int32_t *group = k->group + from;
    memset(group, 0, sizeof *group * (size_t)rows);
    for (int v = 0; v < k->layout.count; v++) weeg_i_column_cross(&k->layout.columns[v], from, rows, group);
    for (int64_t i = 0; i < rows; i++) {
      group[i] = k->group_of[group[i]];
      if (group[i] >= 0 && weight_of(k->rows, from + i) > 0 && !isnan(k->value[from + i])) count[group[i]]++;
    }
  }
  return WEEG_OK;
}

static weeg_status spread_block(void *ctx, int thread, int64_t block, int64_t end) {
  const ranker *k = ctx;
  int64_t *at = k->count + block * k->to->groups;
  (void)thread;
  (void)end;
  const int64_t last = (block + 1) * k->block_rows < k->rows->rows ? (block + 1) * k->block_rows : k->rows->rows;
  for (int64_t i = block * k->block_rows; i < last; i++) {
    const double w = weight_of(k->rows, i);
    if (k->group[i] < 0 || !(w > 0) || isnan(k->value[i])) continue;
    place *to = &k->place[at[k->group[i]]++];
    to->row.key = weeg_i_order_key(k->value[i]);
    to->row.weight = w;
  }
  return WEEG_OK;
}

/* Where the rows of each block and group begin, by group and then block. The rows of the largest group. */
static int64_t find_starts(ranker *k) {
  const int32_t groups = k->to->groups;
  int64_t at = 0, largest = 0;
  for (int32_t g = 0; g < groups; g++) {
    k->to->start[g] = at;
    for (int64_t b = 0; b < k->blocks; b++) {
      const int64_t here = k->count[b * groups + g];
      k->count[b * groups + g] = at;
      at += here;
    }
    k->to->group_n[g] = at - k->to->start[g];
    largest = k->to->group_n[g] > largest ? k->to->group_n[g] : largest;
  }
  k->to->start[groups] = at;
  return largest;
}

/* ---- sorting ---- */

static void sort_few(place *x, int64_t count) {
  for (int64_t i = 1; i < count; i++) {
    const place moved = x[i];
    int64_t at = i;
    for (; at > 0 && x[at - 1].row.key > moved.row.key; at--) x[at] = x[at - 1];
    x[at] = moved;
  }
}

/* By so many digits from bit `shift` on. The sorted rows are in x. */
static void sort_digits(const sorter *s, place *x, int64_t count, int shift, int digits) {
  place *from = x, *to = s->room;
  memset(s->size, 0, sizeof *s->size * (size_t)digits);
  for (int64_t i = 0; i < count; i++) {
    const uint64_t key = x[i].row.key >> shift;
    for (int d = 0; d < digits; d++) s->size[d][key >> (d * DIGIT) & (SIZES - 1)]++;
  }
  for (int d = 0; d < digits; d++) {
    int64_t *size = s->size[d];
    const int bits = shift + d * DIGIT;
    if (size[from[0].row.key >> bits & (SIZES - 1)] == count) continue;
    for (int64_t k = 0, at = 0; k < SIZES; k++) {
      const int64_t here = size[k];
      size[k] = at;
      at += here;
    }
    for (int64_t i = 0; i < count; i++) to[size[from[i].row.key >> bits & (SIZES - 1)]++] = from[i];
    place *sorted = to;
    to = from;
    from = sorted;
  }
  if (from != x) memcpy(x, from, sizeof *x * (size_t)count);
}

/* Sorts what is sorted by the bits from `shift` on; false where runs of rows that these do not tell apart are long. */
static bool sort_runs(place *x, int64_t count, int shift) {
  for (int64_t from = 0, to; from < count; from = to) {
    bool sorted = true;
    for (to = from + 1; to < count && x[to].row.key >> shift == x[from].row.key >> shift; to++) {
      sorted = sorted && x[to - 1].row.key <= x[to].row.key;
    }
    if (sorted) continue;
    if (to - from > MOST_TIED) return false;
    sort_few(x + from, to - from);
  }
  return true;
}

static void sort_group(const sorter *s, place *x, int64_t count) {
  uint64_t varies = 0;
  int top = 0;
  for (int64_t i = 1; i < count; i++) varies |= x[i].row.key ^ x[0].row.key;
  while (top < 64 && varies >> top != 0) top++;
  const int shift = top > FIRST_DIGITS * DIGIT ? top - FIRST_DIGITS * DIGIT : 0;
  if (count <= FEW) {
    sort_few(x, count);
    return;
  }
  sort_digits(s, x, count, shift, FIRST_DIGITS);
  if (shift > 0 && !sort_runs(x, count, shift)) sort_digits(s, x, count, 0, (top + DIGIT - 1) / DIGIT);
}

/* The sorted rows of a group become its values. */
static void rank_group(const ranker *k, int32_t g) {
  ranked *to = k->to;
  const int64_t count = to->group_n[g];
  place *x = k->place + to->start[g];
  int64_t *n = to->n == NULL ? NULL : to->n + to->start[g];
  weeg_sum sum = {0};
  int32_t at = 0;
  for (int64_t i = 0; i < count;) {
    const uint64_t key = x[i].row.key;
    const int64_t first = i;
    for (; i < count && x[i].row.key == key; i++) weeg_i_sum_add(&sum, weeg_i_sum_of_unit(x[i].row.weight * k->factor));
    if (n != NULL) n[at] = i - first;
    x[at++].step = (weeg_step){weeg_i_order_value(key), weeg_sum_value(sum, k->scale)};
  }
  to->values[g] = at;
  to->group_w[g] = weeg_sum_value(sum, k->scale);
}

static weeg_status sort_and_rank(void *ctx, int thread, int64_t g, int64_t end) {
  const ranker *k = ctx;
  (void)end;
  if (k->to->group_n[g] > 0) sort_group(&k->sorters[thread], k->place + k->to->start[g], k->to->group_n[g]);
  rank_group(k, (int32_t)g);
  return WEEG_OK;
}

/* ---- all ---- */

static weeg_status fail(weeg_status status, weeg_error *err) {
  return weeg_fail(err, status, -1, status == WEEG_ERR_INTERRUPTED ? "stopped by the caller" : "not enough memory");
}

static weeg_status spread(ranker *k, int threads, const weeg_hooks *hooks, int64_t *largest, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int64_t rows = k->rows->rows, groups = k->to->groups;
  k->blocks = threads * BLOCKS_A_THREAD;
  while (k->blocks > 1 && k->blocks * groups > rows) k->blocks /= 2;
  k->block_rows = (rows / k->blocks / WEEG_CHUNK_ROWS + 1) * WEEG_CHUNK_ROWS;
  WEEG_NEW(k->count, k->blocks * groups);
  status = weeg_i_for_items(k->blocks, threads, hooks, count_block, k);
  if (status == WEEG_OK) {
    *largest = find_starts(k);
    WEEG_NEW(k->place, k->to->start[groups]);
    status = weeg_i_for_items(k->blocks, threads, hooks, spread_block, k);
  }
  if (status != WEEG_OK) (void)fail(status, err);
cleanup:
  weeg_free(k->count);
  k->count = NULL;
  return status;
}

weeg_status weeg_i_rank_rows(const weeg_survey_rows *survey, const weeg_places *places, const double *value, bool counts,
                             int32_t *group, ranked *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_rows *rows = survey->rows;
  int threads = weeg_i_threads(survey->hooks, rows->rows);
  int64_t largest = 0;
  ranker k = {.rows = rows, .places = places, .value = value, .group = group, .to = to};
  k.scale = weeg_sum_scale(rows->weights == NULL ? 1 : rows->max_weight);
  k.factor = weeg_i_sum_factor(k.scale);
  to->groups = weeg_i_groups(places);
  if (rows->rows > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "there are more than 2^31 - 1 rows");
  WEEG_NEW(to->start, (int64_t)to->groups + 1);
  WEEG_NEW(to->values, to->groups);
  WEEG_NEW(to->group_n, to->groups);
  WEEG_NEW(to->group_w, to->groups);
  WEEG_TRY(weeg_i_coded_layout(rows->columns, rows->count, &k.layout, err));
  WEEG_NEW(k.group_of, k.layout.cells);
  for (int32_t c = 0; c < k.layout.cells; c++) k.group_of[c] = weeg_i_group_of(places, weeg_i_whole_cell(&k.layout, c));
  WEEG_TRY(spread(&k, threads, survey->hooks, &largest, err));
  if (counts) WEEG_NEW(to->n, to->start[to->groups]);
  WEEG_NEW(k.sorters, threads);
  for (int t = 0; t < threads; t++) {
    WEEG_NEW(k.sorters[t].room, largest);
    WEEG_NEW(k.sorters[t].size, DIGITS);
  }
  status = weeg_i_for_items(to->groups, threads, survey->hooks, sort_and_rank, &k);
  if (status != WEEG_OK) {
    (void)fail(status, err);
    goto cleanup;
  }
  to->step = &k.place->step;
  k.place = NULL;
cleanup:
  for (int t = 0; k.sorters != NULL && t < threads; t++) {
    weeg_free(k.sorters[t].room);
    weeg_free(k.sorters[t].size);
  }
  weeg_free(k.sorters);
  weeg_free(k.place);
  weeg_free(k.group_of);
  weeg_free(k.layout.columns);
  return status;
}

void weeg_i_ranked_clear(ranked *r) {
  weeg_free(r->start);
  weeg_free(r->values);
  weeg_free(r->step);
  weeg_free(r->n);
  weeg_free(r->group_n);
  weeg_free(r->group_w);
}
