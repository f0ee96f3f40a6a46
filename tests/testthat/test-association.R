# Effect sizes against textbook formulas, their standard errors against influence functions that are derived by complex-step
# differentiation (exact to rounding: Squire and Trapp 1998, SIAM Review 40) and given to survey::svytotal; kappa against
# survey::svykappa; published examples in tests/reference/PROVENANCE.md.

# ---- textbook formulas of a matrix of proportions (or counts), complex or not --------------------------------------------

pairs_of <- function(p, discordant = FALSE) {
  if (discordant) p <- p[, rev(seq_len(ncol(p))), drop = FALSE]
  sum <- 0
  for (r in seq_len(nrow(p) - 1L)) {
    for (k in seq_len(ncol(p) - 1L)) sum <- sum + p[r, k] * sum(p[-seq_len(r), -seq_len(k)])
  }
  2 * sum
}

# Cohen's (p_o - p_e) / (1 - p_e) in terms of disagreement, which keeps its digits where p_e is near 1.
agreement <- function(p, weight) {
  p <- p / sum(p)
  apart <- abs(row(p) - col(p)) / (nrow(p) - 1)
  v <- switch(weight, none = apart > 0, linear = apart, quadratic = apart^2)
  1 - sum(v * p) / sum(v * outer(rowSums(p), colSums(p)))
}

phi2 <- function(p) {
  p <- p[Re(rowSums(p)) > 0, Re(colSums(p)) > 0, drop = FALSE]
  e <- outer(rowSums(p), colSums(p))
  sum((p * sum(p) - e)^2 / e) / sum(p)
}

smallest_side <- function(p) min(sum(Re(rowSums(p)) > 0), sum(Re(colSums(p)) > 0)) - 1

untied <- function(margin) {
  sum <- 0
  for (k in seq_along(margin)) sum <- sum + margin[k] * sum(margin[-k])
  sum
}

formulas <- list(
  "cramers-v" = function(p) sqrt(phi2(p) / smallest_side(p)),
  "gamma" = function(p) (pairs_of(p) - pairs_of(p, TRUE)) / (pairs_of(p) + pairs_of(p, TRUE)),
  "tau-b" = function(p) (pairs_of(p) - pairs_of(p, TRUE)) / sqrt(untied(rowSums(p)) * untied(colSums(p))),
  "somers-d" = function(p) (pairs_of(p) - pairs_of(p, TRUE)) / untied(rowSums(p)),
  "kappa" = function(p) agreement(p, "none"), "kappa-linear" = function(p) agreement(p, "linear"),
  "kappa-quadratic" = function(p) agreement(p, "quadratic")
)

complex_step <- function(f, p) {
  step <- 1e-30
  vapply(seq_along(p), function(i) {
    moved <- p + 0i
    moved[i] <- moved[i] + complex(imaginary = step)
    Im(f(moved)) / step
  }, 0)
}

# ---- random designs ----------------------------------------------------------------------------------------------------

common_levels <- 1:4

as_scale <- function(x) factor(as.integer(x), levels = common_levels, ordered = TRUE)

compare_association <- function(s) {
  s$data$x_scale <- as_scale(s$data$fg)
  s$data$y_scale <- as_scale(s$data$fy)
  s$x$data <- s$data
  s$x$by_tally <- FALSE
  s$survey <- survey_view(s$x)
  known <- domain_of(s, !is.na(s$data$cell))
  got <- attempt(s, "association: n", list(known), function() {
    weeg_association(weeg_view(s$x), y_scale ~ x_scale, measures = c("cramers-v-corrected", names(formulas)))
  })
  if (is.null(got)) return(invisible())
  got <- as.data.frame(got)
  rows <- known$counted$variables
  w <- stats::weights(known$counted)
  p <- unclass(tapply(w, list(rows$x_scale, rows$y_scale), sum, default = 0)) / sum(w)
  used <- c(sum(rowSums(p) > 0), sum(colSums(p) > 0))
  s$log$same("association: df", got$df[1L], domain_of(s, s$inside)$df)
  s$log$same("association: n", got$n[1L], known$n)
  for (measure in names(formulas)) {
    mine <- got[got$measure == measure, ]
    kappa <- startsWith(measure, "kappa")
    if (known$n == 0L || (!kappa && min(used) < 2L) || (kappa && is.nan(formulas[[measure]](p)))) {
      s$log$except(paste0(measure, ": estimate"), "fewer than two rows or columns",
                   is.na(mine$estimate) && !is.na(mine$reason))
      next
    }
    compare_effect(s, measure, mine, p, known)
  }
  if (min(used) >= 2L) compare_cramer_limits(s, got, p)
}

compare_effect <- function(s, measure, mine, p, known) {
  f <- formulas[[measure]]
  want <- f(p)
  statistic <- function(what) paste0(measure, ": ", what)
  if (is_v(measure) && any(unlist(table_alone(s)))) {
    none <- is.na(mine$std.error) && is.na(mine$conf.low) && !is.na(mine$reason)
    return(s$log$except(statistic("standard error"), "in one PSU", none))
  }
  edge <- abs(want) > 1 - 1e-10 || (measure == "cramers-v" && want < 1e-7)
  lost <- if (is_v(measure)) 1 / want^2 else 1
  s$log$same(statistic("estimate"), mine$estimate, want, 1e-5, lost, known$reason)
  if (edge) return(s$log$except(statistic("standard error"), "at the boundary of its range", is.na(mine$std.error)))
  gradient <- complex_step(f, p)
  gradient <- gradient - sum(gradient * p)
  rows <- known$design$variables
  cell <- cbind(as.integer(rows$x_scale), as.integer(rows$y_scale))
  total <- sum(stats::weights(known$counted))
  z <- matrix(gradient, nrow(p))[cell] / total
  if (any(is.na(z))) z[is.na(z)] <- 0 # a level that has rows of zero weight only
  v <- influence_covariance(known$design, matrix(z))
  se <- sqrt(drop(v))
  noise <- 1e-9 * max(abs(gradient))
  if (is.na(se) || se < noise) {
    return(s$log$except(statistic("standard error"), "no sampling variance", is.na(mine$std.error) || mine$std.error < 2 * noise))
  }
  condition <- lost * max(abs(gradient)) / se + 1 / (1 - abs(want))
  s$log$same(statistic("standard error"), mine$std.error, se, 1e-9, condition, known$reason)
  if (mine$df < 1) {
    return(s$log$except(statistic("limits"), "no degrees of freedom", is.na(mine$conf.low) && !is.na(mine$reason)))
  }
  if (is_v(measure)) return(invisible())
  half <- stats::qt(0.975, mine$df) * se / (1 - want^2)
  s$log$same(statistic("limits"), c(mine$conf.low, mine$conf.high), tanh(atanh(want) + c(-half, half)), 1e-6,
             condition * (1 + half), known$reason)
}

is_v <- function(measure) measure == "cramers-v"

# Of both V: from V and its standard error, n, and what weeg_test() says of independence and design effects.
compare_cramer_limits <- function(s, got, p) {
  v <- got[got$measure == "cramers-v", ]
  corrected <- got[got$measure == "cramers-v-corrected", ]
  test <- weeg_test(weeg_view(s$x), y_scale ~ x_scale, proportions = "null")
  if (is.na(v$conf.low)) {
    # without limits of V there are none of the corrected V
    return(s$log$except("cramers-v: limits", "no limits", !is.na(v$reason) && is.na(corrected$conf.low)))
  }
  if (is.na(test$p.value)) {
    return(s$log$except("cramers-v-corrected: limits", "no test", is.na(corrected$conf.low) && corrected$reason == test$reason))
  }
  used <- c(sum(rowSums(p) > 0), sum(colSums(p) > 0)) - 1
  half <- stats::qt(0.975, v$df) * v$std.error / (1 - v$estimate^2)
  low <- if (test$p.value >= 0.05) 0 else max(0, tanh(atanh(v$estimate) - half))
  high <- tanh(atanh(v$estimate) + half)
  condition <- (1 + half) / (1 - v$estimate)
  s$log$same("cramers-v: limits", c(v$conf.low, v$conf.high), c(low, high), 1e-6, condition)
  n <- (test$n - 1) / test$deff.mean
  divisor <- min(used - used^2 / n)
  if (divisor <= 0) {
    return(s$log$except("cramers-v-corrected: estimate", "few rows", is.na(corrected$estimate) && !is.na(corrected$reason)))
  }
  correct <- function(v) sqrt(pmax(0, v^2 * min(used) - prod(used) / n) / divisor)
  want <- correct(v$estimate)
  near <- condition / divisor / pmin(1, c(low, high, v$estimate)^2 + 1e-6)
  s$log$same("cramers-v-corrected: limits", c(corrected$conf.low, corrected$conf.high), correct(c(low, high)), 1e-3,
             near[1:2])
  s$log$same("cramers-v-corrected: estimate", corrected$estimate, want, 1e-3, near[3L])
  if (want < 1e-3) return(invisible())
  # sqrt(phi2 / smaller) and sqrt((phi2 - bias) / divisor) have derivatives in this ratio
  se <- v$std.error * min(used) * v$estimate / (divisor * want)
  s$log$same("cramers-v-corrected: standard error", corrected$std.error, se, 0, near[3L] / want^2)
}

test_that("random designs: estimates are the textbook's, standard errors those of survey for their influence functions", {
  skip_on_cran()
  needs_survey()
  expect_same_in_designs(compare_association, number_from("WEEG_DESIGNS", 100L))
})

test_that("where V is 1, its bias-corrected form has no limits made of rounding noise either", {
  needs_survey()
  x <- random_design(767L) # by its frame: every column occurs in one row only
  got <- weeg_association(weeg_view(x), y ~ g, measures = c("cramers-v", "cramers-v-corrected"))
  expect_identical(got$estimate[1L], 1)
  expect_true(all(is.na(got$std.error)) && all(is.na(got$conf.low)) && all(is.na(got$conf.high)))
  expect_identical(got$reason[2L], got$reason[1L])
})

# ---- other references --------------------------------------------------------------------------------------------------

as_rows <- function(counts) {
  at <- rep(seq_along(counts), counts)
  data.frame(x = row(counts)[at], y = col(counts)[at])
}

published_tables <- list(
  list(counts = rbind(c(1, 3, 10, 6), c(2, 3, 10, 7), c(1, 6, 14, 12), c(0, 1, 9, 11)), measure = "gamma",
       estimate = 0.221, error = 0.117, digits = 3),
  list(counts = rbind(c(1, 3, 10, 6), c(2, 3, 10, 7), c(1, 6, 14, 12), c(0, 1, 9, 11)), measure = "tau-b",
       estimate = 0.1524, error = NA, digits = 4),
  list(counts = rbind(c(22, 2, 2, 0), c(5, 7, 14, 0), c(0, 2, 36, 0), c(0, 1, 17, 10)), measure = "kappa",
       estimate = 0.493, error = 0.057, digits = 3),
  list(counts = rbind(c(7, 1, 0), c(0, 8, 0), c(0, 0, 2)), measure = "kappa", estimate = 0.906, error = 0.092, digits = 3)
)

test_that("published examples: estimates and standard errors to the digits printed", {
  for (case in published_tables) {
    n <- sum(case$counts)
    got <- weeg_association(weeg_design(as_rows(case$counts)), y ~ x, measures = case$measure)
    expect_lte(abs(got$estimate - case$estimate), 0.5 * 10^-case$digits, label = case$measure)
    # published: multinomial sampling; weeg: with replacement, which has n - 1 for n
    if (!is.na(case$error)) expect_lte(abs(got$std.error * sqrt((n - 1) / n) - case$error), 0.5 * 10^-case$digits)
  }
})

test_that("kappa is that of survey::svykappa, standard error too", {
  needs_survey()
  set.seed(8)
  x <- data.frame(a = sample(3, 400, TRUE), w = stats::runif(400, 1, 4), psu = sample(30, 400, TRUE))
  x$b <- ifelse(stats::runif(400) < 0.4, x$a, sample(3, 400, TRUE))
  x[c("a", "b")] <- lapply(x[c("a", "b")], factor)
  got <- weeg_association(weeg_design(x, ~w, cluster = ~psu), b ~ a, measures = "kappa")
  want <- survey::svykappa(~ a + b, survey::svydesign(~psu, weights = ~w, data = x))
  expect_equal(got$estimate, unname(stats::coef(want)), tolerance = 1e-12)
  expect_equal(got$std.error, drop(unname(survey::SE(want))), tolerance = 1e-11)
})

test_that("for a simple random sample the corrected V is Bergsma's", {
  # Pearson's X^2 of a table, its bias (r - 1)(c - 1) / (n - 1), and the corrected numbers of rows and columns; the mean
  # design effect of rows drawn with replacement is n / (n - 1)
  counts <- rbind(c(10, 20, 30, 5), c(25, 15, 20, 10), c(12, 8, 3, 22))
  n <- sum(counts)
  bergsma <- function(n1) {
    phi2 <- unname(stats::chisq.test(counts, correct = FALSE)$statistic) / n
    sqrt((phi2 - 6 / n1) / min(2 - 4 / n1, 3 - 9 / n1))
  }
  got <- weeg_association(weeg_design(as_rows(counts)), y ~ x, measures = "cramers-v-corrected")
  effect <- weeg_test(weeg_design(as_rows(counts)), y ~ x, proportions = "null")$deff.mean
  expect_equal(got$estimate, bergsma((n - 1) / effect), tolerance = 1e-12)
  expect_equal(got$estimate, bergsma(n - 1), tolerance = 0.02) # estimated design effects are near 1, not 1
})

# ---- the result ----------------------------------------------------------------------------------------------------------

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("columns, rows and attributes", {
  a <- weeg_association(d, strengths + relapse ~ provider, measures = "cramers-v")
  expect_identical(names(a), c("outcome", "group", "measure", "estimate", "std.error", "conf.low", "conf.high", "n", "df",
                               "reason"))
  expect_identical(a$outcome, c("strengths", "relapse"))
  expect_identical(a$group, c("provider", "provider"))
  expect_equal(a$estimate, weeg_test(d, strengths + relapse ~ provider)$cramers.v, tolerance = 1e-12)
  expect_identical(weeg_association(d, strengths ~ provider)$measure, c("cramers-v", "cramers-v-corrected"))
  expect_identical(weeg_association(d, strengths ~ relapse)$measure,
                   c("cramers-v", "cramers-v-corrected", "gamma", "tau-b", "somers-d"))
  expect_identical(names(stats::coef(a)), c("strengths:cramers-v", "relapse:cramers-v"))
  expect_identical(dim(stats::confint(a)), c(2L, 2L))
  expect_identical(tidy(a), as.data.frame(a))
  expect_identical(glance(a)$nobs, sum(a$n))
  expect_match(format(weeg_association(d, relapse ~ strengths)), "Somers' D", all = FALSE, fixed = TRUE)
})

test_that("a tally gives the same, and the outcome depends on the group", {
  t <- weeg_tally(d, ~ relapse + strengths)
  expect_identical(as.list(weeg_association(t, relapse ~ strengths)), as.list(weeg_association(d, relapse ~ strengths)))
  one <- weeg_association(d, relapse ~ strengths, measures = "somers-d")$estimate
  other <- weeg_association(d, strengths ~ relapse, measures = "somers-d")$estimate
  # tau-b is their geometric mean
  expect_equal(sqrt(one * other), weeg_association(d, relapse ~ strengths, measures = "tau-b")$estimate, tolerance = 1e-12)
})

test_that("what does not exist is NA with a reason", {
  all <- c("cramers-v", "cramers-v-corrected", "gamma", "tau-b", "somers-d", "kappa", "kappa-linear", "kappa-quadratic")
  of <- function(counts) weeg_association(weeg_design(as_rows(counts)), factor(y, 1:2) ~ factor(x, 1:2), measures = all)
  perfect <- of(diag(c(10, 20)))
  expect_equal(perfect$estimate, rep(1, 8), tolerance = 1e-12)
  expect_true(all(is.na(perfect$std.error) & is.na(perfect$conf.low) & grepl("boundary of its range", perfect$reason)))
  none <- of(matrix(10, 2, 2))
  expect_equal(none$estimate, rep(0, 8))
  expect_match(none$reason[1L], "boundary of its range")
  expect_match(none$reason[2L], "bias-corrected estimate is 0")
  expect_true(all(is.na(none$reason[-(1:2)]) & none$conf.low[-(1:2)] < 0 & none$conf.high[-(1:2)] > 0))
  one_row <- of(rbind(c(10, 20), 0))
  expect_true(all(is.na(one_row$estimate[1:5]) & grepl("fewer than two", one_row$reason[1:5])))
  expect_identical(one_row$estimate[6:8], rep(0, 3))
  one_cell <- of(rbind(c(10, 0), 0))
  expect_true(all(is.na(one_cell$estimate) & !is.na(one_cell$reason)))
  empty <- weeg_association(subset(d, leeftijd > 1000), relapse ~ strengths)
  expect_true(all(is.na(empty$estimate) & empty$reason == "no observations" & empty$n == 0))
  lone <- weeg_association(weeg_design(data.frame(as_rows(matrix(10, 2, 2) + diag(2)), p = 1), cluster = ~p,
                                       lonely = "remove"), y ~ x)
  expect_true(all(!is.na(lone$estimate[-2])) && all(is.na(lone$conf.low) & !is.na(lone$reason)))
})

test_that("bad input", {
  cases <- list(
    list(quote(weeg_association(d, ~strengths)), "one group", "formula"),
    list(quote(weeg_association(d, strengths ~ provider + ronde)), "one group", "formula"),
    list(quote(weeg_association(d, strengths ~ provider, measures = "phi")), "not \"phi\"", "argument"),
    list(quote(weeg_association(d, strengths ~ provider, measures = character())), "one or more of", "argument"),
    list(quote(weeg_association(d, strengths ~ provider, measures = "gamma")),
         "provider is not an ordered factor.*ordered = TRUE", "variable"),
    list(quote(weeg_association(d, provider ~ strengths, measures = "tau-b")), "provider is not an ordered factor", "variable"),
    list(quote(weeg_association(d, strengths ~ relapse, measures = "kappa")), "same levels.*te weinig.*een beetje", "variable"),
    list(quote(weeg_association(d, strengths ~ provider, level = 95)), "between 0 and 1", "argument")
  )
  for (case in cases) {
    expect_error(eval(case[[1L]]), case[[2L]], class = paste0("weeg_error_", case[[3L]]), info = deparse1(case[[1L]]))
  }
})
