# Whether a design, tally or study is what its maker made it: each has a seal, numbers that change with what is in it (seal.c).
# Verbs look at it first, so that members that were changed by hand, or put together by somebody else, are refused in words
# instead of giving other figures. The C door (door.c) looks at every index again, whatever the seal says.

# Sealed by whatever gives an object to the user; within the package, members may change in between.
seal <- function(x) {
  x$seal[c("parts", "key")] <- NULL
  if (!inherits(x, "weeg_design")) {
    x$seal$parts <- .Call(C_prints, x)
    return(x)
  }
  parts <- sealed_parts(x)
  prints <- .Call(C_fingerprint, parts, TRUE)
  names(prints) <- names(parts)
  x$seal$parts <- prints
  x$seal$key <- .Call(C_key)
  held$lists <- .Call(C_hold, held$lists, x$seal$key, parts)
  x
}

# Fingerprints of a million rows take as long as a tally of them, so those of a design are of some. `lists` has the members of
# designs by their keys: those that are still the same vectors need none, as R copies what it changes, and others are compared
# with them, all numbers; of a design that was loaded there are none to compare with. The variables behind: see know_columns().
held <- new.env(parent = emptyenv())

# All but the rows of a data frame, of which `columns` has what matters; and the class, which says what the rest means.
sealed_parts <- function(x) {
  parts <- unclass(x)
  if (is.data.frame(parts$data)) parts["data"] <- NULL
  parts["seal"] <- list(if (is.list(x$seal)) x$seal$columns)
  c(parts, list(class(x)))
}

# A design keeps the codes of its strata and PSUs, its weights and its domain by row, and looks other variables up when they are
# asked for. data.table's setorder(), `:=` and set() change data in place, in every copy: the variables behind these have
# fingerprints, which change with them. used: the names that occur in each expression. Where rows are known by their place alone,
# as what was computed of no variable of the data is, the fingerprints are those of all variables.
know_columns <- function(design, used = list(character())) {
  data <- design$data
  if (!is.data.frame(data)) return(design)
  in_data <- lapply(used, function(names) names[names %in% names(data)])
  names <- if (all(lengths(in_data) > 0L)) unlist(in_data) else names(data)
  names <- unique(names[!names %in% names(design$seal$columns)])
  design$seal$columns <- c(design$seal$columns, fingerprints(data, names))
  design
}

# What a design keeps of vectors that are no columns of its data, which have fingerprints: copies, so that nothing reaches it
# that changes these in place where they came from. values: plain numbers, named as the columns.
own <- function(values, data) {
  columns <- if (is.data.frame(data)) columns_of(data, names(values))
  theirs <- .Call(C_same, values, as.list(columns))
  for (k in which(!theirs & lengths(values) > 0L)) values[[k]][1L] <- values[[k]][1L]
  values
}

# The terms of one-sided formulas that stand for something.
formula_terms <- function(formulas) {
  terms <- lapply(formulas, function(f) if (inherits(f, "formula") && !stands_for_none(f)) plus_terms(f[[length(f)]]))
  terms <- unlist(terms, recursive = FALSE)
  terms[!vapply(terms, is.numeric, NA)]
}

columns_of <- function(data, names) lapply(names, function(name) .subset2(data, name))

# Of long columns from blocks of their values: another order shows in these. A few cells that are changed where they are may not:
# weights then count as they are now (the pass over the rows checks them again), strata and PSUs as they were.
fingerprints <- function(data, names) {
  prints <- .Call(C_fingerprint, columns_of(data, names), TRUE)
  names(prints) <- names
  prints
}

made_of <- c(weeg_design = "design", weeg_tally = "tally", weeg_study = "study")

# What every verb asks first.
check_unbroken <- function(x) {
  if (is.list(x) && .Call(C_unbroken, x, held$lists) && has_its_rows(x)) return(invisible())
  what <- made_of[[intersect(class(x), names(made_of))[1L]]]
  if (!is.list(x)) abort_changed(what)
  if (what == "design") check_rows_of_design(x)
  if (what == "study" && !is.data.frame(x$data)) abort_changed(what, "data")
  check_members(x, what)
}

has_its_rows <- function(x) !is.data.frame(x$data) || is.null(x$rows) || .row_names_info(x$data, 2L) == x$rows

# Looks again at what seems to differ, and says what it is.
check_members <- function(x, what) {
  seal <- if (is.list(x$seal)) x$seal
  parts <- sealed_parts(x)
  if (what == "design") {
    columns <- known_columns(x)
    changed <- .Call(C_differ, columns, seal$columns, TRUE, NULL, NULL)
    if (any(changed)) abort_data_changed(names(seal$columns)[changed])
  }
  if (!is.numeric(seal$parts) || !identical(names(seal$parts), names(parts))) {
    abort_changed(what, members_that_differ(seal$parts, parts))
  }
  changed <- .Call(C_differ, parts, seal$parts, what == "design", held$lists, seal$key)
  if (any(changed)) abort_changed(what, names(parts)[changed])
}

members_that_differ <- function(known, parts) {
  differ <- c(setdiff(names(known), names(parts)), setdiff(names(parts), names(known)))
  differ[nzchar(differ)]
}

abort_changed <- function(what, members = character()) {
  members <- members[nzchar(members) & members != "seal"]
  abort("argument", "the ", what, " was changed after it was made",
        if (length(members) > 0L) paste0(" (", listed(paste0("`", members, "`")), ")"),
        hint = paste0("Make the ", what, " again",
                      if (what == "design") "; its parts, such as weights, are arguments of weeg_design()"))
}

# Called by door.c.
abort_broken <- function(what) {
  abort("argument", "the design, tally or result was changed after it was made: what it has now is wrong: ", what,
        hint = "Make it again")
}

check_rows_of_design <- function(design) {
  data <- design$data
  rows <- design$rows
  again <- "Make the design again, from the data as they are now"
  if (!is_source(data)) {
    abort("argument", "the data of the design are no longer a data frame", hint = again)
  }
  if (!is.numeric(rows) || length(rows) != 1L || is.na(rows)) abort_changed("design", "rows")
  counts <- c("rows of data" = if (is.data.frame(data)) nrow(data),
              weights = if (!is.null(design$weights)) length(design$weights),
              "rows in or out of its domain" = if (!is.null(design$domain) && !is.character(design$domain)) length(design$domain))
  if (any(counts != as.vector(rows))) {
    wrong <- which(counts != as.vector(rows))[1L]
    abort("argument", "the design was made from ", counted(rows, "row"), ", but now has ", format_count(counts[wrong]),
          " ", names(counts)[wrong], hint = again)
  }
  if (!is.null(design$weights) && !is.double(design$weights)) {
    abort("argument", "the weights of the design are no longer numbers", hint = again)
  }
}

# The columns behind a design, if they are there.
known_columns <- function(x) {
  known <- if (is.list(x$seal)) x$seal$columns
  if (!is.numeric(known) || is.null(names(known))) return(list())
  at <- match(names(known), if (is.data.frame(x$data)) names(x$data))
  if (anyNA(at)) abort_data_changed(names(known)[is.na(at)])
  .subset(x$data, at)
}

abort_data_changed <- function(names) {
  abort("argument", "the data were changed or reordered after the design was made from them: ", names[1L], " is not what it was",
        hint = paste0("Make the design again, from the data as they are now; or make it from a copy, data.table::copy(data), ",
                      "where setorder(), `:=` and set() do not reach it"))
}

# ---- results ---------------------------------------------------------------------------------------------------------

# Of a result the rows are the user's, to take some or change figures; what it is about and how it was computed is sealed, and
# so are the members of a cross-tab, which is a list.
seal_result <- function(x) {
  attr(x, "info")$seal <- result_print(x)
  x
}

result_print <- function(x) {
  info <- attr(x, "info")
  info$seal <- NULL
  members <- if (!is.data.frame(x)) as.list(unclass(x))
  attributes(members) <- if (!is.null(names(members))) list(names = names(members))
  .Call(C_fingerprint, list(list(info, attr(x, "conventions"), class(x), members)), FALSE)
}

kinds_of <- function(columns) {
  kinds <- .Call(C_kinds, columns)
  for (i in which(is.na(kinds))) kinds[i] <- if (is.numeric(columns[[i]])) "number" else "other"
  names(kinds) <- names(columns)
  kinds
}

# Whether methods for a result can use it.
is_intact <- function(x) {
  info <- attr(x, "info")
  if (!is.list(x) || !is.list(info) || !is.numeric(info$seal) || !identical(result_print(x), info$seal)) return(FALSE)
  if (!is.data.frame(x)) return(TRUE)
  known <- intersect(names(x), names(info$kinds))
  all(info$naming %in% known) && all(lengths(unclass(x)) == nrow(x)) &&
    all(kinds_of(unclass(x)[known]) == info$kinds[known]) && !any(vapply(unclass(x)[info$naming], anyNA, NA))
}

# What a result is about.
info_of <- function(x) {
  if (is_intact(x)) return(attr(x, "info"))
  abort("argument", "the result was changed after it was made: it is no longer a ", class(x)[1L], "",
        hint = "Make it again; as.data.frame() gives its rows to work on")
}

# The same, for what needs every column of a result.
info_of_all <- function(x) {
  info <- info_of(x)
  lost <- setdiff(c(needed_columns[[class(x)[1L]]], info$columns), names(x))
  if (length(lost) == 0L) return(info)
  abort("argument", "columns were taken out of the result: ", listed(paste0("`", lost, "`")),
        hint = "Give the result as it was made; as.data.frame() gives its rows to work on")
}
