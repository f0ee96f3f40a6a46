/*
 * Threads that the system refuses are done without. Those of a pool stay, for one loop at a time of the process that made it;
 * no other thread outlives the loop that it was started for.
 */
#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/parallel.h"
#include "test.h"

enum { ROWS = 3 * 1000 * 1000 + 17, MOST = 8 };

typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

static atomic_int allowed = 1 << 20, refused, started;

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
  started++;
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

/* ---- pools -------------------------------------------------------------------------------------------------------- */

static bool sums_with(const weeg_hooks *hooks, int64_t rows, int threads) {
  work w = {.caller = pthread_self()};
  if (weeg_i_for_rows(rows, threads, hooks, add, &w) != WEEG_OK) return false;
  return w.rows == rows && w.weighted == rows * (rows - 1) / 2 && w.open_signals == 0;
}

/* Many short loops, one after another: a thread that wakes late must not work in the next one, or twice. */
static void check_that_threads_stay(void) {
  weeg_pool *pool = weeg_pool_new();
  const weeg_hooks hooks = {.pool = pool};
  CHECK(weeg_pool_here(pool));
  started = 0;
  bool right = true;
  for (int k = 0; k < 20000; k++) right = right && sums_with(&hooks, 1 + k % 5 * 70000, 2 + k % 3);
  CHECK(right);
  CHECK(started == 3);
  CHECK(sums_with(&hooks, ROWS, MOST) && started == MOST - 1);
  /* what the system refuses is asked for again next time */
  weeg_pool_free(pool);
  pool = weeg_pool_new();
  allowed = 2;
  CHECK(sums_with(&(weeg_hooks){.pool = pool}, ROWS, MOST));
  allowed = 1 << 20;
  started = 0;
  CHECK(sums_with(&(weeg_hooks){.pool = pool}, ROWS, MOST) && started == MOST - 1 - 2);
  CHECK_STATUS(weeg_i_for_rows(ROWS, MOST, &(weeg_hooks){.pool = pool}, fail_late, NULL), WEEG_ERR_WEIGHT);
  CHECK(sums_with(&(weeg_hooks){.pool = pool}, ROWS, MOST) && started == MOST - 1 - 2);
  weeg_pool_free(pool);
  weeg_pool_free(NULL);
  CHECK(!weeg_pool_here(NULL));
}

typedef struct within {
  const weeg_hooks *hooks;
  atomic_int right;
} within;

static weeg_status sum_within(void *ctx, int thread, int64_t from, int64_t to) {
  within *x = ctx;
  (void)thread, (void)from, (void)to;
  if (sums_with(x->hooks, 400000, 2)) atomic_fetch_add(&x->right, 1);
  return WEEG_OK;
}

static void *sum_beside(void *ctx) {
  within *x = ctx;
  for (int k = 0; k < 200; k++) (void)sum_within(x, 0, 0, 1);
  return NULL;
}

/* A loop inside another one of the same pool, and two threads that lend the same one: who comes second starts threads. */
static void check_that_a_pool_is_for_one(void) {
  weeg_pool *pool = weeg_pool_new();
  const weeg_hooks hooks = {.pool = pool};
  within x = {.hooks = &hooks};
  CHECK_OK(weeg_i_for_items(40, 3, &hooks, sum_within, &x));
  CHECK(x.right == 40);
  within beside = {.hooks = &hooks};
  pthread_t other;
  CHECK(pthread_create(&other, NULL, sum_beside, &beside) == 0);
  (void)sum_beside(&x);
  CHECK(pthread_join(other, NULL) == 0);
  CHECK(x.right == 240 && beside.right == 200);
  weeg_pool_free(pool);
}

/* Of a pool a fork has the memory only: it starts threads of its own, and the parent keeps those it has. */
static void check_forks(void) {
  weeg_pool *pool = weeg_pool_new();
  const weeg_hooks hooks = {.pool = pool};
  CHECK(sums_with(&hooks, ROWS, 4));
  for (int k = 0; k < 5; k++) {
    const pid_t child = fork();
    if (child == 0) {
      started = 0;
      const bool right = !weeg_pool_here(pool) && sums_with(&hooks, ROWS, 4) && started == 3;
      weeg_pool_free(pool);
      _exit(right ? 0 : 1);
    }
    int status = 1;
    started = 0;
    CHECK(sums_with(&hooks, ROWS, 4) && started == 0);
    CHECK(child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  weeg_pool_free(pool);
}

/* ---- where threads wake ---------------------------------------------------------------------------------------- */

typedef struct places {
  cpu_set_t callers;
  atomic_int helped, freely;
} places;

/* Long enough that those who wake take part. */
static weeg_status look_where(void *ctx, int thread, int64_t from, int64_t to) {
  places *x = ctx;
  (void)from, (void)to;
  usleep(1000);
  if (thread > 0) {
    cpu_set_t mine;
    atomic_fetch_add(&x->helped, 1);
    if (sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_EQUAL(&mine, &x->callers)) atomic_fetch_add(&x->freely, 1);
  }
  return WEEG_OK;
}

/* Threads that slept may go where the caller may, whatever they were told when they were woken. */
static void check_places(void) {
  weeg_pool *pool = weeg_pool_new();
  const weeg_hooks hooks = {.pool = pool};
  places x = {.helped = 0};
  cpu_set_t before, one;
  CHECK(sched_getaffinity(0, sizeof before, &before) == 0);
  x.callers = before;
  CHECK_OK(weeg_i_for_items(20, 4, &hooks, look_where, &x)); /* starts them */
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  for (int k = 0; k < 20; k++) {
    usleep(5000);
    CHECK_OK(weeg_i_for_items(20, 4, &hooks, look_where, &x));
  }
  CHECK(x.helped > 100);
  CHECK(x.freely == x.helped);

  /* a caller that may use one processor only: there is nowhere else to wake */
  CHECK(sched_setaffinity(0, sizeof one, &one) == 0);
  for (int k = 0; k < 5; k++) {
    usleep(5000);
    CHECK(sums_with(&hooks, ROWS, 4));
  }
  CHECK(sched_setaffinity(0, sizeof before, &before) == 0);
  weeg_pool_free(pool);
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
  allowed = 1 << 20;
  check_that_threads_stay();
  check_that_a_pool_is_for_one();
  check_forks();
  check_places();
  return test_report("parallel");
}
