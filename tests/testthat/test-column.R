# What becomes a category, and in which order.

counts_of <- function(x) {
  d <- data.frame(row = seq_along(x))
  d$x <- x
  p <- weeg_proportion(weeg_design(d), ~x)
  structure(p$n, names = as.character(p$level))
}

test_that("numbers are ordered by size, text bytewise, logicals FALSE first", {
  expect_identical(counts_of(c(10, 2, -1, 2, NA)), c("-1" = 1, "2" = 2, "10" = 1))
  expect_identical(counts_of(c(10L, 2L, -1L, NA)), c("-1" = 1, "2" = 1, "10" = 1))
  expect_identical(counts_of(c("b", "A", "a", "B", NA, "10", "9")),
                   c("10" = 1, "9" = 1, "A" = 1, "B" = 1, "a" = 1, "b" = 1))
  expect_identical(counts_of(c(TRUE, FALSE, TRUE, NA)), c("FALSE" = 1, "TRUE" = 2))
  expect_identical(counts_of(c(0, -0, NaN, NA, 1 / 3)), c("0" = 2, "0.333333333333333" = 1))
  expect_identical(counts_of(I(c(10, 2, 10))), c("2" = 1, "10" = 2))
  expect_identical(counts_of(c(1e5, 1e6, 1e15)), c("100000" = 1, "1000000" = 1, "1e+15" = 1))
})

test_that("numbers that differ stay apart, however close", {
  x <- c(0.1 + 0.2, 0.3, 1)
  expect_identical(unname(counts_of(x)), c(1, 1, 1))
  expect_identical(anyDuplicated(names(counts_of(x))), 0L)
})

test_that("the order of text does not depend on the locale", {
  x <- c("z", "\u00e9", "a", "Z", "\u00e0")
  expected <- c("Z", "a", "z", "\u00e0", "\u00e9")
  before <- Sys.getlocale("LC_COLLATE")
  on.exit(Sys.setlocale("LC_COLLATE", before))
  for (locale in c("C", "C.UTF-8", "en_US.UTF-8", "nl_NL.UTF-8")) {
    if (!nzchar(suppressWarnings(Sys.setlocale("LC_COLLATE", locale)))) next
    expect_identical(names(counts_of(x)), expected)
  }
})

test_that("the same text in two encodings is one level", {
  latin1 <- "caf\xe9"
  Encoding(latin1) <- "latin1"
  utf8 <- "caf\u00e9"
  counts <- counts_of(c(latin1, utf8, "z", latin1))
  expect_identical(unname(counts), c(3, 1))
  expect_identical(names(counts), c(utf8, "z"))
  f <- factor(c(1, 2), labels = c(latin1, "z"))
  a <- weeg_tally(weeg_design(data.frame(f = f)), ~f)
  b <- weeg_tally(weeg_design(data.frame(f = c("z", utf8, utf8))), ~f)
  expect_identical((a + b)$variables$f$levels, c(latin1, "z"))
  expect_identical(weeg_proportion(a + b, ~f)$n, c(3, 2))
})

test_that("factors keep their order; unused levels stay, with n = 0", {
  f <- factor(c("lo", "hi", "lo"), levels = c("none", "lo", "hi"))
  p <- weeg_proportion(weeg_design(data.frame(f = f)), ~f)
  expect_identical(levels(p$level), c("none", "lo", "hi"))
  expect_identical(p$n, c(0, 2, 1))
  expect_identical(p$estimate[1L], 0)
  expect_match(p$reason[1L], "0 or 1")
  o <- factor(c("lo", "hi", "lo"), levels = c("hi", "lo"), ordered = TRUE)
  t <- weeg_tally(weeg_design(data.frame(o = o)), ~o)
  expect_true(is.ordered(as.data.frame(t)$o))
  expect_identical(levels(as.data.frame(t)$o), c("hi", "lo"))
})

test_that("NA as a level of a factor is a level", {
  f <- addNA(factor(c("a", NA, NA)))
  p <- weeg_proportion(weeg_design(data.frame(f = f)), ~f)
  expect_identical(p$n, c(1, 2))
  expect_identical(as.character(p$level), c("a", "<NA>"))
})

test_that("more values than a byte and than two bytes can number", {
  for (count in c(255L, 256L, 300L, 65535L, 65536L, 70000L)) {
    x <- rev(seq_len(count))
    t <- weeg_tally(weeg_design(data.frame(x = c(x, x[1:7]))), ~x)
    expect_identical(t$variables$x$levels, as.character(seq_len(count)))
    expect_identical(t$entries$n, c(rep(1, count - 7), rep(2, 7)))
  }
})

test_that("dates and times are categories as they print", {
  dates <- as.Date("2024-01-31") + c(0, 1, 0, NA, 365)
  expect_identical(counts_of(dates), c("2024-01-31" = 2, "2024-02-01" = 1, "2025-01-30" = 1))
  times <- as.POSIXct("2024-01-01 12:00:00", tz = "UTC") + c(0, 60, 0)
  expect_identical(unname(counts_of(times)), c(2, 1))
})

test_that("integer64 keeps all its digits, with and without package bit64", {
  skip_if_not_installed("bit64")
  text <- c("9007199254740993", "9007199254740992", "-5", "9007199254740993", "7", "-9007199254740993", NA, "-12")
  x <- bit64::as.integer64(text)
  sorted <- c("-9007199254740993", "-12", "-5", "7", "9007199254740992", "9007199254740993")
  expect_identical(counts_of(x), structure(c(1, 1, 1, 1, 1, 2), names = sorted))
  expect_identical(weeg:::sort_integers(rev(sorted)), sorted)
  many <- c("999999999", "1000000000", "1999999999", "2000000000", "-1000000001", "-999999999", "0")
  expect_identical(weeg:::sort_integers(many), many[c(5, 6, 7, 1, 2, 3, 4)])
  # as weights; in an R that has not loaded bit64
  d <- data.frame(y = c("a", "b", "b"))
  d$w <- bit64::as.integer64(c(1, 2, 5))
  expect_identical(weeg_proportion(weeg_design(d, weights = ~w), ~y)$estimate, c(1 / 8, 7 / 8))
  expect_identical(weeg:::as_numbers(structure(unclass(d$w), class = "integer64")), c(1, 2, 5))
  d$w[2] <- NA
  expect_error(weeg_design(d, weights = ~w), "row 2 is missing", class = "weeg_error_weight")
})

test_that("labelled variables show their labels", {
  skip_if_not_installed("haven")
  x <- haven::labelled(c(3, 1, 2, 1, NA, 9), c(never = 1, often = 3, always = 4), label = "How often?")
  expect_identical(counts_of(x), c(never = 2, "2" = 1, often = 1, always = 0, "9" = 1))
  d <- data.frame(id = 1:6)
  d$x <- x
  expect_identical(weeg_tally(weeg_design(d), ~x)$variables$x$label, "How often?")
  text <- haven::labelled(c("m", "f", "f"), c(man = "m", woman = "f"))
  expect_identical(counts_of(text), c(woman = 2, man = 1))
  twice <- haven::labelled(c(1, 2, 2), c(same = 1, same = 2))
  expect_identical(counts_of(twice), c("same [1]" = 1, "same [2]" = 2))
  whole <- haven::labelled(c(1L, 2L, NA, 2L), c(a = 1L))
  expect_identical(counts_of(whole), c(a = 1, "2" = 2))
})

test_that("user-missing values of SPSS and tagged NAs are missing", {
  skip_if_not_installed("haven")
  values <- haven::labelled_spss(c(1, 2, 8, 9, 2, NA), c(no = 1, yes = 2, refused = 8, unknown = 9), na_values = c(8, 9))
  expect_identical(counts_of(values), c(no = 1, yes = 2))
  range <- haven::labelled_spss(c(1, 2, 97, 99, 2), c(no = 1, yes = 2), na_range = c(90, Inf))
  expect_identical(counts_of(range), c(no = 1, yes = 2))
  both <- haven::labelled_spss(c(1, 2, -1, 99, 2), c(no = 1, yes = 2, skip = -1), na_values = -1, na_range = c(90, 99))
  expect_identical(counts_of(both), c(no = 1, yes = 2))
  text <- haven::labelled_spss(c("a", "x", "b"), c(missing = "x"), na_values = "x")
  expect_identical(counts_of(text), c(a = 1, b = 1))
  tagged <- haven::labelled(c(1, haven::tagged_na("a"), 1, haven::tagged_na("b")), c(one = 1, refused = haven::tagged_na("a")))
  expect_identical(counts_of(tagged), c(one = 2))
})

test_that("what has no categories is refused by name", {
  d <- data.frame(id = 1:3)
  d$list <- list(1, 2, 3)
  d$matrix <- matrix(1:6, 3)
  d$complex <- complex(3)
  d$raw <- as.raw(1:3)
  d$frame <- data.frame(a = 1:3, b = 1:3)
  for (name in c("list", "matrix", "complex", "raw", "frame")) {
    formula <- stats::as.formula(paste("~", name))
    expect_error(weeg_proportion(weeg_design(d), formula), paste0("variable `", name, "`"), class = "weeg_error_variable")
    expect_error(weeg_design(d, strata = formula), class = "weeg_error_variable")
  }
})

test_that("tibbles and data.tables are data frames", {
  d <- data.frame(y = c("a", "b", "b", "a", "a"), w = 1:5, s = c(1, 1, 1, 2, 2))
  numbers <- function(data) {
    as.list(weeg_proportion(weeg_design(data, weights = ~w, strata = ~s), y ~ s))[c("estimate", "std.error", "n")]
  }
  expected <- numbers(d)
  skip_if_not_installed("tibble")
  expect_identical(numbers(tibble::as_tibble(d)), expected)
  skip_if_not_installed("dplyr")
  expect_identical(numbers(dplyr::group_by(d, s)), expected)
  skip_if_not_installed("data.table")
  expect_identical(numbers(data.table::as.data.table(d)), expected)
})

test_that("ALTREP columns are read like others", {
  d <- data.frame(x = 1:100)
  p <- weeg_proportion(weeg_design(d), ~ as.character(x))
  expect_identical(nrow(p), 100L)
  expect_identical(p$n, rep(1, 100))
})

test_that("rare values, and more values than a byte holds, are coded the same on any number of threads", {
  rows <- 300000L
  set.seed(5)
  common <- sample(c("b", "a", NA), rows, TRUE)
  rare <- replace(common, c(7L, 150000L, 299999L), c("z", "A", "m"))
  many <- function(values) replace(common, sample(rows, 4L * values), rep(sprintf("v%05d", seq_len(values)), each = 4L))
  cases <- list(rare, many(252L), many(253L), many(254L), many(255L), many(70000L), sort(rare),
                as.integer(factor(many(300L))) - 150L, as.integer(factor(rare)) / 3, common == "a")
  for (x in cases) {
    # match() is the reference: numbers in the order of the sorted values
    sorted <- sort(unique(x[!is.na(x)]), method = "radix")
    for (threads in 1:2) {
      column <- with_threads(threads, weeg:::code_column(x, "x"))
      expect_identical(weeg:::column_codes(column), match(x, sorted))
      expect_identical(column$levels, as.character(sorted))
    }
  }
})

test_that("long columns of many values have the levels and codes that factor() gives them, on any number of threads", {
  rows <- 150000L
  set.seed(20135)
  with_gaps <- function(x) replace(x, sample.int(rows, 500L), NA)
  at <- sample.int(600L, rows, TRUE)
  columns <- list(
    range = with_gaps(at - 300L), doubles = with_gaps(at * 1), zero = with_gaps(c(-0, at[-1L] - 5)), halves = with_gaps(at / 2),
    # a value far from all others, and one between two of them, that no sample of the rows shows
    far = replace(at, 77777L, .Machine$integer.max), between = replace(at * 1, 77777L, 3.5), infinite = replace(at * 1, 5L, Inf),
    wide = at * 1000003L, lowest = at - .Machine$integer.max - 1L + 1L, bytes = with_gaps(at %% 256L),
    texts = with_gaps(sprintf("municipality %03d", at)), thousands = sample.int(40000L, rows, TRUE) * 1, ids = sample.int(rows),
    late = replace(sprintf("%03d", at %% 250L), rows - 0:99, sprintf("%d", 900:999)),
    texts_of_thousands = sprintf("%05d", sample.int(20000L, rows, TRUE))
  )
  for (name in names(columns)) {
    x <- columns[[name]]
    values <- sort(unique(if (is.double(x)) x + 0 else x), method = "radix")
    for (threads in c(1L, 3L)) {
      found <- with_threads(threads, weeg:::code_column(x, name))
      expect_identical(weeg:::column_codes(found), match(x, values), info = paste(name, threads))
      expect_identical(found$levels, if (is.numeric(x)) weeg:::number_labels(values) else values, info = name)
    }
  }
})

test_that("conditions on long columns hold for the rows that base R says, and errors say what they say of short ones", {
  rows <- 40000L
  set.seed(20136)
  code <- sample(c(1, 2, 3, 9, NA), rows, TRUE)
  text <- c("a", "b ", "c", NA)[sample.int(4L, rows, TRUE)]
  of <- function(at) {
    labelled <- structure(code[at], labels = c(yes = 1, no = 2), na_values = 9,
                          class = c("haven_labelled_spss", "haven_labelled"))
    text <- text[at]
    blanks <- structure(text, format.spss = "A2")
    structure(list(labelled = labelled, text = text, blanks = blanks, f = factor(text), o = factor(text, ordered = TRUE)),
              class = "data.frame", row.names = seq_along(at))
  }
  design <- weeg_design(of(seq_len(rows)))
  inside <- function(condition) which(eval(call("subset", design, condition))$domain != 0)
  expect_identical(inside(quote(labelled == 1)), which(code == 1))
  expect_identical(inside(quote(labelled != "yes")), which(code %in% 2:3))
  expect_identical(inside(quote(labelled %in% c("no", "3"))), which(code %in% 2:3))
  expect_identical(inside(quote(is.na(labelled))), which(is.na(code) | code == 9))
  expect_identical(inside(quote(text == "b ")), which(text == "b "))
  expect_identical(inside(quote(blanks == "b")), which(text == "b "))
  expect_identical(inside(quote(!(text %in% c("a", "c")))), which(text == "b "))
  expect_identical(inside(quote(text %in% c("a", NA))), which(text == "a" | is.na(text)))
  expect_identical(inside(quote(text > "a")), which(text > "a"))
  expect_identical(inside(quote(f == "c")), which(text == "c"))
  expect_identical(inside(quote(o >= "b ")), which(text >= "b "))
  expect_identical(inside(quote(f != "c" & labelled < 3)), which(text != "c" & code < 3))
  for (condition in expression(labelled == 9, labelled == "maybe", text == "d", f == "d", f > "a", text > 1, labelled > "yes")) {
    said <- function(at) tryCatch(eval(call("subset", weeg_design(of(at)), condition)), weeg_error = conditionMessage)
    expect_identical(said(seq_len(rows)), said(seq_len(4000L)), info = deparse1(condition))
    expect_type(said(seq_len(rows)), "character")
  }
})

test_that("the first PSU in two strata is named, on any number of threads", {
  rows <- 200000L
  d <- data.frame(psu = rep(1:1000, each = 200L), stratum = rep(1:10, each = 20000L))
  d$stratum[c(150010L, 90005L)] <- 10L
  for (threads in 1:2) {
    expect_error(with_threads(threads, weeg_design(d, strata = ~stratum, cluster = ~psu)),
                 "451 .*90005", class = "weeg_error")
  }
})

test_that("what is no column, and a factor or labels that nobody made with factor() or labelled(), is refused by name", {
  data <- data.frame(w = c(1, 2, 1))
  told <- function(x, words, kind = "variable") {
    data <- structure(c(unclass(data), list(bad = x)), class = "data.frame", row.names = 1:3, names = c("w", "bad"))
    d <- weeg_design(data, weights = ~w)
    for (verb in list(weeg_proportion, weeg_total)) {
      expect_error(verb(d, ~bad), paste0("`bad`.*", words), class = paste0("weeg_error_", kind))
    }
  }
  told(structure(1:3, levels = c("a", "a", "b"), class = "factor"), "has the level \"a\" twice")
  told(structure(1:3, class = "factor"), "without names of levels")
  told(sum, "is a function")
  told(new.env(), "is a environment")
  told(quote(x), "is a name")
  told(structure(1:3, labels = list(a = 1), class = "haven_labelled"), "labels \\(an attribute\\) of another kind")
  told(structure(1:3, na_values = "x", labels = c(a = 1), class = "haven_labelled"), "na_values")
  twice <- stats::setNames(data.frame(1:3, c("a", "b", "a"), c("z", "z", "y")), c("w", "y", "y"))
  expect_error(weeg_proportion(twice, ~y), "several variables `y`", class = "weeg_error_variable")
  expect_identical(weeg_total(twice, ~w)$estimate, c(1, 1, 1))
})

test_that("labels without names name nothing; texts as bytes are those bytes; classes do not say what values are", {
  expect_identical(counts_of(structure(c(1, 2, 2), labels = c(1, 2), class = "haven_labelled")), c("1" = 1, "2" = 2))
  bytes <- c("caf\xc3\xa9", "b", "b")
  Encoding(bytes) <- "bytes"
  # in bytes: names in a locale of ASCII are shown otherwise
  expect_identical(lapply(weeg:::code_column(bytes, "x")$levels, charToRaw), list(charToRaw("b"), charToRaw("caf\xc3\xa9")))
  expect_identical(counts_of(structure(c(2, 1, 2), class = "weeg_long")), c("1" = 1, "2" = 2)) # length() says 1000
})

# Multiples of the inverse of 0x9e3779b97f4a7c15 modulo 2^64, as numbers: all in one place of a table that multiplies by it.
crafted_numbers <- function(count) {
  inverse <- c(0x733d, 0x9937, 0x83e1, 0xf1de)
  parts <- matrix(0, 4L, count)
  carry <- 0
  for (k in 1:4) {
    sum <- inverse[k] * seq_len(count) + carry
    parts[k, ] <- sum %% 65536
    carry <- sum %/% 65536
  }
  x <- readBin(writeBin(as.integer(parts), raw(), size = 2L, endian = "little"), "double", count, endian = "little")
  x[is.finite(x)]
}

test_that("numbers that were made to collide take no longer than others", {
  crafted <- crafted_numbers(40000)
  expect_gt(length(crafted), 39000)
  expect_identical(anyDuplicated(crafted), 0L)
  set.seed(1)
  others <- stats::rnorm(length(crafted))
  code <- function(x) weeg:::checked(.Call(weeg:::C_code, x, NULL, 1L))
  seconds <- function(x) min(vapply(1:3, function(i) system.time(code(x))[["user.self"]], 0))
  found <- code(rep(crafted, 2L))
  expect_identical(found$values, crafted)
  expect_identical(found$width, 2L)
  expect_identical(readBin(found$codes, "integer", 2L * length(crafted), size = 2L, signed = FALSE), rep(seq_along(crafted), 2L))
  expect_lt(seconds(crafted), 20 * seconds(others) + 0.2)
})
