# Plots of results with ggplot2; plot-page.R and plot-dots.R draw them.

#' Plot results
#'
#' `autoplot()` makes a ggplot of a result, to which layers, scales and themes can be added; `plot()` draws it to fit the
#' device.
#'
#' * Proportions: points with confidence intervals by group, a panel per answer. A second group variable is shown by
#'   colour, if it has at most eight levels. Of several questions, what can be read best on the page: a panel per answer to
#'   each, a row of panels per question, or a panel per question with the groups by colour.
#' * Totals: points with intervals, from 0.
#' * Over time, with `over = "round"`, of proportions, totals, means, ratios and quantiles: lines with bands of their limits, a
#'   colour for each of the other groups. Numbers and dates stand at their distance.
#' * A cross-tab: a bar of 100% per group, with the answers stacked. With `percent = "column"`, a bar per answer. More than
#'   twelve answers are tiles in place of bars.
#' * A comparison: differences (or ratios, on a logarithmic scale) with confidence intervals, by pair and answer. A
#'   result with both is plotted as differences; select the rows of a ratio, `x[x$measure == "odds-ratio", ]`, to plot
#'   that. More than 30 pairs, if they are all pairs of groups, are a square of tiles, with a dot where the adjusted
#'   p-value is below .05. Letters: the groups' percentages with their letters.
#' * A test: the null distribution of its statistic, with the observed value. For several outcomes, mixtures of
#'   distributions and [anova()]: the p-values, on a logarithmic scale.
#' * A battery: a bar per item, that diverges from the middle of the scale, with n and the mean at its right ([weeg_battery()]).
#' * A multiple-response question: an item per line, the groups by colour.
#' * Shrunken estimates: with their intervals, in the areas' own order, beside the areas' own figures. A funnel: each area's
#'   figure against its effective number of respondents, with limits; areas outside them are named.
#' * Effect sizes: each measure with its interval. A decomposition: the total difference and its components, a panel per
#'   answer. Standardised proportions beside the crude ones. A logistic model: odds ratios against the reference level of
#'   each term, on a logarithmic scale (of a proportional-odds model too). A log-linear model: its effects, a panel per term.
#' * Weights: boxes from quartile to quartile, with smallest and largest weight. Sensitivity to the rule for single-PSU
#'   strata: each estimate by rule.
#'
#' Colours can be distinguished by colour-blind readers: shades from light to dark, in the order of the answers, for
#' up to six answers and for ordered ones; hues for others. No colour is used twice. Figures in bars and tiles are black or
#' white, whichever can be read on the fill, also of a scale that you add.
#'
#' Estimates that the presentation standards of the NCHS would suppress or review are flagged, as in print: an open
#' circle is to be reviewed, a cross is too imprecise; in bars and tiles, `*` and `**` follow the figure. Figures
#' suppressed by [weeg_protect()] are labelled as such, and grey in bars. Groups without observations are left out.
#'
#' Text is sized for the `page`: row names become smaller where there are many (50 on 7 by 5 inches), and a plot whose
#' names would be illegible is an error. Each plot has an alternative text (`alt`, which knitr passes on).
#'
#' @param x,object A result of any verb. A design, a tally, a study, a section of a report and an audit have no plot; the error
#'   says what to plot.
#' @param page Width and height of the picture in inches.
#' @param over The name of the group that is time, for lines.
#' @param ... For `plot()`: `over`.
#' @return `autoplot()`: a ggplot. `plot()`: the same, invisibly, after it has drawn it.
#' @name weeg_plot
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' plot(weeg_crosstab(d, strengths ~ provider))
#' plot(weeg_proportion(d, strengths ~ provider))
#' plot(weeg_compare(d, strengths ~ provider, answers = "niet"))
#' plot(weeg_proportion(d, strengths ~ provider + ronde), over = "ronde")
#' plot(weeg_test(d, strengths ~ provider))
#' plot(weeg_decompose(d, strengths ~ ronde, by = ~provider))
#' \dontrun{
#' towns <- weeg_proportion(d, strengths ~ gemeente)
#' ggplot2::ggsave("towns.pdf", ggplot2::autoplot(towns, page = c(8, 11)), width = 8, height = 11)
#' }
NULL

utils::globalVariables(".data")

#' @rdname weeg_plot
#' @export
plot.weeg_result <- function(x, ...) draw(x, ...)

#' @rdname weeg_plot
#' @export
plot.weeg_crosstab <- function(x, ...) draw(x, ...)

# A plot may give these rows columns of its own.
plot_rows <- function(object) {
  if (!is_complete(object)) {
    abort("argument", "columns that the plot needs are missing",
          hint = "Take rows of a result, not columns: x[x$level == \"yes\", ]")
  }
  if (nrow(object) == 0L) abort("argument", "there is nothing to plot: the result has no rows")
  result_rows(object)
}

# Rows of groups with observations, or of which it is not told.
with_observations <- function(rows) rows[has_rows(if (is.null(rows[["n.base"]])) rows$n else rows$n.base), , drop = FALSE]

interval_axis <- function(name, kind, info, origin = NULL) {
  list(name = paste0(name, " (", format_level(info$level), ")"), what = name, kind = kind, origin = origin)
}

# The questions of a result: over panels with their names where their labels are long; the title has both then.
outcome_factor <- function(rows, info) {
  names <- unique(rows$outcome)
  labels <- label_or_name(info, names)
  if (anyDuplicated(labels) || has_long_labels(info, names)) labels <- names
  factor(rows$outcome, levels = names, labels = labels)
}

# ---- proportions and totals ------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_proportion <- function(object, ..., page = c(7, 5), over = NULL) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- with_observations(plot_rows(object))
  groups <- split_groups(rows$groups)
  outcome <- outcome_factor(rows, info)
  alone <- length(groups$along) == 0L
  panels <- if (alone) list(outcome) else list(outcome, rows$level)
  more <- c(one_answer(rows), one_group(rows, info))
  axis <- interval_axis("Percentage", "percent", info)
  title <- title_pieces(info, unique(rows$outcome), more)
  if (!is.null(over)) return(over_time(rows, over, list(outcome, rows$level), page, axis, title, info))
  frame <- dot_frame(rows, in_order(if (alone) list(rows$level) else groups$along), groups$colour, panel_factor(panels))
  if (!alone) {
    along <- paste(label_or_name(info, names(groups$along)), collapse = ", ")
    frame <- question_frames(frame, outcome, rows$level, along)
  }
  dot_plot(frame, page, axis, title, caption_text(page, info), label_or_name(info, groups$name))
}

# What is the same in all rows belongs in the title.
one_answer <- function(rows) {
  if (length(unique(rows$level)) == 1L) paste0("answer: ", rows$level[1L])
}

one_group <- function(rows, info) {
  groups <- rows$groups
  if (length(groups) == 1L && length(unique(groups[[1L]])) == 1L) paste0("group: ", groups[[1L]][1L])
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_multiple <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- with_observations(plot_rows(object))
  groups <- split_groups(rows$groups)
  # a group of many levels is along the axis, and the items are panels
  if (is.null(groups$colour) && length(groups$along) == 1L && length(unique(groups$along[[1L]])) <= 8L) {
    groups <- list(along = NULL, colour = in_order(groups$along), name = names(groups$along))
  }
  many <- length(groups$along) > 0L && is.null(groups$colour)
  place <- in_order(if (many) groups$along else list(rows$level))
  panel <- panel_factor(if (many) list(rows$level) else groups$along)
  frame <- dot_frame(rows, place, groups$colour, panel)
  title <- title_pieces(info, info$outcomes, one_group(rows, info))
  dot_plot(frame, page, interval_axis("Percentage", "percent", info), title, caption_text(page, info),
           label_or_name(info, groups$name))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_total <- function(object, ..., page = c(7, 5), over = NULL) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- with_observations(plot_rows(object))
  variables <- names(rows$groups)
  groups <- split_groups(rows$groups)
  if (length(groups$along) == 0L) groups$along <- rows$groups
  frame <- dot_frame(rows, in_order(groups$along), groups$colour)
  title <- paste("Totals:", paste(label_or_name(info, variables), collapse = " and "))
  axis <- interval_axis("Weighted count", "count", info)
  if (!is.null(over)) return(over_time(rows, over, NULL, page, axis, title, info))
  dot_plot(frame, page, axis, title, caption_text(page, info),
           label_or_name(info, groups$name))
}

# Numbers of different variables are on different scales.
the_variable <- function(object, several) {
  outcome <- unique(object$outcome)
  if (length(outcome) < 2L) return(outcome)
  abort("unsupported", several, " of several variables have no axis in common: ", listed(outcome),
        hint = "Plot the rows of one at a time: x[x$outcome == ..., ]")
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_mean <- function(object, ..., page = c(7, 5), over = NULL) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  outcome <- the_variable(object, number_words(info)$several)
  rows <- with_observations(plot_rows(object))
  groups <- split_groups(rows$groups)
  alone <- length(groups$along) == 0L
  frame <- dot_frame(rows, in_order(if (alone) list(rows$outcome) else groups$along), groups$colour)
  title <- title_pieces(info, outcome, one_group(rows, info))
  axis <- interval_axis(number_words(info)$title, "value", info)
  if (!is.null(over)) return(over_time(rows, over, NULL, page, axis, title, info))
  dot_plot(frame, page, axis, title, caption_text(page, info),
           label_or_name(info, groups$name))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_quantile <- function(object, ..., page = c(7, 5), over = NULL) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  outcome <- the_variable(object, "quantiles")
  rows <- with_observations(plot_rows(object))
  groups <- split_groups(rows$groups)
  probs <- unique(rows$prob)
  prob <- factor(rows$prob, levels = probs, labels = paste("p =", probs))
  alone <- length(groups$along) == 0L
  panel <- if (length(probs) > 1L && !alone) panel_factor(list(prob))
  frame <- dot_frame(rows, in_order(if (alone) list(prob) else groups$along), groups$colour, panel)
  title <- title_pieces(info, outcome, one_group(rows, info))
  axis <- interval_axis(if (identical(probs, 0.5)) "Median" else "Quantile", "value", info)
  if (!is.null(over)) return(over_time(rows, over, list(prob), page, axis, title, info))
  dot_plot(frame, page, axis, title, caption_text(page, info), label_or_name(info, groups$name))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_contrast <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- with_observations(plot_rows(object))
  groups <- split_groups(rows$groups)
  contrasts <- factor(rows$contrast, unique(rows$contrast))
  along <- c(if (nlevels(contrasts) > 1L || length(groups$along) == 0L) list(contrasts), groups$along)
  frame <- dot_frame(rows, in_order(along), groups$colour)
  title <- paste(c(if (nlevels(contrasts) == 1L) levels(contrasts), label_or_name(info, info$outcomes)), collapse = ": ")
  dot_plot(frame, page, interval_axis("Function of proportions", "value", info), title, caption_text(page, info),
           label_or_name(info, groups$name))
}

# ---- cross-tabs ------------------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_crosstab <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- bar_rows(object, info)
  if (nrow(rows) == 0L) abort("argument", "there is nothing to plot: no group has observations")
  title <- title_pieces(info, info$outcomes)
  test <- test_line(as.data.frame.weeg_result(object$test))
  tiles <- nlevels(rows$part) > 12L
  caption <- caption_text(page, info, test, verdict_line(rows$verdict, tiles))
  axis <- c(row = "Percentage of the group", column = "Percentage of the answer", total = "Percentage of the total")
  axis <- list(name = axis[[info$percent]], kind = "percent")
  if (tiles) return(crosstab_tiles(rows, page, axis, title, caption))
  stacked_bars(rows, page, axis, title, caption)
}

# A row per cell: the bar it is in, its part of the bar, and the percentage.
bar_rows <- function(x, info) {
  cells <- x[[info$percent]]
  group <- factor(rep(rownames(x$counts), each = ncol(x$counts)), levels = rownames(x$counts))
  answer <- cells$level
  by_answer <- info$percent == "column"
  bar <- if (by_answer) answer else group
  part <- if (by_answer) group else answer
  n <- stats::setNames(crosstab_sums(x)[[if (by_answer) "column" else "row"]], levels(bar))
  rows <- data.frame(bar = bar, part = part, estimate = cells$estimate, n = n[as.character(bar)], verdict = verdicts(cells))
  rows$hidden <- is.na(rows$estimate) & is_protected(x)
  # without observations
  said <- rows$hidden | !is.na(rows$estimate)
  rows[if (info$percent == "total") said else has_rows(rows$n) & said, ]
}

# What stands behind the name of a bar, on one line.
bar_sizes <- function(rows) {
  paste0(" (", gsub(" ", "\u00a0", ifelse(is.na(rows$n), "n not shown", paste0("n = ", format_count(rows$n))), fixed = TRUE), ")")
}

# The parts that are not shown are one, in grey, at the end of the bar: it has all its length. How long a bar of shares of the
# total would be is not known.
pool_hidden <- function(rows, percent_of_bar) {
  known <- rows[!rows$hidden, , drop = FALSE]
  if (!any(rows$hidden)) return(known)
  rest <- rows[rows$hidden & !duplicated(paste(rows$bar, rows$hidden)), , drop = FALSE]
  shown <- tapply(known$estimate, known$bar, sum)[as.character(rest$bar)]
  rest$estimate <- if (percent_of_bar) pmax(0, 1 - ifelse(is.na(shown), 0, shown)) else 0
  rest$verdict <- "show"
  levels <- c(levels(rows$part), not_shown)
  known$part <- factor(known$part, levels = levels, ordered = is.ordered(rows$part))
  rest$part <- factor(not_shown, levels = levels, ordered = is.ordered(rows$part))
  rbind(known, rest)
}

not_shown <- "not shown"

stacked_bars <- function(rows, page, axis, title, caption) {
  parts <- droplevels(rows$part)
  colours <- fill_colours(parts)
  of_total <- axis$name == "Percentage of the total"
  rows <- pool_hidden(rows, !of_total)
  if (any(rows$hidden) && !of_total) colours <- c(colours, stats::setNames("#E3E3E3", not_shown))
  rows$bar <- droplevels(rows$bar)
  bars <- levels(rows$bar)
  legend <- legend_of(names(colours), page)
  pieces <- title
  title <- set_title(page, pieces)
  high <- height_left(page, title, caption, list(legend))
  if (high / length(bars) < 6) {
    title <- set_title(page, pieces, short = TRUE)
    high <- height_left(page, title, caption, list(legend))
  }
  cut <- folds(length(bars), high, page[1L], 1)
  pitch <- high / ceiling(length(bars) / cut)
  named <- rows[match(bars, rows$bar), ]
  room <- label_room(paste0(bars, bar_sizes(named), " **"), page, if (cut > 1L) 0.24 else 0.36)
  wide <- page[1L] / cut - room - 24
  if (pitch < smallest_text + 0.1) {
    too_dense(length(bars), "bars", page, "Take a larger page: autoplot(x, page = c(7, 12)); or a part of the groups: subset()")
  }
  size <- min(9, pitch * 0.75 * 0.85)
  thick <- min(0.75, 42 / pitch)
  sign <- ifelse(rows$hidden, "", verdict_signs[rows$verdict])
  text <- ifelse(rows$hidden, not_shown, paste0(format_percent(rows$estimate, 0L), "%", sign))
  fits <- size >= smallest_text & rows$estimate >= 0.04 & rows$estimate * wide >= text_points(text, size) + 1
  rows$text <- ifelse(fits, text, NA)
  behind <- vapply(split(sign[!fits], rows$bar[!fits]), function(x) max(x, ""), "")
  behind <- paste0(ifelse(nzchar(behind), "\u00a0", ""), behind)
  if (of_total) behind[bars %in% rows$bar[rows$hidden]] <- ", parts not shown"
  fit <- fit_labels(bars, room, pitch, paste0(bar_sizes(named), behind))
  if (cut > 1L) rows$fold <- (as.integer(rows$bar) - 1L) %/% ceiling(length(bars) / cut)
  rows$bar <- factor(rows$bar, levels = rev(bars))
  ggplot2::ggplot(rows, ggplot2::aes(x = .data$estimate, y = .data$bar, fill = .data$part)) +
    ggplot2::geom_col(position = ggplot2::position_stack(reverse = TRUE), width = thick, colour = "white",
                      linewidth = min(0.3, pitch / 40)) +
    ggplot2::geom_text(ggplot2::aes(label = .data$text, group = .data$part,
                                    colour = ggplot2::after_scale(readable_ink(.data$fill))),
                       position = ggplot2::position_stack(vjust = 0.5, reverse = TRUE), size = size / ggplot2::.pt,
                       na.rm = TRUE) +
    ggplot2::scale_fill_manual(values = colours, breaks = names(colours), labels = legend$labels, name = NULL,
                               guide = legend$guide) +
    ggplot2::scale_y_discrete(labels = stats::setNames(fit$text, bars)) +
    x_scale(axis, wide, expand = ggplot2::expansion(c(0, 0.02))) +
    (if (cut > 1L) ggplot2::facet_wrap("fold", ncol = cut, scales = "free_y")) +
    ggplot2::labs(y = NULL, title = title$text, caption = caption, alt = bars_alt(rows, pieces, "Stacked bars")) +
    plot_theme(fit$size, title = title$size) +
    ggplot2::theme(panel.grid = ggplot2::element_blank()) + legend_over(fit) +
    (if (cut > 1L) ggplot2::theme(strip.text = ggplot2::element_blank()))
}

bars_alt <- function(rows, title, what) {
  known <- rows[!rows$hidden, ]
  value <- paste0(known$bar, ", ", known$part, ": ", format_percent(known$estimate, 0L), "%")
  said <- if (nrow(known) <= 20L) paste(value, collapse = "; ") else {
    ends <- c(which.min(known$estimate), which.max(known$estimate))
    paste0(nrow(known), " percentages, from ", value[ends[1L]], " to ", value[ends[2L]])
  }
  hidden <- if (any(rows$hidden)) " Grey parts are not shown."
  paste0(what, ". ", paste(title, collapse = " "), ". ", said, ".", hidden)
}

# More parts than colours can tell: a square for each, the parts as rows.
crosstab_tiles <- function(rows, page, axis, title, caption) {
  rows$bar <- droplevels(rows$bar)
  rows$part <- droplevels(rows$part)
  bars <- rows[match(levels(rows$bar), rows$bar), ]
  rows$column <- factor(rows$bar, levels(rows$bar), paste0(levels(rows$bar), bar_sizes(bars)))
  rows$text <- ifelse(rows$hidden, "-", paste0(format_percent(rows$estimate, 0L), "%", verdict_signs[rows$verdict]))
  sign <- ifelse(rows$hidden, "-", verdict_signs[rows$verdict])
  tile_plot(data.frame(x = rows$column, y = rows$part, value = rows$estimate, text = rows$text, sign = sign), page, axis,
            title, caption, bars_alt(rows, title, "Tiles"))
}

# ---- comparisons -----------------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_compare <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plotted_measures(plot_rows(object))
  linear <- all(rows$measure %in% linear_measures)
  rows$measure <- droplevels(factor(rows$measure, names(measure_words), measure_title(names(measure_words))))
  # the panels have the names of several measures
  name <- if (nlevels(rows$measure) == 1L) levels(rows$measure) else if (linear) "Percentage points" else "Ratio"
  axis <- interval_axis(name, if (linear) "points" else "ratio", info, if (linear) 0 else 1)
  outcome <- outcome_factor(rows, info)
  square <- square_of_pairs(rows)
  caption <- caption_text(page, info, if (square) pair_line(info$adjust))
  title <- title_pieces(info, unique(rows$outcome), one_answer(rows))
  if (square) return(pair_tiles(rows, outcome, page, axis, title, caption))
  pair <- factor(pair_names(rows), levels = unique(pair_names(rows)))
  against <- unique(rows$group2)
  if (nlevels(pair) > 1L && length(against) == 1L && !is.na(against)) {
    title <- c(title, paste("against", against))
    pair <- factor(rows$group1, levels = unique(rows$group1))
  }
  # many pairs are rows, and the answers panels
  by_pair <- length(unique(rows$level)) == 1L || nlevels(pair) > 6L
  if (!by_pair && nlevels(pair) == 1L) title <- c(title, levels(pair))
  over <- if (by_pair) rows$level else pair
  panel <- panel_factor(list(outcome, over, rows$measure))
  frame <- dot_frame(rows, in_order(list(if (by_pair) pair else rows$level)), panel = panel)
  if (nlevels(rows$measure) == 1L) frame <- question_frames(frame, outcome, over)
  dot_plot(frame, page, axis, title, caption)
}

# Differences and ratios need an axis each: the differences, and numbers needed, whose intervals may go through infinity, never.
plotted_measures <- function(rows) {
  linear <- rows$measure %in% linear_measures
  kept <- if (any(linear)) linear else rows$measure != "number-needed"
  if (!any(kept)) {
    abort("argument", "numbers needed have no plot: their intervals may go through infinity", hint = "Plot the differences")
  }
  left <- unique(rows$measure[!kept])
  if (length(left) > 0L) {
    others <- setdiff(left, "number-needed")
    tell("Plotted: ", paste(unique(rows$measure[kept]), collapse = ", "), ". Not on the same axis: ",
         paste(left, collapse = ", "),
         if (length(others) > 0L) paste0("; for these: x[x$measure == \"", others[1L], "\", ]"))
  }
  rows[kept, , drop = FALSE]
}

square_of_pairs <- function(rows) {
  groups <- unique(c(rows$group1, rows$group2))
  pairs <- unique(rows[c("group1", "group2")])
  !anyNA(groups) && nrow(pairs) > 30L && nrow(pairs) == choose(length(groups), 2)
}

pair_line <- function(adjust) paste0("Row less column. Dot: p < .05", if (adjust != "none") paste0(" (", adjust, ")"))

# Each pair of groups, in both directions.
pair_tiles <- function(rows, outcome, page, axis, title, caption) {
  groups <- unique(c(rows$group1, rows$group2))
  ratio <- axis$kind == "ratio"
  panel <- panel_factor(list(outcome, rows$level, rows$measure))
  side <- function(a, b, value) {
    data.frame(x = factor(b, groups), y = factor(a, groups), value = value,
               dot = rows$p.adjusted %in% NA | rows$p.adjusted >= 0.05, panel = if (is.null(panel)) "" else panel)
  }
  value <- if (ratio) log(ifelse(rows$estimate > 0, rows$estimate, NA)) else rows$estimate
  value[!is.finite(value)] <- NA
  frame <- rbind(side(rows$group1, rows$group2, value), side(rows$group2, rows$group1, -value))
  frame$text <- ifelse(is.na(frame$value), "", if (ratio) format_ratio(exp(frame$value)) else format_percent(frame$value, 0L))
  frame$dot <- !frame$dot
  if (is.null(panel)) frame$panel <- NULL
  known <- rows[!is.na(rows$estimate), ]
  alt <- paste0("Tiles, a row and a column per group. ", paste(title, collapse = " "), ". ",
                sum(known$p.adjusted < 0.05, na.rm = TRUE), " of ", nrow(known), " differences have p < .05.")
  tile_plot(frame, page, axis, title, caption, alt, square = TRUE)
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_letters <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  rows$conf.low <- rows$conf.high <- NA_real_
  measure <- droplevels(factor(rows$measure, names(measure_words), measure_words))
  outcome <- outcome_factor(rows, info)
  frame <- dot_frame(rows, factor(rows$group, unique(rows$group)), panel = panel_factor(list(outcome, rows$level, measure)))
  frame$text <- rows$letters
  if (nlevels(measure) == 1L) frame <- question_frames(frame, outcome, rows$level)
  letters <- ggplot2::geom_text(ggplot2::aes(label = paste0("  ", .data$text)), hjust = 0, size = 8 / ggplot2::.pt, na.rm = TRUE)
  caption <- caption_text(page, info, paste0("No difference found at ", format_significant(info$alpha, 1L),
                                             " between groups with a letter in common."))
  dot_plot(frame, page, list(name = "Percentage", kind = "percent"), title_pieces(info, unique(rows$outcome), one_answer(rows)),
           caption, extra = letters)
}

# ---- tiles -----------------------------------------------------------------------------------------------------------

# frame: x, y (factors), value, text, its sign (or NULL), dot (or NULL), panel (or NULL). Figures where there is room for
# them. square: rows and columns are the same groups, so that the columns can have numbers in place of names.
tile_plot <- function(frame, page, axis, title, caption, alt, square = FALSE) {
  if (is.null(frame$sign)) frame$sign <- ""
  at <- lay_tiles(frame, page, title, caption, square)
  frame$row <- factor(frame$y, levels = rev(levels(frame$y)))
  drawing <- ggplot2::ggplot(frame, ggplot2::aes(x = .data$x, y = .data$row, fill = .data$value)) +
    ggplot2::geom_tile(colour = "white", linewidth = min(0.4, at$wide / 40)) +
    tile_marks(frame, at) + tile_scale(frame, axis, at) +
    ggplot2::scale_x_discrete(position = "top", labels = at$columns$text, drop = FALSE) +
    ggplot2::scale_y_discrete(labels = at$rows$text, drop = FALSE) +
    ggplot2::labs(x = NULL, y = NULL, title = at$title$text, caption = caption, alt = alt) +
    plot_theme(at$rows$size, title = at$title$size) +
    ggplot2::theme(legend.position = "bottom", legend.justification = "left", panel.grid = ggplot2::element_blank(),
                   axis.text.x.top = ggplot2::element_text(size = at$columns$size), strip.placement = "outside")
  if (nlevels(frame$panel) < 2L) return(drawing)
  strips <- stats::setNames(wrap_text(levels(frame$panel), at$wide * nlevels(frame$x), 8.8, 2L), levels(frame$panel))
  drawing + ggplot2::facet_wrap("panel", ncol = at$across, labeller = ggplot2::as_labeller(strips))
}

lay_tiles <- function(frame, page, pieces, caption, square) {
  columns <- levels(frame$x)
  rows <- levels(frame$y)
  panels <- max(1L, nlevels(frame$panel))
  room <- label_room(rows, page, 0.3)
  across <- ceiling(sqrt(panels))
  wide <- ((page[1L] - room - 20) / across - 14) / length(columns)
  names <- fit_labels(columns, wide, 40)
  if (square && max(0, text_points(unlist(strsplit(columns, " ")), 7)) > wide) {
    rows <- paste(seq_along(rows), rows)
    names <- list(text = as.character(seq_along(columns)), size = min(7.2, 0.65 * wide))
  }
  names$text <- stats::setNames(names$text, columns)
  top <- line_count(names$text) * names$size * 1.1 + 6
  size_of <- function(title) {
    left <- height_left(page, title, caption, list(list(height = 24)), 0)
    ((left + 14) / ceiling(panels / across) - 14 - top - if (panels > 1L) 24 else 0) / length(rows)
  }
  title <- set_title(page, pieces)
  if (size_of(title) < 8) title <- set_title(page, pieces, short = TRUE)
  high <- size_of(title)
  if (min(high, wide) < smallest_text + 0.1) {
    too_dense(length(rows) * length(columns) * panels, "tiles", page,
              "Take one answer, or some of the groups; or a larger page: autoplot(x, page = c(14, 12))")
  }
  fit <- fit_labels(rows, room, high)
  fit$text <- stats::setNames(fit$text, levels(frame$y))
  size <- function(text) min(8.8, high * if (any(frame$dot)) 0.5 else 0.75, 9 * wide / max(1, text_points(text, 9) + 2))
  list(wide = wide, high = high, across = across, rows = fit, columns = names, title = title, size = size(frame$text),
       sign_size = size(frame$sign))
}

# Figures, and dots under them. Where there is no room for figures, their signs alone: an asterisk is a third of its line.
tile_marks <- function(frame, at) {
  figures <- at$size >= if (any(frame$dot)) 5 else smallest_text
  if (!figures && any(nzchar(frame$sign))) {
    figures <- TRUE
    frame$text <- frame$sign
    at$size <- max(5, at$sign_size)
  }
  ink <- ggplot2::aes(colour = ggplot2::after_scale(readable_ink(.data$fill)))
  list(
    if (figures) {
      ggplot2::geom_text(structure(utils::modifyList(ink, ggplot2::aes(label = .data$text)), class = "uneval"), frame,
                         size = at$size / ggplot2::.pt,
                         vjust = if (any(frame$dot)) 0.15 else if (at$size > at$high) 0.72 else 0.5)
    },
    if (any(frame$dot)) {
      ggplot2::geom_point(ink, frame[frame$dot, ], shape = 16, size = min(1.6, 0.14 * min(at$high, at$wide)),
                          show.legend = FALSE, position = ggplot2::position_nudge(y = if (figures) -0.25 else 0))
    }
  )
}

tile_scale <- function(frame, axis, at) {
  guide <- ggplot2::guide_colourbar(title.position = "left", title.vjust = 0.8, barwidth = ggplot2::unit(120, "pt"),
                                    barheight = ggplot2::unit(8, "pt"))
  name <- paste0(if (is.null(axis$what)) axis$name else axis$what, "   ")
  scale <- function(...) ggplot2::scale_fill_gradientn(name = name, na.value = "#E3E3E3", guide = guide, ...)
  if (axis$kind == "percent") {
    return(scale(colours = c("#FFFFF0", "#C7E9B4", "#41B6C4", "#225EA8", "#0C2C60"), labels = percent_labels,
                 limits = c(0, max(frame$value, 0.01, na.rm = TRUE))))
  }
  end <- 1.0001 * max(abs(frame$value), 1e-6, na.rm = TRUE)
  ratio <- axis$kind == "ratio"
  labels <- function(x) if (ratio) format_axis(signif(exp(x), 2)) else format_axis(100 * x)
  breaks <- if (ratio) log(ratio_breaks(3)(exp(c(-end, end)))) else ggplot2::waiver()
  scale(colours = c("#0B5A8A", "#A6CBE3", "#F7F7F7", "#F3C08F", "#B35806"), labels = labels, breaks = breaks,
        limits = c(-end, end))
}

# ---- effect sizes, decompositions, models ------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_association <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  place <- droplevels(factor(association_names(rows$measure), levels = association_names(association_measures)))
  frame <- dot_frame(rows, place, panel = panel_factor(list(outcome_factor(rows, info))))
  dot_plot(frame, page, interval_axis("Effect size", "number", info, 0), title_pieces(info, unique(rows$outcome)),
           caption_text(page, info))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_decompose <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  pair <- pair_names(rows)
  panel <- panel_factor(list(outcome_factor(rows, info), factor(pair, unique(pair)), rows$level))
  more <- c(paste("composition by", paste(label_or_name(info, info$by), collapse = ", ")),
            if (length(unique(pair)) == 1L) pair[1L], one_answer(rows))
  dot_plot(dot_frame(rows, in_order(rows["component"]), panel = panel), page,
           interval_axis("Difference in percentage points", "points", info, 0),
           title_pieces(info, unique(rows$outcome), more), caption_text(page, info))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_standardise <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- with_observations(plot_rows(object))
  groups <- rows$groups
  more <- c(paste("standardised by", paste(label_or_name(info, info$by), collapse = ", ")), one_answer(rows))
  grouped <- length(groups) > 0L # else all answers are along the axis
  panel <- panel_factor(c(list(outcome_factor(rows, info)), if (grouped) list(rows$level)))
  frame <- dot_frame(rows, in_order(if (grouped) groups else rows["level"]), panel = panel, other = rows$crude)
  dot_plot(frame, page, interval_axis("Percentage", "percent", info), title_pieces(info, unique(rows$outcome), more),
           caption_text(page, info), kinds = c("standardised", "crude"))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_logistic <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  rows <- rows[!is.na(rows$odds.ratio), , drop = FALSE]
  rows[c("estimate", "conf.low", "conf.high")] <- exp(rows[c("estimate", "conf.low", "conf.high")])
  of <- paste(if (info$ordinal) "a higher answer" else info$modelled, collapse = ", ")
  title <- c(
    paste0("Odds of ", paste(label_or_name(info, info$outcomes), collapse = ", "), ": ", of),
    paste0("against ", paste0(names(info$reference), ": ", info$reference, collapse = "; "))
  )
  frame <- dot_frame(rows, in_order(rows["level"]), block = factor(rows$term, unique(rows$term)))
  dot_plot(frame, page, interval_axis("Odds ratio", "ratio", info, 1), title, caption_text(page, info))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_loglinear <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  frame <- dot_frame(rows, in_order(rows["level"]), block = factor(rows$term, unique(rows$term)))
  dot_plot(frame, page, interval_axis("Effect", "number", info, 0),
           paste("Log-linear model:", model_text(info$terms)), caption_text(page, info))
}
