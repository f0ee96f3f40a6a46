/*
 * The process that reads SPSS files dies, hangs or writes nonsense: the caller gets an error that says so, and lives. This
 * program has a reading process of its own, which does what the name of the file says; the Makefile leaves out the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

/* memory.c, and what is allocated at most at a time */
static size_t largest;
static void *noting_calloc(size_t count, size_t size) {
  if (count * size > largest) largest = count * size;
  return calloc(count, size);
}
#define calloc noting_calloc
#include "base/memory.c"
#undef calloc

#include "failing_calls.h"
#include "io/bytes.h"
#include "io/file.h"
#include "io/sav.h"

/* GNU's C library has types of its own for what others take as numbers */
#if defined(__GLIBC__)
typedef __rlimit_resource_t limited;
typedef __rusage_who_t users;
#else
typedef int limited, users;
#endif

FAILING_CALL(int, pipe, (int ends[2]), (ends))
FAILING_CALL(pid_t, fork, (void), ())
FAILING_CALL(pid_t, waitpid, (pid_t id, int *how, int options), (id, how, options))
FAILING_CALL(int, poll, (struct pollfd *files, nfds_t count, int wait), (files, count, wait))
FAILING_CALL(ssize_t, read, (int file, void *to, size_t size), (file, to, size))
FAILING_CALL(int, getrlimit, (limited what, struct rlimit *limit), (what, limit))
FAILING_CALL(int, getrusage, (users who, struct rusage *used), (who, used))

/* With little patience: of the minute that a reader may compute, a second. Not where this process is itself taken for one. */
static pid_t tester;
AS_IT_IS int setrlimit(limited what, const struct rlimit *limit) {
  int (*real)(limited, const struct rlimit *) = NULL;
  void *const found = dlsym(RTLD_NEXT, "setrlimit");
  struct rlimit less = *limit;
  memcpy(&real, &found, sizeof real);
  if (getpid() != tester && what == RLIMIT_CPU && less.rlim_cur != RLIM_INFINITY && less.rlim_cur >= SAV_MOST_SECONDS) {
    less.rlim_cur -= SAV_MOST_SECONDS - 1;
  }
  return real(what, &less);
}

/* The process that is ended, where it is this one. */
static pid_t killed;
static bool keep_alive;
int kill(pid_t id, int number) {
  int (*real)(pid_t, int) = NULL;
  void *const found = dlsym(RTLD_NEXT, "kill");
  memcpy(&real, &found, sizeof real);
  if (keep_alive && number == SIGKILL) return killed = id, 0;
  return real(id, number);
}

static bool available = true;
bool weeg_sav_available(void) { return available; }

/* ---- what a reading process may do ---- */

static void put_head(byte_writer *w, uint32_t tag, uint32_t size) {
  weeg_i_put_u32(w, tag);
  weeg_i_put_u32(w, size);
}

static void put_frame(byte_writer *all, uint32_t tag, byte_writer *content) {
  put_head(all, tag, (uint32_t)content->used);
  weeg_i_put_bytes(all, content->bytes, content->used);
  content->used = 0;
}

static void put_label(byte_writer *all, byte_writer *w, double value, const char *label) {
  weeg_i_put_text(w, "labels");
  weeg_i_put_u8(w, 0);
  weeg_i_put_double(w, value);
  weeg_i_put_text(w, label);
  put_frame(all, SAV_LABEL, w);
}

/* A variable of numbers, x, or of texts, t, with perhaps labels, and as many ranges of missing values as `ranges` says. */
static void put_variable(byte_writer *all, byte_writer *w, bool text, uint32_t ranges) {
  weeg_i_put_u8(w, text);
  weeg_i_put_u8(w, 0);
  weeg_i_put_text(w, text ? "t" : "x");
  weeg_i_put_text(w, "");
  weeg_i_put_text(w, text ? "" : "labels");
  weeg_i_put_text(w, text ? "A8" : "F8.2");
  weeg_i_put_u32(w, ranges);
  put_frame(all, SAV_VARIABLE, w);
}

static void put_file(byte_writer *all, byte_writer *w, const char *what, bool open) {
  if (open) put_variable(all, w, false, 0);
  if (open && strcmp(what, "text") == 0) put_variable(all, w, true, 0);
  if (open && strcmp(what, "ranges") == 0) put_variable(all, w, false, 1000000);
  if (open && strcmp(what, "weight") == 0) {
    weeg_i_put_u32(w, 1);
    put_frame(all, SAV_WEIGHT, w);
  }
  if (open && strcmp(what, "labels") == 0) {
    put_label(all, w, 1, "a");
    put_label(all, w, 2, "a");
    put_label(all, w, 3, "a [1]");
  }
  if (!open && strcmp(what, "rows") == 0) {
    weeg_i_put_double(w, NAN);
    weeg_i_put_u32(w, 1 << 28);
    weeg_i_put_double(w, 1);
    put_frame(all, SAV_ROWS, w);
  }
  if (!open && strcmp(what, "longer") == 0) {
    weeg_i_put_double(w, NAN);
    weeg_i_put_u32(w, 1);
    weeg_i_put_double(w, 1);
    weeg_i_put_double(w, 2);
    put_frame(all, SAV_ROWS, w);
  }
  for (int k = 0; !open && strcmp(what, "shares") == 0 && k < 8; k++) {
    static const double shares[] = {-1, 0.25, (double)NAN, 0.5, (double)INFINITY, 1, 0, 1.0001};
    weeg_i_put_double(w, shares[k]);
    weeg_i_put_u32(w, 1);
    weeg_i_put_double(w, k);
    put_frame(all, SAV_ROWS, w);
  }
  if (!open && strcmp(what, "cut") == 0) put_head(all, SAV_ROWS, 1000);
  put_frame(all, SAV_END, w);
}

/* What it says when it is asked for variables, and for rows. */
static byte_writer said[2];

bool weeg_i_sav_child(const char *path, const sav_request *request, int end) {
  byte_writer all = {0}, w = {0};
  const byte_writer *const says = &said[request->count > 0];
  if (strcmp(path, "said") == 0) return weeg_i_write_all(end, says->bytes, (int64_t)says->used);
  if (strcmp(path, "half") == 0) { /* a head and some of what it says is to come */
    if (weeg_i_write_all(end, says->bytes, 12)) (void)pause();
    return true;
  }
  if (strcmp(path, "slow") == 0) {
    const struct timespec some = {0, 150000000};
    const int64_t first = (int64_t)says->used - 3;
    return weeg_i_write_all(end, says->bytes, first) && nanosleep(&some, NULL) == 0 &&
           weeg_i_write_all(end, says->bytes + first, 3);
  }
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
    weeg_i_put_text(&w, "it is no good");
    put_frame(&all, SAV_ERROR, &w);
  }
  put_file(&all, &w, path, request->count == 0);
  return weeg_i_write_all(end, all.bytes, (int64_t)all.used);
}

/* ---- what comes of it ---- */

/* R has a handler of its own, which asks the user what to do. */
static void not_in_the_child(int signal) {
  (void)signal;
  _exit(0);
}

/* All variables, as numbers where they are. */
static weeg_status read_all(weeg_sav *sav, weeg_error *err) {
  const weeg_field fields[] = {{0, true}, {1, false}};
  weeg_sav_column columns[2];
  const weeg_status status = weeg_sav_collect(sav, &(weeg_fields){fields, sav->variables}, columns, err);
  for (int32_t k = 0; k < sav->variables && status == WEEG_OK; k++) {
    CHECK(columns[k].rows == 0 && (columns[k].numbers != NULL) == (k == 0) && (columns[k].codes != NULL) == (k == 1));
    weeg_sav_column_clear(&columns[k]);
  }
  return status;
}

/* A name made to tell two levels apart is itself the label of a third. */
static void check_labels(void) {
  static const char *const names[] = {"a [1] [1]", "a [2]", "a [1] [3]"};
  const weeg_field field = {0, false};
  weeg_sav_column column = {0};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open("labels", NULL, &sav, &err))) return;
  CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){&field, 1}, &column, &err));
  CHECK(column.levels.count == 3);
  for (int k = 0; k < column.levels.count; k++) CHECK_TEXT(column.levels.text[k], names[k]);
  weeg_sav_column_clear(&column);
  weeg_sav_close(sav);
}

static int told;
static void add_share(void *sum, double share) {
  *(double *)sum += share;
  told++;
}

/* Shares that are none are not told of; the rows are. */
static void check_shares(void) {
  double sum = 0;
  const weeg_hooks hooks = {.progress = add_share, .ctx = &sum};
  const weeg_field field = {0, true};
  weeg_sav_column column = {0};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  if (!CHECK_OK(weeg_sav_open("shares", NULL, &sav, &err))) return;
  CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){&field, 1, &hooks}, &column, &err));
  CHECK(column.rows == 8 && sum == 1.75 && told == 4);
  for (int k = 0; k < column.rows; k++) CHECK(column.numbers[k] == k);
  weeg_sav_column_clear(&column);
  weeg_sav_close(sav);
}

/* ---- frame by frame ---- */

/* Two variables, a number and a text, with missing values, labels, a weight and a set; and two rows of them. */
enum { X, T, ONE, THE_A, NOBODYS, WEIGHT, SET, END_OF_OPEN, ROWS, END_OF_ROWS, FRAMES };
static byte_writer content[FRAMES];
static const uint32_t tags[FRAMES] = {SAV_VARIABLE, SAV_VARIABLE, SAV_LABEL, SAV_LABEL, SAV_LABEL,
                                      SAV_WEIGHT,   SAV_SET,      SAV_END,   SAV_ROWS,  SAV_END};

static void put_texts(byte_writer *w, const char *const *texts, int count) {
  for (int k = 0; k < count; k++) weeg_i_put_text(w, texts[k]);
}

static void put_set(byte_writer *w, const char *second) {
  put_texts(w, (const char *const[]){"$s", ""}, 2);
  weeg_i_put_u8(w, 1);
  weeg_i_put_u8(w, 0);
  weeg_i_put_text(w, "");
  weeg_i_put_u32(w, 2);
  put_texts(w, (const char *const[]){"X", second}, 2);
}

static void make_content(void) {
  weeg_i_put_u8(&content[X], 0);
  weeg_i_put_u8(&content[X], 1);
  put_texts(&content[X], (const char *const[]){"x", "A question", "numbers", "F8.2"}, 4);
  weeg_i_put_u32(&content[X], 1);
  weeg_i_put_double(&content[X], 8);
  weeg_i_put_double(&content[X], 9);
  weeg_i_put_u8(&content[T], 1);
  weeg_i_put_u8(&content[T], 0);
  put_texts(&content[T], (const char *const[]){"t", "", "texts", "A8"}, 4);
  weeg_i_put_u32(&content[T], 1);
  put_texts(&content[T], (const char *const[]){"y ", "zz"}, 2);
  weeg_i_put_text(&content[ONE], "numbers");
  weeg_i_put_u8(&content[ONE], 0);
  weeg_i_put_double(&content[ONE], 1);
  weeg_i_put_text(&content[ONE], "one");
  weeg_i_put_text(&content[THE_A], "texts");
  weeg_i_put_u8(&content[THE_A], 1);
  put_texts(&content[THE_A], (const char *const[]){"a ", "the a"}, 2);
  weeg_i_put_text(&content[NOBODYS], "texts"); /* of numbers */
  weeg_i_put_u8(&content[NOBODYS], 0);
  weeg_i_put_double(&content[NOBODYS], 2);
  weeg_i_put_text(&content[NOBODYS], "nobody's");
  weeg_i_put_u32(&content[WEIGHT], 0);
  put_set(&content[SET], "T");
  weeg_i_put_u64(&content[END_OF_OPEN], 0);
  weeg_i_put_double(&content[ROWS], 0.5);
  weeg_i_put_u32(&content[ROWS], 2);
  weeg_i_put_double(&content[ROWS], 1);
  weeg_i_put_double(&content[ROWS], 2);
  put_texts(&content[ROWS], (const char *const[]){"b", "a"}, 2);
  weeg_i_put_u64(&content[END_OF_ROWS], 2);
}

/* Says them, with `size` bytes of frame k only. */
static void say(int k, size_t size) {
  said[0].used = said[1].used = 0;
  for (int i = 0; i < FRAMES; i++) {
    byte_writer *to = &said[i > END_OF_OPEN];
    const size_t used = i == k ? size : content[i].used;
    put_head(to, tags[i], (uint32_t)used);
    weeg_i_put_bytes(to, content[i].bytes, used);
  }
}

static void say_all(void) { say(0, content[0].used); }

/* The status of opening it and reading its two variables, which are checked. */
static weeg_status read_both(const char *path, weeg_error *err) {
  static const weeg_field fields[] = {{0, false}, {1, false}};
  weeg_sav_column c[2];
  weeg_sav *sav = NULL;
  weeg_status status = weeg_sav_open(path, NULL, &sav, err);
  CHECK((sav == NULL) == (status != WEEG_OK));
  if (status == WEEG_OK) status = weeg_sav_collect(sav, &(weeg_fields){fields, 2}, c, err);
  if (status == WEEG_OK) {
    const uint8_t *const x = c[0].codes, *const t = c[1].codes;
    CHECK(c[0].rows == 2 && c[0].levels.count == 2 && x[0] == 1 && x[1] == 2);
    CHECK(c[1].rows == 2 && c[1].levels.count == 2 && t[0] == 2 && t[1] == 1);
    CHECK_TEXT(c[0].levels.text[0], "one");
    CHECK_TEXT(c[0].levels.text[1], "2");
    CHECK_TEXT(c[1].levels.text[0], "the a");
    CHECK_TEXT(c[1].levels.text[1], "b");
    for (int k = 0; k < 2; k++) weeg_sav_column_clear(&c[k]);
  }
  weeg_sav_close(sav);
  return status;
}

static void check_whole(void) {
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  say_all();
  CHECK_OK(read_both("said", &err));
  CHECK_OK(read_both("slow", &err));
  if (!CHECK_OK(weeg_sav_open("said", NULL, &sav, &err))) return;
  const weeg_sav_variable *const x = &sav->variable[0], *const t = &sav->variable[1];
  CHECK(sav->variables == 2 && sav->weight == 0 && sav->sets == 1 && !sav->portable);
  CHECK(!x->text && x->ordinal && x->labels == 1 && x->ranges == 1 && x->low[0].number == 8 && x->high[0].number == 9);
  CHECK(t->text && !t->ordinal && t->labels == 1 && t->ranges == 1 && t->label == NULL);
  CHECK_TEXT(x->label, "A question");
  CHECK_TEXT(t->low[0].text, "y"); /* without the blanks that fill a field */
  CHECK_TEXT(t->high[0].text, "zz");
  CHECK_TEXT(t->value[0].text, "a");
  const weeg_sav_set *const set = &sav->set[0];
  CHECK(set->count == 2 && set->variable[0] == 0 && set->variable[1] == 1 && set->label == NULL && set->categories);
  CHECK(!set->value_labels);
  weeg_sav_close(sav);
}

/* Each frame cut off at each byte, and all that is said. */
static void check_cut(void) {
  for (int k = 0; k < FRAMES; k++) {
    if (k == NOBODYS || tags[k] == SAV_END) continue; /* not looked at */
    for (size_t size = 0; size < content[k].used; size++) {
      weeg_error err = {0};
      say(k, size);
      const weeg_status status = read_both("said", &err);
      const bool refused = status == WEEG_ERR_FILE && strstr(err.message, "unexpected data") != NULL;
      if (!CHECK(refused)) printf("frame %d of %d bytes: %s\n", k, (int)size, err.message);
    }
  }
  for (int part = 0; part < 2; part++) {
    say_all();
    for (size_t used = said[part].used; used > 0; used--) {
      weeg_error err = {0};
      said[part].used = used - 1;
      CHECK_STATUS(read_both("said", &err), WEEG_ERR_FILE);
      CHECK_TEXT(err.message, "said cannot be read: the reader ended early");
    }
  }
}

/* More of each than there is room for at first; sets of variables that are not there are none. */
static void check_more(void) {
  enum { MANY = 40, LONG = 20000 };
  const weeg_field field = {0, true};
  weeg_sav_column c = {0};
  byte_writer w = {0};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  said[0].used = said[1].used = 0;
  for (int k = 0; k < MANY; k++) {
    weeg_i_put_bytes(&w, content[k % 2].bytes, content[k % 2].used);
    put_frame(&said[0], SAV_VARIABLE, &w);
  }
  for (int k = 0; k < MANY; k++) put_label(&said[0], &w, k, "labels");
  for (int k = 0; k < MANY; k++) {
    weeg_i_put_text(&w, "numbers");
    weeg_i_put_u8(&w, 0);
    weeg_i_put_double(&w, k);
    weeg_i_put_text(&w, k % 2 == 0 ? "even" : "odd");
    put_frame(&said[0], SAV_LABEL, &w);
  }
  put_label(&said[0], &w, NAN, "a number that is none");
  weeg_i_put_text(&w, ""); /* labels of nothing */
  weeg_i_put_u8(&w, 1);
  put_frame(&said[0], SAV_LABEL, &w);
  for (int k = 0; k < MANY; k++) {
    put_set(&w, k % 2 == 0 ? "t" : "nowhere");
    put_frame(&said[0], SAV_SET, &w);
  }
  put_texts(&w, (const char *const[]){"$none", ""}, 2); /* of no variables */
  weeg_i_put_u8(&w, 0);
  weeg_i_put_u8(&w, 0);
  weeg_i_put_text(&w, "");
  weeg_i_put_u32(&w, 0);
  put_frame(&said[0], SAV_SET, &w);
  put_frame(&said[0], SAV_END, &w);
  put_frame(&said[1], SAV_VARIABLE, &w); /* what was said before is passed over */
  weeg_i_put_double(&w, 0);
  weeg_i_put_u32(&w, 0); /* no rows yet */
  put_frame(&said[1], SAV_ROWS, &w);
  weeg_i_put_double(&w, NAN);
  weeg_i_put_u32(&w, LONG);
  for (int k = 0; k < LONG; k++) weeg_i_put_double(&w, k + 100.5);
  put_frame(&said[1], SAV_ROWS, &w);
  put_frame(&said[1], SAV_END, &w);
  if (CHECK_OK(weeg_sav_open("said", NULL, &sav, &err))) {
    CHECK(sav->variables == MANY && sav->sets == MANY / 2 && sav->weight == -1);
    const weeg_sav_variable *const last = &sav->variable[MANY - 2];
    CHECK(last->labels == MANY && last->value[MANY - 1].number == MANY - 1 && sav->variable[1].labels == 0);
    CHECK_TEXT(last->value_label[MANY - 1], "odd");
    CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){&field, 1}, &c, &err));
    bool same = c.rows == LONG;
    for (int k = 0; k < LONG && same; k++) same = c.numbers[k] == k + 100.5;
    CHECK(same);
    weeg_sav_column_clear(&c);
    weeg_sav_close(sav);
  }
  weeg_free(w.bytes);
}

/* Frames that are in order, but not here, or not UTF-8. */
static void check_wrong(void) {
  static const struct { uint32_t tag; const char *bytes; uint32_t size; const char *message; } cases[] = {
      {SAV_ROWS, "", 0, "unexpected data"},
      {0, "", 0, "unexpected data"},
      {SAV_END + 1, "", 0, "unexpected data"},
      {SAV_WEIGHT, "\0\0\0\0", 4, "unexpected data"}, /* no variable is there yet */
      {SAV_ERROR, "\2\0\0\0no", 6, "said cannot be read: no"},
      {SAV_ERROR, "\2\0\0\0\xff\xff", 6, "said cannot be read: it is damaged"},
      {SAV_VARIABLE, "\0\0\1\0\0\0\xff", 7, "unexpected data"},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_error err = {0};
    said[0].used = 0;
    put_head(&said[0], cases[k].tag, cases[k].size);
    weeg_i_put_bytes(&said[0], cases[k].bytes, cases[k].size);
    if (!CHECK(read_both("said", &err) == WEEG_ERR_FILE && strstr(err.message, cases[k].message) != NULL)) {
      printf("case %d: %s\n", (int)k, err.message);
    }
  }
}

/* ---- calls of the system that fail ---- */

static int waiting_calls;
static int stop_later(void *unused) {
  (void)unused;
  return ++waiting_calls == 3;
}

/* Once only, after the head of a frame and a wait. */
static int stop_within(void *calls) { return ++*(int *)calls == 4; }

static void check_calls(void) {
  static const struct { const char *call; int nth, error; const char *message; } cases[] = {
      {"pipe", 1, EMFILE, "cannot make a pipe to read said"},
      {"fork", 1, EAGAIN, "cannot start a process to read said"},
      {"read", 1, EINTR, NULL},
      {"read", 1, EIO, "the reader ended early"},
      {"poll", 1, EINTR, NULL},
      {"poll", 1, 0, NULL},
      {"pipe", 2, EMFILE, "cannot make a pipe to read said"},
      {"fork", 2, EAGAIN, "cannot start a process to read said"},
  };
  say_all();
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_error err = {0};
    const int lowest = dup(0);
    CHECK(close(lowest) == 0);
    let_fail(cases[k].call, cases[k].nth, cases[k].error);
    const weeg_status status = read_both("said", &err);
    CHECK(failing[0].seen >= cases[k].nth);
    let_fail(NULL, 0, 0);
    CHECK_STATUS(status, cases[k].message == NULL ? WEEG_OK : WEEG_ERR_FILE);
    if (cases[k].message != NULL) CHECK(strstr(err.message, cases[k].message) != NULL);
    CHECK(dup(0) == lowest && close(lowest) == 0); /* no end of a pipe stays open */
    CHECK(waitpid(-1, NULL, WNOHANG) == -1);
  }
  /* while nothing comes, the caller is asked whether to go on; then the process is ended, however often waiting is disturbed */
  const weeg_hooks hooks = {.interrupt = stop_later};
  weeg_sav *sav = NULL;
  weeg_error err = {0};
  let_fail("waitpid", 2, EINTR);
  CHECK_STATUS(weeg_sav_open("busy", &hooks, &sav, &err), WEEG_ERR_INTERRUPTED);
  CHECK(failing[0].seen == 3 && waiting_calls == 3 && sav == NULL);
  let_fail(NULL, 0, 0);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1);
  int calls = 0;
  CHECK_STATUS(weeg_sav_open("half", &(weeg_hooks){.interrupt = stop_within, .ctx = &calls}, &sav, &err), WEEG_ERR_INTERRUPTED);
  CHECK(calls == 4 && waitpid(-1, NULL, WNOHANG) == -1);
  /* nothing that is asked for, or what is not there: no process */
  const weeg_field none = {-1, false}, first = {0, false};
  CHECK_OK(weeg_sav_open("said", NULL, &sav, &err));
  let_fail("fork", EVERY, EAGAIN);
  CHECK_OK(weeg_sav_collect(sav, &(weeg_fields){NULL, 0}, NULL, &err));
  weeg_sav_column c;
  CHECK_STATUS(weeg_sav_collect(sav, &(weeg_fields){&none, 1}, &c, &err), WEEG_ERR_ARGUMENT);
  available = false;
  CHECK_STATUS(weeg_sav_collect(sav, &(weeg_fields){&first, 1}, &c, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "libreadstat-dev") != NULL && failing[0].seen == 0);
  let_fail(NULL, 0, 0);
  weeg_sav_close(sav);
  sav = NULL;
  CHECK_STATUS(weeg_sav_open("said", NULL, &sav, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "libreadstat-dev") != NULL);
  available = true;
}

/* Crashes of the process end it, whatever the parent does with them, and leave no core; its end is that of nobody else. */
static void check_child(void) {
  static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGXCPU};
  const struct sigaction handler = {.sa_handler = not_in_the_child}, ignored = {.sa_handler = SIG_IGN};
  struct sigaction now;
  struct rlimit limit = {1, 1};
  struct rusage used;
  weeg_sav *sav = NULL;
  for (size_t k = 0; k < sizeof deadly / sizeof *deadly; k++) CHECK(sigaction(deadly[k], &handler, NULL) == 0);
  CHECK(sigaction(SIGPIPE, &ignored, NULL) == 0);
  say_all();
  let_fail("fork", 1, 0); /* this process is the child, and what nobody can read is lost */
  keep_alive = true;
  CHECK_STATUS(weeg_sav_open("said", NULL, &sav, NULL), WEEG_ERR_FILE);
  keep_alive = false;
  let_fail(NULL, 0, 0);
  CHECK(killed == getpid());
  CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 && limit.rlim_max == 0);
  CHECK(getrusage(RUSAGE_SELF, &used) == 0 && getrlimit(RLIMIT_CPU, &limit) == 0);
  const rlim_t spent = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec;
  CHECK(limit.rlim_cur == limit.rlim_max || limit.rlim_cur >= spent + SAV_MOST_SECONDS / 2); /* what is left does not end by it */
  for (size_t k = 0; k < sizeof deadly / sizeof *deadly; k++) {
    CHECK(sigaction(deadly[k], NULL, &now) == 0 && now.sa_handler == SIG_DFL);
  }
}

/* The second of time that there is here. Where nothing is known about it, it stays what it was, and never more than may be. */
static void check_time(void) {
  enum { FAR = 100000, NEAR = 30 };
  static const char *const calls[] = {"getrusage", "getrlimit"};
  struct rlimit limit;
  struct rusage used;
  int how = -1;
  (void)fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    const struct rlimit far = {.rlim_cur = FAR, .rlim_max = RLIM_INFINITY}, more = {2 * FAR, 2 * FAR}, less = {NEAR, NEAR};
    bool right = setrlimit(RLIMIT_CPU, &far) == 0 && getrlimit(RLIMIT_CPU, &limit) == 0;
    const rlim_t before = limit.rlim_cur;
    for (int k = 0; k < 2; k++) {
      let_fail(calls[k], 1, EINVAL);
      weeg_i_sav_more_time();
      let_fail(NULL, 0, 0);
      right = right && getrlimit(RLIMIT_CPU, &limit) == 0 && limit.rlim_cur == before;
    }
    for (int k = 0; k < 3; k++) { /* no limit, a far one, and a near one */
      if (k > 0) right = right && setrlimit(RLIMIT_CPU, k == 1 ? &more : &less) == 0;
      weeg_i_sav_more_time();
      right = right && getrusage(RUSAGE_SELF, &used) == 0 && getrlimit(RLIMIT_CPU, &limit) == 0;
      const rlim_t now = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec;
      right = right && (k == 2 ? limit.rlim_cur == NEAR : limit.rlim_cur >= now && limit.rlim_cur <= now + 1);
    }
    exit(right ? 0 : 1);
  }
  CHECK(child > 0 && waitpid(child, &how, 0) == child && WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

int main(void) {
  static const struct {
    const char *path, *open, *read; /* parts of the message of weeg_sav_open, and of weeg_sav_collect; NULL: no error */
  } cases[] = {
      {"none", NULL, NULL},  /* no rows: columns of none */
      {"text", NULL, NULL},
      {"crash", "crash cannot be read: the reader crashed on it (signal 11)", NULL},
      {"abort", "the reader crashed on it (signal 6)", NULL},
      {"busy", "the reader found nothing in 60 s; the file is damaged", NULL},
      {"quiet", "the reader ended early", NULL},
      {"huge", "the reader ended early", NULL},
      {"too-huge", "unexpected data", NULL},
      {"unknown", "unexpected data", NULL},
      {"error", "cannot be read: it is no good", NULL},
      {"ranges", "unexpected data", NULL},
      {"weight", "unexpected data", NULL},
      {"rows", NULL, "unexpected data"},
      {"longer", NULL, "unexpected data"},
      {"cut", NULL, "the reader ended early"},
  };
  const struct sigaction handler = {.sa_handler = not_in_the_child};
  tester = getpid();
  CHECK(sigaction(SIGSEGV, &handler, NULL) == 0 && sigaction(SIGABRT, &handler, NULL) == 0);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_sav *sav = NULL;
    weeg_error err = {0};
    largest = 0;
    weeg_status status = weeg_sav_open(cases[k].path, NULL, &sav, &err);
    CHECK(largest > 0 && largest < 1 << 20); /* whatever a frame says of its size */
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
  make_content();
  check_whole();
  check_cut();
  check_more();
  check_wrong();
  check_calls();
  check_time();
  check_child();
  CHECK(waitpid(-1, NULL, WNOHANG) == -1); /* no process was left behind */
  for (int k = 0; k < FRAMES; k++) weeg_free(content[k].bytes);
  for (int k = 0; k < 2; k++) weeg_free(said[k].bytes);
  return test_report("sav_child");
}
