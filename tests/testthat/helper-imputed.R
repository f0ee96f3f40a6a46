# Completed data sets, and what mitools and formulas have of them.

barnard_rubin <- function(estimates, variances, complete) {
  m <- length(estimates)
  b <- (1 + 1 / m) * stats::var(estimates)
  lambda <- b / (mean(variances) + b)
  large <- (m - 1) / lambda^2
  observed <- (complete + 1) / (complete + 3) * complete * (1 - lambda)
  1 / (1 / large + 1 / observed) # `large` is Inf where nothing differs
}

# Data sets that differ where a number or an answer was not known.
random_sets <- function(seed) {
  set.seed(seed)
  strata <- sample(2:4, 1)
  psus <- sample(3:8, strata, TRUE)
  frame <- data.frame(h = rep(seq_len(strata), psus), psu = seq_len(sum(psus)), N = rep(psus + sample(1:30, 1), psus))
  x <- frame[c(seq_len(nrow(frame)), sample(nrow(frame), sample(60:200, 1), TRUE)), ]
  x$w <- stats::rexp(nrow(x)) + 0.1
  x$g <- factor(sample(c("p", "q"), nrow(x), TRUE))
  x$y <- factor(sample(c("a", "b", "c"), nrow(x), TRUE, stats::runif(3) + 0.3), levels = c("a", "b", "c"))
  x$z <- stats::rnorm(nrow(x), 10, 3) + 2 * (x$y == "a")
  unknown <- sample(nrow(x), sample(5:40, 1))
  lapply(seq_len(sample(2:6, 1)), function(k) {
    x$y[unknown] <- sample(x$y, length(unknown))
    x$z[unknown] <- sample(x$z, length(unknown))
    x
  })
}

# MIcombine() of the estimates of each data set, which are vectors with variances.
combined <- function(estimates, variances) {
  found <- mitools::MIcombine(estimates, lapply(variances, diag, nrow = length(variances[[1L]])))
  list(estimate = unname(stats::coef(found)), std.error = unname(sqrt(diag(stats::vcov(found)))), fmi = unname(found$missinfo))
}

expect_pooled <- function(got, estimates, variances, info) {
  known <- combined(estimates, variances)
  for (column in names(known)) {
    expect_equal(got[[column]], as.double(known[[column]]), tolerance = 1e-9, info = paste(info, column))
  }
}

# As mitml::testConstraints(method = "D1", df.com = ) has it.
d1 <- function(estimates, covariances, complete) {
  m <- length(estimates)
  k <- length(estimates[[1L]])
  q <- Reduce(`+`, estimates) / m
  u <- Reduce(`+`, covariances) / m
  b <- stats::cov(do.call(rbind, estimates))
  r <- (1 + 1 / m) * sum(diag(b %*% solve(u))) / k
  t <- k * (m - 1)
  a <- r * t / (t - 2)
  vs <- (complete + 1) / (complete + 3) * complete
  c0 <- 1 / (t - 4)
  c1 <- vs - 2 * (1 + a)
  c2 <- vs - 4 * (1 + a)
  z <- 1 / c2 + c0 * (a^2 * c1 / ((1 + a)^2 * c2)) + c0 * (8 * a^2 * c1 / ((1 + a) * c2^2) + 4 * a^2 / ((1 + a) * c2)) +
    c0 * (4 * a^2 / (c2 * c1) + 16 * a^2 * c1 / c2^3) + c0 * (8 * a^2 / c2^2)
  plain <- t * (1 + 1 / k) * (1 + 1 / r)^2 / 2
  df <- if (t > 4 && c2 > 0) 4 + 1 / z else 1 / (1 / plain + 1 / (vs / (1 + r)))
  list(statistic = c(q %*% solve(u) %*% q) / (k * (1 + r)), df = df)
}
