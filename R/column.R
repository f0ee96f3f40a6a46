# A coded column: list(codes, width, size, levels, label, ordered, number). Codes count from 1; anything else is missing.
# `ordered` is TRUE for ordered factors, `number` for numbers, whose levels are in order of size.
# A factor's codes are the factor itself, so nothing is copied.

code_column <- function(x, name) {
  if (inherits(x, "weeg_coded")) return(c(unclass(x), list(size = length(x$levels), name = name)))
  label <- attr(x, "label", exact = TRUE)
  if (!is.character(label) || length(label) != 1L) label <- NULL
  if (length(dim(x)) > 1L || is.list(x)) {
    abort("variable", "variable `", name, "` is a ", class(x)[1L], ", not a vector of categories")
  }
  column <- if (is.factor(x)) {
    list(codes = x, width = 4L, levels = factor_levels(x), ordered = is.ordered(x))
  } else if (inherits(x, "haven_labelled")) {
    code_labelled(x, name)
  } else {
    code_values(x, name)
  }
  column$size <- length(column$levels)
  column$name <- name
  column$label <- label
  column
}

# NA as a level (addNA) is a level of its own, shown as R prints it.
factor_levels <- function(x) {
  levels <- levels(x)
  levels[is.na(levels)] <- "<NA>"
  levels
}

# Characters, numbers and logicals: levels are the distinct values, numbers by size, text bytewise.
code_values <- function(x, name) {
  if (inherits(x, "AsIs")) class(x) <- setdiff(class(x), "AsIs") # as I() in a formula makes them
  if (is.logical(x)) {
    found <- checked(.Call(C_code, x, c(FALSE, TRUE), thread_count()))
    return(recode(found, match(found$values, 0:1), c("FALSE", "TRUE")))
  }
  if (inherits(x, "integer64")) {
    found <- distinct_codes(x)
    sorted <- sort_integers(found$values)
    return(c(recode(found, match(found$values, sorted), sorted), number = TRUE))
  }
  if (is.numeric(x) && is.null(attr(x, "class"))) {
    found <- distinct_codes(x)
    sorted <- sort(found$values)
    return(c(recode(found, match(found$values, sorted), number_labels(sorted)), number = TRUE))
  }
  if (is.object(x)) x <- as.character(x) # dates and other classes: as they print
  if (!is.character(x)) abort("variable", "variable `", name, "` is a ", class(x)[1L], ", which has no categories")
  found <- distinct_codes(x)
  sorted <- sort_values(found$values)
  recode(found, match(enc2utf8(found$values), sorted), sorted)
}

# Whether levels have an order: ordered factors and numbers have one, and so have two levels. need_order() refuses others.
has_order <- function(variable) isTRUE(variable$ordered) || isTRUE(variable$number) || length(variable$levels) <= 2L

need_order <- function(variable, purpose) {
  if (has_order(variable)) return(invisible())
  abort("variable", purpose, " needs levels in order, but ", variable$name, " is not an ordered factor",
        hint = paste0("Order its levels, lowest first, before making the design: data$", variable$name, " <- factor(data$",
                      variable$name, ", levels = c(", paste0("\"", utils::head(variable$levels, 3L), "\"", collapse = ", "),
                      if (length(variable$levels) > 3L) ", ...", "), ordered = TRUE)"))
}

# Whole numbers as text, by size: doubles hold no more than 53 bits, so by the digits before and after the ninth last.
sort_integers <- function(text) {
  digits <- sub("^-", "", text)
  sign <- ifelse(startsWith(text, "-"), -1, 1)
  head <- pmax(nchar(digits) - 9L, 0L)
  text[order(sign * as.double(paste0("0", substr(digits, 1L, head))), sign * as.double(substring(digits, head + 1L)))]
}

# Numbers as doubles. Without package bit64, as.double() would take the bits of integer64 for a double.
as_numbers <- function(x) {
  if (!inherits(x, "integer64")) return(as.double(x))
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

# list(codes, width, values). Rows spread over a long x show most values beforehand: they are then numbered in their final
# order at once, on several threads.
distinct_codes <- function(x) {
  known <- NULL
  if (length(x) > 2^14 && !inherits(x, "integer64")) {
    some <- x[seq.int(1L, length(x), length.out = 2^12)]
    known <- sort_values(checked(.Call(C_code, some, NULL, 1L))$values)
  }
  checked(.Call(C_code, x, known, thread_count()))
}

# Numbers by size, text bytewise. The same text in two encodings is one value.
sort_values <- function(values) {
  if (is.character(values)) values <- enc2utf8(values)
  sort(unique(values), method = "radix")
}

recode <- function(found, numbers, levels) {
  codes <- found$codes
  if (!identical(as.integer(numbers), seq_along(levels))) {
    codes <- .Call(C_recode, codes, found$width, as.integer(numbers))
  }
  list(codes = codes, width = found$width, levels = levels, ordered = FALSE)
}

# SPSS, Stata and SAS variables (package haven): levels are the labelled values and the others that occur, in order of
# value, shown by their labels. User-missing values (na_values, na_range) and tagged NAs are missing.
code_labelled <- function(x, name) {
  labels <- attr(x, "labels", exact = TRUE)
  na_values <- attr(x, "na_values", exact = TRUE)
  na_range <- attr(x, "na_range", exact = TRUE)
  plain <- x
  attributes(plain) <- NULL
  if (!is.character(plain) && !is.numeric(plain)) {
    abort("variable", "variable `", name, "` has labels but is neither numeric nor text")
  }
  found <- distinct_codes(plain)
  is_missing <- function(v) {
    missing <- is.na(v) | v %in% na_values
    if (length(na_range) == 2L && is.numeric(v)) missing <- missing | (v >= na_range[1L] & v <= na_range[2L])
    missing
  }
  values <- c(unname(labels), found$values)
  values <- sort(unique(values[!is_missing(values)]), method = "radix")
  text <- names(labels)[match(values, labels)]
  text <- ifelse(is.na(text), if (is.character(values)) values else number_labels(values), text)
  if (anyDuplicated(text)) { # two values with one label stay two levels
    twice <- text %in% text[duplicated(text)]
    text[twice] <- paste0(text[twice], " [", values[twice], "]")
  }
  numbers <- match(found$values, values, nomatch = 0L)
  recode(found, numbers, text)
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

# The coded columns of several terms; those of a file are read together.
code_columns <- function(terms, data, envir, argument) {
  if (inherits(data, "weeg_csv")) data <- csv_ahead(data, codes = terms, argument = argument)
  Map(function(term, name) code_column(evaluate(term, data, envir, argument), name), terms, names(terms))
}

# What C sees of a column.
core_column <- function(column) column[c("codes", "width", "size")]

# One level that every row has.
whole_column <- function() list(codes = NULL, width = 4L, size = 1L, levels = "all", name = "all")
