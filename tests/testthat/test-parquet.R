# Parquet files, before DuckDB reads them: tests/engines/test-parquet.R has the rest.

test_that("a file that is not there, and options of other files, are errors", {
  expect_error(weeg_design("gone.parquet"), "there is no file gone.parquet", fixed = TRUE, class = "weeg_error_file")
  expect_error(weeg_tally(c("gone.parquet", "b.parquet"), ~a), "gone.parquet", class = "weeg_error_file")
  expect_error(weeg_design("gone.parquet", delimiter = ";"), "`delimiter` is for CSV files, but gone.parquet is a Parquet file",
               fixed = TRUE, class = "weeg_error_argument")
  expect_error(weeg_design("gone.sav", delimiter = ";"), "an SPSS file", class = "weeg_error_argument")
})

test_that("without DuckDB, what to install is said", {
  skip_if(requireNamespace("duckdb", quietly = TRUE))
  driver <- tryCatch(adbcdrivermanager::adbc_driver("duckdb", "duckdb_adbc_init"), error = function(e) NULL)
  skip_if(!is.null(driver))
  path <- withr::local_tempfile(fileext = ".PARQUET")
  file.create(path)
  expect_error(weeg_design(path), "DuckDB, which is not there[.]\n.*install.packages", class = "weeg_error_package")
})

test_that("a data set of package arrow is no data frame, and its paths are asked for", {
  expect_error(weeg_design(structure(list(), class = c("FileSystemDataset", "Dataset"))), "give the paths of these",
               class = "weeg_error_argument")
})
