/* The process in which ReadStat reads: see sav_child.c. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/said.h"
#include "io/sav.h"

/*
 * In the child. It ends by a signal, because nothing of the parent's (exit handlers, buffers) may run here; nor may what the
 * parent does when it crashes: R would ask the user what to do, and remove the folder of the session.
 */
static void be_child(const char *path, const sav_request *request, int pipe) {
  static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGXCPU};
  const struct rlimit none = {0, 0};
  struct sigaction plain = {.sa_handler = SIG_DFL};
  (void)sigemptyset(&plain.sa_mask);
  for (size_t k = 0; k < sizeof deadly / sizeof *deadly; k++) (void)sigaction(deadly[k], &plain, NULL);
  (void)setrlimit(RLIMIT_CORE, &none);
  weeg_i_sav_more_time();
  (void)weeg_i_sav_child(path, request, pipe);
  (void)close(pipe);
  (void)kill(getpid(), SIGKILL);
}

weeg_status weeg_i_sav_start(sav_process *p, const char *path, const sav_request *request, weeg_error *err) {
  int ends[2];
  *p = (sav_process){.pipe = -1};
  if (pipe(ends) != 0) {
    return weeg_i_names_file(err, weeg_fail(err, WEEG_ERR_FILE, -1, "cannot make a pipe to read %.100s", path));
  }
  p->id = fork();
  if (p->id == 0) {
    (void)close(ends[0]);
    be_child(path, request, ends[1]);
  }
  (void)close(ends[1]);
  if (p->id < 0) {
    (void)close(ends[0]);
    return weeg_i_names_file(err, weeg_fail(err, WEEG_ERR_FILE, -1, "cannot start a process to read %.100s", path));
  }
  p->pipe = ends[0];
  return WEEG_OK;
}

int weeg_i_sav_stop(sav_process *p) {
  int how = 0;
  if (p->pipe >= 0) (void)close(p->pipe);
  if (p->id > 0) {
    const pid_t ended = waitpid(p->id, &how, WNOHANG);
    if (ended == 0) (void)kill(p->id, SIGKILL);
    while (ended == 0 && waitpid(p->id, &how, 0) < 0 && errno == EINTR) continue;
  }
  *p = (sav_process){.pipe = -1};
  if (!WIFSIGNALED(how) || WTERMSIG(how) == SIGKILL) return 0;
  return WTERMSIG(how) == SIGXCPU ? SAV_TOO_LONG : WTERMSIG(how);
}
