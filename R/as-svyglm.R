# A logistic regression for packages that know those of package survey.

#' Logistic regressions in other packages
#'
#' Makes of a result of [weeg_logistic()] an object of package survey's class `svyglm`, which packages for models know: emmeans,
#' marginaleffects, parameters, modelsummary, `gtsummary::tbl_regression()`, and survey's own functions.
#'
#' The object has the coefficients and covariances of `x`. Its rows are the combinations of covariates and answers that occur,
#' with their sums of weights (scaled to the number of respondents), not the rows of the data: averages over rows, as of
#' marginaleffects, need these weights, `wts = "(weights)"`. Degrees of freedom are PSUs minus strata minus slopes, as in
#' `svyglm()`, for all coefficients: the effective ones of few PSUs (see [weeg_conventions()]) are in `x` alone, and emmeans takes
#' the normal distribution.
#'
#' @param x A result of [weeg_logistic()] of two answers, or of answers against all others.
#' @return An object of class `svyglm`, `glm` and `lm`. `nobs()` is the number of respondents; there is no `AIC()`
#'   or `BIC()`.
#' @seealso [as_svydesign()] for the design.
#' @examples
#' if (requireNamespace("survey", quietly = TRUE)) {
#'   d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#'   fit <- as_svyglm(weeg_logistic(d, (strengths == "niet") ~ provider + ronde))
#'   stats::confint(fit)
#'   # gtsummary::tbl_regression(fit, exponentiate = TRUE)
#'   # emmeans::emmeans(fit, ~ provider, type = "response")
#'   # marginaleffects::avg_comparisons(fit, wts = "(weights)")
#' }
#' @export
as_svyglm <- function(x) {
  need_given(x)
  if (!inherits(x, "weeg_logistic")) abort("argument", "`x` must be a result of weeg_logistic()")
  need_package("survey", "whose class of models this is")
  info <- info_of(x)
  if (info$ordinal) {
    abort("unsupported", "a model of ", length(info$answers), " ordered answers is no glm",
          hint = "Choose answers that are modelled against the others: weeg_logistic(..., answers = )")
  }
  if (is.null(info$cells)) {
    abort("unsupported", "a model that was pooled has no rows of its own", hint = "Make a model of each completed data set")
  }
  covariance <- vcov.weeg_logistic(x)
  used <- which(!reason_is(x$reason, "empty"))
  data <- pattern_rows(info)
  # all its weights are in the rows; emmeans looks for both where the formula is from
  design <- survey::svydesign(ids = ~1, weights = ~.weights, data = data)
  formula <- stats::as.formula(paste(backquoted(info$outcomes), "~", paste(vapply(info$crossed, function(names) {
    paste(backquoted(names), collapse = ":")
  }, ""), collapse = " + ")), env = list2env(list(design = design, data = data), parent = globalenv()))
  formula <- stats::formula(stats::terms(formula, keep.order = TRUE))
  before <- options(contrasts = c("contr.treatment", "contr.treatment"))
  on.exit(options(before))
  fit <- survey::svyglm(formula, design, family = stats::quasibinomial())
  same <- length(fit$coefficients) == length(used) && all(is.na(fit$coefficients) == is.na(x$estimate[used])) &&
    all(abs(fit$coefficients - x$estimate[used]) <= 1e-5 * (1 + abs(x$estimate[used])), na.rm = TRUE)
  if (!same) {
    abort("unsupported", "glm() has other coefficients for these terms",
          hint = "Give the variables of an interaction before it, as a * b does")
  }
  known <- !is.na(x$estimate[used])
  fit$coefficients[] <- x$estimate[used]
  covariance <- covariance[used[known], used[known], drop = FALSE]
  dimnames(covariance) <- dimnames(fit$cov.unscaled)
  fit$cov.unscaled <- covariance
  # of rows, as weights had a mean of 1 over the combinations
  fit$naive.cov <- fit$naive.cov * nrow(data) / info$fit$n
  fit$prior.weights <- fit$prior.weights * info$fit$n / nrow(data)
  fit$weights <- fit$weights * info$fit$n / nrow(data)
  fit[c("deviance", "null.deviance", "df.null")] <- list(info$fit$deviance, info$fit$null.deviance, info$fit$n - 1)
  fit$df.residual <- info$fit$df - info$fit$slopes
  class(fit) <- c("weeg_svyglm", class(fit))
  attr(fit, "nobs") <- info$fit$n
  fit
}

#' @rawNamespace S3method(stats::nobs, weeg_svyglm)
nobs.weeg_svyglm <- function(object, ...) attr(object, "nobs")

# They would be of the combinations.
#' @rawNamespace S3method(stats::AIC, weeg_svyglm)
AIC.weeg_svyglm <- function(object, ..., k = 2) NA_real_

#' @rawNamespace S3method(stats::BIC, weeg_svyglm)
BIC.weeg_svyglm <- function(object, ...) NA_real_

backquoted <- function(names) vapply(names, function(name) paste(deparse(as.name(name), backtick = TRUE), collapse = ""), "")

# What augment() gives as rows of a glm: covariates, the answer as 0 or 1, and `.weights`, whose sum is n.
pattern_rows <- function(info) {
  cells <- info$cells
  covariates <- names(info$reference)
  data <- cells[seq_along(covariates)]
  names(data) <- covariates
  for (name in covariates) attr(data[[name]], "label") <- unname(info$labels[name])
  data[[info$outcomes]] <- as.numeric(as.integer(cells$level) == 2L)
  data$.weights <- cells$.weighted / sum(cells$.weighted) * info$fit$n
  data <- data[cells$.weighted > 0, , drop = FALSE]
  rownames(data) <- NULL
  data
}
