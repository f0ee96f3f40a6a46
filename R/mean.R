#' Weighted means with confidence intervals
#'
#' Means of numeric variables within groups, with standard errors and confidence intervals that account for the design.
#'
#' The variance is by Taylor linearisation: with W the sum of the weights of a group's rows, the score of a row is
#' w (y - mean) / W, and the variance is that of PSU totals of the scores within strata (Cochran 1977, eq. 6.5; Wolter 2007,
#' section 6.3). Each group is a domain: PSUs without rows in it count as zeros. The interval is the mean plus and minus t
#' standard errors.
#'
#' Sums of weight times value are exact, and so are the deviations from the mean that the variance is made of: they keep
#' their digits where the mean is many times larger than its standard error. A standard error is 0 where all values are equal.
#' The unit of the sums is \eqn{2^{-70}}{2^-70} of the largest product of weight and value, or less. A group whose values are
#' so much smaller that these sums do not have nine digits has no estimate, and `reason` says so.
#'
#' A group of which all rows are in one PSU has no standard error: see "Groups in one PSU" in [weeg_compare()].
#'
#' Rows whose value is missing (`NA`, `NaN`, user-missing) are as for proportions: see [weeg_missing]. An infinite value is
#' an error.
#'
#' Means are made of the rows of a data frame, or of a tally that has sums of the number: `weeg_tally(d, income ~ region)`. They
#' are not available yet for calibrated designs, designs with replicate weights, files and databases: these are refused.
#'
#' @inheritParams weeg_proportion
#' @param data A [weeg_design()], [weeg_tally()], or a design of package survey or srvyr.
#' @param formula `outcome ~ group`, where the outcome is a number. Several outcomes: `a + b ~ g`; several groups: `a ~ g + h`; no
#'   group: `~ a`. A term may be an expression of variables, such as `log(income)`.
#' @return A data frame with one row per group, of class `weeg_mean`: the groups (a variable that has the name of a column below:
#'   see [weeg_print]); `outcome`; `estimate`; `std.error`; `conf.low`, `conf.high`; `n`, the rows of the group with a
#'   value; `n.weighted`, the sum of their weights; `cv`, the coefficient of variation of the estimate: the standard error divided
#'   by the size of the mean; `df`, design degrees of freedom: PSUs minus strata among the group's rows; `reason`, why
#'   an estimate or interval does not exist, or has no width, else `NA`.
#' @references Cochran (1977), Sampling Techniques. Wolter (2007), Introduction to Variance Estimation.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_mean(d, leeftijd ~ provider)
#' weeg_mean(d, ~ leeftijd)
#' weeg_mean(weeg_tally(d, leeftijd ~ provider + ronde), leeftijd ~ ronde)
#' @export
weeg_mean <- function(data, formula, level = 0.95, missing = NULL) {
  parts <- parse_formula(formula)
  need_given(data)
  data <- weeg_design(data)
  level <- check_level(level)
  tables <- lapply(names(parts$outcomes), function(outcome) mean_table(data, parts, outcome, level, missing))
  info <- tables_info(tables, parts)
  info$level <- level
  new_result(bind_frames(lapply(tables, `[[`, "rows")), "weeg_mean", info,
             c(interval = interval_text("wald", level), design_conventions(tables[[1L]]$tally)))
}

mean_table <- function(data, parts, outcome, level, missing) {
  table <- prepare_table(data, parts, outcome, missing, measures = outcome)
  found <- checked_estimate(.Call(C_means, table$tally, table$places, 0L, level), table$tally)
  each <- seq_len(table$places$groups)
  rows <- list_frame(c(list(groups = group_rows(table$grid, each), outcome = rep(outcome, length(each))), found))
  list(rows = rows, tally = table$tally, outcome = outcome)
}

# ---- columns ---------------------------------------------------------------------------------------------------------

# The columns of a tally's variables and measures.
measure_columns <- function(x, terms, envir, measures) {
  refuse_measures(x, measures)
  Map(function(term, name) {
    column <- evaluate(term, x$data, envir, "formula")
    if (name %in% measures) measure_column(column, name) else code_column(column, name)
  }, terms, names(terms))
}

# What means are not made of yet.
refuse_measures <- function(x, measures) {
  if (is.null(measures)) return(invisible())
  if (!inherits(x, "weeg_tally") && !is.data.frame(x$data)) abort_measures("files and databases")
  if (!is.null(x$calibration)) abort_measures("calibrated designs")
  if (!is.null(x$replicates)) abort_measures("designs with replicate weights")
}

abort_measures <- function(what) {
  abort("unsupported", "sums and means of numbers are not available yet for ", what,
        hint = if (what == "files and databases") "Read the columns into a data frame, and make the design of that" else {
          "Package survey has them: survey::svymean(), of as_svydesign(design)"
        })
}

# The names of those variables of a tally of which it has sums.
measures_of <- function(tally) names(Filter(function(variable) isTRUE(variable$measure), tally$variables))

# Those of a tally that are wanted as numbers have sums, and the others have levels.
check_kinds <- function(variables, measures) {
  for (name in names(variables)) {
    sums <- isTRUE(variables[[name]]$measure)
    if (sums && !name %in% measures) {
      abort("variable", "the tally has sums of ", name, ", which is a number, and no levels of it",
            hint = paste0("weeg_mean(tally, ", name, " ~ group); for its values as levels: weeg_tally(design, ~ ", name, ")"))
    }
    if (!sums && name %in% measures) {
      abort("variable", "the tally has levels of ", name, ", and no sums of its values",
            hint = paste0("Make the tally with it on the left: weeg_tally(design, ", name, " ~ group)"))
    }
  }
}

# A column whose values are summed; that a row has one is its only level. Codes are NULL where all have one.
measure_column <- function(x, name) {
  label <- attr(x, "label", exact = TRUE)
  if (!is.character(label) || length(label) != 1L) label <- NULL
  check_number(x, name)
  values <- as_numbers(x)
  list(codes = if (anyNA(values)) as.raw(!is.na(values)), width = 1L, size = 1L, levels = "known", name = name, label = label,
       measure = TRUE, values = values)
}

check_number <- function(x, name) {
  if (inherits(x, "AsIs")) class(x) <- setdiff(class(x), "AsIs")
  number <- is.numeric(unclass(x)) && !is.factor(x) && length(attr(x, "dim", exact = TRUE)) < 2L &&
    !inherits(x, c("Date", "POSIXt", "difftime")) && !inherits(x, "weeg_coded")
  if (number) return(invisible())
  kind <- if (is.character(x)) "text" else paste("a", class(x)[1L])
  abort("variable", "variable `", name, "` is ", kind, ", and sums and means are of numbers",
        hint = paste0("For the shares of its answers: weeg_proportion(data, ~ ", name, "); among the variables of a tally: ~ ",
                      name, " + ...",
                      if (is.logical(x)) "; for the mean of 0 and 1, as.numeric()"))
}

refuse_infinite <- function(result, measures) {
  if (!inherits(result, "weeg_failure") || result$facts$fault != "infinite" || is.na(result$facts$number)) return(invisible())
  column <- measures[[result$facts$number]]
  row <- result$facts$row
  abort("variable", "variable `", column$name, "` is ", format(column$values[row]), " in row ", in_row(row),
        ", and there is no mean of that",
        hint = "Make it NA, or leave such rows out: subset(design, is.finite(...))", where = row)
}
