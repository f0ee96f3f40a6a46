#include "parallel.h"

#include <stdatomic.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* Rows that a thread takes at a time: about a tenth of a millisecond of work. */
enum { ROWS_AT_A_TIME = 16 * WEEG_CHUNK_ROWS, ROWS_WORTH_A_THREAD = 4 * ROWS_AT_A_TIME };

int weeg_threads(const weeg_hooks *hooks, int64_t rows) {
#ifdef _OPENMP
  int threads = hooks != NULL ? hooks->threads : 1;
  if (threads > rows / ROWS_WORTH_A_THREAD) threads = (int)(rows / ROWS_WORTH_A_THREAD);
  return threads < 1 ? 1 : threads;
#else
  (void)hooks;
  (void)rows;
  return 1;
#endif
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

static weeg_status run(loop *l, int threads) {
  atomic_init(&l->next, 0);
  atomic_init(&l->status, (int)WEEG_OK);
#ifdef _OPENMP
  if (threads > 1) {
#pragma omp parallel num_threads(threads)
    work(l, omp_get_thread_num());
    return (weeg_status)atomic_load(&l->status);
  }
#else
  (void)threads;
#endif
  work(l, 0);
  return (weeg_status)atomic_load(&l->status);
}

weeg_status weeg_for_rows(int64_t rows, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx) {
  loop l = {.rows = rows, .at_a_time = ROWS_AT_A_TIME, .hooks = hooks, .body = body, .ctx = ctx};
  return run(&l, threads);
}

weeg_status weeg_for_items(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx) {
  loop l = {.rows = items, .at_a_time = 1, .hooks = hooks, .body = body, .ctx = ctx};
  return run(&l, threads);
}

weeg_status weeg_for_items_after(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx,
                                 void (*first)(void *ctx), void *first_ctx) {
  loop l = {.rows = items, .at_a_time = 1, .hooks = hooks, .body = body, .ctx = ctx, .first = first, .first_ctx = first_ctx};
  return run(&l, threads);
}
