# Tallies of files that keep no rows: the tally of the file's design, which test-csv.R and test-sav.R hold against data frames.

rows <- 3000L
data <- local({
  set.seed(11)
  i <- seq_len(rows)
  x <- data.frame(
    w = round(stats::rexp(rows) * 10^sample(-2:2, rows, TRUE), 4), stratum = c("z", "a", "m")[1L + (i - 1L) %/% 1000L],
    psu = 1L + (i - 1L) %/% 50L, within = 1L + ((i - 1L) %/% 50L) %% 20L, answer = sample(c("yes", "no", NA), rows, TRUE),
    size = sample(c(1, 10, 2, NA), rows, TRUE)
  )
  x$late <- ifelse(i < 2900L, "b", sample(letters[1:3], rows, TRUE))
  x$counts <- c(z = 20, a = 40, m = 1000)[x$stratum]
  x$ten <- 10
  x$rows <- c(z = 1000, a = 5000, m = 9000)[x$stratum]
  x$share <- c(z = 1, a = 0.5, m = 0.02)[x$stratum]
  x$person <- i
  x$hundred <- 100
  x
})
path <- tempfile(fileext = ".csv")
utils::write.csv(data, path, row.names = FALSE)
sav <- if (requireNamespace("haven", quietly = TRUE)) {
  file <- tempfile(fileext = ".sav")
  labelled <- data
  labelled$size <- haven::labelled_spss(data$size, c(one = 1, two = 2, many = 20), na_values = 10, label = "How large")
  haven::write_sav(labelled, file)
  if (!inherits(try(weeg_design(file), silent = TRUE), "try-error")) file
}
files <- c(path, sav)

streamed <- function(file, formula, ...) {
  sides <- lapply(as.list(formula)[-1L], function(side) if (identical(side, 1)) list() else name_terms(plus_terms(side)))
  terms <- do.call(c, rev(sides))
  do.call(source_tally, c(open_for_tally(file, list(...)),
                          list(terms = terms, measures = if (length(sides) == 2L) names(sides[[1L]]))))
}

designs <- list(
  list(), list(weights = ~w), list(weights = ~w, strata = ~stratum), list(weights = ~w, cluster = ~psu),
  list(weights = ~w, strata = ~stratum, cluster = ~psu), list(strata = ~stratum, cluster = ~within, nest = TRUE),
  list(weights = ~w, strata = ~stratum, fpc = ~rows), list(weights = ~w, strata = ~stratum, fpc = ~share),
  list(weights = ~w, strata = ~stratum, cluster = ~psu, fpc = ~counts, lonely = "adjust", lonely_domain = TRUE),
  list(strata = ~1, cluster = ~psu, conventions = "sas"),
  # stages: that do not count, that are rows, with strata
  list(weights = ~w, cluster = ~ stratum + psu), list(weights = ~w, strata = ~ stratum + late, cluster = ~ psu + person),
  list(weights = ~w, cluster = ~ stratum + psu, fpc = ~ ten + counts), list(cluster = ~ psu + person, fpc = ~ hundred + hundred),
  list(weights = ~w, strata = ~ 1 + late, cluster = ~ stratum + psu, fpc = ~ ten + counts, nest = TRUE),
  list(weights = ~w, strata = ~stratum, cluster = ~ within + person, fpc = ~hundred, nest = TRUE),
  list(weights = ~w, cluster = ~ stratum + psu + person, fpc = ~ ten + counts)
)

test_that("a tally of a file is that of its design", {
  formulas <- list(~ size + stratum, ~ late + answer, ~ psu + size)
  for (file in files) {
    for (k in seq_along(designs)) {
      formula <- formulas[[1L + k %% 3L]]
      theirs <- weeg_tally(do.call(weeg_design, c(list(file), designs[[k]])), formula)
      expect_identical(do.call(streamed, c(list(file, formula), designs[[k]])), theirs)
    }
    expect_identical(do.call(weeg_tally, c(list(file, formula), designs[[k]])), theirs)
  }
})

test_that("so it is with the options of a CSV file, and more windows than one", {
  other <- tempfile(fileext = ".csv")
  on.exit(unlink(other))
  large <- data[rep(seq_len(rows), 45L), 1:6]
  large$w <- sub(".", ",", format(large$w, trim = TRUE, scientific = FALSE), fixed = TRUE)
  utils::write.table(large, other, sep = ";", row.names = FALSE, col.names = FALSE, na = "-", quote = FALSE)
  arguments <- list(weights = ~V1, strata = ~V2, cluster = ~V3, header = FALSE, delimiter = ";", decimal = ",", na = "-")
  old <- options(weeg.threads = 2L, weeg.progress = TRUE)
  ours <- do.call(streamed, c(list(other, ~ V5 + V6), arguments))
  options(old)
  theirs <- weeg_tally(do.call(weeg_design, c(list(other), arguments)), ~ V5 + V6)
  expect_identical(ours, theirs)
  expect_identical(sum(ours$entries$n), 45 * sum(data$w > 0))
})

test_that("so it is with text, levels in order, thousands and lines to skip", {
  other <- tempfile(fileext = ".csv")
  on.exit(unlink(other))
  large <- data[1:6]
  large$psu <- sprintf("%03d", large$psu)
  large$w <- paste0("\"", format(1000 * round(large$w + 1), big.mark = ",", trim = TRUE, scientific = FALSE), "\"")
  writeLines("made today", other)
  suppressWarnings(utils::write.table(large, other, append = TRUE, sep = ",", row.names = FALSE, na = "", quote = FALSE))
  lines <- readLines(other)
  writeLines(append(lines, c("text,text,text,text,text,text", "\"a\nb\",,,,,"), after = 2L), other)
  arguments <- list(weights = ~w, strata = ~stratum, cluster = ~psu, skip_before = 1, skip_after = 2, thousands = ",",
                    text = "psu", levels = list(answer = c("yes", "no", "never"), stratum = c("m", "z", "a"), size = c(10, 1, 2)))
  ours <- do.call(streamed, c(list(other, ~ answer + psu + size), arguments))
  expect_identical(ours, weeg_tally(do.call(weeg_design, c(list(other), arguments)), ~ answer + psu + size))
  expect_identical(ours$frame$strata, c("m", "z", "a"))
  expect_identical(ours$frame$psus[1:2], c("001", "002"))
  expect_identical(ours$variables$answer[c("levels", "ordered")], list(levels = c("yes", "no", "never"), ordered = TRUE))
})

# The data frame that the file is read as.
frame_of <- function(file) if (grepl("csv$", file)) utils::read.csv(file) else haven::read_sav(file, user_na = TRUE)

test_that("sums of numbers are those of the data frame, and so are their means", {
  for (file in files) {
    for (k in seq_along(designs)) {
      given <- designs[[k]]
      # weights that follow from population sizes are known when all rows were read
      if (is.null(given$weights)) given$fpc <- NULL
      formula <- list(size + hundred ~ late, answers ~ answer + late, size ~ 1)[[1L + k %% 3L]]
      formula[[2L]] <- do.call(substitute, list(formula[[2L]], list(answers = quote(size + person))))
      if ("person" %in% all.vars(given$cluster)) formula <- size ~ late
      theirs <- weeg_tally(do.call(weeg_design, c(list(frame_of(file)), given)), formula)
      of_design <- weeg_tally(do.call(weeg_design, c(list(file), given)), formula)
      ours <- do.call(streamed, c(list(file, formula), given))
      expect_identical(ours, of_design)
      expect_identical(ours[c("variables", "entries")], theirs[c("variables", "entries")])
      if (!identical(formula[[3L]], 1)) {
        expect_identical(as.data.frame(weeg_mean(ours, size ~ late)), as.data.frame(weeg_mean(theirs, size ~ late)))
      }
    }
    expect_identical(do.call(weeg_tally, c(list(file, formula), given)), of_design)
  }
})

test_that("so they are of more windows than one, and with the options of a CSV file", {
  other <- tempfile(fileext = ".csv")
  on.exit(unlink(other))
  large <- data[rep(seq_len(rows), 45L), 1:6]
  large$size <- large$size * seq_len(nrow(large)) / 7
  large$size[5L] <- 1e6 # the largest product is in the first window
  large$w[5L] <- 1e4
  comma <- large
  for (name in c("w", "size")) {
    comma[[name]] <- sub(".", ",", ifelse(is.na(large[[name]]), "-", sprintf("%.17g", large[[name]])), fixed = TRUE)
  }
  utils::write.table(comma, other, sep = ";", row.names = FALSE, na = "-", quote = FALSE)
  for (cluster in list(~psu, NULL)) {
    given <- list(weights = ~w, strata = ~stratum, cluster = cluster)
    ours <- do.call(streamed, c(list(other, size ~ answer), given, list(delimiter = ";", decimal = ",", na = "-")))
    expect_identical(ours$entries, weeg_tally(do.call(weeg_design, c(list(large), given)), size ~ answer)$entries)
  }
})

test_that("what is no number, or infinite, is said", {
  odd <- tempfile(fileext = ".csv")
  on.exit(unlink(odd))
  writeLines(c("g,x,y,w", "a,1,5,1", "b,many,1e999,1", "b,3,5,0"), odd)
  asked <- list(function() weeg_tally(odd, x ~ g, weights = ~w), function() weeg_mean(weeg_design(odd, weights = ~w), x ~ g))
  for (ask in asked) {
    expect_error(ask(), "line 3, column 2 \\(x\\): \"many\" is not a number", class = "weeg_error_csv")
  }
  expect_error(weeg_tally(odd, y ~ g, weights = ~w), "variable `y` is infinite in row 2", class = "weeg_error_variable")
  expect_error(weeg_mean(weeg_design(odd, weights = ~w), y ~ g), "variable `y` is Inf in row 2", class = "weeg_error_variable")
  inside <- subset(weeg_design(odd, weights = ~w), g == "a")
  expect_identical(weeg_mean(inside, ~y)$estimate, 5)
  writeLines(c("g,x,w", "a,1,1", "a,2,1", "b,1e999,0", "b,,1"), odd)
  found <- weeg_mean(weeg_tally(odd, x ~ g, weights = ~w), x ~ g)
  expect_identical(found$n, c(2, 0))
  expect_identical(found$estimate, c(1.5, NA))
  if (!is.null(sav)) {
    expect_error(weeg_mean(weeg_design(sav), ~answer), "variable `answer` is text", class = "weeg_error_variable")
    expect_error(weeg_tally(sav, answer ~ late), "variable `answer` is text", class = "weeg_error_variable")
    dated <- tempfile(fileext = ".sav")
    haven::write_sav(data.frame(day = as.Date("2020-01-01") + 0:3, g = c("a", "b")), dated)
    expect_error(weeg_mean(weeg_design(dated), day ~ g), "variable `day` is a date", class = "weeg_error_variable")
    expect_error(weeg_tally(dated, day ~ g), "variable `day` is a date", class = "weeg_error_variable")
    unlink(dated)
  }
})

test_that("numbers of a file have totals, ratios, comparisons and tests, and stand in books", {
  for (file in files) {
    of_file <- weeg_design(file, weights = ~w, strata = ~stratum, cluster = ~psu)
    of_frame <- weeg_design(frame_of(file), weights = ~w, strata = ~stratum, cluster = ~psu)
    asked <- list(function(d) weeg_total(d, person ~ late), function(d) weeg_ratio(d, size / rows ~ late),
                  function(d) weeg_compare(d, size ~ stratum, measures = "mean-difference"),
                  function(d) weeg_mean(d, log(person) ~ 1),
                  function(d) weeg_test(d, size ~ stratum, method = "mean"), function(d) weeg_mean(subset(d, late == "b"), ~size))
    for (ask in asked) {
      if (grepl("log", deparse1(ask)) && file != path) next # labels of an SPSS file's levels
      expect_identical(as.data.frame(ask(of_file)), as.data.frame(ask(of_frame)))
    }
    expect_identical(as.data.frame(weeg_book(of_file, rows = ~ person + answer, columns = ~stratum)),
                     as.data.frame(weeg_book(of_frame, rows = ~ person + answer, columns = ~stratum)))
  }
})

test_that("what needs whole columns has them", {
  expect_identical(weeg_tally(path, ~ answer + w, weights = ~w), weeg_tally(weeg_design(path, weights = ~w), ~ answer + w))
  ragged <- tempfile(fileext = ".csv")
  on.exit(unlink(ragged))
  writeLines(c("a,w", "x,1", "y", "z,2"), ragged)
  expect_warning(t <- weeg_tally(ragged, ~a, weights = ~w, on_error = "skip"), "1 record was left out")
  expect_identical(t, weeg_tally(weeg_design(ragged, weights = ~w, on_error = "skip"), ~a))
})

test_that("errors are those of the design, and say so of the call", {
  bad <- tempfile(fileext = ".csv")
  on.exit(unlink(bad))
  # once: of the rows' one reading, not of another one by the design
  expect_same_error <- function(formula, ..., once = FALSE) {
    caught <- function(code) tryCatch(code, error = identity)
    ours <- caught(weeg_tally(bad, formula, ...))
    if (once) expect_identical(conditionMessage(caught(streamed(bad, formula, ...))), conditionMessage(ours))
    theirs <- caught(weeg_tally(weeg_design(bad, ...), formula))
    expect_s3_class(ours, "weeg_error")
    expect_identical(class(ours), class(theirs))
    expect_identical(conditionMessage(ours), conditionMessage(theirs))
    expect_identical(ours$line, theirs$line)
    expect_identical(as.character(ours$call)[1L], "weeg_tally")
  }
  writeLines(c("a,w,s,c,f", "x,1,p,1,1.5", "y,-2,p,2,1.5", "x,3,q,1,9", "y,4,,3,1"), bad)
  expect_same_error(~a, weights = ~w, once = TRUE)
  expect_same_error(~a, weights = ~w, strata = ~s, once = TRUE)
  expect_same_error(~a, weights = ~a)
  expect_same_error(~a, strata = ~s, once = TRUE)
  expect_same_error(~a, strata = ~c, fpc = ~f, once = TRUE)
  expect_same_error(~a, cluster = ~ c + s, once = TRUE)
  expect_same_error(~a, cluster = ~ s + c, once = TRUE)
  expect_same_error(~a, strata = ~ 1 + s, cluster = ~ c + a, fpc = ~ f + f, once = TRUE)
  expect_same_error(~b)
  expect_same_error(~ toupper(A))
  expect_same_error(~a, weights = ~W)
  expect_same_error(~a, lonely = "never")
  expect_same_error(~a, weights = "w")
  writeLines(c("a,s,c", "x,p,1", "y,p,2", "x,q,1"), bad)
  expect_same_error(~a, strata = ~s, cluster = ~c, once = TRUE)
  # the lines are those of the file, and so are the rows; and all that is wrong with weights is counted
  writeLines(c("a,w,s,c,f", "\"x", "y\",1,p,1,9", "", "y,-2,p,2,9", "x,NA,q,1,9", "x,1,p,1,8", "x,1,,1,9"), bad)
  expect_same_error(~a, weights = ~w, once = TRUE)
  e <- expect_error(weeg_tally(bad, ~a, weights = ~w), "line 5: the weight in row 2 is negative; 2 rows have this problem")
  expect_identical(c(e$row, e$line), c(2, 5))
  e <- expect_error(weeg_tally(bad, ~a, cluster = ~s), "line 8: the PSU in row 5 is missing", class = "weeg_error_missing")
  expect_identical(c(e$row, e$line), c(5, 8))
  expect_same_error(~a, cluster = ~s, once = TRUE)
  expect_error(weeg_tally(bad, ~a, fpc = ~f), "line 7: the fpc in row 4 differs", class = "weeg_error_fpc")
  expect_same_error(~a, fpc = ~f, once = TRUE)
  expect_same_error(~a, cluster = ~c, fpc = ~f, once = TRUE)
  writeLines("a,w", bad)
  expect_same_error(~a, weights = ~w, once = TRUE)
  wide <- stats::setNames(as.data.frame(lapply(1:5, function(k) (seq_len(100) * k) %% 97)), letters[1:5])
  utils::write.csv(wide, bad, row.names = FALSE)
  expect_same_error(~ a + b + c + d + e)
  writeLines(c("a,w", "x,1", "y"), bad)
  expect_same_error(~a, weights = ~w)
  expect_error(streamed(bad, ~a, weights = ~w), "line 3: ", class = "weeg_error_csv") # without reading it again
  expect_error(weeg_tally(path, ~answer, gewicht = ~w), "unknown argument `gewicht`", class = "weeg_error_argument")
  expect_error(weeg_tally("nowhere.csv", ~a), "no file nowhere.csv", class = "weeg_error_file")
  skip_if(is.null(sav), "there is no haven, or no ReadStat")
  expect_error(weeg_tally(sav, ~answer, decimal = ","), "`decimal` is for CSV", class = "weeg_error_argument")
})

test_that("memory of R does not grow with the rows", {
  many <- tempfile(fileext = ".csv")
  on.exit(unlink(many))
  lines <- readLines(path)
  writeLines(c(lines[1L], rep(lines[-1L], 60L)), many)
  vectors <- function(code) { # megabytes at most, above those before
    before <- gc(reset = TRUE)["Vcells", 6L]
    force(code)
    gc()["Vcells", 6L] - before
  }
  arguments <- list(weights = ~w, strata = ~stratum, cluster = ~psu)
  ours <- vectors(do.call(weeg_tally, c(list(many, ~ answer + size), arguments)))
  stages <- list(weights = ~w, cluster = ~ stratum + psu, fpc = ~ ten + counts)
  ours <- max(ours, vectors(do.call(weeg_tally, c(list(many, ~ answer + size), stages))))
  columns <- vectors(weeg_tally(do.call(weeg_design, c(list(many), arguments)), ~ answer + size))
  weights <- 60 * rows * 8 / 2^20
  expect_gt(columns, weights)
  expect_lt(ours, weights / 2)
})
