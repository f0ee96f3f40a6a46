#' Compare groups
#'
#' Differences, risk ratios and odds ratios between groups, with confidence intervals and p-values adjusted for the number
#' of comparisons. The covariance of the two groups is taken into account: groups that share PSUs are not independent.
#'
#' @section Formulas:
#' For groups 1 and 2 with proportions p1, p2 and covariances v11, v22, v12 (Taylor, from the scores of both groups in
#' each PSU), by the delta method (Wolter 2007, section 6.2):
#' * difference p1 - p2, variance v11 + v22 - 2 v12;
#' * log risk ratio log(p1/p2), variance v11/p1^2 + v22/p2^2 - 2 v12/(p1 p2);
#' * log odds ratio, with p(1-p) in place of p.
#'
#' Limits use the t quantile for the design degrees of freedom of the rows of both groups; for ratios they are transformed
#' back from the logarithm. The p-value is two-sided, against no difference.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`. With several groups, `outcome ~ g + h`, the combinations are compared; their names
#'   are joined by `", "`.
#' @param pairs Which groups to compare: `c("a", "b")` for a against b, a list of such pairs, or `NULL` for all pairs of
#'   groups with data.
#' @param answers Which levels of the outcome to compare; `NULL` for all.
#' @param measure One or more of `"difference"`, `"risk-ratio"` and `"odds-ratio"` (the odds of an answer against all
#'   others).
#' @param adjust How p-values are adjusted for the number of comparisons, within each outcome and measure: `"holm"` (1979),
#'   `"hochberg"` (1988), `"BH"` (Benjamini and Hochberg 1995), `"bonferroni"` or `"none"`.
#' @return A data frame of class `weeg_compare` with one row per outcome, measure, pair and answer: `outcome`, `level`,
#'   `measure`, `group1`, `group2`, `estimate`, `std.error` (for ratios: of the logarithm), `conf.low`, `conf.high`,
#'   `statistic`, `df`, `p.value`, `p.adjusted`, `estimate1`, `estimate2` (the proportions), `n1`, `n2` (the groups' rows with
#'   an answer) and `reason`.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_compare(d, strengths ~ provider, pairs = list(c("werkplein", "re-integratiebureau")))
#' weeg_compare(d, strengths ~ ronde, measure = "difference")
#' @export
weeg_compare <- function(data, formula, pairs = NULL, answers = NULL,
                         measure = c("difference", "risk-ratio", "odds-ratio"), adjust = "holm", level = 0.95, missing = NULL) {
  parts <- parse_formula(formula)
  if (length(parts$groups) == 0L) abort("formula", "a comparison needs a group: outcome ~ group")
  if (!is.character(measure) || length(measure) == 0L || !all(measure %in% compare_measures)) {
    abort("argument", "`measure` must be one or more of ", paste0("\"", compare_measures, "\"", collapse = ", "))
  }
  measure <- unique(measure)
  adjust <- one_of(adjust, adjustments, "adjust")
  level <- check_level(level)
  data <- weeg_design(data)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    compare_table(data, parts, outcome, pairs, answers, measure, adjust, level, missing)
  })
  result <- bind_tables(lapply(tables, `[[`, "rows"))
  tally <- tables[[1L]]$tally
  info <- tables_info(tables, parts)
  info$level <- level
  new_result(result, "weeg_compare", info,
             c(interval = paste0(format(100 * level), "% t"), adjustment = adjust, design_conventions(tally)))
}

# In the order of weeg_measure and weeg_adjustment in weeg.h.
compare_measures <- c("difference", "risk-ratio", "odds-ratio")
adjustments <- c("none", "holm", "hochberg", "BH", "bonferroni")

compare_table <- function(data, parts, outcome, pairs, answers, measure, adjust, level, missing = NULL) {
  table <- prepare_table(data, parts, outcome, missing)
  places <- table$places
  labels <- grid_labels(table$grid)
  p <- checked_estimate(.Call(C_proportions, table$tally, places$group, places$groups, places$level, places$levels,
                              1L, level), table$tally)
  pairs <- find_pairs(pairs, labels, p$base.n > 0)
  found <- checked_estimate(.Call(
    C_compare, table$tally, places$group, places$groups, places$level, places$levels, pairs$first - 1L,
    pairs$second - 1L, match(measure, compare_measures) - 1L, level
  ), table$tally)
  levels <- table$tally$variables[[outcome]]$levels
  count <- length(pairs$first)
  first <- rep(rep(pairs$first, each = length(levels)), length(measure))
  second <- rep(rep(pairs$second, each = length(levels)), length(measure))
  at <- rep(seq_along(levels), count * length(measure))
  rows <- data.frame(
    outcome = rep(outcome, length(at)), level = level_factor(table$tally, outcome, at),
    measure = rep(measure, each = count * length(levels)), group1 = labels[first], group2 = labels[second],
    found[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")],
    p.adjusted = rep(NA_real_, length(at)), estimate1 = p$estimate[(first - 1L) * length(levels) + at],
    estimate2 = p$estimate[(second - 1L) * length(levels) + at], n1 = p$base.n[first], n2 = p$base.n[second],
    reason = found$reason
  )
  rows <- rows[rows$level %in% find_answers(answers, levels, outcome), , drop = FALSE]
  rownames(rows) <- NULL
  for (m in measure) {
    family <- rows$measure == m
    rows$p.adjusted[family] <- checked(.Call(C_adjust, rows$p.value[family], match(adjust, adjustments) - 1L))
  }
  rows$p.adjusted[is.na(rows$p.value)] <- NA_real_
  list(rows = rows, tally = table$tally)
}

find_answers <- function(answers, levels, outcome) {
  if (is.null(answers)) return(levels)
  unknown <- setdiff(as.character(answers), levels)
  if (length(unknown) > 0L) {
    abort("argument", "\"", unknown[1L], "\" in `answers` is not a level of ", outcome,
          hint = paste0("Its levels: ", paste(levels, collapse = ", ")))
  }
  as.character(answers)
}

find_pairs <- function(pairs, labels, has_data) {
  if (is.null(pairs)) {
    groups <- which(has_data)
    if (length(groups) < 2L) {
      abort("argument", "there are fewer than two groups with data to compare")
    }
    both <- utils::combn(groups, 2L)
    return(list(first = both[1L, ], second = both[2L, ]))
  }
  if (is.character(pairs)) pairs <- list(pairs)
  if (!is.list(pairs) || length(pairs) == 0L || !all(vapply(pairs, function(p) is.character(p) && length(p) == 2L, NA))) {
    abort("argument", "`pairs` must be a pair such as c(\"a\", \"b\"), or a list of pairs")
  }
  for (pair in pairs) {
    unknown <- setdiff(pair, labels)
    if (length(unknown) > 0L) {
      abort("argument", "\"", unknown[1L], "\" in `pairs` is not a group",
            hint = paste0("The groups: ", paste(labels, collapse = "; ")))
    }
    if (pair[1L] == pair[2L]) abort("argument", "`pairs` compares \"", pair[1L], "\" with itself")
  }
  list(first = match(vapply(pairs, `[[`, "", 1L), labels), second = match(vapply(pairs, `[[`, "", 2L), labels))
}
