# The sample of a table in a database: its weights are looked at, and the rows of each stratum, cluster and population size
# counted.

# Adds units, used, rows, omitted, largest and smallest. One query looks at the weights, and one counts the rows of each unit, and
# what is not known of their weights by then.
read_sample <- function(data, omit) {
  looks <- each_part(data, function(part) {
    sql <- sql_look_query(part, if (!is.null(data$weight)) sql_measure(part, data$weight))
    numbers_of(part_query(part, sql, "look at the weights"))
  })
  data <- look_at_weights(data, do.call(rbind, looks), omit)
  answers <- count_units(data, vapply(looks, `[[`, 0, "n"))
  found <- do.call(rbind, answers)
  if (data$smallest <= 0) data$smallest <- min(data$largest, found$smallest, na.rm = TRUE)
  found <- found[found$n > 0, , drop = FALSE] # without keys, there is a row where there are none
  units <- Map(function(name, key) database_column(data, name, found[[key]]), data$keys,
               paste0("k", seq_along(data$keys), recycle0 = TRUE))
  names(units) <- data$keys
  # of several parts, the same combination
  same <- unit_numbers(units, units, nrow(found))
  first <- which(!duplicated(same))
  sums <- function(x) as.vector(rowsum(x, match(same, same[first])))
  n <- sums(found$known)
  data$used <- sums(found$used)[n > 0]
  kept <- first[n > 0]
  data$units <- structure(lapply(units, `[`, kept), class = "data.frame", row.names = .set_row_names(length(kept)),
                          repeats = n[n > 0])
  data$rows <- sum(n)
  counts <- lapply(answers, function(answer) c(rows = sum(answer$known), used = sum(answer$used)))
  data$parts <- Map(function(part, counts) replace(part, "counts", list(counts)), data$parts, counts)
  data$counts <- counts[[1L]]
  if (data$omitted > 0) data$parts <- lapply(data$parts, with_weights, data$weight)
  data$from <- data$parts[[1L]]$from
  data
}

numbers_of <- function(found) {
  numbers <- !grepl("^k[0-9]", names(found))
  found[numbers] <- lapply(found[numbers], as.double)
  found
}

# Adds omitted, largest and smallest, which is not above 0 where there are weights of 0. look: of sql_look_query(), a row a part.
look_at_weights <- function(data, look, omit) {
  if (sum(look$n) == 0) abort("argument", source_title(data), " has no rows")
  data$largest <- data$smallest <- 1
  data$omitted <- 0
  if (is.null(data$weight)) return(data)
  data$omitted <- sum(look$n) - sum(look$known)
  within <- c(look$lowest >= 0, look$largest <= 2^480)
  if (data$omitted > 0 && !omit || any(is.nan(c(look$lowest, look$largest))) || !all(within, na.rm = TRUE)) {
    refuse_database_weights(data, omit)
  }
  if (sum(look$known) == 0) abort("weight", "the weight is missing in every row")
  data$largest <- max(look$largest, na.rm = TRUE)
  data$smallest <- min(look$lowest, na.rm = TRUE)
  data
}

# Of each part the rows of each unit: n; known, those that have a weight, and used, those where it is above 0. rows: of each part.
count_units <- function(data, rows) {
  what <- c(if (data$omitted > 0) "known", if (data$smallest <= 0) c("used", "smallest"))
  named_parts(Map(list, data$parts, rows), function(counted) {
    part <- counted[[1L]]
    keys <- vapply(data$keys, function(name) sql_key(part, name), "", USE.NAMES = FALSE)
    sql <- sql_sample_query(part, keys, if (length(what) > 0L) sql_measure(part, data$weight), what)
    found <- numbers_of(part_query(part, sql, "count the rows of each stratum and cluster"))
    check_counted(part, counted[[2L]], sum(found$n))
    if (is.null(found$known)) found$known <- found$n
    if (is.null(found$used)) found$used <- found$known
    found
  })
}

# Groups that got lost on their way (by a driver, or a session, that gives so many rows and no more; by a server behind the table
# that was passed over) are missed by the count of all rows, which comes in one.
check_counted <- function(part, counted, rows) {
  if (isTRUE(counted == rows)) return(invisible())
  abort("database", "the table", of_server(part, " of "), " has ", format_count(counted), " rows, but its strata and clusters ",
        "have ", format_count(rows), ": rows of the answer were lost, or the table is being changed",
        hint = "Look for a limit on the rows of an answer in the settings of the connection or the user; make the design again")
}

# A table without the rows that have no weight: their values are no levels.
with_weights <- function(part, weight) {
  known <- sprintf(part$engine$nan, sql_measure(part, weight))
  part$from <- paste0("(SELECT * FROM ", part$from, " WHERE ", known, " IS NOT NULL) q0")
  part
}

refuse_database_weights <- function(data, omit) {
  found <- ask_database(data, function(part) sql_checks_query(part, sql_measure(part, data$weight)), "count the weights")
  count <- function(name) sum(as.double(found[[name]]))
  wrong <- c(if (!omit) c("missing" = count("w_null") + count("w_nan")), "negative" = count("w_negative"),
             "infinite" = count("w_infinite"), "above 2^480" = count("w_large"))
  wrong <- wrong[wrong > 0]
  if (length(wrong) == 0L) abort("database", "the weight ", data$weight, " is being changed", hint = changed_hint)
  abort("weight", "the weight ", data$weight, " is ", names(wrong)[1L], " in ", counted(wrong[[1L]], "row"),
        hint = weight_hints$weight)
}
