#' Population totals
#'
#' Estimated population counts of each answer: sums of weights, with standard errors and confidence intervals; and totals of
#' numbers, such as the income of all persons together.
#'
#' The variance is that of PSU totals of the weights, or of weight times value, within strata (Cochran 1977, eq. 11.24 in Taylor
#' form); the interval is the estimate plus and minus t standard errors or, with `interval = "log"`, that of the logarithm of
#' the total, transformed back: estimate exp(-t cv) and estimate exp(t cv). That one is above 0, and better for small counts. All
#' rows of the table are one domain, whose degrees of freedom all totals have.
#'
#' A number on the left of a formula is summed: `income ~ region` for the total income in each region, `income ~ 1` for that of
#' all rows. Its values are counted, as levels, by `~ income`. Totals of numbers are available where their means are: see
#' [weeg_mean()]; elsewhere such a formula is refused. Of a [weeg_tally()] numbers are those of which it has sums.
#'
#' Counts have the verdict of the NCHS presentation standards for counts and rates: see [weeg_reliability].
#'
#' @inheritParams weeg_proportion
#' @param interval `"wald"` or `"log"`. `NULL`: `"wald"`.
#' @param formula `~ a`, or `~ a + b + c` for each combination of levels: variables are crossed here, where other functions
#'   take `a + b` for two outcomes. `a ~ b` is the same as `~ b + a`, unless `a` is a number without labels of its values: then
#'   the totals of `a` (`a + b ~ g`: of two numbers).
#' @param answers Which answers of the outcome, `a` of `~ a` or `a ~ b`, and nets of them: see [weeg_nets]. `NULL`: all.
#' @return A data frame with one row per combination of levels, of class `weeg_total`: the variables, `estimate`,
#'   `std.error`, `conf.low`, `conf.high`, `n`; `cv`, the coefficient of variation: the standard error divided by the estimate;
#'   `df`; `reason`: why there is no standard error or interval, or why it has no width, else `NA`; `reliability` and
#'   `reliability.reason`. Totals of numbers have the columns and the class of those of [weeg_mean()].
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_total(d, ~ provider + ronde)
#' weeg_total(d, strengths ~ ronde, answers = list("top 2" = c("grotendeels", "helemaal")))
#' weeg_total(d, ~ provider, interval = "log")
#' weeg_total(d, leeftijd ~ provider)
#' @export
weeg_total <- function(data, formula, interval = NULL, answers = NULL, covariance = FALSE, level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_total(data, formula, interval, answers, covariance, level, missing)))
  }
  need_given(data)
  parts <- parse_formula(formula, data, grouped = TRUE)
  interval <- check_limits(interval)
  data <- weeg_design(data)
  if (are_numbers(data, parts)) {
    if (!is.null(answers)) abort("argument", "`answers` is for counts of answers, and these are totals of numbers")
    return(number_result(data, parts, split_terms(parts$outcomes), "total", interval, covariance, level, missing))
  }
  if (!is.null(answers)) refuse_covariance(covariance, "some answers and nets")
  covariance <- check_flag(covariance, "covariance")
  level <- check_level(level)
  asked <- asked_answers(answers)
  if (!is.null(answers) && length(parts$outcomes) > 1L) {
    abort("formula", "`answers` is of one variable, the outcome: ", names(parts$outcomes)[1L], " ~ ",
          paste(names(parts$outcomes)[-1L], collapse = " + "))
  }
  terms <- c(parts$groups, parts$outcomes)
  if (anyDuplicated(names(terms))) abort("formula", names(terms)[duplicated(names(terms))][1L], " occurs twice (in `formula`)")
  outcome <- names(terms)[length(terms)]
  of_last <- list(groups = terms[-length(terms)], outcomes = terms[length(terms)], envir = parts$envir)
  table <- with_nets(data, of_last, outcome, asked, missing, function(data, parts, answers, missing) {
    totals_of_answers(data, parts, outcome, answers, interval, covariance, level, missing)
  })
  rows <- table$rows
  rows$groups[[outcome]] <- rows$level
  rows$level <- NULL
  info <- table_info(table$tally, names(parts$outcomes), names(parts$groups))
  info$level <- level
  info$interval <- interval
  if (!is.null(answers)) info$nobs <- table$nobs
  info$covariance <- table$covariance
  info <- answers_info(info, asked)
  new_result(rows, "weeg_total", info, c(interval = t_interval_text(level, interval), design_conventions(table$tally)))
}

# Of totals and ratios.
limit_methods <- c("wald", "log")

check_limits <- function(interval) if (is.null(interval)) "wald" else one_of(interval, limit_methods, "interval")

totals_of_answers <- function(data, parts, outcome, answers, interval, covariance, level, missing) {
  table <- prepare_table(data, parts, outcome, missing)
  places <- table$places
  found <- checked_estimate(.Call(C_totals, table$tally, places, interval == "log", level), table$tally)
  rows <- list_frame(c(
    list(groups = group_rows(table$grid, rep(seq_len(places$groups), each = places$levels)),
         level = level_factor(table$tally, outcome, rep(seq_len(places$levels), places$groups))),
    found[c("estimate", "std.error", "conf.low", "conf.high", "n", "cv", "df", "reason", "reliability", "reliability.reason")]
  ))
  list(rows = rows_of_answers(rows, answers, outcome), tally = table$tally, nobs = sum(found$n),
       covariance = if (covariance) covariance_of(table, "count", found))
}

# Whether a formula has numbers on its left, of which there are totals.
are_numbers <- function(data, parts) {
  if (parts$sides != 2L) return(FALSE)
  if (inherits(data, "weeg_tally")) return(any(names(parts$outcomes) %in% measures_of(data)))
  if (inherits(data, "weeg_database_design")) {
    return(any(vapply(parts$outcomes, function(term) is_database_number(data$data, term, parts$envir), NA)))
  }
  any(vapply(parts$outcomes, function(term) is_plain_number(evaluate(term, data$data, parts$envir, "formula")), NA))
}
