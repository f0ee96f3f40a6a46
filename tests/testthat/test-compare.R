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
  expect_identical(c$df, rep(39, 3))
  value <- c(c$estimate[1L], log(c$estimate[2:3]))
  expect_equal(c$statistic, value / c$std.error, tolerance = 1e-13)
  expect_equal(c$p.value, 2 * stats::pt(-abs(c$statistic), 39), tolerance = 1e-12)
  low <- value - stats::qt(0.975, 39) * c$std.error
  expect_equal(c$conf.low, c(low[1L], exp(low[2:3])), tolerance = 1e-12)
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
