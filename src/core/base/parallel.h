/* The one place where threads are made. Internal to the core. */
#ifndef WEEG_PARALLEL_H
#define WEEG_PARALLEL_H

#include <stdint.h>

#include "weeg.h"

/* Rows per chunk: the scratch buffers of a chunk stay in the first-level cache. */
enum { WEEG_CHUNK_ROWS = 2048 };

/*
 * Works on rows from..to-1. Chunks come in any order and on any thread, so the work must not depend on it.
 * Returning other than WEEG_OK stops the loop.
 */
typedef weeg_status (*weeg_chunk_function)(void *ctx, int thread, int64_t from, int64_t to);

/* The number of threads worth starting for that many rows, at most hooks->threads. */
int weeg_i_threads(const weeg_hooks *hooks, int64_t rows);

/*
 * Calls body for consecutive runs of whole chunks that cover 0..rows-1, on at most `threads` threads, fewer where the system
 * refuses them; polls hooks->interrupt on the calling thread. The first failure in a chunk is returned without a message: the
 * caller words it.
 */
weeg_status weeg_i_for_rows(int64_t rows, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx);

/* The same for items 0..items-1, which are handed out one at a time: body(ctx, thread, item, item + 1). */
weeg_status weeg_i_for_items(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx);

/* The same; the calling thread calls first(first_ctx) before it takes items, while the others work already. */
weeg_status weeg_i_for_items_after(int64_t items, int threads, const weeg_hooks *hooks, weeg_chunk_function body, void *ctx,
                                   void (*first)(void *ctx), void *first_ctx);

/*
 * Room for what threads sum into, with anything in it, for weeg_i_give_back() with the same hooks. That of a pool stays with it:
 * to get memory from the system and give it back takes longer than many a pass. NULL when memory runs out.
 */
void *weeg_i_borrow(const weeg_hooks *hooks, int64_t bytes);
void weeg_i_give_back(const weeg_hooks *hooks, void *room);

#endif
