# Multiple-response questions of tables in a database: everything as of a data frame with the same rows.

skip_if_not_installed("RSQLite")

answers <- function() {
  rows <- interviews()
  set.seed(3)
  pick <- function(x) sample(x, nrow(rows), TRUE)
  cbind(rows, a = pick(c(0L, 1L, 1L, NA)), b = pick(0:1), c = pick(0:1), first = pick(c("tv", "radio", "web", NA)),
        second = pick(c("tv", "app", "", NA)), media = pick(c("tv; radio", "radio", "app;tv ", NA, "")),
        x = pick(c("Y", NA)), y = pick(c("Y", NA, "")))
}

test_that("questions of every coding and base have the figures and tests that they have in memory", {
  rows <- answers()
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  of <- function(data, ...) weeg_design(data, ..., weights = ~w, strata = ~stratum, cluster = ~psu)
  memory <- of(rows)
  database <- of(parts, "interviews")
  questions <- list(
    function(d) weeg_multiple(d, a + b + c ~ sex), function(d) weeg_multiple(subset(d, age > 30), a + b + c ~ sex, base = "any"),
    function(d) weeg_multiple(d, ~ a + b + c, base = "responses"), function(d) weeg_multiple(d, I(age > 30) + b ~ sex),
    function(d) weeg_multiple(d, first + second ~ sex, coding = "categories"),
    function(d) weeg_multiple(d, media ~ sex, separator = ";", missing = "omit"),
    function(d) weeg_multiple(d, x + y ~ 1, yes = "Y", unnamed = "blank")
  )
  for (question in questions) {
    a <- question(memory)
    b <- question(database)
    expect_identical(as.data.frame(b), as.data.frame(a))
    expect_identical(as.data.frame(weeg_item_tests(b)), as.data.frame(weeg_item_tests(a)))
  }
  margin <- list(stratum = c("s 0" = 1000, "s 1" = 2000, "s 2" = 1e5))
  expect_identical(as.data.frame(weeg_multiple(weeg_rake(database, margin), a + b ~ sex)),
                   as.data.frame(weeg_multiple(weeg_rake(memory, margin), a + b ~ sex)))
})

test_that("items that are none are refused", {
  rows <- answers()
  con <- local_table(rows)
  d <- weeg_design(con, "interviews", weights = ~w)
  expect_error(weeg_multiple(d, ~ x + y, yes = "Y"), "x, y have no answer but \"Y\" and blanks", class = "weeg_error_variable")
  expect_error(weeg_multiple(d, ~ a + help), "help is not an item", class = "weeg_error_variable")
})
