/* What the numbers of .sav files stand for: dates and times as text, and back. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "io/reader.h"
#include "io/sav_column.h"

enum { DAY = 86400 };

static const double EPOCH_DAYS = 141428; /* from 1582-10-14 to 1970-01-01 */
static const double MOST_DAYS = 1e9;     /* beyond, what is shown is the number */

weeg_kind weeg_i_sav_kind(const char *format) {
  static const struct { const char *name; weeg_kind kind; } kinds[] = {
    {"DATETIME", WEEG_KIND_DATETIME}, {"DATE", WEEG_KIND_DATE}, {"ADATE", WEEG_KIND_DATE}, {"EDATE", WEEG_KIND_DATE},
    {"SDATE", WEEG_KIND_DATE}, {"JDATE", WEEG_KIND_DATE}, {"MOYR", WEEG_KIND_DATE}, {"QYR", WEEG_KIND_DATE},
    {"WKYR", WEEG_KIND_DATE}, {"YMDHMS", WEEG_KIND_DATETIME}, {"TIME", WEEG_KIND_TIME}, {"DTIME", WEEG_KIND_TIME},
    {"MTIME", WEEG_KIND_TIME}};
  for (size_t k = 0; format != NULL && k < sizeof kinds / sizeof *kinds; k++) {
    const size_t length = strlen(kinds[k].name);
    if (strncasecmp(format, kinds[k].name, length) == 0 && strchr("0123456789.", format[length]) != NULL) return kinds[k].kind;
  }
  return WEEG_KIND_NUMBER;
}

/* Whole seconds below, and microseconds, of which there are fewer than a million. */
static double split_seconds(double seconds, double *micro) {
  double whole = floor(seconds);
  *micro = nearbyint((seconds - whole) * 1e6);
  if (*micro >= 1e6) {
    whole += 1;
    *micro = 0;
  }
  return whole;
}

double weeg_i_sav_number(weeg_kind kind, double number) {
  double micro = 0;
  if (kind == WEEG_KIND_NUMBER || !isfinite(number)) return number;
  if (kind == WEEG_KIND_DATE) return floor(number / DAY) - EPOCH_DAYS;
  const double whole = split_seconds(kind == WEEG_KIND_TIME ? number : number - EPOCH_DAYS * DAY, &micro);
  return micro > 0 ? whole + micro / 1e6 : whole;
}

char *weeg_i_sav_text(byte_reader *r) {
  char *text = weeg_i_get_text(r);
  size_t length = text == NULL ? 0 : strlen(text);
  while (length > 0 && text[length - 1] == ' ') text[--length] = '\0';
  return text;
}

/* ---- as text ---- */

/* Days since 1970-01-01 in the Gregorian calendar (eras of 400 years that begin on 1 March). */
static void show_date(double days, char *to, size_t size) {
  const int64_t z = (int64_t)days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
  const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365, doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const int64_t mp = (5 * doy + 2) / 153, day = doy - (153 * mp + 2) / 5 + 1, month = mp < 10 ? mp + 3 : mp - 9;
  (void)snprintf(to, size, "%04lld-%02lld-%02lld", (long long)(yoe + era * 400 + (month <= 2)), (long long)month,
                 (long long)day);
}

/* Seconds of a day, or more, as 23:59:59, and what there is of a second. */
static void show_time(double seconds, char *to, size_t size) {
  double micro = 0;
  const bool negative = seconds < 0;
  const int64_t whole = (int64_t)split_seconds(fabs(seconds), &micro);
  int used = snprintf(to, size, "%s%02lld:%02d:%02d", negative ? "-" : "", (long long)(whole / 3600), (int)(whole / 60 % 60),
                      (int)(whole % 60));
  if (micro <= 0 || used < 0 || (size_t)used + 8 > size) return;
  used += snprintf(to + used, size - (size_t)used, ".%06d", (int)micro);
  while (to[used - 1] == '0') to[--used] = '\0';
}

void weeg_kind_show(weeg_kind kind, double value, int digits, char *to, size_t size) {
  const double days = kind == WEEG_KIND_DATE ? value : floor(value / DAY);
  if (kind == WEEG_KIND_NUMBER || !(fabs(days) < MOST_DAYS)) {
    weeg_i_number_show(value, digits, to, size);
    return;
  }
  if (kind == WEEG_KIND_TIME) {
    show_time(value, to, size);
    return;
  }
  show_date(days, to, size);
  if (kind == WEEG_KIND_DATE) return;
  const size_t used = strlen(to);
  if (used + 1 >= size) return;
  to[used] = ' ';
  show_time(value - days * DAY, to + used + 1, size - used - 1);
}

/* ---- from text ---- */

/* A number of exactly so many digits, or of at least one where digits is 0; false: none. */
static bool read_digits(const char **at, int digits, int64_t *value) {
  int count = 0;
  *value = 0;
  while (**at >= '0' && **at <= '9' && count < 12 && (digits == 0 || count < digits)) {
    *value = 10 * *value + (*(*at)++ - '0');
    count++;
  }
  return digits == 0 ? count > 0 : count == digits;
}

static bool read_mark(const char **at, char mark) {
  if (**at != mark) return false;
  (*at)++;
  return true;
}

static bool read_date(const char **at, double *days) {
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t year = 0, month = 0, day = 0;
  if (!read_digits(at, 4, &year) || !read_mark(at, '-') || !read_digits(at, 2, &month) || !read_mark(at, '-') ||
      !read_digits(at, 2, &day) || month < 1 || month > 12) {
    return false;
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > lengths[month - 1] + (leap && month == 2)) return false;
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400, yoe = year - era * 400;
  const int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  *days = (double)(era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468);
  return true;
}

static bool read_time(const char **at, double *seconds) {
  int64_t hours = 0, minutes = 0, whole = 0;
  double part = 0;
  const bool negative = read_mark(at, '-');
  if (!read_digits(at, 0, &hours) || !read_mark(at, ':') || !read_digits(at, 2, &minutes) || minutes > 59) return false;
  if (read_mark(at, ':')) {
    if (!read_digits(at, 2, &whole) || whole > 60) return false;
    if (**at == '.') {
      const size_t length = 1 + strspn(*at + 1, "0123456789");
      if (!weeg_i_number_read(*at, length, '.', &part)) return false;
      *at += length;
    }
  }
  *seconds = (negative ? -1 : 1) * ((double)(hours * 3600 + minutes * 60 + whole) + part);
  return true;
}

bool weeg_kind_read(const char *text, weeg_kind *kind, double *value) {
  const char *at = text;
  double days = 0, seconds = 0;
  if (read_time(&at, &seconds) && *at == '\0') {
    *kind = WEEG_KIND_TIME;
    *value = seconds;
    return true;
  }
  at = text;
  if (!read_date(&at, &days)) return false;
  if (*at == '\0') {
    *kind = WEEG_KIND_DATE;
    *value = days;
    return true;
  }
  if (!read_mark(&at, ' ') && !read_mark(&at, 'T')) return false;
  if (!read_time(&at, &seconds) || *at != '\0' || seconds < 0 || seconds >= DAY) return false;
  *kind = WEEG_KIND_DATETIME;
  *value = days * DAY + seconds;
  return true;
}
