/* Of a pipe (sav_process.c) alone: whether there is something to read, or an end. */
#ifndef WEEG_WINDOWS_POLL_H
#define WEEG_WINDOWS_POLL_H

struct pollfd {
  int fd;
  short events, revents;
};

enum { POLLIN = 1 };

/* Waits at most `wait` milliseconds; how many files are ready. */
int poll(struct pollfd *files, unsigned long count, int wait);

#endif
