# A book as text: a table for each question.

column_key <- function(rows) paste0(rows$banner, "\r", rows$column, recycle0 = TRUE)

# What is shown of a question: matrices with a row for each answer and a column for each column of the book.
book_grid <- function(x, outcome) {
  cells <- x$cells[x$cells$outcome == outcome, , drop = FALSE]
  question <- x$questions[x$questions$outcome == outcome, ]
  tests <- x$tests[x$tests$outcome == outcome, , drop = FALSE]
  answers <- unique(cells$level)
  if (length(answers) == 0L) return(list(question = question, answers = answers, tests = tests))
  at <- cbind(match(cells$level, answers), match(column_key(cells), column_key(x$columns)))
  shape <- function(values) {
    made <- matrix(values[NA_integer_], length(answers), nrow(x$columns))
    made[at] <- values
    made
  }
  of_column <- function(values) shape(values)[1L, ]
  banners <- unique(x$columns$banner[-1L])
  p <- rep(NA_real_, nrow(x$columns))
  first <- match(tests$banner, x$columns$banner)
  p[first[!is.na(first)]] <- tests$p.value[!is.na(first)]
  share <- question$statistic != "mean"
  list(question = question, answers = if (share) answers else "mean", share = share, tests = tests, p = p,
       estimate = shape(cells$estimate), std.error = shape(cells$std.error), letters = shape(cells$higher),
       reliability = shape(cells$reliability), reason = shape(cells$reason), n = of_column(cells$n.base),
       weighted = of_column(cells$base.weighted), effective = of_column(cells$base.effective),
       tested = match(banners, x$columns$banner))
}

# Signs of the NCHS standards, and letters, behind an estimate.
grid_marks <- function(grid) {
  letters <- ifelse(is.na(grid$letters), "", grid$letters)
  marks <- reliability_marks(grid$reliability)
  array(paste0(marks, letters), dim(grid$estimate))
}

question_title <- function(question) {
  if (question$label == question$outcome) question$outcome else paste0(question$label, " (", question$outcome, ")")
}

question_source <- function(question) {
  paste0(n_text(question$n), if (question$statistic == "item") "; several answers possible",
         if (!is.na(question$filter)) paste0("; only ", question$filter))
}

grid_text <- function(grid, digits) {
  if (grid$share) return(array(format_percent(grid$estimate, percent_digits(digits)), dim(grid$estimate)))
  number <- mean_format(list(std.error = c(grid$std.error), estimate = c(grid$estimate)), digits)
  array(number(grid$estimate), dim(grid$estimate))
}

# Why a figure or a test is not there.
grid_reasons <- function(grid) {
  none <- is.na(grid$estimate) & !is.na(grid$reason)
  figures <- unique(grid$reason[none])
  lost <- is.na(grid$tests$p.value)
  c(if (length(figures) > 0L) paste0("-: ", paste(figures, collapse = "; "), "."),
    paste0("No test by ", grid$tests$banner[lost], ": ", grid$tests$reason[lost], ".", recycle0 = TRUE))
}

#' @rdname weeg_print
#' @export
format.weeg_book <- function(x, digits = NULL, width = getOption("width"), ...) {
  info <- info_of(x)
  width <- line_width(width)
  kept <- !is.null(kept_tables())
  source <- source_lines(info, width)
  about <- if (kept) sub(source_mark, "", source, fixed = TRUE) else c(wrap(book_title(x, info), width), source, "")
  lines <- lapply(x$questions$outcome, function(outcome) {
    grid <- book_grid(x, outcome)
    said <- question_source(grid$question)
    head <- c(wrap(question_title(grid$question), width), if (kept) paste0(source_mark, said) else wrap(said, width))
    if (length(grid$answers) == 0L) return(c(head, "No answers.", ""))
    c(head, if (!kept) "", table_lines(grid_columns(x, grid, digits, kept), width),
      unlist(lapply(grid_reasons(grid), wrap, width)), "")
  })
  c(if (!kept) about, unlist(lines), reliability_lines(x$cells$reliability, width), wrap(book_line(x, info), width),
    if (kept) about, convention_lines(x, width))
}

book_title <- function(x, info) {
  if (!is.null(info$title)) return(info$title)
  paste0(counted(nrow(x$questions), "question"), " by ", paste(info$groups, collapse = ", "))
}

# What letters and rows of bases and tests are, of those that are shown. outcome: of one question; NULL: of all.
book_line <- function(x, info, outcome = NULL) {
  of <- function(rows) if (is.null(outcome)) rows else rows[rows$outcome == outcome, , drop = FALSE]
  said <- c(
    if (!all(is.na(x$columns$letter))) {
      paste0("A letter: the figure is higher than that of the column with this letter, of the same variable, at ",
             format_significant(1 - info$level, 1L), if (info$adjust != "none") paste0(" (p adjusted: ", info$adjust, ")"), ".")
    },
    if (any(reason_is(of(x$tests)$reason, "overlapping"))) {
      paste0("Columns of ", listed(unique(x$tests$banner[reason_is(x$tests$reason, "overlapping")])),
             " overlap, which the letters account for.")
    },
    if (nrow(of(x$tests)) > 0L) "p: the test of the question by the variable.",
    if (!all(is.na(of(x$cells)$base.effective))) "n eff.: Kish's effective base."
  )
  if (length(said) > 0L) paste(said, collapse = " ")
}

# The words for rows below the answers, of those that a question has: list(p, n, weighted, effective).
base_labels <- function(grid) {
  list(p = if (nrow(grid$tests) > 0L) "p", n = "n", weighted = if (!all(is.na(grid$weighted))) "N (weighted)",
       effective = if (!all(is.na(grid$effective))) "n eff.")
}

grid_columns <- function(x, grid, digits, kept) {
  cells <- paste0(grid_text(grid, digits), grid_marks(grid))
  dim(cells) <- dim(grid$estimate)
  # figures stand below each other, what is behind them too
  figures <- grid_text(grid, digits)
  marks <- grid_marks(grid)
  labels <- unlist(base_labels(grid))
  p <- ifelse(seq_along(grid$p) %in% grid$tested, p_column(grid$p), "")
  wrapped <- lapply(x$columns$column, header_lines, 12L)
  height <- max(lengths(wrapped))
  stub <- table_column(if (grid$share) "%" else if (kept) "figure" else "", c(grid$answers, labels), left = TRUE)
  c(list(stub), lapply(seq_len(nrow(x$columns)), function(k) {
    column <- x$columns[k, ]
    first <- k == 1L || x$columns$banner[k - 1L] != column$banner
    bottom <- c(if ("p" %in% labels) p[k], format_count(grid$n[k]),
                if ("N (weighted)" %in% labels) format_weighted(grid$weighted)[k],
                if ("n eff." %in% labels) format_count(grid$effective[k]))
    body <- paste0(figures[, k], pad_right(marks[, k]))
    letter <- if (is.na(column$letter)) "" else column$letter
    header <- if (!kept) {
      c(if (first) header_lines(column$banner, 12L) else "", rep("", height - length(wrapped[[k]])), wrapped[[k]], letter)
    } else {
      paste0(if (nzchar(column$banner)) paste0(column$banner, ": "), column$column, if (nzchar(letter)) paste0(" (", letter, ")"))
    }
    table_column(header, c(body, paste0(trimws(bottom), blanks(max(text_width(marks[, k]), 0L)))))
  }))
}

#' @rdname weeg_print
#' @export
print.weeg_book <- function(x, digits = NULL, ...) {
  most <- 5L
  all <- nrow(x$questions)
  print_lines(apart_result(if (all > most) x[seq_len(most)] else x), digits)
  if (all > most) {
    cat(wrap(paste0(counted(all - most, "more question"), ": book[\"", x$questions$outcome[most + 1L],
                    "\"] shows one, weeg_save(book, \"book.xlsx\") all."), getOption("width")), sep = "\n")
  }
  invisible(x)
}
