/* sigset_t and pthread_sigmask */
#define _POSIX_C_SOURCE 200809L

#include "base/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* Rows that a thread takes at a time: about a tenth of a millisecond of work. */
enum { ROWS_AT_A_TIME = 16 * WEEG_CHUNK_ROWS, ROWS_WORTH_A_THREAD = 4 * ROWS_AT_A_TIME };

int weeg_i_threads(const weeg_hooks *hooks, int64_t rows) {
  int threads = hooks != NULL ? hooks->threads : 1;
  if (threads > rows / ROWS_WORTH_A_THREAD) threads = (int)(rows / ROWS_WORTH_A_THREAD);
  return threads < 1 ? 1 : threads;
}

typedef struct loop {
  int64_t rows, at_a_time;
  const weeg_hooks *hooks;
  weeg_chunk_function body;
  void *ctx;
  void (*first)(void *ctx); /* NULL, or what the calling thread does first */
  void *first_ctx;
  atomic_llong next;
  atomic_int status;
} loop;

static void work(loop *l, int thread) {
  if (thread == 0 && l->first != NULL) l->first(l->first_ctx);
  while (atomic_load(&l->status) == WEEG_OK) {
    const int64_t from = atomic_fetch_add(&l->next, l->at_a_time);
    if (from >= l->rows) return;
    const int64_t to = l->rows - from > l->at_a_time ? from + l->at_a_time : l->rows;
    weeg_status status = l->body(l->ctx, thread, from, to);
    if (status == WEEG_OK && thread == 0 && l->hooks != NULL && l->hooks->interrupt != NULL &&
        l->hooks->interrupt(l->hooks->ctx)) {
      status = WEEG_ERR_INTERRUPTED;
    }
    if (status != WEEG_OK) atomic_store(&l->status, (int)status);
  }
}

enum { MOST_THREADS = 256 };

typedef struct helper {
  pthread_t id;
  loop *l;
  int thread;
} helper;

static void *help(void *x) {
  const helper *h = x;
  work(h->l, h->thread);
  return NULL;
}

/* Starts threads 1 .. wanted - 1, and returns how many: signals are for the caller's threads, not for these. */
static int start(helper *helpers, loop *l, int wanted) {
#ifndef _WIN32
  sigset_t all, before;
  (void)sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return 0;
#endif
  int started = 0;
  while (started < wanted - 1) {
    helper *h = &helpers[started];
    *h = (helper){.l = l, .thread = started + 1};
    if (pthread_create(&h->id, NULL, help, h) != 0) break;
    started++;
  }
#ifndef _WIN32
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
#endif
  return started;
}

/*
 * Threads live as long as the loop does: none is left for a process that forks afterwards to miss. Those that the system
 * refuses are done without, as any number of threads takes all the work.
 */
static weeg_status run(loop *l, int threads) {
  atomic_init(&l->next, 0);
  atomic_init(&l->status, (int)WEEG_OK);
  helper helpers[MOST_THREADS];
  const int started = threads > 1 ? start(helpers, l, threads < MOST_THREADS ? threads : MOST_THREADS) : 0;
  work(l, 0);
  for (int i = 0; i < started; i++) (void)pthread_join(helpers[i].id, NULL);
  return (weeg_status)atomic_load(&l->status);
}

weeg_status weeg_i_for_rows(int64_t rows, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx) {
  loop l = {.rows = rows, .at_a_time = ROWS_AT_A_TIME, .hooks = hooks, .body = body, .ctx = ctx};
  return run(&l, threads);
}

weeg_status weeg_i_for_items(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx) {
  loop l = {.rows = items, .at_a_time = 1, .hooks = hooks, .body = body, .ctx = ctx};
  return run(&l, threads);
}

weeg_status weeg_i_for_items_after(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx,
                                   void (*first)(void *ctx), void *first_ctx) {
  loop l = {.rows = items, .at_a_time = 1, .hooks = hooks, .body = body, .ctx = ctx, .first = first, .first_ctx = first_ctx};
  return run(&l, threads);
}
