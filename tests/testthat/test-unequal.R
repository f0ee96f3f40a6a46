# PSUs drawn with unequal probabilities: against package survey, and by hand.
#
# Reference: survey 4.5, on its data set `election_pps` (40 counties, drawn with probabilities proportional to votes) and on
# clustered, stratified samples of it. Tolerance: relative error below 1e-9.

skip_if_not_installed("survey")

close_to <- function(x, y) expect_lt(max(abs(unname(as.vector(x)) / unname(as.vector(y)) - 1)), 1e-9)

# What a county voted, and two strata in which groups of counties are PSUs with one probability.
counties <- local({
  found <- new.env()
  utils::data("election", package = "survey", envir = found)
  x <- found$election_pps
  x$kerry <- factor(ifelse(x$Kerry > x$Bush, "yes", "no"))
  x$size <- factor(cut(x$votes, c(0, 2e4, 1e5, Inf), labels = c("small", "middle", "large")))
  x$s <- rep(1:2, c(17, 23)) # survey takes numbers only
  x$u <- c(rep(1:6, length.out = 17), rep(1:8, length.out = 23))
  x$psu <- paste(x$s, x$u)
  x$pi <- ave(x$p, x$psu, FUN = function(p) min(1, 3 * mean(p)))
  x$pi2 <- ave(x$p, x$psu, FUN = function(p) length(p) / (length(p) + 4))
  x$id <- seq_len(nrow(x))
  x
})

# Per method: weeg's design and survey's of counties, and of PSUs.
designs <- function(method) {
  x <- counties
  how <- switch(method, "hartley-rao" = survey::HR(), poisson = NULL, method)
  by_row <- if (method == "poisson") {
    survey::svydesign(ids = ~1, probs = ~p, data = x, pps = survey::poisson_sampling(x$p))
  } else {
    survey::svydesign(ids = ~1, fpc = ~p, data = x, pps = how)
  }
  by_psu <- if (method != "poisson") survey::svydesign(ids = ~psu, strata = ~s, fpc = ~pi, data = x, pps = how)
  list(row = list(weeg_design(x, fpc = ~p, pps = method), by_row),
       psu = list(weeg_design(x, cluster = ~u, strata = ~s, fpc = ~pi, pps = method, nest = TRUE), by_psu))
}

methods <- c("brewer", "overton", "hartley-rao", "poisson")

test_that("proportions, totals, differences and tests are those of survey", {
  for (method in methods) {
    for (pair in designs(method)) {
      if (is.null(pair[[2L]])) next
      d <- pair[[1L]]
      s <- pair[[2L]]
      t <- weeg_total(d, ~kerry)
      r <- survey::svytotal(~kerry, s)
      close_to(t$estimate, coef(r))
      close_to(t$std.error, survey::SE(r))
      p <- weeg_proportion(d, ~kerry)
      close_to(p$std.error, survey::SE(survey::svymean(~kerry, s)))
      if (!is.null(s$dcheck) && anyDuplicated(s$cluster[[1L]])) next # of clusters, survey's own domains fail
      by <- survey::svyby(~ I(kerry == "yes"), ~size, s, survey::svymean, covmat = TRUE)
      of_yes <- paste0(c("small", "middle", "large"), ":I(kerry == \"yes\")TRUE")
      v <- vcov(by)[of_yes, of_yes]
      p <- weeg_proportion(d, kerry ~ size)
      p <- p[p$level == "yes", ]
      close_to(p$std.error, sqrt(diag(v)))
      differences <- weeg_compare(d, (kerry == "yes") ~ size, pairs = list(c("small", "middle"), c("middle", "large")),
                                  answers = "TRUE", measures = "difference")
      close_to(differences$std.error, sqrt(c(v[1, 1] + v[2, 2] - 2 * v[1, 2], v[2, 2] + v[3, 3] - 2 * v[2, 3])))
      a <- weeg_test(d, kerry ~ size, method = "rao-scott-f")
      b <- survey::svychisq(~ kerry + size, s)
      close_to(a$statistic, b$statistic)
      close_to(a$p.value, b$p.value)
    }
  }
})

test_that("models, domains, missing answers and calibration go by the same scores", {
  x <- counties
  x$kerry[c(2, 11)] <- NA
  d <- weeg_design(x, fpc = ~p, pps = "brewer")
  s <- survey::svydesign(ids = ~1, fpc = ~p, data = x, pps = "brewer")
  close_to(weeg_proportion(d, ~kerry)$std.error, survey::SE(survey::svymean(~kerry, s, na.rm = TRUE)))
  close_to(weeg_proportion(subset(d, size != "small"), ~kerry)$std.error,
           survey::SE(survey::svymean(~kerry, subset(s, size != "small"), na.rm = TRUE)))
  m <- weeg_logistic(weeg_design(counties, fpc = ~p, pps = "brewer"), kerry ~ size)
  s <- survey::svydesign(ids = ~1, fpc = ~p, data = counties, pps = "brewer")
  g <- survey::svyglm(kerry ~ size, s, family = quasibinomial(), epsilon = 1e-13)
  expect_lt(max(abs(m$std.error / survey::SE(g) - 1)), 1e-7) # survey's iterations end
  d <- weeg_poststratify(weeg_design(counties, fpc = ~p, pps = "brewer"), ~s, c("1" = 2000, "2" = 2600))
  s <- survey::postStratify(s, ~s, data.frame(s = 1:2, Freq = c(2000, 2600)))
  close_to(weeg_total(d, ~kerry)$std.error, survey::SE(survey::svytotal(~kerry, s)))
})

test_that("later stages have the probability of their PSU as sampling fraction", {
  x <- counties
  d <- weeg_design(x, cluster = ~ psu + id, strata = ~s, fpc = ~ pi + pi2, pps = "brewer")
  s <- survey::svydesign(ids = ~ psu + id, strata = ~s, fpc = ~ pi + pi2, data = x, pps = "brewer")
  r <- survey::svytotal(~kerry, s)
  close_to(weeg_total(d, ~kerry)$estimate, coef(r))
  close_to(weeg_total(d, ~kerry)$std.error, survey::SE(r))
  # by hand: independent draws of PSUs, simple random samples in them
  d <- weeg_design(x, cluster = ~ psu + id, strata = ~s, fpc = ~ pi + pi2, pps = "poisson")
  yes <- (x$kerry == "yes") / (x$pi * x$pi2)
  parts <- vapply(split(seq_along(yes), x$psu), function(i) {
    within <- if (length(i) > 1L) (1 - x$pi2[i[1L]]) * length(i) * stats::var(yes[i]) else 0
    (1 - x$pi[i[1L]]) * sum(yes[i])^2 + x$pi[i[1L]] * within
  }, 0)
  total <- weeg_total(d, ~kerry)
  close_to(total$std.error[total$kerry == "yes"], sqrt(sum(parts)))
})

test_that("a stratum with one PSU is a case for `lonely`, but where PSUs are drawn independently", {
  x <- data.frame(y = c("a", "b", "a", "b", "a"), s = c(1, 1, 1, 1, 2), pi = c(0.5, 0.25, 0.5, 0.2, 0.1))
  make <- function(...) weeg_design(x, strata = ~s, fpc = ~pi, ...)
  expect_error(weeg_total(make(pps = "brewer"), ~y), class = "weeg_error_lonely")
  s <- function(rule, f) {
    before <- options(survey.lonely.psu = rule)
    on.exit(options(before))
    survey::SE(survey::svytotal(~y, survey::svydesign(ids = ~1, strata = ~s, fpc = ~pi, data = x, pps = "brewer")))
  }
  for (rule in c("adjust", "average", "remove")) {
    # survey weighs nothing of the one PSU of rule "remove" but its mean, which is 0
    close_to(weeg_total(make(pps = "brewer", lonely = rule), ~y)$std.error, s(rule))
  }
  t <- weeg_total(make(pps = "poisson"), ~y)
  close_to(t$std.error, sqrt(c(0.5 * 4 + 0.5 * 4 + 0.9 * 100, 0.75 * 16 + 0.8 * 25)))
})

test_that("a variance below 0 is NA with a reason, in whatever is made of it", {
  # 4 PSUs, nearly alike in all but probability: Overton's form is negative where large scores go with large probabilities
  x <- data.frame(y = rep(c("a", "b"), c(4, 4)), psu = rep(1:4, 2), pi = c(0.99, 0.5, 0.5, 0.5), g = c("u", "v"))
  x$w <- ifelse(x$pi > 0.9, 6, 1) * ifelse(x$y == "a", 1, 2)
  d <- weeg_design(x, weights = ~w, cluster = ~psu, fpc = ~pi, pps = "overton")
  z <- c(6, 1, 1, 1)
  form <- -outer(1 - x$pi[1:4], 1 - x$pi[1:4], "+") / 2 / 3
  diag(form) <- 1 - x$pi[1:4]
  expect_lt(c(z %*% form %*% z), 0)
  t <- weeg_total(d, ~y)
  expect_true(all(is.na(t$std.error)))
  expect_match(t$reason, "variance")
  expect_error(weeg_test(d, y ~ g), NA)
  expect_error(weeg_crosstab(d, y ~ g), NA)
  expect_error(weeg_compare(d, y ~ g), NA)
})

test_that("few PSUs have Student's t, and the print says so", {
  d <- weeg_design(counties, cluster = ~psu, strata = ~s, fpc = ~pi, pps = "brewer")
  p <- weeg_proportion(d, ~kerry, interval = "logit")
  q <- weeg_proportion(weeg_design(d, conventions = "survey"), ~kerry, interval = "logit")
  expect_equal(p$conf.low, q$conf.low)
  text <- paste(format(p, width = 200), collapse = " ")
  expect_match(text, "df PSUs - strata; .*variance Taylor, PPS \\(Brewer\\)")
})

test_that("a tally keeps how PSUs were drawn, in memory and in files, and adds up", {
  half <- split(counties, counties$s)
  make <- function(x, pps = "brewer") {
    weeg_tally(weeg_design(x, cluster = ~psu, strata = ~s, fpc = ~pi, pps = pps), ~ kerry + size)
  }
  whole <- weeg_total(make(counties), ~kerry)
  file <- withr::local_tempfile(fileext = ".weeg")
  weeg_write_tally(make(half$"1"), file)
  read <- weeg_read_tally(file)
  expect_identical(weeg_total(read, ~kerry)$std.error, weeg_total(make(half$"1"), ~kerry)$std.error)
  expect_identical(weeg_total(read + make(half$"2"), ~kerry)$std.error, whole$std.error)
  saveRDS(make(counties), file)
  expect_identical(weeg_total(readRDS(file), ~kerry)$std.error, whole$std.error)
  expect_error(read + make(half$"2", "overton"), "their PSUs were drawn in different ways", class = "weeg_error_tally")
  other <- transform(half$"1", pi = pi / 2)
  expect_error(read + make(other), "the inclusion probability of PSU 1 1 differs", class = "weeg_error_tally")
  csv <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(counties, csv, row.names = FALSE)
  t <- weeg_tally(csv, ~kerry, cluster = ~psu, strata = ~s, fpc = ~pi, pps = "brewer")
  expect_equal(weeg_total(t, ~kerry)$std.error, whole$std.error, tolerance = 1e-14)
  rows <- weeg_total(weeg_tally(csv, ~kerry, fpc = ~p, pps = "poisson"), ~kerry)
  expect_equal(rows$std.error, weeg_total(weeg_design(counties, fpc = ~p, pps = "poisson"), ~kerry)$std.error, tolerance = 1e-14)
})

test_that("a tally to be sent has the PSUs in another order, with their probabilities", {
  x <- counties[rep(seq_len(40), (1:40) %% 7 + 2), ]
  x$w <- 1 / x$p
  tally <- weeg_tally(weeg_design(x, weights = ~w, cluster = ~id, fpc = ~p, pps = "brewer"), ~kerry)
  expect_equal(weeg_total(weeg_protect_tally(tally, "North", 2), ~kerry)$std.error, weeg_total(tally, ~kerry)$std.error,
               tolerance = 1e-12)
  joint <- tcrossprod(counties$p)
  diag(joint) <- counties$p
  dimnames(joint) <- list(counties$id, counties$id)
  tally <- weeg_tally(weeg_design(x, weights = ~w, cluster = ~id, fpc = ~p, pps = joint), ~kerry)
  expect_error(weeg_protect_tally(tally, "North", 2), "cannot be sent", class = "weeg_error_unsupported")
})

test_that("what cannot be is an error that says what, where and what to do", {
  x <- data.frame(y = c("a", "b", "a"), u = c(1, 1, 2), p = c(0.5, 0.5, 0.25))
  with <- function(p, ...) weeg_design(replace(x, "p", p), cluster = ~u, fpc = ~p, pps = "brewer", ...)
  expect_error(with(c(0.5, 0.5, 0)), "the inclusion probability in row 3 .p, in `fpc`. is 0, not above 0.*above 0 and at most 1",
               class = "weeg_error_fpc")
  expect_error(with(c(0.5, 0.5, 1.5)), "in row 3 .* is 1.5, not", class = "weeg_error_fpc")
  expect_error(with(c(NA, 0.5, 0.5)), "in row 1 is missing", class = "weeg_error_fpc")
  expect_error(with(c(0.5, 0.25, 0.5)), "in row 2 differs from earlier rows of the same PSU", class = "weeg_error_fpc")
  expect_error(weeg_design(x, pps = "brewer"), "`pps` needs the inclusion probabilities", class = "weeg_error_argument")
  expect_error(weeg_design(x, fpc = ~p, pps = "pareto"), "must be one of \"brewer\"", class = "weeg_error_argument")
  expect_error(with(x$p, lonely = "adjust", lonely_domain = TRUE), "does not go with `pps`", class = "weeg_error_argument")
  expect_error(weeg_design(x, probs = ~p), "with `pps`, fpc = ~probability", class = "weeg_error_argument")
  expect_error(weeg_replicates(with(x$p)), "unequal probabilities.*Leave out `pps`", class = "weeg_error_unsupported")
  expect_error(as_svydesign(with(x$p)), "not converted", class = "weeg_error_unsupported")
  csv <- withr::local_tempfile(fileext = ".csv")
  utils::write.csv(replace(x, "p", c(0.5, 0.25, 0.5)), csv, row.names = FALSE)
  expect_error(weeg_tally(csv, ~y, cluster = ~u, fpc = ~p, pps = "brewer"), "row 2 .*same PSU", class = "weeg_error_fpc")
})

test_that("joint inclusion probabilities give the variances of Horvitz and Thompson, and of Yates and Grundy", {
  joint <- local({
    found <- new.env()
    utils::data("election", package = "survey", envir = found)
    found$election_jointprob
  })
  for (variance in c("HT", "YG")) {
    d <- weeg_design(counties, fpc = ~p, pps = list(matrix = joint, variance = variance))
    s <- survey::svydesign(ids = ~1, fpc = ~p, data = counties, pps = survey::ppsmat(joint, 0), variance = variance)
    close_to(weeg_total(d, ~kerry)$std.error, survey::SE(survey::svytotal(~kerry, s)))
    close_to(weeg_proportion(d, ~kerry)$std.error, survey::SE(survey::svymean(~kerry, s)))
    if (variance == "HT") {
      close_to(weeg_test(d, kerry ~ size, method = "rao-scott-f")$statistic, survey::svychisq(~ kerry + size, s)$statistic)
    }
    tally <- weeg_tally(d, ~kerry)
    expect_identical(weeg_total(tally, ~kerry)$std.error, weeg_total(d, ~kerry)$std.error)
    expect_error(weeg_write_tally(tally, tempfile()), "joint inclusion", class = "weeg_error_unsupported")
    expect_error(tally + tally, "of one sample as a whole", class = "weeg_error_tally")
  }
  expect_match(paste(format(d, width = 200), collapse = " "), "PPS \\(Yates-Grundy\\)")
  # clusters by name: each PSU twice, in another order than the matrix
  x <- rbind(counties, counties)[80:1, ]
  x$psu <- factor(paste0("c", x$id))
  x$w <- 1 / x$p / 2
  named <- structure(joint, dimnames = list(paste0("c", 1:40), NULL))
  twice <- weeg_design(x, weights = ~w, cluster = ~psu, fpc = ~p, pps = named)
  close_to(weeg_total(twice, ~kerry)$std.error, weeg_total(weeg_design(counties, fpc = ~p, pps = joint), ~kerry)$std.error)
  with <- function(matrix, ...) weeg_design(counties, fpc = ~p, pps = matrix, ...)
  expect_error(with(joint[, -1]), "must be square", class = "weeg_error_fpc")
  expect_error(with(joint[-1, -1]), "has 39 rows, but the sample has 40 PSUs", class = "weeg_error_fpc")
  expect_error(with(replace(joint, 42, 0)), "has 0 in row 2, column 2", class = "weeg_error_fpc")
  expect_error(with(replace(joint, 2, 0.5)), "not symmetric: row 2, column 1", class = "weeg_error_fpc")
  expect_error(with(joint / 2), "for PSU 1, and `fpc` has", class = "weeg_error_fpc")
  expect_error(weeg_design(x, cluster = ~psu, fpc = ~p, pps = joint), "none for PSU c1", class = "weeg_error_fpc")
})
