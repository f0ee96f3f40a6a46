/* Functions that WASI has none of. */
#include <string.h>
#include <unistd.h>

char *realpath(const char *path, char *resolved) {
  (void)resolved;
  return strdup(path);
}
