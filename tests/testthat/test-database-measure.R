# Sums of numbers of rows in SQLite: the bytes of memory, whether rows are grouped by their values or read in pieces.

# Code that has the sums by one of the ways; `grouped` stops where rows would be read.
ways <- list(
  grouped = list(are_few_values = function(data, variables) TRUE,
                 streamed_measures = function(x, variables) stop("rows were read")),
  streamed = list(are_few_values = function(data, variables) FALSE),
  pieces = list(are_few_values = function(data, variables) FALSE, stream_rows = 37L)
)

# few: whether all products can be kept exactly
measured <- list(
  list(terms = age ~ sex, few = TRUE), list(terms = score ~ help + sex, few = TRUE), list(terms = age + score ~ sex, few = TRUE),
  list(terms = I(2 * age - score) ~ help, few = TRUE), list(terms = zero ~ sex, few = TRUE), list(terms = debt ~ sex, few = TRUE),
  list(terms = income ~ sex, few = FALSE), list(terms = log(income) + age ~ sex, few = FALSE),
  list(terms = tiny ~ sex, few = FALSE), list(terms = spread ~ cut(age, c(0, 30, 99)), few = FALSE),
  list(terms = nchar(help) ~ sex, few = TRUE)
)

with_numbers <- function(rows, seed) {
  set.seed(seed)
  n <- nrow(rows)
  rows$w <- ifelse(rows$w > 0, stats::runif(n, 1, 8), 0)
  rows$zero <- 0
  rows$debt <- replace(-1000 * sample(9, n, TRUE), sample(n, 5L), NA)
  rows$income <- exp(stats::rnorm(n, 7, 2))
  rows$tiny <- stats::rnorm(n) * 1e-300
  rows$spread <- stats::rnorm(n) * 2^sample(-80:80, n, TRUE)
  rows
}

domains <- list(NULL, quote(age > 30 & sex != "m"), quote(id < 0))

in_domain <- function(d, domain) if (is.null(domain)) d else eval(bquote(subset(d, .(domain))))

test_that("sums of numbers have the bytes of memory in every design, by every way", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(500L, 3L), 1L)
  con <- local_table(rows)
  turn <- 0L
  for (name in names(designs)) for (domain in domains) {
    e <- in_domain(do.call(weeg_design, c(list(rows), designs[[name]])), domain)
    d <- in_domain(do.call(weeg_design, c(list(con, "interviews"), designs[[name]])), domain)
    for (of in measured[turn %% length(measured) + 1:3 - (turn %% length(measured) > 8L) * 3L]) {
      expected <- bytes(weeg_tally(e, of$terms))
      for (way in names(ways)) {
        if (way == "grouped" && !of$few) next
        found <- with_inside(ways[[way]], weeg_tally(d, of$terms))
        expect_identical(bytes(found), expected, label = paste(name, deparse1(domain), deparse1(of$terms), way))
      }
    }
    turn <- turn + 3L
  }
})

test_that("where groups cannot have the sums, rows are read", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(500L, 3L), 1L)
  d <- weeg_design(local_table(rows), "interviews", weights = ~w, cluster = ~psu)
  for (of in Filter(function(of) !of$few, measured)) {
    expect_error(with_inside(ways$grouped, weeg_tally(d, of$terms)), "rows were read", label = deparse1(of$terms))
  }
})

test_that("rows of which none has a weight have no sums", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(30L, 3L), 1L)
  rows$w <- 0
  con <- local_table(rows)
  asked <- list(age ~ sex, log(income) + age ~ help)
  for (name in c("clusters", "strata", "weights")) for (domain in domains) for (terms in asked) {
    e <- in_domain(do.call(weeg_design, c(list(rows), designs[[name]])), domain)
    d <- in_domain(do.call(weeg_design, c(list(con, "interviews"), designs[[name]])), domain)
    expected <- bytes(weeg_tally(e, terms))
    for (way in ways[-1L]) expect_identical(bytes(with_inside(way, weeg_tally(d, terms))), expected, label = name)
  }
})

# With others than the first piece, the unit of the sums of all rows.
test_that("the unit is that of all rows, whichever piece has the largest product", {
  skip_if_not_installed("RSQLite")
  rows <- data.frame(id = 1:200, g = rep(1:2, 100), none = 0)
  set.seed(1)
  rows$y <- stats::rnorm(200) * 2^rep(c(0, 40, -60, 90), each = 50)
  rows$late <- ifelse(rows$id > 150, stats::rnorm(200), ifelse(rows$id > 100, NA, 0))
  con <- local_table(rows)
  for (strata in list(NULL, ~g)) for (terms in list(y ~ g, late ~ g, y + late + none ~ 1, none ~ g)) {
    if (identical(terms[[3L]], 1)) terms <- y + late + none ~ g
    expected <- bytes(weeg_tally(weeg_design(rows, cluster = if (is.null(strata)) ~id, strata = strata), terms))
    d <- weeg_design(con, "interviews", cluster = if (is.null(strata)) ~id, strata = strata)
    found <- with_inside(ways$pieces, weeg_tally(d, terms))
    expect_identical(bytes(found), expected, label = paste(deparse1(strata), deparse1(terms)))
  }
})

test_that("functions of numbers have the figures of memory", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(500L, 4L), 2L)
  con <- local_table(rows)
  calls <- list(
    function(d) weeg_mean(d, income + age ~ sex), function(d) weeg_mean(d, ~age), function(d) weeg_ratio(d, income / age ~ sex),
    function(d) weeg_total(d, income ~ sex), function(d) weeg_total(d, I(age > 40) ~ sex), function(d) weeg_total(d, ~score),
    function(d) weeg_quantile(d, age ~ sex, probs = c(0.25, 0.5)), function(d) weeg_quantile(d, income ~ 1),
    function(d) weeg_test(d, income ~ help, method = "mean"), function(d) weeg_test(d, age ~ sex, method = "median"),
    function(d) weeg_compare(d, age ~ help, measures = "mean-difference"),
    function(d) weeg_mean(d, age ~ sex, missing = "level"),
    function(d) weeg_mean(subset(d, age > 40), income ~ sex, missing = "omit")
  )
  for (name in c("clusters", "weights", "none")) {
    e <- do.call(weeg_design, c(list(rows), designs[[name]]))
    d <- do.call(weeg_design, c(list(con, "interviews"), designs[[name]]))
    for (f in calls) {
      expect_identical(as.data.frame(f(d)), as.data.frame(f(e)), label = paste(name, deparse1(body(f))))
    }
  }
})

test_that("several numbers of many values are read in one pass over the rows", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(500L, 4L), 2L)
  d <- weeg_design(local_table(rows), "interviews", weights = ~w, cluster = ~psu)
  e <- weeg_design(rows, weights = ~w, cluster = ~psu)
  passes <- 0
  read <- get("read_measures", asNamespace("weeg"))
  counted <- list(read_measures = function(...) {
    passes <<- passes + 1
    read(...)
  })
  f <- function(d) weeg_mean(d, income + debt + age + spread + score ~ sex)
  expect_identical(with_inside(counted, as.data.frame(f(d))), as.data.frame(f(e)))
  expect_identical(passes, 2)
  ratios <- function(d) weeg_ratio(d, income / age + debt / score ~ sex)
  expect_identical(as.data.frame(ratios(d)), as.data.frame(ratios(e)))
})

test_that("calibrated designs and replicates have the bytes of memory", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(600L, 5L), 3L)
  rows$sex[is.na(rows$sex)] <- "f"
  con <- local_table(rows)
  margins <- list(sex = c(m = 900, f = 1100), help = c(ja = 500, Ja = 400, nee = 500, "soms " = 300, 300))
  names(margins$help)[5L] <- ""
  for (name in c("clusters", "weights", "none")) for (domain in domains[-3L]) {
    e <- in_domain(weeg_rake(do.call(weeg_design, c(list(rows), designs[[name]])), margins), domain)
    d <- in_domain(weeg_rake(do.call(weeg_design, c(list(con, "interviews"), designs[[name]])), margins), domain)
    for (terms in list(age ~ sex, income + age ~ sex)) for (way in names(ways)) {
      if (way == "grouped" && length(all.vars(terms)) > 2L) next
      found <- with_inside(ways[[way]], weeg_tally(d, terms))
      expect_identical(bytes(found), bytes(weeg_tally(e, terms)), label = paste(name, deparse1(domain), deparse1(terms), way))
    }
  }
  made <- function(d) weeg_mean(weeg_replicates(d, "jkn"), income ~ sex)
  e <- do.call(weeg_design, c(list(rows), designs$clusters))
  d <- do.call(weeg_design, c(list(con, "interviews"), designs$clusters))
  expect_identical(as.data.frame(made(d)), as.data.frame(made(e)))
})

test_that("given replicate weights have the means of memory, but for the order of sums", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(600L, 6L), 4L)
  for (r in 1:10) rows[[paste0("r", r)]] <- rows$w * ifelse(rows$psu %% 10L + 1L == r, 0, 10 / 9)
  con <- local_table(rows)
  design <- function(...) weeg_replicate_design(..., weights = ~w, repweights = "^r[0-9]+$", type = "jk1")
  for (f in list(function(d) weeg_mean(d, income + age ~ sex), function(d) weeg_ratio(subset(d, age > 30), income / age ~ sex))) {
    expected <- as.data.frame(f(design(rows)))
    found <- with_inside(list(stream_rows = 100L), as.data.frame(f(design(con, table = "interviews"))))
    expect_equal(found, expected, tolerance = 1e-9) # sums of 600 doubles
  }
})

test_that("what has no mean is refused with the words of memory", {
  skip_if_not_installed("RSQLite")
  rows <- with_numbers(interviews(100L, 7L), 5L)
  rows$none <- replace(rows$income, 7L, Inf)
  con <- local_table(rows)
  d <- weeg_design(con, "interviews", weights = ~w)
  refused <- function(terms, words, kind = "weeg_error_variable") {
    expect_error(weeg_mean(d, terms), words, class = kind, fixed = TRUE)
  }
  refused(none ~ sex, "variable `none` is Inf in some rows")
  refused(I(-none) ~ sex, "variable `I(-none)` is -Inf in some rows")
  refused(log(zero) ~ sex, "variable `log(zero)` is -Inf")
  expect_identical(as.data.frame(weeg_mean(subset(d, none < 1e300), none ~ sex)),
                   as.data.frame(weeg_mean(subset(weeg_design(rows, weights = ~w), none < 1e300), none ~ sex)))
  refused(help ~ sex, "variable `help` is text, and sums and means are of numbers")
  refused(I(age > 30) ~ sex, "sums and means are of numbers")
  refused(toupper(help) ~ sex, "sums and means are of numbers")
  refused(I(income - mean(income)) ~ sex, "looks at all rows", "weeg_error_unsupported")
  refused(nobody ~ sex, "there is no variable `nobody`")
})

test_that("texts in a column of numbers of SQLite are refused, and not taken for 0", {
  skip_if_not_installed("RSQLite")
  con <- local_table(data.frame(x = 1))
  # y, w, s: whole numbers; r: fractions; b: of no declared type, with a blob; z: NULL where y has a text
  DBI::dbExecute(con, "CREATE TABLE t (y int, g text, c bigint, w numeric, r real, b, s integer, z int)")
  DBI::dbExecute(con, "INSERT INTO t VALUES (10, 'a', 1, 1, 1.5, 1, 1, 10), (20, 'a', 2, 1, 2, 2, 1, 20),
    ('', 'b', 3, '', 2, 3, 1, NULL), (30, 'b', 4, 1, 3, 4, 'u', 30), ('n/a', 'b', 5, 'x', 'x', 5, 2, NULL),
    (40, 'a', 6, 1, 5, x'01', 2, 40)")
  refused <- function(code, name, rows, example = NULL) {
    said <- paste0("could not read the numbers of `", name, "` without loss: it is no number in ", rows,
                   if (!is.null(example)) paste0(" (such as \"", example, "\")"), ".\n  Make it NULL there: ")
    expect_error(code, said, fixed = TRUE, class = "weeg_error_database")
  }
  for (way in names(ways)) for (cluster in list(NULL, ~c)) {
    d <- weeg_design(con, "t", weights = ~1, cluster = cluster)
    with_inside(ways[[way]], {
      refused(weeg_mean(d, y ~ g), "y", "2 rows", "n/a")
      refused(weeg_mean(d, r ~ g), "r", "1 row", "x")
      refused(weeg_mean(d, ~b), "b", "1 row")
      refused(weeg_mean(d, I(c + 2 * y) ~ g), "y", "2 rows", "n/a")
      refused(weeg_total(d, y ~ g), "y", "2 rows", "n/a")
      refused(weeg_ratio(d, c / y ~ g), "y", "2 rows", "n/a")
    })
    refused(weeg_proportion(weeg_design(con, "t", weights = ~w, cluster = cluster), ~g), "w", "2 rows", "x")
    refused(weeg_tally(con, ~g, table = "t", weights = ~w, cluster = cluster), "w", "2 rows", "x")
  }
  d <- weeg_design(con, "t", weights = ~1)
  refused(subset(d, y > 5), "y", "2 rows", "n/a")
  refused(subset(d, g == "a" | y + 1 > 5), "y", "2 rows", "n/a")
  refused(weeg_replicate_design(con, table = "t", weights = ~c, repweights = ~ z + y, type = "BRR"), "y", "2 rows", "n/a")
  # what the message says to do
  mended <- DBI::SQL("select g, case when typeof(y) in ('integer', 'real') then y end as y from t")
  found <- weeg_mean(weeg_design(con, mended, weights = ~1), y ~ g)
  expect_identical(found$estimate, c(70 / 3, 30))
  expect_identical(as.data.frame(weeg_mean(d, z ~ g))$estimate, found$estimate)
})

test_that("a text beyond the rows by which SQLite's columns are known is found, in each part of a table", {
  skip_if_not_installed("RSQLite")
  rows <- data.frame(y = rep(1:2, 1500), r = 0.5, w = 1)
  first <- local_table(rows)
  second <- local_table(rows)
  DBI::dbExecute(second, "UPDATE interviews SET y = 'n/a', r = '?', w = '-' WHERE rowid = 2500")
  d <- weeg_design(list(first, second), "interviews", weights = ~1)
  for (formula in c(~y, ~r)) {
    expect_error(weeg_mean(d, formula), "without loss: it is no number in 1 row \\(such", class = "weeg_error_database")
  }
  expect_error(subset(d, y == 1), "part 2 of 2.*numbers of `y` without loss", class = "weeg_error_database")
  expect_error(weeg_design(list(first, second), "interviews", weights = ~w), "part 2 of 2.*numbers of `w` without loss",
               class = "weeg_error_database")
  expect_identical(weeg_mean(weeg_design(first, "interviews", weights = ~w), ~y)$estimate, 1.5)
})

test_that("texts among the numbers of a key of SQLite are refused by the column's name", {
  skip_if_not_installed("RSQLite")
  con <- local_table(data.frame(y = 1:4, g = "a"))
  DBI::dbExecute(con, "CREATE TABLE t AS SELECT y AS b, +y AS a, +y AS \"odd `name\" FROM interviews")
  DBI::dbExecute(con, "UPDATE t SET a = 'x', \"odd `name\" = 'x' WHERE rowid = 3")
  said <- function(code, name) {
    expect_error(code, paste0("without loss: the column `", name, "` has texts among its numbers"), fixed = TRUE,
                 class = "weeg_error_database")
  }
  x <- weeg_design(con, "t")
  said(weeg_proportion(x, ~a), "a")
  said(weeg_proportion(x, b ~ a), "a")
  said(weeg_mean(x, b ~ a), "a")
  said(weeg_multiple(x, ~a, coding = "categories"), "a")
  said(weeg_proportion(x, b ~ `odd \`name`), "odd `name")
  said(weeg_design(con, "t", cluster = ~a), "a")
  # what is said to do
  y <- weeg_design(con, DBI::SQL("select b, cast(`a` as text) as `a` from t"))
  expect_identical(as.character(weeg_proportion(y, ~a)$level), c("1", "2", "4", "x"))
})

test_that("texts among the numbers of strata, clusters, population sizes and categories of SQLite are refused", {
  skip_if_not_installed("RSQLite")
  rows <- data.frame(s = rep(1:2, each = 1000), c = rep(1:200, each = 10), f = 5000, g = c("a", "b"))
  designs <- list(s = list(strata = ~s), c = list(cluster = ~c), c = list(strata = ~s, cluster = ~c),
                  f = list(cluster = ~c, fpc = ~f))
  for (k in seq_along(designs)) for (text in c("", "0", "x")) {
    con <- local_table(rows)
    # "0" stays a text where a column has no type
    DBI::dbExecute(con, "CREATE TABLE t AS SELECT +s AS s, +c AS c, +f AS f, g FROM interviews")
    DBI::dbExecute(con, paste0("UPDATE t SET ", names(designs)[k], " = ? WHERE rowid = 1500"), params = list(text))
    design <- function(...) do.call(weeg_design, c(list(con, "t", ...), designs[[k]]))
    expect_error(design(), "without loss", class = "weeg_error_database")
    expect_error(do.call(weeg_tally, c(list(con, ~g, table = "t"), designs[[k]])), "without loss", class = "weeg_error_database")
    d <- weeg_design(con, "t", weights = ~1)
    if (names(designs)[k] == "s") expect_error(weeg_proportion(d, ~s), "without loss", class = "weeg_error_database")
  }
})
