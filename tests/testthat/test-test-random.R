# weeg_test() beyond the tests of independence of test-differential.R: the likelihood-ratio form, mixtures and saddlepoint,
# goodness of fit, rank tests, trend, and tests given a third variable.
#
# References: package survey where it has the test (svyranktest(), svygofchisq(), svychisq()), else svytotal() of influence
# functions and svymean(), with the statistic in plain R. Tolerance: relative error below 1e-9. Mixture tails are compared
# with Ruben's series here, and with 20 digits in tests/core/test_mixture.c.

# ---- random designs, as both see them ---------------------------------------------------------------------------------

tests_scene <- function(seed) {
  x <- random_design(seed)
  if (x$lonely == "fail") x$lonely <- "adjust"
  data <- x$data
  data$og <- factor(data$fg, ordered = TRUE)
  data$oy <- factor(data$fy, ordered = TRUE)
  data$h <- factor(sample(c("a", "b", "c", NA), nrow(data), replace = TRUE, prob = c(5, 4, 3, 1)))
  x$data <- data
  by_tally <- x$by_tally
  x$by_tally <- FALSE
  weeg <- weeg_view(x)
  if (by_tally) weeg <- weeg_tally(weeg, ~ h + og + oy)
  counted <- data$inside %in% TRUE & data$w > 0
  survey <- survey_view(x)
  part <- function(rows) {
    design <- survey[which(counted & rows), ]
    list(design = design, rows = design$variables, w = as.numeric(stats::weights(design)), n = sum(counted & rows))
  }
  c(list(x = x, log = new_account(seed), weeg = weeg, part = part, all = !is.na(data$w), data = data,
         df = survey::degf(survey[which(counted), ])), units_of(x))
}

# Kuonen's (1999) formula, with the condition of its logarithm of a ratio near 1.
saddle_tail <- function(x, lambda, df) {
  scale <- max(lambda)
  c <- c(lambda, -x / df) / scale
  m <- c(rep(1, length(lambda)), df)
  slope <- function(s) sum(m * c / (1 - 2 * c * s))
  left <- -df * scale / (2 * x)
  s <- stats::uniroot(slope, c(left * (1 - 1e-12), 0.5 * (1 - 1e-12)), tol = 1e-300, maxiter = 5000)$root
  w <- sign(s) * sqrt(sum(m * log(1 - 2 * c * s)))
  v <- s * sqrt(2 * sum(m * c^2 / (1 - 2 * c * s)^2))
  # where w is 0 the formula is 0 / 0; its limit has a sixth of the skewness
  at_mean <- stats::pnorm(sum(8 * m * c^3) / sum(2 * m * c^2)^1.5 / 6, lower.tail = FALSE)
  list(p = stats::pnorm(w + log(v / w) / w, lower.tail = FALSE), w = w, at_mean = at_mean,
       condition = 1 / min(1, w^2)^2 + w^2 + x / scale)
}

# The Rao-Scott tests of X2 (or G2) with eigenvalues lambda and condition.
same_effects <- function(s, name, run, chisq, likelihood, lambda, df, condition) {
  log <- s$log
  d0 <- sum(lambda)^2 / sum(lambda^2)
  f_test <- function(method, statistic) {
    got <- run(method)
    log$same(paste0(name, ": ", method), c(got$statistic, got$num.df, got$den.df, got$deff.mean),
             c(statistic / sum(lambda), d0, d0 * df, mean(lambda)), 1e-16, condition)
    log$same(paste0(name, ": ", method, ", p"), got$p.value,
             stats::pf(statistic / sum(lambda), d0, d0 * df, lower.tail = FALSE), 1e-290,
             condition * (1 + statistic / sum(lambda) * length(lambda)))
  }
  f_test("rao-scott-f", chisq)
  if (!is.null(likelihood)) f_test("rao-scott-lr", likelihood)
  got <- run("rao-scott-chisq")
  log$same(paste0(name, ": rao-scott-chisq, p"), got$p.value,
           stats::pchisq(chisq / mean(lambda), length(lambda), lower.tail = FALSE), 1e-290,
           condition * (1 + chisq / mean(lambda)))
  got <- run("lincom")
  want <- ruben_tail(chisq, lambda, d0 * df)
  size <- 1 + chisq / max(lambda)
  # the floor: below 2e-308 numbers have fewer digits
  if (!is.na(want)) log$same(paste0(name, ": lincom, p"), got$p.value, want, 1e-290, condition * size)
  # beyond, the root of the saddlepoint is one of digits that are lost here
  if (chisq > 1e-12 && stats::pf(chisq / sum(lambda), d0, d0 * df, lower.tail = FALSE) > 1e-100) {
    want <- saddle_tail(chisq, lambda, d0 * df)
    got <- run("saddlepoint")
    # nearer to the mean than w = 0.001 the limit is compared: between them p changes by at most w / sqrt(2 pi)
    if (is.nan(want$w) || abs(want$w) < 0.001) {
      return(log$except(paste0(name, ": saddlepoint, p"), "at the mean", abs(got$p.value - want$at_mean) < 0.001))
    }
    log$same(paste0(name, ": saddlepoint, p"), got$p.value, want$p, 0, condition * size + want$condition)
  }
}

# terms: what the estimates are sums of, in absolute value
same_wald <- function(s, name, run, estimate, v, df, terms = 1) {
  k <- length(estimate)
  sd <- sqrt(diag(v))
  inverse <- if (all(sd > 0)) rcond(v / outer(sd, sd)) else 0
  if (inverse < 1e-8 || df < k) return(invisible())
  w <- drop((estimate / sd) %*% solve(v / outer(sd, sd), estimate / sd))
  condition <- (1 + max(terms / sd) * (1 + 1 / sqrt(w))) / inverse
  ddf <- df - k + 1
  for (method in c("wald", "adjusted-wald")) {
    got <- run(method)
    want <- if (method == "wald") c(w / k, k, df) else c(w * ddf / (k * df), k, ddf)
    s$log$same(paste0(name, ": ", method), c(got$statistic, got$num.df, got$den.df), want, 1e-16, condition)
    s$log$same(paste0(name, ": ", method, ", p"), got$p.value,
               stats::pf(want[1L], want[2L], want[3L], lower.tail = FALSE), 1e-290, condition * (1 + w))
  }
}

# Eigenvalues of solve(a, b), both symmetric, and the condition of a; NULL where there is nothing to compare.
effects_of <- function(a, b) {
  if (anyNA(b) || max(abs(b)) == 0 || rcond(a) < 1e-10) return(NULL)
  half <- chol(a)
  lambda <- eigen(backsolve(half, t(backsolve(half, b, transpose = TRUE)), transpose = TRUE), TRUE, TRUE)$values
  list(lambda = pmax(lambda, 0), condition = 1 / rcond(a))
}

# A group, or for a table of both an answer, that is in one PSU.
compare_none <- function(s, name, got) {
  s$log$except(name, "in one PSU", is.na(got$statistic) && is.na(got$p.value) && grepl("Leave out", got$reason))
}

# ---- independence ------------------------------------------------------------------------------------------------------

compare_independence <- function(s) {
  known <- s$part(!is.na(s$data$fg) & !is.na(s$data$fy))
  if (known$n == 0L || s$df < 1) return(invisible())
  rows <- known$rows
  g <- factor(as.character(rows$fg))
  y <- factor(as.character(rows$fy))
  if (nlevels(g) < 2L || nlevels(y) < 2L) return(invisible())
  if (any(unlist(table_alone(s)))) return(compare_none(s, "independence", weeg_test(s$weeg, oy ~ og)))
  p <- as.matrix(stats::xtabs(known$w ~ g + y)) / sum(known$w)
  expected <- outer(rowSums(p), colSums(p))
  cell <- outer(as.integer(g) + nlevels(g) * (as.integer(y) - 1L), seq_along(p), "==") + 0
  v <- unname(stats::vcov(survey::svymean(cell, known$design)))
  at <- expand.grid(r = factor(seq_len(nrow(p))), k = factor(seq_len(ncol(p))))
  main <- stats::model.matrix(~ r + k, at)
  contrasts <- qr.resid(qr(main), stats::model.matrix(~ r * k, at)[, -seq_len(ncol(main)), drop = FALSE])
  inverse <- ifelse(p > 0, 1 / p, 0)
  weighted <- contrasts * as.vector(inverse)
  found <- effects_of(crossprod(contrasts, weighted) / known$n, crossprod(weighted, v %*% weighted))
  if (is.null(found)) return(invisible())
  chisq <- known$n * sum((p - expected)^2 / expected)
  likelihood <- 2 * known$n * sum(ifelse(p > 0, p * log(p / expected), 0))
  if (chisq < 1e-8 * known$n || sum(found$lambda) < 1e-10) return(invisible())
  same_effects(s, "independence", function(method) weeg_test(s$weeg, oy ~ og, method = method), chisq, likelihood,
               found$lambda, s$df, found$condition + known$n / chisq)
}

# ---- goodness of fit ---------------------------------------------------------------------------------------------------

compare_shares <- function(s) {
  known <- s$part(!is.na(s$data$fy))
  if (known$n < 2L || s$df < 1) return(invisible())
  levels <- levels(s$data$oy)
  if (length(levels) < 2L) return(invisible())
  q <- stats::runif(length(levels), 0.1, 1)
  q <- q / sum(q)
  names(q) <- levels
  run <- function(method) weeg_test(s$weeg, ~oy, method = method, p = sample(q))
  indicator <- outer(as.character(known$rows$fy), levels, "==") + 0
  p <- colSums(known$w * indicator) / sum(known$w)
  v <- unname(stats::vcov(survey::svymean(indicator, known$design)))
  chisq <- known$n * sum((p - q)^2 / q)
  likelihood <- 2 * known$n * sum(ifelse(p > 0, p * log(p / q), 0))
  lambda <- eigen(known$n * v / sqrt(outer(q, q)), TRUE, TRUE)$values[-length(q)]
  if (sum(lambda) < 1e-10 || anyNA(lambda) || chisq < 1e-6) return(invisible())
  same_effects(s, "shares", run, chisq, likelihood, pmax(lambda, 0), s$df, 1 / min(q) + known$n / chisq)
  first <- seq_len(length(q) - 1L)
  same_wald(s, "shares", run, (p - q)[first], v[first, first, drop = FALSE], s$df)
  if (s$x$seed %% 5L > 0L) return(invisible())
  # X2 on the scale of the population
  peer <- suppressWarnings(survey::svygofchisq(~oy, p = unname(q), design = known$design))
  s$log$same("shares: X2 of svygofchisq", run("rao-scott-f")$chisq, unname(peer$statistic) * known$n / sum(known$w), 1e-16,
             known$n / chisq)
}

# ---- ranks -------------------------------------------------------------------------------------------------------------

# svyranktest() gives tied rows with different weights different ranks: it is given the mid-ranks.
mid_ranks <- function(y, w) {
  total <- tapply(w, factor(y, sort(unique(y))), sum)
  as.numeric(((cumsum(total) - total / 2) / sum(total))[as.character(y)])
}

compare_ranks <- function(s) {
  known <- s$part(!is.na(s$data$fg) & !is.na(s$data$fy))
  if (known$n < 3L) return(invisible())
  design <- known$design
  design$variables$number <- as.integer(known$rows$oy)
  design$variables$group <- as.character(known$rows$fg)
  groups <- length(unique(design$variables$group))
  if (groups < 2L || length(unique(design$variables$number)) < 2L) return(invisible())
  rank <- mid_ranks(design$variables$number, known$w)
  kind <- pick(c("kruskal-wallis", "van-der-waerden", "median"), c(2, 1, 1))
  if (kind == "kruskal-wallis" && groups == 2L) kind <- "wilcoxon"
  got <- weeg_test(s$weeg, oy ~ og, method = kind)
  df <- survey::degf(design)
  k <- groups - 1L
  alone <- vapply(levels(s$data$fg), function(g) lies_alone(s, s$data$fg %in% g & !is.na(s$data$fy)), NA)
  if (any(alone)) return(compare_none(s, "ranks", got))
  if (df - k < 1L) return(s$log$except("ranks", "no degrees of freedom", is.na(got$p.value) && !is.na(got$reason)))
  # a rank of just 0.5 is in the lower half
  score <- switch(kind, "van-der-waerden" = stats::qnorm(rank), median = as.numeric(rank > 0.5 + 1e-12), rank)
  means <- tapply(known$w * score, design$variables$group, sum) / tapply(known$w, design$variables$group, sum)
  influence <- outer(design$variables$group, names(means), "==") * (score - as.numeric(means[design$variables$group]))
  influence <- sweep(influence, 2L, tapply(known$w, design$variables$group, sum), "/")
  v <- stats::vcov(survey::svytotal(influence[, -1L, drop = FALSE] - influence[, 1L], design))
  sd <- sqrt(diag(v))
  inverse <- if (!anyNA(sd) && all(sd > 1e-9)) rcond(v / outer(sd, sd)) else 0
  if (inverse < 1e-8) return(s$log$except("ranks", "nearly singular", is.na(got$p.value) || got$statistic >= 0))
  want <- survey::svyranktest(number ~ group, design, test = function(r, N) score)
  f <- if (groups == 2L) want$statistic^2 else want$parameter / k
  if (f > 1e6) return(s$log$except("ranks", "nearly singular", is.na(got$p.value) || got$statistic > 1e5))
  # survey's influence functions subtract inverses of the groups' sums of weights
  weight <- tapply(known$w, design$variables$group, sum)
  condition <- (1 + 1 / sqrt(f)) * max(1 / sd, 1) / inverse * max(weight) / min(weight)
  s$log$same("ranks: statistic", c(got$statistic, got$num.df, got$den.df), c(f, k, df - k), 1e-16, condition)
  s$log$same("ranks: p", got$p.value, as.numeric(want$p.value), 0, condition * (1 + f * k))
  if (kind %in% c("wilcoxon", "kruskal-wallis") && length(unique(known$w)) == 1L) {
    plain <- survey::svyranktest(number ~ group, design)
    s$log$same("ranks: p of svyranktest, equal weights", got$p.value, as.numeric(plain$p.value), 0, condition * (1 + f * k))
  }
}

# ---- given a third variable, trend -------------------------------------------------------------------------------------

# x minus its mean weighted by p, without cancellation where one value has nearly all weight.
deviations <- function(x, p) {
  value <- sort(unique(x))
  drop(outer(value, value, "-") %*% tapply(p, factor(x, value), sum))[match(x, value)]
}

# Residuals, their influence and their covariance under simple random sampling, from columns u and v of scores.
conditional_scores <- function(u, v, layer, w) {
  simple <- 0
  for (l in unique(layer)) {
    at <- layer == l
    part <- w[at] / sum(w[at])
    u[at, ] <- apply(u[at, , drop = FALSE], 2L, deviations, part)
    v[at, ] <- apply(v[at, , drop = FALSE], 2L, deviations, part)
    moment <- function(m) crossprod(m[at, , drop = FALSE], part * m[at, , drop = FALSE])
    simple <- simple + sum(w[at]) / sum(w) / length(w) * kronecker(moment(u), moment(v))
  }
  pairs <- expand.grid(v = seq_len(ncol(v)), u = seq_len(ncol(u)))
  influence <- u[, pairs$u, drop = FALSE] * v[, pairs$v, drop = FALSE] / sum(w)
  list(residual = colSums(w * influence), influence = influence, simple = simple)
}

# Of all levels but the heaviest, which would make the others nearly collinear.
indicators <- function(x, w) {
  x <- as.character(x)
  total <- tapply(w, x, sum)
  outer(x, names(total)[-which.max(total)], "==") + 0
}

compare_given <- function(s, given) {
  data <- s$data
  known <- s$part(!is.na(data$fg) & !is.na(data$fy) & (!given | !is.na(data$h)))
  if (known$n < 3L || s$df < 1) return(invisible())
  rows <- known$rows
  if (length(unique(rows$fg)) < 2L || length(unique(rows$fy)) < 2L) return(invisible())
  layer <- if (given) as.character(rows$h) else rep("all", known$n)
  name <- if (given) "given" else "one layer"
  compare <- function(name, u, v, run, trend) {
    found <- conditional_scores(u, v, layer, known$w)
    # survey's C++ code has digits down to 1e-18 only: the columns are brought to the same size
    size <- colSums(known$w * abs(found$influence))
    scaled <- sweep(found$influence, 2L, size, "/")
    covariance <- unname(stats::vcov(survey::svytotal(scaled, known$design))) * outer(size, size)
    effects <- effects_of(found$simple / max(found$simple), covariance / max(found$simple))
    if (is.null(effects) || sum(effects$lambda) < 1e-8) return(invisible())
    chisq <- drop(found$residual %*% solve(found$simple / max(found$simple), found$residual)) / max(found$simple)
    if (chisq < 1e-8 * known$n) return(invisible())
    condition <- effects$condition * (1 + sqrt(known$n / chisq))
    if (trend) {
      f <- chisq / effects$lambda
      got <- run("trend")
      s$log$same(paste0(name, ": statistic"), c(got$statistic, got$chisq, got$num.df, got$den.df), c(f, chisq, 1, s$df),
                 condition = condition)
      s$log$same(paste0(name, ": p"), got$p.value, stats::pf(f, 1, s$df, lower.tail = FALSE), 1e-290, condition * (1 + f))
    } else if (given && any(unlist(table_alone(s, rows = !is.na(data$h))))) {
      compare_none(s, name, run(pick(c("rao-scott-f", "wald", "lincom"))))
    } else if (given) {
      same_effects(s, name, run, chisq, NULL, effects$lambda, s$df, condition)
      same_wald(s, name, run, found$residual, covariance, s$df, colSums(known$w * abs(found$influence)))
    }
  }
  terms <- if (given) ~h
  if (given) compare("given", indicators(rows$fg, known$w), indicators(rows$fy, known$w),
                     function(method) weeg_test(s$weeg, oy ~ og, method = method, given = terms), FALSE)
  compare(paste("trend,", name), cbind(as.numeric(rows$og)), cbind(as.numeric(rows$oy)),
          function(method) weeg_test(s$weeg, oy ~ og, method = "trend", given = terms), TRUE)
}

compare_all_tests <- function(seed) {
  s <- tests_scene(seed)
  before <- options(survey.lonely.psu = s$x$lonely, survey.use_rcpp = !s$x$fpc)
  on.exit(options(before))
  compare_independence(s)
  compare_shares(s)
  compare_ranks(s)
  compare_given(s, FALSE)
  compare_given(s, TRUE)
  s$log$result()
}

# The largest share of the comparisons that are exceptions of each kind, a few times what 1000 designs show.
most_tests <- c("no degrees of freedom" = 0.01, "nearly singular" = 0.01, "rounding" = 0.01, "at the mean" = 0.001,
                "in one PSU" = 0.03)

test_that("tests of random designs are what survey's variances give", {
  skip_on_cran()
  needs_survey()
  count <- number_from("WEEG_DESIGNS", 100L)
  found <- expect_same_accounts(compare_all_tests, count)
  expect_few_exceptions(found$exceptions, most_tests, count, 100L)
  skip_if(count < 100L, "shares are judged on 100 designs or more")
  errors <- found$errors
  few <- errors$comparisons == 0L | grepl("equal weights", errors$statistic) # exceptions only; one design in thirty
  expect_true(all(errors$designs[!few] > count / 10))
})
