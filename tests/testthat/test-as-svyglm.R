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

# A model, its as_svyglm(), and rows of the data that it is of.
a_model <- function() {
  data <- openvoorwerk[!is.na(openvoorwerk$strengths) & !is.na(openvoorwerk$provider), ]
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  model <- weeg_logistic(d, strengths ~ provider + ronde, answers = "niet")
  list(model = model, fit = as_svyglm(model), data = data)
}

test_that("marginaleffects has average differences of predictions, by the delta method", {
  skip_if_not_installed("survey")
  skip_without("marginaleffects")
  # it uses %||% of R 4.4
  if (getRversion() < "4.4.0") withr::local_package("rlang")
  made <- a_model()
  w <- made$data$gewicht
  at <- function(level) stats::model.matrix(~ provider + ronde, transform(made$data, ronde = factor(level, levels(ronde))))
  b <- stats::coef(made$fit)
  difference <- function(b) sum(w * (stats::plogis(at("ronde 2") %*% b) - stats::plogis(at("ronde 1") %*% b))) / sum(w)
  slope <- function(level) colSums(w * c(stats::dlogis(at(level) %*% b)) * at(level)) / sum(w)
  gradient <- slope("ronde 2") - slope("ronde 1")
  error <- sqrt(c(gradient %*% stats::vcov(made$fit) %*% gradient))
  for (average in list(marginaleffects::avg_comparisons, marginaleffects::avg_slopes)) {
    got <- as.data.frame(average(made$fit, variables = "ronde", wts = "(weights)"))
    expect_equal(got$estimate, difference(b), tolerance = 1e-6)
    expect_equal(got$std.error, error, tolerance = 1e-4) # their derivative is numerical
  }
  mean <- as.data.frame(marginaleffects::avg_predictions(made$fit, wts = "(weights)"))
  expect_equal(mean$estimate, sum(w * (made$data$strengths == "niet")) / sum(w), tolerance = 1e-6)
  each <- marginaleffects::predictions(made$fit, newdata = made$data[1:5, c("provider", "ronde")])
  expect_equal(each$estimate, unname(c(stats::plogis(
    stats::model.matrix(~ provider + ronde, made$data)[1:5, ] %*% b))), tolerance = 1e-8)
})

test_that("gtsummary has the odds ratios", {
  skip_if_not_installed("survey")
  skip_without("gtsummary")
  made <- a_model()
  body <- gtsummary::tbl_regression(made$fit, exponentiate = TRUE)$table_body
  known <- body[!is.na(body$std.error), ]
  limits <- stats::confint(made$fit, ddf = made$fit$df.residual)[-1, ]
  expect_equal(known$estimate, unname(exp(stats::coef(made$fit)[-1])), tolerance = 1e-8)
  expect_equal(cbind(known$conf.low, known$conf.high), unname(exp(limits)), tolerance = 1e-6)
  expect_identical(unname(known$label), c(levels(made$data$provider)[-1], "ronde 2"))
})

test_that("modelsummary has the coefficients", {
  skip_if_not_installed("survey")
  skip_without("modelsummary")
  made <- a_model()
  for (x in list(made$fit, made$model)) {
    got <- suppressMessages(modelsummary::get_estimates(x))
    expect_equal(got$estimate, unname(stats::coef(made$fit)), tolerance = 1e-8)
    expect_equal(got$std.error, unname(sqrt(diag(stats::vcov(made$fit)))), tolerance = 1e-8)
  }
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
