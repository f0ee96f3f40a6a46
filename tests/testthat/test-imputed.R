# Completed data sets as one design, against mitools: MIcombine() of what survey has in each. Tolerances: 1e-9, as sums of a few
# hundred numbers are added in another order. Degrees of freedom of Barnard and Rubin are not those of MIcombine(), which
# leaves 1 + 1/m out: they are written out here.

test_that("figures in random designs are MIcombine's of survey's", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  compared <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 24L))) {
    sets <- random_sets(seed)
    fpc <- if (seed %% 3 == 0) ~N
    d <- weeg_design(mitools::imputationList(sets), weights = ~w, strata = ~h, cluster = ~psu, fpc = fpc, conventions = "survey")
    s <- survey::svydesign(~psu, strata = ~h, weights = ~w, fpc = fpc, data = mitools::imputationList(sets))$designs
    by <- function(formula, verb, ...) lapply(s, function(one) survey::svyby(formula, ~g, one, verb, ...))
    means <- by(~z, survey::svymean)
    got <- weeg_mean(d, z ~ g)
    expect_pooled(got, lapply(means, stats::coef), lapply(means, function(x) survey::SE(x)^2), seed)
    for (k in 1:2) {
      level <- c("p", "q")[k]
      domain <- survey::degf(s[[1L]][sets[[1L]]$g == level, ])
      estimates <- vapply(means, function(x) stats::coef(x)[[k]], 0)
      variances <- vapply(means, function(x) survey::SE(x)[[k]]^2, 0)
      df <- barnard_rubin(estimates, variances, domain)
      expect_equal(got$df[k], df, tolerance = 1e-9, info = seed)
      limits <- got$estimate[k] + c(-1, 1) * stats::qt(0.975, df) * got$std.error[k]
      expect_equal(c(got$conf.low[k], got$conf.high[k]), limits, tolerance = 1e-9, info = seed)
    }
    ratios <- lapply(s, function(one) survey::svyratio(~z, ~w, one))
    expect_pooled(weeg_ratio(d, ~ z / w), lapply(ratios, stats::coef), lapply(ratios, function(x) c(survey::SE(x))^2), seed)
    totals <- lapply(s, function(one) survey::svytotal(~z, one))
    expect_pooled(weeg_total(d, z ~ 1), lapply(totals, stats::coef), lapply(totals, function(x) c(survey::SE(x))^2), seed)
    counts <- lapply(s, function(one) survey::svytotal(~y, one))
    expect_pooled(weeg_total(d, ~y), lapply(counts, stats::coef), lapply(counts, function(x) c(survey::SE(x))^2), seed)
    shares <- by(~y, survey::svymean)
    order <- c(1, 3, 5, 2, 4, 6) # survey has groups fastest
    got <- weeg_proportion(d, y ~ g, interval = "wald")
    expect_pooled(got, lapply(shares, function(x) stats::coef(x)[order]),
                  lapply(shares, function(x) c(as.matrix(survey::SE(x)))[order]^2), seed)
    compared <- compared + 1
  }
  expect_gt(compared, 20)
})

test_that("intervals of proportions are those of their formulas", {
  sets <- random_sets(7)
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = "survey")
  each <- lapply(seq_along(sets), function(k) weeg_proportion(d[[k]], y ~ g))
  p <- sapply(each, `[[`, "estimate")
  v <- sapply(each, `[[`, "std.error")^2
  complete <- each[[1L]]$df
  got <- weeg_proportion(d, y ~ g, interval = "beta")
  df <- vapply(seq_along(complete), function(i) barnard_rubin(p[i, ], v[i, ], complete[i]), 0)
  expect_equal(got$df, df, tolerance = 1e-9)
  # Korn and Graubard (1998)
  n <- with(got, estimate * (1 - estimate) / std.error^2 * (stats::qt(0.025, n.base - 1) / stats::qt(0.025, df))^2)
  x <- n * got$estimate
  expect_equal(got$conf.low, stats::qbeta(0.025, x, n - x + 1), tolerance = 1e-9)
  expect_equal(got$conf.high, stats::qbeta(0.975, x + 1, n - x), tolerance = 1e-9)
  expect_equal(got$deff, with(got, std.error^2 / (estimate * (1 - estimate) / (n.base - 1))), tolerance = 1e-9)
  # pooled log odds
  logits <- log(p / (1 - p))
  spread <- v / (p * (1 - p))^2
  m <- length(sets)
  centre <- rowMeans(logits)
  error <- sqrt(rowMeans(spread) + (1 + 1 / m) * apply(logits, 1, stats::var))
  df <- vapply(seq_along(complete), function(i) barnard_rubin(logits[i, ], spread[i, ], complete[i]), 0)
  got <- weeg_proportion(d, y ~ g, interval = "logit")
  expect_equal(got$conf.low, stats::plogis(centre - stats::qt(0.975, df) * error), tolerance = 1e-9)
  expect_equal(got$conf.high, stats::plogis(centre + stats::qt(0.975, df) * error), tolerance = 1e-9)
  expect_equal(got$df, df, tolerance = 1e-9)
  expect_equal(got$estimate, rowMeans(p), tolerance = 1e-12)
})

test_that("comparisons and functions are those of MIcombine() on the scale of their limits", {
  skip_if_not_installed("mitools")
  compared <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 24L))) {
    sets <- random_sets(seed)
    for (conventions in c("survey", "weeg")) {
      d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = conventions)
      got <- weeg_compare(d, y ~ g, measures = c("difference", "risk-ratio", "number-needed"))
      each <- lapply(seq_along(sets), function(k) weeg_compare(d[[k]], y ~ g, measures = c("difference", "risk-ratio")))
      of <- function(measure, column) lapply(each, function(x) x[[column]][x$measure == measure])
      variances <- lapply(of("difference", "std.error"), function(x) x^2)
      if (anyNA(unlist(of("risk-ratio", "std.error")))) next
      difference <- got[got$measure == "difference", ]
      expect_pooled(difference, of("difference", "estimate"), variances, seed)
      complete <- Reduce(`+`, of("difference", "df")) / length(sets)
      df <- vapply(1:3, function(i) {
        barnard_rubin(vapply(of("difference", "estimate"), `[`, 0, i), vapply(variances, `[`, 0, i), complete[i])
      }, 0)
      finite <- is.finite(complete)
      expect_equal(difference$df[finite], df[finite], tolerance = 1e-9, info = seed)
      t <- stats::qt(0.975, difference$df)
      z <- conventions == "weeg" # limits of Fisher's z
      slope <- if (z) 1 / (1 - difference$estimate^2) else 1
      centre <- if (z) atanh(difference$estimate) else difference$estimate
      high <- centre + t * slope * difference$std.error
      expect_equal(difference$conf.high, if (z) tanh(high) else high, tolerance = 1e-9, info = seed)
      expect_equal(difference$p.value, 2 * stats::pt(-abs(centre / slope / difference$std.error), difference$df),
                   tolerance = 1e-9, info = seed)
      expect_equal(difference$p.adjusted, stats::p.adjust(difference$p.value, "holm"), tolerance = 1e-12)
      ratio <- got[got$measure == "risk-ratio", ]
      known <- combined(lapply(of("risk-ratio", "estimate"), log), lapply(of("risk-ratio", "std.error"), function(x) x^2))
      expect_equal(log(ratio$estimate), known$estimate, tolerance = 1e-9, info = seed)
      expect_equal(ratio$std.error, known$std.error, tolerance = 1e-9, info = seed)
      expect_equal(ratio$conf.low, exp(known$estimate - stats::qt(0.975, ratio$df) * known$std.error), tolerance = 1e-9)
      needed <- got[got$measure == "number-needed", ]
      expect_equal(needed$estimate, 1 / difference$estimate, tolerance = 1e-9)
      expect_equal(needed$conf.low, ifelse(difference$conf.low * difference$conf.high < 0, 1 / difference$conf.low,
                                           1 / difference$conf.high), tolerance = 1e-9)
      both <- lapply(seq_along(sets), function(k) weeg_contrast(d[[k]], y ~ g, lead = ~ a - b))
      got <- weeg_contrast(d, y ~ g, lead = ~ a - b, null = 0.1)
      expect_pooled(got, lapply(both, `[[`, "estimate"), lapply(both, function(x) x$std.error^2), seed)
      expect_equal(got$p.value, 2 * stats::pt(-abs((got$estimate - 0.1) / got$std.error), got$df), tolerance = 1e-9)
    }
    compared <- compared + 1
  }
  expect_gt(compared, 20)
})

test_that("contrasts, quantiles, a figure from elsewhere", {
  skip_if_not_installed("mitools")
  sets <- random_sets(5)
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  k <- 2
  expect_identical(weeg_contrast(d, y ~ 1, quote(a - k * b))$estimate, weeg_contrast(d, y ~ 1, ~ a - 2 * b)$estimate)
  pool <- function(verb) {
    each <- lapply(seq_along(sets), function(k) verb(d[[k]]))
    expect_pooled(verb(d), lapply(each, `[[`, "estimate"), lapply(each, function(x) x$std.error^2), deparse1(body(verb)))
  }
  pool(function(d) weeg_compare(d, y ~ h, contrasts = "trend"))
  pool(function(d) weeg_compare(d, y ~ g, against = "total", answers = "a", measures = "difference"))
  pool(function(d) weeg_compare(d, ~y, against = list(estimate = 0.3, n = 900), answers = "a", measures = "difference"))
  pool(function(d) weeg_compare(d, y ~ g, adjust_for = ~h, measures = "difference"))
  pool(function(d) weeg_quantile(d, z ~ g, probs = c(0.25, 0.5)))
  got <- weeg_quantile(d, z ~ g)
  expect_equal(got$conf.high, got$estimate + stats::qt(0.975, got$df) * got$std.error, tolerance = 1e-9)
  two <- weeg_compare(d, I(y == "a") ~ h, contrasts = "trend")
  expect_equal(two$p.adjusted, two$p.value, tolerance = 1e-12) # one hypothesis
  expect_identical(names(weeg_table(weeg_compare(d, y ~ g))), names(weeg_table(weeg_compare(d[[1]], y ~ g))))
})

# Wald's statistic of (groups - 1)(answers - 1) differences of shares is not that of residuals, so estimates and covariances are
# made of survey's totals here: of the residuals of cells, differentiated by hand.
residuals_of <- function(x, s) {
  cells <- interaction(x$g, x$y, lex.order = TRUE)
  s <- stats::update(s, cells = cells, one = 1)
  total <- survey::svytotal(~cells, s)
  t <- matrix(stats::coef(total), 2, byrow = TRUE)
  n <- sum(t)
  at <- cbind(2, 2:3)
  estimate <- vapply(1:2, function(k) t[at[k, 1], at[k, 2]] / n - sum(t[2, ]) * sum(t[, at[k, 2]]) / n^2, 0)
  slope <- t(vapply(1:2, function(k) {
    c(t(outer(1:2, 1:3, function(i, j) {
      row <- sum(t[2, ]) / n
      column <- sum(t[, at[k, 2]]) / n
      ((i == 2 & j == at[k, 2]) - (i == 2) * column - (j == at[k, 2]) * row + row * column) / n
    })))
  }, double(6)))
  list(estimate = estimate, covariance = slope %*% stats::vcov(total) %*% t(slope))
}

# p_qk - p_q p_k and its variance, by the influence of each row.
one_residual <- function(x, s, answer) {
  share <- function(of) sum(x$w * of) / sum(x$w)
  row <- (x$g == "q") - share(x$g == "q")
  column <- (x$y == answer) - share(x$y == answer)
  estimate <- share(row * column)
  s$variables$u <- (row * column - estimate) / sum(x$w)
  list(estimate = estimate, variance = as.vector(survey::SE(survey::svytotal(~u, s)))^2)
}

test_that("the test of independence is D1 with Reiter's degrees of freedom", {
  skip_if_not_installed("survey")
  tested <- c(0, 0)
  for (seed in seq_len(number_from("WEEG_IMPUTED", 24L))) {
    sets <- random_sets(seed)
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
    found <- lapply(sets, function(x) residuals_of(x, survey::svydesign(~psu, strata = ~h, weights = ~w, data = x)))
    design_df <- weeg_test(d[[1L]], y ~ g)$df
    known <- d1(lapply(found, `[[`, "estimate"), lapply(found, `[[`, "covariance"), design_df - 1)
    got <- weeg_test(d, y ~ g)
    expect_equal(got$statistic, known$statistic * (design_df - 1) / design_df, tolerance = 1e-9, info = seed)
    expect_equal(got$den.df, known$df, tolerance = 1e-9, info = seed)
    expect_equal(got$p.value, stats::pf(got$statistic, 2, known$df, lower.tail = FALSE), tolerance = 1e-9, info = seed)
    by_reiter <- length(sets) > 3
    tested <- tested + c(by_reiter, !by_reiter)
    # of one estimate: the square of a t with Barnard and Rubin's degrees of freedom, but for the linearisation
    expect_identical(weeg_test(d, I(y == "a") ~ g)$num.df, 1)
  }
  expect_true(all(tested > 3))
  # equal data sets: the test of one
  d <- weeg_design(sets[c(1, 1, 1)], weights = ~w, strata = ~h, cluster = ~psu)
  one <- weeg_test(d[[1L]], y ~ g, method = "adjusted-wald")
  all <- weeg_test(d, y ~ g)
  expect_equal(all$statistic, one$statistic, tolerance = 1e-9)
  expect_equal(all$den.df, (one$den.df + 1) / (one$den.df + 3) * one$den.df, tolerance = 1e-9)
  expect_match(paste(format(all), collapse = " "), "D1 of Li, Raghunathan")
  two <- weeg_test(d, y + I(z > 10) ~ g)
  expect_identical(two$p.value[1L], all$p.value)
  expect_error(weeg_test(d, y ~ g, method = "rao-scott-f"), "can only be \"adjusted-wald\"", class = "weeg_error_unsupported")
  few <- weeg_test(subset(d, h == 1 & psu < 3), y ~ g)
  expect_true(is.na(few$p.value) && !is.na(few$reason))
})

test_that("logistic models in random designs are MIcombine's of svyglm()", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  compared <- 0
  for (seed in seq_len(number_from("WEEG_IMPUTED", 24L))) {
    sets <- lapply(random_sets(seed), function(x) cbind(x, k = factor(x$z > 11, labels = c("low", "high")), h3 = factor(x$h)))
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, conventions = "survey")
    fit <- function(x) {
      s <- survey::svydesign(~psu, strata = ~h, weights = ~w, data = x)
      suppressWarnings(survey::svyglm(k ~ g + y, s, family = stats::quasibinomial(), control = list(epsilon = 1e-14, maxit = 50)))
    }
    got <- tryCatch(weeg_logistic(d, k ~ g + y), weeg_error_numeric = function(e) NULL) # separated
    if (is.null(got)) next
    fits <- lapply(sets, fit)
    coefs <- lapply(fits, stats::coef)
    known <- mitools::MIcombine(coefs, lapply(fits, stats::vcov))
    expect_equal(unname(coef(got)), unname(stats::coef(known)), tolerance = 1e-7, info = seed)
    expect_equal(unname(vcov(got)), unname(stats::vcov(known)), tolerance = 1e-7, info = seed)
    expect_equal(got$std.error, unname(sqrt(diag(stats::vcov(known)))), tolerance = 1e-7, info = seed)
    expect_equal(got$fmi, unname(as.double(known$missinfo)), tolerance = 1e-6, info = seed)
    expect_equal(got$odds.ratio, c(NA, exp(unname(stats::coef(known))[-1L])), tolerance = 1e-7)
    complete <- stats::df.residual(fits[[1L]])
    if (complete < 1) next
    df <- vapply(1:4, function(i) {
      barnard_rubin(vapply(coefs, `[[`, 0, i), vapply(fits, function(f) stats::vcov(f)[i, i], 0), complete)
    }, 0)
    expect_equal(got$df, df, tolerance = 1e-6, info = seed)
    expect_equal(got$conf.low, unname(stats::coef(known)) - stats::qt(0.975, df) * got$std.error, tolerance = 1e-6, info = seed)
    tests <- anova(got)
    want <- d1(lapply(coefs, `[`, 3:4), lapply(fits, function(f) stats::vcov(f)[3:4, 3:4]), complete)
    expect_equal(tests$statistic[2L], want$statistic, tolerance = 1e-6, info = seed)
    expect_equal(tests$den.df[2L], want$df, tolerance = 1e-6, info = seed)
    expect_equal(tests$p.value[2L], stats::pf(want$statistic, 2, want$df, lower.tail = FALSE), tolerance = 1e-6, info = seed)
    expect_identical(tests$p.value[1L], got$p.value[2L])
    compared <- compared + 1
  }
  expect_gt(compared, 20)
})

test_that("cross-tabs have the pooled proportions of their cells, and the pooled test", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  columns <- c("estimate", "std.error", "conf.low", "conf.high", "df", "fmi", "n", "reason")
  net <- list("a or b" = c("a", "b"))
  for (seed in 1:10) {
    sets <- random_sets(seed)
    d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
    got <- weeg_crosstab(d, y ~ g, answers = net)
    same <- function(x, y) {
      expect_equal(unclass(x)[columns], unclass(as.data.frame(y))[columns], tolerance = 1e-12, ignore_attr = TRUE)
    }
    same(got$row, weeg_proportion(d, y ~ g))
    same(got$margin, weeg_proportion(d, ~y))
    same(got$nets$row, weeg_proportion(d, y ~ g, answers = net))
    expect_identical(as.data.frame(got$test), as.data.frame(weeg_test(d, y ~ g)))
    s <- lapply(sets, function(x) survey::svydesign(~psu, strata = ~h, weights = ~w, data = x))
    cells <- lapply(s, function(one) survey::svymean(~ interaction(y, g), one))
    expect_pooled(got$total, lapply(cells, stats::coef), lapply(cells, function(x) survey::SE(x)^2), seed)
    expect_equal(got$weighted, Reduce(`+`, lapply(sets, function(x) stats::xtabs(w ~ g + y, x))) / length(sets),
                 ignore_attr = TRUE)
    # of q, and the answers; those of p are their negatives
    each <- lapply(levels(sets[[1L]]$y), function(answer) Map(one_residual, sets, s, answer))
    z <- vapply(each, function(of) {
      known <- combined(lapply(of, `[[`, "estimate"), lapply(of, `[[`, "variance"))
      known$estimate / known$std.error
    }, 0)
    expect_equal(got$residuals, rbind(-z, z), tolerance = 1e-8, info = seed, ignore_attr = TRUE)
    df <- vapply(each, function(of) {
      barnard_rubin(vapply(of, `[[`, 0, "estimate"), vapply(of, `[[`, 0, "variance"), survey::degf(s[[1L]]))
    }, 0)
    p <- stats::p.adjust(2 * stats::pt(-abs(z), df), "holm")
    expect_equal(unname(got$residual.p), rbind(p, p), tolerance = 1e-7, info = seed, ignore_attr = TRUE)
  }
  expect_match(paste(format(got), collapse = " "), "imputations, up to.*Adjusted Wald F.*of the test D1")
  expect_true(all(c("fmi", "residual.p") %in% names(tidy(got))))
  expect_identical(nrow(glance(got)), 1L)
  expect_s3_class(weeg_table(got), "data.frame")
  expect_error(weeg_crosstab(d, y ~ g, method = "rao-scott-f"), "can only be \"adjusted-wald\"", class = "weeg_error_unsupported")
})

test_that("a pooled model prints, plots, and says what it lacks", {
  d <- weeg_design(random_sets(4), weights = ~w, strata = ~h, cluster = ~psu)
  fit <- weeg_logistic(d, y ~ g, answers = "a")
  expect_match(paste(format(fit), collapse = " "), "imputations, up to.*of terms D1")
  expect_identical(nrow(glance(fit)), 1L)
  expect_true("fmi" %in% names(tidy(fit)))
  expect_error(augment(fit), "has no cells", class = "weeg_error_unsupported")
  grDevices::pdf(NULL)
  plot(fit)
  grDevices::dev.off()
  lacking <- random_sets(4)
  lacking[[2L]]$g <- factor("p", c("p", "q"))
  lacking[[2L]]$g[1:3] <- "q"
  levels(lacking[[1L]]$g) <- c("p", "r")
  d <- weeg_design(lacking, weights = ~w, strata = ~h, cluster = ~psu)
  expect_error(weeg_logistic(d, y ~ g, answers = "a"), "other coefficients", class = "weeg_error_variable")
})

test_that("dplyr's verbs, update() and transform() work in each data set", {
  d <- weeg_design(random_sets(3), weights = ~w, strata = ~h, cluster = ~psu)
  want <- as.data.frame(weeg_proportion(subset(d, z > 9), I(z > 12) ~ g))[c("estimate", "std.error", "df")]
  same <- function(x) expect_identical(as.data.frame(weeg_proportion(x, high ~ g))[names(want)], want)
  same(subset(update(d, high = z > 12), z > 9))
  same(subset(transform(d, high = z > 12), z > 9))
  expect_error(update(d, w = 1), "cannot be changed", class = "weeg_error_unsupported")
  skip_if_not_installed("dplyr")
  same(dplyr::mutate(dplyr::filter(d, z > 9), high = z > 12))
  grouped <- dplyr::group_by(dplyr::mutate(dplyr::filter(d, z > 9), high = z > 12), g)
  expect_identical(as.data.frame(weeg_proportion(grouped, ~high))[names(want)], want)
  expect_identical(weeg_mean(dplyr::ungroup(grouped), ~z), weeg_mean(dplyr::filter(d, z > 9), ~z))
  expect_identical(names(dplyr::select(d, z)[[2]]$data), c("z", "w", "h", "psu"))
  expect_error(dplyr::filter(d, zz > 9), "no variable `zz`", class = "weeg_error_variable")
  expect_error(dplyr::summarise(d, m = mean(z)), "verbs of their own", class = "weeg_error_unsupported")
})

test_that("pooled results print, plot and become tables", {
  d <- weeg_design(random_sets(4), weights = ~w, strata = ~h, cluster = ~psu)
  for (x in list(weeg_proportion(d, y ~ g), weeg_mean(d, z ~ g), weeg_total(d, ~y), weeg_quantile(d, z ~ g),
                 weeg_compare(d, y ~ g), weeg_contrast(d, y ~ g, ~ a - b))) {
    text <- paste(format(x), collapse = " ")
    expect_match(text, paste(length(d), "imputations, up to"))
    expect_match(text, "pooling Rubin")
    expect_false(grepl("(design|effective) df", text))
    expect_s3_class(weeg_table(x), "data.frame")
    expect_true("fmi" %in% names(tidy(x)))
    expect_length(coef(x), nrow(x))
    expect_identical(nrow(glance(x)), 1L)
    grDevices::pdf(NULL)
    plot(x)
    grDevices::dev.off()
  }
})

# Its published figures: test-published-numbers.R.
test_that("plausible values of PISA 2012 in New Zealand are pooled as withPV()'s", {
  skip_if_not_installed("mitools")
  pisa <- new.env()
  utils::data("pisamaths", package = "mitools", envir = pisa)
  d <- weeg_design(pisa$pisamaths, weights = ~W_FSTUWT, strata = ~STRATUM, cluster = ~SCHOOLID, nest = TRUE,
                   lonely = "certainty")
  drawn <- weeg_plausible(d, maths ~ PV1MATH + PV2MATH + PV3MATH + PV4MATH + PV5MATH)
  expect_identical(weeg_mean(weeg_plausible(d, maths ~ paste0("PV", 1:5, "MATH")), ~maths), weeg_mean(drawn, ~maths))
  skip_if_not_installed("survey")
  s <- survey::svydesign(~SCHOOLID, strata = ~STRATUM, weights = ~W_FSTUWT, data = pisa$pisamaths, nest = TRUE)
  old <- options(survey.lonely.psu = "certainty")
  on.exit(options(old))
  known <- mitools::withPV(maths ~ PV1MATH + PV2MATH + PV3MATH + PV4MATH + PV5MATH, data = s,
                           action = function(design) survey::svymean(~maths, design), rewrite = TRUE)
  expect_pooled(weeg_mean(drawn, ~maths), lapply(known, stats::coef), lapply(known, function(x) c(survey::SE(x))^2), "withPV")
  expect_error(weeg_plausible(d, maths ~ PV1MATH), "needs two columns or more", class = "weeg_error_argument")
  expect_error(weeg_plausible(d, maths ~ PV1MATH + PV1MATH), "each once", class = "weeg_error_argument")
  expect_error(weeg_plausible(d, ~ PV1MATH + PV2MATH), "must be a formula", class = "weeg_error_formula")
  expect_error(weeg_plausible(d, maths ~ PV1MATH + log(PV2MATH)), "must be a formula", class = "weeg_error_formula")
  expect_error(weeg_plausible(d, maths ~ nothing()), "cannot evaluate nothing()", fixed = TRUE, class = "weeg_error_formula")
  expect_error(weeg_plausible(d, maths ~ PV1MATH + PV6MATH), "PV6MATH", class = "weeg_error_variable")
  expect_error(weeg_plausible(d, MATHEFF ~ PV1MATH + PV2MATH), "a variable already", class = "weeg_error_argument")
  expect_error(weeg_plausible(d, list(a ~ PV1MATH + PV2MATH, b ~ PV3MATH + PV4MATH + PV5MATH)),
               "b in `mapping` has 3 columns, but a has 2", class = "weeg_error_argument")
  expect_error(weeg_plausible(drawn, maths ~ PV1MATH + PV2MATH), "not pooled", class = "weeg_error_unsupported")
})

# A small sample, in which an answer was imputed.
sets_of <- function(...) {
  lapply(list(...), function(y) data.frame(y = y, g = rep(c("one", "two"), each = 8), psu = rep(1:8, each = 2), w = 1))
}
answers <- c("yes", "no", "no", "no", "yes", "yes", "no", "yes", "no", "no", "yes", "no", "yes", "yes", "yes", "no")

test_that("equal data sets give the figures of one, with Barnard and Rubin's degrees of freedom", {
  sets <- sets_of(answers, answers, answers)
  for (conventions in c("weeg", "stata")) {
    d <- weeg_design(sets, weights = ~w, cluster = ~psu, conventions = conventions)
    one <- weeg_proportion(d[[1L]], y ~ g)
    all <- weeg_proportion(d, y ~ g)
    same <- c("g", "outcome", "level", "estimate", "std.error", "n", "n.base", "n.weighted", "n.effective", "deff")
    expect_equal(as.list(all)[same], as.list(one)[same], tolerance = 1e-12)
    expect_equal(all$df, (one$df + 1) / (one$df + 3) * one$df, tolerance = 1e-9)
    expect_identical(all$fmi, rep(0, 4))
  }
})

test_that("estimates of 0 and 1, and what one data set lacks", {
  d <- weeg_design(sets_of(rep("yes", 16), rep("yes", 16)), weights = ~w, cluster = ~psu)
  all <- weeg_proportion(d, y ~ g)
  one <- weeg_proportion(d[[1L]], y ~ g)
  expect_identical(all[c("conf.low", "conf.high", "reason")], one[c("conf.low", "conf.high", "reason")], ignore_attr = TRUE)
  levels <- c("yes", "no", "never")
  sets <- sets_of(factor(answers, levels), factor(c("no", answers[-1]), levels))
  sets[[2L]]$y[9:16] <- NA
  none <- weeg_proportion(weeg_design(sets, weights = ~w, cluster = ~psu), y ~ g)
  expect_identical(is.na(none$estimate), rep(c(FALSE, TRUE), each = 3))
  expect_identical(weeg_reason_code(none)[4:6], rep("empty", 3))
  sets[[2L]]$y[9:10] <- c("yes", "no") # of the group "two" in one PSU: no variance
  none <- weeg_proportion(weeg_design(sets, weights = ~w, cluster = ~psu), y ~ g)
  expect_identical(is.na(none$std.error), c(FALSE, FALSE, FALSE, TRUE, TRUE, FALSE)) # an answer of nobody is 0, without variance
  expect_false(anyNA(none$estimate))
  expect_true(all(is.na(none$conf.low[4:5])))
})

test_that("what is no list of completed data sets is refused", {
  sets <- sets_of(answers, answers, rev(answers))
  expect_error(weeg_design(sets[1L], weights = ~w), "has one data set", class = "weeg_error_argument")
  expect_error(weeg_design(structure(list(imputations = list()), class = "imputationList")), "no data sets",
               class = "weeg_error_argument")
  expect_error(weeg_design(c(sets, list(1)), weights = ~w), "data set 4 in `data` is no data frame, but numeric",
               class = "weeg_error_argument")
  short <- sets
  short[[2L]] <- short[[2L]][-1L, ]
  expect_error(weeg_design(short, weights = ~w), "data set 2 in `data` has 15 rows, but data set 1 has 16",
               class = "weeg_error_argument")
  other <- sets
  other[[3L]]$y[1L] <- "perhaps"
  d <- weeg_design(other, weights = ~w, cluster = ~psu)
  expect_error(weeg_proportion(d, y ~ g), "data set 3 has other levels of y than data set 1", class = "weeg_error_variable")
  other <- sets
  other[[2L]]$g <- factor(other[[2L]]$g, c("one", "two", "three"))
  d <- weeg_design(other, weights = ~w, cluster = ~psu)
  expect_error(weeg_proportion(d, y ~ g), "data set 2 has other levels of g than data set 1", class = "weeg_error_variable")
  sets[[2L]]$w[3L] <- NA
  expect_error(weeg_design(sets, weights = ~w), "data set 2: .*weight", class = "weeg_error_weight")
  expect_error(weeg_proportion(d, nothing ~ g), "nothing", class = "weeg_error_variable")
})

test_that("designs of data sets: domains, conventions, those of survey, one by one", {
  skip_if_not_installed("survey")
  skip_if_not_installed("mitools")
  sets <- random_sets(3)
  d <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu)
  expect_identical(length(d), length(sets))
  expect_s3_class(d[[2]], "weeg_design")
  expect_error(d[[9]], "`i` must be one whole number", class = "weeg_error_argument")
  limit <- 10
  few <- weeg_mean(subset(d, z > limit), ~z)
  means <- vapply(sets, function(x) with(x[x$z > 10, ], stats::weighted.mean(z, w)), 0)
  expect_equal(few$estimate, mean(means), tolerance = 1e-12)
  expect_error(subset(d), "needs a condition", class = "weeg_error_argument")
  of_survey <- survey::svydesign(~psu, strata = ~h, weights = ~w, data = mitools::imputationList(sets))
  expect_equal(as.data.frame(weeg_mean(weeg_design(of_survey), z ~ g)),
               as.data.frame(weeg_mean(weeg_design(d, conventions = "survey"), z ~ g)), tolerance = 1e-12)
  expect_equal(as.data.frame(weeg_mean(weeg_design(of_survey$designs), z ~ g)),
               as.data.frame(weeg_mean(weeg_design(of_survey), z ~ g)))
  given <- weeg_design(sets, weights = ~w, strata = ~h, cluster = ~psu, df = 12)
  expect_true(all(weeg_mean(given, z ~ g)$df < 12))
})

test_that("a mids of package mice is its completed data sets", {
  skip_if_not_installed("mice")
  m <- mice::mice(mice::nhanes2, m = 4, printFlag = FALSE, seed = 1)
  d <- weeg_design(m)
  each <- lapply(mice::complete(m, "all"), function(x) summary(stats::glm(chl ~ 1, data = x))$coefficients)
  expect_pooled(weeg_mean(d, ~chl), lapply(each, `[`, 1L), lapply(each, function(x) x[2L]^2), "mids")
  fits <- with(m, stats::glm(hyp ~ age, family = stats::binomial))
  fit <- tryCatch(weeg_logistic(d, hyp ~ age), weeg_error_numeric = function(e) NULL) # separated
  if (!is.null(fit)) expect_equal(unname(coef(fit)), summary(mice::pool(fits))$estimate, tolerance = 1e-6)
})

test_that("what is not pooled is refused by its name", {
  d <- weeg_design(sets_of(answers, rev(answers)), weights = ~w, cluster = ~psu)
  expect_error(weeg_tally(d, ~y), "weeg_tally() is not pooled over completed data sets", fixed = TRUE,
               class = "weeg_error_unsupported")
  expect_error(weeg_shrink(d, y ~ g), "weeg_shrink() is not pooled", fixed = TRUE, class = "weeg_error_unsupported")
  expect_error(weeg_design(d), "is not pooled", class = "weeg_error_unsupported")
})

test_that("what is a design of completed data sets first", {
  sets <- mitools::imputationList(list(openvoorwerk, openvoorwerk))
  designs <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = sets)
  expect_error(weeg_mean(designs, leeftijd ~ ronde), "a design is made first.*weeg_design", class = "weeg_error")
  expect_error(weeg_proportion(designs, ~strengths), "a design is made first.*weeg_design", class = "weeg_error")
})

test_that("cross-tabs and models of data sets with other levels are refused as proportions are", {
  first <- data.frame(q = factor(rep(c("a", "b", "c"), 20)), g = factor(rep(c("x", "y", "z", "z"), 15)), k = rep(1:4, each = 15))
  other <- list(q = transform(first, q = factor(ifelse(q == "c", "a", as.character(q)))),
                g = transform(first, g = factor(ifelse(g == "z", "x", as.character(g)))))
  for (name in names(other)) for (turned in c(FALSE, TRUE)) {
    sets <- list(first, other[[name]])
    d <- weeg_design(if (turned) rev(sets) else sets, weights = ~1)
    said <- paste("data set 2 has other levels of", name, "than data set 1")
    expect_error(weeg_proportion(d, q ~ g), said, class = "weeg_error_variable")
    expect_error(weeg_crosstab(d, q ~ g), said, class = "weeg_error_variable")
    nets <- list(ab = c("a", "b"))
    expect_error(weeg_crosstab(d, q ~ g, answers = nets), said, class = "weeg_error_variable")
    if (name == "q") {
      expect_error(weeg_logistic(d, q ~ g, answers = "a"), said, class = "weeg_error_variable")
      expect_error(weeg_logistic(d, q ~ g), said, class = "weeg_error_variable")
    }
  }
  d <- weeg_design(list(first, first), weights = ~1)
  expect_identical(weeg_crosstab(d, q ~ g)$counts, weeg_crosstab(d$designs[[1L]], q ~ g)$counts)
  expect_identical(nrow(weeg_logistic(d, q ~ g, answers = "a")), 3L)
})
