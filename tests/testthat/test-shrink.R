# Shrunken estimates: the model against a published example, nested quadrature and simulation; areas of real designs.

rats <- list(
  x = c(rep(0, 14), rep(1, 8), rep(2, 9), 1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10, rep(4, 7), 10, rep(4, 3), 5, 11, 12, 5, 5,
        6, 5, rep(6, 4), 16, 15, 15, 9, 4),
  n = c(rep(20, 7), rep(19, 4), 18, 18, 17, rep(20, 4), 19, 19, 18, 18, 25, 24, 23, rep(20, 6), 10, 49, 19, 46, 27, 17, 49, 47,
        20, 20, 13, 48, 50, rep(20, 7), 48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 46, 47, 24, 14)
)

design <- function() weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("the rat tumors of Gelman and others: posterior means of alpha and beta", {
  expect_length(rats$x, 71L)
  # their prior, (alpha + beta)^-5/2, is K^-3/2 in the mean and K = alpha + beta; printed: 2.4 and 14.3
  fit <- weeg:::fit_areas(rats$x, rats$n, 0.95, function(k, m) -1.5 * log(k))
  mean_of <- function(values) sum(fit$grid$weight * values)
  expect_identical(round(mean_of(fit$grid$k * fit$grid$m), 1), 2.4)
  expect_identical(round(mean_of(fit$grid$k * (1 - fit$grid$m)), 1), 14.3)
})

test_that("the grid gives what nested adaptive quadrature over mean and correlation gives", {
  x <- c(0, 3, 5, 12, 7.5, 0)
  n <- c(4, 10, 30, 25.5, 15, 0)
  integral <- function(value) {
    likelihood <- function(m, r) {
      k <- (1 - r) / r
      total <- 40 # near 1 at its largest
      for (i in which(n > 0)) total <- total + lbeta(k * m + x[i], k * (1 - m) + n[i] - x[i]) - lbeta(k * m, k * (1 - m))
      # the prior of K given m, times dK / dr
      exp(total) * m * (1 - m) / (1 + m * (1 - m) * k)^2 / r^2
    }
    over <- function(f, tolerance) stats::integrate(f, 0, 1, rel.tol = tolerance, subdivisions = 500L)$value
    inner <- function(r) over(function(m) likelihood(m, r) * value(m, r), 1e-8)
    over(function(r) vapply(r, inner, 0), 1e-7)
  }
  whole <- integral(function(m, r) 1)
  area <- function(value) vapply(seq_along(x), function(i) {
    integral(function(m, r) value(((1 - r) / r * m + x[i]) / ((1 - r) / r + n[i]), (1 - r) / r, n[i])) / whole
  }, 0)
  fit <- weeg:::fit_areas(x, n, 0.95)
  # a grid of 60 by 41 points: five digits
  estimate <- area(function(mean, k, n) mean)
  expect_equal(fit$estimate, estimate, tolerance = 3e-5)
  square <- area(function(mean, k, n) mean^2 + mean * (1 - mean) / (k + n + 1))
  expect_equal(fit$std.error, sqrt(square - estimate^2), tolerance = 3e-5)
  expect_equal(fit$weight, area(function(mean, k, n) n / (k + n)), tolerance = 3e-5)
  expect_equal(fit$model$mean, integral(function(m, r) m) / whole, tolerance = 3e-5)
  expect_equal(fit$model$between.sd, integral(function(m, r) sqrt(m * (1 - m) * r)) / whole, tolerance = 3e-5)
})

test_that("of few large areas the tail of what areas may differ is not lost: a dense grid over mean and correlation", {
  x <- c(300, 310, 290, 0)
  n <- c(1000, 1000, 1000, 0)
  # trapezoids over logits, which fall off to 0 on both sides
  at <- expand.grid(mean = seq(-8, 8, by = 0.04), correlation = seq(-16, 16, by = 0.03))
  m <- stats::plogis(at$mean)
  k <- exp(-at$correlation)
  # 1 / (1 + K m (1 - m)) is uniform
  log <- stats::dlogis(at$mean, log = TRUE) + stats::dlogis(log(k * m * (1 - m)), log = TRUE)
  for (i in 1:3) log <- log + lbeta(k * m + x[i], k * (1 - m) + n[i] - x[i]) - lbeta(k * m, k * (1 - m))
  weight <- exp(log - max(log)) / sum(exp(log - max(log)))
  spread <- sqrt(m * (1 - m) / (k + 1))
  fit <- weeg:::fit_areas(x, n, 0.95)
  expect_equal(fit$model$mean, sum(weight * m), tolerance = 3e-5)
  expect_equal(fit$model$between.sd, sum(weight * spread), tolerance = 3e-5)
  # an area not seen
  expect_equal(fit$std.error[4L], sqrt(sum(weight * (m^2 + spread^2)) - sum(weight * m)^2), tolerance = 3e-5)
  # the share of the posterior beyond the limits: 2.5 % each, to 0.1 for steps of the grids
  expect_lt(abs(sum(weight[spread < fit$model$between.low]) - 0.025), 0.001)
  expect_lt(abs(sum(weight[spread > fit$model$between.high]) - 0.025), 0.001)
  for (i in c(1L, 4L)) {
    below <- function(p) sum(weight * stats::pbeta(p, k * m + x[i], k * (1 - m) + n[i] - x[i]))
    expect_lt(abs(below(fit$conf.low[i]) - 0.025), 0.001)
    expect_lt(abs(below(fit$conf.high[i]) - 0.975), 0.001)
  }
})

test_that("where nobody gives the answer, limits are neither those of an answer that cannot be given nor of nothing known", {
  # 29 areas of 20 and one not seen; all of them together allow 0.63 % (Clopper and Pearson, 0 of 580)
  fit <- weeg:::fit_areas(rep(0, 30), c(rep(20, 29), 0), 0.95)
  together <- stats::qbeta(0.975, 1, 580)
  expect_true(all(fit$conf.low < 1e-6))
  expect_gt(fit$conf.high[1L], together)
  # alone, 20 allow 16.8 %; an area not seen may differ, but not as if nothing were known
  expect_lt(fit$conf.high[1L], 3 * together)
  expect_gt(fit$conf.high[30L], fit$conf.high[1L])
  expect_lt(fit$conf.high[30L], 5 * together)
  # the same of everybody
  all <- weeg:::fit_areas(rep(20, 29), rep(20, 29), 0.95)
  expect_equal(all$conf.low[1L], 1 - fit$conf.high[1L], tolerance = 0.001)
})

test_that("of rare answers the limits hold the truth, also in samples in which nobody gives them", {
  set.seed(54)
  for (mean in c(0.001, 0.003)) {
    truth <- stats::plogis(stats::qlogis(mean) + stats::rnorm(50, 0, 0.5))
    found <- replicate(12, {
      fit <- weeg:::fit_areas(stats::rbinom(50, 30, truth), rep(30, 50), 0.95)
      mean(fit$conf.low <= truth & truth <= fit$conf.high)
    })
    expect_gt(mean(found), 0.94)
    expect_gt(min(found), 0.8)
  }
})

# Samples of 40 municipalities of 16 to 60 respondents with unequal weights, and a known truth.
simulate_areas <- function(mean, sd) {
  areas <- 40L
  truth <- stats::plogis(stats::qlogis(mean) + stats::rnorm(areas, 0, sd))
  sizes <- sample(16:60, areas, replace = TRUE)
  area <- rep(seq_len(areas), sizes)
  data <- data.frame(area = factor(area), w = exp(stats::rnorm(length(area), 0, 0.4)),
                     y = stats::rbinom(length(area), 1L, truth[area]) == 1L)
  s <- weeg_shrink(weeg_design(data, weights = ~w, cluster = ~area), y ~ area, answers = "TRUE")
  c(shrunken = mean((s$estimate - truth)^2), own = mean((s$direct - truth)^2),
    covered = mean(s$conf.low <= truth & truth <= s$conf.high),
    own_covered = mean(s$direct.low <= truth & truth <= s$direct.high))
}

test_that("in samples of unequal weights shrunken estimates are nearer to the truth, and intervals hold it", {
  # WEEG_LONG_TESTS takes 500 samples of each instead of 40 (minutes)
  samples <- if (nzchar(Sys.getenv("WEEG_LONG_TESTS"))) 500L else 40L
  set.seed(51)
  for (mean in c(0.07, 0.4)) for (sd in c(0.25, 0.6)) {
    found <- rowMeans(replicate(samples, simulate_areas(mean, sd)))
    about <- paste("mean", mean, "sd", sd)
    expect_lt(found[["shrunken"]] / found[["own"]], if (sd == 0.25) 0.55 else 0.8, label = about)
    # 1600 intervals of areas in common samples: about 1.2 points of standard error
    expect_gt(found[["covered"]], 0.92, label = about)
    expect_gt(found[["own_covered"]], 0.93, label = about)
  }
})

test_that("where areas do not differ the estimates are nearly that of all, where they differ much nearly their own", {
  x <- rep(c(9, 10, 11), 20)
  same <- weeg:::fit_areas(x, rep(30, 60), 0.95)
  expect_lt(max(abs(same$estimate - 1 / 3)), 0.01)
  expect_lt(max(same$weight), 0.15)
  far <- weeg:::fit_areas(rep(c(3, 57), 20), rep(60, 40), 0.95)
  expect_gt(min(far$weight), 0.95)
  expect_true(all(far$conf.low < far$estimate & far$estimate < far$conf.high))
})

test_that("areas with 0 %, 100 % and no respondents; all areas 0 % or 100 %", {
  data <- data.frame(area = factor(rep(c("a", "b", "c", "d"), c(10, 12, 20, 1)), levels = c("a", "b", "c", "d", "e")),
                     y = factor(c(rep("no", 10), rep("yes", 12), rep(c("yes", "no"), 10), NA), levels = c("no", "yes")))
  s <- weeg_shrink(weeg_design(data), y ~ area, answers = "yes")
  expect_identical(as.character(s$area), c("a", "b", "c", "d", "e"))
  expect_identical(s$direct, c(0, 1, 0.5, NA, NA))
  expect_identical(s$reason, c(NA, NA, NA, rep("no respondents: the figure of all areas", 2)))
  expect_true(all(s$estimate > 0 & s$estimate < 1 & s$conf.low >= 0 & s$conf.high <= 1))
  expect_identical(s$weight[4:5], c(0, 0))
  expect_equal(s$estimate[5], glance(s)$mean)
  # an area not seen is the least certain
  expect_gt(min((s$conf.high - s$conf.low)[4:5]), max((s$conf.high - s$conf.low)[1:3]))
  expect_equal(c(s$direct.low[1], s$direct.high[2]), c(0, 1))
  for (all in c("no", "yes")) {
    data$y[] <- all
    s <- weeg_shrink(weeg_design(data), y ~ area, answers = "yes")
    expect_true(all(is.finite(unlist(s[c("estimate", "std.error", "conf.low", "conf.high")]))))
    expect_true(all(abs(s$estimate - (all == "yes")) < 0.15))
  }
  # yes and no are each other's complement
  s <- weeg_shrink(weeg_design(data), y ~ area)
  expect_equal(s$estimate[s$level == "yes"], 1 - s$estimate[s$level == "no"], tolerance = 1e-4)
})

test_that("effective numbers are Kish's where areas are PSUs, or stated", {
  s <- weeg_shrink(design(), strengths ~ gemeente)
  d <- openvoorwerk[!is.na(openvoorwerk$strengths), ]
  kish <- tapply(d$gewicht, d$gemeente, function(w) sum(w)^2 / sum(w^2))
  expect_equal(s$n.effective[s$level == "niet"], unname(c(kish)), tolerance = 1e-12)
  own <- tapply(d$gewicht * (d$strengths == "niet"), d$gemeente, sum) / tapply(d$gewicht, d$gemeente, sum)
  expect_equal(s$direct[s$level == "niet"], unname(c(own)), tolerance = 1e-12)
  x <- kish * own
  expect_equal(s$direct.low[s$level == "niet"], unname(c(stats::qbeta(0.025, x, kish - x + 1))), tolerance = 1e-9)
  expect_identical(unique(glance(s)$deff), 1)
  stated <- weeg_shrink(design(), strengths ~ gemeente, deff = 2)
  expect_equal(stated$n.effective, stated$n.base / 2)
  expect_true(all(stated$weight < s$weight))
  # the unit of weights does not matter, nor do zero weights
  tenfold <- openvoorwerk
  tenfold$gewicht <- 10 * tenfold$gewicht
  again <- weeg_shrink(weeg_design(tenfold, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente), strengths ~ gemeente)
  expect_equal(as.data.frame(again), as.data.frame(s), tolerance = 1e-10)
})

test_that("where areas have several PSUs, the design effect is pooled over areas, as by package survey", {
  skip_if_not_installed("survey")
  set.seed(52)
  data <- data.frame(psu = rep(1:80, each = 10), area = rep(1:8, each = 100), w = exp(stats::rnorm(800, 0, 0.3)))
  data$y <- factor(stats::rbinom(800, 1, stats::plogis(stats::rnorm(80, 0, 1)[data$psu])))
  s <- weeg_shrink(weeg_design(data, weights = ~w, cluster = ~psu), y ~ area, answers = "1")
  by <- survey::svyby(~ I(y == "1"), ~area, survey::svydesign(~psu, weights = ~w, data = data), survey::svymean)
  p <- by[[3L]]
  kish <- tapply(data$w, data$area, function(w) sum(w)^2 / sum(w^2))
  # survey's variances of domains times m / (m - 1) for M / (M - 1), with 10 of 80 PSUs; p (1 - p) is too low by the variance
  variance <- survey::SE(by)[[2L]]^2 * (10 / 9) / (80 / 79)
  deff <- sum(variance) / sum((p * (1 - p) + variance) / kish)
  expect_gt(deff, 1.3)
  expect_equal(glance(s)$deff, deff, tolerance = 1e-9)
  expect_equal(s$n.effective, unname(c(kish)) / deff, tolerance = 1e-9)
})

test_that("the design effect is that of a known model, also with few PSUs in an area and strata of many areas", {
  set.seed(53)
  # answers of a PSU have intraclass correlation 0.05, so the design effect of areas is 1 + 15 x 0.05; without it 1
  psu <- rep(1:80, each = 16)
  data <- data.frame(psu, area = rep(1:40, each = 32))
  estimated <- function(correlation, samples, ...) {
    found <- vapply(seq_len(samples), function(i) {
      p <- if (correlation > 0) stats::rbeta(80, 0.3 * (1 / correlation - 1), 0.7 * (1 / correlation - 1)) else rep(0.3, 80)
      data$y <- stats::rbinom(length(psu), 1L, p[psu]) == 1L
      f <- weeg_funnel(weeg_design(data, ...), y ~ area, answers = "TRUE")
      32 / f$n.effective[1L]
    }, 0)
    c(mean(found), 3.5 * stats::sd(found) / sqrt(samples))
  }
  for (design in list(list(cluster = ~psu), list(cluster = ~psu, strata = ~area))) {
    deff <- do.call(estimated, c(0.05, 40, design))
    expect_lt(abs(deff[1L] - 1.75), deff[2L])
    expect_lt(deff[2L], 0.3)
  }
  # never below 1, so a little above it
  for (design in list(list(), list(strata = ~area))) expect_lt(do.call(estimated, c(0, 8, design))[1L], 1.01)
})

test_that("domains, tallies, calibrated weights, replicates and several outcomes and groups", {
  d <- design()
  young <- weeg_shrink(subset(d, leeftijd < 36), strengths ~ gemeente, answers = "niet")
  rows <- openvoorwerk[openvoorwerk$leeftijd < 36 & !is.na(openvoorwerk$strengths), ]
  kish <- tapply(rows$gewicht, rows$gemeente, function(w) sum(w)^2 / sum(w^2))
  expect_equal(young$n.effective, unname(c(kish)), tolerance = 1e-12)
  plain <- weeg_design(openvoorwerk, cluster = ~gemeente)
  from_tally <- weeg_shrink(weeg_tally(plain, ~ strengths + gemeente), strengths ~ gemeente, answers = "niet")
  expect_equal(as.data.frame(from_tally), as.data.frame(weeg_shrink(plain, strengths ~ gemeente, answers = "niet")))
  expect_error(weeg_shrink(weeg_tally(d, ~ strengths + gemeente), strengths ~ gemeente), "deff = 1.3",
               class = "weeg_error_argument")
  stated <- weeg_shrink(weeg_tally(d, ~ strengths + gemeente), strengths ~ gemeente, deff = 1.1)
  expect_equal(as.data.frame(stated), as.data.frame(weeg_shrink(d, strengths ~ gemeente, deff = 1.1)))
  raked <- weeg_rake(d, list(ronde = c("ronde 1" = 0.5, "ronde 2" = 0.5)))
  expect_equal(weeg_shrink(raked, strengths ~ gemeente)$direct,
               weeg_proportion(raked, strengths ~ gemeente, interval = "wald")$estimate)
  replicated <- weeg_shrink(weeg_replicates(d, "jkn"), strengths ~ gemeente)
  expect_equal(replicated$n.effective, weeg_shrink(d, strengths ~ gemeente)$n.effective)
  two <- weeg_shrink(d, strengths + relapse ~ provider + ronde)
  expect_identical(names(two)[1:4], c("provider", "ronde", "outcome", "level"))
  expect_identical(nrow(two), 2L * 10L * 4L)
  relapse <- as.data.frame(two)[two$outcome == "relapse", -4]
  rownames(relapse) <- NULL
  expect_equal(relapse, as.data.frame(weeg_shrink(d, relapse ~ provider + ronde))[-4])
  expect_identical(nrow(glance(two)), 8L)
})

test_that("print, tidy and glance", {
  s <- weeg_shrink(design(), strengths ~ gemeente, answers = "niet")
  shown <- format(s, width = 80L)
  expect_true(all(nchar(shown) <= 80L))
  expect_match(paste(shown, collapse = "\n"), "All areas: 32\\.0%; between areas a standard deviation of 7\\.3 points")
  expect_identical(sum(grepl("^(Alkmaar|Zwolle) ", shown)), 2L)
  expect_s3_class(tidy(s), "data.frame", exact = TRUE)
  expect_identical(names(s), c("gemeente", "outcome", "level", "estimate", "std.error", "conf.low", "conf.high", "direct",
                               "direct.low", "direct.high", "weight", "n", "n.base", "n.effective", "reason"))
  expect_identical(glance(s)$areas, 50L)
  expect_s3_class(s[1:3, ], "weeg_shrink")
})

test_that("what cannot be shrunk is refused", {
  d <- design()
  cases <- list(
    list(quote(weeg_shrink(d, ~strengths)), "needs areas", "formula"),
    list(quote(weeg_shrink(d, strengths ~ ronde)), "fewer than 3 areas", "argument"),
    list(quote(weeg_shrink(d, strengths ~ gemeente, answers = "soms")), "\"soms\" in `answers` is not a level", "argument"),
    list(quote(weeg_shrink(d, strengths ~ gemeente, deff = 0)), "`deff` must be one positive number", "argument"),
    list(quote(weeg_shrink(d, strengths ~ gemeente, level = 2)), "`level`", "argument"),
    list(quote(weeg_shrink(d, nothing ~ gemeente)), "no variable `nothing`", "variable")
  )
  for (case in cases) expect_error(eval(case[[1L]]), case[[2L]], class = paste0("weeg_error_", case[[3L]]))
})
