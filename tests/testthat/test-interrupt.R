# Ctrl-C during a long pass: R's interrupt condition within a second, and a process that goes on and holds no more memory.

child_script <- c(
  "library(weeg)",
  "rows <- 4e6",
  # factors need no coding, so that nearly all the time is the core's
  "code <- function(levels) structure(rep_len(seq_along(levels), rows), levels = levels, class = 'factor')",
  "d <- weeg_design(data.frame(y = code(letters[1:3]), g = code(letters[1:7]), w = rep_len(c(1, 2.5, 3), rows)),",
  "                 weights = ~w)",
  "expected <- weeg_tally(d, ~ y + g)$entries",
  "memory <- function() {",
  "  status <- tryCatch(readLines('/proc/self/status'), error = function(e) character(), warning = function(w) character())",
  "  line <- grep('^VmRSS', status, value = TRUE)",
  "  if (length(line) == 1L) as.numeric(gsub('[^0-9]', '', line)) else NA",
  "}",
  "pass <- function() repeat weeg_tally(d, ~ y + g)",
  "for (i in seq_len(as.integer(commandArgs(TRUE)[1L]))) {",
  "  cat('ready', memory(), '\\n')",
  "  outcome <- tryCatch(pass(), interrupt = function(c) 'interrupt', error = function(e) paste('error', conditionMessage(e)))",
  "  cat(outcome, '\\n')",
  "}",
  "gc()",
  "cat('same', identical(weeg_tally(d, ~ y + g)$entries, expected), '\\n')"
)

next_line <- function(child, seconds) {
  until <- Sys.time() + seconds
  while (Sys.time() < until) {
    alive <- child$is_alive() # before it is read: what it said last is there when it has ended
    line <- child$read_output_lines(1L)
    if (length(line) > 0L) return(trimws(line))
    if (!alive) break
    child$poll_io(20L)
  }
  paste("nothing in", seconds, "s:", paste(child$read_error_lines(), collapse = "\n"))
}

test_that("Ctrl-C stops a pass within a second, as an interrupt, and leaks nothing", {
  skip_on_os("windows") # no SIGINT to another process
  skip_if_not_installed("processx")
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")), child_script), script)
  times <- 12L
  child <- processx::process$new(file.path(R.home("bin"), "Rscript"), c("--vanilla", script, times), stdout = "|",
                                 stderr = "|")
  on.exit(child$kill(), add = TRUE)
  memory <- waits <- numeric()
  for (i in seq_len(times)) {
    line <- next_line(child, 60)
    expect_match(line, "^ready")
    memory[i] <- suppressWarnings(as.numeric(sub("ready ", "", line)))
    Sys.sleep(0.1 + 0.03 * i)
    sent <- Sys.time()
    child$interrupt()
    expect_identical(next_line(child, 10), "interrupt")
    waits[i] <- as.numeric(Sys.time() - sent, units = "secs")
  }
  expect_lt(max(waits), 1)
  lines <- character()
  while (!any(startsWith(lines, "same")) && length(lines) < 50L) {
    line <- next_line(child, 30)
    lines <- c(lines, line)
    if (startsWith(line, "nothing")) break
  }
  expect_identical(lines[length(lines)], "same TRUE")
  child$wait(10000)
  expect_identical(child$get_exit_status(), 0L)
  # a leaked column or tally would show: 4e6 rows take 4 to 32 MB each time
  if (!anyNA(memory)) expect_lt(memory[times] - memory[3L], 64 * 1024)
})

# What takes long with a tally, by verb; each is begun, stopped while it runs, and the process goes on.
long_script <- c(
  "library(weeg)",
  "set.seed(1)",
  "code <- function(rows, levels) {",
  "  structure(sample.int(levels, rows, TRUE), levels = as.character(seq_len(levels)), class = 'factor')",
  "}",
  "rows <- 2e5",
  "data <- data.frame(y = code(rows, 25), g = code(rows, 80), h = code(rows, 40), k = code(rows, 300), p = code(rows, 4000),",
  "                   a = code(rows, 900), b = code(rows, 900), w = runif(rows))",
  "data$yes <- structure(code(rows, 5), class = c('ordered', 'factor'))",
  "d <- weeg_design(data, weights = ~w, cluster = ~p)",
  "t <- weeg_tally(d, ~ y + g + yes)",
  "u <- weeg_tally(d, ~ yes + h + g)",
  "v <- weeg_tally(d, ~ yes + k)",
  "r <- weeg_replicates(weeg_tally(d, ~ y + g), 'rao-wu', replicates = 1000)",
  "areas <- weeg_design(data.frame(y = code(4e4, 6), g = code(4e4, 2500)))",
  "shares <- weeg_proportion(areas, y ~ g)",
  "half <- function(x) { n <- as.data.frame(table(data[x])); n }",
  "verbs <- list(",
  "  test = function() weeg_test(t, y ~ g),",
  "  wald = function() weeg_test(t, y ~ g, method = 'wald'),",
  "  given = function() weeg_test(t, y ~ g, given = ~yes),",
  "  replicates = function() weeg_test(r, y ~ g),",
  "  association = function() weeg_association(t, y ~ g),",
  "  logistic = function() repeat weeg_logistic(u, yes ~ h + g),",
  "  letters = function() weeg_letters(weeg_compare(v, yes ~ k)),",
  "  decompose = function() repeat weeg_decompose(u, yes ~ h, by = ~g),",
  "  threshold = function() repeat weeg_protect(areas, shares),",
  "  calibrate = function() repeat weeg_rake(d, list(~a, ~b), list(half('a'), half('b')))",
  ")",
  "memory <- function() {",
  "  status <- tryCatch(readLines('/proc/self/status'), error = function(e) character(), warning = function(w) character())",
  "  line <- grep('^VmRSS', status, value = TRUE)",
  "  if (length(line) == 1L) as.numeric(gsub('[^0-9]', '', line)) else NA",
  "}",
  "for (i in 1:2) for (verb in names(verbs)) {",
  "  invisible(gc())",
  "  cat('ready', verb, memory(), '\\n')",
  "  found <- tryCatch({ verbs[[verb]](); 'done' }, interrupt = function(c) 'interrupt',",
  "                    error = function(e) paste('error', conditionMessage(e)))",
  "  cat(found, '\\n')",
  "}",
  "invisible(gc())",
  "cat('ready end', memory(), '\\n')"
)

test_that("Ctrl-C stops tests, models, comparisons, replicates and calibrations within a second, and nothing leaks", {
  skip_on_os("windows")
  skip_if_not_installed("processx")
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")), long_script), script)
  child <- processx::process$new(file.path(R.home("bin"), "Rscript"), c("--vanilla", script), stdout = "|", stderr = "|")
  on.exit(child$kill(), add = TRUE)
  memory <- waits <- numeric()
  repeat {
    line <- strsplit(next_line(child, 120), " ")[[1L]]
    expect_identical(line[1L], "ready")
    if (line[1L] != "ready") break
    memory <- c(memory, suppressWarnings(as.numeric(line[3L])))
    if (line[2L] == "end") break
    Sys.sleep(0.4)
    sent <- Sys.time()
    child$interrupt()
    expect_identical(next_line(child, 30), "interrupt", info = line[2L])
    waits[paste(line[2L], length(waits))] <- as.numeric(Sys.time() - sent, units = "secs")
  }
  expect_length(waits, 20L)
  # within a second of a processor's time: tests share them
  expect_lt(stats::median(waits), 1)
  expect_lt(max(waits), 3, label = paste(names(waits), round(waits, 2), collapse = ", "))
  # the second time round nothing more is held: a leaked covariance matrix would be of 29 MB
  if (!anyNA(memory)) expect_lt(memory[length(memory)] - memory[11L], 64 * 1024)
})

test_that("a time limit ends a long pass as an error that can be caught, and the process goes on", {
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")),
               "library(weeg)",
               "code <- function(levels, by) {",
               "  code <- rep_len(rep(seq_len(levels), each = by), 2e5)",
               "  structure(code, levels = as.character(seq_len(levels)), class = 'factor')",
               "}",
               "d <- weeg_design(data.frame(y = code(40, 1), g = code(90, 7), p = code(4000, 3)), cluster = ~p)",
               "t <- weeg_tally(d, ~ y + g)",
               "for (i in 1:2) {",
               "  found <- tryCatch({",
               "    setTimeLimit(elapsed = 0.2, transient = TRUE)",
               "    weeg_test(t, y ~ g)",
               "    'done'",
               "  }, error = conditionMessage)",
               "  setTimeLimit()",
               "  cat(found, '\\n')",
               "}",
               "cat(nrow(weeg_proportion(t, y ~ 1)), '\\n')"), script)
  said <- system2(file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(script)), stdout = TRUE, stderr = TRUE)
  expect_identical(trimws(said), c("reached elapsed time limit", "reached elapsed time limit", "40"))
})
