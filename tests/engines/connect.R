# Connections with the engines of the tests, by what tests/engines/run.sh says in variables WEEG_... of the environment.
# connect() gives a DBI connection; with ClickHouse, for which there is no driver here, a function(sql) that gives a data frame,
# or NULL for what has no result. do_sql() and get_sql() take both.

engines <- c("sqlite", "postgresql", "mariadb", "duckdb", "clickhouse")

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
    clickhouse = connect_clickhouse(ports("CLICKHOUSE_HTTP")[server]),
    stop("no engine is called ", engine)
  )
}

ports <- function(name) as.integer(strsplit(setting(paste0(name, "_PORTS")), " ")[[1L]])

disconnect <- function(con) if (!is.function(con)) invisible(DBI::dbDisconnect(con))

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

# ---- ClickHouse by HTTP -----------------------------------------------------------------------------------------------

connect_clickhouse <- function(port) {
  force(port)
  structure(function(sql, input = NULL) clickhouse(port, sql, input), dialect = "clickhouse")
}

# One statement; `input` is a file of rows for an INSERT. The answer is held back until the query has ended, as its status says
# nothing of an error that comes later.
clickhouse <- function(port, sql, input = NULL) {
  body <- if (is.null(input)) charToRaw(enc2utf8(sql)) else readBin(input, "raw", file.size(input))
  query <- if (!is.null(input)) paste0("&query=", utils::URLencode(enc2utf8(sql), reserved = TRUE))
  head <- c(
    paste0("POST /?wait_end_of_query=1&default_format=TabSeparatedWithNamesAndTypes", query, " HTTP/1.0"),
    "X-ClickHouse-User: default",
    paste("X-ClickHouse-Key:", setting("ENGINES_PASSWORD")),
    paste("Content-Length:", length(body))
  )
  socket <- socketConnection("127.0.0.1", port, blocking = TRUE, open = "r+b", timeout = 600)
  on.exit(close(socket))
  writeBin(c(charToRaw(paste0(head, "\r\n", collapse = "")), charToRaw("\r\n"), body), socket)
  pieces <- list()
  while (length(piece <- readBin(socket, "raw", 65536L))) pieces[[length(pieces) + 1L]] <- piece
  answer <- rawToChar(unlist(pieces))
  Encoding(answer) <- "UTF-8"
  at <- regexpr("\r\n\r\n", answer, fixed = TRUE)
  result <- substring(answer, at + 4L)
  if (!grepl("^HTTP/1.[01] 200 ", answer)) stop("ClickHouse: ", result)
  if (nzchar(result)) clickhouse_rows(strsplit(result, "\n", fixed = TRUE)[[1L]])
}

# names, types, and rows, between tabs
clickhouse_rows <- function(lines) {
  cells <- strsplit(paste0(lines, "\t."), "\t", fixed = TRUE) # the last field may be empty
  width <- length(cells[[1L]]) - 1L
  cells <- matrix(unlist(cells), ncol = width + 1L, byrow = TRUE)[, seq_len(width), drop = FALSE]
  types <- sub("^Nullable[(](.*)[)]$", "\\1", cells[2L, ])
  columns <- lapply(seq_len(width), function(j) clickhouse_column(cells[-(1:2), j], types[j]))
  names(columns) <- cells[1L, ]
  structure(columns, class = "data.frame", row.names = .set_row_names(nrow(cells) - 2L))
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
  escaped <- which(grepl("\\", x, fixed = TRUE))
  from <- c("\\\\", "\\t", "\\n", "\\r", "\\0", "\\b", "\\f", "\\'")
  to <- c("\\", "\t", "\n", "\r", "", "\b", "\f", "'")
  some <- x[escaped]
  pieces <- regmatches(some, gregexpr("\\\\.", some))
  regmatches(some, gregexpr("\\\\.", some)) <- lapply(pieces, function(p) ifelse(p %in% from, to[match(p, from)], p))
  x[escaped] <- some
  x
}

# ---- any of them ----------------------------------------------------------------------------------------------------------

do_sql <- function(con, sql) {
  if (is.function(con)) con(sql) else DBI::dbExecute(con, sql)
  invisible()
}

get_sql <- function(con, sql) {
  result <- if (is.function(con)) con(sql) else DBI::dbGetQuery(con, sql)
  result <- as.data.frame(result)
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
  if (is.function(con)) name <- gsub("\\", "\\\\", name, fixed = TRUE)
  double <- if (is.function(con)) paste0("\\", mark) else paste0(mark, mark)
  paste0(mark, gsub(mark, double, name, fixed = TRUE), mark, collapse = ".")
}

# What makes a text's comparison one of its bytes: COLLATE and its like; `%s` stands for the text.
bytewise <- function(engine, text) {
  form <- switch(
    engine,
    postgresql = "%s COLLATE \"C\"",
    mariadb = "CONVERT(%s USING utf8mb4) COLLATE utf8mb4_nopad_bin",
    "%s"
  )
  sprintf(form, text)
}
