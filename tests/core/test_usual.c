/*
 * Records of the usual shape, which are read many at a time, against the same bytes read one mark after the other, by which
 * libcsv decides: what the processor has and what it has not, one thread and several. Numbers against strtod().
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdint.h>

#include "csv_sample.h"
#include "io/reader.h"

static uint64_t state = 20135; /* xorshift64: Marsaglia (2003) */

static int below(int most) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (int)((state >> 20) % (uint64_t)most);
}

static double uniform(void) { return below(1 << 30) / 0x1p30; }

/* ---- ways to read ---- */

/* kind: of weeg_i_marks_kinds(), or ALONE: with so short fields that no record counts as usual. */
enum { ALONE = WEEG_MARKS_KINDS, FILE_SIZE = 40000 };

typedef struct way {
  int kind, threads;
  int64_t window;
} way;

static uint64_t seen; /* a fingerprint of all that was read */

static void see(const void *bytes, size_t n) {
  for (size_t i = 0; i < n; i++) seen = (seen ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u;
}

static weeg_status see_chunk(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  weeg_csv *csv = ctx;
  (void)err;
  for (int64_t i = 0; i < chunk->rows; i++) {
    const int64_t row = chunk->first + i, line = weeg_chunk_line(chunk, i);
    see(&row, sizeof row);
    see(&line, sizeof line);
    for (int32_t f = 0; f < csv->field_count; f++) {
      const double x = chunk->numbers[f] == NULL ? 0 : isnan(chunk->numbers[f][i]) ? -1e300 : chunk->numbers[f][i];
      see(&x, sizeof x);
      if (chunk->codes[f] != NULL) see(&chunk->codes[f][i], sizeof *chunk->codes[f]);
    }
  }
  return WEEG_OK;
}

/* The fingerprint of a file: rows, lines, codes, levels in their order, what was skipped, and the error. */
static uint64_t read_by(way by, bool skip, weeg_encoding encoding) {
  const weeg_csv_options options = {.skip = skip, .encoding = encoding, .window = by.window, .delimiter = ',',
                                    .max_field = by.kind == ALONE ? WEEG_MARK_BYTES - 1 : 0};
  const weeg_hooks hooks = {NULL, NULL, by.threads, NULL};
  weeg_field fields[8];
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  seen = 0xcbf29ce484222325u;
  weeg_status status = weeg_csv_open(sample_path(), &options, &csv, &err);
  if (status == WEEG_OK) {
    int32_t count = 0;
    for (int32_t c = 0; c < weeg_csv_columns(csv) && count < 8; c++) {
      if (c % 4 != 3) fields[count++] = (weeg_field){c, c % 4 == 1};
    }
    csv->dialect.kind = by.kind;
    status = weeg_csv_read(csv, &(weeg_fields){fields, count, &hooks}, see_chunk, csv, &err);
    for (int32_t f = 0; status == WEEG_OK && f < count; f++) {
      for (int32_t k = 1; k <= weeg_csv_levels(csv, f); k++) {
        const char *level = weeg_csv_level(csv, f, k);
        see(level, strlen(level) + 1);
      }
    }
    const weeg_csv_skip *list;
    uint64_t mark = 0;
    const int64_t skipped = weeg_csv_skipped(csv, &list, &mark);
    if (status == WEEG_OK) see(&skipped, sizeof skipped), see(&mark, sizeof mark);
  }
  see(&status, sizeof status);
  if (status != WEEG_OK) see(err.message, strlen(err.message)), see(&err.line, sizeof err.line);
  weeg_csv_close(csv);
  return seen;
}

/* ---- random files ---- */

static char file[FILE_SIZE + 256];
static size_t used;

static void put(const char *text, size_t n) {
  if (used + n > FILE_SIZE) return;
  memcpy(file + used, text, n);
  used += n;
}

static const char *const ordinary[] = {"1", "2.5", "yes", "no", "a text", "re-integratie", "", "NA", "-7", "0.125", "12345678",
                                       "123456789.25", "werkplein", "sociale dienst, no", "\xc3\xa9t\xc3\xa9",
                                       "seventeen letters"};
static const char *const odd[] = {" x", "x ", "\"a \"\"b\"\"\"", "\"a\nb\"", "\"x\" ", " \"x\"", "a\"b", "\xff", "1e5", "+3", ".",
                                  "-", "1.2.3", "\t", "a\rb", "\"\"", "\"open", "x\n\ny", "x\r\n\r\ny", "short\n", "a,b,c,d,e,f"};

#define COUNT(x) ((int)(sizeof(x) / sizeof *(x)))

/* A file of some columns; of a thousand fields so many are odd, and so many in quotes. */
static void write_random(int columns, int odds, int quoted, bool crlf) {
  used = 0;
  for (int c = 0; c < columns; c++) {
    char name[8];
    put(name, (size_t)snprintf(name, sizeof name, "%sv%d", c == 0 ? "" : ",", c));
  }
  put("\n", 1);
  const size_t most = uniform() < 0.3 ? 400 : FILE_SIZE - 2000;
  while (used < most) {
    for (int c = 0; c < columns; c++) {
      const bool is_odd = uniform() * 1000 < odds, number = c % 4 == 1 && uniform() < 0.98;
      const char *text = is_odd ? odd[below(COUNT(odd))] : ordinary[below(COUNT(ordinary))];
      char digits[32];
      if (number && !is_odd) {
        snprintf(digits, sizeof digits, "%.*f", below(9), (uniform() - 0.3) * pow(10, below(9)));
        text = digits;
      }
      const bool enclose = !is_odd && (strchr(text, ',') != NULL || uniform() * 1000 < quoted);
      if (c > 0) put(",", 1);
      if (enclose) put("\"", 1);
      put(text, strlen(text));
      if (enclose) put("\"", 1);
    }
    put("\r\n" + !crlf, crlf ? 2 : 1);
  }
  if (uniform() < 0.3) used--; /* the last line does not end */
  sample_write(file, used);
}

static void test_random(void) {
  static const int odds[] = {0, 0, 1, 5, 100}, quotes[] = {0, 0, 300, 1000};
  static const way ways[] = {{0, 1, 0}, {1, 1, 0}, {2, 1, 0}, {0, 3, 0}, {0, 1, 1 << 14}, {0, 3, 1 << 14}, {2, 3, 1 << 14}};
  for (int k = 0; k < 300; k++) {
    const bool skip = uniform() < 0.7, numbers = uniform() < 0.9;
    const weeg_encoding encoding = uniform() < 0.8 ? WEEG_UTF8 : WEEG_WINDOWS_1252;
    write_random(numbers ? 2 + below(9) : 1, odds[below(5)], quotes[below(4)], uniform() < 0.3);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
      const way alone = {ALONE, 1, ways[w].window};
      if (!CHECK(read_by(ways[w], skip, encoding) == read_by(alone, skip, encoding))) {
        fprintf(stderr, "file %d, way %d\n", k, (int)w);
        return;
      }
    }
  }
}

/* ---- numbers ---- */

typedef struct number_check {
  double expected[4000];
  int64_t wrong, rows;
} number_check;

static weeg_status check_numbers(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  number_check *k = ctx;
  (void)err;
  for (int64_t i = 0; i < chunk->rows; i++) {
    const double x = chunk->numbers[0][i], y = k->expected[k->rows++];
    k->wrong += memcmp(&x, &y, sizeof x) != 0;
  }
  return WEEG_OK;
}

/* Numbers of 1 to 19 digits, with a mark anywhere or none: the nearest double, its sign too. */
static void test_numbers(void) {
  static number_check k;
  for (int kind = 0; kind < 2; kind++) {
    weeg_csv *csv = NULL;
    const weeg_field field = {1, true};
    int rows = 0;
    used = 0;
    put("a,x\n", 4);
    while (used < FILE_SIZE - 100 && rows < 4000) {
      char text[32] = "";
      int n = 0;
      const int digits = 1 + below(19), mark = below(digits + 6);
      if (uniform() < 0.2) text[n++] = '-';
      for (int d = 0; d <= digits; d++) {
        if (d == mark) text[n++] = '.';
        if (d < digits) text[n++] = (char)('0' + (uniform() < 0.2 ? 0 : below(10)));
      }
      text[n] = '\0';
      k.expected[rows++] = strtod(text, NULL);
      put("t,", 2);
      put(text, (size_t)n);
      put("\n", 1);
    }
    sample_write(file, used);
    k.rows = k.wrong = 0;
    CHECK_OK(weeg_csv_open(sample_path(), NULL, &csv, NULL));
    if (csv == NULL) return;
    csv->dialect.kind = kind == 0 ? 0 : WEEG_MARKS_KINDS;
    CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&field, 1, NULL}, check_numbers, &k, NULL));
    CHECK(k.rows == rows && k.wrong == 0);
    weeg_csv_close(csv);
  }
}

/* A text after a number: is it an error on its line, unless it is a number too? */
static void check_text_after(const char *number, const char *text) {
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  const weeg_field field = {1, true};
  double x;
  char all[256];
  snprintf(all, sizeof all, "a;x\nt;%s\nt;%s\nt;2\n", number, text);
  sample_write(all, strlen(all));
  CHECK_OK(weeg_csv_open(sample_path(), &(weeg_csv_options){.delimiter = ';', .decimal = '.'}, &csv, NULL));
  const weeg_status status = weeg_csv_read(csv, &(weeg_fields){&field, 1, NULL}, check_numbers, &(number_check){{0}}, &err);
  if (weeg_i_number_read(text, strlen(text), '.', &x)) CHECK(status == WEEG_OK && strcmp(text, "12345678.") == 0);
  else CHECK(status == WEEG_ERR_CSV && err.line == 3);
  weeg_csv_close(csv);
}

/* What looks like a number at first, after numbers of its length with the mark anywhere or none. */
static void test_no_numbers(void) {
  static const char *const texts[] = {".", "-.", "--1", "1-", "1..2", "1.2.3", "1,", "12345678/", "1234567:", "1234567890.1234:",
                                      "123456789012345/", "x", "0x10", "1 2", "12345678.", "1234567.8.9", "1234.5678.9012",
                                      "........", "..", "1.-2", "-1-2", "1.2 3", "1234.56:", "/", ":", "/.5", "1:.5", "123.4/67"};
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
    const int n = (int)strlen(texts[k]);
    check_text_after("1", texts[k]);
    for (int mark = 0; mark <= n; mark++) {
      char number[32];
      for (int i = 0; i < n; i++) number[i] = (char)(i == mark ? '.' : '1' + i % 9);
      number[n] = '\0';
      if (strcmp(number, ".") != 0) check_text_after(number, texts[k]);
    }
  }
}

/* ---- texts ---- */

/*
 * Columns of many texts, many of which want to be in one place of usual.c: head + 2 tail, of the first and last eight bytes, are
 * the same where one byte of the first is two more for each that one of the last is less.
 */
static void test_many_texts(void) {
  static const way ways[] = {{0, 1, 0}, {1, 1, 0}, {2, 3, 0}, {0, 3, 1 << 14}};
  for (int kind = 0; kind < 6; kind++) {
    const int most = kind < 3 ? 12 : 400 << kind % 3 * 2;
    used = 0;
    put("a,b,c\n", 6);
    while (used < FILE_SIZE - 100) {
      char line[80];
      const int j = below(12), k = below(12), number = below(most);
      const char first[] = {(char)('A' + 2 * j), 'x', (char)('A' + 2 * k), 'y', '\0'};
      const char last[] = {(char)('z' - j), 'x', (char)('z' - k), 'y', '\0'};
      put(line, (size_t)snprintf(line, sizeof line, "%d,%d,%sabcd%sefgh\n", number, below(3), first, last));
    }
    sample_write(file, used);
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
      const way alone = {ALONE, 1, ways[w].window};
      CHECK(read_by(ways[w], false, WEEG_UTF8) == read_by(alone, false, WEEG_UTF8));
    }
  }
}

/* ---- marks ---- */

/* All ways to look see the same; blanks, tabs and CR are among what one of them counts as blank. */
static void test_looks(void) {
  static const char few[] = ",\n\r\" \tab1\x80\xff";
  marks_kind kinds[WEEG_MARKS_KINDS];
  const int count = weeg_i_marks_kinds(kinds);
  char bytes[4 * WEEG_MARK_BLOCK];
  CHECK(count >= 1);
  for (int k = 0; k < 500; k++) {
    mark_bits bits[WEEG_MARKS_KINDS][4];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = k % 2 == 0 ? few[below(11)] : (char)below(256);
    for (int kind = 0; kind < count; kind++) kinds[kind].look(bytes, 4, ',', '"', bits[kind]);
    for (int i = 0; i < (int)sizeof bytes; i++) {
      const uint64_t bit = (uint64_t)1 << i % 64;
      const char c = bytes[i];
      for (int kind = 0; kind < count; kind++) {
        const mark_bits *b = &bits[kind][i / 64];
        CHECK(((b->delimiter & bit) != 0) == (c == ',') && ((b->lf & bit) != 0) == (c == '\n'));
        CHECK(((b->cr & bit) != 0) == (c == '\r') && ((b->quote & bit) != 0) == (c == '"'));
        CHECK((b->blank & bit) != 0 || (c != ' ' && c != '\t'));
        CHECK((b->blank & bit) == 0 || (unsigned char)c <= ' ');
      }
    }
  }
}

int main(void) {
  test_looks();
  test_numbers();
  test_no_numbers();
  test_many_texts();
  test_random();
  return test_report("usual");
}
