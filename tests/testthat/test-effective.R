# The conventions "weeg": the law of an estimate over its standard error in samples of few PSUs, against a dense evaluation
# written here: the quadratic form of all contributions, its eigenvalues, and its characteristic function along a line. The
# tolerance is 1e-6 relative, unless stated; 2e-5 for p-values above a half, where the rule of the core is slow.

rho <- 0.05
kappa <- 8

# P(sum of values chi-squared_copies > 0)
quadratic_tail <- function(values, copies = 1) {
  values <- values[abs(values) > 1e-13 * max(abs(values))]
  at <- 1 / (4 * max(values))
  v <- (seq_len(700L) - 0.5) * 0.06
  s <- complex(real = at, imaginary = at * sinh(v))
  log_phi <- -copies / 2 * rowSums(log(1 - 2 * outer(s, values)))
  sum(Re(exp(log_phi) / s) * at * cosh(v)) * 0.06 / pi
}

# A function of tau, P(S'S > tau V), for covariances of the elements of each PSU: z_i = u[[i]] elements - l[[i]] sums of all
# elements, and S is the sum of u[[i]] elements.
law_of <- function(covariance, u, l, strata) {
  n <- length(covariance)
  q <- ncol(covariance[[1L]])
  k <- nrow(u[[1L]])
  root <- matrix(0, n * q, n * q)
  s <- matrix(0, k, n * q)
  sums <- do.call(cbind, rep(list(diag(q)), n))
  z <- -do.call(rbind, l) %*% sums
  for (i in seq_len(n)) {
    of <- (i - 1L) * q + seq_len(q)
    e <- eigen(covariance[[i]], TRUE)
    root[of, of] <- e$vectors %*% diag(sqrt(pmax(e$values, 0)), q)
    s[, of] <- u[[i]]
    rows <- (i - 1L) * k + seq_len(k)
    z[rows, of] <- z[rows, of] + u[[i]]
  }
  b <- matrix(0, n, n)
  for (h in unique(strata$h)) {
    i <- which(strata$h == h)
    first <- i[1L]
    b[i, i] <- strata$factor[first] * (diag(length(i)) - strata$centred[first] / strata$units[first])
  }
  signal <- crossprod(s %*% root)
  noise <- t(root) %*% crossprod(z, kronecker(b, diag(k)) %*% z) %*% root
  function(tau, copies = 1) quadratic_tail(eigen(signal - tau * noise, TRUE, TRUE)$values, copies)
}

quantile_of <- function(law, alpha = 0.05) {
  exp(uniroot(function(x) log(law(exp(2 * x)) / alpha), log(c(0.8, 20)), extendInt = "downX", tol = 1e-12)$root)
}

# PSUs of the rows `use` that vary, by the rule for single-PSU strata
psus_of <- function(d, use, lonely) {
  all <- unique(d[c("h", "i")])
  units <- table(all$h)
  left <- if (is.null(d$N)) 1 else 1 - as.vector(units[as.character(all$h)]) / d$N[match(all$i, d$i)]
  all$units <- as.vector(units[as.character(all$h)])
  all$left <- left
  p <- all[all$i %in% d$i[use] & all$left > 1e-7, ]
  if (lonely == "certainty") p <- p[p$units > 1, ]
  p <- p[order(p$h, p$i), ]
  one <- grepl("domains", lonely) & p$units > 1 & table(p$h)[as.character(p$h)] == 1 # of a stratum with several
  p$centred <- p$units > 1 & !one
  p$factor <- ifelse(p$units > 1, p$units / (p$units - 1), if (grepl("adjust", lonely)) 1 else 0)
  if (grepl("average", lonely)) p$factor[one] <- 0
  if (grepl("average", lonely)) p$factor <- p$factor * length(unique(p$h)) / length(unique(p$h[p$factor > 0]))
  p
}

sum_by <- function(x, d, psus, use) vapply(psus$i, function(i) sum(x[use & d$i == i]), 0)

# Of a set of rows: weights, those with the answer, sums of squares, by PSU; total and share of all PSUs
set_of <- function(d, use, answer, psus) {
  w <- sum_by(d$w, d, psus, use)
  q <- 0
  squares <- 0
  for (with in c(TRUE, FALSE)) {
    part <- use & (d$y == answer) == with
    q <- q + sum_by(d$w, d, psus, part)^2 / pmax(sum_by(rep(1, nrow(d)), d, psus, part), 1)
    squares <- squares + sum(tapply(d$w[part], d$i[part], sum)^2 / tapply(d$w[part], d$i[part], length), na.rm = TRUE)
  }
  total <- sum(d$w[use])
  p <- sum(d$w[use & d$y == answer]) / total
  kish <- total^2 / squares
  tilde <- (p * kish + 0.5) / (kish + 1)
  list(w = w, q = q, x = sum_by(d$w, d, psus, use & d$y == answer), total = total, p = p, kish = min(kish, sum(use)),
       sd = sqrt(tilde * (1 - tilde)))
}

# What each stratum has of the variance: by the model, whose variances of PSUs are c, and as observed in z; degrees of freedom
moments_of <- function(psus, c, z) {
  do.call(rbind, lapply(unique(psus$h), function(h) {
    x <- psus$h == h
    m <- psus$units[x][1L]
    centred <- psus$centred[x][1L]
    zs <- c(z[x], rep(0, m - sum(x)))
    v <- psus$factor[x][1L] * sum((zs - centred * mean(zs))^2)
    spread <- if (centred) (1 - 2 / m) * sum(c[x]^2) + sum(c[x])^2 / m^2 else sum(c[x]^2)
    data.frame(h, C = sum(c[x]), v, nu = sum(c[x])^2 * (if (centred) (m - 1) / m else 1)^2 / spread,
               used = psus$factor[x][1L] > 0)
  }))
}

# What the strata have of the variance is moved towards what was observed: covariances of the elements of PSUs, of which u makes
# what they contribute, and the variance estimate of z
settled <- function(psus, covariance, u, z) {
  c <- vapply(covariance, function(x) as.vector(u %*% x %*% u), 0)
  moments <- moments_of(psus, c, z)
  r <- sum(moments$v[moments$used]) / sum(moments$C[moments$used])
  by <- with(moments, ifelse(used & r > 0, (nu * v / (r * C) + kappa) / (nu + kappa), 1))
  list(covariance = Map(`*`, covariance, by[match(psus$h, moments$h)]), variance = sum(moments$v[moments$used]))
}

# The law of sum coef_s p_s, and its variance
sum_law <- function(d, sets, coef, answer, lonely) {
  psus <- psus_of(d, Reduce(`|`, sets), lonely)
  parts <- lapply(sets, function(use) set_of(d, use, answer, psus))
  root_left <- sqrt(psus$left)
  n <- nrow(psus)
  covariance <- lapply(seq_len(n), function(i) {
    own <- vapply(seq_along(parts), function(s) coef[s] / parts[[s]]$total * parts[[s]]$sd * parts[[s]]$w[i], 0)
    q <- vapply(seq_along(parts), function(s) (coef[s] / parts[[s]]$total * parts[[s]]$sd)^2 * parts[[s]]$q[i], 0)
    psus$left[i] * (rho * outer(own, own) + diag((1 - rho) * q, length(q)))
  })
  z <- root_left * Reduce(`+`, lapply(seq_along(parts), function(s) {
    coef[s] / parts[[s]]$total * (parts[[s]]$x - parts[[s]]$p * parts[[s]]$w)
  }))
  l <- lapply(seq_len(n), function(i) matrix(root_left[i] * vapply(parts, function(p) p$w[i] / p$total, 0), 1L))
  made <- settled(psus, covariance, rep(1, length(parts)), z)
  u <- rep(list(matrix(1, 1L, length(parts))), n)
  model <- sum(psus$left * ((1 - rho) * parts[[1L]]$q + rho * parts[[1L]]$w^2)) / parts[[1L]]$total^2
  list(law = law_of(made$covariance, u, l, psus), variance = made$variance, parts = parts, model = model)
}

# Standard deviations of numbers in sets, but for a factor that all have: the variance of a set's mean by its PSUs, in relation to
# that of the model, moved towards what it is in all
set_sd <- function(psus, parts) {
  of <- do.call(rbind, lapply(parts, function(p) {
    c <- psus$left * ((1 - rho) * p$q + rho * p$w^2) / p$total^2
    m <- moments_of(psus, c, sqrt(psus$left) * (p$x - p$mean * p$base) / p$base_total)
    m <- m[m$used, ]
    data.frame(C = sum(m$C), v = sum(m$v), nu = sum(m$C)^2 / sum(m$C^2 / m$nu))
  }))
  if (length(parts) == 1L) return(1)
  r <- sum(of$v) / sum(of$C)
  sqrt((of$nu * of$v / (r * of$C) + kappa) / (of$nu + kappa))
}

# The same of sum coef_s mean_s of numbers y, or of ratios to the numbers `base`
number_law <- function(d, y, sets, coef, lonely, base = rep(1, nrow(d))) {
  psus <- psus_of(d, Reduce(`|`, sets), lonely)
  parts <- lapply(sets, function(use) {
    sums <- function(x) sum_by(x, d, psus, use)
    total <- sum((d$w * base)[use])
    list(w = sums(d$w), q = sums(d$w)^2 / pmax(sums(rep(1, nrow(d))), 1), x = sums(d$w * y), base = sums(d$w * base),
         total = sum(d$w[use]), base_total = total, mean = sum((d$w * y)[use]) / total)
  })
  sd <- set_sd(psus, parts)
  of <- function(f) do.call(cbind, Map(function(p, coef, sd) f(p, coef, sd), parts, coef, sd))
  own <- of(function(p, coef, sd) coef * sd * p$w / p$total)
  noise <- of(function(p, coef, sd) (coef * sd / p$total)^2 * p$q)
  covariance <- lapply(seq_len(nrow(psus)), function(i) {
    psus$left[i] * (rho * tcrossprod(own[i, ]) + diag((1 - rho) * noise[i, ], length(sets)))
  })
  z <- sqrt(psus$left) * rowSums(of(function(p, coef, sd) coef * (p$x - p$mean * p$base) / p$base_total))
  lever <- sqrt(psus$left) * of(function(p, coef, sd) p$base / p$base_total)
  l <- lapply(seq_len(nrow(psus)), function(i) lever[i, , drop = FALSE])
  made <- settled(psus, covariance, rep(1, length(sets)), z)
  list(law = law_of(made$covariance, rep(list(matrix(1, 1L, length(sets))), nrow(psus)), l, psus), variance = made$variance,
       mean = vapply(parts, `[[`, 0, "mean"))
}

# The variance of the proportion of a set, of which the others are in the table too
variance_of <- function(d, use, sets, lonely) {
  psus <- psus_of(d, Reduce(`|`, sets), lonely)
  of <- set_of(d, use, "2", psus)
  settled(psus, rep(list(diag(1)), nrow(psus)), 1, sqrt(psus$left) * (of$x - of$p * of$w) / of$total)$variance
}

korn_graubard <- function(p, v, n, t) {
  ne <- p * (1 - p) / v * (qt(0.975, n - 1) / t)^2
  c(qbeta(0.025, ne * p, ne * (1 - p) + 1), qbeta(0.975, ne * p + 1, ne * (1 - p)))
}

# Distances to the limits of two proportions, over those by the delta method, as root mean squares: below and above
ratio_factors <- function(p, v, n, t, scale, slope) {
  away <- vapply(1:2, function(i) {
    limits <- korn_graubard(p[i], v[i], n[i], t)
    up <- if (identical(scale, log)) log(limits[2L]) - log(p[i]) else { # the complement, of which a limit near 1 has digits
      qlogis(1 - p[i]) - qlogis(korn_graubard(1 - p[i], v[i], n[i], t)[1L])
    }
    c(scale(p[i]) - scale(limits[1L]), up)
  }, numeric(2))
  sqrt(c(away[1L, 1L]^2 + away[2L, 2L]^2, away[2L, 1L]^2 + away[1L, 2L]^2) / sum(t^2 * slope^2 * v))
}

mean_of <- function(d, use) sum((d$w * (d$y == "2"))[use]) / sum(d$w[use])

design_of <- function(d, lonely = "remove", conventions = "weeg", ...) {
  fpc <- if (!is.null(d$N)) ~N
  domains <- grepl("domains", lonely)
  weeg_design(d, weights = ~w, strata = ~h, cluster = ~i, fpc = fpc, lonely = sub(", domains", "", lonely),
              lonely_domain = domains, conventions = conventions, ...)
}

# PSUs of each stratum with a mean number of rows, uneven weights; PSUs without rows of group a, too
sample_of <- function(psus, seed, rows = 6, groups = 2L, answers = 2L) {
  set.seed(seed)
  h <- rep(seq_along(psus), psus)
  size <- 2L + rpois(length(h), rows - 2)
  i <- rep(seq_along(h), size)
  d <- data.frame(h = h[i], i = i, w = round(exp(rnorm(length(i), 0, 0.6)), 3))
  d$g <- factor(letters[sample(groups, length(i), TRUE)], letters[seq_len(groups)])
  d$g[d$i %% 5L == 0L] <- letters[groups]
  shift <- rnorm(length(h), 0, 0.6)[i]
  d$y <- factor(pmin(answers, pmax(1, round(1.4 + shift + rnorm(length(i), 0, 0.7)))), seq_len(answers))
  d
}

in_one_psu <- function(d) { # group a, of the first stratum
  d$g[d$h == 1L & d$i != 1L] <- "b"
  d
}

with_fpc <- function(d) { # the first stratum is sampled whole
  d$N <- ifelse(d$h == 1, length(unique(d$i[d$h == 1])), 9)
  d
}

cases <- list(
  pairs = list(d = sample_of(c(2, 2, 2, 2), 1), lonely = "remove"),
  fives = list(d = sample_of(c(5, 5, 5), 2), lonely = "remove"),
  unequal = list(d = sample_of(c(2, 3, 7), 3, 12), lonely = "remove"),
  one = list(d = sample_of(2, 4, 20), lonely = "remove"),
  remove = list(d = sample_of(c(1, 3, 4), 5, 10), lonely = "remove"),
  certainty = list(d = sample_of(c(1, 3, 4), 5, 10), lonely = "certainty"),
  adjust = list(d = sample_of(c(1, 3, 4), 5, 10), lonely = "adjust"),
  average = list(d = sample_of(c(1, 3, 4), 5, 10), lonely = "average"),
  "adjust, domains" = list(d = in_one_psu(sample_of(c(2, 3, 4), 7, 10)), lonely = "adjust, domains"),
  "average, domains" = list(d = in_one_psu(sample_of(c(2, 3, 4), 7, 10)), lonely = "average, domains"),
  fpc = list(d = with_fpc(sample_of(c(2, 3, 4), 6, 10)), lonely = "remove")
)

test_that("intervals of proportions have the quantile of the law", {
  for (name in names(cases)) {
    d <- cases[[name]]$d
    design <- design_of(d, cases[[name]]$lonely)
    logit <- as.data.frame(weeg_proportion(design, y ~ g, interval = "logit"))
    beta <- as.data.frame(weeg_proportion(design, y ~ g, interval = "beta"))
    for (row in which(logit$estimate > 0 & logit$estimate < 1)) {
      use <- d$g == logit$g[row]
      x <- sum_law(d, list(use), 1, logit$level[row], cases[[name]]$lonely)
      of <- x$parts[[1L]]
      expect_equal(logit$std.error[row], sqrt(x$variance), tolerance = 1e-9, info = name)
      t <- quantile_of(x$law)
      expect_equal(qt(0.975, logit$df[row]), t, tolerance = 1e-6, info = paste(name, row))
      bare <- of$p * (1 - of$p)
      v <- x$variance
      if (min(sum(use), bare / v) * min(of$p, 1 - of$p) < 8) v <- max(v, bare * x$model)
      limits <- plogis(qlogis(of$p) + c(-1, 1) * t * sqrt(v) / bare)
      expect_equal(c(logit$conf.low[row], logit$conf.high[row]), limits, tolerance = 1e-6, info = paste(name, row))
      expect_equal(c(beta$conf.low[row], beta$conf.high[row]), korn_graubard(of$p, v, sum(use), t), tolerance = 1e-6,
                   info = paste(name, row))
    }
  }
})

# Numbers of the rows, of which one is positive
numbers_for <- function(d) {
  set.seed(nrow(d))
  d$v <- as.integer(d$y) + round(rnorm(nrow(d)), 2)
  d$x <- round(exp(rnorm(nrow(d), 1, 0.5)), 2)
  d
}

test_that("intervals of means and ratios have the quantile of the law", {
  for (name in names(cases)) {
    d <- numbers_for(cases[[name]]$d)
    design <- design_of(d, cases[[name]]$lonely)
    for (figure in c("mean", "ratio")) {
      found <- function(level) {
        x <- if (figure == "mean") weeg_mean(design, v ~ g, level = level) else weeg_ratio(design, v / x ~ g, level = level)
        as.data.frame(x)
      }
      x <- found(0.95)
      nine <- found(0.9)
      for (row in seq_len(nrow(x))) {
        law <- number_law(d, d$v, list(d$g == x$g[row]), 1, cases[[name]]$lonely, if (figure == "mean") rep(1, nrow(d)) else d$x)
        info <- paste(name, figure, row)
        expect_equal(x$estimate[row], law$mean, tolerance = 1e-12, info = info)
        expect_equal(x$std.error[row], sqrt(law$variance), tolerance = 1e-9, info = info)
        # of ratios at least that of t, with the PSUs less strata that have rows of the group
        own <- unique(d[d$g == x$g[row], c("h", "i")])
        least <- function(alpha) if (figure == "ratio") qt(1 - alpha / 2, nrow(own) - length(unique(own$h))) else 0
        t <- max(quantile_of(law$law), least(0.05))
        expect_equal(qt(0.975, x$df[row]), t, tolerance = 1e-6, info = info)
        expect_equal(c(x$conf.low[row], x$conf.high[row]), law$mean + c(-1, 1) * t * sqrt(law$variance), tolerance = 1e-6,
                     info = info)
        expect_equal(qt(0.95, nine$df[row]), max(quantile_of(law$law, 0.1), least(0.1)), tolerance = 1e-6, info = info)
      }
    }
  }
})

test_that("differences and ratios of means have the law of their two groups, which may overlap", {
  for (name in names(cases)) {
    d <- numbers_for(cases[[name]]$d)
    d$v <- d$v * ifelse(d$g == "a", 3, 1) + 20 # the groups' variances differ
    lonely <- cases[[name]]$lonely
    design <- design_of(d, lonely)
    sets <- list(a = d$g == "a", b = d$g == "b")
    w <- c(sum(d$w[sets$a]), sum(d$w[sets$b])) / sum(d$w)
    for (against in list(NULL, "total")) {
      both <- c("mean-difference", "mean-ratio")
      x <- as.data.frame(weeg_compare(design, v ~ g, measures = both, against = against))
      nine <- as.data.frame(weeg_compare(design, v ~ g, measures = both, against = against, level = 0.9))
      expect_equal(nine$p.value, x$p.value, tolerance = 1e-6)
      for (row in which(!is.na(x$p.value))) {
        first <- c("a", "b") == x$group1[row]
        ratio <- x$measure[row] == "mean-ratio"
        slope <- if (ratio) 1 / c(x$estimate1[row], x$estimate2[row]) else c(1, 1)
        coef <- if (is.null(against)) ifelse(first, slope[1L], -slope[2L]) else first * slope[1L] - slope[2L] * w
        z <- number_law(d, d$v, sets, coef, lonely)
        info <- paste(name, against, x$measure[row], x$group1[row])
        if (is.null(against)) expect_equal(x$std.error[row], sqrt(z$variance), tolerance = 1e-9, info = info)
        t <- quantile_of(z$law)
        value <- if (ratio) log(x$estimate[row]) else x$estimate[row]
        limits <- value + c(-1, 1) * t * x$std.error[row]
        expect_equal(qt(0.975, x$df[row]), t, tolerance = 1e-6, info = info)
        expect_equal(c(x$conf.low[row], x$conf.high[row]), if (ratio) exp(limits) else limits, tolerance = 1e-6, info = info)
        p <- z$law((value / x$std.error[row])^2)
        expect_equal(x$p.value[row], p, tolerance = if (p > 0.5) 2e-5 else 1e-6, info = info)
      }
    }
  }
})

test_that("a mean of 0 and 1 has the degrees of freedom of the proportion, where weights are equal in each PSU", {
  d <- cases$unequal$d
  d$w <- 1 + d$i %% 4
  d$one <- as.numeric(d$y == "2")
  design <- design_of(d)
  share <- weeg_proportion(design, y ~ g)
  mean <- weeg_mean(design, one ~ g)
  expect_equal(mean$df, share$df[share$level == "2"], tolerance = 1e-12)
  moved <- transform(d, one = 1e9 + 8 * one)
  expect_equal(weeg_mean(design_of(moved), one ~ g)$df, mean$df, tolerance = 1e-9)
})

test_that("totals, and means and ratios without clusters or with given df, are those of the conventions survey", {
  d <- numbers_for(cases$unequal$d)
  without <- function(conventions) weeg_design(d, weights = ~w, strata = ~h, conventions = conventions, lonely = "remove")
  given <- function(conventions) design_of(d, conventions = conventions, df = 5)
  same <- function(f, design) expect_identical(as.data.frame(f(design("weeg"))), as.data.frame(f(design("survey"))))
  for (design in list(without, given)) {
    same(function(x) weeg_mean(x, v ~ g), design)
    same(function(x) weeg_ratio(x, v / x ~ g), design)
  }
  clusters <- function(conventions) design_of(d, conventions = conventions)
  same(function(x) weeg_total(x, v ~ g), clusters)
  said <- function(x) attr(x, "conventions")[["df"]]
  expect_identical(said(weeg_total(clusters("weeg"), v ~ g)), said(weeg_mean(without("weeg"), v ~ g)))
  expect_match(said(weeg_mean(clusters("weeg"), v ~ g)), "effective")
})

test_that("comparisons have the law of their two or more groups, which may overlap", {
  for (name in names(cases)) {
    d <- cases[[name]]$d
    lonely <- cases[[name]]$lonely
    design <- design_of(d, lonely)
    sets <- list(a = d$g == "a", b = d$g == "b")
    share <- mean_of(d, TRUE)
    for (against in list(NULL, "total")) {
      x <- as.data.frame(weeg_compare(design, y ~ g, answers = "2", against = against))
      nine <- as.data.frame(weeg_compare(design, y ~ g, answers = "2", against = against, level = 0.9))
      expect_equal(nine$p.value, x$p.value, tolerance = 1e-6)
      x <- x[!is.na(x$p.value), ]
      for (row in seq_len(nrow(x))) {
        first <- substr(x$group1[row], 1L, 1L)
        shares <- vapply(sets, function(use) mean_of(d, use), 0)
        one <- shares[[first]]
        two <- if (identical(against, "total")) share else shares[[setdiff(c("a", "b"), first)]]
        slope <- switch(x$measure[row], difference = c(1, 1), "risk-ratio" = 1 / c(one, two),
                        "odds-ratio" = 1 / (c(one, two) * (1 - c(one, two))))
        coef <- ifelse(c("a", "b") == first, slope[1L], -slope[2L])
        if (identical(against, "total")) {
          w <- c(a = sum(d$w[sets$a]), b = sum(d$w[sets$b])) / sum(d$w)
          coef <- (c("a", "b") == first) * slope[1L] - slope[2L] * w
        }
        z <- sum_law(d, sets, coef, "2", lonely)
        # groups that overlap: the standard error counts that the sizes of the groups vary, the model is about their answers
        se <- if (identical(against, "total")) x$std.error[row] else sqrt(z$variance)
        t <- quantile_of(z$law)
        value <- switch(x$measure[row], difference = one - two, "risk-ratio" = log(one / two),
                        "odds-ratio" = qlogis(one) - qlogis(two))
        difference <- x$measure[row] == "difference"
        scaled <- if (difference) se / (1 - value^2) else se
        at <- if (difference) atanh(value) else value
        uses <- if (identical(against, "total")) list(sets[[first]], rep(TRUE, nrow(d))) else sets[order(names(sets) != first)]
        factor <- if (difference) c(1, 1) else {
          ratio_factors(c(one, two), vapply(uses, variance_of, 0, d = d, sets = sets, lonely = lonely), vapply(uses, sum, 0), t,
                        if (x$measure[row] == "risk-ratio") log else qlogis, slope)
        }
        limits <- (if (difference) tanh else exp)(at + c(-1, 1) * t * scaled * factor)
        info <- paste(name, against, x$measure[row])
        expect_equal(x$std.error[row], se, tolerance = 1e-9, info = info)
        expect_equal(qt(0.975, x$df[row]), t, tolerance = 1e-6, info = info)
        expect_equal(c(x$conf.low[row], x$conf.high[row]), limits, tolerance = 1e-6, info = info)
        p <- z$law((at / scaled / factor[if (at > 0) 1L else 2L])^2)
        expect_equal(x$p.value[row], p, tolerance = if (p > 0.5) 2e-5 else 1e-6, info = info)
      }
    }
  }
})

# ---- independence -------------------------------------------------------------------------------------------------------

# Statistic, degrees of freedom of its numerator and p-value, given the margin that leverage affects more
independence <- function(d, lonely) {
  d$g <- droplevels(d$g)
  d$y <- droplevels(d$y)
  psus <- psus_of(d, rep(TRUE, nrow(d)), lonely)
  n <- nrow(psus)
  total <- sum(d$w)
  cells <- expand.grid(g = levels(d$g), y = levels(d$y), stringsAsFactors = FALSE)
  at <- lapply(seq_len(nrow(cells)), function(k) d$g == cells$g[k] & d$y == cells$y[k])
  w <- vapply(at, function(use) sum_by(d$w, d, psus, use), numeric(n))
  rows <- vapply(at, function(use) sum_by(rep(1, nrow(d)), d, psus, use), numeric(n))
  squares <- w^2 / pmax(rows, 1)
  pg <- tapply(d$w, d$g, sum) / total
  py <- tapply(d$w, d$y, sum) / total
  residual <- vapply(seq_len(nrow(cells)), function(k) {
    a <- cells$g[k]
    b <- cells$y[k]
    e <- d$w * ((d$g == a) - pg[[a]]) * ((d$y == b) - py[[b]]) / (total * sqrt(pg[[a]] * py[[b]]))
    c(sum(e), sqrt(psus$left) * sum_by(e, d, psus, TRUE))
  }, numeric(n + 1L))
  z <- residual[-1L, ]
  v <- Reduce(`+`, lapply(unique(psus$h), function(h) {
    x <- psus$h == h
    zs <- rbind(z[x, , drop = FALSE], matrix(0, psus$units[x][1L] - sum(x), ncol(z)))
    # the rule "adjust": deviations from the mean of all PSUs
    zs <- sweep(zs, 2L, if (psus$centred[x][1L]) colMeans(zs) else residual[1L, ] / length(unique(d$i)))
    psus$factor[x][1L] * crossprod(zs)
  }))
  ratio <- sum(residual[1L, ]^2) / sum(diag(v))
  model <- function(margin, p) {
    k <- length(p)
    wm <- vapply(names(p), function(a) rowSums(w[, margin == a, drop = FALSE]), numeric(n))
    qm <- vapply(names(p), function(a) rowSums(squares[, margin == a, drop = FALSE]), numeric(n))
    basis <- qr.Q(qr(cbind(sqrt(p), diag(k))))[, 2:k, drop = FALSE]
    b <- t(basis) %*% diag(1 / sqrt(p)) %*% (diag(k) - outer(p, rep(1, k)))
    sigma <- lapply(seq_len(n), function(i) psus$left[i] * ((1 - rho) * diag(qm[i, ]) + rho * outer(wm[i, ], wm[i, ])))
    l <- lapply(seq_len(n), function(i) sqrt(psus$left[i]) * b %*% wm[i, ] %*% rep(1 / total, k))
    c <- vapply(sigma, function(x) sum(diag(b %*% x %*% t(b))), 0)
    f <- vapply(sigma, function(x) as.vector(b %*% rowSums(x)) / total, numeric(k - 1L))
    f <- matrix(f, n, k - 1L, byrow = TRUE)
    lv <- matrix(vapply(l, function(x) x[, 1L] * total, numeric(k - 1L)), n, k - 1L, byrow = TRUE)
    # cross products of deviations: those of PSUs without rows are the mean of the stratum
    products <- function(x, y) {
      sum(vapply(unique(psus$h), function(h) {
        i <- psus$h == h
        mean_of_both <- if (psus$centred[i][1L]) sum(colSums(x[i, , drop = FALSE]) * colSums(y[i, , drop = FALSE])) else 0
        psus$factor[i][1L] * (sum(x[i, ] * y[i, ]) - mean_of_both / psus$units[i][1L])
      }, 0))
    }
    kept <- (sum(c) - 2 * products(lv, f) + products(lv, lv) * sum(vapply(sigma, sum, 0)) / total^2) / sum(c)
    list(sigma = sigma, b = b, l = l, c = c, kept = kept, k = k)
  }
  groups <- model(cells$g, pg)
  answers <- model(cells$y, py)
  use <- if (answers$kept < groups$kept - 0.02) answers else groups
  spread <- sum(vapply(unique(psus$h), function(h) {
    i <- psus$h == h
    u <- psus$units[i][1L]
    c <- use$c[i]
    if (psus$factor[i][1L] == 0) return(0)
    if (psus$centred[i][1L]) ((1 - 2 / u) * sum(c^2) + sum(c)^2 / u^2) * u^2 / (u - 1)^2 else sum(c^2)
  }, 0))
  nu <- sum(use$c)^2 / spread
  share <- sum(v^2) / sum(diag(v))^2
  one <- 1 / ((length(pg) - 1) * (length(py) - 1))
  bare <- (share - 1 / nu) / max(1 + 1 / nu - 2 * share / nu, 1e-6)
  d1 <- (nu + 2) / (nu * min(max(bare, one), 1) + 2 * one)
  u <- rep(list(use$b), n)
  found <- list(statistic = ratio, df = d1, f = pf(ratio, d1, d1 * nu, lower.tail = FALSE), levels = use$k)
  if (use$k <= 16) found$p <- law_of(use$sigma, u, use$l, psus)(ratio, d1 / (use$k - 1))
  found
}

test_that("the test of independence has the law of its statistic", {
  tables <- c(cases[c("pairs", "unequal", "remove", "certainty", "adjust", "average", "fpc")], list(
    "3 x 2" = list(d = sample_of(c(2, 2, 2, 2), 11, 9, 3L), lonely = "remove"),
    "2 x 3" = list(d = sample_of(c(4, 3), 12, 9, 2L, 3L), lonely = "remove"),
    "4 x 3" = list(d = sample_of(c(3, 3, 2), 13, 14, 4L, 3L), lonely = "remove"),
    "5 x 4" = list(d = sample_of(c(4, 4), 14, 25, 5L, 4L), lonely = "remove")
  ))
  for (name in names(tables)) {
    d <- tables[[name]]$d
    x <- as.data.frame(weeg_test(design_of(d, tables[[name]]$lonely), y ~ g))
    expected <- independence(d, tables[[name]]$lonely)
    expect_equal(x$statistic, expected$statistic, tolerance = 1e-9, info = name)
    expect_equal(x$num.df, expected$df, tolerance = 1e-9, info = name)
    expect_equal(x$p.value, expected$p, tolerance = if (expected$p > 0.5) 2e-5 else 1e-6, info = name)
    f <- pf(x$statistic, x$num.df, x$den.df, lower.tail = FALSE)
    if (is.infinite(x$den.df)) expect_gt(f, x$p.value) else expect_equal(f, x$p.value, tolerance = 1e-6, info = name)
  }
})

test_that("a test of a large margin is referred to an F distribution, and called so", {
  tables <- list("20 x 3" = sample_of(c(6, 5), 16, 60, 20L, 3L), "17 x 2" = sample_of(c(9, 4), 17, 40, 17L, 2L),
                 "16 x 2" = sample_of(c(9, 4), 18, 40, 16L, 2L), "3 x 2" = sample_of(c(4, 3), 12, 9, 3L, 2L))
  for (name in names(tables)) {
    d <- tables[[name]]
    design <- design_of(d, "remove")
    expected <- independence(d, "remove")
    asked <- as.data.frame(weeg_test(design, y ~ g, method = "rao-scott-effective"))
    x <- as.data.frame(weeg_test(design, y ~ g))
    expect_equal(asked$statistic, expected$statistic, tolerance = 1e-9, info = name)
    expect_equal(asked$num.df, expected$df, tolerance = 1e-9, info = name)
    expect_equal(asked$p.value, expected$f, tolerance = 1e-9, info = name)
    expect_identical(x$method, if (expected$levels > 16) "rao-scott-effective" else "rao-scott-exact", info = name)
    if (expected$levels > 16) expect_identical(x, asked) else expect_gt(abs(x$p.value / asked$p.value - 1), 1e-6)
    both <- weeg_crosstab(design, y ~ g)
    expect_identical(both$test$method, x$method)
    for (said in list(attr(weeg_test(design, y ~ g), "conventions"), attr(both, "conventions"))) {
      expect_identical(said[["test"]], x$method)
      expect_identical(said[["df"]], "effective")
    }
    expect_match(format(both$test), sub("rao-scott-", "Scott ", x$method), all = FALSE)
  }
  # one that has a law and one that has none, in a result
  d <- tables[["20 x 3"]]
  d$k <- factor(d$g %in% letters[1:9])
  both <- weeg_test(design_of(d, "remove"), y + k ~ g)
  expect_identical(attr(both, "conventions")[["test"]], paste(unique(both$method), collapse = ", "))
  fit <- as.data.frame(weeg_test(design_of(d, "remove"), ~y, method = "rao-scott-effective"))
  expect_equal(fit$p.value, pf(fit$statistic, 2, fit$den.df, lower.tail = FALSE), tolerance = 1e-9)
  expect_error(weeg_test(design_of(d, "remove"), y ~ g, method = "rao-scott-effective", given = ~h), "has no form conditional")
})

# ---- estimates that are linear in scores of rows ------------------------------------------------------------------------

# Row by row: rows of group d$at with the answer d$k (numbers). score[[g]]: what a row of each answer adds to the deviation of
# each parameter, a matrix [parameters, answers]; p[[g]]: the distribution of answers; lever[[g]]: see the core. The estimate
# is parameter `target`. All weights of a PSU, group and answer count as equal in the model.
score_law <- function(d, p, score, lever, target, lonely, use = rep(TRUE, nrow(d))) {
  d <- d[use, ]
  psus <- psus_of(d, rep(TRUE, nrow(d)), lonely)
  w <- d$w / sum(d$w)
  even <- stats::ave(w, d$i, d$at, d$k)
  q <- nrow(score[[1L]])
  means <- lapply(seq_along(p), function(g) as.vector(score[[g]] %*% p[[g]]))
  parts <- lapply(seq_along(p), function(g) score[[g]] - means[[g]])
  between <- Reduce(`+`, lapply(seq_along(p), function(g) sum(w[d$at == g]) * outer(means[[g]], means[[g]])))
  covariance <- lapply(seq_len(nrow(psus)), function(n) {
    rows <- which(d$i == psus$i[n])
    sum <- matrix(0, q, q)
    for (j in rows) {
      sum <- sum + (1 - rho) * even[j]^2 * (parts[[d$at[j]]] %*% (p[[d$at[j]]] * t(parts[[d$at[j]]])) + between)
    }
    answers <- Reduce(`+`, lapply(rows, function(j) w[j] * t(sqrt(p[[d$at[j]]]) * t(parts[[d$at[j]]]))))
    psus$left[n] * (sum + rho * (answers %*% t(answers) + sum(w[rows])^2 * between))
  })
  of_row <- vapply(seq_len(nrow(d)), function(j) w[j] * score[[d$at[j]]][target, d$k[j]], 0)
  z <- sqrt(psus$left) * sum_by(of_row, d, psus, TRUE)
  u <- replace(rep(0, q), target, 1)
  l <- lapply(seq_len(nrow(psus)), function(n) {
    rows <- which(d$i == psus$i[n])
    matrix(sqrt(psus$left[n]) * Reduce(`+`, lapply(rows, function(j) w[j] * lever[[d$at[j]]])), 1L)
  })
  made <- settled(psus, covariance, u, z)
  list(law = law_of(made$covariance, rep(list(matrix(u, 1L)), nrow(psus)), l, psus), variance = made$variance)
}

# Of a likelihood: log_p(theta) gives a list of the logarithms of the distributions of groups
likelihood_law <- function(d, theta, log_p, target, lonely) {
  slopes <- function(theta) {
    lapply(seq_along(theta), function(a) {
      step <- replace(rep(0, length(theta)), a, 1e-4)
      Map(function(up, down, up2, down2) (8 * (up - down) - (up2 - down2)) / 12e-4, log_p(theta + step), log_p(theta - step),
          log_p(theta + 2 * step), log_p(theta - 2 * step))
    })
  }
  total <- function(theta) { # the gradient of the mean log-likelihood
    of <- slopes(theta)
    vapply(of, function(x) sum(d$w * vapply(seq_len(nrow(d)), function(j) x[[d$at[j]]][d$k[j]], 0)) / sum(d$w), 0)
  }
  information <- -vapply(seq_along(theta), function(a) {
    step <- replace(rep(0, length(theta)), a, 1e-4)
    (total(theta + step) - total(theta - step)) / 2e-4
  }, theta)
  p <- lapply(log_p(theta), exp)
  derivative <- slopes(theta)
  gradient <- lapply(seq_along(p), function(g) do.call(rbind, lapply(derivative, `[[`, g)))
  score <- lapply(gradient, function(x) solve(information, x))
  lever <- Map(function(x, y, p) as.vector(y %*% (p * x[target, ])), score, gradient, p)
  score_law(d, p, score, lever, target, lonely)
}

test_that("coefficients of logistic models have the law of their scores", {
  for (name in c("unequal", "certainty", "fpc")) {
    d <- cases[[name]]$d
    lonely <- cases[[name]]$lonely
    d$x <- factor(c("s", "t", "u")[1L + (seq_len(nrow(d)) * 7L) %% 3L])
    ordinal <- name %in% c("unequal", "fpc")
    d$y <- factor(pmin(2L + ordinal, as.integer(d$y) + ordinal * (seq_len(nrow(d)) %% 4L == 0L)), ordered = ordinal)
    design <- design_of(d, lonely)
    x <- as.data.frame(weeg_logistic(design, y ~ g + x))
    groups <- expand.grid(x = levels(d$x), g = levels(d$g), stringsAsFactors = FALSE)
    d$at <- match(paste(d$x, d$g), paste(groups$x, groups$g))
    d$k <- as.integer(d$y)
    cuts <- nlevels(d$y) - 1L
    log_p <- function(theta) {
      eta <- theta[cuts + 1L] * (groups$g == "b") + theta[cuts + 2L] * (groups$x == "t") + theta[cuts + 3L] * (groups$x == "u")
      lapply(eta, function(eta) log(diff(c(0, plogis((if (ordinal) theta[seq_len(cuts)] else -theta[1L]) - eta), 1))))
    }
    for (row in seq_len(nrow(x))) {
      of <- likelihood_law(d, x$estimate, log_p, row, lonely)
      t <- quantile_of(of$law)
      info <- paste(name, row)
      expect_equal(x$std.error[row], sqrt(of$variance), tolerance = 1e-6, info = info)
      expect_equal(qt(0.975, x$df[row]), t, tolerance = 1e-6, info = info)
      limits <- x$estimate[row] + c(-1, 1) * t * x$std.error[row]
      expect_equal(c(x$conf.low[row], x$conf.high[row]), limits, tolerance = 1e-6, info = info)
      p <- of$law(x$statistic[row]^2)
      expect_equal(x$p.value[row], p, tolerance = if (p > 0.5) 2e-5 else 2e-6, info = info)
    }
  }
})

test_that("a logistic model of one comparison is an odds ratio, of many coefficients has Student's t, and says so", {
  d <- few_psus(3)
  d$b <- d$y == "a"
  d$first <- d$g == "p"
  x <- weeg_logistic(few_design(d), b ~ first)
  odds <- as.data.frame(weeg_compare(few_design(d), b ~ first, answers = "TRUE", measures = "odds-ratio"))
  # the same but for the correlation of answers in two groups with other proportions, and half an answer; an odds ratio has
  # sides of its own
  expect_equal(x$df[2L], odds$df, tolerance = 1e-3)
  expect_equal(x$std.error[2L], odds$std.error, tolerance = 1e-3)
  test <- anova(x)
  expect_equal(test$p.value, x$p.value[2L])
  expect_equal(pf(test$statistic, 1, test$den.df, lower.tail = FALSE), test$p.value, tolerance = 1e-6)
  range <- paste(format_significant(range(x$df)), collapse = ".")
  expect_match(paste(format(x), collapse = " "), paste("effective df", range))
  df <- function(x) unname(attr(x, "conventions")["df"])
  expect_identical(df(x), "effective (tests of several coefficients: PSUs - strata - slopes)")
  d$many <- factor(seq_len(nrow(d)) %% 16L)
  d$i <- seq_len(nrow(d))
  plain <- weeg_logistic(few_design(d), b ~ many + first)
  expect_identical(plain$df, rep(227 - 16, 17L))
  expect_identical(df(plain), "PSUs - strata - slopes")
})

# What each row of the table, and the composition by rows, add to a measure of which score[[g]] is the derivative
measure_law <- function(d, estimate, lonely) {
  p <- prop.table(tapply(d$w, list(d$g, d$y), sum, default = 0))
  slope <- matrix(0, nrow(p), ncol(p)) # of the measure as a function of the proportions, by differences of the fourth order
  for (o in seq_along(p)) {
    at <- function(by) estimate(replace(p, o, p[o] + by))
    slope[o] <- (8 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4
  }
  n <- as.vector(table(d$g))
  share <- rowSums(p)
  tilde <- (p / share * n + rep(colSums(p), each = nrow(p))) / (n + 1)
  mean <- rowSums(tilde * slope)
  groups <- seq_len(nrow(p))
  # the first parameter is the estimate, the last that of the composition: the others are what rows add, but for the first row
  part <- lapply(groups, function(r) lapply(groups, function(g) (g == r) * (slope[g, ] - mean[g])))
  composition <- lapply(groups, function(g) rep(mean[g], ncol(p)))
  score <- lapply(groups, function(g) rbind(slope[g, ], do.call(rbind, lapply(part[-1L], `[[`, g)), composition[[g]]))
  lever <- lapply(groups, function(g) {
    own <- c((groups == g) / share, 1) # of the parts; the first is the estimate less the others
    c(own[1L], own[-1L] - own[1L])
  })
  d$at <- as.integer(d$g)
  d$k <- as.integer(d$y)
  score_law(d, lapply(groups, function(g) tilde[g, ]), score, lever, 1L, lonely)
}

test_that("effect sizes have the law of their scores, given the rows of the table", {
  pairs <- function(p) {
    later <- function(i, n) seq_len(n) > i
    of <- function(sign) {
      sum(vapply(seq_len(nrow(p)), function(r) vapply(seq_len(ncol(p)), function(c) {
        p[r, c] * sum(p[later(r, nrow(p)), if (sign > 0) later(c, ncol(p)) else seq_len(ncol(p)) < c])
      }, 0), numeric(ncol(p))))
    }
    c(2 * of(1), 2 * of(-1))
  }
  measures <- list(
    "cramers-v" = function(p) {
      p <- p / sum(p)
      e <- outer(rowSums(p), colSums(p))
      sqrt(sum((p - e)^2 / e) / (min(dim(p)) - 1))
    },
    gamma = function(p) -diff(pairs(p)) / sum(pairs(p)),
    "tau-b" = function(p) -diff(pairs(p)) / sqrt((sum(p)^2 - sum(rowSums(p)^2)) * (sum(p)^2 - sum(colSums(p)^2))),
    "somers-d" = function(p) -diff(pairs(p)) / (sum(p)^2 - sum(rowSums(p)^2))
  )
  tables <- list(list(d = sample_of(c(4, 3), 12, 9, 3L, 3L), lonely = "remove"),
                 list(d = with_fpc(sample_of(c(2, 3, 4), 6, 10)), lonely = "remove"),
                 list(d = sample_of(c(1, 3, 4), 5, 10, 2L, 3L), lonely = "adjust"))
  for (k in seq_along(tables)) {
    d <- tables[[k]]$d
    d$g <- factor(d$g, ordered = TRUE)
    d$y <- factor(d$y, ordered = TRUE)
    x <- as.data.frame(weeg_association(design_of(d, tables[[k]]$lonely), y ~ g, measures = names(measures)))
    for (row in seq_along(measures)) {
      of <- measure_law(d, measures[[row]], tables[[k]]$lonely)
      t <- quantile_of(of$law)
      info <- paste(k, names(measures)[row])
      expect_equal(x$std.error[row], sqrt(of$variance), tolerance = 1e-6, info = info)
      expect_equal(qt(0.975, x$df[row]), t, tolerance = 1e-6, info = info)
      v <- x$estimate[row]
      limits <- tanh(atanh(v) + c(-1, 1) * t * x$std.error[row] / (1 - v^2))
      test <- weeg_test(design_of(d, tables[[k]]$lonely), y ~ g)
      if (row == 1L) limits[1L] <- if (test$p.value >= 0.05) 0 else max(0, limits[1L])
      expect_equal(c(x$conf.low[row], x$conf.high[row]), limits, tolerance = 1e-6, info = info)
    }
  }
})

test_that("an effect size of 16 groups has Student's t, and says so", {
  d <- few_psus(3)
  d$many <- factor(seq_len(nrow(d)) %% 16L)
  x <- weeg_association(few_design(d), y ~ many, measures = "cramers-v")
  expect_identical(x$df, 12)
  expect_identical(unname(attr(x, "conventions")["df"]), unname(df_texts["domain"]))
  x <- weeg_association(few_design(d), y ~ g, measures = "gamma")
  expect_identical(unname(attr(x, "conventions")["df"]), unname(df_texts["effective"]))
})

test_that("a test that falls back to the F test has its name: without clusters, under replicate weights, with given df", {
  d <- few_psus(3)
  designs <- list(
    weeg_design(d, weights = ~w, strata = ~h),
    weeg_replicates(few_design(d), "jkn"), few_design(d, df = 7)
  )
  for (design in designs) {
    f <- weeg_test(design, y ~ g, method = "rao-scott-f")
    exact <- "rao-scott-exact"
    for (x in list(weeg_test(design, y ~ g, method = exact), weeg_crosstab(design, y ~ g, method = exact)$test)) {
      expect_identical(x$method, "rao-scott-f")
      expect_equal(x$p.value, f$p.value)
      expect_identical(attr(x, "conventions"), attr(f, "conventions"))
    }
    expect_identical(weeg_test(design, ~y, method = "rao-scott-exact")$method, "rao-scott-f")
  }
  expect_identical(weeg_test(few_design(d), y ~ g)$method, "rao-scott-exact")
})

# ---- edges --------------------------------------------------------------------------------------------------------------

test_that("a variance estimate of 0 leaves an interval of some width", {
  d <- data.frame(h = rep(1:2, each = 8), i = rep(1:4, each = 4), y = rep(c(1, 0, 0, 0), 4), w = 1)
  x <- as.data.frame(weeg_proportion(design_of(d), ~y))
  expect_equal(x$std.error, c(0, 0), tolerance = 1e-12)
  # equal PSUs: t with 2 df; variance of the model, in which 4 rows of a PSU are alike
  t <- qt(0.975, 2)
  ne <- 16 / (1 + 3 * rho) * (qt(0.975, 15) / t)^2
  expect_equal(x$conf.low[x$level == 1], qbeta(0.025, ne * 0.25, ne * 0.75 + 1), tolerance = 1e-8)
  expect_equal(x$conf.high[x$level == 1], qbeta(0.975, ne * 0.25 + 1, ne * 0.75), tolerance = 1e-8)
})

test_that("limits of 0 and 1 are Clopper and Pearson's with Kish's effective number of rows", {
  d <- cases$fives$d
  d$y <- factor("2", 1:2)
  w <- tapply(d$w, d$i, sum)
  n <- sum(d$w)^2 / sum(w^2 / tapply(d$w, d$i, length)) # weights of a PSU are taken to be alike
  n <- min(n, nrow(d))
  x <- as.data.frame(weeg_proportion(design_of(d), ~y))
  expect_equal(x$conf.low, c(0, 0.025^(1 / n)), tolerance = 1e-9)
  expect_equal(x$conf.high, c(1 - 0.025^(1 / n), 1), tolerance = 1e-9)
})

# all that is printed of a sample
figures <- function(d, lonely = "remove", ...) {
  design <- design_of(d, lonely, ...)
  list(share = as.data.frame(weeg_proportion(design, y ~ g)), compare = as.data.frame(weeg_compare(design, y ~ g)),
       total = as.data.frame(weeg_compare(design, y ~ g, against = "total")), test = as.data.frame(weeg_test(design, y ~ g)))
}

test_that("the scale of weights makes no difference", {
  d <- sample_of(c(2, 3, 4), 21, 9, 3L, 3L)
  one <- figures(d)
  for (by in c(1e-150, 1e140, 3)) {
    other <- figures(transform(d, w = w * by))
    other$share$n.weighted <- one$share$n.weighted
    expect_equal(other, one, tolerance = 1e-12)
  }
})

test_that("the order of rows and the names of strata and PSUs make no difference", {
  d <- sample_of(c(2, 3, 4), 22, 9, 3L, 3L)
  one <- figures(d)
  set.seed(1)
  expect_equal(figures(d[sample(nrow(d)), ]), one, tolerance = 1e-12)
  other <- d
  other$i <- sample(100, length(unique(d$i)))[d$i]
  other$h <- c(7, 2, 5)[d$h]
  expect_equal(figures(other), one, tolerance = 1e-12)
})

test_that("merging other answers leaves the figures of an answer", {
  d <- sample_of(c(2, 3, 4), 23, 9, 2L, 4L)
  merged <- transform(d, y = factor(ifelse(y == "2", "2", "other"), c("2", "other")))
  a <- figures(d)
  b <- figures(merged)
  for (of in c("share", "compare", "total")) {
    one <- a[[of]][a[[of]]$level == "2", names(a[[of]]) != "p.adjusted"]
    two <- b[[of]][b[[of]]$level == "2", names(b[[of]]) != "p.adjusted"]
    for (column in setdiff(names(one), "level")) expect_equal(two[[column]], one[[column]], tolerance = 1e-9, info = column)
  }
})

test_that("a tally of more variables has the same figures", {
  d <- sample_of(c(2, 3, 4), 24, 9, 3L, 3L)
  d$other <- factor(d$i %% 3L)
  d$more <- factor(seq_len(nrow(d)) %% 4L)
  few <- weeg_tally(design_of(d), ~ g + y)
  many <- weeg_tally(design_of(d), ~ more + g + other + y)
  for (verb in list(weeg_proportion, weeg_compare, weeg_test)) {
    expect_equal(as.data.frame(verb(many, y ~ g)), as.data.frame(verb(few, y ~ g)), tolerance = 1e-12)
    expect_identical(as.data.frame(verb(few, y ~ g)), as.data.frame(verb(design_of(d), y ~ g)))
  }
})

test_that("without clusters and under replicate weights figures are those of the conventions nchs", {
  d <- sample_of(c(2, 3, 4), 25, 9, 2L, 3L)
  element <- function(conventions) weeg_design(d, weights = ~w, strata = ~h, conventions = conventions)
  jackknife <- function(conventions) weeg_replicates(design_of(d, conventions = conventions), "jkn")
  for (design in list(element, jackknife)) {
    a <- as.data.frame(weeg_compare(design("weeg"), y ~ g))
    b <- as.data.frame(weeg_compare(design("nchs"), y ~ g))
    expect_identical(a, b)
    a <- as.data.frame(weeg_test(design("weeg"), y ~ g))
    b <- as.data.frame(weeg_test(design("nchs"), y ~ g))
    expect_identical(a[names(a) != "method"], b[names(b) != "method"])
  }
})

test_that("without effective degrees of freedom proportions have the interval with a capped effective sample size", {
  d <- sample_of(c(2, 3, 4), 25, 9, 2L, 3L)
  d$x <- d$y == "1"
  element <- function(conventions) weeg_design(d, weights = ~w, strata = ~h, conventions = conventions)
  clusters <- function(conventions) design_of(d, conventions = conventions)
  jackknife <- function(conventions) weeg_replicates(clusters(conventions), "jkn")
  shares <- function(x, ...) weeg_proportion(x, y ~ g, ...)
  interval <- function(x) attr(x, "conventions")[["interval"]]
  same <- function(verb, design) {
    a <- verb(design("weeg"))
    b <- verb(design("nchs"))
    expect_identical(as.data.frame(a), as.data.frame(b))
    expect_identical(interval(a), interval(b))
  }
  for (design in list(element, jackknife)) same(shares, design)
  for (design in list(element, jackknife)) {
    expect_identical(weeg_crosstab(design("weeg"), y ~ g)$row, weeg_crosstab(design("nchs"), y ~ g)$row)
  }
  given <- function(conventions) weeg_design(clusters(conventions), df = 30)
  for (design in list(element, jackknife, given)) {
    same(function(x) weeg_multiple(x, x ~ g), design)
    same(shares, design)
  }
  same(function(x) weeg_multiple(x, x ~ g, base = "responses"), clusters)
  for (design in list(element, jackknife, clusters)) {
    same(function(x) weeg_proportion(x, y ~ g, adjust_for = ~h), design)
  }
  expect_identical(interval(shares(clusters("weeg"))), "95% beta")
  expect_identical(interval(shares(element("weeg"), interval = "beta")), "95% beta")
})

test_that("of two stages the first one counts", {
  d <- sample_of(c(2, 3, 4), 26, 9, 2L, 2L)
  d$j <- ave(seq_len(nrow(d)), d$i, FUN = function(k) (seq_along(k) + 1) %/% 2)
  one <- figures(d)
  design <- weeg_design(d, weights = ~w, strata = ~h, cluster = ~ i + j, nest = TRUE, conventions = "weeg")
  expect_equal(as.data.frame(weeg_proportion(design, y ~ g)), one$share, tolerance = 1e-12)
  expect_equal(as.data.frame(weeg_compare(design, y ~ g)), one$compare, tolerance = 1e-12)
  expect_equal(as.data.frame(weeg_test(design, y ~ g)), one$test, tolerance = 1e-12)
})

test_that("rows of a group in one PSU, and in PSUs that are sampled whole, have figures or reasons", {
  d <- data.frame(h = c(1, 1, 1, 2, 3, 3), i = c(1, 1, 2, 3, 4, 5), w = c(3, 1, 2, 5, 1, 1), y = factor(c(1, 2, NA, 1, NA, NA)))
  x <- as.data.frame(weeg_proportion(design_of(d, "certainty"), ~y))
  expect_true(all(!is.na(x$conf.low) | !is.na(x$reason)))
  d <- with_fpc(sample_of(c(3, 3, 4), 27, 9, 3L, 2L))
  d$g[d$h == 1] <- "c"
  d$g[d$h > 1 & d$g == "c"] <- "a" # all of c were sampled whole
  x <- figures(d)
  expect_true(all(!is.na(x$share$conf.low) | !is.na(x$share$reason)))
  none <- !is.na(x$compare$reason) & !weeg_reason_code(x$compare) %in% weeg:::cautions
  expect_identical(is.na(x$compare$conf.low), none)
  one <- x$compare[x$compare$measure == "difference" & x$compare$group1 == "a" & x$compare$group2 == "c", ]
  law <- sum_law(d, list(d$g == "a"), 1, "1", "remove")$law # c is a constant
  expect_equal(qt(0.975, one$df[one$level == "1"]), quantile_of(law), tolerance = 1e-6)
  expect_true(x$test$p.value > 0 && x$test$p.value < 1)
})
