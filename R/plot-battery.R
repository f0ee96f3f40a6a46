# Bars of batteries, which diverge from the middle of the scale.

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_battery <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- with_observations(plot_rows(object))
  parts <- rows[rows$statistic == "share" & !is.na(rows$estimate), , drop = FALSE]
  if (nrow(parts) == 0L) abort("argument", "there is nothing to plot: no item has shares of its answers")
  frame <- diverging_frame(parts, info)
  means <- rows[rows$statistic == "mean", , drop = FALSE]
  side <- beside_bars(frame, parts, means)
  title <- title_pieces(info, I(paste(c(counted(nlevels(frame$item), "item"), sorted_title(info)), collapse = ", ")))
  info$outcomes <- NULL # their labels stand beside the bars
  caption <- caption_text(page, info, verdict_line(frame$verdict, TRUE))
  diverging_bars(frame, side, page, title, caption)
}

sorted_title <- function(info) {
  if (info$sort == "none") return(NULL)
  paste("sorted by", if (info$sort == "mean") "mean" else if (info$sort == "positive") {
    paste(names(info$sides)[info$sides > 0], collapse = " + ")
  } else info$sort)
}

# A row per part: its bar (an item, or a group of an item's panel), where it begins and ends.
diverging_frame <- function(parts, info) {
  item <- item_labels(parts)
  group <- if (length(info$groups) > 0L) in_order(parts$groups)
  sides <- info$sides[as.character(parts$level)]
  # negative answers on the left, the strongest farthest from the middle
  place <- match(parts$level, info$scale) * if (is.unsorted(info$sides)) -1 else 1
  frame <- data.frame(item = factor(item, unique(item)), level = droplevels(factor(parts$level, info$scale)),
                      estimate = parts$estimate, verdict = verdicts(parts), side = unname(sides), place = place)
  frame$bar <- if (is.null(group)) frame$item else group
  frame$grouped <- !is.null(group)
  for (rows in split(seq_len(nrow(frame)), list(frame$item, frame$bar), drop = TRUE)) {
    rows <- rows[order(frame$place[rows])]
    share <- frame$estimate[rows]
    left <- sum(share[frame$side[rows] < 0]) + sum(share[frame$side[rows] == 0]) / 2
    frame$from[rows] <- cumsum(share) - share - left
    frame$to[rows] <- cumsum(share) - left
  }
  frame
}

# n of each bar, and its mean where there is one: list(item, bar, n, mean).
beside_bars <- function(frame, parts, means) {
  key <- function(rows) if (nrow(rows) == 0L) character() else level_keys(c(list(rows$outcome), as.list(rows$groups)))
  first <- !duplicated(frame[c("item", "bar")])
  mean <- means$estimate[match(key(parts)[first], key(means))]
  side <- data.frame(item = frame$item[first], bar = frame$bar[first], n = format_count(parts$n.base[first]))
  if (nrow(means) > 0L) side$mean <- format_number(mean, 2L)
  side
}

# Colours from one side of the scale to the other: the answers between are light.
diverging_colours <- function(frame) {
  levels <- levels(frame$level)
  at <- match(levels, frame$level)
  side <- frame$side[at]
  place <- frame$place[at]
  shade <- function(ends, chosen) {
    count <- sum(chosen)
    if (count > 0L) grDevices::colorRampPalette(ends)(max(count, 2L))[max(count, 2L) - count + rank(abs(place[chosen] - middle))]
  }
  middle <- if (any(side <= 0)) max(place[side <= 0]) else min(place) - 1
  colours <- character(length(levels))
  colours[side < 0] <- shade(c("#F3C08F", "#B35806"), side < 0)
  colours[side == 0] <- "#DDDDDD"
  colours[side > 0] <- shade(c("#A6CBE3", "#0B5A8A"), side > 0)
  stats::setNames(colours, levels)
}

diverging_bars <- function(frame, side, page, pieces, caption) {
  frame$bar <- droplevels(frame$bar)
  colours <- diverging_colours(frame)
  # from left to right
  colours <- colours[order(frame$place[match(names(colours), frame$level)])]
  legend <- legend_of(names(colours), page)
  at <- lay_bars(frame, side, page, pieces, caption, legend)
  frame$middle <- (frame$from + frame$to) / 2
  sign <- unname(verdict_signs[frame$verdict])
  text <- paste0(format_percent(frame$estimate, 0L), "%", sign)
  fits <- at$size >= smallest_text & frame$estimate / at$unit >= text_points(text, at$size) + 1
  # of a part without room for its figure, its sign
  frame$text <- ifelse(fits, text, ifelse(nzchar(sign), sign, NA))
  frame$y <- factor(frame$bar, rev(at$bars))
  ggplot2::ggplot(frame, ggplot2::aes(x = .data$middle, y = .data$y, fill = .data$level)) +
    ggplot2::geom_tile(ggplot2::aes(width = .data$estimate), height = min(0.75, 42 / at$pitch), colour = "white",
                       linewidth = min(0.3, at$pitch / 40)) +
    ggplot2::geom_vline(xintercept = 0, colour = "grey35", linewidth = 0.35) +
    ggplot2::geom_text(ggplot2::aes(label = .data$text, colour = ggplot2::after_scale(readable_ink(.data$fill))),
                       size = at$size / ggplot2::.pt, na.rm = TRUE) +
    figures_beside(frame, side, at) +
    ggplot2::scale_fill_manual(values = colours, breaks = names(colours), labels = legend$labels, name = NULL,
                               guide = legend$guide) +
    ggplot2::scale_y_discrete(labels = stats::setNames(at$names$text, at$bars), drop = FALSE) +
    diverging_scale(at$ends, diff(at$ends) / at$unit) +
    ggplot2::coord_cartesian(xlim = c(at$ends[1L], at$ends[2L] + length(at$columns) * at$column), clip = "off") +
    (if (frame$grouped[1L]) ggplot2::facet_wrap("item", ncol = 1L, labeller = ggplot2::as_labeller(at$strips))) +
    ggplot2::labs(y = NULL, title = at$title$text, caption = caption, alt = diverging_alt(frame, pieces)) +
    plot_theme(at$names$size, title = at$title$size, spacing = 6) +
    ggplot2::theme(strip.text = ggplot2::element_text(hjust = 0)) + legend_over(at$names)
}

# Where everything is: list(bars, names, strips, pitch, size: of figures, unit: of the axis in a point, ends: of the bars,
# columns: of figures at their right, column: how wide one is, title).
lay_bars <- function(frame, side, page, pieces, caption, legend) {
  bars <- levels(frame$bar)
  room <- label_room(bars, page, 0.42)
  wide <- page[1L] - room - 30
  strips <- stats::setNames(wrap_text(levels(frame$item), wide, 8.8, 3L), levels(frame$item))
  heights <- if (frame$grouped[1L]) sum(lengths(strsplit(strips, "\n", fixed = TRUE)) * 9.5 + 12) else 0
  pitch_of <- function(title) (height_left(page, title, caption, list(legend)) - heights - 16) / nrow(side)
  title <- set_title(page, pieces)
  if (pitch_of(title) < 8) title <- set_title(page, pieces, short = TRUE)
  pitch <- pitch_of(title)
  if (pitch < smallest_text + 0.1) {
    too_dense(nrow(side), "bars", page, "Take a larger page: autoplot(x, page = c(7, 12)); or plot some of the items: x[...]")
  }
  columns <- setdiff(names(side), c("item", "bar"))
  column <- max(text_points(c(unlist(side[columns]), columns), 8.8)) + 8
  ends <- range(0, frame$from, frame$to)
  unit <- diff(ends) / (wide - column * length(columns))
  list(bars = bars, names = fit_labels(bars, room, pitch), strips = strips, pitch = pitch, size = min(9, pitch * 0.75 * 0.85),
       unit = unit, ends = ends, columns = columns, column = column * unit, title = title)
}

# Columns of figures at the right of the bars, with their names above the first panel.
figures_beside <- function(frame, side, at) {
  right <- at$ends[2L] + seq_along(at$columns) * at$column
  figures <- data.frame(x = rep(right, each = nrow(side)), y = factor(side$bar, rev(at$bars)), item = side$item,
                        text = unlist(side[at$columns]))
  heads <- data.frame(x = right, text = at$columns, item = factor(levels(frame$item)[1L], levels(frame$item)))
  list(
    ggplot2::geom_text(ggplot2::aes(x = .data$x, y = .data$y, label = .data$text), figures, inherit.aes = FALSE, hjust = 1,
                       size = min(8.8, at$pitch * 0.8) / ggplot2::.pt),
    ggplot2::geom_text(ggplot2::aes(x = .data$x, label = .data$text), heads, y = length(at$bars) + 0.62, inherit.aes = FALSE,
                       hjust = 1, vjust = 0, size = 8.8 / ggplot2::.pt, colour = "grey35")
  )
}

# Percentages to both sides.
diverging_scale <- function(ends, wide) {
  breaks <- some_breaks(max(2, min(6, floor(wide / 48))))(ends)
  ggplot2::scale_x_continuous(name = "Percentage of the item's answers", breaks = breaks, labels = percent_labels(abs(breaks)),
                              expand = ggplot2::expansion(c(0.01, 0)))
}

diverging_alt <- function(frame, title) {
  value <- paste0(frame$item, if (frame$grouped[1L]) paste0(", ", frame$bar), ", ", frame$level, ": ",
                  format_percent(frame$estimate, 0L), "%")
  said <- if (length(value) <= 20L) paste(value, collapse = "; ") else {
    ends <- c(which.min(frame$estimate), which.max(frame$estimate))
    paste0(length(value), " percentages, from ", value[ends[1L]], " to ", value[ends[2L]])
  }
  paste0("Stacked bars that diverge from the middle of the scale. ", paste(title, collapse = " "), ". ", said, ".")
}
