/* Entries of tallies: where they are, and what becomes of their measures where tallies are added. */
#include "base/memory.h"
#include "base/sum.h"
#include "tally/tally.h"

int32_t weeg_tally_pairs(int32_t measures) { return measures * (measures + 3) / 2; }

int64_t weeg_i_tally_find(const weeg_tally *t, int32_t unit, int32_t cell) {
  int64_t low = 0, high = t->entries;
  while (low < high) {
    const int64_t at = low + (high - low) / 2;
    if (t->unit[at] < unit || (t->unit[at] == unit && t->cell[at] < cell)) low = at + 1;
    else high = at;
  }
  return low < t->entries && t->unit[low] == unit && t->cell[low] == cell ? low : -1;
}

/* The measures of a tally after renumbering. WEEG_ERR_ARGUMENT: their new numbers are not 0, 1 and so on, each once. */
static weeg_status count_kept(const weeg_summand *x, int32_t *kept, weeg_error *err) {
  const int32_t measures = x->tally->measures;
  *kept = 0;
  for (int32_t k = 0; k < measures; k++) *kept += x->measure == NULL || x->measure[k] >= 0;
  for (int32_t k = 0; k < measures && x->measure != NULL; k++) {
    bool again = x->measure[k] >= *kept;
    for (int32_t j = 0; j < k; j++) again = again || (x->measure[k] >= 0 && x->measure[j] == x->measure[k]);
    if (again) return weeg_fail(err, WEEG_ERR_ARGUMENT, k, "two measures of a tally would become one");
  }
  return WEEG_OK;
}

/* The new number of a weight (0) or measure (from 1); -1: it is dropped. */
static int32_t number_of(const weeg_summand *x, int32_t k) {
  if (k == 0 || x->measure == NULL) return k;
  return x->measure[k - 1] < 0 ? -1 : x->measure[k - 1] + 1;
}

static int64_t pair_of(int32_t j, int32_t k) { return j <= k ? weeg_tally_pairs(k - 1) + j : weeg_tally_pairs(j - 1) + k; }

/* How much coarser the unit of a weight (0) or measure (from 1) of the sum is; to: its new number. */
static int coarser_by(const weeg_tally *from, int32_t k, const weeg_tally *sum, int32_t to) {
  return k == 0 ? sum->scale - from->scale : sum->measure_scale[to - 1] - from->measure_scale[k - 1];
}

static void add_entry(const weeg_summand *x, int64_t i, weeg_tally *to, int64_t at) {
  const weeg_tally *from = x->tally;
  const int64_t pairs = weeg_tally_pairs(from->measures), new_pairs = weeg_tally_pairs(to->measures);
  for (int32_t k = 1; k <= from->measures; k++) {
    const int32_t new_k = number_of(x, k);
    if (new_k < 0) continue;
    const int coarser = coarser_by(from, k, to, new_k);
    weeg_i_sum_add(&to->wy[at * to->measures + new_k - 1], weeg_i_signed_coarser(from->wy[i * from->measures + k - 1], coarser));
    for (int32_t j = 0; j <= k && to->products != NULL; j++) {
      const int32_t new_j = number_of(x, j);
      if (new_j < 0) continue;
      const weeg_product product =
          weeg_i_product_coarser(from->products[i * pairs + pair_of(j, k)], coarser + coarser_by(from, j, to, new_j));
      weeg_i_product_sum(&to->products[at * new_pairs + pair_of(new_j, new_k)], &product);
    }
  }
}

static bool is_of(const weeg_tally *t, int64_t at, int32_t unit, int32_t cell) {
  return t->unit[at] == unit && t->cell[at] == cell;
}

static weeg_status add_renumbered(const weeg_summand *from, weeg_tally *to, weeg_error *err) {
  const weeg_tally *t = from->tally;
  int64_t at = -1;
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t unit = from->unit == NULL ? t->unit[i] : from->unit[t->unit[i]];
    const int32_t cell = from->cell == NULL ? t->cell[i] : from->cell[t->cell[i]];
    if (cell < 0 || t->n[i] <= 0) continue;
    /* entries mostly stay in their order: the last one found, or the next */
    if (at + 1 < to->entries && is_of(to, at + 1, unit, cell)) at++;
    else if (at < 0 || !is_of(to, at, unit, cell)) at = weeg_i_tally_find(to, unit, cell);
    if (at < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "entry %lld does not fit the new numbering", (long long)i + 1);
    add_entry(from, i, to, at);
  }
  return WEEG_OK;
}

/* The coarser of two units, of each measure. */
static void take_scales(const weeg_summand *x, bool first, int *scale) {
  for (int32_t k = 1; k <= x->tally->measures; k++) {
    const int32_t to = number_of(x, k);
    if (to > 0 && (first || x->tally->measure_scale[k - 1] > scale[to - 1])) scale[to - 1] = x->tally->measure_scale[k - 1];
  }
}

weeg_status weeg_i_measures_merge(const weeg_summand *a, const weeg_summand *b, weeg_tally *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t kept = 0, others = 0;
  WEEG_TRY(count_kept(a, &kept, err));
  if (b != NULL) WEEG_TRY(count_kept(b, &others, err));
  if (b != NULL && others != kept) {
    status = weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "tallies with different measures cannot be added");
    goto cleanup;
  }
  if (kept == 0) goto cleanup;
  WEEG_NEW(to->measure_scale, kept);
  WEEG_NEW(to->wy, to->entries * kept);
  if (to->element) WEEG_NEW(to->products, to->entries * weeg_tally_pairs(kept));
  to->measures = kept;
  take_scales(a, true, to->measure_scale);
  if (b != NULL) take_scales(b, false, to->measure_scale);
  WEEG_TRY(add_renumbered(a, to, err));
  if (b != NULL) WEEG_TRY(add_renumbered(b, to, err));
cleanup:
  return status;
}
