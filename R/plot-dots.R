# Points with intervals: the plot of most results.

# ---- what is drawn ---------------------------------------------------------------------------------------------------

# Rows to draw, under names of their own: a result's groups may be called anything. place: a factor, its first level on top;
# colour, panel and block (rows with a strip of their own): factors or NULL; other: a second figure, drawn as a diamond.
dot_frame <- function(rows, place, colour = NULL, panel = NULL, block = NULL, other = NULL) {
  frame <- data.frame(place = place, estimate = rows$estimate, low = rows$conf.low, high = rows$conf.high,
                      verdict = verdicts(rows))
  frame$why <- if (is.null(rows[["reason"]])) NA_character_ else rows$reason
  frame$colour <- colour
  frame$panel <- panel
  frame$block <- block
  frame$other <- other
  frame
}

# Combinations of levels in their order, as a factor. Levels that do not occur are left out.
in_order <- function(columns, separator = ", ") {
  if (length(columns) == 1L && is.factor(columns[[1L]])) return(droplevels(columns[[1L]]))
  labels <- paste_columns(columns, separator)
  factor(labels, levels = unique(labels[do.call(order, unname(lapply(columns, order_number)))]))
}

order_number <- function(x) if (is.factor(x)) as.integer(x) else match(x, unique(x))

# Levels of several columns over each other in strips: "outcome: level".
panel_factor <- function(columns) {
  columns <- columns[vapply(columns, function(x) length(unique(x)) > 1L, NA)]
  if (length(columns) > 0L) in_order(columns, ": ")
}

# Groups along the axis, and one by colour: the last one with up to eight levels. One group of one level is none.
split_groups <- function(groups) {
  counts <- vapply(groups, function(x) length(unique(x)), 0L)
  groups <- groups[counts > 1L | length(groups) > 1L]
  counts <- vapply(groups, function(x) length(unique(x)), 0L)
  fit <- if (length(groups) > 1L) which(counts <= 8L)
  if (length(fit) == 0L) return(list(along = groups))
  by <- fit[length(fit)]
  list(along = groups[-by], colour = in_order(groups[by]), name = names(groups)[by])
}

# ---- how it is laid out ----------------------------------------------------------------------------------------------

# Between panels: the last number of an axis and the first of the next are apart.
panel_gap <- function(columns) if (columns > 6) 8 else if (columns > 3) 16 else 22

# Numbers of an axis below panels of this width.
axis_size <- function(at) if (at$width < 60) 6.5 else if (at$columns > 3L) 7.5 else 8.8

# Two numbers of the axis have room below a panel.
narrowest <- function(axis) if (axis$kind %in% c("count", "value")) 44 else 20

# How many columns of panels: as many as make neither rows too low nor panels too narrow. list(columns, pitch, width, strips,
# strip: their size, good: from 0, where it cannot be read). names: of the panels. numbered: panels have numbers, as their names
# need too many lines. set: how many panels are of one question, and begin a row. columns: those to choose from.
lay_panels <- function(rows, names, high, wide, least, each = 1, numbered = NULL, set = 1L, columns = NULL) {
  panels <- max(1L, length(names))
  if (is.null(columns)) columns <- unique(ceiling(panels / seq_len(panels)))
  tried <- lapply(columns, function(columns) {
    width <- wide / columns - panel_gap(columns)
    at <- c(list(columns = columns, width = width), strip_names(names, width, numbered))
    down <- ceiling(panels / columns)
    strip <- if (panels > 1L) line_count(at$strips) * at$strip * 1.05 + 5 else 0
    at$pitch <- (high - down * (strip + 14) + 14) / (rows * down)
    at$good <- min(1, at$pitch / (11 * max(1, each / 2)), width / 80) * (if (at$numbered) 0.6 else 1) *
      (if (at$pitch < 5) 0.1 else 1) * (if (columns %% set == 0L || set %% columns == 0L) 1 else 0.6)
    if (at$pitch < smallest_text + 0.1 || width < least && panels > 1L) at$good <- min(0, at$pitch, width - least)
    at
  })
  tried[[which.max(vapply(tried, `[[`, 0, "good"))]]
}

# Beside blocks: their names.
block_room <- function(frame) {
  if (is.null(frame$block)) return(0)
  max(text_points(unlist(strsplit(wrap_text(levels(frame$block), 86, 8.8), "\n", fixed = TRUE)), 8.8)) + 8
}

# Names over panels of this width; numbers, which the caption explains, where they would need more than five lines.
strip_names <- function(names, width, numbered = NULL) {
  size <- if (width < 90) 7 else 8.8
  text <- wrap_text(names, width, size)
  if (is.null(numbered)) numbered <- length(names) > 0L && (line_count(text) > 5L || width < 42)
  if (numbered) text <- as.character(seq_along(names))
  list(strips = stats::setNames(text, names), strip = size, numbered = numbered)
}

# A single panel of many rows is cut in two or three, side by side.
folds <- function(rows, high, wide, each) {
  most <- if (wide >= 620) 3L else 2L
  for (count in seq_len(most)) if (high / ceiling(rows / count) >= 9 * max(1, each / 2)) return(count)
  most
}

# ---- drawing ---------------------------------------------------------------------------------------------------------

# axis: list(name, kind, origin). legend: a name for the colours. kinds: what point and diamond are. extra: layers. frame: or a
# list of those to choose from, by what can be read best on the page.
dot_plot <- function(frame, page, axis, title, caption, legend = NULL, kinds = NULL, extra = NULL) {
  laid <- lapply(if (is.data.frame(frame)) list(frame) else frame, function(frame) {
    if (nrow(frame) == 0L) abort("argument", "there is nothing to plot: no group has observations")
    frame <- finite_frame(frame, axis)
    if (!is.null(attr(frame, "legend"))) legend <- attr(frame, "legend")
    legends <- dot_legends(frame, page, legend, kinds)
    list(frame = frame, legends = legends, at = lay_dots(frame, page, axis, title, caption, legends))
  })
  best <- laid[[which.max(vapply(laid, function(one) one$at$good * if (is.null(attr(one$frame, "legend"))) 1 else 0.6, 0))]]
  frame <- best$frame
  at <- best$at
  if (at$good <= 0) {
    too_dense(row_count(frame) * max(1L, nlevels(frame$panel)), "rows", page,
              "Take a larger page: autoplot(x, page = c(7, 12)); or plot some of the rows: x[...]")
  }
  if (at$cut > 1L) frame$panel <- factor((as.integer(frame$place) - 1L) %/% ceiling(nlevels(frame$place) / at$cut))
  frame$y <- row_heights(frame)
  ggplot2::ggplot(frame, dot_aes(frame)) + dot_layers(frame, axis, at) + extra + dot_scales(frame, axis, best$legends, at) +
    ggplot2::labs(y = NULL, title = at$title$text, caption = at$caption, alt = alt_text(frame, axis, title)) +
    plot_theme(at$names$size, at$strip, axis_size(at), panel_gap(at$columns), at$title$size) +
    dot_facets(frame, at) + legend_over(at$names) +
    (if (nlevels(frame$place) > 8L) ggplot2::theme(panel.grid.major.y = ggplot2::element_line("grey94", 0.3)))
}

# Under each other in a column of panels.
row_count <- function(frame) {
  if (is.null(frame$block)) nlevels(frame$place) else nrow(unique(frame[c("block", "place")]))
}

# Several questions, to choose from: a panel for each answer to each of them; a row of panels for each, if they have all answers
# in common; a panel for each, with the answers as rows and the groups by colour, where the others are hard to read.
question_frames <- function(frame, question, answer, groups = NULL) {
  question <- droplevels(question)
  answer <- in_order(list(answer))
  panels <- frame
  panels$panel <- panel_factor(list(question, answer))
  if (nlevels(question) < 2L || nlevels(answer) < 2L) return(panels)
  attr(panels, "set") <- nlevels(panels$panel) / nlevels(question)
  rows <- frame
  rows$block <- question
  rows$panel <- answer
  colours <- frame
  colours$colour <- frame$place
  colours$place <- answer
  colours$panel <- question
  attr(colours, "legend") <- groups
  few <- !is.null(groups) && is.null(frame$colour) && nlevels(frame$place) <= 8L
  c(list(panels), if (all(table(question, answer) > 0)) list(rows), if (few) list(colours))
}

panels_a_question <- function(frame) if (is.null(attr(frame, "set"))) 1L else attr(frame, "set")

# Where everything is: list(columns, pitch, width, cut, names, strips, title, caption, good).
lay_dots <- function(frame, page, axis, pieces, caption, legends) {
  count <- row_count(frame)
  panels <- levels(frame$panel)
  alone <- is.null(frame$panel) && is.null(frame$block)
  each <- max(1L, nlevels(frame$colour))
  lay <- function(short, caption, numbered = NULL) {
    title <- set_title(page, pieces, short)
    high <- height_left(page, title, caption, legends) - if (is.null(frame$block)) 0 else 9 * (nlevels(frame$block) - 1L)
    cut <- if (alone) folds(count, high, page[1L], each) else 1L
    room <- label_room(levels(frame$place), page, if (cut > 1L) 0.47 / cut else if (length(panels) > 6L) 0.3 else 0.36)
    wide <- page[1L] - cut * room - 30 - block_room(frame)
    at <- if (cut > 1L) {
      pitch <- high / ceiling(count / cut)
      list(columns = cut, width = wide / cut - 14, pitch = pitch, strip = 8.8, numbered = FALSE,
           good = if (pitch < smallest_text + 0.1) pitch - 5 else 1)
    } else {
      lay_panels(count, panels, high, wide, narrowest(axis), each, numbered,
                 panels_a_question(frame), if (!is.null(frame$block)) max(1L, length(panels)))
    }
    c(at, list(cut = cut, room = room, title = title, caption = caption))
  }
  at <- lay(FALSE, caption)
  short <- at$pitch < 6 || at$good <= 0
  if (short) at <- lay(TRUE, caption)
  if (at$numbered) {
    key <- paste0(seq_along(panels), ": ", shorten_middle(panels, 40L), collapse = "; ")
    at <- lay(short, paste(c(wrap_text(key, page[1L] - 12, 8), caption), collapse = "\n"), TRUE)
  }
  at$names <- fit_labels(levels(frame$place), at$room, max(at$pitch, smallest_text))
  at
}

# What has no place on the axis is no estimate.
finite_frame <- function(frame, axis) {
  odd <- !is.finite(frame$estimate) | (axis$kind == "ratio" & frame$estimate <= 0)
  frame$estimate[odd] <- NA
  frame[odd, c("low", "high")] <- NA
  if (axis$kind == "ratio") frame$low[frame$low %in% 0] <- NA
  frame$said <- ifelse(!is.na(frame$estimate), NA, ifelse(reason_is(frame$why, "protected"), "not shown", "no estimate"))
  frame
}

# The first row is highest; colours of a row are under each other.
row_heights <- function(frame) {
  y <- -as.integer(frame$place)
  if (is.null(frame$colour)) return(y)
  each <- nlevels(frame$colour)
  y - (as.integer(frame$colour) - (each + 1) / 2) * 0.72 / each
}

dot_aes <- function(frame) {
  places <- ggplot2::aes(x = .data$estimate, y = .data$y, xmin = .data$low, xmax = .data$high)
  if (!is.null(frame$colour)) places <- utils::modifyList(places, ggplot2::aes(colour = .data$colour))
  structure(places, class = "uneval")
}

dot_layers <- function(frame, axis, at) {
  size <- min(2.2, 0.26 * at$pitch / max(1L, nlevels(frame$colour))^0.7)
  plain <- if (is.null(frame$colour)) list(colour = plain_colour) else list()
  point <- if (is.null(frame$other)) ggplot2::aes(shape = .data$verdict) else ggplot2::aes(shape = "main")
  layer <- function(geom, ...) do.call(geom, c(list(...), plain))
  list(
    if (!is.null(axis$origin)) ggplot2::geom_vline(xintercept = axis$origin, colour = "grey50", linetype = "dashed"),
    layer(ggplot2::geom_linerange, na.rm = TRUE, linewidth = min(0.55, 0.25 * size), show.legend = FALSE),
    if (!is.null(frame$other)) {
      ggplot2::geom_point(ggplot2::aes(x = .data$other, shape = "other"), colour = "grey35", size = 0.9 * size, na.rm = TRUE)
    },
    layer(ggplot2::geom_point, mapping = point, size = size, fill = "white", na.rm = TRUE),
    if (!all(is.na(frame$said))) {
      ggplot2::geom_text(ggplot2::aes(x = switch(axis$kind, ratio = 1, p = 0.01, 0), label = .data$said), colour = "grey40",
                         hjust = -0.05, na.rm = TRUE,
                         size = min(7.5, max(smallest_text, 0.75 * at$pitch / max(1L, nlevels(frame$colour)))) / ggplot2::.pt)
    }
  )
}

dot_shapes <- c(show = 16, review = 21, suppress = 4)

dot_legends <- function(frame, page, legend, kinds) {
  found <- list()
  if (!is.null(frame$colour)) {
    found$colour <- legend_of(levels(frame$colour), page, legend, list(shape = 16, size = 2.2), order = 1L)
  }
  used <- intersect(names(dot_shapes), frame$verdict[!is.na(frame$estimate)])
  if (!is.null(frame$other)) {
    found$shape <- legend_of(kinds, page, order = 2L)
  } else if (any(used != "show")) {
    found$shape <- legend_of(verdict_labels[used], page, order = 2L)
  }
  found
}

dot_scales <- function(frame, axis, legends, at) {
  text <- at$names$text
  shapes <- if (is.null(frame$other)) dot_shapes else c(main = 16, other = 5)
  shown <- if (is.null(frame$other)) intersect(names(dot_shapes), frame$verdict[!is.na(frame$estimate)]) else names(shapes)
  # texts stand behind points
  behind <- if (is.null(frame[["text"]])) 0.08 else max(0.2, min(0.6, (max(text_points(frame$text, 8)) + 8) / at$width))
  list(
    if (!is.null(legends$colour)) {
      ggplot2::scale_colour_manual(values = point_colours(frame$colour), breaks = levels(frame$colour), drop = FALSE,
                                   labels = legends$colour$labels, name = legends$colour$title, guide = legends$colour$guide)
    },
    ggplot2::scale_shape_manual(values = shapes, breaks = shown, name = NULL,
                                labels = if (is.null(legends$shape)) ggplot2::waiver() else legends$shape$labels,
                                guide = if (is.null(legends$shape)) "none" else legends$shape$guide),
    ggplot2::scale_y_continuous(breaks = -seq_along(text), labels = text, minor_breaks = NULL,
                                expand = ggplot2::expansion(add = 0.6)),
    x_scale(axis, at$width, axis_size(at), panel_gap(at$columns), expand = ggplot2::expansion(c(0.05, behind))),
    if (axis$kind %in% c("percent", "count", "number")) ggplot2::expand_limits(x = 0),
    if (axis$kind == "p") ggplot2::expand_limits(x = c(0.01, 1))
  )
}

dot_facets <- function(frame, at) {
  if (!is.null(frame$block)) {
    strips <- stats::setNames(wrap_text(levels(frame$block), 86, 8.8), levels(frame$block))
    return(list(
      ggplot2::facet_grid(ggplot2::vars(.data$block), if (!is.null(frame$panel)) ggplot2::vars(.data$panel), scales = "free_y",
                          space = "free_y", labeller = ggplot2::labeller(`block` = strips, `panel` = at$strips)),
      ggplot2::theme(strip.text.y = ggplot2::element_text(angle = 0, hjust = 0, vjust = 0.5))
    ))
  }
  if (is.null(frame$panel)) return(NULL)
  if (at$cut > 1L) {
    return(list(ggplot2::facet_wrap("panel", ncol = at$columns, scales = "free_y"),
                ggplot2::theme(strip.text = ggplot2::element_blank())))
  }
  ggplot2::facet_wrap("panel", ncol = at$columns, labeller = ggplot2::as_labeller(at$strips))
}

# ---- for those who do not see it ---------------------------------------------------------------------------------------

value_text <- function(x, kind) {
  switch(kind, percent = paste0(format_percent(x, 0L), "%"), points = format_number(100 * x, 1L), p = format_p(x),
         count = format_weighted(x), format_significant(x))
}

alt_text <- function(frame, axis, title) {
  known <- frame[!is.na(frame$estimate), , drop = FALSE]
  names <- do.call(paste, c(lapply(Filter(Negate(is.null), list(frame$panel, frame$block, frame$place, frame$colour)),
                                   as.character), sep = ", "))[!is.na(frame$estimate)]
  value <- paste0(names, ": ", value_text(known$estimate, axis$kind))
  said <- if (nrow(known) == 0L) {
    "No estimate is shown"
  } else if (nrow(known) <= 12L) {
    paste(value, collapse = "; ")
  } else {
    ends <- c(which.min(known$estimate), which.max(known$estimate))
    paste0(nrow(known), " estimates; the lowest is ", value[ends[1L]], ", the highest ", value[ends[2L]])
  }
  paste0("Points with intervals. ", paste(title, collapse = " "), ". ", gsub("\n", " ", axis$name), ". ", said, ".")
}
