/* Processes that package parallel forked. */
#include "glue.h"

#ifndef _WIN32
#include <errno.h>
#include <sys/wait.h>
#endif

/* Whether a child has ended. It is left to be collected by parallel, which would wait for it when R quits. */
SEXP glue_fork_ended(SEXP pid) {
#ifndef _WIN32
  siginfo_t facts = {0};
  int failed = 0;
  do failed = waitid(P_PID, (id_t)Rf_asInteger(pid), &facts, WEXITED | WNOHANG | WNOWAIT);
  while (failed != 0 && errno == EINTR);
  return Rf_ScalarLogical(failed != 0 || facts.si_pid != 0);
#else
  (void)pid;
  return Rf_ScalarLogical(TRUE);
#endif
}
