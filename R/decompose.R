#' Decompose a change, or standardise it away
#'
#' `weeg_decompose()` splits the difference between two groups, such as two rounds of a survey, into a part due to
#' different rates and a part due to the different composition of the groups. `weeg_standardise()` gives the proportions
#' that the groups would have if all had the same composition.
#'
#' @section Formulas:
#' Let s_gb be the share of category b of `by` in group g, and p_gb the proportion of the answer within it.
#' * Decomposition (Kitagawa 1955): p_1 - p_2 = rate effect + composition effect, with rate effect
#'   sum_b (s_1b + s_2b)/2 (p_1b - p_2b) and composition effect sum_b (s_1b - s_2b) (p_1b + p_2b)/2.
#' * Direct standardisation: sum_b S_b p_gb with the shares S_b of `population`, which are taken to be known without error.
#'
#' These are of proportions. Means of numbers are not decomposed or standardised; [weeg_compare()] has their trends and contrasts,
#' and compares them with the total, the rest and figures. A number in classes, or `income > 3000`, is an answer.
#'
#' Standard errors are by Taylor linearisation, from the scores of shares and rates together, so they account for PSUs
#' that both groups share and for the sampling error of the composition (that of `population` is taken as known). Limits of
#' components use the t quantile, those of standardised proportions the t quantile on the logit scale, or with
#' `interval = "beta"` those of Korn and Graubard (1998), the limits of Clopper and Pearson of as many rows as give a proportion
#' the variance of the standardised one, p(1-p)/v (t(n-1)/t(df))^2; `"beta-nchs"` takes n at most, as the US National Center for
#' Health Statistics does for age-adjusted percentages (Parker and others 2017). Where the estimate is 0 or 1 these are the
#' limits of Clopper and Pearson with n rows; on the logit scale there are none. Only rows with
#' group, `by` and answer known are used; a total can therefore differ from that of [weeg_compare()].
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`; for `weeg_standardise()` also `~ outcome`, or `outcome ~ 1`, for all rows together.
#' @param by The composition: a one-sided formula, `~ provider`. With several variables, the categories are their
#'   combinations.
#' @param pairs Which groups to compare: `c("a", "b")` for a minus b, a list of such pairs, or `NULL` for all pairs.
#' @param interval Of standardised proportions: `"logit"`, `"beta"` or `"beta-nchs"`; see Formulas. `NULL`: `"logit"`.
#' @param population The standard population: the shares or numbers of the categories, named by them (for several variables
#'   `"a, b"`); they are divided by their sum. A category without rows, such as a level that [subset()] left out, need not
#'   be named.
#' @return `weeg_decompose()`: a data frame of class `weeg_decompose` with three rows per outcome, pair and answer: `outcome`,
#'   `level`, `component` (`"total"`, `"rate"`, `"composition"`), `group1`, `group2`, `estimate`, `std.error`, `conf.low`,
#'   `conf.high`, `statistic`, `df`, `p.value` (not adjusted) and `reason`.
#'
#'   `weeg_standardise()`: a data frame of class `weeg_standardise` with one row per group and answer: the group variables,
#'   `outcome`, `level`, `estimate`, `std.error`, `conf.low`, `conf.high`, `crude` (the unstandardised proportion, in the
#'   same rows), `n`, `df` and `reason`.
#'
#'   A group of which all rows are in one PSU has no standard error: see "Groups in one PSU" in [weeg_compare()].
#' @references Kitagawa (1955), JASA 50, 1168-1194. Korn and Graubard (1998), Survey Methodology 24, 193-201. Parker and others
#'   (2017), Vital and Health Statistics 2(175).
#' @seealso [weeg_compare()]
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_decompose(d, strengths ~ ronde, by = ~provider, answers = "niet")
#' shares <- table(openvoorwerk$provider)
#' weeg_standardise(d, strengths ~ ronde, by = ~provider, population = shares)
#' weeg_standardise(d, strengths ~ ronde, by = ~provider, population = shares, interval = "beta-nchs")
#' @export
weeg_decompose <- function(data, formula, by, pairs = NULL, answers = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_decompose(data, formula, by, pairs, answers, level, missing)))
  }
  formula <- given_formula(formula)
  need_given(data)
  given_formulas("by", variables_of(data), wrong = FALSE)
  parts <- parse_composition(formula, by, data)
  if (length(parts$groups) == 0L) abort("formula", "the formula needs a group: outcome ~ group")
  level <- check_level(level)
  asked <- asked_answers(answers)
  data <- weeg_design(data)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    with_nets(data, parts, outcome, asked, missing, function(data, parts, answers, missing) {
      decompose_table(prepare_composition(data, parts, outcome, missing), outcome, pairs, answers, level)
    }, per = length(decompose_components))
  })
  info <- tables_info(tables, parts)
  info$level <- level
  if (length(asked$nets) > 0L) info$nets <- asked$nets
  info$by <- names(parts$by)
  new_result(bind_tables(lapply(tables, `[[`, "rows")), "weeg_decompose", info,
             c(interval = paste0(format(100 * level), "% t"), design_conventions(tables[[1L]]$tally)))
}

decompose_components <- c("total", "rate", "composition") # in the order of weeg.h

# Like parse_formula(), with the terms of the composition.
parse_composition <- function(formula, by, data) {
  parts <- parse_formula(formula, data)
  if (!inherits(by, "formula") || length(by) != 2L) {
    abort("formula", "`by` must be a one-sided formula such as ~x", hint = "It names the variables of the composition")
  }
  parts$by <- name_terms(plus_terms(by[[2L]]), "by")
  twice <- intersect(names(parts$by), c(names(parts$groups), names(parts$outcomes)))
  if (length(twice) > 0L) abort("formula", twice[1L], " is in `by` and in the formula")
  parts
}

# The table of groups and answers, with the categories of the composition for each cell of its tally.
prepare_composition <- function(data, parts, outcome, missing) {
  all <- parts
  all$groups <- c(parts$groups, parts$by)
  table <- prepare_table(data, all, outcome, missing)
  table$places <- table_places(table$tally, names(parts$groups), outcome)
  table$grid <- group_grid(table$tally, names(parts$groups))
  table$categories <- table_places(table$tally, names(parts$by), outcome)
  table$category_labels <- grid_labels(group_grid(table$tally, names(parts$by)))
  table
}

decompose_table <- function(table, outcome, pairs, answers, level) {
  places <- table$places
  levels <- table$tally$variables[[outcome]]$levels
  answers <- find_answers(answers, levels, outcome)
  labels <- grid_labels(table$grid)
  pairs <- find_pairs(pairs, labels, group_counts(table) > 0, 3 * length(levels))
  places[c("layer", "layers")] <- table$categories[c("group", "groups")]
  found <- checked_estimate(.Call(C_decompose, table$tally, places, pairs$first - 1L, pairs$second - 1L, level), table$tally)
  count <- length(pairs$first)
  each <- length(levels) * 3L
  at <- rep(rep(seq_along(levels), each = 3L), count)
  rows <- data.frame(
    outcome = rep(outcome, length(at)), level = level_factor(table$tally, outcome, at),
    component = rep(decompose_components, length(levels) * count),
    group1 = rep(labels[pairs$first], each = each), group2 = rep(labels[pairs$second], each = each),
    found[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value", "reason")]
  )
  rows <- rows[rows$level %in% answers, , drop = FALSE]
  rownames(rows) <- NULL
  list(rows = rows, tally = table$tally)
}

# ---- standardisation -------------------------------------------------------------------------------------------------

#' @rdname weeg_decompose
#' @export
weeg_standardise <- function(data, formula, by, population, interval = NULL, answers = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) {
    return(pooled(data, function(data) weeg_standardise(data, formula, by, population, interval, answers, level, missing)))
  }
  formula <- given_formula(formula)
  need_given(data)
  given_formulas("by", variables_of(data), wrong = FALSE)
  parts <- parse_composition(formula, by, data)
  need_given(population)
  interval <- if (is.null(interval)) "logit" else one_of(interval, c("logit", "beta", "beta-nchs"), "interval")
  level <- check_level(level)
  asked <- asked_answers(answers)
  data <- weeg_design(data)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    with_nets(data, parts, outcome, asked, missing, function(data, parts, answers, missing) {
      table <- standard_table(prepare_composition(data, parts, outcome, missing), outcome, names(parts$groups), population, level)
      if (interval != "logit") table$rows <- korn_graubard(table$rows, interval == "beta-nchs", level)
      table$rows <- rows_of_answers(table$rows, answers, outcome)
      table
    })
  })
  info <- tables_info(tables, parts)
  info[c("level", "limits")] <- list(level, interval)
  if (length(asked$nets) > 0L) info$nets <- asked$nets
  info$by <- names(parts$by)
  new_result(bind_tables(lapply(tables, `[[`, "rows")), "weeg_standardise", info,
             c(interval = interval_text(interval, level), design_conventions(tables[[1L]]$tally, TRUE)))
}

# Limits of Korn and Graubard for estimates that have a standard error and degrees of freedom. capped: by the number of rows.
korn_graubard <- function(rows, capped, level) {
  p <- rows$estimate
  at <- which(!is.na(p) & !is.na(rows$std.error) & !is.na(rows$df) & rows$n > 0)
  extreme <- at[p[at] <= 0 | p[at] >= 1]
  some <- setdiff(at[rows$std.error[at] > 0 & rows$df[at] > 0 & rows$n[at] > 1], extreme)
  upper <- 1 - (1 - level) / 2
  size <- p * (1 - p) / rows$std.error^2 * (stats::qt(upper, pmax(rows$n - 1, 1)) / stats::qt(upper, pmax(rows$df, 1e-3)))^2
  if (capped) size <- pmin(size, rows$n)
  size[extreme] <- rows$n[extreme]
  at <- c(some, extreme)
  with <- (size * pmin(pmax(p, 0), 1))[at]
  without <- size[at] - with
  rows$conf.low[at] <- ifelse(with > 0, stats::qbeta(1 - upper, with, without + 1), 0)
  rows$conf.high[at] <- ifelse(without > 0, stats::qbeta(upper, with + 1, without), 1)
  rows$reason[extreme] <- reason_words("no-variation")
  rows
}

# Shares or numbers in the order of the categories; 0 of those without rows (n) that are not named, such as levels that subset()
# left out.
check_standard <- function(standard, labels, n) {
  if (!is.numeric(standard) || is.null(names(standard)) || length(standard) == 0L) {
    abort("argument", "`population` must be numbers named by the categories of `by`",
          hint = paste0("The categories: ", listed(labels, "; ")))
  }
  values <- stats::setNames(as.double(standard), names(standard))
  if (!all(is.finite(values)) || any(values < 0) || sum(values) == 0) {
    abort("argument", "`population` must be finite, not negative, and not all 0")
  }
  wrong <- c(setdiff(names(values), labels), setdiff(labels[n > 0], names(values)), names(values)[duplicated(names(values))])
  if (length(wrong) > 0L) {
    named <- wrong[1L] %in% names(values)
    what <- if (!wrong[1L] %in% labels) "is no category of `by`" else if (named) "is named twice" else "has no number"
    abort("argument", "`population`: \"", wrong[1L], "\" ", what, hint = paste0("The categories: ", listed(labels, "; ")))
  }
  replace(values[labels], is.na(values[labels]), 0)
}

# Rows in each category of the composition, of those with a group and an answer.
category_counts <- function(table) {
  known <- table$places$group >= 0L & table$places$level >= 0L
  table$places[c("group", "groups")] <- table$categories[c("group", "groups")]
  table$places$level[!known] <- -1L
  group_counts(table)
}

standard_table <- function(table, outcome, groups, standard, level) {
  shares <- check_standard(standard, table$category_labels, category_counts(table))
  places <- table$places
  places[c("layer", "layers")] <- table$categories[c("group", "groups")]
  found <- checked_estimate(.Call(C_standardise, table$tally, places, as.double(shares), level), table$tally)
  g <- rep(seq_len(places$groups), each = places$levels)
  rows <- list_frame(c(
    list(groups = group_rows(table$grid, g), outcome = rep(outcome, length(g)),
         level = level_factor(table$tally, outcome, rep(seq_len(places$levels), places$groups))),
    found
  ))
  list(rows = rows, tally = table$tally)
}

# ---- prints ----------------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_decompose <- function(x, digits = NULL, width = getOption("width"), ...) {
  outcome_lines(x, width, function(mine, info, width) {
    percent <- function(x) format_percent(x, percent_digits(digits))
    nest <- nest_rows(paste0(pair_names(mine), ": ", mine$level), mine$component,
                      c(paste0(paste(info$groups, collapse = ", "), ": ", mine$outcome[1L]), "component"))
    interval <- add_marks(format_interval(mine$conf.low, mine$conf.high, percent, " to "), mine$mark)
    column <- function(header, cells) nested_column(nest, header, cells)
    c(title_lines(info, mine$outcome[1L], width), source_lines(info, width, df_text(mine$df, info)), "",
      wrap(paste0("Difference in percentage points; composition by ", paste(info$by, collapse = ", ")), width),
      table_lines(list(nest$stub, column("diff.", percent(mine$estimate)), column(format_level(info$level), interval),
                       column("p", p_column(mine$p.value))), width))
  })
}

#' @rdname weeg_print
#' @export
format.weeg_standardise <- function(x, digits = NULL, width = getOption("width"), ...) {
  outcome_lines(x, width, function(mine, info, width) {
    percent <- function(x) format_percent(x, percent_digits(digits))
    nest <- nest_rows(grid_labels(mine$groups), mine$level, c(paste(info$groups, collapse = ", "), mine$outcome[1L]),
                      paste0(" (n = ", format_count(mine$n), ")"))
    interval <- add_marks(format_interval(mine$conf.low, mine$conf.high, percent), mine$mark)
    column <- function(header, cells) nested_column(nest, header, cells)
    c(title_lines(info, mine$outcome[1L], width), source_lines(info, width, df_text(mine$df, info)), "",
      wrap(paste0("Percentages standardised by ", paste(info$by, collapse = ", ")), width),
      table_lines(list(nest$stub, column("crude", percent(mine$crude)), column("%", percent(mine$estimate)),
                       column(format_level(info$level), interval), column("SE", percent(mine$std.error))), width))
  })
}

#' @rdname weeg_tidy
#' @export
glance.weeg_decompose <- function(x, ...) glance_row(x, comparisons = nrow(x) / 3)

#' @rdname weeg_tidy
#' @export
glance.weeg_standardise <- function(x, ...) {
  groups <- x[!duplicated(x[c(info_of_all(x)$columns, "outcome")]), ]
  glance_row(x, nobs = sum(groups$n))
}
