# Models for proportions of areas with few respondents, by simulation: which is nearest to the truth, and do its intervals hold
# it? Rscript bench/shrink.R [SAMPLES], 100 by default; ten minutes. The table stands in the help page of weeg_shrink().

suppressMessages(library(weeg))

samples <- as.integer(c(commandArgs(TRUE), "100")[1])
areas <- 50L

# Fay and Herriot's model of y with known variances and a common mean; the variance between areas by restricted maximum
# likelihood, adjusted as by Yoshimori and Lahiri (2014), so that it is never 0; mean squared errors as by Prasad and Rao
# (1990). Without the adjustment, estimates and errors for the milk data of Arora and Lahiri (1997) are those of package sae
# 1.3, to 1e-9.
fay_herriot <- function(y, variance) {
  log_likelihood <- function(a) {
    v <- 1 / (a + variance)
    mean <- sum(v * y) / sum(v)
    log(atan(sum(a * v))) / length(y) + 0.5 * (sum(log(v)) - log(sum(v)) - sum(v * (y - mean)^2))
  }
  typical <- exp(mean(log(variance)))
  u <- seq(0.002, 0.995, length.out = 150)
  tried <- c(1e-9, typical * u / (1 - u))
  best <- which.max(vapply(tried, log_likelihood, 0))
  ends <- tried[pmin(pmax(best + c(-1, 1), 1), length(tried))]
  a <- optimize(log_likelihood, ends, maximum = TRUE, tol = 1e-9 * typical)$maximum
  v <- 1 / (a + variance)
  mean <- sum(v * y) / sum(v)
  b <- variance * v
  known <- variance * (1 - b) + b^2 / sum(v)
  list(estimate = mean + (1 - b) * (y - mean), known = known, mse = known + 4 * b^2 * v / sum(v^2))
}

# On a scale: y and its variance; back: a function of values on the scale; middle: of the estimate and its variance.
on_scale <- function(y, variance, back, middle) {
  fit <- fay_herriot(y, variance)
  half <- 1.959964 * sqrt(fit$mse)
  cbind(middle(fit$estimate, fit$known), back(fit$estimate - half), back(fit$estimate + half))
}
sine <- function(t) sin(pmin(pmax(t, 0), pi / 2))^2
sine_mean <- function(t, v) (1 - exp(-2 * v) * cos(2 * t)) / 2
nodes <- qnorm((1:25 - 0.5) / 25)
logistic_mean <- function(t, v) rowMeans(plogis(outer(sqrt(v), nodes) + t))

models <- list(
  "Fay-Herriot, proportions" = function(x, n) {
    p <- min(max(sum(x), 0.5), sum(n) - 0.5) / sum(n)
    on_scale(x / n, p * (1 - p) / n, identity, function(t, v) t)
  },
  "Fay-Herriot, arcsine" = function(x, n) on_scale(asin(sqrt(x / n)), 1 / (4 * n), sine, sine_mean),
  "Fay-Herriot, arcsine of Anscombe" = function(x, n) {
    on_scale(asin(sqrt((x + 0.375) / (n + 0.75))), 1 / (4 * n + 2), sine, sine_mean)
  },
  "Fay-Herriot, logit" = function(x, n) {
    p <- min(max(sum(x), 0.5), sum(n) - 0.5) / sum(n)
    on_scale(log((x + 0.5) / (n - x + 0.5)), 1 / (n * p * (1 - p)), plogis, logistic_mean)
  },
  "beta-binomial" = function(x, n) {
    fit <- weeg:::fit_areas(x, n, 0.95)
    cbind(fit$estimate, fit$conf.low, fit$conf.high)
  }
)

measure <- function(found, truth, direct) {
  c(error = mean((found[, 1] - truth)^2), own = mean((direct - truth)^2),
    covered = 100 * mean(found[, 2] <= truth & truth <= found[, 3]), bias = 100 * mean(found[, 1] - truth))
}

# an area not seen, one more than the others
unseen <- function(x, n, truth) {
  fit <- weeg:::fit_areas(c(x, 0), c(n, 0), 0.95)
  last <- length(x) + 1L
  100 * (fit$conf.low[last] <= truth && truth <= fit$conf.high[last])
}

set.seed(20261122)
settings <- expand.grid(sd = c(0, 0.25, 0.5, 1), mean = c(0.001, 0.003, 0.01, 0.03, 0.07, 0.3, 0.5))
results <- lapply(seq_len(nrow(settings)), function(s) {
  n <- round(runif(areas, 16, 60))
  nobody <- new <- numeric()
  sums <- Reduce(`+`, lapply(seq_len(samples), function(i) {
    truth <- plogis(qlogis(settings$mean[s]) + rnorm(areas + 1L, 0, settings$sd[s]))
    x <- rbinom(areas, n, truth[seq_len(areas)])
    found <- vapply(models, function(model) measure(model(x, n), truth[seq_len(areas)], x / n), numeric(4))
    if (sum(x) == 0) nobody <<- c(nobody, found["covered", "beta-binomial"])
    new <<- c(new, unseen(x, n, truth[areas + 1L]))
    found
  }))
  found <- sums / samples
  cat(sprintf("m = %.3f, s = %.2f: ", settings$mean[s], settings$sd[s]),
      paste(names(models), sprintf("%.2f/%.1f/%+.2f", found["error", ] / found["own", ], found["covered", ], found["bias", ]),
            collapse = "; "),
      sprintf("; beta-binomial, area not seen %.1f", mean(new)),
      if (length(nobody)) sprintf(", %d samples in which nobody gives the answer %.1f", length(nobody), mean(nobody)),
      "\n", sep = "")
  found
})

of <- function(name) vapply(results, function(r) r[name, ], numeric(length(models)))
ratio <- of("error") / of("own")
for (rare in c(FALSE, TRUE)) {
  mine <- (settings$mean < 0.03) == rare
  cat(sprintf("\nmeans %s\n", paste(unique(settings$mean[mine]), collapse = ", ")))
  cat("| model | MSE, mean | largest | coverage, lowest | mean | largest bias in points |\n|---|---|---|---|---|---|\n")
  for (k in seq_along(models)) {
    cat(sprintf("| %s | %.2f | %.2f | %.1f | %.1f | %.1f |\n", names(models)[k], mean(ratio[k, mine]), max(ratio[k, mine]),
                min(of("covered")[k, mine]), mean(of("covered")[k, mine]), max(abs(of("bias")[k, mine]))))
  }
}
