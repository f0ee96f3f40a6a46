# Rscript tools/test-r.R [FILTER]
# Runs tests/testthat against the installed package and counts expectations. Errors count as failures; every skip is
# shown with its reason.

filter <- commandArgs(TRUE)
results <- testthat::test_dir(
  "tests/testthat",
  filter = if (length(filter)) filter[1],
  package = "weeg",
  load_package = "installed",
  reporter = "check",
  stop_on_failure = FALSE
)

expectations <- unlist(lapply(results, function(test) test$results), recursive = FALSE)
is_a <- function(...) sum(vapply(expectations, inherits, logical(1), what = paste0("expectation_", c(...))))
failed <- is_a("failure", "error")

cat(sprintf("testthat: %d passed, %d failed, %d skipped\n", is_a("success"), failed, is_a("skip")))
quit(status = as.integer(failed > 0))
