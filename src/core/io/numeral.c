/* Text to number, correctly rounded and whatever the locale. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/reader.h"

/* Significant digits that are looked at: the nearest double never depends on more than 767, but for one that is not 0. */
enum { MOST_DIGITS = 800, MOST_EXPONENT = 100000 };

typedef struct decimal_number {
  bool negative;
  char digits[MOST_DIGITS + 16];  /* without leading zeros */
  int count;
  int64_t exponent;               /* of the last digit */
  uint64_t value;                 /* of the first 19 digits */
} decimal_number;

static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void add_digit(decimal_number *d, char c, bool after_mark) {
  if (d->count == 0 && c == '0') {
    d->exponent -= after_mark;
    return;
  }
  if (d->count >= MOST_DIGITS) {
    if (c != '0') d->digits[MOST_DIGITS - 1] = '1'; /* only says that something follows */
    d->exponent += !after_mark;
    return;
  }
  if (d->count < 19) d->value = 10 * d->value + (uint64_t)(c - '0');
  d->digits[d->count++] = c;
  d->exponent -= after_mark;
}

/* Splits the text; false when it is not a number. */
static bool split(const char *s, size_t n, char mark, decimal_number *d) {
  const char *end = s + n;
  bool any = false;
  d->negative = false;
  d->count = 0;
  d->exponent = 0;
  d->value = 0;
  if (s < end && (*s == '+' || *s == '-')) d->negative = *s++ == '-';
  for (; s < end && is_digit(*s); s++, any = true) add_digit(d, *s, false);
  if (s < end && *s == mark) {
    for (s++; s < end && is_digit(*s); s++, any = true) add_digit(d, *s, true);
  }
  if (!any) return false;
  if (s == end) return true;
  if (*s != 'e' && *s != 'E') return false;
  s++;
  bool negative = false;
  int64_t exponent = 0;
  if (s < end && (*s == '+' || *s == '-')) negative = *s++ == '-';
  if (s == end) return false;
  for (; s < end && is_digit(*s); s++) {
    if (exponent < MOST_EXPONENT) exponent = 10 * exponent + (*s - '0');
  }
  d->exponent += negative ? -exponent : exponent;
  return s == end;
}

/* Digits and exponent without a decimal mark, so that the C library's locale does not matter. */
static double by_library(decimal_number *d) {
  int64_t exponent = d->exponent;
  if (exponent > MOST_EXPONENT) exponent = MOST_EXPONENT;
  if (exponent < -MOST_EXPONENT) exponent = -MOST_EXPONENT;
  char *to = d->digits + d->count;
  *to++ = 'e';
  *to++ = exponent < 0 ? '-' : '+';
  if (exponent < 0) exponent = -exponent;
  for (int64_t power = MOST_EXPONENT; power > 0; power /= 10) *to++ = (char)('0' + exponent / power % 10);
  *to = '\0';
  return strtod(d->digits, NULL);
}

static const double power[] = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* The usual: few digits, perhaps a mark, no exponent. False: it is something else. */
static inline bool read_short(const char *s, size_t n, char mark, double *x) {
  const char *const end = s + n, *marked = NULL;
  const bool negative = n > 0 && *s == '-';
  uint64_t value = 0;
  if (n == 0 || n > 18) return false;
  for (s += negative; s < end; s++) {
    const unsigned digit = (unsigned)(unsigned char)*s - '0';
    if (digit < 10) {
      value = 10 * value + digit;
    } else if (*s == mark && marked == NULL) {
      marked = s;
    } else {
      return false;
    }
  }
  if (value > (uint64_t)1 << 53 || n == (size_t)negative + (marked != NULL)) return false;
  /* both are exact doubles, so one rounding: Clinger (1990) */
  const double whole = (double)value / power[marked == NULL ? 0 : end - marked - 1];
  *x = negative ? -whole : whole;
  return true;
}

size_t weeg_i_separator_length(const char *s, size_t n, char thousands) {
  static const char *const blanks[] = {" ", "\xa0", "\xc2\xa0", "\xe2\x80\xaf"};
  if (n == 0 || thousands == 0) return 0;
  if (thousands != ' ') return *s == thousands;
  for (int i = 0; i < 4; i++) {
    const size_t length = strlen(blanks[i]);
    if (n >= length && memcmp(s, blanks[i], length) == 0) return length;
  }
  return 0;
}

static size_t count_digits(const char *s, size_t n) {
  size_t count = 0;
  while (count < n && is_digit(s[count])) count++;
  return count;
}

size_t weeg_number_ungroup(const char *s, size_t n, char decimal, char thousands, char *to) {
  size_t at = n > 0 && (*s == '-' || *s == '+'), used = at;
  double x;
  size_t digits = count_digits(s + at, n - at), separator = weeg_i_separator_length(s + at + digits, n - at - digits, thousands);
  if (digits == 0 || digits > 3 || separator == 0) return 0;
  if (used > 0) *to = *s;
  for (;;) {
    memcpy(to + used, s + at, digits);
    used += digits;
    at += digits;
    separator = weeg_i_separator_length(s + at, n - at, thousands);
    if (separator == 0) break;
    at += separator;
    digits = count_digits(s + at, n - at);
    if (digits != 3) return 0;
  }
  memcpy(to + used, s + at, n - at);
  used += n - at;
  return weeg_i_number_read(to, used, decimal, &x) ? used : 0;
}

bool weeg_i_number_read(const char *s, size_t n, char decimal, double *x) {
  if (read_short(s, n, decimal, x)) return true;
  decimal_number d;
  if (!split(s, n, decimal, &d)) return false;
  double value;
  if (d.count == 0) {
    value = 0;
  } else if (d.count <= 19 && d.value <= (uint64_t)1 << 53 && d.exponent >= -22 && d.exponent <= 22) {
    value = d.exponent < 0 ? (double)d.value / power[-d.exponent] : (double)d.value * power[d.exponent];
  } else {
    value = by_library(&d);
  }
  *x = d.negative ? -value : value;
  return true;
}

bool weeg_i_number_read_grouped(const char *s, size_t n, char decimal, char thousands, double *x) {
  char plain[128];
  if (n > sizeof plain) return false;
  const size_t length = weeg_number_ungroup(s, n, decimal, thousands, plain);
  return length > 0 && weeg_i_number_read(plain, length, decimal, x);
}

/* The C library writes the mark of LC_NUMERIC, of one byte or several. */
void weeg_i_number_show(double x, int digits, char *to, size_t size) {
  static const char plain[] = "0123456789+-einfa";
  (void)snprintf(to, size, "%.*g", digits, x);
  char *const mark = to + strspn(to, plain), *const rest = mark + strcspn(mark, plain);
  if (rest == mark) return;
  memmove(mark + 1, rest, strlen(rest) + 1);
  *mark = '.';
}
