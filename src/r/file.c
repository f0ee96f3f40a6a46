#include "glue.h"

/* bytes to a file that everybody may read, as far as the umask says. */
SEXP glue_file_write(SEXP bytes, SEXP path) {
  weeg_error err = {0};
  enum { MODE = 0666 };
  const weeg_status status = weeg_file_write(glue_path(path), RAW(bytes), (int64_t)XLENGTH(bytes), MODE, &err);
  return status == WEEG_OK ? R_NilValue : glue_failure(&err);
}
