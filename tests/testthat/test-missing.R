# Missing values: as a domain, omitted from the design, as a level.
#
# Reference: package survey on the same rows: all of them with a domain, only the complete ones, or with NA made a level.
# Tolerance: 1e-9, relative; standard errors below 1e-6 of a proportion are rounding noise of 0.

# Answers that are missing for whole PSUs, so that the choices differ; with population sizes.
holes <- function() {
  set.seed(7)
  data <- data.frame(stratum = rep(1:4, each = 60), psu = rep(1:40, each = 6), w = stats::runif(240, 0.5, 3), size = 100)
  data$y <- factor(sample(c("a", "b", "c"), 240, TRUE))
  data$g <- factor(sample(c("x", "y"), 240, TRUE))
  data$y[data$psu %in% c(3, 11, 12, 35) | stats::runif(240) < 0.1] <- NA
  data$g[data$psu == 20 | stats::runif(240) < 0.05] <- NA
  data$w[data$psu == 7] <- 0
  data$inside <- data$psu %% 3 != 0 & stats::runif(240) < 0.8
  data
}

weeg_of <- function(data, clustered, fpc, conventions = "weeg") {
  weeg_design(data, ~w, ~stratum, if (clustered) ~psu, fpc = if (fpc) ~size, conventions = conventions)
}

survey_of <- function(data, clustered, fpc) {
  survey::svydesign(if (clustered) ~psu else ~1, strata = ~stratum, weights = ~w, data = data, fpc = if (fpc) ~size)
}

test_that("omitted rows are as if they were not in the data", {
  skip_if_not_installed("survey", "4.5")
  data <- holes()
  complete <- data[!is.na(data$y) & !is.na(data$g) & data$w > 0, ]
  complete$cell <- interaction(complete$g, complete$y)
  for (case in list(c(TRUE, FALSE), c(TRUE, TRUE), c(FALSE, FALSE), c(FALSE, TRUE))) {
    s <- survey_of(complete, case[1], case[2])
    x <- weeg_of(data, case[1], case[2], "nchs")
    whole <- weeg_proportion(x, ~ y + g, missing = "omit")
    table <- weeg_crosstab(x, y ~ g, percent = "total", missing = "omit")
    m <- survey::svymean(~cell, s)
    at <- match(paste0("cell", table$total$g, ".", table$total$level), names(stats::coef(m)))
    expect_equal(table$total$estimate, unname(stats::coef(m))[at], tolerance = 1e-9)
    expect_equal(table$total$std.error, unname(survey::SE(m))[at], tolerance = 1e-9)
    expect_identical(unique(table$total$df), as.double(survey::degf(s)))
    test <- survey::svychisq(~ g + y, s)
    expect_equal(table$test$statistic, unname(test$statistic), tolerance = 1e-9)
    expect_equal(table$test$p.value, unname(test$p.value), tolerance = 1e-9)
    total <- weeg_total(x, ~g + y, missing = "omit")
    t <- survey::svytotal(~cell, s)
    at <- match(paste0("cell", total$g, ".", total$y), names(stats::coef(t)))
    expect_equal(total$std.error, unname(survey::SE(t))[at], tolerance = 1e-9)
    # each table omits its own missing values
    y_only <- survey_of(data[!is.na(data$y) & data$w > 0, ], case[1], case[2])
    expect_equal(whole$std.error[whole$outcome == "y"], unname(survey::SE(survey::svymean(~y, y_only))), tolerance = 1e-9)
    expect_identical(whole$df[1], as.double(survey::degf(y_only)))
    # the law of few PSUs, too
    x <- weeg_of(data, case[1], case[2])
    without <- weeg_of(complete, case[1], case[2])
    expect_equal(as.data.frame(weeg_proportion(x, y ~ g, missing = "omit")), as.data.frame(weeg_proportion(without, y ~ g)),
                 tolerance = 1e-12, ignore_attr = TRUE)
    expect_equal(weeg_test(x, y ~ g, missing = "omit")$p.value, weeg_test(without, y ~ g)$p.value, tolerance = 1e-12)
  }
})

test_that("a domain stays a domain of what was not omitted", {
  skip_if_not_installed("survey", "4.5")
  data <- holes()
  for (clustered in c(TRUE, FALSE)) {
    s <- survey_of(data[!is.na(data$y) & data$w > 0, ], clustered, FALSE)
    want <- survey::svymean(~y, subset(s, inside))
    x <- subset(weeg_of(data, clustered, FALSE), inside)
    got <- weeg_proportion(x, ~y, missing = "omit")
    expect_equal(got$estimate, unname(stats::coef(want)), tolerance = 1e-9)
    expect_equal(got$std.error, unname(survey::SE(want)), tolerance = 1e-9)
    expect_false(isTRUE(all.equal(got$std.error, weeg_proportion(x, ~y)$std.error, tolerance = 1e-6)))
  }
  tally <- subset(weeg_tally(weeg_of(data, TRUE, FALSE), ~ y + g), g == "x")
  expect_error(weeg_proportion(tally, ~y, missing = "omit"), class = "weeg_error_unsupported")
  expect_identical(nrow(weeg_proportion(tally, ~y, missing = "domain")), 3L)
})

test_that("a level of their own", {
  skip_if_not_installed("survey", "4.5")
  data <- holes()
  both <- data
  for (v in c("y", "g")) {
    both[[v]] <- addNA(both[[v]])
    levels(both[[v]])[is.na(levels(both[[v]]))] <- "(missing)"
  }
  for (clustered in c(TRUE, FALSE)) {
    got <- weeg_of(data, clustered, TRUE)
    want <- weeg_of(both, clustered, TRUE)
    plain <- function(x) as.data.frame(x)
    expect_equal(plain(weeg_proportion(got, y ~ g, missing = "level")), plain(weeg_proportion(want, y ~ g)),
                 tolerance = 1e-13, ignore_attr = TRUE)
    expect_equal(weeg_crosstab(got, y ~ g, missing = "level")$residuals, weeg_crosstab(want, y ~ g)$residuals)
    expect_identical(weeg_crosstab(got, y ~ g, missing = "level")$missing, 0)
    test <- survey::svychisq(~ g + y, subset(survey_of(both, clustered, TRUE), w > 0))
    by_survey <- weeg_test(weeg_design(got, conventions = "survey"), y ~ g, missing = "level")
    expect_equal(by_survey$p.value, unname(test$p.value), tolerance = 1e-9)
    expect_equal(weeg_test(got, y ~ g, missing = "level")$p.value, weeg_test(want, y ~ g)$p.value, tolerance = 1e-12)
    expect_equal(plain(weeg_total(got, y ~ g, missing = "level")), plain(weeg_total(want, y ~ g)), ignore_attr = TRUE)
    expect_equal(plain(weeg_compare(got, y ~ g, missing = "level")), plain(weeg_compare(want, y ~ g)), ignore_attr = TRUE)
  }
  ordered <- data.frame(y = factor(c("a", "b", NA), ordered = TRUE))
  expect_false(is.ordered(weeg_proportion(weeg_design(ordered), ~y, missing = "level")$level))
  expect_true(is.ordered(weeg_proportion(weeg_design(ordered), ~y)$level))
  named <- data.frame(y = c("(missing)", "b", NA))
  expect_error(weeg_proportion(weeg_design(named), ~y, missing = "level"), class = "weeg_error_variable")
  expect_identical(levels(weeg_proportion(weeg_design(data), ~inside, missing = "level")$level), c("FALSE", "TRUE"))
})

test_that("the default is the domain; results say which; other words are refused", {
  x <- weeg_of(holes(), TRUE, FALSE)
  for (verb in list(weeg_proportion, weeg_crosstab, weeg_test, weeg_compare, weeg_total)) {
    expect_identical(verb(x, y ~ g), verb(x, y ~ g, missing = "domain"))
    for (choice in weeg:::missing_choices) {
      said <- attr(verb(x, y ~ g, missing = choice), "conventions")[["missing"]]
      expect_identical(said, weeg:::missing_texts[[choice]])
    }
    expect_error(verb(x, y ~ g, missing = "ignore"), "`missing` must be one of", class = "weeg_error_argument")
  }
})

test_that("missing values are a level in samples of several stages too: as if it was in the data", {
  set.seed(6)
  rows <- data.frame(w = stats::runif(200), stratum = sample(4L, 200L, TRUE), answer = sample(c("x", "y", NA), 200L, TRUE))
  rows$psu <- rows$stratum * 10L + sample(3L, 200L, TRUE)
  rows$house <- rows$psu * 100L + sample(4L, 200L, TRUE)
  rows$said <- factor(rows$answer, c("x", "y", "z"))
  rows$said[is.na(rows$answer)] <- "z"
  levels(rows$said)[3L] <- "(missing)"
  rows[c("psus", "houses")] <- list(100, 8)
  d <- weeg_design(rows, weights = ~w, strata = ~stratum, cluster = ~ psu + house, fpc = ~ psus + houses)
  found <- as.data.frame(weeg_proportion(d, ~answer, missing = "level"))
  figures <- c("estimate", "std.error", "conf.low", "conf.high", "deff", "df")
  expect_identical(found[figures], as.data.frame(weeg_proportion(d, ~said))[figures])
})
