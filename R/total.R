#' Population totals
#'
#' Estimated population counts of each answer: sums of weights, with standard errors and confidence intervals.
#'
#' The variance is that of PSU totals of the weights within strata (Cochran 1977, eq. 11.24 in Taylor form); the interval
#' is the estimate plus and minus t standard errors.
#'
#' @inheritParams weeg_proportion
#' @param formula `~ a`, or `~ a + b + c` for each combination of levels: variables are crossed here, where other functions
#'   take `a + b` for two outcomes. `a ~ b` is the same as `~ b + a`.
#' @return A data frame with one row per combination of levels, of class `weeg_total`: the variables, `estimate`,
#'   `std.error`, `conf.low`, `conf.high`, `n`, `df` and `reason`: why there is no standard error or interval, or why it has no
#'   width, else `NA`.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_total(d, ~ provider + ronde)
#' @export
weeg_total <- function(data, formula, level = 0.95, missing = NULL) {
  parts <- parse_formula(formula)
  level <- check_level(level)
  terms <- c(parts$groups, parts$outcomes)
  if (anyDuplicated(names(terms))) abort("formula", names(terms)[duplicated(names(terms))][1L], " occurs twice (in `formula`)")
  tally <- table_tally(weeg_design(data), terms, parts$envir, missing)
  last <- names(terms)[length(terms)]
  places <- table_places(tally, names(terms)[-length(terms)], last)
  found <- checked_estimate(.Call(C_totals, tally, places, level), tally)
  rows <- c(list(groups = group_rows(group_grid(tally, names(terms)), seq_along(found$n))),
            found[c("estimate", "std.error", "conf.low", "conf.high", "n", "df", "reason")])
  info <- table_info(tally, names(parts$outcomes), names(parts$groups))
  info$level <- level
  new_result(list_frame(rows), "weeg_total", info, c(interval = interval_text("wald", level), design_conventions(tally)))
}
