# Multistage designs: against package survey on random designs, published examples of its documentation, and what
# cannot be a design.
#
# Reference: survey 4.5, on the same data. Tolerance: relative error below 1e-9, the largest one printed per statistic.
# WEEG_DESIGNS sets the number of designs (100), WEEG_SEED the first seed (1): random_stages(seed) in helper-stages.R.

# ---- one design, as both see it --------------------------------------------------------------------------------------

# survey's answer; NULL where it fails because of a lonely PSU.
survey_try <- function(compute) {
  tryCatch(suppressWarnings(compute()), error = function(e) if (grepl("only one PSU", conditionMessage(e))) NULL else stop(e))
}

# weeg's answer; NULL where it fails because of a lonely PSU.
weeg_try <- function(compute) tryCatch(compute(), weeg_error_lonely = function(e) NULL)

compare_stages <- function(seed) {
  x <- random_stages(seed)
  # survey has the algorithm twice, in R and in C++: both are compared, but with lonely_domain, where they differ from each
  # other, only that in R
  before <- options(survey.lonely.psu = x$lonely, survey.adjust.domain.lonely = x$lonely_domain,
                    survey.use_rcpp = seed %% 2L == 0L && !x$lonely_domain)
  on.exit(options(before))
  log <- new_account(seed)
  design <- stages_weeg(x)
  survey <- stages_survey(x)
  inside <- survey[which(x$data$inside), ]
  compare_group_proportions(log, x, design, survey)
  compare_stage_totals(log, x, design, inside)
  compare_stage_tests(log, x, design, inside)
  log$result()
}

# What lies_alone() asks about: the first stage.
first_stage <- function(x) {
  units <- units_of(list(data = transform(x$data, stratum = x$data$s1, unit = x$data$c1, fpc = x$data$n1), stratified = TRUE,
                         clustered = TRUE, fpc = x$fpc >= 1L))
  c(list(x = x, data = x$data), units)
}

compare_group_proportions <- function(log, x, design, survey) {
  got <- weeg_try(function() weeg_proportion(design, y ~ g))
  s <- first_stage(x)
  wants <- lapply(levels(x$data$fg), function(g) {
    domain <- which(x$data$inside & x$data$fg %in% g)
    known <- domain[!is.na(x$data$fy[domain])]
    if (length(known) == 0L) return(NA)
    mean <- survey_try(function() survey::svymean(~fy, survey[known, ]))
    if (is.null(mean)) return(NULL)
    list(p = unname(stats::coef(mean)), se = unname(survey::SE(mean)), df = survey::degf(survey[domain, ]),
         alone = lies_alone(s, seq_len(nrow(x$data)) %in% known))
  })
  if (any(vapply(wants, is.null, NA)) || is.null(got)) {
    return(log$except("proportion", "error: one unit under \"fail\"", is.null(got) && any(vapply(wants, is.null, NA))))
  }
  for (i in seq_along(wants)) {
    want <- wants[[i]]
    mine <- got[as.character(got$g) == levels(x$data$fg)[i], ]
    if (nrow(mine) == 0L || !is.list(want)) next
    at <- match(as.character(mine$level), levels(x$data$fy))
    log$same("degrees of freedom", mine$df, rep(want$df, nrow(mine)))
    log$same("proportion", mine$estimate, want$p[at])
    if (want$alone) { # survey: what later stages add, times the fraction of the first one
      open <- want$p[at] > 1e-12 & want$p[at] < 1 - 1e-12
      log$except("standard error of a proportion", "in one PSU", (is.na(mine$std.error) & !is.na(mine$reason))[open])
      next
    }
    compare_se(log, "standard error of a proportion", mine$std.error, want$se[at], want$p[at], cancelled(want$se[at]))
  }
}

# survey's algorithm in C++ subtracts sums of squares: what is left of a small variance has errors of the size of 1e-17.
cancelled <- function(se) if (getOption("survey.use_rcpp")) 1 / se^2 else rep(0, length(se))

# Standard errors below 1e-6 of the estimate p, or of 1 - p, are rounding noise of a true 0: the floor.
compare_se <- function(log, statistic, got, want, p, condition) {
  edge <- p <= 1e-12 | p >= 1 - 1e-12
  log$except(statistic, "0 % or 100 %", (is.na(want) | want < 1e-12)[edge])
  smaller <- pmin(p, 1 - p)[!edge]
  got <- got[!edge]
  want <- want[!edge]
  none <- !is.na(want) & want < 1e-6 * smaller
  log$except(statistic, "no sampling variance", (got < 2e-6 * smaller)[none])
  log$same(statistic, got[!none], want[!none], condition = (condition[!edge] + 1 / (1 - p[!edge]) + p[!edge] / want)[!none])
}

compare_stage_totals <- function(log, x, design, inside) {
  got <- weeg_try(function() weeg_total(design, ~y))
  if (all(is.na(inside$variables$fy))) { # survey stops here
    return(log$except("total", "no answers", is.null(got) || all(got$estimate %in% c(0, NA))))
  }
  want <- survey_try(function() survey::svytotal(~fy, inside, na.rm = TRUE))
  if (is.null(got) || is.null(want)) {
    return(log$except("total", "error: one unit under \"fail\"", is.null(got) && is.null(want)))
  }
  at <- match(as.character(got$y), levels(x$data$fy))
  log$same("total", got$estimate, unname(stats::coef(want))[at])
  some <- got$estimate > 0
  log$same("standard error of a total", got$std.error[some], unname(survey::SE(want))[at][some],
           floor = 1e-6 * got$estimate[some])
}

# Where the covariance matrix is singular but for rounding, or an answer or group is missing altogether, there is nothing to
# compare.
compare_stage_tests <- function(log, x, design, inside) {
  known <- inside[which(!is.na(inside$variables$fy) & !is.na(inside$variables$fg)), ]
  counts <- table(known$variables$fg, known$variables$fy)
  if (any(rowSums(counts) == 0) || any(colSums(counts) == 0) || any(dim(counts) < 2L)) return(invisible())
  for (method in c("rao-scott-f", "rao-scott-chisq", "adjusted-wald")) {
    got <- weeg_try(function() weeg_test(design, y ~ g, method = method))
    statistic <- c("rao-scott-f" = "F", "rao-scott-chisq" = "Chisq", "adjusted-wald" = "adjWald")[[method]]
    want <- survey_try(function() tryCatch(survey::svychisq(~ fg + fy, inside, statistic = statistic), error = function(e) {
      if (grepl("singular", conditionMessage(e))) list(statistic = NaN, p.value = NaN) else stop(e)
    }))
    if (is.null(got) || is.null(want)) {
      log$except(method, "error: one unit under \"fail\"", is.null(want) && (is.null(got) || !is.na(got$reason)))
    } else if (is.na(got$statistic) || is.na(want$statistic) || want$statistic > 1e6) {
      log$except(method, "no variance or no degrees of freedom",
                 !is.na(got$reason) || !is.finite(want$statistic) || want$statistic > 1e6)
    } else {
      condition <- max(test_condition(inside), survey_noise(inside, statistic, got, want))
      # survey prints the uncorrected statistic with the corrected p-value
      if (method != "rao-scott-chisq") log$same(method, got$statistic, unname(want$statistic), condition = condition)
      # its p-value is 1 minus a probability: absolute rounding errors
      log$same(paste0(method, ": p"), got$p.value, unname(want$p.value), floor = 1e-6, condition = 10 * condition)
    }
  }
}

# By how much rounding errors of the covariance matrix of the cells are magnified where it is nearly singular.
test_condition <- function(inside) {
  cells <- survey::svymean(~ interaction(fg, fy), inside, na.rm = TRUE)
  values <- eigen(as.matrix(stats::vcov(cells)), symmetric = TRUE, only.values = TRUE)$values
  values[1L] / min(values[values > 1e-14 * values[1L]])
}

# survey's two algorithms differ from each other where the test magnifies rounding errors in other ways; ten times that
# difference, as a condition. (With lonely_domain they may differ by more than rounding: that is no excuse.)
survey_noise <- function(inside, statistic, got, want) {
  if (relative_error(got$statistic, want$statistic) < tolerance / 10) return(1)
  before <- options(survey.use_rcpp = !getOption("survey.use_rcpp"))
  on.exit(options(before))
  other <- survey::svychisq(~ fg + fy, inside, statistic = statistic)
  noise <- relative_error(other$statistic, want$statistic)
  if (noise < 1e-6) 10 * noise / (64 * .Machine$double.eps) else 1
}

test_that("random multistage designs give survey's results", {
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 100L)
  found <- expect_same_accounts(compare_stages, count)
  errors <- found$errors
  if (count >= 100L) {
    # the comparisons are about what they say: most are not exceptions, and all statistics occur often
    expect_true(all(errors$comparisons[errors$statistic != "rao-scott-chisq"] >= 15L))
    expect_lt(sum(errors$exceptions) / sum(errors$comparisons), 0.35)
  }
})

# ---- published ---------------------------------------------------------------------------------------------------------

# Reference: survey's package documentation (?api) describes the sample; its estimates, standard errors and degrees of
# freedom are those of survey on the same call. Tolerance: relative error 1e-12.
test_that("the two-stage sample of Californian schools gives survey's results", {
  needs_survey()
  where <- new.env()
  utils::data("api", package = "survey", envir = where)
  schools <- where$apiclus2
  two <- survey::svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2, weights = ~pw, data = schools)
  mine <- weeg_design(schools, weights = ~pw, cluster = ~ dnum + snum, fpc = ~ fpc1 + fpc2, conventions = "survey")
  got <- weeg_proportion(mine, ~sch.wide)
  want <- survey::svymean(~sch.wide, two)
  expect_lt(max(relative_error(got$estimate, stats::coef(want)), relative_error(got$std.error, survey::SE(want))), 1e-12)
  expect_identical(got$df, rep(as.double(survey::degf(two)), 2L))
  total <- weeg_total(mine, ~stype)
  want <- survey::svytotal(~stype, two)
  expect_lt(max(relative_error(total$estimate, stats::coef(want)), relative_error(total$std.error, survey::SE(want))), 1e-12)
  # the first stage alone is with replacement
  wr <- weeg_proportion(weeg_design(schools, weights = ~pw, cluster = ~ dnum + snum), ~sch.wide)
  want <- survey::svymean(~sch.wide, survey::svydesign(id = ~ dnum + snum, weights = ~pw, data = schools))
  expect_lt(max(relative_error(wr$std.error, survey::SE(want))), 1e-12)
  expect_identical(wr, weeg_proportion(weeg_design(schools, weights = ~pw, cluster = ~dnum), ~sch.wide))
  expect_false(isTRUE(all.equal(wr$std.error, got$std.error)))
})

# ---- by hand -----------------------------------------------------------------------------------------------------------

# 2 of 4 PSUs; 3 of 6 rows with weights 2, 4, 6, and 2 of 2 with 5, 5: see test_two_stages in tests/core/test_stage.c.
small <- function() {
  data.frame(psu = c(1, 1, 1, 2, 2), row = 1:5, w = c(2, 4, 6, 5, 5), psus = 4, rows = c(6, 6, 6, 2, 2), half = 0.5,
             part = c(0.5, 0.5, 0.5, 1, 1), y = "a", s2 = c("u", "u", "v", "u", "u"))
}

test_that("sizes and fractions at all stages give the variance worked out by hand", {
  se <- function(...) weeg_total(weeg_design(small(), weights = ~w, ...), ~y)$std.error
  expect_equal(se(cluster = ~ psu + row, fpc = ~ psus + rows)^2, 5, tolerance = 1e-15)
  expect_equal(se(cluster = ~ psu + row, fpc = ~ half + part)^2, 5, tolerance = 1e-15)
  expect_equal(se(cluster = ~ psu + row, fpc = ~ I(half) + I(part), strata = ~ 1 + 1)^2, 5, tolerance = 1e-15)
  # rows with replacement within PSUs: 2 + 1/2 of (12 + 0)
  expect_equal(se(cluster = ~ psu + row, fpc = ~psus)^2, 2 + 6, tolerance = 1e-15)
  # PSUs with replacement
  expect_equal(se(cluster = ~ psu + row)^2, 4, tolerance = 1e-15)
  # all PSUs in the sample: what is left is the second stage. Of PSU 1, 1/2 of 3/2 of 8
  expect_equal(se(cluster = ~ psu + row, fpc = ~ I(psus / 2) + rows)^2, 6, tolerance = 1e-15)
})

test_that("a lonely unit of a later stage is named", {
  d <- weeg_design(small(), weights = ~w, cluster = ~ psu + row, strata = ~ 1 + s2, fpc = ~ half + I(0.5 * (s2 == "u") + 0.25))
  expect_error(weeg_total(d, ~y), "at stage 2, 1/v has only one sampled unit.*lonely", class = "weeg_error_lonely")
})

test_that("stages that do not fit are errors that say what to do", {
  d <- small()
  expect_error(weeg_design(d, strata = ~ psu + s2), "2 variables.*1 stage.*interaction\\(a, b\\)", class = "weeg_error_argument")
  expect_error(weeg_design(d, cluster = ~psu, fpc = ~ psus + rows), "`fpc` has 2 variables.*1 stage",
               class = "weeg_error_argument")
  expect_error(weeg_design(d, cluster = ~ psu + row, fpc = ~ psus + part), "mixes population sizes \\(psus\\).*\\(part\\)",
               class = "weeg_error_fpc")
  expect_error(weeg_design(d, cluster = ~ psu + row, fpc = ~ psus + I(rows / 2)),
               "at stage 2, stratum 2 has 2 units in the sample but 1 in the population", class = "weeg_error_fpc")
  expect_error(weeg_design(d, cluster = ~ psu + row, fpc = ~ psus + I(rows * 0 + 1)),
               "at stage 2, stratum 1 has 3 units in the sample but 1 in the population", class = "weeg_error_fpc")
  expect_error(weeg_design(d, cluster = ~ psu + row, fpc = ~ psus + row), "at stage 2, the fpc in row 2 differs",
               class = "weeg_error_fpc")
  expect_error(weeg_design(d, cluster = ~ psu + row, fpc = ~ psu + rows), "the fpc in row 4 differs", class = "weeg_error_fpc")
  expect_error(weeg_design(transform(d, rows = NA_real_), cluster = ~ psu + row, fpc = ~ psus + rows), "row 1 is missing",
               class = "weeg_error_fpc")
  expect_error(weeg_design(d, cluster = ~ psu + row, fpc = ~ psus + s2), "`fpc` must be numeric.*s2", class = "weeg_error_fpc")
  gap <- transform(d, row = replace(row, 3L, NA))
  expect_error(weeg_design(gap, cluster = ~ psu + row, fpc = ~ psus + rows), "row \\(in `cluster`\\) is missing in row 3",
               class = "weeg_error_missing")
  split <- data.frame(psu = c(1, 1, 1, 1, 2, 2), unit = c(1, 1, 2, 2, 1, 2), s2 = c("u", "v", "u", "u", "u", "u"), n = 9)
  expect_error(weeg_design(split, cluster = ~ psu + unit, strata = ~ 1 + s2, fpc = ~ n + n),
               "at stage 2, cluster 1 occurs in stratum u and in stratum v \\(row 2\\).*nest = TRUE",
               class = "weeg_error_nesting")
  expect_s3_class(weeg_design(split, cluster = ~ psu + unit, strata = ~ 1 + s2, fpc = ~ n + n, nest = TRUE), "weeg_design")
  for (rule in c("fail", "remove", "certainty")) {
    expect_error(weeg_design(d, lonely = rule, lonely_domain = TRUE), "`lonely_domain` goes with", class = "weeg_error_argument")
  }
})

test_that("errors of the second stage name strata by the numbers of clusters in the data", {
  d <- data.frame(s = c("n", "n", "n", "n", "z", "z"), psu = c(1, 1, 2, 2, 1, 1), unit = 1:2, n = 4, m = c(9, 9, 9, 9, 1.5, 1.5))
  failure <- tryCatch(weeg_design(d, strata = ~s, cluster = ~ psu + unit, fpc = ~ n + m, nest = TRUE), error = identity)
  expect_s3_class(failure, "weeg_error_fpc")
  expect_match(conditionMessage(failure), "at stage 2, stratum z/1 has 2 units in the sample but 1.5 in the population")
  expect_identical(failure$stage, 2)
  # a level without rows is no stratum, with a population or without
  d$s <- factor(d$s, c("n", "none", "z"))
  design <- weeg_design(d, strata = ~s, cluster = ~ psu + unit, fpc = ~ n + I(m + 1), nest = TRUE)
  expect_identical(design$frame$strata, c("n", "z"))
  expect_identical(design$frame$stratum_fpc, c(4, 4))
})

# Four PSUs of two units of three rows; of the second file the last PSU, and the last unit of the third.
test_that("tallies of parts add up to the tally of the whole", {
  whole <- expand.grid(row = 1:3, unit = 1:2, psu = c("p1", "p2", "p3", "p4"), stringsAsFactors = FALSE)
  whole <- transform(whole, w = seq_along(row), y = letters[1 + (seq_along(row) %% 7 > 2)], psus = 9, units = 5, rows = 8,
                     s2 = unit %% 2)
  second <- whole$psu == "p4" | (whole$psu == "p3" & whole$unit == 2)
  designs <- list(
    units = function(data) weeg_design(data, weights = ~w, cluster = ~ psu + unit, fpc = ~ psus + units),
    strata = function(data) {
      weeg_design(data, weights = ~w, cluster = ~ psu + unit, strata = ~ 1 + s2, fpc = ~ psus + units, lonely = "remove")
    },
    rows = function(data) weeg_design(data, weights = ~w, cluster = ~ psu + unit + row, fpc = ~ psus + units + rows)
  )
  for (name in names(designs)) {
    tally <- function(data) weeg_tally(designs[[name]](data), ~y)
    sum <- tally(whole[second, ]) + tally(whole[!second, ])
    for (conventions in c("nchs", "weeg")) {
      of <- function(tally) as.list(weeg_proportion(weeg_design(tally, conventions = conventions), ~y))
      # effective degrees of freedom are solved for
      expect_equal(of(sum), of(tally(whole)), tolerance = if (conventions == "weeg") 1e-12 else 1e-13, label = name)
    }
  }
  other <- transform(whole, units = 6)
  expect_error(tally(whole) + weeg_tally(designs$rows(other), ~y), "population size of a stratum of stage 2 differs",
               class = "weeg_error_tally")
  expect_error(weeg_tally(designs$units(whole), ~y) + tally(whole), "stages differ", class = "weeg_error_tally")
  small <- transform(whole[whole$psu == "p1", ], units = 3)
  more <- transform(small, unit = unit + 2)
  expect_error(weeg_tally(designs$units(small), ~y) + weeg_tally(designs$units(more), ~y), "more sampled units in both",
               class = "weeg_error_tally")
})

test_that("a tally file has all stages", {
  d <- small()
  designs <- list(
    units = weeg_design(d, weights = ~w, cluster = ~ psu + s2, strata = ~ 1 + s2, fpc = ~ psus + rows, lonely = "remove"),
    rows = weeg_design(d, weights = ~w, cluster = ~ psu + row, fpc = ~ psus + rows)
  )
  for (design in designs) {
    path <- withr::local_tempfile(fileext = ".weeg")
    tally <- weeg_tally(design, ~y)
    weeg_write_tally(tally, path)
    back <- weeg_read_tally(path)
    expect_identical(back$frame$later, tally$frame$later)
    expect_identical(as.list(weeg_total(back, ~y)), as.list(weeg_total(tally, ~y)))
    expect_identical(as.data.frame(back), as.data.frame(tally))
  }
})
