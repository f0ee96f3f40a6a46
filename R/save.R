#' Save results in files
#'
#' Writes a result, or several, as an Excel workbook, a Word document, a page of HTML, Markdown, LaTeX or CSV; the end of
#' `path` says which.
#'
#' * `.xlsx`: a sheet per result, with its title, a row of headers that stays in sight, its rows, and below them the sample,
#'   footnotes and conventions. Numbers are numbers with the 15 digits that Excel keeps, shown as percentages, counts or
#'   p-values. Texts are texts, also those that begin with `=`, `+`, `-` or `@`. Needs package openxlsx.
#'   A book of [weeg_book()] has a page of contents and a sheet for each question.
#' * `.docx`, `.html`, `.md`, `.tex`: the tables of [weeg_table()]; several results are sections under their names. Word and
#'   LaTeX need package rmarkdown and pandoc. LaTeX is a part of a document that uses longtable, booktabs, array and calc.
#'   A book is a section for each question; as a page it has a field that searches questions and answers.
#' * `.csv`: the columns of `as.data.frame()`, in UTF-8 with decimal points and all digits, so that programs read the same
#'   numbers; several results have a first column `table` with their names. Texts are as they are, and spreadsheets take some
#'   texts in CSV for formulas: for these there is `.xlsx`.
#'
#' A figure that [weeg_protect()] hides is in none of the files: it is a blank in columns of numbers and a dash in tables.
#'
#' @param x A result, such as that of [weeg_proportion()] or [weeg_crosstab()], or a list of results. Its names are those of
#'   sheets and sections. Excel takes 31 characters, and not all: longer names are cut, other characters become `-`, and names
#'   that are then the same get a number.
#' @param path The name of the file. One that is there is replaced when the new one is whole.
#' @param digits Decimals in tables of texts, as in `print()`.
#' @return `x`, invisibly.
#' @examples
#' d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' x <- list(Strengths = weeg_crosstab(d, strengths ~ provider), Test = weeg_test(d, strengths ~ ronde))
#' file <- tempfile(fileext = ".html")
#' weeg_save(x, file)
#' if (requireNamespace("openxlsx", quietly = TRUE)) weeg_save(x, tempfile(fileext = ".xlsx"))
#' @export
weeg_save <- function(x, path, digits = NULL) {
  need_given(x, path)
  results <- results_in(x)
  path <- save_path(path)
  kind <- tolower(sub(".*[.]", "", path))
  book <- inherits(x, "weeg_book")
  switch(kind, xlsx = if (book) save_book(x, path, digits) else save_workbook(results, path),
         csv = write_whole(csv_lines(results), path), html = if (book) write_whole(book_page(x, digits), path) else {
           save_document(results, path, kind, digits)
         },
         if (book) save_document(book_sections(x), path, kind, digits, info_of(x)$title) else {
           save_document(results, path, kind, digits)
         })
  invisible(x)
}

save_kinds <- c("xlsx", "docx", "html", "csv", "md", "tex")

save_path <- function(path) {
  what <- paste0("the name of a file that ends in ", paste0(".", save_kinds, collapse = ", "))
  path <- path.expand(one_path(path, "path", what))
  if (!tolower(sub(".*[.]", "", path)) %in% save_kinds) abort("argument", "`path` must be ", what)
  if (!dir.exists(dirname(path))) abort("file", "there is no folder ", dirname(path), hint = "Make it first: dir.create()")
  path
}

# Results by name; one alone has none.
results_in <- function(x) {
  if (inherits(x, result_classes)) return(list(x))
  if (!is.list(x) || is.object(x) || length(x) == 0L) check_result(x)
  for (k in seq_along(x)) check_result(x[[k]], paste0("x[[", k, "]]"))
  name <- names(x)
  if (is.null(name)) name <- rep("", length(x))
  name[is.na(name) | !nzchar(name)] <- paste("Table", seq_along(x))[is.na(name) | !nzchar(name)]
  stats::setNames(x, name)
}

# ---- documents -------------------------------------------------------------------------------------------------------

save_document <- function(results, path, kind, digits, title = NULL) {
  r <- list(words = read_words("en"), language = "en")
  r$words[["made"]] <- "Made with weeg {version}."
  r$date <- date_text(r, Sys.Date())
  blocks <- unlist(lapply(seq_along(results), function(k) {
    name <- names(results)[k]
    c(if (!is.null(name)) heading(2L, name, paste0("section-", k)), table_blocks(shown_tables(results[[k]], digits)))
  }), recursive = FALSE)
  if (!is.null(title)) blocks <- c(heading(1L, title, "title"), blocks)
  count <- new.env()
  switch(kind,
    html = write_whole(results_page(blocks_html(blocks, r, count), r, results), path),
    md = write_whole(paste(blocks_plain(blocks, r, count), collapse = "\n\n"), path),
    save_by_pandoc(blocks, r, count, path, kind)
  )
}

results_page <- function(body, r, results) {
  data <- paste(unique(unlist(lapply(results, function(x) attr(x, "info")$data))), collapse = ", ")
  if (!is.null(names(results))) return(page_html(body, r, data, counted(length(results), "result")))
  page_html(body, r, shown_tables(results[[1L]])$tables[[1L]]$title, data)
}

# Markdown that people read and edit: only what would be markup has a backslash.
blocks_plain <- function(blocks, r, count) {
  text <- function(x) gsub("([\\\\`*_\\[\\]<>|~^$@#&])", "\\\\\\1", visible(x), perl = TRUE)
  vapply(blocks, function(b) {
    if (b$type == "heading") return(paste0(strrep("#", b$level), " ", text(b$text)))
    row <- function(x) paste0("| ", paste(x, collapse = " | "), " |")
    cells <- array(text(b$cells), dim(b$cells))
    cells[b$band, 1L] <- paste0("**", cells[b$band, 1L], "**")
    note <- if (length(b$note) > 0L) paste0("\n\n", paste(text(b$note), collapse = "\\\n"))
    paste0("**", say(r, "table", number = numbered(count, "tables")), "** ", text(b$caption), "\n\n", row(text(b$header)), "\n",
           row(c("---", rep("---:", length(b$header) - 1L))), "\n", paste(apply(cells, 1L, row), collapse = "\n"), note)
  }, "")
}

save_by_pandoc <- function(blocks, r, count, path, kind) {
  need_pandoc("to write Word and LaTeX")
  folder <- tempfile("weeg-save")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  word <- kind == "docx"
  to <- if (word) "docx" else "latex"
  # LaTeX numbers tables itself
  text <- blocks_markdown(blocks, if (word) r, count, folder, to)
  write_whole(paste(text, collapse = "\n\n"), file.path(folder, "table.md"))
  made <- paste0("table.", kind)
  styles <- if (word) paste0("--reference-doc=", system.file("report", "word.docx", package = "weeg"))
  rmarkdown::pandoc_convert("table.md", to = to, from = "markdown", output = made, options = styles, wd = folder)
  made <- file.path(folder, made)
  write_whole(readBin(made, "raw", file.size(made)), path)
}

# ---- CSV -------------------------------------------------------------------------------------------------------------

csv_lines <- function(results) {
  frames <- lapply(results, function(x) if (inherits(x, "weeg_audit")) tidy(x) else as.data.frame(x))
  of <- function(frame, name) cbind(list_frame(list(table = rep(name, nrow(frame)))), frame)
  if (!is.null(names(results))) frames <- Map(of, frames, names(results))
  names <- unique(unlist(lapply(frames, names)))
  rows <- lapply(frames, function(frame) {
    cells <- lapply(names, function(name) if (name %in% names(frame)) csv_cells(frame[[name]]) else rep("", nrow(frame)))
    do.call(paste, c(cells, sep = ","))
  })
  c(paste(csv_cells(names), collapse = ","), unlist(rows))
}

csv_cells <- function(x) {
  text <- if (is.numeric(x)) full_digits(x) else paste0("\"", gsub("\"", "\"\"", enc2utf8(as.character(x)), fixed = TRUE), "\"")
  ifelse(is.na(x), "", text)
}

# The shortest decimals, of 15 or 17 digits, that are read as the same number.
full_digits <- function(x) {
  x <- as.vector(unclass(x))
  text <- formatC(x, digits = 15L, width = 1L, format = "g", decimal.mark = ".")
  other <- is.finite(x)
  other[other] <- as.numeric(text[other]) != x[other]
  text[other] <- formatC(x[other], digits = 17L, width = 1L, format = "g", decimal.mark = ".")
  text
}

# ---- workbooks -------------------------------------------------------------------------------------------------------

save_workbook <- function(results, path) {
  sheets <- sheet_names(if (is.null(names(results))) "Table" else names(results))
  workbook_file(path, function(book) for (k in seq_along(results)) write_sheet(book, sheets[k], results[[k]]))
}

# Whole, with the sheets that write(book) puts into it.
workbook_file <- function(path, write) {
  need_package("openxlsx", "to write workbooks")
  book <- openxlsx::createWorkbook(creator = "")
  write(book)
  made <- tempfile(fileext = ".xlsx")
  on.exit(unlink(made))
  openxlsx::saveWorkbook(book, made)
  write_whole(readBin(made, "raw", file.size(made)), path)
}

# Excel's rules: 31 characters, none of []:*?/\, no apostrophe at the ends, not "History", no two that differ in capitals only.
sheet_names <- function(names) {
  names <- gsub("[\\[\\]:*?/\\\\]", "-", visible(names), perl = TRUE)
  names <- gsub("^'+|'+$", "", trimws(names))
  names[!nzchar(names) | tolower(names) == "history"] <- "Table"
  made <- character()
  for (name in names) {
    one <- cut_name(name, 31L)
    number <- 1L
    while (tolower(one) %in% tolower(made)) {
      number <- number + 1L
      one <- paste0(cut_name(name, 31L - nchar(number) - 3L), " (", number, ")")
    }
    made <- c(made, one)
  }
  made
}

# Excel counts units of UTF-16, of which some letters have two.
cut_name <- function(name, most) {
  letters <- strsplit(name, "")[[1L]]
  size <- 1L + (vapply(letters, utf8ToInt, 0L) > 0xffffL)
  gsub("'+$", "", trimws(paste(letters[cumsum(size) <= most], collapse = "")))
}

# A title, headers, rows, and notes below them.
write_sheet <- function(book, sheet, x) {
  numbers <- result_numbers(apart_result(x))
  about <- one_table(shown_tables(x))
  columns <- numbers$columns
  rows <- length(columns[[1L]])
  if (rows + 100 > 2^20 || length(columns) > 2^14) {
    abort("unsupported", "a sheet has no room for ", counted(rows, "row"), " and ", counted(length(columns), "column"),
          hint = "Take some rows, or write .csv")
  }
  openxlsx::addWorksheet(book, sheet)
  put <- function(value, row, column, header = FALSE) {
    openxlsx::writeData(book, sheet, value, startCol = column, startRow = row, colNames = header, keepNA = FALSE)
  }
  style <- function(style, rows, columns) openxlsx::addStyle(book, sheet, style, rows, columns, gridExpand = TRUE, stack = TRUE)
  put(attr(about, "caption"), 1L, 1L)
  style(openxlsx::createStyle(textDecoration = "bold", fontSize = 12), 1L, 1L)
  number <- vapply(columns, is.numeric, NA)
  put(structure(list_frame(lapply(columns, sheet_cells)), names = visible(numbers$titles)), 2L, 1L, header = TRUE)
  for (k in which(number)) {
    # numbers that Excel does not have
    for (row in which(is.infinite(columns[[k]]))) put(as.character(columns[[k]][row]), row + 2L, k)
    for (kind in unique(numbers$kinds[[k]])) {
      of_kind <- which(rep_len(numbers$kinds[[k]] == kind, rows))
      style(openxlsx::createStyle(numFmt = number_style(kind)[[1L]], halign = "right"), of_kind + 2L, k)
    }
  }
  head <- openxlsx::createStyle(textDecoration = "bold", border = "bottom", wrapText = TRUE, valign = "bottom")
  style(head, 2L, seq_along(columns))
  style(openxlsx::createStyle(halign = "right"), 2L, which(number))
  notes <- visible(attr(about, "note"))
  if (length(notes) > 0L) {
    put(notes, rows + 4L, 1L)
    style(openxlsx::createStyle(fontColour = "#595959", fontSize = 9), rows + 3L + seq_along(notes), 1L)
  }
  room <- column_room(columns, numbers$titles)
  openxlsx::setColWidths(book, sheet, seq_along(columns), room)
  lines <- mapply(function(title, room) length(strwrap(title, room)), visible(numbers$titles), room)
  openxlsx::setRowHeights(book, sheet, 2L, 15 * max(lines))
  openxlsx::pageSetup(book, sheet, orientation = "landscape", fitToWidth = TRUE, fitToHeight = FALSE)
  keys <- max(1L, min(3L, which(c(number, TRUE))[1L] - 1L))
  openxlsx::freezePane(book, sheet, firstActiveRow = 3L, firstActiveCol = keys + 1L)
}

sheet_cells <- function(column) {
  if (!is.numeric(column)) return(ifelse(is.na(column), "", visible(column)))
  ifelse(is.finite(column), as.vector(unclass(column)), NA_real_)
}

column_room <- function(columns, titles) {
  room <- function(texts) max(4, text_width(texts[!is.na(texts)]))
  cells <- vapply(columns, function(column) if (is.numeric(column)) 8 else room(as.character(column)), 0)
  words <- vapply(strsplit(visible(titles), " ", fixed = TRUE), room, 0)
  pmin(pmax(cells, words) + 2, 40)
}
