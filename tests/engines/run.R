# Rscript tests/engines/run.R ENGINE: every tests/engines/test-*.R on one engine, counted, by what run.sh sets in the environment.
# In the tests `engine` is its name, and `con` a connection of each file's own. What was compared with memory goes to
# build/engines/ENGINE.csv, for tests/engines/table.R. A second argument, a regular expression: only the files that it matches.

folder <- "tests/engines"
engine <- commandArgs(TRUE)[1L]
library(testthat)
library(weeg)
compared <- new.env()
source(file.path(folder, "connect.R"))
source(file.path(folder, "rows.R"))
source(file.path("tests", "testthat", "helper-inside.R"))

start <- proc.time()
run_file <- function(file) {
  con <- connect(engine)
  on.exit(disconnect(con))
  found <- list2env(list(con = con), parent = globalenv())
  test_file(file, env = found, reporter = "check", stop_on_failure = FALSE)
}
files <- Sys.glob(file.path(folder, "test-*.R"))
if (length(commandArgs(TRUE)) > 1L) files <- grep(commandArgs(TRUE)[2L], files, value = TRUE)
results <- do.call(c, lapply(files, run_file))
expectations <- unlist(lapply(results, function(test) test$results), recursive = FALSE)
is_a <- function(...) sum(vapply(expectations, inherits, NA, what = paste0("expectation_", c(...))))
failed <- is_a("failure", "error", "warning")
passed <- is_a("success")
if (!passed && !failed) stop("no test was run")

dir.create(file.path("build", "engines"), showWarnings = FALSE, recursive = TRUE)
noted <- file.path("build", "engines", paste0(engine, ".csv"))
unlink(noted)
rows <- do.call(rbind, unname(as.list(compared, sorted = TRUE)))
if (!is.null(rows)) utils::write.csv(rows, noted, row.names = FALSE)
took <- proc.time() - start
computed <- took[["user.self"]] + took[["sys.self"]]
cat(sprintf("%s: tested in %.1f s, of which R computed %.1f s\n", engine, took[["elapsed"]], computed))
cat("counted", passed, failed, is_a("skip"), "\n")
