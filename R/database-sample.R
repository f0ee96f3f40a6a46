# The sample of a table in a database: its weights are looked at, and the rows of each stratum, cluster and population size
# counted.

# Adds units, used, rows, omitted, largest and smallest. One query looks at the weights, and one counts the rows of each unit, and
# what is not known of their weights by then. first: NULL, or the tally that is asked for next (with_tally()), whose query does
# both, where weights have no surprises; ask_tally() then finds its answer in `first`. element: whether units are rows.
read_sample <- function(data, omit, first = NULL, element = FALSE) {
  numbered <- data$types[data$keys] %in% c("integer", "numeric") & !is.null(first) & data$engine$sorts
  looks <- each_part(data, function(part) {
    of <- vapply(data$keys[numbered], function(name) sql_name(part, name), "", USE.NAMES = FALSE)
    column <- if (!is.null(data$weight) && !is.null(data$engine$unlike)) sql_name(part, data$weight)
    sql <- sql_look_query(part, if (!is.null(data$weight)) sql_measure(part, data$weight, look = TRUE), of, column)
    found <- numbers_of(part_query(part, sql, "look at the weights"))
    if (!is.null(column)) refuse_unlike(part, data$weight, found$unlike == 1)
    found
  })
  look <- do.call(rbind, looks)
  data <- look_at_weights(data, look, omit)
  data <- with_counts(data, lapply(look$n, function(n) c(rows = n, used = n)))
  plain <- length(data$keys) > 0L && data$omitted == 0 && data$smallest > 0 && !data$streamed
  if (!is.null(first) && plain) {
    ends <- rep(list(NULL), length(data$keys))
    ends[numbered] <- lapply(seq_len(sum(numbered)), function(i) range(unlist(look[paste0("k", i, c("a", "b"))])))
    data$first <- first_tally(data, first, element, ends)
    found <- data$first$found
    found$used <- found$known <- found$n
    if (max(found$n) > data$first$most) data$first <- NULL
  } else {
    answers <- count_units(data)
    data <- with_counts(data, lapply(answers, function(answer) c(rows = sum(answer$known), used = sum(answer$used))))
    found <- do.call(rbind, answers)
    if (data$smallest <= 0) data$smallest <- min(data$largest, found$smallest, na.rm = TRUE)
  }
  data <- add_units(data, found)
  if (data$omitted > 0) data$parts <- lapply(data$parts, with_weights, data$weight)
  data$from <- data$parts[[1L]]$from
  data
}

# counts: of each part.
with_counts <- function(data, counts) {
  data$parts <- Map(function(part, counts) replace(part, "counts", list(counts)), data$parts, counts)
  data$counts <- counts[[1L]]
  data
}

# found: rows of each part for each unit, or for some of its cells.
add_units <- function(data, found) {
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
  data
}

# Code in which a design is made, of which nothing else is wanted than a tally.
with_tally <- function(terms, envir, code) {
  connections$tally <- list(terms = terms, envir = envir)
  on.exit(connections$tally <- NULL)
  code
}

# list(keys, found, cut and element, as in ask_tally(); most, the rows of a group for which its sums are exact). How many rows
# the largest group has is not known ahead: where that saves a part of weights, not more than an eighth of all.
first_tally <- function(data, tally, element, ends) {
  terms <- Map(function(term, name) database_term(data, term, name, tally$envir), tally$terms, names(tally$terms))
  keys <- keys_in(terms)
  most <- max(vapply(data$parts, function(part) part$counts[["rows"]], 0))
  cut <- cut_weights(data$largest, data$smallest, most, element)
  fewer <- cut_weights(data$largest, data$smallest, most %/% 8, element)
  if (fewer$parts < cut$parts) {
    most <- most %/% 8
    cut <- fewer
  }
  found <- ask_groups(data, tally_asker(data, keys, cut, element, NULL, ends), watched_in(terms), function(part, rows) {
    check_counted(part, part$counts[["rows"]], rows)
  })
  list(keys = keys, found = numbers_of(found), cut = cut, most = most, element = element)
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

# Of each part the rows of each unit: n; known, those that have a weight, and used, those where it is above 0.
count_units <- function(data) {
  what <- c(if (data$omitted > 0) "known", if (data$smallest <= 0) c("used", "smallest"))
  named_parts(data$parts, function(part) {
    keys <- vapply(data$keys, function(name) sql_key(part, name), "", USE.NAMES = FALSE)
    sql <- sql_sample_query(part, keys, if (length(what) > 0L) sql_measure(part, data$weight), what)
    found <- numbers_of(part_query(part, sql, "count the rows of each stratum and cluster"))
    check_counted(part, part$counts[["rows"]], sum(found$n))
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
