/* The locale of numbers. */
#include <locale.h>

#include "glue.h"

/* Of C as Sys.setlocale() has it, but without R code in between, which Ctrl-C could end halfway. */
SEXP glue_numbers_as(SEXP locale) {
  (void)setlocale(LC_NUMERIC, glue_text(locale, "a locale"));
  return R_NilValue;
}
