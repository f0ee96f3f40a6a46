/* See include/poll.h and include/unistd.h. */
#include <io.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>
#include <windows.h>

enum { PAUSE = 5 }; /* milliseconds between two looks at a pipe, which Windows cannot wait for */

/* An end that was closed is ready too: read() says so. */
static bool is_ready(int file) {
  DWORD waiting = 0;
  const HANDLE pipe = (HANDLE)_get_osfhandle(file);
  return PeekNamedPipe(pipe, NULL, 0, NULL, &waiting, NULL) == 0 || waiting > 0;
}

int poll(struct pollfd *files, unsigned long count, int wait) {
  for (int waited = 0;; waited += PAUSE) {
    int ready = 0;
    for (unsigned long k = 0; k < count; k++) {
      files[k].revents = is_ready(files[k].fd) ? POLLIN : 0;
      ready += files[k].revents != 0;
    }
    if (ready > 0 || waited >= wait) return ready;
    Sleep(PAUSE);
  }
}

long sysconf(int name) {
  SYSTEM_INFO about;
  (void)name;
  GetSystemInfo(&about);
  return (long)about.dwNumberOfProcessors;
}
