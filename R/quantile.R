#' Weighted medians and quantiles with confidence intervals
#'
#' Quantiles of numeric variables within groups, with standard errors and confidence intervals that account for the design.
#'
#' F(x) is the share of the weight, within a group, of rows whose value is at most x. Sums of weights are exact; a share
#' within 1e-12 of p is p.
#'
#' @section Rules:
#' Which value is the quantile of p:
#' * `"math"`: the smallest value with F(x) at least p. It is a value that somebody has, also of scores and ages; it is what
#'   package survey gives by default, and so it is the default here.
#' * `"school"`: the same, and half-way to the next value where F(x) is p. Without weights its median is that of
#'   [stats::median()].
#' * `"hf4"` to `"hf9"`: linear interpolation between rows, as types 4 to 9 of [stats::quantile()] without weights (Hyndman and
#'   Fan 1996), with sums of weights for numbers of rows. Rows that have the same value count with their mean weight, so that
#'   nothing depends on the order of rows.
#'
#' @section Limits:
#' Both kinds use intervals of shares, those of [weeg_proportion()] by the method `interval`, with its variance, degrees
#' of freedom and law of few PSUs:
#' * `"test"`: all values x of which F(x) may be p. The lower limit is the smallest value whose share has an upper limit of p or
#'   more, the upper limit the smallest value whose share has a lower limit above p (Francisco and Fuller 1991). These hold the
#'   level where the intervals of shares do, whether values are few or many. The default for designs with this package's
#'   conventions.
#' * `"woodruff"`: the quantiles, by the same rule, of the limits of F at the estimate (Woodruff 1952), as package survey
#'   has them. The default with other [conventions][weeg_conventions], then with `interval = "wald"`. Where many rows have the
#'   value of the estimate, F there is well above p, and these limits are of another quantile: prefer `"test"`.
#'
#' A limit is `NA` where the interval of shares reaches 0 or 1, as then no value is known to be beyond it; so are both for p = 0
#' and p = 1. The standard error is the distance of the limits divided by two quantiles of t (that of the interval of F at the
#' estimate). It is 0 where the limits are one value. In these cases `reason` says so.
#'
#' @section Package survey:
#' With the conventions of survey, estimates are those of `survey::svyquantile()`, as `qrule` `"math"` (the same as `"hf1"`),
#' `"school"` (`"hf2"`), and, where rows with equal values have equal weights, `"hf4"` to `"hf9"`; intervals are those of
#' `interval.type` `"mean"` (here `"wald"`), `"xlogit"` (`"logit"`), `"beta"` and `"asin"` (`"arcsine"`), up to rounding.
#' Different on purpose: below the share of the smallest value survey's `"hf2"` gives the mean of the two smallest values and
#' `"hf4"` a number outside the sample, here both give the smallest value; in a domain of a calibrated design survey's `"beta"`
#' counts the rows outside the domain, too; where F at the estimate is 1, survey's `"mean"` has limits equal to
#' the estimate, here the lower one is by Clopper and Pearson's interval and the upper one is open; where `"asin"` passes 0 or 1
#' survey turns back, here the limit is open. Not offered: `"hf3"`, which in survey is not definition 3 of Hyndman and Fan,
#' `"shahvaish"`, which there depends on the unit of the weights, `"score"`, whose limits are roots up to a tolerance and of
#' unweighted shares (its idea is that of `limits = "test"`), and `"quantile"` of replicate weights.
#'
#' With replicate weights and calibrated designs the variance of the shares is theirs, as in package survey.
#'
#' @section Equal medians:
#' `weeg_test(d, income ~ region, method = "median")` tests whether the groups have the same median: whether the share of rows
#' above the pooled median is the same (Lumley and Scott 2013), as `survey::svyranktest(test = "median")`.
#'
#' @section Values:
#' Infinite values are values, the smallest and the largest; missing ones (`NA`, `NaN`, user-missing) are as for means: see
#' [weeg_missing]. Of a data frame memory is in proportion to the rows; with replicate weights and calibration, the product of the
#' numbers of levels and of distinct values can be up to 2^31. Tallies, files and databases
#' have the distinct values as levels, which is for ages and scores; of a column of a database up to a million.
#'
#' @inheritParams weeg_proportion
#' @param data A [weeg_design()], [weeg_tally()], or a design of package survey or srvyr. A tally has the values as levels:
#'   `weeg_tally(d, ~ age + region)`.
#' @param formula `outcome ~ group`, where the outcome is a number. Several outcomes: `a + b ~ g`; several groups:
#'   `a ~ g + h`; no group: `~ a`. A term may be an expression of variables, such as `log(income)`.
#' @param probs Which quantiles: numbers from 0 to 1.
#' @param rule Which value is the quantile: see Rules.
#' @param limits,interval How limits are made: see Limits. `NULL`: by the design's [conventions][weeg_conventions].
#' @return A data frame with one row per group and probability, of class `weeg_quantile`: the groups (a variable that has the
#'   name of a column below: see [weeg_print]); `outcome`; `prob`; `estimate`; `std.error`; `conf.low`, `conf.high`; `n`,
#'   the rows of the group with a value; `n.weighted`, the sum of their weights; `df`, degrees of freedom as in
#'   [weeg_proportion()]; `reason`, why an estimate or limit does not exist, or calls for care, else `NA`.
#' @references Francisco and Fuller (1991), Annals of Statistics 19, 454-469. Hyndman and Fan (1996), The American
#' Statistician 50,
#'   361-365. Lumley and Scott (2013), Biometrika 100, 831-842. Woodruff (1952), JASA 47, 635-646.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_quantile(d, leeftijd ~ provider)
#' weeg_quantile(d, ~ leeftijd, probs = c(0.1, 0.25, 0.5, 0.75, 0.9))
#' weeg_quantile(weeg_tally(d, ~ leeftijd + provider), leeftijd ~ provider, rule = "school")
#' weeg_test(d, leeftijd ~ provider, method = "median")
#' @export
weeg_quantile <- function(data, formula, probs = 0.5, rule = "math", limits = NULL, interval = NULL, threshold = NULL,
                          level = 0.95, missing = NULL) {
  if (is_imputed(data)) check_threshold(threshold, data)
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_quantile(data, formula, probs, rule, limits, interval, NULL, level, missing)))
  }
  need_given(data)
  parts <- parse_formula(formula, data, grouped = TRUE)
  data <- weeg_design(data)
  probs <- check_probs(probs)
  rule <- one_of(rule, quantile_rules, "rule")
  own <- profile_of(data)$profile == "weeg"
  usual <- is.null(interval)
  limits <- one_of(if (is.null(limits)) (if (own) "test" else "woodruff") else limits, quantile_limits, "limits")
  interval <- one_of(if (usual) (if (own) usual_interval(NULL, data) else "wald") else interval, interval_methods, "interval")
  level <- check_level(level)
  threshold <- check_threshold(threshold, data)
  choices <- c(match(rule, quantile_rules), match(limits, quantile_limits), match(interval, interval_methods)) - 1L
  tables <- lapply(names(parts$outcomes), function(outcome) {
    quantile_table(data, parts, outcome, probs, choices, threshold, level, missing)
  })
  info <- tables_info(tables, parts)
  info[c("level", "probs", "interval", "usual_interval")] <- list(level, probs, interval, usual)
  info$threshold <- threshold
  new_result(bind_frames(lapply(tables, `[[`, "rows")), "weeg_quantile", info,
             c(rule = rule, limits = limits, interval = interval_text(interval, level),
               threshold_convention(threshold), design_conventions(tables[[1L]]$tally, TRUE)))
}

check_probs <- function(probs) {
  probs <- bare(probs)
  good <- is.numeric(probs) && length(probs) > 0L && !anyNA(probs) && all(probs >= 0 & probs <= 1)
  if (!good) abort("argument", "`probs` must be numbers from 0 to 1, such as c(0.25, 0.5, 0.75)")
  twice <- anyDuplicated(probs)
  if (twice > 0L) abort("argument", "`probs` has ", format(probs[twice]), " twice")
  as.double(probs)
}

quantile_table <- function(data, parts, outcome, probs, choices, threshold, level, missing) {
  if (!is.null(missing)) missing <- one_of(missing, missing_choices, "missing")
  missing <- by_convention(missing, data, "missing")
  if (outcome %in% names(parts$groups)) abort("formula", outcome, " is outcome and group at once")
  table <- if (inherits(data, "weeg_design") && is.data.frame(data$data)) {
    table_of_values(data, parts, outcome, missing)
  } else {
    table_of_levels(data, parts, outcome, missing)
  }
  found <- checked_estimate(if (is.null(table$rows)) {
    .Call(C_quantiles, table$tally, table$places, table$values, probs, choices, level)
  } else {
    .Call(C_row_quantiles, table$tally, table$rows, table$places, table$values, probs, choices, level)
  }, table$tally)
  each <- rep(seq_len(table$places$groups), each = length(probs))
  rows <- list_frame(c(list(groups = group_rows(table$grid, each), outcome = rep(outcome, length(each)),
                            prob = rep(probs, table$places$groups)), found))
  if (!is.null(threshold)) {
    shown <- if (is.null(table$variables)) shown_cells(table, threshold, sizes = TRUE) else {
      sizes <- found$n[seq(1L, length(found$n), length(probs))]
      checked(.Call(C_suppress_sizes, c(sizes, table$without), as.double(threshold)))
    }
    rows <- protect_rows(rows, shown, rep(shown$row, each = length(probs)))
  }
  tally <- table$tally
  if (!is.null(table$variables)) tally$variables <- table$variables
  list(rows = rows, tally = tally, outcome = outcome)
}

# Of values that are levels of a tally; `level` of the missing ones is behind the last.
table_of_levels <- function(data, parts, outcome, missing) {
  if (missing == "level") {
    terms <- c(parts$groups, parts$outcomes[outcome])
    data <- make_tally(data, terms, parts$envir)
    parts$groups[] <- lapply(names(parts$groups), as.name)
    parts$outcomes[[outcome]] <- as.name(outcome)
    known <- data$variables[[outcome]]
  }
  table <- prepare_table(data, parts, outcome, missing)
  variable <- if (missing == "level") known else table$tally$variables[[outcome]]
  if (!isTRUE(variable$number)) {
    abort("variable", "the levels of ", outcome, " are not numbers, and quantiles are of numbers",
          hint = paste0("For the shares of its answers: weeg_proportion(data, ~ ", outcome, ")"))
  }
  table$values <- level_scores(variable)
  if (inherits(data, "weeg_database_design")) table$values <- database_scores(data$data, parts$outcomes[[outcome]], variable)
  values <- length(table$values)
  table$places$level[table$places$level >= values] <- -1L
  table$places$levels <- values
  table
}

# Of the rows of a data frame.
table_of_values <- function(data, parts, outcome, missing) {
  column <- evaluate(parts$outcomes[[outcome]], data$data, parts$envir, "formula")
  check_number(column, outcome)
  number <- measure_label(column)
  values <- as_numbers(column)
  if (missing != "domain") {
    data$data[[outcome]] <- values
    parts$outcomes[[outcome]] <- as.name(outcome)
    table <- table_of_levels(data, parts, outcome, missing)
    table$tally$variables[[outcome]]["label"] <- list(number)
    return(table)
  }
  groups <- code_columns(parts$groups, data$data, parts$envir, "formula")
  whole <- if (length(groups) == 0L) list(place = 0L, places = 1L) else {
    check_cells(groups)
    sizes <- vapply(groups, `[[`, 0, "size")
    checked(.Call(C_frame_places, as.integer(sizes), seq_along(sizes) - 1L))
  }
  variables <- c(lapply(groups, tally_variable),
                 stats::setNames(list(list(name = outcome, label = number, levels = character())), outcome))
  of_rows <- is.null(data$calibration) && is.null(data$replicates)
  table <- if (of_rows) {
    places <- list(group = whole$place, groups = whole$places, level = integer(length(whole$place)), levels = 1L)
    list(tally = tally_columns(data, list(cells = whole_column())), rows = quantile_rows(data, groups), values = values,
         places = places)
  } else table_of_occurring(data, groups, whole, outcome, values)
  table$tally$missing <- missing
  known <- counted_rows(data) & !is.na(values)
  grouped <- Reduce(`&`, lapply(groups, function(column) !is.na(column_codes(column))), rep(TRUE, length(known)))
  c(table, list(variables = variables, without = as.double(sum(known & !grouped)),
                grid = group_grid(list(variables = variables), names(groups))))
}

# A tally of those combinations of groups and values that occur.
table_of_occurring <- function(data, groups, whole, outcome, values) {
  coded <- checked(.Call(C_value_codes, values))
  columns <- c(groups, list(list(codes = coded$codes, width = 4L, size = length(coded$values))))
  names(columns)[length(columns)] <- outcome
  check_cells(columns)
  found <- checked(.Call(C_occurring, lapply(unname(columns), core_column), as.double(data$rows), whole$place))
  cells <- list(codes = found$codes, width = 4L, size = length(found$level), levels = seq_along(found$level), name = "cells")
  # the last cell of the tally is of rows that have none
  places <- list(group = c(found$group, -1L), groups = whole$places, level = c(found$level, -1L), levels = length(coded$values))
  list(tally = tally_columns(data, list(cells = cells)), values = coded$values, places = places)
}

# What the core makes tallies of rows of.
quantile_rows <- function(x, groups) {
  list(groups = lapply(unname(groups), core_column), unit = x$unit, weights = x$weights, max_weight = x$max_weight,
       domain = x$domain, rows = as.double(x$rows), threads = thread_count())
}

measure_label <- function(x) {
  label <- attr(x, "label", exact = TRUE)
  if (is.character(label) && length(label) == 1L) label
}

# ---- print -------------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_quantile <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (!is.null(digits)) digits <- check_whole(digits, "digits", 0, 15)
  outcome_lines(x, width, function(rows, info, width) quantile_lines(rows, info, digits, width),
                !has_rows(x[["n"]]))
}

quantile_lines <- function(rows, info, digits, width) {
  empty <- !has_rows(rows$n)
  groups <- if (length(info$groups) > 0L) grid_labels(rows$groups)
  outcome <- rows$outcome[1L]
  once <- rows[!duplicated(groups), , drop = FALSE]
  lines <- c(title_lines(info, outcome, width, if (identical(info$probs, 0.5)) "Median of " else "Quantiles of "),
             source_lines(info, width, n_text(if (is.null(groups)) rows$n[1L] else once$n),
                          if (!all(empty)) df_text(rows$df[!empty], info)))
  shown <- rows[!empty, , drop = FALSE]
  number <- quantile_format(shown, digits)
  error <- mean_format(shown, digits)
  limits <- paste0(open_limit(shown$conf.low, number), " to ", open_limit(shown$conf.high, number))
  limits[is.na(shown$conf.low) & is.na(shown$conf.high)] <- "-"
  label <- if (is.null(groups)) shown$outcome else groups[!empty]
  label[duplicated(label)] <- ""
  key <- table_column(if (is.null(groups)) "" else paste(info$groups, collapse = ", "), label, left = TRUE)
  prob <- trimws(formatC(shown$prob, format = "fg", digits = 4L, decimal.mark = getOption("OutDec")))
  columns <- list(key, table_column("p", prob),
                  table_column("quantile", number(shown$estimate)),
                  table_column(format_level(info$level), add_marks(limits, shown$mark)),
                  table_column("SE", error(shown$std.error)), table_column("n", format_count(shown$n)))
  c(lines, if (nrow(shown) > 0L) c("", table_lines(columns, width)),
    empty_line(if (any(empty)) (if (is.null(groups)) outcome else unique(groups[empty])), width))
}

# Quantiles are mostly values of rows: no more decimals than these have.
quantile_format <- function(rows, digits) {
  values <- c(rows$estimate, rows$conf.low, rows$conf.high)
  values <- values[is.finite(values)]
  least <- min(rows$std.error[!rows$std.error %in% 0], Inf, na.rm = TRUE)
  if (!is.null(digits) || length(values) == 0L) return(mean_format(rows, digits))
  most <- if (is.finite(least)) max(1 - floor(log10(least)), 0) else 4
  own <- vapply(0:15, function(k) all(abs(round(values, k) - values) <= 1e-12 * abs(values)), NA)
  mean_format(rows, if (any(own)) min(which(own) - 1, most))
}

# A limit that no value of the sample reaches is shown as ...
open_limit <- function(x, number) ifelse(is.na(x), "...", number(x))
