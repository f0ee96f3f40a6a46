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
#' `weeg tally data.csv '~ a + b' --sender "Organisatie 3" -o own.weeg` of the program gives the same file.
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
  unit <- .Call(C_send_units, tally, as.double(threshold))
  if (inherits(unit, "weeg_failure")) refuse_sending(tally, unit, threshold)
  if (tally$frame$element) return(tally)
  frame <- tally$frame
  place <- order(unit)
  tally$entries <- checked(.Call(C_tally_merge, tally, unit, seq_len(tally$cells) - 1L, NULL, NULL, NULL, length(unit),
                                 tally$cells))
  tally$senders <- sender
  tally$frame$psus <- paste0(sender, ": ", seq_along(unit))
  tally$frame$psu_stratum <- frame$psu_stratum[place]
  tally$frame$psu_probability <- frame$psu_probability[place]
  seal(tally)
}

# In words: a small PSU, without clusters a small cell, or what cannot be sent at all.
refuse_sending <- function(tally, failure, threshold) {
  facts <- failure_facts(failure)
  few <- function(what) {
    list(" has ", counted(facts$value, "row"), ", fewer than ", threshold, " (`threshold`)",
         if (failure$count > 1) paste0("; ", failure$count, " ", what, " have so few"))
  }
  if (!is.null(facts$unit)) {
    do.call(abort, c(list("argument", "PSU ", tally$frame$psus[facts$unit]), few("PSUs"), hint = paste(
      "Combine it with a PSU of the same stratum before the design is made: standard errors then count them as one.",
      "Where PSUs are persons, no tally can be sent"
    )))
  }
  if (failure$where >= 0) {
    levels <- cell_levels(tally)[failure$where + 1, , drop = FALSE]
    cell <- paste(vapply(levels, as.character, ""), collapse = ", ")
    said <- list("argument", "the cell ", cell, " of stratum ", tally$frame$strata[facts$stratum])
    do.call(abort, c(said, few("cells"), hint = paste(
      "Without clusters each row is a PSU. Take fewer variables, or combine levels, before the tally is made"
    )))
  }
  abort("unsupported", failure$message)
}
