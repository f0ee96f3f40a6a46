# A book in a release: its tables, tests and comparisons are results of the verbs, which weeg_protect() protects with all others
# of the release; what is shown of these is what the book shows.

# Lists in which books are lists of their results.
unfold_books <- function(x, data) {
  if (inherits(x, "weeg_book")) return(book_results(x, data))
  if (is.list(x) && !is.object(x)) lapply(x, unfold_books, data) else x
}

# And back: x, lists of results and books; shown: the same, unfolded and protected.
fold_books <- function(x, shown, threshold) {
  if (inherits(x, "weeg_book")) return(shown_book(x, shown, threshold))
  if (is.list(x) && !is.object(x)) Map(fold_books, x, shown, threshold) else shown
}

# By table, named by its number, list(cells, tests, comparisons), of which there may be no others than cells.
book_results <- function(x, data) {
  check_book(x)
  data <- weeg_design(data)
  check_domain(x, data)
  info <- info_of(x)
  known <- if (inherits(data, "weeg_tally")) names(data$variables) else source_names(data$data)
  asked <- book_places(x)
  results <- lapply(seq_along(asked$at), function(k) {
    outcome <- said_term(asked$outcome[k], known)
    alone <- !nzchar(asked$banner[k])
    formula <- if (alone) call("~", outcome) else call("~", outcome, said_term(asked$banner[k], known))
    formula <- stats::as.formula(formula, baseenv())
    common <- list(data, formula, level = info$level, missing = info$missing)
    of <- function(rows) any(rows$outcome == asked$outcome[k] & rows$banner == asked$banner[k])
    cells <- x$cells[asked$at[[k]], ]
    nets <- info$nets[unique(cells$level[cells$statistic == "net"])]
    answers <- if (length(nets) > 0L) list(answers = c(list(NULL), nets))
    interval <- if (!info$usual_interval) list(interval = info$interval)
    if (cells$statistic[1L] == "mean") {
      made <- mean_results(common, of(x$tests), of(x$comparisons), info$adjust)
      check_book_counts(cells, list(n = made$cells$n, n.base = made$cells$n))
      return(made)
    }
    made <- list(cells = do.call(weeg_proportion, c(common, interval, answers)))
    if (of(x$tests)) made$tests <- do.call(weeg_test, common[-3L])
    if (of(x$comparisons)) {
      made$comparisons <- do.call(weeg_compare, c(common, measures = "difference", adjust = info$adjust, answers))
    }
    check_book_counts(cells, made$cells)
    made
  })
  if (length(results) == 0L) abort("argument", "a book without answers cannot be protected", hint = "There is nothing to protect")
  same_design(x, attr(results[[1L]]$cells, "info"))
  results
}

mean_results <- function(common, tested, compared, adjust) {
  c(list(cells = do.call(weeg_mean, common)),
    if (tested) list(tests = do.call(weeg_test, c(common[-3L], method = "mean"))),
    if (compared) list(comparisons = do.call(weeg_compare, c(common, measures = "mean-difference", adjust = adjust))))
}

# The tables of a book: list(outcome, banner, at: their rows of cells).
book_places <- function(x) {
  key <- paste(match(x$cells$outcome, x$questions$outcome), match(x$cells$banner, unique(x$cells$banner)))
  at <- unname(split(seq_along(key), factor(key, unique(key))))
  first <- vapply(at, `[`, 0L, 1L)
  list(outcome = x$cells$outcome[first], banner = x$cells$banner[first], at = at)
}

check_book <- function(x) {
  info <- info_of(x)
  if (is_protected(x)) abort("argument", "a book is protected already", hint = "Protect all results of a release in one call")
  items <- c(x$questions$outcome[x$questions$statistic == "item"],
             unique(x$tests$banner[reason_is(x$tests$reason, "overlapping")]))
  if (length(items) > 0L) {
    abort("unsupported", "multiple-response questions of a book cannot be protected, and the book has ", items[1L],
          hint = "Leave it out of the book, and give its weeg_multiple() in the same call")
  }
  filtered <- which(!is.na(x$questions$filter))
  if (length(filtered) > 0L) {
    abort("unsupported", "a question of which only some rows are shown cannot be protected: ", x$questions$outcome[filtered[1L]],
          " (in `filters`)",
          hint = "Make the book without this condition; in one release, the domain is the same for all tables")
  }
}

# Figures that are made again must be those of the book.
check_book_counts <- function(cells, made) {
  if (identical(cells$n, made$n) && identical(cells$n.base, made$n.base)) return(invisible())
  abort("argument", "a book is not of `data`: their counts differ",
        hint = "A release belongs to one design: make all results from `data`, and give that")
}

# ---- what is shown -----------------------------------------------------------------------------------------------------

shown_book <- function(x, shown, threshold) {
  members <- unclass(x)
  places <- book_places(x)
  precision <- lapply(shown, function(made) attr(made$cells, "info")$precision)
  coarse <- !vapply(precision, is.null, NA)
  lost <- vapply(shown, function(made) inherits(made$cells, "weeg_mean") && any(reason_is(made$cells$reason, "protected")), NA)
  touched <- places$outcome %in% places$outcome[coarse | lost]
  for (k in seq_along(shown)) {
    at <- places$at[[k]]
    cells <- shown[[k]]$cells
    members$cells <- shown_rows_of(members$cells, at, cells, intersect(figure_columns, names(cells)))
    if (is.null(cells$n.base)) members$cells$n.base[at] <- cells$n
    members$cells[at, ] <- without_bases(members$cells[at, ], touched[k])
    of <- function(rows) which(rows$outcome == places$outcome[k] & rows$banner == places$banner[k])
    for (what in setdiff(names(shown[[k]]), "cells")) {
      members[[what]] <- shown_rows_of(members[[what]], of(members[[what]]), shown[[k]][[what]])
    }
  }
  whole <- members$cells[members$cells$banner == "", ]
  known <- members$questions$outcome %in% whole$outcome
  members$questions$n[known] <- whole$n.base[match(members$questions$outcome[known], whole$outcome)]
  members$cells$cv <- cell_cv(members$cells)
  members$cells$higher <- shown_letters(members$cells, members$comparisons, 1 - info_of(x)$level)
  attr(members, "info")$threshold <- threshold
  said <- c(attr(x, "conventions"), disclosure = disclosure_text(threshold), book_precision(places$outcome, precision))
  attributes <- list(conventions = said, info = attr(members, "info"))
  coarse <- places$outcome %in% places$outcome[coarse]
  if (any(coarse)) attributes <- without_law(attributes, all(coarse))
  attributes(members)[c("conventions", "info")] <- attributes[c("conventions", "info")]
  class(members) <- class(x)
  seal_result(members)
}

# What a result shows, in the rows of a book that are about it; columns: some, or those that both have.
shown_rows_of <- function(rows, at, result, columns = setdiff(intersect(names(rows), names(result)), c("outcome", "level"))) {
  plain <- as.data.frame.weeg_result(result)
  for (name in columns) {
    value <- plain[[name]]
    rows[[name]][at] <- if (is.factor(value)) as.character(value) else value
  }
  rows
}

# Weighted bases are not among the coarse figures of which it is shown that they reveal nothing: they are left out with any count
# of the question, but where they are those that are not weighted.
without_bases <- function(cells, touched) {
  equal <- !is.na(cells$base.effective) & abs(cells$base.effective - cells$n.base) <= 1e-9 * cells$n.base
  equal[is.na(equal)] <- FALSE
  cells[touched & !equal | is.na(cells$n.base), c("base.weighted", "base.effective")] <- NA
  cells
}

# As book_letters(): of what is shown.
shown_letters <- function(cells, compared, alpha) {
  key <- function(rows, column) paste(rows$outcome, rows$banner, column, rows$level, sep = "\r")
  at <- key(cells, cells$column)
  first <- match(key(compared, compared$group1), at)
  second <- match(key(compared, compared$group2), at)
  number <- match(cells$letter, LETTERS)
  place_letters(length(at), first, second, number[first], number[second], compared, alpha)
}

# How coarse figures are, and of which questions: of each table its question and what is said.
book_precision <- function(outcome, precision) {
  said <- vapply(precision, function(text) c(text, NA_character_)[1L], "")
  texts <- unique(said[!is.na(said)])
  if (length(texts) == 0L) return(NULL)
  of <- vapply(texts, function(text) paste(unique(outcome[said %in% text]), collapse = ", "), "")
  every <- !anyNA(said) && length(texts) == 1L
  c(precision = if (every) texts else paste0(texts, " (", of, ")", collapse = "; "))
}
