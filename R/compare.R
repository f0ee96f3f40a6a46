#' Compare groups
#'
#' Differences, risk ratios, odds ratios and numbers needed: between groups, of each group with the total, the rest or a
#' published figure; and trends over groups. Of numbers: differences and ratios of means. All have confidence intervals,
#' and p-values adjusted for multiple comparisons. The covariance of the estimates is taken into account: groups that share PSUs
#' are not independent.
#'
#' @section Formulas:
#' For groups 1 and 2 with proportions p1, p2 and covariances v11, v22, v12 (Taylor, from the scores of both groups in
#' each PSU), by the delta method (Wolter 2007, section 6.2):
#' * difference p1 - p2, variance v11 + v22 - 2 v12;
#' * log risk ratio log(p1/p2), variance v11/p1^2 + v22/p2^2 - 2 v12/(p1 p2);
#' * log odds ratio, with p(1-p) in place of p;
#' * number needed 1/(p1 - p2), whose limits are the reciprocals of those of the difference. Where the interval of the
#'   difference contains 0, that of the number needed is not what lies between the limits but what lies outside them,
#'   through infinity (Altman 1998); `reason` says so.
#'
#' Limits use the t quantile for the degrees of freedom of the comparison: effective ones, on the scale of Fisher's z for
#' differences ([weeg_conventions], section "Few PSUs"); under the conventions of other programs PSUs minus strata of the rows of
#' both groups. For ratios they are transformed back from the logarithm, with effective degrees of freedom each side by the
#' intervals of the two proportions. The p-value is two-sided, for the hypothesis of no difference.
#'
#' @section Means:
#' The measures `"mean-difference"` and `"mean-ratio"` take the outcome as a number, whose means are compared; all others take its
#' values as answers, whose shares are. `weeg_compare(d, income ~ region, measures = "mean-difference")` has the differences of
#' `survey::svycontrast()` of `svyby(~income, ~region, d, svymean, covmat = TRUE)`, and for two groups that of `svyttest()`, which
#' has one degree of freedom less.
#'
#' Score of a row: w (y - mean) / W, as of [weeg_mean()], which also says for which designs there are means. The ratio m1 / m2 of
#' means that are both above 0 is compared by its logarithm, variance v11/m1^2 + v22/m2^2 - 2 v12/(m1 m2). Limits are those
#' of t, under the conventions of this package by the distribution of the difference in samples of few PSUs
#' ([weeg_conventions]): the values in each group have a variance between that of all groups and the one observed.
#'
#' Calibrated and replicate weights are those of [weeg_mean()]. A replicate counts for a difference where it has weight on both
#' sides, and for a test where it has weight in every group, as in survey.
#'
#' `pairs`, `against`, `contrasts` (with `"mean-difference"`) and `adjust` are as for shares. A figure from elsewhere is a mean,
#' `against = 41.5`, or `against = list(estimate = 41.5, std.error = 0.3)`. [weeg_test()] with `method = "mean"` tests whether all
#' groups have the same mean.
#'
#' @section Groups in one PSU:
#' The scores of a proportion sum to 0 over its group. Where all rows of the group are in one PSU (one cluster; one row in a
#' design without clusters), the PSU's score is that sum, and the estimated variance of the group is 0 whatever the
#' truth: the sample has a single draw of it, and no information on how another draw would have differed. A comparison
#' that treats such a proportion as known finds spurious differences. So it has an estimate, but no standard error,
#' limits or p-value, and `reason` says so. Where the groups are the PSUs, such as towns that were sampled, no two can be
#' compared, nor one with the total or the rest. The same holds for a group in strata of one PSU that the design's
#' `lonely` rule leaves out.
#'
#' What to do depends on how the groups came into the sample. Where all of them were included, and respondents drawn
#' within each, they are strata and not clusters: `weeg_design(strata = ~town)`. (With `fpc`, a stratum of which all
#' clusters are sampled is recognised, and the later stages give the variance.) Where they were sampled, compare groups
#' of several of them; a trend over them has a variance, see `"trend"` in [weeg_test()]; and [weeg_shrink()] and
#' [weeg_funnel()] study how towns differ, by a model of respondents within towns. One PSU in each of several strata
#' gives a variance, with the degrees of freedom of both groups together. See Sarndal, Swensson and Wretman (1992),
#' chapter 10, on domains, and Korn and Graubard (1999) on their degrees of freedom.
#'
#' @section Against the total, the rest, or a published figure:
#' A group is part of the total, so their covariance is not 0: it is computed from the same scores. Comparison with the
#' total and with the rest answer nearly the same question, and for differences the p-values hardly differ, but the
#' difference from the rest is larger: p - p_total = (1 - share of the group) (p - p_rest).
#'
#' An external figure is taken to be exact, or, with its own `n`, to be independent with variance p(1-p)/n.
#'
#' @section Waves:
#' With `against = "previous"` the last group of the formula is time, its levels in order: each wave is compared with the one
#' before it that has data, within the combinations of the other groups, and with `"first"` each with the first. The same
#' PSUs in several waves make their estimates dependent, which the covariance accounts for. To see them over time, plot the
#' estimates, not the comparisons: `plot(weeg_proportion(d, y ~ round), over = "round")`.
#'
#' @section Contrasts:
#' sum_g c_g p_g with coefficients c that sum to 0, and its variance c' V c. `"trend"` is the slope of the least-squares line
#' through the proportions, on the values of a numeric group, else on 1, 2, 3, ...: the change in the proportion per
#' unit. The unit is 1 in the values of a numeric group (of an age in
#' years, a year), else the step from one group to the next; the print says which. `estimate` is in proportions, from 0 to 1; a
#' print in percentage points.
#'
#' @inheritParams weeg_proportion
#' @param formula `outcome ~ group`. With several groups, `outcome ~ g + h`, the combinations are compared; their names
#'   are joined by `", "`.
#' @param pairs Which groups to compare: `c("a", "b")` for a against b, a list of such pairs, or `NULL` for all pairs of
#'   groups with data.
#' @param against What every group is compared with, in place of `pairs`: `"total"` (all groups together), `"rest"` (all
#'   other groups), `"previous"` or `"first"` (the wave before, or the first: see Waves), or an external figure, as a
#'   proportion: `0.62` for the one answer in `answers`, `c(yes = 0.62, no = 0.3)` for several, or
#'   `list(estimate = 0.62, n = 1200)` with the number of observations it is
#'   based on. Figures may be of nets. With an external figure the formula may have no group, `~ outcome`.
#' @param contrasts In place of `pairs`: `"trend"`, for groups in order; or a named list of coefficients per group, such as
#'   `list("last against others" = c(-0.5, -0.5, 1))`, with or without names of groups.
#' @param measures One or more of `"difference"`, `"risk-ratio"`, `"odds-ratio"` (the odds of an answer against all others)
#'   and `"number-needed"`; or of `"mean-difference"` and `"mean-ratio"`, for the means of a number: see below.
#' @param adjust How p-values are adjusted for the number of comparisons, within each outcome and measure: `"holm"` (1979),
#'   `"hochberg"` (1988), `"BH"` (Benjamini and Hochberg 1995), `"bonferroni"` or `"none"`. What is one hypothesis counts once:
#'   an answer and the only other one, a pair in both orders, either of two groups against the rest. Risk ratios of an answer
#'   and of the other have different p-values, and count as two. A print says how many counted, where it is fewer than there are.
#' @param adjust_for Covariates to adjust for, as `~ a + b` (`adjust` is for p-values). The proportions compared are then
#'   the adjusted ones of [weeg_proportion()], with their covariance, and `df` is that of all rows used. Only for pairs.
#' @return A data frame of class `weeg_compare` with one row per outcome, measure, pair and answer: `outcome`, `level`,
#'   `measure`, `group1`, `group2`, `estimate`, `std.error` (for ratios: of the logarithm), `conf.low`, `conf.high`,
#'   `statistic`, `df`, `p.value`, `p.adjusted`, `estimate1`, `estimate2` (the proportions), `n1`, `n2` (the groups' rows with
#'   an answer) and `reason`. For contrasts `measure` is `"contrast"`, `group1` their name and `n1` the rows of all groups in
#'   them; `group2`, `estimate1`, `estimate2` and `n2` are `NA`. Of means: a data frame of class `weeg_compare_means`, with the
#'   same columns but `level`.
#' @references Altman (1998), BMJ 317, 1309-1312. Sarndal, Swensson and Wretman (1992), Model Assisted Survey Sampling. Korn and
#'   Graubard (1999), Analysis of Health Surveys.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_compare(d, strengths ~ provider, pairs = list(c("werkplein", "re-integratiebureau")))
#' weeg_compare(d, strengths ~ ronde, measures = "difference")
#' weeg_compare(d, strengths ~ ronde, answers = list("top 2" = c("grotendeels", "helemaal")))
#' weeg_compare(d, strengths ~ ronde, answers = "niet", adjust_for = ~ provider + leeftijdsgroep)
#' weeg_compare(d, strengths ~ provider, answers = "niet", against = "rest", measures = "difference")
#' published <- list(estimate = 0.3, n = 900)
#' weeg_compare(d, ~strengths, answers = "helemaal", against = published, measures = "difference")
#' weeg_compare(d, strengths ~ leeftijdsgroep, answers = "niet", contrasts = "trend")
#' weeg_compare(d, leeftijd ~ provider, measures = "mean-difference", against = "rest")
#' @export
weeg_compare <- function(data, formula, pairs = NULL, answers = NULL, against = NULL, contrasts = NULL,
                         measures = c("difference", "risk-ratio", "odds-ratio"), adjust = "holm", adjust_for = NULL,
                         threshold = NULL, level = 0.95, missing = NULL) {
  if (is_imputed(data)) check_threshold(threshold, data)
  if (is_imputed(data)) {
    if (base::missing(measures) && !is.null(contrasts)) measures <- "difference"
    return(pooled(data, function(data) {
      weeg_compare(data, formula, pairs, answers, against, contrasts, measures, adjust, adjust_for, NULL, level, missing)
    }))
  }
  need_given(data)
  parts <- parse_formula(formula, data)
  given_formulas("adjust_for", variables_of(data), wrong = FALSE)
  ways <- c(pairs = !is.null(pairs), against = !is.null(against), contrasts = !is.null(contrasts))
  if (sum(ways) > 1L) {
    abort("argument", "only one of ", paste0("`", names(ways)[ways], "`", collapse = ", "), " can be given")
  }
  if (length(parts$groups) == 0L && (is.null(against) || is.character(against))) {
    abort("formula", "a comparison needs a group: outcome ~ group")
  }
  asked <- if (base::missing(measures)) "difference" else measures
  measures <- some_of(measures, c(compare_measures, mean_measures), "measures")
  if (!is.null(contrasts) && !(identical(asked, "difference") || identical(measures, "mean-difference"))) {
    abort("argument", "contrasts are of proportions or of means: `measures` can only be \"difference\" or \"mean-difference\"")
  }
  if (inherits(adjust, "formula")) {
    abort("argument", "`adjust` is for p-values; covariates to adjust for are given as adjust_for = ", deparse1(adjust))
  }
  adjust <- one_of(adjust, adjustments, "adjust")
  covariates <- parts$covariates <- parse_covariates(adjust_for, parts)
  if (!is.null(covariates) && any(ways[c("against", "contrasts")])) {
    abort("unsupported", "`adjust_for` is for pairs of groups, not for `against` or `contrasts`")
  }
  level <- check_level(level)
  asked <- asked_answers(answers)
  data <- weeg_design(data)
  threshold <- check_threshold(threshold, data, "`contrasts`" = !is.null(contrasts), "`adjust_for`" = !is.null(covariates),
                               "nets" = length(asked$nets) > 0L)
  if (any(measures %in% mean_measures)) {
    if (!is.null(answers)) abort("argument", "`answers` are of shares, and `measures` of means")
    if (!is.null(covariates)) abort("unsupported", "`adjust_for` is for shares, not for means")
    return(compare_means(data, parts, pairs, against, contrasts, measures, adjust, threshold, level, missing))
  }
  figures <- figures_by_answer(against, asked)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    table <- with_nets(data, parts, outcome, figures$asked, missing, function(data, parts, answers, missing) {
      if (!is.null(contrasts)) return(contrast_table(data, parts, outcome, contrasts, answers, level, missing))
      if (!is.null(covariates)) {
        return(adjusted_compare_table(data, parts, outcome, pairs, answers, measures, level, missing))
      }
      compare_table(data, parts, outcome, pairs, figures$of(parts$net), answers, measures, threshold, level,
                    missing)
    })
    c(if (is.null(table$hidden)) adjust_rows(table$rows, adjust, asked$nets) else {
      adjust_protected(table$rows, table$hidden, adjust)
    }, table["tally"])
  })
  result <- bind_tables(lapply(tables, `[[`, "rows"))
  tally <- tables[[1L]]$tally
  info <- adjusted_info(tables_info(tables, parts), covariates, tally)
  info[c("level", "adjust")] <- list(level, adjust)
  info$threshold <- threshold
  if (length(asked$nets) > 0L) info$nets <- asked$nets
  info$counted <- stats::setNames(lapply(tables, `[[`, "counted"), names(parts$outcomes))
  if (identical(contrasts, "trend")) info$unit <- trend_unit(tally, names(parts$groups))
  scale <- if (is.null(contrasts) && is.null(covariates)) scale_text(measures, tally)
  new_result(result, "weeg_compare", info,
             c(interval = paste0(format(100 * level), "% t", scale),
               adjustment = adjust, adjusted_convention(covariates), threshold_convention(threshold),
               design_conventions(tally, is.null(covariates))))
}

# The scales of the limits of measures under the law of few PSUs.
scale_text <- function(measures, tally) {
  if (!is_effective(tally)) return("")
  ratio <- measures %in% c("risk-ratio", "odds-ratio")
  if (all(ratio)) return(", of the logarithm")
  paste0(", of Fisher's z", if (any(ratio)) " (ratios: of the logarithm)")
}

compare_table <- function(data, parts, outcome, pairs, against, answers, measure, threshold, level,
                          missing = NULL) {
  table <- prepare_table(data, parts, outcome, missing)
  levels <- table$tally$variables[[outcome]]$levels
  answers <- find_answers(answers, levels, outcome)
  labels <- grid_labels(table$grid)
  found <- shown_cells(table, threshold)
  has_data <- seem_to_have_data(table, found)
  sets <- if (is.null(against)) {
    pair_sets(find_pairs(pairs, labels, has_data, length(levels) * length(measure)), labels)
  } else {
    waves <- if (length(table$grid) > 0L) nlevels(table$grid[[length(table$grid)]]) else 1L
    find_against(against, answers, levels, labels, which(has_data), length(levels) * length(measure), waves)
  }
  rows <- compared_sets(table, outcome, sets, answers, measure, level)
  hidden <- if (isTRUE(found$any)) hidden_pairs(found, sets, length(measure), as.integer(rows$level))
  list(rows = rows, tally = table$tally, hidden = hidden)
}

# The comparisons of sets of a table's groups, p-values not yet adjusted.
compared_sets <- function(table, outcome, sets, answers, measure, level) {
  found <- checked_estimate(.Call(
    C_compare, table$tally, table$places, as.list(sets$member),
    sets$first - 1L, sets$second - 1L, sets$external, match(measure, compare_measures) - 1L, level, 0L
  ), table$tally)
  p <- set_proportions(table, sets$member)
  k <- table$places$levels
  first <- rep(rep(sets$first, each = k), length(measure))
  second <- rep(rep(sets$second, each = k), length(measure))
  at <- rep(seq_len(k), length(sets$first) * length(measure))
  figure <- !is.null(sets$external)
  rows <- list_frame(c(
    list(outcome = rep(outcome, length(at)), level = level_factor(table$tally, outcome, at),
         measure = rep(measure, each = length(sets$first) * k), group1 = sets$names[first], group2 = sets$names[second]),
    found[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")],
    list(p.adjusted = rep(NA_real_, length(at)), estimate1 = p$estimate[(first - 1L) * k + at],
         estimate2 = if (figure) sets$external[at] else p$estimate[(second - 1L) * k + at], n1 = p$n[first],
         n2 = if (figure) rep(sets$external_n, length(at)) else p$n[second], reason = found$reason)
  ))
  rows[rows$level %in% if (figure) sets$answers else answers, , drop = FALSE]
}

# p-values adjusted within each measure for their number, where what is one hypothesis counts once: the core says when. Contrasts
# have columns `same`, which are the same but for a factor, and `share`, of the row's answer in all groups. `counted`: by measure.
adjust_rows <- function(rows, adjust, nets = list()) {
  contrast <- rows[["same"]]
  share <- rows[["share"]]
  rows[c("same", "share")] <- NULL
  rownames(rows) <- NULL
  answer <- answer_numbers(levels(rows$level), nets)[as.integer(rows$level)]
  groups <- unique(c(rows$group1, rows$group2))
  first <- if (is.null(contrast)) match(rows$group1, groups) else contrast
  second <- if (is.null(contrast)) match(rows$group2, groups) else rep(-1L, nrow(rows))
  # of two groups, each is the other's rest
  each <- unique(rows$group1)
  if (length(each) == 2L && all(rows$group2 %in% "rest")) second <- match(each[3L - match(rows$group1, each)], groups)
  counted <- vapply(unique(rows$measure), function(m) {
    family <- rows$measure == m
    found <- checked(.Call(
      C_adjust, rows$p.value[family], match(adjust, adjustments) - 1L, c(0L, sum(family)), first[family], second[family],
      answer[family], (if (is.null(share)) rows$estimate1 else share)[family],
      (if (is.null(share)) rows$estimate2 else share)[family]
    ))
    rows$p.adjusted[family] <<- found$adjusted
    found$counted
  }, 0)
  rows$p.adjusted[is.na(rows$p.value)] <- NA_real_
  list(rows = rows, counted = counted)
}

# n and proportions of sets, or means of a measure (from 1): a list of the groups in each.
set_proportions <- function(table, member, number = 0L) {
  checked(.Call(C_sets, table$tally, table$places, as.list(member), number))
}

# Rows with an answer in each group.
group_counts <- function(table) {
  places <- table$places
  entries <- table$tally$entries
  cell <- entries$cell + 1L
  known <- places$group[cell] >= 0L & places$level[cell] >= 0L
  sum_by(entries$n[known], places$group[cell[known]] + 1L, places$groups)
}

# Sets of the groups that the pairs name.
pair_sets <- function(pairs, labels) {
  groups <- sort(unique(c(pairs$first, pairs$second)))
  list(first = match(pairs$first, groups), second = match(pairs$second, groups), member = groups, names = labels[groups])
}

# More rows than anybody reads; a result of so many takes a gigabyte.
most_comparisons <- 4e6

# none: whether there may be none.
find_answers <- function(answers, levels, outcome, none = FALSE) {
  if (is.null(answers)) return(levels)
  answers <- level_names(answers, "answers")
  if (!none && length(answers) == 0L) abort("argument", "`answers` names no level of ", outcome)
  unknown <- setdiff(answers, levels)
  if (length(unknown) > 0L) {
    abort("argument", "\"", unknown[1L], "\" in `answers` is not a level of ", outcome,
          hint = unknown_answer_hint(unknown[1L], levels))
  }
  answers
}

# Names of levels as an argument gives them.
level_names <- function(value, argument) {
  value <- if (is.factor(value)) attr(value, "levels", exact = TRUE)[unclass(value)] else bare(value)
  if (is.character(value)) return(as_utf8(as.vector(value)))
  if (is.numeric(value)) return(number_labels(value))
  if (!is.logical(value)) abort("argument", "`", argument, "` must be names of levels, not a ", class(value)[1L])
  as.character(value)
}

# each: rows of the result for a pair.
find_pairs <- function(pairs, labels, has_data, each) {
  if (is.null(pairs)) {
    groups <- which(has_data)
    count <- length(groups)
    if (count < 2L) abort("argument", "there are fewer than two groups with data to compare")
    if (choose(count, 2) * each > most_comparisons) {
      abort("too_large", "all pairs of ", format_count(count), " groups are ", format_count(choose(count, 2)), ", with ",
            format_count(choose(count, 2) * each), " comparisons, more than ", format_count(most_comparisons),
            hint = paste0("Choose some with `pairs`, ask for one measure, or compare each group with the others: ",
                          "against = \"rest\". weeg_funnel() shows which of many areas stand out"))
    }
    return(list(first = rep(groups, (count - 1L):0L), second = groups[sequence((count - 1L):0L, seq_len(count) + 1L)]))
  }
  pairs <- if (is.list(pairs)) lapply(unclass(pairs), bare) else bare(pairs)
  if (is.character(pairs)) pairs <- list(pairs)
  if (!is.list(pairs) || length(pairs) == 0L || !all(vapply(pairs, function(p) is.character(p) && length(p) == 2L, NA))) {
    abort("argument", "`pairs` must be a pair such as c(\"a\", \"b\"), or a list of pairs")
  }
  for (pair in pairs) {
    unknown <- setdiff(pair, labels)
    if (length(unknown) > 0L) {
      abort("argument", "\"", unknown[1L], "\" in `pairs` is not a group",
            hint = paste0("The groups: ", listed(labels, "; ")))
    }
    if (pair[1L] == pair[2L]) abort("argument", "`pairs` compares \"", pair[1L], "\" with itself")
  }
  list(first = match(vapply(pairs, `[[`, "", 1L), labels), second = match(vapply(pairs, `[[`, "", 2L), labels))
}
