#define _POSIX_C_SOURCE 200809L

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

static const int64_t MOST_BYTES = (int64_t)1 << 31;

static weeg_status failed(weeg_error *err, const char *what, const char *path) {
  char reason[128] = "";
  if (strerror_r(errno, reason, sizeof reason) != 0) reason[0] = '\0';
  return weeg_fail(err, WEEG_ERR_FILE, -1, "cannot %s %.100s: %s", what, path, reason);
}

weeg_status weeg_file_read(const char *path, uint8_t **bytes, int64_t *size, weeg_error *err) {
  weeg_status status = WEEG_OK;
  uint8_t *all = NULL;
  struct stat facts;
  int64_t got = 0;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
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

bool weeg_write_all(int file, const uint8_t *bytes, int64_t size) {
  for (int64_t done = 0; done < size;) {
    const int64_t left = size - done;
    const ssize_t step = write(file, bytes + done, (size_t)(left < 1 << 30 ? left : 1 << 30));
    if (step < 0 && errno == EINTR) continue;
    if (step <= 0) return false;
    done += step;
  }
  return true;
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

weeg_status weeg_file_write(const char *path, const void *bytes, int64_t size, int mode, weeg_error *err) {
  static const char ending[] = ".XXXXXX";
  weeg_status status = WEEG_OK;
  const size_t folder = folder_length(path), length = strlen(path);
  char *name = NULL;
  int file = -1;
  if (path[folder] == '\0') return weeg_fail(err, WEEG_ERR_FILE, -1, "\"%.100s\" is not the name of a file", path);
  WEEG_NEW(name, (int64_t)(length + sizeof ending + 1));
  /* folder/.name.XXXXXX: hidden, and beside its target, so that the rename stays on one disk */
  memcpy(name, path, folder);
  name[folder] = '.';
  memcpy(name + folder + 1, path + folder, length - folder);
  memcpy(name + length + 1, ending, sizeof ending);
  file = mkstemp(name);
  if (file < 0) {
    status = failed(err, "write", path);
    goto cleanup;
  }
  if (fchmod(file, (mode_t)mode) != 0) status = failed(err, "set the permissions of", path);
  if (status == WEEG_OK && !(weeg_write_all(file, bytes, size) && sync_file(file))) status = failed(err, "write", path);
  if (close(file) != 0 && status == WEEG_OK) status = failed(err, "write", path);
  if (status == WEEG_OK && rename(name, path) != 0) status = failed(err, "write", path);
  if (status != WEEG_OK) {
    (void)unlink(name);
    goto cleanup;
  }
  name[folder] = '\0';
  sync_folder(name);
cleanup:
  weeg_free(name);
  return status;
}
