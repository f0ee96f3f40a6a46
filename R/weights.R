#' Weight diagnostics
#'
#' The distribution of the weights, the precision lost by unequal weights, and the effect of calibration or trimming on
#' the weights.
#'
#' Kish's design effect 1 + cv^2 is n times the sum of squared weights divided by the square of their sum: the factor by
#' which variances grow because of unequal weights, if these have nothing to do with the answers. It is a property of the
#' weights alone. The design effect of an estimate, which also accounts for strata, clusters and calibration, is in the
#' column `deff` of [weeg_proportion()].
#'
#' `plot()` draws a histogram of the weights; of a calibrated or trimmed design one before and one after.
#'
#' @param data A [weeg_design()], or a survey design. For a domain, its rows.
#' @return A data frame of class `weeg_weights`. One row for the `weights` in use, `"weights"`; of a calibrated or trimmed
#'   design three: `"before"`, `"after"` and their `"ratio"`, of a calibrated design the g-weights. Columns: `weights`, `n`
#'   (rows of non-zero weight), `sum`, `mean`, `cv` (coefficient of variation, with n as divisor), `deff.kish`, `n.effective`
#'   (n divided by `deff.kish`), `largest.share` (the largest weight as a share of the sum), `min`, `q25`, `median`, `q75`,
#'   `max` and `reason`, which says why a number does not exist. `print()` also shows the margins of a calibrated design:
#'   weighted counts of the whole sample before and after, and the targets; `glance()` gives the row in use, with the
#'   iterations and the largest relative deviation from a target.
#' @references Kish (1965), Survey Sampling, section 11.7; Kish (1992), Journal of Official Statistics 8, 183-200.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_weights(d)
#' weeg_weights(weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))))
#' @export
weeg_weights <- function(data) {
  need_given(data)
  if (inherits(data, "weeg_tally")) abort("unsupported", "a tally has sums of weights, not the weights: give the design")
  design <- weeg_design(data)
  after <- row_weights(design, design$weights)
  counted <- after > 0
  if (!is.null(design$domain)) counted <- counted & design$domain != 0
  after <- after[counted]
  rows <- if (is.null(design$changed)) {
    list(weights_row("weights", after))
  } else {
    before <- row_weights(design, design$changed$weights)[counted]
    list(weights_row("before", before), weights_row("after", after), ratio_row(after / before))
  }
  k <- calibration_record(design)
  info <- list(
    bins = lapply(if (is.null(design$changed)) list(weights = after) else list(before = before, after = after), weight_bins),
    data = design$names$data, design = design_text(design), domain = domain_text(design), text = weights_text(design),
    margins = k$margins, iterations = if (is.null(k)) NA_integer_ else k$iterations,
    deviation = if (is.null(k)) NA_real_ else k$deviation
  )
  new_result(do.call(rbind, rows), "weeg_weights", info, c(cv = "divisor n", rows = "of non-zero weight"))
}

# Rows by weight, for a histogram; NULL where there are none.
weight_bins <- function(w) {
  if (length(w) == 0L) return(NULL)
  # of one value, which has no range
  breaks <- if (min(w) == max(w)) w[1L] * c(0.95, 1.05) else pretty(w, 30)
  list(breaks = breaks, counts = tabulate(findInterval(w, breaks, rightmost.closed = TRUE), length(breaks) - 1L))
}

#' The weights of a design
#'
#' The weights in use, trimmed or calibrated ones too, to write them out beside the data.
#'
#' @param object A [weeg_design()] of rows, in memory or of a file.
#' @param ... Not used.
#' @return A number for each row of the data in their order, whatever the domain; 1 for each row where there are no weights.
#' @seealso [weeg_weights()], which describes them.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' raked <- weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5)))
#' openvoorwerk$raked <- weights(raked)
#' sum(openvoorwerk$raked)
#' @rawNamespace S3method(stats::weights, weeg_design)
weights.weeg_design <- function(object, ...) {
  no_dots(...)
  check_unbroken(object)
  as.double(row_weights(object, object$weights))
}

#' @rawNamespace S3method(stats::weights, weeg_imputed)
weights.weeg_imputed <- function(object, ...) {
  each <- lapply(object$designs, stats::weights, ...)
  same <- vapply(each, identical, NA, each[[1L]])
  if (all(same)) return(each[[1L]])
  abort("unsupported", "the weights of data set ", which(!same)[1L], " are others than those of data set 1",
        hint = "Those of one data set: weights(data[[1]])")
}

row_weights <- function(design, weights) {
  source_by_row(design$data, "weights")
  if (is.null(weights)) rep(1, design$rows) else weights
}

weights_text <- function(design) {
  paste(c(design$names$weights, design$changed$text, calibration_record(design)$text), collapse = ", ")
}

weights_row <- function(what, w) {
  n <- length(w)
  if (n == 0L) return(spread_row(what, w, reason = reason_words("no-weights")))
  unit <- w / max(w) # squares stay finite
  deff <- n * sum(unit^2) / sum(unit)^2
  spread_row(what, w, sum = sum(w), mean = mean(w), deff = deff, share = 1 / sum(unit))
}

ratio_row <- function(g) {
  if (length(g) == 0L) return(spread_row("ratio", g, reason = reason_words("no-weights")))
  deff <- mean(g^2) / mean(g)^2
  row <- spread_row("ratio", g, mean = mean(g), deff = deff, reason = reason_words("ratio"))
  row$deff.kish <- row$n.effective <- NA_real_
  row
}

spread_row <- function(what, w, sum = NA_real_, mean = NA_real_, deff = NA_real_, share = NA_real_, reason = NA_character_) {
  n <- length(w)
  ends <- if (n > 0L) stats::quantile(w, c(0, 0.25, 0.5, 0.75, 1), names = FALSE) else rep(NA_real_, 5L)
  data.frame(
    weights = what, n = n, sum = sum, mean = mean, cv = sqrt(max(deff - 1, 0)), deff.kish = deff, n.effective = n / deff,
    largest.share = share, min = ends[1L], q25 = ends[2L], median = ends[3L], q75 = ends[4L], max = ends[5L], reason = reason
  )
}

#' @rdname weeg_tidy
#' @export
glance.weeg_weights <- function(x, ...) {
  info <- info_of_all(x)
  used <- x[x$weights != "ratio", ]
  used <- used[nrow(used), ]
  data.frame(nobs = used$n, deff.kish = used$deff.kish, n.effective = used$n.effective, largest.share = used$largest.share,
             iterations = info$iterations, deviation = info$deviation)
}

#' @rdname weeg_print
#' @export
format.weeg_weights <- function(x, digits = NULL, width = getOption("width"), ...) {
  if (nrow(x) == 0L || !is_complete(x)) return(plain_lines(x))
  width <- line_width(width)
  info <- info_of(x)
  rows <- as.data.frame.weeg_result(x)
  notes <- footnotes(rows$reason[rows$weights != "ratio"], width) # of a ratio the dashes speak for themselves
  columns <- list(
    table_column("", rows$weights, left = TRUE),
    table_column("n", format_count(rows$n)),
    table_column("sum", format_weighted(rows$sum)),
    table_column("min", format_significant(rows$min)),
    table_column("q25", format_significant(rows$q25)),
    table_column("median", format_significant(rows$median)),
    table_column("q75", format_significant(rows$q75)),
    table_column("max", format_significant(rows$max)),
    table_column(c("Kish", "deff"), format_number(rows$deff.kish, 2L)),
    table_column("n eff.", format_count(rows$n.effective)),
    table_column(c("largest", "share %"), format_percent(rows$largest.share, 2L))
  )
  title <- paste0("Weights: ", if (nzchar(info$text)) info$text else "none, so that all are 1")
  c(wrap(title, width), source_lines(info, width), "", table_lines(columns, width), notes$lines,
    margin_lines(info$margins, width), "", convention_lines(x, width))
}

# Weighted counts of the margins before and after, and the targets.
margin_lines <- function(margins, width) {
  if (is.null(margins)) return(NULL)
  unlist(lapply(margins, function(m) {
    c("", table_lines(list(
      table_column(m$label, m$name, left = TRUE), table_column("before", format_weighted(m$before)),
      table_column("after", format_weighted(m$after)), table_column("target", format_weighted(m$value))
    ), width))
  }))
}

#' Trim weights
#'
#' Trims weights at an upper and a lower limit and spreads the excess equally over the other rows, until no weight is
#' outside the limits: the sum of weights is preserved. Extreme weights cost precision; trimming regains it at the price
#' of some bias.
#'
#' Standard errors treat the trimmed weights as fixed. Trim before calibrating, so that the final weights meet the
#' margins; or trim and rake in rounds, until weights are within limits and meet the margins (`weeg_rake(upper = )`); or
#' calibrate within bounds ([weeg_calibrate()]), which keeps factors within limits and meets the margins at once. A
#' calibrated design, one with replicate weights, a domain and a tally are errors of class `weeg_error_unsupported`. Zero
#' weights are kept. The mean weight must lie between the limits, or the sum cannot be
#' preserved: an error of class `weeg_error_argument`.
#'
#' @param data A [weeg_design()] of a data frame, or a survey design.
#' @param upper,lower The largest and the smallest weight.
#' @return The design with trimmed weights. `weeg_weights()` shows the result.
#' @references Potter (1990), Proceedings of the Survey Research Methods Section, ASA, 225-230. The spreading is that of
#'   `survey::trimWeights(strict = TRUE)`.
#' @seealso [weeg_weights()], [weeg_calibrate()]
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_weights(weeg_trim(d, upper = 2))
#' @export
weeg_trim <- function(data, upper = Inf, lower = 0) {
  need_given(data)
  if (is_imputed(data)) return(change_imputed(data, weeg_trim, upper, lower))
  limits <- weight_limits(upper, lower)
  upper <- limits$upper
  lower <- limits$lower
  if (upper == Inf && lower == 0) abort("argument", "there is nothing to trim: give `upper`, `lower` or both")
  design <- calibratable(data, "trimmed")
  all <- row_weights(design, design$weights)
  counted <- all > 0
  w <- all[counted]
  if (length(w) == 0L) abort("weight", "all weights are 0")
  check_mean_weight(w, limits)
  trimmed <- trim_weights(w, upper, lower)
  all[counted] <- trimmed
  cut <- sum(w > upper | w < lower)
  design <- change_weights(design, all)
  design$changed$text <- paste0("trimmed to ", limits$text, " (", format_count(cut),
                                if (cut == 1L) " row)" else " rows)")
  seal(design)
}

# list(upper, lower, text).
weight_limits <- function(upper, lower) {
  limit <- function(x, name) {
    x <- bare(x)
    if (is.numeric(x) && length(x) == 1L && !is.na(x) && x >= 0) return(as.double(x))
    abort("argument", "`", name, "` must be one number of at least 0")
  }
  lower <- limit(lower, "lower")
  upper <- limit(upper, "upper")
  text <- c(if (upper < Inf) paste("at most", format(upper)), if (lower > 0) paste("at least", format(lower)))
  list(upper = upper, lower = lower, text = paste(text, collapse = " and "))
}

check_mean_weight <- function(w, limits) {
  if (mean(w) <= limits$upper && mean(w) >= limits$lower) return(invisible())
  abort("argument", "the mean weight, ", format(mean(w), digits = 4L),
        ", is not between `lower` and `upper`: the sum of weights could not be preserved")
}

# Excess is spread over the rows that never were outside.
trim_weights <- function(w, upper, lower) {
  limited <- logical(length(w))
  repeat {
    outside <- w < lower | w > upper
    if (!any(outside)) return(w)
    limited <- limited | outside
    cut <- pmin(pmax(w, lower), upper)
    if (all(limited)) {
      abort("argument", "`lower` and `upper` are so narrow that no weights are left to absorb the excess",
            hint = "Choose wider limits")
    }
    rest <- sum(w - cut)
    cut[!limited] <- cut[!limited] + rest / sum(!limited)
    w <- cut
  }
}

# New weights, with those before the first change kept.
change_weights <- function(design, weights) {
  if (is.null(design$changed)) design$changed <- list(weights = design$weights, text = NULL)
  add_weights(design, weights, computed = TRUE)
}
