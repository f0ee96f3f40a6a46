# Servers, connections and tables, and what every query of a tally rests on: parts of a weight by FLOOR, and groups of texts by
# their bytes.

test_that("FLOOR cuts a double where R does", {
  w <- c(0.1, 1 / 3, 1, 4097 / 4096, 999.9999999999999, 2^16 - 2^-37, 2^-60)
  load_rows(con, "cut", data.frame(id = seq_along(w), w = w))
  cut <- if (engine == "sqlite") "CAST(%s AS INTEGER)" else "FLOOR(%s)"
  of <- c(id = quoted(con, "id"), w = paste(quoted(con, "w"), "* 1048576 / 65536"), from = quoted(con, "cut"))
  found <- get_sql(con, sprintf("SELECT %s AS f FROM %s ORDER BY %s", sprintf(cut, of[["w"]]), of[["from"]], of[["id"]]))
  names(found) <- tolower(names(found))
  expect_identical(as.double(found$f), floor(w * 16))
})

test_that("texts are grouped by their bytes", {
  texts <- c("ja", "Ja", "ja ", "j\u00e1", "ja", NA, "", "Ja", NA)
  load_rows(con, "texts", data.frame(t = texts))
  text <- bytewise(engine, quoted(con, "t"))
  found <- get_sql(con, sprintf("SELECT k, COUNT(*) AS n FROM (SELECT %s AS k FROM %s) q GROUP BY k", text, quoted(con, "texts")))
  names(found) <- tolower(names(found))
  expected <- table(texts, useNA = "always")
  if (engine %in% c("hsqldb", "derby")) found$k <- sub("[.]$", "", found$k)
  at <- match(enc2utf8(names(expected)), found$k)
  expect_identical(nrow(found), length(expected))
  expect_identical(as.integer(found$n[at]), as.vector(expected))
})

if (engine %in% c("postgresql", "clickhouse")) test_that("three servers know nothing of each other, but as a cluster", {
  servers <- lapply(1:3, function(k) connect(engine, k))
  on.exit(lapply(servers, disconnect))
  parts <- split(sample_rows(300), rep(1:3, c(50, 100, 150)))
  Map(load_rows, servers, "part", parts)
  count <- function(con, table) as.integer(get_sql(con, paste("SELECT COUNT(*) AS n FROM", table))$n)
  expect_identical(vapply(servers, count, 0L, "part"), c(50L, 100L, 150L))
  if (engine == "clickhouse") expect_identical(count(servers[[2L]], "cluster(three, default, part)"), 300L)
})

# SQLite has neither
if (engine != "sqlite") test_that("a column can have another type than its own, in a schema of its own", {
  data <- data.frame(id = 1:3, price = c(0.1, 12.25, NA), code = c("x", "Y", "z"))
  types <- switch(
    engine,
    clickhouse = c(price = "Nullable(Decimal(12, 2))", code = "FixedString(1)"),
    c(price = "decimal(12, 2)", code = "char(1)")
  )
  word <- if (engine %in% c("mariadb", "clickhouse")) "DATABASE" else "SCHEMA"
  schema <- quoted(con, "My \"schema\"")
  do_sql(con, paste("CREATE", word, schema))
  on.exit(drop_schema(con, word, "My \"schema\"", "T"))
  load_rows(con, c("My \"schema\"", "T"), data, types)
  # RMySQL warns of a type that it does not know
  sql <- paste0("SELECT * FROM ", schema, ".", quoted(con, "T"), " ORDER BY ", quoted(con, "id"))
  found <- suppressWarnings(get_sql(con, sql))
  expect_identical(as.double(found$price), data$price)
  expect_identical(found$code, data$code)
})

test_that("what a query gets wrong is an error", {
  expect_error(get_sql(con, "SELECT x FROM nowhere"), "nowhere")
  expect_error(do_sql(con, "DROP TABLE nowhere"), "nowhere")
})

if (engine %in% c("postgresql", "clickhouse", "mariadb")) test_that("a server that was killed gives an error, and comes back", {
  last <- if (engine == "mariadb") 1L else 3L
  third <- connect(engine, last)
  load_rows(third, "kept", data.frame(id = 1:3))
  kill_server(engine, last)
  expect_error(get_sql(third, "SELECT COUNT(*) AS n FROM kept"))
  start_server(engine, last)
  third <- connect(engine, last)
  expect_identical(as.integer(get_sql(third, "SELECT 7 AS n")$n), 7L)
  if (engine != "clickhouse") expect_identical(as.integer(get_sql(third, "SELECT COUNT(*) AS n FROM kept")$n), 3L)
  disconnect(third)
})
