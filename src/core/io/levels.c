/* Texts of a column of a file as levels: numbers by size, TRUE and FALSE, else text bytewise. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "weeg.h"

/* ---- numbers as they are written ---- */

static const char *skip_digits(const char *s) {
  while (isdigit((unsigned char)*s)) s++;
  return s;
}

/* [-+]digits[.digits][e[-+]digits], digits on one side of the mark at least; whole: only a sign and digits. */
static bool is_number(const char *s, char mark, bool *whole) {
  if (*s == '-' || *s == '+') s++;
  const char *before = s;
  s = skip_digits(s);
  bool any = s > before;
  *whole = any && *s == '\0';
  if (*s == mark) {
    const char *after = ++s;
    s = skip_digits(s);
    any = any || s > after;
  }
  if (any && (*s == 'e' || *s == 'E')) {
    s += s[1] == '-' || s[1] == '+' ? 2 : 1;
    any = isdigit((unsigned char)*s) != 0;
    s = skip_digits(s);
  }
  return any && *s == '\0';
}

/* Into plain[strlen(text) + 1]: a number without what separates its thousands, other texts as they are. */
static void ungroup(const char *text, weeg_numerals how, char *plain) {
  const size_t length = strlen(text);
  const size_t used = how.thousands == 0 ? 0 : weeg_number_ungroup(text, length, how.decimal, how.thousands, plain);
  if (used > 0) plain[used] = '\0';
  else memcpy(plain, text, length + 1);
}

/* The value of a number, whose mark becomes a point for a while. */
static double to_number(char *plain, char mark) {
  char *at = mark == '.' ? NULL : strchr(plain, mark);
  if (at != NULL) *at = '.';
  const double value = strtod(plain, NULL) + 0.0;
  if (at != NULL) *at = mark;
  return value;
}

weeg_status weeg_text_number(const char *text, weeg_numerals how, bool *number, double *value, weeg_error *err) {
  weeg_status status = WEEG_OK;
  char few[64], *many = NULL;
  const size_t size = strlen(text) + 1;
  bool whole = false;
  if (size > sizeof few) WEEG_NEW(many, (int64_t)size);
  char *plain = many == NULL ? few : many;
  ungroup(text, how, plain);
  *number = is_number(plain, how.decimal, &whole);
  if (*number) *value = to_number(plain, how.decimal);
cleanup:
  weeg_free(many);
  return status;
}

/* ---- whole numbers by their digits ---- */

/* Past the zeros in front of a whole number; *negative: with a sign to keep. */
static const char *past_zeros(const char *text, bool *negative) {
  *negative = *text == '-';
  text += *text == '-' || *text == '+';
  while (*text == '0' && text[1] != '\0') text++;
  *negative = *negative && strcmp(text, "0") != 0;
  return text;
}

bool weeg_same_digits(const char *text, const char *label) {
  bool negative = false;
  const char *digits = past_zeros(text, &negative);
  return strcmp(digits, label + (negative && *label == '-')) == 0 && negative == (*label == '-');
}

/* The sign, where it is one to keep, and digits of a whole number. */
static void keep_digits(char *text) {
  bool negative = false;
  const char *digits = past_zeros(text, &negative);
  memmove(text + negative, digits, strlen(digits) + 1);
  if (negative) *text = '-';
}

/* ---- levels ---- */

/* A text that occurs, as it is and as a number, and its code, from 0. */
typedef struct found_text {
  char *text;
  double value;
  int32_t code;
} found_text;

typedef int (*comparison)(const void *, const void *);

static int by_text(const void *a, const void *b) { return strcmp(((const found_text *)a)->text, ((const found_text *)b)->text); }

static int by_value(const void *a, const void *b) {
  const double x = ((const found_text *)a)->value, y = ((const found_text *)b)->value;
  return (x > y) - (x < y);
}

/* Whole numbers without sign or zeros in front of them, however long. */
static int by_digits(const void *a, const void *b) {
  const char *x = ((const found_text *)a)->text, *y = ((const found_text *)b)->text;
  const int sign = *x == '-' ? -1 : 1;
  if ((*x == '-') != (*y == '-')) return *x == '-' ? -1 : 1;
  x += *x == '-';
  y += *y == '-';
  const size_t m = strlen(x), n = strlen(y);
  return sign * (m != n ? (m > n) - (m < n) : strcmp(x, y));
}

/* What is found, with the room that its texts are in: one after the other, each with as much as any label of it may take. */
typedef struct made_levels {
  weeg_text_levels levels; /* first: callers have its address */
  char *room;
} made_levels;

enum { LONGEST_NUMBER = 32 };

static size_t room_of(const char *text) {
  const size_t size = strlen(text) + 1;
  return size < LONGEST_NUMBER ? LONGEST_NUMBER : size;
}

/* In 15 digits. Whole numbers have no others than their own, so that the C library need not look for them. */
static void show_number(double x, char to[LONGEST_NUMBER]) {
  char digits[LONGEST_NUMBER];
  int count = 0;
  if (!(fabs(x) < 1e15) || x != floor(x)) {
    (void)snprintf(to, LONGEST_NUMBER, "%.15g", x);
    return;
  }
  int64_t rest = (int64_t)fabs(x);
  do digits[count++] = (char)('0' + rest % 10);
  while ((rest /= 10) > 0);
  if (x < 0) digits[count++] = '-';
  while (count > 0) *to++ = digits[--count];
  *to = '\0';
}

/* 15 digits; 17 where two numbers have the same 15. x is sorted; value[levels] are distinct. */
static void label_numbers(weeg_text_levels *l) {
  char label[LONGEST_NUMBER], next[LONGEST_NUMBER] = "";
  bool twice = false; /* the label of k is that of k - 1 too */
  if (l->levels.count > 0) show_number(l->value[0], next);
  for (int32_t k = 0; k < l->levels.count; k++) {
    const bool more = k + 1 < l->levels.count;
    memcpy(label, next, sizeof label);
    if (more) show_number(l->value[k + 1], next);
    const bool again = more && strcmp(label, next) == 0;
    if (twice || again) (void)snprintf(label, sizeof label, "%.17g", l->value[k]);
    memcpy(l->levels.text[k], label, sizeof label);
    twice = again;
  }
}

/* Levels in the order of x, where neighbours that compare alike are one. */
static void number_levels(weeg_text_levels *l, found_text *x, int32_t count, comparison compare) {
  qsort(x, (size_t)count, sizeof *x, compare);
  for (int32_t i = 0; i < count; i++) {
    if (i == 0 || compare(&x[i - 1], &x[i]) != 0) {
      l->value[l->levels.count] = x[i].value;
      l->levels.text[l->levels.count++] = x[i].text;
    }
    l->level[x[i].code] = l->levels.count;
  }
}

/* What all texts are: none of them is not. x gets their numbers, where they are such. */
static weeg_text_kind kind_of(const char *const *text, int32_t count, weeg_numerals how, found_text *x) {
  bool numbers = true, all_whole = true, logical = true;
  double largest = 0;
  for (int32_t k = 0; k < count && (numbers || logical); k++) {
    bool whole = false;
    logical = logical && (strcmp(text[k], "TRUE") == 0 || strcmp(text[k], "FALSE") == 0);
    if (!numbers) continue;
    ungroup(text[k], how, x[k].text);
    numbers = is_number(x[k].text, how.decimal, &whole);
    if (numbers) x[k].value = to_number(x[k].text, how.decimal);
    all_whole = all_whole && whole;
    largest = fmax(largest, fabs(x[k].value));
  }
  if (logical) return WEEG_TEXTS_LOGICAL;
  if (!numbers) return WEEG_TEXTS_PLAIN;
  if (!all_whole) return WEEG_TEXTS_NUMBERS;
  return largest > INT32_MAX ? WEEG_TEXTS_DIGITS : WEEG_TEXTS_WHOLE;
}

static void logical_levels(weeg_text_levels *l, const char *const *text, int32_t count) {
  static const char *const levels[] = {"FALSE", "TRUE"};
  char *room = ((made_levels *)l)->room;
  for (int k = 0; k < 2; k++) {
    l->levels.text[k] = memcpy(room + LONGEST_NUMBER * k, levels[k], strlen(levels[k]) + 1);
    l->value[k] = k;
  }
  l->levels.count = 2;
  for (int32_t k = 0; k < count; k++) l->level[k] = strcmp(text[k], "TRUE") == 0 ? 2 : 1;
}

static void find_levels(weeg_text_levels *l, const char *const *text, int32_t count, weeg_text_kind kind, found_text *x) {
  l->kind = kind;
  switch (kind) {
  case WEEG_TEXTS_LOGICAL: logical_levels(l, text, count); break;
  case WEEG_TEXTS_PLAIN:
    for (int32_t k = 0; k < count; k++) memcpy(x[k].text, text[k], strlen(text[k]) + 1);
    number_levels(l, x, count, by_text);
    break;
  case WEEG_TEXTS_DIGITS:
    for (int32_t k = 0; k < count; k++) keep_digits(x[k].text);
    number_levels(l, x, count, by_digits);
    break;
  case WEEG_TEXTS_WHOLE:
  case WEEG_TEXTS_NUMBERS:
    number_levels(l, x, count, by_value);
    label_numbers(l);
    break;
  }
}

weeg_status weeg_text_levels_find(const char *const *text, int32_t count, bool plain, weeg_numerals how,
                                  weeg_text_levels **levels, weeg_error *err) {
  weeg_status status = WEEG_OK;
  made_levels *made = NULL;
  found_text *x = NULL;
  size_t size = 2 * LONGEST_NUMBER, at = 0;
  for (int32_t k = 0; k < count; k++) size += room_of(text[k]);
  WEEG_NEW(made, 1);
  WEEG_NEW(made->room, (int64_t)size);
  WEEG_NEW(made->levels.levels.text, (int64_t)count + 2);
  WEEG_NEW(made->levels.value, (int64_t)count + 2);
  WEEG_NEW(made->levels.level, count);
  WEEG_NEW(x, count);
  for (int32_t k = 0; k < count; k++) {
    x[k] = (found_text){made->room + at, 0, k};
    at += room_of(text[k]);
  }
  find_levels(&made->levels, text, count, plain ? WEEG_TEXTS_PLAIN : kind_of(text, count, how, x), x);
  *levels = &made->levels;
  made = NULL;
cleanup:
  weeg_text_levels_free(made == NULL ? NULL : &made->levels);
  weeg_free(x);
  return status;
}

void weeg_text_levels_free(weeg_text_levels *levels) {
  made_levels *made = (made_levels *)levels;
  if (made == NULL) return;
  weeg_free(made->room);
  weeg_free(made->levels.levels.text);
  weeg_free(made->levels.value);
  weeg_free(made->levels.level);
  weeg_free(made);
}

bool weeg_says_numbers(const weeg_texts *levels, const double *number) {
  char text[48];
  bool all = true;
  for (int32_t k = 0; k < levels->count && all; k++) {
    (void)snprintf(text, sizeof text, "%.15g", number[k]);
    all = strcmp(text, levels->text[k]) == 0;
    (void)snprintf(text, sizeof text, "%.17g", number[k]);
    all = all || strcmp(text, levels->text[k]) == 0;
  }
  return all;
}
