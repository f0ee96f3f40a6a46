# What the verbs of numbers and books do with input that has no answer: each has one, which their help says. Infinite values of
# quantiles are in test-quantile.R, those of files in test-hostile.R.

rows <- function(...) weeg_design(data.frame(g = rep(c("x", "y"), each = 6), psu = rep(1:6, each = 2), ...), cluster = ~psu)

test_that("an infinite number is an error that names the variable, the value and the row", {
  y <- c(1:11, Inf)
  d <- rows(y = y, one = 1)
  said <- "`y` is Inf in row 12"
  expect_error(weeg_mean(d, ~y), said, class = "weeg_error_variable")
  expect_error(weeg_total(d, y ~ g), said, class = "weeg_error_variable")
  expect_error(weeg_ratio(d, y / one ~ g), said, class = "weeg_error_variable")
  expect_error(weeg_ratio(d, one / y ~ g), said, class = "weeg_error_variable")
  expect_error(weeg_compare(d, y ~ g, measures = "mean-difference"), said, class = "weeg_error_variable")
  expect_error(weeg_test(d, y ~ g, method = "mean"), said, class = "weeg_error_variable")
  expect_error(weeg_tally(d, y ~ g), said, class = "weeg_error_variable")
  expect_error(weeg_book(d, ~y, ~g), said, class = "weeg_error_variable")
  # in rows outside the domain, too: one rule for all
  expect_identical(weeg_quantile(subset(d, g == "x"), ~y)$estimate, 3)
})

test_that("numbers that are all missing have no figure, and say why", {
  d <- rows(y = c(1:6, rep(NA, 6)), none = NA_real_, one = 1)
  expect_none <- function(got) {
    expect_true(all(is.na(got$estimate)) && all(is.na(got$std.error)))
    expect_true(all(reason_is(got$reason, "empty")))
  }
  for (made in list(weeg_mean(d, ~none), weeg_ratio(d, none / one ~ 1), weeg_quantile(d, ~none))) expect_none(made)
  for (made in list(weeg_mean(d, y ~ g), weeg_ratio(d, y / one ~ g), weeg_quantile(d, y ~ g))) {
    expect_false(is.na(made$estimate[1L]))
    expect_none(made[made$g == "y", ])
  }
  expect_identical(weeg_total(d, y ~ g)$estimate[1L], 21)
  expect_true(is.na(weeg_test(d, y ~ g, method = "mean")$p.value))
  expect_error(weeg_compare(d, y ~ g, measures = "mean-difference"), "group", class = "weeg_error")
})

test_that("a constant number is its own mean, ratio and median, without a variance, and equal in all groups", {
  d <- rows(y = 3, two = 2)
  for (by in list(~y, y ~ g)) {
    got <- weeg_mean(d, by)
    expect_true(all(got$estimate == 3) && all(got$std.error == 0))
    expect_true(all(reason_is(got$reason, "zero-variance")))
    expect_true(all(weeg_quantile(d, by)$estimate == 3))
  }
  got <- weeg_ratio(d, y / two ~ g)
  expect_true(all(got$estimate == 1.5) && all(got$std.error == 0))
  test <- weeg_test(d, y ~ g, method = "mean")
  expect_true(is.na(test$p.value) && !is.na(test$reason))
  compared <- weeg_compare(d, y ~ g, measures = "mean-difference")
  expect_identical(compared$estimate, 0)
  expect_true(is.na(compared$p.value) && !is.na(compared$reason))
  book <- weeg_book(d, ~y, ~g)
  expect_identical(book$cells$estimate, c(3, 3, 3))
  expect_false(any(nzchar(book$cells$higher[!is.na(book$cells$higher)])))
})

test_that("a ratio with a denominator of zero does not exist, in that group alone", {
  d <- rows(y = 1:12, u = c(rep(0, 6), 1:6), cancel = c(-1, 1))
  got <- weeg_ratio(d, y / u ~ g)
  expect_true(is.na(got$estimate[1L]) && is.na(got$std.error[1L]) && reason_is(got$reason[1L], "zero-denominator"))
  expect_equal(got$estimate[2L], sum(7:12) / sum(1:6), tolerance = 1e-14)
  expect_true(reason_is(weeg_ratio(d, y / cancel ~ 1)$reason, "zero-denominator"))
})

test_that("an empty domain has no quantile, mean or ratio, and no book of it fails", {
  d <- subset(rows(y = 1:12, q = "a", one = 1), y > 100)
  for (made in list(weeg_quantile(d, ~y), weeg_quantile(d, y ~ g), weeg_mean(d, y ~ g), weeg_ratio(d, y / one ~ g))) {
    expect_true(all(is.na(made$estimate)) && all(reason_is(made$reason, "empty")))
  }
  expect_true(all(is.na(weeg_book(d, ~ q + y, ~g)$cells$estimate)))
})

test_that("a book with a variable of 500 levels is a workbook and a page, without letters", {
  set.seed(1)
  data <- data.frame(q = sample(c("a", "b"), 2000, TRUE), y = stats::rnorm(2000), many = sample(500L, 2000, TRUE))
  book <- weeg_book(weeg_design(data), ~ q + y, ~ factor(many))
  expect_identical(nrow(book$columns), 1L + length(unique(data$many)))
  expect_true(all(is.na(book$cells$higher)))
  path <- withr::local_tempfile(fileext = ".html")
  weeg_save(book, path)
  expect_gt(file.size(path), 1e5)
  skip_if_not_installed("openxlsx")
  path <- withr::local_tempfile(fileext = ".xlsx")
  weeg_save(book["q"], path)
  sheet <- openxlsx::readWorkbook(path, "q", colNames = FALSE, skipEmptyRows = FALSE, skipEmptyCols = FALSE)
  expect_identical(ncol(sheet), 2L + length(unique(data$many)))
})

test_that("names of sheets are at most 31 letters, none Excel refuses, and none that differ in capitals alone", {
  long <- strrep("x", 40)
  names <- sheet_names(c("Q1", "q1", long, toupper(long), paste0(long, "y"), "a/b", "a:b", "'quoted'", "", "History", " ",
                         "\u00c9t\u00e9", "\u00e9t\u00e9"))
  expect_true(all(nchar(names) <= 31L) && all(nzchar(names)))
  expect_identical(anyDuplicated(tolower(names)), 0L)
  expect_false(any(grepl("[\\]\\[:*?/\\\\]", names, perl = TRUE)))
  expect_false(any(grepl("^'|'$", names) | tolower(names) == "history"))
  expect_identical(names[c(1L, 2L)], c("Q1", "q1 (2)"))
})

test_that("texts that begin as formulas stay what they are in CSV, and texts in workbooks", {
  texts <- c("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0")
  d <- weeg_design(data.frame(q = rep(texts, 20), g = rep(texts, each = 20)))
  book <- weeg_book(d, ~q, ~g)
  path <- withr::local_tempfile(fileext = ".csv")
  weeg_save(book, path)
  read <- utils::read.csv(path, encoding = "UTF-8", stringsAsFactors = FALSE, colClasses = "character")
  expect_identical(read$level, book$cells$level)
  expect_setequal(read$column, c("Total", texts))
  skip_if_not_installed("openxlsx")
  path <- withr::local_tempfile(fileext = ".xlsx")
  weeg_save(book, path)
  folder <- withr::local_tempdir()
  utils::unzip(path, exdir = folder)
  sheets <- list.files(file.path(folder, "xl", "worksheets"), "[.]xml$", full.names = TRUE)
  expect_length(sheets, 2L)
  for (sheet in sheets) expect_no_match(paste(readLines(sheet, warn = FALSE), collapse = ""), "<f[ >]")
  expect_setequal(unlist(openxlsx::readWorkbook(path, "q", colNames = FALSE)[[1L]]) |> intersect(texts), texts)
})
