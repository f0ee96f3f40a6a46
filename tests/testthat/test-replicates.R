# Replicate weights: random replicate designs against package survey, and replicates made from a design.
#
# Reference: survey >= 4.5 (svrepdesign, as.svrepdesign) on the same data; Taylor variances, which JKn, balanced half-samples
# and bootstraps (in expectation) give for totals. Tolerance: relative error below 1e-9 against survey, 1e-12 where both sides
# compute the same sums, five standard errors of the simulation for bootstraps. WEEG_DESIGNS sets the number of designs
# (100; `make truth`: 1000).

# ---- random replicate designs (helper-weights.R) -----------------------------------------------------------------------

compare_df <- function(s, statistic, got, part) {
  if (part$n == 0L) return(invisible())
  if (!part$clear) return(s$log$except(statistic, "rank within rounding", got >= part$ranks[1L] - 1 & got <= part$ranks[2L]))
  s$log$same(statistic, got, rep(part$df, length(got)))
}

replicate_mean <- function(s, variable, part) {
  m <- tryCatch(quiet(survey::svymean(stats::reformulate(variable), part$design, na.rm = TRUE)), error = identity)
  if (inherits(m, "error")) stopifnot(grepl("All replicates contained NAs", conditionMessage(m)))
  m
}

compare_replicate_base <- function(s, what, part, all, variable, got) {
  name <- function(statistic) paste0(what, ": ", statistic)
  compare_df(s, name("df"), got$df, all)
  if (part$n == 0L) return(s$log$except(name("estimate"), "no rows", is.na(got$estimate) & !is.na(got$reason)))
  m <- replicate_mean(s, variable, part)
  if (inherits(m, "error")) {
    return(s$log$except(name("standard error"), "no replicate has weight", is.na(got$std.error) & !is.na(got$reason)))
  }
  at <- match(as.character(got$level), sub(variable, "", names(stats::coef(m)), fixed = TRUE))
  p <- unname(stats::coef(m))[at]
  se <- unname(survey::SE(m))[at]
  s$log$same(name("estimate"), got$estimate, p)
  edge <- p <= 1e-12 | p >= 1 - 1e-12
  s$log$except(name("standard error"), "0 % or 100 %", (got$std.error == 0 & se < 1e-12)[edge])
  if (part$alone && any(!edge)) {
    none <- is.na(got$std.error) & is.na(got$conf.low) & !is.na(got$reason)
    return(s$log$except(name("standard error"), "in one PSU", none[!edge]))
  }
  near <- (1 / (1 - p) + p / se)[!edge]
  s$log$same(name("standard error"), got$std.error[!edge], se[!edge], 1e-6 * pmin(p, 1 - p)[!edge], near)
  if (what == "proportion" && any(!edge)) compare_xlogit(s, got, which(!edge)[1L], part, all)
}

# The logit interval is survey's xlogit.
compare_xlogit <- function(s, got, at, part, all) {
  got <- got[at, ]
  if (got$df < 1 || !all$clear || got$std.error < 1e-6 * min(got$estimate, 1 - got$estimate)) return(invisible())
  design <- part$design
  design$degf <- got$df
  answer <- stats::as.formula(bquote(~ I(fy == .(as.character(got$level)))), env = globalenv())
  limits <- quiet(stats::confint(survey::svyciprop(answer, design, method = "xlogit", df = got$df)))
  half <- stats::qt(0.975, got$df) * got$std.error / (got$estimate * (1 - got$estimate))
  if (half > 500) return(invisible()) # all of [0, 1]
  s$log$same("interval: logit", c(got$conf.low, got$conf.high), as.numeric(limits), condition = max(1, half) / (1 - got$estimate))
}

compare_replicate_proportions <- function(s) {
  got <- weeg_proportion(s$weeg, y ~ g, interval = "logit")
  for (g in s$groups) {
    mine <- got[as.character(got$g) == g, ]
    if (nrow(mine) == 0L) next
    group <- s$data$fg %in% g
    compare_replicate_base(s, "proportion", part_of(s, group & !is.na(s$data$fy)), part_of(s, group), "fy", mine)
  }
}

compare_replicate_crosstab <- function(s) {
  got <- weeg_crosstab(s$weeg, y ~ g)
  known <- part_of(s, !is.na(s$data$fy) & !is.na(s$data$fg))
  for (k in s$answers) {
    mine <- got$column[as.character(got$column$level) == k, ]
    if (nrow(mine) == 0L) next
    mine$level <- mine$g
    answer <- s$data$fy %in% k
    compare_replicate_base(s, "column %", part_of(s, answer & !is.na(s$data$fg)), part_of(s, answer), "fg", mine)
  }
  total <- got$total
  total$level <- paste(total$g, total$level, sep = "|")
  known$design$variables$cell <- interaction(known$design$variables$fg, known$design$variables$fy, sep = "|", lex.order = TRUE)
  compare_replicate_base(s, "total %", known, part_of(s, TRUE), "cell", total)
}

compare_replicate_totals <- function(s) {
  got <- weeg_total(s$weeg, ~y)
  known <- part_of(s, !is.na(s$data$fy))
  if (known$n == 0L) return(invisible())
  want <- quiet(survey::svytotal(~fy, known$design))
  at <- match(s$answers, as.character(got$y))
  here <- !is.na(at)
  estimate <- unname(stats::coef(want))[here]
  se <- unname(survey::SE(want))[here]
  got <- got[at[here], ]
  floor <- 1e-6 * estimate
  s$log$same("total: estimate", got$estimate, estimate)
  s$log$same("total: standard error", got$std.error, se, floor)
  all <- part_of(s, TRUE)
  compare_df(s, "total: df", got$df, all)
  df <- got$df[1L]
  if (df >= 1) {
    limits <- estimate + outer(se, stats::qt(c(0.025, 0.975), df))
    s$log$same("total: interval", c(got$conf.low, got$conf.high), as.vector(limits), rep(floor, 2L))
  }
}

# Whether a level of group or answer, with two or more of the other, has replicate weights in proportion.
replicate_table_alone <- function(s) {
  known <- !is.na(s$data$fy) & !is.na(s$data$fg) & s$data$w > 0
  alone <- function(v, other) {
    any(vapply(levels(v), function(level) {
      rows <- known & v %in% level
      length(unique(other[which(rows & s$inside)])) > 1L && part_of(s, rows)$alone
    }, NA))
  }
  alone(s$data$fg, s$data$fy) || alone(s$data$fy, s$data$fg)
}

replicate_tests <- c("rao-scott-f" = "F", "rao-scott-chisq" = "Chisq", wald = "Wald", "adjusted-wald" = "adjWald")

# Tables with an empty cell, or a nearly singular covariance, have no digits to compare: 2 x 2 to 4 x 4 with data only.
compare_replicate_tests <- function(s) {
  known <- part_of(s, !is.na(s$data$fy) & !is.na(s$data$fg) & s$data$w > 0)
  all <- part_of(s, TRUE)
  if (known$n == 0L) return(invisible())
  variables <- known$design$variables
  seen <- xtabs(stats::weights(known$design, "sampling") ~ factor(variables$fg) + factor(variables$fy))
  if (any(dim(seen) < 2L) || any(seen < 1e-3 * sum(seen))) return(invisible())
  k <- prod(dim(seen) - 1L)
  for (method in names(replicate_tests)) {
    got <- weeg_test(s$weeg, y ~ g, method = method)
    name <- paste0("test: ", method)
    compare_df(s, "test: df", got$df, all)
    if (!all$clear || inherits(replicate_mean(s, "fy", known), "error")) next
    if (is.na(got$p.value) && grepl("Leave out", got$reason)) {
      s$log$except(name, "in one PSU", replicate_table_alone(s))
      next
    }
    few <- method == "adjusted-wald" && all$df - k + 1 < 1
    if (all$df < 1 || few || (startsWith(method, "rao") && is.na(got$p.value))) {
      s$log$except(name, "no test", method == "rao-scott-chisq" || (is.na(got$p.value) && !is.na(got$reason)))
      next
    }
    compare_replicate_test(s, method, name, got, known, all, k)
  }
}

compare_replicate_test <- function(s, method, name, got, known, all, k) {
  design <- known$design
  for (v in c("fg", "fy")) design$variables[[v]] <- factor(as.character(design$variables[[v]]))
  design$degf <- all$df
  wald <- method %in% c("wald", "adjusted-wald")
  condition <- if (wald) wald_condition(design) else 1e3
  if (condition > 1e6) {
    return(s$log$except(name, "nearly singular", is.na(got$p.value) || got$statistic >= 0))
  }
  want <- quiet(survey::svychisq(~ fg + fy, design, statistic = replicate_tests[[method]]))
  statistic <- unname(want$statistic)
  if (method == "rao-scott-chisq") {
    statistic <- k * unname(quiet(survey::svychisq(~ fg + fy, design, statistic = "F"))$statistic)
  }
  s$log$same(paste0(name, ", statistic"), got$statistic, statistic, 1e-16, condition = condition)
  s$log$same(paste0(name, ", p"), got$p.value, unname(want$p.value), 1e-300, condition = condition * (1 + statistic * k))
}

# Of the covariance of the Wald test's residuals, from their influence functions.
wald_condition <- function(design) {
  w <- stats::weights(design, "sampling")
  row <- outer(as.integer(design$variables$fg), seq_len(nlevels(design$variables$fg)), "==")
  column <- outer(as.integer(design$variables$fy), seq_len(nlevels(design$variables$fy)), "==")
  p <- colSums(w * row) / sum(w)
  q <- colSums(w * column) / sum(w)
  at <- expand.grid(r = seq_along(p)[-1L], k = seq_along(q)[-1L])
  u <- vapply(seq_len(nrow(at)), function(i) {
    (row[, at$r[i]] - p[at$r[i]]) * (column[, at$k[i]] - q[at$k[i]])
  }, numeric(length(w)))
  v <- stats::vcov(quiet(survey::svytotal(u, design)))
  v <- matrix(v, nrow(at))
  sd <- sqrt(diag(v))
  if (!all(sd > 1e-12 * sum(w))) return(Inf)
  1 / rcond(v / outer(sd, sd)) * (1 + max(sqrt(diag(stats::vcov(quiet(survey::svytotal(~ fg + fy, design)))))) / min(sd))^2
}

# Differences by survey's covariance of both groups' replicates. Where a replicate leaves a group without weight, survey drops
# it for both.
compare_replicate_differences <- function(s) {
  counts <- function(g) part_of(s, s$data$fg %in% g & !is.na(s$data$fy))
  parts <- lapply(s$groups, counts)
  full <- which(vapply(parts, function(p) p$n > 0L && !p$empty, NA))
  if (length(full) < 2L) return(invisible())
  pair <- s$groups[full[1:2]]
  got <- tryCatch(weeg_compare(s$weeg, y ~ g, pairs = pair, measures = "difference", adjust = "none"),
                  weeg_error_argument = function(e) NULL)
  if (is.null(got)) return(invisible())
  both <- part_of(s, s$data$fg %in% pair & !is.na(s$data$fy))
  compare_df(s, "difference: df", got$df[1L], part_of(s, s$data$fg %in% pair))
  both$design$variables$fg <- factor(as.character(both$design$variables$fg), levels = pair)
  means <- quiet(survey::svyby(~fy, ~fg, both$design, survey::svymean, covmat = TRUE))
  v <- stats::vcov(means)
  for (k in s$answers) {
    mine <- got[as.character(got$level) == k, ]
    if (nrow(mine) == 0L) next
    at <- match(paste0(pair, ":fy", k), names(stats::coef(means)))
    p <- unname(stats::coef(means)[at])
    se <- sqrt(max(0, v[at[1L], at[1L]] + v[at[2L], at[2L]] - 2 * v[at[1L], at[2L]]))
    s$log$same("difference: estimate", mine$estimate, p[1L] - p[2L], 1e-6 * max(p))
    alone <- parts[[full[1L]]]$alone || parts[[full[2L]]]$alone
    if (is.na(mine$std.error) && !is.na(se)) {
      s$log$except("difference: standard error", "in one PSU", alone && is.na(mine$p.value) && !is.na(mine$reason))
      next
    }
    size <- max(sqrt(diag(v)[at])) / se
    if (se < 1e-7 * max(p) || max(p) == 0) next
    s$log$same("difference: standard error", mine$std.error, se, condition = 1 + size^2 + max(p) / se)
  }
}

compare_replicate_design <- function(seed) {
  s <- replicate_scene(seed)
  compare_replicate_proportions(s)
  compare_replicate_totals(s)
  compare_replicate_tests(s)
  if (seed %% 2L == 0L) compare_replicate_crosstab(s) else compare_replicate_differences(s)
  s$log$result()
}

test_that("random replicate designs give what package survey gives", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 100L)
  found <- expect_same_accounts(compare_replicate_design, count)
  skip_if(count < 100L, "shares are judged on 100 designs or more")
  expect_lt(mean(found$account$reason != ""), 0.25) # most comparisons are plain ones
})

# ---- replicates of a design ------------------------------------------------------------------------------------------

paired_data <- function() {
  set.seed(4)
  rows <- 300L
  psu <- sample.int(12L, rows, TRUE)
  data.frame(
    w = stats::runif(rows, 0.5, 3), psu = psu, pair = (psu + 1L) %/% 2L, region = (psu > 6) + 1L, size = 40,
    y = factor(sample(c("a", "b", "c", NA), rows, TRUE, c(5, 3, 1, 1))), g = factor(sample(c("x", "z"), rows, TRUE)),
    h = factor(sample(c("u", "v", "t"), rows, TRUE))
  )
}

pairs_design <- function(data) weeg_design(data, weights = ~w, strata = ~pair, cluster = ~psu)

# The replicate weights themselves, for survey.
survey_of <- function(made, data, type = "other") {
  r <- made$replicates
  quiet(survey::svrepdesign(data = data, weights = ~w, repweights = data$w * t(r$multipliers)[data$psu, ], type = "other",
                            scale = r$scale, rscales = r$rscales, mse = r$mse))
}

expect_close <- function(got, want, tolerance = 1e-12, label = NULL) {
  expect_lt(max(relative_error(got, want, 1e-14)), tolerance, label = label)
}

test_that("replicates made of a design are those that survey computes with the same weights", {
  needs_survey()
  data <- paired_data()
  d <- pairs_design(data)
  set.seed(5)
  for (type in c("jkn", "brr", "fay", "rao-wu", "preston")) {
    bootstrap <- type %in% c("rao-wu", "preston")
    made <- if (bootstrap) weeg_replicates(d, type, replicates = 37) else weeg_replicates(d, type, mse = type == "brr")
    s <- survey_of(made, data)
    known <- subset(s, !is.na(y))
    got <- weeg_proportion(made, y ~ g)
    want <- survey::svyby(~y, ~g, known, survey::svymean)
    expect_close(got$std.error, as.vector(t(as.matrix(survey::SE(want)))), 1e-11, type)
    expect_identical(unique(got$df), 6, label = type)
    expect_identical(survey::degf(s), 6, label = type)
    expect_close(weeg_total(made, ~y)$std.error, survey::SE(survey::svytotal(~y, known)), 1e-11, type)
    want <- survey::svychisq(~ y + g, s)
    got <- weeg_test(made, y ~ g)
    expect_close(c(got$statistic, got$p.value), c(want$statistic, want$p.value), 1e-10, type)
    # residuals: of the proportions of every replicate, linearised
    x <- weeg_crosstab(made, y ~ g)
    p <- c(prop.table(stats::xtabs(w ~ y + g, data)))
    inner <- stats::xtabs(w ~ y + g, data) / sum(data$w[!is.na(data$y)])
    row <- rowSums(inner)["b"]
    column <- colSums(inner)["z"]
    rows <- known$variables
    u <- (rows$y == "b") * (rows$g == "z") - (rows$y == "b") * column - (rows$g == "z") * row
    se <- survey::SE(survey::svymean(~u, stats::update(known, u = u)))
    expect_close(x$residuals["z", "b"], (inner["b", "z"] - row * column) / se, 1e-10, type)
  }
})

test_that("JKn and JK1 are survey's, with finite populations and PSUs that stand for themselves", {
  needs_survey()
  data <- paired_data()
  compare <- function(s, d, type, survey_type, label) {
    r <- quiet(survey::as.svrepdesign(s, type = survey_type))
    got <- weeg_proportion(weeg_replicates(d, type), ~y)
    expect_close(got$std.error, survey::SE(survey::svymean(~y, subset(r, !is.na(y)))), 1e-10, label)
    got
  }
  got <- compare(survey::svydesign(~psu, strata = ~region, weights = ~w, fpc = ~size, data = data),
                 weeg_design(data, weights = ~w, strata = ~region, cluster = ~psu, fpc = ~size), "jkn", "JKn", "fpc")
  expect_identical(unique(got$df), 10)
  compare(survey::svydesign(~psu, weights = ~w, data = data), weeg_design(data, weights = ~w, cluster = ~psu), "jk1", "JK1",
          "JK1")
  # region 1 is sampled as a whole
  data$size <- ifelse(data$region == 1, 6, 40)
  d <- weeg_design(data, weights = ~w, strata = ~region, cluster = ~psu, fpc = ~size)
  compare(survey::svydesign(~psu, strata = ~region, weights = ~w, fpc = ~size, data = data), d, "jkn", "JKn", "certainty")
  expect_identical(dim(weeg_replicates(d, "jkn")$replicates$multipliers), c(6L, 12L))
  # one PSU in a stratum, left out of the variance: that of Taylor's total
  data <- data[data$psu != 1, ]
  d <- weeg_design(data, weights = ~w, strata = ~pair, cluster = ~psu, lonely = "certainty")
  expect_close(weeg_total(weeg_replicates(d), ~y)$std.error, weeg_total(d, ~y)$std.error)
  expect_identical(weeg_total(weeg_replicates(d), ~y)$df[1L], 5)
})

test_that("a stratum with one PSU takes the average of the others in a jackknife, as in package survey", {
  skip_if_not_installed("survey", "4.5")
  data <- paired_data()
  data <- data[data$psu != 1 & !is.na(data$y), ]
  old <- options(survey.lonely.psu = "average")
  on.exit(options(old))
  data$size <- ifelse(data$pair == 2, 2, 40) # one stratum of two is sampled as a whole
  for (fpc in c(FALSE, TRUE)) {
    s <- survey::svydesign(~psu, strata = ~pair, weights = ~w, data = data, fpc = if (fpc) ~size)
    r <- survey::as.svrepdesign(s, type = "JKn")
    d <- weeg_design(data, weights = ~w, strata = ~pair, cluster = ~psu, fpc = if (fpc) ~size, lonely = "average")
    made <- weeg_replicates(d, "jkn")
    data$is <- data$y == data$y[1L]
    r$variables$is <- data$is
    want <- survey::svymean(~is, r)
    got <- weeg_proportion(made, ~y)
    # survey counts PSUs of the stratum that is sampled as a whole as if they were alone: 11 over 8, in place of 11 over 10
    factor <- if (fpc) sqrt(8 / 10) else 1
    expect_close(got$std.error[as.character(got$level) == as.character(data$y[1L])], unname(survey::SE(want))[2L] * factor)
  }
  expect_error(weeg_replicates(d, "rao-wu", 20), "lonely = \"average\" or \"adjust\" with type = \"jkn\"",
               class = "weeg_error_lonely")
})

# The replicates of a design that are those of survey's, by the multipliers of the rows.
match_columns <- function(r, made, data) {
  theirs <- unclass(stats::weights(r, "replication"))
  ours <- t(made$replicates$multipliers)[match(data$psu, sort(unique(data$psu))), ]
  apply(theirs, 2L, function(x) which.min(colSums(abs(ours - x))))
}

test_that("a jackknife leaves out PSUs that are alone as if strata were PSUs, as in package survey", {
  skip_if_not_installed("survey", "4.5")
  withr::local_options(survey.lonely.psu = "adjust")
  data <- paired_data()
  some <- data[data$psu != 1 & !is.na(data$y), ]
  each <- some[some$psu %% 2 == 0, ] # one PSU in every stratum
  for (data in list(some, each)) {
    data$size <- ifelse(data$pair == data$pair[1L], 10, 40)
    data$is <- data$y == data$y[1L]
    for (fpc in c(FALSE, TRUE)) {
      s <- survey::svydesign(~psu, strata = ~pair, weights = ~w, data = data, fpc = if (fpc) ~size)
      r <- survey::as.svrepdesign(s, type = "JKn")
      d <- weeg_design(data, weights = ~w, strata = ~pair, cluster = ~psu, fpc = if (fpc) ~size, lonely = "adjust")
      made <- weeg_replicates(d, "jkn")
      # survey takes populations to be infinite where a PSU is alone
      if (fpc) r$rscales <- made$replicates$rscales[match_columns(r, made, data)]
      expect_equal(length(made$replicates$rscales), length(r$rscales))
      if (!fpc) expect_equal(sort(made$replicates$rscales), sort(r$rscales), tolerance = 1e-14)
      alone <- which(tapply(data$psu, data$pair, function(x) length(unique(x))) == 1L)
      left <- if (fpc) 1 - 1 / tapply(data$size, data$pair, `[`, 1L)[alone] else rep(1, length(alone))
      strata <- length(unique(data$pair))
      expect_equal(utils::tail(made$replicates$rscales, length(alone)), unname((strata - 1) / strata * as.vector(left)))
      is <- as.character(weeg_proportion(made, ~y)$level) == as.character(data$y[1L])
      expect_close(weeg_proportion(made, ~y)$std.error[is], unname(survey::SE(survey::svymean(~is, r)))[2L])
      expect_close(weeg_total(made, ~y)$std.error[is], unname(survey::SE(survey::svytotal(~is, r)))[2L])
      expect_equal(weeg_total(made, ~y)$df[is], survey::degf(r))
      tally <- weeg_replicates(weeg_tally(d, ~y), "jkn")
      expect_identical(weeg_total(tally, ~y)$std.error, weeg_total(made, ~y)$std.error)
    }
    for (type in c("rao-wu", "preston")) {
      why <- if (identical(data$psu, some$psu)) "have no rule \"adjust\"" else "with type = \"jkn\""
      expect_error(weeg_replicates(d, type, 20), why, class = "weeg_error_lonely")
    }
  }
  one <- weeg_design(some[some$psu == 2, ], weights = ~w, strata = ~pair, cluster = ~psu, lonely = "adjust")
  expect_error(weeg_replicates(one, "jkn"), "nothing to replicate", class = "weeg_error_lonely")
})

test_that("rows without clusters are PSUs", {
  data <- paired_data()
  d <- weeg_design(data, weights = ~w, strata = ~pair)
  expect_close(weeg_total(weeg_replicates(d, "jkn"), ~ y + g)$std.error, weeg_total(d, ~ y + g)$std.error)
  expect_identical(weeg_total(weeg_replicates(d, "jkn"), ~y)$df[1L], 294)
  expect_error(weeg_replicates(weeg_tally(d, ~y)), "no PSUs", class = "weeg_error_unsupported")
})

test_that("jackknife and balanced half-samples give Taylor's variance of totals", {
  data <- paired_data()
  d <- pairs_design(data)
  want <- weeg_total(d, ~ y + g)
  for (type in c("jkn", "brr", "fay")) {
    for (mse in c(FALSE, TRUE)) {
      got <- weeg_total(weeg_replicates(d, type, mse = mse), ~ y + g)
      expect_close(got$std.error, want$std.error, label = type)
      expect_identical(got$df, want$df, label = type)
    }
  }
  expect_close(weeg_total(weeg_replicates(d, "fay", rho = 0.3), ~ y + g)$std.error, want$std.error)
  expect_identical(nrow(weeg_replicates(d, "brr")$replicates$multipliers), 8L)
})

test_that("bootstraps give Taylor's variance of totals in expectation", {
  data <- paired_data()
  designs <- list(
    weeg_design(data, weights = ~w, strata = ~region, cluster = ~psu),
    weeg_design(transform(data, size = ifelse(region == 1, 8, 20)), weights = ~w, strata = ~region, cluster = ~psu,
                fpc = ~size)
  )
  count <- 20000L
  set.seed(6)
  for (d in designs) {
    want <- weeg_total(d, ~y)$std.error^2
    for (type in c("rao-wu", "preston")) {
      made <- weeg_replicates(d, type, replicates = count)
      m <- made$replicates$multipliers
      expect_true(all(m >= -1e-15))
      expect_close(rowSums(m[, 1:6]), rep(6, count), label = type) # n_h, in every replicate
      expect_lt(max(abs(colMeans(m) - 1)), 5 * max(apply(m, 2L, stats::sd)) / sqrt(count))
      # the variance of a variance: (kurtosis - 1) / replicates
      expect_close(weeg_total(made, ~y)$std.error^2, want, 5 * sqrt(2.5 / count), type)
    }
  }
})

test_that("a seed gives the same replicates, whatever the threads, and the first of many", {
  d <- pairs_design(paired_data())
  draw <- function(...) {
    set.seed(7)
    weeg_replicates(d, ...)
  }
  for (type in c("rao-wu", "preston")) {
    many <- draw(type, replicates = 200)
    expect_identical(draw(type, replicates = 200), many)
    expect_identical(draw(type, replicates = 100)$replicates$multipliers, many$replicates$multipliers[1:100, ])
    expect_false(identical(weeg_replicates(d, type, replicates = 200), many))
    before <- options(weeg.threads = 1)
    one <- weeg_tally(many, ~ y + g)
    options(weeg.threads = 2)
    expect_identical(weeg_tally(many, ~ y + g), one)
    options(before)
  }
})

test_that("columns are summed alike by any number of threads", {
  set.seed(8)
  rows <- 30000L
  data <- data.frame(w = stats::runif(rows), y = sample(letters[1:3], rows, TRUE))
  columns <- matrix(stats::rnorm(40 * rows, data$w), rows)
  tally <- function(threads) {
    before <- options(weeg.threads = threads)
    on.exit(options(before))
    weeg_tally(weeg_replicate_design(data, ~w, columns, "bootstrap"), ~y)
  }
  one <- tally(1)
  expect_identical(tally(2), one)
  want <- rbind(t(rowsum(columns, data$y)))
  expect_close(one$replicates$totals[, 1:3], want, 1e-11)
})

# ---- tallies with replicates -----------------------------------------------------------------------------------------

columns_design <- function(data, columns = NULL) {
  if (is.null(columns)) {
    set.seed(9)
    columns <- data$w * matrix(stats::runif(12L * 25L, 0, 2), 12L)[data$psu, ]
  }
  weeg_replicate_design(data, weights = ~w, repweights = columns, type = "bootstrap")
}

same_result <- function(a, b, label = NULL) {
  number <- function(x) unlist(Filter(is.numeric, as.list(as.data.frame(x))), use.names = FALSE)
  expect_close(number(a), number(b), 1e-11, label)
}

test_that("a tally keeps its replicates when variables are summed out, in domains and sums", {
  data <- paired_data()
  set.seed(10)
  designs <- list(columns = columns_design(data), made = weeg_replicates(pairs_design(data), "rao-wu", 50),
                  jackknife = weeg_replicates(pairs_design(data)))
  for (name in names(designs)) {
    d <- designs[[name]]
    t <- weeg_tally(d, ~ h + g + y)
    same_result(weeg_proportion(t, y ~ g), weeg_proportion(d, y ~ g), name)
    same_result(weeg_proportion(subset(t, h != "u"), y ~ g), weeg_proportion(subset(d, h != "u"), y ~ g), name)
    same_result(weeg_test(subset(t, h != "u"), y ~ g), weeg_test(subset(d, h != "u"), y ~ g), name)
    same_result(weeg_compare(t, y ~ g), weeg_compare(d, y ~ g), name)
  }
  # replicates made of a tally are those made of its design
  d <- pairs_design(data)
  same_result(weeg_proportion(weeg_replicates(weeg_tally(d, ~ h + g + y), "brr"), y ~ g),
              weeg_proportion(weeg_replicates(d, "brr"), y ~ g))
})

test_that("tallies of different rows with the same replicate columns add up", {
  data <- paired_data()
  set.seed(11)
  columns <- data$w * matrix(stats::runif(12L * 25L, 0, 2), 12L)[data$psu, ]
  half <- data$psu %% 3L == 0L
  part <- function(rows) weeg_tally(columns_design(data[rows, ], columns[rows, ]), ~ g + y)
  both <- part(half) + part(!half)
  whole <- columns_design(data, columns)
  same_result(weeg_proportion(both, y ~ g), weeg_proportion(whole, y ~ g))
  same_result(weeg_test(both, y ~ g), weeg_test(whole, y ~ g))
  expect_error(both + weeg_tally(columns_design(data, columns[, 1:20]), ~ g + y), "replicates differ", class = "weeg_error_tally")
  plain <- weeg_tally(weeg_design(data, weights = ~w, cluster = ~psu), ~ g + y)
  expect_error(both + plain, "only one has replicates", class = "weeg_error_tally")
  made <- weeg_replicates(weeg_tally(pairs_design(data), ~ g + y))
  expect_error(made + made, "Add the tallies first", class = "weeg_error_tally")
})

# ---- degrees of freedom ----------------------------------------------------------------------------------------------

test_that("the rank of many rows is found from a sketch of them", {
  set.seed(12)
  rows <- 20000L
  for (rank in c(1L, 2L, 7L, 30L, 40L)) {
    base <- matrix(stats::rnorm(rank * 40L), rank)
    columns <- matrix(stats::rnorm(rows * rank), rows) %*% base
    data <- data.frame(w = 1, y = rep(c("a", "b"), c(rows - 3L, 3L)))
    d <- weeg_replicate_design(data, ~w, columns, "other", scale = 1)
    got <- weeg_proportion(d, ~ y)
    expect_identical(got$df[1L], rank - 1)
    # three rows have the rank of three rows; one row that differs from all others adds one
    expect_identical(weeg_proportion(subset(d, y == "b"), ~y)$df[1L], min(rank, 3) - 1)
    if (rank == 40L) next
    columns[rows %/% 2L, ] <- stats::rnorm(40L)
    expect_identical(weeg_proportion(weeg_replicate_design(data, ~w, columns, "other", scale = 1), ~y)$df[1L], as.double(rank))
  }
})

test_that("the rank of PSUs' replicates in a domain is survey's", {
  needs_survey()
  data <- paired_data()
  for (type in c("jkn", "brr")) {
    made <- weeg_replicates(pairs_design(data), type)
    s <- survey_of(made, data)
    for (psus in list(1:12, 1:4, c(1, 3, 5), c(1, 2, 3), 7, c(2, 5:10))) {
      got <- weeg_proportion(subset(made, psu %in% psus), ~h)
      expect_identical(got$df[1L], survey::degf(quiet(subset(s, psu %in% psus))), label = paste(type, toString(psus)))
    }
  }
})

test_that("df can be given", {
  data <- paired_data()
  d <- weeg_replicate_design(data, ~w, matrix(stats::runif(300 * 9), 300), "bootstrap", df = 4)
  expect_identical(unique(weeg_proportion(d, y ~ g)$df), 4)
  expect_identical(weeg_test(d, y ~ g)$df, 4)
  for (df in list(0, 1.5, c(1, 2), "a", NA)) {
    expect_error(weeg_replicate_design(data, ~w, matrix(1, 300, 9), "bootstrap", df = df), "`df`", class = "weeg_error_argument")
  }
})

# ---- awkward input ---------------------------------------------------------------------------------------------------

test_that("negative replicate weights, and replicate weights of rows without weight, count as in survey", {
  needs_survey()
  data <- paired_data()
  set.seed(13)
  data$w[1:40] <- 0
  columns <- matrix(stats::rnorm(300 * 20, 1, 0.7), 300)
  d <- quiet(weeg_replicate_design(data, ~w, columns, "ACS"))
  s <- quiet(survey::svrepdesign(data = data, weights = ~w, repweights = columns, type = "ACS"))
  want <- survey::svymean(~y, subset(s, !is.na(y)))
  got <- weeg_proportion(d, ~y)
  expect_close(got$estimate, stats::coef(want))
  expect_close(got$std.error, survey::SE(want), 1e-11)
  expect_equal(sum(got$n), sum(data$w > 0 & !is.na(data$y)))
})

test_that("a replicate without weight in a group is left out there; without any there is no standard error", {
  data <- data.frame(w = 1, g = rep(c("a", "b"), each = 4L), y = rep(c("p", "q"), 4L))
  columns <- cbind(c(1, 2, 1, 1, 0, 0, 0, 0), c(1, 1, 2, 1, 1, 3, 1, 1), c(2, 1, 1, 1, 2, 1, 1, 0))
  d <- weeg_replicate_design(data, ~w, columns, "other", scale = 1, mse = TRUE)
  got <- weeg_proportion(d, y ~ g)
  share <- function(r, rows) sum(columns[rows, r][c(1, 3)]) / sum(columns[rows, r])
  a <- sqrt(sum((vapply(1:3, share, 0, 1:4) - 0.5)^2))
  b <- sqrt(sum((vapply(2:3, share, 0, 5:8) - 0.5)^2))
  expect_close(got$std.error, c(a, a, b, b))
  columns[5:8, ] <- 0
  got <- weeg_proportion(weeg_replicate_design(data, ~w, columns, "other", scale = 1, mse = TRUE), y ~ g)
  expect_close(got$std.error[1:2], c(a, a))
  expect_identical(is.na(got$std.error), c(FALSE, FALSE, TRUE, TRUE))
  expect_identical(is.na(got$reason), c(TRUE, TRUE, FALSE, FALSE))
})

test_that("fewer replicates than contrasts: no Wald test", {
  data <- paired_data()
  data$g <- factor(sample(letters[1:4], 300, TRUE))
  d <- columns_design(data, data$w * matrix(stats::runif(900), 300))
  got <- weeg_test(d, y ~ g, method = "wald")
  expect_true(is.na(got$p.value) && !is.na(got$reason))
})

test_that("what cannot be understood is refused, by name", {
  data <- paired_data()
  columns <- data$w * matrix(stats::runif(300 * 5, 0.5, 1.5), 300)
  make <- function(...) {
    arguments <- list(data = data, weights = ~w, repweights = columns, type = "bootstrap")
    arguments[names(list(...))] <- list(...)
    do.call(weeg_replicate_design, arguments)
  }
  holes <- columns
  holes[7L, 3L] <- NA
  endless <- columns
  endless[9L, 2L] <- Inf
  named <- stats::setNames(as.data.frame(holes), paste0("r", 1:5))
  cases <- list(
    list("3 in row 7 is missing", "weight", repweights = holes), list("r3 in row 7 is missing", "weight", repweights = named),
    list("2 in row 9 is infinite", "weight", repweights = endless),
    list("`repweights` must be at least two replicates, not 1", "argument", repweights = columns[, 1, drop = FALSE]),
    list("has 10 rows, but the data have 300", "argument", repweights = columns[1:10, ]),
    list("no variable matches", "variable", repweights = "^rep"), list("not a regular expression", "argument", repweights = "["),
    list("one regular expression", "argument", repweights = c("a", "b")),
    list("must be numbers, but y", "weight", repweights = ~ y + w),
    list("`repweights` must be", "argument", repweights = 1:3), list("`type` must be one of", "argument", type = "jackknife"),
    list("needs `rho`", "argument", type = "fay"), list("`rho` must be", "argument", type = "fay", rho = 1),
    list("goes with type = \"fay\"", "argument", rho = 0.5), list("needs `rscales`", "argument", type = "jkn"),
    list("needs `scale`", "argument", type = "other"), list("`scale` must be", "argument", scale = -1),
    list("`rscales` must be 5", "argument", rscales = 1:4), list("`mse` must be", "argument", mse = NA),
    list("`combined` must be", "argument", combined = "yes"), list("`weights` must be", "formula", weights = "w"),
    list("no variable `v`", "variable", weights = ~v), list("no rows", "argument", data = data[0, ]),
    list("must be a data frame", "argument", data = as.list(data))
  )
  for (case in cases) {
    expect_error(do.call(make, case[-(1:2)]), case[[1L]], class = paste0("weeg_error_", case[[2L]]), label = case[[1L]])
  }
  expect_error(weeg_replicate_design(data, ~w, columns), "`type` is missing", class = "weeg_error_argument")
})

test_that("columns that are no replicate weights, and a wrong `combined`, are told", {
  data <- paired_data()
  set.seed(21)
  columns <- matrix(stats::rexp(300 * 20), 300, dimnames = list(NULL, paste0("rep", 1:20)))
  said <- function(add = list(), combined = TRUE, type = "bootstrap", x = if (combined) data$w * columns else columns,
                   repweights = "^rep", weights = ~w) {
    told <- NULL
    data <- cbind(data, x)
    data[names(add)] <- add
    withCallingHandlers(
      tryCatch(weeg_replicate_design(data, weights, repweights, type, combined = combined, scale = if (type == "other") 1),
               weeg_error_weight = function(e) told <<- c(told, paste("error:", conditionMessage(e)))),
      weeg_warning_replicates = function(w) {
        told <<- c(told, conditionMessage(w))
        invokeRestart("muffleWarning")
      }
    )
    told
  }
  expect_null(said())
  expect_null(said(combined = FALSE))
  # a flag, or the weight, that the pattern matches too
  expect_match(said(list(rep = 1)), "error: rep \\(in `repweights`\\) is 1 in every row, but replicate weights differ")
  expect_match(said(list(rep = 1), combined = FALSE), "rep \\(in `repweights`\\) is 1 in every row", all = FALSE)
  expect_match(said(list(rep_w = data$w), weights = ~rep_w), "error: `repweights` has rep_w, which is the weights themselves")
  expect_match(said(list(rep_w = data$w), weights = ~ I(rep_w / mean(rep_w))),
               "error: `repweights` has rep_w, which is the weights themselves")
  expect_match(said(list(rep0 = data$w / 100)), "rep0 \\(in `repweights`\\) is 0.01 times the weights in every row", all = FALSE)
  expect_null(said(list(rep0 = data$w * 15 / 14))) # a jackknife of 15 PSUs, of which none of these rows
  expect_match(said(list(rep0 = data$w)), "rep0 \\(in `repweights`\\) is the same as the weights in every row")
  expect_match(said(list(rep0 = 0)), "rep0 \\(in `repweights`\\) is 0 in every row")
  # a number of another kind
  expect_match(said(list(repid = 1e4 + seq_len(300))), "the total of repid .* times that of the weights")
  expect_null(said(list(repid = 1e4 + seq_len(300)), type = "other"))
  # the other `combined`: by the rows, so also where weights have a mean of 1
  expect_match(said(combined = FALSE, x = data$w * columns),
               "look like weights, not multipliers.*use combined = TRUE", all = FALSE)
  expect_match(said(x = columns, weights = ~ I(5 * w)), "look like multipliers.*use combined = FALSE", all = FALSE)
  # a jackknife of which other strata are elsewhere: most replicates leave these rows as they are
  part <- columns
  part[, 4:20] <- 1
  expect_null(said(x = data$w * part, type = "jk2"))
  expect_silent(weeg_replicate_design(data.frame(w = 1, y = "a"), ~w, matrix(1, 1, 3), "bootstrap"))
})

test_that("files with replicate weights give what data frames give", {
  data <- paired_data()
  set.seed(22)
  data[paste0("rw", 1:12)] <- data$w * matrix(stats::rexp(300 * 12), 300)
  data$flag <- 1
  csv <- tempfile(fileext = ".csv")
  on.exit(unlink(csv))
  utils::write.csv(data, csv, row.names = FALSE)
  data <- utils::read.csv(csv)
  files <- csv
  if (requireNamespace("haven", quietly = TRUE)) {
    sav <- tempfile(fileext = ".sav")
    haven::write_sav(data, sav)
    if (!inherits(try(weeg_design(sav), silent = TRUE), "try-error")) files <- c(csv, sav)
  }
  settings <- list(
    list("^rw[0-9]+$", "bootstrap"), list(~ rw1 + rw2 + rw3, "other", scale = 0.3, rscales = c(1, 2, 3), mse = TRUE),
    list("^rw", "fay", rho = 0.3), list("^rw", "acs", df = 7)
  )
  verbs <- list(
    function(d) weeg_proportion(d, y ~ g), function(d) weeg_test(d, y ~ g),
    function(d) weeg_compare(subset(d, region == 1), y ~ g),
    function(d) weeg_proportion(d, I(y == "a") ~ g), function(d) weeg_proportion(weeg_tally(d, ~ y + g), y ~ g)
  )
  for (file in files) {
    for (s in settings) {
      there <- do.call(weeg_replicate_design, c(list(file, ~w), s))
      here <- do.call(weeg_replicate_design, c(list(if (file == csv) data else as.data.frame(haven::read_sav(file)), ~w), s))
      expect_identical(there$weights, here$weights)
      for (verb in verbs) {
        expect_equal(as.data.frame(verb(there)), as.data.frame(verb(here)), tolerance = 1e-14, ignore_attr = TRUE)
      }
    }
  }
  # options of the file, and what is wrong in it
  lines <- readLines(csv)
  writeLines(c("made today", sub("(,[^,]*){2}$", "", lines[1:3]), sub("(,[^,]*){2}$", "", lines[4:301])), csv)
  d <- weeg_replicate_design(csv, ~w, "^rw", "bootstrap", skip_before = 1)
  expect_length(d$replicates$columns, 11L)
  expect_error(weeg_replicate_design(csv, ~w, "^rw", "bootstrap", skip = 1), "unknown argument `skip`",
               class = "weeg_error_argument")
  expect_error(weeg_replicate_design("none.csv", ~w, "^rw", "bootstrap"), "no file", class = "weeg_error_file")
  expect_error(weeg_replicate_design(csv, ~w, "^zz", "bootstrap", skip_before = 1), "no variable matches",
               class = "weeg_error_variable")
  writeLines(c("w,y,r1,r2", "1,a,1,2", "2,b,,3"), csv)
  expect_error(weeg_replicate_design(csv, ~w, "^r", "bootstrap"), "line 3: replicate weight r1 in row 2 is missing",
               class = "weeg_error_weight")
  writeLines(c("w,y,r1,r2", "1,a,1,2", "2,b,x,3", "3,b,4,5"), csv)
  expect_error(weeg_replicate_design(csv, ~w, "^r", "bootstrap"), "\"x\" is not a number", class = "weeg_error_csv")
  d <- weeg_replicate_design(csv, ~w, "^r", "bootstrap", on_error = "skip")
  expect_identical(weeg_skipped(d)$line, 3)
  expect_identical(weeg_proportion(d, ~y)$n, c(1, 1))
})

test_that("replicates that a design cannot have are refused", {
  data <- paired_data()
  d <- pairs_design(data)
  regions <- weeg_design(data, weights = ~w, strata = ~region, cluster = ~psu)
  alone <- weeg_design(data[data$psu != 1, ], weights = ~w, strata = ~pair, cluster = ~psu, lonely = "fail")
  finite <- weeg_design(data, weights = ~w, strata = ~pair, cluster = ~psu, fpc = ~size)
  cases <- list(
    list(regions, "brr", "stratum 1 has 6", "argument"), list(finite, "fay", "finite population correction", "unsupported"),
    list(d, "jk1", "without strata", "argument"), list(alone, "jkn", "stratum 1 has only one PSU", "lonely"),
    list(weeg_replicates(d), "jkn", "already has replicates", "unsupported"), list(d, "boot", "`type` must be", "argument"),
    list(weeg_design(data[data$psu == 1, ], weights = ~w, cluster = ~psu), "jk1", "nothing to replicate", "lonely")
  )
  for (case in cases) {
    expect_error(weeg_replicates(case[[1L]], case[[2L]]), case[[3L]], class = paste0("weeg_error_", case[[4L]]))
  }
  expect_error(weeg_replicates(d, "jkn", replicates = 10), "goes with the bootstraps", class = "weeg_error_argument")
  expect_error(weeg_replicates(d, "brr", rho = 0.1), "goes with type = \"fay\"", class = "weeg_error_argument")
  expect_error(weeg_replicates(d, "fay", rho = 1), "`rho`", class = "weeg_error_argument")
  for (count in list(1, NA, "a", c(2, 3), 1e9)) {
    expect_error(weeg_replicates(d, "rao-wu", replicates = count), "`replicates` must be", class = "weeg_error_argument")
  }
  expect_error(weeg_replicates(weeg_design(data, weights = ~w), "rao-wu", replicates = 1e6), "more than a gigabyte",
               class = "weeg_error_too_large")
})

test_that("prints say which replicates", {
  d <- columns_design(paired_data())
  expect_match(format(d), "Replicates +bootstrap, 25 replicates", all = FALSE)
  text <- paste(format(weeg_proportion(d, y ~ g)), collapse = " ")
  expect_match(text, "variance +bootstrap, +25 +replicates; +centre +mean +of +the +replicates")
  expect_match(paste(format(weeg_tally(d, ~y)), collapse = " "), "25 replicates")
})

test_that("df count directions that are small beside others", {
  # the third column is the second minus the first: the rank is 2; products of columns have lost the small rows
  small <- c(0.0126, 0.00126)
  large <- c(0.128, 0.0168, 118)
  columns <- rbind(outer(small, c(1, 2, 1)), outer(large, c(2, 2, 0)))
  data <- data.frame(y = c("a", "b", "a", "b", "b"), w = c(small, large))
  expect_warning(d <- weeg_replicate_design(data, ~w, columns, "bootstrap", combined = TRUE), "the total of 3",
                 class = "weeg_warning_replicates")
  expect_identical(unique(weeg_proportion(d, ~y)$df), qr(columns, tol = 1e-5)$rank - 1)
})
