# Proportions and totals against simple computations in R, and their edges.

make_rows <- function(n, seed) {
  set.seed(seed)
  data.frame(
    y = factor(sample(c("lo", "mid", "hi", NA), n, TRUE), levels = c("lo", "mid", "hi")),
    g = factor(sample(c("a", "b"), n, TRUE)), w = stats::runif(n, 0.5, 4), s = sample(1:3, n, TRUE), p = sample(1:60, n, TRUE)
  )
}
d <- make_rows(500, 2)
d$p <- d$p * 3 + d$s # PSUs nested in strata
columns <- c("outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted",
             "n.effective", "deff", "df", "reason",
             "reliability", "reliability.reason")

# Taylor variance of the share of `level` among the rows with `base`, from PSU totals.
by_hand <- function(data, base, level, psu, fpc = Inf) {
  base <- base & !is.na(data$y)
  share <- sum(data$w[base & data$y %in% level]) / sum(data$w[base])
  score <- ifelse(base, data$w * ((data$y %in% level) - share) / sum(data$w[base]), 0)
  z <- tapply(score, psu, sum)
  stratum <- tapply(data$s, psu, `[`, 1L)
  parts <- tapply(z, stratum, function(z) (1 - length(z) / fpc) * length(z) * stats::var(z))
  list(share = share, variance = sum(parts))
}

test_that("estimates and standard errors are those of the formula, with and without clusters", {
  for (case in 1:2) {
    design <- if (case == 1L) weeg_design(d, ~w, ~s, ~p, conventions = "nchs") else weeg_design(d, ~w, ~s)
    psu <- if (case == 1L) d$p else seq_len(nrow(d))
    p <- weeg_proportion(design, y ~ g)
    expect_identical(names(p), c("g", columns))
    for (row in seq_len(nrow(p))) {
      expected <- by_hand(d, d$g == p$g[row], p$level[row], psu)
      expect_equal(p$estimate[row], expected$share, tolerance = 1e-14)
      expect_equal(p$std.error[row]^2, expected$variance, tolerance = 1e-12)
      rows <- d$g == p$g[row] & !is.na(d$y)
      expect_identical(p$n[row], as.numeric(sum(rows & d$y %in% p$level[row])))
      expect_identical(p$n.base[row], as.numeric(sum(rows)))
      expect_equal(p$n.weighted[row], sum(d$w[rows & d$y %in% p$level[row]]), tolerance = 1e-14)
      q <- p$estimate[row] * (1 - p$estimate[row])
      expect_equal(p$n.effective[row], q / expected$variance, tolerance = 1e-12)
      expect_equal(p$deff[row], expected$variance / (q / (sum(rows) - 1)), tolerance = 1e-12)
      group <- d$g == p$g[row] # also rows without an answer
      expect_equal(p$df[row], length(unique(psu[group])) - length(unique(d$s[group])))
    }
  }
})

test_that("weighted shares are those of tapply", {
  p <- weeg_proportion(weeg_design(d, ~w), ~y)
  known <- d[!is.na(d$y), ]
  expect_equal(p$estimate, as.vector(tapply(known$w, known$y, sum)) / sum(known$w), tolerance = 1e-14)
  expect_equal(sum(p$estimate), 1, tolerance = 1e-15)
})

test_that("without weights, strata and clusters: the textbook binomial", {
  x <- data.frame(y = rep(c("no", "yes"), c(30, 70)))
  p <- weeg_proportion(x, ~y, interval = "logit")
  expect_identical(p$estimate, c(0.3, 0.7))
  expect_equal(p$std.error, rep(sqrt(0.21 / 99), 2), tolerance = 1e-14)
  expect_equal(p$deff, c(1, 1), tolerance = 1e-13)
  expect_identical(p$df, c(99, 99))
  wald <- weeg_proportion(x, ~y, interval = "wald", level = 0.9)
  expect_equal(wald$conf.high, p$estimate + stats::qt(0.95, 99) * p$std.error, tolerance = 1e-13)
  exact <- weeg_proportion(x, ~y, interval = "clopper-pearson")
  expect_equal(c(exact$conf.low[2L], exact$conf.high[2L]), as.vector(stats::binom.test(70, 100)$conf.int), tolerance = 1e-9)
  logit <- stats::qlogis(0.7) + c(-1, 1) * stats::qt(0.975, 99) * p$std.error[2L] / 0.21
  expect_equal(c(p$conf.low[2L], p$conf.high[2L]), stats::plogis(logit), tolerance = 1e-13)
})

test_that("multiplying the weights changes totals and nothing else", {
  a <- weeg_proportion(weeg_design(d, ~w, ~s, ~p), y ~ g)
  b <- weeg_proportion(weeg_design(transform(d, w = 1024 * w), ~w, ~s, ~p), y ~ g)
  same <- setdiff(names(a), "n.weighted")
  expect_identical(as.list(a)[same], as.list(b)[same])
  expect_identical(b$n.weighted, 1024 * a$n.weighted)
})

test_that("every interval lies in [0, 1] and holds the estimate", {
  for (interval in weeg:::interval_methods) {
    p <- weeg_proportion(weeg_design(d, ~w, ~s, ~p), y ~ g, interval = interval)
    expect_true(all(p$conf.low >= 0 & p$conf.low <= p$estimate & p$estimate <= p$conf.high & p$conf.high <= 1))
    narrow <- weeg_proportion(weeg_design(d, ~w, ~s, ~p), y ~ g, interval = interval, level = 0.5)
    expect_true(all(narrow$conf.low > p$conf.low & narrow$conf.high < p$conf.high))
  }
})

test_that("all rows in one cell: 0 and 1 exactly, Clopper-Pearson's limits with n, a reason", {
  one <- data.frame(y = factor(rep("yes", 20), levels = c("no", "yes")), g = "a", w = seq(0.1, 2, by = 0.1))
  for (interval in weeg:::interval_methods) {
    p <- weeg_proportion(weeg_design(one, ~w), y ~ g, interval = interval)
    expect_identical(p$estimate, c(0, 1))
    expect_identical(p$std.error, c(0, 0))
    expect_identical(p$conf.low[1L], 0)
    expect_identical(p$conf.high[2L], 1)
    expect_equal(p$conf.high[1L], 1 - 0.025^(1 / 20), tolerance = 1e-12)
    expect_true(all(is.na(p$deff)))
    expect_match(p$reason, "0 or 1")
  }
})

test_that("groups without rows and rows without group", {
  d$g <- factor(d$g, levels = c("a", "empty", "b"))
  d$g[1:10] <- NA
  p <- weeg_proportion(weeg_design(d, ~w, ~s, ~p), y ~ g)
  expect_identical(levels(p$g), c("a", "empty", "b"))
  empty <- p[p$g == "empty", ]
  expect_true(all(is.na(empty$estimate)) && all(is.na(empty$conf.low)) && all(empty$n == 0))
  expect_match(empty$reason, "no observations")
  expect_identical(sum(p$n), as.numeric(sum(!is.na(d$g) & !is.na(d$y))))
})

test_that("an outcome that is never answered", {
  x <- data.frame(y = factor(c(NA, NA, NA), levels = c("a", "b")), z = NA, text = NA_character_)
  p <- weeg_proportion(x, ~y)
  expect_identical(p$n, c(0, 0))
  expect_match(p$reason, "no observations")
  expect_identical(as.character(weeg_proportion(x, ~z)$level), c("FALSE", "TRUE")) # those of every logical
  none <- weeg_proportion(x, ~text)
  expect_identical(nrow(none), 0L)
  expect_identical(names(none), columns)
})

test_that("results have the same columns and types whatever the data", {
  full <- weeg_proportion(weeg_design(d, ~w), ~y)
  empty <- weeg_proportion(subset(weeg_design(d, ~w), w > 100), ~y)
  types <- function(x) vapply(x, typeof, "")
  expect_identical(types(empty), types(full))
  expect_false(any(vapply(full, function(x) is.numeric(x) && any(is.nan(x)), NA)))
  expect_false(any(vapply(empty, function(x) is.numeric(x) && any(is.nan(x)), NA)))
})

test_that("totals are sums of weights with the variance of PSU totals", {
  t <- weeg_total(weeg_design(d, ~w, ~s, ~p), ~ g + y)
  expect_identical(nrow(t), 6L)
  for (row in seq_len(nrow(t))) {
    inside <- d$g == t$g[row] & d$y %in% t$y[row]
    expect_equal(t$estimate[row], sum(d$w[inside]), tolerance = 1e-14)
    z <- tapply(d$w * inside, d$p, sum)
    parts <- tapply(z, tapply(d$s, d$p, `[`, 1L), function(z) length(z) * stats::var(z))
    expect_equal(t$std.error[row]^2, sum(parts), tolerance = 1e-12)
  }
  df <- length(unique(d$p)) - 3
  expect_equal(t$df, rep(df, 6))
  expect_equal(t$conf.low, t$estimate - stats::qt(0.975, df) * t$std.error, tolerance = 1e-13)
})

test_that("a total that cannot vary, or has no variance, says so", {
  d <- data.frame(g = c("a", "a", "b", "b"), w = c(1.1, 2.2, 3.3, 0.7), p = 1:4)
  met <- weeg_poststratify(weeg_design(d, weights = ~w), ~g, data.frame(g = c("a", "b"), Freq = c(31.7, 69.3)))
  known <- weeg_total(met, ~g)
  expect_equal(known$estimate, c(31.7, 69.3), tolerance = 1e-12)
  expect_identical(known$std.error, c(0, 0))
  expect_identical(known$reason, rep("the estimated variance is 0", 2))
  expect_match(format(known), "a  the estimated variance is 0", fixed = TRUE, all = FALSE)
  alone <- weeg_total(weeg_design(d, weights = ~w, strata = ~p, lonely = "remove"), ~g)
  expect_identical(alone$std.error, c(NA_real_, NA_real_))
  expect_match(alone$reason, "the variance cannot be estimated", fixed = TRUE)
  expect_identical(weeg_total(weeg_design(d, weights = ~w), ~g)$reason, c(NA_character_, NA_character_))
})

test_that("weights of very different sizes", {
  x <- data.frame(y = rep(c("a", "b"), 50), w = 10^rep(seq(-6, 6, length.out = 50), each = 2))
  p <- weeg_proportion(weeg_design(x, ~w), ~y)
  expect_identical(p$estimate, c(0.5, 0.5))
  z <- x$w * ((x$y == "a") - 0.5) / sum(x$w)
  expect_equal(p$std.error^2, rep(100 * stats::var(z), 2), tolerance = 1e-12)
  # a domain of small weights, next to others a hundred thousand times as large: the same as with PSUs of one row
  both <- data.frame(y = c("a", "b", "b"), w = c(seq(1, 3, length.out = 99), 1e5 * seq(1, 3, length.out = 99)),
                     g = rep(1:2, each = 99), id = 1:198)
  expect_equal(weeg_proportion(weeg_design(both, ~w), y ~ g)$std.error,
               weeg_proportion(weeg_design(both, ~w, cluster = ~id), y ~ g)$std.error, tolerance = 1e-7)
})

test_that("the unit of weights does not matter, to the last bit, also where their squares are no numbers", {
  set.seed(14)
  data <- data.frame(y = sample(c("a", "b", "c"), 60, TRUE), g = sample(c("x", "z"), 60, TRUE), w = stats::rlnorm(60))
  results <- function(power) {
    d <- weeg_design(transform(data, w = w * 2^power), weights = ~w)
    list(weeg_proportion(d, y ~ g)[c("estimate", "std.error", "conf.low", "deff")], weeg_test(d, y ~ g)$statistic,
         weeg_compare(d, y ~ g)[c("estimate", "std.error")])
  }
  plain <- results(0)
  skip_if_not_installed("survey")
  design <- survey::svydesign(~1, weights = ~w, data = data)
  se <- unlist(survey::svyby(~y, ~g, design, survey::svymean)[c("se.ya", "se.yb", "se.yc")], use.names = FALSE)
  expect_equal(matrix(plain[[1L]]$std.error, 2, byrow = TRUE), matrix(se, 2), tolerance = 1e-12)
  # units of sums are powers of 2^16
  for (power in c(-992, -640, -512, 400)) expect_identical(results(power), plain)
})

test_that("the unit of weights does not matter to totals and their standard errors", {
  data <- openvoorwerk
  totals <- function(unit, made = identity) {
    data$gewicht <- data$gewicht * unit
    d <- made(weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente))
    t <- as.data.frame(weeg_total(d, ~strengths))
    expect_true(all(is.na(t$reason)))
    as.matrix(t[c("estimate", "std.error", "conf.low", "conf.high")]) / unit
  }
  for (made in list(identity, weeg_replicates)) {
    plain <- totals(1, made)
    for (unit in c(1e-300, 1e-160, 1e130)) expect_equal(totals(unit, made), plain, tolerance = 1e-10)
  }
})
