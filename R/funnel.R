# Which areas stand out from all areas together, given their numbers of respondents.

#' Funnel plot: areas that stand out
#'
#' A ranking of municipalities puts those with few respondents first and last, by chance. A funnel plot shows each area's
#' percentage against its number of respondents, with control limits: the range to be expected if the area did not differ
#' from all areas together. A figure within the limits is no evidence of a difference; one outside them may be
#' (Spiegelhalter 2005).
#'
#' An area is outside the limits if the (weighted) proportion of all areas together is outside Jeffreys' interval of the area:
#' quantiles of Beta(x + 1/2, n - x + 1/2), with n its effective number of respondents (see [weeg_shrink()]) and x the part of
#' them with the answer. So the limits are those of the binomial distribution, neither too wide nor too narrow on average
#' despite its discreteness; for an answer that fewer than 5 % or more than 95 % give, of 16 to 60 respondents, they are
#' too wide, and about half as many areas are outside as expected. The proportion of all areas is treated as known.
#' `print()` names the areas outside the limits, in their own order, and gives the number expected outside by chance
#' alone. If areas truly differ, more will be.
#'
#' An area that is one PSU has no design-based variance, so no comparison in [weeg_compare()]. Here it has limits, which
#' rest on a model of respondents drawn within areas (see [weeg_shrink()]), and `print()` says for how many areas that is
#' so.
#'
#' @inheritParams weeg_shrink
#' @param level The levels of the inner and the outer limits.
#' @return A data frame of class `weeg_funnel` with a row per area and answer: the groups; `outcome`, `level`; `estimate`, the
#'   area's (weighted) proportion; `n.base`, `n.effective`; `total`, that of all areas; `inner.low`, `inner.high`, `outer.low`,
#'   `outer.high`, the limits at the area's effective n; `outside`, the largest of `level` whose limits the estimate is
#'   outside of, 0 if none; and `reason`, where there are no respondents. `glance()` gives, per answer and limit, the areas
#'   `outside` and the number `expected` by chance.
#' @references Spiegelhalter (2005), Statistics in Medicine 24, 1185-1202.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_funnel(d, strengths ~ gemeente, answers = "niet")
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' plot(weeg_funnel(d, strengths ~ gemeente, answers = "niet"))
#' @export
weeg_funnel <- function(data, formula, answers = NULL, deff = NULL, level = c(0.95, 0.998), missing = NULL) {
  need_given(data)
  parts <- parse_areas(formula, data)
  level <- bare(level)
  if (!is.numeric(level) || length(level) != 2L || anyNA(level) || any(level <= 0 | level >= 1) || diff(level) <= 0) {
    abort("argument", "`level` must be two numbers between 0 and 1, the smaller first, such as c(0.95, 0.998)")
  }
  if (!is.null(deff)) deff <- check_positive(deff, "deff")
  data <- weeg_design(data)
  asked <- asked_answers(answers)
  tables <- lapply(names(parts$outcomes), function(outcome) {
    with_nets(data, parts, outcome, asked, missing, function(data, parts, answers, missing) {
      table <- area_table(data, parts, outcome, answers, missing, deff)
      table$rows <- funnel_rows(table, level)
      table
    }, again = TRUE)
  })
  rows <- bind_tables(lapply(tables, `[[`, "rows"))
  info <- tables_info(tables, parts)
  info$limits <- level
  info$alone <- areas_alone(tables)
  if (length(asked$nets) > 0L) info$nets <- asked$nets
  new_result(rows, "weeg_funnel", info, c(area_conventions(tables[[1L]], deff), limits = "Jeffreys"))
}

funnel_rows <- function(table, limits) {
  rows <- table$rows
  total <- unname(table$total[as.character(rows$level)])
  n <- rows$n.effective
  inner <- funnel_limits(total, n, limits[1L])
  outer <- funnel_limits(total, n, limits[2L])
  beyond <- function(limit) !is.na(rows$estimate) & (rows$estimate < limit$low - 1e-12 | rows$estimate > limit$high + 1e-12)
  list_frame(list(
    groups = rows$groups, outcome = rows$outcome, level = rows$level, estimate = rows$estimate, n.base = rows$n.base,
    n.effective = n, total = total,
    inner.low = inner$low, inner.high = inner$high, outer.low = outer$low, outer.high = outer$high,
    outside = ifelse(beyond(outer), limits[2L], ifelse(beyond(inner), limits[1L], 0)),
    reason = ifelse(n > 0, NA_character_, reason_words("no-respondents"))
  ))
}

# The shares of n at which Jeffreys' interval just reaches p; NA where n is 0. p: one for all n, or one for each.
funnel_limits <- function(p, n, level) {
  p <- rep_len(p, length(n))
  quantile <- function(tail) {
    # the x of which the area's beta distribution has this much above p: it grows with x
    low <- rep(-0.5, length(n))
    high <- n + 0.5
    for (i in 1:60) {
      x <- (low + high) / 2
      over <- stats::pbeta(p, x + 0.5, pmax(n - x, -0.5) + 0.5, lower.tail = FALSE) > tail
      high <- ifelse(over, x, high)
      low <- ifelse(over, low, x)
    }
    ifelse(n > 0, pmin(pmax(x / n, 0), 1), NA_real_)
  }
  list(low = ifelse(p >= 1, 1, quantile((1 - level) / 2)), high = ifelse(p <= 0, 0, quantile((1 + level) / 2)))
}

#' @rdname weeg_tidy
#' @export
glance.weeg_funnel <- function(x, ...) {
  limits <- info_of(x)$limits
  rows <- as.data.frame.weeg_result(x)
  key <- level_keys(list(rows$outcome, rows$level))
  each <- lapply(split(rows, factor(key, unique(key))), function(mine) {
    areas <- sum(mine$n.base > 0)
    list_frame(list(outcome = rep(mine$outcome[1L], 2L), level = rep(mine$level[1L], 2L), limit = limits,
                    areas = rep(areas, 2L), outside = vapply(limits, function(limit) sum(mine$outside >= limit), 0L),
                    expected = areas * (1 - limits)))
  })
  found <- do.call(rbind, unname(each))
  rownames(found) <- NULL
  found
}

#' @rdname weeg_print
#' @export
format.weeg_funnel <- function(x, digits = NULL, width = getOption("width"), ...) {
  digits <- percent_digits(digits)
  outcome_lines(x, width, function(rows, info, width) {
    blocks <- lapply(unique(as.character(rows$level)), function(answer) {
      funnel_lines(rows[as.character(rows$level) == answer, , drop = FALSE], answer, info, digits, width)
    })
    c(title_lines(info, rows$outcome[1L], width, "Areas that stand out: "), source_lines(info, width), unlist(blocks),
      alone_lines(info, rows$outcome[1L], width))
  })
}

funnel_lines <- function(rows, answer, info, digits, width) {
  percent <- function(p) format_percent(p, digits)
  areas <- sum(rows$n.base > 0)
  counts <- vapply(info$limits, function(limit) {
    paste0("outside ", percent_limit(limit), ": ", sum(rows$outside >= limit), " (", format_number(areas * (1 - limit), 1L),
           " expected by chance)")
  }, "")
  lines <- c("", wrap(paste("Answer:", answer), width),
             wrap(paste0("All ", counted(areas, "area"), ": ", percent(rows$total[1L]), "%; ",
                         paste(counts, collapse = "; ")), width))
  out <- rows[rows$outside > 0, , drop = FALSE]
  if (nrow(out) == 0L) return(c(lines, "No area is outside the limits."))
  columns <- list(
    table_column(paste(info$groups, collapse = ", "), grid_labels(out$groups), left = TRUE),
    table_column("%", percent(out$estimate)), table_column("n", format_count(out$n.base)),
    table_column("n eff.", format_count(out$n.effective)),
    table_column(c(percent_limit(info$limits[1L]), "limits"), format_interval(out$inner.low, out$inner.high, percent)),
    table_column(c(percent_limit(info$limits[2L]), "limits"), format_interval(out$outer.low, out$outer.high, percent))
  )
  c(lines, "", table_lines(columns, width))
}

percent_limit <- function(limit) paste0(vapply(100 * limit, format, "", decimal.mark = getOption("OutDec")), "%")

#' @rdname weeg_plot
#' @exportS3Method ggplot2::autoplot
autoplot.weeg_funnel <- function(object, ..., page = c(7, 5)) {
  page <- check_page(page)
  object <- visible_result(object)
  info <- info_of(object)
  rows <- plot_rows(object)
  rows <- rows[!is.na(rows$estimate), , drop = FALSE]
  if (nrow(rows) == 0L) abort("argument", "there is nothing to plot: no area has an estimate")
  panel <- panel_factor(list(outcome_factor(rows, info), rows$level))
  frame <- data.frame(n = rows$n.effective, estimate = rows$estimate, total = rows$total, outside = rows$outside > 0,
                      panel = if (is.null(panel)) "" else panel)
  title <- title_pieces(info, unique(rows$outcome), one_answer(rows))
  caption <- caption_text(page, info)
  legend <- legend_of(percent_limit(info$limits), page, "Limits around all areas")
  frame$shown <- frame$label <- funnel_labels(rows, info)
  pieces <- title
  title <- set_title(page, pieces)
  high <- height_left(page, title, caption, list(legend)) - 16
  panels <- length(unique(frame$panel))
  at <- list(columns = ceiling(sqrt(panels)))
  strips <- if (panels > 1L) stats::setNames(wrap_text(levels(panel), page[1L] / at$columns - 40, 8.8, 3L), levels(panel))
  frame <- place_names(frame, (page[1L] - 50) / at$columns - 14, high / ceiling(panels / at$columns) - if (panels > 1L) 40 else 0)
  ggplot2::ggplot(frame, ggplot2::aes(x = .data$n, y = .data$estimate)) +
    ggplot2::geom_hline(ggplot2::aes(yintercept = .data$total), unique(frame[c("panel", "total")]), colour = "grey50") +
    ggplot2::geom_line(ggplot2::aes(y = .data$share, linetype = .data$limit, group = paste(.data$limit, .data$side)),
                       funnel_curves(frame, info$limits), colour = plain_colour) +
    ggplot2::geom_point(ggplot2::aes(shape = .data$outside), size = 1.8, show.legend = FALSE) +
    ggplot2::geom_text(ggplot2::aes(label = .data$shown, hjust = .data$side), size = 7.6 / ggplot2::.pt, na.rm = TRUE) +
    ggplot2::scale_shape_manual(values = c("FALSE" = 1, "TRUE" = 16)) +
    ggplot2::scale_linetype_manual(values = c("dashed", "solid"), name = legend$title, labels = legend$labels,
                                   guide = legend$guide) +
    ggplot2::scale_y_continuous(name = "Percentage of the area", labels = percent_labels) +
    x_scale(list(name = "Effective number of respondents", kind = "count"), page[1L] / at$columns - 60,
            expand = ggplot2::expansion(c(0.03, 0.15))) +
    (if (panels > 1L) ggplot2::facet_wrap("panel", ncol = at$columns, labeller = ggplot2::as_labeller(strips))) +
    ggplot2::labs(title = title$text, caption = caption, alt = funnel_alt(frame, pieces, info)) + plot_theme()
}

funnel_alt <- function(frame, title, info) {
  out <- frame[frame$outside, ]
  named <- paste0(trimws(out$label), " (", format_percent(out$estimate, 0L), "%)", recycle0 = TRUE)
  if (length(named) == 0L) named <- "none"
  paste0("Funnel plot. ", paste(title, collapse = " "), ". ", counted(nrow(frame), "area"), "; outside the ",
         percent_limit(info$limits[1L]), " limits: ", paste(named, collapse = ", "), ".")
}

# The side of its point on which a name has room, or none: a name that would run over a point or another name is left out;
# print() has all.
place_names <- function(frame, wide, high) {
  frame$side <- 0
  span <- c(1.18 * max(1, diff(range(frame$n))), 1.1 * max(0.01, diff(range(frame$estimate, 0))))
  x <- ((frame$n - min(frame$n)) / span[1L] + 0.025) * wide
  y <- frame$estimate / span[2L] * high
  taken <- list()
  for (i in order(-abs(frame$estimate - frame$total) * sqrt(frame$n))) {
    if (is.na(frame$label[i])) next
    long <- text_points(frame$label[i], 7.6)
    for (side in c(0, 1)) {
      box <- c(x[i] - side * long, x[i] + (1 - side) * long, y[i] - 5, y[i] + 5)
      near <- frame$panel == frame$panel[i] & seq_along(x) != i
      free <- box[1L] >= 0 && box[2L] <= wide && !any(near & x > box[1L] & x < box[2L] & y > box[3L] & y < box[4L]) &&
        !any(vapply(taken, function(other) {
          other$panel == frame$panel[i] && box[1L] < other$box[2L] && box[2L] > other$box[1L] && box[3L] < other$box[4L] &&
            box[4L] > other$box[3L]
        }, NA))
      if (free) break
    }
    frame$side[i] <- side
    if (free) taken <- c(taken, list(list(panel = frame$panel[i], box = box))) else frame$shown[i] <- NA
  }
  frame
}

# Names of the areas outside the limits, with room for the point on either side.
funnel_labels <- function(rows, info) {
  ifelse(rows$outside > 0, paste0("  ", grid_labels(rows$groups), "  "), NA)
}

# The limits as curves over the effective numbers of respondents of the areas.
funnel_curves <- function(frame, limits) {
  ends <- range(frame$n)
  at <- seq(ends[1L], ends[2L], length.out = 200L)
  each <- unique(frame[c("panel", "total")])
  curves <- lapply(seq_len(nrow(each)), function(i) {
    lapply(limits, function(limit) {
      found <- funnel_limits(each$total[i], at, limit)
      data.frame(panel = each$panel[i], n = rep(at, 2L), share = c(found$low, found$high),
                 side = rep(c("low", "high"), each = 200L), limit = percent_limit(limit))
    })
  })
  curves <- do.call(rbind, unlist(curves, recursive = FALSE))
  curves$limit <- factor(curves$limit, levels = percent_limit(limits[1L:2L]))
  curves
}
