# Designs made by survey and srvyr: the same results as the same design described to weeg, and refusals.
#
# Reference: weeg's own design of the same rows; and survey's estimates for designs that have no such counterpart.
# Tolerance: relative error 1e-12 (weights pass through 1/probability); 1e-9 against survey.

survey_data <- function(name, set = if (grepl("^api", name)) "api" else name) {
  needs_survey()
  where <- new.env()
  utils::data(list = set, package = "survey", envir = where)
  where[[name]]
}

numbers <- function(x) unlist(Filter(is.numeric, as.list(as.data.frame(x))), use.names = FALSE)

expect_same <- function(a, b, label) {
  expect_identical(dim(as.data.frame(a)), dim(as.data.frame(b)), label = label)
  expect_lt(max(relative_error(numbers(a), numbers(b), 1e-12)), 1e-11, label = label)
}

# All kinds of results of `y ~ g`.
results <- function(d, formula) {
  x <- weeg_crosstab(d, formula)
  outcome <- stats::reformulate(deparse1(formula[[2L]]))
  list(
    proportion = weeg_proportion(d, formula), whole = weeg_proportion(d, outcome), total = weeg_total(d, outcome),
    test = weeg_test(d, formula), wald = weeg_test(d, formula, method = "adjusted-wald"), compare = weeg_compare(d, formula),
    column = x$column, residuals = as.data.frame(x$residuals)
  )
}

expect_same_results <- function(a, b, formula, label) {
  a <- results(a, formula)
  b <- results(b, formula)
  for (name in names(a)) expect_same(a[[name]], b[[name]], paste(label, name))
}

# Described to weeg, with the conventions that designs of survey keep.
like_survey <- function(...) weeg_design(..., conventions = "survey")

design_pairs <- function() {
  strat <- survey_data("apistrat")
  clus1 <- survey_data("apiclus1")
  clus2 <- survey_data("apiclus2")
  srs <- survey_data("apisrs")
  clus1$fraction <- 15 / 757
  strat$type <- as.character(strat$stype)
  nested <- survey_data("nhanes")
  nested$race <- factor(nested$race)
  list(
    "strata, fpc" = list(
      survey::svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat),
      like_survey(strat, weights = ~pw, strata = ~stype, fpc = ~fpc), awards ~ yr.rnd
    ),
    "strata as text, no fpc" = list(
      survey::svydesign(id = ~1, strata = ~type, weights = ~pw, data = strat),
      like_survey(strat, weights = ~pw, strata = ~type), awards ~ yr.rnd
    ),
    "clusters, fpc" = list(
      survey::svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1),
      like_survey(clus1, weights = ~pw, cluster = ~dnum, fpc = ~fpc), sch.wide ~ stype
    ),
    "clusters, fraction" = list(
      survey::svydesign(id = ~dnum, weights = ~pw, fpc = ~fraction, data = clus1),
      like_survey(clus1, weights = ~pw, cluster = ~dnum, fpc = ~fraction), sch.wide ~ stype
    ),
    "weights from the fpc" = list(
      survey::svydesign(id = ~1, fpc = ~fpc, data = srs),
      like_survey(srs, weights = ~pw, fpc = ~fpc), sch.wide ~ stype
    ),
    "no weights" = list(
      suppressWarnings(survey::svydesign(id = ~1, data = srs)), like_survey(srs), sch.wide ~ stype
    ),
    "two stages, no fpc" = list(
      survey::svydesign(id = ~ dnum + snum, weights = ~pw, data = clus2),
      like_survey(clus2, weights = ~pw, cluster = ~dnum), sch.wide ~ stype
    ),
    "two stages, fpc" = list(
      survey::svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + fpc2, data = clus2),
      like_survey(clus2, weights = ~ fpc1 * fpc2 / (40 * stats::ave(snum, dnum, FUN = length)), cluster = ~ dnum + snum,
                  fpc = ~ fpc1 + fpc2), sch.wide ~ stype
    ),
    nested = list(
      survey::svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = nested),
      like_survey(nested, weights = ~WTMEC2YR, strata = ~SDMVSTRA, cluster = ~SDMVPSU, nest = TRUE), HI_CHOL ~ race
    )
  )
}

test_that("a survey design gives what the same design described to weeg gives", {
  pairs <- design_pairs()
  for (label in names(pairs)) {
    pair <- pairs[[label]]
    expect_same_results(as_weeg_design(pair[[1L]]), pair[[2L]], pair[[3L]], label)
    expect_same(weeg_proportion(pair[[1L]], pair[[3L]]), weeg_proportion(pair[[2L]], pair[[3L]]), paste(label, "direct"))
  }
})

test_that("a domain made by survey's subset() is the domain of weeg's", {
  pairs <- design_pairs()
  set.seed(1)
  for (label in names(pairs)) {
    pair <- pairs[[label]]
    data <- pair[[1L]]$variables
    data$inside <- stats::runif(nrow(data)) < 0.6
    s <- stats::update(pair[[1L]], inside = data$inside)
    d <- pair[[2L]]
    d$data <- data
    expect_same_results(subset(s, inside), subset(d, inside), pair[[3L]], paste("domain of", label))
    expect_same_results(subset(as_weeg_design(s), inside), subset(d, inside), pair[[3L]], paste("weeg's domain of", label))
  }
})

test_that("a domain that loses whole PSUs and strata keeps them in the variance", {
  data <- survey_data("nhanes")
  s <- survey::svydesign(id = ~SDMVPSU, strata = ~SDMVSTRA, weights = ~WTMEC2YR, nest = TRUE, data = data)
  d <- like_survey(data, weights = ~WTMEC2YR, strata = ~SDMVSTRA, cluster = ~SDMVPSU, nest = TRUE)
  inside <- c("SDMVPSU == 1", "SDMVSTRA < 80", "SDMVSTRA %in% c(75, 76) & SDMVPSU == 2 | race == 4")
  for (text in inside) {
    condition <- str2lang(text)
    part <- eval(bquote(subset(s, .(condition))))
    expect_same(weeg_proportion(part, ~race), eval(bquote(weeg_proportion(subset(d, .(condition)), ~race))), text)
    want <- survey::svymean(~ factor(race), part)
    got <- as.data.frame(weeg_proportion(part, ~race))
    expect_lt(max(relative_error(got$std.error, as.numeric(survey::SE(want)), 1e-12)), 1e-9, label = text)
  }
})

test_that("the rule for single-PSU strata is survey's option, or the argument", {
  data <- data.frame(h = c(1, 1, 2), y = factor(c("a", "b", "a")), w = 1)
  needs_survey()
  s <- survey::svydesign(id = ~1, strata = ~h, weights = ~w, data = data)
  before <- options(survey.lonely.psu = "adjust")
  on.exit(options(before))
  for (rule in c("remove", "certainty", "adjust", "average")) {
    options(survey.lonely.psu = rule)
    want <- weeg_proportion(like_survey(data, weights = ~w, strata = ~h, lonely = rule), ~y)
    expect_same(weeg_proportion(s, ~y), want, rule)
    options(survey.lonely.psu = "fail")
    expect_same(weeg_proportion(as_weeg_design(s, lonely = rule), ~y), want, rule)
  }
  expect_error(weeg_proportion(s, ~y), class = "weeg_error_lonely")
  options(survey.lonely.psu = "nonsense")
  expect_error(as_weeg_design(s), class = "weeg_error_argument")
})

test_that("srvyr's designs and domains are taken over", {
  needs_survey()
  skip_if_not_installed("srvyr")
  skip_if_not_installed("dplyr")
  data <- survey_data("apistrat")
  native <- like_survey(data, weights = ~pw, strata = ~stype, fpc = ~fpc)
  s <- srvyr::as_survey_design(data, strata = "stype", weights = "pw", fpc = "fpc")
  expect_s3_class(s, "tbl_svy")
  expect_same_results(s, native, awards ~ yr.rnd, "srvyr")
  expect_same_results(dplyr::filter(s, enroll > 300), subset(native, enroll > 300), awards ~ sch.wide, "srvyr filter")
  expect_same_results(dplyr::group_by(s, stype), native, awards ~ yr.rnd, "srvyr group_by")
  grown <- dplyr::mutate(s, large = enroll > 600)
  expect_same(weeg_proportion(grown, awards ~ large), weeg_proportion(native, awards ~ (enroll > 600)), "srvyr mutate")
})

test_that("designs that weeg cannot take over are refused", {
  strat <- survey_data("apistrat")
  clus1 <- survey_data("apiclus1")
  clus2 <- survey_data("apiclus2")
  s <- survey::svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
  c1 <- survey::svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1)
  types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
  refused <- list(
    "not positive" = survey::calibrate(c1, ~ stype + api99, c(6194, 755, 1018, 4500000)),
    "sparse = TRUE" = survey::calibrate(c1, ~stype, c(6194, 755, 1018), sparse = TRUE),
    "calibrated within clusters" = survey::calibrate(survey::svydesign(id = ~ dnum + snum, weights = ~pw, data = clus2), ~1,
                                                     lapply(split(clus2$pw, clus2$dnum), function(w) c("(Intercept)" = sum(w))),
                                                     stage = 1),
    "varies within a stratum of stage 2" = suppressWarnings(
      survey::svydesign(id = ~ dnum + snum, fpc = ~ fpc1 + I(fpc2 + seq_along(fpc2)), data = clus2)
    ),
    "unequal probabilities" = survey::svydesign(id = ~1, fpc = ~p, data = survey_data("election_pps", "election"), pps = "brewer")
  )
  for (i in seq_along(refused)) {
    expect_error(as_weeg_design(refused[[i]]), names(refused)[i], class = "weeg_error_unsupported")
    expect_error(weeg_proportion(refused[[i]], ~stype), names(refused)[i], class = "weeg_error_unsupported")
  }
  for (x in list(1, NULL, "d", list())) expect_error(as_weeg_design(x), class = "weeg_error_argument")
})

# Shares and totals of a factor, in all and in a domain: relative difference of estimates and standard errors.
calibrated_errors <- function(ours, theirs) {
  p <- weeg_proportion(ours, ~comp.imp)
  t <- weeg_total(ours, ~comp.imp)
  m <- survey::svymean(~comp.imp, theirs)
  s <- survey::svytotal(~comp.imp, theirs)
  stopifnot(length(t$estimate) == 2L)
  differ <- weeg_compare(ours, comp.imp ~ awards, measures = "difference")
  means <- survey::svyby(~comp.imp, ~awards, theirs, survey::svymean, covmat = TRUE)
  contrast <- survey::svycontrast(means, c(1, -1, 0, 0))
  max(relative_error(p$estimate, stats::coef(m)), relative_error(p$std.error, survey::SE(m)),
      relative_error(t$estimate, stats::coef(s)), relative_error(t$std.error, survey::SE(s)),
      relative_error(abs(differ$estimate[1L]), abs(as.numeric(stats::coef(contrast)))),
      relative_error(differ$std.error[1L], as.numeric(survey::SE(contrast))))
}

test_that("calibrated designs of survey are taken over", {
  needs_survey()
  clus1 <- survey_data("apiclus1")
  strat <- survey_data("apistrat")
  c1 <- survey::svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = clus1)
  s1 <- survey::svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
  types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
  awards <- data.frame(awards = c("No", "Yes"), Freq = c(2027, 4167))
  wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
  totals <- c("(Intercept)" = 6194, stypeH = 755, stypeM = 1018)
  calibrated <- list(
    linear = survey::calibrate(c1, ~stype, totals), number = survey::calibrate(c1, ~ stype + api99, c(totals, api99 = 3914069)),
    raking = survey::calibrate(c1, ~stype, totals, calfun = "raking"),
    logit = survey::calibrate(c1, ~stype, totals, calfun = "logit", bounds = c(0.5, 2)),
    bounded = survey::calibrate(c1, ~stype, totals, bounds = c(0.5, 1.8)), strata = survey::postStratify(c1, ~stype, types),
    two = survey::calibrate(s1, ~ awards + sch.wide, c("(Intercept)" = 6194, awardsYes = 4167, sch.wideYes = 5122)),
    variance = survey::calibrate(c1, ~ stype + api99, c(totals, api99 = 3914069), variance = clus1$api00),
    rake = survey::rake(s1, list(~awards, ~sch.wide), list(awards, wide)), # to within 1: not exactly at its end
    "rake clusters" = survey::rake(c1, list(~stype, ~sch.wide), list(types, wide), control = list(epsilon = 1e-9, maxit = 50)),
    known = survey::svydesign(id = ~1, strata = ~stype, weights = ~pw, data = strat, calibrate.formula = ~stype)
  )
  # in turn
  calibrated$strata_linear <- survey::calibrate(calibrated$strata, ~sch.wide, c("(Intercept)" = 6194, sch.wideYes = 5122))
  calibrated$rake_strata_raking <- survey::calibrate(
    survey::postStratify(calibrated$rake, ~stype, types), ~both, c("(Intercept)" = 6194, bothYes = 3900), calfun = "raking"
  )
  calibrated$trimmed <- survey::trimWeights(calibrated$rake_strata_raking, upper = 40)
  said <- c(strata = "post-stratified by", rake = "raked by", "rake clusters" = "raked by",
            strata_linear = "post-stratified and calibrated by", rake_strata_raking = "raked and post-stratified and calibrated",
            trimmed = "raked and post-stratified and calibrated")
  said[setdiff(names(calibrated), names(said))] <- "Weights +pw, calibrated.* calibrated by package survey"
  for (name in names(calibrated)) {
    there <- calibrated[[name]]
    here <- as_weeg_design(there)
    expect_lt(calibrated_errors(here, there), 1e-9, label = name)
    expect_lt(calibrated_errors(as_weeg_design(subset(there, ell < 20)), subset(there, ell < 20)), 1e-9, label = name)
    expect_lt(calibrated_errors(subset(here, ell < 20), subset(there, ell < 20)), 1e-9, label = name)
    expect_lt(calibrated_errors(here, as_svydesign(here)), 1e-9, label = name)
    expect_match(paste(format(here), collapse = " "), said[[name]])
  }
  # a row without weight
  light <- transform(clus1, pw = ifelse(seq_along(pw) == 5L, 0, pw))
  there <- suppressWarnings(survey::svydesign(id = ~dnum, weights = ~pw, data = light))
  there <- survey::postStratify(there, ~stype, types)
  expect_equal(weeg_total(as_weeg_design(there), ~stype)$estimate, types$Freq, tolerance = 1e-12)
})

test_that("calibrated designs and designs with replicates go to survey and come back", {
  needs_survey()
  strat <- survey_data("apistrat")
  d <- like_survey(strat, weights = ~pw, strata = ~stype, fpc = ~fpc)
  margins <- list(sch.wide = c(No = 1072, Yes = 5122), awards = c(No = 2027, Yes = 4167))
  set.seed(4)
  half <- weeg_design(transform(strat, h = rep(1:100, each = 2)), weights = ~pw, strata = ~h)
  columns <- strat$pw * matrix(stats::rexp(200 * 30), 200)
  designs <- list(
    raked = weeg_rake(d, margins), logit = weeg_calibrate(d, margins, method = "logit", bounds = c(0.5, 2)),
    strata = weeg_poststratify(d, ~stype, c(E = 4421, H = 755, M = 1018)), trimmed = weeg_rake(weeg_trim(d, 40), margins),
    jkn = weeg_replicates(d, "jkn"), brr = weeg_replicates(half, "brr"),
    fay = weeg_replicates(half, "fay", rho = 0.3, mse = TRUE),
    bootstrap = weeg_replicates(d, "rao-wu", 40), preston = weeg_replicates(d, "preston", 40),
    given = weeg_replicate_design(strat, ~pw, columns, "bootstrap"), acs = weeg_replicate_design(strat, ~pw, columns, "acs"),
    df = weeg_replicate_design(strat, ~pw, columns / strat$pw, "bootstrap", combined = FALSE, df = 17)
  )
  for (name in names(designs)) {
    for (x in list(designs[[name]], subset(designs[[name]], ell < 20))) {
      there <- suppressMessages(as_svydesign(x))
      expect_lt(calibrated_errors(x, there), 1e-9, label = name)
      expect_lt(calibrated_errors(suppressMessages(as_weeg_design(there)), there), 1e-9, label = name)
      if (is.null(x$replicates)) next
      expect_s3_class(there, "svyrep.design")
      expect_equal(unique(weeg_proportion(x, ~comp.imp)$df), as.double(survey::degf(there)), label = name)
    }
  }
  expect_identical(suppressMessages(as_svydesign(designs$fay))$type, "Fay")
  skip_if_not_installed("srvyr")
  expect_s3_class(suppressMessages(srvyr::as_survey(designs$raked)), "tbl_svy")
  expect_s3_class(srvyr::as_survey(designs$jkn), "tbl_svy")
})

test_that("a design goes to survey and srvyr and comes back", {
  pairs <- design_pairs()
  set.seed(2)
  for (label in names(pairs)) {
    native <- pairs[[label]][[2L]]
    formula <- pairs[[label]][[3L]]
    native$data$inside <- stats::runif(nrow(native$data)) < 0.6
    for (d in list(native, subset(native, inside))) {
      there <- as_svydesign(d)
      outcome <- stats::reformulate(deparse1(formula[[2L]]))
      p <- weeg_proportion(d, outcome)
      want <- survey::svymean(outcome, there, na.rm = TRUE)
      factors <- is.factor(d$data[[deparse1(formula[[2L]])]])
      if (factors) {
        expect_lt(max(relative_error(p$estimate, stats::coef(want)), relative_error(p$std.error, survey::SE(want))), 1e-11,
                  label = label)
      }
      expect_identical(unique(p$df), as.double(survey::degf(there)), label = label)
      expect_same_results(as_weeg_design(there), d, formula, paste(label, "round trip"))
    }
  }
})

test_that("as_svydesign() says what survey cannot know, and refuses what it cannot do", {
  strat <- survey_data("apistrat")
  d <- like_survey(strat, weights = ~pw, strata = ~stype, fpc = ~fpc, lonely = "adjust", lonely_domain = TRUE)
  before <- options(survey.lonely.psu = "fail", survey.adjust.domain.lonely = FALSE)
  on.exit(options(before))
  expect_message(as_svydesign(d), "survey.lonely.psu = \"adjust\", survey.adjust.domain.lonely = TRUE")
  options(survey.lonely.psu = "adjust", survey.adjust.domain.lonely = TRUE)
  expect_silent(s <- as_svydesign(d))
  expect_true(as_weeg_design(s)$frame$lonely_domain)
  expect_error(as_svydesign(weeg_tally(d, ~stype)), "rows of a tally are gone", class = "weeg_error_argument")
  expect_error(as_svydesign(strat), "must be a weeg_design", class = "weeg_error_argument")
  one <- like_survey(data.frame(p = c(1, 1), y = 1:2), cluster = ~p, lonely = "adjust", lonely_domain = TRUE)
  expect_error(as_svydesign(one), "survey cannot hold this design", class = "weeg_error_unsupported")
  skip_if_not_installed("srvyr")
  t <- srvyr::as_survey(d)
  expect_s3_class(t, "tbl_svy")
  expect_same_results(as_weeg_design(t), d, awards ~ yr.rnd, "srvyr")
})

test_that("random multistage designs are taken over, and given back", {
  needs_survey()
  for (seed in 1:40) {
    x <- random_stages(seed)
    x$lonely <- "remove"
    x$lonely_domain <- FALSE
    native <- stages_weeg(x)
    taken <- as_weeg_design(stages_survey(x)[which(x$data$inside), ], lonely = "remove")
    back <- as_weeg_design(suppressMessages(as_svydesign(native)), lonely = "remove")
    want <- weeg_total(native, ~fy)
    for (d in list(taken, back)) {
      got <- weeg_total(d, ~fy)
      expect_lt(max(relative_error(got$estimate, want$estimate), relative_error(got$std.error, want$std.error)), 1e-11,
                label = paste("seed", seed))
      expect_identical(got$df, want$df)
    }
  }
})

test_that("survey gets user-missing values as missing, and dates as dates", {
  skip_if_not_installed("survey")
  spss <- c("haven_labelled_spss", "haven_labelled", "vctrs_vctr", "double")
  d <- data.frame(w = c(1, 2, 1, 4))
  d$age <- structure(c(30, 40, 999, 60), labels = c(refused = 999), na_values = 999, class = spss)
  d$day <- structure(c(18262, 18262, NA, 18263), format.spss = "DATE11", na_values = 0, class = spss)
  s <- as_svydesign(weeg_design(d, weights = ~w))
  expect_equal(as.vector(stats::coef(survey::svymean(~age, s, na.rm = TRUE))), (30 + 80 + 240) / 7, tolerance = 1e-14)
  expect_identical(as.character(s$variables$day), c("2020-01-01", "2020-01-01", NA, "2020-01-02"))
})
