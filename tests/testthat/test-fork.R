# Work in forked processes: what they give, how they end, and that nothing is left of them.

skip_on_os("windows")

gone <- function(pid) !tools::pskill(pid, 0L)

test_that("works give their values, side by side", {
  works <- list(function() 1:3, function() NULL, function() stop("no"), function() Sys.getpid(),
                function() tools::pskill(Sys.getpid(), tools::SIGKILL), function() c(a = "\u00e9"))
  found <- weeg:::in_forks(works)
  expect_identical(found[-4L], list(1:3, NULL, NULL, NULL, c(a = "\u00e9")))
  expect_false(found[[4L]] == Sys.getpid())
  expect_true(gone(found[[4L]]))
  nap <- function() {
    begun <- as.numeric(Sys.time())
    Sys.sleep(2)
    c(begun, as.numeric(Sys.time()))
  }
  naps <- weeg:::in_forks(list(nap, nap, nap))
  expect_lt(max(vapply(naps, `[`, 0, 1L)), min(vapply(naps, `[`, 0, 2L))) # the last begins before the first ends
  expect_identical(weeg:::in_forks(list()), list())
  expect_length(list.files(tempdir(), "^forks"), 0L)
})

test_that("a report of which the process was ended has failed", {
  found <- weeg:::on_cores(11:15, function(i) {
    if (i == 13L) tools::pskill(Sys.getpid(), tools::SIGKILL)
    if (i == 14L) list(i = i, error = "no") else NULL
  }, 2L)
  expect_identical(found[c(2L, 4L)], list(NULL, list(i = 14L, error = "no")))
  expect_identical(vapply(found[c(1L, 3L, 5L)], `[[`, 0L, "i"), c(11L, 13L, 15L)) # one process had these
  expect_match(found[[1L]]$error, "was ended; try cores = 1")
})

# In a process of its own: package parallel, whose handler of signals processx replaces, finds nothing to wait for when R quits.
ending <- c(
  "invisible(parallel::mccollect(parallel::mcparallel(1)))",
  "invisible(processx::run('true'))",
  "print(unlist(weeg:::in_forks(list(function() 1, function() { Sys.sleep(0.3); 2 }))))",
  "print(weeg:::stoppable(1e6, function() list(status = 3))$status)",
  "limited <- function() {",
  "  setTimeLimit(elapsed = 0.5, transient = TRUE)",
  "  weeg:::in_forks(rep(list(function() Sys.sleep(60)), 2L))",
  "}",
  "print(inherits(try(limited(), silent = TRUE), 'try-error'))"
)

test_that("R quits at once, and says nothing, after forks beside processes of processx", {
  skip_if_not_installed("processx")
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")), ending), script)
  found <- processx::run(file.path(R.home("bin"), "Rscript"), c("--vanilla", script), timeout = 60, error_on_status = FALSE)
  expect_identical(strsplit(found$stdout, "\n")[[1L]], c("[1] 1 2", "[1] 3", "[1] TRUE"))
  expect_identical(found$stderr, "")
})

test_that("Ctrl-C ends what is in forks at once", {
  skip_if_not_installed("processx")
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(
    sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")),
    "deaf <- function() { cat(Sys.getpid(), '\\n', file = stderr()); Sys.sleep(60) }",
    "cat('ready\\n')",
    "cat(tryCatch({ weeg:::in_forks(list(deaf, deaf)); 'done' }, interrupt = function(i) 'interrupt'), '\\n')"
  ), script)
  child <- processx::process$new(file.path(R.home("bin"), "Rscript"), c("--vanilla", script), stdout = "|", stderr = "|")
  on.exit(child$kill(), add = TRUE)
  pids <- integer()
  until <- Sys.time() + 30
  while (length(pids) < 2L && Sys.time() < until) {
    child$poll_io(100L)
    pids <- c(pids, as.integer(child$read_error_lines()))
  }
  expect_length(pids, 2L)
  sent <- Sys.time()
  child$interrupt()
  child$wait(10000)
  expect_lt(as.numeric(Sys.time() - sent, units = "secs"), 5) # on a busy machine
  expect_match(child$read_all_output(), "interrupt")
  expect_true(all(vapply(pids, gone, NA)))
})
