# Tallies in R: sums of parts are the whole, to the byte; what cannot be added; domains; rows.

make_rows <- function(n, seed) {
  set.seed(seed)
  rows <- data.frame(
    y = factor(sample(c("yes", "no", NA), n, TRUE), levels = c("yes", "no")),
    g = sample(c("a", "b", "c", NA), n, TRUE), w = round(exp(stats::rnorm(n)), 3) + 0.1,
    s = sample(c("north", "south", "west"), n, TRUE)
  )
  rows$p <- paste0(rows$s, sample(8, n, TRUE))
  rows$w[sample(n, n %/% 20)] <- 0
  rows
}
d <- make_rows(600, 1)
clustered <- function(data, ...) weeg_design(data, weights = ~w, strata = ~s, cluster = ~p, ...)
element <- function(data, ...) weeg_design(data, weights = ~w, strata = ~s, ...)

# Entries of a tally with labels for numbers, in an order that does not depend on the numbering.
content <- function(t) {
  f <- as.data.frame(t)
  f[] <- lapply(f, function(x) if (is.factor(x)) as.character(x) else x)
  f$w <- vapply(split(t$entries$w, rep(seq_len(nrow(f)), each = 16)), function(b) paste(b, collapse = ""), "")
  if (!is.null(t$entries$w2)) {
    f$w2 <- vapply(split(t$entries$w2, rep(seq_len(nrow(f)), each = 16)), function(b) paste(b, collapse = ""), "")
  }
  f <- f[do.call(order, c(unname(as.list(f[names(f) %in% c("stratum", "psu", "y", "g")])), method = "radix")), ]
  rownames(f) <- NULL
  f
}

test_that("a tally counts rows and weights, as tapply does", {
  t <- as.data.frame(weeg_tally(clustered(d), ~ y + g))
  expect_identical(names(t), c("stratum", "psu", "y", "g", "n", "n.weighted"))
  counted <- d[d$w > 0, ]
  key <- function(f) paste(f$y, f$g, if (is.null(f$psu)) f$p else f$psu)
  n <- tapply(rep(1, nrow(counted)), key(counted), sum)
  w <- tapply(counted$w, key(counted), sum)
  expect_identical(sort(key(t)), sort(names(n)))
  expect_identical(t$n, as.vector(n[key(t)]))
  expect_equal(t$n.weighted, as.vector(w[key(t)]), tolerance = 1e-14)
})

test_that("the sum of parts is the tally of the whole, to the byte", {
  for (design in list(clustered, element)) {
    whole <- weeg_tally(design(d), ~ y + g)
    # parts in the order of the rows have the same numbering of strata and PSUs only if they hold all of them
    for (seed in 1:5) {
      set.seed(seed)
      parts <- split(d, sample(3, nrow(d), TRUE))
      tallies <- lapply(parts, function(rows) weeg_tally(design(rows), ~ y + g))
      sums <- list(
        tallies[[1L]] + tallies[[2L]] + tallies[[3L]], tallies[[3L]] + (tallies[[1L]] + tallies[[2L]]),
        Reduce(`+`, rev(tallies))
      )
      for (sum in sums) {
        expect_identical(content(sum), content(whole))
        expect_identical(weeg_proportion(sum, y ~ g)$estimate, weeg_proportion(whole, y ~ g)$estimate)
        expect_equal(weeg_proportion(sum, y ~ g)$std.error, weeg_proportion(whole, y ~ g)$std.error, tolerance = 1e-13)
      }
    }
  }
  # the same labels in the same order: the same bytes altogether
  half <- rep(c(TRUE, FALSE), length.out = nrow(d))
  sum <- weeg_tally(element(d[half, ]), ~ y + g) + weeg_tally(element(d[!half, ]), ~ y + g)
  expect_identical(sum$entries, weeg_tally(element(d), ~ y + g)$entries)
})

test_that("parts by stratum and by PSU add up too", {
  whole <- weeg_tally(clustered(d), ~ y + g)
  for (by in c("s", "p")) {
    parts <- lapply(split(d, d[[by]]), function(rows) weeg_tally(clustered(rows), ~ y + g))
    sum <- Reduce(`+`, parts)
    expect_identical(content(sum), content(whole))
    expect_equal(as.list(weeg_test(sum, y ~ g)), as.list(weeg_test(whole, y ~ g)), tolerance = 1e-12)
    expect_identical(sum(sum$frame$stratum_psus), sum(whole$frame$stratum_psus))
  }
})

test_that("the order of rows and the storage of codes do not matter", {
  reversed <- d[rev(seq_len(nrow(d))), ]
  expect_identical(weeg_tally(clustered(reversed), ~ y + g)$entries, weeg_tally(clustered(d), ~ y + g)$entries)
  as_factor <- transform(d, g = factor(g), p = factor(p), s = factor(s))
  expect_identical(weeg_tally(clustered(as_factor), ~ y + g)$entries, weeg_tally(clustered(d), ~ y + g)$entries)
})

test_that("levels are joined by their labels", {
  a <- weeg_tally(weeg_design(data.frame(x = c("b", "c"))), ~x)
  b <- weeg_tally(weeg_design(data.frame(x = c("a", "c", "c"))), ~x)
  sum <- a + b
  expect_identical(sum$variables$x$levels, c("b", "c", "a"))
  expect_identical(weeg_proportion(sum, ~x)$n, c(1, 3, 1))
})

test_that("tallies that do not fit are refused, saying why", {
  t <- weeg_tally(clustered(d), ~ y + g)
  refused <- function(other, message) {
    expect_error(t + other, message, class = "weeg_error_tally")
    expect_error(other + t, class = "weeg_error_tally")
  }
  refused(weeg_tally(clustered(d), ~ g + y), "one has variables y, g, the other g, y")
  refused(weeg_tally(clustered(d), ~y), "variables")
  refused(weeg_tally(element(d), ~ y + g), "one has clusters, the other has none")
  refused(weeg_tally(clustered(d, lonely = "adjust"), ~ y + g), "single-PSU strata differ \\(fail, adjust\\)")
  refused(weeg_tally(subset(clustered(d), w > 1), ~ y + g), "domains differ")
  refused(weeg_tally(clustered(transform(d, n = 50), fpc = ~n), ~ y + g), "only one has a finite population")
  refused(weeg_tally(weeg_design(d, strata = ~s, cluster = ~p), ~ y + g), "only one has weights")
  moved <- transform(d, s = ifelse(p == "north1", "south", s))
  refused(weeg_tally(clustered(moved), ~ y + g), "PSU north1 is in stratum")
  refused(1, "only two tallies can be added")
  refused(NULL, "only two tallies can be added")
  expect_error(t - t, "`-` is not defined", class = "weeg_error_tally")
  expect_error(t == t, "`==` is not defined", class = "weeg_error_tally")
  expect_error(+t, "only two tallies", class = "weeg_error_tally")
  expect_error(-t, class = "weeg_error_tally")
  ordered <- function(levels) {
    weeg_tally(weeg_design(data.frame(o = factor(levels, levels = levels, ordered = TRUE))), ~o)
  }
  expect_error(ordered(c("a", "b")) + ordered(c("b", "a")), "ordered levels of o differ", class = "weeg_error_tally")
})

test_that("finite populations of the parts must agree and suffice", {
  part <- function(keep, size) weeg_tally(element(transform(d[keep, ], n = size), fpc = ~n), ~y)
  half <- seq_len(nrow(d)) <= 300
  sum <- part(half, 1000) + part(!half, 1000)
  whole <- part(TRUE, 1000)
  expect_identical(weeg_proportion(sum, ~y)$std.error, weeg_proportion(whole, ~y)$std.error)
  expect_error(part(half, 1000) + part(!half, 1001), "population size of stratum north differs", class = "weeg_error_tally")
  expect_error(part(half, 150) + part(!half, 150), "sampled PSUs in both tallies together, but 150 in the population",
               class = "weeg_error_tally")
  psus <- function(keep, size) weeg_tally(clustered(transform(d[keep, ], n = size), fpc = ~n), ~y)
  first <- d$p %in% paste0(rep(c("north", "south", "west"), 4), rep(1:4, each = 3))
  expect_error(psus(first, 6) + psus(!first, 6), "stratum north has 8 sampled PSUs in both tallies together, but 6",
               class = "weeg_error_tally")
})

test_that("summing variables out of a tally is tallying without them", {
  for (design in list(clustered(d), element(d))) {
    t <- weeg_tally(design, ~ y + g + s)
    for (formula in list(~y, ~g, ~ g + y, ~ s + y, ~ y + g + s)) {
      expect_identical(weeg_tally(t, formula)$entries, weeg_tally(design, formula)$entries)
    }
    expect_identical(as.list(weeg_proportion(t, y ~ g)), as.list(weeg_proportion(design, y ~ g)))
    expect_identical(as.list(weeg_test(t, y ~ s)), as.list(weeg_test(design, y ~ s)))
  }
  expect_error(weeg_tally(weeg_tally(element(d), ~y), ~g), "no variable `g`", class = "weeg_error_variable")
})

test_that("a domain of a tally is that of its design", {
  t <- weeg_tally(clustered(d), ~ y + g)
  by_tally <- weeg_proportion(subset(t, g == "a"), ~y)
  by_design <- weeg_proportion(subset(clustered(d), g == "a"), ~y)
  expect_identical(as.list(by_tally), as.list(by_design))
  twice <- subset(subset(t, g != "c"), y == "yes")
  expect_identical(sum(as.data.frame(twice)$n), as.numeric(sum(d$w > 0 & d$g %in% c("a", "b") & d$y %in% "yes")))
  expect_error(subset(t, w > 1), "no variable `w`", class = "weeg_error_variable")
  expect_error(subset(t), "needs a condition", class = "weeg_error_argument")
  expect_identical(sum(as.data.frame(subset(t, g == "a" & g == "b"))$n), 0)
})

test_that("more cells than fit is an error that says what to do", {
  x <- factor(1:3, levels = seq_len(2000))
  wide <- data.frame(a = x, b = x, c = x)
  expect_error(weeg_tally(weeg_design(wide), ~ a + b + c), "crossing a, b, c.*2\\^31 - 1.*fewer variables",
               class = "weeg_error_too_large")
  parts <- lapply(c("l", "r"), function(side) {
    f <- factor(paste0(side, 1), levels = paste0(side, seq_len(30000)))
    weeg_tally(weeg_design(data.frame(a = f, b = f)), ~ a + b)
  })
  expect_error(parts[[1L]] + parts[[2L]], "2\\^31 - 1", class = "weeg_error_too_large")
})

test_that("an empty tally is a tally", {
  t <- weeg_tally(subset(element(d), w < 0), ~ y + g)
  expect_identical(length(t$entries$unit), 0L)
  expect_identical(nrow(as.data.frame(t)), 0L)
  full <- weeg_tally(element(d), ~ y + g)
  t$conditions <- full$conditions
  t <- seal(t)
  expect_identical(content(full + t)[c("n", "w")], content(full)[c("n", "w")])
})

test_that("numbers stay in order of size when tallies are added", {
  tally <- function(y) weeg_tally(weeg_design(data.frame(y = y)), ~y)
  expect_identical((tally(c(1, 10)) + tally(c(2, 1)))$variables$y$levels, c("1", "2", "10"))
  expect_identical((tally(c("1", "10")) + tally(c("2", "1")))$variables$y$levels, c("1", "10", "2"))
})

test_that("a tally is not added to itself, nor to a sum that it is in", {
  whole <- function(data) {
    weeg_tally(weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), ~ provider + strengths)
  }
  drenthe <- openvoorwerk$organisatie %in% levels(openvoorwerk$organisatie)[1:3]
  t <- whole(openvoorwerk[drenthe, ])
  u <- whole(openvoorwerk[!drenthe, ])
  file <- tempfile(fileext = ".weeg")
  on.exit(unlink(file))
  weeg_write_tally(t, file)
  twice <- function(x) expect_error(x, "counted twice", class = "weeg_error_tally")
  twice(t + t)
  twice(t + weeg_read_tally(file))
  twice(t + (t + u))
  twice((u + t) + t)
  twice((u + t) + (u + t))
  expect_identical(sum((t + u)$entries$n), sum(whole(openvoorwerk)$entries$n))
  # the same object, however small
  small <- weeg_tally(weeg_design(data.frame(a = c("x", "y"))), ~a)
  twice(small + small)
  # other rows with the same few answers are no copies
  other <- weeg_tally(weeg_design(data.frame(a = c("y", "x"))), ~a)
  expect_identical((small + other)$entries$n, c(2, 2))
  # half of the rows of each PSU, or of each stratum
  odd <- seq_len(nrow(openvoorwerk)) %% 2 == 1
  expect_identical((whole(openvoorwerk[odd, ]) + whole(openvoorwerk[!odd, ]))$entries, whole(openvoorwerk)$entries)
})

test_that("PSUs whose strata make one name of them are not taken for one", {
  data <- data.frame(s = rep(c("a", "a/b"), each = 20), p = rep(c("b/c", "d", "c", "e"), each = 10), y = rep(c("x", "y"), 20))
  t <- weeg_tally(weeg_design(data, strata = ~s, cluster = ~p), ~y)
  u <- weeg_tally(weeg_design(transform(data, p = paste0(p, 2), y = rev(y)), strata = ~s, cluster = ~p), ~y)
  expect_identical(sum((t + u)$entries$n), 80)
  nested <- weeg_tally(weeg_design(data, strata = ~s, cluster = ~p, nest = TRUE), ~y)
  other <- weeg_tally(weeg_design(transform(data, p = paste0(p, 2)), strata = ~s, cluster = ~p, nest = TRUE), ~y)
  expect_error(nested + other, "two PSUs called a/b/c", class = "weeg_error_tally")
})

test_that("a tally with replicate weights becomes a data frame", {
  rows <- data.frame(psu = rep(1:4, each = 3), g = rep(c("a", "b", "a"), 4), w = 1:12)
  t <- weeg_tally(weeg_replicates(weeg_design(rows, weights = ~w, cluster = ~psu), "jk1"), ~g)
  frame <- as.data.frame(t)
  expect_equal(tapply(frame$n.weighted, as.character(frame$g), sum)[c("a", "b")], c(a = 52, b = 26), ignore_attr = TRUE)
})
