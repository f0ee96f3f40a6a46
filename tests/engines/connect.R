# Connections with the engines of the tests, by what tests/engines/run.sh says in variables WEEG_... of the environment.
# connect() gives a DBI connection; that of ClickHouse, for which there is no driver here, is made below.

by_jdbc <- c("h2", "hsqldb", "derby")
engines <- c("sqlite", "postgresql", "mariadb", "duckdb", "clickhouse", by_jdbc)

setting <- function(name) {
  value <- Sys.getenv(paste0("WEEG_", name))
  if (!nzchar(value)) stop("WEEG_", name, " is not set: tests/engines/run.sh does it")
  value
}

# connect(engine, server): there are servers 1 to 3 of PostgreSQL and of ClickHouse, where they are the cluster "three"
connect <- function(engine, server = 1L) {
  switch(
    engine,
    sqlite = DBI::dbConnect(RSQLite::SQLite(), ":memory:"),
    postgresql = connect_postgresql(ports("POSTGRESQL")[server]),
    mariadb = connect_mariadb(),
    duckdb = connect_duckdb(),
    clickhouse = connect_clickhouse(server),
    h2 = connect_jdbc("org.h2.Driver", "h2.jar", "jdbc:h2:mem:%s"),
    hsqldb = connect_jdbc("org.hsqldb.jdbc.JDBCDriver", "hsqldb.jar", "jdbc:hsqldb:mem:%s"),
    derby = connect_jdbc("org.apache.derby.jdbc.EmbeddedDriver", "derby.jar", "jdbc:derby:memory:%s;create=true"),
    stop("no engine is called ", engine)
  )
}

ports <- function(name) as.integer(strsplit(setting(paste0(name, "_PORTS")), " ")[[1L]])

disconnect <- function(con) {
  invisible(gc()) # adbi's statements that failed end here, and not after their connection
  invisible(DBI::dbDisconnect(con))
}

connect_postgresql <- function(port) {
  con <- DBI::dbConnect(
    RPostgreSQL::PostgreSQL(),
    host = "127.0.0.1",
    port = port,
    user = "weeg",
    password = setting("ENGINES_PASSWORD"),
    dbname = "postgres"
  )
  DBI::dbExecute(con, "SET client_min_messages = warning")
  con
}

connect_mariadb <- function() {
  con <- DBI::dbConnect(
    RMySQL::MySQL(),
    host = "127.0.0.1",
    port = as.integer(setting("MARIADB_PORT")),
    user = "weeg",
    password = setting("ENGINES_PASSWORD"),
    dbname = "weeg"
  )
  DBI::dbExecute(con, "SET NAMES utf8mb4")
  con
}

# by DuckDB's own library, as its package for R takes hours to build
connect_duckdb <- function() {
  driver <- adbcdrivermanager::adbc_driver(setting("DUCKDB_LIBRARY"), "duckdb_adbc_init")
  DBI::dbConnect(adbi::adbi(driver), path = ":memory:", bigint = "integer64")
}

# A database of its own in the memory of R's Java machine
connect_jdbc <- function(driver, jar, url) {
  rJava::.jinit()
  rJava::.jcall("java/lang/System", "S", "setProperty", "derby.stream.error.file", nullfile()) # before it starts
  driver <- RJDBC::JDBC(driver, file.path("/usr/share/java", jar), "\"")
  DBI::dbConnect(driver, sprintf(url, basename(tempfile("weeg"))), "sa", "")
}

# ---- ClickHouse by HTTP -----------------------------------------------------------------------------------------------

invisible(loadNamespace("DBI"))

methods::setClass("ClickHouseHttpConnection", contains = "DBIConnection", slots = c(port = "integer", user = "character"))
for_clickhouse <- function(generic, more, method) {
  methods::setMethod(generic, c("ClickHouseHttpConnection", more), method, where = globalenv())
}
for_clickhouse(DBI::dbGetQuery, "character", function(conn, statement, ...) clickhouse(conn, statement))
for_clickhouse(DBI::dbExecute, "character", function(conn, statement, ...) {
  clickhouse(conn, statement)
  0L
})
# the server has answered when dbSendQuery() comes back, as with most drivers
methods::setClass("ClickHouseHttpResult", contains = "DBIResult", slots = c(rows = "environment"))
for_clickhouse(DBI::dbSendQuery, "character", function(conn, statement, ...) {
  rows <- list2env(list(all = clickhouse(conn, statement), given = 0L), parent = emptyenv())
  methods::new("ClickHouseHttpResult", rows = rows)
})
of_result <- function(generic, method) methods::setMethod(generic, "ClickHouseHttpResult", method, where = globalenv())
of_result(DBI::dbFetch, function(res, n = -1, ...) {
  last <- nrow(res@rows$all)
  if (n >= 0) last <- min(last, res@rows$given + as.integer(n))
  at <- seq_len(last - res@rows$given) + res@rows$given
  res@rows$given <- last
  res@rows$all[at, , drop = FALSE]
})
of_result(DBI::dbHasCompleted, function(res, ...) res@rows$given == nrow(res@rows$all))
of_result(DBI::dbClearResult, function(res, ...) TRUE)
for_clickhouse(DBI::dbGetInfo, NULL, function(dbObj, ...) list(host = "127.0.0.1", port = dbObj@port, dbname = "default"))
for_clickhouse(DBI::dbListTables, NULL, function(conn, ...) clickhouse(conn, "SHOW TABLES")[[1L]])
for_clickhouse(DBI::dbDisconnect, NULL, function(conn, ...) TRUE)
for_clickhouse(DBI::dbQuoteIdentifier, "character", function(conn, x, ...) {
  DBI::SQL(paste0("\"", gsub("([\"\\\\])", "\\\\\\1", enc2utf8(x)), "\""))
})

# the other users are in servers.sh
connect_clickhouse <- function(server, user = "default") {
  methods::new("ClickHouseHttpConnection", port = ports("CLICKHOUSE_HTTP")[server], user = user)
}

# One statement; `input` is a file of rows for an INSERT. The answer is held back until the query has ended, as its status says
# nothing of an error that comes later.
clickhouse <- function(con, sql, input = NULL) {
  body <- if (is.null(input)) charToRaw(enc2utf8(sql)) else readBin(input, "raw", file.size(input))
  query <- if (!is.null(input)) paste0("&query=", utils::URLencode(enc2utf8(sql), reserved = TRUE))
  head <- c(
    paste0("POST /?wait_end_of_query=1&default_format=TabSeparatedWithNamesAndTypes", query, " HTTP/1.1"),
    "Host: 127.0.0.1",
    "Connection: close",
    paste("X-ClickHouse-User:", con@user),
    paste("X-ClickHouse-Key:", setting("ENGINES_PASSWORD")),
    paste("Content-Length:", length(body))
  )
  file <- tempfile()
  on.exit(unlink(file))
  status <- http_post(con@port, c(charToRaw(paste0(head, "\r\n", collapse = "")), charToRaw("\r\n"), body), file)
  if (!identical(status, "HTTP/1.1 200 OK")) stop("ClickHouse: ", paste(readLines(file, warn = FALSE), collapse = "\n"))
  if (file.size(file)) clickhouse_rows(file)
}

# http_post(port, request, file): the status; what is said goes to the file. It comes in pieces, each after its length; the last
# one is empty, and without it the answer is not whole.
http_post <- function(port, request, file) {
  socket <- suppressWarnings(socketConnection("127.0.0.1", port, blocking = TRUE, open = "r+b", timeout = 600))
  on.exit(close(socket))
  to <- file(file, "wb")
  on.exit(close(to), add = TRUE)
  writeBin(request, socket)
  status <- readLines(socket, 1L)
  while (length(line <- readLines(socket, 1L)) && nzchar(line)) if (grepl("^Content-Length: 0", line)) return(status)
  repeat {
    size <- strtoi(readLines(socket, 1L), 16L)
    if (identical(size, 0L)) return(status)
    piece <- if (length(size) && !is.na(size)) readBin(socket, "raw", size)
    if (!length(piece) || length(piece) < size) stop("ClickHouse: the connection broke off")
    writeBin(piece, to)
    readLines(socket, 1L)
  }
}

# names, types, and rows, between tabs
clickhouse_rows <- function(file) {
  head <- strsplit(readLines(file, 2L, encoding = "UTF-8"), "\t", fixed = TRUE)
  # an empty text of a sole column is an empty line, which data.table would leave out
  sole <- length(head[[1L]]) == 1L
  cells <- if (sole) list(readLines(file, encoding = "UTF-8")) else data.table::fread(
    file, sep = "\t", header = FALSE, colClasses = "character", quote = "", na.strings = NULL, strip.white = FALSE,
    encoding = "UTF-8", data.table = FALSE, showProgress = FALSE
  )
  types <- sub("^Nullable[(](.*)[)]$", "\\1", head[[2L]])
  columns <- Map(function(x, type) clickhouse_column(x[-(1:2)], type), cells, types)
  names(columns) <- head[[1L]]
  structure(columns, class = "data.frame", row.names = .set_row_names(length(columns[[1L]])))
}

clickhouse_column <- function(x, type) {
  x[x == "\\N"] <- NA
  if (grepl("^U?Int(8|16)$|^Int32$", type)) return(as.integer(x))
  if (grepl("^U?Int(32|64)$", type)) return(bit64::as.integer64(x))
  if (grepl("^(Float|Decimal)", type)) return(nearest_double(x))
  if (type == "Date") return(as.Date(x))
  unescaped(x)
}

# R's own reading of decimals may be a last place off; C's strtod(), which jsonlite calls, is not.
nearest_double <- function(x) {
  value <- c(nan = NaN, inf = Inf, `-inf` = -Inf)[x]
  plain <- !is.na(x) & !x %in% names(value)
  if (any(plain)) {
    text <- ifelse(grepl("[.e]", x[plain]), x[plain], paste0(x[plain], ".0"))
    value[plain] <- jsonlite::fromJSON(paste0("[", paste(text, collapse = ","), "]"))
  }
  unname(value)
}

unescaped <- function(x) {
  from <- c("\\\\", "\\t", "\\n", "\\r", "\\0", "\\b", "\\f", "\\'")
  to <- c("\\", "\t", "\n", "\r", "", "\b", "\f", "'")
  escaped <- unique(x[grepl("\\", x, fixed = TRUE)])
  plain <- escaped
  pieces <- regmatches(plain, gregexpr("\\\\.", plain))
  regmatches(plain, gregexpr("\\\\.", plain)) <- lapply(pieces, function(p) ifelse(p %in% from, to[match(p, from)], p))
  at <- match(x, escaped, nomatch = 0L)
  x[at > 0L] <- plain[at]
  x
}

# ---- servers that die ---------------------------------------------------------------------------------------------------

# kill_server("postgresql", 2L): at once, with nothing kept that was not. start_server() brings it back with its tables, but for
# those in ClickHouse's memory.
kill_server <- function(engine, server = 1L) {
  tools::pskill(server_id(engine, server), death_signal(engine))
  await_death(engine, server)
}

# Comes back at once
kill_later <- function(engine, server, seconds) {
  after <- sprintf("sleep %.3f; kill -%d %d", seconds, death_signal(engine), server_id(engine, server))
  system2("sh", c("-c", shQuote(after)), wait = FALSE)
}

await_death <- function(engine, server) {
  pid <- server_id(engine, server)
  for (wait in 1:200) if (tools::pskill(pid, 0L)) Sys.sleep(0.05)
}

server_id <- function(engine, server) as.integer(readLines(file.path(setting("ENGINES"), server_name(engine, server), "pid")))

# PostgreSQL's other processes would answer a little longer than their parent
death_signal <- function(engine) if (engine == "postgresql") tools::SIGQUIT else tools::SIGKILL

start_server <- function(engine, server = 1L, wait = TRUE) {
  status <- system2(setting("ENGINES_SERVERS"), c("again", setting("ENGINES"), server_name(engine, server)), wait = wait)
  if (status != 0L) stop(server_name(engine, server), " did not start again")
}

server_name <- function(engine, server) if (engine == "mariadb") engine else paste0(engine, server)

# ---- any of them ----------------------------------------------------------------------------------------------------------

do_sql <- function(con, sql) {
  if (inherits(con, "JDBCConnection")) RJDBC::dbSendUpdate(con, sql) else DBI::dbExecute(con, sql)
  invisible()
}

# dbGetQuery() of RPostgreSQL makes a warning of an error
fetch <- function(con, sql) {
  query <- DBI::dbSendQuery(con, sql)
  on.exit(DBI::dbClearResult(query))
  DBI::dbFetch(query, n = -1)
}

get_sql <- function(con, sql) {
  result <- as.data.frame(fetch(con, sql))
  texts <- vapply(result, is.character, NA)
  result[texts] <- lapply(result[texts], function(x) { # RPostgreSQL and RMySQL do not say what their bytes are
    Encoding(x) <- "UTF-8"
    x
  })
  result
}

# quoted(con, "table") and quoted(con, c("schema", "table")): a name in SQL
quoted <- function(con, name) {
  mark <- if (inherits(con, "MySQLConnection")) "`" else "\""
  if (inherits(con, "ClickHouseHttpConnection")) return(paste(DBI::dbQuoteIdentifier(con, name), collapse = "."))
  paste0(mark, gsub(mark, paste0(mark, mark), name, fixed = TRUE), mark, collapse = ".")
}

# note(result, design = "clusters", ...): what became of a comparison, for the tables of tests/engines/table.R
note <- function(result, ...) {
  of <- c(...)
  name <- sprintf("%06d", length(compared))
  assign(name, cbind(engine = engine, table = names(of), name = of, result = result), envir = compared)
}

# expect_identical() of what a database and memory have, noted; streamed: whether the rows were read
expect_same <- function(found, expected, ..., label = toString(c(...)), streamed = FALSE) {
  testthat::expect_identical(found, expected, label = label)
  note(if (!identical(found, expected)) "DIFFERENT" else if (streamed) "streamed" else "same", ...)
}

# What makes a text's comparison one of its bytes: COLLATE and its like; `%s` stands for the text.
bytewise <- function(engine, text) {
  form <- switch(
    engine,
    postgresql = "%s COLLATE \"C\"",
    mariadb = "CONVERT(%s USING utf8mb4) COLLATE utf8mb4_nopad_bin",
    hsqldb = ,
    derby = "(%s || '.')",
    "%s"
  )
  sprintf(form, text)
}
