# Estimates over time: lines with bands of their limits.

# over: the group that is time. panels: factors, or NULL. axis: as for interval_axis().
over_time <- function(rows, over, panels, page, axis, title, info) {
  if (length(rows$groups) == 0L) {
    abort("argument", "`over` names the group that is time, and there is no group", hint = "outcome ~ round")
  }
  over <- one_of(over, names(rows$groups), "over")
  at <- time_values(rows$groups[[over]])
  others <- rows$groups[names(rows$groups) != over]
  line <- if (length(others) > 0L) in_order(others)
  if (nlevels(line) > 8L) {
    abort("argument", nlevels(line), " lines cannot be told apart: at most 8", hint = "Plot some of the rows: x[...]")
  }
  frame <- data.frame(x = at$values[as.integer(rows$groups[[over]])], estimate = rows$estimate, low = rows$conf.low,
                      high = rows$conf.high, verdict = verdicts(rows))
  frame$line <- if (is.null(line)) factor(rep("all", nrow(rows))) else line
  frame$panel <- panel_factor(panels)
  legends <- list()
  if (!is.null(line)) {
    legends$line <- legend_of(levels(line), page, paste(label_or_name(info, names(others)), collapse = ", "), order = 1L)
  }
  used <- intersect(names(dot_shapes), frame$verdict[!is.na(frame$estimate)])
  if (any(used != "show")) legends$shape <- legend_of(verdict_labels[used], page, order = 2L)
  colours <- if (is.null(line)) c(all = plain_colour) else point_colours(line)
  title <- set_title(page, title)
  scale <- switch(axis$kind, percent = percent_labels, format_axis)
  ggplot2::ggplot(frame, structure(time_aes(), class = "uneval")) +
    (if (!all(is.na(frame$low))) {
      ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$low, ymax = .data$high, fill = .data$line), alpha = 0.15, colour = NA,
                           na.rm = TRUE, show.legend = FALSE)
    }) +
    ggplot2::geom_line(linewidth = 0.6, na.rm = TRUE) +
    ggplot2::geom_point(ggplot2::aes(shape = .data$verdict), size = 2.2, fill = "white", na.rm = TRUE) +
    ggplot2::scale_colour_manual(values = colours, name = legends$line$title, labels = legends$line$labels,
                                 guide = if (is.null(line)) "none" else legends$line$guide) +
    ggplot2::scale_fill_manual(values = colours, guide = "none") +
    ggplot2::scale_shape_manual(values = dot_shapes, breaks = used, name = NULL,
                                labels = if (is.null(legends$shape)) ggplot2::waiver() else legends$shape$labels,
                                guide = if (is.null(legends$shape)) "none" else legends$shape$guide) +
    at$scale + ggplot2::scale_y_continuous(name = axis$name, labels = scale) + ggplot2::expand_limits(y = 0) +
    (if (!is.null(frame$panel)) ggplot2::facet_wrap("panel")) +
    ggplot2::labs(x = label_or_name(info, over), title = title$text, caption = caption_text(page, info),
                  alt = paste0("Lines over ", over, " with bands. ", paste(title$text, collapse = " "))) +
    plot_theme(title = title$size) +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_line("grey90", 0.3))
}

time_aes <- function() {
  ggplot2::aes(x = .data$x, y = .data$estimate, colour = .data$line, group = .data$line)
}

# Where levels lie: numbers and dates at their distance, others one after another. list(values: of levels, scale)
time_values <- function(x) {
  text <- levels(droplevels(x))
  all <- levels(x)
  numbers <- suppressWarnings(as.double(all))
  if (!anyNA(numbers[all %in% text])) {
    return(list(values = numbers, scale = ggplot2::scale_x_continuous(breaks = numbers[all %in% text], labels = text)))
  }
  if (text_kind(text) == "date") {
    return(list(values = as.Date(all), scale = ggplot2::scale_x_date()))
  }
  places <- seq_along(all)
  list(values = places, scale = ggplot2::scale_x_continuous(breaks = places[all %in% text], labels = text,
                                                            expand = ggplot2::expansion(add = 0.3)))
}
