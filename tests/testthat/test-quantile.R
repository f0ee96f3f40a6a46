# Quantiles: random designs against survey::svyquantile(), at least 4.5 (quantiles and limits equal, or to 1e-9); limits by tests
# against their definition, written out with weeg_proportion(); stats::quantile() where nothing is weighted; and each hard case.
# WEEG_DESIGNS sets the number of random designs of each kind (25, 30).

survey_types <- c(wald = "mean", logit = "xlogit", beta = "beta", arcsine = "asin")

# Values with many ties, with few, and without, as the rule can take: those that interpolate depend on survey's order of rows
# where weights differ among equal values.
values_of <- function(seed, data, rule) {
  set.seed(seed + 7L)
  n <- nrow(data)
  kind <- if (rule %in% c("math", "school")) pick(c("score", "age", "income", "normal")) else pick(c("normal", "income"))
  y <- switch(kind, score = sample(5L, n, TRUE), age = round(stats::runif(n, 18, 90)), income = sample(n) * 10.5,
              normal = stats::rnorm(n))
  if (chance(0.5)) y[stats::runif(n) < pick(c(0.05, 0.4))] <- NA
  if (chance(0.1)) y[sample.int(n, 1L)] <- Inf
  y
}

# The interval of the share at q that survey inverts, for what is different on purpose, and for shares that rounding may put on
# either side of a step.
survey_share <- function(design, y, w, q, type, df) {
  design$variables$below <- as.numeric(design$variables$v <= q)
  m <- suppressWarnings(survey::svymean(~below, design)) # replicates without rows
  p <- as.vector(stats::coef(m))
  v <- as.vector(stats::vcov(m))
  steps <- cumsum(tapply(w, y, sum)) / sum(w)
  rows <- length(y)
  limits <- suppressWarnings(switch(type, # qbeta() says that extreme ones are not accurate
    mean = p + c(-1, 1) * stats::qt(0.975, df) * sqrt(v),
    xlogit = stats::plogis(stats::qlogis(p) + c(-1, 1) * stats::qt(0.975, df) * sqrt(v) / (p * (1 - p))),
    asin = {
      at <- asin(sqrt(p)) + c(-1, 1) * stats::qt(0.975, df) * sqrt(v) / (2 * sqrt(p * (1 - p)))
      ifelse(at < 0, -1, ifelse(at > pi / 2, 2, sin(at)^2))
    },
    beta = {
      n <- p * (1 - p) / v * (stats::qt(0.025, rows - 1) / stats::qt(0.025, df))^2
      c(stats::qbeta(0.025, n * p, n * (1 - p) + 1), stats::qbeta(0.975, n * p + 1, n * (1 - p)))
    }
  ))
  list(p = p, v = v, limits = limits, steps = steps)
}

near <- function(x, steps) !is.na(x) && any(abs(x - steps) < 1e-9)

# What is compared of quantiles, limits and standard errors of a kind of design, how often, and how far apart. mine: weeg's rows
# of one group. The numbers are `v` of the design, which keeps rows outside a domain with a weight of 0 where it is calibrated.
quantile_account <- function(kind) {
  figures <- c("estimate", "lower limit", "upper limit", "standard error")
  errors <- data.frame(statistic = paste0(kind, ": ", figures), comparisons = 0L, largest = 0)
  same <- function(figure, got, want, info) {
    expect_equal(got, want, tolerance = tolerance, info = info)
    at <- match(figure, figures)
    errors$comparisons[at] <<- errors$comparisons[at] + 1L
    errors$largest[at] <<- max(errors$largest[at], relative_error(got, want))
  }
  compare <- function(mine, design, rule, type, df, degf = survey::degf(design), info = NULL) {
    w <- as.vector(stats::weights(design, "sampling"))
    y <- design$variables$v[w > 0]
    w <- w[w > 0]
    first <- sum(w[y == min(y)]) / sum(w)
    wrong <- function(p) rule %in% c("school", "hf4") && p < first # where survey's rules are not what they should be
    for (k in seq_len(nrow(mine))) {
      p <- mine$prob[k]
      theirs <- suppressWarnings(suppressMessages(survey::svyquantile(~v, design, p, qrule = rule, ci = FALSE)))
      q <- unname(stats::coef(theirs))
      if (wrong(p) || near(p, cumsum(tapply(w, y, sum)) / sum(w))) next
      same("estimate", mine$estimate[k], q, paste(info, p))
      if (df < 1 || reason_is(mine$reason[k], c("no-variance", "no-df"))) next
      # survey has degrees of freedom of its own there, and the rows outside a domain of a calibrated design, too
      if (type == "beta" && (degf != df || nrow(design) != length(y))) next
      # survey interpolates to just below a value, or above, that the quantile is: its share is then that of another one
      if (any(y != q & abs(y - q) < 1e-9 * abs(q))) next
      share <- survey_share(design, y, w, q, type, df)
      if (!(share$v > 1e-20) || share$p > 1 - 1e-12) next
      theirs <- suppressWarnings(survey::svyquantile(~v, design, p, qrule = rule, interval.type = type, df = df))
      limits <- as.vector(stats::confint(theirs))
      for (side in 1:2) {
        ours <- c(mine$conf.low[k], mine$conf.high[k])[side]
        at <- share$limits[side]
        if (is.na(at) || near(at, share$steps)) next
        if (at <= 0 || at >= 1) {
          expect_true(is.na(ours) && reason_is(mine$reason[k], "open-limit"), info = paste(info, p))
        } else if (!wrong(at)) {
          same(c("lower limit", "upper limit")[side], ours, limits[side], paste(info, p))
        }
      }
      if (all(is.finite(limits)) && !wrong(share$limits[1L]) && !anyNA(mine$conf.low[k] + mine$conf.high[k]) &&
          !near(share$limits[1L], share$steps) && !near(share$limits[2L], share$steps)) {
        same("standard error", mine$std.error[k], unname(survey::SE(theirs)), paste(info, p))
      }
    }
  }
  finish <- function(count) {
    show_tables(errors, exception_table(data.frame(reason = character(), seed = integer())), count, tolerance)
    for (i in seq_along(figures)) expect_gt(errors$comparisons[i], count / 2, label = errors$statistic[i])
  }
  list(compare = compare, finish = finish)
}

probabilities <- function() sort(unique(c(0.5, round(stats::runif(2, 0.02, 0.98), 3))))

test_that("quantiles, limits and standard errors are those of survey::svyquantile() in random designs", {
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 25L)
  account <- quantile_account("plain")
  for (seed in seq_len(count)) {
    x <- random_design(seed)
    rule <- pick(quantile_rules)
    type <- pick(survey_types)
    x$by_tally <- FALSE
    if (x$lonely == "fail") x$lonely <- "adjust"
    x$data$v <- values_of(seed, x$data, rule)
    got <- weeg_quantile(weeg_design(weeg_view(x), conventions = "survey"), v ~ fg, probs = probabilities(), rule = rule,
                         interval = names(survey_types)[survey_types == type])
    before <- options(survey.lonely.psu = x$lonely, survey.adjust.domain.lonely = FALSE, survey.use_rcpp = FALSE)
    whole <- survey_view(x)
    for (level in unique(as.character(got$fg))) {
      group <- which(x$data$inside %in% TRUE & x$data$fg %in% level & x$data$w > 0)
      rows <- group[!is.na(x$data$v[group])]
      mine <- got[got$fg == level, ]
      expect_true(all(mine$n == length(rows)), info = seed)
      if (length(rows) == 0L) {
        expect_true(all(is.na(mine$estimate)) && all(reason_is(mine$reason, "empty")), info = seed)
      } else {
        account$compare(mine, whole[rows, ], rule, type, survey::degf(whole[group, ]), info = paste(seed, level, rule, type))
      }
    }
    options(before)
  }
  account$finish(count)
})

# Numbers for both, as calibrated designs of survey need one in rows outside the domain, too.
with_numbers <- function(rule) function(seed, data) {
  data$v <- values_of(seed, data, rule)
  data$v[is.infinite(data$v)] <- 0
  data$full_v <- ifelse(is.na(data$v), 0, data$v)
  data
}

rule_of <- function(seed) quantile_rules[seed %% length(quantile_rules) + 1L]

expect_group_quantiles <- function(account, s, ours, theirs, rule, degf) {
  type <- survey_types[[s$seed %/% length(quantile_rules) %% length(survey_types) + 1L]]
  lonely <- function(e) if (is_lonely_error(e)) NULL else stop(e)
  got <- tryCatch(
    weeg_quantile(ours, v ~ fg, probs = probabilities(), rule = rule, limits = "woodruff",
                  interval = names(survey_types)[survey_types == type]),
    weeg_error_lonely = lonely, weeg_error = lonely
  )
  for (level in unique(as.character(got$fg))) {
    rows <- which(s$inside & s$data$fg %in% level & !is.na(s$data$v) & s$data$w > 0)
    mine <- got[got$fg == level, ]
    expect_true(all(mine$n == length(rows)), info = s$seed)
    if (length(rows) == 0L || anyNA(mine$df)) next
    design <- quiet(theirs[rows, ])
    design$variables$v <- design$variables$full_v
    account$compare(mine, design, rule, type, mine$df[1L], degf(design), paste(s$seed, level, rule, type))
  }
}

test_that("quantiles with calibrated weights are those of survey::svyquantile() in random designs", {
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 30L)
  account <- quantile_account("calibrated")
  for (seed in seq_len(count)) {
    rule <- rule_of(seed)
    scene <- calibrated_pair(seed, with_numbers(rule))
    if (is.null(scene$ours)) next
    before <- options(survey.lonely.psu = scene$s$x$lonely, survey.use_rcpp = !scene$s$x$fpc)
    scene$s$seed <- seed
    expect_group_quantiles(account, scene$s, scene$ours, scene$theirs, rule, survey::degf)
    options(before)
  }
  account$finish(count)
})

test_that("quantiles with replicate weights are those of survey::svyquantile() in random designs", {
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 30L)
  account <- quantile_account("replicates")
  for (seed in seq_len(count)) {
    rule <- rule_of(seed)
    s <- replicate_scene(seed, with_numbers(rule))
    degf <- function(design) if (is.null(s$set)) survey::degf(design) else s$set
    expect_group_quantiles(account, s, s$weeg, s$survey, rule, degf)
  }
  account$finish(count)
})

# ---- limits by tests -------------------------------------------------------------------------------------------------

# By their definition: from a value whose share may be p, and that of the value before may not, to one whose share is above p for
# certain, and that of the value before is not. NA where there is none. Whether `got` is so: intervals may widen on the way.
are_test_limits <- function(got, design, y, p, interval) {
  values <- as.double(sort(unique(y)))
  shares <- lapply(seq_along(values), function(k) {
    design$data$below <- factor(design$data$v <= values[k], c(TRUE, FALSE))
    weeg_proportion(design, ~below, interval = interval)[1L, ]
  })
  low <- vapply(shares, `[[`, 0, "conf.low")
  high <- vapply(shares, `[[`, 0, "conf.high")
  # the share below the smallest value is 0
  design$data$below <- factor(design$data$v < values[1L], c(TRUE, FALSE))
  none <- weeg_proportion(design, ~below, interval = interval)[1L, ]
  may <- c(none$conf.high, high) >= p
  above <- c(0, low) > p
  at <- match(got, values) + 1L
  open <- c(may[1L], !above[length(above)])
  c(if (open[1L]) is.na(got[1L]) else may[at[1L]] && !may[at[1L] - 1L],
    if (open[2L]) is.na(got[2L]) else above[at[2L]] && !above[at[2L] - 1L])
}

test_that("limits by tests are the values whose share may be p", {
  for (seed in 1:6) {
    set.seed(seed)
    n <- 96
    x <- data.frame(psu = rep(1:24, each = 4), s = rep(1:3, each = 32), w = stats::rexp(n) + 0.2)
    x$v <- switch(seed %% 3 + 1, sample(5, n, TRUE), round(stats::rnorm(n, x$psu / 4, 2), 1), stats::rlnorm(n))
    conventions <- c("weeg", "survey", "nchs")[seed %% 2 + 1]
    d <- weeg_design(x, weights = ~w, strata = ~s, cluster = if (seed %% 4 > 0) ~psu, conventions = conventions)
    interval <- c("beta", "wald", "logit", "wilson")[seed %% 4 + 1]
    for (p in c(0.02, 0.3, 0.5, 0.9)) {
      got <- weeg_quantile(d, ~v, probs = p, limits = "test", interval = interval)
      limits <- c(got$conf.low, got$conf.high)
      expect_identical(are_test_limits(limits, d, x$v, p, interval), c(TRUE, TRUE), info = paste(seed, p))
      expect_identical(reason_is(got$reason, "open-limit"), anyNA(limits))
    }
  }
})

test_that("limits by tests hold their level with ties, where those at the estimate do not", {
  # shares 0.49, 0.36, 0.15 of 1, 2, 3: the median is 2, and 1 is not known to be none. F(2) = 0.85 says nothing of 1.
  x <- data.frame(v = rep(1:3, c(49, 36, 15)))
  by_test <- weeg_quantile(weeg_design(x), ~v)
  expect_identical(c(by_test$conf.low, by_test$estimate, by_test$conf.high), c(1, 2, 2))
  woodruff <- weeg_quantile(weeg_design(x), ~v, limits = "woodruff")
  expect_identical(woodruff$conf.low, 2)
})

# ---- rules -----------------------------------------------------------------------------------------------------------

test_that("without weights the rules are types of stats::quantile()", {
  types <- c(math = 1, school = 2, hf4 = 4, hf5 = 5, hf6 = 6, hf7 = 7, hf8 = 8, hf9 = 9)
  probs <- c(0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.7, 0.95, 1)
  for (y in list(c(3, 1, 4, 1, 5, 9, 2, 6), 7, c(2, 2, 2, 5), (1:101)^2, rep(c(1, 2, 10), c(3, 4, 3)))) {
    for (rule in names(types)) {
      d <- weeg_design(data.frame(y = y), lonely = "adjust")
      got <- weeg_quantile(d, ~y, probs = probs, rule = rule)$estimate
      expect_equal(got, unname(stats::quantile(y, probs, type = types[[rule]])), tolerance = 1e-12, info = rule)
    }
  }
})

test_that("a weight of k counts as k rows with rules that do not interpolate, whatever the unit", {
  y <- c(5, 1, 3, 2, 8, 1)
  w <- c(2, 1, 3, 1, 2, 3)
  for (unit in c(1, 1 / 3, 1e-9, 1e12)) for (rule in c("math", "school")) {
    got <- weeg_quantile(weeg_design(data.frame(y = y, w = w * unit), weights = ~w), ~y, probs = c(0.25, 0.5, 0.75), rule = rule)
    want <- stats::quantile(rep(y, w), c(0.25, 0.5, 0.75), type = if (rule == "math") 1 else 2)
    expect_identical(got$estimate, unname(want))
  }
})

test_that("with interpolation nothing depends on the order of rows", {
  x <- data.frame(y = c(1, 1, 2, 2, 2, 4), w = c(1, 5, 2, 1, 3, 2))
  for (rule in c("hf4", "hf5", "hf6", "hf7", "hf8", "hf9")) {
    got <- lapply(list(1:6, 6:1, c(2, 5, 1, 3, 6, 4)), function(order) {
      weeg_quantile(weeg_design(x[order, ], weights = ~w), ~y, probs = c(0.4, 0.9), rule = rule)$estimate
    })
    expect_equal(got[[1L]], got[[2L]], tolerance = 1e-14)
    expect_equal(got[[1L]], got[[3L]], tolerance = 1e-14)
  }
})

# ---- one answer to each hard case --------------------------------------------------------------------------------------

hard <- local({
  set.seed(5)
  n <- 400
  data.frame(g = factor(sample(c("a", "b", "none"), n, TRUE, c(0.6, 0.4, 0)), c("a", "b", "all missing", "none")),
             v = round(stats::rnorm(n, 50, 15)), w = sample(4, n, TRUE), psu = rep(1:40, 10),
             st = rep(1:4, each = 10, length.out = n))
})

test_that("groups without rows or without values have no quantile, and say so", {
  x <- hard
  x$g[1:20] <- "all missing"
  x$v[1:20] <- NA
  got <- weeg_quantile(weeg_design(x, weights = ~w, strata = ~st, cluster = ~psu), v ~ g, probs = c(0.25, 0.75))
  expect_identical(as.character(got$g), rep(levels(x$g), each = 2))
  expect_identical(is.na(got$estimate), rep(c(FALSE, TRUE), each = 4))
  expect_true(all(reason_is(got$reason[5:8], "empty")) && all(got$n[5:8] == 0))
  nothing <- weeg_quantile(subset(weeg_design(x, weights = ~w), v > 1000), ~v)
  expect_true(is.na(nothing$estimate) && reason_is(nothing$reason, "empty"))
})

test_that("one distinct value is its own limits", {
  got <- weeg_quantile(weeg_design(data.frame(v = rep(3, 50))), ~v)
  expect_identical(unlist(got[c("estimate", "std.error", "conf.low", "conf.high")], use.names = FALSE), c(3, 0, 3, 3))
  expect_true(reason_is(got$reason, "same-limits"))
  one <- weeg_quantile(weeg_design(data.frame(v = 3), lonely = "adjust"), ~v)
  expect_identical(one$estimate, 3)
  expect_true(is.na(one$conf.low) && !is.na(one$reason))
})

test_that("p of 0 and 1 are the smallest and the largest value, without limits", {
  for (limits in quantile_limits) {
    got <- weeg_quantile(weeg_design(hard, weights = ~w), ~v, probs = 0:1, limits = limits)
    expect_identical(got$estimate, range(hard$v))
    expect_true(all(is.na(c(got$conf.low, got$conf.high, got$std.error))) && all(reason_is(got$reason, "open-limit")))
  }
})

test_that("infinite values are values", {
  x <- data.frame(v = c(-Inf, 1, 2, 3, Inf, Inf, NA, NaN))
  got <- weeg_quantile(weeg_design(x), ~v, probs = c(0.1, 0.5, 0.9))
  expect_identical(got$estimate, c(-Inf, 2, Inf))
  expect_true(all(got$n == 6))
  expect_false(any(is.nan(got$std.error)))
})

test_that("what is no number is refused, and says what to do", {
  d <- weeg_design(openvoorwerk, weights = ~gewicht)
  expect_error(weeg_quantile(d, strengths ~ provider), "strengths.*numbers.*weeg_proportion", class = "weeg_error")
  expect_error(weeg_quantile(d, ~ as.character(leeftijd)), "text", class = "weeg_error")
  expect_error(weeg_quantile(weeg_tally(d, ~strengths), ~strengths), "not numbers", class = "weeg_error")
  expect_error(weeg_quantile(d, provider ~ provider), "outcome and group", class = "weeg_error")
  for (probs in list(1.1, -0.1, NA, "a", numeric(), NULL, c(0.5, 0.5))) {
    expect_error(weeg_quantile(d, ~leeftijd, probs = probs), "probs", class = "weeg_error")
  }
  expect_error(weeg_quantile(d, ~leeftijd, rule = "hf3"), "rule", class = "weeg_error")
  expect_error(weeg_quantile(d, ~leeftijd, limits = "score"), "limits", class = "weeg_error")
})

test_that("rows have any number of groups and values; calibrated ones at most 2^31 combinations", {
  n <- 5e4
  x <- data.frame(v = seq_len(n) / 7, g = seq_len(n), a = factor(rep(1:2, n / 2)), w = 1)
  expect_identical(weeg_quantile(weeg_design(x), v ~ g)$estimate, x$v)
  calibrated <- weeg_poststratify(weeg_design(x, weights = ~w), ~a, c("1" = 100, "2" = 200))
  expect_error(weeg_quantile(calibrated, v ~ g), "2\\^31", class = "weeg_error")
})

test_that("sorting is right where the first digits of numbers do not tell them apart", {
  n <- 4e4
  set.seed(9)
  values <- list(1 + sample(n) * 2^-50, c(-1, 1) * 2^-1070 * sample(n), rep(c(1e300, -1e300, 0, -0), n / 4), round(rnorm(n), 1))
  for (v in values) {
    x <- data.frame(v, w = 1)
    got <- weeg_quantile(weeg_design(x), ~v, probs = seq(0, 1, 0.125), rule = "school")
    expect_identical(got$estimate, unname(stats::quantile(v, seq(0, 1, 0.125), type = 2)))
  }
})

# ---- other sources of rows, and designs --------------------------------------------------------------------------------

same_quantiles <- function(got, want) {
  columns <- c("estimate", "std.error", "conf.low", "conf.high", "n", "n.weighted", "df")
  expect_equal(as.data.frame(got)[columns], as.data.frame(want)[columns], tolerance = 1e-12, ignore_attr = TRUE)
}

test_that("a tally by values, sums of tallies, files and missing = give the same as rows", {
  x <- hard
  x$v[7:30] <- NA
  design <- function(x, ...) weeg_design(x, weights = ~w, strata = ~st, cluster = ~psu, ...)
  d <- design(x)
  for (rule in c("math", "school", "hf7")) {
    want <- weeg_quantile(d, v ~ g, probs = c(0.2, 0.5), rule = rule)
    same_quantiles(weeg_quantile(weeg_tally(d, ~ v + g), v ~ g, probs = c(0.2, 0.5), rule = rule), want)
    same_quantiles(weeg_quantile(weeg_tally(d, ~ g + v), v ~ g, probs = c(0.2, 0.5), rule = rule), want)
    same_quantiles(weeg_quantile(d, v ~ g, probs = c(0.2, 0.5), rule = rule, missing = "omit"), want)
    level <- weeg_quantile(d, v ~ g, probs = c(0.2, 0.5), rule = rule, missing = "level")
    same_quantiles(level, want)
  }
  path <- tempfile(fileext = ".csv")
  on.exit(unlink(path))
  x$g <- as.character(x$g)
  utils::write.csv(x, path, row.names = FALSE)
  want <- weeg_quantile(d, v ~ g)
  want <- want[want$n > 0, ]
  same_quantiles(weeg_quantile(design(path), v ~ g), want)
  tally <- weeg_tally(path, ~ v + g, weights = ~w, strata = ~st, cluster = ~psu)
  same_quantiles(weeg_quantile(tally, v ~ g), want)
})

test_that("with replicate weights and calibrated weights limits are those of package survey", {
  needs_survey()
  s <- survey::svydesign(ids = ~psu, strata = ~st, weights = ~w, data = hard, nest = TRUE)
  expect_as_survey <- function(s, limits = TRUE) {
    got <- weeg_quantile(as_weeg_design(s), v ~ g, probs = c(0.25, 0.5))
    got <- got[got$n > 0, ]
    for (level in c("a", "b")) {
      rows <- subset(s, g == level)
      want <- survey::svyquantile(~v, rows, c(0.25, 0.5))$v
      expect_equal(got$estimate[got$g == level], unname(want[, "quantile"]), tolerance = 1e-9)
      expect_equal(got$std.error[got$g == level], unname(want[, "se"]), tolerance = 1e-9)
      expect_equal(cbind(got$conf.low, got$conf.high)[got$g == level, ], unname(want[, 2:3]), tolerance = 1e-9)
    }
  }
  for (type in c("JKn", "bootstrap")) {
    set.seed(2)
    expect_as_survey(survey::as.svrepdesign(s, type = type, replicates = 30))
  }
  x <- droplevels(hard)
  weeg <- weeg_poststratify(weeg_design(x, weights = ~w, strata = ~st, cluster = ~psu, conventions = "survey"), ~g,
                            c(a = 700, b = 300))
  raked <- survey::postStratify(survey::svydesign(ids = ~psu, strata = ~st, weights = ~w, data = x, nest = TRUE), ~g,
                                data.frame(g = c("a", "b"), Freq = c(700, 300)))
  got <- weeg_quantile(weeg, ~v, probs = c(0.25, 0.5, 0.8))
  want <- survey::svyquantile(~v, raked, c(0.25, 0.5, 0.8))$v
  expect_equal(got$estimate, unname(want[, "quantile"]))
  expect_equal(cbind(got$conf.low, got$conf.high), unname(want[, 2:3]))
})

test_that("the test of equal medians is survey::svyranktest()'s, of numbers, too", {
  needs_survey()
  x <- hard[hard$g %in% c("a", "b"), ]
  x$three <- rep(c("p", "q", "r"), length.out = nrow(x))
  s <- survey::svydesign(ids = ~psu, strata = ~st, weights = ~w, data = x, nest = TRUE)
  d <- weeg_design(x, weights = ~w, strata = ~st, cluster = ~psu, conventions = "survey")
  for (f in list(v ~ g, v ~ three)) {
    want <- survey::svyranktest(f, survey:::update.survey.design(s, g = droplevels(g)), test = "median")
    expect_equal(weeg_test(d, f, method = "median")$p.value, as.vector(want$p.value), tolerance = 1e-9)
  }
})

test_that("results can be tidied, named, plotted and taken in parts", {
  d <- weeg_design(hard, weights = ~w, strata = ~st, cluster = ~psu)
  x <- weeg_quantile(d, v ~ g, probs = c(0.25, 0.5))
  expect_identical(names(stats::coef(x))[1:2], c("a:0.25", "a:0.5"))
  expect_identical(unname(stats::confint(x)[2L, ]), c(x$conf.low[2L], x$conf.high[2L]))
  expect_identical(generics::tidy(x)$estimate, x$estimate)
  expect_equal(generics::glance(x)$nobs, sum(!is.na(hard$v)))
  expect_s3_class(x[x$prob == 0.5, ], "weeg_quantile")
  skip_if_not_installed("ggplot2")
  for (f in list(v ~ g, ~v)) for (probs in list(0.5, c(0.1, 0.5, 0.9))) {
    plot <- ggplot2::autoplot(weeg_quantile(d, f, probs = probs))
    expect_s3_class(plot, "ggplot")
    grDevices::pdf(NULL)
    expect_no_error(print(plot))
    grDevices::dev.off()
  }
  expect_error(ggplot2::autoplot(weeg_quantile(d, v + w ~ g)), "no axis in common", class = "weeg_error")
})

test_that("each quantile stands beside its probability, and its group or number is named once", {
  x <- weeg_quantile(weeg_design(openvoorwerk, weights = ~gewicht), ~leeftijd, probs = c(0.25, 0.5, 0.75))
  rows <- weeg_table(x)
  expect_identical(rows[[1L]], c("leeftijd", "", ""))
  expect_identical(rows$p, c("0.25", "0.5", "0.75"))
  expect_identical(sum(grepl("^leeftijd ", format(x))), 1L)
})
