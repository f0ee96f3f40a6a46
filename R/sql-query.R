# The queries of which a design and its tallies are made. Weights are below 2^exponent, which is a multiple of 16. Each is cut
# into whole numbers of 20, 22, 22 and 22 bits by FLOOR and powers of two, which every engine computes exactly: no step passes
# 2^22, so that FLOOR may give an integer. Their sums, and those of the diagonals of the square (each cut at 2^23), are whole
# numbers below 2^53 for up to 2^29 rows a group: doubles that are the same whatever the order and the number of workers.

# One row per combination of the keys (SQL, those of strata and clusters): k1, k2, ...; n, rows; with a weight (SQL of a
# double): used, rows of weight above 0; w_null, w_negative, w_nan, w_infinite, w_large (above 2^480), rows with weights that are
# such; largest, the largest weight; and of the i-th of `fpc` (SQL of doubles) fmin<i>, fmax<i> and fcount<i>, rows that have one.
sql_sample_query <- function(table, keys = character(), weight = NULL, fpc = character()) {
  p <- sql_prefix(table)
  inner <- c(sql_as(keys, p, "k"), sql_as(weight, p, "w"), sql_as(fpc, p, "f"))
  if (length(inner) == 0L) inner <- paste0("1 AS ", p, "k0")
  of_fpc <- unlist(lapply(seq_along(fpc), function(i) {
    paste0(c("MIN(", "MAX(", "COUNT("), p, "f", i, ") AS ", c("fmin", "fmax", "fcount"), i)
  }))
  checks <- if (!is.null(weight)) sql_weight_checks(table, paste0(p, "w1"))
  outer <- c(sql_again(keys, p), sql_count(table, "*", "n"), checks, of_fpc)
  paste0("SELECT ", sql_list(outer), " FROM (SELECT ", sql_list(inner), " FROM ", table$from, ") q1", sql_group(keys, p))
}

sql_rows_count <- function(table) paste("SELECT", sql_count(table, "*", "n"), "FROM", table$from)

sql_weight_checks <- function(table, w) {
  finite <- sql_number(table, .Machine$double.xmax)
  limit <- sql_number(table, 2^480)
  number <- sprintf(table$engine$nan, w)
  rows <- function(condition, name) sql_count(table, paste("CASE WHEN", condition, "THEN 1 END"), name)
  c(
    rows(paste(number, "> 0"), "used"),
    rows(paste(w, "IS NULL"), "w_null"),
    rows(paste(number, "< 0"), "w_negative"),
    if (number == w) "0 AS w_nan" else rows(paste(w, "IS NOT NULL AND", number, "IS NULL"), "w_nan"),
    rows(paste(number, ">", finite), "w_infinite"),
    rows(paste(number, ">", limit, "AND", number, "<=", finite), "w_large"),
    paste0("MAX(", number, ") AS largest")
  )
}

# One row per combination of the keys (SQL), of which the first `units` say the unit and the others the cell: k1, k2, ...; n;
# with a weight s1 ... s4, sums of its parts, and with `element` qh1 ... qh7 and ql1 ... ql7, sums of the diagonals of their
# squares, cut at 2^23. Rows of weight 0 are left out. domain: a condition (SQL); rows outside it are in one group per unit, with
# 0 in `inside` and cells NULL, so that rows that got lost are noticed.
sql_tally_query <- function(table, keys = character(), weight = NULL, exponent = 0, element = FALSE, domain = NULL,
                            units = 0L) {
  p <- sql_prefix(table)
  barrier <- if (element) table$engine$barrier else ""
  scaled <- if (!is.null(weight)) sql_scaled(table, weight, exponent)
  from <- sql_rows_query(table, keys, scaled, if (!is.null(weight)) paste(" WHERE", weight, "> 0"), domain, units)
  shown <- sql_again(keys, p)
  if (!is.null(domain)) {
    shown <- c(shown, paste0(p, "k", length(keys) + 1L, " AS inside"))
    keys <- c(keys, domain)
  }
  if (!is.null(weight)) from <- sql_limbs(table, paste(from, barrier), keys, barrier)
  if (element && !is.null(weight)) from <- sql_squares(table, from, keys, barrier)
  sums <- if (!is.null(weight)) sql_sums(table, element)
  paste0("SELECT ", sql_list(c(shown, sql_count(table, "*", "n"), sums)), " FROM (", from, ") q7", sql_group(keys, p))
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

# The parts l1 ... l4 of the weights, taken off one by one; r0 is a weight below 2^20, r1 ... r3 what is left, below 2^22.
sql_limbs <- function(table, from, keys, barrier) {
  p <- sql_prefix(table)
  named <- function(what, at) paste0(p, what, at, recycle0 = TRUE)
  for (i in 1:4) {
    rest <- named("r", i - 1L)
    above <- sprintf(table$engine$floor, rest)
    left <- if (i < 4L) sprintf("(%s - %s) * %s AS %s", rest, above, sql_number(table, 2^22), named("r", i))
    parts <- c(named("k", seq_along(keys)), named("l", seq_len(i - 1L)), paste(above, "AS", named("l", i)), left)
    from <- paste("SELECT", sql_list(parts), "FROM (", from, ")", paste0("q", i), barrier)
  }
  from
}

# A weight below 2^20 instead of 2^exponent. Division of the smallest by a large power would be below all doubles, which is an
# error in some engines; their bits are below the last part anyway.
sql_scaled <- function(table, weight, exponent) {
  if (exponent <= 20) return(paste(weight, "*", sql_number(table, 2^(20 - exponent))))
  scaled <- paste(weight, "/", sql_number(table, 2^(exponent - 20)))
  paste("CASE WHEN", weight, ">=", sql_number(table, 2^(exponent - 86)), "THEN", scaled, "ELSE 0 END")
}

# The seven diagonals t1 ... t7 of the square of l1 ... l4, below 2^46, and h1 ... h7, what is above 2^23 in them. The product by
# 2^-23 is exact, where a division would be one of integers in some engines.
sql_squares <- function(table, from, keys, barrier) {
  p <- sql_prefix(table)
  kept <- c(paste0(p, "k", seq_along(keys), recycle0 = TRUE), paste0(p, "l", 1:4))
  products <- c("l1*l1", "2*l1*l2", "2*l1*l3 + l2*l2", "2*l1*l4 + 2*l2*l3", "2*l2*l4 + l3*l3", "2*l3*l4", "l4*l4")
  diagonals <- gsub("l", paste0(p, "l"), products, fixed = TRUE)
  at <- paste0(p, "t", 1:7)
  high <- sprintf(table$engine$floor, paste(at, "*", sql_number(table, 2^-23)))
  squared <- paste("SELECT", sql_list(c(kept, paste(diagonals, "AS", at))), "FROM (", from, ") q5", barrier)
  paste("SELECT", sql_list(c(kept, at, paste0(high, " AS ", p, "h", 1:7))), "FROM (", squared, ") q6", barrier)
}

sql_sums <- function(table, element) {
  p <- sql_prefix(table)
  sum_of <- function(what, name) paste0("SUM(", sql_double(table, what), ") AS ", name)
  low <- paste0(p, "t", 1:7, " - ", p, "h", 1:7, " * ", sql_number(table, 2^23))
  c(sum_of(paste0(p, "l", 1:4), paste0("s", 1:4)),
    if (element) c(sum_of(paste0(p, "h", 1:7), paste0("qh", 1:7)), sum_of(low, paste0("ql", 1:7))))
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
  wrong <- tryCatch(c(sql_wrong_sums(x, exponents), sql_wrong_texts(x)), weeg_error_database = function(e) e$message)
  if (length(wrong) == 0L) TRUE else wrong
}

# Weights below 2^16: ends of a binade, decimals that are no doubles, small next to large.
self_test_weights <- c(
  1, 0.1, 1 / 3, 2^-60, 65536 - 2^-37, 1e-12, pi, 2 / 3 * 2^-30, 4097 / 4096, 2^-53, 1 - 2^-53, 1 + 2^-52, 4095.9999999999995,
  2^-10 + 2^-62, 0.3, 0.7, 1e-5, 123.456, 65535, 32768.000000000007, 9.9999999999999995e-7, exp(1), sqrt(2), exp(10.5),
  exp(-20.25), 1 / 7, 1e4 / 3, 2^15 + 2^-36, 2^-31 - 2^-84, 17.3, 2^-1 - 2^-54
)

# Numbers and texts as a table: each row a SELECT, or one of VALUES, as H2 takes all memory for many SELECTs inside others.
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

sql_wrong_sums <- function(x, exponents) {
  differ <- unique(unlist(lapply(exponents, function(exponent) wrong_sums_of(x, exponent))))
  if (length(differ) > 0L) paste0("sums of numbers are not exact (", sql_list(differ), ")")
}

wrong_sums_of <- function(x, exponent) {
  w <- self_test_weights * 2^(exponent - 16)
  # each alone, and all but the first together
  group <- c(seq_along(w), rep(0, length(w) - 1L))
  w <- c(w, w[-1L])
  literals <- sprintf(x$engine$literal, sprintf("%.17e", w))
  constants <- sql_constants(x, list(g = sql_number(x, group), v = sql_double(x, literals)))
  found <- sql_query(x, sql_tally_query(constants, "g", "v", exponent, element = TRUE), "compute the sums of a tally")
  found <- found[match(sort(unique(group)), as.double(found$k1)), ]
  expected <- rowsum(limb_sums(w, exponent), group)
  same <- vapply(colnames(expected), function(name) identical(as.double(found[[name]]), as.vector(expected[, name])), NA)
  names(same)[!same]
}

# What the query makes of each weight, in R.
limb_sums <- function(w, exponent) {
  rest <- w * 2^(20 - exponent)
  limbs <- matrix(0, length(w), 4L, dimnames = list(NULL, paste0("s", 1:4)))
  for (i in 1:4) {
    limbs[, i] <- floor(rest)
    rest <- (rest - limbs[, i]) * 2^22
  }
  l <- lapply(1:4, function(i) limbs[, i])
  diagonals <- cbind(l[[1]]^2, 2 * l[[1]] * l[[2]], 2 * l[[1]] * l[[3]] + l[[2]]^2, 2 * l[[1]] * l[[4]] + 2 * l[[2]] * l[[3]],
                     2 * l[[2]] * l[[4]] + l[[3]]^2, 2 * l[[3]] * l[[4]], l[[4]]^2)
  high <- floor(diagonals / 2^23)
  low <- diagonals - high * 2^23
  dimnames(high) <- list(NULL, paste0("qh", 1:7))
  dimnames(low) <- list(NULL, paste0("ql", 1:7))
  cbind(limbs, high, low)
}

self_test_texts <- c("ja", "Ja", "JA", "ja ", " ja", "j\u00e1", "ja\u0301", "", "ja'", "\"ja\"", "\\' OR 1=1 --", "ja\\", "%",
                     "\U1F600", "\U1F601", "\u00df", "ss")

sql_wrong_texts <- function(x) {
  texts <- self_test_texts
  if (is.null(x$engine$hex) && x$engine$name == "generic") texts <- grep("\\", texts, fixed = TRUE, value = TRUE, invert = TRUE)
  if (x$engine$name == "oracle") texts <- setdiff(texts, "") # which is NULL there
  constants <- sql_constants(x, list(id = sql_number(x, seq_along(texts)), v = sprintf(x$engine$varying, sql_text(x, texts))))
  key <- sprintf(x$engine$binary, "v")
  found <- sql_query(x, sql_tally_query(constants, key), "compare texts")
  if (setequal(found$k1, texts) && nrow(found) == length(texts)) return(NULL)
  "texts that differ (in capitals, accents, blanks at their ends, or escapes) are not kept apart"
}
