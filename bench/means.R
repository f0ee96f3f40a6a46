# Coverage of the intervals of means and ratios of numbers in samples of few PSUs: by the law of few PSUs, and by Student's t with
# PSUs minus strata degrees of freedom. The table of vignettes/few-psus.Rmd. Rscript bench/means.R [samples [seed]]
library(weeg)

given <- as.integer(commandArgs(TRUE))
samples <- if (length(given) > 0L) given[1L] else 2000L
set.seed(if (length(given) > 1L) given[2L] else 7L)
settings <- expand.grid(design = c("4x5", "15x2", "4x20"), icc = c(0.05, 0.2), stringsAsFactors = FALSE)
# ratio: of 2 exp(z / 2 + e / 2) to exp(e / 2 + 0.3 a), z, e and a standard normal
truth <- c(normal = 0, lognormal = exp(0.5), "16 %" = pnorm(-1), "2 %" = pnorm(-2), ratio = 2 * exp(0.125) / exp(0.045))

# PSUs of 20 rows on the average that differ in size; lognormal weights, half of whose variance is between PSUs
draw <- function(strata, each, icc) {
  psus <- strata * each
  size <- pmax(3L, rpois(psus, rgamma(psus, 3, 3 / 20)))
  psu <- rep(seq_len(psus), size)
  n <- length(psu)
  z <- sqrt(icc) * rnorm(psus)[psu] + sqrt(1 - icc) * rnorm(n)
  s <- sqrt(log(2) / 2)
  data.frame(psu, stratum = (psu - 1L) %/% each, w = exp(s * rnorm(psus)[psu] + s * rnorm(n)), z, size = exp(z),
             often = as.numeric(z > 1), seldom = as.numeric(z > 2), spent = 2 * exp(z / 2 + rnorm(n) / 2),
             earned = exp(rnorm(n) / 2 + 0.3 * rnorm(psus)[psu]))
}

for (k in seq_len(nrow(settings))) {
  of <- as.integer(strsplit(settings$design[k], "x")[[1L]])
  t <- qt(0.975, of[1L] * (of[2L] - 1))
  found <- replicate(samples, {
    d <- weeg_design(draw(of[1L], of[2L], settings$icc[k]), weights = ~w, strata = ~stratum, cluster = ~psu)
    columns <- c("estimate", "std.error", "conf.low", "conf.high", "df")
    x <- rbind(as.data.frame(weeg_mean(d, z + size + often + seldom ~ 1))[columns],
               as.data.frame(weeg_ratio(d, spent / earned ~ 1))[columns])
    with(x, cbind(t = abs(estimate - truth) <= t * std.error, law = conf.low <= truth & truth <= conf.high,
                  width = (conf.high - conf.low) / 2 / (t * std.error), df))
  })
  cat("\n", settings$design[k], ", icc ", settings$icc[k], "\n", sep = "")
  table <- apply(found, 1:2, mean, na.rm = TRUE)
  rownames(table) <- names(truth)
  print(round(table, 3))
}
