# Weights that are computed in the database: everything as with the same weights in memory.

skip_if_not_installed("RSQLite")

known_interviews <- function(...) {
  rows <- interviews(...)
  rows$sex[is.na(rows$sex)] <- "f"
  rows$age[is.na(rows$age)] <- 30L
  rows
}

help_margin <- c(ja = 0.2, Ja = 0.2, nee = 0.3, "soms " = 0.2, 0.1)
names(help_margin)[5L] <- ""

calibrations <- list(
  rake = function(d) {
    weeg_rake(d, list(data.frame(sex = c("m", "f"), n = c(400, 600)),
                      data.frame(help = names(help_margin), n = 1000 * help_margin)))
  },
  logit = function(d) {
    weeg_calibrate(d, list(~sex, ~ cut(age, c(0, 30, 45, 99))),
                   list(c(m = 0.5, f = 0.5), c("(0,30]" = 0.3, "(30,45]" = 0.4, "(45,99]" = 0.3)),
                   method = "logit", bounds = c(0.01, 50))
  },
  linear = function(d) weeg_poststratify(d, ~ psu, stats::setNames(1e6 * (30:59), 1:30)),
  expressions = function(d) weeg_rake(d, list(~ (age > 30 & sex == "m"), ~ addNA(score)),
                                      list(c("FALSE" = 0.6, "TRUE" = 0.4), c("1" = 0.2, "2.5" = 0.2, "4" = 0.3, "<NA>" = 0.3)))
)

test_that("calibrated designs have the factors, tallies and standard errors that they have in memory", {
  rows <- known_interviews()
  con <- local_table(rows)
  of_domain <- function(d) subset(d, age > 25 & sex == "f")
  for (design in c("clusters", "strata", "none")) {
    memory <- do.call(weeg_design, c(list(rows), designs[[design]]))
    database <- do.call(weeg_design, c(list(con, "interviews"), designs[[design]]))
    for (calibrate in calibrations[if (design == "clusters") TRUE else "linear"]) {
      a <- calibrate(memory)
      b <- calibrate(database)
      same <- c("g", "basis", "units", "margins", "text", "deviation")
      expect_identical(b$calibration[same], a$calibration[same])
      expect_identical(b$max_weight, a$max_weight)
      expect_identical(bytes(weeg_tally(b, ~ score + sex)), bytes(weeg_tally(a, ~ score + sex)))
      expect_identical(bytes(weeg_tally(of_domain(b), ~score)), bytes(weeg_tally(of_domain(a), ~score)))
    }
  }
})

test_that("verbs of calibrated designs give what they give in memory, and what package survey does", {
  rows <- known_interviews()
  parts <- lapply(0:2, function(k) local_table(rows[rows$id %% 3 == k, ], envir = parent.frame(2L)))
  rake <- function(d) weeg_rake(d, list(sex = c(m = 1000, f = 1500), psu = stats::setNames(rep(2500 / 30, 30), 1:30)))
  memory <- rake(weeg_design(rows, weights = ~w, strata = ~stratum, cluster = ~psu))
  database <- rake(weeg_design(parts, "interviews", weights = ~w, strata = ~stratum, cluster = ~psu))
  verbs <- list(
    function(d) weeg_proportion(d, help ~ sex), function(d) weeg_total(subset(d, age > 20), ~help),
    function(d) weeg_test(d, help ~ sex), function(d) weeg_compare(d, help ~ sex)
  )
  for (verb in verbs) expect_equal(as.data.frame(verb(database)), as.data.frame(verb(memory)), tolerance = 0)
  skip_if_not_installed("survey")
  totals <- c(`(Intercept)` = 2500, sexm = 1000, stats::setNames(rep(2500 / 30, 29), paste0("factor(psu)", 2:30)))
  s <- survey::svydesign(~psu, strata = ~stratum, weights = ~w, data = rows)
  s <- survey::calibrate(subset(s, w > 0), ~ sex + factor(psu), totals, calfun = "raking", epsilon = 1e-12, maxit = 100)
  expected <- survey::svymean(~help, s)
  found <- weeg_proportion(database, ~help)
  expect_equal(found$estimate, unname(coef(expected)[paste0("help", found$level)]), tolerance = 1e-9)
  expect_equal(found$std.error, unname(survey::SE(expected)[match(paste0("help", found$level), names(coef(expected)))]),
               tolerance = 1e-7)
})

test_that("margins that cannot be met are refused with what is known without rows", {
  rows <- interviews()
  design <- function(...) weeg_design(local_table(rows, envir = parent.frame()), "interviews", ...)
  gone <- sum(is.na(rows$sex) & rows$w > 0)
  expect_error(weeg_rake(design(weights = ~w), list(sex = c(m = 0.5, f = 0.5))),
               paste0("calibration variable sex is missing in ", gone, " rows"), class = "weeg_error_missing")
  expect_error(weeg_rake(design(weights = ~w), list(stratum = c("s 0" = 0.5, "s 1" = 0.5))),
               paste("there is no target for stratum = s 2, which", sum(rows$stratum == "s 2" & rows$w > 0), "rows have"),
               class = "weeg_error_calibration")
  expect_error(weeg_rake(subset(design(weights = ~w), age > 30), list(sex = c(m = 1, f = 1))), "a domain cannot be calibrated",
               class = "weeg_error_unsupported")
})

test_that("a table that gets rows in cells that were not calibrated is refused", {
  rows <- known_interviews()
  con <- local_table(rows)
  d <- weeg_poststratify(weeg_design(con, "interviews", weights = ~w), ~stratum, c("s 0" = 10, "s 1" = 10, "s 2" = 10))
  DBI::dbExecute(con, "update interviews set stratum = 's 7' where id = 4")
  expect_error(weeg_tally(d, ~help), "a value of `stratum` now (s 7) that it did not have", fixed = TRUE,
               class = "weeg_error_database")
})

test_that("squares of weights, and so shrunken figures and funnels, are those of memory", {
  rows <- known_interviews()
  con <- local_table(rows)
  verbs <- list(function(d) weeg_shrink(d, help ~ psu, answers = "ja"), function(d) weeg_funnel(subset(d, age > 25), sex ~ psu))
  memory <- do.call(weeg_design, c(list(rows), designs$clusters))
  database <- do.call(weeg_design, c(list(con, "interviews"), designs$clusters))
  for (verb in verbs) expect_identical(as.data.frame(verb(database)), as.data.frame(verb(memory)))
  margin <- list(sex = c(m = 1000, f = 3000))
  expect_identical(as.data.frame(verbs[[1L]](weeg_rake(database, margin))), as.data.frame(verbs[[1L]](weeg_rake(memory, margin))))
})

test_that("weights that follow from population sizes are calibrated and squared as in memory", {
  rows <- known_interviews()
  rows$psus <- c("s 0" = 20, "s 1" = 40, "s 2" = 70)[rows$stratum]
  rows$people <- 100 + rows$psu
  rows$country <- 900
  rows$all <- 1e4 + 1e3 * as.numeric(substring(rows$stratum, 3))
  con <- local_table(rows)
  parts <- lapply(0:1, function(k) local_table(rows[rows$id %% 2 == k, ], envir = parent.frame(2L)))
  of_fpc <- list(
    list(fpc = ~country), list(strata = ~stratum, fpc = ~all), list(strata = ~stratum, cluster = ~psu, fpc = ~psus),
    list(strata = ~stratum, cluster = ~ psu + id, fpc = ~ psus + people)
  )
  targets <- list(c(m = 0.25, f = 0.75), c("(0,30]" = 0.3, "(30,99]" = 0.7))
  rake <- function(d) weeg_rake(d, list(~sex, ~ cut(age, c(0, 30, 99))), targets)
  for (design in of_fpc) {
    memory <- do.call(weeg_design, c(list(rows), design))
    for (database in list(do.call(weeg_design, c(list(con, "interviews"), design)),
                          do.call(weeg_design, c(list(parts, "interviews"), design)))) {
      expect_identical(bytes(weeg_tally(database, ~ score + sex)), bytes(weeg_tally(memory, ~ score + sex)))
      expect_identical(database$max_weight, memory$max_weight)
      a <- rake(memory)
      b <- rake(database)
      expect_identical(b$calibration[c("g", "basis", "units", "margins")], a$calibration[c("g", "basis", "units", "margins")])
      expect_identical(b$max_weight, a$max_weight)
      expect_identical(bytes(weeg_tally(b, ~ score + sex)), bytes(weeg_tally(a, ~ score + sex)))
      expect_identical(bytes(weeg_tally(subset(b, age > 25), ~score)), bytes(weeg_tally(subset(a, age > 25), ~score)))
      shrunken <- function(d) as.data.frame(weeg_shrink(d, help ~ psu, answers = "ja"))
      expect_identical(shrunken(database), shrunken(memory))
      expect_identical(shrunken(b), shrunken(a))
    }
  }
  skip_if_not_installed("survey")
  s <- survey::svydesign(~psu, strata = ~stratum, fpc = ~psus, data = rows)
  s <- survey::postStratify(s, ~sex, data.frame(sex = c("m", "f"), Freq = c(1000, 3000)))
  expected <- survey::svymean(~help, s)
  d <- weeg_design(con, "interviews", strata = ~stratum, cluster = ~psu, fpc = ~psus)
  found <- weeg_proportion(weeg_poststratify(d, ~sex, c(m = 1000, f = 3000)), ~help)
  at <- match(paste0("help", found$level), names(coef(expected)))
  expect_equal(found$estimate, unname(coef(expected)[at]), tolerance = 1e-12)
  expect_equal(found$std.error, unname(survey::SE(expected)[at]), tolerance = 1e-10)
  # of an engine whose rows are read for each tally
  streamed <- with_inside(list(sql_self_test = function(...) "sums of numbers are not exact (s1)"), {
    rake(suppressWarnings(weeg_design(con, "interviews", strata = ~stratum, cluster = ~psu, fpc = ~psus)))
  })
  a <- rake(weeg_design(rows, strata = ~stratum, cluster = ~psu, fpc = ~psus))
  expect_identical(bytes(weeg_tally(streamed, ~help)), bytes(weeg_tally(a, ~help)))
})
