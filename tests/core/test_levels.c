/*
 * Texts as levels: what is a number, in which order levels are, how they are written.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "test.h"

enum { MOST = 8 };

/* Texts of a column, and what they become: labels by size or bytes, and of each text its level. */
typedef struct level_case {
  const char *text[MOST];
  weeg_text_kind kind;
  const char *level[MOST];
  int32_t number[MOST];
  bool plain;
  weeg_numerals how;
} level_case;

static const weeg_numerals points = {'.', 0}, commas = {',', '.'}, blanks = {'.', ' '};

static void test_levels(void) {
  const level_case cases[] = {
      {{NULL}, WEEG_TEXTS_LOGICAL, {"FALSE", "TRUE"}, {0}, false, points},
      {{"TRUE"}, WEEG_TEXTS_LOGICAL, {"FALSE", "TRUE"}, {2}, false, points},
      {{"TRUE", "FALSE"}, WEEG_TEXTS_PLAIN, {"FALSE", "TRUE"}, {2, 1}, true, points},
      {{"TRUE", "true"}, WEEG_TEXTS_PLAIN, {"TRUE", "true"}, {1, 2}, false, points},
      {{"b", "B", "a10", "a9", "\xc3\xa9"},
       WEEG_TEXTS_PLAIN, {"B", "a10", "a9", "b", "\xc3\xa9"}, {4, 1, 2, 3, 5}, false, points},
      {{"10", "9", "-3", "+9", "09"}, WEEG_TEXTS_WHOLE, {"-3", "9", "10"}, {3, 2, 1, 2, 2}, false, points},
      {{"10", "9", "x"}, WEEG_TEXTS_PLAIN, {"10", "9", "x"}, {1, 2, 3}, false, points},
      {{"10", "9"}, WEEG_TEXTS_PLAIN, {"10", "9"}, {1, 2}, true, points},
      {{"1.5", ".5", "2.", "1e1", "-0", "0"},
       WEEG_TEXTS_NUMBERS, {"0", "0.5", "1.5", "2", "10"}, {3, 2, 4, 5, 1, 1}, false, points},
      {{"1e", "1"}, WEEG_TEXTS_PLAIN, {"1", "1e"}, {2, 1}, false, points},
      {{"."}, WEEG_TEXTS_PLAIN, {"."}, {1}, false, points},
      {{"0.1", "0.10000000000000002"}, WEEG_TEXTS_NUMBERS, {"0.10000000000000001", "0.10000000000000002"}, {1, 2}, false, points},
      {{"0.1", "0.1000000000000000055511"}, WEEG_TEXTS_NUMBERS, {"0.1"}, {1, 1}, false, points},
      {{"2147483647", "-1"}, WEEG_TEXTS_WHOLE, {"-1", "2147483647"}, {2, 1}, false, points},
      {{"9007199254740993", "9007199254740992", "-00012", "+7", "-0"},
       WEEG_TEXTS_DIGITS, {"-12", "0", "7", "9007199254740992", "9007199254740993"}, {5, 4, 1, 3, 2}, false, points},
      {{"1.234,5", "7"}, WEEG_TEXTS_NUMBERS, {"7", "1234.5"}, {2, 1}, false, commas},
      {{"1.234", "7"}, WEEG_TEXTS_WHOLE, {"7", "1234"}, {2, 1}, false, commas},
      {{"1.23", "7"}, WEEG_TEXTS_PLAIN, {"1.23", "7"}, {1, 2}, false, commas},
      {{"1 234", "1\xc2\xa0" "000"}, WEEG_TEXTS_WHOLE, {"1000", "1234"}, {2, 1}, false, blanks},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    const level_case *x = &cases[c];
    weeg_text_levels *found = NULL;
    weeg_error err = {0};
    int32_t count = 0, levels = 0;
    while (count < MOST && x->text[count] != NULL) count++;
    while (levels < MOST && x->level[levels] != NULL) levels++;
    CHECK_OK(weeg_text_levels_find(x->text, count, x->plain, x->how, &found, &err));
    CHECK(found->kind == x->kind && found->levels.count == levels);
    for (int32_t k = 0; k < levels && k < found->levels.count; k++) CHECK_TEXT(found->levels.text[k], x->level[k]);
    for (int32_t k = 0; k < count; k++) CHECK(found->level[k] == x->number[k]);
    for (int32_t k = 0; k < found->levels.count && x->kind > WEEG_TEXTS_PLAIN; k++) {
      CHECK(found->value[k] == strtod(x->level[k], NULL));
    }
    weeg_text_levels_free(found);
  }
  weeg_text_levels_free(NULL);
}

static void test_number(void) {
  bool number = false;
  double value = 0;
  weeg_error err = {0};
  char many[200];
  CHECK_OK(weeg_text_number("1.234,5", commas, &number, &value, &err));
  CHECK(number && value == 1234.5);
  CHECK_OK(weeg_text_number("1.234,5", points, &number, &value, &err));
  CHECK(!number);
  memset(many, '0', sizeof many);
  memcpy(many + sizeof many - 3, "7", 2);
  CHECK_OK(weeg_text_number(many, points, &number, &value, &err));
  CHECK(number && value == 7);
  CHECK(weeg_same_digits("+007", "7") && weeg_same_digits("-007", "-7") && weeg_same_digits("-0", "0"));
  CHECK(!weeg_same_digits("7", "-7") && !weeg_same_digits("-7", "7") && !weeg_same_digits("70", "7"));
}

int main(void) {
  test_levels();
  test_number();
  return test_report("levels");
}
