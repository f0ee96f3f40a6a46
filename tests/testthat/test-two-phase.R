# Two-phase designs: against package survey, joint inclusion probabilities pair by pair, a textbook's formula, and all samples of
# a small population.
#
# Reference: survey 4.5, twophase(method = "full"), but for first phases whose strata differ in their number of units: it then
# takes that number from other rows. Tolerance: relative error below 1e-9, as sums of squares cancel.

close_to <- function(x, y, within = 1e-9) expect_lt(max(abs(unname(as.vector(x)) / unname(as.vector(y)) - 1)), within)

# As survey wants them: a list of formulas of both phases.
both <- function(first, second) list(first, second)

test_that("survey's own examples have its standard errors", {
  skip_if_not_installed("survey")
  skip_if_not_installed("survival")
  found <- new.env()
  utils::data("cancer", package = "survival", envir = found)
  utils::data("nwtco", package = "survival", envir = found)
  utils::data("pbc", package = "survival", envir = found)
  utils::data("mu284", package = "survey", envir = found)
  check <- function(d, s, y, x = NULL) {
    close_to(weeg_proportion(d, y)$std.error, survey::SE(survey::svymean(y, s)))
    close_to(weeg_total(d, y)$std.error, survey::SE(survey::svytotal(y, s)))
    close_to(weeg_proportion(d, y)$df, survey::degf(s))
  }
  # stratified by case status; survey takes the joint probabilities from a population, which is large here
  x <- found$nwtco
  x$population <- 1e6
  x$stage <- factor(x$stage)
  x$histology <- factor(x$histol)
  x$chosen <- x$in.subcohort | x$rel == 1
  d <- weeg_two_phase(weeg_design(x, fpc = ~population), ~chosen, strata = ~rel)
  s <- survey::twophase(id = both(~seqno, ~seqno), strata = both(NULL, ~rel), fpc = both(~population, NULL), subset = ~chosen,
                        data = x)
  check(d, s, ~stage)
  a <- weeg_test(d, stage ~ histology, method = "rao-scott-f")
  b <- survey::svychisq(~ stage + histology, s)
  close_to(a$statistic, b$statistic)
  close_to(a$p.value, b$p.value, 1e-7)
  p <- weeg_proportion(d, stage ~ histology)
  by <- survey::svyby(~stage, ~histology, s, survey::svymean)
  close_to(p$std.error, t(survey::SE(by)))
  close_to(weeg_proportion(subset(d, age > 24), ~stage)$std.error, survey::SE(survey::svymean(~stage, subset(s, age > 24))))
  close_to(weeg_mean(d, ~age)$std.error, survey::SE(survey::svymean(~age, s)))
  tally <- weeg_tally(d, ~ stage + histology)
  expect_identical(weeg_proportion(tally, stage ~ histology)$std.error, p$std.error)
  x <- found$pbc
  x$randomised <- !is.na(x$trt)
  x$population <- 5000
  x$edema <- factor(x$edema)
  d <- weeg_two_phase(weeg_design(x, fpc = ~population), ~randomised)
  s <- survey::twophase(id = both(~id, ~id), fpc = both(~population, NULL), subset = ~randomised, data = x)
  check(d, s, ~edema)
  # two stages as two phases: clusters, and rows within them
  x <- found$mu284[with(found$mu284, c(1:15, rep(1:5, n2[1:5] - 3))), ]
  x$id <- seq_len(nrow(x))
  x$sub <- rep(c(TRUE, FALSE), c(15, 19))
  x$large <- factor(x$y1 > 40)
  d <- weeg_two_phase(weeg_design(x, cluster = ~id1, fpc = ~n1), ~sub, strata = ~id1)
  s <- survey::twophase(id = both(~id1, ~id), strata = both(NULL, ~id1), fpc = both(~n1, NULL), data = x, subset = ~sub)
  check(d, s, ~large)
  close_to(weeg_mean(d, ~y1)$std.error, survey::SE(survey::svymean(~y1, s)))
  stages <- weeg_design(found$mu284, cluster = ~ id1 + id2, fpc = ~ n1 + n2)
  close_to(weeg_mean(d, ~y1)$std.error, weeg_mean(stages, ~y1)$std.error)
})

# A first phase of rows or clusters, with or without strata, and a second of rows, their clusters, or clusters in these. Every
# stratum of either phase has at least two units.
random_phases <- function(seed) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  strata <- sample(1:3, 1L)
  clustered <- stats::runif(1) < 0.6
  each <- if (clustered) sample(2:6, 1L) else 1L
  alike <- seed %% 2L == 0L
  units <- rep_len(sample(6:9, if (alike) 1L else strata, TRUE), strata) * if (clustered) 1L else 4L
  x <- data.frame(s = rep(rep(seq_len(strata), units), each = each))
  x$u <- rep(seq_len(sum(units)), each = each)
  x$id <- seq_len(nrow(x))
  x$v <- 2L * x$u + (stats::runif(nrow(x)) < 0.5) # parts of clusters
  x$N <- sample(10:60, strata, TRUE)[x$s] + units[x$s]
  x$y <- factor(sample(c("a", "b", "c"), nrow(x), TRUE))
  x$z <- factor(sample(c("k", "l"), nrow(x), TRUE))
  how <- if (clustered) sample(c("id", "u", "v"), 1L) else "id"
  unit <- x[[how]]
  x$unit <- unit
  first <- match(unit, unit)
  x$g <- (if (stats::runif(1) < 0.3) rep(1L, nrow(x)) else sample(1:2, nrow(x), TRUE))[first]
  x$sub <- FALSE
  for (g in unique(x$g)) {
    of <- unique(unit[x$g == g])
    take <- if (length(of) < 3L) of else of[sample.int(length(of), sample(2:length(of), 1L))]
    x$sub[unit %in% take] <- TRUE
  }
  x$cluster <- if (clustered) x$u else x$id
  sizes <- lengths(lapply(split(unit, x$g), unique))
  attr(x, "fit") <- all(sizes > 1L)
  x
}

# 1 - pi_k pi_l / pi_kl of simple random samples of units in strata.
dcheck <- function(unit, stratum, n, N) {
  pi <- n / N
  joint <- outer(pi, pi)
  together <- outer(stratum, stratum, `==`)
  joint[together] <- (pi * (n - 1) / (N - 1))[row(joint)[together]]
  same <- outer(unit, unit, `==`)
  joint[same] <- pi[row(joint)[same]]
  1 - outer(pi, pi) / joint
}

units_in <- function(unit, stratum) lengths(lapply(split(unit, stratum), unique))[as.character(stratum)]

test_that("200 random designs have the standard errors of survey, and of joint inclusion probabilities", {
  seen <- with_survey <- 0L
  for (seed in 1:300) {
    x <- random_phases(seed)
    if (seen == 200L) break
    if (!attr(x, "fit")) next
    seen <- seen + 1L
    first <- weeg_design(x, strata = ~s, cluster = ~cluster, fpc = ~N)
    d <- weeg_two_phase(first, ~sub, strata = ~g, cluster = ~unit)
    sub <- x$sub
    n <- units_in(x$cluster, x$s)[sub]
    m <- units_in(x$unit, x$g)[sub]
    r <- x[sub, ]
    chosen <- units_in(r$unit, r$g)
    d1 <- dcheck(r$cluster, r$s, n, r$N)
    d2 <- dcheck(r$unit, r$g, chosen, m)
    form <- 1 - (1 - d1) * (1 - d2)
    w <- (r$N / n) * (m / chosen)
    t <- weeg_total(d, ~y)
    t <- t[t$estimate > 0, ]
    variance <- vapply(as.character(t$y), function(level) {
      z <- w * (r$y == level)
      sum(z * (form %*% z))
    }, 0)
    # one that is negative does not exist; what rounding leaves of 0 may have any sign
    sure <- abs(variance) > 1e-9 * sum(w)^2
    expect_identical(is.na(t$std.error[sure]), unname(variance[sure] < 0), info = seed)
    there <- which(sure & variance > 0)
    close_to(t$std.error[there], sqrt(variance[there]))
    close_to(t$estimate, tapply(w, droplevels(r$y), sum))
    if (length(unique(n)) == 1L && seen %% 3L == 0L && requireNamespace("survey", quietly = TRUE)) {
      s <- survey::twophase(id = both(~cluster, ~unit), strata = both(~s, ~g), fpc = both(~N, NULL), data = x, subset = ~sub)
      a <- suppressWarnings(survey::SE(survey::svymean(~z, s))) # of a negative variance, a root
      b <- weeg_proportion(d, ~z)$std.error
      if (nlevels(droplevels(r$z)) == 2L && all(is.finite(a) & a > 1e-3)) {
        close_to(b, a)
        with_survey <- with_survey + 1L
      }
      expect_identical(as.double(weeg_proportion(d, ~z)$df[1L]), as.double(survey::degf(s)), info = seed)
    }
  }
  expect_identical(seen, 200L)
  if (requireNamespace("survey", quietly = TRUE)) expect_gt(with_survey, 30L)
})

test_that("the variance of the textbooks for stratification in the second phase", {
  # 20 of 300, then 5 of 12 and 3 of 8: the example of T. Tsuchiya in survey's vignette "phase1", and Rao (1973), also in Cochran
  # (1977, equation 12.32)
  x <- data.frame(N = 300, h = rep(1:2, c(12, 8)), sub = rep(c(TRUE, FALSE, TRUE, FALSE), c(5, 7, 3, 5)),
                  y = c(1:5, rep(NA, 7), 6:8, rep(NA, 5)))
  d <- weeg_two_phase(weeg_design(x, fpc = ~N), ~sub, strata = ~h)
  size <- c(12, 8)
  n <- c(5, 3)
  w <- size / 20
  s2 <- c(stats::var(1:5), stats::var(6:8))
  mean <- sum(w * c(3, 7))
  v <- 299 / 300 * sum(((size - 1) / 19 - (n - 1) / 299) * w * s2 / n) + 280 / 300 / 19 * sum(w * (c(3, 7) - mean)^2)
  m <- weeg_mean(d, ~y)
  close_to(m$estimate, 4.6)
  close_to(m$std.error, sqrt(v)) # as the sum of weights is the population, whatever is drawn
})

test_that("over all samples of a small population the variance is unbiased", {
  # 4 of 6, then 2 of those of a stratum where there are 3, else all
  value <- c(1, 4, 2, 7, 3, 9)
  g <- c(1, 1, 1, 2, 2, 2)
  found <- do.call(rbind, lapply(utils::combn(6, 4, simplify = FALSE), function(first) {
    parts <- lapply(split(first, g[first]), function(i) if (length(i) == 3L) utils::combn(i, 2L, simplify = FALSE) else list(i))
    every <- expand.grid(lapply(parts, seq_along))
    do.call(rbind, lapply(seq_len(nrow(every)), function(k) {
      second <- unlist(Map(function(part, j) part[[j]], parts, unlist(every[k, ])))
      # rows count as often as their values
      x <- data.frame(unit = rep(first, value[first]), N = 6, y = factor("yes"))
      x$g <- g[x$unit]
      x$sub <- x$unit %in% second
      d <- weeg_two_phase(weeg_design(x, cluster = ~unit, fpc = ~N), ~sub, strata = ~g, cluster = ~unit)
      t <- weeg_total(d, ~y)
      form <- if (is.na(t$std.error)) NA else t$std.error^2
      data.frame(p = 1 / 15 / nrow(every), estimate = t$estimate, variance = form)
    }))
  }))
  expect_equal(sum(found$p), 1)
  expect_equal(sum(found$p * found$estimate), sum(value))
  expect_equal(sum(found$p * found$variance), sum(found$p * (found$estimate - sum(value))^2), tolerance = 1e-10)
})

test_that("without a population the first phase is drawn with replacement, and a whole first phase is its own design", {
  x <- random_phases(5)
  x$large <- 1e13
  with <- function(...) {
    weeg_two_phase(weeg_design(x, weights = ~N, strata = ~s, cluster = ~cluster, ...), ~sub, strata = ~g, cluster = ~unit)
  }
  p <- weeg_proportion(with(), ~y)
  close_to(p$std.error, weeg_proportion(with(fpc = ~large), ~y)$std.error)
  x$all <- TRUE
  for (fpc in list(NULL, ~N)) {
    first <- weeg_design(x, weights = ~N, strata = ~s, cluster = ~cluster, fpc = fpc)
    second <- weeg_two_phase(first, ~all, strata = ~g, cluster = ~unit)
    close_to(weeg_total(second, y ~ z)$std.error, weeg_total(first, y ~ z)$std.error)
    close_to(weeg_compare(second, y ~ z)$std.error, weeg_compare(first, y ~ z)$std.error)
  }
  # all of a census: the second phase alone
  x$cluster <- x$id
  x$one <- 1
  d <- weeg_two_phase(weeg_design(x, fpc = ~one), ~sub, strata = ~g)
  x$size <- units_in(x$id, x$g)
  close_to(weeg_total(d, ~y)$std.error, weeg_total(weeg_design(x[x$sub, ], strata = ~g, fpc = ~size), ~y)$std.error)
  # a known share that was selected is what counting gives
  x$share <- (units_in(x$id[x$sub], x$g[x$sub]))[as.character(x$g)] / x$size
  se <- function(...) weeg_total(weeg_two_phase(weeg_design(x, fpc = ~N, strata = ~s), ~sub, strata = ~g, ...), ~y)$std.error
  expect_identical(se(fpc = ~size), se())
  close_to(se(fpc = ~share), se())
})

test_that("a first phase of several stages adds those of all", {
  # 4 of 9 schools, 5 of 12 pupils each; of these, 3 of 4 or more of either sex
  x <- data.frame(school = rep(1:4, each = 5), pupil = 1:20, schools = 9, pupils = 12, sex = rep(1:2, 10),
                  y = rep(c("a", "b", "b"), length.out = 20))
  x$sub <- x$pupil %in% c(1, 3, 5, 2, 6, 11, 13, 16, 18, 20)
  d <- weeg_two_phase(weeg_design(x, cluster = ~ school + pupil, fpc = ~ schools + pupils), ~sub, strata = ~sex)
  r <- x[x$sub, ]
  same <- outer(r$school, r$school, `==`)
  d1 <- 1 - outer(rep(4 / 9, 10), rep(4 / 9, 10)) / ifelse(same, 4 / 9, 4 * 3 / 9 / 8)
  within <- 1 - (5 / 12)^2 / ifelse(diag(10) == 1, 5 / 12, 5 * 4 / 12 / 11)
  d1 <- 1 - (1 - d1) * (1 - ifelse(same, within, 0))
  chosen <- units_in(r$pupil, r$sex)
  d2 <- dcheck(r$pupil, r$sex, chosen, rep(10, 10))
  form <- 1 - (1 - d1) * (1 - d2)
  w <- 9 / 4 * 12 / 5 * 10 / chosen
  t <- weeg_total(d, ~y)
  close_to(t$std.error^2, vapply(c("a", "b"), function(level) sum((w * (r$y == level)) %*% form * (w * (r$y == level))), 0))
})

test_that("scores of margins become residuals, as by any design", {
  x <- random_phases(9)
  d <- weeg_two_phase(weeg_design(x, strata = ~s, cluster = ~cluster, fpc = ~N), ~sub, strata = ~g, cluster = ~unit)
  total <- sum(weeg_total(d, ~z)$estimate)
  calibrated <- weeg_calibrate(d, list(z = c(k = total / 2, l = total / 2)))
  expect_equal(weeg_total(calibrated, ~z)$std.error, c(0, 0))
  expect_true(all(weeg_total(calibrated, ~y)$std.error > 0))
})

test_that("the design says what it is, and stays out of where it does not fit", {
  x <- data.frame(id = 1:12, g = rep(1:2, 6), c = rep(1:4, each = 3), y = rep(c("a", "b", "a"), 4), N = 50)
  x$sub <- x$id <= 6
  first <- weeg_design(x, weights = ~N)
  d <- weeg_two_phase(first, ~sub, strata = ~g)
  text <- paste(format(d, width = 200), collapse = "\n")
  expect_match(text, "First phase +12 rows\n")
  expect_match(text, "weights? +N and second phase", ignore.case = TRUE)
  expect_match(text, "variance Taylor, two-phase")
  expect_identical(sum(d$weights), sum(x$N))
  expect_error(weeg_replicates(d), "two phases", class = "weeg_error_unsupported")
  expect_error(weeg_sensitivity(d, ~y), "two phases", class = "weeg_error_unsupported")
  tally <- weeg_tally(d, ~y)
  expect_error(weeg_write_tally(tally, tempfile()), "two phases", class = "weeg_error_unsupported")
  expect_error(weeg_protect_tally(tally, "North", 2), "two phases cannot be sent", class = "weeg_error_unsupported")
  expect_error(tally + tally, "of one sample as a whole", class = "weeg_error_tally")
  expect_identical(weeg_total(tally, ~y)$std.error, weeg_total(d, ~y)$std.error)
  file <- withr::local_tempfile()
  saveRDS(d, file)
  expect_identical(weeg_total(readRDS(file), ~y)$std.error, weeg_total(d, ~y)$std.error)
  expect_equal(weeg_proportion(weeg_design(d, df = 3), ~y)$df[1L], 3)
  expect_false(anyNA(weeg_proportion(weeg_design(d, conventions = "survey"), ~y)$conf.low))
  skip_if_not_installed("survey")
  expect_error(as_svydesign(d), "two phases", class = "weeg_error_unsupported")
})

test_that("what cannot be is an error that says what, where and what to do", {
  x <- data.frame(id = 1:12, g = rep(1:2, 6), c = rep(1:4, each = 3), y = rep(c("a", "b", "a"), 4))
  x$sub <- x$id <= 6
  make <- function(data = x, subset = ~sub, ...) weeg_two_phase(data, subset, ...)
  expect_error(make(subset = ~ sub & NA), "missing in row 1", class = "weeg_error_missing")
  expect_error(make(subset = ~id), "not logical, but integer", class = "weeg_error_argument")
  expect_error(make(subset = ~ id > 20), "selects no rows", class = "weeg_error_argument")
  expect_error(make(subset = ~chosen), "no variable `chosen`", class = "weeg_error_variable")
  expect_error(weeg_two_phase(x, sub), "`subset` must be a one-sided formula", class = "weeg_error_formula")
  expect_error(weeg_two_phase(x), "`subset` is missing", class = "weeg_error_argument")
  expect_error(make(strata = ~ I(id > 6)), "selects no row of stratum TRUE", class = "weeg_error_argument")
  expect_s3_class(make(strata = ~ I(id == 1)), "weeg_design") # a stratum of one is all there
  expect_error(make(subset = ~ id %in% c(1, 2, 4), strata = ~g), "second phase, stratum 1 has only one",
               class = "weeg_error_lonely")
  removed <- weeg_two_phase(weeg_design(x, lonely = "remove"), ~ id %in% c(1, 2, 4), strata = ~g)
  expect_s3_class(removed, "weeg_design")
  expect_error(weeg_two_phase(weeg_design(x[-(2:3), ], strata = ~c), ~sub), "first phase, stratum 1 has only one",
               class = "weeg_error_lonely")
  expect_error(make(cluster = ~c), "^c .in `cluster`. has a cluster with rows in several .* first phase: 1",
               class = "weeg_error_nesting")
  expect_error(make(cluster = ~ c + id), "of one stage", class = "weeg_error_argument")
  expect_error(make(strata = ~ g + c), "`strata` has 2 variables", class = "weeg_error_argument")
  expect_error(make(fpc = ~ g + c), "one variable", class = "weeg_error_argument")
  expect_error(make(fpc = ~ I(id * 0 + 3)), "has 6 PSUs in the sample but 3 in the population", class = "weeg_error_fpc")
  x$h <- replace(x$g, 9, NA)
  expect_error(make(strata = ~h), "row 9 is missing", class = "weeg_error_missing")
  x$h <- replace(x$g, 5, NA)
  x$sub <- x$id > 3
  x$n <- 6
  expect_error(make(data = x, strata = ~h, fpc = ~n), "row 5 is missing", class = "weeg_error_missing")
  d <- weeg_design(x)
  expect_error(make(subset(d, id > 1)), "is a domain", class = "weeg_error_unsupported")
  expect_error(make(make(d)), "two phases already", class = "weeg_error_unsupported")
  drawn <- weeg_design(x, fpc = ~ I(id / 20), pps = "brewer")
  expect_error(make(drawn), "unequal probabilities", class = "weeg_error_unsupported")
  expect_error(make(weeg_rake(d, list(y = c(a = 0.5, b = 0.5)))), "is calibrated", class = "weeg_error_unsupported")
  expect_error(make(weeg_replicates(weeg_design(x, cluster = ~id))), "has replicates", class = "weeg_error_unsupported")
  expect_error(make(weeg_tally(d, ~y)), "rows in memory", class = "weeg_error_unsupported")
})
