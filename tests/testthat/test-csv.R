# Designs of CSV files: the same numbers as with data frames, errors with lines and columns.

csv_file <- function(text, ...) {
  path <- tempfile(fileext = ".csv")
  writeBin(if (is.raw(text)) text else charToRaw(enc2utf8(paste0(text, collapse = "\n"))), path)
  path
}

# The same file as a data frame, by R itself.
frame_of <- function(path, ...) {
  data <- utils::read.csv(path, na.strings = c("", "NA"), check.names = FALSE, encoding = "UTF-8", ...)
  structure(data, name = basename(path))
}

study_file <- function() {
  path <- tempfile(fileext = ".csv")
  utils::write.csv(openvoorwerk, path, row.names = FALSE, fileEncoding = "UTF-8")
  path
}

test_that("every verb gives the same as with the data frame, to the last bit", {
  path <- study_file()
  on.exit(unlink(path))
  design_of <- function(x) weeg_design(x, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  file <- design_of(path)
  frame <- design_of(frame_of(path))
  verbs <- list(
    proportion = function(d) weeg_proportion(d, strengths + growth ~ provider + ronde),
    one = function(d) weeg_proportion(d, ~leeftijd),
    total = function(d) weeg_total(d, ~ geslacht + ronde),
    crosstab = function(d) weeg_crosstab(d, strengths ~ provider),
    test = function(d) weeg_test(d, growth ~ provider),
    compare = function(d) weeg_compare(d, growth ~ ronde),
    association = function(d) weeg_association(d, growth ~ provider),
    logistic = function(d) weeg_logistic(d, geslacht ~ leeftijdsgroep + ronde),
    items = function(d) weeg_multiple(d, knelpunt_banen + knelpunt_ervaring + knelpunt_leeftijd ~ ronde),
    level = function(d) weeg_proportion(d, strengths ~ provider, missing = "level"),
    omit = function(d) weeg_proportion(d, strengths ~ provider, missing = "omit"),
    tally = function(d) as.data.frame(weeg_tally(d, ~ provider + strengths)),
    domain = function(d) weeg_proportion(subset(d, leeftijd < 36 & provider != "werkplein"), growth ~ geslacht),
    logical = function(d) weeg_proportion(subset(d, knelpunt_schulden), ~growth),
    raked = function(d) weeg_proportion(weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5))), growth ~ ronde),
    sensitivity = function(d) weeg_sensitivity(d, growth ~ ronde)
  )
  for (verb in names(verbs)) expect_identical(verbs[[verb]](file), verbs[[verb]](frame), info = verb)
  expect_identical(file$weights, frame$weights)
  expect_identical(file$frame, frame$frame)
  expect_identical(format(file), format(frame))
})

test_that("levels are those of the values that R reads", {
  cases <- list(
    integers = c("10", "9", "-1", "007", "+7", "7", ""),
    large = c("100000", "99999", "1e5"),
    decimals = c("1.50", "1.5", "-.5", "2", "1e-3", "NA"),
    logical = c("TRUE", "FALSE", "", "TRUE"),
    true_only = c("TRUE", "TRUE"),
    empty = c("", "NA", ""),
    text = c("b", "a", "B", "10", "9", ""),
    accents = c("\u00e9", "z", "e", "\u20ac"),
    almost = c("1", "2", "3x")
  )
  for (case in names(cases)) {
    text <- cases[[case]]
    path <- csv_file(c("i,v", paste0(seq_along(text), ",", text), ""))
    file <- weeg_tally(weeg_design(path), ~v)
    frame <- weeg_tally(weeg_design(frame_of(path)), ~v)
    expect_identical(file$variables, frame$variables, info = case)
    expect_identical(as.data.frame(file), as.data.frame(frame), info = case)
    unlink(path)
  }
})

test_that("whole numbers keep all their digits", {
  skip_if_not_installed("bit64")
  path <- csv_file(c("i,v", "1,9007199254740993", "2,9007199254740992", "3,-12345678901234567", "4,7"))
  on.exit(unlink(path))
  values <- bit64::as.integer64(c("9007199254740993", "9007199254740992", "-12345678901234567", "7"))
  frame <- weeg_tally(weeg_design(structure(data.frame(v = values), name = basename(path))), ~v)
  expect_identical(weeg_tally(weeg_design(path), ~v)$variables, frame$variables)
})

test_that("data.table reads the same", {
  skip_if_not_installed("data.table")
  path <- study_file()
  on.exit(unlink(path))
  data <- data.table::fread(path, na.strings = c("", "NA"), data.table = FALSE, nThread = 1L)
  frame <- weeg_design(structure(data, name = basename(path)), weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  file <- weeg_design(path, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  expect_identical(weeg_crosstab(file, arbeidssituatie ~ provider), weeg_crosstab(frame, arbeidssituatie ~ provider))
})

test_that("finite populations, stages and nesting come from the file too", {
  d <- data.frame(school = rep(1:10, each = 5), pupil = 1:5, schools = 40, pupils = rep(21:30, each = 5))
  d$smokes <- (d$school + d$pupil) %% 3 == 0
  d$weight <- with(d, schools / 10 * pupils / 5)
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  utils::write.csv(d, path, row.names = FALSE)
  design_of <- function(x) weeg_design(x, weights = ~weight, cluster = ~ school + pupil, fpc = ~ schools + pupils)
  expect_identical(weeg_proportion(design_of(path), ~smokes), weeg_proportion(design_of(frame_of(path)), ~smokes))
  both <- function(x) weeg_design(x, weights = ~pupils, strata = ~pupils, cluster = ~pupil, nest = TRUE)
  expect_identical(weeg_total(both(path), ~smokes), weeg_total(both(frame_of(path)), ~smokes))
})

test_that("errors name the file, the line and the column", {
  cases <- list(
    list(text = c("a,w", "x,1", "y,1,2"), class = "weeg_error_csv", line = 3, column = 3, message = "3 fields"),
    list(text = c("a,w", "x,1", "\"y,1"), class = "weeg_error_csv", line = 3, column = 1, message = "not closed"),
    list(text = c("a,w", "x,1", "y,one"), class = "weeg_error_csv", line = 3, column = 2,
         message = "column 2 (w): \"one\" is not a number"),
    list(text = "", class = "weeg_error_csv", message = "empty"),
    list(text = "a,w\n", class = "weeg_error_argument", message = "no rows"),
    list(text = c("a,v", "x,1"), class = "weeg_error_variable", message = "no variable `w`"),
    list(text = c("w,w", "1,1"), class = "weeg_error_variable", message = "the name of 2 columns"),
    list(text = c("a,w", "", "x,1", "\"y", "z\",2", "", "x,-1"), class = "weeg_error_weight", line = 7, message = "negative"),
    list(text = c("a,w", "x,"), class = "weeg_error_weight", line = 2, message = "line 2: ")
  )
  for (case in cases) {
    path <- csv_file(case$text)
    found <- tryCatch(weeg_design(path, weights = ~w), error = identity)
    expect_s3_class(found, case$class)
    expect_match(conditionMessage(found), case$message, fixed = TRUE)
    expect_identical(c(found$line, found$column), if (!is.null(case$line)) c(case$line, case$column))
    unlink(path)
  }
  expect_error(weeg_design("nowhere.csv"), "no file nowhere.csv", class = "weeg_error_file")
  expect_error(weeg_design(tempdir()), "folder", class = "weeg_error_file")
  expect_error(weeg_design(c("a", "b")), "one CSV file", class = "weeg_error_argument")
})

test_that("an error about a row names its line, whatever was left out before", {
  path <- csv_file(c("h,w", "x,1", "y", "z,one", "\"x\"y,2", "\"x", "1\",3", ",4", "x,5"))
  on.exit(unlink(path))
  found <- tryCatch(weeg_design(path, weights = ~w, strata = ~h, on_error = "skip"), weeg_error_missing = identity)
  expect_match(conditionMessage(found), "line 8: ", fixed = TRUE)
  expect_identical(c(found$where, found$line), c(3, 8))
})

test_that("threads and progress change nothing", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  set.seed(1)
  rows <- 60000L # several parts of a quarter of a megabyte
  data <- data.frame(g = sample(c("a", "b, c", "d \"e\""), rows, TRUE), w = round(runif(rows), 6),
                     psu = sample.int(400L, rows, TRUE), o = sample(c("x", NA, "y"), rows, TRUE))
  utils::write.csv(data, path, row.names = FALSE)
  design_of <- function(x) weeg_design(x, weights = ~w, cluster = ~psu)
  old <- options(weeg.threads = 1L)
  one <- weeg_test(design_of(path), o ~ g)
  options(weeg.threads = 3L, weeg.progress = TRUE)
  three <- weeg_test(design_of(path), o ~ g)
  options(old)
  expect_identical(three, one)
  expect_identical(one, weeg_test(design_of(structure(data, name = basename(path))), o ~ g))
  options(weeg.progress = NULL)
})

test_that("expressions of columns are those of the data frame", {
  path <- csv_file(c("a,w,x,s", "p,1,,1", "q,2,5,1", "p,3,NaN,2", "q,4,70,2", ""))
  on.exit(unlink(path))
  frame <- frame_of(path)
  limit <- 6
  designs <- list(
    function(data) weeg_design(data, weights = ~w), function(data) weeg_design(data, weights = ~ I(w * 2)),
    function(data) weeg_design(data, weights = ~w, strata = ~ paste(s, w > 0)),
    function(data) weeg_design(data, cluster = ~ interaction(a, s), strata = ~s)
  )
  formulas <- list(I(!is.na(x)) ~ 1, toupper(a) ~ 1, I(x > limit) ~ a, a ~ I(is.na(x)), ~ cut(w, c(0, 2, 9)))
  for (k in seq_along(designs)) {
    for (formula in formulas) {
      expect_identical(as.data.frame(weeg_total(designs[[k]](path), formula)),
                       as.data.frame(weeg_total(designs[[k]](frame), formula)), info = paste(k, deparse1(formula)))
    }
  }
  expect_identical(weeg_tally(path, ~ I(!is.na(x)) + a, weights = ~w), weeg_tally(designs[[1L]](path), ~ I(!is.na(x)) + a))
  expect_identical(weeg_proportion(weeg_design(path), I(!is.na(x)) ~ 1)$n, c(2, 2))
  expect_error(weeg_proportion(weeg_design(path), ~ I(z > 1)), "no variable `z` \\(in `formula`\\)",
               class = "weeg_error_variable")
  expect_error(weeg_proportion(weeg_design(path), ~ I(a + 1)), "cannot evaluate", class = "weeg_error_variable")
})

test_that("names are those of columns", {
  path <- csv_file(c("a,w", "x,1", "y,2"))
  on.exit(unlink(path))
  d <- weeg_design(path, weights = ~w)
  expect_error(weeg_proportion(d, ~ A), "Did you mean a", class = "weeg_error_variable")
  expect_error(subset(d, b == 1), "no variable `b`", class = "weeg_error_variable")
  limit <- 1.5
  expect_identical(weeg_total(subset(d, w > limit), ~a)$n, c(0, 1))
  skip_if_not_installed("survey")
  expect_error(as_svydesign(d), "not in memory", class = "weeg_error_unsupported")
})

test_that("a file that has changed is an error", {
  path <- csv_file(c("a,w", "x,1", "y,2"))
  on.exit(unlink(path))
  d <- weeg_design(path, weights = ~w)
  cat("\nz,3\n", file = path, append = TRUE)
  expect_error(weeg_proportion(d, ~a), "has changed", class = "weeg_error_file")
  unlink(path)
  expect_error(weeg_proportion(d, ~a), "any more", class = "weeg_error_file")
})

test_that("what cannot be read is left out and listed, if asked", {
  path <- csv_file(c("a,w", "x,1", "y", "z,one", "\"x\"y,2", "x,3"))
  on.exit(unlink(path))
  expect_error(weeg_design(path, weights = ~w), "line 3", class = "weeg_error_csv")
  d <- weeg_design(path, weights = ~w, on_error = "skip")
  expect_identical(d$rows, 2)
  expect_identical(weeg_skipped(d)[c("line", "lines", "column")],
                   data.frame(line = c(3, 4, 5), lines = 1, column = c(2L, 2L, 1L)))
  expect_true(any(grepl("3 records that cannot be read", format(d), fixed = TRUE)))
  # of line 4, a can be read, but not the weight
  expect_identical(as.list(as.data.frame(weeg_tally(d, ~a))[c("a", "n")]), list(a = factor("x"), n = 2))
  latin <- csv_file(charToRaw("a,w\nx,1\ny\n\xe9,3\n"))
  expect_error(weeg_total(weeg_design(latin, weights = ~w, on_error = "skip"), ~a), "line 4: a cannot be read there",
               class = "weeg_error_csv")
  unlink(latin)
  expect_identical(nrow(weeg_skipped(weeg_design(study <- study_file()))), 0L)
  unlink(study)
  expect_error(weeg_skipped(1), class = "weeg_error_argument")
})

test_that("of many records that cannot be read the first are kept, and all are counted", {
  rows <- c("a,b,w", rep(c("x", "x,y,1"), 150), "\xe9,y,2", "x,\xe9,3", "x,y,4")
  path <- csv_file(charToRaw(paste0(rows, "\n", collapse = "")))
  on.exit(unlink(path))
  d <- weeg_design(path, weights = ~w, on_error = "skip")
  expect_identical(weeg_skipped(d)$line, seq(2, by = 2, length.out = 100))
  expect_identical(attr(weeg_skipped(d), "count"), 150)
  expect_true(any(grepl("150 records that cannot be read", format(d), fixed = TRUE)))
  expect_equal(d$rows, 153)
  # other columns leave out other records, which are not among the first
  expect_error(weeg_total(d, ~a), "after line 200: a cannot be read there, but the design has this row", class = "weeg_error_csv")
})

test_that("delimiters, decimal commas, encodings and spellings of missing can be said or are found", {
  text <- "a;w\ncaf\xe9;1,5\n-;2,5\nx;3\n"
  path <- csv_file(charToRaw(text))
  on.exit(unlink(path))
  d <- weeg_design(path, weights = ~w, encoding = "windows-1252", na = "-")
  expect_identical(d$weights, c(1.5, 2.5, 3))
  expect_identical(weeg_tally(d, ~a)$variables$a$levels, c("caf\u00e9", "x"))
  expect_error(weeg_tally(weeg_design(path, weights = ~w), ~a), "not UTF-8", class = "weeg_error_csv")
  expect_error(weeg_design(path, weights = ~w, decimal = "."), "\"1,5\" is not a number", class = "weeg_error_csv")
  expect_error(weeg_design(path, delimiter = "ab"), class = "weeg_error_argument")
  expect_error(weeg_design(path, decimal = "x"), class = "weeg_error_argument")
  expect_error(weeg_design(path, na = 1), class = "weeg_error_argument")
  expect_error(weeg_design(path, max_field = 0), class = "weeg_error_argument")
  expect_error(weeg_design(path, quote = ";", delimiter = ";"), "different", class = "weeg_error_argument")
  plain <- weeg_design(path, weights = ~V2, header = FALSE, on_error = "skip", encoding = "windows-1252")
  expect_identical(weeg_skipped(plain)$line, 1)
})

# A file as Qualtrics and spreadsheets write them: lines above, three header rows, thousands apart, codes with zeros in front.
odd_file <- function() {
  csv_file(c("Report \"of today", "", "town,age,q,w", "Town,Your age,\"Do you\nget help?\",Weight", "{id1},{id2},{id3},{id4}",
             "0363,34,no,\"1,234.5\"", "363,unknown,\"yes, always\",2", "0363,60,some,\"1,000,000\"", "014,9,no,NaN"))
}
odd <- list(skip_before = 2, skip_after = 2, thousands = ",", text = "town", levels = list(q = c("no", "some", "yes, always")))

test_that("lines are skipped, thousands joined, text kept and answers put in order", {
  path <- odd_file()
  on.exit(unlink(path))
  design_of <- function(...) do.call(weeg_design, c(list(path, ...), odd))
  frame <- data.frame(town = c("0363", "363", "0363", "014"), w = c(1234.5, 2, 1e6, NaN), age = c("34", "unknown", "60", "9"),
                      q = factor(c("no", "yes, always", "some", "no"), odd$levels$q, ordered = TRUE))
  expect_error(design_of(weights = ~w), "line 10: the weight in row 4 is missing", class = "weeg_error_weight")
  d <- design_of()
  expect_identical(weeg_tally(d, ~w)$variables$w$levels, c("2", "1234.5", "1000000"))
  expect_true(weeg_tally(d, ~w)$variables$w$number)
  expect_identical(weeg_tally(d, ~town)$variables$town[c("levels", "number")],
                   list(levels = c("014", "0363", "363"), number = FALSE))
  expect_identical(weeg_proportion(subset(d, w > 2), ~q)$n.base, rep(2, 3))
  expect_identical(weeg_proportion(subset(d, town == "0363" & q <= "some"), ~q)$n, c(1, 1, 0))
  d <- subset(d, !is.na(w))
  of_frame <- subset(weeg_design(frame), !is.na(w))
  for (formula in list(q ~ town, ~age, town ~ q)) {
    expect_identical(as.data.frame(weeg_total(d, formula))["n"], as.data.frame(weeg_total(of_frame, formula))["n"])
  }
  # an order, so that a trend can be tested: as of the ordered factor
  long <- csv_file(c("g,q", rep(c("a,yes", "b,no", "a,some", "b,some", "a,no", "b,no"), 10)))
  ordered <- weeg_design(long, levels = list(q = c("no", "some", "yes")))
  by_frame <- frame_of(long)
  by_frame$q <- factor(by_frame$q, c("no", "some", "yes"), ordered = TRUE)
  expect_identical(weeg_test(ordered, q ~ g, method = "trend"), weeg_test(weeg_design(by_frame), q ~ g, method = "trend"))
  # numbers by their size or in another order, and levels that nobody has
  numbers <- csv_file(c("x", "1", "02", "3"))
  expect_identical(weeg_tally(weeg_design(numbers, levels = list(x = c(3, 1, 2, 9))), ~x)$variables$x$levels,
                   c("3", "1", "2", "9"))
  expect_identical(weeg_tally(weeg_design(numbers, text = "x"), ~x)$variables$x$levels, c("02", "1", "3"))
  unlink(c(long, numbers))
})

test_that("separators of thousands are found in numbers only", {
  cases <- list(
    list(c("1,234", "1234", "12,345,678"), ",", c("1234", "12345678")), list(c("1.234,5", "2"), ".", c("2", "1234.5")),
    list(c("1 234", "1\u00a0235", "1\u202f236"), " ", c("1234", "1235", "1236")), list(c("1'000", "999"), "'", c("999", "1000")),
    list(c("1,23", "4"), ",", c("1,23", "4")), list(c("1,234", "a"), ",", c("1,234", "a"))
  )
  for (case in cases) {
    path <- csv_file(c("x;y", paste0(case[[1L]], ";1")))
    d <- weeg_design(path, thousands = case[[2L]], delimiter = ";")
    variable <- weeg_tally(d, ~x)$variables$x
    expect_identical(variable$levels, case[[3L]])
    expect_identical(variable$number, !any(grepl("[,a]", case[[3L]])))
    if (variable$number) {
      numbers <- as.numeric(gsub("[^0-9.]", "", if (case[[2L]] == ".") sub(",", ".", gsub(".", "", case[[1L]], fixed = TRUE)) else
        case[[1L]]))
      expect_identical(weeg_design(path, weights = ~x, thousands = case[[2L]], delimiter = ";")$weights, numbers)
    }
    unlink(path)
  }
})

test_that("NaN is missing, as it is in a data frame", {
  path <- csv_file(c("x,w", "NaN,1", "1,2", "2,4", ""))
  on.exit(unlink(path))
  expect_identical(as.data.frame(weeg_total(weeg_design(path, weights = ~w), ~x)),
                   as.data.frame(weeg_total(weeg_design(frame_of(path), weights = ~w), ~x)))
  expect_identical(weeg_tally(weeg_design(path, na = "NA"), ~x)$variables$x$levels, c("1", "2", "NaN"))
})

test_that("text is not less or more than a number", {
  path <- csv_file(c("age,w", "34,1", "unknown,2", "9,4", ""))
  on.exit(unlink(path))
  for (d in list(weeg_design(path), weeg_design(frame_of(path)), weeg_design(frame_of(path, stringsAsFactors = TRUE)))) {
    expect_error(subset(d, age > 60), "`age` is text, not a number: it has the value \"unknown\"", class = "weeg_error_variable")
    expect_error(subset(d, w == 1 & !(60 <= age)), "is text", class = "weeg_error_variable")
    expect_error(weeg_proportion(d, I(age < 30) ~ 1), "is text", class = "weeg_error_variable")
    expect_identical(weeg_proportion(subset(d, age != "unknown" & w < 3), ~age)$n.base[1L], 1)
    expect_identical(sum(weeg_total(subset(d, as.numeric(sub("unknown", "99", age)) > 60), ~w)$n), 1)
  }
  expect_identical(sum(weeg_total(subset(weeg_design(path, na = "unknown"), age > 30), ~w)$n), 1)
})

test_that("options that cannot be are errors", {
  path <- odd_file()
  on.exit(unlink(path))
  given <- function(...) do.call(weeg_tally, c(list(path, ~q), list(...), odd[setdiff(names(odd), ...names())]))
  expect_error(given(levels = list(q = c("no", "yes, always"))), "q has the value \"some\".*`levels`",
               class = "weeg_error_variable")
  expect_error(given(levels = list(Q = "no")), "no variable `Q` \\(in `levels`\\)", class = "weeg_error_variable")
  expect_error(given(levels = list("no")), "must be a list", class = "weeg_error_argument")
  expect_error(given(levels = list(q = c("no", "no"))), "different", class = "weeg_error_argument")
  expect_error(given(text = "twon"), "Did you mean town", class = "weeg_error_variable")
  expect_error(given(text = 1), "`text`", class = "weeg_error_argument")
  expect_error(given(thousands = "x"), "`thousands`", class = "weeg_error_argument")
  expect_error(given(thousands = ",", decimal = ","), "`thousands`", class = "weeg_error_argument")
  expect_error(given(skip_before = -1), "`skip_before`", class = "weeg_error_argument")
  expect_error(given(skip_after = 1.5), "`skip_after`", class = "weeg_error_argument")
  expect_error(given(header = FALSE), "`skip_after`", class = "weeg_error_argument")
  expect_error(given(skip_before = 99), "nothing after the 99 lines", class = "weeg_error_csv")
  expect_error(weeg_design("x.sav", text = "a"), "is for CSV files", class = "weeg_error_argument")
})

test_that("compressed files are read as they are", {
  path <- study_file()
  packed <- tempfile(fileext = ".csv.gz")
  on.exit(unlink(c(path, packed)))
  to <- gzfile(packed, "wb")
  writeBin(readBin(path, "raw", file.size(path)), to)
  close(to)
  design_of <- function(path) weeg_design(path, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  d <- tryCatch(design_of(packed), weeg_error_file = function(e) {
    if (grepl("built without zlib", conditionMessage(e), fixed = TRUE)) skip("built without zlib")
    stop(e)
  })
  expect_identical(weeg_tally(d, ~ growth + provider)$entries, weeg_tally(design_of(path), ~ growth + provider)$entries)
})

test_that("files of other kinds are said to be so, and what to do", {
  data <- data.frame(id = 1:3, q = c("x", "y", "x"))
  dir <- withr::local_tempdir()
  made <- list(rds = function(path) saveRDS(data, path), plain = function(path) saveRDS(data, path, compress = FALSE),
               RData = function(path) save(data, file = path))
  said <- c(rds = "an object of R", plain = "an object of R", RData = "objects of R")
  if (requireNamespace("haven", quietly = TRUE)) {
    made$dta <- function(path) haven::write_dta(data, path)
    made$xpt <- function(path) haven::write_xpt(data, path)
    made$sav <- function(path) haven::write_sav(data, path)
    said[c("dta", "xpt", "sav")] <- c("Stata", "a transport file of SAS", "an SPSS file: its name must end in .sav")
  }
  if (requireNamespace("RSQLite", quietly = TRUE)) {
    made$db <- function(path) {
      con <- DBI::dbConnect(RSQLite::SQLite(), path)
      DBI::dbWriteTable(con, "t", data)
      DBI::dbDisconnect(con)
    }
    said["db"] <- "an SQLite database: in R, weeg_design(con, \"table\")"
  }
  for (kind in names(made)) {
    path <- file.path(dir, paste0(kind, ".csv")) # whatever its name
    made[[kind]](path)
    for (ask in list(function() weeg_design(path), function() weeg_tally(path, ~q))) {
      error <- expect_error(ask(), class = "weeg_error_file")
      expect_match(conditionMessage(error), said[[kind]], fixed = TRUE, info = kind)
      expect_no_match(conditionMessage(error), "delimiter", info = kind)
    }
  }
  expect_error(weeg_design(file.path(dir, "rds.csv")), "rds.csv: the file is no CSV file", class = "weeg_error_file")
})
