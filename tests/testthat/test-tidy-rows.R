# tidy() for other packages: rows under each other, names of coefficients, odds ratios.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("tidy results of questions with and without an order can be put under each other", {
  results <- list(weeg_proportion(d, strengths ~ leeftijdsgroep), weeg_proportion(d, growth ~ leeftijdsgroep),
                  weeg_compare(d, strengths ~ ronde), weeg_crosstab(d, growth ~ provider), weeg_total(d, ~strengths),
                  weeg_mean(d, leeftijd ~ leeftijdsgroep), weeg_test(d, growth ~ ronde))
  tables <- lapply(results, tidy)
  for (table in tables) expect_false(any(vapply(table, is.ordered, NA)))
  both <- rbind(tables[[1L]], tables[[2L]])
  expect_false(anyNA(both$level))
  expect_identical(levels(both$level), c(levels(openvoorwerk$strengths), levels(openvoorwerk$growth)))
  # the result itself keeps the order
  expect_true(is.ordered(results[[1L]]$level))
  skip_if_not_installed("dplyr")
  all <- dplyr::bind_rows(tables)
  expect_identical(nrow(all), sum(vapply(tables, nrow, 0L)))
  expect_identical(levels(tables[[1L]]$leeftijdsgroep), levels(openvoorwerk$leeftijdsgroep))
})

test_that("terms of models are unique, exponentiated where asked", {
  models <- list(weeg_logistic(d, I(leeftijd > 40) ~ provider + ronde), weeg_logistic(d, strengths ~ provider),
                 weeg_loglinear(d, ~ strengths * ronde))
  for (m in models) {
    plain <- tidy(m)
    expect_identical(plain$term, names(coef(m)))
    expect_identical(anyDuplicated(plain$term), 0L)
    expect_identical(plain$variable, m$term)
    up <- tidy(m, exponentiate = TRUE)
    expect_equal(up$estimate, exp(plain$estimate))
    expect_equal(up[c("conf.low", "conf.high")], exp(plain[c("conf.low", "conf.high")]))
    expect_identical(up$std.error, plain$std.error)
    expect_false(any(c("conf.low", "conf.high") %in% names(tidy(m, conf.int = FALSE))))
    expect_error(tidy(m, exponentiate = 2), "`exponentiate`", class = "weeg_error_argument")
  }
  expect_error(tidy(models[[1L]], conf.level = 0.9), "`conf.level`", class = "weeg_error_argument")
  expect_error(tidy(weeg_mean(d, ~leeftijd), conf.level = 0.9), "`conf.level`", class = "weeg_error_argument")
  expect_identical(tidy(weeg_mean(d, ~leeftijd), conf.level = 0.95), tidy(weeg_mean(d, ~leeftijd)))
})

test_that("package parameters has the coefficients of as_svyglm()", {
  skip_if_not_installed("survey")
  skip_if_not(requireNamespace("parameters", quietly = TRUE), "parameters is not there")
  m <- weeg_logistic(update(d, old = leeftijd > 40), old ~ provider + ronde)
  got <- parameters::model_parameters(as_svyglm(m), exponentiate = TRUE)
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk)
  known <- survey::svyglm(I(leeftijd > 40) ~ provider + ronde, s, family = stats::quasibinomial())
  expect_equal(got$Coefficient, unname(exp(stats::coef(known))), tolerance = 1e-6)
  expect_equal(got$SE / got$Coefficient, unname(sqrt(diag(stats::vcov(known)))), tolerance = 1e-6)
})
