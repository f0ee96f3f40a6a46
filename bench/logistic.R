# Logistic regression against survey's svyglm, design creation included for both. A part of bench.R, which see.

cat(sprintf("\nLogistic regression on 4 categorical covariates, %s rows\n", if (quick) "100 000" else "1 000 000"))
model_rows <- if (quick) 1e5L else 1e6L
set.seed(20132)
draw_level <- function(size) factor(sample(letters[seq_len(size)], model_rows, TRUE))
model_data <- make_data(model_rows)[c("w", "psu", "stratum")]
model_data <- cbind(model_data, a = draw_level(5L), b = draw_level(4L), c = draw_level(3L), d = draw_level(2L))
slope <- with(model_data, 0.3 * as.integer(a) - 0.2 * as.integer(b) + 0.1 * as.integer(c) * (d == "a"))
slope <- slope + rnorm(500L, sd = 0.3)[model_data$psu]
model_data$y <- factor(ifelse(runif(model_rows) < plogis(slope - 1), "yes", "no"))
logistic <- function() weeg_logistic(design_of(model_data), y ~ a + b + c + d)
logistic_survey <- function() {
  s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = model_data)
  svyglm(y ~ a + b + c + d, s, family = quasibinomial())
}
processor <- function(f) { # seconds of processor time: the wall clock of a run of a minute depends on who else is there
  gc(FALSE)
  sum(system.time(f())[1:2])
}
theirs_time <- seconds(function() theirs_processor <<- processor(function() theirs <<- logistic_survey()))
ours <- logistic()
# svyglm stops where the deviance changes by less than 1e-8 of itself
theirs_se <- sqrt(diag(vcov(theirs)))
equal(1 + (coef(ours) - coef(theirs)) / theirs_se, rep(1, length(theirs_se)), 1e-6, "coefficients, in standard errors")
equal(ours$std.error, theirs_se, 1e-6, "standard errors")
ours_time <- in_turn(logistic)
ours_processor <- median(replicate(11L, processor(logistic)))
report("design + weeg_logistic against svydesign + svyglm", "at least 200", theirs_time / ours_time, ours_time, theirs_time,
       theirs_time / ours_time >= 200)
report("the same, processor time", "-", theirs_processor / ours_processor, ours_processor, theirs_processor, TRUE)
ours_time <- in_turn(function() weeg_compare(design_of(model_data), y ~ a, adjust_for = ~ b + c + d), runs = 11L)
cat(sprintf("  design + adjusted comparisons of 5 groups, 3 covariates: %.1f ms\n", ours_time * 1e3))
rm(model_data, slope, ours, theirs)
