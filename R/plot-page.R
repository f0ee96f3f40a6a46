# What plots share: the page and what fits on it, text, legends, colours, captions and the theme. Lengths are in points.

# ---- page ------------------------------------------------------------------------------------------------------------

check_page <- function(page) {
  need_package("ggplot2", "to draw plots")
  if (!is.numeric(page) || length(page) != 2L || !all(is.finite(page)) || any(page < 2)) {
    abort("argument", "`page` must be the width and the height of the picture in inches, 2 at least, such as c(7, 5)")
  }
  72 * page
}

# Draws a result for the device that is open.
draw <- function(x, ..., over = NULL) {
  need_package("ggplot2", "to draw plots")
  if (!is.null(over) && !inherits(x, c("weeg_proportion", "weeg_total", "weeg_mean", "weeg_quantile"))) {
    abort("unsupported", "`over` draws estimates over time: proportions, totals, means, ratios and quantiles",
          hint = "plot(weeg_proportion(d, y ~ round), over = \"round\")")
  }
  page <- pmax(grDevices::dev.size("in"), 2)
  drawing <- if (is.null(over)) ggplot2::autoplot(x, page = page) else ggplot2::autoplot(x, page = page, over = over)
  print(drawing)
  invisible(drawing)
}

# A picture of which the rows cannot be read is none.
too_dense <- function(count, what, page, hint) {
  abort("argument", count, " ", what, " do not fit on a page of ", paste(format(page / 72, digits = 3L), collapse = " by "),
        " inches: their names could not be read", hint = hint)
}

smallest_text <- 3.8

# ---- text ------------------------------------------------------------------------------------------------------------

# About how wide a text is, in the wider of the fonts that devices use: capitals, digits, m and w are wider than the others.
text_points <- function(text, size) {
  wide <- nchar(gsub("[^A-Z0-9%*mw]", "", text))
  size * (0.54 * text_width(text) + 0.14 * wide)
}

em <- 0.54

# The lines of texts in so many characters; words that are longer are broken.
wrap_lines <- function(text, chars) {
  chars <- max(4L, as.integer(chars))
  broken <- gsub(sprintf("([^ ]{%d})(?=[^ ]{2})", chars - 1L), "\\1- ", enc2utf8(as.character(text)), perl = TRUE)
  lapply(broken, function(one) if (nzchar(trimws(one))) strwrap(one, chars + 1L) else "")
}

# A text per element, with line breaks; what is more than `most` lines is left out at the end.
wrap_text <- function(text, points, size, most = 20L) {
  lines <- wrap_lines(text, points / (em * size))
  vapply(lines, function(one) {
    if (length(one) > most) one <- c(one[seq_len(most - 1L)], paste0(sub(".{0,3}$", "", one[most]), "..."))
    paste(one, collapse = "\n")
  }, "")
}

line_count <- function(text) max(0L, lengths(strsplit(as.character(text), "\n", fixed = TRUE)))

# Both ends of texts that are too long: as much of each as keeps texts different that are; if nothing does, with a number.
shorten_middle <- function(text, chars) {
  chars <- max(6L, as.integer(chars))
  long <- text_width(text) > chars
  shorten <- function(share, chars) {
    tail <- as.integer(share * (chars - 3L))
    ends <- substring(text[long], nchar(text[long]) - tail + 1L)
    ifelse(long, replace(text, long, paste0(substr(text[long], 1L, chars - 3L - tail), "...", ends)), text)
  }
  for (share in c(0.5, 0.7, 0.3, 0.9, 0.1)) {
    short <- shorten(share, chars)
    if (anyDuplicated(short[!duplicated(text)]) == 0L) return(short)
  }
  number <- paste0(match(text, unique(text)), " ")
  ifelse(long, paste0(number, shorten(0.5, max(6L, chars - max(nchar(number))))), text)
}

# Labels of rows that are `pitch` high: list(text, size, width). As large as fits, over several lines where these fit, else
# shortened, but for what stands behind them.
fit_labels <- function(labels, width, pitch, behind = "") {
  fitted <- function(text, size) {
    list(text = text, size = size, width = max(0, text_points(unlist(strsplit(text, "\n", fixed = TRUE)), size)))
  }
  for (size in c(8.8, 8, 7.2, 6.5, 6)) {
    text <- wrap_text(paste0(labels, behind), width, size)
    if (line_count(text) * size * 1.08 <= pitch) return(fitted(text, size))
  }
  size <- min(6, max(smallest_text, pitch / 1.12))
  chars <- floor(width / (em * size)) - max(0L, text_width(behind))
  fitted(paste0(shorten_middle(labels, chars), behind), size)
}

# How wide the labels of rows may be, and need to be.
label_room <- function(labels, page, share = 0.36) min(share * page[1L], max(0, text_points(labels, 8.8)) + 8)

# ---- titles, captions, legends ----------------------------------------------------------------------------------------

title_pieces <- function(info, outcomes, more = NULL) {
  labels <- if (inherits(outcomes, "AsIs")) unclass(outcomes) else label_or_name(info, outcomes)
  if (has_long_labels(info, outcomes)) labels <- label_text(info, outcomes)
  by <- if (length(info$groups) > 0L) paste("by", paste(label_or_name(info, info$groups), collapse = " and "))
  if (length(info$given) > 0L) by <- paste(by, "given", paste(label_or_name(info, info$given), collapse = " and "))
  if (!is.null(info$adjusted)) by <- paste0(by, ", adjusted for ", paste(label_or_name(info, info$adjusted), collapse = ", "))
  c(if (length(labels) > 3L) paste(length(labels), "questions") else paste(labels, collapse = "; "), by, more)
}

# A title of several pieces, each on lines of its own; where rows need the room, each on one: list(text, size, height).
set_title <- function(page, pieces, short = FALSE) {
  size <- if (short) 10 else 12
  text <- paste(wrap_text(pieces[nzchar(pieces)], page[1L] - 12, size, if (short) 1L else 3L), collapse = "\n")
  list(text = text, size = size, height = line_count(text) * 1.2 * size)
}

has_long_labels <- function(info, outcomes) {
  !inherits(outcomes, "AsIs") && length(outcomes) > 1L && max(text_width(label_or_name(info, outcomes))) > 30L
}

label_or_name <- function(info, names) {
  labels <- info$labels[names]
  unname(ifelse(is.na(labels), names, labels))
}

# Data, design and domain; the conventions stand in the print.
caption_text <- function(page, info, ...) {
  names <- info$outcomes
  key <- if (length(names) > 3L && has_long_labels(info, names)) paste0(names, ": ", label_or_name(info, names), collapse = "; ")
  lines <- c(key, ..., join(info$data, info$design, info$weights, if (!is.null(info$domain)) paste("domain:", info$domain)))
  lines <- plain_signs(lines)
  paste(wrap_text(lines[nzchar(lines)], page[1L] - 12, 8), collapse = "\n")
}

# R's pdf() device has no dashes, no Greek and no sign of infinity.
plain_signs <- function(text) gsub("\u221e", "Inf", gsub("\u2013", "-", gsub("\u03c7\u00b2", "chi-squared", text)))

# A legend over the plot: guide, labels and height. In as many columns as make it lowest; long labels have several lines.
legend_of <- function(labels, page, title = NULL, override = list(), order = 0L) {
  count <- length(labels)
  tried <- lapply(seq_len(max(1, min(count, 6, page[1L] %/% 90))), function(columns) {
    text <- wrap_text(labels, (page[1L] - 16) / columns - 32, 8.8, 4L)
    lines <- lengths(strsplit(text, "\n", fixed = TRUE))
    rows <- tapply(lines, (seq_len(count) - 1L) %/% columns, max)
    list(labels = text, columns = columns, height = sum(pmax(13, 10.6 * rows)), cut = sum(grepl("...", text, fixed = TRUE)))
  })
  best <- tried[[which.min(vapply(tried, function(one) one$height + 30 * one$cut, 0))]]
  list(
    labels = best$labels, title = if (length(title) > 0L) wrap_text(title, page[1L] - 16, 9.5, 2L),
    guide = ggplot2::guide_legend(ncol = best$columns, byrow = TRUE, title.position = "top", order = order,
                                  override.aes = override),
    height = best$height + (if (length(title) > 0L) 13 else 0) + 6
  )
}

# Legends stand over the labels of rows too, not only over the panels.
legend_over <- function(labels) ggplot2::theme(legend.box.margin = ggplot2::margin(0, 0, 0, -0.85 * labels$width))

# What is left for panels under a title and legends, over an axis and a caption.
height_left <- function(page, title, caption, legends = list(), axis = 34) {
  page[2L] - 14 - title$height - line_count(caption) * 9.3 - 10 -
    sum(vapply(legends, `[[`, 0, "height")) - axis
}

# ---- NCHS presentation standards ---------------------------------------------------------------------------------------

verdict_labels <- c(show = "precise enough (NCHS)", review = "to be reviewed", suppress = "too imprecise to publish")

verdicts <- function(rows) {
  found <- rows[["reliability"]]
  if (is.null(found)) return(rep("show", nrow(rows)))
  ifelse(is.na(found), "show", found)
}

# Beside figures in bars; the devices of R have no daggers.
verdict_signs <- c(show = "", review = "*", suppress = "**")

verdict_line <- function(used, tiles) {
  said <- c(review = "* to be reviewed before publication", suppress = "** too imprecise to publish")
  said <- said[names(said) %in% used]
  if (length(said) == 0L) return(NULL)
  paste0(paste(said, collapse = ", "), " (NCHS presentation standards)",
         if (!tiles) "; beside a bar's name: a part without a figure")
}

# ---- colours ---------------------------------------------------------------------------------------------------------

plain_colour <- "#0B5A8A"

# Okabe and Ito's colours, the light ones first: readable under black or white figures.
hues <- c("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#F0E442", "#999999")

# A colour for each level of a factor: shades from light to dark for answers in order, and for up to six of any kind; hues for
# up to eight; more by lightness and hue. No two are the same.
fill_colours <- function(x) {
  count <- nlevels(x)
  colours <- if (count <= 6L) {
    ggplot2::scale_fill_brewer(palette = "YlGnBu")$palette(max(count + 1L, 3L))[1L + seq_len(count)]
  } else if (count <= length(hues) && !is.ordered(x)) {
    hues[seq_len(count)]
  } else {
    grDevices::hcl.colors(count, "viridis", rev = TRUE)
  }
  stats::setNames(colours, levels(x))
}

# For points on white: none is light.
point_colours <- function(x) {
  count <- nlevels(x)
  colours <- if (is.ordered(x) && count > 2L || count > 7L) {
    grDevices::hcl.colors(count + 1L + count %/% 4L, "viridis")[seq_len(count)]
  } else {
    c(hues[c(5L, 6L, 3L, 4L, 2L, 1L)], "#000000")[seq_len(count)]
  }
  stats::setNames(colours, levels(x))
}

# Black or white, whichever can be read on a fill: any colours that a user gives.
readable_ink <- function(fill) {
  fill[is.na(fill)] <- "white"
  ifelse(contrast(fill, "#ffffff") > contrast(fill, "#000000"), "white", "black")
}

# ---- axes and theme --------------------------------------------------------------------------------------------------

format_axis <- function(x) {
  text <- format(x, trim = TRUE, drop0trailing = TRUE, decimal.mark = getOption("OutDec"), big.mark = " ", scientific = FALSE)
  ifelse(is.na(x), NA, text)
}

percent_labels <- function(x) ifelse(is.na(x), NA, paste0(format_axis(100 * x), "%"))

# Round numbers within the limits, about so many, and two at least.
some_breaks <- function(count) {
  function(limits) {
    for (wanted in count + 0:4) {
      breaks <- pretty(limits, wanted)
      breaks <- breaks[breaks >= limits[1L] & breaks <= limits[2L]]
      if (length(breaks) > 1L) break
    }
    breaks
  }
}

# Round ratios within the limits: fewer where the limits are wide.
ratio_breaks <- function(count) {
  function(limits) {
    steps <- if (limits[2L] / limits[1L] > 8) c(1, 2, 5) else c(1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    breaks <- c(outer(steps, 10^(-6:6)))
    inside <- function(x) x[x >= limits[1L] & x <= limits[2L]]
    if (length(inside(breaks)) > count + 2L) breaks <- c(outer(c(1, 3), 10^(-6:6)))
    if (length(inside(breaks)) > count + 2L) {
      breaks <- 10^seq(-300, 300, by = ceiling(log10(limits[2L] / limits[1L]) / (count + 1)))
    }
    inside(breaks)
  }
}

decade_breaks <- function(count) {
  function(limits) {
    breaks <- 10^-(0:floor(-log10(limits[1L])))
    breaks[seq(1L, length(breaks), by = ceiling(length(breaks) / count))]
  }
}

# Of the breaks of an axis of `length` points, those whose labels neither touch each other nor run into the next panel, `gap`
# points away. along: how long a label of this size is.
apart_breaks <- function(breaks, labels, length, gap, along, logarithmic = FALSE) {
  force(breaks)
  function(limits) {
    found <- breaks(limits)
    found <- found[!is.na(found)]
    place <- function(x) if (logarithmic) log(x) else as.double(x)
    at <- length * (place(found) - place(limits[1L])) / diff(place(limits))
    half <- along(labels(found)) / 2
    inside <- at + half <= length + gap / 2 - 1 & at - half >= 1 - gap / 2
    if (sum(inside) > 1L) {
      found <- found[inside]
      at <- at[inside]
      half <- half[inside]
    }
    # every one, every second, ...; or both ends
    for (kept in c(lapply(seq_len(max(1L, length(found) %/% 2L)), function(by) seq(1L, length(found), by = by)),
                   list(unique(c(1L, length(found)))), 1L)) {
      if (all(diff(at[kept]) >= half[kept][-1L] + half[kept][-length(kept)] + 2)) break
    }
    found[kept]
  }
}

# axis: list(name, kind, origin), as wide as its panel; numbers of this size.
x_scale <- function(axis, width, size = 8.8, gap = 22, ...) {
  count <- max(2, min(6, floor(width / if (axis$kind == "count") 70 else 48)))
  logarithmic <- axis$kind %in% c("ratio", "p")
  scale <- if (logarithmic) ggplot2::scale_x_log10 else ggplot2::scale_x_continuous
  labels <- switch(axis$kind, percent = percent_labels, points = function(x) format_axis(100 * x), format_axis)
  breaks <- switch(axis$kind, ratio = ratio_breaks(count), p = decade_breaks(count), some_breaks(count))
  breaks <- apart_breaks(breaks, labels, width, gap, function(text) text_points(text, size), logarithmic)
  scale(name = wrap_text(axis$name, 420, 9.5, 2L), labels = labels, breaks = breaks, ...)
}

plot_theme <- function(rows = 8.8, strips = 8.8, axis = 8.8, spacing = 14, title = 12) {
  text <- ggplot2::element_text
  ggplot2::theme_minimal(base_size = 11) +
    ggplot2::theme(
      legend.position = "top", legend.justification = "left", legend.box = "vertical", legend.box.just = "left",
      legend.margin = ggplot2::margin(0, 0, 0, 0), legend.spacing.y = ggplot2::unit(2, "pt"),
      legend.key.height = ggplot2::unit(12, "pt"), legend.key.width = ggplot2::unit(14, "pt"),
      legend.title = text(size = 9.5), legend.text = text(size = 8.8), legend.box.spacing = ggplot2::unit(4, "pt"),
      plot.title.position = "plot", plot.title = text(size = title, lineheight = 1), plot.caption.position = "plot",
      plot.caption = text(colour = "grey35", hjust = 0, size = 8), panel.grid.minor = ggplot2::element_blank(),
      panel.grid.major.y = ggplot2::element_blank(), axis.text.y = text(colour = "black", size = rows),
      axis.text.x = text(size = axis), axis.title.x = text(size = 9.5), panel.spacing = ggplot2::unit(spacing, "pt"),
      strip.text = text(size = strips, vjust = 0), plot.margin = ggplot2::margin(5.5, 14, 5.5, 5.5)
    )
}
