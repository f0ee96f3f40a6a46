# A logistic regression as an object of package survey, against svyglm() on the rows. Tolerance 1e-9: svyglm() is iterated to its
# end.

fitted_there <- function(formula, design) {
  # its sandwich has the weights of the step before the last; arguments as values, as it looks for them elsewhere
  fit <- function(from) {
    eval(bquote(survey::svyglm(.(formula), design, family = stats::quasibinomial(), start = .(from),
                               control = list(epsilon = 1e-13, maxit = 50))))
  }
  fit(stats::coef(fit(NULL)))
}

test_that("coefficients, covariances, tests and predictions are those of svyglm()", {
  skip_if_not_installed("survey")
  data <- openvoorwerk
  data$no <- data$strengths == "niet"
  data <- data[stats::complete.cases(data[c("no", "provider", "ronde", "leeftijd")]), ]
  data$age <- cut(data$leeftijd, c(0, 30, 50, 99), ordered_result = TRUE)
  design <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data, nest = TRUE)
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  new <- unique(data[c("provider", "ronde", "age")])
  withr::local_options(contrasts = c("contr.treatment", "contr.treatment"))
  for (formula in list(no ~ provider + ronde, no ~ provider * ronde, no ~ age + ronde:provider + ronde + provider)) {
    x <- tryCatch(as_svyglm(weeg_logistic(d, formula)), weeg_error = identity)
    label <- deparse1(formula)
    if (inherits(x, "error")) {
      # of an interaction before its variables glm() has other coefficients
      expect_match(conditionMessage(x), "other coefficients", label = label)
      next
    }
    there <- fitted_there(formula, design)
    expect_identical(names(stats::coef(x)), names(stats::coef(there)), info = label)
    expect_lt(max(abs(stats::coef(x) - stats::coef(there))), 1e-9, label = label)
    expect_lt(max(abs(stats::vcov(x) - stats::vcov(there))), 1e-9, label = label)
    expect_lt(max(abs(summary(x)$coefficients - summary(there)$coefficients)), 1e-8, label = label)
    expect_lt(max(abs(stats::confint(x) - stats::confint(there))), 1e-9, label = label)
    test <- function(fit) survey::regTermTest(fit, ~ronde)
    if (length(attr(stats::terms(formula), "order")) == 2L) expect_equal(test(x)$p, test(there)$p, tolerance = 1e-9, info = label)
    expect_identical(x$df.residual, there$df.residual + 0, info = label)
    expect_equal(c(x$deviance, x$null.deviance), c(there$deviance, there$null.deviance), tolerance = 1e-9, info = label)
    expect_identical(c(stats::nobs(x), x$df.null), c(nrow(data), nrow(data) - 1) + 0, info = label)
    of <- function(fit) {
      found <- stats::predict(fit, newdata = new, type = "link")
      c(found, survey::SE(found))
    }
    expect_lt(max(abs(of(x) - of(there))), 1e-9, label = label)
  }
})

test_that("emmeans has the means of svyglm()", {
  skip_if_not_installed("survey")
  skip_if_not(requireNamespace("emmeans", quietly = TRUE), "emmeans is not there")
  data <- openvoorwerk[!is.na(openvoorwerk$strengths) & !is.na(openvoorwerk$provider), ]
  data$no <- data$strengths == "niet"
  design <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data, nest = TRUE)
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  means <- function(fit) as.data.frame(summary(emmeans::emmeans(fit, ~provider, type = "response")))
  got <- means(as_svyglm(weeg_logistic(d, no ~ provider + ronde)))
  want <- means(fitted_there(no ~ provider + ronde, design))
  expect_equal(got[c("prob", "SE")], want[c("prob", "SE")], tolerance = 1e-8)
})

test_that("what is no glm is refused, and expressions are variables", {
  skip_if_not_installed("survey")
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  expect_error(as_svyglm(d), "result of weeg_logistic", class = "weeg_error_argument")
  expect_error(as_svyglm(weeg_logistic(d, strengths ~ ronde)), "4 ordered answers is no glm", class = "weeg_error_unsupported")
  sets <- weeg_design(list(openvoorwerk, openvoorwerk), weights = ~gewicht)
  expect_error(as_svyglm(weeg_logistic(sets, (strengths == "niet") ~ ronde)), "was pooled", class = "weeg_error_unsupported")
  fit <- weeg_logistic(d, (strengths == "niet") ~ cut(leeftijd, c(0, 30, 50, 99)) + ronde)
  x <- as_svyglm(fit)
  expect_equal(unname(stats::coef(x)), fit$estimate)
  expect_identical(attr(stats::terms(x), "term.labels"), c("`cut(leeftijd, c(0, 30, 50, 99))`", "ronde"))
  expect_error(as_svyglm(fit[-1, ]), "rows were taken", class = "weeg_error_argument")
})
