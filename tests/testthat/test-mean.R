# Means: random designs against package survey, at least 4.5 (relative error below 1e-9); hard data against survey on data that
# are easy (moved, or in other units); and what is refused. WEEG_DESIGNS sets the number of random designs (30).

numbers_of <- function(seed, rows) {
  set.seed(seed + 7L)
  y <- switch(seed %% 4L + 1L, stats::rnorm(rows), round(1000 * stats::rexp(rows)), 50 + 10 * stats::rnorm(rows),
              1e6 * stats::rnorm(rows)^3)
  y[stats::runif(rows) < pick(c(0, 0.1, 0.5))] <- NA
  y
}

# Means of v among `rows`, against a row of weeg's table. Of fewer than 1e-6 of the mean's size, survey's standard error is
# the rounding noise of a true 0.
compare_mean <- function(s, what, rows, got) {
  name <- function(statistic) paste0(what, ": ", statistic)
  known <- rows & !is.na(s$data$v)
  domain <- domain_of(s, known)
  s$log$same(name("df"), got$df, domain_of(s, rows)$df)
  s$log$same(name("n"), got$n, domain$n)
  if (domain$n == 0L) {
    return(s$log$except(name("mean"), "no rows", is.na(got$estimate) && is.na(got$std.error) && !is.na(got$reason)))
  }
  m <- survey::svymean(~v, domain$design)
  se <- as.vector(survey::SE(m))
  v <- s$data$v[which(known & s$inside & s$data$w > 0)]
  s$log$same(name("mean"), got$estimate, unname(stats::coef(m)), floor = 1e-4 * max(abs(v)))
  s$log$same(name("weighted"), got$n.weighted, sum(s$data$w[which(known & s$inside)]))
  if (domain$alone) return(s$log$except(name("standard error"), "in one PSU", is.na(got$std.error) && !is.na(got$reason)))
  if (is.na(se)) return(s$log$except(name("standard error"), "none", is.na(got$std.error)))
  if (se < 1e-9 * max(abs(v))) {
    return(s$log$except(name("standard error"), "no sampling variance", got$std.error < 1e-8 * max(abs(v))))
  }
  s$log$same(name("standard error"), got$std.error, se, condition = 1 + max(abs(v)) / se / 1e3)
  if (got$df < 1) return(s$log$except(name("limits"), "no df", is.na(got$conf.low)))
  reach <- stats::qt(0.975, got$df) * se
  s$log$same(name("limits"), c(got$conf.low, got$conf.high), unname(stats::coef(m)) + c(-1, 1) * reach,
             floor = 1e-4 * max(abs(v)), condition = 1 + max(abs(v)) / se / 1e3)
}

with_numbers <- function(s) {
  s$x$by_tally <- FALSE
  s$x$data$v <- s$data$v <- numbers_of(s$x$seed, nrow(s$data))
  s$weeg <- weeg_view(s$x)
  s$survey <- survey_view(s$x)
  s
}

test_that("means, standard errors and limits are those of package survey in random designs", {
  needs_survey()
  expect_same_in_designs(count = as.integer(Sys.getenv("WEEG_DESIGNS", "30")), function(s) {
    s <- with_numbers(s)
    group <- function(level) s$data$fg %in% level
    all <- rep(TRUE, nrow(s$data))
    known <- function(rows) domain_of(s, rows & !is.na(s$data$v))
    got <- attempt(s, "all: mean", list(known(all)), function() weeg_mean(s$weeg, ~v))
    if (!is.null(got)) compare_mean(s, "all", all, got)
    got <- attempt(s, "group: mean", lapply(s$groups, function(level) known(group(level))), function() weeg_mean(s$weeg, v ~ g))
    for (level in s$groups) {
      if (!is.null(got) && any(got$g == level)) compare_mean(s, "group", group(level), got[got$g == level, ])
    }
  })
})

test_that("means of several stages are those of package survey", {
  needs_survey()
  for (seed in 1:12) {
    x <- random_stages(seed)
    x$data$v <- numbers_of(seed, nrow(x$data))
    if (x$lonely == "fail") x$lonely <- "adjust"
    before <- options(survey.lonely.psu = x$lonely, survey.adjust.domain.lonely = x$lonely_domain, survey.use_rcpp = FALSE)
    got <- weeg_mean(stages_weeg(x), v ~ fg)
    domain <- stages_survey(x)[which(x$data$inside), ]
    want <- suppressWarnings(survey::svyby(~v, ~fg, domain, survey::svymean, na.rm = TRUE, drop.empty.groups = FALSE))
    options(before)
    at <- match(got$fg, want$fg)
    expect_equal(got$estimate, want$v[at], tolerance = 1e-9, ignore_attr = TRUE, info = seed)
    some <- !is.na(got$std.error)
    noise <- 1e-9 * max(abs(x$data$v), na.rm = TRUE)
    expect_lt(max(abs(got$std.error - want$se[at])[some] / pmax(want$se[at], noise)[some], 0), 1e-7, label = seed)
    # survey has 0, but for rounding, where there is none
    expect_true(all(is.na(want$se[at][!some]) | want$se[at][!some] < noise | !is.na(got$reason[!some])), info = seed)
  }
})

# ---- hard data -------------------------------------------------------------------------------------------------------

hard <- local({
  set.seed(20)
  n <- 1200
  data <- data.frame(g = factor(sample(letters[1:4], n, TRUE), letters[1:5]), s = sample(3, n, TRUE))
  data$w <- 10^stats::runif(n, -3, 3)
  data$p <- 10 * data$s + sample(8, n, TRUE)
  data$z <- stats::rnorm(n)
  data
})
designs_of <- function(data) {
  list(rows = weeg_design(data, weights = ~w, strata = ~s), clusters = weeg_design(data, weights = ~w, strata = ~s, cluster = ~p))
}
survey_errors <- function(data, clusters) {
  s <- survey::svydesign(if (clusters) ~p else ~1, strata = ~s, weights = ~w, data = data)
  survey::svyby(~v, ~g, s, survey::svymean, keep.names = FALSE)
}

test_that("deviations keep their digits where the mean is a million million times as large", {
  needs_survey()
  data <- hard
  data$y <- 1e9 + 1e-3 * data$z
  data$v <- data$y - 1e9 # exact
  for (kind in c("rows", "clusters")) {
    got <- weeg_mean(designs_of(data)[[kind]], y ~ g)[1:4, ]
    want <- survey_errors(data, kind == "clusters")
    expect_equal(got$std.error, want$se, tolerance = 1e-9)
    expect_identical(got$estimate, 1e9 + want$v)
  }
})

test_that("strata that differ a million million times as much as their rows do keep their digits", {
  needs_survey()
  data <- hard
  data$y <- 2^30 * data$s + 2^-10 * round(data$z * 64) / 64 # exact
  data$v <- data$y
  # within strata alone: the same rows with each stratum moved to 0 by its own mean have the same variance
  d <- subset(weeg_design(data, weights = ~w, strata = ~s), s == 2)
  got <- weeg_mean(d, ~y)
  data$v <- data$y - 2 * 2^30
  want <- survey::svymean(~v, subset(survey::svydesign(~1, strata = ~s, weights = ~w, data = data), s == 2))
  expect_equal(got$std.error, as.vector(survey::SE(want)), tolerance = 1e-9)
})

test_that("equal values have a standard error of 0, and groups of one row none", {
  data <- hard
  for (value in c(0.1, 1 / 3, -7e200, 0)) {
    data$y <- value
    for (d in designs_of(data)) {
      got <- weeg_mean(d, y ~ g)[1:4, ]
      expect_equal(got$estimate, rep(value, 4), tolerance = 1e-15)
      expect_identical(got$std.error, rep(0, 4))
      expect_identical(got$reason, rep("the estimated variance is 0", 4))
      expect_identical(got$conf.low, got$estimate)
    }
  }
  data$y <- data$z
  data$g[] <- "a"
  data$g[7] <- "b"
  for (d in designs_of(data)) {
    got <- weeg_mean(d, y ~ g)
    expect_equal(got$estimate[2], data$y[7], tolerance = 1e-15)
    expect_true(is.na(got$std.error[2]))
    expect_match(got$reason[2], "variance cannot be estimated")
    expect_identical(got$reason[3], "no observations")
    expect_identical(got$n, c(1199, 1, 0, 0, 0))
  }
})

test_that("units do not matter, up to the largest and smallest numbers", {
  data <- hard
  for (kind in c("rows", "clusters")) {
    data$y <- data$z
    want <- weeg_mean(designs_of(data)[[kind]], y ~ g)
    for (factor in 2^c(-1000, 1000)) {
      data$y <- data$z * factor
      got <- weeg_mean(designs_of(data)[[kind]], y ~ g)
      expect_equal(got$estimate / factor, want$estimate, tolerance = 1e-12)
      expect_equal(got$std.error / factor, want$std.error, tolerance = 1e-12)
    }
    data$w <- hard$w * 2^-400
    data$y <- data$z
    expect_equal(weeg_mean(designs_of(data)[[kind]], y ~ g)$std.error, want$std.error, tolerance = 1e-12)
    data$w <- hard$w
  }
})

test_that("a total beyond the largest number is infinite, and its mean is not", {
  x <- data.frame(v = c(1.5, 1, 1.25, 1.75) * 1e308, psu = 1:4)
  d <- weeg_design(x, cluster = ~psu)
  total <- weeg_total(d, v ~ 1)
  expect_identical(total$estimate, Inf)
  mean <- weeg_mean(d, ~v)
  expect_equal(mean$estimate / 1e308, 1.375, tolerance = 1e-12)
  expect_equal(mean$std.error / 1e308, sd(c(1.5, 1, 1.25, 1.75)) / 2, tolerance = 1e-12)
})

test_that("a group whose values are lost beside those of others has a reason, not a number; zeros are zeros", {
  data <- hard
  data$y <- ifelse(data$g == "a", 1e300, ifelse(data$g == "b", 1e-300, 0)) * data$z
  for (d in designs_of(data)) {
    got <- weeg_mean(d, y ~ g)
    expect_true(is.finite(got$estimate[1]) && got$std.error[1] > 0)
    expect_true(is.na(got$estimate[2]) && is.na(got$std.error[2]))
    expect_match(got$reason[2], "too small beside the largest")
    expect_identical(got$estimate[3:4], c(0, 0))
    expect_identical(got$std.error[3:4], c(0, 0))
    alone <- weeg_mean(subset(d, g == "b"), ~y)
    expect_true(is.finite(alone$estimate) && alone$std.error > 0)
  }
})

test_that("what cancels in each PSU once it is cut to the unit is as zeros are: 2^-86 to 2^-70 of the largest", {
  # 1 is the largest number of a unit of 2^-70, 2^-16 is that of 2^-86: the next power of 2^16 above them is 2^16 and 1
  y <- rep(c(1.5, -1.25), 6)
  of <- function(largest, unit) {
    data <- data.frame(g = rep(c("a", "b"), c(4, 12)), psu = rep(1:8, each = 2), y = c(rep(largest, 4), y * unit))
    weeg_mean(weeg_design(data, cluster = ~psu), y ~ g)[2, ]
  }
  for (lost in list(of(1, 2^-72), of(1 - 2^-53, 2^-88))) {
    expect_identical(c(lost$estimate, lost$std.error), c(0, 0))
    expect_match(lost$reason, "variance is 0")
  }
  # ten digits above the unit they are there, and between there is no estimate
  for (kept in list(c(1, 2^-36), c(1 - 2^-53, 2^-52))) {
    got <- of(kept[1], kept[2])
    expect_equal(got$estimate / kept[2], 0.125, tolerance = 1e-8)
    expect_lt(got$std.error / kept[2], 1e-8)
    expect_match(of(kept[1], kept[2] * 2^-20)$reason, "or cancel: their sums have no digits")
  }
})

test_that("sums have the same bytes for any order of rows and number of threads", {
  data <- hard[rep(1:1200, 30), ]
  data$y <- data$z / 3
  data$y[5:40] <- NA
  tally <- function(data, kind, threads = 1L) {
    with_threads(threads, make_tally(designs_of(data)[[kind]], list(g = quote(g), y = quote(y)), baseenv(), "y")$entries)
  }
  data$p <- formatC(data$p)
  data$s <- formatC(data$s)
  for (kind in c("rows", "clusters")) {
    want <- tally(data, kind)
    expect_identical(tally(data, kind, 2L), want)
    set.seed(1)
    moved <- tally(rbind(data[!duplicated(data[c("s", "p")]), ], data[duplicated(data[c("s", "p")]), ]), kind)
    expect_identical(sort(as.integer(moved$measures$wy)), sort(as.integer(want$measures$wy)))
  }
})

# ---- missing values, domains, formulas -------------------------------------------------------------------------------

test_that("rows without a value are left out as for proportions", {
  needs_survey()
  data <- hard
  data$y <- data$z
  data$y[data$p == 11 | data$z > 1] <- NA
  data$v <- data$y
  d <- designs_of(data)
  known <- data[!is.na(data$y), ]
  for (kind in c("rows", "clusters")) {
    domain <- weeg_mean(d[[kind]], y ~ g)[1:4, ]
    whole <- survey::svydesign(if (kind == "clusters") ~p else ~1, strata = ~s, weights = ~w, data = data)
    want <- survey::svyby(~v, ~g, subset(whole, !is.na(v)), survey::svymean)
    expect_equal(domain$std.error, want$se, tolerance = 1e-9)
    omit <- weeg_mean(d[[kind]], y ~ g, missing = "omit")[1:4, ]
    expect_equal(omit$std.error, survey_errors(known, kind == "clusters")$se, tolerance = 1e-9)
    expect_identical(omit$estimate, domain$estimate)
    level <- weeg_mean(d[[kind]], y ~ g, missing = "level")[1:4, ]
    expect_identical(level$std.error, domain$std.error)
    expect_identical(as.vector(table(known$g)[1:4]), as.integer(domain$n))
  }
  data$g[3:9] <- NA
  level <- weeg_mean(designs_of(data)$rows, y ~ g, missing = "level")
  expect_identical(levels(level$g), c(letters[1:5], "(missing)"))
  expect_equal(level$estimate[6], stats::weighted.mean(data$y[3:9], data$w[3:9], na.rm = TRUE), tolerance = 1e-14)
})

test_that("terms may be expressions, several, and of several groups; classes of numbers are numbers", {
  data <- hard
  data$y <- exp(data$z)
  data$h <- data$s > 1
  d <- designs_of(data)$clusters
  got <- weeg_mean(d, log(y) + y ~ g + h)
  expect_identical(dim(got), c(20L, 12L))
  expect_identical(got$estimate[got$outcome == "y"], weeg_mean(d, y ~ g + h)$estimate)
  expect_equal(got$estimate[got$outcome == "log(y)"], weeg_mean(d, z ~ g + h)$estimate, tolerance = 1e-12)
  expect_identical(weeg_mean(subset(d, z > 0), ~z)$n, sum(data$z > 0) + 0)
  data$l <- structure(ifelse(data$z > 1.5, 9, round(data$z)), class = "haven_labelled", labels = c(refused = 9))
  attr(data$l, "na_values") <- 9
  d <- designs_of(data)$clusters
  use <- data$z <= 1.5
  expect_equal(weeg_mean(d, ~l)$estimate, stats::weighted.mean(round(data$z)[use], data$w[use]), tolerance = 1e-14)
  expect_equal(weeg_mean(d, ~ I(s * 1L))$estimate, stats::weighted.mean(data$s, data$w), tolerance = 1e-14)
})

test_that("unweighted designs have plain means", {
  d <- weeg_design(hard)
  got <- weeg_mean(d, ~z)
  expect_equal(got$estimate, mean(hard$z), tolerance = 1e-14)
  expect_equal(got$std.error, stats::sd(hard$z) / sqrt(1200), tolerance = 1e-12)
  expect_equal(c(got$conf.low, got$conf.high), as.vector(stats::t.test(hard$z)$conf.int), tolerance = 1e-12)
  expect_equal(got$cv, got$std.error / abs(got$estimate), tolerance = 1e-14)
})

test_that("results are tidy, named and printed", {
  d <- designs_of(hard)$rows
  got <- weeg_mean(d, z ~ g)
  expect_identical(names(coef(got)), levels(hard$g))
  expect_identical(rownames(confint(got)), levels(hard$g))
  expect_identical(names(coef(weeg_mean(d, ~ z + w))), c("z", "w"))
  expect_identical(glance(got)$nobs, 1200)
  expect_identical(as.list(tidy(got))$estimate, got$estimate)
  expect_match(paste(format(got), collapse = "\n"), "Mean of z by g.*No observations: e")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(got), "ggplot")
  expect_error(ggplot2::autoplot(weeg_mean(d, ~ z + w)), class = "weeg_error_unsupported")
})

# ---- tallies ---------------------------------------------------------------------------------------------------------

test_that("a tally has the means of its design, of any of its numbers and groups", {
  data <- hard
  data$y <- data$z^2
  data$y[data$z > 1] <- NA
  data$h <- data$s > 1
  data$g[9:30] <- NA
  for (d in designs_of(data)) {
    t <- weeg_tally(d, y + z + log(w) ~ h + g)
    want <- function(x, ...) as.data.frame(weeg_mean(x, ...))
    for (formula in list(y ~ g, z + y ~ h + g, ~z, `log(w)` ~ h, y ~ g + h)) {
      of <- if (length(formula) == 3L && identical(formula[[2L]], quote(`log(w)`))) log(w) ~ h else formula
      expect_equal(want(t, formula), want(d, of), tolerance = 1e-12)
      expect_equal(want(weeg_tally(t, y + `log(w)` + z ~ g + h), formula), want(t, formula), tolerance = 1e-15)
    }
    for (missing in c("level", "omit")) {
      expect_equal(want(t, y ~ g, missing = missing), want(d, y ~ g, missing = missing), tolerance = 1e-12)
    }
    expect_equal(want(subset(t, h == TRUE & g != "a"), y ~ g), want(subset(d, h == TRUE & g != "a"), y ~ g), tolerance = 1e-12)
    expect_equal(weeg_proportion(t, g ~ h)$estimate, weeg_proportion(d, g ~ h)$estimate, tolerance = 1e-14)
    sums <- as.data.frame(weeg_tally(t, y ~ g))
    expect_equal(sum(sums$y, na.rm = TRUE), sum(data$w * data$y, na.rm = TRUE), tolerance = 1e-13)
    expect_equal(sum(sums$n.weighted[is.na(sums$y)]), sum(data$w[is.na(data$y)]), tolerance = 1e-13)
    expect_match(paste(format(t), collapse = " "), "y: +a number, of which there are sums")
  }
})

test_that("tallies add up to that of all rows, and come back from saveRDS", {
  data <- hard
  data$z[3] <- 50 # in the first part
  data$z[1199] <- -60
  of <- function(rows, kind) weeg_tally(designs_of(data[rows, ])[[kind]], z + w ~ g)
  first <- data$s < 3
  for (kind in c("rows", "clusters")) {
    whole <- of(rep(TRUE, 1200), kind)
    sum <- of(first, kind) + of(!first, kind)
    expect_identical(as.data.frame(weeg_mean(sum, z + w ~ g)), as.data.frame(weeg_mean(whole, z + w ~ g)))
    path <- tempfile(fileext = ".rds")
    saveRDS(sum, path)
    expect_identical(as.data.frame(weeg_mean(readRDS(path), z ~ g)), as.data.frame(weeg_mean(whole, z ~ g)))
    unlink(path)
    broken <- whole
    broken$entries$measures$wy <- broken$entries$measures$wy[-1]
    expect_error(weeg_mean(broken, z ~ g), class = "weeg_error")
    expect_error(weeg_mean(seal(broken), z ~ g), "measures of the tally", class = "weeg_error")
    change <- function(name, how) function(m) replace(m, name, list(how(m[[name]])))
    edits <- list(function(m) NULL, change("scale", function(x) x[1]), change("scale", function(x) NULL),
                  change("scale", function(x) c(1e4L, 1L)), change("scale", function(x) c(x, 1L)), change("wy", rev),
                  change("wy", function(x) 1))
    for (edit in edits) {
      broken <- whole
      broken$entries$measures <- edit(whole$entries$measures)
      expect_error(weeg_mean(seal(broken), z ~ g), class = "weeg_error")
    }
    broken <- whole
    broken$variables$g$measure <- TRUE
    expect_error(weeg_mean(seal(broken), z ~ g), class = "weeg_error")
    if (kind == "rows") {
      broken <- whole
      broken$entries$measures$products <- NULL
      expect_error(weeg_mean(seal(broken), z ~ g), "measures of the tally", class = "weeg_error")
    }
  }
  expect_error(whole + weeg_tally(designs_of(data)$clusters, w ~ g), "one has variables g, z, w, the other g, w")
  levels <- weeg_tally(designs_of(transform(data, z = s, w = s))$clusters, ~ g + z + w)
  expect_error(whole + levels, "of z, w one has sums, the other levels", class = "weeg_error_tally")
})

test_that("numbers of tallies are no groups or answers, and levels no numbers", {
  d <- designs_of(hard)$clusters
  t <- weeg_tally(d, z ~ g + s)
  for (wrong in list(function() weeg_proportion(t, ~z), function() weeg_test(t, g ~ z), function() weeg_mean(t, z ~ g + w))) {
    expect_error(wrong(), class = "weeg_error")
  }
  expect_error(weeg_proportion(t, ~z), "the tally has sums of z", class = "weeg_error_variable")
  expect_error(weeg_mean(t, ~s), "the tally has levels of s", class = "weeg_error_variable")
  expect_error(subset(t, z > 0), "a tally has sums of z", class = "weeg_error_unsupported")
  expect_error(weeg_tally(d, g ~ s), "variable `g` is a factor", class = "weeg_error_variable")
  expect_error(weeg_tally(d, z ~ z), "z occurs twice", class = "weeg_error_formula")
  expect_identical(weeg_mean(weeg_tally(d, z ~ 1), ~z)$estimate, weeg_mean(d, ~z)$estimate)
  file <- tempfile(fileext = ".weeg")
  on.exit(unlink(file))
  weeg_write_tally(t, file)
  expect_identical(as.data.frame(weeg_read_tally(file)), as.data.frame(t))
  expect_identical(weeg_mean(weeg_read_tally(file), z ~ g), weeg_mean(t, z ~ g))
  expect_error(weeg_protect_tally(t, "north"), "not protected yet", class = "weeg_error_unsupported")
})

# ---- what is refused -------------------------------------------------------------------------------------------------

test_that("what has no mean is refused, by name and row", {
  data <- hard
  data$y <- data$z
  data$y[c(40, 12)] <- c(Inf, -Inf)
  data$text <- letters[data$s]
  d <- designs_of(data)$clusters
  expect_error(weeg_mean(d, ~y), "variable `y` is -Inf in row 12", class = "weeg_error_variable")
  expect_error(weeg_mean(d, z + y ~ g), "variable `y` is -Inf in row 12", class = "weeg_error_variable")
  expect_identical(weeg_mean(subset(d, is.finite(y)), ~y)$n, 1198)
  expect_error(weeg_mean(d, ~text), "variable `text` is text", class = "weeg_error_variable")
  expect_error(weeg_mean(d, ~g), "variable `g` is a factor", class = "weeg_error_variable")
  expect_error(weeg_mean(d, ~ z > 0), "logical", class = "weeg_error_variable")
  expect_error(weeg_mean(d, ~ as.Date("2020-01-01") + s), class = "weeg_error")
  expect_error(weeg_mean(d, z ~ z), "outcome and group at once", class = "weeg_error_formula")
  expect_error(weeg_mean(d, ~z, level = 2), "`level` must be one number", class = "weeg_error_argument")
  expect_error(weeg_mean(formula = ~z), "`data` is missing", class = "weeg_error_argument")
})

# Of 5000 rows a sample of 1000 is looked at before the pass: row 2 is not in it, the last one is.
test_that("a missing value that only the pass finds counts as one that was seen before it", {
  set.seed(11)
  x <- data.frame(w = runif(5000, 0.5, 3), psu = sample(40, 5000, TRUE), g = sample(3, 5000, TRUE), y = rnorm(5000),
                  z = sample(100L, 5000, TRUE))
  of <- function(x) as.data.frame(weeg_mean(weeg_design(x, weights = ~w, cluster = ~psu), y + z ~ g))
  for (column in c("y", "z")) {
    unseen <- x
    unseen[2, column] <- NA
    turned <- unseen[c(5000, 3:4999, 1, 2), ]
    expect_false(is.na(unseen[[column]][1]) || anyNA(unseen[[column]][round(seq(1, 5000, length.out = 1000))]))
    found <- of(unseen)
    expect_identical(found, of(turned))
    known <- unseen[!is.na(unseen[[column]]), ]
    mine <- found[found$outcome == column, ]
    expect_equal(mine$estimate, vapply(split(known, known$g), function(k) weighted.mean(k[[column]], k$w), 0),
                 tolerance = 1e-12, ignore_attr = TRUE)
    expect_equal(mine$n, as.vector(table(known$g)), tolerance = 0)
    expect_equal(found$n[found$outcome != column], as.vector(table(x$g)), tolerance = 0)
    tally <- weeg_tally(weeg_design(unseen, weights = ~w, cluster = ~psu), y + z ~ g)
    expect_equal(sum(is.na(as.data.frame(tally)[[column]])), 1)
  }
})

test_that("a group of nobody is named below the table, and has no footnote without a mark", {
  data <- data.frame(x = c(1, 4, 2, 8), g = factor(c("a", "a", "b", "b"), c("a", "b", "nobody")))
  for (result in list(weeg_mean(weeg_design(data), x ~ g), weeg_quantile(weeg_design(data), x ~ g))) {
    lines <- format(result)
    expect_match(lines, "^No observations: nobody[.]$", all = FALSE)
    expect_false(any(grepl("^[a-z]  no observations", lines)))
    expect_identical(as.character(result$reason[result$g == "nobody"]), "no observations")
  }
})

test_that("what is no number is named as what it is", {
  data <- data.frame(x = factor(1:3, ordered = TRUE))
  expect_error(weeg_mean(weeg_design(data), ~x), "`x` is an ordered factor", class = "weeg_error_variable")
})

test_that("whole numbers of more than 24 bits are themselves, whatever the design", {
  set.seed(24)
  x <- data.frame(y = 20000001L + sample(1e6L, 60), w = runif(60, 1, 3), psu = rep(1:12, 5), g = rep(1:2, 30))
  x$y[7] <- NA
  asked <- list(list(weights = ~1), list(weights = ~w), list(weights = ~1, cluster = ~psu), list(weights = ~w, cluster = ~psu))
  for (how in asked) {
    of <- function(x) as.data.frame(weeg_mean(do.call(weeg_design, c(list(x), how)), y ~ g))
    whole <- of(x)
    expect_identical(whole, of(transform(x, y = as.numeric(y))))
    w <- if (identical(how$weights, ~w)) x$w else rep(1, 60)
    known <- !is.na(x$y)
    expect_equal(whole$estimate, vapply(1:2, function(k) weighted.mean(x$y[known & x$g == k], w[known & x$g == k]), 0),
                 tolerance = 1e-14)
  }
})

test_that("numbers of a tally are what they are one by one, whatever its other variables and missing values", {
  set.seed(4)
  data <- data.frame(psu = rep(1:30, each = 4), w = runif(120, 1, 3), a = rnorm(120), b = rexp(120), c = rpois(120, 3),
                     g = factor(sample(c("x", "y", NA), 120, TRUE)), h = sample(2L, 120, TRUE))
  some <- data
  some$b[c(3, 50)] <- NA
  for (rows in list(data, some)) {
    for (cluster in list(~psu, NULL)) {
      tally <- weeg_tally(weeg_design(rows, weights = ~w, cluster = cluster), a + b + c ~ g + h)
      for (formula in list(a + b + c ~ g + h, c + a ~ h, b + a ~ 1, c + b + a ~ h + g)) {
        for (missing in c("domain", "level", "omit")) {
          together <- as.data.frame(weeg_mean(tally, formula, missing = missing))
          for (name in all.vars(formula[[2L]])) {
            alone <- as.data.frame(weeg_mean(tally, stats::update(formula, paste(name, "~ .")), missing = missing))
            one <- together[together$outcome == name, ]
            rownames(one) <- NULL
            expect_identical(one, alone[names(one)], ignore_attr = TRUE, info = paste(deparse1(formula), name, missing))
          }
        }
      }
    }
  }
})
