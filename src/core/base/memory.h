/* Allocation that checks the product of sizes. Internal to the core. */
#ifndef WEEG_MEMORY_H
#define WEEG_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/*
 * Zeroed memory for count items of size bytes, which are one at least, released by weeg_free. NULL when it does not fit or
 * count < 0.
 */
void *weeg_i_alloc(int64_t count, size_t size);

/* The same, but not zeroed: for what is written before it is read. */
void *weeg_i_room(int64_t count, size_t size);

/*
 * An array of `count` items in place of `old`, whose first `used` items it begins with, the rest zeroed. NULL when it does not
 * fit: `old` is then as it was.
 */
void *weeg_i_larger(void *old, int64_t used, int64_t count, size_t size);

/* Zeroed memory, assigned to a typed pointer; sets status and jumps to cleanup on failure. And such that is not zeroed. */
#define WEEG_NEW(pointer, count) WEEG_NEW_BY(weeg_i_alloc, pointer, count)
#define WEEG_ROOM(pointer, count) WEEG_NEW_BY(weeg_i_room, pointer, count)
#define WEEG_NEW_BY(allocate, pointer, count)                                          \
  do {                                                                                 \
    (pointer) = allocate((count), sizeof *(pointer));                                  \
    if ((pointer) == NULL) {                                                           \
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");               \
      goto cleanup;                                                                    \
    }                                                                                  \
  } while (0)

/* Room for count items in a typed array, of which `used` are in use. */
#define WEEG_LARGER(pointer, used, count)                                                                  \
  do {                                                                                                     \
    void *larger_ = weeg_i_larger((pointer), (used), (count), sizeof *(pointer));                          \
    if (larger_ == NULL) {                                                                                 \
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");                                   \
      goto cleanup;                                                                                        \
    }                                                                                                      \
    (pointer) = larger_;                                                                                   \
  } while (0)

/* Room for one more item in a typed array of `size` items, `used` of them in use: doubled when it is full. */
#define WEEG_GROW(pointer, used, size)                                                                     \
  do {                                                                                                     \
    if ((used) < (size)) break;                                                                            \
    WEEG_LARGER((pointer), (used), (size) == 0 ? 16 : 2 * (int64_t)(size));                                \
    (size) = (size) == 0 ? 16 : 2 * (size);                                                                \
  } while (0)

/* The size of an array to which `used` items came by WEEG_GROW, one at a time. */
static inline int32_t weeg_i_grown(int32_t used) {
  int32_t size = used > 0 ? 16 : 0;
  while (size < used) size *= 2;
  return size;
}

/* Runs a fallible call; on failure keeps its status and jumps to cleanup. */
#define WEEG_TRY(call)                   \
  do {                                   \
    status = (call);                     \
    if (status != WEEG_OK) goto cleanup; \
  } while (0)

#endif
