/*
 * In place of src/core/io/sav_process.c and sav_time.c: WebAssembly is a sandbox already, in which a crash is a trap that the
 * page survives, and has no processes. ReadStat reads the file whole, and what it says waits in a file in the page's memory.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "io/sav.h"

static const char FRAMES[] = "/frames";

void weeg_i_sav_more_time(void) {}

weeg_status weeg_i_sav_start(sav_process *p, const char *path, const sav_request *request, weeg_error *err) {
  *p = (sav_process){.pipe = -1};
  const int said = open(FRAMES, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (said < 0) return weeg_fail(err, WEEG_ERR_FILE, -1, "no place for what is read of %.100s", path);
  (void)weeg_i_sav_child(path, request, said);
  (void)close(said);
  p->pipe = open(FRAMES, O_RDONLY);
  (void)unlink(FRAMES);
  return p->pipe >= 0 ? WEEG_OK : weeg_fail(err, WEEG_ERR_FILE, -1, "what was read of %.100s is lost", path);
}

int weeg_i_sav_stop(sav_process *p) {
  if (p->pipe >= 0) (void)close(p->pipe);
  *p = (sav_process){.pipe = -1};
  return 0;
}
