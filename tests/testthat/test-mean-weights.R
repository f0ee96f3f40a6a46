# Means, ratios and totals of numbers, and means compared and tested, with calibrated weights and with replicate weights, against
# package survey, at least 4.5, on random designs. Tolerance: relative error below 1e-9. WEEG_DESIGNS sets the number of designs
# of each kind (30).
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

calibrated_numbers <- function(seed, compare = compare_all_numbers) {
  scene <- calibrated_pair(seed, with_missing)
  if (!is.null(scene$ours)) {
    before <- options(survey.lonely.psu = scene$s$x$lonely, survey.use_rcpp = !scene$s$x$fpc)
    on.exit(options(before))
    compare(scene$s, if (chance(0.5)) weeg_tally(scene$ours, v + u ~ fg) else scene$ours, scene$theirs)
  }
  scene$s$log$result()
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

# ---- compared and tested ---------------------------------------------------------------------------------------------

# survey's standard error of means of sets of rows, each times a number: over replicates, or of the total of its influence values.
sum_error <- function(s, theirs, rows, sets, coef) {
  v <- s$data$full_v
  if (s$method == "replicates") {
    theta <- function(w, data) sum(coef * vapply(sets, function(set) sum((w * v)[set]) / sum(w[set]), 0))
    return(as.vector(survey::SE(quiet(survey::withReplicates(theirs, theta)))))
  }
  w <- s$data$w
  u <- numeric(length(v))
  for (k in seq_along(sets)) {
    set <- which(sets[[k]])
    u[set] <- u[set] + coef[k] * (v[set] - sum((w * v)[set]) / sum(w[set])) / sum(w[set])
  }
  theirs$variables$u <- u
  as.vector(survey::SE(survey::svytotal(~u, theirs[which(rows), ])))
}

set_alone <- function(s, rows) if (s$method == "replicates") part_of(s, rows)$alone else lies_alone(s, rows)

# That several rows are in one PSU is not seen in given replicates' totals of one cell: its standard error is 0, as in survey.
not_seen <- function(s, figure) s$method != "replicates" || is.na(figure)

compare_mean_row <- function(s, what, row, in_table, theirs) {
  name <- function(statistic) paste0(s$method, ": ", what, " ", row$measure, ", ", statistic)
  ratio <- row$measure == "mean-ratio"
  group <- function(level) in_table & s$data$fg %in% level
  sets <- list(group(row$group1), switch(row$group2, total = in_table, rest = in_table & !group(row$group1), group(row$group2)))
  w <- s$data$w
  v <- s$data$full_v
  mean <- vapply(sets, function(set) sum((w * v)[set]) / sum(w[set]), 0)
  if (ratio && !all(mean > 0)) return(s$log$except(name("estimate"), "not positive", is.na(row$estimate)))
  size <- max(abs(v[in_table])) / if (ratio) min(mean) else 1
  s$log$same(name("estimate"), row$estimate, if (ratio) mean[1L] / mean[2L] else mean[1L] - mean[2L], floor = 1e-4 * size)
  alone <- any(vapply(sets, function(set) set_alone(s, set), NA))
  if (alone && not_seen(s, row$std.error)) {
    return(s$log$except(name("standard error"), "in one PSU", is.na(row$std.error) && !is.na(row$reason)))
  }
  se <- tryCatch(sum_error(s, theirs, in_table, sets, c(1, -1) / if (ratio) mean else 1), error = function(e) NA)
  if (is.na(se)) return(s$log$except(name("standard error"), "none", is.na(row$std.error)))
  if (se < 1e-8 * size) return(s$log$except(name("standard error"), "no sampling variance", row$std.error < 1e-7 * size))
  condition <- 1 + size / se
  s$log$same(name("standard error"), row$std.error, se, condition = condition)
  if (row$df < 1) return(s$log$except(name("limits"), "no df", is.na(row$conf.low)))
  value <- if (ratio) log(mean[1L] / mean[2L]) else mean[1L] - mean[2L]
  limits <- value + c(-1, 1) * stats::qt(0.975, row$df) * se
  s$log$same(name("limits"), c(row$conf.low, row$conf.high), if (ratio) exp(limits) else limits, floor = 1e-4 * size,
             condition = condition)
  s$log$same(name("p"), row$p.value, 2 * stats::pt(-abs(value / se), row$df), condition = condition * (1 + abs(value / se)),
             floor = 1e-30)
}

# A pair is svycontrast()'s of svyby() too.
compare_with_contrast <- function(s, row, in_table, theirs) {
  by <- tryCatch(quiet(survey::svyby(~full_v, ~fg, theirs[which(in_table), ], survey::svymean, covmat = TRUE)),
                 error = function(e) NULL)
  whole <- is.null(by) || anyNA(stats::vcov(by)) || is.na(row$std.error)
  # a replicate that gives any group no weight is left out by survey for all pairs
  if (whole || (s$method == "replicates" && s$gaps)) return(invisible())
  coef <- (names(stats::coef(by)) == row$group1) - (names(stats::coef(by)) == row$group2)
  se <- as.vector(survey::SE(survey::svycontrast(by, coef)))
  size <- max(abs(s$data$full_v[in_table]))
  if (is.na(se) || se < 1e-7 * size) return(invisible())
  # of a matrix, in which what both have in common has been squared
  s$log$same(paste0(s$method, ": svycontrast(), standard error"), row$std.error, se,
             condition = 1 + size / se + max(diag(stats::vcov(by))) / se^2)
}

compare_mean_test <- function(s, got, in_table, levels, theirs) {
  name <- function(statistic) paste0(s$method, ": test, ", statistic)
  k <- length(levels) - 1L
  if (k < 1L) return(s$log$except(name("F"), "one group", is.na(got$statistic)))
  alone <- any(vapply(levels, function(level) set_alone(s, in_table & s$data$fg %in% level), NA))
  if (alone && not_seen(s, got$statistic)) {
    return(s$log$except(name("F"), "in one PSU", is.na(got$statistic) && !is.na(got$reason)))
  }
  design <- theirs[which(in_table), ]
  design$variables <- data.frame(full_v = design$variables$full_v, fg = factor(design$variables$fg, levels))
  df <- if (s$method == "replicates") part_of(s, in_table)$df else domain_of(s, in_table)$df
  if (s$method == "replicates" && !part_of(s, in_table)$clear) return(invisible())
  s$log$same(name("df"), got$df, df)
  if (df <= k) return(s$log$except(name("F"), "few df", is.na(got$statistic) && !is.na(got$reason)))
  # glm() leaves out rows whose weights in a replicate are below 0
  negative <- s$method == "replicates" && any(stats::weights(design, "analysis") < 0)
  model <- if (!negative) tryCatch(quiet(survey::svyglm(full_v ~ fg, design)), error = function(e) NULL)
  found <- if (negative) mean_differences(design, levels) else {
    list(coef = stats::coef(model)[-1L], vcov = stats::vcov(model)[-1L, -1L, drop = FALSE])
  }
  size <- max(abs(s$data$full_v[in_table]))
  v <- found$vcov
  if (anyNA(v) || min(diag(v)) < 1e-14 * size^2) return(s$log$except(name("F"), "no sampling variance", TRUE))
  scaled <- stats::cov2cor(v)
  if (rcond(scaled) < 1e-9) return(s$log$except(name("F"), "singular", TRUE))
  condition <- (1 + size / min(sqrt(diag(v)))) / rcond(scaled)
  want <- sum(found$coef * solve(v, found$coef)) / k
  s$log$same(name("F"), got$statistic, want, condition = condition)
  s$log$same(name("den.df"), got$den.df, df - k)
  s$log$same(name("p"), got$p.value, stats::pf(want, k, df - k, lower.tail = FALSE), condition = condition * (1 + want),
             floor = 1e-30)
  if (negative) return(invisible())
  model$df.residual <- df - k # of replicates: counts rows that are not in the model
  term <- survey::regTermTest(model, ~fg)
  s$log$same(name("regTermTest(), F"), got$statistic, as.vector(term$Ftest), condition = condition)
  s$log$same(name("regTermTest(), p"), got$p.value, as.vector(term$p), condition = condition * (1 + want), floor = 1e-30)
  t <- if (k == 1L) tryCatch(quiet(survey::svyttest(full_v ~ fg, design)), error = function(e) NULL)
  if (!is.null(t)) s$log$same(name("svyttest(), t"), got$statistic, unname(t$statistic)^2, condition = condition)
}

# Of all groups but the first from it, over replicates.
mean_differences <- function(design, levels) {
  theta <- function(w, data) {
    means <- vapply(levels, function(level) stats::weighted.mean(data$full_v[data$fg == level], w[data$fg == level]), 0)
    unname(means[-1L] - means[1L])
  }
  found <- quiet(survey::withReplicates(design, theta))
  list(coef = as.vector(stats::coef(found)), vcov = as.matrix(stats::vcov(found)))
}

compare_all_means <- function(s, ours, theirs) {
  in_table <- s$inside & !is.na(s$data$v) & !is.na(s$data$fg) & s$data$w > 0
  levels <- Filter(function(level) any(in_table & s$data$fg %in% level), levels(s$data$fg))
  lonely <- function(e) if (is_lonely_error(e)) NULL else stop(e)
  for (against in list(NULL, "total", "rest")) {
    if (length(levels) < 2L) next
    compare <- function() {
      weeg_compare(ours, v ~ fg, measures = c("mean-difference", "mean-ratio"), adjust = "none", against = against)
    }
    got <- tryCatch(compare(), weeg_error_lonely = lonely, weeg_error = lonely)
    for (k in seq_len(NROW(got))) {
      compare_mean_row(s, if (is.null(against)) "pair" else against, got[k, ], in_table, theirs)
      if (is.null(against) && got$measure[k] == "mean-difference") compare_with_contrast(s, got[k, ], in_table, theirs)
    }
  }
  test <- tryCatch(weeg_test(ours, v ~ fg, method = "mean"), weeg_error_lonely = lonely, weeg_error = lonely)
  if (is.null(test)) return(s$log$except("test", "one PSU under \"fail\"", TRUE))
  compare_mean_test(s, test, in_table, levels, theirs)
}

calibrated_means <- function(seed) calibrated_numbers(seed, compare_all_means)

replicated_means <- function(seed) {
  s <- replicate_scene(seed, with_missing)
  s$method <- "replicates"
  ours <- s$weeg
  if (chance(0.5)) ours <- weeg_tally(ours, v + u ~ fg)
  in_table <- which(s$inside & !is.na(s$data$v) & !is.na(s$data$fg) & s$data$w > 0)
  sums <- rowsum(stats::weights(s$survey, "analysis")[in_table, , drop = FALSE], as.character(s$data$fg[in_table]))
  s$gaps <- any(sums == 0)
  # survey's models have no standard errors where a replicate has no weights at all
  if (length(in_table) > 0L && all(colSums(abs(sums)) > 0)) compare_all_means(s, ours, s$survey)
  s$log$result()
}

test_that("differences, ratios and tests of means with calibrated weights are those of package survey in random designs", {
  needs_survey()
  found <- expect_same_accounts(calibrated_means, number_from("WEEG_DESIGNS", 30L))
  expect_gt(sum(grepl("svycontrast", found$account$statistic)), 0)
  expect_gt(sum(grepl("test, F", found$account$statistic)), 0)
})

test_that("differences, ratios and tests of means with replicate weights are those of package survey in random designs", {
  needs_survey()
  found <- expect_same_accounts(replicated_means, number_from("WEEG_DESIGNS", 30L))
  expect_gt(sum(grepl("svycontrast", found$account$statistic)), 0)
  expect_gt(sum(grepl("test, F", found$account$statistic)), 0)
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

test_that("whole numbers under replicate weights are as doubles", {
  x <- data.frame(w = 1 + 1:40 %% 3, y = c(NA, 2:40), g = c("a", "b"))
  x[c("r1", "r2", "r3", "r4")] <- lapply(1:4, function(r) x$w * (1:40 %% 4 != r - 1) * 4 / 3)
  figures <- function(x) {
    as.data.frame(weeg_mean(weeg_replicate_design(x, weights = ~w, repweights = "^r", type = "jk1"), y ~ g))
  }
  expect_type(x$y, "integer")
  expect_identical(figures(x), figures(transform(x, y = as.double(y))))
})

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
