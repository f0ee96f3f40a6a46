# Calibrated designs with replicate weights, against package survey: calibrate(), rake() and postStratify() of svrepdesign().
#
# Tolerance: 1e-8. Both iterate until margins are met to 1e-10 or better in each replicate; rake() stops at 1e-9 of the sum of
# weights, so that its standard errors are within 1e-6.

sample_rows <- function() {
  set.seed(31)
  n <- 240
  x <- data.frame(stratum = rep(1:6, each = 40), psu = rep(1:24, each = 10), w = runif(n, 1, 4))
  x$a <- factor(sample(c("p", "q", "r"), n, TRUE))
  x$b <- factor(sample(c("m", "f"), n, TRUE))
  x$y <- factor(ifelse(runif(n) < 0.3 + 0.2 * (x$a == "q"), "yes", "no"))
  x$z <- round(rnorm(n, 20, 5) + 3 * (x$b == "f"), 1)
  x
}

margins <- list(a = c(p = 200, q = 250, r = 150), b = c(f = 330, m = 270))

compare <- function(ours, theirs, tolerance = 1e-8) {
  expect_equal(weights(ours), as.vector(stats::weights(theirs, "sampling")), tolerance = tolerance)
  shares <- survey::svyby(~y, ~a, theirs, survey::svymean)
  got <- weeg_proportion(ours, y ~ a)
  at <- paste0("y", got$level)
  row <- match(got$a, shares$a)
  expect_equal(got$estimate, as.matrix(shares[, c("yno", "yyes")])[cbind(row, match(at, c("yno", "yyes")))],
               tolerance = tolerance)
  expect_equal(got$std.error, unname(as.matrix(survey::SE(shares)))[cbind(row, match(at, c("yno", "yyes")))],
               tolerance = tolerance)
  mean <- survey::svymean(~z, theirs)
  expect_equal(weeg_mean(ours, ~z)$std.error, as.vector(survey::SE(mean)), tolerance = tolerance)
  total <- survey::svytotal(~y, theirs)
  expect_equal(weeg_total(ours, ~y)$std.error, as.vector(survey::SE(total)), tolerance = tolerance)
}

test_that("replicates are calibrated as survey calibrates them, made or given, by every distance", {
  skip_if_not_installed("survey")
  x <- sample_rows()
  made <- weeg_replicates(weeg_design(x, weights = ~w, strata = ~stratum, cluster = ~psu), "jkn")
  s <- survey::svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = x, nest = TRUE)
  theirs <- survey::as.svrepdesign(s, type = "JKn")
  population <- c("(Intercept)" = 600, aq = 250, ar = 150, bm = 270)
  calibrated <- function(fun, ...) survey::calibrate(theirs, ~ a + b, population, calfun = fun, epsilon = 1e-11, maxit = 200, ...)
  compare(weeg_rake(made, margins), calibrated("raking"))
  compare(weeg_calibrate(made, margins), calibrated("linear"))
  compare(weeg_calibrate(made, margins, method = "logit", bounds = c(0.2, 4)), calibrated("logit", bounds = c(0.2, 4)))
  counts <- data.frame(a = c("p", "q", "r"), Freq = c(200, 250, 150))
  compare(weeg_poststratify(made, ~a, counts), survey::postStratify(theirs, ~a, counts))
  raked <- survey::rake(theirs, list(~a, ~b), list(counts, data.frame(b = c("f", "m"), Freq = c(330, 270))),
                        control = list(maxit = 100, epsilon = 1e-9))
  compare(weeg_rake(made, margins), raked, tolerance = 1e-6)
  # columns of weights, and multipliers of them
  w <- as.matrix(stats::weights(theirs, "analysis"))
  given <- weeg_replicate_design(x, weights = ~w, repweights = w, type = "jkn", rscales = theirs$rscales)
  compare(weeg_rake(given, margins), calibrated("raking"))
  ratios <- weeg_replicate_design(x, weights = ~w, repweights = w / x$w, type = "jkn", rscales = theirs$rscales, combined = FALSE)
  expect_equal(weeg_mean(weeg_rake(ratios, margins), z ~ b)$std.error, weeg_mean(weeg_rake(given, margins), z ~ b)$std.error)
})

test_that("totals that replicates are calibrated to have a standard error of 0, as in package survey", {
  skip_if_not_installed("survey")
  x <- sample_rows()
  made <- weeg_replicates(weeg_design(x, weights = ~w, strata = ~stratum, cluster = ~psu), "jkn")
  s <- survey::as.svrepdesign(survey::svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = x, nest = TRUE), type = "JKn")
  theirs <- survey::calibrate(s, ~ a + b, c("(Intercept)" = 600, aq = 250, ar = 150, bm = 270), epsilon = 1e-11)
  ours <- weeg_calibrate(made, margins)
  for (margin in list(~a, ~b)) {
    got <- weeg_total(ours, margin)
    expect_lt(max(survey::SE(survey::svytotal(margin, theirs))), 1e-9 * 600)
    expect_lt(max(got$std.error), 1e-9 * 600)
    expect_no_match(got$reason, "PSU")
  }
  # as the shares of the levels
  expect_lt(max(weeg_proportion(ours, ~a)$std.error), 1e-9)
  # a group in one PSU still has no standard error: its rows, and not their total alone, have one multiplier
  x$g <- ifelse(x$psu == 3, "alone", "other")
  given <- weeg_replicate_design(x, weights = ~w, repweights = as.matrix(stats::weights(s, "analysis")), type = "jkn",
                                 rscales = s$rscales)
  expect_identical(is.na(weeg_mean(given, z ~ g)$std.error), c(TRUE, FALSE))
  expect_identical(is.na(weeg_proportion(given, y ~ g)$std.error), c(TRUE, TRUE, FALSE, FALSE))
})

test_that("calibrated replicates are shown, are calibrated once, and say which replicate cannot be", {
  x <- sample_rows()
  made <- weeg_replicates(weeg_design(x, weights = ~w, strata = ~stratum, cluster = ~psu), "jkn")
  raked <- weeg_rake(made, margins)
  expect_match(paste(format(raked), collapse = " "), "raked to a, b")
  expect_equal(sum(weeg_weights(raked)$weights == "ratio"), 1L)
  expect_match(paste(format(weeg_weights(raked)), collapse = "\n"), "target")
  expect_equal(nrow(as.data.frame(weeg_proportion(subset(raked, b == "f"), ~y))), 2L)
  expect_error(weeg_rake(raked, margins), "already is raked to a, b", class = "weeg_error_unsupported")
  expect_error(weeg_trim(made, upper = 3), "replicate weights cannot be trimmed", class = "weeg_error_unsupported")
  x$a <- factor(ifelse(x$psu == 3, "p", ifelse(x$b == "f", "q", "r"))) # the third replicate has no p
  alone <- weeg_replicates(weeg_design(x, weights = ~w, strata = ~stratum, cluster = ~psu), "jkn")
  expect_error(weeg_rake(alone, margins["a"]), "replicate 3, in which a level has no weight",
               class = "weeg_error_calibration")
})

test_that("trimming and raking in rounds is a loop of survey's trimWeights() and raking, until both hold", {
  skip_if_not_installed("survey")
  x <- sample_rows()
  d <- weeg_design(x, weights = ~w, strata = ~stratum, cluster = ~psu)
  ours <- weeg_rake(d, margins, upper = 3.6, lower = 1.2)
  s <- survey::svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = x, nest = TRUE)
  population <- c("(Intercept)" = 600, aq = 250, ar = 150, bm = 270)
  rounds <- 0
  repeat {
    rounds <- rounds + 1
    raked <- survey::calibrate(s, ~ a + b, population, calfun = "raking", epsilon = 1e-11, maxit = 200)
    w <- as.vector(stats::weights(raked))
    if (max(w) <= 3.6 * (1 + 1e-8) && min(w) >= 1.2 * (1 - 1e-8)) break
    x$trimmed <- stats::weights(survey::trimWeights(raked, upper = 3.6, lower = 1.2, strict = TRUE))
    s <- survey::svydesign(ids = ~psu, strata = ~stratum, weights = ~trimmed, data = x, nest = TRUE)
  }
  expect_gt(rounds, 2)
  expect_equal(weights(ours), as.vector(w), tolerance = 1e-9)
  expect_equal(weeg_mean(ours, ~z)$std.error, as.vector(survey::SE(survey::svymean(~z, raked))), tolerance = 1e-8)
  expect_equal(c(tapply(weights(ours), x$a, sum)), margins$a, tolerance = 1e-9)
  expect_match(paste(format(ours), collapse = " "), paste("trimmed to at most 3.6 and at least 1.2, in", rounds, "rounds"))
  # limits that hold already change nothing
  expect_equal(weights(weeg_rake(d, margins, upper = 100)), weights(weeg_rake(d, margins)), tolerance = 1e-15)
  expect_null(weeg_rake(d, margins, upper = 100)$changed$text)
  expect_error(weeg_rake(d, margins, upper = 2), "mean weight, 2.5, is not between", class = "weeg_error_argument")
  expect_error(weeg_rake(d, margins, upper = 2.51), "after 200 rounds|no weights are left")
})
