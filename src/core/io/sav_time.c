/* The time that the process which reads a .sav file may take. */
#define _POSIX_C_SOURCE 200809L

#include <sys/resource.h>

#include "io/sav.h"

void weeg_i_sav_more_time(void) {
  struct rusage used;
  struct rlimit limit;
  if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &limit) != 0) return;
  const rlim_t until = (rlim_t)used.ru_utime.tv_sec + (rlim_t)used.ru_stime.tv_sec + SAV_MOST_SECONDS;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || until < limit.rlim_max ? until : limit.rlim_max;
  (void)setrlimit(RLIMIT_CPU, &limit);
}
