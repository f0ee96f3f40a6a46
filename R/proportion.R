#' Weighted proportions with confidence intervals
#'
#' Proportions of each answer within groups, with standard errors and confidence intervals that account for the design.
#'
#' @section Standard errors:
#' Taylor linearisation: with T the weighted totals, the score of a row is w (1\[answer\] - p) / T, and the variance is
#' that of PSU totals of the scores within strata (Woodruff 1971; Wolter 2007, section 6.3; Binder 1983). Each group is a
#' domain: PSUs without respondents in it count as zeros.
#'
#' @section Intervals:
#' With v the design variance, ne = p(1-p)/v, and t the quantile for `df`: by default effective degrees of freedom, which hold the
#' level in samples of few PSUs ([weeg_conventions], section "Few PSUs"):
#' * `"logit"`: the Wald interval of log(p/(1-p)), transformed back.
#' * `"wald"`: p - t se, p + t se, cut at 0 and 1.
#' * `"wilson"`: Wilson's (1927) score interval with ne and t.
#' * `"beta"`: Korn and Graubard (1998), Clopper-Pearson with ne (t(n-1)/t(df))^2. The effective sample size is not
#'   capped, as in package survey; `"beta-nchs"` caps it at n, as the US National Center for Health Statistics does
#'   (Parker and others 2017).
#' * `"clopper-pearson"`: the exact binomial limits with n / deff for n.
#' * `"arcsine"`: the Wald interval of arcsin(sqrt(p)), transformed back.
#' * `"agresti-coull"`: Agresti and Coull (1998) with ne and t, cut at 0 and 1.
#' * `"jeffreys"`: quantiles of Beta(ne p + 1/2, ne (1-p) + 1/2), with the same adjusted ne as `"beta"`.
#'
#' An estimate of 0 or 1 has no estimated design variance. All methods then give Clopper and Pearson's limits with n, and
#' `reason` says so.
#'
#' A group of which all rows are in one PSU, or in strata of one PSU that the `lonely` rule leaves out, has no standard error:
#' see "Groups in one PSU" in [weeg_compare()]. A variance that is 0 up to rounding error (by a bound on that error) is
#' taken as 0: where the whole population was sampled, or all PSUs have the same proportion. The limits are then the
#' estimate itself, `n.effective` is `NA`, and `reason` says so.
#'
#' @section Adjusted proportions:
#' With `adjust_for = ~ a + b`, the proportions are those to be expected if each group had the covariate distribution of
#' all rows together: marginal standardisation (Lane and Nelder 1982), also called predictive margins (Graubard and Korn
#' 1999). For each answer, a design-based logistic model of this answer against all others, with the groups (their
#' combinations, where there are several group variables) and the covariates as main effects, predicts each row in each
#' group; the estimate is the weighted mean of the predictions. With more than two answers, adjusted proportions of a
#' group need not add up to exactly 1.
#'
#' Standard errors are from the scores of the predictions and of the model together. So they account for the sampling of
#' the covariates, and its covariance with the model: survey's `svypredmeans()` takes that covariance to be 0, and the
#' `marginaleffects` package treats the covariates as fixed by default. Rows without the outcome, group or a covariate
#' are left out, `n.base` and `df` are those of the others; `df` is that of all groups together. Where an answer is given
#' by all or none of a group or of a level of a covariate, the model has no finite estimates: `NA`, and `reason` says so.
#'
#' @param data A [weeg_design()], [weeg_tally()], or a design of package survey or srvyr.
#' @param formula `outcome ~ group`. Several outcomes: `a + b ~ g`; several groups: `a ~ g + h`; no group: `~ a`. A term
#'   may be an expression of variables, such as `leeftijd < 36`.
#' @param interval The kind of confidence interval; see Intervals. `NULL`: that of the design's [conventions][weeg_conventions],
#'   `r usual("interval")` unless others were chosen, and `"beta-nchs"` where these have no effective degrees of freedom.
#' @param answers Which answers, and nets of them, such as `list(NULL, "top 2" = c("agree", "strongly agree"))`: see [weeg_nets].
#'   `NULL`: all answers.
#' @param adjust_for Covariates to adjust for, as `~ a + b`: categories too. `NULL`: none. See Adjusted proportions.
#' @param covariance Whether the covariances of the estimates, of one outcome, are made too: see [vcov()][weeg_covariance].
#' @param threshold Counts of fewer respondents are not shown, nor what would reveal them in this one table: see [weeg_threshold].
#'   `NULL`: everything is shown.
#' @param level Confidence level.
#' @param missing What to do with rows in which a variable of the table is missing: `"domain"`, `"omit"` or `"level"`; see
#'   [weeg_missing].
#' @return A data frame with one row per group and answer, of class `weeg_proportion`: the groups (a variable that has
#'   the name of a column below: see [weeg_print]); `outcome` and `level`; `estimate`, a proportion in \[0, 1\];
#'   `std.error`; `conf.low`, `conf.high`; `n`, the rows with this answer; `n.base`,
#'   the rows of the group with an answer; `n.weighted`, the sum of their weights (of this answer); `n.effective`,
#'   p(1-p)/v; `deff`, the design effect against simple random sampling with replacement; `df`, degrees of freedom:
#'   effective ones, or PSUs minus strata among the group's rows, by the conventions ([weeg_conventions]); `reason`, why
#'   an estimate or interval does not exist, or calls for care, else `NA`;
#'   `reliability` and `reliability.reason`, see [weeg_reliability]. Groups without data have `NA` estimates.
#' @references Korn and Graubard (1998), Survey Methodology 24, 193-201. Woodruff (1971), JASA 66, 411-414. Wolter (2007),
#'   Introduction to Variance Estimation. Lane and Nelder (1982), Biometrics 38, 613-621. Graubard and Korn (1999), Biometrics
#'   55, 652-659. Parker and others (2017), Vital and Health Statistics 2(175).
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_proportion(d, strengths ~ provider)
#' weeg_proportion(d, ~ strengths + relapse, interval = "wilson")
#' weeg_proportion(d, strengths ~ ronde, answers = list(NULL, "top 2" = c("grotendeels", "helemaal")))
#' weeg_proportion(d, relapse ~ provider, adjust_for = ~ leeftijdsgroep + ronde)
#' @export
weeg_proportion <- function(data, formula, interval = NULL, answers = NULL, adjust_for = NULL, covariance = FALSE,
                            threshold = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) check_threshold(threshold, data)
  if (is_imputed(data)) {
    return(pooled(data, function(data) {
      weeg_proportion(data, formula, interval, answers, adjust_for, covariance, NULL, level, missing)
    }))
  }
  need_given(data)
  parts <- parse_formula(formula, data, grouped = TRUE)
  given_formulas("adjust_for", variables_of(data), wrong = FALSE)
  covariates <- parts$covariates <- parse_covariates(adjust_for, parts)
  asked <- asked_answers(answers)
  data <- weeg_design(data)
  usual <- is.null(interval)
  interval <- one_of(usual_interval(interval, data, is.null(covariates)), interval_methods, "interval")
  level <- check_level(level)
  covariance <- check_covariance(covariance, parts$outcomes)
  if (!is.null(covariates)) refuse_covariance(covariance, "adjusted proportions")
  if (!is.null(answers)) refuse_covariance(covariance, "some answers and nets")
  threshold <- check_threshold(threshold, data, "`adjust_for`" = !is.null(covariates), "`covariance`" = covariance,
                               "nets" = length(asked$nets) > 0L)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    with_nets(data, parts, outcome, asked, missing, function(data, parts, answers, missing) {
      if (is.null(covariates)) {
        return(proportion_table(data, parts, outcome, answers, interval, level, missing, covariance, threshold))
      }
      adjusted_table(data, parts, outcome, answers, interval, level, missing)
    })
  })
  result <- bind_tables(lapply(tables, `[[`, "rows"))
  tally <- tables[[1L]]$tally
  info <- adjusted_info(tables_info(tables, parts), covariates, tally)
  info[c("level", "interval", "usual_interval")] <- list(level, interval, usual)
  info$covariance <- tables[[1L]]$covariance
  info <- answers_info(info, asked)
  info$threshold <- threshold
  new_result(result, "weeg_proportion", info,
             c(interval = interval_text(interval, level), adjusted_convention(covariates), threshold_convention(threshold),
               design_conventions(tally, is.null(covariates))))
}

interval_text <- function(interval, level) paste0(format(100 * level), "% ", interval)

# The estimate, and so many standard errors as Student's t says.
t_interval_text <- function(level, interval = "wald") {
  interval_text(sprintf("t-based (%s)", if (identical(interval, "log")) interval else "Wald"), level)
}

proportion_table <- function(data, parts, outcome, answers, interval, level, missing = NULL, covariance = FALSE,
                             threshold = NULL) {
  table <- prepare_table(data, parts, outcome, missing)
  rows <- proportion_rows(table$tally, table$places, table$grid, outcome, interval, level)
  rows <- protect_rows(rows, shown_cells(table, threshold))
  list(rows = rows_of_answers(rows, answers, outcome), tally = table$tally, outcome = outcome,
       covariance = if (covariance) covariance_of(table, "proportion", rows))
}

rows_of_answers <- function(rows, answers, outcome) {
  if (is.null(answers)) return(rows)
  rows <- rows[rows$level %in% find_answers(answers, levels(rows$level), outcome), , drop = FALSE]
  rownames(rows) <- NULL
  rows
}

# One row per group and level, the levels fastest.
proportion_rows <- function(tally, places, grid, outcome, interval, level) {
  found <- checked_estimate(.Call(C_proportions, tally, places, match(interval, interval_methods) - 1L, level), tally)
  each <- rep(seq_len(places$groups), each = places$levels)
  list_frame(c(
    list(groups = group_rows(grid, each), outcome = rep(outcome, length(each)),
         level = level_factor(tally, outcome, rep(seq_len(places$levels), places$groups))),
    found
  ))
}

# The columns from estimate to reliability.reason, of proportions of which these are known; n and n.weighted are 0.
share_columns <- function(estimate, variance, n.base, df, interval, level) {
  checked(.Call(C_shares, as.double(estimate), as.double(variance), as.double(n.base), as.double(df),
                match(interval, interval_methods) - 1L, level))
}

# Levels of a variable by number, as the factor they were.
level_factor <- function(tally, name, numbers) {
  variable <- tally$variables[[name]]
  structure(as.integer(numbers), levels = as.character(variable$levels),
            class = c(if (isTRUE(variable$ordered)) "ordered", "factor"))
}

# Tables of several outcomes under each other; `level` then has the levels of all of them.
bind_tables <- function(tables) {
  if (length(tables) == 1L) return(tables[[1L]])
  levels <- unique(unlist(lapply(tables, function(t) levels(t$level))))
  bind_frames(lapply(tables, function(t) {
    t$level <- factor(as.character(t$level), levels = levels)
    t
  }))
}
