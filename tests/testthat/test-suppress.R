# `threshold` of the verbs: nothing that is shown depends on what is hidden. That the figures are those of the program, in all
# digits, tests/same compares; that hidden counts cannot be found from counts that are shown, tests/core/test_suppress.c.

# Eight groups and respondents without one, some of them small, and rare answers; to a number and to two items as well.
respondents <- function(kind) {
  sizes <- c(a = 120, b = 150, c = 90, d = 200, e = if (kind %% 2 == 0) 6 else 70, f = if (kind %% 2 == 0) 3 else 80)
  group <- c(rep(names(sizes), sizes), rep(NA, c(0, 4, 40)[kind %% 3 + 1]))
  n <- length(group)
  common <- c(rarely = 10, often = 30, always = 20, unknown = 25)
  answer <- vapply(group, function(g) {
    sample(c("never", names(common)), 1L, prob = c(if (g %in% "b") 30 else (match(g, names(sizes), 7L) + kind) %% 4 + 1, common))
  }, "", USE.NAMES = FALSE)
  data.frame(g = factor(group), q = factor(answer, c("never", names(common))), s = seq_len(n) %% 3, psu = seq_len(n) %% 18,
             w = round(stats::runif(n, 0.5, 3), 3), age = sample(18:80, n, TRUE),
             one = stats::runif(n) < ifelse(group %in% c("a", "c"), 0.04, 0.4), two = stats::runif(n) < 0.3)
}

design_of <- function(x) weeg_design(x, weights = ~w, strata = ~s, cluster = ~psu)

# What every verb shows.
all_shown <- function(x, threshold = 10) {
  d <- design_of(x)
  tally <- weeg_tally(d, ~ q + g)
  results <- list(
    weeg_proportion(d, q ~ g, threshold = threshold),
    weeg_proportion(d, q ~ g, answers = c("often", "never"), threshold = threshold),
    weeg_crosstab(d, q ~ g, threshold = threshold), weeg_crosstab(tally, q ~ g, percent = "column", threshold = threshold),
    weeg_compare(d, q ~ g, threshold = threshold), weeg_compare(d, q ~ g, against = "rest", threshold = threshold),
    weeg_compare(d, q ~ g, against = "total", measures = "difference", threshold = threshold),
    weeg_compare(d, q ~ g, against = list(estimate = c(often = 0.3), n = 900), threshold = threshold)
  )
  numbers <- list(
    weeg_mean(d, age ~ g, threshold = threshold), weeg_quantile(d, age ~ g, threshold = threshold),
    weeg_quantile(weeg_tally(d, ~ age + g), age ~ g, probs = c(0.25, 0.5), threshold = threshold),
    weeg_compare(d, age ~ g, measures = c("mean-difference", "mean-ratio"), threshold = threshold),
    weeg_compare(d, age ~ g, measures = "mean-difference", against = "rest", threshold = threshold)
  )
  c(results, numbers, list(weeg_multiple(d, one + two ~ g, threshold = threshold)))
}

as_bytes <- function(results) lapply(results, serialize, NULL)
of_cells <- function(x) {
  rows <- as.data.frame(weeg_proportion(design_of(x), q ~ g, threshold = 10))
  rows <- rows[weeg_reason_code(rows) %in% "protected", ]
  list(cells = paste(rows$g, rows$level)[!is.na(rows$n.base)], groups = unique(as.character(rows$g[is.na(rows$n.base)])),
       rows = rows)
}
of_items <- function(x) {
  rows <- as.data.frame(weeg_multiple(design_of(x), one + two ~ g, threshold = 10))
  rows[weeg_reason_code(rows) %in% "protected" & !is.na(rows$n.base), c("g", "level")]
}

test_that("who gave which of the hidden answers changes no byte of any result", {
  set.seed(11)
  tried <- 0L
  for (kind in 0:5) {
    x <- respondents(kind)
    hidden <- of_cells(x)
    items <- of_items(x)
    shown <- as_bytes(all_shown(x))
    for (attempt in 1:2) {
      other <- x
      for (answer in levels(x$q)) { # respondents of hidden groups change these, with all else that they are
        at <- which(other$g %in% hidden$groups & other$q == answer)
        other$g[at] <- other$g[at][sample.int(length(at))]
      }
      for (g in setdiff(levels(x$g), hidden$groups)) {
        answers <- levels(x$q)[paste(g, levels(x$q)) %in% hidden$cells]
        at <- which(other$g %in% g & other$q %in% answers)
        if (length(at) > 0L) other$q[at] <- other$q[at][sample.int(length(at))]
      }
      for (k in seq_len(nrow(items))) {
        at <- which(other$g %in% items$g[k])
        item <- c("one", "two")[match(items$level[k], c("one", "two"))]
        other[[item]][at] <- other[[item]][at][sample.int(length(at))]
      }
      if (!identical(of_cells(other), hidden) || !identical(of_items(other), items)) next
      tried <- tried + 1L
      expect_identical(as_bytes(all_shown(other)), shown)
      expect_false(identical(as_bytes(all_shown(other, NULL)[3L]), as_bytes(all_shown(x, NULL)[3L])))
    }
  }
  expect_gt(tried, 6L)
})

# Other data of which the same table is published: hidden answers are drawn anew, and so is in which of the hidden groups
# somebody is. Counts change, where an exchange of answers within a group leaves them as they are.
drawn_anew <- function(x, hidden, items) {
  any_of <- function(values) values[sample.int(length(values), replace = TRUE)]
  at <- which(x$g %in% hidden$groups)
  x$g[at] <- any_of(x$g[at])
  for (g in setdiff(levels(x$g), hidden$groups)) {
    at <- which(x$g %in% g & paste(x$g, x$q) %in% hidden$cells)
    if (length(at) > 0L) x$q[at] <- any_of(x$q[at])
  }
  for (k in seq_len(nrow(items))) {
    at <- which(x$g %in% items$g[k])
    item <- as.character(items$level[k])
    x[[item]][at] <- any_of(x[[item]][at])
  }
  x
}

test_that("hidden answers that are others, with other counts, change no byte of any result", {
  set.seed(14)
  tried <- 0L
  for (kind in 0:5) {
    x <- respondents(kind)
    hidden <- of_cells(x)
    items <- of_items(x)
    shown <- as_bytes(all_shown(x))
    sizes <- weeg_reason_code(weeg_mean(design_of(x), age ~ g, threshold = 10))
    found <- 0L
    for (attempt in 1:25) {
      other <- drawn_anew(x, hidden, items)
      same <- identical(of_cells(other)[c("cells", "groups")], hidden[c("cells", "groups")]) &&
        identical(of_items(other), items) &&
        identical(weeg_reason_code(weeg_mean(design_of(other), age ~ g, threshold = 10)), sizes)
      if (!same || identical(table(other$g, other$q), table(x$g, x$q))) next
      found <- found + 1L
      expect_identical(as_bytes(all_shown(other)), shown)
      if (found == 2L) break
    }
    tried <- tried + found
  }
  expect_gt(tried, 6L)
})

test_that("what is hidden has no figure in any form of the result, and its reason", {
  set.seed(12)
  d <- design_of(respondents(0))
  cells <- weeg_crosstab(d, q ~ g, threshold = 10)
  hidden <- matrix(weeg_reason_code(cells$row) %in% "protected", ncol = 5L, byrow = TRUE)
  expect_gt(sum(hidden), 4)
  expect_gt(sum(!hidden), 4)
  for (of in c("counts", "weighted")) expect_identical(unname(is.na(cells[[of]])), hidden)
  test <- as.data.frame(cells$test)
  expect_true(all(is.na(c(cells$residuals, cells$residual.p, test$statistic, test$p.value, test$n, cells$missing))))
  full <- weeg_crosstab(d, q ~ g)
  expect_identical(cells$counts[!hidden], full$counts[!hidden])
  expect_equal(cells$row$std.error[!c(t(hidden))], full$row$std.error[!c(t(hidden))], tolerance = 5e-9) # nine digits
  expect_identical(glance(cells)$p.value, NA_real_)
  expect_identical(is.na(tidy(cells)$estimate), c(t(hidden)))
  expect_match(paste(format(cells), collapse = " "), "counts below 10 not shown", fixed = TRUE)
  rows <- weeg_proportion(d, q ~ g, threshold = 10)
  expect_true(all(is.na(confint(rows)[c(t(hidden)), ])))
  expect_true(all(is.na(coef(rows)[c(t(hidden))])))
  expect_true(all(is.na(rows$reliability[c(t(hidden))])))
  expect_error(weeg_protect(d, rows), "protected already")
  # nothing is small: all digits stay
  large <- weeg_proportion(d, one ~ s, threshold = 10)
  expect_identical(as.data.frame(large), as.data.frame(weeg_proportion(d, one ~ s)))
})

test_that("which groups are empty is not told where nothing is shown", {
  x <- data.frame(q = factor(c("u", "v", "u", "v")), v = 1:4, i = c(TRUE, FALSE, TRUE, FALSE), j = TRUE,
                  g = factor(c("a", "a", "b", "b"), c("a", "b", "c")))
  other <- transform(x, g = factor(c("a", "c", "b", "c"), levels(g)))
  shown <- function(x, threshold = 5) {
    d <- weeg_design(x)
    list(weeg_proportion(d, q ~ g, threshold = threshold), weeg_crosstab(d, q ~ g, threshold = threshold),
         weeg_compare(d, q ~ g, threshold = threshold), weeg_compare(d, q ~ g, against = "rest", threshold = threshold),
         weeg_compare(d, q ~ g, against = "first", threshold = threshold),
         weeg_compare(d, v ~ g, measures = "mean-difference", threshold = threshold),
         weeg_mean(d, v ~ g, threshold = threshold), weeg_quantile(d, v ~ g, threshold = threshold),
         weeg_multiple(d, i + j ~ g, threshold = threshold))
  }
  few <- shown(x)
  expect_identical(as_bytes(few), as_bytes(shown(other)))
  expect_identical(lapply(few, format), lapply(shown(other), format))
  expect_setequal(unlist(as.data.frame(few[[3L]])[c("group1", "group2")]), c("a", "b", "c"))
  told <- as.data.frame(shown(x, NULL)[[3L]]) # it is without a threshold
  expect_setequal(unlist(told[c("group1", "group2")]), c("a", "b"))
})

test_that("what cannot be protected by itself is refused in words", {
  set.seed(13)
  x <- respondents(1)
  d <- design_of(x)
  expect_error(weeg_proportion(d, q ~ g, threshold = 1), "`threshold` must be one whole number")
  expect_error(weeg_proportion(d, q ~ g, threshold = 10, covariance = TRUE), "without `covariance`",
               class = "weeg_error_unsupported")
  expect_error(weeg_mean(d, age ~ g, threshold = 10, covariance = TRUE), "without `covariance`")
  expect_error(weeg_proportion(d, one ~ g, threshold = 10, adjust_for = ~s), "without `adjust_for`")
  expect_error(weeg_compare(d, one ~ g, threshold = 10, contrasts = "trend"), "without `contrasts`")
  nets <- list(NULL, rare = c("never", "rarely"))
  expect_error(weeg_crosstab(d, q ~ g, threshold = 10, answers = nets), "Make the net the outcome")
  expect_error(weeg_multiple(d, one + two ~ g, threshold = 10, base = "any"), "a `base` of")
  raked <- weeg_rake(d, list(data.frame(q = levels(x$q), Freq = rep(0.2, 5))))
  expect_error(weeg_crosstab(raked, q ~ g, threshold = 10), "and these are calibrated")
  expect_error(weeg_mean(weeg_design(list(x, x), weights = ~w), age ~ g, threshold = 10), "completed data sets")
  net <- weeg_proportion(d, I(q %in% c("never", "rarely")) ~ g, threshold = 10)
  expect_true(any(weeg_reason_code(net) %in% "protected"))
})
