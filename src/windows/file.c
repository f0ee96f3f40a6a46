/*
 * In place of src/core/io/file.c: Windows has no signals that wait, and its rename() replaces nothing. Names of files are in
 * UTF-8, as programs with such a code page read them (start.c; R from 4.2 on).
 */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <process.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <windows.h>

#include "base/memory.h"
#include "base/said.h"

static const int64_t MOST_BYTES = (int64_t)1 << 31;
enum { STEP = 1 << 24 };

static weeg_status failed(weeg_error *err, const char *what, const char *path) {
  char reason[128] = "";
  if (errno == EINTR) return weeg_fail(err, WEEG_ERR_INTERRUPTED, -1, "stopped by the caller");
  if (strerror_s(reason, sizeof reason, errno) != 0) reason[0] = '\0';
  return weeg_fail(err, WEEG_ERR_FILE, -1, "cannot %s %.100s: %s", weeg_i_said(err, what), path, weeg_i_said(err, reason));
}

static bool read_some(int file, uint8_t *to, int64_t size, int64_t *got) {
  int step = 1;
  for (*got = 0; *got < size && step > 0; *got += step > 0 ? step : 0) {
    step = _read(file, to + *got, (unsigned)(size - *got < STEP ? size - *got : STEP));
  }
  return step >= 0;
}

weeg_status weeg_i_file_read(const char *path, uint8_t **bytes, int64_t *size, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *all = NULL;
  struct __stat64 facts;
  int64_t got = 0;
  const int file = _open(path, _O_RDONLY | _O_BINARY | _O_NOINHERIT);
  if (file < 0) return failed(err, "open", path);
  if (_fstat64(file, &facts) != 0) {
    status = failed(err, "look at", path);
    goto cleanup;
  }
  if ((facts.st_mode & _S_IFMT) != _S_IFREG || facts.st_size > MOST_BYTES) {
    status = weeg_fail(err, WEEG_ERR_FILE, -1, "%.100s is not a file of at most 2^31 bytes", path);
    goto cleanup;
  }
  WEEG_NEW(all, (int64_t)facts.st_size + 1);
  if (!read_some(file, all, (int64_t)facts.st_size, &got)) {
    status = failed(err, "read", path);
    goto cleanup;
  }
  *bytes = all;
  *size = got;
  all = NULL;
cleanup:
  weeg_free(all);
  (void)_close(file);
  return status;
}

static bool write_hooked(int file, const uint8_t *bytes, int64_t size, const weeg_hooks *hooks) {
  for (int64_t done = 0; done < size;) {
    if (hooks != NULL && hooks->interrupt != NULL && hooks->interrupt(hooks->ctx) != 0) {
      errno = EINTR;
      return false;
    }
    const int step = _write(file, bytes + done, (unsigned)(size - done < STEP ? size - done : STEP));
    if (step <= 0) return false;
    done += step;
  }
  return true;
}

bool weeg_i_write_all(int file, const uint8_t *bytes, int64_t size) { return write_hooked(file, bytes, size, NULL); }

/* The length of the folder's part of a path, its last slash included. */
static size_t folder_length(const char *path) {
  size_t length = strlen(path);
  while (length > 0 && strchr("/\\:", path[length - 1]) == NULL) length--;
  return length;
}

/* A new file folder/.weeg-PID-K beside its target, so that it is moved within one disk. */
static int open_beside(const char *path, char *name, size_t size) {
  enum { TRIES = 1000 };
  const size_t folder = folder_length(path);
  int file = -1;
  memcpy(name, path, folder);
  for (int k = 0; k < TRIES && file < 0; k++) {
    (void)snprintf(name + folder, size - folder, ".weeg-%ld-%d", (long)_getpid(), k);
    file = _open(name, _O_WRONLY | _O_CREAT | _O_EXCL | _O_BINARY | _O_NOINHERIT, _S_IREAD | _S_IWRITE);
    if (file < 0 && errno != EEXIST) break;
  }
  return file;
}

/* In one step, so that a file is whole or not there, and lasting. */
static bool replace(const char *path, const char *by) {
  if (MoveFileExA(by, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) != 0) return true;
  errno = GetLastError() == ERROR_ACCESS_DENIED ? EACCES : EIO;
  return false;
}

static weeg_status write_beside(const char *path, const void *bytes, int64_t size, const weeg_hooks *hooks, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const size_t room = strlen(path) + 64;
  char *name = NULL;
  if (path[folder_length(path)] == '\0') {
    return weeg_fail(err, WEEG_ERR_FILE, -1, "\"%.100s\" is not the name of a file", path);
  }
  WEEG_NEW(name, (int64_t)room);
  const int file = open_beside(path, name, room);
  if (file < 0) {
    status = failed(err, "write", path);
    goto cleanup;
  }
  if (!(write_hooked(file, bytes, size, hooks) && _commit(file) == 0)) status = failed(err, "write", path);
  if (_close(file) != 0 && status == WEEG_OK) status = failed(err, "write", path);
  if (status == WEEG_OK && !replace(path, name)) status = failed(err, "write", path);
  if (status != WEEG_OK) (void)_unlink(name);
cleanup:
  weeg_free(name);
  return status;
}

/* A pipe or NUL cannot be replaced: what is written goes through it. */
static weeg_status write_through(const char *path, const void *bytes, int64_t size, const weeg_hooks *hooks, weeg_error *err) {
  const int file = _open(path, _O_WRONLY | _O_BINARY | _O_NOINHERIT);
  if (file < 0) return failed(err, "write", path);
  const weeg_status status = write_hooked(file, bytes, size, hooks) ? WEEG_OK : failed(err, "write", path);
  return _close(file) == 0 || status != WEEG_OK ? status : failed(err, "write", path);
}

/* Who may read a file is inherited from its folder: `mode` is for systems that have one. */
weeg_status weeg_file_write_hooked(const char *path, const void *bytes, int64_t size, int mode, const weeg_hooks *hooks,
                                    weeg_error *err) {
  struct __stat64 facts;
  (void)mode;
  const bool there = _stat64(path, &facts) == 0;
  if (there && (facts.st_mode & _S_IFMT) == _S_IFDIR) {
    return weeg_fail(err, WEEG_ERR_FILE, -1, "cannot write %.100s: it is a folder", path);
  }
  if (there && (facts.st_mode & _S_IFMT) != _S_IFREG) return write_through(path, bytes, size, hooks, err);
  return write_beside(path, bytes, size, hooks, err);
}

weeg_status weeg_file_write(const char *path, const void *bytes, int64_t size, int mode, weeg_error *err) {
  return weeg_file_write_hooked(path, bytes, size, mode, NULL, err);
}
