# Ratios of totals, and totals of numbers: random designs against package survey, at least 4.5 (relative error below 1e-9), and
# what they have in common with means. WEEG_DESIGNS sets the number of random designs (30).

with_two_numbers <- function(s) {
  seed <- s$x$seed
  rows <- nrow(s$data)
  set.seed(seed + 11L)
  v <- switch(seed %% 3L + 1L, stats::rnorm(rows), round(100 * stats::rexp(rows)), 1e6 * stats::rnorm(rows)^3)
  u <- switch(seed %% 4L + 1L, stats::rexp(rows), sample(0:3, rows, TRUE), 10 + stats::rnorm(rows), -1 - stats::runif(rows))
  if (seed %% 5L == 0L) v <- 3 * u + v / 100
  v[stats::runif(rows) < pick(c(0, 0.1, 0.4))] <- NA
  u[stats::runif(rows) < pick(c(0, 0, 0.2))] <- NA
  s$x$by_tally <- FALSE
  s$x$data$v <- s$data$v <- v
  s$x$data$u <- s$data$u <- u
  s$weeg <- weeg_view(s$x)
  s$survey <- survey_view(s$x)
  s
}

# Of v / u among `rows`, against a row of weeg's table. survey's standard error has the rounding noise of its sums.
compare_ratio <- function(s, what, rows, got) {
  name <- function(statistic) paste0(what, ": ", statistic)
  known <- rows & !is.na(s$data$v) & !is.na(s$data$u)
  domain <- domain_of(s, known)
  counted <- which(known & s$inside & s$data$w > 0)
  s$log$same(name("df"), got$df, domain_of(s, rows)$df)
  s$log$same(name("n"), got$n, domain$n)
  base <- sum(s$data$w[counted] * s$data$u[counted])
  if (domain$n == 0L) return(s$log$except(name("ratio"), "no rows", is.na(got$estimate) && !is.na(got$reason)))
  if (base == 0) {
    return(s$log$except(name("ratio"), "denominator 0", is.na(got$estimate) && reason_is(got$reason, "zero-denominator")))
  }
  ratio <- survey::svyratio(~v, ~u, domain$design)
  want <- as.vector(stats::coef(ratio))
  se <- as.vector(survey::SE(ratio))
  size <- (max(abs(s$data$v[counted])) + abs(want) * max(abs(s$data$u[counted]))) * sum(s$data$w[counted]) / abs(base)
  s$log$same(name("ratio"), got$estimate, want, floor = 1e-4 * size)
  if (domain$alone) return(s$log$except(name("standard error"), "in one PSU", is.na(got$std.error) && !is.na(got$reason)))
  if (is.na(se)) return(s$log$except(name("standard error"), "none", is.na(got$std.error)))
  if (se < 1e-9 * size) return(s$log$except(name("standard error"), "no sampling variance", got$std.error < 1e-8 * size))
  s$log$same(name("standard error"), got$std.error, se, condition = 1 + size / se / 1e3)
  if (got$df < 1) return(s$log$except(name("limits"), "no df", is.na(got$conf.low)))
  s$log$same(name("limits"), c(got$conf.low, got$conf.high), want + c(-1, 1) * stats::qt(0.975, got$df) * se, floor = 1e-4 * size,
             condition = 1 + size / se / 1e3)
}

test_that("ratios, their standard errors and limits are those of package survey in random designs", {
  needs_survey()
  expect_same_in_designs(count = as.integer(Sys.getenv("WEEG_DESIGNS", "30")), function(s) {
    s <- with_two_numbers(s)
    group <- function(level) s$data$fg %in% level
    all <- rep(TRUE, nrow(s$data))
    known <- function(rows) domain_of(s, rows & !is.na(s$data$v) & !is.na(s$data$u))
    got <- attempt(s, "all: ratio", list(known(all)), function() weeg_ratio(s$weeg, ~ v / u))
    if (!is.null(got)) compare_ratio(s, "all", all, got)
    domains <- lapply(s$groups, function(level) known(group(level)))
    got <- attempt(s, "group: ratio", domains, function() weeg_ratio(s$weeg, v / u ~ g))
    for (level in s$groups) {
      if (!is.null(got) && any(got$g == level)) compare_ratio(s, "group", group(level), got[got$g == level, ])
    }
  })
})

# Totals of v in all groups of a table, which are one domain.
compare_totals <- function(s, what, rows, groups, got) {
  name <- function(statistic) paste0(what, ": ", statistic)
  known <- rows & !is.na(s$data$v)
  domain <- domain_of(s, known)
  s$log$same(name("df"), got$df, rep(domain_of(s, rep(TRUE, length(rows)))$df, nrow(got)))
  for (k in seq_along(groups)) {
    s$data$part <- ifelse(known & groups[[k]], s$data$v, 0)
    mine <- domain
    mine$design$variables$part <- s$data$part[match(rownames(mine$design$variables), rownames(s$survey$variables))]
    counted <- which(known & groups[[k]] & s$inside & s$data$w > 0)
    s$log$same(name("n"), got$n[k], length(counted))
    size <- sum(s$data$w[counted] * abs(s$data$v[counted]))
    s$log$same(name("total"), got$estimate[k], sum(s$data$w[counted] * s$data$v[counted]), floor = 1e-4 * size)
    if (domain$n == 0L) next
    se <- as.vector(survey::SE(survey::svytotal(~part, mine$design)))
    if (is.na(se)) s$log$except(name("standard error"), "none", is.na(got$std.error[k]))
    else if (domain$alone) s$log$except(name("standard error"), "in one PSU", is.na(got$std.error[k]) || se > 0)
    else if (se <= 1e-9 * size) s$log$except(name("standard error"), "no sampling variance", got$std.error[k] <= 1e-8 * size)
    else s$log$same(name("standard error"), got$std.error[k], se, condition = 1 + size / se / 1e3)
  }
}

test_that("totals of numbers and their standard errors are those of package survey in random designs", {
  needs_survey()
  expect_same_in_designs(count = as.integer(Sys.getenv("WEEG_DESIGNS", "30")), function(s) {
    s <- with_two_numbers(s)
    all <- rep(TRUE, nrow(s$data))
    known <- function(rows) domain_of(s, rows & !is.na(s$data$v))
    got <- attempt(s, "all: total", list(known(all)), function() weeg_total(s$weeg, v ~ 1))
    if (!is.null(got)) compare_totals(s, "all", all, list(all), got)
    has_group <- s$data$fg %in% s$groups
    got <- attempt(s, "group: total", list(known(has_group)), function() weeg_total(s$weeg, v ~ g))
    if (!is.null(got)) {
      shown <- as.character(got$g)
      compare_totals(s, "group", has_group, lapply(shown, function(level) s$data$fg %in% level), got)
    }
  })
})

test_that("ratios and totals of several stages are those of package survey", {
  needs_survey()
  for (seed in 1:12) {
    x <- random_stages(seed)
    set.seed(seed)
    x$data$v <- 100 + stats::rnorm(nrow(x$data))
    x$data$u <- stats::rexp(nrow(x$data))
    if (x$lonely == "fail") x$lonely <- "adjust"
    before <- options(survey.lonely.psu = x$lonely, survey.adjust.domain.lonely = x$lonely_domain, survey.use_rcpp = FALSE)
    got <- weeg_ratio(stages_weeg(x), ~ v / u)
    total <- weeg_total(stages_weeg(x), v ~ 1)
    domain <- stages_survey(x)[which(x$data$inside), ]
    want <- suppressWarnings(survey::svyratio(~v, ~u, domain))
    want_total <- suppressWarnings(survey::svytotal(~v, domain))
    options(before)
    expect_equal(got$estimate, as.vector(coef(want)), tolerance = 1e-9, info = seed)
    expect_equal(total$estimate, as.vector(coef(want_total)), tolerance = 1e-9, info = seed)
    # survey has 0, but for rounding, where there is none
    if (!is.na(got$std.error)) expect_equal(got$std.error, as.vector(survey::SE(want)), tolerance = 1e-7, info = seed)
    if (!is.na(total$std.error)) expect_equal(total$std.error, as.vector(survey::SE(want_total)), tolerance = 1e-7, info = seed)
  }
})

small <- local({
  set.seed(4)
  n <- 600
  data <- data.frame(g = factor(sample(letters[1:3], n, TRUE), letters[1:4]), p = sample(30, n, TRUE), w = stats::runif(n, 1, 9))
  data$s <- data$p %% 3
  data$x <- stats::rexp(n)
  data$y <- 2 * data$x + stats::rnorm(n)
  data$z <- 1e9 * data$x + stats::rnorm(n)
  data
})
kinds <- list(rows = weeg_design(small, weights = ~w, strata = ~s),
              clusters = weeg_design(small, weights = ~w, strata = ~s, cluster = ~p))

test_that("a ratio to 1 is a mean, a total that of weights is a count, and a ratio keeps its digits where both are alike", {
  for (d in kinds) {
    one <- weeg_ratio(d, y / I(0 * x + 1) ~ g)
    mean <- weeg_mean(d, y ~ g)
    shared <- setdiff(names(mean), c("outcome", "n.weighted"))
    expect_equal(as.data.frame(one)[shared], as.data.frame(mean)[shared], tolerance = 1e-12)
    total <- weeg_total(d, I(0 * x + 1) ~ g)
    count <- weeg_total(d, ~g)
    expect_equal(total$estimate, count$estimate, tolerance = 1e-14)
    expect_equal(total$std.error[1:3], count$std.error[1:3], tolerance = 1e-12)
    expect_identical(total$df, count$df)
    # z = 1e9 x + e: the standard error is that of the ratio of e, which is 1e-9 of it, to x; e has 7 digits in z
    e <- weeg_ratio(d, I(z - 1e9 * x) / x ~ g)
    z <- weeg_ratio(d, z / x ~ g)
    expect_equal(z$std.error[1:3], e$std.error[1:3], tolerance = 1e-6)
    exact <- weeg_ratio(d, I(3 * x) / x ~ g)
    expect_equal(exact$estimate[1:3], rep(3, 3), tolerance = 1e-14)
    expect_true(all(exact$std.error[1:3] < 1e-14))
  }
})

test_that("denominators of 0 and groups without rows have a reason; an empty group's total is 0", {
  data <- small
  data$u <- ifelse(data$g == "a", 0, ifelse(data$g == "b", 1, data$x))
  data$u[which(data$g == "b")[c(TRUE, FALSE)]] <- -1
  data$w[data$g == "b"] <- 2
  if (sum(data$u[data$g == "b"]) != 0) data$u[which(data$g == "b")[1]] <- 0
  got <- weeg_ratio(weeg_design(data, weights = ~w, strata = ~s, cluster = ~p), y / u ~ g)
  expect_identical(is.na(got$estimate), c(TRUE, TRUE, FALSE, TRUE))
  expect_true(all(is.na(c(got$std.error, got$conf.low, got$cv)[c(1, 2, 4)])))
  expect_identical(got$reason, c(rep("the denominator of the ratio is 0", 2), NA, "no observations"))
  expect_identical(weeg_total(kinds$rows, y ~ g)$estimate[4], 0)
  expect_match(paste(format(got), collapse = "\n"), "Ratio y / u by g.*No observations: d.*the denominator of the ratio is 0")
})

test_that("several ratios and totals in one call are those of each, of tallies too", {
  data <- small
  data$y[3:40] <- NA
  data$z[30:90] <- NA
  for (cluster in list(NULL, ~p)) {
    d <- weeg_design(data, weights = ~w, strata = ~s, cluster = cluster)
    t <- weeg_tally(d, y + x + z ~ g)
    both <- as.data.frame(weeg_ratio(d, y / x + z / y + z / x ~ g))
    each <- lapply(c(y / x ~ g, z / y ~ g, z / x ~ g), function(f) as.data.frame(weeg_ratio(d, f)))
    expect_equal(both, do.call(rbind, each), tolerance = 1e-12, ignore_attr = TRUE)
    expect_equal(as.data.frame(weeg_ratio(t, y / x + z / y + z / x ~ g)), both, tolerance = 1e-12)
    expect_equal(as.data.frame(weeg_total(t, y + z ~ g)), as.data.frame(weeg_total(d, y + z ~ g)), tolerance = 1e-12)
    expect_equal(unique(both$outcome), c("y / x", "z / y", "z / x"))
    many <- paste0("I(x * ", 1:14, ")", collapse = " + ")
    means <- weeg_mean(d, stats::as.formula(paste(many, "~ g")))
    expect_equal(means$estimate, rep(1:14, each = 4) * weeg_mean(d, x ~ g)$estimate, tolerance = 1e-12)
    for (missing in c("omit", "level")) {
      expect_equal(as.data.frame(weeg_mean(d, y + z ~ g, missing = missing))[1:4, ],
                   as.data.frame(weeg_mean(d, y ~ g, missing = missing)), tolerance = 1e-12)
    }
  }
})

test_that("a number on the left of weeg_total is summed, levels are counted", {
  d <- kinds$clusters
  expect_identical(names(weeg_total(d, g ~ s))[1:2], c("s", "g"))
  expect_identical(weeg_total(d, ~ s + g)$n, weeg_total(weeg_design(transform(small, s = factor(s)), weights = ~w, strata = ~s,
                                                                    cluster = ~p), g ~ s)$n)
  expect_equal(weeg_total(d, y ~ 1)$estimate, sum(small$w * small$y), tolerance = 1e-13)
  expect_error(weeg_total(d, y + g ~ s), "variable `g` is a factor", class = "weeg_error_variable")
  labelled <- small
  labelled$a <- structure(small$s, class = "haven_labelled", labels = c(no = 0, yes = 1, perhaps = 2))
  expect_false("outcome" %in% names(weeg_total(weeg_design(labelled, weights = ~w), a ~ g)))
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  utils::write.csv(small, path, row.names = FALSE)
  file <- weeg_design(path, weights = ~w)
  # weights are written with 15 digits
  expect_equal(weeg_total(file, s ~ g)$estimate, weeg_total(weeg_design(small, weights = ~w), s ~ g)$estimate[1:3],
               tolerance = 1e-13)
  expect_identical(weeg_total(file, ~ g + s)$n, weeg_total(weeg_design(small, weights = ~w), ~ g + s)$n[1:9])
})

test_that("what is no ratio is refused", {
  d <- kinds$clusters
  wrong <- list(y ~ g, ~y, y / x + z ~ g, y / x + y / x ~ g, y / x / z ~ g, y / x ~ x, y / y ~ g, g / x ~ s, y / 2 ~ g,
                y / x ~ g / s)
  for (formula in wrong) expect_error(weeg_ratio(d, formula), class = "weeg_error", label = deparse1(formula))
  expect_error(weeg_ratio(d, y ~ g), "y is not a ratio", class = "weeg_error_formula")
  expect_error(weeg_ratio(formula = y / x ~ g), "`data` is missing", class = "weeg_error_argument")
  expect_error(weeg_ratio(weeg_tally(d, y ~ g), y / x ~ g), class = "weeg_error")
  expect_equal(weeg_ratio(d, (y + z) / x ~ g)$estimate, weeg_ratio(d, I(y + z) / x ~ g)$estimate)
})

test_that("ratios and totals are tidy, named and plotted", {
  d <- kinds$clusters
  ratio <- weeg_ratio(d, y / x + z / x ~ g)
  expect_identical(names(coef(ratio))[1:2], c("y / x:a", "y / x:b"))
  expect_identical(rownames(confint(weeg_total(d, y + x ~ 1))), c("y", "x"))
  expect_identical(glance(weeg_ratio(d, ~ y / x))$nobs, 600)
  expect_identical(as.list(tidy(ratio))$estimate, ratio$estimate)
  expect_match(paste(format(weeg_total(d, y ~ g)), collapse = "\n"), "Total of y by g.*total")
  skip_if_not_installed("ggplot2")
  expect_identical(ggplot2::autoplot(weeg_ratio(d, y / x ~ g))$labels$x %in% c("Mean", "Total"), FALSE)
  expect_s3_class(ggplot2::autoplot(weeg_total(d, y ~ g)), "ggplot")
  expect_error(ggplot2::autoplot(ratio), "ratios of several", class = "weeg_error_unsupported")
})

test_that("intervals of a ratio are not shorter than those by t, where few rows have its denominator or it has both signs", {
  set.seed(7)
  x <- data.frame(w = runif(600, 1, 5), s = rep(1:3, each = 200), psu = rep(1:30, each = 20), y = rlnorm(600, 3))
  x$rare <- ifelse(runif(600) < 0.02, rlnorm(600, 2), 0)
  x$sign <- rnorm(600, 2, 4)
  d <- weeg_design(x, weights = ~w, strata = ~s, cluster = ~psu)
  least <- qt(0.975, 30 - 3) # of package survey
  for (r in list(weeg_ratio(d, ~ y / rare), weeg_ratio(d, ~ y / sign))) {
    expect_gte((r$conf.high - r$estimate) / r$std.error, least - 1e-12)
    expect_equal(r$df, 27)
  }
  plain <- weeg_ratio(d, ~ y / w)
  expect_gt((plain$conf.high - plain$estimate) / plain$std.error, least)
})
