/* Asking the caller whether to stop, in computations that may take long. Internal to the core. */
#ifndef WEEG_INTERRUPT_H
#define WEEG_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weeg.h"

/* Steps, additions say, after which the caller is asked: some milliseconds. */
enum { WEEG_STEPS_A_POLL = 1 << 22 };

/* A computation's patience. Functions that return nothing leave when it has stopped; who called them looks at `stopped`. */
typedef struct pulse {
  const weeg_hooks *hooks;
  int64_t steps; /* since the caller was asked */
  bool stopped;  /* from then on for good */
} pulse;

/* Counts steps, and now and then asks the caller: whether to stop. */
static inline bool weeg_i_stops(pulse *p, int64_t steps) {
  p->steps += steps;
  if (p->steps >= WEEG_STEPS_A_POLL && !p->stopped) {
    p->steps = 0;
    p->stopped = p->hooks != NULL && p->hooks->interrupt != NULL && p->hooks->interrupt(p->hooks->ctx);
  }
  return p->stopped;
}

/* WEEG_OK, or WEEG_ERR_INTERRUPTED with its message. */
weeg_status weeg_i_pulse_status(const pulse *p, weeg_error *err);

#endif
