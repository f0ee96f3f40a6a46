# Weights of designs in databases that are computed there: calibrated ones, and squares. Factors of calibration cells are sent as
# numbers that are read back to the last bit, and products of doubles are the same everywhere, so that what is added up is what
# it would be in memory.
#
# A source then has also
#   factors   list(place, SQL of the number of the calibration cell of a row; cell, these numbers; g, the factor of each; watched)
#   squared   the largest weight, where weights are the squares of shares of it
# Weights that follow from population sizes are those of units (of_unit), which the database does not need: all rows of a group
# have one weight, of which the sums are made here.

# A part with `weight`, SQL of the weights (NULL: there are none), and `place`, SQL of the calibration cells. Where rows are read,
# `weight` is what stream_weights() starts from.
weighted_part <- function(part, data) {
  weight <- database_measure(part, data)
  prefix <- sql_prefix(part)
  named <- function(what) paste0(prefix, what)
  if (!is.null(data$factors)) {
    part$place <- named("place")
    part$from <- sql_with(part, data$factors$place, part$place)
  }
  if (part$streamed || !is.null(data$of_unit)) {
    part$weight <- weight
    return(part)
  }
  if (!is.null(data$factors)) {
    # some engines have no NULL to compare, nor as the answer where nothing fits; a row in no cell gets no weight, and is missed
    number <- function(x) sprintf(part$engine$literal, sprintf("%.17e", x))
    cases <- paste0(" WHEN ", sprintf("%.0f", data$factors$cell), " THEN ", number(data$factors$g), collapse = "")
    factor <- sql_double(part, paste0("CASE COALESCE(", part$place, ", -1)", cases, " ELSE ", number(0), " END"))
    part$from <- sql_with(part, if (is.null(weight)) factor else paste(weight, "*", factor), named("weight"))
    weight <- named("weight")
  }
  if (!is.null(data$squared) && !is.null(weight)) {
    part$from <- sql_with(part, paste(weight, "/", sql_doubles(part, data$squared)), named("share"))
    weight <- sprintf("(%1$s * %1$s)", named("share"))
  }
  part$weight <- weight
  part
}

# The column of weights as doubles; NULL: there is none.
database_measure <- function(part, data) {
  if (is.null(data$weight)) return(NULL)
  weight <- sql_measure(part, data$weight)
  if (data$omitted > 0) sprintf(part$engine$nan, weight) else weight
}

# The table with one more column, which is computed once a row.
sql_with <- function(part, what, name) {
  paste0("(SELECT q8.*, ", what, " AS ", name, " FROM (SELECT * FROM ", part$from, ") q8 ", part$engine$barrier,
         ") q9")
}

# The weights of rows of units (from 1) and calibration cells, where they follow from population sizes.
weights_of_units <- function(data, unit, place) {
  weight <- data$of_unit[unit]
  if (!is.null(data$factors)) weight <- weight * data$factors$g[place]
  if (is.null(data$squared)) weight else (weight / data$squared)^2
}

# ---- calibration --------------------------------------------------------------------------------------------------------

#' @export
calibration_cells.weeg_database_design <- function(design, terms) {
  made <- Map(function(of, name) level_term(design$data, of$term, name, of$envir), terms, names(terms))
  columns <- lapply(made, `[[`, "column")
  sizes <- calibration_layout(columns)
  keys <- vapply(made, `[[`, "", "key")
  watched <- watched_in(made)
  answer <- ask_tally(design, unname(keys), watched)
  variables <- Map(function(column, key) list(column = column, codes = as.double(key) + 1), columns, answer$keys)
  refuse <- function(column) {
    rows <- sum(answer$n[is.na(variables[[column$name]]$codes)])
    abort("missing", "calibration variable ", column$name, " is missing in ", counted(rows, "row"),
          hint = "Fill it in, or give missing values a level of their own (addNA) with a target")
  }
  cell <- rep_len(cell_codes(variables), length(answer$n))
  entries <- answer_entries(design, answer, rep(TRUE, length(cell)), cell, prod(sizes), whole = TRUE)
  cells <- cells_of_entries(columns, sizes, entries, whole_sample(list())$frame, refuse)
  place <- keys[[1L]]
  for (v in seq_along(keys)[-1L]) place <- paste0("(", place, ") * ", sizes[v], " + ", keys[[v]])
  c(cells, list(place = place, watched = watched))
}

# list(column, key, watched): a coded column without rows, SQL of its codes from 0, NULL where it is missing, and watched_sql().
level_term <- function(data, term, name, envir) {
  check_names_in(term, names(data$types), envir, "margins")
  at <- sql_context(data, term, envir)
  if (length(sql_columns(at, term)) != 1L && is_logical_call(term)) {
    made <- sql_term(data, term, envir) # 1 and 2
    key <- paste0("(", made$key, " - 1)")
    return(list(column = code_column(made$values$value, name), key = key, watched = made$watched))
  }
  seen <- seen_values(at, term, "margins")
  column <- code_column(plain_column(seen$answer, name), name)
  list(column = column, key = value_cases(at, seen, column_codes(column) - 1), watched = watched_sql(at))
}

#' @export
weigh_cells.weeg_database_design <- function(design, cells) {
  k <- design$calibration
  design$data$factors <- list(place = cells$place, cell = cells$cell, g = k$g, watched = cells$watched)
  if (is.null(design$changed)) design$changed <- list(weights = NULL, text = NULL)
  ends <- range_of_products(design$data)
  design$max_weight <- ends[1L]
  design$data$smallest <- ends[2L]
  answer <- ask_tally(design, character())
  design$calibration$units <- answer_entries(design, answer, rep(TRUE, length(answer$n)), answer$place - 1L, length(k$g) + 1L)
  design
}

# The largest weight and the smallest above 0, as products of those of each calibration cell; the database must find the same
# largest.
range_of_products <- function(data) {
  if (!is.null(data$of_unit)) {
    found <- groups_of_units(data, ask_groups(data, function(part, fixed) sql_tally_query(part, fixed)))
    return(rev(range(weights_of_units(data, found$unit, found$place))))
  }
  found <- ask_database(data, function(part) {
    weight <- database_measure(part, data)
    part <- weighted_part(part, data)
    ends <- c(if (!is.null(weight)) paste0(c("MAX(", "MIN("), weight, ") AS ", c("a", "c")),
              if (!part$streamed) paste0("MAX(", part$weight, ") AS b"))
    paste0("SELECT ", sql_list(c(paste(part$place, "AS k1"), ends)), " FROM ", part$from,
           if (!is.null(part$weight)) paste0(" WHERE ", part$weight, " > 0"), " GROUP BY ", part$place)
  }, "calibrate the weights")
  g <- data$factors$g[match(as.double(found$k1), data$factors$cell)]
  product <- if (is.null(found$a)) g else as.double(found$a) * g
  if (!data$streamed && !identical(as.double(found$b), product)) {
    abort("database", "this database does not compute the products of weights and factors exactly",
          hint = "Fetch the columns that are needed, and make a design of the data frame")
  }
  c(max(product), min(if (is.null(found$c)) product else as.double(found$c) * g))
}

# The tallies that the variances of a calibrated design need, from one answer.
answer_tallies <- function(x, answer, cell, cells) {
  size <- length(x$calibration$g)
  place <- answer$place - 1L
  function(what, whole) {
    switch(what, cells = answer_entries(x, answer, answer$inside, cell, cells, whole, answer$values),
           crossed = answer_entries(x, answer, answer$inside, cell * (size + 1) + place, cells * (size + 1), whole,
                                    answer$values),
           outside = answer_entries(x, answer, !answer$inside, place, size + 1L, whole))
  }
}

# ---- shrinkage ----------------------------------------------------------------------------------------------------------

#' @export
squared_weights.weeg_database_design <- function(design) {
  design$data$squared <- design$max_weight
  design$data$smallest <- (design$data$smallest / design$max_weight)^2
  design$max_weight <- 1
  design
}
