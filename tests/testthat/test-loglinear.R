# Log-linear models and Rao-Scott tests of nested ones.
#
# References: svyloglin() of package survey and its anova(), whose models are refitted until glm() gives no more digits
# (survey stops at 1e-8 of the deviance, where effects of cells with next to no weight are still moving); stats::loglin() and
# glm() for tables without weights. Second-order p-values are compared with their formula in plain R, as those of survey 4.5
# are wrong: see "what survey 4.5 has otherwise". Tolerance 1e-7, for iterated fits.

# (svyloglin() cannot have a variable y)
loglin_models <- list(~ k + g + h, ~ k * g + h, ~ k * g + g * h, ~ (k + g + h)^2, ~ k * g * h)

loglin_scene <- function(seed) {
  x <- random_design(seed)
  x$by_tally <- FALSE
  if (x$lonely == "fail") x$lonely <- "adjust"
  data <- x$data
  data$k <- data$y
  data$h <- draw_answers(data$unit)$values
  # skewed answers of few rows often have empty margins: that is tested, but less often
  for (v in c("k", "g", "h")) {
    if (chance(0.75)) data[[v]] <- sample(letters[seq_len(sample(2:3, 1L))], nrow(data), replace = TRUE)
    data[[v]] <- factor(as.character(data[[v]]))
  }
  x$data <- data
  counted <- data$inside %in% TRUE & data$w > 0
  rows <- counted & stats::complete.cases(data[c("k", "g", "h")])
  weeg <- weeg_view(x)
  if (chance(0.3)) weeg <- weeg_tally(weeg, ~ h + k + g)
  survey <- survey_view(x)
  design <- if (any(rows)) survey[which(rows), ]
  if (any(rows)) design$variables <- droplevels(design$variables)
  c(list(x = x, log = new_account(seed, 1e-7), weeg = weeg, design = design, n = sum(rows), data = data,
         df = survey::degf(survey[which(counted), ])), units_of(x))
}

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

sum_contrasts <- function(expression) {
  before <- options(contrasts = c("contr.sum", "contr.poly"))
  on.exit(options(before))
  force(expression)
}

# svyloglin() with its model refitted to the last digit. Its variance by its formula (`var`; columns centred on pi: on their
# plain means, as survey does, digits are lost where a cell has little weight), and by svytotal() of influence functions
# (`covariance`).
survey_loglin <- function(formula, design) {
  fit <- quiet(survey::svyloglin(formula, design))
  dat <- fit$model$data
  control <- stats::glm.control(epsilon = 1e-15, maxit = 300L)
  fit$model <- sum_contrasts(quiet(stats::glm(stats::update(formula, y ~ .), data = dat, family = stats::quasipoisson(),
                                              control = control)))
  fit$design <- design
  fit$cell <- as.integer(interaction(design$variables[all.vars(formula)]))
  fit$p <- as.vector(stats::coef(fit$prob.table))
  fit$pi <- as.vector(stats::fitted(fit$model)) / fit$n
  x <- stats::model.matrix(fit$model)[, -1L, drop = FALSE]
  x <- sweep(x, 2L, colSums(fit$pi * x))
  fit$information <- crossprod(x, fit$pi * x)
  h <- solve(fit$information, t(x), tol = 1e-300)
  fit$var <- h %*% stats::vcov(fit$prob.table) %*% t(h)
  fit$covariance <- covariance_of(fit, t(h))
  fit
}

# Of w'p, the columns brought to the same size.
covariance_of <- function(fit, w) {
  influence <- sweep(w, 2L, colSums(fit$p * w))[fit$cell, , drop = FALSE]
  weight <- stats::weights(fit$design) / sum(stats::weights(fit$design))
  size <- pmax(colSums(abs(influence) * weight), 1e-300)
  influence_covariance(fit$design, sweep(influence / sum(stats::weights(fit$design)), 2L, size, "/")) * outer(size, size)
}

# The rows of a result that are free parameters: no variable at its last level. In the order of model.matrix().
free_rows <- function(fit) {
  free <- lapply(attr(fit, "info")$table$labels, function(labels) labels[-length(labels)])
  terms <- attr(fit, "info")$terms
  which(mapply(function(term, level) all(mapply(`%in%`, strsplit(level, ":", fixed = TRUE)[[1L]], free[terms[[term]]])),
               fit$term, fit$level))
}

# Whether a level of a variable is in one PSU, and in two or more cells of the model's table.
model_alone <- function(s, fit) {
  data <- s$data[names(attr(fit, "info")$table$labels)]
  any(vapply(names(data), function(v) {
    others <- do.call(paste, data[setdiff(names(data), v)])
    any(table_alone(s, data[[v]], factor(others), stats::complete.cases(data))$g)
  }, NA))
}

compare_loglin <- function(s, formula) {
  log <- s$log
  got <- weeg_loglinear(s$weeg, formula)
  want <- tryCatch(survey_loglin(formula, s$design), error = function(e) NULL)
  if (all(is.na(got$estimate))) {
    # empty cells whose fitted proportions run to 0
    runaway <- is.null(want) || any(want$p == 0 & want$pi < 1e-9)
    log$except("estimate", "no finite estimates", runaway && all(!is.na(got$reason)))
    return(NULL)
  }
  if (is.null(want) || any(want$p == 0 & want$pi < 1e-9)) {
    log$except("estimate", "nearly no finite estimates", TRUE)
    return(NULL)
  }
  at <- free_rows(got)
  condition <- 1 / rcond(want$information)
  se <- sqrt(pmax(0, diag(want$covariance)))
  log$same("estimate", got$estimate[at], unname(stats::coef(want)), floor = 1e-2, condition = condition)
  if (model_alone(s, got)) {
    # without a variance of one level's there is none of any effect, nor a test of any model
    none <- is.na(got$std.error) & is.na(got$p.value) & !is.na(got$reason)
    log$except("standard error", "in one PSU", none)
    log$except("rao-scott-f", "in one PSU", is.na(glance(got)$p.value))
    return(NULL)
  }
  log$same("standard error", got$std.error[at], unname(se), floor = 1e-5, condition = condition)
  log$same("covariance", vcov(got)[at, at] / (1e-10 + tcrossprod(se)), want$covariance / (1e-10 + tcrossprod(se)), floor = 1,
           condition = condition)
  log$same("survey: standard error", got$std.error[at], sqrt(pmax(0, diag(want$var))), floor = 1e-5,
           condition = 1 / min(want$pi)^2)
  log$same("deviance", glance(got)$deviance, stats::deviance(want), floor = 1e-4, condition = condition)
  log$same("n, df", c(glance(got)$nobs, got$df[1L]), c(s$n, s$df))
  if (s$df < 1) {
    log$except("p", "no degrees of freedom", is.na(got$p.value) & !is.na(got$reason))
  } else {
    clear <- se > 1e-4
    t <- unname(stats::coef(want)) / se
    log$same("p", got$p.value[at][clear], 2 * stats::pt(-abs(t[clear]), s$df), floor = 1e-12, condition = condition)
    low <- unname(stats::coef(want)) - se * stats::qt(0.975, s$df)
    log$same("interval", got$conf.low[at][clear], low[clear], floor = 1e-2, condition = condition)
  }
  list(got = got, want = want)
}

# n (W'PW)^-1 W'VW: both matrices, P at the observed proportions; of a saturated model as weeg_test() has it.
nested_matrices <- function(smaller, larger) {
  x1 <- stats::model.matrix(smaller$model)
  x2 <- stats::model.matrix(larger$model)
  p <- larger$p
  extra <- qr.resid(qr(x1), x2[, setdiff(colnames(x2), colnames(x1)), drop = FALSE])
  if (ncol(x2) == nrow(x2)) {
    w <- extra * ifelse(p > 0, 1 / p, 0)
    return(list(simple = crossprod(extra, w) / larger$n, design = covariance_of(larger, w)))
  }
  metric <- diag(larger$pi) - tcrossprod(larger$pi)
  x1 <- x1[, -1L, drop = FALSE]
  w <- extra - x1 %*% solve(crossprod(x1, metric %*% x1), crossprod(x1, metric %*% extra), tol = 1e-300)
  list(simple = crossprod(w, (diag(p) - tcrossprod(p)) %*% w) / larger$n, design = covariance_of(larger, w))
}

compare_nested <- function(s, smaller, larger) {
  log <- s$log
  run <- function(method) anova(smaller$got, larger$got, method = method)
  a <- smaller$want
  b <- larger$want
  m <- nested_matrices(a, b)
  if (anyNA(m$design) || rcond(m$simple) < 1e-10 || max(abs(m$design)) == 0 || s$df < 1) return(invisible())
  half <- chol(m$simple)
  lambda <- eigen(backsolve(half, t(backsolve(half, m$design, transpose = TRUE)), transpose = TRUE), TRUE, TRUE)$values
  lambda <- pmax(lambda, 0)
  chisq <- a$n * sum((b$pi - a$pi)^2 / a$pi)
  likelihood <- 2 * a$n * sum(ifelse(b$pi > 0, b$pi * log(b$pi / a$pi), 0))
  if (chisq < 1e-7 * a$n || sum(lambda) < 1e-8) return(invisible())
  condition <- max(1 / rcond(m$simple), 1 / rcond(a$information), 1 / rcond(b$information)) + a$n / chisq
  d0 <- sum(lambda)^2 / sum(lambda^2)
  got <- run("rao-scott-f")
  log$same("X2, G2", c(got$chisq, got$deviance), c(chisq, likelihood), condition = condition)
  for (method in c("rao-scott-f", "rao-scott-lr")) {
    got <- run(method)
    f <- (if (method == "rao-scott-f") chisq else likelihood) / sum(lambda)
    log$same(method, c(got$statistic, got$num.df, got$den.df, got$deff.mean), c(f, d0, d0 * s$df, mean(lambda)),
             condition = condition)
    log$same(paste0(method, ", p"), got$p.value, stats::pf(f, d0, d0 * s$df, lower.tail = FALSE), 1e-12,
             condition = condition * (1 + f * length(lambda)))
  }
  got <- run("lincom")
  tail <- ruben_tail(chisq, lambda, d0 * s$df)
  if (!is.na(tail)) log$same("lincom, p", got$p.value, tail, 0, condition * (1 + chisq / max(lambda)))
  peer <- if (all(b$p > 0)) tryCatch(survey:::anova.svyloglin(a, b), error = function(e) NULL)
  if (is.null(peer)) return(invisible())
  log$same("survey: X2, G2", c(got$chisq, got$deviance), c(peer$score$chisq, peer$dev$dev),
           condition = condition + a$n / likelihood)
  got <- run("rao-scott-chisq")
  log$same("survey: first-order p", got$p.value, peer$score$p[2L], 1e-12, condition * (1 + chisq / mean(lambda)))
}

loglin_design <- function(seed) {
  s <- loglin_scene(seed)
  before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = FALSE)
  on.exit(options(before))
  few <- s$n == 0L || any(vapply(s$design$variables[c("k", "g", "h")], nlevels, 0L) < 2L)
  if (few) {
    got <- tryCatch(weeg_loglinear(s$weeg, ~ k + g + h), weeg_error = identity)
    s$log$except("estimate", "one level", inherits(got, "weeg_error_variable"))
    return(s$log$result())
  }
  pair <- sort(sample.int(length(loglin_models), 2L))
  fits <- lapply(loglin_models[pair], function(formula) compare_loglin(s, formula))
  if (!is.null(fits[[1L]]) && !is.null(fits[[2L]])) compare_nested(s, fits[[1L]], fits[[2L]])
  s$log$result()
}

# The largest share of the comparisons that each kind of exception may have: about three times what 400 designs show.
most_loglin <- c(
  "in one PSU" = 0.03,
  "no finite estimates" = 0.01, "nearly no finite estimates" = 0.001, "one level" = 0.001, "no degrees of freedom" = 0.001,
  "rounding" = 0.001
)

test_that("random designs give what package survey gives", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 100L)
  found <- expect_same_accounts(loglin_design, count, limit = 1e-7)
  expect_few_exceptions(found$exceptions, most_loglin, count, 100L)
})

# ---- the study -------------------------------------------------------------------------------------------------------

study <- function() weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

# Complete rows: svyloglin counts the others in its n. Its factors have no order.
study_survey <- function(variables) {
  data <- openvoorwerk
  for (v in variables) data[[v]] <- factor(data[[v]], ordered = FALSE)
  s <- survey::svydesign(ids = ~gemeente, strata = ~ronde, weights = ~gewicht, data = data)
  s[stats::complete.cases(data[variables]), ]
}

test_that("effects, variances and tests are those of svyloglin and its anova", {
  needs_survey()
  s <- study_survey(c("strengths", "provider", "geslacht"))
  pairs <- list(
    list(~ strengths + provider + geslacht, ~ strengths * provider + geslacht),
    list(~ geslacht + provider * strengths, ~ (geslacht + provider + strengths)^2),
    list(~ strengths + provider, ~ strengths * provider)
  )
  for (pair in pairs) {
    got <- lapply(pair, function(formula) weeg_loglinear(study(), formula))
    want <- lapply(pair, function(formula) survey::svyloglin(formula, s))
    if (length(all.vars(pair[[1L]])) == 2L) { # the rows of the two variables only
      two <- study_survey(c("strengths", "provider"))
      want <- lapply(pair, function(formula) survey::svyloglin(formula, two))
    }
    for (i in 1:2) {
      at <- free_rows(got[[i]])
      # survey stops at a relative change of 1e-8 of the deviance
      expect_equal(got[[i]]$estimate[at], unname(stats::coef(want[[i]])), tolerance = 1e-6)
      expect_equal(unname(vcov(got[[i]])[at, at]), unname(stats::vcov(want[[i]])), tolerance = 1e-6)
      expect_equal(glance(got[[i]])$deviance, stats::deviance(want[[i]]), tolerance = 1e-7)
      expect_identical(glance(got[[i]])$nobs, want[[i]]$n)
    }
    peer <- anova(want[[1L]], want[[2L]])
    test <- function(method) anova(got[[1L]], got[[2L]], method = method)
    expect_equal(test("rao-scott-chisq")$deviance, peer$dev$dev, tolerance = 1e-7)
    expect_equal(test("rao-scott-chisq")$chisq, peer$score$chisq, tolerance = 1e-7)
    expect_equal(test("rao-scott-chisq")$p.value, peer$score$p[2L], tolerance = 1e-5)
    # of the terms that the larger one adds
    added <- setdiff(attr(stats::terms(pair[[2L]]), "term.labels"), attr(stats::terms(pair[[1L]]), "term.labels"))
    of <- strsplit(attr(stats::terms(pair[[1L]]), "term.labels"), ":")
    mirrored <- vapply(of, function(v) paste(rev(v), collapse = ":"), "")
    added <- setdiff(added, mirrored)
    nu <- glance(got[[2L]])$df.design
    wald <- survey::regTermTest(want[[2L]], added, df = nu)
    expect_equal(test("wald")$statistic, as.vector(wald$Ftest), tolerance = 1e-6)
    expect_equal(test("wald")$p.value, as.vector(wald$p), tolerance = 1e-5)
    expect_identical(c(test("wald")$num.df, test("wald")$den.df), c(as.double(wald$df), nu))
    expect_equal(test("adjusted-wald")$statistic, as.vector(wald$Ftest) * (nu - wald$df + 1) / nu, tolerance = 1e-6)
    expect_equal(test("adjusted-wald")$den.df, nu - wald$df + 1)
    # whichever comes first
    expect_identical(anova(got[[2L]], got[[1L]]), anova(got[[1L]], got[[2L]]))
  }
})

test_that("what survey 4.5 has otherwise: the second-order p-values of anova.svyloglin", {
  needs_survey()
  s <- study_survey(c("strengths", "geslacht", "ronde"))
  want <- lapply(list(~ strengths * geslacht + ronde, ~ strengths * geslacht + strengths * ronde), survey::svyloglin, s)
  got <- lapply(list(~ strengths * geslacht + ronde, ~ strengths * geslacht + strengths * ronde),
                function(formula) weeg_loglinear(study(), formula))
  peer <- anova(want[[1L]], want[[2L]])
  # three degrees of freedom: d0 is between 1 and 3, whatever Delta is
  test <- anova(got[[1L]], got[[2L]])
  expect_true(test$num.df >= 1 && test$num.df <= 3)
  expect_false(isTRUE(all.equal(test$p.value, peer$score$p[3L], tolerance = 1e-3)))
  # when it is of one degree of freedom, d0 is 1: that of svyloglin is not
  one <- lapply(list(~ geslacht + ronde, ~ geslacht * ronde), function(formula) weeg_loglinear(study(), formula))
  expect_equal(anova(one[[1L]], one[[2L]])$num.df, 1)
  # the same question has the right answer in svychisq
  table <- survey::svychisq(~ geslacht + ronde, study_survey(c("geslacht", "ronde")))
  expect_equal(anova(one[[1L]], one[[2L]])$statistic, unname(table$statistic), tolerance = 1e-9)
  expect_equal(anova(one[[1L]], one[[2L]])$p.value, unname(table$p.value), tolerance = 1e-8)
})

test_that("two variables: the tests of independence, also under replicate weights and calibration", {
  needs_survey()
  margins <- list(ronde = c("ronde 1" = 600, "ronde 2" = 400))
  designs <- list(study(), subset(study(), leeftijd > 30), weeg_replicates(study(), "jkn"),
                  weeg_rake(study(), margins))
  for (d in designs) {
    fit <- weeg_loglinear(d, ~ strengths + provider)
    for (method in c("rao-scott-f", "rao-scott-chisq", "rao-scott-lr", "saddlepoint", "lincom")) {
      got <- anova(fit, method = method)
      want <- weeg_test(d, strengths ~ provider, method = method)
      for (column in c("statistic", "num.df", "den.df", "p.value", "chisq", "deff.mean", "n", "df")) {
        expect_equal(got[[column]], want[[column]], tolerance = 1e-9, info = paste(method, column))
      }
    }
  }
})

test_that("replicate weights give what svyloglin gives", {
  needs_survey()
  r <- survey::as.svrepdesign(study_survey(c("strengths", "geslacht", "ronde")), type = "JKn")
  got <- weeg_loglinear(as_weeg_design(r), ~ strengths * geslacht + ronde)
  want <- survey::svyloglin(~ strengths * geslacht + ronde, r)
  at <- free_rows(got)
  expect_equal(got$estimate[at], unname(stats::coef(want)), tolerance = 1e-6)
  expect_equal(unname(vcov(got)[at, at]), unname(stats::vcov(want)), tolerance = 1e-6)
  expect_identical(got$df[1L], as.double(survey::degf(r)))
})

# ---- tables without weights ------------------------------------------------------------------------------------------

test_that("without a design, models are those of glm and loglin", {
  rows <- as.data.frame(HairEyeColor)
  rows <- rows[rep(seq_len(nrow(rows)), rows$Freq), 1:3]
  d <- weeg_design(rows)
  n <- nrow(rows)
  margins <- list(list("Hair", "Eye", "Sex"), list(c("Hair", "Eye"), "Sex"), list(c("Hair", "Eye"), c("Hair", "Sex")),
                  list(c("Hair", "Eye"), c("Hair", "Sex"), c("Eye", "Sex")))
  for (margin in margins) {
    right <- paste(vapply(margin, paste, "", collapse = " * "), collapse = " + ")
    fit <- weeg_loglinear(d, stats::as.formula(paste("~", right)))
    want <- stats::loglin(HairEyeColor, margin, eps = 1e-12, iter = 1000, print = FALSE, param = TRUE)
    expect_equal(glance(fit)$deviance, want$lrt, tolerance = 1e-9)
    expect_equal(glance(fit)$chisq, want$pearson, tolerance = 1e-9)
    expect_equal(glance(fit)$df.residual, want$df)
    # loglin's parameters sum to 0 too, and have all levels, the first fastest
    order <- match(gsub(".", ":", names(want$param)[-1L], fixed = TRUE), unique(fit$term))
    effects <- unlist(lapply(want$param[-1L], as.vector), use.names = FALSE)
    mine <- unlist(lapply(order, function(i) fit$estimate[fit$term == unique(fit$term)[i]]))
    expect_equal(mine, effects, tolerance = 1e-8)
    glm <- sum_contrasts(stats::glm(stats::as.formula(paste("Freq ~", right)), stats::poisson(), as.data.frame(HairEyeColor),
                                    control = list(epsilon = 1e-14)))
    expect_equal(fit$estimate[free_rows(fit)], unname(stats::coef(glm)[-1L]), tolerance = 1e-9)
    # simple random sampling: design effects n / (n - 1), so the test is Pearson's times (n - 1) / n
    test <- anova(fit, method = "rao-scott-chisq")
    test <- test[nrow(test), ]
    expect_equal(test$statistic, want$pearson * (n - 1) / n, tolerance = 1e-9)
    expect_equal(test$p.value, stats::pchisq(want$pearson * (n - 1) / n, want$df, lower.tail = FALSE), tolerance = 1e-8)
  }
})

test_that("the interaction of two times two is a quarter of the log odds ratio, whatever the order of levels", {
  rows <- data.frame(a = rep(c("n", "y"), c(30, 50)), b = rep(c("p", "q", "p", "q"), c(20, 10, 15, 35)))
  d <- weeg_design(rows)
  fit <- weeg_loglinear(d, ~ a * b)
  odds <- weeg_compare(d, b ~ a, measures = "odds-ratio")
  effect <- fit[fit$term == "a:b" & fit$level == "n:p", ]
  expect_equal(4 * effect$estimate, log(20 * 35 / (10 * 15)), tolerance = 1e-12)
  expect_equal(4 * effect$std.error, odds$std.error[1L], tolerance = 1e-9)
  turned <- transform(rows, a = factor(a, levels = c("y", "n")), b = factor(b, levels = c("q", "p")))
  again <- weeg_loglinear(weeg_design(turned), ~ b * a)
  at <- match(paste(fit$term, fit$level), sub("^b:a (.):(.)$", "a:b \\2:\\1", paste(again$term, again$level)))
  expect_equal(again$estimate[at], fit$estimate, tolerance = 1e-12)
  expect_equal(again$std.error[at], fit$std.error, tolerance = 1e-12)
})

# ---- one answer for each awkward case --------------------------------------------------------------------------------

# Four PSUs in each of two strata.
small <- function(...) {
  weeg_design(data.frame(s = rep(1:2, each = 16), j = rep(1:8, each = 4), w = rep(c(1, 2, 3, 1), 8), ...), weights = ~w,
              strata = ~s, cluster = ~j)
}
a <- rep(c("n", "y", "y", "n", "y"), length.out = 32)
b <- rep(c("p", "q", "q"), length.out = 32)
e <- rep(c("u", "v", "v", "u", "v", "u", "u"), length.out = 32)

test_that("formulas of models", {
  d <- small(a = a, b = b, e = e)
  terms <- function(formula) unique(weeg_loglinear(d, formula)$term)
  expect_identical(terms(~ a * b + e), c("a", "b", "e", "a:b"))
  expect_identical(terms(~ e + b:a + a + b), c("e", "a", "b", "b:a"))
  expect_identical(terms(~ (a + b + e)^2), c("a", "b", "e", "a:b", "a:e", "b:e"))
  expect_identical(terms(~ (a + b) * e), c("a", "b", "e", "a:e", "b:e"))
  expect_identical(terms(~ a * b * e), c("a", "b", "e", "a:b", "a:e", "b:e", "a:b:e"))
  expect_identical(terms(~ (a == "y") * b), c("a == \"y\"", "b", "a == \"y\":b"))
  expect_identical(terms(~ a), "a")
})

test_that("errors name the cause", {
  d <- small(a = a, b = b, e = e, one = "x", id = seq_len(32))
  cases <- list(
    list(d, a ~ b, "formula", "on the right only"),
    list(d, ~1, "formula", "1 is not a variable"),
    list(d, ~ a - b, "formula", "`-` in a - b is not understood"),
    list(d, ~ a + b:e, "formula", "b is in an interaction, but not by itself"),
    list(d, ~ a + b + e + a:b:e, "formula", "a:b:e is in the model, but not b:e"),
    list(d, ~ (a + b)^e, "formula", "the power is a whole number"),
    list(d, ~ a + one, "variable", "one has one level with data, \"x\": it cannot be in the model"),
    list(d, ~ a + id, "variable", "id is a number with 32 values"),
    list(d, ~ a + nowhere, "variable", "nowhere")
  )
  for (case in cases) {
    expect_error(weeg_loglinear(case[[1L]], case[[2L]]), case[[4L]], fixed = TRUE, class = paste0("weeg_error_", case[[3L]]))
  }
  many <- data.frame(id = paste("p", 1:600), a = rep(c("n", "y"), 300))
  expect_error(weeg_loglinear(weeg_design(many), ~ id + a), "1 200 cells", class = "weeg_error_too_large")
  expect_error(weeg_loglinear(weeg_design(many), ~id), "599 coefficients", class = "weeg_error_too_large")
  fit <- weeg_loglinear(d, ~ a * b + e)
  expect_error(anova(fit, fit), "the models are the same", class = "weeg_error_argument")
  expect_error(anova(fit, weeg_loglinear(d, ~ a * e + b)), "neither model contains the other", class = "weeg_error_argument")
  expect_error(anova(fit, weeg_loglinear(d, ~ a + b)), "different tables", class = "weeg_error_argument")
  expect_error(anova(fit, weeg_loglinear(subset(d, e == "u" | a == "y"), ~ a + b + e)), "different data",
               class = "weeg_error_argument")
  expect_error(anova(fit, fit, fit), "one other", class = "weeg_error_argument")
  expect_error(anova(fit, 1), "one other", class = "weeg_error_argument")
  expect_error(anova(fit, method = "wilcoxon"), "`method` must be one of", class = "weeg_error_argument")
  expect_error(vcov(fit[1:2, ]), "rows were taken", class = "weeg_error_argument")
  expect_error(confint(fit, level = 0.9), "level", class = "weeg_error_argument")
})

test_that("empty cells, empty levels and missing values are told", {
  hollow <- ifelse(b == "p", "n", a) # no one with p says y
  d <- small(a = factor(a, levels = c("n", "never", "y")), b = c(NA, b[-1L]), e = e, hollow = hollow)
  fit <- weeg_loglinear(d, ~ a * b)
  expect_identical(fit$level[fit$term == "a"], c("n", "y", "never"))
  expect_match(fit$reason[fit$level == "never"], "no observations")
  expect_identical(glance(fit)$nobs, 31)
  expect_identical(dim(vcov(fit)), c(9L, 9L))
  expect_identical(glance(weeg_loglinear(d, ~ a * b, missing = "level"))$nobs, 32)
  # the saturated model has no finite estimates; that without the interaction has, and can be tested against it
  whole <- weeg_loglinear(d, ~ hollow * b)
  expect_true(all(is.na(whole$estimate)) && all(grepl("no finite estimates", whole$reason)))
  expect_true(all(is.na(vcov(whole))))
  part <- weeg_loglinear(d, ~ hollow + b)
  expect_true(all(is.finite(part$estimate)))
  expect_equal(anova(part, whole)$p.value, weeg_test(d, hollow ~ b, method = "rao-scott-f")$p.value, tolerance = 1e-10)
  # an empty margin of a model that is not saturated
  tested <- anova(weeg_loglinear(d, ~ hollow * b + e))
  expect_identical(is.na(tested$p.value), c(TRUE, TRUE))
  expect_match(tested$reason, "no finite estimates")
  expect_true(is.na(glance(weeg_loglinear(d, ~ hollow * b + e))$deviance))
  # one PSU per stratum leaves no degrees of freedom
  lone <- weeg_design(data.frame(s = rep(1:2, each = 16), a = a, b = b), strata = ~s, cluster = ~s, lonely = "remove")
  none <- weeg_loglinear(lone, ~ a + b)
  expect_identical(none$df, rep(0, 4L))
  expect_true(all(is.na(none$p.value)) && all(!is.na(none$reason)))
  expect_true(is.na(anova(none)$p.value) && !is.na(anova(none)$reason))
})

test_that("effects sum to 0, and results come in every form", {
  fit <- weeg_loglinear(study(), ~ strengths * provider + geslacht)
  main <- tapply(fit$estimate, fit$term, sum)
  expect_equal(as.vector(main), rep(0, 4L), tolerance = 1e-12)
  expect_identical(names(fit), c("term", "level", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high",
                                 "df", "reason"))
  expect_identical(unname(coef(fit)), fit$estimate)
  expect_identical(dimnames(vcov(fit)), list(names(coef(fit)), names(coef(fit))))
  expect_identical(rownames(confint(fit)), names(coef(fit)))
  expect_equal(sqrt(unname(diag(vcov(fit)))), fit$std.error, tolerance = 1e-12)
  expect_identical(class(tidy(fit)), "data.frame")
  tests <- anova(fit)
  expect_identical(tests$model, c("strengths + provider + geslacht", "geslacht + strengths * provider"))
  expect_identical(tests$against, c("geslacht + strengths * provider", "strengths * provider * geslacht"))
  expect_equal(tests$statistic[2L], glance(fit)$statistic)
  expect_identical(names(glance(tests))[11L], "nobs")
  saturated <- weeg_loglinear(study(), ~ strengths * provider)
  expect_identical(nrow(anova(saturated)), 1L)
  expect_equal(glance(saturated)$df.residual, 0)
  expect_match(anova(weeg_loglinear(study(), ~strengths))$reason, "saturated")
  # a tally gives the same as the design, SAS's convention is a first-order test
  expect_equal(coef(weeg_loglinear(weeg_tally(study(), ~ geslacht + provider + strengths), ~ strengths * provider + geslacht)),
               coef(fit))
  expect_identical(anova(weeg_loglinear(weeg_design(study(), conventions = "sas"), ~ strengths + provider))$method,
                   "rao-scott-chisq")
})

test_that("models and tests print within the width", {
  fit <- weeg_loglinear(study(), ~ strengths * provider + geslacht)
  for (width in c(60L, 80L)) {
    for (x in list(fit, anova(fit), anova(fit, method = "lincom"), weeg_loglinear(study(), ~geslacht))) {
      lines <- format(x, width = width)
      expect_true(all(nchar(lines, type = "width") <= width))
      expect_match(lines[1L], "^Log-linear model")
    }
  }
  text <- paste(format(fit, width = 200L), collapse = "\n")
  expect_match(text, "Model: geslacht + strengths * provider", fixed = TRUE)
  expect_match(text, "Lack of fit: Rao")
  expect_match(paste(format(anova(fit), width = 200L), collapse = "\n"),
               "strengths + provider + geslacht against geslacht + strengths * provider", fixed = TRUE)
  expect_match(paste(format(weeg_loglinear(study(), ~geslacht)), collapse = "\n"), "Saturated: it fits every table.")
  expect_output(print(fit), "Log-linear model")
})

test_that("augment() has the cells: shares fitted by iterative proportional fitting, residuals that sum to chisq", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
  fit <- weeg_loglinear(d, ~ (geslacht + ronde + vertrouwen)^2)
  cells <- augment(fit)
  table <- stats::xtabs(gewicht ~ geslacht + ronde + vertrouwen, openvoorwerk)
  shares <- table / sum(table)
  known <- stats::loglin(shares, list(1:2, c(1, 3), 2:3), fit = TRUE, print = FALSE, eps = 1e-14, iter = 1000L)$fit
  at <- as.matrix(cells[c("geslacht", "ronde", "vertrouwen")])
  expect_equal(cells$.prop, shares[at], tolerance = 1e-12)
  expect_equal(cells$.fitted, known[at], tolerance = 1e-7) # iterated fits
  expect_equal(sum(cells$.resid^2), glance(fit)$chisq, tolerance = 1e-6) # small differences, squared
  expect_identical(sum(cells$.observed), as.double(glance(fit)$nobs))
})
