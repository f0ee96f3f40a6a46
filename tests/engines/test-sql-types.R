# Types of columns that engines have and R has not, and numbers at their ends: read by SQL as the driver reads them.

selected <- function(table, condition) {
  where <- weeg:::sql_condition(table, condition, globalenv())
  sort(as.double(weeg:::sql_query(con, paste("SELECT", quoted(con, "id"), "FROM", table$from, "WHERE", where))$id))
}

test_that("a number in a condition is that number to its last bit", {
  set.seed(31)
  x <- c(exp(stats::runif(500, -30, 30)), round(stats::runif(500, 0, 100), 2), 0.1 + 0.2, 0.3, 1e15 + 0.3, 1e-300, 1e300)
  load_rows(con, "numbers", data.frame(id = seq_along(x), x = x))
  literals <- weeg:::sql_number(list(engine = weeg:::sql_engine(con)), x)
  same <- vapply(split(seq_along(x), seq_along(x) %/% 50), function(at) { # as many as a statement may have
    where <- paste0("(", quoted(con, "id"), " = ", at, " AND ", quoted(con, "x"), " = ", literals[at], ")", collapse = " OR ")
    as.double(get_sql(con, paste("SELECT COUNT(*) AS", quoted(con, "n"), "FROM", quoted(con, "numbers"), "WHERE", where))$n)
  }, 0)
  expect_identical(sum(same), as.double(length(x)))
})

# what the self-test does not see: it has constants, and no columns
test_that("texts in a column that takes `ja` for `JA` are three", {
  any_case <- c(sqlite = "TEXT COLLATE NOCASE", duckdb = "VARCHAR COLLATE NOCASE", h2 = "VARCHAR_IGNORECASE(20)",
                hsqldb = "VARCHAR_IGNORECASE(20)")[engine] # MariaDB's columns are so
  data <- data.frame(id = 1:6, t = c("ja", "JA", "Ja", "ja", NA, "nee"))
  load_rows(con, "cased", data, if (!is.na(any_case)) c(t = any_case[[1L]]) else character())
  design <- weeg_design(con, table = "cased")
  memory <- weeg_design(data)
  expect_identical(weeg_tally(design, ~t)$entries, weeg_tally(memory, ~t)$entries)
  expect_identical(weeg_tally(subset(design, t == "ja"), ~id)$entries, weeg_tally(subset(memory, t == "ja"), ~id)$entries)
})

# SQLite has no other types, and MariaDB no NaN
if (engine != "sqlite") test_that("numbers that are not whole, in other types, mean what the driver reads", {
  data <- data.frame(id = 1:6, price = c(0.1, 12.25, NA, 0.3, 3, 100), short = c(0.1, 0.3, 2.5, NA, 1e10, 16777216))
  types <- switch(
    engine,
    clickhouse = c(price = "Nullable(Decimal(12, 2))", short = "Nullable(Float32)"),
    mariadb = c(price = "decimal(12, 2)", short = "float"),
    c(price = "decimal(12, 2)", short = "real")
  )
  load_rows(con, "numbers", data, types)
  table <- weeg:::sql_table(con, "numbers")
  read <- suppressWarnings(get_sql(con, paste("SELECT * FROM", table$from, "ORDER BY", quoted(con, "id"))))
  for (name in c("price", "short")) {
    number <- weeg:::sql_measure(table, name)
    found <- weeg:::sql_query(con, paste("SELECT", number, "AS x FROM", table$from, "ORDER BY", quoted(con, "id")))
    expect_identical(as.double(found$x), as.double(read[[name]]), label = name)
  }
  for (condition in expression(price == 0.1, price > 0.3, price >= 0.3, price %in% c(0.3, NA), short == 0.1, short > 0.3,
                               short %in% c(0.3, 2.5), !(short %in% 2.5), round(price) == 0, price * 10 == 1, short * 10 > 3,
                               is.na(short), sqrt(short) > 1)) {
    expected <- as.double(read$id[weeg:::domain_condition(condition, read, globalenv())])
    expect_identical(selected(table, condition), expected, label = deparse1(condition))
  }
})

if (engine %in% c("postgresql", "duckdb", "clickhouse")) test_that("NaN is missing, and Inf is larger than others", {
  nan <- switch(engine, clickhouse = "nan", "CAST('NaN' AS double precision)")
  inf <- switch(engine, clickhouse = "inf", "CAST('Infinity' AS double precision)")
  none <- switch(engine, clickhouse = "CAST(NULL AS Nullable(Float64))", "NULL")
  values <- c(nan, inf, paste0("-", inf), none, "1.5e0", "2.5e0")
  sql <- paste("SELECT", seq_along(values), "AS id,", values, "AS x", collapse = " UNION ALL ")
  table <- weeg:::sql_table(con, DBI::SQL(sql))
  data <- data.frame(id = 1:6, x = c(NaN, Inf, -Inf, NA, 1.5, 2.5))
  for (condition in expression(x > 2, !(x > 2), x <= 2, x != 1.5, is.na(x), !is.na(x), x %in% c(1.5, 2.5), !(x %in% 1.5),
                               x == Inf, x < Inf, x > -Inf, abs(x) > 2, x %in% c(Inf, 1.5), round(x) == 2, is.na(x) | x < 2,
                               x + 1 > 3, exp(x) > 5)) {
    expected <- as.double(data$id[weeg:::domain_condition(condition, data, globalenv())])
    expect_identical(selected(table, condition), expected, label = deparse1(condition))
  }
  weight <- weeg:::sql_measure(table, "x")
  answer <- function(sql) unlist(lapply(weeg:::sql_query(con, sql), as.double))
  expect_identical(answer(weeg:::sql_look_query(table, weight)), c(n = 6, known = 4, lowest = -Inf, largest = Inf))
  expect_identical(answer(weeg:::sql_sample_query(table, character(), weight, c("known", "used", "smallest"))),
                   c(n = 6, known = 4, used = 3, smallest = 1.5))
  expect_identical(answer(weeg:::sql_checks_query(table, weight)),
                   c(n = 6, w_null = 1, w_negative = 1, w_nan = 1, w_infinite = 1, w_large = 0))
})

if (engine == "postgresql") test_that("texts of PostgreSQL's other types are grouped and compared by what the driver reads", {
  do_sql(con, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'Ok')")
  on.exit(do_sql(con, "DROP TABLE moods; DROP TYPE mood"))
  do_sql(con, "CREATE TABLE moods (id integer, e mood, c char(5), v varchar(9), u uuid, d date, b boolean)")
  do_sql(con, paste("INSERT INTO moods VALUES",
                    "(1, 'sad', 'a', 'x ', '00000000-0000-0000-0000-000000000001', '2024-02-29', true),",
                    "(2, 'Ok', 'A', 'x', NULL, NULL, false), (3, NULL, 'a', 'X', NULL, '2024-03-01', NULL),",
                    "(4, 'ok', NULL, NULL, NULL, NULL, true)"))
  table <- weeg:::sql_table(con, "moods")
  read <- suppressWarnings(get_sql(con, "SELECT * FROM moods ORDER BY id"))
  for (name in c("e", "c", "v", "u", "d", "b")) {
    found <- weeg:::sql_query(con, weeg:::sql_tally_query(table, weeg:::sql_key(table, name)))
    expected <- table(as.character(read[[name]]), useNA = "always")
    expected <- expected[expected > 0]
    expect_setequal(as.character(found$k1), names(expected))
    expect_identical(as.double(found$n)[match(names(expected), as.character(found$k1))], as.vector(expected) + 0, label = name)
  }
  for (condition in expression(e == "ok", e != "sad", is.na(e), c == "a    ", trimws(c) == "a", v == "x", v == "x ", is.na(u),
                               b, !b, nchar(e) == 2, d == "2024-02-29")) {
    expected <- as.double(read$id[weeg:::domain_condition(condition, read, globalenv())])
    expect_identical(selected(table, condition), expected, label = deparse1(condition))
  }
})

if (engine == "postgresql") test_that("sums whose last digits a session does not give are not taken for exact", {
  rows <- sample_rows(300)
  load_rows(con, "digits", rows)
  exact <- weeg_tally(weeg_design(con, "digits", weights = ~weight), ~answer)$entries
  do_sql(con, "SET extra_float_digits = 0")
  on.exit(do_sql(con, "RESET extra_float_digits"))
  expect_warning(design <- weeg_design(con, "digits", weights = ~weight), "sums of numbers are not exact",
                 class = "weeg_warning_database")
  do_sql(con, "RESET extra_float_digits")
  expect_identical(weeg_tally(design, ~answer)$entries$n, exact$n)
})
