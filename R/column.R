# A coded column: list(codes, width, size, levels, label, ordered, number). Codes count from 1; anything else is missing.
# `ordered` is TRUE for ordered factors, `number` for numbers, whose levels are in order of size.
# A factor's codes are the factor itself, so nothing is copied.

# What stands in data, as the rest of the package takes it: a vector whose class has no methods that may stop or mislead, or, for
# code_column() to refuse, a matrix or a list. It is here that what is no column at all is refused. codes: whether to look at
# those of a factor, which takes as long as reading it; else whoever uses them has to, where some are missing: see check_codes().
plain_column <- function(x, name, codes = TRUE) {
  if (is_bare(x)) return(x)
  if (!is.vector(x) && !(typeof(x) %in% column_types)) {
    abort("variable", "variable `", name, "` is a ", class(x)[1L], ", not a vector of categories")
  }
  if (is.factor(x)) {
    check_factor(x, name)
    if (codes) check_codes(x, name)
    if (!all(oldClass(x) %in% c("factor", "ordered"))) oldClass(x) <- c(if (is.ordered(x)) "ordered", "factor")
  } else if (inherits(x, "POSIXlt")) {
    x <- tryCatch(as.POSIXct(x), error = function(e) abort("variable", "variable `", name, "` has no valid times"))
  } else if (is.atomic(x)) {
    if (inherits(x, "integer64") && !is.double(x)) x <- as.vector(unclass(x))
    for (attribute in c("labels", "na_values", "na_range")) check_labels(x, attribute, name)
  }
  x
}

# A vector with nothing but values: most numbers are, and need not be asked what else they may be.
is_bare <- function(x) is.null(attributes(x)) && is.atomic(x) && !is.null(x)

column_types <- c("logical", "integer", "double", "complex", "character", "raw", "list", "expression")

# Of factors that were not made by factor().
check_factor <- function(x, name) {
  levels <- attr(x, "levels", exact = TRUE)
  if (!is.character(levels)) {
    abort("variable", "variable `", name, "` is a factor without names of levels", hint = make_again(name))
  }
  twice <- anyDuplicated(levels)
  if (twice > 0L) {
    abort("variable", "variable `", name, "` is a factor that has the level \"", levels[twice], "\" twice",
          hint = make_again(name))
  }
  if (typeof(x) != "integer") abort_code(x, name, 1)
}

# A code without a level is missing to the core, as NA is, but an error to users. So where none is missing, all are good.
check_codes <- function(x, name) {
  row <- if (is.factor(x)) .Call(C_no_level, x, length(attr(x, "levels", exact = TRUE))) else 0
  if (row > 0) abort_code(x, name, row)
}

abort_code <- function(x, name, row) {
  abort("variable", "variable `", name, "` is a factor with ", unclass(x)[row], " in row ", in_row(row), ", but it has ",
        counted(length(attr(x, "levels", exact = TRUE)), "level"), hint = make_again(name), where = row)
}

make_again <- function(name) paste0("Make it again: data$", name, " <- factor(...)")

# The same of columns, after their tally was made.
check_tallied <- function(columns, entries) {
  for (column in columns[.Call(C_tally_missing, entries, columns)]) check_codes(column$codes, column$name)
}

check_labels <- function(x, attribute, name) {
  labels <- attr(x, attribute, exact = TRUE)
  if (is.null(labels) || (is.numeric(x) && is.numeric(labels)) || (is.character(x) && is.character(labels))) return(invisible())
  if (is.logical(labels) && all(is.na(labels))) return(invisible())
  abort("variable", "variable `", name, "` has ", attribute, " (an attribute) of another kind than its values",
        hint = paste0("Take them away: attr(data$", name, ", \"", attribute, "\") <- NULL"))
}

# Rows of a column, by itself and not by methods of its class.
value_rows <- function(x) {
  if (is_bare(x)) return(length(x))
  dim <- attr(x, "dim", exact = TRUE)
  if (is.data.frame(x)) return(.row_names_info(x, 2L))
  if (inherits(x, "weeg_coded")) return(length(x$codes) %/% (if (is.raw(x$codes)) x$width else 1L))
  if (length(dim) > 0L) dim[1L] else if (is.factor(x)) length(x) else length(bare(x))
}

# A column that a reader has coded already.
new_coded <- function(column) {
  class(column) <- "weeg_coded"
  column
}

code_column <- function(x, name) {
  if (inherits(x, "weeg_coded")) return(c(unclass(x), list(size = length(x$levels), name = name)))
  if (inherits(x, "AsIs")) class(x) <- setdiff(class(x), "AsIs") # as I() in a formula makes them
  if (inherits(x, "POSIXlt")) x <- as.POSIXct(x)
  label <- attr(x, "label", exact = TRUE)
  if (!is.character(label) || length(label) != 1L) label <- NULL
  if (length(attr(x, "dim", exact = TRUE)) > 1L || is.list(x)) {
    abort("variable", "variable `", name, "` is a ", class(x)[1L], ", not a vector of categories")
  }
  column <- if (is.factor(x)) {
    values <- factor_values(x)
    c(list(codes = x, width = 4L, levels = factor_levels(x), ordered = is.ordered(x)),
      if (!is.null(values)) c(list(number = TRUE), said_values(values, factor_levels(x))))
  } else if (is_labelled(x)) {
    code_labelled(x, name)
  } else {
    code_values(x, name)
  }
  column$size <- length(column$levels)
  column$name <- name
  column$label <- label
  column
}

# The numbers that a factor's levels stand for, in studies; NULL: they stand for none.
factor_values <- function(x) {
  values <- if (is.factor(x)) attr(x, "values", exact = TRUE)
  levels <- length(attr(x, "levels", exact = TRUE))
  if (is.double(values) && length(values) == levels && !is.unsorted(values, strictly = TRUE)) values
}

# NA as a level (addNA) is a level of its own, shown as R prints it.
factor_levels <- function(x) {
  levels <- as_utf8(attr(x, "levels", exact = TRUE))
  levels[is.na(levels)] <- "<NA>"
  levels
}

# Characters, numbers and logicals: levels are the distinct values, numbers by size, text bytewise.
code_values <- function(x, name) {
  if (is.logical(x)) {
    found <- checked(.Call(C_code, x, c(FALSE, TRUE), thread_count()))
    return(recode(found, match(found$values, 0:1), c("FALSE", "TRUE")))
  }
  if (inherits(x, "integer64")) {
    found <- distinct_codes(x)
    sorted <- sort_integers(found$values)
    return(c(recode(found, match(found$values, sorted), sorted), number = TRUE))
  }
  if (typeof(x) %in% c("integer", "double")) {
    kind <- attributes(x)[c("class", "units", "tzone", "origin")]
    return(code_numbers(x, function(values) value_labels(values, kind)))
  }
  texts <- if (is.object(x)) class_texts(x) else x # as it prints
  if (!is.character(texts)) abort("variable", "variable `", name, "` is a ", class(x)[1L], ", which has no categories")
  found <- distinct_codes(texts)
  values <- if (is.null(attr(x, "format.spss", exact = TRUE))) found$values else without_end_blanks(found$values)
  sorted <- sort_values(values)
  recode(found, match(as_utf8(values), sorted), sorted)
}

# Numbers, dates, durations and other numbers with a class: levels by size, as they print; of which the numbers are `values`,
# where levels do not say them.
code_numbers <- function(x, labels) {
  found <- distinct_codes(x)
  values <- sort(found$values)
  text <- labels(values)
  first <- !duplicated(text)
  number <- match(text, text[first])[match(found$values, values)]
  c(recode(found, number, text[first]), number = TRUE, said_values(values[first], text[first]))
}

# list(values) of numbers whose levels have other names.
said_values <- function(values, text) {
  if (identical(text, number_labels(values))) list() else list(values = as.double(values))
}

# Texts in UTF-8. Where R has them as bytes without an encoding, these are taken for it; bytes that are none are shown, as <ff>.
as_utf8 <- function(x) {
  bytes <- Encoding(x) == "bytes"
  if (any(bytes)) Encoding(x[bytes]) <- "UTF-8"
  x <- enc2utf8(x)
  invalid <- !validUTF8(x)
  if (any(invalid)) x[invalid] <- iconv(x[invalid], "UTF-8", "UTF-8", sub = "byte")
  x
}

# Values as their class prints them; as they are where it does not.
class_texts <- function(x) {
  plain <- x
  attributes(plain) <- NULL
  text <- tryCatch(as.character(x), error = function(e) NULL)
  if (is.character(text) && !is.object(text) && length(text) == length(plain)) text else plain
}

column_texts <- function(x) as_utf8(as.character(class_texts(x)))

# Numbers as their class prints them. Dates and times are written as in src/core/io/sav_kind.c.
value_labels <- function(x, kind = NULL) {
  kind <- kind[!is.na(names(kind))]
  if (length(kind$class) == 0L || length(x) == 0L) return(number_labels(x))
  if ("hms" %in% kind$class) return(time_labels(x))
  plain <- as.double(x)
  if (!is.character(kind$tzone)) kind$tzone <- NULL
  attributes(x) <- kind
  if (inherits(x, c("difftime", "labelled"))) return(number_labels(plain))
  text <- if (inherits(x, "POSIXct")) tryCatch(datetime_labels(x), error = function(e) NULL) else class_texts(x)
  if (!is.character(text)) return(number_labels(plain))
  ifelse(is.na(text) | is.na(plain), number_labels(plain), text)
}

# list(whole seconds, microseconds of the rest)
split_seconds <- function(x) {
  whole <- floor(x)
  micro <- round((x - whole) * 1e6)
  list(whole = whole + (micro >= 1e6), micro = ifelse(micro >= 1e6, 0, micro))
}

time_labels <- function(x) {
  at <- split_seconds(abs(x))
  paste0(ifelse(x < 0, "-", ""), sprintf("%02.0f:%02.0f:%02.0f", at$whole %/% 3600, at$whole %/% 60 %% 60, at$whole %% 60),
         fraction_labels(at$micro))
}

fraction_labels <- function(micro) ifelse(micro > 0, sub("0+$", "", sprintf(".%06.0f", micro)), "")

datetime_labels <- function(x) {
  at <- split_seconds(as.double(x))
  attributes(at$whole) <- attributes(x)
  paste0(format(at$whole, "%Y-%m-%d %H:%M:%S"), fraction_labels(at$micro))
}

# Whether levels have an order: ordered factors and numbers have one, and so have two levels. need_order() refuses others.
has_order <- function(variable) isTRUE(variable$ordered) || isTRUE(variable$number) || length(variable$levels) <= 2L

need_order <- function(variable, purpose) {
  if (has_order(variable)) return(invisible())
  name <- paste0("data$", variable$name)
  # of labelled values, factor(levels = ) would compare the labels with the codes
  from <- if (isTRUE(variable$from_codes)) paste0("haven::as_factor(", name, ")") else name
  abort("variable", purpose, " needs levels in order, but ", variable$name, " is not an ordered factor",
        hint = paste0("Order its levels, lowest first, before making the design: ", name, " <- factor(", from, ", levels = c(",
                      paste0("\"", utils::head(variable$levels, 3L), "\"", collapse = ", "),
                      if (length(variable$levels) > 3L) ", ...", "), ordered = TRUE)",
                      if (isTRUE(variable$from_codes)) "; of an SPSS file, give the variable the measure Ordinal",
                      "; in a database, in the formula: factor(", variable$name, ", ...)"))
}

# The number that each level is or stands for, else 1, 2, ...
level_scores <- function(variable) {
  if (!isTRUE(variable$number)) return(as.double(seq_along(variable$levels)))
  if (is.null(variable$values)) as.double(variable$levels) else variable$values
}

# Whole numbers as text, by size: doubles hold no more than 53 bits, so by the digits before and after the ninth last.
sort_integers <- function(text) {
  digits <- sub("^-", "", text)
  sign <- ifelse(startsWith(text, "-"), -1, 1)
  head <- pmax(nchar(digits) - 9L, 0L)
  text[order(sign * as.double(paste0("0", substr(digits, 1L, head))), sign * as.double(substring(digits, head + 1L)))]
}

# Numbers as doubles, user-missing ones NA. Without package bit64, as.double() would take the bits of integer64 for a double.
as_numbers <- function(x) {
  if (is_labelled(x)) x <- unclass(labelled_values(x)$values)
  if (!inherits(x, "integer64")) {
    if (is.object(x)) attributes(x) <- NULL
    return(as.double(x))
  }
  found <- distinct_codes(x)
  as.double(found$values)[column_codes(list(codes = found$codes, width = found$width, size = length(found$values)))]
}

# 100000 and not 1e+05, as as.character() has it; in 17 digits where 15 do not tell two apart.
number_labels <- function(x) {
  labels <- sprintf("%.15g", x)
  twice <- labels %in% labels[duplicated(labels)]
  labels[twice] <- sprintf("%.17g", x[twice])
  labels
}

# list(codes, width, values) of what a vector has, whatever its attributes. Rows spread over a long x show most values beforehand:
# they are then numbered in their final order at once, on several threads.
distinct_codes <- function(x) {
  known <- .Call(C_some_values, x)
  checked(.Call(C_code, x, if (!is.null(known)) sort_values(known), thread_count()))
}

# Whether a long vector has few values, so that what is computed of each goes by these: list(codes, width, values), where values
# are as the vector, with NA behind them. NULL: it has not.
few_of <- function(x) {
  if (is.factor(x)) {
    few <- length(x) > 2^14 && length(levels(x)) <= 2^11 && all(oldClass(x) %in% c("factor", "ordered"))
    return(if (few) list(codes = x, width = 4L, values = like_values(seq_along(levels(x)), x)))
  }
  some <- if (!is.logical(x)) .Call(C_some_values, x)
  if (is.null(some) || length(some) > 2^11) return(NULL)
  found <- distinct_codes(x)
  found$values <- like_values(found$values, x)
  found
}

# Some values and NA, with the attributes that say what those of a vector are.
like_values <- function(values, x) {
  values <- c(values, NA)
  attributes(values) <- attributes(x)[setdiff(names(attributes(x)), c("names", "dim", "dimnames"))]
  values
}

# For each row what there is for its value: what[of few$values].
of_few <- function(few, what) .Call(C_spread, few$codes, few$width, what)

# Numbers by size, text bytewise. The same text in two encodings is one value.
sort_values <- function(values) {
  if (is.character(values)) values <- as_utf8(values)
  sort(unique(values), method = "radix")
}

recode <- function(found, numbers, levels) {
  codes <- found$codes
  if (!identical(as.integer(numbers), seq_along(levels))) {
    codes <- .Call(C_recode, codes, found$width, as.integer(numbers))
  }
  list(codes = codes, width = found$width, levels = levels, ordered = FALSE)
}

# ---- labelled values -------------------------------------------------------------------------------------------------

# SPSS, Stata and SAS variables (packages haven and sjlabelled): values, of which some have a label. So are dates and times of
# SPSS that haven leaves as seconds: months, quarters, weeks, YMDHMS and MTIME.
is_labelled <- function(x) {
  if (is_bare(x) || is.factor(x) || is.list(x) || !is.atomic(x)) return(FALSE)
  inherits(x, "haven_labelled") || !is.null(names(attr(x, "labels", exact = TRUE))) ||
    (is.double(x) && !is.object(x) && spss_kind(attr(x, "format.spss", exact = TRUE)) != "number")
}

# list(values: plain, user-missing ones NA; labels: of valid values; missing_labels: of user-missing ones; kind: the class that
# the values have by their format). Texts are without the blanks at their end, and dates with user-missing values are days,
# but their labels and missing values still the seconds of SPSS.
labelled_values <- function(x) {
  few <- few_of(x)
  if (is.null(few)) return(labelled_parts(x))
  parts <- labelled_parts(few$values)
  parts$values <- of_few(few, parts$values)
  parts
}

labelled_parts <- function(x) {
  format <- attr(x, "format.spss", exact = TRUE)
  kind <- spss_kind(format)
  raw <- kind == "datetime" && startsWith(toupper(format), "YMDHMS") && !inherits(x, "POSIXct") # of no kind to haven
  values <- x
  attributes(values) <- NULL
  plain <- function(v) {
    names <- names(v)
    attributes(v) <- NULL
    if (is.character(v)) v <- without_end_blanks(v)
    if (is.numeric(v)) v <- from_spss(as.double(v), kind, raw)
    stats::setNames(v, names)
  }
  if (is.character(values)) values <- without_end_blanks(values)
  if (kind == "date") values <- from_spss(floor(values), kind)
  if (raw) values <- from_spss(values, kind, raw)
  na_values <- plain(attr(x, "na_values", exact = TRUE))
  na_range <- plain(attr(x, "na_range", exact = TRUE))
  is_missing <- function(v) {
    missing <- is.na(v) | v %in% na_values
    if (length(na_range) == 2L && is.numeric(v)) missing <- missing | (v >= na_range[1L] & v <= na_range[2L])
    missing
  }
  values[is_missing(values)] <- NA
  labels <- plain(attr(x, "labels", exact = TRUE))
  if (is.null(names(labels))) labels <- labels[0L] # they name nothing
  gone <- is_missing(labels)
  missing_labels <- c(labels[gone & !is.na(labels)], attr(x, "missing_labels", exact = TRUE)) # of what was so already
  list(values = values, labels = labels[!gone], missing_labels = missing_labels, kind = kind_class(kind))
}

without_end_blanks <- function(text) {
  few <- few_of(text)
  if (is.null(few)) sub(" +$", "", text) else of_few(few, sub(" +$", "", few$values))
}

# "date", "datetime" or "time" by a format such as DATE11; else "number". Months, quarters and weeks are their first day.
spss_kind <- function(format) {
  if (!is.character(format) || length(format) != 1L) return("number")
  format <- sub("[0-9.]*$", "", toupper(format))
  if (format %in% c("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "MOYR", "QYR", "WKYR")) return("date")
  switch(format, DATETIME = , YMDHMS = "datetime", TIME = , DTIME = , MTIME = "time", "number")
}

kind_class <- function(kind) {
  switch(kind, date = list(class = "Date"), datetime = list(class = c("POSIXct", "POSIXt"), tzone = "UTC"),
         time = list(class = c("hms", "difftime"), units = "secs"))
}

# Seconds since 1582-10-14 as R has dates; what is too small for that is so already, unless all are raw.
from_spss <- function(x, kind, raw = FALSE) {
  if (kind == "date") return(ifelse(abs(x) > 1e8, floor(x / 86400) - 141428, x))
  if (kind == "datetime") ifelse(raw | x > 1e10, x - 141428 * 86400, x) else x
}

# Levels are the labelled values and the others that occur, in order of value, shown by their labels. User-missing values
# (na_values, na_range) and tagged NAs are missing.
code_labelled <- function(x, name) {
  found <- NULL
  if (typeof(x) %in% c("integer", "double", "character") && !inherits(x, "integer64")) {
    found <- distinct_codes(x)
    x <- like_values(found$values, x)
  }
  x <- labelled_parts(x)
  if (!is.character(x$values) && !is.numeric(x$values)) {
    if (!all(is.na(x$values))) abort("variable", "variable `", name, "` has labels but is neither numeric nor text")
    x$values <- as.double(x$values)
  }
  if (is.null(found)) {
    found <- distinct_codes(x$values)
    x$values <- found$values
  }
  values <- sort_values(c(unname(x$labels), x$values))
  label <- if (length(x$labels) == 0L) rep(NA_character_, length(values)) else names(x$labels)[match(values, x$labels)]
  own <- if (is.character(values)) values else value_labels(values, x$kind)
  text <- ifelse(is.na(label), own, label)
  if (anyDuplicated(text)) { # two values with one label stay two levels
    twice <- text %in% text[duplicated(text)]
    text[twice] <- paste0(text[twice], " [", own[twice], "]")
  }
  column <- recode(found, match(x$values[seq_along(found$values)], values, 0L), text)
  if (is_scale(values, label)) column <- c(column, number = TRUE, said_values(values, text))
  column$from_codes <- length(x$labels) > 0L
  column
}

# Whether labelled values are numbers: some have no label, or all labels have numbers that rise with the values ("round 1",
# "round 2"). As src/core/io/sav_column.c has it.
is_scale <- function(values, label) {
  if (!is.numeric(values)) return(FALSE)
  if (anyNA(label) || length(label) == 0L) return(TRUE)
  at <- regexpr("[0-9]+([.][0-9]+)?", label)
  number <- rep(NA_real_, length(label))
  number[at > 0L] <- as.double(regmatches(label, at))
  !anyNA(number) && all(diff(number) >= 0) && number[length(number)] > number[1L]
}

column_rows <- function(column) if (column$width == 4L) length(column$codes) else length(column$codes) / column$width

# Codes as integers, NA where missing.
column_codes <- function(column) {
  codes <- if (column$width == 4L) {
    as.integer(column$codes)
  } else {
    readBin(column$codes, "integer", n = column_rows(column), size = column$width, signed = FALSE)
  }
  codes[is.na(codes) | codes < 1L | codes > column$size] <- NA_integer_
  codes
}

# The coded columns of several terms, which are read together; codes: whether those of factors are checked.
code_columns <- function(terms, data, envir, argument, codes = TRUE) {
  data <- source_ahead(data, codes = terms, argument = argument)
  code_each(lapply(terms, evaluate, data, envir, argument), codes)
}

code_each <- function(values, codes = TRUE) {
  for (i in seq_along(values)) {
    values[[i]] <- code_column(values[[i]], names(values)[i])
    if (codes) check_codes(values[[i]]$codes, names(values)[i])
  }
  values
}

# What C sees of a column.
core_column <- function(column) column[c("codes", "width", "size")]

# One level that every row has.
whole_column <- function() list(codes = NULL, width = 4L, size = 1L, levels = "all", name = "all")
