# Groups against the total, the rest and a published figure, trends and named contrasts, numbers needed: on random designs
# against survey::svytotal() of influence functions written out here, and by survey::svycontrast() on one design.

score_of <- function(rows, w, inside, level) {
  inside <- inside %in% TRUE
  p <- sum(w[inside & rows$fy == level]) / sum(w[inside])
  list(p = p, u = inside * ((rows$fy == level) - p) / sum(w[inside]))
}

# How large the terms are that a difference of scores cancels: of each, those of its rows, and its own p. Where a group is
# nearly all of the total, or 1 - p is nearly 0, what remains is many digits smaller.
size_of <- function(w, scores, coef = rep(1, length(scores))) {
  sum(abs(coef) * vapply(scores, function(score) sum(abs(w * score$u)) + score$p, 0))
}

# A row of weeg's table against a value with influence function u (and v0 for what is not in the sample); size: see size_of.
compare_linear <- function(s, name, got, value, u, known, df, size, v0 = 0, scale = 1, alone = FALSE) {
  statistic <- function(what) paste0(name, ", ", what)
  s$log$same(statistic("df"), got$df, df)
  se <- sqrt(drop(influence_covariance(known$design, matrix(u))) + v0)
  # differences of proportions lose digits
  s$log$same(statistic("estimate"), got$estimate, value, 1e-6 * scale, 10)
  if (alone) {
    none <- is.na(got$std.error) && is.na(got$p.value) && is.na(got$conf.low) && !is.na(got$reason)
    return(s$log$except(statistic("standard error"), "in one PSU", none))
  }
  w <- stats::weights(known$design)
  noise <- 1e-9 * sum(abs(w * u))
  if (is.na(se) || se <= noise) {
    zero <- is.na(got$std.error) || got$std.error <= 2 * noise
    return(s$log$except(statistic("standard error"), "no sampling variance", zero && (!is.na(got$reason) || noise > 0)))
  }
  condition <- size / se
  s$log$same(statistic("standard error"), got$std.error, se, 0, condition, known$reason)
  if (df < 1) return(s$log$except(statistic("limits"), "no degrees of freedom", is.na(got$conf.low) && !is.na(got$reason)))
  half <- stats::qt(0.975, df) * se
  s$log$same(statistic("limits"), c(got$conf.low, got$conf.high), value + c(-half, half), half, condition, known$reason)
  s$log$same(statistic("p"), got$p.value, 2 * stats::pt(-abs(value) / se, df), 0,
             (condition + 1 / abs(value)) * (1 + (value / se)^2), known$reason)
}

compare_against <- function(s, known, rows, w, full) {
  for (against in c("total", "rest")) {
    if (against == "rest" && length(full) < 2L) next
    got <- attempt(s, paste0(against, ", df"), list(known), function() {
      as.data.frame(weeg_compare(s$weeg, y ~ g, against = against, measures = c("difference", "risk-ratio")))
    })
    if (is.null(got)) next
    df <- domain_of(s, !is.na(s$data$fg))$df
    mine <- got[got$group1 == s$groups[pick(full)], ]
    mine <- mine[mine$level == pick(as.character(unique(mine$level))), ]
    a <- score_of(rows, w, rows$fg == mine$group1[1L], as.character(mine$level[1L]))
    other <- if (against == "total") !is.na(rows$fg) else rows$fg != mine$group1[1L]
    b <- score_of(rows, w, other, as.character(mine$level[1L]))
    expect_equal_proportions(s, against, mine, a$p, b$p)
    here <- s$data$fg %in% mine$group1[1L]
    answered <- !is.na(s$data$cell)
    alone <- lies_alone(s, answered & here) || lies_alone(s, answered & (against == "total" | !here))
    compare_linear(s, against, mine[1L, ], a$p - b$p, a$u - b$u, known, df, size_of(w, list(a, b)), alone = alone)
    ratio <- mine[2L, ]
    if (min(a$p, b$p) < 1e-12) {
      s$log$except(paste(against, "risk ratio, estimate"), "0 %", is.na(ratio$estimate) && !is.na(ratio$reason))
      next
    }
    value <- log(a$p / b$p)
    logs <- c("estimate", "conf.low", "conf.high")
    ratio[logs] <- log(ratio[logs])
    compare_linear(s, paste(against, "risk ratio"), ratio, value, a$u / a$p - b$u / b$p, known, df,
                   size_of(w, list(a, b), 1 / c(a$p, b$p)), alone = alone)
  }
}

expect_equal_proportions <- function(s, name, got, p1, p2) {
  s$log$same(paste0(name, ", proportions"), c(got$estimate1, got$estimate2), rep(c(p1, p2), each = nrow(got)), 1e-12)
}

compare_figure <- function(s, known, rows, w, full) {
  group <- s$groups[pick(full)]
  level <- pick(s$answers)
  n <- if (chance(0.5)) sample.int(500L, 1L)
  got <- attempt(s, "figure, df", list(known), function() {
    tryCatch(as.data.frame(weeg_compare(s$weeg, y ~ g, answers = level, measures = c("difference", "odds-ratio"),
                                        against = list(estimate = 0.3, n = n))),
             weeg_error_argument = function(e) e)
  })
  if (is.null(got)) return(invisible())
  if (inherits(got, "error")) { # a level of a text or number that does not occur is no level
    return(s$log$except("figure, df", "level that does not occur", !any(s$data$fy %in% level & s$inside)))
  }
  mine <- got[got$group1 == group, ]
  a <- score_of(rows, w, rows$fg == group, level)
  v0 <- if (is.null(n)) 0 else 0.3 * 0.7 / n
  df <- domain_of(s, s$data$fg %in% group)$df
  alone <- lies_alone(s, s$data$fg %in% group & !is.na(s$data$fy))
  compare_linear(s, "figure", mine[1L, ], a$p - 0.3, a$u, known, df, size_of(w, list(a)), v0, alone = alone)
  if (a$p < 1e-12 || a$p > 1 - 1e-12) return(invisible())
  logs <- c("estimate", "conf.low", "conf.high")
  mine[2L, logs] <- log(mine[2L, logs])
  slope <- 1 / (a$p * (1 - a$p))
  compare_linear(s, "figure odds ratio", mine[2L, ], stats::qlogis(a$p) - stats::qlogis(0.3), slope * a$u, known, df,
                 size_of(w, list(a), slope), v0 / (0.3 * 0.7)^2, alone = alone)
}

# A contrast of all groups with data, with random coefficients, and the trend where groups have an order.
compare_contrasts <- function(s, known, rows, w, full) {
  if (length(full) < 2L) return(invisible())
  coef <- stats::rnorm(length(full))
  coef <- coef - mean(coef)
  names(coef) <- s$groups[full]
  level <- pick(as.character(unique(rows$fy[w > 0])))
  got <- attempt(s, "contrast, df", list(known), function() {
    as.data.frame(weeg_compare(s$weeg, y ~ g, answers = level, contrasts = list(mine = coef)))
  })
  if (is.null(got)) return(invisible())
  scores <- lapply(names(coef), function(g) score_of(rows, w, rows$fg == g, level))
  p <- vapply(scores, `[[`, 0, "p")
  u <- vapply(scores, `[[`, numeric(nrow(rows)), "u")
  alone <- vapply(names(coef), function(g) lies_alone(s, s$data$fg %in% g & !is.na(s$data$fy)), NA)
  compare_linear(s, "contrast", got, sum(coef * p), drop(u %*% coef), known, domain_of(s, s$data$fg %in% names(coef))$df,
                 size_of(w, scores, coef), scale = max(abs(coef)), alone = any(alone))
  numeric <- is.numeric(s$data$g)
  if (!numeric && length(s$groups) > 2L) return(invisible())
  got <- as.data.frame(weeg_compare(s$weeg, y ~ g, answers = level, contrasts = "trend"))
  x <- if (numeric) as.numeric(names(coef)) else seq_along(coef)
  slope <- (x - mean(x)) / sum((x - mean(x))^2)
  s$log$same("trend, estimate", got$estimate, unname(stats::coef(stats::lm(p ~ x))[2L]), 1e-3, 10)
  compare_linear(s, "trend", got, sum(slope * p), drop(u %*% slope), known, domain_of(s, s$data$fg %in% names(coef))$df,
                 size_of(w, scores, slope), alone = any(alone & slope != 0))
}

compare_linear_functions <- function(s) {
  known <- domain_of(s, !is.na(s$data$cell))
  rows <- known$design$variables
  w <- stats::weights(known$design)
  full <- which(s$groups %in% rows$fg[w > 0])
  if (known$n == 0L) return(invisible())
  compare_against(s, known, rows, w, full)
  compare_figure(s, known, rows, w, full)
  compare_contrasts(s, known, rows, w, full)
}

test_that("random designs: part and whole, published figures, contrasts", {
  skip_on_cran()
  needs_survey()
  expect_same_in_designs(compare_linear_functions, number_from("WEEG_DESIGNS", 100L))
})

d <- weeg_design(openvoorwerk, weights = ~gewicht, strata = ~ronde, cluster = ~gemeente)

test_that("contrasts are those of survey::svycontrast on svyby", {
  needs_survey()
  data <- openvoorwerk[!is.na(openvoorwerk$provider) & !is.na(openvoorwerk$strengths), ]
  s <- survey::svydesign(~gemeente, strata = ~ronde, weights = ~gewicht, data = data)
  by <- survey::svyby(~ I(strengths == "niet"), ~provider, s, survey::svymean, covmat = TRUE)
  means <- stats::coef(by)[6:10] # of TRUE
  v <- stats::vcov(by)[6:10, 6:10]
  coef <- c(1, 0.5, -0.5, -1, 0)
  got <- weeg_compare(d, strengths ~ provider, answers = "niet", contrasts = list("client side" = coef))
  expect_equal(got$estimate, sum(coef * means), tolerance = 1e-12)
  expect_equal(got$std.error, sqrt(drop(coef %*% v %*% coef)), tolerance = 1e-11)
  expect_identical(c(got$group1, got$group2, got$measure), c("client side", NA, "contrast"))
  named <- weeg_compare(d, strengths ~ provider, answers = "niet",
                        contrasts = list(c = stats::setNames(coef[4:1], levels(openvoorwerk$provider)[4:1])))
  expect_equal(named$estimate, got$estimate, tolerance = 1e-14)
})

test_that("the difference with the total is that with the rest times the share of the rest", {
  total <- weeg_compare(d, strengths ~ provider, against = "total", measures = "difference")
  rest <- weeg_compare(d, strengths ~ provider, against = "rest", measures = "difference")
  known <- subset(openvoorwerk, !is.na(provider) & !is.na(strengths))
  share <- tapply(known$gewicht, known$provider, sum) / sum(known$gewicht)
  expect_equal(total$estimate, rest$estimate * (1 - share[total$group1]), tolerance = 1e-11, ignore_attr = TRUE)
  expect_identical(unique(total$group2), "total")
  expect_identical(unique(rest$group2), "rest")
  expect_identical(total$n2[1L], sum(total$n1[!duplicated(total$group1)]))
  expect_identical(rest$n2 + rest$n1, total$n2)
})

test_that("numbers needed are the reciprocals of differences, also of their limits", {
  both <- weeg_compare(d, strengths ~ provider, measures = c("difference", "number-needed"))
  a <- both[both$measure == "difference", ]
  b <- both[both$measure == "number-needed", ]
  expect_equal(b$estimate, 1 / a$estimate, tolerance = 1e-14)
  expect_equal(b$std.error, a$std.error / a$estimate^2, tolerance = 1e-13)
  expect_identical(b$p.value, a$p.value)
  spans <- a$conf.low < 0 & a$conf.high > 0
  expect_true(any(spans) && !all(spans))
  expect_equal(b$conf.low, ifelse(spans, 1 / a$conf.low, 1 / a$conf.high), tolerance = 1e-14)
  expect_equal(b$conf.high, ifelse(spans, 1 / a$conf.high, 1 / a$conf.low), tolerance = 1e-14)
  expect_identical(grepl("below conf.low and above conf.high", b$reason), spans)
})

test_that("a figure from elsewhere: with n its variance is added", {
  exact <- weeg_compare(d, ~strengths, answers = "niet", against = 0.3, measures = "difference")
  with_n <- weeg_compare(d, ~strengths, answers = "niet", against = list(estimate = 0.3, n = 500), measures = "difference")
  p <- weeg_proportion(d, ~strengths)
  p <- p[p$level == "niet", ]
  expect_equal(c(exact$estimate, exact$std.error), c(p$estimate - 0.3, p$std.error), tolerance = 1e-12)
  expect_equal(with_n$std.error^2, p$std.error^2 + 0.3 * 0.7 / 500, tolerance = 1e-12)
  expect_identical(c(exact$estimate2, exact$n2, with_n$n2), c(0.3, NA, 500))
  expect_identical(c(exact$group1, exact$group2), c("all", "published figure"))
  named <- weeg_compare(d, strengths ~ ronde, against = c(helemaal = 0.2, niet = 0.3), measures = "risk-ratio")
  expect_identical(as.character(named$level), rep(c("niet", "helemaal"), 2))
  expect_identical(named$estimate2, rep(c(0.3, 0.2), 2))
})

test_that("prints, tidy and names", {
  trend <- weeg_compare(d, strengths ~ leeftijdsgroep, contrasts = "trend")
  expect_match(format(trend), "Contrast in percentage points", all = FALSE)
  expect_identical(names(stats::coef(trend)), paste0("trend:", levels(openvoorwerk$strengths)))
  expect_match(format(weeg_compare(d, strengths ~ provider, against = "rest", measures = "difference")), "werkplein vs rest",
               all = FALSE)
  expect_identical(names(tidy(trend)), names(tidy(weeg_compare(d, strengths ~ ronde))))
})

test_that("bad input", {
  compare <- function(...) weeg_compare(d, strengths ~ provider, ...)
  list_of <- function(...) list(mine = c(...))
  cases <- list(
    list(quote(compare(against = "all")), "must be one of \"total\", \"rest\""),
    list(quote(compare(against = 0.3)), "does not say which answer.*niet"),
    list(quote(compare(against = 30, answers = "niet")), "not percentages"),
    list(quote(compare(against = c(nooit = 0.3))), "\"nooit\" in `against`"),
    list(quote(compare(against = c(niet = 0.3, niet = 0.4))), "occurs twice"),
    list(quote(compare(against = NA_real_, answers = "niet")), "proportions, such as"),
    list(quote(compare(against = list(p = 0.3))), "elements `estimate` and `n`"),
    list(quote(compare(against = list(estimate = 0.3, n = 0), answers = "niet")), "one positive number"),
    list(quote(compare(against = "rest", pairs = c("werkplein", "sociale dienst"))), "only one of `pairs`, `against`"),
    list(quote(compare(contrasts = "linear")), "\"trend\" or a list"),
    list(quote(compare(contrasts = list(c(1, -1)))), "\"trend\" or a list"),
    list(quote(compare(contrasts = list_of(1, -1))), "2 coefficients for 5 groups.*werkplein; sociale dienst"),
    list(quote(compare(contrasts = list_of(werkplein = 1, markt = -1))), "\"markt\", which is not a group"),
    list(quote(compare(contrasts = list_of(werkplein = 1, werkplein = -1))), "two coefficients"),
    list(quote(compare(contrasts = list_of(1, 1, 1, 1, 1))), "sum to 5, not to 0"),
    list(quote(compare(contrasts = list_of(1e-160, -1e-160, 0, 0, 0))), "has 1e-160 as its largest coefficient"),
    list(quote(compare(contrasts = list_of(1e308, -1e308, 0, 0, 0))), "has 1e\\+308 as its largest coefficient"),
    list(quote(compare(contrasts = list_of(0, 0, 0, 0, 0))), "all 0"),
    list(quote(compare(contrasts = list_of(1, NA, 0, 0, -1))), "must be numbers"),
    list(quote(compare(contrasts = list(mine = "a"))), "must be numbers"),
    list(quote(compare(contrasts = list_of(1, -1, 0, 0, 0), measures = "risk-ratio")), "can only be \"difference\""),
    list(quote(weeg_compare(subset(d, ronde == "ronde 1"), strengths ~ ronde, against = "rest")), "no rest"),
    list(quote(weeg_compare(subset(d, ronde == "ronde 1"), strengths ~ ronde, contrasts = "trend")), "no trend")
  )
  for (case in cases) expect_error(eval(case[[1L]]), case[[2L]], class = "weeg_error_argument", info = deparse1(case[[1L]]))
  expect_error(compare(contrasts = "trend"), "provider is not an ordered factor", class = "weeg_error_variable")
  expect_error(weeg_compare(d, ~strengths), "needs a group", class = "weeg_error_formula")
  expect_error(weeg_compare(d, ~strengths, against = "total"), "needs a group", class = "weeg_error_formula")
  expect_error(weeg_compare(d, strengths ~ ronde + leeftijdsgroep, contrasts = "trend"), "one group",
               class = "weeg_error_formula")
})

test_that("an empty group in a contrast is NA with a reason", {
  data <- data.frame(y = c(0, 1, 1, 0, 1), g = factor(c("a", "a", "b", "b", "b"), levels = c("a", "b", "c")))
  got <- weeg_compare(weeg_design(data), y ~ g, contrasts = list(x = c(1, 0, -1), z = c(1, -1, 0)))
  expect_identical(is.na(got$estimate), c(TRUE, TRUE, FALSE, FALSE))
  expect_identical(got$reason, c("no observations", "no observations", NA, NA))
})

test_that("a trend says what it is per", {
  # proportions .2, .4, .6 at 10, 20, 30: .02 per year, .2 per step
  data <- data.frame(age = rep(c(10, 20, 30), each = 10), y = rep(c("yes", "no", "yes", "no", "yes", "no"), c(2, 8, 4, 6, 6, 4)))
  data$class <- factor(data$age, labels = c("low", "middle", "high"), ordered = TRUE)
  trend <- function(formula) weeg_compare(weeg_design(data), formula, answers = "yes", contrasts = "trend")
  expect_equal(trend(y ~ age)$estimate, 0.02, tolerance = 1e-12)
  expect_match(format(trend(y ~ age)), "^Contrast in percentage points, per 1 in age; answer: yes", all = FALSE)
  expect_equal(trend(y ~ class)$estimate, 0.2, tolerance = 1e-12)
  expect_match(format(trend(y ~ class)), "points, per step from one group to the next", all = FALSE)
  named <- weeg_compare(weeg_design(data), y ~ class, answers = "yes", contrasts = list(trend = c(-1, 0, 1)))
  expect_no_match(format(named), "per step|per 1")
})
