# Plots of tests, of rules for single-PSU strata and of weights; what has no plot.

# ---- tests -----------------------------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_test <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  by_answer <- !is.null(rows[["level"]])
  title <- title_pieces(info, unique(rows$outcome))
  title[1L] <- paste0(test_title(info), title[1L])
  mixture <- rows$method %in% c("lincom", "saddlepoint", "rao-scott-exact") # the law of the last is that of its PSUs
  if (nrow(rows) == 1L && !by_answer && is.finite(rows$statistic) && !mixture) return(null_distribution(rows, page, info, title))
  labels <- label_or_name(info, rows$outcome)
  if (by_answer) labels <- if (length(unique(rows$outcome)) == 1L) rows$level else paste0(labels, ": ", rows$level)
  labels <- make_distinct(labels, rows$outcome)
  info$outcomes <- NULL
  p_values(rows, labels, page, title, caption_text(page, info))
}

make_distinct <- function(labels, names) {
  labels <- as.character(labels)
  if (anyDuplicated(labels)) labels <- make.unique(paste0(labels, " (", names, ")"))
  factor(labels, levels = labels)
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_anova <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  labels <- make_distinct(paste(rows$model, "against", rows$against), rows$method)
  p_values(rows, labels, page, "Is the smaller model enough?", caption_text(page, info))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_item_tests <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  title <- title_pieces(info, info$outcomes)
  title[1L] <- paste0("Independence: ", title[1L])
  info$outcomes <- NULL
  p_values(rows, make_distinct(rows$item, rows$item), page, title, caption_text(page, info))
}

# What the statistic would be without an association, and what it is.
null_distribution <- function(test, page, info, title) {
  chisq <- is.na(test$den.df)
  density <- function(x) if (chisq) stats::dchisq(x, test$num.df) else stats::df(x, test$num.df, test$den.df)
  quantile <- function(p) if (chisq) stats::qchisq(p, test$num.df) else stats::qf(p, test$num.df, test$den.df)
  critical <- quantile(0.95)
  end <- 1.08 * max(min(quantile(0.999), 3 * critical), critical, test$statistic)
  x <- sort(c(seq(0, end, length.out = 400L), test$statistic, critical))
  y <- density(x)
  # with one degree of freedom it has no upper end
  top <- min(max(y[is.finite(y)]), 4 * density(quantile(0.5)))
  frame <- data.frame(x = x, y = pmin(y, top))
  letter <- if (chisq) "chi-squared" else "F"
  name <- paste(letter, "if", null_texts[[if (is.null(info$kind)) "independence" else info$kind]])
  said <- plain_signs(test_line(test))
  marks <- data.frame(x = c(critical, test$statistic), high = c(0.35, 0.8) * top,
                      text = c(paste0("5% are above ", format_significant(critical)),
                               paste0("observed: ", format_significant(test$statistic), ", ", p_text(test$p.value))),
                      left = c(critical, test$statistic) > 0.55 * end)
  ggplot2::ggplot(frame, ggplot2::aes(x = .data$x, y = .data$y)) +
    ggplot2::geom_area(fill = "#CFE3F0") +
    ggplot2::geom_area(data = frame[frame$x >= critical, ], fill = "#E69F00") +
    ggplot2::geom_line(colour = plain_colour, linewidth = 0.6) +
    ggplot2::geom_segment(ggplot2::aes(xend = .data$x, y = 0, yend = .data$high), marks, colour = c("grey40", "black"),
                          linetype = c("dashed", "solid"), linewidth = c(0.4, 0.9)) +
    ggplot2::geom_text(ggplot2::aes(y = .data$high, label = .data$text, hjust = ifelse(.data$left, 1, 0)), marks, vjust = -0.5,
                       size = 9.5 / ggplot2::.pt) +
    x_scale(list(name = name, kind = "number"), page[1L] - 30,
            expand = ggplot2::expansion(c(0.01, 0.02))) +
    ggplot2::scale_y_continuous(breaks = NULL, expand = ggplot2::expansion(c(0, 0.08))) +
    ggplot2::labs(y = NULL, title = set_title(page, title)$text, caption = caption_text(page, info, said),
                  alt = paste0("Distribution of ", name, ". ", paste(title, collapse = " "), ". ", said, ".")) +
    plot_theme()
}

null_texts <- c(independence = "there were no association", given = "there were no association",
                shares = "the proportions were those specified",
                rank = "all groups had one distribution", trend = "there were no trend", mean = "all means were equal")

# p-values from large to small; those below 1e-6 stand at the end of the axis.
p_values <- function(rows, labels, page, title, caption) {
  rows$conf.low <- rows$conf.high <- NA_real_
  rows$estimate <- pmax(rows$p.value, 1e-6)
  frame <- dot_frame(rows, labels)
  frame$text <- vapply(seq_len(nrow(rows)), function(i) {
    if (is.na(rows$p.value[i])) return("")
    said <- paste0("  ", statistic_text(rows[i, ]), ", ", p_text(rows$p.value[i]))
    plain_signs(gsub("\u03c7\u00b2|X\u00b2", "X2", said))
  }, "")
  low <- frame$estimate < sqrt(min(frame$estimate, 0.01, na.rm = TRUE))
  frame$side <- ifelse(low %in% TRUE, 1, 0)
  texts <- ggplot2::geom_text(ggplot2::aes(label = .data$text, hjust = 1 - .data$side), size = 8 / ggplot2::.pt, na.rm = TRUE,
                              vjust = -0.6)
  # no line, which would go through the texts
  below <- ggplot2::annotate("rect", xmin = min(frame$estimate, 0.01, na.rm = TRUE) / 1.5, xmax = 0.05, ymin = -Inf, ymax = Inf,
                             fill = "#E69F00", alpha = 0.15)
  dot_plot(frame, page, list(name = "p-value (coloured: below .05)", kind = "p"), title, caption, extra = list(below, texts))
}

# ---- rules for single-PSU strata, weights --------------------------------------------------------------------------------------

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_sensitivity <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  title <- c("Rules for single-PSU strata", title_pieces(info, info$outcomes))
  keys <- c(as.list(rows$groups), as.list(rows[intersect(c("outcome", "level", "measure", "group1", "group2"), names(rows))]))
  panel <- panel_factor(keys[vapply(keys, function(key) !all(is.na(key)), NA)])
  if (is.null(rows[["estimate"]]) || is.null(rows[["conf.low"]])) {
    rows$estimate <- pmax(rows$p.value, 1e-6)
    rows$conf.low <- rows$conf.high <- NA_real_
    axis <- list(name = "p-value", kind = "p")
  } else {
    kind <- c(weeg_proportion = "percent", weeg_multiple = "percent", weeg_standardise = "percent", weeg_total = "count")[info$of]
    axis <- interval_axis(if (kind %in% "percent") "Percentage" else "Estimate", if (is.na(kind)) "number" else kind[[1L]], info)
  }
  # a rule that fails has a reason, and no limits
  rows$reliability <- NULL
  rows$estimate[is.na(rows$conf.low) & !is.na(rows$reason)] <- NA
  dot_plot(dot_frame(rows, rows$lonely, panel = panel), page, axis, title, caption_text(page, info))
}

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_weights <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  rows <- rows[!is.na(rows$median), , drop = FALSE]
  if (nrow(rows) == 0L) abort("argument", "there is nothing to plot: ", info_of(object)$text)
  rows <- rows[rows$weights %in% names(info$bins), , drop = FALSE]
  said <- paste0(rows$weights, ": design effect of the weights ", format_number(rows$deff.kish, 2L), ", n effective ",
                 format_count(rows$n.effective))
  frame <- do.call(rbind, Map(function(bins, said) {
    bars <- length(bins$counts)
    data.frame(what = rep(said, bars), low = bins$breaks[-bars - 1L], high = bins$breaks[-1L], count = bins$counts)
  }, info$bins[rows$weights], said))
  frame$what <- factor(frame$what, said)
  box <- function(x) format_significant(x)
  each <- paste0(rows$weights, ": smallest ", box(rows$min), ", median ", box(rows$median), ", largest ", box(rows$max))
  alt <- paste0("Histogram of weights. ", paste(each, collapse = "; "), ".")
  ggplot2::ggplot(frame) +
    ggplot2::geom_rect(ggplot2::aes(xmin = .data$low, xmax = .data$high, ymin = 0, ymax = .data$count), fill = "#CFE3F0",
                       colour = plain_colour) +
    ggplot2::geom_vline(ggplot2::aes(xintercept = .data$median), data.frame(median = rows$median, what = factor(said, said)),
                        colour = plain_colour, linetype = "dashed") +
    ggplot2::facet_wrap(ggplot2::vars(.data$what), ncol = 1L) +
    x_scale(list(name = "Weight (dashed: median)", kind = "number"), page[1L] - 80) +
    ggplot2::labs(y = "Rows", title = set_title(page, paste(c("Weights:", info$text), collapse = " "))$text,
                  caption = caption_text(page, info), alt = alt) + plot_theme()
}

# ---- what has no plot ------------------------------------------------------------------------------------------------

no_plot <- function(what, hint) abort("unsupported", what, " has no plot", hint = hint)

#' @rdname weeg_plot
#' @export
plot.weeg_design <- function(x, ...) {
  no_plot("a design", "Plot its weights, plot(weeg_weights(d)), or a result: plot(weeg_proportion(d, ~x))")
}

#' @rdname weeg_plot
#' @export
plot.weeg_tally <- function(x, ...) no_plot("a tally", "Plot a result made from it: plot(weeg_crosstab(t, y ~ x))")

#' @rdname weeg_plot
#' @export
plot.weeg_study <- function(x, ...) {
  no_plot("a study", "Plot a result, plot(weeg_proportion(study, ~x)), or make a report: weeg_report(study)")
}

#' @rdname weeg_plot
#' @export
plot.weeg_section <- function(x, ...) no_plot("a section", "Its figures are in the report: weeg_report(study)")

#' @rdname weeg_plot
#' @export
plot.weeg_audit <- function(x, ...) {
  no_plot("an audit", "Its figures are a data frame, augment(x); its findings are text: print(x)")
}

#' @rdname weeg_plot
#' @export
plot.weeg_book <- function(x, ...) no_plot("a book", "Plot the result of a table of it: plot(weeg_proportion(d, y ~ x))")
