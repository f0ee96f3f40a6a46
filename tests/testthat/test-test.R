# weeg_test(): worked examples, other packages, wrong questions, sizes. Random designs: test-test-random.R, for independence
# test-differential.R.

clustered <- function(data) weeg_design(data, weights = ~w, strata = ~h, cluster = ~psu)

# 24 PSUs in 4 strata, answers that differ between PSUs.
make_data <- function(seed, rows = 400L, between = 0.6) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  psu <- sample.int(24L, rows, replace = TRUE)
  value <- between * stats::rnorm(24L)[psu] + stats::rnorm(rows)
  data.frame(
    psu = psu, h = psu %% 4L, w = stats::rexp(rows) + 0.2,
    y = cut(value, c(-Inf, -0.6, 0.7, Inf), c("low", "middle", "high"), ordered_result = TRUE),
    g = factor(sample(c("a", "b", "c"), rows, TRUE), ordered = TRUE), z = sample(c("x", "y"), rows, TRUE)
  )
}

test_that("the saddlepoint and the mixture are survey's where it rounds no degrees of freedom", {
  needs_survey()
  skip_if_not_installed("CompQuadForm") # for survey's "lincom"
  # survey uses whole d nu, which it has in a 2 x 2 table; its saddlepoint s has an error of 1e-8, which near the mean is
  # divided by s^2; Davies's integral one of 1e-7
  for (seed in 1:20) {
    data <- make_data(seed)
    data$low <- factor(data$y == "low")
    s <- survey::svydesign(ids = ~psu, strata = ~h, weights = ~w, data = data)
    want <- survey::svychisq(~ z + low, s, statistic = "saddlepoint")
    got <- weeg_test(clustered(data), low ~ z, method = "saddlepoint")
    expect_equal(got$statistic, unname(want$statistic), tolerance = 1e-10)
    if (abs(got$statistic - got$deff.mean) > 0.1) expect_equal(got$p.value, unname(want$p.value), tolerance = 1e-5)
    want <- suppressWarnings(survey::svychisq(~ z + low, s, statistic = "lincom"))
    expect_lt(abs(weeg_test(clustered(data), low ~ z, method = "lincom")$p.value - want$p.value), 2e-7)
  }
})

test_that("with one eigenvalue the mixture is Rao and Scott's F", {
  for (seed in 1:5) {
    d <- clustered(make_data(seed))
    exact <- weeg_test(d, z ~ g == "a", method = "lincom")
    second <- weeg_test(d, z ~ g == "a", method = "rao-scott-f")
    expect_equal(exact$p.value, second$p.value, tolerance = 1e-11)
    expect_identical(c(exact$num.df, exact$den.df, exact$df), c(1, 20, 20))
  }
})

test_that("a simple random sample of equal weights gives the textbook statistics", {
  n <- c(30, 50, 20)
  data <- data.frame(y = factor(rep(c("a", "b", "c"), n)))
  got <- weeg_test(weeg_design(data), ~y, p = c(0.5, 0.3, 0.2))
  want <- stats::chisq.test(n, p = c(0.5, 0.3, 0.2))
  expect_equal(got$chisq, unname(want$statistic), tolerance = 1e-12)
  # observed against specified proportions: eigenvalues of diag(1/q) (diag(p) - pp') n/(n - 1)
  p <- n / 100
  effects <- eigen(diag(1 / c(0.5, 0.3, 0.2)) %*% (diag(p) - outer(p, p)))$values[1:2] * 100 / 99
  expect_equal(got$deff.mean, mean(effects), tolerance = 1e-12)
  expect_equal(got$num.df, sum(effects)^2 / sum(effects^2), tolerance = 1e-12)

  # tables of Agresti (2002), Categorical Data Analysis, table 2.6 kind: layers of equal size, where n - 1 for n is a factor
  counts <- array(c(11, 10, 25, 27, 16, 22, 4, 31, 14, 7, 5, 47), c(2, 2, 3))
  rows <- as.data.frame(as.table(counts))
  data <- rows[rep(seq_len(nrow(rows)), rows$Freq), ]
  got <- weeg_test(weeg_design(data), Var2 ~ Var1, given = ~Var3)
  want <- stats::mantelhaen.test(counts, correct = FALSE)
  expect_identical(dim(table(apply(counts, 3, sum))), 1L)
  expect_equal(got$chisq, unname(want$statistic) * 73 / 72, tolerance = 1e-12)

  # Cochran and Armitage: a linear trend in proportions
  x <- c(12, 18, 33)
  data <- data.frame(dose = rep(1:3, c(60, 50, 70)), ill = rep(rep(c(TRUE, FALSE), 3), c(12, 48, 18, 32, 33, 37)))
  got <- weeg_test(weeg_design(data), ill ~ dose, method = "trend")
  expect_equal(got$chisq, unname(stats::prop.trend.test(x, c(60, 50, 70))$statistic), tolerance = 1e-12)
})

test_that("Wilcoxon's test is that of survey with equal weights", {
  needs_survey()
  data <- make_data(3)
  s <- survey::svydesign(ids = ~psu, strata = ~h, weights = ~1, data = data)
  d <- weeg_design(data, strata = ~h, cluster = ~psu)
  s$variables$number <- as.integer(data$y)
  tests <- c(wilcoxon = "wilcoxon", `van-der-waerden` = "vanderWaerden", median = "median")
  for (method in names(tests)) {
    want <- survey::svyranktest(number ~ z, s, test = tests[[method]])
    got <- weeg_test(d, y ~ z, method = method)
    expect_equal(got$statistic, unname(want$statistic)^2, tolerance = 1e-11)
    expect_equal(got$p.value, as.numeric(want$p.value), tolerance = 1e-11)
    expect_identical(got$den.df, 19)
  }
  want <- survey::svyranktest(number ~ g, s, test = "KruskalWallis")
  got <- weeg_test(d, y ~ g, method = "kruskal-wallis")
  expect_equal(got$p.value, as.numeric(want$p.value), tolerance = 1e-11)
  expect_identical(c(got$num.df, got$den.df), c(2, 18))
})

test_that("replicate weights give survey's tests", {
  needs_survey()
  for (seed in 11:14) {
    data <- make_data(seed)
    data$low <- factor(data$y == "low")
    data$number <- as.integer(data$y)
    s <- survey::as.svrepdesign(survey::svydesign(ids = ~psu, strata = ~h, weights = ~w, data = data), type = "JKn")
    d <- weeg_replicates(clustered(data), "jkn")
    # ranks by influence functions; survey's ranks of ties are its own
    rank <- rank(data$number)
    for (l in 1:3) rank[data$number == l] <- (sum(data$w[data$number < l]) + sum(data$w[data$number == l]) / 2) / sum(data$w)
    want <- survey::svyranktest(number ~ z, s, test = function(r, N) rank)
    got <- weeg_test(d, y ~ z, method = "wilcoxon")
    expect_equal(got$statistic, unname(want$statistic)^2, tolerance = 1e-9)
    expect_equal(got$p.value, as.numeric(want$p.value), tolerance = 1e-9)
    # the mixture with Inf degrees of freedom: in a 2 x 2 table chi-squared with 1
    chisq <- survey::svychisq(~ z + low, s, statistic = "Chisq")
    got <- weeg_test(d, low ~ z, method = "lincom")
    expect_equal(got$p.value, as.numeric(chisq$p.value), tolerance = 1e-9)
    expect_identical(got$den.df, NA_real_)
    saddle <- survey::svychisq(~ z + low, s, statistic = "saddlepoint")
    got <- weeg_test(d, low ~ z, method = "saddlepoint")
    if (abs(got$chisq - got$deff.mean) > 0.1) expect_equal(got$p.value, as.numeric(saddle$p.value), tolerance = 1e-5)
    # goodness of fit from svymean()
    p <- survey::svymean(~y, s)
    effects <- eigen(400 * stats::vcov(p) / sqrt(outer(1:3 / 6, 1:3 / 6)), TRUE, TRUE)$values[1:2]
    got <- weeg_test(d, ~y, p = 1:3 / 6)
    expect_equal(got$statistic, 400 * sum((stats::coef(p) - 1:3 / 6)^2 / (1:3 / 6)) / sum(effects), tolerance = 1e-9)
    expect_equal(got$num.df, sum(effects)^2 / sum(effects^2), tolerance = 1e-9)
  }
})

test_that("tests of a calibrated design use its residuals", {
  needs_survey()
  data <- make_data(15)
  data$number <- as.integer(data$y)
  population <- c(a = 300, b = 250, c = 200)
  frame <- data.frame(g = factor(names(population), ordered = TRUE), Freq = unname(population))
  s <- survey::svydesign(ids = ~psu, strata = ~h, weights = ~w, data = data)
  s <- survey::postStratify(s, ~g, frame)
  d <- weeg_poststratify(clustered(data), ~g, population)
  w <- as.numeric(stats::weights(s))
  p <- survey::svymean(~y, s)
  effects <- eigen(400 * stats::vcov(p) / sqrt(outer(1:3 / 6, 1:3 / 6)), TRUE, TRUE)$values[1:2]
  got <- weeg_test(d, ~y, p = 1:3 / 6)
  expect_equal(got$statistic, 400 * sum((stats::coef(p) - 1:3 / 6)^2 / (1:3 / 6)) / sum(effects), tolerance = 1e-9)
  # trend: total of the influence function
  u <- as.integer(data$z == "y")
  influence <- (u - stats::weighted.mean(u, w)) * (data$number - stats::weighted.mean(data$number, w))
  total <- survey::svytotal(influence, s)
  got <- weeg_test(d, y ~ z, method = "trend")
  expect_equal(got$statistic, as.numeric(stats::coef(total) / survey::SE(total))^2, tolerance = 1e-9)
})

test_that("ranks do not depend on the order of rows, nor on a change of the levels that keeps their order", {
  data <- make_data(4)
  got <- weeg_test(clustered(data), y ~ g, method = "kruskal-wallis")
  expect_equal(weeg_test(clustered(data[order(data$w), ]), y ~ g, method = "kruskal-wallis")$p.value, got$p.value)
  data$number <- c(-3, 0, 100)[data$y]
  expect_equal(weeg_test(clustered(data), number ~ g, method = "kruskal-wallis")$p.value, got$p.value, tolerance = 1e-13)
  # a trend takes numbers at their value
  data$same <- c(1, 2, 3)[data$y]
  trend <- function(formula) weeg_test(clustered(data), formula, method = "trend")$p.value
  expect_equal(trend(same ~ g), trend(y ~ g), tolerance = 1e-13)
  expect_gt(abs(trend(number ~ g) - trend(y ~ g)), 1e-3)
})

test_that("given one level, and given nothing, a trend is the same; layers are those of the crossed variables", {
  data <- make_data(5)
  data$one <- "all"
  data$both <- interaction(data$z, data$h)
  d <- clustered(data)
  expect_equal(weeg_test(d, y ~ g, method = "trend", given = ~one)$p.value, weeg_test(d, y ~ g, method = "trend")$p.value)
  expect_equal(weeg_test(d, y ~ g, given = ~ z + h)$p.value, weeg_test(d, y ~ g, given = ~both)$p.value)
  expect_identical(weeg_test(d, y ~ g, given = ~ z + h)$group, "g | z + h")
  expect_equal(weeg_test(d, y ~ g, given = ~one)$chisq, weeg_test(d, y ~ g)$chisq)
})

test_that("shares are taken by name; equal ones are the default", {
  d <- clustered(make_data(6))
  got <- weeg_test(d, ~y, p = c(0.2, 0.5, 0.3))
  expect_identical(weeg_test(d, ~y, p = c(high = 0.3, low = 0.2, middle = 0.5)), got)
  expect_equal(weeg_test(d, ~y), weeg_test(d, ~y, p = rep(1, 3) / 3))
  expect_identical(got$group, NA_character_)
  # exactly the proportions: nothing to reject
  p <- weeg_proportion(d, ~y)$estimate
  for (method in c("rao-scott-f", "rao-scott-lr", "lincom", "saddlepoint", "wald")) {
    expect_gt(weeg_test(d, ~y, method = method, p = p)$p.value, 1 - 1e-6)
  }
})

test_that("named shares can leave out a level without observations, as one that subset() left out", {
  data <- data.frame(y = factor(rep(c("a", "b", "c"), c(30, 50, 20))))
  d <- subset(weeg_design(data), y != "b")
  chisq <- stats::chisq.test(c(30, 20), p = c(0.5, 0.5))
  got <- weeg_test(d, ~y, p = c(c = 0.5, a = 0.5), method = "rao-scott-chisq")
  expect_equal(got$chisq, unname(chisq$statistic), tolerance = 1e-14)
  expect_identical(got$num.df, 1)
  expect_match(weeg_test(d, ~y, p = c(a = 0.4, c = 0.6))$method, "rao-scott-f")
  expect_error(weeg_test(d, ~y, p = c(0.5, 0.5)), "y has 3 levels.*Named by the levels, p can leave out",
               class = "weeg_error_argument")
  expect_error(weeg_test(d, ~y, p = c(a = 1)), "`p` has 1 proportion, but y has 2 levels: a, c", class = "weeg_error_argument")
  expect_error(weeg_test(weeg_design(data), ~y, p = c(a = 0.5, c = 0.5)), "y has 3 levels", class = "weeg_error_argument")
  expect_error(weeg_test(d, ~y, p = c(a = 0.5, c = 0.4)), "add up to 0.9, not 1", class = "weeg_error_argument")
})

test_that("questions that cannot be asked are errors", {
  data <- make_data(7)
  data$text <- sample(c("p", "q", "r"), nrow(data), TRUE)
  data$none <- NA_character_
  d <- clustered(data)
  argument <- "weeg_error_argument"
  formula <- "weeg_error_formula"
  variable <- "weeg_error_variable"
  cases <- list(
    list(quote(weeg_test(d, text ~ g, method = "kruskal-wallis")), variable, "text is not an ordered factor"),
    list(quote(weeg_test(d, text ~ g, method = "kruskal-wallis")), variable, "ordered = TRUE"),
    list(quote(weeg_test(d, y ~ text, method = "trend")), variable, "text is not an ordered factor"),
    list(quote(weeg_test(d, y ~ g + z, method = "trend")), formula, "one group"),
    list(quote(weeg_test(d, y ~ g, method = "wilcoxon")), argument, "compares two groups, but there are 3"),
    list(quote(weeg_test(d, ~y, method = "wilcoxon")), formula, "needs a group"),
    list(quote(weeg_test(d, ~y, given = ~z)), formula, "needs a group"),
    list(quote(weeg_test(d, y ~ g, p = c(0.2, 0.3, 0.5))), argument, "has no group"),
    list(quote(weeg_test(d, ~y, p = c(0.2, 0.3))), argument, "has 2 proportions, but y has 3 levels: low, middle, high"),
    list(quote(weeg_test(d, ~y, p = c(20, 30, 50))), argument, "add up to 100, not 1"),
    list(quote(weeg_test(d, ~y, p = c(0, 0.5, 0.5))), argument, "above 0"),
    list(quote(weeg_test(d, ~y, p = c(0.5, NA, 0.5))), argument, "above 0"),
    list(quote(weeg_test(d, ~y, p = c(1e-300, 0.5, 0.5))), argument, "of \"low\" in `p` is 1e-300, less than 1e-100"),
    list(quote(weeg_test(d, ~y, p = c(1e-101, 0.5, 0.5))), argument, "is 1e-101, less than 1e-100"),
    list(quote(weeg_test(d, ~none, p = c(0.5, 0.5))), argument, "none has no answers"),
    list(quote(weeg_test(d, ~y, p = "low")), argument, "above 0"),
    list(quote(weeg_test(d, ~y, p = c(low = 0.2, middle = 0.3, hihg = 0.5))), argument, "not \"hihg\""),
    list(quote(weeg_test(d, y ~ g, given = "z")), argument, "must look like ~ variable"),
    list(quote(weeg_test(d, y ~ g, given = ~g)), argument, "in `given` and in the formula"),
    list(quote(weeg_test(d, y ~ g, given = ~z, method = "rao-scott-lr")), argument, "no form conditional on"),
    list(quote(weeg_test(d, y ~ g, given = ~z, method = "kruskal-wallis")), argument, "method = \"trend\""),
    list(quote(weeg_test(d, y ~ g, method = "fisher")), argument, "must be one of")
  )
  for (case in cases) {
    expect_error(eval(case[[1L]]), case[[3L]], class = case[[2L]], fixed = TRUE, info = deparse1(case[[1L]]))
  }
})

test_that("tests that do not exist are NA with a reason", {
  data <- make_data(8)
  d <- clustered(data)
  reason <- function(data, ...) {
    got <- weeg_test(data, ...)
    expect_identical(is.na(c(got$statistic, got$num.df, got$den.df, got$p.value)), rep(TRUE, 4L))
    got$reason
  }
  questions <- list(list(~y), list(y ~ g, method = "kruskal-wallis"), list(y ~ g, method = "trend"),
                    list(y ~ g, given = ~z), list(y ~ g, method = "lincom"))
  for (question in questions) {
    expect_match(do.call(reason, c(list(subset(d, w < 0)), question)), "no rows|no observations|no data|fewer than two")
  }
  for (question in questions[-1L]) {
    expect_match(do.call(reason, c(list(subset(d, g == "a")), question)), "fewer than two")
    expect_match(do.call(reason, c(list(subset(d, y == "low")), question)), "fewer than two")
  }
  # one PSU more than strata: 1 design df
  few <- data[data$psu %in% c(1, 5), ]
  expect_match(reason(clustered(few), y ~ g, method = "kruskal-wallis"), "fewer")
  expect_match(reason(clustered(few), ~y, method = "adjusted-wald"), "fewer")
  # two PSUs, two differences
  expect_match(reason(clustered(few), ~y, method = "wald"), "singular")
  one_stratum <- weeg_design(few[few$psu == 1, ], weights = ~w, cluster = ~psu, lonely = "certainty")
  expect_match(reason(one_stratum, ~y), "variance|degrees of freedom")
})

test_that("tests of a table without variance say so, whatever the method", {
  # the answer follows from the group, and half of the rows, all of one weight, give each: residuals and mean ranks do not vary
  d <- weeg_design(data.frame(y = factor(rep(c("no", "yes"), each = 10L)), g = rep(1:2, each = 10L)))
  methods <- c("rao-scott-f", "rao-scott-chisq", "wald", "adjusted-wald", "trend", "wilcoxon", "kruskal-wallis", "median")
  for (method in methods) {
    expect_identical(weeg_test(d, y ~ g, method = method)$reason, "the estimated variance is 0", info = method)
  }
})

test_that("results print, tidy and glance like other tests", {
  d <- clustered(make_data(9))
  line <- function(...) paste(format(weeg_test(d, ...)), collapse = " ")
  expect_match(line(~y), "Goodness of fit: y")
  expect_false(grepl("Cram", line(~y)))
  expect_match(line(y ~ g, method = "kruskal-wallis"), "Same distribution: y by g")
  expect_match(line(y ~ g, method = "median"), "Same median: y by g")
  expect_match(line(y ~ g, method = "trend"), "Trend: y by g")
  expect_match(line(y ~ g, given = ~z), "Independence: y by g given z")
  expect_match(line(y ~ g, method = "lincom"), "X.? = ")
  expect_identical(nrow(glance(weeg_test(d, y ~ g, given = ~z))), 1L)
  expect_identical(names(tidy(weeg_test(d, ~y)))[1:3], names(tidy(weeg_test(d, y ~ g)))[1:3])
})

# Under a true hypothesis: 300 samples of PSUs that differ, 24 PSUs in 4 strata. Each test should reject 5 %, at this size 3 to
# 8 % for a test that holds; 300 samples leave 2.5 standard errors of 3 %. Pearson's test without design rejects far more.
test_that("tests reject a true hypothesis about as often as they say", {
  skip_on_cran()
  p_values <- vapply(1:300, function(seed) {
    set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
    rows <- 480L
    psu <- rep(1:24, each = 20L)
    # group and answer differ between PSUs, but not together, except through z
    z <- sample(1:2, rows, TRUE)
    value <- 0.5 * stats::rnorm(24L)[psu] + stats::rnorm(rows) + 0.8 * z
    group <- 0.5 * stats::rnorm(24L)[psu] + stats::rnorm(rows) + 0.8 * z
    plain <- 0.5 * stats::rnorm(24L)[psu] + stats::rnorm(rows)
    data <- data.frame(psu = psu, h = psu %% 4L, w = 0.5 + stats::runif(rows), z = z,
                       y = findInterval(value, c(0.7, 1.6)), g = findInterval(group, c(0.7, 1.6)),
                       x = findInterval(plain, stats::qnorm(1:2 / 3, sd = sqrt(1.25))))
    t <- weeg_tally(clustered(data), ~ x + y + g + z)
    p <- function(...) weeg_test(t, ...)$p.value
    c(shares = p(~x), mixture = p(~x, method = "lincom"), lr = p(x ~ g, method = "rao-scott-lr"),
      rank = p(x ~ z, method = "wilcoxon"), kruskal = p(x ~ g, method = "kruskal-wallis"),
      trend = p(x ~ g, method = "trend"), given = p(y ~ g, given = ~z), given_trend = p(y ~ g, method = "trend", given = ~z),
      not_given = p(y ~ g, method = "trend"),
      naive = suppressWarnings(stats::chisq.test(table(data$x), p = rep(1, 3) / 3)$p.value))
  }, numeric(10L))
  rejected <- rowMeans(p_values < 0.05)
  for (test in setdiff(rownames(p_values), c("not_given", "naive"))) {
    expect_gt(rejected[[test]], 0.02, label = test)
    expect_lt(rejected[[test]], 0.085, label = test)
  }
  expect_gt(rejected[["naive"]], 0.2)
  expect_gt(rejected[["not_given"]], 0.25)
})

# ---- many groups -------------------------------------------------------------------------------------------------------

# Rao and Scott's formula as it stands, of dense matrices: contrasts, observed proportions or those under independence.
plain_effects <- function(data, null) {
  w <- data$w
  p <- tapply(w, data[c("g", "y")], sum, default = 0) / sum(w)
  d <- if (null) outer(rowSums(p), colSums(p)) else p
  contrasts <- kronecker(stats::contr.helmert(ncol(p)), stats::contr.helmert(nrow(p)))
  inverse <- ifelse(d > 0, 1 / d, 0)
  cell <- as.integer(data$g) + nrow(p) * (as.integer(data$y) - 1L)
  scores <- rowsum((outer(cell, seq_along(p), "==") - rep(as.vector(p), each = nrow(data))) * w / sum(w), data$psu)
  scores <- sweep(scores, 2L, colMeans(scores))
  v <- crossprod(scores) * nrow(scores) / (nrow(scores) - 1)
  weighted <- contrasts * as.vector(inverse)
  delta <- solve(crossprod(contrasts, weighted) / nrow(data), crossprod(weighted, v %*% weighted), tol = 0)
  chisq <- nrow(data) * sum((p - outer(rowSums(p), colSums(p)))^2 / outer(rowSums(p), colSums(p)))
  list(statistic = chisq / sum(diag(delta)), df = sum(diag(delta))^2 / sum(delta * t(delta)), mean = mean(diag(delta)))
}

many_groups <- function(groups, rows, psus, answers = 4L) {
  set.seed(groups)
  y <- sample(letters[seq_len(answers)], rows, TRUE, prob = seq(2, 1, length.out = answers))
  data.frame(g = factor(sample(groups, rows, TRUE), seq_len(groups)), y = factor(y), w = stats::runif(rows, 0.2, 3),
             psu = sample(psus, rows, TRUE))
}

test_that("tables with many groups, empty cells, either way round: the formula", {
  gaps <- many_groups(25L, 700L, 60L)
  gaps <- gaps[!paste0(gaps$y, gaps$g) %in% c("d1", "d2", "d3", "d4", "a4", "a5", "b6"), ]
  expect_identical(sum(table(gaps[c("g", "y")]) == 0), 7L)
  for (data in list(many_groups(30L, 900L, 40L), gaps, many_groups(7L, 300L, 30L, 6L))) {
    for (null in c(FALSE, TRUE)) {
      want <- plain_effects(data, null)
      d <- weeg_design(data, weights = ~w, cluster = ~psu)
      for (formula in list(y ~ g, g ~ y)) {
        got <- weeg_test(d, formula, method = "rao-scott-f", proportions = if (null) "null" else "observed")
        expect_equal(c(got$statistic, got$num.df, got$deff.mean), c(want$statistic, want$df, want$mean), tolerance = 1e-9)
      }
    }
  }
})

test_that("empty cells in a circle: no test; else there is one", {
  cells <- expand.grid(g = c("a", "b", "c"), y = c("x", "y", "z"), row = 1:4)
  cells$psu <- rep(1:12, 3)
  of <- function(empty, method = "rao-scott-f") {
    weeg_test(weeg_design(cells[!paste0(cells$g, cells$y) %in% empty, ], cluster = ~psu), y ~ g, method = method)
  }
  expect_match(of(c("ax", "ay", "bx", "by"))$reason, "singular") # two groups, two answers
  expect_match(of(c("ax", "ay", "by", "bz", "cz", "cx"))$reason, "singular")
  expect_true(is.na(of(c("ax", "ay", "by", "bz", "cz"))$reason))
  expect_true(is.na(of(c("ax", "by", "cz"))$reason))
  # under independence every cell has a share: the test by that has no circles
  expect_gt(of(c("ax", "ay", "bx", "by"), NULL)$p.value, 0)
})

# Landis, Heyman and Koch's statistic as its definition: residuals and their covariance, layer by layer.
plain_given <- function(data) {
  total <- sum(data$w)
  indicators <- function(v) stats::model.matrix(~ v - 1)[, -1L, drop = FALSE]
  residual <- covariance <- 0
  for (layer in split(seq_len(nrow(data)), data$z)) {
    w <- data$w[layer] / sum(data$w[layer])
    centre <- function(x) sweep(x, 2L, colSums(w * x))
    u <- centre(indicators(data$g)[layer, , drop = FALSE])
    v <- centre(indicators(data$y)[layer, , drop = FALSE])
    share <- sum(data$w[layer]) / total
    residual <- residual + share * as.vector(crossprod(v, w * u))
    covariance <- covariance + share / nrow(data) * kronecker(crossprod(u, w * u), crossprod(v, w * v))
  }
  sum(residual * solve(covariance, residual))
}

test_that("given a variable, more contrasts than a panel of columns: the formula", {
  for (size in list(c(30L, 4L), c(12L, 2L), c(5L, 3L))) {
    data <- many_groups(size[1L], 2000L, 300L, size[2L])
    data$z <- rep(c("low", "middle", "high"), length.out = nrow(data))
    got <- weeg_test(weeg_design(data, weights = ~w, cluster = ~psu), y ~ g, given = ~z)
    expect_equal(got$chisq, plain_given(data), tolerance = 1e-9)
  }
})

test_that("600 groups take a moment, more contrasts than can be are refused at once, with their number", {
  skip_on_cran()
  d <- weeg_design(many_groups(600L, 18000L, 300L), weights = ~w, cluster = ~psu)
  expect_lt(system.time(got <- weeg_test(d, y ~ g))[["elapsed"]], 4) # of cubes of steps: 10 to 20
  expect_true(is.na(got$reason) && got$p.value > 0)
  expect_error(weeg_test(d, y ~ g, method = "lincom"), "600 groups and 4 answers is one of 1797 contrasts.*1024.*rao-scott-f",
               class = "weeg_error_too_large")
  large <- weeg_design(many_groups(15000L, 60000L, 60000L), weights = ~w)
  for (call in alist(weeg_test(large, y ~ g), weeg_test(large, y ~ g, method = "wald"), weeg_association(large, y ~ g),
                     weeg_test(large, y ~ g, given = ~psu), weeg_crosstab(large, y ~ g))) {
    large$data$psu <- large$data$psu %% 2
    expect_lt(system.time(expect_error(eval(call), "at most|can be", class = "weeg_error_too_large"))[["elapsed"]], 4)
  }
})

test_that("the unit of numbers does not matter to a test of their trend", {
  data <- openvoorwerk
  data$score <- c(1, 2, 4, 7)[1 + seq_len(nrow(data)) %% 4]
  tested <- function(unit, given = NULL) {
    data$score <- data$score * unit
    d <- weeg_design(data, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)
    as.data.frame(weeg_test(d, passend ~ score, method = "trend", given = given))[c("statistic", "p.value", "chisq", "df")]
  }
  for (given in list(NULL, ~ronde)) {
    plain <- tested(1, given)
    expect_false(anyNA(plain))
    for (unit in c(1e-300, 1e-160, 1e-155, 1e155, 1e300)) expect_equal(tested(unit, given), plain, tolerance = 1e-10)
  }
})

test_that("goodness of fit by the law of few PSUs is that of a dense evaluation", {
  for (q in list(c(0.3, 0.3, 0.4), rep(1 / 3, 3), c(0.1, 0.5, 0.4), c(0.35, 0, 0.65))) {
    d <- few_psus(7)
    if (any(q == 0)) d <- d[d$y != "b", ]
    levels <- levels(d$y)[q > 0]
    psus <- psu_sums(d, d$y)
    names(q) <- levels(d$y)
    m <- stats::ave(psus$stratum, psus$stratum, FUN = length)
    z <- sapply(levels, function(k) (psus$w[, k] - q[k] * rowSums(psus$w)) / sum(d$w) / sqrt(q[k]))
    trace <- sum(apply(z, 2, function(z) m / (m - 1) * (z - stats::ave(z, psus$stratum))^2))
    tau <- sum(colSums(z)^2) / trace
    sigma <- diag(0.95 * rowSums(psus$q) + 0.05 * rowSums(psus$w)^2)
    n <- nrow(sigma)
    got <- as.data.frame(weeg_test(few_design(d), ~y, p = q[q > 0]))
    expect_identical(got$method, "rao-scott-exact")
    expect_identical(got$num.df, length(levels) - 1)
    expect_equal(got$statistic, tau, tolerance = 1e-12)
    expect_equal(got$chisq, nrow(d) * sum(colSums(z)^2), tolerance = 1e-12)
    expect_equal(got$p.value, dense_tail(sigma, rep(1, n), diag(n), psus$stratum, tau, length(levels) - 1), tolerance = 1e-7)
    expect_equal(stats::pf(tau, got$num.df, got$den.df, lower.tail = FALSE), got$p.value, tolerance = 1e-10)
  }
  # where there are no PSUs, or replicates in their place, it is the usual one
  d <- few_psus(7)
  alone <- weeg_design(d, weights = ~w, strata = ~h, conventions = "weeg")
  p_by <- function(method) as.data.frame(weeg_test(alone, ~y, method = method))$p.value
  expect_identical(p_by("rao-scott-exact"), p_by("rao-scott-f"))
  # and is called so, by what is asked for and by default
  replicates <- weeg_replicates(few_design(d), "jkn")
  for (x in list(alone, replicates, weeg_tally(alone, ~ g + y))) {
    for (method in list(NULL, "rao-scott-exact")) {
      expect_identical(weeg_test(x, y ~ g, method = method), weeg_test(x, y ~ g, method = "rao-scott-f"))
      expect_identical(weeg_crosstab(x, y ~ g, method = method)$test, weeg_crosstab(x, y ~ g, method = "rao-scott-f")$test)
      expect_identical(weeg_test(x, ~y, method = method), weeg_test(x, ~y, method = "rao-scott-f"))
    }
    expect_match(format(weeg_test(x, y ~ g)), "test rao-scott-f", fixed = TRUE, all = FALSE)
  }
})

test_that("a trend by the law of few PSUs is that of a dense evaluation, whichever margin is the group", {
  for (seed in 7:9) {
    d <- few_psus(seed)
    u <- as.integer(d$g) - stats::weighted.mean(as.integer(d$g), d$w)
    v <- as.integer(d$y) - stats::weighted.mean(as.integer(d$y), d$w)
    s <- rowsum(d$w * u * v, d$i)[, 1]
    # given a margin: contributions x_i = sum over its levels of score times residual, and e_i the sum of the residuals
    given <- function(level) {
      cells <- psu_sums(d, interaction(d$g, d$y, drop = TRUE))
      of <- level[match(colnames(cells$w), interaction(d$g, d$y))]
      psus <- list(w = t(rowsum(t(cells$w), of)), q = t(rowsum(t(cells$q), of)), stratum = cells$stratum)
      x <- as.integer(sort(unique(level)))
      x <- x - sum(x * colSums(psus$w)) / sum(psus$w)
      m <- stats::ave(psus$stratum, psus$stratum, FUN = length)
      n <- length(m)
      first <- function(y) diag(0.95 * drop(psus$q %*% y)) # of rows apart
      own <- drop(psus$w %*% x)
      all <- rowSums(psus$w)
      sigma <- rbind(cbind(first(x^2) + 0.05 * diag(own^2), first(x) + 0.05 * diag(own * all)),
                     cbind(first(x) + 0.05 * diag(own * all), first(x^0) + 0.05 * diag(all^2)))
      z <- cbind(diag(n), -own %o% rep(1, n) / sum(d$w))
      b <- (diag(n) - outer(psus$stratum, psus$stratum, "==") / m) * m / (m - 1)
      list(kept = sum(diag(b %*% z %*% sigma %*% t(z))) / sum(diag(sigma)[seq_len(n)]),
           tau = sum(s)^2 / drop(s %*% b %*% s),
           p = function(tau) dense_tail(sigma, rep(1:0, each = n), z, psus$stratum, tau))
    }
    by <- list(given(d$g), given(d$y))
    used <- by[[if (by[[2]]$kept < by[[1]]$kept - 0.02) 2 else 1]]
    got <- as.data.frame(weeg_test(few_design(d), y ~ g, method = "trend"))
    expect_equal(got$statistic, used$tau, tolerance = 1e-10)
    expect_equal(got$p.value, used$p(used$tau), tolerance = 1e-7)
    expect_equal(stats::pf(got$statistic, 1, got$den.df, lower.tail = FALSE), got$p.value, tolerance = 1e-10)
    expect_identical(got$num.df, 1)
    # levels without rows change nothing; neither does the scale of the values
    d$wide <- factor(d$g, levels = c("o", "p", "q", "r", "s", "t"), ordered = TRUE)
    expect_equal(as.data.frame(weeg_test(few_design(d), y ~ wide, method = "trend"))$p.value, got$p.value, tolerance = 1e-10)
  }
})

test_that("levels whose weights are nothing beside those of others have no test, and a reason", {
  data <- data.frame(
    y = factor(rep(c("a", "b", "c", "b"), 15), ordered = TRUE), g = factor(rep(c("p", "q", "r"), each = 20), ordered = TRUE),
    h = rep(c("u", "v"), 30), psu = rep(1:10, 6), w = 1 + (1:60) %% 7
  )
  heavy <- data$y == "a"
  for (conventions in c("nchs", "weeg")) {
    data$w <- ifelse(heavy, 1e110, 1) * (1 + (1:60) %% 7)
    d <- weeg_design(data, weights = ~w, cluster = ~psu, conventions = conventions)
    for (method in weeg:::test_methods) {
      test <- weeg_test(d, y ~ g, method = method)
      expect_identical(c(test$statistic, test$p.value, test$chisq), rep(NA_real_, 3L), info = method)
      expect_identical(weeg_reason_code(test$reason), "singular", info = method)
    }
    expect_false(any(is.nan(weeg_association(d, y ~ g)$estimate)))
    for (method in c("kruskal-wallis", "van-der-waerden", "median", "trend")) {
      test <- weeg_test(d, y ~ g, method = method)
      expect_true(is.na(test$p.value) == !is.na(test$reason) && !is.nan(test$p.value), info = method)
    }
    # nearly nothing: the last levels are at the end of the ranks
    data$w <- ifelse(data$y == "a", 1e20, 1) * (1 + (1:60) %% 7)
    d <- weeg_design(data, weights = ~w, cluster = ~psu, conventions = conventions)
    test <- weeg_test(d, y ~ g, method = "van-der-waerden")
    expect_true(is.na(test$p.value) == !is.na(test$reason))
  }
  # rows of one PSU outweigh all others: where rounding leaves no law, Student's t stands for it
  for (seed in 1:6) {
    set.seed(seed)
    data <- data.frame(y = sample(c("a", "b", "c"), 60, TRUE), g = sample(c("p", "q", "r"), 60, TRUE), psu = rep(1:10, 6),
                       w = runif(60, 1, 2) * rep(c(1e10, 1), c(5, 55)))
    few <- weeg_compare(weeg_design(data, weights = ~w, cluster = ~psu), y ~ g)
    expect_true(all(is.na(few$conf.low) == is.na(few$conf.high)))
    expect_true(all(is.na(few$p.value) <= !is.na(few$reason)))
  }
})
