# tidy(), glance(), coef() and confint().

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
p <- weeg_proportion(d, strengths ~ provider)
total <- weeg_total(d, ~ provider + ronde)
tests <- weeg_test(d, strengths + growth ~ provider)
compared <- weeg_compare(d, strengths ~ ronde)
crosstab <- weeg_crosstab(d, strengths ~ provider)

test_that("tidy() gives plain data frames with broom's columns", {
  columns <- list(
    list(p, c("provider", "outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "df")),
    list(total, c("provider", "ronde", "estimate", "std.error", "conf.low", "conf.high")),
    list(tests, c("outcome", "statistic", "num.df", "den.df", "p.value", "method")),
    list(compared, c("group1", "group2", "estimate", "statistic", "p.value", "adj.p.value")),
    list(crosstab, c("provider", "level", "estimate", "conf.low", "residual"))
  )
  for (case in columns) {
    tidied <- tidy(case[[1]])
    expect_identical(class(tidied), "data.frame", info = class(case[[1]])[1])
    expect_true(all(case[[2]] %in% names(tidied)), info = class(case[[1]])[1])
    expect_null(attr(tidied, "info"))
  }
  expect_equal(tidy(p), as.data.frame(p), ignore_attr = TRUE) # but for the order of levels
  expect_identical(tidy(compared)$adj.p.value, compared$p.adjusted)
})

test_that("tidy() of a cross-tab has the chosen percentages, and residuals in their cells", {
  for (percent in c("row", "column", "total")) {
    x <- weeg_crosstab(d, strengths ~ provider, percent = percent)
    tidied <- tidy(x)
    expect_equal(tidied[names(x[[percent]])], x[[percent]], info = percent, ignore_attr = TRUE)
    cells <- cbind(as.character(tidied$provider), as.character(tidied$level))
    expect_identical(tidied$residual, x$residuals[cells], info = percent)
  }
})

test_that("glance() has one row about the whole", {
  for (x in list(p, total, compared, crosstab, weeg_test(d, strengths ~ provider))) {
    expect_identical(nrow(glance(x)), 1L, info = class(x)[1])
    expect_identical(class(glance(x)), "data.frame", info = class(x)[1])
  }
  expect_equal(glance(p)[c("nobs", "df.min", "df.max", "conf.level")],
               data.frame(nobs = 1492, df.min = min(p$df), df.max = max(p$df), conf.level = 0.95))
  by_psus <- glance(weeg_proportion(weeg_design(d, conventions = "nchs"), strengths ~ provider))
  expect_equal(c(by_psus$df.min, by_psus$df.max), c(47, 48))
  expect_equal(glance(weeg_proportion(d, strengths + growth ~ provider))$nobs, 1492 + 1468)
  expect_equal(glance(total)$nobs, 1530)
  expect_identical(glance(compared)$comparisons, 12L)
  expect_identical(glance(compared)$adjustment, "holm")
  expect_equal(glance(crosstab)[c("nobs", "missing", "p.value")],
               data.frame(nobs = 1492, missing = 90, p.value = crosstab$test$p.value))
  expect_identical(nrow(glance(tests)), 2L)
})

test_that("glance() names the weights as they are, whatever they are called", {
  data <- data.frame(y = rep(c("no", "yes"), 6), g = rep(c("a", "b", "c"), 4), w = c(NA, 2:12))
  names(data)[3L] <- "weights (2 of 3)"
  some <- weeg_design(data, weights = ~`weights (2 of 3)`, na_weights = "omit")
  for (x in list(weeg_proportion(some, y ~ g), weeg_total(some, ~y), weeg_compare(some, y ~ g), weeg_association(some, y ~ g))) {
    expect_identical(glance(x)$weights, "weights (2 of 3)", label = class(x)[1L])
  }
  expect_identical(glance(weeg_proportion(data, ~y))$weights, "unweighted")
  trimmed <- weeg_poststratify(weeg_trim(some, upper = 8), ~g, c(a = 20, b = 20, c = 30))
  expect_identical(glance(weeg_proportion(trimmed, ~y))$weights, "weights (2 of 3), trimmed, post-stratified")
})

test_that("coef() and confint() are named by group and answer", {
  expect_identical(unname(coef(p)), p$estimate)
  expect_identical(names(coef(p))[1:2], c("werkplein:niet", "werkplein:een beetje"))
  expect_identical(names(coef(weeg_proportion(d, ~ strengths)))[1], "niet")
  expect_identical(names(coef(weeg_proportion(d, strengths + growth ~ ronde)))[1], "strengths:ronde 1:niet")
  expect_identical(names(coef(total))[1], "werkplein, ronde 1")
  expect_identical(names(coef(compared))[1], "difference:ronde 1 vs ronde 2:niet")

  limits <- confint(p)
  expect_identical(dimnames(limits), list(names(coef(p)), c("2.5 %", "97.5 %")))
  expect_identical(unname(limits), cbind(p$conf.low, p$conf.high))
  expect_identical(confint(p, "werkplein:niet"), limits[1, , drop = FALSE])
  expect_identical(confint(p, 1:2, level = 0.95), limits[1:2, ])
  expect_identical(colnames(confint(weeg_total(d, ~ ronde, level = 0.9))), c("5 %", "95 %"))
  expect_identical(unname(confint(compared)), cbind(compared$conf.low, compared$conf.high))
})

test_that("limits at another level are refused", {
  expect_error(confint(p, level = 0.9), class = "weeg_error_argument")
  expect_error(confint(p, level = "x"), class = "weeg_error_argument")
})

test_that("the generics of generics and stats find the methods", {
  expect_identical(generics::tidy(p), tidy(p))
  expect_identical(stats::coef(p), coef(p))
})

test_that("augment() gives the cells as a chi-squared test has them", {
  # without weights and design: stats::chisq.test(); its standardised residuals have n for n - 1 in their variance
  data <- as.data.frame(HairEyeColor)
  data <- data[rep(seq_len(nrow(data)), data$Freq), ]
  cells <- augment(weeg_crosstab(weeg_design(data), Eye ~ Hair))
  table <- table(data$Hair, data$Eye)
  want <- stats::chisq.test(table)
  by_cell <- function(x) c(t(unclass(x)))
  expect_named(cells, c("Hair", "level", ".observed", ".weighted", ".prop", ".row.prop", ".col.prop", ".expected",
                        ".std.resid"))
  expect_identical(as.character(cells$Hair), rep(rownames(table), each = ncol(table)))
  expect_identical(as.character(cells$level), rep(colnames(table), nrow(table)))
  expect_equal(cells$.observed, by_cell(table), ignore_attr = TRUE)
  expect_equal(cells$.expected, by_cell(want$expected), tolerance = 1e-14)
  expect_equal(cells$.prop, by_cell(proportions(table)), tolerance = 1e-14)
  expect_equal(cells$.row.prop, by_cell(proportions(table, 1)), tolerance = 1e-14)
  expect_equal(cells$.col.prop, by_cell(proportions(table, 2)), tolerance = 1e-14)
  # the variance is that of the score under no hypothesis, so only signs and order of size agree
  expect_gt(stats::cor(cells$.std.resid, by_cell(want$stdres), method = "spearman"), 0.98)
})

test_that("a cross-tab is a data frame of its percentages, as tidy() gives them", {
  d <- weeg_design(data.frame(q = rep(c("yes", "no", "no"), 8), g = rep(c("a", "b"), each = 12)))
  x <- weeg_crosstab(d, q ~ g)
  expect_identical(as.data.frame(x), tidy(x))
  expect_equal(as.data.frame(x)$estimate, c(2, 1, 2, 1) / 3)
})
