/*
 * Running out of memory in files: CSV files packed and plain, SPSS files (also in the process that reads them), tally files.
 * See failing.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "failing.h"

#ifdef WEEG_ZLIB
#include <zlib.h>
#endif

#include "csv_sample.h"
#include "io/file.h"
#include "io/sav.h"
#include "sample.h"

/* ---- CSV ---- */

static weeg_status take_chunk(void *ctx, const weeg_chunk *chunk, weeg_error *err) {
  (void)err;
  *(int64_t *)ctx += chunk->rows;
  return WEEG_OK;
}

enum { CSV_ROWS = 6000, CSV_BYTES = 1 << 17 }; /* more than is unpacked at a time */

/* Reading with a sink, and whole columns with the lines of their rows. */
static weeg_status call_csv(int variant, weeg_error *err) {
  static const weeg_field fields[] = {{0, true}, {1, false}};
  weeg_csv *csv = NULL;
  int64_t rows = 0;
  weeg_csv_data *data = NULL;
  const weeg_csv_place *place = NULL;
  weeg_status status = weeg_csv_open(sample_path(), &(weeg_csv_options){.window = 1 << 14}, &csv, err);
  CHECK((csv == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) status = weeg_csv_read(csv, &(weeg_fields){fields, 2}, take_chunk, &rows, err);
  CHECK(status != WEEG_OK || rows == CSV_ROWS);
  if (status == WEEG_OK && variant == 1) status = weeg_csv_collect(csv, &(weeg_fields){fields, 2}, &data, err);
  CHECK((data != NULL) == (status == WEEG_OK && variant == 1));
  if (data != NULL) CHECK(weeg_csv_data_places(data, &place) == 1 && place->line == 2);
  weeg_csv_data_free(data);
  weeg_csv_close(csv);
  return status;
}

/* A file as a source: its levels, and its tally by them. */
static int32_t source_codes(void *ctx, int32_t field) {
  const weeg_source *source = ctx;
  return source->codes(source->ctx, field);
}

static weeg_status call_source(int sav, weeg_error *err) {
  static const int32_t variable[] = {0};
  static const weeg_field csv_fields[] = {{1, false}, {0, true}}, sav_fields[] = {{2, false}, {0, true}};
  const weeg_fields fields = {sav ? sav_fields : csv_fields, 2, NULL};
  weeg_source source = {.ctx = NULL};
  weeg_stream s = {.variables = 1, .variable = variable, .weight = -1, .element = true, .code_count = source_codes,
                   .ctx = &source};
  weeg_field_levels levels = {.labelled = false};
  weeg_tally *tally = NULL;
  weeg_status status = weeg_source_open(sav ? WEEG_TEST_REFERENCE "/sav/small.sav" : sample_path(), NULL, &source, err);
  if (status != WEEG_OK) return status;
  status = source.read(source.ctx, &fields, weeg_stream_rows, &s, err);
  if (status == WEEG_OK) status = weeg_stream_end(&s, err);
  if (status == WEEG_OK) status = source.levels(source.ctx, 0, &levels, err);
  CHECK(status == WEEG_OK || levels.level == NULL);
  if (status == WEEG_OK) {
    const int32_t count = levels.variable.levels.count, *const level[] = {levels.level};
    CHECK(count == (sav ? 4 : 40));
    status = weeg_stream_finish(&s, &(weeg_stream_levels){.level = level, .levels = &count}, &tally, err);
  }
  weeg_tally_free(tally);
  weeg_field_levels_clear(&levels);
  weeg_stream_clear(&s);
  source.close(source.ctx);
  return status;
}

/* Two files as waves, the same one twice, or with a CSV file, and what is read of a column that both have. */
static weeg_status call_waves(int sav, weeg_error *err) {
  static const weeg_field fields[] = {{0, false}, {2, false}, {1, true}};
  weeg_source file[2] = {{.ctx = NULL}, {.ctx = NULL}}, source = {.ctx = NULL};
  weeg_field_levels levels = {.labelled = false};
  int64_t rows = 0;
  const char *path = sav ? WEEG_TEST_REFERENCE "/sav/mrsets.sav" : sample_path();
  weeg_status status = WEEG_OK;
  for (int k = 0; k < 2 && status == WEEG_OK; k++) status = weeg_source_open(path, NULL, &file[k], err);
  const weeg_wave waves[] = {{file[0], "1", "one"}, {file[1], "2", "two"}};
  if (status == WEEG_OK) status = weeg_waves_source(waves, 2, "wave", &source, err);
  CHECK((source.ctx != NULL) == (status == WEEG_OK));
  if (status == WEEG_OK) status = source.read(source.ctx, &(weeg_fields){fields, sav ? 3 : 2, NULL}, take_chunk, &rows, err);
  CHECK(status != WEEG_OK || rows == (sav ? 16 : 2 * CSV_ROWS));
  for (int k = 0; k < 2 && status == WEEG_OK; k++) {
    status = source.levels(source.ctx, k, &levels, err);
    CHECK(status == WEEG_OK ? levels.variable.levels.count == (k == 0 || sav ? 2 : 40) : levels.level == NULL);
    weeg_field_levels_clear(&levels);
  }
  if (source.ctx != NULL) {
    source.close(source.ctx);
  } else {
    for (int k = 0; k < 2; k++) {
      if (file[k].ctx != NULL) file[k].close(file[k].ctx);
    }
  }
  return status;
}

static void write_csv(bool packed) {
  static char text[CSV_BYTES];
  size_t n = (size_t)snprintf(text, sizeof text, "x;\"g\"\n");
  for (int i = 0; i < CSV_ROWS; i++) n += (size_t)snprintf(text + n, sizeof text - n, "%d,5;\"level %d\"\n", i, i % 40);
#ifdef WEEG_ZLIB
  if (packed) {
    gzFile file = gzopen(sample_path(), "wb");
    CHECK(file != NULL && gzwrite(file, text, (unsigned)n) == (int)n && gzclose(file) == Z_OK);
    return;
  }
#endif
  (void)packed;
  sample_write(text, n);
}

/* ---- SPSS files ---- */

static const char small[] = WEEG_TEST_REFERENCE "/sav/small.sav", with_sets[] = WEEG_TEST_REFERENCE "/sav/mrsets.sav";

static weeg_status call_sav(int variant, weeg_error *err) {
  enum { W, T, X, Y, FIELDS };
  static const weeg_field fields[] = {{X, false}, {W, true}, {T, false}, {Y, false}};
  weeg_sav *sav = NULL;
  weeg_sav_column columns[FIELDS];
  (void)variant;
  for (int k = 0; k < FIELDS; k++) columns[k].rows = -7;
  weeg_status status = weeg_sav_open(small, NULL, &sav, err);
  CHECK((sav == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) {
    status = weeg_sav_collect(sav, &(weeg_fields){fields, FIELDS}, columns, err);
    for (int k = 0; k < FIELDS && status == WEEG_OK; k++) {
      CHECK(columns[k].rows == 6);
      weeg_sav_column_clear(&columns[k]);
    }
  }
  weeg_sav_close(sav);
  return status;
}

static weeg_status call_sets(int unused, weeg_error *err) {
  weeg_sav *sav = NULL;
  (void)unused;
  const weeg_status status = weeg_sav_open(with_sets, NULL, &sav, err);
  CHECK((sav == NULL) == (status != WEEG_OK) && (sav == NULL || sav->sets == 3));
  weeg_sav_close(sav);
  return status;
}

/* In a process that reads: the allocation that is to fail there; 0: none. */
static long fail_there;
static void begin_there(void) {
  atomic_store(&calls, 0);
  atomic_store(&fail_at, fail_there);
}

/* That process runs out of memory: an error of the file, which says so or that the reader ended. */
static void exhaust_reader(void) {
  long at = 0;
  weeg_status status = WEEG_ERR_FILE;
  while (status != WEEG_OK && at < 10000) {
    weeg_error err = {0};
    const long before = atomic_load(&live);
    fail_there = ++at;
    status = call_sav(0, &err);
    CHECK(atomic_load(&live) == before);
    if (status == WEEG_OK) break;
    CHECK(status == WEEG_ERR_FILE && strstr(err.message, "small.sav cannot be read: ") != NULL);
    CHECK(strstr(err.message, "memory") != NULL || strstr(err.message, "ended early") != NULL);
  }
  fail_there = 0;
  CHECK(status == WEEG_OK && at > 10);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1);
}

/* The same without a process, where it can be seen that nothing is left behind and that what is missing is said. */
static void exhaust_child(void) {
  static const int32_t variables[] = {2, 1, 0};
  const sav_request requests[] = {{.last = -1}, {.count = 3, .last = 0, .variable = variables}, {.last = -1}};
  for (int k = 0; k < 3; k++) {
    bool failed = true;
    for (long at = 1; failed && at < 10000; at++) {
      uint8_t *bytes = NULL;
      int64_t size = 0;
      const long before = atomic_load(&live);
      const int file = open(sample_path(), O_WRONLY | O_TRUNC);
      atomic_store(&calls, 0);
      atomic_store(&fail_at, at);
      const bool sent = weeg_i_sav_child(k == 2 ? with_sets : small, &requests[k], file);
      atomic_store(&fail_at, 0);
      failed = atomic_load(&calls) >= at;
      CHECK(close(file) == 0 && atomic_load(&live) == before && (failed || sent));
      CHECK_OK(weeg_i_file_read(sample_path(), &bytes, &size, NULL));
      /* the last frame: the end with its rows, or an error with a text */
      static const char message[] = "not enough memory", end[] = {SAV_END, 0, 0, 0, 8};
      const int64_t length = (int64_t)strlen(message);
      const bool said = size >= length && memcmp(bytes + size - length, message, (size_t)length) == 0;
      const bool ended = size >= 16 && memcmp(bytes + size - 16, end, sizeof end) == 0;
      CHECK(!sent || (failed ? said || ended : ended));
      weeg_free(bytes);
    }
    CHECK(!failed);
  }
}

/* ---- rows as a tally ---- */

enum { STREAM_ROWS = 140000, STREAM_LEVELS = 600 }; /* more than a window, more units than there is room for at first */
static int32_t stream_code[STREAM_ROWS], stream_class[STREAM_ROWS];
static double stream_number[STREAM_ROWS];

static int32_t stream_codes(void *ctx, int32_t field) {
  (void)ctx;
  return field < 0 ? 2 : STREAM_LEVELS;
}

static weeg_status stream_classes(void *ctx, const weeg_chunk *chunk, int64_t from, int64_t rows, int32_t *number,
                                  weeg_error *err) {
  (void)ctx;
  (void)err;
  memcpy(number, stream_class + chunk->first + from, (size_t)rows * sizeof *number);
  return WEEG_OK;
}

static weeg_status call_stream(int unused, weeg_error *err) {
  (void)unused;
  static const int32_t variable[] = {0}, key[] = {0}, fpc[] = {1};
  const int32_t *const codes[] = {stream_code, NULL};
  const double *const numbers[] = {NULL, stream_number};
  const weeg_chunk chunk = {0, STREAM_ROWS, codes, numbers};
  weeg_stream s = {.variables = 1, .variable = variable, .keys = 1, .key = key, .fpcs = 1, .fpc = fpc,
                   .weight = 1, .element = true, .code_count = stream_codes, .classify = stream_classes};
  weeg_status status = weeg_stream_rows(&s, &chunk, err);
  if (status == WEEG_OK) status = weeg_stream_end(&s, err);
  CHECK(status != WEEG_OK || (s.tally != NULL && s.units.count == STREAM_LEVELS));
  weeg_stream_clear(&s);
  return status;
}

/* ---- tally files ---- */

static weeg_labelled_tally labelled;
static char linked[64];

static weeg_status call_tally(int variant, weeg_error *err) {
  weeg_labelled_tally *x = NULL;
  if (variant == 0) return weeg_tally_write(&labelled, sample_path(), err);
  if (variant == 2) return weeg_tally_write(&labelled, linked, err);
  const weeg_status status = weeg_tally_read(sample_path(), &x, err);
  CHECK((x == NULL) == (status != WEEG_OK));
  weeg_labelled_tally_free(x);
  return status;
}

static void check_tally(void) {
  static char name[] = "x", second[] = "y", third[] = "z", *texts[] = {name, second, third};
  static const int32_t code[] = {1, 2, 3, 1, 0};
  weeg_variable variable = {.name = name, .label = name, .levels = {3, texts}};
  const weeg_column column = sample_column(code, 3);
  sample s;
  sample_make(&s, 5, NULL, 1, NULL, 0, &column, 1, NULL);
  labelled = (weeg_labelled_tally){.variables = 1, .variable = &variable, .strata = {1, texts}, .notes = {2, texts},
                                   .design = s.design, .tally = *s.tally};
  exhaust(call_tally, 0, 3);
  exhaust(call_tally, 1, 10);
  snprintf(linked, sizeof linked, "%s.link", sample_path());
  CHECK(symlink(sample_path(), linked) == 0);
  exhaust(call_tally, 2, 4);
  CHECK(unlink(linked) == 0);
  weeg_tally_free(s.tally);
}

int main(void) {
  for (int packed = 0; packed < 2; packed++) {
    write_csv(packed == 1);
    for (int variant = 0; variant < 2; variant++) exhaust(call_csv, variant, 20);
    exhaust(call_source, 0, 30);
    exhaust(call_waves, 0, 40);
  }
  check_tally();
  for (int i = 0; i < STREAM_ROWS; i++) {
    stream_code[i] = 1 + i % STREAM_LEVELS;
    stream_class[i] = 1 + i % 2;
    stream_number[i] = 7;
  }
  exhaust(call_stream, 1, 20);
  if (weeg_sav_available()) {
    CHECK(pthread_atfork(NULL, NULL, begin_there) == 0);
    exhaust(call_sav, 0, 20);
    exhaust(call_source, 1, 30);
    exhaust(call_waves, 1, 40);
    exhaust(call_sets, 0, 30);
    exhaust_reader();
    exhaust_child();
  }
  CHECK(atomic_load(&live) == 0);
  return test_report("memory_files");
}
