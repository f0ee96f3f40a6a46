# Adjusted proportions: what the answers would be if all groups had the covariates of all rows (marginal standardisation).

# The covariates of adjust_for = ~ a + b, checked against the formula; NULL without.
parse_covariates <- function(adjust_for, parts) {
  if (is.null(adjust_for)) return(NULL)
  if (!inherits(adjust_for, "formula") || length(adjust_for) != 2L) {
    abort("formula", "`adjust_for` must be a one-sided formula of covariates, such as ~ a + b")
  }
  if (length(parts$groups) == 0L) abort("formula", "adjustment needs groups: outcome ~ group")
  both <- intersect(names(parts$outcomes), names(parts$groups))
  if (length(both) > 0L) abort("formula", both[1L], " is outcome and group at once")
  covariates <- name_terms(plus_terms(adjust_for[[2L]]), "adjust_for")
  again <- intersect(names(covariates), c(names(parts$groups), names(parts$outcomes)))
  if (length(again) > 0L) abort("formula", again[1L], " is in the formula and in `adjust_for`")
  covariates
}

# What results say about the adjustment.
adjusted_info <- function(info, covariates, tally) {
  if (is.null(covariates)) return(info)
  info$adjusted <- names(covariates)
  info$labels <- c(info$labels, vapply(names(covariates), function(v) variable_label(tally, v), ""))
  info
}

adjusted_convention <- function(covariates) {
  if (is.null(covariates)) return(NULL)
  c(adjusted = paste0("for ", paste(names(covariates), collapse = " + "), " by logistic models, standardised to all rows"))
}

# Groups, their adjusted proportions by group and answer (fastest), and the covariance of the groups for each answer.
adjusted_model <- function(data, parts, outcome, interval, level, missing) {
  tally <- table_tally(data, c(parts$groups, parts$covariates, parts$outcomes[outcome]), parts$envir, missing)
  tally <- net_tally(tally, parts, outcome)
  found <- .Call(C_frame_adjust, tally, length(parts$groups), match(interval, interval_methods) - 1L, level)
  found <- checked_estimate(checked_model(found, tally), tally)
  levels <- length(tally$variables[[outcome]]$levels)
  covariance <- array(found$covariance, c(found$groups, found$groups, levels))
  list(tally = tally, grid = group_grid(tally, names(parts$groups)), rows = found$rows, covariance = covariance, levels = levels,
       groups = found$groups, df = found$df)
}

adjusted_table <- function(data, parts, outcome, answers, interval, level, missing) {
  model <- adjusted_model(data, parts, outcome, interval, level, missing)
  each <- rep(seq_len(model$groups), each = model$levels)
  rows <- c(
    list(groups = group_rows(model$grid, each), outcome = rep(outcome, length(each)),
         level = level_factor(model$tally, outcome, rep(seq_len(model$levels), model$groups))),
    model$rows
  )
  list(rows = rows_of_answers(list_frame(rows), answers, outcome), tally = model$tally, outcome = outcome)
}

# compare_table() for standardised proportions.
adjusted_compare_table <- function(data, parts, outcome, pairs, answers, measure, level, missing) {
  model <- adjusted_model(data, parts, outcome, "wald", level, missing)
  rows <- adjusted_comparisons(model, outcome, pairs, measure, level)
  list(rows = rows_of_answers(rows, answers, outcome), tally = model$tally)
}

adjusted_comparisons <- function(model, outcome, pairs, measure, level) {
  labels <- grid_labels(model$grid)
  k <- model$levels
  n <- model$rows$n.base[(seq_len(model$groups) - 1L) * k + 1L]
  pairs <- find_pairs(pairs, labels, n > 0, k * length(measure))
  grid <- expand.grid(k = seq_len(k), pair = seq_along(pairs$first), measure = seq_along(measure))
  first <- pairs$first[grid$pair]
  second <- pairs$second[grid$pair]
  at <- function(group) (group - 1L) * k + grid$k
  covariance <- function(g, h) model$covariance[cbind(g, h, grid$k)]
  estimate <- model$rows$estimate
  contrasts <- checked(.Call(
    C_proportion_contrasts, match(measure, compare_measures)[grid$measure] - 1L, estimate[at(first)], estimate[at(second)],
    covariance(first, first), covariance(second, second), covariance(first, second), model$df, level
  ))
  why <- model$rows$reason[at(first)]
  why[!reason_is(why, c("separated", "confounded"))] <- NA
  list_frame(c(
    list(outcome = rep(outcome, nrow(grid)), level = level_factor(model$tally, outcome, grid$k),
         measure = measure[grid$measure], group1 = labels[first], group2 = labels[second]),
    contrasts[c("estimate", "std.error", "conf.low", "conf.high", "statistic")],
    list(df = rep(model$df, nrow(grid)), p.value = contrasts$p.value, p.adjusted = rep(NA_real_, nrow(grid)),
         estimate1 = estimate[at(first)], estimate2 = estimate[at(second)], n1 = n[first], n2 = n[second],
         reason = ifelse(is.na(why) | n[first] == 0 | n[second] == 0, contrasts$reason, why))
  ))
}
