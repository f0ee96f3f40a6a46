# Rscript tools/test-r.R [FILTER]
# Runs tests/testthat against the installed package, a file at a time on every core, and counts expectations. Errors and
# warnings that no test asked for count as failures; every skip is shown with its reason. A snapshot that is new, changed or
# gone fails on every run, until somebody who looked at it does `mv TOPIC.new.md TOPIC.md` in tests/testthat/_snaps.

filter <- commandArgs(TRUE)
folder <- normalizePath("tests/testthat")
files <- list.files(folder, "^test-.*[.]R$")
topic <- function(file) sub("^test-(.*)[.]R$", "\\1", file)
if (length(filter)) files <- files[grepl(filter[1], topic(files))]
if (!length(files)) stop("no file of tests/testthat matches ", filter[1])

# Those that take longest come first, so that no core waits for the last.
slow <- c("plot", "report-release", "stream", "book-protect", "attacker", "differential", "precision", "names",
          "report-municipal", "interrupt", "seen", "report-look", "imputed", "tables", "quantile", "multiple", "database",
          "threads", "replicates", "test", "shrink", "report-sentences", "effective", "report")
files <- files[order(match(topic(files), slow, nomatch = length(slow) + 1))]

# One file's expectations, counted. What its reporter writes is shown when it ends, so that files at work together do not mix.
run_file <- function(file) {
  start <- proc.time()[["elapsed"]]
  lines <- utils::capture.output(
    results <- testthat::test_file(
      file.path(folder, file),
      package = "weeg",
      load_package = "installed",
      reporter = "check",
      stop_on_failure = FALSE
    )
  )
  expectations <- unlist(lapply(results, function(test) test$results), recursive = FALSE)
  is_a <- function(...) sum(vapply(expectations, inherits, logical(1), what = paste0("expectation_", c(...))))
  counted <- c(passed = is_a("success"), failed = is_a("failure", "error", "warning"), skipped = is_a("skip"))
  cat(
    sprintf("%-28s %5d passed %6.1f s\n", file, counted[["passed"]], proc.time()[["elapsed"]] - start),
    paste0(lines, "\n"),
    sep = ""
  )
  counted
}

Sys.setenv(NOT_CRAN = "true") # or snapshots are not looked at
snapshots <- function() {
  paths <- grep("[.]new[.]md$", list.files(file.path(folder, "_snaps"), "[.]md$", full.names = TRUE), value = TRUE, invert = TRUE)
  sapply(paths, readLines, simplify = FALSE)
}
accepted <- snapshots()

# A worker's heap grows by the file, and each full collection walks it: they are fewer where it may grow faster.
Sys.setenv(R_GC_MEM_GROW = "3")
cores <- min(parallel::detectCores(), length(files), na.rm = TRUE)
workers <- parallel::makePSOCKcluster(cores, outfile = "")
parallel::clusterExport(workers, "folder")
if (cores > 1L) invisible(parallel::clusterEvalQ(workers, options(mc.cores = 1L))) # so that helpers do not share out more
counted <- Reduce(`+`, parallel::clusterApplyLB(workers, files, run_file))
parallel::stopCluster(workers)

# testthat writes new ones to the file at once, and takes out those that are gone: both wait beside it instead, as changed ones do
found <- snapshots()
for (path in union(names(accepted), names(found))) {
  if (identical(accepted[[path]], found[[path]])) next
  beside <- sub("[.]md$", ".new.md", path)
  if (file.exists(path) && !file.exists(beside)) file.rename(path, beside)
  unlink(path)
  if (!is.null(accepted[[path]])) writeLines(accepted[[path]], path)
  cat("new snapshots, or some that are gone: compare ", basename(path), " with ", basename(beside), "\n", sep = "")
  counted[["failed"]] <- counted[["failed"]] + 1
}

cat(sprintf("testthat: %d passed, %d failed, %d skipped\n", counted[["passed"]], counted[["failed"]], counted[["skipped"]]))
quit(status = as.integer(counted[["failed"]] > 0))
