/* Allocation that checks the product of sizes. Internal to the core. */
#ifndef WEEG_MEMORY_H
#define WEEG_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory for count items of size bytes, released by weeg_free. NULL when it does not fit or count < 0. */
void *weeg_alloc(int64_t count, size_t size);

/* Zeroed memory, assigned to a typed pointer; sets status and jumps to cleanup on failure. */
#define WEEG_NEW(pointer, count)                                                       \
  do {                                                                                 \
    (pointer) = weeg_alloc((count), sizeof *(pointer));                                \
    if ((pointer) == NULL) {                                                           \
      status = weeg_fail(err, WEEG_ERR_MEMORY, -1, "not enough memory");               \
      goto cleanup;                                                                    \
    }                                                                                  \
  } while (0)

/* Runs a fallible call; on failure keeps its status and jumps to cleanup. */
#define WEEG_TRY(call)                   \
  do {                                   \
    status = (call);                     \
    if (status != WEEG_OK) goto cleanup; \
  } while (0)

#endif
