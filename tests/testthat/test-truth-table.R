# The awkward cases, each with its one documented answer.
#
# Reference: worked out by hand as fractions (z are the scores of PSUs, v the variance), binom.test() for Clopper and
# Pearson, closed forms for the rest. Tolerance: relative error 1e-12 (Clopper-Pearson against R: 1e-9).

# rows(c(1, 1, 2), "yes no yes"): PSU and answer of each row; stratum by PSU
rows <- function(psu, answers, stratum = rep(1, max(psu)), w = 1, levels = c("yes", "no")) {
  data.frame(psu = psu, stratum = stratum[psu], y = factor(strsplit(answers, " ")[[1]], levels), w = w)
}

# Degrees of freedom are PSUs minus strata; those of few PSUs: test-effective.R.
design <- function(data, lonely = "fail", ...) {
  weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, lonely = lonely, conventions = "nchs", ...)
}

plain <- function(data, ...) weeg_design(data, weights = ~w, ...)

first <- function(result) as.data.frame(result)[1, ]

expect_close <- function(got, want, label, tolerance = 1e-12) {
  expect_true(all(relative_error(got, want) <= tolerance), label = paste0(label, ": ", deparse1(got), " is ", deparse1(want)))
}

# Estimate, standard error, limits and df of one row; NULL is not checked, NA must be NA.
expect_row <- function(row, label, estimate = NULL, se = NULL, limits = NULL, df = NULL, n = NULL, reason = NULL,
                       tolerance = 1e-12) {
  if (!is.null(estimate)) expect_close(row$estimate, estimate, paste(label, "estimate"))
  if (!is.null(se)) expect_close(row$std.error, se, paste(label, "se"))
  if (!is.null(limits)) expect_close(c(row$conf.low, row$conf.high), limits, paste(label, "limits"), tolerance)
  if (!is.null(df)) expect_identical(row$df, df, label = paste(label, "df"))
  if (!is.null(n)) expect_identical(row$n.base, n, label = paste(label, "n"))
  if (identical(reason, NA)) {
    expect_true(is.na(row$reason), label = paste(label, "has no reason"))
  } else if (!is.null(reason)) {
    expect_match(row$reason, reason, label = label)
  }
}

methods <- c("logit", "wald", "wilson", "beta", "beta-nchs", "clopper-pearson", "arcsine", "agresti-coull", "jeffreys")
methods_of_tests <- c("rao-scott-f", "rao-scott-chisq", "wald", "adjusted-wald")

test_that("0 % and 100 % have standard error 0 and Clopper-Pearson limits of the number of rows, for every method", {
  for (n in c(1L, 2L, 12L, 400L)) {
    data <- data.frame(y = factor(rep("yes", n), c("yes", "no")), w = seq(0.001, 1000, length.out = n))
    d <- plain(data, lonely = "remove") # one row is one PSU
    all <- stats::binom.test(n, n)$conf.int
    expect_close(all, c(0.025^(1 / n), 1), "binom.test in closed form", 1e-9)
    for (method in methods) {
      got <- as.data.frame(weeg_proportion(d, ~y, interval = method))
      label <- paste(method, n)
      expect_close(got$estimate, c(1, 0), label)
      expect_close(c(got$conf.low[1], got$conf.high[1]), all, label, 1e-9)
      expect_close(c(got$conf.low[2], got$conf.high[2]), rev(1 - all), label, 1e-9)
      expect_match(got$reason, "Clopper-Pearson", label = label)
      expect_identical(got$n.base, rep(as.double(n), 2), label = label)
      expect_true(all(is.na(got$deff)), label = label)
    }
    expect_identical(got$std.error, c(0, 0))
    expect_identical(got$n.effective, c(n, n) + 0)
  }
})

test_that("the level sets the limits at 0 % and 100 %", {
  d <- plain(rows(1:9, "yes yes yes yes yes yes yes yes yes"))
  for (level in c(0.5, 0.9, 0.999)) {
    got <- as.data.frame(weeg_proportion(d, ~y, level = level))
    want <- ((1 - level) / 2)^(1 / 9)
    expect_close(c(got$conf.low, got$conf.high), c(want, 0, 1, 1 - want), paste("level", level))
  }
})

# Stratum 1 has PSUs 1 and 2, stratum 2 has PSU 3. p = 4/6, z = 1/9, -2/9 | 1/9.
# Stratum 1: mean -1/18, v = 2 (1/6^2 + 1/6^2) = 1/9. PSU 3: nothing; or (1/9 - 0)^2; or the average, 1/9 again.
# Total of yes: z = 2, 0 | 2. Stratum 1: v = 2 (1 + 1) = 4. PSU 3: nothing; or (2 - 4/3)^2 = 4/9; or 4 again.
lonely_rules <- list(
  remove = list(proportion = 1 / 9, total = 4), certainty = list(proportion = 1 / 9, total = 4),
  adjust = list(proportion = 10 / 81, total = 40 / 9), average = list(proportion = 2 / 9, total = 8)
)

test_that("a stratum with one PSU contributes by the rule", {
  data <- rows(c(1, 1, 2, 2, 3, 3), "yes yes no no yes yes", stratum = c(1, 1, 2))
  for (rule in names(lonely_rules)) {
    d <- design(data, rule)
    want <- lonely_rules[[rule]]
    expect_row(first(weeg_proportion(d, ~y, interval = "wald")), rule, 2 / 3, sqrt(want$proportion), c(0, 1), df = 1, n = 6)
    total <- first(weeg_total(d, ~y))
    expect_row(total, rule, 4, sqrt(want$total), 4 + c(-1, 1) * tan(pi * 0.475) * sqrt(want$total), df = 1) # t(1): Cauchy
  }
  d <- design(data, "fail")
  for (f in list(weeg_proportion, weeg_total)) expect_error(f(d, ~y), "stratum 2 has only one PSU", class = "weeg_error_lonely")
  data$g <- factor(c("a", "b", "a", "b", "a", "b"))
  d <- design(data, "fail")
  for (f in list(weeg_test, weeg_crosstab, weeg_compare)) expect_error(f(d, y ~ g), "one PSU", class = "weeg_error_lonely")
})

test_that("a domain without rows in the lonely stratum does not meet the rule", {
  data <- rows(c(1, 1, 2, 2, 3, 3), "yes yes no no yes yes", stratum = c(1, 1, 2))
  for (rule in c("fail", names(lonely_rules))) {
    got <- first(weeg_proportion(subset(design(data, rule), psu < 3), ~y, interval = "wald"))
    # p = 1/2, z = 1/4, -1/4: v = 2 (1/16 + 1/16)
    expect_row(got, rule, 1 / 2, 1 / 2, c(0, 1), df = 1, n = 4, reason = NA)
  }
})

test_that("every stratum with one PSU: only one rule gives a variance; no degrees of freedom, no interval", {
  data <- rows(c(1, 1, 2, 2), "yes yes yes no", stratum = c(1, 2)) # p = 3/4, z = 1/8, -1/8
  wants <- list(remove = NA, certainty = NA, adjust = sqrt(1 / 32), average = NA)
  for (rule in names(wants)) {
    got <- first(weeg_proportion(design(data, rule), ~y))
    reason <- if (rule == "adjust") "degrees of freedom" else "cannot be estimated"
    expect_row(got, rule, 3 / 4, wants[[rule]], c(NA, NA), df = 0, n = 4, reason = reason)
  }
})

test_that("a stratum with one PSU in the domain, but two in the sample, is not lonely", {
  # the domain has PSU 1 of stratum 1 and PSU 3 of stratum 2: p = 1/2, z = 1/4, 0 | -1/4, 0: v = 2 2 (1/8^2 + 1/8^2)
  data <- rows(c(1, 1, 2, 3, 3, 4), "yes yes no no no yes", stratum = c(1, 1, 2, 2))
  for (rule in c("fail", names(lonely_rules))) {
    got <- first(weeg_proportion(subset(design(data, rule), psu %in% c(1, 3)), ~y))
    expect_row(got, rule, 1 / 2, sqrt(1 / 8), c(NA, NA), df = 0, n = 4, reason = "degrees of freedom")
  }
})

test_that("a group without rows is NA, with the reason", {
  data <- rows(c(1, 1, 2, 2), "yes no yes yes")
  data$g <- factor(c("a", "a", "a", "b"), c("a", "b", "c"))
  got <- as.data.frame(weeg_proportion(design(data), y ~ g))
  expect_identical(nrow(got), 6L)
  for (r in 5:6) expect_row(got[r, ], "empty group", NA_real_, NA_real_, c(NA, NA), df = 0, n = 0, reason = "no observations")
  compared <- as.data.frame(weeg_compare(design(data), y ~ g, pairs = c("a", "c")))
  expect_true(all(is.na(compared$estimate) & is.na(compared$p.value) & compared$reason == "no observations"))
  expect_error(weeg_compare(subset(design(data), g == "a"), y ~ g), "fewer than two groups", class = "weeg_error_argument")
  none <- as.data.frame(weeg_proportion(subset(design(data), psu > 9), ~y))
  expect_true(all(is.na(none$estimate) & none$n == 0 & none$reason == "no observations"))
  expect_identical(as.data.frame(weeg_total(subset(design(data), psu > 9), ~y))$estimate, c(0, 0))
})

test_that("tests that do not exist say why", {
  three <- rows(rep(1:3, each = 6), paste(rep(c("yes", "no", "yes", "yes", "no", "no"), 3), collapse = " "))
  three$g <- factor(rep(c("a", "b", "c"), 6))
  three$h <- factor(rep(c("a", "b", "c"), each = 3, length.out = 18))
  three$k <- factor(strsplit("aabcccbabcabbcaacb", "")[[1L]])
  same <- transform(three, y = factor("yes", c("yes", "no")))
  # p = 1/2 in each diagonal cell: p(1 - p) has slope 0 there, and X2 = n with certainty
  diagonal <- rows(1:4, "yes no yes no")
  diagonal$g <- diagonal$y
  cases <- list(
    list(data = same, formula = y ~ g, method = methods_of_tests, reason = "fewer than two rows or columns"),
    # three PSUs give two differences, for four residuals; in those of h, each answer of a PSU is alike in all groups
    list(data = three, formula = k ~ g, method = "wald", reason = "singular"),
    list(data = three, formula = h ~ g, method = "wald", reason = "variance is 0"),
    list(data = three, formula = h ~ g, method = "adjusted-wald", reason = "fewer design degrees"),
    list(data = subset(three, psu == 1), formula = y ~ g, method = "rao-scott-f", reason = "one PSU|degrees of freedom|variance"),
    list(data = diagonal, formula = y ~ g, method = c("rao-scott-f", "rao-scott-chisq"), reason = "variance is 0"),
    list(data = transform(three, y = factor(NA, c("yes", "no"))), formula = y ~ g, method = methods_of_tests,
         reason = "no observations")
  )
  for (case in cases) {
    for (method in case$method) {
      got <- as.data.frame(weeg_test(design(case$data, "remove"), case$formula, method = method))
      label <- paste(method, case$reason)
      expect_true(is.na(got$statistic) && is.na(got$p.value) && is.na(got$num.df) && is.na(got$den.df), label = label)
      expect_match(got$reason, case$reason, label = label)
    }
  }
  x <- weeg_crosstab(design(same), y ~ g)
  expect_true(all(is.na(x$residuals)))
  expect_identical(x$column$estimate[x$column$level == "yes"], rep(1 / 3, 3))
})

test_that("all rows in one cell: proportions are 0 and 1, comparisons have no variance", {
  data <- rows(c(1, 1, 2, 2, 3), "yes yes yes yes yes")
  data$g <- factor("a", c("a", "b"))
  x <- weeg_crosstab(design(data), y ~ g)
  expect_identical(x$total$estimate, c(1, 0, 0, 0))
  expect_identical(x$total$std.error, c(0, 0, 0, 0))
  data$g <- factor(c("a", "b", "a", "b", "a"))
  got <- as.data.frame(weeg_compare(design(data), y ~ g))
  difference <- got[got$measure == "difference" & got$level == "yes", ]
  expect_identical(c(difference$estimate, difference$std.error, difference$p.value), c(0, 0, NA))
  expect_match(difference$reason, "variance")
  odds <- got[got$measure == "odds-ratio", ]
  expect_true(all(is.na(odds$estimate) & !is.na(odds$reason)))
  risk <- got[got$measure == "risk-ratio" & got$level == "no", ]
  expect_true(is.na(risk$estimate) && grepl("0", risk$reason))
})

test_that("finite populations take away their share of the variance, a census all of it", {
  data <- rows(1:4, "yes no yes no")
  cases <- data.frame(fpc = c(4, 1, 10, 0.4, 8, 1e12), left = c(0, 0, 0.6, 0.6, 0.5, 1 - 4e-12))
  for (i in seq_len(nrow(cases))) {
    data$N <- cases$fpc[i]
    got <- first(weeg_proportion(plain(data, fpc = ~N), ~y, interval = "wald"))
    se <- sqrt(cases$left[i] * 4 / 3 * 4 / 8^2) # z = 1/8, -1/8, 1/8, -1/8
    limits <- if (se == 0) c(0.5, 0.5) else c(0, 1) # t(3) = 3.18
    if (cases$left[i] == 0.5) limits <- NULL
    expect_row(got, paste("fpc", cases$fpc[i]), 1 / 2, se, limits, df = 3, n = 4, reason = if (se == 0) "variance is 0" else NA)
    if (se == 0) expect_identical(got$n.effective, NA_real_)
  }
  # a census in stratum 1 only: z = 1/6, -2/6 | 1/6, 1/6 - 1/6 ..., so only stratum 2 adds
  strata <- rows(1:4, "yes no no yes", stratum = c(1, 1, 2, 2))
  strata$N <- c(2, 2, 20, 20)
  got <- first(weeg_proportion(design(strata, fpc = ~N), ~y))
  expect_row(got, "census in one stratum", 1 / 2, sqrt(0.9 * 2 * 2 / 64), df = 2)
  # one PSU that is all of its stratum is no lonely PSU
  strata <- rows(1:3, "yes no yes", stratum = c(1, 1, 2)) # p = 2/3, z = 1/9, -2/9 | 1/9
  strata$N <- c(8, 8, 1)
  for (rule in c("fail", names(lonely_rules))) {
    got <- first(weeg_proportion(design(strata, rule, fpc = ~N), ~y))
    expect_row(got, rule, 2 / 3, sqrt(0.75 * 2 * 2 / 36), df = 1)
  }
})

test_that("rows of zero weight count nowhere, but their PSU was sampled", {
  data <- rows(c(1, 2, 3), "yes no no", w = c(1, 1, 0))
  got <- first(weeg_proportion(design(data), ~y))
  # p = 1/2, z = 1/4, -1/4, 0: v = 3/2 2/16
  expect_row(got, "zero weight", 1 / 2, sqrt(3 / 16), df = 1, n = 2, reason = NA)
  # nor does a stratum of them count under a lonely rule: 2 strata, of which 1 is usable; survey has 3 and 2
  data <- rows(c(1, 1, 2, 2, 3, 3, 4, 5), "yes yes no no yes yes no yes", stratum = c(1, 1, 2, 3, 3), w = c(rep(1, 6), 0, 0))
  for (rule in names(lonely_rules)) {
    got <- first(weeg_proportion(design(data, rule), ~y))
    expect_row(got, rule, 2 / 3, sqrt(lonely_rules[[rule]]$proportion), df = 1, n = 6)
  }
  # all weights zero: no observations
  got <- first(weeg_proportion(design(transform(data, w = 0), "remove"), ~y))
  expect_row(got, "all zero", NA_real_, NA_real_, c(NA, NA), df = 0, n = 0, reason = "no observations")
})

test_that("limits stay within 0 and 1", {
  d <- plain(rows(1:10, "yes yes yes yes yes yes yes yes yes no")) # p = 0.9, v = p(1-p)/9 = 0.01
  t <- stats::qt(0.975, 9)
  expect_row(first(weeg_proportion(d, ~y, interval = "wald")), "wald", 0.9, 0.1, c(0.9 - 0.1 * t, 1), df = 9)
  low <- sin(asin(sqrt(0.9)) - t * 0.1 / (2 * 0.3))^2
  expect_row(first(weeg_proportion(d, ~y, interval = "arcsine")), "arcsine", 0.9, 0.1, c(low, 1), df = 9)
  for (method in methods) {
    got <- as.data.frame(weeg_proportion(d, ~y, interval = method))
    expect_true(all(got$conf.low >= 0 & got$conf.low <= got$estimate & got$conf.high >= got$estimate & got$conf.high <= 1),
                label = method)
  }
})

test_that("tests and proportions do not depend on the scale of the weights", {
  data <- rows(rep(1:8, each = 5), paste(rep(c("yes", "no", "no", "yes", "no", "yes", "yes"), length.out = 40), collapse = " "))
  data$g <- factor(rep(c("a", "b", "a"), length.out = 40))
  data$w <- rep(c(1, 2.5, 0.7), length.out = 40)
  for (factor in c(1e-6, 10, 1e9)) {
    scaled <- transform(data, w = w * factor)
    for (method in methods_of_tests) {
      one <- as.data.frame(weeg_test(design(data), y ~ g, method = method))
      two <- as.data.frame(weeg_test(design(scaled), y ~ g, method = method))
      columns <- c("statistic", "num.df", "p.value", "chisq", "cramers.v", "n")
      expect_close(unlist(two[columns]), unlist(one[columns]), paste(method, factor), 1e-11)
    }
    columns <- c("estimate", "std.error", "conf.low", "conf.high", "deff", "df")
    expect_close(unlist(as.data.frame(weeg_proportion(design(scaled), y ~ g))[columns]),
                 unlist(as.data.frame(weeg_proportion(design(data), y ~ g))[columns]), paste("scale", factor), 1e-11)
  }
})

# Two PSUs whose totals are in proportion have scores of 0, and rounding leaves a little of them.
test_that("a variance of 0 but for rounding is no variance", {
  data <- data.frame(psu = rep(1:2, each = 6), g = rep(c("a", "a", "a", "b", "b", "b"), 2L),
                     y = rep(c("x", "y", "z"), 4L), w = c(1, 3) %x% c(0.1, 0.7, 0.3, 0.9, 0.2, 1.3))
  d <- weeg_design(data, weights = ~w, cluster = ~psu)
  for (method in c("rao-scott-f", "rao-scott-chisq")) {
    got <- weeg_test(d, y ~ g, method = method)
    expect_true(is.na(got$statistic) && is.na(got$p.value), label = method)
    expect_identical(got$reason, "the estimated variance is 0", label = method)
  }
})
