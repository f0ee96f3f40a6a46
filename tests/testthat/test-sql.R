# Sums as a database makes them: the expressions of a query's SQL, which all its doubles go through, are evaluated by R here. The
# expected bytes are those of weeg_tally() of the rows.

# l1 .. l4 and the halves of the diagonals of the square, of weights below 2^E, as SQL says it
parts <- function(w, E) {
  FLOOR <- floor
  r0 <- w * 2^(20 - E)
  for (k in 1:3) {
    r <- paste0("r", k - 1)
    assign(paste0("l", k), eval(str2lang(sprintf("FLOOR(%s)", r))))
    assign(paste0("r", k), eval(str2lang(sprintf("(%1$s-FLOOR(%1$s))*4194304", r))))
  }
  l4 <- eval(quote(FLOOR(r3)))
  diagonals <- c("l1*l1", "2*l1*l2", "2*l1*l3+l2*l2", "2*l1*l4+2*l2*l3", "2*l2*l4+l3*l3", "2*l3*l4", "l4*l4")
  t <- lapply(diagonals, function(d) eval(str2lang(d), list(l1 = l1, l2 = l2, l3 = l3, l4 = l4)))
  h <- lapply(t, function(t) FLOOR(t / 8388608.0))
  c(list(l1, l2, l3, l4), h, Map(function(t, h) t - h * 8388608, t, h))
}

# What GROUP BY gives, in any order: data has unit and cell, from 0, and w
grouped <- function(data, E, element) {
  data <- data[data$w > 0, ]
  key <- paste(data$unit, data$cell)
  first <- sample(which(!duplicated(key)))
  sums <- lapply(parts(data$w, E)[seq_len(if (element) 18L else 4L)], function(x) {
    vapply(key[first], function(k) Reduce(`+`, sample(x[key == k]), 0), 0)
  })
  list(unit = data$unit[first], cell = data$cell[first], n = as.vector(table(key)[key[first]]), sums = sums)
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
  E <- sum_exponent(max(w))
  expect_identical(E, 16L)
  at <- seq_along(w) - 1L
  made <- entries_of_sums(at, at, rep(1, length(w)), parts(w, E), TRUE, max(w), length(w), length(w) + 1L)
  expect_identical(made, t$entries)
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
      g <- grouped(data.frame(unit = unit, cell = match(d$a, c("x", "y"), 3L) - 1L, w = w), sum_exponent(max(w)), element)
      made <- entries_of_sums(g$unit, g$cell, g$n, g$sums, element, max(w), units, 3L)
      expect_identical(made, t$entries, info = paste(kind, element))
      count <- weeg_tally(weeg_design(d[w > 0, ], strata = ~h, cluster = if (!element) ~psu), ~a)
      if (all(w > 0)) expect_identical(entries_of_sums(g$unit, g$cell, g$n, NULL, element, 1, units, 3L), count$entries)
    }
  }
})

test_that("parts of the rows, as several servers have them, are added up", {
  set.seed(3)
  d <- data.frame(unit = sample(0:2, 60L, TRUE), cell = sample(0:1, 60L, TRUE), w = stats::runif(60L, 0, 1e5))
  of <- function(at) grouped(d[at, ], 32, TRUE)
  all <- of(1:60)
  two <- Map(function(a, b) if (is.list(a)) Map(c, a, b) else c(a, b), of(1:25), of(26:60))
  entries <- function(g) entries_of_sums(g$unit, g$cell, g$n, g$sums, TRUE, 1e5, 3L, 2L)
  expect_identical(entries(two), entries(all))
})

test_that("sums that exact arithmetic does not give are refused", {
  sums <- parts(c(3.3, 0.7), 16)
  entries <- function(sums, n = c(1, 1), unit = 0:1) entries_of_sums(unit, c(0L, 0L), n, sums, TRUE, 3.3, 2L, 1L)
  expect_length(entries(sums)$n, 2L)
  edit <- function(k, value) {
    sums[[k]][2L] <- value
    sums
  }
  cases <- list(edit(3L, 0.5), edit(1L, -1), edit(2L, NaN), edit(4L, NA), edit(18L, Inf), edit(1L, 2^20),
                edit(2L, sums[[2L]][2L] + 1))
  for (wrong in cases) {
    e <- expect_error(entries(wrong), "^sum [0-9]+ in row 2 is .*, which exact arithmetic does not give",
                      class = "weeg_error_argument")
    expect_identical(e$where, 2)
  }
  expect_error(entries(sums, n = c(1, 0)), "count in row 2 is 0", class = "weeg_error_argument")
  expect_error(entries(sums, n = c(1, 2^29 + 1)), "row 2 counts 536870913 rows", class = "weeg_error_too_large")
  expect_error(entries(sums, unit = c(0L, 2L)), "unit or cell of row 2", class = "weeg_error_argument")
  expect_error(entries(sums[1:4]), "the sums of a tally", class = "weeg_error_argument")
})
