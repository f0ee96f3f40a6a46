# Decomposition and standardisation: textbook formulas of the cells' totals, standard errors by complex-step derivatives of
# those formulas given to survey::svytotal, and survey::svystandardize.

# Components from totals T[group, category, answer], for the first answer.
components_of <- function(totals) {
  base <- apply(totals, 1:2, sum)
  share <- base / rowSums(base)
  rate <- totals[, , 1L] / base
  rate[Re(base) == 0] <- 0
  c(rate = sum((share[1L, ] + share[2L, ]) / 2 * (rate[1L, ] - rate[2L, ])),
    composition = sum((share[1L, ] - share[2L, ]) * (rate[1L, ] + rate[2L, ]) / 2))
}

gradient_of <- function(f, x) {
  step <- 1e-30 * max(x)
  vapply(seq_along(x), function(i) {
    moved <- x + 0i
    moved[i] <- moved[i] + complex(imaginary = step)
    Im(f(moved)) / step
  }, f(x))
}

compare_decomposition <- function(s) {
  data <- s$data
  data$part <- factor(sample(c("p", "q", "r"), nrow(data), TRUE, c(3, 2, 1)), c("p", "q", "r"))
  s$x$data <- s$data <- data
  s$x$by_tally <- FALSE
  s$survey <- survey_view(s$x)
  known <- domain_of(s, !is.na(data$cell))
  rows <- known$design$variables
  w <- stats::weights(known$design)
  full <- s$groups[s$groups %in% rows$fg[w > 0]]
  if (length(full) < 2L) return(invisible())
  pair <- sample(full, 2L)
  level <- pick(as.character(unique(rows$fy[w > 0])))
  got <- attempt(s, "decompose: df", list(known), function() {
    as.data.frame(weeg_decompose(weeg_view(s$x), y ~ g, by = ~part, pairs = pair, answers = level))
  })
  if (is.null(got)) return(invisible())
  rows$answer <- factor(rows$fy == level, c(TRUE, FALSE))
  rows$fg <- factor(rows$fg, pair)
  totals <- unclass(tapply(w, rows[c("fg", "part", "answer")], sum, default = 0))
  empty <- colSums(apply(totals, 1:2, sum) == 0)
  df <- domain_of(s, data$fg %in% pair)$df
  s$log$same("decompose: df", got$df, rep(df, 3L))
  if (any(empty == 1)) {
    return(s$log$except("decompose: rate", "category in one group only", is.na(got$estimate) & grepl("combine it", got$reason)))
  }
  alone <- any(vapply(pair, function(g) lies_alone(s, data$fg %in% g & !is.na(data$cell)), NA))
  want <- components_of(totals)
  gradient <- gradient_of(components_of, totals)
  want <- c(total = sum(want), want)
  gradient <- rbind(total = colSums(gradient), gradient)
  at <- array(seq_along(totals), dim(totals))[cbind(as.integer(rows$fg), as.integer(rows$part), as.integer(rows$answer))]
  for (component in names(want)) {
    z <- ifelse(is.na(at), 0, gradient[component, at])
    z[is.na(z)] <- 0
    mine <- got[got$component == component, ]
    s$log$same(paste0("decompose: ", component), mine$estimate, want[[component]], 1e-6, 10)
    if (alone) {
      s$log$except(paste0("decompose: ", component, " standard error"), "in one PSU",
                   is.na(mine$std.error) && is.na(mine$p.value) && !is.na(mine$reason))
      next
    }
    se <- sqrt(drop(influence_covariance(known$design, matrix(z))))
    noise <- 1e-9 * sum(abs(w * z)) + 1e-14 # scores that are 0 but for rounding
    name <- paste0("decompose: ", component, " standard error")
    if (is.na(se) || se <= noise) {
      s$log$except(name, "no sampling variance", is.na(mine$std.error) || mine$std.error <= 2 * noise)
      next
    }
    s$log$same(name, mine$std.error, se, 0, sum(abs(w * z)) / se, known$reason)
  }
  compare_standardised(s, known, rows, w, pair[1L], level, df)
}

# The first group, to shares of 0.2, 0.3 and 0.5.
compare_standardised <- function(s, known, rows, w, group, level, df) {
  shares <- c(p = 0.2, q = 0.3, r = 0.5)
  got <- as.data.frame(weeg_standardise(weeg_view(s$x), y ~ g, by = ~part, population = 10 * shares))
  got <- got[as.character(got$g) == group & got$level == level, ]
  scores <- lapply(names(shares), function(part) {
    inside <- rows$fg %in% group & rows$part == part
    p <- sum(w[inside & rows$fy == level]) / sum(w[inside])
    list(p = p, u = inside * ((rows$fy == level) - p) / sum(w[inside]))
  })
  p <- sum(shares * vapply(scores, `[[`, 0, "p"))
  if (is.nan(p)) {
    return(s$log$except("standardise: estimate", "empty category", is.na(got$estimate) && grepl("category", got$reason)))
  }
  s$log$same("standardise: estimate", got$estimate, p, 1e-12)
  if (lies_alone(s, s$data$fg %in% group & !is.na(s$data$fy))) {
    none <- is.na(got$std.error) && is.na(got$conf.low) && !is.na(got$reason)
    return(s$log$except("standardise: standard error", "in one PSU", none))
  }
  z <- drop(vapply(scores, `[[`, numeric(nrow(rows)), "u") %*% shares)
  se <- sqrt(drop(influence_covariance(known$design, matrix(z))))
  noise <- 1e-9 * sum(abs(w * z)) + 1e-14 # scores that are 0 but for rounding
  if (is.na(se) || se <= noise) {
    return(s$log$except("standardise: standard error", "no sampling variance",
                        is.na(got$std.error) || got$std.error <= 2 * noise + 1e-15))
  }
  s$log$same("standardise: standard error", got$std.error, se, 0, sum(abs(w * z)) / se, known$reason)
  if (got$df < 1) return(invisible())
  half <- stats::qt(0.975, got$df) * se / (p * (1 - p))
  s$log$same("standardise: limits", c(got$conf.low, got$conf.high), stats::plogis(stats::qlogis(p) + c(-half, half)), 1e-300,
             (1 + half) * (sum(abs(w * z)) / se + 1 / (1 - p)), known$reason)
}

test_that("random designs: components and standardised proportions", {
  skip_on_cran()
  needs_survey()
  expect_same_in_designs(compare_decomposition, number_from("WEEG_DESIGNS", 100L))
})

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("components add up to the difference that weeg_compare gives", {
  known <- subset(d, !is.na(provider) & !is.na(strengths))
  x <- weeg_decompose(known, strengths ~ leeftijdsgroep, by = ~ provider + ronde)
  y <- weeg_compare(known, strengths ~ leeftijdsgroep, measures = "difference")
  total <- x[x$component == "total", ]
  both <- !is.na(total$estimate)
  expect_true(any(both))
  expect_equal(total$estimate[both], y$estimate[both], tolerance = 1e-10)
  expect_equal(total$std.error[both], y$std.error[both], tolerance = 1e-10)
  expect_equal(total$estimate, x$estimate[x$component == "rate"] + x$estimate[x$component == "composition"], tolerance = 1e-10)
})

test_that("equal rates give a composition effect only, equal compositions a rate effect only", {
  cells <- expand.grid(y = c("no", "yes"), part = c("p", "q"), g = c("a", "b"))
  of <- function(n) {
    x <- weeg_decompose(weeg_design(cells[rep(seq_len(8), n), ]), y ~ g, by = ~part, answers = "yes")
    stats::setNames(x$estimate, x$component)
  }
  # rates 1/2 and 1/4 in both groups, shares 1/2 and 3/4: (0.5 - 0.75) (0.5 - 0.25) = -0.0625
  expect_equal(of(c(4, 4, 6, 2, 6, 6, 3, 1)), c(total = -0.0625, rate = 0, composition = -0.0625), tolerance = 1e-14)
  # shares 1/2, rates 1/2 and 1/4 against 1/4 and 1/8: (0.25 + 0.125) / 2 = 0.1875
  expect_equal(of(c(4, 4, 6, 2, 6, 2, 7, 1)), c(total = 0.1875, rate = 0.1875, composition = 0), tolerance = 1e-14)
})

test_that("standardised proportions and standard errors are those of survey::svystandardize", {
  needs_survey()
  data <- openvoorwerk[!is.na(openvoorwerk$provider) & !is.na(openvoorwerk$strengths), ]
  data$y <- as.numeric(data$strengths == "niet")
  shares <- table(data$provider)
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data)
  s <- survey::svystandardize(s, by = ~provider, over = ~ronde, population = as.vector(shares))
  want <- survey::svyby(~y, ~ronde, s, survey::svymean)
  got <- weeg_standardise(d, strengths ~ ronde, by = ~provider, population = shares)
  got <- got[got$level == "niet", ]
  expect_equal(got$estimate, unname(stats::coef(want)), tolerance = 1e-12)
  expect_equal(got$std.error, unname(survey::SE(want)), tolerance = 1e-11)
  p <- weeg_proportion(subset(d, !is.na(provider)), strengths ~ ronde)
  expect_equal(got$crude, p$estimate[p$level == "niet"], tolerance = 1e-12)
})

test_that("Korn and Graubard's limits of standardised proportions are those of survey::svyciprop() of the standardised design", {
  needs_survey()
  data <- openvoorwerk[!is.na(openvoorwerk$provider) & !is.na(openvoorwerk$strengths), ]
  data$y <- as.numeric(data$strengths == "niet")
  shares <- table(data$provider)
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data)
  for (level in c(0.9, 0.95)) {
    got <- weeg_standardise(as_weeg_design(s), strengths ~ ronde, by = ~provider, population = shares, interval = "beta",
                            level = level)
    nchs <- weeg_standardise(as_weeg_design(s), strengths ~ ronde, by = ~provider, population = shares, interval = "beta-nchs",
                             level = level)
    for (round in levels(data$ronde)) {
      # of the round alone: of a standardised design's subset survey counts all rows as n
      here <- survey::svystandardize(subset(s, ronde == round), by = ~provider, over = ~1, population = as.vector(shares))
      want <- confint(survey::svyciprop(~y, here, method = "beta", level = level))
      mine <- got[got$ronde == round & got$level == "niet", ]
      # survey's standard error has this tolerance
      expect_equal(c(mine$conf.low, mine$conf.high), c(want), tolerance = 1e-9, info = paste(level, round))
      # the cap: Clopper and Pearson's limits of so many of n rows, by the F distribution
      n <- mine$n
      size <- min(n, mine$estimate * (1 - mine$estimate) / mine$std.error^2 *
                    (qt(0.5 + level / 2, n - 1) / qt(0.5 + level / 2, mine$df))^2)
      x <- size * mine$estimate
      f <- qf(0.5 - level / 2, 2 * x, 2 * (size - x + 1))
      low <- x * f / (size - x + 1 + x * f)
      expect_equal(nchs$conf.low[nchs$ronde == round & nchs$level == "niet"], low, tolerance = 1e-9)
    }
  }
  expect_identical(got$estimate, nchs$estimate)
  expect_match(paste(format(got), collapse = " "), "interval 95% beta;", fixed = TRUE)
})

test_that("standardised proportions of 0 and 1 have Clopper and Pearson's limits by Korn and Graubard, and none by logit", {
  x <- data.frame(y = factor(rep(c("a", "b"), each = 20), c("a", "b")), g = rep(c("p", "q"), each = 20), part = c("u", "v"))
  standardised <- function(...) weeg_standardise(weeg_design(x), y ~ g, by = ~part, population = c(u = 1, v = 2), ...)
  got <- standardised(interval = "beta")
  zero <- stats::binom.test(0, 20)$conf.int
  one <- stats::binom.test(20, 20)$conf.int
  expect_equal(got$conf.low, c(one[1], zero[1], zero[1], one[1]), tolerance = 1e-12)
  expect_equal(got$conf.high, c(one[2], zero[2], zero[2], one[2]), tolerance = 1e-12)
  expect_identical(unique(weeg_reason_code(got)), "no-variation")
  expect_true(all(is.na(standardised()$conf.low)))
  expect_error(standardised(interval = "wilson"), "`interval`", class = "weeg_error_argument")
})

test_that("standardised proportions of all rows, and of a domain that leaves out categories, are survey's", {
  needs_survey()
  data <- openvoorwerk[!is.na(openvoorwerk$provider) & !is.na(openvoorwerk$strengths), ]
  data$y <- as.numeric(data$strengths == "niet")
  data$all <- 1
  shares <- table(data$provider)
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data)
  of_survey <- function(design, over, shares) {
    survey::svystandardize(design, by = ~provider, over = over, population = as.vector(shares))
  }
  want <- survey::svymean(~y, of_survey(s, ~all, rev(shares)))
  for (formula in c(~strengths, strengths ~ 1)) {
    got <- weeg_standardise(d, formula, by = ~provider, population = stats::setNames(rev(shares), names(shares)))
    expect_length(names(got$groups), 0)
    got <- got[got$level == "niet", ]
    expect_equal(got$estimate, unname(stats::coef(want)), tolerance = 1e-12)
    expect_equal(got$std.error, unname(c(survey::SE(want))), tolerance = 1e-11)
    expect_identical(got$n, as.double(nrow(data)))
  }
  # without rows of one provider, the others are enough; so are those that occur of combinations
  some <- shares[-1]
  part <- subset(s, provider != "werkplein")
  part$variables$provider <- droplevels(part$variables$provider)
  want <- survey::svyby(~y, ~ronde, of_survey(part, ~ronde, some), survey::svymean)
  domain <- subset(d, provider != "werkplein")
  results <- list(
    weeg_standardise(domain, strengths ~ ronde, by = ~provider, population = some),
    weeg_standardise(domain, strengths ~ ronde, by = ~provider, population = c(some, werkplein = 0)),
    weeg_standardise(subset(weeg_tally(d, ~ provider + strengths + ronde), provider != "werkplein"), strengths ~ ronde,
                     by = ~provider, population = some)
  )
  for (got in results) {
    got <- got[got$level == "niet", ]
    expect_equal(got$estimate, unname(stats::coef(want)), tolerance = 1e-12)
    expect_equal(got$std.error, unname(survey::SE(want)), tolerance = 1e-11)
  }
  # with a share, it has no observations: no estimate, and why
  none <- weeg_standardise(domain, ~strengths, by = ~provider, population = shares)
  expect_true(all(is.na(none$estimate) & grepl("no observations", none$reason)))
  pairs <- data.frame(y = c("no", "yes", "yes", "no", "yes", "yes"), a = c("p", "p", "q", "q", "q", "p"), b = c(1, 1, 2, 2, 2, 1))
  got <- weeg_standardise(weeg_design(pairs), ~y, by = ~ a + b, population = c("p, 1" = 1, "q, 2" = 3))
  expect_equal(got$estimate[got$level == "yes"], 2 / 3 * 1 / 4 + 2 / 3 * 3 / 4, tolerance = 1e-14)
})

test_that("prints, tidy, a tally, NA with a reason", {
  x <- weeg_decompose(d, strengths ~ ronde, by = ~provider)
  expect_match(format(x), "composition by provider", all = FALSE)
  expect_identical(names(x), c("outcome", "level", "component", "group1", "group2", "estimate", "std.error", "conf.low",
                               "conf.high", "statistic", "df", "p.value", "reason"))
  t <- weeg_tally(d, ~ ronde + provider + strengths)
  expect_identical(as.list(weeg_decompose(t, strengths ~ ronde, by = ~provider)), as.list(x))
  s <- weeg_standardise(d, strengths ~ ronde, by = ~provider, population = table(openvoorwerk$provider))
  expect_match(format(s), "standardised by provider", all = FALSE)
  expect_identical(glance(s)$nobs, 1492)
  data <- data.frame(y = c("no", "yes"), g = rep(c("a", "b"), each = 4), part = c("p", "p", "q", "q", "p", "p", "p", "p"))
  empty <- weeg_decompose(weeg_design(data), y ~ g, by = ~part)
  expect_true(all(is.na(empty$estimate) & grepl("in one of the groups only", empty$reason)))
  s <- weeg_standardise(weeg_design(data), y ~ g, by = ~part, population = c(p = 1, q = 1))
  expect_identical(is.na(s$estimate), c(FALSE, FALSE, TRUE, TRUE))
  expect_match(s$reason[3L], "category of the standard")
})

test_that("bad input", {
  standard <- function(...) weeg_standardise(d, strengths ~ ronde, by = ~provider, population = c(...))
  all <- as.list(table(openvoorwerk$provider))
  cases <- list(
    list(quote(standard(1, 2, 3)), "named by the categories.*werkplein", "argument"),
    list(quote(standard(werkplein = 1)), "\"sociale dienst\" has no number", "argument"),
    list(quote(do.call(standard, c(all, all[1]))), "\"werkplein\" is named twice", "argument"),
    list(quote(do.call(standard, c(all, markt = 1))), "\"markt\" is no category", "argument"),
    list(quote(do.call(standard, lapply(all, function(n) -n))), "not negative", "argument"),
    list(quote(do.call(standard, lapply(all, function(n) 0))), "not all 0", "argument"),
    list(quote(do.call(standard, lapply(all, function(n) "a"))), "must be numbers", "argument"),
    list(quote(weeg_decompose(d, strengths ~ ronde, by = "provider")), "one-sided formula", "formula"),
    list(quote(weeg_decompose(d, strengths ~ ronde, by = ~ronde)), "ronde is in `by` and in the formula", "formula"),
    list(quote(weeg_decompose(d, ~strengths, by = ~ronde)), "needs a group", "formula"),
    list(quote(weeg_standardise(subset(d, provider != "werkplein"), strengths ~ ronde, by = ~provider, population = c(a = 1))),
         "\"a\" ", "argument"),
    list(quote(weeg_decompose(d, strengths ~ ronde, by = ~provider, pairs = c("ronde 1", "ronde 9"))), "not a group", "argument"),
    list(quote(weeg_decompose(d, strengths ~ ronde, by = ~provider, answers = "nooit")), "not a level", "argument")
  )
  for (case in cases) {
    expect_error(eval(case[[1L]]), case[[2L]], class = paste0("weeg_error_", case[[3L]]), info = deparse1(case[[1L]]))
  }
})

test_that("many groups: all pairs together are as each alone, and standardised figures take no matrix of groups", {
  skip_on_cran()
  set.seed(8)
  make <- function(groups, rows) {
    data <- data.frame(g = factor(sample(groups, rows, TRUE), seq_len(groups)), y = sample(c("a", "b", "c"), rows, TRUE),
                       z = sample(c("low", "high"), rows, TRUE), w = stats::runif(rows), psu = sample(rows %/% 10L, rows, TRUE))
    weeg_design(data, weights = ~w, cluster = ~psu)
  }
  d <- make(14L, 900L)
  for (design in list(d, weeg_replicates(d, "jk1"))) {
    all <- weeg_decompose(design, y ~ g, by = ~z)
    expect_identical(nrow(all), 91L * 9L)
    for (pair in list(c("1", "2"), c("5", "14"), c("13", "14"))) {
      one <- weeg_decompose(design, y ~ g, by = ~z, pairs = pair)
      expect_equal(as.list(all[all$group1 == pair[1L] & all$group2 == pair[2L], names(one)]), as.list(one), tolerance = 1e-12,
                   ignore_attr = TRUE)
    }
  }
  large <- weeg_design(make(15000L, 60000L), conventions = "nchs") # each figure's own law of few PSUs takes as long again
  took <- system.time(got <- weeg_standardise(large, y ~ g, by = ~z, population = c(low = 1, high = 3)))[["elapsed"]]
  expect_lt(took, 10) # of a matrix of all groups: 20 seconds, and no memory for it
  rows <- large$data[large$data$g == 7, ]
  rate <- tapply(rows$w * (rows$y == "a"), rows$z, sum) / tapply(rows$w, rows$z, sum)
  expect_equal(got$estimate[got$g == "7" & got$level == "a"], sum(rate * c(high = 0.75, low = 0.25)), tolerance = 1e-12)
})

test_that("standardised proportions in few PSUs have the quantile of their own law", {
  d <- few_psus(7)
  d$b <- factor(c("x", "y")[1 + seq_len(nrow(d)) %% 2])
  design <- few_design(d)
  # all weight on one category: the proportion within it
  got <- as.data.frame(weeg_standardise(design, y ~ g, by = ~b, population = c(x = 1, y = 0)))
  within <- as.data.frame(weeg_proportion(subset(design, b == "x"), y ~ g, interval = "logit"))
  expect_equal(got$estimate, within$estimate, tolerance = 1e-12)
  expect_equal(got$df, within$df, tolerance = 1e-6)
  got <- as.data.frame(weeg_standardise(design, y ~ g, by = ~b, population = c(x = 0.3, y = 0.7)))
  half <- stats::qt(0.975, got$df) * got$std.error / (got$estimate * (1 - got$estimate))
  expect_equal(got$conf.low, stats::plogis(stats::qlogis(got$estimate) - half), tolerance = 1e-9)
  expect_equal(got$conf.high, stats::plogis(stats::qlogis(got$estimate) + half), tolerance = 1e-9)
  expect_true(all(got$df != round(got$df)))
})
