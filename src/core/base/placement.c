/* sched_getcpu and the sets of processors */
#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "base/placement.h"

#if defined(__linux__)

/* Where a call fails, as for more than 1 024 processors, the thread stays as free as it was: it is a matter of speed alone. */
void weeg_i_place_elsewhere(pthread_t thread, weeg_i_processors *may_use) {
  CPU_ZERO(may_use);
  const int here = sched_getcpu();
  if (here < 0 || here >= CPU_SETSIZE || sched_getaffinity(0, sizeof *may_use, may_use) != 0) return;
  cpu_set_t elsewhere = *may_use;
  CPU_CLR(here, &elsewhere);
  if (CPU_COUNT(&elsewhere) > 0) (void)pthread_setaffinity_np(thread, sizeof elsewhere, &elsewhere);
}

void weeg_i_place_freely(const weeg_i_processors *may_use) {
  if (CPU_COUNT(may_use) > 0) (void)pthread_setaffinity_np(pthread_self(), sizeof *may_use, may_use);
}

#else

void weeg_i_place_elsewhere(pthread_t thread, weeg_i_processors *may_use) {
  (void)thread;
  *may_use = 0;
}

void weeg_i_place_freely(const weeg_i_processors *may_use) { (void)may_use; }

#endif
