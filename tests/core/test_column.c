/*
 * Reading coded columns: storage types, missing codes, the number of cells.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tally/column.h"

#include "test.h"

static bool equal(const int32_t *a, const int32_t *b, int count) {
  return memcmp(a, b, sizeof *a * (size_t)count) == 0;
}

/* With 3 levels: codes 1, 2, 3 are positions 0, 1, 2; everything else is missing, position 3. */
static void test_missing(void) {
  static const uint8_t u8[] = {1, 2, 3, 0, 4, 255, 128, 3};
  static const uint16_t u16[] = {1, 2, 3, 0, 4, 65535, 32768, 3};
  static const int32_t i32[] = {1, 2, 3, 0, 4, INT32_MIN, -1, 3};
  static const int32_t more[] = {1, 2, 3, INT32_MAX, INT32_MIN + 1, -2, 0, 3};
  static const int32_t expected[] = {0, 1, 2, 3, 3, 3, 3, 2};
  const weeg_column columns[] = {
      {u8, WEEG_CODE_U8, 3}, {u16, WEEG_CODE_U16, 3}, {i32, WEEG_CODE_I32, 3}, {more, WEEG_CODE_I32, 3}};
  for (int k = 0; k < 4; k++) {
    int32_t code[8];
    weeg_i_column_read(&columns[k], 0, 8, code);
    CHECK(equal(code, expected, 8));
    weeg_i_column_read(&columns[k], 2, 3, code); /* from row 2 */
    CHECK(equal(code, expected + 2, 3));
    /* cell 5 crossed with position p becomes 5 * 4 + p */
    int32_t cell[8];
    for (int i = 0; i < 8; i++) cell[i] = 5;
    weeg_i_column_cross(&columns[k], 0, 8, cell);
    for (int i = 0; i < 8; i++) CHECK(cell[i] == 20 + expected[i]);
    cell[0] = 7;
    weeg_i_column_cross(&columns[k], 7, 1, cell);
    CHECK(cell[0] == 28 + 2);
    weeg_i_column_read(&columns[k], 8, 0, NULL);
  }
}

/* All codes of the narrow types can be levels; without levels, everything is missing. */
static void test_many_levels(void) {
  uint8_t u8[256];
  static uint16_t u16[65536];
  static int32_t code[65536];
  for (int i = 0; i < 256; i++) u8[i] = (uint8_t)i;
  for (int i = 0; i < 65536; i++) u16[i] = (uint16_t)i;
  const weeg_column narrow = {u8, WEEG_CODE_U8, 255}, wide = {u16, WEEG_CODE_U16, 65535}, more = {u8, WEEG_CODE_U8, 1000};
  weeg_i_column_read(&narrow, 0, 256, code);
  CHECK(code[0] == 255);
  for (int i = 1; i < 256; i++) CHECK(code[i] == i - 1);
  weeg_i_column_read(&wide, 0, 65536, code);
  CHECK(code[0] == 65535 && code[1] == 0 && code[32768] == 32767 && code[65535] == 65534);
  weeg_i_column_read(&more, 0, 256, code);
  CHECK(code[0] == 1000 && code[255] == 254);
  const int32_t some[] = {0, 1, 2, INT32_MIN};
  const weeg_column none = {some, WEEG_CODE_I32, 0}, most = {some, WEEG_CODE_I32, INT32_MAX - 1};
  weeg_i_column_read(&none, 0, 4, code);
  for (int i = 0; i < 4; i++) CHECK(code[i] == 0);
  weeg_i_column_read(&most, 0, 4, code);
  CHECK(code[0] == INT32_MAX - 1 && code[1] == 0 && code[2] == 1 && code[3] == INT32_MAX - 1);
}

static void test_whole(void) {
  const weeg_column whole = {NULL, WEEG_CODE_I32, 1};
  int32_t code[3] = {9, 9, 9};
  weeg_i_column_read(&whole, 0, 3, code);
  CHECK(code[0] == 0 && code[1] == 0 && code[2] == 0);
  int32_t cell[2] = {0, 3};
  weeg_i_column_cross(&whole, 0, 2, cell); /* a position for its one level and one for missing */
  CHECK(cell[0] == 0 && cell[1] == 6);
}

/* A variable with L levels takes L + 1 positions. */
static void test_layout(void) {
  const weeg_column three = {NULL, WEEG_CODE_U8, 3}, none = {NULL, WEEG_CODE_U8, 0}, bad = {NULL, WEEG_CODE_U8, -1};
  /* 46340^2 = 2147395600 < 2^31 = 2147483648 <= 46341^2 */
  const weeg_column root = {NULL, WEEG_CODE_I32, 46339}, above = {NULL, WEEG_CODE_I32, 46340};
  const weeg_column most = {NULL, WEEG_CODE_I32, INT32_MAX - 1}, all = {NULL, WEEG_CODE_I32, INT32_MAX};
  const struct {
    weeg_column columns[3];
    int count;
    weeg_status status;
    int32_t cells;
    int64_t where;
  } cases[] = {
      {{none, none, none}, 0, WEEG_OK, 1, 0},
      {{three, none, three}, 3, WEEG_OK, 16, 0},
      {{root, root, none}, 3, WEEG_OK, 2147395600, 0},
      {{most, none, none}, 2, WEEG_OK, INT32_MAX, 0},
      {{root, above, none}, 2, WEEG_OK, 2147441940, 0}, /* 46340 * 46341 */
      {{above, above, none}, 2, WEEG_ERR_TOO_LARGE, 0, 1},
      {{most, most, most}, 3, WEEG_ERR_TOO_LARGE, 0, 1},
      {{all, none, none}, 1, WEEG_ERR_TOO_LARGE, 0, 0},
      {{three, root, root}, 3, WEEG_ERR_TOO_LARGE, 0, 2},
      {{three, bad, none}, 3, WEEG_ERR_ARGUMENT, 0, 1},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    int32_t cells = -7;
    weeg_error err = {0};
    CHECK_STATUS(weeg_layout_cells(cases[k].columns, cases[k].count, &cells, &err), cases[k].status);
    CHECK(cells == (cases[k].status == WEEG_OK ? cases[k].cells : -7));
    if (cases[k].status != WEEG_OK) {
      CHECK(err.code == cases[k].status && err.where == cases[k].where && err.message[0] != '\0');
    }
  }
}

int main(void) {
  test_missing();
  test_many_levels();
  test_whole();
  test_layout();
  return test_report("column");
}
