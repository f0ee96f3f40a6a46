/*
 * Writing survives: processes that are killed while they write, and disks that are full, leave the old file or the complete
 * new one, never half of it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file_text.h"
#include "sample.h"

static char folder[] = "/tmp/weeg-writing-XXXXXX", path[64];

/* Two tallies of some 700 kB that differ, and their bytes. */
enum { PSUS = 8000 };
static weeg_labelled_tally versions[2];
static uint8_t *bytes_of[2];
static int64_t size_of[2];

static void make_versions(void) {
  static char label[PSUS][64], *texts[PSUS];
  static int32_t psu[PSUS], code[PSUS], psu_stratum[PSUS];
  static int64_t sampled[] = {PSUS};
  static weeg_variable variable;
  for (int k = 0; k < PSUS; k++) {
    snprintf(label[k], sizeof label[k], "a municipality with a long name, number %d", k);
    texts[k] = label[k];
    psu[k] = k + 1;
    code[k] = k % 3 + 1;
  }
  variable = (weeg_variable){.name = texts[0], .levels = {3, texts}};
  for (int v = 0; v < 2; v++) {
    weeg_tally *t = NULL;
    const weeg_column column = sample_column(code, 3), unit = sample_column(psu, PSUS);
    CHECK_OK(weeg_tally_build(ROWS_OF(&column, 1, &unit, false, NULL, 1, NULL, PSUS - v), NULL, &t, NULL));
    if (t == NULL) return;
    const weeg_design design = {.strata = 1, .psus = PSUS, .psu_stratum = psu_stratum, .stratum_psus = sampled};
    versions[v] = (weeg_labelled_tally){.variables = 1, .variable = &variable, .strata = {1, texts}, .psus = {PSUS, texts},
                                        .design = design, .tally = *t};
    CHECK_OK(weeg_tally_encode(&versions[v], &bytes_of[v], &size_of[v], NULL));
    free(t); /* its arrays are the version's */
  }
}

/* The version that the file is, bytewise; -1: neither. */
static int version_of_file(void) {
  uint8_t *bytes = NULL;
  int64_t size = 0;
  int found = -1;
  if (weeg_i_file_read(path, &bytes, &size, NULL) != WEEG_OK) return -1;
  for (int v = 0; v < 2; v++) {
    if (size == size_of[v] && memcmp(bytes, bytes_of[v], (size_t)size) == 0) found = v;
  }
  weeg_free(bytes);
  return found;
}

/* Files in the folder besides the target; all must have names as weeg.h has them. They are removed if asked. */
static int count_leftovers(bool remove_them) {
  DIR *list = opendir(folder);
  int count = 0;
  if (!CHECK(list != NULL)) return -1;
  for (const struct dirent *e; (e = readdir(list)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || strcmp(e->d_name, "t.weeg") == 0) continue;
    CHECK(strncmp(e->d_name, ".weeg-", 6) == 0);
    count++;
    if (remove_them) CHECK(unlinkat(dirfd(list), e->d_name, 0) == 0);
  }
  CHECK(closedir(list) == 0);
  return count;
}

/* ---- killed ---- */

static void write_for_ever(int first) {
  for (int k = first;; k++) (void)weeg_tally_write(&versions[k % 2], path, NULL);
}

static void check_killed(void) {
  enum { KILLS = 150, MOST = 3000, ENOUGH = 15 };
  int cut = 0, seen[2] = {0, 0};
  CHECK_OK(weeg_tally_write(&versions[0], path, NULL));
  /* on a fast disk few are killed while they write: then there are more */
  for (int k = 0; k < KILLS || (k < MOST && (cut < ENOUGH || seen[0] == 0 || seen[1] == 0)); k++) {
    const pid_t child = fork();
    if (child == 0) write_for_ever(k);
    if (!CHECK(child > 0)) return;
    const struct timespec some = {0, 1000 * (long)sample_draw(20000)}; /* up to 20 ms: some files */
    (void)nanosleep(&some, NULL);
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    const int version = version_of_file();
    if (CHECK(version >= 0)) seen[version]++;
    cut = count_leftovers(false);
  }
  weeg_labelled_tally *x = NULL;
  CHECK_OK(weeg_tally_read(path, &x, NULL));
  weeg_labelled_tally_free(x);
  CHECK(cut >= ENOUGH && seen[0] > 0 && seen[1] > 0); /* it was while writing */
  CHECK_OK(weeg_tally_write(&versions[1], path, NULL));  /* what they left is in nobody's way */
  CHECK(version_of_file() == 1 && count_leftovers(true) == cut);
}

/* By a signal that lets a process clean up: nothing stays. One that is ignored stops nothing. */
static void check_stopped(int signal) {
  enum { STOPS = 60, MOST = 3000 };
  const int before = count_leftovers(false);
  int seen[2] = {0, 0};
  CHECK_OK(weeg_tally_write(&versions[0], path, NULL));
  /* on a busy machine few get to write: then there are more */
  for (int k = 0; k < STOPS || (k < MOST && (seen[0] == 0 || seen[1] == 0)); k++) {
    int how = 0;
    const pid_t child = fork();
    if (child == 0) write_for_ever(k);
    if (!CHECK(child > 0)) return;
    const struct timespec some = {0, 1000 * (long)sample_draw(20000)};
    (void)nanosleep(&some, NULL);
    CHECK(kill(child, signal) == 0 && waitpid(child, &how, 0) == child && WIFSIGNALED(how) && WTERMSIG(how) == signal);
    const int version = version_of_file();
    if (CHECK(version >= 0)) seen[version]++;
  }
  CHECK(count_leftovers(false) == before && seen[0] > 0 && seen[1] > 0);
}

static int write_ignoring(int64_t signal) {
  const struct sigaction ignored = {.sa_handler = SIG_IGN};
  sigset_t set;
  if (sigaction((int)signal, &ignored, NULL) != 0 || sigemptyset(&set) != 0 || sigaddset(&set, (int)signal) != 0) return 9;
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || raise((int)signal) != 0) return 9;
  return weeg_tally_write(&versions[0], path, NULL) == WEEG_OK ? 0 : 1;
}

/* ---- full ---- */

/* In a process of its own: at most so many bytes fit into a file. The signal of that does not end it. */
static int write_with_limit(int64_t most) {
  const struct rlimit limit = {(rlim_t)most, (rlim_t)most};
  weeg_error err = {0};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 9;
  const weeg_status status = weeg_tally_write(&versions[1], path, &err);
  if (status == WEEG_OK) return 0;
  return status == WEEG_ERR_FILE && strstr(err.message, path) != NULL && strstr(err.message, strerror(EFBIG)) != NULL ? 1 : 2;
}

static int in_a_process(int (*call)(int64_t), int64_t argument) {
  int how = -1;
  const pid_t child = fork();
  if (child == 0) _exit(call(argument));
  if (child < 0 || waitpid(child, &how, 0) != child || !WIFEXITED(how)) return -1;
  return WEXITSTATUS(how);
}

static void check_ignored(void) {
  CHECK(in_a_process(write_ignoring, SIGHUP) == 0 && version_of_file() == 0);
}

static void check_limit(void) {
  const int64_t limits[] = {0, 1, 4096, size_of[1] / 2, size_of[1] - 1};
  CHECK_OK(weeg_tally_write(&versions[0], path, NULL));
  for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
    CHECK(in_a_process(write_with_limit, limits[k]) == 1);
    CHECK(version_of_file() == 0 && count_leftovers(false) == 0);
  }
  CHECK(in_a_process(write_with_limit, size_of[1]) == 0 && version_of_file() == 1);
}

/*
 * In a process of its own that sees a small disk in place of the folder: 20 where it may not mount one (it is not root's).
 * The old file is there; a second one, or its name, does not fit.
 */
static int write_to_full_disk(int64_t files) {
  char options[64];
  weeg_error err = {0};
  snprintf(options, sizeof options, "size=1m,nr_inodes=%d", (int)files);
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("none", folder, "tmpfs", 0, options) != 0) {
    return 20;
  }
  if (weeg_tally_write(&versions[0], path, NULL) != WEEG_OK) return 2;
  if (weeg_tally_write(&versions[1], path, &err) != WEEG_ERR_FILE) return 3;
  if (strstr(err.message, path) == NULL || strstr(err.message, strerror(ENOSPC)) == NULL) return 4;
  return version_of_file() == 0 && count_leftovers(false) == 0 && test_failed == 0 ? 1 : 5;
}

static void check_full_disk(void) {
  for (int files = 10; files >= 2; files -= 8) { /* the folder itself is one of them */
    const int what = in_a_process(write_to_full_disk, files);
    if (what == 20) {
      printf("writing: no disk can be mounted here; a full one was tried by a limit of file sizes only\n");
      return;
    }
    CHECK(what == 1);
  }
}

/* ---- what else the target may be ---- */

static void check_targets(void) {
  char link[80], fifo[80], got[8] = "";
  struct stat facts;
  weeg_error err = {0};
  snprintf(link, sizeof link, "%s/link", folder);
  snprintf(fifo, sizeof fifo, "%s/fifo", folder);
  /* a link stays one, and what it points at is replaced */
  CHECK(symlink("t.weeg", link) == 0);
  CHECK_OK(weeg_file_write(link, "new", 3, 0600, NULL));
  CHECK(lstat(link, &facts) == 0 && S_ISLNK(facts.st_mode) && holds(path, "new"));
  CHECK(unlink(link) == 0 && symlink("nowhere/x", link) == 0);
  CHECK_STATUS(weeg_file_write(link, "new", 3, 0600, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, link) != NULL && unlink(link) == 0);
  /* a pipe stays one, and gets the bytes */
  CHECK(mkfifo(fifo, 0600) == 0);
  const int end = open(fifo, O_RDONLY | O_NONBLOCK);
  CHECK(end >= 0);
  CHECK_OK(weeg_file_write(fifo, "through", 7, 0600, NULL));
  CHECK(read(end, got, sizeof got) == 7 && memcmp(got, "through", 7) == 0 && close(end) == 0);
  CHECK(lstat(fifo, &facts) == 0 && S_ISFIFO(facts.st_mode) && unlink(fifo) == 0);
  /* the umask counts, and what was there before does not */
  static const struct { mode_t umask, before, mode, expected; } cases[] = {
      {022, 0644, 0644, 0644}, {027, 0666, 0644, 0640}, {077, 0644, 0644, 0600}, {0, 0644, 0600, 0600}, {022, 0777, 0600, 0600}};
  const mode_t old = umask(0);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    (void)umask(cases[k].umask);
    CHECK(chmod(path, cases[k].before) == 0);
    CHECK_OK(weeg_file_write(path, "x", 1, (int)cases[k].mode, NULL));
    CHECK(stat(path, &facts) == 0 && (facts.st_mode & 0777) == cases[k].expected);
  }
  (void)umask(old);
  CHECK(count_leftovers(false) == 0);
}

static int stops_at_third(void *ctx) { return ++*(int *)ctx >= 3; }

/* A pipe waits for its reader, who may be late and slow, and while it waits the caller can stop it. */
static void check_pipe(void) {
  enum { MANY = 1 << 20 };
  char fifo[80];
  int asked = 0, how = 0;
  weeg_error err = {0};
  const weeg_hooks stopping = {.interrupt = stops_at_third, .ctx = &asked};
  uint8_t *bytes = calloc(MANY, 1), *got = calloc(MANY, 1);
  for (int i = 0; i < MANY; i++) bytes[i] = (uint8_t)(i * 7 % 251);
  snprintf(fifo, sizeof fifo, "%s/fifo", folder);
  CHECK(mkfifo(fifo, 0600) == 0);
  CHECK_STATUS(weeg_file_write_hooked(fifo, bytes, MANY, 0600, &stopping, &err), WEEG_ERR_INTERRUPTED); /* nobody reads */
  CHECK(asked == 3);
  const int end = open(fifo, O_RDONLY | O_NONBLOCK);
  asked = 0;
  CHECK_STATUS(weeg_file_write_hooked(fifo, bytes, MANY, 0600, &stopping, &err), WEEG_ERR_INTERRUPTED); /* it is full */
  CHECK(asked == 3 && close(end) == 0);
  const pid_t reader = fork();
  if (reader == 0) {
    const struct timespec late = {0, 120000000};
    int64_t read_so_far = 0;
    (void)nanosleep(&late, NULL);
    const int file = open(fifo, O_RDONLY);
    (void)nanosleep(&late, NULL);
    for (ssize_t step = 1; step > 0; read_so_far += step) step = read(file, got + read_so_far, (size_t)(MANY - read_so_far));
    _exit(read_so_far == MANY && memcmp(got, bytes, MANY) == 0 ? 0 : 1);
  }
  CHECK_OK(weeg_file_write(fifo, bytes, MANY, 0600, &err));
  CHECK(waitpid(reader, &how, 0) == reader && WIFEXITED(how) && WEXITSTATUS(how) == 0 && unlink(fifo) == 0);
  free(bytes);
  free(got);
}

/* The longest name that a folder can hold is a name too. */
static void check_long_name(void) {
  char name[400], letters[256];
  weeg_error err = {0};
  memset(letters, 'a', sizeof letters);
  snprintf(name, sizeof name, "%s/%.255s", folder, letters);
  CHECK_OK(weeg_file_write(name, "long", 4, 0600, &err));
  CHECK(holds(name, "long") && unlink(name) == 0);
  snprintf(name, sizeof name, "%s/%.256s", folder, letters);
  CHECK_STATUS(weeg_file_write(name, "long", 4, 0600, &err), WEEG_ERR_FILE);
  CHECK(strstr(err.message, "too long") != NULL && count_leftovers(false) == 0);
}

/* Links and pipes that somebody else laid in a folder where everybody can write; only root can lay them as somebody else. */
static void check_foreign(void) {
  enum { SOMEBODY = 61002 };
  static const struct { mode_t place; uid_t holder, owner; bool refused; } cases[] = {
      {01777, 0, SOMEBODY, true}, {01777, 0, 0, false}, {0777, 0, SOMEBODY, false}, {01755, 0, SOMEBODY, false},
      {01775, 0, SOMEBODY, true}, {01777, SOMEBODY, SOMEBODY, false}, {01777, SOMEBODY + 1, SOMEBODY, true}};
  char place[80], link[96], fifo[96];
  if (geteuid() != 0) return;
  snprintf(place, sizeof place, "%s/everybody", folder);
  snprintf(link, sizeof link, "%s/link", place);
  snprintf(fifo, sizeof fifo, "%s/fifo", place);
  CHECK(mkdir(place, 0700) == 0 && symlink(path, link) == 0 && mkfifo(fifo, 0600) == 0);
  const int end = open(fifo, O_RDONLY | O_NONBLOCK);
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    weeg_error err = {0};
    char got[8] = "";
    CHECK(chown(place, cases[k].holder, (gid_t)-1) == 0 && chmod(place, cases[k].place) == 0);
    CHECK(lchown(link, cases[k].owner, (gid_t)-1) == 0 && lchown(fifo, cases[k].owner, (gid_t)-1) == 0);
    CHECK_OK(weeg_file_write(path, "before", 6, 0600, &err));
    CHECK((weeg_file_write(link, "after", 5, 0600, &err) != WEEG_OK) == cases[k].refused);
    CHECK(holds(path, cases[k].refused ? "before" : "after"));
    CHECK((weeg_file_write(fifo, "after", 5, 0600, &err) != WEEG_OK) == cases[k].refused);
    CHECK((read(end, got, sizeof got) <= 0) == cases[k].refused);
    CHECK(!cases[k].refused || strstr(err.message, "belongs to somebody else") != NULL);
  }
  CHECK(close(end) == 0 && unlink(link) == 0 && unlink(fifo) == 0 && rmdir(place) == 0);
}

int main(void) {
  if (!CHECK(mkdtemp(folder) != NULL)) return test_report("writing");
  snprintf(path, sizeof path, "%s/t.weeg", folder);
  make_versions();
  check_stopped(SIGINT);
  check_stopped(SIGTERM);
  check_stopped(SIGHUP);
  check_stopped(SIGQUIT);
  check_ignored();
  check_killed();
  check_limit();
  check_full_disk();
  check_targets();
  check_pipe();
  check_long_name();
  check_foreign();
  CHECK(unlink(path) == 0 && rmdir(folder) == 0);
  for (int v = 0; v < 2; v++) {
    weeg_free(bytes_of[v]);
    weeg_free(versions[v].tally.unit);
    weeg_free(versions[v].tally.cell);
    weeg_free(versions[v].tally.n);
    weeg_free(versions[v].tally.w);
  }
  return test_report("writing");
}
