# Results as tables of documents. A table shows what print() shows: each format() gives its columns to table_lines(), which
# hands them over to shown_tables() where that asks, in place of laying them out as lines.

#' Results as tables
#'
#' In R Markdown and Quarto a result is a table by itself: in HTML, PDF, Word, PowerPoint and all else that pandoc writes.
#' `weeg_table()` gives the same as a data frame of texts, for packages that make tables; `as_flextable()` and `as_gt()` make
#' tables of packages flextable and gt. [weeg_save()] writes files.
#'
#' A table has the rows, columns and decimals of the print. Its caption is the title; the sample, footnotes and conventions are
#' its note. A caption of your own is the option `tab.cap` of a chunk of R Markdown, or `tbl-cap` in Quarto, which also numbers
#' and cites tables. What `print()` in a chunk writes is text.
#'
#' Columns that do not fit on the line of a page are a second table below, and rows that do not fit on a slide go on the next; the
#' note of a slide is for who speaks. Word's tables are in the type of its text: the `reference_docx` of a `word_document`
#' may have a smaller one.
#'
#' A result with several tables, such as two outcomes, is as many tables in a document, and one with headings between the rows for
#' `as_flextable()` and `as_gt()`. A cross-tab has each percentage with its interval in one cell.
#'
#' Package gtsummary has a function `as_gt()` too, that takes nothing else than its own tables: where it hides this one, write
#' `weeg::as_gt()`, which takes both.
#'
#' For calculations, `as.data.frame()` and [tidy()] have the numbers, with all digits.
#'
#' @param x A result, such as that of [weeg_proportion()] or [weeg_crosstab()].
#' @param digits Decimals, as in `print()`.
#' @param ... Not used.
#' @return `weeg_table()`: a data frame of texts, whose names are the headers. With several tables the first column, `table`, says
#'   which a row is of. A row of a heading, such as a group above its answers, has a text in the first column only. Its
#'   attributes `caption` and `note` are texts. `as_flextable()`: a `flextable`; `as_gt()`: a `gt_tbl`.
#' @name weeg_table
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' x <- weeg_table(weeg_crosstab(d, strengths ~ provider))
#' x[, 1:3]
#' attr(x, "caption")
#' if (requireNamespace("knitr", quietly = TRUE)) knitr::kable(x)
NULL

#' @rdname weeg_table
#' @export
weeg_table <- function(x, digits = NULL) {
  need_given(x)
  check_result(x)
  one_table(shown_tables(x, digits))
}

result_classes <- c("weeg_result", "weeg_crosstab", "weeg_audit", "weeg_book")

check_result <- function(x, name = "x") {
  if (inherits(x, result_classes)) return(invisible())
  abort("argument", "`", name, "` must be a result, such as that of weeg_proportion() or weeg_crosstab()")
}

# ---- the tables of a result -------------------------------------------------------------------------------------------

# Where shown_tables(), further out, wants columns: the environment that keeps them.
kept_tables <- function() dynGet("tables_of_result", NULL)

# In place of the lines of a table, and before what says where its numbers are from. No text from data has them: ends of lines are
# blanks.
table_mark <- "\r"
source_mark <- "\n"

keep_columns <- function(kept, columns) {
  kept$all <- c(kept$all, list(columns))
  paste0(table_mark, length(kept$all))
}

# list(tables = list(list(caption, header, cells, band, note), ...), note, title): cells is a matrix of texts, band says
# which rows are headings. note: below all tables.
shown_tables <- function(x, digits = NULL) {
  tables_of_result <- new.env()
  lines <- format(apart_result(x), digits = digits, width = 1e6)
  if (length(tables_of_result$all) == 0L) {
    # a test of one outcome, models that are compared, or no figure at all
    tables_of_result$all <- list(number_columns(x))
    last <- max(1L, which(startsWith(lines, source_mark)))
    lines <- append(lines, table_mark, last)
  }
  lay_out(lines, lapply(tables_of_result$all, if (inherits(x, c("weeg_crosstab", "weeg_battery"))) pairs_in_cells else identity))
}

# Lines between two tables are, up to the first that is empty, about the one above them.
lay_out <- function(lines, columns) {
  at <- which(startsWith(lines, table_mark))
  title <- ""
  tables <- list()
  head <- lines[seq_len(at[1L] - 1L)]
  for (k in seq_along(at)) {
    after <- lines[seq_len(c(at, length(lines) + 1L)[k + 1L] - at[k] - 1L) + at[k]]
    here <- cumsum(!nzchar(after)) == 0L
    head <- head[nzchar(head)]
    source <- startsWith(head, source_mark)
    said <- head[!source]
    if (any(source) || k == 1L) {
      title <- c(said, "")[1L]
      said <- said[-1L]
    }
    tables[[k]] <- c(
      list(caption = paste(c(title, said)[nzchar(c(title, said))], collapse = ". "), title = title,
           note = c(sub(source_mark, "", head[source]), after[here])),
      column_cells(columns[[k]])
    )
    head <- after[!here]
  }
  list(tables = tables, note = head[nzchar(head)])
}

# Texts of the cells of columns: without the blanks that align them, but for those in front of an answer under its group.
column_cells <- function(columns) {
  header <- vapply(columns, function(column) {
    text <- visible(column$header)
    paste(trimws(text), collapse = if (any(startsWith(text, "  "))) " / " else " ")
  }, "")
  cells <- do.call(cbind, lapply(columns, function(column) {
    text <- as.character(visible(column$cells))
    indent <- if (column$left) attr(regexpr("^ *", text), "match.length") else 0L
    # low limits are padded
    text <- gsub(" +", " ", trimws(text))
    paste0(strrep("\u00a0", indent), text, recycle0 = TRUE)
  }))
  left <- vapply(columns, function(column) column$left, NA)
  list(header = header, cells = cells, left = left, band = Reduce(`|`, lapply(columns, function(column) column$spill)))
}

# Of a cross-tab: the interval behind its percentage, in one line.
pairs_in_cells <- function(columns) {
  stub <- columns[[1L]]$cells
  second <- which(!nzchar(stub))
  lapply(columns, function(column) {
    below <- trimws(column$cells[second])
    above <- trimws(column$cells[second - 1L], "right")
    column$cells[second - 1L] <- ifelse(nzchar(below), paste0(above, " (", below, ")"), above)
    column$cells <- column$cells[-second]
    column$spill <- column$spill[-second]
    if (identical(column$header, c("n", "N"))) column$header <- "n (N)"
    column
  })
}

# All tables as one data frame.
one_table <- function(made) {
  tables <- made$tables
  several <- length(tables) > 1L
  headers <- lapply(tables, `[[`, "header")
  if (length(unique(lengths(headers))) == 1L) {
    # what has another name in each, such as a difference and a ratio
    same <- do.call(rbind, headers)
    differs <- apply(same, 2L, function(name) length(unique(name)) > 1L)
    header <- ifelse(differs, c("", rep("estimate", ncol(same) - 1L)), same[1L, ])
    if (anyDuplicated(header)) header <- same[1L, ]
    places <- lapply(headers, seq_along)
  } else {
    header <- unique(unlist(headers))
    places <- lapply(headers, match, header)
  }
  rows <- do.call(rbind, Map(function(table, place) {
    cells <- matrix("", nrow(table$cells), length(header))
    cells[, place] <- table$cells
    cells
  }, tables, places))
  frame <- as.data.frame(rows, stringsAsFactors = FALSE)
  header[!nzchar(header)] <- " "
  names(frame) <- make.unique(header)
  caption <- tables[[1L]]$caption
  if (several) {
    captions <- vapply(tables, `[[`, "", "caption")
    frame <- cbind(table = rep(captions, vapply(tables, function(table) nrow(table$cells), 0L)), frame)
    caption <- paste(unique(vapply(tables, `[[`, "", "title")), collapse = "; ")
  }
  note <- unique(c(unlist(lapply(tables, `[[`, "note")), made$note))
  structure(frame, caption = caption, note = note, band = unlist(lapply(tables, `[[`, "band")), left = tables[[1L]]$left)
}

# ---- documents -------------------------------------------------------------------------------------------------------

# The tables of a result as blocks of a report.
table_blocks <- function(made, caption = NULL) {
  last <- length(made$tables)
  unlist(lapply(seq_along(made$tables), function(k) {
    table <- made$tables[[k]]
    grid_block(if (is.null(caption)) table$caption else caption, table$header, split_columns(table$cells),
               c(table$note, if (k == last) made$note), table$band, table$left)
  }), recursive = FALSE)
}

split_columns <- function(cells) lapply(seq_len(ncol(cells)), function(k) cells[, k])

#' @exportS3Method knitr::knit_print
knit_print.weeg_result <- function(x, ...) {
  if (!identical(knitr::opts_knit$get("out.format"), "markdown")) return(knitr::normal_print(x))
  said <- knitr::opts_current$get(c("tab.cap", "tbl-cap"))
  made <- shown_tables(if (is.data.frame(x)) first_rows(x) else x)
  if (is.data.frame(x)) made$note <- c(made$note, more_rows(x))
  if (!is.null(said[["tbl-cap"]])) {
    # Quarto writes this caption itself
    made$note <- c(vapply(made$tables, `[[`, "", "caption"), made$note)
    said[["tab.cap"]] <- ""
  }
  to <- c(sub("[+-].*", "", knitr::pandoc_to()), "markdown")[1L]
  text <- blocks_markdown(table_blocks(made, said[["tab.cap"]]), NULL, NULL, NULL, to)
  knitr::asis_output(paste0("\n\n", paste(text, collapse = "\n\n"), "\n\n"))
}

#' @exportS3Method knitr::knit_print
knit_print.weeg_crosstab <- function(x, ...) knit_print.weeg_result(x, ...)

#' @exportS3Method knitr::knit_print
knit_print.weeg_book <- function(x, ...) knit_print.weeg_result(x, ...)

#' @exportS3Method knitr::knit_print
knit_print.weeg_audit <- function(x, ...) knit_print.weeg_result(x, ...)

# ---- packages that make tables ---------------------------------------------------------------------------------------

#' @rdname weeg_table
#' @exportS3Method flextable::as_flextable
as_flextable.weeg_result <- function(x, digits = NULL, ...) {
  need_package("flextable", "to make its tables")
  parts <- banded_table(shown_tables(x, digits))
  made <- flextable::flextable(parts$frame)
  # names are no texts: two columns may have the same header, or none
  made <- flextable::set_header_labels(made, values = stats::setNames(as.list(parts$header), names(parts$frame)))
  made <- flextable::align(made, j = which(!parts$left), align = "right", part = "all")
  made <- flextable::bold(made, i = which(parts$band), j = 1L)
  made <- flextable::bold(made, part = "header")
  for (row in which(parts$band)) made <- flextable::merge_at(made, i = row, j = seq_along(parts$frame))
  made <- flextable::set_caption(made, caption = parts$caption)
  if (length(parts$note) > 0L) made <- flextable::add_footer_lines(made, parts$note)
  made <- flextable::autofit(made)
  # no wider than the text of a page, in inches: in smaller type, so that intervals stay on one line
  wide <- sum(dim(made)$widths) / 6.5
  if (wide > 1) made <- flextable::autofit(flextable::fontsize(made, size = max(7, floor(11 / wide)), part = "all"))
  widths <- dim(made)$widths
  flextable::width(made, width = widths * min(1, 6.5 / sum(widths)))
}

#' @exportS3Method flextable::as_flextable
as_flextable.weeg_crosstab <- function(x, digits = NULL, ...) as_flextable.weeg_result(x, digits, ...)

#' @exportS3Method flextable::as_flextable
as_flextable.weeg_book <- function(x, digits = NULL, ...) as_flextable.weeg_result(x, digits, ...)

#' @exportS3Method flextable::as_flextable
as_flextable.weeg_audit <- function(x, digits = NULL, ...) as_flextable.weeg_result(x, digits, ...)

#' @rdname weeg_table
#' @export
as_gt <- function(x, ...) UseMethod("as_gt")

#' @export
as_gt.default <- function(x, ...) {
  if (inherits(x, "gtsummary") && requireNamespace("gtsummary", quietly = TRUE)) return(gtsummary::as_gt(x, ...))
  check_result(x)
}

#' @rdname weeg_table
#' @export
as_gt.weeg_result <- function(x, digits = NULL, ...) {
  need_package("gt", "to make its tables")
  parts <- banded_table(shown_tables(x, digits))
  made <- gt::gt(parts$frame)
  made <- gt::cols_label(made, .list = stats::setNames(as.list(parts$header), names(parts$frame)))
  made <- gt::tab_header(made, title = parts$caption)
  made <- gt::cols_align(made, "left", which(parts$left))
  if (!all(parts$left)) {
    made <- gt::cols_align(made, "right", which(!parts$left))
    made <- gt::tab_style(made, gt::cell_text(whitespace = "nowrap"), gt::cells_body(columns = which(!parts$left)))
  }
  if (any(parts$band)) {
    made <- gt::tab_style(made, gt::cell_text(weight = "bold"), gt::cells_body(columns = 1L, rows = which(parts$band)))
  }
  for (note in parts$note) made <- gt::tab_source_note(made, note)
  made
}

#' @export
as_gt.weeg_crosstab <- function(x, digits = NULL, ...) as_gt.weeg_result(x, digits, ...)

#' @export
as_gt.weeg_book <- function(x, digits = NULL, ...) as_gt.weeg_result(x, digits, ...)

#' @export
as_gt.weeg_audit <- function(x, digits = NULL, ...) as_gt.weeg_result(x, digits, ...)

# One table with columns that have plain names: captions of several are rows above their own.
banded_table <- function(made) {
  frame <- one_table(made)
  band <- attr(frame, "band")
  parts <- attributes(frame)[c("caption", "note", "left")]
  header <- names(frame)
  cells <- as.matrix(unname(frame))
  if (length(made$tables) > 1L) {
    header <- header[-1L]
    new <- !duplicated(cells[, 1L])
    from <- sort(c(seq_along(new), which(new)))
    above <- !duplicated(from) & new[from]
    captions <- cells[from, 1L]
    cells <- cells[from, -1L, drop = FALSE]
    cells[above, ] <- ""
    cells[above, 1L] <- captions[above]
    band <- band[from] | above
  }
  frame <- as.data.frame(cells, stringsAsFactors = FALSE)
  names(frame) <- paste0("column", seq_along(frame))
  c(list(frame = frame, header = header, band = band), parts)
}
