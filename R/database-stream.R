# Rows of a database that are read in pieces and not kept, where its own sums do not do: those of replicate weights, whose rank
# is asked for too, and those of an engine that does not compute exactly.

# The most rows at a time.
stream_rows <- 100000L

# use: a function of the columns of each piece, named as sql_query() has them.
sql_stream <- function(part, sql, what, use) {
  # drivers have their own conditions, for what the query and each piece of its answer may lack
  tried <- function(expression) tryCatch(expression, error = function(e) abort_database(part, what, e))
  result <- sql_tried(part, what, function(con) DBI::dbSendQuery(con, paste0(sql, part$end)))
  on.exit(try(DBI::dbClearResult(result), silent = TRUE)) # which fails where the connection is gone
  repeat {
    found <- tried(fetch_piece(result))
    if (length(found[[1L]]) == 0L) break
    names(found) <- tolower(names(found))
    use(lapply(found, sql_values))
    if (tried(DBI::dbHasCompleted(result))) break
  }
}

# A list of columns. adbi puts the batches of its driver together one by one, which takes longer than the query, unless it is
# asked for each as it comes.
fetch_piece <- function(result) {
  if (!inherits(result, "AdbiResult")) return(as.list(DBI::dbFetch(result, n = stream_rows)))
  batches <- list()
  rows <- 0
  while (rows < stream_rows) {
    batch <- DBI::dbFetch(result, n = NA)
    batches <- c(batches, list(as.list(batch)))
    rows <- rows + nrow(batch)
    if (nrow(batch) == 0L || DBI::dbHasCompleted(result)) break
  }
  do.call(Map, c(list(c), batches))
}

# ---- engines that do not compute exactly --------------------------------------------------------------------------------

# The answer of sql_tally_query(), whose sums are made here, piece by piece.
stream_tally <- function(part, data, keys, cut, element, domain, units) {
  prefix <- sql_prefix(part)
  count <- length(keys) + !is.null(domain)
  named <- paste0("k", seq_len(count), recycle0 = TRUE)
  if (!is.null(domain)) named[count] <- "inside"
  where <- sql_where(part, if (!is.null(part$weight)) paste(part$weight, "> 0"))
  sql <- sql_rows_query(part, keys, part$weight, where, domain, units)
  all <- NULL
  sql_stream(part, sql, "read the rows of a tally", function(found) {
    piece <- stats::setNames(found[paste0(prefix, "k", seq_len(count), recycle0 = TRUE)], named)
    weight <- stream_weights(found[[paste0(prefix, "r0")]], if (!is.null(data$factors)) piece[[length(data$keys) + 1L]], data)
    sums <- cbind(n = rep(1, length(found[[1L]])), if (!is.null(weight)) row_sums(weight, cut, element))
    all <<- add_groups(all, add_groups(NULL, list(keys = piece, sums = sums)))
  })
  if (is.null(all)) all <- list(keys = stats::setNames(rep(list(integer()), count), named), sums = cbind(n = numeric()))
  list_frame(c(all$keys, lapply(stats::setNames(nm = colnames(all$sums)), function(name) all$sums[, name])))
}

# The weights of rows as weighted_part() has them, from the column of weights.
stream_weights <- function(weight, place, data) {
  if (!is.null(data$of_unit)) return(NULL)
  if (!is.null(weight)) weight <- as.double(weight)
  if (!is.null(place)) {
    g <- data$factors$g[match(as.double(place), data$factors$cell)]
    g[is.na(g)] <- 0 # a row that was not there before, of which its cell tells
    weight <- if (is.null(weight)) g else weight * g
  }
  if (is.null(data$squared) || is.null(weight)) weight else (weight / data$squared)^2
}

# Sums of whole numbers, by keys; a: NULL, or of the pieces before. list(keys, a list of columns; sums, a matrix).
add_groups <- function(a, b) {
  if (!is.null(a)) {
    if (!setequal(colnames(a$sums), colnames(b$sums))) stop("pieces of a tally differ")
    b <- list(keys = Map(c, a$keys, b$keys), sums = rbind(a$sums, b$sums))
  }
  group <- unit_numbers(b$keys, b$keys, nrow(b$sums))
  sums <- rowsum(b$sums, group)
  list(keys = lapply(b$keys, `[`, as.integer(rownames(sums))), sums = sums)
}

# ---- replicate weights --------------------------------------------------------------------------------------------------

# The table that weeg_replicate_design() was given; given: what it has in its dots.
replicate_source <- function(data, given) {
  unknown <- setdiff(if (is.null(names(given))) rep("...", length(given)) else names(given), "table")
  if (length(unknown) > 0L) abort_unknown_argument(unknown)
  if ((is.function(data) || inherits(data, "DBIConnection")) && is.null(given$table)) {
    abort("argument", "`table` is missing: the name of a table, DBI::Id() or DBI::SQL(\"select ...\")")
  }
  database_source(if (identical(class(data), "list")) data else list(data), given$table)
}

database_replicate_design <- function(source, weights, repweights, type, combined, rho, scale, rscales, mse, df, na_weights) {
  columns <- database_replicate_columns(repweights, source)
  combined <- check_flag(combined, "combined")
  type <- replicate_type(type)
  if (!inherits(weights, "formula")) abort("formula", "`weights` must be a one-sided formula such as ~x")
  design <- database_design(source, na_weights, weights, NULL, NULL, NULL, FALSE, NULL, "weeg", FALSE, NULL, NULL)
  from <- if (is.character(repweights)) repweights else formula_text(repweights)
  design$names <- c(design$names[c("data", "weights")], list(replicates = from), design$names[names(design$names) == "omitted"])
  df <- check_df(df)
  one <- add_stages(list(data = design$data$units, rows = nrow(design$data$units)),
                    list(list(stratum = whole_column(), cluster = whole_column())))
  design[c("unit", "frame")] <- one[c("unit", "frame")]
  design$frame$lonely <- "fail"
  design$frame$conventions <- "weeg"
  design$replicates <- list(columns = columns, combined = combined)
  largest <- check_database_replicates(design, all.vars(weights), type)
  settings <- replicate_settings(type, largest, scale, rscales, mse, rho, combined)
  design$replicates <- c(design$replicates, settings, list(df = df))
  seal(design)
}

# Names of columns.
database_replicate_columns <- function(repweights, data) {
  repweights <- bare(repweights)
  columns <- if (is.character(repweights)) {
    source_names(data)[matching_columns(repweights, data)]
  } else if (inherits(repweights, "formula") && length(repweights) == 2L) {
    vapply(plus_terms(repweights[[2L]]), deparse1, "", backtick = FALSE)
  } else {
    abort("argument", "of a database, `repweights` must be a regular expression, or a one-sided formula of columns")
  }
  for (name in columns) {
    sql_known(data, name, "repweights")
    type <- data$types[[name]]
    if (!type %in% c("integer", "numeric", "integer64")) {
      abort("weight", "`repweights` must be numbers, but ", name, " is a ", type)
    }
  }
  if (length(columns) < 2L) abort("argument", "`repweights` must be at least two replicates, not ", length(columns))
  check_numbers_alone(data, columns)
  columns
}

# Checks all rows, and returns the largest number of each column.
check_database_replicates <- function(design, of_weights, type) {
  columns <- design$replicates$columns
  combined <- design$replicates$combined
  refuse_weights_as_replicates(columns, of_weights)
  seen <- first <- NULL
  stream_replicates(design, character(), function(piece) {
    if (is.null(first)) first <<- checked(.Call(C_look_at_replicates, unname(piece$replicates), piece$weights, !combined))
    all <- c(piece$replicates, list(piece$weights))
    seen <<- rbind(seen, vapply(all, seen_of_replicate, numeric(6L), piece$weights, combined))
  })
  look <- look_at_seen(first, seen, length(columns), combined)
  say_replicate_sense(look, columns, design$rows, combined, type)
  as.list(apply(seen[rownames(seen) == "high", seq_along(columns), drop = FALSE], 2L, max))
}

# What is to be known of a column in a piece of the rows; of the rows with a weight its ratio to the weights.
seen_of_replicate <- function(x, weights, combined) {
  ratio <- x / weights
  ratio <- ratio[!is.nan(ratio)]
  c(low = min(x), high = max(x), least = min(Inf, ratio), most = max(-Inf, ratio), sum = sum(if (combined) x else x * weights),
    weights = sum(weights))
}

# The look of the first piece with what all rows say; the last column is that of the weights. See replicates_look.c.
look_at_seen <- function(look, seen, count, combined) {
  of <- function(name, f) apply(seen[rownames(seen) == name, , drop = FALSE], 2L, f)
  low <- of("low", min)
  constant <- low == of("high", max)
  look$weights_differ <- !constant[count + 1L]
  constant <- constant[seq_len(count)]
  least <- of("least", min)[seq_len(count)]
  most <- of("most", max)[seq_len(count)]
  steady <- is.finite(most) & most - least <= ifelse(least == 1 | most == 1, 0, 1e-12 * abs(most))
  same <- combined & !constant & steady & (most == 1 | most < 0.5 | most > 2)
  total <- of("weights", sum)[1L]
  ratio <- if (total > 0) of("sum", sum)[seq_len(count)] / total else rep(1, count)
  odd <- !constant & !same & (ratio < 0.2 | ratio > 5)
  first <- function(which) c(which(which), 0L)[1L]
  look[c("constants", "sames", "odds")] <- list(sum(constant), sum(same), sum(odd))
  look[c("constant", "same", "odd")] <- list(first(constant), first(same), first(odd))
  look[c("value", "same_ratio", "odd_ratio")] <- list(low[look$constant], most[look$same], ratio[look$odd])
  look
}

# use: a function of list(keys, inside, weights, replicates, rows) of each piece of the rows.
stream_replicates <- function(x, keys, use) {
  data <- x$data
  prefix <- sql_prefix(data)
  columns <- x$replicates$columns
  read <- function(part) {
    rows <- 0
    weight <- if (!is.null(data$weight)) database_measure(part, data)
    inside <- if (!is.null(x$domain)) paste0("CASE WHEN ", x$domain, " THEN 1 ELSE 0 END AS ", prefix, "d")
    of_columns <- sql_as(vapply(columns, function(name) sql_name(part, name), ""), prefix, "r")
    sql <- paste0("SELECT ", sql_list(c(sql_as(keys, prefix, "k"), inside, sql_as(weight, prefix, "w"), of_columns)), " FROM ",
                  part$from, if (data$omitted > 0) paste(" WHERE", weight, "IS NOT NULL"))
    sql_stream(part, sql, "read the replicate weights", function(found) {
      of <- function(kind, count) unname(found[paste0(prefix, kind, seq_len(count), recycle0 = TRUE)])
      count <- length(found[[1L]])
      replicates <- stats::setNames(lapply(of("r", length(columns)), as.double), columns)
      check_replicates(replicates, count, numbered = FALSE)
      weights <- if (is.null(weight)) rep(1, count) else as.double(of("w", 1L)[[1L]])
      inside <- if (is.null(inside)) rep(TRUE, count) else as.double(found[[paste0(prefix, "d")]]) == 1
      rows <<- rows + count
      use(list(keys = of("k", length(keys)), inside = inside, weights = weights, replicates = replicates, rows = count))
    })
    check_same_count(part, "rows", rows)
  }
  each_part(data, read)
}

# Sums are those of doubles in the order in which the rows come.
#' @export
replicate_totals.weeg_database_design <- function(x, columns) {
  variables <- columns
  all <- NULL
  stream_replicates(x, unlist(lapply(variables, `[[`, "key"), use.names = FALSE), function(piece) {
    read <- read_terms(variables, piece$keys, piece$inside)
    coded <- coded_rows(read, piece$rows)
    values <- lapply(measured_values(read), rep_len, piece$rows)
    found <- checked(.Call(C_replicate_totals, coded, unname(piece$replicates), if (!x$replicates$combined) piece$weights,
                           if (!is.null(x$domain)) as.raw(piece$inside), as.double(piece$rows), thread_count(),
                           if (length(values) > 0L) values))
    all <<- add_replicates(all, found)
  })
  all
}

# list(totals, basis, start) of two pieces of the rows, the first of which may be NULL. Rows of both bases are one, of which
# random sums are taken where there are many, as of the rows of one piece.
add_replicates <- function(a, b) {
  if (is.null(a)) return(b)
  b$totals <- a$totals + b$totals
  if (is.null(a$basis) || is.null(b$basis)) {
    b[c("basis", "start")] <- list(NULL)
    return(b)
  }
  cells <- length(b$start) - 1L
  place <- c(rep(seq_len(cells), diff(a$start)), rep(seq_len(cells), diff(b$start)))
  both <- cbind(a$basis, b$basis)
  rows <- lapply(seq_len(nrow(both)), function(r) both[r, ])
  found <- checked(.Call(C_replicate_totals, list(list(codes = place, width = 4L, size = cells)), rows, NULL, NULL,
                         as.double(length(place)), thread_count(), NULL))
  b["basis"] <- list(found$basis)
  b["start"] <- list(if (!is.null(found$basis)) found$start[seq_len(cells + 1L)])
  b
}
