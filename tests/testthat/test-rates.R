# Counts and rates: limits of the logarithm, coefficients of variation, rates per 1000, and the presentation standards of NCHS for
# them, by package survey and the rules as Parker and others (2023) have them.

rates_data <- function(rows = 600) {
  set.seed(3, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  g <- factor(sample(c("a", "b", "c", "d"), rows, TRUE, prob = c(0.6, 0.3, 0.08, 0.02)))
  data.frame(g, y = factor(ifelse(stats::runif(rows) < 0.04, "ill", "well")), visits = stats::rpois(rows, 0.15),
             persons = sample(1:4, rows, TRUE), w = stats::runif(rows, 1, 40), s = rep(1:6, each = rows / 6),
             c = rep(seq_len(rows / 10), each = 10))
}
data <- rates_data()

# Table A of Parker and others (2023): written out anew.
standards <- function(estimate, error, n, df) {
  t <- stats::qt(0.975, df)
  width <- (estimate * exp(t * error / estimate) - estimate * exp(-t * error / estimate)) / estimate
  ifelse(n < 10, "suppress", ifelse(width > 1.6, "suppress", ifelse(df < 8, "review", "show")))
}

test_that("counts have limits of the logarithm, cv and verdicts by the standard errors of package survey", {
  skip_if_not_installed("survey")
  seen <- character()
  for (psus in c(60, 12)) {
    data$c <- rep(seq_len(psus), each = 600 / psus)
    sv <- survey::svydesign(~c, strata = ~s, weights = ~w, data = data)
    d <- as_weeg_design(sv)
    df <- survey::degf(sv)
    got <- weeg_total(d, y ~ g, interval = "log", level = 0.9)
    want <- survey::svyby(~y, ~g, sv, survey::svytotal)
    estimate <- c(t(as.matrix(want[c("yill", "ywell")])))
    error <- c(t(as.matrix(want[c("se.yill", "se.ywell")])))
    expect_equal(got$estimate, estimate, tolerance = 1e-12)
    expect_equal(got$cv, error / estimate, tolerance = 1e-10)
    t <- stats::qt(0.95, df)
    expect_equal(got$conf.low, exp(log(estimate) - t * error / estimate), tolerance = 1e-10)
    expect_equal(got$conf.high, exp(log(estimate) + t * error / estimate), tolerance = 1e-10)
    n <- c(table(data$y, data$g))
    expect_identical(got$n, as.double(n))
    expect_identical(got$reliability, ifelse(n == 0, NA, standards(estimate, error, n, df)))
    # the verdict is that of the 95 % interval of the logarithm, whatever is shown
    expect_identical(weeg_total(d, y ~ g)$reliability, got$reliability)
    expect_equal(weeg_total(d, y ~ g)$conf.low, estimate - stats::qt(0.975, df) * error, tolerance = 1e-10)
    seen <- union(seen, got$reliability)
  }
  expect_true(all(c("show", "review", "suppress") %in% seen))
  expect_match(format(got), "interval 90% t-based (log)", fixed = TRUE, all = FALSE)
  expect_match(format(got), "too imprecise to publish", fixed = TRUE, all = FALSE)
})

test_that("rates are survey's ratios per 1000, with limits of the logarithm", {
  skip_if_not_installed("survey")
  sv <- survey::svydesign(~c, strata = ~s, weights = ~w, data = data)
  d <- as_weeg_design(sv)
  got <- weeg_ratio(d, visits / persons ~ g, per = 1000, interval = "log")
  want <- survey::svyby(~visits, ~g, sv, survey::svyratio, denominator = ~persons)
  estimate <- unname(stats::coef(want))
  error <- unname(survey::SE(want))
  df <- vapply(levels(data$g), function(one) as.double(survey::degf(subset(sv, g == one))), 0)
  t <- stats::qt(0.975, df)
  expect_equal(got$estimate, 1000 * estimate, tolerance = 1e-12)
  expect_equal(got$std.error, 1000 * error, tolerance = 1e-10)
  expect_equal(got$cv, error / estimate, tolerance = 1e-10)
  expect_equal(got$conf.low, unname(1000 * estimate * exp(-t * error / estimate)), tolerance = 1e-10)
  expect_equal(got$conf.high, unname(1000 * estimate * exp(t * error / estimate)), tolerance = 1e-10)
  # as ever with the t of the other interval
  few <- weeg_design(data, weights = ~w, strata = ~s, cluster = ~c)
  own <- weeg_ratio(few, visits / persons ~ g, per = 1000, interval = "log")
  wald <- weeg_ratio(few, visits / persons ~ g)
  half <- (wald$conf.high - wald$conf.low) / 2
  expect_equal(own$conf.low, 1000 * wald$estimate * exp(-half / wald$estimate), tolerance = 1e-12)
  expect_match(format(got), "Rate per 1000: visits / persons", fixed = TRUE, all = FALSE)
  tally <- weeg_tally(d, visits + persons ~ g)
  expect_identical(data.frame(weeg_ratio(tally, visits / persons ~ g, per = 1000, interval = "log")), data.frame(got))
})

test_that("ratios that are not above 0 have no limits of the logarithm, and say so", {
  x <- data.frame(a = c(-3, 1, -2, -4), b = 1:4)
  got <- weeg_ratio(weeg_design(x), a / b ~ 1, interval = "log")
  expect_true(is.na(got$conf.low) && is.na(got$conf.high))
  expect_identical(weeg_reason_code(got), "no-logarithm")
  d <- weeg_design(x)
  for (per in list(0, -1, NA, "a", c(1, 2), Inf, NULL)) {
    expect_error(weeg_ratio(d, a / b ~ 1, per = per), "`per` must be one number above 0", class = "weeg_error_argument")
  }
  expect_error(weeg_ratio(d, a / b ~ 1, per = 1000, covariance = TRUE), class = "weeg_error")
  expect_error(weeg_total(d, ~b, interval = "wilson"), "`interval`", class = "weeg_error_argument")
})

test_that("several completed data sets are pooled before the logarithm is taken", {
  sets <- lapply(1:3, function(k) transform(data, y = replace(y, 1:5 + 20 * k, "ill"), visits = replace(visits, 1:9, k)))
  d <- weeg_design(sets, weights = ~w, strata = ~s, cluster = ~c)
  made <- list(list(weeg_total(d, y ~ g), weeg_total(d, y ~ g, interval = "log")),
               list(weeg_ratio(d, visits / persons ~ g), weeg_ratio(d, visits / persons ~ g, interval = "log")))
  for (both in made) {
    half <- (both[[1]]$conf.high - both[[1]]$conf.low) / 2
    known <- !is.na(half) & half > 0
    expect_equal(both[[2]]$conf.high[known], (both[[1]]$estimate * exp(half / both[[1]]$estimate))[known], tolerance = 1e-12)
    expect_identical(both[[1]]$estimate, both[[2]]$estimate)
    expect_equal(both[[1]]$cv, ifelse(both[[1]]$estimate == 0, NA, both[[1]]$std.error / both[[1]]$estimate), tolerance = 1e-14)
  }
})

test_that("a release has no coefficient of variation and no verdict of what it does not show", {
  skip_if_not_installed("lpSolve")
  d <- weeg_design(data, weights = ~w, strata = ~s, cluster = ~c)
  for (interval in c("wald", "log")) {
    shown <- weeg_protect(d, weeg_total(d, y ~ g, interval = interval), threshold = 10)
    hidden <- is.na(shown$estimate)
    expect_true(any(hidden) && !all(hidden))
    columns <- c("std.error", "conf.low", "conf.high", "n", "cv", "reliability", "reliability.reason")
    expect_true(all(is.na(shown[hidden, columns])))
    told <- !hidden & !is.na(shown$std.error)
    # from the figures that are shown, and nothing else
    expect_equal(shown$cv[told], shown$std.error[told] / shown$estimate[told], tolerance = 1e-12)
    expect_true(all(is.na(shown$cv[is.na(shown$std.error)])))
  }
})
