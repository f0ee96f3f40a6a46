/* In place of src/cli/pspp: macros of PSPP call the program by POSIX's shell. */
#include "cli.h"

void cli_pspp(const cli_options *options) {
  (void)options;
  cli_usage("weeg pspp needs a POSIX system");
}
