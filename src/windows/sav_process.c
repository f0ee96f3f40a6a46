/*
 * In place of src/core/io/sav_process.c and sav_time.c: Windows has no fork(). ReadStat reads in a thread, and writes its frames
 * to a pipe as the process of other systems does; what would have ended that process alone ends the program here.
 */
#include <fcntl.h>
#include <io.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "base/said.h"
#include "io/sav.h"

enum { ROOM = 1 << 20 }; /* bytes in the pipe */

typedef struct sav_thread {
  pthread_t id;
  char *path;
  sav_request request;
  int32_t *variable; /* [request.count] */
  int pipe;
} sav_thread;

void weeg_i_sav_more_time(void) {}

static void *read_all(void *x) {
  const sav_thread *r = x;
  (void)weeg_i_sav_child(r->path, &r->request, r->pipe);
  (void)_close(r->pipe);
  return NULL;
}

static void clear(sav_thread *r) {
  if (r == NULL) return;
  weeg_free(r->path);
  weeg_free(r->variable);
  weeg_free(r);
}

static weeg_status keep_request(sav_thread *r, const char *path, const sav_request *request, weeg_error *err) {
  weeg_status status = WEEG_OK;
  const size_t length = strlen(path) + 1;
  WEEG_NEW(r->path, (int64_t)length);
  memcpy(r->path, path, length);
  WEEG_NEW(r->variable, (int64_t)request->count + 1);
  for (int32_t k = 0; k < request->count; k++) r->variable[k] = request->variable[k];
  r->request = *request;
  r->request.variable = r->variable;
cleanup:
  return status;
}

weeg_status weeg_i_sav_start(sav_process *p, const char *path, const sav_request *request, weeg_error *err) {
  weeg_status status = WEEG_OK;
  sav_thread *r = NULL;
  int ends[2] = {-1, -1};
  *p = (sav_process){.pipe = -1};
  WEEG_NEW(r, 1);
  WEEG_TRY(keep_request(r, path, request, err));
  if (_pipe(ends, ROOM, _O_BINARY | _O_NOINHERIT) != 0) {
    status = weeg_i_names_file(err, weeg_fail(err, WEEG_ERR_FILE, -1, "cannot make a pipe to read %.100s", path));
    goto cleanup;
  }
  r->pipe = ends[1];
  if (pthread_create(&r->id, NULL, read_all, r) != 0) {
    status = weeg_i_names_file(err, weeg_fail(err, WEEG_ERR_FILE, -1, "cannot start a thread to read %.100s", path));
    (void)_close(ends[0]);
    (void)_close(ends[1]);
    goto cleanup;
  }
  *p = (sav_process){.pipe = ends[0], .thread = r};
  r = NULL;
cleanup:
  clear(r);
  return status;
}

/* The thread writes no more once its pipe has no reader. */
int weeg_i_sav_stop(sav_process *p) {
  sav_thread *r = p->thread;
  if (p->pipe >= 0) (void)_close(p->pipe);
  if (r != NULL) (void)pthread_join(r->id, NULL);
  clear(r);
  *p = (sav_process){.pipe = -1};
  return 0;
}
