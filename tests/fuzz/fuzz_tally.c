/*
 * Any bytes as a tally file: a failure that says why, or a tally that goes back to the same bytes and that functions of
 * the core take. Bytes that do not begin with the file's mark are taken for the body, to which header and checksum are
 * added, as few bytes would pass these otherwise. For libFuzzer: see `make fuzz`.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "io/bytes.h"

/* Cells and units up to which statistics are tried: beyond, time goes to arithmetic that other tests check. */
enum { MOST = 512, MOST_PLACES = 8 };

static int32_t cell_row[MOST], cell_column[MOST];

/* The cells' places in a table of the first and the last variable; beyond MOST_PLACES levels they are left out. */
static void find_places(const weeg_labelled_tally *x, int32_t *rows, int32_t *columns) {
  const int32_t first = x->variable[0].levels.count, last = x->variable[x->variables - 1].levels.count;
  *rows = first < MOST_PLACES ? first : MOST_PLACES;
  *columns = last < MOST_PLACES ? last : MOST_PLACES;
  for (int32_t c = 0; c < x->tally.cells; c++) {
    const int32_t r = c / (x->tally.cells / (first + 1)), k = c % (last + 1);
    cell_row[c] = r < *rows ? r : -1;
    cell_column[c] = k < *columns ? k : -1;
  }
}

/* A number is finite or comes with a reason; a share is in [0, 1]. */
static void try_proportions(const weeg_labelled_tally *x, int32_t rows, int32_t columns) {
  enum { ALL = MOST_PLACES * MOST_PLACES };
  static const weeg_interval_choice choice = {WEEG_INTERVAL_BETA_NCHS, 0.95};
  const weeg_places places = {cell_row, rows, cell_column, columns, NULL, 0};
  weeg_share shares[ALL];
  weeg_error err = {0};
  const weeg_status status = weeg_shares(&(weeg_survey){&x->tally, &x->design}, &places, &choice, shares, &err);
  REQUIRE(status == WEEG_OK || err.message[0] != '\0');
  for (int k = 0; k < rows * columns && status == WEEG_OK; k++) {
    const weeg_share *s = &shares[k];
    REQUIRE(s->base_n == 0 ? isnan(s->estimate) : s->estimate >= 0 && s->estimate <= 1 + 1e-12);
    REQUIRE(isnan(s->variance) || s->variance >= 0);
    REQUIRE(isnan(s->low) ? s->reason != WEEG_REASON_NONE : s->low >= 0 && s->high <= 1);
  }
}

static void try_test(const weeg_labelled_tally *x, int32_t rows, int32_t columns) {
  weeg_error err = {0};
  weeg_test test;
  const weeg_places places = {cell_row, rows, cell_column, columns, NULL, 0};
  const weeg_test_choice choice = {.method = WEEG_TEST_RAO_SCOTT_F};
  const weeg_status status =
      weeg_test_independence(&(weeg_survey){&x->tally, &x->design}, &places, &choice, &test, &err);
  REQUIRE(status == WEEG_OK || err.message[0] != '\0');
  if (status == WEEG_OK) REQUIRE(isnan(test.p_value) ? test.reason != WEEG_REASON_NONE : test.p_value >= 0 && test.p_value <= 1);
}

static void use_tally(weeg_labelled_tally *x) {
  static int64_t n[MOST];
  static double w[MOST];
  weeg_tally *twice = NULL;
  weeg_error err = {0};
  int32_t rows, columns;
  if (x->tally.cells > MOST || x->tally.units > MOST || x->design.strata > MOST) return;
  REQUIRE(weeg_tally_totals(&x->tally, n, w, &err) == WEEG_OK);
  for (int32_t c = 0; c < x->tally.cells; c++) REQUIRE(n[c] >= 0 && w[c] >= 0 && (n[c] > 0 || w[c] == 0));
  const weeg_summand one = {.tally = &x->tally};
  const weeg_status status = weeg_tally_merge(&one, &one, x->tally.units, x->tally.cells, &twice, &err);
  REQUIRE((twice == NULL) == (status != WEEG_OK));
  weeg_tally_free(twice);
  find_places(x, &rows, &columns);
  if (rows == 0 || columns == 0) return;
  try_proportions(x, rows, columns);
  if (x->variables > 1) try_test(x, rows, columns);
}

/* The mark, version 1, the length, the body, the checksum: what weeg.h says. */
static uint8_t *seal(const uint8_t *body, size_t size, size_t *all) {
  byte_writer w = {0};
  weeg_i_put_bytes(&w, fuzz_tally_mark, sizeof fuzz_tally_mark);
  weeg_i_put_u32(&w, 1);
  weeg_i_put_u64(&w, size);
  weeg_i_put_bytes(&w, body, size);
  weeg_i_put_u64(&w, weeg_i_crc64(w.bytes, w.used));
  *all = w.used;
  return w.bytes;
}

/* What was read goes back to the same bytes; of a file with sums of squares in an older form, to those that stay the same. */
static void require_same(const weeg_labelled_tally *x, const uint8_t *all, size_t all_size) {
  uint8_t *back = NULL, *again = NULL;
  int64_t back_size = 0, again_size = 0;
  weeg_labelled_tally *y = NULL;
  weeg_error err = {0};
  REQUIRE(weeg_tally_encode(x, &back, &back_size, &err) == WEEG_OK);
  REQUIRE((size_t)back_size == all_size);
  if (memcmp(back, all, all_size) != 0) {
    REQUIRE(x->tally.element);
    REQUIRE(weeg_tally_decode(back, back_size, &y, &err) == WEEG_OK);
    REQUIRE(weeg_tally_encode(y, &again, &again_size, &err) == WEEG_OK);
    REQUIRE(again_size == back_size && memcmp(again, back, all_size) == 0);
  }
  weeg_labelled_tally_free(y);
  weeg_free(again);
  weeg_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  weeg_labelled_tally *x = NULL;
  weeg_error err = {0};
  const bool whole = size >= sizeof fuzz_tally_mark && memcmp(bytes, fuzz_tally_mark, sizeof fuzz_tally_mark) == 0;
  size_t all_size = size;
  uint8_t *sealed = whole ? NULL : seal(bytes, size, &all_size);
  const uint8_t *all = whole ? bytes : sealed;
  const weeg_status status = weeg_tally_decode(all, (int64_t)all_size, &x, &err);
  REQUIRE((x == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) {
    require_same(x, all, all_size);
    use_tally(x);
  } else {
    REQUIRE(status == WEEG_ERR_FILE && err.message[0] != '\0');
  }
  weeg_labelled_tally_free(x);
  weeg_free(sealed);
  return 0;
}
