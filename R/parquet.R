# Designs of Parquet files: tables (database.R) in a DuckDB of their own, which reads the files where they are. It ends with the
# last design that was made of it.

is_parquet <- function(path) {
  path <- bare(path)
  is.character(path) && length(path) > 0L && all(grepl("[.](parquet|parq|pq)$", path, ignore.case = TRUE))
}

open_parquet <- function(paths) {
  paths <- as_utf8(path.expand(bare(paths)))
  one_file <- !grepl("[*?[]|://", paths) # those of a pattern, or elsewhere, are for DuckDB to find
  gone <- paths[one_file][!file.exists(paths[one_file])]
  if (length(gone) > 0L) abort("file", "there is no file ", gone[1L])
  con <- connect_duckdb()
  opened <- opened_connection(con)
  quote <- function(texts) as.character(DBI::dbQuoteString(con, texts))
  # what does not fit into memory goes to the session's folder, and not to where the user works
  DBI::dbExecute(con, paste("SET temp_directory =", quote(file.path(tempdir(), "duckdb"))))
  DBI::dbExecute(con, paste("SET threads =", thread_count()))
  files <- DBI::SQL(paste0("SELECT * FROM read_parquet([", paste(quote(paths), collapse = ", "), "])"))
  source <- tryCatch(database_source(list(con), files), weeg_error_database = function(e) {
    abort("file", paste(visible(paths), collapse = ", "), " cannot be read by DuckDB: ", e$engine)
  })
  source$label <- basename(paths[1L])
  source$opened <- opened
  source
}

# By package duckdb, or by DuckDB's own library and the drivers of ADBC: the manager finds a library that is called so where the
# system looks for libraries, and one that was installed as a driver.
connect_duckdb <- function() {
  if (requireNamespace("duckdb", quietly = TRUE)) return(DBI::dbConnect(duckdb::duckdb(), bigint = "integer64"))
  if (requireNamespace("adbi", quietly = TRUE) && requireNamespace("adbcdrivermanager", quietly = TRUE)) {
    driver <- tryCatch(adbcdrivermanager::adbc_driver("duckdb", "duckdb_adbc_init"), error = function(e) NULL)
    if (!is.null(driver)) return(DBI::dbConnect(adbi::adbi(driver), path = ":memory:", bigint = "integer64"))
  }
  abort("package", "Parquet files are read by DuckDB, which is not there", hint = c(
    "install.packages(\"duckdb\"); or packages adbi and adbcdrivermanager, where DuckDB's library (libduckdb) is installed",
    "Without it: the columns that you need as a data frame, as by arrow::read_parquet()"
  ))
}
