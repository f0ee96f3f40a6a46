# Objects, changed in every member: the members of an object, the changes, and what verbs make of the changed one.

# Where an object has members: names or numbers, down to whatever is no list. Of attributes, `attribute` is gone through.
member_paths <- function(x, attribute = NULL, most = 4L) {
  walk <- function(x, path) {
    if (!is.list(x) || length(path) >= most) return(list())
    unlist(lapply(seq_along(x), function(i) c(list(c(path, i)), walk(x[[i]], c(path, i)))), recursive = FALSE)
  }
  walk(if (is.null(attribute)) unclass(x) else attr(x, attribute), integer())
}

path_name <- function(x, path) {
  if (length(path) == 0L) return(character())
  name <- names(x)[path[1L]]
  c(if (is.null(name) || is.na(name) || !nzchar(name)) path[1L] else name, path_name(x[[path[1L]]], path[-1L]))
}

set_member <- function(x, path, edit) {
  kept <- attributes(x)
  x <- unclass(x)
  i <- path[1L]
  if (length(path) > 1L) {
    x[[i]] <- set_member(x[[i]], path[-1L], edit)
    attributes(x) <- kept
    return(x)
  }
  value <- edit(x[[i]])
  if (is.null(value) && identical(attr(edit, "drop"), TRUE)) {
    x <- x[-i]
    kept$names <- kept$names[-i]
  } else {
    x[i] <- list(value)
  }
  attributes(x) <- kept
  x
}

edit_member <- function(x, path, edit, attribute = NULL) {
  if (is.null(attribute)) return(set_member(x, path, edit))
  attr(x, attribute) <- set_member(attr(x, attribute), path, edit)
  x
}

# Each gives a value that differs from the one it gets; what it cannot change it leaves.
with_kept <- function(x, f) {
  if (is.null(x) || is.language(x) || typeof(x) == "externalptr") return(x)
  kept <- attributes(x)
  kept[c("names", "dim", "dimnames", "row.names")] <- NULL
  y <- f(unclass(x))
  for (name in names(kept)) attr(y, name) <- kept[[name]]
  y
}
edits <- list(
  removed = structure(function(x) NULL, drop = TRUE), null = function(x) NULL,
  empty = function(x) if (typeof(x) != "externalptr") x[0L],
  shorter = function(x) with_kept(x, function(y) utils::head(y, -1L)),
  longer = function(x) with_kept(x, function(y) c(y, y)), reversed = function(x) with_kept(x, function(y) y[rev(seq_along(y))]),
  missing = function(x) with_kept(x, function(y) {
    if (is.raw(y)) rev(!y) else if (is.atomic(y) && length(y) > 0L) replace(y, 1L, NA) else y
  }), negative = function(x) with_kept(x, function(y) {
    if (is.raw(y)) !y else if (is.numeric(y)) replace(y, seq_along(y) == 1L, -7L) else y
  }), huge = function(x) with_kept(x, function(y) {
    if (is.integer(y)) replace(y, seq_along(y), .Machine$integer.max) else if (is.double(y)) y + 1e300 else y
  }), zero = function(x) with_kept(x, function(y) if (is.numeric(y)) y * 0L else y),
  infinite = function(x) with_kept(x, function(y) if (is.double(y)) replace(y, length(y), Inf) else y),
  other = function(x) if (is.integer(x)) as.double(x) + 0.5 else if (is.double(x)) suppressWarnings(as.integer(x)) else 1L,
  text = function(x) "a",
  list = function(x) if (typeof(x) == "externalptr") list(x) else as.list(x),
  class = function(x) structure(list(x), class = "odd"),
  sized = function(x) if (length(x) > 0L && is.atomic(x)) structure(x, dim = c(1L, length(x)), names = NULL) else x,
  call = function(x) quote(a + b)
)

numbers_in <- function(x) {
  if (inherits(x, "weeg_tally")) x <- list(as.data.frame(x), format(x))
  if (inherits(x, "weeg_design")) return(format(x))
  if (is.function(x) || is.environment(x) || is.language(x)) return(NULL)
  if (is.list(x)) return(lapply(unclass(x), numbers_in))
  attributes(x) <- NULL
  x
}

# "same", "error" (weeg's own), "other" (figures that are not those), "internal" (R's words).
outcome_of <- function(call, before) {
  found <- tryCatch(suppressWarnings(suppressMessages(numbers_in(call()))), error = identity)
  if (inherits(found, "weeg_error")) return("error")
  if (inherits(found, "error")) return(paste("internal:", conditionMessage(found)))
  if (isTRUE(all.equal(found, before, tolerance = 1e-12))) "same" else "other"
}

# `make hostile` takes all, and counts them.
all_edits <- Sys.getenv("WEEG_HOSTILE") == "all"

# How many there were of each outcome.
outcomes <- new.env(parent = emptyenv())
count_outcome <- function(outcome) {
  outcome <- sub(":.*", "", outcome)
  outcomes[[outcome]] <- c(outcomes[[outcome]], 0L)[1L] + 1L
}
