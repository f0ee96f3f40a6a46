# Verdicts of the presentation standards of NCHS (Parker and others 2017) on limits by R's qbeta() and qt(): reliability.csv, with
# columns p, v, n, df, verdict and rule (numbers of weeg_reliability and weeg_reliability_rule).
#
#     Rscript make_reliability.R > reliability.csv
#
# SPDX-License-Identifier: GPL-3.0-or-later
set.seed(3)

width <- function(p, v, n, df) {
  star <- pmin(n, p * (1 - p) / v * (qt(0.975, n - 1) / qt(0.975, df))^2)
  star[p == 0 | p == 1] <- n[p == 0 | p == 1]
  low <- ifelse(p == 0, 0, qbeta(0.025, star * p, star * (1 - p) + 1))
  high <- ifelse(p == 1, 1, qbeta(0.975, star * p + 1, star * (1 - p)))
  high - low
}

# in the order of the standards: the first rule that holds
judge <- function(d) {
  sure <- d$p == 0 | d$p == 1
  w <- width(d$p, d$v, d$n, d$df)
  few <- pmin(d$n, ifelse(sure, d$n, d$p * (1 - d$p) / d$v)) < 30
  rule <- ifelse(few, 1, ifelse(d$df < 1 & !sure, 2, ifelse(w >= 0.30, 3, ifelse(w > 0.05 & w > 1.3 * d$p, 4,
    ifelse(d$df < 8, 5, ifelse(sure, 6, ifelse(w > 0.05 & w > 1.3 * (1 - d$p), 7, 0)))))))
  d$verdict <- ifelse(rule %in% 1:4, 2, ifelse(rule %in% 5:6, 1, 0))
  d$rule <- rule
  d
}

size <- 250
any <- data.frame(p = c(rbeta(size, 0.7, 1), runif(size, 0.02, 0.3), 1 - runif(size, 0.02, 0.2)),
                  n = sample(c(25:3000, 25:400), 3 * size, TRUE), df = sample(c(1:12, 30, 60, 500), 3 * size, TRUE))
any$v <- any$p * (1 - any$p) / any$n * exp(rnorm(3 * size, 0.2, 0.4))

# variances with a width just below and just above a threshold, by much, by little and by next to nothing
near <- do.call(rbind, lapply(seq_len(30), function(i) {
  p <- runif(1, 0.02, 0.98)
  n <- sample(60:3000, 1)
  df <- sample(c(3, 7, 8, 9, 40, 400), 1)
  do.call(rbind, lapply(c(0.30, 0.05, 1.3 * p, 1.3 * (1 - p)), function(threshold) {
    do.call(rbind, lapply(c(-0.1, -0.03, -1e-6, 1e-6, 0.03, 0.1), function(off) {
      f <- function(log_v) width(p, exp(log_v), n, df) - threshold * (1 + off)
      range <- log(p * (1 - p) / c(n, 3))
      if (f(range[1]) * f(range[2]) >= 0) return(NULL)
      data.frame(p = p, n = n, df = df, v = exp(uniroot(f, range, tol = 1e-13)$root))
    }))
  }))
}))
edges <- expand.grid(p = c(0, 0.5, 0.9, 1), n = c(29, 30, 31, 71, 72, 400), df = c(0, 1, 7, 8, 70))
edges$v <- ifelse(edges$p * (1 - edges$p) == 0, 0, edges$p * (1 - edges$p) / edges$n)
columns <- c("p", "v", "n", "df", "verdict", "rule")
rows <- rbind(judge(any)[columns], judge(near)[columns], suppressWarnings(judge(edges))[columns])
w <- suppressWarnings(width(rows$p, rows$v, rows$n, rows$df))
far <- function(from) is.na(w) | abs(w / from - 1) > 1e-8
rows <- rows[far(0.30) & far(0.05) & far(1.3 * rows$p) & far(1.3 * (1 - rows$p)), ]
stopifnot(!anyNA(rows), setequal(rows$rule, 0:7))
cat(paste(columns, collapse = ","), sprintf("%.17g,%.17g,%d,%d,%d,%d", rows$p, rows$v, as.integer(rows$n), as.integer(rows$df),
                                             as.integer(rows$verdict), as.integer(rows$rule)), sep = "\n")
