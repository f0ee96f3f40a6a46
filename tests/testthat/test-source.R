# Sources of rows: one that has nothing but what R/source.R says a source must have gives the results of a data frame.

data <- local({
  i <- seq_len(60L)
  data.frame(w = ifelse(i %% 7L == 0L, NA, 1 + i %% 5L), stratum = 1 + i %% 2L, psu = i %% 12L, full = 30,
             answer = c("yes", "no", NA)[1L + (i * i) %% 3L],
             group = c("b", "a")[1L + (i %% 5L) %/% 2L %% 2L], age = 20 + i %% 6L,
             r1 = 1 + i %% 3L, r2 = 1 + i %% 4L, stringsAsFactors = FALSE)
})
asked <- character()

reads <- function(source, names, numbers) {
  asked <<- c(asked, names)
  columns <- Map(function(name, number) {
    x <- data[[name]]
    if (number) return(as.double(x))
    coded <- code_values(x, name)
    new_coded(c(coded, list(plain = sort_values(unique(x[!is.na(x)])))))
  }, names, numbers)
  list(rows = as.double(nrow(data)), columns = unname(columns))
}
registerS3method("source_read", "weeg_listed", reads, envir = asNamespace("weeg"))
listed_source <- function() new_source("weeg_listed", "the list", "list", names(data))

design_of <- function(rows, weights = ~w, strata = ~stratum, cluster = ~psu, fpc = NULL, na_weights = "omit") {
  source_design(rows, na_weights, weights, strata, cluster, fpc, FALSE, NULL, "weeg", FALSE, NULL)
}

without_data <- function(x) {
  attr(x, "info")[c("data", "seal")] <- NULL
  x
}

test_that("a source with a reader alone is enough for every verb", {
  pair <- list(design_of(data), design_of(listed_source()))
  same <- function(verb) {
    both <- lapply(pair, verb)
    expect_identical(without_data(both[[2L]]), without_data(both[[1L]]))
  }
  same(function(d) weeg_proportion(d, answer ~ group))
  same(function(d) weeg_proportion(d, ~ I(age > 22)))
  same(function(d) weeg_test(subset(d, age < 24 & group == "a"), answer ~ stratum))
  same(function(d) weeg_proportion(weeg_rake(d, list(group = c(a = 0.4, b = 0.6))), ~answer))
  same(function(d) weeg_compare(d, answer ~ group))
  same(function(d) weeg_proportion(subset(d, stratum == 1), ~ group))
  expect_identical(pair[[2L]]$names$data, "list")
  expect_identical(pair[[2L]]$names$omitted, "8")
  expect_identical(weights_name(pair[[2L]]), "w")
  expect_identical(source_names(pair[[2L]]$data), names(data))
  expect_length(pair[[2L]]$data$ahead, 0L)
  sized <- lapply(list(data, listed_source()), design_of, fpc = ~full)
  expect_identical(sized[[2L]]$frame, sized[[1L]]$frame)
})

test_that("a source is asked for the columns of a table together, and only for these", {
  d <- design_of(listed_source())
  asked <<- character()
  weeg_proportion(d, answer ~ group)
  expect_setequal(asked, c("answer", "group", "w")) # w says which rows count
  whole <- design_of(listed_source(), weights = NULL, na_weights = "fail")
  asked <<- character()
  weeg_proportion(whole, answer ~ group)
  expect_identical(sort(asked), c("answer", "group"))
})

test_that("what a source does not know is not asked of it", {
  d <- design_of(listed_source())
  expect_error(weeg_skipped(d), "`data` must be a design of a CSV file", class = "weeg_error_argument")
  expect_error(as_svydesign(d), "not in memory", class = "weeg_error_unsupported")
  expect_null(source_tally(listed_source(), list(answer = quote(answer)), list(weights = ~w, na_weights = "fail")))
  expect_null(source_sets(d$data))
  whole <- function() design_of(listed_source(), na_weights = "fail")
  e <- expect_error(whole(), "^the weight in row 7 is missing", class = "weeg_error_weight")
  expect_identical(e$row, 7)
  expect_null(e$line)
  expect_error(design_of(listed_source(), cluster = ~nothing), "no variable `nothing` \\(in `cluster`\\)")
  expect_error(weeg_proportion(d, ~nothing), "no variable `nothing` \\(in `formula`\\)", class = "weeg_error_variable")
})

test_that("rows with a weight are also those of a matrix of replicate weights, whatever has the rows", {
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  utils::write.csv(data, path, row.names = FALSE)
  matrix <- as.matrix(data[c("r1", "r2")])
  made <- lapply(list(data, path), weeg_replicate_design, ~w, matrix, "other", scale = 1, na_weights = "omit")
  got <- lapply(made, function(d) as.data.frame(weeg_proportion(d, ~answer)))
  expect_identical(got[[2L]], got[[1L]])
  expect_error(weeg_replicate_design(path, ~nothing, "^r", "other", scale = 1), "`nothing` \\(in `weights`\\)",
               class = "weeg_error_variable")
})

test_that("a design of an SPSS file has no list of records that were left out", {
  skip_if_not_installed("haven")
  path <- tempfile(fileext = ".sav")
  on.exit(unlink(path))
  haven::write_sav(data[c("w", "age")], path)
  d <- weeg_design(path)
  expect_error(weeg_skipped(d), "`data` must be a design of a CSV file", class = "weeg_error_argument")
})
