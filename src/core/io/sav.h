/* What the two sides of reading .sav files agree on: see sav_child.c. Internal to the core. */
#ifndef WEEG_SAV_H
#define WEEG_SAV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weeg.h"

enum { SAV_MOST_VARIABLES = 1 << 20 };

/* Seconds of computing that the child process may take without writing anything, lest a damaged file keep it busy for ever. */
enum { SAV_MOST_SECONDS = 60 };

typedef enum sav_tag {
  SAV_VARIABLE = 1, /* u8 text, u8 ordinal, texts name, label, name of its labels, format; u32 ranges of user-missing values,
                       each the lowest and the highest as doubles or texts */
  SAV_LABEL,        /* text name of labels, u8 text, the value as double or text, text label */
  SAV_WEIGHT,       /* u32 variable */
  SAV_SET,          /* text name, label, u8 categories, u8 items are labelled by the counted value, text counted value; u32
                       variables and their names */
  SAV_ROWS,         /* the share of the file that was read, as a double (NaN: not known); u32 rows, then of each wanted
                       variable so many values: doubles (NaN: system-missing) or texts */
  SAV_ERROR,        /* texts: what is wrong, and what the reader said last, which may be nothing */
  SAV_END           /* u64 rows */
} sav_tag;

/* What is wanted: values of `count` variables, or none. */
typedef struct sav_request {
  bool portable;           /* .por */
  int32_t count, last;     /* last: the place of the one that stands last in a row */
  const int32_t *variable; /* [count] numbers from 0 */
} sav_request;

/* In the child process: the time that it may take begins anew. */
void weeg_i_sav_more_time(void);

/* In the child process: reads the file and writes frames. Whether everything was written. */
bool weeg_i_sav_child(const char *path, const sav_request *request, int pipe);

/* A process that runs it. Where there are none, it has run when it has started (src/web), or a thread runs it (src/windows). */
typedef struct sav_process {
  pid_t id;
  struct sav_thread *thread;
  int pipe; /* what it says; -1: none */
} sav_process;

weeg_status weeg_i_sav_start(sav_process *p, const char *path, const sav_request *request, weeg_error *err);

/* Ends it, if it has not ended; the signal that it ended by itself with, SAV_TOO_LONG after SAV_MOST_SECONDS, or 0. */
enum { SAV_TOO_LONG = -1 };
int weeg_i_sav_stop(sav_process *p);

#endif
