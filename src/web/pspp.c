/* The page is no program that PSPP could run. */
#include "results.h"

void cli_pspp(const cli_options *options) {
  (void)options;
  cli_usage("weeg pspp is the program's alone");
}
