# Parquet files, which DuckDB reads for weeg_design(): the same bytes as the rows have in memory.

if (engine == "duckdb") {
  rows <- sample_rows(3000)[c("id", "stratum", "psu", "population", "weight", "age", "answer", "member", "day")]
  files <- file.path(tempfile("it's "), paste0(c("a", "b"), ".parquet")) # a quote in a path
  dir.create(dirname(files[1L]))
  load_rows(con, "rows_of_files", rows)
  for (i in 1:2) {
    do_sql(con, sprintf("COPY (SELECT * FROM rows_of_files WHERE id %% 2 = %d) TO '%s' (FORMAT parquet)", i - 1L,
                        gsub("'", "''", files[i])))
  }
  pattern <- file.path(dirname(files[1L]), "*.parquet")
  of_rows <- function(data, ...) {
    weeg::weeg_design(data, weights = ~weight, strata = ~stratum, cluster = ~psu, fpc = ~population, ...)
  }
  bytes <- function(tally) {
    tally$seal <- NULL
    tally$names["data"] <- list(NULL)
    tally
  }

  test_that("a pattern or several files give the tallies of all rows", {
    memory <- of_rows(rows)
    for (path in list(pattern, files)) {
      d <- of_rows(path)
      expect_identical(bytes(weeg::weeg_tally(d, ~ answer + member)), bytes(weeg::weeg_tally(memory, ~ answer + member)))
    }
    inside <- function(d) bytes(weeg::weeg_tally(subset(d, age < 36 & day > as.Date("2024-02-27")), ~answer))
    expect_identical(inside(d), inside(memory))
    first <- weeg::weeg_tally(files[1L], ~answer, weights = ~weight)
    half <- weeg::weeg_design(rows[rows$id %% 2 == 0, ], weights = ~weight)
    expect_identical(bytes(first), bytes(weeg::weeg_tally(half, ~answer)))
    expect_identical(first$names$data, "a.parquet")
  })

  test_that("the connection is closed when the last design is gone, and not before", {
    d <- of_rows(files[1L])
    behind <- d$data$con
    domain <- subset(d, age < 36)
    rm(d)
    invisible(gc())
    expect_identical(sum(weeg::weeg_tally(domain, ~answer)$entries$n) > 0, TRUE)
    rm(domain)
    invisible(gc())
    expect_false(DBI::dbIsValid(behind))
  })

  test_that("what is no Parquet file, or not there, is an error that names it", {
    broken <- tempfile(fileext = ".parquet")
    writeLines("a,b", broken)
    expect_error(weeg::weeg_design(broken), basename(broken), class = "weeg_error_file")
    nothing <- file.path(tempdir(), "nothing-*.parquet")
    expect_error(weeg::weeg_design(nothing), "nothing-", class = "weeg_error_file")
    expect_error(weeg::weeg_design(files[1L], weights = ~wheight), "weight", class = "weeg_error_variable")
  })
}
