# Where the rows of a design are. A data frame has them in memory. Any other source (class weeg_source, below one of its own) has
# its columns read when they are asked for, those of a table together, and keeps none. The rest of the package asks through these:
#
#   source_names, source_rows        names of the columns; the number of rows, once any was read
#   source_label, source_title       what results call the data (NULL: nothing), and what errors do
#   source_known                     the data without the rows that have no weight
#   source_begin, source_end         with the columns that a design is made of; without what only its making needed
#   source_ahead                     with the columns of some terms, before these are asked for
#   source_column, source_columns    the values of a column, or of some by their places
#   source_number, source_about      those of a column as numbers; its label, and what it is if not numbers
#   source_frame                     the columns of an expression as a data frame of plain values
#   source_with                      with a column that was computed
#   source_by_row                    an error where something is wanted row by row, but the rows stay where they are
#   source_skipped                   what was left out because it could not be read; NULL: nothing can be
#   source_weights, source_sets      what the data say of themselves: their weights, and their multiple-response sets
#   source_refused                   of which rows a missing value is one that is declared to be missing
#   source_tally                     the tally of a design, without keeping rows; NULL: it cannot be made so
#
# A new source has a constructor that calls new_source(), and a method of
#
#   source_read                      list(rows, columns, skipped, places) of columns by name, in one pass: "weeg_coded" where
#                                    `numbers` is FALSE, doubles where TRUE; NA: numbers with those that are declared missing.
#                                    Rows come in the same order every time, or it is an error. places, where rows have lines:
#                                    list(row, line) of those that are not on the line after that of the row before
#
# and of those above where the answer for a weeg_source (NULL) is not its own. A coded column is list(codes, width, levels,
# ordered, number, plain, declared): codes from 1 in `width` bytes each, 0 for missing; levels as text in order; plain: what they
# stand for in conditions (numbers, logicals or text); declared: which levels stay where no row has them, NULL: none. A source
# that can be tallied while it is read has source_stream() (stream.R); one that makes tallies by itself, as a database does, has a
# source_tally() of its own. tests/testthat/test-source.R has the smallest one.

# columns: their names; title: what errors call it.
new_source <- function(class, title, label, columns, ...) {
  structure(list(title = title, label = label, columns = columns, rows = NA_real_, ahead = list(), ...),
            class = c(class, "weeg_source"))
}

is_source <- function(x) is.data.frame(x) || inherits(x, c("weeg_source", "weeg_database"))

# ---- what there is ---------------------------------------------------------------------------------------------------

source_names <- function(data) UseMethod("source_names")

#' @export
source_names.default <- function(data) names(data)

#' @export
source_names.weeg_source <- function(data) data$columns

source_rows <- function(data) UseMethod("source_rows")

#' @export
source_rows.data.frame <- function(data) nrow(data)

#' @export
source_rows.weeg_source <- function(data) data$rows

source_label <- function(data) UseMethod("source_label")

#' @export
source_label.data.frame <- function(data) {
  name <- attr(data, "name", exact = TRUE)
  if (is.character(name) && length(name) == 1L) name
}

#' @export
source_label.weeg_source <- function(data) data$label

source_title <- function(data) UseMethod("source_title")

#' @export
source_title.data.frame <- function(data) "`data`"

#' @export
source_title.weeg_source <- function(data) data$title

source_skipped <- function(data) UseMethod("source_skipped")

#' @export
source_skipped.default <- function(data) NULL

skipped_count <- function(data) c(attr(source_skipped(data), "count", exact = TRUE), 0)[1L]

source_weights <- function(data) UseMethod("source_weights")

#' @export
source_weights.default <- function(data) NULL

source_sets <- function(data) UseMethod("source_sets")

#' @export
source_sets.default <- function(data) NULL

refuse_no_rows <- function(data) {
  if (source_rows(data) == 0) abort("argument", source_title(data), " has no rows")
}

# An error about rows of a source: with the number of the row among all, and the line where it is written.
error_in_source <- function(e, data) {
  e <- of_all_rows(e, attr(data, "known", exact = TRUE))
  if (!inherits(e, paste0("weeg_error_", c("weight", "missing", "fpc", "nesting"))) || is.null(e$row)) return(e)
  there <- place_in_waves(data, e$row)
  if (is.null(there)) {
    there <- list(title = source_title(data),
                  line = if (is.null(e$line)) line_of(attr(data, "places", exact = TRUE), e$row) else e$line)
  }
  where <- if (!is.null(there$line)) paste("line", there$line) else if (!is.null(there$row)) paste("its row", there$row)
  if (is.null(where)) return(e)
  e$message <- paste0(there$title, ": ", where, ": ", e$message)
  e$line <- there$line
  e
}

# places: as source_read() has them.
line_of <- function(places, row) {
  at <- findInterval(row, places$row)
  if (at > 0L) places$line[at] + row - places$row[at]
}

# ---- columns ---------------------------------------------------------------------------------------------------------

# Arguments whose columns are numbers; those of all others have levels.
number_arguments <- c("weights", "fpc", "repweights")

# terms: lists of terms by the argument that has them.
source_begin <- function(data, terms) UseMethod("source_begin")

#' @export
source_begin.data.frame <- function(data, terms) data

#' @export
source_begin.weeg_source <- function(data, terms) {
  for (argument in names(terms)) for (term in Filter(is.name, terms[[argument]])) column_name(term, data, argument)
  numbers <- names(terms) %in% number_arguments
  joined <- function(lists) unlist(unname(lists), recursive = FALSE)
  data <- source_ahead(data, codes = joined(terms[!numbers]), numbers = joined(terms[numbers]), argument = "data")
  refuse_no_rows(data)
  read <- as.character(names(data$ahead))
  of_number <- startsWith(read, "number:")
  read <- sub("^number:", "", read)
  data$design <- stats::setNames(of_number, read)[!duplicated(read)] # they decide which records of a file are left out
  data
}

source_end <- function(data) UseMethod("source_end")

#' @export
source_end.data.frame <- function(data) without_known(data)

#' @export
source_end.weeg_source <- function(data) {
  data$ahead <- list()
  without_known(data)
}

without_known <- function(data) {
  for (name in intersect(c("known", "omitted", "places"), names(attributes(data)))) attr(data, name) <- NULL
  data
}

# Terms that are wanted as codes or numbers. A column may be wanted as both.
source_ahead <- function(data, codes = list(), numbers = list(), argument) UseMethod("source_ahead")

#' @export
source_ahead.data.frame <- function(data, codes = list(), numbers = list(), argument) data

#' @export
source_ahead.weeg_source <- function(data, codes = list(), numbers = list(), argument) {
  name <- function(term) column_name(term, data, argument)
  there <- function(term) is.name(term) && as.character(term) %in% names(data$ahead)
  computed <- !vapply(numbers, is.name, NA)
  codes <- unlist(lapply(c(codes, numbers[computed]), names_in_term, data), recursive = FALSE)
  code_names <- unique(vapply(Filter(Negate(there), codes), name, ""))
  number_names <- unique(vapply(numbers[!computed], name, ""))
  first <- c(number_names, setdiff(code_names, number_names))
  found <- read_source(data, first, first %in% number_names)
  data$rows <- found$rows
  data$skipped <- found$skipped
  attr(data, "known") <- found$known
  attr(data, "omitted") <- found$omitted
  attr(data, "places") <- found$places
  values <- stats::setNames(found$columns, ifelse(first %in% number_names, number_key(first), first))
  both <- intersect(code_names, number_names)
  if (length(both) > 0L) values[both] <- read_source(data, both, rep(FALSE, length(both)))$columns
  data$ahead[names(values)] <- values
  data
}

# As what is read ahead, a column of numbers is called.
number_key <- function(names) paste0(rep("number:", length(names)), names)

# A source of some rows that are known, by the columns that are asked for.
source_of_columns <- function(source, rows, codes, numbers) {
  source$rows <- rows
  source$ahead <- c(codes, stats::setNames(numbers, number_key(names(numbers))))
  source
}

# The columns that a term needs: itself, or those in an expression.
names_in_term <- function(term, source) {
  if (is.name(term)) list(term) else lapply(intersect(all.vars(term), source$columns), as.name)
}

# The name of a column that a term stands for.
column_name <- function(term, source, argument) {
  if (!is.name(term)) abort("formula", deparse1(term), " (in `", argument, "`) is not the name of a column")
  name <- as.character(term)
  count <- sum(source$columns == name)
  if (count == 0L) abort_unknown(name, source$columns, argument)
  if (count > 1L) abort("variable", "`", name, "` (in `", argument, "`) is the name of ", count, " columns of ", source$title)
  name
}

# The values of a column: of a source coded ones, or numbers for weights and fpc.
source_column <- function(data, term, argument) UseMethod("source_column")

#' @export
source_column.data.frame <- function(data, term, argument) {
  name <- as.character(term)
  refuse_conflicts(data, name)
  count <- sum(names(data) == name)
  if (count > 1L) abort("variable", "the data have several variables `", name, "` (in `", argument, "`)")
  if (count == 0L) abort_unknown(name, names(data), argument)
  value_of_rows(.subset2(data, name), name, data, argument, codes = FALSE)
}

#' @export
source_column.weeg_source <- function(data, term, argument) {
  number <- argument %in% number_arguments
  if (!number && as.character(term) %in% names(data$ahead)) return(data$ahead[[as.character(term)]])
  name <- column_name(term, data, argument)
  key <- if (number) number_key(name) else name
  if (!key %in% names(data$ahead)) {
    data <- source_ahead(data, codes = if (!number) list(term), numbers = if (number) list(term), argument = argument)
  }
  data$ahead[[key]]
}

# Numbers, of which sums are wanted; of an expression what it gives.
source_number <- function(data, term, envir) UseMethod("source_number")

#' @export
source_number.default <- function(data, term, envir) evaluate(term, data, envir, "formula")

#' @export
source_number.weeg_source <- function(data, term, envir) {
  if (!is.name(term)) return(evaluate(term, data, envir, "formula"))
  name <- column_name(term, data, "formula")
  about <- source_about(data, name)
  if (!is.null(about$kind)) abort_no_number(name, about$kind)
  if (!number_key(name) %in% names(data$ahead)) data <- source_ahead(data, numbers = list(term), argument = "formula")
  structure(data$ahead[[number_key(name)]], label = about$label)
}

# list(label, kind): NULL where there is none, and where it is a number.
source_about <- function(source, name) UseMethod("source_about")

#' @export
source_about.default <- function(source, name) list()

# Columns by their places, with names.
source_columns <- function(data, at, argument) UseMethod("source_columns")

#' @export
source_columns.data.frame <- function(data, at, argument) as.list(data)[at]

#' @export
source_columns.weeg_source <- function(data, at, argument) {
  lapply(stats::setNames(nm = data$columns[at]), function(name) source_column(data, as.name(name), argument))
}

# The columns that an expression names.
source_frame <- function(data, expression, envir, argument) UseMethod("source_frame")

#' @export
source_frame.data.frame <- function(data, expression, envir, argument) {
  refuse_conflicts(data, all.vars(expression))
  data
}

#' @export
source_frame.weeg_source <- function(data, expression, envir, argument) {
  names <- intersect(all.vars(expression), data$columns)
  check_names_in(expression, data$columns, envir, argument)
  plain_frame(source_ahead(data, codes = lapply(names, as.name), argument = argument), names)
}

# Columns that were read, as a data frame of numbers, logicals and text.
plain_frame <- function(source, names) {
  values <- lapply(stats::setNames(nm = names), function(name) {
    column <- source$ahead[[name]]
    column$size <- length(column$levels)
    values <- column$plain[column_codes(column)]
    if (is.null(column$kind)) return(values)
    seen_labelled(values, column$labels, column$missing_labels, name, kind_class(column$kind), column$missing_ranges)
  })
  structure(values, class = "data.frame", row.names = .set_row_names(source$rows))
}

source_by_row <- function(data, what) UseMethod("source_by_row")

#' @export
source_by_row.default <- function(data, what) invisible()

source_with <- function(data, name, values) UseMethod("source_with")

#' @export
source_with.data.frame <- function(data, name, values) {
  data[[name]] <- values
  data
}

#' @export
source_with.weeg_source <- function(data, name, values) {
  data$ahead[[name]] <- values
  data
}

# codes: of each term's column, NA for missing; wanted: of which columns it matters. A list of logical vectors, or FALSE: no row.
source_refused <- function(data, terms, codes, wanted, envir) UseMethod("source_refused")

#' @export
source_refused.data.frame <- function(data, terms, codes, wanted, envir) {
  Map(function(term, codes) {
    x <- evaluate(term, data, envir, "formula")
    if (inherits(x, "haven_labelled")) is.na(codes) & !is.na(as.vector(unclass(x))) else FALSE
  }, terms, codes)
}

#' @export
source_refused.weeg_source <- function(data, terms, codes, wanted, envir) rep(list(FALSE), length(terms))

# ---- rows with a weight ----------------------------------------------------------------------------------------------

# The attributes "known" (numbers of the rows that stay, among all) and "omitted" (how many do not) are there where any was left
# out; of a weeg_source once it was read.
source_known <- function(data, weights) UseMethod("source_known")

#' @export
source_known.data.frame <- function(data, weights) {
  missing <- is.na(design_weights(weights, data))
  if (!any(missing)) return(data)
  if (all(missing)) abort("weight", "the weight is missing in every row")
  known <- which(!missing)
  structure(keep_rows(data, known), known = known, omitted = sum(missing))
}

#' @export
source_known.weeg_source <- function(data, weights) {
  term <- plus_terms(weights[[2L]])
  if (length(term) != 1L || !is.name(term[[1L]])) {
    abort("formula", "of a file, na_weights = \"omit\" needs `weights` that are one column, not ", deparse1(weights[[2L]]))
  }
  data$known_by <- column_name(term[[1L]], data, "weights")
  data
}

# source_read(), of the rows with a weight where only these are wanted.
read_source <- function(source, names, numbers) {
  found <- if (is.null(source$known_by)) source_read(source, names, numbers) else read_known(source, names, numbers)
  found$columns <- lapply(found$columns, function(column) {
    if (!is.list(column)) return(column)
    if (!is.null(source$known_by)) column <- drop_unseen(column)
    column$declared <- NULL
    column
  })
  found
}

read_known <- function(source, names, numbers) {
  weight <- source$known_by
  at <- which(names == weight & numbers %in% TRUE)[1L]
  if (!is.na(at)) {
    found <- source_read(source, names, numbers)
    weights <- found$columns[[at]]
  } else if (weight %in% names) {
    found <- source_read(source, names, numbers)
    weights <- source_read(source, weight, TRUE)$columns[[1L]]
  } else {
    found <- source_read(source, c(names, weight), c(numbers, TRUE))
    weights <- found$columns[[length(names) + 1L]]
    found$columns <- found$columns[seq_along(names)]
  }
  known <- which(!is.na(weights))
  if (length(known) == 0L && length(weights) > 0L) abort("weight", source$title, ": the weight is missing in every row")
  found$omitted <- length(weights) - length(known)
  if (found$omitted > 0L) {
    found$rows <- as.double(length(known))
    found$columns <- lapply(found$columns, function(column) if (is.list(column)) keep_codes(column, known) else column[known])
    found$known <- known
  }
  found
}

# Columns by name, in one pass.
source_read <- function(source, names, numbers) UseMethod("source_read")

# The tally of a design; terms: its variables; arguments: of source_design(); measures: names of terms, as make_tally() has them.
source_tally <- function(data, terms, arguments, measures = NULL) UseMethod("source_tally")

#' @export
source_tally.default <- function(data, terms, arguments, measures = NULL) NULL

#' @export
source_tally.weeg_source <- function(data, terms, arguments, measures = NULL) {
  plan <- stream_plan(data, terms, arguments, measures)
  found <- if (!is.null(plan) && identical(arguments$na_weights, "fail")) source_stream(data, plan)
  if (!is.null(found)) finish_stream(data, terms, arguments[names(formals(make_design))[-1L]], plan, found)
}

# What the core makes of the rows by codes, as glue_stream() gives it; NULL: it cannot.
source_stream <- function(source, plan) UseMethod("source_stream")

#' @export
source_stream.default <- function(source, plan) NULL

# ---- files -----------------------------------------------------------------------------------------------------------

# The source that a path is of; given: options for reading it.
open_path <- function(path, given = list(), wave = NULL, panel = FALSE) {
  wave <- check_wave(wave, panel)
  if (!is.null(wave)) return(open_waves(path, given, wave, isTRUE(bare(panel))))
  if (!is_sav(path) && !is_parquet(path)) return(open_csv(path, do.call(csv_options, given, quote = TRUE)))
  refuse_csv_options(path, names(given))
  if (is_sav(path)) open_sav(path) else open_parquet(path)
}

# The source of a path by options that a function has in its dots.
open_file <- function(path, given, wave = NULL, panel = FALSE) {
  name <- names(given)
  unknown <- if (is.null(name)) rep("...", length(given)) else setdiff(name, names(formals(csv_options)))
  if (length(unknown) > 0L) abort_unknown_argument(unknown)
  open_path(path, given, wave, panel)
}

# What is known of a file before it is opened.
new_file <- function(path, class) {
  path <- one_path(path, "data", "the path of one CSV file", hint = if (is.matrix(path) || length(path) > 1L) data_hint(path))
  about <- file.info(path.expand(path), extra_cols = FALSE)
  if (is.na(about$size)) abort("file", "there is no file ", path)
  if (about$isdir) abort("file", path, " is a folder, not a file")
  if (!.Call(C_file_regular, path)) {
    abort("file", path, " is a pipe or a device, not a file",
          hint = "A file is read more than once: save what comes from it first")
  }
  new_source(class, path, basename(path), NULL, path = path, size = about$size, mtime = about$mtime, options = list(),
             skipped = NULL)
}

check_unchanged <- function(file) {
  if (!is.null(file$files)) return(invisible(lapply(file$files, check_unchanged)))
  now <- file.info(path.expand(file$path), extra_cols = FALSE)
  if (is.na(now$size)) abort("file", "there is no file ", file$path, " any more")
  if (now$size != file$size || now$mtime != file$mtime) {
    abort("file", file$path, " has changed since the design was made", hint = "Make the design again")
  }
}

# Whether long reads say how far they are.
show_progress <- function() {
  asked <- getOption("weeg.progress", interactive())
  is.logical(asked) && length(asked) == 1L && !is.na(asked) && asked
}
