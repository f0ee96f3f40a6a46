# Conditions and terms in SQLite, against the same in memory, on the same rows.

skip_if_not_installed("DBI")
skip_if_not_installed("RSQLite")

sql_rows <- function(n = 300) {
  set.seed(20)
  some <- function(values) sample(values, n, TRUE)
  data.frame(
    id = seq_len(n), age = some(c(NA, 15:90)), x = some(c(NA, 1, 1.5, 2, 3, 4, -2.5, 0.1, 1e10)), z = some(c(NA, -3:3)),
    w = exp(stats::runif(n, -7, 7)), flag = some(c(0L, 1L, NA)),
    y = some(c("ja", "Ja", "ja ", "nee", "", NA, "O'x", "j\u00e1", "soms", "\U1F600", "a\\b", "\\' OR 1=1 --", "a\nb", "50%_")),
    region = some(c("Noord", "Zuid", "West", "Oost", NA)), day = some(c("2024-02-28", "2024-02-29", "2024-03-01", NA)),
    check.names = FALSE, stringsAsFactors = FALSE
  )
}

sqlite_table <- function(data, name = "t", envir = parent.frame()) {
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  withr::defer(DBI::dbDisconnect(con), envir)
  DBI::dbWriteTable(con, name, data)
  weeg:::sql_table(con, name)
}

# ids of the rows inside
inside_sql <- function(table, condition, envir = parent.frame()) {
  where <- weeg:::sql_condition(table, condition, envir)
  sort(as.double(weeg:::sql_query(table$con, paste("SELECT id FROM", table$from, "WHERE", where))$id))
}

limit <- 36L
wanted <- c("Noord", "West")

conditions <- expression(
  age < limit, age <= 36, age > 36.5, age >= 20 & age <= 30, age == 30, age == 30.0, age != 30, 36 > age, age == NA,
  x > NA, -age < -60, age + 1 > 40, age - 50 > z, age * 2 >= 100, 2 * age - 1 == 59, age / 10 > 3.5, x / 2 == 0.75,
  age %% 10 == 3, age %/% 10 == 3, (age - 50) %% 7 == 2, (age - 50) %/% 7 == -2, (age - 50) %% -7 == -3, z %/% 2 == -1,
  z %% 2 == 1, x %/% 1 == 1, x %% 0.5 == 0, x == 0.1, x > 0.1 + 0.2, w > 0.1 + 0.2, x >= 1e10, age > z, 1 / z > 0,
  z == TRUE, z > FALSE, region %in% wanted, !(region %in% wanted), region %in% c("Noord", NA),
  !(region %in% c("Noord", NA)), x %in% c(1, NA), !(x %in% c(1, NA)), x %in% c(1, 0.1), !(x %in% 1), x %in% NULL,
  !(x %in% NULL), !(age %in% integer()), x %in% NA, age %in% 30:40, y == "ja", y == "Ja", y == "ja ", y == "",
  y != "ja", !(y == "ja"), y == "O'x", y == "a\\b", y == "\\' OR 1=1 --", y == "a\nb", y %in% c("\U1F600", "j\u00e1"),
  y == "50%_", !(y %in% c("\\' OR 1=1 --", "")), is.na(y), !is.na(y), is.na(y) | y == "ja", is.na(x) & age > 30,
  is.na(x > 3), is.na(age + x), is.na(x > 3 & y == "ja"), is.na(y == "ja"), !is.na(x) & x >= 3, xor(x > 3, age > 50),
  xor(is.na(x), age > 50), !xor(x > 1, age > 50), x > 3 | age > 60, (x > 3 | age > 60) & !(z < 0), !(x > 1 & z > 0),
  nchar(region) == 4, nchar(y) == 2, substr(y, 1, 2) == "ja", grepl("^so", y), !grepl("^so", y), startsWith(y, "j"),
  toupper(region) == "ZUID", region > "Oost", region < "a", ifelse(is.na(x), 0, x) > 3, abs(age - 50) < 5,
  as.integer(x) == 1L, round(x) == 2, x^2 > 4, sqrt(age) > 6, as.character(age) == "30",
  cut(age, c(0, 36, 65, Inf)) == "(36,65]", age < Inf, x > -Inf, flag == 1, flag & age > 30, !flag | age > 30,
  day == "2024-02-29", day >= "2024-02-29", day < as.Date("2024-03-01"), as.Date(day) > as.Date("2024-02-28"),
  format(as.Date(day), "%m") == "02", y == region, y != region, TRUE, FALSE, NA, TRUE & x > 1, NA | x > 1, NA & x > 1,
  age < 36 & TRUE, id > 0
)

test_that("conditions select the rows that they select in memory", {
  data <- sql_rows()
  table <- sqlite_table(data)
  expect_gte(length(conditions), 60L)
  for (condition in as.list(conditions)) {
    expected <- data$id[suppressWarnings(weeg:::domain_condition(condition, data, environment()))]
    expect_identical(suppressWarnings(inside_sql(table, condition)), as.double(expected), label = deparse1(condition))
  }
  # as R has them too, where R has no meaning of its own for what is missing
  for (condition in expression(age < limit, !(y == "ja"), xor(x > 3, age > 50), x %in% c(1, NA), (age - 50) %/% 7 == -2,
                               region > "Oost")) {
    value <- eval(condition, data)
    expect_identical(inside_sql(table, condition), as.double(data$id[!is.na(value) & value]), label = deparse1(condition))
  }
})

test_that("between() includes both ends", {
  data <- sql_rows()
  between <- function(x, left, right) x >= left & x <= right
  table <- sqlite_table(data)
  expect_identical(inside_sql(table, quote(between(age, 20, 30))), as.double(which(data$age >= 20 & data$age <= 30)))
  sum <- data$x + data$z
  expect_identical(inside_sql(table, quote(between(x + z, 1, 2))), as.double(which(sum >= 1 & sum <= 2)))
})

test_that("random conditions select the rows that they select in memory", {
  data <- sql_rows(60)
  table <- sqlite_table(data)
  set.seed(21)
  leaf <- function() {
    switch(sample(5, 1),
           call(sample(c("<", "<=", "==", "!=", ">"), 1), as.name(sample(c("age", "x", "z"), 1)),
                sample(c(-1, 0, 0.1, 1.5, 30), 1)),
           call("%in%", as.name("z"), sample(list(c(1, NA), 2:3, NA, c(-1, 0)), 1)[[1]]),
           call("is.na", as.name(sample(c("x", "y"), 1))), call("==", as.name("y"), "ja"),
           call("<", as.name("z"), as.name("x")))
  }
  grown <- function(depth) {
    if (depth == 0) return(leaf())
    switch(sample(4, 1), call("&", grown(depth - 1), grown(depth - 1)), call("|", grown(depth - 1), grown(depth - 1)),
           call("!", grown(depth - 1)), call("xor", grown(depth - 1), grown(depth - 1)))
  }
  for (i in 1:60) {
    condition <- grown(3)
    expected <- data$id[weeg:::domain_condition(condition, data, environment())]
    expect_identical(inside_sql(table, condition), as.double(expected), label = deparse1(condition))
  }
})

test_that("texts with many values are compared byte by byte, and what has no SQL then is refused", {
  data <- data.frame(id = 1:10005, y = c(sprintf("t%d", 1:10002), "Ja", "ja", NA))
  table <- sqlite_table(data)
  expect_identical(inside_sql(table, quote(y == "ja")), 10004)
  expect_length(inside_sql(table, quote(y != "ja")), 10003)
  expect_identical(inside_sql(table, quote(y %in% c("Ja", "t5"))), c(5, 10003))
  expect_identical(inside_sql(table, quote(y %in% c("Ja", NA))), c(10003, 10005))
  expect_error(inside_sql(table, quote(nchar(y) == 2)), "more than 10.000", class = "weeg_error_unsupported")
  expect_error(inside_sql(table, quote(y < "b")), class = "weeg_error_unsupported")
})

test_that("what is not the same in a database is refused, with a reason", {
  table <- sqlite_table(sql_rows())
  cases <- list(
    list(quote(age > mean(age)), "looks at all rows"), list(quote(!duplicated(y)), "looks at all rows"),
    list(quote(cut(age, 3) == "(14.9,40]"), "depends on other rows"), list(quote(above_average(age)), "depends on other rows"),
    list(quote(pmin(age, x) > 3), "2 variables"), list(quote(nchar(y) == age), "2 variables"),
    list(quote(age > 1 && x > 1), "use & and"), list(quote(age == c(1, 2)), "depends on other rows"),
    list(c(TRUE, FALSE), "no column"),
    list(quote(x + length(y) > 3), "2 variables"), list(quote(is.numeric(age)), "1 value for")
  )
  above_average <- function(v) v > sum(v, na.rm = TRUE) / length(v)
  for (case in cases) {
    expect_error(suppressWarnings(inside_sql(table, case[[1]])), case[[2]], class = "weeg_error_unsupported",
                 label = deparse1(case[[1]]))
  }
})

test_that("errors of conditions are those in memory", {
  data <- sql_rows()
  table <- sqlite_table(data)
  for (condition in expression(agee < 3, age == "a", region == "Nord", region %in% "Zuit", age, y, stop("no"),
                               y == 3 | nope > 2)) {
    here <- tryCatch(weeg:::domain_condition(condition, data, environment()), error = identity)
    there <- tryCatch(inside_sql(table, condition), error = identity)
    expect_identical(class(there), class(here), label = deparse1(condition))
  }
  expect_error(inside_sql(table, quote(region == "Nord")), "Noord")
})

test_that("hostile names of columns stay names", {
  names <- c("select", "a b", "q\"q", "b`t", "it's", "; drop table t --", "w_k1", "weeg", "a.b", "x\\")
  data <- stats::setNames(data.frame(lapply(seq_along(names), function(i) c(i, 0, NA))), names)
  data <- cbind(id = 1:3, data)
  table <- sqlite_table(data)
  for (name in names) {
    expect_identical(inside_sql(table, call(">", as.name(name), 0)), 1, label = name)
    expect_identical(weeg:::sql_term(table, as.name(name), globalenv())$values, NULL)
  }
  expect_true(DBI::dbExistsTable(table$con, "t"))
  expect_identical(weeg:::sql_prefix(table), "ww_")
})

test_that("terms are their columns, or numbers of what R makes of their values", {
  data <- sql_rows()
  table <- sqlite_table(data)
  expect_identical(weeg:::sql_term(table, quote(y), globalenv()), list(key = "`y` COLLATE BINARY", values = NULL))
  terms <- expression(cut(age, c(0, 36, 99)), factor(region, levels = c("Zuid", "Noord")), x > 3, I(z %% 2 == 0), toupper(y),
                      age %/% 10, factor(z), x > z, is.na(x) & z > 0, paste0(y, "!"), as.Date(day), round(x))
  for (term in as.list(terms)) {
    found <- weeg:::sql_term(table, term, environment())
    got <- weeg:::sql_query(table$con, paste("SELECT id,", found$key, "AS k FROM t ORDER BY id"))
    here <- weeg:::code_column(weeg:::eval_seen(term, data, environment()), "here")
    there <- found$values$value[match(got$k, found$values$number)]
    there <- weeg:::code_column(there, "there")
    expect_identical(there$levels, here$levels, label = deparse1(term))
    expect_identical(weeg:::column_codes(there), weeg:::column_codes(here), label = deparse1(term))
  }
  expect_error(weeg:::sql_term(table, quote(paste(y, region)), globalenv()), "2 variables", class = "weeg_error_unsupported")
  expect_error(weeg:::sql_term(table, quote(agee), globalenv()), "age", class = "weeg_error_variable")
})

test_that("whole numbers that doubles do not keep apart are refused, and others are compared", {
  skip_if_not_installed("bit64")
  large <- bit64::as.integer64(c("9007199254740992", "9007199254740993", NA, "5"))
  table <- sqlite_table(data.frame(id = 1:4, key = large, small = bit64::as.integer64(c(NA, 4294967296, 3, 4))))
  constant <- bit64::as.integer64("9007199254740993")
  few <- bit64::as.integer64(c("4294967296", "4"))
  expect_identical(table$types[c("key", "small")], c(key = "integer64", small = "integer64"))
  for (condition in expression(key == 2^53, key > 5, key + 1 > 5, key %in% 5, key %% 2 == 0, round(key) == 5, key == small,
                               is.na(key + small), small == constant, small %in% constant, id > constant)) {
    expect_error(inside_sql(table, condition), "2^53 or more", fixed = TRUE, class = "weeg_error_unsupported",
                 label = deparse1(condition))
  }
  expect_identical(inside_sql(table, quote(is.na(key))), 3)
  expect_identical(inside_sql(table, quote(small > 3 & !is.na(key))), c(2, 4))
  expect_identical(inside_sql(table, quote(small %in% few)), c(2, 4))
})
