# Designs of tables in databases, whose rows stay there. One query looks at the weights, and one gives the sample: the
# combinations of strata, clusters and population sizes, and the rows of each. Where only a tally is asked for, its query does.
# As in stream.R, a design of these combinations, as if each were a row, has the strata and PSUs. One query a tally
# gives the rows of each combination of these and of the variables, with the sums of parts of their weights, whole
# numbers (sql-query.R) that the core puts together (sql.R): the bytes that the tally would have in memory. What values
# mean (levels and their order, labels, expressions, conditions) is found here, from the distinct values, as it would be
# from all rows.
#
# The source of such a design is a table (sql_table()) of class weeg_database, which has also
#   parts     list of the tables that have the rows together, itself among them: one, or one of each of several servers
#   label     what results call the data, NULL: nothing
#   found     environment: column_values() by name of column
#   keys      names of the columns of strata, clusters and population sizes
#   weight    name of the column of weights, NULL: none
#   units     data frame with a row for each combination of keys
#   used      rows of each that have a weight above 0
#   rows      rows of the table, without those that na_weights leaves out; each part has its own `counts`, of both
#   largest, smallest  weights above 0, of all of them
#   streamed  whether rows are read for each tally (database-stream.R)
#   made      database_term() of variables that the table does not have, by name
#   first     NULL, or the answer of which the sample was made, for the tally that was asked for with the design
# The design's `domain` is SQL.

#' Databases
#'
#' A design of a table in a database: the rows stay where they are. [weeg_design()] takes a connection of package DBI
#' and a table, or a table of package dplyr (with dbplyr), and every function that needs a tally then asks the
#' database for it, with one `GROUP BY`. The tally has the same bytes as that of a data frame with the same rows, and
#' so have all results.
#'
#' @section What runs where:
#' The database counts and adds: two queries for the design (checks of the weights; strata, PSUs and population sizes), one
#' for each tally, and, of each variable, one for its distinct values, when these are not known yet. R and the core of
#' weeg do the rest. [weeg_tally()] of the connection itself, with the arguments of the design, needs one pass less: strata and
#' PSUs come with the tally, and what is wrong with them is the same error. Of all variables that are wanted together, one tally
#' has every table: `weeg_tally(con, ~ help + town + sex, table = ...)`, and then [subset()] and any function of it.
#' All queries are `SELECT`s, and need no other permission; nothing is written, not even a temporary table. PostgreSQL
#' needs its statistics for a good plan: a table that was just loaded, before any `ANALYZE`, takes up to three times as long.
#'
#' Weights are added exactly: each is cut into whole numbers that are added as such, so that neither the order of the
#' rows nor the number of workers of the database changes a bit. Before the first query of a connection, numbers that are
#' hard to keep go the same way, and some of them, with texts, before each design. Of an engine that does not give them back
#' exactly, the rows are read for each tally, 100 000 at a time and only the columns that it needs, with a warning of class
#' `weeg_warning_database`; one that does not tell texts apart is refused.
#'
#' Conditions of [subset()] and expressions in formulas mean what they mean for data frames. Logical operators,
#' comparisons and arithmetic of numbers are computed in the database; any other expression of one variable, such as
#' `cut(age, c(0, 36, 99))` or `grepl("^a", town)`, is evaluated in R on the variable's distinct values (10 000 at
#' most). What is neither is refused with a reason: make it a column then, with `DBI::SQL("select ...")` or
#' `dplyr::mutate()`. So are conditions on whole numbers of 2^53 or more, which doubles do not keep apart, but for `is.na()`.
#'
#' Calibration ([weeg_rake()], [weeg_calibrate()], [weeg_poststratify()]) is fitted here, on the combinations of levels that
#' occur; the database multiplies each weight by the factor of its combination. [weeg_multiple()] has rows grouped by all items.
#'
#' Replicate weights that come with the data ([weeg_replicate_design()], with `table = ` as here) are read for each tally, 100 000
#' rows at a time. Their sums are those of doubles in the order in which the rows come, so that the last bits may differ from
#' those in memory.
#'
#' Functions that need single rows refuse such a design and say which column they need: [weeg_weights()],
#' [weeg_trim()], [weeg_protect()], [as_svydesign()].
#'
#' @section Numbers:
#' Means, ratios and totals of numbers ([weeg_mean()], [weeg_ratio()], [weeg_total()], comparisons and tests of means) are of
#' exact sums too, with the bytes of a data frame. Where a number has few values for the rows of a stratum or PSU, as ages and
#' scores have, rows are grouped by it too, in the same `GROUP BY`. Else the columns that are needed are read, 100 000 rows at a
#' time (the driver RPostgreSQL has all of an answer in memory while it is read), and summed here: where it has many values,
#' where products of weight and value have more digits than the sums, as of most fractions, and in SQLite, which is quicker at
#' that. Quantiles ([weeg_quantile()]) are of the tally by distinct values, a million at most.
#'
#' Numbers are what the driver reads as such: whole numbers, decimals, and those of single and double precision, and flags that
#' are 0 and 1, as in SQLite and MariaDB. `NULL` and NaN are missing, an infinite value is an error, booleans and texts are no
#' numbers (`as.numeric(member)` is one), all as in a data frame. SQLite takes texts in columns of numbers: such a column is an
#' error that names it, as weight, as number and in conditions. Whole numbers of 2^53 or more are refused, unless they are cast
#' to double precision. Expressions that have each row's value from numbers of that row alone (arithmetic, `log()`, `sqrt()`,
#' `round()`, `pmin()`, `ifelse()` and their like) are evaluated here; of others it is as above.
#'
#' @section Several servers:
#' A list of connections, or of tables, that have different rows each is taken as one table. A server that does not
#' answer is an error that names it; so is a table whose rows have changed since the design was made, or whose columns have values
#' that R was not asked about. The rows of the sample are compared with the database's own count of all rows, and those of each
#' tally with the sample, server by server: results are
#' never based on part of the rows. ClickHouse is told with each query to leave out no server and no row, whatever the
#' user's settings. A table that is given twice is refused, also by two connections where the server says which it is
#' (PostgreSQL, MariaDB, MySQL, ClickHouse, files of SQLite and DuckDB). Copies of a table are not known as such: give one of each
#' server's replicas.
#'
#' Ctrl-C while the database computes: RPostgres with `check_interrupts = TRUE` in `dbConnect()` stops at once, and the server
#' too. RPostgreSQL, RMySQL, RSQLite and adbi stop when the query has ended, and no sooner; `SET statement_timeout` of PostgreSQL
#' and `SET max_statement_time` of MariaDB limit that. There are no figures then, and the connection takes the next query.
#'
#' @section Connections that are lost:
#' In place of a connection, `data` can be a function that connects:
#' ```
#' connect <- function() DBI::dbConnect(RPostgres::Postgres(), host = "db1", dbname = "survey")
#' d <- weeg_design(connect, "interviews", weights = ~w)
#' ```
#' When the connection is lost (the server was started again, or ended a connection that was idle), the function is called again,
#' and the query asked again: at once, and then after 1, 2, 4 and 8 seconds. `options(weeg.retry = )` says how often, 5 times
#' without it, 0 never. A query that fails on a connection that is well is not asked again. A design that was saved (`saveRDS()`)
#' connects again too; one of a connection has none any more, and says so. What the function gives is closed with the last
#' design that has it: it should make a new connection, with all settings that it needs.
#'
#' The servers of a list work one after another, as DBI's drivers wait for each answer. Those that know each other, as by a
#' Distributed table of ClickHouse, work at the same time, and are one table here. Where others take long, give each an R process
#' of its own: tallies add up, to the same figures.
#' ```
#' cluster <- parallel::makeCluster(length(hosts))
#' tallies <- parallel::clusterApply(cluster, hosts, function(host) {
#'   con <- DBI::dbConnect(RPostgres::Postgres(), host = host)
#'   weeg::weeg_tally(con, ~ town + help, table = "interviews", weights = ~w, cluster = ~psu)
#' })
#' weeg_test(Reduce(`+`, tallies), help ~ town)
#' ```
#'
#' @section Parquet files:
#' [weeg_design()] and [weeg_tally()] take the path of a Parquet file, several paths, or a pattern such as
#' `"survey/*.parquet"`; names must end in .parquet (or .parq, .pq). DuckDB reads them where they are: a connection of its
#' own, which is closed when the design is no longer there. It needs package duckdb, or packages adbi and
#' adbcdrivermanager and DuckDB's library, where the system or ADBC's driver manager finds it. It takes
#' `options(weeg.threads = )` threads, and what does not fit into memory goes to `tempdir()`. For other settings, or files
#' elsewhere, connect by yourself: `table = DBI::SQL("select * from read_parquet('survey/*.parquet')")`.
#'
#' @section Without a driver for R:
#' What a database's own client writes as CSV, the program `weeg` takes from a pipe, and keeps no rows:
#' ```
#' psql --csv -c "select w, town, help from interviews" | weeg test - 'help ~ town' -w w
#' sqlite3 -csv -header file.db "select printf('%!.17g', w) as w, town, help from interviews" | weeg test - 'help ~ town' -w w
#' duckdb -csv -c "select w, town, help from 'survey/*.parquet'" | weeg tally - 'town + help' -w w --output interviews.weeg
#' ```
#' [weeg_read_tally()] reads the tally in R. `man weeg` has the commands of other clients.
#'
#' @section Engines:
#' SQLite, PostgreSQL, MariaDB, DuckDB and ClickHouse are tested with each change of weeg, H2, HSQLDB and Derby (by RJDBC)
#' now and then. SQL for SQL Server, Oracle, Snowflake, BigQuery, Redshift and Spark is written too, and its grammar checked.
#'
#' @param data A connection of package DBI, or a function without arguments that makes one, or a table of dplyr, or a list of
#'   these: of servers that have a part of the rows each.
#' @param table The name of a table, `DBI::Id(schema = "...", table = "...")`, or a query, `DBI::SQL("select ...")`.
#' @param weights,strata,cluster,fpc,nest,lonely,lonely_domain,df,conventions,... As for data frames: see
#'   [weeg_design()]. `weights` must be one column; the others may be expressions.
#' @param na_weights What becomes of rows whose weight is `NULL`: `"fail"` refuses them, `"omit"` leaves them out, and
#'   says how many.
#' @return A design, as of [weeg_design()].
#' @examplesIf requireNamespace("RSQLite", quietly = TRUE)
#' con <- DBI::dbConnect(RSQLite::SQLite(), ":memory:")
#' DBI::dbWriteTable(con, "interviews", openvoorwerk)
#' d <- weeg_design(con, "interviews", weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
#' weeg_crosstab(subset(d, leeftijd < 36), strengths ~ provider)
#' DBI::dbDisconnect(con)
#' @seealso [weeg_tally()]
#' @name weeg_database
NULL

#' @rdname weeg_database
#' @export
weeg_design.DBIConnection <- function(data, table, weights = NULL, strata = NULL, cluster = NULL, fpc = NULL, nest = FALSE,
                                      lonely = NULL, lonely_domain = FALSE, df = NULL, na_weights = "fail",
                                      conventions = "weeg", ...,
                                      pps = NULL) {
  no_dots(...)
  if (missing(table)) abort("argument", "`table` is missing: the name of a table, DBI::Id() or DBI::SQL(\"select ...\")")
  source <- database_source(list(data), table)
  database_design(source, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps)
}

#' @rdname weeg_database
#' @export
weeg_design.tbl_lazy <- function(data, weights = NULL, strata = NULL, cluster = NULL, fpc = NULL, nest = FALSE, lonely = NULL,
                                 lonely_domain = FALSE, df = NULL, na_weights = "fail", conventions = "weeg", ...,
                                 pps = NULL) {
  no_dots(...)
  source <- database_source(list(data))
  database_design(source, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps)
}

#' @rdname weeg_waves
#' @export
weeg_design.list <- function(data, ..., wave = NULL, panel = FALSE) {
  if (!is.null(wave) || !identical(panel, FALSE)) return(waves_design(bare(data), ..., wave = wave, panel = panel))
  if (is_in_database(data)) return(servers_design(data, ...))
  if (any(vapply(data, function(set) is.data.frame(set) || is_design(set), NA))) return(imputed_design(data, ...))
  weeg_design.default(data)
}

servers_design <- function(data, table = NULL, weights = NULL, strata = NULL, cluster = NULL, fpc = NULL, nest = FALSE,
                           lonely = NULL, lonely_domain = FALSE, df = NULL, na_weights = "fail", conventions = "weeg", ...,
                           pps = NULL) {
  no_dots(...)
  source <- database_source(data, table)
  database_design(source, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps)
}

#' @rdname weeg_database
#' @export
weeg_design.function <- function(data, table, ...) {
  if (!is_in_database(data)) return(weeg_design.default(data))
  weeg_design.DBIConnection(data, table, ...)
}

# A function without arguments is one that connects.
is_in_database <- function(x) {
  inherits(x, c("DBIConnection", "tbl_lazy")) || (is.function(x) && !is.primitive(x) && length(formals(x)) == 0L) ||
    (identical(class(x), "list") && length(x) > 0L && all(vapply(x, is_in_database, NA)))
}

# ---- the source
# ------------------------------------------------------------------------------------------------------

database_source <- function(connections, table = NULL) {
  parts <- named_parts(unname(connections), function(con) sql_table(con, table))
  for (i in seq_along(parts)[-1L]) check_same_table(parts[[1L]], parts[[i]], i)
  refuse_twice(parts)
  wrong <- unlist(named_parts(parts, inexact_words))
  if (length(wrong) > 0L) {
    warn("database", wrong[1L], ". So its rows are read for each tally, some at a time, which takes longer")
  }
  streamed <- length(wrong) > 0L
  parts <- lapply(parts, function(part) structure(c(unclass(part), streamed = streamed), class = class(part)))
  source <- parts[[1L]]
  source$parts <- parts
  source$label <- if (is.character(table) && !inherits(table, "SQL")) as.vector(table)
  source$found <- new.env(parent = emptyenv())
  structure(source, class = c("weeg_database", class(source)))
}

check_same_table <- function(first, other, number) {
  if (first$engine$name != other$engine$name) {
    abort("argument", "part ", number, " is of another engine (", other$engine$name, ") than part 1 (", first$engine$name, ")")
  }
  names <- union(names(first$types), names(other$types))
  differ <- names[!(first$types[names] == other$types[names]) %in% TRUE]
  if (length(differ) == 0L) return(invisible())
  type <- function(part) if (differ[1L] %in% names(part$types)) part$types[[differ[1L]]] else "not there"
  abort("variable", "column `", differ[1L], "` is ", type(first), " in part 1, and ", type(other), " in part ", number)
}

# Rows that come twice count twice, and nothing shows it afterwards: a table that is given twice, by one connection or by several.
refuse_twice <- function(parts) {
  ids <- lapply(parts, function(part) if (length(parts) > 1L) sql_identity(part))
  for (j in seq_along(parts)[-1L]) for (i in seq_len(j - 1L)) {
    if (parts[[i]]$from != parts[[j]]$from) next
    if (!identical(sql_con(parts[[i]]), sql_con(parts[[j]])) && (is.null(ids[[i]]) || !identical(ids[[i]], ids[[j]]))) next
    abort("argument", "parts ", i, " and ", j, " are the same table", of_server(parts[[i]], " of "),
          ", whose rows would count twice", hint = "Give each table once")
  }
}

# What an engine does not compute exactly, so that its rows have to be read; NULL: nothing. One that does not tell texts apart is
# of no use.
inexact_words <- function(table) {
  wrong <- sql_is_exact(table)
  if (isTRUE(wrong)) return(NULL)
  texts <- tryCatch(sql_wrong_texts(table), weeg_error_database = function(e) e$message)
  about <- paste0("this database (", class(sql_con(table))[1L], ") does not compute exactly: ", paste(wrong, collapse = "; "))
  if (is.null(texts)) return(about)
  abort("database", about, hint = "Fetch the columns that are needed, and make a design of the data frame")
}

#' @export
source_names.weeg_database <- function(data) names(data$types)

#' @export
source_rows.weeg_database <- function(data) data$rows

#' @export
source_label.weeg_database <- function(data) data$label

#' @export
source_title.weeg_database <- function(data) if (is.null(data$label)) "the query" else data$label

#' @export
source_column.weeg_database <- function(data, term, argument) need_rows(data, deparse1(term))

#' @export
source_columns.weeg_database <- function(data, at, argument) need_rows(data, names(data$types)[at[1L]])

#' @export
source_frame.weeg_database <- function(data, expression, envir, argument) need_rows(data, deparse1(expression))

#' @export
source_ahead.weeg_database <- function(data, codes = list(), numbers = list(), argument) {
  need_rows(data, listed(vapply(c(codes, numbers), deparse1, "")))
}

#' @export
source_with.weeg_database <- function(data, name, values) need_rows(data, name)

#' @export
source_refused.weeg_database <- function(data, terms, codes, wanted, envir) rep(list(FALSE), length(terms))

#' @export
source_by_row.weeg_database <- function(data, what) need_rows(data, what)

need_rows <- function(data, what) {
  call <- user_call()
  verb <- if (is.call(call)) paste0(deparse1(call[[1L]]), "()") else "this"
  abort("unsupported", verb, " needs ", what, " row by row, and the rows of ", source_title(data), " stay in the database",
        hint = "Fetch the columns that it needs, and make a design of the data frame")
}

# The answers of all parts of a table to one question, below each other. sql: a function of a part.
ask_database <- function(table, sql, what, answer = function(part) part_query(part, sql(part), what)) {
  do.call(rbind, each_part(table, answer))
}

part_query <- function(part, sql, what) sql_query(part, paste0(sql, part$end), what)

# What `ask` makes of each part.
each_part <- function(table, ask) if (length(table$parts) < 2L) list(ask(table)) else named_parts(table$parts, ask)

# An error of the database says which part it is.
named_parts <- function(parts, ask) {
  if (length(parts) == 1L) return(list(ask(parts[[1L]])))
  lapply(seq_along(parts), function(i) {
    tryCatch(ask(parts[[i]]), weeg_error_database = function(e) {
      abort("database", "part ", i, " of ", length(parts), ", without which there is no result: ", conditionMessage(e))
    })
  })
}

# The distinct values of a column as the driver reads them, asked for once; those of more than `most` are not all of them.
column_values <- function(table, name, most) {
  known <- table$found[[name]]
  if (is.null(known) || !known$all && length(known$values) <= most) {
    found <- ask_database(table, function(part) {
      sql_first(part$engine, paste("DISTINCT", sql_key(part, name), "AS v"), part$from, most + 1L)
    }, paste0("list the values of `", name, "`"))$v
    values <- unique(sql_unmarked(table, name, found)) # of several servers
    known <- list(values = values, all = length(values) <= most)
    if (!is.null(table$found)) assign(name, known, table$found)
  }
  known$values
}

# All distinct values of a column, as they are in a data frame.
database_values <- function(data, name) {
  values <- column_values(data, name, most_levels)
  if (length(values) > most_levels) {
    abort("too_large", "`", name, "` has more than ", format_count(most_levels), " values",
          hint = "Make classes of them, such as cut(...), or in SQL")
  }
  as_in_frame(data, name, values)
}

most_levels <- 1000000L

# What came of sql_key(), as the column is in a data frame.
database_column <- function(data, name, values) as_in_frame(data, name, sql_unmarked(data, name, values))

# Some drivers read whole numbers of 64 bits as doubles, in which those above 2^53 become others.
as_in_frame <- function(data, name, values) {
  if (data$types[[name]] == "numeric" && is.numeric(values) && any(abs(values[is.finite(values)]) >= 2^53)) {
    abort("unsupported", "the driver reads `", name, "` as numbers of double precision, in which whole numbers above 2^53 are ",
          "not kept apart",
          hint = "Make it a text, with cast(... as varchar(20)) in DBI::SQL(\"select ...\"), or use a driver that has integer64")
  }
  if (data$types[[name]] == "integer64") {
    need_package("bit64", "for whole numbers of 64 bits")
    return(bit64::as.integer64(values))
  }
  values
}

# Which of the known values each is; NA is one.
value_number <- function(values, known) {
  if (inherits(known, "integer64")) known <- bit64::as.character.integer64(known)
  if (inherits(values, "integer64")) values <- bit64::as.character.integer64(values)
  match(values, known)
}

# ---- the sample ------------------------------------------------------------------------------------------------------

database_design <- function(data, na_weights, weights, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps) {
  first <- connections$tally
  connections$tally <- NULL
  given_formulas(c("weights", "strata", "cluster", "fpc"), source_names(data))
  omit <- check_na_weights(na_weights, weights)
  of_sample <- Filter(function(f) !is.null(f) && !stands_for_none(f), list(strata = strata, cluster = cluster, fpc = fpc))
  for (argument in names(of_sample)) {
    check_names_in(of_sample[[argument]], names(data$types), environment(of_sample[[argument]]), argument)
  }
  data$weight <- database_weight(data, weights)
  # those with most values first: an engine that sorts the rows then compares fewer of them
  of_keys <- c(rev(all.vars(of_sample$cluster)), unlist(lapply(of_sample[c("strata", "fpc")], all.vars)))
  data$keys <- intersect(of_keys, names(data$types))
  data <- read_sample(data, omit, first, is.null(of_sample$cluster))
  for (argument in intersect(c("strata", "cluster"), names(of_sample))) refuse_null_units(data, of_sample[[argument]], argument)
  design <- tryCatch(
    make_design(data$units, if (!is.null(weights)) ~1, strata, cluster, fpc, nest, lonely, conventions, lonely_domain, df, pps),
    weeg_error = function(e) stop(without_rows(e, data))
  )
  design$data <- data
  design$rows <- data$rows
  if (is.null(design$weights)) {
    design$max_weight <- data$largest
  } else { # that follow from fpc
    design$data$of_unit <- design$weights
    design$data$smallest <- min(design$weights)
  }
  design$names["weights"] <- list(if (is.null(data$weight)) design$names$weights else data$weight)
  design$names["data"] <- list(data$label)
  design["weights"] <- list(NULL)
  design$seal <- NULL
  class(design) <- c("weeg_database_design", class(design))
  seal(with_omitted(design, data$omitted))
}

database_weight <- function(data, weights) {
  if (is.null(weights) || stands_for_none(weights)) return(NULL)
  terms <- plus_terms(weights[[length(weights)]])
  if (length(terms) != 1L) abort("formula", "`weights` must name one variable")
  if (!is.name(terms[[1L]])) {
    abort("unsupported", "weights in a database must be a column, not ", deparse1(terms[[1L]]),
          hint = "DBI::SQL(\"select *, ... as weight from ...\"), or dplyr::mutate() of a table of dplyr")
  }
  name <- as.character(terms[[1L]])
  sql_known(data, name, "weights")
  if (!data$types[[name]] %in% c("integer", "numeric", "integer64")) {
    abort("weight", "weights must be numbers, but ", name, " is ", data$types[[name]])
  }
  name
}

# The row of `known` with the same values in each column, NA among them; lists of columns.
unit_numbers <- function(columns, known, rows) {
  if (length(columns) == 0L) return(rep(1L, rows))
  mine <- yours <- 1
  for (v in seq_along(columns)) {
    values <- unique(known[[v]])
    mine <- (mine - 1) * length(values) + value_number(columns[[v]], values)
    yours <- (yours - 1) * length(values) + value_number(known[[v]], values)
    if (v == length(columns)) break
    seen <- unique(yours) # so that no number passes 2^53
    mine <- match(mine, seen)
    yours <- match(yours, seen)
  }
  match(mine, yours)
}

refuse_null_units <- function(data, formula, argument) {
  for (name in intersect(all.vars(formula), data$keys)) {
    rows <- sum(attr(data$units, "repeats")[is.na(data$units[[name]])])
    if (rows > 0) {
      abort("missing", name, " (in `", argument, "`) is missing in ", counted(rows, "row"),
            hint = missing_hint)
    }
  }
}

# An error of the design of units, whose rows are not the table's.
without_rows <- function(e, data) {
  if (is.null(e$row)) return(e)
  if (inherits(e, "weeg_error_nesting")) {
    e$message <- paste0("cluster ", e$unit, " occurs in stratum ", e$stratum, " and in stratum ", e$other, ".\n  ", e$hint)
  } else {
    unit <- data$units[e$row, , drop = FALSE]
    at <- paste0(names(unit), " ", vapply(unit, as.character, ""), collapse = ", ")
    e$said[vapply(e$said, inherits, NA, "weeg_row")] <- list(paste0("where ", at))
    e$message <- sub("in row where", "where", condition_text(e$said, e$hint), fixed = TRUE)
  }
  e$row <- e$where <- NULL
  e
}

# ---- tallies
# ---------------------------------------------------------------------------------------------------------

#' @export
make_tally.weeg_database_design <- function(x, terms, envir, measures = NULL) {
  data <- x$data
  as_variables <- function() {
    Map(function(term, name) {
      if (name %in% measures) measured_term(data, term, name, envir) else database_term(data, term, name, envir)
    }, terms, names(terms))
  }
  variables <- as_variables()
  if (!is.null(measures)) {
    made <- measured_tally(x, as_variables)
    tally <- new_tally(lapply(made$columns, tally_variable), made$entries, x$frame, made$cells, tally_names(x), x$conditions)
    tally$calibration <- made$calibration
    if (is.null(x$calibration)) tally$replicates <- tally_replicates(x, tally, as_variables())
    return(tally)
  }
  answer <- ask_tally(x, keys_in(variables), watched_in(variables))
  variables <- read_terms(variables, answer$keys, answer$inside)
  cells <- count_cells(variables)
  cell <- rep_len(cell_codes(variables), length(answer$n))
  columns <- lapply(variables, function(v) tally_variable(v$column))
  if (!is.null(x$calibration)) {
    both <- calibrated_tally(x, cells, answer_tallies(x, answer, cell, cells))
    tally <- new_tally(columns, both$entries, x$frame, cells, tally_names(x), x$conditions)
    tally$calibration <- both$calibration
    return(tally)
  }
  entries <- answer_entries(x, answer, answer$inside, cell, cells)
  tally <- new_tally(columns, entries, x$frame, cells, tally_names(x), x$conditions)
  tally$replicates <- tally_replicates(x, tally, as_variables()) # whose values are known by now
  tally
}

# Coded columns of the terms, from what was found of their keys, in order.
read_terms <- function(variables, keys, inside) {
  last <- cumsum(lengths(lapply(variables, `[[`, "key")))
  Map(function(variable, end) {
    found <- keys[seq_len(length(variable$key)) + end - length(variable$key)]
    variable$read(if (length(found) == 1L) found[[1L]] else found, inside)
  }, variables, last)
}

count_cells <- function(variables) {
  cells <- prod(vapply(variables, function(v) v$column$size, 0) + 1)
  if (cells > .Machine$integer.max) {
    abort("too_large", "crossing ", listed(names(variables)), " gives ", format(cells, big.mark = " "),
          " cells, more than 2^31 - 1", hint = "Use fewer variables at a time, or combine levels")
  }
  cells
}

# The cell of each combination, from 0.
cell_codes <- function(variables) {
  cell <- 0
  for (v in variables) cell <- cell * (v$column$size + 1) + ifelse(is.na(v$codes), v$column$size, v$codes - 1)
  cell
}

# The rows by the keys (SQL), below each unit and, of a calibrated design, each calibration cell: list(unit, from 0; place, the
# calibration cell from 1, or NULL; keys, a list of columns; inside, whether they are in the domain; n; sums, a list or NULL;
# cut, of weights; where asked for, `largest`, the largest first part of a weight). watched: watched_sql() of the keys.
ask_tally <- function(x, keys, watched = NULL, largest = FALSE) {
  data <- x$data
  element <- last_stage(x$frame)$element
  first <- data$first # of which the design was made
  asked <- !is.null(first) && identical(first$keys, keys) && first$element == element && !largest
  cut <- if (asked && is.null(data$of_unit)) first$cut else cut_weights(x$max_weight, data$smallest, max(data$used), element)
  found <- if (asked) first$found else {
    ends <- lapply(data$keys, function(name) ends_of_whole(data$units[[name]]))
    ask_groups(data, tally_asker(data, keys, cut, element, x$domain, ends, largest), c(x$watched, watched))
  }
  asked <- groups_of_units(data, found)
  codes <- x$unit$codes
  of_unit <- if (is.null(codes)) integer(nrow(data$units)) else column_codes(x$unit) - 1L
  n <- as.double(found$n)
  sums <- if ("s1" %in% names(found)) unclass(found)[part_sums(cut, element)]
  top <- if (largest && !is.null(sums)) as.double(found$m1)
  if (!is.null(data$of_unit)) {
    of_row <- row_sums(weights_of_units(data, asked$unit, asked$place), cut, element)
    sums <- as.list(as.data.frame(of_row * n))
    top <- as.vector(of_row[, "s1"])
  }
  list(
    unit = of_unit[asked$unit], place = asked$place,
    keys = lapply(seq_along(keys) + length(data$keys) + !is.null(asked$place), function(i) found[[paste0("k", i)]]),
    inside = if (is.null(found$inside)) rep(TRUE, nrow(found)) else as.double(found$inside) == 1, n = n, sums = sums, cut = cut,
    largest = top
  )
}

# What ask_groups() asks each part for a tally. ends: of the keys of units, as packed_key() takes them.
tally_asker <- function(data, keys, cut, element, domain, ends, largest = FALSE) {
  function(part, fixed) {
    by <- unname(c(fixed, keys))
    if (part$streamed) return(stream_tally(part, data, by, cut, element, domain, length(fixed)))
    sql <- sql_tally_query(part, by, part$weight, cut, element, domain, length(fixed), largest = largest)
    packed <- if (is.null(part$place)) packed_key(part, data, keys, ends, domain)
    if (is.null(packed)) return(sql)
    within <- replace(part, "watched", list(c(part$watched, packed$watched)))
    by_one <- sql_tally_query(within, packed$key, part$weight, cut, element, once = TRUE, largest = largest)
    found <- packed$read(part_query(part, by_one, "count the cells of a tally"))
    if (!is.null(found) && sum(as.double(found$n)) == part$counts[["used"]]) return(found)
    found <- part_query(part, sql, "count the cells of a tally")
    learn_values(part, c(data$keys, names(keys)), found)
    found
  }
}

# The answers of all parts. ask: a function of a part and the keys (SQL) of its units and calibration cells, which gives a
# query or what it found. watched: watched_sql(); rows in which it does not hold are left out, and so missed. check: of a part
# and the rows that were found.
ask_groups <- function(data, ask, watched = NULL, check = function(part, rows) check_same_count(part, "used", rows)) {
  watched <- c(data$factors$watched, watched)
  watched <- watched[!duplicated(names(watched))]
  ask_database(data, answer = function(part) {
    of_units <- vapply(data$keys, function(name) sql_key(part, name), "", USE.NAMES = FALSE)
    part <- weighted_part(part, data)
    asked <- function(part) {
      answer <- ask(part, c(of_units, part$place))
      if (is.character(answer)) part_query(part, answer, "count the cells of a tally") else answer
    }
    answer <- asked(replace(part, "watched", list(watched)))
    if (length(watched) > 0L && sum(as.double(answer$n)) != part$counts[["used"]]) {
      for (name in names(watched)) check_same_values(data, name)
      answer <- asked(part) # numbers that the driver does not read to their last bit
    }
    check(part, sum(as.double(answer$n)))
    answer
  })
}

# list(unit, the row of data$units of each group; place, as above). found: of ask_groups().
groups_of_units <- function(data, found) {
  columns <- Map(function(name, i) database_column(data, name, found[[paste0("k", i)]]), data$keys, seq_along(data$keys))
  unit <- unit_numbers(columns, data$units, nrow(found))
  place <- if (!is.null(data$factors)) match(as.double(found[[paste0("k", length(data$keys) + 1L)]]), data$factors$cell)
  if (anyNA(place)) unit[is.na(place)] <- NA
  check_same_rows(data, found, unit)
  list(unit = unit, place = place)
}

# Entries of the rows of an answer that `which` has, by cell; whole: of the sample as one unit; values: as entries_of_sums() has
# them.
answer_entries <- function(x, answer, which, cell, cells, whole = FALSE, values = NULL) {
  element <- !whole && last_stage(x$frame)$element
  sums <- if (!is.null(answer$sums)) lapply(answer$sums[part_sums(answer$cut, element)], `[`, which)
  unit <- answer$unit
  if (whole) unit[] <- 0L
  entries_of_sums(unit[which], cell[which], answer$n[which], sums, answer$cut, element, x$max_weight,
                  if (whole) 1L else x$unit$size, cells, lapply(values, `[`, which), answer$largest[which])
}

# The rows of each part, and of each combination, must be those that were there when the design was made: nothing else shows that
# a server left some out, or that the table changes. which: of part$counts.
check_same_count <- function(part, which, rows) {
  then <- part$counts[[which]]
  if (rows == then) return(invisible())
  abort("database", "the table", of_server(part, " of "), " has other rows than when the design was made (", format_count(then),
        if (which == "used") " with a weight", " then, ", format_count(rows), " now): it was changed, or a server left some out",
        hint = changed_hint)
}

abort_new_value <- function(name, value) {
  abort("database", "the table has a value of `", name, "` now (", if (is.na(value)) "NULL" else format(value),
        ") that it did not have when its values were listed: it was changed, or a server left some out", hint = changed_hint)
}

changed_hint <- "Make the design again"

check_same_rows <- function(data, found, unit) {
  now <- numeric(length(data$used))
  if (!anyNA(unit)) {
    counts <- rowsum(as.double(found$n), unit)
    now[as.integer(rownames(counts))] <- counts
  }
  if (!anyNA(unit) && all(now == data$used)) return(invisible())
  abort("database", "the table has other rows than when the design was made: as many, but of other strata and clusters",
        hint = changed_hint)
}

# list(key, read, watched): the SQL by which rows are grouped; a function of what was found (a list where there are several keys)
# and which of it is inside the domain, which gives list(column, codes): a coded column without rows, and the code of each;
# watched_sql(); and plain, the name of the column that it is.
database_term <- function(data, term, name, envir) {
  if (!is.name(term)) return(computed_term(data, term, name, envir))
  variable <- as.character(term)
  if (variable %in% names(data$made)) return(data$made[[variable]])
  known <- !is.null(data$found[[variable]])
  list(key = stats::setNames(sql_key(data, variable), variable), plain = variable, read = function(found, inside) {
    found <- database_column(data, variable, found)
    all <- known || !all(inside) || sum(data$used) < data$rows
    values <- if (all) database_values(data, variable) else unique(found)
    if (!all) assign(variable, list(values = values, all = TRUE), data$found)
    at <- value_number(found, values)
    new <- is.na(at) & !is.na(found) # which would be counted as missing
    if (any(new)) abort_new_value(variable, found[new][1L])
    column <- code_column(plain_column(values, name), name)
    list(column = column, codes = column_codes(column)[at])
  })
}

computed_term <- function(data, term, name, envir) {
  made <- sql_term(data, term, envir)
  list(key = made$key, watched = made$watched, read = function(found, inside) {
    column <- code_column(plain_column(made$values$value, name), name)
    list(column = column, codes = column_codes(column)[match(as.double(found), made$values$number)])
  })
}

# Those of columns have the column's name.
keys_in <- function(variables) {
  keys <- unlist(lapply(unname(variables), `[[`, "key"))
  if (is.null(names(keys))) stats::setNames(keys, rep("", length(keys))) else keys
}

watched_in <- function(variables) unlist(lapply(unname(variables), `[[`, "watched"))

# ---- domains
# ---------------------------------------------------------------------------------------------------------

#' @export
subset.weeg_database_design <- function(x, subset, ...) {
  no_dots(...)
  if (missing(subset)) abort("argument", "`subset` needs a condition, such as leeftijd < 36")
  check_unbroken(x)
  condition <- substitute(subset)
  inside <- sql_condition(x$data, condition, parent.frame())
  x$domain <- paste(c(x$domain, inside), collapse = " AND ")
  x$watched <- c(x$watched, attr(inside, "watched"))
  x$conditions <- c(x$conditions, list(condition))
  seal(x)
}
