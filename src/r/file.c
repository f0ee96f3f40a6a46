#include "glue.h"

#include <sys/stat.h>

/* bytes to a file that everybody may read, as far as the umask says. */
SEXP glue_file_write(SEXP bytes, SEXP path) {
  weeg_error err = {0};
  enum { MODE = 0666 };
  const weeg_status status =
      weeg_file_write_hooked(glue_path(path), RAW(bytes), (int64_t)XLENGTH(bytes), MODE, glue_patience(), &err);
  return status == WEEG_OK ? R_NilValue : glue_failure(&err);
}

/* Whether a file is one of a disk, which can be read again. */
SEXP glue_file_regular(SEXP path) {
  struct stat facts;
  return Rf_ScalarLogical(stat(glue_path(path), &facts) == 0 && S_ISREG(facts.st_mode));
}
