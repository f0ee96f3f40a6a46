# Calibration against survey; sourced by bench.R, whose helpers it uses.

make_margins <- function(data) {
  data$sex <- factor(sample(c("m", "f"), nrow(data), TRUE))
  data$age <- factor(sample(letters[1:6], nrow(data), TRUE, prob = 6:1))
  data$region <- factor(sample(LETTERS[1:12], nrow(data), TRUE))
  data
}
set.seed(20134)
size <- if (quick) 1e5L else nrow(x)
part <- make_margins(x[seq_len(size), ])
wanted <- part$w * runif(6L, 0.8, 1.2)[part$age] * runif(12L, 0.8, 1.2)[part$region]
margins <- lapply(part[c("sex", "age", "region")], function(f) c(tapply(wanted, f, sum)))
rows <- format(size, big.mark = " ", scientific = FALSE)
cat("\nRaking:", rows, "rows over 3 margins of 2, 6 and 12 levels\n")
d <- design_of(part)
s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = part)
tables <- Map(function(name, m) setNames(data.frame(names(m), Freq = m), c(name, "Freq")), names(margins), margins)
formulas <- lapply(names(margins), reformulate)
gc(FALSE)
theirs_time <- seconds(function() {
  theirs <<- rake(s, formulas, unname(tables), control = list(maxit = 100, epsilon = 1e-9))
})
ours <- weeg_rake(d, margins)
equal(ours$weights, weights(theirs), 1e-7, "raked weights")
ours_time <- in_turn(function() weeg_rake(d, margins))
report(paste0("raking over 3 margins against survey's rake(), ", rows, " rows"), "at least 20", theirs_time / ours_time,
       ours_time, theirs_time, theirs_time / ours_time >= 20)

# survey::rake() has other standard errors than survey::calibrate(), which weeg's equal
population <- c(sum(margins$sex), margins$sex[-1], margins$age[-1], margins$region[-1])
names(population) <- colnames(model.matrix(~ sex + age + region, part[1:2, ]))
theirs <- calibrate(s, ~ sex + age + region, population, calfun = "raking", epsilon = 1e-10)
theirs_time <- seconds(function() mean_survey <<- svymean(~o, theirs))
mean_weeg <- weeg_proportion(ours, ~o)
equal(mean_weeg$estimate, coef(mean_survey), 1e-9, "proportions of the raked sample")
equal(mean_weeg$std.error, SE(mean_survey), 1e-7, "standard errors that know the raking")
ours_time <- in_turn(function() weeg_proportion(ours, ~o))
report(paste0("proportions with standard errors after raking, ", rows, " rows"), "-", theirs_time / ours_time, ours_time,
       theirs_time, TRUE)
rm(part, wanted, d, s, theirs, ours)
