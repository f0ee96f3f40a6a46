#' Designs of SPSS files
#'
#' `weeg_design()` takes the path of an SPSS file (.sav, .zsav or .por) in place of a data frame. As with CSV files (see
#' [weeg_csv]), the file is never in memory as a whole: the variables of the design are read when it is made and kept in
#' narrow codes, those of a table when a verb needs them. Results are the same as for the data frame that
#' `haven::read_sav(user_na = TRUE)` reads from the file.
#'
#' @section What is read as what:
#' Value labels are the levels, in order of the values, and values without a label are levels by themselves. System-missing
#' and user-missing values are missing. Trailing blanks of texts are dropped. Variable labels are titles. A variable with
#' measurement level ordinal in SPSS is ordered, so that tests for ordered answers accept it; and so are numbers of which
#' some values have no label, or whose labels have increasing numbers ("round 1", "round 2").
#'
#' Dates (formats DATE, ADATE, EDATE, SDATE, JDATE), dates with a time (DATETIME, YMDHMS) and times (TIME, DTIME, MTIME)
#' are read as such, as `haven::read_sav()` does for most of them; months, quarters and weeks (MOYR, QYR, WKYR) are
#' dates, of their first day. In `subset()`, conditions refer to values or labels: `leeftijd < 36`, `provincie == 4`,
#' `provincie == "Drenthe"`, `day > as.Date("2020-12-31")`; see [subset.weeg_design()].
#'
#' By default the weight variable stored in the file (WEIGHT BY in SPSS), if any, is used; the print of the design names
#' it. `weights = ~1` turns weighting off. Filters and split files are ignored.
#'
#' @section Multiple-response sets:
#' A set (MRSETS in SPSS) stands for its variables in [weeg_multiple()]: `weeg_multiple(d, media ~ town)` uses the set
#' $media. In a set of dichotomies, an item is named where the variable has the set's counted value. The file does not
#' record whether blanks mean "not named": if they do, give `unnamed = "blank"`. `weeg describe` of the program lists the
#' sets.
#'
#' @section Damaged files:
#' Files are read by ReadStat (Miller and contributors), in a process of its own: a damaged or malicious file cannot
#' crash R, but is an error of class `weeg_error_file`. The package must have been built with ReadStat (Debian:
#' libreadstat-dev); if not, the error says so.
#' @name weeg_sav
#' @seealso [weeg_design()], [weeg_csv]
#' @examplesIf requireNamespace("haven", quietly = TRUE)
#' path <- tempfile(fileext = ".sav")
#' haven::write_sav(openvoorwerk[c("gewicht", "ronde", "gemeente", "strengths", "provider")], path)
#' d <- try(weeg_design(path, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente))
#' if (!inherits(d, "try-error")) weeg_test(d, strengths ~ provider)
#' unlink(path)
NULL

is_sav <- function(path) length(path) == 1L && grepl("[.](z?sav|por)$", path, ignore.case = TRUE)

# Those of the file where none are given.
#' @export
source_weights.weeg_sav <- function(data) {
  if (!is.null(data$weight)) stats::as.formula(call("~", as.name(data$weight)), baseenv())
}

#' @export
source_sets.weeg_sav <- function(data) data$sets

refuse_csv_options <- function(path, given) {
  if (length(given) == 0L) return(invisible())
  abort("argument", "`", given[1L], "` is for CSV files, but ", path[1L], " is ",
        if (is_sav(path)) "an SPSS file" else "a Parquet file")
}

# As open_csv(); text: whether each variable holds text; labels, kind: its label (NA: none), and what its numbers are; weight:
# the name of the file's weight variable, or NULL; sets: its
# multiple-response sets.
open_sav <- function(path) {
  file <- new_file(path, "weeg_sav")
  found <- checked(.Call(C_sav_open, file$path, thread_count()))
  file$columns <- found$names
  file[c("text", "labels", "kind")] <- found[c("text", "label", "kind")]
  file$sets <- lapply(found$sets, function(set) {
    set$variables <- found$names[set$variables]
    set
  })
  if (found$weight > 0L) file$weight <- found$names[found$weight]
  file
}

# Without names, one variable is read to count the rows.
#' @export
source_read.weeg_sav <- function(source, names, numbers) {
  check_unchanged(source)
  at <- match(names, source$columns)
  text <- which(numbers & source$text[at])
  if (length(text) > 0L) abort("variable", names[text[1L]], " is text, not a number")
  count_only <- length(at) == 0L
  if (count_only && length(source$columns) == 0L) abort("argument", source$path, " has no variables")
  found <- checked(.Call(C_sav_read, source$path, if (count_only) 1L else at, if (count_only) FALSE else as.logical(numbers),
                         show_progress(), thread_count()))
  check_unchanged(source)
  columns <- if (!count_only) lapply(found$columns, function(column) if (is.list(column)) sav_column(column) else column)
  list(rows = found$rows, columns = columns)
}

# A variable as code_column() has labelled columns: what levels stand for where they do not say it.
sav_column <- function(found) {
  if (isTRUE(found$number)) found <- c(found, said_values(found$plain, found$levels))
  found$from_codes <- length(found$labels) > 0L
  found$declared <- found$plain %in% found$labels
  new_coded(found)
}

# Text has no missing values but declared ones; of numbers they are read again.
#' @export
source_refused.weeg_sav <- function(data, terms, codes, wanted, envir) {
  refused <- rep(list(FALSE), length(terms))
  at <- match(vapply(terms, function(term) if (is.name(term)) as.character(term) else "", ""), data$columns)
  wanted <- wanted & !is.na(at)
  text <- data$text[at]
  refused[wanted & text %in% TRUE] <- lapply(codes[wanted & text %in% TRUE], is.na)
  again <- which(wanted & text %in% FALSE)
  if (length(again) == 0L) return(refused)
  numbers <- read_source(data, data$columns[at[again]], rep(NA, length(again)))$columns
  refused[again] <- Map(function(number, codes) is.na(codes) & !is.na(number), numbers, codes[again])
  refused
}

# A text that is wanted as a number is an error of the design, and so is a date of which a mean is wanted.
#' @export
source_stream.weeg_sav <- function(source, plan) {
  measured <- plan$columns[plan$variable[plan$measured] + 1L]
  if (!any(source$text[plan$columns[plan$numbers]], source$kind[measured] != "number")) stream_file(source, NULL, plan)
}

#' @export
source_about.weeg_sav <- function(source, name) {
  at <- match(name, source$columns)
  list(label = if (!is.na(source$labels[at])) source$labels[at],
       kind = if (source$text[at]) "text" else if (source$kind[at] != "number") paste("a", source$kind[at]))
}
