# Files of results, read back: cells against the numbers of the result.

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
p <- weeg_proportion(d, strengths ~ provider)
crosstab <- weeg_crosstab(d, strengths ~ provider)
compare <- weeg_compare(d, strengths ~ ronde)
# Excel's files have 15 to 17 digits
excel <- 1e-14

saved <- function(x, kind, ...) {
  path <- withr::local_tempfile(fileext = paste0(".", kind), .local_envir = parent.frame())
  expect_identical(weeg_save(x, path, ...), x)
  path
}

# The XML of a packed file, by name of the part.
parts_of <- function(path, pattern) {
  folder <- withr::local_tempdir()
  utils::unzip(path, exdir = folder)
  files <- list.files(folder, pattern, recursive = TRUE, full.names = TRUE)
  read <- function(file) paste(readLines(file, encoding = "UTF-8", warn = FALSE), collapse = "\n")
  stats::setNames(lapply(files, read), basename(files))
}

sheet_rows <- function(path, sheet = 1) {
  openxlsx::readWorkbook(path, sheet, startRow = 2, check.names = FALSE, sep.names = " ", skipEmptyRows = FALSE)
}

test_that("a workbook has the numbers of a result, with all digits, and formats", {
  skip_if_not_installed("openxlsx")
  path <- saved(p, "xlsx")
  rows <- sheet_rows(path)[seq_len(nrow(p)), ]
  columns <- c(estimate = "estimate", SE = "std.error", "95% CI, low" = "conf.low", "95% CI, high" = "conf.high", n = "n",
               "n (base)" = "n.base", "N (weighted)" = "n.weighted", deff = "deff")
  for (title in names(columns)) {
    expect_equal(as.numeric(rows[[title]]), p[[columns[[title]]]], tolerance = excel, info = title)
  }
  expect_identical(rows$answer, as.character(p$level))
  expect_identical(rows$provider, as.character(p$provider))
  title <- openxlsx::readWorkbook(path, colNames = FALSE, rows = 1)[1, 1]
  expect_identical(title, attr(weeg_table(p), "caption"))
  below <- openxlsx::readWorkbook(path, colNames = FALSE, cols = 1, startRow = nrow(p) + 3)[[1L]]
  expect_identical(below[!is.na(below)], attr(weeg_table(p), "note"))
  parts <- parts_of(path, "^(sheet1|styles|core)[.]xml$")
  expect_match(parts$sheet1.xml, "<pane [^>]*ySplit=\"2\"[^>]*state=\"frozen\"")
  # a number is a cell without a type of text
  cell <- regmatches(parts$sheet1.xml, regexpr("<c r=\"D3\"[^>]*>", parts$sheet1.xml))
  expect_match(cell, "t=\"n\"", fixed = TRUE)
  for (format in c("0.0%", "#,##0", "0.00")) expect_match(parts$styles.xml, paste0("\"", format, "\""), fixed = TRUE)
  expect_match(parts$core.xml, "<dc:creator></dc:creator>", fixed = TRUE)

  rows <- sheet_rows(saved(crosstab, "xlsx"))
  groups <- seq_len(nrow(crosstab$counts))
  for (k in seq_len(ncol(crosstab$counts))) {
    answer <- colnames(crosstab$counts)[k]
    cells <- crosstab$row[crosstab$row$level == answer, ]
    expect_equal(as.numeric(rows[groups, paste0(answer, ": %")]), cells$estimate, tolerance = excel)
    expect_equal(as.numeric(rows[groups, paste0(answer, ": 95% CI, low")]), cells$conf.low, tolerance = excel)
    expect_equal(as.numeric(rows[groups, paste0(answer, ": 95% CI, high")]), cells$conf.high, tolerance = excel)
    expect_equal(as.numeric(rows[groups, paste0(answer, ": n")]), unname(crosstab$counts[, k]))
    expect_equal(as.numeric(rows[max(groups) + 1L, paste0(answer, ": %")]), crosstab$margin$estimate[k], tolerance = excel)
  }
  expect_equal(as.numeric(rows[groups, "N (weighted)"]), unname(rowSums(crosstab$weighted)), tolerance = excel)

  # a difference is a percentage, a ratio is not
  parts <- parts_of(saved(compare, "xlsx"), "^(sheet1|styles)[.]xml$")
  rows <- sheet_rows(saved(compare, "xlsx"))[seq_len(nrow(compare)), ]
  expect_equal(as.numeric(rows$estimate), compare$estimate, tolerance = excel)
  expect_equal(as.numeric(rows$p), compare$p.value, tolerance = excel)
  column <- LETTERS[match("estimate", names(rows))]
  style <- function(row) {
    cell <- regmatches(parts$sheet1.xml, regexpr(paste0("<c r=\"", column, row, "\"[^>]*>"), parts$sheet1.xml))
    sub(".* s=\"([0-9]+)\".*", "\\1", cell)
  }
  styles <- vapply(seq_len(nrow(compare)) + 2L, style, "")
  expect_identical(unname(rowSums(table(styles, compare$measure == "difference") > 0)), rep(1, length(unique(styles))))
})

test_that("names of sheets are Excel's, and tell results apart", {
  long <- strrep("long name ", 5)
  expect_identical(sheet_names(c("a/b", "A-B", "[x]:*?\\", "", "history", "'quoted'", "  ")),
                   c("a-b", "A-B (2)", "-x-----", "Table", "Table (2)", "quoted", "Table (3)"))
  made <- sheet_names(rep(long, 12))
  expect_identical(anyDuplicated(tolower(made)), 0L)
  expect_true(all(nchar(made) <= 31L))
  # letters that are two units of UTF-16
  face <- intToUtf8(rep(0x1f600, 20))
  expect_identical(nchar(sheet_names(face)), 15L)
  skip_if_not_installed("openxlsx")
  results <- stats::setNames(list(p, crosstab, compare, p), c(long, long, "[a]/b:*?", "a \033[31m"))
  path <- saved(results, "xlsx")
  expect_identical(openxlsx::getSheetNames(path), sheet_names(names(results)))
  expect_equal(as.numeric(sheet_rows(path, 4)$estimate[seq_len(nrow(p))]), p$estimate, tolerance = excel)
})

# Answers and groups that spreadsheets would take for formulas, and pages for markup.
unsafe <- function() {
  answers <- c("=1+1", "+2", "-3", "@SUM(A1)")
  groups <- c("=HYPERLINK(\"http://example.org\")", "<script>alert(1)</script>", "a|b *c* `d` $e$")
  data <- data.frame(y = factor(rep(answers, 30), answers), g = factor(rep(groups, each = 40), groups))
  weeg_design(data)
}

test_that("texts stay texts", {
  x <- list("=1+1" = weeg_proportion(unsafe(), y ~ g), "@x" = weeg_crosstab(unsafe(), y ~ g))
  html <- paste(readLines(saved(x, "html"), encoding = "UTF-8"), collapse = "\n")
  expect_false(grepl("<script>", html, fixed = TRUE))
  expect_match(html, "&lt;script&gt;", fixed = TRUE)
  md <- readLines(saved(x, "md"), encoding = "UTF-8")
  cells <- strsplit(grep("^[|]", md, value = TRUE), "(?<!\\\\)[|]", perl = TRUE)
  expect_true(all(lengths(cells) %in% c(8L, 7L)))
  skip_if_not_installed("openxlsx")
  path <- saved(x, "xlsx")
  parts <- parts_of(path, "^sheet[0-9][.]xml$")
  expect_length(parts, 2L)
  expect_false(any(grepl("<f[ >]", unlist(parts))))
  expect_identical(unique(sheet_rows(path)$answer[1:12]), levels(x[[1L]]$level))
  expect_identical(names(sheet_rows(path, 2))[2L], "=1+1: %")
})

test_that("CSV has the numbers to the last bit", {
  read <- function(path) utils::read.csv(path, check.names = FALSE, encoding = "UTF-8", stringsAsFactors = FALSE)
  for (x in list(p, compare, crosstab, weeg_total(d, ~strengths), weeg_test(d, strengths ~ provider))) {
    want <- as.data.frame(x)
    got <- read(saved(x, "csv"))
    expect_identical(names(got), names(want))
    for (name in names(want)) {
      if (is.numeric(want[[name]])) expect_identical(as.numeric(got[[name]]), as.numeric(want[[name]]), info = name)
      if (is.factor(want[[name]])) expect_identical(got[[name]], as.character(want[[name]]), info = name)
    }
  }
  both <- read(saved(list(one = p, "two, \"2\"" = compare), "csv"))
  expect_identical(both$table, rep(c("one", "two, \"2\""), c(nrow(p), nrow(compare))))
  expect_identical(both$estimate, c(p$estimate, compare$estimate))
  withr::local_options(OutDec = ",")
  expect_identical(read(saved(p, "csv"))$estimate, p$estimate)
  expect_identical(full_digits(c(0.1, 1 / 3, 1e-300, 2^53, Inf, -0.5)),
                   c("0.1", "0.33333333333333331", "1e-300", "9007199254740992", "Inf", "-0.5"))
})

test_that("pages, Markdown and Word have the tables", {
  skip_if_not_installed("xml2")
  x <- list(Strengths = crosstab, Test = weeg_test(d, strengths ~ ronde))
  want <- weeg_table(crosstab)
  page <- xml2::read_html(saved(x, "html"))
  expect_identical(xml2::xml_text(xml2::xml_find_all(page, "//h2")), names(x))
  rows <- xml2::xml_find_all(xml2::xml_find_first(page, "//table"), ".//tr")
  cells <- lapply(rows, function(row) xml2::xml_text(xml2::xml_find_all(row, "./td|./th")))
  expect_identical(cells, c(list(names(want)), unname(lapply(split(as.matrix(want), seq_len(nrow(want))), as.vector))))
  md <- readLines(saved(x, "md"), encoding = "UTF-8")
  rows <- grep("^[|]", md, value = TRUE)[-2L]
  expect_identical(lapply(strsplit(rows[2:7], " [|] |^[|] | [|]$"), `[`, -1L),
                   unname(lapply(split(as.matrix(want), seq_len(nrow(want))), as.vector)))
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.8"), "pandoc is not there")
  word <- xml2::read_xml(parts_of(saved(x, "docx"), "^document[.]xml$")[[1L]])
  texts <- vapply(xml2::xml_find_all(word, "//*[local-name() = 'tc']"), xml2::xml_text, "")
  expect_true(all(unlist(want[2:5]) %in% gsub("\u00a0", " ", texts)))
  latex <- readLines(saved(x, "tex"), encoding = "UTF-8")
  expect_match(latex, "\\begin{longtable}", fixed = TRUE, all = FALSE)
})

test_that("figures that are hidden are in none of the files", {
  skip_if_not_installed("lpSolve")
  set.seed(3, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  data <- data.frame(y = factor(sample(c("a", "b", "c"), 400, TRUE, c(0.6, 0.37, 0.03))),
                     g = factor(sample(letters[1:5], 400, TRUE)), w = stats::runif(400, 1, 3))
  design <- weeg_design(data, weights = ~w)
  open <- weeg_proportion(design, y ~ g)
  shown <- weeg_protect(design, open)
  of_table <- weeg_protect(design, weeg_crosstab(design, y ~ g))
  hidden <- is.na(shown$estimate)
  expect_true(any(hidden) && !all(hidden))
  secret <- unlist(as.data.frame(open)[hidden, c("estimate", "std.error", "conf.low", "conf.high", "n.weighted")])
  texts <- paste0(sprintf("%.1f", 100 * open$conf.low), "\u2013", sprintf("%.1f", 100 * open$conf.high))[hidden]
  reveals <- function(text) {
    numbers <- as.numeric(unlist(regmatches(text, gregexpr("-?[0-9]+[.][0-9]{5,}(e-?[0-9]+)?", text))))
    close <- vapply(secret, function(one) any(abs(numbers - one) < 1e-9 * abs(one)), NA)
    any(close) || any(vapply(texts, function(one) any(grepl(one, text, fixed = TRUE)), NA))
  }
  for (x in list(shown, of_table)) {
    for (kind in c("csv", "html", "md")) expect_false(reveals(readLines(saved(x, kind), encoding = "UTF-8")), info = kind)
    if (requireNamespace("openxlsx", quietly = TRUE)) {
      parts <- parts_of(saved(x, "xlsx"), "[.]xml$")
      expect_gt(length(parts), 3L)
      expect_false(reveals(unlist(parts)))
    }
    if (requireNamespace("rmarkdown", quietly = TRUE) && rmarkdown::pandoc_available("2.8")) {
      expect_false(reveals(unlist(parts_of(saved(x, "docx"), "[.]xml$"))))
    }
  }
  # the same search finds what is not hidden
  expect_true(reveals(readLines(saved(open, "csv"))))
  expect_true(reveals(readLines(saved(open, "md"), encoding = "UTF-8")))
  if (requireNamespace("openxlsx", quietly = TRUE)) expect_true(reveals(unlist(parts_of(saved(open, "xlsx"), "[.]xml$"))))
  # the cells are dashes, and blanks
  cells <- weeg_table(shown)
  cells <- cells[grepl("^\u00a0", cells[[1L]]), ]
  expect_true(all(cells$`%`[hidden] == "-"))
  if (requireNamespace("openxlsx", quietly = TRUE)) {
    rows <- sheet_rows(saved(shown, "xlsx"))[seq_len(nrow(shown)), ]
    expect_identical(is.na(rows$estimate), hidden)
  }
})

test_that("a file that cannot be written is said, and the old one stays", {
  folder <- withr::local_tempdir()
  expect_error(weeg_save(p, file.path(folder, "x.pdf")), "`path` must be", class = "weeg_error_argument")
  expect_error(weeg_save(p, file.path(folder, "none", "x.csv")), "no folder", class = "weeg_error_file")
  expect_error(weeg_save(1:3, file.path(folder, "x.csv")), "`x` must be a result", class = "weeg_error_argument")
  expect_error(weeg_save(list(), file.path(folder, "x.csv")), "`x` must be a result", class = "weeg_error_argument")
  expect_error(weeg_save(list(p, 2), file.path(folder, "x.csv")), "x[[2]]", fixed = TRUE, class = "weeg_error_argument")
  expect_identical(list.files(folder), character())
  path <- file.path(folder, "x.md")
  weeg_save(p, path)
  before <- readLines(path)
  expect_error(weeg_save(list(p, 2), path), class = "weeg_error_argument")
  expect_identical(readLines(path), before)
  weeg_save(compare, path)
  expect_false(identical(readLines(path), before))
})

test_that("every result can be saved in every form", {
  results <- some_results()
  kinds <- c("html", "md", "csv", if (requireNamespace("openxlsx", quietly = TRUE)) "xlsx")
  for (name in names(results)) for (kind in setdiff(kinds, "xlsx")) expect_gt(file.size(saved(results[[name]], kind)), 20)
  for (kind in kinds) expect_gt(file.size(saved(results, kind)), 1000)
})
