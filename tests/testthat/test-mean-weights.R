# Means, ratios and totals of numbers with calibrated weights and with replicate weights, against package survey, at least 4.5, on
# random designs. Tolerance: relative error below 1e-9. WEEG_DESIGNS sets the number of designs of each kind (30).
#
# A missing value is a row outside the domain; survey is given another number in its place, as its calibration multiplies what
# is missing by a weight of 0.

number_names <- c("v", "u")

with_missing <- function(seed, data) {
  set.seed(seed + 7L)
  rows <- nrow(data)
  data$full_v <- switch(seed %% 3L + 1L, stats::rnorm(rows), round(1000 * stats::rexp(rows)), 50 + 10 * stats::rnorm(rows))
  data$full_u <- 0.1 + round(3 * stats::rexp(rows), 2)
  for (name in number_names) {
    missing <- stats::runif(rows) < pick(c(0, 0.2))
    data[[name]] <- ifelse(missing, NA, data[[paste0("full_", name)]])
  }
  data
}

# rows: of a group; what: "all" or "group"; figures: one row each of weeg's means, ratios and totals of v and u.
compare_numbers <- function(s, what, rows, got, theirs) {
  known <- list(mean = rows & !is.na(s$data$v), ratio = rows & !is.na(s$data$v) & !is.na(s$data$u))
  known$total <- known$mean
  for (figure in names(got)) {
    in_domain <- known[[figure]] & s$inside & s$data$w > 0
    row <- got[[figure]]
    name <- function(statistic) paste0(s$method, ": ", what, " ", figure, ", ", statistic)
    s$log$same(name("n"), row$n, sum(in_domain))
    if (!any(in_domain)) next
    want <- tryCatch(quiet(survey_figure(figure, theirs[which(known[[figure]] & s$inside), ])), error = identity)
    if (inherits(want, "error")) {
      s$log$except(name("standard error"), "no such in survey", is.na(row$std.error))
      next
    }
    size <- max(abs(s$data$full_v[in_domain])) * if (figure == "total") sum(s$data$w[in_domain]) else 1
    s$log$same(name("estimate"), row$estimate, want$estimate, floor = 1e-6 * size)
    se <- want$se
    if (is.na(row$std.error) && !is.na(row$reason)) {
      s$log$except(name("standard error"), "in one PSU", grepl("variance cannot be estimated", row$reason))
    } else if (se < 1e-8 * size) {
      s$log$except(name("standard error"), "no sampling variance", row$std.error < 1e-7 * size)
    } else {
      s$log$same(name("standard error"), row$std.error, se, condition = 1 + size / se)
    }
  }
}

survey_figure <- function(figure, design) {
  found <- switch(figure, mean = survey::svymean(~full_v, design), total = survey::svytotal(~full_v, design),
                  ratio = survey::svyratio(~full_v, ~full_u, design))
  list(estimate = as.vector(stats::coef(found)), se = as.vector(survey::SE(found)))
}

figures_of <- function(d, by) {
  formula <- function(left, right = if (by) "fg" else "1") stats::as.formula(paste(left, "~", right))
  list(mean = weeg_mean(d, formula("v")), ratio = weeg_ratio(d, formula("v / u")), total = weeg_total(d, formula("v")))
}

compare_all_numbers <- function(s, ours, theirs) {
  lonely <- function(e) if (is_lonely_error(e)) NULL else stop(e)
  all <- tryCatch(figures_of(ours, FALSE), weeg_error_lonely = lonely, weeg_error = lonely)
  if (is.null(all)) return(s$log$except("standard error", "one PSU under \"fail\"", TRUE))
  compare_numbers(s, "all", rep(TRUE, nrow(s$data)), all, theirs)
  by_group <- figures_of(ours, TRUE)
  for (level in levels(s$data$fg)) {
    got <- lapply(by_group, function(x) x[x$fg == level, ])
    compare_numbers(s, "group", s$data$fg %in% level, got, theirs)
  }
}

calibrated_numbers <- function(seed) {
  s <- calibration_scene(seed)
  before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = !s$x$fpc)
  on.exit(options(before))
  s$data <- s$x$data <- with_missing(seed, s$data)
  x <- s$x
  x$domain <- FALSE
  ours <- tryCatch(calibrated_weeg(s, weeg_view(x)), weeg_error_calibration = function(e) NULL)
  theirs <- calibrated_survey(s, survey_view(x))
  if (is.null(ours) || is.null(theirs)) return(s$log$result())
  # as far as both fits have the same weights
  if (max(relative_error(ours$weights, stats::weights(theirs))) > 1e-11) return(s$log$result())
  s$data$w <- ours$weights
  if (s$x$domain) ours <- subset(ours, inside) else s$inside[] <- TRUE
  if (chance(0.5)) ours <- weeg_tally(ours, v + u ~ fg)
  compare_all_numbers(s, ours, theirs)
  s$log$result()
}

replicated_numbers <- function(seed) {
  s <- replicate_scene(seed, with_missing)
  s$method <- "replicates"
  ours <- s$weeg
  if (chance(0.5)) ours <- weeg_tally(ours, v + u ~ fg)
  compare_all_numbers(s, ours, s$survey)
  s$log$result()
}

test_that("figures of numbers with calibrated weights are those of package survey in random designs", {
  needs_survey()
  expect_same_accounts(calibrated_numbers, number_from("WEEG_DESIGNS", 30L))
})

test_that("figures of numbers with replicate weights are those of package survey in random designs", {
  needs_survey()
  expect_same_accounts(replicated_numbers, number_from("WEEG_DESIGNS", 30L))
})

# ---- by hand ---------------------------------------------------------------------------------------------------------

people <- local({
  set.seed(4)
  n <- 240
  data <- data.frame(g = sample(c("a", "b"), n, TRUE), k = factor(sample(1:3, n, TRUE)), p = rep(1:24, 10),
                     w = stats::runif(n, 1, 3))
  data$y <- 1e6 + stats::rnorm(n)
  data[sprintf("r%d", 1:6)] <- lapply(1:6, function(r) data$w * sample(c(0, 1, 2), 24, TRUE)[data$p])
  data
})
margins <- list(k = c(`1` = 100, `2` = 200, `3` = 300))

test_that("a number that the margins determine, or that is the same for all, has a standard error of 0", {
  data <- people
  data$level <- c(10, 20, 1 / 3)[data$k]
  data$same <- 1 / 3
  for (cluster in list(NULL, ~p)) {
    d <- weeg_calibrate(weeg_design(data, weights = ~w, cluster = cluster), margins)
    expect_identical(weeg_mean(d, ~level)$std.error, 0)
    expect_equal(weeg_mean(d, ~level)$estimate, (1000 + 4000 + 100) / 600, tolerance = 1e-13)
    expect_identical(weeg_total(d, level ~ 1)$std.error, 0)
    expect_identical(weeg_mean(d, same ~ g)$std.error, c(0, 0))
    expect_gt(min(weeg_mean(d, level ~ g)$std.error), 0)
  }
  r <- weeg_replicate_design(data, weights = ~w, repweights = "^r[0-9]$", type = "bootstrap")
  expect_identical(weeg_mean(r, same ~ g)$std.error, c(0, 0))
  expect_equal(weeg_mean(r, ~same)$estimate, 1 / 3, tolerance = 1e-15)
})

test_that("with calibrated weights, too, deviations keep their digits however large the mean is", {
  data <- people
  data$small <- round(1024 * (data$y - 1e6)) / 1024
  data$large <- data$small + 2^40 # exact
  for (cluster in list(NULL, ~p)) {
    d <- weeg_calibrate(weeg_design(data, weights = ~w, cluster = cluster), margins)
    expect_equal(weeg_mean(d, large ~ g)$std.error, weeg_mean(d, small ~ g)$std.error, tolerance = 1e-9)
  }
})

test_that("tallies with replicates add up, and give up their variables", {
  r <- function(data) weeg_replicate_design(data, weights = ~w, repweights = "^r[0-9]$", type = "bootstrap")
  half <- people$p %% 2 == 0
  both <- weeg_tally(r(people), y + w ~ g + k)
  sum <- weeg_tally(r(people[half, ]), y + w ~ g + k) + weeg_tally(r(people[!half, ]), y + w ~ g + k)
  expect_equal(weeg_mean(sum, y ~ g)$std.error, weeg_mean(r(people), y ~ g)$std.error, tolerance = 1e-8)
  expect_equal(weeg_mean(both, w ~ k)$std.error, weeg_mean(r(people), w ~ k)$std.error, tolerance = 1e-12)
  expect_equal(weeg_mean(weeg_tally(both, w + y ~ k), w ~ k)$std.error, weeg_mean(r(people), w ~ k)$std.error, tolerance = 1e-12)
  made <- weeg_design(people, weights = ~w, cluster = ~p)
  expect_equal(weeg_mean(weeg_replicates(weeg_tally(made, y ~ g), "jk1"), y ~ g)$std.error,
               weeg_mean(weeg_replicates(made, "jk1"), y ~ g)$std.error, tolerance = 1e-8)
  d <- weeg_calibrate(made, margins)
  tally <- weeg_tally(d, y + w ~ g + k)
  expect_equal(weeg_mean(weeg_tally(tally, w + y ~ k), w ~ k)$std.error, weeg_mean(d, w ~ k)$std.error, tolerance = 1e-12)
  expect_equal(weeg_mean(subset(tally, g == "a"), w ~ k)$std.error, weeg_mean(subset(d, g == "a"), w ~ k)$std.error,
               tolerance = 1e-12)
})
