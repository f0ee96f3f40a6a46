# The queries of which a design and its tallies are made. Weights are cut into whole numbers (cut_weights()) by FLOOR and powers
# of two, which every engine computes exactly. Sums of these, and of the diagonals of the square, are whole numbers of at most
# 2^53: doubles that are the same whatever the order and the number of workers. As the design knows the largest and the smallest
# weight, and how many rows there are in a unit, parts are as few as can be.

# One row: n, rows; with a weight (SQL of a double): known, rows that have one; lowest and largest of these. keys: columns of
# which the ends k1a and k1b, ... are asked for too. column: that of the
# weight, of which is asked whether it has anything else than numbers (`unlike`).
sql_look_query <- function(table, weight = NULL, keys = character(), column = NULL) {
  p <- sql_prefix(table)
  count <- sql_count(table, "*", "n")
  if (is.null(weight) && length(keys) == 0L) return(paste("SELECT", count, "FROM", table$from))
  number <- sprintf(table$engine$nan, paste0(p, "w1"))
  looks <- c(sql_count(table, number, "known"), paste0(c("MIN(", "MAX("), number, ") AS ", c("lowest", "largest")))
  key <- paste0(p, "k", seq_along(keys), recycle0 = TRUE)
  ends <- paste0(c("MIN(", "MAX("), rep(key, each = 2L), ") AS k", rep(seq_along(keys), each = 2L), c("a", "b"), recycle0 = TRUE)
  if (!is.null(column)) looks <- c(looks, paste(sprintf(table$engine$unlike, paste0(p, "u1")), "AS unlike"))
  paste0("SELECT ", sql_list(c(count, if (!is.null(weight)) looks, ends)), " FROM (SELECT ",
         sql_list(c(sql_as(weight, p, "w"), sql_as(column, p, "u"), sql_as(keys, p, "k"))), " FROM ", table$from, ") q1")
}

# One row: n, rows; w_null, w_negative, w_nan, w_infinite, w_large (above 2^480), rows whose weight is such.
sql_checks_query <- function(table, weight) {
  w <- paste0(sql_prefix(table), "w1")
  checks <- sql_list(c(sql_count(table, "*", "n"), sql_weight_checks(table, w)))
  paste0("SELECT ", checks, " FROM (SELECT ", weight, " AS ", w, " FROM ", table$from, ") q1")
}

# One row per combination of the keys (SQL, those of strata and clusters): k1, k2, ...; n, rows; with a weight (SQL of a
# double) also `what` is asked for: known, rows that have one; used, rows of weight above 0; smallest of those.
sql_sample_query <- function(table, keys = character(), weight = NULL, what = character()) {
  p <- sql_prefix(table)
  if (length(what) == 0L) weight <- NULL
  inner <- c(sql_as(keys, p, "k"), sql_as(weight, p, "w"))
  if (length(inner) == 0L) inner <- paste0("1 AS ", p, "k0")
  number <- sprintf(table$engine$nan, paste0(p, "w1"))
  above <- paste("CASE WHEN", number, "> 0 THEN", c("1", number), "END")
  asked <- c(known = sql_count(table, number, "known"), used = sql_count(table, above[1L], "used"),
             smallest = paste0("MIN(", above[2L], ") AS smallest"))
  outer <- c(sql_again(keys, p), sql_count(table, "*", "n"), asked[what])
  paste0("SELECT ", sql_list(outer), " FROM (SELECT ", sql_list(inner), " FROM ", table$from, ") q1", sql_group(keys, p))
}

sql_weight_checks <- function(table, w) {
  finite <- sql_number(table, .Machine$double.xmax)
  limit <- sql_number(table, 2^480)
  number <- sprintf(table$engine$nan, w)
  rows <- function(condition, name) sql_count(table, paste("CASE WHEN", condition, "THEN 1 END"), name)
  c(
    rows(paste(w, "IS NULL"), "w_null"),
    rows(paste(number, "< 0"), "w_negative"),
    if (number == w) "0 AS w_nan" else rows(paste(w, "IS NOT NULL AND", number, "IS NULL"), "w_nan"),
    rows(paste(number, ">", finite), "w_infinite"),
    rows(paste(number, ">", limit, "AND", number, "<=", finite), "w_large")
  )
}

# One row per combination of the keys (SQL), of which the first `units` say the unit and the others the cell: k1, k2, ...; n;
# with a weight the sums of part_sums(): s1, s2, ... of its parts, and with `element` q1, q2, ... of the diagonals of their
# squares. cut: cut_weights(). Rows of weight 0 are left out. domain: a condition (SQL); rows outside it are in one group per
# unit, with 0 in `inside` and cells NULL, so that rows that got lost are noticed. once: keys are computed once a row, in an
# engine that would do it for each use. largest: m1 too, the largest first part of a weight.
sql_tally_query <- function(table, keys = character(), weight = NULL, cut = NULL, element = FALSE, domain = NULL, units = 0L,
                            once = FALSE, largest = FALSE) {
  p <- sql_prefix(table)
  scaled <- if (!is.null(weight)) sql_scaled(table, weight, cut)
  from <- sql_rows_query(table, keys, scaled, sql_where(table, if (!is.null(weight)) paste(weight, "> 0")), domain, units)
  shown <- sql_again(keys, p)
  if (!is.null(domain)) {
    shown <- c(shown, paste0(p, "k", length(keys) + 1L, " AS inside"))
    keys <- c(keys, domain)
  }
  sums <- NULL
  if (is.null(weight) && once) from <- paste(from, table$engine$barrier)
  if (!is.null(weight)) {
    from <- sql_parts(table, from, keys, cut, element, once)
    sums <- sql_sums(table, cut, element, largest)
  }
  paste0("SELECT ", sql_list(c(shown, sql_count(table, "*", "n"), sums)), " FROM (", from, ") q9", sql_group(keys, p))
}

# The rows of which a condition (SQL, NULL: none) holds, and what is watched.
sql_where <- function(table, condition) {
  conditions <- c(condition, table$watched)
  if (length(conditions) > 0L) paste0(" WHERE ", paste(conditions, collapse = " AND "))
}

# The rows: their keys k1, k2, ..., of which the last is whether they are inside the domain, if there is one, and r0, the scaled
# weight.
sql_rows_query <- function(table, keys, scaled, where, domain, units) {
  p <- sql_prefix(table)
  rest <- if (!is.null(scaled)) paste0(scaled, " AS ", p, "r0")
  if (is.null(domain)) {
    if (length(keys) == 0L && is.null(rest)) rest <- paste0("1 AS ", p, "k0")
    return(paste0("SELECT ", sql_list(c(sql_as(keys, p, "k"), rest)), " FROM ", table$from, where))
  }
  inside <- paste0("CASE WHEN ", domain, " THEN 1 ELSE 0 END AS ", p, "d")
  rows <- paste0("SELECT ", sql_list(c(sql_as(keys, p, "c"), inside, rest)), " FROM ", table$from, where)
  key <- paste0(p, "c", seq_along(keys), recycle0 = TRUE)
  cell <- seq_along(keys) > units
  key[cell] <- sprintf("CASE WHEN %1$sd = 1 THEN %2$s END", p, key[cell])
  paste0("SELECT ", sql_list(c(sql_as(c(key, paste0(p, "d")), p, "k"), if (!is.null(scaled)) paste0(p, "r0"))),
         " FROM (", rows, ") q0")
}

# The parts l1, l2, ... of the weights, taken off one by one: r0 is the scaled weight, r1, ... what is left.
sql_parts <- function(table, from, keys, cut, element, once) {
  p <- sql_prefix(table)
  named <- function(what, at) paste0(p, what, at, recycle0 = TRUE)
  # two parts are cheaper to compute twice
  apart <- if (element || cut$parts > 2L) table$engine$barrier else ""
  barrier <- if (once) table$engine$barrier else apart
  for (i in seq_len(cut$parts - !cut$floor)) {
    rest <- named("r", i - 1L)
    part <- sprintf(table$engine$floor, rest)
    left <- if (i < cut$parts) paste(sql_raised(paste0("(", rest, " - ", part, ")"), cut$bits), "AS", named("r", i))
    items <- c(named("k", seq_along(keys)), named("l", seq_len(i - 1L)), paste(part, "AS", named("l", i)), left)
    from <- paste("SELECT", sql_list(items), "FROM (", from, barrier, ")", paste0("q", i))
    barrier <- apart
  }
  paste(from, barrier)
}

# A weight in units of the first part. The smallest divided by a large power would be below all doubles, which is an
# error in some engines; their bits are below the last part anyway.
sql_scaled <- function(table, weight, cut) {
  by <- first_power(cut)
  scaled <- sql_raised(weight, by)
  if (by >= 0 || !cut$floor) return(scaled)
  paste("CASE WHEN", weight, ">=", sql_number(table, 2^cut$lowest), "THEN", scaled, "ELSE 0 END")
}

# Weights times 2^first_power() have the first part before the point.
first_power <- function(cut) -cut$lowest - (cut$parts - 1L) * cut$bits

# A double times 2^by, by whole numbers, which no engine reads otherwise.
sql_raised <- function(number, by) {
  powers <- c(rep(30, abs(by) %/% 30), if (by %% 30 != 0) abs(by) %% 30)
  paste(c(number, sprintf("%.0f", 2^powers)), collapse = if (by > 0) " * " else " / ")
}

# Sums of the parts, and of the diagonals of their square. What is left after the last FLOOR is the last part, where it has no
# bits below its unit.
sql_sums <- function(table, cut, element, largest = FALSE) {
  part <- paste0(sql_prefix(table), "l", seq_len(cut$parts))
  if (!cut$floor) part[cut$parts] <- paste0(sql_prefix(table), "r", cut$parts - 1L)
  product <- outer(part, part, paste, sep = "*")
  diagonal <- row(product) + col(product)
  twice <- row(product) < col(product)
  product[twice] <- paste0("2*", product[twice])
  kept <- row(product) <= col(product)
  squares <- if (element) vapply(split(product[kept], diagonal[kept]), paste, "", collapse = " + ", USE.NAMES = FALSE)
  c(paste0("SUM(", sql_double(table, c(part, squares)), ") AS ", part_sums(cut, element)),
    if (largest) paste0("MAX(", part[1L], ") AS m1"))
}

# Names inside a query start with what no column starts with: some engines take the name given to an expression for a column
# that is called so.
sql_prefix <- function(table) {
  prefix <- "w_"
  while (any(startsWith(tolower(names(table$types)), prefix))) prefix <- paste0("w", prefix)
  prefix
}

sql_list <- function(items) paste(items, collapse = ", ")
sql_as <- function(what, prefix, kind) paste0(what, " AS ", prefix, kind, seq_along(what), recycle0 = TRUE)
sql_again <- function(keys, prefix) paste0(prefix, "k", seq_along(keys), " AS k", seq_along(keys), recycle0 = TRUE)
sql_group <- function(keys, prefix) if (length(keys) > 0L) paste(" GROUP BY", sql_list(paste0(prefix, "k", seq_along(keys))))
sql_count <- function(table, what, name) paste(sprintf(table$engine$count, what), "AS", name)

# ---- can this engine be trusted? ----------------------------------------------------------------------------------------

# TRUE, or what is wrong: numbers whose bits are hard to keep go through the same query as weights, and are compared with what
# R's doubles make of them; texts that some engines take for equal, or for more than a text, go through a group by. x: a table, or
# a connection. exponents: of weights near 1, and of those that are scaled by powers of two that no integer has.
sql_self_test <- function(x, exponents = c(16, 480, -48)) {
  if (!inherits(x, "weeg_sql")) {
    need_package("DBI", "for data in databases")
    x <- sql_behind(x)
  }
  wrong <- tryCatch({
    together <- sql_compare(x, short_test(x))
    differ <- unique(c(sql_wrong_sums(x, exponents), together$sums))
    c(if (length(differ) > 0L) paste0("sums of numbers are not exact (", sql_list(differ), ")"), together$texts)
  }, weeg_error_database = function(e) e$message)
  if (length(wrong) == 0L) TRUE else wrong
}

# Weights below 2^16: ends of a binade, decimals that are no doubles, small next to large.
self_test_weights <- c(
  1, 0.1, 1 / 3, 2^-60, 65536 - 2^-37, 1e-12, pi, 2 / 3 * 2^-30, 4097 / 4096, 2^-53, 1 - 2^-53, 1 + 2^-52, 4095.9999999999995,
  2^-10 + 2^-62, 0.3, 0.7, 1e-5, 123.456, 65535, 32768.000000000007, 9.9999999999999995e-7, exp(1), sqrt(2), exp(10.5),
  exp(-20.25), 1 / 7, 1e4 / 3, 2^15 + 2^-36, 2^-31 - 2^-84, 17.3, 2^-1 - 2^-54
)

# Numbers and texts as a table: each row a SELECT, or one of VALUES, as H2 takes all memory for many SELECTs inside others, and
# DuckDB twice the time.
sql_constants <- function(x, columns) {
  named <- if (x$engine$values) columns else Map(function(values, name) paste(values, "AS", name), columns, names(columns))
  rows <- do.call(paste, c(unname(named), sep = ", "))
  x$from <- if (x$engine$values) {
    paste0("(VALUES ", sql_list(paste0("(", rows, ")")), ") q0 (", sql_list(names(columns)), ")")
  } else {
    paste0("(", paste0("SELECT ", rows, x$engine$single, collapse = " UNION ALL "), ") q0")
  }
  x$types <- stats::setNames(rep("numeric", length(columns)), names(columns))
  x
}

# In turn of rows that are PSUs, in many parts, and of clusters, in few with as many bits as can be.
sql_wrong_sums <- function(x, exponents) {
  unlist(lapply(seq_along(exponents), function(i) wrong_sums_of(x, exponents[i], i %% 2L == 1L)))
}

wrong_sums_of <- function(x, exponent, element) {
  w <- self_test_weights * 2^(exponent - 16)
  # each alone, and all but the first together
  group <- c(seq_along(w), rep(0, length(w) - 1L))
  w <- c(w, w[-1L])
  constants <- sql_constants(x, list(g = sql_number(x, group), v = sql_doubles(x, w)))
  cut <- cut_weights(max(w), 0, if (element) 2^15 else length(w), element)
  found <- sql_query(x, sql_tally_query(constants, "g", "v", cut, element), "compute the sums of a tally")
  found <- found[match(sort(unique(group)), as.double(found$k1)), ]
  expected <- rowsum(row_sums(w, cut, element), group)
  same <- vapply(colnames(expected), function(name) identical(as.double(found[[name]]), as.vector(expected[, name])), NA)
  names(same)[!same]
}

# What the query makes of each weight, in R: a matrix.
row_sums <- function(w, cut, element) {
  by <- first_power(cut)
  rest <- w * 2^(by %/% 2) * 2^(by - by %/% 2) # which may be above all doubles
  l <- matrix(0, length(w), cut$parts)
  for (i in seq_len(cut$parts)) {
    l[, i] <- floor(rest)
    rest <- (rest - l[, i]) * 2^cut$bits
  }
  diagonals <- matrix(0, length(w), if (element) 2L * cut$parts - 1L else 0L)
  if (element) for (i in seq_len(cut$parts)) for (j in seq_len(cut$parts)) {
    diagonals[, i + j - 1L] <- diagonals[, i + j - 1L] + l[, i] * l[, j]
  }
  sums <- cbind(l, diagonals)
  dimnames(sums) <- list(NULL, part_sums(cut, element))
  sums
}

self_test_texts <- c("ja", "Ja", "JA", "ja ", " ja", "j\u00e1", "ja\u0301", "", "ja'", "\"ja\"", "\\' OR 1=1 --", "ja\\", "%",
                     "\U1F600", "\U1F601", "\u00df", "ss")

sql_wrong_texts <- function(x) {
  texts <- texts_of_test(x)
  constants <- sql_constants(x, list(id = sql_number(x, seq_along(texts)), v = constant_texts(x, texts)))
  found <- sql_query(x, sql_tally_query(constants, sprintf(x$engine$binary, "v")), "compare texts")
  if (!same_texts(x, found, texts)) texts_differ
}

texts_differ <- "texts that differ (in capitals, accents, blanks at their ends, or escapes) are not kept apart"

texts_of_test <- function(x) {
  texts <- self_test_texts
  if (is.null(x$engine$hex) && x$engine$name == "generic") texts <- grep("\\", texts, fixed = TRUE, value = TRUE, invert = TRUE)
  if (x$engine$name == "oracle") texts <- setdiff(texts, "") # which is NULL there
  texts
}

constant_texts <- function(x, texts) sprintf(x$engine$varying, sql_text(x, texts, ""))

same_texts <- function(x, found, texts) setequal(without_mark(x, found$k1), texts) && nrow(found) == length(texts)

# ---- once a connection --------------------------------------------------------------------------------------------------

# The self-test in one query, of which a design of a connection that has passed the long one is made: texts, each with a number,
# whose sums have as many digits as there can be. What a session may be told in between (of digits, of characters) shows in
# these. list(engine, sql, texts, sums).
short_test <- function(x) {
  texts <- texts_of_test(x)
  w <- self_test_weights[seq_along(texts)]
  constants <- sql_constants(x, list(v = constant_texts(x, texts), w = sql_doubles(x, w)))
  cut <- list(parts = 2L, bits = 53L, lowest = -90L, floor = TRUE)
  list(engine = x$engine, sql = sql_tally_query(constants, sprintf(x$engine$binary, "v"), "w", cut), texts = texts,
       sums = row_sums(w, cut, FALSE))
}

# list(texts, what is wrong with them; sums, the names of those that differ).
sql_compare <- function(x, test) {
  found <- sql_query(x, test$sql, "compute the sums of a tally")
  if (!same_texts(x, found, test$texts)) return(list(texts = texts_differ))
  at <- match(test$texts, without_mark(x, found$k1))
  same <- vapply(colnames(test$sums), function(name) identical(as.double(found[[name]])[at], as.vector(test$sums[, name])), NA)
  list(sums = names(same)[!same])
}

# TRUE, or what is wrong, as sql_self_test() has it.
sql_is_exact <- function(x) {
  kept <- connection_memory(sql_con(x))
  passed <- !is.null(kept$test) && identical(kept$test$engine, x$engine) &&
    length(tryCatch(unlist(sql_compare(x, kept$test)), weeg_error_database = function(e) "an error")) == 0L
  if (passed) return(TRUE)
  exact <- sql_self_test(x)
  kept$test <- if (isTRUE(exact)) short_test(x)
  exact
}
