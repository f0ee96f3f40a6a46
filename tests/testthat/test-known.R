# Rows without a weight that are left out: everything is as if the data did not have them, and every result says how many.

people <- function() {
  n <- 240L
  x <- data.frame(
    w = 1 + seq_len(n) %% 7, s = paste0("s", seq_len(n) %% 3), p = seq_len(n) %% 24,
    y = ifelse(seq_len(n) %% 5 < 2, "yes", "no"), g = c("a", "b")[1L + (seq_len(n) %/% 4) %% 2L]
  )
  out <- c(3L, 10L, 11L, 200L)
  x$w[out] <- NA
  x$g[10L] <- "rare" # a level of such a row alone
  x$s[11L] <- NA # and a stratum that is not known
  x
}
kept <- function(x) x[!is.na(x$w), ]
design_of <- function(x, ...) weeg_design(x, weights = ~w, strata = ~s, cluster = ~p, ...)

test_that("a data frame, against package survey without these rows", {
  skip_if_not_installed("survey")
  x <- people()
  d <- design_of(x, na_weights = "omit")
  s <- survey::svydesign(id = ~p, strata = ~s, weights = ~w, data = kept(x))
  ours <- weeg_proportion(d, ~y)
  theirs <- survey::svymean(~y, s)
  expect_equal(ours$estimate, as.vector(theirs), tolerance = 1e-13)
  expect_equal(ours$std.error, as.vector(survey::SE(theirs)), tolerance = 1e-13)
  by <- survey::svyby(~ I(y == "yes"), ~g, s, survey::svymean)
  expect_equal(weeg_proportion(d, I(y == "yes") ~ g)$estimate[c(2L, 4L)], by[[3L]], tolerance = 1e-13)
  for (verb in list(function(d) weeg_compare(d, y ~ g), function(d) weeg_test(d, y ~ g), function(d) weeg_total(d, ~ y + g),
                    function(d) weeg_tally(d, ~ y + g), function(d) weeg_proportion(subset(d, g == "b"), ~y))) {
    expect_identical(as.data.frame(verb(d)), as.data.frame(verb(design_of(kept(x)))))
  }
  back <- suppressMessages(as_svydesign(d))
  expect_equal(as.vector(survey::svymean(~y, back)), as.vector(theirs), tolerance = 1e-13)
})

test_that("every result says how many, and so does the design", {
  d <- design_of(people(), na_weights = "omit")
  said <- "weights w (4 rows without one left out)"
  text <- function(x) gsub("\\s+", " ", paste(format(x), collapse = " "))
  for (verb in list(weeg_proportion, weeg_crosstab, weeg_test, weeg_compare, weeg_total, weeg_association)) {
    expect_match(text(verb(d, y ~ g)), said, fixed = TRUE)
  }
  expect_match(text(weeg_tally(d, ~y)), said, fixed = TRUE)
  expect_match(text(d), "Left out 4 rows without a weight", fixed = TRUE)
  expect_identical(glance(weeg_proportion(d, ~y))$weights, "w")
  path <- withr::local_tempfile()
  weeg_write_tally(weeg_tally(d, ~y), path)
  expect_match(text(weeg_read_tally(path)), said, fixed = TRUE)
  other <- design_of(transform(people(), y = rep(c("yes", "no"), c(50, 190))), na_weights = "omit")
  expect_match(text(weeg_read_tally(path) + weeg_tally(other, ~y)), "(8 rows without one left out)", fixed = TRUE)
  none <- design_of(kept(people()), na_weights = "omit")
  expect_no_match(text(weeg_proportion(none, ~y)), "left out;")
  expect_identical(none$names$omitted, NULL)
})

test_that("files: the same, levels of these rows are none", {
  x <- people()
  frame <- design_of(kept(x))
  check <- function(path) {
    d <- design_of(path, na_weights = "omit")
    expect_match(paste(format(d), collapse = " "), "4 rows without a weight")
    expect_identical(d$rows, 236)
    for (verb in list(function(d) weeg_compare(d, y ~ g), function(d) weeg_proportion(d, g ~ p),
                      function(d) weeg_total(d, ~ g + w),
                      function(d) weeg_proportion(subset(d, g == "b"), ~y), function(d) weeg_proportion(d, I(y == "yes") ~ s),
                      function(d) weeg_proportion(weeg_rake(d, list(y = c(no = 0.5, yes = 0.5))), ~g))) {
      expect_equal(as.data.frame(verb(d)), as.data.frame(verb(frame)), ignore_attr = TRUE, tolerance = 1e-14)
    }
    t <- weeg_tally(path, ~ y + g, weights = ~w, strata = ~s, cluster = ~p, na_weights = "omit")
    expect_identical(as.data.frame(t), as.data.frame(weeg_tally(frame, ~ y + g)))
    expect_identical(t$names$omitted, "4")
    expect_error(design_of(path), "row 3 is missing", class = "weeg_error_weight")
  }
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(x, path, row.names = FALSE)
  check(path)
  skip_if_not_installed("haven")
  path <- withr::local_tempfile(fileext = ".sav")
  haven::write_sav(x, path)
  skip_if(inherits(try(weeg_design(path), silent = TRUE), "try-error"), "no ReadStat")
  check(path)
})

test_that("rows of errors are those of the data", {
  bad <- list(list("w", 20L, -1, "the weight in row 20 is negative"), list("s", 30L, NA, "the stratum in row 30 is missing"),
              list("p", 240L, NA, "the PSU in row 240 is missing"))
  path <- withr::local_tempfile(fileext = ".csv")
  for (case in bad) {
    x <- people()
    x[case[[2L]], case[[1L]]] <- case[[3L]]
    e <- expect_error(design_of(x, na_weights = "omit"), case[[4L]], class = "weeg_error")
    expect_equal(e$where, case[[2L]])
    utils::write.csv(x, path, row.names = FALSE)
    expect_error(design_of(path, na_weights = "omit"), paste0("line ", case[[2L]] + 1L, ": ", case[[4L]]), class = "weeg_error")
  }
})

test_that("rows of errors about clusters and populations are those of the data", {
  x <- data.frame(q = c("a", "b"), w = c(NA, 1, NA, 1, 1, 1), s = c(1, 1, 1, 1, 2, 2), c = c(1, 1, 2, 2, 1, 4),
                  f = c(9, 9, 9, 9, 8, 9))
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(x, path, row.names = FALSE)
  for (data in list(x, path)) {
    of <- function(...) weeg_design(data, weights = ~w, strata = ~s, cluster = ~c, na_weights = "omit", ...)
    expect_error(of(), "in stratum 2 [(]row 5[)]", class = "weeg_error_nesting")
    expect_error(of(nest = TRUE, fpc = ~f), "the fpc in row 6 differs", class = "weeg_error_fpc")
  }
})

test_that("columns stay what they are", {
  x <- people()
  x$label <- structure(seq_len(nrow(x)) %% 3, label = "A text")
  x$day <- as.Date("2024-01-01") + seq_len(nrow(x)) %% 3
  x$factor <- factor(x$g, levels = c("b", "a", "rare", "never"))
  x$wide <- cbind(one = seq_len(nrow(x)), two = 1)
  if (requireNamespace("haven", quietly = TRUE)) {
    x$answer <- haven::labelled_spss(seq_len(nrow(x)) %% 4, c(no = 0, yes = 1), na_values = 3, label = "A question")
  }
  known <- which(!is.na(x$w))
  rows <- keep_rows(x, known)
  for (name in setdiff(names(x), "wide")) {
    expect_identical(attributes(rows[[name]]), attributes(x[[name]]), info = name)
    expect_identical(as.vector(unclass(rows[[name]])), as.vector(unclass(x[[name]]))[known], info = name)
  }
  expect_identical(rows$wide, x$wide[known, ])
})

test_that("what cannot be", {
  x <- people()
  expect_error(weeg_design(x, na_weights = "omit"), "`weights` names none", class = "weeg_error_argument")
  expect_error(weeg_design(x, weights = ~1, na_weights = "omit"), "`weights` names none", class = "weeg_error_argument")
  expect_error(design_of(x, na_weights = "drop"), "`na_weights` must be one of", class = "weeg_error_argument")
  expect_error(weeg_design(transform(x, w = NA_real_), weights = ~w, na_weights = "omit"), "missing in every row",
               class = "weeg_error_weight")
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(x, path, row.names = FALSE)
  expect_error(weeg_design(path, weights = ~ I(w * 2), na_weights = "omit"), "that are one column", class = "weeg_error_formula")
})

test_that("replicate weights", {
  x <- kept(people())
  x$r1 <- x$w * rep_len(c(0, 2), nrow(x))
  x$r2 <- x$w * rep_len(c(2, 0), nrow(x))
  more <- rbind(x[1:5, ], transform(x[6L, ], w = NA, r1 = NA, r2 = NA, y = "rare"), x[-(1:5), ])
  make <- function(data, ...) weeg_replicate_design(data, weights = ~w, repweights = "^r[12]$", type = "brr", ...)
  whole <- as.data.frame(weeg_proportion(make(x), y ~ g))
  expect_identical(as.data.frame(weeg_proportion(make(more, na_weights = "omit"), y ~ g)), whole)
  columns <- as.matrix(more[c("r1", "r2")])
  matrix <- weeg_replicate_design(more, weights = ~w, repweights = columns, type = "brr", na_weights = "omit")
  expect_identical(as.data.frame(weeg_proportion(matrix, y ~ g)), whole)
  path <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(more, path, row.names = FALSE)
  expect_identical(as.data.frame(weeg_proportion(make(path, na_weights = "omit"), y ~ g)), whole)
  expect_match(paste(format(make(more, na_weights = "omit")), collapse = " "), "1 row without a weight")
})
