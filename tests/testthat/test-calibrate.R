# Calibrated weights and the variances that know them, against package survey, at least 4.5, on random designs; and what
# awkward input gives.
#
# Reference: postStratify(), calibrate() with the linear, raking and logit distance, rake() for weights and estimates.
# Tolerance: relative error below 1e-9. The fits of survey are iterated until targets are met within 1e-12, which their
# quadratic convergence turns into rounding errors; rake() converges linearly and is stopped at 1e-9 of the sum of weights:
# weights within 1e-7.
# WEEG_CALIBRATIONS sets the number of designs (40), WEEG_SEED the first seed (1).

# ---- random designs (helper-weights.R) -----------------------------------------------------------------------------------

compare_calibrated <- function(seed) {
  s <- calibration_scene(seed)
  # with an fpc, survey's C++ code gives 0 for small variances: its R code is right
  before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = !s$x$fpc)
  on.exit(options(before))
  x <- s$x
  x$domain <- FALSE
  d <- weeg_view(x)
  log <- s$log
  name <- function(what) paste0(s$method, ": ", what)
  original <- survey_view(x)
  theirs <- calibrated_survey(s, original)
  ours <- tryCatch(calibrated_weeg(s, d), weeg_error_calibration = identity)
  if (inherits(ours, "error")) {
    negative <- s$method == "linear" && grepl("negative weight", conditionMessage(ours)) &&
      (is.null(theirs) || any(stats::weights(theirs) <= 0))
    unmet <- s$method == "linear, bounds" && is.null(theirs)
    log$except(name("weights"), "no such weights in either", negative || unmet)
    return(log$result())
  }
  reached <- lapply(names(s$margins), function(v) c(tapply(ours$weights, as.character(s$data[[v]]), sum)))
  if (s$method != "post-stratified") log$same(name("margins met"), unlist(reached), unlist(s$margins))
  if (is.null(theirs)) {
    log$except(name("weights"), "survey does not converge", s$method != "post-stratified")
    return(log$result())
  }
  # both iterate until margins are met to 1e-10: the weights of a few rows may differ by more
  iterated <- if (s$method %in% c("raking", "logit")) 1e-8 / (64 * .Machine$double.eps) else 1
  log$same(name("weights"), ours$weights, stats::weights(theirs), condition = iterated)
  if (s$method == "raking") compare_rake(s, original, ours)
  compare_results(s, ours, theirs, name)
  log$result()
}

# rake() stops when no count changes more than epsilon, or after maxit rounds, which may be long before margins are met.
compare_rake <- function(s, original, ours) {
  formulas <- lapply(names(s$margins), stats::reformulate)
  tables <- Map(function(v, m) stats::setNames(data.frame(names(m), Freq = c(m)), c(v, "Freq")), names(s$margins), s$margins)
  raked <- survey::rake(original, formulas, unname(tables), control = list(maxit = 500, epsilon = 1e-12))
  far <- function(w) max(mapply(function(v, m) abs(c(tapply(w, as.character(s$data[[v]]), sum)) / m - 1), names(s$margins),
                                s$margins, SIMPLIFY = FALSE) |> unlist())
  met <- far(stats::weights(raked)) < 1e-10
  s$log$except("rake(): weights within 1e-7", if (met) "iterated" else "rake() stopped early",
               if (met) max(relative_error(ours$weights, stats::weights(raked))) < 1e-7 else far(ours$weights) < 1e-9)
}

compare_results <- function(s, ours, theirs, name) {
  log <- s$log
  if (s$x$domain) {
    ours <- subset(ours, inside)
    theirs <- theirs[s$inside, ]
  }
  get <- function(code) tryCatch(code, error = function(e) if (is_lonely_error(e)) "lonely" else stop(e))
  p <- get(weeg_proportion(ours, ~fy))
  want <- get(survey::svymean(~fy, theirs, na.rm = TRUE))
  if (identical(want, "lonely") || identical(p, "lonely")) {
    log$except(name("standard error"), "error: one PSU under \"fail\"", identical(want, p))
    return(invisible())
  }
  estimate <- unname(stats::coef(want))
  smaller <- pmin(estimate, 1 - estimate)
  log$same(name("estimate"), p$estimate, estimate)
  compare_se(log, name("standard error"), p$std.error, unname(survey::SE(want)), smaller, estimate)
  log$same(name("df"), p$df, rep(survey::degf(theirs), nrow(p)))
  total <- weeg_total(ours, ~ fg + fy)
  want <- survey::svytotal(~cell, theirs, na.rm = TRUE)
  log$same(name("total"), total$estimate, unname(stats::coef(want)), floor = 1e-12)
  compare_se(log, name("total, standard error"), total$std.error, unname(survey::SE(want)), unname(stats::coef(want)))
  compare_group(s, ours, theirs, name)
  compare_test(s, ours, theirs, name)
}

# Standard errors below 1e-6 of the smaller of p and 1 - p are rounding noise of a true 0.
# terms: how large the terms are that the standard error's scores cancel
compare_se <- function(log, statistic, got, want, scale, terms = scale) {
  open <- scale > 1e-12
  log$same(statistic, got[open], want[open], 1e-6 * scale[open], condition = (terms / pmax(want, 1e-12 * scale))[open])
}

compare_group <- function(s, ours, theirs, name) {
  g <- pick(levels(s$data$fg))
  rows <- s$data$fg %in% g & !is.na(s$data$fy) & s$inside
  if (!any(rows)) return(invisible()) # no rows: no estimate
  got <- weeg_proportion(ours, fy ~ fg)
  got <- got[as.character(got$fg) == g, ]
  want <- survey::svymean(~fy, theirs[rows, ], na.rm = TRUE)
  estimate <- unname(stats::coef(want))
  s$log$same(name("group: estimate"), got$estimate, estimate)
  compare_se(s$log, name("group: standard error"), got$std.error, unname(survey::SE(want)), pmin(estimate, 1 - estimate),
             estimate)
}

compare_test <- function(s, ours, theirs, name) {
  rows <- s$inside & !is.na(s$data$cell)
  # in a calibrated design survey keeps levels without rows, and then has no statistic
  table <- table(s$data$fg[rows], s$data$fy[rows])
  if (min(dim(table)) < 2L || any(table == 0) || s$x$lonely == "fail") return(invisible())
  got <- weeg_test(ours, fy ~ fg)
  want <- tryCatch(suppressWarnings(survey::svychisq(~ fg + fy, theirs[rows, ])), error = function(e) NULL)
  if (is.null(want) || is.na(got$statistic) || want$parameter[[2L]] < 1) return(invisible())
  # the ratio of statistic and eigenvalues of the design effects is ill-conditioned where these are tiny
  tiny <- got$deff.mean < 1e-6
  s$log$same(name("Rao-Scott F"), got$statistic[!tiny], unname(want$statistic)[!tiny], floor = 1e-9)
}

test_that("calibrated designs give survey's weights, estimates, standard errors and tests", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_CALIBRATIONS", 40L)
  before <- options(survey.lonely.psu = "fail")
  on.exit(options(before))
  found <- expect_same_accounts(compare_calibrated, count)
  expect_gt(sum(grepl("standard error", found$account$statistic) & found$account$reason == ""), 4 * count)
})

# ---- forms of margins, domains, tallies --------------------------------------------------------------------------------

people <- data.frame(
  y = factor(c("yes", "no", "yes", "no", "yes", "no", "yes", "yes", "no", "no")), g = rep(c("u", "v"), 5),
  sex = c("m", "f", "f", "m", "f", "f", "m", "f", "m", "f"), age = c(1, 2, 1, 2, 1, 2, 2, 1, 1, 2),
  w = c(1, 2, 3, 1, 2, 3, 1, 2, 1, 4), psu = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5)
)
design <- weeg_design(people, weights = ~w, cluster = ~psu)

test_that("post-stratified weights sum to the counts, worked by hand", {
  # women have weights 2 + 3 + 2 + 3 + 2 + 4 = 16, men 1 + 1 + 1 + 1 = 4
  d <- weeg_poststratify(design, ~sex, c(m = 10, f = 8))
  expect_equal(d$weights, people$w * ifelse(people$sex == "m", 10 / 4, 8 / 16), tolerance = 1e-15)
  expect_identical(d$weights, weeg_rake(design, list(sex = c(m = 10, f = 8)))$weights)
  p <- weeg_proportion(d, ~sex)
  expect_equal(p$estimate, c(8, 10) / 18, tolerance = 1e-15)
  expect_identical(p$std.error, c(0, 0)) # known, so without error
})

test_that("margins may be vectors, tables, data frames and formulas, counts or shares", {
  ages <- data.frame(age = 1:2, share = c(0.4, 0.6))
  sexes <- c(m = 0.5, f = 0.5)
  want <- weeg_rake(design, list(sex = sexes, age = c("1" = 0.4, "2" = 0.6)))$weights
  expect_equal(sum(want), sum(people$w), tolerance = 1e-14)
  forms <- list(
    list(list(sex = as.table(sexes), ages)), list(list(sex = sexes, age = data.frame(age = 1:2, n = c(0.4, 0.6)))),
    list(list(~sex, ~age), list(sexes, ages)), list(list(~age, ~sex), list(ages, 10 * sexes * 2)),
    list(list(sex = c(f = 10, m = 10, x = 0), age = c("1" = 8, "2" = 12)))
  )
  for (form in forms) expect_equal(do.call(weeg_rake, c(list(design), form))$weights, want, tolerance = 1e-9)
  both <- xtabs(c(4, 3, 2, 1) ~ sex + age, expand.grid(sex = c("f", "m"), age = 1:2))
  crossed <- list(
    weeg_poststratify(design, ~ sex + age, both), weeg_poststratify(design, ~ age + sex, as.data.frame(both)),
    weeg_calibrate(design, list(both)), weeg_calibrate(design, ~ sex + age, both),
    weeg_rake(design, list(as.data.frame(both), sex = c(f = 6, m = 4)))
  )
  cell <- paste(people$sex, people$age)
  want <- people$w * c("f 1" = 4, "m 1" = 3, "f 2" = 2, "m 2" = 1)[cell] / tapply(people$w, cell, sum)[cell]
  for (d in crossed) expect_equal(d$weights, as.vector(want), tolerance = 1e-9)
})

test_that("a tally of a calibrated design knows the calibration, also of a domain and after summing out", {
  d <- weeg_rake(design, list(sex = c(m = 0.5, f = 0.5), age = c("1" = 0.4, "2" = 0.6)))
  want <- weeg_proportion(d, y ~ g)
  tally <- weeg_tally(d, ~ sex + g + y)
  expect_equal(weeg_proportion(tally, y ~ g)$std.error, want$std.error, tolerance = 1e-13)
  expect_equal(weeg_proportion(weeg_tally(tally, ~ y + g), y ~ g)$std.error, want$std.error, tolerance = 1e-13)
  want <- weeg_proportion(subset(d, sex == "f"), ~y)
  expect_equal(weeg_proportion(subset(tally, sex == "f"), ~y)$std.error, want$std.error, tolerance = 1e-13)
  expect_match(attr(want, "conventions")[["variance"]], "calibrated")
  expect_error(tally + tally, "calibrated", class = "weeg_error_tally")
  # a tally with variables that calibration knows nothing of: what was not calibrated is larger
  expect_false(isTRUE(all.equal(want$std.error, weeg_proportion(subset(design, sex == "f"), ~y)$std.error)))
})

test_that("missing answers are a domain or a level; leaving their rows out is refused", {
  holes <- transform(people, y = replace(y, c(2, 7), NA))
  d <- weeg_poststratify(weeg_design(holes, weights = ~w, cluster = ~psu), ~sex, c(m = 10, f = 8))
  level <- weeg_poststratify(weeg_design(transform(holes, y = addNA(y)), weights = ~w, cluster = ~psu), ~sex, c(m = 10, f = 8))
  expect_equal(weeg_proportion(d, y ~ g, missing = "level")$std.error, weeg_proportion(level, y ~ g)$std.error, tolerance = 1e-13)
  expect_error(weeg_proportion(d, y ~ g, missing = "omit"), "not available for calibrated", class = "weeg_error_unsupported")
})

test_that("rows of zero weight need no value of the calibration variables", {
  zero <- rbind(people, transform(people[1, ], w = 0, sex = NA))
  d <- weeg_poststratify(weeg_design(zero, weights = ~w, cluster = ~psu), ~sex, c(m = 10, f = 8))
  expect_identical(d$weights, c(weeg_poststratify(design, ~sex, c(m = 10, f = 8))$weights, 0))
})

test_that("margins that depend on one another are no problem, impossible ones are explained", {
  same <- transform(people, sex2 = sex)
  d <- weeg_design(same, weights = ~w, cluster = ~psu)
  twice <- weeg_rake(d, list(sex = c(m = 10, f = 8), sex2 = c(m = 10, f = 8)))
  once <- weeg_poststratify(design, ~sex, c(m = 10, f = 8))
  expect_equal(twice$weights, once$weights, tolerance = 1e-9)
  expect_equal(weeg_proportion(twice, ~y)$std.error, weeg_proportion(once, ~y)$std.error, tolerance = 1e-12)
  for (method in c("linear", "raking", "logit")) {
    bounds <- if (method == "logit") c(0.1, 10)
    expect_error(weeg_calibrate(d, list(sex = c(m = 10, f = 8), sex2 = c(m = 8, f = 10)), method = method, bounds = bounds),
                 "cannot be met.*instead of", class = "weeg_error_calibration")
  }
})

test_that("awkward input gives the documented answer", {
  missing <- weeg_design(transform(people, sex = replace(sex, c(3, 5), NA)), weights = ~w)
  sexes <- c(m = 0.5, f = 0.5)
  cases <- list(
    # levels and targets
    list(quote(weeg_rake(design, list(sex = c(m = 1)))), "calibration", "no target for sex = f, which 6 rows have"),
    list(quote(weeg_rake(design, list(sex = c(m = 5, f = 4, x = 3)))), "calibration", "no row has sex = x.*target is 3"),
    list(quote(weeg_rake(design, list(sex = c(m = 5, f = 0)))), "calibration", "target for sex = f is 0, but 6 rows"),
    list(quote(weeg_rake(design, list(sex = c(m = 50, f = 50), age = c("1" = 60, "2" = 60)))), "calibration",
         "contradict.*100 \\(sex\\), 120 \\(age\\)"),
    list(quote(weeg_rake(design, list(sex = c(m = 0.49, f = 0.5)))), "calibration", "shares of sex sum to 0.99, not 1"),
    list(quote(weeg_rake(design, list(sex = c(m = -1, f = 2)))), "argument", "has -1 for m"),
    list(quote(weeg_rake(design, list(sex = c(m = NA, f = 2)))), "argument", "has NA for m"),
    list(quote(weeg_rake(design, list(sex = c(m = 1, m = 2)))), "argument", "has m twice"),
    list(quote(weeg_rake(design, list(sex = c(m = 0, f = 0)))), "argument", "0 for all levels"),
    list(quote(weeg_rake(missing, list(sex = sexes))), "missing", "sex is missing in row 3; 2 rows"),
    # fits
    list(quote(weeg_calibrate(design, list(sex = sexes, age = c("1" = 0.01, "2" = 0.99)))), "calibration",
         "negative weight or 0.*lowest factor.*raking"),
    list(quote(weeg_calibrate(design, list(sex = sexes, age = c("1" = 0.01, "2" = 0.99)), bounds = c(0.5, 2))), "calibration",
         "cannot be met.*age = 1 has.*instead of 0.2.*Widen the bounds"),
    list(quote(weeg_calibrate(design, list(sex = 1000 * sexes, age = c("1" = 400, "2" = 600)), method = "logit",
                              bounds = c(0.5, 2))), "calibration", "50 times the sum of weights, outside the bounds"),
    # forms
    list(quote(weeg_rake(design, list(c(m = 1, f = 1)))), "argument", "a margin has no name"),
    list(quote(weeg_rake(design, c(m = 1, f = 1))), "argument", "must be a list"),
    list(quote(weeg_rake(design, list(sexe = sexes))), "variable", "no variable `sexe`"),
    list(quote(weeg_rake(design, list(sex = sexes, sex = sexes))), "argument", "two margins of sex"),
    list(quote(weeg_rake(design, list(sex = c(0.5, 0.5)))), "argument", "vector with names"),
    list(quote(weeg_rake(design, list(~sex), list(sexes, sexes))), "argument", "each of the 1 formulas"),
    list(quote(weeg_rake(design, list(sex = sexes), sexes)), "argument", "`population` is for margins given as formulas"),
    list(quote(weeg_poststratify(design, ~ sex + age, sexes)), "argument", "crosses 2 variables"),
    list(quote(weeg_poststratify(design, "sex", sexes)), "formula", "given as ~ a"),
    list(quote(weeg_poststratify(design, ~sex)), "argument", "`population` is missing"),
    list(quote(weeg_calibrate(design, list(sex = sexes), method = "rake")), "argument", "must be one of"),
    list(quote(weeg_calibrate(design, list(sex = sexes), method = "logit")), "argument", "needs `bounds`"),
    list(quote(weeg_calibrate(design, list(sex = sexes), method = "raking", bounds = c(0.5, 2))), "argument", "no `bounds`"),
    list(quote(weeg_calibrate(design, list(sex = sexes), bounds = c(0, 2))), "argument", "0 < low < 1 < high"),
    list(quote(weeg_calibrate(design, list(sex = sexes), bounds = c(1.5, 2))), "argument", "0 < low < 1 < high"),
    # designs
    list(quote(weeg_rake(weeg_tally(design, ~sex), list(sex = sexes))), "unsupported", "a tally cannot be calibrated"),
    list(quote(weeg_rake(subset(design, age == 1), list(sex = sexes))), "unsupported", "domain cannot be calibrated"),
    list(quote(weeg_rake(weeg_rake(design, list(sex = sexes)), list(sex = sexes))), "unsupported", "already is raked to sex"),
    list(quote(weeg_rake(weeg_design(transform(people, w = 0), weights = ~w), list(sex = sexes))), "weight", "all weights are 0")
  )
  for (case in cases) {
    label <- deparse1(case[[1L]])
    expect_error(eval(case[[1L]]), case[[3L]], class = paste0("weeg_error_", case[[2L]]), label = label)
    e <- tryCatch(eval(case[[1L]]), error = identity)
    expect_match(deparse1(conditionCall(e)), "^weeg_", label = label)
  }
})

test_that("print says what the weights were calibrated on", {
  d <- weeg_rake(design, list(sex = c(m = 0.5, f = 0.5), age = c("1" = 0.4, "2" = 0.6)))
  expect_match(paste(format(d, width = 200), collapse = "\n"), "raked to sex, age \\([0-9]+ iterations\\); largest deviation")
  expect_match(paste(format(d, width = 200), collapse = "\n"), "variance Taylor, calibrated")
  d <- weeg_poststratify(design, ~ sex + age, transform(expand.grid(sex = c("m", "f"), age = 1:2), n = 1:4))
  expect_match(paste(format(d, width = 200), collapse = "\n"), "post-stratified by sex \\+ age;")
})

# ---- survey's own example: two stages, models and comparisons -----------------------------------------------------------

test_that("two-stage designs, comparisons and tests know the calibration", {
  needs_survey()
  where <- new.env()
  utils::data(api, package = "survey", envir = where)
  s <- survey::svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2, data = where$apiclus2)
  d <- as_weeg_design(s)
  types <- c(E = 4421, H = 755, M = 1018)
  whole <- c(No = 1072, Yes = 5122)
  ours <- weeg_rake(d, list(stype = types, sch.wide = whole))
  population <- c("(Intercept)" = 6194, stypeH = 755, stypeM = 1018, sch.wideYes = 5122)
  theirs <- survey::calibrate(s, ~ stype + sch.wide, population, calfun = "raking", epsilon = 1e-12)
  expect_same <- function(got, want) expect_lt(max(relative_error(got, unname(want))), 1e-9)
  expect_same(ours$weights, stats::weights(theirs))
  p <- weeg_proportion(ours, ~awards)
  want <- survey::svymean(~awards, theirs)
  expect_same(p$std.error, survey::SE(want))
  expect_same(weeg_total(subset(ours, yr.rnd == "No"), ~awards)$std.error,
              survey::SE(survey::svytotal(~awards, subset(theirs, yr.rnd == "No"))))
  # a calibration variable is known: no error, and its share is the target's
  expect_identical(weeg_proportion(ours, ~stype)$std.error, c(0, 0, 0))
  got <- weeg_compare(ours, awards ~ stype, pairs = c("E", "H"), answers = "Yes", measures = "difference")
  by <- survey::svyby(~awards, ~stype, theirs, survey::svymean, covmat = TRUE)
  expect_same(got$std.error, survey::SE(survey::svycontrast(by, quote(`E:awardsYes` - `H:awardsYes`))))
  test <- weeg_test(ours, awards ~ stype)
  expect_same(c(test$statistic, test$p.value), unlist(survey::svychisq(~ awards + stype, theirs)[c("statistic", "p.value")]))
  # survey::rake() takes residuals from one margin after the other, with the raked weights: other standard errors
  raked <- survey::rake(s, list(~stype, ~sch.wide), list(
    data.frame(stype = names(types), Freq = types), data.frame(sch.wide = names(whole), Freq = whole)
  ), control = list(maxit = 200, epsilon = 1e-10))
  expect_lt(max(relative_error(ours$weights, stats::weights(raked))), 1e-7)
  expect_lt(max(abs(unname(survey::SE(survey::svymean(~awards, raked))) / p$std.error - 1)), 0.05)
})

test_that("raking on a margin of many levels: the targets are met, whichever margin is wider; too many are refused at once", {
  set.seed(3)
  rows <- 6000L
  data <- data.frame(a = factor(rep(1:300, length.out = rows)), b = sample(4L, rows, TRUE), w = stats::runif(rows, 0.5, 2))
  shares <- list(a = stats::setNames(rep(1 / 300, 300), 1:300), b = c("1" = 0.1, "2" = 0.2, "3" = 0.3, "4" = 0.4))
  for (margins in list(shares, rev(shares))) {
    raked <- weeg_rake(weeg_design(data, weights = ~w), margins)
    expect_equal(weeg_proportion(raked, ~b)$estimate, unname(shares$b), tolerance = 1e-9)
    expect_equal(weeg_proportion(raked, ~a)$estimate, unname(shares$a), tolerance = 1e-9)
  }
  data$a <- factor(rep(seq_len(3000L), 2L))
  many <- list(a = stats::setNames(rep(1 / 3000, 3000), seq_len(3000L)), b = shares$b)
  took <- system.time(expect_error(weeg_rake(weeg_design(data, weights = ~w), many), "3004 levels together.*at most 2048",
                                   class = "weeg_error_too_large"))
  expect_lt(took[["elapsed"]], 5)
})

test_that("a variable may have the name that the column of numbers often has", {
  for (name in c("n", "Freq")) {
    data <- stats::setNames(data.frame(y = rep(c("no", "yes"), 6), x = rep(c("a", "b", "b"), 4)), c("y", name))
    d <- weeg_design(data)
    frame <- stats::setNames(data.frame(c("a", "b"), c(9, 3)), c(name, "count"))
    # four rows are a, and eight b
    expect_equal(weeg_rake(d, list(frame))$weights, rep(c(9 / 4, 3 / 8, 3 / 8), 4), tolerance = 1e-12)
  }
})
