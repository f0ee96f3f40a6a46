# Rows whose weight is known: na_weights = "omit" makes a design of these alone, and says how many others there were.

check_na_weights <- function(value, weights) {
  value <- one_of(value, weight_rules, "na_weights")
  if (value == "omit" && (is.null(weights) || stands_for_none(weights))) {
    abort("argument", "na_weights = \"omit\" is for missing weights, but `weights` names none")
  }
  value == "omit"
}

# A design of the rows of a data frame with a weight; make: a function of the data.
known_design <- function(data, weights, make) {
  missing <- is.na(design_weights(weights, data))
  if (!any(missing)) return(make(data))
  if (all(missing)) abort("weight", "the weight is missing in every row")
  known <- which(!missing)
  design <- withCallingHandlers(make(keep_rows(data, known)), weeg_error = function(e) stop(of_all_rows(e, known)))
  with_omitted(design, sum(missing))
}

with_omitted <- function(design, count) {
  if (count > 0) design$names$omitted <- sprintf("%.0f", count)
  design
}

# With all that a column is besides its values: `[` keeps labels of few classes.
keep_rows <- function(data, rows) {
  columns <- lapply(as.list(data), function(x) {
    if (length(dim(x)) > 1L) return(x[rows, , drop = FALSE])
    if (is.list(x)) return(x[rows])
    kept <- unclass(x)[rows]
    attributes(kept) <- attributes(x)[setdiff(names(attributes(x)), "names")]
    kept
  })
  structure(columns, name = attr(data, "name", exact = TRUE), row.names = .set_row_names(length(rows)), class = "data.frame")
}

# An error about one of some rows, as one about that row of all.
of_all_rows <- function(e, rows) {
  if (is.null(rows) || is.null(e$row)) return(e)
  row <- rows[e$row]
  if (is.na(row)) return(e)
  if (identical(as.double(e$where), e$row)) e$where <- row
  e$row <- row
  e$said[vapply(e$said, inherits, NA, "weeg_row")] <- list(in_row(row))
  e$message <- condition_text(e$said, e$hint)
  e
}

# ---- files -----------------------------------------------------------------------------------------------------------

# The name of the column with the weights, by which rows of a file are left out.
known_by <- function(file, weights) {
  term <- plus_terms(weights[[2L]])
  if (length(term) != 1L || !is.name(term[[1L]])) {
    abort("formula", "of a file, na_weights = \"omit\" needs `weights` that are one column, not ", deparse1(weights[[2L]]))
  }
  csv_name(term[[1L]], file, "weights")
}

# read_columns() of the rows with a weight.
read_known <- function(file, names, numbers) {
  weight <- file$known_by
  at <- which(names == weight & numbers %in% TRUE)[1L]
  if (!is.na(at)) {
    found <- read_columns(file, names, numbers)
    weights <- found$columns[[at]]
  } else if (weight %in% names) {
    found <- read_columns(file, names, numbers)
    weights <- read_columns(file, weight, TRUE)$columns[[1L]]
  } else {
    found <- read_columns(file, c(names, weight), c(numbers, TRUE))
    weights <- found$columns[[length(names) + 1L]]
    found$columns <- found$columns[seq_along(names)]
  }
  known <- which(!is.na(weights))
  if (length(known) == 0L && length(weights) > 0L) abort("weight", file$path, ": the weight is missing in every row")
  found$omitted <- length(weights) - length(known)
  if (found$omitted > 0L) {
    found$rows <- as.double(length(known))
    found$columns <- lapply(found$columns, function(column) if (is.list(column)) keep_codes(column, known) else column[known])
    found$known <- known
  }
  found
}

keep_codes <- function(column, rows) {
  column$codes <- if (column$width == 4L) {
    column$codes[rows]
  } else {
    as.vector(matrix(column$codes, nrow = column$width)[, rows, drop = FALSE])
  }
  column
}

# A coded column without the levels that no row has, but those that are declared.
drop_unseen <- function(column, declared) {
  column$size <- length(column$levels)
  seen <- tabulate(column_codes(column), column$size) > 0L | declared
  column$size <- NULL
  if (all(seen)) return(column)
  column$codes <- .Call(C_recode, column$codes, column$width, as.integer(ifelse(seen, cumsum(seen), 0)))
  for (part in c("levels", "plain", "values")) if (!is.null(column[[part]])) column[[part]] <- column[[part]][seen]
  column
}

# Levels that stay: those of `levels`, of logical columns, and values with a label.
declared_levels <- function(column, file, name) {
  if (inherits(file, "weeg_sav")) return(column$plain %in% column$labels)
  !is.null(file$options$levels[[name]]) | is.logical(column$plain)
}
