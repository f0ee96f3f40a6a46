/*
 * Each call of the system that reading or writing a whole file makes fails: the error says which file and why, the old file is
 * what it was, and nothing is left behind; where a failure does not matter, the file is there.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#include "failing_calls.h"
#include "file_text.h"

FAILING_CALL(int, fstat, (int file, struct stat *facts), (file, facts))
FAILING_CALL(int, lstat, (const char *path, struct stat *facts), (path, facts))
FAILING_CALL(int, stat, (const char *path, struct stat *facts), (path, facts))
static size_t piece = SIZE_MAX; /* bytes that are read or written at a time, at most */
FAILING_CALL(ssize_t, read, (int file, void *to, size_t size), (file, to, size < piece ? size : piece))
FAILING_CALL(ssize_t, write, (int file, const void *from, size_t size), (file, from, size < piece ? size : piece))
FAILING_CALL(int, fsync, (int file), (file))
FAILING_CALL(int, rename, (const char *from, const char *to), (from, to))
FAILING_CALL(int, sigpending, (sigset_t *set), (set))
FAILING_CALL(int, sigaction, (int number, const struct sigaction *new, struct sigaction *old), (number, new, old))
FAILING_CALL(int, pthread_sigmask, (int how, const sigset_t *new, sigset_t *old), (how, new, old))

int open(const char *path, int flags, ...) {
  int (*real)(const char *, int, ...) = NULL;
  void *const found = dlsym(RTLD_NEXT, "open");
  va_list rest;
  if (call_fails("open")) return -1;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  memcpy(&real, &found, sizeof real);
  return real(path, flags, mode);
}

char *realpath(const char *path, char *to) {
  char *(*real)(const char *, char *) = NULL;
  void *const found = dlsym(RTLD_NEXT, "realpath");
  if (call_fails("realpath")) return NULL;
  memcpy(&real, &found, sizeof real);
  return real(path, to);
}

/* What is to be closed is, also where that fails. */
int close(int file) {
  int (*real)(int) = NULL;
  void *const found = dlsym(RTLD_NEXT, "close");
  memcpy(&real, &found, sizeof real);
  const int closed = real(file);
  return call_fails("close") ? -1 : closed;
}

static char folder[] = "/tmp/weeg-file-XXXXXX", path[64], linked[64], fifo[64];

static int count_entries(const char *of) {
  DIR *list = opendir(of);
  int count = 0;
  if (!CHECK(list != NULL)) return -1;
  while (readdir(list) != NULL) count++;
  CHECK(closedir(list) == 0);
  return count;
}

/* Files that this process has open; itself it opens one to count them. */
static int count_open(void) { return count_entries("/proc/self/fd"); }

static bool says(const weeg_error *err, const char *file, int error) {
  return err->code == WEEG_ERR_FILE && strstr(err->message, file) != NULL && strstr(err->message, strerror(error)) != NULL;
}

/* A call that fails, and whether the file is written or read all the same. */
typedef struct file_case {
  const char *call;
  int nth, error;
  bool done;
} file_case;

static void check_writing(const char *target, bool kept, const file_case *cases, size_t count) {
  for (size_t k = 0; k < count; k++) {
    weeg_error err = {0};
    CHECK_OK(weeg_file_write(path, "before", 6, 0600, NULL));
    const int before = count_open(), entries = count_entries(folder);
    let_fail(cases[k].call, cases[k].nth, cases[k].error);
    const weeg_status status = weeg_file_write(target, "after", 5, 0600, &err);
    const bool reached = failing[0].seen > 0;
    let_fail(NULL, 0, 0);
    bool right = reached && (status == WEEG_OK) == cases[k].done && count_open() == before && count_entries(folder) == entries;
    if (!cases[k].done && cases[k].error != 0) right = right && says(&err, target, cases[k].error);
    if (kept) right = right && holds(path, cases[k].done ? "after" : "before");
    if (!CHECK(right)) printf("%s %d of %s: %s\n", cases[k].call, cases[k].nth, target, err.message);
  }
}

/* A name that is taken is passed over; some file systems cannot sync; a signal that does not end the program stops nothing. */
static void check_plain(void) {
  static const file_case cases[] = {
      {"lstat", 1, EACCES, true},
      {"pthread_sigmask", 1, EINVAL, true},
      {"open", 1, EACCES, false},
      {"open", 1, EEXIST, true},
      {"open", EVERY, EEXIST, false},
      {"open", EVERY, ENOSPC, false},
      {"sigpending", 1, EINVAL, true},
      {"sigpending", EVERY, EINVAL, true},
      {"write", 1, EIO, false},
      {"write", 1, EINTR, true},
      {"write", EVERY, ENOSPC, false},
      {"write", 1, 0, false}, /* nothing written, without a reason */
      {"fsync", 1, EIO, false},
      {"fsync", 1, EINVAL, true},
      {"fsync", 1, EROFS, true},
      {"close", 1, EIO, false},
      {"rename", 1, EPERM, false},
      {"open", 2, EACCES, true}, /* the folder */
      {"fsync", 2, EIO, true},
      {"close", 2, EIO, true},
  };
  check_writing(path, true, cases, sizeof cases / sizeof *cases);
}

static void check_link(void) {
  static const file_case cases[] = {
      {"stat", 1, EACCES, true}, /* only says that it is no folder */
      {"stat", 2, EACCES, false},
      {"realpath", 1, ELOOP, false},
      {"open", 1, EACCES, false},
  };
  check_writing(linked, true, cases, sizeof cases / sizeof *cases);
}

static void check_fifo(void) {
  static const file_case cases[] = {
      {"open", 1, EACCES, false}, {"write", 1, EIO, false}, {"write", 1, EINTR, true}, {"close", 1, EIO, false}};
  const int end = open(fifo, O_RDONLY | O_NONBLOCK);
  CHECK(end >= 0);
  check_writing(fifo, false, cases, sizeof cases / sizeof *cases);
  CHECK(close(end) == 0);
}

/* Two failures: the first is told of. */
static void check_two(void) {
  static const char *const targets[] = {path, fifo};
  const int end = open(fifo, O_RDONLY | O_NONBLOCK);
  for (int k = 0; k < 2; k++) {
    weeg_error err = {0};
    let_fail("write", 1, ENOSPC);
    failing[1] = (failing_call){.name = "close", .nth = 1, .error = EIO};
    CHECK(weeg_file_write(targets[k], "after", 5, 0600, &err) == WEEG_ERR_FILE && failing[1].seen == 1);
    let_fail(NULL, 0, 0);
    CHECK(says(&err, targets[k], ENOSPC));
  }
  CHECK(close(end) == 0);
}

static void check_reading(void) {
  static const file_case cases[] = {
      {"open", 1, EACCES, false}, {"fstat", 1, EIO, false},  {"read", 1, EIO, false},
      {"read", 1, EINTR, true},   {"close", 1, EIO, true},   {"read", EVERY, 4095 /* no such errno */, false},
  };
  uint8_t *bytes = NULL;
  int64_t size = -7;
  weeg_error err = {0};
  CHECK_OK(weeg_file_write(path, "text", 4, 0600, NULL));
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    const int before = count_open();
    bytes = NULL;
    size = -7;
    let_fail(cases[k].call, cases[k].nth, cases[k].error);
    const weeg_status status = weeg_i_file_read(path, &bytes, &size, &err);
    CHECK(failing[0].seen > 0);
    let_fail(NULL, 0, 0);
    CHECK((status == WEEG_OK) == cases[k].done && count_open() == before);
    CHECK(cases[k].done ? size == 4 && memcmp(bytes, "text", 4) == 0 : size == -7 && bytes == NULL);
    if (!cases[k].done && cases[k].error != 4095) CHECK(says(&err, path, cases[k].error));
    weeg_free(bytes);
  }
  CHECK(strstr(err.message, path) != NULL);
  /* the file gets shorter while it is read: what was there */
  let_fail("read", 1, 0);
  CHECK(weeg_i_file_read(path, &bytes, &size, NULL) == WEEG_OK && size == 0);
  weeg_free(bytes);
  let_fail("open", 1, EINTR);
  CHECK_STATUS(weeg_i_file_read(path, &bytes, &size, &err), WEEG_ERR_INTERRUPTED);
  CHECK_TEXT(err.message, "stopped by a signal");
  let_fail(NULL, 0, 0);
  /* what is no file, or too large for one: 2^31 bytes, of which the disk holds none */
  CHECK_STATUS(weeg_i_file_read(folder, &bytes, &size, &err), WEEG_ERR_FILE);
  CHECK_STATUS(weeg_i_file_read(fifo, &bytes, &size, &err), WEEG_ERR_FILE);
  CHECK(truncate(path, ((off_t)1 << 31) + 1) == 0);
  CHECK_STATUS(weeg_i_file_read(path, &bytes, &size, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, path) != NULL && strstr(err.message, "at most 2^31 bytes") != NULL);
}

/* A system may read and write less than it is asked for. */
static void check_pieces(void) {
  static const char text[] = "a text of some bytes, which differ";
  const int64_t length = (int64_t)strlen(text);
  for (piece = 1; piece <= sizeof text; piece++) {
    uint8_t *bytes = NULL;
    int64_t size = 0;
    CHECK_OK(weeg_file_write(path, text, length, 0600, NULL));
    CHECK_OK(weeg_i_file_read(path, &bytes, &size, NULL));
    CHECK(size == length && memcmp(bytes, text, (size_t)size) == 0);
    weeg_free(bytes);
  }
  piece = SIZE_MAX;
}

/* Names without a folder are of the folder at hand; what ends in a slash, or is nothing, names no file. */
static void check_names(void) {
  static const char *const none[] = {"", "nowhere/", "./"};
  const int here = open(".", O_RDONLY);
  weeg_error err = {0};
  CHECK(here >= 0 && chdir(folder) == 0);
  CHECK_OK(weeg_file_write("plain", "x", 1, 0600, &err));
  CHECK(holds("plain", "x") && unlink("plain") == 0);
  CHECK_OK(weeg_file_write("link", "through", 7, 0600, &err));
  CHECK(holds("t", "through"));
  for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
    CHECK_STATUS(weeg_file_write(none[k], "x", 1, 0600, &err), WEEG_ERR_FILE);
    CHECK(strstr(err.message, k < 2 ? "is not the name of a file" : "it is a folder") != NULL);
  }
  CHECK(fchdir(here) == 0 && close(here) == 0);
}

/* ---- signals that wait, each in a process of its own, whose exit status says what happened ---- */

static bool waits(int number) {
  sigset_t waiting;
  return sigpending(&waiting) == 0 && sigismember(&waiting, number) == 1;
}

static bool hold_up(int number) {
  sigset_t set;
  return sigemptyset(&set) == 0 && sigaddset(&set, number) == 0 && sigprocmask(SIG_BLOCK, &set, NULL) == 0;
}

/* One that ends the program stops the writing, and still waits. */
static int write_while_ended(const char *call) {
  weeg_error err = {0};
  if (!hold_up(SIGTERM) || raise(SIGTERM) != 0) return 9;
  let_fail(call, 1, EINVAL);
  const weeg_status status = weeg_file_write(path, "after", 5, 0600, &err);
  let_fail(NULL, 0, 0);
  if (!waits(SIGTERM)) return 8;
  return status == WEEG_OK ? 0 : status == WEEG_ERR_INTERRUPTED ? 1 : 2;
}

/* That of a file which gets too large is taken away, but not from a caller who holds it up himself. */
static int write_too_much(const char *held) {
  const struct rlimit limit = {3, RLIM_INFINITY}, none = {RLIM_INFINITY, RLIM_INFINITY};
  weeg_error err = {0};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || (held != NULL && !hold_up(SIGXFSZ))) return 9;
  if (weeg_file_write(path, "after", 5, 0600, &err) != WEEG_ERR_FILE || !says(&err, path, EFBIG)) return 2;
  if (setrlimit(RLIMIT_FSIZE, &none) != 0) return 9;
  return waits(SIGXFSZ) ? 1 : 0;
}

static int in_a_process(int (*call)(const char *), const char *argument) {
  int how = -1;
  (void)fflush(stdout);
  const pid_t child = fork();
  if (child == 0) exit(call(argument));
  return child > 0 && waitpid(child, &how, 0) == child && WIFEXITED(how) ? WEXITSTATUS(how) : -1;
}

static void check_signals(void) {
  CHECK_OK(weeg_file_write(path, "before", 6, 0600, NULL));
  CHECK(in_a_process(write_while_ended, NULL) == 1 && holds(path, "before"));
  CHECK(in_a_process(write_too_much, NULL) == 0 && holds(path, "before"));
  CHECK(in_a_process(write_too_much, "held") == 1 && holds(path, "before"));
  /* of one of which nothing can be known, it is not known that it ends the program */
  CHECK(in_a_process(write_while_ended, "sigaction") == 0 && holds(path, "after"));
}

int main(void) {
  if (!CHECK(mkdtemp(folder) != NULL)) return test_report("file");
  snprintf(path, sizeof path, "%s/t", folder);
  snprintf(linked, sizeof linked, "%s/link", folder);
  snprintf(fifo, sizeof fifo, "%s/fifo", folder);
  CHECK(symlink("t", linked) == 0 && mkfifo(fifo, 0600) == 0);
  check_plain();
  check_link();
  check_fifo();
  check_two();
  check_reading();
  check_pieces();
  check_names();
  check_signals();
  CHECK(unlink(path) == 0 && unlink(linked) == 0 && unlink(fifo) == 0 && rmdir(folder) == 0);
  return test_report("file");
}
