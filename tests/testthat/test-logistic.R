# Logistic and proportional-odds regression, and marginal standardisation.
#
# References: package survey (svyglm iterated to 1e-15, regTermTest, svypredmeans); for proportional odds svyolr, whose BFGS and
# numerical Hessian give four or five digits, refined here by Newton steps on the gradient. Variances of standardised
# proportions: svytotal() of influence functions. Tolerance 1e-7, for iterated fits.

# ---- random designs --------------------------------------------------------------------------------------------------

logistic_scene <- function(seed) {
  x <- random_design(seed)
  x$by_tally <- FALSE
  data <- x$data
  data$h <- draw_answers(data$unit)$values
  # skewed answers of few rows are nearly always separated: that is tested, but less often
  for (v in c("y", "g", "h")) if (chance(0.75)) data[[v]] <- draw_evenly(nrow(data))
  for (v in c("y", "g", "h")) data[[v]] <- factor(as.character(data[[v]]))
  x$data <- data
  rows <- data$inside %in% TRUE & data$w > 0 & stats::complete.cases(data[c("y", "g", "h")])
  weeg <- weeg_view(x)
  if (chance(0.3)) weeg <- weeg_tally(weeg, ~ h + y + g)
  c(list(x = x, log = new_account(seed, 1e-7), weeg = weeg, survey = survey_view(x), rows = rows, data = data,
         here = droplevels(data[rows, c("y", "g", "h")]), w = data$w[rows]), units_of(x))
}

draw_evenly <- function(rows) {
  values <- sample(letters[seq_len(sample(2:4, 1L))], rows, replace = TRUE)
  if (chance(0.3)) values[stats::runif(rows) < 0.1] <- NA
  values
}

# The survey design of the complete rows with their variables, unused levels dropped.
complete_design <- function(s) {
  design <- s$survey[which(s$rows), ]
  design$variables <- droplevels(design$variables)
  design
}

# Columns of the model matrix that do not depend on those before them.
model_columns <- function(rows, formula = ~ g + h) {
  x <- stats::model.matrix(formula, rows)
  decomposed <- qr(x)
  list(x = x, kept = sort(decomposed$pivot[seq_len(decomposed$rank)]))
}

coefficient_labels <- function(fit) {
  paste0(ifelse(fit$term == "(Intercept)", "", fit$term), ifelse(is.na(fit$level), "(Intercept)", fit$level))
}

tight <- stats::glm.control(epsilon = 1e-15, maxit = 300L)

# Whether answers are separated does not depend on the weights, and shows best with equal ones: then fitted logits of these
# data stay below 12, but where they grow until glm.fit() stops, at about 30.
is_separated <- function(x, event) {
  fit <- quiet(stats::glm.fit(x, event, family = stats::binomial(), control = tight))
  max(abs(fit$linear.predictors)) > 20
}

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

# What weeg and survey have in common before there is a fit. NULL, or list(got, design) where there are estimates.
try_fit <- function(s, statistic, fit, one_sided, separated) {
  few <- vapply(s$here, nlevels, 0L)
  expected <- if (any(few[c("g", "h")] < 2L) || one_sided) "weeg_error_variable" else if (separated()) "weeg_error_numeric"
  got <- tryCatch(fit(), weeg_error = identity)
  if (!is.null(expected)) {
    s$log$except(statistic, if (expected == "weeg_error_numeric") "separated" else "one level", inherits(got, expected))
    return(NULL)
  }
  lonely <- s$x$lonely == "fail" && inherits(tryCatch(survey::svytotal(~w, complete_design(s)), error = identity), "error")
  if (lonely || inherits(got, "weeg_error_lonely")) {
    s$log$except(statistic, "error: one PSU under \"fail\"", lonely && inherits(got, "weeg_error_lonely"))
    return(NULL)
  }
  if (inherits(got, "condition")) stop(got)
  got
}

# svyglm's sandwich has the weights of the step before the last: a second fit starts where the first ended. (Control and
# start go in as values: svyglm looks its arguments up elsewhere.)
twice_fitted <- function(formula, design) {
  fit <- function(start) {
    quiet(eval(bquote(survey::svyglm(.(formula), design, family = stats::quasibinomial(), start = .(start),
                                     control = .(tight)))))
  }
  known <- stats::complete.cases(design$variables[all.vars(formula)])
  rows <- stats::model.frame(formula, design$variables[known, ])
  w <- as.numeric(stats::weights(design, "sampling"))[known]
  start <- careful_start(stats::model.matrix(formula, rows), rows[[1L]], w)
  fit(unname(stats::coef(fit(start))))
}

# Maximum likelihood by Newton steps that are shortened until the likelihood grows: with very unequal weights glm()'s whole steps
# may end where all probabilities are 0 or 1.
careful_start <- function(x, y, w) {
  w <- w / mean(w)
  likelihood <- function(b) sum(w * stats::plogis(ifelse(y, 1, -1) * drop(x %*% b), log.p = TRUE))
  b <- numeric(ncol(x))
  for (i in 1:200) {
    eta <- drop(x %*% b)
    score <- drop(crossprod(x, w * ifelse(y, stats::plogis(-eta), -stats::plogis(eta))))
    step <- drop(solve(crossprod(x, w * stats::plogis(eta) * stats::plogis(-eta) * x), score, tol = 0))
    step <- step / max(1, abs(step) / 3)
    while (max(abs(step)) > 1e-12 && likelihood(b + step) < (1 + 1e-13) * likelihood(b)) step <- step / 2
    b <- b + step
    if (max(abs(step)) < 1e-9) break
  }
  b
}

compare_binary <- function(s) {
  answer <- if (nrow(s$here) > 0L) pick(levels(s$here$y)) else "none"
  event <- s$here$y == answer
  one_sided <- length(unique(event)) < 2L
  columns <- NULL
  separated <- function() {
    columns <<- model_columns(s$here)
    x <- columns$x[, columns$kept, drop = FALSE]
    is_separated(x, event)
  }
  got <- try_fit(s, "binary: estimate", function() weeg_logistic(s$weeg, y ~ g + h, answers = answer), one_sided, separated)
  if (is.null(got)) return(invisible())
  got <- got[!got$reason %in% "no observations", ]
  full <- length(columns$kept) == ncol(columns$x)
  design <- complete_design(s)
  design$variables$event <- design$variables$y == answer
  design$variables$x <- columns$x[, columns$kept, drop = FALSE]
  formula <- if (full) event ~ g + h else event ~ x - 1
  want <- twice_fitted(formula, design)
  at <- match(colnames(columns$x)[columns$kept], coefficient_labels(got))
  s$log$except("binary: estimate", "aliased", is.na(got$estimate[-at]))
  # glm works with 1 - p, which loses the digits of a p near 1
  condition <- exp(max(abs(want$linear.predictors)))
  alone <- coefficients_in_one_psu(s, got[at, ])
  compare_coefficients(s, "binary", got[at, ], stats::coef(want), stats::vcov(want), want$df.residual, condition, alone)
  s$log$same("binary: deviance", glance(got)$deviance, stats::deviance(want), condition = condition)
  if (!full || want$df.residual < 1) return(invisible())
  tests <- anova(got)
  for (term in c("g", "h")) {
    mine_at <- grep(paste0("^", term), names(stats::coef(want)))
    v <- stats::vcov(want)[mine_at, mine_at, drop = FALSE]
    mine <- tests[tests$term == term, ]
    if (any(alone[mine_at])) {
      s$log$except("term: F", "in one PSU", is.na(mine$statistic) && is.na(mine$p.value) && !is.na(mine$reason))
      next
    }
    terms <- if (all(is.finite(v)) && all(diag(v) > 1e-8)) kappa(stats::cov2cor(v), exact = TRUE) * 1e2 + condition else Inf
    if (!isTRUE(terms < 1e10)) {
      s$log$except("term: F", "nearly singular", TRUE)
      next
    }
    test <- survey::regTermTest(want, stats::reformulate(term))
    # an F of 1e-12 is that of estimates that are 0
    s$log$same("term: F", mine$statistic, drop(test$Ftest), floor = 1e-12, condition = terms)
    s$log$same("term: p", mine$p.value, drop(test$p), floor = 1e-12, condition = terms * max(1, drop(test$Ftest)))
  }
}

# Coefficients of levels that are in one PSU, or compared with such a first level, as the intercept is.
coefficients_in_one_psu <- function(s, got) {
  alone <- lapply(c(g = "g", h = "h"), function(v) {
    vapply(levels(s$here[[v]]), function(level) lies_alone(s, s$rows & s$data[[v]] %in% level), NA)
  })
  first <- vapply(alone, `[[`, NA, 1L)
  vapply(seq_len(nrow(got)), function(i) {
    term <- got$term[i]
    if (term %in% names(alone)) first[[term]] || alone[[term]][[got$level[i]]] else any(first)
  }, NA)
}

# Standard errors below 1e-6, or a thousandth of the largest one, are rounding noise of a true 0: the floor. So are those of a
# sum that cancels.
compare_coefficients <- function(s, what, got, estimate, covariance, df, condition, alone) {
  name <- function(statistic) paste0(what, ": ", statistic)
  se <- sqrt(diag(covariance))
  s$log$same(name("estimate"), got$estimate, unname(estimate), floor = 1e-2, condition = condition)
  s$log$same(name("standard error"), ifelse(is.na(got$std.error), NaN, got$std.error), ifelse(alone, NaN, unname(se)),
             floor = max(1e-5, 1e-3 * se, na.rm = TRUE), condition = condition)
  s$log$same(name("df"), got$df, rep(df, nrow(got)))
  se[alone] <- NA
  s$log$except(name("standard error"), "in one PSU", (is.na(got$std.error) & is.na(got$p.value) & !is.na(got$reason))[alone])
  if (df < 1) return(s$log$except(name("p"), "no degrees of freedom", is.na(got$p.value) & !is.na(got$reason)))
  clear <- !is.na(se) & se > 1e-4
  p <- 2 * stats::pt(-abs(estimate / se), df)
  limits <- estimate + outer(se, stats::qt(c(0.025, 0.975), df))
  s$log$same(name("p"), got$p.value[clear], unname(p)[clear], floor = 1e-12,
             condition = condition * (1 + (estimate / se)[clear]^2))
  s$log$same(name("interval"), c(got$conf.low[clear], got$conf.high[clear]), as.vector(limits[clear, ]), floor = 1e-2,
             condition = condition * (1 + df))
}

# ---- proportional odds -----------------------------------------------------------------------------------------------

# Of each row: its cut points minus eta, p between them, and their derivatives by slopes and thresholds (McCullagh 1980,
# section 2).
ordinal_parts <- function(theta, x, y, levels) {
  cuts <- levels - 1L
  eta <- drop(x %*% theta[seq_len(ncol(x))])
  cut <- c(-Inf, theta[ncol(x) + seq_len(cuts)], Inf)
  upper <- cut[y + 1L] - eta
  lower <- cut[y] - eta
  p <- ifelse(lower > 0, stats::plogis(-lower) - stats::plogis(-upper), stats::plogis(upper) - stats::plogis(lower))
  own <- function(at) cbind(-x, outer(at, seq_len(cuts), `==`))
  list(upper = upper, lower = lower, p = p, by_upper = own(y) * is.finite(upper), by_lower = own(y - 1L) * is.finite(lower))
}

# Derivatives of each row's log-likelihood.
ordinal_scores <- function(theta, x, y, levels) {
  part <- ordinal_parts(theta, x, y, levels)
  part$by_upper * (stats::dlogis(part$upper) / part$p) - part$by_lower * (stats::dlogis(part$lower) / part$p)
}

# Minus the second derivatives, summed.
ordinal_information <- function(theta, x, y, w, levels) {
  part <- ordinal_parts(theta, x, y, levels)
  first <- function(z) stats::dlogis(z) / part$p
  second <- function(z) ifelse(is.finite(z), first(z) * (1 - 2 * stats::plogis(z)), 0)
  both <- crossprod(part$by_upper, w * first(part$upper) * first(part$lower) * part$by_lower)
  crossprod(part$by_upper, w * (first(part$upper)^2 - second(part$upper)) * part$by_upper) +
    crossprod(part$by_lower, w * (first(part$lower)^2 + second(part$lower)) * part$by_lower) - both - t(both)
}

# Newton steps from svyolr's estimates.
refine <- function(theta, x, y, w, levels) {
  for (i in 1:8) {
    information <- ordinal_information(theta, x, y, w, levels)
    step <- solve(information, colSums(w * ordinal_scores(theta, x, y, levels)))
    theta <- theta + step
  }
  list(theta = theta, information = information, converged = max(abs(step)) < 1e-8)
}

compare_ordinal <- function(s) {
  s$x$data$y <- factor(s$x$data$y, ordered = TRUE)
  if (nlevels(s$here$y) < 3L || any(vapply(s$here, nlevels, 0L) < 2L)) return(invisible())
  columns <- model_columns(s$here)
  if (length(columns$kept) < ncol(columns$x)) return(invisible())
  x <- columns$x[, -1L, drop = FALSE]
  y <- as.integer(s$here$y)
  levels <- nlevels(s$here$y)
  design <- complete_design(s)
  start <- tryCatch(quiet(survey::svyolr(y ~ g + h, design)), error = function(e) NULL)
  lonely <- s$x$lonely == "fail" && inherits(tryCatch(survey::svytotal(~w, design), error = identity), "error")
  got <- tryCatch(weeg_logistic(weeg_view(s$x), y ~ g + h), weeg_error_numeric = function(e) NULL,
                  weeg_error_lonely = function(e) "lonely")
  if (is.character(got)) return(s$log$except("ordinal: estimate", "error: one PSU under \"fail\"", lonely))
  w <- s$w / mean(s$w)
  want <- if (!is.null(start)) {
    tryCatch(refine(stats::coef(start), x, y, w, levels), error = function(e) list(converged = FALSE))
  } else {
    list(converged = FALSE)
  }
  if (is.null(got)) {
    return(s$log$except("ordinal: estimate", "separated", !want$converged || max(abs(want$theta)) > 12))
  }
  if (!want$converged || lonely) return(s$log$except("ordinal: estimate", "svyolr fails", TRUE))
  got <- got[!got$reason %in% "no observations", ]
  at <- c(match(colnames(x), coefficient_labels(got)), which(got$term == "(Threshold)"))
  influence <- ordinal_scores(want$theta, x, y, levels) %*% solve(want$information) / mean(s$w)
  covariance <- stats::vcov(survey::svytotal(influence, design))
  if (max(abs(want$theta)) > 12) return(s$log$except("ordinal: estimate", "nearly separated", TRUE))
  compare_coefficients(s, "ordinal", got[at, ], want$theta, covariance, survey::degf(design) - ncol(x), exp(max(abs(want$theta))),
                       coefficients_in_one_psu(s, got[at, ]))
}

logistic_design <- function(seed) {
  s <- logistic_scene(seed)
  before <- options(survey.lonely.psu = s$x$lonely)
  on.exit(options(before))
  compare_binary(s)
  compare_ordinal(s)
  s$log$result()
}

# The largest share of the comparisons that each kind of exception may have: about three times what 400 designs show.
most_logistic <- c(
  "in one PSU" = 0.03,
  "separated" = 0.04, "one level" = 0.01, "aliased" = 0.01, "error: one PSU under \"fail\"" = 0.005, "nearly singular" = 0.01,
  "no degrees of freedom" = 0.08, "svyolr fails" = 0.005, "nearly separated" = 0.005, "rounding" = 0.005
)

test_that("random designs give what package survey gives", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 100L)
  found <- expect_same_accounts(logistic_design, count, limit = 1e-7)
  expect_few_exceptions(found$exceptions, most_logistic, count, 100L)
})

# ---- the study -------------------------------------------------------------------------------------------------------

study <- function(...) weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, ...)

study_survey <- function() {
  survey::svydesign(ids = ~gemeente, strata = ~ronde, weights = ~gewicht, data = openvoorwerk)
}

test_that("interactions, domains and expressions are those of svyglm and regTermTest", {
  needs_survey()
  models <- list(
    list(y ~ provider * ronde, quote((strengths == "niet") ~ provider * ronde)),
    list(y ~ provider + ronde + provider:ronde, quote((strengths == "niet") ~ ronde:provider + provider + ronde)),
    list(y ~ geslacht * ronde * vertrouwen, quote((strengths == "niet") ~ geslacht * ronde * vertrouwen)),
    list(y ~ I(leeftijd < 36) + provider, quote((strengths == "niet") ~ (leeftijd < 36) + provider))
  )
  for (domain in list(TRUE, quote(leeftijd > 30))) {
    for (model in models) {
      d <- eval(bquote(subset(study(conventions = "survey"), .(domain))))
      s <- eval(bquote(subset(stats::update(study_survey(), y = strengths == "niet"), .(domain))))
      got <- weeg_logistic(d, stats::as.formula(model[[2L]]))
      want <- twice_fitted(model[[1L]], s)
      expect_equal(unname(coef(got)), unname(stats::coef(want)), tolerance = 1e-10)
      expect_equal(unname(vcov(got)), unname(stats::vcov(want)), tolerance = 1e-9)
      expect_equal(unname(confint(got)), unname(stats::confint(want)), tolerance = 1e-9)
      expect_equal(got$p.value, unname(summary(want)$coefficients[, 4L]), tolerance = 1e-8)
      expect_equal(got$odds.ratio[-1L], unname(exp(stats::coef(want)))[-1L], tolerance = 1e-9)
      terms <- attr(stats::terms(model[[1L]]), "term.labels")
      tests <- lapply(terms, function(term) survey::regTermTest(want, term))
      expect_equal(anova(got)$statistic, vapply(tests, function(t) drop(t$Ftest), 0), tolerance = 1e-8)
      expect_equal(anova(got)$num.df, vapply(tests, `[[`, 0, "df"))
      expect_equal(anova(got)$den.df, vapply(tests, `[[`, 0, "ddf"))
      expect_equal(anova(got)$p.value, vapply(tests, function(t) drop(t$p), 0), tolerance = 1e-7)
      expect_equal(glance(got)$df.residual, want$df.residual)
    }
  }
})

test_that("proportional odds are those of svyolr", {
  needs_survey()
  data <- openvoorwerk
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente, conventions = "survey")
  s <- survey::svydesign(ids = ~gemeente, strata = ~ronde, weights = ~gewicht, data = data)
  got <- weeg_logistic(d, strengths ~ provider + geslacht)
  want <- survey::svyolr(strengths ~ provider + geslacht, s, control = list(reltol = 1e-15, maxit = 1000))
  order <- c(4:8, 1:3)
  # BFGS and its numerical Hessian: about seven digits
  expect_equal(got$estimate[order], unname(stats::coef(want)), tolerance = 1e-6)
  expect_equal(unname(vcov(got))[order, order], unname(stats::vcov(want)), tolerance = 1e-6)
  expect_identical(got$level[1:3], c("niet|een beetje", "een beetje|grotendeels", "grotendeels|helemaal"))
  expect_equal(got$df[1L], want$df.residual)
  expect_true(all(is.na(got$odds.ratio[1:3])))
})

# ---- one answer for each awkward case --------------------------------------------------------------------------------

# Four PSUs in two strata.
small <- function(...) {
  data <- data.frame(h = rep(1:2, each = 8), j = rep(1:8, each = 2), w = c(1, 2, 3, 4, 2, 1, 1, 5, 2, 2, 1, 3, 1, 1, 2, 1), ...)
  weeg_design(data, weights = ~w, strata = ~h, cluster = ~j)
}
answers <- c("n", "y", "n", "n", "y", "y", "n", "y", "y", "n", "n", "y", "n", "y", "y", "n")

test_that("what cannot be estimated is an error that names the cause", {
  a <- factor(answers)
  g <- rep(c("p", "q"), 8L)
  split <- factor(ifelse(answers == "y", "p", rep(c("p", "q"), each = 8L)))
  both <- ifelse(answers == "y", "p", "q")
  cases <- list(
    list(small(a = a, g = both), a ~ g, "numeric", "all 8 rows with g \"p\" have the same answer"),
    list(small(a = a, g = split), a ~ g, "numeric", "with g \"q\" have the same answer"),
    list(small(a = a, g = factor(rep("p", 16L), levels = c("p", "q"))), a ~ g, "variable", "g has one level with data"),
    list(small(a = factor(rep("y", 16L), levels = c("n", "y")), g = g), a ~ g, "variable", "a has one level with data, \"y\""),
    list(small(a = rep(NA, 16L), g = g), a ~ g, "variable", "no rows have a value of all of g, a"),
    list(small(a = a, g = stats::rnorm(16L)), a ~ g, "variable", NULL),
    list(small(a = rep(c("u", "v", "w", "x"), 4L), g = g), a ~ g, "variable", "without an order"),
    list(small(a = a, g = g), a ~ 1, "formula", "needs covariates"),
    list(small(a = a, g = g), ~a, "formula", "outcome ~ a \\+ b"),
    list(small(a = a, g = g), a + g ~ h, "formula", "one outcome"),
    list(small(a = a, g = g), a ~ a + g, "formula", "outcome and covariate"),
    list(small(a = a, g = g), a ~ g:h, "formula", "not by itself"),
    list(small(a = a, g = g), a ~ ., "formula", "name the variables"),
    list(small(a = a, g = g), a ~ absent, "variable", "absent")
  )
  for (case in cases[-6L]) {
    expect_error(weeg_logistic(case[[1L]], case[[2L]]), case[[4L]], class = paste0("weeg_error_", case[[3L]]))
  }
  many <- weeg_design(data.frame(a = rep(c("n", "y"), 50), age = 1:100))
  expect_error(weeg_logistic(many, a ~ age), "number with 100 values.*cut", class = "weeg_error_variable")
  names <- weeg_design(data.frame(a = rep(c("n", "y"), 300), id = paste("person", 1:600)))
  expect_error(weeg_logistic(names, a ~ id), "599 coefficients", class = "weeg_error_too_large")
  d <- small(a = a, g = g)
  expect_error(weeg_logistic(d, a ~ g, answers = "z"), "not a level", class = "weeg_error_argument")
  expect_error(weeg_logistic(d, a ~ g, answers = c("n", "y")), "one side without data", class = "weeg_error_argument")
  expect_error(weeg_logistic(d, a ~ g, level = 1), "level", class = "weeg_error_argument")
})

# a and b together determine the answer, each alone does not: y where both are 1 or both 2 ... and one more of each.
test_that("separation by several covariates is found too", {
  rows <- expand.grid(g = 1:3, h = 1:3)
  rows$a <- rows$g + rows$h > 3
  rows <- rows[rows$g + rows$h != 4 | rows$g == 2, ]
  both <- rbind(rows, rows)
  expect_error(weeg_logistic(weeg_design(both), a ~ g + h), "separates|same answer", class = "weeg_error_numeric")
  both$a[1L] <- !both$a[1L] # one row more on either side of a level: still no finite estimates
  expect_error(weeg_logistic(weeg_design(both), a ~ g + h), "separates|same answer", class = "weeg_error_numeric")
  ordinal <- data.frame(a = factor(c(1, 1, 2, 2, 3, 3), ordered = TRUE), g = c("p", "p", "p", "q", "q", "q"))
  expect_error(weeg_logistic(weeg_design(ordinal), a ~ g), "separates", class = "weeg_error_numeric")
})

test_that("levels without data, aliased columns and missing values are told", {
  g <- factor(rep(c("p", "q"), 8L), levels = c("o", "p", "q", "r"))
  d <- small(a = factor(answers, levels = c("n", "never", "y")), g = g, same = g, b = c(NA, answers[-1L]))
  fit <- weeg_logistic(d, a ~ g + same, answers = "y")
  expect_identical(fit$level, c(NA, "q", "o", "r", "q", "o", "r"))
  expect_identical(is.na(fit$estimate), c(FALSE, FALSE, rep(TRUE, 5L)))
  expect_match(fit$reason[c(3, 4, 6, 7)], "no observations")
  expect_match(fit$reason[5L], "linear combination of earlier")
  expect_identical(anova(fit)$num.df, c(1L, 0L))
  expect_match(anova(fit)$reason[2L], "no coefficient")
  expect_identical(dim(vcov(fit)), c(7L, 7L))
  # an empty level of an ordered outcome is left out: two levels remain, and the threshold is minus the intercept
  d2 <- small(a = factor(answers, levels = c("n", "never", "y"), ordered = TRUE), g = g)
  ordered <- weeg_logistic(d2, a ~ g)
  expect_identical(ordered$level[1L], "n|y")
  expect_equal(ordered$estimate[1:2], c(-1, 1) * fit$estimate[1:2], tolerance = 1e-12)
  expect_equal(ordered$std.error[1:2], fit$std.error[1:2], tolerance = 1e-12)
  # rows with a missing value are left out, as a domain
  expect_identical(glance(weeg_logistic(d, b ~ g))$nobs, 15)
  expect_equal(coef(weeg_logistic(d, b ~ g)), coef(weeg_logistic(subset(d, !is.na(b)), b ~ g)))
})

test_that("degrees of freedom that run out leave estimates without tests", {
  d <- small(a = answers, g = rep(c("p", "q"), 8L), h2 = rep(1:8, 2L))
  few <- weeg_design(data.frame(a = answers, g = rep(c("p", "q"), 8L), j = rep(1:2, each = 8L)), cluster = ~j)
  fit <- weeg_logistic(few, a ~ g)
  expect_identical(fit$df, c(0, 0))
  expect_true(all(!is.na(fit$estimate) & !is.na(fit$std.error) & is.na(fit$p.value) & is.na(fit$conf.low)))
  expect_match(fit$reason, "degrees of freedom")
  expect_match(anova(fit)$reason, "degrees of freedom")
})

test_that("a model prints, and subsets of it", {
  fit <- weeg_logistic(study(), strengths ~ provider + ronde, answers = "niet")
  lines <- format(fit, width = 80L)
  expect_true(all(nchar(lines, "width") <= 80L))
  expect_match(lines, "against werkplein", all = FALSE)
  expect_match(lines, "provider: F\\(4, 43\\) = 34.4, p < .001", all = FALSE)
  expect_match(lines, "model logistic", all = FALSE)
  expect_s3_class(fit[2:3, ], "weeg_logistic")
  expect_identical(class(fit[, 1:3]), "data.frame")
  expect_identical(nrow(tidy(fit)), 6L)
  expect_error(vcov(fit[2:3, ]), "rows were taken", class = "weeg_error_argument")
  expect_named(coef(fit)[2L], "provider:sociale dienst")
})

# ---- adjusted proportions --------------------------------------------------------------------------------------------

# Standardised proportions of `event` by g over the rows of a fit event ~ h + g: their influence functions, from those of the
# coefficients and the predictions, summed by svytotal(). Not svyglm()'s own, which lose the digits of a p near 1.
standardise_by_survey <- function(event, formula, design) {
  group <- "g"
  design$variables$event <- event
  rows <- design$variables
  w <- as.numeric(stats::weights(design, "sampling"))
  total <- sum(w)
  x <- stats::model.matrix(formula, rows)
  coef <- careful_start(x, event, w)
  eta <- drop(x %*% coef)
  residual <- ifelse(event, stats::plogis(-eta), -stats::plogis(eta))
  information <- qr.R(qr(sqrt(w * stats::plogis(eta) * stats::plogis(-eta)) * x, tol = 0))
  influence <- (residual * x) %*% chol2inv(information)
  levels <- levels(rows[[group]])
  estimates <- numeric(length(levels))
  scores <- terms <- matrix(0, nrow(rows), length(levels))
  for (i in seq_along(levels)) {
    moved <- rows
    moved[[group]] <- factor(levels[i], levels = levels)
    moved <- stats::model.matrix(formula, moved)
    at <- drop(moved %*% coef)
    p <- stats::plogis(at)
    estimates[i] <- sum(w * p) / total
    slope <- colSums(w * p * stats::plogis(-at) * moved) / total
    scores[, i] <- (p - estimates[i]) / total + drop(influence %*% slope)
    terms[, i] <- abs(p - estimates[i]) / total + drop(abs(influence) %*% abs(slope))
  }
  # survey's C++ code has digits down to 1e-18 only: the columns are brought to the same size
  size <- colSums(w * abs(scores))
  covariance <- stats::vcov(survey::svytotal(sweep(scores, 2L, size, "/"), design)) * outer(size, size)
  # how much larger than the standard error the terms are that its scores cancel, which have the rounding of the inverse
  condition <- colSums(w * terms) / sqrt(diag(covariance)) * kappa(information, exact = TRUE)
  list(estimate = estimates, covariance = unname(covariance), condition = condition, df = survey::degf(design))
}

adjusted_design <- function(seed) {
  s <- logistic_scene(seed)
  before <- options(survey.lonely.psu = s$x$lonely)
  on.exit(options(before))
  if (nrow(s$here) == 0L || any(vapply(s$here, nlevels, 0L) < 2L)) return(s$log$result())
  design <- complete_design(s)
  columns <- model_columns(s$here, ~ h + g)
  lonely <- s$x$lonely == "fail" && inherits(tryCatch(survey::svytotal(~w, design), error = identity), "error")
  if (lonely || length(columns$kept) < ncol(columns$x)) return(s$log$result())
  got <- weeg_proportion(s$weeg, y ~ g, adjust_for = ~h)
  contrasts <- weeg_compare(s$weeg, y ~ g, adjust_for = ~h)
  for (answer in levels(s$here$y)) {
    mine <- got[as.character(got$level) == answer & got$g %in% levels(s$here$g), ]
    event <- s$here$y == answer
    if (is_separated(columns$x, event)) {
      s$log$except("adjusted: estimate", "separated", is.na(mine$estimate) & grepl("no finite estimates", mine$reason))
      next
    }
    want <- standardise_by_survey(event, event ~ h + g, design)
    compare_adjusted(s, answer, mine, contrasts[as.character(contrasts$level) == answer, ], want)
  }
  s$log$result()
}

# Wald limits of differences and log ratios from the reference's covariance.
compare_adjusted <- function(s, answer, mine, contrasts, want) {
  se <- sqrt(diag(want$covariance))
  s$log$same("adjusted: estimate", mine$estimate, want$estimate)
  alone <- vapply(levels(s$here$g), function(g) lies_alone(s, s$rows & s$data$g %in% g), NA)
  s$log$except("adjusted: standard error", "in one PSU", is.na(mine$std.error)[alone] & !is.na(mine$reason)[alone])
  s$log$same("adjusted: standard error", mine$std.error[!alone], se[!alone], floor = 1e-6, condition = want$condition[!alone])
  s$log$same("adjusted: df", mine$df, rep(want$df, nrow(mine)))
  a <- match(contrasts$group1, levels(s$here$g))
  b <- match(contrasts$group2, levels(s$here$g))
  p <- want$estimate
  scale <- list("difference" = rep(1, length(p)), "risk-ratio" = 1 / p, "odds-ratio" = 1 / (p * (1 - p)))
  value <- list("difference" = p, "risk-ratio" = log(p), "odds-ratio" = stats::qlogis(p))
  for (i in seq_len(nrow(contrasts))) {
    m <- contrasts$measure[i]
    d <- scale[[m]][c(a[i], b[i])] * c(1, -1)
    pair <- c(a[i], b[i])
    v <- drop(d %*% want$covariance[pair, pair] %*% d)
    difference <- value[[m]][a[i]] - value[[m]][b[i]]
    if (any(alone[pair])) {
      none <- is.na(contrasts$std.error[i]) & !is.na(contrasts$reason[i])
      s$log$except(paste("adjusted: standard error,", m), "in one PSU", none)
      next
    }
    s$log$same(paste("adjusted:", m), contrasts$estimate[i], if (m == "difference") difference else exp(difference), floor = 1e-3)
    s$log$same(paste("adjusted: standard error,", m), contrasts$std.error[i], sqrt(max(v, 0)),
               floor = 1e-5 * sqrt(sum(d^2)), condition = sum((d * se[pair])^2 * pmax(1, want$condition[pair])) / v)
  }
}

test_that("adjusted proportions of random designs are those of influence functions from svyglm", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 50L)
  found <- expect_same_accounts(adjusted_design, count, limit = 1e-7)
  expect_few_exceptions(found$exceptions, c("separated" = 0.1, "rounding" = 0.001, "in one PSU" = 0.05), count, 50L)
})

test_that("adjusted proportions are svypredmeans's, and their standard errors nearly", {
  needs_survey()
  variables <- c("vertrouwen", "provider", "geslacht", "ronde")
  s <- study_survey()[stats::complete.cases(openvoorwerk[variables]), ]
  fit <- survey::svyglm(vertrouwen ~ geslacht + ronde, s, family = stats::quasibinomial())
  want <- survey::svypredmeans(fit, ~provider)
  got <- weeg_proportion(study(), vertrouwen ~ provider, adjust_for = ~ geslacht + ronde)
  got <- got[got$level != "ja", ]
  at <- match(as.character(got$provider), names(stats::coef(want)))
  expect_equal(got$estimate, unname(stats::coef(want))[at], tolerance = 1e-8) # svypredmeans refits with its own control
  # it leaves out the covariance of covariates and model, which is 0 in expectation under the model
  expect_equal(got$std.error, unname(survey::SE(want))[at], tolerance = 0.02)
  expect_false(isTRUE(all.equal(got$std.error, unname(survey::SE(want))[at], tolerance = 1e-4)))
  # n, weights and df are those of rows with all variables
  expect_identical(got$n.base, as.double(table(openvoorwerk$provider[stats::complete.cases(openvoorwerk[variables])])))
  expect_equal(got$df, rep(survey::degf(s), 5L))
})

test_that("adjusting for what does not matter, or is the same in each group, changes nothing", {
  rows <- expand.grid(g = c("p", "q"), h = c("u", "v"), y = c("no", "yes"), j = 1:6)
  rows <- rows[rep(seq_len(nrow(rows)), ifelse(rows$g == "p" & rows$y == "yes", 2, 1)), ]
  d <- weeg_design(rows, cluster = ~j)
  expect_equal(weeg_proportion(d, y ~ g, adjust_for = ~h)$estimate, weeg_proportion(d, y ~ g)$estimate, tolerance = 1e-12)
  # Simpson's paradox: within each h the groups are the same, and so they are when adjusted
  counts <- c(30, 10, 10, 30, 3, 9, 27, 81)
  cells <- expand.grid(y = c("no", "yes"), h = c("u", "v"), g = c("p", "q"))
  cells$n <- c(30, 10, 20, 60, 3, 1, 30, 90)
  all <- cells[rep(seq_len(8L), cells$n), ]
  p <- weeg_proportion(weeg_design(all), y ~ g, adjust_for = ~h)
  share <- sum(all$h == "u") / nrow(all)
  expect_equal(p$estimate[p$level == "yes"], rep(0.25 * share + 0.75 * (1 - share), 2L), tolerance = 1e-12)
  compared <- weeg_compare(weeg_design(all), y ~ g, answers = "yes", adjust_for = ~h)
  expect_equal(compared$estimate, c(0, 1, 1), tolerance = 1e-12)
})

test_that("adjustment answers for each awkward case", {
  a <- answers
  g <- rep(c("p", "q"), 8L)
  d <- small(a = a, g = factor(g, levels = c("p", "q", "r")), h2 = rep(c("u", "v"), each = 2L, times = 4L), same = g,
             never = factor(a, levels = c("n", "y", "z")))
  expect_error(weeg_proportion(d, ~a, adjust_for = ~h2), "needs groups", class = "weeg_error_formula")
  expect_error(weeg_proportion(d, a ~ g, adjust_for = "h2"), "one-sided formula", class = "weeg_error_formula")
  expect_error(weeg_proportion(d, a ~ g, adjust_for = ~g), "in the formula and in", class = "weeg_error_formula")
  expect_error(weeg_proportion(d, a ~ g, adjust_for = ~ h2:same), "not understood", class = "weeg_error_formula")
  expect_error(weeg_proportion(d, a ~ g, adjust_for = ~absent), "absent", class = "weeg_error_variable")
  expect_error(weeg_proportion(subset(d, h2 == "u"), a ~ g, adjust_for = ~h2), "one level", class = "weeg_error_variable")
  expect_error(weeg_compare(d, a ~ g, adjust = ~h2), "adjust_for = ~h2", class = "weeg_error_argument")
  # a group without rows, an answer that nobody gave
  p <- weeg_proportion(d, never ~ g, adjust_for = ~h2)
  expect_identical(is.na(p$estimate), rep(c(FALSE, TRUE), c(6L, 3L)))
  expect_match(p$reason[p$g == "r"], "no observations")
  expect_identical(p$estimate[p$level == "z"], c(0, 0, NA))
  expect_true(all(p$conf.high[p$level == "z"][1:2] > 0))
  expect_equal(p$estimate[1:2], weeg_proportion(d, a ~ g, adjust_for = ~h2)$estimate[1:2])
  # a covariate that is the group; two covariates that are each other
  expect_match(weeg_proportion(d, a ~ g, adjust_for = ~same)$reason[1:4], "determine the group")
  twice <- weeg_proportion(d, a ~ g, adjust_for = ~ h2 + I(h2))
  once <- weeg_proportion(d, a ~ g, adjust_for = ~h2)
  expect_equal(twice[c("estimate", "std.error")], once[c("estimate", "std.error")], tolerance = 1e-12, ignore_attr = TRUE)
  # a separated answer
  s <- weeg_proportion(small(a = a, g = g, b = ifelse(a == "y", "u", g)), a ~ g, adjust_for = ~b)
  expect_true(all(is.na(s$estimate)))
  expect_match(s$reason, "no finite estimates")
  # from a tally, and printed with what it is adjusted for
  t <- weeg_tally(d, ~ g + h2 + a)
  expect_equal(weeg_compare(t, a ~ g, adjust_for = ~h2), weeg_compare(d, a ~ g, adjust_for = ~h2))
  expect_match(format(once), "adjusted for h2", all = FALSE)
  expect_match(format(weeg_compare(d, a ~ g, adjust_for = ~h2)), "standardised to all rows", all = FALSE)
  # several groups are crossed, several outcomes under each other
  many <- weeg_proportion(study(), relapse + strengths ~ ronde + geslacht, adjust_for = ~provider)
  expect_identical(nrow(many), 32L)
  expect_true(all(abs(tapply(many$estimate, many[c("outcome", "ronde", "geslacht")], sum) - 1) < 0.01))
})

test_that("augment() has the rows, and the probabilities of svyglm() and svyolr() for them", {
  needs_survey()
  data <- openvoorwerk[stats::complete.cases(openvoorwerk[c("strengths", "provider", "ronde")]), ]
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  s <- survey::svydesign(~gemeente, weights = ~gewicht, strata = ~ronde, data = data)
  fit <- suppressWarnings(survey::svyglm((strengths == "niet") ~ provider + ronde, s, family = stats::quasibinomial()))
  cells <- augment(weeg_logistic(d, strengths ~ provider + ronde, answers = "niet"))
  expect_identical(levels(cells$level), c("other", "niet"))
  niet <- cells[cells$level == "niet", ]
  # iterated fits: 1e-7
  expect_equal(niet$.fitted, as.vector(stats::predict(fit, niet, type = "response")), tolerance = 1e-7)
  expect_identical(sum(cells$.observed), as.double(nrow(data)))
  seen <- stats::aggregate(gewicht ~ provider + ronde, data[data$strengths == "niet", ], sum)
  at <- match(paste(niet$provider, niet$ronde), paste(seen$provider, seen$ronde))
  expect_equal(niet$.weighted, seen$gewicht[at], tolerance = 1e-12)
  expect_equal(stats::ave(cells$.prop, cells$provider, cells$ronde, FUN = sum), rep(1, nrow(cells)), tolerance = 1e-12)

  data$answer <- factor(as.character(data$strengths), c("niet", "een beetje", "grotendeels", "helemaal"), ordered = TRUE)
  d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  s <- survey::svydesign(~gemeente, weights = ~gewicht, strata = ~ronde, data = data)
  fit <- survey::svyolr(answer ~ provider, s)
  cells <- augment(weeg_logistic(d, answer ~ provider))
  eta <- c(0, stats::coef(fit))[match(cells$provider, levels(data$provider))]
  below <- function(k) stats::plogis(c(-Inf, fit$zeta, Inf)[k] - eta)
  k <- as.integer(cells$level)
  expect_equal(cells$.fitted, unname(below(k + 1L) - below(k)), tolerance = 1e-5) # svyolr() stops early
})

test_that("weights that differ by orders of magnitude do not keep the fit from its maximum", {
  # whole Newton steps from equal probabilities end where all of them are 0 or 1
  rows <- data.frame(
    y = c(1, 0, 1, 0, 1, 0, 0, 1), g = c("a", "a", "b", "b", "c", "c", "a", "c"), h = rep(c("no", "yes"), c(6L, 2L)),
    w = c(0.84218, 0.16298, 29.87693, 484.4844, 0.042593, 1450.556, 0.672282, 0.124574)
  )
  got <- weeg_logistic(weeg_design(rows, weights = ~w), y ~ g + h)
  known <- quiet(stats::glm(y ~ g + h, stats::quasibinomial(), rows, weights = rows$w / mean(rows$w), control = tight))
  expect_equal(unname(coef(got)), unname(stats::coef(known)), tolerance = 1e-7) # iterated fits
})
