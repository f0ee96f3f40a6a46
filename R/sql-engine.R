# Tables in databases, and what differs between engines. A table is a list of class weeg_sql: con, the connection, or link, one
# that can be made again (sql_link()): see sql_con(); server, the driver's words for where it is, or NULL; engine, a row
# of sql_engines; from, what stands behind FROM; types, the class in R of each column, as the driver gives it; cast, the text
# columns that are text by a cast alone; end, what stands at the end of queries; measures, the SQL of columns of numbers,
# once they were asked for; numbers, those in which no row has anything else.
#
# The SQL is plain enough to be the same everywhere, but for what stands here:
#   double    the type of numbers with 53 bits
#   literal   a number with an exponent, which makes it a double (without one it is a decimal number in several engines)
#   floor     the largest whole number below a number that is 0 or more
#   below     the same of any number
#   binary    a text that is compared byte by byte, as in R; `ja`, `Ja` and `ja ` are three answers
#   nan       a number, NULL where it is NaN, which is missing in R and larger than all others, or unequal to itself, elsewhere
#   barrier   keeps a query inside another from being merged with it, so that what has a name there is computed once
#   count     counts rows beyond 2^31
#   first     the first rows of a query
#   date      a day
#   yes, no   values of a column of truth values
#   single    what stands behind a SELECT of constants
#   values    whether rows of constants are VALUES, and no SELECTs
#   varying   a text of constants, where these are padded to the longest of them
#   mark      what texts end in where the engine takes `ja ` for `ja`: `binary` adds it to columns, and it is taken off what comes
#   text      what stands before a text in quotes
#   hex       a text by its bytes, for those with characters (`escapes`) that mean something inside quotes. Without hex such
#             texts are refused
#   quote     the quote of identifiers, if it is not the standard's
#   written   the text of a number
#   settings  what the engine is told with each query, so that it leaves no rows out
#   types     asks for the engine's own name of a column's type
#   unlike    whether a column has anything else than numbers, where types are of values and not of columns: these sort last
#   sorts     whether rows are sorted to be grouped (database-packed.R)
#   identity  asks for what no other server and database answers; nothing in the first column: not known
sql_default <- list(
  double = "DOUBLE PRECISION", literal = "%s", floor = "FLOOR(%s)", below = "FLOOR(%s)", binary = "%s", nan = "%s",
  barrier = "", count = "COUNT(%s)", first = "SELECT %s FROM %s LIMIT %d", date = "CAST('%s' AS DATE)", yes = "TRUE",
  no = "FALSE", single = "", values = FALSE, varying = "%s", mark = "", text = "", escapes = "[\001-\037]", hex = NULL,
  quote = NULL, types = NULL, identity = NULL, unlike = NULL, sorts = FALSE, cast = "CAST(%s AS %s)",
  written = "CAST(%s AS VARCHAR(40))"
)

# truncates towards zero
sqlite_below <- "(CAST(%1$s AS INTEGER) - (%1$s < CAST(%1$s AS INTEGER)))"
nan_by_cast <- "NULLIF(%%s, CAST('NaN' AS %s))"
escaped <- "[\001-\037\\\\]"

# of ClickHouse: no server, and no row beyond a limit, is passed over in silence, and groups of several servers are joined
all_rows <- c(
  skip_unavailable_shards = "0", distributed_group_by_no_merge = "0", read_overflow_mode = "'throw'",
  group_by_overflow_mode = "'throw'", distinct_overflow_mode = "'throw'", set_overflow_mode = "'throw'",
  result_overflow_mode = "'throw'", timeout_overflow_mode = "'throw'", transfer_overflow_mode = "'throw'"
)

sql_engines <- list(
  sqlite = list(double = "REAL", floor = "CAST(%s AS INTEGER)", below = sqlite_below, binary = "%s COLLATE BINARY",
                barrier = "LIMIT -1", sorts = TRUE, date = NULL,
                unlike = "typeof(MAX(%s)) IN ('text', 'blob')", yes = "1", no = "0", escapes = "^$",
                identity = "SELECT file AS a FROM pragma_database_list WHERE name = 'main'"),
  postgres = list(double = "double precision", written = "CAST(%s AS text)", binary = "%s COLLATE \"C\"",
                  nan = sprintf(nan_by_cast, "double precision"), barrier = "OFFSET 0",
                  types = "CAST(pg_typeof(%s) AS text)", escapes = escaped,
                  hex = "convert_from(decode('%s', 'hex'), 'UTF8')",
                  identity = paste("SELECT CAST(pg_postmaster_start_time() AS text) AS a, current_setting('port') AS b,",
                                   "current_database() AS c, current_schema() AS d")),
  mariadb = list(double = "DOUBLE", written = "CAST(%s AS CHAR)", text = "_utf8mb4",
                 binary = "CONVERT(%s USING utf8mb4) COLLATE utf8mb4_nopad_bin",
                 escapes = escaped, hex = "_utf8mb4 X'%s'", quote = "`",
                 identity = "SELECT @@server_uid AS a, DATABASE() AS b"),
  mysql = list(double = "DOUBLE", written = "CAST(%s AS CHAR)", text = "_utf8mb4",
               binary = "CONVERT(%s USING utf8mb4) COLLATE utf8mb4_0900_bin",
               escapes = escaped, hex = "_utf8mb4 X'%s'", quote = "`",
               identity = "SELECT @@server_uuid AS a, DATABASE() AS b"),
  duckdb = list(double = "DOUBLE", binary = "CAST(%s AS VARCHAR) COLLATE \"C\"", nan = sprintf(nan_by_cast, "DOUBLE"),
                escapes = "^$", values = TRUE, identity = paste("SELECT path AS a, current_schema() AS b FROM duckdb_databases()",
                                 "WHERE database_name = current_database()")),
  clickhouse = list(double = "Float64", cast = "to%2$s(%1$s)", written = "toString(%s)",
                    nan = "if(isNaN(%1$s), NULL, %1$s)", date = "toDate('%s')",
                    yes = "1", no = "0", escapes = escaped, hex = "unhex('%s')", settings = all_rows,
                    identity = "SELECT toString(serverUUID()) AS a, currentDatabase() AS b"),
  h2 = list(literal = "CAST('%s' AS DOUBLE PRECISION)", # a number with an exponent is decimal there
            binary = "CAST(%s AS VARCHAR)", nan = sprintf(nan_by_cast, "DOUBLE PRECISION"), escapes = "^$", values = TRUE),
  hsqldb = list(double = "DOUBLE", binary = "(CAST(%s AS VARCHAR(1000000)) || '.')", mark = ".", escapes = "^$", values = TRUE,
                varying = "CAST(%s AS VARCHAR(40))"),
  derby = list(double = "DOUBLE", binary = "(%s || '.')", mark = ".", escapes = "^$", values = TRUE,
               varying = "CAST(%s AS VARCHAR(40))", written = "RTRIM(CAST(%s AS CHAR(40)))",
               first = "SELECT %s FROM %s FETCH FIRST %d ROWS ONLY"),
  spark = list(double = "DOUBLE", literal = "%sD", nan = sprintf(nan_by_cast, "DOUBLE"), written = "CAST(%s AS STRING)",
               escapes = "[\001-\037\\\\']", hex = "decode(unhex('%s'), 'UTF-8')", quote = "`"),
  mssql = list(double = "float(53)", written = "CONVERT(VARCHAR(40), %s, 3)",
               binary = "(%s + N'.') COLLATE Latin1_General_100_BIN2", mark = ".", count = "COUNT_BIG(%s)",
               first = "SELECT TOP %3$d * FROM (SELECT %1$s FROM %2$s) q2", yes = "1", no = "0", text = "N", escapes = "^$"),
  oracle = list(double = "BINARY_DOUBLE", literal = "%sd", nan = "NANVL(%s, NULL)",
                first = "SELECT %s FROM %s FETCH FIRST %d ROWS ONLY", date = "DATE '%s'", yes = "1", no = "0",
                single = " FROM dual", escapes = "^$"),
  # numbers with an exponent may be decimal in both, and few digits of these are kept
  snowflake = list(double = "DOUBLE", literal = "CAST('%s' AS DOUBLE)", binary = "COLLATE(%s, 'utf8')",
                   nan = sprintf(nan_by_cast, "DOUBLE"), escapes = escaped, hex = "HEX_DECODE_STRING('%s')"),
  bigquery = list(double = "FLOAT64", written = "CAST(%s AS STRING)", binary = "COLLATE(%s, '')",
                  nan = "IF(IS_NAN(%1$s), NULL, %1$s)", escapes = "[\001-\037\\\\'\"]",
                  hex = "SAFE_CONVERT_BYTES_TO_STRING(FROM_HEX('%s'))", quote = "`"),
  redshift = list(literal = "CAST('%s' AS DOUBLE PRECISION)", binary = "COLLATE(%s || '.', 'case_sensitive')", mark = ".",
                  nan = sprintf(nan_by_cast, "DOUBLE PRECISION"), escapes = escaped,
                  hex = "FROM_VARBYTE(FROM_HEX('%s'), 'utf-8')"),
  generic = list(escapes = escaped, varying = "CAST(%s AS VARCHAR(40))")
)

# Classes of connections; those of odbc are what the database calls itself. The first that fits.
sql_connections <- c(
  "^SQLite" = "sqlite", "^Redshift" = "redshift", "^(PqConnection|Postgre)" = "postgres", "^MariaDB" = "mariadb?",
  "^MySQL" = "mariadb?", "^duckdb" = "duckdb", "^(Click|RClick)" = "clickhouse", "^(spark|databricks|hive)" = "spark",
  "^Microsoft SQL Server$" = "mssql", "^Ora" = "oracle", "^Snowflake" = "snowflake", "^(Google)?[ ]?BigQuery" = "bigquery"
)

# Of JDBC, by the name of the driver's class, or the address.
sql_jdbc <- c(
  "h2" = "h2", "hsqldb" = "hsqldb", "derby" = "derby", "redshift" = "redshift", "postgres" = "postgres",
  "mariadb|mysql" = "mariadb?", "sqlserver" = "mssql", "oracle" = "oracle", "snowflake" = "snowflake",
  "clickhouse" = "clickhouse", "duckdb" = "duckdb",
  "sqlite" = "sqlite", "bigquery" = "bigquery", "databricks|hive|spark" = "spark"
)

# What version() answers, for drivers that may have any engine behind them.
sql_versions <- c("PostgreSQL.*Redshift" = "redshift", "PostgreSQL" = "postgres", "MariaDB" = "mariadb", "^v[0-9]" = "duckdb")

# The row of the engine behind a connection.
sql_engine <- function(con) {
  classes <- .class2(con)
  name <- if ("JDBCConnection" %in% classes) {
    first_match(sql_jdbc, paste(utils::capture.output(print(con@jc)), collapse = " "))
  } else if ("AdbiConnection" %in% classes) {
    first_match(sql_versions, sql_version(con))
  } else {
    first_match(sql_connections, classes)
  }
  if (name == "mariadb?") name <- if (grepl("^[0-9.]+(-[^M]*)?$", sql_version(con))) "mysql" else "mariadb"
  engine <- utils::modifyList(sql_default, sql_engines[[name]], keep.null = TRUE)
  c(list(name = name), engine)
}

first_match <- function(patterns, texts) {
  fits <- vapply(names(patterns), function(pattern) any(grepl(pattern, texts, ignore.case = TRUE)), NA)
  if (any(fits)) patterns[[which(fits)[1L]]] else "generic"
}

sql_version <- function(con) {
  kept <- connection_memory(con)
  if (!is.null(kept$version)) return(kept$version)
  for (ask in c("SELECT version() AS v", "SELECT 'sqlite' AS v, sqlite_version() AS w")) {
    found <- tryCatch(DBI::dbGetQuery(con, ask), error = function(e) NULL)
    if (is.null(found) || NROW(found) != 1L) next
    kept$version <- as.character(found[[1L]])
    return(kept$version)
  }
  ""
}

# ---- tables -------------------------------------------------------------------------------------------------------------

# A table of a database: by name, DBI::Id() or DBI::SQL() and the connection; or a table of dplyr, which has both.
sql_table <- function(con, table = NULL) {
  need_package("DBI", "for data in databases")
  if (inherits(con, "tbl_lazy")) {
    need_package("dbplyr", "for tables of dplyr that are in databases")
    rendered <- tryCatch(list(dbplyr::sql_render(con), dbplyr::remote_con(con)), error = function(e) {
      abort("argument", "package dbplyr finds no table of a database in this ", class(con)[1L], ": ", conditionMessage(e))
    })
    table <- DBI::SQL(as.character(rendered[[1L]]))
    con <- rendered[[2L]]
  }
  link <- if (is.function(con)) sql_link(con)
  if (!is.null(link)) con <- link$opened$con
  if (!inherits(con, "DBIConnection")) {
    abort("argument", "data in a database need a connection of package DBI, not a ", class(con)[1L],
          hint = "con <- DBI::dbConnect(...); of a pool: pool::poolCheckout(...)")
  }
  x <- sql_behind(con)
  if (!is.null(link)) x[c("con", "link")] <- list(NULL, link)
  x$server <- sql_server(con)
  x$end <- sql_settings(x)
  x$from <- sql_from(x, table)
  first <- sql_first_rows(x, table)
  x$types <- vapply(first, sql_type, "")
  if (x$engine$sorts) x$likely <- likely_values(first)
  native <- sql_native_types(x)
  x$cast <- if (inherits(x$con, "JDBCConnection")) {
    names(native)[native %in% c("boolean", "bit", "bigint", "decimal", "numeric")]
  } else {
    names(native)[!native %in% c("text", "character varying", "character")]
  }
  x$measures <- new.env(parent = emptyenv())
  x$numbers <- new.env(parent = emptyenv())
  x
}

sql_behind <- function(con) structure(list(con = con, engine = sql_engine(con)), class = "weeg_sql")

# "127.0.0.1:5432/interviews", as far as the driver tells; NULL: nothing.
sql_server <- function(con) {
  kept <- connection_memory(con)
  if (is.null(kept$about)) kept$about <- as.list(tryCatch(DBI::dbGetInfo(con), error = function(e) NULL))
  known <- lapply(kept$about[c("host", "port", "dbname")], function(x) if (length(x) == 1L && !is.na(x)) as.character(x))
  if (is.null(known$host)) return(NULL)
  paste0(known$host, if (!is.null(known$port)) paste0(":", known$port), if (!is.null(known$dbname)) paste0("/", known$dbname))
}

# What does not change as long as a connection is open is asked for once: an environment, which lives no longer than the
# connection, of which driver objects have a pointer or an environment. One that has neither is asked each time.
connection_memory <- function(con) {
  key <- connection_key(con)
  kept <- if (!is.null(key)) .Call(C_held, connections$memories, key)
  if (!is.null(kept) && identical(kept$con, con)) return(kept)
  kept <- new.env(parent = emptyenv())
  kept$con <- con
  if (!is.null(key)) connections$memories <- .Call(C_hold, connections$memories, key, kept)
  kept
}

connections <- new.env(parent = emptyenv())

# Several connections may have the pointer of a database, but each has an environment of its own, where there is one.
connection_key <- function(con) {
  slots <- attributes(con)
  kinds <- vapply(slots, typeof, "")
  at <- c(which(kinds == "environment"), which(kinds == "externalptr"))
  if (length(at) > 0L) slots[[at[1L]]]
}

# Those words behind others, if there are any.
of_server <- function(x, before) if (inherits(x, "weeg_sql") && !is.null(x$server)) paste0(before, x$server)

# What two connections with the same database have in common, and no others; NULL: not known. An engine of an earlier version may
# not have the question; the driver's words name a server if they have its port.
sql_identity <- function(x) {
  asked <- x$engine$identity
  found <- if (!is.null(asked)) tryCatch(sql_query(x, paste0(asked, x$end))[1L, , drop = FALSE], error = function(e) NULL)
  if (!is.null(found) && !is.na(found[[1L]]) && nzchar(found[[1L]])) return(vapply(found, as.character, ""))
  if (any(grepl(":.*/", x$server))) x$server
}

# What stands at the end of each query. Who may not set anything is asked whether it is as it must be.
sql_settings <- function(x) {
  wanted <- x$engine$settings
  if (is.null(wanted)) return("")
  asked <- sprintf("SELECT name, value FROM system.settings WHERE name IN (%s)", sql_list(sql_text(x, names(wanted))))
  now <- sql_query(x, asked, "tell its settings")
  wanted <- wanted[names(wanted) %in% now$name]
  end <- paste0(" SETTINGS ", sql_list(paste(names(wanted), "=", wanted)))
  if (is.data.frame(tryCatch(sql_answer(sql_con(x), paste0("SELECT 1 AS n", end))$found, error = identity))) return(end)
  now <- stats::setNames(now$value, now$name)[names(wanted)]
  wrong <- names(wanted)[now != gsub("'", "", wanted, fixed = TRUE)]
  if (length(wrong) == 0L) return("")
  abort("database", "this user's setting `", wrong[1L], "` is ", now[[wrong[1L]]], ", and may not be changed: the database ",
        "would leave rows out and not say so", hint = paste0("Ask for a user for whom it is ", wanted[[wrong[1L]]]))
}

sql_from <- function(x, table) {
  if (inherits(table, "SQL") && length(table) == 1L && !is.na(table)) {
    # a comment at its end must not reach the parenthesis
    return(paste0("(", sub(";[[:space:]]*$", "", as.character(table)), "\n) q0"))
  }
  if (inherits(table, "Id")) return(as.character(DBI::dbQuoteIdentifier(sql_con(x), table)))
  if (is.character(table) && length(table) == 1L && !is.na(table) && nzchar(table)) return(sql_name(x, as.vector(table)))
  abort("argument", "`table` must be the name of a table, DBI::Id(schema = \"...\", table = \"...\") or ",
        "DBI::SQL(\"select ...\")")
}

# The class in R; what drivers have as texts of another class is text.
sql_type <- function(column) {
  if (is.character(column)) return("character")
  if (inherits(column, c("POSIXct", "POSIXlt"))) return("POSIXct")
  class(column)[1L]
}

# Rows by which the driver says what the columns are. SQLite's types are of values, not of columns, and so are
# some of RPostgreSQL.
sql_first_rows <- function(x, table) {
  of_values <- x$engine$name == "sqlite" || inherits(sql_con(x), "PostgreSQLConnection")
  some <- sql_first(x$engine, "*", x$from, if (of_values) 1000L else 1L)
  ask <- c(if (!of_values) paste("SELECT * FROM", x$from, "WHERE 1=0"), some)
  known <- c("integer", "numeric", "character", "logical", "integer64", "Date", "POSIXct", "factor", "hms", "difftime")
  for (sql in ask) {
    found <- tryCatch(sql_answer(sql_con(x), sql)$found, error = identity)
    if (inherits(found, "error")) abort_no_table(x, table, found)
    if (all(vapply(found, sql_type, "") %in% known)) break
  }
  found
}

sql_first <- function(engine, what, from, rows) sprintf(engine$first, what, from, as.integer(rows))

abort_no_table <- function(x, table, error) {
  if (!is.character(table) || inherits(table, "SQL")) abort_database(x, "read the table", error)
  known <- suppressWarnings(tryCatch(DBI::dbListTables(sql_con(x)), error = function(e) NULL))
  if (length(known) == 0L || as.vector(table) %in% known) abort_database(x, paste0("read the table `", table, "`"), error)
  parts <- strsplit(table, ".", fixed = TRUE)[[1L]]
  schema <- if (length(parts) == 2L) {
    paste0("With a schema: table = DBI::Id(schema = ", deparse1(parts[1L]), ", table = ", deparse1(parts[2L]), ")")
  }
  same <- known[tolower(known) == tolower(table)]
  near <- near_hint(as.vector(table), known)
  if (length(same) > 0L) near <- paste0("Capitals matter here: is it `", same[1L], "`?")
  abort("database", "there is no table `", table, "` that can be read: ", engine_words(error),
        hint = c(schema, near, if (is.null(near)) paste("Tables:", listed(known))))
}

# The own types of columns that are read as texts, by name, of PostgreSQL and of JDBC: some are no text until they are cast. No
# row is read.
sql_native_types <- function(x) {
  asked <- names(x$types)[x$types == "character"]
  if (length(asked) == 0L || anyDuplicated(asked)) return(character())
  if (inherits(x$con, "JDBCConnection")) return(sql_jdbc_types(x)[asked])
  if (is.null(x$engine$types)) return(character())
  columns <- vapply(asked, function(name) sql_name(x, name), "")
  what <- paste0(sprintf(x$engine$types, columns), " AS t", seq_along(asked), collapse = ", ")
  sql <- paste0("SELECT ", what, " FROM (SELECT 1 AS one) q1 LEFT JOIN (SELECT * FROM ", x$from, " WHERE 1=0) q2 ON 1=1")
  found <- sql_query(x, sql, "tell the types of the columns")
  stats::setNames(unlist(found[1L, ], use.names = FALSE), asked)
}

sql_jdbc_types <- function(x) {
  result <- DBI::dbSendQuery(x$con, paste("SELECT * FROM", x$from, "WHERE 1=0"))
  on.exit(DBI::dbClearResult(result))
  found <- DBI::dbColumnInfo(result)
  stats::setNames(tolower(found$field.type), found$field.name)
}

# ---- queries ------------------------------------------------------------------------------------------------------------

# A data frame with names in lower case (engines have their own way with those that are not quoted). 64-bit integers are doubles
# where none is lost, else texts. x: a table, or a connection; what: what the database could not do.
sql_query <- function(x, sql, what = "answer a query") {
  force(sql)
  answer <- sql_tried(x, what, function(con) sql_answer(con, sql))
  # columns of SQLite may have numbers and texts, of which drivers make the one or the other
  if (length(answer$warnings) > 0L && inherits(sql_con(x), "SQLiteConnection")) {
    refuse_mixed(x, sql, what, answer$warnings[[1L]])
    abort_database(x, paste(what, "without loss"), answer$warnings[[1L]])
  }
  found <- answer$found
  names(found) <- tolower(names(found))
  found[] <- lapply(found, sql_values)
  found
}

# Where the driver speaks of a column by a name that it has in the query alone, that of the table's column.
refuse_mixed <- function(x, sql, what, warning) {
  said <- conditionMessage(warning)
  alias <- regmatches(said, regexec("^Column `([a-z0-9_]+)`: mixed type", said))[[1L]][2L]
  if (is.na(alias)) return(invisible())
  pattern <- paste0("(`([^`]|``)+`|\"([^\"]|\"\")+\") AS (w_)?", alias, "\\b")
  found <- regmatches(sql, regexpr(pattern, sql, perl = TRUE))
  if (length(found) == 0L) return(invisible())
  quoted <- sub(paste0(" AS (w_)?", alias, "$"), "", found)
  name <- gsub("``|\"\"", "`", substr(quoted, 2L, nchar(quoted) - 1L))
  abort("database", "the database (", class(sql_con(x))[1L], of_server(x, ", "), ") could not ", what,
        " without loss: the column `", name, "` has texts among its numbers",
        hint = paste0("Make it text in all rows: DBI::SQL(\"select ..., cast(", quoted, " as text) as ", quoted, " from ...\")"))
}

sql_con <- function(x) {
  if (!inherits(x, "weeg_sql")) return(x)
  if (is.null(x$link)) x$con else x$link$opened$con
}

# What `ask` makes of the connection. One that was lost is made again where the user's function can; where the connection is well,
# the query is at fault.
sql_tried <- function(x, what, ask) {
  again <- if (inherits(x, "weeg_sql") && !is.null(x$link)) retry_count() else 0L
  for (tried in 0:again) {
    answer <- tryCatch({
      if (tried > 0L) link_again(x$link, tried)
      list(ask(sql_con(x)))
    }, error = identity)
    if (!inherits(answer, "error")) return(answer[[1L]])
    if (tried < again && sql_is_alive(x)) break
  }
  abort_database(x, what, answer, tried)
}

retry_count <- function() {
  count <- getOption("weeg.retry", 5L)
  if (is.numeric(count) && length(count) == 1L && count %in% 0:100) return(as.integer(count))
  abort("argument", "option `weeg.retry` must be one whole number from 0 to 100")
}

sql_is_alive <- function(x) {
  asked <- paste0("SELECT 1 AS n", x$engine$single)
  is.list(suppressWarnings(tryCatch(sql_answer(sql_con(x), asked), error = function(e) NULL)))
}

# ---- connections that weeg makes ----------------------------------------------------------------------------------------

# A connection that a function of the user makes: environment of `connect` and `opened`, which has the present one.
sql_link <- function(connect) {
  link <- new.env(parent = emptyenv())
  link$connect <- connect
  link$opened <- tryCatch(opened_connection(connect()), error = function(e) {
    abort("database", "the function that connects gives an error: ", engine_words(e), facts = list(engine = conditionMessage(e)))
  })
  link
}

# At once, and after 1, 2, 4, 8 ... seconds, for which a server may need to come back.
link_again <- function(link, tried) {
  if (tried > 1L) Sys.sleep(min(2^(tried - 2L), 60))
  suppressWarnings(close_connection(link$opened))
  link$opened <- opened_connection(link$connect())
}

# It is closed when nothing has it any more.
opened_connection <- function(con) {
  opened <- new.env(parent = emptyenv())
  opened$con <- con
  reg.finalizer(opened, close_connection, onexit = TRUE)
  opened
}

close_connection <- function(opened) {
  if (isTRUE(opened$closed)) return() # some drivers warn of what is closed twice
  opened$closed <- TRUE
  if (inherits(opened$con, "DBIConnection")) try(DBI::dbDisconnect(opened$con), silent = TRUE)
}

# ---- answers ------------------------------------------------------------------------------------------------------------

# list(found, warnings). Some drivers make a warning of an error, and then have no columns.
sql_answer <- function(con, sql) {
  warnings <- list()
  answered <- FALSE
  on.exit(if (!answered) clear_results(con)) # Ctrl-C leaves an answer half read, with which some connections take no other query
  found <- withCallingHandlers(DBI::dbGetQuery(con, sql), warning = function(w) {
    warnings <<- c(warnings, list(w))
    invokeRestart("muffleWarning")
  })
  answered <- TRUE
  if (length(found) == 0L) {
    stop(if (length(warnings) > 0L) simpleError(conditionMessage(warnings[[1L]])) else simpleError("there is no answer"))
  }
  list(found = as.data.frame(found, stringsAsFactors = FALSE, optional = TRUE), warnings = warnings)
}

clear_results <- function(con) {
  suppressWarnings(tryCatch(for (result in DBI::dbListResults(con)) DBI::dbClearResult(result), error = function(e) NULL))
}

sql_values <- function(column) {
  if (inherits(column, "integer64")) {
    need_package("bit64", "for whole numbers of 64 bits")
    number <- suppressWarnings(bit64::as.double.integer64(column)) # it warns where it loses
    return(if (all(abs(number) < 2^53, na.rm = TRUE)) number else bit64::as.character.integer64(column))
  }
  if (is.character(column)) {
    wrong <- which(!validUTF8(column))
    if (length(wrong) > 0L) {
      abort("database", "the database gives texts that are not UTF-8, such as ", visible(column[wrong[1L]]),
            hint = "Ask for UTF-8 when connecting; MariaDB: DBI::dbExecute(con, \"SET NAMES utf8mb4\")")
    }
    other <- Encoding(column) == "unknown"
    Encoding(column[other]) <- "UTF-8"
  }
  column
}

# tried: how often it was connected with anew.
abort_database <- function(x, what, error, tried = 0L) {
  con <- sql_con(x)
  closed <- tried == 0L && !tryCatch(DBI::dbIsValid(con), error = function(e) TRUE)
  abort("database", "the database (", class(con)[1L], of_server(x, ", "), ") could not ", what,
        if (tried > 0L) paste0(", nor when it was connected with again ", if (tried > 1L) paste(tried, "times") else "once"),
        ": ", engine_words(error), hint = if (closed) closed_hint, facts = list(engine = conditionMessage(error)))
}

closed_hint <- c("The connection is closed, or was saved with the design: connect, and make the design again",
                 "A function that connects, given in place of the connection, is called again when that is needed")

# The engine's message, which may have the whole query in it.
engine_words <- function(error) cut_middle(as_utf8(conditionMessage(error)), 300L)

# ---- names, texts and numbers in SQL ------------------------------------------------------------------------------------

# An identifier, always in quotes. Drivers that know no better use the standard's, which makes a text of it in some engines.
sql_name <- function(x, name) {
  if (x$engine$name %in% c("clickhouse", "bigquery", "generic") && grepl("\\", name, fixed = TRUE)) {
    abort("unsupported", "the name `", name, "` has a backslash, which means something inside quotes here",
          hint = "Give it another name, with DBI::SQL(\"select ... as ...\")")
  }
  quoted <- as.character(DBI::dbQuoteIdentifier(sql_con(x), enc2utf8(name)))
  quote <- x$engine$quote
  if (is.null(quote) || startsWith(quoted, quote)) return(quoted)
  paste0(quote, gsub(quote, paste0(quote, quote), enc2utf8(name), fixed = TRUE), quote)
}

# Texts as SQL, to be compared with what sql_key() makes of a column. Those with characters that mean something inside quotes are
# written by their bytes.
sql_text <- function(x, texts, mark = x$engine$mark) {
  vapply(paste0(enc2utf8(as.character(texts)), mark, recycle0 = TRUE), one_sql_text, "", x = x, USE.NAMES = FALSE)
}

# What came of sql_key(), as it is in the column.
sql_unmarked <- function(x, name, values) if (x$types[[name]] == "character") without_mark(x, values) else values

without_mark <- function(x, texts) {
  if (!nzchar(x$engine$mark)) return(texts)
  wrong <- which(!endsWith(texts, x$engine$mark))
  if (length(wrong) > 0L) abort("database", "the database has cut a text: ", visible(texts[wrong[1L]]))
  substr(texts, 1L, nchar(texts) - nchar(x$engine$mark))
}

one_sql_text <- function(x, text) {
  engine <- x$engine
  if (!grepl(engine$escapes, text) || !nzchar(text)) {
    quoted <- as.character(DBI::dbQuoteString(sql_con(x), text))
    return(if (startsWith(quoted, "'")) paste0(engine$text, quoted) else quoted)
  }
  if (is.null(engine$hex)) {
    abort("unsupported", "the text \"", text, "\" has a backslash or a control character, which some engines read otherwise, ",
          "and which engine this is, is not known", hint = "Compute a variable without them in SQL")
  }
  sprintf(engine$hex, paste(toupper(as.character(charToRaw(text))), collapse = ""))
}

# Numbers as SQL: with an exponent they are doubles, and not decimal numbers, in all engines.
sql_number <- function(x, numbers) {
  whole <- numbers == round(numbers) & abs(numbers) < 2^31
  ifelse(whole, sprintf("%.0f", numbers), sprintf(x$engine$literal, sprintf("%.17e", numbers)))
}

sql_double <- function(x, what) sprintf(x$engine$cast, what, x$engine$double)

# Numbers as doubles, whole ones too.
sql_doubles <- function(x, numbers) sql_double(x, sprintf(x$engine$literal, sprintf("%.17e", numbers)))

# ---- columns ------------------------------------------------------------------------------------------------------------

sql_known <- function(x, name, argument) {
  if (!name %in% names(x$types)) abort_unknown(name, names(x$types), argument)
  if (sum(names(x$types) == name) > 1L) abort("variable", "the table has several columns `", name, "` (in `", argument, "`)")
}

# A column as groups are made by it: texts byte by byte.
sql_key <- function(x, name, argument = "formula") {
  sql_known(x, name, argument)
  type <- x$types[[name]]
  if (type %in% c("list", "blob", "vctrs_list_of", "integer64_list")) {
    abort("variable", "variable `", name, "` is a ", type, ", not a vector of categories")
  }
  column <- sql_name(x, name)
  if (type != "character") return(column)
  if (name %in% x$cast) column <- sprintf(x$engine$written, column)
  sprintf(x$engine$binary, column)
}

# A column of numbers as doubles, as the driver reads them. look: the caller looks whether these are all that it has.
sql_measure <- function(x, name, argument = "weights", look = FALSE) {
  sql_known(x, name, argument)
  type <- x$types[[name]]
  if (!type %in% c("integer", "numeric", "integer64")) {
    abort("variable", "variable `", name, "` is no number, but ", type, " (in `", argument, "`)")
  }
  if (!look) check_numbers_alone(x, name)
  column <- sql_double(x, sql_name(x, name))
  if (type != "numeric") return(column)
  if (is.null(x$measures[[name]])) x$measures[[name]] <- sql_as_read(x, name, argument)
  x$measures[[name]]
}

# Drivers may get numbers as text, and read 0.1 where a column of single precision has 0.1 to 24 bits, which a cast keeps. By the
# first rows: does a cast give what the driver reads, or the cast of its text?
sql_as_read <- function(x, name, argument) {
  column <- sql_name(x, name)
  for (double in sql_double(x, c(column, sprintf(x$engine$written, column)))) {
    sql <- sql_first(x$engine, paste0(column, " AS a1, ", double, " AS a2"), x$from, 1000L)
    found <- tryCatch(sql_query(x, sql, paste0("read the numbers of `", name, "`")), weeg_error_database = function(e) {
      check_numbers_alone(x, name)
      stop(e)
    })
    if (identical(as.double(found$a1), as.double(found$a2))) return(double)
  }
  abort("unsupported", "the driver reads other numbers of `", name, "` than the database computes with (in `", argument, "`)",
        hint = "Make it a number of double precision: DBI::SQL(\"select cast(... as double precision) ...\")")
}

# SQLite has texts in columns of numbers, where its sums take them for 0, and its comparisons for more than any number. Of each
# column and table that is found out once: in the query that looks at weights (`unlike` in sql-query.R), or in one of its own.
check_numbers_alone <- function(x, names) {
  each_part(x, function(part) {
    names <- names[!vapply(names, function(name) isTRUE(part$numbers[[name]]), NA)]
    if (is.null(part$engine$unlike) || length(names) == 0L) return()
    columns <- vapply(names, function(name) sql_name(part, name), "")
    asked <- paste0(sprintf(part$engine$unlike, columns), " AS n", seq_along(names))
    found <- part_query(part, paste("SELECT", sql_list(asked), "FROM", part$from), "look at the numbers")
    for (i in seq_along(names)) refuse_unlike(part, names[i], found[[i]] == 1)
  })
}

refuse_unlike <- function(x, name, unlike) {
  if (!unlike) {
    x$numbers[[name]] <- TRUE
    return()
  }
  column <- sql_name(x, name)
  sql <- paste0("SELECT SUM(typeof(", column, ") IN ('text', 'blob')) AS n, MAX(CASE WHEN typeof(", column, ") = 'text' THEN ",
                column, " END) AS v FROM ", x$from)
  found <- part_query(x, sql, "look at the numbers")
  rows <- counted(as.double(found$n), "row")
  abort("database", "the database (", class(sql_con(x))[1L], of_server(x, ", "), ") could not read the numbers of `", name,
        "` without loss: it is no number in ", rows, if (!is.na(found$v)) paste0(" (such as \"", found$v, "\")"),
        hint = paste0("Make it NULL there: DBI::SQL(\"select ..., case when typeof(", name, ") in ('integer', 'real') then ",
                      name, " end as ", name, " from ...\")"))
}
