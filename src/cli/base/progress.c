/* How far a long read is, for somebody who waits at a terminal. */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

static double seconds_now(void) {
  struct timespec now = {0};
  return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? (double)now.tv_sec + 1e-9 * (double)now.tv_nsec : 0;
}

cli_progress cli_start_progress(void) {
  return (cli_progress){.wanted = isatty(STDERR_FILENO) == 1, .started = seconds_now(), .share = NAN};
}

enum { BAR = 30, LINE = 79 };

static void erase(void) { (void)fprintf(stderr, "\r%*s\r", LINE, ""); }

void cli_show_progress(cli_progress *p) {
  const double wait = p->shown ? 0.1 : 1;
  if (!p->wanted || seconds_now() - (p->shown ? p->last : p->started) < wait) return;
  p->last = seconds_now();
  p->shown = true;
  erase();
  if (!isnan(p->share)) {
    char bar[BAR + 1] = "";
    const int full = (int)(BAR * fmin(fmax(p->share, 0), 1));
    (void)memset(bar, '#', (size_t)full);
    (void)memset(bar + full, '.', (size_t)(BAR - full));
    (void)fprintf(stderr, "[%s] %3.0f%%  ", bar, floor(100 * p->share));
  }
  (void)fprintf(stderr, "%.1f million rows read", (double)p->rows / 1e6);
  (void)fflush(stderr);
}

void cli_end_progress(cli_progress *p) {
  if (p->shown) erase();
  p->shown = false;
}
