# Published figures of the NHANES example in package survey: high cholesterol (HI_CHOL) by race, NHANES 2009-2010.
#
# Reference: the figures printed in the documentation and output of package survey; tolerance: half a unit of the last
# printed digit. What is not printed anywhere is compared with survey >= 4.5 itself: relative error 1e-9.

nhanes_data <- function() {
  testthat::skip_if_not_installed("survey")
  where <- new.env()
  utils::data("nhanes", package = "survey", envir = where)
  where$nhanes
}

nhanes_design <- function(data) {
  weeg_design(data, weights = ~WTMEC2YR, strata = ~SDMVSTRA, cluster = ~SDMVPSU, nest = TRUE, conventions = "survey")
}

expect_printed <- function(value, printed, digits) {
  expect_lte(abs(value - printed), 0.5000001 * 10^-digits, label = paste(format(value, digits = 12), "as", printed))
}

test_that("the Rao-Scott test of race by high cholesterol is the published one", {
  d <- nhanes_design(nhanes_data())
  # F = 3.1513, ndf = 1.9230, ddf = 30.7676, p-value = .0587
  for (formula in list(HI_CHOL ~ race, race ~ HI_CHOL)) {
    got <- as.data.frame(weeg_test(d, formula))
    expect_printed(got$statistic, 3.1513, 4)
    expect_printed(got$num.df, 1.9230, 4)
    expect_printed(got$den.df, 30.7676, 4)
    expect_printed(got$p.value, 0.0587, 4)
    expect_identical(c(got$n, got$df), c(7846, 16))
  }
  from_tally <- as.data.frame(weeg_test(weeg_tally(d, ~ race + HI_CHOL), HI_CHOL ~ race))
  expect_identical(from_tally, as.data.frame(weeg_test(d, HI_CHOL ~ race)))
})

test_that("the Hispanic share is the published one", {
  data <- nhanes_data()
  got <- as.data.frame(weeg_proportion(nhanes_design(data), ~race))[1, ]
  expect_printed(got$estimate, 0.1505525, 7)
  expect_printed(got$std.error, 0.0298747, 7)
  expect_printed(got$conf.low, 0.097485, 6)
  expect_printed(got$conf.high, 0.225297, 6)
  # 59.950 is against sampling without replacement, from a population of the sum of the weights; weeg's against with
  sampled <- nrow(data) / sum(data$WTMEC2YR)
  expect_printed(got$deff / (1 - sampled), 59.950, 3)
  expect_printed(got$deff, 59.948, 3)
})

test_that("proportions within each race are survey's", {
  needs_survey()
  data <- nhanes_data()
  s <- survey::svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = data)
  d <- nhanes_design(data)
  for (group in 1:4) {
    want <- survey::svyciprop(~HI_CHOL, subset(s, race == group & !is.na(HI_CHOL)), method = "xlogit",
                              df = survey::degf(subset(s, race == group)))
    got <- as.data.frame(weeg_proportion(d, HI_CHOL ~ race))[2L * group, ]
    expect_lt(max(relative_error(c(got$estimate, got$conf.low, got$conf.high),
                                 c(as.numeric(want), as.numeric(stats::confint(want))))), 1e-9)
  }
})

test_that("every test is survey's", {
  needs_survey()
  data <- nhanes_data()
  s <- survey::svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = data)
  d <- nhanes_design(data)
  for (method in c("rao-scott-f", "wald", "adjusted-wald")) {
    name <- c("rao-scott-f" = "F", wald = "Wald", "adjusted-wald" = "adjWald")[[method]]
    want <- survey::svychisq(~ race + HI_CHOL, s, statistic = name)
    got <- as.data.frame(weeg_test(d, HI_CHOL ~ race, method = method))
    expect_lt(max(relative_error(c(got$statistic, got$p.value), c(want$statistic, want$p.value))), 1e-9, label = method)
  }
})

test_that("residuals are those of survey's delta method", {
  needs_survey()
  data <- subset(nhanes_data(), !is.na(HI_CHOL))
  data$cell <- factor(paste0("c", data$race, data$HI_CHOL))
  s <- survey::svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = data)
  m <- survey::svymean(~cell, s)
  names(m) <- sub("cell", "", names(m))
  attr(m, "var") <- structure(attr(m, "var"), dimnames = list(names(m), names(m)))
  want <- survey::svycontrast(m, quote(c31 - (c30 + c31) * (c11 + c21 + c31 + c41)))
  got <- weeg_crosstab(nhanes_design(data), HI_CHOL ~ race)$residuals["3", "1"]
  expect_lt(relative_error(got, as.numeric(stats::coef(want) / survey::SE(want))), 1e-9)
})

test_that("multiplying the weights changes nothing but totals", {
  data <- nhanes_data()
  one <- nhanes_design(data)
  data$WTMEC2YR <- data$WTMEC2YR * 10
  ten <- nhanes_design(data)
  test <- function(d) unlist(as.data.frame(weeg_test(d, HI_CHOL ~ race))[c("statistic", "p.value", "chisq", "n")])
  expect_lt(max(relative_error(test(ten), test(one))), 1e-12)
  expect_lt(max(relative_error(weeg_total(ten, ~race)$estimate, 10 * weeg_total(one, ~race)$estimate)), 1e-12)
})
