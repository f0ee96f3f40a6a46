/* Texts of a CSV column as levels, as R/csv.R makes them: numbers by size, TRUE and FALSE, else text bytewise. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* A text that occurs, the level it is of, and what that is sorted by. */
typedef struct found {
  const char *text;   /* of the level */
  double value;
  int32_t code;       /* from 0 */
} found;

static const char *skip_digits(const char *s) {
  while (isdigit((unsigned char)*s)) s++;
  return s;
}

/* A number without what separates its thousands; other texts as they are. */
static const char *ungrouped(const char *text, cli_notation how) {
  const size_t length = strlen(text);
  if (how.thousands == 0) return text;
  char *plain = CLI_NEW(char, (int64_t)length + 1);
  const size_t used = weeg_number_ungroup(text, length, how.decimal, how.thousands, plain);
  plain[used] = '\0';
  return used > 0 ? plain : text;
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

static double to_number(const char *text, char mark) {
  char copy[64];
  const char *at = mark == '.' ? NULL : strchr(text, mark);
  if (at == NULL) return strtod(text, NULL) + 0.0;
  const size_t size = strlen(text) + 1;
  char *with_point = size <= sizeof copy ? copy : CLI_NEW(char, (int64_t)size);
  memcpy(with_point, text, size);
  with_point[at - text] = '.';
  return strtod(with_point, NULL) + 0.0;
}

bool cli_text_number(const char *text, cli_notation how, double *value) {
  bool whole = false;
  const char *plain = ungrouped(text, how);
  if (!is_number(plain, how.decimal, &whole)) return false;
  *value = to_number(plain, how.decimal);
  return true;
}

static int by_text(const void *a, const void *b) { return strcmp(((const found *)a)->text, ((const found *)b)->text); }

static int by_value(const void *a, const void *b) {
  const double x = ((const found *)a)->value, y = ((const found *)b)->value;
  return (x > y) - (x < y);
}

/* Whole numbers without sign or zeros in front of them, however long. */
static int by_digits(const void *a, const void *b) {
  const char *x = ((const found *)a)->text, *y = ((const found *)b)->text;
  const int sign = *x == '-' ? -1 : 1;
  if ((*x == '-') != (*y == '-')) return *x == '-' ? -1 : 1;
  x += *x == '-';
  y += *y == '-';
  const size_t m = strlen(x), n = strlen(y);
  return sign * (m != n ? (m > n) - (m < n) : strcmp(x, y));
}

/* Past the zeros in front of a whole number; *negative: with a sign to keep. */
static const char *past_zeros(const char *text, bool *negative) {
  *negative = *text == '-';
  text += *text == '-' || *text == '+';
  while (*text == '0' && text[1] != '\0') text++;
  *negative = *negative && strcmp(text, "0") != 0;
  return text;
}

static const char *plain_digits(const char *text) {
  bool negative = false;
  const char *digits = past_zeros(text, &negative);
  return negative ? cli_format("-%s", digits) : digits;
}

bool cli_same_digits(const char *text, const char *label) {
  bool negative = false;
  const char *digits = past_zeros(text, &negative);
  return strcmp(digits, label + (negative && *label == '-')) == 0 && negative == (*label == '-');
}

/* 15 digits; 17 where two numbers have the same 15. x is sorted. */
static void label_numbers(found *x, int32_t count) {
  for (int32_t i = 0; i < count; i++) x[i].text = cli_format("%.15g", x[i].value);
  const char **labels = CLI_NEW(const char *, count);
  for (int32_t i = 0; i < count; i++) {
    bool twice = false;
    for (int32_t k = i - 1; k >= 0 && strcmp(x[k].text, x[i].text) == 0; k--) twice = twice || x[k].value != x[i].value;
    for (int32_t k = i + 1; k < count && strcmp(x[k].text, x[i].text) == 0; k++) twice = twice || x[k].value != x[i].value;
    labels[i] = twice ? cli_format("%.17g", x[i].value) : x[i].text;
  }
  for (int32_t i = 0; i < count; i++) x[i].text = labels[i];
}

/* Levels in the order of x, where neighbours that compare alike are one. */
static void number_levels(const found *x, int32_t count, int (*compare)(const void *, const void *), weeg_variable *v,
                          int32_t *level) {
  v->levels.text = CLI_NEW(char *, count);
  for (int32_t i = 0; i < count; i++) {
    if (i == 0 || compare(&x[i - 1], &x[i]) != 0) v->levels.text[v->levels.count++] = cli_copy(x[i].text, strlen(x[i].text));
    level[x[i].code] = v->levels.count;
  }
}

static void logical_levels(const char *const *text, int32_t count, weeg_variable *v, int32_t *level) {
  v->levels = (weeg_texts){2, CLI_NEW(char *, 2)};
  v->levels.text[0] = cli_copy("FALSE", 5);
  v->levels.text[1] = cli_copy("TRUE", 4);
  for (int32_t k = 0; k < count; k++) level[k] = strcmp(text[k], "TRUE") == 0 ? 2 : 1;
}

void cli_find_text_levels(const char *const *text, int32_t count, weeg_variable *v, int32_t *level) {
  found *x = CLI_NEW(found, count);
  for (int32_t k = 0; k < count; k++) x[k] = (found){text[k], 0, k};
  v->number = false;
  qsort(x, (size_t)count, sizeof *x, by_text);
  number_levels(x, count, by_text, v, level);
}

void cli_find_levels(const char *const *text, int32_t count, cli_notation how, weeg_variable *v, int32_t *level) {
  bool numbers = true, all_whole = true, logical = true;
  double largest = 0;
  found *x = CLI_NEW(found, count);
  for (int32_t k = 0; k < count; k++) {
    bool whole = false;
    logical = logical && (strcmp(text[k], "TRUE") == 0 || strcmp(text[k], "FALSE") == 0);
    const char *plain = numbers ? ungrouped(text[k], how) : text[k];
    numbers = numbers && is_number(plain, how.decimal, &whole);
    all_whole = all_whole && whole;
    x[k] = (found){plain, numbers ? to_number(plain, how.decimal) : 0, k};
    largest = fmax(largest, fabs(x[k].value));
  }
  if (logical) {
    logical_levels(text, count, v, level);
    return;
  }
  if (!numbers) {
    cli_find_text_levels(text, count, v, level);
    return;
  }
  v->number = true;
  /* beyond the integers of R, numbers may have more digits than a double */
  const bool long_digits = all_whole && largest > INT32_MAX;
  int (*compare)(const void *, const void *) = long_digits ? by_digits : by_value;
  for (int32_t k = 0; k < count && long_digits; k++) x[k].text = plain_digits(x[k].text);
  qsort(x, (size_t)count, sizeof *x, compare);
  if (compare == by_value) label_numbers(x, count);
  number_levels(x, count, compare, v, level);
}
