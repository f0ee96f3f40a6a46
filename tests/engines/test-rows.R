# Rows arrive in an engine with the bits and bytes that they have in R.

# What a driver makes of a value differs, the value does not: flags as numbers, days and keys as texts, texts as bytes.
value <- function(x) {
  if (inherits(x, c("integer64", "Date"))) x <- as.character(x)
  if (is.character(x) && all(toupper(x) %in% c("TRUE", "FALSE", NA))) x <- as.logical(x)
  if (is.character(x)) return(lapply(x, function(s) if (is.na(s)) NA else charToRaw(enc2utf8(s))))
  as.double(x)
}

# RPostgreSQL and RMySQL read a bigint as a double
read_rows <- function(table, data) {
  columns <- vapply(names(data), function(v) quoted(con, v), "")
  keys <- vapply(data, inherits, NA, what = "integer64")
  text <- c(mariadb = "CHAR", clickhouse = "String")[engine]
  as_text <- sprintf("CAST(%s AS %s) AS %s", columns, if (is.na(text)) "TEXT" else text, columns)
  if (!engine %in% by_jdbc) columns <- ifelse(keys, as_text, columns)
  get_sql(con, paste("SELECT", toString(columns), "FROM", quoted(con, table), "ORDER BY", quoted(con, "id")))
}

expect_rows <- function(table, data) {
  found <- read_rows(table, data)
  expect_identical(names(found), names(data))
  for (v in names(data)) expect_identical(value(found[[v]]), value(data[[v]]), label = v)
}

test_that("a survey's rows come back whole", {
  data <- sample_rows(3000)
  load_rows(con, "survey", data)
  expect_rows("survey", data)
})

test_that("so do weights at every edge", {
  weights <- edge_weights(200)
  for (kind in names(weights)) {
    data <- data.frame(id = 1:200, w = weights[[kind]])
    load_rows(con, "edges", data)
    expect_rows("edges", data)
  }
})

test_that("names and texts that SQL could trip over stay what they are", {
  data <- data.frame(
    id = 1:4,
    order = c("a\tb", "a\nb", "a\\b", "\\N"),
    `a "quoted" \`name\`` = c("'; DROP TABLE odd; --", "\"", "`", NA),
    Gewicht = c(NA, 1.5, -2, 1e300),
    check.names = FALSE
  )
  load_rows(con, "odd", data)
  expect_rows("odd", data)
})
