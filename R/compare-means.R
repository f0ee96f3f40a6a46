# Comparisons of the means of numbers, for weeg_compare(), and tests that they are equal, for weeg_test().

# Those of weeg_compare(), in the core's words.
mean_measure <- c("mean-difference" = "difference", "mean-ratio" = "risk-ratio")

compare_means <- function(data, parts, pairs, against, contrasts, measures, adjust, threshold, level, missing) {
  if (!all(measures %in% mean_measures)) {
    abort("argument", "`measures` has those of means and of shares: ", paste0("\"", measures, "\"", collapse = ", "),
          hint = "Ask for them in two calls")
  }
  if (!is.null(against) && !is.character(bare(against)) && length(parts$outcomes) > 1L) {
    abort("argument", "`against` is one figure, and the formula has ", counted(length(parts$outcomes), "outcome"),
          hint = "Compare them in calls of their own")
  }
  numbers <- number_tables(data, parts, split_terms(parts$outcomes), missing)
  tables <- Map(function(table, outcome) {
    number <- match(outcome, measures_of(table$tally))
    shown <- shown_cells(table, threshold, sizes = TRUE)
    found <- if (is.null(contrasts)) mean_pairs(table, number, pairs, against, measures, level, shown) else {
      mean_contrasts(table, number, contrasts, level)
    }
    rows <- found$rows
    done <- if (!isTRUE(shown$any)) adjust_rows(as_one_answer(rows, found$same), adjust) else {
      adjust_protected(rows, hidden_pairs(shown, found$sets, length(measures), rep(1L, nrow(rows))), adjust)
    }
    done$rows$level <- NULL
    done$rows <- data.frame(outcome = rep(outcome, nrow(rows)), done$rows)
    c(done, list(tally = table$tally))
  }, numbers, names(parts$outcomes))
  tally <- tables[[1L]]$tally
  info <- tables_info(tables, parts)
  info[c("level", "adjust")] <- list(level, adjust)
  info$threshold <- threshold
  info$counted <- lapply(tables, `[[`, "counted")
  if (identical(contrasts, "trend")) info$unit <- trend_unit(tally, names(parts$groups))
  new_result(bind_frames(lapply(unname(tables), `[[`, "rows")), "weeg_compare_means", info,
             c(interval = paste0(format(100 * level), "% t", if ("mean-ratio" %in% measures && is.null(contrasts)) {
               if (length(measures) > 1L) " (ratios: of the logarithm)" else ", of the logarithm"
             }), adjustment = adjust, threshold_convention(threshold), design_conventions(tally, TRUE)))
}

# As adjust_rows() takes them.
as_one_answer <- function(rows, same) {
  rows$level <- factor(rep("", nrow(rows)))
  rows$same <- same
  rows$share <- rep(0, nrow(rows))
  rows
}

contrast_columns <- c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")

mean_pairs <- function(table, number, pairs, against, measures, level, shown) {
  labels <- grid_labels(table$grid)
  has_data <- seem_to_have_data(table, shown)
  sets <- if (is.null(against)) pair_sets(find_pairs(pairs, labels, has_data, length(measures)), labels) else {
    find_mean_against(against, labels, which(has_data), length(measures),
                      if (length(table$grid) > 0L) nlevels(table$grid[[length(table$grid)]]) else 1L)
  }
  found <- checked_estimate(.Call(
    C_compare, table$tally, table$places, as.list(sets$member), sets$first - 1L, sets$second - 1L, sets$external,
    match(mean_measure[measures], compare_measures) - 1L, level, number
  ), table$tally)
  mean <- set_proportions(table, sets$member, number)
  first <- rep(sets$first, length(measures))
  second <- rep(sets$second, length(measures))
  figure <- !is.null(sets$external)
  rows <- data.frame(
    measure = rep(measures, each = length(sets$first)), group1 = sets$names[first], group2 = sets$names[second],
    found[contrast_columns], p.adjusted = rep(NA_real_, length(first)), estimate1 = mean$estimate[first],
    estimate2 = if (figure) rep(sets$external[1L], length(first)) else mean$estimate[second], n1 = mean$n[first],
    n2 = if (figure) rep(NA_real_, length(first)) else mean$n[second], reason = found$reason
  )
  list(rows = rows, sets = sets)
}

mean_contrasts <- function(table, number, contrasts, level) {
  coefs <- find_contrasts(contrasts, grid_labels(table$grid))
  score <- if (is.null(coefs)) trend_scores(table$tally$variables[names(table$grid)])
  names <- if (is.null(coefs)) "trend" else colnames(coefs)
  found <- checked_contrasts(.Call(C_compare_contrasts, table$tally, table$places, coefs, score, level, number), names,
                             table$tally)
  none <- rep(NA_real_, length(names))
  rows <- data.frame(
    measure = rep("contrast", length(names)), group1 = names, group2 = rep(NA_character_, length(names)),
    found$rows[contrast_columns], p.adjusted = none, estimate1 = none, estimate2 = none, n1 = found$n, n2 = none,
    reason = found$rows$reason
  )
  list(rows = rows, same = rep_len(same_contrasts(coefs), length(names)))
}

# As find_against(). A figure is a mean, with a standard error (not a variance: it may be no double) where it has one.
find_mean_against <- function(against, labels, groups, each, waves) {
  against <- bare(against)
  if (is.character(against)) return(find_against(against, NULL, "", labels, groups, each, waves))
  if (length(groups) == 0L) abort("argument", "there is no group with data to compare")
  error <- NULL
  if (is.list(against)) {
    if (is.null(against$estimate) || !all(names(against) %in% c("estimate", "std.error"))) {
      abort("argument", "`against` as a list has elements `estimate` and `std.error`: list(estimate = 41.5, std.error = 0.3)")
    }
    error <- bare(against$std.error)
    against <- bare(against$estimate)
  }
  if (!is_one_number(against)) abort("argument", "`against` must be \"total\", \"rest\" or a mean, such as 41.5")
  if (!is.null(error) && !(is_one_number(error) && error >= 0)) {
    abort("argument", "`std.error` in `against` must be one number, 0 or more")
  }
  list(member = groups, names = c(labels[groups], "published figure"), first = seq_along(groups),
       second = rep(length(groups) + 1L, length(groups)), external = c(against, if (is.null(error)) 0 else error))
}

is_one_number <- function(x) is.numeric(x) && length(x) == 1L && is.finite(x)

# ---- test --------------------------------------------------------------------------------------------------------------

mean_tests <- "mean"

mean_test <- function(data, parts, outcome, missing) {
  table <- number_tables(data, parts, split_terms(parts$outcomes[outcome]), missing)[[1L]]
  found <- checked_estimate(.Call(C_test_means, table$tally, table$places, match(outcome, measures_of(table$tally))), table$tally)
  found <- name_alone(found, grid_labels(table$grid)[!groups_with_variance(table)])
  list(table = table, row = test_frame(found, outcome, paste(names(parts$groups), collapse = " + "), mean_tests))
}

# ---- what users see ----------------------------------------------------------------------------------------------------

#' @rdname weeg_print
#' @export
format.weeg_compare_means <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (!is.null(digits)) digits <- check_whole(digits, "digits", 0, 15)
  outcome_lines(x, width, function(mine, info, width) {
    blocks <- lapply(unique(mine$measure), function(measure) {
      mean_compare_lines(mine[mine$measure == measure, , drop = FALSE], info, digits, width)
    })
    c(title_lines(info, mine$outcome[1L], width, "Means of "), source_lines(info, width, df_text(mine$df, info)), unlist(blocks))
  })
}

mean_compare_lines <- function(rows, info, digits, width) {
  ratio <- rows$measure[1L] == "mean-ratio"
  rows$level <- rep("", nrow(rows))
  nest <- nest_pairs(rows, info)
  means <- data.frame(std.error = if (ratio) NA_real_ else rows$std.error, estimate = rows$estimate1, conf.low = rows$estimate2,
                      conf.high = NA_real_)
  mean <- mean_format(means, digits)
  number <- if (ratio) format_ratio else mean
  column <- function(header, cells) nested_column(nest, header, cells)
  interval <- format_interval(rows$conf.low, rows$conf.high, number, if (ratio) utf8("\u2013", "-") else " to ")
  columns <- list(
    nest$stub,
    if (rows$measure[1L] != "contrast") column("first", mean(rows$estimate1)),
    if (rows$measure[1L] != "contrast") column("second", mean(rows$estimate2)),
    column(measure_headers[[rows$measure[1L]]], number(rows$estimate)),
    column(format_level(info$level), add_marks(interval, rows$mark)),
    column("p", p_column(rows$p.value)),
    if (info$adjust != "none") column(c("p", paste0("(", info$adjust, ")")), p_column(rows$p.adjusted))
  )
  title <- paste0(measure_words[rows$measure[1L]], if (!is.null(info$unit)) paste0(", ", info$unit))
  c("", wrap(title, width), table_lines(Filter(Negate(is.null), columns), width), counted_line(rows, info, width))
}

#' @rdname weeg_tidy
#' @export
tidy.weeg_compare_means <- function(x, conf.level = NULL, ...) tidy.weeg_compare(x, conf.level)

#' @rdname weeg_tidy
#' @export
glance.weeg_compare_means <- function(x, ...) glance.weeg_compare(x)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::coef, weeg_compare_means)
coef.weeg_compare_means <- function(object, ...) named_estimates(object)

#' @rdname weeg_tidy
#' @rawNamespace S3method(stats::confint, weeg_compare_means)
confint.weeg_compare_means <- function(object, parm = NULL, level = NULL, ...) named_limits(object, parm, level)

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_compare_means <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  ratio <- rows$measure == "mean-ratio"
  if (any(ratio) && !all(ratio)) {
    tell("Plotted: mean-difference. Not on the same axis: mean-ratio; for these: x[x$measure == \"mean-ratio\", ]")
    rows <- rows[!ratio, , drop = FALSE]
  }
  outcome <- the_variable(object, "comparisons of means")
  pair <- factor(pair_names(rows), levels = unique(pair_names(rows)))
  against <- unique(rows$group2)
  title <- title_pieces(info, outcome)
  if (nlevels(pair) > 1L && length(against) == 1L && !is.na(against)) {
    title <- c(title, paste("against", against))
    pair <- factor(rows$group1, levels = unique(rows$group1))
  }
  axis <- interval_axis(measure_words[[rows$measure[1L]]], if (all(ratio)) "ratio" else "value", info, if (all(ratio)) 1 else 0)
  dot_plot(dot_frame(rows, in_order(list(pair))), page, axis, title, caption_text(page, info))
}
