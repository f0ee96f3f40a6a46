# Plots of results with ggplot2.

#' Plot results
#'
#' `autoplot()` makes a ggplot of a result, to which layers, scales and themes can be added; `plot()` draws it.
#'
#' * Proportions: points with confidence intervals by group, a panel per answer. A second group variable is shown by
#'   colour.
#' * A cross-tab: a bar of 100% per group, with the answers stacked. With `percent = "column"`, a bar per answer.
#' * A comparison: differences (or ratios, on a logarithmic scale) with confidence intervals, by pair and answer.
#' * Several answers to one question: an item per line, the groups by colour.
#' * Shrunken estimates: with their intervals, in the areas' own order, beside the areas' own figures. A funnel: each area's
#'   figure against its effective number of respondents, with limits; areas outside them are named.
#' * Effect sizes: each measure with its interval. A decomposition: the total difference and its components, a panel per
#'   answer. Standardised proportions beside the crude ones. A logistic model: odds ratios against the reference level of
#'   each term, on a logarithmic scale (of a proportional-odds model too). A log-linear model: its effects, a panel per term.
#'
#' Colours can be told apart by readers who are colour-blind: shades from light to dark, in the order of the answers, for
#' up to six answers; hues for more. What does not exist is left out.
#'
#' @param x,object A result of [weeg_proportion()], [weeg_crosstab()], [weeg_compare()], [weeg_multiple()],
#'   [weeg_association()], [weeg_shrink()], [weeg_funnel()], [weeg_decompose()], [weeg_standardise()], [weeg_logistic()] or
#'   [weeg_loglinear()].
#' @param ... Not used.
#' @return `autoplot()`: a ggplot. `plot()`: the same, invisibly, after it has drawn it.
#' @name weeg_plot
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' plot(weeg_crosstab(d, strengths ~ provider))
#' plot(weeg_proportion(d, strengths ~ provider))
#' plot(weeg_compare(d, strengths ~ provider, answers = "niet", measure = "difference"))
#' plot(weeg_decompose(d, strengths ~ ronde, by = ~provider))
NULL

utils::globalVariables(".data")

#' @rdname weeg_plot
#' @export
plot.weeg_proportion <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_crosstab <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_compare <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_association <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_decompose <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_standardise <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_logistic <- function(x, ...) draw(x)

#' @rdname weeg_plot
#' @export
plot.weeg_loglinear <- function(x, ...) draw(x)

draw <- function(x) {
  need_package("ggplot2", "to draw plots")
  drawing <- ggplot2::autoplot(x)
  print(drawing)
  invisible(drawing)
}

# ---- proportions -----------------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_proportion <- function(object, ...) {
  info <- attr(object, "info")
  rows <- plotted_rows(object)
  count <- length(rows$groups)
  several <- count > 1L
  along <- rows$groups[setdiff(seq_len(count), if (several) count)]
  rows$place <- if (count > 0L) top_down(along) else top_down(rows["level"])
  if (several) rows$colour <- rows$groups[[count]]
  panel <- c(if (length(unique(rows$outcome)) > 1L) "outcome", if (count > 0L) "level")
  drawing <- ggplot2::ggplot(flat_rows(rows), interval_aes(several)) + interval_points(several) + percent_axis(info) +
    ggplot2::labs(y = NULL, title = wrapped_title(info, levels(rows$outcome)), caption = plot_caption(object, info))
  if (several) drawing <- drawing + hue_scale(rows$colour, info$labels[[info$groups[count]]])
  if (length(panel) > 0L) drawing <- drawing + ggplot2::facet_wrap(panel, labeller = panel_labels)
  drawing + plot_theme()
}

# coloured: by the column `colour`.
interval_aes <- function(coloured) {
  places <- ggplot2::aes(x = .data$estimate, xmin = .data$conf.low, xmax = .data$conf.high, y = .data$place)
  if (!coloured) return(places)
  # the first colour is drawn highest
  shade <- ggplot2::aes(colour = .data$colour, group = -as.integer(factor(.data$colour)))
  places[names(shade)] <- shade
  places
}

# Points of several colours stand under each other.
interval_points <- function(several) {
  if (!several) return(ggplot2::geom_pointrange(colour = plain_colour, size = 0.4))
  ggplot2::geom_pointrange(position = ggplot2::position_dodge(width = 0.6), size = 0.4)
}

plain_colour <- "#0B5A8A"

# Combinations of levels as a factor whose first level is drawn at the top.
top_down <- function(columns) {
  labels <- panel_of(columns)
  factor(labels, levels = rev(levels(labels)))
}

# As a factor in their order.
panel_of <- function(columns) {
  labels <- paste_columns(columns, ", ")
  factor(labels, levels = unique(labels[do.call(order, unname(lapply(columns, order_number)))]))
}

order_number <- function(x) if (is.factor(x)) as.integer(x) else match(x, unique(x))

panel_labels <- function(labels) {
  list(paste_columns(labels, ": "))
}

# ---- cross-tabs ------------------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_crosstab <- function(object, ...) {
  need_package("ggplot2", "to draw plots")
  info <- attr(object, "info")
  rows <- bar_rows(object, info)
  colours <- fill_colours(levels(rows$part))
  rows$ink <- ifelse(is_dark(colours[as.character(rows$part)]), "white", "black")
  ggplot2::ggplot(rows, ggplot2::aes(x = .data$estimate, y = .data$bar, fill = .data$part)) +
    ggplot2::geom_col(position = ggplot2::position_stack(reverse = TRUE), width = 0.75, colour = "white", linewidth = 0.3) +
    ggplot2::geom_text(ggplot2::aes(label = .data$text, colour = .data$ink, group = .data$part),
                       position = ggplot2::position_stack(vjust = 0.5, reverse = TRUE), size = 3.2, na.rm = TRUE) +
    ggplot2::scale_fill_manual(values = colours, breaks = names(colours), labels = wrapped_label(24L), name = NULL,
                               guide = ggplot2::guide_legend(nrow = legend_rows(names(colours)), byrow = TRUE)) +
    ggplot2::scale_colour_identity() + percent_axis(info, full = TRUE) +
    ggplot2::labs(y = NULL, title = wrapped_title(info, info$outcomes),
                  caption = plot_caption(object, info, test_line(as.data.frame.weeg_result(object$test)))) +
    plot_theme() + ggplot2::theme(panel.grid = ggplot2::element_blank())
}

# So many that a legend of these labels is not much wider than 70 characters.
legend_rows <- function(labels) {
  widths <- pmin(text_width(labels), 24L) + 5L
  min(length(labels), ceiling(sum(widths) / 75))
}

# A row per cell: the bar it is in, its part of the bar, and the percentage where there is room for it.
bar_rows <- function(x, info) {
  cells <- x[[info$percent]]
  group <- factor(rep(rownames(x$counts), each = ncol(x$counts)), levels = rownames(x$counts))
  answer <- cells$level
  by_answer <- info$percent == "column"
  bar <- if (by_answer) answer else group
  part <- if (by_answer) group else answer
  n <- stats::setNames(crosstab_sums(x)[[if (by_answer) "column" else "row"]], levels(bar))
  names <- paste0(vapply(levels(bar), function(level) wrapped_label(28L)(level), ""), " (n = ", format_count(n[levels(bar)]), ")")
  rows <- data.frame(bar = factor(names[as.integer(bar)], levels = rev(names)), part = part, estimate = cells$estimate)
  if (info$percent != "total") rows <- rows[has_rows(n[as.character(bar)]), ]
  # a bar with a part that is not shown would be too short
  rows <- if (is_protected(x)) rows[!bar %in% bar[is.na(rows$estimate)], ] else rows[!is.na(rows$estimate), ]
  rows$text <- ifelse(rows$estimate >= 0.04, paste0(format_percent(rows$estimate, 0L), "%"), NA)
  rows
}

# ---- comparisons -----------------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_compare <- function(object, ...) {
  info <- attr(object, "info")
  rows <- plotted_rows(object)
  if (any(rows$measure == "number-needed")) {
    abort("argument", "numbers needed have no plot: their intervals may go through infinity", hint = "Plot the differences")
  }
  pairs <- pair_names(rows, " vs\n")
  rows$pair <- factor(pairs, levels = unique(pairs))
  one_answer <- length(unique(rows$level)) == 1L
  rows$place <- top_down(rows[if (one_answer) "pair" else "level"])
  rows$measure <- factor(unname(measure_titles[rows$measure]), levels = measure_titles)
  panel <- c(if (length(unique(rows$outcome)) > 1L) "outcome", if (!one_answer && nlevels(rows$pair) > 1L) "pair",
             if (length(unique(rows$measure)) > 1L) "measure")
  differences <- all(rows$measure %in% measure_titles[linear_measures])
  if (!differences && any(rows$measure %in% measure_titles[linear_measures])) {
    abort("argument", "differences and ratios need a plot each", hint = "Take the rows of one: x[x$measure == \"difference\", ]")
  }
  title <- wrapped_title(info, unique(rows$outcome),
                         if (one_answer) paste0("answer: ", rows$level[1L]) else if (nlevels(rows$pair) == 1L) pairs[1L])
  ggplot2::ggplot(flat_rows(rows), interval_aes(FALSE)) +
    ggplot2::geom_vline(xintercept = if (differences) 0 else 1, colour = "grey50", linetype = "dashed") +
    interval_points(FALSE) + measure_axis(differences, rows$measure, info) +
    (if (length(panel) > 0L) ggplot2::facet_wrap(panel, labeller = panel_labels)) +
    ggplot2::labs(y = NULL, title = title, caption = plot_caption(object, info)) + plot_theme()
}

measure_axis <- function(differences, measure, info) {
  ci <- paste0(" (", format_level(info$level), ")")
  if (differences) {
    return(ggplot2::scale_x_continuous(name = paste0(measure[1L], ci),
                                       labels = function(x) format_axis(100 * x)))
  }
  name <- paste(unique(as.character(measure)), collapse = ", ")
  ggplot2::scale_x_log10(name = paste0(name, ci), labels = function(x) format_axis(x), breaks = ratio_breaks)
}

# Round ratios within the limits: fewer where the limits are wide.
ratio_breaks <- function(limits) {
  steps <- if (limits[2L] / limits[1L] > 8) c(1, 2, 5) else c(1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
  breaks <- c(outer(steps, 10^(-6:6)))
  breaks[breaks >= limits[1L] & breaks <= limits[2L]]
}

# ---- other estimates with intervals ----------------------------------------------------------------------------------

# rows: estimate, conf.low, conf.high, place, and colour if there is a name for it; panel: names of columns or NULL.
interval_plot <- function(object, rows, title, axis, colour = NULL, panel = NULL, origin = NULL) {
  drawing <- ggplot2::ggplot(flat_rows(rows), interval_aes(!is.null(colour))) +
    (if (!is.null(origin)) ggplot2::geom_vline(xintercept = origin, colour = "grey50", linetype = "dashed")) +
    interval_points(!is.null(colour)) + axis +
    (if (!is.null(panel)) ggplot2::facet_wrap(panel, labeller = panel_labels)) +
    (if (!is.null(colour)) hue_scale(rows$colour, colour)) +
    ggplot2::labs(y = NULL, title = title, caption = plot_caption(object, attr(object, "info")))
  drawing + plot_theme()
}

# As internal rows: a plot may give them columns of its own.
plotted_rows <- function(object) {
  need_package("ggplot2", "to draw plots")
  rows <- result_rows(object)
  if (!is.null(rows[["outcome"]])) rows$outcome <- factor(rows$outcome, levels = unique(rows$outcome))
  rows[!is.na(rows$estimate), , drop = FALSE]
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_multiple <- function(object, ...) {
  rows <- plotted_rows(object)
  info <- attr(object, "info")
  rows$place <- top_down(rows["level"])
  count <- length(rows$groups)
  if (count > 0L) rows$colour <- rows$groups[[count]]
  if (count > 1L) rows$panel <- panel_of(rows$groups[-count])
  interval_plot(object, rows, wrapped_title(info, info$outcomes), percent_axis(info),
                if (count > 0L) info$labels[[info$groups[count]]], if (count > 1L) "panel")
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_association <- function(object, ...) {
  rows <- plotted_rows(object)
  info <- attr(object, "info")
  names <- measure_names()
  rows$place <- top_down(data.frame(measure = factor(names[rows$measure], levels = names)))
  axis <- list(ggplot2::scale_x_continuous(name = format_level(info$level), labels = format_axis), ggplot2::expand_limits(x = 0))
  interval_plot(object, rows, wrapped_title(info, unique(rows$outcome)), axis, origin = 0,
                panel = if (length(unique(rows$outcome)) > 1L) "outcome")
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_decompose <- function(object, ...) {
  rows <- plotted_rows(object)
  info <- attr(object, "info")
  rows$place <- top_down(rows["component"])
  rows$pair <- pair_names(rows)
  panel <- c(if (length(unique(rows$outcome)) > 1L) "outcome", if (length(unique(rows$pair)) > 1L) "pair", "level")
  axis <- measure_axis(TRUE, "Difference in percentage points", info)
  title <- wrapped_title(info, unique(rows$outcome), paste("composition by", paste(info$by, collapse = ", ")))
  interval_plot(object, rows, title, axis, panel = panel, origin = 0)
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_standardise <- function(object, ...) {
  rows <- plotted_rows(object)
  info <- attr(object, "info")
  rows$place <- top_down(rows$groups)
  title <- wrapped_title(info, unique(rows$outcome),
                         paste0("standardised by ", paste(info$by, collapse = ", "), " (crude: cross)"))
  interval_plot(object, rows, title, percent_axis(info),
                panel = c(if (length(unique(rows$outcome)) > 1L) "outcome", "level")) +
    ggplot2::geom_point(ggplot2::aes(x = .data$crude), shape = 4, colour = "grey35", na.rm = TRUE)
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_logistic <- function(object, ...) {
  rows <- plotted_rows(object)
  info <- attr(object, "info")
  rows <- rows[!is.na(rows$odds.ratio), , drop = FALSE]
  rows[c("estimate", "conf.low", "conf.high")] <- exp(rows[c("estimate", "conf.low", "conf.high")])
  rows$place <- top_down(rows["level"])
  rows$term <- factor(rows$term, levels = unique(rows$term))
  title <- paste0("Odds of ", paste(info$labels[info$outcomes], collapse = ", "), ": ",
                  paste(if (info$ordinal) "a higher answer" else info$modelled, collapse = ", "))
  against <- paste0("against ", paste0(names(info$reference), ": ", info$reference, collapse = "; "))
  title <- paste(strwrap(c(title, against), 80L), collapse = "\n")
  interval_plot(object, rows, title, measure_axis(FALSE, "Odds ratio", info), origin = 1) +
    ggplot2::facet_grid(rows = "term", scales = "free_y", space = "free_y", labeller = panel_labels)
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_loglinear <- function(object, ...) {
  rows <- plotted_rows(object)
  info <- attr(object, "info")
  rows$place <- top_down(rows["level"])
  rows$term <- factor(rows$term, levels = unique(rows$term))
  axis <- ggplot2::scale_x_continuous(name = paste0("Effect (", format_level(info$level), ")"), labels = format_axis)
  title <- paste(strwrap(paste0("Log-linear model: ", model_text(info$terms)), 80L), collapse = "\n")
  interval_plot(object, rows, title, axis, origin = 0) +
    ggplot2::facet_grid(rows = "term", scales = "free_y", space = "free_y", labeller = panel_labels)
}

# ---- what all plots share --------------------------------------------------------------------------------------------

format_axis <- function(x) {
  text <- format(x, trim = TRUE, drop0trailing = TRUE, decimal.mark = getOption("OutDec"))
  ifelse(is.na(x), NA, text)
}

percent_axis <- function(info, full = FALSE) {
  kind <- c(row = "Percentage of the group", column = "Percentage of the answer", total = "Percentage of the total")
  name <- if (full) kind[[info$percent]] else paste0("Percentage (", format_level(info$level), ")")
  labels <- function(x) ifelse(is.na(x), NA, paste0(format_axis(100 * x), "%"))
  if (full) {
    return(ggplot2::scale_x_continuous(name = name, labels = labels, expand = ggplot2::expansion(c(0, 0.02))))
  }
  list(ggplot2::scale_x_continuous(name = name, labels = labels), ggplot2::expand_limits(x = 0))
}

# Okabe and Ito's colours, the light ones first: readable under black or white figures.
hues <- c("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#F0E442", "#999999")

# Few levels from light to dark, which shows their order; more by hue.
fill_colours <- function(levels, shades = length(levels) <= 6L) {
  count <- length(levels)
  colours <- if (shades) {
    ggplot2::scale_fill_brewer(palette = "YlGnBu")$palette(max(count + 1L, 3L))[1L + seq_len(count)]
  } else if (count <= length(hues)) {
    hues[seq_len(count)]
  } else {
    ggplot2::scale_fill_viridis_d(option = "cividis")$palette(count)
  }
  stats::setNames(colours, levels)
}

is_dark <- function(colours) {
  part <- function(from) strtoi(substr(colours, from, from + 1L), 16L)
  0.299 * part(2L) + 0.587 * part(4L) + 0.114 * part(6L) < 125
}

hue_scale <- function(values, name) {
  levels <- as.character(unique(values[order(order_number(values))]))
  colours <- if (length(levels) <= 6L) hues[c(5L, 6L, 3L, 4L, 2L, 1L)][seq_along(levels)] else fill_colours(levels, FALSE)
  ggplot2::scale_colour_manual(values = stats::setNames(unname(colours), levels), name = name)
}

wrapped_label <- function(width) {
  function(x) vapply(x, function(text) paste(strwrap(text, width), collapse = "\n"), "", USE.NAMES = FALSE)
}

wrapped_title <- function(info, outcomes, more = NULL) {
  labels <- if (inherits(outcomes, "AsIs")) unclass(outcomes) else info$labels[outcomes <- as.character(outcomes)]
  labels[is.na(labels)] <- outcomes[is.na(labels)]
  groups <- info$labels[info$groups]
  groups <- paste0(tolower(substr(groups, 1L, 1L)), substring(groups, 2L))
  by <- if (length(info$groups) > 0L) paste("by", paste(groups, collapse = " and "))
  paste(unlist(lapply(c(paste(labels, collapse = "; "), by, more), strwrap, 80L)), collapse = "\n")
}

plot_caption <- function(x, info, ...) {
  domain <- if (!is.null(info$domain)) paste("domain:", info$domain)
  lines <- c(..., join(info$data, info$design, info$weights, domain), strwrap(conventions_line(x), 100L))
  # R's pdf() device has no dashes and no Greek
  lines <- gsub("\u03c7\u00b2", "chi-squared", gsub("\u2013", "-", lines, fixed = TRUE), fixed = TRUE)
  paste(lines, collapse = "\n")
}

plot_theme <- function() {
  ggplot2::theme_minimal(base_size = 11) +
    ggplot2::theme(
      legend.position = "top", legend.justification = "left", plot.title.position = "plot",
      plot.caption.position = "plot", plot.caption = ggplot2::element_text(colour = "grey35", hjust = 0, size = 8),
      plot.title = ggplot2::element_text(size = 12), panel.grid.minor = ggplot2::element_blank(),
      panel.grid.major.y = ggplot2::element_blank(), axis.text.y = ggplot2::element_text(colour = "black"),
      panel.spacing = ggplot2::unit(12, "pt")
    )
}
