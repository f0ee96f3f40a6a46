# vcov() of proportions, means, ratios and totals, against svymean(), svytotal() and svyby(covmat = TRUE) of package survey, at
# least 4.5, on random designs: plain, calibrated, and with replicate weights. Tolerance: 1e-9 of the product of two standard
# errors.
# WEEG_DESIGNS sets the number of designs of each kind (20).

# A number, and what is compared: the design of both, with groups in `fg`.
number_column <- function(seed, data) {
  set.seed(seed + 11L)
  data$v <- 50 + 10 * stats::rnorm(nrow(data)) + as.integer(data$unit) %% 3
  data$u <- 1 + stats::rexp(nrow(data))
  data
}

# estimates: sizes beside which standard errors may be rounding noise.
compare_matrix <- function(log, statistic, got, want, estimates) {
  se <- sqrt(diag(want))
  se[is.na(se)] <- 0
  some <- !is.na(diag(got)) & se > 1e-7 * max(se, 0) & se > 0
  if (!any(some)) return(invisible())
  got <- unname(got[some, some, drop = FALSE])
  want <- unname(want[some, some, drop = FALSE])
  log$same(statistic, c(got), c(want), floor = c(outer(se[some], se[some])),
           condition = 1 + max(abs(estimates[some]) / se[some]))
}

by_survey <- function(design, figure) {
  if (figure == "ratio") return(ratios_by_survey(design))
  of <- if (figure == "mean") survey::svymean else survey::svytotal
  found <- survey::svyby(~v, ~fg, design, of, covmat = TRUE)
  list(groups = as.character(found$fg), covariance = stats::vcov(found))
}

# Of columns that are 0 outside a group: svyby() has no matrix of ratios with calibrated weights.
ratios_by_survey <- function(design) {
  groups <- as.character(unique(design$variables$fg))
  for (k in seq_along(groups)) {
    inside <- design$variables$fg == groups[k]
    design$variables[paste0(c("v_", "u_"), k)] <- list(design$variables$v * inside, design$variables$u * inside)
  }
  columns <- function(letter) stats::reformulate(paste0(letter, "_", seq_along(groups)))
  found <- survey::svyratio(columns("v"), columns("u"), design, covmat = TRUE)
  own <- paste0("v_", seq_along(groups), "/u_", seq_along(groups))
  at <- match(own, names(stats::coef(found)))
  list(groups = groups, covariance = stats::vcov(found)[at, at, drop = FALSE])
}

# Of one group survey has no matrix.
compare_vcov <- function(log, kind, ours, theirs) {
  if (length(unique(theirs$variables$fg)) < 2L) return(invisible())
  name <- function(what) paste0(kind, ": ", what)
  got <- list(mean = weeg_mean(ours, v ~ fg, covariance = TRUE), total = weeg_total(ours, v ~ fg, covariance = TRUE),
              ratio = weeg_ratio(ours, v / u ~ fg, covariance = TRUE))
  for (figure in names(got)) {
    want <- by_survey(theirs, figure)
    at <- match(want$groups, got[[figure]]$fg)
    compare_matrix(log, name(figure), stats::vcov(got[[figure]])[at, at, drop = FALSE], want$covariance,
                   got[[figure]]$estimate[at])
  }
  shares <- weeg_proportion(ours, ~fg, covariance = TRUE)
  compare_matrix(log, name("proportion"), stats::vcov(shares), stats::vcov(survey::svymean(~fg, theirs)), shares$estimate)
  counts <- weeg_total(ours, ~fg, covariance = TRUE)
  compare_matrix(log, name("count"), stats::vcov(counts), stats::vcov(survey::svytotal(~fg, theirs)), counts$estimate)
}

known_groups <- function(data) {
  data$fg[is.na(data$fg)] <- levels(data$fg)[1L]
  data
}

# Strata with one PSU, and domains, have other rules where all groups are one domain.
plain_designs <- function(seed) {
  x <- random_design(seed)
  x$data <- known_groups(number_column(seed, x$data))
  x$data$w[x$data$w == 0] <- 1
  x$by_tally <- x$domain <- FALSE
  log <- new_account(seed)
  units <- tapply(if (x$clustered) x$data$unit else seq_len(nrow(x$data)), x$data$stratum, function(u) length(unique(u)))
  if (any(units < 2, na.rm = TRUE)) return(log$result())
  before <- options(survey.use_rcpp = FALSE)
  on.exit(options(before))
  compare_vcov(log, "plain", weeg_view(x), survey_view(x))
  s <- calibration_scene(seed)
  s$x$data <- s$data <- known_groups(number_column(seed, s$data))
  x <- s$x
  x$domain <- FALSE
  ours <- tryCatch(calibrated_weeg(s, weeg_view(x)), weeg_error_calibration = function(e) NULL)
  theirs <- calibrated_survey(s, survey_view(x))
  if (is.null(ours) || is.null(theirs)) return(log$result())
  if (max(relative_error(ours$weights, stats::weights(theirs))) < 1e-11) compare_vcov(log, "calibrated", ours, theirs)
  log$result()
}

replicate_designs <- function(seed) {
  s <- replicate_scene(seed, function(seed, data) {
    data$inside <- TRUE
    known_groups(number_column(seed, data))
  })
  log <- new_account(seed)
  part <- part_of(s, rep(TRUE, nrow(s$data)))
  groups <- tapply(s$data$w, s$data$fg, sum, default = 0)
  # a replicate that gives a group no weight is left out for that group alone, by survey for all of them
  full <- all(rowsum(stats::weights(s$survey, "analysis"), as.character(s$data$fg)) > 0)
  if (!part$empty && full && all(groups > 0)) quiet(compare_vcov(log, "replicates", s$weeg, s$survey))
  log$result()
}

test_that("covariances are those of package survey in random designs", {
  needs_survey()
  found <- expect_same_accounts(plain_designs, number_from("WEEG_DESIGNS", 20L))
  expect_gt(sum(grepl("calibrated", found$account$statistic)), 0)
})

test_that("covariances over replicates are those of package survey in random designs", {
  needs_survey()
  expect_same_accounts(replicate_designs, number_from("WEEG_DESIGNS", 20L))
})

test_that("a matrix has the names of coef(), and needs all rows", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  for (x in list(weeg_mean(d, leeftijd ~ ronde + provider, covariance = TRUE),
                 weeg_total(d, ~ ronde + provider, covariance = TRUE),
                 weeg_proportion(d, strengths ~ ronde, covariance = TRUE), weeg_mean(d, ~leeftijd, covariance = TRUE))) {
    v <- vcov(x)
    expect_identical(dimnames(v), list(names(coef(x)), names(coef(x))))
    expect_identical(unname(diag(v)), x$std.error^2)
    expect_identical(v, t(v))
    if (nrow(x) > 1L) expect_error(vcov(x[-1L, ]), "rows were taken", class = "weeg_error_argument")
  }
  expect_error(vcov(weeg_mean(d, ~leeftijd)), "has no covariances", class = "weeg_error_argument")
  expect_error(weeg_proportion(d, ~ strengths + relapse, covariance = TRUE), "one outcome", class = "weeg_error_argument")
  expect_error(weeg_mean(d, ~leeftijd, covariance = NA), "`covariance`", class = "weeg_error_argument")
  expect_error(weeg_proportion(d, strengths ~ provider, adjust_for = ~ronde, covariance = TRUE), "adjusted",
               class = "weeg_error_unsupported")
  # an answer that nobody gave has a variance of 0, and a group of one row none
  one <- openvoorwerk
  one$single <- c("one", rep("others", nrow(one) - 1L))
  v <- vcov(weeg_mean(weeg_design(one, weights = ~gewicht, cluster = ~gemeente), leeftijd ~ single, covariance = TRUE))
  expect_true(all(is.na(v["one", ])) && !is.na(v["others", "others"]))
})

test_that("the covariance of a lead is that of weeg_contrast()", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  x <- weeg_proportion(d, ~strengths, covariance = TRUE)
  k <- as.numeric(x$level == "helemaal") - as.numeric(x$level == "niet")
  expect_equal(sqrt(c(k %*% vcov(x) %*% k)), weeg_contrast(d, ~strengths, ~ helemaal - niet)$std.error, tolerance = 1e-12)
})
