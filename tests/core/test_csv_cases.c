/*
 * CSV files as people and programs write them, most of them odd or malformed: what is read, or which error at which line and
 * column. The expected results follow from the rules in weeg.h and RFC 4180, by hand. Every case is read with one thread and
 * three, and with windows of several sizes, so that its records lie across the bounds of windows and parts.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include "csv_sample.h"
#include "io/reader.h"

enum { MOST_COLUMNS = 64 };

/* Options: a letter each, some with a value behind it. */
typedef struct csv_case {
  const char *name;
  const char *text;
  size_t size;
  const char *options;   /* d delimiter, m decimal mark, q quote, h no header, l Latin-1, s skip, n last column is numbers,
                            f max_field of 8, x missing is "" and "99", c only the first column */
  const char *expected;  /* rows, "|" between fields, "/" after each; "line:column" of an error, "?" an error without a place;
                            behind rows, "!line+lines:column" of each record that is left out */
} csv_case;

#define TEXT(s) s, sizeof(s) - 1

static const csv_case cases[] = {
    /* -- the plain form, and ends of lines -- */
    {"two rows", TEXT("a,b\n1,x\n2,y\n"), "", "1|x/2|y/"},
    {"no end of line at the end", TEXT("a,b\n1,x\n2,y"), "", "1|x/2|y/"},
    {"CR LF", TEXT("a,b\r\n1,x\r\n2,y\r\n"), "", "1|x/2|y/"},
    {"CR LF, none at the end", TEXT("a,b\r\n1,x\r\n2,y"), "", "1|x/2|y/"},
    {"CR", TEXT("a,b\r1,x\r2,y\r"), "", "1|x/2|y/"},
    {"CR, none at the end", TEXT("a,b\r1,x\r2,y"), "", "1|x/2|y/"},
    {"ends of lines mixed", TEXT("a,b\n1,x\r\n2,y\r3,z\n"), "", "1|x/2|y/3|z/"},
    {"blank lines", TEXT("a,b\n\n1,x\n\n\n2,y\n\n"), "", "1|x/2|y/"},
    {"blank lines, CR LF", TEXT("a,b\r\n\r\n1,x\r\n\r\n2,y\r\n"), "", "1|x/2|y/"},
    {"lines of blanks", TEXT("a,b\n  \t\n1,x\n \n2,y\n   "), "", "1|x/2|y/"},
    {"blank lines before the header", TEXT("\n\n \na,b\n1,x\n"), "", "1|x/"},
    {"a header alone", TEXT("a,b\n"), "", ""},
    {"a header alone, no end of line", TEXT("a,b"), "", ""},
    {"an empty file", TEXT(""), "", "?"},
    {"ends of lines only", TEXT("\n\r\n\n"), "", "?"},
    {"a byte order mark only", TEXT("\xef\xbb\xbf"), "", "?"},
    /* -- one column: a blank line is a row -- */
    {"one column", TEXT("a\n1\n2\n"), "", "1/2/"},
    {"one column, blank lines", TEXT("a\n1\n\n2\n\n"), "", "1/-/2/-/"},
    {"one column, blank lines, CR LF", TEXT("a\r\n1\r\n\r\n2\r\n\r\n"), "", "1/-/2/-/"},
    {"one column, blank lines, CR", TEXT("a\r1\r\r2\r"), "", "1/-/2/"},
    {"one column, blank lines and a quote", TEXT("a\n\"1\"\n\n2\n\n"), "", "1/-/2/-/"},
    {"one column, blank lines, CR LF and a quote", TEXT("a\r\n\"1\"\r\n\r\n\r\n2\r\n\r\n"), "", "1/-/-/2/-/"},
    {"one column, blank lines, CR and a quote", TEXT("a\r\"1\"\r\r2\r"), "", "1/-/2/"},
    {"one column, an error after blank lines", TEXT("a\n1\n\n\"2\n"), "", "4:1"},
    {"one column, not a number after blank lines", TEXT("a\n1\n\nx\n"), "n", "4:1"},
    /* -- quotes -- */
    {"quotes around fields", TEXT("\"a\",\"b\"\n\"1\",\"x\"\n"), "", "1|x/"},
    {"the delimiter in quotes", TEXT("a,b\n\"1,2\",x\n"), "", "1,2|x/"},
    {"doubled quotes", TEXT("a,b\n\"1 \"\"2\"\" 3\",\"\"\"\"\n"), "", "1 \"2\" 3|\"/"},
    {"empty quotes", TEXT("a,b\n\"\",\"x\"\n"), "", "-|x/"},
    {"a line within a field", TEXT("a,b\n\"1\n2\",x\n3,y\n"), "", "1\n2|x/3|y/"},
    {"CR LF within a field stays", TEXT("a,b\r\n\"1\r\n2\",x\r\n3,y\r\n"), "", "1\r\n2|x/3|y/"},
    {"lines that look like records within a field", TEXT("a,b\n\"1,x\n2,y\n3,z\",w\n4,v\n"), "", "1,x\n2,y\n3,z|w/4|v/"},
    {"a line within a name", TEXT("\"a\nA\",b\n1,x\n"), "", "1|x/"},
    {"blanks around fields", TEXT("a,b\n 1 ,\tx\t\n  2,y  \n"), "", "1|x/2|y/"},
    {"blanks around quotes", TEXT("a,b\n \"1\" , \"x\"\t\n"), "", "1|x/"},
    {"blanks within quotes stay", TEXT("a,b\n\" 1 \",\" x\"\n"), "", " 1 | x/"},
    {"another quote", TEXT("a,b\n'1,2','it''s'\n\"3\",y\n"), "q'", "1,2|it's/\"3\"|y/"},
    {"a quote inside a field", TEXT("a,b\n1,x\n2,5\" disk\n3,z\n"), "", "3:2"},
    {"a quote at the end of a field", TEXT("a,b\n1,x\n2\",y\n"), "", "3:1"},
    {"text after a closing quote", TEXT("a,b\n1,x\n\"2\"y,z\n"), "", "3:1"},
    {"text after a closing quote and a blank", TEXT("a,b\n1,\"x\" y\n"), "", "2:2"},
    {"a second quoted text in a field", TEXT("a,b\n1,\"x\" \"y\"\n"), "", "2:2"},
    {"a quote that is not closed", TEXT("a,b\n1,x\n2,\"y\n3,z\n4,w\n"), "", "3:2"},
    {"a quote that is not closed, at the end", TEXT("a,b\n1,x\n2,\""), "", "3:2"},
    {"a quote that is not closed, in the header", TEXT("a,\"b\n1,x\n"), "", "1:2"},
    {"a quote inside a name", TEXT("a,b\"c\n1,x\n"), "", "1:2"},
    {"three quotes", TEXT("a,b\n1,\"\"\"\n2,y\n"), "", "2:2"},
    {"a quote that is closed by the next one", TEXT("a,b\n1,\"x\n2,\"y\n3,z\n"), "", "2:2"},
    {"an error on a later line of a field", TEXT("a,b\n\"1\n2\",\"x\ny\"z\n"), "", "3:2"},
    {"a backslash is no escape", TEXT("a,b\n1,\"x\\\"y\"\n"), "", "2:2"},
    /* -- the number of fields -- */
    {"a field too few", TEXT("a,b,c\n1,2,3\n4,5\n6,7,8\n"), "", "3:3"},
    {"a field too many", TEXT("a,b\n1,2\n3,4,5\n"), "", "3:3"},
    {"a delimiter at the end", TEXT("a,b\n1,2,\n"), "", "2:3"},
    {"a delimiter at the end of the header", TEXT("a,b,\n1,2,\n"), "", "1|2|-/"},
    {"only delimiters", TEXT("a,b,c\n,,\n"), "", "-|-|-/"},
    {"a field too few after a field of two lines", TEXT("a,b\n\"1\n2\",3\n4\n"), "", "4:2"},
    {"a field too few, quoted", TEXT("a,b\n1,2\n\"3\"\n"), "", "3:2"},
    {"an empty last field, no end of line", TEXT("a,b\n1,"), "", "1|-/"},
    {"one name fewer, as row names make it", TEXT("a,b\nr1,1,2\nr2,3,4\n"), "d,", "2:3"},
    /* -- delimiters and decimal marks -- */
    {"semicolons", TEXT("a;b\n1;x\n2;y\n"), "", "1|x/2|y/"},
    {"tabs", TEXT("a\tb\n1\tx y\n\t\n"), "", "1|x y/-|-/"},
    {"tabs and quotes", TEXT("a\tb\n\"1\"\tx\n\t\"y\"\n"), "", "1|x/-|y/"},
    {"tabs, and blanks around", TEXT("a\tb\n 1 \t x  \n \t \"y\" \n"), "", "1|x/-|y/"},
    {"blanks", TEXT("a b\n1 x\n\"2 3\"\t y\t\n 4\n"), "d ", "1|x/2 3|y/-|4/"},
    {"bars", TEXT("a|b\n1|x\n"), "", "1|x/"},
    {"a given delimiter", TEXT("a:b\n1:x\n"), "d:", "1|x/"},
    {"semicolons with commas in fields", TEXT("a;b\n1,5;x\n2,5;y\n"), "", "1,5|x/2,5|y/"},
    {"commas with semicolons in one field", TEXT("a,b\nx;y;z,1\nw,2\n"), "", "x;y;z|1/w|2/"},
    {"Excel's sep=", TEXT("sep=;\na;b,c\n1;2,3\n"), "", "1|2,3/"},
    {"no sep= line: more than a character", TEXT("sep=;;\na;b;c\n"), "d;", "a|b|c/"},
    {"no sep= line: none", TEXT("sep=\r\n1\n"), "", "1/"},
    {"no sep= line: too short", TEXT("sep=;"), "d,", ""},
    {"sep= and another delimiter that is given", TEXT("sep=,\na;b\n1;2\n"), "d;", "1|2/"},
    {"Excel's sep= and an error", TEXT("sep=;\r\na;b\r\n1;2\r\n3\r\n"), "", "4:2"},
    {"a decimal comma that is found", TEXT("a;b\nx;1,5\ny;-2,25\nz;3\n"), "n", "x|1.5/y|-2.25/z|3/"},
    {"a decimal comma that is given", TEXT("a,b\nx,\"1,5\"\n"), "m,n", "x|1.5/"},
    {"a decimal comma that is not expected", TEXT("a,b\nx,1.5\ny,\"1,5\"\n"), "n", "3:2"},
    {"a decimal point that is not expected", TEXT("a;b\nx;1,5\ny;1.5\n"), "m,n", "3:2"},
    /* -- numbers -- */
    {"numbers", TEXT("b\n1\n-2.5\n+3\n.5\n5.\n1e3\n1E-2\n007\n-0\n"), "n", "1/-2.5/3/0.5/5/1000/0.01/7/-0/"},
    {"no numbers: text", TEXT("a,b\nx,1\ny,one\n"), "n", "3:2"},
    {"no numbers: a sign", TEXT("a,b\nx,-\n"), "n", "2:2"},
    {"no numbers: a point", TEXT("a,b\nx,.\n"), "n", "2:2"},
    {"exponents", TEXT("b\n1e+2\n1e-2\n1e999999999999\n1e-999999999999\n0e5\n"), "n", "100/0.01/inf/0/0/"},
    {"no numbers: a sign without an exponent", TEXT("a,b\nx,1e+\n"), "n", "2:2"},
    {"no numbers: text after an exponent", TEXT("a,b\nx,1e5x\n"), "n", "2:2"},
    {"no numbers: text for an exponent", TEXT("a,b\nx,1ex\n"), "n", "2:2"},
    {"no numbers: half an exponent", TEXT("a,b\nx,1e\n"), "n", "2:2"},
    {"no numbers: hexadecimal", TEXT("a,b\nx,0x1F\n"), "n", "2:2"},
    {"no numbers: infinity", TEXT("a,b\nx,Inf\n"), "n", "2:2"},
    {"no numbers: a space within", TEXT("a,b\nx,1 000\n"), "n", "2:2"},
    {"no numbers: two points", TEXT("a,b\nx,1.000.000\n"), "n", "2:2"},
    {"missing numbers", TEXT("a,b\nx,\ny,NA\nz, \nw,\"\"\n"), "n", "x|-/y|-/z|-/w|-/"},
    {"a number that stands for missing", TEXT("a,b\n99,99\n,1\nNA,2\n"), "xn", "-|-/-|1/NA|2/"},
    /* -- missing values -- */
    {"missing text", TEXT("a,b\nNA,\n\"NA\",na\nN A,NAN\n"), "", "-|-/-|na/N A|NAN/"},
    {"a spelling of missing that is a number", TEXT("a,b\n99,099\nNA,x\n"), "x", "-|099/NA|x/"},
    /* -- names -- */
    {"no header", TEXT("1,x\n2,y\n"), "h", "1|x/2|y/"},
    {"no header, no end of line", TEXT("1,x"), "h", "1|x/"},
    {"empty names", TEXT(",b\n1,x\n"), "", "1|x/"},
    {"names that occur twice", TEXT("a,a\n1,x\n"), "", "1|x/"},
    {"a name that is not UTF-8", TEXT("a,b\xe9\n1,x\n"), "", "1:2"},
    /* -- encodings -- */
    {"a byte order mark", TEXT("\xef\xbb\xbf" "a,b\n1,x\n"), "", "1|x/"},
    {"a byte order mark before a quote", TEXT("\xef\xbb\xbf" "\"a\",b\n1,x\n"), "", "1|x/"},
    {"a byte order mark goes before the encoding", TEXT("\xef\xbb\xbf" "a,b\n1,\xc3\xa9\n"), "l", "1|\xc3\xa9/"},
    {"UTF-8", TEXT("a,b\n\xc3\xa9,\xe2\x82\xac\n\xf0\x9f\x98\x80,x\n"), "", "\xc3\xa9|\xe2\x82\xac/\xf0\x9f\x98\x80|x/"},
    {"Latin-1 is not UTF-8", TEXT("a,b\n1,x\n2,caf\xe9\n"), "", "3:2"},
    {"UTF-8 that is cut off", TEXT("a,b\n1,x\n2,\xe2\x82\n"), "", "3:2"},
    {"an overlong form", TEXT("a,b\n\xc0\xaf,x\n"), "", "2:1"},
    {"a surrogate", TEXT("a,b\n\xed\xa0\x80,x\n"), "", "2:1"},
    {"beyond Unicode", TEXT("a,b\n\xf4\x90\x80\x80,x\n"), "", "2:1"},
    {"Latin-1", TEXT("a,b\n1,caf\xe9\n\xfc,x\n"), "l", "1|caf\xc3\xa9/\xc3\xbc|x/"},
    {"Windows-1252", TEXT("a,b\n\x80,\x93x\x94\n\x81,\xff\n"), "l",
     "\xe2\x82\xac|\xe2\x80\x9cx\xe2\x80\x9d/\xc2\x81|\xc3\xbf/"},
    {"UTF-16, little end first", TEXT("\xff\xfe" "a\0,\0b\0\n\0"), "", "?"},
    {"UTF-16, big end first", TEXT("\xfe\xff\0a\0,\0b\0\n"), "", "?"},
    {"UTF-16 without a mark, big end first", TEXT("\0a\0,\0b\0\n"), "", "?"},
    {"one byte", TEXT("a"), "", ""},
    {"UTF-16 without a mark", TEXT("a\0,\0b\0\n\0"), "", "?"},
    {"Parquet", TEXT("PAR1\x15\x04\x15\0L\x15,\"a\n"), "", "?"},
    {"a column called PAR1", TEXT("PAR1,b\n1,x\n"), "", "1|x/"},
    {"a zero byte", TEXT("a,b\n1,x\n2,y\0z\n"), "", "3:2"},
    {"a zero byte, Latin-1", TEXT("a,b\n1,x\n\0,y\n"), "l", "3:1"},
    {"what is not read may be anything", TEXT("a,b\n1,\xff\xfe\n2,y\0z\n"), "c", "1/2/"},
    /* -- sizes -- */
    {"a field of eight bytes", TEXT("a,b\n12345678,x\n"), "f", "12345678|x/"},
    {"a field that is too long", TEXT("a,b\n1,x\n2,123456789\n"), "f", "3:2"},
    {"a quoted field that is too long", TEXT("a,b\n1,x\n\"12345\n789\",y\n"), "f", "3:1"},
    {"a field that is too long but not read", TEXT("a,b\n1,x\n2,123456789\n"), "fc", "3:2"},
    /* -- left out -- */
    {"skip: nothing to skip", TEXT("a,b\n1,x\n"), "s", "1|x/"},
    {"skip: too few and too many", TEXT("a,b\n1,x\n2\n3,y,z\n4,w\n"), "s", "1|x/4|w/!3+1:2!4+1:3"},
    {"skip: a quote inside a field", TEXT("a,b\n1,x\n2,5\" disk\n3,z\n"), "s", "1|x/3|z/!3+1:2"},
    {"skip: a quote that is not closed", TEXT("a,b\n1,x\n2,\"y\n3,z\n4,w\n"), "s", "1|x/3|z/4|w/!3+1:2"},
    {"skip: a quote that the next one closes", TEXT("a,b\n1,\"x\n2,\"y\n3,z\n4,\"w\"\n"), "s", "3|z/4|w/!2+1:2!3+1:2"},
    {"skip: every line", TEXT("a,b\n\"1\"x\n\"2\"y\n\"3\"z\n"), "s", "!2+1:1!3+1:1!4+1:1"},
    {"skip: a record of two lines", TEXT("a,b\n\"1\n2\",3,4\n5,x\n"), "s", "5|x/!2+2:3"},
    {"skip: blank lines count as lines", TEXT("a,b\n\n1\n\n2,x\n\n3\n"), "s", "2|x/!3+1:2!7+1:2"},
    {"skip: not a number", TEXT("a,b\nx,1\ny,one\nz,3\n"), "sn", "x|1/z|3/!3+1:2"},
    {"skip: not UTF-8", TEXT("a,b\n1,\xe9\n2,y\n"), "s", "2|y/!2+1:2"},
    {"skip: the last line", TEXT("a,b\n1,x\n2"), "s", "1|x/!3+1:2"},
    {"skip: the last line, not closed", TEXT("a,b\n1,x\n2,\"y"), "s", "1|x/!3+1:2"},
    {"skip: a field that is too long", TEXT("a,b\n1,x\n2,123456789\n3,y\n"), "sf", "1|x/3|y/!3+1:2"},
    {"skip: CR LF", TEXT("a,b\r\n1,x\r\n\"2\"y,z\r\n3,w\r\n"), "s", "1|x/3|w/!3+1:1"},
    {"skip: CR", TEXT("a,b\r1,x\r\"2\"y,z\r3,w\r"), "s", "1|x/3|w/!3+1:1"},
    {"skip: the header is needed", TEXT("a,\"b\n1,x\n"), "s", "1:2"},
};

static char option_of(const char *options, char letter) {
  const char *at = strchr(options, letter);
  return at == NULL ? 0 : strchr("dmq", letter) != NULL ? at[1] : 1;
}

static weeg_csv_options options_of(const csv_case *c, int64_t window) {
  static const char *const other[] = {"", "99"};
  const char *o = c->options;
  weeg_csv_options options = {.delimiter = option_of(o, 'd'), .decimal = option_of(o, 'm'), .quote = option_of(o, 'q'),
                              .no_header = option_of(o, 'h') != 0, .skip = option_of(o, 's') != 0, .window = window};
  if (option_of(o, 'l')) options.encoding = WEEG_WINDOWS_1252;
  if (option_of(o, 'f')) options.max_field = 8;
  if (option_of(o, 'x')) {
    options.missing = other;
    options.missing_count = 2;
  }
  return options;
}

static void show_skipped(const weeg_csv *csv, shown_rows *s) {
  const weeg_csv_skip *list = NULL;
  const int64_t count = weeg_csv_skipped(csv, &list, NULL);
  for (int64_t i = 0; i < count && i < WEEG_SKIPS_LISTED; i++) {
    char text[96];
    snprintf(text, sizeof text, "!%lld+%lld:%d", (long long)list[i].line, (long long)list[i].lines, (int)list[i].column);
    show_text(s, text);
    CHECK(strlen(weeg_csv_problem_text(list[i].problem)) > 5);
  }
}

/* The rows as text, or the place of the error. */
static void read_case(const csv_case *c, int64_t window, int threads, shown_rows *s) {
  const weeg_csv_options options = options_of(c, window);
  const weeg_hooks hooks = {NULL, NULL, threads, NULL};
  weeg_field fields[MOST_COLUMNS];
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  *s = (shown_rows){.used = 0};
  weeg_status status = weeg_csv_open(sample_path(), &options, &csv, &err);
  CHECK((csv == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) {
    s->csv = csv;
    s->count = option_of(c->options, 'c') ? 1 : weeg_csv_columns(csv);
    if (s->count > MOST_COLUMNS) s->count = MOST_COLUMNS;
    for (int32_t f = 0; f < s->count; f++) {
      const bool number = option_of(c->options, 'n') && f == s->count - 1;
      fields[f] = (weeg_field){f, number};
    }
    status = weeg_csv_read(csv, &(weeg_fields){fields, s->count, &hooks}, show_chunk, s, &err);
    if (status == WEEG_OK) show_skipped(csv, s);
  }
  if (status != WEEG_OK) {
    /* a file of another kind has no line that is wrong */
    const bool other = status == WEEG_ERR_FILE && (c->expected == NULL || strcmp(c->expected, "?") == 0);
    CHECK(status == WEEG_ERR_CSV || other);
    CHECK(err.code == status && err.message[0] != '\0');
    if (err.line > 0) snprintf(s->text, SHOWN, "%lld:%d", (long long)err.line, (int)err.column);
    if (err.line == 0) snprintf(s->text, SHOWN, "?");
  }
  weeg_csv_close(csv);
}

/* ---- any bytes at all ---- */

static uint64_t state = 20150401;

/* 0 .. n - 1; xorshift64*, Vigna (2016). */
static int draw(int n) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (int)((state * 0x2545f4914f6cdd1dU >> 33) % (uint64_t)n);
}

/* Bytes of which quotes, delimiters and ends of lines are many, behind a header or one of the cases above, changed. */
static size_t draw_file(char *to, size_t room) {
  static const char letters[] = "a1,,,\"\"\n\n\n\r \t;'.-\xe9\xc3\xa9\0";
  const csv_case *c = &cases[draw((int)(sizeof cases / sizeof *cases))];
  size_t n = c->size < room ? c->size : room;
  memcpy(to, c->text, n);
  if (draw(3) == 0) {
    n = 4;
    memcpy(to, "a,b\n", n);
    for (const size_t end = n + (size_t)draw((int)(room - n)); n < end; n++) to[n] = letters[draw((int)sizeof letters - 1)];
  }
  for (int k = draw(6); k > 0 && n > 4; k--) {
    const size_t at = (size_t)draw((int)n);
    if (draw(2)) {
      to[at] = letters[draw((int)sizeof letters - 1)];
    } else { /* a piece of it again, elsewhere */
      const size_t from = (size_t)draw((int)n), size = (size_t)draw(12);
      if (from + size <= n && at + size <= n) memmove(to + at, to + from, size);
    }
  }
  return n;
}

/*
 * Whatever is in a file: the same rows, records left out and errors, with one part or sixteen, and one thread or three. With
 * skip, nothing but what comes before the rows is an error.
 */
static void test_any_bytes(void) {
  static const char *const options[] = {"", "s", "n", "sn", "sl", "sc", "f", "sf", "h", "sh"};
  static shown_rows one, many;
  char bytes[512];
  for (int k = 0; k < 4000; k++) {
    const size_t n = draw_file(bytes, sizeof bytes);
    const csv_case c = {"any bytes", bytes, n, options[draw((int)(sizeof options / sizeof *options))], NULL};
    sample_write(bytes, n);
    read_case(&c, 1 << 16, 1, &one);
    read_case(&c, (int64_t)sizeof bytes + 1, 3, &many);
    if (CHECK_TEXT(many.text, one.text)) continue;
    printf("  options \"%s\", bytes:", c.options);
    for (size_t i = 0; i < n; i++) printf("%s%02x", i % 32 == 0 ? "\n    " : "", (unsigned)(unsigned char)bytes[i]);
    printf("\n");
  }
}

/* Groups of thousands: all of them, of three digits, before the decimal mark. */
static void test_ungroup(void) {
  static const struct { const char *text, *marks, *plain; } tried[] = {
      {"1,234", ".,", "1234"}, {"-12,345,678.25", ".,", "-12345678.25"}, {"+1,000e3", ".,", "+1000e3"},
      {"1.234,5", ",.", "1234,5"}, {"999'999", ".'", "999999"}, {"1 234 567", ", ", "1234567"},
      {"1\xc2\xa0" "234,5", ", ", "1234,5"}, {"1\xe2\x80\xaf" "234", ". ", "1234"}, {"1\xa0" "234", ". ", "1234"},
      {"1,23", ".,", ""}, {"1234,567", ".,", ""}, {"1,2345", ".,", ""}, {"1,,234", ".,", ""}, {",123", ".,", ""},
      {"1,234,", ".,", ""},
      {"1,234.5.6", ".,", ""}, {"1,234.567,890", ".,", ""}, {"1,234 a", ".,", ""}, {"1234", ".,", ""},
      {"12345 678", ". ", ""}, {"", ".,", ""}, {"-", ".,", ""}};
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    double x = -7, plain = -7;
    char to[64];
    const size_t length = strlen(tried[k].text), expected = strlen(tried[k].plain);
    CHECK(weeg_i_number_read_grouped(tried[k].text, length, tried[k].marks[0], tried[k].marks[1], &x) == (expected > 0));
    CHECK(!weeg_i_number_read_grouped(tried[k].text, length, tried[k].marks[0], 0, &x));
    if (expected > 0) CHECK(weeg_i_number_read(tried[k].plain, expected, tried[k].marks[0], &plain));
    CHECK(x == plain);
    memset(to, '?', sizeof to);
    to[weeg_number_ungroup(tried[k].text, length, tried[k].marks[0], tried[k].marks[1], to)] = '\0';
    CHECK_TEXT(to, tried[k].plain);
  }
}

/* What stands behind a number is no part of it. */
static void test_ungroup_part(void) {
  static const struct { size_t length; const char *plain; } tried[] = {
      {1, ""}, {2, ""}, {4, ""}, {5, "1234"}, {6, ""}, {9, "1234567"}};
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    char to[64] = "";
    const size_t used = weeg_number_ungroup("1,234,567,890", tried[k].length, '.', ',', to);
    to[used] = '\0';
    CHECK_TEXT(to, tried[k].plain);
  }
}

/* A first record that does not end within the window: for want of a quote, where there is an odd number of them. */
static void test_endless(void) {
  static const struct { const char *start; bool open; } tried[] = {
      {"a,", false}, {"\"a,", true}, {"\"a\",", false}, {"\"a\",\"", true}, {"\"a\",\"b\",", false}};
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    char text[301];
    weeg_csv *csv = NULL;
    weeg_error err = {0};
    memset(text, 'x', sizeof text);
    memcpy(text, tried[k].start, strlen(tried[k].start));
    text[300] = '\n';
    sample_write(text, sizeof text);
    CHECK_STATUS(weeg_csv_open(sample_path(), &(weeg_csv_options){.window = 64}, &csv, &err), WEEG_ERR_CSV);
    CHECK(csv == NULL && err.line == 1 && err.column == 1);
    const char *message = tried[k].open ? "the quote that opens here is not closed" : "does not end within 64 bytes";
    CHECK(strstr(err.message, message) != NULL);
  }
}

/* Windows-1252 and back, by the table of the Unicode Consortium: every byte; what has no byte there, or is no UTF-8. */
static void test_windows_1252(void) {
  static const struct { const char *text, *bytes; } tried[] = {
      {"a\xc3\xa9", "a\xe9"}, {"\xe2\x82\xac 5", "\x80 5"}, {"\xe2\x80\x9c\xe2\x80\x9d", "\x93\x94"},
      {"\xc5\xb8\xc2\xa0", "\x9f\xa0"},
      {"\xc3\xbf", "\xff"}, {"", ""}, {"\xc4\x80", NULL}, {"a\xc2\x80", NULL}, {"\xe9", NULL}, {"\xf0\x9f\x98\x80", NULL}};
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    char to[16];
    memset(to, '?', sizeof to);
    const int64_t length = weeg_i_text_to_1252(tried[k].text, strlen(tried[k].text), to);
    if (!CHECK(length == (tried[k].bytes == NULL ? -1 : (int64_t)strlen(tried[k].bytes))) || length < 0) continue;
    CHECK(memcmp(to, tried[k].bytes, (size_t)length) == 0 && to[length] == '?');
  }
  for (int byte = 1; byte < 256; byte++) {
    char text[3], from = (char)byte, to = 0;
    const size_t length = weeg_i_text_from_1252(&from, 1, text);
    CHECK(weeg_i_text_is_utf8(text, length) && weeg_i_text_to_1252(text, length, &to) == 1 && to == from);
  }
}

/* Every character of Unicode, as RFC 3629 writes it; surrogates, and numbers above the last one, are none. */
static void test_utf8(void) {
  int64_t wrong = 0;
  for (unsigned code = 1; code < 0x120000; code++) {
    char text[4] = {(char)code};
    size_t n = 1;
    if (code >= 0x80) n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (n > 1) text[0] = (char)((0xf00 >> n & 0xff) | code >> 6 * (n - 1));
    for (size_t k = 1; k < n; k++) text[k] = (char)(0x80 | (code >> 6 * (n - 1 - k) & 0x3f));
    wrong += weeg_i_text_is_utf8(text, n) != ((code < 0xd800 || code > 0xdfff) && code <= 0x10ffff);
    wrong += n > 1 && weeg_i_text_is_utf8(text, n - 1); /* cut off */
  }
  CHECK(wrong == 0);
  static const char *const longer[] = {"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"}; /* than need be: U+7F, U+7FF, U+FFFF */
  for (int k = 0; k < 3; k++) CHECK(!weeg_i_text_is_utf8(longer[k], strlen(longer[k])));
}

/* What is said of each problem, whole. */
static void test_messages(void) {
  static const struct { const char *text; size_t size; const char *message; weeg_csv_options options; } tried[] = {
      {TEXT("a,b\n1\n"), "line 2: 1 field, but there are 2 columns", {0}},
      {TEXT("a,b\n1,2,3\n"), "line 2: 3 fields, but there are 2 columns", {0}},
      {TEXT("a,b\n1,2\n3,x y\n"), "line 3, column 2 (b): \"x y\" is not a number", {0}},
      {TEXT("a,b\n\"1\n2\",\"x\"\n"), "line 3, column 2 (b): \"x\" is not a number", {0}},
      {TEXT("a,b\n1,\"x,y\nz\"\n"), "line 2, column 2 (b): \"x,y?z\" is not a number", {0}},
      {TEXT("a,b\r\n1,x\r\n"), "line 2, column 2 (b): \"x\" is not a number", {0}},
      {TEXT("a,b\n1\"2,3\n"), "line 2, column 1 (a): stray quote in the unquoted field \"1\"2\"", {0}},
      {TEXT("a,b\n\"1\"2,3\n"), "line 2, column 1 (a): text after the closing quote of \"1\"", {0}},
      {TEXT("a,b\n1,\"2\n"), "line 2, column 2 (b): the quote that opens here is not closed", {0}},
      {TEXT("a,b\nx\xe9y,2\n"), "line 2, column 1 (a): the field \"x?y\" is not UTF-8 text", {0}},
      {TEXT("a,b\nx\0\xe9,2\n"), "line 2, column 1 (a): the field \"x?\xc3\xa9\" contains a zero byte",
       {.encoding = WEEG_WINDOWS_1252}},
      {TEXT("a,b\n123456789,2\n"), "line 2, column 1 (a): the field \"123456789\" has more than 8 bytes", {.max_field = 8}},
      {TEXT("1,x\n"), "line 1, column 2 (V2): \"x\" is not a number", {.no_header = true}},
  };
  const weeg_field fields[] = {{0, false}, {1, true}};
  static shown_rows shown;
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    weeg_csv *csv = NULL;
    weeg_error err = {0};
    sample_write(tried[k].text, tried[k].size);
    if (!CHECK_OK(weeg_csv_open(sample_path(), &tried[k].options, &csv, &err))) continue;
    shown = (shown_rows){.csv = csv, .count = 2};
    CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){fields, 2}, show_chunk, &shown, &err), WEEG_ERR_CSV);
    CHECK_TEXT(err.message, tried[k].message);
    shown = (shown_rows){.csv = csv, .count = 2};
    CHECK_STATUS(weeg_csv_read(csv, &(weeg_fields){fields, 2}, show_chunk, &shown, NULL),
                 WEEG_ERR_CSV); /* nobody wants to know */
    weeg_csv_close(csv);
  }
}

/*
 * Where a field begins, and what of it a message shows. Behind the bytes stand others, which are not looked at.
 */
static void test_fields(void) {
  static const struct { const char *text; int32_t field; int64_t at, line; size_t shown; } tried[] = {
      {"ab, cd,\"e,f\",gh", 0, 0, 0, 2}, {"ab, cd,\"e,f\",gh", 1, 4, 0, 2}, {"ab, cd,\"e,f\",gh", 2, 7, 0, 4},
      {"ab, cd,\"e,f\",gh", 3, 13, 0, 2}, {"ab, cd,\"e,f\",gh", 4, 15, 0, 0}, {"a,", 1, 2, 0, 0}, {"a, ", 1, 3, 0, 0},
      {"\"a\nb\",c\nd", 1, 6, 1, 1}, {"\"a\nb\",c\nd", 2, 7, 1, 0}, {"\"a\r\nb\",c", 1, 7, 1, 1},
      {"\"a\rb\",c\rd", 1, 6, 1, 1}, {"\"a\rb\",c\rd", 2, 7, 1, 0}, {"\"a\r", 0, 0, 0, 3}, {"\"a\r", 1, 3, 1, 0},
      {"\"ab", 0, 0, 0, 3}, {"", 0, 0, 0, 0}, {"\"", 0, 0, 0, 1}, {"\n", 0, 0, 0, 0}, {"\t a", 0, 2, 0, 1},
      {"0123456789012345678901234567890123456789012345678901234567890123456789", 0, 0, 0, 64},
      {"\"123456789012345678901234567890123456789012345678901234567890123456789\"", 0, 0, 0, 64}};
  static const char behind[] = " \t,\"x\n";
  const weeg_dialect dialect = {.delimiter = ',', .quote = '"', .columns = 2};
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    for (size_t b = 0; b < sizeof behind; b++) {
      char text[128];
      int64_t line = -7;
      const size_t n = strlen(tried[k].text);
      memset(text, behind[b], sizeof text);
      memcpy(text, tried[k].text, n);
      const weeg_csv_walk walk = {.at = text};
      const char *const at = weeg_i_csv_walk_field(&walk, &dialect, text + n, tried[k].field, &line);
      const size_t shown = weeg_i_text_of_field(&dialect, at, text + n);
      if (!CHECK(at == text + tried[k].at && line == tried[k].line && shown == tried[k].shown)) {
        printf("  field %d of \"%s\": at %d, line %d, %d bytes\n", (int)tried[k].field, tried[k].text, (int)(at - text),
               (int)line, (int)shown);
      }
    }
  }
}

/* Blank lines are no records, at the end neither, whatever stands behind it. */
static void test_blank_end(void) {
  static const char behind[] = " \tx,\n";
  const weeg_dialect dialect = {.delimiter = ',', .quote = '"', .columns = 2};
  for (size_t b = 0; b < sizeof behind; b++) {
    char text[32];
    memset(text, behind[b], sizeof text);
    text[31] = 'x';
    memcpy(text, "1,2\n \t", 6);
    weeg_csv_walk walk = {.at = text};
    weeg_i_csv_walk_to(&walk, &dialect, text + 6, 5);
    CHECK(walk.record == 1 && walk.at == text + 6 && walk.line == 1);
  }
}

/* The names of problems, as they are counted; what is none has a name too. */
static void test_problems(void) {
  static const char *const names[] = {
      "", "too few fields", "too many fields", "a quote inside a field, or text after a closing quote",
      "a quote that is not closed", "not a number", "not valid text in the encoding", "a field that is too long",
      "a line that is too long", "not enough memory", "unknown problem"};
  for (int k = 0; k < (int)(sizeof names / sizeof *names); k++) CHECK_TEXT(weeg_csv_problem_text(k), names[k]);
}

/* The marks that are found, in the first 2^16 bytes: what comes later says nothing any more. */
static void test_marks(void) {
  static const struct { const char *text; int rows; const char *later, *marks; } tried[] = {
      {"a,b\nx,1.5\n", 0, "", ",."}, {"a;b\nx;1,5\n", 0, "", ";,"}, {"a;b\nx;1.5\n", 0, "", ";."},
      {"a\tb\nx\t1,5\n", 0, "", "\t,"},
      {"a|b\nx|1\n", 0, "", "|."}, {"a;b\nx;1.5\n", 20000, "y;2,5\n", ";."}, {"a;b\nx;1,5\n", 20000, "y;2.5\n", ";,"}};
  static char text[1 << 18];
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    char delimiter = 0, decimal = 0;
    weeg_csv *csv = NULL;
    size_t n = (size_t)snprintf(text, sizeof text, "%s", tried[k].text);
    for (int i = 0; i < tried[k].rows; i++) {
      n += (size_t)snprintf(text + n, sizeof text - n, "%s", i < 19000 ? "z;1\n" : tried[k].later);
    }
    sample_write(text, n);
    if (!CHECK_OK(weeg_csv_open(sample_path(), NULL, &csv, NULL))) continue;
    weeg_csv_marks(csv, &delimiter, &decimal);
    CHECK(delimiter == tried[k].marks[0] && decimal == tried[k].marks[1]);
    CHECK(weeg_csv_columns(csv) == 2 && strcmp(weeg_csv_name(csv, 1), "b") == 0);
    weeg_csv_close(csv);
  }
}

/* More digits than any bound between two doubles has: as the C library reads them. 2^53 + 1 lies halfway between two. */
static void test_long_numbers(void) {
  static const struct { const char *start, *end; } tried[] = {
      {"9007199254740993.", ""}, {"9007199254740993.", "1"}, {"9007199254740993.", "01e0"}, {"-1", "e-950"}, {"1", "5e-1200"},
      {"0.", "1"}, {"0.", "123456789123456789123456789e900"}, {"1", ""}};
  static char text[2048];
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    for (int zeros = 700; zeros <= 1000; zeros++) {
      double x = 7;
      const int length = snprintf(text, sizeof text, "%s%0*d%s", tried[k].start, zeros, 0, tried[k].end);
      CHECK(weeg_i_number_read(text, (size_t)length, '.', &x));
      CHECK_CLOSE(x, strtod(text, NULL), 0);
    }
  }
}

/* What a file says with options: of text columns their texts, of the second one numbers. */
static void test_options(void) {
  static const char qualtrics[] = "a,w\n\"Which\none?\",Weight\n{\"x\",9\n";
  static const struct { const char *bytes, *shown; weeg_csv_options options; int64_t line; } tried[] = {
      {"Report, of \"today\n\na,w\nx,1\n", "x|1/", {.skip_before = 2}, 4},
      {"Report\rof\ra;w\rx;1,5\r", "x|1.5/", {.skip_before = 2}, 4},
      {"\xef\xbb\xbfReport\nsep=;\na;w\nx;1\n", "x|1/", {.skip_before = 1}, 4},
      {"a,w\n\"Which\none?\",Weight\n{x},9\ny,2\n", "y|2/", {.skip_after = 2}, 5},
      {"a;w\nWhich?;1.5\ny;2,5\n", "y|2.5/", {.skip_after = 1}, 3},
      {"a,w\nx,1\n", "", {.skip_after = 3}, 0},
      {"a,w\nx,\"1,234.5\"\ny,2\nz,\"-1,000\"\n", "x|1234.5/y|2/z|-1000/", {.thousands = ','}, 2},
      {"a;w\nx;1.234,5\ny;1.234\n", "x|1234.5/y|1234/", {.thousands = '.'}, 2},
      {"a;w\nx;1\xc2\xa0" "234,5\n", "x|1234.5/", {.thousands = ' '}, 2},
      {"a,w\nNaN,NaN\nx,1\n", "-|-/x|1/", {0}, 2}};
  const weeg_field fields[] = {{0, false}, {1, true}};
  static shown_rows shown;
  weeg_csv *csv = NULL;
  weeg_error err = {0};
  for (size_t k = 0; k < sizeof tried / sizeof *tried; k++) {
    sample_write(tried[k].bytes, strlen(tried[k].bytes));
    for (int again = 0; again < 2; again++) { /* the second time from its start again */
      if (again == 0) CHECK_OK(weeg_csv_open(sample_path(), &tried[k].options, &csv, &err));
      shown = (shown_rows){.csv = csv, .count = 2};
      CHECK_OK(weeg_csv_read(csv, &(weeg_fields){fields, 2}, show_chunk, &shown, &err));
      CHECK_TEXT(shown.text, tried[k].shown);
    }
    CHECK(shown.line[0] == tried[k].line);
    weeg_csv_close(csv);
  }
  csv = NULL;
  sample_write(qualtrics, strlen(qualtrics));
  CHECK_STATUS(weeg_csv_open(sample_path(), &(weeg_csv_options){.skip_before = 6}, &csv, &err), WEEG_ERR_CSV);
  CHECK(strstr(err.message, "nothing after the 6 lines") != NULL);
  char many[404] = "a,w\n";
  for (int k = 1; k <= 100; k++) memcpy(many + 4 * k, "x,1\n", 4);
  sample_write(many, 404);
  CHECK_STATUS(weeg_csv_open(sample_path(), &(weeg_csv_options){.skip_before = 90, .window = 64}, &csv, &err), WEEG_ERR_CSV);
  CHECK_STATUS(weeg_csv_open(sample_path(), &(weeg_csv_options){.skip_after = 90, .window = 64}, &csv, &err), WEEG_ERR_CSV);
  CHECK(csv == NULL && strstr(err.message, "do not fit") != NULL);
}

int main(void) {
  test_ungroup();
  test_ungroup_part();
  test_long_numbers();
  test_endless();
  test_windows_1252();
  test_messages();
  test_problems();
  test_utf8();
  test_fields();
  test_blank_end();
  test_marks();
  test_options();
  test_any_bytes();
  /* windows in bytes: 0 is the usual; the longest of the files above fits into the smallest */
  static const int64_t windows[] = {0, 96, 160};
  static shown_rows shown;
  const size_t count = sizeof cases / sizeof *cases;
  CHECK(count >= 60);
  for (size_t k = 0; k < count; k++) {
    const csv_case *c = &cases[k];
    sample_write(c->text, c->size);
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
      for (int threads = 1; threads <= 3; threads += 2) {
        read_case(c, windows[w], threads, &shown);
        if (!CHECK_TEXT(shown.text, c->expected)) printf("  case \"%s\", window %lld\n", c->name, (long long)windows[w]);
      }
    }
  }
  (void)unlink(sample_path());
  return test_report("csv_cases");
}
