# Figures of reports as SVG: text stays text, and the page's fonts are used.

svg_text <- function(x, y, text, size = 13, anchor = "start", fill = "#1f2933", weight = NULL) {
  if (length(text) == 0L) return(character())
  sprintf("<text x=\"%.1f\" y=\"%.1f\" font-size=\"%g\" text-anchor=\"%s\" fill=\"%s\"%s>%s</text>", x, y, size, anchor, fill,
          if (is.null(weight)) "" else paste0(" font-weight=\"", weight, "\""), escape_html(text))
}

svg_line <- function(x1, y1, x2, y2, stroke = "#c5ced6", width = 1, dash = NULL) {
  sprintf("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%g\"%s/>", x1, y1, x2, y2, stroke,
          width, if (is.null(dash)) "" else paste0(" stroke-dasharray=\"", dash, "\""))
}

svg_rect <- function(x, y, width, height, fill, stroke) {
  sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%g\" fill=\"%s\" stroke=\"%s\" stroke-width=\"0.7\"/>", x, y,
          width, height, fill, stroke)
}

svg_page <- function(width, height, ...) {
  paste0(sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" ", width, height,
                 width, height),
         "font-family=\"'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif\">\n",
         paste(c(...), collapse = "\n"), "\n</svg>")
}

# Lines of a text for a width in pixels. Letters are taken as half as wide as they are high.
svg_lines <- function(text, width, size = 13) {
  lines <- strwrap(visible(text), max(8L, floor(width / (0.52 * size))))
  if (length(lines) == 0L) "" else lines
}

# A text of several lines around the height y, right-aligned.
svg_label <- function(x, y, text, width, more = NULL) {
  lines <- c(svg_lines(text, width), more)
  top <- y + 4.5 - 8 * (length(lines) - 1L)
  fills <- c(rep("#1f2933", length(lines) - length(more)), rep("#52606d", length(more)))
  svg_text(x, top + 16 * (seq_along(lines) - 1L), lines, 13, "end", fills)
}

label_height <- function(text, width, more = 0L) 16 * (length(svg_lines(text, width)) + more)

svg_width <- 760

shades <- function(count) {
  if (count == 1L) return("#1d5c96")
  if (count <= 6L) {
    return(grDevices::colorRampPalette(c("#cfe6f2", "#8cc3dd", "#3f8fbf", "#1d5c96", "#0b2f5c"))(count))
  }
  # each answer has a colour of its own
  if (count <= length(hues)) hues[seq_len(count)] else grDevices::hcl.colors(count, "viridis", rev = TRUE)
}

# The darker of black and white text on a colour, by WCAG's contrast.
ink_on <- function(colours) ifelse(contrast(colours, "#ffffff") >= contrast(colours, "#000000"), "#ffffff", "#000000")

contrast <- function(a, b) {
  luminance <- function(colour) {
    part <- grDevices::col2rgb(colour) / 255
    part <- ifelse(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055)^2.4)
    colSums(part * c(0.2126, 0.7152, 0.0722))
  }
  pair <- rbind(luminance(a), luminance(b))
  (apply(pair, 2L, max) + 0.05) / (apply(pair, 2L, min) + 0.05)
}

# A legend of squares, or of other marks: list(svg, height). A long label has several lines.
svg_legend <- function(labels, colours, left, width, mark = NULL) {
  if (is.null(mark)) mark <- function(x, y, i) svg_rect(x, y - 11, 14, 14, colours[i], "#52606d")
  lines <- lapply(labels, svg_lines, width - 60)
  wide <- 24 + 7.1 * vapply(lines, function(line) max(nchar(line)), 0)
  x <- y <- numeric(length(labels))
  at <- top <- 0
  high <- 22
  for (i in seq_along(labels)) {
    if (at > 0 && at + wide[i] > width) {
      at <- 0
      top <- top + high
      high <- 22
    }
    x[i] <- left + at
    y[i] <- 12 + top
    high <- max(high, 16 * length(lines[[i]]) + 6)
    at <- at + wide[i] + 14
  }
  marks <- lapply(seq_along(labels), function(i) mark(x[i], y[i], i))
  texts <- Map(function(x, y, line) svg_text(x + 20, y + 16 * (seq_along(line) - 1), line), x, y, lines)
  list(svg = c(unlist(marks), unlist(texts)), height = top + high + 8)
}

# ---- stacked bars ----------------------------------------------------------------------------------------------------

# A bar of 100 % for each row of `shares` (rows x answers), with the percentages in it, and the sign of what is not precise
# enough. reliability: a matrix as `shares`, or NULL.
svg_bars <- function(r, labels, notes, shares, answers, colours = shades(length(answers)), reliability = NULL) {
  left <- 220
  full <- svg_width - left - 10
  legend <- svg_legend(answers, colours, 0, svg_width - 20)
  top <- legend$height + 6
  heights <- pmax(40, vapply(seq_along(labels), function(i) label_height(labels[i], left - 14, sum(nzchar(notes[i]))), 0) + 10)
  bottoms <- top + cumsum(heights)
  parts <- lapply(seq_along(labels), function(i) {
    middle <- bottoms[i] - heights[i] / 2
    share <- shares[i, ]
    share[is.na(share)] <- 0
    from <- left + full * (cumsum(share) - share)
    shown <- share > 0
    sign <- if (is.null(reliability)) rep("", length(share)) else reliability_sign(reliability[i, ])
    wide <- share >= ifelse(nzchar(sign), 0.075, 0.045)
    c(svg_label(left - 12, middle, labels[i], left - 14, notes[i][nzchar(notes[i])]),
      svg_rect(from[shown], middle - 13, full * share[shown], 26, colours[shown], "#ffffff"),
      svg_text(from[wide] + full * share[wide] / 2, middle + 4.5,
               paste0(percent_text(r, share[wide]), sign[wide]), 13, "middle", ink_on(colours[wide])))
  })
  svg_page(svg_width, bottoms[length(bottoms)] + 8, legend$svg, unlist(parts))
}

# ---- points with intervals -------------------------------------------------------------------------------------------

# Four are told apart best; more run from dark to light. No two are the same.
series_colours <- function(count) {
  if (count <= 4L) c("#0b5a8a", "#b34700", "#2f6b3a", "#7a3e8e")[seq_len(count)] else
    grDevices::hcl.colors(count + ceiling(count / 3), "viridis")[seq_len(count)]
}

# Points with intervals: rows has label, series (a factor or NULL), estimate, conf.low, conf.high, reliability (or not). points:
# an axis of percentage points with a line at 0, not of percentages from 0.
svg_dots <- function(r, rows, points = FALSE, line = NULL) {
  labels <- unique(rows$label)
  series <- if (is.null(rows$series)) factor(rep("", nrow(rows))) else droplevels(as.factor(rows$series))
  left <- 260
  axis <- dot_axis(c(rows$estimate, rows$conf.low, rows$conf.high, line, 0), points)
  place <- function(x) left + 10 + (svg_width - left - 40) * (x - axis$from) / (axis$to - axis$from)
  colours <- series_colours(nlevels(series))
  legend <- list(svg = NULL, height = 0)
  if (nlevels(series) > 1L) {
    legend <- svg_legend(levels(series), colours, 0, svg_width - 20, function(x, y, i) {
      dot_mark(x + 7, NA, NA, y - 4.5, i, colours[i])
    })
  }
  step <- 18
  heights <- pmax(step * nlevels(series) + 14, vapply(labels, label_height, 0, left - 14) + 8)
  top <- legend$height + 4
  bottoms <- top + cumsum(heights)
  end <- bottoms[length(bottoms)]
  lines <- svg_line(place(axis$ticks), top, place(axis$ticks), end, ifelse(abs(axis$ticks) < 1e-9, "#7b8794", "#dde3e8"))
  if (!is.null(line)) lines <- c(lines, svg_line(place(line), top, place(line), end, "#52606d", 1.5, "5 4"))
  ticks <- if (points) number_text(r, 100 * axis$ticks) else paste0(number_text(r, 100 * axis$ticks), "%")
  marks <- lapply(seq_len(nrow(rows)), function(i) {
    if (is.na(rows$estimate[i])) return(NULL)
    group <- match(rows$label[i], labels)
    level <- as.integer(series[i])
    y <- bottoms[group] - heights[group] / 2 + step * (level - (nlevels(series) + 1) / 2)
    end <- max(place(c(rows$estimate[i], rows$conf.high[i])), na.rm = TRUE)
    sign <- trimws(reliability_sign(rows[["reliability"]][i]))
    c(dot_mark(place(rows$estimate[i]), place(rows$conf.low[i]), place(rows$conf.high[i]), y, level, colours[level]),
      svg_text(end + 5, y + 4, sign[nzchar(sign)], 12))
  })
  names <- lapply(seq_along(labels), function(i) svg_label(left - 6, bottoms[i] - heights[i] / 2, labels[i], left - 14))
  svg_page(svg_width, end + 44, legend$svg, lines, unlist(names), unlist(marks),
           svg_text(place(axis$ticks), end + 18, ticks, 12, "middle", "#52606d"),
           svg_text((left + svg_width) / 2, end + 37, say(r, if (points) "axis.points" else "axis.share"), 12, "middle",
                    "#52606d"))
}

# Series differ in colour and in shape.
dot_mark <- function(x, low, high, y, level, colour) {
  shape <- switch((level - 1L) %% 4L + 1L,
    sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/>", x, y, colour),
    sprintf("<rect x=\"%.1f\" y=\"%.1f\" width=\"9\" height=\"9\" fill=\"%s\"/>", x - 4.5, y - 4.5, colour),
    sprintf("<path d=\"M%.1f %.1fl6 10h-12z\" fill=\"%s\"/>", x, y - 6, colour),
    sprintf("<path d=\"M%.1f %.1fl6 6l-6 6l-6 -6z\" fill=\"%s\"/>", x, y - 6, colour))
  c(if (!is.na(low) && !is.na(high)) svg_line(low, y, high, y, colour, 2), shape)
}

# Round ticks around the values: list(from, to, ticks).
dot_axis <- function(x, points) {
  ticks <- pretty(range(x, na.rm = TRUE), 6)
  if (!points) ticks <- ticks[ticks >= 0 & ticks <= 1]
  list(from = ticks[1L], to = max(ticks[length(ticks)], x, na.rm = TRUE), ticks = ticks)
}

# ---- funnel ----------------------------------------------------------------------------------------------------------

# Shares against effective numbers of answers, with the limits of weeg_funnel(). own: which point is the area's.
svg_funnel <- function(r, n, share, mean, own) {
  left <- 60
  bottom <- 320
  top <- 36
  to <- max(n, na.rm = TRUE) * 1.08
  high <- max(share, mean, na.rm = TRUE)
  ticks <- pretty(c(0, min(1, high * 1.25)), 5)
  ticks <- ticks[ticks <= 1]
  x <- function(v) left + (svg_width - left - 20) * v / to
  y <- function(v) bottom - (bottom - top) * pmin(pmax(v, 0), max(ticks)) / max(ticks)
  grid <- seq(max(3, to / 60), to, length.out = 120)
  curve <- function(v, dash = "") {
    inside <- v <= max(ticks) & v > 0
    sprintf("<polyline points=\"%s\" fill=\"none\" stroke=\"#7b8794\" stroke-width=\"1.5\"%s/>",
            paste(sprintf("%.1f,%.1f", x(grid[inside]), y(v[inside])), collapse = " "), dash)
  }
  inner <- funnel_limits(mean, grid, 0.95)
  outer <- funnel_limits(mean, grid, 0.998)
  dashes <- " stroke-dasharray=\"5 4\""
  steps <- pretty(c(0, to), 6)
  steps <- steps[steps <= to & steps == round(steps)]
  known <- !is.na(share) & !own
  svg_page(svg_width, bottom + 46,
    svg_line(left, y(ticks), svg_width - 20, y(ticks), "#dde3e8"),
    svg_text(left - 8, y(ticks) + 4, paste0(number_text(r, 100 * ticks), "%"), 12, "end", "#52606d"),
    svg_text(x(steps), bottom + 18, number_text(r, steps), 12, "middle", "#52606d"),
    svg_text((left + svg_width) / 2, bottom + 38, say(r, "axis.answers"), 12, "middle", "#52606d"),
    svg_line(left, y(mean), svg_width - 20, y(mean), "#1f2933", 1.5),
    curve(inner$low), curve(inner$high), curve(outer$low, dashes), curve(outer$high, dashes),
    sprintf("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"#9aa5b1\"/>", x(n[known]), y(share[known])),
    if (any(own & !is.na(share))) dot_mark(x(n[own]), NA, NA, y(share[own]), 2L, "#b34700"),
    funnel_legend(r))
}

funnel_legend <- function(r) {
  labels <- c(say(r, "funnel.own"), say(r, "funnel.other"), say(r, "funnel.inner"), say(r, "funnel.outer"))
  x <- 70 + cumsum(c(0, utils::head(48 + 6.9 * nchar(labels), -1L)))
  c(dot_mark(x[1L], NA, NA, 14, 2L, "#b34700"), sprintf("<circle cx=\"%.1f\" cy=\"14\" r=\"4\" fill=\"#9aa5b1\"/>", x[2L]),
    svg_line(x[3L] - 12, 14, x[3L] + 8, 14, "#7b8794", 1.5), svg_line(x[4L] - 12, 14, x[4L] + 8, 14, "#7b8794", 1.5, "5 4"),
    svg_text(x + 13, 18.5, labels, 12.5))
}
