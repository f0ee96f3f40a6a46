# Weights of designs in databases that are computed there: calibrated ones, and squares. Factors of calibration cells are sent as
# numbers that are read back to the last bit, and products of doubles are the same everywhere, so that what is added up is what
# it would be in memory.
#
# A source then has also
#   factors   list(place, SQL of the number of the calibration cell of a row; cell, these numbers; g, the factor of each)
#   squared   the largest weight, where weights are the squares of shares of it

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
  if (part$streamed) {
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
    part$from <- sql_with(part, paste(weight, "/", sql_factor(part, data$squared)), named("share"))
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

# Numbers as doubles, whole ones too.
sql_factor <- function(part, numbers) sql_double(part, sprintf(part$engine$literal, sprintf("%.17e", numbers)))

# The table with one more column, which is computed once a row.
sql_with <- function(part, what, name) {
  paste0("(SELECT q8.*, ", what, " AS ", name, " FROM (SELECT * FROM ", part$from, ") q8 ", part$engine$barrier,
         ") q9")
}

# Weights that follow from population sizes are not known row by row.
refuse_fpc_weights <- function(design) {
  if (!identical(design$names$weights, fpc_weights_name)) return(invisible())
  need_rows(design$data, "the weights that follow from `fpc`")
}

# ---- calibration --------------------------------------------------------------------------------------------------------

#' @export
calibration_cells.weeg_database_design <- function(design, terms) {
  refuse_fpc_weights(design)
  made <- Map(function(of, name) level_term(design$data, of$term, name, of$envir), terms, names(terms))
  columns <- lapply(made, `[[`, "column")
  sizes <- calibration_layout(columns)
  keys <- vapply(made, `[[`, "", "key")
  answer <- ask_tally(design, unname(keys))
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
  c(cells, list(place = place))
}

# list(column, key): a coded column without rows, and SQL of its codes from 0, NULL where it is missing.
level_term <- function(data, term, name, envir) {
  check_names_in(term, names(data$types), envir, "margins")
  at <- sql_context(data, term, envir)
  if (length(sql_columns(at, term)) != 1L && is_logical_call(term)) {
    made <- sql_term(data, term, envir) # 1 and 2
    return(list(column = code_column(made$values$value, name), key = paste0("(", made$key, " - 1)")))
  }
  seen <- seen_values(at, term, "margins")
  column <- code_column(plain_column(seen$answer, name), name)
  list(column = column, key = value_cases(at, seen, column_codes(column) - 1))
}

#' @export
weigh_cells.weeg_database_design <- function(design, cells) {
  k <- design$calibration
  design$data$factors <- list(place = cells$place, cell = cells$cell, g = k$g)
  if (is.null(design$changed)) design$changed <- list(weights = NULL, text = NULL)
  design$max_weight <- largest_product(design$data)
  answer <- ask_tally(design, character())
  design$calibration$units <- answer_entries(design, answer, rep(TRUE, length(answer$n)), answer$place - 1L, length(k$g) + 1L)
  design
}

# The largest weight, as products of the largest ones of each calibration cell; the database must find the same.
largest_product <- function(data) {
  found <- ask_database(data, function(part) {
    weight <- database_measure(part, data)
    part <- weighted_part(part, data)
    largest <- c(if (!is.null(weight)) paste0("MAX(", weight, ") AS a"),
                 if (!part$streamed) paste0("MAX(", part$weight, ") AS b"))
    paste0("SELECT ", sql_list(c(paste(part$place, "AS k1"), largest)), " FROM ", part$from,
           if (!is.null(part$weight)) paste0(" WHERE ", part$weight, " > 0"), " GROUP BY ", part$place)
  }, "calibrate the weights")
  g <- data$factors$g[match(as.double(found$k1), data$factors$cell)]
  product <- if (is.null(found$a)) g else as.double(found$a) * g
  if (!data$streamed && !identical(as.double(found$b), product)) {
    abort("database", "this database does not compute the products of weights and factors exactly",
          hint = "Fetch the columns that are needed, and make a design of the data frame")
  }
  max(product)
}

# The tallies that the variances of a calibrated design need, from one answer.
answer_tallies <- function(x, answer, cell, cells) {
  size <- length(x$calibration$g)
  place <- answer$place - 1L
  function(what, whole) {
    switch(what, cells = answer_entries(x, answer, answer$inside, cell, cells, whole),
           crossed = answer_entries(x, answer, answer$inside, cell * (size + 1) + place, cells * (size + 1), whole),
           outside = answer_entries(x, answer, !answer$inside, place, size + 1L, whole))
  }
}

# ---- shrinkage ----------------------------------------------------------------------------------------------------------

#' @export
squared_weights.weeg_database_design <- function(design) {
  refuse_fpc_weights(design)
  design$data$squared <- design$max_weight
  design$max_weight <- 1
  design
}
