# Statistics on random designs, against package survey (mitools for imputations): the tests' own comparisons, on as
# many designs as asked for, in one table. A relative error above 1e-9 is a failure, a quantile that is not equal too. From the
# root:
#   R_LIBS=.deps/weeg-lib:.deps/R Rscript bench/truth.R [DESIGNS [TOPIC...]]
suppressPackageStartupMessages(library(weeg))
arguments <- commandArgs(TRUE)
designs <- if (length(arguments) > 0L) arguments[1L] else "1000"
topics <- if (length(arguments) > 1L) arguments[-1L] else {
  c("mean", "ratio", "mean-weights", "compare-means", "quantile", "functions", "covariance", "imputed", "differential",
    "replicates", "association", "contrasts", "decompose")
}
Sys.setenv(WEEG_DESIGNS = designs, WEEG_IMPUTED = designs, NOT_CRAN = "true")

env <- new.env(parent = asNamespace("weeg"))
invisible(testthat::source_test_helpers("tests/testthat", env))
rows <- list()
# what a comparison shows is kept
env$show_tables <- function(errors, exceptions, count, limit) {
  errors <- errors[c("statistic", "comparisons", "largest")]
  rows[[length(rows) + 1L]] <<- data.frame(topic = topic, designs = count, errors)
}
tested <- list()
for (topic in topics) {
  file <- file.path("tests/testthat", paste0("test-", topic, ".R"))
  results <- as.data.frame(testthat::test_file(file, env = new.env(parent = env), load_helpers = FALSE, reporter = "silent",
                                               stop_on_failure = FALSE))
  tested[[topic]] <- data.frame(topic = topic, checks = sum(results$nb), failed = sum(results$failed) + sum(results$error),
                                seconds = round(sum(results$real)))
}
table <- do.call(rbind, rows)
if (!is.null(table)) {
  table$largest <- formatC(table$largest, digits = 1L, format = "e")
  print(table, row.names = FALSE, right = FALSE)
}
cat("\nAll checks of these topics, those of quantiles and of imputations among them\n")
all <- do.call(rbind, tested)
print(all, row.names = FALSE)
quit(status = any(all$failed > 0))
