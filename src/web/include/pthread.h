/* The page has one thread: none can be made, and the core does without those that the system refuses. */
#ifndef WEEG_WEB_PTHREAD_H
#define WEEG_WEB_PTHREAD_H

#include <errno.h>

#define __NEED_pthread_t
#define __NEED_pthread_mutex_t
#define __NEED_pthread_cond_t
#include <bits/alltypes.h>

static inline int pthread_create(pthread_t *id, const void *how, void *(*run)(void *), void *ctx) {
  (void)id, (void)how, (void)run, (void)ctx;
  return EAGAIN;
}
static inline int pthread_join(pthread_t id, void **result) {
  (void)id, (void)result;
  return 0;
}
static inline pthread_t pthread_self(void) { return 0; }

static inline int pthread_mutex_init(pthread_mutex_t *lock, const void *how) {
  (void)lock, (void)how;
  return 0;
}
static inline int pthread_mutex_lock(pthread_mutex_t *lock) {
  (void)lock;
  return 0;
}
static inline int pthread_mutex_unlock(pthread_mutex_t *lock) {
  (void)lock;
  return 0;
}
static inline int pthread_mutex_destroy(pthread_mutex_t *lock) {
  (void)lock;
  return 0;
}

static inline int pthread_cond_init(pthread_cond_t *changed, const void *how) {
  (void)changed, (void)how;
  return 0;
}
static inline int pthread_cond_wait(pthread_cond_t *changed, pthread_mutex_t *lock) {
  (void)changed, (void)lock;
  return 0;
}
static inline int pthread_cond_broadcast(pthread_cond_t *changed) {
  (void)changed;
  return 0;
}
static inline int pthread_cond_destroy(pthread_cond_t *changed) {
  (void)changed;
  return 0;
}

#endif
