#' Prepare a tally for sending
#'
#' Prepares a tally to be sent from one organisation to another: PSUs lose their names, and a tally in which PSUs are
#' persons, or groups hardly larger, is refused. The sums are unchanged, so that figures of merged tallies are those of
#' the pooled rows: see `vignette("regions")`.
#'
#' @section What is done:
#' * With clusters: PSUs are numbered and put in order by size, `"Organisatie 3: 1"` for the largest. Their names, say of
#'   municipalities, are no longer in the tally. A PSU of which two senders have rows would become two; and two tallies
#'   of one sender cannot be added, as their numbers would be taken for the same PSUs: send all rows in one tally. A PSU
#'   of fewer than `threshold` rows is an error: its sums are nearly those of persons.
#' * Without clusters each row is a PSU, and the sums of squared weights describe persons: a cell of fewer than `threshold`
#'   rows is an error.
#'
#' @section What such a tally still reveals:
#' How many rows each PSU has with each combination of levels, however few, and the sum of their weights; anyone who
#' recognises a PSU by its size, its weights or its answers knows its name. The names of strata and levels stay, as does
#' the condition of a domain (`subset(d, gemeente != "Assen")` names Assen). Small cells cannot be suppressed or rounded:
#' the pooled figures would be wrong, and nobody could see by how much. So a tally is for those who pool it, who may see
#' it by agreement, and not for publication; what they publish goes through [weeg_protect()]. Send the variables of one
#' table only, not the cross-classification of all questions: `weeg_tally(t, ~ a + b)` sums the others out. It is not
#' anonymous data.
#'
#' @param tally A [weeg_tally()].
#' @param sender Who sends it: the first part of the new names of PSUs, which no other sender may use.
#' @param threshold The smallest number of rows of a PSU (without clusters: of a cell).
#' @return The tally. Its estimates are those of `tally`, to the last bit; standard errors too, up to the rounding of
#'   sums in another order of PSUs.
#' @examples
#' mine <- droplevels(subset(openvoorwerk, organisatie == "Organisatie 3"))
#' d <- weeg_design(mine, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' t <- weeg_protect_tally(weeg_tally(d, ~ provider + strengths), "Organisatie 3")
#' head(as.data.frame(t))
#' file <- tempfile(fileext = ".weeg")
#' weeg_write_tally(t, file)
#' @export
weeg_protect_tally <- function(tally, sender, threshold = 10) {
  need_given(tally)
  if (!inherits(tally, "weeg_tally")) abort("argument", "`tally` must be made by weeg_tally()")
  check_unbroken(tally)
  sender <- if (!missing(sender)) bare(sender)
  if (!is.character(sender) || length(sender) != 1L || is.na(sender) || !nzchar(sender)) {
    abort("argument", "`sender` must be one name, such as \"Organisatie 3\"",
          hint = "It keeps the PSUs of several senders apart")
  }
  sender <- as_utf8(as.vector(sender))
  threshold <- check_whole(threshold, "threshold", 2, 1e6)
  if (!is.null(tally$frame$later)) abort("unsupported", "tallies of multistage designs cannot be sent")
  if (!is.null(tally$frame$psu_form)) abort("unsupported", "tallies with joint inclusion probabilities cannot be sent")
  if (is_two_phase(tally$frame)) abort("unsupported", "tallies of designs of two phases cannot be sent")
  if (!is.null(tally$replicates)) abort("unsupported", "replicate weights are by person, and cannot be sent")
  if (length(measures_of(tally)) > 0L) {
    abort("unsupported", "sums of numbers are not protected yet, and cannot be sent",
          hint = "Send the tally of the other variables")
  }
  if (!is.null(tally$calibration)) {
    abort("unsupported", "calibrated tallies cannot be added: send that of the uncalibrated design")
  }
  if (tally$frame$element) {
    check_small_cells(tally, threshold)
    return(tally)
  }
  rows <- sum_by(tally$entries$n, tally$entries$unit + 1L, length(tally$frame$psus))
  small <- which(rows > 0 & rows < threshold)
  if (length(small) > 0L) {
    abort("argument", "PSU ", tally$frame$psus[small[1L]], " has ", counted(rows[small[1L]], "row"), ", fewer than ", threshold,
          " (`threshold`)",
          if (length(small) > 1L) paste0("; ", length(small), " PSUs have so few"),
          hint = paste("Combine it with a PSU of the same stratum before the design is made: standard errors then count them",
                       "as one. Where PSUs are persons, no tally can be sent"))
  }
  seal(number_psus(tally, sender, rows))
}

# PSUs in the order of their rows, and of what is in them where they have as many: that in which they came is that of their names.
number_psus <- function(tally, sender, rows) {
  frame <- tally$frame
  entries <- paste(tally$entries$cell, tally$entries$n, entry_weights(tally))
  held <- split(entries, factor(tally$entries$unit + 1L, seq_along(rows)))
  content <- vapply(held, paste, "", collapse = " ")
  place <- order(-rows, frame$psu_stratum, content, method = "radix")
  tally$entries <- checked(.Call(C_tally_merge, tally, order(place) - 1L, seq_len(tally$cells) - 1L, NULL, NULL, NULL,
                                 length(rows), tally$cells))
  tally$senders <- sender
  tally$frame$psus <- paste0(sender, ": ", seq_along(rows))
  tally$frame$psu_stratum <- frame$psu_stratum[place]
  tally$frame$psu_probability <- frame$psu_probability[place]
  tally
}

check_small_cells <- function(tally, threshold) {
  small <- which(tally$entries$n < threshold)
  if (length(small) == 0L) return(invisible())
  n <- tally$entries$n[small[1L]]
  levels <- cell_levels(tally)[tally$entries$cell[small[1L]] + 1L, , drop = FALSE]
  cell <- paste(vapply(levels, as.character, ""), collapse = ", ")
  abort("argument", "the cell ", cell, " of stratum ", tally$frame$strata[tally$entries$unit[small[1L]] + 1L], " has ",
        counted(n, "row"), ", fewer than ", threshold, " (`threshold`)",
        if (length(small) > 1L) paste0("; ", length(small), " cells have so few"),
        hint = "Without clusters each row is a PSU. Take fewer variables, or combine levels, before the tally is made")
}
