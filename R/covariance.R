# Covariance matrices of estimates: made where they are asked for, as they grow with the square of a table.

#' Covariances of estimates
#'
#' `vcov()` of proportions, means, ratios and totals that were made with `covariance = TRUE`: the matrix of the covariances of all
#' estimates of a result, from which the variance of any function of them follows.
#'
#' The estimates of all groups come from one sample: groups that share PSUs, strata or calibration are correlated. The matrix is
#' that of the design (linearised, calibrated, or over the replicates), as `survey::svyby(covmat = TRUE)` has it, and
#' `survey::svymean()` of an indicator of each answer. Its diagonal is the square of `std.error`; an estimate without a
#' standard error has `NA`.
#'
#' @param object A result of [weeg_proportion()], [weeg_mean()], [weeg_ratio()] or [weeg_total()].
#' @param ... Not used.
#' @return A symmetric matrix with the names of `coef()`.
#' @seealso [weeg_contrast()] for functions of proportions, with their intervals.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' x <- weeg_mean(d, leeftijd ~ ronde, covariance = TRUE)
#' vcov(x)
#' # the standard error of the difference
#' k <- c(-1, 1)
#' sqrt(c(k %*% vcov(x) %*% k))
#' @name weeg_covariance
#' @aliases vcov.weeg_mean
NULL

# What C_covariance makes matrices of, in its order.
covariance_kinds <- c("proportion", "count", "mean", "ratio", "total")

# The most estimates that the core makes a matrix of.
most_covariances <- 4160L

check_covariance <- function(covariance, outcomes) {
  covariance <- check_flag(covariance, "covariance")
  if (covariance && length(outcomes) > 1L) {
    abort("argument", "`covariance` is of the estimates of one outcome, and the formula has ", length(outcomes),
          hint = "Give one outcome at a time; functions of several questions: weeg_contrast()")
  }
  covariance
}

refuse_covariance <- function(covariance, what) {
  if (isFALSE(covariance)) return(invisible())
  abort("unsupported", "there are no covariances of ", what, hint = "Leave out `covariance`")
}

# table: tally and places; rows: its estimates.
covariance_of <- function(table, kind, rows, measures = NULL) {
  size <- length(rows$std.error)
  if (size > most_covariances) {
    abort("too_large", "covariances of ", format_count(size), " estimates are too many; here there can be ",
          format_count(most_covariances), hint = "Leave out `covariance`, or ask about fewer groups")
  }
  found <- checked(.Call(C_covariance, table$tally, table$places, match(kind, covariance_kinds) - 1L, measures))
  none <- is.na(rows$std.error)
  diag(found) <- rows$std.error^2
  found[none, ] <- found[, none] <- NA
  found
}

covariance_matrix <- function(object) {
  covariance <- info_of(object)$covariance
  if (is.null(covariance)) {
    abort("argument", "this result has no covariances", hint = "Make it with covariance = TRUE")
  }
  if (nrow(covariance) != nrow(object)) abort("argument", "rows were taken from this result: vcov() needs all of them")
  names <- term_names(object)
  dimnames(covariance) <- list(names, names)
  covariance
}

#' @rdname weeg_covariance
#' @rawNamespace S3method(stats::vcov, weeg_proportion)
vcov.weeg_proportion <- function(object, ...) covariance_matrix(object)

#' @rdname weeg_covariance
#' @rawNamespace S3method(stats::vcov, weeg_mean)
vcov.weeg_mean <- function(object, ...) covariance_matrix(object)

#' @rdname weeg_covariance
#' @rawNamespace S3method(stats::vcov, weeg_total)
vcov.weeg_total <- function(object, ...) covariance_matrix(object)
