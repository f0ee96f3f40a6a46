# One result of those that a verb has of several completed data sets; the rules stand in src/core/stats/pool.c.

# tests: gives tests of independence, for effect sizes.
pooled <- function(data, verb, tests = NULL) {
  results <- over_sets(data$designs, verb)
  first <- results[[1L]]
  class <- class(first)[1L]
  rows <- lapply(results, result_rows)
  # items are sorted by the figures of their data set
  if (class == "weeg_battery") rows <- lapply(rows, function(x) x[order(match(x$outcome, unique(rows[[1L]]$outcome))), ])
  check_alike(rows)
  info <- attr(first, "info")
  said <- attr(first, "conventions")
  effective <- is_effective(data$designs[[1L]])
  pooling <- rubin_text
  own <- switch(class,
    weeg_proportion = pool_shares(rows, info, effective),
    weeg_multiple = pool_shares(rows, info, effective && info$items$base != "responses"),
    weeg_mean = , weeg_total = , weeg_quantile = pool_values(rows, info),
    weeg_contrast = pool_functions(rows, info),
    weeg_battery = pool_battery(rows, info, effective),
    weeg_association = pool_effects(rows, info, tests()),
    weeg_standardise = pool_standardised(rows, info, effective),
    weeg_decompose = with_pooled(rows, pool_contrasts(rows, info$level)),
    weeg_compare = , weeg_compare_means = pool_comparisons(rows, info, effective && class == "weeg_compare"),
    refuse_imputed()
  )
  if (startsWith(class, "weeg_compare")) {
    info$counted <- own$counted
    own <- own$rows
  }
  if (class == "weeg_quantile") {
    said["interval"] <- t_interval_text(info$level)
    said <- said[names(said) != "limits"]
  }
  if (!is.null(info$covariance)) info$covariance <- pooled_covariance(lapply(results, covariance_matrix), rows)
  if (class == "weeg_multiple") {
    info$items$none <- mean(vapply(results, function(x) as.double(info_of(x)$items$none), 0))
    pieces <- lapply(results, function(x) info_of(x)$pieces)
    info$pieces <- NULL
    if (!is.null(pieces[[1L]])) {
      info$tests <- pooled_item_tests(info$tests$item, pieces)
      pooling <- pooling_text
    }
    class <- class(first)[1:2]
  }
  info$pooled <- list(sets = length(results), drawn = data$drawn, fmi = max(own$fmi, -Inf, na.rm = TRUE))
  new_result(own, class, info, c(said, pooling = pooling))
}

rubin_text <- "Rubin's rules, df of Barnard and Rubin"
pooling_text <- paste0(rubin_text, "; of tests D1, df of Reiter")

# Of all estimates of a result; rows: those of each data set.
pooled_covariance <- function(covariances, rows) {
  m <- length(covariances)
  Reduce(`+`, covariances) / m + (1 + 1 / m) * stats::cov(by_set(rows, "estimate"))
}

check_alike <- function(rows) {
  naming <- intersect(c(naming_columns, "prob", "contrast", "item"), names(rows[[1L]]))
  keys <- lapply(rows, function(x) c(as.list(x$groups), as.list(x[naming])))
  texts <- lapply(keys, lapply, as.character)
  for (k in seq_along(texts)[-1L]) {
    if (identical(texts[[k]], texts[[1L]])) next
    differs <- names(texts[[1L]])[!unlist(Map(function(a, b) identical(unique(a), unique(b)), texts[[1L]], texts[[k]]))][1L]
    if (identical(differs, "level")) differs <- rows[[1L]]$outcome[1L]
    if (differs %in% c("group1", "group2")) differs <- "the groups"
    abort("variable", "data set ", k, " has other levels of ", differs, " than data set 1",
          hint = "Make it a factor with the same levels in all data sets: factor(x, levels = ...)")
  }
}

# A row for each data set and a column for each row of the result.
by_set <- function(rows, column) do.call(rbind, lapply(rows, function(x) as.double(x[[column]])))

# Of each row the pooled reason, and else the first there is among the data sets; where there are no limits, of those without.
with_reasons <- function(columns, rows) {
  first <- function(reasons) Reduce(function(known, x) ifelse(is.na(known), x, known), reasons)
  all <- first(lapply(rows, `[[`, "reason"))
  without <- first(lapply(rows, function(x) ifelse(is.na(x$conf.low), x$reason, NA_character_)))
  none <- is.na(columns$conf.low)
  columns$reason[none & !is.na(without)] <- without[none & !is.na(without)]
  columns$reason[is.na(columns$reason)] <- all[is.na(columns$reason)]
  columns
}

# Rows of the first data set, with columns in place of theirs and fmi behind df.
with_pooled <- function(rows, columns) {
  own <- rows[[1L]]
  fmi <- columns$fmi
  columns$fmi <- NULL
  own[names(columns)] <- columns
  at <- match("df", names(own))
  own <- c(as.list(own)[seq_len(at)], list(fmi = fmi), as.list(own)[-seq_len(at)])
  list_frame(c(own[names(own) == "groups"], own[names(own) != "groups"]))
}

mean_columns <- function(rows, columns) {
  columns <- intersect(columns, names(rows[[1L]]))
  stats::setNames(lapply(columns, function(column) colMeans(by_set(rows, column))), columns)
}

pool_shares <- function(rows, info, cautious) {
  base <- colMeans(by_set(rows, "n.base"))
  found <- checked(.Call(
    C_pool_shares, by_set(rows, "estimate"), by_set(rows, "std.error")^2, by_set(rows, "df"), round(base),
    match(info$interval, interval_methods) - 1L, info$level, cautious
  ))
  columns <- found$shares
  # of 0 or 1 in every data set
  bound <- reason_is(columns$reason, "no-variation")
  columns$conf.low[bound] <- apply(by_set(rows, "conf.low"), 2L, min)[bound]
  columns$conf.high[bound] <- apply(by_set(rows, "conf.high"), 2L, max)[bound]
  columns$reason[bound] <- NA
  columns <- with_reasons(columns, rows)
  columns[c("n", "n.base", "n.weighted")] <- mean_columns(rows, c("n", "n.base", "n.weighted"))
  with_pooled(rows, c(columns, found["fmi"]))
}

# Figures with the estimate plus and minus t standard errors.
pool_values <- function(rows, info) {
  columns <- pool_contrasts(rows, info$level)
  same <- reason_is(columns$reason, "zero-variance")
  columns$conf.low[same] <- columns$conf.high[same] <- columns$estimate[same]
  if (!is.null(rows[[1L]]$cv)) columns$cv <- ifelse(columns$estimate == 0, NA, columns$std.error / abs(columns$estimate))
  columns[c("statistic", "p.value")] <- NULL
  columns <- c(columns, mean_columns(rows, c("n", "n.weighted")))
  judged <- judged_rows(columns, round(columns$n), rows[[1L]]$df)
  if (identical(info$interval, "log")) {
    lost <- !is.na(columns$conf.low) & is.na(judged$conf.low)
    columns[c("conf.low", "conf.high")] <- judged[c("conf.low", "conf.high")]
    columns$reason[lost] <- reason_words("no-logarithm")
  }
  verdict <- intersect(c("reliability", "reliability.reason"), names(rows[[1L]]))
  columns[verdict] <- judged[verdict]
  with_pooled(rows, columns)
}

# Shares and nets, and means; sorted by what is pooled.
pool_battery <- function(rows, info, effective) {
  mean <- rows[[1L]]$statistic == "mean"
  of <- function(which) lapply(rows, function(x) x[which, , drop = FALSE])
  shares <- pool_shares(of(!mean), info, effective)
  means <- if (any(mean)) pool_values(of(mean), info)
  if (any(mean)) {
    means$n.base <- means$n
    means[c("reliability", "reliability.reason")] <- NA_character_ # of shares alone
  }
  own <- bind_frames(Filter(Negate(is.null), list(shares, means)))[order(c(which(!mean), which(mean))), , drop = FALSE]
  items <- lapply(unique(own$outcome), function(item) own[own$outcome == item, , drop = FALSE])
  keys <- vapply(items, battery_key, 0, info$sort, info$sides)
  own <- bind_frames(items[if (info$sort == "none") seq_along(items) else order(-keys)])
  rownames(own) <- NULL
  own
}

# As proportions, but for what they have no columns of.
pool_standardised <- function(rows, info, effective) {
  info$interval <- info$limits
  pooled <- pool_shares(lapply(rows, function(x) {
    x$n.base <- x$n
    x$n.weighted <- x$n
    x
  }), info, effective)
  pooled$crude <- colMeans(by_set(rows, "crude"))
  pooled[c("groups", setdiff(c(names(rows[[1L]]), "fmi"), c("groups", "reason")), "reason")]
}

# Effect sizes, which cannot leave -1 and 1, on the scale of Fisher's z; the lower limit of V is 0 where no association is found.
pool_effects <- function(rows, info, tests) {
  on_z <- lapply(rows, function(x) {
    x$std.error <- x$std.error / (1 - x$estimate^2)
    x$estimate <- atanh(x$estimate)
    x
  })
  columns <- pool_contrasts(on_z, info$level)
  z <- by_set(on_z, "estimate")
  mixed <- apply(is.infinite(z), 2L, any) & apply(z, 2L, function(x) length(unique(x)) > 1L)
  columns$estimate <- ifelse(mixed, NA, tanh(colMeans(z)))
  columns$std.error <- columns$std.error * (1 - columns$estimate^2)
  columns[c("conf.low", "conf.high")] <- lapply(columns[c("conf.low", "conf.high")], tanh)
  p <- tests$p.value[match(rows[[1L]]$outcome, tests$outcome)]
  zero <- startsWith(rows[[1L]]$measure, "cramers-v") & !is.na(columns$conf.low) & !(!is.na(p) & p < 1 - info$level)
  columns$conf.low[zero] <- 0
  columns[c("statistic", "p.value")] <- NULL
  with_pooled(rows, c(columns, mean_columns(rows, "n")))
}

pool_functions <- function(rows, info) {
  functions <- unique(rows[[1L]]$contrast)
  columns <- pool_contrasts(rows, info$level, null = info$null[match(rows[[1L]]$contrast, functions)])
  with_pooled(rows, c(columns, mean_columns(rows, "n")))
}

# Differences of the law of few PSUs have the scale of Fisher's z, but for those of adjusted figures and contrasts.
pool_comparisons <- function(rows, info, effective) {
  first <- rows[[1L]]
  contrast <- any(first$measure == "contrast")
  means <- is.null(first$level)
  measure <- if (means) mean_measure[first$measure] else first$measure
  measures <- match(measure, compare_measures) - 1L
  columns <- pool_contrasts(rows, info$level, ifelse(is.na(measures), 0L, measures),
                            effective && !contrast && is.null(info$adjusted))
  own <- with_pooled(rows, c(columns, mean_columns(rows, c("estimate1", "estimate2", "n1", "n2"))))
  own$groups <- NULL
  done <- lapply(split(own, factor(own$outcome, unique(own$outcome))), function(part) {
    if (contrast) {
      # of two answers each is the other's complement
      two <- nlevels(part$level) == 2L && length(unique(own$outcome)) == 1L
      part$same <- match(part$group1, unique(part$group1))
      part$share <- if (two) 0.5 else NA_real_
    }
    if (means) part <- as_one_answer(part, part$same)
    part <- adjust_rows(part, info$adjust, as.list(info$nets))
    if (means) part$rows$level <- NULL
    part
  })
  own <- do.call(rbind, unname(lapply(done, `[[`, "rows")))
  rownames(own) <- NULL
  list(rows = own, counted = lapply(done, `[[`, "counted"))
}

# measures: numbers of the core's, from 0; those of each row.
pool_contrasts <- function(rows, level, measures = rep(0L, nrow(rows[[1L]])), bounded = FALSE, null = 0) {
  columns <- checked(.Call(
    C_pool_contrasts, by_set(rows, "estimate"), by_set(rows, "std.error")^2, by_set(rows, "df"), measures, bounded,
    rep_len(as.double(null), length(measures)), level
  ))
  with_reasons(columns, rows)
}

# ---- tests -------------------------------------------------------------------------------------------------------------

# The tests whose estimates have a covariance in each data set: adjusted Wald tests, and those of ranks and of trend.
pooled_test <- function(data, formula, method, given, p, answers, missing) {
  parts <- parse_formula(formula, data[[1L]])
  if (identical(bare(method), "mean")) {
    check_question(parts, "mean", p, given)
    return(pooled_mean_tests(data, parts, formula, answers, missing))
  }
  method <- if (is.null(method)) "adjusted-wald" else bare(method)
  if (!(is.character(method) && length(method) == 1L && method %in% c("adjusted-wald", order_tests))) {
    abort("unsupported", "over completed data sets, `method` can only be \"adjusted-wald\", ",
          paste0("\"", order_tests, "\"", collapse = ", "), ", or \"mean\" for means",
          hint = "Statistics of Rao and Scott have no estimates that could be pooled")
  }
  check_question(parts, method, p, given)
  kind <- test_kind(parts, method, given)
  parts$given <- if (!is.null(given)) given_terms(given, parts)
  fit <- length(parts$groups) == 0L
  if (fit && !is.null(answers)) abort("argument", "a test of `answers` needs a group: outcome ~ group")
  asked <- asked_answers(answers)
  # of each data set, of each outcome: one test, or one for each answer that is asked for
  tests <- over_sets(data$designs, function(design) {
    lapply(names(parts$outcomes), function(outcome) {
      if (is.null(answers)) return(list(test_pieces(design, parts, outcome, missing, method, kind, p)))
      answer_pieces(design, parts, outcome, asked, missing, method, kind)
    })
  })
  group <- if (fit) NA_character_ else group_text(names(parts$groups), names(parts$given))
  rows <- lapply(seq_along(parts$outcomes), function(k) {
    outcome <- names(parts$outcomes)[k]
    mine <- lapply(tests, `[[`, k)
    if (!is.null(answers)) check_alike(lapply(mine, function(set) list(outcome = outcome, level = names(set))))
    row <- do.call(rbind, lapply(seq_along(mine[[1L]]), function(i) {
      pooled_test_row(lapply(mine, function(set) set[[i]]), outcome, group, method, kind == "rank")
    }))
    if (is.null(answers)) return(row)
    levels <- names(mine[[1L]])
    list_frame(c(list(outcome = row$outcome, level = factor(levels, levels)), as.list(row)[-1L]))
  })
  result <- do.call(rbind, rows)
  first <- lapply(tests[[1L]], `[[`, 1L)
  info <- tables_info(lapply(first, `[[`, "table"), parts)
  info[c("method", "kind")] <- list(method, kind)
  info <- given_info(answers_info(info, asked), parts$given, first[[1L]]$table$tally)
  info$pooled <- list(sets = length(data), drawn = data$drawn, fmi = max(result$fmi, -Inf, na.rm = TRUE))
  new_result(result, "weeg_test", info, c(
    test_conventions(first[[1L]]$table$tally, method, "observed", if (kind == "trend") "given" else kind, first[[1L]]$shares),
    pooling = "D1 of Li, Raghunathan and Rubin, df of Reiter"
  ))
}

# Of one data set: list(table, residuals, grid, used), used being what has rows and must have them in all data sets.
test_pieces <- function(design, parts, outcome, missing, method, kind, p = NULL) {
  switch(kind,
    shares = fit_test(design, parts, outcome, missing, p),
    rank = rank_pieces(design, parts, outcome, missing, method),
    trend = ,
    given = given_pieces(design, parts, outcome, missing, method),
    independence = {
      table <- prepare_table(design, parts, outcome, missing)
      list(table = table, residuals = test_residuals(table), grid = table$grid, used = used_margins(table))
    }
  )
}

used_margins <- function(table) list(which(group_counts(table) > 0), which(level_counts(table) > 0))

# The differences of mean scores of ranks from that of the first group.
rank_pieces <- function(design, parts, outcome, missing, method) {
  table <- rank_table(design, parts, outcome, missing, method)
  found <- checked_estimate(.Call(C_rank_differences, table$tally, table$places, rank_scores[[method]]), table$tally)
  used <- which(group_counts(table) > 0)
  check_two(method, length(used))
  list(table = table, residuals = name_alone(found, grid_labels(table$grid)[!groups_with_variance(table)]),
       grid = table$grid, used = used)
}

given_pieces <- function(design, parts, outcome, missing, method) {
  table <- given_table(design, parts, outcome, missing, method)
  found <- .Call(C_given_residuals, table$tally, table$places, table$scores$group, table$scores$level)
  list(table = table, residuals = name_alone(checked_estimate(found, table$tally), alone_in(table, outcome)),
       grid = if (method != "trend" || !isTRUE(table$tally$variables[[names(parts$groups)]]$number)) table$grid,
       used = if (method != "trend") used_margins(table))
}

# The differences of proportions from those specified, but the last, with their covariance.
fit_test <- function(design, parts, outcome, missing, p) {
  found <- shares_test(design, parts, outcome, missing, "adjusted-wald", p)
  table <- found$table
  levels <- table$tally$variables[[outcome]]$levels
  shares <- check_shares(p, levels, outcome, level_counts(table))
  if (is.null(shares)) shares <- rep(1 / length(levels), length(levels))
  row <- as.list(found$row)
  residuals <- c(list(estimate = numeric(), covariance = numeric()), row[c("n", "df", "chisq", "cramers.v", "reason")])
  if (is.na(row$reason)) {
    kept <- utils::head(which(!is.na(shares)), -1L)
    estimate <- checked_estimate(.Call(C_proportions, table$tally, table$places, 0L, 0.95), table$tally)$estimate
    covariance <- checked(.Call(C_covariance, table$tally, table$places, match("proportion", covariance_kinds) - 1L, NULL))
    residuals$estimate <- estimate[kept] - shares[kept]
    residuals$covariance <- c(covariance[kept, kept])
  }
  list(table = table, shares = found$shares, residuals = residuals)
}

# Of each answer and net that is asked for, by name.
answer_pieces <- function(design, parts, outcome, asked, missing, method, kind) {
  each <- tally_of_outcome(design, parts, outcome, asked, missing)
  levels <- unique(find_answers(asked$levels, each$levels, outcome, none = length(asked$nets) > 0L))
  lapply(c(stats::setNames(as.list(levels), levels), asked$nets), function(net) {
    each$parts$net <- list(name = "net", levels = net)
    test_pieces(each$tally, each$parts, outcome, "domain", method, kind)
  })
}

# Of two groups that of their difference, else the Wald test of all means against one of them.
pooled_mean_tests <- function(data, parts, formula, answers, missing) {
  if (!is.null(answers)) abort("argument", "`answers` are of shares, and the test of means")
  means <- over_sets(data$designs, function(design) {
    lapply(split_terms(parts$outcomes), function(outcome) {
      one <- list(outcomes = outcome, groups = parts$groups, envir = parts$envir)
      number_result(design, one, split_terms(outcome), "mean", "wald", TRUE, 0.95, missing)
    })
  })
  tests <- over_sets(data$designs, function(design) {
    lapply(names(parts$outcomes), function(outcome) mean_test(design, parts, outcome, missing))
  })
  rows <- lapply(seq_along(parts$outcomes), function(k) {
    each <- lapply(means, `[[`, k)
    check_alike(lapply(each, result_rows))
    figures <- lapply(each, function(one) c(one[c("estimate", "std.error", "n")], list(covariance = info_of(one)$covariance)))
    pooled_mean_row(figures, lapply(tests, function(set) set[[k]]$row), function() {
      weeg_compare(data, one_outcome(formula, parts, k), measures = "mean-difference", missing = missing)
    })
  })
  result <- do.call(rbind, rows)
  info <- tables_info(lapply(tests[[1L]], `[[`, "table"), parts)
  info[c("method", "kind")] <- list("mean", "mean")
  info$pooled <- list(sets = length(data), drawn = data$drawn, fmi = max(result$fmi, -Inf, na.rm = TRUE))
  said <- test_conventions(tests[[1L]][[1L]]$table$tally, "mean", "observed", "mean",
                           few = all(result$num.df %in% 1) && is_effective(data$designs[[1L]]))
  pooling <- "D1 of Li, Raghunathan and Rubin, df of Reiter; of two groups Rubin's rules"
  new_result(result, "weeg_test", info, c(said, pooling = pooling))
}

one_outcome <- function(formula, parts, k) {
  formula[[2L]] <- parts$outcomes[[k]]
  formula
}

# means: list(estimate, std.error, covariance, n) of each data set; tests: of each; compare: gives the pooled difference of two
# groups.
pooled_mean_row <- function(means, tests, compare) {
  used <- which(means[[1L]]$n > 0)
  row <- tests[[1L]]
  for (column in c("chisq", "cramers.v", "n", "df")) row[[column]] <- mean(vapply(tests, `[[`, 0, column))
  reason <- Filter(Negate(is.na), vapply(tests, `[[`, "", "reason"))
  alike <- all(vapply(means, function(one) identical(which(one$n > 0), used), NA))
  columns <- c("statistic", "num.df", "den.df", "p.value")
  row[columns] <- NA_real_
  row$fmi <- NA_real_
  row$reason <- c(reason, if (!alike) reason_words("singular"), NA_character_)[1L]
  if (is.na(row$reason) && length(used) == 2L) {
    pair <- compare()
    row[c(columns, "fmi")] <- list(pair$statistic^2, 1, pair$df, pair$p.value, pair$fmi)
    row$reason <- pair$reason
  } else if (is.na(row$reason)) {
    # against the mean that is known best, as the test of one data set
    best <- which.min(means[[1L]]$std.error[used])
    difference <- diag(length(used))[-best, , drop = FALSE]
    difference[, best] <- -1
    found <- checked(.Call(
      C_pool_wald, do.call(cbind, lapply(means, function(one) difference %*% one$estimate[used])),
      do.call(cbind, lapply(means, function(one) c(difference %*% one$covariance[used, used] %*% t(difference)))),
      vapply(tests, function(test) test$df - length(used) + 1, 0), TRUE
    ))
    row[names(found)] <- found
  }
  row[c(setdiff(names(row), c("fmi", "reason")), "fmi", "reason")]
}

# tests: of each data set its pieces. Ranks and trends need no levels of numbers that are the same in all data sets.
pooled_test_row <- function(tests, outcome, group, method, ranks) {
  check_alike(lapply(tests, function(test) {
    variable <- test$table$tally$variables[[outcome]]
    free <- isTRUE(variable$number) && (ranks || method == "trend")
    list(groups = test$grid, outcome = outcome, level = if (!free) variable$levels)
  }))
  alike <- all(vapply(tests, function(test) identical(test$used, tests[[1L]]$used), NA))
  pooled_wald_row(lapply(tests, `[[`, "residuals"), outcome, group, method, ranks, alike)
}

test_residuals <- function(table) checked_estimate(.Call(C_test_residuals, table$tally, table$places), table$tally)

# each: of each data set what is tested to be 0, list(estimate, covariance, n, df, chisq, cramers.v, reason). ranks: the design
# loses a degree of freedom for each estimate. alike: whether the data sets have rows in the same groups and levels.
pooled_wald_row <- function(each, outcome, group, method = "adjusted-wald", ranks = FALSE, alike = TRUE) {
  sizes <- lengths(lapply(each, `[[`, "estimate"))
  reason <- Filter(Negate(is.na), vapply(each, `[[`, "", "reason"))
  means <- lapply(c(chisq = "chisq", cramers.v = "cramers.v", n = "n", df = "df"), function(column) {
    mean(vapply(each, `[[`, 0, column))
  })
  found <- if (length(reason) > 0L || any(sizes != sizes[1L]) || !alike) {
    # a level that has rows in some of the data sets only is an empty one in the others
    none <- NA_real_
    list(statistic = none, num.df = none, den.df = none, p.value = none, fmi = none,
         reason = c(reason, reason_words("singular"))[1L])
  } else {
    checked(.Call(C_pool_wald, do.call(cbind, lapply(each, `[[`, "estimate")),
                  do.call(cbind, lapply(each, `[[`, "covariance")), vapply(each, `[[`, 0, "df") - if (ranks) sizes else 0,
                  ranks))
  }
  list_frame(c(list(outcome = outcome, group = group, method = method),
               found[c("statistic", "num.df", "den.df", "p.value")], means["chisq"], list(deff.mean = NA_real_),
               means[c("cramers.v", "n", "df")], found[c("fmi", "reason")]))
}

# Of each item, and of all together; items that are one in every data set count once in the adjustment.
pooled_item_tests <- function(items, pieces) {
  tests <- c(seq_along(items[-1L]), 0L)
  rows <- do.call(rbind, lapply(tests, function(k) {
    pooled_wald_row(lapply(pieces, function(set) if (k > 0L) set$each[[k]] else set$all), "", "")
  }))
  same <- match(do.call(paste, lapply(pieces, `[[`, "same")), do.call(paste, lapply(pieces, `[[`, "same")))
  p <- rows$p.value[-length(items)]
  once <- !duplicated(same) & !is.na(p)
  adjusted <- rep(NA_real_, length(p))
  adjusted[once] <- stats::p.adjust(p[once], "holm")
  adjusted <- ifelse(is.na(p), NA_real_, adjusted[same])
  list_frame(c(list(item = items), rows[c("method", "statistic", "num.df", "den.df", "p.value")],
               list(p.adjusted = c(adjusted, NA_real_)), rows[c("n", "df", "fmi", "reason")]))
}

# ---- cross-tabs --------------------------------------------------------------------------------------------------------

# fits: the cross-tabs of the data sets.
pooled_crosstab <- function(data, formula, method, missing, fits) {
  first <- fits[[1L]]
  info <- attr(first, "info")
  effective <- is_effective(data$designs[[1L]])
  tables <- function(of) {
    lapply(stats::setNames(nm = c(percent_choices, "margin")), function(base) {
      rows <- lapply(of, function(one) result_rows(one[[base]], if (base == "margin") character() else info$columns))
      check_alike(rows)
      flat_rows(pool_shares(rows, info, effective), c("residual", "residual.p", json_codes))
    })
  }
  shares <- tables(fits) # refuses data sets that are not alike
  made <- c(list(counts = mean_matrix(fits, "counts"), weighted = mean_matrix(fits, "weighted")), shares,
            list(test = pooled_test(data, formula, method, NULL, NULL, NULL, missing)), pooled_residuals(fits),
            list(missing = mean(vapply(fits, `[[`, 0, "missing"))))
  if (!is.null(first$nets)) made$nets <- tables(lapply(fits, `[[`, "nets"))
  fmi <- unlist(lapply(made[c(percent_choices, "margin")], `[[`, "fmi"))
  info$pooled <- list(sets = length(fits), drawn = data$drawn, fmi = max(fmi, -Inf, na.rm = TRUE))
  said <- attr(first, "conventions")
  tested <- attr(made$test, "conventions")
  seal_result(structure(made, class = "weeg_crosstab", info = info, conventions = c(
    said["interval"], tested[names(tested) != "pooling"],
    pooling = paste0(rubin_text, "; of the test D1, df of Reiter")
  )))
}

mean_matrix <- function(fits, name) Reduce(`+`, lapply(fits, `[[`, name)) / length(fits)

# Residuals are p_rc - p_r p_c over its standard error, which z has; holm for as many as are not each other's negatives.
pooled_residuals <- function(fits) {
  rows <- lapply(fits, function(one) {
    share <- one$weighted / sum(one$weighted)
    estimate <- share - outer(rowSums(share), colSums(share))
    data.frame(estimate = c(estimate), std.error = c(estimate / one$residuals), df = one$test$df, reason = NA_character_,
               conf.low = 0)
  })
  found <- pool_contrasts(rows, 0.95)
  as_matrix <- function(x) {
    x[!is.finite(x)] <- NA
    matrix(x, nrow(fits[[1L]]$counts), dimnames = dimnames(fits[[1L]]$counts))
  }
  p <- as_matrix(found$p.value)
  used <- c(sum(rowSums(!is.na(p)) > 0), sum(colSums(!is.na(p)) > 0))
  known <- which(!is.na(p))
  hypothesis <- paste(if (used[1L] == 2L) 0 else row(p), if (used[2L] == 2L) 0 else col(p))
  once <- known[!duplicated(hypothesis[known])]
  adjusted <- p
  adjusted[known] <- stats::p.adjust(p[once], "holm")[match(hypothesis[known], hypothesis[once])]
  list(residuals = as_matrix(found$statistic), residual.p = adjusted)
}

# ---- logistic models ---------------------------------------------------------------------------------------------------

pooled_logistic <- function(data, fits) {
  first <- fits[[1L]]
  info <- attr(first, "info")
  rows <- lapply(fits, function(fit) {
    rows <- as.data.frame.weeg_result(fit)
    rows$level <- ifelse(is.na(rows$level), "", rows$level) # of the intercept
    rows
  })
  check_coefficients(rows)
  columns <- pool_contrasts(rows, info$level)
  columns$odds.ratio <- ifelse(is.na(first$odds.ratio), NA, exp(columns$estimate))
  own <- with_pooled(rows, columns)
  own$level[own$level == ""] <- NA
  covariances <- lapply(fits, function(fit) info_of(fit)$covariance)
  info$covariance <- pooled_covariance(covariances, rows)
  info$tests <- do.call(rbind, lapply(info$terms, pooled_term, fits, covariances, own))
  info$cells <- NULL
  info$fit <- mean_fit(fits)
  info$pooled <- list(sets = length(fits), drawn = data$drawn, fmi = max(own$fmi, -Inf, na.rm = TRUE))
  new_result(own, "weeg_logistic", info, c(
    attr(first, "conventions"), pooling = paste0(rubin_text, "; of terms D1, df of Reiter")
  ))
}

# Levels that differ are refused as such, before a model of some of them is.
check_outcome_alike <- function(data, parts, missing) {
  outcome <- names(parts$outcome)
  check_alike(over_sets(data$designs, function(design) {
    list(outcome = outcome, level = table_tally(design, parts$outcome, parts$envir, missing)$variables[[outcome]]$levels)
  }))
}

check_coefficients <- function(rows) {
  keys <- lapply(rows, function(x) list(term = x$term, level = x$level))
  other <- which(!vapply(keys, identical, NA, keys[[1L]]))[1L]
  if (is.na(other)) return(invisible())
  abort("variable", "data set ", other, " has other coefficients than data set 1",
        hint = "Make each variable a factor with the same levels in all data sets, all of which occur: factor(x, levels = ...)")
}

# The Wald test of the coefficients of a term, of which those count that have an estimate in every data set; of one, its row's.
pooled_term <- function(term, fits, covariances, own) {
  at <- which(fits[[1L]]$term == term)
  known <- Reduce(`&`, Map(function(fit, covariance) {
    !is.na(fit$estimate[at]) & !is.na(diag(covariance)[at])
  }, fits, covariances))
  at <- at[known]
  test <- info_of(fits[[1L]])$tests
  row <- test[match(term, test$term), ]
  row[c("statistic", "num.df", "den.df", "p.value")] <- NA_real_
  row$fmi <- NA_real_
  if (length(at) == 0L) {
    if (is.na(row$reason)) row$reason <- reason_words("no-variance")
    return(row)
  }
  if (length(at) == 1L) {
    known <- own[at, ]
    row[c("statistic", "num.df", "den.df", "p.value", "fmi")] <- c(known$statistic^2, 1, known$df, known$p.value, known$fmi)
    return(row)
  }
  found <- checked(.Call(
    C_pool_wald, do.call(cbind, lapply(fits, function(fit) fit$estimate[at])),
    do.call(cbind, lapply(covariances, function(x) c(x[at, at]))),
    vapply(fits, function(fit) as.double(info_of(fit)$fit$df - info_of(fit)$fit$slopes), 0), TRUE
  ))
  row[names(found)] <- found
  row
}

mean_fit <- function(fits) {
  each <- lapply(fits, function(fit) info_of(fit)$fit)
  fit <- each[[1L]]
  for (name in c("n", "deviance", "null.deviance")) fit[[name]] <- mean(vapply(each, function(x) as.double(x[[name]]), 0))
  fit
}
