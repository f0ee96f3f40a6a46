# Tallies and designs of tables on each engine: the bytes that they have in memory, of the same rows.

# A survey of `n` interviews in a few PSUs, in two stages, with texts, keys and types that engines find hard.
survey_rows <- function(n, seed = 1L) {
  rows <- sample_rows(n, seed)
  rows$psu <- (rows$psu - 1L) %% 24L + 1L
  rows$stratum <- (rows$psu - 1L) %/% 6L + 1L
  rows$town <- hard_texts[(rows$psu - 1L) %% 6L + 1L] # starts again in each stratum
  rows$key <- bit64::as.integer64("9007199254740992") + rows$psu # above 2^53: doubles have only the even ones
  rows$house <- rows$psu * 100L + sample(4L, n, TRUE)
  rows$houses <- 8
  rows$order <- sample(c("new", "old", NA), n, TRUE) # a reserved word
  rows$`"a" b` <- sample(2L, n, TRUE)
  rows
}

# As the driver reads these columns
as_read <- function(rows) {
  days <- vapply(rows, inherits, NA, what = "Date")
  flags <- vapply(rows, is.logical, NA)
  if (engine %in% c("sqlite", "mariadb")) rows[days] <- lapply(rows[days], format)
  if (reads_doubles) rows$key <- as.character(rows$key)
  if (engine %in% c("sqlite", "mariadb", "clickhouse")) rows[flags] <- lapply(rows[flags], as.integer)
  if (engine %in% by_jdbc) { # whole numbers are doubles, of 64 bits texts, and so are truth values
    rows[] <- lapply(rows, function(x) if (is.integer(x)) as.double(x) else if (is.logical(x)) as.character(x) else x)
    if (engine == "derby") rows$member <- tolower(rows$member)
    rows$key <- as.character(rows$key)
  }
  rows
}

bytes <- function(tally) {
  tally$seal <- NULL
  tally$names["data"] <- list(NULL)
  tally
}

designs <- list(
  clusters = list(weights = ~weight, strata = ~stratum, cluster = ~psu),
  fpc = list(weights = ~weight, strata = ~stratum, cluster = ~psu, fpc = ~population),
  strata = list(weights = ~weight, strata = ~stratum),
  weights = list(weights = ~weight),
  none = list(),
  from_fpc = list(cluster = ~psu, fpc = ~population),
  stages = list(weights = ~weight, strata = ~stratum, cluster = ~ psu + house, fpc = ~ population + houses),
  last_stage = list(weights = ~weight, cluster = ~ psu + id, fpc = ~ population + population),
  nest = list(weights = ~weight, strata = ~stratum, cluster = ~town, nest = TRUE),
  texts = list(weights = ~weight, cluster = ~region),
  crossed = list(weights = ~weight, cluster = ~ interaction(stratum, town)),
  computed = list(weights = ~weight, cluster = ~ as.character(age > 40)),
  keys = list(weights = ~weight, strata = ~stratum, cluster = ~key)
)

terms <- list(
  texts = ~answer, "texts that are alike" = ~ answer + region, "truth values, days" = ~ member + day,
  "classes of numbers" = ~ cut(age, c(0, 36, 65, Inf)) + score, conditions = ~ I(age > 30 & score < 3) + answer,
  expressions = ~ factor(answer, c("soms", "ja", "nee")), "keys above 2^53" = ~ key + answer,
  "reserved, quoted names" = ~ order + `"a" b`
)

# RPostgreSQL and RMySQL read whole numbers of 64 bits as doubles, and so keys have to be texts
reads_doubles <- engine %in% c("postgresql", "mariadb")

survey_table <- function(rows) {
  load_rows(con, "survey", rows)
  if (!reads_doubles) return("survey")
  columns <- vapply(names(rows), function(v) quoted(con, v), "")
  text <- if (engine == "mariadb") "CHAR(20)" else "VARCHAR(20)"
  columns["key"] <- sprintf("CAST(%1$s AS %2$s) AS %1$s", columns[["key"]], text)
  DBI::SQL(paste("SELECT", paste(columns, collapse = ", "), "FROM survey"))
}

of_rows <- function(rows, design) do.call(weeg_design, c(list(rows), design))
of_table <- function(table, design, from = con) do.call(weeg_design, c(list(from, table = table), design))

test_that("keys that the driver does not keep apart are refused", {
  load_rows(con, "keys", survey_rows(50))
  if (!reads_doubles) return(expect_identical(of_table("keys", designs$keys)$frame, of_rows(survey_rows(50), designs$keys)$frame))
  expect_error(of_table("keys", designs$keys), "`key` as numbers of double precision", class = "weeg_error_unsupported")
  expect_error(weeg_tally(of_table("keys", designs$none), ~key), "`key` as numbers of double", class = "weeg_error_unsupported")
  note("refused: the driver reads them as doubles", type = "keys above 2^53")
})

test_that("every design and every kind of term has its bytes", {
  rows <- survey_rows(500)
  table <- survey_table(rows)
  rows <- as_read(rows)
  for (name in names(designs)) {
    memory <- of_rows(rows, designs[[name]])
    database <- of_table(table, designs[[name]])
    expect_identical(database$frame, memory$frame, label = name)
    same <- function(found, expected, type) {
      expect_same(bytes(found), bytes(expected), design = name, type = type, streamed = database$data$streamed)
    }
    for (type in names(terms)) same(weeg_tally(database, terms[[type]]), weeg_tally(memory, terms[[type]]), type)
    inside <- function(d) weeg_tally(subset(subset(d, age > 25 & !(region %in% c("a", "\u00e4"))), score < 5), ~ answer + order)
    same(inside(database), inside(memory), "domains")
  }
})

test_that("every choice of lonely rules and of missing values gives the figures of memory", {
  rows <- survey_rows(300, 2L)
  rows$stratum[rows$psu == 1L] <- 9L # a stratum with one PSU
  table <- survey_table(rows)
  rows <- as_read(rows)
  for (lonely in c("fail", "remove", "certainty", "adjust", "average")) {
    more <- list(lonely = lonely, lonely_domain = lonely == "adjust")
    figures <- function(d) tryCatch(as.data.frame(weeg_proportion(subset(d, age > 20), answer ~ order)), error = conditionMessage)
    expected <- figures(of_rows(rows, c(designs$clusters, more)))
    expect_identical(figures(of_table(table, c(designs$clusters, more))), expected, label = lonely)
  }
  for (name in c("clusters", "weights", "none", "stages")) for (missing in c("domain", "level", "omit")) {
    figures <- function(d) {
      tryCatch(as.data.frame(weeg_proportion(d, answer ~ order, missing = missing)), weeg_error = class)
    }
    expected <- figures(of_rows(rows, c(designs[[name]], lonely = "remove")))
    expect_identical(figures(of_table(table, c(designs[[name]], lonely = "remove"))), expected, label = paste(name, missing))
  }
})

test_that("weights at every edge have their bytes, with clusters and without", {
  for (kind in names(edge_weights(200))) {
    rows <- survey_rows(200, 3L)[c("id", "stratum", "psu", "answer")]
    rows$weight <- edge_weights(200)[[kind]]
    load_rows(con, "edges", rows)
    for (name in c("clusters", "weights")) {
      expect_same(bytes(weeg_tally(of_table("edges", designs[[name]]), ~answer)),
                  bytes(weeg_tally(of_rows(rows, designs[[name]]), ~answer)), weights = kind, design = name)
    }
  }
})

# Tables are made anew, as not every engine has UPDATE.
test_that("a value that comes later is noticed, where R was asked about the values of its column", {
  rows <- survey_rows(200, 6L)[c("id", "stratum", "psu", "weight", "age", "score", "answer", "day", "member")]
  rows$weight <- rows$weight + 1
  rows[200L, ] <- list(200L, 1L, 1L, 2, NA, NA, NA, as.Date(NA), NA) # so that ClickHouse's columns take NULL
  rows$day[1:2] <- as.Date("2024-02-27") + 0:1
  later <- list(age = 15L, age = 300L, score = 2.5, answer = "JA", day = as.Date("2024-03-09"))
  if (engine %in% c("sqlite", "mariadb")) rows$day <- format(rows$day)
  if (engine %in% by_jdbc) rows$day <- rows$member <- NULL
  rows$score <- rows$score + 0
  terms <- list(age = ~ cut(age, c(0, 40, 99)), score = ~ I(sqrt(score) > 1.5), answer = ~ toupper(answer),
                day = ~ format(as.Date(day), "%m"))
  for (at in which(names(later) %in% names(rows))) {
    name <- names(later)[at]
    load_rows(con, "later", rows)
    d <- of_table("later", designs$clusters)
    domain <- eval(bquote(subset(d, nchar(.(as.name(name))) > 1)))
    before <- list(bytes(weeg_tally(d, terms[[name]])), bytes(weeg_tally(domain, ~psu)))
    changed <- rows
    changed[[name]][3L] <- if (is.character(rows[[name]])) format(later[[at]]) else later[[at]]
    load_rows(con, "later", changed)
    words <- paste0("a value of `", name, "` now .* that it did not have")
    expect_error(weeg_tally(d, terms[[name]]), words, class = "weeg_error_database", label = name)
    expect_error(weeg_tally(domain, ~psu), words, class = "weeg_error_database", label = name)
    load_rows(con, "later", rows)
    expect_identical(list(bytes(weeg_tally(d, terms[[name]])), bytes(weeg_tally(domain, ~psu))), before, label = name)
  }
})

schema_of <- function() switch(engine, sqlite = "main", postgresql = "public", mariadb = "weeg")

test_that("names, schemas, queries and tables of dplyr are tables", {
  rows <- survey_rows(200, 4L)[c("id", "stratum", "psu", "weight", "answer", "order", "\"a\" b")]
  expected <- bytes(weeg_tally(of_rows(rows, designs$clusters), ~ order + `"a" b`))
  tally <- function(...) bytes(weeg_tally(do.call(weeg_design, c(list(...), designs$clusters)), ~ order + `"a" b`))
  same <- function(found) expect_same(found, expected, type = "names, schemas, queries, dplyr")
  load_rows(con, "Select \"from\"", rows)
  same(tally(con, table = "Select \"from\""))
  same(tally(con, table = DBI::SQL(paste("select * from", quoted(con, "Select \"from\""), "-- all;"))))
  if (requireNamespace("dbplyr", quietly = TRUE) && engine %in% c("sqlite", "postgresql", "mariadb")) {
    lazy <- suppressWarnings(dplyr::tbl(con, dbplyr::in_schema(schema_of(), "Select \"from\"")))
    same(tally(dplyr::filter(lazy, id > 0)))
  }
  if (engine == "sqlite") { # schemas are files there
    return(same(tally(con, table = DBI::Id(schema = "main", table = "Select \"from\""))))
  }
  word <- if (engine %in% c("mariadb", "clickhouse")) "DATABASE" else "SCHEMA"
  do_sql(con, paste("CREATE", word, quoted(con, "My \"schema\"")))
  on.exit(drop_schema(con, word, "My \"schema\"", "T"))
  load_rows(con, c("My \"schema\"", "T"), rows)
  same(tally(con, table = DBI::Id(schema = "My \"schema\"", table = "T")))
})

test_that("columns of other types are grouped as what the driver reads", {
  if (engine == "sqlite") return(expect_identical(engine, "sqlite")) # has none
  rows <- survey_rows(200, 5L)[c("id", "stratum", "psu", "weight", "answer")]
  rows$price <- c(0.1, 12.25, NA, 3)[rows$id %% 4 + 1]
  rows$short <- c(0.5, 2.5, NA)[rows$id %% 3 + 1]
  rows$code <- c("x", "Y", "y")[rows$id %% 3 + 1]
  rows$mood <- c("sad", "ok", "Ok", NA)[rows$id %% 4 + 1]
  enum <- switch(engine, clickhouse = "Nullable(Enum8('sad' = 1, 'ok' = 2, 'Ok' = 3))", mariadb =
    "enum('sad', 'ok', 'Ok') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "mood")
  if (engine %in% by_jdbc) enum <- "varchar(9)" # they have none where `ok` and `Ok` are two
  if (enum == "mood") do_sql(con, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'Ok')")
  if (enum == "mood") on.exit({
    do_sql(con, "DROP TABLE types")
    do_sql(con, "DROP TYPE mood")
  })
  types <- c(price = "decimal(12, 2)", short = "real", code = "char(1)", mood = enum)
  if (engine == "clickhouse") types[1:3] <- c("Nullable(Decimal(12, 2))", "Nullable(Float32)", "FixedString(1)")
  if (engine == "mariadb") types["short"] <- "float"
  load_rows(con, "types", rows, types)
  for (name in c("clusters", "weights")) {
    memory <- of_rows(rows, designs[[name]])
    database <- suppressWarnings(of_table("types", designs[[name]]))
    of_types <- list("decimals, char(1)" = ~ price + code, "enums, 32-bit numbers" = ~ mood + short,
                     "decimals, char(1)" = ~ I(price > 0.1) + code, "32-bit numbers" = ~ cut(short, c(0, 1, 3)))
    same <- function(made, type) {
      expect_same(bytes(suppressWarnings(made(database))), bytes(made(memory)), design = name, type = type)
    }
    for (i in seq_along(of_types)) same(function(d) weeg_tally(d, of_types[[i]]), names(of_types)[i])
    same(function(d) weeg_tally(subset(d, mood == "ok" | price == 12.25), ~code), "domains")
  }
})
