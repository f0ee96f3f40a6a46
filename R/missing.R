#' Missing values
#'
#' How rows in which a variable of the table is missing (`NA`) are treated. The argument `missing` of [weeg_proportion()],
#' [weeg_mean()], [weeg_ratio()], [weeg_quantile()], [weeg_crosstab()], [weeg_test()], [weeg_compare()], [weeg_total()]
#' and [weeg_multiple()] chooses:
#'
#' * `"domain"`: the rows are outside the domain, but their PSUs stay in the design. The number of PSUs in a stratum, n_h,
#'   and the mean over them include every sampled PSU, so that the variance accounts for the random number of rows with
#'   an answer. This is the default, and what package survey does with `na.rm = TRUE`, SAS with NOMCAR (not missing
#'   completely at random), Stata with `subpop(if !missing(x))` and SUDAAN. Degrees of freedom count the rows of the
#'   group whose answer is missing, too.
#' * `"omit"`: the rows are taken out of the data as if they had not been sampled. A PSU (without clusters: a row) that has
#'   no complete row of non-zero weight left is not counted in n_h, nor in the degrees of freedom; population sizes (`fpc`)
#'   stay as they are. This assumes that values are missing completely at random. The default of SAS and Stata.
#' * `"level"`: `NA` is a level of its own, `"(missing)"`, the last one, of each variable that has missing values in the
#'   domain. An ordered variable is then no longer ordered. The option MISSING of SAS and `missing` of Stata. A value that a
#'   mean is of has no such level: rows without it are outside the domain.
#'
#' Estimates are the same under `"domain"` and `"omit"`; standard errors and degrees of freedom differ where whole PSUs
#' have no complete rows, and always where rows are the PSUs. A table that has no missing values is the same under all
#' three, except that `"omit"` does not count PSUs whose rows all have weight zero.
#'
#' `NULL` stands for the choice of the design's [conventions][weeg_conventions]. Each result says which one was used.
#'
#' @name weeg_missing
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_proportion(d, ~ strengths, missing = "level")
#' weeg_proportion(d, ~ strengths, missing = "omit")
NULL

missing_level <- "(missing)" # as the core names it

missing_text <- function(tally) missing_texts[[by_convention(tally$missing, tally, "missing")]]

# The tally of a table, with its missing values treated as asked. Its element `missing` says how.
table_tally <- function(x, terms, envir, missing = NULL, measures = NULL) {
  if (!is.null(missing)) missing <- one_of(missing, missing_choices, "missing")
  missing <- by_convention(missing, x, "missing")
  tally <- make_tally(x, terms, envir, measures)
  tally <- switch(missing, domain = tally, level = level_of_missing(tally), omit = omit_missing(tally, x, terms, envir, measures))
  tally$missing <- missing
  tally
}

missing_number <- function(missing) match(missing, missing_choices) - 1L

# Every variable with missing values gets a level for them.
level_of_missing <- function(tally) {
  found <- .Call(C_frame_treat, tally, NULL, missing_number("level"))
  if (inherits(found, "weeg_failure") && found$facts$fault == "missing_level") {
    abort("variable", tally$variables[[found$where + 1]]$name, " has a level \"(missing)\" and missing values besides",
          hint = "Give that level another name, or use missing = \"domain\"")
  }
  moved(tally, found, Map(said_anew, tally$variables, checked(found)$variables))
}

# Leaves rows with missing values out, and PSUs that have no other rows.
omit_missing <- function(tally, x, terms, envir, measures = NULL) {
  if (length(x$frame$later) > 0L) {
    abort("unsupported", "missing = \"omit\" is not available for multistage designs", hint = "Use missing = \"domain\"")
  }
  if (!is.null(tally$calibration)) {
    abort("unsupported", "missing = \"omit\" is not available for calibrated designs, whose margins need all rows",
          hint = "Use missing = \"domain\"")
  }
  whole <- NULL
  if (length(x$conditions) > 0L) {
    if (!inherits(x, "weeg_design")) {
      abort("unsupported", "missing = \"omit\" cannot be applied to a domain of a tally, which has lost the PSUs outside it",
            hint = "Take the domain of the design, before the tally is made, or use missing = \"domain\"")
    }
    x["domain"] <- list(NULL)
    whole <- make_tally(x, terms, envir, measures)
  }
  found <- checked(.Call(C_frame_treat, tally, whole, missing_number("omit")))
  sampled <- Filter(Negate(is.null), found$stages[[1L]][c("psu_stratum", "stratum_psus")])
  tally$frame[names(sampled)] <- sampled
  moved(tally, found, tally$variables)
}
