# Sums of numbers of rows in a database. Where a number has few values, rows are grouped by it too, and the core has the sums of
# weight times value as the value times the sum of the weights (sql.R). Where it has many, or products have more digits than sums
# keep, so that each row's is cut off, rows are read in pieces that the core sums. Both have the bytes of a pass over the rows.

# Rows are grouped by numbers of which there are so many combinations of values at most, and in each stratum or PSU so many rows a
# combination at least. With fewer, to read the rows takes no longer than to group them and to read the groups.
most_grouped <- 10000L
rows_a_value <- 4

# variables: a function that gives database_term() or measured_term() of each term.
measured_tally <- function(x, variables) {
  entries <- grouped_measures(x, variables)
  if (is.null(entries)) entries <- streamed_measures(x, variables)
  entries
}

# list(columns, entries, calibration); NULL where groups do not give the sums.
grouped_measures <- function(x, variables) {
  asked <- variables()
  if (!are_few_values(x$data, asked)) return(NULL)
  element <- last_stage(x$frame)$element
  if (cut_weights(x$max_weight, x$data$smallest, max(x$data$used), element)$floor) return(NULL)
  answer <- ask_tally(x, unname(keys_in(asked)), watched_in(asked), largest = TRUE)
  read <- read_terms(asked, answer$keys, answer$inside)
  cells <- count_cells(read)
  cell <- rep_len(cell_codes(read), length(answer$n))
  answer$values <- measured_values(read)
  found <- list(columns = lapply(read, `[[`, "column"), cells = cells)
  found$entries <- answer_entries(x, answer, answer$inside, cell, cells, values = answer$values)
  if (is.null(found$entries)) return(NULL)
  if (is.null(x$calibration)) return(found)
  tallies <- answer_tallies(x, answer, cell, cells)
  c(found["columns"], found["cells"], calibrated_tally(x, cells, function(what, whole) {
    if (what == "cells") found$entries else tallies(what, whole)
  }))
}

measured_values <- function(read) unname(lapply(Filter(function(v) isTRUE(v$column$measure), read), `[[`, "values"))

are_few_values <- function(data, variables) {
  if (data$streamed || data$engine$sorts) return(FALSE) # to sort the rows takes longer than to read them
  columns <- unique(unlist(lapply(variables, `[[`, "measured")))
  most <- min(most_grouped, sum(data$used) %/% (rows_a_value * nrow(data$units)))
  combinations <- 1
  for (name in columns) {
    if (most < 1) return(FALSE)
    combinations <- combinations * length(column_values(data, name, most))
    if (combinations > most) return(FALSE)
  }
  TRUE
}

# Numbers whose rows are read anyway are read together, some at a time: their tallies, as shared_tallies() has them; NULL where
# that is of no use.
read_together <- function(x, parts, numbers, missing) {
  if (last_stage(x$frame)$element || by_convention(missing, x, "missing") == "omit") return(NULL)
  term <- function(term, name) measured_term(x$data, term, name, parts$envir)
  few <- vapply(numbers, function(terms) are_few_values(x$data, Map(term, terms, names(terms))), NA)
  if (any(few)) return(NULL)
  batch <- (seq_along(numbers) - 1L) %/% 4L
  tallies <- lapply(split(numbers, batch), function(some) {
    terms <- unlist(unname(some), recursive = FALSE)
    terms <- terms[!duplicated(names(terms))]
    list(tally = make_tally(x, c(parts$groups, terms), parts$envir, names(terms)), known = FALSE)
  })
  unname(tallies[batch + 1L])
}

# ---- terms --------------------------------------------------------------------------------------------------------------

# As database_term(), of a number: `measured` has the names of its columns, and what is read also `values`, NA where missing. An
# expression of numbers that has each row's value from that row alone is evaluated on what is read, any other one on the distinct
# values of its only column.
measured_term <- function(data, term, name, envir) {
  made <- if (is.name(term)) {
    plain_measure(data, as.character(term), name)
  } else {
    check_names_in(term, names(data$types), envir, "formula")
    if (is_by_row(data, term, envir)) row_measure(data, term, name, envir) else seen_measure(data, term, name, envir)
  }
  column <- list(name = name, levels = "known", size = 1L, measure = TRUE)
  read <- function(found, inside) {
    values <- made$value(found)
    infinite <- which(is.infinite(values) & inside)
    if (length(infinite) > 0L) abort_infinite(name, values[infinite[1L]])
    list(column = column, codes = ifelse(is.na(values), NA_integer_, 1L), values = replace(values, is.na(values), NA))
  }
  list(key = unname(made$key), watched = made$watched, read = read, measured = made$columns)
}

abort_infinite <- function(name, value) {
  abort("variable", "variable `", name, "` is ", format(value), " in some rows, and there is no mean of that",
        hint = paste0("Make it NULL, or leave such rows out: subset(design, ", name, " > -1e300 & ", name, " < 1e300)"))
}

plain_measure <- function(data, column, name) {
  sql_known(data, column, "formula")
  type <- data$types[[column]]
  if (!type %in% number_types) check_number(example_of(type), name)
  list(columns = column, key = sql_measure(data, column, "formula"), value = function(found) read_number(data, column, found))
}

number_types <- c("integer", "numeric", "integer64")

# What is no number, as a check of its class sees it.
example_of <- function(type) {
  switch(type, character = character(), logical = logical(), factor = factor(), structure(numeric(), class = type))
}

read_number <- function(data, column, found) {
  values <- as.double(found)
  if (data$types[[column]] == "integer64" && any(abs(values) >= 2^53, na.rm = TRUE)) {
    abort("unsupported", "`", column, "` has whole numbers of 2^53 or more, which numbers of double precision do not keep apart",
          hint = "Make it a number of double precision: DBI::SQL(\"select cast(... as double precision) ...\")")
  }
  values
}

# Functions whose value for a row is that of the row's numbers alone.
by_row_functions <- c(
  "(", "I", "+", "-", "*", "/", "^", "%/%", "%%", "abs", "sign", "sqrt", "exp", "expm1", "log", "log2", "log10", "log1p", "floor",
  "ceiling", "trunc", "round", "signif", "pmin", "pmax", "as.numeric", "as.double", "ifelse", "is.na", "==", "!=", "<", "<=", ">",
  ">=", "&", "|", "!"
)

is_by_row <- function(data, term, envir) {
  columns <- intersect(all.vars(term), names(data$types))
  others <- setdiff(all.vars(term), columns)
  functions <- all.names(term, unique = TRUE)
  functions <- setdiff(functions, c(columns, others))
  all(functions %in% by_row_functions) && all(data$types[columns] %in% number_types) && length(columns) > 0L &&
    all(vapply(others, function(name) length(eval(as.name(name), envir)) == 1L, NA))
}

row_measure <- function(data, term, name, envir) {
  columns <- intersect(all.vars(term), names(data$types))
  for (column in columns) sql_known(data, column, "formula")
  key <- vapply(columns, function(column) sql_measure(data, column, "formula"), "")
  list(columns = columns, key = key, value = function(found) {
    if (length(columns) == 1L) found <- list(found)
    found <- stats::setNames(Map(function(column, values) read_number(data, column, values), columns, found), columns)
    measure_of(eval_seen(term, found, envir), name)
  })
}

seen_measure <- function(data, term, name, envir) {
  at <- sql_context(data, term, envir)
  seen <- seen_values(at, term, "formula")
  answer <- measure_of(seen$answer, name)
  list(columns = seen$name, key = seen$key, watched = watched_sql(at), value = function(found) {
    found <- as_seen(data, seen$name, found)
    at <- value_number(found, seen$values)
    if (any(is.na(at) & !is.na(found))) abort_new_value(seen$name, found[is.na(at) & !is.na(found)][1L])
    answer[at]
  })
}

# As distinct_values() has them.
as_seen <- function(data, name, found) {
  kind <- data$types[[name]]
  if (kind == "logical") return(as.logical(as.numeric(found)))
  if (kind %in% number_types) as.numeric(found) else sql_unmarked(data, name, found)
}

# Whether a term of a formula is a number, of which there are totals.
is_database_number <- function(data, term, envir, argument = "formula") {
  if (is.name(term)) return(isTRUE(data$types[as.character(term)] %in% number_types))
  if (is_logical_call(term)) return(FALSE)
  check_names_in(term, names(data$types), envir, argument)
  if (is_by_row(data, term, envir)) {
    ones <- lapply(data$types[intersect(all.vars(term), names(data$types))], function(type) 1)
    return(is_plain_number(eval_seen(term, ones, envir)))
  }
  is_plain_number(seen_values(sql_context(data, term, envir), term, argument)$answer)
}

# The numbers that are the levels of a column, to their last bit.
database_scores <- function(data, term, variable) {
  scores <- level_scores(variable)
  found <- if (is.name(term)) data$found[[as.character(term)]]
  if (is.null(found) || !is.null(variable$values)) return(scores)
  known <- sort(as_numbers(as_in_frame(data, as.character(term), found$values)))
  exact <- known[match(variable$levels, number_labels(known))]
  ifelse(is.na(exact), scores, exact)
}

measure_of <- function(values, name) {
  check_number(values, name)
  as_numbers(values)
}

# ---- rows in pieces -----------------------------------------------------------------------------------------------------

# The unit of a measure follows from its largest product, which is known when all rows were read. That of the first piece is
# mostly the one; else rows are read again.
streamed_measures <- function(x, variables) {
  for (v in variables()) if (!is.null(v$plain)) database_values(x$data, v$plain) # the levels of all pieces
  x$data$streamed <- TRUE
  x$data$parts <- lapply(x$data$parts, replace, "streamed", TRUE)
  asked <- variables()
  measures <- sum(!vapply(lapply(asked, `[[`, "measured"), is.null, NA))
  least <- rep(no_unit, measures)
  repeat {
    found <- read_measures(x, asked, least)
    if (all(found$unit == found$least) && !any(found$unit == no_unit)) break
    least <- replace(found$unit, found$unit == no_unit, nothing_unit)
  }
  made <- c(list(columns = found$columns, cells = found$cells), if (is.null(x$calibration)) list(entries = found$entries$cells))
  if (!is.null(x$calibration)) made <- c(made, calibrated_tally(x, found$cells, function(what, whole) found$entries[[what]]))
  made
}

# The unit of a measure that is 0 in all rows, and below all units, of one of which nothing is known.
nothing_unit <- -86L
no_unit <- -3000L

# list(entries, columns, cells; least, the units in which pieces were summed; unit, those that the rows ask for).
read_measures <- function(x, variables, least) {
  data <- x$data
  state <- list2env(list(least = least, unit = least, first = TRUE))
  keys <- unname(keys_in(variables))
  answers <- ask_groups(data, function(part, fixed) {
    rows <- 0
    used <- numeric(length(data$used))
    made <- NULL
    where <- sql_where(part, if (!is.null(part$weight)) paste(part$weight, "> 0"))
    sql <- sql_rows_query(part, unname(c(fixed, keys)), part$weight, where, x$domain, length(fixed))
    use <- function(found) {
      piece <- measured_piece(x, variables, found, length(keys), sql_prefix(part))
      rows <<- rows + piece$rows
      used <<- used + tabulate(piece$unit, length(used)) # what fits none is missed
      if (anyNA(piece$unit)) return()
      entries <- piece_entries(x, piece, state$least)
      unit <- entries$cells$measures$scale
      if (state$first) state$least <- unit
      state$first <- FALSE
      state$unit <- pmax(state$unit, unit)
      if (all(unit == state$least)) made <<- add_pieces(x, made, entries, piece)
      state[["columns"]] <- lapply(piece$read, `[[`, "column")
      state[["cells"]] <- piece$cells
    }
    sql_stream(part, sql, "read the rows of a tally", use)
    if (rows == 0) use(no_rows(c(fixed, keys), part$weight, x$domain, sql_prefix(part)))
    list(n = rows, made = made, used = used)
  }, c(x$watched, watched_in(variables)))
  answers <- apply(answers, 1L, identity, simplify = FALSE)
  used <- Reduce(`+`, lapply(answers, `[[`, "used"))
  check_same_rows(data, list(n = used), seq_along(used))
  piece <- list(cells = state$cells)
  entries <- Reduce(function(a, b) add_pieces(x, a, b, piece), lapply(answers, `[[`, "made"))
  list(entries = entries, columns = state$columns, cells = state$cells, least = state$least, unit = state$unit)
}

# What sql_stream() gives of no rows, of which none have a weight.
no_rows <- function(keys, weight, domain, prefix) {
  names <- c(paste0(prefix, "k", seq_len(length(keys) + !is.null(domain))), if (!is.null(weight)) paste0(prefix, "r0"))
  stats::setNames(rep(list(character()), length(names)), names)
}

# list(rows; unit, the row of data$units of each, NA where none; place, read, inside, weight, cells). keys: how many the variables
# have.
measured_piece <- function(x, variables, found, keys, prefix) {
  data <- x$data
  rows <- length(found[[1L]])
  column <- function(at) unname(found[paste0(prefix, "k", at, recycle0 = TRUE)])
  units <- length(data$keys)
  unit <- unit_numbers(Map(function(name, values) database_column(data, name, values), data$keys, column(seq_len(units))),
                       data$units, rows)
  place <- if (!is.null(data$factors)) as.double(column(units + 1L)[[1L]])
  before <- units + !is.null(place)
  inside <- if (is.null(x$domain)) rep(TRUE, rows) else as.double(column(before + keys + 1L)[[1L]]) == 1
  read <- read_terms(variables, column(seq_len(keys) + before), inside)
  weight <- stream_weights(found[[paste0(prefix, "r0")]], place, data)
  place <- match(place, data$factors$cell)
  if (anyNA(place)) unit[is.na(place)] <- NA
  if (!is.null(data$of_unit)) weight <- weights_of_units(data, unit, place)
  list(rows = rows, unit = unit, place = place, read = read, inside = inside, weight = weight, cells = count_cells(read))
}

# read: of read_terms(); one code may stand for all rows.
coded_rows <- function(read, rows) {
  lapply(unname(read), function(v) list(codes = rep_len(as.integer(v$codes), rows), width = 4L, size = v$column$size))
}

# The tallies of a piece: cells, and where calibrated those that calibrated_tally() asks for. least: of the units of measures.
piece_entries <- function(x, piece, least) {
  coded <- coded_rows(piece$read, piece$rows)
  values <- lapply(measured_values(piece$read), rep_len, piece$rows)
  of <- if (is.null(x$unit$codes)) NULL else column_codes(x$unit)[piece$unit]
  unit <- list(codes = of, width = 4L, size = x$unit$size)
  tallied <- function(columns, inside, values, least) {
    entries <- checked(.Call(C_tally_build, columns, unit, last_stage(x$frame)$element, piece$weight, x$max_weight,
                             if (!all(inside)) as.raw(inside), as.double(piece$rows), thread_count(), values, least))
    attr(entries, "complete") <- NULL # columns say it
    entries
  }
  entries <- list(cells = tallied(coded, piece$inside, values, least))
  if (is.null(x$calibration)) return(entries)
  place <- list(list(codes = piece$place, width = 4L, size = length(x$calibration$g)))
  c(entries, list(crossed = tallied(c(coded, place), piece$inside, values, least),
                  outside = tallied(place, !piece$inside, NULL, NULL)))
}

# a: NULL, or what was made of the pieces before.
add_pieces <- function(x, a, b, piece) {
  if (is.null(a) || is.null(b)) return(if (is.null(a)) b else a)
  size <- length(x$calibration$g) + 1L
  cells <- c(cells = piece$cells, crossed = piece$cells * size, outside = size)[names(a)]
  Map(function(a, b, cells) {
    of <- function(entries) list(entries = entries, cells = as.integer(cells), frame = x$frame)
    checked(.Call(C_tally_merge, of(a), NULL, NULL, of(b), NULL, NULL, as.integer(tally_units(x$frame)), as.integer(cells)))
  }, a, b, cells)
}
