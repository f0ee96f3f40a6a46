# Sums as a database makes them: the expressions of a query's SQL, which all its doubles go through, are evaluated by R here. The
# expected bytes are those of weeg_tally() of the rows.

# l1, l2, ... of weights that are cut, and the diagonals of the square, as SQL says it
parts <- function(w, cut, element = TRUE) {
  FLOOR <- floor
  first <- -cut$lowest - (cut$parts - 1) * cut$bits
  r <- w * 2^(first %/% 2) * 2^(first - first %/% 2)
  l <- list()
  for (k in seq_len(cut$parts)) {
    l[[k]] <- eval(str2lang("FLOOR(r)"))
    r <- eval(str2lang(sprintf("(r-FLOOR(r))*%.0f", 2^cut$bits)))
  }
  if (!element) return(l)
  diagonals <- lapply(2:(2 * cut$parts), function(m) {
    i <- seq_len(cut$parts)
    i <- i[(m - i) %in% i]
    Reduce(`+`, Map(`*`, l[i], l[m - i]))
  })
  c(l, diagonals)
}
cut_of <- function(w, rows, element) cut_weights(max(w), min(w[w > 0]), rows, element)

# What GROUP BY gives, in any order: data has unit and cell, from 0, and w
grouped <- function(data, cut, element) {
  data <- data[data$w > 0, ]
  key <- paste(data$unit, data$cell)
  first <- sample(which(!duplicated(key)))
  sums <- lapply(parts(data$w, cut, element), function(x) {
    vapply(key[first], function(k) Reduce(`+`, sample(x[key == k]), 0), 0)
  })
  list(unit = data$unit[first], cell = data$cell[first], n = as.vector(table(key)[key[first]]), sums = sums, cut = cut)
}

awkward <- function() {
  w <- c(1, 0.1, 1 / 3, 2^-60, 65535.999999999993, 1e-12, pi, 2 / 3 * 2^-30, 4097 / 4096, 2^-53)
  set.seed(1)
  c(w, exp(stats::runif(22, -30, 11)))
}


test_that("awkward weights give the bytes of a tally, one by one", {
  w <- awkward()
  w <- w[w < 65536]
  d <- data.frame(id = seq_along(w), w = w)
  t <- weeg_tally(weeg_design(d, weights = ~w, strata = ~id), ~id)
  expect_identical(sum_exponent(max(w)), 16L)
  at <- seq_along(w) - 1L
  for (rows in 2^c(0, 5, 15, 29)) {
    cut <- cut_of(w, rows, TRUE)
    made <- entries_of_sums(at, at, rep(1, length(w)), parts(w, cut), cut, TRUE, max(w), length(w), length(w) + 1L)
    expect_identical(made, t$entries, label = rows)
  }
})

test_that("sums by group give the bytes of a tally, with clusters and without, and without weights", {
  set.seed(2)
  rows <- 400L
  kinds <- list(
    six_orders = 10^stats::runif(rows, -3, 3), awkward = rep_len(awkward(), rows),
    large = c(2^480, 2^480 * stats::runif(rows - 1L)), small = 2^-1074 * sample(0:9, rows, TRUE),
    edge = rep_len(c(65535.999999999993, 2^-70, 0, 65535), rows), one = rep(1, rows)
  )
  E <- c(six_orders = 16L, awkward = 16L, large = 496L, small = -960L, edge = 16L, one = 16L)
  for (kind in names(kinds)) {
    w <- kinds[[kind]]
    d <- data.frame(h = sample(3L, rows, TRUE), a = sample(c("x", "y", NA), rows, TRUE), w = w)
    d$psu <- d$h * 10L + sample(4L, rows, TRUE)
    expect_identical(sum_exponent(max(w)), E[[kind]])
    for (element in c(TRUE, FALSE)) {
      design <- weeg_design(d, weights = ~w, strata = ~h, cluster = if (!element) ~psu)
      t <- weeg_tally(design, ~a)
      unit <- if (element) d$h - 1L else match(d$psu, sort(unique(d$psu))) - 1L
      units <- max(unit) + 1L
      for (most in c(rows, 2^29)) {
        cut <- cut_of(w, most, element)
        g <- grouped(data.frame(unit = unit, cell = match(d$a, c("x", "y"), 3L) - 1L, w = w), cut, element)
        made <- entries_of_sums(g$unit, g$cell, g$n, g$sums, cut, element, max(w), units, 3L)
        expect_identical(made, t$entries, info = paste(kind, element, most))
      }
      count <- weeg_tally(weeg_design(d[w > 0, ], strata = ~h, cluster = if (!element) ~psu), ~a)
      if (all(w > 0)) expect_identical(entries_of_sums(g$unit, g$cell, g$n, NULL, NULL, element, 1, units, 3L), count$entries)
    }
  }
})

test_that("parts of the rows, as several servers have them, are added up", {
  set.seed(3)
  d <- data.frame(unit = sample(0:2, 60L, TRUE), cell = sample(0:1, 60L, TRUE), w = stats::runif(60L, 0, 1e5))
  cut <- cut_of(d$w, 60, TRUE)
  of <- function(at) grouped(d[at, ], cut, TRUE)[1:4]
  all <- of(1:60)
  two <- Map(function(a, b) if (is.list(a)) Map(c, a, b) else c(a, b), of(1:25), of(26:60))
  entries <- function(g) entries_of_sums(g$unit, g$cell, g$n, g$sums, cut, TRUE, 1e5, 3L, 2L)
  expect_identical(entries(two), entries(all))
})

test_that("sums that exact arithmetic does not give are refused", {
  cut <- cut_of(c(3.3, 0.7), 2^15, TRUE)
  expect_identical(cut, list(parts = 4L, bits = 14L, lowest = -53L, floor = FALSE)) # 2 bits before the point, 53 behind it
  sums <- parts(c(3.3, 0.7), cut)
  entries <- function(sums, n = c(1, 1), unit = 0:1) entries_of_sums(unit, c(0L, 0L), n, sums, cut, TRUE, 3.3, 2L, 1L)
  expect_length(entries(sums)$n, 2L)
  edit <- function(k, value) {
    sums[[k]][2L] <- value
    sums
  }
  cases <- list(edit(3L, 0.5), edit(1L, -1), edit(2L, NaN), edit(4L, NA), edit(11L, Inf), edit(1L, 2^20),
                edit(2L, sums[[2L]][2L] + 1), edit(9L, sums[[9L]][2L] + 2))
  for (wrong in cases) {
    e <- expect_error(entries(wrong), "^sum [0-9]+ in row 2 is .*, which exact arithmetic does not give",
                      class = "weeg_error_argument")
    expect_identical(e$where, 2)
  }
  expect_error(entries(sums, n = c(1, 0)), "count in row 2 is 0", class = "weeg_error_argument")
  expect_error(entries(sums, n = c(1, 2^29 + 1)), "row 2 counts 536870913 rows", class = "weeg_error_too_large")
  expect_error(entries(sums, unit = c(0L, 2L)), "unit or cell of row 2", class = "weeg_error_argument")
  expect_error(entries(sums[1:4]), "the sums of a tally", class = "weeg_error_argument")
  cut$lowest <- -57L
  expect_error(entries(sums), "weights up to 3.3 cannot be cut into 4 parts of 14 bits down to 2\\^-57",
               class = "weeg_error_argument")
})

test_that("weights are cut into as few parts as their bits and rows allow", {
  # bits from the largest's to the lowest that the smallest may have; sums of rows, and of rows * parts products, are at most 2^53
  parts_of <- function(...) cut_weights(...)$parts
  expect_identical(parts_of(1, 1, 1e6, FALSE), 2L) # 53 bits and 20 for the rows
  expect_identical(parts_of(1, 1, 1, FALSE), 1L)
  expect_identical(parts_of(1000, 1e-3, 2^9, FALSE), 2L) # 10 + 62 bits: two of 36
  expect_identical(parts_of(1000, 1e-3, 2^20, FALSE), 3L)
  expect_identical(parts_of(1000, 1e-3, 2^15, TRUE), 4L) # four of 18: 2 * 18 + 2 + 15 = 53
  expect_identical(parts_of(1000, 1e-3, 2^15 + 1, TRUE), 5L)
  expect_identical(parts_of(65535, 0, 2^29, TRUE), 9L)
  expect_identical(parts_of(65535, 0, 2^40, TRUE), 9L) # more rows are refused
  for (largest in c(2^-1074, 2^-961, 1 - 2^-53, 1, 2^10 - 2^-43, 1e6, 2^480)) {
    for (smallest in unique(c(0, 2^-1074, largest * c(2^-90, 2^-40, 0.3, 1)))) {
      for (rows in 2^c(0, 9, 16, 29)) for (element in c(TRUE, FALSE)) {
        cut <- cut_weights(largest, smallest, rows, element)
        part <- 2^cut$bits - 1
        expect_lte(rows * if (element) cut$parts * part^2 else part, 2^53)
        expect_lt(largest / 2^cut$lowest, 2^(cut$parts * cut$bits))
        expect_gte(cut$lowest, sum_exponent(largest) - 86L)
      }
    }
  }
  expect_identical(lowest_bit(2^-1074), -1074)
  expect_identical(lowest_bit(1 - 2^-53), -53)
  expect_identical(c(above_bit(1 - 2^-53), above_bit(1), above_bit(2^480), above_bit(2^-1074)), c(0, 1, 481, -1073))
})
