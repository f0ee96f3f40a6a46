/* Files in memory are always ready. */
#ifndef WEEG_WEB_POLL_H
#define WEEG_WEB_POLL_H

#include_next <poll.h>

static inline int always_ready(struct pollfd *files, nfds_t count, int wait) {
  (void)wait;
  for (nfds_t k = 0; k < count; k++) files[k].revents = files[k].events;
  return (int)count;
}
#define poll always_ready

#endif
