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
  forked <- parallel::mcparallel(list(threads = weeg:::thread_count(), result = everything(4)))
  collected <- parallel::mccollect(forked, timeout = 120)[[1L]]
  if (is.null(collected)) {
    tools::pskill(forked$pid, tools::SIGKILL)
    fail("the forked process hangs")
  }
  expect_identical(collected$threads, 1L)
  expect_identical(collected$result, one)
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
