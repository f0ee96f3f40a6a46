# Results for programs: tidy(), glance(), coef(), confint().

#' Tidy results
#'
#' `tidy()` returns the estimates of a result as a plain data frame with broom's column names; `glance()` summarises the
#' result as a whole, in one row; `augment()` returns the cells of a cross-tab or model.
#'
#' @param x,object A result of a function of this package, such as [weeg_proportion()], [weeg_mean()], [weeg_quantile()],
#'   [weeg_total()], [weeg_test()], [weeg_compare()], [weeg_crosstab()], [weeg_association()], [weeg_logistic()] or
#'   [weeg_multiple()].
#' @param parm Names or numbers of the estimates; all by default.
#' @param level The confidence level at which the result was made. Another one is an error: recompute the result.
#' @param exponentiate Whether coefficients of logistic and log-linear models, and their limits, are odds ratios and ratios:
#'   estimates and limits are exponentiated, `std.error` stays that of the logarithm, as broom has it.
#' @param conf.int,conf.level What broom's callers give: whether models have limits, and the level, which is that at which the
#'   result was made; another one is an error.
#' @param ... Not used.
#' @return `tidy()`: a data frame (not a tibble) with a row per estimate. Groups and answers are factors without an order, so that
#'   results of several questions can be put under each other by `rbind()` and `dplyr::bind_rows()`.
#'   * Of proportions, means, quantiles and totals: the columns of the result.
#'   * Of a logistic or log-linear model: `term`, the name of the coefficient in `coef()`, unique; `variable` and `level`, what
#'     it is of; and the columns of the result.
#'   * Of a comparison: those of the result, with `adj.p.value` for `p.adjusted`.
#'   * Of a test: one row per outcome; `p.value`, `statistic`, `num.df`, `den.df`, `method` and the others.
#'   * Of a cross-tab: the percentages that it shows (`row`, `column` or `total`), as proportions, with `residual`, the
#'     adjusted residual of the cell, and its p-value `residual.p`.
#'
#'   `glance()`: a data frame with one row. Of a test and a cross-tab: the test (of a test of several outcomes: one row per
#'   outcome). Of the others: `nobs`, the rows used (for comparisons `comparisons`, their number), `df.min`, `df.max` and
#'   `conf.level`. Of [weeg_sensitivity()]: the numbers of estimates, rules, and rules that failed. Of
#'   [weeg_shrink()] a row per answer, of [weeg_funnel()] per answer and limit: see there.
#'
#'   `augment()`: a data frame with a row per cell, group by group, and the columns that broom gives for a chi-squared test:
#'   `.observed` (rows), `.weighted` (their sum of weights), `.prop`, `.row.prop`, `.col.prop`, `.expected` (the sum of weights
#'   if group and answer were independent) and `.std.resid` (the adjusted residual with its design-based variance). Of a
#'   logistic regression: a row per observed combination of covariates and answer, with `.observed`, `.weighted`, `.prop`
#'   (the share of the answer in the combination) and `.fitted` (its fitted probability). Of a log-linear model: a
#'   row per cell, with `.prop` and `.fitted` as shares of all, and the Pearson residual `.resid`: their squares sum to
#'   `chisq`.
#'
#'   `coef()`: the estimates, named `group:answer` (with several outcomes `outcome:group:answer`, for comparisons with the
#'   measure and the pair). `confint()`: a matrix of limits with the same names.
#' @name weeg_tidy
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' tidy(weeg_compare(d, strengths ~ ronde, measures = "difference"))
#' glance(weeg_crosstab(d, strengths ~ provider))
#' augment(weeg_crosstab(d, strengths ~ provider))
#' coef(weeg_proportion(d, ~ strengths))
NULL

#' @rdname weeg_tidy
#' @export
tidy.weeg_result <- function(x, conf.level = NULL, ...) {
  check_tidy_level(x, conf.level)
  without_order(as.data.frame.weeg_result(x))
}

# Ordered factors cannot be put under others.
without_order <- function(rows) {
  ordered <- vapply(rows, is.ordered, NA)
  rows[ordered] <- lapply(rows[ordered], function(x) {
    class(x) <- "factor"
    x
  })
  rows
}

check_tidy_level <- function(x, level) {
  made <- attr(x, "info")$level
  if (is.null(level) || is.null(made) || isTRUE(all.equal(check_level(level), made))) return(invisible())
  abort("argument", "the limits of this result are at level ", format(made), ", not ", format(level), " (in `conf.level`)",
        hint = "Give `level` to the function that makes the result")
}

#' @rdname weeg_tidy
#' @export
tidy.weeg_logistic <- function(x, exponentiate = FALSE, conf.int = TRUE, conf.level = NULL, ...) {
  exponentiate <- check_flag(exponentiate, "exponentiate")
  rows <- as.data.frame.weeg_result(x)
  check_tidy_level(x, conf.level) # effective degrees of freedom are those of a level
  if (exponentiate) {
    figures <- c("estimate", "conf.low", "conf.high")
    rows[figures] <- lapply(rows[figures], exp)
  }
  if (!check_flag(conf.int, "conf.int")) rows[c("conf.low", "conf.high")] <- NULL
  variable <- rows$term
  rows$term <- term_names(x)
  list_frame(c(rows["term"], list(variable = variable), rows[setdiff(names(rows), "term")]))
}

#' @rdname weeg_tidy
#' @export
tidy.weeg_loglinear <- tidy.weeg_logistic

#' @rdname weeg_tidy
#' @export
tidy.weeg_compare <- function(x, conf.level = NULL, ...) {
  rows <- tidy.weeg_result(x, conf.level)
  names(rows)[names(rows) == "p.adjusted"] <- "adj.p.value"
  rows
}

#' @rdname weeg_tidy
#' @export
tidy.weeg_crosstab <- function(x, ...) without_order(as.data.frame.weeg_crosstab(x))

#' @export
as.data.frame.weeg_crosstab <- function(x, ...) {
  percent <- info_of(x)$percent
  x <- beside_nets(x)
  rows <- x[[percent]]
  rows$residual <- c(t(x$residuals))
  rows$residual.p <- c(t(x$residual.p))
  rows
}

#' @rdname weeg_tidy
#' @export
glance.weeg_proportion <- function(x, ...) {
  groups <- x[!duplicated(x[c(info_of_all(x)$columns, "outcome")]), ]
  glance_row(x, nobs = sum(groups$n.base))
}

#' @rdname weeg_tidy
#' @export
glance.weeg_total <- function(x, ...) {
  nobs <- info_of(x)$nobs
  glance_row(x, nobs = if (is.null(nobs)) sum(x$n) else nobs)
}

#' @rdname weeg_tidy
#' @export
glance.weeg_mean <- function(x, ...) glance_row(x, nobs = sum(x$n))

#' @rdname weeg_tidy
#' @export
glance.weeg_quantile <- function(x, ...) {
  groups <- x[!duplicated(x[c(info_of_all(x)$columns, "outcome")]), ]
  glance_row(x, nobs = sum(groups$n))
}

#' @rdname weeg_tidy
#' @export
glance.weeg_compare <- function(x, ...) {
  cbind(glance_row(x, comparisons = nrow(x)), adjustment = info_of(x)$adjust)
}

#' @rdname weeg_tidy
#' @export
glance.weeg_test <- function(x, ...) {
  rows <- as.data.frame.weeg_result(x)
  names(rows)[names(rows) == "n"] <- "nobs"
  rows
}

#' @rdname weeg_tidy
#' @export
glance.weeg_crosstab <- function(x, ...) {
  info <- info_of(x)
  cbind(glance.weeg_test(x$test), missing = x$missing, conf.level = info$level)
}

#' @rdname weeg_tidy
#' @export
augment.weeg_crosstab <- function(x, ...) {
  info <- info_of(x)
  by_cell <- function(matrix) c(t(matrix))
  weighted <- x$weighted
  expected <- outer(rowSums(weighted), colSums(weighted)) / sum(weighted)
  flat_rows(list_frame(list(
    groups = result_rows(x$row, info$columns)$groups, level = x$row$level, .observed = by_cell(x$counts),
    .weighted = by_cell(weighted), .prop = x$total$estimate, .row.prop = x$row$estimate,
    .col.prop = x$column$estimate, .expected = by_cell(expected), .std.resid = by_cell(x$residuals)
  )))
}

glance_row <- function(x, ...) {
  info <- info_of_all(x)
  df <- x$df[!is.na(x$estimate)]
  ends <- if (length(df) > 0L) range(df) else c(NA_real_, NA_real_)
  data.frame(..., df.min = ends[1L], df.max = ends[2L], conf.level = info$level, weights = info$weighted_by)
}

# ---- estimates with names --------------------------------------------------------------------------------------------

term_names <- function(x) {
  info <- info_of(x)
  rows <- result_rows(x)
  many <- function(column) if (length(unique(rows[[column]])) > 1L) rows[[column]]
  parts <- switch(class(x)[1L],
    weeg_proportion = , weeg_multiple =
      list(many("outcome"), if (length(info$groups) > 0L) grid_labels(rows$groups), rows$level),
    weeg_battery = list(rows$outcome, if (length(info$groups) > 0L) grid_labels(rows$groups),
                        ifelse(rows$statistic == "mean", "mean", as.character(rows$level))),
    weeg_association = list(many("outcome"), rows$measure),
    weeg_logistic = , weeg_loglinear = list(logistic_names(rows)),
    weeg_total = list(grid_labels(rows$groups)),
    weeg_contrast = list(rows$contrast, if (length(info$groups) > 0L) grid_labels(rows$groups)),
    weeg_mean = if (length(info$groups) == 0L) list(rows$outcome) else list(many("outcome"), grid_labels(rows$groups)),
    weeg_quantile = list(if (length(info$groups) == 0L) rows$outcome else many("outcome"),
                         if (length(info$groups) > 0L) grid_labels(rows$groups), rows$prob),
    weeg_compare = list(many("outcome"), many("measure"), pair_names(rows), rows$level),
    weeg_compare_means = list(many("outcome"), many("measure"), pair_names(rows))
  )
  paste_columns(Filter(Negate(is.null), parts), ":")
}

named_estimates <- function(x) {
  if (!"estimate" %in% names(x)) abort("argument", "the estimates were taken out of the result")
  estimates <- x$estimate
  names(estimates) <- term_names(x)
  estimates
}

named_limits <- function(x, parm, level) {
  made <- info_of(x)$level
  if (!is.null(level) && !isTRUE(all.equal(check_level(level), made))) {
    abort("argument", "the limits of this result are at level ", format(made), ", not ", format(level),
          hint = "Give `level` to the function that makes the result")
  }
  if (!all(c("conf.low", "conf.high") %in% names(x))) abort("argument", "the limits were taken out of the result")
  tails <- 100 * c((1 - made) / 2, (1 + made) / 2)
  limits <- matrix(c(x$conf.low, x$conf.high), ncol = 2L,
                   dimnames = list(term_names(x), paste(format(tails, trim = TRUE, drop0trailing = TRUE), "%")))
  if (is.null(parm)) return(limits)
  parm <- if (is.factor(parm)) level_names(parm, "parm") else bare(parm)
  known <- if (is.character(parm)) rownames(limits) else seq_len(nrow(limits))
  if (is.logical(parm) && length(parm) == nrow(limits) && !anyNA(parm)) parm <- which(parm)
  if (!(is.character(parm) || is.numeric(parm)) || !all(parm %in% known)) {
    abort("argument", "`parm` must be names or numbers of estimates", hint = paste0("They are ", listed(rownames(limits))))
  }
  limits[as.vector(parm), , drop = FALSE]
}

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_proportion)
coef.weeg_proportion <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_total)
coef.weeg_total <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_mean)
coef.weeg_mean <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_quantile)
coef.weeg_quantile <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_compare)
coef.weeg_compare <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_proportion)
confint.weeg_proportion <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_total)
confint.weeg_total <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_mean)
confint.weeg_mean <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_quantile)
confint.weeg_quantile <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_compare)
confint.weeg_compare <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)
