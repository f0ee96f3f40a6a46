# Queries of samples and tallies: their text in each dialect, and what SQLite answers.

skip_if_not_installed("DBI")

# A connection of a class that a driver has, which answers nothing but the type of three columns. DBI's own quotes, which some
# drivers have too.
simulated <- function(class) {
  where <- globalenv()
  if (!methods::isClass(class, where = where)) {
    methods::setClass(class, contains = "DBIConnection", where = where)
    answer <- function(conn, statement, ...) {
      if (grepl("nowhere", statement)) {
        warning("ERROR: relation nowhere does not exist")
        return(NULL)
      }
      if (grepl("version()", statement, fixed = TRUE)) return(data.frame(v = "10.11.6-MariaDB"))
      if (grepl("pg_typeof", statement)) return(data.frame(t1 = "character varying"))
      if (grepl(" AS a2 FROM", statement, fixed = TRUE)) {
        # of columns of single precision, a cast of the text is what the driver reads; of others, neither is
        other <- grepl("\"other\"", statement) || grepl("\"short\"", statement) && !grepl("VARCHAR", statement)
        return(data.frame(a1 = 0.1, a2 = if (other) 0.100000001490116 else 0.1))
      }
      data.frame(s = 1L, w = 0.5, `o'y` = "ja", check.names = FALSE)[0, ]
    }
    methods::setMethod(DBI::dbGetQuery, signature(class, "character"), answer, where = where)
    withr::defer({
      methods::removeMethod(DBI::dbGetQuery, signature(class, "character"), where = where)
      methods::removeClass(class, where = where)
    }, testthat::teardown_env())
  }
  methods::new(class)
}

dialects <- c(sqlite = "SQLiteDriverConnection", postgres = "PostgreSQLDriverConnection", mariadb = "MariaDBDriverConnection",
              duckdb = "duckdb_driver_connection", clickhouse = "ClickhouseDriverConnection", spark = "Spark SQL",
              mssql = "Microsoft SQL Server", oracle = "Oracle", snowflake = "Snowflake", bigquery = "BigQueryDriverConnection",
              redshift = "RedshiftDriverConnection", generic = "OtherDriverConnection")

test_that("the queries of each dialect are these", {
  said <- NULL
  for (name in names(dialects)) {
    table <- weeg:::sql_table(simulated(dialects[[name]]), "interviews")
    expect_identical(table$engine$name, name)
    for (column in c("s", "w")) table$numbers[[column]] <- TRUE # of which nothing is asked
    keys <- c(weeg:::sql_key(table, "s"), weeg:::sql_key(table, "o'y"))
    weight <- weeg:::sql_measure(table, "w")
    domain <- weeg:::sql_condition(table, quote(w > 0.1 & (s %/% 2 == 1 | s %in% c(3, NA))), globalenv())
    queries <- c(
      look = weeg:::sql_look_query(table, weight, column = if (!is.null(table$engine$unlike)) weeg:::sql_name(table, "w")),
      sample = weeg:::sql_sample_query(table, keys[1]),
      used = weeg:::sql_sample_query(table, keys[1], weight, c("known", "used", "smallest")),
      checks = weeg:::sql_checks_query(table, weight),
      rows = weeg:::sql_tally_query(table, keys),
      clusters = weeg:::sql_tally_query(table, keys, weight, weeg:::cut_weights(1000, 1e-3, 500, FALSE), FALSE, domain, 1L),
      element = weeg:::sql_tally_query(table, keys[2], weight, weeg:::cut_weights(2^20, 2^-60, 500, TRUE), TRUE)
    )
    lines <- gsub(" +\n", "\n", gsub(" (FROM \\()", "\n\\1", gsub(" +", " ", queries)))
    said <- c(said, rbind(paste0("-- ", name, ", ", names(queries)), lines, ""))
  }
  expect_snapshot(writeLines(said))
})

test_that("texts never end the quotes that they are in", {
  hostile <- c("\\' OR 1=1 --", "' OR 1=1 --", "\\", "a\nb", "\u00e9\U1F600", "", "%_", "\"", "`")
  for (name in setdiff(names(dialects), "generic")) {
    table <- weeg:::sql_table(simulated(dialects[[name]]), "interviews")
    sql <- weeg:::sql_text(table, hostile)
    if (name %in% c("mariadb", "clickhouse", "spark", "snowflake", "bigquery", "postgres", "redshift")) {
      # no backslash is left, so that quotes are those that double, or none
      expect_false(any(grepl("\\", sql, fixed = TRUE)), label = name)
      expect_match(sql[1], "5C27204F5220313D31202D2D", label = name)
    }
    inner <- sub("^(N|_utf8mb4)?'(.*)'$", "\\2", sql[2])
    if (name %in% c("spark", "bigquery")) {
      expect_match(sql[2], "27204F5220313D31202D2D")
    } else {
      expect_identical(inner, paste0("'' OR 1=1 --", table$engine$mark))
    }
  }
  other <- weeg:::sql_table(simulated(dialects[["generic"]]), "interviews")
  expect_error(weeg:::sql_text(other, hostile), "backslash", class = "weeg_error_unsupported")
  expect_error(weeg:::sql_name(other, "a\\\"b"), "backslash", class = "weeg_error_unsupported")
  expect_identical(weeg:::sql_name(weeg:::sql_table(simulated(dialects[["mariadb"]]), "t"), "a`b\"c"), "`a``b\"c`")
  expect_identical(weeg:::sql_name(other, "a`b\"c"), "\"a`b\"\"c\"")
})

test_that("engines are known by the classes of connections", {
  known <- c(SQLiteConnection = "sqlite", PqConnection = "postgres", PostgreSQLConnection = "postgres", PostgreSQL = "postgres",
             RedshiftConnection = "redshift", Redshift = "redshift", MariaDBConnection = "mariadb?", MySQLConnection = "mariadb?",
             MySQL = "mariadb?", duckdb_connection = "duckdb", ClickhouseConnection = "clickhouse", "Spark SQL" = "spark",
             spark_connection = "spark", "Microsoft SQL Server" = "mssql", Oracle = "oracle", OraConnection = "oracle",
             Snowflake = "snowflake", BigQueryConnection = "bigquery", "Google BigQuery" = "bigquery", ACCESS = "generic")
  for (class in names(known)) expect_identical(weeg:::first_match(weeg:::sql_connections, class), known[[class]], label = class)
  jdbc <- c("Java-Object{conn0: url=jdbc:h2:mem: user=}" = "h2", "Java-Object{org.hsqldb.jdbc.JDBCConnection@1}" = "hsqldb",
            "Java-Object{org.apache.derby.impl.jdbc.EmbedConnection@2}" = "derby",
            "Java-Object{org.postgresql.jdbc.PgConnection@3}" = "postgres")
  for (text in names(jdbc)) expect_identical(weeg:::first_match(weeg:::sql_jdbc, text), jdbc[[text]], label = text)
  expect_identical(weeg:::first_match(weeg:::sql_versions, "v1.5.6"), "duckdb")
  expect_identical(weeg:::first_match(weeg:::sql_versions, "PostgreSQL 15.4 on x86_64"), "postgres")
})

local_sqlite <- function(envir = parent.frame()) {
  skip_if_not_installed("RSQLite")
  con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
  withr::defer(DBI::dbDisconnect(con), envir)
  con
}

# parts as whole numbers of bits, from the digits of a number in base 2: no floor, no scaling
bits_of <- function(w, cut) {
  digits <- cut$parts * cut$bits
  bits <- integer(digits)
  for (i in seq_along(bits)) {
    place <- 2^(cut$lowest + digits - i)
    if (w >= place) {
      bits[i] <- 1L
      w <- w - place
    }
  }
  vapply(split(bits, rep(seq_len(cut$parts), each = cut$bits)), function(b) sum(b * 2^rev(seq_along(b) - 1)), 0)
}

test_that("sums of a tally are those of the bits of its weights", {
  con <- local_sqlite()
  set.seed(22)
  data <- data.frame(s = rep(1:2, 100), y = rep(c("ja", "Ja", "ja ", NA), 50), w = exp(stats::runif(200, -7, 7)))
  data$w[1:6] <- c(0, 1e-3, 65536 - 2^-37, 2^-60, 0.1, 1 / 3)
  DBI::dbWriteTable(con, "t", data)
  table <- weeg:::sql_table(con, "t")
  keys <- c(weeg:::sql_key(table, "s"), weeg:::sql_key(table, "y"))
  used <- data[data$w > 0, ]
  group <- paste(used$s, used$y)
  for (element in c(FALSE, TRUE)) {
    cut <- weeg:::cut_weights(max(used$w), min(used$w), 100, element)
    expect_identical(cut, list(parts = if (element) 4L else 2L, bits = if (element) 22L else 43L, lowest = -70L, floor = TRUE))
    limbs <- t(vapply(used$w, bits_of, numeric(cut$parts), cut = cut))
    found <- weeg:::sql_query(con, weeg:::sql_tally_query(table, keys, weeg:::sql_measure(table, "w"), cut, element))
    at <- match(paste(found$k1, found$k2), sort(unique(group)))
    expect_identical(as.double(found$n), as.double(table(group))[at])
    expect_equal(unname(as.matrix(found[paste0("s", seq_len(cut$parts))])), unname(rowsum(limbs, group))[at, ], tolerance = 0)
    if (!element) next
    # the square, from its seven diagonals
    square <- as.matrix(found[paste0("q", 1:7)]) %*% 2^(2 * cut$lowest + 22 * (6:0))
    expect_equal(drop(square), as.vector(rowsum(used$w^2, group))[at], tolerance = 1e-14)
  }
})

test_that("rows outside a domain are one group per unit", {
  con <- local_sqlite()
  data <- data.frame(s = rep(1:3, each = 4), y = rep(c("a", "b", NA), 4), w = c(0, 1:11))
  DBI::dbWriteTable(con, "t", data)
  table <- weeg:::sql_table(con, "t")
  keys <- c(weeg:::sql_key(table, "s"), weeg:::sql_key(table, "y"))
  domain <- weeg:::sql_condition(table, quote(w > 4), globalenv())
  for (weight in list(NULL, weeg:::sql_measure(table, "w"))) {
    cut <- weeg:::cut_weights(11, 1, 4, FALSE)
    found <- weeg:::sql_query(con, weeg:::sql_tally_query(table, keys, weight, cut, FALSE, domain, units = 1L))
    rows <- if (is.null(weight)) data else data[data$w > 0, ]
    expect_identical(as.vector(tapply(found$n, found$k1, sum)), as.vector(table(rows$s)) + 0L)
    expect_identical(anyDuplicated(found[found$inside == 0, "k1"]), 0L)
    expect_true(all(is.na(found$k2[found$inside == 0])))
    expect_identical(sum(found$n[found$inside == 1]), sum(data$w > 4))
  }
})

test_that("the queries of a sample count rows, and say what is wrong with weights", {
  con <- local_sqlite()
  DBI::dbExecute(con, "CREATE TABLE t (s INTEGER, w REAL)")
  rows <- c("(1, 2)", "(1, 0)", "(1, -1)", "(2, NULL)", "(2, 9e999)", "(2, 1e150)", "(2, 3.5)")
  DBI::dbExecute(con, paste("INSERT INTO t VALUES", paste(rows, collapse = ", ")))
  table <- weeg:::sql_table(con, "t")
  weight <- weeg:::sql_measure(table, "w")
  answer <- function(sql) lapply(weeg:::sql_query(con, sql), as.double)
  expect_identical(answer(weeg:::sql_look_query(table)), list(n = 7))
  expect_identical(answer(weeg:::sql_look_query(table, weight)), list(n = 7, known = 6, lowest = -1, largest = Inf))
  expect_identical(answer(weeg:::sql_checks_query(table, weight)),
                   list(n = 7, w_null = 1, w_negative = 1, w_nan = 0, w_infinite = 1, w_large = 1))
  found <- answer(weeg:::sql_sample_query(table, weeg:::sql_key(table, "s"), weight, c("known", "used", "smallest")))
  order <- order(found$k1)
  expect_identical(lapply(found, `[`, order), list(k1 = c(1, 2), n = c(3, 4), known = c(3, 3), used = c(1, 3),
                                                   smallest = c(2, 3.5)))
  expect_identical(answer(weeg:::sql_sample_query(table)), list(n = 7))
  expect_error(weeg:::sql_measure(table, "g"), class = "weeg_error_variable")
})

test_that("an engine whose arithmetic or texts are not exact fails the self-test", {
  con <- local_sqlite()
  expect_true(weeg:::sql_self_test(con))
  expect_true(weeg:::sql_self_test(con, 16))
  broken <- weeg:::sql_table(con, DBI::SQL("select 1 as a"))
  broken$engine$floor <- "ROUND(%s)"
  expect_match(weeg:::sql_self_test(broken), "not exact")
  broken$engine$floor <- "CAST(CAST(%s AS INTEGER) AS REAL) + 1e-9"
  expect_match(weeg:::sql_self_test(broken), "not exact")
  broken <- weeg:::sql_table(con, DBI::SQL("select 1 as a"))
  for (collation in c("NOCASE", "RTRIM")) {
    broken$engine$binary <- paste("%s COLLATE", collation)
    expect_match(weeg:::sql_self_test(broken), "not kept apart")
  }
  broken$engine$floor <- "NO_SUCH_FUNCTION(%s)"
  expect_match(weeg:::sql_self_test(broken), "could not compute the sums of a tally: no such function")
})

test_that("tables are named in every way that DBI has", {
  con <- local_sqlite()
  DBI::dbExecute(con, "ATTACH ':memory:' AS other")
  DBI::dbExecute(con, "CREATE TABLE \"T \"\"q\"\" select\" (\"from\" INTEGER)")
  DBI::dbExecute(con, "CREATE TABLE other.interviews (a INTEGER, b TEXT, c REAL)")
  expect_identical(weeg:::sql_table(con, "T \"q\" select")$types, c(from = "integer"))
  expect_identical(names(weeg:::sql_table(con, DBI::Id(schema = "other", table = "interviews"))$types), c("a", "b", "c"))
  sql <- weeg:::sql_table(con, DBI::SQL("select a, b from other.interviews -- all; of them\n;"))
  expect_identical(names(sql$types), c("a", "b"))
  DBI::dbExecute(con, "INSERT INTO other.interviews VALUES (NULL, 'x', 1.5)")
  computed <- weeg:::sql_table(con, DBI::SQL("select c * 2 as d, b || 'x' as e from other.interviews"))
  expect_identical(computed$types, c(d = "numeric", e = "character"))
  skip_if_not_installed("dbplyr")
  tbl <- dplyr::filter(dplyr::tbl(con, dbplyr::in_schema("other", "interviews")), c > 1)
  expect_identical(names(weeg:::sql_table(tbl)$types), c("a", "b", "c"))
  expect_identical(weeg:::sql_query(con, paste("SELECT b FROM", weeg:::sql_table(tbl)$from))$b, "x")
})

test_that("a table that is not there is named with those that are", {
  con <- local_sqlite()
  DBI::dbExecute(con, "CREATE TABLE interviews (a INTEGER)")
  expect_error(weeg:::sql_table(con, "intervews"), "`intervews`.*Did you mean interviews", class = "weeg_error_database")
  expect_error(weeg:::sql_table(con, "x.interviews"), "DBI::Id(schema = \"x\", table = \"interviews\")", fixed = TRUE,
               class = "weeg_error_database")
  expect_error(weeg:::sql_table(con, DBI::SQL("select nope from interviews")), "no such column: nope",
               class = "weeg_error_database")
  expect_error(weeg:::sql_table(con, c("a", "b")), "`table` must be", class = "weeg_error_argument")
  expect_error(weeg:::sql_table(con), "`table` must be", class = "weeg_error_argument")
  expect_error(weeg:::sql_table(data.frame(), "a"), "connection of package DBI", class = "weeg_error_argument")
  expect_error(weeg:::sql_query(con, "SELECT", "do it"), "(SQLiteConnection) could not do it", fixed = TRUE,
               class = "weeg_error_database")
})

test_that("numbers are computed with as the driver reads them", {
  table <- weeg:::sql_table(simulated(dialects[["generic"]]), "interviews")
  table$types <- c(w = "numeric", short = "numeric", other = "numeric", n = "integer")
  expect_identical(weeg:::sql_measure(table, "w"), "CAST(\"w\" AS DOUBLE PRECISION)")
  expect_identical(weeg:::sql_measure(table, "short"), "CAST(CAST(\"short\" AS VARCHAR(40)) AS DOUBLE PRECISION)")
  expect_error(weeg:::sql_measure(table, "other"), "`other`.*\\(in `weights`\\)", class = "weeg_error_unsupported")
  expect_identical(weeg:::sql_measure(table, "n"), "CAST(\"n\" AS DOUBLE PRECISION)")
  table$types <- c(y = "character")
  expect_error(weeg:::sql_measure(table, "y"), "is no number", class = "weeg_error_variable")
})

test_that("an error that a driver makes a warning is an error", {
  con <- simulated(dialects[["postgres"]])
  expect_error(weeg:::sql_query(con, "SELECT a FROM nowhere"), "relation nowhere does not exist", class = "weeg_error_database")
  expect_error(weeg:::sql_table(con, "nowhere"), "relation nowhere does not exist", class = "weeg_error_database")
})

test_that("whole numbers of 64 bits lose nothing, and columns of numbers and texts are refused", {
  skip_if_not_installed("bit64")
  con <- local_sqlite()
  expect_identical(weeg:::sql_query(con, "SELECT 9007199254740991 AS A UNION ALL SELECT NULL")$a, c(2^53 - 1, NA))
  expect_identical(weeg:::sql_query(con, "SELECT 9007199254740993 AS a UNION ALL SELECT 1")$a, c("9007199254740993", "1"))
  expect_error(weeg:::sql_query(con, "SELECT 1 AS a UNION ALL SELECT 'x'"), "mixed type", class = "weeg_error_database")
})
