/* Numbers as codes of their distinct values, and the cells of a layout that occur: for tables of many values. */
#include <math.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/order.h"
#include "tally/column.h"
#include "weeg.h"

/* ---- distinct values ---- */

/* Few values are found by looking each up; more are sorted, by digits of 11 bits from the lowest. */
enum { FEW = 4096, SLOTS = 4 * FEW, DIGIT = 11, DIGITS = 6, SIZES = 1 << DIGIT };

typedef struct keyed {
  uint64_t key;
  int32_t row;
} keyed;

/* One pass per digit, none for a digit that all have. The sorted keys are in *from. */
static weeg_status sort_keys(keyed **from, keyed **to, int64_t count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t(*size)[SIZES] = NULL;
  WEEG_NEW(size, DIGITS);
  for (int64_t i = 0; i < count; i++) {
    for (int d = 0; d < DIGITS; d++) size[d][((*from)[i].key >> (d * DIGIT)) & (SIZES - 1)]++;
  }
  for (int d = 0; d < DIGITS; d++) {
    const int shift = d * DIGIT;
    if (count == 0 || size[d][((*from)[0].key >> shift) & (SIZES - 1)] == count) continue;
    for (int64_t k = 0, at = 0; k < SIZES; k++) {
      const int64_t here = size[d][k];
      size[d][k] = at;
      at += here;
    }
    for (int64_t i = 0; i < count; i++) (*to)[size[d][((*from)[i].key >> shift) & (SIZES - 1)]++] = (*from)[i];
    keyed *sorted = *to;
    *to = *from;
    *from = sorted;
  }
cleanup:
  weeg_free(size);
  return status;
}

typedef struct few_values {
  weeg_secret secret;
  uint64_t key[FEW];
  int32_t count, slot[SLOTS]; /* a number + 1; 0: free */
} few_values;

/* The number of a key; -1 where there are too many, or the search takes long. */
static int32_t number_of(few_values *few, uint64_t key) {
  uint64_t at = weeg_i_scatter(&few->secret, key) & (SLOTS - 1);
  for (int probes = 0; few->slot[at] != 0; at = (at + 1) & (SLOTS - 1)) {
    if (few->key[few->slot[at] - 1] == key) return few->slot[at] - 1;
    if (++probes > WEEG_MOST_PROBES) return -1;
  }
  if (few->count == FEW) return -1;
  few->key[few->count] = key;
  few->slot[at] = ++few->count;
  return few->count - 1;
}

/* Codes in order of appearance; false where there are many values. */
static bool code_few(few_values *few, const double *value, int64_t rows, int32_t *code) {
  for (int64_t i = 0; i < rows; i++) {
    code[i] = 0;
    if (isnan(value[i])) continue;
    const int32_t number = number_of(few, weeg_i_order_key(value[i]));
    if (number < 0) return false;
    code[i] = number + 1;
  }
  return true;
}

/* Codes of sorted keys; *values gets the distinct ones. */
static weeg_status code_sorted(const keyed *sorted, int64_t known, int32_t *code, double **values, int32_t *count,
                               weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t distinct = 0;
  for (int64_t i = 0; i < known; i++) {
    distinct += i == 0 || sorted[i].key != sorted[i - 1].key;
    if (code != NULL) code[sorted[i].row] = distinct;
  }
  WEEG_NEW(*values, distinct);
  *count = distinct;
  for (int64_t i = known - 1; i >= 0; i--) {
    if (i == 0 || sorted[i].key != sorted[i - 1].key) (*values)[--distinct] = weeg_i_order_value(sorted[i].key);
  }
cleanup:
  return status;
}

/* The numbers of few values become those by size. */
static weeg_status order_few(const few_values *few, int64_t rows, int32_t *code, keyed **from, keyed **to, double **values,
                             int32_t *count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t *by_size = NULL;
  WEEG_NEW(by_size, few->count + 1);
  for (int32_t k = 0; k < few->count; k++) (*from)[k] = (keyed){few->key[k], k + 1};
  WEEG_TRY(sort_keys(from, to, few->count, err));
  WEEG_TRY(code_sorted(*from, few->count, by_size, values, count, err));
  for (int64_t i = 0; i < rows; i++) code[i] = by_size[code[i]];
cleanup:
  weeg_free(by_size);
  return status;
}

weeg_status weeg_value_codes(const double *value, int64_t rows, int32_t *code, double **values, int32_t *count,
                             weeg_error *err) {
  weeg_status status = WEEG_OK;
  few_values *few = NULL;
  keyed *from = NULL, *to = NULL;
  int64_t known = 0;
  if (rows > INT32_MAX) return weeg_fail(err, WEEG_ERR_TOO_LARGE, -1, "there are more than 2^31 - 1 rows");
  WEEG_NEW(few, 1);
  weeg_i_secret_draw(&few->secret, false);
  const bool are_few = code_few(few, value, rows, code);
  WEEG_NEW(from, are_few ? few->count : rows);
  WEEG_NEW(to, are_few ? few->count : rows);
  if (are_few) {
    status = order_few(few, rows, code, &from, &to, values, count, err);
    goto cleanup;
  }
  for (int64_t i = 0; i < rows; i++) {
    code[i] = 0;
    if (!isnan(value[i])) from[known++] = (keyed){weeg_i_order_key(value[i]), (int32_t)i};
  }
  WEEG_TRY(sort_keys(&from, &to, known, err));
  WEEG_TRY(code_sorted(from, known, code, values, count, err));
cleanup:
  weeg_free(few);
  weeg_free(from);
  weeg_free(to);
  return status;
}

/* ---- cells that occur ---- */

/* How many bits of a word are set, as the compilers of the package have it in one instruction or few. */
static int32_t bits_of(uint64_t x) {
  x = x - ((x >> 1) & 0x5555555555555555u);
  x = (x & 0x3333333333333333u) + ((x >> 2) & 0x3333333333333333u);
  return (int32_t)((((x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u) >> 56);
}

static void list_cells(const uint64_t *bit, int64_t words, int32_t *cells) {
  int32_t found = 0;
  for (int64_t k = 0; k < words; k++) {
    for (int b = 0; bit[k] >> b != 0; b++) {
      if ((bit[k] >> b & 1) != 0) cells[found++] = (int32_t)(k * 64 + b);
      if (b == 63) break;
    }
  }
}

weeg_status weeg_occurring_cells(const weeg_column *columns, int columns_count, int64_t rows, int32_t *code, int32_t **cells,
                                 int32_t *count, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint64_t *bit = NULL;
  int32_t *before = NULL, all = 0, found = 0; /* before: cells that occur before those of a word */
  WEEG_TRY(weeg_layout_cells(columns, columns_count, &all, err));
  const int64_t words = ((int64_t)all + 63) / 64;
  WEEG_NEW(bit, words);
  WEEG_NEW(before, words);
  for (int64_t i = 0; i < rows; i++) code[i] = 0;
  for (int v = 0; v < columns_count; v++) weeg_i_column_cross(&columns[v], 0, rows, code);
  for (int64_t i = 0; i < rows; i++) bit[code[i] / 64] |= (uint64_t)1 << (code[i] % 64);
  for (int64_t k = 0; k < words; k++) {
    before[k] = found;
    found += bits_of(bit[k]);
  }
  WEEG_NEW(*cells, found);
  list_cells(bit, words, *cells);
  *count = found;
  for (int64_t i = 0; i < rows; i++) {
    const int32_t k = code[i] / 64, b = code[i] % 64;
    code[i] = before[k] + bits_of(bit[k] & (((uint64_t)1 << b) - 1)) + 1;
  }
cleanup:
  weeg_free(bit);
  weeg_free(before);
  return status;
}
