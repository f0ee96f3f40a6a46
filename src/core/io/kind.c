/* Files that are no text, by their first bytes: what each is, and how its rows come here. */
#include <string.h>

#include "base/said.h"
#include "io/reader.h"

typedef struct kind {
  const char *bytes;
  size_t size;
  bool binary;      /* only where a byte 0 follows: a text could begin so */
  const char *says;
} kind;

#define BYTES(text) text, sizeof(text) - 1
#define STATA "a file of Stata (.dta): read it by haven::read_dta() in R, or export it as CSV"

static const kind kinds[] = {
    {BYTES("SQLite format 3"), true,
     "an SQLite database: in R, weeg_design(con, \"table\") with con <- DBI::dbConnect(RSQLite::SQLite(), file); in the shell, "
     "sqlite3 -csv -header FILE 'select ...' | weeg ... -"},
    {BYTES("PAR1"), true,
     "a Parquet file: in R, name it .parquet; in the shell, duckdb -csv -c \"from 'FILE'\" | weeg ... -"},
    {BYTES("ARROW1"), true, "an Arrow (Feather) file: read it by arrow::read_feather() in R, or write it as CSV"},
    {BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), false, "a workbook of an older Excel: save its sheet as CSV"},
    {BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"), false,
     "a file of SAS (.sas7bdat): read it by haven::read_sas() in R, or export it as CSV"},
    {BYTES("HEADER RECORD*******LIB"), false,
     "a transport file of SAS (.xpt): read it by haven::read_xpt() in R, or export it as CSV"},
    {BYTES("<stata_dta>"), false, STATA},
    {BYTES("q\1"), true, STATA},
    {BYTES("q\2"), true, STATA},
    {BYTES("r\1"), true, STATA},
    {BYTES("r\2"), true, STATA},
    {BYTES("s\1"), true, STATA},
    {BYTES("s\2"), true, STATA},
    {BYTES("X\n\0\0\0"), false, "an object of R (.rds): weeg_design(readRDS(file), ...) in R, or write it as CSV"},
    {BYTES("A\n3\n"), false, "an object of R (.rds): weeg_design(readRDS(file), ...) in R, or write it as CSV"},
    {BYTES("RDX2\n"), false, "objects of R (.RData): load() them in R, or write them as CSV"},
    {BYTES("RDX3\n"), false, "objects of R (.RData): load() them in R, or write them as CSV"},
    {BYTES("$FL2"), true, "an SPSS file: its name must end in .sav, and it cannot come by a pipe"},
    {BYTES("$FL3"), true, "an SPSS file: its name must end in .zsav, and it cannot come by a pipe"},
    {BYTES("\x89WGT"), false, "a tally: weeg_read_tally(file) in R"},
    {BYTES("%PDF-"), false, "a PDF: what it was made of is needed, as CSV"},
};

weeg_status weeg_i_check_text(const char *s, int64_t n, weeg_error *err) {
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
    const kind *x = &kinds[k];
    if (n < (int64_t)x->size || memcmp(s, x->bytes, x->size) != 0) continue;
    if (x->binary && memchr(s, 0, (size_t)n) == NULL) continue;
    return weeg_fail(err, WEEG_ERR_FILE, -1, "the file is no CSV file, but %s", weeg_i_said(err, x->says));
  }
  return WEEG_OK;
}
