/* Opening a CSV file: encoding, delimiter, decimal mark, names of the columns; and closing it. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "io/reader.h"

/* Records that the delimiter and the decimal mark are guessed from, within so many bytes. */
enum { SAMPLE_RECORDS = 500, SAMPLE_BYTES = 1 << 16 };

static const int64_t WINDOW = 4 << 20, MOST_FIELD = 1 << 20, MOST_SIZE = (int64_t)1 << 40;

weeg_status weeg_i_csv_fill(weeg_csv *csv, weeg_error *err) {
  int64_t got = 0;
  const weeg_status status = weeg_i_input_read(csv->input, csv->window + csv->filled, csv->size - csv->filled, &got, err);
  if (status != WEEG_OK) return status;
  csv->end = csv->filled + got < csv->size;
  csv->filled += got;
  return WEEG_OK;
}

/* ---- guessing ---- */

/* Fields per record, and numbers with either decimal mark, of a sample read with one delimiter. */
typedef struct sample_count {
  int64_t header, fields, records, alike;
  int64_t commas, points;
  int64_t skipped;  /* records between the header and the first row */
  char thousands;
} sample_count;

/* Whether it is digits, the mark, digits; thousands may be apart. */
static bool has_mark(const char *s, size_t n, char mark, char thousands) {
  size_t i = n > 0 && (*s == '-' || *s == '+'), marks = 0;
  const size_t first = i;
  while (i < n) {
    const size_t separator = i > first ? weeg_i_separator_length(s + i, n - i, thousands) : 0;
    if (separator > 0) {
      i += separator;
      continue;
    }
    if (s[i] == mark && i > first && i + 1 < n) {
      marks++;
    } else if (s[i] < '0' || s[i] > '9') {
      return false;
    }
    i++;
  }
  return marks == 1;
}

static bool sample_field(void *ctx, const char *s, size_t n) {
  sample_count *c = ctx;
  c->fields++;
  if (c->records > 0 && c->records <= c->skipped) return true;
  c->commas += has_mark(s, n, ',', c->thousands);
  c->points += has_mark(s, n, '.', c->thousands);
  return true;
}

static bool sample_record(void *ctx) {
  sample_count *c = ctx;
  if (c->records == 0) c->header = c->fields;
  c->alike += c->fields == c->header;
  c->records++;
  c->fields = 0;
  return c->records < SAMPLE_RECORDS;
}

static weeg_status count_sample(const weeg_csv *csv, const char *from, const char *to, char delimiter, sample_count *c,
                                weeg_error *err) {
  const weeg_csv_events events = {c, sample_field, sample_record};
  *c = (sample_count){.skipped = csv->options.skip_after, .thousands = csv->dialect.thousands};
  if (weeg_i_csv_parse(from, to, delimiter, csv->dialect.quote, false, &events) == WEEG_PROBLEM_MEMORY) {
    return weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");
  }
  return WEEG_OK;
}

/* The delimiter by which most records have as many fields as the first, more than one. */
static weeg_status guess_marks(weeg_csv *csv, const char *from, const char *to, weeg_error *err) {
  static const char delimiters[] = {',', ';', '\t', '|'};
  weeg_dialect *dialect = &csv->dialect;
  weeg_status status = WEEG_OK;
  sample_count c;
  double best = 0;
  dialect->delimiter = csv->options.delimiter == 0 ? ',' : csv->options.delimiter;
  for (size_t k = 0; k < sizeof delimiters && csv->options.delimiter == 0; k++) {
    if (memchr(from, delimiters[k], (size_t)(to - from)) == NULL) continue; /* the header has one field */
    WEEG_TRY(count_sample(csv, from, to, delimiters[k], &c, err));
    const double share = c.header > 1 ? (double)c.alike / (double)c.records : 0;
    if (share > best) dialect->delimiter = delimiters[k];
    if (share > best) best = share;
  }
  dialect->decimal = csv->options.decimal;
  if (dialect->decimal == 0 && dialect->thousands == ',') dialect->decimal = '.';
  if (dialect->decimal == 0 && dialect->thousands == '.') dialect->decimal = ',';
  if (dialect->decimal == 0 && dialect->delimiter == ',') dialect->decimal = '.';
  if (dialect->decimal != 0) goto cleanup;
  WEEG_TRY(count_sample(csv, from, to, dialect->delimiter, &c, err));
  dialect->decimal = c.commas > 0 && c.points == 0 ? ',' : '.';
cleanup:
  return status;
}

/* ---- the first record ---- */

typedef struct header_reader {
  weeg_csv *csv;
  int32_t size;          /* room for names */
  weeg_problem problem;
} header_reader;

/* "V3" where there is no name. */
static bool header_field(void *ctx, const char *s, size_t n) {
  header_reader *h = ctx;
  weeg_csv *csv = h->csv;
  char number[16 + WEEG_PADDING] = "", *utf8 = NULL;
  bool added = false;
  if (csv->dialect.columns >= h->size) return true; /* the first pass counts */
  if (n == 0 || csv->options.no_header) {
    snprintf(number, sizeof number, "V%d", (int)csv->dialect.columns + 1);
    s = number;
    n = strlen(number);
  } else if (csv->dialect.windows_1252) {
    utf8 = weeg_i_alloc((int64_t)(3 * n + WEEG_PADDING), 1);
    if (utf8 == NULL) goto cleanup;
    n = weeg_i_text_from_1252(s, n, utf8);
    s = utf8;
  }
  if (!weeg_i_text_is_utf8(s, n)) {
    h->problem = WEEG_PROBLEM_ENCODING;
    goto cleanup;
  }
  weeg_string_slot *slot = weeg_i_strings_find(&csv->names, s, n);
  if (slot == NULL || (slot->code < 0 && weeg_i_strings_add(&csv->names, slot, s, n, false) != WEEG_OK)) goto cleanup;
  csv->name[csv->dialect.columns++] = slot->code;
  added = true;
cleanup:
  if (!added && h->problem == WEEG_PROBLEM_NONE) h->problem = WEEG_PROBLEM_MEMORY;
  weeg_free(utf8);
  return added;
}

static bool header_record(void *ctx) {
  (void)ctx;
  return false;
}

static bool count_field(void *ctx, const char *s, size_t n) {
  (void)s;
  (void)n;
  ++*(int32_t *)ctx;
  return true;
}

static weeg_status read_header(weeg_csv *csv, const char *from, const char *to, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int32_t count = 0;
  header_reader h = {csv, 0, WEEG_PROBLEM_NONE};
  const weeg_csv_events counting = {&count, count_field, header_record}, naming = {&h, header_field, header_record};
  weeg_csv_walk walk = {from, 0, 0};
  weeg_problem problem = weeg_i_csv_parse(from, to, csv->dialect.delimiter, csv->dialect.quote, false, &counting);
  csv->dialect.columns = 0;
  weeg_i_csv_walk_to(&walk, &csv->dialect, to, 0); /* past blank lines */
  if (problem == WEEG_PROBLEM_NONE && count > 0) {
    WEEG_NEW(csv->name, count);
    h.size = count;
    problem = weeg_i_csv_parse(from, to, csv->dialect.delimiter, csv->dialect.quote, false, &naming);
    if (problem == WEEG_PROBLEM_NONE) problem = h.problem;
  }
  if (problem != WEEG_PROBLEM_NONE) {
    const int32_t field = h.size == 0 ? count : csv->dialect.columns;
    int64_t line = 0;
    const char *at = weeg_i_csv_walk_field(&walk, &csv->dialect, to, field, &line);
    const weeg_text text = {at, (size_t)(to - at < 40 ? to - at : 40)};
    csv->dialect.columns = 0;
    status = weeg_i_csv_fail(csv, err, problem, csv->data_line + line, field, &text);
    goto cleanup;
  }
  if (count == 0) {
    status = weeg_fail(err, WEEG_ERR_CSV, -1, "the file is empty");
    goto cleanup;
  }
  if (!csv->options.no_header) weeg_i_csv_walk_to(&walk, &csv->dialect, to, 1 + csv->options.skip_after);
  csv->data = walk.at - csv->window;
  csv->data_line += walk.line;
  if (walk.record < csv->options.skip_after + !csv->options.no_header && !csv->end) {
    status = weeg_fail(err, WEEG_ERR_CSV, -1, csv->options.skip_after == 1
                           ? "the header and the %lld record to skip after it do not fit into %lld bytes"
                           : "the header and the %lld records to skip after it do not fit into %lld bytes",
                       (long long)csv->options.skip_after, (long long)csv->size);
  }
cleanup:
  return status;
}

/* ---- options ---- */

static weeg_status check_options(const weeg_csv_options *o, weeg_error *err) {
  const char d = o->delimiter, q = o->quote == 0 ? '"' : o->quote;
  if (d == '\n' || d == '\r' || q == '\n' || q == '\r' || d == q || (d & 0x80) != 0 || (q & 0x80) != 0) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the delimiter and the quote must be two different plain characters");
  }
  if (o->decimal != 0 && o->decimal != '.' && o->decimal != ',') {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "the decimal mark must be a point or a comma");
  }
  if (o->thousands != 0 && (strchr(",.' ", o->thousands) == NULL || o->thousands == o->decimal)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "thousands must be apart by a comma, a point, ' or a blank, and not by the "
                     "decimal mark");
  }
  if (o->skip_before < 0 || o->skip_after < 0 || (o->no_header && o->skip_after > 0)) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "lines to skip must not be negative, and those after the header need one");
  }
  if (o->max_field < 0 || o->window < 0 || o->missing_count < 0 || o->max_field > MOST_SIZE || o->window > MOST_SIZE) {
    return weeg_fail(err, WEEG_ERR_ARGUMENT, -1, "sizes must not be negative, or above 2^40");
  }
  return WEEG_OK;
}

/* Spellings of a missing value, in the encoding of the file; those that it cannot spell never occur. */
static weeg_status copy_missing(weeg_csv *csv, weeg_error *err) {
  static const char *const usual[] = {"", "NA", "NaN"};
  const bool given = csv->options.missing != NULL;
  const char *const *from = given ? csv->options.missing : usual;
  const int count = given ? csv->options.missing_count : 3;
  weeg_status status = WEEG_OK;
  weeg_dialect *dialect = &csv->dialect;
  int64_t bytes = 0, used = 0;
  double x;
  for (int i = 0; i < count; i++) bytes += (int64_t)strlen(from[i]);
  WEEG_NEW(csv->missing, count);
  WEEG_NEW(csv->missing_bytes, bytes);
  for (int i = 0; i < count; i++) {
    int64_t n = (int64_t)strlen(from[i]);
    char *to = csv->missing_bytes + used;
    if (dialect->windows_1252) {
      n = weeg_i_text_to_1252(from[i], (size_t)n, to);
    } else {
      memcpy(to, from[i], (size_t)n);
    }
    if (n < 0) continue;
    csv->missing[dialect->missing_count++] = (weeg_text){to, (size_t)n};
    if (weeg_i_number_read(to, (size_t)n, '.', &x) || weeg_i_number_read(to, (size_t)n, ',', &x)) dialect->missing_number = true;
    used += n;
  }
  dialect->missing = csv->missing;
cleanup:
  return status;
}

/* Lines before the header, which need be no records. */
static weeg_status skip_lines(weeg_csv *csv, weeg_error *err) {
  const char *s = csv->window + csv->data, *to = csv->window + csv->filled;
  for (int64_t i = 0; i < csv->options.skip_before; i++) {
    s = weeg_i_next_line(s, to);
    if (s < to) continue;
    const bool one = csv->options.skip_before == 1;
    return weeg_fail(err, WEEG_ERR_CSV, -1,
                     csv->end ? one ? "there is nothing after the %lld line to skip"
                                    : "there is nothing after the %lld lines to skip"
                     : one    ? "the %lld line to skip cannot be among the first bytes that are read"
                              : "the %lld lines to skip cannot be among the first bytes that are read",
                     (long long)csv->options.skip_before);
  }
  csv->data = s - csv->window;
  csv->data_line += csv->options.skip_before;
  return WEEG_OK;
}

/* Excel's first line "sep=;" says what the delimiter is. */
static void read_sep_line(weeg_csv *csv) {
  const char *s = csv->window + csv->data, *to = csv->window + csv->filled;
  if (to - s < 6 || memcmp(s, "sep=", 4) != 0 || s[4] == '\r' || s[4] == '\n' || (s[5] != '\r' && s[5] != '\n')) return;
  if (csv->options.delimiter == 0) csv->options.delimiter = s[4];
  csv->data = weeg_i_next_line(s, to) - csv->window;
  csv->data_line++;
}

static weeg_status read_schema(weeg_csv *csv, weeg_error *err) {
  weeg_status status = WEEG_OK;
  int64_t quotes;
  char ending;
  WEEG_TRY(weeg_i_csv_fill(csv, err));
  const char *window = csv->window, *to = window + csv->filled;
  WEEG_TRY(weeg_i_check_text(window, csv->filled, err));
  const bool mark16 = csv->filled >= 2 && (memcmp(window, "\xff\xfe", 2) == 0 || memcmp(window, "\xfe\xff", 2) == 0);
  if (mark16 || (csv->filled >= 2 && (window[0] == 0 || window[1] == 0))) {
    status = weeg_fail(err, WEEG_ERR_CSV, -1, "the file is UTF-16 or not text: save it as UTF-8");
    goto cleanup;
  }
  csv->data_line = 1;
  csv->data = csv->filled >= 3 && memcmp(window, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
  if (csv->data == 3) csv->dialect.windows_1252 = false; /* the mark of UTF-8 says so */
  WEEG_TRY(copy_missing(csv, err));
  WEEG_TRY(skip_lines(csv, err));
  read_sep_line(csv);
  const char *from = window + csv->data;
  const char *last = csv->end ? to : weeg_i_last_record(from, to, csv->dialect.quote, &quotes, &ending);
  if (last == NULL) {
    const bool open = weeg_i_count_byte(from, to, csv->dialect.quote) % 2 == 1;
    status = weeg_i_csv_fail(csv, err, open ? WEEG_PROBLEM_UNCLOSED : WEEG_PROBLEM_LINE_SIZE, csv->data_line, 0, NULL);
    goto cleanup;
  }
  const char *sample = last;
  if (last - from > SAMPLE_BYTES) {
    sample = weeg_i_last_record(from, from + SAMPLE_BYTES, csv->dialect.quote, &quotes, &ending);
    if (sample == NULL) sample = last;
  }
  WEEG_TRY(guess_marks(csv, from, sample, err));
  WEEG_TRY(read_header(csv, from, last, err));
cleanup:
  return status;
}

void weeg_csv_close(weeg_csv *csv) {
  if (csv == NULL) return;
  for (int32_t f = 0; f < csv->field_count; f++) weeg_i_strings_clear(&csv->levels[f]);
  weeg_free(csv->levels);
  weeg_free(csv->many);
  weeg_free(csv->fields);
  weeg_free(csv->wanted);
  weeg_free(csv->skipped);
  weeg_i_strings_clear(&csv->names);
  weeg_free(csv->name);
  weeg_free(csv->missing);
  weeg_free(csv->missing_bytes);
  weeg_free(csv->window);
  weeg_free(csv->path);
  weeg_i_input_close(csv->input);
  weeg_free(csv);
}

static weeg_status check_available(weeg_error *err) {
  if (weeg_csv_available()) return WEEG_OK;
  return weeg_fail(err, WEEG_ERR_FILE, -1, "weeg was built without libcsv, which CSV files need: install it "
                   "(Debian: libcsv-dev, Fedora: libcsv-devel, brew: libcsv), then reinstall weeg");
}

weeg_status weeg_csv_open(const char *path, const weeg_csv_options *options, weeg_csv **csv, weeg_error *err) {
  static const weeg_csv_options usual = {0};
  weeg_status status = WEEG_OK;
  weeg_csv *c = NULL;
  if (options == NULL) options = &usual;
  WEEG_TRY(check_available(err));
  WEEG_TRY(check_options(options, err));
  WEEG_NEW(c, 1);
  c->options = *options;
  c->dialect = (weeg_dialect){.quote = options->quote == 0 ? '"' : options->quote,
                              .thousands = options->thousands,
                              .windows_1252 = options->encoding == WEEG_WINDOWS_1252,
                              .skip = options->skip,
                              .max_field = options->max_field == 0 ? MOST_FIELD : options->max_field};
  c->size = options->window > 0 ? options->window : c->dialect.max_field > WINDOW / 4 ? 4 * c->dialect.max_field : WINDOW;
  WEEG_NEW(c->path, (int64_t)strlen(path) + 1);
  memcpy(c->path, path, strlen(path));
  WEEG_NEW(c->window, c->size + WEEG_PADDING);
  WEEG_TRY(weeg_i_input_open(path, &c->input, err));
  WEEG_TRY(read_schema(c, err));
  c->fresh = true;
  *csv = c;
  c = NULL;
cleanup:
  weeg_csv_close(c);
  return status;
}

int32_t weeg_csv_columns(const weeg_csv *csv) { return csv->dialect.columns; }

const char *weeg_csv_name(const weeg_csv *csv, int32_t column) { return weeg_i_strings_text(&csv->names, csv->name[column]); }

void weeg_csv_marks(const weeg_csv *csv, char *delimiter, char *decimal) {
  *delimiter = csv->dialect.delimiter;
  *decimal = csv->dialect.decimal;
}
