# A book as a workbook: a page of contents with links, and a sheet for each question.

# The questions as books of their own, by title, for documents.
book_sections <- function(x) {
  names <- vapply(seq_len(nrow(x$questions)), function(k) question_title(x$questions[k, ]), "")
  stats::setNames(lapply(seq_along(names), function(k) x[k]), names)
}

save_book <- function(x, path, digits = NULL) {
  info <- info_of(x)
  x <- apart_result(x)
  room <- nrow(x$columns) + 1L
  if (room > 2^14) {
    abort("unsupported", "a sheet has no room for ", counted(room, "column"), hint = "Take fewer variables, or write .csv")
  }
  # openxlsx does not escape what it says of a sheet's rows in print
  sheets <- sheet_names(c("Contents", gsub("[&<>]", "_", x$questions$outcome)))
  styles <- book_styles(digits)
  workbook_file(path, function(book) {
    for (sheet in sheets) openxlsx::addWorksheet(book, sheet, gridLines = FALSE)
    write_contents(book, sheets, x, info, styles)
    for (k in seq_len(nrow(x$questions))) write_question(book, sheets[k + 1L], sheets[1L], x, x$questions$outcome[k], styles)
  })
}

book_styles <- function(digits) {
  style <- openxlsx::createStyle
  grey <- "#595959"
  decimals <- percent_digits(digits)
  list(
    title = style(textDecoration = "bold", fontSize = 12), quiet = style(fontColour = grey, fontSize = 9),
    link = style(fontColour = "#0B5A8A", textDecoration = "underline"), wrap = style(wrapText = TRUE),
    top = style(valign = "top"),
    banner = style(textDecoration = "bold", halign = "center", valign = "center", wrapText = TRUE, fgFill = "#EEF2F6"),
    head = style(textDecoration = "bold", halign = "center", valign = "bottom", wrapText = TRUE),
    letter = style(halign = "center", fontColour = grey, border = "bottom", borderStyle = "medium"),
    edge = style(border = "left", borderColour = "#C5CED6"), base = style(fontColour = grey),
    share = style(numFmt = paste0("0", if (decimals > 0L) ".", strrep("0", decimals), "%"), halign = "right"),
    count = style(numFmt = "#,##0", halign = "right"), p = style(numFmt = number_styles$p[[1L]], halign = "right"),
    marks = style(halign = "right", fontColour = "#154273", fontSize = 9),
    number = function(kind) style(numFmt = number_style(kind)[[1L]], halign = "right")
  )
}

# Functions that write in a sheet: put(values, row, column), where a matrix or a data frame is a block; and paint(style, rows,
# columns).
sheet_pen <- function(book, sheet) {
  list(
    put = function(value, row, column = 1L) {
      if (is.matrix(value)) value <- as.data.frame(value, stringsAsFactors = FALSE)
      openxlsx::writeData(book, sheet, value, startCol = column, startRow = row, colNames = FALSE, keepNA = FALSE)
    },
    paint = function(style, rows, columns) {
      openxlsx::addStyle(book, sheet, style, rows, columns, gridExpand = TRUE, stack = TRUE)
    }
  )
}

# Texts that lead to the first cell of other sheets. Links of the sheet itself, and no formulas, which may have 255 letters and
# show nothing before they are computed.
put_links <- function(book, sheet, texts, to, row, column = 1L) {
  for (k in seq_along(texts)) {
    openxlsx::writeData(book, sheet, structure("#", class = "hyperlink"), startCol = column, startRow = row + k - 1L)
    openxlsx::writeData(book, sheet, visible(texts[k]), startCol = column, startRow = row + k - 1L)
    links <- book$worksheets[[match(sheet, names(book))]]$hyperlinks
    link <- links[[length(links)]]
    link$is_external <- FALSE
    link$location <- escape_html(paste0("'", gsub("'", "''", to[k], fixed = TRUE), "'!A1"))
  }
}

write_contents <- function(book, sheets, x, info, styles) {
  sheet <- sheets[1L]
  pen <- sheet_pen(book, sheet)
  pen$put(visible(book_title(x, info)), 1L)
  pen$paint(styles$title, 1L, 1L)
  about <- visible(c(join(info$data, info$design, info$weights), if (!is.null(info$domain)) paste("Domain:", info$domain)))
  pen$put(about, 2L)
  pen$paint(styles$quiet, 1L + seq_along(about), 1L)
  top <- length(about) + 3L
  questions <- x$questions
  rows <- top + seq_len(nrow(questions))
  header <- c("Sheet", "Question", "Shown", "n", if (nrow(x$tests) > 0L) paste0("p: ", info$groups))
  pen$put(matrix(visible(header), 1L), top)
  pen$paint(styles$head, top, seq_along(header))
  pen$paint(styles$letter, top, seq_along(header))
  put_links(book, sheet, sheets[-1L], sheets[-1L], top + 1L)
  pen$paint(styles$link, rows, 1L)
  pen$put(visible(questions$label), top + 1L, 2L)
  pen$put(visible(ifelse(is.na(questions$filter), "", paste("only", questions$filter))), top + 1L, 3L)
  pen$put(questions$n, top + 1L, 4L)
  pen$paint(styles$count, rows, 4L)
  pen$paint(styles$wrap, rows, 2:3)
  pen$paint(styles$top, rows, seq_along(header))
  if (nrow(x$tests) > 0L) {
    p <- matrix(NA_real_, nrow(questions), length(info$groups))
    p[cbind(match(x$tests$outcome, questions$outcome), match(x$tests$banner, info$groups))] <- x$tests$p.value
    pen$put(p, top + 1L, 5L)
    pen$paint(styles$p, rows, 4L + seq_along(info$groups))
  }
  notes <- visible(book_notes(x, info))
  pen$put(notes, max(rows) + 2L)
  pen$paint(styles$quiet, max(rows) + 1L + seq_along(notes), 1L)
  openxlsx::setColWidths(book, sheet, seq_along(header), c(max(12, min(34, text_width(sheets) + 2)), 60, 24, 9,
                                                           rep(12, length(header) - 4L)))
  openxlsx::freezePane(book, sheet, firstActiveRow = top + 1L, firstActiveCol = 2L)
  print_wide(book, sheet, top)
}

print_wide <- function(book, sheet, head) {
  openxlsx::pageSetup(book, sheet, orientation = "landscape", fitToWidth = TRUE, fitToHeight = FALSE, printTitleRows = head)
}

book_notes <- function(x, info) {
  c(reliability_lines(x$cells$reliability, 1e6), net_lines(info, 1e6), book_line(x, info), conventions_line(x))
}

# Banner, columns and letters above; the answers, each a row of figures and one of signs and letters; the tests; the bases.
write_question <- function(book, sheet, contents, x, outcome, styles) {
  pen <- sheet_pen(book, sheet)
  grid <- book_grid(x, outcome)
  put_links(book, sheet, contents, contents, 1L)
  pen$paint(styles$link, 1L, 1L)
  pen$put(visible(c(question_title(grid$question), question_source(grid$question))), 2L)
  pen$paint(styles$title, 2L, 1L)
  pen$paint(styles$quiet, 3L, 1L)
  write_banner(book, sheet, pen, x, styles)
  top <- 7L
  count <- length(grid$answers)
  columns <- 1L + seq_len(nrow(x$columns))
  if (count == 0L) return(pen$put("No answers.", top))
  # two rows of each answer: figures, and what is behind them
  figures <- top + 2L * (seq_len(count) - 1L)
  marks <- grid_marks(grid)
  for (k in seq_len(count)) {
    pen$put(visible(grid$answers[k]), figures[k])
    pen$put(matrix(grid$estimate[k, ], 1L), figures[k], 2L)
    for (column in which(is.na(grid$estimate[k, ]))) pen$put("-", figures[k], column + 1L) # which the notes explain
    pen$put(matrix(marks[k, ], 1L), figures[k] + 1L, 2L)
  }
  pen$paint(if (grid$share) styles$share else styles$number(mean_kind(grid)), figures, columns)
  pen$paint(styles$marks, figures + 1L, columns)
  bottom <- top + 2L * count
  labels <- Filter(Negate(is.null), base_labels(grid))
  if (!is.null(labels$p)) {
    pen$put(labels$p, bottom)
    pen$put(matrix(grid$p, 1L), bottom, 2L)
    pen$paint(styles$p, bottom, columns)
    bottom <- bottom + 1L
  }
  bases <- labels[names(labels) != "p"]
  rows <- bottom + seq_along(bases) - 1L
  pen$put(unlist(bases), bottom)
  pen$put(do.call(rbind, grid[names(bases)]), bottom, 2L)
  for (column in which(is.na(grid$n))) pen$put("-", bottom, column + 1L)
  pen$paint(styles$count, rows, columns)
  pen$paint(styles$base, rows, c(1L, columns))
  bottom <- max(rows)
  pen$paint(styles$edge, top:bottom, grid$tested + 1L)
  notes <- visible(c(grid_reasons(grid), reliability_lines(grid$reliability, 1e6), book_line(x, info_of(x), outcome)))
  if (length(notes) > 0L) {
    pen$put(notes, bottom + 2L)
    pen$paint(styles$quiet, bottom + 1L + seq_along(notes), 1L)
  }
  openxlsx::setColWidths(book, sheet, 1L, min(50, max(22, text_width(grid$answers) + 2)))
  openxlsx::freezePane(book, sheet, firstActiveRow = top, firstActiveCol = 2L)
  print_wide(book, sheet, 4:6)
}

mean_kind <- function(grid) {
  least <- min(grid$std.error[!grid$std.error %in% 0], Inf, na.rm = TRUE)
  if (is.finite(least)) paste0("digits", min(max(1 - floor(log10(least)), 0), 10)) else "general"
}

write_banner <- function(book, sheet, pen, x, styles) {
  columns <- x$columns
  at <- 1L + seq_len(nrow(columns))
  first <- at[!duplicated(columns$banner)]
  last <- c(first[-1L] - 1L, at[length(at)])
  labels <- info_of(x)$labels
  for (k in seq_along(first)) {
    if (k > 1L) pen$put(visible(labels[[columns$banner[first[k] - 1L]]]), 4L, first[k])
    if (last[k] > first[k]) openxlsx::mergeCells(book, sheet, first[k]:last[k], 4L)
  }
  pen$paint(styles$banner, 4L, at)
  pen$put(matrix(visible(columns$column), 1L), 5L, 2L)
  pen$put(matrix(ifelse(is.na(columns$letter), "", columns$letter), 1L), 6L, 2L)
  pen$paint(styles$head, 5L, at)
  pen$paint(styles$letter, 6L, c(1L, at))
  pen$paint(styles$edge, 4:6, first[-1L])
  # as wide as the longest word, within limits
  texts <- visible(columns$column)
  room <- vapply(strsplit(texts, " ", fixed = TRUE), function(words) max(8, min(22, max(0, text_width(words)))), 0) + 2
  openxlsx::setColWidths(book, sheet, at, room)
  lines <- function(texts, room) max(1, unlist(Map(function(text, room) length(strwrap(text, 0.9 * room)), texts, room)))
  openxlsx::setRowHeights(book, sheet, 5L, 15 * min(6, lines(texts, room)))
  of <- vapply(seq_along(first), function(k) sum(room[(first[k]:last[k]) - 1L]), 0)
  of_banner <- of[match(names(labels), columns$banner[first - 1L])]
  openxlsx::setRowHeights(book, sheet, 4L, 15 * min(6, lines(visible(labels), of_banner)))
}
