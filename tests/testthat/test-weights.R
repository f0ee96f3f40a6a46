# Diagnostics of weights, and trimming.
#
# Reference: sums worked out by hand and in whole numbers; trimWeights() of survey, at least 4.5, for trimming. Tolerance:
# 1e-14 for sums of a few numbers, 1e-12 against survey on random weights.

people <- data.frame(
  sex = rep(c("m", "f"), c(4, 6)), w = c(1, 1, 1, 1, 2, 2, 2, 2, 2, 6), psu = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5)
)
design <- weeg_design(people, weights = ~w, cluster = ~psu)

test_that("the Kish design effect is n sum(w^2) / sum(w)^2", {
  x <- weeg_weights(design) # sum 20, sum of squares 4 + 20 + 36 = 60
  expect_s3_class(x, c("weeg_weights", "weeg_result", "data.frame"), exact = TRUE)
  expect_identical(x$weights, "weights")
  expect_equal(x$deff.kish, 10 * 60 / 400, tolerance = 1e-14)
  expect_equal(x$n.effective, 400 / 60, tolerance = 1e-14)
  expect_equal(x$cv, sqrt(0.5), tolerance = 1e-14)
  expect_equal(x$largest.share, 0.3, tolerance = 1e-14)
  expect_identical(c(x$n, x$sum, x$mean), c(10, 20, 2))
  expect_identical(unlist(x[c("min", "q25", "median", "q75", "max")], use.names = FALSE), c(1, 1, 2, 2, 6))
  expect_identical(glance(x)$n.effective, x$n.effective)
  expect_true(is.na(glance(x)$iterations))
})

test_that("equal weights cost nothing, nor do no weights; rows of zero weight do not count", {
  for (w in list(NULL, ~I(w * 0 + 3))) {
    x <- weeg_weights(weeg_design(people, weights = w))
    expect_identical(c(x$deff.kish, x$n.effective, x$cv, x$largest.share), c(1, 10, 0, 0.1))
  }
  zero <- rbind(people, transform(people, w = 0))
  expect_identical(weeg_weights(weeg_design(zero, weights = ~w))[-1], weeg_weights(design)[-1], ignore_attr = TRUE)
  tiny <- weeg_weights(weeg_design(transform(people, w = w * 2^-600), weights = ~w))
  expect_equal(tiny$deff.kish, 1.5, tolerance = 1e-14)
  none <- weeg_weights(subset(design, psu > 9))
  expect_true(is.na(none$deff.kish) && none$n == 0 && nzchar(none$reason))
})

test_that("a domain has the weights of its rows", {
  x <- weeg_weights(subset(design, sex == "f")) # five times 2 and 6
  expect_equal(x$deff.kish, 6 * (5 * 4 + 36) / 16^2, tolerance = 1e-14)
})

test_that("calibrated designs show weights before and after, and the g-weights", {
  d <- weeg_poststratify(design, ~sex, c(m = 12, f = 8)) # g is 3 for men and 1/2 for women
  x <- weeg_weights(d)
  expect_identical(x$weights, c("before", "after", "ratio"))
  expect_equal(x$sum, c(20, 20, NA))
  expect_equal(c(x$min[3], x$max[3], x$mean[3]), c(0.5, 3, (4 * 3 + 6 * 0.5) / 10), tolerance = 1e-14)
  expect_equal(x$deff.kish, c(1.5, 10 * (4 * 9 + 5 + 9) / 400, NA), tolerance = 1e-14)
  expect_match(x$reason[3], "ratio")
  text <- paste(format(x, width = 100), collapse = "\n")
  expect_match(text, "post-stratified by sex")
  expect_match(text, "sex +before +after +target\nm +4\\.0 +12\\.0 +12\\.0\nf +16\\.0 +8\\.0 +8\\.0")
  expect_lt(glance(x)$deviation, 1e-10)
})

test_that("trimming is that of survey's trimWeights(strict = TRUE)", {
  needs_survey()
  set.seed(20)
  for (i in 1:20) {
    data <- data.frame(w = stats::rexp(200)^2 + 0.01)
    limits <- c(stats::quantile(data$w, 0.1), mean(data$w) * stats::runif(1, 1.2, 5))
    got <- weeg_trim(weeg_design(data, weights = ~w), upper = limits[[2]], lower = limits[[1]])
    want <- survey::trimWeights(survey::svydesign(ids = ~1, weights = ~w, data = data), upper = limits[[2]], lower = limits[[1]],
                                strict = TRUE)
    expect_lt(max(relative_error(got$weights, stats::weights(want))), 1e-12)
    expect_equal(sum(got$weights), sum(data$w), tolerance = 1e-13)
    expect_true(all(got$weights <= limits[[2]] & got$weights >= limits[[1]]))
  }
})

test_that("trimmed designs say so and can be calibrated", {
  d <- weeg_trim(design, upper = 3) # 3 are cut off the last row, a third for each other row
  expect_equal(d$weights, c(people$w[-10] + 1 / 3, 3), tolerance = 1e-14)
  expect_match(paste(format(d, width = 120), collapse = "\n"), "trimmed to at most 3 \\(1 row\\)")
  expect_identical(weeg_weights(d)$weights, c("before", "after", "ratio"))
  both <- weeg_weights(weeg_poststratify(d, ~sex, c(m = 12, f = 8)))
  expect_identical(both$max[1], 6) # before trimming
  expect_match(paste(format(both, width = 120), collapse = "\n"), "trimmed to at most 3.*post-stratified by sex")
})

test_that("awkward limits give the documented answer", {
  cases <- list(
    list(quote(weeg_trim(design)), "argument", "nothing to trim"),
    list(quote(weeg_trim(design, upper = 1.9)), "argument", "mean weight, 2, is not between"),
    list(quote(weeg_trim(design, lower = 2.1)), "argument", "mean weight, 2, is not between"),
    list(quote(weeg_trim(design, upper = -1)), "argument", "`upper` must be one number"),
    list(quote(weeg_trim(design, upper = "3")), "argument", "`upper` must be one number"),
    list(quote(weeg_trim(design, lower = c(1, 2))), "argument", "`lower` must be one number"),
    list(quote(weeg_trim(weeg_poststratify(design, ~sex, c(m = 1, f = 1) / 2), upper = 3)), "unsupported",
         "already is post-stratified.*trim and calibrate after it"),
    list(quote(weeg_trim(subset(design, sex == "f"), upper = 3)), "unsupported", "domain cannot be trimmed"),
    list(quote(weeg_trim(weeg_tally(design, ~sex), upper = 3)), "unsupported", "a tally cannot be trimmed"),
    list(quote(weeg_weights(weeg_tally(design, ~sex))), "unsupported", "give the design")
  )
  for (case in cases) {
    expect_error(eval(case[[1L]]), case[[3L]], class = paste0("weeg_error_", case[[2L]]), label = deparse1(case[[1L]]))
  }
  same <- weeg_trim(design, upper = 100)
  expect_identical(same$weights, people$w)
})

test_that("the plot is a histogram of all rows, before and after", {
  skip_if_not_installed("ggplot2")
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  bars <- function(p) ggplot2::ggplot_build(p)$data[[1L]]
  one <- bars(plot(weeg_weights(d)))
  inside <- function(low, high) sum(openvoorwerk$gewicht > low & openvoorwerk$gewicht <= high)
  expect_equal(sum(one$ymax), nrow(openvoorwerk))
  # bins have their left end, but none of these weights is one
  clear <- !one$xmin %in% openvoorwerk$gewicht & !one$xmax %in% openvoorwerk$gewicht
  expect_gt(sum(clear), 5)
  expect_equal(one$ymax[clear], mapply(inside, one$xmin, one$xmax)[clear])
  two <- bars(plot(weeg_weights(weeg_trim(d, upper = 2))))
  expect_equal(unname(c(tapply(two$ymax, two$PANEL, sum))), rep(nrow(openvoorwerk), 2))
  expect_lt(max(two$xmax[two$PANEL == 2 & two$ymax > 0]), 2.2)
  expect_s3_class(plot(weeg_weights(weeg_design(openvoorwerk))), "ggplot") # all are 1
})
