/* On which processor a thread that is woken starts. Internal to the core. */
#ifndef WEEG_PLACEMENT_H
#define WEEG_PLACEMENT_H

#include <pthread.h>

#if defined(__linux__)
#include <sched.h>
typedef cpu_set_t weeg_i_processors;
#else
typedef char weeg_i_processors;
#endif

/*
 * To be called before a sleeping thread is woken: it shall start on any processor that the calling thread may use, but not on
 * the one where that is running. Linux mostly puts a woken thread beside the one that wakes it when, in a virtual machine,
 * the other processors have been idle for some milliseconds; it then waits there until the caller's work is nearly done.
 * `may_use` is what weeg_i_place_freely() wants. Does nothing where the system has no such calls, or one processor.
 */
void weeg_i_place_elsewhere(pthread_t thread, weeg_i_processors *may_use);

/* To be called by that thread once it runs: from now on it may go wherever the thread that woke it might. */
void weeg_i_place_freely(const weeg_i_processors *may_use);

#endif
