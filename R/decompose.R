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
#' Standard errors are by Taylor linearisation, from the scores of shares and rates together, so they account for PSUs
#' that both groups share and for the sampling error of the composition (that of `population` is taken as known). Limits of
#' components use the t quantile, those of standardised proportions the t quantile on the logit scale. Only rows with
#' group, `by` and answer known are used; a total can therefore differ from that of [weeg_compare()].
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`; for `weeg_standardise()` also `~ outcome`, or `outcome ~ 1`, for all rows together.
#' @param by The composition: a one-sided formula, `~ provider`. With several variables, the categories are their
#'   combinations.
#' @param pairs Which groups to compare: `c("a", "b")` for a minus b, a list of such pairs, or `NULL` for all pairs.
#' @param answers Which levels of the outcome; `NULL` for all.
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
#' @references Kitagawa (1955), JASA 50, 1168-1194.
#' @seealso [weeg_compare()]
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_decompose(d, strengths ~ ronde, by = ~provider, answers = "niet")
#' shares <- table(openvoorwerk$provider)
#' weeg_standardise(d, strengths ~ ronde, by = ~provider, population = shares)
#' @export
weeg_decompose <- function(data, formula, by, pairs = NULL, answers = NULL, level = 0.95, missing = NULL) {
  formula <- given_formula(formula)
  need_given(data)
  given_formulas("by", variables_of(data), wrong = FALSE)
  parts <- parse_composition(formula, by)
  if (length(parts$groups) == 0L) abort("formula", "the formula needs a group: outcome ~ group")
  level <- check_level(level)
  data <- weeg_design(data)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    decompose_table(prepare_composition(data, parts, outcome, missing), outcome, pairs, answers, level)
  })
  info <- tables_info(tables, parts)
  info$level <- level
  info$by <- names(parts$by)
  new_result(bind_tables(lapply(tables, `[[`, "rows")), "weeg_decompose", info,
             c(interval = paste0(format(100 * level), "% t"), design_conventions(tables[[1L]]$tally)))
}

decompose_components <- c("total", "rate", "composition") # in the order of weeg.h

# Like parse_formula(), with the terms of the composition.
parse_composition <- function(formula, by) {
  parts <- parse_formula(formula)
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
  table$crossed <- table$places
  table$crossed_labels <- grid_labels(table$grid)
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
weeg_standardise <- function(data, formula, by, population, level = 0.95, missing = NULL) {
  formula <- given_formula(formula)
  need_given(data)
  given_formulas("by", variables_of(data), wrong = FALSE)
  parts <- parse_composition(formula, by)
  need_given(population)
  level <- check_level(level)
  data <- weeg_design(data)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    standard_table(prepare_composition(data, parts, outcome, missing), outcome, names(parts$groups), population, level)
  })
  info <- tables_info(tables, parts)
  info$level <- level
  info$by <- names(parts$by)
  new_result(bind_tables(lapply(tables, `[[`, "rows")), "weeg_standardise", info,
             c(interval = paste0(format(100 * level), "% logit"), design_conventions(tables[[1L]]$tally)))
}

# Shares in the order of the categories; 0 of those that have no rows (n) and are not named, as levels that subset() left out.
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
    abort("argument", "`population` must name each category of `by` once: see \"", wrong[1L], "\"",
          hint = paste0("The categories: ", listed(labels, "; ")))
  }
  shares <- values[labels] / sum(values)
  ifelse(is.na(shares), 0, shares)
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
  count <- table$places$groups
  # the categories run within the groups
  used <- lapply(seq_len(count), function(g) (g - 1L) * length(shares) + which(unname(shares) > 0))
  crossed <- table
  crossed$places <- table$crossed
  # crude: the same rows, those with a category
  known <- table
  known$places$level[table$categories$group < 0L] <- -1L
  found <- contrast_estimates(crossed, used, rep(shares[shares > 0], count), groups_with_variance(known), level)
  crude <- set_proportions(known, seq_len(count))
  k <- table$places$levels
  g <- rep(seq_len(count), each = k)
  limits <- logit_limits(found$estimate, found$std.error, found$df, level, found$reason)
  rows <- list_frame(list(
    groups = group_rows(table$grid, g), outcome = rep(outcome, length(g)),
    level = level_factor(table$tally, outcome, rep(seq_len(k), count)),
    estimate = found$estimate, std.error = found$std.error, conf.low = limits$low, conf.high = limits$high,
    crude = crude$estimate, n = crude$n[g], df = found$df, reason = standard_reason(limits$reason, crude$n[g])
  ))
  list(rows = rows, tally = table$tally)
}

# A group with rows has no estimate where a category of the standard has none in it.
standard_reason <- function(reason, n) {
  replace(reason, reason_is(reason, "empty") & n > 0, reason_words("empty-standard"))
}

logit_limits <- function(p, se, df, level, reason) {
  edge <- !is.na(p) & (p <= 1e-12 | p >= 1 - 1e-12)
  reason[edge] <- reason_words("no-limits")
  some <- is.na(reason)
  half <- stats::qt((1 + level) / 2, pmax(df, 1)) * se / (p * (1 - p))
  limit <- function(sign) ifelse(some, stats::plogis(stats::qlogis(pmin(pmax(p, 0), 1)) + sign * half), NA_real_)
  list(low = limit(-1), high = limit(1), reason = reason)
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
    c(title_lines(info, mine$outcome[1L], width), source_lines(info, width, df_text(mine$df)), "",
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
    c(title_lines(info, mine$outcome[1L], width), source_lines(info, width, df_text(mine$df)), "",
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
  groups <- x[!duplicated(x[c(info_of(x)$columns, "outcome")]), ]
  glance_row(x, nobs = sum(groups$n))
}
