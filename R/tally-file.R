#' Tallies in files
#'
#' Writes a tally to a file, and reads it back. Such a file holds everything needed for estimation, and no microdata: an
#' organisation can send its tally, and the tallies of several can be added with `+`.
#'
#' @section What is in a file, and what it reveals:
#' Counts and sums of weights per PSU and cell, of numbers on the left of the tally's formula sums of weight times value, the
#' names and labels of variables, strata and PSUs (of all stages that
#' count), the sample sizes and the population sizes of the strata, the rules of the design, and the name of the data.
#' Small cells are included as they are: where PSUs are persons, and in small PSUs, a tally is as sensitive as the data,
#' and so are the labels. A new file can be read by its owner only (mode 0600).
#'
#' The format is documented in `weeg.h`, has a version, is the same on all machines, and ends with a checksum. A file is
#' written under another name in the same folder, synced to the disk and then renamed: whatever happens, the old file or the
#' complete new one is there. Reading checks everything: a file that is damaged, truncated or forged inconsistently is an
#' error of class `weeg_error_file`, and never gives numbers that could not have been written.
#'
#' Tallies of designs with calibrated or replicate weights cannot be written: an error of class `weeg_error_unsupported`.
#'
#' @param tally A [weeg_tally()].
#' @param path The name of the file, such as `"tally.weeg"`. A file to be written must end in `.weeg` or have no extension.
#' @return `weeg_write_tally()`: `tally`, invisibly. `weeg_read_tally()`: the tally, which gives the same numbers to the last
#'   bit.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' file <- tempfile(fileext = ".weeg")
#' weeg_write_tally(weeg_tally(d, ~ provider + strengths), file)
#' weeg_test(weeg_read_tally(file), strengths ~ provider)
#' @export
weeg_write_tally <- function(tally, path) {
  need_given(tally, path)
  if (!inherits(tally, "weeg_tally")) abort("argument", "`tally` must be made by weeg_tally()")
  check_unbroken(tally)
  path <- one_path(path, "path")
  ending <- sub("^.+?([.][^.]*)?$", "\\1", basename(path), perl = TRUE)
  if (!tolower(ending) %in% c("", ".weeg")) {
    abort("argument", "`path` must end in .weeg, or have no ending: a tally is no ", ending, " file")
  }
  refuse <- function(...) abort("unsupported", "a tally file cannot hold ", ...)
  if (!is.null(tally$calibration)) refuse("calibrated weights", hint = "Write the tally of the design before calibration")
  if (!is.null(tally$replicates)) refuse("replicate weights")
  if (is_two_phase(tally$frame)) refuse("designs of two phases", hint = "saveRDS() keeps them")
  if (!is.null(tally$frame$psu_form)) refuse("joint inclusion probabilities", hint = "saveRDS() keeps them")
  checked(.Call(C_tally_write, tally, tally_notes(tally), path))
  invisible(tally)
}

#' @rdname weeg_write_tally
#' @export
weeg_read_tally <- function(path) {
  need_given(path)
  path <- one_path(path, "path")
  found <- checked(.Call(C_tally_read, path))
  names(found$variables) <- vapply(found$variables, `[[`, "", "name")
  twice <- anyDuplicated(names(found$variables))
  if (twice > 0L) abort("file", path, " has two variables ", names(found$variables)[twice])
  notes <- split_notes(found$notes)
  note <- function(key) if (length(notes[[key]]) > 0L) notes[[key]][1L]
  conventions <- note("conventions")
  if (!is.null(conventions)) conventions <- one_of(conventions, profiles$profile, paste0("conventions (", path, ")"))
  frame <- found$frame
  frame$df <- df_rules[frame$df + 1L]
  if (length(found$later) > 0L) frame$later <- lapply(found$later, function(stage) Filter(Negate(is.null), stage))
  frame <- c(frame, list(conventions = conventions, lonely_asked = identical(note("lonely_asked"), "yes")))
  names <- lapply(stats::setNames(nm = c("data", "weights", "strata", "cluster", "fpc", "omitted")), note)
  tally <- new_tally(found$variables, found$entries, frame, found$cells, names, lapply(notes$condition, as_condition))
  tally$senders <- notes$sender
  seal(tally)
}

# The name of a file; no system has longer ones than 4095 bytes.
one_path <- function(path, argument, what = "the name of one file", hint = NULL) {
  path <- bare(path)
  one <- is.character(path) && length(path) == 1L && !is.na(path) && nzchar(path)
  if (one && nchar(path, "bytes") < 4096L) return(native_path(as_utf8(as.vector(path))))
  abort("argument", "`", argument, "` must be ", what, if (one) ", not a text of more than 4095 bytes", hint = hint)
}

# In UTF-8; in a locale that has not all of its letters (that named C has few) its bytes, as names of files are bytes.
native_path <- function(path) {
  if (is.na(iconv(path, "UTF-8", ""))) Encoding(path) <- "unknown"
  path
}

# Keys and values by turns.
tally_notes <- function(tally) {
  frame <- tally$frame
  notes <- c(
    list(conventions = frame$conventions, lonely_asked = if (isTRUE(frame$lonely_asked)) "yes" else "no"),
    tally$names, lapply(stats::setNames(tally$conditions, rep("condition", length(tally$conditions))), deparse1),
    stats::setNames(as.list(tally$senders), rep("sender", length(tally$senders)))
  )
  notes <- Filter(function(note) length(note) > 0L, notes)
  c(rbind(names(notes), vapply(notes, function(note) paste(note, collapse = " + "), "")))
}

split_notes <- function(notes) {
  odd <- seq_along(notes) %% 2L == 1L
  split(notes[!odd], notes[odd])
}

# Of a text that is only shown and compared, never evaluated.
as_condition <- function(text) tryCatch(str2lang(text), error = function(e) as.name(text))
