# Servers that are down, and servers that die: an error, or the bytes of memory, and never figures of a part of the rows.

# RPostgreSQL shows its errors besides
shown <- options(show.error.messages = FALSE)

fault_rows <- function(n) {
  rows <- sample_rows(n, 9L)[c("id", "stratum", "psu", "weight", "answer", "age")]
  rows$answer[is.na(rows$answer)] <- "none"
  rows
}

# A table that is still there when its server comes back
load_kept <- function(con, rows) {
  load_rows(con, if (engine == "clickhouse") "loaded" else "faults", rows)
  if (engine != "clickhouse") return(invisible())
  do_sql(con, "DROP TABLE IF EXISTS faults")
  do_sql(con, "CREATE TABLE faults ENGINE = MergeTree ORDER BY id AS SELECT * FROM loaded")
  do_sql(con, "DROP TABLE loaded")
}

fault_design <- function(from, ...) weeg_design(from, ..., weights = ~weight, strata = ~stratum, cluster = ~psu)

bare <- function(tally) {
  tally$seal <- NULL
  tally$names["data"] <- list(NULL)
  tally
}
tally_bytes <- function(design) bare(weeg_tally(subset(design, age > 20), ~answer))

# without a design of its own
direct_bytes <- function(from) {
  bare(weeg_tally(from, ~ answer + age, table = "faults", weights = ~weight, strata = ~stratum, cluster = ~psu))
}

three_servers <- function(rows) {
  servers <- lapply(1:3, function(k) connect(engine, k))
  Map(load_kept, servers, split(rows, rows$id %% 3L))
  servers
}

again <- function(server) {
  start_server(engine, server)
  connect(engine, server)
}

# Ctrl-C in the middle of a query of a second or so. Drivers look at it sooner or later; none gives figures, and each connection
# takes the next query.
test_that("Ctrl-C leaves a connection that answers the next query", {
  rows <- fault_rows(60)
  load_kept(con, rows)
  design <- fault_design(con, table = "faults")
  long <- switch(
    engine,
    sqlite = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 2000000) SELECT COUNT(*) AS n FROM c",
    postgresql = "SELECT COUNT(*) AS n FROM (SELECT pg_sleep(1)) q", mariadb = "SELECT SLEEP(1) AS n",
    duckdb = "SELECT COUNT(*) AS n FROM range(20000000) t(a) WHERE hash(a) % 7 = 1", clickhouse = "SELECT sleep(1) AS n"
  )
  system(sprintf("(sleep 0.1; kill -INT %d) &", Sys.getpid()))
  found <- tryCatch({
    weeg:::sql_query(design$data, long)
    Sys.sleep(5)
    "answered"
  }, interrupt = function(e) "interrupted")
  expect_identical(found, "interrupted")
  expect_identical(tally_bytes(design), tally_bytes(fault_design(rows)))
  if (engine == "postgresql") {
    asked <- "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
    expect_identical(as.double(get_sql(con, paste(asked, "AND query LIKE '%pg_sleep%'"))$n), 0)
  }
})

if (engine %in% c("postgresql", "clickhouse")) test_that("one of three servers that is down is named, and nothing is given", {
  rows <- fault_rows(600)
  servers <- three_servers(rows)
  expected <- tally_bytes(fault_design(rows))
  design <- fault_design(servers, table = "faults")
  expect_identical(tally_bytes(design), expected)
  kill_server(engine, 3L)
  expect_error(tally_bytes(design), "part 3 of 3, without which there is no result", class = "weeg_error_database")
  expect_error(fault_design(servers, table = "faults"), "part 3 of 3, .* could not (read the table `faults`|tell its settings)",
               class = "weeg_error_database")
  servers[[3L]] <- again(3L)
  expect_identical(tally_bytes(fault_design(servers, table = "faults")), expected)
  lapply(servers, disconnect)
})

# A server of PostgreSQL and of MariaDB says which it is; here of ClickHouse, an old one, only the connection does.
if (engine %in% c("postgresql", "clickhouse", "mariadb")) test_that("a table that two connections give twice is refused", {
  load_kept(con, fault_rows(60))
  again <- connect(engine)
  words <- if (engine == "mariadb") "127[.]0[.]0[.]1/weeg" else "127[.]0[.]0[.]1:[0-9]+/"
  expect_error(fault_design(list(con, again), table = "faults"), paste0("parts 1 and 2 are the same table of ", words),
               class = "weeg_error_argument")
  disconnect(again)
})

if (engine == "mariadb") test_that("a session that gives a few rows and no more is found out", {
  rows <- fault_rows(600)
  load_kept(con, rows)
  design <- fault_design(con, table = "faults")
  do_sql(con, "SET sql_select_limit = 40")
  expect_error(fault_design(con, table = "faults"), "has 600 rows, but its strata and clusters have [0-9]+: .* limit",
               class = "weeg_error_database")
  expect_error(tally_bytes(design), "127[.]0[.]0[.]1/weeg has other rows", class = "weeg_error_database")
  expect_error(direct_bytes(con), "has 600 rows, but its strata and clusters have [0-9]+: .* limit",
               class = "weeg_error_database")
  do_sql(con, "SET sql_select_limit = DEFAULT")
  expect_identical(tally_bytes(fault_design(con, table = "faults")), tally_bytes(fault_design(rows)))
})

if (engine == "clickhouse") test_that("no server of a cluster is passed over, whatever the user's settings", {
  rows <- fault_rows(600)
  servers <- three_servers(rows)
  expected <- tally_bytes(fault_design(rows))
  do_sql(servers[[1L]], "CREATE TABLE whole AS faults ENGINE = Distributed(three, default, faults, id)")
  users <- lapply(c("default", "skipper", "reader"), function(user) connect_clickhouse(1L, user))
  made <- lapply(users, function(con) fault_design(con, table = "whole"))
  for (design in made) expect_identical(tally_bytes(design), expected)
  bound <- connect_clickhouse(1L, "bound")
  expect_error(fault_design(bound, table = "whole"), "setting `skip_unavailable_shards` is 1, and may not be changed",
               class = "weeg_error_database")
  kill_server(engine, 3L)
  counted <- get_sql(users[[2L]], "SELECT COUNT(*) AS n FROM whole")
  expect_identical(as.double(counted$n), sum(rows$id %% 3 < 2) + 0) # what the engine itself says
  for (design in made) expect_error(tally_bytes(design), class = "weeg_error_database")
  for (con in users) expect_error(fault_design(con, table = "whole"), class = "weeg_error_database")
  again(3L)
  for (design in made) expect_identical(tally_bytes(design), expected)
  do_sql(servers[[1L]], "DROP TABLE whole")
})

if (engine == "postgresql") test_that("a foreign table of PostgreSQL whose server is down is an error", {
  rows <- fault_rows(600)
  servers <- three_servers(rows)
  first <- servers[[1L]]
  do_sql(first, "CREATE EXTENSION postgres_fdw")
  columns <- "id integer, stratum integer, psu integer, weight double precision, answer text, age integer"
  do_sql(first, sprintf("CREATE TABLE whole (%s) PARTITION BY LIST ((id %% 3))", columns))
  for (k in 2:3) {
    options <- "host '127.0.0.1', port '%d', dbname 'postgres', async_capable 'true'"
    do_sql(first, sprintf(paste("CREATE SERVER s%d FOREIGN DATA WRAPPER postgres_fdw OPTIONS (", options, ")"), k,
                          ports("POSTGRESQL")[k]))
    do_sql(first, sprintf("CREATE USER MAPPING FOR weeg SERVER s%d OPTIONS (user 'weeg', password '%s')", k,
                          setting("ENGINES_PASSWORD")))
    do_sql(first, sprintf(paste("CREATE FOREIGN TABLE f%d PARTITION OF whole FOR VALUES IN (%d)",
                                "SERVER s%d OPTIONS (table_name 'faults')"), k, k - 1L, k))
  }
  do_sql(first, "CREATE TABLE f1 PARTITION OF whole FOR VALUES IN (0)")
  do_sql(first, "INSERT INTO f1 SELECT * FROM faults")
  expected <- tally_bytes(fault_design(rows))
  design <- fault_design(first, table = "whole")
  expect_identical(tally_bytes(design), expected)
  kill_server(engine, 3L)
  expect_error(tally_bytes(design), class = "weeg_error_database")
  expect_error(fault_design(first, table = "whole"), class = "weeg_error_database")
  servers[[3L]] <- again(3L)
  expect_identical(tally_bytes(design), expected)
  do_sql(first, "DROP TABLE whole")
  do_sql(first, "DROP EXTENSION postgres_fdw CASCADE")
  lapply(servers, disconnect)
})

if (engine %in% c("postgresql", "clickhouse", "mariadb")) test_that("a function that connects waits for a server to come back", {
  last <- if (engine == "mariadb") 1L else 3L
  rows <- fault_rows(600)
  own <- connect(engine, last)
  load_kept(own, rows)
  expected <- tally_bytes(fault_design(rows))
  design <- fault_design(function() connect(engine, last), table = "faults")
  expect_identical(tally_bytes(design), expected)
  kill_server(engine, last)
  before <- options(weeg.retry = 2)
  expect_error(tally_bytes(design), "127[.]0[.]0[.]1.*, nor when it was connected with again 2 times: ",
               class = "weeg_error_database")
  options(weeg.retry = 5)
  start_server(engine, last, wait = FALSE)
  expect_identical(tally_bytes(design), expected)
  options(before)
  # a query that is wrong is not asked again
  asked <- 0
  counting <- function() {
    asked <<- asked + 1
    connect(engine, last)
  }
  expect_error(fault_design(counting, table = "nowhere"), class = "weeg_error_database")
  expect_identical(asked, 1)
  try(disconnect(own), silent = TRUE)
})

# As often as WEEG_FAULTS says, else 20 times on all engines together.
if (engine %in% c("postgresql", "clickhouse", "mariadb")) test_that("a server killed at any moment is an error, or all bytes", {
  last <- if (engine == "mariadb") 1L else 3L
  times <- as.integer(Sys.getenv("WEEG_FAULTS", c(postgresql = "8", clickhouse = "8", mariadb = "4")[[engine]]))
  rows <- fault_rows(20000)
  rows$weight <- rows$weight + 0.001 # none is 0, so that one query has the sample and the tally
  con <- connect(engine, last)
  load_kept(con, rows)
  expected <- list(tally_bytes(fault_design(rows)), bare(weeg_tally(fault_design(rows), ~ answer + age)))
  set.seed(3)
  found <- character()
  for (i in seq_len(times)) {
    design <- fault_design(con, table = "faults")
    took <- system.time(tally_bytes(design))[["elapsed"]]
    kill_later(engine, last, stats::runif(1L, 0, 1.2 * took))
    found[i] <- tryCatch({
      given <- switch(i %% 3L + 1L, tally_bytes(fault_design(con, table = "faults")), tally_bytes(design), direct_bytes(con))
      if (identical(given, expected[[if (i %% 3L == 2L) 2L else 1L]])) "same" else "wrong"
    }, weeg_error_database = function(e) "error", error = function(e) conditionMessage(e))
    await_death(engine, last)
    expect_error(tally_bytes(design), class = "weeg_error_database") # dead, and says so
    try(disconnect(con), silent = TRUE)
    con <- again(last)
    if (!identical(tally_bytes(fault_design(con, table = "faults")), expected[[1L]])) found[i] <- "wrong afterwards"
  }
  expect_identical(setdiff(found, c("same", "error")), character())
  for (one in found) note(if (one %in% c("same", "error")) "same" else "DIFFERENT",
                          kills = switch(one, same = "whole answers", error = "errors", "other"))
  cat(sprintf("%s: killed %d times: %d errors, %d whole answers\n", engine, times, sum(found == "error"), sum(found == "same")))
  disconnect(con)
})

options(shown)
