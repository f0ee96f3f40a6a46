# Functions of proportions, against survey's svycontrast() of the same expressions: its derivatives are symbolic, too, and its
# covariances those of svymean() and svyby(covmat = TRUE). Tolerances: 1e-9, as sums of a few hundred numbers are added in
# another order.

k <- 0.1 # a number in functions

expect_contrast <- function(got, estimate, std_error, df = NULL, info = NULL) {
  expect_equal(got$estimate, as.double(estimate), tolerance = 1e-9, info = info)
  expect_equal(got$std.error, as.double(std_error), tolerance = 1e-9, info = info)
  if (!is.null(df)) expect_equal(got$df, df, info = info)
}

test_that("functions of one question are svycontrast's, in all and in groups", {
  skip_if_not_installed("survey")
  x <- openvoorwerk
  d <- weeg_design(x, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, conventions = "survey")
  s <- subset(survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = x, nest = TRUE), !is.na(strengths))
  mean <- survey::svymean(~strengths, s)
  for (case in list(list(~ helemaal - niet, quote(strengthshelemaal - strengthsniet)),
                    list(~ log(helemaal / niet), quote(log(strengthshelemaal / strengthsniet))),
                    list(~ sqrt(grotendeels) * exp(2 * niet) + `een beetje`^3,
                         quote(sqrt(strengthsgrotendeels) * exp(2 * strengthsniet) + `strengthseen beetje`^3)))) {
    known <- survey::svycontrast(mean, list(f = case[[2]]))
    got <- weeg_contrast(d, ~strengths, case[[1]])
    expect_contrast(got, stats::coef(known), survey::SE(known), survey::degf(s), deparse(case[[1]]))
    limits <- stats::confint(known, df = survey::degf(s))
    expect_equal(c(got$conf.low, got$conf.high), as.double(limits), tolerance = 1e-9)
  }
  got <- weeg_contrast(d, strengths ~ provider, lead = ~ helemaal - niet)
  for (k in seq_len(nrow(got))) {
    mean <- survey::svymean(~strengths, subset(s, provider == as.character(got$provider[k])))
    known <- survey::svycontrast(mean, list(f = quote(strengthshelemaal - strengthsniet)))
    expect_contrast(got[k, ], stats::coef(known), survey::SE(known))
  }
})

test_that("functions of two questions are of those who answered both", {
  skip_if_not_installed("survey")
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, conventions = "survey")
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk, nest = TRUE)
  both <- survey::svymean(~ strengths + relapse, subset(s, !is.na(strengths) & !is.na(relapse)))
  known <- survey::svycontrast(both, list(f = quote(strengthsniet / relapseniet)))
  got <- weeg_contrast(d, strengths + relapse ~ 1, ~ strengths$niet / relapse[["niet"]])
  expect_contrast(got, stats::coef(known), survey::SE(known))
  expect_identical(as.integer(got$n), sum(!is.na(openvoorwerk$strengths) & !is.na(openvoorwerk$relapse)))
})

test_that("functions of several groups have the covariance of PSUs that these share", {
  skip_if_not_installed("survey")
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, conventions = "survey")
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk, nest = TRUE)
  by <- survey::svyby(~ I(1 * (strengths == "niet")), ~provider, s, survey::svymean, na.rm = TRUE, covmat = TRUE)
  known <- survey::svycontrast(by, list(f = quote(werkplein / `re-integratiebureau` - `sociale dienst`)))
  got <- weeg_contrast(d, strengths ~ provider,
                       ~ werkplein$niet / `re-integratiebureau`$niet - `sociale dienst`[["niet"]])
  expect_contrast(got, stats::coef(known), survey::SE(known))
  # a difference of groups is that of weeg_compare(), whose interval has the same scale under these conventions
  pair <- weeg_compare(d, strengths ~ provider, pairs = c("werkplein", "sociale dienst"), answers = "niet",
                       measures = "difference")
  got <- weeg_contrast(d, strengths ~ provider, ~ werkplein$niet - `sociale dienst`$niet)
  expect_equal(unlist(got[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")]),
               unlist(pair[c("estimate", "std.error", "conf.low", "conf.high", "statistic", "df", "p.value")]), tolerance = 1e-9)
})

# Strata of unequal weights, sometimes a finite population, groups that are nested or not, missing answers.
random_rows <- function(seed) {
  set.seed(seed)
  strata <- sample(2:5, 1)
  psus <- sample(2:6, strata, TRUE)
  frame <- data.frame(h = rep(seq_len(strata), psus), psu = seq_len(sum(psus)), N = rep(psus + sample(1:30, 1), psus))
  x <- frame[sample(nrow(frame), sample(80:300, 1), TRUE), ]
  x$w <- stats::rexp(nrow(x)) + 0.1
  x$y <- factor(sample(c("a", "b", "c"), nrow(x), TRUE, stats::runif(3) + 0.3), levels = c("a", "b", "c"))
  x$z <- factor(ifelse(stats::runif(nrow(x)) < 0.4, as.character(x$y), sample(c("a", "b"), nrow(x), TRUE)))
  x$g <- factor(if (seed %% 2 == 0) x$psu %% 3 else sample(0:2, nrow(x), TRUE), labels = c("p", "q", "r"))
  x$y[sample(nrow(x), 10)] <- NA
  x
}

test_that("functions in random designs are svycontrast's", {
  skip_if_not_installed("survey")
  old <- options(survey.lonely.psu = "adjust")
  on.exit(options(old))
  compared <- 0
  for (seed in seq_len(number_from("WEEG_FUNCTIONS", 60L))) {
    x <- random_rows(seed)
    if (nlevels(droplevels(x$g)) < 3L || length(unique(x$psu)) < 4L || nlevels(x$z) < 2L) next
    fpc <- if (seed %% 3 == 0) ~N
    d <- weeg_design(x, weights = ~w, strata = ~h, cluster = ~psu, fpc = fpc, lonely = "adjust", conventions = "survey")
    s <- survey::svydesign(~psu, strata = ~h, weights = ~w, fpc = fpc, data = x)
    mean <- survey::svymean(~ y + z, subset(s, !is.na(y) & !is.na(z)))
    if (anyNA(survey::SE(mean))) next
    known <- survey::svycontrast(mean, list(f = quote((ya - yb) / (yc + 0.1) + zb * ya)))
    got <- weeg_contrast(d, y + z ~ 1, ~ (y$a - y$b) / (y$c + k) + z$b * y$a)
    expect_contrast(got, stats::coef(known), survey::SE(known), info = seed)
    inside <- subset(s, !is.na(y))
    if (seed %% 2 == 0) next # groups of whole PSUs, of which one alone has no variance here
    by <- survey::svyby(~ I(1 * (y == "a")), ~g, inside, survey::svymean, covmat = TRUE)
    known <- survey::svycontrast(by, list(f = quote(p * q - r)))
    got <- weeg_contrast(d, y ~ g, ~ p$a * q$a - r$a)
    expect_contrast(got, stats::coef(known), survey::SE(known), info = seed)
    compared <- compared + 1
  }
  expect_gt(compared, 15)
})

test_that("derivatives of functions that D() does not know are differences", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  squash <- function(x) x^3 / (1 + x)
  got <- weeg_contrast(d, ~strengths, ~ squash(niet))
  known <- weeg_contrast(d, ~strengths, ~ niet^3 / (1 + niet))
  expect_equal(got$std.error, known$std.error, tolerance = 1e-8) # the error of differences of order step^4 = 1e-12
  expect_identical(got$estimate, known$estimate)
})

test_that("under the conventions of this package effective degrees of freedom are those of shares and differences", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  one <- weeg_contrast(d, strengths ~ provider, ~niet)
  share <- weeg_proportion(d, strengths ~ provider)
  share <- share[share$level == "niet", ]
  expect_equal(one$std.error, share$std.error, tolerance = 1e-10)
  # the same working model, but with a proportion that is moved by one respondent: within a hundredth
  expect_equal(one$df, share$df, tolerance = 0.01)
  pair <- weeg_compare(d, strengths ~ provider, pairs = c("werkplein", "sociale dienst"), answers = "niet",
                       measures = "difference")
  two <- weeg_contrast(d, strengths ~ provider, ~ werkplein$niet - `sociale dienst`$niet)
  expect_equal(two$df, pair$df, tolerance = 0.05)
  # scale, order and the question asked the other way round change nothing
  reverse <- weeg_contrast(d, strengths ~ provider, ~ -7 * niet + 1, null = 1)
  expect_equal(-reverse$statistic, one$statistic, tolerance = 1e-12)
  expect_equal(reverse$df, one$df, tolerance = 1e-8)
})

test_that("what has no estimate or no variance says why", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  none <- weeg_contrast(subset(d, leeftijd > 1000), strengths ~ provider, ~niet)
  expect_true(all(is.na(none$estimate)) && all(weeg_reason_code(none$reason) == "empty"))
  x <- data.frame(y = factor(c("a", "a", "b", "a")), g = c("p", "p", "q", "q"), psu = c(1, 1, 2, 3))
  got <- weeg_contrast(weeg_design(x, cluster = ~psu), y ~ g, ~ log(b / a))
  expect_identical(weeg_reason_code(got$reason[1L]), "empty") # the logarithm of 0
  got <- weeg_contrast(weeg_design(x, cluster = ~psu), y ~ 1, ~ a + b)
  expect_identical(c(got$estimate, got$std.error), c(1, 0))
  # groups that are PSUs, of which some are in one stratum only
  town <- weeg_contrast(subset(d, ronde == "ronde 2"), strengths ~ gemeente, ~ helemaal - niet)
  alone <- weeg_proportion(subset(d, ronde == "ronde 2"), strengths ~ gemeente)
  expect_true(all(is.na(alone$std.error[alone$estimate > 0 & alone$estimate < 1])))
  varies <- !is.na(town$estimate) & !abs(town$estimate) == 1
  expect_identical(sum(varies), 20L) # the towns of that round in which more than one answer was given
  expect_true(all(is.na(town$std.error[varies])) && all(weeg_reason_code(town$reason[varies]) == "no-variance"))
})

test_that("functions that cannot be are refused in words", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  for (case in list(
    list(quote(weeg_contrast(d, strengths ~ provider)), "no function is given"),
    list(quote(weeg_contrast(d, ~strengths, ~ ja - niet)), "neither an answer nor a number"),
    list(quote(weeg_contrast(d, ~strengths, ~ 1 + pi)), "has no answer in it"),
    list(quote(weeg_contrast(d, ~strengths, 3)), "is not a function of answers"),
    list(quote(weeg_contrast(d, ~strengths, y ~ niet)), "is not a function of answers"),
    list(quote(weeg_contrast(d, ~strengths, a = ~niet, a = ~helemaal)), "two functions"),
    list(quote(weeg_contrast(d, strengths ~ provider, ~ werkplein$niet - niet)), "with a group and without"),
    list(quote(weeg_contrast(d, strengths ~ provider, ~ werkplein$niet, ~helemaal)), "in two calls"),
    list(quote(weeg_contrast(d, strengths ~ provider, ~ dorp$niet)), "is no answer"),
    list(quote(weeg_contrast(d, strengths + relapse ~ provider, ~niet)), "neither an answer nor a number"),
    list(quote(weeg_contrast(d, ~strengths, ~ c(niet, helemaal))), "is not one number"),
    list(quote(weeg_contrast(d, ~strengths, f = ~niet)), "which R takes for another argument"),
    list(quote(weeg_contrast(d, ~strengths, ~niet, null = "a")), "`null`"),
    list(quote(weeg_contrast(d, ~strengths, ~niet, null = c(1, 2))), "`null`")
  )) expect_error(eval(case[[1L]]), case[[2L]], fixed = TRUE, class = "weeg_error")
})

test_that("prints, tidy frames and plots have what was computed", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  x <- weeg_contrast(d, strengths ~ provider, lead = ~ helemaal - niet, share = quote(niet))
  expect_identical(names(coef(x))[1:2], c("lead:werkplein", "lead:sociale dienst"))
  expect_equal(unname(confint(x)[, 1]), x$conf.low)
  tidied <- generics::tidy(x)
  expect_identical(tidied$estimate, x$estimate)
  expect_identical(as.list(weeg_contrast(weeg_tally(d, ~ strengths + provider), strengths ~ provider, lead = ~ helemaal - niet)),
                   as.list(weeg_contrast(d, strengths ~ provider, lead = ~ helemaal - niet)))
  skip_if_not_installed("ggplot2")
  for (shown in list(x, x[x$contrast == "lead", ], weeg_contrast(d, ~strengths, ~ helemaal - niet))) {
    built <- ggplot2::ggplot_build(ggplot2::autoplot(shown))
    expect_true(any(vapply(built$data, function(layer) all(shown$estimate %in% layer$x) || all(shown$estimate %in% layer$y), NA)))
  }
})

test_that("a function that is no formula, of names that are nowhere, is refused with what to write", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht)
  expect_error(weeg_contrast(d, ~strengths, helemaal - niet), "formula with nothing on its left", class = "weeg_error_argument")
})
