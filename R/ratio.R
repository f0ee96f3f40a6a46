#' Ratios of totals
#'
#' The ratio of the totals of two numbers within groups, such as what all persons spend to what all of them earn, with standard
#' errors and confidence intervals that account for the design.
#'
#' With X the estimated total of the denominator x, the score of a row is w (y - ratio x) / X, and the variance is that of PSU
#' totals of the scores within strata (Cochran 1977, eq. 6.5; Wolter 2007, section 6.3). Each group is a domain. A row counts
#' where both numbers are known. The interval is the ratio plus and minus t standard errors, with the t of means ([weeg_mean()]):
#' in the working model of few PSUs the deviations y - ratio x of all rows have one variance. Where few rows
#' have the denominator, or it has both signs, that does not fit, and could make intervals too short: they are never
#' shorter than those by t with PSUs - strata degrees of freedom.
#'
#' The ratio of totals is not the mean of the rows' ratios: that is `weeg_mean(d, ~ I(spent / earned))`.
#'
#' A denominator of 0 has no ratio, and `reason` says so; nor has one of which positive and negative values cancel but for
#' \eqn{2^{-30}}{2^-30} of their sizes. Sums are exact, as those of means: see [weeg_mean()], also for which designs have them.
#'
#' @section Rates:
#' With `per = 1000` ratios are rates per 1000: `weeg_ratio(d, visits / persons ~ region, per = 1000)`. `interval = "log"` gives
#' limits of the logarithm of the ratio, transformed back: estimate exp(-t cv) and estimate exp(t cv), with the t of the other
#' interval. A ratio that is not above 0 has none. Rates have no verdicts of [weeg_reliability], whose standards ask how many rows
#' the numerator counts: sums in a tally or a file do not say that.
#'
#' @inheritParams weeg_proportion
#' @param data A [weeg_design()], [weeg_tally()] that has sums of both numbers, or a design of package survey or srvyr.
#' @param formula `numerator / denominator ~ group`. Several ratios: `a / b + c / d ~ g`; several groups: `a / b ~ g + h`; no
#'   group: `~ a / b`. A numerator or denominator may be an expression, in parentheses where it is a sum: `(a + b) / c`.
#' @param per What ratios are multiplied by, such as 1000 for rates per 1000.
#' @param interval `"wald"`, the ratio plus and minus t standard errors, or `"log"`. `NULL`: `"wald"`.
#' @return A data frame of class `weeg_mean` with the columns of [weeg_mean()], one row per ratio and group; `outcome` is
#'   the ratio.
#' @references Cochran (1977), Sampling Techniques. Wolter (2007), Introduction to Variance Estimation.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' # persons under 36 per person of 36 and older
#' weeg_ratio(d, as.numeric(leeftijd < 36) / as.numeric(leeftijd >= 36) ~ provider)
#' # and per 1000
#' weeg_ratio(d, as.numeric(leeftijd < 36) / as.numeric(leeftijd >= 36) ~ provider, per = 1000, interval = "log")
#' @export
weeg_ratio <- function(data, formula, per = 1, interval = NULL, covariance = FALSE, level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_ratio(data, formula, per, interval, covariance, level, missing)))
  }
  need_given(data)
  parts <- parse_ratios(formula, data)
  per <- check_per(per)
  if (per != 1) refuse_covariance(covariance, "rates per another number than 1")
  number_result(weeg_design(data), parts, parts$ratios, "ratio", check_limits(interval), covariance, level, missing, per)
}

check_per <- function(per) {
  per <- bare(per)
  good <- is.numeric(per) && length(per) == 1L && is.finite(per) && per > 0
  if (!good) abort("argument", "`per` must be one number above 0, such as 1000 for rates per 1000")
  as.double(per)
}

# `a / b + c / d ~ g`: as parse_formula(), and the two terms of each ratio.
parse_ratios <- function(formula, data) {
  formula <- given_formula(formula, "ratios are given as numerator / denominator ~ group")
  left <- plus_terms(formula[[2L]])
  ratios <- lapply(left, function(ratio) {
    while (is.call(ratio) && length(ratio) == 2L && identical(ratio[[1L]], quote(`(`))) ratio <- ratio[[2L]]
    if (!is.call(ratio) || length(ratio) != 3L || !identical(ratio[[1L]], quote(`/`))) {
      abort("formula", deparse1(ratio), " is not a ratio (in `formula`)",
            hint = "Ratios are given as numerator / denominator ~ group; for means: weeg_mean()")
    }
    name_terms(as.list(ratio)[-1L])
  })
  names(ratios) <- vapply(ratios, function(terms) paste(names(terms), collapse = " / "), "")
  if (anyDuplicated(names(ratios))) {
    abort("formula", names(ratios)[duplicated(names(ratios))][1L], " occurs twice (in `formula`)")
  }
  groups <- if (length(formula) == 3L) plus_terms(formula[[3L]]) else list()
  if (length(groups) == 1L && identical(groups[[1L]], 1)) groups <- list()
  list(outcomes = ratios, ratios = ratios, groups = grouped_terms(name_terms(groups), data, character()),
       envir = environment(formula))
}
