/*
 * For programs that run out of memory at every allocation, one after the other: a memory.c on top of an allocator that fails
 * on demand; the Makefile leaves out the other.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_FAILING_H
#define WEEG_TEST_FAILING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_long calls, live;
static atomic_long fail_at; /* the call that fails; 0: none */
static atomic_bool fail_after;

static bool fails(void) {
  const long call = atomic_fetch_add(&calls, 1) + 1, at = atomic_load(&fail_at);
  return at != 0 && (call == at || (call > at && atomic_load(&fail_after)));
}

static void *counted(void *memory) {
  if (memory != NULL) atomic_fetch_add(&live, 1);
  return memory;
}

static void *failing_calloc(size_t count, size_t size) { return fails() ? NULL : counted(calloc(count, size)); }

static void *failing_malloc(size_t size) { return fails() ? NULL : counted(malloc(size)); }

static void counting_free(void *memory) {
  if (memory != NULL) atomic_fetch_sub(&live, 1);
  free(memory);
}

#define calloc failing_calloc
#define malloc failing_malloc
#define free counting_free
#include "base/memory.c"
#undef calloc
#undef malloc
#undef free

#include "test.h"

typedef weeg_status (*call_function)(int variant, weeg_error *err);

/* A call, its variants 0 .. variants - 1, and how many allocations each makes at least, or nothing was tried. */
typedef struct call_case {
  call_function call;
  int variants;
  long allocations;
} call_case;

/*
 * Fails allocation 1, 2, 3 and so on until the call makes fewer; it must make at least `allocations` of them. A call may do
 * without a few: where there is no memory for threads it works alone.
 */
static void exhaust(call_function call, int variant, long allocations) {
  enum { DONE_WITHOUT = 3 };
  for (int after = 0; after < 2; after++) {
    weeg_status status = WEEG_ERR_MEMORY;
    long at = 0, without = 0;
    bool failed = true;
    atomic_store(&fail_after, after == 1);
    while (failed && at < 10000) {
      weeg_error err = {0};
      const long before = atomic_load(&live);
      atomic_store(&calls, 0);
      atomic_store(&fail_at, ++at);
      status = call(variant, &err);
      atomic_store(&fail_at, 0);
      failed = atomic_load(&calls) >= at;
      CHECK(atomic_load(&live) == before);
      without += failed && status == WEEG_OK;
      if (status != WEEG_OK) CHECK(status == WEEG_ERR_MEMORY && err.code == WEEG_ERR_MEMORY && err.message[0] != '\0');
    }
    CHECK(status == WEEG_OK && at > allocations && without <= DONE_WITHOUT);
  }
}

TEST_UNUSED static void exhaust_all(const call_case *cases, size_t count) {
  for (size_t k = 0; k < count; k++) {
    for (int variant = 0; variant < cases[k].variants; variant++) exhaust(cases[k].call, variant, cases[k].allocations);
  }
}

#endif
