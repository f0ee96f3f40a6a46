# Coverage of every interval and size of every test under known truth. `make coverage-study` runs this and prints the
# tables of vignettes/accuracy.Rmd.
#
# A sample: 4 strata with the same number of PSUs, 10 rows a PSU. Strata differ in their weights (1 to 8) and in their
# proportions. Within a stratum each PSU has its own proportion, beta distributed with intracluster correlation rho, and
# each row its own weight, independent of the answer: equal, or lognormal with coefficient of variation 1. The truth is the
# weighted mean of the strata's proportions. Everything is drawn anew in each sample, PSUs and rows with replacement.
#
# Environment: WEEG_SAMPLES samples per setting (default 4000: the standard error of a coverage of 95 % is 0.34 %),
# WEEG_SEED the first seed.

suppressPackageStartupMessages(library(weeg))
internal <- asNamespace("weeg")
number_from <- function(name, default) {
  value <- suppressWarnings(as.integer(Sys.getenv(name)))
  if (is.na(value)) default else value
}
samples <- number_from("WEEG_SAMPLES", 4000L)
first_seed <- number_from("WEEG_SEED", 1L)
options(weeg.threads = 1L)

strata <- 4L
rows_per_psu <- 10L
stratum_weight <- c(1, 2, 4, 8)
# log odds of the strata around the overall proportion, so that weights matter
shift <- c(-0.4, -0.1, 0.2, 0.1)

# The proportions of the strata whose weighted mean is p.
stratum_proportions <- function(p) {
  mean_at <- function(a) stats::weighted.mean(stats::plogis(a + shift), stratum_weight) - p
  stats::plogis(stats::uniroot(mean_at, c(-12, 12), tol = 1e-12)$root + shift)
}

draw_weights <- function(stratum, skewed) {
  spread <- if (skewed) exp(stats::rnorm(length(stratum), sd = sqrt(log(2)))) else 1
  stratum_weight[stratum] * spread
}

draw_frame <- function(psus, skewed) {
  psu <- rep(seq_len(strata * psus), each = rows_per_psu)
  stratum <- (psu - 1L) %/% psus + 1L
  data.frame(psu = psu, stratum = stratum, w = draw_weights(stratum, skewed))
}

beta_draw <- function(p, rho) if (rho == 0) p else stats::rbeta(length(p), p * (1 / rho - 1), (1 - p) * (1 / rho - 1))

# by PSUs minus strata, whatever the interval or test; those of few PSUs are in few_psus.R
design_of <- function(data) weeg_design(data, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "nchs")

# ---- intervals -------------------------------------------------------------------------------------------------------

# For each method: does the interval hold the truth, is it below or above, how wide.
one_interval <- function(setting) {
  data <- draw_frame(setting$psus, setting$skewed)
  of_stratum <- stratum_proportions(setting$p)
  of_psu <- beta_draw(of_stratum[rep(seq_len(strata), each = setting$psus)], setting$rho)
  data$y <- factor(stats::rbinom(nrow(data), 1L, of_psu[data$psu]), levels = 1:0)
  tally <- weeg_tally(design_of(data), ~y)
  vapply(internal$interval_methods, function(method) {
    found <- weeg_proportion(tally, ~y, interval = method)
    c(found$conf.low[1L] <= setting$p && setting$p <= found$conf.high[1L], found$conf.low[1L] > setting$p,
      found$conf.high[1L] < setting$p, found$conf.high[1L] - found$conf.low[1L])
  }, numeric(4L))
}

# ---- tests -----------------------------------------------------------------------------------------------------------

# p-values of every test where answer and group are independent: the answer has PSU effects, the group too.
one_test <- function(setting, methods) {
  data <- draw_frame(setting$psus, setting$skewed)
  draw <- function(levels) {
    base <- seq_len(levels) + 1
    concentration <- 1 / setting$rho - 1
    of_psu <- matrix(stats::rgamma(strata * setting$psus * levels, concentration * base / sum(base)), ncol = levels,
                     byrow = TRUE)
    limits <- t(apply(of_psu, 1L, function(x) cumsum(x) / sum(x)))[data$psu, , drop = FALSE]
    factor(pmin(rowSums(stats::runif(nrow(data)) > limits) + 1L, levels), levels = seq_len(levels))
  }
  data$g <- draw(setting$groups)
  data$y <- draw(setting$answers)
  data$h <- draw(2L)
  tally <- weeg_tally(design_of(data), ~ g + y + h)
  number <- weeg_tally(design_of(transform(data, y = as.integer(y), g = as.integer(g))), ~ g + y) # these need an order
  independence <- vapply(methods, function(method) weeg_test(tally, y ~ g, method = method)$p.value, 0)
  ranks <- vapply(rank_tests, function(method) weeg_test(number, y ~ g, method = method)$p.value, 0)
  shares <- seq_len(setting$answers) + 1
  contrast <- weeg_compare(tally, y ~ g, answers = "1", pairs = list(c("1", "2")))
  p_of <- stats::setNames(contrast$p.value, contrast$measure)
  c(independence, ranks, trend = weeg_test(number, y ~ g, method = "trend")$p.value,
    "goodness of fit" = weeg_test(tally, ~y, p = shares / sum(shares))$p.value,
    "given a third" = weeg_test(tally, y ~ g, given = ~h)$p.value, p_of)
}
rank_tests <- c("kruskal-wallis", "van-der-waerden", "median")

# ---- effect sizes and contrasts --------------------------------------------------------------------------------------

# Shares of group x answer in the population: independent, and associated.
joint_shares <- list(
  independent = outer(c(0.3, 0.3, 0.4), c(0.2, 0.3, 0.5)),
  associated = matrix(c(14, 9, 7, 8, 12, 10, 5, 11, 24), 3L, byrow = TRUE) / 100
)

# The true measures of a table of shares, straight from their definitions: pairs of persons, observed and expected shares.
true_measures <- function(p) {
  row <- rowSums(p)
  column <- colSums(p)
  above <- outer(seq_len(nrow(p)), seq_len(nrow(p)), "<")
  pairs <- function(rows, columns) sum(p * (rows %*% p %*% t(columns))) # of which the second is above in both senses
  concordant <- pairs(above, above)
  discordant <- pairs(above, t(above))
  untied_rows <- (1 - sum(row^2)) / 2
  untied_columns <- (1 - sum(column^2)) / 2
  agreement <- function(weights) {
    expected <- sum(weights * outer(row, column))
    (sum(weights * p) - expected) / (1 - expected)
  }
  distance <- abs(outer(seq_len(nrow(p)), seq_len(ncol(p)), "-")) / (nrow(p) - 1)
  v <- sqrt(sum((p - outer(row, column))^2 / outer(row, column)) / (min(dim(p)) - 1))
  first <- p[1L, 1L] / row[1L]
  second <- p[2L, 1L] / row[2L]
  c("cramers-v" = v, "cramers-v-corrected" = v, gamma = (concordant - discordant) / (concordant + discordant),
    "tau-b" = (concordant - discordant) / sqrt(untied_rows * untied_columns),
    "somers-d" = (concordant - discordant) / untied_rows, kappa = agreement(diag(nrow(p))),
    "kappa-linear" = agreement(1 - distance), "kappa-quadratic" = agreement(1 - distance^2),
    difference = first - second, "risk-ratio" = first / second,
    "odds-ratio" = first / (1 - first) / (second / (1 - second)))
}

# Does the interval of each measure hold the truth; NA where there is none.
one_effect <- function(setting) {
  data <- draw_frame(setting$psus, setting$skewed)
  p <- joint_shares[[setting$table]]
  truth <- true_measures(p)
  concentration <- 1 / setting$rho - 1
  of_psu <- matrix(stats::rgamma(strata * setting$psus * length(p), concentration * p), ncol = length(p), byrow = TRUE)
  limits <- t(apply(of_psu, 1L, function(x) cumsum(x) / sum(x)))[data$psu, , drop = FALSE]
  cell <- pmin(rowSums(stats::runif(nrow(data)) > limits), length(p) - 1L)
  data$g <- cell %% 3L + 1L
  data$y <- cell %/% 3L + 1L
  tally <- weeg_tally(design_of(data), ~ g + y)
  effects <- weeg_association(tally, y ~ g, measures = setdiff(names(truth), contrast_measures))
  contrasts <- weeg_compare(tally, y ~ g, answers = "1", pairs = list(c("1", "2")), measures = contrast_measures)
  low <- stats::setNames(c(effects$conf.low, contrasts$conf.low), c(effects$measure, contrasts$measure))
  high <- c(effects$conf.high, contrasts$conf.high)
  (low <= truth[names(low)] & truth[names(low)] <= high)[names(truth)]
}
contrast_measures <- c("difference", "risk-ratio", "odds-ratio")

# ---- running ---------------------------------------------------------------------------------------------------------

cores <- if (.Platform$OS.type == "windows") 1L else parallel::detectCores()

simulate <- function(settings, one, ...) {
  lapply(seq_len(nrow(settings)), function(i) {
    runs <- parallel::mclapply(seq_len(samples), function(k) {
      set.seed(1e6 * i + first_seed * 1e5 + k)
      one(settings[i, ], ...)
    }, mc.cores = cores)
    if (any(vapply(runs, inherits, NA, what = "try-error"))) stop("setting ", i, ": a sample failed")
    cat(".")
    simplify2array(runs)
  })
}

percent <- function(x) formatC(100 * x, format = "f", digits = 1L)
markdown <- function(table) {
  cat("\n|", paste(names(table), collapse = " | "), "|\n|", paste(rep("---", ncol(table)), collapse = "|"), "|\n")
  for (i in seq_len(nrow(table))) cat("|", paste(unlist(table[i, ]), collapse = " | "), "|\n")
}

cat(samples, "samples per setting; seed", first_seed, "\n")
settings <- expand.grid(p = c(0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99), psus = c(2L, 5L, 20L), skewed = c(FALSE, TRUE),
                        rho = 0.05)
found <- simulate(settings, one_interval)
covered <- t(vapply(found, function(x) rowMeans(x[1L, , ]), numeric(length(internal$interval_methods))))
width <- t(vapply(found, function(x) rowMeans(x[4L, , ]), numeric(length(internal$interval_methods))))
cat("\n\nCoverage of 95 % intervals, in percent\n")
markdown(cbind(p = settings$p, PSUs = settings$psus * strata, weights = ifelse(settings$skewed, "lognormal", "by stratum"),
               as.data.frame(apply(covered, 2L, percent))))
cat("\nOver all settings: lowest coverage, settings below 93 %, mean coverage, and mean width against logit\n")
markdown(data.frame(interval = internal$interval_methods, lowest = percent(apply(covered, 2L, min)),
                    `below 93` = paste(colSums(covered < 0.93), "of", nrow(settings)),
                    mean = percent(colMeans(covered)), width = formatC(colMeans(width / width[, 1L]), digits = 2L, format = "f"),
                    check.names = FALSE))

methods <- internal$test_methods
settings <- expand.grid(psus = c(2L, 5L, 20L), table = c("2 x 2", "3 x 2", "5 x 4"), skewed = c(FALSE, TRUE), rho = 0.1,
                        stringsAsFactors = FALSE)
settings$groups <- as.integer(substr(settings$table, 1L, 1L))
settings$answers <- as.integer(substr(settings$table, 5L, 5L))
found <- simulate(settings, one_test, methods)
sizes <- t(vapply(found, function(p) rowMeans(p < 0.05, na.rm = TRUE), numeric(nrow(found[[1L]]))))
cat("\n\nSize of tests at 5 %, in percent (of the samples with a p-value)\n")
markdown(cbind(table = settings$table, PSUs = settings$psus * strata,
               weights = ifelse(settings$skewed, "lognormal", "by stratum"), as.data.frame(apply(sizes, 2L, percent))))

settings <- expand.grid(psus = c(2L, 5L, 20L), table = names(joint_shares), skewed = c(FALSE, TRUE), rho = 0.1,
                        stringsAsFactors = FALSE)
found <- simulate(settings, one_effect)
covered <- t(vapply(found, function(x) rowMeans(x, na.rm = TRUE), numeric(nrow(found[[1L]]))))
without <- t(vapply(found, function(x) rowMeans(is.na(x)), numeric(nrow(found[[1L]]))))
cat("\n\nCoverage of 95 % intervals of effect sizes and contrasts, in percent (of the samples with an interval)\n")
markdown(cbind(table = settings$table, PSUs = settings$psus * strata,
               weights = ifelse(settings$skewed, "lognormal", "by stratum"), as.data.frame(apply(covered, 2L, percent))))
cat("\nSamples without an interval, in percent: at most", percent(max(without)), "\n")
