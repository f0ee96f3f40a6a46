/* No signal comes to the page: the browser ends its worker as a whole. */
#ifndef WEEG_WEB_SIGNAL_H
#define WEEG_WEB_SIGNAL_H

#include_next <signal.h>
#include <__typedef_sigset_t.h>
#include <sys/types.h>

struct sigaction {
  void (*sa_handler)(int number);
  sigset_t sa_mask;
  int sa_flags;
};

enum { SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK };

static inline int sigemptyset(sigset_t *set) {
  *set = 0;
  return 0;
}
static inline int sigfillset(sigset_t *set) {
  *set = 1;
  return 0;
}
static inline int sigaddset(sigset_t *set, int number) {
  (void)set, (void)number;
  return 0;
}
static inline int sigismember(const sigset_t *set, int number) {
  (void)set, (void)number;
  return 0;
}
static inline int sigpending(sigset_t *set) { return sigemptyset(set); }
static inline int sigwait(const sigset_t *set, int *number) {
  (void)set, (void)number;
  return 0;
}
static inline int sigaction(int number, const struct sigaction *how, struct sigaction *before) {
  (void)number, (void)how;
  if (before != 0) *before = (struct sigaction){0};
  return 0;
}
static inline int pthread_sigmask(int how, const sigset_t *set, sigset_t *before) {
  (void)how, (void)set;
  return before == 0 ? 0 : sigemptyset(before);
}
static inline int kill(pid_t id, int number) {
  (void)id, (void)number;
  return 0;
}

#endif
