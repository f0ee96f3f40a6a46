# Adjusted proportions: what the answers would be if all groups had the covariates of all rows (marginal standardisation).

# The covariates of adjust_for = ~ a + b, checked against the formula; NULL without.
parse_covariates <- function(adjust_for, parts) {
  if (is.null(adjust_for)) return(NULL)
  if (!inherits(adjust_for, "formula") || length(adjust_for) != 2L) {
    abort("formula", "`adjust_for` must be a one-sided formula of covariates, such as ~ a + b")
  }
  if (length(parts$groups) == 0L) abort("formula", "adjustment needs groups: outcome ~ group")
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

# The tally of groups, covariates and outcome as a logistic model whose patterns are groups x combinations of covariates.
adjusted_model <- function(data, parts, outcome, covariates, missing) {
  tally <- table_tally(weeg_design(data), c(parts$groups, covariates, parts$outcomes[outcome]), parts$envir, missing)
  places <- table_places(tally, names(parts$groups), outcome)
  model <- model_cells(tally)
  names <- names(covariates)
  check_covariates(tally$variables[names], model$kept[names])
  group <- places$group[model$counted]
  groups <- sort(unique(group))
  at <- lapply(names, function(v) match(model$positions[[v]][model$counted] + 1L, model$kept[[v]]) - 1L)
  # by number: a covariate may be named "group" as well
  names(at) <- seq_along(names)
  sizes <- stats::setNames(lengths(model$kept[names]), names(at))
  number <- level_number(at, sizes)
  first <- which(!duplicated(number))
  other <- match(number, number[first]) - 1L
  patterns <- lapply(at, function(levels) rep(levels[first], length(groups)))
  patterns$group <- rep(seq_along(groups) - 1L, each = length(first))
  # groups last: covariates that depend on each other do no harm, groups that depend on covariates do
  terms <- as.list(names(patterns))
  sizes <- c(sizes, group = length(groups))
  columns <- limit_columns(term_columns(terms, patterns, sizes))
  pattern <- rep(-1L, tally$cells)
  pattern[model$counted] <- as.integer((match(group, groups) - 1L) * length(first) + other)
  used <- places$level
  used[pattern < 0L] <- -1L
  c(list(tally = tally, places = places, grid = group_grid(tally, names(parts$groups)), groups = groups,
         cell_pattern = pattern, level = used, n = model$n), columns)
}

# Per answer: estimates of the groups with data, their covariance, and why there are none.
standardise_answer <- function(model, answer) {
  level <- ifelse(model$level < 0L, -1L, as.integer(model$level == answer))
  count <- length(model$groups)
  none <- function(value, reason, df) {
    list(estimate = rep(value, count), covariance = matrix(if (is.na(value)) NA_real_ else 0, count, count), reason = reason,
         df = df)
  }
  seen <- unique(level[level >= 0L & model$n > 0])
  if (length(seen) < 2L) return(none(as.double(seen), NA_character_, NULL))
  found <- .Call(C_predictive_margins, model$tally, model$cell_pattern, level, model$columns, model$lengths, model$column, count)
  if (inherits(found, "weeg_failure") && found$code == "numeric" && found$where >= 0) {
    return(none(NA_real_, reason_words("separated"), NULL))
  }
  found <- checked_estimate(found, model$tally)
  list(estimate = found$estimate, covariance = found$covariance, df = found$df,
       reason = if (anyNA(found$estimate)) reason_words("confounded") else NA_character_)
}

# All answers: estimate and variance [group x answer], covariance of the groups per answer, n, base, weighted counts, df.
standardised <- function(model) {
  answers <- lapply(seq_len(model$places$levels) - 1L, standardise_answer, model = model)
  counts <- model$places
  counts$group[model$cell_pattern < 0L] <- -1L
  crude <- checked_estimate(.Call(C_proportions, model$tally, counts, 1L, 0.95), model$tally)
  together <- utils::modifyList(counts, list(group = ifelse(model$cell_pattern < 0L, -1L, 0L), groups = 1L))
  df <- checked_estimate(.Call(C_proportions, model$tally, together, 1L, 0.95), model$tally)$df[1L]
  first <- (seq_len(counts$groups) - 1L) * counts$levels + 1L
  list(answers = answers, crude = crude, base = crude$n.base[first], df = df)
}

adjusted_table <- function(data, parts, outcome, covariates, interval, level, missing) {
  model <- adjusted_model(data, parts, outcome, covariates, missing)
  found <- standardised(model)
  places <- model$places
  size <- places$groups * places$levels
  estimate <- variance <- rep(NA_real_, size)
  reason <- rep(reason_words("empty"), size)
  for (k in seq_len(places$levels)) {
    at <- model$groups * places$levels + k
    answer <- found$answers[[k]]
    estimate[at] <- answer$estimate
    variance[at] <- diag(answer$covariance)
    reason[at] <- answer$reason
  }
  each <- rep(seq_len(places$groups), each = places$levels)
  shares <- share_columns(estimate, variance, found$crude$n.base, rep(found$df, size), interval, level)
  shares[c("n", "n.weighted")] <- found$crude[c("n", "n.weighted")]
  shares$reason <- ifelse(is.na(reason), shares$reason, reason)
  rows <- c(
    list(groups = group_rows(model$grid, each), outcome = rep(outcome, size),
         level = level_factor(model$tally, outcome, rep(seq_len(places$levels), places$groups))),
    shares
  )
  list(rows = list_frame(rows), tally = model$tally, outcome = outcome)
}

# compare_table() for standardised proportions.
adjusted_compare_table <- function(data, parts, outcome, covariates, pairs, answers, measure, adjust, level, missing) {
  model <- adjusted_model(data, parts, outcome, covariates, missing)
  rows <- adjusted_comparisons(model, outcome, pairs, measure, level)
  answers <- find_answers(answers, levels(rows$level), outcome)
  list(rows = adjust_rows(rows[rows$level %in% answers, , drop = FALSE], adjust), tally = model$tally)
}

adjusted_comparisons <- function(model, outcome, pairs, measure, level) {
  found <- standardised(model)
  places <- model$places
  labels <- grid_labels(model$grid)
  pairs <- find_pairs(pairs, labels, found$base > 0, places$levels * length(measure))
  grid <- expand.grid(k = seq_len(places$levels), pair = seq_along(pairs$first), measure = seq_along(measure))
  first <- pairs$first[grid$pair]
  second <- pairs$second[grid$pair]
  a <- match(first - 1L, model$groups)
  b <- match(second - 1L, model$groups)
  value <- function(k, g) found$answers[[k]]$estimate[g]
  covariance <- function(k, g, h) found$answers[[k]]$covariance[cbind(g, h)]
  estimate1 <- mapply(value, grid$k, a)
  estimate2 <- mapply(value, grid$k, b)
  contrasts <- checked(.Call(
    C_proportion_contrasts, match(measure, compare_measures)[grid$measure] - 1L, estimate1, estimate2,
    mapply(covariance, grid$k, a, a), mapply(covariance, grid$k, b, b), mapply(covariance, grid$k, a, b), found$df, level
  ))
  why <- vapply(found$answers, `[[`, "", "reason")[grid$k]
  list_frame(c(
    list(outcome = rep(outcome, nrow(grid)), level = level_factor(model$tally, outcome, grid$k),
         measure = measure[grid$measure], group1 = labels[first], group2 = labels[second]),
    contrasts[c("estimate", "std.error", "conf.low", "conf.high", "statistic")],
    list(df = rep(found$df, nrow(grid)), p.value = contrasts$p.value, p.adjusted = rep(NA_real_, nrow(grid)),
         estimate1 = estimate1, estimate2 = estimate2, n1 = found$base[first], n2 = found$base[second],
         reason = ifelse(is.na(why) | is.na(a) | is.na(b), contrasts$reason, why))
  ))
}
