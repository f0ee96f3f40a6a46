# Designs with replicate weights, calibrated: the weights of each replicate are calibrated as those of the sample are, and
# variances follow from the replicates alone.

# The design, which has the record of its calibration, with calibrated replicates and that record beside them. weights: those
# before; column, value: the margins as C_calibrate() takes them.
calibrate_replicates <- function(design, weights, column, value, method, bounds) {
  r <- design$replicates
  k <- design$calibration
  count <- length(r$rscales)
  check_size(count, design$rows, "rows")
  size <- length(k$g)
  place <- match(k$code, seq_len(size), size + 1L)
  choice <- match(method, calibration_methods) - 1L
  calibrated <- lapply(seq_len(count), function(i) {
    w <- weights_of_replicate(design, weights, i)
    total <- as.vector(rowsum(c(w, numeric(size + 1L)), c(place, seq_len(size + 1L))))
    if (any(w[place > size] != 0)) {
      row <- which(place > size & w != 0)[1L]
      abort("calibration", "row ", in_row(row), " has no weight, but one in replicate ", i, ", and cannot be calibrated",
            where = row)
    }
    kept <- which(total[seq_len(size)] != 0)
    g <- factors_of_replicate(column[, kept, drop = FALSE], total[kept], value, choice, bounds, i)
    factors <- rep(1, size + 1L)
    factors[kept] <- g
    w * factors[place]
  })
  names(calibrated) <- if (is.null(r$columns)) as.character(seq_len(count)) else names(r$columns)
  r[c("multipliers", "rank", "columns", "combined")] <- NULL
  design$replicates <- c(list(columns = calibrated, combined = TRUE), r)
  design$calibrated <- k[c("margins", "iterations", "deviation", "how", "text")]
  design$calibration <- NULL
  design
}

weights_of_replicate <- function(design, weights, i) {
  r <- design$replicates
  base <- if (is.null(weights)) rep(1, design$rows) else weights
  if (is.null(r$columns)) return(base * r$multipliers[i, column_codes(design$unit)])
  if (r$combined) as.double(r$columns[[i]]) else base * r$columns[[i]]
}

factors_of_replicate <- function(column, total, value, choice, bounds, i) {
  refuse <- function(...) {
    abort("calibration", "the margins cannot be met with the weights of replicate ", i, ..., hint = paste(
      "Combine levels of few rows, of which a replicate may leave out all, or make replicates that leave out none (\"fay\")"))
  }
  absent <- setdiff(which(value > 0) - 1L, column)
  if (length(absent) > 0L) refuse(", in which a level has no weight")
  fit <- .Call(C_calibrate, as.integer(column), total, value, choice, bounds)
  if (inherits(fit, "weeg_failure") && fit$code == "interrupt") checked(fit)
  if (inherits(fit, "weeg_failure") || !fit$converged) refuse()
  fit$g
}

# The record of a calibration, whether variances account for it by residuals or by replicates.
calibration_record <- function(design) if (is.null(design$calibration)) design$calibrated else design$calibration
