# The law of few PSUs by its definition, with whole matrices: P(sum of S^2 > tau times that of V) of `copies` independent pairs,
# S = s'x, z = Z x, V = sum over strata of m / (m - 1) times the squared deviations of z from its mean, x ~ N(0, sigma).
# Imhof's (1961) inversion of the eigenvalues' characteristic function; strata of at least two PSUs.
dense_tail <- function(sigma, s, z, stratum, tau, copies = 1) {
  m <- stats::ave(stratum, stratum, FUN = length)
  b <- (diag(length(m)) - outer(stratum, stratum, "==") / m) * m / (m - 1)
  root <- with(eigen(sigma, TRUE), vectors %*% (sqrt(pmax(values, 0)) * t(vectors)))
  mu <- eigen(root %*% (s %o% s - tau * t(z) %*% b %*% z) %*% root, TRUE)$values
  mu <- mu[abs(mu) > 1e-13 * max(abs(mu))] / max(abs(mu))
  at <- function(u) vapply(u, function(u) {
    sin(copies * sum(atan(mu * u)) / 2) / (u * exp(copies * sum(log1p(mu^2 * u^2)) / 4))
  }, 0)
  part <- function(f) stats::integrate(f, 0, 1, rel.tol = 1e-10, subdivisions = 5000)$value
  0.5 + (part(at) + part(function(v) at(1 / v) / v^2)) / pi
}

# Few PSUs of unequal sizes in three strata; y depends on g; o is ordered.
few_psus <- function(seed) {
  set.seed(seed)
  d <- data.frame(h = rep(1:3, c(60, 90, 80)), w = stats::rexp(230) + 0.2)
  d$i <- d$h * 10 + stats::ave(seq_len(230), d$h, FUN = function(k) sort(sample(5, length(k), TRUE, c(5, 3, 2, 2, 1))))
  d$g <- factor(pmin(4, pmax(1, round(d$i %% 3 + stats::rnorm(230, 1)))), labels = c("p", "q", "r", "s"), ordered = TRUE)
  d$y <- factor(c("a", "b", "c")[pmin(3, pmax(1, round(stats::rnorm(230, 2) + as.integer(d$g) / 8)))], ordered = TRUE)
  d
}

few_design <- function(d, ...) weeg_design(d, weights = ~w, strata = ~h, cluster = ~i, conventions = "weeg", ...)

# Sums of weights by PSU and by the levels of x, and what takes the place of sums of squared weights.
psu_sums <- function(d, x) {
  w <- tapply(d$w, list(d$i, x), sum)
  n <- tapply(d$w, list(d$i, x), length)
  w[is.na(w)] <- 0
  list(w = w, q = ifelse(w > 0, w^2 / n, 0), stratum = as.integer(rownames(w)) %/% 10)
}
