/*
 * Reading CSV files: what was written must be read, whatever the style of writing, the window and the number of threads.
 * The values are drawn at random before they are written, so they are the reference.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#ifdef WEEG_ZLIB
#include <zlib.h>
#endif
#ifdef WEEG_ZSTD
#include <zstd.h>
#endif

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "csv_sample.h"
#include "io/reader.h"

/* ---- random files ---- */

static uint64_t state = 20130401;

/* 0 .. n - 1; xorshift64*, Vigna (2016). */
static int draw(int n) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (int)((state * 0x2545f4914f6cdd1dU >> 33) % (uint64_t)n);
}

enum { MOST_FILE = 1 << 17, MOST_ROWS = 600, MOST_COLUMNS = 6, MOST_VALUE = 48 };

typedef struct style {
  char delimiter, quote;
  const char *ending;
  int quoted;            /* percentage of fields that are quoted without need */
  int blanks;            /* percentage of fields with blanks around them */
  bool last_ending, mark; /* an end of line at the end, a byte order mark */
} style;

static char file[MOST_FILE];
static size_t file_size;
static char value[MOST_ROWS][MOST_COLUMNS][MOST_VALUE];

static void put(const char *s, size_t n) {
  CHECK(file_size + n < MOST_FILE);
  if (file_size + n >= MOST_FILE) return;
  memcpy(file + file_size, s, n);
  file_size += n;
}

static void put_blanks(const style *s) {
  while (draw(100) < s->blanks) put(s->delimiter != '\t' && draw(2) ? "\t" : " ", 1);
}

static void put_value(const style *s, const char *text) {
  bool need = strpbrk(text, "\r\n") != NULL || strchr(text, s->delimiter) != NULL || strchr(text, s->quote) != NULL;
  const size_t n = strlen(text);
  need = need || (n > 0 && (strchr(" \t", text[0]) != NULL || strchr(" \t", text[n - 1]) != NULL));
  put_blanks(s);
  if (!need && draw(100) >= s->quoted) {
    put(text, n);
  } else {
    put(&s->quote, 1);
    for (size_t i = 0; i < n; i++) {
      put(text + i, 1);
      if (text[i] == s->quote) put(text + i, 1);
    }
    put(&s->quote, 1);
  }
  put_blanks(s);
}

/* Few or many different texts, short and long, some with all that needs quotes. */
static void draw_value(const style *s, int column, char *to) {
  static const char *const pieces[] = {"a", "bc", "\"", "'", ",", ";", "\n", "\r\n", "\t", " ", "\xc3\xa9", "niet", "0", "=1"};
  to[0] = '\0';
  if (column == 0) {
    snprintf(to, MOST_VALUE, "%d", draw(100000));
  } else if (column == 1) {
    snprintf(to, MOST_VALUE, "level %d", draw(5));
  } else {
    const int count = draw(column == 2 ? 3 : 8);
    for (int i = 0; i < count; i++) strcat(to, pieces[draw((int)(sizeof pieces / sizeof *pieces))]);
  }
  (void)s;
}

static void write_file(const style *s, int rows, int columns) {
  file_size = 0;
  if (s->mark) put("\xef\xbb\xbf", 3);
  for (int i = -1; i < rows; i++) {
    for (int c = 0; c < columns; c++) {
      char name[24];
      snprintf(name, sizeof name, "name %d", c);
      if (i >= 0) draw_value(s, c, value[i][c]);
      if (c > 0) put(&s->delimiter, 1);
      put_value(s, i < 0 ? name : value[i][c]);
    }
    if (i < rows - 1 || s->last_ending) put(s->ending, strlen(s->ending));
    if (columns > 1 && draw(20) == 0 && i < rows - 1) put(s->ending, strlen(s->ending)); /* a blank line */
  }
  sample_write(file, file_size);
}

/* ---- reading them ---- */

typedef struct comparison {
  weeg_csv *csv;
  const weeg_field *fields;
  int32_t count;
  int64_t rows, different;
} comparison;

static weeg_status compare_chunk(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  comparison *k = ctx;
  (void)err;
  if (chunk->first != k->rows) k->different++;
  for (int64_t i = 0; i < chunk->rows && k->rows + i < MOST_ROWS; i++) {
    for (int32_t f = 0; f < k->count; f++) {
      const char *expected = value[k->rows + i][k->fields[f].column];
      if (k->fields[f].numbers) {
        k->different += chunk->numbers[f][i] != atof(expected);
      } else {
        const int32_t code = chunk->codes[f][i];
        k->different += code == 0 ? expected[0] != '\0' : strcmp(weeg_csv_level(k->csv, f, code), expected) != 0;
      }
    }
  }
  k->rows += chunk->rows;
  return WEEG_OK;
}

static void read_file(const style *s, int rows, int columns, int64_t window, int threads) {
  const weeg_csv_options options = {.delimiter = s->delimiter, .quote = s->quote, .window = window};
  const weeg_hooks hooks = {NULL, NULL, threads, NULL};
  weeg_field fields[MOST_COLUMNS];
  comparison k = {.fields = fields};
  weeg_error err = {0};
  for (int32_t c = 0; c < columns; c++) {
    if (draw(4) > 0) fields[k.count++] = (weeg_field){c, c == 0};
  }
  CHECK_OK(weeg_csv_open(sample_path(), &options, &k.csv, &err));
  if (k.csv == NULL) return;
  CHECK(weeg_csv_columns(k.csv) == columns);
  CHECK_TEXT(weeg_csv_name(k.csv, 0), "name 0");
  for (int again = 0; again < 2; again++) {
    k.rows = 0;
    if (!CHECK_OK(weeg_csv_read(k.csv, &(weeg_fields){fields, k.count, &hooks}, compare_chunk, &k, &err)))
      printf("  %s\n", err.message);
    CHECK(k.rows == rows && k.different == 0);
  }
  weeg_csv_close(k.csv);
}

static void test_random(void) {
  static const char *const endings[] = {"\n", "\r\n", "\r"};
  static const char delimiters[] = {',', ';', '\t', '|'};
  for (int k = 0; k < 120; k++) {
    const style s = {delimiters[draw(4)], draw(4) ? '"' : '\'', endings[draw(3)], draw(3) * 20, draw(3) * 10, draw(2), draw(2)};
    const int rows = draw(3) ? draw(MOST_ROWS) : draw(4), columns = 1 + draw(MOST_COLUMNS);
    write_file(&s, rows, columns);
    /* a record has at most 800 bytes: 6 fields of 48 doubled and quoted, with blanks */
    read_file(&s, rows, columns, 0, 1 + draw(4));
    read_file(&s, rows, columns, 900 + draw(2000), 1 + draw(4));
    read_file(&s, rows, columns, 900 + draw(20000), 1);
  }
}

/* ---- the scan against libcsv ---- */

/* Whether two parts hold the same rows, left-out records and error. */
static bool same_parts(const weeg_part *a, const weeg_part *b) {
  const weeg_trouble *x = &a->fatal, *y = &b->fatal;
  bool same = a->rows == b->rows && a->record == b->record && a->skipped_count == b->skipped_count;
  same = same && x->problem == y->problem;
  if (x->problem == WEEG_PROBLEM_NONE) {
    same = same && a->lines == b->lines;
  } else {
    same = same && x->record == y->record && x->field == y->field;
  }
  for (int64_t i = 0; same && i < a->skipped_count; i++) {
    x = &a->skipped[i];
    y = &b->skipped[i];
    same = x->problem == y->problem && x->record == y->record && x->field == y->field;
  }
  for (int32_t f = 0; same && f < a->dialect->count; f++) {
    for (int64_t i = 0; same && i < a->rows; i++) {
      const int32_t c = a->fields[f].codes[i], d = b->fields[f].codes[i];
      same = (c == 0) == (d == 0);
      if (same && c != 0) {
        same = strcmp(weeg_i_strings_text(&a->fields[f].strings, c), weeg_i_strings_text(&b->fields[f].strings, d)) == 0;
      }
    }
  }
  return same;
}

/* Any bytes, with the scan and by libcsv alone, which is the reference of what CSV is. */
static void test_scan(void) {
  enum { MOST_BYTES = 3000 };
  static const char *const alphabets[] = {"ab1 ,,\n\n\"\"", "a,\n\"", "ab1 \t,,;\n\r\"\xe9", "a  ,\r\n\"\"\"", "ab,,\n\r\t "};
  static const weeg_text missing = {"", 0};
  static const weeg_field fields[] = {{0, false}, {1, false}, {2, false}};
  static const int32_t all[] = {0, 1, 2}, first[] = {0, -1, -1};
  static char bytes[MOST_BYTES + WEEG_PADDING];
  for (int k = 0; k < 6000; k++) {
    const char *alphabet = alphabets[draw(5)];
    const int32_t columns = 1 + draw(3);
    const bool one = draw(4) == 0;
    const weeg_dialect dialect = {.delimiter = ',', .decimal = '.', .quote = '"', .skip = draw(2), .max_field = draw(3) ? 100 : 3,
                                  .columns = columns, .wanted = one ? first : all, .count = one ? 1 : columns, .fields = fields,
                                  .missing = &missing, .missing_count = 1};
    const int n = draw(8) ? draw(60) : draw(MOST_BYTES);
    for (int i = 0; i < n; i++) bytes[i] = alphabet[draw((int)strlen(alphabet))];
    weeg_part parts[2] = {{0}, {0}};
    for (int way = 0; way < 2; way++) {
      CHECK(weeg_i_part_new(&parts[way], &dialect) == WEEG_OK);
      parts[way].from = bytes;
      parts[way].to = bytes + n;
      CHECK(weeg_i_part_begin(&parts[way]));
    }
    weeg_i_part_scan(&parts[0]);
    (void)weeg_i_part_read_quoted(&parts[1], bytes, bytes + n);
    parts[1].lines = weeg_i_count_lines(bytes, bytes + n);
    if (!CHECK(same_parts(&parts[0], &parts[1]))) printf("  columns %d: %.*s\n----\n", (int)columns, n, bytes);
    for (int way = 0; way < 2; way++) weeg_i_part_clear(&parts[way]);
  }
}

/* ---- numbers: against strtod of the C library, in its C locale, which rounds correctly ---- */

static weeg_status compare_numbers(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  int64_t *rows = ctx;
  (void)err;
  for (int64_t i = 0; i < chunk->rows; i++) {
    const double expected = strtod(value[chunk->first + i][0], NULL);
    CHECK(chunk->numbers[0][i] == expected);
  }
  *rows += chunk->rows;
  return WEEG_OK;
}

static void test_numbers(void) {
  static const char *const hard[] = {
      "9007199254740993", "9007199254740991.5", "2.2250738585072011e-308", "4.9e-324",
      "2.4703282292062328e-324", "1e308", "1e309", "0.1", "123456789012345678901234567890",
      "1.7976931348623157e308", "8.5e-1", "000000000000000000000000000000000001.5",
      "0.000000000000000000000000000000000000015", "9214843084008499", "30078505129381147446200", "1e-400",
      "0e99999999999"};
  const int known = (int)(sizeof hard / sizeof *hard);
  const weeg_field field = {0, true};
  weeg_csv *csv = NULL;
  int64_t rows = 0;
  file_size = 0;
  put("x\n", 2);
  for (int i = 0; i < MOST_ROWS; i++) {
    char *to = value[i][0];
    if (i < known) {
      snprintf(to, MOST_VALUE, "%s", hard[i]);
    } else { /* up to 30 digits with a point somewhere, and perhaps an exponent */
      const int digits = 1 + draw(30), point = draw(digits + 1);
      size_t n = 0;
      if (draw(3) == 0) to[n++] = '-';
      for (int d = 0; d < digits; d++) {
        if (d == point) to[n++] = '.';
        to[n++] = (char)('0' + draw(10));
      }
      to[n] = '\0';
      if (draw(2)) snprintf(to + n, MOST_VALUE - n, "e%d", draw(80) - 40);
    }
    put(to, strlen(to));
    put("\n", 1);
  }
  sample_write(file, file_size);
  CHECK_OK(weeg_csv_open(sample_path(), NULL, &csv, NULL));
  CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&field, 1}, compare_numbers, &rows, NULL));
  CHECK(rows == MOST_ROWS);
  weeg_csv_close(csv);
}

/* ---- whole columns ---- */

static void test_collect(void) {
  enum { ROWS = 700 }; /* 300 different texts: codes of two bytes, the first rows of one */
  const weeg_field fields[] = {{1, false}, {0, true}, {2, false}};
  const weeg_csv_options options = {.window = 500};
  static uint16_t wide[ROWS];
  static uint8_t narrow[ROWS];
  static double number[ROWS];
  weeg_csv *csv = NULL;
  weeg_csv_data *data = NULL;
  file_size = 0;
  put("x,wide,narrow\n", 14);
  for (int i = 0; i < ROWS; i++) {
    char line[64];
    snprintf(line, sizeof line, "%d,t%d,%s\n", i, i % 300, i % 3 == 0 ? "" : i % 3 == 1 ? "one" : "two");
    put(line, strlen(line));
  }
  sample_write(file, file_size);
  CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, NULL));
  CHECK_OK(weeg_csv_collect(csv, &(weeg_fields){fields, 3}, &data, NULL));
  CHECK(weeg_csv_data_rows(data) == ROWS);
  CHECK(weeg_csv_data_type(data, 0) == WEEG_CODE_U16 && weeg_csv_data_type(data, 2) == WEEG_CODE_U8);
  CHECK(weeg_csv_levels(csv, 0) == 300 && weeg_csv_levels(csv, 2) == 2);
  weeg_csv_data_take(data, 0, wide);
  weeg_csv_data_take(data, 1, number);
  weeg_csv_data_take(data, 2, narrow);
  for (int i = 0; i < ROWS; i++) CHECK(wide[i] == i % 300 + 1 && number[i] == i && narrow[i] == i % 3);
  narrow[0] = 7;
  weeg_csv_data_take(data, 2, narrow);
  CHECK(narrow[0] == 7);
  weeg_csv_data_free(data);
  weeg_csv_data_free(NULL);
  weeg_csv_close(csv);
  weeg_csv_close(NULL);
}

/* So many different texts, each twice: codes of one byte up to 255, of two up to 65535, else of four. */
static void test_code_types(void) {
  static const struct { int texts; weeg_code_type type; } cases[] = {
      {255, WEEG_CODE_U8}, {256, WEEG_CODE_U16}, {65535, WEEG_CODE_U16}, {65536, WEEG_CODE_I32}};
  static char text[1 << 20];
  static int32_t codes[2 * 65536];
  const weeg_field field = {0, false};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const int texts = cases[k].texts;
    weeg_csv *csv = NULL;
    weeg_csv_data *data = NULL;
    size_t n = (size_t)snprintf(text, sizeof text, "x\n");
    for (int i = 0; i < 2 * texts; i++) n += (size_t)snprintf(text + n, sizeof text - n, "%x\n", i % texts);
    sample_write(text, n);
    CHECK_OK(weeg_csv_open(sample_path(), NULL, &csv, NULL));
    CHECK_OK(weeg_csv_collect(csv, &(weeg_fields){&field, 1}, &data, NULL));
    if (!CHECK(weeg_csv_data_rows(data) == 2 * texts && weeg_csv_data_type(data, 0) == cases[k].type)) continue;
    weeg_csv_data_take(data, 0, codes);
    int wrong = 0;
    for (int i = 0; i < 2 * texts; i++) {
      const int32_t code = cases[k].type == WEEG_CODE_U8    ? ((uint8_t *)codes)[i]
                           : cases[k].type == WEEG_CODE_U16 ? ((uint16_t *)codes)[i]
                                                            : codes[i];
      wrong += code != i % texts + 1;
    }
    CHECK(wrong == 0);
    weeg_csv_data_free(data);
    weeg_csv_close(csv);
  }
}

/* ---- what is not a matter of the bytes ---- */

static int stop_at_once(void *ctx) {
  (void)ctx;
  return 1;
}

static weeg_status refuse(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  (void)ctx;
  (void)chunk;
  return weeg_fail(err, WEEG_ERR_NUMERIC, 3, "refused");
}

static void note_progress(void *ctx, double done) {
  double *last = ctx;
  CHECK(done >= *last && done <= 1);
  *last = done;
}

static void test_arguments(void) {
  static const weeg_csv_options wrong[] = {{.delimiter = '\n'}, {.delimiter = '"'}, {.quote = '\r'}, {.decimal = ';'},
                                           {.max_field = -1},   {.window = -1},     {.missing_count = -1}, {.delimiter = '\x80'},
                                           {.delimiter = '\r'}, {.quote = '\n'}, {.quote = '\x80'},
                                           {.delimiter = ';', .quote = ';'},
                                           {.decimal = '\''}, {.thousands = ';'}, {.skip_before = -1, .no_header = true},
                                           {.skip_after = -1, .no_header = true},
                                           {.max_field = INT64_MAX}, {.window = INT64_MAX}, {.skip_before = -1},
                                           {.skip_after = -1}, {.skip_after = 1, .no_header = true}, {.thousands = 'x'},
                                           {.thousands = ',', .decimal = ','}};
  const weeg_field twice[] = {{0, false}, {0, true}}, beyond = {2, false};
  const weeg_field before = {-1, false};
  const weeg_field first = {0, false};
  double done = 0;
  const weeg_hooks hooks = {stop_at_once, NULL, 1, NULL}, progress = {NULL, &done, 1, note_progress};
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  static shown_rows shown;
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    CHECK_STATUS(weeg_csv_open(sample_path(), &wrong[k], &csv, &err), WEEG_ERR_ARGUMENT);
    CHECK(csv == NULL);
  }
  CHECK_STATUS(weeg_csv_open("/nowhere/at/all", NULL, &csv, &err), WEEG_ERR_FILE);
  CHECK_STATUS(weeg_csv_open("/", NULL, &csv, &err), WEEG_ERR_FILE);
  sample_write("a,b\n1,2\n", 8);
  CHECK_OK(weeg_csv_open(sample_path(), NULL, &csv, &err));
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){twice, 2}, show_chunk, &shown, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&beyond, 1}, show_chunk, &shown, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&before, 1}, show_chunk, &shown, &err), WEEG_ERR_ARGUMENT);
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&first, 1, &hooks}, show_chunk, &shown, &err),
               WEEG_ERR_INTERRUPTED);
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&first, 1}, refuse, NULL, NULL), WEEG_ERR_NUMERIC);
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&first, 1}, refuse, NULL, &err), WEEG_ERR_NUMERIC);
  CHECK(err.where == 3);
  shown = (shown_rows){.csv = csv, .count = 1};
  CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&first, 1, &progress}, show_chunk, &shown, &err));
  CHECK_TEXT(shown.text, "1/");
  CHECK(done == 1);
  shown = (shown_rows){.csv = csv};
  CHECK_OK(
      weeg_csv_read(csv, &(weeg_fields){NULL, 0}, show_chunk, &shown, &err)); /* rows are counted all the same */
  CHECK(shown.rows == 1);
  weeg_csv_close(csv);
}

/* Records and lines that do not fit into a window. */
static void test_windows(void) {
  static const struct { const char *text; bool skip; const char *expected; int64_t line; } cases[] = {
      {"a,b\n1,x\n2,yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n3,z\n", false, "", 3},
      {"a,b\n1,x\n2,\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\nyyyyyyyyyyyyyyyyyyyyyyyyyy\"\n3,z\n", false, "", 3},
      {"a,b\n1,x\n2,yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n3,z\n4\n", true, "1|x/3|z/", 0},
      {"a,b\n1,x\n2,\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"\n3,z\n4\n", true, "1|x/3|z/", 0}};
  const weeg_field fields[] = {{0, false}, {1, false}};
  static shown_rows shown;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const weeg_csv_options options = {.window = 24, .skip = cases[k].skip};
    const weeg_csv_skip *list = NULL;
    weeg_error err = {0};
    weeg_csv *csv = NULL;
    sample_write(cases[k].text, strlen(cases[k].text));
    CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err));
    shown = (shown_rows){.csv = csv, .count = 2};
    const weeg_status status = weeg_csv_read(csv, &(weeg_fields){fields, 2}, show_chunk, &shown, &err);
    CHECK_STATUS(status, cases[k].skip ? WEEG_OK : WEEG_ERR_CSV);
    CHECK(err.line == cases[k].line);
    if (cases[k].skip) {
      CHECK_TEXT(shown.text, cases[k].expected);
      CHECK(weeg_csv_skipped(csv, &list, NULL) == 2 && list[0].line == 3 && list[1].line == 5);
    }
    weeg_csv_close(csv);
  }
}

/* Any records, good and bad, in small windows: rows, errors and what is left out are the same with more threads. */
static weeg_status read_pieces(const weeg_csv_options *options, int threads, shown_rows *shown, weeg_error *err) {
  const weeg_field fields[] = {{0, false}, {1, true}};
  const weeg_hooks hooks = {.threads = threads};
  const weeg_csv_skip *list = NULL;
  weeg_csv *csv = NULL;
  *err = (weeg_error){0};
  CHECK_OK(weeg_csv_open(sample_path(), options, &csv, err));
  *shown = (shown_rows){.csv = csv, .count = 2};
  const weeg_status status = weeg_csv_read(csv, &(weeg_fields){fields, 2, &hooks}, show_chunk, shown, err);
  const int64_t skipped = weeg_csv_skipped(csv, &list, NULL);
  for (int64_t k = 0; k < skipped && k < WEEG_SKIPS_LISTED; k++) {
    char text[64];
    snprintf(text, sizeof text, "%d:%d:%d/", (int)list[k].line, (int)list[k].lines, list[k].problem);
    show_text(shown, text);
  }
  weeg_csv_close(csv);
  return status;
}

/* Of many records that are left out the first are listed, and all are counted; the mark tells whether they are the same. */
static uint64_t mark_of(const char *text, int64_t count, int64_t first) {
  const weeg_csv_options options = {.skip = true};
  const weeg_field fields[] = {{0, false}, {1, true}};
  const weeg_csv_skip *list = NULL;
  static shown_rows shown;
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  uint64_t mark = 0, same = 1;
  sample_write(text, strlen(text));
  CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err));
  for (int k = 0; k < 2; k++) {
    shown = (shown_rows){.csv = csv, .count = 2};
    CHECK_OK(weeg_csv_read(csv, &(weeg_fields){fields, 2}, show_chunk, &shown, &err));
    CHECK(weeg_csv_skipped(csv, &list, k == 0 ? &mark : &same) == count);
    CHECK(count == 0 || list[0].line == first);
  }
  CHECK(mark == same);
  CHECK(count <= WEEG_SKIPS_LISTED || list[WEEG_SKIPS_LISTED - 1].line == first + WEEG_SKIPS_LISTED - 1);
  weeg_csv_close(csv);
  return mark;
}

static void test_many_skipped(void) {
  static char text[8000];
  int used = snprintf(text, sizeof text, "a,b\n");
  for (int k = 0; k < 1500; k++) used += snprintf(text + used, sizeof text - (size_t)used, "x\n");
  strcpy(text + used, "x,1\nx\nx,2\n");
  const uint64_t one = mark_of(text, 1501, 2);
  strcpy(text + used, "x,1\nx,2\nx\n");
  const uint64_t other = mark_of(text, 1501, 2);
  strcpy(text + used, "x,1\nx,2\n");
  const uint64_t fewer = mark_of(text, 1500, 2);
  CHECK(one != other && one != fewer && other != fewer);
  CHECK(mark_of("a,b\nx,1\n", 0, 0) == 0);
}

static void test_pieces(void) {
  static const char *const pieces[] = {
      "x,1\n", "yy,22\n", "\"z\nz\",3\r\n", "\n", "q\n", "x,heavy\n", "\"", "x,y,z\n", "a\"b,1\n", "\"\"\"\",4\n",
      "\"open\n,", "x,5\r", "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww,1\n"};
  enum { PIECES = sizeof pieces / sizeof *pieces };
  static shown_rows one, three;
  for (int k = 0; k < 600; k++) {
    const weeg_csv_options options = {.window = 24 + draw(60), .skip = draw(4) > 0};
    char text[4096] = "a,b\n";
    weeg_error err = {0}, other = {0};
    const int good = draw(2) ? 4 : PIECES, count = draw(60);
    for (int i = 0; i < count; i++) strcat(text, pieces[draw(draw(10) ? good : PIECES)]);
    sample_write(text, strlen(text));
    const weeg_status status = read_pieces(&options, 1, &one, &err);
    CHECK(read_pieces(&options, 3, &three, &other) == status);
    CHECK_TEXT(three.text, one.text);
    CHECK(other.line == err.line && other.column == err.column && strcmp(other.message, err.message) == 0);
  }
}

/* The line of a row, among blank lines, fields of several lines and records that are left out. */
static void test_line_of_row(void) {
  static const char text[] = "a,b\n\n1,x\n2\n\"3\n\",y\n\n4,\"z\"w\n5,x\n\"6\n\n\",x,y\n7,x";
  static const int64_t lines[] = {3, 5, 9, 13};
  static const int64_t windows[] = {0, 30};
  for (int w = 0; w < 2; w++) {
    const weeg_csv_options options = {.skip = true, .window = windows[w]};
    weeg_csv *csv = NULL;
    weeg_error err = {0};
    weeg_csv_data *data = NULL;
    const weeg_csv_place *place = NULL;
    static shown_rows shown;
    sample_write(text, sizeof text - 1);
    CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err));
    shown = (shown_rows){.csv = csv};
    CHECK_OK(weeg_csv_read(csv, &(weeg_fields){NULL, 0}, show_chunk, &shown, &err));
    CHECK(shown.rows == 4);
    for (int row = 0; row < 4; row++) CHECK(shown.line[row] == lines[row]);
    /* kept where they do not follow each other */
    CHECK_OK(weeg_csv_collect(csv, &(weeg_fields){NULL, 0}, &data, &err));
    CHECK(weeg_csv_data_places(data, &place) == 4);
    for (int row = 0; row < 4; row++) CHECK(place[row].row == row && place[row].line == lines[row]);
    weeg_csv_data_free(data);
    weeg_csv_close(csv);
  }
}

/* Records with quotes, of one line and of two, and blank lines between: a row's line counts the ends of lines before it. */
static void test_lines_of_many(void) {
  enum { RECORDS = 20000 };
  static char text[RECORDS * 24];
  static int64_t expected[RECORDS];
  size_t n = (size_t)snprintf(text, sizeof text, "a,b\r\n");
  int64_t line = 2;
  for (int i = 0; i < RECORDS; i++) {
    expected[i] = line;
    const int kind = i % 7;
    const char *rest = kind == 0 ? "\"x\r\ny\"\r\n" : kind == 3 ? "\"\"\"q\n\"\n\n" : kind == 4 ? "\"z\"\r" : "z\n";
    n += (size_t)snprintf(text + n, sizeof text - n, "%d,%s", i, rest);
    line += kind == 0 ? 2 : kind == 3 ? 3 : 1;
  }
  sample_write(text, n);
  for (int variant = 0; variant < 4; variant++) {
    const weeg_csv_options options = {.window = variant & 1 ? 1 << 12 : 0};
    const weeg_hooks hooks = {.threads = variant & 2 ? 3 : 1};
    const weeg_field fields[] = {{0, true}};
    const weeg_csv_place *place = NULL;
    weeg_csv *csv = NULL;
    weeg_csv_data *data = NULL;
    weeg_error err = {0};
    CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err));
    CHECK_OK(weeg_csv_collect(csv, &(weeg_fields){fields, 1, &hooks}, &data, &err));
    const int64_t places = weeg_csv_data_places(data, &place);
    int64_t at = 0, wrong = 0;
    for (int64_t i = 0; i < RECORDS; i++) {
      if (at + 1 < places && place[at + 1].row == i) at++;
      wrong += place[at].line + i - place[at].row != expected[i];
    }
    CHECK(weeg_csv_data_rows(data) == RECORDS && places > RECORDS / 4 && places < RECORDS / 2 && wrong == 0);
    weeg_csv_data_free(data);
    weeg_csv_close(csv);
  }
}

/* Standard input: once. */
static void test_standard_input(void) {
  const weeg_field field = {1, false};
  static shown_rows shown;
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  sample_write("a,b\n1,x\n2,y\n", 12);
  CHECK(freopen(sample_path(), "rb", stdin) != NULL);
  CHECK_OK(weeg_csv_open("-", NULL, &csv, &err));
  shown = (shown_rows){.csv = csv, .count = 1};
  CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&field, 1}, show_chunk, &shown, &err));
  CHECK_TEXT(shown.text, "x/y/");
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&field, 1}, show_chunk, &shown, &err), WEEG_ERR_FILE);
  weeg_csv_close(csv);
}

/* ---- compressed files ---- */

enum { PACKED_ROWS = 20000, PACKED_FILE = 1 << 20 };

static char packed[PACKED_FILE], unpacked[PACKED_FILE];

/*
 * Rows `i,level,noise`, of which the half is one member or frame, so that there are two of them. The noise cannot be packed: the
 * file is longer than what is read of it at a time.
 */
static size_t write_half(int half) {
  size_t n = half == 0 ? (size_t)snprintf(unpacked, PACKED_FILE, "i,level,noise\n") : 0;
  for (int i = half * PACKED_ROWS / 2; i < (half + 1) * PACKED_ROWS / 2; i++) {
    n += (size_t)snprintf(unpacked + n, PACKED_FILE - n, "%d,l%d,%08x%08x\n", i, i % 7, draw(INT32_MAX), draw(INT32_MAX));
  }
  return n;
}

typedef size_t (*pack_function)(size_t size, char *to, size_t room);

#ifdef WEEG_ZLIB
static size_t pack_gzip(size_t size, char *to, size_t room) {
  z_stream z = {.next_in = (unsigned char *)unpacked, .avail_in = (unsigned)size, .next_out = (unsigned char *)to,
                .avail_out = (unsigned)room};
  CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  CHECK(deflateEnd(&z) == Z_OK);
  return room - z.avail_out;
}
#endif

#ifdef WEEG_ZSTD
static size_t pack_zstd(size_t size, char *to, size_t room) {
  ZSTD_CCtx *context = ZSTD_createCCtx();
  CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)));
  const size_t n = ZSTD_compress2(context, to, room, unpacked, size);
  CHECK(!ZSTD_isError(n));
  CHECK(ZSTD_freeCCtx(context) == 0);
  return n;
}
#endif

typedef struct packed_rows { int64_t rows, wrong; } packed_rows;

static weeg_status check_packed(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  packed_rows *p = ctx;
  (void)err;
  for (int64_t i = 0; i < chunk->rows; i++) {
    p->wrong += chunk->numbers[0][i] != (double)(p->rows + i) || chunk->codes[1][i] != (p->rows + i) % 7 + 1;
  }
  p->rows += chunk->rows;
  return WEEG_OK;
}

static weeg_status read_packed(bool skip, int threads, int64_t *rows, weeg_error *err) {
  const weeg_hooks hooks = {.threads = threads};
  const weeg_field fields[] = {{0, true}, {1, false}};
  const weeg_csv_options options = {.window = 10000, .skip = skip};
  packed_rows p = {0, 0};
  weeg_csv *csv = NULL;
  weeg_status status = weeg_csv_open(sample_path(), &options, &csv, err);
  for (int again = 0; again < 2 && status == WEEG_OK; again++) {
    p.rows = 0;
    status = weeg_csv_read(csv, &(weeg_fields){fields, 2, &hooks}, check_packed, &p, err);
  }
  CHECK(p.wrong == 0 || status != WEEG_OK); /* of a damaged file, wrong rows may come before the error */
  weeg_csv_close(csv);
  *rows = p.rows;
  return status;
}

/* An error at the end of what can be unpacked leaves the same rows, and is the same, with more threads. */
static weeg_status read_both_ways(bool skip, int64_t *rows, weeg_error *err) {
  weeg_error other = {0};
  int64_t other_rows = 0;
  const weeg_status status = read_packed(skip, 1, rows, err);
  CHECK(read_packed(skip, 3, &other_rows, &other) == status && other_rows == *rows);
  CHECK(status == WEEG_OK || (strcmp(other.message, err->message) == 0 && other.line == err->line));
  return status;
}

static void test_packed(pack_function pack) {
  weeg_error err = {0};
  int64_t rows = 0;
  size_t n = pack(write_half(0), packed, PACKED_FILE);
  const size_t first = n;
  n += pack(write_half(1), packed + n, PACKED_FILE - n);
  sample_write(packed, n);
  CHECK_OK(read_both_ways(false, &rows, &err));
  CHECK(rows == PACKED_ROWS);
  for (size_t cut = 10; cut < n; cut += 7919) { /* cut off anywhere but between the two */
    if (cut == first) continue;
    sample_write(packed, cut);
    CHECK_STATUS(read_both_ways(false, &rows, &err), WEEG_ERR_FILE);
  }
  for (size_t at = 12; at < n; at += 8009) { /* a bit that is not what it was: the checksums tell, at the latest */
    packed[at] ^= 16;
    sample_write(packed, n);
    const weeg_status status = read_both_ways(false, &rows, &err);
    CHECK(status == WEEG_ERR_FILE || status == WEEG_ERR_CSV);
    CHECK_STATUS(read_both_ways(true, &rows, &err), WEEG_ERR_FILE);
    packed[at] ^= 16;
  }
}

/* A file that is away for a while: an error each time, and then it is read. */
static void test_away(void) {
  const weeg_field first = {0, false};
  static shown_rows shown;
  char away[64];
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  snprintf(away, sizeof away, "%s.away", sample_path());
  sample_write("a,b\n1,2\n", 8);
  CHECK_OK(weeg_csv_open(sample_path(), NULL, &csv, &err));
  shown = (shown_rows){.csv = csv, .count = 1};
  CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, &shown, &err));
  CHECK(rename(sample_path(), away) == 0);
  for (int k = 0; k < 2; k++) {
    CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, &shown, &err), WEEG_ERR_FILE);
    CHECK(strstr(err.message, "cannot be opened") != NULL);
  }
  CHECK(rename(away, sample_path()) == 0);
  shown = (shown_rows){.csv = csv, .count = 1};
  CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, &shown, &err));
  CHECK_TEXT(shown.text, "1/");
  sample_write("a", 1); /* shorter than its header was */
  CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, &shown, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "the file has changed") != NULL);
  sample_write("a,b\n", 4); /* only its header is left */
  shown = (shown_rows){.csv = csv, .count = 1};
  CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, &shown, &err));
  CHECK(shown.rows == 0);
  weeg_csv_close(csv);
}

/* What can be opened but not read, as the memory of no process, and what cannot be opened though it is there. */
static void test_unreadable(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  CHECK_STATUS(weeg_csv_open("/proc/self/mem", NULL, &csv, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "cannot be read: ") != NULL && strstr(err.message, strerror(EIO)) != NULL);
  snprintf(address.sun_path, sizeof address.sun_path, "%s.s", sample_path());
  const int end = socket(AF_UNIX, SOCK_STREAM, 0);
  CHECK(end >= 0 && bind(end, (const struct sockaddr *)&address, sizeof address) == 0);
  CHECK_STATUS(weeg_csv_open(address.sun_path, NULL, &csv, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "cannot be opened: ") != NULL && csv == NULL);
  CHECK(close(end) == 0 && unlink(address.sun_path) == 0);
}

/*
 * Fields with quotes in them, which libcsv reads, of more bytes than it is given at first and at a time; and one column, whose
 * ends of lines lie at, before and behind the end of what it is given.
 */
static void test_libcsv(void) {
  enum { MOST = 70000, PIECE = 1 << 16 };
  static const int lengths[] = {1, 1000, 1020, 1021, 1022, 1023, 1024, 1025, 2047, 2048, 2049, 5000, MOST};
  static const char *const ends[] = {"\n", "\r\n", "\r"};
  static char text[2 * MOST], field[MOST + 4];
  const weeg_field first = {0, false};
  const weeg_csv_options options = {.max_field = 2 * MOST, .delimiter = ','};
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  shown_rows *s = malloc(sizeof *s);
  if (!CHECK(s != NULL)) return;
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
    for (int i = 0; i < lengths[k]; i++) field[i] = (char)('a' + i % 26);
    field[lengths[k]] = '\0';
    const int n = snprintf(text, sizeof text, "a,b\n\"\"\"%s\",x\n\"\"\"\",y\n", field);
    sample_write(text, (size_t)n);
    *s = (shown_rows){.csv = NULL};
    if (!CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err))) continue;
    s->csv = csv;
    s->count = 0;
    CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, s, &err));
    CHECK(s->rows == 2 && weeg_csv_level(csv, 0, 1)[0] == '"' && strcmp(weeg_csv_level(csv, 0, 1) + 1, field) == 0);
    CHECK_TEXT(weeg_csv_level(csv, 0, 2), "\"");
    weeg_csv_close(csv);
  }
  /* a header of one name in quotes, and lines of 16 bytes up to the end of a piece */
  for (int shift = -3; shift <= 3; shift++) {
    for (int e = 0; e < 3; e++) {
      size_t n = (size_t)snprintf(text, sizeof text, "a%s\"\"\"", ends[e]);
      const size_t start = 1 + strlen(ends[e]);
      while (n - start < (size_t)(PIECE + shift)) text[n++] = 'x';
      n += (size_t)snprintf(text + n, sizeof text - n, "\"%s%sy%s", ends[e], ends[e], ends[e]);
      sample_write(text, n);
      if (!CHECK_OK(weeg_csv_open(sample_path(), &options, &csv, &err))) continue;
      *s = (shown_rows){.csv = csv, .count = 0};
      CHECK_OK(weeg_csv_read(csv, &(weeg_fields){&first, 1}, show_chunk, s, &err));
      CHECK(s->rows == 3 && strcmp(weeg_csv_level(csv, 0, 2), "y") == 0); /* the text, an empty one, y */
      weeg_csv_close(csv);
    }
  }
  free(s);
}

static void test_other_files(void) {
  static const struct { const char *bytes; size_t size; } others[] = {
      {"BZh91AY", 7}, {"\xfd" "7zXZ\0\0", 7}, {"PK\3\4\24\0", 6}, {"BZh", 3}, {"\xfd" "7zXZ", 5}, {"PK\3\4", 4}};
  weeg_error err = {0};
  weeg_csv *csv = NULL;
  for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
    sample_write(others[k].bytes, others[k].size);
    CHECK_STATUS(weeg_csv_open(sample_path(), NULL, &csv, &err), WEEG_ERR_FILE);
    CHECK(strstr(err.message, "unpack") != NULL);
  }
#if defined(WEEG_ZSTD) && defined(WEEG_ZLIB)
  static const struct { const char *bytes; size_t size; } begun[] = {{"\x28\xb5\x2f\xfd", 4}, {"\x1f\x8b", 2}};
  for (size_t k = 0; k < sizeof begun / sizeof *begun; k++) {
    sample_write(begun[k].bytes, begun[k].size);
    CHECK_STATUS(weeg_csv_open(sample_path(), NULL, &csv, &err), WEEG_ERR_FILE);
    CHECK(strstr(err.message, k == 0 ? "(zstd) ends too early" : "(gzip) ends too early") != NULL);
  }
#endif
#ifndef WEEG_ZSTD
  sample_write("\x28\xb5\x2f\xfd....", 8);
  CHECK_STATUS(weeg_csv_open(sample_path(), NULL, &csv, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "libzstd") != NULL);
#endif
#ifndef WEEG_ZLIB
  sample_write("\x1f\x8b........", 10);
  CHECK_STATUS(weeg_csv_open(sample_path(), NULL, &csv, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "zlib") != NULL);
#endif
}

int main(void) {
  test_other_files();
#ifdef WEEG_ZLIB
  test_packed(pack_gzip);
#endif
#ifdef WEEG_ZSTD
  test_packed(pack_zstd);
#endif
  test_random();
  test_scan();
  test_numbers();
  test_collect();
  test_code_types();
  test_arguments();
  test_windows();
  test_many_skipped();
  test_pieces();
  test_line_of_row();
  test_lines_of_many();
  test_away();
  test_unreadable();
  test_libcsv();
  test_standard_input();
  (void)unlink(sample_path());
  return test_report("csv");
}
