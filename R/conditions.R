#' Errors
#'
#' Every error that weeg raises has class `weeg_error` and one class that says what kind it is, so that a program can
#' catch it: `weeg_error_argument` (an argument has a wrong value), `weeg_error_variable` (a variable isn't there, or
#' cannot be used), `weeg_error_formula`, `weeg_error_weight`, `weeg_error_missing` (a stratum, PSU or fpc is missing),
#' `weeg_error_nesting` (a PSU occurs in several strata), `weeg_error_fpc`, `weeg_error_lonely` (a stratum has one PSU),
#' `weeg_error_tally` (tallies that cannot be added), `weeg_error_calibration` (margins that cannot be met),
#' `weeg_error_file` (a file cannot be read), `weeg_error_csv` (a CSV file is malformed), `weeg_error_study` (a codebook that
#' cannot be used, or does not fit the data), `weeg_error_database` (a database refuses a query, or has no such table),
#' `weeg_error_unsupported`,
#' `weeg_error_too_large`, `weeg_error_memory`, `weeg_error_numeric` and `weeg_error_package` (a suggested package is
#' needed).
#' The condition has elements `message`, `call`, `where` (row, stratum or PSU number, where it applies) and `hint`; of a
#' file also `line` and `column`. What is known of the fault is there as data too: `row`; `unit`, `stratum` and `other`, the
#' labels of a PSU and of two strata; `stage`; `value` and `limit`, how many units are in the sample and in the population.
#'
#' An estimate that does not exist is not an error: it is `NA`, and the column `reason` says why; [weeg_reason_code()] gives that
#' as codes.
#'
#' @name weeg_error
#' @examples
#' tryCatch(
#'   weeg_design(data.frame(w = c(1, -1)), weights = ~w),
#'   weeg_error_weight = function(e) e$where
#' )
NULL

# Raises an error of class weeg_error_<kind>. The call is the user's: that of the exported function. A hint may have several
# lines. facts: what is known of the fault, a list. A row, as in_row(), may be said again as another (of_all_rows()).
abort <- function(kind, ..., hint = NULL, where = NULL, line = NULL, column = NULL, facts = NULL, call = user_call()) {
  if (!is.null(hint)) hint <- paste(cut_middle(visible(hint), 600L), collapse = "\n  ")
  said <- list(...)
  row <- Filter(function(piece) inherits(piece, "weeg_row"), said)
  if (length(row) > 0L) facts$row <- as.numeric(unclass(row[[1L]]))
  about <- list(message = condition_text(said, hint), call = call, where = where, line = line, column = column, hint = hint)
  stop(structure(class = c(paste0("weeg_error_", kind), "weeg_error", "error", "condition"),
                 c(about, facts[setdiff(names(facts), names(about))], list(said = said))))
}

condition_text <- function(said, hint) {
  message <- do.call(message_text, said)
  if (is.null(hint)) message else paste0(message, ".\n  ", hint)
}

in_row <- function(row) structure(sprintf("%.0f", row), class = "weeg_row")

# A warning of class weeg_warning_<kind>.
warn <- function(kind, ..., call = user_call()) {
  warning(structure(class = c(paste0("weeg_warning_", kind), "weeg_warning", "warning", "condition"),
                    list(message = message_text(...), call = call)))
}

# A message about what is done.
tell <- function(...) message(message_text(...))

# Texts from data have no bound: where a message gets long, its long pieces are cut.
message_text <- function(...) {
  text <- as_utf8(visible(paste0(...)))
  if (all(nchar(text) <= 800L)) return(text)
  cut_middle(do.call(paste0, lapply(list(...), function(piece) cut_middle(as_utf8(visible(piece)), 240L))), 1600L)
}

cut_middle <- function(text, most) {
  long <- nchar(text) > most
  ends <- substring(text[long], nchar(text[long]) - most %/% 2L + 3L)
  replace(text, long, paste0(substr(text[long], 1L, most %/% 2L - 3L), " ... ", ends))
}

# The call of the outermost weeg function on the stack.
user_call <- function() {
  calls <- as.list(sys.calls()) # all at once: a look at frame i walks along the others, and they are many in a report
  for (i in seq_along(calls)) {
    name <- calls[[i]][[1L]]
    if (is.call(name) && length(name) == 3L) name <- name[[3L]]
    if (is.name(name) && is_verb(as.character(name)) && identical(environment(sys.function(i)), topenv())) {
      return(calls[[i]])
    }
  }
  NULL
}

is_verb <- function(name) startsWith(name, "weeg_") || startsWith(name, "as_weeg_")

# Passes a result of the core on, or raises the condition that its failure describes.
checked <- function(result, hints = list(), before = NULL) {
  if (!inherits(result, "weeg_failure")) return(result)
  kind <- result$code
  if (kind == "interrupt") {
    if (!is.null(result$objection)) stop(result$objection) # of a time limit, say
    # the same condition as Ctrl-C anywhere else in R
    signalCondition(structure(class = c("interrupt", "condition"), list(message = "", call = NULL)))
    invokeRestart("abort")
  }
  said <- c(before, failure_words(result))
  if (result$count > 1) said <- c(said, list("; ", result$count, " rows have this problem"))
  at <- list(hint = hints[[kind]], where = if (result$where >= 0) result$where + 1, facts = failure_facts(result),
             line = if (isTRUE(result$line > 0)) result$line, column = if (isTRUE(result$column > 0)) result$column)
  do.call(abort, c(list(kind), said, at))
}

# What a failure of the core says, with its row as one that can be said again.
failure_words <- function(failure) {
  facts <- failure$facts
  if (is.null(facts) || is.na(facts$row) || is.na(facts$subject) || !is.na(facts$number)) return(list(failure$message))
  list("the ", facts$subject, " in row ", in_row(facts$row), " ", facts$words)
}

# Those facts that there are.
failure_facts <- function(failure) {
  facts <- failure$facts[c("row", "stratum", "other", "unit", "stage", "value", "limit")]
  Filter(function(x) length(x) == 1L && !is.na(x), facts)
}

# Checks a suggested package and says what it is for.
need_package <- function(package, purpose) {
  if (requireNamespace(package, quietly = TRUE)) return(invisible())
  abort("package", "package ", package, " is needed ", purpose, hint = paste0("install.packages(\"", package, "\")"))
}

# An argument is its values: classes of others may have methods that stop or mislead.
bare <- function(value) {
  if (is.factor(value)) return(value) # whose numbers are no numbers
  if (is.object(value) && (is.atomic(value) || (is.list(value) && !is.data.frame(value)))) unclass(value) else value
}

# Stops with the first of these arguments that the caller was not given.
need_given <- function(...) {
  frame <- parent.frame()
  for (argument in as.list(sys.call())[-1L]) {
    if (eval(as.call(list(base::missing, argument)), frame)) {
      abort("argument", "`", as.character(argument), "` is missing: it has to be given")
    }
  }
}

one_of <- function(value, choices, argument) {
  design <- is_design(value)
  value <- bare(value)
  if (is.character(value) && length(value) == 1L && value %in% choices) return(as.vector(value))
  abort("argument", "`", argument, "` must be one of ", paste0("\"", choices, "\"", collapse = ", "),
        if (is.character(value) && length(value) == 1L) paste0(", not \"", value, "\""),
        if (design) ", not a design: was it given twice?")
}

# Some of many: R cuts long messages off.
listed <- function(items, between = ", ", most = 12L) {
  more <- length(items) - most
  if (more < 2L) return(paste(items, collapse = between))
  paste0(paste(utils::head(items, most), collapse = between), between, "... (", format_count(more), " more)")
}

check_level <- function(level) {
  level <- bare(level)
  if (is.numeric(level) && length(level) == 1L && !is.na(level) && level > 0 && level < 1) return(as.double(level))
  abort("argument", "`level` must be one number between 0 and 1, such as 0.95")
}

check_flag <- function(value, argument) {
  value <- bare(value)
  if (is.logical(value) && length(value) == 1L && !is.na(value)) return(value)
  abort("argument", "`", argument, "` must be TRUE or FALSE")
}

check_whole <- function(value, argument, least, most = Inf) {
  value <- bare(value)
  whole <- is.numeric(value) && length(value) == 1L && is.finite(value) && value == floor(value)
  if (whole && value >= least && value <= most) return(as.vector(value))
  range <- if (is.finite(most)) paste(", between", least, "and", format_count(most)) else {
    if (is.finite(least)) paste(",", least, "or more")
  }
  abort("argument", "`", argument, "` must be one whole number", range)
}

check_positive <- function(value, argument) {
  value <- bare(value)
  # not so far from 1 that what is multiplied or divided by it is no number any more
  if (is.numeric(value) && length(value) == 1L && is.finite(value) && value > 1e-100 && value < 1e100) return(as.vector(value))
  abort("argument", "`", argument, "` must be one positive number")
}
