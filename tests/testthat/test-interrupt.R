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
    line <- child$read_output_lines(1L)
    if (length(line) > 0L) return(trimws(line))
    if (!child$is_alive()) break
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
