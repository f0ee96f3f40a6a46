/* Files that have two names. src/windows has it for Windows. */
#define _POSIX_C_SOURCE 200809L

#include <sys/stat.h>

#include "cli.h"

bool cli_are_one_file(const char *a, const char *b) {
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && S_ISREG(first.st_mode) && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}
