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
  caption <- caption_text(page, info)
  set <- if (length(panels) > 1L) max(1L, nlevels(frame$panel) / length(unique(panels[[1L]]))) else 1L
  lay <- lay_time(levels(frame$panel), page, title, caption, legends, axis, set)
  labels <- switch(axis$kind, percent = percent_labels, format_axis)
  breaks <- some_breaks(max(2, min(6, floor(lay$height / 16))))
  breaks <- apart_breaks(breaks, labels, lay$height, 12, function(text) rep(8.8, length(text)))
  ggplot2::ggplot(frame, structure(time_aes(), class = "uneval")) +
    (if (!all(is.na(frame$low))) {
      ggplot2::geom_ribbon(ggplot2::aes(ymin = .data$low, ymax = .data$high, fill = .data$line), alpha = 0.15, colour = NA,
                           na.rm = TRUE, show.legend = FALSE)
    }) +
    ggplot2::geom_line(linewidth = 0.6, na.rm = TRUE) +
    ggplot2::geom_point(ggplot2::aes(shape = .data$verdict), size = min(2.2, lay$height / 25), fill = "white", na.rm = TRUE) +
    ggplot2::scale_colour_manual(values = colours, name = legends$line$title, labels = legends$line$labels,
                                 guide = if (is.null(line)) "none" else legends$line$guide) +
    ggplot2::scale_fill_manual(values = colours, guide = "none") +
    ggplot2::scale_shape_manual(values = dot_shapes, breaks = used, name = NULL,
                                labels = if (is.null(legends$shape)) ggplot2::waiver() else legends$shape$labels,
                                guide = if (is.null(legends$shape)) "none" else legends$shape$guide) +
    time_scale(at, lay$width) + ggplot2::scale_y_continuous(name = lay$name, labels = labels, breaks = breaks) +
    ggplot2::expand_limits(y = 0) +
    (if (!is.null(frame$panel)) {
      ggplot2::facet_wrap("panel", ncol = lay$columns, labeller = ggplot2::as_labeller(lay$strips))
    }) +
    ggplot2::labs(x = wrap_text(label_or_name(info, over), page[1L] - 60, 9.5, 1L), title = lay$title$text, caption = caption,
                  alt = paste0("Lines over ", over, " with bands. ", paste(title, collapse = " "))) +
    plot_theme(strips = lay$strip, title = lay$title$size) +
    ggplot2::theme(panel.grid.major.y = ggplot2::element_line("grey90", 0.3), axis.title.y = ggplot2::element_text(size = 9.5))
}

# Where panels of lines are: list(columns, width, height, strips, strip: their size, title, name: of the
# axis). set: panels of one question.
lay_time <- function(names, page, pieces, caption, legends, axis, set) {
  panels <- max(1L, length(names))
  lay <- function(short) {
    title <- set_title(page, pieces, short)
    high <- height_left(page, title, caption, legends)
    tried <- lapply(unique(ceiling(panels / seq_len(panels))), function(columns) {
      width <- (page[1L] - 70) / columns - 22
      strips <- strip_names(names, width, FALSE)
      down <- ceiling(panels / columns)
      strip <- if (panels > 1L) line_count(strips$strips) * strips$strip * 1.05 + 5 else 0
      height <- (high - down * (strip + 14) + 14) / down
      aligned <- columns %% set == 0L || set %% columns == 0L
      list(columns = columns, width = width, height = height, strips = strips$strips, strip = strips$strip, title = title,
           high = high, good = min(height / 70, width / 110, 1) * if (aligned) 1 else 0.6)
    })
    tried[[which.max(vapply(tried, `[[`, 0, "good"))]]
  }
  at <- lay(FALSE)
  if (at$height < 40) at <- lay(TRUE)
  if (at$height < 26 || at$width < 36) {
    too_dense(panels, "panels of lines", page,
              "Take a larger page: autoplot(x, page = c(7, 12)); or plot some of the rows: x[...]")
  }
  at$name <- wrap_text(axis$name, at$high, 9.5, 3L)
  at
}

time_aes <- function() {
  ggplot2::aes(x = .data$x, y = .data$estimate, colour = .data$line, group = .data$line)
}

# Where levels lie: numbers and dates at their distance, others one after another. list(values: of levels, breaks, text; or dates)
time_values <- function(x) {
  text <- levels(droplevels(x))
  all <- levels(x)
  here <- all %in% text
  numbers <- suppressWarnings(as.double(all))
  if (!anyNA(numbers[here])) return(list(values = numbers, breaks = numbers[here], text = text))
  if (text_kind(text) == "date") return(list(values = as.Date(all), dates = TRUE))
  list(values = seq_along(all), breaks = which(here), text = text, names = TRUE)
}

# Of a panel of this width; names have several lines before any is left out.
time_scale <- function(at, width) {
  along <- function(text) text_points(text, 8.8)
  if (isTRUE(at$dates)) {
    breaks <- function(limits) pretty(limits, max(2, floor(width / 60)))
    return(ggplot2::scale_x_date(breaks = apart_breaks(breaks, as.character, width, 22, along)))
  }
  if (isTRUE(at$names)) {
    at$text <- wrap_text(at$text, max(30, width / length(at$text) - 6), 8.8, 3L)
    along <- function(text) vapply(strsplit(text, "\n", fixed = TRUE), function(lines) max(0, text_points(lines, 8.8)), 0)
  }
  labels <- function(x) at$text[match(x, at$breaks)]
  expand <- if (isTRUE(at$names)) ggplot2::expansion(add = 0.3) else ggplot2::expansion(0.05)
  ggplot2::scale_x_continuous(breaks = apart_breaks(function(limits) at$breaks, labels, width, 22, along), labels = labels,
                              minor_breaks = NULL, expand = expand)
}
