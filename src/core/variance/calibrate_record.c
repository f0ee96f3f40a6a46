/* The record of a calibration that variances need, from tallies by cell of a table and calibration cell. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/order.h"
#include "weeg.h"

/* What is made: arrays that the calibration in `out` only reads. */
typedef struct record {
  weeg_calibrated out;
  int32_t *pair_visible, *pair_place;  /* [pairs] */
  double *pair_weight;
  int32_t *visible, *place;            /* of sums over units; pairs have theirs */
  weeg_tally *tally;
} record;

void weeg_calibrated_free(weeg_calibrated *made) {
  record *r = (record *)(void *)made;
  if (r == NULL) return;
  weeg_tally_free(r->out.plain);
  weeg_tally_free(r->tally);
  weeg_free(r->pair_visible);
  weeg_free(r->pair_place);
  weeg_free(r->pair_weight);
  weeg_free(r->visible);
  weeg_free(r->place);
  weeg_free(r);
}

/* Combinations that occur, ascending, and a tally of these. */
typedef struct crossing {
  weeg_tally *tally;
  int32_t *found;
} crossing;

static void clear(crossing *x) {
  weeg_tally_free(x->tally);
  weeg_free(x->found);
}

/* The tally of the same entries with cell[entries]. */
static weeg_status recell(const weeg_tally *from, int32_t *cell, int32_t cells, weeg_tally **to, weeg_error *err) {
  weeg_tally other = *from;
  other.cell = cell;
  other.cells = cells;
  return weeg_tally_merge(&(weeg_summand){&other, NULL, NULL}, NULL, from->units, cells, to, err);
}

static weeg_status cross(const weeg_tally *from, crossing *x, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *cell = NULL, count = 0;
  WEEG_NEW(cell, from->entries);
  WEEG_NEW(x->found, from->entries + 1);
  if (from->entries > 0) memcpy(x->found, from->cell, (size_t)from->entries * sizeof *x->found);
  count = (int32_t)weeg_i_sort_distinct(x->found, from->entries);
  for (int64_t i = 0; i < from->entries; i++) {
    const int32_t *at = bsearch(&from->cell[i], x->found, (size_t)count, sizeof *x->found, weeg_i_by_number);
    cell[i] = (int32_t)(at - x->found);
  }
  WEEG_TRY(recell(from, cell, count == 0 ? 1 : count, &x->tally, err)); /* a tally has a cell */
cleanup:
  weeg_free(cell);
  return status;
}

static weeg_status check(const weeg_calibrated_tallies *from, weeg_error *err) {
  const int64_t size = (int64_t)from->cells + 1;
  const bool sums = from->plain != NULL && from->all != NULL;
  if (from->shown < 1 || from->cells < 1 || from->crossed == NULL || from->crossed->cells != from->shown * size ||
      (from->outside != NULL && from->outside->cells != size) || (from->plain == NULL) != (from->all == NULL) ||
      (sums && (from->plain->cells != from->shown || from->all->cells != size || from->plain->units != from->all->units))) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "these tallies are not those of one table and its calibration cells");
  }
  const weeg_tally *const each[] = {from->crossed, from->outside};
  for (int k = 0; k < 2 && each[k] != NULL; k++) {
    for (int64_t i = 0; i < each[k]->entries; i++) {
      if (each[k]->cell[i] % size != from->cells) continue;
      return weeg_fail(err, WEEG_ERR_ARGUMENT, i, "rows with a weight are in no calibration cell");
    }
  }
  return WEEG_OK;
}

/* in: the pairs of the table; out: those outside the domain, of no cell of the table. */
static weeg_status add_pairs(record *r, const weeg_calibrated_tallies *from, const crossing *in, const crossing *out,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t size = from->cells + 1, inside = in->tally->cells, others = out->tally == NULL ? 0 : out->tally->cells;
  const int64_t pairs = (int64_t)inside + others;
  WEEG_NEW(r->pair_visible, pairs);
  WEEG_NEW(r->pair_place, pairs);
  WEEG_NEW(r->pair_weight, pairs);
  for (int32_t p = 0; p < inside; p++) {
    r->pair_visible[p] = in->found[p] / size;
    r->pair_place[p] = in->found[p] % size;
  }
  for (int32_t p = 0; p < others; p++) {
    r->pair_visible[inside + p] = -1;
    r->pair_place[inside + p] = out->found[p];
  }
  WEEG_TRY(weeg_tally_totals(in->tally, NULL, r->pair_weight, err));
  if (others > 0) WEEG_TRY(weeg_tally_totals(out->tally, NULL, r->pair_weight + inside, err));
  r->out.calibration.pairs = pairs;
cleanup:
  return status;
}

/* Gives a tally the measures of another one, all sums 0. Its caller releases `wy` and `products`. */
static weeg_status lend_measures(const weeg_tally *like, weeg_tally *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  to->measures = like->measures;
  to->measure_scale = like->measure_scale;
  WEEG_NEW(to->wy, to->entries * like->measures);
  if (to->element) WEEG_NEW(to->products, to->entries * weeg_tally_pairs(like->measures));
cleanup:
  return status;
}

/* a, and behind its cells those of b, which may be NULL, and has no measures. */
static weeg_status append(const weeg_tally *a, const weeg_tally *b, weeg_tally **sum, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *behind = NULL;
  const int32_t cells = b == NULL ? 0 : b->cells;
  weeg_tally with = b == NULL ? (weeg_tally){0} : *b;
  const bool lent = b != NULL && a->measures > 0 && b->measures == 0;
  if (cells > INT32_MAX - a->cells) {
    status = weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "a calibration of these cells has more than 2^31 - 1");
    goto cleanup;
  }
  WEEG_NEW(behind, cells);
  for (int32_t c = 0; c < cells; c++) behind[c] = a->cells + c;
  if (lent) WEEG_TRY(lend_measures(a, &with, err));
  WEEG_TRY(weeg_tally_merge(&(weeg_summand){a, NULL, NULL}, &(weeg_summand){b == NULL ? NULL : &with, NULL, behind}, a->units,
                            a->cells + cells, sum, err));
cleanup:
  if (lent) {
    weeg_free(with.wy);
    weeg_free(with.products);
  }
  weeg_free(behind);
  return status;
}

/* The tally of crossed entries by the cells of the table, and that of all rows by calibration cells. */
static weeg_status sum_parts(const weeg_calibrated_tallies *from, weeg_tally **plain, weeg_tally **all, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const weeg_tally *crossed = from->crossed;
  const int32_t size = from->cells + 1;
  int32_t *visible = NULL, *place = NULL;
  weeg_tally other = *crossed;
  WEEG_NEW(visible, crossed->entries);
  WEEG_NEW(place, crossed->entries);
  for (int64_t i = 0; i < crossed->entries; i++) {
    visible[i] = crossed->cell[i] / size;
    place[i] = crossed->cell[i] % size;
  }
  WEEG_TRY(recell(crossed, visible, from->shown, plain, err));
  if (all == NULL) goto cleanup;
  other.cell = place;
  other.cells = size;
  WEEG_TRY(weeg_tally_merge(&(weeg_summand){&other, NULL, NULL}, &(weeg_summand){from->outside, NULL, NULL}, crossed->units, size,
                            all, err));
cleanup:
  weeg_free(visible);
  weeg_free(place);
  return status;
}

/* By unit: cells of the table, and behind these the calibration cells of all rows. */
static weeg_status add_sums(record *r, const weeg_calibrated_tallies *from, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const int32_t size = from->cells + 1;
  weeg_tally *all = NULL;
  if (from->plain == NULL) WEEG_TRY(sum_parts(from, &r->out.plain, &all, err));
  const weeg_tally *plain = from->plain == NULL ? r->out.plain : from->plain;
  WEEG_TRY(append(plain, from->plain == NULL ? all : from->all, &r->tally, err));
  WEEG_NEW(r->visible, r->tally->cells);
  WEEG_NEW(r->place, r->tally->cells);
  for (int32_t c = 0; c < r->tally->cells; c++) {
    const int32_t k = c - from->shown;
    r->visible[c] = k < 0 ? c : -1;
    r->place[c] = k < 0 || k == size - 1 ? -1 : k;
  }
cleanup:
  weeg_tally_free(all);
  return status;
}

weeg_status weeg_calibration_record(const weeg_calibrated_tallies *from, weeg_calibrated **made, weeg_error *err) {
  weeg_status status = WEEG_OK;
  crossing in = {0}, out = {0};
  record *r = NULL;
  WEEG_TRY(check(from, err));
  WEEG_NEW(r, 1);
  WEEG_TRY(cross(from->crossed, &in, err));
  if (from->outside != NULL) WEEG_TRY(cross(from->outside, &out, err));
  WEEG_TRY(add_pairs(r, from, &in, &out, err));
  if (!from->crossed->element && from->crossed->measures == 0) {
    WEEG_TRY(add_sums(r, from, err));
  } else { /* squares do not add, and values differ within cells: these are the pairs */
    if (from->plain == NULL) WEEG_TRY(sum_parts(from, &r->out.plain, NULL, err));
    WEEG_TRY(append(in.tally, out.tally, &r->tally, err));
  }
  r->out.calibration.cells = from->cells;
  r->out.calibration.pair_visible = r->pair_visible;
  r->out.calibration.pair_place = r->pair_place;
  r->out.calibration.pair_weight = r->pair_weight;
  r->out.calibration.tally = r->tally;
  r->out.calibration.visible = r->visible == NULL ? r->pair_visible : r->visible;
  r->out.calibration.place = r->place == NULL ? r->pair_place : r->place;
  *made = &r->out;
  r = NULL;
cleanup:
  clear(&in);
  clear(&out);
  if (r != NULL) weeg_calibrated_free(&r->out);
  return status;
}
