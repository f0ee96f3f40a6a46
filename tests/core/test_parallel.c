/* Threads that the system refuses are done without, and no thread outlives the loop that it was started for. */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/parallel.h"
#include "test.h"

enum { ROWS = 3 * 1000 * 1000 + 17, MOST = 8 };

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static int allowed = 1 << 20, refused;

/* Stands in front of the system's: refuses after `allowed` threads. */
int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*start)(void *), void *x) {
  create_function *create = NULL;
  void *found = dlsym(RTLD_NEXT, "pthread_create");
  memcpy(&create, &found, sizeof create);
  if (allowed <= 0) {
    refused++;
    return EAGAIN;
  }
  allowed--;
  return create(id, attributes, start, x);
}

typedef struct work {
  atomic_llong rows, weighted;
  atomic_int open_signals; /* threads, other than the calling one, that would take SIGINT */
  pthread_t caller;
} work;

static weeg_status add(void *ctx, int thread, int64_t from, int64_t to) {
  work *w = ctx;
  if (thread < 0 || thread >= MOST || (thread == 0) != (pthread_equal(pthread_self(), w->caller) != 0)) {
    return WEEG_ERR_ARGUMENT;
  }
  sigset_t blocked;
  if (pthread_sigmask(SIG_SETMASK, NULL, &blocked) != 0) return WEEG_ERR_ARGUMENT;
  if (thread > 0 && !sigismember(&blocked, SIGINT)) atomic_fetch_add(&w->open_signals, 1);
  atomic_fetch_add(&w->rows, to - from);
  atomic_fetch_add(&w->weighted, (to - from) * (from + to - 1) / 2);
  return WEEG_OK;
}

static weeg_status fail_late(void *ctx, int thread, int64_t from, int64_t to) {
  (void)ctx, (void)thread, (void)to;
  return from > ROWS / 2 ? WEEG_ERR_WEIGHT : WEEG_OK;
}

static void check_sums(int may_start) {
  work w = {.caller = pthread_self()};
  allowed = may_start;
  refused = 0;
  CHECK_OK(weeg_i_for_rows(ROWS, MOST, NULL, add, &w));
  CHECK(w.rows == ROWS && w.weighted == (long long)ROWS * (ROWS - 1) / 2 && w.open_signals == 0);
  CHECK(refused == (may_start < MOST - 1 ? 1 : 0));
  allowed = may_start;
  CHECK_STATUS(weeg_i_for_rows(ROWS, MOST, NULL, fail_late, NULL), WEEG_ERR_WEIGHT);
}

static int stop(void *polls) { return ++*(int *)polls == 3; }

static weeg_status nothing(void *ctx, int thread, int64_t from, int64_t to) {
  (void)ctx, (void)thread, (void)from, (void)to;
  return WEEG_OK;
}

int main(void) {
  for (int may_start = 0; may_start <= MOST; may_start++) check_sums(may_start);
  sigset_t blocked;
  CHECK(pthread_sigmask(SIG_SETMASK, NULL, &blocked) == 0 && !sigismember(&blocked, SIGINT));

  int polls = 0;
  const weeg_hooks hooks = {.interrupt = stop, .ctx = &polls};
  allowed = 0;
  CHECK_STATUS(weeg_i_for_rows(ROWS, MOST, &hooks, nothing, NULL), WEEG_ERR_INTERRUPTED);
  CHECK(polls == 3);
  return test_report("parallel");
}
