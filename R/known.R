# Rows whose weight is known: na_weights = "omit" makes a design of these alone, and says how many others there were.

check_na_weights <- function(value, weights) {
  value <- one_of(value, weight_rules, "na_weights")
  if (value == "omit" && (is.null(weights) || stands_for_none(weights))) {
    abort("argument", "na_weights = \"omit\" is for missing weights, but `weights` names none")
  }
  value == "omit"
}

with_omitted <- function(design, count) {
  if (count > 0) design$names$omitted <- sprintf("%.0f", count)
  design
}

# With all that a column is besides its values: `[` keeps labels of few classes.
keep_rows <- function(data, rows) {
  columns <- lapply(as.list(data), function(x) {
    if (is.data.frame(x) || length(attr(x, "dim", exact = TRUE)) > 1L) return(x[rows, , drop = FALSE])
    if (is.list(x)) return(x[rows])
    kept <- unclass(x)[rows]
    attributes(kept) <- attributes(x)[setdiff(names(attributes(x)), c("names", "dim", "dimnames"))]
    kept
  })
  structure(columns, name = attr(data, "name", exact = TRUE), crossed = attr(data, "crossed", exact = TRUE),
            conflicts = attr(data, "conflicts", exact = TRUE), row.names = .set_row_names(length(rows)), class = "data.frame")
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

# Of a coded column.
keep_codes <- function(column, rows) {
  column$codes <- if (column$width == 4L) {
    column$codes[rows]
  } else {
    as.vector(matrix(column$codes, nrow = column$width)[, rows, drop = FALSE])
  }
  column
}

# A coded column without the levels that no row has, but those that are declared.
drop_unseen <- function(column) {
  column$size <- length(column$levels)
  seen <- tabulate(column_codes(column), column$size) > 0L
  if (!is.null(column$declared)) seen <- seen | column$declared
  column$size <- NULL
  if (all(seen)) return(column)
  column$codes <- .Call(C_recode, column$codes, column$width, as.integer(ifelse(seen, cumsum(seen), 0)))
  for (part in c("levels", "plain", "values")) if (!is.null(column[[part]])) column[[part]] <- column[[part]][seen]
  column
}
