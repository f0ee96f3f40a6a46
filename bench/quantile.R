# Medians with limits by 20 groups, of incomes in whole units (many values, with ties) and of numbers that are all different;
# sourced by bench.R. svyby(svyquantile) runs once.

size <- if (quick) 1e5L else 1e6L
incomes <- make_data(size, psus = 2000L)
incomes$region <- factor(sample.int(20L, size, TRUE))
incomes$income <- round(exp(stats::rnorm(size, 7.5, 0.6)))
incomes$normal <- stats::rnorm(size)
cat(sprintf("\nMedians by 20 groups: %d rows, 2000 PSUs in 50 strata\n", size))
s <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, data = incomes)
d <- weeg_design(incomes, weights = ~w, strata = ~stratum, cluster = ~psu, conventions = "survey")
for (what in c("income", "normal")) {
  medians <- function() weeg_quantile(d, stats::as.formula(paste(what, "~ region")))
  theirs_time <- seconds(function() {
    theirs <<- svyby(stats::reformulate(what), ~region, s, svyquantile, quantiles = 0.5, vartype = c("se", "ci"))
  })
  ours <- medians()
  equal(ours$estimate, theirs[[what]], 0, "medians")
  equal(c(ours$conf.low, ours$conf.high), c(theirs$ci_l, theirs$ci_u), 0, "limits")
  equal(ours$std.error, theirs$se, 1e-9, "standard errors")
  ours_time <- in_turn(medians, runs = 7L)
  report(paste0("medians of ", what, " (", format(length(unique(incomes[[what]])), big.mark = " "),
                " values) against survey's svyby(svyquantile)"), "at least 100", theirs_time / ours_time, ours_time, theirs_time,
         theirs_time / ours_time >= 100)
}
rm(incomes, s, d, medians)
