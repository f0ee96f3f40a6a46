/*
 * SPSS files. small.sav and small.zsav are made by tests/reference/make_sav.R, which says what is in them. Without ReadStat
 * only its absence is tested.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <locale.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "failing_calls.h"
#include "io/bytes.h"
#include "io/reader.h"
#include "io/sav_column.h"
#include "io/sav_sets.h"
#include "test.h"

FAILING_CALL(int, fseek, (FILE *file, long by, int from), (file, by, from))

enum { W, T, X, Y, R, O, VARIABLES, ROWS = 6 };

static int code_at(const weeg_sav_column *c, int row) { return ((const uint8_t *)c->codes)[row]; }

static void check_column(const weeg_sav_column *c, int levels, const char *const *names, const int *codes) {
  CHECK(c->rows == ROWS && c->type == WEEG_CODE_U8 && c->numbers == NULL && c->levels.count == levels);
  for (int k = 0; k < levels && k < c->levels.count; k++) {
    if (!CHECK(strcmp(c->levels.text[k], names[k]) == 0)) printf("level %d is %s, not %s\n", k, c->levels.text[k], names[k]);
  }
  for (int i = 0; i < ROWS && c->rows == ROWS; i++) CHECK(code_at(c, i) == codes[i]);
}

static void check_file(const char *path) {
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open(path, NULL, &sav, &err))) {
    printf("%s\n", err.message);
    return;
  }
  CHECK(sav->variables == VARIABLES && sav->weight == -1 && !sav->portable);
  CHECK(strcmp(sav->variable[X].name, "x") == 0 && strcmp(sav->variable[X].label, "Een vraag") == 0);
  CHECK(sav->variable[W].label == NULL && sav->variable[T].text && !sav->variable[X].text);
  CHECK(sav->variable[X].ranges == 1 && sav->variable[X].low[0].number == 9 && sav->variable[X].labels == 4);
  CHECK(sav->variable[R].ranges == 1 && sav->variable[R].low[0].number == 97 && isinf(sav->variable[R].high[0].number));
  /* in another order than the file's, one of them as numbers */
  const weeg_field fields[] = {{R, false}, {W, true}, {T, false}, {X, false}, {O, false}, {Y, false}};
  weeg_sav_column c[VARIABLES];
  if (CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){fields, VARIABLES}, c, &err))) {
    static const char *const r[] = {"low", "2", "3"}, *const x[] = {"ja", "nee", "3", "zeker"}, *const o[] = {"q", "p"};
    static const char *const t[] = {"", "a", "a very long text, longer than eight bytes", "b\xc3\xa9"};
    static const char *const y[] = {"a [1]", "a [2]"};
    check_column(&c[0], 3, r, (const int[]){1, 0, 0, 2, 0, 3});
    static const double w[] = {1.5, 2, (double)NAN, 3, 0.25, 1};
    CHECK(c[1].codes == NULL && c[1].numbers != NULL && c[1].rows == ROWS);
    for (int i = 0; i < ROWS && c[1].numbers != NULL; i++) CHECK_CLOSE(c[1].numbers[i], w[i], 0);
    check_column(&c[2], 4, t, (const int[]){2, 1, 4, 2, 2, 3});
    check_column(&c[3], 4, x, (const int[]){1, 2, 0, 3, 1, 0});
    check_column(&c[4], 2, o, (const int[]){2, 1, 1, 2, 2, 1});
    check_column(&c[5], 2, y, (const int[]){1, 1, 2, 0, 2, 1});
    for (int k = 0; k < VARIABLES; k++) weeg_sav_column_clear(&c[k]);
  }
  /* user-missing values as values like others; numbers stay without them */
  const weeg_field kept[] = {{X, false, true}, {W, true, false}};
  if (CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){kept, 2}, c, &err))) {
    static const char *const with[] = {"ja", "nee", "3", "zeker", "geen antwoord"};
    check_column(&c[0], 5, with, (const int[]){1, 2, 5, 3, 1, 0});
    for (int k = 0; k < 2; k++) weeg_sav_column_clear(&c[k]);
  }
  const weeg_field missing[] = {{VARIABLES, false}}, twice[] = {{X, false}, {X, true}}, text[] = {{T, true}};
  CHECK_STATUS(weeg_sav_collect(sav, &(weeg_fields){missing, 1}, c, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_sav_collect(sav, &(weeg_fields){twice, 2}, c, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_sav_collect(sav, &(weeg_fields){text, 1}, c, &err), WEEG_ERR_ARGUMENT);
  weeg_sav_close(sav);
}

/* ---- a file of PSPP: tests/reference/make_sav.sps says what is in it ---- */

enum { PSPP_ROWS = 4, PSPP_LEVELS = 4 };

/* Texts fill their variables with blanks, dates are seconds since 1582-10-14: neither is to be seen. Days by hand: 18262 from
   1970-01-01 to 2020-01-01 (50 years, 12 leap days), -141427 to 1582-10-15. */
static void check_pspp(void) {
  static const struct {
    const char *name;
    weeg_kind kind;
    bool scale;
    int code[PSPP_ROWS];
    const char *level[PSPP_LEVELS];
    double value[PSPP_LEVELS]; /* of numbers */
  } cases[] = {
      {"t2", WEEG_KIND_NUMBER, false, {1, 2, 1, 2}, {"first", "b"}, {0}},
      {"t3", WEEG_KIND_NUMBER, false, {1, 2, 0, 1}, {"No way", "Yes please"}, {0}},
      {"t7", WEEG_KIND_NUMBER, false, {1, 2, 0, 1}, {"No way", "Refused"}, {0}},
      {"t12", WEEG_KIND_NUMBER, false, {3, 1, 2, 2}, {"a longer one", "dk", "No way"}, {0}},
      {"date", WEEG_KIND_DATE, true, {2, 3, 4, 1}, {"1582-10-15", "2020-01-01", "2020-12-31", "2021-01-01"},
       {-141427, 18262, 18627, 18628}},
      {"adate", WEEG_KIND_DATE, true, {2, 3, 4, 1}, {"1582-10-15", "2020-01-01", "2020-12-31", "2021-01-01"},
       {-141427, 18262, 18627, 18628}},
      {"edate", WEEG_KIND_DATE, true, {2, 3, 4, 1}, {"1582-10-15", "2020-01-01", "2020-12-31", "2021-01-01"},
       {-141427, 18262, 18627, 18628}},
      {"sdate", WEEG_KIND_DATE, true, {2, 3, 0, 1}, {"1582-10-15", "2020-01-01", "2020-12-31"}, {-141427, 18262, 18627}},
      {"jdate", WEEG_KIND_DATE, true, {1, 2, 3, 1}, {"2020-01-01", "2020-12-31", "2021-01-01"}, {18262, 18627, 18628}},
      {"datetime", WEEG_KIND_DATETIME, true, {2, 3, 4, 1},
       {"1582-10-15 00:00:01", "2020-01-01 12:30:00.25", "2020-12-31 00:00:00", "2021-01-01 23:59:59"},
       {-141427 * 86400.0 + 1, 18262 * 86400.0 + 45000.25, 18627 * 86400.0, 18628 * 86400.0 + 86399}},
      {"time", WEEG_KIND_TIME, true, {2, 3, 4, 1}, {"00:00:00", "08:30:00", "09:30:15", "23:59:59"}, {0, 30600, 34215, 86399}},
      {"dtime", WEEG_KIND_TIME, true, {3, 1, 1, 2}, {"00:00:01", "00:00:02", "26:03:04"}, {1, 2, 93784}},
      {"month", WEEG_KIND_NUMBER, true, {1, 2, 2, 3}, {"1", "2", "12"}, {1, 2, 12}},
      {"ymdhms", WEEG_KIND_DATETIME, true, {2, 3, 4, 1},
       {"1850-01-01 00:00:01", "2020-01-01 12:30:00", "2020-12-31 00:00:00", "2021-01-01 23:59:59"},
       {-43829 * 86400.0 + 1, 18262 * 86400.0 + 45000, 18627 * 86400.0, 18628 * 86400.0 + 86399}},
      {"mtime", WEEG_KIND_TIME, true, {2, 3, 1, 1}, {"00:00:01", "00:30:15", "01:30:00"}, {1, 1815, 5400}},
      {"moyr", WEEG_KIND_DATE, true, {1, 2, 2, 3}, {"2020-01-01", "2020-02-01", "2020-12-01"}, {18262, 18293, 18597}},
      {"scale", WEEG_KIND_NUMBER, true, {1, 4, 2, 3}, {"not at all", "5", "7", "completely"}, {0, 5, 7, 10}},
      {"round", WEEG_KIND_NUMBER, true, {1, 2, 3, 4}, {"Round 1", "Round 2", "Round 3", "Round 8"}, {1, 2, 3, 8}},
      {"kind", WEEG_KIND_NUMBER, false, {1, 2, 1, 3}, {"red", "green", "blue"}, {1, 2, 3}},
      {"age", WEEG_KIND_NUMBER, true, {2, 0, 1, 3}, {"18", "34", "51"}, {18, 34, 51}},
  };
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open(WEEG_TEST_REFERENCE "/sav/pspp.sav", NULL, &sav, &err))) return;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    weeg_sav_column c = {0};
    int32_t v = 0;
    while (v < sav->variables && strcmp(sav->variable[v].name, cases[i].name) != 0) v++;
    const weeg_field field = {v, false, false};
    if (!CHECK(v < sav->variables) || !CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){&field, 1}, &c, &err)))
      continue;
    CHECK(sav->variable[v].kind == cases[i].kind && c.scale == cases[i].scale && c.rows == PSPP_ROWS);
    for (int row = 0; row < PSPP_ROWS; row++) CHECK(code_at(&c, row) == cases[i].code[row]);
    for (int k = 0; k < c.levels.count && CHECK(k < PSPP_LEVELS && cases[i].level[k] != NULL); k++) {
      CHECK_TEXT(c.levels.text[k], cases[i].level[k]);
      if (c.number != NULL) CHECK_CLOSE(c.number[k], cases[i].value[k], 0);
    }
    CHECK(c.levels.count == PSPP_LEVELS || cases[i].level[c.levels.count] == NULL);
    weeg_sav_column_clear(&c);
  }
  weeg_sav_close(sav);
}

/* ---- multiple-response sets: tests/reference/make_mrsets.sps says what they are ---- */

static void check_sets(void) {
  static const struct {
    const char *name, *label, *counted;
    bool categories, value_labels;
    int count, first;
    const char *last;
  } sets[] = {
      {"$media", "Which m\xc3\xa9" "dium? (1 = one)", "1", false, false, 3, 2, "radio"},
      {"$colours", "Colours, in order", "", true, false, 3, 5, "third_colour"},
      {"$Reading", NULL, "yes", false, true, 2, 8, "website"},
  };
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open(WEEG_TEST_REFERENCE "/sav/mrsets.sav", NULL, &sav, &err))) return;
  if (CHECK(sav->sets == 3)) {
    for (int k = 0; k < 3; k++) {
      const weeg_sav_set *set = &sav->set[k];
      CHECK_TEXT(set->name, sets[k].name);
      CHECK((set->label == NULL) == (sets[k].label == NULL));
      if (set->label != NULL && sets[k].label != NULL) CHECK_TEXT(set->label, sets[k].label);
      CHECK_TEXT(set->counted, sets[k].counted);
      CHECK(set->categories == sets[k].categories && set->value_labels == sets[k].value_labels);
      if (!CHECK(set->count == sets[k].count)) continue;
      for (int i = 0; i < set->count; i++) CHECK(set->variable[i] == sets[k].first + i);
      CHECK_TEXT(sav->variable[set->variable[set->count - 1]].name, sets[k].last);
    }
  }
  weeg_sav_close(sav);
}

static bool count_set(void *ctx, const sav_named_set *set) {
  int *count = ctx;
  CHECK(set->name[0] != '\0' && set->label != NULL && set->counted != NULL && set->variables.count > 0);
  ++*count;
  return *count < 3;
}

static void put_number(unsigned char **to, unsigned value, bool swapped) {
  for (int k = 0; k < 4; k++) *(*to)++ = (unsigned char)(value >> 8 * (swapped ? 3 - k : k));
}

/* A dictionary of one record of each kind, then a text of sets, its end, and what looks like another text of sets. */
typedef struct dictionary_case {
  const char *text;
  unsigned count; /* of its bytes; 0: as many as there are */
  int subtype, sets;
} dictionary_case;

enum { MOST_BYTES = 1024 };

static void put_extension(unsigned char **to, int subtype, unsigned count, const char *text, bool swapped) {
  put_number(to, 7, swapped);
  put_number(to, (unsigned)subtype, swapped);
  put_number(to, 1, swapped);
  put_number(to, count == 0 ? (unsigned)strlen(text) : count, swapped);
  memcpy(*to, text, strlen(text));
  *to += strlen(text);
}

static size_t make_dictionary(unsigned char *bytes, const dictionary_case *d, bool swapped) {
  unsigned char *at = bytes + 64;
  memset(bytes, 0, MOST_BYTES);
  memcpy(bytes, "$FL2", 4);
  put_number(&at, 2, swapped);
  at = bytes + 176;
  put_number(&at, 2, swapped); /* a variable with a label of 5 bytes and a range of missing values */
  put_number(&at, 0, swapped);
  put_number(&at, 1, swapped);
  put_number(&at, (unsigned)-2, swapped);
  at += 16;
  put_number(&at, 5, swapped);
  at += 8 + 16;
  put_number(&at, 6, swapped); /* a line of a document */
  put_number(&at, 1, swapped);
  at += 80;
  put_number(&at, 3, swapped); /* labels of 7 and 8 bytes, which fill 8 and 16 with their lengths */
  put_number(&at, 2, swapped);
  at[8] = 7;
  at += 16;
  at[8] = 8;
  at += 24;
  put_number(&at, 4, swapped);
  put_number(&at, 1, swapped);
  put_number(&at, 1, swapped);
  put_extension(&at, d->subtype == 19 ? 5 : 13, 0, "Q=long\tnothing\tR=more", swapped); /* names that are long, or none */
  put_extension(&at, 8, 0, "of no interest", swapped);
  put_extension(&at, d->subtype, d->count, d->text, swapped);
  put_number(&at, 999, swapped);
  put_extension(&at, 7, 0, "$none=C 1 x q\n", swapped);
  return (size_t)(at - bytes);
}

static int sets_in(const char *path, const unsigned char *bytes, size_t size) {
  int found = 0;
  FILE *file = fopen(path, "wb"); /* of many, without a wait for the disk */
  CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
  CHECK(weeg_i_sav_find_sets(path, count_set, &found) == (found < 3));
  return found;
}

/* Of each kind of set a whole one, which is none when it is cut off. */
static const char *const whole_sets[] = {"$a=C 1 x q", "$a=D3 yes 1 x q", "$a=E 11 3 yes 1 x q"};

static void check_set_texts(const char *path) {
  static const char many[] = "$m=C 1 x q r q r q r q r q r q r q r q r q r q r q r\n";
  static const dictionary_case cases[] = {
      {"$a=C 1 x q r\n$b=D1 1 0  q\n", 0, 7, 2},
      {"$e=E 11 3 yes 1 x q\n", 0, 19, 1},
      {"$a=C 1 x q r", 0, 7, 1},
      {"$a=D3 1   1 x q\n$b=C 0  q", 0, 7, 2},
      {"$a=C 2 \n\n q\n", 0, 7, 1},
      {"$a=C 1 x q\n$b=C 0  q\n$c=C 0  q\n$d=C 0  q", 0, 7, 3}, /* no more are taken */
      {"$a=X 1 x q\n$b=C 0  q\n", 0, 7, 1},
      {"$a=C 9 x q", 0, 7, 0},
      {"$a=C 99999999999999999999 x q", 0, 7, 0},
      {"$a=C 1 x\n", 0, 7, 0},
      {"$a=C 1 x  \n", 0, 7, 0},
      {"=C 1 x q\n", 0, 7, 0},
      {"$a=C1 x q\n", 0, 7, 0},
      {"$a=C x q\n", 0, 7, 0},
      {"$a=E1 1 1 1 x q\n", 0, 19, 0},
      {"$a=E 1x1 1 1 x q\n", 0, 19, 0},
      {"$a=C 1 x z\n", 0, 7, 1},
      {"", 0, 7, 0},
      {"$a=C 1 x q\n", 0, 8, 0},
      {"$a=C 1 x q\n", 4000000000u, 7, 0},
      {"$a=C 1 x q\n", 2000000000u, 7, 0},
      {"$a=C 1 x q\n", 2000000000u, 8, 0},
      {"$a=C 1 x q\n", 300, 7, 0},
      {many, 0, 7, 1},
  };
  unsigned char bytes[MOST_BYTES];
  for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
    const dictionary_case *const d = &cases[i / 2];
    const int found = sets_in(path, bytes, make_dictionary(bytes, d, i % 2 == 1));
    if (!CHECK(found == d->sets)) printf("%d sets, not %d, in %s\n", found, d->sets, d->text);
  }
  for (size_t k = 0; k < sizeof whole_sets / sizeof *whole_sets; k++) {
    char text[32];
    for (size_t length = 0; length <= strlen(whole_sets[k]); length++) {
      snprintf(text, sizeof text, "%.*s", (int)length, whole_sets[k]);
      const dictionary_case d = {text, 0, 7, length == strlen(whole_sets[k])};
      if (!CHECK(sets_in(path, bytes, make_dictionary(bytes, &d, false)) == d.sets)) printf("of %s\n", text);
    }
  }
}

/* The dictionary cut off anywhere before the end of its text, and numbers in it that make no sense. */
static void check_dictionaries(const char *path) {
  static const dictionary_case whole = {"$a=C 1 x q\n", 0, 7, 1};
  /* places of numbers, and what they are: a variable with a label of so many bytes, so many labels, and parts of an extension */
  static const struct { int at; unsigned value; } wrong[] = {
      {0, 0}, {176, 5}, {176 + 32, 0x7fffffffu}, {176 + 32, 0xffffffffu}, {176 + 32, 0x7ffffff0u}, {176 + 64, 0xffffffffu},
      {176 + 64 - 4, 0x7fffffffu},
      {328, 0xffffffffu}, {376, 0xffffffffu}, {392, 0xffffffffu}, {396, 0xffffffffu}, {430, 0x7fffffffu}};
  unsigned char bytes[MOST_BYTES];
  for (int other = 0; other < 2; other++) {
    const size_t size = make_dictionary(bytes, &whole, other == 1), end = size - 4 - 16 - 14;
    for (size_t cut = 0; cut < size; cut++) {
      if (!CHECK(sets_in(path, bytes, cut) == (cut >= end))) printf("cut at %d of %d\n", (int)cut, (int)size);
    }
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
      (void)make_dictionary(bytes, &whole, other == 1);
      unsigned char *at = bytes + wrong[k].at;
      put_number(&at, wrong[k].value, other == 1);
      put_extension(&at, 7, 0, "$after=C 1 x q\n", other == 1); /* what follows is not read any more */
      put_number(&at, 999, other == 1);
      if (!CHECK(sets_in(path, bytes, size) == 0)) printf("%u at %d\n", wrong[k].value, wrong[k].at);
    }
  }
  /* or where something cannot be passed over, as in a pipe */
  const size_t size = make_dictionary(bytes, &whole, false);
  for (int nth = 1; nth == 1 || failing[0].seen >= nth - 1; nth++) {
    let_fail("fseek", nth, ESPIPE);
    const int found = sets_in(path, bytes, size);
    CHECK(found == (failing[0].seen < nth) && nth < 50);
  }
  let_fail(NULL, 0, 0);
  int found = 0;
  CHECK(weeg_i_sav_find_sets("/nowhere/x.sav", count_set, &found) && found == 0);
}

static void check_set_files(void) {
  char folder[] = "/tmp/weeg-test-XXXXXX", path[64];
  if (!CHECK(mkdtemp(folder) != NULL)) return;
  snprintf(path, sizeof path, "%s/sets.sav", folder);
  check_set_texts(path);
  check_dictionaries(path);
  CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

/* Dates and times as text and back; what is none. */
static void check_kinds(void) {
  static const struct {
    weeg_kind kind;
    double value;
    const char *text;
  } both[] = {
      {WEEG_KIND_DATE, 0, "1970-01-01"}, {WEEG_KIND_DATE, -1, "1969-12-31"}, {WEEG_KIND_DATE, 11016, "2000-02-29"},
      {WEEG_KIND_DATE, 2932896, "9999-12-31"}, {WEEG_KIND_DATETIME, 0, "1970-01-01 00:00:00"},
      {WEEG_KIND_DATETIME, -1, "1969-12-31 23:59:59"}, {WEEG_KIND_DATETIME, 86399.5, "1970-01-01 23:59:59.5"},
      {WEEG_KIND_TIME, 3661, "01:01:01"}, {WEEG_KIND_TIME, -3661, "-01:01:01"}, {WEEG_KIND_TIME, 360000.125, "100:00:00.125"},
  };
  static const char *const none[] = {"",           "2020-13-01", "2021-02-29", "1900-02-29", "2020-1-1",  "20201231",    "x",
                                     "2020-01-01 ", "2020-01-01 25:00", "12",  "12:",        "12:60",    "12:00:00.5x", "1:2",
                                     "2020-00-01", "2020-01-00", "2020-01-32", "2020-04-31", "2020/01-01", "2020-01/01",
                                     "20-01-01", "202x-01-01", "2020-02-30", "12:00:61", "12:00:00.", "-", "1234567890123:00",
                                     "2020-01-01 -1:00", "2020-01-01 24:00", "2020-01-01 23:59:60", "2020-01-01x08:30",
                                     "2020-01-01 08:30 "};
  weeg_kind kind = WEEG_KIND_NUMBER;
  double value = 0;
  char text[48];
  for (size_t k = 0; k < sizeof both / sizeof *both; k++) {
    weeg_kind_show(both[k].kind, both[k].value, 15, text, sizeof text);
    CHECK_TEXT(text, both[k].text);
    CHECK(weeg_kind_read(both[k].text, &kind, &value) && kind == both[k].kind && value == both[k].value);
  }
  /* days of eight centuries, as the C library has them */
  for (int64_t days = -135140; days < 157054; days += 61) {
    const time_t seconds = (time_t)days * 86400;
    char expected[16];
    struct tm parts;
    CHECK(gmtime_r(&seconds, &parts) != NULL && strftime(expected, sizeof expected, "%Y-%m-%d", &parts) == 10);
    weeg_kind_show(WEEG_KIND_DATE, (double)days, 15, text, sizeof text);
    CHECK_TEXT(text, expected);
    CHECK(weeg_kind_read(expected, &kind, &value) && value == (double)days);
  }
  /* what has no room is cut off */
  weeg_kind_show(WEEG_KIND_DATETIME, 86399.5, 15, text, 11);
  CHECK_TEXT(text, "1970-01-01");
  weeg_kind_show(WEEG_KIND_DATETIME, 86399.5, 15, text, 20);
  CHECK_TEXT(text, "1970-01-01 23:59:59");
  weeg_kind_show(WEEG_KIND_TIME, 86399.5, 15, text, 9);
  CHECK_TEXT(text, "23:59:59");
  CHECK(weeg_kind_read("2020-01-01T08:30", &kind, &value) && kind == WEEG_KIND_DATETIME && value == 18262 * 86400.0 + 30600);
  for (size_t k = 0; k < sizeof none / sizeof *none; k++) CHECK(!weeg_kind_read(none[k], &kind, &value));
  CHECK(weeg_kind_read("2020-01-31", &kind, &value) && value == 18262 + 30);
  CHECK(weeg_kind_read("2020-12-31 23:59", &kind, &value) && value == 18627 * 86400.0 + 86340);
  CHECK(weeg_kind_read("12:00:60", &kind, &value) && kind == WEEG_KIND_TIME && value == 43260); /* a leap second */
  CHECK(weeg_kind_read("123456789012:59", &kind, &value) && value == 123456789012 * 3600.0 + 3540);
  /* of a second at most a millionth part is shown and kept; what is nearly a second more is one */
  weeg_kind_show(WEEG_KIND_TIME, 59.9999999, 15, text, sizeof text);
  CHECK_TEXT(text, "00:01:00");
  weeg_kind_show(WEEG_KIND_TIME, 59.999999, 15, text, sizeof text);
  CHECK_TEXT(text, "00:00:59.999999");
  CHECK(weeg_i_sav_number(WEEG_KIND_TIME, 59.9999999) == 60 && weeg_i_sav_number(WEEG_KIND_TIME, 1.25) == 1.25);
  CHECK(weeg_i_sav_number(WEEG_KIND_DATE, 86399) == -141428 && weeg_i_sav_number(WEEG_KIND_DATE, -1) == -141429);
  CHECK(weeg_i_sav_number(WEEG_KIND_NUMBER, 1.23456789) == 1.23456789 && isinf(weeg_i_sav_number(WEEG_KIND_DATE, HUGE_VAL)));
  CHECK_CLOSE(weeg_i_sav_number(WEEG_KIND_DATETIME, 141428 * 86400.0 + 0.5), 0.5, 0);
  weeg_kind_show(WEEG_KIND_DATE, 1e9, 15, text, sizeof text); /* too far */
  CHECK_TEXT(text, "1000000000");
  weeg_kind_show(WEEG_KIND_DATE, -719529, 15, text, sizeof text); /* a day before the year 0 */
  CHECK_TEXT(text, "-001-12-31");
  weeg_kind_show(WEEG_KIND_DATE, -719468 - 146097, 15, text, sizeof text); /* 400 years before 1 March of the year 0 */
  CHECK_TEXT(text, "-400-03-01");
  weeg_kind_show(WEEG_KIND_DATE, 1e300, 15, text, sizeof text);
  CHECK_TEXT(text, "1e+300");
  weeg_kind_show(WEEG_KIND_TIME, (double)NAN, 15, text, sizeof text);
  CHECK_TEXT(text, "nan");
  weeg_kind_show(WEEG_KIND_NUMBER, -2.5e-7, 15, text, sizeof text);
  CHECK_TEXT(text, "-2.5e-07");
}

static void check_formats(void) {
  static const struct { const char *format; weeg_kind kind; } formats[] = {
      {"DATE11", WEEG_KIND_DATE}, {"date", WEEG_KIND_DATE}, {"DATEX", WEEG_KIND_NUMBER}, {"DATETIME20", WEEG_KIND_DATETIME},
      {"ADATE10", WEEG_KIND_DATE}, {"EDATE10", WEEG_KIND_DATE}, {"SDATE10", WEEG_KIND_DATE}, {"JDATE5", WEEG_KIND_DATE},
      {"MOYR6", WEEG_KIND_DATE}, {"QYR6", WEEG_KIND_DATE}, {"WKYR8", WEEG_KIND_DATE}, {"YMDHMS16", WEEG_KIND_DATETIME},
      {"TIME8.2", WEEG_KIND_TIME}, {"DTIME13", WEEG_KIND_TIME}, {"MTIME7", WEEG_KIND_TIME}, {"WKDAY9", WEEG_KIND_NUMBER},
      {"MONTH3", WEEG_KIND_NUMBER}, {"F8.2", WEEG_KIND_NUMBER}, {"", WEEG_KIND_NUMBER}, {NULL, WEEG_KIND_NUMBER}};
  for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) CHECK(weeg_i_sav_kind(formats[k].format) == formats[k].kind);
}

/* The same where the program around has set the Dutch locale, whose numbers have a comma. */
static void check_locale(void) {
  char folder[] = "/tmp/weeg-locale-XXXXXX", command[200], number[16];
  if (!CHECK(mkdtemp(folder) != NULL)) return;
  (void)snprintf(command, sizeof command, "localedef -c -i nl_NL -f UTF-8 %s/nl_NL.UTF-8 >%s/said 2>&1", folder, folder);
  const bool made = system(command) == 0;
  CHECK(setenv("LOCPATH", folder, 1) == 0);
  if (setlocale(LC_NUMERIC, "nl_NL.UTF-8") == NULL) {
    CHECK(!made);
    printf("no locale nl_NL.UTF-8: numbers with commas are not tested\n");
  } else {
    (void)snprintf(number, sizeof number, "%.1f", 0.5);
    CHECK_TEXT(number, "0,5");
    check_kinds();
    weeg_i_number_show(1234.5, 6, number, sizeof number);
    CHECK_TEXT(number, "1234.5");
    weeg_i_number_show(1234.5, 6, number, 6); /* cut off behind the mark, and before it */
    CHECK_TEXT(number, "1234.");
    weeg_i_number_show(1234.5, 6, number, 5);
    CHECK_TEXT(number, "1234");
    check_file(WEEG_TEST_REFERENCE "/sav/small.sav");
    CHECK(setlocale(LC_NUMERIC, "C") != NULL);
  }
  (void)snprintf(command, sizeof command, "rm -r %s", folder);
  CHECK(system(command) == 0);
}

/* ---- a sink of rows ---- */

typedef struct taken {
  int64_t rows, stop_after;
  int32_t code[ROWS];
  double number[ROWS], share;
  const weeg_sav *sav;
} taken;

static weeg_status take(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  taken *t = ctx;
  CHECK(chunk->first == t->rows && chunk->rows > 0 && t->rows + chunk->rows <= ROWS);
  CHECK(chunk->codes[1] == NULL && chunk->numbers[0] == NULL);
  for (int64_t i = 0; i < chunk->rows && t->rows < ROWS; i++, t->rows++) {
    t->code[t->rows] = chunk->codes[0][i];
    t->number[t->rows] = chunk->numbers[1][i];
    CHECK(chunk->codes[0][i] <= weeg_sav_values(t->sav, 0)); /* known as soon as it is there */
  }
  return t->rows >= t->stop_after ? weeg_fail(err, WEEG_ERR_NUMERIC, -1, "enough") : WEEG_OK;
}

static void note_share(void *ctx, double share) {
  taken *t = ctx;
  CHECK(share > 0 && share <= 1);
  t->share = share;
}

/* Codes in order of appearance, and their levels at the end. make_sav.R has x: 1 2 9 3 1 NA, of which 9 is user-missing. */
static void check_sink(const char *path) {
  static const int32_t code[ROWS] = {1, 2, 0, 3, 1, 0}, levels[] = {0, 1, 2, 3};
  static const double value[] = {1, 2, 3}, w[] = {1.5, 2, (double)NAN, 3, 0.25, 1};
  const weeg_field fields[] = {{X, false}, {W, true}};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open(path, NULL, &sav, &err))) return;
  for (int again = 0; again < 2; again++) {
    taken t = {.stop_after = ROWS + 1, .sav = sav};
    const weeg_hooks hooks = {.progress = note_share, .ctx = &t};
    int32_t level[4] = {-7, -7, -7, -7};
    weeg_sav_column c = {0};
    CHECK_OK(weeg_sav_read(sav, &(weeg_fields){fields, 2, &hooks}, take, &t, &err));
    CHECK(t.rows == ROWS && t.share > 0 && weeg_sav_values(sav, 0) == 3);
    for (int i = 0; i < ROWS; i++) CHECK(t.code[i] == code[i]);
    for (int i = 0; i < ROWS; i++) CHECK_CLOSE(t.number[i], w[i], 0);
    for (int k = 0; k < 3; k++) CHECK(weeg_sav_value_of(sav, 0, k + 1)->number == value[k]);
    if (!CHECK_OK(weeg_sav_levels(sav, 0, &c, level, &err))) continue;
    for (int k = 0; k < 4; k++) CHECK(level[k] == levels[k]);
    CHECK(c.rows == 0 && c.codes == NULL && c.levels.count == 4 && c.number[3] == 4);
    weeg_sav_column_clear(&c);
  }
  taken t = {.stop_after = 1, .sav = sav};
  CHECK_STATUS(weeg_sav_read(sav, &(weeg_fields){fields, 2}, take, &t, &err), WEEG_ERR_NUMERIC);
  CHECK(strcmp(err.message, "enough") == 0);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1); /* the process has ended too */
  weeg_sav_close(sav);
}

/* Whatever the bytes: a failure with a message, or columns. */
static bool is_refused(const char *path) {
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  weeg_status status = weeg_sav_open(path, NULL, &sav, &err);
  CHECK((sav == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK && sav->variables > 0) {
    const int count = sav->variables < 3 ? sav->variables : 3;
    const weeg_field fields[] = {{0, false}, {1, false}, {2, false}};
    weeg_sav_column c[3];
    status = weeg_sav_collect(sav, &(weeg_fields){fields, count}, c, &err);
    for (int k = 0; k < count && status == WEEG_OK; k++) weeg_sav_column_clear(&c[k]);
  }
  CHECK(status == WEEG_OK || (status == WEEG_ERR_FILE && err.message[0] != '\0'));
  weeg_sav_close(sav);
  return status != WEEG_OK;
}

static bool write_bytes(const char *path, const unsigned char *bytes, size_t size) {
  return weeg_file_write(path, bytes, (int64_t)size, 0600, NULL) == WEEG_OK;
}

/* Bytes changed and files cut off: the program lives, and so does its memory. */
static void check_damage(const char *path) {
  static unsigned char bytes[16384], copy[16384];
  char folder[] = "/tmp/weeg-test-XXXXXX", other[64];
  FILE *file = fopen(path, "rb");
  if (!CHECK(file != NULL && mkdtemp(folder) != NULL)) return;
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  CHECK(size > 500 && size < sizeof bytes);
  snprintf(other, sizeof other, "%s/damaged.sav", folder);
  unsigned state = 12345;
  for (int k = 0; k < 400; k++) {
    memcpy(copy, bytes, size);
    for (int changes = 0; changes < 1 + k % 4; changes++) {
      state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator */
      copy[(state >> 8) % size] = (unsigned char)(state >> 24);
    }
    CHECK(write_bytes(other, copy, k % 3 == 0 ? (state >> 8) % size : size));
    (void)is_refused(other);
  }
  CHECK(write_bytes(other, bytes, 100) && is_refused(other));
  CHECK(write_bytes(other, (const unsigned char *)"a,b\n1,2\n", 8) && is_refused(other));
  CHECK(unlink(other) == 0 && rmdir(folder) == 0);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1); /* no process was left behind */
}

static int stop_at_once(void *unused) {
  (void)unused;
  return 1;
}

/* Rows are not handed on after the caller said stop. */
static void check_interrupt(const char *path) {
  const weeg_hooks hooks = {stop_at_once, NULL, 1};
  const weeg_field fields[] = {{X, false}, {W, true}};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open(path, NULL, &sav, &err))) return;
  taken t = {.stop_after = 1, .sav = sav};
  CHECK_STATUS(weeg_sav_read(sav, &(weeg_fields){fields, 2, &hooks}, take, &t, &err), WEEG_ERR_INTERRUPTED);
  CHECK(t.rows == 0 && waitpid(-1, NULL, WNOHANG) == -1);
  weeg_sav_close(sav);
}

int main(void) {
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!weeg_sav_available()) {
    CHECK_STATUS(weeg_sav_open(WEEG_TEST_REFERENCE "/sav/small.sav", NULL, &sav, &err), WEEG_ERR_FILE);
    CHECK(strstr(err.message, "libreadstat-dev") != NULL);
    return test_report("sav");
  }
  check_file(WEEG_TEST_REFERENCE "/sav/small.sav");
  check_file(WEEG_TEST_REFERENCE "/sav/small.zsav");
  check_pspp();
  check_sets();
  check_set_files();
  check_kinds();
  check_formats();
  check_locale();
  check_sink(WEEG_TEST_REFERENCE "/sav/small.sav");
  check_sink(WEEG_TEST_REFERENCE "/sav/small.zsav");
  CHECK_STATUS(weeg_sav_open("/nowhere/x.sav", NULL, &sav, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "/nowhere/x.sav cannot be read") != NULL && sav == NULL);
  const weeg_hooks hooks = {stop_at_once, NULL, 1};
  CHECK_STATUS(weeg_sav_open(WEEG_TEST_REFERENCE "/sav/small.sav", &hooks, &sav, &err), WEEG_ERR_INTERRUPTED);
  check_interrupt(WEEG_TEST_REFERENCE "/sav/small.sav");
  check_damage(WEEG_TEST_REFERENCE "/sav/small.sav");
  check_damage(WEEG_TEST_REFERENCE "/sav/small.zsav");
  check_damage(WEEG_TEST_REFERENCE "/sav/mrsets.sav");
  return test_report("sav");
}
