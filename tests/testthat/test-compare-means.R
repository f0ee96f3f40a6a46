# Comparisons and tests of means: random designs against package survey, at least 4.5 (relative error below 1e-9); the law of few
# PSUs is in test-effective.R. WEEG_DESIGNS sets the number of random designs (30).

means_of <- function(s, set) {
  rows <- which(set)
  w <- s$data$w[rows]
  mean <- sum(w * s$data$v[rows]) / sum(w)
  list(n = sum(w > 0), mean = mean, u = replace(numeric(nrow(s$data)), rows, (s$data$v[rows] - mean) / sum(w)))
}

# The standard error of what is linear in means: survey's of the total of its influence values, where these add up to more than
# rounding leaves of them.
linear_error <- function(s, u, rows) {
  s$survey$variables$u <- u
  design <- s$survey[which(rows), ]
  as.vector(survey::SE(survey::svytotal(~u, design)))
}

compare_pair <- function(s, what, row, rows, first, second) {
  name <- function(statistic) paste0(what, " ", row$measure, ": ", statistic)
  a <- means_of(s, first)
  b <- means_of(s, second)
  if (a$n == 0L || b$n == 0L) return(s$log$except(name("estimate"), "no rows", is.na(row$estimate) && !is.na(row$reason)))
  ratio <- row$measure == "mean-ratio"
  # of deviations: where one group has nearly all weight, a difference from the total is 1e-7 of the means
  deviation <- function(set) stats::weighted.mean(s$data$v[which(set)] - b$mean, s$data$w[which(set)])
  difference <- deviation(first) - deviation(second)
  if (ratio && !(a$mean > 0 && b$mean > 0)) {
    return(s$log$except(name("estimate"), "not positive", is.na(row$estimate) && weeg_reason_code(row$reason) == "not-positive"))
  }
  size <- max(abs(s$data$v[which(rows)]))
  floor <- 1e-4 * if (ratio) 1 else size
  s$log$same(name("estimate"), row$estimate, if (ratio) a$mean / b$mean else difference, floor = floor)
  if (lies_alone(s, first) || lies_alone(s, second)) {
    return(s$log$except(name("standard error"), "in one PSU", is.na(row$std.error) && !is.na(row$reason)))
  }
  u <- if (ratio) a$u / a$mean - b$u / b$mean else a$u - b$u
  se <- linear_error(s, u, rows)
  if (is.na(se)) return(s$log$except(name("standard error"), "none", is.na(row$std.error)))
  scale <- if (ratio) size / min(a$mean, b$mean) else size
  if (se < 1e-9 * scale) return(s$log$except(name("standard error"), "no sampling variance", row$std.error < 1e-8 * scale))
  # Where one group has nearly all weight digits are lost: in seeds 454, 738 and 848, by arithmetic of 60 digits, 7e-10 of p, 7e-8
  # and 2e-9 by survey's way, 6e-10, 1e-10 and 2e-10 by weeg's.
  condition <- 1 + scale / se
  s$log$same(name("standard error"), row$std.error, se, condition = condition)
  if (row$df < 1) return(s$log$except(name("limits"), "no df", is.na(row$conf.low)))
  value <- if (ratio) log1p(difference / b$mean) else difference
  limits <- value + c(-1, 1) * stats::qt(0.975, row$df) * se
  s$log$same(name("limits"), c(row$conf.low, row$conf.high), if (ratio) exp(limits) else limits, floor = floor,
             condition = 1 + scale / se / 1e3)
  p <- 2 * stats::pt(-abs(value / se), row$df)
  s$log$same(name("p"), row$p.value, p, condition = condition * (1 + abs(value / se)), floor = 1e-30)
}

# Numbers of which the last kind has means of both signs
with_values <- function(s) {
  set.seed(s$x$seed + 11L)
  rows <- nrow(s$data)
  y <- switch(s$x$seed %% 4L + 1L, 5 + stats::rnorm(rows), round(1000 * stats::rexp(rows)), 50 + 10 * stats::rnorm(rows),
              1e6 * stats::rnorm(rows)^3)
  y[stats::runif(rows) < pick(c(0, 0.1, 0.5))] <- NA
  s$x$by_tally <- FALSE
  s$x$data$v <- s$data$v <- y
  s$weeg <- weeg_view(s$x)
  s$survey <- survey_view(s$x)
  s
}

both <- c("mean-difference", "mean-ratio")

test_that("differences and ratios of means, of pairs and against the total and the rest, are those of package survey", {
  needs_survey()
  expect_same_in_designs(count = as.integer(Sys.getenv("WEEG_DESIGNS", "30")), function(s) {
    s <- with_values(s)
    in_table <- s$inside & !is.na(s$data$v) & !is.na(s$data$fg) & s$data$w > 0
    group <- function(level) in_table & s$data$fg %in% level
    counted <- Filter(function(level) any(group(level)), s$groups)
    if (length(counted) < 2L) return(s$log$except("pair mean-difference: estimate", "one group", TRUE))
    for (against in list(NULL, "total", "rest")) {
      what <- if (is.null(against)) "pair" else against
      got <- attempt(s, paste0(what, " mean-difference: estimate"), list(domain_of(s, in_table)), function() {
        weeg_compare(s$weeg, v ~ g, measures = both, adjust = "none", against = against)
      })
      for (k in seq_len(NROW(got))) {
        row <- got[k, ]
        second <- switch(row$group2, total = in_table, rest = in_table & !group(row$group1), group(row$group2))
        compare_pair(s, what, row, in_table, group(row$group1), second)
        if (is.null(against)) {
          s$log$same("pair: df", row$df, domain_of(s, s$data$fg %in% c(row$group1, row$group2))$df)
        }
      }
    }
  })
})

test_that("tests of equal means are those of linear models on the groups", {
  needs_survey()
  expect_same_in_designs(count = as.integer(Sys.getenv("WEEG_DESIGNS", "30")), function(s) {
    s <- with_values(s)
    in_table <- s$inside & !is.na(s$data$v) & !is.na(s$data$fg) & s$data$w > 0
    levels <- Filter(function(level) any(in_table & s$data$fg %in% level), s$groups)
    got <- attempt(s, "test: F", list(domain_of(s, in_table)), function() weeg_test(s$weeg, v ~ g, method = "mean"))
    if (is.null(got)) return(invisible())
    s$log$same("test: n", got$n, sum(in_table))
    if (length(levels) < 2L) return(s$log$except("test: F", "one group", is.na(got$statistic)))
    alone <- vapply(levels, function(level) lies_alone(s, in_table & s$data$fg %in% level), NA)
    if (any(alone)) return(s$log$except("test: F", "in one PSU", is.na(got$statistic) && !is.na(got$reason)))
    domain <- domain_of(s, in_table)
    domain$design$variables$fg <- factor(domain$design$variables$fg, levels)
    k <- length(levels) - 1L
    s$log$same("test: df", got$df, domain$df)
    if (domain$df <= k) return(s$log$except("test: F", "few df", is.na(got$statistic) && !is.na(got$reason)))
    model <- suppressWarnings(survey::svyglm(v ~ fg, domain$design))
    v <- stats::vcov(model)[-1L, -1L, drop = FALSE]
    scaled <- stats::cov2cor(v)
    if (anyNA(scaled) || rcond(scaled) < 1e-9) return(s$log$except("test: F", "singular", TRUE))
    condition <- (1 + max(abs(s$data$v), na.rm = TRUE) / min(sqrt(diag(v))) / 1e3) / rcond(scaled)
    want <- survey::regTermTest(model, ~fg)
    s$log$same("test: F", got$statistic, as.vector(want$Ftest), condition = condition)
    s$log$same("test: den.df", got$den.df, want$ddf)
    s$log$same("test: p", got$p.value, as.vector(want$p), condition = condition * (1 + as.vector(want$Ftest)), floor = 1e-30)
    if (k == 1L) {
      t <- suppressWarnings(survey::svyttest(v ~ fg, domain$design))
      s$log$same("test: t", got$statistic, unname(t$statistic)^2, condition = condition)
      s$log$same("test: p of t", got$p.value, unname(t$p.value[1L]), condition = condition * (1 + got$statistic), floor = 1e-30)
    }
  }, least = 1)
})

# ---- one sample --------------------------------------------------------------------------------------------------------

set.seed(8)
n <- 500
d <- data.frame(g = factor(sample(c("p", "q", "r"), n, TRUE), c("p", "q", "r", "s"), ordered = TRUE), h = sample(2, n, TRUE),
                w = runif(n, 1, 4))
d$psu <- 10 * d$h + sample(8, n, TRUE)
d$v <- 40 + 2 * as.integer(d$g) + rnorm(n, 0, 6) + d$psu / 10
d$u <- d$v^2
design <- weeg_design(d, weights = ~w, strata = ~h, cluster = ~psu, conventions = "survey")
in_survey <- function() survey::svydesign(~psu, strata = ~h, weights = ~w, data = d)
by_group <- function() survey::svyby(~v, ~g, in_survey(), survey::svymean, covmat = TRUE)

test_that("differences, trends and named contrasts are svycontrast()'s of svyby()", {
  needs_survey()
  means <- by_group()
  same <- function(got, coef) {
    want <- survey::svycontrast(means, coef)
    expect_equal(got$estimate, as.vector(stats::coef(want)), tolerance = 1e-12)
    expect_equal(got$std.error, as.vector(survey::SE(want)), tolerance = 1e-10)
    expect_equal(got$p.value, 2 * pt(-abs(got$estimate / got$std.error), got$df), tolerance = 1e-10)
    expect_equal(got$conf.high, got$estimate + qt(0.975, got$df) * got$std.error, tolerance = 1e-12)
  }
  contrast <- function(...) weeg_compare(design, v ~ g, measures = "mean-difference", ...)
  same(contrast(pairs = c("r", "p")), c(-1, 0, 1))
  same(contrast(contrasts = "trend"), c(-0.5, 0, 0.5))
  same(contrast(contrasts = list("p against others" = c(p = 1, q = -0.25, r = -0.75))), c(1, -0.25, -0.75))
  expect_identical(contrast(contrasts = "trend")$measure, "contrast")
  twice <- contrast(contrasts = list(x = c(1, 0, -1, 0), y = c(-2, 0, 2, 0)))
  expect_equal(twice$p.adjusted, rep(contrast(pairs = c("p", "r"))$p.value, 2))
  ratio <- weeg_compare(design, v ~ g, pairs = c("p", "q"), measures = "mean-ratio")
  want <- survey::svycontrast(means, quote(p / q))
  expect_equal(ratio$estimate, as.vector(stats::coef(want)), tolerance = 1e-12)
  expect_equal(ratio$std.error * ratio$estimate, as.vector(survey::SE(want)), tolerance = 1e-10)
})

test_that("columns, order and adjusted p-values are those of comparisons of shares", {
  got <- weeg_compare(design, v + u ~ g, measures = both)
  expect_identical(names(got), setdiff(names(weeg_compare(design, h ~ g)), "level"))
  expect_identical(got$outcome, rep(c("v", "u"), each = 6L))
  expect_identical(got$measure, rep(rep(both, each = 3L), 2L))
  expect_identical(paste(got$group1, got$group2)[1:3], c("p q", "p r", "q r"))
  means <- weeg_mean(design, v ~ g)
  expect_identical(got$estimate1[1:3], means$estimate[c(1, 1, 2)])
  expect_identical(got$estimate2[1:3], means$estimate[c(2, 3, 3)])
  expect_identical(got$n1[1:3], means$n[c(1, 1, 2)])
  p <- split(got, paste(got$outcome, got$measure))
  for (x in p) expect_equal(x$p.adjusted, p.adjust(x$p.value, "holm"))
  # of two groups, each is the other's rest: one hypothesis
  two <- weeg_compare(subset(design, g != "r"), v ~ g, against = "rest", measures = "mean-difference")
  expect_identical(two$p.adjusted, two$p.value)
  expect_identical(two$estimate, -rev(two$estimate))
})

test_that("a figure from elsewhere is known, or has a standard error of its own", {
  means <- weeg_mean(design, v ~ g)[1:3, ]
  known <- weeg_compare(design, v ~ g, against = 45, measures = both)
  expect_equal(known$estimate, c(means$estimate - 45, means$estimate / 45), tolerance = 1e-13)
  expect_equal(known$std.error, c(means$std.error, means$std.error / means$estimate), tolerance = 1e-12)
  expect_identical(known$df[1:3], means$df)
  expect_identical(known$group2, rep("published figure", 6L))
  expect_identical(known$estimate2, rep(45, 6L))
  unsure <- weeg_compare(design, v ~ g, against = list(estimate = 45, std.error = 0.7), measures = both)
  expect_equal(unsure$std.error, c(sqrt(means$std.error^2 + 0.49), sqrt(means$std.error^2 / means$estimate^2 + 0.49 / 45^2)),
               tolerance = 1e-12)
  expect_identical(nrow(weeg_compare(design, ~v, against = 45, measures = "mean-difference")), 1L)
})

test_that("a figure from elsewhere may be as small or as large as numbers are", {
  figures <- function(size) {
    x <- d
    x$v <- round(x$v * 64) / 64 * size
    got <- weeg_compare(weeg_design(x, weights = ~w, strata = ~h, cluster = ~psu, conventions = "survey"), v ~ g, measures = both,
                        against = list(estimate = 45 * size, std.error = 0.75 * size))
    numbers <- as.data.frame(got)[c("estimate", "std.error", "conf.low", "conf.high")]
    numbers[1:3, ] <- numbers[1:3, ] / size
    cbind(numbers, p = got$p.value)
  }
  usual <- figures(1)
  means <- weeg_mean(weeg_design(transform(d, v = round(v * 64) / 64), weights = ~w, strata = ~h, cluster = ~psu), v ~ g)[1:3, ]
  expect_equal(usual$std.error[1:3], sqrt(means$std.error^2 + 0.75^2), tolerance = 1e-12)
  for (size in 2^c(-1000, -540, -500, 500, 540, 1000)) expect_equal(figures(size), usual, tolerance = 1e-12, info = size)
})

test_that("differences keep their digits beside means a million million times as large, and of very small and large numbers", {
  moved <- d
  moved$v <- round(d$v * 64) / 64
  near <- weeg_compare(weeg_design(moved, weights = ~w, strata = ~h, cluster = ~psu), v ~ g, measures = "mean-difference")
  rest <- function(x) {
    weeg_compare(weeg_design(x, weights = ~w, strata = ~h), v ~ g, measures = "mean-difference", against = "rest")
  }
  near_rest <- rest(moved)
  numbers <- c("estimate", "std.error", "conf.low", "conf.high", "p.value")
  moved$v <- moved$v + 2^42
  far <- weeg_compare(weeg_design(moved, weights = ~w, strata = ~h, cluster = ~psu), v ~ g, measures = "mean-difference")
  expect_equal(far[numbers], near[numbers], tolerance = 1e-9, ignore_attr = TRUE)
  expect_equal(rest(moved)[numbers], near_rest[numbers], tolerance = 1e-9, ignore_attr = TRUE)
  for (size in c(2^-900, 2^900)) {
    moved$v <- (round(d$v * 64) / 64) * size
    far <- weeg_compare(weeg_design(moved, weights = ~w, strata = ~h, cluster = ~psu), v ~ g, measures = both)
    expect_equal(far$estimate[1:3] / size, near$estimate, tolerance = 1e-12)
    expect_equal(far$conf.low[1:3] / size, near$conf.low, tolerance = 1e-12)
    expect_equal(far$p.value[1:3], near$p.value, tolerance = 1e-9)
    equal <- weeg_test(weeg_design(moved, weights = ~w, strata = ~h, cluster = ~psu), v ~ g, method = "mean")
    expect_equal(equal$statistic, weeg_test(design, v ~ g, method = "mean")$statistic, tolerance = 1e-3)
  }
})

test_that("tallies, and domains, give what designs give", {
  tally <- weeg_tally(design, v + u ~ g + h)
  expect_equal(weeg_compare(tally, v ~ g, measures = both), weeg_compare(design, v ~ g, measures = both), ignore_attr = TRUE)
  expect_equal(weeg_test(tally, u ~ g, method = "mean"), weeg_test(design, u ~ g, method = "mean"), ignore_attr = TRUE)
  crossed <- weeg_compare(subset(design, h == 1), v ~ g + h, pairs = c("p, 1", "q, 1"), measures = "mean-difference")
  plain <- weeg_compare(subset(design, h == 1), v ~ g, pairs = c("p", "q"), measures = "mean-difference")
  expect_equal(crossed$p.value, plain$p.value, tolerance = 1e-12)
})

test_that("equal values have no variance, and a test of two groups by the law of few PSUs agrees with their difference", {
  same <- weeg_compare(weeg_design(transform(d, v = 7), weights = ~w, cluster = ~psu), v ~ g, measures = both)
  expect_identical(same$estimate, rep(c(0, 1), each = 3L))
  expect_identical(same$std.error, rep(0, 6L))
  expect_identical(unique(same$reason), "the estimated variance is 0")
  few <- subset(weeg_design(design, conventions = "weeg"), g != "r")
  test <- weeg_test(few, v ~ g, method = "mean")
  pair <- weeg_compare(few, v ~ g, measures = "mean-difference")
  expect_identical(test$p.value, pair$p.value)
  expect_equal(test$statistic, pair$statistic^2, tolerance = 1e-14)
  expect_equal(pf(test$statistic, 1, test$den.df, lower.tail = FALSE), test$p.value, tolerance = 1e-9)
  said <- function(x) attr(x, "conventions")[["df"]]
  expect_identical(said(test), said(pair))
  expect_match(said(weeg_test(weeg_design(design, conventions = "weeg"), v ~ g, method = "mean")), "PSUs")
})

test_that("what cannot be compared is refused", {
  refused <- function(..., class = "weeg_error_argument") expect_error(weeg_compare(design, ...), class = class)
  refused(v ~ g, measures = c("mean-difference", "difference"))
  refused(v ~ g, measures = "mean-difference", answers = "1")
  refused(v ~ g, measures = "mean-difference", adjust_for = ~h, class = "weeg_error_unsupported")
  refused(v ~ g, measures = "mean-ratio", contrasts = "trend")
  refused(v ~ g, measures = "mean-difference", against = "others")
  refused(v ~ g, measures = "mean-difference", against = c(1, 2))
  refused(v ~ g, measures = "mean-difference", against = NA_real_)
  refused(v ~ g, measures = "mean-difference", against = list(estimate = 4, n = 12))
  refused(v ~ g, measures = "mean-difference", against = list(estimate = 4, std.error = -1))
  refused(v + u ~ g, measures = "mean-difference", against = 4)
  refused(g ~ h, measures = "mean-difference", class = "weeg_error_variable")
  refused(v ~ v, measures = "mean-difference", class = "weeg_error_formula")
  refused(~v, measures = "mean-difference", class = "weeg_error_formula")
  expect_error(weeg_test(design, ~v, method = "mean"), class = "weeg_error_formula")
  expect_error(weeg_test(design, v ~ g, method = "mean", given = ~h), class = "weeg_error_argument")
  expect_error(weeg_test(design, g ~ h, method = "mean"), class = "weeg_error_variable")
})

test_that("results tidy, have names, and a plot", {
  x <- weeg_compare(design, v ~ g, measures = both)
  expect_true(all(c("adj.p.value", "std.error") %in% names(tidy(x))))
  expect_identical(glance(x)$comparisons, 6L)
  expect_identical(names(coef(x))[1L], "mean-difference:p vs q")
  expect_identical(unname(confint(x)[, 1L]), x$conf.low)
  skip_if_not_installed("ggplot2")
  expect_message(plot <- ggplot2::autoplot(x), "mean-ratio")
  expect_s3_class(plot, "ggplot")
  expect_s3_class(ggplot2::autoplot(x[x$measure == "mean-ratio", ]), "ggplot")
})

test_that("the null distribution of equal means is drawn", {
  skip_if_not_installed("ggplot2")
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  drawn <- ggplot2::autoplot(weeg_test(d, leeftijd ~ provider, method = "mean"))
  expect_match(drawn$labels$alt, "all means were equal")
})
