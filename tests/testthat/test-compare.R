# Comparisons: pairs, answers, measures, adjusted p-values, the delta method.

set.seed(3)
d <- data.frame(
  y = factor(sample(c("no", "yes", "maybe", NA), 600, TRUE), levels = c("no", "yes", "maybe")),
  g = factor(sample(c("a", "b", "c"), 600, TRUE)), h = sample(c("u", "v"), 600, TRUE), w = stats::runif(600, 1, 3),
  p = sample(40, 600, TRUE)
)
design <- weeg_design(d, weights = ~w, cluster = ~p)

test_that("all pairs of groups with data, all answers, all measures", {
  c <- weeg_compare(design, y ~ g)
  expect_identical(nrow(c), 27L)
  expect_identical(names(c), c("outcome", "level", "measure", "group1", "group2", "estimate", "std.error", "conf.low",
                               "conf.high", "statistic", "df", "p.value", "p.adjusted", "estimate1", "estimate2", "n1",
                               "n2", "reason"))
  expect_identical(unique(paste(c$group1, c$group2)), c("a b", "a c", "b c"))
  expect_identical(unique(c$measure), c("difference", "risk-ratio", "odds-ratio"))
  expect_identical(as.character(unique(c$level)), c("no", "yes", "maybe"))
  p <- weeg_proportion(design, y ~ g)
  at <- function(group) p$estimate[match(paste(group, c$level), paste(p$g, p$level))]
  expect_identical(c$estimate1, at(c$group1))
  expect_identical(c$estimate2, at(c$group2))
  odds <- function(p) p / (1 - p)
  expect_equal(c$estimate, ifelse(c$measure == "difference", c$estimate1 - c$estimate2, ifelse(
    c$measure == "risk-ratio", c$estimate1 / c$estimate2, odds(c$estimate1) / odds(c$estimate2)
  )), tolerance = 1e-13)
})

test_that("standard errors are those of the delta method, with the covariance of shared PSUs", {
  c <- weeg_compare(design, y ~ g, pairs = c("b", "a"), answers = "yes")
  score <- function(group) {
    base <- d$g == group & !is.na(d$y)
    share <- sum(d$w[base & d$y %in% "yes"]) / sum(d$w[base])
    list(share = share, z = tapply(ifelse(base, d$w * ((d$y %in% "yes") - share) / sum(d$w[base]), 0), d$p, sum))
  }
  b <- score("b")
  a <- score("a")
  v <- stats::cov(cbind(b$z, a$z)) * 40
  contrast <- list(c(1, -1), c(1 / b$share, -1 / a$share), c(1 / (b$share * (1 - b$share)), -1 / (a$share * (1 - a$share))))
  for (m in 1:3) expect_equal(c$std.error[m]^2, drop(contrast[[m]] %*% v %*% contrast[[m]]), tolerance = 1e-12)
  by_psus <- weeg_compare(weeg_design(design, conventions = "nchs"), y ~ g, pairs = c("b", "a"), answers = "yes")
  expect_identical(by_psus$std.error, c$std.error)
  expect_identical(by_psus$df, rep(39, 3))
  value <- c(c$estimate[1L], log(c$estimate[2:3]))
  expect_equal(by_psus$statistic, value / c$std.error, tolerance = 1e-13)
  expect_equal(by_psus$p.value, 2 * stats::pt(-abs(by_psus$statistic), 39), tolerance = 1e-12)
  low <- value - stats::qt(0.975, 39) * c$std.error
  expect_equal(by_psus$conf.low, c(low[1L], exp(low[2:3])), tolerance = 1e-12)
  # by default: differences on the scale of Fisher's z, effective degrees of freedom (whose law, and ratios: test-effective.R)
  std_error <- c$std.error[1L] / (1 - value[1L]^2)
  expect_equal(c$statistic[1L], atanh(value[1L]) / std_error, tolerance = 1e-13)
  expect_equal(c$conf.low[1L], tanh(atanh(value[1L]) - stats::qt(0.975, c$df[1L]) * std_error), tolerance = 1e-12)
})

test_that("the conventions say on which scale limits are", {
  said <- function(x) attr(x, "conventions")[["interval"]]
  of <- function(d, ...) said(weeg_compare(d, y ~ g, answers = "yes", ...))
  expect_identical(of(design), "95% t, of Fisher's z (ratios: of the logarithm)")
  expect_identical(of(design, measures = c("difference", "number-needed"), level = 0.9), "90% t, of Fisher's z")
  expect_identical(of(design, measures = "odds-ratio"), "95% t, of the logarithm")
  # contrasts, models and designs without the law of few PSUs have the t interval of the difference itself
  expect_identical(of(design, contrasts = list(x = c(1, -1, 0))), "95% t")
  expect_identical(of(design, adjust_for = ~h), "95% t")
  expect_identical(of(weeg_design(design, conventions = "nchs")), "95% t")
  expect_identical(of(weeg_design(design, df = 12)), "95% t")
  expect_identical(of(weeg_design(d, weights = ~w)), "95% t")
})

test_that("pairs and answers choose, and keep their order", {
  c <- weeg_compare(design, y ~ g, pairs = list(c("c", "a"), c("a", "b")), answers = c("maybe", "no"),
                    measures = "difference")
  expect_identical(c$group1, c("c", "c", "a", "a"))
  expect_identical(c$group2, c("a", "a", "b", "b"))
  expect_identical(as.character(c$level), c("no", "maybe", "no", "maybe"))
  one <- weeg_compare(design, y ~ g, pairs = c("c", "a"), measures = c("odds-ratio", "difference"), answers = "yes")
  expect_identical(one$measure, c("odds-ratio", "difference"))
  crossed <- weeg_compare(design, y ~ g + h, pairs = c("a, u", "c, v"), measures = "difference")
  expect_identical(unique(crossed$group1), "a, u")
})

test_that("p-values are adjusted within outcome and measure, as p.adjust does", {
  d$z <- d$y
  for (adjust in c("none", "holm", "hochberg", "BH", "bonferroni")) {
    c <- weeg_compare(design, y ~ g, adjust = adjust)
    for (m in unique(c$measure)) {
      family <- c$measure == m
      expect_identical(c$p.adjusted[family], stats::p.adjust(c$p.value[family], adjust))
    }
  }
  chosen <- weeg_compare(design, y ~ g, answers = "yes", adjust = "bonferroni", measures = "difference")
  expect_equal(chosen$p.adjusted, pmin(1, 3 * chosen$p.value), tolerance = 1e-15)
  two <- weeg_compare(weeg_design(d, ~w, cluster = ~p), y + z ~ g, adjust = "bonferroni", measures = "difference")
  expect_identical(two$p.adjusted[two$outcome == "y"], two$p.adjusted[two$outcome == "z"])
})

test_that("comparisons that do not exist are NA with a reason and do not count for the adjustment", {
  x <- data.frame(y = factor(rep(c("yes", "no"), c(30, 10))), g = rep(c("all", "some", "all", "some"), c(10, 20, 0, 10)))
  x$g[1:10] <- "all"
  c <- weeg_compare(x, y ~ g, adjust = "bonferroni")
  ratio <- c[c$measure == "odds-ratio", ]
  expect_true(all(is.na(ratio$estimate)) && all(is.na(ratio$p.value)) && all(is.na(ratio$p.adjusted)))
  expect_match(ratio$reason, "0, or the odds are infinite")
  same <- weeg_compare(data.frame(y = "yes", g = rep(c("a", "b"), 5)), y ~ g, measures = "difference")
  expect_identical(same$estimate, 0)
  expect_identical(same$std.error, 0)
  expect_identical(same$reason, "the estimated variance is 0")
  expect_true(is.na(same$p.value))
})

test_that("groups without data: not in all pairs, NA when asked for", {
  d$g <- factor(d$g, levels = c("a", "none", "b", "c"))
  e <- weeg_design(d, ~w, cluster = ~p)
  expect_false("none" %in% unlist(as.list(weeg_compare(e, y ~ g))[c("group1", "group2")]))
  asked <- weeg_compare(e, y ~ g, pairs = c("a", "none"))
  expect_true(all(is.na(asked$estimate)))
  expect_match(asked$reason, "no observations")
  expect_false(anyNA(asked$estimate1))
})

test_that("what makes no sense is refused", {
  cases <- list(
    list(quote(weeg_compare(design, y ~ g, pairs = c("a", "z"))), "\"z\" in `pairs` is not a group.*The groups: a; b; c"),
    list(quote(weeg_compare(design, y ~ g, pairs = c("a", "a"))), "compares \"a\" with itself"),
    list(quote(weeg_compare(design, y ~ g, pairs = c("a", "b", "c"))), "`pairs` must be a pair"),
    list(quote(weeg_compare(design, y ~ g, pairs = list())), "`pairs` must be a pair"),
    list(quote(weeg_compare(design, y ~ g, pairs = 1:2)), "`pairs` must be a pair"),
    list(quote(weeg_compare(design, y ~ g, pairs = list(c("a", "b"), "c"))), "`pairs` must be a pair"),
    list(quote(weeg_compare(design, y ~ g, pairs = c("a", NA))), "is not a group"),
    list(quote(weeg_compare(design, y ~ g, answers = "perhaps")), "\"perhaps\" in `answers`.*no, yes, maybe"),
    list(quote(weeg_compare(design, y ~ g, measures = character())), "`measures` must be"),
    list(quote(weeg_compare(subset(design, g == "a"), y ~ g)), "fewer than two groups with data")
  )
  for (case in cases) expect_error(eval(case[[1L]]), case[[2L]], class = "weeg_error_argument")
})

test_that("a tally gives the same comparisons as its design", {
  t <- weeg_tally(design, ~ g + y)
  expect_identical(as.list(weeg_compare(t, y ~ g)), as.list(weeg_compare(design, y ~ g)))
})

test_that("pairs of many groups: too many are refused with their number; a few of many groups take a moment", {
  skip_on_cran()
  groups <- 15000L
  set.seed(5)
  data <- data.frame(g = sample(groups, 4L * groups, TRUE), y = sample(c("yes", "no"), 4L * groups, TRUE))
  d <- weeg_design(data)
  expect_error(weeg_compare(d, y ~ g), "pairs of 14 [0-9]+ groups are [0-9 ]+, with [0-9 ]+ comparisons.*against = \"rest\"",
               class = "weeg_error_too_large")
  for (against in c("rest", "total")) {
    expect_error(weeg_compare(d, y ~ g, against = against), "too many to compare each with the others; here there can be 2 ?364",
                 class = "weeg_error_too_large")
  }
  expect_error(weeg_decompose(d, y ~ g, by = ~ g > 7), class = "weeg_error")
  took <- system.time(got <- weeg_compare(d, y ~ g, pairs = list(c("1", "2"), c("3", "15000"))))[["elapsed"]]
  expect_lt(took, 10) # of a matrix of all groups: 70 seconds, 5 GB
  few <- weeg_compare(subset(d, g %in% c(1, 2, 3, 15000)), y ~ g, pairs = list(c("1", "2"), c("3", "15000")))
  expect_equal(got$estimate, few$estimate, tolerance = 1e-12)
  expect_identical(got$df, few$df)
})

# Reference: stats::p.adjust() of the hypotheses, each written once. 60 of 100 against 45 of 100, and 52 of 100.
test_that("what is one hypothesis is counted once", {
  data <- data.frame(y = rep(rep(c("yes", "no"), 3L), c(60, 40, 45, 55, 52, 48)), g = rep(c("a", "b", "c"), each = 100L))
  two <- weeg_design(data[data$g != "c", ])
  three <- weeg_design(data)
  once <- function(x, rows) { # rows: those of the result that stand for a hypothesis each
    for (m in unique(x$measure)) {
      mine <- x[x$measure == m, ]
      match_to <- vapply(abs(mine$statistic), function(z) which.min(abs(abs(mine$statistic[rows]) - z)), 0L)
      expect_equal(mine$p.adjusted, stats::p.adjust(mine$p.value[rows], info_of(x)$adjust)[match_to], tolerance = 1e-10)
    }
    unname(info_of(x)$counted[[1L]])
  }
  for (adjust in c("holm", "hochberg", "BH", "bonferroni")) {
    compare <- function(...) weeg_compare(..., adjust = adjust, measures = c("difference", "odds-ratio"))
    expect_identical(once(compare(two, y ~ g), 1L), c(1, 1))
    expect_identical(once(compare(two, y ~ g, against = "rest"), 1L), c(1, 1))
    expect_identical(once(compare(two, y ~ g, pairs = list(c("a", "b"), c("b", "a"))), 1L), c(1, 1))
    expect_identical(once(compare(three, y ~ g), c(1L, 3L, 5L)), c(3, 3))
    expect_identical(once(compare(three, y ~ g, against = "rest"), c(1L, 3L, 5L)), c(3, 3))
    expect_identical(once(compare(three, y ~ g, against = c(yes = 0.5, no = 0.5)), c(1L, 3L, 5L)), c(3, 3))
    both <- list(up = c(a = -1, b = 1), down = c(a = 2, b = -2), last = c(-0.5, -0.5, 1))
    expect_identical(once(weeg_compare(three, y ~ g, contrasts = both, adjust = adjust), c(1L, 5L)), 2)
  }
  expect_equal(weeg_compare(two, y ~ g, measures = "difference")$p.adjusted, rep(0.0333, 2L), tolerance = 2e-3)
  # adjusted for a covariate, as well
  data$z <- rep(1:2, 150L)
  got <- weeg_compare(weeg_design(data), y ~ g, adjust_for = ~z, measures = "difference")
  expect_equal(got$p.adjusted, rep(stats::p.adjust(got$p.value[c(1, 3, 5)], "holm"), each = 2L), tolerance = 1e-9)
  # risk ratios of an answer and of the other are two tests
  ratio <- weeg_compare(two, y ~ g, measures = "risk-ratio")
  expect_equal(ratio$p.adjusted, stats::p.adjust(ratio$p.value, "holm"), tolerance = 1e-12)
  # two groups with the same figures are two hypotheses, and so are answers that happen to differ as much
  same <- data.frame(y = rep(c("yes", "no"), c(60, 40))[c(1:100, 1:100, 31:100, 1:30)], g = rep(c("a", "b", "c"), each = 100L))
  same$y[201:300] <- rep(c("yes", "no"), c(45, 55))
  got <- weeg_compare(weeg_design(same), y ~ g, pairs = list(c("a", "c"), c("b", "c")), measures = "difference")
  expect_equal(got$p.adjusted, pmin(1, 2 * got$p.value), tolerance = 1e-10)
  mirror <- data.frame(y = rep(rep(c("u", "v", "w"), 2L), c(20, 30, 50, 30, 20, 50)), g = rep(c("a", "b"), each = 100L))
  got <- weeg_compare(weeg_design(mirror), y ~ g, measures = "difference")
  expect_equal(got$p.value[1L], got$p.value[2L], tolerance = 1e-12)
  expect_equal(got$p.adjusted, stats::p.adjust(got$p.value, "holm"), tolerance = 1e-12)
  # an answer that nobody in the groups gives does not count
  mirror$y <- factor(ifelse(mirror$y == "w", "v", mirror$y), c("u", "v", "w"))
  got <- weeg_compare(weeg_design(mirror), y ~ g, measures = "difference")
  expect_equal(got$p.adjusted, got$p.value, tolerance = 1e-12)
  expect_match(paste(format(got), collapse = "\n"), "p (holm): 1 hypothesis in 2 tests.", fixed = TRUE)
  expect_no_match(paste(format(weeg_compare(three, y ~ g, answers = "yes")), collapse = "\n"), "hypothes")
})
