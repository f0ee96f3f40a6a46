/*
 * The process that reads SPSS files dies, hangs or writes nonsense: the caller gets an error that says so, and lives. This
 * program has a reading process of its own, which does what the name of the file says; the Makefile leaves out the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

/* sav.c, with what it allocates at most at a time, and little patience */
#include "memory.h"
static int64_t largest;
static void *noting_alloc(int64_t count, size_t size) {
  if (count * (int64_t)size > largest) largest = count * (int64_t)size;
  return weeg_alloc(count, size);
}
static void *noting_larger(void *old, int64_t used, int64_t count, size_t size) {
  if (count * (int64_t)size > largest) largest = count * (int64_t)size;
  return weeg_larger(old, used, count, size);
}
#define SAV_MOST_SECONDS 1
#define weeg_alloc noting_alloc
#define weeg_larger noting_larger
#include "io/sav.c"
#undef weeg_alloc
#undef weeg_larger

#include "io/file.h"

bool weeg_sav_available(void) { return true; }

/* ---- what a reading process may do ---- */

static void put_head(byte_writer *w, uint32_t tag, uint32_t size) {
  weeg_put_u32(w, tag);
  weeg_put_u32(w, size);
}

static void put_frame(byte_writer *all, uint32_t tag, byte_writer *content) {
  put_head(all, tag, (uint32_t)content->used);
  weeg_put_bytes(all, content->bytes, content->used);
  content->used = 0;
}

static void put_label(byte_writer *all, byte_writer *w, double value, const char *label) {
  weeg_put_text(w, "labels");
  weeg_put_u8(w, 0);
  weeg_put_double(w, value);
  weeg_put_text(w, label);
  put_frame(all, SAV_LABEL, w);
}

/* A variable of numbers, x, or of texts, t, with perhaps labels, and as many ranges of missing values as `ranges` says. */
static void put_variable(byte_writer *all, byte_writer *w, bool text, uint32_t ranges) {
  weeg_put_u8(w, text);
  weeg_put_u8(w, 0);
  weeg_put_text(w, text ? "t" : "x");
  weeg_put_text(w, "");
  weeg_put_text(w, text ? "" : "labels");
  weeg_put_text(w, text ? "A8" : "F8.2");
  weeg_put_u32(w, ranges);
  put_frame(all, SAV_VARIABLE, w);
}

static void put_file(byte_writer *all, byte_writer *w, const char *what, bool open) {
  if (open) put_variable(all, w, false, 0);
  if (open && strcmp(what, "text") == 0) put_variable(all, w, true, 0);
  if (open && strcmp(what, "ranges") == 0) put_variable(all, w, false, 1000000);
  if (open && strcmp(what, "weight") == 0) {
    weeg_put_u32(w, 1);
    put_frame(all, SAV_WEIGHT, w);
  }
  if (open && strcmp(what, "labels") == 0) {
    put_label(all, w, 1, "a");
    put_label(all, w, 2, "a");
    put_label(all, w, 3, "a [1]");
  }
  if (!open && strcmp(what, "rows") == 0) {
    weeg_put_double(w, NAN);
    weeg_put_u32(w, 1 << 28);
    weeg_put_double(w, 1);
    put_frame(all, SAV_ROWS, w);
  }
  if (!open && strcmp(what, "longer") == 0) {
    weeg_put_double(w, NAN);
    weeg_put_u32(w, 1);
    weeg_put_double(w, 1);
    weeg_put_double(w, 2);
    put_frame(all, SAV_ROWS, w);
  }
  for (int k = 0; !open && strcmp(what, "shares") == 0 && k < 5; k++) {
    static const double shares[] = {-1, 0.25, (double)NAN, 0.5, (double)INFINITY};
    weeg_put_double(w, shares[k]);
    weeg_put_u32(w, 1);
    weeg_put_double(w, k);
    put_frame(all, SAV_ROWS, w);
  }
  if (!open && strcmp(what, "cut") == 0) put_head(all, SAV_ROWS, 1000);
  put_frame(all, SAV_END, w);
}

bool weeg_sav_child(const char *path, const sav_request *request, int end) {
  byte_writer all = {0}, w = {0};
  if (strcmp(path, "crash") == 0) (void)kill(getpid(), SIGSEGV);
  if (strcmp(path, "abort") == 0) abort();
  if (strcmp(path, "busy") == 0) {
    for (volatile long k = 0;; k = k + 1) continue;
  }
  if (strcmp(path, "quiet") == 0) return true;
  if (strcmp(path, "huge") == 0) put_head(&all, SAV_VARIABLE, 1u << 30);
  if (strcmp(path, "too-huge") == 0) put_head(&all, SAV_VARIABLE, UINT32_MAX);
  if (strcmp(path, "unknown") == 0) put_head(&all, 77, 0);
  if (strcmp(path, "error") == 0) {
    weeg_put_text(&w, "it is no good");
    put_frame(&all, SAV_ERROR, &w);
  }
  put_file(&all, &w, path, request->count == 0);
  return weeg_write_all(end, all.bytes, (int64_t)all.used);
}

/* ---- what comes of it ---- */

/* R has a handler of its own, which asks the user what to do. */
static void not_in_the_child(int signal) {
  (void)signal;
  _exit(0);
}

/* All variables, as numbers where they are. */
static weeg_status read_all(weeg_sav *sav, weeg_error *err) {
  const weeg_sav_field fields[] = {{0, true}, {1, false}};
  weeg_sav_column columns[2];
  const weeg_status status = weeg_sav_collect(sav, fields, sav->variables, NULL, columns, err);
  for (int32_t k = 0; k < sav->variables && status == WEEG_OK; k++) {
    CHECK(columns[k].rows == 0 && (columns[k].numbers != NULL) == (k == 0) && (columns[k].codes != NULL) == (k == 1));
    weeg_sav_column_clear(&columns[k]);
  }
  return status;
}

/* A name made to tell two levels apart is itself the label of a third. */
static void check_labels(void) {
  static const char *const names[] = {"a [1] [1]", "a [2]", "a [1] [3]"};
  const weeg_sav_field field = {0, false};
  weeg_sav_column column = {0};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open("labels", NULL, &sav, &err))) return;
  CHECK_OK(weeg_sav_collect(sav, &field, 1, NULL, &column, &err));
  CHECK(column.levels.count == 3);
  for (int k = 0; k < column.levels.count; k++) CHECK_TEXT(column.levels.text[k], names[k]);
  weeg_sav_column_clear(&column);
  weeg_sav_close(sav);
}

static void add_share(void *sum, double share) { *(double *)sum += share; }

/* Shares that are none are not told of; the rows are. */
static void check_shares(void) {
  double sum = 0;
  const weeg_hooks hooks = {.progress = add_share, .ctx = &sum};
  const weeg_sav_field field = {0, true};
  weeg_sav_column column = {0};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open("shares", NULL, &sav, &err))) return;
  CHECK_OK(weeg_sav_collect(sav, &field, 1, &hooks, &column, &err));
  CHECK(column.rows == 5 && sum == 0.75);
  for (int k = 0; k < column.rows; k++) CHECK(column.numbers[k] == k);
  weeg_sav_column_clear(&column);
  weeg_sav_close(sav);
}

int main(void) {
  static const struct {
    const char *path, *open, *read; /* parts of the message of weeg_sav_open, and of weeg_sav_collect; NULL: no error */
  } cases[] = {
      {"none", NULL, NULL},  /* no rows: columns of none */
      {"text", NULL, NULL},
      {"crash", "crash cannot be read: the reader crashed on it (signal 11)", NULL},
      {"abort", "the reader crashed on it (signal 6)", NULL},
      {"busy", "the reader found nothing in 1 s; the file is damaged", NULL},
      {"quiet", "the reader ended early", NULL},
      {"huge", "the reader ended early", NULL},
      {"too-huge", "makes no sense", NULL},
      {"unknown", "makes no sense", NULL},
      {"error", "cannot be read: it is no good", NULL},
      {"ranges", "makes no sense", NULL},
      {"weight", "makes no sense", NULL},
      {"rows", NULL, "makes no sense"},
      {"longer", NULL, "makes no sense"},
      {"cut", NULL, "the reader ended early"},
  };
  const struct sigaction handler = {.sa_handler = not_in_the_child};
  CHECK(sigaction(SIGSEGV, &handler, NULL) == 0 && sigaction(SIGABRT, &handler, NULL) == 0);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_sav *sav = NULL;
    weeg_error err = {0};
    weeg_status status = weeg_sav_open(cases[k].path, NULL, &sav, &err);
    CHECK((sav == NULL) == (status != WEEG_OK));
    const char *part = cases[k].open;
    if (status == WEEG_OK && part == NULL) {
      part = cases[k].read;
      status = read_all(sav, &err);
    }
    if (!CHECK(part == NULL ? status == WEEG_OK : status == WEEG_ERR_FILE && strstr(err.message, part) != NULL)) {
      printf("%s: %s\n", cases[k].path, err.message);
    }
    weeg_sav_close(sav);
  }
  check_labels();
  check_shares();
  CHECK(largest > 0 && largest < 1 << 20);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1); /* no process was left behind */
  return test_report("sav_child");
}
