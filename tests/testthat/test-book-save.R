# Books in files, read back: cells against the figures of the book.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
book <- weeg_book(d, ~ strengths + relapse + leeftijd, ~ provider + ronde, filters = list(relapse = ~ leeftijd < 30),
                  title = "Open voor Werk")
# Excel's files have 15 to 17 digits
excel <- 1e-14

saved <- function(x, kind, ...) {
  path <- withr::local_tempfile(fileext = paste0(".", kind), .local_envir = parent.frame())
  expect_identical(weeg_save(x, path, ...), x)
  path
}

sheet_cells_of <- function(path, sheet) {
  openxlsx::readWorkbook(path, sheet, colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
}

parts_of <- function(path) {
  folder <- withr::local_tempdir()
  utils::unzip(path, exdir = folder)
  files <- list.files(folder, "[.]xml(.rels)?$", recursive = TRUE, full.names = TRUE)
  stats::setNames(lapply(files, function(file) paste(readLines(file, encoding = "UTF-8", warn = FALSE), collapse = "\n")),
                  basename(files))
}

test_that("a sheet of a workbook has the figures, letters, bases and tests of its question", {
  skip_if_not_installed("openxlsx")
  path <- saved(book, "xlsx")
  expect_identical(openxlsx::getSheetNames(path), c("Contents", book$questions$outcome))
  for (name in book$questions$outcome) {
    sheet <- sheet_cells_of(path, name)
    cells <- book$cells[book$cells$outcome == name, ]
    count <- length(unique(cells$level))
    at <- match(paste(cells$banner, cells$column), paste(book$columns$banner, book$columns$column)) + 1L
    row <- 7L + 2L * (match(cells$level, unique(cells$level)) - 1L)
    read <- function(row, column) mapply(function(r, c) sheet[[c]][r], row, column)
    expect_identical(read(5L, at), cells$column)
    expect_identical(read(6L, at[!is.na(cells$letter)]), cells$letter[!is.na(cells$letter)])
    expect_equal(as.numeric(read(row, at)), cells$estimate, tolerance = excel)
    marks <- read(row + 1L, at)
    letters <- gsub("[^A-Z]", "", ifelse(is.na(marks), "", marks))
    expect_identical(letters, ifelse(is.na(cells$higher), "", cells$higher))
    signs <- gsub("[A-Z]", "", ifelse(is.na(marks), "", marks))
    expect_identical(signs, reliability_marks(cells$reliability))
    tests <- book$tests[book$tests$outcome == name, ]
    bottom <- 7L + 2L * count
    if (nrow(tests) > 0L) {
      expect_equal(as.numeric(read(bottom, match(tests$banner, book$columns$banner) + 1L)), tests$p.value, tolerance = excel)
      bottom <- bottom + 1L
    }
    expect_equal(as.numeric(read(bottom, at)), cells$n.base)
    expect_equal(as.numeric(read(bottom + 1L, at)), cells$base.weighted, tolerance = excel)
    expect_equal(as.numeric(read(bottom + 2L, at)), cells$base.effective, tolerance = excel)
    expect_match(sheet[[1L]][2], name, fixed = TRUE)
    # the words of the notes and of the printed table
    expect_identical(sheet[[1L]][bottom - 1:0], c("p", "n"))
    expect_identical(sheet[[1L]][bottom + 1:2], c("N (weighted)", "n eff."))
    expect_match(sheet[[1L]], "p: the test of the question by the variable. n eff.: Kish's effective base.", fixed = TRUE,
                 all = FALSE)
  }
  tally <- weeg_book(weeg_tally(d, ~ strengths + ronde), ~strengths, ~ronde)
  expect_no_match(stats::na.omit(sheet_cells_of(saved(tally, "xlsx"), 2)[[1L]]), "n eff.", fixed = TRUE)
  contents <- sheet_cells_of(path, 1)
  expect_identical(contents[[1L]][1], "Open voor Werk")
  top <- which(contents[[1L]] == "Sheet")
  rows <- top + seq_len(nrow(book$questions))
  expect_identical(contents[[2L]][rows], book$questions$label)
  expect_equal(as.numeric(contents[[4L]][rows]), book$questions$n)
  expect_equal(as.numeric(contents[[5L]][rows]), book$tests$p.value[book$tests$banner == "provider"], tolerance = excel)
  parts <- parts_of(path)
  # links within the file, no formulas; figures are numbers that are shown as percentages; heads stay in sight
  expect_match(parts$sheet1.xml, "<hyperlink ref=\"A[0-9]+\" +location=\"'relapse'!A1\"")
  expect_match(parts$sheet2.xml, "<hyperlink ref=\"A1\" +location=\"'Contents'!A1\"")
  sheets <- unlist(parts[grep("^sheet[0-9]+[.]xml$", names(parts))])
  expect_false(any(grepl("<f[ >]", sheets)))
  expect_true(all(grepl("<pane [^>]*ySplit=[^>]*state=\"frozen\"", sheets)))
  expect_match(parts$sheet2.xml, "<c r=\"B7\"[^>]*t=\"n\"")
  expect_match(parts$styles.xml, "\"0.0%\"", fixed = TRUE)
  expect_match(parts_of(saved(book, "xlsx", digits = 2))$styles.xml, "\"0.00%\"", fixed = TRUE)
})

test_that("names of sheets and texts of any kind are Excel's, and lead to their sheets", {
  skip_if_not_installed("openxlsx")
  data <- data.frame(matrix(sample(c("=1+1", "@SUM(A1)", "<b>", "-2", "\"", "a & b"), 1200, TRUE), 200))
  long <- strrep("a very long name of a question ", 3)
  names(data) <- c("it's", "a/b:c*?[d]\\e", long, paste0(long, "2"), "history", "Contents")
  data$"=HYPERLINK(\"http://example.org\")" <- factor(rep(c("=cmd|' /C calc'!A0", "+1"), 100))
  attr(data[["it's"]], "label") <- paste(rep("=a label as long as a story", 20), collapse = " ")
  rows <- Reduce(function(a, b) call("+", a, b), lapply(names(data)[1:6], as.name))
  x <- weeg_design(data)
  odd <- weeg_book(x, eval(call("~", rows)), eval(call("~", as.name(names(data)[7]))))
  path <- saved(odd, "xlsx")
  sheets <- openxlsx::getSheetNames(path)
  expect_length(sheets, 7L)
  expect_true(all(nchar(sheets) <= 31L))
  expect_identical(anyDuplicated(tolower(sheets)), 0L)
  expect_identical(sheets[c(1:3, 7)], c("Contents", "it's", "a-b-c---d--e", "Contents (2)"))
  parts <- parts_of(path)
  expect_false(any(grepl("<f[ >]", unlist(parts[grep("^sheet", names(parts))]))))
  expect_match(parts$sheet1.xml, "location=\"'it''s'!A1\"", fixed = TRUE)
  for (k in seq_along(odd$questions$outcome)) {
    sheet <- sheet_cells_of(path, k + 1L)
    cells <- odd$cells[odd$cells$outcome == odd$questions$outcome[k], ]
    levels <- unique(cells$level)
    expect_identical(sheet[[1L]][7L + 2L * (seq_along(levels) - 1L)], levels)
    expect_identical(unlist(sheet[5L, 3:4], use.names = FALSE), levels(data[[7]]))
    expect_equal(as.numeric(sheet[[2L]][7L + 2L * (seq_along(levels) - 1L)]), cells$estimate[cells$banner == ""],
                 tolerance = excel)
  }
  html <- paste(readLines(saved(odd, "html"), encoding = "UTF-8"), collapse = "\n")
  expect_match(html, "&lt;b&gt;", fixed = TRUE)
  expect_false(grepl("<b>", html, fixed = TRUE))
})

test_that("CSV, Markdown and Word have the book", {
  read <- utils::read.csv(saved(book, "csv"), check.names = FALSE, encoding = "UTF-8", stringsAsFactors = FALSE)
  expect_identical(names(read), names(book$cells))
  for (name in names(read)) if (is.numeric(book$cells[[name]])) expect_identical(as.numeric(read[[name]]), book$cells[[name]])
  md <- readLines(saved(book, "md"), encoding = "UTF-8")
  expect_length(grep("^## ", md), 3L)
  expect_match(md, "n = [0-9]+; only leeftijd \\\\< 30", all = FALSE)
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"))
  document <- parts_of(saved(book, "docx"))$document.xml
  for (text in c("Contactpersoon ziet sterke", "dagbestedingscentrum", "50.5")) expect_match(document, text, fixed = TRUE)
})

test_that("a page has a table of each question, with headings, captions and scopes, and a search", {
  skip_if_not_installed("xml2")
  page <- xml2::read_html(saved(book, "html"))
  text <- function(path, of = page) xml2::xml_text(xml2::xml_find_all(of, path))
  expect_identical(text("//h1"), "Open voor Werk")
  titles <- vapply(seq_len(3), function(k) question_title(book$questions[k, ]), "")
  expect_identical(text("//h2"), titles)
  expect_identical(text("//nav//a"), titles)
  expect_identical(xml2::xml_attr(xml2::xml_find_all(page, "//nav//a"), "href"),
                   paste0("#", xml2::xml_attr(xml2::xml_find_all(page, "//h2"), "id")))
  expect_length(text("//label[@for='search']"), 1L)
  for (k in 1:3) {
    table <- xml2::xml_find_all(page, "//table")[[k]]
    cells <- book$cells[book$cells$outcome == book$questions$outcome[k], ]
    levels <- unique(cells$level)
    rows <- xml2::xml_find_all(table, ".//tbody[1]/tr")
    expect_length(rows, length(levels))
    for (i in seq_along(levels)) {
      mine <- cells[cells$level %in% levels[i], ]
      want <- if (k < 3L) format_percent(mine$estimate, 1L) else mean_format(cells, NULL)(mine$estimate)
      marks <- paste0(reliability_marks(mine$reliability), ifelse(is.na(mine$higher), "", mine$higher))
      expect_identical(text("./td", rows[[i]]), paste0(want, marks))
    }
    expect_identical(text("./caption", table), paste0(if (k < 3L) "%" else "Mean", "; ", question_source(book$questions[k, ])))
    head <- xml2::xml_find_all(table, ".//thead//th")
    expect_true(all(xml2::xml_attr(head, "scope") %in% c("col", "colgroup")))
    expect_identical(unique(xml2::xml_attr(xml2::xml_find_all(table, ".//tbody//th"), "scope")), "row")
    span <- as.numeric(xml2::xml_attr(xml2::xml_find_all(table, ".//thead//th[@scope='colgroup']"), "colspan"))
    expect_identical(span, c(5, 2))
  }
})

test_that("a title stands in documents too; what a net is stands once, with the questions that have it", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  top <- list("top 2" = c("grotendeels", "helemaal"))
  book <- weeg_book(d, ~ strengths + leeftijd, ~ronde, answers = top, title = "Wat mensen sterk maakt")
  path <- withr::local_tempfile(fileext = ".md")
  weeg_save(book, path)
  text <- readLines(path)
  expect_identical(text[1L], "# Wat mensen sterk maakt")
  expect_identical(sum(grepl("top 2: grotendeels", text)), 1L)
  printed <- utils::capture.output(print(book))
  expect_identical(sum(grepl("^top 2: grotendeels", printed)), 1L)
})

test_that("names with markup leave a workbook that can be read", {
  odd <- openvoorwerk
  names(odd)[names(odd) == "strengths"] <- "R&D <x>"
  path <- withr::local_tempfile(fileext = ".xlsx")
  weeg_save(weeg_book(weeg_design(odd, weights = ~gewicht), ~`R&D <x>`, ~ronde), path)
  skip_if_not_installed("xml2")
  folder <- withr::local_tempdir()
  utils::unzip(path, exdir = folder)
  for (part in list.files(folder, "[.]xml$", recursive = TRUE, full.names = TRUE)) expect_no_error(xml2::read_xml(part))
})
