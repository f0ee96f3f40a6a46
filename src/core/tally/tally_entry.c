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

static int coarser_of(const weeg_tally *to, const weeg_tally *from, int32_t k) {
  return k == 0 ? to->scale - from->scale : to->measure_scale[k - 1] - from->measure_scale[k - 1];
}

static void add_entry(const weeg_tally *from, int64_t i, weeg_tally *to, int64_t at) {
  const int32_t measures = to->measures;
  for (int32_t k = 0; k < measures; k++) {
    weeg_i_sum_add(&to->wy[at * measures + k],
                   weeg_i_signed_coarser(from->wy[i * measures + k], coarser_of(to, from, k + 1)));
  }
  if (to->products == NULL) return;
  const int64_t pairs = weeg_tally_pairs(measures);
  for (int32_t k = 1, pair = 0; k <= measures; k++) {
    for (int32_t j = 0; j <= k; j++, pair++) {
      const int coarser = coarser_of(to, from, j) + coarser_of(to, from, k);
      const weeg_product x = weeg_i_product_coarser(from->products[i * pairs + pair], coarser);
      weeg_i_product_sum(&to->products[at * pairs + pair], &x);
    }
  }
}

static weeg_status add_renumbered(const weeg_summand *from, weeg_tally *to, weeg_error *err) {
  const weeg_tally *t = from->tally;
  for (int64_t i = 0; i < t->entries; i++) {
    const int32_t unit = from->unit == NULL ? t->unit[i] : from->unit[t->unit[i]];
    const int32_t cell = from->cell == NULL ? t->cell[i] : from->cell[t->cell[i]];
    const int64_t at = cell < 0 ? -1 : weeg_i_tally_find(to, unit, cell);
    if (cell < 0 || t->n[i] <= 0) continue;
    if (at < 0) return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "entry %lld does not fit the new numbering", (long long)i + 1);
    add_entry(t, i, to, at);
  }
  return WEEG_OK;
}

weeg_status weeg_i_measures_merge(const weeg_summand *a, const weeg_summand *b, weeg_tally *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t measures = a->tally->measures;
  WEEG_NEW(to->measure_scale, measures);
  WEEG_NEW(to->wy, to->entries * measures);
  if (to->element) WEEG_NEW(to->products, to->entries * weeg_tally_pairs(measures));
  to->measures = measures;
  for (int32_t k = 0; k < measures; k++) {
    to->measure_scale[k] = a->tally->measure_scale[k];
    if (b != NULL && b->tally->measure_scale[k] > to->measure_scale[k]) to->measure_scale[k] = b->tally->measure_scale[k];
  }
  WEEG_TRY(add_renumbered(a, to, err));
  if (b != NULL) WEEG_TRY(add_renumbered(b, to, err));
cleanup:
  return status;
}
