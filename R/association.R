#' Effect sizes of a table
#'
#' How strong is the association of two variables? Cramer's V, gamma, Kendall's tau-b, Somers' D and kappa, each with a
#' design-based standard error and confidence interval.
#'
#' @section Measures:
#' Let p_rc be the weighted proportions of the r x c table, n its rows; C and D (twice) the proportions of concordant and
#' discordant pairs of respondents.
#' * `"cramers-v"`: sqrt(phi2 / min(r-1, c-1)), phi2 = sum p_rc^2 / (p_r. p_.c) - 1. Sampling error alone makes it larger
#'   than 0.
#' * `"cramers-v-corrected"`: without that bias (Bergsma 2013). The bias of phi2 in a complex sample is (r-1)(c-1) deff /
#'   (n-1), with deff the mean generalised design effect, `deff.mean` of `weeg_test(proportions = "null")`, so (n-1) /
#'   deff takes the place of Bergsma's n-1. Where the corrected phi2 is not positive, the estimate is 0, with limits but
#'   without a standard error.
#' * `"gamma"`: (C-D) / (C+D) (Goodman and Kruskal 1954).
#' * `"tau-b"`: (C-D) / sqrt((1 - sum p_r.^2) (1 - sum p_.c^2)) (Kendall 1945).
#' * `"somers-d"`: (C-D) / (1 - sum p_r.^2), the answer dependent on the group (Somers 1962): the difference, between a
#'   respondent from a higher and one from a lower group, of the probabilities of a higher and of a lower answer.
#' * `"kappa"`, `"kappa-linear"`, `"kappa-quadratic"`: agreement beyond chance of two variables with the same levels, where
#'   a disagreement by d of k levels counts 1, d/(k-1) or (d/(k-1))^2 (Cohen 1960, 1968).
#'
#' Gamma, tau-b, Somers' D and the weighted kappas need ordered levels: ordered factors, numbers, or two levels. Only the
#' ranks of numbers are used.
#'
#' @section Standard errors and limits:
#' Standard errors are those of linearisation: the score of a row is the derivative of the measure with respect to the
#' proportion of its cell. Limits are those of Fisher's z = atanh(estimate), with the t quantile for the design degrees
#' of freedom, transformed back: in small samples these cover better than symmetric limits, and never exceed 1. In samples of
#' few PSUs the quantile is that of the estimate's own distribution, given the groups of all respondents, in tables of at most 15
#' groups: see [weeg_conventions()]. V cannot be below 0, so its lower limit is 0 where the Rao-Scott test
#' (`weeg_test(proportions = "null")`, or then `"rao-scott-exact"`) at 1 - `level` does not reject independence. The limits of
#' the corrected V are those of V, corrected in the same way; they cover better where the association is weak, because V itself
#' is then too large. At 1, -1 and (for V) 0 there is no standard error;
#' nor is there one for V where the test of independence does not exist because all rows of a group are in one PSU (see
#' [weeg_test()]).
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`, with one group. With several outcomes, `a + b ~ group`, each has its own table.
#' @param measures One or more of those under Measures. `NULL`: both versions of V and, where both variables are ordered, gamma,
#'   tau-b and Somers' D.
#' @return A data frame of class `weeg_association` with one row per outcome and measure: `outcome`, `group`, `measure`,
#'   `estimate`, `std.error`, `conf.low`, `conf.high`, `n` (rows with both answers), `df` (design degrees of freedom of all
#'   rows of the domain, or effective ones) and `reason`, which says why a number does not exist.
#' @seealso [weeg_test()]; [weeg_compare()] for differences, ratios and numbers needed; [weeg_crosstab()] for the cells that
#'   drive an association.
#' @references Bergsma (2013), Journal of the Korean Statistical Society 42, 323-328. Cohen (1960), Educational and
#'   Psychological Measurement 20, 37-46; (1968), Psychological Bulletin 70, 213-220. Goodman and Kruskal (1954), JASA 49,
#'   732-764. Kendall (1945), Biometrika 33, 239-251. Somers (1962), American Sociological Review 27, 799-811.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_association(d, strengths ~ provider)
#' weeg_association(d, strengths + relapse ~ leeftijdsgroep, measures = c("gamma", "somers-d"))
#' weeg_association(d, relapse ~ strengths, measures = "tau-b")
#' @export
weeg_association <- function(data, formula, measures = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_association(data, formula, measures, level, missing),
                  function() weeg_test(data, formula, missing = missing)))
  }
  need_given(data)
  parts <- parse_formula(formula, data)
  if (length(parts$groups) != 1L) abort("formula", "an association needs one group: outcome ~ group")
  if (!is.null(measures)) measures <- some_of(measures, association_measures, "measures")
  level <- check_level(level)
  data <- weeg_design(data)
  tables <- lapply(names(parts$outcomes), function(outcome) prepare_table(data, parts, outcome, missing))
  rows <- Map(function(table, outcome) association_rows(table, outcome, names(parts$groups), measures, level), tables,
              names(parts$outcomes))
  info <- tables_info(tables, parts)
  info$level <- level
  rows <- do.call(rbind, unname(rows))
  new_result(rows, "weeg_association", info,
             c(interval = paste0(format(100 * level), "% t, of Fisher's z"),
               design_conventions(tables[[1L]]$tally, few = all(is.na(rows$estimate)) || !are_whole(rows$df))))
}

some_of <- function(values, choices, argument) {
  values <- bare(values)
  if (is.character(values) && length(values) > 0L && all(values %in% choices)) return(unique(values))
  unknown <- if (is.character(values)) setdiff(values, choices)
  abort("argument", "`", argument, "` must be one or more of ", paste0("\"", choices, "\"", collapse = ", "),
        if (length(unknown) > 0L) paste0(", not \"", unknown[1L], "\""))
}

association_rows <- function(table, outcome, group, measures, level) {
  variables <- table$tally$variables[c(group, outcome)]
  kinds <- if (is.null(measures)) .Call(C_usual_effects, variables) else match(measures, association_measures) - 1L
  for (kind in kinds) check_measure(kind, variables)
  found <- checked_estimate(.Call(C_association, table$tally, table$places, kinds, level), table$tally)
  count <- length(kinds)
  list_frame(c(list(outcome = rep(outcome, count), group = rep(group, count), measure = association_measures[kinds + 1L]), found))
}

# Refuses an effect size that the variables cannot have.
check_measure <- function(kind, variables) {
  failure <- .Call(C_check_effect, kind, variables)
  if (is.null(failure)) return(invisible())
  if (failure$where >= 0) need_order(variables[[failure$where + 1]], association_names(association_measures[kind + 1L]))
  levels <- lapply(variables, `[[`, "levels")
  abort("variable", "kappa needs two variables with the same levels in the same order, but ", names(levels)[1L], " has ",
        listed(levels[[1L]]), " and ", names(levels)[2L], " has ", listed(levels[[2L]]),
        hint = "Make both factors with the same `levels` before making the design")
}

# The core's, in what the terminal can show.
association_names <- function(measure) {
  gsub("\u00e9", utf8("\u00e9", "e"), association_titles[match(measure, association_measures)], fixed = TRUE)
}

#' @rdname weeg_print
#' @export
format.weeg_association <- function(x, digits = NULL, width = getOption("width"), ...) {
  outcome_lines(x, width, function(mine, info, width) {
    c(title_lines(info, mine$outcome[1L], width, "Association: "),
      source_lines(info, width, paste0("n = ", format_count(mine$n[1L])), df_text(mine$df, info)), "",
      table_lines(association_columns(mine, info$level, percent_digits(digits) + 1L), width))
  })
}

association_columns <- function(rows, level, digits) {
  number <- function(x) format_number(x, digits)
  interval <- add_marks(format_interval(rows$conf.low, rows$conf.high, number, " to "), rows$mark)
  list(
    table_column("measure", association_names(rows$measure), left = TRUE),
    table_column("estimate", number(rows$estimate)), table_column(format_level(level), interval),
    table_column("SE", number(rows$std.error))
  )
}

#' @rdname weeg_tidy
#' @export
glance.weeg_association <- function(x, ...) {
  glance_row(x, nobs = sum(x$n[!duplicated(x$outcome)]))
}

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_association)
coef.weeg_association <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_association)
confint.weeg_association <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)
