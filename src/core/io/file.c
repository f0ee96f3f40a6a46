#define _XOPEN_SOURCE 700

#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/said.h"

static const int64_t MOST_BYTES = (int64_t)1 << 31;

static weeg_status failed(weeg_error *err, const char *what, const char *path) {
  char reason[128] = "";
  if (errno == EINTR) return weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by a signal");
  if (strerror_r(errno, reason, sizeof reason) != 0) reason[0] = '\0';
  return weeg_fail(err, WEEG_ERR_FILE, -1, "cannot %s %.100s: %s", weeg_i_said(err, what), path, weeg_i_said(err, reason));
}

weeg_status weeg_i_file_read(const char *path, uint8_t **bytes, int64_t *size, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *all = NULL;
  struct stat facts;
  int64_t got = 0;
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* of a pipe nothing may come */
  if (file < 0) return failed(err, "open", path);
  if (fstat(file, &facts) != 0) {
    status = failed(err, "look at", path);
    goto cleanup;
  }
  if (!S_ISREG(facts.st_mode) || facts.st_size > MOST_BYTES) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "%.100s is not a file of at most 2^31 bytes", path);
    goto cleanup;
  }
  WEEG_NEW(all, (int64_t)facts.st_size + 1);
  while (got < (int64_t)facts.st_size) {
    const ssize_t step = read(file, all + got, (size_t)((int64_t)facts.st_size - got));
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) {
      status = failed(err, "read", path);
      goto cleanup;
    }
    if (step == 0) break;
    got += step;
  }
  *bytes = all;
  *size = got;
  all = NULL;
cleanup:
  weeg_free(all);
  (void)close(file);
  return status;
}

/* The length of the folder's part of a path, its last slash included. */
static size_t folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? 0 : (size_t)(slash - path) + 1;
}

/* By which a user ends a program. */
static const int ENDINGS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { ENDINGS_COUNT = sizeof ENDINGS / sizeof *ENDINGS };

static bool is_ignored(int number) {
  struct sigaction how;
  return sigaction(number, NULL, &how) != 0 || how.sa_handler == SIG_IGN;
}

/* One of them waits. */
static bool is_ended(void) {
  sigset_t waiting;
  if (sigpending(&waiting) != 0) return false;
  for (int k = 0; k < ENDINGS_COUNT; k++) {
    if (sigismember(&waiting, ENDINGS[k]) == 1 && !is_ignored(ENDINGS[k])) return true;
  }
  return false;
}

bool weeg_i_write_all(int file, const uint8_t *bytes, int64_t size) {
  for (int64_t done = 0; done < size;) {
    const int64_t left = size - done;
    if (is_ended()) {
      errno = EINTR;
      return false;
    }
    const ssize_t step = write(file, bytes + done, (size_t)(left < 1 << 24 ? left : 1 << 24));
    if (step < 0 && errno == EINTR) continue;
    if (step <= 0) return false;
    done += step;
  }
  return true;
}

/* A file that gets larger than files may is an error of write(): its signal, which waits, would end all of R as well. */
static void take_limit(void) {
  sigset_t waiting, limit;
  int number = 0;
  (void)sigemptyset(&limit);
  (void)sigaddset(&limit, SIGXFSZ);
  if (sigpending(&waiting) == 0 && sigismember(&waiting, SIGXFSZ) == 1) (void)sigwait(&limit, &number);
}

/* To the disk, not only to the system; some file systems cannot. */
static bool sync_file(int file) { return fsync(file) == 0 || errno == EINVAL || errno == EROFS; }

/* A rename is lasting once its folder is on the disk; some file systems cannot sync a folder. */
static void sync_folder(char *folder) {
  const int file = open(folder[0] == '\0' ? "." : folder, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)fsync(file);
  (void)close(file);
}

/*
 * A new file folder/.weeg-PID-K: hidden, beside its target, so that the rename stays on one disk, and short whatever the
 * target's name. Its name gets to `name`. Not by mkstemp, which does not know the user's umask.
 */
static int open_beside(const char *path, int mode, char *name, size_t size) {
  enum { TRIES = 1000 };
  const size_t folder = folder_length(path);
  int file = -1;
  memcpy(name, path, folder);
  for (int k = 0; k < TRIES && file < 0; k++) {
    (void)snprintf(name + folder, size - folder, ".weeg-%ld-%d", (long)getpid(), k);
    file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (file < 0 && errno != EEXIST) break;
  }
  return file;
}

static weeg_status write_beside(const char *path, const char *shown, const void *bytes, int64_t size, int mode, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const size_t folder = folder_length(path), room = strlen(path) + 64;
  sigset_t endings, before;
  bool holds = false;
  char *name = NULL;
  if (path[folder] == '\0') {
    return weeg_fail(err, WEEG_ERR_FILE, -1, "\"%.100s\" is not the name of a file", shown);
  }
  WEEG_NEW(name, (int64_t)room);
  /* held up while there is half a file, which would stay */
  (void)sigemptyset(&endings);
  for (int k = 0; k < ENDINGS_COUNT; k++) (void)sigaddset(&endings, ENDINGS[k]);
  (void)sigaddset(&endings, SIGXFSZ);
  holds = pthread_sigmask(SIG_BLOCK, &endings, &before) == 0;
  const int file = open_beside(path, mode, name, room);
  if (file < 0) {
    status = failed(err, "write", shown);
    goto cleanup;
  }
  if (!(weeg_i_write_all(file, bytes, size) && sync_file(file))) status = failed(err, "write", shown);
  if (close(file) != 0 && status == WEEG_OK) status = failed(err, "write", shown);
  if (status == WEEG_OK && rename(name, path) != 0) status = failed(err, "write", shown);
  if (status != WEEG_OK) {
    (void)unlink(name);
    goto cleanup;
  }
  name[folder] = '\0';
  sync_folder(name);
cleanup:
  weeg_free(name);
  if (!holds) return status;
  if (sigismember(&before, SIGXFSZ) == 0) take_limit();
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

static bool is_stopped(const weeg_hooks *hooks) {
  return hooks != NULL && hooks->interrupt != NULL && hooks->interrupt(hooks->ctx) != 0;
}

enum { PAUSE = 50 }; /* milliseconds, after which the caller is asked */

/* A pipe that nobody reads yet cannot be opened without waiting: -1, with errno. */
static int open_through(const char *path, bool is_pipe, const weeg_hooks *hooks) {
  const struct timespec pause = {0, PAUSE * 1000000L};
  int file = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  while (file < 0 && errno == ENXIO && is_pipe) {
    if (is_stopped(hooks)) {
      errno = EINTR;
      break;
    }
    (void)nanosleep(&pause, NULL);
    file = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
  }
  return file;
}

/* What a pipe does not take at once waits for its reader; false, with errno. */
static bool write_patiently(int file, const uint8_t *bytes, int64_t size, const weeg_hooks *hooks) {
  for (int64_t done = 0; done < size;) {
    const int64_t left = size - done;
    const ssize_t step = write(file, bytes + done, (size_t)(left < 1 << 24 ? left : 1 << 24));
    if (step == 0 || (step < 0 && errno != EINTR && errno != EAGAIN)) return false;
    if (step > 0) {
      done += step;
      continue;
    }
    struct pollfd wait = {file, POLLOUT, 0};
    (void)poll(&wait, 1, PAUSE);
    if (!is_stopped(hooks)) continue;
    errno = EINTR;
    return false;
  }
  return true;
}

/* A terminal, a pipe or /dev/null cannot be replaced: what is written goes through it. */
static weeg_status write_through(const char *path, bool is_pipe, const void *bytes, int64_t size, const weeg_hooks *hooks,
                                 weeg_error *err) {
  const int file = open_through(path, is_pipe, hooks);
  if (file < 0) return failed(err, "write", path);
  const bool written = write_patiently(file, bytes, size, hooks);
  const weeg_status status = written ? WEEG_OK : failed(err, "write", path);
  return close(file) == 0 || status != WEEG_OK ? status : failed(err, "write", path);
}

/*
 * Whether somebody else laid what stands at `path`, in a folder where everybody can: a link of his would have a file of this
 * user replaced, a pipe would hand it to him. As Linux does it for paths that it follows itself.
 */
static weeg_status refuse_foreign(const char *path, const struct stat *facts, weeg_error *err) {
  weeg_status status = WEEG_OK;
  struct stat place;
  const size_t folder = folder_length(path);
  char *name = NULL;
  WEEG_NEW(name, (int64_t)folder + 2);
  memcpy(name, path, folder);
  memcpy(name + folder, ".", 2);
  if (stat(name, &place) != 0) {
    status = failed(err, "write", path);
  } else if ((place.st_mode & S_ISVTX) != 0 && (place.st_mode & (S_IWGRP | S_IWOTH)) != 0 && facts->st_uid != geteuid() &&
             facts->st_uid != place.st_uid) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "cannot write %.100s: it is not a file, and belongs to somebody else", path);
  }
cleanup:
  weeg_free(name);
  return status;
}

weeg_status weeg_file_write_hooked(const char *path, const void *bytes, int64_t size, int mode, const weeg_hooks *hooks,
                                    weeg_error *err) {
  struct stat facts, last;
  const bool there = lstat(path, &facts) == 0, followed = there && stat(path, &last) == 0;
  if (followed && S_ISDIR(last.st_mode)) return weeg_fail(err, WEEG_ERR_FILE, -1, "cannot write %.100s: it is a folder", path);
  if (!there || S_ISREG(facts.st_mode)) return write_beside(path, path, bytes, size, mode, err);
  weeg_status status = refuse_foreign(path, &facts, err);
  if (status != WEEG_OK) return status;
  if (followed && !S_ISREG(last.st_mode)) return write_through(path, S_ISFIFO(last.st_mode), bytes, size, hooks, err);
  char *target = realpath(path, NULL); /* a link stays what it is, and its target is replaced */
  if (target == NULL) return failed(err, "write", path);
  status = write_beside(target, path, bytes, size, mode, err);
  free(target);
  return status;
}

weeg_status weeg_file_write(const char *path, const void *bytes, int64_t size, int mode, weeg_error *err) {
  return weeg_file_write_hooked(path, bytes, size, mode, NULL, err);
}
