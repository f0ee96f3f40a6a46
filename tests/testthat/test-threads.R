# The number of threads changes nothing; a forked process uses one.

set.seed(4)
rows <- 600000 # several times what one thread takes at a time
d <- data.frame(
  y = sample(c("yes", "no", NA), rows, TRUE), g = sample(20L, rows, TRUE), w = stats::rexp(rows),
  s = sample(50L, rows, TRUE)
)
d$p <- d$s * 100L + sample(30L, rows, TRUE)
d$id <- sample(200000L, rows, TRUE) # too many PSUs x cells for a dense table

everything <- function(threads) {
  with_threads(threads, {
    clustered <- weeg_design(d, weights = ~w, strata = ~s, cluster = ~p)
    list(
      clustered = weeg_tally(clustered, ~ y + g)$entries,
      element = weeg_tally(weeg_design(d, weights = ~w, strata = ~s), ~ y + g)$entries,
      sparse = weeg_tally(weeg_design(d, weights = ~w, cluster = ~id), ~ y + g)$entries,
      domain = weeg_tally(subset(clustered, g > 10), ~y)$entries,
      counts = weeg_tally(weeg_design(d, strata = ~s), ~ y + g)$entries,
      proportion = as.list(weeg_proportion(clustered, y ~ g)),
      test = as.list(weeg_test(clustered, y ~ g)),
      compare = as.list(weeg_compare(clustered, y ~ g, pairs = c("1", "2")))
    )
  })
}

test_that("results are identical for any number of threads", {
  one <- everything(1)
  for (threads in c(2, 4, 8)) expect_identical(everything(threads), one)
  expect_identical(everything(NULL), one)
})

test_that("a forked process gives the same results, with one thread", {
  skip_on_os("windows")
  one <- everything(4) # the parent has used its threads by now
  collected <- weeg:::in_forks(list(function() list(threads = weeg:::thread_count(), result = everything(4))))[[1L]]
  expect_identical(collected$threads, 1L)
  expect_identical(collected$result, one)
})

# A process of its own forks: its parent has used OpenMP (by data.table) or not, and weeg was used, loaded, or not yet there.
fork_script <- c(
  "step <- commandArgs(TRUE)",
  "use <- function() {",
  "  options(weeg.threads = 4)",
  "  d <- weeg::weeg_design(data.frame(y = rep_len(c('a', 'b', 'b'), 9e5), w = rep_len(c(2, 1), 9e5)), weights = ~w)",
  "  list(weeg:::thread_count(), weeg::weeg_proportion(d, ~y)$estimate)",
  "}",
  "openmp <- function() {",
  "  data.table::setDTthreads(2)",
  "  data.table::setorder(data.table::data.table(x = stats::runif(2e6)), x)",
  "}",
  "for (s in step) switch(s, used = use(), loaded = loadNamespace('weeg'), openmp = openmp())",
  "job <- parallel::mcparallel(use())",
  "found <- parallel::mccollect(job, wait = FALSE, timeout = 60)[[1L]]",
  "if (is.null(found)) tools::pskill(job$pid, tools::SIGKILL)",
  "cat(if (is.null(found)) 'hangs' else format(unlist(found), digits = 6, drop0trailing = TRUE))"
)

run_r <- function(lines, arguments = character(), before = "") {
  script <- tempfile(fileext = ".R")
  on.exit(unlink(script))
  writeLines(c(sprintf(".libPaths(c(%s))", paste(deparse(.libPaths()), collapse = "")), lines), script)
  command <- paste(c(shQuote(file.path(R.home("bin"), "Rscript")), "--vanilla", shQuote(script), arguments), collapse = " ")
  processx::run("sh", c("-c", paste0(before, command)), error_on_status = FALSE, timeout = 120)
}

test_that("a process forked before or after weeg was loaded, by a parent that used threads or not, works with one thread", {
  skip_on_os("windows")
  skip_if_not_installed("processx")
  skip_if_not_installed("data.table")
  orders <- list(character(), "openmp", c("openmp", "loaded"), c("loaded", "openmp"), "used", c("used", "openmp"))
  for (order in orders) {
    found <- run_r(fork_script, order)
    # of 9e5 rows with weights 2, 1, 2, ...: each answer has weights 1 and 2 equally often
    expect_identical(trimws(found$stdout), "1 0.333333 0.666667", info = paste(c(order, found$stderr), collapse = " "))
  }
})

test_that("threads that the system refuses are done without", {
  skip_on_os(c("windows", "mac")) # ulimit -v
  skip_if_not_installed("processx")
  lines <- c(
    "n <- 3e7",
    "d <- data.frame(y = structure(rep_len(1:3, n), levels = c('a', 'b', 'c'), class = 'factor'))",
    "options(weeg.threads = 200)", # 1.6 GB of stacks
    "cat(format(weeg::weeg_tally(weeg::weeg_design(d), ~y)$entries[['n']]))"
  )
  found <- run_r(lines, before = "ulimit -v 1800000; ")
  expect_identical(trimws(found$stdout), "1e+07 1e+07 1e+07", info = found$stderr)
})

test_that("variables of the environment limit the threads", {
  of <- function(...) withr::with_envvar(c(OMP_NUM_THREADS = NA, OMP_THREAD_LIMIT = NA, ...), weeg:::processors())
  expect_gte(of(), 1L)
  expect_identical(of(OMP_NUM_THREADS = "1"), 1L)
  expect_identical(of(OMP_NUM_THREADS = "1,2"), 1L)
  expect_identical(of(OMP_THREAD_LIMIT = " 1 "), 1L)
  for (text in c("", "0", "-1", "all", "1e1", "4,1", "99999999999999")) expect_identical(of(OMP_NUM_THREADS = text), of())
})

test_that("the option is checked", {
  for (threads in list(0, -1, NA, "2", c(1, 2), numeric())) {
    expect_error(with_threads(threads, weeg_tally(d[1:10, ], ~y)), "option `weeg.threads` must be one number",
                 class = "weeg_error_argument")
  }
})

test_that("checks find the first bad row whatever the number of threads", {
  bad <- d$w
  bad[c(123457, 400000, 599999)] <- c(NA, -1, NA)
  for (threads in c(1, 4)) {
    e <- tryCatch(with_threads(threads, weeg_design(transform(d, w = bad), weights = ~w)), error = identity)
    expect_s3_class(e, "weeg_error_weight")
    expect_identical(e$where, 123457)
    expect_match(conditionMessage(e), "row 123457 is missing; 3 rows")
  }
})
