/* sigset_t, pthread_sigmask and getpid; sets of processors */
#if defined(__linux__)
#define _GNU_SOURCE
#else
#define _POSIX_C_SOURCE 200809L
#endif

#include "base/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/placement.h"

/* Rows that a thread takes at a time, at most: about a tenth of a millisecond of work. */
enum { ROWS_AT_A_TIME = 16 * WEEG_CHUNK_ROWS, ROWS_WORTH_A_THREAD = 4 * ROWS_AT_A_TIME };

int weeg_i_threads(const weeg_hooks *hooks, int64_t rows) {
  int threads = hooks != NULL ? hooks->threads : 1;
  if (threads > rows / ROWS_WORTH_A_THREAD) threads = (int)(rows / ROWS_WORTH_A_THREAD);
  return threads < 1 ? 1 : threads;
}

typedef struct loop {
  int64_t rows, most; /* most: at a time */
  int threads;
  const weeg_hooks *hooks;
  weeg_chunk_function body;
  void *ctx;
  void (*first)(void *ctx); /* NULL, or what the calling thread does first */
  void *first_ctx;
  atomic_llong next;
  atomic_int status;
} loop;

/* Takes from..to-1 of what is left, in whole chunks: ever less towards the end, so that threads end at the same time. */
static bool take(loop *l, int64_t *from, int64_t *to) {
  long long next = atomic_load(&l->next);
  do {
    const int64_t left = l->rows - next, share = left / (4 * l->threads) / WEEG_CHUNK_ROWS * WEEG_CHUNK_ROWS;
    const int64_t least = l->most < WEEG_CHUNK_ROWS ? l->most : (int64_t)WEEG_CHUNK_ROWS;
    const int64_t rows = share < least ? least : share < l->most ? share : l->most;
    if (left <= 0) return false;
    *from = next;
    *to = left > rows ? next + rows : l->rows;
  } while (!atomic_compare_exchange_weak(&l->next, &next, *to));
  return true;
}

static void work(loop *l, int thread) {
  int64_t from, to;
  if (thread == 0 && l->first != NULL) l->first(l->first_ctx);
  while (atomic_load(&l->status) == WEEG_OK) {
    if (!take(l, &from, &to)) return;
    weeg_status status = l->body(l->ctx, thread, from, to);
    if (status == WEEG_OK && thread == 0 && l->hooks != NULL && l->hooks->interrupt != NULL &&
        l->hooks->interrupt(l->hooks->ctx)) {
      status = WEEG_ERR_INTERRUPTED;
    }
    if (status != WEEG_OK) atomic_store(&l->status, (int)status);
  }
}

enum {
  MOST_THREADS = 256,
  GLANCES = 2000 /* at what is waited for, before sleeping: some 50 us, in which the next loop of a call has mostly begun */
};

/* What a thread of a pool is at. It goes from WANTED to BUSY itself; a caller that needs it no more takes it back to IDLE. */
typedef enum state { IDLE, WANTED, BUSY, DISMISSED } state;

typedef struct worker {
  pthread_t id;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  atomic_int state;
  loop *l; /* while it is wanted or busy */
  int thread;
  bool asleep, moved;       /* whether it waits for `changed`; whether it was told where to wake */
  weeg_i_processors may_use; /* if it was moved */
} worker;

struct weeg_pool {
  pid_t process; /* whose threads they are: a fork has none of them */
  int started;
  atomic_flag taken; /* by a loop */
  atomic_flag lent;  /* room is */
  void *room;        /* [room_bytes] */
  size_t room_bytes;
  worker workers[MOST_THREADS - 1];
};

/* Tells the processor that this is a loop of waiting. */
static void breathe(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

static void change(worker *w, state to) {
  (void)pthread_mutex_lock(&w->lock);
  atomic_store(&w->state, (int)to);
  (void)pthread_cond_broadcast(&w->changed);
  (void)pthread_mutex_unlock(&w->lock);
}

static void wait_while(worker *w, state is) {
  for (int i = 0; i < GLANCES; i++) {
    if (atomic_load(&w->state) != (int)is) return;
    breathe();
  }
  (void)pthread_mutex_lock(&w->lock);
  w->asleep = is == IDLE;
  while (atomic_load(&w->state) == (int)is) (void)pthread_cond_wait(&w->changed, &w->lock);
  w->asleep = false;
  (void)pthread_mutex_unlock(&w->lock);
}

static void call(worker *w, loop *l) {
  w->l = l;
  (void)pthread_mutex_lock(&w->lock);
  if (w->asleep) {
    weeg_i_place_elsewhere(w->id, &w->may_use);
    w->moved = true;
  }
  atomic_store(&w->state, (int)WANTED);
  (void)pthread_cond_broadcast(&w->changed);
  (void)pthread_mutex_unlock(&w->lock);
}

/* Whether it is no longer as it was, being now what was asked for. */
static bool becomes(worker *w, state from, state to) {
  int is = (int)from;
  return atomic_compare_exchange_strong(&w->state, &is, (int)to);
}

static void *serve(void *x) {
  worker *w = x;
  for (;;) {
    wait_while(w, IDLE);
    if (atomic_load(&w->state) == (int)DISMISSED) return NULL;
    if (!becomes(w, WANTED, BUSY)) continue;
    if (w->moved) weeg_i_place_freely(&w->may_use);
    w->moved = false;
    work(w->l, w->thread);
    change(w, IDLE);
  }
}

static bool start(worker *w, int thread) {
  w->thread = thread;
  atomic_init(&w->state, (int)IDLE);
  if (pthread_mutex_init(&w->lock, NULL) != 0) return false;
  if (pthread_cond_init(&w->changed, NULL) == 0) {
    if (pthread_create(&w->id, NULL, serve, w) == 0) return true;
    (void)pthread_cond_destroy(&w->changed);
  }
  (void)pthread_mutex_destroy(&w->lock);
  return false;
}

/* At least `wanted` threads, or as many as the system gives: signals are for the caller's threads, not for these. */
static int hire(weeg_pool *pool, int wanted) {
  if (pool->started >= wanted) return wanted;
#ifndef _WIN32
  sigset_t all, before;
  (void)sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return pool->started;
#endif
  while (pool->started < wanted && start(&pool->workers[pool->started], pool->started + 1)) pool->started++;
#ifndef _WIN32
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
#endif
  return pool->started;
}

weeg_pool *weeg_pool_new(void) {
  weeg_pool *pool = weeg_i_alloc(1, sizeof *pool);
  if (pool == NULL) return NULL;
  pool->process = getpid();
  atomic_flag_clear(&pool->taken);
  atomic_flag_clear(&pool->lent);
  return pool;
}

bool weeg_pool_here(const weeg_pool *pool) { return pool != NULL && pool->process == getpid(); }

void weeg_pool_free(weeg_pool *pool) {
  if (weeg_pool_here(pool)) {
    for (int i = 0; i < pool->started; i++) {
      worker *w = &pool->workers[i];
      change(w, DISMISSED);
      (void)pthread_join(w->id, NULL);
      (void)pthread_cond_destroy(&w->changed);
      (void)pthread_mutex_destroy(&w->lock);
    }
  }
  if (pool != NULL) weeg_free(pool->room);
  weeg_free(pool);
}

/* What a pool keeps between calls. */
static const int64_t MOST_KEPT = (int64_t)16 << 20;

void *weeg_i_borrow(const weeg_hooks *hooks, int64_t bytes) {
  weeg_pool *pool = hooks != NULL && weeg_pool_here(hooks->pool) ? hooks->pool : NULL;
  if (pool == NULL || bytes > MOST_KEPT || atomic_flag_test_and_set(&pool->lent)) return weeg_i_alloc(bytes, 1);
  if (pool->room_bytes < (size_t)bytes) {
    weeg_free(pool->room);
    pool->room = weeg_i_alloc(bytes, 1);
    pool->room_bytes = pool->room == NULL ? 0 : (size_t)bytes;
  }
  if (pool->room == NULL) atomic_flag_clear(&pool->lent);
  return pool->room;
}

void weeg_i_give_back(const weeg_hooks *hooks, void *room) {
  weeg_pool *pool = hooks != NULL && weeg_pool_here(hooks->pool) ? hooks->pool : NULL;
  if (room == NULL || pool == NULL || room != pool->room) weeg_free(room);
  else atomic_flag_clear(&pool->lent);
}

/* The calling thread works, too, and waits only for threads that have begun: one that is not awake yet is needed no more. */
static void share(weeg_pool *pool, loop *l, int threads) {
  const int helping = hire(pool, threads - 1);
  for (int i = 0; i < helping; i++) {
    call(&pool->workers[i], l);
  }
  work(l, 0);
  for (int i = 0; i < helping; i++) {
    if (!becomes(&pool->workers[i], WANTED, IDLE)) wait_while(&pool->workers[i], BUSY);
  }
}

/*
 * On threads of the caller's pool, if that is of this process and not in use; else on threads that live as long as the loop
 * does. Those that the system refuses are done without, as any number of threads takes all the work.
 */
static weeg_status run(loop *l, int threads) {
  atomic_init(&l->next, 0);
  atomic_init(&l->status, (int)WEEG_OK);
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  l->threads = threads < 1 ? 1 : threads;
  weeg_pool *lent = l->hooks != NULL && weeg_pool_here(l->hooks->pool) ? l->hooks->pool : NULL, *own = NULL;
  if (lent != NULL && atomic_flag_test_and_set(&lent->taken)) lent = NULL;
  if (lent == NULL && threads > 1) own = weeg_pool_new();
  if (threads > 1 && (lent != NULL || own != NULL)) {
    share(lent != NULL ? lent : own, l, threads);
  } else {
    work(l, 0);
  }
  if (lent != NULL) atomic_flag_clear(&lent->taken);
  weeg_pool_free(own);
  return (weeg_status)atomic_load(&l->status);
}

weeg_status weeg_i_for_rows(int64_t rows, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx) {
  loop l = {.rows = rows, .most = ROWS_AT_A_TIME, .hooks = hooks, .body = body, .ctx = ctx};
  return run(&l, threads);
}

weeg_status weeg_i_for_items(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx) {
  loop l = {.rows = items, .most = 1, .hooks = hooks, .body = body, .ctx = ctx};
  return run(&l, threads);
}

weeg_status weeg_i_for_items_after(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx,
                                   void (*first)(void *ctx), void *first_ctx) {
  loop l = {.rows = items, .most = 1, .hooks = hooks, .body = body, .ctx = ctx, .first = first, .first_ctx = first_ctx};
  return run(&l, threads);
}
