#' Designs of CSV files
#'
#' `weeg_design()` takes the path of a CSV file in place of a data frame. The file is never in memory as a whole: the
#' variables of the design are read when it is made and kept in narrow codes, those of a table when a verb needs them.
#' Results are identical, to the last bit, to those of a data frame with the same content.
#'
#' @section What is read as what:
#' Weights and fpc must be numbers: any other field is an error that names line and column. All other variables have
#' levels, as in a data frame: if all values of the column are numbers, in order of size (`01`, `1` and `+1` are one
#' level); `TRUE` and `FALSE` are logical; anything else is text, sorted bytewise; `text` and `levels` override this. The
#' values in `na` are missing, quoted or not. Formulas and conditions of `subset()` may be any expression, such as
#' `I(!is.na(income)) ~ town`: the columns that they name are read as numbers, logicals or text (those in `levels` as
#' ordered factors), and kept while it is computed. Comparing text with a number by `<` or `>` is an error.
#'
#' The file is read again for every table, so it must not change: one that has changed is an error. It may be compressed by
#' gzip, or by zstd where the package was built with libzstd. Reading takes as many threads as
#' `options(weeg.threads = )` allows, and shows how far it is when it takes more than two seconds in an interactive session
#' (`options(weeg.progress = FALSE)`: never, `TRUE`: always).
#'
#' @section Malformed files:
#' A record must have as many fields as there are columns. Quotes are those of RFC 4180: around a field, doubled within it.
#' Anything else is an error that names the line and the column (condition elements `line` and `column`), never a guess.
#' With `on_error = "skip"` such records are left out instead: the design says how many, and `weeg_skipped()` lists the first
#' hundred of those that were left out when the design was made. After a faulty quote, reading resumes at the next line.
#' Values are checked only in columns that are read: invalid text in a column of a table, in a row that the design
#' includes, is still an error.
#'
#' @param data The path of a CSV file. (For SPSS files see [weeg_sav], for Parquet files [weeg_database], for
#'   several files [weeg_waves].) `~` stands for
#'   your home folder. For `weeg_skipped()`: the design of one.
#' @inheritParams weeg_design
#' @inheritParams weeg_waves
#' @param delimiter The character between fields. `NULL`: whichever of `,` `;` tab and `|` gives most records at the
#'   start of the file the same number of fields as the first.
#' @param decimal The decimal mark, `"."` or `","`. `NULL`: a comma if the delimiter is not a comma and the start of the
#'   file has numbers with commas and none with points; else a point.
#' @param header Whether the first record holds the column names. If not, they are `V1`, `V2` and so on.
#' @param quote The character around fields that contain delimiters or ends of lines.
#' @param encoding `"UTF-8"`, or `"windows-1252"`, of which Latin-1 is a part. Invalid UTF-8 is an error.
#' @param na Texts that stand for a missing value. An empty field in a column of numbers is missing in any case.
#' @param thousands The separator of groups of three digits in numbers such as 1,234,567: `","`, `"."`, `"'"` or `" "`
#'   (also a non-breaking space). `NULL`: none.
#' @param skip_before How many lines to ignore before the header.
#' @param skip_after How many records to ignore between the header and the first row of data: 2 in CSV files exported by
#'   Qualtrics.
#' @param text Names of columns to be treated as text whatever they contain: `0363` and `363` are two levels.
#' @param levels A list with the answers of columns in order, lowest first: `list(help = c("no", "some", "yes"))`. They
#'   are ordered, as trend tests require; any other value in the column is an error.
#' @param on_error What to do with a record that cannot be read: `"fail"`, an error; `"skip"`, it is left out and listed.
#' @param max_field The maximum size of a field, in bytes.
#' @return A design: see [weeg_design()]. `weeg_skipped()`: a data frame with the first `line` of each record that was left
#'   out, the number of `lines`, the `column` and the `reason`; for the first hundred, with the total number as attribute
#'   `count`.
#' @name weeg_csv
#' @examples
#' path <- tempfile(fileext = ".csv")
#' write.csv(openvoorwerk, path, row.names = FALSE)
#' d <- weeg_design(path, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' d
#' weeg_proportion(subset(d, leeftijd < 36), growth ~ 1)
#' unlink(path)
NULL

#' @rdname weeg_csv
#' @export
weeg_design.character <- function(data, weights = NULL, strata = NULL, cluster = NULL, fpc = NULL, nest = FALSE,
                                  lonely = NULL, lonely_domain = FALSE, df = NULL, na_weights = "fail", conventions = "weeg",
                                  delimiter = NULL, decimal = NULL, thousands = NULL, header = TRUE, skip_before = 0,
                                  skip_after = 0, quote = "\"", encoding = "UTF-8", na = c("", "NA", "NaN"), text = character(),
                                  levels = list(), on_error = "fail", max_field = 2^20, ..., pps = NULL,
                                  wave = NULL, panel = FALSE) {
  no_dots(...)
  given <- mget(setdiff(names(match.call())[-1L], c(names(formals(make_design)), "na_weights", "wave", "panel")))
  if (!is.null(wave)) refuse_lost_names(substitute(data))
  source <- open_path(data, given, wave, panel)
  given_formulas(c("weights", "strata", "cluster", "fpc"), source_names(source))
  make <- if (is_parquet(data)) database_design else source_design
  make(source, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps)
}

#' @rdname weeg_csv
#' @export
weeg_skipped <- function(data) {
  need_given(data)
  if (inherits(data, "weeg_design")) check_unbroken(data)
  skipped <- if (inherits(data, "weeg_design")) source_skipped(data$data)
  if (is.null(skipped)) abort("argument", "`data` must be a design of a CSV file, made by weeg_design(\"file.csv\", ...)")
  structure(skipped, mark = NULL)
}

# ---- options ---------------------------------------------------------------------------------------------------------

csv_options <- function(delimiter = NULL, decimal = NULL, header = TRUE, quote = "\"", encoding = "UTF-8",
                        na = c("", "NA", "NaN"), on_error = "fail", max_field = 2^20, thousands = NULL, skip_before = 0,
                        skip_after = 0, text = character(), levels = list()) {
  delimiter <- check_character(delimiter, "delimiter", null = TRUE)
  quote <- check_character(quote, "quote")
  if (!is.null(decimal)) decimal <- one_of(decimal, c(".", ","), "decimal")
  if (!is.null(thousands)) thousands <- one_of(thousands, setdiff(c(",", ".", "'", " "), decimal), "thousands")
  na <- bare(na)
  if (is.character(na)) na <- as_utf8(na)
  text <- bare(text)
  if (is.character(text)) text <- as_utf8(text)
  levels <- bare(levels)
  if (!is.character(na) || anyNA(na)) abort("argument", "`na` must be texts that stand for a missing value, such as \"NA\"")
  max_field <- check_whole(max_field, "max_field", 1, 2^28)
  skip_before <- check_whole(skip_before, "skip_before", 0, 2^31)
  skip_after <- check_whole(skip_after, "skip_after", 0, 2^31)
  header <- check_flag(header, "header")
  if (!header && skip_after > 0) {
    abort("argument", "`skip_after` counts records after the header, but header = FALSE", hint = "Use `skip_before`")
  }
  if (!is.character(text) || anyNA(text)) {
    abort("argument", "`text` must be names of columns, such as text = c(\"postcode\", \"town\")")
  }
  check_level_lists(levels)
  list(
    delimiter = delimiter, decimal = decimal, quote = quote, header = header,
    encoding = one_of(encoding, encodings, "encoding"), na = na,
    skip = one_of(on_error, error_rules, "on_error") == "skip", max_field = as.double(max_field),
    thousands = thousands, skip_before = as.double(skip_before), skip_after = as.double(skip_after), text = text,
    levels = lapply(levels, level_names, "levels")
  )
}

check_level_lists <- function(levels) {
  named <- is.list(levels) && (length(levels) == 0L || (!is.null(names(levels)) && all(nzchar(names(levels)))))
  if (!named) {
    abort("argument", "`levels` must be a list with the answers of a column in order, lowest first",
          hint = "For example levels = list(help = c(\"no\", \"some\", \"yes\"))")
  }
  for (name in names(levels)) {
    values <- levels[[name]]
    if (!is.atomic(values) || length(values) == 0L || anyNA(values) || anyDuplicated(values) > 0L) {
      abort("argument", "the answers of ", name, " in `levels` must be different values, none of them missing")
    }
  }
  if (anyDuplicated(names(levels)) > 0L) {
    abort("argument", names(levels)[duplicated(names(levels))][1L], " is twice in `levels`")
  }
}

check_character <- function(value, argument, null = FALSE) {
  value <- bare(value)
  if (null && is.null(value)) return(NULL)
  if (is.character(value) && length(value) == 1L && !is.na(value) && nchar(value, "bytes") == 1L) return(as.vector(value))
  abort("argument", "`", argument, "` must be one plain character")
}

# ---- the file --------------------------------------------------------------------------------------------------------

# A CSV file as a source of rows: path, size and mtime when it was opened, options; design: whether the columns that the design
# was made of are numbers, by name.
open_csv <- function(path, options) {
  file <- new_file(path, "weeg_csv")
  file$options <- options
  found <- csv_checked(.Call(C_csv_open, file$path, options), path)
  file$columns <- found$names
  for (argument in c("text", "levels")) {
    asked <- file$options[[argument]]
    unknown <- setdiff(if (is.list(asked)) names(asked) else asked, file$columns)
    if (length(unknown) > 0L) abort_unknown(unknown[1L], file$columns, argument)
  }
  file$options$delimiter <- found$delimiter
  file$options$decimal <- found$decimal
  file
}

csv_hints <- list(csv = paste(
  "Correct the file; or give another `delimiter`, `decimal`, `thousands`, `quote` or `encoding`, or what to skip before the",
  "header (`skip_before`) or after it (`skip_after`); or leave such records out with on_error = \"skip\""
))

# The failure names the file.
csv_checked <- function(result, path) {
  if (inherits(result, "weeg_failure") && result$code %in% c("csv", "file")) {
    result$message <- paste0(path, ": ", result$message)
  }
  checked(result, csv_hints)
}

# Where records were left out when the design was made, its own columns are read again, so that the same ones are left out.
#' @export
source_read.weeg_csv <- function(source, names, numbers) {
  check_unchanged(source)
  again <- if (skipped_count(source) > 0) setdiff(base::names(source$design), names)
  all <- c(names, again)
  found <- csv_checked(.Call(C_csv_read, source$path, source$options, match(all, source$columns),
                             as.logical(c(numbers, source$design[again])), show_progress(), thread_count()), source$path)
  check_unchanged(source)
  found$skipped <- skipped_frame(found$skipped)
  if (!is.na(source$rows) && !identical(attr(found$skipped, "mark"), attr(source$skipped, "mark"))) {
    both <- list(found$skipped$line, source$skipped$line)
    differ <- setdiff(Reduce(union, both), Reduce(intersect, both))
    line <- if (length(differ) > 0L) min(differ)
    abort("csv", source$path, ", ", if (is.null(line)) paste("after line", max(unlist(both))) else paste("line", line), ": ",
          paste(names, collapse = ", "), " cannot be read there, but the design has this row",
          hint = "Correct it in the file, or make the design without it", line = line)
  }
  found$columns <- Map(function(column, name) if (is.list(column)) csv_column(source, column, name) else column,
                       found$columns[seq_along(names)], names)
  found
}

# The records that the core lists, the first ones, with the number of all and the fingerprint of their lines as attributes.
skipped_frame <- function(skipped) {
  structure(list_frame(skipped[c("line", "lines", "column", "reason")]), count = skipped$count, mark = skipped$mark)
}

# Records that are left out are known when all were read.
#' @export
source_stream.weeg_csv <- function(source, plan) {
  if (source$options$skip) return(NULL)
  read <- source$columns[plan$columns]
  plan$text <- read %in% source$options$text
  with_given_levels(source, plan, stream_file(source, source$options, plan))
}

# What was found, with the levels that the options give.
with_given_levels <- function(source, plan, found) {
  read <- source$columns[plan$columns]
  for (k in if (!is.null(found)) which(read %in% names(source$options$levels) & !plan$numbers)) {
    column <- checked(found$columns[[k]])
    given <- source$options$levels[[read[k]]]
    number <- as_given(list(levels = column$levels, number = seq_along(column$levels)), given, source, read[k])$number
    column$codes <- number[column$codes]
    column[c("levels", "ordered", "number")] <- list(given, TRUE, FALSE)
    found$columns[[k]] <- column
  }
  found
}

#' @export
source_skipped.weeg_csv <- function(data) data$skipped

# ---- texts as levels -------------------------------------------------------------------------------------------------

# A coded column of list(codes, width, values): levels as code_values() would make them of the column's values, or as the
# options of the file have them, and these (plain: a number, logical or text per level; an ordered factor of levels in order).
csv_column <- function(source, found, name) {
  options <- source$options
  values <- text_values(found$values, name %in% options$text, options)
  given <- options$levels[[name]]
  if (!is.null(given)) values <- as_given(values, given, source, name)
  column <- recode(found, values$number, values$levels)
  column$ordered <- !is.null(given)
  if (values$is_number) column$number <- TRUE
  column$plain <- values$plain
  column$declared <- rep(!is.null(given) || is.logical(values$plain), length(values$plain))
  new_coded(column)
}

# Levels in the order of `levels`: nothing that occurs is left out.
as_given <- function(values, given, file, name) {
  found <- values$levels[values$number]
  other <- setdiff(found, given)
  if (length(other) > 0L) {
    abort("variable", file$path, ": ", name, " has the value \"", other[1L], "\", which is not among its `levels`",
          hint = "Add it there; or to `na`, if it stands for a missing value")
  }
  list(levels = given, plain = factor(given, given, ordered = TRUE), number = match(found, given), is_number = FALSE)
}

# list(levels, plain, number = the level of each text, is_number); as_text: they are texts whatever is in them.
text_values <- function(texts, as_text, options) {
  thousands <- if (is.null(options$thousands)) "" else options$thousands
  found <- checked(.Call(C_text_levels, texts, as_text, options$decimal, thousands))
  plain <- switch(found$kind, logical = c(FALSE, TRUE), text = found$levels, whole = as.integer(found$value), found$value)
  list(levels = found$levels, plain = plain, number = found$level, is_number = !found$kind %in% c("logical", "text"))
}

# ---- a whole file ----------------------------------------------------------------------------------------------------

# A data frame of numbers, logicals and text from a file, in UTF-8 or, where it is not valid as such, Windows-1252.
read_csv_frame <- function(path, na = formals(csv_options)$na) {
  path <- new_file(path, "weeg_csv")$path
  read <- function(encoding) {
    file <- open_csv(path, csv_options(encoding = encoding, na = eval(na)))
    file <- source_ahead(file, codes = lapply(file$columns, as.name), argument = "data")
    plain_frame(file, file$columns)
  }
  bytes <- readLines(path.expand(path), warn = FALSE)
  read(if (all(validUTF8(bytes))) "UTF-8" else "windows-1252")
}
