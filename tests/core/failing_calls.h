/*
 * For programs in which a call of the system fails on demand: what FAILING_CALL defines stands before the C library's, which
 * it calls otherwise.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef WEEG_TEST_FAILING_CALLS_H
#define WEEG_TEST_FAILING_CALLS_H

#include <dlfcn.h> /* RTLD_NEXT: _GNU_SOURCE */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* A sanitizer makes such calls before it is ready for functions that it has changed. */
#define AS_IT_IS __attribute__((no_sanitize("address", "undefined")))

enum { EVERY = 0 };

/* The call that fails, the nth or every one, with this errno. */
typedef struct failing_call {
  const char *name;
  int nth, error;
  int seen;
} failing_call;

static failing_call failing[2];

AS_IT_IS static bool call_fails(const char *name) {
  for (int k = 0; k < 2; k++) {
    failing_call *f = &failing[k];
    if (f->name == NULL || strcmp(f->name, name) != 0) continue;
    f->seen++;
    if (f->nth != EVERY && f->seen != f->nth) continue;
    errno = f->error;
    return true;
  }
  return false;
}

/* From now on; NULL: none. */
static void let_fail(const char *name, int nth, int error) {
  memset(failing, 0, sizeof failing);
  failing[0] = (failing_call){.name = name, .nth = nth, .error = error};
}

/* Where it fails with an errno of 0, a call gives 0. */
#define FAILING_CALL(type, name, parameters, arguments)            \
  AS_IT_IS type name parameters {                                  \
    type(*real) parameters = NULL;                                 \
    void *const found = dlsym(RTLD_NEXT, #name);                   \
    if (call_fails(#name)) return (type)(errno == 0 ? 0 : -1);     \
    memcpy(&real, &found, sizeof real);                            \
    return real arguments;                                         \
  }

#endif
